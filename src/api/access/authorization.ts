/** Authorizes requests of the API: finds the partner that sends a request, and the publishers that it may see. */
import type { Context } from "hono"
import { createMiddleware } from "hono/factory"
import { clientBlockOf } from "../../http/client-address.ts"
import { makePrivate } from "../../http/edge-cache.ts"
import { Problem, SAFE_METHODS } from "../../http/problem.ts"
import { chargeUnauthenticated } from "../../http/rate-limit.ts"
import { createCharge, createReaderCharge, PARTNER_REQUESTS_PER_MINUTE } from "../../http/request-limits.ts"
import { PUBLIC_AUDIENCE } from "./audience.ts"
import type { ApiEnv } from "./env.ts"
import { findPartnerKey, type PartnerKeyRecord, recordUse } from "./partner-keys.ts"

const NO_KEY = "This API is open to partners only: send your key as Authorization: Bearer fwk_…"
/** The answer is the same for a wrong id and a wrong secret, so that nobody can find out which ids exist. */
const UNKNOWN_KEY =
  "No partner has this key: it is incomplete or revoked. Send it exactly as it was shown when it was created."

/**
 * Authorizes GET and HEAD. If a request has a key, the key must be valid. A closed API requires a key, but not for POST
 * /v1/views: readers' browsers send this request, and its answer contains no data.
 * @throws Problem unauthorized, partner_disabled, too_many_requests
 */
export const authorizeRequest = createMiddleware<ApiEnv>(async (c, next) => {
  c.set("audience", PUBLIC_AUDIENCE)
  c.set("caller", clientBlockOf(c))
  c.set("charge", async () => {})
  if (SAFE_METHODS.has(c.req.method)) await authorize(c)
  await next()
  // The route may have set headers for caches. A shared cache must not store an answer for one audience.
  if (c.var.audience.key !== undefined) makePrivate(c.res.headers)
})

async function authorize(c: Context<ApiEnv>): Promise<void> {
  const isPublic = c.var.settings.apiAccess === "public"
  const token = bearerTokenOf(c)
  if (token === undefined) {
    if (!isPublic) throw await unauthorizedProblem(c, NO_KEY)
    c.set("charge", createReaderCharge(c))
    return
  }
  const partnerKey = await authenticatePartner(c, token)
  const { slug, audience } = partnerKey
  c.set("caller", `partner:${slug}`)
  // In a public API, the key only raises the rate limit: all clients get the same answer.
  if (!isPublic) c.set("audience", audience)
  const detail = `More than ${PARTNER_REQUESTS_PER_MINUTE} requests a minute with keys of the partner ${slug}.`
  c.set("charge", createCharge(c, c.env.PARTNER_RATE, c.var.caller, PARTNER_REQUESTS_PER_MINUTE, detail))
  recordUse(c, partnerKey)
}

/** @throws Problem unauthorized, partner_disabled */
async function authenticatePartner(c: Context<ApiEnv>, token: string): Promise<PartnerKeyRecord> {
  const { now, settings } = c.var
  const partnerKey = await findPartnerKey(c.var.db, token, now, settings.remembersValidators)
  if (!partnerKey) throw await unauthorizedProblem(c, UNKNOWN_KEY, INVALID_TOKEN)
  const { expiresAt, state, slug } = partnerKey
  if (expiresAt !== null && expiresAt <= now) {
    const detail = `This key expired at ${new Date(expiresAt).toISOString()}: ask the operator of the wire for another.`
    throw await unauthorizedProblem(c, detail, INVALID_TOKEN)
  }
  if (state === "active") return partnerKey
  await chargeRefusal(c)
  throw new Problem("partner_disabled", `The partner ${slug} is disabled.`)
}

/** An answer may have `error` only if the request has a token (RFC 6750 §3.1). */
const INVALID_TOKEN = ', error="invalid_token"'

async function unauthorizedProblem(c: Context<ApiEnv>, detail: string, error = ""): Promise<Problem> {
  await chargeRefusal(c)
  return new Problem("unauthorized", detail, [], { "www-authenticate": `Bearer realm="api"${error}` })
}

const chargeRefusal = (c: Context<ApiEnv>): Promise<void> =>
  chargeUnauthenticated(c, "Too many requests from this address were refused.")

/** Returns the token after Bearer. Other schemes are ignored, because a proxy before the Worker may use one. */
function bearerTokenOf(c: Context<ApiEnv>): string | undefined {
  const [scheme = "", token = ""] = (c.req.header("authorization") ?? "").split(/ +(.*)/)
  return scheme.toLowerCase() === "bearer" ? token : undefined
}
