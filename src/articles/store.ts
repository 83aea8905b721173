/**
 * The write batch. A D1 batch is atomic but cannot branch, so it decides first: the delivery row is inserted together
 * with the outcome of each of its events, found by comparing them with the articles as they are at that moment, and
 * with the commit number if any outcome changes something. Every later statement applies only what that row says, and
 * only if this very attempt wrote it. A replay therefore changes nothing and reads the first answer back.
 */
import { type SQL, sql } from "drizzle-orm"
import { batch, type Db } from "../db/client.ts"
import type { ArticleEvent, Outcome, PublishEvent } from "./article.ts"
import { parseDirty, takePurgeToken } from "./dirty.ts"

export interface Delivery {
  publisherUid: string
  id: string
  bodySha256: string
  receivedAt: number
  messageAt: number
  /** JSON kept for the answer. */
  entries: string
}

export interface StoredDelivery {
  bodySha256: string
  receivedAt: number
  entries: string
  commitNo: number | null
  /** In the order of the events. */
  outcomes: { id: string; outcome: Outcome; scopes: string[] }[]
}

export interface Applied {
  delivery: StoredDelivery
  /** Another attempt had written this delivery already: nothing was changed. */
  replayed: boolean
  /** The scopes to purge, if this batch took the token to do so (see hub/announce.ts). */
  dirty: string[] | undefined
}

/** Bound values stay far under D1's 2 MB: rows travel in JSON parameters of about this size (UTF-8 bytes). */
export const PARAMETER_BYTES = 512 * 1024

const encoder = new TextEncoder()

/**
 * Applies the events of one delivery in one round trip.
 * @param takeToken whether a change should try for the purge token.
 * @returns undefined if an event that was taken for a repeat no longer is one: read the state again and retry.
 * @throws what D1 throws; nothing was stored then.
 */
export async function applyEvents(
  db: Db,
  delivery: Delivery,
  events: ArticleEvent[],
  takeToken: boolean,
): Promise<Applied | undefined> {
  const attempt = crypto.randomUUID()
  const now = delivery.receivedAt
  const mine = sql`from deliveries d where d.publisher_uid = ${delivery.publisherUid} and d.id = ${delivery.id}
    and d.attempt = ${attempt} and d.commit_no is not null`
  const changed = sql`from deliveries d, json_each(d.outcomes) o where d.publisher_uid = ${delivery.publisherUid}
    and d.id = ${delivery.id} and d.attempt = ${attempt} and o.value ->> 2 in ('created', 'updated', 'deleted')`

  const writes = events.flatMap((event, index) => (event.kind === "repeat" ? [] : [rowOf(event, index, now)]))
  const hasDeletes = events.some((event) => event.kind === "delete")
  const statements = [
    decide(delivery, attempt, events),
    sql`insert into commits (no, at, scopes) select d.commit_no, ${now}, (select json_group_array(key) from (
        select s.value key from json_each(d.outcomes) o, json_each(o.value, '$[3]') s
          where o.value ->> 2 in ('created', 'updated', 'deleted')
        union select s.value from json_each(d.outcomes) o, json_each(o.value, '$[4]') s
          where o.value ->> 2 in ('created', 'updated'))) ${mine}`,
    sql`insert into scopes (key, revision, changed_at) select s.value, c.no, c.at
      from commits c, json_each(c.scopes) s where c.no = (select d.commit_no ${mine})
      on conflict (key) do update set revision = excluded.revision,
        changed_at = max(excluded.changed_at, (scopes.changed_at / 1000 + 1) * 1000)`,
    sql`delete from standings where (scope, published_at, article_id) in (
      select s.value, a.published_at, a.id from deliveries d, json_each(d.outcomes) o, json_each(o.value, '$[3]') s
        cross join articles a on a.id = o.value ->> 1 where d.publisher_uid = ${delivery.publisherUid}
        and d.id = ${delivery.id} and d.attempt = ${attempt} and o.value ->> 2 in ('created', 'updated', 'deleted'))`,
    ...chunks(writes.map((write) => write.article)).map((rows) => upsertArticles(rows, mine)),
    ...chunks(writes.flatMap((write) => write.body ?? [])).map((rows) => upsertBodies(rows, mine)),
    ...(hasDeletes
      ? [
          sql`delete from bodies where seq in (select a.seq from deliveries d, json_each(d.outcomes) o
            cross join articles a on a.id = o.value ->> 1 where d.publisher_uid = ${delivery.publisherUid}
            and d.id = ${delivery.id} and d.attempt = ${attempt} and o.value ->> 2 = 'deleted')`,
        ]
      : []),
    sql`insert into standings (scope, published_at, article_id) select s.value, a.published_at, a.id
      from (select o.value ->> 1 id ${changed}) o cross join articles a on a.id = o.id, json_each(a.scopes) s`,
  ]

  const results = await batch(db, [
    ...statements,
    ...(takeToken ? takePurgeToken(now, sql`exists (select 1 ${mine})`) : []),
    selectDelivery(delivery.publisherUid, delivery.id),
  ])
  const stored = parseDelivery(results.at(-1) as DeliveryRow[])
  if (!stored) return undefined
  const dirty = takeToken ? parseDirty(results.at(-3) as unknown[], results.at(-2) as { scope: string }[]) : undefined
  return { delivery: stored.delivery, replayed: stored.attempt !== attempt, dirty }
}

