/**
 * The write batch. A D1 batch is atomic but cannot branch, so it decides first: the delivery row is inserted with the
 * outcome of each of its events, decided against the articles as they are at that moment, and with the commit number if any
 * outcome changes something. Every later statement applies only what that row says, and
 * only if this batch wrote the row. A repeated message therefore changes nothing and reads the first answer.
 */
import { type SQL, sql } from "drizzle-orm"
import { batch, type Db } from "../../db/client.ts"
import { jsonChunks } from "../../db/json-chunks.ts"
import type { ArticleEvent, PublishEvent } from "../model/article.ts"
import { commitTime } from "./commit-sql.ts"
import { duplicateKeyOf, markChangedClustersPending } from "./duplicate-key.ts"
import { changedScopes, updateMemberships } from "./memberships.ts"
import { articleDate, type Decision, decideOutcomes, parseOutcomes, scopesOfEvent } from "./outcomes.ts"
import { acquirePurgeToken, parseDirtyScopes } from "./purge-token.ts"

export interface Delivery {
  publisherUid: string
  id: string
  bodySha256: string
  receivedAt: number
  messageAt: number
  /** JSON stored for the answer. */
  entries: string
  /** Directory.taxonomyVersion by which the articles were classified. */
  taxonomyVersion: number
}

export interface StoredDelivery {
  bodySha256: string
  receivedAt: number
  entries: string
  commitNo: number | null
  /** In the order of the events. */
  outcomes: Decision[]
}

export interface ApplyResult {
  delivery: StoredDelivery
  /** Another batch had written this delivery already: nothing was changed. */
  isRepeated: boolean
  /** The scopes to purge, if this batch acquired the purge token (see after-commit/purge.ts). */
  dirtyScopes: string[] | undefined
  /** Whether any cluster is pending: call resolveDuplicates(). */
  hasPendingDuplicates: boolean
}

const encoder = new TextEncoder()

/**
 * Applies the events of one delivery in one round trip.
 * @param acquiresToken whether a change should try to acquire the purge token. A backfill leaves it to others.
 * @param withdrawal makes one more statement of the batch from a query for the changes. Only the removal of a publisher
 * passes it (jobs/remove-publisher.ts), and a removed publisher may do nothing else.
 * @returns undefined if an event that seemed to be repeated no longer is, if the taxonomy changed since the articles
 * were classified, or if the publisher was removed: read the state again and retry.
 * @throws what D1 throws; nothing was stored then.
 */
export async function applyEvents(
  db: Db,
  delivery: Delivery,
  events: ArticleEvent[],
  acquiresToken: boolean,
  withdrawal?: (changes: SQL) => SQL,
): Promise<ApplyResult | undefined> {
  const batchId = crypto.randomUUID()
  const now = delivery.receivedAt
  const ownDelivery = sql`from deliveries d where d.publisher_uid = ${delivery.publisherUid} and d.id = ${delivery.id}
    and d.batch_id = ${batchId} and d.commit_no is not null`
  const changes = sql`(select d.commit_no, o.key i, o.value ->> 1 id, o.value ->> 2 outcome, o.value -> 3 old_scopes,
    o.value -> 4 new_scopes, o.value ->> 7 old_published_at, o.value ->> 8 new_published_at, o.value ->> 9 old_commit_no,
    o.value ->> 11 silent from (select * ${ownDelivery}) d, json_each(d.outcomes) o where o.value ->> 2 in ('created', 'updated', 'deleted'))`

  const writes = events.flatMap((event, index) => (event.kind === "repeated" ? [] : [eventRows(event, index, now)]))
  const statements = [
    insertDelivery(delivery, batchId, events, withdrawal !== undefined),
    sql`insert into commits (no, at, scopes, backfill) select d.commit_no, ${commitTime(now)}, ${changedScopes(changes)},
      (select min(c.silent) from ${changes} c) ${ownDelivery}`,
    ...updateMemberships(changes, sql`(select d.commit_no ${ownDelivery})`, true),
    markChangedClustersPending(changes),
    ...jsonChunks(writes.map((write) => write.article)).map((rows) => upsertArticles(rows, ownDelivery)),
    markChangedClustersPending(changes),
    ...jsonChunks(writes.flatMap((write) => write.body ?? [])).map((rows) => upsertBodies(rows, ownDelivery)),
    ...(events.some((event) => event.kind === "delete")
      ? [
          sql`delete from bodies where seq in (
            select a.seq from ${changes} c cross join articles a on a.id = c.id where c.outcome = 'deleted')`,
        ]
      : []),
    ...(withdrawal ? [withdrawal(changes)] : []),
  ]

  const results = await batch(db, [
    ...statements,
    ...(acquiresToken ? acquirePurgeToken(now, sql`exists (select 1 from ${changes} c where not c.silent)`) : []),
    sql`select 1 from pending_duplicates limit 1`,
    selectDelivery(delivery.publisherUid, delivery.id),
  ])
  const storedDelivery = parseDelivery(results.at(-1) as DeliveryRow[])
  if (!storedDelivery) return undefined
  const dirtyScopes = acquiresToken
    ? parseDirtyScopes(results.at(-4) as unknown[], results.at(-3) as { scope: string }[])
    : undefined
  const hasPendingDuplicates = (results.at(-2) as unknown[]).length > 0
  return {
    delivery: storedDelivery.delivery,
    isRepeated: storedDelivery.batchId !== batchId,
    dirtyScopes,
    hasPendingDuplicates,
  }
}

