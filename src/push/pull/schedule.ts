/** When feeds are fetched: a ping makes a feed due, a lease gives it to one run, and a failure delays the next fetch. */
import { sql } from "drizzle-orm"
import type { Db } from "../../db/client.ts"
import { type PublisherSource, type PublisherSourceRow, parseSource, SOURCE_COLUMNS } from "../auth/sources.ts"
import type { ChangedFeed, UnchangedFeed } from "./conditional-get.ts"

/** Milliseconds between two fetches of one feed, however many pings come. */
const FETCH_INTERVAL_MS = 10_000

/** Milliseconds after which a fetch counts as lost and starts again. */
const LEASE_MS = 60_000

/**
 * Milliseconds from a failed fetch to the next: doubled with each failure, within these bounds. A lost fetch has failed
 * too.
 */
const [FIRST_RETRY_MS, LAST_RETRY_MS] = [60_000, 3_600_000]

const LOST_FETCH_DETAIL =
  "The last fetch did not end. Look at the size of the feed: it may be more than one Worker can process."

/** The registered feeds of a publisher, the oldest first. */
export async function readFeeds(db: Db, publisherUid: string): Promise<{ id: string; feedUrl: string }[]> {
  return db.all(sql`select id, feed_url feedUrl from sources where publisher_uid = ${publisherUid}
    and feed_url is not null order by created_at, id`)
}

/** Makes the feeds of a ping due, once for any number of pings, even while a feed is being fetched. */
export async function markFeedsDue(db: Db, ids: string[], now: number): Promise<void> {
  await db.run(sql`update sources set due_at = coalesce(due_at, ${now}), pinged_at = ${now},
      next_at = max(${now}, coalesce(not_before, 0))
    where id in (select value from json_each(${JSON.stringify(ids)}))`)
}

/**
 * Claims feeds that are due: no other run gets them while the lease lasts. If a lease expired, its fetch never ended, because
 * the feed may have killed the Worker. This counts as a failure and makes the next lease longer; such a feed is claimed alone,
 * and only when no other is due, so that it does not stop the others.
 * @param ids only these; left out, those that have waited longest.
 */
export async function claimDueFeeds(db: Db, limit: number, now: number, ids?: string[]): Promise<PublisherSource[]> {
  const condition = ids === undefined ? sql`` : sql`and id in (select value from json_each(${JSON.stringify(ids)}))`
  const rows =
    await db.all<PublisherSourceRow>(sql`with due as (select id, next_at, leased_until is not null lost from sources
      where due_at is not null and next_at <= ${now} ${condition} and coalesce(leased_until, 0) <= ${now}
      and publisher_uid in (select uid from publishers where state = 'active' and removed_at is null))
    update sources set failure_count = failure_count + (leased_until is not null),
      last_failure = iif(leased_until is null, last_failure, ${LOST_FETCH_DETAIL}),
      leased_until = ${now} + iif(leased_until is null, ${LEASE_MS},
        min(${LAST_RETRY_MS}, ${LEASE_MS} * (1 << min(failure_count + 1, 10))))
    where id in (select id from due where not lost order by next_at limit ${limit})
      or (id = (select id from due order by next_at limit 1) and not exists (select 1 from due where not lost))
    returning ${SOURCE_COLUMNS}`)
  return rows.flatMap((row) => parseSource([row]) ?? [])
}

/**
 * Ends a fetch that succeeded: the feed is due again only if another ping came meanwhile. An operator's changes stay.
 * @param state where the feed is from now on, and the hash of the document that was stored last
 */
export async function finishFetch(
  db: Db,
  source: PublisherSource,
  result: ChangedFeed | UnchangedFeed,
  state: { newFeedUrl: string | undefined; bodySha256: string | null },
  now: number,
): Promise<void> {
  const { newFeedUrl, bodySha256 } = state
  const { etag, lastModified } = result.outcome === "changed" ? result : source
  await db.run(sql`update sources set etag = ${etag ?? null}, last_modified = ${lastModified ?? null},
      body_sha256 = ${bodySha256}, feed_url = ${newFeedUrl ?? source.feedUrl}, fetched_at = ${now}, failure_count = 0,
      last_failure = null, due_at = iif(pinged_at = ${source.pingedAt}, null, pinged_at),
      next_at = ${now + FETCH_INTERVAL_MS}, not_before = ${now + FETCH_INTERVAL_MS}, leased_until = null
    where id = ${source.id} and feed_url = ${source.feedUrl}`)
}

/** Ends a fetch that failed: the feed stays due, or is no longer fetched. */
export async function failFetch(
  db: Db,
  source: PublisherSource,
  failure: { detail: string; isRetryable: boolean; retryAfter?: number | undefined },
  now: number,
): Promise<void> {
  const retryAfter = failure.retryAfter ?? 0
  const wait = Math.max(retryAfter, Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(source.failureCount, 10)))
  await db.run(sql`update sources set failure_count = failure_count + 1, last_failure = ${failure.detail}, fetched_at = ${now},
      next_at = ${now + wait}, not_before = ${now + Math.max(retryAfter, FETCH_INTERVAL_MS)}, leased_until = null,
      due_at = iif(${failure.isRetryable ? 1 : 0} or pinged_at <> ${source.pingedAt}, due_at, null)
    where id = ${source.id} and feed_url = ${source.feedUrl}`)
}
