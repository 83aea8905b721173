/** Runs the checks of /healthz. Each reads a state, and writes a message with the remedy for the operator. */
import { dirtySince } from "../articles/write/purge-token.ts"
import type { Db } from "../db/client.ts"
import { wire } from "../db/schema.ts"
import { settings } from "../env.ts"
import { withTimeout } from "../http/timeout.ts"
import { log, logError } from "../log/log.ts"
import { type Alarms, readAlarms } from "./alarms.ts"

/** The edge should be purged this time after a change: at most a minute until the next sweep, and its duration. */
const MAX_PURGE_DELAY_MS = 75_000

/** Above this fraction of the limit, the operator should act. */
const MAX_DATABASE_FRACTION = 0.8

/** How long results are remembered, so that frequent requests cause no more checks. */
const CACHE_MS = 10_000

/** Milliseconds that one check may take. A slow database or bucket must not delay the whole answer. */
const MAX_CHECK_MS = 5_000

/** The status of a check or of the whole wire in draft-inadarei-api-health-check-06. */
export type Status = "pass" | "warn" | "fail"

/** The result of a check in draft-inadarei-api-health-check-06. */
export interface Check {
  status: Status
  componentType: "datastore" | "component" | "system"
  observedValue?: number
  observedUnit: string
  time: string
  /** The error and its remedy. Absent without an error. */
  output?: string
}

export type Checks = Record<string, Check>

/** What a monitor watches: the whole wire, or only whether the wire accepts pushes. */
export type Purpose = "wire" | "push"

/** If one of these checks fails, the whole status is fail. Other checks only warn. */
export const VITAL_CHECKS: Record<Purpose, string[]> = {
  wire: ["d1:responseTime"],
  push: ["d1:responseTime", "r2:responseTime"],
}

/** The result of a check's query. Without a status, an output means warn, and no output means pass. */
type CheckResult = Partial<Pick<Check, "status" | "observedValue" | "output">>

type CheckKind = Pick<Check, "componentType" | "observedUnit"> & { read(): Promise<CheckResult> }

const cache = new WeakMap<Env, { at: number; checks: Checks }>()

/** Returns results that are at most ten seconds old. `remainingMs` is the time until they are too old. */
export async function recentChecks(
  env: Env,
  db: Db,
  clock: () => number,
  edge: boolean,
): Promise<{ checks: Checks; remainingMs?: number }> {
  const now = clock()
  const entry = cache.get(env)
  if (entry && now >= entry.at && now - entry.at < CACHE_MS) {
    return { checks: entry.checks, remainingMs: entry.at + CACHE_MS - now }
  }
  const checks = await readChecks(env, db, clock, edge)
  cache.set(env, { at: now, checks })
  return { checks }
}

export const readChecks = async (env: Env, db: Db, clock: () => number, edge: boolean): Promise<Checks> =>
  (await readState(env, db, clock, edge)).checks

/** The checks, and what they observed. A part that could not be read is absent. */
export interface ObservedState {
  checks: Checks
  alarms?: Alarms
  databaseBytes?: number
}

/** @param edge is true if Workers Cache is in front of the Worker; otherwise there is nothing to purge */
export async function readState(env: Env, db: Db, clock: () => number, edge: boolean): Promise<ObservedState> {
  const now = clock()
  const time = new Date(now).toISOString()
  const alarms = readAlarms(db, now)
  const bytes = databaseSize(env)
  const kinds: Record<string, CheckKind> = {
    "d1:responseTime": {
      componentType: "datastore",
      observedUnit: "ms",
      read: async () => {
        const [row] = await db.select({ epoch: wire.epoch }).from(wire)
        if (!row) return { status: "fail", output: "the wire has no row: apply the migrations" }
        return { observedValue: clock() - now }
      },
    },
    "r2:responseTime": {
      componentType: "datastore",
      observedUnit: "ms",
      read: async () => {
        await env.RECEIVED.head("health")
        return { observedValue: clock() - now }
      },
    },
    "purges:delay": {
      componentType: "component",
      observedUnit: "s",
      read: async () => purgeDelay(edge ? await dirtySince(db) : undefined, now),
    },
    "d1:utilization": {
      componentType: "datastore",
      observedUnit: "percent",
      read: async () => utilization(await bytes, env),
    },
    "publishers:silent": {
      componentType: "system",
      observedUnit: "publishers",
      read: async () => silentPublishers(await alarms),
    },
    "dead_letters:open": {
      componentType: "component",
      observedUnit: "dead letters",
      read: async () => openDeadLetters(await alarms),
    },
    "backlog:delay": {
      componentType: "component",
      observedUnit: "s",
      read: async () => backlogDelay(await alarms, now),
    },
  }
  const checks = await Promise.all(
    Object.entries(kinds).map(async ([name, { read, componentType, observedUnit }]): Promise<[string, Check]> => {
      const isVital = Object.values(VITAL_CHECKS).flat().includes(name)
      const { status, ...result } = await runCheck(name, isVital ? "fail" : "warn", read)
      const ownStatus = status ?? (result.output === undefined ? "pass" : "warn")
      return [name, { status: ownStatus, componentType, observedUnit, ...result, time }]
    }),
  )
  // The checks above waited for both, or had too little time.
  const [knownAlarms, knownBytes] = await Promise.all([known(alarms), known(bytes)])
  return {
    checks: Object.fromEntries(checks),
    ...(knownAlarms !== undefined && { alarms: knownAlarms }),
    ...(knownBytes !== undefined && { databaseBytes: knownBytes }),
  }
}

