/** Reads the articles of a selection with its validator and directory. No query reads the clock. */
import { type SQL, sql } from "drizzle-orm"
import { cachedStatement, type Db, literal } from "../../db/client.ts"
import type { Direction } from "../../text/direction.ts"
import type { ArticleDetails, DuplicateReference } from "../model/article.ts"
import type { Directory } from "../taxonomy/directory.ts"
import { ARCHIVE_ENTRIES } from "../write/memberships.ts"
import { entryParts, type SelectionQuery } from "./document-entries.ts"
import { guarded, headerColumn, isStale } from "./guarded.ts"
import { commitsIfCurrent, isKnownArticle, type KnownArticles, knownArticleValues } from "./known-articles.ts"
import { readWithHeader, type SelectionHeader } from "./read-with-directory.ts"
import { type ListPosition, selectionValidator } from "./scan-selection.ts"
import type { NamesByScope } from "./selection-terms.ts"

/** The alias of the row that guarded() builds. */
const V = sql`v`

/** The state of a selection. If the validator is the same, the articles and the directory are the same. */
export interface SelectionValidator {
  epoch: string
  /**
   * The later of the selection's revision and the wire's revision. A revision is the number of the last batch of
   * changes (commit) to a list.
   */
  revision: number
  /** Milliseconds UTC. Each revision is at least a second later than the revision before it. */
  changedAt: number
  /**
   * The last revision at which an article moved down the list, or left the list, without an amendment (a record of the
   * change).
   */
  lastSilentRemoval: number
}

/** The version of an article, and its place in a list. */
export interface ArticlePlace {
  id: string
  commitNo: number
  publishedAt: number
}

export interface StoredArticle extends ArticlePlace {
  publisherUid: string
  guid: string
  updatedAt: number | null
  /** The time of a change without a later date of its own, or of a new publication after a withdrawal. */
  correctedAt: number | null
  url: string | null
  language: string | null
  direction: Direction | null
  title: string | null
  /** The readable part of the address of the article's page. */
  slug: string | null
  subtitle: string | null
  summary: string | null
  dateline: string | null
  details: ArticleDetails
  /** Duplicates by other publishers, if this article is the canonical one. */
  duplicates: DuplicateReference[]
  /** Whether another publisher's article is shown instead of this one. */
  suppressed: boolean
  /** Absent if the query asked for no bodies, or if the bodies before it had reached the page's limit. */
  html?: string
}

/** An article that left the selection: its publisher withdrew it, or it moved to other scopes (lists of articles). */
export interface DeletedEntry {
  id: string
  commitNo: number
  /** The time of the commit, milliseconds UTC. */
  at: number
  reason: "withdrawn" | "moved"
}

/** An article of a page whose content the caller already has. Only its place was read. */
export interface KnownArticle extends ArticlePlace {
  isKnown: true
}

/** The state of a document. The revision of a search is a text, because it includes the offset of the index. */
export type DocumentValidator = Omit<SelectionValidator, "revision"> & { revision: number | string }

export interface SelectionPage<Article extends ArticlePlace = StoredArticle, Validator = SelectionValidator> {
  validator: Validator
  /** The keys of the scopes, in the same lists and order as in the query. */
  scopes: string[][]
  excludedScopes: string[]
  /** A term of the selection that the directory does not know. */
  unknownTerm?: string
  names: NamesByScope
  directory: Directory
  /** The number of complete archives. */
  archives: number
  /** Absent if the client knows this validator: then nothing else was read. */
  articles?: Article[]
  deletedEntries: DeletedEntry[]
  /** The position at which the next page begins. */
  next?: ListPosition
}

const PLACE = ["id", "commit_no", "published_at"]
const CONTENT = (
  "publisher_uid guid updated_at corrected_at url language direction title slug subtitle summary dateline details " +
  "duplicates suppressed"
).split(" ")
const columns = (names: string[], columnOf: (name: SQL) => SQL): SQL =>
  sql.join(
    names.map((name) => columnOf(sql.raw(name))),
    sql`, `,
  )

/** The columns that articleOf() reads, without the body (`html`). @param a the alias of the article's row */
export const articleColumns = (a: SQL): SQL => columns([...PLACE, ...CONTENT], (name) => sql`${a}.${name}`)

interface PageRow {
  /** JSON: PageHeader. */
  header: string | null
  id: string | null
  [column: string]: unknown
}

interface PageHeader extends SelectionHeader {
  revision: number
  last_silent_removal: number
  last_position: number | null
  more: 0 | 1 | null
  deleted_entries: { id: string; commit_no: number; at: number; reason: DeletedEntry["reason"] }[] | null
  /** The position at which the scan ended, if the page ends there. */
  scan_end: { published_at: number; id: string } | null
}

/** The client's state: its validators (epoch.revision), or the time up to which the client has every change. */
interface Conditions {
  validators: string[]
  until: number
}

