/** Searches articles by words, the best or the newest results first. No query reads the clock. */
import { type SQL, sql } from "drizzle-orm"
import { type Db, literal } from "../../db/client.ts"
import { guarded, headerColumn, isStale } from "../read/guarded.ts"
import { bodyCount } from "../read/page-bodies.ts"
import { articleColumns, articleOf, type StoredArticle } from "../read/read-selection.ts"
import { readWithHeader, type SelectionHeader } from "../read/read-with-directory.ts"
import { isSelected, type ListPosition, selectionValidator } from "../read/scan-selection.ts"
import type { NamesByScope, ScopeSelection } from "../read/selection-terms.ts"
import type { Directory } from "../taxonomy/directory.ts"
import { firstRowidOf, MAX_SEQ, minuteOf, minuteOfRowid, rowidOf, seqOfRowid } from "./indexer.ts"
import { matchExpression } from "./match-expression.ts"
import { formsExpression, isLongPrefix, otherFormsExpression, type SearchQuery, termExpression } from "./parse-query.ts"

/** The alias of the row that guarded() builds. */
const V = sql`v`

/** Only this many of the newest matches are ranked. */
const MAX_RANKED = 1000
/** The maximum number of results. A cursor contains articles.seq of each remaining result. */
export const MAX_RESULTS = 500
/** Additional results that a page reads, because some articles in the index may not be shown. */
const SPARE_ROWS = 20

/** The weight of a word in each column of the index, in the order of the columns. Scopes have no weight. */
const COLUMN_WEIGHTS = sql.raw("1, 8, 4, 4, 0")
/** The score of the newest match rises by a half, and the score of a match of this age by a quarter. */
const HALF_BOOST_MINUTES = literal(7 * 24 * 60)

export interface SearchOptions {
  query: SearchQuery
  selection: ScopeSelection
  /** Milliseconds UTC. Both times are inclusive. */
  since?: number
  until?: number
  /** The remaining results (articles.seq) of an earlier search. If they are given, the index is not read. */
  remaining?: number[]
  /** If it is given, the newest results come first: those of the index below the position of an article. */
  newest?: { below?: ListPosition }
  entries: number
  bodyBytes: number
}

export interface SearchPage {
  /** The revision includes the offset of the index, because results change with the index. */
  validator: { epoch: string; revision: string; changedAt: number }
  /** The keys of the scopes that the query selects. Each inner array belongs to one parameter. */
  scopes: string[][]
  excludedScopes: string[]
  /** A term of the selection that the directory does not know. */
  unknownTerm?: string
  names: NamesByScope
  directory: Directory
  /** The articles in their order. Absent if the client knows this validator: then nothing else was read. */
  articles?: StoredArticle[]
  /** The results after the first `count` articles: articles.seq, for the next page. */
  remainingAfter(count: number): number[]
  /** The position of the last article in the index, if older results may follow. Only for the newest results first. */
  next?: ListPosition
}

interface SearchRow {
  /** JSON: SearchHeader. */
  header: string | null
  /** The article's number in the results, from 0. */
  no: number | null
  html: string | null
  [column: string]: unknown
}

interface SearchHeader extends SelectionHeader {
  state: string
  results: number[] | null
}

/**
 * Searches, or reads the next page of results, in one round trip. The index finds the newest matches and their ranks.
 * The current rows of the articles say whether they are public and selected. The statement reads at most MAX_RANKED
 * rows of the index, and the articles of the page.
 *
 * A ranking changes with every article that enters the index. So only the first request of a search ranks, and its
 * cursor contains the remaining results. If the index is behind, it may find articles that are withdrawn now. These are
 * left out, so a page may be short.
 * @param knownValidators the validators that the client has, as epoch.revision
 */
