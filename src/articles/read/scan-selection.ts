/**
 * Turns a selection into SQL: the validator, the condition that an article is selected, and the scan of the articles. A
 * row of `memberships` says that an article is in a scope (a list, such as a section).
 */
import { type SQL, sql } from "drizzle-orm"
import { literal } from "../../db/client.ts"
import { isSuppressedScope } from "../model/scope.ts"
import { type ScopeSelection, scopeOfTerm } from "./selection-terms.ts"

/** The position of an article in a list. Every list is ordered by date, newest first, and then by id. */
export interface ListPosition {
  publishedAt: number
  id: string
}

/** The position before the newest article. */
export const LIST_START: ListPosition = { publishedAt: Number.MAX_SAFE_INTEGER, id: "" }

/** The part of a list to scan: articles below a position, published at a time or later. */
export interface ScanRange {
  below: ListPosition
  /** Milliseconds UTC, inclusive. */
  since?: number
}

/** The maximum number of rows that a scan reads for each entry of the query. */
export const ROWS_PER_ENTRY = 20
/** A page with fewer entries may scan as many rows as a page with this many. */
export const MIN_ENTRIES = 10

/** Whether the selection is a single scope. */
export const isPlain = ({ all, not }: ScopeSelection): boolean =>
  all.length === 1 && all[0].length === 1 && not.length === 0

const COMMA = sql`, `

/** Whether a key is text in the statement and no column. A partner may see more publishers than a row has columns. */
const isLiteral = (term: string): boolean => /^publisher:[0-9a-f]*$/.test(term)

/**
 * Whether a key needs a column of its own. A key with `~` uses the column of the key without `~`, because a row has at
 * most 100 columns.
 */
const isColumn = (term: string, terms: string[]): boolean =>
  !isLiteral(term) && !(isSuppressedScope(term) && terms.includes(term.slice(1)))

const columnOf = (index: number, at: number | "not"): SQL =>
  sql.raw(at === "not" ? `excluded_scope_${index}` : `list_${at}_scope_${index}`)

/** The column of the first scope, which is the only one of a plain selection. */
export const FIRST_SCOPE = columnOf(0, 0)

/** The keys of list `at`, or of the excluded terms. @param v the alias of the row with the columns of the keys */
export const scopeKeys = (v: SQL, terms: string[], at: number | "not"): SQL[] =>
  terms.map((term, index) => {
    if (isLiteral(term)) return sql.raw(`'${term}'`)
    return isColumn(term, terms)
      ? sql`${v}.${columnOf(index, at)}`
      : sql`${sql.raw("'~'")} || ${v}.${columnOf(terms.indexOf(term.slice(1)), at)}`
  })

/** The keys as a JSON list. A list of publishers is one text, because D1 passes at most 32 values to a function. */
export const scopeKeysJson = (v: SQL, terms: string[], at: number | "not"): SQL =>
  terms.every(isLiteral)
    ? sql.raw(`json('${JSON.stringify(terms)}')`)
    : sql`json_array(${sql.join(scopeKeys(v, terms, at), COMMA)})`

/** The columns that scopeKeys() reads. @param w the alias of the wire's row */
export const scopeColumns = (w: SQL, terms: string[], at: number | "not"): SQL[] =>
  terms.flatMap((term, index) => (isColumn(term, terms) ? [sql`${scopeOfTerm(w, term)} ${columnOf(index, at)}`] : []))

/**
 * Returns a query of one row with the validator of a selection: epoch, wire_revision, revision, changed_at,
 * last_silent_removal and last_position; each key in a column (see scopeKeys()); scope_lists and excluded_scopes, the
 * keys as JSON; scope_names, a JSON list of objects with the names of tags and authors by key; for a single scope also
 * scope_amendments. The scan reads the driving list, which is the list of terms
 * with the fewest articles: driver_no is its number, driver its keys as JSON, and article_count its size.
 *
 * The revision is the latest revision of all scopes. Excluded scopes need no revision: if an article enters an excluded
 * scope, its other scopes get a new revision too.
 */
export const selectionValidator = (selection: ScopeSelection, archive?: number): SQL =>
  isPlain(selection) ? validatorOfScope(selection.all[0][0] as string, archive) : validatorOfLists(selection)

/** An archive has a revision of its own, but the number of archives is computed from the row of the whole scope. */
function validatorOfScope(term: string, archive: number | undefined): SQL {
  const key = scopeOfTerm(sql`w`, term)
  const [validatorKey, lastPosition] =
    archive === undefined
      ? [key, sql`s.last_position`]
      : [sql`${key} || ${`/${archive}`}`, sql`(select last_position from scopes where key = ${key})`]
  const names = sql`json_array(json_object(v.${FIRST_SCOPE}, v.scope_name))`
  return sql`select v.*, json_array(json_array(v.${FIRST_SCOPE})) scope_lists, '[]' excluded_scopes,
      iif(v.scope_name is null, '[]', ${names}) scope_names,
      0 driver_no, json_array(v.${FIRST_SCOPE}) driver, 0 article_count
    from (
      select w.epoch, w.revision wire_revision, ${key} ${FIRST_SCOPE},
        max(w.revision, coalesce(s.revision, 0)) revision,
        max(w.changed_at, coalesce(s.changed_at, 0)) changed_at,
        coalesce(s.last_silent_removal, 0) last_silent_removal, ${lastPosition} last_position,
        s.amendments scope_amendments, s.name scope_name
      from wire w
      left join scopes s on s.key = ${validatorKey}
      where w.id = 1
      limit 1) v`
}

