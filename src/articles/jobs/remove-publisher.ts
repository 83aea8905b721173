/**
 * Removes a publisher. The publisher disappears from every feed immediately. Its articles are withdrawn in batches, as
 * if the publisher had deleted them. Each run reads the articles that are still in the publisher's scope (list of
 * articles), so an interrupted removal continues.
 */
import { and, desc, eq, exists, isNull, or, type SQL, sql } from "drizzle-orm"
import { batch, type Db, literal, rowFrom, type StoredColumns } from "../../db/client.ts"
import { articleAliases, type articles, memberships, publishers, removals, wire } from "../../db/schema.ts"
import { deletionHash } from "../model/article.ts"
import { publisherScope } from "../model/scope.ts"
import { applyEvents } from "../write/write-batch.ts"

const ARTICLES_PER_BATCH = 100

/** A time later than every version: the last moment that a JavaScript date can hold (ECMA-262 §21.4.1.1). */
const LAST_VERSION_TIME = 8.64e15

/**
 * Returns the embargoed articles as a table for `from`, with the alias `a`. It names the index, because SQLite would
 * otherwise choose the index by publisher and read all articles of the publisher.
 */
const embargoedArticles = (uid: SQL | string): SQL =>
  sql`articles a indexed by articles_embargoed where a.state = 'embargoed' and a.publisher_uid = ${uid}`

/**
 * Returns statements for commitWire(). The publisher's keys are kept, because only an authenticated push gets the
 * answer that the publisher was removed.
 */
export function beginRemoval(db: Db, publisherUid: string, now: number) {
  const isPublisher = eq(publishers.uid, publisherUid)
  const total = sql`coalesce((select article_count from scopes where key = ${publisherScope(publisherUid)}), 0)
    + (select count(*) from ${embargoedArticles(publisherUid)})`
  const row = { publisherUid, total, processed: 0, startedAt: now }
  return [
    db
      .update(publishers)
      .set({ removedAt: now })
      .where(and(isPublisher, isNull(publishers.removedAt))),
    db
      .insert(removals)
      .select(rowFrom(removals, row, sql`from ${publishers} where ${isPublisher}`))
      .onConflictDoNothing(),
  ]
}

/** The common table expression `oldest`: the publisher of the oldest pending removal. */
const OLDEST = sql`
  oldest as (
    select publisher_uid uid
    from removals
    where finished_at is null
    order by started_at, publisher_uid
    limit 1
  )`

const LIMIT = literal(ARTICLES_PER_BATCH)

/** The next articles to withdraw: first embargoed articles, then articles that are still in the publisher's scope. */
const selectRemaining = sql<StoredColumns<typeof articles, "id" | "guid">>`
  with ${OLDEST},
  embargoed as (
    select a.id, a.guid
    from ${embargoedArticles(sql`(select uid from oldest)`)}
    order by a.embargo
    limit ${LIMIT}
  ),
  published as (
    select a.id, a.guid
    from memberships m
    cross join articles a on a.id = m.article_id
    where m.scope = 'publisher:' || (select uid from oldest)
    order by m.published_at desc, m.article_id desc
    limit ${LIMIT}
  )
  select id, guid from embargoed
  union all
  select id, guid from published
  limit ${LIMIT}`

/** Deletes the next aliases of the publisher. */
const deleteAliases = sql`
  delete from article_aliases
  where (publisher_uid, guid) in (
    with ${OLDEST}
    select x.publisher_uid, x.guid
    from oldest
    cross join article_aliases x on x.publisher_uid = oldest.uid
    limit ${LIMIT}
  )`

/**
 * Withdraws the next articles of the oldest pending removal, in two round trips. Call resolveDuplicates() afterwards,
 * because a withdrawn article may have had duplicates.
 * @returns whether there was a pending removal
 */
export async function removeArticles(db: Db, now: number): Promise<boolean> {
  const {
    removal: [removal],
    taxonomy: [taxonomy],
    articles,
  } = await batch(db, {
    removal: sql<StoredColumns<typeof publishers, "uid">>`with ${OLDEST} select uid from oldest`,
    taxonomy: db.select({ taxonomyVersion: wire.taxonomyVersion }).from(wire),
    articles: selectRemaining,
    aliases: deleteAliases,
  })
  if (!removal || !taxonomy) return false
  const { uid } = removal
  if (articles.length === 0) {
    await recordProgress(db, uid, sql`0`, now)
    return true
  }
  const delivery = {
    publisherUid: uid,
    // The id of a message has no dot, so no message has this id.
    id: `removal.${crypto.randomUUID()}`,
    bodySha256: "",
    receivedAt: now,
    messageAt: now,
    entries: "[]",
    taxonomyVersion: taxonomy.taxonomyVersion,
  }
  const events = articles.map((article) => ({
    kind: "delete" as const,
    versionAt: LAST_VERSION_TIME,
    messageAt: now,
    rawHash: "",
    source: "removal",
    ...article,
    contentHash: deletionHash(undefined),
  }))
  await applyEvents(db, delivery, events, false, (changeCount) => recordProgress(db, uid, changeCount, now))
  return true
}

/** Adds to the progress of a removal. The removal is finished when the publisher has no article and no alias left. */
function recordProgress(db: Db, uid: string, processed: SQL, now: number) {
  const members = db
    .select({ articleId: memberships.articleId })
    .from(memberships)
    .where(eq(memberships.scope, publisherScope(uid)))
  const aliases = db.select().from(articleAliases).where(eq(articleAliases.publisherUid, uid))
  const isRemaining = or(exists(members), sql`exists (select 1 from ${embargoedArticles(uid)})`, exists(aliases))
  return db
    .update(removals)
    .set({
      processed: sql`${removals.processed} + ${processed}`,
      finishedAt: sql`iif(${isRemaining}, null, ${now})`,
    })
    .where(and(eq(removals.publisherUid, uid), isNull(removals.finishedAt)))
}

export type Removal = Awaited<ReturnType<typeof readRemovals>>[number]

/** Reads the removals of all publishers or of one publisher, newest first, in one round trip. */
export function readRemovals(db: Db, slug?: string) {
  const { total, processed, startedAt, finishedAt } = removals
  return db
    .select({ publisher: publishers.slug, total, processed, startedAt, finishedAt })
    .from(removals)
    .innerJoin(publishers, eq(publishers.uid, removals.publisherUid))
    .where(slug === undefined ? undefined : eq(publishers.slug, slug))
    .orderBy(desc(startedAt), publishers.slug)
}
