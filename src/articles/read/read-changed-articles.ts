/** Reads the articles that were created or changed since a time, in the order of the change. */

import { type SQL, sql } from "drizzle-orm"
import { type Db, literal } from "../../db/client.ts"
import { ConfigurationError } from "../../log/error-causes.ts"
import type { Directory } from "../taxonomy/directory.ts"
import { lastCommitBefore } from "../write/commit-sql.ts"
import {
  articleColumns,
  articleOf,
  isUnknownTerm,
  readRowsAndDirectory,
  type SelectionValidator,
  type StoredArticle,
} from "./read-selection.ts"
import { isSelected, MIN_ENTRIES, ROWS_PER_ENTRY, type ScanRange, selectionValidator } from "./scan-selection.ts"
import { isStale } from "./scope-validator.ts"
import type { ScopeSelection } from "./selection-terms.ts"

/** A position in the order of change. */
interface ChangePosition {
  commitNo: number
  id: string
}

export interface ChangedArticlesQuery {
  selection: ScopeSelection
  /** Milliseconds UTC: articles whose last commit is not older. */
  since: number
  /** Where the previous page ended. */
  after?: ChangePosition
  /** Dates of publication. */
  published: ScanRange
  entries: number
  bodyBytes: number
}

export interface ChangedArticlesPage {
  validator: Pick<SelectionValidator, "epoch" | "revision" | "changedAt">
  /** Keys of the scopes, in the lists of the query. */
  scopes: string[][]
  /** A term of the selection that the directory does not know. */
  unknownTerm?: string
  directory: Directory
  /** Absent if the client knows this validator: then nothing else was read. */
  articles?: StoredArticle[]
  /** Where the next page begins, if there is more or this page ended at the limit of its scan. */
  next?: ChangePosition
}

interface ChangedArticleRow {
  /** JSON, in one row only: ChangedArticlesHeader. */
  header: string | null
  html: string | null
  [column: string]: unknown
}

type ChangedArticlesHeader = [
  epoch: string,
  wireRevision: number,
  head: number,
  changedAt: number,
  scopes: string[][],
  excludedScopes: string[],
  stale: 0 | 1,
  end: [commitNo: number, id: string] | null,
]

/**
 * Reads a page of changes in one round trip. Every article is listed once, in its newest version: an article that changes
 * while a client reads page after page moves to the end, where the client reads it again. So no change is skipped, and no
 * version comes twice.
 *
 * The validator is the last commit of all, because every commit may change which articles are between two positions. At most
 * ROWS_PER_ENTRY rows are read for each entry, so a page may be short, or empty, and yet have a next one.
 * @param knownValidators (epoch.revision) that the client has
 */
export async function readChangedArticles(
  db: Db,
  query: ChangedArticlesQuery,
  knownValidators: string[],
): Promise<ChangedArticlesPage> {
  const { entries } = query
  const select = sql<ChangedArticleRow>`
    select case when coalesce(p.key, 0) = 0 then json_array(v.epoch, v.wire_revision, v.head, v.changed_at, json(v.scope_lists),
        json(v.excluded_scopes), v.stale, json(${endOfScan(query)})) end header, ${articleColumns}, b.html
    from (select v.*, case when v.stale then ${pickArticles(query)} end entries from (${selectValidator(query, knownValidators)}) v limit 1) v
    left join json_each(v.entries) p
    left join articles a on a.seq = p.value ->> 0
    left join bodies b on b.seq = p.value ->> 1`
  const [rows, directoryOf] = await readRowsAndDirectory(db, select)
  const header = rows.find((row) => row.header !== null)?.header
  if (!header) throw new ConfigurationError("the wire has no row: apply the migrations")
  const [epoch, wireRevision, head, changedAt, scopes, excludedScopes, stale, end] = JSON.parse(
    header,
  ) as ChangedArticlesHeader
  const unknownTerm = [...scopes.flat(), ...excludedScopes].find(isUnknownTerm)
  const page: ChangedArticlesPage = {
    validator: { epoch, revision: head, changedAt },
    scopes,
    ...(unknownTerm !== undefined && { unknownTerm }),
    directory: await directoryOf({ epoch, revision: wireRevision }),
  }
  if (!stale || unknownTerm !== undefined) return page
  const articles = rows.filter(({ id }) => id !== null).map(articleOf)
  articles.sort((a, b) => a.commitNo - b.commitNo || (a.id < b.id ? -1 : 1))
  const last = articles[entries - 1]
  // The query reads one entry more than the page holds, to know whether there is a next page.
  if (articles.length > entries && last) {
    return { ...page, articles: articles.slice(0, entries), next: { commitNo: last.commitNo, id: last.id } }
  }
  return { ...page, articles, ...(end && { next: { commitNo: end[0], id: end[1] } }) }
}

