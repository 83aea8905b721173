/** What is wrong, for monitors and the log: each part says "ok" or what is the matter and what to do about it. */
import { sql } from "drizzle-orm"
import { dirtySince } from "./articles/dirty.ts"
import { client } from "./db/client.ts"
import { settings } from "./env.ts"
import { logError, logEvent } from "./http/log.ts"
import { type Alarms, readAlarms } from "./push/alarms.ts"

/** Milliseconds after which a commit should have been purged: a sweep a minute, and the time that it needs to settle. */
const PATIENCE = 75_000

/** Share of the database's size from which on somebody should act. */
const FULL = 0.8

export interface Health {
  ok: boolean
  checks: Record<"d1" | "r2" | "purges" | "size" | "publishers" | "dead_letters" | "backlog", string>
}

/** @param edge whether Workers Cache stands in front: without it nothing needs to be purged. */
export async function health(env: Env, now: number, edge: boolean): Promise<Health> {
  const db = client(env.DB)
  const alarms = readAlarms(db, now)
  const [d1, r2, purges, size, publishers, letters, backlog] = await Promise.all([
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
    attempt(async () => sizeOf(env)),
    attempt(async () => silence(await alarms)),
    attempt(async () => deadLetters(await alarms)),
    attempt(async () => waiting(await alarms, now)),
  ])
  const checks = { d1, r2, purges, size, publishers, dead_letters: letters, backlog }
  return { ok: Object.values(checks).every((said) => said === "ok"), checks }
}

/** Says in the log what /healthz says, once a sweep: who watches only the log must hear of it too. */
export function logAlarms({ checks }: Health): void {
  for (const [check, said] of Object.entries(checks)) {
    if (said !== "ok") logEvent("warn", "alarm", { check, detail: said })
  }
}

async function sizeOf(env: Env): Promise<string> {
  const { meta } = await env.DB.prepare("select 1").all()
  const { databaseLimit } = settings(env)
  const share = meta.size_after / databaseLimit
  if (share <= FULL) return "ok"
  const percent = Math.round(share * 100)
  return `the database has ${percent} % of its ${databaseLimit / 1e9} GB: remove publishers that are no longer needed, or raise DATABASE_LIMIT_GB if it may grow`
}

function silence({ silent }: Alarms): string {
  if (silent.length === 0) return "ok"
  const names = silent.map(({ publisher, hours }) => `${publisher} (${hours} h)`).join(", ")
  return `silent for longer than usual or set: ${names}; see npm run admin -- delivery list`
}

function deadLetters({ letters: { open, oldestAt } }: Alarms): string {
  if (open === 0) return "ok"
  const since = new Date(oldestAt ?? 0).toISOString()
  return `${open} waiting, the oldest since ${since}; see npm run admin -- letter list`
}

function waiting({ waiting: all }: Alarms, now: number): string {
  if (all.length === 0) return "ok"
  return all.map(({ what, since }) => `${what} for ${Math.round((now - since) / 60_000)} min`).join(", ")
}

/** Causes go to the log, never outside. */
async function attempt(check: () => Promise<string>): Promise<string> {
  try {
    return await check()
  } catch (error) {
    logError("health", error)
    return "failing: see the log"
  }
}
