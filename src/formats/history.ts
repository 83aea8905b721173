/** The documents that one feed is made of (RFC 5005) and what left it (RFC 6721), decided once for all formats. */

import { singleLine } from "../text/legal-text.ts"
import type { Feed, Format, Tombstone } from "./feed.ts"

export const HISTORY_NAMESPACE = "http://purl.org/syndication/history/1.0"
export const TOMBSTONE_NAMESPACE = "http://purl.org/atompub/tombstones/1.0"

/** Pages and archives are other documents than the one that readers subscribe to. */
function isSubscription(feed: Feed, format: Format): boolean {
  return feed.urls[format] === feed.subscription[format]
}

/**
 * Link relations to the other documents, "" where there is no such document. `current` (RFC 5005 §4) leads from pages and
 * archives back to the document to subscribe to, which itself needs no link to itself.
 */
export function historyLinks(feed: Feed, format: Format): [rel: string, url: string][] {
  const { next, prevArchive, nextArchive } = feed.history ?? {}
  return [
    ["current", isSubscription(feed, format) ? "" : singleLine(feed.subscription[format])],
    ["next", singleLine(next?.[format])],
    ["prev-archive", singleLine(prevArchive?.[format])],
    ["next-archive", singleLine(nextArchive?.[format])],
  ]
}

/** "" in pages and archives: their own URL is no topic that a hub would know (WebSub §4). */
export function hubOf(feed: Feed, format: Format): string {
  return isSubscription(feed, format) ? singleLine(feed.hubUrl) : ""
}

/**
 * One tombstone an entry, the latest (RFC 6721 §3 forbids two of the same time), and none of an entry that is here: one that
 * left and came back was not deleted.
 */
export function tombstonesOf(feed: Feed): Tombstone[] {
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
