/** Reads SQLite's program of a statement to find out whether the statement scans a whole growing table. */
import { type SQL, sql } from "drizzle-orm"
import { SQLiteAsyncDialect } from "drizzle-orm/sqlite-core"
import { expect } from "vitest"
import type { Db } from "../../src/db/client.ts"
import type { InMemoryDb } from "./database.ts"

/**
 * Tables with one row, or with as many rows as operators create. All other tables grow with articles, messages or
 * readers.
 */
const SMALL_TABLES = new Set([
  ...[
    "wire",
    "purge",
    "consumers",
    "most_read_update",
    "publishers",
    "publisher_keys",
    "publisher_activity",
    "sources",
  ],
  ...["sections", "section_slugs", "section_aliases", "directory_entries", "partners", "partner_keys", "removals"],
])

/** An instruction of the program: https://www.sqlite.org/opcode.html */
interface Instruction {
  addr: number
  opcode: string
  p1: number
  p2: number
  p3: number
}

/**
 * Fails if a statement scans a growing table or its index. A scan is allowed if a LIMIT ends it with the first rows
 * that it reads.
 * @param meant names the tables and indexes that the statement may scan; its comment must say why
 */
export async function expectNoScan(db: Db, statement: SQL, meant: string[] = []): Promise<void> {
  expect(await scans(db, dialect.sqlToQuery(statement))).toEqual(meant)
}

/** Applies expectNoScan() to every statement that a function runs. */
export async function expectNoScans(db: InMemoryDb, run: () => Promise<unknown>, meant: string[] = []): Promise<void> {
  const { executed } = db.$client
  const before = executed.length
  await run()
  const statements = executed.slice(before)
  expect(statements.length).toBeGreaterThan(0)
  const names = await Promise.all(statements.map((statement) => scans(db, statement)))
  expect([...new Set(names.flat())].sort()).toEqual(meant)
}

const dialect = new SQLiteAsyncDialect()

/** Names of the tables and indexes that a statement scans, each once and in order. */
export async function scans(db: Db, { sql: text, params }: { sql: string; params: unknown[] }): Promise<string[]> {
  const explain = async <Row>(how: string) =>
    (
      await db.$client
        .prepare(`${how} ${text}`)
        .bind(...params)
        .all<Row>()
    ).results
  const program = await explain<Instruction>("explain")
  const plan = await explain<{ detail: string }>("explain query plan")
  const trees = await db.all<{ rootpage: number; name: string; tbl_name: string }>(
    sql`select rootpage, name, tbl_name from sqlite_schema where rootpage > 0`,
  )
  const scanned = withTriggers(program).flatMap((instructions) =>
    loops(instructions).flatMap((cursor) => {
      const pages = instructions.filter(({ opcode, p1 }) => /^Open(Read|Write)$/.test(opcode) && p1 === cursor)
      return trees.filter(({ rootpage }) => pages.some(({ p2 }) => p2 === rootpage))
    }),
  )
  const names = scanned.flatMap(({ name, tbl_name }) => (SMALL_TABLES.has(tbl_name) ? [] : name))
  // This is a scan of the full-text index without a look-up of words.
  const virtual = plan.flatMap(({ detail }) => /^SCAN (\S+) VIRTUAL TABLE INDEX 0:$/.exec(detail)?.[1] ?? [])
  return [...new Set([...names, ...virtual])].sort()
}

/** The program, and the program of each trigger, whose addresses begin at 0 again. */
function withTriggers(program: Instruction[]): Instruction[][] {
  const starts = program.flatMap(({ addr }, index) => (addr === 0 ? index : []))
  return starts.map((start, index) => program.slice(start, starts[index + 1]))
}

/** Returns the cursors that count a tree, or read it row by row from one end and not only its first rows. */
function loops(instructions: Instruction[]): number[] {
  return instructions.flatMap(({ opcode, p1, p3, addr: first }, index) => {
    if (opcode === "Count") return [p1]
    // `is not null` is a range that begins after null, so it contains almost the whole index.
    const isAfterNull =
      opcode === "SeekGT" &&
      instructions.slice(Math.max(0, index - 2), index).some((it) => it.opcode === "Null" && it.p2 === p3)
    if (!/^(Rewind|Last)$/.test(opcode) && !isAfterNull) return []
    const next = instructions.find((it) => /^(Next|Prev)$/.test(it.opcode) && it.p1 === p1 && it.p2 === first + 1)
    if (!next) return []
    const body = instructions.filter(({ addr }) => addr > first && addr < next.addr)
    // A LIMIT ends the loop, or min() and max() after the first row.
    const end = body.find((it) => /^(DecrJumpZero|Goto)$/.test(it.opcode) && it.p2 > next.addr)
    // The end of a loop does not count if the loop can skip rows before it.
    const skips = body.some((it) => it.addr < (end?.addr ?? 0) && it.p2 === next.addr)
    return end && !skips ? [] : [p1]
  })
}
