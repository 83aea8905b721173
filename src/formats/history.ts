/** Makes the links between a feed's documents (RFC 5005) and the tombstones (RFC 6721) for all formats. */
import { singleLine } from "../text/legal-text.ts"
import type { FeedFrame, Format, Tombstone } from "./feed.ts"

export const HISTORY_NAMESPACE = "http://purl.org/syndication/history/1.0"
export const TOMBSTONE_NAMESPACE = "http://purl.org/atompub/tombstones/1.0"

/** Whether readers subscribe to this document, which is then neither a page nor an archive. */
function isSubscription(feed: FeedFrame, format: Format): boolean {
  return feed.urls[format] === feed.subscription[format]
}

/**
 * The URLs of the other documents by link relation; "" if a document does not exist. `current` (RFC 5005 §4) links
 * pages and archives to the feed.
 */
export function historyLinks(feed: FeedFrame, format: Format): [rel: string, url: string][] {
  const { next, prevArchive, nextArchive } = feed.history ?? {}
  return [
    ["current", isSubscription(feed, format) ? "" : singleLine(feed.subscription[format])],
    ["next", singleLine(next?.[format])],
    ["prev-archive", singleLine(prevArchive?.[format])],
    ["next-archive", singleLine(nextArchive?.[format])],
  ]
}

/**
 * Returns the latest tombstone of each entry, because RFC 6721 §3 forbids two with the same time. An entry that has
 * come back gets no tombstone.
 */
export function tombstonesOf(feed: FeedFrame): Tombstone[] {
  if (feed.tombstones.length === 0) return []
  const currentIds = new Set(feed.entries.map(({ id }) => singleLine(id)))
  const latest = new Map<string, Tombstone>()
  for (const { id, at, reason } of feed.tombstones) {
    const ref = singleLine(id)
    const earlier = latest.get(ref)
    if (ref !== "" && !currentIds.has(ref) && (earlier === undefined || earlier.at < at))
      latest.set(ref, { id: ref, at, reason })
  }
  return [...latest.values()]
}
