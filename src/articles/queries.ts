/** Reading the articles of a selection. No query reads the clock. */

import { type SQL, sql } from "drizzle-orm"
import { batch, type Db } from "../db/client.ts"
import type { Direction } from "../formats/feed.ts"
import { ConfigurationError } from "../http/cause.ts"
import type { Also, ArticleDetails } from "./article.ts"
import { type Directory, parseDirectory, rememberedDirectory, selectWire } from "./directory.ts"
import { endOfScan, GONE, LISTED, type Part, pick, type Wanted } from "./entries.ts"
import { labelOf, type Position } from "./selection.ts"
import { ARCHIVE_ENTRIES } from "./standings.ts"

/** The state of a selection: the same label means the same articles and names. */
export interface Label {
  epoch: string
  /** That of the selection or the wire's, whichever is later. */
  revision: number
  /** Milliseconds; grows by a second at least with each revision that shows. */
  changedAt: number
  /** The last revision by which an article went down a list without anybody being told. */
  sunk: number
}

export interface StoredArticle {
  id: string
  publisherUid: string
  guid: string
  commitNo: number
  publishedAt: number
  updatedAt: number | null
  /** When it was corrected without a date of change, or published again. */
  correctedAt: number | null
  url: string | null
  lang: string | null
  dir: Direction | null
  title: string | null
  subtitle: string | null
  summary: string | null
  dateline: string | null
  details: ArticleDetails
  /** Articles of other publishers about the same story, for which this one stands. */
  also: Also[]
  /** Whether another publisher's article stands for this one. */
  withheld: boolean
  /** Absent where the page asked for none, or had as many bytes of bodies as it may. */
  html?: string
}

/** An article that stood in the selection and no longer does. */
export interface Departure {
  id: string
  commitNo: number
  /** Milliseconds UTC, of the commit. */
  at: number
  reason: "withdrawn" | "moved"
}

export interface Page {
  label: Label
  /** Keys of the scopes, in the lists and the order in which they were asked for. */
  scopes: string[][]
  /** Keys of those taken away. */
  without: string[]
  /** The term of the selection that leads nowhere. */
  unknown?: string
  directory: Directory
  /** Complete archives. */
  archives: number
  /** Absent: the label is one of those known, nothing else was read. */
  articles?: StoredArticle[]
  departures: Departure[]
  /** Where the next page begins. */
  next?: Position
}

/** The columns of `articles a` that articleOf() reads; the body is `html`. */
export const articleColumns = sql`a.id, a.publisher_uid, a.guid, a.commit_no, a.published_at, a.updated_at, a.corrected_at,
  a.url, a.lang, a.dir, a.title, a.subtitle, a.summary, a.dateline, a.details, a.also, a.withheld`

interface PageRow {
  /** JSON: LabelParts; in one row only, or it would be read and parsed as often as there are entries. */
  label: string | null
  bits: number | null
  id: string | null
  [column: string]: unknown
}

type LabelParts = [
  epoch: string,
  wireRevision: number,
  revision: number,
  changedAt: number,
  sunk: number,
  entered: number | null,
  scopes: string[][],
  without: string[],
  stale: 0 | 1,
  /** Where the scan ended, if that is why the page has no more. */
  end: [publishedAt: number, id: string] | null,
]

/**
 * Reads label and articles together in one round trip: content may be newer than its label, never older. The articles are
 * picked in an expression that is not evaluated for a known label, so that a 304 reads one row a scope.
 * @param known what somebody already holds: labels (epoch.revision), or all that changed in a second until this one.
 */
