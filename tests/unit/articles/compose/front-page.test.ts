/** Tests the statement that reads the blocks of a front page, with the tables of migrations/. */
import { sql } from "drizzle-orm"
import { expect, test } from "vitest"
import { type FrontQuery, readFront } from "../../../../src/articles/compose/front-page.ts"
import type { StoredArticle } from "../../../../src/articles/read/read-selection.ts"
import type { Db } from "../../../../src/db/client.ts"
import { idOf, wireWith } from "../../../sqlite/articles.ts"

const wire = async () => {
  const recorded = await wireWith(
    Array.from({ length: 20 }, (_, i) => ({
      n: i + 1,
      scopes: ["all", i % 2 ? "section:2" : "section:1", i % 4 < 2 ? "lang:ar" : "lang:fr", "publisher:1a"],
    })),
  )
  const lists = {
    all: [3, 20, 99].map((n, i) => ({ id: idOf(n), views: 9 - i })),
    "lang:ar": [{ id: idOf(2), views: 5 }],
  }
  for (const [scope, articles] of Object.entries(lists)) {
    await recorded.db.run(sql`insert into most_read (time_window, scope, articles, commit_no)
      values ('24h', ${scope}, ${JSON.stringify(articles)}, 1)`)
  }
  recorded.trips.length = 0
  return recorded
}

async function read(db: Db, query: Partial<FrontQuery> = {}, validators: string[] = []) {
  const page = await readFront(
    db,
    {
      ...{ sections: [], selection: { all: [["sections/any"]], not: [] }, languages: [], limit: 3, unique: true },
      ...{ window: "24h", scopes: ["all"], ...query },
    },
    validators,
  )
  const ns = (articles: StoredArticle[] = []) => articles.map(({ id }) => Number.parseInt(id, 16))
  const { content } = page
  return { ...page, blocks: content && [ns(content.latest), ...content.sections.map(ns), ns(content.mostRead)] }
}

test("each article is in the first block with room for it, or in every block", async () => {
  const { db, trips, expectNoScans } = await wire()
  const { blocks, sections, validator } = await read(db)
  expect(sections).toEqual(["section:1", "section:2"])
  expect(blocks).toEqual([[20, 19, 18], [17, 15, 13], [16, 14, 12], [3]])
  expect((await read(db, { unique: false })).blocks).toEqual([
    [20, 19, 18],
    [19, 17, 15],
    [20, 18, 16],
    [3, 20],
  ])
  expect(validator.revision).toBe(20)
  expect((await read(db, {}, ["e.20"])).content).toBeUndefined()
  expect(trips).toHaveLength(3)
  await expectNoScans()
})

test("blocks are in the order of the named sections; for an unknown section nothing else is read", async () => {
  const { db } = await wire()
  expect((await read(db, { sections: ["sport", "world"], limit: 1 })).blocks).toEqual([[20], [18], [19], [3]])
  const unknown = await read(db, { sections: ["sport", "nowhere"] })
  expect([unknown.sections.at(-1), unknown.content]).toEqual([null, undefined])
})

test("languages and publishers narrow each block", async () => {
  const { db, expectNoScans } = await wire()
  const selection: FrontQuery["selection"] = { all: [["sections/any"], ["lang:ar"], ["publisher:1a"]], not: [] }
  const { blocks } = await read(db, { selection, languages: ["ar"], limit: 2 })
  expect(blocks).toEqual([[18, 17], [13, 9], [14, 10], [2]])
  const hidden: FrontQuery["selection"] = { all: [["sections/any"], ["publisher:2b"]], not: [] }
  expect((await read(db, { selection: hidden })).blocks).toEqual([[], [], [], []])
  await expectNoScans()
})
