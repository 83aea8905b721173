/** Makes the bytes of requests for a connection. */

import { sign } from "../scripts/sign.ts"
import { decodeSecret } from "../src/crypto/standard-webhooks.ts"

/** The host and path to which a publisher pushes, and its secret. */
export interface PushTarget {
  host: string
  path: string
  secret: string
}

export function requestOf(method: string, host: string, path: string, headers: object, body: Uint8Array): Buffer {
  const lines = Object.entries({ host, ...headers, ...(method === "POST" && { "content-length": body.length }) })
  const head = `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`
  return Buffer.concat([Buffer.from(head), body])
}

/** Makes a message in the native format and signs it now. @param id is the id of the delivery */
export async function signedPush({ host, path, secret }: PushTarget, id: string, message: string): Promise<Buffer> {
  const body = new TextEncoder().encode(message)
  const timestamp = Math.floor(Date.now() / 1000)
  const headers = {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": await sign(body, id, timestamp, secretOf(secret)),
  }
  return requestOf("POST", host, path, headers, body)
}

function secretOf(text: string): Uint8Array<ArrayBuffer> {
  const secret = decodeSecret(text)
  if (!secret) throw new Error("the wire returned a key that is not valid")
  return new Uint8Array(secret)
}
