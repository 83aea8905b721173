/** What is wrong, for monitors and the log, in the form of draft-inadarei-api-health-check-06. */
import { sql } from "drizzle-orm"
import { dirtySince } from "../articles/write/purge-token.ts"
import { client } from "../db/client.ts"
import { type Settings, settings } from "../env.ts"
import { logError, logEvent } from "../log/log.ts"
import { type Alarms, readAlarms } from "./alarms.ts"

/** Milliseconds after which a commit should have been purged: a sweep a minute, and the time that a sweep takes. */
const MAX_PURGE_DELAY_MS = 75_000

/** Share of the database's limit from which on the operator should act. */
const MAX_DATABASE_SHARE = 0.8

/** Milliseconds for which checks are remembered: nobody can make the wire check itself more often. */
const MEMORY = 10_000

type Status = "pass" | "warn" | "fail"

/** One check as the draft writes it. */
export interface Check {
  status: Status
  componentType: "datastore" | "component" | "system"
  observedValue?: number
  observedUnit: string
  time: string
  /** What is the matter and what to do about it; only where something is. */
  output?: string
}

type Checks = Record<string, Check>

/** What a monitor watches: the wire, or whether it takes pushes. */
export type Purpose = "wire" | "push"

/** Without these checks the purpose is not served; of all others one only warns. */
const VITAL: Record<Purpose, string[]> = {
  wire: ["d1:responseTime"],
  push: ["d1:responseTime", "r2:responseTime"],
}

export interface Health {
  status: Status
  serviceId?: string
  description?: string
  checks: Record<string, (Check | Pick<Check, "status">)[]>
}

/** What everybody may know: which checks there are and how each stands. */
export function publicHealth(checks: Checks, purpose: Purpose): Health {
  const states = Object.entries(checks).map(([name, { status }]) => [name, [{ status }]])
  return { status: overall(checks, purpose), checks: Object.fromEntries(states) }
}

export function detailedHealth(checks: Checks, purpose: Purpose, { feedsUrl, title }: Settings): Health {
  const listed = Object.entries(checks).map(([name, check]) => [name, [check]])
  return {
    status: overall(checks, purpose),
    serviceId: feedsUrl,
    description: title,
    checks: Object.fromEntries(listed),
  }
}

function overall(checks: Checks, purpose: Purpose): Status {
  if (VITAL[purpose].some((name) => checks[name]?.status === "fail")) return "fail"
  return Object.values(checks).every(({ status }) => status === "pass") ? "pass" : "warn"
}

const remembered = new WeakMap<Env, { at: number; checks: Checks }>()

/**
 * The checks as they were at most ten seconds ago. They are the same for every purpose.
 * @returns with them the milliseconds for which they will still be remembered; undefined if they were read now.
 */
export async function recentChecks(
  env: Env,
  clock: () => number,
  edge: boolean,
): Promise<{ checks: Checks; left?: number }> {
  const now = clock()
  const found = remembered.get(env)
  if (found && now >= found.at && now - found.at < MEMORY) {
    return { checks: found.checks, left: found.at + MEMORY - now }
  }
  const checks = await readChecks(env, clock, edge)
  remembered.set(env, { at: now, checks })
  return { checks }
}

