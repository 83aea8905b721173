/** Shows one article with its deliveries, refiles it, takes it down, and releases it. */
import { and, eq, ne, sql } from "drizzle-orm"
import { purgeDirtyTags, runAfterCommit } from "../after-commit/purge.ts"
import { isTaxonomyConflict } from "../articles/jobs/reclassify.ts"
import { refile } from "../articles/jobs/refile.ts"
import { resolveDuplicates } from "../articles/jobs/resolve-duplicates.ts"
import { releaseArticle as release, type TakedownTarget, takeDown } from "../articles/jobs/take-down.ts"
import { addressHash } from "../articles/model/article.ts"
import { articleAddress } from "../articles/model/duplicate-key-of.ts"
import { articlePagePath } from "../articles/model/page-path.ts"
import { readDirectory } from "../articles/taxonomy/directory.ts"
import { sectionById } from "../articles/taxonomy/directory-lookup.ts"
import { type Db, literal, type StoredColumns } from "../db/client.ts"
import { articleAliases, type deliveries as deliveryTable, publishers, articles as table } from "../db/schema.ts"
import { takedowns } from "../db/takedown-schema.ts"
import { Problem } from "../http/problem.ts"
import { logError } from "../log/log.ts"
import { containsArticle, eraseTakenDown } from "../push/attempts/erase-taken-down.ts"
import { insertAudit } from "./audit.ts"
import type { OperationContext } from "./context.ts"
import { mustFindSection } from "./find-by-slug.ts"
import type { Input } from "./input.ts"
import type { RefileArticle, TakeDownArticle } from "./input-schemas.ts"
import { isoTime } from "./iso-time.ts"

/** How many deliveries of an article are shown, and how many of its publisher's are searched for them. */
const MAX_DELIVERIES = 50
const MAX_SEARCHED = 5000
/** How often a takedown is tried again because an article changed meanwhile. */
const MAX_ROUNDS = 5
/** How many batches of the erasing the request runs: enough for a small wire. */
const ERASURES_PER_REQUEST = 5

export async function showArticle({ db, settings }: OperationContext, idText: string) {
  const article = await mustFindArticle(db, idText)
  const { id, publisherUid, details, slug, ...members } = article
  const [deliveries, directory] = await Promise.all([deliveriesOf(db, publisherUid, id), readDirectory(db)])
  const slugsOf = (ids: number[]) => ids.flatMap((each) => sectionById(directory, each)?.slug ?? [])
  return {
    id,
    publisher: members.publisher,
    guid: members.guid,
    aliases: await aliasesOf(db, id, members.guid),
    state: members.state,
    ...(members.reason !== null && {
      reason: members.reason,
      taken_down_at: isoTime(members.takenDownAt),
      erased_at: isoTime(members.erasedAt),
    }),
    sections: slugsOf((details as { sections?: number[] }).sections ?? []),
    ...(members.refiled !== null && { refiled: slugsOf(members.refiled) }),
    title: members.title,
    url: members.url,
    language: members.language,
    ...(members.state === "published" && { page_url: settings.feedsUrl + articlePagePath({ id, slug }) }),
    date_published: isoTime(members.publishedAt),
    date_modified: isoTime(members.updatedAt),
    embargo: isoTime(members.embargo),
    commit: members.commitNo,
    deliveries: deliveries.map((delivery) => ({
      id: delivery.id,
      received_at: isoTime(delivery.received_at),
      outcome: delivery.outcome,
      content_hash: delivery.content_hash,
    })),
  }
}

/** Says what a takedown would take down, and which other articles can no longer be replayed afterwards. */
export async function previewTakedown({ db }: OperationContext, idText: string, isWholeCluster: boolean) {
  const articles = await articlesToTakeDown(db, idText, isWholeCluster)
  const ids = articles.map(({ id }) => id)
  const isFound = containsArticle(sql`outcomes`, ids)
  const uids = sql`(select value from json_each(${JSON.stringify(articles.map(({ publisherUid }) => publisherUid))}))`
  const [count] = await db.all<Record<"deliveries" | "others", number>>(sql`
    select count(distinct d.seq) deliveries, count(distinct o.value ->> 'id') others
    from (
      select seq, outcomes from (
        select seq, outcomes, publisher_uid from deliveries order by seq desc limit ${literal(MAX_SEARCHED)})
      where publisher_uid in ${uids} and ${isFound}
    ) d
    left join json_each(d.outcomes) o on o.value ->> 'id' not in (select value from json_each(${JSON.stringify(ids)}))`)
  return {
    articles: articles.map(({ id, publisher, guid, title, state }) => ({ id, publisher, guid, title, state })),
    messages: count?.deliveries ?? 0,
    other_articles: count?.others ?? 0,
    note: "These messages are erased, so the other articles in them can no longer be replayed. Time Travel and backups keep everything until they expire.",
  }
}

