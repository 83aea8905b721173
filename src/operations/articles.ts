/** Refiles an article, takes it down, and releases it. */
import { and, eq, ne, sql } from "drizzle-orm"
import { purgeDirtyTags, runAfterCommit } from "../after-commit/purge.ts"
import { isTaxonomyConflict } from "../articles/jobs/reclassify.ts"
import { refile } from "../articles/jobs/refile.ts"
import { resolveDuplicates } from "../articles/jobs/resolve-duplicates.ts"
import { releaseArticle as release, type TakedownTarget, takeDown } from "../articles/jobs/take-down.ts"
import { addressHash } from "../articles/model/article.ts"
import { articleAddress } from "../articles/model/duplicate-key-of.ts"
import { readDirectory } from "../articles/taxonomy/directory.ts"
import { sectionById } from "../articles/taxonomy/directory-lookup.ts"
import { type Db, literal } from "../db/client.ts"
import { articles as table } from "../db/schema.ts"
import { Problem } from "../http/problem.ts"
import { logError } from "../log/log.ts"
import { containsArticle, eraseTakenDown } from "../push/attempts/erase-taken-down.ts"
import {
  type ArticleRow,
  aliasesOf,
  MAX_SEARCHED,
  mustFindArticle,
  selectArticles,
  showArticle,
} from "./article-record.ts"
import { changeOf, insertAudit } from "./audit.ts"
import type { OperationContext } from "./context.ts"
import { mustFindSection } from "./find-by-slug.ts"
import type { Input } from "./input.ts"
import type { RefileArticle, TakeDownArticle } from "./input-schemas.ts"

/** How often a takedown is tried again because an article changed meanwhile. */
const MAX_ROUNDS = 5
/** How many batches of the erasing the request runs: enough for a small wire. */
const ERASURES_PER_REQUEST = 5

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
      insertAudit(context, {
        ...{ action: "article.take-down", subject, detail: { reason, articles: ids }, onlyIf },
        ...changeOf({ states: articles.map(({ state }) => state) }, { states: articles.map(() => "taken_down") }),
      }),
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
    insertAudit(context, {
      ...{ action: "article.release", subject: `articles/${id}`, onlyIf },
      ...changeOf({ state }, { state: "deleted" }),
    }),
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
    const [{ id, state, refiled }, directory] = await Promise.all([mustFindArticle(db, idText), readDirectory(db)])
    if (state !== "published" && state !== "embargoed")
      throw new Problem("conflict", `The article ${id} is not on the wire: its state is ${state}.`)
    const sections = input.sections && [
      ...new Set(input.sections.map((slug) => mustFindSection({ directory }, slug).id)),
    ]
    const isDone = await refile(db, id, sections, now, (onlyIf) =>
      insertAudit(context, {
        ...{ action: "article.refile", subject: `articles/${id}`, onlyIf },
        ...changeOf({ sections: refiled?.flatMap((each) => sectionById(directory, each)?.slug ?? []) }, input),
      }),
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
