/** Tests that D1 reads as many rows for a front page or related articles on a large wire as on a small one. */
import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, test } from "vitest"
import { readFront } from "../../src/articles/compose/front-page.ts"
import { readRelated } from "../../src/articles/compose/related-articles.ts"
import { EVERYTHING, scopeSelection } from "../../src/articles/read/selection-terms.ts"
import { countViews, hourOf } from "../../src/articles/views/count-views.ts"
import { hashToMark } from "../../src/articles/views/reader-sketch.ts"
import { createDbClient } from "../../src/db/client.ts"
import { fill, prepareFilling } from "./many-articles.ts"
import { LARGE } from "./size-of-wire.ts"
import { type Answer, article, counted, type Publisher, publisher, push, send, sweep } from "./world.ts"

/**
 * The numbers of rows for each article that a block may scan for some publishers, for each shown article, and for the
 * rest.
 */
const SCAN = 100
const SHOWN = 6
/** Rows for a block, and for a section in the directory. */
const BLOCK = 12
const REST = 60
/** Articles in a most-read list. */
const LISTED = 50

const SECTIONS = ["", "sections=world,europe,asia,sports,france", "sections=sports"]
const LANGUAGES = ["", "lang=ar", "lang=ar,en,fr"]
const PAGES = SECTIONS.flatMap((sections) =>
  LANGUAGES.flatMap((lang) => ["", "unique=1"].map((unique) => [sections, lang, unique].filter(Boolean).join("&"))),
)
/** Lists with few articles or none, whose content differs with the size of the wire. */
const RARE = [
  "sections=notes,world&lang=ar",
  "sections=notes,sports&lang=ar,en&unique=1",
  "lang=fr",
  "lang=fr,ar&sections=notes",
]

const { bindings, trips } = counted()
/** With Workers Cache in front, every request asks D1. */
const edge = { purge: async () => ({ success: true }) }

interface Cost {
  rows: number
  trips: number
  blocks: number
  shown: number
  /** Whether all blocks are full, except the most-read block, whose list covers the whole wire. */
  isFull: boolean
}

async function ask(
  path: string,
  headers: Record<string, string> = {},
): Promise<{ sent: Answer; rows: number; trips: number }> {
  trips.length = 0
  const sent = await send(path, { headers }, bindings, edge)
  return { sent, rows: trips.reduce((sum, { rowsRead }) => sum + rowsRead, 0), trips: trips.length }
}

async function frontCost(query: string, limit: number): Promise<Cost> {
  const { sent, ...cost } = await ask(`/v1/front?limit=${limit}&${query}`)
  expect(sent.status, sent.text).toBe(200)
  const { latest, sections, most_read: mostRead } = sent.json
  const blocks = [latest, ...sections.map(({ articles }: { articles: object[] }) => articles), mostRead]
  return {
    ...cost,
    blocks: blocks.length,
    shown: blocks.reduce((sum, { length }) => sum + length, 0),
    isFull: blocks.slice(0, -1).every(({ length }) => length === limit),
  }
}

const most = (query: string, limit: number, { blocks, shown }: Cost): number =>
  (query.includes("lang") ? blocks * SCAN * limit : 0) +
  (query.includes("unique") ? blocks * blocks * limit : 0) +
  SHOWN * (shown + LISTED) +
  BLOCK * (blocks + SECTIONS_OF_WIRE) +
  REST
const SECTIONS_OF_WIRE = 6

let three: Publisher
const ids = new Map<string, string>()

async function publish(id: string, more: Record<string, unknown>): Promise<void> {
  const sent = await push(three, article({ id, date_published: "2023-11-14T22:10:00Z", ...more }, 3))
  ids.set(id, sent.json.results[0].id.slice(-32))
}

beforeAll(async () => {
  await prepareFilling()
  three = await publisher("three")
})

const small = new Map<string, unknown>()
/** The newest articles, and those near an article, are the same on any wire, so their cost is the same to the row. */
function expectSame(what: string, cost: unknown): void {
  if (small.has(what)) {
    expect([what, cost]).toEqual([what, small.get(what)])
    compared += 1
  } else small.set(what, cost)
}

/** The number of pages that were full on both wires, so that their costs were compared. */
let compared = 0