/** Statement 1: the delivery, the outcome of each event, and the next commit number if any of them is a change. */
function decide(delivery: Delivery, attempt: string, events: ArticleEvent[]): SQL {
  return sql`insert into deliveries
      (publisher_uid, id, attempt, body_sha256, received_at, message_at, entries, outcomes, commit_no, unchanged)
    select ${delivery.publisherUid}, ${delivery.id}, ${attempt}, ${delivery.bodySha256}, ${delivery.receivedAt},
      ${delivery.messageAt}, ${delivery.entries}, outcomes,
      case when changes > 0 then (select coalesce(max(no), 0) + 1 from commits) end, unchanged
    from (${outcomesOf(delivery.publisherUid, events, delivery.receivedAt)}) where moved = 0
    on conflict (publisher_uid, id) do nothing`
}

/** What each event would do to the articles as they are: one row with all outcomes and how many there are of which. */
function outcomesOf(publisherUid: string, events: ArticleEvent[], now: number): SQL {
  const heads = JSON.stringify(
    events.map((event, index) => [
      index,
      event.id,
      event.kind,
      event.versionAt,
      event.messageAt,
      event.kind === "repeat" ? null : event.contentHash,
      event.rawHash,
      event.kind === "publish" ? (standsIn(event, now) ?? []) : [],
    ]),
  )
  return sql`select json_group_array(json_array(i, id, outcome, json(before), json(case outcome
            when 'created' then after when 'updated' then after when 'deleted' then '[]' else before end), version_at,
          case outcome when 'unchanged' then stored_hash else hash end)) outcomes,
        sum(outcome in ('created', 'updated', 'deleted')) changes, sum(outcome = 'unchanged') unchanged,
        sum(outcome = 'moved') moved
      from (
        select e.*, coalesce(a.scopes, '[]') before, a.content_hash stored_hash, case
          when a.id is null then iif(e.kind = 'delete', 'deleted', iif(e.kind = 'repeat', 'moved', 'created'))
          when e.kind = 'repeat' then iif(a.raw_hash = e.raw_hash, 'unchanged', 'moved')
          when a.content_hash = e.hash then 'unchanged'
          when (e.version_at, e.message_at, e.hash) <= (a.version_at, a.message_at, a.content_hash) then 'stale'
          when exists (${newerRepeat(publisherUid)}) then 'stale'
          when e.kind = 'delete' then 'deleted'
          when a.state = 'deleted' then 'created'
          else 'updated' end outcome
        from (select value ->> 0 i, value ->> 1 id, value ->> 2 kind, value ->> 3 version_at, value ->> 4 message_at,
            value ->> 5 hash, value ->> 6 raw_hash, value -> 7 after from json_each(${heads})) e
          left join articles a on a.id = e.id)`
}

/** Decides as applyEvents() would, and stores nothing. One round trip. */
export async function previewEvents(
  db: Db,
  publisherUid: string,
  events: ArticleEvent[],
  now: number,
): Promise<StoredDelivery["outcomes"]> {
  const [row] = await db.all<{ outcomes: string }>(outcomesOf(publisherUid, events, now))
  return parseOutcomes(row?.outcomes ?? "[]")
}

/**
 * An unchanged event writes nothing but its delivery, so the stored article keeps the message time of the first of
 * several equal versions. A version between them that arrives late must still lose against the last one. Equal content
 * has equal dates, so the repeat's message is the later one; only where it is dated by its message may it lie between
 * the two times of the event.
 */
function newerRepeat(publisherUid: string): SQL {
  return sql`select 1 from deliveries u, json_each(u.outcomes) r where u.publisher_uid = ${publisherUid}
    and u.unchanged > 0 and u.message_at >=
      case when a.version_at = a.message_at then min(e.version_at, e.message_at) else e.message_at end
    and r.value ->> 2 = 'unchanged' and r.value ->> 1 = a.id
    and r.value ->> 6 = a.content_hash
    and (r.value ->> 5, u.message_at, r.value ->> 6) > (e.version_at, e.message_at, e.hash)`
}

/** An event's rows as JSON arrays: position 0 is the event's index, by which the outcome is found. */
function rowOf(
  event: Exclude<ArticleEvent, { kind: "repeat" }>,
  index: number,
  now: number,
): { article: string; body?: string } {
  if (event.kind === "delete") {
    const { guid, versionAt, messageAt, contentHash, rawHash } = event
    return { article: JSON.stringify([index, guid, "deleted", versionAt, messageAt, contentHash, rawHash]) }
  }
  return { article: JSON.stringify(publishRow(event, index, now)), body: JSON.stringify([index, event.version.html]) }
}

