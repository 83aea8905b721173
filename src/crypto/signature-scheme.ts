/**
 * Describes and verifies signatures of webhooks that do not follow Standard Webhooks. A scheme states the place of the
 * signature and of the time, the signed text, and the algorithm. All schemes use HMAC (RFC 2104) over the received
 * bytes. The duration of the verification does not depend on secrets.
 */
import * as v from "valibot"
import { decodeBase64 } from "../text/base64.ts"
import { DELIVERY_ID, MILLISECONDS_FROM, type SignatureProblem, timeProblem } from "./standard-webhooks.ts"

/** How many signatures of a message are verified at most. */
const SIGNATURE_LIMIT = 16

/** The number of bytes of each digest (FIPS 180-4). */
export const DIGEST_BYTES = { "SHA-1": 20, "SHA-256": 32, "SHA-384": 48, "SHA-512": 64 }

/**
 * Templates of the signed text. `{body}{ts}` is unambiguous without a separator, because a JSON body does not end with
 * a digit.
 */
const TEMPLATES = ["{id}.{ts}.{body}", "{ts}.{body}", "{ts}:{body}", "{body}{ts}", "{body}"] as const

const text = v.string("must be a string")
const headerName = v.pipe(text, v.regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, "must be the name of a header"))
const parameterName = v.pipe(text, v.regex(/^[A-Za-z0-9_-]{1,40}$/, "must be the name of a parameter, such as v1"))
const unit = v.picklist(["s", "ms"], "must be s or ms")
const oneOf = <const T extends string[]>(...words: T) => v.picklist(words, `must be one of ${words.join(", ")}`)

/** Describes how a sender signs. The schema is strict, because operators write schemes by hand. */
export const SignatureSchemeSchema = v.pipe(
  v.strictObject({
    signature: v.strictObject({
      /** The headers with signatures. A sender may use several headers while it replaces its secret. */
      headers: v.pipe(
        v.array(headerName, "must be an array"),
        v.minLength(1, "must name a header"),
        v.maxLength(3, "must name at most 3 headers"),
      ),
      /** The text before each signature, such as `sha256=`. */
      prefix: v.optional(v.pipe(text, v.regex(/^[!-+\--~]{1,40}$/, "must be visible characters without a comma"))),
      /** The signature's name in a header such as `name=value, name=value`; not together with `prefix`. */
      parameter: v.optional(parameterName),
    }),
    /** The place of a signed time: a separate header, or a parameter of the signature's header. */
    time: v.optional(
      v.union(
        [v.strictObject({ header: headerName, unit }), v.strictObject({ parameter: parameterName, unit })],
        "must be { header, unit } or { parameter, unit }",
      ),
    ),
    algorithm: oneOf("SHA-1", "SHA-256", "SHA-384", "SHA-512"),
    /** With `text` the key is the secret in UTF-8. With `base64` the key is the decoded secret without `whsec_`. */
    key: oneOf("text", "base64"),
    encoding: oneOf("hex", "base64", "base64url"),
    template: oneOf(...TEMPLATES),
    /** The header with the id of the delivery, if the id is signed. Anyone could replace an unsigned id. */
    id: v.optional(headerName),
  }),
  v.forward(
    v.check(
      ({ time, template }) => (time !== undefined) === template.includes("{ts}"),
      "is required if {ts} is signed, and not allowed otherwise",
    ),
    ["time"],
  ),
  v.forward(
    v.check(
      ({ id, template }) => (id !== undefined) === template.includes("{id}"),
      "is required if {id} is signed, and not allowed otherwise",
    ),
    ["id"],
  ),
  v.forward(
    v.check(
      ({ signature, time }) => signature.parameter !== undefined || time === undefined || "header" in time,
      "may be a parameter only if the signature is a parameter too",
    ),
    ["time"],
  ),
  v.forward(
    v.check(
      ({ signature }) => signature.parameter === undefined || signature.prefix === undefined,
      "cannot be combined with prefix",
    ),
    ["signature", "parameter"],
  ),
)

export type SignatureScheme = v.InferOutput<typeof SignatureSchemeSchema>

