/** A publisher's side of the push door: files become messages with real Standard Webhooks signatures; patience with 429 and 503. */
import { randomUUID } from "node:crypto"
import { setTimeout as wait } from "node:timers/promises"
import { decodeSecret, sign } from "../src/http/signature.ts"
import { parseJson } from "../src/push/dialects/json.ts"
import { MAX_ARTICLES } from "../src/push/dialects/message.ts"
import { type Problem, parseProblem, RefusedError } from "./admin-client.ts"
import { messageOf, Remedy } from "./terminal.ts"

const tries = 6

/** What the door takes in one message beside MAX_ARTICLES. */
const MAX_BYTES = 1024 * 1024
const MAX_TAGS = 20_000
const MAX_DEPTH = 64

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

/** A body as it is sent. */
export interface PushBody {
  contentType: string
  bytes: Uint8Array
  /** Where its articles stand (JSON Pointer) and what they are called; empty if that was not read. */
  articles: { pointer: string; guid?: string }[]
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

/**
 * What has to be sent of a file: one body, or several where it holds more than one may. A body that need not be divided is the
 * file itself, byte for byte; only bare items are put into a message of ours.
 *
 * @param options.deleted the items are withdrawn
 * @param options.now milliseconds since 1970
 * @throws Remedy if it cannot be sent
 */
export function bodiesOf(file: Uint8Array, options: { deleted: boolean; now: number }): PushBody[] {
  const root = rootOf(file)
  if (root === undefined) return jsonBodies(file, options)
  if (options.deleted) throw new Remedy("--deleted goes with JSON Feed items: a document cannot say that.")
  const contentType = ROOTS.get(root)
  if (!contentType)
    throw new Remedy(`its root element is ${root}: send RSS (rss), RSS 1.0 (RDF) or Atom (feed, entry).`)
  if (file.length > MAX_BYTES) {
    throw new Remedy(
      `it has ${file.length} bytes and at most ${MAX_BYTES} are taken; XML is not divided: leave out older entries, or push JSON Feed.`,
    )
  }
  return [{ contentType, bytes: file, articles: [] }]
}

/** Root elements of what is understood (RSS 0.9x/2.0, RSS 1.0, Atom). */
const ROOTS = new Map([
  ["rss", "application/rss+xml"],
  ["RDF", "application/rdf+xml"],
  ["feed", "application/atom+xml"],
  ["entry", "application/atom+xml"],
])

/** Local name of the root element, or undefined if this is no XML. Every encoding but UTF-16 writes markup as ASCII does. */
function rootOf(file: Uint8Array): string | undefined {
  const [first = 0, second = 0] = file
  const wide = first === 0xff || second === 0 ? "utf-16le" : first === 0xfe || first === 0 ? "utf-16be" : "utf-8"
  let rest = new TextDecoder(wide).decode(file.subarray(0, 64 * 1024))
  // What may stand before the root element (XML 1.0, 2.8).
  const prolog = /^(?:\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^[>]*(?:\[.*?\])?\s*>)/s
  for (let found = prolog.exec(rest); found; found = prolog.exec(rest)) rest = rest.slice(found[0].length)
  if (!rest.startsWith("<")) return undefined
  return /^<(?:[\w.-]+:)?([\w.-]+)/.exec(rest)?.[1] ?? "missing"
}

type Members = Record<string, unknown>

function jsonBodies(file: Uint8Array, { deleted, now }: { deleted: boolean; now: number }): PushBody[] {
  const read = parseJson(file, { depth: MAX_DEPTH, tags: Number.POSITIVE_INFINITY })
  if ("problem" in read) throw new Remedy(read.problem.detail)
  const { value } = read
  const members = (isObject(value) ? value : {}) as Members
  const isMessage = ["type", "timestamp", "data"].every((name) => name in members)
  const isFeed = /^https:\/\/jsonfeed\.org\/version\//.test(String(members.version))
  if (deleted && (isMessage || isFeed)) {
    throw new Remedy(
      `--deleted goes with bare items: ${isFeed ? "a feed" : "this message"} says for itself what it means.`,
    )
  }
  if (isMessage) return divided(file, members, "data", "application/json")
  if (isFeed) return divided(file, members, "items", "application/feed+json")
  const items = Array.isArray(value) ? value : [value]
  const nameless = items.findIndex((item) => !isObject(item) || !("id" in item))
  if (nameless >= 0 || items.length === 0) {
    const what =
      items.length === 0 ? "it holds no article" : `${Array.isArray(value) ? `/${nameless}` : "it"} has no id`
    throw new Remedy(
      `${what}: send a JSON Feed item, an array of them, a JSON Feed or a message {type, timestamp, data}.`,
    )
  }
  const type = deleted ? "article.deleted" : "article.published"
  const message = { type, timestamp: new Date(now).toISOString(), data: value }
  return divided(new TextEncoder().encode(JSON.stringify(message)), message, "data", "application/json")
}

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value)

/** The whole, if it may be sent as one; else the same frame around as many of its items as one body holds. */
function divided(whole: Uint8Array, frame: Members, list: "data" | "items", contentType: string): PushBody[] {
  const held = frame[list]
  const items = Array.isArray(held) ? (held as unknown[]) : [held]
  const body = (bytes: Uint8Array, own: unknown[]): PushBody => ({
    ...{ contentType, bytes },
    articles: own.map((item, index) => {
      const guid = (item as { id?: unknown } | null)?.id
      const pointer = Array.isArray(held) ? `/${list}/${index}` : `/${list}`
      return typeof guid === "string" ? { pointer, guid } : { pointer }
    }),
  })
  const tagsOf = (text: string) => text.split("<").length - 1
  if (whole.length <= MAX_BYTES && items.length <= MAX_ARTICLES && tagsOf(JSON.stringify(frame)) <= MAX_TAGS) {
    return [body(whole, items)]
  }

  const framed = (own: unknown[]) => JSON.stringify({ ...frame, [list]: Array.isArray(held) ? own : own[0] })
  const empty = { bytes: Buffer.byteLength(framed([])), tags: tagsOf(framed([])) }
  const shares: unknown[][] = []
  let share: unknown[] = []
  let { bytes, tags } = empty
  for (const [index, item] of items.entries()) {
    const text = JSON.stringify(item)
    const own = { bytes: Buffer.byteLength(text) + 1, tags: tagsOf(text) }
    if (empty.bytes + own.bytes > MAX_BYTES || empty.tags + own.tags > MAX_TAGS) {
      throw new Remedy(
        `article ${index + 1} alone is too large: a message has at most ${MAX_BYTES} bytes and ${MAX_TAGS} "<". Shorten it.`,
      )
    }
    if (share.length === MAX_ARTICLES || bytes + own.bytes > MAX_BYTES || tags + own.tags > MAX_TAGS) {
      shares.push(share)
      share = []
      bytes = empty.bytes
      tags = empty.tags
    }
    share.push(item)
    bytes += own.bytes
    tags += own.tags
  }
  return [...shares, share].map((own) => body(new TextEncoder().encode(framed(own)), own))
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
