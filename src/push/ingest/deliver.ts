/** Delivers a message that was pushed, fetched or replayed: reads its articles, stores and shows them, and logs the outcome. */
import { runAfterCommit } from "../../after-commit/purge.ts"
import { resolveDuplicates } from "../../articles/jobs/resolve-duplicates.ts"
import { readScopes } from "../../articles/read/inventory.ts"
import type { Decision } from "../../articles/write/outcomes.ts"
import type { ParsedItem } from "../../dialects/item-schema.ts"
import { MAX_ARTICLES, type Message } from "../../dialects/message.ts"
import type { WorkContext } from "../../env.ts"
import { Problem } from "../../http/problem.ts"
import { logError } from "../../log/log.ts"
import { isRecordable, type MessageOutcome, recordOutcome } from "../attempts/record-outcome.ts"
import { storeReceived } from "../attempts/stored-bytes.ts"
import type { Incoming } from "../auth/incoming.ts"
import { readMessage } from "./read-message.ts"
import { allRejectedProblem, type StoredMessage, storeMessage } from "./store-message.ts"

export interface Delivered extends MessageOutcome {
  /** The id of the delivery in the log of attempts. */
  deliveryId: string
  /** What was stored of the message: at most 100 articles each. */
  stored: StoredMessage[]
}

/** @returns also why nothing could be stored, if that is in the log @throws what is not: the message must come again */
export async function deliver(context: WorkContext, incoming: Incoming): Promise<Delivered> {
  // Not the time at which the request began: its body may have arrived slowly, and commits are ordered by time.
  const now = context.clock()
  let items: ParsedItem[] = []
  let result: Omit<Delivered, "deliveryId">
  try {
    const message = readMessage(incoming, now)
    items = message.items
    result = await storeArticles(context, incoming, message, now)
  } catch (error) {
    if (!isRecordable(error, incoming.sender)) throw error
    // If the message could be read, all of its articles were rejected.
    result = { error, errors: [], rejectedRaw: items.map(({ raw }) => raw), stored: [] }
  }
  return { ...result, deliveryId: await recordOutcome(context, incoming, result) }
}

/** Stores any number of articles, 100 at a time. @throws Problem all_articles_rejected only if no article could be stored */
async function storeArticles(
  context: WorkContext,
  incoming: Incoming,
  { timestamp, items }: Message,
  now: number,
): Promise<Omit<Delivered, "deliveryId">> {
  if (items.length === 0) await storeEmpty(context, incoming)
  const { id, occurrence } = incoming.sender.delivery
  const stored: StoredMessage[] = []
  for (let at = 0; at < items.length; at += MAX_ARTICLES) {
    const chunk = { timestamp, items: items.slice(at, at + MAX_ARTICLES) }
    const deliveryId = occurrence === undefined ? id : `${id}.${occurrence}.${at}`
    const result = await storeMessage(context, incoming, chunk, deliveryId, now)
    await finishCommit(context, result, now)
    stored.push(result)
  }
  const entries = stored.flatMap((each) => each.entries)
  const errors = entries.flatMap((entry) => entry.errors ?? [])
  if (entries.length > 0 && stored.every(({ delivery }) => delivery === undefined)) throw allRejectedProblem(errors)
  const rejectedRaw = items.flatMap(({ raw }, no) => (entries[no]?.outcome === "rejected" ? [raw] : []))
  // A feed that is fetched again after a crash was stored, but not recorded.
  const repeated = occurrence === undefined ? stored.find(({ isRepeated }) => isRepeated) : undefined
  return { errors, rejectedRaw, stored, ...(repeated && { repeatOf: repeated.id }) }
}

/** The bytes are stored, for a replay after its mapping is corrected. @throws Problem not_replayable if it is a replay */
async function storeEmpty({ env }: WorkContext, { sender, bodySha256, body }: Incoming): Promise<void> {
  if (sender.replayOf !== undefined)
    throw new Problem("not_replayable", "Read with the sender's settings of today, it holds no article.")
  await storeReceived(env.RECEIVED, bodySha256, body)
}

/** What follows a commit before the answer: duplicates are resolved, the edge is purged and the consumers are started. */
async function finishCommit(context: WorkContext, stored: StoredMessage, now: number): Promise<void> {
  const { ctx, db } = context
  const { delivery, isRepeated, dirtyScopes } = stored
  if (isRepeated || !delivery || delivery.commitNo === null) return
  if (stored.hasPendingDuplicates) delivery.outcomes = await resolveOutcomes(context, delivery.outcomes, now)
  await runAfterCommit(ctx, db, dirtyScopes, now)
}

/** Resolves duplicates. A failure is only logged: the sweep does the rest. @returns the outcomes with their scopes afterwards */
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
