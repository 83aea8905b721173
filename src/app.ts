/** The middleware in order, and the routes of each part. */
import { Hono } from "hono"
import { mustBeAdmin } from "./admin/authenticate.ts"
import { admin } from "./admin/routes.ts"
import { api } from "./api/routes.ts"
import { type AppEnv, settings } from "./env.ts"
import { feeds } from "./feeds/routes.ts"
import { detailedHealth, type Health, type Purpose, publicHealth, readChecks, recentChecks } from "./health/health.ts"
import { hasWorkersCache, PRIVATE } from "./http/edge-cache.ts"
import { isStorageFailure, methodNotAllowed, Problem, problemResponse } from "./http/problem.ts"
import { logError } from "./log/log.ts"
import { loggedPath } from "./log/redact-path.ts"
import { push } from "./push/routes.ts"
import { site } from "./site/routes.ts"

const SECURITY_HEADERS = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "content-security-policy":
    "default-src 'none'; img-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}

export const app = new Hono<AppEnv>()
  .use("*", async (c, next) => {
    const now = Date.now()
    c.set("now", now)
    c.set("clock", Date.now)
    c.set("requestId", c.req.header("cf-ray") ?? crypto.randomUUID())
    await next()
    // Private by default: caches store only what a route marked as public.
    const { headers } = c.res
    for (const [name, value] of Object.entries({ ...PRIVATE, ...SECURITY_HEADERS })) {
      if (!headers.has(name)) headers.set(name, value)
    }
    const { method, path } = c.req
    const cache = headers.get("cache-status") ?? undefined
    console.log(
      JSON.stringify({
        level: "info",
        id: c.var.requestId,
        method,
        path: loggedPath(path),
        status: c.res.status,
        ms: Date.now() - now,
        cache,
      }),
    )
  })
  .use("*", async (c, next) => {
    c.set("settings", settings(c.env))
    await next()
  })
  .get("/healthz", async (c) => {
    const purpose = purposeOf(c.req.queries("for"))
    const [{ env }, { clock, settings }, edge] = [c, c.var, hasWorkersCache(c.executionCtx)]
    // Who sends a token asks for what it opens: a wrong one is an error, not the answer for everybody.
    if (c.req.header("authorization") !== undefined) {
      await mustBeAdmin(c)
      return healthAnswer(detailedHealth(await readChecks(env, clock, edge), purpose, settings))
    }
    const { checks, left } = await recentChecks(env, clock, edge)
    const response = healthAnswer(publicHealth(checks, purpose))
    const how = left === undefined ? "fwd=miss" : `hit; ttl=${Math.ceil(left / 1000)}; detail=memory`
    response.headers.set("cache-status", `feedwire; ${how}`)
    return response
  })
  .route("/", admin)
  .route("/", api)
  .route("/", push)
  .route("/", feeds)
  .route("/", site)
  .all("*", (c) => {
    const methods = methodsAt(c.req.path)
    // A route for this method called next().
    if (methods.length > 0 && !methods.includes(c.req.method)) throw methodNotAllowed(c.req.method, methods)
    throw new Problem("not_found", `There is nothing at ${c.req.path}.`)
  })
  .onError((error, c) => {
    const base = new URL(URL.canParse(c.env.FEEDS_URL) ? c.env.FEEDS_URL : c.req.url).origin
    if (error instanceof Problem) return problemResponse(error, base, c.var.requestId)
    const { requestId } = c.var
    logError("request_failed", error, { id: requestId, path: loggedPath(c.req.path) })
    const problem = isStorageFailure(error)
      ? new Problem("storage_unavailable", "The store cannot be reached just now. Nothing was acknowledged.", [], {
          "retry-after": "30",
        })
      : new Problem("internal_error", "Something failed here. Report it with the request id.")
    return problemResponse(problem, base, requestId)
  })

/** @throws Problem invalid_parameter naming what may be asked for */
function purposeOf(wanted: string[] = []): Purpose {
  const unknown = wanted.find((value) => value !== "push")
  if (unknown === undefined) return wanted.length > 0 ? "push" : "wire"
  const detail = "must be push, or left out for the whole wire"
  throw new Problem("invalid_parameter", `for is ${JSON.stringify(unknown)} and ${detail}.`, [
    { parameter: "for", detail },
  ])
}

function healthAnswer(health: Health): Response {
  return new Response(JSON.stringify(health), {
    status: health.status === "fail" ? 503 : 200,
    headers: { "content-type": "application/health+json" },
  })
}

/** The methods of the routes that lead to this path. */
function methodsAt(path: string): string[] {
  const segments = path.split("/")
  const methods = app.routes.flatMap((route) => {
    const parts = route.path.split("/")
    const matches = parts.every((part, at) => (part.startsWith(":") ? segments[at] !== "" : part === segments[at]))
    return route.method !== "ALL" && parts.length === segments.length && matches ? [route.method] : []
  })
  return [...new Set(methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])))]
}
