/**
 * Writes the events of a message in one batch. A D1 batch is atomic but cannot branch, so the first statement decides.
 * It inserts the delivery with the outcome of each event, which depends on the articles at that moment. If an outcome
 * is a change, the delivery gets a commit number. The later statements apply only the decisions of this row, and only
 * if this batch inserted it. So a repeated message changes nothing and reads the first answer.
 */
import { and, eq, type SQL, sql } from "drizzle-orm"
import { type BatchRows, batch, builtOnce, type Db, type Statement } from "../../db/client.ts"
import { jsonChunks } from "../../db/json-chunks.ts"
import { deliveries, pendingDuplicates } from "../../db/schema.ts"
import type { ArticleEvent } from "../model/article.ts"
import { scopeNames } from "../model/scope.ts"
import { copyBodies, eventRows, upsertArticles, upsertBodies } from "./article-rows.ts"
import { commitTime } from "./commit-sql.ts"
import { markChangedClustersPending } from "./duplicate-key.ts"
import { writeAliases } from "./guid-aliases.ts"
import { writeUnchanged } from "./last-hashes.ts"
import { type ArticleChanges, changedPages, changedScopes, updateMemberships } from "./memberships.ts"
import { type Decision, decideOutcomes, parseOutcomes } from "./outcomes.ts"
import { acquirePurgeToken, parseDirtyTags } from "./purge-token.ts"

export interface Delivery {
  publisherUid: string
  id: string
  bodySha256: string
  receivedAt: number
  messageAt: number
  /** JSON that is stored for the answer. */
  entries: string
  /** The Directory.taxonomyVersion with which the articles were classified. */
  taxonomyVersion: number
}

export interface StoredDelivery
  extends Pick<
    typeof deliveries.$inferSelect,
    "id" | "batchId" | "bodySha256" | "receivedAt" | "entries" | "commitNo"
  > {
  /** The outcomes are in the order of the events. */
  outcomes: Decision[]
}

export interface ApplyResult {
  delivery: StoredDelivery
  /** Whether another batch had already written this delivery, so that nothing was changed. */
  isRepeated: boolean
  /** The cache tags of what has changed, if this batch may purge. */
  dirtyTags: string[] | undefined
  /** Whether a cluster of duplicates is pending. If so, call resolveDuplicates(). */
  hasPendingDuplicates: boolean
}

/**
 * Applies the events of one delivery in one round trip.
 * @param acquiresToken whether a change should try to acquire the purge token; backfills should not
 * @param withdrawal makes one more statement for the batch, from a query that counts the changes. Only
 * jobs/remove-publisher.ts passes it, because no other change of a removed publisher is applied
 * @returns undefined if an event no longer matches its article, if the taxonomy changed after the
 * classification, or if the publisher was removed. Then read the state again and retry
 * @throws the error of D1; nothing was stored then
 */
export async function applyEvents(
  db: Db,
  delivery: Delivery,
  events: ArticleEvent[],
  acquiresToken: boolean,
  withdrawal?: (changeCount: SQL) => Statement,
): Promise<ApplyResult | undefined> {
  const batchId = crypto.randomUUID()
  const { publisherUid, id, receivedAt: now } = delivery
  const ownDelivery = ownDeliveryWith(delivery, batchId)
  const changes = changesWith(ownDelivery)
  const writes = events.flatMap((event, index) => (event.kind === "repeated" ? [] : [eventRows(event, index, now)]))
  const hasDeletions = events.some((event) => event.kind === "delete")
  const isAnnounced = sql`exists (with ${changes} select 1 from changes where not silent)`
  const results = await batch(db, {
    delivery: insertDelivery(delivery, batchId, events, withdrawal !== undefined),
    commit: insertCommit(changes, now),
    memberships: updateMemberships(changes, sql`(select commit_no from own_delivery)`, true, events.map(namesOf)),
    pendingBefore: markChangedClustersPending(changes),
    articles: jsonChunks(writes.map((write) => write.article)).map((rows) => upsertArticles(rows, ownDelivery)),
    pendingAfter: markChangedClustersPending(changes),
    copiedBodies: copyBodies(events, ownDelivery),
    bodies: jsonChunks(writes.flatMap((write) => write.body ?? [])).map((rows) => upsertBodies(rows, ownDelivery)),
    deletedBodies: hasDeletions ? deleteBodies(changes) : undefined,
    aliases: writeAliases(publisherUid, id, batchId, events),
    unchanged: writeUnchanged(publisherUid, id, batchId),
    takedowns: events.some(({ isTakenDown }) => isTakenDown) ? eraseAgain(delivery, batchId) : undefined,
    withdrawal: withdrawal?.(sql`(with ${changes} select count(*) from changes)`),
    purge: acquiresToken ? acquirePurgeToken(db, now, isAnnounced) : undefined,
    pending: selectPending(db),
    stored: selectDelivery(db, delivery),
  })
  const stored = parseDelivery(results.stored)
  return (
    stored && {
      delivery: stored,
      isRepeated: stored.batchId !== batchId,
      dirtyTags: results.purge && parseDirtyTags(results.purge),
      hasPendingDuplicates: results.pending.length > 0,
    }
  )
}

