/**
 * How an entry reads, decided once for all formats: what the body is, who wrote it, when it changed. The renderers
 * only put these answers into their own words, which is why an article reads the same in each of them.
 */

import { type Direction, isolate, isolateLeftToRight } from "../text/direction.ts"
import { languageTag } from "../text/language.ts"
import { legalText, singleLine } from "../text/legal-text.ts"
import {
  type Category,
  type Enclosure,
  type Entry,
  type Feed,
  FORMATS,
  type Format,
  MEDIA_TYPES,
  type Source,
} from "./feed.ts"
import { tombstonesOf } from "./history.ts"
import { escapeText } from "./xml.ts"

/** Text for a slot that holds text only, legal and in reading order. */
export function displayText(text: string | undefined, direction: Direction): string {
  const clean = singleLine(text)
  return direction === "ltr" ? clean : isolate(clean, direction)
}

/**
 * The headline. That of an article in a stated left-to-right language may begin with a right-to-left name, by which readers
 * would guess wrongly; of an unknown language the headline itself decided.
 */
export function headlineOf(entry: Entry): string {
  const title = displayText(entry.title, entry.direction)
  return entry.direction === "ltr" && entry.language !== undefined ? isolateLeftToRight(title) : title
}

/**
 * The full article, "" where the publisher shares none.
 *
 * It is the publisher's body, unchanged: newsrooms write the dateline into the first paragraph, the lead image has media
 * elements and `banner_image`, and a subtitle says what the summary says, so putting them in would show most of them twice.
 * A correction has no place in RSS and Atom, and a reader who never sees it was misled: it closes the body. It stands
 * without a heading because a heading would have to be in the article's language.
 *
 * Right-to-left bodies are wrapped because no format carries direction, and readers drop the page around the body but keep
 * `dir` on an element inside it.
 */
export function contentHtml(entry: Entry): string {
  const body = entry.html === undefined ? "" : legalText(entry.html).trim()
  if (body === "") return ""
  const note = singleLine(entry.correction?.note)
  const html = note === "" ? body : `${body}\n<p><em>${escapeText(note)}</em></p>`
  if (entry.direction === "ltr") return html
  const language = languageTag(entry.language)
  return `<div dir="rtl"${language === "" ? "" : ` lang="${language}"`}>${html}</div>`
}

/** Where there is no body that a correction could close, it closes the summary: see `contentHtml`. */
export function summaryOf(entry: Entry): string {
  const note = singleLine(entry.correction?.note)
  if (note === "" || legalText(entry.html ?? "").trim() !== "") return displayText(entry.summary, entry.direction)
  return displayText(`${singleLine(entry.summary)} ${note}`, entry.direction)
}

/** What stands in for a body where a format demands one and the publisher shares none. */
export function contentText(entry: Entry): string {
  return summaryOf(entry) || headlineOf(entry)
}

/**
 * The authors that the entry names, else the publisher: Atom demands an author for every entry (RFC 4287 §4.1.2), readers show one.
 *
 * Names of people, publishers, sections and tags are never isolated: readers group, filter and mute by them, and a name with
 * invisible characters is another name.
 */
export function authorsOf(entry: Entry): { name: string; url: string }[] {
  const authors = entry.authors
    .map(({ name, url }) => ({ name: singleLine(name), url: singleLine(url) }))
    .filter(({ name }) => name)
  if (authors.length > 0) return authors
  return [{ name: sourceName(entry.source), url: singleLine(entry.source.url) }]
}

export function sourceName(source: Source): string {
  return singleLine(source.name) || singleLine(source.url)
}

/**
 * Categories that have a term, one each; the label is what people read, in every format. A tag that reads like a section
 * says nothing more, and JSON Feed, which has only labels, would have it twice.
 */
export function categoriesOf(entry: Entry): Category[] {
  const categories = entry.categories
    .map(({ term, label, scheme }) => ({
      term: singleLine(term),
      label: singleLine(label),
      scheme: singleLine(scheme),
    }))
    .map(({ term, label, scheme }) => ({ term: term || label, label: label || term, scheme }))
  return categories.filter(
    ({ term, label }, at) => term !== "" && categories.findIndex((each) => each.label === label) === at,
  )
}

/** Files that have an address. A file of unknown type is what RFC 2046 §4.5.1 calls one: RSS demands a type. */
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

/** Never before the publication: "updated" is later or it is nothing (RFC 4287 §4.2.15). */
export function changedAt(entry: Entry): number {
  return Math.max(entry.publishedAt, entry.updatedAt)
}

/** Never older than an entry or a tombstone: readers and validators take the newer one for a mistake. */
export function feedChangedAt(feed: Feed): number {
  const latest = feed.entries.reduce((newest, entry) => Math.max(newest, changedAt(entry)), feed.updatedAt)
  return tombstonesOf(feed).reduce((newest, { at }) => Math.max(newest, at), latest)
}

/** The entry's language where it is another than the feed's, else "". */
export function ownLanguage(feed: Feed, entry: Entry): string {
  if (entry.language === feed.language) return ""
  const own = languageTag(entry.language)
  return own.toLowerCase() === languageTag(feed.language).toLowerCase() ? "" : own
}

/** A size or duration, or nothing: 0, fractions of a byte and NaN are not known lengths. */
export function positiveInteger(count: number | undefined): number | undefined {
  return count !== undefined && count >= 1 && Number.isFinite(count) ? Math.round(count) : undefined
}

/** Media types as links name them: readers that look for a feed compare the bare type. */
export const LINK_TYPES: Record<Format, string> = {
  rss: bareType("rss"),
  atom: bareType("atom"),
  json: bareType("json"),
}

function bareType(format: Format): string {
  return MEDIA_TYPES[format].replace(/;.*$/, "")
}

export function otherFormats(format: Format): Format[] {
  return FORMATS.filter((other) => other !== format)
}
