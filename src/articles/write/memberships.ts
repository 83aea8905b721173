/**
 * Updates scopes (lists of articles) after a change: their revisions, their memberships and the amendments for
 * subscribers. Every change of articles uses this file: pushes by write-batch.ts, other changes by place-articles.ts.
 */
import { type SQL, sql } from "drizzle-orm"
import { literal } from "../../db/client.ts"
import { afterWire } from "./commit-sql.ts"

/** The number of entries of an archive (RFC 5005 §4): the positions 1 to 100, 101 to 200 and so on of a scope. */
export const ARCHIVE_ENTRIES = 100
const ENTRIES = literal(ARCHIVE_ENTRIES)

/** Whether a scope has archives, because its feed has a path of its own. */
const hasArchives = (key: SQL): SQL =>
  sql`(${key} = 'all' or ${key} glob 'section:*' or ${key} glob 'publisher:*' or ${key} glob 'lang:*')`

/** The position of the last entry in the last complete archive. */
export const lastArchivedPosition = (lastPosition: SQL): SQL => sql`(${lastPosition} / ${ENTRIES} * ${ENTRIES})`

/** The maximum number of amendments in a document. Each scope keeps at least this many. */
export const MAX_AMENDMENTS = 50
/** Old amendments are dropped only above this number, because dropping reads rows, but merging new ones does not. */
const MAX_KEPT_AMENDMENTS = literal(1.5 * MAX_AMENDMENTS)

/**
 * Changes of articles, as common table expressions that end with `changes`. It has the columns commit_no, i (the
 * order), id, old_scopes and new_scopes (JSON lists), old_published_at and new_published_at (null if the article is in
 * no scope), seq (of the article's row; null if it is new) and silent. It reads the old rows of articles, so the batch
 * must write articles last.
 */
export type ArticleChanges = SQL

/** A JSON list of the scopes that the commit changes. They get a new revision, and their cached answers are purged. */
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
 * A JSON list of the ids of the articles whose own pages the commit changes: the articles that were published before it,
 * and the articles that are suppressed because one of these is canonical, because their pages name it.
 */
export const changedPages = sql`(
  select json_group_array(id)
  from (
    select id
    from changes
    where old_published_at is not null
    union
    select d.value ->> 'id'
    from changes c
    cross join articles a on a.seq = c.seq
    cross join json_each(a.duplicates) d
  )
)`

/**
 * Whether a JSON list of texts contains a text. An article may be in sixty scopes, and json_each would read sixty rows
 * for each of them. So the list is searched as text. A quote inside a JSON string has a backslash before it, so no
 * match begins inside another string.
 */
const jsonContains = (list: SQL, value: SQL): SQL =>
  sql`(instr(${list}, '[' || json_quote(${value})) > 0 or instr(${list}, ',' || json_quote(${value})) > 0)`

/**
 * Updates memberships and scopes after the commit's row was written. If an article stays in a scope, it keeps its
 * position.
 * @param commitNo a query for the number of the commit, which may use the table expressions of `changes`
 * @param isCorrection whether the publisher made the changes: then articles that stay in a scope are announced, too
 * @param names the names of the new scopes, by the number `i` of the change: see scopeNames()
 */
export function updateMemberships(
  changes: ArticleChanges,
  commitNo: SQL,
  isCorrection: boolean,
  names: (string | null)[][],
): SQL[] {
  return [insertMemberships(changes), raiseScopes(changes, commitNo, isCorrection, names), deleteMemberships(changes)]
}

/** The query has a WHERE, because SQLite requires it before `on conflict`. */
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

/**
 * HTTP dates have whole seconds, so changed_at grows by at least a second. `by` is 1 if an article enters a scope, -1
 * if it leaves the scope, 0 if it stays. If a backfill brings an article back, subscribers are not told: the amendment
 * is null, which removes the article's tombstone. A scope keeps its name; a new scope gets the name that the first of
 * the articles gives it. No list shows scopes of suppressed articles, so these have no name.
 */
function raiseScopes(changes: ArticleChanges, commitNo: SQL, isCorrection: boolean, names: (string | null)[][]): SQL {
  const isAnnounced = isCorrection ? sql`(not silent or by < 0)` : sql`by <> 0`
  const amendments = withNewAmendments(sql`scopes.amendments`, sql`excluded.amendments`, sql`excluded.revision`)
  // SQLite converts the constant to its binary form only once, and would search the text from its start for each scope.
  const nameOfScope = sql`jsonb(${JSON.stringify(names)}) ->> ('$[' || c.i || '][' || new.key || ']')`
  return sql`
  with ${changes},
  moves as (
    select scope, i, max(name) name, seq, commit_no, silent, old_published_at > new_published_at is_lowered, sum(by) by
    from (
      select new.value scope, iif(new.value glob '~*', null, ${nameOfScope}) name, 1 by, c.*
      from changes c, json_each(c.new_scopes) new
      union all
      select old.value, null, -1, c.*
      from changes c, json_each(c.old_scopes) old
    )
    group by scope, id
  ),
  deltas as (
    select
      scope,
      sum(by) delta,
      max(silent and seq is not null and (by > 0 or (by = 0 and is_lowered))) is_silent_removal,
      json_group_object(seq, iif(${isAnnounced}, commit_no, null))
        filter (where seq is not null and (${isAnnounced} or by > 0)) amendments,
      substr(min(printf('%06d', i) || name), 7) name
    from moves
    group by scope
  )
  insert into scopes (key, revision, changed_at, article_count, last_position, last_silent_removal, amendments, name)
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
    iif(d.is_silent_removal, k.no, 0),
    coalesce(d.amendments, '{}'),
    d.name
  from commits k, json_each(k.scopes) touched
  left join deltas d on d.scope = touched.value
  where k.no = ${commitNo}
  on conflict (key) do update set
    revision = excluded.revision,
    changed_at = max(excluded.changed_at, (scopes.changed_at / 1000 + 1) * 1000),
    article_count = scopes.article_count + excluded.article_count,
    last_position = max(scopes.last_position, excluded.last_position),
    last_silent_removal = max(scopes.last_silent_removal, excluded.last_silent_removal),
    name = coalesce(scopes.name, excluded.name),
    amendments = case
      when excluded.amendments = '{}' then scopes.amendments
      when ${memberCount(amendments)} <= ${MAX_KEPT_AMENDMENTS} then ${amendments}
      else (
        select json_group_object(key, value)
        from (
          select key, value
          from json_each(${amendments})
          where value is not null
          limit ${literal(MAX_AMENDMENTS)}
        )
      ) end`
}

/**
 * Puts the amendments of a commit before the old ones, so that the latest are first. In a patch (RFC 7396), null
 * removes a member. So the first patch removes null amendments from the new ones, and the second patch removes the
 * commit's articles from the old ones.
 */
const withNewAmendments = (old: SQL, added: SQL, commitNo: SQL): SQL =>
  sql`json_patch(json_patch('{}', ${added}), json_patch(${old}, replace(${added}, ':' || ${commitNo}, ':null')))`

/** The number of members of an object of numbers. It counts colons: json_each would read a row for each member. */
const memberCount = (object: SQL): SQL => sql`(length(${object}) - length(replace(${object}, ':', '')))`

const deleteMemberships = (changes: ArticleChanges): SQL => sql`
  with ${changes}
  delete from memberships
  where (scope, published_at, article_id) in (
    select old.value, c.old_published_at, c.id
    from changes c, json_each(c.old_scopes) old
    where c.old_published_at is not c.new_published_at or not ${jsonContains(sql`c.new_scopes`, sql`old.value`)}
  )`
