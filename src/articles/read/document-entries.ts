/** Builds the SQL that selects the entries of a document. guarded() runs it only if the client's copy is stale. */
import { type SQL, sql } from "drizzle-orm"
import { literal } from "../../db/client.ts"
import { ARCHIVE_ENTRIES, lastArchivedPosition, MAX_AMENDMENTS } from "../write/memberships.ts"
import { bodyCount } from "./page-bodies.ts"
import {
  FIRST_SCOPE,
  isInDrivingScopes,
  isPlain,
  isSelected,
  LIST_START,
  type ScanRange,
  scanSelection,
} from "./scan-selection.ts"
import type { ScopeSelection } from "./selection-terms.ts"

/**
 * The part of a selection that a document shows: the newest entries with amendments (recent corrections and removals),
 * a page of entries below a position, or an archive.
 */
export type SelectionPart =
  | { kind: "subscription"; entries: number; hasArchives: boolean }
  | ({ kind: "page"; entries: number } & ScanRange)
  | { kind: "archive"; no: number }

export interface SelectionQuery {
  selection: ScopeSelection
  part: SelectionPart
  /** The limit for the size of all bodies together. The article that reaches the limit is the last one with a body. */
  bodyBytes: number
}

/** The columns of guarded()'s row that this file computes. A column may use the columns before it. */
interface EntryParts {
  /** JSON {ids, bytes}: the newest articles, with one article more than the page shows if there is another page. */
  scan?: SQL
  /** JSON: the ids of the page. */
  listed?: SQL
  /** JSON {amended: [{id, published_at}], deleted: [{id, commit_no, at, reason}]}. */
  amendments?: SQL
  /** JSON {ids, bytes}: the entries that follow the newest articles. */
  later?: SQL
  /** JSON: the ids of all entries, newest first. */
  entries: SQL
  /** The number of entries with a body. */
  body_count?: SQL
  /** JSON {published_at, id}: the position at which the scan ended, if the page ends there. */
  scan_end?: SQL
}

/** Returns the parts of the statement for guarded(). @param v the alias of guarded()'s row */
export function entryParts(v: SQL, { selection, part, bodyBytes }: SelectionQuery): EntryParts {
  const withBodies = (ids: SQL, ...bytes: SQL[]) =>
    bodyBytes === 0 ? {} : { body_count: bodyCount(ids, sql.join(bytes, sql` + `), bodyBytes) }
  if (part.kind === "archive") {
    return {
      scan: listOf(archiveEntries(v, part.no), bodyBytes),
      entries: sql`${v}.scan -> 'ids'`,
      ...withBodies(sql`${v}.entries`, sql`(${v}.scan ->> 'bytes')`),
    }
  }
  const range = part.kind === "page" ? part : { below: LIST_START }
  const { articles, end, scanLimit } = scanSelection(v, selection, range, part.entries + 1)
  const scan = listOf(articles, bodyBytes)
  const listed = sql`json_remove(${v}.scan -> 'ids', ${sql.raw(`'$[${part.entries}]'`)})`
  const scanEnd = end && endOfScan(v, end, scanLimit, part.entries)
  if (part.kind === "page") {
    return {
      scan,
      listed,
      entries: sql`${v}.listed`,
      ...withBodies(sql`${v}.entries`, sql`(${v}.scan ->> 'bytes')`),
      ...(scanEnd && { scan_end: scanEnd }),
    }
  }
  return {
    scan,
    listed,
    amendments: latestAmendments(v, selection, Math.min(MAX_AMENDMENTS, part.entries)),
    later: listOf(laterEntries(v, part.hasArchives), bodyBytes),
    entries: concatenated(sql`${v}.listed`, sql`(${v}.later ->> 'ids')`),
    ...withBodies(sql`${v}.entries`, sql`(${v}.scan ->> 'bytes')`, sql`(${v}.later ->> 'bytes')`),
    ...(scanEnd && { scan_end: scanEnd }),
  }
}

/** Joins two JSON lists of ids. It can join their texts, because ids contain no brackets. */
const concatenated = (first: SQL, second: SQL): SQL => sql`case
      when ${first} = '[]' then ${second}
      when ${second} = '[]' then ${first}
      else replace(${first} || ${second}, '][', ',') end`

/** @param articles a query of article_id in the order of the list */
const listOf = (articles: SQL, bodyBytes: number): SQL => sql`(
      select json_object('ids', json_group_array(article_id)${
        bodyBytes === 0 ? sql`` : sql`, 'bytes', total((select size_in_bytes from articles where id = article_id))`
      })
      from (${articles}))`

