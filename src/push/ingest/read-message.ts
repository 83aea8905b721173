/** Reads the articles from the bytes of one message, in the dialect of its endpoint. */

import type { TimeRules } from "../../dialects/dates.ts"
import { isJsonFeed, readJsonFeed } from "../../dialects/documents/json-feed.ts"
import { readXmlDocument } from "../../dialects/documents/xml-document.ts"
import { fitDraft } from "../../dialects/fit-draft.ts"
import { readGhost } from "../../dialects/ghost.ts"
import { checkDraft } from "../../dialects/item-schema.ts"
import { entriesOf, ownMember } from "../../dialects/json-values.ts"
import {
  CLOCK_TOLERANCE_MS,
  MAX_FEED_ARTICLES,
  type Message,
  type ParseProblem,
  type ParseResult,
} from "../../dialects/message.ts"
import { isMessage, MESSAGE_TYPES, parseMessage } from "../../dialects/native.ts"
import { parseJson } from "../../dialects/parse-json.ts"
import { readMapped } from "../../dialects/read-mapped.ts"
import { mappingOf } from "../../dialects/senders.ts"
import { isArticleOfTest, isTestBody } from "../../dialects/test-events.ts"
import { TAG_LIMIT } from "../../html/sanitize.ts"
import { Problem } from "../../http/problem.ts"
import { type Endpoint, endpointName, GHOST } from "../auth/endpoints.ts"
import type { Incoming } from "../auth/incoming.ts"
import { formatOf, mustBeNoForm, mustHaveFormat } from "./media-types.ts"

/** How deep arrays and objects may be nested. */
const DEPTH_LIMIT = 64

/** How many `<` a fetched feed may have: more than a message, because a feed may have more articles. */
const FEED_TAG_LIMIT = 3 * TAG_LIMIT

/** The bytes of white space in JSON (RFC 8259 §2), and of a byte order mark. */
const WHITE_SPACE_BYTES: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf])
const BRACE = 0x7b

/** @throws Problem unauthorized, body_too_large, or a code of the message's format, if the message cannot be read */
export function readMessage(incoming: Incoming, now: number): Message {
  const { endpoint, headers, sender } = incoming
  if (endpoint.kind === "native") return readNative(incoming, now)
  // The media type of a fetched feed is unreliable, so the Worker recognises the format by the content.
  if (endpoint.kind === "feed") return fitMessage(readFeed(incoming, now), incoming, now, FEED_TAG_LIMIT)
  mustBeNoForm(incoming.contentType, endpoint)
  mustHaveFormat("json", incoming)
  const value = parseBody(incoming)
  const rules = timeRules(incoming, now)
  const result =
    endpoint.kind === "ghost"
      ? readGhost(value, endpoint.event, rules)
      : readMapped(value, headers, mappingOf(sender.source?.sender ?? "", sender.source?.settings.mapping), rules)
  return fitMessage(result, incoming, now)
}

function readNative(incoming: Incoming, now: number): Message {
  const rules = timeRules(incoming, now)
  const format = formatOf(incoming.contentType)
  mustHaveFormat(format, incoming)
  if (format === "xml") {
    return fitMessage(readXmlDocument(incoming.body, incoming.contentType, { rules }), incoming, now)
  }
  const value = parseBody(incoming)
  if (isJsonFeed(value)) return fitMessage(readJsonFeed(value, rules), incoming, now)
  if (isTest(value)) return { timestamp: incoming.sender.messageAt, source: "native", items: [] }
  if (!incoming.sender.isSigned) {
    if (!isMessage(value)) {
      const detail =
        "The body is neither a JSON Feed, because it has no list of items, nor a message, because it has no type."
      throw new Problem("invalid_document", detail)
    }
    throw new Problem("unauthorized", "A message must be signed: the key alone is enough only for documents.", [], {
      "www-authenticate": 'Bearer realm="push"',
    })
  }
  const parseResult = parseMessage(value)
  if ("problem" in parseResult) throw toProblem(parseResult.problem)
  if ("errors" in parseResult)
    throw new Problem("invalid_message", describeErrors(parseResult.errors), parseResult.errors)
  if (parseResult.message.timestamp > now + 5 * 60_000) {
    const detail = "is more than 5 minutes in the future"
    throw new Problem("invalid_message", `/timestamp ${detail}`, [{ pointer: "/timestamp", detail }])
  }
  return { ...parseResult.message, source: "native" }
}

/** Whether a body is a test event, and neither an article nor a message of a known type. */
function isTest(value: unknown): boolean {
  const [type, data] = [ownMember(value, "type"), ownMember(value, "data")]
  if ((MESSAGE_TYPES as readonly unknown[]).includes(type) || !isTestBody(value)) return false
  return ![value, data, ...entriesOf({ pointer: "", value: data }).map((entry) => entry.value)].some((each) =>
    isArticleOfTest(value, each, ownMember(each, "name")),
  )
}

/**
 * Returns the source that is stored with the articles of a message. Documents and our own messages are two sources: a
 * document repeats its entries, and must not undo the correction of an entry by a later message.
 */
function sourceNameFor(endpoint: Endpoint): string {
  if (endpoint.kind === "native") return "document"
  return endpoint.kind === "ghost" ? GHOST : endpointName(endpoint)
}

/** How the publisher writes times, and which times are in the future. */
function timeRules({ sender: { publisher } }: Incoming, now: number): TimeRules {
  const { timeZone, dateOrder } = publisher
  return { timeZone: timeZone ?? undefined, dateOrder: dateOrder ?? undefined, latest: now + CLOCK_TOLERANCE_MS }
}

function readFeed(incoming: Incoming, now: number): ParseResult {
  const rules = timeRules(incoming, now)
  const address = incoming.sender.source?.feedUrl ?? undefined
  // The media type is not needed, because every JSON Feed begins with a brace.
  const isJson = incoming.body.find((byte) => !WHITE_SPACE_BYTES.has(byte)) === BRACE
  if (isJson) return readJsonFeed(parseBody(incoming, FEED_TAG_LIMIT), rules, { articles: MAX_FEED_ARTICLES, address })
  return readXmlDocument(incoming.body, incoming.contentType, {
    tags: FEED_TAG_LIMIT,
    articles: MAX_FEED_ARTICLES,
    rules,
    address,
  })
}

function parseBody({ body }: Incoming, tags = TAG_LIMIT): unknown {
  const parseResult = parseJson(body, { depth: DEPTH_LIMIT, tags })
  if ("problem" in parseResult) throw toProblem(parseResult.problem)
  return parseResult.value
}

/** Shortens or omits members that the schema refuses, with a warning, because most senders cannot correct a message. */
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

/** Counts `<` after decoding, because each tag costs time, and `&lt;` in a document may begin a tag. */
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
