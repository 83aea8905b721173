/** Tests the statements that read an article, its address and an inventory, with the tables of migrations/. */
import { sql } from "drizzle-orm"
import { expect, test } from "vitest"
import { readLocation } from "../../../../src/articles/read/article-location.ts"
import { readInventory, readLastCommitBefore, readScopes } from "../../../../src/articles/read/inventory.ts"
import { readArticle } from "../../../../src/articles/read/read-article.ts"
import { idOf, timeOf, wireWith } from "../../../sqlite/articles.ts"

const wire = () =>
  wireWith([
    { n: 1, url: "https://one.example/1" },
    { n: 2, state: "deleted", publisher: "2b" },
    { n: 3, state: "embargoed" },
    { n: 4, commit: 3 },
  ])

test("an article is read with its validator, with or without its body", async () => {
  const { db, expectNoScans } = await wire()
  const { result } = await readArticle(db, idOf(1), true, [])
  expect(result).toMatchObject({ publisherUid: "1a", isPublished: true, content: { id: idOf(1), html: "<p>1</p>" } })
  expect(result?.validator).toEqual({ epoch: "e", revision: 1, changedAt: timeOf(0) })
  const withoutBody = (await readArticle(db, idOf(1), false, [])).result?.content
  expect([withoutBody?.title, withoutBody?.html]).toEqual(["Article 1", undefined])
  const known = (await readArticle(db, idOf(1), true, ["e.1"])).result
  expect([known?.isPublished, known?.content, known?.changedAt]).toEqual([true, undefined, undefined])
  await expectNoScans()
})

test("a withdrawn article has the time and publisher of its withdrawal, and an embargoed one nothing", async () => {
  const { db } = await wire()
  for (const validators of [[], ["e.2"]]) {
    const { result } = await readArticle(db, idOf(2), true, validators)
    expect(result).toMatchObject({ publisherUid: "2b", isPublished: false, changedAt: timeOf(0) + 2000 })
    expect(result?.content).toBeUndefined()
  }
  expect((await readArticle(db, idOf(3), true, [])).result).toBeUndefined()
  expect((await readArticle(db, idOf(9), true, [])).result).toBeUndefined()
})

test("an article has its address, which is gone if its publisher was removed", async () => {
  const { db, expectNoScans } = await wire()
  const authority = { authority: null, authorityYear: null }
  expect(await readLocation(db, idOf(1))).toEqual({ kind: "published", url: "https://one.example/1", authority })
  expect(await readLocation(db, idOf(2))).toEqual({
    kind: "withdrawn",
    at: timeOf(0) + 2000,
    isRemoved: false,
    authority,
  })
  expect(await readLocation(db, idOf(3))).toBeUndefined()
  await db.run(sql`update publishers set removed_at = 5 where uid = '1a'`)
  expect(await readLocation(db, idOf(1))).toEqual({ kind: "withdrawn", at: 5, isRemoved: true, authority })
  await expectNoScans()
})

test("a publisher's inventory is in the order of change", async () => {
  const { db, expectNoScans } = await wire()
  const ids = async (after: { commit: number; id: string }) =>
    (await readInventory(db, "1a", after, 2)).map(({ id }) => id)
  expect(await ids({ commit: 0, id: "" })).toEqual([idOf(1), idOf(3)])
  expect(await ids({ commit: 3, id: idOf(3) })).toEqual([idOf(4)])
  expect(await readLastCommitBefore(db, timeOf(0) + 3001)).toBe(3)
  expect(await readLastCommitBefore(db, 0)).toBe(0)
  expect(await readScopes(db, [idOf(1), idOf(9)])).toEqual(new Map([[idOf(1), ["all", "section:1"]]]))
  await expectNoScans()
})