function archiveEntries(v: SQL, no: number): SQL {
  const last = literal(no * ARCHIVE_ENTRIES)
  const first = literal((no - 1) * ARCHIVE_ENTRIES + 1)
  return sql`
      select article_id
      from memberships
      where scope = ${v}.${FIRST_SCOPE} and position between ${first} and ${last} and ${last} <= ${v}.last_position
      order by published_at desc, article_id desc`
}

/** All ids have the same length and are quoted, so instr() never finds an id inside another id. */
const isListed = (v: SQL, id: SQL): SQL => sql`instr(${v}.listed, ${id})`

/** Returns amended articles that are still selected, and articles that are in no complete archive. */
function laterEntries(v: SQL, hasArchives: boolean): SQL {
  const amended = sql`
        select value ->> 'id' article_id, value ->> 'published_at' published_at
        from json_each(${v}.amendments, '$.amended')`
  const unarchived = sql`
        select article_id, published_at
        from memberships
        where scope = ${v}.${FIRST_SCOPE} and ${v}.last_position >= ${literal(ARCHIVE_ENTRIES)}
          and position > ${lastArchivedPosition(sql`${v}.last_position`)}
          and not silent and not ${isListed(v, sql`article_id`)}`
  return sql`
      select article_id
      from (${hasArchives ? sql`${amended} union ${unarchived}` : amended})
      order by published_at desc, article_id desc`
}

/**
 * Returns the latest amendments. Each scope stores its amendments, the latest first, so `limit` of each scope are
 * enough. The row of the validator already has the amendments of a single scope. An article may have amendments in
 * several scopes.
 */
function latestOf(v: SQL, selection: ScopeSelection, limit: SQL): SQL {
  if (isPlain(selection))
    return sql`
          select key seq, value commit_no
          from json_each(${v}.scope_amendments)
          where value is not null
          limit ${limit}`
  if (selection.all.every((list) => list.length === 1))
    return sql`
          select m.key seq, m.value commit_no
          from scopes s, json_each(s.amendments) m
          where s.key = ${v}.driver ->> 0 and m.value is not null
          limit ${limit}`
  return sql`
          select m.key seq, max(m.value) commit_no
          from json_each(${v}.driver) d
          cross join scopes s on s.key = d.value
          cross join json_each(s.amendments) m
          where m.value is not null
          group by m.key
          order by commit_no desc, seq
          limit ${limit}`
}

/**
 * Returns the latest amendments of articles that the page does not list: articles that are selected, and articles that
 * left the scopes of the driving list (the list that is scanned, see selectionValidator()).
 */
function latestAmendments(v: SQL, selection: ScopeSelection, count: number): SQL {
  const limit = literal(count)
  const [at, id] = [sql`a.published_at`, sql`a.id`]
  const latest = latestOf(v, selection, limit)
  const isMember = isInDrivingScopes(v, selection, at, id)
  const state = isPlain(selection)
    ? sql`iif(${isMember}, 'selected', 'left')`
    : sql`case when not ${isMember} then 'left' when ${isSelected(v, selection, at, id)} then 'selected' end`
  // The time of a tombstone must not be before the last date that feeds showed for the article.
  return sql`(
      select json_object(
        'amended', json_group_array(json_object('id', id, 'published_at', published_at))
          filter (where selection_state = 'selected'),
        'deleted', json_group_array(json_object(
          'id', id, 'commit_no', commit_no,
          'at', max((select at from commits where no = commit_no), coalesce(corrected_at, 0)),
          'reason', iif(state in ('deleted', 'taken_down'), 'withdrawn', 'moved'))) filter (where selection_state = 'left'))
      from (
        select a.id, a.published_at, a.corrected_at, a.state, m.commit_no, ${state} selection_state
        from (${latest}) m
        cross join articles a on a.seq = m.seq
        where not ${isListed(v, sql`a.id`)}
        limit ${limit}))`
}

/**
 * Returns the start of the next page if the scan reached its limit. A second statement could not find it, because
 * articles may leave the list before.
 */
const endOfScan = (v: SQL, end: SQL, scanLimit: number, entries: number): SQL => sql`case
      when ${v}.article_count >= ${literal(scanLimit)} and json_array_length(${v}.scan -> 'ids') <= ${literal(entries)}
      then (select json_object('published_at', published_at, 'id', id) from (${end})) end`
