/**
 * What a commit does to scopes: which of them it touches, which articles are in them afterwards, and of which
 * amendments subscribers learn. Every change of an article uses it: write-batch.ts for pushes, place-articles.ts for
 * all others.
 */
import { type SQL, sql } from "drizzle-orm"
import { literal } from "../../db/client.ts"
import { afterWire } from "./commit-sql.ts"

/** Entries of an archive (RFC 5005 §4): those at positions 1 to 100, 101 to 200 and so on of a scope. */
export const ARCHIVE_ENTRIES = 100
const ENTRIES = literal(ARCHIVE_ENTRIES)

/** Whether a scope has archives: its feed has a path of its own. */
const hasArchives = (key: SQL): SQL =>
  sql`(${key} = 'all' or ${key} glob 'section:*' or ${key} glob 'publisher:*' or ${key} glob 'lang:*')`

/** Position of the last entry of the last archive that is complete. */
export const lastArchivedPosition = (lastPosition: SQL): SQL => sql`(${lastPosition} / ${ENTRIES} * ${ENTRIES})`

/**
 * Changes of articles, as common table expressions for `with`. The last of them is `changes` with the columns
 * commit_no, i (their order), id, old_scopes and new_scopes (JSON lists), old_published_at and new_published_at (null
 * if the article is in no scope), old_commit_no (the commit of its last change), silent (whether subscribers are not
 * told of the change). It reads the articles as they were, so the batch writes the articles last.
 */
export type ArticleChanges = SQL

/** JSON list of the scopes that changes touch, for the commit's row: what gets a new revision and is purged. */
export const changedScopes = sql`(
  select json_group_array(key)
  from (
    select old.value key
    from changes c, json_each(c.old_scopes) old
    union
    select new.value
    from changes c, json_each(c.new_scopes) new
    union
    select old.value || '/' || ((m.position - 1) / ${ENTRIES} + 1)
    from changes c, json_each(c.old_scopes) old
    cross join memberships m
      on m.scope = old.value and m.published_at = c.old_published_at and m.article_id = c.id
    cross join scopes
      on scopes.key = old.value and m.position <= ${lastArchivedPosition(sql`scopes.last_position`)}
  )
)`

/**
 * Whether a JSON list of texts has one. It is searched as text: an article may be in sixty scopes, and json_each would
 * read sixty times sixty rows. Inside a JSON string a quote has a backslash before it, so no match begins inside
 * another string.
 */
const jsonContains = (list: SQL, value: SQL): SQL =>
  sql`(instr(${list}, '[' || json_quote(${value})) > 0 or instr(${list}, ',' || json_quote(${value})) > 0)`

/**
 * Updates memberships, scopes and amendments for a commit whose row is written. An article that stays in a scope keeps
 * its position.
 * @param commitNo number of the commit; a query that may use `changes` and what else it is defined with
 */
export function updateMemberships(changes: ArticleChanges, commitNo: SQL, isCorrection: boolean): SQL[] {
  return [
    insertMemberships(changes),
    raiseScopes(changes, commitNo),
    deleteMemberships(changes),
    insertAmendments(changes, isCorrection),
    deleteEarlierAmendments(changes),
  ]
}

/** (SQLite reads `on conflict` after a query only if the query has a WHERE.) */
const insertMemberships = (changes: ArticleChanges): SQL => sql`
  with ${changes},
  entries as (
    select
      new.value scope,
      c.new_published_at published_at,
      c.id,
      c.i,
      m.position old_position,
      coalesce(scopes.last_position, 0) last_position,
      c.silent and coalesce(m.silent, 1) silent
    from changes c, json_each(c.new_scopes) new
    left join memberships m
      on m.scope = new.value and m.published_at = c.old_published_at and m.article_id = c.id
    left join scopes on scopes.key = new.value
  )
  insert into memberships (scope, published_at, article_id, position, silent)
  select
    scope,
    published_at,
    id,
    coalesce(
      old_position,
      case when ${hasArchives(sql`scope`)} then
        last_position + row_number() over (partition by scope, old_position is null order by i)
      end
    ),
    silent
  from entries
  where true
  on conflict do nothing`

