/** Reads one article for operators: what is stored of it, where it is shown, and its versions as far as deliveries are kept. */
import { and, eq, ne, sql } from "drizzle-orm"
import type { ArticleDetails } from "../articles/model/article.ts"
import { articlePagePath } from "../articles/model/page-path.ts"
import { ALL_SCOPE, isSuppressedScope } from "../articles/model/scope.ts"
import { type Directory, readDirectory } from "../articles/taxonomy/directory.ts"
import { sectionById } from "../articles/taxonomy/directory-lookup.ts"
import { type Db, isOneOf, literal, type StoredColumns } from "../db/client.ts"
import {
  articleAliases,
  type deliveries as deliveryTable,
  publishers,
  scopes,
  articles as table,
} from "../db/schema.ts"
import { takedowns } from "../db/takedown-schema.ts"
import { feedPath, subscriptionTo } from "../feeds/address.ts"
import { Problem } from "../http/problem.ts"
import { containsArticle } from "../push/attempts/erase-taken-down.ts"
import type { OperationContext } from "./context.ts"
import { isoTime } from "./iso-time.ts"

/** How many deliveries of an article are shown, and how many of its publisher's are searched for them. */
const MAX_DELIVERIES = 50
export const MAX_SEARCHED = 5000

export async function showArticle({ db, settings }: OperationContext, idText: string) {
  const article = await mustFindArticle(db, idText)
  const { id, publisherUid, slug, ...members } = article
  const details = article.details as Partial<ArticleDetails>
  const [deliveries, directory, names] = await Promise.all([
    deliveriesOf(db, publisherUid, id),
    readDirectory(db),
    namesOf(db, members.scopes),
  ])
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
    sections: slugsOf(details.sections ?? []),
    ...(members.refiled !== null && { refiled: slugsOf(members.refiled) }),
    title: members.title,
    stored: {
      subtitle: members.subtitle,
      summary: members.summary,
      dateline: members.dateline,
      authors: (details.authors ?? []).map(({ name }) => name),
      tags: details.tags ?? [],
      image: details.image?.url ?? null,
      size_in_bytes: members.sizeInBytes,
      content_hash: members.contentHash,
      source: members.source,
    },
    shown_in: shownIn(members.scopes, members.publisher, { directory, names, feedsUrl: settings.feedsUrl }),
    suppressed: members.suppressed === 1,
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

/** The spellings of tags and authors that feeds show. */
async function namesOf(db: Db, keys: string[]): Promise<Map<string, string | null>> {
  const rows = await db.select({ key: scopes.key, name: scopes.name }).from(scopes).where(isOneOf(scopes.key, keys))
  return new Map(rows.map(({ key, name }) => [key, name]))
}

interface ShownNames {
  directory: Pick<Directory, "sections">
  names: Map<string, string | null>
  feedsUrl: string
}

/** The lists that show an article, each with its feed. A suppressed article is only in the lists of its publisher. */
function shownIn(keys: string[], publisher: string, { directory, names, feedsUrl }: ShownNames) {
  return keys.flatMap((key) => {
    if (isSuppressedScope(key)) return []
    const [list = "", ...rest] = key.split(":")
    const folded = rest.join(":")
    const name =
      list === "section"
        ? sectionById(directory, Number(folded))?.slug
        : list === "publisher"
          ? publisher
          : (names.get(key) ?? folded)
    if (name === undefined) return []
    const address = subscriptionTo(list === ALL_SCOPE ? {} : { [list]: [name] })
    return [{ list, ...(list !== ALL_SCOPE && { name }), feed: feedsUrl + feedPath({ ...address, format: "rss" }) }]
  })
}

const ARTICLE_COLUMNS = {
  ...{ id: table.id, publisherUid: table.publisherUid, publisher: publishers.slug, guid: table.guid },
  ...{ state: table.state, commitNo: table.commitNo, title: table.title, url: table.url, slug: table.slug },
  ...{ language: table.language, details: table.details, duplicateKey: table.duplicateKey },
  ...{ subtitle: table.subtitle, summary: table.summary, dateline: table.dateline, source: table.source },
  ...{ suppressed: table.suppressed, scopes: table.scopes, sizeInBytes: table.sizeInBytes },
  ...{ contentHash: table.contentHash },
  ...{ refiled: table.refiled, publishedAt: table.publishedAt, updatedAt: table.updatedAt, embargo: table.embargo },
  ...{ reason: takedowns.reason, takenDownAt: takedowns.at, erasedAt: takedowns.erasedAt },
}

export const selectArticles = (db: Db) =>
  db
    .select(ARTICLE_COLUMNS)
    .from(table)
    .innerJoin(publishers, eq(publishers.uid, table.publisherUid))
    .leftJoin(takedowns, eq(takedowns.articleId, table.id))
    .$dynamic()

export type ArticleRow = Awaited<ReturnType<typeof selectArticles>>[number]

/** @param idText 32 hexadecimal digits, or a text that ends with them, such as a tag: URI @throws Problem not_found */
export async function mustFindArticle(db: Db, idText: string): Promise<ArticleRow> {
  const id = /([0-9a-f]{32})$/i.exec(idText)?.[1]?.toLowerCase()
  const [article] = id === undefined ? [] : await selectArticles(db).where(eq(table.id, id))
  if (article) return article
  throw new Problem("not_found", `There is no article ${idText} here. An id is 32 hexadecimal digits.`)
}

export async function aliasesOf(db: Db, id: string, guid: string): Promise<string[]> {
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
