/** Title, description and language of a feed. Pure. */
import type { Selection } from "../articles/read/selection-terms.ts"
import { wireTitle } from "../articles/taxonomy/appearance.ts"
import type { Directory, SectionEntry } from "../articles/taxonomy/directory.ts"
import { publisherBySlug, sectionBySlug } from "../articles/taxonomy/directory-lookup.ts"
import { localizedText, sectionNameIn } from "../articles/taxonomy/section-names.ts"
import type { Settings } from "../env.ts"
import { languageName } from "../text/language.ts"

export interface FeedMetadata {
  title: string
  description?: string
  language: string
  icon?: string
}

/**
 * Returns the metadata of a selection. Its language is the selected language, else the language of the section's name,
 * else the language of the only publisher, else the language of the wire. Signs and not words join several names,
 * because words would be in one language.
 * @param query the words of a search
 */
export function feedMetadataOf(
  selection: Selection,
  directory: Directory,
  settings: Settings,
  query?: string,
): FeedMetadata {
  const selectedLanguage = selection.lang.length === 1 ? selection.lang : []
  const sections = selection.section.flatMap((slug) => sectionBySlug(directory, slug) ?? [])
  const publishers = selection.publisher.flatMap((slug) => publisherBySlug(directory, slug) ?? [])
  const [first] = sections
  const language =
    selectedLanguage[0] ??
    (first && sectionNameIn(first, [settings.language])[0]) ??
    (publishers.length === 1 ? publishers[0]?.language : undefined) ??
    settings.language
  const languages = [language, settings.language]
  const nameOfSection = (section: SectionEntry) => sectionNameIn(section, languages)[1]
  const parts = [
    query === undefined ? "" : `“${query}”`,
    sections.map(nameOfSection).join(" + "),
    publishers.map(({ name }) => name).join(" + "),
    selection.tag.map((tag) => `#${tag}`).join(" + "),
    selection.author.join(" + "),
    selection.lang.map((tag) => languageName(tag, language)).join(" + "),
  ].filter((part) => part !== "")
  const exclusions = selection.not
    .flatMap((slug) => sectionBySlug(directory, slug) ?? [])
    .map((section) => ` − ${nameOfSection(section)}`)
  const name = parts.join(" · ") + exclusions.join("")
  // Only a feed of one section or publisher has a description and an icon.
  const chosen = [
    query ?? [],
    selection.section,
    selection.publisher,
    selection.tag,
    selection.author,
    selection.not,
  ].flat()
  const onlySection = chosen.length === 1 ? first : undefined
  const onlyPublisher = chosen.length === 1 ? publishers[0] : undefined
  const description =
    (onlySection && localizedText(onlySection.descriptions, [language])?.[1]) ?? onlyPublisher?.description ?? undefined
  const icon = onlySection?.icon ?? onlyPublisher?.icon ?? undefined
  const wireName = wireTitle(directory, settings)
  return {
    title: name === "" ? wireName : `${name.trim()} — ${wireName}`,
    language,
    ...(description !== undefined && { description }),
    ...(icon !== undefined && { icon }),
  }
}
