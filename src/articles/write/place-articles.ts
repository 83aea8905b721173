/**
 * Places articles in other scopes (lists) without a push: at the end of an embargo, after a change of sections, or when
 * duplicates are resolved. Scopes are computed outside the batch. So an article is placed only if it has not changed
 * since it was read, and no article is placed if the taxonomy has changed.
 */
import { type SQL, sql } from "drizzle-orm"
import { batch, type Db, type Statement, type StoredColumns } from "../../db/client.ts"
import type { articles } from "../../db/schema.ts"
import type { DuplicateReference } from "../model/article.ts"
import { scopeNames } from "../model/scope.ts"
import { commitTime } from "./commit-sql.ts"
import { changedPages, changedScopes, updateMemberships } from "./memberships.ts"

export interface Placement {
  id: string
  /** The articles.commit_no of the row that was read. */
  commitNo: number
  /** All new scopes of the article. */
  scopes: string[]
  /** The article's classification, for its details. */
  sections: number[]
  tags: string[]
  /** The names of the article's authors. */
  authors: string[]
  /** Whether the article is suppressed, and the duplicates of a canonical article. Absent members stay as they are. */
  suppressed?: boolean
  duplicates?: DuplicateReference[]
}

/**
 * Places articles in one commit and one round trip, and publishes those under embargo.
 * @param taxonomyVersion the Directory.taxonomyVersion with which the scopes were computed
 * @param firstStatements makes statements that begin the batch, from a query that counts the articles to place
 * @param lastStatements end the batch
 * @returns the number of placed articles. An article that changed meanwhile is skipped: its change placed it
 */
export async function placeArticles(
  db: Db,
  placements: Placement[],
  taxonomyVersion: number,
  now: number,
  firstStatements?: (placedCount: SQL) => Statement | Statement[],
  lastStatements: Statement[] = [],
): Promise<number> {
  // Only sections and tags are passed, because all details of a hundred articles may exceed the size of a bound value.
  const rows = JSON.stringify(
    placements.map((placement) => ({
      id: placement.id,
      commit_no: placement.commitNo,
      scopes: placement.scopes,
      sections: placement.sections,
      tags: placement.tags,
      suppressed: placement.suppressed,
      duplicates: placement.duplicates,
    })),
  )
  // Every statement tests commit and taxonomy, because a push may come before the batch. The table is materialized,
  // because SQLite would otherwise scan all articles for the update.
  const placed = sql`
    placed as materialized (
      select p.key i, p.value placement, a.seq, a.id, a.state, a.published_at, a.scopes, a.commit_no
      from json_each(${rows}) p
      cross join articles a on a.id = p.value ->> 'id' and a.commit_no = p.value ->> 'commit_no'
      where (select taxonomy_version from wire) = ${taxonomyVersion}
    )`
  const changes = sql`
    ${placed},
    changes as materialized (
      select
        (select max(no) from commits) commit_no,
        i,
        id,
        scopes old_scopes,
        placement -> 'scopes' new_scopes,
        case when state = 'published' then published_at end old_published_at,
        published_at new_published_at,
        seq,
        0 silent
      from placed
    )`
  const results = await batch(db, {
    first: firstStatements?.(sql`(with ${placed} select count(*) from placed)`),
    commit: sql`
      with ${changes}
      insert into commits (no, at, scopes, articles)
      select (select coalesce(max(no), 0) + 1 from commits), ${commitTime(now)}, ${changedScopes}, ${changedPages}
      where exists (select 1 from placed)`,
    memberships: updateMemberships(
      changes,
      sql`iif(exists (select 1 from placed), (select max(no) from commits), null)`,
      false,
      placements.map((placement) => scopeNames(placement.scopes, placement)),
    ),
    articles: updateArticles(placed),
    last: lastStatements,
  })
  return results.articles.length
}

const updateArticles = (placed: SQL) => sql<StoredColumns<typeof articles, "id">>`
  with ${placed}
  update articles
  set
    state = 'published',
    was_public = 1,
    commit_no = (select max(no) from commits),
    scopes = placement -> 'scopes',
    details = json_set(articles.details, '$.sections', placement -> 'sections', '$.tags', placement -> 'tags'),
    corrected_at = case
      when articles.suppressed and placement ->> 'suppressed' = 0 then max(
        (select at from commits order by no desc limit 1),
        articles.published_at,
        coalesce(articles.updated_at, 0)
      )
      else articles.corrected_at
    end,
    suppressed = coalesce(placement ->> 'suppressed', articles.suppressed),
    duplicates = coalesce(placement ->> 'duplicates', articles.duplicates)
  from placed
  where articles.seq = placed.seq
  returning articles.id`
