/** What is wrong, for monitors: each part says "ok" or what is the matter. */
import { sql } from "drizzle-orm"
import { dirtySince } from "./articles/dirty.ts"
import { client } from "./db/client.ts"

/** Milliseconds after which a commit should have been purged: a sweep a minute, and the time that it needs to settle. */
const PATIENCE = 75_000

export interface Health {
  ok: boolean
  checks: Record<"d1" | "r2" | "purges", string>
}

/** @param edge whether Workers Cache stands in front: without it nothing needs to be purged. */
export async function health(env: Env, now: number, edge: boolean): Promise<Health> {
  const db = client(env.DB)
  const [d1, r2, purges] = await Promise.all([
    attempt(async () => {
      const [row] = await db.all<{ epoch: string }>(sql`select epoch from wire`)
      return row ? "ok" : "the wire has no row: apply the migrations"
    }),
    attempt(async () => {
      await env.RECEIVED.head("health")
      return "ok"
    }),
    attempt(async () => {
      const since = edge ? await dirtySince(db) : undefined
      const late = since === undefined ? 0 : now - since
      return late > PATIENCE
        ? `the edge may be behind by ${Math.round(late / 1000)} s: purges are refused or the cron does not run`
        : "ok"
    }),
  ])
  return { ok: d1 === "ok" && r2 === "ok" && purges === "ok", checks: { d1, r2, purges } }
}

/** Causes go to the log, never outside. */
async function attempt(check: () => Promise<string>): Promise<string> {
  try {
    return await check()
  } catch (error) {
    console.error(JSON.stringify({ level: "error", event: "health", error: String(error) }))
    return "failing: see the log"
  }
}
