/** Makes the catalogue of all feeds: the whole wire, and each section, publisher and language. Pure. */
import { ALL_SCOPE, languageScope, publisherScope, sectionScope } from "../articles/model/scope.ts"
import { tagUri } from "../articles/model/tag-uri.ts"
import { EVERYTHING, type Selection } from "../articles/read/selection-terms.ts"
import { wireTitle } from "../articles/taxonomy/appearance.ts"
import { type Directory, type PublisherEntry, type SectionEntry, sectionTree } from "../articles/taxonomy/directory.ts"
import { publisherBySlug, sectionBySlug } from "../articles/taxonomy/directory-lookup.ts"
import { sectionNameIn } from "../articles/taxonomy/section-names.ts"
import type { Settings } from "../env.ts"
import { feedUrls, pagePath, subscriptionTo } from "../feeds/address.ts"
import { feedMetadataOf } from "../feeds/metadata.ts"
import type { UrlByFormat } from "../formats/feed.ts"
import { directionOf, languageName } from "../text/language.ts"

export type CatalogueEntry =
  | { kind: "wire"; name: string }
  | { kind: "section"; section: SectionEntry }
  | { kind: "publisher"; publisher: PublisherEntry }
  | { kind: "language"; tag: string }

export const wireEntry = (directory: Directory, settings: Settings): CatalogueEntry => ({
  kind: "wire",
  name: wireTitle(directory, settings),
})

export function catalogue(directory: Directory, settings: Settings): CatalogueEntry[] {
  return [
    wireEntry(directory, settings),
    ...sectionTree(directory).map((section): CatalogueEntry => ({ kind: "section", section })),
    ...directory.publishers.map((publisher): CatalogueEntry => ({ kind: "publisher", publisher })),
    ...languagesOf(directory, settings).map((tag): CatalogueEntry => ({ kind: "language", tag })),
  ]
}

/**
 * The languages of the wire and its publishers, and their primary languages. The feed of a primary language has the
 * articles of all its varieties.
 */
export function languagesOf(directory: Directory, settings: Settings): string[] {
  const tags = [settings.language, ...directory.publishers.flatMap(({ language }) => language ?? [])]
  return [...new Set(tags.flatMap((tag) => [primaryLanguageOf(tag), tag.toLowerCase()]))].sort()
}

export const primaryLanguageOf = (tag: string): string => tag.toLowerCase().split("-", 1)[0] as string

/** The language of links from an article: a reader stays in its language, where this is not that of the wire. */
export function linkLanguages(language: string, settings: Settings): string[] {
  const primary = primaryLanguageOf(language)
  return primary === primaryLanguageOf(settings.language) ? [] : [primary]
}

/** Returns the entry of a selection, or of the whole wire if the selection has no entry. */
export function catalogueEntryOf(selection: Selection, directory: Directory, settings: Settings): CatalogueEntry {
  const [section, publisher, tag] = [selection.section[0], selection.publisher[0], selection.lang[0]]
  const sectionEntry = section === undefined ? undefined : sectionBySlug(directory, section)
  if (sectionEntry) return { kind: "section", section: sectionEntry }
  const publisherEntry = publisher === undefined ? undefined : publisherBySlug(directory, publisher)
  if (publisherEntry) return { kind: "publisher", publisher: publisherEntry }
  return tag === undefined ? wireEntry(directory, settings) : { kind: "language", tag }
}

export function selectionOf(entry: CatalogueEntry): Selection {
  if (entry.kind === "section") return { ...EVERYTHING, section: [entry.section.slug] }
  if (entry.kind === "publisher") return { ...EVERYTHING, publisher: [entry.publisher.slug] }
  return entry.kind === "language" ? { ...EVERYTHING, lang: [entry.tag] } : EVERYTHING
}

/** Returns the id of the feed, which is the same in all of its documents. */
export function feedId(entry: CatalogueEntry, directory: Directory, settings: Settings): string {
  return tagUri(directory, settings, `feed/${encodeURI(scopeOf(entry))}`)
}

export const publisherId = (uid: string, directory: Directory, settings: Settings): string =>
  tagUri(directory, settings, `publisher/${uid}`)

function scopeOf(entry: CatalogueEntry): string {
  if (entry.kind === "section") return sectionScope(entry.section.id)
  if (entry.kind === "publisher") return publisherScope(entry.publisher.uid)
  return entry.kind === "language" ? languageScope(entry.tag) : ALL_SCOPE
}

export const feedUrlsOf = (entry: CatalogueEntry, settings: Settings): UrlByFormat =>
  feedUrls(settings.feedsUrl, subscriptionTo(selectionOf(entry)))

export const pagePathOf = (entry: CatalogueEntry): string => pagePath(selectionOf(entry))

/** A text with its language, or with `und` if the language is unknown (RFC 5646 §4.1). */
export interface LocalizedName {
  text: string
  language: string
}

/** @param language is the preferred language; the wire's language is the second choice */
export function nameIn(entry: CatalogueEntry, language: string, settings: Settings): LocalizedName {
  if (entry.kind === "wire") return { text: entry.name, language: settings.language }
  if (entry.kind === "publisher") return { text: entry.publisher.name, language: entry.publisher.language ?? "und" }
  if (entry.kind === "language") return { text: languageName(entry.tag, language), language }
  const [tag, text] = sectionNameIn(entry.section, [language, settings.language])
  return { text, language: tag || "und" }
}

export function namesIn(entry: CatalogueEntry, settings: Settings): Record<string, string> {
  if (entry.kind === "section") return entry.section.names
  const languages = entry.kind === "language" ? [entry.tag, settings.language] : [settings.language]
  return Object.fromEntries(
    languages.map((language) => {
      const name = nameIn(entry, language, settings)
      return [name.language, name.text]
    }),
  )
}

export const directionOfName = ({ text, language }: LocalizedName) =>
  directionOf(language === "und" ? undefined : language, text)

/** Returns title, description and language of the feed. */
export const metadataOf = (entry: CatalogueEntry, directory: Directory, settings: Settings) =>
  feedMetadataOf(selectionOf(entry), directory, settings)
