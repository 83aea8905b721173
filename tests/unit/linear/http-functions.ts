/** Every exported function of http/ that reads text, with the arguments that contain the text. */

import { constantTimeEqual } from "../../../src/crypto/constant-time.ts"
import { decrypt, deriveSivKeys, encrypt } from "../../../src/crypto/deterministic-encryption.ts"
import { sha256 } from "../../../src/crypto/digest.ts"
import { decryptSecret, encryptionKeys, masterKeyBytes } from "../../../src/crypto/encryption.ts"
import {
  headerFacts,
  headerProblem,
  type SignatureScheme,
  secretBytes,
  verifyScheme,
} from "../../../src/crypto/signature-scheme.ts"
import * as signature from "../../../src/crypto/standard-webhooks.ts"
import { isOperatorToken, readPartnerKey } from "../../../src/crypto/token.ts"
import { addressBlock, LINK_PREFIX_BITS } from "../../../src/http/client-address.ts"
import { acceptsDelta, dateOfCopy, ifNoneMatchTags, isNotModified } from "../../../src/http/conditional-request.ts"
import { outboundUrlProblem } from "../../../src/http/outbound-url.ts"
import { prefersPage } from "../../../src/http/page-preference.ts"
import { isStorageFailure, Problem, problemResponse } from "../../../src/http/problem.ts"
import { ConfigurationError } from "../../../src/log/error-causes.ts"
import { describeError, logError } from "../../../src/log/log.ts"
import { redactPath, redactQuery } from "../../../src/log/redact-path.ts"
import { schemeReason, signatureReason, sourceReason } from "../../../src/push/auth/refusal-reasons.ts"
import { decodeBase64, decodeBase64Url, encodeBase64 } from "../../../src/text/base64.ts"
import { exportsOf, over, type Subject } from "./subject.ts"

// The functions are imported without types, because each function gets only the members that it reads.
const { publicHeaders } = await exportsOf("http/edge-cache.ts")

const HOUR = 3_600_000
const bytes = (text: string) => new TextEncoder().encode(text)
const eighth = (text: string) => text.slice(-text.length / 8)

export const wellFormed = (text: string) => text.replace(/\p{Surrogate}/gu, "?")

/** Headers can contain only bytes. */
export const headersOf = (names: string[], text: string) => {
  const value = text.replace(/[^\x20-\x7e]/g, "?")
  return new Headers(names.map((name): [string, string] => [name, value]))
}

const SCHEME: SignatureScheme = {
  signature: { headers: ["x-signature"], parameter: "v1" },
  time: { parameter: "t", unit: "s" },
  ...{ algorithm: "SHA-256", key: "base64", encoding: "hex", template: "{ts}.{body}" },
}
const PLAIN_SCHEME: SignatureScheme = {
  signature: { headers: ["x-signature"] },
  ...{ algorithm: "SHA-256", key: "text", encoding: "base64url", template: "{body}" },
}
const SIV_KEYS = await deriveSivKeys(new Uint8Array(32), "a")
const KEYS = await encryptionKeys(encodeBase64(new Uint8Array(32)))

/** Runs the work, and hides the lines that it logs. */
function unseen(work: () => void): void {
  const { error } = console
  console.error = () => {}
  try {
    work()
  } finally {
    console.error = error
  }
}

function logStack(text: string): void {
  const error = new Error("lost")
  error.stack = `Error: lost\n${text}`
  unseen(() => logError("lost", error))
}

