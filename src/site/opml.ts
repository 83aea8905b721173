/** Writes the catalogue as an OPML list of subscriptions. Pure. */
import { wireTitle } from "../articles/taxonomy/appearance.ts"
import { type Directory, type SectionEntry, sectionTree, withAncestors } from "../articles/taxonomy/directory.ts"
import { sectionNameIn } from "../articles/taxonomy/section-names.ts"
import type { Settings } from "../env.ts"
import type { Format } from "../formats/feed.ts"
import type { OpmlDocument, OpmlFeed, Outline } from "../formats/opml.ts"
import {
  type CatalogueEntry,
  catalogue,
  feedUrlsOf,
  languagesOf,
  metadataOf,
  nameIn,
  pagePathOf,
  primaryLanguageOf,
} from "./catalogue.ts"
import { translate } from "./translations.ts"

export interface OpmlOptions {
  format: Format
  /** Selects feeds and names. Without a language, the list has all feeds, with names in the wire's language. */
  language?: string
}

/** The languages for which a list exists: the languages of feeds and of section names. */
export function opmlLanguages(directory: Directory, settings: Settings): string[] {
  const sectionLanguages = sectionTree(directory).flatMap(({ names }) =>
    Object.keys(names).map((tag) => tag.toLowerCase()),
  )
  return [...new Set([...languagesOf(directory, settings), ...sectionLanguages])].sort()
}

/** @param changedAt is the time of the directory's last change, milliseconds UTC */
export function opmlDocument(
  directory: Directory,
  settings: Settings,
  options: OpmlOptions,
  changedAt: number,
): OpmlDocument {
  const entries = catalogue(directory, settings).filter((entry) => isForReaders(entry, options.language, settings))
  const displayLanguage = options.language ?? settings.language
  const outlines = (kind: CatalogueEntry["kind"]) =>
    entries
      .filter((entry) => entry.kind === kind)
      .map((entry) => outlineOf(entry, displayLanguage, directory, settings, options.format))
  return {
    title: wireTitle(directory, settings),
    ownerName: wireTitle(directory, settings),
    changedAt,
    outlines: [
      ...outlines("wire"),
      {
        text: translate("sections", displayLanguage).text,
        outlines: sectionOutlines(entries, displayLanguage, directory, settings, options.format),
      },
      { text: translate("publishers", displayLanguage).text, outlines: outlines("publisher") },
      { text: translate("languages", displayLanguage).text, outlines: outlines("language") },
    ],
  }
}

/** Whether the section of an entry has a name in the language, or the articles of the entry are in the language. */
function isForReaders(entry: CatalogueEntry, language: string | undefined, settings: Settings): boolean {
  if (language === undefined) return true
  if (entry.kind === "section") return matchesLanguage(sectionNameIn(entry.section, [language])[0], language)
  if (entry.kind === "publisher") return matchesLanguage(entry.publisher.language ?? settings.language, language)
  return entry.kind === "language" && matchesLanguage(entry.tag, language)
}

/** `ar` matches `ar-eg`, and `ar-eg` matches `ar`; `ar-sa` does not match `ar-eg`. */
function matchesLanguage(tag: string, language: string): boolean {
  const [has, wants] = [tag.toLowerCase(), language.toLowerCase()]
  return has === wants || has === primaryLanguageOf(wants) || primaryLanguageOf(has) === wants
}

/**
 * Puts each section into its nearest ancestor in the list. A section with children is a folder, and its own feed is the
 * first outline inside, because readers would ignore the children of a feed.
 */
function sectionOutlines(
  entries: CatalogueEntry[],
  displayLanguage: string,
  directory: Directory,
  settings: Settings,
  format: Format,
): Outline[] {
  const sections = entries.flatMap((entry) => (entry.kind === "section" ? [entry] : []))
  const ids = new Set(sections.map(({ section }) => section.id))
  const parentOf = (section: SectionEntry) =>
    withAncestors(directory, section.id)
      .slice(1)
      .find((id) => ids.has(id))
  const outlinesBelow = (parent: number | undefined): Outline[] =>
    sections
      .filter(({ section }) => parentOf(section) === parent)
      .map((entry) => {
        const feedOutline = outlineOf(entry, displayLanguage, directory, settings, format)
        const children = outlinesBelow(entry.section.id)
        return children.length === 0 ? feedOutline : { text: feedOutline.text, outlines: [feedOutline, ...children] }
      })
  return outlinesBelow(undefined)
}

function outlineOf(
  entry: CatalogueEntry,
  displayLanguage: string,
  directory: Directory,
  settings: Settings,
  format: Format,
): OpmlFeed {
  const metadata = metadataOf(entry, directory, { ...settings, language: displayLanguage })
  return {
    text: nameIn(entry, displayLanguage, settings).text,
    title: metadata.title,
    format,
    feedUrl: feedUrlsOf(entry, settings)[format],
    pageUrl: settings.feedsUrl + pagePathOf(entry),
    language: metadataOf(entry, directory, settings).language,
    ...(metadata.description !== undefined && { description: metadata.description }),
  }
}