/** Returns what was read; undefined if it failed or is not there yet. */
const known = <T>(reading: Promise<T>): Promise<T | undefined> =>
  Promise.race([reading, Promise.resolve(undefined)]).catch(() => undefined)

/** Runs a check. If the check cannot run, only the log has the cause, because only operators may see it. */
async function runCheck(
  check: string,
  statusOfFailure: Status,
  read: () => Promise<CheckResult>,
): Promise<CheckResult> {
  const output = `the check did not end within ${MAX_CHECK_MS / 1000} s`
  try {
    return await withTimeout(read(), MAX_CHECK_MS, { status: statusOfFailure, output })
  } catch (error) {
    logError("health_check_failed", error, { check })
    return { status: statusOfFailure, output: "the check failed: see the log" }
  }
}

/** Logs the failed checks once in a sweep, for operators who watch only the log. */
export function logAlarms(checks: Checks): void {
  for (const [check, { status, output }] of Object.entries(checks)) {
    if (status !== "pass") log("warn", "alarm", { check, status, detail: output })
  }
}

function purgeDelay(since: number | undefined, now: number): CheckResult {
  const delay = since === undefined ? 0 : Math.max(0, now - since)
  const observedValue = Math.round(delay / 1000)
  if (delay <= MAX_PURGE_DELAY_MS) return { observedValue }
  const output = `the edge may be behind by ${observedValue} s: purges are rejected or the cron trigger does not run: see sweep_failed in the log`
  return { observedValue, output }
}

const databaseSize = async (env: Env): Promise<number> => (await env.DB.prepare("select 1").all()).meta.size_after

function utilization(bytes: number, env: Env): CheckResult {
  const { databaseLimitBytes } = settings(env)
  const fraction = bytes / databaseLimitBytes
  const observedValue = Math.round(fraction * 100)
  if (fraction <= MAX_DATABASE_FRACTION) return { observedValue }
  const output = `the database has ${observedValue} % of its ${databaseLimitBytes / 1e9} GB: remove publishers that are no longer needed, or raise DATABASE_LIMIT_GB if it may grow`
  return { observedValue, output }
}

function silentPublishers({ silentPublishers: silent }: Alarms): CheckResult {
  if (silent.length === 0) return { observedValue: 0 }
  const names = silent.map(({ publisher, hours }) => `${publisher} (${hours} h)`).join(", ")
  const output = `silent for longer than usual or configured: ${names}; see npm run admin -- attempt list`
  return { observedValue: silent.length, output }
}

function openDeadLetters({ deadLetters: { open, oldestAt } }: Alarms): CheckResult {
  if (open === 0) return { observedValue: 0 }
  const since = new Date(oldestAt ?? 0).toISOString()
  return {
    observedValue: open,
    output: `open dead letters: ${open}, the oldest since ${since}; see npm run admin -- dead-letter list`,
  }
}

function backlogDelay({ work }: Alarms, now: number): CheckResult {
  const backlog = work.flatMap(({ what, since, isLate }) => (isLate && since !== null ? [{ what, since }] : []))
  if (backlog.length === 0) return { observedValue: 0 }
  const longest = Math.max(...backlog.map(({ since }) => now - since))
  const list = backlog.map(({ what, since }) => `${what} for ${Math.round((now - since) / 60_000)} min`).join(", ")
  const output = `${list}: see sweep_failed in the log, and that the cron trigger runs every minute`
  return { observedValue: Math.round(longest / 1000), output }
}
