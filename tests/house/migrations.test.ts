/** Tests that migrations only add: D1 cannot go back, and rebuilding a table of millions of rows stops the wire. */
import { DatabaseSync } from "node:sqlite"
import { is } from "drizzle-orm"
import { getTableConfig, SQLiteTable } from "drizzle-orm/sqlite-core"
import { describe, expect, test } from "vitest"
import { TABLE_NAMES } from "../../src/log/table-names.ts"
import { filesIn, read } from "./project.ts"

const files = filesIn("migrations", /\.sql$/)
const schemas = filesIn("src/db", /schema\.ts$/)

const FORBIDDEN: [what: string, RegExp][] = [
  ["drops a table", /\bdrop\s+table\b/i],
  ["rebuilds a table", /__new_/i],
  ["renames a table", /\brename\s+to\b/i],
  ["deletes rows of other tables", /\bon\s+delete\s+cascade\b/i],
]

const uncommented = (sql: string) =>
  sql.replace(/'(?:[^']|'')*'|--.*|\/\*[\s\S]*?\*\//g, (it) => (it[0] === "'" ? it : ""))

const dangers = (sql: string): string[] =>
  FORBIDDEN.filter(([, pattern]) => pattern.test(uncommented(sql))).map(([what]) => what)

/** Names that would describe any change. */
const SAYS_NOTHING = /^(?:add|changes?|fix(?:es)?|migrations?|misc|new|schema|tables?|updates?)$/

/** @param names in order */
function misnamed(names: string[]): string[] {
  return names.filter((name, index) => {
    const [, number, what = ""] = /^(\d{4})_([a-z][a-z0-9]*(?:_[a-z0-9]+)*)\.sql$/.exec(name) ?? []
    return Number(number) !== index + 1 || SAYS_NOTHING.test(what)
  })
}

/** Writes a column as `articles.id text not null`, with `key` if it is part of the primary key. */
const columnLine = (table: string, column: string, type: string, notNull: boolean, key: boolean): string =>
  [`${table}.${column}`, type.toLowerCase(), ...(notNull ? ["not null"] : []), ...(key ? ["key"] : [])].join(" ")

/** Returns the columns that SQLite makes from the migrations. */
function migrated(migrations: string[]): string[] {
  const db = new DatabaseSync(":memory:")
  for (const sql of migrations) db.exec(sql)
  const columns = db.prepare(`
    select t.name "table", t.wr withoutRowid, c.name, c.type, c."notnull" required, c.pk > 0 key,
      sum(c.pk > 0) over (partition by t.name) keys
    from pragma_table_list t, pragma_table_info(t.name) c
    where t.type = 'table' and t.name not like 'sqlite_%'`)
  return columns
    .all()
    .map(({ table, withoutRowid, name, type, required, key, keys }) => {
      // A primary key of one integer column is the row number and never null. SQLite permits null in any other key.
      const neverNull = key === 1 && (withoutRowid === 1 || (keys === 1 && type === "INTEGER"))
      return columnLine(String(table), String(name), String(type), required === 1 || neverNull, key === 1)
    })
    .sort()
}

/** Returns the columns in the schema of Drizzle. */
const declared = (await Promise.all(schemas.map((path) => import(new URL(`../../${path}`, import.meta.url).href))))
  .flatMap((schema: object) => Object.values(schema))
  .filter((table) => is(table, SQLiteTable))
  .map(getTableConfig)
  .flatMap(({ name: table, columns, primaryKeys }) => {
    const keys = primaryKeys.flatMap((key) => key.columns.map(({ name }) => name))
    return columns.map((column) =>
      columnLine(table, column.name, column.getSQLType(), column.notNull, column.primary || keys.includes(column.name)),
    )
  })
  .sort()

test("migrations are found", () => {
  expect(files.length).toBeGreaterThan(0)
})

