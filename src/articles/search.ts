/** What is found by words, best first. No query reads the clock. */

import { type SQL, sql } from "drizzle-orm"
import { type Db, literal } from "../db/client.ts"
import { ConfigurationError } from "../http/cause.ts"
import type { Directory } from "./directory.ts"
import { isUnknown } from "./label.ts"
import { articleColumns, articleOf, leadsNowhere, type StoredArticle, withDirectory } from "./queries.ts"
import { ALL, shadowOf } from "./scope.ts"
import { firstPlaceOf, minuteAt, minuteOf, scopeMark, seqAt, WITHHELD_MARK } from "./search-index.ts"
import { expressionOf, isBegun, type SearchQuery, type Term } from "./search-query.ts"
import { isSelected, labelOf, type Selected } from "./selection.ts"

/** Of what matches, so many of the newest are ranked. */
const RANKED = 1000
/** Of these, so many can be paged through: a cursor holds where they are. */
export const FOUND = 500
/** Places that are looked at beyond those that are wanted, because the index may know articles that may not be shown. */
const SPARE = 20

/** What a word counts in each column of the index, in their order; marks do not. */
const WEIGHTS = sql.raw("1, 8, 4, 4, 0")
/** The newest that matches counts half as much again. Minutes by which one is older that counts only a quarter more. */
const FADING = literal(7 * 24 * 60)

export interface WantedFound {
  query: SearchQuery
  selected: Selected
  /** Milliseconds UTC, both included. */
  since?: number
  until?: number
  /** What is left of a search that was ranked before, in its order: then the index is not asked. */
  left?: number[]
  entries: number
  bodyBytes: number
}

export interface FoundPage {
  /** The revision says also how far the index has come: what is found changes with it. */
  label: { epoch: string; revision: string; changedAt: number }
  /** Keys of the scopes, in the lists in which they were asked for. */
  scopes: string[][]
  /** The term of the selection that leads nowhere. */
  unknown?: string
  directory: Directory
  /** Best first, each with its body. Absent: the label is one of those known, nothing else was read. */
  articles?: StoredArticle[]
  /** What is left behind the first so many of them: articles.seq, for the next page. */
  leftAfter(shown: number): number[]
}

interface FoundRow {
  /** JSON, in one row only: Found. */
  found: string | null
  /** Its place in what was found. */
  no: number | null
  html: string | null
  [column: string]: unknown
}

type Found = [
  epoch: string,
  wireRevision: number,
  state: string,
  changedAt: number,
  scopes: string[][],
  without: string[],
  stale: 0 | 1,
  places: number[],
]

/**
 * Looks for what somebody typed, or goes on in what was found before, in one round trip. The index says which of the newest
 * articles match and how well; the articles themselves, as they are now, say whether they may be shown, and stand in what is
 * selected. Reads RANKED rows of the index at most, whatever it holds, and the articles that are looked at.
 *
 * A ranking changes with everything that enters the index. So there is one: the first page ranks, the others are what it left.
 * Pages may be short where the index is behind.
 * @param known labels (epoch.revision) that somebody holds already.
 */
export async function readFound(db: Db, wanted: WantedFound, known: string[]): Promise<FoundPage> {
  const { entries } = wanted
  const places = wanted.left ? sql`${JSON.stringify(wanted.left)}` : rank(wanted)
  // Limits keep SQLite from computing the columns of an inner query again wherever they are used.
  const select = sql<FoundRow>`
    select case when coalesce(e.key, 0) = 0 then json_array(g.epoch, g.wire_revision, g.state, g.changed_at, json(g.dims),
        json(g.nots), g.stale, json(g.places)) end found, e.value ->> 0 no, ${articleColumns}, b.html
    from (select g.*, ${pick(wanted)} picked from (
      select g.*, case when g.stale then ${places} end places from (${guarded(wanted, known)}) g limit 1) g limit 1) g
    left join json_each(g.picked) e
    left join articles a on a.seq = e.value ->> 1
    left join bodies b on b.seq = e.value ->> 2`
  const [rows, directoryOf] = await withDirectory(db, select)
  const found = rows.find((row) => row.found !== null)?.found
  if (!found) throw new ConfigurationError("the wire has no row: apply the migrations")
  const [epoch, wireRevision, revision, changedAt, scopes, without, stale, all] = JSON.parse(found) as Found
  const unknown = [...scopes.flat(), ...without].find(leadsNowhere)
  const looked = rows.filter(({ id }) => id !== null).sort((a, b) => Number(a.no) - Number(b.no))
  const unread = looked.findIndex(({ html }) => html === null)
  const shown = looked.slice(0, unread === -1 ? entries : Math.min(entries, unread))
  return {
    label: { epoch, revision, changedAt },
    scopes,
    ...(unknown !== undefined && { unknown }),
    directory: await directoryOf({ epoch, revision: wireRevision }),
    ...(stale && unknown === undefined && { articles: shown.map(articleOf) }),
    leftAfter: (count) => all.slice(Number(looked[count]?.no ?? entries + SPARE)),
  }
}

/**
 * The label of the selection, with state: its revision, and the place of the index if it is asked. Half of an id says which place in a
 * commit it is, and names no article to those who may not see it.
 */
function guarded({ selected, left }: WantedFound, known: string[]): SQL {
  const state = left
    ? sql`l.revision || ''`
    : sql`l.revision || '-' || f.commit_no || '-' || substr(f.article_id, 1, 16)`
  return sql`select g.*, ${isUnknown(known, sql`g.state`)} stale
    from (select l.*, ${state} state from (${labelOf(selected, undefined)}) l
      cross join followers f on f.name = 'search' limit 1) g`
}

