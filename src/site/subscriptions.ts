/** The directory as a list of subscriptions. Pure. */
import { type Directory, type SectionEntry, sectionTree, withAncestors } from "../articles/directory.ts"
import type { Settings } from "../env.ts"
import { nameOf } from "../feeds/names.ts"
import type { Format } from "../formats/feed.ts"
import type { OpmlDocument, OpmlFeed, Outline } from "../formats/opml.ts"
import { type Listed, languagesOf, listed, nameIn, pageOf, primaryOf, saidByFeed, urlsOf } from "./catalogue.ts"
import { say } from "./words.ts"

export interface Wanted {
  format: Format
  /** Absent: every feed, in the words of the wire's language. */
  language?: string
}

/** Languages that a list can be asked for: those that have feeds, and those that sections have names in. */
export function languagesAsked(directory: Directory, settings: Settings): string[] {
  const named = sectionTree(directory).flatMap(({ names }) => Object.keys(names).map((tag) => tag.toLowerCase()))
  return [...new Set([...languagesOf(directory, settings), ...named])].sort()
}

/** @param changedAt milliseconds UTC, of the wire's names. */
export function subscriptions(
  directory: Directory,
  settings: Settings,
  wanted: Wanted,
  changedAt: number,
): OpmlDocument {
  const all = listed(directory, settings).filter((of) => concerns(of, wanted.language, settings))
  const spoken = wanted.language ?? settings.language
  const outlines = (kind: Listed["kind"]) =>
    all.filter((of) => of.kind === kind).map((of) => outlineOf(of, spoken, directory, settings, wanted.format))
  return {
    title: settings.title,
    ownerName: settings.title,
    changedAt,
    outlines: [
      ...outlines("wire"),
      { text: say("sections", spoken).text, outlines: tree(all, spoken, directory, settings, wanted.format) },
      { text: say("publishers", spoken).text, outlines: outlines("publisher") },
      { text: say("languages", spoken).text, outlines: outlines("language") },
    ],
  }
}

/** Whether somebody who reads a language is concerned: by sections that have a name in it, and by what is written in it. */
function concerns(of: Listed, language: string | undefined, settings: Settings): boolean {
  if (language === undefined) return true
  if (of.kind === "section") return isOf(nameOf(of.section, [language])[0], language)
  if (of.kind === "publisher") return isOf(of.publisher.lang ?? settings.language, language)
  return of.kind === "language" && isOf(of.tag, language)
}

/** `ar` is for readers of `ar-eg`, and `ar-eg` for those of `ar`; `ar-sa` is not for those of `ar-eg`. */
function isOf(tag: string, language: string): boolean {
  const [has, wants] = [tag.toLowerCase(), language.toLowerCase()]
  return has === wants || has === primaryOf(wants) || primaryOf(has) === wants
}

/**
 * Sections inside their nearest ancestor that is listed. One with sections below it is a folder that holds its own feed
 * first: Miniflux, FreshRSS and NetNewsWire take an outline with `xmlUrl` for a feed and never look inside of it, so the
 * sections below would be lost; of a folder they read all.
 */
function tree(all: Listed[], spoken: string, directory: Directory, settings: Settings, format: Format): Outline[] {
  const sections = all.flatMap((of) => (of.kind === "section" ? [of] : []))
  const ids = new Set(sections.map(({ section }) => section.id))
  const parentOf = (section: SectionEntry) =>
    withAncestors(directory, section.id)
      .slice(1)
      .find((id) => ids.has(id))
  const under = (parent: number | undefined): Outline[] =>
    sections
      .filter(({ section }) => parentOf(section) === parent)
      .map((of) => {
        const own = outlineOf(of, spoken, directory, settings, format)
        const below = under(of.section.id)
        return below.length === 0 ? own : { text: own.text, outlines: [own, ...below] }
      })
  return under(undefined)
}

function outlineOf(of: Listed, spoken: string, directory: Directory, settings: Settings, format: Format): OpmlFeed {
  const inWords = saidByFeed(of, directory, { ...settings, language: spoken })
  return {
    text: nameIn(of, spoken, settings).text,
    title: inWords.title,
    format,
    feedUrl: urlsOf(of, settings)[format],
    pageUrl: settings.feedsUrl + pageOf(of),
    language: saidByFeed(of, directory, settings).language,
    ...(inWords.description !== undefined && { description: inWords.description }),
  }
}
