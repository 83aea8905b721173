/** URL of a page ⇄ the document that it shows: a page stands where its feed stands, without the name of a file. */
import { encodeCursor } from "../articles/cursor.ts"
import type { Page, StoredArticle } from "../articles/queries.ts"
import { DEFAULT_LIMIT, type FeedAddress, feedPath, pagePath, parseAddress } from "../feeds/address.ts"
import type { Document } from "../feeds/serve.ts"
import { Problem } from "../http/problem.ts"
import { withoutTrailing } from "../http/trailing.ts"

/** Articles on one page: each may bring a photo. */
const PAGE_ARTICLES = 30

/**
 * @returns the document, the canonical path and query if the URL is another spelling of it, or undefined if it is no page's.
 * @throws Problem unknown_parameter, invalid_parameter
 */
export function parsePage(url: URL): { document: Document } | { moved: string } | undefined {
  const twin = new URL(url)
  twin.pathname = `${withoutTrailing(url.pathname, "/")}/feed.rss`
  const address = addressOf(twin)
  // Archives are for programs that keep a whole history.
  if (address === undefined || address.part.kind === "archive") return undefined
  const canonical = feedPath({ ...address, part: { kind: "subscription" } })
  const [refused] = new URL(canonical, url).searchParams.keys()
  if (refused !== undefined) {
    const detail = `${refused} is not for pages, which take after only; such a feed is ${canonical}`
    throw new Problem("unknown_parameter", `${detail}.`, [{ parameter: refused, detail }])
  }
  // Titles and summaries: a page reads no bodies.
  const document: Document = { ...address, limit: PAGE_ARTICLES, content: "summary" }
  const path = pageUrl(document)
  return path === url.pathname + url.search ? { document } : { moved: path }
}

function addressOf(url: URL): FeedAddress | undefined {
  const parsed = parseAddress(url)
  return parsed && "moved" in parsed ? addressOf(new URL(parsed.moved, url)) : parsed?.address
}

/** Canonical path and query of the page that shows a document. */
export function pageUrl({ selection, part }: Document): string {
  return pagePath(selection) + (part.kind === "page" ? `?after=${encodeURIComponent(part.after)}` : "")
}

/** Path and query of the page below this one, if there is more. */
export function olderUrl(document: Document, { label, next }: Page): string | undefined {
  if (next === undefined) return undefined
  const after = encodeCursor(label.epoch, "page", [next.publishedAt, next.id])
  return pageUrl({ ...document, part: { kind: "page", after } })
}

/** Without what a subscription repeats because it was amended lately: it stands further down, on pages of its own time. */
export function listedArticles({ articles = [], next }: Page): StoredArticle[] {
  if (next === undefined) return articles
  return articles.filter(
    ({ publishedAt, id }) => publishedAt > next.publishedAt || (publishedAt === next.publishedAt && id >= next.id),
  )
}

/** The feed whose page this is. */
export const feedOf = ({ selection }: Document): FeedAddress => ({
  selection,
  part: { kind: "subscription" },
  format: "rss",
  limit: DEFAULT_LIMIT,
  content: "full",
})
