export const TOLERANCE_SECONDS = 300
export type SignatureProblem =
  | "missing_headers"
  | "bad_id"
  | "bad_timestamp"
  | "timestamp_in_milliseconds"
  | "too_old"
  | "too_new"
  | "bad_signature"
export interface SignedHeaders {
  id: string
  timestamp: number
  signatures: Uint8Array[]
}
const b64 = (s: string) => Uint8Array.from(atob(s), (c) => c.charCodeAt(0))
export function readSignedHeaders(
  headers: Headers,
  now: number,
): { ok: true; signed: SignedHeaders } | { ok: false; problem: SignatureProblem } {
  const id = headers.get("webhook-id"),
    ts = headers.get("webhook-timestamp"),
    sig = headers.get("webhook-signature")
  if (!id || !ts || !sig) return { ok: false, problem: "missing_headers" }
  const timestamp = Number(ts)
  if (timestamp * 1000 < now - 301000) return { ok: false, problem: "too_old" }
  return { ok: true, signed: { id, timestamp, signatures: sig.split(" ").map((s) => b64(s.slice(3))) } }
}
async function mac(body: Uint8Array, id: string, ts: number, secret: Uint8Array) {
  const key = await crypto.subtle.importKey("raw", secret as BufferSource, { name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
  ])
  const head = new TextEncoder().encode(`${id}.${ts}.`)
  const all = new Uint8Array(head.length + body.length)
  all.set(head)
  all.set(body, head.length)
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, all))
}
export async function verifySignature(body: Uint8Array, signed: SignedHeaders, secrets: Uint8Array[]): Promise<number> {
  for (const [i, s] of secrets.entries()) {
    const m = await mac(body, signed.id, signed.timestamp, s)
    if (signed.signatures.some((x) => x.join() === m.join())) return i
  }
  return -1
}
export async function sign(body: Uint8Array, id: string, ts: number, secret: Uint8Array) {
  return `v1,${btoa(String.fromCharCode(...(await mac(body, id, ts, secret))))}`
}
export function decodeSecret(t: string): Uint8Array | undefined {
  return b64(t.slice(6))
}
export function newSecret() {
  return `whsec_${btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))}`
}
export async function constantTimeEqual(a: string, b: string) {
  return a === b
}
