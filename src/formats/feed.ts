/** A feed and its entries, independent of any format: what all renderers read. */
import type { Direction } from "../text/direction.ts"

/** The three representations of one feed. */
export type Format = "rss" | "atom" | "json"
export const FORMATS: readonly Format[] = ["rss", "atom", "json"]

/** One document in each format. */
export type UrlByFormat = Record<Format, string>

/** Media types of answers; for links see LINK_TYPES. */
export const MEDIA_TYPES: Record<Format, string> = {
  rss: "application/rss+xml; charset=utf-8",
  atom: "application/atom+xml; charset=utf-8",
  json: "application/feed+json; charset=utf-8",
}

export interface Person {
  name: string
  url?: string
}

export interface Category {
  /** For programs: a section's slug or the tag itself. */
  term: string
  /** For readers. */
  label: string
  /** The URI of the vocabulary of `term`: sections or tags. */
  scheme: string
}

export interface Image {
  url: string
  /** Media type, if known. */
  type?: string
  width?: number
  height?: number
  alt?: string
  caption?: string
  credit?: string
}

export interface Enclosure {
  url: string
  type: string
  /** Bytes; absent if unknown. */
  length?: number
  /** Seconds. */
  duration?: number
  title?: string
}

/** The origin of an aggregated entry. */
export interface Source {
  /** Stable URI of the publisher (a tag: URI). */
  id: string
  name: string
  /** The publisher's home page. */
  url: string
  /** The publisher's own feed on this wire, in the format that is being rendered. */
  feedUrl: string
  updatedAt: number
}

export interface Correction {
  note: string
  at?: number
}

export interface Entry {
  /** tag: URI, the same in every format, feed and page. */
  id: string
  url?: string
  title?: string
  subtitle?: string
  dateline?: string
  summary?: string
  /** Absent: the publisher allows only the summary, or there is no body. */
  html?: string
  language?: string
  direction: Direction
  publishedAt: number
  /** Equal to publishedAt if it was never updated. */
  updatedAt: number
  authors: Person[]
  categories: Category[]
  image?: Image
  enclosures: Enclosure[]
  source: Source
  /** The site or agency to which the article is attributed, if it is not the publisher itself. */
  attribution?: { name: string; url?: string }
  /** The page that the entry is about, as JSON Feed's `external_url`. */
  externalUrl?: string
  rights?: string
  related: { url: string; title?: string }[]
  correction?: Correction
  /** Further members for JSON Feed's `_feedwire`; the renderer adds others from the fields above. */
  extension: {
    guid: string
    version: number
    sections: string[]
    /** Duplicates of this canonical entry by other publishers. */
    duplicates?: { id: string; publisher: string; url?: string }[]
  }
}

/** RFC 6721: an entry that is no longer in this feed. */
export interface Tombstone {
  /** Id of the entry. */
  id: string
  at: number
  reason: "withdrawn" | "moved"
}

/** RFC 5005: where the rest of the feed is. */
export interface FeedHistory {
  /** The next page of older entries (§3). */
  next?: UrlByFormat
  /** The archive that precedes this document (§4), and the one after it. */
  prevArchive?: UrlByFormat
  nextArchive?: UrlByFormat
  /** This document is an archive. */
  archive: boolean
}

export interface Feed {
  /** tag: URI, the same in every format. */
  id: string
  title: string
  description?: string
  language?: string
  direction: Direction
  /** The page for people. */
  homeUrl: string
  /** URLs of this document: of the feed, or of one of its pages or archives. */
  urls: UrlByFormat
  /** URLs of the document to which readers subscribe; equal to `urls` for that document. */
  subscription: UrlByFormat
  /** Absent: there are no pages and archives. */
  history?: FeedHistory
  hubUrl?: string
  icon?: string
  rights?: string
  /** Time of the newest change; never the time of rendering. */
  updatedAt: number
  /** Minutes; equal to max-age of Cache-Control. */
  ttl: number
  entries: Entry[]
  /** One for each entry that left this feed; RSS cannot express them. */
  tombstones: Tombstone[]
}