/** Statement 1: the delivery, the outcome of each event, and the next commit number if any of them is a change. */
function insertDelivery(delivery: Delivery, batchId: string, events: ArticleEvent[], isRemoved: boolean): SQL {
  return sql`insert into deliveries
      (publisher_uid, id, batch_id, body_sha256, received_at, message_at, entries, outcomes, commit_no, unchanged)
    select ${delivery.publisherUid}, ${delivery.id}, ${batchId}, ${delivery.bodySha256}, ${delivery.receivedAt},
      ${delivery.messageAt}, ${delivery.entries}, outcomes,
      case when changes > 0 then (select coalesce(max(no), 0) + 1 from commits) end, unchanged
    from (${decideOutcomes(delivery.publisherUid, events, delivery.receivedAt)})
    where outdated = 0 and (select taxonomy_version from wire) = ${delivery.taxonomyVersion}
      and (select removed_at is not null from publishers where uid = ${delivery.publisherUid}) is ${isRemoved ? 1 : 0}
    on conflict (publisher_uid, id) do nothing`
}

/** An event's rows as JSON arrays. Their first member is the index of the event, which is also the index of its outcome. */
function eventRows(
  event: Exclude<ArticleEvent, { kind: "repeated" }>,
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
  const scopes = scopesOfEvent(event, now)
  return [
    index,
    event.guid,
    scopes === undefined ? "embargoed" : "published",
    event.versionAt,
    event.messageAt,
    event.contentHash,
    event.rawHash,
    version.publishedAt ?? null,
    version.updatedAt ?? null,
    version.embargo ?? null,
    encoder.encode(version.html).length,
    version.url ?? null,
    version.language ?? null,
    version.direction,
    version.title ?? null,
    version.subtitle ?? null,
    version.summary ?? null,
    version.dateline ?? null,
    version.details,
    duplicateKeyOf(version) ?? null,
  ]
}

/** The latest date of change that feeds have shown for an article. */
const LAST_PUBLIC_CHANGE = sql`max(coalesce(articles.published_at, 0), coalesce(articles.updated_at, 0),
  coalesce(articles.corrected_at, 0))`

