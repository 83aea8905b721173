/**
 * What a feed selects, as SQL: its label, and the articles that stand in it from a place downwards. Nothing here reads
 * articles, only where they stand, so what a look costs is known beforehand.
 */
import { type SQL, sql } from "drizzle-orm"

/**
 * Places in the directory (`sections/world`, `publishers/paper`) and keys of scopes (`all`, `lang:ar`). Terms of one
 * list are alternatives, lists narrow each other, `not` takes away.
 */
export interface Selected {
  all: [string[], ...string[][]]
  not: string[]
}

/** Where an article stands in the order of all lists: newest first, then by id. */
export interface Position {
  publishedAt: number
  id: string
}

/** Before everything. */
export const START: Position = { publishedAt: Number.MAX_SAFE_INTEGER, id: "" }

/** Rows that a look may scan, for each entry that was asked for. */
const SCAN = 20
/** Small pages may scan as if so many entries had been asked for. */
const LEAST_ENTRIES = 10

const isPlain = ({ all, not }: Selected): boolean => all.length === 1 && all[0].length === 1 && not.length === 0

/** The key of the scope that a term stands for; the term itself if there is none. Needs the wire's row as w. */
const scopeOf = (term: SQL): SQL =>
  sql`case when ${term} glob 'sections/*' or ${term} glob 'publishers/*'
    then coalesce(w.directory ->> ('$.addresses."' || ${term} || '"'), ${term}) else ${term} end`

/**
 * One row for the label of a selection: epoch, wire_revision, revision, changed_at, entered; dims and nots, its scopes as
 * JSON; driver, the list of dims in which the fewest articles stand. The revision of a union is the latest of its scopes,
 * that of an intersection the earliest: whatever enters or leaves touches every scope of it. What is taken away adds none,
 * for its articles raise the scopes from which they are taken.
 */
export function labelOf(selected: Selected, archive: number | undefined): SQL {
  if (isPlain(selected)) {
    const key = scopeOf(sql`${selected.all[0][0]}`)
    const labelled = archive === undefined ? key : sql`${key} || ${`/${archive}`}`
    return sql`select w.epoch, w.revision wire_revision, max(w.revision, coalesce(s.revision, 0)) revision,
        max(w.changed_at, coalesce(s.changed_at, 0)) changed_at,
        ${archive === undefined ? sql`s.entered` : sql`(select entered from scopes where key = ${key})`} entered,
        json_array(json_array(${key})) dims, json_array(${key}) driver, '[]' nots, 0 standing
      from wire w left join scopes s on s.key = ${labelled} where w.id = 1`
  }
  return sql`select w.epoch, w.revision wire_revision, max(w.revision, m.revision) revision,
      max(w.changed_at, m.changed_at) changed_at, 0 entered, m.dims, m.driver, m.standing,
      (select json_group_array(${scopeOf(sql`value`)}) from json_each(${JSON.stringify(selected.not)})) nots
    from wire w cross join (
      select min(revision) revision, min(changed_at) changed_at, json_group_array(json(keys)) dims,
        substr(min(printf('%012d', articles) || keys), 13) driver, min(articles) standing
      from (select json_group_array(s.key) keys, max(coalesce(o.revision, 0)) revision,
          max(coalesce(o.changed_at, 0)) changed_at, sum(coalesce(o.articles, 0)) articles
        from (select d.key dim, ${scopeOf(sql`t.value`)} key
          from wire w, json_each(${JSON.stringify(selected.all)}) d, json_each(d.value) t where w.id = 1) s
        left join scopes o on o.key = s.key group by s.dim)) m
    where w.id = 1`
}

/** Whether an article stands in one of the scopes of a JSON list. */
export const standsIn = (list: SQL, at: SQL, id: SQL): SQL =>
  sql`exists (select 1 from json_each(${list}) x
    cross join standings p on p.scope = x.value and p.published_at = ${at} and p.article_id = ${id})`