export async function searchArticles(db: Db, options: SearchOptions, knownValidators: string[]): Promise<SearchPage> {
  const { entries, bodyBytes, newest } = options
  const select = sql<SearchRow>`${guarded(V, searchValidator(options), isStale(V, knownValidators, sql`state`), {
    ...matches(V, options),
    page: pickArticles(V, options),
    entries: sql`v.page -> 'entries'`,
    body_count: bodyCount(sql`v.entries`, sql`(v.page ->> 'bytes')`, bodyBytes, hasSeqOf),
  })}
    select ${headerColumn("e", {
      epoch: sql`v.epoch`,
      wire_revision: sql`v.wire_revision`,
      state: sql`v.state`,
      changed_at: sql`v.changed_at`,
      scopes: sql`json(v.scope_lists)`,
      excluded_scopes: sql`json(v.excluded_scopes)`,
      names: sql`json(v.scope_names)`,
      stale: sql`v.stale`,
      results: sql`json(v.results)`,
    })},
      e.value ->> 'no' no, ${articleColumns(sql`a`)}, b.html
    from v
    left join json_each(v.entries) e
    left join articles a on a.seq = e.value ->> 'seq'
    left join bodies b on b.seq = iif(e.key < v.body_count, a.seq, null)`
  const { header, rows, unknownTerm, names, directory } = await readWithHeader<SearchHeader, SearchRow>(db, select)
  const candidates = rows.filter(({ id }) => id !== null).sort((a, b) => Number(a.no) - Number(b.no))
  // A list of the best results ends before the first body that does not fit, because its next page can begin there.
  const withoutBody = newest ? -1 : candidates.findIndex(({ html }) => html === null)
  const results = candidates.slice(0, withoutBody === -1 ? entries : Math.min(entries, withoutBody)).map(articleOf)
  const mayHaveMore = candidates.length > entries || (header.results ?? []).length >= entries + SPARE_ROWS
  const last = newest && mayHaveMore ? results.at(-1) : undefined
  return {
    validator: { epoch: header.epoch, revision: header.state, changedAt: header.changed_at },
    scopes: header.scopes,
    excludedScopes: header.excluded_scopes,
    ...(unknownTerm !== undefined && { unknownTerm }),
    names,
    directory,
    ...(header.stale && unknownTerm === undefined && { articles: results }),
    remainingAfter: (count) => (header.results ?? []).slice(Number(candidates[count]?.no ?? entries + SPARE_ROWS)),
    ...(last && { next: { publishedAt: last.publishedAt, id: last.id } }),
  }
}

const hasSeqOf = (article: SQL, value: SQL): SQL => sql`${article}.seq = ${value} ->> 'seq'`

/**
 * The validator of the selection with `state`: the revision and, for a new search, the offset of the index. The offset
 * contains only half of the last indexed article's id, so it does not reveal the article.
 */
function searchValidator({ selection, remaining }: SearchOptions): SQL {
  const state = remaining
    ? sql`v.revision || ''`
    : sql`v.revision || '-' || consumer.commit_no || '-' || substr(consumer.article_id, 1, 16)`
  return sql`select v.*, ${state} state
    from (${selectionValidator(selection)}) v
    cross join consumers consumer on consumer.name = 'search'
    limit 1`
}

/** Returns the parts of the statement that find `results`, a JSON list of articles.seq in the order of the answer. */
function matches(v: SQL, options: SearchOptions): Record<string, SQL> {
  if (options.remaining) return { results: sql`${JSON.stringify(options.remaining)}` }
  return options.newest ? newestMatches(v, options, options.newest) : ranking(v, options)
}

/** The rows of the index in a range of times, in whole minutes. */
const rangeOf = ({ since, until }: SearchOptions): SQL =>
  sql.join(
    [
      ...(since === undefined ? [] : [sql`and rowid >= ${firstRowidOf(minuteOf(sql`cast(${since} as integer)`))}`]),
      ...(until === undefined
        ? []
        : [sql`and rowid < ${firstRowidOf(sql`(${minuteOf(sql`cast(${until} as integer)`)} + 1)`)}`]),
    ],
    sql` `,
  )

/**
 * Finds the newest matches, in whole minutes. They are not ranked, so SQLite reads only the rows of the page. If the
 * article of the position does not exist, all of its minute follows.
 */
function newestMatches(v: SQL, options: SearchOptions, { below }: { below?: ListPosition }): Record<string, SQL> {
  const { query, selection, entries } = options
  const prefixes = query.terms.filter(isLongPrefix)
  const plainTerms = query.terms.filter((term) => !isLongPrefix(term))
  const belowRow =
    below &&
    sql`and rowid < ${rowidOf(
      sql`cast(${below.publishedAt} as integer)`,
      sql`coalesce((select seq from articles where id = ${below.id}), ${literal(MAX_SEQ)})`,
    )}`
  return {
    own_match: matchExpression(v, plainTerms.map(formsExpression).join(" AND "), prefixes, query.excluded, selection),
    results: sql`(
      select json_group_array(seq) from (
        select ${seqOfRowid(sql`rowid`)} seq
        from search
        where search match ${v}.own_match ${rangeOf(options)} ${belowRow ?? sql``}
        order by rowid desc
        limit ${literal(entries + SPARE_ROWS)}))`,
  }
}