/** Builds the statement of readSelection(). @param validatorCount the number of validators that the client has */
const selectPage = cachedStatement((query: SelectionQuery, validatorCount: number, hasKnownArticles: boolean) => {
  const { selection, part } = query
  const parts = entryParts(V, query)
  const withBodies = parts.body_count !== undefined
  const validators = Array.from({ length: validatorCount }, (_, index) => sql.placeholder(`validator_${index}`))
  return sql<PageRow>`${guarded(
    V,
    selectionValidator(selection, part.kind === "archive" ? part.no : undefined),
    sql`${isStale(V, validators)} and v.changed_at / 1000 * 1000 > ${sql.placeholder("until")}`,
    { ...parts, ...(hasKnownArticles && { known_commits: commitsIfCurrent(V) }) },
  )}
    select header, ${columns(PLACE, (name) => name)},
      ${columns(CONTENT, (name) => sql`iif(is_known, null, ${name}) ${name}`)},
      ${withBodies ? sql`b.html` : sql`null`} html
    from (
      select ${headerColumn("e", {
        epoch: sql`v.epoch`,
        wire_revision: sql`v.wire_revision`,
        revision: sql`v.revision`,
        changed_at: sql`v.changed_at`,
        last_silent_removal: sql`v.last_silent_removal`,
        last_position: sql`v.last_position`,
        scopes: sql`json(v.scope_lists)`,
        excluded_scopes: sql`json(v.excluded_scopes)`,
        names: sql`json(v.scope_names)`,
        stale: sql`v.stale`,
        more: part.kind === "archive" ? sql`0` : sql`json_array_length(v.scan -> 'ids') > ${literal(part.entries)}`,
        deleted_entries: parts.amendments ? sql`v.amendments -> 'deleted'` : sql`null`,
        scan_end: parts.scan_end ? sql`json(v.scan_end)` : sql`null`,
      })},
        e.key, a.seq, ${articleColumns(sql`a`)}, ${withBodies ? sql`e.key < v.body_count` : sql`0`} has_body,
        ${hasKnownArticles ? isKnownArticle(V, sql`a`, sql`e`, withBodies) : sql`0`} is_known
      from v
      left join json_each(v.entries) e
      left join articles a on a.id = e.value
      limit -1
    ) listed
    ${withBodies ? sql`left join bodies b on b.seq = iif(has_body and not is_known, listed.seq, null)` : sql``}`
})

/**
 * Reads the validator and the articles in one round trip, so content may be newer than its validator, but never older.
 * If the client knows the validator, SQLite selects no articles, so a 304 reads one row for each scope.
 * @param knownArticles articles whose content the caller has from the same directory, with bodies if `query` asks for
 * bodies
 */
export async function readSelection(db: Db, query: SelectionQuery, conditions: Conditions): Promise<SelectionPage>
export async function readSelection(
  db: Db,
  query: SelectionQuery,
  conditions: Conditions,
  knownArticles: KnownArticles | undefined,
): Promise<SelectionPage<StoredArticle | KnownArticle>>
export async function readSelection(
  db: Db,
  query: SelectionQuery,
  conditions: Conditions,
  knownArticles?: KnownArticles,
): Promise<SelectionPage<StoredArticle | KnownArticle>> {
  const { part } = query
  const { validators, until } = conditions
  const ofClient = Object.fromEntries(validators.map((each, index) => [`validator_${index}`, each]))
  const ofCaller = knownArticles && knownArticleValues(knownArticles)
  const values = Object.assign({ until }, ofClient, ofCaller)
  const select = selectPage([query, validators.length, knownArticles !== undefined], values)
  const { header, rows, unknownTerm, names, directory } = await readWithHeader<PageHeader, PageRow>(db, select)
  const { epoch, revision, scopes, excluded_scopes: excludedScopes } = header
  const page: SelectionPage<StoredArticle | KnownArticle> = {
    validator: { epoch, revision, changedAt: header.changed_at, lastSilentRemoval: header.last_silent_removal },
    scopes,
    excludedScopes,
    ...(unknownTerm !== undefined && { unknownTerm }),
    names,
    directory,
    archives: Math.floor((header.last_position ?? 0) / ARCHIVE_ENTRIES),
    deletedEntries: [],
  }
  if (!header.stale || unknownTerm !== undefined) return page
  const articles = rows
    .filter(({ id }) => id !== null)
    .map((row) => (row.guid === null ? knownArticleOf(row) : articleOf(row)))
  articles.sort((a, b) => b.publishedAt - a.publishedAt || (a.id < b.id ? 1 : -1))
  const deletedEntries = header.deleted_entries ?? []
  const next = part.kind !== "archive" && header.more ? articles[part.entries - 1] : undefined
  return {
    ...page,
    articles,
    deletedEntries: deletedEntries.map(({ commit_no: commitNo, ...entry }) => ({ ...entry, commitNo })),
    ...(next && { next: { publishedAt: next.publishedAt, id: next.id } }),
    ...(header.scan_end && { next: { publishedAt: header.scan_end.published_at, id: header.scan_end.id } }),
  }
}

const placeOf = (row: Record<string, unknown>): ArticlePlace => ({
  id: row.id as string,
  commitNo: row.commit_no as number,
  publishedAt: row.published_at as number,
})

const knownArticleOf = (row: Record<string, unknown>): KnownArticle => ({ ...placeOf(row), isKnown: true })

/** @param row a row with articleColumns(), and perhaps html */
export function articleOf(row: Record<string, unknown>): StoredArticle {
  return {
    id: row.id as string,
    publisherUid: row.publisher_uid as string,
    guid: row.guid as string,
    commitNo: row.commit_no as number,
    publishedAt: row.published_at as number,
    updatedAt: row.updated_at as number | null,
    correctedAt: row.corrected_at as number | null,
    url: row.url as string | null,
    language: row.language as string | null,
    direction: row.direction as Direction | null,
    title: row.title as string | null,
    slug: row.slug as string | null,
    subtitle: row.subtitle as string | null,
    summary: row.summary as string | null,
    dateline: row.dateline as string | null,
    details: JSON.parse(row.details as string),
    duplicates: row.duplicates === null ? [] : JSON.parse(row.duplicates as string),
    suppressed: row.suppressed === 1,
    ...(row.html !== null && row.html !== undefined && { html: row.html as string }),
  }
}
