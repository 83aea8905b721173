/** Tests how a commit changes scopes: rows of `memberships` with positions, revisions, counts and amendments. */
import { sql } from "drizzle-orm"
import { describe, expect, test } from "vitest"
import { createWire, deliver, idOf, NOW, publish, remove, row } from "../events.ts"

type Wire = Awaited<ReturnType<typeof createWire>>

const positions = (db: Wire, scope: string) =>
  db.all(sql`select article_id id, position from memberships where scope = ${scope} order by position, article_id`)
const scope = (db: Wire, key: string) =>
  row(db, sql`select revision, article_count, last_position, last_silent_removal from scopes where key = ${key}`)
const amendments = (db: Wire) =>
  db.all<{ scope: string; commit_no: number | null; id: string }>(sql`select s.key scope, m.value commit_no, a.id
    from scopes s, json_each(s.amendments) m join articles a on a.seq = m.key order by s.key, m.value, a.id`)

describe("positions", () => {
  test("follow the order of the events, and do not change", async () => {
    const db = await createWire()
    await deliver(db, [publish("b", { scopes: ["all"] }), publish("a", { scopes: ["all"] })])
    await deliver(db, [publish("c", { at: 1, scopes: ["all"] }), publish("b", { at: 1, scopes: ["all"] })])
    const expected = ["b", "a", "c"].map((guid, i) => ({ id: idOf(guid), position: i + 1 }))
    expect(await positions(db, "all")).toEqual(expected)
  })

  test("are never used twice", async () => {
    const db = await createWire()
    await deliver(db, [publish("a", { scopes: ["section:1"] })])
    await deliver(db, [publish("a", { at: 1, scopes: ["section:2"] })])
    await deliver(db, [publish("a", { at: 2, scopes: ["section:1"] }), publish("b", { at: 2, scopes: ["section:1"] })])
    expect(await positions(db, "section:2")).toEqual([])
    expect(await positions(db, "section:1")).toEqual([
      { id: idOf("a"), position: 2 },
      { id: idOf("b"), position: 3 },
    ])
  })

  test("exist only in scopes with archives", async () => {
    const db = await createWire()
    const scopes = ["all", "lang:ar", "publisher:one", "section:1", "tag:x", "author:y", "~all"]
    await deliver(db, [publish("a", { scopes })])
    const numbered = await db.all(sql`select scope from memberships where position = 1 order by scope`)
    expect(numbered).toEqual(scopes.slice(0, 4).map((key) => ({ scope: key })))
  })

  test("stay when an article changes its date and moves", async () => {
    const db = await createWire()
    await deliver(db, [publish("a", { version: { publishedAt: NOW - 9 } }), publish("b")])
    await deliver(db, [publish("a", { at: 1, version: { publishedAt: NOW - 5 } })])
    expect(await row(db, sql`select * from memberships where scope = 'all' and article_id = ${idOf("a")}`)).toEqual({
      ...{ scope: "all", published_at: NOW - 5, article_id: idOf("a"), position: 1, silent: 0 },
    })
  })
})

describe("scopes", () => {
  test("get the number of the commit, a later second each time, and the count of their articles", async () => {
    const db = await createWire()
    await deliver(db, [publish("a", { scopes: ["all", "tag:x"] }), publish("b", { scopes: ["all"] })])
    const first = await row(db, sql`select changed_at from scopes where key = 'tag:x'`)
    await deliver(db, [publish("a", { at: 1, scopes: ["all"] })], { receivedAt: NOW })
    expect(await scope(db, "all")).toMatchObject({ revision: 2, article_count: 2, last_position: 2 })
    expect(await scope(db, "tag:x")).toMatchObject({ revision: 2, article_count: 0, last_position: 0 })
    const second = await row(db, sql`select changed_at from scopes where key = 'tag:x'`)
    expect((second?.changed_at as number) - (first?.changed_at as number)).toBe(1000)
    await deliver(db, [remove("a", 2), remove("b", 2)])
    expect(await scope(db, "all")).toMatchObject({ revision: 3, article_count: 0, last_position: 2 })
  })

  test("include a complete archive if the commit changes it", async () => {
    const db = await createWire()
    await deliver(
      db,
      Array.from({ length: 100 }, (_, i) => publish(`a${i}`, { scopes: ["all"] })),
    )
    await deliver(db, [publish("a7", { at: 1, scopes: ["all"] }), publish("new", { at: 1, scopes: ["all"] })])
    expect(await row(db, sql`select scopes from commits order by no desc`)).toEqual({ scopes: '["all","all/1"]' })
    await deliver(db, [publish("new", { at: 2, scopes: ["all"] })])
    expect(await row(db, sql`select scopes from commits order by no desc`)).toEqual({ scopes: '["all"]' })
  })

  test("record the last change that moved an article down silently", async () => {
    const db = await createWire()
    const publishedAt = (at: number, date: number) =>
      publish("a", { at, isBackfill: true, version: { publishedAt: date } })
    await deliver(db, [publishedAt(0, 10)])
    expect(await scope(db, "all")).toMatchObject({ revision: 1, last_silent_removal: 0 })
    await deliver(db, [publishedAt(1, 20)])
    expect(await scope(db, "all")).toMatchObject({ revision: 2, last_silent_removal: 0 })
    await deliver(db, [publishedAt(2, 5)])
    expect(await scope(db, "all")).toMatchObject({ revision: 3, last_silent_removal: 3 })
  })
})

