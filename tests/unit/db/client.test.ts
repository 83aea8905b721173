/** Tests batches of built statements and of texts, and inserts from a query. */
import { and, asc, eq, gt, inArray, like, type SQL, sql } from "drizzle-orm"
import { SQLiteAsyncDialect } from "drizzle-orm/sqlite-core"
import { expect, test } from "vitest"
import {
  batch,
  builtOnce,
  cachedStatement,
  isOneOf,
  queryOf,
  rowFrom,
  type StoredColumns,
} from "../../../src/db/client.ts"
import { partners } from "../../../src/db/partner-schema.ts"
import { audit, sources } from "../../../src/db/schema.ts"
import { createDatabase } from "../../sqlite/database.ts"

const partner = { slug: "a", name: "A", state: "active", publishers: ["x", "y"], createdAt: 1 } as const
const values = { ...partner, publishers: [...partner.publishers] }

test("rows of a built statement have the names and types of the schema, and rows of a text those of SQL", async () => {
  const db = createDatabase()
  const { slug, publishers, createdAt } = partners
  const rows = await batch(db, {
    inserted: db.insert(partners).values(values).returning({ slug }),
    built: db.select({ slug, publishers, createdAt }).from(partners),
    text: sql<{ created_at: number; publishers: string }>`select created_at, publishers from partners`,
    changed: db.update(partners).set({ publishers: null }).where(eq(slug, "a")).returning({ publishers }),
    none: db.select().from(partners).where(eq(slug, "b")),
  })
  expect(rows).toEqual({
    inserted: [{ slug: "a" }],
    built: [{ slug: "a", publishers: ["x", "y"], createdAt: 1 }],
    text: [{ created_at: 1, publishers: '["x","y"]' }],
    changed: [{ publishers: null }],
    none: [],
  })
})

test("statements in lists and groups run in their order, and undefined ones are left out", async () => {
  const db = createDatabase()
  const count = sql<{ n: number }>`select count(*) n from partners`
  const [before, group, missing, after] = await batch(db, [
    count,
    { insert: db.insert(partners).values(values).returning({ slug: partners.slug }), count },
    undefined,
    [count, undefined],
  ])
  expect([before, group.insert, group.count, missing, after]).toEqual([
    [{ n: 0 }],
    [{ slug: "a" }],
    [{ n: 1 }],
    undefined,
    [[{ n: 1 }], undefined],
  ])
})

test("a batch with a failing statement changes nothing", async () => {
  const db = createDatabase()
  const insert = db.insert(partners).values(values)
  await expect(batch(db, [insert, insert])).rejects.toThrow("UNIQUE constraint failed")
  expect(await db.$count(partners)).toBe(0)
})

test("a row is inserted if its condition is true, encoded as its columns require", async () => {
  const db = createDatabase()
  const row = { at: 1, actor: "leila", action: "partner.change", subject: "partners/a", detail: { names: ["'", "ي"] } }
  const insertIf = (condition: boolean) => db.insert(audit).select(rowFrom(audit, row, sql`where ${condition ? 1 : 0}`))
  await batch(db, [insertIf(false), insertIf(true)])
  expect(await db.select().from(audit)).toEqual([{ id: 1, ...row }])
})

test("a row is inserted for each row of a source, with its values; columns without a value are null", async () => {
  const db = createDatabase()
  const list = JSON.stringify(["one", "two"])
  const row = {
    ...{ id: sql`value`, publisherUid: "x", name: sql`value`, sender: "feed", settings: {}, trusted: true },
    ...{ failureCount: 0, createdAt: 1 },
  }
  await db.insert(sources).select(rowFrom(sources, row, sql`from json_each(${list})`))
  const found = await db
    .select()
    .from(sources)
    .where(isOneOf(sources.id, ["two", "three"]))
  expect(found).toMatchObject([{ id: "two", name: "two", trusted: true, settings: {}, feedUrl: null }])
})

