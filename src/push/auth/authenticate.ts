/** Authenticates a sender by a signature over the raw bytes, by its secret key, or by a secret token in the URL. */
import type { Context } from "hono"
import { constantTimeEqual } from "../../crypto/constant-time.ts"
import { headerProblem, type SignatureScheme, verifyScheme } from "../../crypto/signature-scheme.ts"
import {
  DELIVERY_ID,
  decodeKey,
  decodeSecret,
  readSignedHeaders,
  verifySignature,
} from "../../crypto/standard-webhooks.ts"
import { GHOST_5_SCHEME, GHOST_SCHEME } from "../../dialects/senders.ts"
import type { AppEnv } from "../../env.ts"
import { Problem } from "../../http/problem.ts"
import { chargeUnauthenticated, tooManyRequests } from "../../http/rate-limit.ts"
import { sourceNameOf } from "./endpoints.ts"
import { type DeliveryIdentity, messageOf, type Sender, type UnauthenticatedMessage } from "./incoming.ts"
import { masterKeys } from "./keys.ts"
import { type Publisher, type PublisherCredentials, readPublisher } from "./publishers.ts"
import {
  describeSchemeProblem,
  keyReason,
  SIGNATURE_PROBLEM_DETAILS,
  schemeReason,
  signatureReason,
  sourceReason,
  UNVERIFIED_DETAIL,
} from "./refusal-reasons.ts"
import { hashToken, schemeFor } from "./sources.ts"

const UNVERIFIED_GHOST_DETAIL =
  "No live key of a publisher of this name verifies this request, whether the signature covers the time or not: compare the secret of this webhook in Ghost with the one that the operator imported."

/** Whoever gets these answers knows the secret, so they may say how the publisher is configured. */
const OTHER_GHOST_DETAILS: [scheme: SignatureScheme, detail: string][] = [
  [
    GHOST_5_SCHEME,
    "The secret is right, but the signature does not cover the time, as in a Ghost of before July 2024: the operator must create the source ghost with the sender ghost-5.",
  ],
  [
    GHOST_SCHEME,
    "The secret is right, but the signature covers the time, as in Ghost since July 2024: the operator must remove the source ghost, and import the secret again.",
  ],
]

/** How long a message without a signed time is recognised if it is sent again. */
const UNDATED_PERIOD_MS = 72 * 3_600_000

/** A sender, and the number of bytes that the publisher has sent today (UTC). */
interface Authenticated {
  sender: Sender
  bytesToday: number
}

/** `detail` is for the client, and `why` is the exact reason for the log. */
type Refusal = { detail: string; why?: string }

/** The request could not be authenticated. Only the operator sees `why`. */
export class UnauthenticatedError extends Problem {
  readonly why: string
  constructor({ detail, why = detail }: Refusal) {
    super("unauthorized", detail, [], { "www-authenticate": 'Bearer realm="push"' })
    this.why = why
  }
}

/** @throws Problem unauthorized, publisher_disabled, publisher_removed, too_many_requests */
export async function authenticate(
  c: Context<AppEnv>,
  slug: string,
  message: UnauthenticatedMessage,
): Promise<Authenticated> {
  const { endpoint, headers } = message
  const readCredentials = async () =>
    readPublisher(c.var.db, await masterKeys(c.env), slug, sourceNameOf(endpoint), message.receivedAt)
  const bearer = bearerOf(headers)
  const result =
    endpoint.kind !== "native"
      ? await verifyBySource(message, await readCredentials())
      : bearer === undefined
        ? await verifyBySignature(message, readCredentials)
        : await verifyByKey(message, bearer, await readCredentials())
  return authorize(c, result)
}

/** Authenticates a request that only reads: by a signature over the empty body, or by the secret key. */
export async function authenticateReader(c: Context<AppEnv>, slug: string): Promise<Publisher> {
  const message = await messageOf(c, { kind: "native" }, new Uint8Array())
  return (await authenticate(c, slug, message)).sender.publisher
}

async function authorize(c: Context<AppEnv>, result: Authenticated | Refusal): Promise<Authenticated> {
  if ("detail" in result) {
    await chargeUnauthenticated(c, "Too many requests from this address failed to authenticate.")
    throw new UnauthenticatedError(result)
  }
  const { slug, uid, state } = result.sender.publisher
  if (state === "removed") throw new Problem("publisher_removed", `The publisher ${slug} was removed from this wire.`)
  if (state === "disabled") throw new Problem("publisher_disabled", `The publisher ${slug} is disabled.`)
  // Only authenticated requests count, because otherwise anyone who knows the slug could use up the publisher's rate.
  const { success } = await c.env.PUBLISHER_RATE.limit({ key: uid })
  if (!success) throw tooManyRequests(`The publisher ${slug} sends more than 60 requests a minute.`, 60)
  return result
}

async function verifyBySignature(
  { body, headers, receivedAt }: UnauthenticatedMessage,
  readCredentials: () => Promise<PublisherCredentials | undefined>,
): Promise<Authenticated | Refusal> {
  const result = readSignedHeaders(headers, receivedAt)
  if (!result.ok) {
    const { problem } = result
    return { detail: SIGNATURE_PROBLEM_DETAILS[problem], why: signatureReason(problem, headers, receivedAt) }
  }
  const { signed } = result
  const credentials = await readCredentials()
  const keys = credentials?.keys ?? []
  const match = await verifySignature(
    body,
    signed,
    keys.map(({ text }) => decodeKey(text)),
  )
  if (!credentials || !match) return { detail: UNVERIFIED_DETAIL, why: keyReason(credentials, keys) }
  const key = keys[match.index]
  return authenticated(credentials, {
    authentication: match.scheme,
    key,
    messageAt: signed.timestamp * 1000,
    delivery: { id: signed.id },
  })
}

