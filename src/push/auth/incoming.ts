/** Describes one message that was pushed, fetched or replayed, until it is in the log of attempts. */

import { sha256 } from "../../crypto/digest.ts"
import { Problem } from "../../http/problem.ts"
import { redactQuery } from "../../log/redact-path.ts"
import type { Endpoint } from "./endpoints.ts"
import type { Key } from "./keys.ts"
import type { Publisher } from "./publishers.ts"
import type { PublisherSource } from "./sources.ts"

export interface Incoming {
  endpoint: Endpoint
  body: Uint8Array
  /** In hex. */
  bodySha256: string
  contentType: string | undefined
  /** The query of the URL without possible secrets. */
  query?: string | undefined
  headers: Headers
  /** Time of arrival, milliseconds UTC. */
  receivedAt: number
  sender: Sender
}

/** A message before authentication, or after a failed authentication. */
export type UnauthenticatedMessage = Omit<Incoming, "sender">

export async function messageOf(
  c: { req: { raw: Request }; var: { now: number } },
  endpoint: Endpoint,
  body: Uint8Array,
): Promise<UnauthenticatedMessage> {
  const { headers } = c.req.raw
  const contentType = headers.get("content-type") ?? undefined
  const query = redactQuery(new URL(c.req.raw.url).search)
  return { endpoint, body, bodySha256: await sha256(body), contentType, query, headers, receivedAt: c.var.now }
}

/** The result of authentication: the sender of a message, and the ids by which the message is recognised. */
export interface Sender {
  publisher: Publisher
  source: PublisherSource | undefined
  authentication: AuthenticationMethod
  key?: Key | undefined
  /** Whether a signature covers the bytes. Messages in our own format must be signed. */
  isSigned: boolean
  /** The signed time of sending in milliseconds UTC, or the time of arrival if no time is signed. */
  messageAt: number
  delivery: DeliveryIdentity
  replayOf?: number
}

/** How the sender was authenticated. `refused`: no method succeeded. `none`: no authentication is required. */
export type AuthenticationMethod = "v1" | "v1a" | "bearer" | "hmac" | "token" | "none" | "refused" | "replay" | "fetch"

/** The ids by which a repeated message and the dead letters of a message are recognised. */
export interface DeliveryIdentity {
  /** The id in the log of attempts. A later attempt with the same id closes the dead letter. */
  id: string
  /** A second id. An earlier delivery with this id is the same message if it came after `since` (milliseconds UTC). */
  earlier?: { id: string; since: number }
  /** Only for a document without a delivery id: the id of its dead letter, and a prefix for its rejected articles. */
  document?: { id: string; articlePrefix: string }
  /** Distinguishes messages that share an id, such as the documents of one feed. */
  occurrence?: string
}

/** The message is a form. No replay can read it, so it is refused and is no dead letter. */
export class FormError extends Problem {}
