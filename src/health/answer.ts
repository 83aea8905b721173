/** Answers /healthz for monitors, in the form of draft-inadarei-api-health-check-06. */
import type { Context } from "hono"
import type { AppEnv, Settings } from "../env.ts"
import { hasWorkersCache } from "../http/edge-cache.ts"
import { oneOf } from "../http/parameter-types.ts"
import { readParameters } from "../http/parameters.ts"
import { type Check, type Checks, type Purpose, readChecks, recentChecks, type Status, VITAL_CHECKS } from "./checks.ts"

interface Health {
  status: Status
  serviceId?: string
  description?: string
  checks: Record<string, (Check | Pick<Check, "status">)[]>
}

/**
 * Runs the checks for operators, and answers with all details. Other clients get remembered statuses.
 * @throws Problem invalid_parameter
 */
export async function answerHealth(c: Context<AppEnv>, isOperator: boolean): Promise<Response> {
  const purpose = purposeOf(new URL(c.req.url).searchParams)
  const { db, clock, settings } = c.var
  const edge = hasWorkersCache(c.executionCtx)
  if (isOperator) return healthResponse(detailedHealth(await readChecks(c.env, db, clock, edge), purpose, settings))
  const { checks, remainingMs } = await recentChecks(c.env, db, clock, edge)
  const response = healthResponse(publicHealth(checks, purpose))
  const source = remainingMs === undefined ? "fwd=miss" : `hit; ttl=${Math.ceil(remainingMs / 1000)}; detail=memory`
  response.headers.set("cache-status", `feedwire; ${source}`)
  return response
}

/** Reads `for`, and ignores parameters that monitors add against caches. @throws Problem invalid_parameter */
function purposeOf(search: URLSearchParams): Purpose {
  const values = search.getAll("for").map((value) => ["for", value])
  return readParameters(new URLSearchParams(values), PARAMETERS).for ?? "wire"
}

const PARAMETERS = { for: oneOf(["push"], undefined) }

/** Returns the public part: the name and the status of each check. */
function publicHealth(checks: Checks, purpose: Purpose): Health {
  const states = Object.entries(checks).map(([name, { status }]) => [name, [{ status }]])
  return { status: overallStatus(checks, purpose), checks: Object.fromEntries(states) }
}

function detailedHealth(checks: Checks, purpose: Purpose, { feedsUrl, title }: Settings): Health {
  const details = Object.entries(checks).map(([name, check]) => [name, [check]])
  return {
    status: overallStatus(checks, purpose),
    serviceId: feedsUrl,
    description: title,
    checks: Object.fromEntries(details),
  }
}

/** The status of the whole wire for a monitor. */
export function overallStatus(checks: Checks, purpose: Purpose): Status {
  if (VITAL_CHECKS[purpose].some((name) => checks[name]?.status === "fail")) return "fail"
  return Object.values(checks).every(({ status }) => status === "pass") ? "pass" : "warn"
}

function healthResponse(health: Health): Response {
  return new Response(JSON.stringify(health), {
    status: health.status === "fail" ? 503 : 200,
    headers: { "content-type": "application/health+json" },
  })
}
