/**
 * Counts the requests that reach the Worker, in memory. A request adds the counts of its isolate to the database at most
 * once a minute. What an isolate counted since then is lost when it ends, and what the edge answers is never counted.
 */
import { sql } from "drizzle-orm"
import type { Db } from "../db/client.ts"
import { hourOf } from "./hours.ts"

const FLUSH_EVERY_MS = 60_000

const counts = { requests: 0, since: undefined as number | undefined }

/** Counts a request. @returns the write of the counts, once a minute */
export function countRequest(db: Db | undefined, now: number): Promise<unknown> | undefined {
  counts.requests++
  counts.since ??= now
  if (db === undefined || now - counts.since < FLUSH_EVERY_MS) return undefined
  const { requests } = counts
  counts.requests = 0
  counts.since = now
  return db.run(sql`
    insert into hours (hour, requests) values (${hourOf(now)}, ${requests})
    on conflict (hour) do update set requests = requests + excluded.requests`)
}
