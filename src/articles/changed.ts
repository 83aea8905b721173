/** What was created or changed since a time, in the order in which it was. */

import { type SQL, sql } from "drizzle-orm"
import { type Db, literal } from "../db/client.ts"
import { ConfigurationError } from "../http/cause.ts"
import { lastCommitBefore } from "./commit.ts"
import type { Directory } from "./directory.ts"
import { isUnknown } from "./label.ts"
import { articleColumns, articleOf, type Label, leadsNowhere, type StoredArticle, withDirectory } from "./queries.ts"
import { isSelected, LEAST_ENTRIES, labelOf, SCAN, type Selected, type Stretch } from "./selection.ts"

/** A place in the order of change. */
interface ChangePosition {
  commitNo: number
  id: string
}

export interface WantedChanges {
  selected: Selected
  /** Milliseconds UTC: what was committed then or later. */
  since: number
  /** Where the last page ended. */
  after?: ChangePosition
  /** By when it must have been published. */
  published: Stretch
  entries: number
  bodyBytes: number
}

export interface ChangedPage {
  label: Pick<Label, "epoch" | "revision" | "changedAt">
  /** Keys of the scopes, in the lists in which they were asked for. */
  scopes: string[][]
  /** The term of the selection that leads nowhere. */
  unknown?: string
  directory: Directory
  /** Absent: the label is one of those known, nothing else was read. */
  articles?: StoredArticle[]
  /** Where the next page begins: there is more, or this one had scanned enough. */
  next?: ChangePosition
}

interface ChangedRow {
  /** JSON, in one row only: see Found. */
  found: string | null
  html: string | null
  [column: string]: unknown
}

type Found = [
  epoch: string,
  wireRevision: number,
  head: number,
  changedAt: number,
  scopes: string[][],
  without: string[],
  stale: 0 | 1,
  end: [commitNo: number, id: string] | null,
]

/**
 * Reads a page of changes in one round trip. Every article is there once, in its newest form: one that changes while
 * somebody goes from page to page moves to the end, and whoever walks that far meets it there. So nothing is skipped, and
 * nothing comes twice in the same form.
 *
 * The label is the last commit of all: which articles stand between two places of this order changes with every one of them.
 * At most SCAN rows are read for each entry, so a page may be short, or empty, and yet go on.
 * @param known labels (epoch.revision) that somebody holds already.
 */
export async function readChanged(db: Db, wanted: WantedChanges, known: string[]): Promise<ChangedPage> {
  const { entries } = wanted
  const select = sql<ChangedRow>`
    select case when coalesce(p.key, 0) = 0 then json_array(g.epoch, g.wire_revision, g.head, g.changed_at, json(g.dims),
        json(g.nots), g.stale, json(${endOfScan(wanted)})) end found, ${articleColumns}, b.html
    from (select g.*, case when g.stale then ${pick(wanted)} end picked from (${guarded(wanted, known)}) g limit 1) g
    left join json_each(g.picked) p
    left join articles a on a.seq = p.value ->> 0
    left join bodies b on b.seq = p.value ->> 1`
  const [rows, directoryOf] = await withDirectory(db, select)
  const found = rows.find((row) => row.found !== null)?.found
  if (!found) throw new ConfigurationError("the wire has no row: apply the migrations")
  const [epoch, wireRevision, head, changedAt, scopes, without, stale, end] = JSON.parse(found) as Found
  const unknown = [...scopes.flat(), ...without].find(leadsNowhere)
  const page: ChangedPage = {
    label: { epoch, revision: head, changedAt },
    scopes,
    ...(unknown !== undefined && { unknown }),
    directory: await directoryOf({ epoch, revision: wireRevision }),
  }
  if (!stale || unknown !== undefined) return page
  const articles = rows.filter(({ id }) => id !== null).map(articleOf)
  articles.sort((a, b) => a.commitNo - b.commitNo || (a.id < b.id ? -1 : 1))
  const last = articles[entries - 1]
  // One more than wanted was looked for, to know whether there is one.
  if (articles.length > entries && last) {
    return { ...page, articles: articles.slice(0, entries), next: { commitNo: last.commitNo, id: last.id } }
  }
  return { ...page, articles, ...(end && { next: { commitNo: end[0], id: end[1] } }) }
}

/** The label of the selection, with head, the last commit, and the place after which the page begins: after_no, after_id. */
function guarded({ selected, since, after = { commitNo: 0, id: "" } }: WantedChanges, known: string[]): SQL {
  // Limits keep SQLite from computing the columns of an inner query again wherever they are used.
  return sql`select g.*, max(g.before, ${after.commitNo}) after_no,
      iif(g.before >= ${after.commitNo}, ${BEHIND_ALL}, ${after.id}) after_id
    from (select g.*, case when g.stale then ${lastCommitBefore(since)} end before from (
      select g.*, ${isUnknown(known, sql`g.head`)} stale from (
        select l.*, coalesce((select max(no) from commits), 0) head from (${labelOf(selected, undefined)}) l limit 1) g
      limit 1) g limit 1) g`
}

/** Greater than every id, which is hex. */
const BEHIND_ALL = "~"

/** A JSON list of [articles.seq, bodies.seq], in the order of change; the last only until there are bodies enough. */
function pick(wanted: WantedChanges): SQL {
  const { selected, published, entries, bodyBytes } = wanted
  const { below, since } = published
  return sql`(select json_group_array(json_array(seq, iif(bytes - size < ${bodyBytes}, seq, null))) from (
    select seq, size, sum(size) over (order by commit_no, id) bytes from (
      select c.* from (${scan(wanted, sql`seq, commit_no, id, state, published_at, size`)}) c
      where c.state = 'published' and (c.published_at, c.id) < (${below.publishedAt}, ${below.id})
        ${since === undefined ? sql`` : sql`and c.published_at >= ${since}`}
        and ${isSelected(selected, sql`c.published_at`, sql`c.id`)} limit ${literal(entries + 1)})))`
}

/** What anybody outside may have seen and changed after the page's beginning; as much as may be scanned for it. */
const scan = (
  wanted: WantedChanges,
  columns: SQL,
): SQL => sql`select ${columns} from articles indexed by articles_commit
  where shown = 1 and (commit_no, id) > (g.after_no, g.after_id) order by commit_no, id limit ${literal(scanned(wanted))}`

/** What D1 counts as read for each candidate: its place and itself, and its place once more for the end of the scan. */
const SCANNED = 4

function scanned({ selected, entries }: WantedChanges): number {
  const probed = selected.all.length + (selected.not.length > 0 ? 1 : 0)
  return Math.floor((SCAN * Math.max(entries + 1, LEAST_ENTRIES)) / (SCANNED + probed))
}

/** The last place of the scan, if there were no entries enough before it. */
const endOfScan = (wanted: WantedChanges): SQL => sql`case when g.stale
    and json_array_length(g.picked) <= ${literal(wanted.entries)}
  then (select json_array(commit_no, id) from (${scan(wanted, sql`commit_no, id`)}) limit 1 offset ${literal(scanned(wanted) - 1)}) end`
