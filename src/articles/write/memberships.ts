/**
 * What a commit does to the scopes: which it touches, which articles are in them afterwards, what subscribers are told. Every
 * change of an article ends here: a push (store.ts), the end of an embargo and a reclassification (place.ts).
 */
import { type SQL, sql } from "drizzle-orm"
import { literal } from "../../db/client.ts"
import { afterWire } from "./commit.ts"

/** Entries of an archive (RFC 5005 §4): those at positions 1 to 100, 101 to 200 and so on of a scope. */
export const ARCHIVE_ENTRIES = 100
const ENTRIES = literal(ARCHIVE_ENTRIES)

/** Whether a scope has archives: its feed has a path of its own. */
const hasArchives = (key: SQL): SQL =>
  sql`(${key} = 'all' or ${key} glob 'section:*' or ${key} glob 'publisher:*' or ${key} glob 'lang:*')`

/** Position of the last entry of the last archive that is complete. */
export const lastArchivedPosition = (lastPosition: SQL): SQL => sql`(${lastPosition} / ${ENTRIES} * ${ENTRIES})`

/**
 * Changes of articles, as a table expression with the columns commit_no, i (their order), id, before and after (JSON lists
 * of scopes), was_at and now_at (its dates of publication before and after, null if it is in no scope), was_commit (the
 * commit of its last change), silent (whether subscribers are not told of it). It must answer the same until the articles themselves are written, which therefore comes last.
 */
export type ArticleChanges = SQL

/** JSON list of the scopes that changes touch, for the commit's row: what gets a new revision and is purged. */
export function touchedScopes(changes: ArticleChanges): SQL {
  return sql`(select json_group_array(key) from (
      select s.value key from ${changes} c, json_each(c.before) s
      union select s.value from ${changes} c, json_each(c.after) s
      union select s.value || '/' || ((o.position - 1) / ${ENTRIES} + 1)
        from ${changes} c, json_each(c.before) s
        cross join memberships o on o.scope = s.value and o.published_at = c.was_at and o.article_id = c.id
        cross join scopes e on e.key = s.value and o.position <= ${lastArchivedPosition(sql`e.last_position`)}))`
}

/**
 * Whether a JSON list of texts has one. Searched as text, because an article may be in sixty scopes, and sixty times
 * sixty rows would be read. Inside a JSON string a quote has a backslash before it, so no match begins inside another string.
 */
const jsonContains = (list: SQL, value: SQL): SQL =>
  sql`(instr(${list}, '[' || json_quote(${value})) > 0 or instr(${list}, ',' || json_quote(${value})) > 0)`

/** Conditions for the scope and article of an amendment that may be written. */
const leavesScope = sql`not ${jsonContains(sql`t.after`, sql`t.scope`)}`
const entersScope = sql`not ${jsonContains(sql`t.before`, sql`t.scope`)}`
const wasAmended = sql`exists (
  select 1 from amendments m where m.scope = t.scope and m.commit_no = t.was_commit and m.article_id = t.id)`

/** Whether a change moves an article down its lists, or may have, and no amendment says so. */
const isSilentRemoval = sql`(c.silent and c.was_commit is not null and coalesce(c.was_at > c.now_at, 1))`

/** Updates memberships, scopes and amendments for a commit whose row is written. An article that stays in a scope keeps its position. */
export function updateMemberships(changes: ArticleChanges, commitNo: SQL, isCorrection: boolean): SQL[] {
  return [
    sql`insert into memberships (scope, published_at, article_id, position, silent)
      select scope, now_at, id, coalesce(old_position, case when ${hasArchives(sql`scope`)}
        then last_position + row_number() over (partition by scope, old_position is null order by i) end), silent
      from (select s.value scope, c.now_at, c.id, c.i, o.position old_position, coalesce(e.last_position, 0) last_position,
          c.silent and coalesce(o.silent, 1) silent
        from ${changes} c, json_each(c.after) s
        left join memberships o on o.scope = s.value and o.published_at = c.was_at and o.article_id = c.id
        left join scopes e on e.key = s.value)
      where true on conflict do nothing`,
    // HTTP dates count seconds, so each revision is a second later at least.
    sql`insert into scopes (key, revision, changed_at, article_count, last_position, last_silent_removal)
      select s.value, k.no, ${afterWire(sql`k.at`)}, coalesce(d.delta, 0),
        coalesce((select position from memberships where scope = s.value and position is not null
          order by position desc limit 1), 0), iif(d.is_silent_removal, k.no, 0)
      from commits k, json_each(k.scopes) s left join (
        select scope, sum(by) delta, max(is_silent_removal) is_silent_removal from (
          select s.value scope, 1 by, ${isSilentRemoval} is_silent_removal from ${changes} c, json_each(c.after) s
          union all select s.value, -1, 0 from ${changes} c, json_each(c.before) s) group by scope) d on d.scope = s.value
      where k.no = ${commitNo}
      on conflict (key) do update set revision = excluded.revision,
        changed_at = max(excluded.changed_at, (scopes.changed_at / 1000 + 1) * 1000),
        article_count = scopes.article_count + excluded.article_count, last_position = max(scopes.last_position, excluded.last_position),
        last_silent_removal = max(scopes.last_silent_removal, excluded.last_silent_removal)`,
    sql`delete from memberships where (scope, published_at, article_id) in (
      select s.value, c.was_at, c.id from ${changes} c, json_each(c.before) s
      where c.was_at is not c.now_at or not ${jsonContains(sql`c.after`, sql`s.value`)})`,
    // A reclassified article is amended in the scopes that it left or entered, and where it had an amendment already. A
    // backfilled one is amended in the scopes that it left, and where it had an amendment already.
    sql`insert into amendments (scope, commit_no, article_id) select scope, commit_no, id from (
        select s.value scope, c.* from ${changes} c, json_each(c.before) s
        union select s.value, c.* from ${changes} c, json_each(c.after) s where c.was_commit is not null) t
      where ${isCorrection ? sql`(not t.silent or ${leavesScope} or (t.was_at is not null and ${wasAmended}))` : sql`(${leavesScope} or ${entersScope} or ${wasAmended})`}
      on conflict do nothing`,
    // One amendment for each article and scope: the last. (Of a bare compound SQLite would scan the whole table.)
    sql`delete from amendments where (scope, commit_no, article_id) in (select * from (
      select s.value, c.was_commit, c.id from ${changes} c, json_each(c.before) s
      union all select s.value, c.was_commit, c.id from ${changes} c, json_each(c.after) s))`,
  ]
}