function validatorOfLists({ all, not }: ScopeSelection): SQL {
  const [v, w] = [sql`v`, sql`w`]
  const columns = [...all.flatMap((list, at) => scopeColumns(w, list, at)), ...scopeColumns(w, not, "not")]
  const stateOf = (at: number): SQL => sql.raw(`list_${at}_state`)
  const states = all.map(
    (list, at) => sql`(
        select json_object(
          'revision', coalesce(max(revision), 0), 'changed_at', coalesce(max(changed_at), 0),
          'article_count', coalesce(sum(article_count), 0),
          'last_silent_removal', coalesce(max(last_silent_removal), 0)${hasNames(list) ? NAMES : sql``})
        from scopes where key in (${sql.join(scopeKeys(sql`k`, list, at), COMMA)})) ${stateOf(at)}`,
  )
  const names = all.flatMap((list, at) => (hasNames(list) ? [sql`${stateOf(at)} -> 'names'`] : []))
  const ofLists = (member: string): SQL[] => all.map((_, at) => sql`${stateOf(at)} ->> ${sql.raw(`'${member}'`)}`)
  // SQLite's min() and max() with only one argument are aggregates, so a constant is added as a second argument.
  const latest = (member: string): SQL => sql`max(${sql.join([...ofLists(member), sql`0`], COMMA)})`
  const articleCount = sql`min(${sql.join([...ofLists("article_count"), sql`9e15`], COMMA)})`
  const lists = all.map((list, at) => scopeKeysJson(v, list, at))
  const ofShortest = (values: SQL[]): SQL =>
    sql`case ${sql.join(
      ofLists("article_count").map((count, at) => sql`when ${count} = ${articleCount} then ${values[at]}`),
      sql` `,
    )} end`
  // The `limit` makes SQLite compute the columns of an inner query only once.
  return sql`select v.*, max(wire_revision, ${latest("revision")}) revision,
      max(wire_changed_at, ${latest("changed_at")}) changed_at,
      ${latest("last_silent_removal")} last_silent_removal, 0 last_position,
      json_array(${sql.join(lists, COMMA)}) scope_lists, ${scopeKeysJson(v, not, "not")} excluded_scopes,
      json_array(${sql.join(names, COMMA)}) scope_names,
      ${articleCount} article_count,
      ${ofShortest(all.map((_, at) => literal(at)))} driver_no,
      ${ofShortest(lists)} driver
    from (
      select k.*, ${sql.join(states, COMMA)}
      from (
        select w.epoch, w.revision wire_revision, w.changed_at wire_changed_at, ${sql.join(columns, COMMA)}
        from wire w
        where w.id = 1
        limit 1) k
      limit 1) v`
}

const hasNames = (list: string[]): boolean => list.some((term) => /^(tag|author):/.test(term))
const NAMES = sql`, 'names', json_group_object(key, name) filter (where name is not null)`

export const isInAnyOf = (scopes: SQL, at: SQL, id: SQL): SQL =>
  sql`exists (
          select 1
          from memberships p
          where p.scope in (${scopes}) and p.published_at = ${at} and p.article_id = ${id})`

const isInList = (v: SQL, list: string[], no: number | "not", at: SQL, id: SQL): SQL =>
  isInAnyOf(sql.join(scopeKeys(v, list, no), COMMA), at, id)

/** Whether an article is in a scope of the driving list. @param v the alias of the row of selectionValidator() */
export const isInDrivingScopes = (v: SQL, { all }: ScopeSelection, at: SQL, id: SQL): SQL =>
  sql`case ${v}.driver_no ${sql.join(
    all.map((list, no) => sql`when ${literal(no)} then ${isInList(v, list, no, at, id)}`),
    sql` `,
  )} end`

/** Whether an article is in one scope of every list, and in no excluded scope. @param v as in isInDrivingScopes() */
export const isSelected = (v: SQL, selection: ScopeSelection, at: SQL, id: SQL): SQL =>
  sql.join(
    [...selection.all.map((list, no) => isInList(v, list, no, at, id)), ...isNotExcluded(v, selection, at, id)],
    sql` and `,
  )

const isNotExcluded = (v: SQL, { not }: ScopeSelection, at: SQL, id: SQL): SQL[] =>
  not.length === 0 ? [] : [sql`not ${isInList(v, not, "not", at, id)}`]

