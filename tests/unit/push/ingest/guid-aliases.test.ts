/** An article keeps its id if its publisher gives it another guid, and two articles at one address stay two. */
import { sql } from "drizzle-orm"
import { describe, expect, test } from "vitest"
import { readInventory } from "../../../../src/articles/read/inventory.ts"
import { expectNoScans } from "../../../sqlite/query-plan.ts"
import { createWire, NOW, row } from "../../articles/events.ts"
import { liveArticles, previewItems, type SentOptions, sendItems } from "./sent.ts"

const PAGE = "https://one.example/news/a"

/** An item whose body is its title. */
const item = (id: string, title: string, more: object = {}) => ({
  ...{ id, url: PAGE, title, content_html: `<p>${title}</p>`, date_published: "2026-05-01T08:00:00Z" },
  ...more,
})

type Sent = [items: object[], options: SentOptions]

async function wireAfter(...messages: Sent[]) {
  const db = await createWire()
  const results = []
  for (const [items, options] of messages) results.push(await sendItems(db, items, options))
  return { db, results }
}

const other = { date_published: "2026-05-02T09:30:00Z" }
const renamed = "this article is known by the guid"

describe("an unknown guid is another guid of an article", () => {
  test.each<[what: string, first: object, second: object]>([
    ["https", item("http://one.example/news/a", "A"), item("https://one.example/news/a", "A")],
    ["a renumbered CMS", item("41", "A"), item("10041", "A")],
    ["www.", item("1", "A", { url: "https://www.one.example/news/a" }), item("2", "A")],
    ["http and a final slash", item("1", "A", { url: "http://one.example/news/a/" }), item("2", "A")],
    ["tracking parameters", item("1", "A", { url: `${PAGE}?utm_source=rss&fbclid=1` }), item("2", "A")],
    ["the order of parameters", item("1", "A", { url: `${PAGE}?a=1&b=2` }), item("2", "A", { url: `${PAGE}?b=2&a=1` })],
    ["a fragment", item("1", "A"), item("2", "A", { url: `${PAGE}#top` })],
    [
      "a query below the root",
      item("1", "A", { url: "https://one.example/?p=7" }),
      item("2", "A", { url: "http://www.one.example/?p=7&utm_id=1" }),
    ],
    [
      "the spelling of octets",
      item("1", "A", { url: "https://one.example/%d8%a3/%7Ea" }),
      item("2", "A", { url: "https://one.example/\u0623/~a" }),
    ],
    ["upper case in the host", item("1", "A", { url: "https://ONE.example/news/a" }), item("2", "A")],
    ["another date", item("1", "A"), item("2", "A", other)],
    ["no date", item("1", "A", { date_published: undefined }), item("2", "A", { date_published: undefined })],
    ["another title at the same time", item("1", "A"), item("2", "B")],
    ["a title in another case and with other spaces", item("1", "The  Bridge"), item("2", "THE BRIDGE", other)],
    ["an Arabic title with a hamza and tatweel", item("1", "إقتصاد"), item("2", "اقتـصاد", other)],
    ["a title with another apostrophe", item("1", "Today's news"), item("2", "Today\u2019s news", other)],
    ["an Arabic title in presentation forms", item("1", "\uFEFB"), item("2", "\u0644\u0627", other)],
  ])("%s", async (_, first, second) => {
    const { db, results } = await wireAfter([[first], {}], [[second], { at: 1 }])
    expect(results[1]).toMatchObject([{ outcome: "updated", id: results[0]?.[0]?.id }])
    expect(results[1]?.[0]?.warnings.join()).toContain(renamed)
    expect(await liveArticles(db)).toHaveLength(1)
    expect(await row(db, sql`select count(*) n from articles`)).toEqual({ n: 1 })
  })
})

