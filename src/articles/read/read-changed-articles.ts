/** Reads the articles that were created or changed since a time, in the order of the change. */
import { type SQL, sql } from "drizzle-orm"
import { type Db, literal } from "../../db/client.ts"
import type { Directory } from "../taxonomy/directory.ts"
import { lastCommitBefore } from "../write/commit-sql.ts"
import { guarded, headerColumn, isStale } from "./guarded.ts"
import { bodyCount } from "./page-bodies.ts"
import { articleColumns, articleOf, type SelectionValidator, type StoredArticle } from "./read-selection.ts"
import { readWithHeader, type SelectionHeader } from "./read-with-directory.ts"
import { isSelected, MIN_ENTRIES, ROWS_PER_ENTRY, type ScanRange, selectionValidator } from "./scan-selection.ts"
import type { NamesByScope, ScopeSelection } from "./selection-terms.ts"

/** The alias of the row that guarded() builds. */
const V = sql`v`

interface ChangePosition {
  commitNo: number
  id: string
}

export interface ChangedArticlesQuery {
  selection: ScopeSelection
  /** Milliseconds UTC. Articles whose last change (commit) is at this time or later are listed. */
  since: number
  /** The position at which the previous page ended. */
  after?: ChangePosition
  /** The range of publication dates. */
  published: ScanRange
  entries: number
  bodyBytes: number
}

export interface ChangedArticlesPage {
  validator: Pick<SelectionValidator, "epoch" | "revision" | "changedAt">
  /** The keys of the scopes that the query selects. Each inner array belongs to one parameter. */
  scopes: string[][]
  /** A term of the selection that the directory does not know. */
  unknownTerm?: string
  names: NamesByScope
  directory: Directory
  /** Absent if the client knows this validator: then nothing else was read. */
  articles?: StoredArticle[]
  /** The start of the next page, if there are more articles or the scan reached its limit. */
  next?: ChangePosition
}

interface ChangedArticleRow {
  /** JSON: ChangedArticlesHeader. */
  header: string | null
  html: string | null
  [column: string]: unknown
}

interface ChangedArticlesHeader extends SelectionHeader {
  head: number
  /** The position at which the scan ended, if the page ends there. */
  scan_end: { commit_no: number; id: string } | null
}

/**
 * Reads a page of changes in one round trip. It lists every article once, in its newest version. An article that
 * changes while a client reads page after page moves to the end, where the client reads it again. So the client misses
 * no change and gets no version twice.
 *
 * The validator is the last commit, because every commit may change which articles are between two positions. At most
 * ROWS_PER_ENTRY rows are read for each entry, so a page may be short or empty although a next page exists.
 * @param knownValidators the validators that the client has, as epoch.revision
 */
export async function readChangedArticles(
  db: Db,
  query: ChangedArticlesQuery,
  knownValidators: string[],
): Promise<ChangedArticlesPage> {
  const { selection, entries, bodyBytes } = query
  const withBodies = bodyBytes > 0
  const validator = sql`select v.*, coalesce((select max(no) from commits), 0) head
    from (${selectionValidator(selection)}) v
    limit 1`
  const select = sql<ChangedArticleRow>`${guarded(V, validator, isStale(V, knownValidators, sql`head`), {
    ...startParts(V, query),
    page: pickArticles(V, query),
    entries: sql`v.page -> 'ids'`,
    ...(withBodies && { body_count: bodyCount(sql`v.entries`, sql`(v.page ->> 'bytes')`, bodyBytes) }),
    scan_end: endOfScan(V, query),
  })}
    select ${headerColumn("e", {
      epoch: sql`v.epoch`,
      wire_revision: sql`v.wire_revision`,
      head: sql`v.head`,
      changed_at: sql`v.changed_at`,
      scopes: sql`json(v.scope_lists)`,
      excluded_scopes: sql`json(v.excluded_scopes)`,
      names: sql`json(v.scope_names)`,
      stale: sql`v.stale`,
      scan_end: sql`json(v.scan_end)`,
    })},
      ${articleColumns(sql`a`)}, ${withBodies ? sql`b.html` : sql`null`} html
    from v
    left join json_each(v.entries) e
    left join articles a on a.id = e.value
    ${withBodies ? sql`left join bodies b on b.seq = iif(e.key < v.body_count, a.seq, null)` : sql``}`
  const { header, rows, unknownTerm, names, directory } = await readWithHeader<
    ChangedArticlesHeader,
    ChangedArticleRow
  >(db, select)
  const page: ChangedArticlesPage = {
    validator: { epoch: header.epoch, revision: header.head, changedAt: header.changed_at },
    scopes: header.scopes,
    ...(unknownTerm !== undefined && { unknownTerm }),
    names,
    directory,
  }
  if (!header.stale || unknownTerm !== undefined) return page
  const articles = rows.filter(({ id }) => id !== null).map(articleOf)
  articles.sort((a, b) => a.commitNo - b.commitNo || (a.id < b.id ? -1 : 1))
  const last = articles[entries - 1]
  // The query reads one entry more than the page shows, to know whether there is a next page.
  if (articles.length > entries && last) {
    return { ...page, articles: articles.slice(0, entries), next: { commitNo: last.commitNo, id: last.id } }
  }
  const end = header.scan_end
  return { ...page, articles, ...(end && { next: { commitNo: end.commit_no, id: end.id } }) }
}

