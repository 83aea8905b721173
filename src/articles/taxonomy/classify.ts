/**
 * Computes the sections, tags and scopes (lists) of an article from the names that its publisher sent and the current
 * taxonomy. Pushes, ends of embargoes and changes of sections all use this file. So an article is always in the scopes
 * that it would get if it were pushed now. Pure.
 */
import { foldName, shownName } from "../../text/fold-name.ts"
import type { StatedCategories } from "../model/article.ts"
import { publisherScope, scopesOf, sectionScope, tagScope } from "../model/scope.ts"
import { type Directory, type SectionEntry, withAncestors } from "./directory.ts"
import { sectionById } from "./directory-lookup.ts"

/** A publisher's name for a section. The uid '' means all publishers. `alias` is the folded name. */
export interface Alias {
  publisherUid: string
  alias: string
  sectionId: number
}

/** The data that decides which section a name means. */
export interface Taxonomy {
  directory: Pick<Directory, "sections" | "redirects">
  aliases: Alias[]
  /** The default section of each publisher, by uid. */
  defaults: ReadonlyMap<string, number | null>
}

/** The taxonomy as it applies to one publisher. */
export interface PublisherTaxonomy {
  /** Section ids by folded name. */
  sectionIds: ReadonlyMap<string, number>
  /** The section of articles that name no known section. */
  defaultSection: number | null
  directory: Taxonomy["directory"]
}

/** @param publisherUid '' for publishers without aliases of their own */
export function taxonomyFor(taxonomy: Taxonomy, publisherUid: string): PublisherTaxonomy {
  const { directory, aliases, defaults } = taxonomy
  const { sections, redirects } = directory
  const aliasesOf = (uid: string) =>
    aliases.flatMap((row): [string, number][] => (row.publisherUid === uid ? [[row.alias, row.sectionId]] : []))
  const idBySlug = new Map(sections.map(({ slug, id }) => [`sections/${slug}`, id]))
  return {
    // If names are equal, later ones win. The order is: former slugs, names, aliases of all publishers, slugs, the
    // publisher's own aliases.
    sectionIds: new Map([
      ...Object.entries(redirects).flatMap(([old, address]): [string, number][] => {
        const id = idBySlug.get(address)
        return id === undefined ? [] : [[old.slice("sections/".length), id]]
      }),
      ...sections.flatMap(({ id, names }) => foldedNames(names).map((name): [string, number] => [name, id])),
      ...aliasesOf(""),
      ...sections.map(({ slug, id }): [string, number] => [slug, id]),
      ...(publisherUid === "" ? [] : aliasesOf(publisherUid)),
    ]),
    defaultSection: defaults.get(publisherUid) ?? null,
    directory,
  }
}

const foldedNames = (names: SectionEntry["names"]): string[] => Object.values(names).map(foldName)

export interface Classification {
  /** The ids without ancestors are in ascending order, so that equal classifications are equal lists. */
  sections: number[]
  tags: string[]
  /** Section names that match no section, so they became tags. */
  unknownSections: string[]
}

/** Whether a name has no visible character, such as tatweel alone. Such a name has no effect. */
export const hasBlankName = ({ sections, tags }: StatedCategories): boolean =>
  [...sections, ...tags].some((name) => foldName(name) === "")

/** Finds the section of each name; an unknown name becomes a tag. */
export function classify(
  statedCategories: StatedCategories,
  { sectionIds, defaultSection }: PublisherTaxonomy,
): Classification {
  const sections = new Set<number>()
  const unknownSections: string[] = []
  for (const name of statedCategories.sections) {
    const folded = foldName(name)
    const id = sectionIds.get(folded)
    if (id !== undefined) sections.add(id)
    else if (folded !== "") unknownSections.push(name)
  }
  if (sections.size === 0 && defaultSection !== null) sections.add(defaultSection)
  return {
    sections: [...sections].sort((a, b) => a - b),
    tags: distinctNames([...statedCategories.tags, ...unknownSections]),
    unknownSections,
  }
}

/** Replaces the sections by those that an operator chose, except retired ones. If none is left, the publisher's count. */
export function withRefiledSections(
  classification: Classification,
  refiled: number[] | undefined,
  { directory }: Pick<PublisherTaxonomy, "directory">,
): Classification {
  const sections = (refiled ?? []).filter((id) => sectionById(directory, id)).toSorted((a, b) => a - b)
  return sections.length === 0 ? classification : { ...classification, sections }
}

/** The names as their publisher wrote them. Of several spellings of a name, the first is kept. */
function distinctNames(names: string[]): string[] {
  const spellings = new Map<string, string>()
  for (const name of names) {
    const folded = foldName(name)
    if (folded !== "" && !spellings.has(folded)) spellings.set(folded, shownName(name))
  }
  return [...spellings.values()]
}

export function scopesOfClassification(
  { sections, tags }: Classification,
  article: { publisherUid: string; language: string | undefined; authors: string[] },
  { directory }: PublisherTaxonomy,
): string[] {
  return scopesOf({ ...article, sections: sections.flatMap((id) => withAncestors(directory, id)), tags })
}

/**
 * Returns the scopes whose articles may get other scopes after a change: sections that were retired or have another
 * parent, and the old section of every name or default that now means another section. If a name had no section, its
 * old scope is a tag.
 */
export function scopesToReclassify(before: Taxonomy, after: Taxonomy): string[] {
  const scopes = new Set<string>()
  for (const { id, parent } of before.directory.sections) {
    const now = sectionById(after.directory, id)
    if (now?.parent !== parent) scopes.add(sectionScope(id))
  }
  // '' stands for publishers without aliases of their own.
  const publisherUids = [before, after].flatMap(({ aliases }) => aliases.map(({ publisherUid }) => publisherUid))
  for (const uid of new Set(["", ...publisherUids])) {
    const [oldIds, newIds] = [taxonomyFor(before, uid).sectionIds, taxonomyFor(after, uid).sectionIds]
    for (const name of new Set([...oldIds.keys(), ...newIds.keys()])) {
      const id = oldIds.get(name)
      if (id !== newIds.get(name)) scopes.add(id === undefined ? tagScope(name) : sectionScope(id))
    }
  }
  for (const uid of new Set([...before.defaults.keys(), ...after.defaults.keys()])) {
    const id = before.defaults.get(uid) ?? null
    if (id !== (after.defaults.get(uid) ?? null)) scopes.add(id === null ? publisherScope(uid) : sectionScope(id))
  }
  return [...scopes]
}
