/** Builds the app: the middleware of every request, the routes of all folders, and the answers to errors. */
import { type Context, Hono, type Next } from "hono"
import { authenticateOperator } from "./admin/authenticate.ts"
import { answerMetrics } from "./admin/metrics.ts"
import { admin } from "./admin/routes.ts"
import { api } from "./api/routes.ts"
import { consolePages } from "./console/routes.ts"
import { createDbClient, type Db } from "./db/client.ts"
import { type AppEnv, settings } from "./env.ts"
import { feeds } from "./feeds/routes.ts"
import { answerHealth } from "./health/answer.ts"
import { countRequest } from "./health/request-counts.ts"
import { PRIVATE_HEADERS } from "./http/edge-cache.ts"
import { prefersPage } from "./http/page-preference.ts"
import { isStorageFailure, methodNotAllowed, PROBLEMS, Problem, problemResponse, SAFE_METHODS } from "./http/problem.ts"
import { log, logError, logRejection } from "./log/log.ts"
import { redactPath } from "./log/redact-path.ts"
import { push } from "./push/routes.ts"
import { isPathOfPeople, renderErrorPage } from "./site/error-page.tsx"
import { PAGE_HEADERS } from "./site/page-headers.ts"
import { site } from "./site/routes.ts"

export const app = new Hono<AppEnv>()
  .use("*", logAndSecure)
  .use("*", async (c, next) => {
    c.set("settings", settings(c.env))
    c.set("db", createDbClient(c.env.DB))
    await next()
  })
  .get("/healthz", async (c) => {
    // The sender of a wrong token expects the answer for operators, so the token is not ignored.
    const hasToken = c.req.header("authorization") !== undefined
    if (hasToken) await authenticateOperator(c)
    return answerHealth(c, hasToken)
  })
  .get("/metrics", answerMetrics)
  .route("/", admin)
  .route("/", api)
  .route("/", push)
  .route("/", consolePages)
  .route("/", feeds)
  .route("/", site)
  .all("*", (c) => {
    const methods = methodsAt(c.req.path)
    // If the method is allowed, its route has called next(), because the resource does not exist.
    if (methods.length > 0 && !methods.includes(c.req.method)) throw methodNotAllowed(c.req.method, methods)
    throw new Problem("not_found", `There is nothing at ${c.req.path}.`)
  })
  .onError(answerError)

const SECURITY_HEADERS = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "content-security-policy":
    "default-src 'none'; img-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}

const DEFAULT_HEADERS = [...Object.entries(PRIVATE_HEADERS), ...Object.entries(SECURITY_HEADERS)]

/** Gives the request an id and a time, logs one line for it, and adds headers that the route did not set. */
async function logAndSecure(c: Context<AppEnv>, next: Next): Promise<void> {
  const now = Date.now()
  c.set("now", now)
  c.set("clock", Date.now)
  const rayId = c.req.header("cf-ray") ?? ""
  // Without Cloudflare in front of the Worker, a client could write any text into the log by this header.
  c.set("requestId", /^[0-9a-f]{16}(-[A-Z]{3})?$/.test(rayId) ? rayId : crypto.randomUUID())
  await next()
  const counting = countRequest(c.var.db as Db | undefined, now)
  if (counting !== undefined) c.executionCtx.waitUntil(logRejection(counting, "requests_not_counted"))
  // An answer is private unless its route has marked it as public.
  const { headers } = c.res
  for (const [name, value] of DEFAULT_HEADERS) {
    if (!headers.has(name)) headers.set(name, value)
  }
  const { method, path } = c.req
  const cache = headers.get("cache-status") ?? undefined
  log("info", "request", {
    id: c.get("requestId"),
    method,
    path: redactPath(path),
    status: c.res.status,
    ms: Date.now() - now,
    cache,
  })
}

function answerError(error: Error, c: Context<AppEnv>): Response {
  const base = new URL(URL.canParse(c.env.FEEDS_URL) ? c.env.FEEDS_URL : c.req.url).origin
  const { requestId } = c.var
  const problemAnswer = (problem: Problem): Response =>
    pageOfProblem(problem, c) ?? problemResponse(problem, base, requestId)
  if (error instanceof Problem) return problemAnswer(error)
  logError("request_failed", error, { id: requestId, path: redactPath(c.req.path) })
  const problem = isStorageFailure(error)
    ? new Problem("storage_unavailable", "The storage cannot be reached just now. Nothing was acknowledged.", [], {
        "retry-after": "30",
      })
    : new Problem("internal_error", "Something failed here. Report it with the request id.")
  return problemAnswer(problem)
}

/** An error for people is a page. It is never cached, so it may depend on Accept. */
function pageOfProblem(problem: Problem, c: Context<AppEnv>): Response | undefined {
  const url = new URL(c.req.url)
  // Without valid settings, no page can be made.
  const { settings, requestId } = c.var as Partial<AppEnv["Variables"]>
  if (settings === undefined || requestId === undefined || !SAFE_METHODS.has(c.req.method)) return undefined
  if (!isPathOfPeople(url.pathname) || !prefersPage(c.req.header("accept"))) return undefined
  const headers = new Headers({ ...PAGE_HEADERS, "content-type": "text/html; charset=utf-8" })
  for (const [name, value] of Object.entries(problem.headers)) headers.set(name, value)
  const [status] = PROBLEMS[problem.code]
  return new Response(renderErrorPage(problem, url, settings, requestId), { status, headers })
}

function methodsAt(path: string): string[] {
  const segments = path.split("/")
  const methods = app.routes.flatMap((route) => {
    const parts = route.path.split("/")
    const matches = parts.every((part, at) => (part.startsWith(":") ? segments[at] !== "" : part === segments[at]))
    return route.method !== "ALL" && parts.length === segments.length && matches ? [route.method] : []
  })
  return [...new Set(methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])))]
}
