/** Tests what each statement of the write batch stores, and that no statement scans a table that grows. */
import { sql } from "drizzle-orm"
import { describe, expect, test } from "vitest"
import { previewEvents } from "../../../../src/articles/write/outcomes.ts"
import { applyEvents, readDelivery } from "../../../../src/articles/write/write-batch.ts"
import { expectNoScans } from "../../../sqlite/query-plan.ts"
import { createWire, deliver, idOf, MINUTE, NOW, outcomes, publish, remove, repeated, row } from "../events.ts"

describe("outcomes", () => {
  test("follow from the order of versions", async () => {
    const db = await createWire()
    expect(outcomes(await deliver(db, [publish("a", { at: 2 }), publish("b", { at: 2 })]))).toEqual([
      "created",
      "created",
    ])
    expect(outcomes(await deliver(db, [publish("a", { at: 1 }), publish("b", { at: 3 })]))).toEqual([
      "stale",
      "updated",
    ])
    expect(outcomes(await deliver(db, [publish("a", { at: 4, content: "content 2" })]))).toEqual(["unchanged"])
    expect(outcomes(await deliver(db, [remove("a", 5), remove("unknown", 5)]))).toEqual(["deleted", "deleted"])
    expect(outcomes(await deliver(db, [publish("a", { at: 4 }), publish("a", { at: 6 })]))).toEqual([
      "stale",
      "created",
    ])
  })

  test("a version between two equal ones is older than the second", async () => {
    const db = await createWire()
    await deliver(db, [publish("a", { at: 1, content: "same" })])
    await deliver(db, [publish("a", { at: 5, content: "same" })])
    expect(outcomes(await deliver(db, [publish("a", { at: 3 })]))).toEqual(["stale"])
    expect(outcomes(await deliver(db, [publish("a", { at: 6 })]))).toEqual(["updated"])
  })

  test("of a preview are those of the batch, and nothing is stored", async () => {
    const db = await createWire()
    const events = [publish("a"), remove("b", 1)]
    const preview = await previewEvents(db, "one", events, NOW)
    expect(await row(db, sql`select count(*) n from deliveries`)).toEqual({ n: 0 })
    expect((await deliver(db, events))?.delivery.outcomes).toEqual(preview)
    expect(preview).toEqual([
      { id: idOf("a"), outcome: "created", scopes: ["all", "publisher:one", "section:1"] },
      { id: idOf("b"), outcome: "deleted", scopes: [] },
    ])
  })

  test("are stored by name, each event in its place", async () => {
    const db = await createWire()
    await deliver(db, [publish("a", { at: 1 })])
    await deliver(db, [repeated("a", 2, "content 1"), publish("a", { at: 3, scopes: ["all"] })], { id: "d" })
    const stored = await row(db, sql`select outcomes, commit_no, unchanged from deliveries where id = 'd'`)
    expect(stored).toMatchObject({ commit_no: 2, unchanged: 1 })
    expect(JSON.parse(stored?.outcomes as string)).toMatchObject([
      { id: idOf("a"), outcome: "unchanged", content_hash: "content 1" },
      {
        id: idOf("a"),
        outcome: "updated",
        old_scopes: ["all", "publisher:one", "section:1"],
        new_scopes: ["all"],
        version_at: NOW + 3 * MINUTE,
        content_hash: "content 3",
        old_published_at: NOW + MINUTE,
        new_published_at: NOW + MINUTE,
        seq: 1,
        suppressed: 0,
        silent: 0,
      },
    ])
  })
})

