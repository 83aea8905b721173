/** Builds statements that read a validator and, if the client's copy is stale, the content, in one round trip. */
import { type Placeholder, type SQL, sql } from "drizzle-orm"

const COMMA = sql`, `

/**
 * Begins a statement with one row: the columns of the validator, `stale`, and a column for each part. A part is one
 * value of the answer, mostly a JSON list of ids. A part may use the columns before it. If the client's copy is not
 * stale, every part is null and reads nothing. (A join with a condition would read its rows before it tests the
 * condition.)
 * @param v the alias of the row
 * @param validator a query of one row
 * @param isStale a condition on the validator: see isStale()
 * @param parts expressions in parentheses, by the names of their columns
 */
export function guarded(v: SQL, validator: SQL, isStale: SQL, parts: Record<string, SQL>): SQL {
  const columns = [
    sql`${isStale} stale`,
    ...Object.entries(parts).map(([name, part]) => sql`case when ${v}.stale then ${part} end ${sql.raw(name)}`),
  ]
  const names = ["validator", "guard", ...Object.keys(parts).map((name) => `with_${name}`)]
  const nameOf = (index: number): SQL => (index === columns.length ? v : sql.raw(names[index] ?? ""))
  // The `limit` makes SQLite compute a column only once, and not again for each use.
  const tables = columns.map(
    (column, index) => sql`${nameOf(index + 1)} as (
    select ${v}.*, ${column}
    from ${nameOf(index)} ${v}
    limit 1
  )`,
  )
  return sql`with validator as (
    ${validator}
  ),
  ${sql.join(
    tables,
    sql`,
  `,
  )}`
}

/**
 * Whether the client's copy is stale.
 * @param v the alias of the validator's row
 * @param validators the client's validators (epoch.revision), or placeholders for them
 * @param revision the column of the revision
 */
export const isStale = (v: SQL, validators: readonly (string | Placeholder)[], revision: SQL = sql`revision`): SQL =>
  sql`${v}.epoch || '.' || ${v}.${revision} not in (${sql.join(
    validators.map((each) => sql`${each}`),
    COMMA,
  )})`

/** Returns a column `header` with the members as JSON. Only the first row has it, so that the Worker parses it once. */
export function headerColumn(list: string, members: Record<string, SQL>): SQL {
  const pairs = Object.entries(members).map(([name, value]) => sql`${sql.raw(`'${name}'`)}, ${value}`)
  return sql`case when coalesce(${sql.raw(list)}.key, 0) = 0 then json_object(${sql.join(
    pairs,
    sql`,
      `,
  )}) end header`
}
