/** A message that was read is stored, its stories are settled, the edge is told. Pushes, replays and fetched feeds end here. */
import type { Decision } from "../articles/decide.ts"
import { readScopes } from "../articles/held.ts"
import { settleStories } from "../articles/stories.ts"
import { client, type Db } from "../db/client.ts"
import { type EdgeContext, hasWorkersCache } from "../http/edge-cache.ts"
import { logError } from "../http/log.ts"
import { Problem, type ProblemError } from "../http/problem.ts"
import { announce } from "../hub/announce.ts"
import { keepReceived } from "./bytes.ts"
import { MAX_ARTICLES, type Message } from "./dialects/message.ts"
import type { Publisher } from "./publishers.ts"
import { type Earlier, type Received, receive } from "./receive.ts"

/** Where a message is stored, and when. */
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
  earlier?: Earlier
  bodySha256: string
  body: Uint8Array
}

/** @throws Problem delivery_id_reused, nothing_accepted, storage_unavailable; what D1 and R2 throw. Nothing is stored then. */
export async function accept(wire: Wire, message: Message, parcel: Parcel): Promise<Received> {
  const { env, ctx, now } = wire
  const db = client(env.DB)
  const keep = () => keepReceived(env.RECEIVED, parcel.bodySha256, parcel.body)
  const accepted = await receive(db, message, parcel, keep, { takeToken: hasWorkersCache(ctx), now })
  if (!accepted.replayed && accepted.delivery.commitNo !== null) {
    if (accepted.unsettled) accepted.delivery.outcomes = await settle(wire, db, accepted.delivery.outcomes)
    await announce(ctx, db, accepted.dirty, now)
  }
  return accepted
}

/**
 * Stores what may be more than one message holds, 100 articles at a time; what is rejected stops nothing.
 * @returns what was wrong with articles that could not be stored, though others were, and what they were.
 * @throws as accept(); nothing_accepted only if not one article could be stored
 */
export async function acceptAll(
  wire: Wire,
  { timestamp, items }: Message,
  parcel: Parcel,
): Promise<{ errors: ProblemError[]; rejected: string[] }> {
  const errors: ProblemError[] = []
  const rejected: string[] = []
  let refused: Problem | undefined
  let isStored = false
  for (let at = 0; at < items.length; at += MAX_ARTICLES) {
    const deliveryId = `${parcel.deliveryId}.${at}`
    try {
      const share = { timestamp, items: items.slice(at, at + MAX_ARTICLES) }
      const { entries } = await accept(wire, share, { ...parcel, deliveryId })
      errors.push(...entries.flatMap((entry) => entry.errors ?? []))
      rejected.push(...share.items.flatMap(({ raw }, no) => (entries[no]?.outcome === "rejected" ? [raw] : [])))
      isStored = true
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "nothing_accepted") throw error
      errors.push(...error.errors)
      rejected.push(...items.slice(at, at + MAX_ARTICLES).map(({ raw }) => raw))
      refused = error
    }
  }
  if (refused && !isStored) throw new Problem(refused.code, refused.message, errors)
  return { errors, rejected }
}

/**
 * Settles stories that others tell too. A failure is logged and not answered: what was pushed is stored, and the sweep
 * settles what waits.
 * @returns the outcomes with the scopes in which the articles stand now.
 */
async function settle({ requestId, now }: Wire, db: Db, outcomes: Decision[]): Promise<Decision[]> {
  try {
    await settleStories(db, now)
    const ids = outcomes.map(({ id }) => id)
    const scopes = await readScopes(db, ids)
    return outcomes.map((outcome) => ({ ...outcome, scopes: scopes.get(outcome.id) ?? outcome.scopes }))
  } catch (error) {
    logError("stories_unsettled", error, { id: requestId })
    return outcomes
  }
}
