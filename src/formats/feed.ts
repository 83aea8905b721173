/** A feed and its entries, independent of any format. All renderers read these types. */
import type { Direction } from "../text/direction.ts"

export type Format = "rss" | "atom" | "json"
export const FORMATS: readonly Format[] = ["rss", "atom", "json"]

export type UrlByFormat = Record<Format, string>

/** Media types of answers. Links use LINK_TYPES. */
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
  /** The name for programs: the slug of a section, or the tag itself. */
  term: string
  /** The name for people. */
  label: string
  /** The URI of the vocabulary of `term`: sections or tags. */
  scheme: string
}

export interface Image {
  url: string
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

/** Absent members are undefined, so that all entries have the same members and V8 finds them fast. */
export interface Entry {
  /** A tag: URI, which is the same in every format, feed and page. */
  id: string
  url?: string | undefined
  title?: string | undefined
  subtitle?: string | undefined
  dateline?: string | undefined
  summary?: string | undefined
  /** Absent if the publisher shares only the summary, or if there is no body. */
  html?: string | undefined
  language?: string | undefined
  direction: Direction
  publishedAt: number
  /** Equal to publishedAt if the entry was never updated. */
  updatedAt: number
  authors: Person[]
  categories: Category[]
  image?: Image | undefined
  enclosures: Enclosure[]
  source: Source
  /** The site or agency to which the article is attributed, if it is not the publisher itself. */
  attribution?: { name: string; url?: string } | undefined
  /** The page that the entry is about. JSON Feed calls it `external_url`. */
  externalUrl?: string | undefined
  rights?: string | undefined
  related: { url: string; title?: string }[]
  correction?: Correction | undefined
  /** Members that only JSON Feed writes, in `_feedwire`. The renderer adds more members from the fields above. */
  extension: {
    guid: string
    version: number
    sections: string[]
    /** Duplicates of this canonical entry by other publishers. */
    duplicates?: { id: string; publisher: string; url?: string }[] | undefined
  }
}

/** An entry that is no longer in this feed (RFC 6721). */
export interface Tombstone {
  id: string
  at: number
  reason: "withdrawn" | "moved"
}

/** Links to the rest of the feed (RFC 5005). */
export interface FeedHistory {
  /** The next page of older entries (§3). */
  next?: UrlByFormat
  /** The archive that precedes this document (§4), and the one after it. */
  prevArchive?: UrlByFormat
  nextArchive?: UrlByFormat
  /** Whether this document is an archive. */
  archive: boolean
}

/** A feed without the contents of its entries: the members for the head and the tail of a document. */
export interface FeedFrame {
  /** A tag: URI, which is the same in every format. */
  id: string
  title: string
  description?: string
  language?: string
  direction: Direction
  /** The page for people. */
  homeUrl: string
  /** URLs of this document, which is the feed itself, a page of it or an archive. */
  urls: UrlByFormat
  /** URLs of the document to which readers subscribe; equal to `urls` for that document. */
  subscription: UrlByFormat
  /** Absent if there are no pages and archives. */
  history?: FeedHistory
  icon?: string
  rights?: string
  /** Time of the newest change; never the time of rendering. */
  updatedAt: number
  /** Minutes; equal to max-age of Cache-Control. */
  ttl: number
  /** A tombstone for each entry that left this feed. RSS has no tombstones. */
  tombstones: Tombstone[]
  /** The entries of this document. None of them has a tombstone, and none is newer than the feed. */
  entries: readonly Pick<Entry, "id" | "publishedAt" | "updatedAt">[]
}

export interface Feed extends FeedFrame {
  entries: Entry[]
}

/** The values on which the bytes of an entry depend, besides the entry itself and the format. */
export interface EntryContext {
  /** The language of the feed. An entry names its own language only if it differs. */
  feedLanguage?: string | undefined
}

/** The renderer of a format. A document is a head, the entries with separators between them, and a tail. */
export interface Renderer {
  head(feed: FeedFrame): string
  entry(entry: Entry, context: EntryContext): string
  separator: string
  tail(feed: FeedFrame): string
}