describe("two articles stay two", () => {
  test.each<[what: string, first: object, second: object]>([
    ["a live blog with a title and a time for each entry", item("1", "Kick-off"), item("2", "Half-time", other)],
    [
      "a live blog whose entries name parts of its page",
      item("1", "Live", { url: `${PAGE}#entry-1` }),
      item("2", "Live", { url: `${PAGE}#entry-2` }),
    ],
    [
      "a podcast whose links are the show's page",
      item("1", "Episode 1", { url: "https://one.example/show" }),
      item("2", "Episode 2", { url: "https://one.example/show", ...other }),
    ],
    [
      "a link blog",
      item("1", "Worth reading", { url: undefined, external_url: PAGE }),
      item("2", "Worth reading", { url: undefined, external_url: PAGE }),
    ],
    [
      "a link blog that repeats the address",
      item("1", "Worth reading", { external_url: PAGE }),
      item("2", "Worth reading", { external_url: PAGE }),
    ],
    ["a root", item("1", "A", { url: "https://one.example/" }), item("2", "A", { url: "https://one.example/" })],
    [
      "a root with parameters of advertisements",
      item("1", "A", { url: "https://one.example/?utm_source=a" }),
      item("2", "A", { url: "http://www.one.example" }),
    ],
    [
      "a root with a fragment",
      item("1", "A", { url: "https://one.example/#/a" }),
      item("2", "A", { url: "https://one.example/#/a" }),
    ],
    [
      "the file of a root",
      item("1", "A", { url: "https://one.example/index.html" }),
      item("2", "A", { url: "https://one.example/index.html" }),
    ],
    ["no address", item("1", "A", { url: undefined }), item("2", "A", { url: undefined })],
    [
      "no title",
      item("1", "", { content_html: "<p></p>", content_text: "Text 1" }),
      item("2", "", { content_text: "Text 2", ...other }),
    ],
    ["another address", item("1", "A"), item("2", "A", { url: "https://one.example/news/b" })],
    ["another parameter", item("1", "A", { url: `${PAGE}?id=1` }), item("2", "A", { url: `${PAGE}?id=2` })],
    ["another host", item("1", "A"), item("2", "A", { url: "https://m.one.example/news/a" })],
    ["upper case in the path", item("1", "A"), item("2", "A", { url: "https://one.example/news/A" })],
  ])("%s", async (_, first, second) => {
    const { db, results } = await wireAfter([[first], {}], [[second], { at: 1 }])
    expect(results[1]).toMatchObject([{ outcome: "created" }])
    expect(await row(db, sql`select count(*) n from articles where state = 'published'`)).toEqual({ n: 2 })
    expect(await row(db, sql`select count(*) n from article_aliases`)).toEqual({ n: 0 })
  })

  test("in one message", async () => {
    const { db } = await wireAfter([[item("1", "A")], {}], [[item("1", "A"), item("2", "A")], { at: 1 }])
    expect(await liveArticles(db)).toEqual(["1: A", "2: A"])
  })

  test("if a message has two unknown guids at the address of a third", async () => {
    const { db } = await wireAfter([[item("1", "A")], {}], [[item("2", "A"), item("3", "A")], { at: 1 }])
    expect(await liveArticles(db)).toEqual(["1: A", "2: A", "3: A"])
  })

  test("of two publishers", async () => {
    const { db } = await wireAfter([[item("1", "A")], {}], [[item("2", "A")], { at: 1, publisherUid: "two" }])
    expect(await row(db, sql`select count(*) n from articles`)).toEqual({ n: 2 })
  })

  test("if the article is deleted", async () => {
    const { db } = await wireAfter(
      [[item("1", "A")], {}],
      [[{ id: "1" }], { at: 1, deleted: true }],
      [[item("2", "A")], { at: 2 }],
    )
    expect(await liveArticles(db)).toEqual(["2: A"])
    expect(await row(db, sql`select count(*) n from articles`)).toEqual({ n: 2 })
  })

  test("if two live articles have the address", async () => {
    const { db } = await wireAfter(
      [[item("1", "A")], {}],
      [[item("2", "B", other)], { at: 1 }],
      [[item("3", "A")], { at: 2 }],
    )
    expect(await liveArticles(db)).toEqual(["1: A", "2: B", "3: A"])
  })

  test("if the item with the old guid is refused", async () => {
    const refused = item("1", "A", { content_html: 1 })
    const { db } = await wireAfter([[item("1", "A")], {}], [[refused, item("2", "A2")], { at: 1 }])
    expect(await liveArticles(db)).toEqual(["1: A", "2: A2"])
  })

  test.each([
    ["the old guid is in another part", "1"],
    ["another unknown guid of the address is in another part", "3"],
  ])("if a message has more than 100 articles, and %s", async (_, last) => {
    const filling = Array.from({ length: 100 }, (_, no) => item(`f${no}`, `F${no}`, { url: `${PAGE}${no}` }))
    const { db } = await wireAfter(
      [[item("1", "A")], {}],
      [[item("2", "A"), ...filling, item(last, "A")], { at: 1, isFeed: true }],
    )
    expect(await row(db, sql`select count(*) n from article_aliases`)).toEqual({ n: 0 })
    expect(await liveArticles(db)).toHaveLength(100 + Number(last === "1" ? 2 : 3))
  })
})

