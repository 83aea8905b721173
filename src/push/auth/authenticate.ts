/**
 * Authenticates the sender of a request: by a signature over the raw bytes, at the native endpoint also by the key itself,
 * and for a sender that can do neither by a secret token in the address. One round trip to D1.
 */

import type { Context } from "hono"
import { constantTimeEqual } from "../../crypto/constant-time.ts"
import { type SchemeProblem, type SignatureScheme, verifyScheme } from "../../crypto/signature-scheme.ts"
import {
  decodeKey,
  decodeSecret,
  readSignedHeaders,
  type SignatureProblem,
  verifySignature,
} from "../../crypto/standard-webhooks.ts"
import { GHOST_SCHEME } from "../../dialects/senders.ts"
import type { AppEnv } from "../../env.ts"
import { Problem } from "../../http/problem.ts"
import { chargeUnauthenticated, tooManyRequests } from "../../http/rate-limit.ts"
import { type Endpoint, sourceNameOf } from "./endpoints.ts"
import { type Key, masterKeys } from "./keys.ts"
import { type Publisher, type PublisherCredentials, readPublisher } from "./publishers.ts"
import { hashToken, type PublisherSource, schemeFor } from "./sources.ts"

/** These answers depend on the headers alone, so they do not reveal which publishers exist. */
const SIGNATURE_PROBLEM_DETAILS: Record<SignatureProblem, string> = {
  missing_headers: "webhook-id, webhook-timestamp and webhook-signature must all be sent (Standard Webhooks 1.0).",
  bad_id: "webhook-id must have 1 to 256 visible ASCII characters and no dot.",
  bad_timestamp: "webhook-timestamp must be a whole number of seconds since 1970.",
  timestamp_in_milliseconds: "webhook-timestamp is in milliseconds; it must be in seconds.",
  too_old: "webhook-timestamp is more than 300 seconds old: sign again when you retry, and check the sender's clock.",
  too_new: "webhook-timestamp is more than 300 seconds ahead: check the sender's clock.",
  bad_signature: "webhook-signature holds no v1 or v1a signature: send v1,<base64 HMAC-SHA256>.",
}

/** Unknown publisher, unknown source, wrong key and bad signature get the same answer. */
const UNVERIFIED_DETAIL =
  "No live key of such a publisher verifies this request: sign the raw bytes, as docs/publishers.md says."

/** How long a message without a signed time is recognised when it is sent again. */
const UNDATED_PERIOD_MS = 72 * 3_600_000

export interface Sender {
  publisher: Publisher
  authentication: AuthenticationMethod
  key: Key | undefined
  source: PublisherSource | undefined
  /** Identifies the message when it is sent again. */
  deliveryId: string
  /** The sender stated no delivery id, so each attempt has a random one. */
  hasRandomId?: boolean
  /** For senders without a signed time: the delivery that the same body would be in the previous period. */
  earlierDelivery?: EarlierDelivery
  /** The signed time of sending, else now. Milliseconds UTC. */
  messageAt: number
  bytesToday: number
}

interface Knock {
  slug: string
  endpoint: Endpoint
  body: Uint8Array
  bodySha256: string
  now: number
}

/** The answer to the client, and the exact reason for the log. */
type Refusal = { detail: string; why?: string }

/** The request could not be authenticated; `why` is for the operator. */
export class UnauthenticatedError extends Problem {
  readonly why: string
  constructor({ detail, why = detail }: Refusal) {
    super("unauthorized", detail, [], { "www-authenticate": 'Bearer realm="push"' })
    this.why = why
  }
}

/** @throws Problem unauthorized, publisher_disabled, publisher_removed, too_many_requests */
export async function authenticate(c: Context<AppEnv>, request: Knock): Promise<Sender> {
  const { endpoint } = request
  const bearer = bearerOf(c)
  const result =
    endpoint.kind !== "native"
      ? await authenticateBySource(c, request)
      : bearer === undefined
        ? await authenticateBySignature(c, request)
        : await authenticateByKey(c, request, bearer)
  return authorize(c, result)
}

/** For requests that only read: a signature over the empty body, or the key itself. */
export function authenticateReader(c: Context<AppEnv>, slug: string): Promise<Sender> {
  return authenticate(c, {
    slug,
    endpoint: { kind: "native" },
    body: new Uint8Array(),
    bodySha256: "",
    now: c.var.now,
  })
}

async function authorize<F extends Sender>(c: Context<AppEnv>, result: F | Refusal): Promise<F> {
  if ("detail" in result) {
    await chargeUnauthenticated(c, "Too many requests from this address failed to authenticate.")
    throw new UnauthenticatedError(result)
  }
  const { slug, uid, state } = result.publisher
  if (state === "removed") throw new Problem("publisher_removed", `The publisher ${slug} was removed from this wire.`)
  if (state === "disabled") throw new Problem("publisher_disabled", `The publisher ${slug} is disabled.`)
  // Counted only after authentication: otherwise anyone who knows a slug could use up its rate.
  const { success } = await c.env.PUBLISHER_RATE.limit({ key: uid })
  if (!success) throw tooManyRequests(`The publisher ${slug} sends more than 60 requests a minute.`, 60)
  return result
}

async function readCredentials(
  c: Context<AppEnv>,
  { slug, endpoint, now }: Knock,
): Promise<PublisherCredentials | undefined> {
  return readPublisher(c.var.db, await masterKeys(c.env), slug, sourceNameOf(endpoint), now)
}

