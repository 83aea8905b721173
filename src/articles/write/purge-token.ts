/**
 * Manages the right to purge the edge (the purge token). The platform allows few purges, so the token is free only
 * every PURGE_INTERVAL_MS. A scope (list of articles) is dirty if it changed and no purge of the change is known,
 * because the edge may still show the old state.
 */
import { and, desc, gt, lte, type SQL, sql } from "drizzle-orm"
import { type BatchRows, type Db, literal } from "../../db/client.ts"
import { commits, purge } from "../../db/schema.ts"
import { ALL_SCOPE, ARTICLES_TAG, articleTag, suppressedScope, WIRE_SCOPE } from "../model/scope.ts"

/** The time between two purges: the platform allows five per minute. */
export const PURGE_INTERVAL_MS = 12_000

/** The longest time to render a page. A page that was begun before a change may be stored after its purge. */
export const RENDER_MS = 10_000

/** A purge may name this many cache tags. */
const MAX_TAGS = 100
const MORE_THAN_MAX = literal(MAX_TAGS + 1)

/** Whether the scope with this key is a cache tag. */
const hasFeed = (key: SQL): SQL => sql`(
  ${key} in (${ALL_SCOPE}, ${suppressedScope(ALL_SCOPE)}, ${WIRE_SCOPE})
  or ${key} like 'all/%'
  or ${key} like 'section:%'
  or ${key} like 'publisher:%'
  or ${key} like 'lang:%'
  or ${key} like 'views:%'
)`

/**
 * Statements for a batch that try to acquire the token and then read the dirty scopes that are cache tags, and the
 * articles whose own pages are dirty. Parse their rows with parseDirtyTags(). The cross joins fix the order, because SQLite would otherwise begin with all commits.
 * @param condition if it is false, the token is not acquired
 */
export function acquirePurgeToken(db: Db, now: number, condition: SQL) {
  return {
    token: db
      .update(purge)
      .set({ nextAt: now + PURGE_INTERVAL_MS })
      .where(and(lte(purge.nextAt, now), condition))
      .returning({ id: purge.id }),
    dirty: sql<DirtyRow>`
      select * from (
        select distinct s.value scope, null article
        from purge p
        cross join commits c
        cross join json_each(c.scopes) s
        where p.next_at = ${now + PURGE_INTERVAL_MS}
          and c.no > p.purged_commit_no
          and ${hasFeed(sql`s.value`)}
        limit ${MORE_THAN_MAX})
      union all
      select * from (
        select distinct null, i.value
        from purge p
        cross join commits c
        cross join json_each(c.articles) i
        where p.next_at = ${now + PURGE_INTERVAL_MS}
          and c.no > p.purged_commit_no
        limit ${MORE_THAN_MAX})`,
  }
}

/** A dirty scope, or the id of an article whose own page is dirty. */
type DirtyRow = { scope: string; article: null } | { scope: null; article: string }

/**
 * @returns the cache tags to purge, or undefined if the token was not free. If there are too many tags, the pages of all
 * articles are purged, and if there are too many scopes, the whole cache: every answer has the tag of the wire.
 */
export function parseDirtyTags(rows: BatchRows<ReturnType<typeof acquirePurgeToken>>): string[] | undefined {
  if (rows.token.length === 0) return undefined
  const scopes = rows.dirty.flatMap(({ scope }) => scope ?? [])
  const pages = rows.dirty.flatMap(({ article }) => (article === null ? [] : articleTag(article)))
  const tags = [...scopes, ...(scopes.length + pages.length > MAX_TAGS && pages.length > 0 ? [ARTICLES_TAG] : pages)]
  return tags.length > MAX_TAGS ? [WIRE_SCOPE] : tags
}

/** Records a successful purge that began at `now`. The purge covers the commits that are at least RENDER_MS older. */
export async function markPurged(db: Db, now: number): Promise<void> {
  const clean = db
    .select({ no: commits.no })
    .from(commits)
    .where(lte(commits.at, now - RENDER_MS))
    .orderBy(desc(commits.no))
    .limit(1)
  await db.update(purge).set({ purgedCommitNo: sql`max(${purge.purgedCommitNo}, coalesce(${clean}, 0))` })
}

/** The time of the oldest commit that is not known to be purged, milliseconds UTC. */
export async function dirtySince(db: Db): Promise<number | undefined> {
  const [oldest] = await db
    .select({ at: commits.at })
    .from(purge)
    .crossJoin(commits)
    .where(gt(commits.no, purge.purgedCommitNo))
    .orderBy(commits.no)
    .limit(1)
  return oldest?.at
}
