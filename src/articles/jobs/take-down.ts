/**
 * Takes articles down: an operator removes them for good, with all their texts. One batch changes everything in the
 * database, so a crash leaves either nothing done or all of it. Bytes of messages are in R2, and are erased afterwards:
 * see push/attempts/erase-taken-down.ts. The write batch refuses all later messages for these articles.
 */
import { and, eq, isNotNull, type SQL, sql } from "drizzle-orm"
import { batch, type Db, type Statement, type StoredColumns } from "../../db/client.ts"
import type { articles } from "../../db/schema.ts"
import { takedowns } from "../../db/takedown-schema.ts"
import { WIRE_SCOPE } from "../model/scope.ts"
import { raiseWire } from "../taxonomy/directory.ts"
import { commitTime } from "../write/commit-sql.ts"
import { markChangedClustersPending } from "../write/duplicate-key.ts"
import { changedPages, changedScopes, updateMemberships } from "../write/memberships.ts"

export interface TakedownTarget {
  id: string
  publisherUid: string
  /** The articles.commit_no of the row that was read. */
  commitNo: number
  /** See addressHash(). */
  addressHash: string | undefined
  /** Texts by which a stored message with the article is recognised: its guids and addresses. */
  marks: string[]
}

const LAST_COMMIT = sql`(select max(no) from commits)`

/**
 * Takes all of the articles down, or none of them if one has changed since it was read.
 * @param audit is written only if the articles are taken down
 * @returns whether they were taken down
 */
export async function takeDown(
  db: Db,
  targets: TakedownTarget[],
  reason: string,
  now: number,
  audit: (condition: SQL) => Statement,
): Promise<boolean> {
  // One value for all of them: a cluster may have many articles, and D1 binds at most 100 values.
  const rows = JSON.stringify(
    targets.map(({ id, commitNo, publisherUid, addressHash, marks }) => ({
      ...{ id, commit_no: commitNo, publisher_uid: publisherUid, address_hash: addressHash, marks },
    })),
  )
  const isComplete = sql`(
    select count(*)
    from json_each(${rows}) t
    cross join articles a on a.id = t.value ->> 'id' and a.commit_no = t.value ->> 'commit_no'
    where a.state <> 'taken_down'
  ) = ${targets.length}`
  const targetRows = sql`
    target_rows as materialized (
      select t.key i, a.seq, a.id, a.state, a.scopes, a.published_at, a.search_rowid
      from json_each(${rows}) t
      cross join articles a on a.id = t.value ->> 'id' and a.commit_no = t.value ->> 'commit_no'
      where ${isComplete}
    )`
  const changes = sql`
    ${targetRows},
    changes as materialized (
      select ${LAST_COMMIT} commit_no, i, id, scopes old_scopes, '[]' new_scopes,
        case when state = 'published' then published_at end old_published_at, null new_published_at, seq, 0 silent
      from target_rows
    )`
  const hasTargets = sql`exists (select 1 from target_rows)`
  const results = await batch(db, {
    audit: audit(isComplete),
    commit: sql`
      with ${changes}
      insert into commits (no, at, scopes, articles)
      select ${LAST_COMMIT} + 1, ${commitTime(now)}, ${changedScopes}, ${changedPages}
      where ${hasTargets}`,
    pending: markChangedClustersPending(changes),
    memberships: updateMemberships(
      changes,
      sql`iif(${hasTargets}, ${LAST_COMMIT}, null)`,
      true,
      targets.map(() => []),
    ),
    names: deleteEmptyNames(changes),
    bodies: sql`with ${targetRows} delete from bodies where seq in (select seq from target_rows)`,
    words: sql`
      with ${targetRows}
      delete from search where rowid in (select search_rowid from target_rows where search_rowid is not null)`,
    takedowns: sql`
      with ${targetRows}
      insert into takedowns (article_id, publisher_uid, address_hash, reason, at, marks)
      select t.value ->> 'id', t.value ->> 'publisher_uid', t.value ->> 'address_hash', ${reason}, ${now},
        t.value -> 'marks'
      from json_each(${rows}) t
      where ${hasTargets}`,
    commitNames: eraseNamesOfCommits(
      sql`select ${LAST_COMMIT} union all select value ->> 'commit_no' from json_each(${rows})`,
    ),
    articles: eraseArticles(targetRows, now),
    // Every page may show the headline in a block, so all of them get a new validator and are purged.
    wireScope: sql`
      update commits set scopes = json_insert(scopes, '$[#]', ${WIRE_SCOPE})
      where no = ${LAST_COMMIT} and changes() > 0`,
    wire: sql`${raiseWire(now)} where changes() > 0`,
  })
  return results.articles.length > 0
}

/** Deletes tags and authors that no other article has, because their names are names of the article. */
const deleteEmptyNames = (changes: SQL): SQL => sql`
  with ${changes}
  delete from scopes
  where article_count = 0
    and key in (
      select old.value
      from changes c, json_each(c.old_scopes) old
      where ltrim(old.value, '~') glob 'tag:*' or ltrim(old.value, '~') glob 'author:*'
    )`

/**
 * Commits list the keys of tags and authors. Nothing reads them after their commit, so those that no article has any
 * more are removed.
 */
export const eraseNamesOfCommits = (numbers: SQL): SQL => sql`
  update commits
  set scopes = (
    select json_group_array(value)
    from json_each(commits.scopes)
    where not (ltrim(value, '~') glob 'tag:*' or ltrim(value, '~') glob 'author:*')
      or exists (select 1 from scopes where scopes.key = value)
  )
  where no in (${numbers})`

/** Only what identifies the article stays. The column guid_since stays too, because it orders the guids. */
const eraseArticles = (targetRows: SQL, now: number) => sql<StoredColumns<typeof articles, "id">>`
  with ${targetRows}
  update articles
  set state = 'taken_down', commit_no = ${LAST_COMMIT}, version_at = ${now}, message_at = ${now},
    content_hash = '', raw_hash = '', source = '', last_hashes = null, dated_at = null, published_at = null,
    updated_at = null, corrected_at = null, embargo = null, suppressed = 0, duplicate_key = null, duplicates = null,
    refiled = null, search_rowid = null, scopes = '[]', size_in_bytes = 0, url = null, language = null, direction = null,
    title = null, slug = null, subtitle = null, summary = null, dateline = null, details = '{}'
  where seq in (select seq from target_rows)
  returning id`

/**
 * Lets messages bring the article back. It stays withdrawn until one does: its version is older than every other.
 * @returns whether the article was taken down, and all stored messages with it were erased
 */
export async function releaseArticle(
  db: Db,
  id: string,
  now: number,
  audit: (condition: SQL) => Statement,
): Promise<boolean> {
  const isErased = sql`exists (select 1 from takedowns where article_id = ${id} and erased_at is not null)`
  const results = await batch(db, {
    audit: audit(isErased),
    commit: sql`
      insert into commits (no, at, scopes, articles)
      select coalesce(${LAST_COMMIT}, 0) + 1, ${commitTime(now)}, json_array(${WIRE_SCOPE}), json_array(${id})
      where ${isErased}`,
    article: sql`
      update articles set state = 'deleted', version_at = 0, message_at = 0, commit_no = ${LAST_COMMIT}
      where id = ${id} and ${isErased}`,
    released: db
      .delete(takedowns)
      .where(and(eq(takedowns.articleId, id), isNotNull(takedowns.erasedAt)))
      .returning({ articleId: takedowns.articleId }),
    wire: sql`${raiseWire(now)} where changes() > 0`,
  })
  return results.released.length > 0
}
