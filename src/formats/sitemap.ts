/** Writes lists for search engines: https://www.sitemaps.org/protocol.html and its extension for news. */
import { singleLine } from "../text/legal-text.ts"
import { rfc3339 } from "./dates.ts"
import { attribute, element } from "./xml.ts"

/** The maximum number of URLs of a sitemap. A news sitemap may have fewer. */
export const MAX_SITEMAP_URLS = 50_000
/** https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap */
export const MAX_NEWS_URLS = 1000
/** The protocol's limit in bytes before compression (52,428,800). */
const MAX_SITEMAP_BYTES = 50 * 1024 * 1024

export interface SitemapPage {
  url: string
  /** Milliseconds UTC; absent if unknown, because a wrong date is worse than no date. */
  changedAt?: number
}

export interface NewsArticle {
  url: string
  title: string
  publishedAt: number
  publication: string
  /** BCP 47 tag of the article. */
  language: string
}

export const XML_TYPE = "application/xml; charset=utf-8"
const SCHEMA = "http://www.sitemaps.org/schemas/sitemap/0.9"
const NEWS_SCHEMA = "http://www.google.com/schemas/sitemap-news/0.9"

/** @param pages begin with the most important pages, because the last pages are left out if there are too many */
export function renderSitemap(pages: SitemapPage[]): string {
  return urlset(
    "",
    pages.slice(0, MAX_SITEMAP_URLS).map(({ url, changedAt }) => {
      const lastmod = changedAt === undefined ? "" : rfc3339(changedAt)
      return `<url>\n${element("loc", singleLine(url))}${element("lastmod", lastmod)}</url>\n`
    }),
  )
}

/** Writes a list of sitemaps, of which the last are left out if there are too many. */
export function renderSitemapIndex(urls: string[]): string {
  const sitemaps = urls.slice(0, MAX_SITEMAP_URLS).map((url) => `<sitemap>\n${element("loc", url)}</sitemap>\n`)
  return `<?xml version="1.0" encoding="UTF-8"?>\n<sitemapindex xmlns="${SCHEMA}">\n${sitemaps.join("")}</sitemapindex>\n`
}

/** @param articles of which the last are left out if there are too many */
export function renderNewsSitemap(articles: NewsArticle[]): string {
  return urlset(attribute("xmlns:news", NEWS_SCHEMA), articles.slice(0, MAX_NEWS_URLS).map(newsElement))
}

function newsElement(article: NewsArticle): string {
  let xml = `<url>\n${element("loc", singleLine(article.url))}<news:news>\n<news:publication>\n`
  xml += element("news:name", singleLine(article.publication))
  xml += element("news:language", newsLanguage(article.language))
  xml += "</news:publication>\n"
  xml += element("news:publication_date", rfc3339(article.publishedAt))
  return `${xml}${element("news:title", singleLine(article.title))}</news:news>\n</url>\n`
}

/** Google requires "an ISO 639 language code (two or three letters)", with two exceptions: `zh-cn` and `zh-tw`. */
function newsLanguage(tag: string): string {
  const [primary = "", ...subtags] = singleLine(tag).toLowerCase().split("-")
  if (primary !== "zh") return primary
  return subtags.some((subtag) => /^(hant|tw|hk|mo)$/.test(subtag)) ? "zh-tw" : "zh-cn"
}

function urlset(namespaces: string, urls: string[]): string {
  const start = `<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="${SCHEMA}"${namespaces}>\n`
  const end = "</urlset>\n"
  // An upper limit, because a UTF-16 code unit has at most three bytes in UTF-8.
  let remainingBytes = MAX_SITEMAP_BYTES - 3 * (start.length + end.length)
  const fittingUrls = urls.filter((url) => {
    remainingBytes -= 3 * url.length
    return remainingBytes >= 0
  })
  return start + fittingUrls.join("") + end
}