describe("a delivery", () => {
  test("that came before changes nothing and gets the first answer", async () => {
    const db = await createWire()
    const first = await deliver(db, [publish("a")], { id: "d" })
    const again = await deliver(db, [publish("a", { at: 1 })], { id: "d" })
    expect(again).toEqual({ ...first, isRepeated: true, dirtyTags: undefined })
    expect(await row(db, sql`select max(no) no from commits`)).toEqual({ no: 1 })
    expect(await readDelivery(db, "one", "d")).toEqual(first?.delivery)
    expect(await readDelivery(db, "two", "d")).toBeUndefined()
  })

  test.each<[what: string, change: ReturnType<typeof sql>]>([
    ["the taxonomy changed", sql`update wire set taxonomy_version = 1`],
    ["the publisher was removed", sql`update publishers set removed_at = 1`],
    ["the article of a repeated event changed", sql`update articles set raw_hash = 'other'`],
  ])("is not stored if %s", async (_, change) => {
    const db = await createWire()
    await deliver(db, [publish("a", { at: 1 })])
    await db.run(change)
    expect(await deliver(db, [repeated("a", 2, "content 1"), publish("b")])).toBeUndefined()
    expect(await row(db, sql`select count(*) n from deliveries`)).toEqual({ n: 1 })
  })

  test("of a removed publisher is stored only with a statement that records the withdrawal", async () => {
    const db = await createWire()
    await deliver(db, [publish("a"), publish("b")])
    await db.run(sql`update publishers set removed_at = 1`)
    const delivery = { publisherUid: "one", id: "w", bodySha256: "", receivedAt: NOW, messageAt: NOW, entries: "[]" }
    const withdrawn = await applyEvents(
      db,
      { ...delivery, taxonomyVersion: 0 },
      [remove("a", 1), remove("b", 1)],
      false,
      (count) => sql`update publishers set silence_hours = ${count} where uid = 'one'`,
    )
    expect(outcomes(withdrawn)).toEqual(["deleted", "deleted"])
    expect(await row(db, sql`select silence_hours from publishers where uid = 'one'`)).toEqual({ silence_hours: 2 })
  })

  test("acquires the purge token if it changes something, and lists the dirty scopes", async () => {
    const db = await createWire()
    expect((await deliver(db, [publish("a")]))?.dirtyTags?.sort()).toEqual(["all", "publisher:one", "section:1"])
    expect((await deliver(db, [publish("b")]))?.dirtyTags).toBeUndefined()
    expect((await deliver(db, [publish("b", { at: 1, content: "content 0" })]))?.dirtyTags).toBeUndefined()
    expect((await deliver(db, [publish("c", { at: 2, isBackfill: true })]))?.dirtyTags).toBeUndefined()
    expect((await deliver(db, [publish("d", { at: 3, scopes: ["lang:ar"] })]))?.dirtyTags).toContain("lang:ar")
  })

  test("lists the articles whose own pages change: no created ones, and the duplicates of changed ones", async () => {
    const db = await createWire()
    const pages = async (...events: Parameters<typeof deliver>[1]) => {
      await deliver(db, events)
      const stored = await row(db, sql`select articles from commits order by no desc limit 1`)
      const names = await db.all<{ id: string; guid: string }>(sql`select id, guid from articles`)
      return (JSON.parse(stored?.articles as string) as string[])
        .map((id) => names.find((each) => each.id === id)?.guid ?? id)
        .sort()
    }
    const embargo = NOW + 60 * MINUTE
    expect(await pages(publish("a"), publish("b"), publish("c", { at: 0, version: { embargo } }))).toEqual([])
    expect(await pages(publish("a", { at: 1 }), publish("d", { at: 1 }))).toEqual(["a"])
    expect(await pages(remove("a", 2), publish("b", { at: 2, version: { embargo } }))).toEqual(["a", "b"])
    // Pages of withdrawn and embargoed articles are not cached.
    expect(await pages(publish("a", { at: 3 }), publish("c", { at: 3 }))).toEqual([])
    await db.run(sql`update articles set duplicates = '[{"id":"other"},{"id":"third"}]' where guid = 'd'`)
    expect(await pages(publish("d", { at: 4 }))).toEqual(["d", "other", "third"])
  })
})

