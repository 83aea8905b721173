/** Finds problems for an operator: silent publishers, open dead letters, and late work. */
import { and, count, desc, eq, inArray, isNotNull, isNull, min, sql } from "drizzle-orm"
import { batch, type Db, type StoredColumns } from "../db/client.ts"
import {
  articles,
  attempts,
  type commits,
  publisherActivity,
  publishers,
  reclassifications,
  removals,
  sources,
} from "../db/schema.ts"
import { isOpen } from "../push/attempts/write-attempts.ts"

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

/** A publisher needs this number of messages before the wire knows its usual pause between two messages. */
const MIN_MESSAGES = 10
/** A publisher is silent after this multiple of its usual pause, but not before MIN_SILENCE_MS. */
const UNUSUAL_GAP_FACTOR = 2
const MIN_SILENCE_MS = HOUR_MS
/** Work that waits longer is late, because the sweep runs every minute. */
const MAX_WAIT_MS = 15 * MINUTE_MS
/** The limit for work that may take many sweeps. */
const MAX_LONG_WAIT_MS = 24 * HOUR_MS

export interface Alarms {
  /** At most ten publishers whose silence is longer than usual or than configured, the longest silence first. */
  silentPublishers: { publisher: string; hours: number }[]
  deadLetters: { open: number; oldestAt: number | null }
  /** Each kind of unfinished work. */
  work: Work[]
}

export interface Work {
  what: string
  /** The time since when the oldest work waits, milliseconds UTC. Null if nothing waits. */
  since: number | null
  isLate: boolean
}

/** Reads the publishers, dead letters and late work in one round trip. */
export async function readAlarms(db: Db, now: number): Promise<Alarms> {
  const { silenceHours } = publishers
  const { messages, usualGap } = publisherActivity
  // A publisher without a message is silent since its creation, if the operator has set its hours of silence.
  const silence = sql<number>`(${now} - coalesce(${publisherActivity.lastMessageAt}, ${publishers.createdAt}))`
  const maxUsualSilence = sql`max(${usualGap} * ${UNUSUAL_GAP_FACTOR}, ${MIN_SILENCE_MS})`
  const maxSilence = sql`case
    when ${silenceHours} is null then iif(coalesce(${messages}, 0) < ${MIN_MESSAGES}, null, ${maxUsualSilence})
    when ${silenceHours} > 0 then ${silenceHours} * ${HOUR_MS} end`
  const active = db
    .select({ uid: publishers.uid })
    .from(publishers)
    .where(and(eq(publishers.state, "active"), isNull(publishers.removedAt)))
  const ofActive = inArray(sources.publisherUid, active)
  const rows = await batch(db, {
    silentPublishers: db
      .select({ publisher: publishers.slug, ms: silence })
      .from(publishers)
      .leftJoin(publisherActivity, eq(publisherActivity.publisherUid, publishers.uid))
      .where(and(eq(publishers.state, "active"), isNull(publishers.removedAt), sql`${silence} > ${maxSilence}`))
      .orderBy(desc(silence))
      .limit(10),
    deadLetters: db
      .select({ open: count(), oldestAt: min(attempts.receivedAt) })
      .from(attempts)
      .where(isOpen),
    feeds: db
      .select({ since: min(sources.dueAt) })
      .from(sources)
      .where(and(isNotNull(sources.dueAt), ofActive)),
    failedFeeds: db
      .select({ since: min(sources.fetchedAt) })
      .from(sources)
      .where(and(isNull(sources.dueAt), isNotNull(sources.lastFailure), ofActive)),
    embargoes: db
      .select({ since: min(articles.embargo) })
      .from(articles)
      // SQLite uses the partial index of embargoed articles only for a literal.
      .where(sql`${articles.state} = 'embargoed'`),
    reclassifications: db
      .select({ since: min(reclassifications.startedAt) })
      .from(reclassifications)
      .where(isNull(reclassifications.finishedAt)),
    removals: db
      .select({ since: min(removals.startedAt) })
      .from(removals)
      .where(isNull(removals.finishedAt)),
    // Drizzle cannot name an index, and without the index SQLite would sort all articles.
    search: sql<StoredColumns<typeof commits, "at">>`
      select c.at
      from (
        select a.commit_no
        from consumers f
        cross join articles a indexed by articles_commit
        where f.name = 'search' and a.was_public = 1 and (a.commit_no, a.id) > (f.commit_no, +f.article_id)
        order by a.commit_no, a.id
        limit 1) n
      cross join commits c on c.no = n.commit_no`,
  })
  const work = (what: string, [oldest]: { since: number | null }[], maxWait: number): Work => {
    const since = oldest?.since ?? null
    // An embargo that ends later does not wait.
    return since === null || since > now
      ? { what, since: null, isLate: false }
      : { what, since, isLate: since < now - maxWait }
  }
  const {
    deadLetters: [deadLetters],
  } = rows
  return {
    silentPublishers: rows.silentPublishers.map(({ publisher, ms }) => ({
      publisher,
      hours: Math.floor(ms / HOUR_MS),
    })),
    deadLetters: deadLetters ?? { open: 0, oldestAt: null },
    work: [
      work("feeds to fetch", rows.feeds, MAX_WAIT_MS),
      work("feeds no longer fetched (see source list)", rows.failedFeeds, 0),
      work("embargoes to end", rows.embargoes, MAX_WAIT_MS),
      work("articles to reclassify", rows.reclassifications, MAX_LONG_WAIT_MS),
      work("publishers to remove", rows.removals, MAX_LONG_WAIT_MS),
      work(
        "articles to index for search",
        rows.search.map(({ at }) => ({ since: at })),
        MAX_WAIT_MS,
      ),
    ],
  }
}