/** Whether a change may move an article down its lists without an amendment that says so. */
const IS_SILENT_REMOVAL = sql`(
  c.silent and c.old_commit_no is not null and coalesce(c.old_published_at > c.new_published_at, 1)
)`

/** HTTP dates count seconds, so each revision is a second later at least. */
const raiseScopes = (changes: ArticleChanges, commitNo: SQL): SQL => sql`
  with ${changes},
  deltas as (
    select scope, sum(by) delta, max(is_silent_removal) is_silent_removal
    from (
      select new.value scope, 1 by, ${IS_SILENT_REMOVAL} is_silent_removal
      from changes c, json_each(c.new_scopes) new
      union all
      select old.value, -1, 0
      from changes c, json_each(c.old_scopes) old
    )
    group by scope
  )
  insert into scopes (key, revision, changed_at, article_count, last_position, last_silent_removal)
  select
    touched.value,
    k.no,
    ${afterWire(sql`k.at`)},
    coalesce(d.delta, 0),
    coalesce((
      select position
      from memberships
      where scope = touched.value and position is not null
      order by position desc
      limit 1
    ), 0),
    iif(d.is_silent_removal, k.no, 0)
  from commits k, json_each(k.scopes) touched
  left join deltas d on d.scope = touched.value
  where k.no = ${commitNo}
  on conflict (key) do update set
    revision = excluded.revision,
    changed_at = max(excluded.changed_at, (scopes.changed_at / 1000 + 1) * 1000),
    article_count = scopes.article_count + excluded.article_count,
    last_position = max(scopes.last_position, excluded.last_position),
    last_silent_removal = max(scopes.last_silent_removal, excluded.last_silent_removal)`

const deleteMemberships = (changes: ArticleChanges): SQL => sql`
  with ${changes}
  delete from memberships
  where (scope, published_at, article_id) in (
    select old.value, c.old_published_at, c.id
    from changes c, json_each(c.old_scopes) old
    where c.old_published_at is not c.new_published_at or not ${jsonContains(sql`c.new_scopes`, sql`old.value`)}
  )`

/**
 * A reclassified article is amended in the scopes that it left or entered, and where it had an amendment already. A
 * backfilled one is amended in the scopes that it left, and where it had an amendment already.
 */
function insertAmendments(changes: ArticleChanges, isCorrection: boolean): SQL {
  const leavesScope = sql`not ${jsonContains(sql`t.new_scopes`, sql`t.scope`)}`
  const entersScope = sql`not ${jsonContains(sql`t.old_scopes`, sql`t.scope`)}`
  const wasAmended = sql`exists (
    select 1 from amendments m where m.scope = t.scope and m.commit_no = t.old_commit_no and m.article_id = t.id
  )`
  return sql`
    with ${changes},
    touched as (
      select old.value scope, c.*
      from changes c, json_each(c.old_scopes) old
      union
      select new.value, c.*
      from changes c, json_each(c.new_scopes) new
      where c.old_commit_no is not null
    )
    insert into amendments (scope, commit_no, article_id)
    select scope, commit_no, id
    from touched t
    where ${
      isCorrection
        ? sql`(not t.silent or ${leavesScope} or (t.old_published_at is not null and ${wasAmended}))`
        : sql`(${leavesScope} or ${entersScope} or ${wasAmended})`
    }
    on conflict do nothing`
}

/** One amendment for each article and scope: the last. (Of a bare compound SQLite would scan the whole table.) */
const deleteEarlierAmendments = (changes: ArticleChanges): SQL => sql`
  with ${changes}
  delete from amendments
  where (scope, commit_no, article_id) in (
    select *
    from (
      select old.value, c.old_commit_no, c.id
      from changes c, json_each(c.old_scopes) old
      union all
      select new.value, c.old_commit_no, c.id
      from changes c, json_each(c.new_scopes) new
    )
  )`
