/** The systems by which a publisher sends beside the native door: how each signs, what its messages mean, which feed it has. */
import { type SQL, sql } from "drizzle-orm"
import type { Db } from "../db/client.ts"
import { sha256 } from "../http/digest.ts"
import type { Scheme } from "../http/signature-scheme.ts"
import type { Changed, Unchanged } from "../poll/fetch.ts"
import type { Mapping } from "./dialects/mapping.ts"
import { GHOST_SCHEME, SENDERS, schemeOf } from "./dialects/senders.ts"
import { GHOST } from "./doors.ts"

/** What an operator set otherwise than the preset. */
export interface SourceSettings {
  scheme?: Scheme
  mapping?: Mapping
}

export interface Source {
  id: string
  publisherUid: string
  name: string
  /** A preset of dialects/senders.ts, or custom, unsigned or feed. */
  sender: string
  settings: SourceSettings
  /** SHA-256 of the part of the address that cannot be guessed, in hex; null for those that sign. */
  tokenHash: string | null
  /** Whether what an unsigned sender sends is taken for content; else it is a ping. */
  trusted: boolean
  feedUrl: string | null
  etag: string | null
  lastModified: string | null
  /** Of the document that was stored last. */
  bodySha256: string | null
  pingedAt: number | null
  failures: number
}

interface SourceRow {
  id: string
  publisher_uid: string
  name: string
  sender: string
  settings: string
  token_hash: string | null
  trusted: number
  feed_url: string | null
  etag: string | null
  last_modified: string | null
  body_sha256: string | null
  pinged_at: number | null
  failures: number
}

/** Milliseconds between two fetches of one feed, however many pings come. */
const FETCH_INTERVAL = 10_000
/** Milliseconds after which a fetch that was begun counts as lost, and is begun again. */
const LEASE = 60_000
/** Milliseconds from one failed fetch to the next: doubled with each, within these bounds. A lost one has failed as well. */
const [FIRST_RETRY, LAST_RETRY] = [60_000, 3_600_000]
const LOST = "The last fetch did not end. Look at the size of the feed: it may be more than one Worker can take."

const COLUMNS = sql`id, publisher_uid, name, sender, settings, token_hash, trusted, feed_url, etag, last_modified,
  body_sha256, pinged_at, failures`

/** The statement that reads one source, to be part of a batch; parse its rows with parseSource(). */
export const selectSource = (publisherUid: SQL, name: string) =>
  sql<SourceRow>`select ${COLUMNS} from sources where publisher_uid = ${publisherUid} and name = ${name}`

export function parseSource(rows: SourceRow[]): Source | undefined {
  const [row] = rows
  if (!row) return undefined
  return {
    id: row.id,
    publisherUid: row.publisher_uid,
    name: row.name,
    sender: row.sender,
    settings: JSON.parse(row.settings) as SourceSettings,
    tokenHash: row.token_hash,
    trusted: row.trusted !== 0,
    feedUrl: row.feed_url,
    etag: row.etag,
    lastModified: row.last_modified,
    bodySha256: row.body_sha256,
    pingedAt: row.pinged_at,
    failures: row.failures,
  }
}

/** What is kept of the token in an address: it is random, so its hash says nothing about it. */
export const hashOfToken = (token: string): Promise<string> => sha256(token)

export async function readSource(db: Db, publisherUid: string, name: string): Promise<Source | undefined> {
  return parseSource(await db.all(selectSource(sql`${publisherUid}`, name)))
}

/** How the messages of a sender are signed; undefined where they are not. Ghost needs no source of its own. */
export function schemeFor(name: string, source: Source | undefined): Scheme | undefined {
  return name === GHOST ? GHOST_SCHEME : source && schemeOf(source.sender, source.settings.scheme)
}

/** Whether a message only says that something changed: nobody proved who sent it, or it holds no article. */
export function isThin(source: Source | undefined): boolean {
  if (!source) return false
  if (source.tokenHash !== null) return !source.trusted
  return source.settings.mapping === undefined && SENDERS[source.sender]?.thin === true
}

