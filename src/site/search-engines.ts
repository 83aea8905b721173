/** What search engines are told: our own pages, the news of two days, and where not to go. Pure. */
import { type Directory, withAncestors } from "../articles/directory.ts"
import type { StoredArticle } from "../articles/queries.ts"
import type { Settings } from "../env.ts"
import type { NewsArticle, SitemapPage } from "../formats/sitemap.ts"
import { type Listed, listed, pageOf, primaryOf } from "./catalogue.ts"

const HOUR = 3_600_000
/** Google takes articles of the last two days only. */
const NEWS_AGE = 48 * HOUR

export const wholeHour = (now: number): number => Math.floor(now / HOUR) * HOUR

/**
 * Our pages, with the time of the newest article on each; pages without one of these articles have changed before all of
 * them, and nobody knows here when.
 * @param articles the newest of the wire.
 */
export function sitemapPages(directory: Directory, settings: Settings, articles: StoredArticle[]): SitemapPage[] {
  const newest = new Map<string, number>()
  for (const article of articles) {
    const at = Math.max(article.publishedAt, article.updatedAt ?? 0, article.correctedAt ?? 0)
    for (const path of placesOf(article, directory)) newest.set(path, Math.max(at, newest.get(path) ?? 0))
  }
  return listed(directory, settings).map((of) => {
    const changedAt = newest.get(pageOf(of))
    return { url: settings.feedsUrl + pageOf(of), ...(changedAt !== undefined && { changedAt }) }
  })
}

/** Paths of the pages that show an article. */
function placesOf(article: StoredArticle, directory: Directory): Set<string> {
  const sections = new Set(article.details.sections.flatMap((id) => withAncestors(directory, id)))
  const on: Listed[] = [
    { kind: "wire" },
    ...directory.sections.filter(({ id }) => sections.has(id)).map((section): Listed => ({ kind: "section", section })),
    ...directory.publishers
      .filter(({ uid }) => uid === article.publisherUid)
      .map((publisher): Listed => ({ kind: "publisher", publisher })),
    ...(article.lang === null ? [] : [primaryOf(article.lang), article.lang.toLowerCase()]).map(
      (tag): Listed => ({ kind: "language", tag }),
    ),
  ]
  return new Set(on.map(pageOf))
}

/**
 * Headline and address of what was published within two days, which every publisher lets the wire show. Two articles at one
 * address are listed as one, the newer.
 * @param hour start of the current hour, milliseconds UTC: the list loses articles at full hours only.
 */
export function newsArticles(
  directory: Directory,
  settings: Settings,
  articles: StoredArticle[],
  hour: number,
): NewsArticle[] {
  const seen = new Set<string>()
  return articles.flatMap(({ url, title, lang, publishedAt, publisherUid }) => {
    const publisher = directory.publishers.find(({ uid }) => uid === publisherUid)
    if (!publisher || url === null || title === null || seen.has(url) || publishedAt < hour - NEWS_AGE) return []
    seen.add(url)
    const language = lang ?? publisher.lang ?? settings.language
    return [{ url, title, publishedAt, publication: publisher.name, language }]
  })
}

/** RFC 9309: what is public is open; the doors of publishers and operators are not, nor the ways to their sites, which count readers. */
export function robotsTxt(settings: Settings): string {
  return `User-agent: *
Disallow: /admin/
Disallow: /push/
Disallow: /r/

Sitemap: ${settings.feedsUrl}/sitemap.xml
Sitemap: ${settings.feedsUrl}/news-sitemap.xml
`
}