describe.each([1000, LARGE])("with %i articles on the wire", (total) => {
  beforeAll(async () => {
    await fill(total)
    await publish("plain", { tags: ["worldly", "half"], _feedwire: { sections: ["france"] } })
    await publish("relating", {
      tags: ["worldly", "half", "rare"],
      _feedwire: { sections: ["france", "sports"], related: [{ url: "https://one.example/articles/1" }] },
    })
    const wide = Array.from({ length: 32 }, (_, i) => (i === 0 ? "worldly" : i === 1 ? "half" : `wide ${i}`))
    const named = Array.from({ length: 20 }, (_, i) => ({ url: `https://one.example/articles/${i}` }))
    const sections = ["france", "europe", "asia", "world", "sports", "notes"]
    await publish("wide", { tags: wide, _feedwire: { sections, related: named } })
    const hour = hourOf(Date.now())
    const read = Array.from({ length: LISTED }, (_, i) => (i + 1).toString(16).padStart(32, "0"))
    const mark = hashToMark(new Uint8Array([1, 1, 1, 1, 1, 1]))
    await countViews(createDbClient(env.DB), [{ hour, views: read.map((id) => [id, mark]) }], Date.now())
    await env.DB.prepare("update most_read_update set at = 0").run()
    await sweep()
    // Loads the directory into memory, because the first request reads one row more.
    await send("/feed.json")
  }, 120_000)

  test.each([1, 6, 20])("any page of blocks of %i is one round trip with a bounded number of rows", async (limit) => {
    for (const query of PAGES) {
      const cost = await frontCost(query, limit)
      const what = `${limit} ${query}: ${JSON.stringify(cost)}`
      expect(cost.trips, what).toBe(1)
      expect(cost.rows, what).toBeLessThanOrEqual(most(query, limit, cost))
      if (cost.isFull) expectSame(`${limit} ${query}`, cost)
    }
    for (const query of RARE) {
      const cost = await frontCost(query, limit)
      expect(cost.trips).toBe(1)
      expect(cost.rows, `${limit} ${query}: ${JSON.stringify(cost)}`).toBeLessThanOrEqual(most(query, limit, cost))
    }
  })

  // A page reads more rows while its blocks fill, and then the same on any wire: /languages/ar 369, 377 and 567 rows
  // on wires of 1,000, 5,000 and 100,000 articles.
  test.each([
    ["/", 320, 8],
    ["/languages/ar", 600, 8],
    ["/sections/world", 120, 2],
    ["/sections/world?lang=ar", 260, 5],
    ["/publishers/two", 94, 2],
    ["/tags/half", 120, 2],
    ["/authors/jane%20doe", 94, 2],
  ])("the page %s is one round trip of at most %i rows, and of %i for a 304", async (path, most, unchanged) => {
    const { sent, ...whole } = await ask(path)
    expect([path, sent.status, whole.trips]).toEqual([path, 200, 1])
    expect(whole.rows).toBeLessThanOrEqual(most)
    const { sent: same, ...cost } = await ask(path, { "if-none-match": sent.headers.get("etag") ?? "" })
    expect([path, same.status, cost]).toEqual([path, 304, { rows: unchanged, trips: 1 }])
  })

  test("a 304 of a page reads a few rows of the directory, and no article", async () => {
    const { sent } = await ask("/v1/front?sections=world,sports")
    const same = await ask("/v1/front?sections=world,sports", { "if-none-match": sent.headers.get("etag") ?? "" })
    expect([same.sent.status, same.trips]).toEqual([304, 1])
    expect(same.rows).toBeLessThanOrEqual(14)
    expectSame("304 of a page", same.rows)
  })

  test("the same bounds apply to partners that may see some publishers only, with any languages", async () => {
    const { results } = await env.DB.prepare("select uid from publishers order by slug = 'two' desc").all<{
      uid: string
    }>()
    // As many publishers as a partner may be limited to, most of them unknown.
    const unknownUids = Array.from({ length: 80 }, (_, i) => i.toString(16).padStart(16, "0"))
    const lang = ["ar", "de", "en", "es", "fa", "fr", "it", "ru", "tr", "zh"]
    for (const publishers of [[results[0]?.uid ?? ""], [...results.map(({ uid }) => uid), ...unknownUids]]) {
      const selection = scopeSelection({ ...EVERYTHING, section: ["?"], lang }, publishers)
      const options = {
        sections: ["world", "sports"],
        selection,
        languages: lang,
        limit: 6,
        unique: true,
        window: "24h",
      } as const
      const narrowed = counted()
      const { content } = await readFront(
        createDbClient(narrowed.bindings.DB),
        { ...options, sections: ["world", "sports"], scopes: ["all"] },
        [],
      )
      expect(content?.latest).toHaveLength(6)
      expect(narrowed.trips).toHaveLength(1)
      expect(narrowed.trips[0]?.rowsRead).toBeLessThanOrEqual(
        4 * SCAN * 6 + SHOWN * LISTED + 4 * publishers.length + 300,
      )
    }
  })

  test("related articles are one round trip, also if the article names others", async () => {
    for (const query of ["", "?lang=ar", "?lang=ar,fr&limit=20", "?limit=20", "?lang=fr"]) {
      const plain = await ask(`/v1/articles/${ids.get("plain")}/related${query}`)
      expect([plain.sent.status, plain.trips], plain.sent.text).toEqual([200, 1])
      expect(plain.rows).toBeLessThanOrEqual(RELATED)
      expectSame(`related ${query}`, [plain.rows, plain.sent.json.related.length])
      const relating = await ask(`/v1/articles/${ids.get("relating")}/related${query}`)
      expect([relating.sent.status, relating.trips], relating.sent.text).toEqual([200, 1])
      expect(relating.rows).toBeLessThanOrEqual(RELATED)
    }
  })

  test("a 304 of related articles reads the article's row and the validator", async () => {
    const path = `/v1/articles/${ids.get("relating")}/related`
    const { sent } = await ask(path)
    const same = await ask(path, { "if-none-match": sent.headers.get("etag") ?? "" })
    expect([same.sent.status, same.trips]).toEqual([304, 1])
    expect(same.rows).toBeLessThanOrEqual(6)
  })

  test("an article with the most relations has a bounded cost: 32 tags, ten sections, twenty addresses", async () => {
    const limited = counted()
    const { results } = await env.DB.prepare("select uid from publishers").all<{ uid: string }>()
    const options = { limit: 20, languages: ["ar", "en"], publishers: results.map(({ uid }) => uid) }
    const { result: found } = await readRelated(createDbClient(limited.bindings.DB), ids.get("wide") ?? "", options, [])
    expect(found?.related).toHaveLength(20)
    expect(limited.trips).toHaveLength(1)
    expect(limited.trips.reduce((sum, { rowsRead }) => sum + rowsRead, 0)).toBeLessThanOrEqual(RELATED + 20 * 14)
  })
})

test("nearly every page was full on both wires", () => {
  expect(compared).toBeGreaterThanOrEqual(35)
})

/** Five tags and three sections have forty candidates each. Each candidate is read, sorted and tested. */
const RELATED = (5 + 3) * 40 * 6 + 150
