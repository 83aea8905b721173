/** The front door of the library: a feed and the name of a format in, its bytes out. */
import { renderAtom } from "./atom.ts"
import type { Feed, Format } from "./feed.ts"
import { renderJson } from "./json-feed.ts"
import { renderRss } from "./rss.ts"

/**
 * Both change when a renderer's bytes do, and only then: the version is part of every ETag, and the date is the least that
 * Last-Modified says, so readers fetch anew what was rendered by older code. The golden tests fail if it is forgotten.
 */
export const FORMAT_VERSION = 2
export const FORMAT_DATE = Date.UTC(2026, 10, 24)

const RENDERERS: Record<Format, (feed: Feed) => string> = { rss: renderRss, atom: renderAtom, json: renderJson }

export function render(feed: Feed, format: Format): string {
  return RENDERERS[format](feed)
}
