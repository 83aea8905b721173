/**
 * A D1 on SQLite in memory. tests/unit/sqlite/d1.test.ts compares it with the D1 of workerd. SQLite does not count the
 * rows read and written, and allows more functions and pragmas.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite"

declare module "node:sqlite" {
  // Node 24 has these methods, but its types do not declare them yet.
  interface DatabaseSync {
    readonly limits: Record<string, number>
    serialize(): Uint8Array
    deserialize(image: Uint8Array): void
  }
}

/** Limits of https://developers.cloudflare.com/d1/platform/limits/, and otherwise those that workerd sets. */
const LIMITS = {
  variableNumber: 100,
  sqlLength: 100_000,
  functionArg: 32,
  column: 100,
  likePatternLength: 50,
  compoundSelect: 5,
  exprDepth: 100,
}

/** https://www.sqlite.org/rescode.html */
const CODES: Record<number, string> = {
  1: "ERROR",
  5: "BUSY",
  11: "CORRUPT",
  13: "FULL",
  18: "TOOBIG",
  19: "CONSTRAINT",
  20: "MISMATCH",
  23: "AUTH",
  25: "RANGE",
}

const CONSTRAINTS: Record<number, string> = {
  275: "CHECK",
  787: "FOREIGNKEY",
  1299: "NOTNULL",
  1555: "PRIMARYKEY",
  1811: "TRIGGER",
  2067: "UNIQUE",
  2579: "ROWID",
}

/** How many compiled statements a database keeps. */
const MAX_COMPILED = 500

/** Row numbers of FTS5 exceed 2^53, so they are read as bigint. */
const STATE = `select total_changes(), last_insert_rowid(), c.page_count * s.page_size
  from pragma_page_count c, pragma_page_size s`

type Row = Record<string, unknown>

interface State {
  /** The rows that one statement changed, or all statements since the database was opened. */
  changes: number
  last_row_id: number
  size_after: number
}

interface Table {
  columns: string[]
  rows: unknown[][]
  meta: State & { changed_db: boolean; duration: number }
}

export interface Executed {
  sql: string
  params: SQLInputValue[]
}

export type InMemoryD1 = D1Database & { readonly executed: readonly Executed[] }

/** @param image a database as DatabaseSync.serialize() returns it */
export function createD1(image?: Uint8Array): InMemoryD1 {
  return new Database(image) as unknown as InMemoryD1
}

class Database {
  readonly executed: Executed[] = []
  readonly #sqlite = new DatabaseSync(":memory:", { enableDoubleQuotedStringLiterals: true })
  readonly #compiled = new Map<string, StatementSync>()
  /** The state after the last statement. */
  #state: State = { changes: 0, last_row_id: 0, size_after: 0 }

