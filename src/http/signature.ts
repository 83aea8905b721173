/**
 * Signatures of Standard Webhooks 1.0, symmetric scheme `v1`: HMAC-SHA256 over `{id}.{timestamp}.{body}`.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 *
 * Nothing here returns early on a secret: how long an answer takes tells neither which key came close nor whether the
 * publisher has one.
 */

/** Seconds that a message may be older or newer than now, both ends included. */
export const TOLERANCE_SECONDS = 300

/** Signatures of one message that are tried. A sender in the middle of a key rotation sends two. */
const SIGNATURE_LIMIT = 16

/** Seconds that only a clock in milliseconds reaches: the year 5138 in one, March 1973 in the other. */
const MILLISECONDS_FROM = 100_000_000_000

const DIGEST_BYTES = 32
const SECRET_PREFIX = "whsec_"
const HMAC = { name: "HMAC", hash: "SHA-256" }

export type SignatureProblem =
  | "missing_headers"
  | "bad_id"
  | "bad_timestamp"
  | "timestamp_in_milliseconds"
  | "too_old"
  | "too_new"
  | "bad_signature"

/** What the three headers say, well formed and in time, not yet verified. */
export interface SignedHeaders {
  id: string
  /** Seconds since 1970. */
  timestamp: number
  /** Digests of 32 bytes, at least one. */
  signatures: Uint8Array[]
}

/**
 * Reads `webhook-id`, `webhook-timestamp` and `webhook-signature`.
 *
 * @param now milliseconds since 1970
 */
export function readSignedHeaders(
  headers: Headers,
  now: number,
): { ok: true; signed: SignedHeaders } | { ok: false; problem: SignatureProblem } {
  const id = headers.get("webhook-id")
  const time = headers.get("webhook-timestamp")
  const list = headers.get("webhook-signature")
  if (!id || !time || !list) return { ok: false, problem: "missing_headers" }
  // A full stop in the id would let its end pass for the time: `a.1` + `2` signs the same bytes as `a` + `1.2`.
  if (!/^[!-\-/-~]{1,256}$/.test(id)) return { ok: false, problem: "bad_id" }
  // No leading zeros: the number is signed as it was sent, and sent as it is written.
  if (!/^(?:0|[1-9]\d{0,14})$/.test(time)) return { ok: false, problem: "bad_timestamp" }
  const timestamp = Number(time)
  if (timestamp >= MILLISECONDS_FROM) return { ok: false, problem: "timestamp_in_milliseconds" }
  // Whole seconds on both sides, as the specification's own libraries compare.
  const age = Math.floor(now / 1000) - timestamp
  if (age > TOLERANCE_SECONDS) return { ok: false, problem: "too_old" }
  if (age < -TOLERANCE_SECONDS) return { ok: false, problem: "too_new" }
  const signatures = readSignatures(list)
  if (signatures.length === 0) return { ok: false, problem: "bad_signature" }
  return { ok: true, signed: { id, timestamp, signatures } }
}

/** Other versions (`v1a` is Ed25519) and garbage are passed over, as the specification asks, so that schemes can be added. */
function readSignatures(list: string): Uint8Array[] {
  const signatures: Uint8Array[] = []
  for (const entry of list.split(" ")) {
    // Repeated headers arrive joined by `, `.
    const [version, encoded, ...rest] = entry.replace(/,$/, "").split(",", 3)
    if (version !== "v1" || encoded === undefined || rest.length > 0) continue
    const signature = decodeBase64(encoded)
    if (signature?.length === DIGEST_BYTES) signatures.push(signature)
    if (signatures.length === SIGNATURE_LIMIT) break
  }
  return signatures
}

/**
 * Tries every secret with every signature, whatever comes out, in constant time each.
 *
 * @param body the bytes as received: parsing and writing them again would not give the same
 * @param secrets live keys; without any the same work is done once for nothing
 * @returns the index of the first secret that verifies, or -1
 */
export async function verifySignature(body: Uint8Array, signed: SignedHeaders, secrets: Uint8Array[]): Promise<number> {
  const message = signedBytes(body, signed.id, signed.timestamp)
  const tried = secrets.length === 0 ? [new Uint8Array()] : secrets
  const verified = await Promise.all(
    tried.map(async (secret) => {
      const key = await importSecret(secret, "verify")
      const matches = await Promise.all(
        signed.signatures.map((signature) => crypto.subtle.verify(HMAC, key, new Uint8Array(signature), message)),
      )
      return secret.length > 0 && matches.includes(true)
    }),
  )
  return verified.indexOf(true)
}

/**
 * Signs as a publisher does, for our own scripts and for what we send.
 *
 * @param timestamp seconds since 1970
 * @param secret at least one byte
 * @returns one entry of `webhook-signature`
 */
export async function sign(body: Uint8Array, id: string, timestamp: number, secret: Uint8Array): Promise<string> {
  if (secret.length === 0) throw new Error("A message cannot be signed with an empty secret")
  const key = await importSecret(secret, "sign")
  const digest = await crypto.subtle.sign(HMAC, key, signedBytes(body, id, timestamp))
  return `v1,${encodeBase64(new Uint8Array(digest))}`
}

function signedBytes(body: Uint8Array, id: string, timestamp: number): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(`${id}.${timestamp}.`)
  const bytes = new Uint8Array(head.length + body.length)
  bytes.set(head)
  bytes.set(body, head.length)
  return bytes
}

/** Web Crypto refuses a key of no bytes, so an empty secret stands for one that nobody can know. */
function importSecret(secret: Uint8Array, use: "sign" | "verify"): Promise<CryptoKey> {
  const bytes = secret.length === 0 ? crypto.getRandomValues(new Uint8Array(DIGEST_BYTES)) : new Uint8Array(secret)
  return crypto.subtle.importKey("raw", bytes, HMAC, false, [use])
}

/** The bytes of `whsec_` + base64 of 24 to 64 bytes, or undefined if the text is anything else. */
export function decodeSecret(text: string): Uint8Array | undefined {
  if (!text.startsWith(SECRET_PREFIX)) return undefined
  const secret = decodeBase64(text.slice(SECRET_PREFIX.length))
  return secret !== undefined && secret.length >= 24 && secret.length <= 64 ? secret : undefined
}

/** A secret of 256 random bits as it is shown to the publisher, once. */
export function newSecret(): string {
  return SECRET_PREFIX + encodeBase64(crypto.getRandomValues(new Uint8Array(32)))
}

/** Compares two texts through their digests, so that the time depends neither on where they differ nor on their lengths. */
export async function constantTimeEqual(a: string, b: string): Promise<boolean> {
  const encoder = new TextEncoder()
  const digests = await Promise.all([a, b].map((text) => crypto.subtle.digest("SHA-256", encoder.encode(text))))
  const [left, right] = digests.map((digest) => new Uint8Array(digest))
  let difference = 0
  for (let i = 0; i < DIGEST_BYTES; i++) difference |= (left?.[i] ?? 0) ^ (right?.[i] ?? 1)
  return difference === 0
}

/** Standard base64 (RFC 4648, 4) with padding. Meant for keys and digests, not for bodies. */
export function encodeBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
}

/** The bytes of standard base64, or undefined. White space, which `atob` forgives, is refused. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}
