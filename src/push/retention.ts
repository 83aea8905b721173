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
  const open = sql`(select count(*) from attempts where letter = 'open')`
  const [deliveries, attempts, closed] = await batch(db, [
    sql<{ seq: number }>`delete from deliveries
      where seq in ${oldEnd(sql`deliveries`, sql`received_at`, now - OUTCOMES_KEPT, literal(SHARE))} returning seq`,
    sql<{ seq: number }>`delete from attempts
      where seq in ${oldEnd(sql`attempts`, sql`at`, now - ATTEMPTS_KEPT, sql`(${literal(SHARE)} + ${open})`)}
      and letter is not 'open' and kept = 0 returning seq`,
    sql<{ sha256: string }>`select distinct c.body_sha256 sha256 from attempts c
      where c.kept = 1 and c.closed_at < ${now - BYTES_KEPT}
        and not exists (select 1 from attempts o where o.letter = 'open' and o.body_sha256 = c.body_sha256)
      limit ${literal(OBJECTS)}`,
  ])
  await dropBytes(
    env,
    closed.map(({ sha256 }) => sha256),
    now,
  )
  return deliveries.length + attempts.length
}

/** Rows come in the order of time: only the oldest are looked at, and none while the very oldest is young. */
const oldEnd = (table: SQL, at: SQL, before: number, limit: SQL): SQL => sql`(
  select seq from (select seq, ${at} then_at from ${table} where (select ${at} from ${table} order by seq limit 1) < ${before}
    order by seq limit ${limit}) where then_at < ${before})`

/** First the bytes, then the note of it: what is cut off between the two is done again. */
async function dropBytes(env: Pick<Env, "DB" | "RECEIVED">, sha256s: string[], now: number): Promise<void> {
  if (sha256s.length === 0) return
  await dropDead(env.RECEIVED, sha256s)
  await client(env.DB).run(sql`update attempts set kept = 0 where kept = 1 and closed_at < ${now - BYTES_KEPT}
    and body_sha256 in (select value from json_each(${JSON.stringify(sha256s)}))`)
}
