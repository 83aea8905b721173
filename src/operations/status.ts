/** Says whether all is well, what waits, and what happened by hour: the same for the admin API and for /metrics. */

import { overallStatus } from "../health/answer.ts"
import { readState } from "../health/checks.ts"
import { HOUR_MS, hourOf, readHours, readTotals } from "../health/hours.ts"
import { hasWorkersCache } from "../http/edge-cache.ts"
import type { OperationContext } from "./context.ts"
import { isoTime } from "./iso-time.ts"

export async function readStatus({ env, ctx, db, clock, settings }: OperationContext) {
  const { checks, alarms, databaseBytes } = await readState(env, db, clock, hasWorkersCache(ctx))
  return {
    status: overallStatus(checks, "wire"),
    checks: Object.entries(checks).map(([name, { status, observedValue, observedUnit, output }]) => ({
      name,
      status,
      value: observedValue ?? null,
      unit: observedUnit,
      ...(output !== undefined && { remedy: output }),
    })),
    work: (alarms?.work ?? []).map(({ what, since, isLate }) => ({ what, since: isoTime(since), late: isLate })),
    dead_letters: {
      open: alarms?.deadLetters.open ?? null,
      oldest_at: isoTime(alarms?.deadLetters.oldestAt ?? null),
    },
    database: { size_in_bytes: databaseBytes ?? null, limit_in_bytes: settings.databaseLimitBytes },
  }
}

/** Hours without an event are listed too, the newest first. */
export async function listHours({ db, now }: OperationContext, { limit }: { limit: number }) {
  const newest = hourOf(now)
  const rows = new Map((await readHours(db, (newest - limit + 1) * HOUR_MS, now + 1)).map((row) => [row.hour, row]))
  return {
    hours: Array.from({ length: limit }, (_, at) => {
      const { pushes = 0, refusals = 0, articles = 0, views = 0, requests = 0 } = rows.get(newest - at) ?? {}
      return { hour: isoTime((newest - at) * HOUR_MS), pushes, refusals, articles, views, requests }
    }),
  }
}

export type StatusAnswer = Awaited<ReturnType<typeof readStatus>>

/** The state in the text format of OpenMetrics 1.0. */
export async function writeMetrics(context: OperationContext): Promise<string> {
  const [status, totals] = await Promise.all([readStatus(context), readTotals(context.db)])
  return `${[...stateMetrics(status, context.now), ...totalMetrics(totals)].join("\n")}\n# EOF\n`
}

interface Sample {
  members?: Record<string, string>
  value: number | null
}

function stateMetrics({ checks, work, dead_letters: deadLetters, database }: StatusAnswer, now: number): string[] {
  return [
    ...metric("feedwire_check_ok", "gauge", "1 if a check passes, 0 if it warns or fails.", undefined, [
      ...checks.map(({ name, status }) => ({ members: { check: name }, value: status === "pass" ? 1 : 0 })),
    ]),
    ...metric("feedwire_oldest_work_seconds", "gauge", "How long the oldest unfinished work waits.", "seconds", [
      ...work.map(({ what, since }) => ({
        members: { work: what },
        value: since === null ? 0 : Math.max(0, (now - Date.parse(since)) / 1000),
      })),
    ]),
    ...metric("feedwire_open_dead_letters", "gauge", "Dead letters that are open.", undefined, [
      { value: deadLetters.open },
    ]),
    ...metric("feedwire_database_bytes", "gauge", "Size of the database.", "bytes", [
      { value: database.size_in_bytes },
    ]),
    ...metric("feedwire_database_limit_bytes", "gauge", "Size that the database may have.", "bytes", [
      { value: database.limit_in_bytes },
    ]),
  ]
}

const TOTALS = {
  pushes: "Messages of publishers and fetched feeds that succeeded.",
  refusals: "Messages that were refused or failed, as far as they are in the log.",
  articles: "Articles that messages created or changed.",
  views: "Distinct readers of articles.",
  requests: "Requests that reached the Worker, as far as isolates reported them.",
}

const totalMetrics = (totals: Record<keyof typeof TOTALS, number>): string[] =>
  Object.entries(TOTALS).flatMap(([name, help]) =>
    metric(`feedwire_${name}`, "counter", help, undefined, [{ value: totals[name as keyof typeof TOTALS] }]),
  )

/** Writes a family of metrics. A value that could not be read is left out. */
function metric(
  name: string,
  type: "gauge" | "counter",
  help: string,
  unit: string | undefined,
  samples: Sample[],
): string[] {
  const suffix = type === "counter" ? "_total" : ""
  return [
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${help}`,
    ...samples.flatMap(({ members = {}, value }) => {
      const pairs = Object.entries(members).map(([member, text]) => `${member}="${quoted(text)}"`)
      return value === null ? [] : [`${name}${suffix}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}`]
    }),
  ]
}

const quoted = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")
