/** Who sends a request, what they may see, and how often they may ask. */
import type { Context } from "hono"
import { createMiddleware } from "hono/factory"
import { client } from "../../db/client.ts"
import type { AppEnv } from "../../env.ts"
import { addressBlock, LINK_PREFIX_BITS } from "../../http/address-block.ts"
import { makePrivate } from "../../http/edge-cache.ts"
import { Problem, SAFE_METHODS } from "../../http/problem.ts"
import { chargeUnauthenticated, tooManyRequests } from "../../http/rate-limit.ts"
import { type Audience, PUBLIC_AUDIENCE } from "./audience.ts"
import { findPartnerKey, type PartnerKeyRecord, recordUse } from "./partner-keys.ts"

export type ApiEnv = AppEnv & {
  Variables: {
    audience: Audience
    /** Whose requests are counted together: the partner's, or without a key those of the address (of IPv6, of its link). */
    caller: string
    /**
     * Counts the request, once however often it is called; await it beside the query of D1. Answers from a cache are not
     * counted. @throws Problem too_many_requests
     */
    charge: () => Promise<void>
  }
}

/** Of all keys of a partner together, and of an address without a key. The same numbers are in wrangler.toml. */
const PARTNER_REQUESTS_PER_MINUTE = 600
export const READER_REQUESTS_PER_MINUTE = 120

const NO_KEY = "This API is open to partners only: send your key as Authorization: Bearer fwk_…"
/** The same answer for a wrong id and for a wrong secret. */
const UNKNOWN_KEY = "No partner has this key: it is incomplete or revoked. Send it as it was shown when it was made."

/**
 * Authorizes requests that read: a key must be valid if one is sent, and a closed API requires one. Views are sent by readers'
 * browsers, which have no key, and their answers show nothing of the wire.
 * @throws Problem unauthorized, partner_disabled, too_many_requests
 */
export const authorization = createMiddleware<ApiEnv>(async (c, next) => {
  c.set("audience", PUBLIC_AUDIENCE)
  c.set("caller", linkOf(c))
  c.set("charge", async () => {})
  if (SAFE_METHODS.has(c.req.method)) await authorize(c)
  await next()
  // Whatever headers a route sets: caches outside must not store what only some may see.
  if (c.var.audience.key !== undefined) makePrivate(c.res.headers)
})

async function authorize(c: Context<ApiEnv>): Promise<void> {
  const isPublic = c.var.settings.apiAccess === "public"
  const bearer = bearerOf(c)
  if (bearer === undefined) {
    if (!isPublic) throw await unauthorizedProblem(c, NO_KEY)
    const detail = `More than ${READER_REQUESTS_PER_MINUTE} requests a minute from this address.`
    c.set("charge", createCharge(c, c.env.READER_RATE, c.var.caller, READER_REQUESTS_PER_MINUTE, detail))
    return
  }
  const partner = await authenticatePartner(c, bearer)
  const { slug, audience } = partner
  c.set("caller", `partner:${slug}`)
  // In a public API a key only identifies the client; the answer is the same for all.
  if (!isPublic) c.set("audience", audience)
  const detail = `The partner ${slug} asks more than ${PARTNER_REQUESTS_PER_MINUTE} times a minute.`
  c.set("charge", createCharge(c, c.env.PARTNER_RATE, c.var.caller, PARTNER_REQUESTS_PER_MINUTE, detail))
  recordUse(c, partner)
}

/** @throws Problem unauthorized, partner_disabled */
async function authenticatePartner(c: Context<ApiEnv>, bearer: string): Promise<PartnerKeyRecord> {
  const { now, settings } = c.var
  const partnerKey = await findPartnerKey(client(c.env.DB), bearer, now, settings.remembersValidators)
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

/** RFC 6750 §3.1: only where a token was sent. */
const INVALID_TOKEN = ', error="invalid_token"'

async function unauthorizedProblem(c: Context<ApiEnv>, detail: string, error = ""): Promise<Problem> {
  await chargeRefusal(c)
  return new Problem("unauthorized", detail, [], { "www-authenticate": `Bearer realm="api"${error}` })
}

const chargeRefusal = (c: Context<ApiEnv>): Promise<void> =>
  chargeUnauthenticated(c, "Too many requests from this address were refused.")

/** How long an isolate rejects a caller that is over its limit without asking the limiter again. */
const REJECTION_MS = 5000
/** A flood from more callers than these is for the platform to stop. */
const MAX_CALLERS_OVER_LIMIT = 1000
const callersOverLimit = new Map<string, number>()

/**
 * The limiter is asked in parallel with D1, because asking it first would double the time of each request. A caller over the
 * limit is therefore rejected after D1 was asked, and is remembered so that D1 is not asked again and again.
 * @returns what counts the request, see ApiEnv
 * @throws Problem too_many_requests for a caller that is remembered
 */
export function createCharge(
  c: Context<ApiEnv>,
  limiter: RateLimit,
  caller: string,
  limit: number,
  detail: string,
): () => Promise<void> {
  const { now } = c.var
  const until = callersOverLimit.get(caller) ?? 0
  if (now < until && until - now <= REJECTION_MS) throw tooManyRequests(detail, limit)
  let pending: Promise<void> | undefined
  const count = async () => {
    const { success } = await limiter.limit({ key: caller })
    if (success) return
    callersOverLimit.delete(caller)
    callersOverLimit.set(caller, now + REJECTION_MS)
    const [oldest] = callersOverLimit.keys()
    if (callersOverLimit.size > MAX_CALLERS_OVER_LIMIT && oldest !== undefined) callersOverLimit.delete(oldest)
    throw tooManyRequests(detail, limit)
  }
  return () => {
    pending ??= count()
    return pending
  }
}

/** As the platform states it. */
export const addressOf = (c: Context<ApiEnv>): string => c.req.header("cf-connecting-ip") ?? "unknown"
/** The block of addresses that has a rate of its own where no key is sent. */
export const linkOf = (c: Context<ApiEnv>): string => addressBlock(addressOf(c), LINK_PREFIX_BITS)

/** The token behind Bearer. Other schemes are ignored: a proxy in front may have its own. */
function bearerOf(c: Context<ApiEnv>): string | undefined {
  const [scheme = "", token = ""] = (c.req.header("authorization") ?? "").split(/ +(.*)/)
  return scheme.toLowerCase() === "bearer" ? token : undefined
}
