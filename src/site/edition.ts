/** Which version of the site's documents this is: part of their validators. */
import type { Edition } from "../feeds/render.ts"

/**
 * Both change when the bytes of a page, the OPML, the catalogue or a sitemap do, and only then. A test holds the bytes of a
 * sample and fails if it is forgotten.
 */
export const SITE_EDITION: Edition = { version: "s2", date: Date.UTC(2026, 10, 26) }
