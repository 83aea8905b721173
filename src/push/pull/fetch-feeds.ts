/** Fetches the registered feeds that a ping made due, and ingests their articles like those of a push. */

import { sha256 } from "../../crypto/digest.ts"
import { createDbClient } from "../../db/client.ts"
import type { ParsedItem } from "../../dialects/item-schema.ts"
import { settings } from "../../env.ts"
import { PROBLEMS, Problem, type ProblemError } from "../../http/problem.ts"
import { logError } from "../../log/log.ts"
import { deadLetterIdOfEntries } from "../attempts/dead-letter-id.ts"
import { storeDeadLetter } from "../attempts/stored-bytes.ts"
import { type Attempt, recordAttempt } from "../attempts/write-attempts.ts"
import { type Endpoint, endpointName } from "../auth/endpoints.ts"
import { type Publisher, readPublisherByUid } from "../auth/publishers.ts"
import type { PublisherSource } from "../auth/sources.ts"
import { ingestAll, type Wire } from "../ingest/ingest.ts"
import { type Letter, readMessage } from "../ingest/read-message.ts"
import { type ChangedFeed, type FetchResult, fetchFeed } from "./conditional-get.ts"
import { claimDueFeeds, failFetch, finishFetch } from "./schedule.ts"

/** A Worker has six connections. */
const CONCURRENT_FETCHES = 5

/**
 * Fetches feeds that are due. A feed that cannot be fetched stays due, and the sweep tries again.
 * @param clock dates leases and measures each fetch: the sweep may have run for a while before
 * @param ids only these; left out, those that have waited longest
 * @returns the number of feeds that were fetched.
 */
export async function fetchDueFeeds(context: Wire, clock: () => number, ids?: string[]): Promise<number> {
  const sources = await claimDueFeeds(createDbClient(context.env.DB), CONCURRENT_FETCHES, clock(), ids)
  await Promise.all(sources.map((source) => fetchSource(context, clock, source)))
  return sources.length
}

/** A failure is stored with the source, so that one feed does not stop the others. */
async function fetchSource(context: Wire, clock: () => number, source: PublisherSource): Promise<void> {
  const db = createDbClient(context.env.DB)
  try {
    const publisher = await readPublisherByUid(db, source.publisherUid)
    // An operator may have removed the origin since the feed was registered.
    if (!publisher || !isRegistered(source.feedUrl, publisher)) {
      const detail = `${source.feedUrl} is not on an origin that is registered for its publisher.`
      return await failFetch(db, source, { detail, isRetryable: false }, clock())
    }
    const result = await requestFeed(context, source, clock())
    if (result.outcome === "failed") return await failFetch(db, source, result, clock())
    const hash = result.outcome === "changed" ? await sha256(result.bytes) : source.bodySha256
    // Many servers answer 200 although the document is the same.
    if (result.outcome === "changed" && hash !== source.bodySha256) {
      await storeFeed({ ...context, now: clock() }, clock, publisher, source, result)
    }
    // A permanent redirect is followed from now on, if it leads to an origin of the publisher.
    const newFeedUrl = isRegistered(result.permanentUrl, publisher) ? result.permanentUrl : undefined
    await finishFetch(db, source, result, { newFeedUrl, bodySha256: hash }, clock())
  } catch (error) {
    // The feed was fetched, but its articles could not be stored: it stays due.
    logError("fetch_not_stored", error, { source: source.id })
    await failFetch(db, source, { detail: "The wire could not store what was fetched.", isRetryable: true }, clock())
  }
}

const isRegistered = (url: string | null | undefined, { origins }: Publisher): url is string =>
  url != null && origins.includes(new URL(url).origin)

function requestFeed({ env }: Wire, source: PublisherSource, now: number): Promise<FetchResult> {
  const { allowLoopback, feedsUrl } = settings(env)
  return fetchFeed(
    { url: source.feedUrl ?? "", etag: source.etag ?? undefined, lastModified: source.lastModified ?? undefined },
    { allowLoopback, ownHosts: [new URL(feedsUrl).host], userAgent: `feedwire/0.1 (+${feedsUrl})`, now },
  )
}

/**
 * A document that cannot be parsed is a dead letter until one is parsed. Entries that cannot be stored have a dead letter of
 * their own, because later documents may no longer contain them; it is the same one as long as the entries are the same.
 */
async function storeFeed(
  context: Wire,
  clock: () => number,
  publisher: Publisher,
  source: PublisherSource,
  { bytes, contentType }: ChangedFeed,
): Promise<void> {
  const { env, now } = context
  const db = createDbClient(env.DB)
  const endpoint: Endpoint = { kind: "feed", name: source.name }
  const attempt: Attempt = {
    publisherUid: publisher.uid,
    receivedAt: now,
    endpoint: endpointName(endpoint),
    deliveryId: `${source.name}.feed`,
    authentication: "fetch",
    messageAt: now,
    contentType,
    headers: new Headers(),
    bodySha256: await sha256(bytes),
    sizeInBytes: bytes.length,
  }
  const incoming = { ...attempt, endpoint, source, body: bytes, isSigned: false }
  const { errors, rejectedRaw, problem } = await ingestFeed(context, incoming, publisher)
  const { deliveryId, isDismissed } =
    rejectedRaw.length === 0
      ? { deliveryId: attempt.deliveryId, isDismissed: false }
      : await deadLetterIdOfEntries(db, publisher.uid, attempt.deliveryId, rejectedRaw)
  const isDeadLetter = (errors.length > 0 || problem !== undefined) && !isDismissed
  await recordAttempt(
    db,
    // A document that could be parsed closes the dead letter of one that could not.
    { ...attempt, deliveryId, earlierDelivery: { id: attempt.deliveryId } },
    {
      status: problem === undefined ? 200 : PROBLEMS[problem.code][0],
      ms: clock() - now,
      code: problem?.code,
      detail: problem?.message,
      errors,
      objectKey: isDeadLetter ? await storeDeadLetter(env.RECEIVED, attempt.bodySha256, bytes) : undefined,
    },
  )
}

/** @throws errors that are not the fault of the feed */
async function ingestFeed(
  context: Wire,
  incoming: Omit<Attempt, "endpoint"> & Letter & { source: PublisherSource },
  publisher: Publisher,
): Promise<{ errors: ProblemError[]; rejectedRaw: string[]; problem?: Problem }> {
  const { bodySha256, body, source } = incoming
  // The same id after a crash, so that articles of this fetch are not stored twice.
  const deliveryId = `${incoming.deliveryId}.${source.pingedAt}.${bodySha256.slice(0, 16)}`
  let items: ParsedItem[] = []
  try {
    const message = readMessage(incoming, context.now)
    items = message.items
    return await ingestAll(context, message, { publisher, deliveryId, bodySha256, body })
  } catch (error) {
    if (!(error instanceof Problem) || error.code === "storage_unavailable") throw error
    // If the document could be parsed, all of its entries were rejected.
    return { errors: error.errors, rejectedRaw: items.map(({ raw }) => raw), problem: error }
  }
}
