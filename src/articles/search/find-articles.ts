/**
 * Finds articles in every state for operators, the newest first. Every query reads a bounded number of rows, at any size
 * of the wire: a page may be short, and the position says where the next one continues.
 */
import { type SQL, sql } from "drizzle-orm"
import { batch, type Db, literal, type StoredColumns } from "../../db/client.ts"
import type { articles } from "../../db/schema.ts"
import { ALL_SCOPE, publisherScope, sectionScope, suppressedScope } from "../model/scope.ts"
import { firstRowidOf, minuteOf, scopeMark, seqOfRowid } from "./indexer.ts"
import { prefixExpression } from "./match-expression.ts"
import { formsExpression, isLongPrefix, type SearchQuery, termExpression } from "./parse-query.ts"

export const ARTICLE_STATES = ["published", "embargoed", "deleted", "taken_down"] as const
export type ArticleState = (typeof ARTICLE_STATES)[number]

/** How many articles a page looks at if not every article of the list fits. */
const MAX_SCANNED = 1000
/** How many articles without indexed words a search adds to its first page. */
const MAX_ADDED = 20

export interface ArticleFilter {
  search?: { text: string; query: SearchQuery }
  publisherUid?: string
  /** The section and the sections below it. */
  sections?: { id: number; withDescendants: number[] }
  state?: ArticleState
  /** Milliseconds UTC, both inclusive: the date of a published article, else the time of the article's last message. */
  since?: number
  until?: number
  below?: FoundPosition
  limit: number
}

/** The last article of a page. `row` is its row in the search index, if words were searched. */
export type FoundPosition = { row: number } | { at: number; id: string }

/** Addresses and names that identify an article exactly. */
export interface ExactNames {
  /** Ids of articles, also those that the guid may have with each publisher. */
  ids: string[]
  guid: string
  /** See duplicateKeyAt(). */
  duplicateKey?: string
}

export interface FoundArticle
  extends StoredColumns<
    typeof articles,
    | ("id" | "guid" | "state" | "suppressed" | "title" | "url" | "slug" | "language" | "refiled")
    | ("publishedAt" | "messageAt" | "embargo")
  > {
  publisher: string
  /** JSON: the ids of the sections. */
  sections: string | null
  reason: string | null
}

interface FoundRow extends Omit<FoundArticle, "id"> {
  id: string | null
  /** Where the article is in its list, and where the scan ended if it may go on. */
  place: number
  end_place: number | null
  end_id: string | null
}

/** A list of articles as a query of (id, place), the newest first. */
interface Scan {
  candidates: SQL
  /** The condition for articles `a` that every candidate is tested by. */
  condition: SQL
  /** How many candidates the query has at most. */
  length: number
}

/** Finds the articles of a page in one round trip. @param exact the names that the search may be, on its first page */
export async function findArticles(
  db: Db,
  filter: ArticleFilter,
  exact: ExactNames | undefined,
): Promise<{ articles: FoundArticle[]; next: FoundPosition | undefined }> {
  const { search, below, limit, state } = filter
  const searchesWords = search !== undefined && (state === undefined || state === "published")
  const page = searchesWords ? indexScan(filter, search.query) : listScan(filter)
  const isFirst = below === undefined
  const rows = await batch(db, {
    exact: isFirst && exact ? select(exactScan(filter, exact), limit) : undefined,
    unindexed: isFirst && searchesWords ? select(unindexedScan(filter, search.text), MAX_ADDED) : undefined,
    offTheWire: isFirst && searchesWords && state === undefined ? select(offTheWire(filter), MAX_ADDED) : undefined,
    page: select(page, limit + 1),
  })
  const added = [rows.exact, rows.unindexed, rows.offTheWire].flatMap((each) => each ?? [])
  const found = [...added, ...rows.page.slice(0, limit)].flatMap(({ id, ...row }) =>
    id === null ? [] : [{ id, ...row }],
  )
  const end = endOf(rows.page, limit)
  return {
    articles: [...new Map(found.map((article) => [article.id, article])).values()],
    next: end && (searchesWords ? { row: end.at } : end),
  }
}

/** Returns the last article of the page, or the last candidate of its scan, if more may follow. */
function endOf(rows: FoundRow[], limit: number): { at: number; id: string } | undefined {
  const [last, afterPage] = [rows[limit - 1], rows[limit]]
  if (afterPage && last?.id) return { at: last.place, id: last.id }
  const { end_place: at = null, end_id: id = null } = rows[0] ?? {}
  return at === null || id === null ? undefined : { at, id }
}

