/**
 * Says for the log exactly why a message was refused. The answer to the sender says less, because it must not reveal
 * which publishers, sources and keys exist.
 */
import { DIGEST_BYTES, headerFacts, type SchemeProblem, type SignatureScheme } from "../../crypto/signature-scheme.ts"
import { type SignatureProblem, signedHeaderNames } from "../../crypto/standard-webhooks.ts"
import { isSlug } from "../../text/slug.ts"
import type { PublisherCredentials } from "./publishers.ts"

/** These answers depend only on the headers, so they do not reveal which publishers exist. */
export const SIGNATURE_PROBLEM_DETAILS: Record<SignatureProblem, string> = {
  missing_headers: "webhook-id, webhook-timestamp and webhook-signature must all be sent (Standard Webhooks 1.0).",
  bad_id: "webhook-id must have 1 to 256 visible ASCII characters and no dot.",
  bad_timestamp: "webhook-timestamp must be a whole number of seconds since 1970.",
  timestamp_in_milliseconds: "webhook-timestamp is in milliseconds; it must be in seconds.",
  too_old: "webhook-timestamp is more than 300 seconds old: sign again when you retry, and check the sender's clock.",
  too_new: "webhook-timestamp is more than 300 seconds ahead: check the sender's clock.",
  no_signature: "webhook-signature holds no v1 or v1a signature: send v1,<base64 HMAC-SHA256>.",
  malformed_signature:
    'The signature in webhook-signature has a wrong length or is not base64: after "v1," send 32 bytes in base64 (44 characters), or after "v1a," 64 bytes.',
}

/** An unknown publisher, an unknown source, a wrong key and a wrong signature all get this answer. */
export const UNVERIFIED_DETAIL =
  "No live key of a publisher of this name verifies this request: sign the raw bytes as /docs#signatures says."

/** The reason of a refusal by the headers of our own format. */
export function signatureReason(problem: SignatureProblem, headers: Headers, now: number): string {
  const names = signedHeaderNames(headers)
  if (problem === "missing_headers") return missingReason(names.filter((name) => !headers.get(name)))
  const [, timeName] = names
  if (problem !== "too_old" && problem !== "too_new") return SIGNATURE_PROBLEM_DETAILS[problem]
  return ageReason(timeName, now - Number(headers.get(timeName)) * 1000)
}

const missingReason = (names: string[]): string => `The request lacks ${names.join(", ")}.`

function ageReason(name: string, age: number): string {
  const seconds = Math.round(Math.abs(age) / 1000)
  return age > 0
    ? `${name} is ${seconds} seconds old, more than 300: the message waited before it was sent, or the sender's clock is slow.`
    : `${name} is ${seconds} seconds ahead, more than 300: the sender's clock is fast.`
}

/** The reason of a refusal by the headers of a source's scheme. */
export function schemeReason(
  scheme: SignatureScheme | undefined,
  problem: SchemeProblem,
  headers: Headers,
  now: number,
): string {
  const { missing, age } = scheme === undefined ? { missing: [] } : headerFacts(scheme, headers, now)
  if (problem === "missing_headers" && missing.length > 0) return missingReason(missing)
  if ((problem === "too_old" || problem === "too_new") && age !== undefined) return ageReason("The signed time", age)
  return describeSchemeProblem(scheme, problem)
}

/** The reason of a refusal because no key fits. @param keys those that were tried */
export function keyReason(
  credentials: PublisherCredentials | undefined,
  keys: { id: string }[],
  isBearer = false,
): string {
  if (credentials === undefined) return UNVERIFIED_DETAIL
  if (keys.length === 0)
    return "No live key can verify this request: the publisher has none for this endpoint, or it ended."
  const ids = keys.map(({ id }) => id).join(" and ")
  return isBearer
    ? `The key that was sent is not the secret of ${ids}.`
    : `The signature does not fit ${ids}: the secret differs, or the signed bytes are not those that were sent.`
}

/** The reason of a refusal because no source of this name signs its messages, or its address is wrong. */
export function sourceReason(name: string, credentials: PublisherCredentials | undefined): string {
  if (credentials === undefined) return UNVERIFIED_DETAIL
  const { source } = credentials
  if (source === undefined) return `The publisher has no source ${isSlug(name) ? name : "of this name"}.`
  return source.tokenHash === null
    ? `The source ${source.name} signs its messages, and has no secret address.`
    : `The source ${source.name} has a secret address, and this request was sent to another one.`
}

/** Describes an error in the headers. The sentence uses the header names of the sender's scheme. */
export function describeSchemeProblem(scheme: SignatureScheme | undefined, problem: SchemeProblem): string {
  if (scheme === undefined || problem === "bad_signature") return UNVERIFIED_DETAIL
  const { signature, time, algorithm, encoding } = scheme
  const names = [...signature.headers, ...(time && "header" in time ? [time.header] : [])].join(" and ")
  const parameters = time && "parameter" in time ? `${signature.parameter}= and ${time.parameter}=` : ""
  const start = signature.parameter === undefined ? (signature.prefix ?? "") : `${signature.parameter}=`
  const sentences: Record<Exclude<SchemeProblem, "bad_signature">, string> = {
    missing_headers: `${names} must be sent${parameters && `, with ${parameters}`}.`,
    malformed_signature: `${names} must hold ${start && `${start} and `}${DIGEST_BYTES[algorithm]} bytes in ${encoding}.`,
    bad_id: "The id of the delivery must have 1 to 256 visible ASCII characters and no dot.",
    bad_timestamp: `The time in ${names} must be a whole number of seconds or milliseconds since 1970.`,
    timestamp_in_milliseconds: `The time in ${names} is in milliseconds; it must be in seconds.`,
    timestamp_in_seconds: `The time in ${names} is in seconds; it must be in milliseconds.`,
    too_old: "The signed time is more than 300 seconds old: check the sender's clock.",
    too_new: "The signed time is more than 300 seconds ahead: check the sender's clock.",
  }
  return sentences[problem]
}
