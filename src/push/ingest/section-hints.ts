/** Suggests sections for names that are nearly the name of a section. Pure. */
import type { PublisherTaxonomy } from "../../articles/taxonomy/classify.ts"
import { sectionById } from "../../articles/taxonomy/directory-lookup.ts"
import { foldName } from "../../text/fold-name.ts"
import { nearMatches } from "../../text/near-matches.ts"

/**
 * For how many names of a message sections are looked up. In RSS every keyword may be the name of a section, and each
 * name is compared with all names of sections.
 */
const MAX_NAMES = 20

/** @returns a function that returns the slugs of the sections that a name may mean, the nearest first */
export function sectionHints({ sectionIds, directory }: PublisherTaxonomy): (name: string) => string[] {
  const hints = new Map<string, string[]>()
  return (name) => {
    const folded = foldName(name)
    const known = hints.get(folded)
    if (known || hints.size === MAX_NAMES) return known ?? []
    const ids = nearMatches(folded, sectionIds.keys()).flatMap((near) => sectionIds.get(near) ?? [])
    const slugs = [...new Set(ids)].flatMap((id) => sectionById(directory, id)?.slug ?? [])
    hints.set(folded, slugs)
    return slugs
  }
}

/** For how many names a warning has suggestions: the row of the message has the warnings of all its articles. */
const MAX_QUESTIONS = 3

export function unknownSectionsWarning(names: string[], hintsFor: (name: string) => string[]): string {
  const quoted = (list: string[], separator: string) => list.map((name) => JSON.stringify(name)).join(separator)
  const isOne = names.length === 1
  const questions = names.flatMap((name) => {
    const slugs = hintsFor(name)
    if (slugs.length === 0) return []
    return [` Did you mean ${quoted(slugs, " or ")}${isOne ? "" : ` instead of ${JSON.stringify(name)}`}?`]
  })
  const what = isOne ? "the section" : "the sections"
  const became = isOne ? "is unknown here: it became a tag" : "are unknown here: they became tags"
  return `${what} ${quoted(names, ", ")} ${became}${questions.length > 0 ? "." : ""}${questions.slice(0, MAX_QUESTIONS).join("")}`
}
