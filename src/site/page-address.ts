/** Converts the URL of a page to its document, and back. A page has its feed's path without the file name. */
import { encodeCursor } from "../articles/model/cursor.ts"
import type { SelectionPage, StoredArticle } from "../articles/read/read-selection.ts"
import {
  DEFAULT_ENTRIES,
  type FeedAddress,
  type FeedDocument,
  feedPath,
  pagePath,
  parseAddress,
} from "../feeds/address.ts"
import { Problem } from "../http/problem.ts"
import { withoutTrailing } from "../text/without-trailing.ts"

/** A small number, because each article may have a photo. */
const ARTICLES_PER_PAGE = 30

/**
 * @returns undefined if the URL is not the URL of a page; a redirect for another spelling of a page's URL
 * @throws Problem unknown_parameter, invalid_parameter
 */
export function parsePageUrl(url: URL): { document: FeedDocument } | { redirectTo: string } | undefined {
  const feedUrl = new URL(url)
  feedUrl.pathname = `${withoutTrailing(url.pathname, "/")}/feed.rss`
  const address = canonicalAddress(feedUrl)
  if (address === undefined || address.part.kind === "archive") return undefined
  const canonical = feedPath({ ...address, part: { kind: "subscription" } })
  const [unknownName] = new URL(canonical, url).searchParams.keys()
  if (unknownName !== undefined) {
    const detail = `${unknownName} is not a parameter of pages, which have only after; the feed with it is ${canonical}`
    throw new Problem("unknown_parameter", `${detail}.`, [{ parameter: unknownName, detail }])
  }
  // A page shows no bodies.
  const document: FeedDocument = { ...address, limit: ARTICLES_PER_PAGE, content: "summary" }
  const path = pageUrl(document)
  return path === url.pathname + url.search ? { document } : { redirectTo: path }
}

function canonicalAddress(url: URL): FeedAddress | undefined {
  const result = parseAddress(url)
  return result && "redirectTo" in result ? canonicalAddress(new URL(result.redirectTo, url)) : result?.address
}

/** Returns canonical path and query of the page of a document. */
export function pageUrl({ selection, part }: FeedDocument): string {
  return pagePath(selection) + (part.kind === "page" ? `?after=${encodeURIComponent(part.after)}` : "")
}

/** Returns path and query of the page of older articles, if there are any. */
export function olderUrl(document: FeedDocument, { validator, next }: SelectionPage): string | undefined {
  if (next === undefined) return undefined
  const after = encodeCursor(validator.epoch, "page", [next.publishedAt, next.id])
  return pageUrl({ ...document, part: { kind: "page", after } })
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
