/** Reads the articles of a selection with its validator and directory. No query reads the clock. */

import { type SQL, sql } from "drizzle-orm"
import { batch, type Db } from "../../db/client.ts"
import { ConfigurationError } from "../../log/error-causes.ts"
import type { Direction } from "../../text/direction.ts"
import type { ArticleDetails, DuplicateReference } from "../model/article.ts"
import {
  cachedDirectory,
  type Directory,
  parseDirectory,
  readDirectory,
  selectDirectory,
} from "../taxonomy/directory.ts"
import { ARCHIVE_ENTRIES } from "../write/memberships.ts"
import {
  DELETED_BIT,
  endOfScan,
  LISTED_BIT,
  pickEntries,
  type SelectionPart,
  type SelectionQuery,
} from "./document-entries.ts"
import { type ListPosition, selectionValidator } from "./scan-selection.ts"

/** The state of a selection: the same validator means the same articles and the same directory. */
export interface SelectionValidator {
  epoch: string
  /** The later of the selection's revision and the wire's. */
  revision: number
  /** Milliseconds UTC; each revision is at least a second later than the one before. */
  changedAt: number
  /** The last revision at which an article moved down a list or left it without an amendment. */
  lastSilentRemoval: number
}

export interface StoredArticle {
  id: string
  publisherUid: string
  guid: string
  commitNo: number
  publishedAt: number
  updatedAt: number | null
  /** When it was changed without a later date of change, or published again after it was withdrawn. */
  correctedAt: number | null
  url: string | null
  language: string | null
  dir: Direction | null
  title: string | null
  subtitle: string | null
  summary: string | null
  dateline: string | null
  details: ArticleDetails
  /** The duplicates by other publishers, of which this article is the canonical one. */
  duplicates: DuplicateReference[]
  /** Whether another publisher's article is shown instead of this one. */
  suppressed: boolean
  /** Absent if the query asked for no bodies, or the page had reached its limit of body bytes. */
  html?: string
}

/** An article that was in the selection and no longer is: withdrawn by its publisher, or in other scopes now. */
export interface DeletedEntry {
  id: string
  commitNo: number
  /** Milliseconds UTC, of the commit. */
  at: number
  reason: "withdrawn" | "moved"
}

export interface SelectionPage {
  validator: SelectionValidator
  /** Keys of the scopes, in the lists and the order of the query. */
  scopes: string[][]
  /** Keys of the excluded scopes. */
  excludedScopes: string[]
  /** A term of the selection that the directory does not know. */
  unknownTerm?: string
  directory: Directory
  /** Complete archives. */
  archives: number
  /** Absent if the client knows this validator: then nothing else was read. */
  articles?: StoredArticle[]
  deletedEntries: DeletedEntry[]
  /** Where the next page begins. */
  next?: ListPosition
}

/** The columns of `articles a` that articleOf() reads; the body is `html`. */
export const articleColumns = sql`a.id, a.publisher_uid, a.guid, a.commit_no, a.published_at, a.updated_at, a.corrected_at,
  a.url, a.language, a.dir, a.title, a.subtitle, a.summary, a.dateline, a.details, a.duplicates, a.suppressed`

interface PageRow {
  /** JSON: PageHeader; in one row only, otherwise it would be read and parsed once for each entry. */
  header: string | null
  bits: number | null
  id: string | null
  [column: string]: unknown
}

type PageHeader = [
  epoch: string,
  wireRevision: number,
  revision: number,
  changedAt: number,
  lastSilentRemoval: number,
  lastPosition: number | null,
  scopes: string[][],
  excludedScopes: string[],
  stale: 0 | 1,
  /** Where the scan ended, if the page ends there. */
  end: [publishedAt: number, id: string] | null,
]

/**
 * Reads validator and articles together in one round trip: content may be newer than its validator, never older. The
 * articles are picked in an expression that is not evaluated for a known validator, so that a 304 reads one row a scope.
 * @param conditions what the client has: validators (epoch.revision), or the second until which it has every change.
 */
