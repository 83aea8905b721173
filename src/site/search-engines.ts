/** Makes documents for search engines: the list of pages, the news of two days, and robots.txt. Pure. */
import type { StoredArticle } from "../articles/read/read-selection.ts"
import { type Directory, withAncestors } from "../articles/taxonomy/directory.ts"
import { publisherByUid } from "../articles/taxonomy/directory-lookup.ts"
import type { Settings } from "../env.ts"
import type { NewsArticle, SitemapPage } from "../formats/sitemap.ts"
import { type CatalogueEntry, catalogue, pagePathOf, primaryLanguageOf, wireEntry } from "./catalogue.ts"

const HOUR_MS = 3_600_000
/** Google accepts only articles of the last two days. */
const NEWS_AGE_MS = 48 * HOUR_MS

export const wholeHour = (now: number): number => Math.floor(now / HOUR_MS) * HOUR_MS

/**
 * Returns the pages of the site, each with the time of its newest article, if it is among `articles`.
 * @param articles are the newest articles of the wire
 */
export function sitemapPages(directory: Directory, settings: Settings, articles: StoredArticle[]): SitemapPage[] {
  const newest = new Map<string, number>()
  for (const article of articles) {
    const at = Math.max(article.publishedAt, article.updatedAt ?? 0, article.correctedAt ?? 0)
    for (const path of pagePathsWith(article, directory, settings))
      newest.set(path, Math.max(at, newest.get(path) ?? 0))
  }
  return catalogue(directory, settings).map((entry) => {
    const changedAt = newest.get(pagePathOf(entry))
    return { url: settings.feedsUrl + pagePathOf(entry), ...(changedAt !== undefined && { changedAt }) }
  })
}

/** Paths of the pages that show an article. */
function pagePathsWith(article: StoredArticle, directory: Directory, settings: Settings): Set<string> {
  const sections = new Set(article.details.sections.flatMap((id) => withAncestors(directory, id)))
  const entries: CatalogueEntry[] = [
    wireEntry(directory, settings),
    ...directory.sections
      .filter(({ id }) => sections.has(id))
      .map((section): CatalogueEntry => ({ kind: "section", section })),
    ...directory.publishers
      .filter(({ uid }) => uid === article.publisherUid)
      .map((publisher): CatalogueEntry => ({ kind: "publisher", publisher })),
    ...(article.language === null ? [] : [primaryLanguageOf(article.language), article.language.toLowerCase()]).map(
      (tag): CatalogueEntry => ({ kind: "language", tag }),
    ),
  ]
  return new Set(entries.map(pagePathOf))
}

/**
 * Returns the articles of the last two days, one for each address.
 * @param hour is the start of the current hour, because articles leave the list only at full hours
 */
export function newsArticles(
  directory: Directory,
  settings: Settings,
  articles: StoredArticle[],
  hour: number,
): NewsArticle[] {
  const seenUrls = new Set<string>()
  return articles.flatMap(({ url, title, language: ownLanguage, publishedAt, publisherUid }) => {
    const publisher = publisherByUid(directory, publisherUid)
    if (!publisher || url === null || title === null || seenUrls.has(url) || publishedAt < hour - NEWS_AGE_MS) return []
    seenUrls.add(url)
    const language = ownLanguage ?? publisher.language ?? settings.language
    return [{ url, title, publishedAt, publication: publisher.name, language }]
  })
}

/** Asks crawlers not to read endpoints, the admin API and redirects that count views (RFC 9309). */
export function robotsTxt(settings: Settings): string {
  return `User-agent: *
Disallow: /admin/
Disallow: /push/
Disallow: /r/

Sitemap: ${settings.feedsUrl}/sitemap.xml
Sitemap: ${settings.feedsUrl}/news-sitemap.xml
`
}
