/** Stores the articles of one message in two round trips to D1, while its bytes are written to R2. */
import { sql } from "drizzle-orm"
import type { ArticleEvent } from "../../articles/model/article.ts"
import { taxonomyFor } from "../../articles/taxonomy/classify.ts"
import type { Directory } from "../../articles/taxonomy/directory.ts"
import { parseTaxonomy, selectTaxonomy } from "../../articles/taxonomy/read-taxonomy.ts"
import { type Decision, previewEvents } from "../../articles/write/outcomes.ts"
import { applyEvents, parseDelivery, type StoredDelivery, selectDelivery } from "../../articles/write/write-batch.ts"
import { batch, type Db } from "../../db/client.ts"
import type { Message } from "../../dialects/message.ts"
import { Problem } from "../../http/problem.ts"
import type { EarlierDelivery } from "../auth/authenticate.ts"
import type { Publisher } from "../auth/publishers.ts"
import {
  type DeliveryEntry,
  type IdentifiedItem,
  identifyItems,
  type PriorState,
  prepareEvents,
} from "./prepare-events.ts"
import { describeErrors } from "./read-message.ts"

/** How often a message is prepared if its articles change between reading and writing. */
const MAX_ROUNDS = 3

export interface Received {
  /** The id of the delivery; for a repeated message, the id of the first one. */
  id: string
  delivery: StoredDelivery
  entries: DeliveryEntry[]
  directory: Directory
  isRepeated: boolean
  dirtyScopes: string[] | undefined
  /** Whether any cluster of duplicates is pending. */
  hasPendingDuplicates: boolean
}

/**
 * Stores a message.
 * @param storeBytes stores the bytes; awaited before the message is acknowledged.
 * @throws Problem delivery_id_reused, all_articles_rejected, storage_unavailable
 */
export async function storeMessage(
  db: Db,
  message: Message,
  sender: { publisher: Publisher; deliveryId: string; earlierDelivery?: EarlierDelivery; bodySha256: string },
  storeBytes: () => Promise<unknown>,
  options: { acquiresToken: boolean; now: number },
): Promise<Received> {
  const { publisher, deliveryId, earlierDelivery, bodySha256 } = sender
  const items = await identifyItems(message, publisher)
  const bytesPromise = storeBytes()
  for (let round = 1; round <= MAX_ROUNDS; round++) {
    const [priorState] = await Promise.all([
      readPriorState(db, publisher, items, deliveryId, earlierDelivery),
      bytesPromise,
    ])
    if (priorState.previousDelivery)
      return repeatedAnswer(priorState.previousDelivery, bodySha256, priorState.directory)
    const { events, entries } = await prepareEvents(items, message, publisher, priorState, options.now)
    if (events.length === 0) throw allRejectedProblem(entries)
    const delivery = {
      publisherUid: publisher.uid,
      id: deliveryId,
      bodySha256,
      receivedAt: options.now,
      messageAt: message.timestamp,
      entries: JSON.stringify(entries),
      taxonomyVersion: priorState.directory.taxonomyVersion,
    }
    const result = await applyEvents(db, delivery, events, options.acquiresToken)
    if (!result) continue
    const { directory } = priorState
    if (result.isRepeated) return repeatedAnswer({ id: deliveryId, delivery: result.delivery }, bodySha256, directory)
    return {
      id: deliveryId,
      delivery: result.delivery,
      entries,
      directory,
      isRepeated: false,
      dirtyScopes: result.dirtyScopes,
      hasPendingDuplicates: result.hasPendingDuplicates,
    }
  }
  throw new Problem("storage_unavailable", "These articles are being changed by other messages.", [], {
    "retry-after": "5",
  })
}

/** Returns what storeMessage() would do; nothing is stored. */
export async function previewMessage(
  db: Db,
  message: Message,
  publisher: Publisher,
  now: number,
): Promise<{ entries: DeliveryEntry[]; outcomes: Decision[]; directory: Directory }> {
  const items = await identifyItems(message, publisher)
  const priorState = await readPriorState(db, publisher, items, "")
  const { events, entries } = await prepareEvents(items, message, publisher, priorState, now)
  if (events.length === 0) throw allRejectedProblem(entries)
  // The content of a repeated event is not needed: its hashes were just read.
  return { entries, outcomes: await previewEvents(db, publisher.uid, events as ArticleEvent[], now), ...priorState }
}

type PreviousDelivery = Pick<Received, "id" | "delivery">

/** A repeated message gets the first answer again, but only for the same body. */
function repeatedAnswer({ id, delivery }: PreviousDelivery, bodySha256: string, directory: Directory): Received {
  if (delivery.bodySha256 !== bodySha256) {
    throw new Problem("delivery_id_reused", "This delivery id was used for a message with another body.")
  }
  return {
    id,
    delivery,
    entries: JSON.parse(delivery.entries) as DeliveryEntry[],
    directory,
    isRepeated: true,
    dirtyScopes: undefined,
    hasPendingDuplicates: false,
  }
}

function allRejectedProblem(entries: DeliveryEntry[]): Problem {
  const errors = entries.flatMap((entry) => entry.errors ?? [])
  return new Problem("all_articles_rejected", describeErrors(errors), errors)
}

/** The first round trip: the delivery if it came before, the taxonomy, and the hashes of stored articles. */
async function readPriorState(
  db: Db,
  publisher: Publisher,
  items: IdentifiedItem[],
  deliveryId: string,
  earlierDelivery?: EarlierDelivery,
): Promise<PriorState & { previousDelivery: PreviousDelivery | undefined }> {
  const ids = JSON.stringify(items.flatMap(({ id }) => id ?? []))
  const rows = await batch(db, {
    delivery: selectDelivery(publisher.uid, deliveryId),
    earlier: selectDelivery(publisher.uid, earlierDelivery?.id ?? ""),
    taxonomy: selectTaxonomy(publisher.uid),
    hashes: sql<{ id: string; raw_hash: string; content_hash: string }>`
      select a.id, a.raw_hash, a.content_hash
      from json_each(${ids}) i
      cross join articles a on a.id = i.value`,
  })
  const wireTaxonomy = parseTaxonomy(rows.taxonomy)
  const [delivery, earlierOne] = [parseDelivery(rows.delivery)?.delivery, parseDelivery(rows.earlier)?.delivery]
  const isRepeated =
    earlierDelivery !== undefined && earlierOne !== undefined && earlierOne.receivedAt > earlierDelivery.since
  return {
    previousDelivery: delivery
      ? { id: deliveryId, delivery }
      : isRepeated
        ? { id: earlierDelivery.id, delivery: earlierOne }
        : undefined,
    directory: wireTaxonomy.directory,
    taxonomy: taxonomyFor(wireTaxonomy, publisher.uid),
    storedHashes: new Map(rows.hashes.map((row) => [row.id, { rawHash: row.raw_hash, contentHash: row.content_hash }])),
  }
}