async function verifyByKey(
  { headers, bodySha256, receivedAt }: UnauthenticatedMessage,
  bearer: string,
  credentials: PublisherCredentials | undefined,
): Promise<Authenticated | Refusal> {
  // A public key is not secret, and the secret of a CMS may be easy to guess, so neither is accepted as a bearer token.
  const keys = (credentials?.keys ?? []).filter(({ text }) => decodeSecret(text) !== undefined)
  const texts = keys.length === 0 ? [""] : keys.map(({ text }) => text)
  const equal = await Promise.all(texts.map((text) => constantTimeEqual(text, bearer)))
  const key = keys[equal.indexOf(true)]
  if (!credentials || key === undefined) return { detail: UNVERIFIED_DETAIL, why: keyReason(credentials, keys, true) }
  const statedId = headers.get("webhook-id") ?? undefined
  // A random id is enough: only the key's owner can repeat the request, and stored articles are recognised by content.
  const delivery =
    statedId !== undefined && DELIVERY_ID.test(statedId)
      ? { id: statedId }
      : {
          id: `document.${crypto.randomUUID()}`,
          document: { id: `document.${bodySha256.slice(0, 32)}`, articlePrefix: "document" },
        }
  return authenticated(credentials, { authentication: "bearer", key, messageAt: receivedAt, delivery })
}

async function verifyBySource(
  message: UnauthenticatedMessage,
  credentials: PublisherCredentials | undefined,
): Promise<Authenticated | Refusal> {
  const { endpoint, headers, body, receivedAt } = message
  if (endpoint.kind === "source" && endpoint.token !== undefined) {
    const equal = await constantTimeEqual(credentials?.source?.tokenHash ?? "", await hashToken(endpoint.token))
    if (!credentials || !equal) return { detail: UNVERIFIED_DETAIL, why: sourceReason(endpoint.name, credentials) }
    const delivery = undatedDelivery(message)
    return authenticated(credentials, { authentication: "token", key: undefined, messageAt: receivedAt, delivery })
  }
  const scheme = schemeFor(sourceNameOf(endpoint), credentials?.source)
  // If the source does not exist, the Worker does the same work, so that the response time does not reveal this.
  const keys = scheme === undefined ? [] : (credentials?.keys ?? []).filter(({ kind }) => kind !== "public")
  const texts = keys.map(({ text }) => text)
  const result = await verifyScheme(scheme ?? GHOST_SCHEME, headers, body, texts, receivedAt)
  if (!result.ok) {
    const why =
      scheme === undefined
        ? sourceReason(sourceNameOf(endpoint), credentials)
        : result.problem === "bad_signature"
          ? keyReason(credentials, keys)
          : schemeReason(scheme, result.problem, headers, receivedAt)
    if (endpoint.kind !== "ghost") return { detail: UNVERIFIED_DETAIL, why }
    const otherDetail = await describeOtherGhost(message, texts)
    if (otherDetail !== undefined) return { detail: otherDetail }
    // The answer may describe errors in the headers of Ghost, but must not reveal whether the publisher has a source.
    const problem = headerProblem(GHOST_SCHEME, headers, receivedAt)
    return {
      detail: problem === undefined ? UNVERIFIED_GHOST_DETAIL : describeSchemeProblem(GHOST_SCHEME, problem),
      why,
    }
  }
  if (!credentials || scheme === undefined) return { detail: UNVERIFIED_DETAIL }
  const key = keys[result.secret]
  const messageAt = result.timestamp ?? receivedAt
  return authenticated(credentials, {
    authentication: "hmac",
    key,
    messageAt,
    delivery: signedDelivery(message, result),
  })
}

/** Finds out whether a Ghost whose signature is refused signs in the way that the operator did not choose. */
async function describeOtherGhost(
  { headers, body, receivedAt }: UnauthenticatedMessage,
  texts: string[],
): Promise<string | undefined> {
  const details = await Promise.all(
    OTHER_GHOST_DETAILS.map(async ([scheme, detail]) =>
      (await verifyScheme(scheme, headers, body, texts, receivedAt)).ok ? detail : undefined,
    ),
  )
  return details.find((detail) => detail !== undefined)
}

function authenticated(
  { publisher, source, bytesToday }: PublisherCredentials,
  verified: Pick<Sender, "authentication" | "key" | "messageAt" | "delivery">,
): Authenticated {
  const isSigned = verified.authentication !== "bearer"
  return { sender: { publisher, source, isSigned, ...verified }, bytesToday }
}

/** Identifies a message by the sender's own id. If there is no such id, the signed time and the body identify it. */
function signedDelivery(
  message: UnauthenticatedMessage,
  { id, timestamp }: { id?: string | undefined; timestamp?: number | undefined },
): DeliveryIdentity {
  const name = sourceNameOf(message.endpoint)
  if (id !== undefined) return { id: `${name}.${id}` }
  if (timestamp === undefined) return undatedDelivery(message)
  return { id: `${name}.${timestamp}.${message.bodySha256.slice(0, 32)}` }
}

/** No time is signed, so for UNDATED_PERIOD_MS the hash of the body identifies the message at every endpoint. */
function undatedDelivery({ bodySha256, receivedAt }: UnauthenticatedMessage): DeliveryIdentity {
  const period = Math.floor(receivedAt / UNDATED_PERIOD_MS)
  const id = (no: number) => `undated.${no}.${bodySha256.slice(0, 32)}`
  return { id: id(period), earlier: { id: id(period - 1), since: receivedAt - UNDATED_PERIOD_MS } }
}

const bearerOf = (headers: Headers): string | undefined =>
  /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1]
