/** Who asks, what of the wire they may see, and how often they may ask. */
import type { Context } from "hono"
import { createMiddleware } from "hono/factory"
import { client } from "../db/client.ts"
import type { AppEnv } from "../env.ts"
import { addressBlock, LINK } from "../http/address-block.ts"
import { keepInside } from "../http/edge-cache.ts"
import { Problem, READING } from "../http/problem.ts"
import { chargeStranger, tooMany } from "../push/authenticate.ts"
import { type Audience, EVERYBODY } from "./audience.ts"
import { findKey, type Known, noteUse } from "./partners.ts"

export type ApiEnv = AppEnv & {
  Variables: {
    audience: Audience
    /** By whom requests are counted: the partner, or where no key was sent the address, of IPv6 its link. */
    caller: string
    /**
     * Counts the request, once however often it is called: to be awaited beside whatever asks D1. What was answered from what is
     * kept here, as by the edge in front, is not counted. @throws Problem too_many_requests
     */
    charge: () => Promise<void>
  }
}

/** Requests a minute: those of all keys of a partner together, and those of an address without a key. See wrangler.toml. */
const PARTNER_LIMIT = 600
export const READER_LIMIT = 120

const MISSING = "This API is open to partners only: send your key as Authorization: Bearer fwk_…"
/** A wrong id and a wrong secret are one answer. */
const UNKNOWN = "No partner has such a key, or has it no more: send it whole, as it was shown."

/**
 * Lets in those who read: whoever sends a key must have one, and a closed API asks for it. What is sent (reads) comes from
 * readers' browsers, which have none, and is answered with nothing of the wire.
 * @throws Problem unauthorized, partner_disabled, too_many_requests
 */
export const admitted = createMiddleware<ApiEnv>(async (c, next) => {
  c.set("audience", EVERYBODY)
  c.set("caller", linkOf(c))
  c.set("charge", async () => {})
  if (READING.has(c.req.method)) await admit(c)
  await next()
  // Whatever a route says of its answer: outside nobody keeps what not everybody may see.
  if (c.var.audience.key !== undefined) keepInside(c.res.headers)
})

async function admit(c: Context<ApiEnv>): Promise<void> {
  const isPublic = c.var.settings.apiAccess === "public"
  const bearer = bearerOf(c)
  if (bearer === undefined) {
    if (!isPublic) throw await refused(c, MISSING)
    const detail = `More than ${READER_LIMIT} requests a minute from this address.`
    c.set("charge", countBy(c, c.env.READER_RATE, c.var.caller, READER_LIMIT, detail))
    return
  }
  const partner = await authenticated(c, bearer)
  const { slug, audience } = partner
  c.set("caller", `partner:${slug}`)
  // To a public API a key only says who asks: the answer is everybody's.
  if (!isPublic) c.set("audience", audience)
  const detail = `The partner ${slug} asks more than ${PARTNER_LIMIT} times a minute.`
  c.set("charge", countBy(c, c.env.PARTNER_RATE, c.var.caller, PARTNER_LIMIT, detail))
  noteUse(c, partner)
}

/** @throws Problem unauthorized, partner_disabled */
async function authenticated(c: Context<ApiEnv>, bearer: string): Promise<Known> {
  const { now, settings } = c.var
  const known = await findKey(client(c.env.DB), bearer, now, settings.remembersValidators)
  if (!known) throw await refused(c, UNKNOWN, INVALID)
  const { expiresAt, state, slug } = known
  if (expiresAt !== null && expiresAt <= now) {
    const detail = `This key expired at ${new Date(expiresAt).toISOString()}: ask the operator of the wire for another.`
    throw await refused(c, detail, INVALID)
  }
  if (state === "active") return known
  await chargeRefused(c)
  throw new Problem("partner_disabled", `The partner ${slug} is disabled.`)
}

/** RFC 6750 §3.1: said only of a token that was sent. */
const INVALID = ', error="invalid_token"'

async function refused(c: Context<ApiEnv>, detail: string, error = ""): Promise<Problem> {
  await chargeRefused(c)
  return new Problem("unauthorized", detail, [], { "www-authenticate": `Bearer realm="api"${error}` })
}

const chargeRefused = (c: Context<ApiEnv>): Promise<void> =>
  chargeStranger(c, "Too many requests from this address were refused.")

/** Milliseconds for which an isolate turns a caller away that was found over its limit, without asking anybody again. */
const TURNED_AWAY = 5000
/** Callers that are remembered so; a flood from more of them is the platform's to end. */
const MAX_TURNED_AWAY = 1000
const turnedAway = new Map<string, number>()

/**
 * The limiter is asked beside D1 and not before it: it would cost each request as much again. So those who are over the limit are
 * told when D1 has been asked already, and are remembered, that it is not asked again and again.
 * @returns what counts the request, see ApiEnv
 * @throws Problem too_many_requests for one who is remembered
 */
export function countBy(
  c: Context<ApiEnv>,
  limiter: RateLimit,
  caller: string,
  limit: number,
  detail: string,
): () => Promise<void> {
  const { now } = c.var
  const until = turnedAway.get(caller) ?? 0
  if (now < until && until - now <= TURNED_AWAY) throw tooMany(detail, limit)
  let counted: Promise<void> | undefined
  const count = async () => {
    const { success } = await limiter.limit({ key: caller })
    if (success) return
    turnedAway.delete(caller)
    turnedAway.set(caller, now + TURNED_AWAY)
    const [oldest] = turnedAway.keys()
    if (turnedAway.size > MAX_TURNED_AWAY && oldest !== undefined) turnedAway.delete(oldest)
    throw tooMany(detail, limit)
  }
  return () => {
    counted ??= count()
    return counted
  }
}

/** As the platform states it. */
export const addressOf = (c: Context<ApiEnv>): string => c.req.header("cf-connecting-ip") ?? "unknown"
/** What has a rate of its own where no key is sent. */
export const linkOf = (c: Context<ApiEnv>): string => addressBlock(addressOf(c), LINK)

/** What stands behind Bearer. Of other schemes nothing is asked: a proxy before us may have its own. */
function bearerOf(c: Context<ApiEnv>): string | undefined {
  const [scheme = "", token = ""] = (c.req.header("authorization") ?? "").split(/ +(.*)/)
  return scheme.toLowerCase() === "bearer" ? token : undefined
}
