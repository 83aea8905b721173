/** Makes documents for search engines: the list of pages, the news of two days, and robots.txt. Pure. */
import type { StoredArticle } from "../articles/read/read-selection.ts"
import { wireTitle } from "../articles/taxonomy/appearance.ts"
import { type Directory, withAncestors } from "../articles/taxonomy/directory.ts"
import { publisherByUid } from "../articles/taxonomy/directory-lookup.ts"
import { hasLicenseFile, isOn, licenseFileUrl, rightsOfPublishers } from "../articles/taxonomy/rights.ts"
import type { Settings } from "../env.ts"
import { contentSignal, contentUsage } from "../formats/rights.ts"
import type { NewsArticle, SitemapPage } from "../formats/sitemap.ts"
import { canonicalPath } from "./article-link.ts"
import { type CatalogueEntry, catalogue, pagePathOf, primaryLanguageOf, wireEntry } from "./catalogue.ts"

const HOUR_MS = 3_600_000
/** Google accepts only articles of the last two days. */
const NEWS_AGE_MS = 48 * HOUR_MS

export const wholeHour = (now: number): number => Math.floor(now / HOUR_MS) * HOUR_MS

/**
 * Returns the pages of the site that search engines should list: first the lists, each with the time of its newest
 * article if it is among `articles`, and then the pages of articles.
 * @param articles are the newest articles of the wire
 */
export function sitemapPages(directory: Directory, settings: Settings, articles: StoredArticle[]): SitemapPage[] {
  const newest = new Map<string, number>()
  for (const article of articles) {
    for (const path of pagePathsWith(article, directory, settings))
      newest.set(path, Math.max(changedAt(article), newest.get(path) ?? 0))
  }
  const paths = [...catalogue(directory, settings).map(pagePathOf), "/feeds"]
  return [
    ...paths.map((path) => {
      const at = newest.get(path)
      return { url: settings.feedsUrl + path, ...(at !== undefined && { changedAt: at }) }
    }),
    ...articlePages(directory, settings, articles),
  ]
}

/** Returns the pages of articles that search engines should list. */
export const articlePages = (directory: Directory, settings: Settings, articles: StoredArticle[]): SitemapPage[] =>
  articles.flatMap((article) => {
    const path = listedPath(article, directory)
    return path === undefined ? [] : [{ url: settings.feedsUrl + path, changedAt: changedAt(article) }]
  })

const changedAt = ({ publishedAt, updatedAt, correctedAt }: StoredArticle): number =>
  Math.max(publishedAt, updatedAt ?? 0, correctedAt ?? 0)

/** The path of an article's page, if the page exists and search engines should not list another address instead. */
function listedPath(article: StoredArticle, directory: Directory): string | undefined {
  const publisher = publisherByUid(directory, article.publisherUid)
  if (!publisher || (publisher.redistribution === "none" && article.title === null)) return undefined
  return canonicalPath(article, directory)
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
 * Returns the articles of the last two days whose pages search engines should list.
 * @param hour is the start of the current hour, because articles leave the list only at full hours
 */
export function newsArticles(
  directory: Directory,
  settings: Settings,
  articles: StoredArticle[],
  hour: number,
): NewsArticle[] {
  const publication = wireTitle(directory, settings)
  return articles.flatMap((article) => {
    const { title, publishedAt, publisherUid } = article
    const path = listedPath(article, directory)
    if (path === undefined || title === null || publishedAt < hour - NEWS_AGE_MS) return []
    const language = article.language ?? publisherByUid(directory, publisherUid)?.language ?? settings.language
    return [{ url: settings.feedsUrl + path, title, publishedAt, publication, language }]
  })
}

/**
 * Asks crawlers not to read endpoints, the admin API and redirects that count views (RFC 9309), and says what they may do
 * with what they read: in RSL, by Content-Usage (draft-ietf-aipref-attach) and by Cloudflare's Content-Signal.
 */
export function robotsTxt(settings: Settings, directory: Directory): string {
  const rights = rightsOfPublishers(directory)
  const hasLicense = isOn(directory, "robots") && hasLicenseFile(directory)
  const usage = isOn(directory, "content_usage") ? contentUsage(rights) : ""
  const signal = isOn(directory, "content_signal") ? contentSignal(rights) : ""
  const license = hasLicense ? `License: ${licenseFileUrl(settings.feedsUrl)}\n\n` : ""
  return `${license}User-agent: *
${usage === "" ? "" : `Content-Usage: ${usage}\n`}${signal === "" ? "" : `Content-Signal: ${signal}\n`}\
Disallow: /admin/
Disallow: /push/
Disallow: /r/

Sitemap: ${settings.feedsUrl}/sitemap.xml
Sitemap: ${settings.feedsUrl}/news-sitemap.xml
${directory.publishers
  .filter(({ canonical }) => canonical === "wire")
  .map(({ slug }) => `Sitemap: ${settings.feedsUrl}${publisherSitemapPath(slug)}\n`)
  .join("")}`
}

/** The list of the lists of a publisher's pages. */
export const publisherSitemapPath = (slug: string): string => `/publishers/${slug}/sitemap.xml`
