/** Defines the routes of the admin API. roles.ts says which role each needs. */
import { type Context, Hono, type Next } from "hono"
import { matchedRoutes } from "hono/route"
import { readQuery } from "../http/parameters.ts"
import { articles } from "./articles.ts"
import { attempts } from "./attempts.ts"
import { audit } from "./audit.ts"
import { ADMIN_PATH, authorizeAdmin } from "./authenticate.ts"
import type { AdminEnv } from "./env.ts"
import { keys } from "./keys.ts"
import { operators } from "./operators.ts"
import { partners } from "./partners.ts"
import { publishers } from "./publishers.ts"
import { sections } from "./sections.ts"
import { sources } from "./sources.ts"
import { status } from "./status.ts"
import { wireSettings } from "./wire.ts"

export const admin = new Hono<AdminEnv>()
  .basePath(ADMIN_PATH)
  .use("*", authorizeAdmin)
  .use("*", refuseParameters)
  .route("/", publishers)
  .route("/", keys)
  .route("/", partners)
  .route("/", sources)
  .route("/", articles)
  .route("/", attempts)
  .route("/", audit)
  .route("/", sections)
  .route("/", status)
  .route("/", wireSettings)
  .route("/", operators)

/** Routes that read query parameters themselves. */
const ROUTES_WITH_PARAMETERS = new Set([
  "GET /admin/api/articles",
  "GET /admin/api/articles/:id/takedown",
  "GET /admin/api/attempts",
  "GET /admin/api/dead-letters",
  "GET /admin/api/hours",
  "GET /admin/api/audit",
  "DELETE /admin/api/sections/:slug/aliases/:name",
])

/** @throws Problem unknown_parameter if the route has no parameters and the request has one */
async function refuseParameters(c: Context<AdminEnv>, next: Next): Promise<void> {
  const hasParameters = matchedRoutes(c).some(({ method, path }) => ROUTES_WITH_PARAMETERS.has(`${method} ${path}`))
  if (!hasParameters) readQuery(c, {})
  await next()
}
