/** What a feed is called, and in which language. Pure. */
import type { Directory, SectionEntry } from "../articles/directory.ts"
import type { Settings } from "../env.ts"
import type { Selection } from "./address.ts"

export interface FeedNames {
  title: string
  description?: string
  language: string
  icon?: string
}

/** Words of a language with the tag under which they stand. */
type InLanguage = [language: string, text: string]

/**
 * A section's feed speaks the language that is asked for, else the wire's, else the section's first; the names of several
 * are put together without words, which would have to be in some language.
 */
export function namesOf(selection: Selection, directory: Directory, settings: Settings): FeedNames {
  const asked = selection.lang.length === 1 ? selection.lang : []
  const sections = selection.section.flatMap((slug) => sectionOf(slug, directory) ?? [])
  const publishers = selection.publisher.flatMap(
    (slug) => directory.publishers.find((each) => each.slug === slug) ?? [],
  )
  const [first] = sections
  const language =
    asked[0] ??
    (first && nameOf(first, [settings.language])[0]) ??
    (publishers.length === 1 ? publishers[0]?.lang : undefined) ??
    settings.language
  const spoken = [language, settings.language]
  const called = (section: SectionEntry) => nameOf(section, spoken)[1]
  const parts = [
    sections.map(called).join(" + "),
    publishers.map(({ name }) => name).join(" + "),
    selection.tag.map((tag) => `#${tag}`).join(" + "),
    selection.author.join(" + "),
    selection.lang.map((tag) => languageName(tag, language)).join(" + "),
  ].filter((part) => part !== "")
  const without = selection.not
    .flatMap((slug) => sectionOf(slug, directory) ?? [])
    .map((section) => ` − ${called(section)}`)
  const name = parts.join(" · ") + without.join("")
  const others = [...selection.publisher, ...selection.tag, ...selection.author, ...selection.not]
  const alone = sections.length === 1 && others.length === 0 ? first : undefined
  const description = alone && textIn(alone.descriptions, [language])?.[1]
  return {
    title: name === "" ? settings.title : `${name.trim()} — ${settings.title}`,
    language,
    ...(description !== undefined && { description }),
    ...(alone && alone.icon !== null && { icon: alone.icon }),
  }
}

const sectionOf = (slug: string, directory: Directory): SectionEntry | undefined =>
  directory.sections.find((section) => section.slug === slug)

/** A section's name in the first of the languages that it has one in, else in its own first language. */
export function nameOf(section: SectionEntry, languages: string[]): InLanguage {
  return (
    textIn(section.names, languages) ??
    (Object.entries(section.names)[0] as InLanguage | undefined) ?? ["", section.slug]
  )
}

/** The text in the first of these languages that has one; `ar` will do for `ar-EG`. */
function textIn(texts: Record<string, string>, languages: string[]): InLanguage | undefined {
  const entries = Object.entries(texts)
  for (const language of languages) {
    const tag = language.toLowerCase()
    const found =
      entries.find(([key]) => key.toLowerCase() === tag) ??
      entries.find(([key]) => key.toLowerCase() === tag.split("-", 1)[0])
    if (found) return found
  }
  return undefined
}

/** A language by its own name or in another language; the tag itself where nobody knows one. */
export function languageName(tag: string, language: string): string {
  try {
    return new Intl.DisplayNames([language], { type: "language" }).of(tag) ?? tag
  } catch {
    // Well-formed by our rule and not by that of Intl.
    return tag
  }
}
