/**
 * What a feed selects, as SQL: its label, and the articles that stand in it from a place downwards. Nothing here reads
 * articles, only where they stand, so what a look costs is known beforehand.
 */
import { type SQL, sql } from "drizzle-orm"
import { literal } from "../db/client.ts"
import { isShadow } from "./scope.ts"

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

/** The part of a list that is looked at: below a position, and no further down than what was published at a time. */
export interface Stretch {
  below: Position
  /** Milliseconds UTC, itself included. */
  since?: number
}

/** Rows that a look may scan, for each entry that was asked for. */
export const SCAN = 20
/** Small pages may scan as if so many entries had been asked for. */
export const LEAST_ENTRIES = 10

const isPlain = ({ all, not }: Selected): boolean => all.length === 1 && all[0].length === 1 && not.length === 0

/** The key of the scope that a term stands for; the term itself if there is none. Needs the wire's row as w. */
export const scopeOf = (term: string): SQL => {
  const [, shadow = "", place] = PLACE.exec(term) ?? []
  if (place === undefined) return sql`${term}`
  // Slugs need no binding, and D1 binds a hundred values at most.
  return sql.raw(`'${shadow}' || coalesce(w.directory ->> '$.addresses."${place}"', '${place}')`)
}

/** Places in the directory: nothing in them means anything to JSON or SQL. */
const PLACE = /^(~?)((?:sections|publishers)\/[a-z0-9?-]+)$/

const comma = sql`, `

/** Keys that stand in the text of a statement: somebody may see the articles of more publishers than a row has columns. */
const isLiteral = (term: string): boolean => /^publisher:[0-9a-f]*$/.test(term)

/** Shadows of terms beside them are no columns of their own: a row has a hundred at most. */
const isColumn = (term: string, terms: string[]): boolean =>
  !isLiteral(term) && !(isShadow(term) && terms.includes(term.slice(1)))

const columnOf = (index: number, at: number | "not"): SQL =>
  sql.raw(at === "not" ? `not_${index}` : `scope_${at}_${index}`)

/** The keys of list `at`, or of what is taken away, by the columns of the label that hold them. */
export const keys = (terms: string[], at: number | "not"): SQL[] =>
  terms.map((term, index) => {
    if (isLiteral(term)) return sql.raw(`'${term}'`)
    return isColumn(term, terms)
      ? columnOf(index, at)
      : sql`${sql.raw("'~'")} || ${columnOf(terms.indexOf(term.slice(1)), at)}`
  })

/** The same as JSON. D1 passes 32 values to a function at most. */
export const jsonOf = (terms: string[], at: number | "not"): SQL =>
  terms.every(isLiteral)
    ? sql.raw(`json('${JSON.stringify(terms)}')`)
    : sql`json_array(${sql.join(keys(terms, at), comma)})`

/** Those columns, as they are found. */
export const named = (terms: string[], at: number | "not"): SQL[] =>
  terms.flatMap((term, index) => (isColumn(term, terms) ? [sql`${scopeOf(term)} ${columnOf(index, at)}`] : []))

/**
 * One row for the label of a selection: epoch, wire_revision, revision, changed_at, sunk, entered; the keys of its scopes, each
 * in a column (see keys()); dims and nots, the same as JSON; driver_no and driver, the number and JSON of the list in
 * which the fewest articles stand, and standing, how many. The revision is the latest of all scopes that are asked for. Of
 * an intersection the earliest would say which articles are in it, but not how far a look sees and what amendments it is
 * told of: these follow every change of the list that drives. What is taken away adds none, for its articles raise the
 * scopes from which they are taken.
 */
export function labelOf(selected: Selected, archive: number | undefined): SQL {
  const { all, not } = selected
  if (isPlain(selected)) {
    const key = scopeOf(all[0][0] as string)
    const labelled = archive === undefined ? key : sql`${key} || ${`/${archive}`}`
    return sql`select w.epoch, w.revision wire_revision, max(w.revision, coalesce(s.revision, 0)) revision,
        max(w.changed_at, coalesce(s.changed_at, 0)) changed_at, coalesce(s.sunk, 0) sunk,
        ${archive === undefined ? sql`s.entered` : sql`(select entered from scopes where key = ${key})`} entered,
        ${key} scope_0_0, json_array(json_array(${key})) dims, '[]' nots, 0 driver_no, json_array(${key}) driver, 0 standing
      from wire w left join scopes s on s.key = ${labelled} where w.id = 1`
  }
  const columns = [...all.flatMap(named), ...named(not, "not")]
  const states = all.map(
    (
      list,
      at,
    ) => sql`(select json_array(coalesce(max(revision), 0), coalesce(max(changed_at), 0), coalesce(sum(articles), 0),
        coalesce(max(sunk), 0))
      from scopes where key in (${sql.join(keys(list, at), comma)})) ${sql.raw(`state_${at}`)}`,
  )
  const each = (part: number): SQL[] => all.map((_, at) => sql.raw(`state_${at} ->> ${part}`))
  // SQLite's min() and max() of one value are other functions.
  const least = (part: number): SQL => sql`min(${sql.join([...each(part), sql`9e15`], comma)})`
  const latest = (part: number): SQL => sql`max(${sql.join([...each(part), sql`0`], comma)})`
  const lists = all.map(jsonOf)
  const standing = least(2)
  // A limit keeps SQLite from computing the columns of an inner query again wherever they are used.
  return sql`select l.*, max(wire_revision, ${latest(0)}) revision, max(wire_changed_at, ${latest(1)}) changed_at,
      ${latest(3)} sunk, 0 entered,
      json_array(${sql.join(lists, comma)}) dims, ${jsonOf(not, "not")} nots, ${standing} standing,
      case ${sql.join(
        each(2).map((count, at) => sql`when ${count} = ${standing} then ${literal(at)}`),
        sql` `,
      )} end driver_no,
      case ${sql.join(
        each(2).map((count, at) => sql`when ${count} = ${standing} then ${lists[at]}`),
        sql` `,
      )} end driver
    from (select k.*, ${sql.join(states, comma)} from (
      select w.epoch, w.revision wire_revision, w.changed_at wire_changed_at, ${sql.join(columns, comma)}
      from wire w where w.id = 1 limit 1) k limit 1) l`
}

