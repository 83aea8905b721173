/** Tests the statements that read related articles, with the tables of migrations/. */
import { sql } from "drizzle-orm"
import { expect, test } from "vitest"
import { type RelatedQuery, readRelated } from "../../../../src/articles/compose/related-articles.ts"
import type { Db } from "../../../../src/db/client.ts"
import { idOf, type StoredTestArticle, wireWith } from "../../../sqlite/articles.ts"

async function read(db: Db, n: number, query: Partial<RelatedQuery> = {}, validators: string[] = []) {
  const options = { limit: 9, languages: [], publishers: undefined, ...query }
  const { result } = await readRelated(db, idOf(n), options, validators)
  const related = result?.related?.map(({ reason, article, link }) => [
    reason,
    article ? Number.parseInt(article.id, 16) : link?.url,
  ])
  return { result, related }
}

const article = (n: number, scopes: string[], more: Partial<StoredTestArticle> = {}) => ({
  n,
  scopes: ["all", "section:1", "publisher:1a", ...scopes],
  ...more,
})

test("articles with a rare tag come first, then nearer ones with a common tag, then those of the section", async () => {
  const { db, trips, expectNoScans } = await wireWith([
    article(1, ["tag:rare", "tag:common"]),
    article(2, []),
    article(3, ["tag:common"]),
    article(4, ["tag:common"]),
    article(5, ["tag:rare"]),
    { n: 6, scopes: ["all", "section:2"] },
  ])
  const { related, result } = await read(db, 1)
  expect(related).toEqual([
    ["tags", 5],
    ["tags", 3],
    ["tags", 4],
    ["section", 2],
  ])
  expect((await read(db, 1, { limit: 2 })).related).toEqual(related?.slice(0, 2))
  expect(result?.validator.revision).toBe(6)
  const known = await read(db, 1, {}, ["e.6"])
  expect([known.result?.isPublished, known.result?.content, known.related]).toEqual([true, undefined, undefined])
  expect(trips).toHaveLength(3)
  await expectNoScans()
})

test("one of several duplicates is shown, and never the article itself", async () => {
  const { db } = await wireWith([
    article(1, ["tag:a"], { duplicateKey: "one.example/1" }),
    article(2, ["tag:a"], { duplicateKey: "one.example/1" }),
    article(3, ["tag:a"], { duplicateKey: "one.example/3" }),
    article(4, ["tag:a"], { duplicateKey: "one.example/3" }),
  ])
  expect((await read(db, 1)).related).toEqual([["tags", 3]])
})

test("only articles in the requested languages and of the requested publishers are shown", async () => {
  const { db, expectNoScans } = await wireWith([
    article(1, ["tag:a", "lang:ar"], { language: "ar-MA" }),
    article(2, ["tag:a", "lang:ar"]),
    article(3, ["tag:a", "lang:fr"], { publisher: "2b" }),
  ])
  expect((await read(db, 1)).related).toEqual([["tags", 2]])
  expect((await read(db, 1, { languages: ["fr", "de"] })).related).toEqual([["tags", 3]])
  expect((await read(db, 1, { languages: ["ar", "fr"], publishers: ["1a"] })).related).toEqual([["tags", 2]])
  expect((await read(db, 1, { publishers: ["2b"] })).result).toBeUndefined()
  await expectNoScans()
})

test("the pages that an article names come first, with the stored article at their address", async () => {
  const related = ["https://two.example/story", "https://three.example/unknown"].map((url) => ({ url }))
  const { db, expectNoScans } = await wireWith([
    article(1, ["tag:a"], { details: { related, relatedKeys: ["two.example/story", "three.example/unknown"] } }),
    article(2, ["tag:a"], { duplicateKey: "two.example/story" }),
    article(3, ["tag:a"]),
  ])
  const keys = await db.all<{ duplicate_key: string }>(sql`select duplicate_key from articles where id = ${idOf(2)}`)
  expect(keys).toEqual([{ duplicate_key: "two.example/story" }])
  expect((await read(db, 1)).related).toEqual([
    ["explicit", 2],
    ["explicit", "https://three.example/unknown"],
    ["tags", 3],
  ])
  await expectNoScans()
})

test("a withdrawn article has no related articles", async () => {
  const { db } = await wireWith([article(1, ["tag:a"], { state: "deleted" }), article(2, ["tag:a"])])
  const { result, related } = await read(db, 1)
  expect([result?.isPublished, result?.changedAt !== undefined, related]).toEqual([false, true, undefined])
})
