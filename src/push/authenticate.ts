/** Who sends this? A signature over the raw bytes (Standard Webhooks 1.0) or, to read only, the key itself. */
import type { Context } from "hono"
import { client } from "../db/client.ts"
import type { AppEnv } from "../env.ts"
import { Problem } from "../http/problem.ts"
import {
  constantTimeEqual,
  decodeSecret,
  readSignedHeaders,
  type SignatureProblem,
  verifySignature,
} from "../http/signature.ts"
import { masterKeys, type Publisher, readPublisher } from "./publishers.ts"

/** What is wrong with the headers alone tells nothing about who exists here. */
const EXPLAINED: Record<SignatureProblem, string> = {
  missing_headers: "webhook-id, webhook-timestamp and webhook-signature must all be sent (Standard Webhooks 1.0).",
  bad_id: "webhook-id must have 1 to 256 visible ASCII characters and no dot.",
  bad_timestamp: "webhook-timestamp must be a whole number of seconds since 1970.",
  timestamp_in_milliseconds: "webhook-timestamp is in milliseconds; it must be in seconds.",
  too_old: "webhook-timestamp is more than 300 seconds old: sign again when you retry, and check the sender's clock.",
  too_new: "webhook-timestamp is more than 300 seconds ahead: check the sender's clock.",
  bad_signature: "webhook-signature holds no v1 signature: send v1,<base64 HMAC-SHA256>.",
}

/** Unknown publisher, wrong key and bad signature are one answer. */
const REFUSED = "No live key of such a publisher verifies this request: sign id.timestamp.body over the raw bytes."

export interface Sender {
  publisher: Publisher
  /** webhook-id; undefined where the key itself was sent. */
  deliveryId: string | undefined
}

/**
 * One round trip to D1.
 * @throws Problem unauthorized, publisher_disabled, too_many_requests
 */
export async function authenticate(c: Context<AppEnv>, slug: string, body: Uint8Array): Promise<Sender> {
  const bearer = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1]
  const sender = bearer !== undefined && c.req.method !== "POST" ? byKey(c, slug, bearer) : bySignature(c, slug, body)
  const found = await sender
  if ("detail" in found) {
    const { success } = await c.env.STRANGER_RATE.limit({ key: c.req.header("cf-connecting-ip") ?? "unknown" })
    if (!success) throw tooMany("Too many requests from this address failed to authenticate.", 30)
    throw new Problem("unauthorized", found.detail, [], { "www-authenticate": 'Bearer realm="push"' })
  }
  if (found.publisher.state === "disabled") {
    throw new Problem("publisher_disabled", `The publisher ${found.publisher.slug} is disabled.`)
  }
  // Charged after authentication only: otherwise anyone who knows a slug could silence it.
  const { success } = await c.env.PUBLISHER_RATE.limit({ key: found.publisher.uid })
  if (!success) throw tooMany(`The publisher ${found.publisher.slug} sends more than 60 requests a minute.`, 60)
  return found
}

type Refusal = { detail: string }

async function bySignature(c: Context<AppEnv>, slug: string, body: Uint8Array): Promise<Sender | Refusal> {
  const read = readSignedHeaders(c.req.raw.headers, c.var.now)
  if (!read.ok) return { detail: EXPLAINED[read.problem] }
  const found = await readPublisher(client(c.env.DB), await masterKeys(c.env), slug, c.var.now)
  const secrets = (found?.secrets ?? []).flatMap((secret) => decodeSecret(secret) ?? [])
  const verified = await verifySignature(body, read.signed, secrets)
  if (!found || verified < 0) return { detail: REFUSED }
  return { publisher: found.publisher, deliveryId: read.signed.id }
}

async function byKey(c: Context<AppEnv>, slug: string, key: string): Promise<Sender | Refusal> {
  const found = await readPublisher(client(c.env.DB), await masterKeys(c.env), slug, c.var.now)
  const equal = await Promise.all((found?.secrets ?? [""]).map((secret) => constantTimeEqual(secret, key)))
  if (!found || !equal.includes(true)) return { detail: REFUSED }
  return { publisher: found.publisher, deliveryId: undefined }
}

function tooMany(detail: string, limit: number): Problem {
  return new Problem("too_many_requests", detail, [], {
    "retry-after": "60",
    "ratelimit-policy": `"default";q=${limit};w=60`,
  })
}
