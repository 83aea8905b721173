/** Fetches the registered feeds that a ping made due, and delivers the documents as if publishers had pushed them. */
import { sha256 } from "../../crypto/digest.ts"
import type { WorkContext } from "../../env.ts"
import { logError, logRejection } from "../../log/log.ts"
import type { Incoming } from "../auth/incoming.ts"
import { type Publisher, readPublisherByUid } from "../auth/publishers.ts"
import type { PublisherSource } from "../auth/sources.ts"
import { deliver } from "../ingest/deliver.ts"
import { type ChangedFeed, type FetchResult, fetchFeed } from "./conditional-get.ts"
import { claimDueFeeds, failFetch, finishFetch, markFeedsDue } from "./schedule.ts"

/** The platform allows six open connections, so five fetches leave one for other work. */
const CONCURRENT_FETCHES = 5

/** Marks feeds as due, and fetches them after the answer. A job that runs every minute fetches the rest. */
export async function scheduleFetches(context: WorkContext, ids: string[]): Promise<void> {
  const { ctx, db, clock, requestId } = context
  await markFeedsDue(db, ids, clock())
  ctx.waitUntil(logRejection(fetchDueFeeds(context, ids), "fetch_failed", { id: requestId }))
}

/** Fetches due feeds. A feed that fails stays due. @param ids if left out, the feeds that have waited longest */
export async function fetchDueFeeds(context: WorkContext, ids?: string[]): Promise<number> {
  const { db, clock } = context
  const sources = await claimDueFeeds(db, CONCURRENT_FETCHES, clock(), ids)
  await Promise.all(sources.map((source) => fetchSource(context, source)))
  return sources.length
}

/** Fetches one feed. A failure is stored with the source and not thrown, so that the other feeds are still fetched. */
async function fetchSource(context: WorkContext, source: PublisherSource): Promise<void> {
  const { db, clock } = context
  try {
    const publisher = await readPublisherByUid(db, source.publisherUid)
    // An operator may have removed the origin since the feed was registered.
    if (!publisher || !isRegistered(source.feedUrl, publisher)) {
      const detail = `${source.feedUrl} is not on an origin that is registered for its publisher.`
      return await failFetch(db, source, { detail, isRetryable: false }, clock())
    }
    const result = await requestFeed(context, source)
    if (result.outcome === "failed") return await failFetch(db, source, result, clock())
    const hash = result.outcome === "changed" ? await sha256(result.bytes) : source.bodySha256
    // Many servers answer 200 although the document has not changed.
    // After a permanent redirect to an origin of the publisher, the new address is fetched from now on.
    const newFeedUrl = isRegistered(result.permanentUrl, publisher) ? result.permanentUrl : undefined
    const movedSource = { ...source, feedUrl: newFeedUrl ?? source.feedUrl }
    if (result.outcome === "changed" && hash !== null && hash !== source.bodySha256)
      await deliver(context, fetchedMessage(publisher, movedSource, result, hash, clock()))
    await finishFetch(db, source, result, { newFeedUrl, bodySha256: hash }, clock())
  } catch (error) {
    // The feed was fetched, but its articles could not be stored, so the feed stays due.
    logError("fetch_not_stored", error, { source: source.id })
    await failFetch(
      db,
      source,
      { detail: "The wire could not store the fetched articles.", isRetryable: true },
      clock(),
    )
  }
}

const isRegistered = (url: string | null | undefined, { origins }: Publisher): url is string =>
  url != null && origins.includes(new URL(url).origin)

function requestFeed({ settings, clock }: WorkContext, source: PublisherSource): Promise<FetchResult> {
  const { allowLoopback, feedsUrl } = settings
  return fetchFeed(
    { url: source.feedUrl ?? "", etag: source.etag ?? undefined, lastModified: source.lastModified ?? undefined },
    { allowLoopback, ownHosts: [new URL(feedsUrl).host], userAgent: `feedwire/0.1 (+${feedsUrl})`, now: clock() },
  )
}

/**
 * Makes a message from a fetched document. If the document cannot be parsed, its dead letter is closed when a later
 * document is parsed. Rejected entries get another dead letter, because later documents may lack these entries.
 */
function fetchedMessage(
  publisher: Publisher,
  source: PublisherSource,
  { bytes, contentType }: ChangedFeed,
  bodySha256: string,
  now: number,
): Incoming {
  const id = `${source.name}.feed`
  // A fetch that is repeated after a crash has the same occurrence, so that its articles are not stored twice.
  const occurrence = `${source.pingedAt}.${bodySha256.slice(0, 16)}`
  return {
    endpoint: { kind: "feed", name: source.name },
    body: bytes,
    bodySha256,
    contentType,
    headers: new Headers(),
    receivedAt: now,
    sender: {
      publisher,
      source,
      authentication: "fetch",
      isSigned: false,
      messageAt: now,
      delivery: { id, document: { id, articlePrefix: id }, occurrence },
    },
  }
}