describe("an article", () => {
  test("is stored with all of its members", async () => {
    const db = await createWire()
    const version = {
      ...{
        url: "https://one.example/a?utm_source=x",
        title: "Title",
        subtitle: "Sub",
        summary: "Lead",
        dateline: "Rabat",
      },
      ...{ language: "ar", direction: "rtl" as const, html: "<p>é</p>", publishedAt: NOW - MINUTE, updatedAt: NOW },
    }
    const event = publish("a", { at: 2, version })
    await deliver(db, [event])
    const { details, scopes, ...stored } = (await row(db, sql`select * from articles`)) ?? {}
    expect(stored).toEqual({
      ...{ seq: 1, id: idOf("a"), publisher_uid: "one", guid: "a", state: "published", commit_no: 1 },
      ...{ version_at: NOW + 2 * MINUTE, message_at: NOW + 2 * MINUTE, content_hash: "content 2" },
      guid_since: NOW + 2 * MINUTE,
      ...{
        raw_hash: "raw content 2",
        source: "native",
        last_hashes: null,
        dated_at: NOW - MINUTE,
        published_at: NOW - MINUTE,
        updated_at: NOW,
      },
      ...{ corrected_at: null, embargo: null, was_public: 1, suppressed: 0, duplicate_key: "one.example/a" },
      ...{
        duplicates: null,
        refiled: null,
        search_rowid: null,
        size_in_bytes: 9,
        url: version.url,
        language: "ar",
        direction: "rtl",
      },
      ...{ title: "Title", slug: "title", subtitle: "Sub", summary: "Lead", dateline: "Rabat" },
    })
    expect([JSON.parse(details as string), JSON.parse(scopes as string)]).toEqual([event.version.details, event.scopes])
    expect(await row(db, sql`select * from bodies`)).toEqual({ seq: 1, html: "<p>é</p>" })
  })

  test("is empty and keeps its row if it is deleted, and has its date again after it is published again", async () => {
    const db = await createWire()
    await deliver(db, [publish("a", { at: 1, version: { title: "T", publishedAt: NOW } })])
    await deliver(db, [remove("a", 2)])
    expect(await row(db, sql`select * from articles`)).toMatchObject({
      ...{
        seq: 1,
        guid: "a",
        state: "deleted",
        title: null,
        scopes: "[]",
        size_in_bytes: 0,
        details: "{}",
        dated_at: null,
      },
      ...{ published_at: null, was_public: 1, corrected_at: NOW + 2 * MINUTE },
    })
    expect(await row(db, sql`select * from bodies`)).toBeUndefined()
    await deliver(db, [publish("a", { at: 3, version: { publishedAt: NOW } })])
    expect(await row(db, sql`select * from articles`)).toMatchObject({ seq: 1, state: "published", published_at: NOW })
  })

  test("keeps the slug of the headline with which it was first published, until it is withdrawn", async () => {
    const db = await createWire()
    const slugAfter = async (...events: Parameters<typeof deliver>[1]) => {
      await deliver(db, events)
      return (await row(db, sql`select slug from articles where guid = ${events[0]?.guid}`))?.slug
    }
    const titled = (guid: string, at: number, title: string, more = {}) =>
      publish(guid, { at, version: { title, ...more } })
    expect(await slugAfter(titled("a", 1, "First"))).toBe("first")
    expect(await slugAfter(titled("a", 2, "Second"))).toBe("first")
    // No one could see the headline under the embargo.
    expect(await slugAfter(titled("b", 1, "Secret", { embargo: NOW + 60 * MINUTE }))).toBe("secret")
    expect(await slugAfter(titled("b", 2, "Open"))).toBe("open")
    expect(await slugAfter(titled("b", 3, "Closed", { embargo: NOW + 60 * MINUTE }))).toBe("open")
    expect(await slugAfter(titled("c", 1, "🎉"))).toBeNull()
    expect(await slugAfter(titled("c", 2, "Party"))).toBeNull()
    expect(await slugAfter(remove("a", 3))).toBeNull()
    expect(await slugAfter(titled("a", 4, "Again"))).toBe("again")
  })

  test("without a date gets that of its first message, and a correction that of its commit", async () => {
    const db = await createWire()
    await deliver(db, [publish("a", { at: 1 })])
    await deliver(db, [publish("a", { at: 7 })])
    const [published_at, corrected_at] = [NOW + MINUTE, NOW + 7 * MINUTE]
    expect(await row(db, sql`select * from articles`)).toMatchObject({ published_at, corrected_at, updated_at: null })
    await deliver(db, [publish("a", { at: 8, version: { updatedAt: NOW + 8 * MINUTE } })])
    expect(await row(db, sql`select corrected_at from articles`)).toEqual({ corrected_at: null })
  })

  test("under embargo is in no scope, and no client has seen it", async () => {
    const db = await createWire()
    const embargo = NOW + 60 * MINUTE
    expect((await deliver(db, [publish("a", { at: 1, version: { embargo } })]))?.delivery.outcomes).toMatchObject([
      { outcome: "created", scopes: [] },
    ])
    expect(await row(db, sql`select * from articles`)).toMatchObject({
      ...{ state: "embargoed", embargo, published_at: embargo, dated_at: NOW + MINUTE, was_public: 0, scopes: "[]" },
    })
    expect(await row(db, sql`select * from memberships`)).toBeUndefined()
  })

  test("with a duplicate by another publisher is suppressed, and its cluster is pending", async () => {
    const db = await createWire()
    const version = { url: "https://one.example/a" }
    await deliver(db, [publish("a", { version })])
    const scopes = ["all", "publisher:two", "section:1"]
    const second = await deliver(db, [publish("b", { at: 1, scopes, version })], { publisherUid: "two" })
    expect(second).toMatchObject({ hasPendingDuplicates: true })
    expect(second?.delivery.outcomes[0]?.scopes).toEqual(["~all", "publisher:two", "~section:1"])
    expect(await row(db, sql`select suppressed from articles where guid = 'b'`)).toEqual({ suppressed: 1 })
    expect(await db.all(sql`select * from pending_duplicates`)).toEqual([
      { duplicate_key: "one.example/a", commit_no: 2 },
    ])
  })

  test("is stored with a hundred others, in several statements if they are long", async () => {
    const db = await createWire()
    const events = Array.from({ length: 100 }, (_, i) =>
      publish(`a${i}`, { version: { html: "x".repeat(20_000 + i) } }),
    )
    expect(new Set(outcomes(await deliver(db, events)))).toEqual(new Set(["created"]))
    const bodies = await db.all(sql`
      select a.guid, length(b.html) length, a.size_in_bytes from articles a join bodies b using (seq) order by b.seq`)
    expect(bodies).toEqual(events.map(({ guid }, i) => ({ guid, length: 20_000 + i, size_in_bytes: 20_000 + i })))
  })
})

test("no statement scans a table that grows", async () => {
  const db = await createWire()
  const version = { url: "https://one.example/a" }
  await expectNoScans(db, () => deliver(db, [publish("a", { version }), publish("b", { isBackfill: true })]))
  await expectNoScans(db, () => deliver(db, [publish("a", { at: 1, version }), remove("b", 1)]))
  await expectNoScans(db, () => previewEvents(db, "two", [publish("c", { version })], NOW))
  await expectNoScans(db, () => readDelivery(db, "one", "d"))
})
