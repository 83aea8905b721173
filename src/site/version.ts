/** The version of the site is part of the validators of its documents. */
import type { OutputVersion } from "../http/entity-tags.ts"

/** Change both members if the bytes of a page, the OPML, the catalogue or a sitemap change. A test compares them. */
export const SITE_VERSION: OutputVersion = { version: "s7", date: Date.UTC(2026, 11, 1) }
