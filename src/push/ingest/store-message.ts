/** Stores the articles of one message in two round trips to D1, while its bytes are written to R2. */
import type { ArticleEvent } from "../../articles/model/article.ts"
import { type GuidState, parseGuidState, selectGuidStates } from "../../articles/read/guid-states.ts"
import { taxonomyFor } from "../../articles/taxonomy/classify.ts"
import type { Directory } from "../../articles/taxonomy/directory.ts"
import { parseTaxonomy, selectTaxonomy } from "../../articles/taxonomy/read-taxonomy.ts"
import { type Decision, previewEvents } from "../../articles/write/outcomes.ts"
import {
  type ApplyResult,
  applyEvents,
  parseDelivery,
  type StoredDelivery,
  selectDelivery,
} from "../../articles/write/write-batch.ts"
import { batch, type Db } from "../../db/client.ts"
import type { Message } from "../../dialects/message.ts"
import type { WorkContext } from "../../env.ts"
import { hasWorkersCache } from "../../http/edge-cache.ts"
import { Problem, type ProblemError } from "../../http/problem.ts"
import type { DeliveryIdentity, Incoming } from "../auth/incoming.ts"
import type { Publisher } from "../auth/publishers.ts"
import type { DeliveryEntry } from "./delivery-entry.ts"
import { type IdentifiedItem, type IdentifiedMessage, identifyItems } from "./identify-items.ts"
import { type PriorState, prepareEvents } from "./prepare-events.ts"
import { describeErrors } from "./read-message.ts"

/** How often a message is prepared at most. It is prepared again if another message changes its articles meanwhile. */
const MAX_ROUNDS = 4

/** The outcomes of the articles. If `delivery` is missing, all articles were rejected and nothing is stored. */
export interface StoredMessage extends Partial<ApplyResult> {
  /** The id of the delivery. A repeated message has the id of its first delivery. */
  id: string
  entries: DeliveryEntry[]
  directory: Directory
}

/**
 * Stores at most 100 articles.
 * @param storedBytes fulfils when the bytes of the message are in R2
 * @throws Problem delivery_id_reused, storage_unavailable; errors of D1 and R2
 */
export async function storeMessage(
  { ctx, db, settings }: WorkContext,
  { sender, bodySha256 }: Incoming,
  message: IdentifiedMessage,
  deliveryId: string,
  now: number,
  storedBytes: Promise<unknown>,
): Promise<StoredMessage> {
  const { publisher } = sender
  const { earlier } = sender.delivery
  for (let round = 1; round <= MAX_ROUNDS; round++) {
    const prepare = async () => {
      const priorState = await readPriorState(db, publisher, message, deliveryId, earlier)
      if (priorState.previousDelivery) return { priorState, events: [], entries: [] }
      return { priorState, ...(await prepareEvents(message, publisher, priorState, now, settings.language)) }
    }
    // The bytes are in R2 before the articles are stored. Meanwhile the Worker reads the earlier state.
    const [{ priorState, events, entries }] = await Promise.all([prepare(), storedBytes])
    const { directory, previousDelivery } = priorState
    if (previousDelivery) return repeatedAnswer(previousDelivery, bodySha256, directory)
    if (events.length === 0) return { id: deliveryId, entries, directory }
    const delivery = {
      publisherUid: publisher.uid,
      id: deliveryId,
      bodySha256,
      receivedAt: now,
      messageAt: message.timestamp,
      entries: JSON.stringify(entries),
      taxonomyVersion: directory.taxonomyVersion,
    }
    const result = await applyEvents(db, delivery, events, hasWorkersCache(ctx))
    if (!result) continue
    if (result.isRepeated) return repeatedAnswer(result.delivery, bodySha256, directory)
    return { ...result, id: deliveryId, entries, directory }
  }
  throw new Problem("storage_unavailable", "Other messages are changing these articles: send the message again.", [], {
    "retry-after": "5",
  })
}

/** Returns the outcomes that storeMessage() would return, with all events, and stores nothing. */
export async function previewMessage(
  db: Db,
  message: Message,
  publisher: Publisher,
  now: number,
  wireLanguage: string,
): Promise<{ entries: DeliveryEntry[]; events: ArticleEvent[]; outcomes: Decision[]; directory: Directory }> {
  const identified = await identifyItems(message, publisher)
  const priorState = await readPriorState(db, publisher, identified, "")
  // Without raw hashes, a repetition is read like any other version, so its article can be shown.
  const states = new Map([...priorState.states].map(([item, state]) => [item, withoutRawHash(state)]))
  const { events, entries } = await prepareEvents(identified, publisher, { ...priorState, states }, now, wireLanguage)
  const outcomes = await previewEvents(db, publisher.uid, events, now)
  return { entries, events, outcomes, directory: priorState.directory }
}

const withoutRawHash = ({ article, ...state }: GuidState): GuidState => ({
  ...state,
  article: article && { ...article, rawHash: "" },
})

/** Returns the first answer for a repeated message. @throws Problem delivery_id_reused if the body is different */
function repeatedAnswer(delivery: StoredDelivery, bodySha256: string, directory: Directory): StoredMessage {
  if (delivery.bodySha256 !== bodySha256) {
    throw new Problem("delivery_id_reused", "This delivery id was used for a message with another body: send a new id.")
  }
  const entries = JSON.parse(delivery.entries) as DeliveryEntry[]
  return { id: delivery.id, delivery, entries, directory, isRepeated: true }
}

export function allRejectedProblem(errors: ProblemError[]): Problem {
  return new Problem("all_articles_rejected", describeErrors(errors), errors)
}

/** Reads an earlier delivery of the message, the taxonomy and the state of its guids in the first round trip. */
async function readPriorState(
  db: Db,
  publisher: Publisher,
  { items, timestamp }: IdentifiedMessage,
  deliveryId: string,
  earlier?: DeliveryIdentity["earlier"],
): Promise<PriorState & { previousDelivery: StoredDelivery | undefined }> {
  const validItems = items.filter(({ item, id }) => item && id)
  const queries = validItems.flatMap(({ item, id, address, addressHash }) =>
    item && id ? [{ guid: item.id, id, address, addressHash }] : [],
  )
  const rows = await batch(db, {
    delivery: selectDelivery(db, { publisherUid: publisher.uid, id: deliveryId }),
    earlier: earlier && selectDelivery(db, { publisherUid: publisher.uid, id: earlier.id }),
    taxonomy: selectTaxonomy(db, publisher.uid),
    guids: selectGuidStates(publisher.uid, queries, timestamp),
  })
  const wireTaxonomy = parseTaxonomy(rows.taxonomy)
  const earlierDelivery = parseDelivery(rows.earlier ?? [])
  // A delivery under the earlier id is the same message only if it was stored after `since`.
  const isSame = earlier && earlierDelivery && earlierDelivery.receivedAt > earlier.since
  return {
    previousDelivery: parseDelivery(rows.delivery) ?? (isSame ? earlierDelivery : undefined),
    directory: wireTaxonomy.directory,
    taxonomy: taxonomyFor(wireTaxonomy, publisher.uid),
    states: new Map(rows.guids.map((row, no) => [validItems[no] as IdentifiedItem, parseGuidState(row)])),
  }
}
