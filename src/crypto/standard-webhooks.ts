/**
 * Verifies signatures of Standard Webhooks 1.0 over `{id}.{timestamp}.{body}`: `v1` is HMAC-SHA256, `v1a` is Ed25519.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md The duration reveals
 * neither an almost correct key nor whether the publisher has a key.
 */
import { decodeBase64, encodeBase64 } from "../text/base64.ts"

/** How much the time of a message may differ from the current time. */
const TOLERANCE_MS = 300_000

/** How many signatures of a message are verified. Two are needed while a publisher changes its key. */
const SIGNATURE_LIMIT = 16

/** From here on, a number is in milliseconds. As seconds it would be after the year 5138, which no sender sends. */
export const MILLISECONDS_FROM = 100_000_000_000

const DIGEST_BYTES = 32
const PUBLIC_KEY_BYTES = 32
const SECRET_PREFIX = "whsec_"
const PUBLIC_KEY_PREFIX = "whpk_"

const STANDARD_SCHEMES = ["v1", "v1a"] as const
export type StandardScheme = (typeof STANDARD_SCHEMES)[number]

const SIGNATURE_BYTES: Record<StandardScheme, number> = { v1: DIGEST_BYTES, v1a: 64 }

/** An id must have no full stop, because the id `a.1` with the time `2` would sign the same bytes as `a` with `1.2`. */
export const DELIVERY_ID = /^[!-\-/-~]{1,256}$/

/** Prefixes of header names. Svix wrote the specification, and its customers still send the older prefix. */
const HEADER_PREFIXES = ["webhook", "svix"] as const
const HEADER_SUFFIXES = ["id", "timestamp", "signature"]

/** The prime of the field of Ed25519's curve (RFC 8032 §5.1). */
const FIELD_PRIME = 2n ** 255n - 19n
/** The y coordinate of a point of order 8 on Ed25519's curve. Keys of small order are refused. */
const Y_OF_ORDER_8 = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n

export type SignatureProblem =
  | "missing_headers"
  | "bad_id"
  | "bad_timestamp"
  | "timestamp_in_milliseconds"
  | "too_old"
  | "too_new"
  | "no_signature"
  | "malformed_signature"

type TimeProblem = "bad_timestamp" | "timestamp_in_milliseconds" | "too_old" | "too_new"

/** The content of the three headers. It is well-formed and recent, but the signature is not verified yet. */
export interface SignedHeaders {
  id: string
  /** Seconds since 1970. */
  timestamp: number
  /** The list has at least one signature. */
  signatures: Signature[]
}

export interface Signature {
  scheme: StandardScheme
  /** The signature, whose length is correct for the scheme. */
  bytes: Uint8Array<ArrayBuffer>
}

/** A decoded secret or public key, with its scheme. */
export interface VerificationKey {
  scheme: StandardScheme
  bytes: Uint8Array
}

/** Reads `webhook-id`, `webhook-timestamp` and `webhook-signature`, or else the `svix-` headers. */
export function readSignedHeaders(
  headers: Headers,
  now: number,
): { ok: true; signed: SignedHeaders } | { ok: false; problem: SignatureProblem } {
  const [id, time, list] = signedHeaderNames(headers).map((name) => headers.get(name))
  if (!id || !time || !list) return { ok: false, problem: "missing_headers" }
  if (!DELIVERY_ID.test(id)) return { ok: false, problem: "bad_id" }
  const problem = timeProblem(time, "s", now)
  if (problem !== undefined) return { ok: false, problem }
  const timestamp = Number(time)
  const { signatures, isMalformed } = readSignatures(list)
  if (signatures.length === 0) return { ok: false, problem: isMalformed ? "malformed_signature" : "no_signature" }
  return { ok: true, signed: { id, timestamp, signatures } }
}

/** Returns what is wrong with a signed time; undefined if the time is recent. */
export function timeProblem(text: string, unit: "s" | "ms", now: number): TimeProblem | undefined {
  // Leading zeros are refused, because the text to verify contains the number without these zeros.
  if (!/^(?:0|[1-9]\d{0,14})$/.test(text)) return "bad_timestamp"
  const time = Number(text)
  if (unit === "s" && time >= MILLISECONDS_FROM) return "timestamp_in_milliseconds"
  const age = unit === "s" ? (Math.floor(now / 1000) - time) * 1000 : now - time
  if (age > TOLERANCE_MS) return "too_old"
  return age < -TOLERANCE_MS ? "too_new" : undefined
}

/** Returns the names of the headers of one prefix. A mix could differ from the headers that a proxy verified. */
export function signedHeaderNames(headers: Headers): [id: string, timestamp: string, signature: string] {
  const prefix = HEADER_PREFIXES.find((each) => HEADER_SUFFIXES.some((name) => headers.has(`${each}-${name}`)))
  const nameOf = (suffix: string): string => `${prefix ?? HEADER_PREFIXES[0]}-${suffix}`
  return [nameOf("id"), nameOf("timestamp"), nameOf("signature")]
}

/**
 * Reads signatures, and skips unknown versions, as the specification requires for later schemes.
 * @returns isMalformed if a version is known and its bytes are not a signature
 */