async function authenticateBySignature(c: Context<AppEnv>, request: Knock): Promise<Sender | Refusal> {
  const headers = readSignedHeaders(c.req.raw.headers, request.now)
  if (!headers.ok) return { detail: SIGNATURE_PROBLEM_DETAILS[headers.problem] }
  const { signed } = headers
  const credentials = await readCredentials(c, request)
  const keys = credentials?.keys ?? []
  const match = await verifySignature(
    request.body,
    signed,
    keys.map(({ text }) => decodeKey(text)),
  )
  if (!credentials || !match) return { detail: UNVERIFIED_DETAIL }
  return {
    ...senderOf(credentials, match.scheme, keys[match.index]),
    deliveryId: signed.id,
    messageAt: signed.timestamp * 1000,
  }
}

async function authenticateByKey(c: Context<AppEnv>, request: Knock, bearer: string): Promise<Sender | Refusal> {
  const credentials = await readCredentials(c, request)
  // A public key is not secret, and the secret of a CMS may be easy to guess: neither is accepted as a bearer token.
  const keys = (credentials?.keys ?? []).filter(({ text }) => decodeSecret(text) !== undefined)
  const texts = keys.length === 0 ? [""] : keys.map(({ text }) => text)
  const equal = await Promise.all(texts.map((text) => constantTimeEqual(text, bearer)))
  const at = equal.indexOf(true)
  if (!credentials || keys[at] === undefined) return { detail: UNVERIFIED_DETAIL }
  const statedId = c.req.header("webhook-id")
  return {
    ...senderOf(credentials, "bearer", keys[at]),
    // The holder of the key can repeat any message; articles that are already stored are recognised by their content.
    ...(statedId !== undefined && /^[!-\-/-~]{1,256}$/.test(statedId)
      ? { deliveryId: statedId }
      : { deliveryId: `document.${crypto.randomUUID()}`, hasRandomId: true }),
    messageAt: request.now,
  }
}

async function authenticateBySource(c: Context<AppEnv>, request: Knock): Promise<Sender | Refusal> {
  const { endpoint, now, bodySha256 } = request
  const credentials = await readCredentials(c, request)
  if (endpoint.kind === "source" && endpoint.token !== undefined) {
    const equal = await constantTimeEqual(credentials?.source?.tokenHash ?? "", await hashToken(endpoint.token))
    if (!credentials || !equal) return { detail: UNVERIFIED_DETAIL }
    return { ...senderOf(credentials, "token", undefined), ...undatedDeliveryIds(request), messageAt: now }
  }
  const scheme = schemeFor(sourceNameOf(endpoint), credentials?.source)
  // A source that cannot sign is reached only by its token. The same work is done for it, so that the time of the answer
  // reveals nothing.
  const keys = scheme === undefined ? [] : (credentials?.keys ?? []).filter(({ kind }) => kind !== "public")
  const texts = keys.map(({ text }) => text)
  const result = await verifyScheme(scheme ?? GHOST_SCHEME, c.req.raw.headers, request.body, texts, now)
  if (!result.ok) {
    const why = describeSchemeProblem(scheme, result.problem)
    // How Ghost signs is public. For other sources the detail would reveal that the source exists.
    return endpoint.kind === "ghost" ? { detail: why } : { detail: UNVERIFIED_DETAIL, why }
  }
  if (!credentials || scheme === undefined) return { detail: UNVERIFIED_DETAIL }
  const { timestamp, id } = result
  return {
    ...senderOf(credentials, "hmac", keys[result.secret]),
    ...(id !== undefined
      ? { deliveryId: `${sourceNameOf(endpoint)}.${id}` }
      : timestamp !== undefined
        ? { deliveryId: `${sourceNameOf(endpoint)}.${timestamp}.${bodySha256.slice(0, 32)}` }
        : undatedDeliveryIds(request)),
    messageAt: timestamp ?? now,
  }
}

function senderOf(credentials: PublisherCredentials, authentication: AuthenticationMethod, key: Key | undefined) {
  const { publisher, source, bytesToday } = credentials
  return { publisher, source, bytesToday, authentication, key }
}

/** Only the body is authenticated, so its hash identifies the message, at every endpoint, for UNDATED_PERIOD_MS. */
function undatedDeliveryIds({ bodySha256, now }: Knock): { deliveryId: string; earlierDelivery: EarlierDelivery } {
  const period = Math.floor(now / UNDATED_PERIOD_MS)
  const id = (no: number) => `undated.${no}.${bodySha256.slice(0, 32)}`
  return { deliveryId: id(period), earlierDelivery: { id: id(period - 1), since: now - UNDATED_PERIOD_MS } }
}

/** Says what is wrong with the headers, in the terms of the sender's scheme. */
function describeSchemeProblem(scheme: SignatureScheme | undefined, problem: SchemeProblem): string {
  if (scheme === undefined || problem === "bad_signature") return UNVERIFIED_DETAIL
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

/** How the sender of an attempt was authenticated: `refused` if none did, `none` where none is required. */
export type AuthenticationMethod = "v1" | "v1a" | "bearer" | "hmac" | "token" | "none" | "refused" | "replay" | "fetch"

/** Another id under which the same message may be stored. */
export interface EarlierDelivery {
  id: string
  /** Valid only if that delivery came after this time, milliseconds UTC. */
  since: number
}
