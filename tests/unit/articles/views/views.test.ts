/** Tests the statements that count views, make the most-read lists and read them, with the tables of migrations/. */
import { sql } from "drizzle-orm"
import { expect, test } from "vitest"
import { countViews, hourOf } from "../../../../src/articles/views/count-views.ts"
import { type MostReadQuery, readMostRead } from "../../../../src/articles/views/most-read.ts"
import { updateMostRead } from "../../../../src/articles/views/most-read-update.ts"
import type { Db } from "../../../../src/db/client.ts"
import { idOf, leave, timeOf, wireWith } from "../../../sqlite/articles.ts"

const NOW = timeOf(0) + 1_000_000_000
const hour = hourOf(NOW)
/** Marks of so many readers, each in a register of its own. */
const marks = (count: number) => Array.from({ length: count }, (_, i) => (i + 1) * 64 + 1)

const wire = () =>
  wireWith([
    { n: 1, scopes: ["all", "section:1", "lang:ar"] },
    { n: 2, scopes: ["all", "section:2", "lang:fr"] },
    { n: 3, scopes: ["all", "section:1", "lang:ar"], publisher: "2b" },
    { n: 4, state: "deleted" },
  ])

/** Counts so many readers of each article. */
const view = (db: Db, readers: Record<number, number>, at = hour) =>
  countViews(
    db,
    [
      {
        hour: at,
        views: Object.entries(readers).flatMap(([n, count]) =>
          marks(count).map((mark) => [idOf(Number(n)), mark] as [string, number]),
        ),
      },
    ],
    NOW,
  )

async function mostRead(db: Db, query: Partial<MostReadQuery> = {}, validators: string[] = []) {
  const page = await readMostRead(
    db,
    { window: "24h", section: undefined, languages: [], publishers: undefined, limit: 9, ...query },
    validators,
  )
  return { ...page, list: page.content?.map(({ article, views }) => [Number.parseInt(article.id, 16), views]) }
}

test("a reader counts once a day, and only for published articles", async () => {
  const { db, trips, expectNoScans } = await wire()
  expect(await view(db, { 1: 2, 4: 1 })).toBe(1)
  expect(await view(db, { 1: 2 })).toBe(0)
  expect(await view(db, { 1: 3 }, hour - 1)).toBe(1)
  expect(await view(db, { 1: 3 }, hour - 25)).toBe(0)
  const rows = await db.all(
    sql`select article_id, views, merge_count, json_array_length(views_before_hour) hours from views`,
  )
  expect(rows).toEqual([{ article_id: idOf(1), views: 3, merge_count: 2, hours: 24 }])
  expect(trips.map(({ length }) => length)).toEqual([1, 1, 1, 1, 1, 1])
  trips.pop()
  await expectNoScans()
})

test("lists come from the views of each time window, and are read without articles that left their scope", async () => {
  const { db, trips, expectNoScans } = await wire()
  await view(db, { 1: 2, 2: 5, 3: 4 })
  expect(await updateMostRead(db, NOW)).toBe(true)
  expect(await updateMostRead(db, NOW + 1)).toBe(false)
  expect(await updateMostRead(db, NOW + 300_000)).toBe(false)
  trips.length = 0
  const all = await mostRead(db)
  expect(all.list).toEqual([
    [2, 5],
    [3, 4],
    [1, 2],
  ])
  expect(trips).toHaveLength(1)
  expect((await mostRead(db, { section: "world", window: "1h" })).list).toEqual([
    [3, 4],
    [1, 2],
  ])
  expect((await mostRead(db, { section: "sport", languages: ["ar"] })).list).toEqual([])
  expect((await mostRead(db, { languages: ["ar", "fr"], limit: 2 })).list).toEqual([
    [2, 5],
    [3, 4],
  ])
  expect((await mostRead(db, { publishers: ["2b"] })).list).toEqual([[3, 4]])
  expect((await mostRead(db, { section: "nowhere" })).scope).toBe("sections/nowhere")
  const known = await mostRead(db, {}, [`e.${all.validator.revision}`])
  expect([known.content, known.scope]).toEqual([undefined, "all"])
  await expectNoScans()
  await leave(db, "all", 2)
  expect((await mostRead(db)).list).toEqual([
    [3, 4],
    [1, 2],
  ])
})

test("a day outside of all time windows is deleted; before that, its total stays", async () => {
  const { db } = await wire()
  await view(db, { 1: 2 })
  const sizes = async (after: number) => {
    await updateMostRead(db, NOW + after)
    return db.all(sql`select (select count(*) from views) views, (select count(*) from view_days) view_days`)
  }
  expect(await sizes(0)).toEqual([{ views: 1, view_days: 0 }])
  expect(await sizes(3 * 86_400_000)).toEqual([{ views: 0, view_days: 1 }])
  expect((await mostRead(db, { window: "7d" })).list).toEqual([[1, 2]])
  expect(await sizes(9 * 86_400_000)).toEqual([{ views: 0, view_days: 0 }])
  expect((await mostRead(db, { window: "7d" })).list).toEqual([])
})
