/** One message from bytes to what became of it: two round trips to D1, beside the bytes' own way to R2. */
import { sql } from "drizzle-orm"
import type { ArticleEvent } from "../articles/article.ts"
import { type Decision, previewEvents } from "../articles/decide.ts"
import type { Directory } from "../articles/directory.ts"
import { namesFor } from "../articles/filing.ts"
import { parseNaming, selectNaming } from "../articles/naming.ts"
import { applyEvents, parseDelivery, type StoredDelivery, selectDelivery } from "../articles/store.ts"
import { batch, type Db } from "../db/client.ts"
import { Problem } from "../http/problem.ts"
import type { Message } from "./dialects/message.ts"
import { type Before, type Entry, type Identified, identify, prepare } from "./prepare.ts"
import type { Publisher } from "./publishers.ts"
import { describe } from "./read.ts"

/** How often a message is prepared again because an article changed between reading and writing. */
const ATTEMPTS = 3

/** Another id that the same message may have had. */
export interface Earlier {
  id: string
  /** Only if it came after this, milliseconds UTC. */
  since: number
}

export interface Received {
  /** By which the delivery is known: of a replay, the id of the first time. */
  id: string
  delivery: StoredDelivery
  entries: Entry[]
  directory: Directory
  replayed: boolean
  dirty: string[] | undefined
  /** Whether stories wait to be settled. */
  unsettled: boolean
}

/**
 * Stores a message.
 * @param keep puts the bytes where they last; awaited before anything is acknowledged.
 * @throws Problem delivery_id_reused, nothing_accepted, storage_unavailable
 */
export async function receive(
  db: Db,
  message: Message,
  sender: { publisher: Publisher; deliveryId: string; earlier?: Earlier; bodySha256: string },
  keep: () => Promise<unknown>,
  options: { takeToken: boolean; now: number },
): Promise<Received> {
  const { publisher, deliveryId, earlier, bodySha256 } = sender
  const items = await identify(message, publisher)
  const kept = keep()
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const [before] = await Promise.all([readBefore(db, publisher, items, deliveryId, earlier), kept])
    if (before.known) return replayOf(before.known, bodySha256, before.directory)
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
    if (applied.replayed) return replayOf({ id: deliveryId, delivery: applied.delivery }, bodySha256, directory)
    return {
      id: deliveryId,
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

type Known = Pick<Received, "id" | "delivery">

/** A replay is answered as the first time, but only for the same body. */
function replayOf({ id, delivery }: Known, bodySha256: string, directory: Directory): Received {
  if (delivery.bodySha256 !== bodySha256) {
    throw new Problem("delivery_id_reused", "This delivery id was used for a message with another body.")
  }
  return {
    id,
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
  earlier?: Earlier,
): Promise<Before & { known: Known | undefined }> {
  const ids = JSON.stringify(items.flatMap(({ id }) => id ?? []))
  const [now, before, wire, aliases, defaults, held] = await batch(db, [
    selectDelivery(publisher.uid, deliveryId),
    selectDelivery(publisher.uid, earlier?.id ?? ""),
    ...selectNaming(publisher.uid),
    sql<{ id: string; raw_hash: string; content_hash: string }>`select a.id, a.raw_hash, a.content_hash
      from json_each(${ids}) i cross join articles a on a.id = i.value`,
  ])
  const naming = parseNaming(wire, aliases, defaults)
  const [own, once] = [parseDelivery(now)?.delivery, parseDelivery(before)?.delivery]
  const isOnce = earlier !== undefined && once !== undefined && once.receivedAt > earlier.since
  return {
    known: own ? { id: deliveryId, delivery: own } : isOnce ? { id: earlier.id, delivery: once } : undefined,
    directory: naming.directory,
    names: namesFor(naming, publisher.uid),
    held: new Map(held.map((row) => [row.id, { rawHash: row.raw_hash, contentHash: row.content_hash }])),
  }
}
