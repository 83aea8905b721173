/** Converts the URL of a page to its document, and back. A page has its feed's path without the file name. */
import { decodeCursor, encodeCursor } from "../articles/model/cursor.ts"
import type { SelectionPage, StoredArticle } from "../articles/read/read-selection.ts"
import {
  DEFAULT_ENTRIES,
  type FeedAddress,
  type FeedDocument,
  feedPath,
  hasPage,
  homePath,
  pagePath,
  parseAddress,
} from "../feeds/address.ts"
import { Problem } from "../http/problem.ts"
import { singleLine } from "../text/legal-text.ts"
import { withoutTrailing } from "../text/without-trailing.ts"

/** A small number, because each article may have a photo. */
const ARTICLES_PER_PAGE = 30

/**
 * @returns undefined if the URL is not the URL of a page; a redirect for another spelling of a page's URL
 * @throws Problem unknown_parameter, invalid_parameter
 */
export function parsePageUrl(url: URL): { document: FeedDocument } | { redirectTo: string } | undefined {
  const feedUrl = feedUrlOf(url)
  const address = feedUrl && canonicalAddress(feedUrl)
  if (address === undefined || address.part.kind === "archive") return undefined
  const { selection, limit, content } = address
  // The page of results shows the words as the reader wrote them.
  if (address.query !== undefined)
    return { redirectTo: homePath({ ...address, query: singleLine(url.searchParams.get("q") ?? address.query) }) }
  if (limit !== DEFAULT_ENTRIES || content !== "full" || !hasPage(selection)) throw notOfPages(address)
  // A page shows no bodies.
  const document: FeedDocument = { ...address, limit: ARTICLES_PER_PAGE, content: "summary" }
  const path = pageUrl(document)
  return path === url.pathname + url.search ? { document } : { redirectTo: path }
}

/** Returns the URL of the feed of a page. Tags and authors have pages with a path, but feeds with a parameter. */
function feedUrlOf(url: URL): URL | undefined {
  const feedUrl = new URL(url)
  const [, folder, segment] = /^\/+(tags|authors)\/+([^/]+)\/*$/i.exec(url.pathname) ?? []
  if (folder === undefined || segment === undefined) {
    feedUrl.pathname = `${withoutTrailing(url.pathname, "/")}/feed.rss`
    return feedUrl
  }
  const name = decodedSegment(segment)
  if (name === undefined) return undefined
  feedUrl.pathname = "/feed.rss"
  feedUrl.searchParams.append(folder.toLowerCase() === "tags" ? "tag" : "author", name)
  return feedUrl
}

/** The names of feeds on other sites, such as `/feed`, `/rss.xml` and `/feed/atom`. */
const FEED_NAME = /^(.*?)\/(?:feed\/)?((?:feed|rss2?|atom|index)(?:\.(?:xml|rdf|rss|atom|php))?)\/?$/i

/** Returns the path of the feed that people mean by another name. @throws Problem unknown_parameter, invalid_parameter */
export function meantFeedPath(url: URL): string | undefined {
  const [, prefix = "", name] = FEED_NAME.exec(url.pathname) ?? []
  if (name === undefined || /^index$/i.test(name)) return undefined
  const pageUrl = new URL(url)
  pageUrl.pathname = prefix
  const feedUrl = feedUrlOf(pageUrl)
  const address = feedUrl && canonicalAddress(feedUrl)
  return address && feedPath({ ...address, format: /atom/i.test(name) ? "atom" : "rss" })
}

function decodedSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

function canonicalAddress(url: URL): FeedAddress | undefined {
  const result = parseAddress(url)
  return result && "redirectTo" in result ? canonicalAddress(new URL(result.redirectTo, url)) : result?.address
}

function notOfPages(address: FeedAddress): Problem {
  const canonical = feedPath({ ...address, part: { kind: "subscription" } })
  const names = [...new URL(canonical, "https://wire.invalid").searchParams.keys()]
  const name = address.selection.lang.length > 1 ? "lang" : (names.find((each) => each !== "lang") ?? "lang")
  const detail = `${name} is not a parameter of pages, which have only after and lang; the feed with it is ${canonical}`
  return new Problem("unknown_parameter", `${detail}.`, [{ parameter: name, detail }])
}

/** Returns canonical path and query of the page of a document. */
export function pageUrl({ selection, part }: Pick<FeedDocument, "selection" | "part">): string {
  const path = pagePath(selection)
  if (part.kind !== "page") return path
  return `${path}${path.includes("?") ? "&" : "?"}after=${encodeURIComponent(part.after)}`
}

/** Returns path and query of the page of older articles, if there are any. */
export function olderUrl(document: FeedDocument, { validator, next }: SelectionPage): string | undefined {
  if (next === undefined) return undefined
  const after = encodeCursor(validator.epoch, "page", [next.publishedAt, next.id])
  return pageUrl({ ...document, part: { kind: "page", after } })
}

/** Returns the time before which all articles of a page were published; undefined for the newest articles. */
export function publishedBefore({ part }: FeedDocument): number | undefined {
  if (part.kind !== "page") return undefined
  const time = Number(decodeCursor(part.after, "page")?.position[0])
  return Number.isSafeInteger(time) ? time : undefined
}

/** Leaves out the older articles that a feed repeats after a correction, because they are on the page of their date. */
export function articlesOnPage({ articles = [], next }: SelectionPage): StoredArticle[] {
  if (next === undefined) return articles
  return articles.filter(
    ({ publishedAt, id }) => publishedAt > next.publishedAt || (publishedAt === next.publishedAt && id >= next.id),
  )
}

export const feedAddressOf = ({ selection }: FeedDocument): FeedAddress => ({
  selection,
  part: { kind: "subscription" },
  format: "rss",
  limit: DEFAULT_ENTRIES,
  content: "full",
})
