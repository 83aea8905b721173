/** Authenticates operators by ADMIN_TOKEN. */
import type { Context } from "hono"
import { createMiddleware } from "hono/factory"
import { constantTimeEqual } from "../crypto/constant-time.ts"
import type { AppEnv } from "../env.ts"
import { Problem } from "../http/problem.ts"
import { chargeUnauthenticated } from "../http/rate-limit.ts"

const MIN_TOKEN_LENGTH = 32

/** Rejects requests without `Authorization: Bearer ADMIN_TOKEN`. */
export const authorizeAdmin = createMiddleware<AppEnv>(async (c, next) => {
  await mustBeAdmin(c)
  return next()
})

/** A short ADMIN_TOKEN can be guessed, so it authorizes no one. @throws Problem unauthorized, too_many_requests */
export async function mustBeAdmin(c: Context<AppEnv>): Promise<void> {
  const token = c.env.ADMIN_TOKEN ?? ""
  const bearer = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? ""
  const isEqual = await constantTimeEqual(token, bearer)
  if (token.length >= MIN_TOKEN_LENGTH && isEqual) return
  await chargeUnauthenticated(c, "Too many failed attempts.")
  const detail =
    token.length < MIN_TOKEN_LENGTH
      ? `The admin API is closed: set ADMIN_TOKEN to a secret of ${MIN_TOKEN_LENGTH} characters or more.`
      : "Send the admin token: Authorization: Bearer ADMIN_TOKEN."
  throw new Problem("unauthorized", detail, [], { "www-authenticate": 'Bearer realm="admin"' })
}
