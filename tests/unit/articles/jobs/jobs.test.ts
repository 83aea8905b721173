/** Tests that each job does one batch of its work at a time, and scans no table that grows. */
import { sql } from "drizzle-orm"
import { describe, expect, test } from "vitest"
import {
  beginReclassification,
  isTaxonomyConflict,
  readReclassifications,
  readReclassificationsOf,
  reclassify,
} from "../../../../src/articles/jobs/reclassify.ts"
import { releaseEmbargoed } from "../../../../src/articles/jobs/release-embargoed.ts"
import { beginRemoval, readRemovals, removeArticles } from "../../../../src/articles/jobs/remove-publisher.ts"
import {
  markAllClustersPending,
  markClustersPending,
  resolveDuplicates,
} from "../../../../src/articles/jobs/resolve-duplicates.ts"
import { selectTaxonomy } from "../../../../src/articles/taxonomy/read-taxonomy.ts"
import { batch } from "../../../../src/db/client.ts"
import { expectNoScan, expectNoScans } from "../../../sqlite/query-plan.ts"
import { createWire, deliver, idOf, MINUTE, NOW, publish, row } from "../events.ts"

const LATER = NOW + 60 * MINUTE
const version = { url: "https://one.example/a" }
const many = (count: number, prefix: string, stated: object = {}) =>
  Array.from({ length: count }, (_, i) => publish(`${prefix}${i}`, stated))

describe("reclassification", () => {
  const scopes = { classify: ["section:1"], touch: ["publisher:one"] }

  test("handles the scopes that have articles, from the newest article on, a hundred at a time", async () => {
    const db = await createWire()
    await deliver(db, many(100, "a"))
    await deliver(db, many(20, "b", { at: 1 }))
    await expectNoScans(db, () => batch(db, beginReclassification(0, scopes, "why", LATER)))
    expect(await row(db, sql`select taxonomy_version from wire`)).toEqual({ taxonomy_version: 1 })
    const [touched, classified] = await readReclassificationsOf(db, 1)
    expect(touched).toEqual({
      ...{ reason: "why", scope: "publisher one", total: 120, processed: 0, changed: 0 },
      ...{ startedAt: LATER, finishedAt: null },
    })
    expect(classified).toMatchObject({ total: 120 })
    await expectNoScans(db, () => reclassify(db, LATER))
    const [position] = await db.all<{ position: string }>(sql`select position from reclassifications`)
    expect(JSON.parse(position?.position ?? "")).toEqual({ published_at: NOW, id: expect.any(String) })
    expect((await readReclassifications(db)).waiting).toMatchObject([
      { processed: 100, changed: 100 },
      { processed: 0 },
    ])
    while (await reclassify(db, LATER + 1)) expect((await readReclassifications(db)).waiting.length).toBeLessThan(3)
    expect(await readReclassifications(db)).toMatchObject({
      waiting: [],
      finished: [{ processed: 0 }, { processed: 120, changed: 120, finishedAt: LATER + 1 }],
    })
    // The wire has no section 1, so its taxonomy puts the articles in no section.
    expect(await row(db, sql`select count(*) n from memberships where scope = 'section:1'`)).toEqual({ n: 0 })
  })

  test("with an outdated taxonomy is a conflict", async () => {
    const db = await createWire()
    const failure = await batch(db, beginReclassification(7, scopes, "why", LATER)).catch((error: unknown) => error)
    expect([isTaxonomyConflict(failure), isTaxonomyConflict(new Error("x"))]).toEqual([true, false])
  })

  test("reads its taxonomy even without articles", async () => {
    const db = await createWire()
    await expectNoScans(db, () => batch(db, { all: selectTaxonomy(db), one: selectTaxonomy(db, "one") }))
  })
})

describe("the end of embargoes", () => {
  test("publishes due articles, oldest first, a hundred at a time", async () => {
    const db = await createWire()
    const events = many(110, "a").map((event, i) => ({
      ...event,
      version: { ...event.version, embargo: NOW + 10 + i },
    }))
    await deliver(db, events.slice(0, 100))
    await deliver(db, events.slice(100))
    expect(await releaseEmbargoed(db, NOW + 9)).toBe(0)
    await expectNoScans(db, () => releaseEmbargoed(db, LATER))
    expect(await row(db, sql`select max(embargo) - ${NOW} last from articles where state = 'published'`)).toEqual({
      last: 109,
    })
    expect([await releaseEmbargoed(db, LATER), await releaseEmbargoed(db, LATER)]).toEqual([10, 0])
  })

  test("suppresses an article that has a duplicate", async () => {
    const db = await createWire()
    await deliver(db, [publish("a", { version })])
    const embargoed = publish("b", { version: { ...version, embargo: NOW + MINUTE } })
    await deliver(db, [embargoed], { publisherUid: "two" })
    expect(await releaseEmbargoed(db, LATER)).toBe(1)
    expect(await row(db, sql`select suppressed, scopes from articles where guid = 'b'`)).toEqual({
      ...{ suppressed: 1, scopes: '["~all","publisher:two"]' },
    })
    expect(await db.all(sql`select * from pending_duplicates`)).toEqual([
      { duplicate_key: "one.example/a", commit_no: 3 },
    ])
  })
})