/** A JSON list of articles.seq, best first. */
function rank({ query, selected, since, until }: WantedFound): SQL {
  const range = [
    ...(since === undefined ? [] : [sql`and rowid >= ${firstPlaceOf(minuteOf(sql`cast(${since} as integer)`))}`]),
    ...(until === undefined
      ? []
      : [sql`and rowid < ${firstPlaceOf(sql`(${minuteOf(sql`cast(${until} as integer)`)} + 1)`)}`]),
  ]
  const older = sql`(${minuteAt(sql`newest`)} - ${minuteAt(sql`place`)}) * 1.0`
  return sql`(with hits as materialized (
      select rowid place, bm25(search, ${WEIGHTS}) fit from search
      where search match ${expression(query, selected)} ${sql.join(range, sql` `)}
      order by rowid desc limit ${literal(RANKED)})
    select json_group_array(seq) from (select ${seqAt(sql`place`)} seq from (select max(place) newest from hits) cross join hits
      order by fit * (2 + 1 / (1 + ${older} / ${FADING})), place desc limit ${literal(FOUND)}))`
}

/** The query with what is selected, as FTS5 reads it; the keys of the scopes come from the label g. */
function expression({ terms, without }: SearchQuery, selected: Selected): SQL {
  const marks = (list: SQL, before: string, between: string): SQL =>
    sql`(select group_concat(${before} || '"' || ${scopeMark(sql`value`)} || '"', ${between}) from ${list}
      where value not glob '~*')`
  const lists = selected.all.flatMap((list, at) =>
    list.length === 1 && list[0] === ALL
      ? []
      : [sql`'(' || ${marks(sql`json_each(g.dims, ${`$[${at}]`})`, "", " OR ")} || ')'`],
  )
  const hidden = showsWithheld(selected) ? [] : [`"${WITHHELD_MARK}"`]
  // As few parts as possible: D1 takes expressions of a hundred.
  const [plain, plainNot] = [terms, without].map((list) => list.filter((term) => !isBegun(term)).map(expressionOf))
  const found = [...(plain?.length ? [sql`${plain.join(" AND ")}`] : []), ...terms.filter(isBegun).map(begun), ...lists]
  const not = [...(plainNot ?? []), ...hidden].map((each) => ` NOT ${each}`).join("")
  return sql.join(
    [
      sql`'(' || ${sql.join(found, sql` || ' AND ' || `)} || ')'`,
      sql`${not}`,
      ...without.filter(isBegun).map((term) => sql`' NOT ' || ${begun(term)}`),
      sql`coalesce(${marks(sql`json_each(g.nots)`, " NOT ", "")}, '')`,
    ],
    sql` || `,
  )
}

/** Words that are looked for instead of their beginning, if there are no more of them. */
const BEGUN = 64

/**
 * The words of the index that begin so, one or the other. FTS5 makes one list of all places of all of them before it answers the
 * first; of words that are named it reads as far as it has to. Where there are too many, each of them is rare.
 */
function begun(term: Term): SQL {
  const beginning = term.words[0] ?? ""
  // The greatest character there is, and the least: behind a word, and the next one at the earliest.
  const next = (from: SQL): SQL =>
    sql`(select term from search_words where term >= ${from} and term <= ${`${beginning}\u{10ffff}`} limit 1)`
  return sql`(with recursive words (word, no) as (
      select ${next(sql`${beginning}`)}, 1
      union all select ${next(sql`words.word || char(1)`)}, no + 1 from words where word is not null and no <= ${literal(BEGUN)})
    select iif(count(word) between 1 and ${literal(BEGUN)}, '(' || group_concat('"' || word || '"', ' OR ') || ')', ${expressionOf(term)})
    from words)`
}

/** A publisher's own list has what others tell better, as its feeds do. */
const showsWithheld = ({ all, not }: Selected): boolean =>
  !not.includes(shadowOf(ALL)) && all.some((list) => list.length === 1 && /^publishers?[:/]/.test(list[0] ?? ""))

/**
 * A JSON list of [place in what was found, articles.seq, bodies.seq]: one more than wanted of those that may be shown, to know
 * whether there is one. The last only until there are bodies enough.
 */
function pick({ selected, since, until, entries, bodyBytes }: WantedFound): SQL {
  const within = [
    isSelected(selected, sql`a.published_at`, sql`a.id`),
    ...(since === undefined ? [] : [sql`a.published_at >= ${since}`]),
    ...(until === undefined ? [] : [sql`a.published_at <= ${until}`]),
  ]
  return sql`(select json_group_array(json_array(no, seq, iif(bytes - size < ${bodyBytes}, seq, null))) from (
    select no, seq, size, sum(size) over (order by no) bytes from (
      select p.key no, a.seq, a.size from json_each(g.places) p
      cross join articles a on a.seq = p.value and a.state = 'published'
      where p.key < ${literal(entries + SPARE)} and ${sql.join(within, sql` and `)} and not ${mayTellTooMuch}
      order by p.key limit ${literal(entries + 1)})))`
}

/**
 * Whether the index may still have words of an article that its publisher shares no longer: the walk that follows such a change
 * is under way, or the index is not as far. A search that finds it by them would tell them.
 */
const mayTellTooMuch = sql`(exists (select 1 from publishers p where p.uid = a.publisher_uid and p.redistribution <> 'full')
  and (a.commit_no > (select commit_no from followers where name = 'search') or exists (
    select 1 from restandings r where r.finished_at is null and r.anew and r.scope = 'publisher:' || a.publisher_uid)))`
