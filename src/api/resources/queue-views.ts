/** Queues views. The only data about a reader is a hash, so that each reader counts once a day for an article. */
import type { Context } from "hono"
import { isbot } from "isbot"
import { hourOf, type ViewsMessage } from "../../articles/views/count-views.ts"
import { hashToMark } from "../../articles/views/reader-sketch.ts"
import { masterKeyBytes } from "../../crypto/encryption.ts"
import { addressBlock, clientAddressOf, clientBlockOf, SITE_PREFIX_BITS } from "../../http/client-address.ts"
import type { ApiEnv } from "../access/env.ts"

/** Browsers send one of these headers when they load a page before the reader opens it. */
const PREFETCH_HEADERS = ["sec-purpose", "purpose", "x-purpose", "x-moz"]

/** Whether a person views the page. Crawlers, clients without a User-Agent and prefetches do not count. */
export function isReader(headers: Headers): boolean {
  const agent = headers.get("user-agent") ?? ""
  return (
    agent !== "" &&
    !isbot(agent) &&
    !PREFETCH_HEADERS.some((name) => /prefetch|prerender|preview/i.test(headers.get(name) ?? ""))
  )
}

/** Whether the IP address has sent more than READER_REQUESTS_PER_MINUTE. */
export async function isOverViewLimit(c: Context<ApiEnv>): Promise<boolean> {
  const { success } = await c.env.READER_RATE.limit({ key: `views:${clientBlockOf(c)}` })
  return !success
}

/** Queues a view of each article. The consumer writes a whole batch of views at once. */
export async function queueViews(c: Context<ApiEnv>, ids: string[]): Promise<void> {
  const hour = hourOf(c.var.now)
  const key = await keyOfDay(c.env.MASTER_KEY, new Date(c.var.now).toISOString().slice(0, 10))
  const block = addressBlock(clientAddressOf(c), SITE_PREFIX_BITS)
  const views = ids.map(async (id): Promise<[string, number]> => {
    const hash = await crypto.subtle.sign("HMAC", key, encoder.encode(`${block}\n${id}`))
    return [id, hashToMark(new Uint8Array(hash))]
  })
  await c.env.VIEWS.send({ hour, views: await Promise.all(views) } satisfies ViewsMessage)
}

const encoder = new TextEncoder()

let dayKey: { masterKey: string; day: string; key: Promise<CryptoKey> } | undefined

/** Returns the key of a day (UTC). The key changes daily, so that no one can link hashes of two days to one reader. */
function keyOfDay(masterKey: string, day: string): Promise<CryptoKey> {
  if (dayKey?.masterKey !== masterKey || dayKey.day !== day) {
    dayKey = { masterKey, day, key: deriveDayKey(masterKey, day) }
  }
  return dayKey.key
}

/** Derives the key by HKDF (RFC 5869), so no one can compute the master key or another day's key from it. */
async function deriveDayKey(masterKey: string, day: string): Promise<CryptoKey> {
  const secret = await crypto.subtle.importKey("raw", masterKeyBytes(masterKey, "MASTER_KEY"), "HKDF", false, [
    "deriveKey",
  ])
  const algorithm = {
    name: "HKDF",
    hash: "SHA-256",
    salt: new Uint8Array(),
    info: encoder.encode(`feedwire views ${day}`),
  }
  return crypto.subtle.deriveKey(algorithm, secret, { name: "HMAC", hash: "SHA-256", length: 256 }, false, ["sign"])
}
