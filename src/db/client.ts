/** The D1 client: Drizzle over the binding, atomic batches of statements, and whole numbers in statements. */
import { type SQL, sql } from "drizzle-orm"
import { drizzle } from "drizzle-orm/d1"
import { SQLiteAsyncDialect } from "drizzle-orm/sqlite-core"

export type Db = ReturnType<typeof createDbClient>

/** Drizzle over the D1 binding. It costs nothing to make, so each request makes its own. */
export function createDbClient(binding: D1Database) {
  return drizzle(binding)
}

/**
 * A whole number in the text of a statement. D1 binds every number as REAL, and a division by one gives no whole number; and
 * SQLite plans with the value of a bound LIMIT or OFFSET, so it would prepare the statement again with every execution.
 */
export const literal = (count: number): SQL => sql.raw(String(Math.trunc(count)))

const dialect = new SQLiteAsyncDialect()

type BatchRows<S extends readonly SQL[]> = { -readonly [K in keyof S]: S[K] extends SQL<infer R> ? R[] : never }

/**
 * Runs statements as one atomic batch, one round trip; and returns the rows of each. Drizzle's own batch() cannot bind the
 * parameters of sql`…` statements (drizzle-orm 0.45: SQLiteRaw has no prepared statement), so they are bound here.
 * @throws what D1 throws; then nothing of the batch has happened.
 */
export async function batch<const S extends readonly SQL[]>(db: Db, statements: S): Promise<BatchRows<S>> {
  const boundStatements = statements.map((statement) => {
    const { sql, params } = dialect.sqlToQuery(statement)
    return db.$client.prepare(sql).bind(...params)
  })
  const results = await db.$client.batch(boundStatements)
  return results.map(({ results: rows }) => rows) as BatchRows<S>
}