/** Whether an article is selected: it stands in one scope of every list, and in none of those taken away. */
export const isSelected = (at: SQL, id: SQL): SQL =>
  sql`not exists (select 1 from json_each(g.dims) d where not ${standsIn(sql`d.value`, at, id)})
    and not ${standsIn(sql`g.nots`, at, id)}`

/** The articles of a look, `article_id`s in order, and how far it sees. */
export interface Look {
  /** At most `entries` of the selected articles below a position. */
  articles: SQL
  /** The last standing of the scan, one row (published_at, id), unless the standings ended before; needed for filters only. */
  end: SQL | undefined
  /** Standings that are scanned at most. */
  scanned: number
}

/**
 * Looks down a selection from a position. Scans the scopes of the shortest list, merged by date, and probes for the rest.
 * Both belong into a query that has the label as g.
 * @param entries that are wanted; what scans would cost more than SCAN rows for each of them ends early.
 */
export function lookDown(selected: Selected, below: Position, entries: number): Look {
  if (isPlain(selected))
    return { articles: scan(sql`g.driver ->> 0`, below, entries), end: undefined, scanned: entries }
  const rows = SCAN * Math.max(entries, LEAST_ENTRIES)
  const probes = selected.all.length - 1 + (selected.not.length > 0 ? 1 : 0)
  const others = sql`not exists (select 1 from json_each(g.dims) d
      where d.value <> g.driver and not ${standsIn(sql`d.value`, sql`c.published_at`, sql`c.article_id`)})
    ${selected.not.length > 0 ? sql`and not ${standsIn(sql`g.nots`, sql`c.published_at`, sql`c.article_id`)}` : sql``}`
  const single = selected.all.every((list) => list.length === 1)
  const count = Math.floor(rows / ((single ? SCANNED : MERGED) + probes))
  const candidates = single ? scan(sql`g.driver ->> 0`, below, count) : merge(below, count)
  return {
    articles: sql`select c.published_at, c.article_id from (${candidates}) c where ${others} limit ${entries}`,
    end: sql`select c.published_at, c.article_id id from (${candidates}) c limit 1 offset ${count - 1}`,
    scanned: count,
  }
}

/** What D1 counts as read for each candidate, finding the end of the scan included. */
const SCANNED = 2
const MERGED = 6

function scan(scope: SQL, below: Position, count: number): SQL {
  return sql`select published_at, article_id from standings where scope = ${scope}
    and (published_at, article_id) < (${below.publishedAt}, ${below.id})
    order by published_at desc, article_id desc limit ${count}`
}

/**
 * The standings of several scopes as one list, each article once. A recursive query with an order is a priority queue:
 * each standing that leaves it brings in the next one of its scope, so no scope is read further than the merged list
 * reaches. (An ordered IN reads all of them, and D1 refuses compounds of more than five.)
 */
function merge(below: Position, count: number): SQL {
  const next = (scope: SQL, at: SQL, id: SQL): SQL =>
    sql`(select json_array(published_at, article_id) from standings
      where scope = ${scope} and (published_at, article_id) < (${at}, ${id})
      order by published_at desc, article_id desc limit 1)`
  const [at, id] = [sql`q.head ->> 0`, sql`q.head ->> 1`]
  return sql`with recursive queue (no, scope, head, published_at) as (
      select no, scope, head, head ->> 0 from (
        select s.key no, s.value scope, ${next(sql`s.value`, sql`${below.publishedAt}`, sql`${below.id}`)} head
        from json_each(g.driver) s) where head is not null
      union all
      select no, scope, head, head ->> 0 from (
        select q.no, q.scope, ${next(sql`q.scope`, at, id)} head from queue q) where head is not null
      order by 4 desc, 3 desc, 1 limit ${count})
    select q.published_at, ${id} article_id from queue q
    where not exists (select 1 from json_each(g.driver) x cross join standings p on x.key < q.no
      and p.scope = x.value and p.published_at = q.published_at and p.article_id = ${id})`
}