describe("amendments", () => {
  test("are one for each corrected article and scope, the last", async () => {
    const db = await createWire()
    await deliver(db, [publish("a", { scopes: ["all", "tag:x"] })])
    expect(await amendments(db)).toEqual([])
    await deliver(db, [publish("a", { at: 1, scopes: ["all", "tag:x"] })])
    await deliver(db, [publish("a", { at: 2, scopes: ["all", "tag:y"] })])
    expect(await amendments(db)).toEqual(
      ["all", "tag:x", "tag:y"].map((key) => ({ scope: key, commit_no: 3, id: idOf("a") })),
    )
    await deliver(db, [remove("a", 3)])
    expect(await amendments(db)).toEqual([
      { scope: "all", commit_no: 4, id: idOf("a") },
      { scope: "tag:x", commit_no: 3, id: idOf("a") },
      { scope: "tag:y", commit_no: 4, id: idOf("a") },
    ])
  })

  test("are not written by a backfill unless the article leaves a scope, and existing ones stay", async () => {
    const db = await createWire()
    await deliver(db, [publish("a", { isBackfill: true, scopes: ["all", "tag:x"] })])
    await deliver(db, [publish("a", { at: 1, isBackfill: true, scopes: ["all"] })])
    expect(await amendments(db)).toEqual([{ scope: "tag:x", commit_no: 2, id: idOf("a") }])
    await deliver(db, [publish("a", { at: 2, scopes: ["all"] })])
    await deliver(db, [publish("a", { at: 3, isBackfill: true, scopes: ["all"] })])
    expect(await amendments(db)).toContainEqual({ scope: "all", commit_no: 3, id: idOf("a") })
  })

  test("lose the tombstone after a silent return, and no delta spans it", async () => {
    const db = await createWire()
    await deliver(db, [publish("a", { scopes: ["all", "tag:x"] })])
    await deliver(db, [publish("a", { at: 1, scopes: ["all"] })])
    await deliver(db, [publish("a", { at: 2, scopes: ["all"] })])
    await deliver(db, [publish("a", { at: 3, isBackfill: true, scopes: ["all", "tag:x"] })])
    expect(await amendments(db)).toEqual([{ scope: "all", commit_no: 3, id: idOf("a") }])
    expect(await scope(db, "tag:x")).toMatchObject({ last_silent_removal: 4 })
    expect(await scope(db, "all")).toMatchObject({ last_silent_removal: 0 })
  })

  test("are stored with the latest first, whichever articles had one before", async () => {
    const db = await createWire()
    const all = (guids: string, at: number) => [...guids].map((guid) => publish(guid, { at, scopes: ["tag:x"] }))
    for (const [at, guids] of ["abcd", "abcd", "b", "da", "b"].entries()) await deliver(db, all(guids, at))
    const stored = await db.all<{ value: number; guid: string }>(
      sql`select m.value, a.guid from scopes s, json_each(s.amendments) m join articles a on a.seq = m.key where s.key = 'tag:x'`,
    )
    expect(stored.map(({ value }) => value)).toEqual([5, 4, 4, 2])
    expect(stored.map(({ guid }) => guid).sort()).toEqual(["a", "b", "c", "d"])
    expect([stored[0]?.guid, stored[3]?.guid]).toEqual(["b", "c"])
  })

  test("are limited in a scope to the latest: at least 50, at most 75", async () => {
    const db = await createWire()
    const guids = Array.from({ length: 90 }, (_, n) => `g${n}`)
    await deliver(
      db,
      guids.map((guid) => publish(guid, { scopes: ["tag:x"] })),
    )
    for (const [n, guid] of guids.entries()) {
      await deliver(db, [publish(guid, { at: 1, scopes: ["tag:x"] })])
      const kept = (await amendments(db)).map(({ commit_no }) => commit_no)
      expect(kept.length).toBeGreaterThanOrEqual(Math.min(n + 1, 50))
      expect(kept.length).toBeLessThanOrEqual(75)
      const stored = await db.all<{ value: number }>(sql`select m.value from scopes s, json_each(s.amendments) m`)
      expect(stored.map(({ value }) => value)).toEqual(kept.toReversed())
      // The first correction is commit 2.
      expect(kept).toEqual(kept.map((_, i) => n + 2 - (kept.length - 1) + i))
    }
  })

  test("are kept apart for names that are part of others or contain quotes", async () => {
    const db = await createWire()
    await deliver(db, [publish("a", { scopes: ["tag:x", 'tag:"x"', "tag:xy"] })])
    await deliver(db, [publish("a", { at: 1, scopes: ["tag:xy", 'tag:"x'] })])
    expect(await db.all(sql`select scope from memberships order by scope`)).toEqual([
      { scope: 'tag:"x' },
      { scope: "tag:xy" },
    ])
  })
})
