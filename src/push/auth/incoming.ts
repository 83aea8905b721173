/** Describes one message until it is in the log of attempts: it is pushed, fetched, or stored and replayed. */
import { sha256 } from "../../crypto/digest.ts"
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
  headers: Headers
  /** Time of arrival, milliseconds UTC. */
  receivedAt: number
  sender: Sender
}

/** A message whose sender is not authenticated, or not yet. */
export type UnauthenticatedMessage = Omit<Incoming, "sender">

export async function messageOf(
  c: { req: { raw: Request }; var: { now: number } },
  endpoint: Endpoint,
  body: Uint8Array,
): Promise<UnauthenticatedMessage> {
  const { headers } = c.req.raw
  const contentType = headers.get("content-type") ?? undefined
  return { endpoint, body, bodySha256: await sha256(body), contentType, headers, receivedAt: c.var.now }
}

/** The result of authentication: the sender of a message, and the ids by which the message is recognised. */
export interface Sender {
  publisher: Publisher
  source: PublisherSource | undefined
  authentication: AuthenticationMethod
  key?: Key | undefined
  /** Whether a signature covers the bytes. Messages in the native format must be signed. */
  isSigned: boolean
  /** The signed time of sending. If no time is signed, it is the time of arrival. Milliseconds UTC. */
  messageAt: number
  delivery: DeliveryIdentity
  replayOf?: number
}

/** How the sender was authenticated. `refused`: no method succeeded. `none`: no authentication is required. */
export type AuthenticationMethod = "v1" | "v1a" | "bearer" | "hmac" | "token" | "none" | "refused" | "replay" | "fetch"

/** Identifies a message if it is sent again, and identifies its dead letters. */
export interface DeliveryIdentity {
  /** The id in the log of attempts. A later attempt with the same id closes the dead letter. */
  id: string
  /** Another id of the same message. A message stored under it counts only if it came after `since` (ms UTC). */
  earlier?: { id: string; since: number }
  /** Set for a document without a delivery id: the id of its dead letter, and a prefix for its rejected articles. */
  document?: { id: string; articlePrefix: string }
  /** Set if several messages have this id, such as all documents of one feed. It distinguishes these messages. */
  occurrence?: string
}