export async function readSelection(
  db: Db,
  query: SelectionQuery,
  conditions: { validators: string[]; until: number },
): Promise<SelectionPage> {
  const { selection, part } = query
  const validators = sql.join(
    ["", ...conditions.validators].map((validator) => sql`${validator}`),
    sql`, `,
  )
  const validator = sql`select v.*, v.epoch || '.' || v.revision not in (${validators})
      and v.changed_at / 1000 * 1000 > ${conditions.until} stale
    from (${selectionValidator(selection, part.kind === "archive" ? part.no : undefined)}) v`
  const select = sql<PageRow>`
    select case when coalesce(p.key, 0) = 0 then json_array(v.epoch, v.wire_revision, v.revision, v.changed_at, v.last_silent_removal,
        v.last_position, json(v.scope_lists), json(v.excluded_scopes), v.stale, json(${endOfScan(selection, part)})) end header,
      p.value ->> 1 bits, c.no gone_commit_no, c.at gone_at, a.state, ${articleColumns}, b.html
    from (select v.*, case when v.stale then ${pickEntries(query)} end entries from (${validator}) v limit 1) v
    left join json_each(v.entries) p
    left join articles a on a.seq = p.value ->> 0
    left join commits c on c.no = p.value ->> 2
    left join bodies b on b.seq = p.value ->> 3`

  const [rows, directoryOf] = await readRowsAndDirectory(db, select)
  const header = rows.find((row) => row.header !== null)?.header
  if (!header) throw new ConfigurationError("the wire has no row: apply the migrations")
  const [
    epoch,
    wireRevision,
    revision,
    changedAt,
    lastSilentRemoval,
    lastPosition,
    scopes,
    excludedScopes,
    stale,
    end,
  ] = JSON.parse(header) as PageHeader
  const directory = await directoryOf({ epoch, revision: wireRevision })
  const unknownTerm = [...scopes.flat(), ...excludedScopes].find(isUnknownTerm)
  const page: SelectionPage = {
    validator: { epoch, revision, changedAt, lastSilentRemoval },
    scopes,
    excludedScopes,
    ...(unknownTerm !== undefined && { unknownTerm }),
    directory,
    archives: Math.floor((lastPosition ?? 0) / ARCHIVE_ENTRIES),
    deletedEntries: [],
  }
  if (!stale || unknownTerm !== undefined) return page
  const { next = end && { publishedAt: end[0], id: end[1] }, articles, deletedEntries } = pageEntries(rows, part)
  return { ...page, articles, deletedEntries, ...(next && { next }) }
}

/** The key of a term that the directory does not know is the term itself. */
export const isUnknownTerm = (scope: string): boolean => /^(sections|publishers)\//.test(scope)

/**
 * Runs a statement whose answer needs the directory: an isolate that has none cached reads it in the same round trip.
 * @returns its rows, and a function that returns the directory of a revision of the wire, or a newer one.
 */
export async function readRowsAndDirectory<R>(
  db: Db,
  select: SQL<R>,
): Promise<[rows: R[], directoryOf: (wire: { epoch: string; revision: number }) => Promise<Directory>]> {
  const directoryInCache = cachedDirectory()
  const [rows, wire] = directoryInCache ? [await db.all<R>(select)] : await batch(db, [select, selectDirectory])
  const directory = wire ? parseDirectory(wire) : directoryInCache
  return [
    rows,
    async ({ epoch, revision }) =>
      // If the directory changed since this isolate read it, it is read again. One that is newer than the validator is
      // harmless.
      directory?.epoch === epoch && directory.revision >= revision ? directory : readDirectory(db),
  ]
}

interface PageEntries {
  articles: StoredArticle[]
  deletedEntries: DeletedEntry[]
  next?: ListPosition
}

/**
 * The entries in the rows of a page. The query reads one entry more than the page holds, to know whether there is a next
 * page.
 */
function pageEntries(rows: PageRow[], part: SelectionPart): PageEntries {
  const entryRows = rows.filter(({ id }) => id !== null).sort(newestFirst)
  const memberRows = entryRows.filter(({ bits }) => !((bits ?? 0) & DELETED_BIT))
  const listRows = memberRows.filter(({ bits }) => (bits ?? 0) & LISTED_BIT)
  const entries = part.kind === "archive" ? ARCHIVE_ENTRIES : part.entries
  const firstBeyond = listRows[entries]
  const last = listRows[entries - 1]
  return {
    articles: memberRows.filter((row) => row !== firstBeyond || row.bits !== LISTED_BIT).map(articleOf),
    deletedEntries: entryRows.filter(({ bits }) => (bits ?? 0) & DELETED_BIT).map(deletedEntryOf),
    ...(firstBeyond && last && { next: positionOf(last) }),
  }
}

function newestFirst(a: PageRow, b: PageRow): number {
  const difference = Number(b.published_at) - Number(a.published_at)
  return difference !== 0 ? difference : String(a.id) < String(b.id) ? 1 : -1
}

const positionOf = (row: PageRow): ListPosition => ({ publishedAt: row.published_at as number, id: row.id as string })

function deletedEntryOf(row: PageRow): DeletedEntry {
  return {
    id: row.id as string,
    commitNo: row.gone_commit_no as number,
    // Never earlier than the last date of the article.
    at: Math.max(row.gone_at as number, (row.corrected_at as number | null) ?? 0),
    reason: row.state === "deleted" ? "withdrawn" : "moved",
  }
}

/** @param row with articleColumns, and perhaps html. */
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
    dir: row.dir as Direction | null,
    title: row.title as string | null,
    subtitle: row.subtitle as string | null,
    summary: row.summary as string | null,
    dateline: row.dateline as string | null,
    details: JSON.parse(row.details as string),
    duplicates: row.duplicates === null ? [] : JSON.parse(row.duplicates as string),
    suppressed: row.suppressed === 1,
    ...(row.html !== null && row.html !== undefined && { html: row.html as string }),
  }
}
