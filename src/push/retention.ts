/** How long what was received is kept, and its end: in bounded shares, by the sweep. */
import { type SQL, sql } from "drizzle-orm"
import { batch, client, literal } from "../db/client.ts"
import { dropDead } from "./bytes.ts"

const DAY = 86_400_000

/** A delivery's id is known again, and its outcomes can be read, for so long; milliseconds. */
export const OUTCOMES_KEPT = 7 * DAY
/** The log of attempts; dead letters stay until they are closed. */
export const ATTEMPTS_KEPT = 30 * DAY
/** The bytes of dead letters after they were closed. Others are deleted by a rule of the bucket, after the same time. */
export const BYTES_KEPT = 7 * DAY

/** Rows of a table that one sweep deletes, and objects. */
const SHARE = 500
const OBJECTS = 100

/**
 * Deletes what is kept no longer.
 * @returns how many rows went.
 */
export async function expire(env: Pick<Env, "DB" | "RECEIVED">, now: number): Promise<number> {
  const db = client(env.DB)
  const [deliveries, attempts, closed] = await batch(db, [
    sql<{ seq: number }>`delete from deliveries
      where seq in ${oldEnd(sql`deliveries`, sql`received_at`, now - OUTCOMES_KEPT, sql`true`)} returning seq`,
    // Letters that are open, or whose bytes are still there, are passed over.
    sql<{ seq: number }>`delete from attempts
      where seq in ${oldEnd(sql`attempts`, sql`at`, now - ATTEMPTS_KEPT, sql`kept is null`)} returning seq`,
    sql<{ kept: string }>`select kept from attempts where kept is not null and closed_at < ${now - BYTES_KEPT}
      limit ${literal(OBJECTS)}`,
  ])
  await dropBytes(
    env,
    closed.map(({ kept }) => kept),
  )
  return deliveries.length + attempts.length
}

/**
 * Rows come in the order of time: only the oldest are looked at, and none while the very oldest is young. That stands in the
 * limit: as a condition SQLite would ask it of every row.
 */
const oldEnd = (table: SQL, at: SQL, before: number, which: SQL): SQL => sql`(
  select seq from (select seq, ${at} then_at from ${table} where ${which} order by seq
    limit iif((select ${at} from ${table} where ${which} order by seq limit 1) < ${before}, ${literal(SHARE)}, 0))
  where then_at < ${before})`

/** First the bytes, then the note of it: what is cut off between the two is done again. */
async function dropBytes(env: Pick<Env, "DB" | "RECEIVED">, keys: string[]): Promise<void> {
  if (keys.length === 0) return
  await dropDead(env.RECEIVED, keys)
  await client(env.DB).run(sql`update attempts set kept = null where kept is not null and closed_at is not null
    and kept in (select value from json_each(${JSON.stringify(keys)}))`)
}
