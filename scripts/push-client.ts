/** Pushes like a publisher: signs by Standard Webhooks, and tries again after 429 and 503. */
import { randomUUID } from "node:crypto"
import { setTimeout as wait } from "node:timers/promises"
import { decodeSecret } from "../src/crypto/standard-webhooks.ts"
import { fetchWorker, type Problem, parseAnswer, parseProblem, RefusedError } from "./admin/client.ts"
import type { PushBody } from "./push-file.ts"
import { sign } from "./sign.ts"
import { Remedy } from "./terminal.ts"
import { withPort } from "./worker-url.ts"

const MAX_ATTEMPTS = 6

/** The URL to which a publisher pushes, and its key. */
export interface PushConnection {
  url: string
  publisher: string
  secret: string
}

/** An article in the publisher's inventory (its list of articles on the Worker). */
export interface InventoryArticle {
  guid: string
  state?: string
  version?: string | number
  date_published?: string | null
  content_hash?: string
}

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

/** Pushes a message. Resolves with the outcome of each article; rejects with a RefusedError if all were refused. */
export async function push(connection: PushConnection, message: PushMessage): Promise<PushResult[]> {
  const bytes = new TextEncoder().encode(JSON.stringify(message))
  return post(connection, { contentType: "application/json", bytes, articles: [] }, "")
}

/** Pushes a body. Resolves with the outcome of each article, even if all were refused. */
export async function pushBody(connection: PushConnection, body: PushBody, dryRun: boolean): Promise<PushResult[]> {
  try {
    return await post(connection, body, dryRun ? "?dry_run=1" : "")
  } catch (error) {
    if (error instanceof RefusedError && error.problem.code === "all_articles_rejected")
      return rejectedResults(body, error.problem)
    throw error
  }
}

/** Reads the result of each article from the problem of a refused message. */
export function rejectedResults({ articles }: PushBody, { errors = [], detail }: Problem): PushResult[] {
  const outcome = "rejected"
  if (articles.length === 0) return errors.map((error) => ({ outcome, errors: [error] }))
  return articles.map(({ pointer, ...article }) => {
    const ownErrors = errors.filter((error) => `${error.pointer}/`.startsWith(`${pointer}/`))
    return { ...article, outcome, errors: ownErrors.length > 0 || detail === undefined ? ownErrors : [{ detail }] }
  })
}

/** A result in the Worker's answer, with warnings as texts. */
type AnsweredResult = Omit<PushResult, "warnings"> & { warnings?: string[] }

async function post(connection: PushConnection, body: PushBody, query: string): Promise<PushResult[]> {
  const url = `${connection.url}/push/${encodeURIComponent(connection.publisher)}${query}`
  const answer = (await signedRequest(connection, "POST", url, body.bytes, body.contentType)) as {
    results: AnsweredResult[]
  }
  return answer.results.map(({ warnings = [], ...result }) => ({
    ...result,
    ...(warnings.length > 0 && { warnings: warnings.map((detail) => ({ detail })) }),
  }))
}

/** Reads all articles of the publisher's inventory, page by page. */
export async function listInventory(connection: PushConnection): Promise<InventoryArticle[]> {
  const inventory: InventoryArticle[] = []
  let next: string | undefined = `${connection.url}/push/${connection.publisher}/articles`
  while (next) {
    const answer = await signedRequest(connection, "GET", next, new Uint8Array(), "application/json")
    const page = answer as { articles: InventoryArticle[]; next?: string | null }
    inventory.push(...page.articles)
    next = page.next ? new URL(page.next, connection.url).href : undefined
  }
  return inventory
}

async function signedRequest(
  connection: PushConnection,
  method: "GET" | "POST",
  url: string,
  body: Uint8Array,
  contentType: string,
): Promise<unknown> {
  const secret = decodeSecret(connection.secret)
  if (!secret) {
    throw new Remedy(
      `the push key of ${connection.publisher} is damaged: delete .feedwire/keys.json and run \`${withPort("npm start")}\`.`,
    )
  }
  // All attempts have the same id, so that the Worker repeats its first answer if only the answer was lost.
  const id = `msg_${randomUUID()}`
  for (let attempt = 1; ; attempt += 1) {
    const timestamp = Math.floor(Date.now() / 1000)
    const headers = {
      "content-type": contentType,
      "webhook-id": id,
      "webhook-timestamp": String(timestamp),
      "webhook-signature": await sign(body, id, timestamp, secret),
    }
    const answer = await fetchWorker(connection.url, url, {
      ...{ method, headers, redirect: "manual", signal: AbortSignal.timeout(60_000) },
      ...(method === "POST" ? { body: new Uint8Array(body) } : {}),
    })
    const text = await answer.text()
    if (answer.ok) return parseAnswer(connection.url, text)
    if ((answer.status !== 429 && answer.status !== 503) || attempt === MAX_ATTEMPTS) {
      throw new RefusedError(parseProblem(answer.status, text))
    }
    const seconds = retryAfter(answer.headers.get("retry-after"), attempt)
    console.error(`  The Worker asks to wait (${answer.status}): trying again in ${seconds} s`)
    await wait(seconds * 1000)
  }
}

/**
 * Returns the seconds to wait, at most two minutes, from Retry-After (seconds or a date). Without this header, the wait
 * grows with each attempt.
 */
export function retryAfter(header: string | null, attempt: number, now = Date.now()): number {
  const seconds = header === null ? Number.NaN : Number(header)
  const until = Number.isNaN(seconds) && header ? (Date.parse(header) - now) / 1000 : seconds
  return Math.min(120, Math.max(1, Math.ceil(Number.isNaN(until) ? attempt * 2 : until)))
}

/** Shows outcome, guid and first error or warning of each article in columns. */
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
