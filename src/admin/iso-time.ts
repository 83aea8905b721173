/** Times as the admin API shows them: RFC 3339. */
import { type SQL, type SQLWrapper, sql } from "drizzle-orm"

export const isoTime = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString())

/** A column of times in a select whose rows are shown as they are. */
export const isoTimeOf = (column: SQLWrapper): SQL<string> =>
  sql`${column}`.mapWith((ms: number) => new Date(ms).toISOString())