function readSignatures(list: string): { signatures: Signature[]; isMalformed: boolean } {
  const signatures: Signature[] = []
  let isMalformed = false
  for (const entry of list.split(" ")) {
    // The platform joins repeated headers by `, `.
    const [version, encodedSignature, ...rest] = entry.replace(/,$/, "").split(",", 3)
    const scheme = STANDARD_SCHEMES.find((each) => each === version)
    if (scheme === undefined) continue
    const bytes = rest.length > 0 ? undefined : decodeBase64(encodedSignature ?? "")
    if (bytes?.length === SIGNATURE_BYTES[scheme]) signatures.push({ scheme, bytes })
    else isMalformed = true
    if (signatures.length === SIGNATURE_LIMIT) break
  }
  return { signatures, isMalformed }
}

/**
 * Verifies every signature with every key of its scheme, each in constant time, even after a match. If there is no key,
 * a dummy key takes the same time.
 * @param keys the valid keys; undefined stands for a key that cannot be decrypted
 * @returns the index of the first key that verifies, and its scheme; undefined if no key verifies
 */
export async function verifySignature(
  body: Uint8Array,
  signedHeaders: SignedHeaders,
  keys: readonly (VerificationKey | undefined)[],
): Promise<{ index: number; scheme: StandardScheme } | undefined> {
  const message = await signedBytes(body, signedHeaders.id, signedHeaders.timestamp)
  const checks = STANDARD_SCHEMES.flatMap((scheme) => {
    const signatures = signedHeaders.signatures.filter((signature) => signature.scheme === scheme)
    const schemeKeys = keys.flatMap((key, index) =>
      key?.scheme === scheme && key.bytes.length > 0 ? [{ index, bytes: key.bytes }] : [],
    )
    const candidates = schemeKeys.length > 0 ? schemeKeys : [{ index: -1, bytes: DUMMY_KEYS[scheme]() }]
    return candidates.map(async ({ index, bytes }) => {
      const key = await crypto.subtle.importKey("raw", new Uint8Array(bytes), ALGORITHMS[scheme], false, ["verify"])
      const matches = await Promise.all(
        signatures.map((signature) => crypto.subtle.verify(ALGORITHMS[scheme], key, signature.bytes, message)),
      )
      return { index, scheme, verified: index >= 0 && matches.includes(true) }
    })
  })
  const matchingKeys = (await Promise.all(checks)).filter((each) => each.verified)
  const [first] = matchingKeys.toSorted((a, b) => a.index - b.index)
  return first && { index: first.index, scheme: first.scheme }
}

const ALGORITHMS = { v1: { name: "HMAC", hash: "SHA-256" }, v1a: { name: "Ed25519" } }

/** Dummy keys for publishers without a key. Their result is ignored. */
const DUMMY_KEYS: Record<StandardScheme, () => Uint8Array> = {
  v1: () => crypto.getRandomValues(new Uint8Array(DIGEST_BYTES)),
  // The base point of the curve (4/5, 0x6666…58; RFC 8032 §5.1), because verification ends early if a key is no point.
  v1a: () => new Uint8Array(PUBLIC_KEY_BYTES).fill(0x66).fill(0x58, 0, 1),
}

const signedBytes = (body: Uint8Array, id: string, timestamp: number): Promise<ArrayBuffer> =>
  new Blob([`${id}.${timestamp}.`, body as Uint8Array<ArrayBuffer>]).arrayBuffer()

/** Returns the bytes of `whsec_` + base64 of 24 to 64 bytes, or undefined for any other text. */
export function decodeSecret(text: string): Uint8Array | undefined {
  if (!text.startsWith(SECRET_PREFIX)) return undefined
  const secret = decodeBase64(text.slice(SECRET_PREFIX.length))
  return secret !== undefined && secret.length >= 24 && secret.length <= 64 ? secret : undefined
}

/**
 * Returns the bytes of `whpk_` + base64 of an Ed25519 public key (RFC 8032 §5.1.5), or undefined. Points of small order
 * are rejected, because unsigned messages verify with them.
 */
export function decodePublicKey(text: string): Uint8Array | undefined {
  if (!text.startsWith(PUBLIC_KEY_PREFIX)) return undefined
  const key = decodeBase64(text.slice(PUBLIC_KEY_PREFIX.length))
  return key?.length === PUBLIC_KEY_BYTES && !hasSmallOrder(key) ? key : undefined
}

/**
 * Compares only y, because both points with this y have the same order. It compares modulo the prime, because some
 * values of y have two encodings.
 */
function hasSmallOrder(key: Uint8Array): boolean {
  const y = BigInt.asUintN(
    255,
    key.reduceRight((value, byte) => value * 256n + BigInt(byte), 0n),
  )
  return [0n, 1n, FIELD_PRIME - 1n, Y_OF_ORDER_8, FIELD_PRIME - Y_OF_ORDER_8].includes(y % FIELD_PRIME)
}

/** Returns the key of a publisher's `whsec_` or `whpk_` text; undefined for any other text. */
export function decodeKey(text: string): VerificationKey | undefined {
  const secret = decodeSecret(text)
  if (secret) return { scheme: "v1", bytes: secret }
  const publicKey = decodePublicKey(text)
  return publicKey && { scheme: "v1a", bytes: publicKey }
}

/** Makes a secret of 256 random bits. The publisher sees its text only once. */
export function newSecret(): string {
  return SECRET_PREFIX + encodeBase64(crypto.getRandomValues(new Uint8Array(32)))
}
