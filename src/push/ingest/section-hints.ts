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

/** Writers add the article to the name of a section or leave it out, so it is no difference between near names. */
const withoutArticle = (folded: string): string => folded.replace(/^ال(?=..)/u, "")

/** @returns a function that returns the slugs of the sections that a name may mean, the nearest first */
export function sectionHints({ sectionIds, directory }: PublisherTaxonomy): (name: string) => string[] {
  const hints = new Map<string, string[]>()
  const idsByName = new Map<string, number[]>()
  for (const [name, id] of sectionIds) {
    const bare = withoutArticle(name)
    idsByName.set(bare, [...(idsByName.get(bare) ?? []), id])
  }
  return (name) => {
    const folded = foldName(name)
    const known = hints.get(folded)
    if (known || hints.size === MAX_NAMES) return known ?? []
    const near = nearMatches(withoutArticle(folded), idsByName.keys())
    const ids = near.flatMap((bare) => idsByName.get(bare) ?? [])
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
