/**
 * Which entries a document holds, as SQL: the newest with the amendments that subscribers need, a page, or an archive.
 * All of it is part of a statement that has the validator of the selection as v (see scan-selection.ts).
 */
import { type SQL, sql } from "drizzle-orm"
import { literal } from "../../db/client.ts"
import { ARCHIVE_ENTRIES, lastArchivedPosition, MAX_AMENDMENTS } from "../write/memberships.ts"
import { isInDrivingScopes, isSelected, LIST_START, type ScanRange, scanSelection } from "./scan-selection.ts"
import type { ScopeSelection } from "./selection-terms.ts"

/**
 * The part of a selection to read: the newest entries with the amendments that subscribers need, a page below a position,
 * or an archive.
 */
export type SelectionPart =
  | { kind: "subscription"; entries: number; hasArchives: boolean }
  | ({ kind: "page"; entries: number } & ScanRange)
  | { kind: "archive"; no: number }

export interface SelectionQuery {
  selection: ScopeSelection
  part: SelectionPart
  /** Limit for all bodies; the article that reaches it is the last with a body. */
  bodyBytes: number
}

/** Bits that say why an article is an entry of a document: listed, not yet archived, amended, or gone. */
export const LISTED_BIT = 1
const UNARCHIVED_BIT = 2
const AMENDED_BIT = 4
export const DELETED_BIT = 8

/**
 * A JSON list of [articles.seq, bits, commit_no by which it left, bodies.seq], in the order of the page; the last is
 * null once the limit of body bytes is reached, because a page of the largest articles would not fit into memory.
 */
export function pickEntries({ selection, part, bodyBytes }: SelectionQuery): SQL {
  return sql`(select json_group_array(json_array(seq, bits, gone_commit_no, iif(bytes - size_in_bytes < ${bodyBytes}, seq, null))) from (
    select a.seq, e.bits, e.gone_commit_no, a.size_in_bytes, sum(a.size_in_bytes) over (order by a.published_at desc, a.id desc) bytes
    from (${entriesOf(selection, part)}) e cross join articles a on a.id = e.article_id))`
}

/** The articles of a part: article_id, bits, gone_commit_no. */
function entriesOf(selection: ScopeSelection, part: SelectionPart): SQL {
  const scope = sql`v.scope_0_0`
  if (part.kind === "archive") {
    const last = part.no * ARCHIVE_ENTRIES
    return sql`select article_id, ${LISTED_BIT} bits, null gone_commit_no from memberships
      where scope = ${scope} and position > ${last - ARCHIVE_ENTRIES} and position <= ${last} and ${last} <= v.last_position`
  }
  const { articles } = scanSelection(selection, rangeOf(part), part.entries + 1)
  const listEntries = sql`select article_id, ${LISTED_BIT} bits, null gone_commit_no from (${articles})`
  if (part.kind === "page") return listEntries
  const unarchivedEntries = sql`select article_id, ${UNARCHIVED_BIT}, null from memberships
    where scope = ${scope} and v.last_position >= ${ARCHIVE_ENTRIES} and position > ${lastArchivedPosition(sql`v.last_position`)}
      and not silent`
  return sql`select article_id, sum(distinct bits) bits, max(gone_commit_no) gone_commit_no from (
    ${listEntries} union all ${latestAmendments(selection, Math.min(MAX_AMENDMENTS, part.entries))}
    ${part.hasArchives ? sql`union all ${unarchivedEntries}` : sql``}) group by article_id`
}

const rangeOf = (part: Exclude<SelectionPart, { kind: "archive" }>): ScanRange =>
  part.kind === "page" ? part : { below: LIST_START }

/** The latest amendments: articles that are still selected are listed again, those that left the driving scopes are gone. */
function latestAmendments(selection: ScopeSelection, count: number): SQL {
  const [at, id] = [sql`a.published_at`, sql`a.id`]
  // Of one scope no article is there twice, and to group them would read each again.
  const isInSeveral = selection.all.some((list) => list.length > 1)
  return sql`select article_id, bit, iif(bit = ${DELETED_BIT}, commit_no, null) from (
    select a.id article_id, m.commit_no, case when not ${isInDrivingScopes(selection, at, id)} then ${DELETED_BIT}
      when ${isSelected(selection, at, id)} then ${AMENDED_BIT} end bit
    from (select m.key seq, ${isInSeveral ? sql`max(m.value)` : sql`m.value`} commit_no
      from json_each(v.driver) d cross join scopes s on s.key = d.value cross join json_each(s.amendments) m
      where m.value is not null ${isInSeveral ? sql`group by 1` : sql``} order by 2 desc, 1 limit ${literal(count)}) m
    cross join articles a on a.seq = m.seq) where bit is not null`
}

/**
 * Where the next page begins if this one ended at the limit of its scan, as JSON. It is read in the same statement: between two
 * statements articles may leave, and then the same number of memberships would reach further.
 */
export function endOfScan(selection: ScopeSelection, part: SelectionPart): SQL {
  if (part.kind === "archive") return sql`null`
  const { end, scanLimit } = scanSelection(selection, rangeOf(part), part.entries + 1)
  if (end === undefined) return sql`null`
  return sql`case when v.stale and v.article_count >= ${literal(scanLimit)}
      and (select count(*) from json_each(v.entries) where value ->> 1 & ${literal(LISTED_BIT)}) <= ${literal(part.entries)}
    then (select json_array(published_at, id) from (${end})) end`
}
