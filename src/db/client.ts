/** The D1 client: Drizzle over the binding, atomic batches of statements, and whole numbers in statements. */
import { SQL, sql } from "drizzle-orm"
import { drizzle } from "drizzle-orm/d1"
import { SQLiteAsyncDialect } from "drizzle-orm/sqlite-core"

export type Db = ReturnType<typeof createDbClient>

/** Drizzle over the D1 binding. It costs nothing to make, so each request makes its own. */
export function createDbClient(binding: D1Database) {
  return drizzle(binding)
}

/**
 * A whole number in the text of a statement. D1 binds every number as REAL, and a division by one gives no whole
 * number; and SQLite plans with the value of a bound LIMIT or OFFSET, so it would prepare the statement again with
 * every execution.
 */
export const literal = (count: number): SQL => sql.raw(String(Math.trunc(count)))

const dialect = new SQLiteAsyncDialect()

type Statement = SQL | undefined
type StatementGroup = Statement | readonly Statement[] | { readonly [name: string]: Statement }

/** Statements of a batch, by names or in lists. What is undefined is left out. */
type Statements = readonly StatementGroup[] | { readonly [name: string]: StatementGroup }

type StatementRows<S> = S extends SQL<infer R> ? R[] : undefined
type GroupRows<S> = S extends Statement ? StatementRows<S> : { -readonly [K in keyof S]: StatementRows<S[K]> }

/** The rows of each statement, under the names of the statements. */
export type BatchRows<S> = { -readonly [K in keyof S]: GroupRows<S[K]> }

/**
 * Runs statements as one atomic batch, one round trip, in the order in which they are written; and returns the rows of
 * each. Drizzle's own batch() cannot bind the parameters of sql`…` statements (drizzle-orm 0.45: SQLiteRaw has no
 * prepared statement), so they are bound here.
 * @throws what D1 throws; then nothing of the batch has happened.
 */
export async function batch<const S extends Statements>(db: Db, statements: S): Promise<BatchRows<S>> {
  const boundStatements = inOrder(statements).map((statement) => {
    const { sql, params } = dialect.sqlToQuery(statement)
    return db.$client.prepare(sql).bind(...params)
  })
  const results = await db.$client.batch(boundStatements)
  return withRows(statements, results.values()) as BatchRows<S>
}

function inOrder(statements: StatementGroup | Statements): SQL[] {
  if (statements === undefined) return []
  return statements instanceof SQL ? [statements] : Object.values(statements).flatMap(inOrder)
}

function withRows(statements: StatementGroup | Statements, results: Iterator<D1Result>): unknown {
  if (statements === undefined) return undefined
  if (statements instanceof SQL) return results.next().value?.results
  if (Array.isArray(statements)) return statements.map((each) => withRows(each, results))
  return Object.fromEntries(Object.entries(statements).map(([name, each]) => [name, withRows(each, results)]))
}
