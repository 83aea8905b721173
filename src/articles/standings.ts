/**
 * What a commit does to the scopes: which it touches, who stands where afterwards, what subscribers must hear of. Every
 * way to change an article ends here: a push (store.ts), the end of an embargo and a new order of sections (place.ts).
 */
import { type SQL, sql } from "drizzle-orm"
import { literal } from "../db/client.ts"
import { afterWire } from "./commit.ts"

/** Entries of an archive (RFC 5005 §4): those at positions 1 to 100, 101 to 200 and so on of a scope. */
export const ARCHIVE_ENTRIES = 100
const HUNDRED = literal(ARCHIVE_ENTRIES)

/** The scopes that have archives: those whose feeds have a path. */
const hasArchives = (key: SQL): SQL =>
  sql`(${key} = 'all' or ${key} glob 'section:*' or ${key} glob 'publisher:*' or ${key} glob 'lang:*')`

/** Position of the last entry of the last archive that is complete. */
export const archivedUntil = (entered: SQL): SQL => sql`(${entered} / ${HUNDRED} * ${HUNDRED})`

/**
 * Changes of articles, as a table expression with the columns commit_no, i (their order), id, before and after (JSON lists
 * of scopes), was_at and now_at (the times by which it stood and stands there, null for nowhere), was_commit (the commit
 * of its last change), quiet (whether nobody is told of it). It must answer the same until the articles themselves are written, which therefore comes last.
 */
export type Changes = SQL

/** JSON list of the scopes that changes touch, for the commit's row: what must be raised, purged and announced. */
export function touchedBy(changes: Changes): SQL {
  return sql`(select json_group_array(key) from (
      select s.value key from ${changes} c, json_each(c.before) s
      union select s.value from ${changes} c, json_each(c.after) s
      union select s.value || '/' || ((o.position - 1) / ${HUNDRED} + 1)
        from ${changes} c, json_each(c.before) s
        cross join standings o on o.scope = s.value and o.published_at = c.was_at and o.article_id = c.id
        cross join scopes e on e.key = s.value and o.position <= ${archivedUntil(sql`e.entered`)}))`
}

/**
 * Whether a JSON list of texts has one. Looked for as text, because an article may stand in sixty scopes, and sixty times
 * sixty rows would be read. Inside a text a quote stands behind a backslash, so none begins in the middle of another.
 */
const lists = (list: SQL, value: SQL): SQL =>
  sql`(instr(${list}, '[' || json_quote(${value})) > 0 or instr(${list}, ',' || json_quote(${value})) > 0)`

/** Conditions for the scope and article of an amendment that may be written. */
const left = sql`not ${lists(sql`t.after`, sql`t.scope`)}`
const entered = sql`not ${lists(sql`t.before`, sql`t.scope`)}`
const isTold = sql`exists (
  select 1 from amendments m where m.scope = t.scope and m.commit_no = t.was_commit and m.article_id = t.id)`

/** Whether a change moves an article down its lists, or may have, and nobody is told. */
const sinksUntold = sql`(c.quiet and c.was_commit is not null and coalesce(c.was_at > c.now_at, 1))`

/** What follows from a commit whose row is written. An article that stays where it stood keeps its position. */
export function moveStandings(changes: Changes, commitNo: SQL, isCorrection: boolean): SQL[] {
  return [
    sql`insert into standings (scope, published_at, article_id, position, quiet)
      select scope, now_at, id, coalesce(held, case when ${hasArchives(sql`scope`)}
        then entered + row_number() over (partition by scope, held is null order by i) end), quiet
      from (select s.value scope, c.now_at, c.id, c.i, o.position held, coalesce(e.entered, 0) entered,
          c.quiet and coalesce(o.quiet, 1) quiet
        from ${changes} c, json_each(c.after) s
        left join standings o on o.scope = s.value and o.published_at = c.was_at and o.article_id = c.id
        left join scopes e on e.key = s.value)
      where true on conflict do nothing`,
    // HTTP dates count seconds, so each revision is a second later at least.
    sql`insert into scopes (key, revision, changed_at, articles, entered, sunk)
      select s.value, k.no, ${afterWire(sql`k.at`)}, coalesce(d.delta, 0),
        coalesce((select position from standings where scope = s.value and position is not null
          order by position desc limit 1), 0), iif(d.sinks, k.no, 0)
      from commits k, json_each(k.scopes) s left join (
        select scope, sum(by) delta, max(sinks) sinks from (
          select s.value scope, 1 by, ${sinksUntold} sinks from ${changes} c, json_each(c.after) s
          union all select s.value, -1, 0 from ${changes} c, json_each(c.before) s) group by scope) d on d.scope = s.value
      where k.no = ${commitNo}
      on conflict (key) do update set revision = excluded.revision,
        changed_at = max(excluded.changed_at, (scopes.changed_at / 1000 + 1) * 1000),
        articles = scopes.articles + excluded.articles, entered = max(scopes.entered, excluded.entered),
        sunk = max(scopes.sunk, excluded.sunk)`,
    sql`delete from standings where (scope, published_at, article_id) in (
      select s.value, c.was_at, c.id from ${changes} c, json_each(c.before) s
      where c.was_at is not c.now_at or not ${lists(sql`c.after`, sql`s.value`)})`,
    // An article that is only placed anew is told of where it left and where it entered, elsewhere if it was to be told of;
    // one that is brought in from an archive where it left, and where it stood and was to be told of.
    sql`insert into amendments (scope, commit_no, article_id) select scope, commit_no, id from (
        select s.value scope, c.* from ${changes} c, json_each(c.before) s
        union select s.value, c.* from ${changes} c, json_each(c.after) s where c.was_commit is not null) t
      where ${isCorrection ? sql`(not t.quiet or ${left} or (t.was_at is not null and ${isTold}))` : sql`(${left} or ${entered} or ${isTold})`}
      on conflict do nothing`,
    // One amendment for each article and scope: the last. (Of a bare compound SQLite would scan the whole table.)
    sql`delete from amendments where (scope, commit_no, article_id) in (select * from (
      select s.value, c.was_commit, c.id from ${changes} c, json_each(c.before) s
      union all select s.value, c.was_commit, c.id from ${changes} c, json_each(c.after) s))`,
  ]
}
