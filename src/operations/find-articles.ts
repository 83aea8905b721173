/** Lets operators find articles in every state, by words, publisher, section, state and time. */
import { articleId } from "../articles/model/article.ts"
import { duplicateKeyAt } from "../articles/model/duplicate-key-of.ts"
import { articlePagePath } from "../articles/model/page-path.ts"
import {
  type ArticleState,
  type ExactNames,
  type FoundArticle,
  type FoundPosition,
  findArticles as find,
} from "../articles/search/find-articles.ts"
import { parseQuery } from "../articles/search/parse-query.ts"
import { refusedSearchProblem } from "../articles/search/refused-search.ts"
import { type Directory, readDirectory, withAncestors } from "../articles/taxonomy/directory.ts"
import { sectionById } from "../articles/taxonomy/directory-lookup.ts"
import { Problem } from "../http/problem.ts"
import type { OperationContext } from "./context.ts"
import { mustFindPublisher, mustFindSection } from "./find-by-slug.ts"
import { isoTime } from "./iso-time.ts"

export interface ArticleQuery {
  q: string | undefined
  publisher: string | undefined
  section: string | undefined
  state: ArticleState | undefined
  since: number | undefined
  until: number | undefined
  before: FoundPosition | undefined
  limit: number
}

export async function findArticles(context: OperationContext, query: ArticleQuery) {
  const { db, settings, requestId } = context
  const { q, publisher, section, state, since, until, before, limit } = query
  const search = q === undefined ? undefined : searchOf(q)
  const [owner, directory] = await Promise.all([
    publisher === undefined ? undefined : mustFindPublisher(db, publisher),
    readDirectory(db),
  ])
  const { id } = section === undefined ? { id: undefined } : mustFindSection({ directory }, section)
  const filter = {
    ...(search !== undefined && { search }),
    ...(owner !== undefined && { publisherUid: owner.uid }),
    ...(id !== undefined && { sections: { id, withDescendants: withDescendants(directory, id) } }),
    ...(state !== undefined && { state }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(before !== undefined && { below: before }),
    limit,
  }
  const exact =
    q === undefined ? undefined : await exactNames(q, owner ? [owner.uid] : directory.publishers.map(({ uid }) => uid))
  const { articles, next } = await find(db, filter, exact).catch((error: unknown) => {
    throw refusedSearchProblem(error, { q }, requestId) ?? error
  })
  return {
    articles: articles.map((article) => articleJson(article, directory, settings.feedsUrl)),
    ...(next && { next: "row" in next ? `w${next.row}` : `${next.at}.${next.id}` }),
  }
}

/** @throws Problem invalid_parameter */
function searchOf(text: string) {
  const query = parseQuery(text)
  if (!("hint" in query)) return { text, query }
  throw new Problem("invalid_parameter", `q ${query.hint}`, [{ parameter: "q", detail: query.hint }])
}

/** The articles that a text may name: by an id, by a guid of one of the publishers, or by an address. */
async function exactNames(text: string, publisherUids: string[]): Promise<ExactNames> {
  const id = /([0-9a-f]{32})$/i.exec(text)?.[1]?.toLowerCase()
  const ids = await Promise.all(publisherUids.map((uid) => articleId(uid, text)))
  const isAddress = /^https?:/i.test(text) && URL.canParse(text)
  return {
    ids: id === undefined ? ids : [id, ...ids],
    guid: text,
    ...(isAddress && { duplicateKey: duplicateKeyAt(text) }),
  }
}

const withDescendants = (directory: Directory, ancestor: number): number[] =>
  directory.sections.flatMap(({ id }) => (withAncestors(directory, id).includes(ancestor) ? [id] : []))

function articleJson(article: FoundArticle, directory: Directory, feedsUrl: string) {
  const { id, publisher, guid, state, suppressed, title, url, slug, language, refiled, reason } = article
  const sections = JSON.parse(article.sections ?? "[]") as number[]
  return {
    id,
    publisher,
    guid,
    state,
    suppressed: suppressed === 1,
    ...(reason !== null && { reason }),
    sections: sections.flatMap((each) => sectionById(directory, each)?.slug ?? []),
    refiled: refiled !== null,
    title,
    url,
    language,
    ...(state === "published" && { page_url: feedsUrl + articlePagePath({ id, slug }) }),
    date_published: isoTime(article.published_at),
    embargo: isoTime(article.embargo),
    last_message_at: isoTime(article.message_at),
  }
}
