/**
 * What changed on the wire, in the order of commits: articles, sections and publishers, each in its newest form at its last
 * commit. Whoever walks through it from the beginning, and then goes on from where it was, keeps an exact copy.
 */
import { type SQL, sql } from "drizzle-orm"
import { type Db, literal } from "../db/client.ts"
import { lastCommitBefore } from "./commit.ts"
import type { Directory, PublisherEntry, SectionEntry } from "./directory.ts"
import { isUnknown, labelFrom, readWithNames, type WireRow } from "./label.ts"
import { articleColumns, articleOf, type Label, type StoredArticle } from "./queries.ts"

/** How long the wire goes on telling of what went, milliseconds. */
export const TOMBSTONE_LIFE = 90 * 86_400_000

/** A place in the order of changes: behind this commit and id (articles.id or names.id). */
export interface Place {
  commit: number
  id: string
}

/** Where a walk stands. */
export interface Walk extends Place {
  /**
   * Whatever went by this commit need not be told: either the walk had not begun then and never saw it, or it was told of it.
   */
  base: number
}

/** Where a page begins: with everything, with nothing but what is to come, or where a walk of an epoch stands. */
export type From = "start" | "latest" | (Walk & { epoch: string })

/** Behind everything in its commit: ids are hexadecimal digits, or begin with section: or publisher:. */
const LAST_ID = "~"

export interface ChangedArticle extends Place {
  kind: "article"
  publisherUid: string
  /** Milliseconds UTC, of the commit. */
  at: number
  /** Its newest form; absent since it is on the wire no longer. */
  article?: StoredArticle
}

export type ChangedName = Place & {
  /** Milliseconds UTC, of the commit. */
  at: number
} & ({ kind: "section"; entry?: SectionEntry } | { kind: "publisher"; uid: string; entry?: PublisherEntry })

export type Changed = ChangedArticle | ChangedName

export interface Changes {
  label: Pick<Label, "epoch" | "revision" | "changedAt">
  directory: Directory
  /** Why the walk cannot go on: it is of another epoch, or what went since is no longer told. */
  refusal?: "foreign_cursor" | "expired_cursor"
  /** Base of the walk that this page belongs to. */
  base: number
  /** Absent: the label is one of those known, or the walk was refused. */
  changed?: Changed[]
  /** Where the walk stands once all of them are told. */
  end: Walk
  /** Whether there is something behind the end already. */
  more: boolean
}

export interface WantedChanges {
  from: From
  /** Changes, at most. */
  limit: number
  /** Bytes that the answer may have; one change there is in any case. */
  bytes: number
  /** Uids of the publishers that may be shown; undefined for all. */
  publishers: string[] | undefined
}

/** Rows that a page may look at, for each change that was asked for; small pages look at as many as ten changes would. */
const SCAN = 20
const LEAST_CHANGES = 10

/** What is expected of an answer beside a body and its text, bytes. */
const BESIDE_BODY = 2048
/** What a change without a body is expected to have. */
const WITHOUT_BODY = 512

/** The label of all changes is the last commit: whatever touches an article or a name takes one. */
const STATE = sql`(select w.epoch, w.revision wire_revision, coalesce(c.no, 0) revision,
    max(w.changed_at, coalesce(c.at, 0)) changed_at, coalesce(f.commit_no, 0) expired
  from wire w left join (select no, at from commits order by no desc limit 1) c
  left join followers f on f.name = 'tombstones' where w.id = 1)`

/** Where the page begins, as parts of a statement that has the label as g. */
interface Beginning {
  commit: SQL
  id: SQL
  base: SQL
  refusal: SQL
}

function beginningOf(from: From): Beginning {
  const head = sql`g.revision`
  const none = sql`null`
  if (from === "start") return { commit: sql`0`, id: sql`''`, base: head, refusal: none }
  if (from === "latest") return { commit: head, id: sql`${LAST_ID}`, base: head, refusal: none }
  const { epoch, commit, id, base } = from
  // A commit that is yet to come was given by a wire that is no more, though it had the same epoch.
  const refusal = sql`case when g.epoch <> ${epoch} or g.revision < ${Math.max(commit, base)} then 'foreign_cursor'
    when ${base} < g.expired then 'expired_cursor' end`
  return { commit: sql`${commit}`, id: sql`${id}`, base: sql`${base}`, refusal }
}

/** Articles that somebody may have seen, from the beginning onwards: the index knows no others. */
const shownAfter = (columns: SQL, { commit, id }: Beginning): SQL => sql`select ${columns}
  from articles indexed by articles_commit where shown = 1 and (commit_no, id) > (${commit}, ${id}) order by commit_no, id`

/** Those of a page's first rows that are told: seq, name, commit_no, id, weight (bytes that each is expected to have). */
function candidates(beginning: Beginning, { limit, publishers }: WantedChanges): SQL {
  const { commit, id, base } = beginning
  const count = literal(limit + 1)
  const uids = publishers && sql`(select value from json_each(${JSON.stringify(publishers)}))`
  const columns = sql`seq, commit_no, id, size, state, publisher_uid`
  // Names are a few hundred, of which hardly any are not told: no scan of them is long.
  return sql`select * from (select seq, null name, commit_no, id,
      iif(state = 'published', 2 * size + ${literal(BESIDE_BODY)}, ${literal(WITHOUT_BODY)}) weight
    from (${shownAfter(columns, beginning)} limit ${literal(scannedFor(limit))})
    where (state = 'published' or commit_no > ${base}) ${uids ? sql`and publisher_uid in ${uids}` : sql``} limit ${count})
  union all select * from (select null, id, commit_no, id, ${literal(WITHOUT_BODY)} from names
    where (commit_no, id) > (${commit}, ${id}) and (entry is not null or commit_no > ${base})
      ${uids ? sql`and (id glob 'section:*' or substr(id, ${literal(PUBLISHER.length + 1)}) in ${uids})` : sql``}
    order by commit_no, id limit ${count})`
}

