/** Previews a message: reads it like a push, but stores nothing. */
import type { PublishEvent } from "../articles/model/article.ts"
import type { Directory } from "../articles/taxonomy/directory.ts"
import { sectionById } from "../articles/taxonomy/directory-lookup.ts"
import { sha256 } from "../crypto/digest.ts"
import type { Db } from "../db/client.ts"
import type { Message } from "../dialects/message.ts"
import { GHOST_5 } from "../dialects/senders.ts"
import type { Settings } from "../env.ts"
import { Problem } from "../http/problem.ts"
import { DISPLACED_PREVIEW_DETAIL, resultsJson } from "../push/answer-json.ts"
import { type Endpoint, GHOST, parseEndpoint } from "../push/auth/endpoints.ts"
import type { Incoming } from "../push/auth/incoming.ts"
import type { Publisher } from "../push/auth/publishers.ts"
import { isNotificationOnly } from "../push/auth/sources.ts"
import { BODY_LIMIT_BYTES } from "../push/handler.ts"
import { readMessage } from "../push/ingest/read-message.ts"
import { previewMessage } from "../push/ingest/store-message.ts"
import type { OperationContext } from "./context.ts"
import { mustFindChangeablePublisher } from "./find-by-slug.ts"
import { type Input, invalidMember } from "./input.ts"
import type { PreviewMessage } from "./input-schemas.ts"
import { isoTime } from "./iso-time.ts"
import { newSource, type SourceRow } from "./source-json.ts"
import { mustFindSource } from "./sources.ts"

/** The name of the source if the request does not name one. */
const PREVIEW_SOURCE_NAME = "preview"

type PreviewInput = Input<typeof PreviewMessage>

export async function previewPush({ db, now, settings }: OperationContext, slug: string, input: PreviewInput) {
  const row = await mustFindChangeablePublisher(db, slug)
  const publisher = { ...row, timeZone: row.time_zone, dateOrder: row.date_order }
  const endpoint = endpointFor(input)
  const source = endpoint.kind === "source" ? await sourceFor(db, publisher, endpoint.name, input, now) : undefined
  const body = bytesOf(input.body)
  const incoming: Incoming = {
    // A source that only has a feed gets no pushed messages.
    endpoint: source?.sender === "feed" ? { kind: "feed", name: source.name } : endpoint,
    body,
    bodySha256: await sha256(body),
    contentType: input.content_type,
    headers: headersOf(input.headers),
    receivedAt: now,
    // A preview needs no signature.
    sender: { publisher, source, authentication: "none", isSigned: true, messageAt: now, delivery: { id: "preview" } },
  }
  const warnings = [
    ...(publisher.state === "active" ? [] : [`${slug} is disabled: all its messages are rejected`]),
    ...(isNotificationOnly(source) ? ["the messages of this source are not trusted: its feed is fetched instead"] : []),
  ]
  const message = readMessageOrProblem(incoming, now)
  if (message instanceof Problem) {
    const { code, message: detail, errors } = message
    return { results: [], warnings, problem: { code, detail, errors } }
  }
  if (message.items.length === 0) warnings.push("the message holds no article: it is understood, and nothing is stored")
  return { results: await resultsFor(db, message, publisher, now, settings), warnings }
}

function readMessageOrProblem(incoming: Incoming, now: number): Message | Problem {
  if (incoming.body.length > BODY_LIMIT_BYTES)
    return new Problem("body_too_large", `The body has more than ${BODY_LIMIT_BYTES} bytes.`)
  try {
    return readMessage(incoming, now)
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
}

/** Returns the results of a dry run, with each article as the wire would store it, in two round trips to D1. */
async function resultsFor(db: Db, message: Message, publisher: Publisher, now: number, settings: Settings) {
  const { entries, events, outcomes, directory } = await previewMessage(db, message, publisher, now, settings.language)
  return resultsJson(entries, outcomes, directory, settings, DISPLACED_PREVIEW_DETAIL).map((result, i) => {
    const event = events[entries[i]?.event ?? -1]
    return event?.kind === "publish" ? { ...result, article: articleJson(event, directory) } : result
  })
}

/** @throws Problem invalid_request */
function endpointFor({ endpoint: name, source, sender, mapping }: PreviewInput): Endpoint {
  const endpoint = name === undefined ? undefined : parseEndpoint(name)
  if (name !== undefined && (endpoint === undefined || endpoint.kind === "feed")) {
    throw invalidMember("/endpoint", 'must be "" for the native endpoint, ghost/EVENT or sources/NAME')
  }
  const changesSource = sender !== undefined || mapping !== undefined
  if (endpoint === undefined) {
    const pointer = source === GHOST ? "/source" : sender === GHOST_5 ? "/sender" : undefined
    if (pointer !== undefined)
      throw invalidMember(pointer, "is Ghost, which has an endpoint for each event: send endpoint ghost/EVENT")
    return source !== undefined || changesSource
      ? { kind: "source", name: source ?? PREVIEW_SOURCE_NAME }
      : { kind: "native" }
  }
  if (endpoint.kind !== "source" && (changesSource || source !== undefined)) {
    const pointer = source !== undefined ? "/source" : sender !== undefined ? "/sender" : "/mapping"
    throw invalidMember(pointer, `has no meaning at the endpoint ${JSON.stringify(name)}: leave it out`)
  }
  if (endpoint.kind === "source" && source !== undefined && source !== endpoint.name) {
    throw invalidMember("/source", `is not ${endpoint.name}, which the endpoint names`)
  }
  return endpoint
}

/** Returns the stored source, with the sender and mapping of the request if there are any. */
async function sourceFor(
  db: Db,
  { uid, slug }: { uid: string; slug: string },
  name: string,
  { source, endpoint, sender, mapping }: PreviewInput,
  now: number,
): Promise<SourceRow> {
  const isNamed = source !== undefined || endpoint !== undefined
  const storedSource = isNamed && sender === undefined ? await mustFindSource(db, uid, slug, name) : undefined
  // A preview reads the articles even if the source is not trusted.
  const base = storedSource ?? newSource(uid, { name, sender: sender ?? "custom" }, undefined, now)
  return mapping === undefined ? base : { ...base, settings: { ...base.settings, mapping } }
}

function headersOf(headers: Record<string, string> | undefined): Headers {
  try {
    return new Headers(headers)
  } catch {
    throw invalidMember("/headers", "must be names and values that HTTP allows")
  }
}

/** @throws Problem invalid_request */
function bytesOf(base64: string): Uint8Array {
  let text: string
  try {
    text = atob(base64)
  } catch {
    throw invalidMember("/body", "must be base64")
  }
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at)
  return bytes
}

/** Describes a version with the member names of JSON Feed. */
function articleJson({ version }: PublishEvent, directory: Directory) {
  const { details } = version
  const optionalTime = (at: number | undefined) => isoTime(at ?? null)
  return {
    title: version.title ?? null,
    subtitle: version.subtitle ?? null,
    summary: version.summary ?? null,
    html: version.html,
    url: version.url ?? null,
    image: details.image ?? null,
    sections: details.sections.flatMap((id) => sectionById(directory, id)?.slug ?? []),
    tags: details.tags,
    authors: details.authors,
    date_published: optionalTime(version.publishedAt),
    date_modified: optionalTime(version.updatedAt),
    embargo: optionalTime(version.embargo),
    language: version.language ?? null,
    direction: version.direction,
  }
}
