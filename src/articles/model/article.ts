/** What an article is, and the rules that apply to every article, whichever way it came. */
import { sha256 } from "../../crypto/digest.ts"
import type { Correction, Enclosure, Image, Person } from "../../formats/feed.ts"
import type { Direction } from "../../text/direction.ts"

/** One version of an article as its publisher states it, cleaned: write/write-batch.ts stores it and feeds show it. */
export interface ArticleVersion {
  guid: string
  url?: string
  title?: string
  subtitle?: string
  summary?: string
  dateline?: string
  /** Sanitised, absolute URLs. */
  html: string
  language?: string
  direction: Direction
  /** Milliseconds UTC. Without it the first message that arrives dates the article. */
  publishedAt?: number
  updatedAt?: number
  embargo?: number
  details: ArticleDetails
}

/** The parts of an article by which nothing is selected: stored as one JSON column. */
export interface ArticleDetails extends StatedDetails {
  /** Ids of the sections that the article is classified under, without their ancestors. */
  sections: number[]
  /** What feeds show: the publisher's own tags, and its section names that match no section. */
  tags: string[]
}

/** The details that the publisher states. The other details follow from them and from the wire's sections. */
export interface StatedDetails {
  statedCategories: StatedCategories
  authors: Person[]
  image?: Omit<Image, "type">
  enclosures?: Enclosure[]
  related?: { url: string; title?: string }[]
  correction?: Correction
  attribution?: { name: string; url?: string }
  /** The page elsewhere that the article is about (JSON Feed 1.1, "external_url"). */
  externalUrl?: string
  rights?: string
}

/** A duplicate by another publisher, of which this article is the canonical one. */
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

/** What a publisher's message asks for, one article each. */
export type ArticleEvent = PublishEvent | DeleteEvent | RepeatedEvent

interface EventHeader {
  /** See articleId(). */
  id: string
  guid: string
  /** The first of the three values by which versions are ordered: see versionTime(). */
  versionAt: number
  messageAt: number
  /** Hash of the bytes as sent: an article with the same raw hash is not cleaned again. */
  rawHash: string
}

export interface PublishEvent extends EventHeader {
  kind: "publish"
  version: ArticleVersion
  contentHash: string
  scopes: string[]
  /** Imported from an archive: it enters its scopes, but subscribers are not told of it. */
  isBackfill: boolean
}

export interface DeleteEvent extends EventHeader {
  kind: "delete"
  contentHash: string
}

/** Sent before, byte for byte: decided without the content. */
export interface RepeatedEvent extends EventHeader {
  kind: "repeated"
}

export type Outcome = "created" | "updated" | "deleted" | "unchanged" | "stale"

/**
 * First component of the total order of versions (this time, message time, content hash). The publication date is no part of it: an
 * article that is deleted and published again keeps its date, and must still be newer than its deletion.
 */
export function versionTime(updatedAt: number | undefined, messageAt: number): number {
  return updatedAt ?? messageAt
}

/** Two deletions have the same content if they state the same time, or both state none. */
export function deletionHash(updatedAt: number | undefined): string {
  return updatedAt === undefined ? "deleted" : `deleted.${updatedAt}`
}

/** 128 bits of SHA-256 in hex. */
export async function hash128(text: string): Promise<string> {
  return (await sha256(text)).slice(0, 32)
}

/** Follows from the publisher and the guid alone, so a repeated message or an import computes the same id without reading anything. */
export function articleId(publisherUid: string, guid: string): Promise<string> {
  return hash128(`${publisherUid}\n${guid}`)
}
