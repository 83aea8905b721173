/** Tests the record of migrations beside the local database, which is needed because migrations are edited. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { areApplied, recordHash } from "../../../scripts/migrations.ts"
import { Remedy } from "../../../scripts/terminal.ts"

let folder: string
let migrations: string
let databases: string

const write = (path: string, text: string) => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
const writeMigration = (name: string, text = "create table articles (id text);") => write(join(migrations, name), text)
/** The place where Miniflare writes it. */
const makeDatabase = () => write(join(databases, "miniflare-D1DatabaseObject/0123.sqlite"), "")

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "feedwire-migrations-"))
  migrations = join(folder, "migrations")
  databases = join(folder, "state/v3/d1")
  writeMigration("0001_articles.sql")
})
afterEach(() => rmSync(folder, { recursive: true }))

function expectRemedy(): void {
  expect(() => areApplied(migrations, databases)).toThrow(Remedy)
  expect(() => areApplied(migrations, databases)).toThrow(/^[^\n]*`rm -rf \.wrangler\/state`[^\n]*start again\.$/)
}

test("without a database all migrations must be applied", () => {
  expect(areApplied(migrations, databases)).toBe(false)
})

test("migrations are not applied twice", () => {
  makeDatabase()
  recordHash(migrations, databases, "applied")
  expect(areApplied(migrations, databases)).toBe(true)
})

test("a start that was interrupted during migrations continues", () => {
  recordHash(migrations, databases, "pending")
  makeDatabase()
  expect(areApplied(migrations, databases)).toBe(false)
})

test.each([
  ["an edited migration", () => writeMigration("0001_articles.sql", "create table articles (id text, title text);")],
  ["an additional migration", () => writeMigration("0002_publishers.sql")],
  ["a renamed migration", () => renameSync(join(migrations, "0001_articles.sql"), join(migrations, "0001_wire.sql"))],
])("%s requires a new database", (_, change) => {
  makeDatabase()
  recordHash(migrations, databases, "applied")
  change()
  expectRemedy()
})

test("a change after an interrupted start requires a new database", () => {
  recordHash(migrations, databases, "pending")
  makeDatabase()
  writeMigration("0002_publishers.sql")
  expectRemedy()
})

test("a database without a record requires a new one", () => {
  makeDatabase()
  expectRemedy()
})

test("a record without a database is ignored", () => {
  recordHash(migrations, databases, "applied")
  expect(areApplied(migrations, databases)).toBe(false)
  writeMigration("0002_publishers.sql")
  expect(areApplied(migrations, databases)).toBe(false)
})
