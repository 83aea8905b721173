/**
 * The end of a publisher. It leaves the directory at once, and with it every feed; its articles are withdrawn in batches, as
 * if it had deleted them. What is left to do is what still stands, so whoever goes on, and however often it is cut off,
 * nothing is withdrawn twice or forgotten.
 */
import { type SQL, sql } from "drizzle-orm"
import { batch, type Db, literal } from "../db/client.ts"
import { deletedHash } from "./article.ts"
import { publisherScope } from "./scope.ts"
import { applyEvents } from "./store.ts"

/** Articles that are withdrawn in one batch: as many as a push brings at most. */
const BATCH = 100

/** Later than every version, whatever clock dated it: the last moment that a date can say (ECMA-262 §21.4.1.1). */
const LAST_VERSION = 8.64e15

const waitsForRelease = (uid: SQL | string): SQL =>
  // By its publisher SQLite would look through all that it ever published.
  sql`articles a indexed by articles_embargoed where a.state = 'embargoed' and a.publisher_uid = ${uid}`

/**
 * Statements for the batch of the request that removes a publisher, to be committed as a change of names. Its keys stay, so
 * that its systems can be told; from now on nothing is stored that they sign. A second removal changes nothing.
 */
export function beginRemoval(publisherUid: string, now: number): SQL[] {
  return [
    sql`update publishers set removed_at = ${now} where uid = ${publisherUid} and removed_at is null`,
    sql`insert into removals (publisher_uid, total, done, created_at)
      select uid, coalesce((select articles from scopes where key = ${publisherScope(publisherUid)}), 0)
        + (select count(*) from ${waitsForRelease(publisherUid)}), 0, ${now}
      from publishers where uid = ${publisherUid} on conflict do nothing`,
  ]
}

/**
 * Withdraws the next articles of the oldest removal that waits, BATCH at most: two round trips, one commit. How far it is is
 * written in the same batch. Stories that others tell too wait for settleStories() afterwards.
 * @returns whether any removal waited.
 * @throws what D1 throws; nothing of the batch has happened then.
 */
export async function removeArticles(db: Db, now: number): Promise<boolean> {
  const oldest = sql`(select publisher_uid from removals where finished_at is null order by created_at, publisher_uid limit 1)`
  const [[removal], [wire], articles] = await batch(db, [
    sql<{ uid: string | null }>`select ${oldest} uid`,
    sql<{ filing: number }>`select filing from wire`,
    sql<{ id: string; guid: string }>`select id, guid from (select a.id, a.guid from ${waitsForRelease(oldest)}
        order by a.embargo_until limit ${literal(BATCH)})
      union all select id, guid from (
        select a.id, a.guid from standings s cross join articles a on a.id = s.article_id
        where s.scope = 'publisher:' || ${oldest} order by s.published_at desc, s.article_id desc limit ${literal(BATCH)})
      limit ${literal(BATCH)}`,
  ])
  const uid = removal?.uid ?? undefined
  if (uid === undefined || !wire) return false
  if (articles.length === 0) {
    await batch(db, [progress(uid, sql`0`, now)])
    return true
  }
  const delivery = {
    publisherUid: uid,
    // A message's id has no dot.
    id: `removal.${crypto.randomUUID()}`,
    bodySha256: "",
    receivedAt: now,
    messageAt: now,
    entries: "[]",
    filing: wire.filing,
  }
  const header = { kind: "delete", versionAt: LAST_VERSION, messageAt: now, rawHash: "" } as const
  const events = articles.map((article) => ({ ...header, ...article, contentHash: deletedHash(undefined) }))
  await applyEvents(db, delivery, events, false, (changes) =>
    progress(uid, sql`(select count(*) from ${changes})`, now),
  )
  return true
}

/** Adds to what is done of a removal; it is finished when nothing is left, as the batch finds it. */
const progress = (uid: string, done: SQL, now: number): SQL => sql`update removals set done = done + ${done},
    finished_at = iif(exists (select 1 from standings where scope = ${publisherScope(uid)})
      or exists (select 1 from ${waitsForRelease(uid)}), null, ${now})
  where publisher_uid = ${uid} and finished_at is null`

/** How far the articles of a removed publisher are withdrawn. */
export interface Removal {
  /** Its slug. */
  publisher: string
  /** Articles that stood or were embargoed when it was removed. */
  total: number
  done: number
  /** Milliseconds UTC. */
  createdAt: number
  finishedAt: number | null
}

/** All of them, the last first. One round trip. */
export function readRemovals(db: Db): Promise<Removal[]> {
  return db.all<Removal>(sql`select p.slug publisher, r.total, r.done, r.created_at createdAt, r.finished_at finishedAt
    from removals r join publishers p on p.uid = r.publisher_uid order by r.created_at desc, p.slug`)
}