const scannedFor = (limit: number): number => SCAN * Math.max(limit, LEAST_CHANGES)

interface ChangeRow extends WireRow {
  expired: number
  refusal: Changes["refusal"] | null
  stale: 0 | 1
  /** JSON: where the scan ended, if that is why the page has no more. */
  scanned: string | null
  change_no: number | null
  change_id: string | null
  fits: 0 | 1 | null
  at: number | null
  state: string | null
  publisher_uid: string | null
  name: string | null
  entry: string | null
  [column: string]: unknown
}

/**
 * Reads a page of changes and the state of the wire in one statement: one row for the wire, one for the last commit and one for
 * the oldest tombstone; nothing else where the label is known or the walk is refused.
 * @param known labels (epoch.revision) that somebody holds.
 */
export async function readChanges(db: Db, wanted: WantedChanges, known: string[]): Promise<Changes> {
  const { from, limit, bytes } = wanted
  const beginning = beginningOf(from)
  const picked = sql`(select json_group_array(json_array(seq, name, commit_no, id, fits)) from (
    select *, sum(weight) over (order by commit_no, id) - weight < ${literal(bytes)} fits
    from (${candidates(beginning, wanted)}) order by commit_no, id limit ${literal(limit + 1)}))`
  const scanned = sql`case when (select count(value ->> 0) from json_each(g.picked)) <= ${literal(limit)} then (
    select json_array(commit_no, id) from (${shownAfter(sql`commit_no, id`, beginning)}
      limit 1 offset ${literal(scannedFor(limit) - 1)})) end`
  // Limits keep SQLite from computing the columns of an inner query again wherever they are used.
  const select = sql<ChangeRow>`
    select g.epoch, g.wire_revision, g.revision, g.changed_at, g.refusal, g.stale, g.scanned,
      p.value ->> 2 change_no, p.value ->> 3 change_id, p.value ->> 4 fits, k.at, a.state, n.id name, n.entry,
      ${articleColumns}, b.html
    from (select g.*, case when g.stale then ${scanned} end scanned from (
      select g.*, case when g.stale then ${picked} end picked from (
        select g.*, ${beginning.refusal} is null and ${isUnknown(known)} stale, ${beginning.refusal} refusal
        from ${STATE} g limit 1) g limit 1) g limit 1) g
    left join json_each(g.picked) p
    left join articles a on a.seq = iif(p.value ->> 4, p.value ->> 0, null)
    left join names n on n.id = iif(p.value ->> 4, p.value ->> 1, null)
    left join commits k on k.no = iif(p.value ->> 4, p.value ->> 2, null)
    left join bodies b on b.seq = iif(a.state = 'published', a.seq, null)`
  const { first, rows, directory } = await readWithNames(db, select)
  const label = labelFrom(first)
  const head = label.revision
  const base = typeof from === "string" ? head : from.base
  const caughtUp: Walk = { commit: head, id: LAST_ID, base: head }
  const read = { label, directory, base, end: caughtUp, more: false }
  if (first.refusal !== null) return { ...read, refusal: first.refusal as NonNullable<Changes["refusal"]> }
  if (!first.stale) return read

  const until = first.scanned === null ? undefined : placeOf(JSON.parse(first.scanned))
  const found = rows
    .flatMap((row) => (row.change_id === null ? [] : [{ row, ...placeOf([row.change_no, row.change_id]) }]))
    .filter((place) => until === undefined || isBehind(until, place) || isSame(until, place))
    .sort((a, b) => (isBehind(a, b) ? 1 : -1))
  const shown = found.slice(0, limit).filter(({ row }) => row.fits === 1)
  const last = found.length > shown.length ? shown.at(-1) : until
  return {
    ...read,
    changed: shown.map(({ row }) => changedOf(row)),
    ...(last && { end: walkTo(last, base), more: true }),
  }
}

/** Where a walk stands behind a change of it that is not the last: others of the same commit may be yet to come. */
export const walkTo = ({ commit, id }: Place, base: number): Walk => ({ commit, id, base: Math.max(base, commit - 1) })

const placeOf = ([commit, id]: [unknown, unknown]): Place => ({ commit: commit as number, id: id as string })

const isSame = (a: Place, b: Place): boolean => a.commit === b.commit && a.id === b.id
const isBehind = (a: Place, b: Place): boolean => a.commit > b.commit || (a.commit === b.commit && a.id > b.id)

const PUBLISHER = "publisher:"

function changedOf(row: ChangeRow): Changed {
  const place = { ...placeOf([row.change_no, row.change_id]), at: row.at as number }
  if (row.name === null) {
    const isThere = row.state === "published"
    const publisherUid = row.publisher_uid as string
    return { ...place, kind: "article", publisherUid, ...(isThere && { article: articleOf(row) }) }
  }
  const entry = row.entry === null ? undefined : JSON.parse(row.entry)
  if (!row.name.startsWith(PUBLISHER)) return { ...place, kind: "section", ...(entry && { entry }) }
  return { ...place, kind: "publisher", uid: row.name.slice(PUBLISHER.length), ...(entry && { entry }) }
}

/**
 * Moves the end of the tombstones to the last commit that is older than TOMBSTONE_LIFE: whoever has not asked since begins
 * anew.
 * @param now milliseconds UTC
 */
export async function expireTombstones(db: Db, now: number): Promise<void> {
  await db.run(sql`update followers set commit_no = o.no from (select ${lastCommitBefore(now - TOMBSTONE_LIFE)} no) o
    where followers.name = 'tombstones' and followers.commit_no < o.no`)
}
