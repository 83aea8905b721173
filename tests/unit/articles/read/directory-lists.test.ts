/** Tests the statements that count articles and list tags, with the tables of migrations/. */
import { expect, test } from "vitest"
import { readCounts } from "../../../../src/articles/read/counts.ts"
import { readTags, type TagsQuery } from "../../../../src/articles/read/tags.ts"
import type { Db } from "../../../../src/db/client.ts"
import { leave, wireWith } from "../../../sqlite/articles.ts"

const wire = () =>
  wireWith([
    { n: 1, scopes: ["all", "section:1", "publisher:1a", "tag:election"] },
    { n: 2, scopes: ["all", "section:1", "publisher:1a", "tag:elbe", "tag:election"] },
    { n: 3, scopes: ["all", "section:2", "publisher:2b", "tag:tax"] },
  ])

const tags = (db: Db, query: Partial<TagsQuery> = {}, validators: string[] = []) =>
  readTags(db, { prefix: "", after: undefined, limit: 2, publishers: undefined, ...query }, validators)

test("articles are counted by scope, and nothing is read if the validator is known", async () => {
  const { db, expectNoScans } = await wire()
  const { validator, content } = await readCounts(db, "sections", [])
  expect([validator.revision, content]).toEqual([3, { "section:1": 2, "section:2": 1 }])
  expect((await readCounts(db, "sections", ["e.3"])).content).toBeUndefined()
  await expectNoScans()
})

test("tags are in the order of their names, page by page, with or without a prefix", async () => {
  const { db, expectNoScans } = await wire()
  const first = await tags(db)
  expect(first.content?.tags).toEqual([
    { folded: "elbe", name: "elbe", articleCount: 1 },
    { folded: "election", name: "election", articleCount: 2 },
  ])
  expect(first.content?.next).toBe("election")
  expect((await tags(db, { after: "election" })).content).toEqual({
    tags: [{ folded: "tax", name: "tax", articleCount: 1 }],
  })
  expect((await tags(db, { prefix: "elb" })).content?.tags).toHaveLength(1)
  expect((await tags(db, {}, ["e.3"])).content).toBeUndefined()
  await expectNoScans()
})

test("a tag is listed if it has an article; for some publishers, if one of its newest is theirs", async () => {
  const { db, expectNoScans } = await wire()
  expect((await tags(db, { publishers: ["2b"] })).content?.tags).toEqual([
    { folded: "tax", name: "tax", articleCount: 1 },
  ])
  await leave(db, "tag:elbe", 2)
  expect((await tags(db, { prefix: "el" })).content?.tags).toEqual([
    { folded: "election", name: "election", articleCount: 2 },
  ])
  await expectNoScans()
})

test("a page whose scan ends between tags without articles has the position", async () => {
  const names = Array.from({ length: 150 }, (_, i) => `tag:t${String(i).padStart(3, "0")}`)
  const { db } = await wireWith([{ n: 1, scopes: names }])
  for (const name of names.slice(0, 140)) await leave(db, name, 1)
  const first = await tags(db)
  expect(first.content).toEqual({ tags: [], next: "t099" })
  expect((await tags(db, { after: "t099" })).content?.tags.map(({ name }) => name)).toEqual(["t140", "t141"])
})
