/** Tests the statements that index articles and search them, with the tables of migrations/. */
import { sql } from "drizzle-orm"
import { describe, expect, test } from "vitest"
import { indexSearch } from "../../../../src/articles/search/indexer.ts"
import { parseQuery } from "../../../../src/articles/search/parse-query.ts"
import { type SearchOptions, searchArticles } from "../../../../src/articles/search/search.ts"
import type { Db } from "../../../../src/db/client.ts"
import { amend, idOf, timeOf, wireWith } from "../../../sqlite/articles.ts"

async function search(db: Db, text: string, options: Partial<SearchOptions> = {}, validators: string[] = []) {
  const query = parseQuery(text)
  if ("hint" in query) throw new Error(query.hint)
  const page = await searchArticles(
    db,
    { query, selection: { all: [["all"]], not: [] }, entries: 5, bodyBytes: 1e6, ...options },
    validators,
  )
  return { ...page, found: page.articles?.map(({ id }) => Number.parseInt(id, 16)) }
}

/** A wire whose articles are indexed. Without an index, SQLite would scan all of it for the prefixes of a query. */
async function indexed(articles: Parameters<typeof wireWith>[0]) {
  const recorded = await wireWith(articles)
  while (await indexSearch(recorded.db));
  await recorded.expectNoScans()
  return recorded
}

describe("the index", () => {
  test("has the words of title, body, authors and tags, and is updated with changes", async () => {
    const details = { authors: [{ name: "Jane Doe" }], tags: ["budget"] }
    const { db } = await indexed([{ n: 1, title: "Rain", html: "<p>Sunshine elsewhere</p>", details }, { n: 2 }])
    for (const word of ["rain", "sunshine", "jane", "budget"]) expect((await search(db, word)).found, word).toEqual([1])
    await amend(db, "all", 1, 20)
    await db.run(sql`update articles set title = 'Snow' where id = ${idOf(1)}`)
    expect(await indexSearch(db)).toBe(false)
    expect([(await search(db, "rain")).found, (await search(db, "snow")).found]).toEqual([[], [1]])
    expect(await db.all(sql`select commit_no, article_id from consumers where name = 'search'`)).toEqual([
      { commit_no: 20, article_id: idOf(1) },
    ])
    await db.run(sql`update articles set state = 'deleted', commit_no = 21 where id = ${idOf(1)}`)
    await indexSearch(db)
    expect((await search(db, "snow")).found).toEqual([])
    expect(await db.all(sql`select search_rowid from articles where id = ${idOf(1)}`)).toEqual([{ search_rowid: null }])
  })

  test("has no text that its publisher does not permit to show", async () => {
    const { db } = await wireWith([{ n: 1, title: "Rain", html: "<p>Sunshine</p>" }])
    await db.run(sql`update publishers set redistribution = 'summary'`)
    await indexSearch(db)
    expect([(await search(db, "rain")).found, (await search(db, "sunshine")).found]).toEqual([[1], []])
  })
})

describe("a search", () => {
  const wire = () =>
    indexed(
      Array.from({ length: 30 }, (_, i) => ({
        n: i + 1,
        title: i === 3 ? "Rain and rain" : "News",
        html: i % 2 ? "<p>Rain in Rabat</p>" : "<p>Rainbows</p>",
        scopes: ["all", i % 3 ? "section:1" : "section:2"],
      })),
    )

  test("ranks the matches, and its next pages do not read the index", async () => {
    const { db, trips, expectNoScans } = await wire()
    trips.length = 0
    const first = await search(db, "rain rabat")
    expect(first.found).toEqual([4, 30, 28, 26, 24])
    expect(first.articles?.every(({ html }) => html === "<p>Rain in Rabat</p>")).toBe(true)
    expect(trips).toHaveLength(1)
    const remaining = first.remainingAfter(5)
    expect(remaining).toHaveLength(10)
    const second = await search(db, "rain rabat", { remaining })
    expect(second.found).toEqual([22, 20, 18, 16, 14])
    expect(second.remainingAfter(5)).toEqual(remaining.slice(5))
    // Few reclassifications are pending.
    await expectNoScans(["reclassifications_waiting"])
  })

  test("finds prefixes and phrases, leaves out excluded terms, and obeys the selection and the dates", async () => {
    const { db } = await wire()
    const found = async (text: string, options: Partial<SearchOptions> = {}) =>
      (await search(db, text, { entries: 50, ...options })).found?.length
    expect(await found("rain*")).toBe(30)
    expect(await found('"in rabat"')).toBe(15)
    expect(await found("rain* -rabat")).toBe(15)
    expect(await found("rain*", { selection: { all: [["sections/sport"]], not: [] } })).toBe(10)
    expect(await found("rain*", { selection: { all: [["all"]], not: ["sections/sport"] } })).toBe(20)
    expect(await found("rain*", { since: timeOf(3), until: timeOf(7) })).toBe(5)
  })

  test("finds other forms of its words, after the words themselves and as far as the query permits", async () => {
    const { db } = await indexed([
      { n: 1, title: "Train strike", html: "<p>A minister</p>" },
      { n: 2, title: "Trains strike", html: "<p>All ministers, all trains, many trains</p>" },
      { n: 3, title: "Train strikes", html: "<p>A minister in Rabat, and ministers</p>" },
      { n: 4, title: "قطارات", html: "<p>في القطار</p>" },
      { n: 5, title: "القطارات", html: "<p>تأخرت</p>" },
    ])
    const found = async (text: string, options: Partial<SearchOptions> = {}) => (await search(db, text, options)).found
    expect(await found("train")).toEqual([1, 3, 2])
    expect(await found("trains")).toEqual([2, 1, 3])
    expect(await found('"train"')).toEqual([1, 3])
    expect((await found("strike minister"))?.[0]).toBe(1)
    expect((await found("trains minister"))?.toSorted()).toEqual([1, 2, 3])
    expect(await found('train "minister"')).toEqual([1, 3])
    expect(await found("train -rabat")).toEqual([1, 2])
    expect(await found("train min* rab*")).toEqual([3])
    expect(await found("train in")).toEqual([3])
    expect(await found("train", { until: timeOf(2) })).toEqual([1, 2])
    expect(await found("قطار")).toEqual([4, 5])
    expect(await found("lorry")).toEqual([])
  })

  test("ends at the limit of bodies, and shows no article that must not be shown now", async () => {
    const { db } = await wire()
    expect((await search(db, "rain rabat", { bodyBytes: 30 })).found).toEqual([4, 30])
    await db.run(sql`update articles set state = 'deleted' where id = ${idOf(4)}`)
    await db.run(sql`update publishers set redistribution = 'none'`)
    await db.run(sql`update articles set commit_no = 900 where id = ${idOf(30)}`)
    expect((await search(db, "rain rabat")).found).toEqual([28, 26, 24, 22, 20])
  })

  test("reads nothing else if its validator, which includes the offset of the index, is known", async () => {
    const { db } = await wire()
    const { validator } = await search(db, "rain")
    expect(validator.revision).toBe(`30-30-${idOf(30).slice(0, 16)}`)
    const known = await search(db, "rain", {}, [`${validator.epoch}.${validator.revision}`])
    expect([known.articles, known.remainingAfter(0)]).toEqual([undefined, []])
  })
})
