/** Tests which conditions need an operator, and that their queries scan no table that grows. */
import { sql } from "drizzle-orm"
import { expect, test } from "vitest"
import { readAlarms } from "../../../src/health/alarms.ts"
import { idOf, timeOf, wireWith } from "../../sqlite/articles.ts"

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const NOW = timeOf(0) + 1000 * HOUR

const wire = () => wireWith([{ n: 1 }, { n: 2, state: "embargoed" }, { n: 3, state: "deleted" }])

test("a wire without pending work has no alarms", async () => {
  const { db, trips, expectNoScans } = await wire()
  await db.run(sql`update consumers set commit_no = 99`)
  trips.length = 0
  expect(await readAlarms(db, NOW)).toEqual({
    silentPublishers: [],
    deadLetters: { open: 0, oldestAt: null },
    work: Array(6).fill({ what: expect.any(String), since: null, isLate: false }),
  })
  expect(trips).toHaveLength(1)
  // These indexes contain only open dead letters and pending reclassifications, which are counted.
  await expectNoScans(["attempts_open_dead_letters", "reclassifications_waiting"])
})

test("work is overdue after a time that depends on its kind", async () => {
  const { db } = await wire()
  const [late, due] = [NOW - 15 * MINUTE, NOW - 15 * MINUTE - 1]
  const dayAgo = NOW - 24 * HOUR - 1
  await db.run(sql`insert into sources
      (id, publisher_uid, name, sender, settings, trusted, due_at, fetched_at, last_failure, failure_count, created_at)
    values
      ('s1', '1a', 's1', 'feed', '{}', 0, ${due}, null, null, 0, 0),
      ('s2', '1a', 's2', 'feed', '{}', 0, null, ${NOW - 5}, 'gone', 1, 0),
      ('s3', '2b', 's3', 'feed', '{}', 0, 1, null, null, 0, 0)`)
  await db.run(sql`update publishers set state = 'disabled' where uid = '2b'`)
  await db.run(sql`update articles set embargo = ${due} where id = ${idOf(2)}`)
  await db.run(sql`insert into reclassifications
    (taxonomy_version, reason, scope, total, processed, changed, started_at) values (1, '', 'all', 1, 0, 0, ${dayAgo})`)
  await db.run(sql`insert into removals values ('2b', 1, 0, ${dayAgo}, null)`)
  const lateWork = async () =>
    (await readAlarms(db, NOW)).work.flatMap(({ what, since, isLate }) => (isLate ? [{ what, since }] : []))
  expect(await lateWork()).toEqual([
    { what: "feeds to fetch", since: due },
    { what: "feeds no longer fetched (see source list)", since: NOW - 5 },
    { what: "embargoes to end", since: due },
    { what: "articles to reclassify", since: dayAgo },
    { what: "publishers to remove", since: dayAgo },
    { what: "articles to index for search", since: timeOf(0) + 1000 },
  ])
  await db.run(sql`update sources set due_at = ${late}, fetched_at = null, last_failure = null`)
  await db.run(sql`update articles set embargo = ${late}`)
  await db.run(sql`update reclassifications set started_at = ${dayAgo + 1}`)
  await db.run(sql`update removals set finished_at = 1`)
  await db.run(sql`update consumers set commit_no = 2 where name = 'search'`)
  await db.run(sql`update commits set at = ${late} where no = 3`)
  expect(await lateWork()).toEqual([])
  // Work that is not late is named with the time since when it waits, and every kind of work is named.
  expect((await readAlarms(db, NOW)).work).toEqual([
    { what: "feeds to fetch", since: late, isLate: false },
    { what: "feeds no longer fetched (see source list)", since: null, isLate: false },
    { what: "embargoes to end", since: late, isLate: false },
    { what: "articles to reclassify", since: dayAgo + 1, isLate: false },
    { what: "publishers to remove", since: null, isLate: false },
    { what: "articles to index for search", since: late, isLate: false },
  ])
})

test("a publisher is silent after its silence hours, or after twice its usual pause", async () => {
  const { db } = await wire()
  const silent = async () => (await readAlarms(db, NOW)).silentPublishers
  await db.run(sql`insert into publisher_activity values ('1a', 0, 0, 10, ${NOW - 5 * HOUR}, ${2 * HOUR})`)
  expect(await silent()).toEqual([{ publisher: "1a", hours: 5 }])
  await db.run(sql`update publisher_activity set messages = 9`)
  expect(await silent()).toEqual([])
  await db.run(sql`update publishers set silence_hours = 4, created_at = ${NOW - 7 * HOUR}`)
  expect(await silent()).toEqual([
    { publisher: "2b", hours: 7 },
    { publisher: "1a", hours: 5 },
  ])
})