describe("an alias", () => {
  const old = item("old", "A")
  const renumbered = item("new", "A, renumbered")
  const sent = (id: string, title: string, at: number): Sent => [[item(id, title)], { at }]
  const joined: Sent[] = [
    [[old], {}],
    [[renumbered], { at: 1 }],
  ]
  const idsOf = async (db: Parameters<typeof row>[0]) =>
    Object.fromEntries(
      (await db.all<{ guid: string; id: string }>(sql`select guid, id from articles`)).map(({ guid, id }) => [
        guid,
        id,
      ]),
    )

  test("gets the later versions of the article, which are unchanged if they are repeated", async () => {
    const { db, results } = await wireAfter(...joined, [[renumbered], { at: 2 }], sent("new", "B", 3))
    expect(results.map(([result]) => result?.outcome)).toEqual(["created", "updated", "unchanged", "updated"])
    expect(new Set(results.map(([result]) => result?.id)).size).toBe(1)
    expect(await liveArticles(db)).toEqual(["new: B"])
  })

  test("is added twenty times at most", async () => {
    const { db } = await wireAfter(...Array.from({ length: 21 }, (_, at) => sent(`${at}`, "A", at)))
    expect(await liveArticles(db)).toEqual(["19: A", "20: A"])
    expect(await row(db, sql`select count(*) n from article_aliases`)).toEqual({ n: 20 })
  })

  test("stays if an older deletion of the old guid arrives late", async () => {
    const { db, results } = await wireAfter(
      [[old], {}],
      [[renumbered], { at: 2 }],
      [[{ id: "old" }], { at: 1, deleted: true }],
    )
    expect(results[2]).toMatchObject([{ outcome: "stale", id: results[0]?.[0]?.id }])
    expect(await liveArticles(db)).toEqual(["new: A, renumbered"])
  })

  test("deletes the article", async () => {
    const { db, results } = await wireAfter(...joined, [[{ id: "new" }], { at: 2, deleted: true }])
    expect(results[2]).toMatchObject([{ outcome: "deleted", id: results[0]?.[0]?.id }])
    expect(await liveArticles(db)).toEqual([])
    expect(await row(db, sql`select count(*) n from articles`)).toEqual({ n: 1 })
  })

  test("is in the inventory, and the first guid too", async () => {
    const { db } = await wireAfter(...joined)
    expect(await readInventory(db, "one", { commit: 0, id: "" }, 10)).toMatchObject([{ guid: "new", aliases: ["old"] }])
    const late = await wireAfter([[renumbered], { at: 1 }], [[old], { at: 0 }])
    expect(await readInventory(late.db, "one", { commit: 0, id: "" }, 10)).toMatchObject([
      { guid: "new", aliases: ["old"] },
    ])
    const single = await wireAfter([[old], {}])
    expect(await readInventory(single.db, "one", { commit: 0, id: "" }, 10)).toMatchObject([
      { guid: "old", aliases: [] },
    ])
  })

  test("stays if an older message of the old guid arrives late, or is replayed", async () => {
    const { db, results } = await wireAfter([[old], { at: 1 }], [[renumbered], { at: 3 }], sent("old", "Late", 2), [
      [old],
      { at: 1 },
    ])
    expect(results.slice(2).map(([result]) => [result?.outcome, result?.id])).toEqual([
      ["stale", results[0]?.[0]?.id],
      ["stale", results[0]?.[0]?.id],
    ])
    expect(await liveArticles(db)).toEqual(["new: A, renumbered"])
  })

  test("ends when the old guid is sent again: each guid has its own article, and they stay two", async () => {
    const { db, results } = await wireAfter(...joined, sent("old", "B", 2))
    expect(results[2]).toMatchObject([{ outcome: "updated", id: results[0]?.[0]?.id }])
    expect(results[2]?.[0]?.warnings.join()).toContain('the guid "new" was another guid of this article')
    expect(await liveArticles(db)).toEqual(["new: A, renumbered", "old: B"])
    expect(await row(db, sql`select count(*) n from article_aliases`)).toEqual({ n: 0 })
    const ids = await idsOf(db)

    const later = await sendItems(db, [renumbered], { at: 3 })
    expect(later).toMatchObject([{ outcome: "unchanged", id: ids.new }])
    for (const [id, at] of [
      ["new", 4],
      ["old", 5],
      ["new", 6],
    ] as const)
      await sendItems(db, [item(id, `At ${at}`)], { at })
    expect([await liveArticles(db), await idsOf(db)]).toEqual([["new: At 6", "old: At 5"], ids])
  })

  test("ends when the old guid is sent again with the same bytes", async () => {
    const { db } = await wireAfter(...joined, [[old], { at: 2 }])
    expect(await liveArticles(db)).toEqual(["new: A, renumbered", "old: A"])
  })

  test("ends when one message has both guids", async () => {
    for (const both of [
      [old, renumbered],
      [renumbered, old],
    ]) {
      const { db, results } = await wireAfter(...joined, [both, { at: 2 }])
      expect(await liveArticles(db)).toEqual(["new: A, renumbered", "old: A"])
      const guids = Object.fromEntries((results[2] ?? []).map(({ guid, id }) => [guid, id]))
      expect(guids).toEqual(await idsOf(db))
      expect(guids.old).toBe(results[0]?.[0]?.id)
    }
  })

  test("ends when the old guid is deleted: the new guid keeps its article", async () => {
    const { db } = await wireAfter(...joined, [[{ id: "old" }], { at: 2, deleted: true }])
    expect(await liveArticles(db)).toEqual(["new: A, renumbered"])
    expect(await row(db, sql`select state from articles where guid = 'old'`)).toEqual({ state: "deleted" })
  })

  test("that ends after its deletion leaves a deleted article", async () => {
    const { db } = await wireAfter(
      ...joined,
      [[{ id: "new" }], { at: 2, deleted: true }],
      sent("old", "Back", 3),
      sent("new", "Late", 1),
    )
    expect(await liveArticles(db)).toEqual(["old: Back"])
    expect(await row(db, sql`select state from articles where guid = 'new'`)).toEqual({ state: "deleted" })
  })

  test("keeps the date of an undated article, also in an article of its own", async () => {
    const undated = (id: string, title: string) => item(id, title, { date_published: undefined })
    const { db } = await wireAfter(
      [[undated("old", "A")], {}],
      [[undated("new", "A")], { at: 1 }],
      [[undated("old", "A")], { at: 2 }],
    )
    expect(await db.all(sql`select published_at from articles`)).toEqual([{ published_at: NOW }, { published_at: NOW }])
  })

  test("may be replaced by a third guid, and ends when the second is sent again", async () => {
    const { db, results } = await wireAfter(...joined, [[item("newest", "A, renumbered")], { at: 2 }])
    expect(new Set(results.map(([result]) => result?.id)).size).toBe(1)
    expect(await readInventory(db, "one", { commit: 0, id: "" }, 10)).toMatchObject([
      { guid: "newest", aliases: ["new", "old"] },
    ])
    await sendItems(db, [item("new", "B")], { at: 3 })
    expect(await liveArticles(db)).toEqual(["new: B", "newest: A, renumbered"])
    await sendItems(db, [item("old", "C")], { at: 4 })
    expect(await liveArticles(db)).toEqual(["new: B", "newest: A, renumbered", "old: C"])
    await sendItems(db, [item("new", "D"), item("newest", "E"), item("old", "F")], { at: 5 })
    expect(await liveArticles(db)).toEqual(["new: D", "newest: E", "old: F"])
  })

  test("of a version with an older date of change shows this version, because its guid is newer", async () => {
    const dated = (id: string, title: string, hour: number) =>
      item(id, title, { date_modified: `2026-05-01T${hour}:00:00Z` })
    const { db } = await wireAfter([[dated("old", "A", 12)], {}], [[dated("new", "B", 10)], { at: 1 }])
    expect(await liveArticles(db)).toEqual(["new: B"])
  })

  test("is obeyed by a feed, whose repetitions are unchanged", async () => {
    const { db, results } = await wireAfter(
      [[item("http://one.example/news/a", "A", { url: "http://one.example/news/a" })], { isFeed: true }],
      [[item(PAGE, "A")], { at: 1, isFeed: true }],
      [[item(PAGE, "A")], { at: 2, isFeed: true }],
    )
    expect(results.map(([result]) => result?.outcome)).toEqual(["created", "updated", "unchanged"])
    expect(await row(db, sql`select url, state from articles`)).toEqual({ url: PAGE, state: "published" })
  })

  test("is decided in each part of a message of 250 articles", async () => {
    const page = (id: string, no: number) => item(`${id}${no}`, `T${no}`, { url: `${PAGE}${no}` })
    const of = (id: string) => Array.from({ length: 250 }, (_, no) => page(id, no))
    const { db, results } = await wireAfter([of("old"), { isFeed: true }], [of("new"), { at: 1, isFeed: true }])
    expect(new Set(results[1]?.map(({ outcome }) => outcome))).toEqual(new Set(["updated"]))
    expect(await row(db, sql`select count(*) n from articles`)).toEqual({ n: 250 })
    await sendItems(db, of("old"), { at: 2, isFeed: true })
    expect(await liveArticles(db)).toHaveLength(500)
  })

  test("is shown by a dry run, which stores nothing", async () => {
    const { db, results } = await wireAfter([[old], {}])
    const preview = await previewItems(db, [renumbered], { at: 1 })
    expect(preview).toMatchObject([{ outcome: "updated", id: results[0]?.[0]?.id }])
    expect(preview[0]?.warnings.join()).toContain(renamed)
    expect(await liveArticles(db)).toEqual(["old: A"])
    await sendItems(db, [renumbered], { at: 1 })
    expect(await previewItems(db, [renumbered], { at: 2 })).toMatchObject([{ outcome: "unchanged" }])
    const back = await previewItems(db, [old], { at: 2 })
    expect(back).toMatchObject([{ outcome: "updated", id: results[0]?.[0]?.id }])
    expect(back[0]?.warnings.join()).toContain('"new" was another guid of this article')
  })

  test("is decided once by messages that come at the same time", async () => {
    const { db } = await wireAfter([[old], {}])
    const results = await Promise.all(Array.from({ length: 10 }, () => sendItems(db, [renumbered], { at: 1 })))
    expect(
      results
        .flat()
        .map(({ outcome }) => outcome)
        .sort(),
    ).toEqual(["updated", ...Array(9).fill("unchanged")].sort())
    const empty = await createWire()
    await Promise.all([sendItems(empty, [old]), sendItems(empty, [renumbered], { at: 1 })])
    expect(await row(empty, sql`select count(*) n from articles`)).toEqual({ n: 1 })
    const twoNew = await wireAfter([[old], {}])
    await Promise.all(["new", "other"].map((id) => sendItems(twoNew.db, [item(id, "A")], { at: 1 })))
    expect(await row(twoNew.db, sql`select count(*) n from articles where state = 'published'`)).toEqual({ n: 1 })
    const both = await wireAfter(...joined)
    await Promise.all([sendItems(both.db, [renumbered], { at: 3 }), sendItems(both.db, [item("old", "B")], { at: 2 })])
    expect(await liveArticles(both.db)).toEqual(["new: A, renumbered", "old: B"])
  })

  test("is read and written without a scan", async () => {
    const { db } = await wireAfter([[old], {}])
    await expectNoScans(db, () => sendItems(db, [renumbered], { at: 1 }))
    await expectNoScans(db, () => sendItems(db, [item("old", "B")], { at: 2 }))
    await expectNoScans(db, () => readInventory(db, "one", { commit: 0, id: "" }, 10))
  })
})

