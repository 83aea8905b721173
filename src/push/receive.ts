/** One message from bytes to what became of it: two round trips to D1, beside the bytes' own way to R2. */
import { sql } from "drizzle-orm"
import type { ArticleEvent } from "../articles/article.ts"
import { type Decision, previewEvents } from "../articles/decide.ts"
import type { Directory } from "../articles/directory.ts"
import { namesFor } from "../articles/filing.ts"
import { parseNaming, selectNaming } from "../articles/naming.ts"
import { TAG_LIMIT } from "../articles/sanitize.ts"
import { applyEvents, parseDelivery, type StoredDelivery, selectDelivery } from "../articles/store.ts"
import { batch, type Db } from "../db/client.ts"
import { Problem } from "../http/problem.ts"
import type { Message } from "./dialects/message.ts"
import { parseMessage } from "./dialects/native.ts"
import { type Before, type Entry, type Identified, identify, prepare } from "./prepare.ts"
import type { Publisher } from "./publishers.ts"

/** Nested arrays and objects. */
const DEPTH_LIMIT = 64

const [QUOTE, BACKSLASH, BRACKET, BRACE, LESS_THAN] = [0x22, 0x5c, 0x5b, 0x7b, 0x3c]

/** How often a message is prepared again because an article changed between reading and writing. */
const ATTEMPTS = 3

export interface Received {
  delivery: StoredDelivery
  entries: Entry[]
  directory: Directory
  replayed: boolean
  dirty: string[] | undefined
  /** Whether stories wait to be settled. */
  unsettled: boolean
}

/** @throws Problem invalid_json, invalid_message, body_too_large */
export function readMessage(bytes: Uint8Array, now: number): Message {
  const { deepest, tags } = weigh(bytes)
  if (deepest > DEPTH_LIMIT) {
    throw new Problem("invalid_json", `The body is nested ${deepest} deep; at most ${DEPTH_LIMIT} are accepted.`)
  }
  if (tags > TAG_LIMIT) {
    throw new Problem("body_too_large", `The body has ${tags} "<"; at most ${TAG_LIMIT} are accepted. Split the batch.`)
  }
  let body: unknown
  try {
    // Fatal: bytes that are not UTF-8 must not come out as other text. A byte order mark is passed over.
    body = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes))
  } catch (error) {
    const place = error instanceof SyntaxError ? error.message : "it is not UTF-8"
    throw new Problem("invalid_json", `The body is not UTF-8 encoded JSON: ${place}`)
  }
  const parsed = parseMessage(body)
  if ("errors" in parsed) throw new Problem("invalid_message", describe(parsed.errors), parsed.errors)
  if (parsed.message.timestamp > now + 5 * 60_000) {
    const detail = "is more than 5 minutes in the future"
    throw new Problem("invalid_message", `/timestamp ${detail}`, [{ pointer: "/timestamp", detail }])
  }
  return parsed.message
}

/** One pass over the bytes before anything is built of them: how deep JSON is nested, and how many "<" it has. */
function weigh(json: Uint8Array): { deepest: number; tags: number } {
  let depth = 0
  let deepest = 0
  let tags = 0
  let quoted = false
  for (let at = 0; at < json.length; at++) {
    const byte = json[at]
    if (byte === LESS_THAN) tags += 1
    if (byte === QUOTE) quoted = !quoted
    else if (byte === BACKSLASH) at += 1
    else if (!quoted && (byte === BRACKET || byte === BRACE)) deepest = Math.max(deepest, ++depth)
    else if (!quoted && (byte === BRACKET + 2 || byte === BRACE + 2)) depth -= 1
  }
  return { deepest, tags }
}

function describe(errors: { pointer?: string; detail: string }[]): string {
  const [first] = errors
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ""
  return `${first?.pointer || "The body"} ${first?.detail}${more}`
}