describe("migrations only add", () => {
  test.each(files)("%s", (path) => {
    expect(dangers(read(path))).toEqual([])
  })

  test.each([
    ["DROP TABLE articles;", "drops a table"],
    ["drop\n  table if exists articles;", "drops a table"],
    ["CREATE TABLE `__new_articles` (id TEXT);", "rebuilds a table"],
    ["ALTER TABLE articles RENAME TO old_articles;", "renames a table"],
    [
      "CREATE TABLE a (id TEXT REFERENCES articles (id) /* why not */ ON DELETE CASCADE);",
      "deletes rows of other tables",
    ],
    ["INSERT INTO notes VALUES ('-- no comment'); DROP TABLE articles;", "drops a table"],
  ])("the check catches: %s", (sql, what) => {
    expect(dangers(sql)).toEqual([what])
  })

  test.each([
    "ALTER TABLE articles ADD COLUMN place TEXT;",
    "ALTER TABLE articles RENAME COLUMN place TO dateline;",
    "-- Never DROP TABLE here.\nCREATE INDEX a ON articles (id); /* no __new_ either */",
    "DROP INDEX articles_place;",
  ])("the check permits: %s", (sql) => {
    expect(dangers(sql)).toEqual([])
  })
})

describe("migrations are numbered, and their names say what they do", () => {
  test("the files in migrations/ have such names", () => {
    expect(misnamed(files.map((path) => path.slice("migrations/".length)))).toEqual([])
  })

  test.each([
    { names: ["0001.sql"] },
    { names: ["0001_update.sql"] },
    { names: ["1_wire.sql"] },
    { names: ["0001_Wire.sql"] },
    { names: ["0002_wire.sql"] },
    { names: ["wire/0001_wire.sql"] },
  ])("the check catches: $names", ({ names }) => {
    expect(misnamed(names)).toEqual(names)
  })

  test("the check catches two files with one number", () => {
    expect(misnamed(["0001_hub.sql", "0001_wire.sql", "0003_partners.sql"])).toEqual(["0001_wire.sql"])
  })
})

test("the log may contain the name of every table that they create, and no other", () => {
  const created = files.flatMap((path) =>
    [...uncommented(read(path)).matchAll(/\bcreate\s+(?:virtual\s+)?table\s+(\w+)/gi)].map(([, name]) => name),
  )
  expect([...TABLE_NAMES].sort()).toEqual(created.sort())
})

describe("the schema", () => {
  test("it agrees with the migrations column by column", () => {
    expect(declared).toEqual(migrated(files.map(read)))
  })

  test.each([
    ["an additional column", "ALTER TABLE articles ADD COLUMN place TEXT;"],
    ["a missing column", "ALTER TABLE articles DROP COLUMN dateline;"],
    ["another name", "ALTER TABLE articles RENAME COLUMN dateline TO place;"],
    ["an additional table", "CREATE TABLE places (id INTEGER PRIMARY KEY);"],
  ])("the check catches: %s", (_, sql) => {
    expect(declared).not.toEqual(migrated([...files.map(read), sql]))
  })

  test("SQLite says which columns are keys, which may be null, and their types", () => {
    const tables = [
      "CREATE TABLE a (id INTEGER PRIMARY KEY, place TEXT, slug TEXT NOT NULL);",
      "CREATE TABLE b (id TEXT PRIMARY KEY);",
      "CREATE TABLE c (id TEXT PRIMARY KEY NOT NULL);",
      "CREATE TABLE d (at INTEGER, id TEXT, PRIMARY KEY (at, id)) WITHOUT ROWID;",
      "CREATE TABLE e (at INTEGER, id TEXT, PRIMARY KEY (at, id));",
    ]
    expect(migrated(tables)).toEqual([
      "a.id integer not null key",
      "a.place text",
      "a.slug text not null",
      "b.id text key",
      "c.id text not null key",
      "d.at integer not null key",
      "d.id text not null key",
      "e.at integer key",
      "e.id text key",
    ])
  })
})
