/** Authenticates operators by their tokens or ADMIN_TOKEN, and refuses what their role does not allow. */
import type { Context } from "hono"
import { createMiddleware } from "hono/factory"
import { matchedRoutes } from "hono/route"
import type { AppEnv } from "../env.ts"
import { Problem } from "../http/problem.ts"
import { chargeUnauthenticated } from "../http/rate-limit.ts"
import { logRejection } from "../log/log.ts"
import { findActor, MIN_SHARED_TOKEN_LENGTH, recordTokenUse } from "../operations/operator-tokens.ts"
import { type Actor, hasRights } from "../operations/roles.ts"
import { roleFor } from "../operations/route-roles.ts"
import type { AdminEnv } from "./env.ts"

/** The path of the admin API, which the patterns of its routes begin with. */
export const ADMIN_PATH = "/admin/api"

/** @throws Problem unauthorized, too_many_requests; forbidden if the route needs another role */
export const authorizeAdmin = createMiddleware<AdminEnv>(async (c, next) => {
  const actor = await authenticateOperator(c)
  // Middleware matches every method. An address without a route has nothing to protect.
  for (const { method, path } of matchedRoutes(c).filter((route) => route.method !== "ALL")) {
    const needed = roleFor(method, path.slice(ADMIN_PATH.length))
    if (hasRights(actor.role, needed)) continue
    throw new Problem("forbidden", `This needs the role ${needed}, and the role of ${actor.name} is ${actor.role}.`)
  }
  c.set("actor", actor)
  return next()
})

/** @throws Problem unauthorized, too_many_requests */
export async function authenticateOperator(
  c: Pick<Context<AppEnv>, "env" | "req" | "var" | "executionCtx">,
): Promise<Actor> {
  const token = c.env.ADMIN_TOKEN ?? ""
  const bearer = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? ""
  const { db, now, requestId } = c.var
  const found = await findActor(db, token, bearer)
  if (found?.holder) {
    const members = { id: requestId, key: found.holder.tokenId }
    c.executionCtx.waitUntil(logRejection(recordTokenUse(db, found.holder, now), "use_not_recorded", members))
  }
  if (found) return found.actor
  await chargeUnauthenticated(c, "Too many failed attempts.")
  const detail =
    token.length < MIN_SHARED_TOKEN_LENGTH
      ? `The admin API is closed: set ADMIN_TOKEN to a secret of ${MIN_SHARED_TOKEN_LENGTH} characters or more.`
      : "Send the token of an operator, or the ADMIN_TOKEN: Authorization: Bearer TOKEN."
  throw new Problem("unauthorized", detail, [], { "www-authenticate": 'Bearer realm="admin"' })
}
