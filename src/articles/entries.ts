/**
 * Which entries a document holds, as SQL: the newest with what subscribers must hear of beside them, a page, or an archive.
 * Everything here stands in a statement that has the label of the selection as g (see selection.ts).
 */
import { type SQL, sql } from "drizzle-orm"
import { literal } from "../db/client.ts"
import { isSelected, lookDown, type Selected, START, type Stretch, standsWhereLooked } from "./selection.ts"
import { ARCHIVE_ENTRIES, archivedUntil } from "./standings.ts"

/**
 * What is wanted of a selection: the newest entries with what subscribers must hear of beside them, a page below a
 * position, or an archive.
 */
export type Part =
  | { kind: "subscription"; entries: number; archived: boolean }
  | ({ kind: "page"; entries: number } & Stretch)
  | { kind: "archive"; no: number }

export interface Wanted {
  selected: Selected
  part: Part
  /** Bytes of bodies; the article at which they are reached is the last that has one. */
  bodyBytes: number
}

/** Amendments that subscribers are told of, at most. */
export const AMENDMENTS = 50

/** Why an article is on a page: one or more of these. */
export const LISTED = 1
const UNARCHIVED = 2
const AMENDED = 4
export const GONE = 8

/**
 * A JSON list of [articles.seq, bits, commit by which it went, bodies.seq], in the order of the page; the last only until
 * there are bodies enough, because a page of the largest articles would not fit into memory.
 */
export function pick({ selected, part, bodyBytes }: Wanted): SQL {
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
  const { articles } = lookDown(selected, stretchOf(part), part.entries + 1)
  const listed = sql`select article_id, ${LISTED} bits, null gone from (${articles})`
  if (part.kind === "page") return listed
  const unarchived = sql`select article_id, ${UNARCHIVED}, null from standings
    where scope = ${scope} and g.entered >= ${ARCHIVE_ENTRIES} and position > ${archivedUntil(sql`g.entered`)}
      and not quiet`
  return sql`select article_id, sum(distinct bits) bits, max(gone) gone from (
    ${listed} union all ${amended(selected, Math.min(AMENDMENTS, part.entries))}
    ${part.archived ? sql`union all ${unarchived}` : sql``}) group by article_id`
}

const stretchOf = (part: Exclude<Part, { kind: "archive" }>): Stretch =>
  part.kind === "page" ? part : { below: START }

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
            order by commit_no desc limit 1 offset ${literal(count - 1)}), 0))
      group by article_id order by 2 desc limit ${literal(count)}) m
    cross join articles a on a.id = m.article_id) where bit is not null`
}

/**
 * Where the next page begins if this one ended because it had scanned enough, as JSON. Found in the same statement: between
 * two of them articles may go, and the same number of standings reach further.
 */
export function endOfScan(selected: Selected, part: Part): SQL {
  if (part.kind === "archive") return sql`null`
  const { end, scanned } = lookDown(selected, stretchOf(part), part.entries + 1)
  if (end === undefined) return sql`null`
  return sql`case when g.stale and g.standing >= ${literal(scanned)}
      and (select count(*) from json_each(g.picked) where value ->> 1 & ${literal(LISTED)}) <= ${literal(part.entries)}
    then (select json_array(published_at, id) from (${end})) end`
}
