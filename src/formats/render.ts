/** Renders a feed in any of its formats. */
import { renderAtom } from "./atom.ts"
import type { Feed, Format } from "./feed.ts"
import { renderJson } from "./json-feed.ts"
import { renderRss } from "./rss.ts"

/**
 * Change both when the bytes of a renderer change, and only then. The version is part of every ETag, and Last-Modified is never
 * before the date, so readers fetch again what older code rendered. The golden tests fail if it is forgotten.
 */
export const FORMAT_VERSION = 3
export const FORMAT_DATE = Date.UTC(2026, 10, 30)

const RENDERERS: Record<Format, (feed: Feed) => string> = { rss: renderRss, atom: renderAtom, json: renderJson }

export function render(feed: Feed, format: Format): string {
  return RENDERERS[format](feed)
}
