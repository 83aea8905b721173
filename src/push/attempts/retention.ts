/** Deletes expired messages. The sweep, a job that runs every minute, deletes a limited number of rows and bytes. */
import { and, isNotNull, isNull, lt, type SQL, sql } from "drizzle-orm"
import type { SQLiteColumn } from "drizzle-orm/sqlite-core"
import { batch, type Db, isOneOf, literal } from "../../db/client.ts"
import { attempts, deliveries } from "../../db/schema.ts"
import { deleteDeadLetters } from "./stored-bytes.ts"

const DAY_MS = 86_400_000

/** How long a delivery is stored: until then, its id is recognised and its publisher can read the outcomes. */
export const OUTCOME_RETENTION_MS = 7 * DAY_MS
/** How long attempts stay in the log. An open dead letter stays until it is closed, even if that is later. */
export const ATTEMPT_RETENTION_MS = 30 * DAY_MS
/** How long the bytes of a closed dead letter are stored. The bucket itself deletes other bytes after the same time. */
export const CLOSED_BYTES_RETENTION_MS = 7 * DAY_MS

/** How many rows of each table, and how many objects of the bucket, one run may delete. */
const ROWS_PER_SWEEP = 500
const OBJECTS_PER_SWEEP = 100

/** Deletes expired rows and bytes. @returns the number of deleted rows */
export async function deleteExpired(db: Db, bucket: R2Bucket, now: number): Promise<number> {
  const deleted = await batch(db, {
    deliveries: deleteOldest(db, deliveries, deliveries.seq, now - OUTCOME_RETENTION_MS),
    // Dead letters are skipped while they have an object key: they are open, or their bytes are not yet deleted.
    attempts: deleteOldest(db, attempts, attempts.id, now - ATTEMPT_RETENTION_MS, isNull(attempts.objectKey)),
    closedObjects: db
      .select({ key: sql<string>`${attempts.objectKey}` })
      .from(attempts)
      .where(and(isNotNull(attempts.objectKey), lt(attempts.closedAt, now - CLOSED_BYTES_RETENTION_MS)))
      .limit(OBJECTS_PER_SWEEP),
  })
  await deleteBytes(
    db,
    bucket,
    deleted.closedObjects.map(({ key }) => key),
  )
  return deleted.deliveries.length + deleted.attempts.length
}

/**
 * Deletes the oldest rows of a table if they are older than `before`. If the oldest row is not, the LIMIT is 0 and the
 * query reads one row. SQLite evaluates a LIMIT once, but a condition for each row. Drizzle's query builder accepts no
 * expression as LIMIT, so the query is SQL text.
 * @param key the column by which the rows are ordered in time
 */
function deleteOldest(
  db: Db,
  table: typeof deliveries | typeof attempts,
  key: SQLiteColumn,
  before: number,
  condition: SQL = sql`true`,
) {
  const { receivedAt } = table
  const oldest = (limit: SQL): SQL => sql`from ${table} where ${condition} order by ${key} limit ${limit}`
  const limit = sql`iif((select ${receivedAt} ${oldest(sql`1`)}) < ${before}, ${literal(ROWS_PER_SWEEP)}, 0)`
  const expired = sql`select key from (select ${key} key, ${receivedAt} received_at ${oldest(limit)})
    where received_at < ${before}`
  return db.delete(table).where(sql`${key} in (${expired})`).returning({ key })
}

/** Deletes the bytes before their keys: if the Worker stops in between, the next run repeats both deletions. */
async function deleteBytes(db: Db, bucket: R2Bucket, keys: string[]): Promise<void> {
  if (keys.length === 0) return
  await deleteDeadLetters(bucket, keys)
  await db
    .update(attempts)
    .set({ objectKey: null })
    .where(and(isNotNull(attempts.objectKey), isNotNull(attempts.closedAt), isOneOf(attempts.objectKey, keys)))
}