function publishRow(event: PublishEvent, index: number, now: number): unknown[] {
  const { version } = event
  const standing = standsIn(event, now)
  return [
    index,
    event.guid,
    standing === undefined ? "embargoed" : "published",
    event.versionAt,
    event.messageAt,
    event.contentHash,
    event.rawHash,
    version.publishedAt ?? null,
    version.updatedAt ?? null,
    version.embargoUntil ?? null,
    standing ?? [],
    standing === undefined ? event.scopes : null,
    encoder.encode(version.html).length,
    version.url ?? null,
    version.language ?? null,
    version.direction,
    version.title ?? null,
    version.subtitle ?? null,
    version.summary ?? null,
    version.dateline ?? null,
    version.details,
  ]
}

/** The scopes that a version stands in at once; none is known yet (undefined) while its embargo lasts. */
function standsIn(event: PublishEvent, now: number): string[] | undefined {
  const { embargoUntil } = event.version
  return embargoUntil !== undefined && embargoUntil > now ? undefined : event.scopes
}

function upsertArticles(rows: string, changed: SQL): SQL {
  return sql`insert into articles (id, publisher_uid, guid, state, commit_no, version_at, message_at, content_hash,
      raw_hash, published_at, updated_at, embargo_until, scopes, due_scopes, size, url, lang, dir, title, subtitle,
      summary, dateline, details)
    select o.id, o.publisher_uid, r ->> 1, r ->> 2, o.commit_no, r ->> 3, r ->> 4, r ->> 5, r ->> 6,
      case when r ->> 2 <> 'deleted' then
        max(coalesce(r ->> 7, (select published_at from articles where id = o.id), r ->> 4), coalesce(r ->> 9, 0)) end,
      r ->> 8, r ->> 9, coalesce(r -> 10, '[]'), nullif(r -> 11, 'null'), coalesce(r ->> 12, 0), r ->> 13, r ->> 14,
      r ->> 15, r ->> 16, r ->> 17, r ->> 18, r ->> 19, coalesce(r -> 20, '{}')
    from ${rowsOf(rows, changed)} o where true
    on conflict (id) do update set state = excluded.state, commit_no = excluded.commit_no,
      version_at = excluded.version_at, message_at = excluded.message_at, content_hash = excluded.content_hash,
      raw_hash = excluded.raw_hash, published_at = excluded.published_at, updated_at = excluded.updated_at,
      embargo_until = excluded.embargo_until, scopes = excluded.scopes, due_scopes = excluded.due_scopes,
      size = excluded.size, url = excluded.url, lang = excluded.lang, dir = excluded.dir, title = excluded.title,
      subtitle = excluded.subtitle, summary = excluded.summary, dateline = excluded.dateline,
      details = excluded.details`
}

function upsertBodies(rows: string, changed: SQL): SQL {
  return sql`insert into bodies (seq, html) select a.seq, r ->> 1 from ${rowsOf(rows, changed)} o
      cross join articles a on a.id = o.id where true
    on conflict (seq) do update set html = excluded.html`
}

/** Those of the rows whose outcome is a change, each with its article's id and the commit. */
function rowsOf(rows: string, changed: SQL): SQL {
  return sql`(select r.value r, d.publisher_uid, d.commit_no, d.outcomes -> (r.value ->> 0) ->> 1 id
    from (select * ${changed}) d, json_each(${rows}) r
    where d.outcomes -> (r.value ->> 0) ->> 2 in ('created', 'updated', 'deleted'))`
}

/** The statement that reads a delivery, to be part of a batch; parse its rows with parseDelivery(). */
export function selectDelivery(publisherUid: string, id: string) {
  return sql<DeliveryRow>`select attempt, body_sha256, received_at, entries, outcomes, commit_no
    from deliveries where publisher_uid = ${publisherUid} and id = ${id}`
}

interface DeliveryRow {
  attempt: string
  body_sha256: string
  received_at: number
  entries: string
  outcomes: string
  commit_no: number | null
}

type StoredOutcome = [number, string, Outcome, string[], string[], number, string]

export function parseDelivery(rows: DeliveryRow[]): { delivery: StoredDelivery; attempt: string } | undefined {
  const [row] = rows
  if (!row) return undefined
  return {
    attempt: row.attempt,
    delivery: {
      bodySha256: row.body_sha256,
      receivedAt: row.received_at,
      entries: row.entries,
      commitNo: row.commit_no,
      outcomes: parseOutcomes(row.outcomes),
    },
  }
}

function parseOutcomes(json: string): StoredDelivery["outcomes"] {
  return (JSON.parse(json) as StoredOutcome[]).map(([, id, outcome, , scopes]) => ({ id, outcome, scopes }))
}

/** Groups JSON texts into JSON arrays of at most PARAMETER_BYTES each. */
function chunks(rows: string[]): string[] {
  const out: string[] = []
  let current: string[] = []
  let bytes = 0
  for (const row of rows) {
    const size = encoder.encode(row).length + 1
    if (current.length > 0 && bytes + size > PARAMETER_BYTES) {
      out.push(`[${current.join(",")}]`)
      current = []
      bytes = 0
    }
    current.push(row)
    bytes += size
  }
  if (current.length > 0) out.push(`[${current.join(",")}]`)
  return out
}