  constructor(image?: Uint8Array) {
    if (image) this.#sqlite.deserialize(image)
    Object.assign(this.#sqlite.limits, LIMITS)
  }

  prepare(sql: string): Statement {
    return new Statement(this, sql, [])
  }

  async batch(statements: Statement[]) {
    return this.execute(statements).map(result)
  }

  /** One statement is one line, as in D1. */
  async exec(sql: string) {
    const lines = sql.trim().split("\n")
    try {
      this.execute(lines.map((line) => this.prepare(line)))
    } catch (error) {
      throw d1Error("D1_EXEC_ERROR", `Error in line 1: ${lines[0]}: ${causeOf(error)}`)
    }
    return { count: lines.length, duration: 0 }
  }

  execute(statements: Statement[]): Table[] {
    const present = statements.filter(({ sql }) => sql.replace(/^\s+--.*/gm, "").trim() !== "")
    if (present.length === 0) throw d1Error("D1_ERROR", "No SQL statements detected.")
    this.#sqlite.exec("begin")
    try {
      this.#state = this.#readState()
      const tables = present.map(({ sql, params }) => this.#query(sql, params))
      this.#sqlite.exec("commit")
      return tables
    } catch (error) {
      if (this.#sqlite.isTransaction) this.#sqlite.exec("rollback")
      throw isSqliteError(error) ? d1Error("D1_ERROR", sqliteMessage(error)) : error
    }
  }

  #query(sql: string, params: SQLInputValue[]): Table {
    const statement = this.#prepare(sql)
    if (parameterCount(sql) !== params.length) {
      throw d1Error("D1_ERROR", "Wrong number of parameter bindings for SQL query.")
    }
    this.executed.push({ sql, params })
    const columns = statement.columns().map(({ name }) => name)
    const rows = (statement.all(...params) as unknown as unknown[][]).map((row) => row.map(valueInD1))
    const before = this.#state
    const after = this.#readState()
    this.#state = after
    const changes = after.changes - before.changes
    const changed_db = changes > 0 || after.last_row_id !== before.last_row_id || after.size_after !== before.size_after
    return { columns, rows, meta: { ...after, changes, changed_db, duration: 0 } }
  }

  /** Compiles a statement, or returns its earlier compilation. */
  #prepare(sql: string): StatementSync {
    const known = this.#compiled.get(sql)
    if (known) return known
    if (new TextEncoder().encode(sql).length > LIMITS.sqlLength)
      throw d1Error("D1_ERROR", "statement too long: SQLITE_TOOBIG")
    const statement = this.#sqlite.prepare(sql)
    statement.setReturnArrays(true)
    statement.setReadBigInts(true)
    this.#compiled.set(sql, statement)
    const [oldest = ""] = this.#compiled.keys()
    if (this.#compiled.size > MAX_COMPILED) this.#compiled.delete(oldest)
    return statement
  }

  #readState(): State {
    const [changes = 0, last_row_id = 0, size_after = 0] = Object.values(this.#prepare(STATE).get() ?? {}).map(Number)
    return { changes, last_row_id, size_after }
  }
}

class Statement {
  readonly #database: Database
  readonly sql: string
  readonly params: SQLInputValue[]

  constructor(database: Database, sql: string, params: SQLInputValue[]) {
    this.#database = database
    this.sql = sql
    this.params = params
  }

  bind(...values: unknown[]): Statement {
    return new Statement(this.#database, this.sql, values.map(boundValue))
  }

  async all() {
    return result(this.#execute())
  }

  async run() {
    return result(this.#execute())
  }

  async first(column?: string): Promise<unknown> {
    const [row] = result(this.#execute()).results
    if (!row || column === undefined) return row ?? null
    if (row[column] === undefined) {
      throw d1Error("D1_COLUMN_NOTFOUND", `Column not found (${column})`, "Column not found")
    }
    return row[column]
  }

  async raw(options?: { columnNames?: boolean }): Promise<unknown[][]> {
    const { columns, rows } = this.#execute()
    return options?.columnNames ? [columns, ...rows] : rows
  }

  #execute(): Table {
    const [table] = this.#database.execute([this])
    if (!table) throw new Error("One statement has one result.")
    return table
  }
}

const result = ({ columns, rows, meta }: Table) => ({
  success: true,
  results: rows.map((row): Row => Object.fromEntries(columns.map((name, index) => [name, row[index]]))),
  meta,
})

/** A value as D1 binds it: numbers as REAL, as node:sqlite does, and null for values that JSON cannot represent. */
function boundValue(value: unknown): SQLInputValue {
  if (typeof value === "boolean") return value ? 1 : 0
  if (typeof value === "number") return Number.isFinite(value) ? value : null
  if (typeof value === "string" || value === null) return value
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  if (ArrayBuffer.isView(value)) return Uint8Array.from(value as Uint8Array)
  if (Array.isArray(value) && value.every((byte) => typeof byte === "number" && byte >= 0 && byte < 256)) {
    return Uint8Array.from(value)
  }
  throw d1Error("D1_TYPE_ERROR", `Type '${typeof value}' not supported for value '${value}'`)
}

/** A value as D1 returns it: integers above 2^53 lose digits, a BLOB is a list of bytes, infinity is null. */
function valueInD1(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value)
  if (typeof value === "number" && !Number.isFinite(value)) return null
  return value instanceof Uint8Array ? [...value] : value
}

/** D1 refuses a statement with a parameter without a value; node:sqlite would bind null. */
function parameterCount(sql: string): number {
  const code = sql.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--.*|\/\*[\s\S]*?\*\//g, " ")
  return [...code.matchAll(/\?(\d*)/g)].reduce((count, [, no]) => (no ? Math.max(count, Number(no)) : count + 1), 0)
}

type SqliteError = Error & { errcode: number }

const isSqliteError = (error: unknown): error is SqliteError => error instanceof Error && "errcode" in error

/** The message as D1 writes it, but without the place of a syntax error. */
function sqliteMessage({ message, errcode }: SqliteError): string {
  const code = `SQLITE_${CODES[errcode & 0xff] ?? errcode}`
  const constraint = CONSTRAINTS[errcode]
  return `${message}: ${code}${constraint ? ` (extended: ${code}_${constraint})` : ""}`
}

const causeOf = (error: unknown): string =>
  error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)

const d1Error = (prefix: string, message: string, cause = message): Error =>
  new Error(`${prefix}: ${message}`, { cause: new Error(cause) })
