/** Shared by the tests of signatures: headers, secrets and bodies. */
import { generateKeyPairSync, type KeyObject, sign as signWith } from "node:crypto"
import { expect } from "vitest"
import {
  decodeKey,
  readSignedHeaders,
  type SignedHeaders,
  type VerificationKey,
  verifySignature,
} from "../../../src/crypto/standard-webhooks.ts"

export const NOW = 1_770_000_000_999

export const SECONDS = 1_770_000_000

export const bytes = (text: string) => new TextEncoder().encode(text)

export const secretOf = (length: number, fill = 7) => new Uint8Array(length).fill(fill)

export const whsec = (secret: Uint8Array) => `whsec_${Buffer.from(secret).toString("base64")}`

export const A = secretOf(32, 1)

export const B = secretOf(24, 2)

export const BODY = `{"type":"article.published","data":{"title":"خبر"}}`

export function headers(changes: Record<string, string | undefined> = {}): Headers {
  const all: Record<string, string | undefined> = {
    "webhook-id": "msg_1",
    "webhook-timestamp": String(SECONDS),
    "webhook-signature": `v1,${Buffer.alloc(32).toString("base64")}`,
    ...changes,
  }
  return new Headers(Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}

export function read(changes: Record<string, string | undefined> = {}, now = NOW): SignedHeaders {
  const result = readSignedHeaders(headers(changes), now)
  if (!result.ok) throw new Error(result.problem)
  return result.signed
}

export function problem(changes: Record<string, string | undefined>, now = NOW): string {
  const result = readSignedHeaders(headers(changes), now)
  return result.ok ? "none" : result.problem
}

export const v1 = (secret: Uint8Array): VerificationKey => ({ scheme: "v1", bytes: secret })

/** @returns the index of the first key that verifies a signature of the list; -1 if no key does */
export async function verify(list: string, keys: (Uint8Array | VerificationKey | undefined)[], body = bytes(BODY)) {
  const all = keys.map((key) => (key instanceof Uint8Array ? v1(key) : key))
  return (await verifySignature(body, read({ "webhook-signature": list }), all))?.index ?? -1
}

interface Pair {
  key: VerificationKey
  /** whpk_… */
  text: string
  /** An entry of webhook-signature, made by node:crypto, which does not share code with the verification. */
  sign: (body: Uint8Array, id?: string, seconds?: number) => string
}

export function newPair(): Pair {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519")
  const raw = Buffer.from(String(publicKey.export({ format: "jwk" }).x), "base64url")
  const text = `whpk_${raw.toString("base64")}`
  return {
    key: decodeKey(text) ?? expect.fail("the key is refused"),
    text,
    sign: (body, id = "msg_1", seconds = SECONDS) => `v1a,${ed25519(privateKey, body, id, seconds)}`,
  }
}

const ed25519 = (key: KeyObject, body: Uint8Array, id: string, seconds: number) =>
  signWith(null, Buffer.concat([bytes(`${id}.${seconds}.`), body]), key).toString("base64")

export const one = newPair()

export const two = newPair()
