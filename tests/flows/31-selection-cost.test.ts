/** Tests that D1 reads as many rows for a selection with many articles as with few. */
import { beforeAll, describe, expect, inject, test } from "vitest"
import { fill, prepareFilling } from "./many-articles.ts"
import { LARGE } from "./size-of-wire.ts"
import { type Answer, counted, send } from "./world.ts"

/** Rows that a scan may read for each requested entry; a small limit counts as ten. */
const SCAN = 20
const LEAST = 10
/** The numbers of rows for each entry of the answer, for each name in both round trips, and for everything else. */
const ENTRY = 5
const NAME = 6
const REST = 100

const SECTIONS = ["", "section=world", "section=asia,europe,sports"]
const OTHERS = ["not=france", "publisher=two", "lang=ar", "tag=half", "author=jane%20doe"]
const SUBSETS = Array.from({ length: 2 ** OTHERS.length }, (_, bits) => OTHERS.filter((_, i) => bits & (1 << i)))
/** Every subset of the parameters, then selections that exclude nearly everything, empty selections, and long lists. */
const SELECTIONS = [
  ...SUBSETS.flatMap((subset) => SECTIONS.map((some) => [some, ...subset].filter((part) => part !== "").join("&"))),
  "not=sports,world",
  "lang=ar&not=sports,world",
  "section=sports&tag=worldly",
  "section=asia,europe&tag=rare",
  "section=asia,europe,notes&tag=rare",
  "section=asia,europe,france,notes,sports,world",
  "not=asia,europe,france,notes,sports&tag=half",
  "author=jane%20doe&not=notes&section=asia,europe,france,sports,world&tag=half&tag=rare&tag=worldly",
  "lang=ar,en,fr&publisher=one,two&section=asia,europe,sports,world&tag=a&tag=b&tag=half&tag=rare&tag=worldly",
]

const LIMITS = [1, 10, 50, 100]
/** `npm test` requests each selection with one of the limits, `npm run test:long` with all of them. */
const selectionsWith = (limit: number): string[] =>
  SELECTIONS.filter((_, at) => inject("effort") > 1 || at % LIMITS.length === LIMITS.indexOf(limit))

const { bindings, trips } = counted()
/** With Workers Cache in front, every request asks D1. */
const edge = { purge: async () => ({ success: true }) }

interface Cost {
  rows: number
  trips: number
  entries: number
  next: string | undefined
}

/** The canonical URL to which each path redirects. */
const canonical = new Map<string, string>()

/** Requests the canonical URL of a selection a second time and counts its cost. */
async function costOf(path: string): Promise<Cost> {
  let url = canonical.get(path) ?? path
  let sent: Answer = await send(url, {}, bindings, edge)
  for (; sent.status === 301; sent = await send(url, {}, bindings, edge)) url = sent.headers.get("location") ?? ""
  canonical.set(path, url)
  trips.length = 0
  sent = await send(url, {}, bindings, edge)
  expect(sent.status, sent.text).toBe(200)
  return {
    rows: trips.reduce((sum, { rowsRead }) => sum + rowsRead, 0),
    trips: trips.length,
    entries: sent.json.items.length,
    next: sent.json.next_url,
  }
}

/** The scan reads one entry more than requested, to find out whether there is a next page. */
function bound(url: string, { entries }: Cost): number {
  const { searchParams } = new URL(url, "https://feeds.example")
  const names = [...searchParams].flatMap(([, value]) => value.split(",")).length
  const limit = Number(searchParams.get("limit"))
  return SCAN * Math.max(limit + 1, LEAST) + ENTRY * entries + NAME * names + REST
}

beforeAll(async () => {
  await prepareFilling()
})

const small = new Map<string, Cost>()

describe.each([1000, LARGE])("with %i articles on the wire", (total) => {
  beforeAll(async () => {
    await fill(total)
    // Loads the directory into memory, because the first request reads one row more.
    await send("/feed.json")
  }, 120_000)

  test.each(LIMITS)(
    "any selection of %i is one or, if the page is short, two round trips, and reads a bounded number of rows",
    async (limit) => {
      const full: string[] = []
      const selections = selectionsWith(limit)
      for (const selection of selections) {
        const path = `/feed.json?${selection}&limit=${limit}`
        const cost = await costOf(path)
        const what = `${path}: ${JSON.stringify(cost)}`
        expect(cost.rows, what).toBeLessThanOrEqual(bound(path, cost))
        expect(cost.trips, what).toBeLessThanOrEqual(selection.includes("&") || /not=|,/.test(selection) ? 2 : 1)
        if (cost.trips === 2 && cost.entries >= limit) full.push(what)
        // The newest articles are the same, so the cost is the same to the row.
        const before = small.get(path)
        if (before?.next !== undefined) expect([path, cost]).toEqual([path, before])
        if (total === 1000) small.set(path, cost)
      }
      // If the scan ends right after the last entry, a second round trip looks for more.
      expect(full.length, full.join("\n")).toBeLessThanOrEqual(selections.length / 10)
    },
  )

  test("a later page costs as much as the first", async () => {
    for (const selection of [
      "section=asia,europe,sports",
      "not=france&tag=half",
      "lang=ar&section=asia,europe,sports",
    ]) {
      let url: string | undefined = `/feed.json?${selection}&limit=20`
      for (let page = 0; page < 12 && url !== undefined; page++) {
        const cost: Cost = await costOf(url)
        expect(cost.rows, url).toBeLessThanOrEqual(bound(url, cost))
        expect(cost.entries, url).toBeLessThanOrEqual(20)
        url = cost.next
      }
    }
  })

  test("pages of rare articles lead to all of them: none exceeds the scan, and none ends too early", async () => {
    // One article in a thousand matches, so each match needs a few pages, however many articles follow.
    let url: string | undefined = "/feed.json?not=sports,world&limit=10"
    for (let entries = 0, steps = 0; entries < 2; steps++) {
      expect(steps).toBeLessThan(80)
      expect(url).toBeDefined()
      const cost: Cost = await costOf(url as string)
      entries += cost.entries
      url = cost.next
    }
    // The only article is the oldest, so every candidate must be read once.
    const pages = Math.ceil((total / 2 / (SCAN * 100)) * 8) + 2
    const entries: number[] = []
    url = "/feed.json?section=sports&tag=worldly&limit=100"
    while (url !== undefined && entries.length <= pages) {
      const cost: Cost = await costOf(url)
      expect(cost.rows).toBeLessThanOrEqual(bound(url, cost))
      entries.push(cost.entries)
      url = cost.next
    }
    expect(entries.length).toBeLessThanOrEqual(pages)
    expect(entries.at(-1)).toBe(1)
    expect(entries.slice(0, -1).every((count) => count === 0)).toBe(true)
  })
})