/** One row for each article of a scan. A scan without an article gives a row that says where it ended. */
const select = ({ candidates, condition, length }: Scan, limit: number) => sql<FoundRow>`
  with candidates as materialized (${candidates}),
  ends as (
    select place end_place, id end_id from candidates order by place desc, id desc
    limit 1 offset ${literal(length - 1)})
  select f.*, ends.end_place, ends.end_id
  from (select 1)
  left join ends
  left join (
    select c.place, a.id, a.guid, a.state, a.suppressed, a.title, a.url, a.slug, a.language, a.refiled,
      a.details -> '$.sections' sections,
      a.published_at, a.message_at, a.embargo, p.slug publisher, t.reason
    from candidates c
    cross join articles a on a.id = c.id
    cross join publishers p on p.uid = a.publisher_uid
    left join takedowns t on t.article_id = a.id
    where ${condition}
    order by c.place desc, c.id desc
    limit ${literal(limit)}
  ) f`

/** What every found article must be, whatever list it is from. */
function conditionOf({ publisherUid, sections, state, since, until }: ArticleFilter): SQL {
  const at = sql`iif(a.state = 'published', a.published_at, a.message_at)`
  return sql.join(
    [
      sql`true`,
      ...(publisherUid === undefined ? [] : [sql`a.publisher_uid = ${publisherUid}`]),
      ...(sections === undefined
        ? []
        : [
            sql`exists (
              select 1 from json_each(a.details, '$.sections')
              where value in (select value from json_each(${JSON.stringify(sections.withDescendants)})))`,
          ]),
      ...(state === undefined ? [] : [sql`a.state = ${state}`]),
      ...(since === undefined ? [] : [sql`${at} >= ${since}`]),
      ...(until === undefined ? [] : [sql`${at} <= ${until}`]),
    ],
    sql` and `,
  )
}

/** Titles are compared by their letters, because these articles are not in the index. */
const hasTitle = (text: string): SQL => sql`instr(lower(a.title), lower(${text})) > 0`

const exactScan = (filter: ArticleFilter, { ids, guid, duplicateKey }: ExactNames): Scan => ({
  candidates: sql`
    select id, 0 place from (
      select value id from json_each(${JSON.stringify(ids)})
      union
      select s.article_id from publishers p cross join article_aliases s on s.publisher_uid = p.uid and s.guid = ${guid}
      union
      select * from (select id from articles where duplicate_key = ${duplicateKey ?? ""} limit ${literal(filter.limit)}))`,
  condition: conditionOf(filter),
  length: MAX_SCANNED,
})

/** Articles of the index with the words, also those that are suppressed. */
function indexScan(filter: ArticleFilter, { terms, excluded }: SearchQuery): Scan {
  const { publisherUid, sections, since, until, below, limit } = filter
  const scopes = [
    ...(publisherUid === undefined ? [] : [publisherScope(publisherUid)]),
    ...(sections === undefined ? [] : [sectionScope(sections.id)]),
  ]
  const plainTerms = terms.filter((term) => !isLongPrefix(term))
  const parts = [
    ...(plainTerms.length === 0 ? [] : [sql`${plainTerms.map(formsExpression).join(" AND ")}`]),
    ...terms.filter(isLongPrefix).map(prefixExpression),
    ...scopes.map((scope) => sql`'"' || ${scopeMark(sql`${scope}`)} || '"'`),
  ]
  const without = excluded.map((term) => ` NOT ${termExpression(term)}`).join("")
  const expression = sql`'(' || ${sql.join(parts, sql` || ' AND ' || `)} || ')' || ${without}`
  const conditions = [
    sql`search match ${expression}`,
    ...(since === undefined ? [] : [sql`rowid >= ${firstRowidOf(minuteOf(integer(since)))}`]),
    ...(until === undefined ? [] : [sql`rowid < ${firstRowidOf(sql`(${minuteOf(integer(until))} + 1)`)}`]),
    ...(below !== undefined && "row" in below ? [sql`rowid < ${integer(below.row)}`] : []),
  ]
  const length = limit + MAX_ADDED
  return {
    candidates: sql`
      select a.id, s.rowid place
      from (
        select rowid from search where ${sql.join(conditions, sql` and `)} order by rowid desc limit ${literal(length)}
      ) s
      cross join articles a on a.seq = ${seqOfRowid(sql`s.rowid`)}`,
    condition: sql`a.state = 'published' and ${conditionOf(filter)}`,
    length,
  }
}