function upsertArticles(rows: string, ownDelivery: SQL): SQL {
  return sql`insert into articles (id, publisher_uid, guid, state, commit_no, version_at, message_at, content_hash,
      raw_hash, dated_at, published_at, updated_at, embargo, scopes, size_in_bytes, url, language, dir, title, subtitle,
      summary, dateline, details, duplicate_key, suppressed, was_public)
    select o.id, o.publisher_uid, r ->> 1, r ->> 2, o.commit_no, r ->> 3, r ->> 4, r ->> 5, r ->> 6,
      dated_at, max(dated_at, coalesce(r ->> 9, 0)),
      r ->> 8, r ->> 9, o.new_scopes, coalesce(r ->> 10, 0), r ->> 11, r ->> 12, r ->> 13, r ->> 14, r ->> 15, r ->> 16, r ->> 17,
      coalesce(r -> 18, '{}'), r ->> 19, coalesce(o.suppressed, 0), r ->> 2 = 'published'
    from (select o.*, case when r ->> 2 <> 'deleted' then
          ${articleDate(sql`r ->> 7`, sql`(select dated_at from articles where id = o.id)`, sql`r ->> 4`)} end dated_at
        from ${changedRows(rows, ownDelivery)} o) o where true
    on conflict (id) do update set state = excluded.state, commit_no = excluded.commit_no,
      version_at = excluded.version_at, message_at = excluded.message_at, content_hash = excluded.content_hash,
      raw_hash = excluded.raw_hash, dated_at = excluded.dated_at, published_at = excluded.published_at,
      updated_at = excluded.updated_at,
      embargo = excluded.embargo, scopes = excluded.scopes,
      size_in_bytes = excluded.size_in_bytes, url = excluded.url, language = excluded.language, dir = excluded.dir, title = excluded.title,
      subtitle = excluded.subtitle, summary = excluded.summary, dateline = excluded.dateline,
      details = excluded.details, suppressed = excluded.suppressed, duplicate_key = excluded.duplicate_key,
      was_public = max(articles.was_public, excluded.was_public),
      duplicates = case when articles.duplicate_key is excluded.duplicate_key then articles.duplicates end,
      corrected_at = case
        when excluded.state <> 'deleted' and articles.state = 'embargoed' then articles.corrected_at
        when excluded.state = 'deleted' or coalesce(excluded.updated_at, 0) <= ${LAST_PUBLIC_CHANGE}
        then max((select at from commits where no = excluded.commit_no), ${LAST_PUBLIC_CHANGE} + 1000) end`
}

function upsertBodies(rows: string, ownDelivery: SQL): SQL {
  return sql`insert into bodies (seq, html) select a.seq, r ->> 1 from ${changedRows(rows, ownDelivery)} o
      cross join articles a on a.id = o.id where true
    on conflict (seq) do update set html = excluded.html`
}

/** The rows whose outcome is a change, each with the commit, the id of its article and the decision. */
function changedRows(rows: string, ownDelivery: SQL): SQL {
  return sql`(select r.value r, d.publisher_uid, d.commit_no, d.outcomes -> (r.value ->> 0) ->> 1 id,
      d.outcomes -> (r.value ->> 0) -> 4 new_scopes, d.outcomes -> (r.value ->> 0) ->> 10 suppressed
    from (select * ${ownDelivery}) d, json_each(${rows}) r
    where d.outcomes -> (r.value ->> 0) ->> 2 in ('created', 'updated', 'deleted'))`
}

/** The statement that reads a delivery, for a batch; parse its rows with parseDelivery(). */
export function selectDelivery(publisherUid: string, id: string) {
  return sql<DeliveryRow>`select batch_id, body_sha256, received_at, entries, outcomes, commit_no
    from deliveries where publisher_uid = ${publisherUid} and id = ${id}`
}

interface DeliveryRow {
  batch_id: string
  body_sha256: string
  received_at: number
  entries: string
  outcomes: string
  commit_no: number | null
}

export function parseDelivery(rows: DeliveryRow[]): { delivery: StoredDelivery; batchId: string } | undefined {
  const [row] = rows
  if (!row) return undefined
  return {
    batchId: row.batch_id,
    delivery: {
      bodySha256: row.body_sha256,
      receivedAt: row.received_at,
      entries: row.entries,
      commitNo: row.commit_no,
      outcomes: parseOutcomes(row.outcomes),
    },
  }
}
