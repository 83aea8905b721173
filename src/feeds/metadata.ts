/** Title, description and language of a feed. Pure. */

import type { Selection } from "../articles/read/selection-terms.ts"
import type { Directory, SectionEntry } from "../articles/taxonomy/directory.ts"
import type { Settings } from "../env.ts"

export interface FeedMetadata {
  title: string
  description?: string
  language: string
  icon?: string
}

/** A text with the tag of its language. */
type LocalizedText = [language: string, text: string]

/**
 * The language of a feed is the selected one; else the wire's, unless its section has no name in it or its publisher has another
 * language. Several names are joined by signs, because words would need a language.
 */
export function feedMetadataOf(selection: Selection, directory: Directory, settings: Settings): FeedMetadata {
  const selectedLanguage = selection.lang.length === 1 ? selection.lang : []
  const sections = selection.section.flatMap((slug) => sectionOf(slug, directory) ?? [])
  const publishers = selection.publisher.flatMap(
    (slug) => directory.publishers.find((each) => each.slug === slug) ?? [],
  )
  const [first] = sections
  const language =
    selectedLanguage[0] ??
    (first && sectionNameIn(first, [settings.language])[0]) ??
    (publishers.length === 1 ? publishers[0]?.language : undefined) ??
    settings.language
  const languages = [language, settings.language]
  const nameOfSection = (section: SectionEntry) => sectionNameIn(section, languages)[1]
  const parts = [
    sections.map(nameOfSection).join(" + "),
    publishers.map(({ name }) => name).join(" + "),
    selection.tag.map((tag) => `#${tag}`).join(" + "),
    selection.author.join(" + "),
    selection.lang.map((tag) => languageName(tag, language)).join(" + "),
  ].filter((part) => part !== "")
  const exclusions = selection.not
    .flatMap((slug) => sectionOf(slug, directory) ?? [])
    .map((section) => ` − ${nameOfSection(section)}`)
  const name = parts.join(" · ") + exclusions.join("")
  const others = [...selection.publisher, ...selection.tag, ...selection.author, ...selection.not]
  const onlySection = sections.length === 1 && others.length === 0 ? first : undefined
  const description = onlySection && localizedText(onlySection.descriptions, [language])?.[1]
  return {
    title: name === "" ? settings.title : `${name.trim()} — ${settings.title}`,
    language,
    ...(description !== undefined && { description }),
    ...(onlySection && onlySection.icon !== null && { icon: onlySection.icon }),
  }
}

const sectionOf = (slug: string, directory: Directory): SectionEntry | undefined =>
  directory.sections.find((section) => section.slug === slug)

/** A section's name in the first of these languages in which it has one, else in its own first language. */
export function sectionNameIn(section: SectionEntry, languages: string[]): LocalizedText {
  return (
    localizedText(section.names, languages) ??
    (Object.entries(section.names)[0] as LocalizedText | undefined) ?? ["", section.slug]
  )
}

/** The text in the first of these languages that has one; `ar` also serves `ar-EG`. */
function localizedText(texts: Record<string, string>, languages: string[]): LocalizedText | undefined {
  const entries = Object.entries(texts)
  for (const language of languages) {
    const tag = language.toLowerCase()
    const entry =
      entries.find(([key]) => key.toLowerCase() === tag) ??
      entries.find(([key]) => key.toLowerCase() === tag.split("-", 1)[0])
    if (entry) return entry
  }
  return undefined
}

/** The name of a language in another language; the tag itself if it has no name. */
export function languageName(tag: string, language: string): string {
  try {
    return new Intl.DisplayNames([language], { type: "language" }).of(tag) ?? tag
  } catch {
    // LANGUAGE_TAG accepts tags that Intl rejects.
    return tag
  }
}
