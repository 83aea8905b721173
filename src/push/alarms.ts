/** What somebody should look at: publishers that fell silent, dead letters, work that waits, a database that fills up. */
import { sql } from "drizzle-orm"
import { batch, type Db } from "../db/client.ts"

const HOUR = 3_600_000
const MINUTE = 60_000

/** Before so many messages nothing is usual. */
const MESSAGES = 10
/** A pause is unusual when it is this many times the usual one, and no shorter than the other. */
const UNUSUAL = 2
const SHORTEST_SILENCE = HOUR
/** Work of the sweep that waited longer was not done in time: it runs every minute. */
const PATIENCE = 15 * MINUTE

export interface Alarms {
  /** Those who sent nothing for longer than is usual or set, longest first, ten at most. */
  silent: { publisher: string; hours: number }[]
  letters: { open: number; oldestAt: number | null }
  /** Names of what waits, with since when, milliseconds UTC. */
  waiting: { what: string; since: number }[]
}

/** One round trip; reads a row a publisher, a dead letter and a waiting piece of work. */
export async function readAlarms(db: Db, now: number): Promise<Alarms> {
  const [silent, letters, waiting, behind] = await batch(db, [
    // Who never sent anything is silent since it is there, if hours are set.
    sql<{ publisher: string; ms: number }>`select p.slug publisher, ${now} - coalesce(a.last_at, p.created_at) ms
      from publishers p left join publisher_activity a on a.publisher_uid = p.uid
      where p.state = 'active' and p.removed_at is null and coalesce(a.last_at, p.created_at) < ${now} - case
        when p.silence_hours is null then iif(coalesce(a.messages, 0) < ${MESSAGES}, null,
          max(a.usual_gap * ${UNUSUAL}, ${SHORTEST_SILENCE}))
        when p.silence_hours > 0 then p.silence_hours * ${HOUR} end
      order by 2 desc limit 10`,
    sql<Alarms["letters"]>`select count(*) open, min(at) oldestAt from attempts where letter = 'open'`,
    sql<{ what: string; since: number }>`select 'feeds to fetch' what, min(due_at) since from sources
        where due_at is not null
          and publisher_uid in (select uid from publishers where state = 'active' and removed_at is null)
        having min(due_at) < ${now - PATIENCE}
      union all select 'feeds that were given up (see source list)', min(fetched_at) from sources
        where due_at is null and problem is not null
          and publisher_uid in (select uid from publishers where state = 'active' and removed_at is null)
        having min(fetched_at) is not null
      union all select 'embargoes to end', min(embargo_until) from articles
        where state = 'embargoed' having min(embargo_until) < ${now - PATIENCE}
      union all select 'articles to restand', min(created_at) from restandings
        where finished_at is null having min(created_at) < ${now - 24 * HOUR}
      union all select 'publishers to remove', min(created_at) from removals
        where finished_at is null having min(created_at) < ${now - 24 * HOUR}`,
    // Apart: D1 takes five selects in one.
    sql<{ what: string; since: number }>`select 'articles to be found by search' what, c.at since
      from (select a.commit_no from followers f cross join articles a indexed by articles_commit
        where f.name = 'search' and a.shown = 1 and (a.commit_no, a.id) > (f.commit_no, +f.article_id)
        order by a.commit_no, a.id limit 1) n cross join commits c on c.no = n.commit_no where c.at < ${now - PATIENCE}`,
  ])
  return {
    silent: silent.map(({ publisher, ms }) => ({ publisher, hours: Math.floor(ms / HOUR) })),
    letters: letters[0] ?? { open: 0, oldestAt: null },
    waiting: [...waiting, ...behind],
  }
}
