/** Renders a feed in any of its formats. */

import { encodeTexts } from "../text/encode.ts"
import { ATOM } from "./atom.ts"
import type { Feed, Format, Renderer } from "./feed.ts"
import { JSON_FEED } from "./json-feed.ts"
import { RSS } from "./rss.ts"

/**
 * Change both when the bytes of a renderer change, and only then. The version is part of every ETag, and Last-Modified is never
 * before the date, so readers fetch again what older code rendered. The golden tests fail if it is forgotten.
 */
export const FORMAT_VERSION = 3
export const FORMAT_DATE = Date.UTC(2026, 10, 30)

export const RENDERERS: Record<Format, Renderer> = { rss: RSS, atom: ATOM, json: JSON_FEED }

export function render(feed: Feed, format: Format): string {
  return [...partsOf(feed, format)].join("")
}

export function renderBytes(feed: Feed, format: Format): Uint8Array<ArrayBuffer> {
  return encodeTexts(partsOf(feed, format))
}

function* partsOf(feed: Feed, format: Format): Iterable<string> {
  const { head, entry, separator, tail } = RENDERERS[format]
  const context = { feedLanguage: feed.language }
  yield head(feed)
  for (const [at, each] of feed.entries.entries()) yield (at === 0 ? "" : separator) + entry(each, context)
  yield tail(feed)
}
