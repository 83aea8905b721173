/** The types of articles and their events, and the rules that apply to every article. */
import { sha256 } from "../../crypto/digest.ts"
import type { Correction, Enclosure, Episode, Image, Person } from "../../formats/feed.ts"
import type { Direction } from "../../text/direction.ts"

/** One version of an article with sanitized HTML. write/write-batch.ts stores it, and feeds show it. */
export interface ArticleVersion {
  guid: string
  url?: string
  title?: string
  subtitle?: string
  summary?: string
  dateline?: string
  /** Sanitized HTML with absolute URLs. */
  html: string
  language?: string
  direction: Direction
  /** Milliseconds UTC. If it is absent, the date of the article is the time of its first message. */
  publishedAt?: number
  updatedAt?: number
  embargo?: number
  details: ArticleDetails
}

/** The parts of an article that no selection needs. One JSON column stores them. */
export interface ArticleDetails extends StatedDetails {
  /** The ids of the article's sections, without their ancestors. */
  sections: number[]
  /** The tags that feeds show: the publisher's tags, and its section names that match no section. */
  tags: string[]
  /** The duplicate key of each page of `related`, in the same order. It is null if an earlier page has the same key. */
  relatedKeys?: (string | null)[]
}

/** The details that the publisher sends. The other details are computed from these and from the wire's sections. */
export interface StatedDetails {
  statedCategories: StatedCategories
  authors: Person[]
  image?: StoredImage
  enclosures?: Enclosure[]
  related?: { url: string; title?: string }[]
  correction?: Correction
  attribution?: { name: string; url?: string }
  /** The page of another site that the article is about (JSON Feed 1.1, "external_url"). */
  externalUrl?: string
  /** A notice such as "© 2026 The Paper". */
  rights?: string
  /** The address of the article's own licence. */
  license?: string
  /** The numbers of a podcast's episode. */
  episode?: Episode
}

export type StoredImage = Omit<Image, "type">

/** Returns the lead image, if the publisher permits to show it: a picture of the body is a part of the body. */
export function visibleImage(
  { image }: Pick<StatedDetails, "image">,
  redistribution: "full" | "summary" | "none",
): StoredImage | undefined {
  return redistribution === "full" || (redistribution === "summary" && !image?.derived) ? image : undefined
}

/** Another publisher's duplicate of a canonical article. */
export interface DuplicateReference {
  id: string
  publisherUid: string
  url?: string
}

/** Section names and tags as the publisher sent them: taxonomy/classify.ts classifies the article by them. */
export interface StatedCategories {
  /** Names of sections. */
  sections: string[]
  tags: string[]
}

/** One change that a message asks for. An event is about one article. */
export type ArticleEvent = PublishEvent | DeleteEvent | RepeatedEvent

interface EventHeader {
  /** See articleId(). */
  id: string
  guid: string
  relation?: GuidRelation
  /** The first of the three values that order versions: see versionTime(). */
  versionAt: number
  messageAt: number
  /** The hash of the article before it is sanitized. An article with the same raw hash is not sanitized again. */
  rawHash: string
  /**
   * The hash of an entry of a document as its source sent it: its members and the written form of its times. It does not
   * change with the publisher's settings or with the sanitizer. A message has none.
   */
  sentHash?: string | undefined
  /** JSON: what the sources sent last, if the event is made from a stored version. See write/last-hashes.ts. */
  lastHashes?: string | undefined
  /** The system that sent the event: see push/ingest/read-message.ts. */
  source: string
  /** Whether an operator took the article down. Then the event changes nothing, and its message is erased. */
  isTakenDown?: boolean
}

/** An article with so many aliases gets no more, so that the work of a push does not grow with each new guid. */
export const MAX_ALIASES = 20

/**
 * What push/ingest/assign-articles.ts read and decided about the guid of an event, unless it is the current guid of its
 * article. If the batch finds another state, it stores nothing.
 */
export interface GuidRelation {
  /**
   * If the article has another current guid: a newer guid replaces it, and the version replaces the stored one. An older
   * guid was replaced before, so the version is stale.
   */
  order?: "newer" | "older"
  /** The articles.commit_no of that article. */
  commitNo?: number
  /** The guids that the article has from now on: the guid of the event, and the article's current guid. */
  newAliases?: string[]
  /** The article of which the guid was an alias until now. */
  endedAliasOf?: string | undefined
  /** The address of an article whose guid is unknown, and the only live article there; null if there is none. */
  address?: string
  onlyArticle?: string | null
}

export interface PublishEvent extends EventHeader {
  kind: "publish"
  version: ArticleVersion
  /** If the version was stored for another article: its body is copied from there. */
  body?: { articleId: string; sizeInBytes: number }
  contentHash: string
  scopes: string[]
  /** Whether the article comes from an archive. Feeds get it, but do not announce it to subscribers. */
  isBackfill: boolean
}

export interface DeleteEvent extends EventHeader {
  kind: "delete"
  contentHash: string
}

/** An article that was sent before with the same bytes. Its outcome is decided without its content. */
export interface RepeatedEvent extends EventHeader {
  kind: "repeated"
}

export type Outcome = "created" | "updated" | "deleted" | "unchanged" | "stale" | "taken_down"

/**
 * Versions are ordered by three values: this time, the message time and the content hash. The publication date does not
 * count. An article that is deleted and published again keeps its publication date, but its new version must be newer
 * than the deletion.
 */
export function versionTime(updatedAt: number | undefined, messageAt: number): number {
  return updatedAt ?? messageAt
}

/** The content hash of a deletion. Two deletions are equal if they have the same time, or if neither has a time. */
export function deletionHash(updatedAt: number | undefined): string {
  return updatedAt === undefined ? "deleted" : `deleted.${updatedAt}`
}

/** Returns 128 bits of SHA-256 in hex. */
export async function hash128(text: string): Promise<string> {
  return (await sha256(text)).slice(0, 32)
}

/** Identifies the address of an article that was taken down, without its words. @param address see articleAddress() */
export function addressHash(publisherUid: string, address: string): Promise<string> {
  return hash128(`${publisherUid}\naddress\n${address}`)
}

/** The id depends only on publisher and guid, so a repeated message computes the same id without a query. */
export function articleId(publisherUid: string, guid: string): Promise<string> {
  return hash128(`${publisherUid}\n${guid}`)
}
