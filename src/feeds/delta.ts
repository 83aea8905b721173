/**
 * Makes deltas (RFC 3229, instance manipulation `feed`), which have only the entries that changed since the client's
 * copy.
 */
import type { ListPosition } from "../articles/read/scan-selection.ts"
import { MAX_AMENDMENTS } from "../articles/write/memberships.ts"
import { baseRevision } from "../http/entity-tags.ts"
import type { FeedAddress } from "./address.ts"
import { type DocumentPage, isWithoutBody } from "./load.ts"

/**
 * Returns the entries of a page that changed since a revision. It is undefined if these entries are not certain, or are
 * the whole page.
 */
export function deltaOf(page: DocumentPage, knownValidators: string[], address: FeedAddress): DocumentPage | undefined {
  const entries = address.limit
  const base = baseRevision(knownValidators, page.validator)
  if (!page.articles || base === undefined) return undefined
  // A changed name of a section or publisher may appear in every entry.
  if (page.directory.revision > base) return undefined
  // An article moved down without an amendment (a record of the change), and an older article moved up. The older
  // article has no change, so a delta would leave it out.
  if (page.validator.lastSilentRemoval > base) return undefined
  // Amendments record what happened in one scope (list of articles). If a selection combines several lists or excludes
  // scopes, they do not show every article that left the selection.
  if (page.scopes.length > 1 || page.excludedScopes.length > 0) return undefined
  // Which bodies fit into the document depends on all of its entries, so a delta could have other bodies.
  if (address.content === "full" && page.articles.some(isWithoutBody)) return undefined
  const deletedEntries = page.deletedEntries.filter(({ commitNo }) => commitNo > base)
  // RSS has no tombstones, so a delta could not show deleted entries.
  if (address.format === "rss" && deletedEntries.length > 0) return undefined
  const changes = deletedEntries.length + page.articles.filter(({ commitNo }) => commitNo > base).length
  // There may be more amendments than a page shows, and a delta would lack the others.
  if (changes >= Math.min(MAX_AMENDMENTS, entries)) return undefined
  const { next } = page
  const pageEntries = next ? page.articles.filter((article) => !isBelow(article, next)) : page.articles
  if (next && pageEntries.length < entries) return undefined
  // Each change may have moved an older article up onto the page. The client has never seen this unchanged article.
  const movedUp = new Set(pageEntries.filter(({ commitNo }) => commitNo <= base).slice(Math.max(0, entries - changes)))
  const articles = page.articles.filter((article) => article.commitNo > base || movedUp.has(article))
  return articles.length === page.articles.length ? undefined : { ...page, articles, deletedEntries: deletedEntries }
}

const isBelow = (article: ListPosition, at: ListPosition): boolean =>
  article.publishedAt < at.publishedAt || (article.publishedAt === at.publishedAt && article.id < at.id)
