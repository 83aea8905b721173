/** Tests that D1 reads as many rows for a search on a large wire as on a small one. */
import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, test } from "vitest"
import { indexSearch } from "../../src/articles/search/indexer.ts"
import { createDbClient } from "../../src/db/client.ts"
import { fill, prepareFilling } from "./many-articles.ts"
import { LARGE } from "./size-of-wire.ts"
import { type Answer, article, counted, ORIGIN, type Publisher, publisher, push, send } from "./world.ts"

/**
 * The maximum number of ranked index entries, and the rows for each: the entry, SQLite's row for sorting, and a row if the
 * entries of other forms follow those of the words themselves.
 */
const RANKED = 1000
const ROWS = 3
/** The maximum number of results. D1 counts a row for each. */
const FOUND = 500
/** Results that are read in addition to the requested results. */
const SPARE = 20
/** Rows to read and show an article, and to test whether it is in three lists and not in the excluded list. */
const SHOWN = 14
/** Rows for the validator and its scopes. */
const REST = 60
/** Rows for each article of a feed: those above, its entry of the index and its place in the list. */
const FOUND_AT_ONCE = SHOWN + 2

/** Queries that match all articles of any wire (one of them by another form of its word), so their cost is the same to the row. */
const COMMON = [
  "q=common",
  "q=commons",
  "q=common+words",
  "q=%22common+words%22",
  "q=com*",
  "q=co*",
  "q=common+-absent",
]
const OTHERS = [
  "q=absent",
  "q=rare",
  "q=common+-rare",
  "q=common&section=world",
  "q=common&section=asia,europe&tag=half&not=france",
  "q=common&publisher=two&lang=ar&not=notes",
  "q=common&since=2023-11-14T16:00:00Z&until=2023-11-14T22:00:00Z",
]

/** Rows to find a pending article, to index it, and to find out that none is pending. */
const FOUND_ROWS = 14
const WRITTEN_ROWS = 24
const IDLE_ROWS = 6

const { bindings, trips } = counted()
/** With Workers Cache in front, every request asks D1. */
const edge = { purge: async () => ({ success: true }) }

/** Adds the articles of fill() to the index, with their scopes. */
async function index(): Promise<void> {
  const fromDate = "(published_at / 60000) << 24 | seq"
  await env.DB.batch([
    env.DB.prepare(
      `insert into search (rowid, body, title, names, lead, scopes)
       select ${fromDate}, 'common words of all' || iif(seq % 500 = 0, ' rare', ''), 'title', '', '', scope_marks
       from articles join (select article_id, group_concat('§' || hex(scope), ' ') scope_marks from memberships group by 1) s
         on s.article_id = id where id like '0000%' and search_rowid is null order by 1`,
    ),
    env.DB.prepare(`update articles set search_rowid = ${fromDate} where id like '0000%' and search_rowid is null`),
  ])
}

async function costOf(url: string, headers: Record<string, string> = {}): Promise<{ rows: number; sent: Answer }> {
  trips.length = 0
  const sent = await send(url, { headers }, bindings, edge)
  expect([200, 304], sent.text).toContain(sent.status)
  expect([url, trips.map(({ statements }) => statements)]).toEqual([url, [1]])
  return { rows: trips[0]?.rowsRead ?? 0, sent }
}

let three: Publisher

beforeAll(async () => {
  await prepareFilling()
  three = await publisher("three")
})

const small = new Map<string, number>()

