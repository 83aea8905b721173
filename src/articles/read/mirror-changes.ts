/**
 * Lists changes for mirrors (partners' copies of the wire) in the order of commits (numbers of changes). Each article,
 * section and publisher occurs once, in its newest version.
 */
import { type SQL, sql } from "drizzle-orm"
import { type Db, literal } from "../../db/client.ts"
import type { Directory, PublisherEntry, SectionEntry } from "../taxonomy/directory.ts"
import { lastCommitBefore } from "../write/commit-sql.ts"
import { guarded, isStale } from "./guarded.ts"
import { articleColumns, articleOf, type SelectionValidator, type StoredArticle } from "./read-selection.ts"
import { readWithDirectory } from "./read-with-directory.ts"
import { type ValidatorRow, validatorFrom } from "./scope-validator.ts"

/** The alias of the row that guarded() builds. */
const V = sql`v`

/** The time for which the list shows a deletion. */
export const TOMBSTONE_LIFE_MS = 90 * 86_400_000

/** A position in the order of changes: after this commit, and in the same commit after this id. */
export interface CommitPosition {
  commit: number
  id: string
}

/** The position up to which a mirror has read. */
export interface MirrorPosition extends CommitPosition {
  /**
   * Deletions up to this commit are not sent, because the mirror never had these articles or already knows the
   * deletions.
   */
  base: number
}

/** The start of a page: all articles, only future changes, or a mirror's position in one epoch (installation). */
export type MirrorStart = "start" | "latest" | (MirrorPosition & { epoch: string })

/** This text sorts after every id, because ids are hexadecimal digits or begin with `section:` or `publisher:`. */
const LAST_ID = "~"

export interface ArticleChange extends CommitPosition {
  kind: "article"
  publisherUid: string
  /** The time of the commit, milliseconds UTC. */
  at: number
  /** The article's newest version; absent if the article is no longer on the wire. */
  article?: StoredArticle
  /** Why an operator took the article down. */
  takedownReason?: string
}

export type DirectoryChange = CommitPosition & {
  /** The time of the commit, milliseconds UTC. */
  at: number
} & ({ kind: "section"; entry?: SectionEntry } | { kind: "publisher"; uid: string; entry?: PublisherEntry })

export type MirrorChange = ArticleChange | DirectoryChange

export interface MirrorChanges {
  validator: Pick<SelectionValidator, "epoch" | "revision" | "changedAt">
  directory: Directory
  /**
   * The reason why the mirror must start again: its cursor comes from before a restore, or is older than the oldest
   * stored deletion.
   */
  refusal?: "foreign_cursor" | "expired_cursor"
  /** The base that the mirror had before this page. */
  base: number
  /** Absent if the client has this validator, or the cursor was refused. */
  changes?: MirrorChange[]
  /** The mirror's position after these changes. */
  end: MirrorPosition
  more: boolean
}

export interface MirrorQuery {
  from: MirrorStart
  limit: number
  /** The limit for the size of the answer. Every answer has at least one change, even a larger one. */
  bytes: number
  /** Uids of the publishers that are visible; undefined if all are. */
  publishers: string[] | undefined
}

/**
 * A page scans at most this many rows for each requested change. A request for fewer changes may scan as many rows as a
 * request for MIN_CHANGES.
 */
const ROWS_PER_CHANGE = 20
const MIN_CHANGES = 10

/** The expected size of a change, not counting its body and its text. */
const BYTES_BESIDE_BODY = 2048
/** The expected size of a change that has no body. */
const BYTES_WITHOUT_BODY = 512

/**
 * Returns a query of one row. Every change has a commit number, so the last number is the validator.
 * @param v the alias of the query's row, which the refusal uses
 */
const mirrorState = (v: SQL, refusal: SQL): SQL => sql`select ${v}.*, ${refusal} refusal
    from (
      select w.epoch, w.revision wire_revision, coalesce(c.no, 0) revision,
        max(w.changed_at, coalesce(c.at, 0)) changed_at,
        coalesce(tombstones.commit_no, 0) expired_commit_no
      from wire w
      left join (select no, at from commits order by no desc limit 1) c
      left join consumers tombstones on tombstones.name = 'tombstones'
      where w.id = 1
      limit 1) ${v}`

/** The position at which the page begins, as parts of the statement. */
interface PageStart {
  commit: SQL
  id: SQL
  base: SQL
  refusal: SQL
}