export async function takeDownArticle(context: OperationContext, idText: string, input: Input<typeof TakeDownArticle>) {
  const { db, now } = context
  const { reason, cluster = false } = input
  for (let round = 1; round <= MAX_ROUNDS; round++) {
    const articles = await articlesToTakeDown(db, idText, cluster)
    const targets = await Promise.all(articles.map((article) => targetOf(db, article)))
    const ids = targets.map(({ id }) => id)
    const subject = `articles/${ids[0]}`
    const isDone = await takeDown(db, targets, reason, now, (onlyIf) =>
      insertAudit(context, { action: "article.take-down", subject, detail: { reason, articles: ids }, onlyIf }),
    )
    if (!isDone) continue
    await finish(context)
    return {
      taken_down: ids,
      note: "The database forgot these articles at once. The edge and remembered answers follow within 75 seconds.",
    }
  }
  throw changing()
}

/** Purges the edge and begins to erase. After a failure, the job of every minute (sweep) does both. */
async function finish({ db, env, ctx, now, requestId }: OperationContext): Promise<void> {
  try {
    await resolveDuplicates(db, now)
    await runAfterCommit(ctx, db, undefined, now)
    await purgeDirtyTags(ctx, db, now)
    for (let run = 0; run < ERASURES_PER_REQUEST && (await eraseTakenDown(db, env.RECEIVED, now)); run++);
  } catch (error) {
    logError("takedown_interrupted", error, { id: requestId })
  }
}

export async function releaseArticle(context: OperationContext, idText: string) {
  const { db, ctx, now } = context
  const { id, state } = await mustFindArticle(db, idText)
  if (state !== "taken_down") throw new Problem("conflict", `The article ${id} is not taken down.`)
  const isReleased = await release(db, id, now, (onlyIf) =>
    insertAudit(context, { action: "article.release", subject: `articles/${id}`, detail: {}, onlyIf }),
  )
  if (!isReleased)
    throw new Problem("conflict", "The messages with this article are still being erased: try again in a few minutes.")
  await runAfterCommit(ctx, db, undefined, now)
  return { id, state: "deleted", note: "The next message with this article brings it back." }
}

/** Files the article under these sections, whatever its publisher states. */
export async function refileArticle(context: OperationContext, idText: string, input: Input<typeof RefileArticle>) {
  const { db, ctx, now } = context
  for (let round = 1; round <= MAX_ROUNDS; round++) {
    const [{ id, state }, directory] = await Promise.all([mustFindArticle(db, idText), readDirectory(db)])
    if (state !== "published" && state !== "embargoed")
      throw new Problem("conflict", `The article ${id} is not on the wire: its state is ${state}.`)
    const sections = input.sections && [
      ...new Set(input.sections.map((slug) => mustFindSection({ directory }, slug).id)),
    ]
    const isDone = await refile(db, id, sections, now, (onlyIf) =>
      insertAudit(context, { action: "article.refile", subject: `articles/${id}`, detail: input, onlyIf }),
    ).catch((error: unknown) => {
      if (isTaxonomyConflict(error)) return false
      throw error
    })
    if (!isDone) continue
    await runAfterCommit(ctx, db, undefined, now)
    return showArticle(context, id)
  }
  throw changing()
}

const changing = () =>
  new Problem("storage_unavailable", "Messages are changing this article: send the request again.", [], {
    "retry-after": "5",
  })