const standsInOne = (columns: SQL[], at: SQL, id: SQL): SQL =>
  sql`exists (select 1 from standings p
    where p.scope in (${sql.join(columns, comma)}) and p.published_at = ${at} and p.article_id = ${id})`

/** Whether an article stands in one of the scopes that drive. Needs the label as g. */
export const standsWhereLooked = ({ all }: Selected, at: SQL, id: SQL): SQL =>
  sql`case g.driver_no ${sql.join(
    all.map((list, no) => sql`when ${literal(no)} then ${standsInOne(keys(list, no), at, id)}`),
    sql` `,
  )} end`

/** Whether an article is selected: it stands in one scope of every list, and in none of those taken away. Needs the label as g. */
export const isSelected = (selected: Selected, at: SQL, id: SQL): SQL =>
  sql.join(
    [...selected.all.map((list, no) => standsInOne(keys(list, no), at, id)), ...notTakenAway(selected, at, id)],
    sql` and `,
  )

const notTakenAway = ({ not }: Selected, at: SQL, id: SQL): SQL[] =>
  not.length === 0 ? [] : [sql`not ${standsInOne(keys(not, "not"), at, id)}`]

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
 * @param paid entries whose rows may be scanned, where they are not as many as are wanted.
 */
export function lookDown(selected: Selected, stretch: Stretch, entries: number, paid = entries): Look {
  const { all } = selected
  if (isPlain(selected)) return { articles: scan(sql`g.scope_0_0`, stretch, entries), end: undefined, scanned: entries }
  const [at, id] = [sql`c.published_at`, sql`c.article_id`]
  const probes = [
    ...(all.length === 1
      ? []
      : all.map((list, no) => sql`(g.driver_no = ${literal(no)} or ${standsInOne(keys(list, no), at, id)})`)),
    ...notTakenAway(selected, at, id),
  ]
  const probed = all.length - 1 + (selected.not.length > 0 ? 1 : 0)
  const rows = SCAN * Math.max(paid, LEAST_ENTRIES)
  const scanned = Math.floor(rows / (SCANNED + probed))
  const merged = Math.floor(rows / (MERGED + probed))
  // One scope alone is read as it stands, several through a queue; which of the two is known when the label is.
  const ways = [
    [scan(sql`iif(json_array_length(g.driver) = 1, g.driver ->> 0, null)`, stretch, scanned), scanned] as const,
    ...(all.every((list) => list.length === 1) ? [] : [[merge(stretch, merged), merged] as const]),
  ]
  const candidates = ways.map(([way]) => sql`select published_at, article_id from (${way})`)
  const last = ways.map(
    ([way, count]) =>
      sql`select * from (select published_at, article_id id from (${way}) limit 1 offset ${literal(count - 1)})`,
  )
  const union = sql` union all `
  return {
    articles: sql`select distinct c.published_at, c.article_id from (${sql.join(candidates, union)}) c
      ${probes.length > 0 ? sql`where ${sql.join(probes, sql` and `)}` : sql``} limit ${literal(entries)}`,
    end: sql.join(last, union),
    scanned: Math.min(scanned, merged),
  }
}

/** What D1 counts as read for each candidate, finding the end of the scan included. */
const SCANNED = 4
const MERGED = 12

const notBefore = ({ since }: Stretch): SQL => (since === undefined ? sql`` : sql` and published_at >= ${since}`)

function scan(scope: SQL, stretch: Stretch, count: number): SQL {
  const { below } = stretch
  return sql`select published_at, article_id from standings where scope = ${scope}
    and (published_at, article_id) < (${below.publishedAt}, ${below.id})${notBefore(stretch)}
    order by published_at desc, article_id desc limit ${literal(count)}`
}

/**
 * The standings of several scopes as one list; an article may be there once for each. A recursive query with an order is a
 * priority queue: each standing that leaves it brings in the next one of its scope, so no scope is read further than the
 * merged list reaches. (An ordered IN reads all of them, and D1 refuses compounds of more than five.)
 */
function merge(stretch: Stretch, count: number): SQL {
  const { below } = stretch
  const next = (scope: SQL, publishedAt: SQL, id: SQL): SQL =>
    sql`(select printf('%015d', published_at) || article_id from standings
      where scope = ${scope} and (published_at, article_id) < (${publishedAt}, ${id})${notBefore(stretch)}
      order by published_at desc, article_id desc limit 1)`
  // A position as one text in the order of positions: 15 digits, then the id.
  const [at, id] = [sql`cast(substr(q.head, 1, 15) as integer)`, sql`substr(q.head, 16)`]
  return sql`with recursive queue (scope, head) as (
      select s.value, ${next(sql`s.value`, sql`${below.publishedAt}`, sql`${below.id}`)}
        from json_each(iif(json_array_length(g.driver) > 1, g.driver, null)) s
      union all select q.scope, ${next(sql`q.scope`, at, id)} from queue q where q.head is not null
      order by 2 desc limit ${literal(count)})
    select ${at} published_at, ${id} article_id from queue q where q.head is not null`
}