export const HTTP_FUNCTIONS: readonly Subject[] = [
  ...over(addressBlock, (text) => addressBlock(text, LINK_PREFIX_BITS)),
  ...over(dateOfCopy, { date: (text) => dateOfCopy(headersOf(["if-modified-since"], text)) }),
  ...over(acceptsDelta, (text) => acceptsDelta(headersOf(["a-im"], `feed;q=0.${text}`))),
  ...over(isNotModified, (text) =>
    isNotModified(headersOf(["if-none-match"], text), { etag: '"a"', lastModified: HOUR, isDated: true }),
  ),
  ...over(prefersPage, prefersPage),
  ...over(ifNoneMatchTags, (text) => ifNoneMatchTags(headersOf(["if-none-match"], text))),
  ...over(sha256, sha256),
  ...over(publicHeaders, (text) => publicHeaders(60, [wellFormed(text)], {})),
  ...over(outboundUrlProblem, (text) =>
    outboundUrlProblem(text, { allowLoopback: false, ownHosts: ["feeds.example"] }),
  ),
  ...over(isStorageFailure, (text) => isStorageFailure(new Error(text))),
  ...over(problemResponse, (text) => problemResponse(new Problem("not_found", text), "https://feeds.example", text)),
  ...over(masterKeyBytes, (text) => masterKeyBytes(text, "MASTER_KEY")),
  ...over(encryptionKeys, (text) => encryptionKeys(text)),
  ...over(decodeBase64Url, decodeBase64Url),
  ...over(encrypt, (text) => encrypt(SIV_KEYS, bytes(text), "cursor")),
  ...over(decrypt, (text) => decrypt(SIV_KEYS, new Uint8Array(bytes(text)), "cursor")),
  ...over(describeError, {
    "of the runtime": (text) => describeError(new Error(text, { cause: new Error(`put: ${text}`) })),
    "of a setting": (text) => describeError(new ConfigurationError(text)),
  }),
  ...over(logError, { message: (text) => unseen(() => logError("lost", new Error(text))), stack: logStack }),
  ...over(decryptSecret, (text) => decryptSecret(KEYS, text, "key:1")),
  ...over(signature.readSignedHeaders, (text) =>
    signature.readSignedHeaders(
      new Headers([
        ["webhook-id", "a"],
        ["webhook-timestamp", "3600"],
        ...headersOf(["webhook-signature"], eighth(text)),
      ]),
      HOUR,
    ),
  ),
  ...over(signature.decodeSecret, signature.decodeSecret),
  ...over(signature.decodePublicKey, signature.decodePublicKey),
  ...over(signature.decodeKey, signature.decodeKey),
  ...over(decodeBase64, decodeBase64),
  ...over(constantTimeEqual, (text) => constantTimeEqual(text, "a")),
  ...over(secretBytes, (text) => secretBytes(SCHEME, text)),
  ...over(headerFacts, (text) => headerFacts(SCHEME, headersOf(["x-signature"], `t=3600,v1=${text}`), HOUR)),
  ...over(schemeReason, (text) =>
    schemeReason(SCHEME, "too_old", headersOf(["x-signature"], `t=3600,v1=${text}`), HOUR),
  ),
  ...over(signatureReason, (text) => signatureReason("too_old", headersOf(["webhook-timestamp"], text), HOUR)),
  ...over(sourceReason, (text) => sourceReason(text, undefined)),
  ...over(headerProblem, (text) => headerProblem(SCHEME, headersOf(["x-signature"], `t=3600,v1=${text}`), HOUR)),
  ...over(verifyScheme, {
    parameters: (text) => verifyScheme(SCHEME, headersOf(["x-signature"], `t=3600,v1=${text}`), bytes(""), [], HOUR),
    header: (text) => verifyScheme(PLAIN_SCHEME, headersOf(["x-signature"], eighth(text)), bytes(text), [text], HOUR),
  }),
  ...over(readPartnerKey, { plain: readPartnerKey, begun: (text) => readPartnerKey(`fwk_0123456789ab_${text}`) }),
  ...over(isOperatorToken, { plain: isOperatorToken, begun: (text) => isOperatorToken(`fwo_${text}`) }),
  ...over(redactQuery, (text) => redactQuery(`?a=${text}`)),
  ...over(redactPath, { path: (text) => redactPath(`/${text}`), push: (text) => redactPath(`/push${text}`) }),
]
