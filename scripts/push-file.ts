/** Makes the bodies to push from a file: the unchanged file, or several messages with its articles. Pure. */

import { MAX_ARTICLES } from "../src/dialects/message.ts"
import { parseJson } from "../src/dialects/parse-json.ts"
import { Remedy } from "./terminal.ts"

/** Limits of one message, in addition to MAX_ARTICLES. */
const MAX_BYTES = 1024 * 1024
const MAX_TAGS = 20_000
const MAX_DEPTH = 64

export interface PushBody {
  contentType: string
  bytes: Uint8Array
  /** The JSON Pointers and guids of the body's articles; empty for XML, which this file does not read. */
  articles: { pointer: string; guid?: string }[]
}

/**
 * Returns the body to push, or several bodies if the file is larger than a message may be. One body is the unchanged
 * file; only items without a message get a message around them.
 *
 * @param options.deleted says whether the items are withdrawn
 * @param options.now is in milliseconds since 1970
 * @throws Remedy if the file cannot be sent
 */
export function bodiesOf(file: Uint8Array, options: { deleted: boolean; now: number }): PushBody[] {
  const root = rootOf(file)
  if (root === undefined) return jsonBodies(file, options)
  if (options.deleted) throw new Remedy("--deleted is only for JSON Feed items: a document cannot withdraw articles.")
  const contentType = ROOTS.get(root)
  if (!contentType)
    throw new Remedy(`its root element is ${root}: send RSS (rss), RSS 1.0 (RDF) or Atom (feed, entry).`)
  if (file.length > MAX_BYTES) {
    throw new Remedy(
      `it has ${file.length} bytes, but a message has at most ${MAX_BYTES}, and XML is not divided: leave out older entries, or push JSON Feed.`,
    )
  }
  return [{ contentType, bytes: file, articles: [] }]
}

/** Root elements of the documents that the Worker reads (RSS 0.9x/2.0, RSS 1.0, Atom). */
const ROOTS = new Map([
  ["rss", "application/rss+xml"],
  ["RDF", "application/rdf+xml"],
  ["feed", "application/atom+xml"],
  ["entry", "application/atom+xml"],
])

/**
 * Returns the local name of the root element, if the file is XML. All encodings except UTF-16 write markup like ASCII.
 */
function rootOf(file: Uint8Array): string | undefined {
  const [first = 0, second = 0] = file
  const wide = first === 0xff || second === 0 ? "utf-16le" : first === 0xfe || first === 0 ? "utf-16be" : "utf-8"
  let rest = new TextDecoder(wide).decode(file.subarray(0, 64 * 1024))
  // Matches the prolog before the root element (XML 1.0, 2.8).
  const prolog = /^(?:\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^[>]*(?:\[.*?\])?\s*>)/s
  for (let match = prolog.exec(rest); match; match = prolog.exec(rest)) rest = rest.slice(match[0].length)
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
      `--deleted is only for bare items: ${isFeed ? "a feed cannot withdraw articles" : "a message says itself whether it withdraws articles"}.`,
    )
  }
  if (isMessage) return divide(file, members, "data", "application/json")
  if (isFeed) return divide(file, members, "items", "application/feed+json")
  const items = Array.isArray(value) ? value : [value]
  const withoutId = items.findIndex((item) => !isObject(item) || !("id" in item))
  if (withoutId >= 0 || items.length === 0) {
    const reason =
      items.length === 0 ? "it has no article" : `${Array.isArray(value) ? `/${withoutId}` : "it"} has no id`
    throw new Remedy(
      `${reason}: send a JSON Feed item, an array of them, a JSON Feed or a message {type, timestamp, data}.`,
    )
  }
  const type = deleted ? "article.deleted" : "article.published"
  const message = { type, timestamp: new Date(now).toISOString(), data: value }
  return divide(new TextEncoder().encode(JSON.stringify(message)), message, "data", "application/json")
}

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value)

/** Returns the file or, above the limits, several bodies with the same outer members and a part of the items each. */
function divide(whole: Uint8Array, frame: Members, list: "data" | "items", contentType: string): PushBody[] {
  const member = frame[list]
  const items = Array.isArray(member) ? (member as unknown[]) : [member]
  const body = (bytes: Uint8Array, own: unknown[]): PushBody => ({
    ...{ contentType, bytes },
    articles: own.map((item, index) => {
      const guid = (item as { id?: unknown } | null)?.id
      const pointer = Array.isArray(member) ? `/${list}/${index}` : `/${list}`
      return typeof guid === "string" ? { pointer, guid } : { pointer }
    }),
  })
  const tagsOf = (text: string) => text.split("<").length - 1
  if (whole.length <= MAX_BYTES && items.length <= MAX_ARTICLES && tagsOf(JSON.stringify(frame)) <= MAX_TAGS) {
    return [body(whole, items)]
  }

  const framed = (own: unknown[]) => JSON.stringify({ ...frame, [list]: Array.isArray(member) ? own : own[0] })
  const empty = { bytes: Buffer.byteLength(framed([])), tags: tagsOf(framed([])) }
  const chunks: unknown[][] = []
  let chunk: unknown[] = []
  let { bytes, tags } = empty
  for (const [index, item] of items.entries()) {
    const text = JSON.stringify(item)
    const own = { bytes: Buffer.byteLength(text) + 1, tags: tagsOf(text) }
    if (empty.bytes + own.bytes > MAX_BYTES || empty.tags + own.tags > MAX_TAGS) {
      throw new Remedy(
        `article ${index + 1} alone is too large: a message has at most ${MAX_BYTES} bytes and ${MAX_TAGS} "<". Shorten it.`,
      )
    }
    if (chunk.length === MAX_ARTICLES || bytes + own.bytes > MAX_BYTES || tags + own.tags > MAX_TAGS) {
      chunks.push(chunk)
      chunk = []
      bytes = empty.bytes
      tags = empty.tags
    }
    chunk.push(item)
    bytes += own.bytes
    tags += own.tags
  }
  return [...chunks, chunk].map((own) => body(new TextEncoder().encode(framed(own)), own))
}
