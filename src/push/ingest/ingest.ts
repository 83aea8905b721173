/** Stores a parsed message, resolves its duplicates and purges the edge; used by pushes, replays and fetched feeds. */

import { runAfterCommit } from "../../after-commit/purge.ts"
import { resolveDuplicates } from "../../articles/jobs/resolve-duplicates.ts"
import { readScopes } from "../../articles/read/inventory.ts"
import type { Decision } from "../../articles/write/outcomes.ts"
import { createDbClient, type Db } from "../../db/client.ts"
import { MAX_ARTICLES, type Message } from "../../dialects/message.ts"
import { type EdgeContext, hasWorkersCache } from "../../http/edge-cache.ts"
import { Problem, type ProblemError } from "../../http/problem.ts"
import { logError } from "../../log/log.ts"
import { storeReceived } from "../attempts/stored-bytes.ts"
import type { EarlierDelivery } from "../auth/authenticate.ts"
import type { Publisher } from "../auth/publishers.ts"
import { type Received, storeMessage } from "./store-message.ts"

/** The bindings with which a message is stored, and the time. */
export interface Wire {
  env: Env
  ctx: EdgeContext
  /** For the log. */
  requestId: string
  /** Milliseconds UTC: commits are ordered by it. */
  now: number
}

export interface Parcel {
  publisher: Publisher
  deliveryId: string
  earlierDelivery?: EarlierDelivery
  bodySha256: string
  body: Uint8Array
}

/** @throws Problem delivery_id_reused, all_articles_rejected, storage_unavailable; what D1 and R2 throw. Nothing is stored then. */
export async function ingest(context: Wire, message: Message, parcel: Parcel): Promise<Received> {
  const { env, ctx, now } = context
  const db = createDbClient(env.DB)
  const storeBytes = () => storeReceived(env.RECEIVED, parcel.bodySha256, parcel.body)
  const result = await storeMessage(db, message, parcel, storeBytes, { acquiresToken: hasWorkersCache(ctx), now })
  if (!result.isRepeated && result.delivery.commitNo !== null) {
    if (result.hasPendingDuplicates)
      result.delivery.outcomes = await resolveOutcomes(context, db, result.delivery.outcomes)
    await runAfterCommit(ctx, db, result.dirtyScopes, now)
  }
  return result
}

/**
 * Stores any number of articles, 100 at a time. Rejected articles do not stop the others.
 * @returns the errors of rejected articles, and Draft.raw of each of them.
 * @throws as ingest(); all_articles_rejected only if no article could be stored
 */
export async function ingestAll(
  context: Wire,
  { timestamp, items }: Message,
  parcel: Parcel,
): Promise<{ errors: ProblemError[]; rejectedRaw: string[] }> {
  const errors: ProblemError[] = []
  const rejectedRaw: string[] = []
  let lastProblem: Problem | undefined
  let isStored = false
  for (let at = 0; at < items.length; at += MAX_ARTICLES) {
    const deliveryId = `${parcel.deliveryId}.${at}`
    try {
      const chunk = { timestamp, items: items.slice(at, at + MAX_ARTICLES) }
      const { entries } = await ingest(context, chunk, { ...parcel, deliveryId })
      errors.push(...entries.flatMap((entry) => entry.errors ?? []))
      rejectedRaw.push(...chunk.items.flatMap(({ raw }, no) => (entries[no]?.outcome === "rejected" ? [raw] : [])))
      isStored = true
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "all_articles_rejected") throw error
      errors.push(...error.errors)
      rejectedRaw.push(...items.slice(at, at + MAX_ARTICLES).map(({ raw }) => raw))
      lastProblem = error
    }
  }
  if (lastProblem && !isStored) throw new Problem(lastProblem.code, lastProblem.message, errors)
  return { errors, rejectedRaw }
}

/**
 * Resolves duplicates. A failure is only logged: the articles are stored, and the sweep resolves pending clusters.
 * @returns the outcomes with the scopes that the articles have afterwards.
 */
async function resolveOutcomes({ requestId, now }: Wire, db: Db, outcomes: Decision[]): Promise<Decision[]> {
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