describe.each([1000, LARGE])("with %i articles on the wire", (total) => {
  beforeAll(async () => {
    await fill(total)
    await index()
    // Loads the directory into memory, because the first request reads one row more.
    await send("/feed.json")
  }, 240_000)

  test.each([1, 50, 100])(
    "a search for %i is one round trip with a bounded number of rows, and its next page and its 304 cost less",
    async (limit) => {
      for (const query of [...COMMON, ...OTHERS]) {
        const url = `/v1/articles?${query}&limit=${limit}`
        const { rows, sent } = await costOf(url)
        expect([url, rows <= ROWS * RANKED + FOUND + SHOWN * (limit + SPARE) + REST, rows]).toEqual([url, true, rows])
        if (COMMON.includes(query)) {
          expect([url, sent.json.articles.length]).toEqual([url, limit])
          if (total === 1000) small.set(url, rows)
          expect([url, rows]).toEqual([url, small.get(url)])
        }
        if (sent.json.next !== undefined) {
          const next = await costOf(sent.json.next)
          expect([url, next.rows <= FOUND + SHOWN * (limit + SPARE) + REST, next.rows]).toEqual([url, true, next.rows])
        }
        // The wire, each scope, the offset of the index, the client's validator, and three of SQLite's own rows.
        const most = query === "q=common&section=world" ? 4 + 3 : 13
        const unchanged = await costOf(url, { "if-none-match": sent.headers.get("etag") ?? "" })
        expect([url, unchanged.sent.status, unchanged.rows <= most, unchanged.rows]).toEqual([
          url,
          304,
          true,
          unchanged.rows,
        ])
      }
    },
    120_000,
  )

  test.each([1, 50, 100])("a search as a feed of %i is one round trip that ranks nothing", async (limit) => {
    for (const query of [...COMMON, ...OTHERS.filter((each) => !each.includes("since"))]) {
      const address = new URL(`/feed.json?${query}&limit=${limit}`, ORIGIN)
      const url = (await send(address.pathname + address.search)).headers.get("location") ?? address.href
      const { rows, sent } = await costOf(url)
      expect([url, rows <= FOUND_AT_ONCE * (limit + SPARE) + REST, rows]).toEqual([url, true, rows])
      if (COMMON.includes(query)) {
        expect([url, sent.json.items.length]).toEqual([url, limit])
        if (total === 1000) small.set(url, rows)
        expect([url, rows]).toEqual([url, small.get(url)])
        if (query === "q=common" && limit === 50) expect(rows).toBe(645)
        const next = await costOf(sent.json.next_url)
        expect([url, next.rows <= rows + 2, next.rows]).toEqual([url, true, next.rows])
      }
      const unchanged = await costOf(url, { "if-none-match": sent.headers.get("etag") ?? "" })
      expect([url, unchanged.sent.status, unchanged.rows <= 13]).toEqual([url, 304, true])
    }
  })

  test("the best five hundred of the newest thousand matches can be paged through", async () => {
    const titles: string[] = []
    const dates: string[] = []
    let pages = 0
    for (
      let url: string | undefined = "/v1/articles?q=common&limit=100&fields=id,date_published";
      url !== undefined;
    ) {
      const { sent }: { sent: Answer } = await costOf(url)
      titles.push(...sent.json.articles.map(({ id }: { id: string }) => id))
      dates.push(...sent.json.articles.map((each: { date_published: string }) => each.date_published))
      url = sent.json.next
      pages += 1
    }
    expect([pages, titles.length, new Set(titles).size]).toEqual([5, 500, 500])
    const newest = await env.DB.prepare(
      "select published_at at from articles where search_rowid is not null order by search_rowid desc limit 1 offset 999",
    ).first<{ at: number }>()
    expect(dates.filter((date) => Date.parse(date) < (newest?.at ?? 0) - 60_000)).toEqual([])
  })

  test("an article is indexed in two round trips, and pending articles are found in one", async () => {
    trips.length = 0
    const sent = await push(three, article({ id: `at-${total}` }, 100), { bindings })
    expect(sent.status).toBe(200)
    // D1 counts the index entry, the article twice, the publisher, the body, the same rows by number, the scopes, and
    // rows of SQLite itself.
    const [looked, written] = trips.slice(-2)
    expect([looked?.rowsRead, looked?.rowsWritten]).toEqual([FOUND_ROWS, 0])
    expect([written?.rowsRead, written?.rowsWritten]).toEqual([WRITTEN_ROWS, 3])
    trips.length = 0
    expect(await indexSearch(createDbClient(bindings.DB))).toBeUndefined()
    expect(trips.map(({ rowsRead, rowsWritten }) => [rowsRead, rowsWritten])).toEqual([[IDLE_ROWS, 0]])
  })
})
