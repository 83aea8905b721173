/** Tests the statement that reads articles in the order of their changes, with the tables of migrations/. */
import { sql } from "drizzle-orm"
import { expect, test } from "vitest"
import { type ChangedArticlesQuery, readChangedArticles } from "../../../../src/articles/read/read-changed-articles.ts"
import { LIST_START } from "../../../../src/articles/read/scan-selection.ts"
import type { Db } from "../../../../src/db/client.ts"
import { amend, idOf, timeOf, wireWith } from "../../../sqlite/articles.ts"

const numbers = (to: number) => Array.from({ length: to }, (_, i) => ({ n: i + 1 }))
const commitTimeOf = (no: number) => timeOf(0) + no * 1000

async function read(db: Db, query: Partial<ChangedArticlesQuery> = {}, validators: string[] = []) {
  const page = await readChangedArticles(
    db,
    {
      selection: { all: [["sections/world"]], not: [] },
      ...{ since: 0, published: { below: LIST_START }, entries: 3, bodyBytes: 1e6, ...query },
    },
    validators,
  )
  return { ...page, listed: page.articles?.map(({ id }) => Number.parseInt(id, 16)) }
}

test("pages are in the order of changes, with each article once, in its newest version", async () => {
  const { db, trips, expectNoScans } = await wireWith(numbers(5))
  await amend(db, "section:1", 2, 20)
  trips.length = 0
  const first = await read(db)
  expect([first.listed, first.next]).toEqual([[1, 3, 4], { commitNo: 4, id: idOf(4) }])
  expect(first.articles?.[0]?.html).toBe("<p>1</p>")
  expect(trips.map(({ length }) => length)).toEqual([2])
  const second = await read(db, { ...(first.next && { after: first.next }) })
  expect([second.listed, second.next]).toEqual([[5, 2], undefined])
  await expectNoScans()
})

test("the first page begins with the first commit at or after a time", async () => {
  const { db } = await wireWith(numbers(5))
  expect((await read(db, { since: commitTimeOf(4) })).listed).toEqual([4, 5])
  expect((await read(db, { since: commitTimeOf(4) + 1 })).listed).toEqual([5])
  expect((await read(db, { since: commitTimeOf(2), after: { commitNo: 4, id: idOf(4) } })).listed).toEqual([5])
})

test("only selected and public articles with a publication date in the range are listed", async () => {
  const { db } = await wireWith([
    ...numbers(4),
    { n: 5, scopes: ["all", "section:2"] },
    { n: 6, state: "embargoed" },
    { n: 7, state: "deleted" },
  ])
  const published = { below: { publishedAt: timeOf(4), id: "" }, since: timeOf(2) }
  expect((await read(db, { entries: 9 })).listed).toEqual([1, 2, 3, 4])
  expect((await read(db, { entries: 9, published })).listed).toEqual([2, 3])
})

test("a page has the position of its scan if the scan ended before the page was full", async () => {
  const { db } = await wireWith(numbers(50).map(({ n }) => ({ n, scopes: n === 45 ? ["section:1"] : ["section:2"] })))
  const first = await read(db, { entries: 1 })
  expect([first.listed, first.next]).toEqual([[], { commitNo: 40, id: idOf(40) }])
  expect((await read(db, { entries: 1, ...(first.next && { after: first.next }) })).listed).toEqual([45])
})

test("a page ends at the limit of bodies, and reads none for a limit of 0", async () => {
  const { db } = await wireWith(numbers(3))
  const bodies = async (bodyBytes: number) => (await read(db, { bodyBytes })).articles?.map(({ html }) => html)
  expect(await bodies(9)).toEqual(["<p>1</p>", "<p>2</p>", undefined])
  expect(await bodies(0)).toEqual([undefined, undefined, undefined])
})

test("the validator is the last commit of the wire, and nothing else is read if it is known", async () => {
  const { db } = await wireWith(numbers(2))
  const { validator } = await read(db)
  expect(validator).toMatchObject({ epoch: "e", revision: 1000 })
  const known = await read(db, {}, ["e.1000"])
  expect([known.articles, known.validator]).toEqual([undefined, validator])
  await db.run(sql`insert into commits (no, at, scopes) values (1001, ${timeOf(1000)}, '["section:2"]')`)
  expect((await read(db, {}, ["e.1000"])).listed).toEqual([1, 2])
})
