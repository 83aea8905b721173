/** The site map: middleware in order, one route per door. */
import { Hono } from "hono"
import { admin } from "./admin/routes.ts"
import { api } from "./api/routes.ts"
import { type AppEnv, settings } from "./env.ts"
import { feeds } from "./feeds/routes.ts"
import { health } from "./health.ts"
import { hasWorkersCache, PRIVATE } from "./http/edge-cache.ts"
import { loggedPath } from "./http/logged-path.ts"
import { isStorageFailure, notAllowed, Problem, problemResponse } from "./http/problem.ts"
import { push } from "./push/routes.ts"
import { site } from "./site/routes.ts"

const SECURITY = {
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
    // Deny, then open: only what a route marked as public is kept by anybody.
    const { headers } = c.res
    for (const [name, value] of Object.entries({ ...PRIVATE, ...SECURITY })) {
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
    const report = await health(c.env, c.var.now, hasWorkersCache(c.executionCtx))
    return c.json(report, report.ok ? 200 : 503)
  })
  .route("/", admin)
  .route("/", api)
  .route("/", push)
  .route("/", feeds)
  .route("/", site)
  .all("*", (c) => {
    const methods = methodsAt(c.req.path)
    // A route that is there for this method has passed it on.
    if (methods.length > 0 && !methods.includes(c.req.method)) throw notAllowed(c.req.method, methods)
    throw new Problem("not_found", `There is nothing at ${c.req.path}.`)
  })
  .onError((error, c) => {
    const base = new URL(URL.canParse(c.env.FEEDS_URL) ? c.env.FEEDS_URL : c.req.url).origin
    if (error instanceof Problem) return problemResponse(error, base, c.var.requestId)
    const { requestId } = c.var
    console.error(
      JSON.stringify({
        level: "error",
        id: requestId,
        path: loggedPath(c.req.path),
        error: String(error),
        stack: error.stack,
      }),
    )
    const problem = isStorageFailure(error)
      ? new Problem("storage_unavailable", "The store cannot be reached just now. Nothing was acknowledged.", [], {
          "retry-after": "30",
        })
      : new Problem("internal_error", "Something failed here. Report it with the request id.")
    return problemResponse(problem, base, requestId)
  })

/** The methods of the routes that lead to this path. */
function methodsAt(path: string): string[] {
  const segments = path.split("/")
  const methods = app.routes.flatMap((route) => {
    const parts = route.path.split("/")
    const same = parts.every((part, at) => (part.startsWith(":") ? segments[at] !== "" : part === segments[at]))
    return route.method !== "ALL" && parts.length === segments.length && same ? [route.method] : []
  })
  return [...new Set(methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])))]
}
