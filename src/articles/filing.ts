/**
 * Where an article stands: a function of what its publisher called it and of where names lead today. A push, the end of
 * an embargo and a change of sections all ask here, so that an article never stands otherwise than it would if it were
 * pushed now. Pure.
 */
import type { Stated } from "./article.ts"
import { type Directory, type SectionEntry, withAncestors } from "./directory.ts"
import { normalizeName, publisherScope, scopesOf, sectionScope, tagScope } from "./scope.ts"

/** A publisher's own category name, or with the uid '' everybody's. `alias` is the name normalised. */
export interface Alias {
  publisherUid: string
  alias: string
  sectionId: number
}

/** All that decides where names lead. */
export interface Naming {
  directory: Pick<Directory, "sections" | "moved">
  aliases: Alias[]
  /** Default sections by publisher uid. */
  defaults: ReadonlyMap<string, number | null>
}

/** Where the names of one publisher lead. */
export interface Names {
  /** Section ids by normalised name. */
  leads: ReadonlyMap<string, number>
  /** The section of articles that name none that is known. */
  fallback: number | null
  directory: Naming["directory"]
}

/** @param publisherUid '' for those who have no aliases of their own. */
export function namesFor(naming: Naming, publisherUid: string): Names {
  const { directory, aliases, defaults } = naming
  const { sections, moved } = directory
  const aliasesOf = (uid: string) =>
    aliases.flatMap((row): [string, number][] => (row.publisherUid === uid ? [[row.alias, row.sectionId]] : []))
  const idBySlug = new Map(sections.map(({ slug, id }) => [`sections/${slug}`, id]))
  return {
    // The later ones win: yesterday's slugs, names, everybody's aliases, slugs, the publisher's own aliases.
    leads: new Map([
      ...Object.entries(moved).flatMap(([old, address]): [string, number][] => {
        const id = idBySlug.get(address)
        return id === undefined ? [] : [[old.slice("sections/".length), id]]
      }),
      ...sections.flatMap(({ id, names }) => namesOf(names).map((name): [string, number] => [name, id])),
      ...aliasesOf(""),
      ...sections.map(({ slug, id }): [string, number] => [slug, id]),
      ...(publisherUid === "" ? [] : aliasesOf(publisherUid)),
    ]),
    fallback: defaults.get(publisherUid) ?? null,
    directory,
  }
}

const namesOf = (names: SectionEntry["names"]): string[] => Object.values(names).map(normalizeName)

export interface Filed {
  /** Ids without ancestors, in ascending order: the same filing is the same list. */
  sections: number[]
  tags: string[]
  /** Section names that lead nowhere: they became tags. */
  unknown: string[]
}

/** Names of sections onto sections; an unknown one becomes a tag. */
export function fileUnder(stated: Stated, { leads, fallback }: Names): Filed {
  const sections = new Set<number>()
  const unknown: string[] = []
  for (const name of stated.sections) {
    const id = leads.get(normalizeName(name))
    if (id === undefined) unknown.push(name)
    else sections.add(id)
  }
  if (sections.size === 0 && fallback !== null) sections.add(fallback)
  return {
    sections: [...sections].sort((a, b) => a - b),
    tags: distinct([...stated.tags, ...unknown]),
    unknown,
  }
}

function distinct(names: string[]): string[] {
  return [...new Map(names.map((name) => [normalizeName(name), name.trim()])).values()]
}

/** Every scope that an article stands in when it is filed so. */
export function scopesWhen(
  { sections, tags }: Filed,
  article: { publisherUid: string; language: string | undefined; authors: string[] },
  { directory }: Names,
): string[] {
  return scopesOf({ ...article, sections: sections.flatMap((id) => withAncestors(directory, id)), tags })
}

/**
 * The scopes in which there may be articles that stand elsewhere after a change: those of sections that have gone or
 * lie below another one, and wherever a name or a publisher's default led that leads elsewhere now. A name that led
 * nowhere was a tag.
 */
export function restandingScopes(before: Naming, after: Naming): string[] {
  const scopes = new Set<string>()
  for (const { id, parent } of before.directory.sections) {
    const now = after.directory.sections.find((section) => section.id === id)
    if (now?.parent !== parent) scopes.add(sectionScope(id))
  }
  // Publishers without aliases of their own call things as everybody does: ''.
  const callers = [before, after].flatMap(({ aliases }) => aliases.map(({ publisherUid }) => publisherUid))
  for (const uid of new Set(["", ...callers])) {
    const [was, is] = [namesFor(before, uid).leads, namesFor(after, uid).leads]
    for (const name of new Set([...was.keys(), ...is.keys()])) {
      const id = was.get(name)
      if (id !== is.get(name)) scopes.add(id === undefined ? tagScope(name) : sectionScope(id))
    }
  }
  for (const uid of new Set([...before.defaults.keys(), ...after.defaults.keys()])) {
    const id = before.defaults.get(uid) ?? null
    if (id !== (after.defaults.get(uid) ?? null)) scopes.add(id === null ? publisherScope(uid) : sectionScope(id))
  }
  return [...scopes]
}
