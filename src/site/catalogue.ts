/** Everything on the wire that has a name and a feed, in the order in which lists show it. Pure. */
import { directionOf } from "../articles/article.ts"
import { type Directory, type PublisherEntry, type SectionEntry, sectionTree, tagUri } from "../articles/directory.ts"
import { ALL, languageScope, publisherScope, sectionScope } from "../articles/scope.ts"
import type { Settings } from "../env.ts"
import { EVERYTHING, feedUrls, pagePath, type Selection, subscriptionTo } from "../feeds/address.ts"
import { languageName, nameOf, namesOf } from "../feeds/names.ts"
import type { Urls } from "../formats/feed.ts"

export type Listed =
  | { kind: "wire" }
  | { kind: "section"; section: SectionEntry }
  | { kind: "publisher"; publisher: PublisherEntry }
  | { kind: "language"; tag: string }

/** The whole wire first, then sections, publishers and languages. */
export function listed(directory: Directory, settings: Settings): Listed[] {
  return [
    { kind: "wire" },
    ...sectionTree(directory).map((section): Listed => ({ kind: "section", section })),
    ...directory.publishers.map((publisher): Listed => ({ kind: "publisher", publisher })),
    ...languagesOf(directory, settings).map((tag): Listed => ({ kind: "language", tag })),
  ]
}

/** Languages of the wire and its publishers, each with what it is a variety of, because its articles stand there too. */
export function languagesOf(directory: Directory, settings: Settings): string[] {
  const tags = [settings.language, ...directory.publishers.flatMap(({ lang }) => lang ?? [])]
  return [...new Set(tags.flatMap((tag) => [primaryOf(tag), tag.toLowerCase()]))].sort()
}

export const primaryOf = (tag: string): string => tag.toLowerCase().split("-", 1)[0] as string

/** What a page or feed of this selection is about, if it is one of these. */
export function listedAs(selection: Selection, directory: Directory): Listed {
  const [section, publisher, tag] = [selection.section[0], selection.publisher[0], selection.lang[0]]
  const found = directory.sections.find(({ slug }) => slug === section)
  if (found) return { kind: "section", section: found }
  const by = directory.publishers.find(({ slug }) => slug === publisher)
  if (by) return { kind: "publisher", publisher: by }
  return tag === undefined ? { kind: "wire" } : { kind: "language", tag }
}

export function selectionOf(of: Listed): Selection {
  if (of.kind === "section") return { ...EVERYTHING, section: [of.section.slug] }
  if (of.kind === "publisher") return { ...EVERYTHING, publisher: [of.publisher.slug] }
  return of.kind === "language" ? { ...EVERYTHING, lang: [of.tag] } : EVERYTHING
}

/** The feed's own id, as all of its documents say it. */
export function feedId(of: Listed, directory: Directory, settings: Settings): string {
  return tagUri(directory, settings, `feed/${encodeURI(scopeOf(of))}`)
}

export const publisherId = (uid: string, directory: Directory, settings: Settings): string =>
  tagUri(directory, settings, `publisher/${uid}`)

function scopeOf(of: Listed): string {
  if (of.kind === "section") return sectionScope(of.section.id)
  if (of.kind === "publisher") return publisherScope(of.publisher.uid)
  return of.kind === "language" ? languageScope(of.tag) : ALL
}

export const urlsOf = (of: Listed, settings: Settings): Urls =>
  feedUrls(settings.feedsUrl, subscriptionTo(selectionOf(of)))

export const pageOf = (of: Listed): string => pagePath(selectionOf(of))

/** Text with the language that it is in; `und` where nobody said (RFC 5646 §4.1). */
export interface Name {
  text: string
  language: string
}

/** @param language that is preferred; the wire's own comes next. */
export function nameIn(of: Listed, language: string, settings: Settings): Name {
  if (of.kind === "wire") return { text: settings.title, language: settings.language }
  if (of.kind === "publisher") return { text: of.publisher.name, language: of.publisher.lang ?? "und" }
  if (of.kind === "language") return { text: languageName(of.tag, language), language }
  const [tag, text] = nameOf(of.section, [language, settings.language])
  return { text, language: tag || "und" }
}

/** Everything by the names that it has, by language. */
export function namesIn(of: Listed, settings: Settings): Record<string, string> {
  if (of.kind === "section") return of.section.names
  const all = of.kind === "language" ? [of.tag, settings.language] : [settings.language]
  return Object.fromEntries(
    all.map((language) => {
      const name = nameIn(of, language, settings)
      return [name.language, name.text]
    }),
  )
}

export const directionOfName = ({ text, language }: Name) =>
  directionOf(language === "und" ? undefined : language, text)

/** Title, description and language as the feed itself says them. */
export const saidByFeed = (of: Listed, directory: Directory, settings: Settings) =>
  namesOf(selectionOf(of), directory, settings)
