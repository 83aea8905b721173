/** Chooses the names and descriptions of sections in the language of a reader. Pure. */
import type { SectionEntry } from "./directory.ts"

/** A text with the tag of its language. */
type LocalizedText = [language: string, text: string]

/** A section's name in the first of these languages that it has, or else in the section's own first language. */
export function sectionNameIn(section: SectionEntry, languages: string[]): LocalizedText {
  return (
    localizedText(section.names, languages) ??
    (Object.entries(section.names)[0] as LocalizedText | undefined) ?? ["", section.slug]
  )
}

/** The text in the first of these languages that has one. A text in `ar` also serves `ar-EG`. */
export function localizedText(texts: Record<string, string>, languages: string[]): LocalizedText | undefined {
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