/** @param edge whether Workers Cache stands in front: without it nothing needs to be purged. */
export async function readChecks(env: Env, clock: () => number, edge: boolean): Promise<Checks> {
  const db = client(env.DB)
  const now = clock()
  const time = new Date(now).toISOString()
  const alarms = readAlarms(db, now)
  const kinds: [name: string, kind: Pick<Check, "componentType" | "observedUnit">, read: () => Promise<Reading>][] = [
    [
      "d1:responseTime",
      { componentType: "datastore", observedUnit: "ms" },
      async () => {
        const [row] = await db.all<{ epoch: string }>(sql`select epoch from wire`)
        if (!row) return { status: "fail", output: "the wire has no row: apply the migrations" }
        return { observedValue: clock() - now }
      },
    ],
    [
      "r2:responseTime",
      { componentType: "datastore", observedUnit: "ms" },
      async () => {
        await env.RECEIVED.head("health")
        return { observedValue: clock() - now }
      },
    ],
    [
      "purges:delay",
      { componentType: "component", observedUnit: "s" },
      async () => purgeDelay(edge ? await dirtySince(db) : undefined, now),
    ],
    ["d1:utilization", { componentType: "datastore", observedUnit: "percent" }, () => utilization(env)],
    [
      "publishers:silent",
      { componentType: "system", observedUnit: "publishers" },
      async () => silenceMessage(await alarms),
    ],
    [
      "dead_letters:open",
      { componentType: "component", observedUnit: "dead letters" },
      async () => deadLetterMessage(await alarms),
    ],
    ["backlog:delay", { componentType: "component", observedUnit: "s" }, async () => backlog(await alarms, now)],
  ]
  const checks = await Promise.all(
    kinds.map(async ([name, kind, read]): Promise<[string, Check]> => {
      const vital = Object.values(VITAL).flat().includes(name)
      const { status, ...reading } = await runCheck(name, vital ? "fail" : "warn", read)
      return [name, { status: status ?? (reading.output === undefined ? "pass" : "warn"), ...kind, ...reading, time }]
    }),
  )
  return Object.fromEntries(checks)
}

/** Logs what /healthz says, once a sweep, for operators who watch only the log. */
export function logAlarms(checks: Checks): void {
  for (const [check, { status, output }] of Object.entries(checks)) {
    if (status !== "pass") logEvent("warn", "alarm", { check, status, detail: output })
  }
}

/** What a check found; it warns if there is something to say and no other status is named. */
type Reading = Partial<Pick<Check, "status" | "observedValue" | "output">>

function purgeDelay(since: number | undefined, now: number): Reading {
  const late = since === undefined ? 0 : Math.max(0, now - since)
  const observedValue = Math.round(late / 1000)
  if (late <= MAX_PURGE_DELAY_MS) return { observedValue }
  const output = `the edge may be behind by ${observedValue} s: purges are refused or the cron does not run`
  return { observedValue, output }
}

async function utilization(env: Env): Promise<Reading> {
  const { meta } = await env.DB.prepare("select 1").all()
  const { databaseLimitBytes: databaseLimit } = settings(env)
  const share = meta.size_after / databaseLimit
  const observedValue = Math.round(share * 100)
  if (share <= MAX_DATABASE_SHARE) return { observedValue }
  const output = `the database has ${observedValue} % of its ${databaseLimit / 1e9} GB: remove publishers that are no longer needed, or raise DATABASE_LIMIT_GB if it may grow`
  return { observedValue, output }
}

function silenceMessage({ silentPublishers: silent }: Alarms): Reading {
  if (silent.length === 0) return { observedValue: 0 }
  const names = silent.map(({ publisher, hours }) => `${publisher} (${hours} h)`).join(", ")
  const output = `silent for longer than usual or set: ${names}; see npm run admin -- delivery list`
  return { observedValue: silent.length, output }
}

function deadLetterMessage({ deadLetters: { open, oldestAt } }: Alarms): Reading {
  if (open === 0) return { observedValue: 0 }
  const since = new Date(oldestAt ?? 0).toISOString()
  return {
    observedValue: open,
    output: `${open} waiting, the oldest since ${since}; see npm run admin -- dead-letter list`,
  }
}

function backlog({ backlog: waiting }: Alarms, now: number): Reading {
  if (waiting.length === 0) return { observedValue: 0 }
  const longest = Math.max(...waiting.map(({ since }) => now - since))
  const output = waiting.map(({ what, since }) => `${what} for ${Math.round((now - since) / 60_000)} min`).join(", ")
  return { observedValue: Math.round(longest / 1000), output }
}

/** Causes go to the log, never outside. */
async function runCheck(check: string, status: Status, read: () => Promise<Reading>): Promise<Reading> {
  try {
    return await read()
  } catch (error) {
    logError("health", error, { check })
    return { status, output: "the check failed: see the log" }
  }
}