function pageStart(v: SQL, from: MirrorStart): PageStart {
  const head = sql`${v}.revision`
  const none = sql`null`
  if (from === "start") return { commit: sql`0`, id: sql`''`, base: head, refusal: none }
  if (from === "latest") return { commit: head, id: sql`${LAST_ID}`, base: head, refusal: none }
  const { epoch, commit, id, base } = from
  // If a cursor has a later commit than the last one, an old backup was restored without a new epoch.
  const refusal = sql`case when ${v}.epoch <> ${epoch} or ${v}.revision < ${Math.max(commit, base)} then 'foreign_cursor'
    when ${base} < ${v}.expired_commit_no then 'expired_cursor' end`
  return { commit: sql`${commit}`, id: sql`${id}`, base: sql`${base}`, refusal }
}

/** Articles after the start of the page that were ever public. The index articles_commit contains no other articles. */
const publicAfter = (columns: SQL, { commit, id }: PageStart, limit: SQL): SQL => sql`
          select ${columns}
          from articles indexed by articles_commit
          where was_public = 1 and (commit_no, id) > (${commit}, ${id})
          order by commit_no, id
          limit ${limit}`

/** Returns the first changes that the page may have: seq, entry_id, commit_no, id and weight (the expected size). */
function candidates(start: PageStart, { limit, publishers }: MirrorQuery): SQL {
  const { commit, id, base } = start
  const count = literal(limit + 1)
  const uids = publishers && sql`(select value from json_each(${JSON.stringify(publishers)}))`
  const columns = sql`seq, commit_no, id, size_in_bytes, state, publisher_uid`
  // The scan of sections and publishers needs no limit, because there are only a few hundred.
  return sql`
        select * from (
          select seq, null entry_id, commit_no, id,
            iif(state = 'published',
              2 * size_in_bytes + ${literal(BYTES_BESIDE_BODY)},
              ${literal(BYTES_WITHOUT_BODY)}) weight
          from (${publicAfter(columns, start, literal(scanLimit(limit)))})
          where (state = 'published' or commit_no > ${base}) ${uids ? sql`and publisher_uid in ${uids}` : sql``}
          limit ${count})
        union all
        select * from (
          select null, id, commit_no, id, ${literal(BYTES_WITHOUT_BODY)}
          from directory_entries
          where (commit_no, id) > (${commit}, ${id}) and (entry is not null or commit_no > ${base})
            ${uids ? sql`and (id glob 'section:*' or substr(id, ${literal(PUBLISHER.length + 1)}) in ${uids})` : sql``}
          order by commit_no, id
          limit ${count})`
}

const scanLimit = (limit: number): number => ROWS_PER_CHANGE * Math.max(limit, MIN_CHANGES)

interface ChangeRow extends ValidatorRow {
  refusal: MirrorChanges["refusal"] | null
  stale: 0 | 1
  /** JSON: the position at which the scan ended, if the page ends there. */
  scan_end: string | null
  change_commit_no: number | null
  change_id: string | null
  fits: 0 | 1 | null
  at: number | null
  state: string | null
  takedown_reason: string | null
  publisher_uid: string | null
  entry_id: string | null
  entry: string | null
  [column: string]: unknown
}

