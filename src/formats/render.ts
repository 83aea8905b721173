/** Renders a feed in any of its formats. */
import { ATOM } from "./atom.ts"
import type { Format, Renderer } from "./feed.ts"
import { JSON_FEED } from "./json-feed.ts"
import { RSS } from "./rss.ts"

/** Change both if the bytes of a renderer change, so that readers fetch documents again. Golden tests check this. */
export const FORMAT_VERSION = 9
export const FORMAT_DATE = Date.UTC(2026, 11, 1, 7)

export const RENDERERS: Record<Format, Renderer> = { rss: RSS, atom: ATOM, json: JSON_FEED }
