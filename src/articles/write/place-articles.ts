/**
 * Places articles in other scopes without a push: at the end of an embargo, after a change of sections or when duplicates are
 * resolved. Their scopes are computed outside the batch, so each is placed only if it is still as it was read, and all of
 * them only if the taxonomy is still the same.
 */
import { type SQL, sql } from "drizzle-orm"
import { batch, type Db } from "../../db/client.ts"
import type { DuplicateReference } from "../model/article.ts"
import { commitTime } from "./commit-sql.ts"
import { changedScopes, updateMemberships } from "./memberships.ts"

export interface Placement {
  id: string
  /** articles.commit_no as it was read. */
  commitNo: number
  /** All new scopes of the article. */
  scopes: string[]
  /** Its classification, for its details. */
  sections: number[]
  tags: string[]
  /** Whether it is suppressed, and its duplicates if it is canonical; if left out, both stay as they are. */
  suppressed?: boolean
  duplicates?: DuplicateReference[]
}

/**
 * Places articles in one commit and one round trip; embargoed articles are published by it.
 * @param taxonomyVersion Directory.taxonomyVersion by which the scopes were computed
 * @param extraStatement makes a statement of the same batch from a query that counts the articles to place
 * @returns how many were placed. An article that changed meanwhile is left out: its change has placed it already.
 */
export async function placeArticles(
  db: Db,
  placements: Placement[],
  taxonomyVersion: number,
  now: number,
  extraStatement?: (placedCount: SQL) => SQL,
): Promise<number> {
  // Not all details: those of a hundred articles may be more than a bound value can hold.
  const rows = JSON.stringify(
    placements.map(({ id, commitNo, scopes, sections, tags, suppressed, duplicates }) => [
      ...[id, commitNo, scopes, sections, tags],
      suppressed ?? null,
      duplicates ?? null,
    ]),
  )
  // Every statement tests this: a push may come before the batch, but not inside it.
  const currentPlacements = sql`json_each(${rows}) r cross join articles a on a.id = r.value ->> 0 and a.commit_no = r.value ->> 1
    and (select taxonomy_version from wire) = ${taxonomyVersion}`
  const changes = sql`(select (select max(no) from commits) commit_no, r.key i, a.id, a.scopes old_scopes, r.value -> 2 new_scopes,
    case when a.state = 'published' then a.published_at end old_published_at, a.published_at new_published_at, a.commit_no old_commit_no,
    0 silent from ${currentPlacements})`
  const results = await batch(db, [
    ...(extraStatement ? [extraStatement(sql`(select count(*) from ${currentPlacements})`)] : []),
    sql`insert into commits (no, at, scopes)
      select (select coalesce(max(no), 0) + 1 from commits), ${commitTime(now)}, ${changedScopes(changes)}
      where exists (select 1 from ${currentPlacements})`,
    ...updateMemberships(
      changes,
      sql`(select max(no) from commits where exists (select 1 from ${currentPlacements}))`,
      false,
    ),
    sql<{
      id: string
    }>`update articles set state = 'published', was_public = 1, commit_no = (select max(no) from commits),
        scopes = r.value -> 2,
        details = json_set(details, '$.sections', r.value -> 3, '$.tags', r.value -> 4),
        corrected_at = case when suppressed and r.value ->> 5 = 0 then max((select at from commits order by no desc limit 1),
          published_at, coalesce(updated_at, 0)) else corrected_at end,
        suppressed = coalesce(r.value ->> 5, suppressed), duplicates = coalesce(r.value ->> 6, duplicates)
      from json_each(${rows}) r where articles.id = r.value ->> 0 and articles.commit_no = r.value ->> 1
        and (select taxonomy_version from wire) = ${taxonomyVersion} returning articles.id`,
  ])
  return (results.at(-1) as unknown[]).length
}
