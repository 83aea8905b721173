/** Lists of what is read most, for those who show them. They are made in reading-lists.ts. */
import { type SQL, sql } from "drizzle-orm"
import { type Db, literal } from "../db/client.ts"
import type { Directory } from "./directory.ts"
import { isUnknown, labelFrom, labelOfScopes, readWithNames, type WireRow } from "./label.ts"
import { articleColumns, articleOf, type Label, type StoredArticle } from "./queries.ts"
import { ALL, languageScope } from "./scope.ts"
import { scopeOf } from "./selection.ts"

/**
 * Over how long reads are counted, by hours that have begun and days (UTC) that have: 1h is the running hour and the one before it,
 * 24h the running one and 24, 7d the running day and seven.
 */
export const SPANS = ["1h", "24h", "7d"] as const
export type Span = (typeof SPANS)[number]

/** Articles of a list. */
export const LISTED = 50

/** The scope that changes with the lists of a span: part of the label of whatever shows one, and its cache tag. */
export const readsScope = (span: Span): string => `reads:${span}`

/** Queries for articles of lists: article_id, rank from 0, reads. */
const listed = (span: Span, scopes: SQL): SQL =>
  sql`select l.value ->> 0 article_id, l.key rank, l.value ->> 1 reads from most_read m, json_each(m.articles) l
    where m.span = ${span} and m.scope in (${scopes})`

/**
 * A query for the articles of a list: article_id, rank from 0, reads; at most LISTED of them, in one row of the table. They stood
 * in the scope and were shown when the list was made: whether they still are is for those to ask who show them.
 * @param scope `all`, or the key of a section or language
 */
export const mostReadIds = (span: Span, scope: string | SQL): SQL => listed(span, sql`${scope}`)

export interface MostReadWanted {
  span: Span
  /** Slug of a section; of its list, those in one of the languages. */
  section: string | undefined
  /** Without a section, what is read most of these together. None for all. */
  languages: readonly string[]
  /** Uids of the publishers of whom something may be shown; undefined for all. */
  publishers: readonly string[] | undefined
  limit: number
}

export interface MostReadPage {
  label: Pick<Label, "epoch" | "revision" | "changedAt">
  directory: Directory
  /** Key of the section's scope; its place in the directory where that leads nowhere. */
  scope: string
  /** Absent: the label is one of those known. */
  content?: { article: StoredArticle; reads: number }[]
}

/**
 * The list as far as it is shown now: articles that stand no longer where they are listed are left out at once. One round trip; reads
 * at most LISTED articles of a list and where they stand.
 * @param known labels (epoch.revision) that somebody holds.
 */
export async function readMostRead(db: Db, wanted: MostReadWanted, known: string[]): Promise<MostReadPage> {
  const { span, section, languages, publishers, limit } = wanted
  const spoken = sql`select value from json_each(${JSON.stringify(languages.map(languageScope))})`
  const scope =
    section === undefined ? sql`${ALL}` : sql`(select ${scopeOf(`sections/${section}`)} from wire w where w.id = 1)`
  const byLanguage = section === undefined && languages.length > 0
  const lists = listed(span, byLanguage ? spoken : sql`g.scope`)
  // An article is in the lists of several languages.
  const places =
    byLanguage && languages.length > 1
      ? sql`select article_id, max(reads) reads, min(rank) rank from (${lists}) group by article_id`
      : lists
  const standsIn = (scopes: SQL): SQL => sql`exists (select 1 from standings p
    where p.scope in (${scopes}) and p.published_at = a.published_at and p.article_id = a.id)`
  const conditions = [
    ...(byLanguage ? [] : [standsIn(sql`g.scope`)]),
    ...(languages.length > 0 ? [standsIn(spoken)] : []),
    ...(publishers === undefined
      ? []
      : [sql`a.publisher_uid in (select value from json_each(${JSON.stringify(publishers)}))`]),
  ]
  const picked = sql`(select json_group_array(json_array(seq, reads)) from (
    select a.seq, l.reads from (${places}) l cross join articles a on a.id = l.article_id
    where ${sql.join(conditions, sql` and `)}
    order by l.reads desc, l.rank, a.published_at desc, a.id desc limit ${literal(limit)}))`
  // What the headlines say raises `all`.
  const label = labelOfScopes([ALL, readsScope(span)])
  const select = sql<WireRow & { scope: string; picked: string | null; reads: number | null }>`
    select g.*, e.value ->> 1 reads, ${articleColumns}
    from (select g.*, case when ${isUnknown(known)} then ${picked} end picked
      from (select l.*, ${scope} scope from ${label} l limit 1) g limit 1) g
    left join json_each(g.picked) e left join articles a on a.seq = e.value ->> 0 order by e.key`
  const { first, rows, directory } = await readWithNames(db, select)
  return {
    label: labelFrom(first),
    directory,
    scope: first.scope,
    ...(first.picked !== null && {
      content: rows.flatMap((row) => (row.reads === null ? [] : { article: articleOf({ ...row }), reads: row.reads })),
    }),
  }
}
