/** Reads the most-read lists. most-read-update.ts makes them. */
import { type SQL, sql } from "drizzle-orm"
import { type Db, literal } from "../../db/client.ts"
import { ALL_SCOPE, languageScope } from "../model/scope.ts"
import { guarded, isStale } from "../read/guarded.ts"
import { articleColumns, articleOf, type SelectionValidator, type StoredArticle } from "../read/read-selection.ts"
import { readWithDirectory } from "../read/read-with-directory.ts"
import { isInAnyOf } from "../read/scan-selection.ts"
import { type ValidatorRow, validatorFrom, validatorOfScopes } from "../read/scope-validator.ts"
import { scopeOfTerm } from "../read/selection-terms.ts"
import type { Directory } from "../taxonomy/directory.ts"

/** The alias of the row that guarded() builds. */
const V = sql`v`

/** Time windows in UTC: the current hour and 1 or 24 hours before it, or the current day and 7 days before it. */
export const TIME_WINDOWS = ["1h", "24h", "7d"] as const
export type TimeWindow = (typeof TIME_WINDOWS)[number]

export const MAX_LIST_ARTICLES = 50

/** Returns the name of a time window's lists in validators and cache tags. Every answer with such a list has it. */
export const viewsScope = (window: TimeWindow): string => `views:${window}`

/** A query of the articles of lists: article_id, rank from 0, views. */
const selectLists = (window: TimeWindow, scopes: SQL): SQL =>
  sql`
        select l.value ->> 'id' article_id, l.key rank, l.value ->> 'views' views
        from most_read m
        cross join json_each(m.articles) l
        where m.time_window = ${window} and m.scope in (${scopes})`

/** A query of a list: article_id, rank from 0, views. The articles may be withdrawn or in other scopes now. */
export const selectMostRead = (window: TimeWindow, scope: string | SQL): SQL => selectLists(window, sql`${scope}`)

export interface MostReadQuery {
  window: TimeWindow
  /** The slug of the section whose list is read. If `languages` is not empty, only these languages are shown. */
  section: string | undefined
  /** Without a section, the lists of these languages are read. An empty list means all languages. */
  languages: readonly string[]
  /** Uids of the publishers that are visible; undefined if all are. */
  publishers: readonly string[] | undefined
  limit: number
}

export interface MostReadPage {
  validator: Pick<SelectionValidator, "epoch" | "revision" | "changedAt">
  directory: Directory
  /** The key of the section's scope, or the section's address if the directory does not know the section. */
  scope: string
  /** Absent if the client knows this validator. */
  content?: { article: StoredArticle; views: number }[]
}

/** Reads a list in one round trip: at most MAX_LIST_ARTICLES, without articles that have left the scope of the list. */
export async function readMostRead(db: Db, query: MostReadQuery, knownValidators: string[]): Promise<MostReadPage> {
  const { window, section, languages, publishers, limit } = query
  const languageScopes = sql`select value from json_each(${JSON.stringify(languages.map(languageScope))})`
  const scope =
    section === undefined
      ? sql`${ALL_SCOPE}`
      : sql`(select ${scopeOfTerm(sql`w`, `sections/${section}`)} from wire w where w.id = 1)`
  const byLanguage = section === undefined && languages.length > 0
  const lists = selectLists(window, byLanguage ? languageScopes : sql`v.scope`)
  // An article may be in the lists of several languages, but is shown once.
  const listEntries =
    byLanguage && languages.length > 1
      ? sql`
        select article_id, max(views) views, min(rank) rank
        from (${lists})
        group by article_id`
      : lists
  const isIn = (scopes: SQL): SQL => isInAnyOf(scopes, sql`a.published_at`, sql`a.id`)
  const conditions = [
    ...(byLanguage ? [] : [isIn(sql`v.scope`)]),
    ...(languages.length > 0 ? [isIn(languageScopes)] : []),
    ...(publishers === undefined
      ? []
      : [sql`a.publisher_uid in (select value from json_each(${JSON.stringify(publishers)}))`]),
  ]
  const entries = sql`(
      select json_group_array(json_object('seq', seq, 'views', views))
      from (
        select a.seq, l.views
        from (${listEntries}) l
        cross join articles a on a.id = l.article_id
        where ${sql.join(conditions, sql` and `)}
        order by l.views desc, l.rank, a.published_at desc, a.id desc
        limit ${literal(limit)}))`
  // The validator includes the scope `all`, because a changed headline changes `all`, but not the lists.
  const validator = sql`select v.*, ${scope} scope
    from (${validatorOfScopes([ALL_SCOPE, viewsScope(window)])}) v
    limit 1`
  const select = sql<ValidatorRow & { scope: string; entries: string | null; views: number | null }>`${guarded(
    V,
    validator,
    isStale(V, knownValidators),
    { entries },
  )}
    select v.*, e.value ->> 'views' views, ${articleColumns(sql`a`)}
    from v
    left join json_each(v.entries) e
    left join articles a on a.seq = e.value ->> 'seq'
    order by e.key`
  const { first, rows, directory } = await readWithDirectory(db, select)
  return {
    validator: validatorFrom(first),
    directory,
    scope: first.scope,
    ...(first.entries !== null && {
      content: rows.flatMap((row) => (row.views === null ? [] : { article: articleOf({ ...row }), views: row.views })),
    }),
  }
}