/** Reads a page of changes and the wire's state in one statement. For a known validator, it reads three rows. */
export async function readMirrorChanges(db: Db, query: MirrorQuery, knownValidators: string[]): Promise<MirrorChanges> {
  const { from, limit, bytes } = query
  const start = pageStart(V, from)
  const candidateList = sql`(
      select json_group_array(json_object(
        'seq', seq, 'entry_id', entry_id, 'commit_no', commit_no, 'id', id, 'fits', fits))
      from (
        select *, sum(weight) over (order by commit_no, id) - weight < ${literal(bytes)} fits
        from (${candidates(start, query)})
        order by commit_no, id
        limit ${literal(limit + 1)}))`
  const scanEnd = sql`case
      when (select count(value ->> 'seq') from json_each(v.candidates)) <= ${literal(limit)}
      then (
        select json_object('commit', commit_no, 'id', id)
        from (${publicAfter(sql`commit_no, id`, start, sql`1 offset ${literal(scanLimit(limit) - 1)}`)})) end`
  const select = sql<ChangeRow>`${guarded(
    V,
    mirrorState(V, start.refusal),
    sql`v.refusal is null and ${isStale(V, knownValidators)}`,
    { candidates: candidateList, scan_end: scanEnd },
  )}
    select v.epoch, v.wire_revision, v.revision, v.changed_at, v.refusal, v.stale, v.scan_end,
      p.value ->> 'commit_no' change_commit_no, p.value ->> 'id' change_id, p.value ->> 'fits' fits,
      c.at, a.state, (select reason from takedowns where article_id = iif(a.state = 'taken_down', a.id, null)) takedown_reason,
      d.id entry_id, d.entry, ${articleColumns(sql`a`)}, b.html
    from v
    left join json_each(v.candidates) p
    left join articles a on a.seq = iif(p.value ->> 'fits', p.value ->> 'seq', null)
    left join directory_entries d on d.id = iif(p.value ->> 'fits', p.value ->> 'entry_id', null)
    left join commits c on c.no = iif(p.value ->> 'fits', p.value ->> 'commit_no', null)
    left join bodies b on b.seq = iif(a.state = 'published', a.seq, null)`
  const { first, rows, directory } = await readWithDirectory(db, select)
  const validator = validatorFrom(first)
  const head = validator.revision
  const base = typeof from === "string" ? head : from.base
  const headPosition: MirrorPosition = { commit: head, id: LAST_ID, base: head }
  const emptyPage = { validator, directory, base, end: headPosition, more: false }
  if (first.refusal !== null) return { ...emptyPage, refusal: first.refusal as NonNullable<MirrorChanges["refusal"]> }
  if (!first.stale) return emptyPage

  const scanEndPosition = first.scan_end === null ? undefined : (JSON.parse(first.scan_end) as CommitPosition)
  const changeRows = rows
    .flatMap((row) => (row.change_id === null ? [] : [{ row, ...positionOf(row) }]))
    .filter(
      (position) =>
        scanEndPosition === undefined || isAfter(scanEndPosition, position) || isSame(scanEndPosition, position),
    )
    .sort((a, b) => (isAfter(a, b) ? 1 : -1))
  const fittingRows = changeRows.slice(0, limit).filter(({ row }) => row.fits === 1)
  const last = changeRows.length > fittingRows.length ? fittingRows.at(-1) : scanEndPosition
  return {
    ...emptyPage,
    changes: fittingRows.map(({ row }) => changeOf(row)),
    ...(last && { end: positionAfter(last, base), more: true }),
  }
}

/** Returns the mirror's position after a change inside a page. More changes of the same commit may follow. */
export const positionAfter = ({ commit, id }: CommitPosition, base: number): MirrorPosition => ({
  commit,
  id,
  base: Math.max(base, commit - 1),
})

const positionOf = (row: ChangeRow): CommitPosition => ({
  commit: row.change_commit_no as number,
  id: row.change_id as string,
})

const isSame = (a: CommitPosition, b: CommitPosition): boolean => a.commit === b.commit && a.id === b.id
const isAfter = (a: CommitPosition, b: CommitPosition): boolean =>
  a.commit > b.commit || (a.commit === b.commit && a.id > b.id)

const PUBLISHER = "publisher:"

function changeOf(row: ChangeRow): MirrorChange {
  const position = { ...positionOf(row), at: row.at as number }
  if (row.entry_id === null) {
    const isPublished = row.state === "published"
    const publisherUid = row.publisher_uid as string
    return {
      ...position,
      kind: "article",
      publisherUid,
      ...(isPublished && { article: articleOf(row) }),
      ...(row.takedown_reason !== null && { takedownReason: row.takedown_reason }),
    }
  }
  const entry = row.entry === null ? undefined : JSON.parse(row.entry)
  if (!row.entry_id.startsWith(PUBLISHER)) return { ...position, kind: "section", ...(entry && { entry }) }
  return { ...position, kind: "publisher", uid: row.entry_id.slice(PUBLISHER.length), ...(entry && { entry }) }
}

/** Expires tombstones (records of deletions) after TOMBSTONE_LIFE_MS. Older mirrors must start again. */
export async function expireTombstones(db: Db, now: number): Promise<void> {
  await db.run(sql`update consumers
    set commit_no = o.no
    from (select ${lastCommitBefore(now - TOMBSTONE_LIFE_MS)} no) o
    where consumers.name = 'tombstones' and consumers.commit_no < o.no`)
}