/**
 * The validator of the selection, with head, the last commit, and the position after which the page begins:
 * after_commit_no, after_id.
 */
function selectValidator(
  { selection, since, after = { commitNo: 0, id: "" } }: ChangedArticlesQuery,
  knownValidators: string[],
): SQL {
  // Limits keep SQLite from computing the columns of an inner query again wherever they are used.
  return sql`select v.*, max(v.since_commit_no, ${after.commitNo}) after_commit_no,
      iif(v.since_commit_no >= ${after.commitNo}, ${AFTER_ALL_IDS}, ${after.id}) after_id
    from (select v.*, case when v.stale then ${lastCommitBefore(since)} end since_commit_no from (
      select v.*, ${isStale(knownValidators, sql`v.head`)} stale from (
        select v.*, coalesce((select max(no) from commits), 0) head from (${selectionValidator(selection, undefined)}) v limit 1) v
      limit 1) v limit 1) v`
}

/** Sorts after every id: ids are hexadecimal digits. */
const AFTER_ALL_IDS = "~"

/**
 * A JSON list of [articles.seq, bodies.seq], in the order of change; the second is null once the limit of body bytes is
 * reached.
 */
function pickArticles(query: ChangedArticlesQuery): SQL {
  const { selection, published, entries, bodyBytes } = query
  const { below, since } = published
  return sql`(select json_group_array(json_array(seq, iif(bytes - size_in_bytes < ${bodyBytes}, seq, null))) from (
    select seq, size_in_bytes, sum(size_in_bytes) over (order by commit_no, id) bytes from (
      select c.* from (${scanArticles(query, sql`seq, commit_no, id, state, published_at, size_in_bytes`)}) c
      where c.state = 'published' and (c.published_at, c.id) < (${below.publishedAt}, ${below.id})
        ${since === undefined ? sql`` : sql`and c.published_at >= ${since}`}
        and ${isSelected(selection, sql`c.published_at`, sql`c.id`)} limit ${literal(entries + 1)})))`
}

/** Articles that were ever public and changed after the start of the page, up to the limit of the scan. */
const scanArticles = (
  query: ChangedArticlesQuery,
  columns: SQL,
): SQL => sql`select ${columns} from articles indexed by articles_commit
  where was_public = 1 and (commit_no, id) > (v.after_commit_no, v.after_id) order by commit_no, id limit ${literal(scanLimit(query))}`

/** Rows that D1 counts for each candidate: its index entry and itself, and the index entry again for the end of the scan. */
const ROWS_PER_CANDIDATE = 4

function scanLimit({ selection, entries }: ChangedArticlesQuery): number {
  const probeCount = selection.all.length + (selection.not.length > 0 ? 1 : 0)
  return Math.floor((ROWS_PER_ENTRY * Math.max(entries + 1, MIN_ENTRIES)) / (ROWS_PER_CANDIDATE + probeCount))
}

/** The last position of the scan, if it ended before the page was full. */
const endOfScan = (query: ChangedArticlesQuery): SQL => sql`case when v.stale
    and json_array_length(v.entries) <= ${literal(query.entries)}
  then (select json_array(commit_no, id) from (${scanArticles(query, sql`commit_no, id`)}) limit 1 offset ${literal(scanLimit(query) - 1)}) end`