export type SchemeProblem = Exclude<SignatureProblem, "no_signature"> | "timestamp_in_seconds" | "bad_signature"

export type SchemeResult =
  | {
      ok: true
      /** The index of the first secret that verifies a signature. */
      secret: number
      /** Milliseconds since 1970. Missing if the scheme signs no time. */
      timestamp?: number
      /** The id of the delivery. Missing if the scheme does not sign it. */
      id?: string
    }
  | { ok: false; problem: SchemeProblem }

interface SignatureParts {
  signatures: Uint8Array[]
  /** The time as the sender wrote it, because this text is signed. */
  time?: string
  timestamp?: number
  id?: string
}

/**
 * Reads the headers, then verifies every signature with every secret in constant time, even after a match.
 * @param secrets as senders show them. If the list is empty, a random key is tried, which takes the same time
 */
export async function verifyScheme(
  scheme: SignatureScheme,
  headers: Headers,
  body: Uint8Array,
  secrets: string[],
  now: number,
): Promise<SchemeResult> {
  const parts = readHeaders(scheme, headers, now)
  if (typeof parts === "string") return { ok: false, problem: parts }
  const message = await signedBytes(scheme, body, parts)
  const keys = secrets.length === 0 ? [undefined] : secrets.map((secret) => secretBytes(scheme, secret))
  const results = await Promise.all(keys.map((key) => verifiesWith(scheme, key, parts.signatures, message)))
  const secret = results.indexOf(true)
  if (secret === -1) return { ok: false, problem: "bad_signature" }
  const { timestamp, id } = parts
  return { ok: true, secret, ...(timestamp !== undefined && { timestamp }), ...(id !== undefined && { id }) }
}

/** Checks the headers of a message without its keys. */
export function headerProblem(scheme: SignatureScheme, headers: Headers, now: number): SchemeProblem | undefined {
  const parts = readHeaders(scheme, headers, now)
  return typeof parts === "string" ? parts : undefined
}

/** The headers and parameters of the scheme that a message lacks, and how old its stated time is in milliseconds. */
export function headerFacts(
  scheme: SignatureScheme,
  headers: Headers,
  now: number,
): { missing: string[]; age?: number | undefined } {
  const { signature, time, id } = scheme
  const isSent = (name: string): boolean => (headers.get(name) ?? "") !== ""
  const sent = signature.headers.filter(isSent)
  const parts = sent.flatMap((name) => (headers.get(name) ?? "").split(/[,\s]+/))
  const parameters = [signature.parameter, ...(time && "parameter" in time ? [time.parameter] : [])]
  const missing = [
    ...(sent.length === 0 ? [signature.headers.join(" or ")] : []),
    ...[id, ...(time && "header" in time ? [time.header] : [])].filter((name) => name !== undefined && !isSent(name)),
    ...(sent.length === 0
      ? []
      : parameters
          .filter((name) => name !== undefined && valuesOf(parts, name).length === 0)
          .map((name) => `${name}=`)),
  ].filter((name) => name !== undefined)
  const text = time && ("header" in time ? headers.get(time.header) : valuesOf(parts, time.parameter)[0])
  const at = text && /^\d{1,15}$/.test(text) ? Number(text) * (time?.unit === "s" ? 1000 : 1) : undefined
  return { missing, ...(at !== undefined && { age: now - at }) }
}

/** @returns the key of a secret; undefined if the secret is empty or does not have the form that the scheme requires */
export function secretBytes(scheme: SignatureScheme, secret: string): Uint8Array<ArrayBuffer> | undefined {
  const bytes = scheme.key === "text" ? new TextEncoder().encode(secret) : decodeBase64(secret.replace(/^whsec_/, ""))
  return bytes === undefined || bytes.length === 0 ? undefined : new Uint8Array(bytes)
}