/** The registered feeds of a publisher, the oldest first. */
export async function readFeeds(db: Db, publisherUid: string): Promise<{ id: string; feedUrl: string }[]> {
  return db.all(sql`select id, feed_url feedUrl from sources where publisher_uid = ${publisherUid}
    and feed_url is not null order by created_at, id`)
}

/** After a ping: its feeds are due, once each, however many pings come, and whether or not one is being fetched. */
export async function markDue(db: Db, ids: string[], now: number): Promise<void> {
  await db.run(sql`update sources set due_at = coalesce(due_at, ${now}), pinged_at = ${now},
      next_at = max(${now}, coalesce(not_before, 0))
    where id in (select value from json_each(${JSON.stringify(ids)}))`)
}

/**
 * Takes the feeds that are due, for whoever fetches them: nobody else gets them while the lease lasts. A lease that ended by
 * itself is of a fetch that did not: a Worker may have been killed by what it fetched. So this is a failure, the next lease
 * is longer with each, and such a feed is taken alone, when no other is due, to take no other along.
 * @param ids only these; left out, whichever waited longest.
 */
export async function claimDue(db: Db, limit: number, now: number, ids?: string[]): Promise<Source[]> {
  const among = ids === undefined ? sql`` : sql`and id in (select value from json_each(${JSON.stringify(ids)}))`
  const rows = await db.all<SourceRow>(sql`with due as (select id, next_at, leased_until is not null lost from sources
      where due_at is not null and next_at <= ${now} ${among} and coalesce(leased_until, 0) <= ${now}
      and publisher_uid in (select uid from publishers where state = 'active' and removed_at is null))
    update sources set failures = failures + (leased_until is not null),
      problem = iif(leased_until is null, problem, ${LOST}),
      leased_until = ${now} + iif(leased_until is null, ${LEASE},
        min(${LAST_RETRY}, ${LEASE} * (1 << min(failures + 1, 10))))
    where id in (select id from due where not lost order by next_at limit ${limit})
      or (id = (select id from due order by next_at limit 1) and not exists (select 1 from due where not lost))
    returning ${COLUMNS}`)
  return rows.flatMap((row) => parseSource([row]) ?? [])
}

/**
 * A fetch that came through: no longer due, unless another ping came meanwhile. What an operator changed meanwhile stays.
 * @param state where the feed is from now on, and the hash of the document that was stored last
 */
export async function finishFetch(
  db: Db,
  source: Source,
  fetched: Changed | Unchanged,
  state: { movedTo: string | undefined; bodySha256: string | null },
  now: number,
): Promise<void> {
  const { movedTo, bodySha256 } = state
  const { etag, lastModified } = fetched.outcome === "changed" ? fetched : source
  await db.run(sql`update sources set etag = ${etag ?? null}, last_modified = ${lastModified ?? null},
      body_sha256 = ${bodySha256}, feed_url = ${movedTo ?? source.feedUrl}, fetched_at = ${now}, failures = 0,
      problem = null, due_at = iif(pinged_at = ${source.pingedAt}, null, pinged_at),
      next_at = ${now + FETCH_INTERVAL}, not_before = ${now + FETCH_INTERVAL}, leased_until = null
    where id = ${source.id} and feed_url = ${source.feedUrl}`)
}

/** A fetch that failed stays due, or is given up. */
export async function failFetch(
  db: Db,
  source: Source,
  failure: { detail: string; again: boolean; retryAfter?: number | undefined },
  now: number,
): Promise<void> {
  const asked = failure.retryAfter ?? 0
  const wait = Math.max(asked, Math.min(LAST_RETRY, FIRST_RETRY * 2 ** Math.min(source.failures, 10)))
  await db.run(sql`update sources set failures = failures + 1, problem = ${failure.detail}, fetched_at = ${now},
      next_at = ${now + wait}, not_before = ${now + Math.max(asked, FETCH_INTERVAL)}, leased_until = null,
      due_at = iif(${failure.again ? 1 : 0} or pinged_at <> ${source.pingedAt}, due_at, null)
    where id = ${source.id} and feed_url = ${source.feedUrl}`)
}