/** Articles that changed after the last article that was indexed. */
const unindexedScan = (filter: ArticleFilter, text: string): Scan => ({
  candidates: sql`
    select a.id, a.commit_no place
    from consumers consumer
    cross join articles a indexed by articles_commit
    where consumer.name = 'search' and a.was_public = 1
      and (a.commit_no, a.id) > (consumer.commit_no, +consumer.article_id)
    order by a.commit_no, a.id
    limit ${literal(MAX_SCANNED)}`,
  condition: sql`a.state = 'published' and ${conditionOf(filter)} and ${hasTitle(text)}`,
  length: MAX_SCANNED,
})

const offTheWire = (filter: ArticleFilter): Scan => listScan(filter, OFF_THE_WIRE)

const OFF_THE_WIRE = ARTICLE_STATES.filter((state) => state !== "published")

/** Lists the articles in these states, each from the index that has them in order. */
function listScan(filter: ArticleFilter, states: readonly ArticleState[] = ARTICLE_STATES): Scan {
  const { search, publisherUid, sections, state, limit } = filter
  const chosen = states.filter((each) => state === undefined || each === state)
  // With more conditions than the lists have, not every candidate is found.
  const isFiltered = search !== undefined || sections !== undefined || publisherUid !== undefined
  const length = isFiltered ? MAX_SCANNED : limit + 1
  const lists = chosen.flatMap((each) => (each === "published" ? publishedLists(filter) : [stateList(each)]))
  const range = (at: SQL, id: SQL): SQL => rangeOf(filter, at, id)
  return {
    candidates: sql`
      select id, place from (
        ${sql.join(
          lists.map((list) => sql`select * from (${list(range, length)})`),
          sql` union all `,
        )})
      order by place desc, id desc
      limit ${literal(length)}`,
    condition: search === undefined ? conditionOf(filter) : sql`${conditionOf(filter)} and ${hasTitle(search.text)}`,
    length,
  }
}

type List = (range: (at: SQL, id: SQL) => SQL, length: number) => SQL

/** A publisher's own list has its suppressed articles too. */
function publishedLists({ publisherUid, sections }: ArticleFilter): List[] {
  const own = publisherUid === undefined ? undefined : publisherScope(publisherUid)
  const section = sections === undefined ? undefined : sectionScope(sections.id)
  const scopeList =
    (scope: SQL): List =>
    (range, length) =>
      sql`
      select article_id id, published_at place from memberships
      where scope = ${scope}${range(sql`published_at`, sql`article_id`)}
      order by published_at desc, article_id desc limit ${literal(length)}`
  if (own !== undefined && section !== undefined) {
    // The shorter list is read.
    const countOf = (scope: string): SQL => sql`coalesce((select article_count from scopes where key = ${scope}), 0)`
    const isOwn = sql`${countOf(own)} <= ${countOf(section)} + ${countOf(suppressedScope(section))}`
    return [
      scopeList(sql`iif(${isOwn}, ${own}, ${section})`),
      scopeList(sql`iif(${isOwn}, null, ${suppressedScope(section)})`),
    ]
  }
  if (own !== undefined) return [scopeList(sql`${own}`)]
  const shown = section ?? ALL_SCOPE
  return [scopeList(sql`${shown}`), scopeList(sql`${suppressedScope(shown)}`)]
}

const stateList =
  (state: ArticleState): List =>
  (range, length) =>
    sql`
    select id, message_at place from articles indexed by articles_off_the_wire
    where state = ${sql.raw(`'${state}'`)} and state <> 'published'${range(sql`message_at`, sql`id`)}
    order by message_at desc, id desc limit ${literal(length)}`

function rangeOf({ since, until, below }: ArticleFilter, at: SQL, id: SQL): SQL {
  const conditions = [
    ...(since === undefined ? [] : [sql` and ${at} >= ${since}`]),
    ...(until === undefined ? [] : [sql` and ${at} <= ${until}`]),
    ...(below !== undefined && "at" in below ? [sql` and (${at}, ${id}) < (${below.at}, ${below.id})`] : []),
  ]
  return sql.join(conditions)
}

const integer = (value: number): SQL => sql`cast(${value} as integer)`