/** The names of the scopes of an event: see scopeNames(). */
function namesOf(event: ArticleEvent): (string | null)[] {
  if (event.kind !== "publish") return []
  const { tags, authors } = event.version.details
  return scopeNames(event.scopes, { tags, authors: authors.map(({ name }) => name) })
}

/** Inserts the delivery with the outcome of each event, and with the next commit number if an outcome is a change. */
function insertDelivery(delivery: Delivery, batchId: string, events: ArticleEvent[], isRemoved: boolean): SQL {
  const { publisherUid, id, bodySha256, receivedAt, messageAt, entries, taxonomyVersion } = delivery
  return sql`
    insert into deliveries (
      publisher_uid, id, batch_id, body_sha256, received_at, message_at, entries, outcomes, commit_no, unchanged
    )
    select
      ${publisherUid}, ${id}, ${batchId}, ${bodySha256}, ${receivedAt}, ${messageAt}, ${entries},
      outcomes,
      case when changes > 0 then (select coalesce(max(no), 0) + 1 from commits) end,
      unchanged
    from (${decideOutcomes(publisherUid, events, receivedAt)})
    where outdated = 0
      and (select taxonomy_version from wire) = ${taxonomyVersion}
      and (select removed_at is not null from publishers where uid = ${publisherUid}) is ${isRemoved ? 1 : 0}
    on conflict (publisher_uid, id) do nothing`
}

/** The common table expression `own_delivery`: the delivery, if this batch wrote it and an outcome is a change. */
const ownDeliveryWith = ({ publisherUid, id }: Delivery, batchId: string): SQL => sql`
  own_delivery as (
    select publisher_uid, commit_no, outcomes
    from deliveries
    where publisher_uid = ${publisherUid} and id = ${id} and batch_id = ${batchId} and commit_no is not null
  )`

/** The changes that the delivery has stored. They are materialized: SQLite would read the JSON for each column. */
const changesWith = (ownDelivery: SQL): ArticleChanges => sql`
  ${ownDelivery},
  changes as materialized (
    select
      d.commit_no,
      o.key i,
      o.value ->> 'id' id,
      o.value ->> 'outcome' outcome,
      o.value -> 'old_scopes' old_scopes,
      o.value -> 'new_scopes' new_scopes,
      o.value ->> 'old_published_at' old_published_at,
      o.value ->> 'new_published_at' new_published_at,
      o.value ->> 'seq' seq,
      o.value ->> 'silent' silent
    from own_delivery d, json_each(d.outcomes) o
    where o.value ->> 'outcome' in ('created', 'updated', 'deleted')
  )`

const insertCommit = (changes: ArticleChanges, now: number): SQL => sql`
  with ${changes}
  insert into commits (no, at, scopes, articles, backfill)
  select commit_no, ${commitTime(now)}, ${changedScopes}, ${changedPages}, (select min(silent) from changes)
  from own_delivery`

const deleteBodies = (changes: ArticleChanges): SQL => sql`
  with ${changes}
  delete from bodies
  where seq in (
    select a.seq
    from changes c
    cross join articles a on a.id = c.id
    where c.outcome = 'deleted'
  )`

/** Makes the messages of articles that were taken down pending for erasing: see push/attempts/erase-taken-down.ts. */
const eraseAgain = ({ publisherUid, id }: Delivery, batchId: string): SQL => sql`
  update takedowns
  set erased_at = null, position = json_object('deliveries', d.seq - 1)
  from deliveries d, json_each(d.outcomes) o
  where d.publisher_uid = ${publisherUid} and d.id = ${id} and d.batch_id = ${batchId}
    and o.value ->> 'outcome' = 'taken_down'
    and takedowns.article_id = o.value ->> 'id'
    and (takedowns.erased_at is not null or takedowns.position ->> 'attempts' is not null)`

/** Returns a row if a cluster of duplicates is pending. */
const selectPending = builtOnce((db) =>
  db.select({ duplicateKey: pendingDuplicates.duplicateKey }).from(pendingDuplicates).limit(1),
)

const selectStored = builtOnce((db) => {
  const { publisherUid, id, batchId, bodySha256, receivedAt, entries, outcomes, commitNo } = deliveries
  return db
    .select({ id, batchId, bodySha256, receivedAt, entries, outcomes, commitNo })
    .from(deliveries)
    .where(and(eq(publisherUid, sql.placeholder("publisherUid")), eq(id, sql.placeholder("id"))))
})

/** A statement for a batch that reads a delivery. Parse its rows with parseDelivery(). */
export const selectDelivery = (db: Db, { publisherUid, id }: Pick<Delivery, "publisherUid" | "id">) =>
  selectStored(db, { publisherUid, id })

export async function readDelivery(db: Db, publisherUid: string, id: string): Promise<StoredDelivery | undefined> {
  const { stored } = await batch(db, { stored: selectDelivery(db, { publisherUid, id }) })
  return parseDelivery(stored)
}

export function parseDelivery([row]: BatchRows<[ReturnType<typeof selectDelivery>]>[0]): StoredDelivery | undefined {
  return row && { ...row, outcomes: parseOutcomes(row.outcomes) }
}