describe("the removal of a publisher", () => {
  test("withdraws embargoed and published articles, a hundred at a time, and records its progress", async () => {
    const db = await createWire()
    await deliver(db, many(90, "a"))
    await deliver(db, many(20, "b", { version: { embargo: LATER * 2 } }))
    // The index of embargoed articles is small, and the comment in remove-publisher.ts says why it is scanned.
    await expectNoScans(db, () => batch(db, beginRemoval(db, "one", LATER)), ["articles_embargoed"])
    await batch(db, beginRemoval(db, "one", LATER + 9))
    expect(await readRemovals(db)).toEqual([
      { publisher: "one", total: 110, processed: 0, startedAt: LATER, finishedAt: null },
    ])
    await expectNoScans(db, () => removeArticles(db, LATER), ["articles_embargoed"])
    expect(await readRemovals(db)).toMatchObject([{ processed: 100, finishedAt: null }])
    expect(await removeArticles(db, LATER + 1)).toBe(true)
    expect(await readRemovals(db)).toMatchObject([{ processed: 110, finishedAt: LATER + 1 }])
    expect(await removeArticles(db, LATER + 2)).toBe(false)
    expect(await row(db, sql`select count(*) n from articles where state = 'deleted'`)).toEqual({ n: 110 })
  })

  test("deletes the publisher's aliases, a hundred at a time", async () => {
    const db = await createWire()
    for (const publisher of ["one", "two"])
      await db.run(sql`with recursive n (i) as (select 1 union all select i + 1 from n where i < 150)
        insert into article_aliases select ${publisher}, i, 'x' from n`)
    await batch(db, beginRemoval(db, "one", LATER))
    const left = sql`select sum(publisher_uid = 'one') one, sum(publisher_uid = 'two') two from article_aliases`
    await expectNoScans(db, () => removeArticles(db, LATER), ["articles_embargoed"])
    expect([await row(db, left), await readRemovals(db)]).toMatchObject([{ one: 50, two: 150 }, [{ finishedAt: null }]])
    expect([await removeArticles(db, LATER), await removeArticles(db, LATER)]).toEqual([true, false])
    expect([await row(db, left), await readRemovals(db)]).toMatchObject([{ one: 0, two: 150 }, [{ finishedAt: LATER }]])
  })

  test("is finished by the first batch if the publisher has no articles", async () => {
    const db = await createWire()
    await batch(db, beginRemoval(db, "two", LATER))
    expect([await removeArticles(db, LATER), await removeArticles(db, LATER)]).toEqual([true, false])
    expect(await readRemovals(db)).toMatchObject([{ publisher: "two", total: 0, processed: 0, finishedAt: LATER }])
  })
})

describe("duplicates", () => {
  test("are resolved: the publisher that owns the address has the canonical article", async () => {
    const db = await createWire()
    await deliver(db, [publish("theirs", { version })], { publisherUid: "two" })
    await deliver(db, [publish("own", { at: 1, version })])
    await expectNoScans(db, () => resolveDuplicates(db, LATER))
    expect(await db.all(sql`select guid, suppressed, duplicates from articles order by guid`)).toEqual([
      {
        ...{ guid: "own", suppressed: 0 },
        duplicates: JSON.stringify([{ id: idOf("theirs"), publisherUid: "two", url: version.url }]),
      },
      { guid: "theirs", suppressed: 1, duplicates: "[]" },
    ])
    expect(await row(db, sql`select * from pending_duplicates`)).toBeUndefined()
    expect(await resolveDuplicates(db, LATER)).toBe(0)
  })

  test("of more than fifty articles are all shown", async () => {
    const db = await createWire()
    await deliver(db, many(50, "a", { version }))
    await deliver(db, [publish("b", { at: 1, version })], { publisherUid: "two" })
    expect(await row(db, sql`select suppressed from articles where guid = 'b'`)).toEqual({ suppressed: 1 })
    expect(await resolveDuplicates(db, LATER)).toBe(1)
    expect(await row(db, sql`select suppressed from articles where guid = 'b'`)).toEqual({ suppressed: 0 })
  })

  test("are resolved five clusters at a time", async () => {
    const db = await createWire()
    const at = (i: number) => ({ version: { url: `https://one.example/${i}` } })
    const guids = [0, 1, 2, 3, 4, 5]
    await deliver(
      db,
      guids.map((i) => publish(`a${i}`, at(i))),
    )
    await deliver(
      db,
      guids.map((i) => publish(`b${i}`, at(i))),
      { publisherUid: "two" },
    )
    expect([await resolveDuplicates(db, LATER), await resolveDuplicates(db, LATER)]).toEqual([5, 1])
  })

  test("become pending by key, or all at once", async () => {
    const db = await createWire()
    await deliver(db, [publish("a", { version })])
    await deliver(db, [publish("b", { version })], { publisherUid: "two" })
    await db.run(sql`delete from pending_duplicates`)
    await db.run(markClustersPending(["x", "x"], sql`0`))
    expect(await row(db, sql`select * from pending_duplicates`)).toBeUndefined()
    await batch(db, [markClustersPending(["x", "x"], sql`1`), markAllClustersPending])
    expect(await db.all(sql`select * from pending_duplicates`)).toEqual([
      { duplicate_key: "one.example/a", commit_no: 2 },
      { duplicate_key: "x", commit_no: 3 },
    ])
    await expectNoScan(db, markClustersPending(["x"], sql`1`))
    // Operators seldom change the policy or a publisher's origins, and then all articles are affected.
    await expectNoScan(db, markAllClustersPending, ["articles_duplicate_key"])
  })
})
