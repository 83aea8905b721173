/**
 * Who sends this? A signature over the raw bytes, at the native door also the key itself, and where a sender can do
 * neither, an address that cannot be guessed. One round trip to D1.
 */
import type { Context } from "hono"
import { client } from "../db/client.ts"
import type { AppEnv } from "../env.ts"
import { addressBlock, LINK } from "../http/address-block.ts"
import { Problem } from "../http/problem.ts"
import {
  constantTimeEqual,
  decodeKey,
  decodeSecret,
  readSignedHeaders,
  type SignatureProblem,
  verifySignature,
} from "../http/signature.ts"
import { type Scheme, type SchemeProblem, verifyScheme } from "../http/signature-scheme.ts"
import type { Verified } from "./attempts.ts"
import { GHOST_SCHEME } from "./dialects/senders.ts"
import { type Door, sourceOf } from "./doors.ts"
import { type Key, masterKeys } from "./keys.ts"
import { type Known, type Publisher, readPublisher } from "./publishers.ts"
import type { Earlier } from "./receive.ts"
import { hashOfToken, type Source, schemeFor } from "./sources.ts"

/** What is wrong with the headers alone tells nothing about who exists here. */
const EXPLAINED: Record<SignatureProblem, string> = {
  missing_headers: "webhook-id, webhook-timestamp and webhook-signature must all be sent (Standard Webhooks 1.0).",
  bad_id: "webhook-id must have 1 to 256 visible ASCII characters and no dot.",
  bad_timestamp: "webhook-timestamp must be a whole number of seconds since 1970.",
  timestamp_in_milliseconds: "webhook-timestamp is in milliseconds; it must be in seconds.",
  too_old: "webhook-timestamp is more than 300 seconds old: sign again when you retry, and check the sender's clock.",
  too_new: "webhook-timestamp is more than 300 seconds ahead: check the sender's clock.",
  bad_signature: "webhook-signature holds no v1 or v1a signature: send v1,<base64 HMAC-SHA256>.",
}

/** Unknown publisher, unknown source, wrong key and bad signature are one answer. */
const REFUSED = "No live key of such a publisher verifies this request: sign the raw bytes, as docs/publishers.md says."

/** Senders that state no time could be replayed for ever: what they sent is known again for so long, milliseconds. */
const UNDATED_ONCE = 72 * 3_600_000

export interface Sender {
  publisher: Publisher
  verified: Verified
  key: Key | undefined
  source: Source | undefined
  /** By which the message is known when it comes again. */
  deliveryId: string
  /** Nobody named the delivery, and each time it has another id. */
  isUnnamed?: boolean
  /** For those that state no time: the id that the same body had in the period before this one. */
  earlier?: Earlier
  /** When it was sent, as far as that is signed; else now. Milliseconds UTC. */
  messageAt: number
  bytesToday: number
}

interface Knock {
  slug: string
  door: Door
  body: Uint8Array
  bodySha256: string
  now: number
}

/** What is said to everybody, and what was wrong, for the log of a publisher that there is. */
type Refusal = { detail: string; why?: string }

/** Nobody was recognised; `why` is for the operator. */
export class UnrecognizedError extends Problem {
  readonly why: string
  constructor({ detail, why = detail }: Refusal) {
    super("unauthorized", detail, [], { "www-authenticate": 'Bearer realm="push"' })
    this.why = why
  }
}

/** @throws Problem unauthorized, publisher_disabled, publisher_removed, too_many_requests */
export async function authenticate(c: Context<AppEnv>, knock: Knock): Promise<Sender> {
  const { door } = knock
  const bearer = bearerOf(c)
  const found =
    door.kind !== "native"
      ? await bySource(c, knock)
      : bearer === undefined
        ? await bySignature(c, knock)
        : await byKey(c, knock, bearer)
  return admit(c, found)
}

/** For those who only read: a signature over the empty body, or the key itself. */
export function authenticateReader(c: Context<AppEnv>, slug: string): Promise<Sender> {
  return authenticate(c, {
    slug,
    door: { kind: "native" },
    body: new Uint8Array(),
    bodySha256: "",
    now: c.var.now,
  })
}

/** An IPv6 customer has addresses without number: all that it can speak from are one. */
const strangerOf = (c: Pick<Context<AppEnv>, "req">): string =>
  addressBlock(c.req.header("cf-connecting-ip") ?? "unknown", LINK)

/** Charged by those who fail to authenticate, and by those of whom nothing is asked. */
export async function chargeStranger(c: Pick<Context<AppEnv>, "env" | "req">, detail: string): Promise<void> {
  const { success } = await c.env.STRANGER_RATE.limit({ key: strangerOf(c) })
  if (!success) throw tooMany(detail, 30)
}

async function admit<F extends Sender>(c: Context<AppEnv>, found: F | Refusal): Promise<F> {
  if ("detail" in found) {
    await chargeStranger(c, "Too many requests from this address failed to authenticate.")
    throw new UnrecognizedError(found)
  }
  const { slug, uid, state } = found.publisher
  if (state === "removed") throw new Problem("publisher_removed", `The publisher ${slug} was removed from this wire.`)
  if (state === "disabled") throw new Problem("publisher_disabled", `The publisher ${slug} is disabled.`)
  // Charged after authentication only: otherwise anyone who knows a slug could silence it.
  const { success } = await c.env.PUBLISHER_RATE.limit({ key: uid })
  if (!success) throw tooMany(`The publisher ${slug} sends more than 60 requests a minute.`, 60)
  return found
}

