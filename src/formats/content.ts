/** Finds the texts of an entry, so that an article has the same content in all formats. */
import { type Direction, isolate, isolateLeftToRight } from "../text/direction.ts"
import { languageTag } from "../text/language.ts"
import { legalText, singleLine } from "../text/legal-text.ts"
import { DIGIT, LEFT_TO_RIGHT, NOT_ONE_LINE, RIGHT_TO_LEFT, scan } from "../text/scan.ts"
import {
  type Category,
  type Enclosure,
  type Entry,
  type EntryContext,
  type FeedFrame,
  FORMATS,
  type Format,
  type Source,
} from "./feed.ts"
import { tombstonesOf } from "./history.ts"
import { escapeText } from "./xml.ts"

/** Returns text for an element without markup: only legal characters, in the right reading order. */
export function displayText(text: string | undefined, direction: Direction): string {
  if (text === undefined) return ""
  const found = scan(text)
  const clean = found & NOT_ONE_LINE ? singleLine(text) : text
  return direction === "ltr" || !(found & (LEFT_TO_RIGHT | DIGIT)) ? clean : isolate(clean, direction)
}

/**
 * The headline. A left-to-right headline that begins with a right-to-left name gets direction marks, because feed
 * readers would guess the wrong direction.
 */
export function headlineOf(entry: Entry): string {
  const title = displayText(entry.title, entry.direction)
  if (entry.direction !== "ltr" || entry.language === undefined || !(scan(title) & RIGHT_TO_LEFT)) return title
  return isolateLeftToRight(title)
}

/**
 * The body as HTML; "" if the publisher does not share it.
 *
 * `opening` has the lead image, the subtitle and the dateline, as far as the body lacks them. A correction is added at
 * the end, because readers must see it, and RSS and Atom have no element for it. It has no heading, because a heading
 * would have to be in the language of the article.
 *
 * A right-to-left body is in an element with `dir`, which feed readers keep. RSS and Atom have no member for the
 * direction.
 */
export function contentHtml(entry: Entry): string {
  const body = entry.html === undefined ? "" : legalText(entry.html).trim()
  if (body === "") return ""
  const note = singleLine(entry.correction?.note)
  const parts = [entry.opening ?? "", body, note === "" ? "" : `<p><em>${escapeText(note)}</em></p>`]
  const html = parts.filter((part) => part !== "").join("\n")
  if (entry.direction === "ltr") return html
  const language = languageTag(entry.language)
  // join() makes a flat string, which JSON.stringify() writes in half the time of a concatenated string.
  return [language === "" ? '<div dir="rtl">' : `<div dir="rtl" lang="${language}">`, html, "</div>"].join("")
}

/** The summary. Without a body, it also has the correction, see contentHtml(). */
export function summaryOf(entry: Entry): string {
  const note = singleLine(entry.correction?.note)
  if (note === "" || legalText(entry.html ?? "").trim() !== "") return displayText(entry.summary, entry.direction)
  return displayText(`${singleLine(entry.summary)} ${note}`, entry.direction)
}

/** The text for a format that requires a body, if the publisher does not share the body. */
export function contentText(entry: Entry): string {
  return summaryOf(entry) || headlineOf(entry)
}

/**
 * The authors of the entry, or else its publisher, because Atom requires an author for every entry (RFC 4287 §4.1.2).
 *
 * Names of people, publishers, sections and tags never get direction marks. Readers group, filter and mute by names,
 * and a name with invisible characters is another name.
 */
export function authorsOf(entry: Entry): { name: string; url: string }[] {
  const authors = []
  for (const author of entry.authors) {
    const name = singleLine(author.name)
    if (name !== "") authors.push({ name, url: singleLine(author.url) })
  }
  return authors.length > 0 ? authors : [{ name: sourceName(entry.source), url: singleLine(entry.source.url) }]
}

export function sourceName(source: Source): string {
  return singleLine(source.name) || singleLine(source.url)
}

/** Returns the categories that have a term, and only the first of several categories with the same label. */
export function categoriesOf(entry: Entry): Category[] {
  const categories: Category[] = []
  const seen = new Set<string>()
  for (const category of entry.categories) {
    const term = singleLine(category.term) || singleLine(category.label)
    const label = singleLine(category.label) || term
    if (term === "" || seen.has(label)) continue
    seen.add(label)
    categories.push({ term, label, scheme: singleLine(category.scheme) })
  }
  return categories
}

/** Files that have an address. RSS requires a type: `application/octet-stream` if unknown (RFC 2046 §4.5.1). */
export function filesOf(entry: Entry): (Enclosure & { title: string })[] {
  return entry.enclosures
    .map((file) => ({
      ...file,
      url: singleLine(file.url),
      type: singleLine(file.type) || "application/octet-stream",
      title: displayText(file.title, entry.direction),
    }))
    .filter(({ url }) => url !== "")
}

/** Related pages that have an address. */
export function relatedOf(entry: Entry): { url: string; title: string }[] {
  return entry.related
    .map(({ url, title }) => ({ url: singleLine(url), title: displayText(title, entry.direction) }))
    .filter(({ url }) => url !== "")
}

/** The time of the last change, but not before the publication (RFC 4287 §4.2.15). */
export function changedAt(entry: Pick<Entry, "publishedAt" | "updatedAt">): number {
  return Math.max(entry.publishedAt, entry.updatedAt)
}

/** The time of the last change. Feed validators report an entry or tombstone that is newer than its feed. */
export function feedChangedAt(feed: FeedFrame): number {
  const latest = feed.entries.reduce((newest, entry) => Math.max(newest, changedAt(entry)), feed.updatedAt)
  return tombstonesOf(feed).reduce((newest, { at }) => Math.max(newest, at), latest)
}

/** Returns the entry's language if it differs from the feed's language, else "". */
export function ownLanguage(entry: Entry, { feedLanguage }: EntryContext): string {
  if (entry.language === feedLanguage) return ""
  const own = languageTag(entry.language)
  return own.toLowerCase() === languageTag(feedLanguage).toLowerCase() ? "" : own
}

/** A size or duration. 0, NaN and fractions below 1 mean that it is unknown, so they become undefined. */
export function positiveInteger(count: number | undefined): number | undefined {
  return count !== undefined && count >= 1 && Number.isFinite(count) ? Math.round(count) : undefined
}

/** Media types of links, without parameters, because readers that search a page for feeds compare only the type. */
export const LINK_TYPES: Record<Format, string> = {
  rss: "application/rss+xml",
  atom: "application/atom+xml",
  json: "application/feed+json",
}

export function otherFormats(format: Format): Format[] {
  return FORMATS.filter((other) => other !== format)
}
