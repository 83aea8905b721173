/** Types of a feed and its entries, which are the same for all formats. */
import type { Direction } from "../text/direction.ts"
import type { Rights } from "./rights.ts"

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
  /** Whether it is a picture of the body, because the publisher named no lead image. */
  derived?: true
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

/** The numbers of a podcast's episode. */
export interface Episode {
  number?: number
  season?: number
}

/** The publisher of an entry. */
export interface Source {
  /** A tag: URI of the publisher, which never changes. */
  id: string
  name: string
  /** The publisher's home page. */
  url: string
  /** The publisher's own feed on this wire, in the format of the document. */
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
  /** The path of its page on this site. */
  pagePath?: string | undefined
  title?: string | undefined
  subtitle?: string | undefined
  dateline?: string | undefined
  summary?: string | undefined
  /** Absent if the publisher shares only the summary, or if there is no body. */
  html?: string | undefined
  /** Clean HTML that feeds show before `html`, because the body lacks it. Absent if there is no such HTML. */
  opening?: string | undefined
  language?: string | undefined
  direction: Direction
  publishedAt: number
  /** Equal to publishedAt if the entry has not changed. */
  updatedAt: number
  authors: Person[]
  categories: Category[]
  image?: Image | undefined
  /** Whether the content shows the image, in `opening` or in `html`. */
  contentHasImage?: boolean | undefined
  enclosures: Enclosure[]
  source: Source
  /** The site or agency to which the article is attributed, unless this is the publisher. */
  attribution?: { name: string; url?: string } | undefined
  /** The page that the entry is about. JSON Feed calls it `external_url`. */
  externalUrl?: string | undefined
  rights?: string | undefined
  /** The address of its licence. */
  license?: string | undefined
  /** What readers and programs may do with it, for JSON Feed. */
  usage?: Rights | undefined
  /** The terms of RSL for its page on this site, for RSS: see rslTerms(). */
  rsl?: { url: string; terms: string } | undefined
  episode?: Episode | undefined
  related: { url: string; title?: string }[]
  correction?: Correction | undefined
  /** Members that JSON Feed has in `_feedwire`. The renderer adds more members from the fields above. */
  extension: {
    guid: string
    version: number
    sections: string[]
    /** Articles of other publishers with the same address, of which this entry is the canonical article. */
    duplicates?: { id: string; publisher: string; url?: string }[] | undefined
  }
}

/** The members of an entry that the head and the tail of a document need. */
export type EntryFrame = Pick<Entry, "id" | "publishedAt" | "updatedAt" | "rsl">

/** An entry that has left this feed (RFC 6721). */
export interface Tombstone {
  id: string
  at: number
  reason: "withdrawn" | "moved"
}

/** Links to the other documents of the feed (RFC 5005). */
export interface FeedHistory {
  /** The next page of older entries (RFC 5005 §3). */
  next?: UrlByFormat
  /** The archives before and after this document (RFC 5005 §4). */
  prevArchive?: UrlByFormat
  nextArchive?: UrlByFormat
  /** Whether this document is an archive. */
  archive: boolean
}

/** The data of a feed for the head and the tail of a document, without the contents of its entries. */
export interface FeedFrame {
  /** A tag: URI, which is the same in every format. */
  id: string
  title: string
  description?: string
  language?: string
  direction: Direction
  /** The page for people. */
  homeUrl: string
  /** URLs of this document: the feed itself, a page or an archive. */
  urls: UrlByFormat
  /** URLs of the document to which readers subscribe. They are equal to `urls` in this document. */
  subscription: UrlByFormat
  /** Absent if there are no pages and archives. */
  history?: FeedHistory
  icon?: string
  rights?: string
  license?: { url: string; type?: string } | undefined
  /** What readers and programs may do with every entry, for JSON Feed. */
  usage?: Rights | undefined
  /** The time of the newest change, and not of rendering. */
  updatedAt: number
  /** Minutes; the same time as max-age of Cache-Control. */
  ttl: number
  /** A tombstone for each entry that has left this feed. RSS has no tombstones. */
  tombstones: Tombstone[]
  /** The entries of this document. No entry has a tombstone or is newer than the feed. */
  entries: readonly EntryFrame[]
}

export interface Feed extends FeedFrame {
  entries: Entry[]
}

/** Data of the feed on which the bytes of an entry depend. */
export interface EntryContext {
  /** The language of the feed. An entry states its language only if it differs. */
  feedLanguage?: string | undefined
}

/** The renderer of a format. A document is a head, the entries with separators between them, and a tail. */
export interface Renderer {
  head(feed: FeedFrame): string
  entry(entry: Entry, context: EntryContext): string
  separator: string
  tail(feed: FeedFrame): string
}
