/** Retention of received messages: the sweep deletes expired rows and bytes, a bounded number at a time. */
import { and, isNotNull, lt, type SQL, sql } from "drizzle-orm"
import { batch, type Db, isOneOf, literal } from "../../db/client.ts"
import { attempts as table } from "../../db/schema.ts"
import { deleteDeadLetters } from "./stored-bytes.ts"

const DAY_MS = 86_400_000

/** How long a delivery's id is recognised and its outcomes can be read. */
export const OUTCOME_RETENTION_MS = 7 * DAY_MS
/** How long attempts stay in the log; dead letters stay at least until they are closed. */
export const ATTEMPT_RETENTION_MS = 30 * DAY_MS
/** How long the bytes of a closed dead letter are stored. A rule of the bucket deletes all other bytes after the same time. */
export const CLOSED_BYTES_RETENTION_MS = 7 * DAY_MS

/** Rows of one table, and objects, that one sweep deletes. */
const ROWS_PER_SWEEP = 500
const OBJECTS_PER_SWEEP = 100

/**
 * Deletes what has expired.
 * @returns the number of deleted rows.
 */
export async function deleteExpired(db: Db, bucket: R2Bucket, now: number): Promise<number> {
  const [deliveries, attempts, closedObjects] = await batch(db, [
    sql`delete from deliveries
      where rowid in ${expiredRows(sql`deliveries`, now - OUTCOME_RETENTION_MS, sql`true`)} returning 1`,
    // Dead letters that are open, or whose bytes are still stored, are skipped.
    sql`delete from attempts
      where rowid in ${expiredRows(sql`attempts`, now - ATTEMPT_RETENTION_MS, sql`object_key is null`)} returning 1`,
    db
      .select({ key: sql<string>`${table.objectKey}` })
      .from(table)
      .where(and(isNotNull(table.objectKey), lt(table.closedAt, now - CLOSED_BYTES_RETENTION_MS)))
      .limit(OBJECTS_PER_SWEEP),
  ])
  await deleteBytes(
    db,
    bucket,
    closedObjects.map(({ key }) => key),
  )
  return deliveries.length + attempts.length
}

/**
 * Rows are in the order of time: only the oldest are read, and none if the very oldest has not expired. This check is in the
 * LIMIT, because SQLite would evaluate a condition for every row.
 */
const expiredRows = (table: SQL, before: number, condition: SQL): SQL => sql`(
  select no
  from (
    select rowid no, received_at
    from ${table}
    where ${condition}
    order by rowid
    limit iif(
      (select received_at from ${table} where ${condition} order by rowid limit 1) < ${before},
      ${literal(ROWS_PER_SWEEP)},
      0))
  where received_at < ${before})`

/** Deletes the bytes before their key: if the Worker ends between the two, the next sweep repeats both. */
async function deleteBytes(db: Db, bucket: R2Bucket, keys: string[]): Promise<void> {
  if (keys.length === 0) return
  await deleteDeadLetters(bucket, keys)
  await db
    .update(table)
    .set({ objectKey: null })
    .where(and(isNotNull(table.objectKey), isNotNull(table.closedAt), isOneOf(table.objectKey, keys)))
}
