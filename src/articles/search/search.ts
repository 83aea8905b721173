/** Searches articles by words, best results first. No query reads the clock. */
import { type SQL, sql } from "drizzle-orm"
import { type Db, literal } from "../../db/client.ts"
import { ALL_SCOPE, suppressedScope } from "../model/scope.ts"
import { guarded, headerColumn, isStale } from "../read/guarded.ts"
import { bodyCount } from "../read/page-bodies.ts"
import { articleColumns, articleOf, type StoredArticle } from "../read/read-selection.ts"
import { readWithHeader, type SelectionHeader } from "../read/read-with-directory.ts"
import { isSelected, scopeKeysJson, selectionValidator } from "../read/scan-selection.ts"
import type { NamesByScope, ScopeSelection } from "../read/selection-terms.ts"
import type { Directory } from "../taxonomy/directory.ts"
import { firstRowidOf, minuteOf, minuteOfRowid, SUPPRESSED_MARK, scopeMark, seqOfRowid } from "./indexer.ts"
import { isLongPrefix, otherFormsExpression, type SearchQuery, type Term, termExpression } from "./parse-query.ts"

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
  entries: number
  bodyBytes: number
}

export interface SearchPage {
  /** The revision includes the offset of the index, because results change with the index. */
  validator: { epoch: string; revision: string; changedAt: number }
  /** The keys of the scopes that the query selects. Each inner array belongs to one parameter. */
  scopes: string[][]
  /** A term of the selection that the directory does not know. */
  unknownTerm?: string
  names: NamesByScope
  directory: Directory
  /** The articles with bodies, best first. Absent if the client knows this validator: then nothing else was read. */
  articles?: StoredArticle[]
  /** The results after the first `count` articles: articles.seq, for the next page. */
  remainingAfter(count: number): number[]
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
  const { entries, bodyBytes } = options
  const select = sql<SearchRow>`${guarded(V, searchValidator(options), isStale(V, knownValidators, sql`state`), {
    ...(options.remaining ? { results: sql`${JSON.stringify(options.remaining)}` } : ranking(V, options)),
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
  const withoutBody = candidates.findIndex(({ html }) => html === null)
  const results = candidates.slice(0, withoutBody === -1 ? entries : Math.min(entries, withoutBody))
  return {
    validator: { epoch: header.epoch, revision: header.state, changedAt: header.changed_at },
    scopes: header.scopes,
    ...(unknownTerm !== undefined && { unknownTerm }),
    names,
    directory,
    ...(header.stale && unknownTerm === undefined && { articles: results.map(articleOf) }),
    remainingAfter: (count) => (header.results ?? []).slice(Number(candidates[count]?.no ?? entries + SPARE_ROWS)),
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

/**
 * Returns the parts of the statement that search: the expressions for FTS5, the newest match, and `results`, a JSON list
 * of articles.seq, best first. Articles with another form of a word follow those with the words themselves, because bm25
 * gives the most weight to the form that fewest articles have.
 * @param v is the alias of the row with the validator of the selection
 */
function ranking(v: SQL, { query, selection, since, until }: SearchOptions): Record<string, SQL> {
  const prefixes = query.terms.filter(isLongPrefix)
  const plainTerms = query.terms.filter((term) => !isLongPrefix(term))
  const otherForms = otherFormsExpression(plainTerms)
  // Plain terms are joined here, not in SQL, because D1 allows only a hundred parts in an expression.
  const ownExpression = plainTerms.map(termExpression).join(" AND ")
  const range = [
    ...(since === undefined ? [] : [sql`and rowid >= ${firstRowidOf(minuteOf(sql`cast(${since} as integer)`))}`]),
    ...(until === undefined
      ? []
      : [sql`and rowid < ${firstRowidOf(sql`(${minuteOf(sql`cast(${until} as integer)`)} + 1)`)}`]),
  ]
  const matches = (expression: SQL): SQL => sql`search match ${expression} ${sql.join(range, sql` `)}`
  // One row is read for it, but a maximum of the hits would read each of them again.
  const newest = (expression: SQL): SQL =>
    sql`(select rowid from search where ${matches(expression)} order by rowid desc limit 1)`
  const hits = (expression: SQL, group: number): SQL => sql`
        select rowid search_rowid, ${literal(group)} hit_group, bm25(search, ${COLUMN_WEIGHTS}) score
        from search
        where ${matches(expression)}
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
 * The query and the selection, in the syntax of FTS5.
 * @param v the alias of the row with the validator of the selection, which has the keys of the scopes
 * @param plainTerms the terms without long prefixes; "" if there are none
 */
function matchExpression(
  v: SQL,
  plainTerms: string,
  prefixes: Term[],
  excluded: Term[],
  selection: ScopeSelection,
): SQL {
  const scopeMarks = (list: SQL, before: string, between: string): SQL =>
    sql`(
          select group_concat(${before} || '"' || ${scopeMark(sql`value`)} || '"', ${between})
          from ${list}
          where value not glob '~*')`
  const lists = selection.all.flatMap((list, at) =>
    list.length === 1 && list[0] === ALL_SCOPE
      ? []
      : [sql`'(' || ${scopeMarks(sql`json_each(${scopeKeysJson(v, list, at)})`, "", " OR ")} || ')'`],
  )
  const suppressedMarks = showsSuppressed(selection) ? [] : [`"${SUPPRESSED_MARK}"`]
  const requiredParts = [
    ...(plainTerms === "" ? [] : [sql`${`(${plainTerms})`}`]),
    ...prefixes.map(prefixExpression),
    ...lists,
  ]
  const plainExclusions = excluded.filter((term) => !isLongPrefix(term)).map(termExpression)
  const exclusions = [...plainExclusions, ...suppressedMarks].map((each) => ` NOT ${each}`).join("")
  return sql.join(
    [
      sql`'(' || ${sql.join(requiredParts, sql` || ' AND ' || `)} || ')'`,
      sql`${exclusions}`,
      ...excluded.filter(isLongPrefix).map((term) => sql`' NOT ' || ${prefixExpression(term)}`),
      sql`coalesce(${scopeMarks(sql`json_each(${v}.excluded_scopes)`, " NOT ", "")}, '')`,
    ],
    sql` || `,
  )
}

/** A prefix is replaced by the words that begin with it, if there are at most this many. */
const MAX_PREFIX_WORDS = 64

/**
 * Replaces a prefix by the words of the index that begin with it. For a prefix, FTS5 merges the positions of all its
 * words before it returns the first match; for listed words, it reads only as far as needed. If too many words begin
 * with the prefix, the prefix itself is used.
 */
function prefixExpression(term: Term): SQL {
  const prefix = term.words[0] ?? ""
  // U+10FFFF sorts after every word with the prefix. A word with char(1) at its end is the first text after that word.
  const next = (from: SQL): SQL =>
    sql`(select term from search_words where term >= ${from} and term <= ${`${prefix}\u{10ffff}`} limit 1)`
  return sql`(
          with recursive words (word, no) as (
            select ${next(sql`${prefix}`)}, 1
            union all
            select ${next(sql`words.word || char(1)`)}, no + 1
            from words
            where word is not null and no <= ${literal(MAX_PREFIX_WORDS)})
          select iif(count(word) between 1 and ${literal(MAX_PREFIX_WORDS)},
            '(' || group_concat('"' || word || '"', ' OR ') || ')', ${termExpression(term)})
          from words)`
}

/** Whether suppressed articles are shown: as in feeds, only if the selection names a single publisher. */
const showsSuppressed = ({ all, not }: ScopeSelection): boolean =>
  !not.includes(suppressedScope(ALL_SCOPE)) &&
  all.some((list) => list.length === 1 && /^publishers?[:/]/.test(list[0] ?? ""))

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