describe("an address with articles of many publishers", () => {
  /** A wire whose publisher two has more articles at PAGE than a cluster of duplicates may have. */
  async function crowdedWire(count: number) {
    const db = await createWire()
    const crowd = Array.from({ length: count }, (_, no) => item(`two-${no}`, `Live ${no}`))
    if (count > 0) await sendItems(db, crowd, { publisherUid: "two" })
    return db
  }

  test.each([51, 60, 100])("identifies the only article of this publisher: %i articles of another", async (count) => {
    const db = await crowdedWire(count)
    const [first] = await sendItems(db, [item("old", "A")], { at: 1 })
    expect(await sendItems(db, [item("new", "A")], { at: 2 })).toMatchObject([{ outcome: "updated", id: first?.id }])
  })

  test.each([
    ["before", [60, 0]],
    ["between", [0, 60]],
  ])("identifies none of two articles of this publisher, if the others came %s them", async (_, [before, between]) => {
    const db = await crowdedWire(before ?? 0)
    await sendItems(db, [item("1", "A")], { at: 1 })
    const crowd = Array.from({ length: between ?? 0 }, (__, no) => item(`more-${no}`, `More ${no}`))
    if (crowd.length > 0) await sendItems(db, crowd, { at: 2, publisherUid: "two" })
    await sendItems(db, [item("2", "B", other)], { at: 3 })
    expect(await sendItems(db, [item("3", "A")], { at: 4 })).toMatchObject([{ outcome: "created" }])
  })

  test("does not delay new guids that come at the same time", async () => {
    const db = await createWire()
    await Promise.all(
      Array.from({ length: 10 }, (_, no) =>
        sendItems(db, [item(`${no}`, `Live ${no}`, { date_published: `2026-05-01T1${no}:00:00Z` })]),
      ),
    )
    expect(await liveArticles(db)).toHaveLength(10)
  })
})

