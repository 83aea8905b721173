/** Tests that D1 reads as many rows for a list of the API on a large wire as on a small one. */
import { beforeAll, describe, expect, inject, test } from "vitest"
import { fill, prepareFilling } from "./many-articles.ts"
import { LARGE } from "./size-of-wire.ts"
import { counted, ORIGIN, send } from "./world.ts"

/** Rows that a scan may read for each requested entry; a small limit counts as ten. */
const SCAN = 20
const LEAST = 10
/**
 * How many rows a list may read for each entry, for each term, and for all other work. 64 rows of the other work find
 * the commit of a time.
 */
const SHOWN = 5
const NAMED = 6
const REST = 120

const SELECTIONS = [
  ...["", "section=world", "section=asia,europe,sports", "publisher=two", "lang=ar", "tag=half", "not=france"],
  ...["section=world&lang=ar", "publisher=one,two&section=sports", "lang=ar&not=sports,world&tag=half"],
  ...["section=sports&tag=worldly", "section=asia,europe,notes&tag=rare"],
  "lang=ar,en,fr&publisher=one,two&section=asia,europe,sports,world&tag=a&tag=b&tag=half&tag=rare&tag=worldly",
]
/** Ranges of time. The articles of fill() were published in November 2023, three in a second. */
const TIMES = [
  ...["", "since=2023-11-14T22:13:10Z", "until=2023-11-14T22:13:10Z"],
  "since=2023-11-14T22:11:00Z&until=2023-11-14T22:12:00Z",
]
const CHANGED = ["updated_since=2020-01-01", "updated_since=2020-01-01&since=2023-11-14T22:13:10Z"]

const LIMITS = [1, 50, 100]
/** `npm test` requests each selection and time with one of the limits, `npm run test:long` with all of them. */
const listsWith = (limit: number): string[] =>
  SELECTIONS.flatMap((selection, at) =>
    [...TIMES, ...CHANGED]
      .filter((_, no) => inject("effort") > 1 || (at + no) % LIMITS.length === LIMITS.indexOf(limit))
      .map((times) => [selection, times, `limit=${limit}`].filter((part) => part !== "").join("&")),
  )

const { bindings, trips } = counted()
/** With Workers Cache in front, every request asks D1. */
const edge = { purge: async () => ({ success: true }) }

interface Cost {
  rows: number
  trips: number
  entries: number
  next: boolean
}

async function costOf(
  path: string,
  headers: HeadersInit = {},
): Promise<Cost & { etag: string; url?: string; status: number }> {
  trips.length = 0
  const sent = await send(path, { headers }, bindings, edge)
  if (sent.status >= 400) throw new Error(sent.text)
  const { articles = [], next } = sent.json ?? {}
  return {
    rows: trips.reduce((sum, { rowsRead }) => sum + rowsRead, 0),
    trips: trips.length,
    entries: articles.length,
    next: next !== undefined,
    etag: sent.headers.get("etag") ?? "",
    status: sent.status,
    ...(next !== undefined && { url: next.slice(ORIGIN.length) }),
  }
}

/** A list reads one entry more than requested, to find out whether there is a next page. */
function most(path: string, { entries }: Cost): number {
  const { searchParams } = new URL(path, ORIGIN)
  const named = [...searchParams].filter(
    ([name]) => !["limit", "since", "until", "updated_since", "cursor"].includes(name),
  )
  const names = named.flatMap(([, value]) => value.split(",")).length
  return SCAN * Math.max(Number(searchParams.get("limit")) + 1, LEAST) + SHOWN * entries + NAMED * names + REST
}

beforeAll(async () => {
  await prepareFilling()
})

const small = new Map<string, Cost>()

describe.each([1000, LARGE])("with %i articles on the wire", (total) => {
  beforeAll(async () => {
    await fill(total)
    // Loads the directory into memory, because the first request reads one row more.
    await send("/v1/articles?limit=1")
  }, 120_000)

  const compared = (path: string, { rows, trips: round, entries, next }: Cost): void => {
    const cost = { rows, trips: round, entries, next }
    if (total === 1000) small.set(path, cost)
    // The newest articles are the same, so the cost is the same to the row.
    else if (small.get(path)?.next) expect([path, cost]).toEqual([path, small.get(path)])
  }

  test.each(LIMITS)(
    "a page of %i is one round trip with a bounded number of rows, for any selection",
    async (limit) => {
      for (const list of listsWith(limit)) {
        const path = `/v1/articles?${list}`
        const cost = await costOf(path)
        expect(cost.trips, path).toBe(1)
        expect(cost.rows, `${path}: ${JSON.stringify(cost)}`).toBeLessThanOrEqual(most(path, cost))
        expect(cost.entries, path).toBeLessThanOrEqual(limit)
        compared(path, cost)
      }
    },
  )

  test("a later page costs as much as the first, also if it is short", async () => {
    for (const query of [
      "section=asia,europe,sports",
      "not=france&tag=half",
      "section=sports&tag=worldly",
      "updated_since=2020-01-01",
      "updated_since=2020-01-01&lang=ar&section=world",
      "updated_since=2020-01-01&tag=rare",
    ]) {
      let path: string | undefined = `/v1/articles?${query}&limit=20`
      let found = 0
      for (let page = 0; page < 12 && path !== undefined; page++) {
        const cost = await costOf(path)
        expect(cost.trips, path).toBe(1)
        expect(cost.rows, `${path}: ${JSON.stringify(cost)}`).toBeLessThanOrEqual(most(path, cost))
        found += cost.entries
        path = cost.url
      }
      // The page has the only article, which is far down.
      if (!query.startsWith("section=sports")) expect(found, query).toBeGreaterThan(0)
    }
  })

  test("a 304 costs a row for each scope and a few for the validator; for one article, its own row", async () => {
    for (const path of [
      "/v1/articles",
      "/v1/articles?section=asia,europe,sports&lang=ar",
      "/v1/articles?updated_since=2020-01-01&section=world",
      `/v1/articles/${"0".repeat(31)}1`,
    ]) {
      const whole = await costOf(path)
      const unchanged = await costOf(path, { "if-none-match": whole.etag })
      expect([path, unchanged.status, unchanged.trips]).toEqual([path, 304, 1])
      expect(unchanged.rows, path).toBeLessThanOrEqual(path.includes("/0000") ? 2 : 9)
      compared(`${path} unchanged`, { ...unchanged, next: true })
      if (path.includes("/0000")) {
        expect([whole.trips, whole.rows]).toEqual([1, 6])
        compared(path, { ...whole, next: true })
      }
    }
  })
})
