/** Tests when feeds are fetched: pings, leases, failures. */
import { sql } from "drizzle-orm"
import { expect, test } from "vitest"
import { claimDueFeeds, failFetch, finishFetch, markFeedsDue, readFeeds } from "../../../../src/push/pull/schedule.ts"
import type { InMemoryDb } from "../../../sqlite/database.ts"
import { expectNoScans } from "../../../sqlite/query-plan.ts"
import { createWire, MINUTE, NOW, row } from "../../articles/events.ts"

const unchanged = { outcome: "unchanged" as const, finalUrl: "https://one.example/feed", permanentUrl: undefined }

async function wireWithFeeds(): Promise<InMemoryDb> {
  const db = await createWire()
  await db.run(sql`insert into sources
      (id, publisher_uid, name, sender, settings, trusted, feed_url, failure_count, created_at)
    values
      ('b', 'one', 'b', 'feed', '{}', 0, 'https://one.example/b', 0, 2),
      ('a', 'one', 'a', 'feed', '{}', 0, 'https://one.example/a', 0, 1),
      ('no feed', 'one', 'c', 'wordpress', '{}', 0, null, 0, 0),
      ('two', 'two', 'a', 'feed', '{}', 0, 'https://two.example/', 0, 0)`)
  return db
}

const idsOf = (feeds: { id: string }[]) => feeds.map(({ id }) => id).sort()
const claim = async (db: InMemoryDb, now: number, limit = 9) => idsOf(await claimDueFeeds(db, limit, now))
const state = (db: InMemoryDb, id: string) =>
  row(db, sql`select due_at, next_at, leased_until, failure_count, last_failure from sources where id = ${id}`)

test("a publisher's feeds are read, the oldest first", async () => {
  const db = await wireWithFeeds()
  await expectNoScans(db, async () => {
    expect(await readFeeds(db, "one")).toEqual([
      { id: "a", feedUrl: "https://one.example/a" },
      { id: "b", feedUrl: "https://one.example/b" },
    ])
  })
})

test("a ping makes feeds due; each is claimed once, longest due first, and none of an inactive publisher", async () => {
  const db = await wireWithFeeds()
  expect(await claim(db, NOW)).toEqual([])
  await markFeedsDue(db, ["b"], NOW - 2)
  await markFeedsDue(db, ["a", "two"], NOW - 1)
  await db.run(sql`update publishers set state = 'disabled' where uid = 'two'`)
  expect(await claim(db, NOW, 1)).toEqual(["b"])
  expect(await claim(db, NOW)).toEqual(["a"])
  expect(await claim(db, NOW)).toEqual([])
})

test("a finished fetch waits for the next ping, unless one came during it", async () => {
  const db = await wireWithFeeds()
  const finish = async (now: number, meanwhile: string[]) => {
    const [source] = await claimDueFeeds(db, 1, now)
    if (!source) throw new Error("No feed is due.")
    await markFeedsDue(db, meanwhile, now + 1)
    await finishFetch(db, source, unchanged, { newFeedUrl: undefined, bodySha256: "00" }, now + 2)
  }
  await markFeedsDue(db, ["a"], NOW)
  await finish(NOW, ["a"])
  expect(await state(db, "a")).toMatchObject({ due_at: NOW + 1, next_at: NOW + 2 + 10_000, leased_until: null })
  expect(await claim(db, NOW + 3)).toEqual([])
  await finish(NOW + MINUTE, [])
  expect(await state(db, "a")).toMatchObject({ due_at: null })
})

test("a failure delays the next fetch, twice as long each time, and so does a lost fetch", async () => {
  const db = await wireWithFeeds()
  await markFeedsDue(db, ["a"], NOW)
  const fail = async (now: number, isRetryable: boolean) => {
    const [source] = await claimDueFeeds(db, 1, now)
    if (!source) throw new Error("No feed is due.")
    await failFetch(db, source, { detail: "It failed.", isRetryable }, now)
  }
  await fail(NOW, true)
  expect(await state(db, "a")).toMatchObject({ next_at: NOW + MINUTE, failure_count: 1, last_failure: "It failed." })
  await fail(NOW + MINUTE, true)
  expect(await state(db, "a")).toMatchObject({ next_at: NOW + 3 * MINUTE, failure_count: 2 })
  expect(await claim(db, NOW + 3 * MINUTE)).toEqual(["a"])
  expect(await claim(db, NOW + 3 * MINUTE)).toEqual([])
  // The lease ends, and the feed is claimed again: alone, and for longer.
  const retried = NOW + 4 * MINUTE
  expect(await claim(db, retried)).toEqual(["a"])
  expect(await state(db, "a")).toMatchObject({ failure_count: 3, leased_until: retried + 8 * MINUTE })
  await fail(retried + 8 * MINUTE, false)
  expect(await state(db, "a")).toMatchObject({ due_at: null, failure_count: 5 })
})
