/** Reading articles: the only file that reads bodies. No query reads the clock. */
import { type SQL, sql } from "drizzle-orm"
import { batch, type Db } from "../db/client.ts"
import type { Direction } from "../formats/feed.ts"
import type { ArticleDetails } from "./article.ts"
import { type Directory, parseDirectory, rememberedDirectory, selectWire } from "./directory.ts"
import {
  isSelected,
  labelOf,
  lookDown,
  type Position,
  type Selected,
  START,
  standsWhereLooked,
  whole,
} from "./selection.ts"
import { ARCHIVE_ENTRIES, archivedUntil } from "./standings.ts"
import type { Also } from "./stories.ts"

/** The state of a selection: the same label means the same articles and names. */
export interface Label {
  epoch: string
  /** That of the selection or the wire's, whichever is later. */
  revision: number
  /** Milliseconds; grows by a second at least with each revision that shows. */
  changedAt: number
}

export interface StoredArticle {
  id: string
  publisherUid: string
  guid: string
  commitNo: number
  publishedAt: number
  updatedAt: number | null
  versionAt: number
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

/**
 * What is wanted of a selection: the newest entries with what subscribers must hear of beside them, a page below a
 * position, or an archive.
 */
export type Part =
  | { kind: "subscription"; entries: number; archived: boolean }
  | { kind: "page"; entries: number; below: Position }
  | { kind: "archive"; no: number }

export interface Wanted {
  selected: Selected
  part: Part
  /** Bytes of bodies; the article at which they are reached is the last that has one. */
  bodyBytes: number
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

/** Amendments that subscribers are told of, at most. */
export const AMENDMENTS = 50

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
  entered: number | null,
  scopes: string[][],
  without: string[],
  standing: number,
  stale: 0 | 1,
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
    select case when coalesce(p.key, 0) = 0 then json_array(g.epoch, g.wire_revision, g.revision, g.changed_at, g.entered,
        json(g.dims), json(g.nots), g.standing, g.stale) end label,
      p.value ->> 1 bits, k.no gone_no, k.at gone_at, a.id, a.publisher_uid, a.guid, a.state, a.commit_no, a.published_at,
      a.updated_at, a.version_at, a.url, a.lang, a.dir, a.title, a.subtitle, a.summary, a.dateline, a.details, a.also, b.html
    from (${guarded}) g
    left join json_each(case when g.stale then ${pick(wanted)} end) p
    left join articles a on a.seq = p.value ->> 0
    left join commits k on k.no = p.value ->> 2
    left join bodies b on b.seq = p.value ->> 3`

  let rows: PageRow[]
  let directory = rememberedDirectory()
  if (directory) {
    rows = await db.all<PageRow>(select)
  } else {
    const [page, wire] = await batch(db, [select, selectWire])
    rows = page
    directory = parseDirectory(wire)
  }
  const label = rows.find((row) => row.label !== null)?.label
  if (!label) throw new Error("the wire has no row: apply the migrations")
  const [epoch, wireRevision, revision, changedAt, entered, scopes, without, standing, stale] = JSON.parse(
    label,
  ) as LabelParts
  // Rare: names changed since this isolate read them. Newer names under an older label are harmless.
  if (directory.epoch !== epoch || directory.revision < wireRevision) directory = await readDirectory(db)

  const unknown = [...scopes.flat(), ...without].find(leadsNowhere)
  const page: Page = {
    label: { epoch, revision, changedAt },
    scopes,
    without,
    ...(unknown !== undefined && { unknown }),
    directory,
    archives: Math.floor((entered ?? 0) / ARCHIVE_ENTRIES),
    departures: [],
  }
  if (!stale || unknown !== undefined) return page
  const { full, ...shown } = shownOf(rows, part)
  const next = shown.next ?? (full ? undefined : await endOfScan(db, wanted, standing))
  return { ...page, ...shown, ...(next && { next }) }
}

/** A term that the directory does not know is left as it was. */
const leadsNowhere = (scope: string): boolean => /^(sections|publishers)\//.test(scope)

export async function readDirectory(db: Db): Promise<Directory> {
  return parseDirectory(await db.all(selectWire))
}

/** Why an article is on a page: one or more of these. */
const LISTED = 1
const UNARCHIVED = 2
const AMENDED = 4
const GONE = 8

/**
 * A JSON list of [articles.seq, bits, commit by which it went, bodies.seq], in the order of the page; the last only until
 * there are bodies enough, because a page of the largest articles would not fit into memory.
 */
function pick({ selected, part, bodyBytes }: Wanted): SQL {
  return sql`(select json_group_array(json_array(seq, bits, gone, iif(bytes - size < ${bodyBytes}, seq, null))) from (
    select a.seq, e.bits, e.gone, a.size, sum(a.size) over (order by a.published_at desc, a.id desc) bytes
    from (${entriesOf(selected, part)}) e cross join articles a on a.id = e.article_id))`
}

/** The articles of a part: article_id, bits, gone. */
function entriesOf(selected: Selected, part: Part): SQL {
  const scope = sql`g.scope_0_0`
  if (part.kind === "archive") {
    const last = part.no * ARCHIVE_ENTRIES
    return sql`select article_id, ${LISTED} bits, null gone from standings
      where scope = ${scope} and position > ${last - ARCHIVE_ENTRIES} and position <= ${last} and ${last} <= g.entered`
  }
  const below = part.kind === "page" ? part.below : START
  const { articles } = lookDown(selected, below, part.entries + 1)
  const listed = sql`select article_id, ${LISTED} bits, null gone from (${articles})`
  if (part.kind === "page") return listed
  const unarchived = sql`select article_id, ${UNARCHIVED}, null from standings
    where scope = ${scope} and g.entered >= ${ARCHIVE_ENTRIES} and position > ${archivedUntil(sql`g.entered`)}`
  return sql`select article_id, sum(distinct bits) bits, max(gone) gone from (
    ${listed} union all ${amended(selected, Math.min(AMENDMENTS, part.entries))}
    ${part.archived ? sql`union all ${unarchived}` : sql``}) group by article_id`
}

/** The latest amendments: articles that are still selected appear again, those that left the scopes looked at are gone. */
function amended(selected: Selected, count: number): SQL {
  const [at, id] = [sql`a.published_at`, sql`a.id`]
  return sql`select article_id, bit, iif(bit = ${GONE}, commit_no, null) from (
    select m.article_id, m.commit_no, case when not ${standsWhereLooked(selected, at, id)} then ${GONE}
      when ${isSelected(selected, at, id)} then ${AMENDED} end bit
    from (
      select article_id, max(commit_no) commit_no from (
        select m.article_id, m.commit_no from json_each(g.driver) s cross join amendments m on m.scope = s.value
          and m.commit_no >= coalesce((select commit_no from amendments where scope = s.value
            order by commit_no desc limit 1 offset ${whole(count - 1)}), 0))
      group by article_id order by 2 desc limit ${whole(count)}) m
    cross join articles a on a.id = m.article_id) where bit is not null`
}

interface Shown {
  articles: StoredArticle[]
  departures: Departure[]
  next?: Position
  /** Whether as many entries as were asked for were listed. */
  full: boolean
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
    full: part.kind === "archive" || listed.length > entries,
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
    at: row.gone_at as number,
    reason: row.state === "deleted" ? "withdrawn" : "moved",
  }
}

/**
 * Where the next page begins if this one ended because it had scanned enough: a second round trip, for short pages only.
 * @param standing how many articles stand in the scopes that were scanned.
 */
async function endOfScan(db: Db, { selected, part }: Wanted, standing: number): Promise<Position | undefined> {
  if (part.kind === "archive") return undefined
  const { end, scanned } = lookDown(selected, part.kind === "page" ? part.below : START, part.entries + 1)
  if (end === undefined || standing < scanned) return undefined
  const [row] = await db.all<{ position: string | null }>(
    sql`select (select json_array(published_at, id) from (${end})) position from (${labelOf(selected, undefined)}) g`,
  )
  const [publishedAt, id] = JSON.parse(row?.position ?? "[]") as [number?, string?]
  return publishedAt === undefined || id === undefined ? undefined : { publishedAt, id }
}

function articleOf(row: PageRow): StoredArticle {
  return {
    id: row.id as string,
    publisherUid: row.publisher_uid as string,
    guid: row.guid as string,
    commitNo: row.commit_no as number,
    publishedAt: row.published_at as number,
    updatedAt: row.updated_at as number | null,
    versionAt: row.version_at as number,
    url: row.url as string | null,
    lang: row.lang as string | null,
    dir: row.dir as Direction | null,
    title: row.title as string | null,
    subtitle: row.subtitle as string | null,
    summary: row.summary as string | null,
    dateline: row.dateline as string | null,
    details: JSON.parse(row.details as string),
    also: row.also === null ? [] : JSON.parse(row.also as string),
    ...(row.html !== null && { html: row.html as string }),
  }
}