/** The position after which the page begins: the last commit before the time, or the end of the previous page. */
function startParts(v: SQL, { since, after = { commitNo: 0, id: "" } }: ChangedArticlesQuery): Record<string, SQL> {
  return {
    since_commit_no: lastCommitBefore(since),
    after_commit_no: sql`max(${v}.since_commit_no, ${after.commitNo})`,
    after_id: sql`iif(${v}.since_commit_no >= ${after.commitNo}, ${AFTER_ALL_IDS}, ${after.id})`,
  }
}

/** This text sorts after every id, because ids are hexadecimal digits. */
const AFTER_ALL_IDS = "~"

/**
 * JSON {ids, bytes}. `ids` is in the order of change and has one id more than the page shows. `bytes` is the size of
 * all bodies together.
 */
function pickArticles(v: SQL, query: ChangedArticlesQuery): SQL {
  const { selection, published, entries } = query
  const { below, since } = published
  return sql`(
      select json_object('ids', json_group_array(id), 'bytes', total(size_in_bytes))
      from (
        select c.id, c.size_in_bytes
        from (${scanArticles(v, sql`commit_no, id, state, published_at, size_in_bytes`, literal(scanLimit(query)))}) c
        where c.state = 'published' and (c.published_at, c.id) < (${below.publishedAt}, ${below.id})
          ${since === undefined ? sql`` : sql`and c.published_at >= ${since}`}
          and ${isSelected(v, selection, sql`c.published_at`, sql`c.id`)}
        limit ${literal(entries + 1)}))`
}

/** Returns the articles that changed after the start of the page and have ever been public. */
const scanArticles = (v: SQL, columns: SQL, limit: SQL): SQL => sql`
          select ${columns}
          from articles indexed by articles_commit
          where was_public = 1 and (commit_no, id) > (${v}.after_commit_no, ${v}.after_id)
          order by commit_no, id
          limit ${limit}`

/** D1 counts at most this many rows for each article of the scan. */
const ROWS_PER_CANDIDATE = 4

function scanLimit({ selection, entries }: ChangedArticlesQuery): number {
  const probeCount = selection.all.length + (selection.not.length > 0 ? 1 : 0)
  return Math.floor((ROWS_PER_ENTRY * Math.max(entries + 1, MIN_ENTRIES)) / (ROWS_PER_CANDIDATE + probeCount))
}

/** The last position of the scan, if it ended before the page was full. */
const endOfScan = (v: SQL, query: ChangedArticlesQuery): SQL => sql`case
      when json_array_length(${v}.entries) <= ${literal(query.entries)}
      then (
        select json_object('commit_no', commit_no, 'id', id)
        from (${scanArticles(v, sql`commit_no, id`, sql`1 offset ${literal(scanLimit(query) - 1)}`)})) end`
