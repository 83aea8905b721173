/** What would become of a message, shown before anything is sent: read as a push is read, and nothing is stored. */
import { Hono } from "hono"
import type { PublishEvent } from "../articles/article.ts"
import { previewEvents } from "../articles/decide.ts"
import type { Directory } from "../articles/directory.ts"
import { namesFor } from "../articles/filing.ts"
import { parseNaming, selectNaming } from "../articles/naming.ts"
import { batch, client, type Db } from "../db/client.ts"
import type { AppEnv, Settings } from "../env.ts"
import { Problem } from "../http/problem.ts"
import { resultsOf } from "../push/answer.ts"
import type { Message } from "../push/dialects/message.ts"
import { type Door, doorOf, GHOST } from "../push/doors.ts"
import { identify, prepare } from "../push/prepare.ts"
import type { Publisher } from "../push/publishers.ts"
import { type Letter, readLetter } from "../push/read.ts"
import { isThin } from "../push/sources.ts"
import { BODY_LIMIT } from "../push/take.ts"
import { invalid, readBody } from "./body.ts"
import { iso, mustFindLiving } from "./registry.ts"
import { TryMessage } from "./requests.ts"
import { newSource, type SourceRow } from "./source-rows.ts"
import { mustFindSource } from "./sources.ts"

/** The largest body that a push may have, in base64, and the rest of the request. */
const REQUEST_LIMIT = 2 * 1024 * 1024

/** A source that stands in no table. */
const UNNAMED = "try"

type Wanted = Awaited<ReturnType<typeof readWanted>>

export const trial = new Hono<AppEnv>().post("/publishers/:slug/try", async (c) => {
  const db = client(c.env.DB)
  const { slug } = c.req.param()
  const wanted = await readWanted(c.req.raw)
  const publisher = await mustFindLiving(db, slug)
  const { now, settings } = c.var
  const door = doorFor(wanted)
  const source = door.kind === "source" ? await sourceFor(db, publisher, door.name, wanted, now) : undefined
  const body = bytesOf(wanted.body)
  const letter = {
    // What is fetched of a source that only has a feed.
    door: source?.sender === "feed" ? ({ kind: "feed", name: source.name } as const) : door,
    source,
    contentType: wanted.content_type,
    headers: headersOf(wanted.headers),
    // As if a signature had been verified.
    body,
    messageAt: now,
    signed: true,
  }
  const warnings = [
    ...(publisher.state === "active" ? [] : [`${slug} is disabled: nothing that it sends is taken`]),
    ...(isThin(source) ? ["what this source sends is not believed: its feed is fetched instead"] : []),
  ]
  const read = readAsPushed(letter, now)
  if (read instanceof Problem) {
    const { code, message: detail, errors } = read
    return c.json({ results: [], warnings, unread: { code, detail, errors } })
  }
  if (read.items.length === 0) warnings.push("the message holds no article: it is understood, and nothing is stored")
  return c.json({ results: await resultsFor(db, read, publisher, now, settings), warnings })
})

function readAsPushed(letter: Letter, now: number): Message | Problem {
  if (letter.body.length > BODY_LIMIT)
    return new Problem("body_too_large", `The body has more than ${BODY_LIMIT} bytes.`)
  try {
    return readLetter(letter, now)
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
}

/** What a dry run says, and each article as it would be kept. Two round trips. */
async function resultsFor(db: Db, message: Message, publisher: Publisher, now: number, settings: Settings) {
  const [wire, aliases, defaults] = await batch(db, selectNaming(publisher.uid))
  const naming = parseNaming(wire, aliases, defaults)
  const { directory } = naming
  // Nothing is said to be held, so that every article is read to its end.
  const before = { directory, names: namesFor(naming, publisher.uid), held: new Map() }
  const { events, entries } = await prepare(await identify(message, publisher), message, publisher, before, now)
  const outcomes = await previewEvents(db, publisher.uid, events, now)
  return resultsOf(entries, outcomes, directory, settings).map((result, i) => {
    const event = events[entries[i]?.event ?? -1]
    return event?.kind === "publish" ? { ...result, article: articleOf(event, directory) } : result
  })
}

const readWanted = (request: Request) => readBody(request, TryMessage, REQUEST_LIMIT)

/** @throws Problem invalid_request */
function doorFor({ door: name, source, sender, mapping }: Wanted): Door {
  const named = name === undefined ? undefined : doorOf(name)
  if (name !== undefined && (named === undefined || named.kind === "feed")) {
    throw invalid([{ pointer: "/door", detail: 'must be "" for the native one, ghost/EVENT or sources/NAME' }])
  }
  const isOther = sender !== undefined || mapping !== undefined
  if (named === undefined) {
    if (source === GHOST) {
      throw invalid([
        { pointer: "/source", detail: "is Ghost, which has a door for each event: send door ghost/EVENT" },
      ])
    }
    return source !== undefined || isOther ? { kind: "source", name: source ?? UNNAMED } : { kind: "native" }
  }
  if (named.kind !== "source" && (isOther || source !== undefined)) {
    const pointer = source !== undefined ? "/source" : sender !== undefined ? "/sender" : "/mapping"
    throw invalid([{ pointer, detail: `means nothing at the door ${JSON.stringify(name)}` }])
  }
  if (named.kind === "source" && source !== undefined && source !== named.name) {
    throw invalid([{ pointer: "/source", detail: `is not ${named.name}, which the door names` }])
  }
  return named
}

/** The source as it is, or as it would be with another sender or mapping. */
async function sourceFor(
  db: Db,
  { uid, slug }: { uid: string; slug: string },
  name: string,
  { source, door, sender, mapping }: Wanted,
  now: number,
): Promise<SourceRow> {
  const isNamed = source !== undefined || door !== undefined
  const held = isNamed && sender === undefined ? await mustFindSource(db, uid, slug, name) : undefined
  // Whoever tries a mapping wants to see what it makes of a message, whether the sender is believed or not.
  const made = held ?? newSource(uid, { name, sender: sender ?? "custom" }, undefined, now)
  return mapping === undefined ? made : { ...made, settings: { ...made.settings, mapping } }
}

function headersOf(given: Record<string, string> | undefined): Headers {
  try {
    return new Headers(given)
  } catch {
    throw invalid([{ pointer: "/headers", detail: "must be names and values that HTTP allows" }])
  }
}

/** @throws Problem invalid_request */
function bytesOf(base64: string): Uint8Array {
  let text: string
  try {
    text = atob(base64)
  } catch {
    throw invalid([{ pointer: "/body", detail: "must be base64" }])
  }
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at)
  return bytes
}

/** A version as it would be kept, in the words of JSON Feed. */
function articleOf({ version }: PublishEvent, { sections }: Directory) {
  const { details } = version
  const time = (at: number | undefined) => iso(at ?? null)
  return {
    title: version.title ?? null,
    subtitle: version.subtitle ?? null,
    summary: version.summary ?? null,
    html: version.html,
    url: version.url ?? null,
    image: details.image ?? null,
    sections: details.sections.flatMap((id) => sections.find((section) => section.id === id)?.slug ?? []),
    tags: details.tags,
    authors: details.authors,
    date_published: time(version.publishedAt),
    date_modified: time(version.updatedAt),
    embargo: time(version.embargoUntil),
    language: version.language ?? null,
    direction: version.direction,
  }
}