export async function readPage(db: Db, wanted: Wanted, known: { labels: string[]; until: number }): Promise<Page> {
  const { selected, part } = wanted
  const labels = sql.join(
    ["", ...known.labels].map((label) => sql`${label}`),
    sql`, `,
  )
  const guarded = sql`select l.*, l.epoch || '.' || l.revision not in (${labels})
      and l.changed_at / 1000 * 1000 > ${known.until} stale
    from (${labelOf(selected, part.kind === "archive" ? part.no : undefined)}) l`
  const select = sql<PageRow>`
    select case when coalesce(p.key, 0) = 0 then json_array(g.epoch, g.wire_revision, g.revision, g.changed_at, g.sunk,
        g.entered, json(g.dims), json(g.nots), g.stale, json(${endOfScan(selected, part)})) end label,
      p.value ->> 1 bits, k.no gone_no, k.at gone_at, a.state, ${articleColumns}, b.html
    from (select g.*, case when g.stale then ${pick(wanted)} end picked from (${guarded}) g limit 1) g
    left join json_each(g.picked) p
    left join articles a on a.seq = p.value ->> 0
    left join commits k on k.no = p.value ->> 2
    left join bodies b on b.seq = p.value ->> 3`

  const [rows, directoryOf] = await withDirectory(db, select)
  const label = rows.find((row) => row.label !== null)?.label
  if (!label) throw new ConfigurationError("the wire has no row: apply the migrations")
  const [epoch, wireRevision, revision, changedAt, sunk, entered, scopes, without, stale, end] = JSON.parse(
    label,
  ) as LabelParts
  const directory = await directoryOf({ epoch, revision: wireRevision })
  const unknown = [...scopes.flat(), ...without].find(leadsNowhere)
  const page: Page = {
    label: { epoch, revision, changedAt, sunk },
    scopes,
    without,
    ...(unknown !== undefined && { unknown }),
    directory,
    archives: Math.floor((entered ?? 0) / ARCHIVE_ENTRIES),
    departures: [],
  }
  if (!stale || unknown !== undefined) return page
  const { next = end && { publishedAt: end[0], id: end[1] }, ...shown } = shownOf(rows, part)
  return { ...page, ...shown, ...(next && { next }) }
}

/** A term that the directory does not know is left as it was. */
export const leadsNowhere = (scope: string): boolean => /^(sections|publishers)\//.test(scope)

/**
 * Runs a statement beside which names are needed: an isolate that does not know them reads them in the same round trip.
 * @returns its rows, and the directory as it was when the wire was at a revision, or newer.
 */
export async function withDirectory<R>(
  db: Db,
  select: SQL<R>,
): Promise<[rows: R[], directoryOf: (wire: { epoch: string; revision: number }) => Promise<Directory>]> {
  const remembered = rememberedDirectory()
  const [rows, wire] = remembered ? [await db.all<R>(select)] : await batch(db, [select, selectWire])
  const known = wire ? parseDirectory(wire) : remembered
  return [
    rows,
    async ({ epoch, revision }) =>
      // Rare: names changed since this isolate read them. Newer names under an older label are harmless.
      known?.epoch === epoch && known.revision >= revision ? known : readDirectory(db),
  ]
}

export async function readDirectory(db: Db): Promise<Directory> {
  return parseDirectory(await db.all(selectWire))
}

interface Shown {
  articles: StoredArticle[]
  departures: Departure[]
  next?: Position
}

/** Rows of a page → what it shows. One entry more than wanted was looked for, to know whether there is one. */
function shownOf(rows: PageRow[], part: Part): Shown {
  const picked = rows.filter(({ id }) => id !== null).sort(newestFirst)
  const standing = picked.filter(({ bits }) => !((bits ?? 0) & GONE))
  const listed = standing.filter(({ bits }) => (bits ?? 0) & LISTED)
  const entries = part.kind === "archive" ? ARCHIVE_ENTRIES : part.entries
  const beyond = listed[entries]
  const last = listed[entries - 1]
  return {
    articles: standing.filter((row) => row !== beyond || row.bits !== LISTED).map(articleOf),
    departures: picked.filter(({ bits }) => (bits ?? 0) & GONE).map(departureOf),
    ...(beyond && last && { next: positionOf(last) }),
  }
}

function newestFirst(a: PageRow, b: PageRow): number {
  const later = Number(b.published_at) - Number(a.published_at)
  return later !== 0 ? later : String(a.id) < String(b.id) ? 1 : -1
}

const positionOf = (row: PageRow): Position => ({ publishedAt: row.published_at as number, id: row.id as string })

function departureOf(row: PageRow): Departure {
  return {
    id: row.id as string,
    commitNo: row.gone_no as number,
    // Never before what it withdraws.
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
    lang: row.lang as string | null,
    dir: row.dir as Direction | null,
    title: row.title as string | null,
    subtitle: row.subtitle as string | null,
    summary: row.summary as string | null,
    dateline: row.dateline as string | null,
    details: JSON.parse(row.details as string),
    also: row.also === null ? [] : JSON.parse(row.also as string),
    withheld: row.withheld === 1,
    ...(row.html !== null && row.html !== undefined && { html: row.html as string }),
  }
}
