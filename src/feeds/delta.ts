/** Makes deltas (RFC 3229, instance manipulation `feed`): feeds with only the entries newer than the client's copy. */
import type { ListPosition } from "../articles/read/scan-selection.ts"
import { MAX_AMENDMENTS } from "../articles/write/memberships.ts"
import { baseRevision } from "../http/entity-tags.ts"
import type { FeedAddress } from "./address.ts"
import { type DocumentPage, isWithoutBody } from "./load.ts"

/** Returns the entries of a page that changed after a revision; undefined if uncertain or the whole page. */
export function deltaOf(page: DocumentPage, knownValidators: string[], address: FeedAddress): DocumentPage | undefined {
  const entries = address.limit
  const { epoch, revision } = page.validator
  const base = typeof revision === "number" ? baseRevision(knownValidators, { epoch, revision }) : undefined
  if (!page.articles || base === undefined) return undefined
  // A changed name of a section or publisher may appear in every entry.
  if (page.directory.revision > base) return undefined
  // An article got an earlier date without an amendment (a record of the change). So an older article moved up onto the
  // page, which a delta would lack, because the older article has not changed.
  if (page.validator.lastSilentRemoval > base) return undefined
  // Each amendment belongs to one scope (list of articles). So for a selection of several scopes, or with excluded
  // scopes, the amendments do not show every article that left the selection.
  if (page.scopes.length > 1 || page.excludedScopes.length > 0) return undefined
  // All entries together decide which bodies fit into the document, so a delta could have other bodies.
  if (address.content === "full" && page.articles.some(isWithoutBody)) return undefined
  const deletedEntries = page.deletedEntries.filter(({ commitNo }) => commitNo > base)
  // RSS cannot list deleted entries.
  if (address.format === "rss" && deletedEntries.length > 0) return undefined
  const changes = deletedEntries.length + page.articles.filter(({ commitNo }) => commitNo > base).length
  // A page shows a limited number of amendments, so the delta may lack some.
  if (changes >= Math.min(MAX_AMENDMENTS, entries)) return undefined
  const { next } = page
  const pageEntries = next ? page.articles.filter((article) => !isBelow(article, next)) : page.articles
  if (next && pageEntries.length < entries) return undefined
  // Each change may have moved up an older, unchanged article, which the client does not have.
  const movedUp = new Set(pageEntries.filter(({ commitNo }) => commitNo <= base).slice(Math.max(0, entries - changes)))
  const articles = page.articles.filter((article) => article.commitNo > base || movedUp.has(article))
  return articles.length === page.articles.length ? undefined : { ...page, articles, deletedEntries: deletedEntries }
}

const isBelow = (article: ListPosition, at: ListPosition): boolean =>
  article.publishedAt < at.publishedAt || (article.publishedAt === at.publishedAt && article.id < at.id)
