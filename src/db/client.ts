/** The D1 client: Drizzle over the binding, atomic batches of statements, and values in statements. */
import {
  type Column,
  fillPlaceholders,
  getTableColumns,
  is,
  Placeholder,
  type Query,
  SQL,
  type SQLWrapper,
  StringChunk,
  sql,
  type Table,
} from "drizzle-orm"
import { DrizzleD1Database, SQLiteD1Session } from "drizzle-orm/d1"
import { SQLiteAsyncDialect } from "drizzle-orm/sqlite-core"

export type Db = DrizzleD1Database & { $client: D1Database }

/** Joins plain chunks itself: Drizzle compares each chunk with a dozen classes, which takes twenty times longer. */
class Dialect extends SQLiteAsyncDialect {
  override sqlToQuery(statement: SQL, invokeSource?: "indexes"): Query {
    const query: Query = { sql: "", params: [] }
    this.#append(statement, query, invokeSource)
    return query
  }

  #append(statement: SQL, query: Query, invokeSource: "indexes" | undefined): void {
    if (statement instanceof StatementText) {
      query.sql += statement.query.sql
      query.params.push(...statement.query.params)
    }
    for (const chunk of statement.queryChunks) {
      if (chunk instanceof StringChunk) {
        for (const text of chunk.value) query.sql += text
      } else if (chunk instanceof SQL && !Reflect.get(chunk, "shouldInlineParams")) {
        this.#append(chunk, query, invokeSource)
      } else if (typeof chunk === "string" || typeof chunk === "number" || chunk === null) {
        query.sql += "?"
        query.params.push(chunk)
      } else {
        const { sql: text, params } = super.sqlToQuery(new SQL([chunk]), invokeSource)
        query.sql += text
        query.params.push(...params)
      }
    }
  }
}

const dialect = new Dialect()

export const queryOf = (statement: SQL): Query => dialect.sqlToQuery(statement)

class StatementText<R> extends SQL<R> {
  readonly query: Query

  constructor(query: Query) {
    super([])
    this.query = query
  }
}

/** The maximum number of texts that an isolate keeps for one statement. D1 refuses a text of more than 100 KB. */
const MAX_TEXTS = 50

/**
 * Makes a statement whose text is computed once for the same arguments.
 * @param build depends only on its arguments, which are JSON values. The values of a request are placeholders
 */
export function cachedStatement<Args extends readonly unknown[], R>(
  build: (...args: Args) => SQL<R>,
): (args: Args, values: Record<string, unknown>) => SQL<R> {
  const texts = new Map<string, Query>()
  return (args, values) => {
    const key = JSON.stringify(args)
    const query = texts.get(key) ?? queryOf(build(...args))
    texts.delete(key)
    texts.set(key, query)
    const [oldest] = texts.keys()
    if (texts.size > MAX_TEXTS && oldest !== undefined) texts.delete(oldest)
    return new StatementText({ sql: query.sql, params: fillPlaceholders(query.params, values) })
  }
}

/**
 * Builds a statement of batch() only once, because Drizzle needs about forty microseconds for each of them.
 * @param build does not depend on the request. The values of a request are placeholders
 */
export function builtOnce<R>(build: (db: Db) => BuiltStatement<R>) {
  let prepared: ReturnType<BuiltStatement["prepare"]> | undefined
  return (db: Db, values: Record<string, unknown> = {}): BuiltStatement<R> =>
    ({
      prepare: () => {
        prepared ??= build(db).prepare()
        const statement = prepared
        const { sql: text, params } = statement.getQuery()
        return {
          getQuery: () => ({ sql: text, params: fillPlaceholders(params, values) }),
          mapResult: (result, isFromBatch) => statement.mapResult(result, isFromBatch),
        }
      },
    }) as BuiltStatement<R>
}

/** Drizzle over the D1 binding. A client costs nothing to make, so each request makes its own. */
export function createDbClient(binding: D1Database): Db {
  const session = new SQLiteD1Session<Record<string, never>, Record<string, never>>(binding, dialect, undefined)
  return Object.assign(new DrizzleD1Database("async", dialect, session, undefined), { $client: binding })
}

/**
 * Writes a whole number into the text of a statement. D1 would bind it as REAL, and for a bound LIMIT or OFFSET SQLite
 * prepares the statement again at every execution.
 */
export const literal = (count: number): SQL => sql.raw(String(Math.trunc(count)))

/** Converts a column of times (milliseconds UTC) to RFC 3339. */
export const isoTimeOf = (column: SQLWrapper): SQL<string> =>
  sql`${column}`.mapWith((ms: number) => new Date(ms).toISOString())