const ARTICLE_COLUMNS = {
  ...{ id: table.id, publisherUid: table.publisherUid, publisher: publishers.slug, guid: table.guid },
  ...{ state: table.state, commitNo: table.commitNo, title: table.title, url: table.url, slug: table.slug },
  ...{ language: table.language, details: table.details, duplicateKey: table.duplicateKey },
  ...{ refiled: table.refiled, publishedAt: table.publishedAt, updatedAt: table.updatedAt, embargo: table.embargo },
  ...{ reason: takedowns.reason, takenDownAt: takedowns.at, erasedAt: takedowns.erasedAt },
}

const selectArticles = (db: Db) =>
  db
    .select(ARTICLE_COLUMNS)
    .from(table)
    .innerJoin(publishers, eq(publishers.uid, table.publisherUid))
    .leftJoin(takedowns, eq(takedowns.articleId, table.id))
    .$dynamic()

type ArticleRow = Awaited<ReturnType<typeof selectArticles>>[number]

/** @param idText 32 hexadecimal digits, or a text that ends with them, such as a tag: URI @throws Problem not_found */
async function mustFindArticle(db: Db, idText: string): Promise<ArticleRow> {
  const id = /([0-9a-f]{32})$/i.exec(idText)?.[1]?.toLowerCase()
  const [article] = id === undefined ? [] : await selectArticles(db).where(eq(table.id, id))
  if (article) return article
  throw new Problem("not_found", `There is no article ${idText} here. An id is 32 hexadecimal digits.`)
}

/**
 * Returns the article, and then the others of its cluster. An article that is down has no duplicate key.
 * @throws Problem not_found, conflict if the article is down already
 */
async function articlesToTakeDown(db: Db, idText: string, isWholeCluster: boolean): Promise<ArticleRow[]> {
  const article = await mustFindArticle(db, idText)
  if (article.state === "taken_down") throw new Problem("conflict", `The article ${article.id} is taken down already.`)
  const { duplicateKey } = article
  if (!isWholeCluster || duplicateKey === null) return [article]
  const others = and(eq(table.duplicateKey, duplicateKey), ne(table.id, article.id))
  return [article, ...(await selectArticles(db).where(others))]
}

async function targetOf(db: Db, article: ArticleRow): Promise<TakedownTarget> {
  const { id, publisherUid, commitNo, guid, url, details } = article
  const { externalUrl } = details as { externalUrl?: string }
  const address = articleAddress(url ?? undefined, externalUrl)
  const guids = [guid, ...(await aliasesOf(db, id, guid))]
  return {
    id,
    publisherUid,
    commitNo,
    addressHash: address === undefined ? undefined : await addressHash(publisherUid, address),
    marks: [...new Set([...guids.flatMap(asWholeValue), ...(url === null ? [] : spellingsOf(url))])],
  }
}

/** A text as JSON and XML may write it. */
const spellingsOf = (text: string): string[] => [
  text,
  JSON.stringify(text).slice(1, -1),
  text.replaceAll("/", "\\/"),
  text.replaceAll("&", "&amp;"),
]

/** A guid may be as short as "7", so it is searched between the signs around a value. */
const asWholeValue = (guid: string): string[] =>
  spellingsOf(guid).flatMap((text) => [`"${text}"`, `>${text}<`, `[${text}]`])

async function aliasesOf(db: Db, id: string, guid: string): Promise<string[]> {
  const { guid: alias, articleId } = articleAliases
  const rows = await db
    .select({ alias })
    .from(articleAliases)
    .where(and(eq(articleId, id), ne(alias, guid)))
    .orderBy(alias)
  return rows.map((row) => row.alias)
}

type ArticleDelivery = StoredColumns<typeof deliveryTable, "id" | "receivedAt"> & {
  outcome: string
  content_hash: string
}

/** The newest deliveries of an article, as far as they are kept (7 days), and among the publisher's newest. */
const deliveriesOf = (db: Db, publisherUid: string, id: string): Promise<ArticleDelivery[]> =>
  db.all<ArticleDelivery>(sql`
    select d.id, d.received_at, o.value ->> 'outcome' outcome, o.value ->> 'content_hash' content_hash
    from (
      select * from (select * from deliveries order by seq desc limit ${literal(MAX_SEARCHED)})
      where publisher_uid = ${publisherUid} and ${containsArticle(sql`outcomes`, [id])}
      limit ${literal(MAX_DELIVERIES)}
    ) d, json_each(d.outcomes) o
    where o.value ->> 'id' = ${id}
    order by d.seq desc`)