/**
 * Stores a message.
 * @param keep puts the bytes where they last; awaited before anything is acknowledged.
 * @throws Problem delivery_id_reused, nothing_accepted, storage_unavailable
 */
export async function receive(
  db: Db,
  message: Message,
  sender: { publisher: Publisher; deliveryId: string; bodySha256: string },
  keep: () => Promise<unknown>,
  options: { takeToken: boolean; now: number },
): Promise<Received> {
  const { publisher, deliveryId, bodySha256 } = sender
  const items = await identify(message, publisher)
  const kept = keep()
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const [before] = await Promise.all([readBefore(db, publisher, items, deliveryId), kept])
    if (before.delivery) return replayOf(before.delivery, bodySha256, before.directory)
    const { events, entries } = await prepare(items, message, publisher, before, options.now)
    if (events.length === 0) throw nothingAccepted(entries)
    const delivery = {
      publisherUid: publisher.uid,
      id: deliveryId,
      bodySha256,
      receivedAt: options.now,
      messageAt: message.timestamp,
      entries: JSON.stringify(entries),
      filing: before.directory.filing,
    }
    const applied = await applyEvents(db, delivery, events, options.takeToken)
    if (!applied) continue
    const { directory } = before
    if (applied.replayed) return replayOf(applied.delivery, bodySha256, directory)
    return {
      delivery: applied.delivery,
      entries,
      directory,
      replayed: false,
      dirty: applied.dirty,
      unsettled: applied.unsettled,
    }
  }
  throw new Problem("storage_unavailable", "These articles are being changed by other messages.", [], {
    "retry-after": "5",
  })
}

/** What receive() would do; nothing is stored. */
export async function rehearse(
  db: Db,
  message: Message,
  publisher: Publisher,
  now: number,
): Promise<{ entries: Entry[]; outcomes: Decision[]; directory: Directory }> {
  const items = await identify(message, publisher)
  const before = await readBefore(db, publisher, items, "")
  const { events, entries } = await prepare(items, message, publisher, before, now)
  if (events.length === 0) throw nothingAccepted(entries)
  // A repeat needs no content to be decided, and what it is compared with was read a moment ago.
  return { entries, outcomes: await previewEvents(db, publisher.uid, events as ArticleEvent[], now), ...before }
}

/** A replay is answered as the first time, but only for the same body. */
function replayOf(delivery: StoredDelivery, bodySha256: string, directory: Directory): Received {
  if (delivery.bodySha256 !== bodySha256) {
    throw new Problem("delivery_id_reused", "This webhook-id was used for a message with another body.")
  }
  return {
    delivery,
    entries: JSON.parse(delivery.entries) as Entry[],
    directory,
    replayed: true,
    dirty: undefined,
    unsettled: false,
  }
}

function nothingAccepted(entries: Entry[]): Problem {
  const errors = entries.flatMap((entry) => entry.errors ?? [])
  return new Problem("nothing_accepted", describe(errors), errors)
}

/** Round trip one: the delivery, if it came before, the names, and the hashes of what is held. */
async function readBefore(
  db: Db,
  publisher: Publisher,
  items: Identified[],
  deliveryId: string,
): Promise<Before & { delivery: StoredDelivery | undefined }> {
  const ids = JSON.stringify(items.flatMap(({ id }) => id ?? []))
  const [delivery, wire, aliases, defaults, held] = await batch(db, [
    selectDelivery(publisher.uid, deliveryId),
    ...selectNaming(publisher.uid),
    sql<{ id: string; raw_hash: string; content_hash: string }>`select a.id, a.raw_hash, a.content_hash
      from json_each(${ids}) i cross join articles a on a.id = i.value`,
  ])
  const naming = parseNaming(wire, aliases, defaults)
  return {
    delivery: parseDelivery(delivery)?.delivery,
    directory: naming.directory,
    names: namesFor(naming, publisher.uid),
    held: new Map(held.map((row) => [row.id, { rawHash: row.raw_hash, contentHash: row.content_hash }])),
  }
}