async function lookUp(c: Context<AppEnv>, { slug, door, now }: Knock): Promise<Known | undefined> {
  return readPublisher(client(c.env.DB), await masterKeys(c.env), slug, sourceOf(door), now)
}

async function bySignature(c: Context<AppEnv>, knock: Knock): Promise<Sender | Refusal> {
  const read = readSignedHeaders(c.req.raw.headers, knock.now)
  if (!read.ok) return { detail: EXPLAINED[read.problem] }
  const { signed } = read
  const known = await lookUp(c, knock)
  const keys = known?.keys ?? []
  const verified = await verifySignature(
    knock.body,
    signed,
    keys.map(({ text }) => decodeKey(text)),
  )
  if (!known || !verified) return { detail: REFUSED }
  return {
    ...sender(known, verified.scheme, keys[verified.index]),
    deliveryId: signed.id,
    messageAt: signed.timestamp * 1000,
  }
}

async function byKey(c: Context<AppEnv>, knock: Knock, bearer: string): Promise<Sender | Refusal> {
  const known = await lookUp(c, knock)
  // A public key is no secret, and what a CMS calls one may be a word: whoever knows them may not speak by them.
  const keys = (known?.keys ?? []).filter(({ text }) => decodeSecret(text) !== undefined)
  const texts = keys.length === 0 ? [""] : keys.map(({ text }) => text)
  const equal = await Promise.all(texts.map((text) => constantTimeEqual(text, bearer)))
  const at = equal.indexOf(true)
  if (!known || keys[at] === undefined) return { detail: REFUSED }
  const stated = c.req.header("webhook-id")
  return {
    ...sender(known, "bearer", keys[at]),
    // Whoever has the key can repeat anything: entries that are held already are known by themselves.
    ...(stated !== undefined && /^[!-\-/-~]{1,256}$/.test(stated)
      ? { deliveryId: stated }
      : { deliveryId: `document.${crypto.randomUUID()}`, isUnnamed: true }),
    messageAt: knock.now,
  }
}

async function bySource(c: Context<AppEnv>, knock: Knock): Promise<Sender | Refusal> {
  const { door, now, bodySha256 } = knock
  const known = await lookUp(c, knock)
  if (door.kind === "source" && door.token !== undefined) {
    const equal = await constantTimeEqual(known?.source?.tokenHash ?? "", await hashOfToken(door.token))
    if (!known || !equal) return { detail: REFUSED }
    return { ...sender(known, "token", undefined), ...undatedIds(knock), messageAt: now }
  }
  const scheme = schemeFor(sourceOf(door), known?.source)
  // A source that cannot sign is open at its address with a token only. The same work is done as for one that can.
  const keys = scheme === undefined ? [] : (known?.keys ?? []).filter(({ kind }) => kind !== "public")
  const texts = keys.map(({ text }) => text)
  const result = await verifyScheme(scheme ?? GHOST_SCHEME, c.req.raw.headers, knock.body, texts, now)
  if (!result.ok) {
    const why = explained(scheme, result.problem)
    // Everybody knows how Ghost signs. Of other sources only those that are there could say what they miss.
    return door.kind === "ghost" ? { detail: why } : { detail: REFUSED, why }
  }
  if (!known || scheme === undefined) return { detail: REFUSED }
  const { timestamp, id } = result
  return {
    ...sender(known, "hmac", keys[result.secret]),
    ...(id !== undefined
      ? { deliveryId: `${sourceOf(door)}.${id}` }
      : timestamp !== undefined
        ? { deliveryId: `${sourceOf(door)}.${timestamp}.${bodySha256.slice(0, 32)}` }
        : undatedIds(knock)),
    messageAt: timestamp ?? now,
  }
}

function sender(known: Known, verified: Verified, key: Key | undefined) {
  const { publisher, source, bytesToday } = known
  return { publisher, source, bytesToday, verified, key }
}

/** Only the body is known to be theirs: by it the message is known again for UNDATED_ONCE, at whatever door. */
function undatedIds({ bodySha256, now }: Knock): { deliveryId: string; earlier: Earlier } {
  const period = Math.floor(now / UNDATED_ONCE)
  const id = (no: number) => `undated.${no}.${bodySha256.slice(0, 32)}`
  return { deliveryId: id(period), earlier: { id: id(period - 1), since: now - UNDATED_ONCE } }
}

/** What is wrong with the headers of a sender whose scheme is known. */
function explained(scheme: Scheme | undefined, problem: SchemeProblem): string {
  if (scheme === undefined || problem === "bad_signature") return REFUSED
  const { signature, time } = scheme
  const names = [...signature.headers, ...(time && "header" in time ? [time.header] : [])].join(" and ")
  const sentences: Record<Exclude<SchemeProblem, "bad_signature">, string> = {
    missing_headers: `${names} must be sent.`,
    bad_id: "The id of the delivery must have 1 to 256 visible ASCII characters and no dot.",
    bad_timestamp: `The time in ${names} must be a whole number since 1970.`,
    timestamp_in_milliseconds: `The time in ${names} is in milliseconds; it must be in seconds.`,
    timestamp_in_seconds: `The time in ${names} is in seconds; it must be in milliseconds.`,
    too_old: "The signed time is more than 300 seconds old: check the sender's clock.",
    too_new: "The signed time is more than 300 seconds ahead: check the sender's clock.",
  }
  return sentences[problem]
}

const bearerOf = (c: Context<AppEnv>): string | undefined =>
  /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1]

/** @param limit requests a minute */
export function tooMany(detail: string, limit: number): Problem {
  return new Problem("too_many_requests", detail, [], {
    "retry-after": "60",
    "ratelimit-policy": `"default";q=${limit};w=60`,
  })
}