/**
 * Returns the parts of the statement that search: the expressions for FTS5, the newest match, and `results`, a JSON list
 * of articles.seq, best first. Articles with another form of a word follow those with the words themselves, because bm25
 * gives the most weight to the form that fewest articles have.
 * @param v is the alias of the row with the validator of the selection
 */
function ranking(v: SQL, options: SearchOptions): Record<string, SQL> {
  const { query, selection } = options
  const prefixes = query.terms.filter(isLongPrefix)
  const plainTerms = query.terms.filter((term) => !isLongPrefix(term))
  const otherForms = otherFormsExpression(plainTerms)
  // Plain terms are joined here, not in SQL, because D1 allows only a hundred parts in an expression.
  const ownExpression = plainTerms.map(termExpression).join(" AND ")
  const isMatch = (expression: SQL): SQL => sql`search match ${expression} ${rangeOf(options)}`
  // One row is read for it, but a maximum of the hits would read each of them again.
  const newest = (expression: SQL): SQL =>
    sql`(select rowid from search where ${isMatch(expression)} order by rowid desc limit 1)`
  const hits = (expression: SQL, group: number): SQL => sql`
        select rowid search_rowid, ${literal(group)} hit_group, bm25(search, ${COLUMN_WEIGHTS}) score
        from search
        where ${isMatch(expression)}
        order by rowid desc
        limit ${literal(MAX_RANKED)}`
  const [own, other] = [sql`${v}.own_match`, sql`${v}.other_match`]
  const ownHits = hits(own, 0)
  // The second half of a UNION ALL does not run if the first half has as many rows as the limit.
  const allHits = otherForms
    ? sql`
        select * from (${ownHits}) union all select * from (${hits(other, 1)})
        limit ${literal(MAX_RANKED)}`
    : ownHits
  const age = sql`(${minuteOfRowid(sql`${v}.newest`)} - ${minuteOfRowid(sql`search_rowid`)}) * 1.0`
  return {
    own_match: matchExpression(v, ownExpression, prefixes, query.excluded, selection),
    ...(otherForms && { other_match: matchExpression(v, otherForms, prefixes, query.excluded, selection) }),
    newest: otherForms ? sql`max(coalesce(${newest(own)}, 0), coalesce(${newest(other)}, 0))` : newest(own),
    results: sql`(
      select json_group_array(seq) from (
        select ${seqOfRowid(sql`search_rowid`)} seq
        from (${allHits})
        order by hit_group, score * (2 + 1 / (1 + ${age} / ${HALF_BOOST_MINUTES})), search_rowid desc
        limit ${literal(MAX_RESULTS)}))`,
  }
}

/**
 * JSON {entries, bytes}. `entries` is a list of {no, seq} with one entry more than the page shows, and `bytes` is the
 * size of all their bodies.
 * @param v the alias of the row with the validator and the results
 */
function pickArticles(v: SQL, { selection, since, until, entries }: SearchOptions): SQL {
  const conditions = [
    isSelected(v, selection, sql`a.published_at`, sql`a.id`),
    ...(since === undefined ? [] : [sql`a.published_at >= ${since}`]),
    ...(until === undefined ? [] : [sql`a.published_at <= ${until}`]),
  ]
  return sql`(
      select json_object('entries', json_group_array(json_object('no', no, 'seq', seq)), 'bytes', total(size_in_bytes))
      from (
        select r.key no, a.seq, a.size_in_bytes
        from json_each(${v}.results) r
        cross join articles a on a.seq = r.value and a.state = 'published'
        where r.key < ${literal(entries + SPARE_ROWS)}
          and ${sql.join(conditions, sql` and `)}
          and not ${mayRevealRestricted(sql`a`)}
        order by r.key
        limit ${literal(entries + 1)}))`
}

/**
 * Whether the index may still have words that the publisher no longer shares. A result would reveal that the article
 * contains such a word.
 * @param a the alias of the article's row
 */
const mayRevealRestricted = (a: SQL): SQL => sql`(
          exists (select 1 from publishers p where p.uid = ${a}.publisher_uid and p.redistribution <> 'full')
          and (${a}.commit_no > (select commit_no from consumers where name = 'search') or exists (
            select 1
            from reclassifications r
            where r.finished_at is null and r.touch and r.scope = 'publisher:' || ${a}.publisher_uid)))`