export interface ScanResult {
  /** A query of article_id, in the order of the list: at most `entries` of the selected articles in the range. */
  articles: SQL
  /** A query of the last row that the scan reads (published_at, id); undefined if nothing is filtered. */
  end: SQL | undefined
  /** The maximum number of rows of `memberships` that the scan reads. */
  scanLimit: number
}

/**
 * Scans a selection below a position. It merges the scopes of the driving list by date and tests each article against
 * the other lists.
 * @param entries the maximum number of selected articles; the scan ends early after ROWS_PER_ENTRY rows for each
 * @param paidEntries the number of entries whose rows may be scanned, if it is not `entries`
 */
export function scanSelection(
  v: SQL,
  selection: ScopeSelection,
  range: ScanRange,
  entries: number,
  paidEntries = entries,
): ScanResult {
  const { all } = selection
  if (isPlain(selection))
    return { articles: scanScope(sql`${v}.${FIRST_SCOPE}`, range, entries), end: undefined, scanLimit: entries }
  const [at, id] = [sql`c.published_at`, sql`c.article_id`]
  const probes = [
    ...(all.length === 1
      ? []
      : all.map((list, no) => sql`(${v}.driver_no = ${literal(no)} or ${isInList(v, list, no, at, id)})`)),
    ...isNotExcluded(v, selection, at, id),
  ]
  const probeCount = all.length - 1 + (selection.not.length > 0 ? 1 : 0)
  const rows = ROWS_PER_ENTRY * Math.max(paidEntries, MIN_ENTRIES)
  const scanLimit = Math.floor(rows / (ROWS_PER_CANDIDATE + probeCount))
  const mergeLimit = Math.floor(rows / (ROWS_PER_MERGED_CANDIDATE + probeCount))
  // A single scope is read directly, and several scopes through a queue. Only the running statement knows the driving
  // list, so the statement contains both scans.
  const onlyScope = sql`iif(json_array_length(${v}.driver) = 1, ${v}.driver ->> 0, null)`
  const scans = [
    [scanScope(onlyScope, range, scanLimit), scanLimit] as const,
    ...(all.every((list) => list.length === 1) ? [] : [[mergeScopes(v, range, mergeLimit), mergeLimit] as const]),
  ]
  const candidates = scans.map(([scan]) => sql`select published_at, article_id from (${scan})`)
  const ends = scans.map(
    ([scan, count]) => sql`select * from (
      select published_at, article_id id from (${scan}) limit 1 offset ${literal(count - 1)})`,
  )
  const union = sql`
    union all `
  return {
    articles: sql`select distinct c.published_at, c.article_id
      from (${sql.join(candidates, union)}) c
      ${probes.length > 0 ? sql`where ${sql.join(probes, sql` and `)}` : sql``}
      limit ${literal(entries)}`,
    end: sql.join(ends, union),
    scanLimit: Math.min(scanLimit, mergeLimit),
  }
}

/** The rows that D1 counts for each candidate, including the search for the end of the scan. */
const ROWS_PER_CANDIDATE = 4
const ROWS_PER_MERGED_CANDIDATE = 12

const sinceCondition = ({ since }: ScanRange): SQL => (since === undefined ? sql`` : sql` and published_at >= ${since}`)

function scanScope(scope: SQL, range: ScanRange, count: number): SQL {
  const { below } = range
  return sql`
      select published_at, article_id
      from memberships
      where scope = ${scope}
        and (published_at, article_id) < (${below.publishedAt}, ${below.id})${sinceCondition(range)}
      order by published_at desc, article_id desc
      limit ${literal(count)}`
}

/**
 * Merges several scopes by date. An article may occur once for each scope. In SQLite, a recursive query with ORDER BY
 * is a priority queue: when an article of a scope is taken out, the next article of this scope is put in. So no scope
 * is read further than needed. (IN with ORDER BY reads all articles, and D1 refuses a union of more than five queries.)
 */
function mergeScopes(v: SQL, range: ScanRange, count: number): SQL {
  const { below } = range
  const next = (scope: SQL, publishedAt: SQL, id: SQL): SQL => sql`(
        select printf('%015d', published_at) || article_id
        from memberships
        where scope = ${scope} and (published_at, article_id) < (${publishedAt}, ${id})${sinceCondition(range)}
        order by published_at desc, article_id desc
        limit 1)`
  // A position in the queue is a text: 15 digits of the date, then the id. So texts sort as dates and ids do.
  const [at, id] = [sql`cast(substr(q.head, 1, 15) as integer)`, sql`substr(q.head, 16)`]
  return sql`
      with recursive queue (scope, head) as (
        select s.value scope, ${next(sql`s.value`, sql`${below.publishedAt}`, sql`${below.id}`)} head
        from json_each(iif(json_array_length(${v}.driver) > 1, ${v}.driver, null)) s
        union all
        select q.scope, ${next(sql`q.scope`, at, id)}
        from queue q
        where q.head is not null
        order by head desc
        limit ${literal(count)})
      select ${at} published_at, ${id} article_id
      from queue q
      where q.head is not null`
}