function readHeaders(scheme: SignatureScheme, headers: Headers, now: number): SignatureParts | SchemeProblem {
  const values = scheme.signature.headers.flatMap((name) => headers.get(name) ?? []).filter((value) => value !== "")
  if (values.length === 0) return "missing_headers"
  // The platform joins repeated headers by `, ` (RFC 9110 §5.3).
  const parts = values.flatMap((value) => value.split(/[,\s]+/)).filter((part) => part !== "")
  const id = readId(scheme, headers)
  if (id !== undefined && "problem" in id) return id.problem
  const time = readTime(scheme, headers, parts, now)
  if (typeof time === "string") return time
  const signatures = readSignatures(scheme, parts)
  if (signatures.length === 0) return "malformed_signature"
  return { signatures, ...time, ...(id && { id: id.id }) }
}

function readId(
  { id: name }: SignatureScheme,
  headers: Headers,
): { id: string } | { problem: SchemeProblem } | undefined {
  if (name === undefined) return undefined
  const id = headers.get(name)
  if (!id) return { problem: "missing_headers" }
  return DELIVERY_ID.test(id) ? { id } : { problem: "bad_id" }
}

function readTime(
  { time }: SignatureScheme,
  headers: Headers,
  parts: string[],
  now: number,
): { time?: string; timestamp?: number } | SchemeProblem {
  if (time === undefined) return {}
  const texts = "header" in time ? [headers.get(time.header) ?? ""].filter(Boolean) : valuesOf(parts, time.parameter)
  const [text, ...others] = texts
  if (text === undefined) return "missing_headers"
  const problem = others.length > 0 ? "bad_timestamp" : timeProblem(text, time.unit, now)
  if (problem === "too_old" && time.unit === "ms" && Number(text) < MILLISECONDS_FROM) return "timestamp_in_seconds"
  return problem ?? { time: text, timestamp: Number(text) * (time.unit === "s" ? 1000 : 1) }
}

/** Returns the values of a parameter from parts such as `name=value`. A value may contain `=`, as in base64. */
function valuesOf(parts: string[], name: string): string[] {
  return parts.filter((part) => part.startsWith(`${name}=`)).map((part) => part.slice(name.length + 1))
}

/** Reads signatures, and skips texts that do not decode to a digest of the scheme's length. */
function readSignatures({ signature, algorithm, encoding }: SignatureScheme, parts: string[]): Uint8Array[] {
  const { parameter, prefix = "" } = signature
  const texts =
    parameter === undefined
      ? parts.filter((part) => part.startsWith(prefix)).map((part) => part.slice(prefix.length))
      : valuesOf(parts, parameter)
  return texts
    .flatMap((text) => decode(text, encoding) ?? [])
    .filter(({ length }) => length === DIGEST_BYTES[algorithm])
    .slice(0, SIGNATURE_LIMIT)
}

function decode(text: string, encoding: SignatureScheme["encoding"]): Uint8Array | undefined {
  if (encoding === "base64") return decodeBase64(text)
  // In base64url the padding may be missing (RFC 4648 §5).
  if (encoding === "base64url") {
    return /[+/]/.test(text) ? undefined : decodeBase64(text.replaceAll("-", "+").replaceAll("_", "/"))
  }
  if (!/^(?:[0-9a-f]{2})+$/i.test(text)) return undefined
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

function signedBytes(
  { template }: SignatureScheme,
  body: Uint8Array,
  { id = "", time = "" }: SignatureParts,
): Promise<ArrayBuffer> {
  const texts = template.split("{body}").map((part) => part.replace("{id}", () => id).replace("{ts}", () => time))
  const [before = "", after = ""] = texts
  return new Blob([before, body as Uint8Array<ArrayBuffer>, after]).arrayBuffer()
}

/** Verifies with one key. Without a key, a random key takes the same time, and its result is ignored. */
async function verifiesWith(
  { algorithm }: SignatureScheme,
  secret: Uint8Array<ArrayBuffer> | undefined,
  signatures: Uint8Array[],
  message: ArrayBuffer,
): Promise<boolean> {
  const bytes = secret ?? crypto.getRandomValues(new Uint8Array(DIGEST_BYTES[algorithm]))
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: algorithm }, false, ["verify"])
  const matches = await Promise.all(
    signatures.map((signature) => crypto.subtle.verify("HMAC", key, new Uint8Array(signature), message)),
  )
  return secret !== undefined && matches.includes(true)
}
