/** Delivers a pushed, fetched or replayed message: reads and stores its articles, and records the outcome. */
import { runAfterCommit } from "../../after-commit/purge.ts"
import { resolveDuplicates } from "../../articles/jobs/resolve-duplicates.ts"
import { readScopes, withCurrentScopes } from "../../articles/read/inventory.ts"
import type { Decision } from "../../articles/write/outcomes.ts"
import type { ParsedItem } from "../../dialects/item-schema.ts"
import { MAX_ARTICLES, type Message } from "../../dialects/message.ts"
import type { WorkContext } from "../../env.ts"
import { Problem } from "../../http/problem.ts"
import { logError } from "../../log/log.ts"
import { isRecordable, type MessageOutcome, recordOutcome } from "../attempts/record-outcome.ts"
import { storeReceived } from "../attempts/stored-bytes.ts"
import type { Incoming } from "../auth/incoming.ts"
import { rejectionsOf } from "./delivery-entry.ts"
import { identifyItems } from "./identify-items.ts"
import { readMessage } from "./read-message.ts"
import { allRejectedProblem, type StoredMessage, storeMessage } from "./store-message.ts"

export const NO_ARTICLE_DETAIL = "With the sender's current settings, the message holds no article."

export interface Delivered extends MessageOutcome {
  /** The id of the delivery in the log of attempts. */
  deliveryId: string
  /** One result for each 100 articles of the message. */
  stored: StoredMessage[]
}

/** The result has an `error` if no article was stored. @throws if the sender must send the message again */
export async function deliver(context: WorkContext, incoming: Incoming): Promise<Delivered> {
  // Batches of changes are in the order of their times. The time of the request is too early if its body came slowly.
  const now = context.clock()
  let items: ParsedItem[] = []
  let result: Omit<Delivered, "deliveryId">
  try {
    const message = readMessage(incoming, now)
    items = message.items
    result = await storeArticles(context, incoming, message, now)
  } catch (error) {
    if (!isRecordable(error, incoming.sender)) throw error
    // If the message could be read, this error means that all its articles were rejected.
    result = { error, errors: [], rejectedRaw: items.map(({ raw }) => raw), stored: [] }
  }
  return { ...result, deliveryId: await recordOutcome(context, incoming, result) }
}

/** Stores any number of articles, 100 at a time. @throws Problem all_articles_rejected, not_replayable */
async function storeArticles(
  context: WorkContext,
  incoming: Incoming,
  message: Message,
  now: number,
): Promise<Omit<Delivered, "deliveryId">> {
  const { sender, body, bodySha256 } = incoming
  if (message.items.length === 0 && sender.replayOf !== undefined)
    throw new Problem("not_replayable", NO_ARTICLE_DETAIL)
  const { id, occurrence } = sender.delivery
  const identified = await identifyItems(message, sender.publisher)
  const { items } = identified
  const storedBytes = storeReceived(context.env.RECEIVED, bodySha256, body)
  const stored: StoredMessage[] = []
  for (let at = 0; at < items.length; at += MAX_ARTICLES) {
    const chunk = { ...identified, items: items.slice(at, at + MAX_ARTICLES) }
    const deliveryId = occurrence === undefined ? id : `${id}.${occurrence}.${at}`
    const result = await storeMessage(context, incoming, chunk, deliveryId, now, storedBytes)
    await finishCommit(context, result, now)
    stored.push(result)
  }
  // The bytes of a message without articles are stored too, so that it can be replayed with a corrected mapping.
  await storedBytes
  const entries = stored.flatMap((each) => each.entries)
  const errors = rejectionsOf(entries)
  if (entries.length > 0 && stored.every(({ delivery }) => delivery === undefined)) throw allRejectedProblem(errors)
  const rejectedRaw = items.flatMap(({ raw }, no) => (entries[no]?.outcome === "rejected" ? [raw] : []))
  // If a fetched document was stored before, the Worker crashed and did not record the outcome. It is recorded now.
  const repeated = occurrence === undefined ? stored.find(({ isRepeated }) => isRepeated) : undefined
  return { errors, rejectedRaw, stored, ...(repeated && { repeatOf: repeated.id }) }
}

/** Does the work between the write and the answer: resolves duplicates, purges the edge, updates the search index. */
async function finishCommit(context: WorkContext, stored: StoredMessage, now: number): Promise<void> {
  const { ctx, db } = context
  const { delivery, isRepeated, dirtyTags } = stored
  if (isRepeated && delivery) delivery.outcomes = await withCurrentScopes(db, delivery.outcomes)
  if (isRepeated || !delivery || delivery.commitNo === null) return
  if (stored.hasPendingDuplicates) delivery.outcomes = await resolveOutcomes(context, delivery.outcomes, now)
  await runAfterCommit(ctx, db, dirtyTags, now)
}

/** A failure is only logged, because a job repeats this every minute. @returns outcomes with the new feeds */
async function resolveOutcomes({ db, requestId }: WorkContext, outcomes: Decision[], now: number): Promise<Decision[]> {
  try {
    await resolveDuplicates(db, now)
    const ids = outcomes.map(({ id }) => id)
    const scopes = await readScopes(db, ids)
    return outcomes.map((outcome) => ({ ...outcome, scopes: scopes.get(outcome.id) ?? outcome.scopes }))
  } catch (error) {
    logError("duplicates_not_resolved", error, { id: requestId })
    return outcomes
  }
}
