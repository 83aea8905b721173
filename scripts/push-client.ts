/** A publisher's side of the push door: real Standard Webhooks signatures, and patience with 429 and 503. */
import { randomUUID } from "node:crypto"
import { setTimeout as wait } from "node:timers/promises"
import { decodeSecret, sign } from "../src/crypto/standard-webhooks.ts"
import { type Problem, parseProblem, RefusedError } from "./admin-client.ts"
import type { PushBody } from "./push-file.ts"
import { messageOf, Remedy } from "./terminal.ts"

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
  detail?: string
  feeds?: string[]
  warnings?: { pointer?: string; detail?: string }[]
  errors?: { pointer?: string; detail?: string }[]
}

export interface PushMessage {
  type: "article.published" | "article.updated" | "article.deleted"
  timestamp: string
  data: unknown
}

/** Pushes a message and resolves with the outcome of each article; with a RefusedError if none could be taken. */
export async function push(door: PushDoor, message: PushMessage): Promise<PushResult[]> {
  const bytes = new TextEncoder().encode(JSON.stringify(message))
  return post(door, { contentType: "application/json", bytes, articles: [] }, "")
}

/** Pushes a body and resolves with the outcome of each article, also if none could be taken. */
export async function pushBody(door: PushDoor, body: PushBody, dryRun: boolean): Promise<PushResult[]> {
  try {
    return await post(door, body, dryRun ? "?dry_run=1" : "")
  } catch (error) {
    if (error instanceof RefusedError && error.problem.code === "nothing_accepted") return rejected(body, error.problem)
    throw error
  }
}

/** What a refusal of all articles says of each of them. */
export function rejected({ articles }: PushBody, { errors = [], detail }: Problem): PushResult[] {
  const outcome = "rejected"
  if (articles.length === 0) return errors.map((error) => ({ outcome, errors: [error] }))
  return articles.map(({ pointer, ...named }) => {
    const own = errors.filter((error) => `${error.pointer}/`.startsWith(`${pointer}/`))
    return { ...named, outcome, errors: own.length > 0 || detail === undefined ? own : [{ detail }] }
  })
}

type Answered = Omit<PushResult, "warnings"> & { warnings?: string[] }

async function post(door: PushDoor, body: PushBody, query: string): Promise<PushResult[]> {
  const url = `${door.url}/push/${encodeURIComponent(door.publisher)}${query}`
  const answer = (await signedRequest(door, "POST", url, body.bytes, body.contentType)) as { results: Answered[] }
  return answer.results.map(({ warnings = [], ...result }) => ({
    ...result,
    ...(warnings.length > 0 && { warnings: warnings.map((detail) => ({ detail })) }),
  }))
}

/** Everything that the Worker holds of this publisher, page by page. */
export async function listHeld(door: PushDoor): Promise<HeldArticle[]> {
  const held: HeldArticle[] = []
  let next: string | undefined = `${door.url}/push/${door.publisher}/articles`
  while (next) {
    const answer = await signedRequest(door, "GET", next, new Uint8Array(), "application/json")
    const page = answer as { articles: HeldArticle[]; next?: string | null }
    held.push(...page.articles)
    next = page.next ? new URL(page.next, door.url).href : undefined
  }
  return held
}

async function signedRequest(
  door: PushDoor,
  method: "GET" | "POST",
  url: string,
  body: Uint8Array,
  contentType: string,
): Promise<unknown> {
  const secret = decodeSecret(door.secret)
  if (!secret) {
    throw new Remedy(`the push key of ${door.publisher} is damaged: delete .feedwire/keys.json and run \`npm start\`.`)
  }
  // The same each time: if only the answer was lost, the Worker repeats it.
  const id = `msg_${randomUUID()}`
  for (let attempt = 1; ; attempt += 1) {
    const timestamp = Math.floor(Date.now() / 1000)
    const headers = {
      "content-type": contentType,
      "webhook-id": id,
      "webhook-timestamp": String(timestamp),
      "webhook-signature": await sign(body, id, timestamp, secret),
    }
    const answer = await request(door, url, {
      ...{ method, headers, redirect: "manual", signal: AbortSignal.timeout(60_000) },
      ...(method === "POST" ? { body: new Uint8Array(body) } : {}),
    })
    const text = await answer.text()
    if (answer.ok) return parseAnswer(door, text)
    if ((answer.status !== 429 && answer.status !== 503) || attempt === tries) {
      throw new RefusedError(parseProblem(answer.status, text))
    }
    const seconds = retryAfter(answer.headers.get("retry-after"), attempt)
    console.error(`  The Worker asks to wait (${answer.status}): trying again in ${seconds} s`)
    await wait(seconds * 1000)
  }
}

function parseAnswer(door: PushDoor, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Remedy(`${door.url} answers, but not with JSON: is it a feedwire Worker? Name another with --url.`)
  }
}

async function request(door: PushDoor, url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    throw new Remedy(
      `no Worker answers at ${door.url} (${messageOf(error)}): start one with \`npm start\`, or name another with --url.`,
    )
  }
}

/** Seconds to wait: what Retry-After says (seconds or a date), else a little more each time; two minutes at most. */
export function retryAfter(header: string | null, attempt: number, now = Date.now()): number {
  const seconds = header === null ? Number.NaN : Number(header)
  const until = Number.isNaN(seconds) && header ? (Date.parse(header) - now) / 1000 : seconds
  return Math.min(120, Math.max(1, Math.ceil(Number.isNaN(until) ? attempt * 2 : until)))
}

/** Outcome, guid and the first thing to know of each article, in columns. */
export function outcomeTable(results: PushResult[]): string {
  const rows = [["OUTCOME", "GUID", "NOTES"], ...results.map((each) => [each.outcome, each.guid ?? "", notesOf(each)])]
  const [first = 0, second = 0] = [0, 1].map((column) =>
    Math.max(...rows.map((row) => [...(row[column] ?? "")].length)),
  )
  return rows
    .map(([outcome = "", guid = "", notes = ""]) => {
      const padding = " ".repeat(second - [...guid].length)
      return `${outcome.padEnd(first)}  ${guid}${padding}  ${notes}`.trimEnd()
    })
    .join("\n")
}

function notesOf({ errors = [], warnings = [], detail }: PushResult): string {
  const notes = [...errors, ...(detail === undefined ? [] : [{ detail }]), ...warnings].map((note) =>
    ["pointer" in note ? note.pointer : "", note.detail].filter(Boolean).join(" "),
  )
  const [first = "", ...more] = notes
  return more.length > 0 ? `${first} (and ${more.length} more)` : first
}