/**
 * Whether a value is in a list. The list is a JSON text, because D1 binds at most 100 values in one statement.
 * @param list the list, or a placeholder for its JSON
 */
export const isOneOf = (value: Column, list: readonly string[] | Placeholder): SQL =>
  sql`${value} in (select value from json_each(${is(list, Placeholder) ? list : JSON.stringify(list)}))`

type ColumnName<C> = C extends { _: { name: infer N extends string } } ? N : never

/** SQLite stores lists and objects as JSON, and booleans as numbers. */
type ColumnValue<C> = C extends {
  _: { dataType: infer D; data: infer V; driverParam: infer P; notNull: infer N }
}
  ? (D extends "json" | "boolean" ? P : V) | (N extends true ? never : null)
  : never

/** The type of a row that a statement in plain SQL returns: SQL names, and values as SQLite stores them. */
export type StoredColumns<T extends Table, K extends keyof T["_"]["columns"]> = {
  [P in K as ColumnName<T["_"]["columns"][P]>]: ColumnValue<T["_"]["columns"][P]>
}

/** Returns the query of `insert(table).select(…)`. @param source `where …` or `from …`; each row makes a new row */
export function rowFrom<T extends Table>(
  table: T,
  values: { [K in keyof T["$inferInsert"]]: T["$inferInsert"][K] | SQL },
  source: SQL,
): SQL {
  const columns = Object.entries(getTableColumns(table)).map(([name, column]) => {
    const value: unknown = values[name as keyof typeof values]
    if (value === undefined || value === null) return sql`null`
    return is(value, SQL) ? value : sql`${sql.param(value, column)}`
  })
  return sql`select ${sql.join(columns, sql`, `)} ${source}`
}

/** A statement that Drizzle's builder made, with rows of type R. */
interface BuiltStatement<R = unknown> {
  _: { dialect: "sqlite"; result: R }
  prepare(): {
    getQuery(): { sql: string; params: unknown[] }
    mapResult(result: unknown, isFromBatch: boolean): unknown
  }
}

/**
 * A statement of a batch: SQL text, or built by Drizzle. The rows of SQL text have the names of SQL, and the rows of a
 * built statement the names and types of the schema. The columns of a built statement need different names in SQL,
 * because D1 returns objects.
 */
export type Statement = SQL | BuiltStatement

type Optional = Statement | undefined
type StatementGroup = Optional | readonly Optional[] | { readonly [name: string]: Optional }

/** Statements of a batch, by name or in lists. Undefined members are left out. */
type Statements = readonly StatementGroup[] | { readonly [name: string]: StatementGroup }

type StatementRows<S> = S extends SQL<infer R> ? R[] : S extends BuiltStatement ? S["_"]["result"] : undefined
type GroupRows<S> = S extends Optional ? StatementRows<S> : { -readonly [K in keyof S]: StatementRows<S[K]> }

export type BatchRows<S> = { -readonly [K in keyof S]: GroupRows<S[K]> }

/**
 * Runs statements in their order as one atomic batch, in one round trip, and returns the rows of each. Drizzle's own
 * batch() cannot bind the parameters of sql`…` statements (drizzle-orm 0.45: SQLiteRaw has no prepared statement).
 */
export async function batch<const S extends Statements>(db: Db, statements: S): Promise<BatchRows<S>> {
  const queries = inOrder(statements).map((statement) => {
    if (is(statement, SQL)) return { ...queryOf(statement), rowsOf: ({ results }: D1Result) => results }
    const prepared = statement.prepare()
    return { ...prepared.getQuery(), rowsOf: (result: D1Result) => prepared.mapResult(result, true) }
  })
  const results = await db.$client.batch(queries.map(({ sql, params }) => db.$client.prepare(sql).bind(...params)))
  const rows = results.map((result, i) => queries[i]?.rowsOf(result))
  return withRows(statements, rows.values()) as BatchRows<S>
}

const isStatement = (value: StatementGroup | Statements): value is Statement =>
  is(value, SQL) || (typeof value === "object" && "prepare" in value)

function inOrder(statements: StatementGroup | Statements): Statement[] {
  if (statements === undefined) return []
  return isStatement(statements) ? [statements] : Object.values(statements).flatMap(inOrder)
}

function withRows(statements: StatementGroup | Statements, rows: Iterator<unknown>): unknown {
  if (statements === undefined) return undefined
  if (isStatement(statements)) return rows.next().value
  if (Array.isArray(statements)) return statements.map((each) => withRows(each, rows))
  return Object.fromEntries(Object.entries(statements).map(([name, each]) => [name, withRows(each, rows)]))
}
