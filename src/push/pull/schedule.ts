/** Decides when feeds are fetched. A ping makes a feed due, one run leases it, and a failure delays the next fetch. */
import { and, eq, inArray, isNotNull, isNull, lte, not, notExists, or, sql } from "drizzle-orm"
import { type Db, isOneOf } from "../../db/client.ts"
import { publishers, sources as table } from "../../db/schema.ts"
import { type PublisherSource, SOURCE_COLUMNS } from "../auth/sources.ts"
import type { ChangedFeed, UnchangedFeed } from "./conditional-get.ts"

/** Milliseconds between two fetches of one feed, however many pings come. */
const FETCH_INTERVAL_MS = 10_000

/** Milliseconds after which an unfinished fetch counts as lost, and the feed may be fetched again. */
const LEASE_MS = 60_000

/** Milliseconds from a failed or lost fetch to the next one. Each failure doubles them, within these limits. */
const [FIRST_RETRY_MS, LAST_RETRY_MS] = [60_000, 3_600_000]

const LOST_FETCH_DETAIL = "The last fetch did not end. Check the size of the feed: it may be too large for one Worker."

/** Selects the registered feeds of a publisher, the oldest first. */
export function readFeeds(db: Db, publisherUid: string) {
  return db
    .select({ id: table.id, feedUrl: sql<string>`${table.feedUrl}` })
    .from(table)
    .where(and(eq(table.publisherUid, publisherUid), isNotNull(table.feedUrl)))
    .orderBy(table.createdAt, table.id)
}

/** Marks the feeds of a ping as due, even while a feed is being fetched. Many pings cause one fetch. */
export async function markFeedsDue(db: Db, ids: string[], now: number): Promise<void> {
  const dueAt = sql`coalesce(${table.dueAt}, ${now})`
  const nextAt = sql`max(${now}, coalesce(${table.notBefore}, 0))`
  await db.update(table).set({ dueAt, pingedAt: now, nextAt }).where(isOneOf(table.id, ids))
}

/**
 * Claims due feeds, so that no other run fetches them before the lease ends. If a lease ended without a result, the
 * feed may have stopped the Worker. This counts as a failure, and the feed is claimed alone when no other feed is due.
 * @param ids claims only these feeds; if left out, the feeds that have waited longest
 */
export async function claimDueFeeds(db: Db, limit: number, now: number, ids?: string[]): Promise<PublisherSource[]> {
  const { dueAt, nextAt, leasedUntil, failureCount, lastFailure } = table
  const active = db
    .select({ uid: publishers.uid })
    .from(publishers)
    .where(and(eq(publishers.state, "active"), isNull(publishers.removedAt)))
  const isDue = and(
    isNotNull(dueAt),
    lte(nextAt, now),
    ids && isOneOf(table.id, ids),
    sql`coalesce(${leasedUntil}, 0) <= ${now}`,
    inArray(table.publisherUid, active),
  )
  const due = db.$with("due").as(
    db
      .select({ id: table.id, nextAt, isLost: sql`${leasedUntil} is not null`.as("is_lost") })
      .from(table)
      .where(isDue),
  )
  const intact = db.select({ id: due.id }).from(due).where(not(due.isLost)).orderBy(due.nextAt).limit(limit)
  const first = db.select({ id: due.id }).from(due).orderBy(due.nextAt).limit(1)
  const retryLease = sql`min(${LAST_RETRY_MS}, ${LEASE_MS} * (1 << min(${failureCount} + 1, 10)))`
  return db
    .with(due)
    .update(table)
    .set({
      failureCount: sql`${failureCount} + (${leasedUntil} is not null)`,
      lastFailure: sql`iif(${leasedUntil} is null, ${lastFailure}, ${LOST_FETCH_DETAIL})`,
      leasedUntil: sql`${now} + iif(${leasedUntil} is null, ${LEASE_MS}, ${retryLease})`,
    })
    .where(or(inArray(table.id, intact), and(eq(table.id, first), notExists(intact))))
    .returning(SOURCE_COLUMNS)
}

/** Ends a fetch that succeeded. The feed stays due only if another ping came. An operator's changes are kept. */
export async function finishFetch(
  db: Db,
  source: PublisherSource,
  result: ChangedFeed | UnchangedFeed,
  state: { newFeedUrl: string | undefined; bodySha256: string | null },
  now: number,
): Promise<void> {
  const { newFeedUrl, bodySha256 } = state
  const { etag, lastModified } = result.outcome === "changed" ? result : source
  await db
    .update(table)
    .set({
      etag: etag ?? null,
      lastModified: lastModified ?? null,
      bodySha256,
      feedUrl: newFeedUrl ?? source.feedUrl,
      fetchedAt: now,
      failureCount: 0,
      lastFailure: null,
      dueAt: sql`iif(${table.pingedAt} = ${source.pingedAt}, null, ${table.pingedAt})`,
      nextAt: now + FETCH_INTERVAL_MS,
      notBefore: now + FETCH_INTERVAL_MS,
      leasedUntil: null,
    })
    .where(isSameFeed(source))
}

/** Ends a fetch that failed. The feed stays due, unless it must not be fetched any more. */
export async function failFetch(
  db: Db,
  source: PublisherSource,
  failure: { detail: string; isRetryable: boolean; retryAfter?: number | undefined },
  now: number,
): Promise<void> {
  const retryAfter = failure.retryAfter ?? 0
  const wait = Math.max(retryAfter, Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(source.failureCount, 10)))
  const { dueAt, pingedAt, failureCount } = table
  await db
    .update(table)
    .set({
      failureCount: sql`${failureCount} + 1`,
      lastFailure: failure.detail,
      fetchedAt: now,
      nextAt: now + wait,
      notBefore: now + Math.max(retryAfter, FETCH_INTERVAL_MS),
      leasedUntil: null,
      ...(!failure.isRetryable && { dueAt: sql`iif(${pingedAt} <> ${source.pingedAt}, ${dueAt}, null)` }),
    })
    .where(isSameFeed(source))
}

/** An operator may have given the source a different feed after the fetch began. */
const isSameFeed = ({ id, feedUrl }: PublisherSource) => and(eq(table.id, id), sql`${table.feedUrl} = ${feedUrl}`)