describe("a guid that a message has several times", () => {
  const elsewhere = { url: "https://one.example/news/elsewhere" }
  const at = (second: number, more: object = {}) =>
    item("new", "A", { ...more, date_modified: `2026-05-02T10:00:0${second}Z` })

  // The newest version decides. Before it and after it stand versions at other addresses.
  test.each<[what: string, items: object[], outcome: string]>([
    ["the newest version comes first", [at(2), at(1, elsewhere)], "updated"],
    ["the newest version comes last", [at(1, elsewhere), at(2)], "updated"],
    ["it stands between two others", [at(1, elsewhere), at(3), at(2, { url: `${PAGE}/2` })], "updated"],
    ["the others have no address", [at(2), at(1, { url: undefined })], "updated"],
    ["the others have the address of a root", [at(2), at(1, { url: "https://one.example/" })], "updated"],
    ["only an older one has the address, first", [at(1), at(2, elsewhere)], "created"],
    ["only an older one has the address, last", [at(2, elsewhere), at(1)], "created"],
    ["the newest has no address", [at(1), at(2, { url: undefined })], "created"],
    ["the last one is refused", [at(2), at(1, { ...elsewhere, content_html: 1 })], "updated"],
  ])("is joined by the address of its newest version: %s", async (_, items, outcome) => {
    const { db, results } = await wireAfter([[item("old", "A")], {}], [items, { at: 1 }])
    expect(results[1]?.filter((result) => result.outcome === outcome)).toHaveLength(1)
    expect(await row(db, sql`select count(*) n from articles`)).toEqual({ n: outcome === "created" ? 2 : 1 })
  })
})
