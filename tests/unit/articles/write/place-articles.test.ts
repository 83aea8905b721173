/** Tests articles that move to other scopes (lists of articles) without a push. */
import { type SQL, sql } from "drizzle-orm"
import { expect, test } from "vitest"
import { type Placement, placeArticles } from "../../../../src/articles/write/place-articles.ts"
import { expectNoScans } from "../../../sqlite/query-plan.ts"
import { createWire, deliver, idOf, MINUTE, NOW, publish, row } from "../events.ts"

const place = (guid: string, more: Partial<Placement> = {}): Placement => ({
  ...{ id: idOf(guid), commitNo: 1, scopes: ["all"], sections: [2], tags: ["x"], authors: [] },
  ...more,
})

const LATER = NOW + 60 * MINUTE

test("only articles that are as they were read are placed, in one commit", async () => {
  const db = await createWire()
  await deliver(db, [publish("a"), publish("b")])
  await deliver(db, [publish("b", { at: 1 })])
  const count = (placed: SQL) => sql`update wire set revision = ${placed}`
  expect(await placeArticles(db, [place("a"), place("b")], 0, LATER, count)).toBe(1)
  expect(await row(db, sql`select revision from wire`)).toEqual({ revision: 1 })
  expect(await row(db, sql`select no, at, scopes from commits order by no desc`)).toEqual({
    ...{ no: 3, at: LATER, scopes: '["all","publisher:one","section:1"]' },
  })
  const a = await row(db, sql`select * from articles where guid = 'a'`)
  expect(a).toMatchObject({ commit_no: 3, scopes: '["all"]', corrected_at: null, suppressed: 0 })
  expect(JSON.parse(a?.details as string)).toMatchObject({ sections: [2], tags: ["x"], authors: [] })
  // The article enters no scope, and leaves two.
  const ofA = sql`scopes s, json_each(s.amendments) m, articles a where a.seq = m.key and a.id = ${idOf("a")}`
  expect(await db.all(sql`select s.key scope, m.value commit_no from ${ofA}`)).toEqual([
    { scope: "publisher:one", commit_no: 3 },
    { scope: "section:1", commit_no: 3 },
  ])
})

test("nothing is placed if the taxonomy has changed", async () => {
  const db = await createWire()
  await deliver(db, [publish("a")])
  expect(await placeArticles(db, [place("a")], 1, LATER)).toBe(0)
  expect(await row(db, sql`select max(no) no, (select max(revision) from scopes) revision from commits`)).toEqual({
    ...{ no: 1, revision: 1 },
  })
})

test("an article under embargo is published", async () => {
  const db = await createWire()
  await deliver(db, [publish("a", { version: { embargo: NOW + MINUTE } })])
  expect(await placeArticles(db, [place("a")], 0, LATER)).toBe(1)
  expect(await row(db, sql`select * from articles`)).toMatchObject({ state: "published", was_public: 1, commit_no: 2 })
  expect(await row(db, sql`select * from memberships`)).toMatchObject({ scope: "all", published_at: NOW + MINUTE })
})

test("an article that is no longer suppressed is dated as changed now, and its duplicates are stored", async () => {
  const db = await createWire()
  await deliver(db, [publish("a")])
  expect(await placeArticles(db, [place("a", { suppressed: true, scopes: ["~all"] })], 0, LATER)).toBe(1)
  expect(await row(db, sql`select * from articles`)).toMatchObject({
    suppressed: 1,
    corrected_at: null,
    duplicates: null,
  })
  const duplicates = [{ id: idOf("b"), publisherUid: "two" }]
  await placeArticles(db, [place("a", { commitNo: 2, suppressed: false, duplicates })], 0, LATER + 5)
  const stored = { suppressed: 0, corrected_at: LATER + 5, duplicates: JSON.stringify(duplicates) }
  expect(await row(db, sql`select * from articles`)).toMatchObject(stored)
  await placeArticles(db, [place("a", { commitNo: 3 })], 0, LATER + 9)
  expect(await row(db, sql`select * from articles`)).toMatchObject(stored)
})

test("no statement scans a table that grows", async () => {
  const db = await createWire()
  await deliver(db, [publish("a"), publish("b")])
  await expectNoScans(db, () => placeArticles(db, [place("a"), place("b")], 0, LATER))
})
