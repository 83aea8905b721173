/** Reads the articles from the bytes of one message, in the dialect of its endpoint. */
import { isJsonFeed, readJsonFeed } from "../../dialects/documents/json-feed.ts"
import { readXmlDocument } from "../../dialects/documents/xml-document.ts"
import { fitDraft } from "../../dialects/fit-draft.ts"
import { readGhost } from "../../dialects/ghost.ts"
import { checkDraft } from "../../dialects/item-schema.ts"
import { MAX_FEED_ARTICLES, type Message, type ParseProblem, type ParseResult } from "../../dialects/message.ts"
import { parseMessage } from "../../dialects/native.ts"
import { parseJson } from "../../dialects/parse-json.ts"
import { readMapped } from "../../dialects/read-mapped.ts"
import { mappingOf } from "../../dialects/senders.ts"
import { TAG_LIMIT } from "../../html/sanitize.ts"
import { Problem } from "../../http/problem.ts"
import { type Endpoint, endpointName, GHOST } from "../auth/endpoints.ts"
import type { Incoming } from "../auth/incoming.ts"

/** How deep arrays and objects may be nested. */
const DEPTH_LIMIT = 64

/** How many `<` a fetched feed may have: more than a message, because a feed may have more articles. */
const FEED_TAG_LIMIT = 3 * TAG_LIMIT

/** The bytes of white space in JSON (RFC 8259 §2), and of a byte order mark. */
const WHITE_SPACE_BYTES: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf])
const BRACE = 0x7b

/** Media types that are read as JSON or as XML. */
const JSON_TYPES = ["application/json", "application/feed+json"]
const XML_TYPES = [
  "application/rss+xml",
  "application/atom+xml",
  "application/rdf+xml",
  "application/xml",
  "text/xml",
] as const

/** @throws Problem unauthorized, body_too_large, or a code of the message's format, if the message cannot be read */
export function readMessage(incoming: Incoming, now: number): Message {
  const { endpoint, headers, sender } = incoming
  if (endpoint.kind === "native") return readNative(incoming, now)
  // The media type of a fetched feed is unreliable, so the content decides about the format.
  if (endpoint.kind === "feed") return fitMessage(readFeed(incoming), incoming, now, FEED_TAG_LIMIT)
  const value = parseBody(incoming)
  const result =
    endpoint.kind === "ghost"
      ? readGhost(value, endpoint.event)
      : readMapped(value, headers, mappingOf(sender.source?.sender ?? "", sender.source?.settings.mapping))
  return fitMessage(result, incoming, now)
}

function readNative(incoming: Incoming, now: number): Message {
  const type = mediaTypeOf(incoming.contentType)
  if ((XML_TYPES as readonly string[]).includes(type)) {
    return fitMessage(readXmlDocument(incoming.body, incoming.contentType), incoming, now)
  }
  if (!JSON_TYPES.includes(type)) {
    const allowedTypes = [...JSON_TYPES, ...XML_TYPES].join(", ")
    throw new Problem(
      "unsupported_media_type",
      `The content type ${JSON.stringify(type)} is not understood here: send one of ${allowedTypes}.`,
      [],
      { accept: allowedTypes },
    )
  }
  const value = parseBody(incoming)
  if (isJsonFeed(value)) return fitMessage(readJsonFeed(value), incoming, now)
  if (!incoming.sender.isSigned) {
    throw new Problem("unauthorized", "A message must be signed; the key alone is enough for documents only.", [], {
      "www-authenticate": 'Bearer realm="push"',
    })
  }
  const parseResult = parseMessage(value)
  if ("errors" in parseResult)
    throw new Problem("invalid_message", describeErrors(parseResult.errors), parseResult.errors)
  if (parseResult.message.timestamp > now + 5 * 60_000) {
    const detail = "is more than 5 minutes in the future"
    throw new Problem("invalid_message", `/timestamp ${detail}`, [{ pointer: "/timestamp", detail }])
  }
  return { ...parseResult.message, source: "native" }
}

/**
 * The name of the source of a message in another format than our own. Documents that are pushed to the native endpoint
 * repeat their entries, and native messages may correct these, so the two are different sources.
 */
function sourceNameFor(endpoint: Endpoint): string {
  if (endpoint.kind === "native") return "document"
  return endpoint.kind === "ghost" ? GHOST : endpointName(endpoint)
}

function readFeed(incoming: Incoming): ParseResult {
  // The media type is not needed, because every JSON Feed begins with a brace.
  const isJson = incoming.body.find((byte) => !WHITE_SPACE_BYTES.has(byte)) === BRACE
  if (isJson) return readJsonFeed(parseBody(incoming, FEED_TAG_LIMIT), MAX_FEED_ARTICLES)
  return readXmlDocument(incoming.body, incoming.contentType, { tags: FEED_TAG_LIMIT, articles: MAX_FEED_ARTICLES })
}

const mediaTypeOf = (contentType: string | undefined): string =>
  (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? ""

function parseBody({ body }: Incoming, tags = TAG_LIMIT): unknown {
  const parseResult = parseJson(body, { depth: DEPTH_LIMIT, tags })
  if ("problem" in parseResult) throw toProblem(parseResult.problem)
  return parseResult.value
}

/** Shortens or omits members that the schema refuses, with a warning: only native senders can correct a message. */
function fitMessage(result: ParseResult, { endpoint, sender }: Incoming, now: number, tags = TAG_LIMIT): Message {
  if ("problem" in result) throw toProblem(result.problem)
  const tagCount = result.drafts.reduce((sum, { value }) => sum + countTags(value), 0)
  if (tagCount > tags) {
    const detail = `The articles have ${tagCount} "<" in their HTML; at most ${tags} are accepted. Send fewer at once.`
    throw new Problem("body_too_large", detail)
  }
  return {
    timestamp: sender.messageAt,
    source: sourceNameFor(endpoint),
    items: result.drafts.map((draft) => checkDraft(fitDraft(draft, now))),
  }
}

/** Counts `<`, because each tag costs time. Counts after decoding, because `&lt;` in a document may begin a tag. */
function countTags(value: unknown): number {
  const html = (value as { content_html?: unknown } | null | undefined)?.content_html
  return typeof html === "string" ? html.split("<").length - 1 : 0
}

export function toProblem({ code, detail, errors = [] }: ParseProblem): Problem {
  return new Problem(code, detail, errors)
}

/** Returns a sentence with the first error and the number of further errors. */
export function describeErrors(errors: { pointer?: string; detail: string }[]): string {
  const [first] = errors
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ""
  return `${first?.pointer || "The body"} ${first?.detail}${more}`
}