test("a statement has the text and values that Drizzle makes of it", () => {
  const db = createDatabase()
  const { slug, name, createdAt } = partners
  const inner = sql`select ${slug} from ${partners} where ${createdAt} > ${1} and ${name} <> ${"?"}`
  const statements: SQL[] = [
    sql``,
    sql`select ${null}, ${undefined}, ${true}, ${2.5}, ${"'"}, ${["a", 1]}, ${sql.raw("'?'")}, ${sql.identifier('a"b')}`,
    sql`select ${sql.param({ names: ["x"] }, audit.detail)} x, ${sql.placeholder("y")} from (${inner}) z`,
    sql`select ${sql`${1} + ${2}`.inlineParams()}, ${3}, ${sql`count(*)`.as("n")}`,
    sql`select ${sql.join([sql`a`, inner, sql.raw("b")], sql`, `)}`,
    db
      .select({ slug, n: sql<number>`count(*)`.as("n") })
      .from(partners)
      .where(like(name, "a%"))
      .groupBy(slug)
      .getSQL(),
    db
      .select({ subject: audit.subject })
      .from(audit)
      .innerJoin(partners, eq(slug, audit.subject))
      .where(and(gt(createdAt, 5), inArray(slug, ["a", "b"])))
      .orderBy(asc(createdAt))
      .limit(3)
      .getSQL(),
    db
      .update(partners)
      .set({ publishers: ["z"] })
      .where(eq(slug, "a"))
      .returning({ slug })
      .getSQL(),
    db.insert(partners).values(values).onConflictDoNothing().getSQL(),
  ]
  const drizzleItself = new SQLiteAsyncDialect()
  for (const statement of statements) {
    const { sql: text, params } = drizzleItself.sqlToQuery(statement)
    expect(queryOf(statement)).toEqual({ sql: text, params })
  }
})

test("a cached statement's text is made once for the same arguments, and again after 50 others", async () => {
  const db = createDatabase()
  const made: string[] = []
  const select = cachedStatement((column: string, terms: { add: number }) => {
    made.push(`${column} ${terms.add}`)
    return sql<{ [column: string]: number }>`select ${sql.placeholder("n")} + ${terms.add} ${sql.raw(column)}`
  })
  expect(await db.all(select(["a", { add: 1 }], { n: 1 }))).toEqual([{ a: 2 }])
  expect(await db.all(select(["a", { add: 1 }], { n: 2 }))).toEqual([{ a: 3 }])
  const inBatch = [select(["a", { add: 1 }], { n: 3 }), sql`select * from (${select(["b", { add: 1 }], { n: 4 })})`]
  expect(await batch(db, inBatch)).toEqual([[{ a: 4 }], [{ b: 5 }]])
  expect(made).toEqual(["a 1", "b 1"])
  for (let add = 2; add <= 50; add++) select(["a", { add }], { n: 1 })
  select(["b", { add: 1 }], { n: 1 })
  expect(made).toHaveLength(51)
  select(["a", { add: 1 }], { n: 1 })
  expect(made.at(-1)).toBe("a 1")
  expect(made).toHaveLength(52)
  expect(() => select(["a", { add: 1 }], {})).toThrow("n")
})

test("a statement is built once, and has the values of each request", async () => {
  const db = createDatabase()
  await batch(db, [db.insert(partners).values([values, { ...values, slug: "b", name: "B", publishers: null }])])
  let builds = 0
  const select = builtOnce((each) => {
    builds += 1
    const { slug, publishers } = partners
    const isListed = isOneOf(slug, sql.placeholder("slugs"))
    return each
      .select({ slug, publishers })
      .from(partners)
      .where(and(isListed, eq(partners.name, sql.placeholder("name"))))
  })
  const slugs = JSON.stringify(["a", "b"])
  const rows = await batch(db, {
    a: select(db, { slugs, name: "A" }),
    b: select(createDatabase(), { slugs, name: "B" }),
    none: select(db, { slugs: "[]", name: "A" }),
  })
  expect(rows).toEqual({ a: [{ slug: "a", publishers: ["x", "y"] }], b: [{ slug: "b", publishers: null }], none: [] })
  expect(builds).toBe(1)
  await expect(batch(db, [select(db, { slugs })])).rejects.toThrow(/No value for placeholder "name"/)
})

test("a table's columns in the rows of a text have the names and values of SQL", async () => {
  const db = createDatabase()
  await batch(db, [db.insert(partners).values({ ...values, contact: "c" })])
  const [row] = await db.all<StoredColumns<typeof partners, "contact" | "createdAt" | "publishers" | "state">>(
    sql`select contact, created_at, publishers, state from partners`,
  )
  const expected: typeof row = { contact: "c", created_at: 1, publishers: '["x","y"]', state: "active" }
  expect(row).toEqual(expected)
})
