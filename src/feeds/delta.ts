/**
 * RFC 3229 with the instance manipulation `feed`: whoever names the ETag of what it holds gets only what changed since. The
 * delta is taken from the very document that a 200 would be, so nothing can be in the one and not in the other.
 */
import { AMENDMENTS } from "../articles/entries.ts"
import type { Page } from "../articles/queries.ts"
import type { Position } from "../articles/selection.ts"
import type { FeedAddress } from "./address.ts"

/** Whether a request accepts deltas of feeds (RFC 3229 §10.5.3): `A-IM: feed`, perhaps among others. */
export function acceptsDelta(headers: Headers): boolean {
  const accepted = (headers.get("a-im") ?? "").split(",").map((each) => each.trim().toLowerCase())
  return accepted.some((each) => /^feed(\s*;\s*q=(1(\.0*)?|0\.\d*[1-9]\d*))?$/.test(each))
}

/**
 * The revision that a client holds, if a delta could lead from there to the current one.
 * @param held the labels (epoch.revision) that it names.
 * @returns undefined for another wire's, one that is not older, and for several: it is not known to which of them the client
 *   would apply the delta.
 */
export function baseRevision(held: string[], current: { epoch: string; revision: number }): number | undefined {
  const revisions = held.flatMap((label) => {
    const [epoch, revision = ""] = label.split(".")
    return epoch === current.epoch && /^\d{1,15}$/.test(revision) ? [Number(revision)] : []
  })
  const [base = current.revision] = revisions
  return revisions.length === 1 && base < current.revision ? base : undefined
}

/**
 * The part of a page that changed since a revision.
 * @param address by which the page was asked for.
 * @returns undefined where that is not known for certain or spares nothing: then the whole page is the answer.
 */
export function changedSince(page: Page, held: string[], address: FeedAddress): Page | undefined {
  const entries = address.limit
  const base = baseRevision(held, page.label)
  if (!page.articles || base === undefined) return undefined
  // Names may be new in every entry.
  if (page.directory.revision > base) return undefined
  // What came up from below instead did not change.
  if (page.label.sunk > base) return undefined
  // What leaves one of several scopes that were crossed, or comes into one that is taken away, is told by none of them.
  if (page.scopes.length > 1 || page.without.length > 0) return undefined
  // Which full texts a document has room for depends on all of its entries.
  if (address.content === "full" && page.articles.some(({ html }) => html === undefined)) return undefined
  const departures = page.departures.filter(({ commitNo }) => commitNo > base)
  // RSS can only say by absence that something is gone.
  if (address.format === "rss" && departures.length > 0) return undefined
  const changes = departures.length + page.articles.filter(({ commitNo }) => commitNo > base).length
  // There may have been more of them than a page tells of.
  if (changes >= Math.min(AMENDMENTS, entries)) return undefined
  const { next } = page
  const listed = next ? page.articles.filter((article) => !isBelow(article, next)) : page.articles
  if (next && listed.length < entries) return undefined
  // Each of them may have stood above and let an older one come up: it did not change, and the client has never seen it.
  const risen = new Set(listed.filter(({ commitNo }) => commitNo <= base).slice(Math.max(0, entries - changes)))
  const articles = page.articles.filter((article) => article.commitNo > base || risen.has(article))
  return articles.length === page.articles.length ? undefined : { ...page, articles, departures }
}

const isBelow = (article: Position, at: Position): boolean =>
  article.publishedAt < at.publishedAt || (article.publishedAt === at.publishedAt && article.id < at.id)
