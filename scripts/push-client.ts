/** A publisher's side of the push door: real Standard Webhooks signatures, and patience with 429 and 503. */
import { randomUUID } from "node:crypto"
import { setTimeout as wait } from "node:timers/promises"
import { decodeSecret, sign } from "../src/http/signature.ts"
import { parseProblem, RefusedError } from "./admin-client.ts"
import { Remedy } from "./terminal.ts"

const tries = 6

/** A publisher with its key. */
export interface PushDoor {
  url: string
  publisher: string
  secret: string
}

/** What the Worker holds of an article. */
export interface HeldArticle {
  guid: string
  state?: string
  version?: string | number
  content_hash?: string
}

/** What became of one article of a push. */
export interface PushResult {
  guid?: string
  id?: string
  outcome: string
  feeds?: string[]
  warnings?: { pointer?: string; detail?: string }[]
  errors?: { pointer?: string; detail?: string }[]
}

export interface PushMessage {
  type: "article.published" | "article.updated" | "article.deleted"
  timestamp: string
  data: unknown
}

/** Pushes a message and resolves with the outcome of each article. A refusal of all of them is an answer as well. */
export async function push(door: PushDoor, message: PushMessage): Promise<PushResult[]> {
  const answer = await signedRequest(door, "POST", `${door.url}/push/${door.publisher}`, JSON.stringify(message))
  return (answer as { results: PushResult[] }).results
}

/** Everything that the Worker holds of this publisher, page by page. */
export async function listHeld(door: PushDoor): Promise<HeldArticle[]> {
  const held: HeldArticle[] = []
  let next: string | undefined = `${door.url}/push/${door.publisher}/articles`
  while (next) {
    const page = (await signedRequest(door, "GET", next, "")) as { articles: HeldArticle[]; next?: string | null }
    held.push(...page.articles)
    next = page.next ? new URL(page.next, door.url).href : undefined
  }
  return held
}

async function signedRequest(door: PushDoor, method: string, url: string, body: string): Promise<unknown> {
  const secret = decodeSecret(door.secret)
  if (!secret)
    throw new Remedy(`the push key of ${door.publisher} is damaged: delete .feedwire/keys.json and start again.`)
  const bytes = new TextEncoder().encode(body)
  for (let attempt = 1; ; attempt += 1) {
    const id = `msg_${randomUUID()}`
    const timestamp = Math.floor(Date.now() / 1000)
    const answer = await fetch(url, {
      method,
      headers: {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": String(timestamp),
        "webhook-signature": await sign(bytes, id, timestamp, secret),
      },
      ...(method === "POST" ? { body: bytes } : {}),
      signal: AbortSignal.timeout(60_000),
    })
    const text = await answer.text()
    if (answer.ok) return JSON.parse(text)
    if ((answer.status !== 429 && answer.status !== 503) || attempt === tries) {
      throw new RefusedError(parseProblem(answer.status, text))
    }
    const seconds = retryAfter(answer.headers.get("retry-after"), attempt)
    console.log(`  The Worker asks to wait (${answer.status}): trying again in ${seconds} s`)
    await wait(seconds * 1000)
  }
}

/** Seconds to wait: what Retry-After says (seconds or a date), else a little more each time; two minutes at most. */
export function retryAfter(header: string | null, attempt: number, now = Date.now()): number {
  const seconds = header === null ? Number.NaN : Number(header)
  const until = Number.isNaN(seconds) && header ? (Date.parse(header) - now) / 1000 : seconds
  return Math.min(120, Math.max(1, Math.ceil(Number.isNaN(until) ? attempt * 2 : until)))
}
