/** Reads what needs an operator's attention: silent publishers, open dead letters, and overdue work. */
import { and, count, desc, eq, isNull, min, sql } from "drizzle-orm"
import { batch, type Db } from "../db/client.ts"
import { attempts, publisherActivity, publishers } from "../db/schema.ts"
import { isOpen } from "../push/attempts/write-attempts.ts"

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

/** How many messages a publisher must have sent before its usual gap is known. */
const MIN_MESSAGES = 10
/** A publisher is silent if it sent nothing for this many times its usual gap, but at least MIN_SILENCE_MS. */
const UNUSUAL_GAP_FACTOR = 2
const MIN_SILENCE_MS = HOUR_MS
/** The sweep runs every minute: work that waits longer than this is overdue. */
const MAX_WAIT_MS = 15 * MINUTE_MS

export interface Alarms {
  /** Publishers that sent nothing for longer than usual or configured, the longest first, ten at most. */
  silentPublishers: { publisher: string; hours: number }[]
  deadLetters: { open: number; oldestAt: number | null }
  /** Kinds of overdue work, each with the time since when it has been waiting: milliseconds UTC. */
  backlog: Backlog[]
}

interface Backlog {
  what: string
  since: number
}

/** One round trip; reads one row for each publisher, dead letter and piece of overdue work. */
export async function readAlarms(db: Db, now: number): Promise<Alarms> {
  const { silenceHours } = publishers
  const { messages, usualGap } = publisherActivity
  // A publisher that has never sent anything is silent since it was created, if its silence hours are set.
  const silence = sql<number>`(${now} - coalesce(${publisherActivity.lastMessageAt}, ${publishers.createdAt}))`
  const maxUsualSilence = sql`max(${usualGap} * ${UNUSUAL_GAP_FACTOR}, ${MIN_SILENCE_MS})`
  const maxSilence = sql`case
    when ${silenceHours} is null then iif(coalesce(${messages}, 0) < ${MIN_MESSAGES}, null, ${maxUsualSilence})
    when ${silenceHours} > 0 then ${silenceHours} * ${HOUR_MS} end`
  const [silentPublishers, [deadLetters], backlog, searchBacklog] = await batch(db, [
    db
      .select({ publisher: publishers.slug, ms: silence })
      .from(publishers)
      .leftJoin(publisherActivity, eq(publisherActivity.publisherUid, publishers.uid))
      .where(and(eq(publishers.state, "active"), isNull(publishers.removedAt), sql`${silence} > ${maxSilence}`))
      .orderBy(desc(silence))
      .limit(10),
    db
      .select({ open: count(), oldestAt: min(attempts.receivedAt) })
      .from(attempts)
      .where(isOpen),
    sql<Backlog>`select 'feeds to fetch' what, min(due_at) since from sources
        where due_at is not null
          and publisher_uid in (select uid from publishers where state = 'active' and removed_at is null)
        having min(due_at) < ${now - MAX_WAIT_MS}
      union all select 'feeds no longer fetched (see source list)', min(fetched_at) from sources
        where due_at is null and last_failure is not null
          and publisher_uid in (select uid from publishers where state = 'active' and removed_at is null)
        having min(fetched_at) is not null
      union all select 'embargoes to end', min(embargo) from articles
        where state = 'embargoed' having min(embargo) < ${now - MAX_WAIT_MS}
      union all select 'articles to reclassify', min(started_at) from reclassifications
        where finished_at is null having min(started_at) < ${now - 24 * HOUR_MS}
      union all select 'publishers to remove', min(started_at) from removals
        where finished_at is null having min(started_at) < ${now - 24 * HOUR_MS}`,
    // A statement of its own: D1 allows five selects in one union.
    sql<Backlog>`select 'articles to index for search' what, c.at since
      from (
        select a.commit_no
        from consumers f
        cross join articles a indexed by articles_commit
        where f.name = 'search' and a.was_public = 1 and (a.commit_no, a.id) > (f.commit_no, +f.article_id)
        order by a.commit_no, a.id
        limit 1) n
      cross join commits c on c.no = n.commit_no
      where c.at < ${now - MAX_WAIT_MS}`,
  ])
  return {
    silentPublishers: silentPublishers.map(({ publisher, ms }) => ({ publisher, hours: Math.floor(ms / HOUR_MS) })),
    deadLetters: deadLetters ?? { open: 0, oldestAt: null },
    backlog: [...backlog, ...searchBacklog],
  }
}
