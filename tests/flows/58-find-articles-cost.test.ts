/** Tests that D1 reads a bounded number of rows when an operator finds articles, at any size of the wire. */
import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, test } from "vitest"
import { fill, prepareFilling } from "./many-articles.ts"
import { LARGE } from "./size-of-wire.ts"
import { counted, send, type Trip } from "./world.ts"

/** The articles that a page looks at if not every article of its list fits. */
const SCANNED = 1000
/** Rows for each article that is looked at: its places in up to five lists, in the merged list, and the article. */
const ROWS_OF_SCANNED = 9
const REST = 250

/** Pages whose list has only articles that fit: they cost the same to the row. */
const LISTS = [
  ...["", "state=published", "state=embargoed", "state=deleted", "state=taken_down"],
  "since=2023-11-14T22:11:00Z&until=2023-11-14T22:12:00Z&state=published",
  ...["q=common&state=published", "q=co*&state=published", "q=common+-absent&state=published"],
]
/** Pages that look at articles which do not fit. */
const FILTERED = [
  ...["publisher=two", "section=world&state=published", "section=notes&publisher=two", "state=deleted&publisher=two"],
  ...["q=common", "q=title&state=deleted", "q=common&section=europe", "q=common&publisher=one", "q=absent"],
]

const { bindings, trips } = counted()

async function costOf(query: string): Promise<{ rows: number; trips: Trip[]; found: number; next?: string }> {
  trips.length = 0
  const headers = { authorization: `Bearer ${env.ADMIN_TOKEN}` }
  const { status, text, json } = await send(`/admin/api/articles?${query}`, { headers }, bindings)
  expect(status, text).toBe(200)
  const { articles, next } = json
  return { rows: trips.reduce((sum, { rowsRead }) => sum + rowsRead, 0), trips, found: articles.length, next }
}

/** Indexes all articles, and takes one of five off the wire, in the three states. */
async function complete(): Promise<void> {
  const row = "(published_at / 60000) << 24 | seq"
  await env.DB.batch([
    env.DB.prepare(
      `insert into search (rowid, body, title, names, lead, scopes)
       select ${row}, 'common words of all', 'title', '', '', scope_marks
       from articles join (select article_id, group_concat('§' || hex(scope), ' ') scope_marks from memberships group by 1) s
         on s.article_id = id where id like '0000%' and search_rowid is null and state = 'published' order by 1`,
    ),
    env.DB.prepare(`update articles set search_rowid = ${row} where id like '0000%' and search_rowid is null`),
    env.DB.prepare(
      `update articles set message_at = 1700000000000 - seq,
         state = case seq % 3 when 0 then 'embargoed' when 1 then 'deleted' else 'taken_down' end
       where id like '0000%' and seq % 5 = 0`,
    ),
    env.DB.prepare(`delete from memberships where article_id in (select id from articles where state <> 'published')`),
    env.DB.prepare(
      `update consumers set (commit_no, article_id) = (select commit_no, id from articles order by commit_no desc, id desc limit 1)
       where name = 'search'`,
    ),
  ])
}

beforeAll(prepareFilling)

const small = new Map<string, number>()

describe.each([1000, LARGE])("with %i articles on the wire", (total) => {
  beforeAll(async () => {
    await fill(total)
    await complete()
    await send("/feed.json")
  }, 240_000)

  test.each(LISTS)("the page %j costs the same, and its next page no more", async (query) => {
    const first = await costOf(`${query}&limit=20`)
    expect([query, first.trips.length, first.found >= 20]).toEqual([query, 2, true])
    const known = small.get(query) ?? first.rows
    small.set(query, known)
    expect([query, first.rows]).toEqual([query, known])
    const next = await costOf(`${query}&limit=20&before=${first.next}`)
    // A position is at most one row more in each list, and a page without the newest may need one more of each.
    expect([query, next.found, next.rows <= first.rows + 25]).toEqual([query, 20, true])
  })

  test.each(FILTERED)("the page %j looks at a bounded number of articles", async (query) => {
    const most = ROWS_OF_SCANNED * SCANNED + REST
    for (let next: string | undefined = "", page = 0; next !== undefined && page < 3; page++) {
      const cost = await costOf(`${query}&limit=20${next === "" ? "" : `&before=${next}`}`)
      expect([query, cost.trips.length <= 3, cost.rows <= most, cost.rows]).toEqual([query, true, true, cost.rows])
      next = cost.next
    }
  })
})
