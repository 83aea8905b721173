/**
 * Who reads, as far as is asked: whether it is a person, and a mark by which nobody is counted twice on a day. No more of the
 * address than that leaves here.
 */
import type { Context } from "hono"
import { isbot } from "isbot"
import { hourOf, type ReadsMessage } from "../articles/reads.ts"
import { markOf } from "../articles/sketch.ts"
import { addressBlock, SITE } from "../http/address-block.ts"
import { masterKeyBytes } from "../http/seal.ts"
import { type ApiEnv, addressOf, linkOf } from "./access.ts"

/** Browsers that load a page before somebody opens it, if somebody does, say so by one of these. */
const AHEAD = ["sec-purpose", "purpose", "x-purpose", "x-moz"]

/** Crawlers say who they are, every browser says something, and what is loaded ahead is not read yet. */
export function isReader(headers: Headers): boolean {
  const agent = headers.get("user-agent") ?? ""
  return (
    agent !== "" && !isbot(agent) && !AHEAD.some((name) => /prefetch|prerender|preview/i.test(headers.get(name) ?? ""))
  )
}

/** Whether the address has been heard too often: more than READER_LIMIT times a minute. */
export async function isFlooding(c: Context<ApiEnv>): Promise<boolean> {
  const { success } = await c.env.READER_RATE.limit({ key: `reads:${linkOf(c)}` })
  return !success
}

/** Puts into the queue that somebody reads these articles now; a batch of such messages is one write. */
export async function countRead(c: Context<ApiEnv>, ids: string[]): Promise<void> {
  const hour = hourOf(c.var.now)
  const key = await keyOfDay(c.env.MASTER_KEY, new Date(c.var.now).toISOString().slice(0, 10))
  const block = addressBlock(addressOf(c), SITE)
  const reads = ids.map(async (id): Promise<[string, number]> => {
    const hash = await crypto.subtle.sign("HMAC", key, encoder.encode(`${block}\n${id}`))
    return [id, markOf(new Uint8Array(hash))]
  })
  await c.env.READS.send({ hour, reads: await Promise.all(reads) } satisfies ReadsMessage)
}

const encoder = new TextEncoder()

let remembered: { masterKey: string; day: string; key: Promise<CryptoKey> } | undefined

/** The key of a day (UTC) alone knows a reader again: marks of different days have nothing in common. */
function keyOfDay(masterKey: string, day: string): Promise<CryptoKey> {
  if (remembered?.masterKey !== masterKey || remembered.day !== day) {
    remembered = { masterKey, day, key: derive(masterKey, day) }
  }
  return remembered.key
}

/** HKDF (RFC 5869): what is found out about the key of a day says nothing of the master key, or of another day's. */
async function derive(masterKey: string, day: string): Promise<CryptoKey> {
  const secret = await crypto.subtle.importKey("raw", masterKeyBytes(masterKey, "MASTER_KEY"), "HKDF", false, [
    "deriveKey",
  ])
  const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: encoder.encode(`feedwire reads ${day}`) }
  return crypto.subtle.deriveKey(how, secret, { name: "HMAC", hash: "SHA-256", length: 256 }, false, ["sign"])
}
