/** The bytes of one message → its articles, by the dialect of the door at which it came. Pure but for what it throws. */
import { TAG_LIMIT } from "../articles/sanitize.ts"
import { Problem } from "../http/problem.ts"
import { isJsonFeed, readJsonFeed } from "./dialects/documents/json-feed.ts"
import { readXmlDocument } from "./dialects/documents/xml-document.ts"
import { fitDraft } from "./dialects/fit.ts"
import { readGhost } from "./dialects/ghost.ts"
import { checkDraft } from "./dialects/item.ts"
import { parseJson } from "./dialects/json.ts"
import { readMapped } from "./dialects/mapped.ts"
import { MAX_ARTICLES, type Message, type Reading, type ReadingProblem, tooMany } from "./dialects/message.ts"
import { parseMessage } from "./dialects/native.ts"
import { mappingOf } from "./dialects/senders.ts"
import type { Door } from "./doors.ts"
import type { Source } from "./sources.ts"

/** Nested arrays and objects. */
const DEPTH_LIMIT = 64

/** What a body may hold: `<`, because cleaning costs by tag, and articles. */
const SENT = { tags: TAG_LIMIT, articles: MAX_ARTICLES }
/** A feed that is fetched may hold more. */
const FETCHED = { tags: 3 * TAG_LIMIT, articles: 10_000 }

/** White space of JSON (RFC 8259 §2), and a byte order mark. */
const BLANK: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf])
const BRACE = 0x7b

/** What a body of which media type is. */
const JSON_TYPES = ["application/json", "application/feed+json"]
const XML_TYPES = [
  "application/rss+xml",
  "application/atom+xml",
  "application/rdf+xml",
  "application/xml",
  "text/xml",
] as const

export interface Letter {
  door: Door
  contentType: string | undefined
  headers: Headers
  body: Uint8Array
  /** When it was sent: what a message without a time of its own is dated by. Milliseconds UTC. */
  messageAt: number
  source: Source | undefined
  /** Whether a signature over the body was verified: our own messages must be signed. */
  signed: boolean
}

/** @throws Problem invalid_json, invalid_document, invalid_message, body_too_large, unsupported_media_type, unauthorized */
export function readLetter(letter: Letter, now: number): Message {
  const { door } = letter
  if (door.kind === "native") return readNative(letter, now)
  // A feed is fetched, not sent: a server may say of it what it likes.
  if (door.kind === "feed") return fitting(readFetched(letter), letter, now, FETCHED)
  const value = jsonOf(letter)
  const reading =
    door.kind === "ghost"
      ? readGhost(value, door.event)
      : readMapped(value, letter.headers, mappingOf(letter.source?.sender ?? "", letter.source?.settings.mapping))
  return fitting(reading, letter, now)
}

function readNative(letter: Letter, now: number): Message {
  const type = mediaType(letter.contentType)
  if ((XML_TYPES as readonly string[]).includes(type)) {
    return fitting(readXmlDocument(letter.body, letter.contentType, SENT), letter, now)
  }
  if (!JSON_TYPES.includes(type)) {
    const known = [...JSON_TYPES, ...XML_TYPES].join(", ")
    throw new Problem(
      "unsupported_media_type",
      `The content type ${JSON.stringify(type)} is not understood here: send one of ${known}.`,
      [],
      { accept: known },
    )
  }
  const value = jsonOf(letter)
  if (isJsonFeed(value)) return fitting(readJsonFeed(value, SENT), letter, now)
  if (!letter.signed) {
    throw new Problem(
      "unauthorized",
      "A message must be signed; the key alone opens the door for documents only.",
      [],
      {
        "www-authenticate": 'Bearer realm="push"',
      },
    )
  }
  const parsed = parseMessage(value)
  if ("errors" in parsed) throw new Problem("invalid_message", describe(parsed.errors), parsed.errors)
  if (parsed.message.timestamp > now + 5 * 60_000) {
    const detail = "is more than 5 minutes in the future"
    throw new Problem("invalid_message", `/timestamp ${detail}`, [{ pointer: "/timestamp", detail }])
  }
  return parsed.message
}

function readFetched(letter: Letter): Reading {
  // Servers call feeds whatever they like; a JSON Feed begins with a brace.
  const isJson = letter.body.find((byte) => !BLANK.has(byte)) === BRACE
  if (isJson) return readJsonFeed(jsonOf(letter, FETCHED.tags), FETCHED)
  return readXmlDocument(letter.body, letter.contentType, FETCHED)
}

const mediaType = (contentType: string | undefined): string =>
  (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? ""

function jsonOf({ body }: Letter, tags = TAG_LIMIT): unknown {
  const parsed = parseJson(body, { depth: DEPTH_LIMIT, tags })
  if ("problem" in parsed) throw asProblem(parsed.problem)
  return parsed.value
}

/** What other systems write cannot be corrected there: it is made to fit, and what was left out is said. */
function fitting(reading: Reading, { messageAt }: Letter, now: number, { tags, articles } = SENT): Message {
  if ("problem" in reading) throw asProblem(reading.problem)
  const refused = tooMany(reading.drafts.length, articles)
  if (refused !== undefined) throw asProblem(refused.problem)
  const found = reading.drafts.reduce((sum, { value }) => sum + tagsIn(value), 0)
  if (found > tags) {
    const detail = `The articles have ${found} "<" in their HTML; at most ${tags} are accepted. Send fewer at once.`
    throw new Problem("body_too_large", detail)
  }
  return { timestamp: messageAt, items: reading.drafts.map((draft) => checkDraft(fitDraft(draft, now))) }
}

/** Those that documents write as references, too: `&lt;` is one when it comes to be cleaned. */
function tagsIn(value: unknown): number {
  const html = (value as { content_html?: unknown } | null | undefined)?.content_html
  return typeof html === "string" ? html.split("<").length - 1 : 0
}

/** What a pure dialect says is wrong, to be thrown. */
export function asProblem({ code, detail, errors = [] }: ReadingProblem): Problem {
  return new Problem(code, detail, errors)
}

/** The first of several faults in a sentence, and how many more there are. */
export function describe(errors: { pointer?: string; detail: string }[]): string {
  const [first] = errors
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ""
  return `${first?.pointer || "The body"} ${first?.detail}${more}`
}
