/** Replaces old slugs of a request with current slugs. Pure. */
import { Problem } from "../../http/problem.ts"
import { didYouMean } from "../../text/near-matches.ts"
import { currentSlug, type Directory } from "./directory.ts"

/** The parameters whose values are slugs, with the noun for these slugs. */
const NOUN_OF_PARAMETER = { section: "section", sections: "section", not: "section", publisher: "publisher" } as const
const PARAMETERS = Object.keys(NOUN_OF_PARAMETER) as SlugParameter[]

type SlugParameter = keyof typeof NOUN_OF_PARAMETER
export type SlugLists = { [K in SlugParameter]?: string[] }

/** A slug that never existed. */
export interface UnknownSlug {
  parameter: SlugParameter
  noun: "section" | "publisher"
  slug: string
  /** A sentence with similar slugs; empty if there are none. */
  suggestion: string
}

/** The current slugs of each parameter that is not empty. Retired sections and removed publishers are left out. */
export function currentSlugs(slugs: SlugLists, directory: Directory): SlugLists {
  const current: SlugLists = {}
  for (const [parameter, values] of slugsByParameter(slugs)) {
    const folder = `${NOUN_OF_PARAMETER[parameter]}s` as const
    const targets = [...new Set(values.flatMap((slug) => currentSlug(directory, folder, slug) ?? []))]
    // The blocks of a front page keep the order of the request.
    current[parameter] = parameter === "sections" ? targets : targets.sort()
  }
  return current
}

export const unknownSlugs = (slugs: SlugLists, directory: Directory): UnknownSlug[] =>
  slugsByParameter(slugs).flatMap(([parameter, values]) => {
    const noun = NOUN_OF_PARAMETER[parameter]
    const unknown = values.filter((slug) => currentSlug(directory, `${noun}s`, slug) === undefined)
    const known = directory[`${noun}s`].map(({ slug }) => slug)
    return unknown.map((slug) => ({ parameter, noun, slug, suggestion: didYouMean(slug, known) }))
  })

/** @throws Problem section_retired, publisher_removed if a parameter has no slug left */
export function mustHaveSlugs(slugs: SlugLists, current: SlugLists): void {
  for (const parameter of ["section", "sections", "publisher"] as const) {
    if (current[parameter]?.length !== 0) continue
    const names = slugs[parameter]?.join(", ")
    if (NOUN_OF_PARAMETER[parameter] === "section") {
      throw new Problem("section_retired", `The section ${names} was retired and has no successor.`)
    }
    throw new Problem("publisher_removed", `The publisher ${names} was removed from this wire.`)
  }
}

const slugsByParameter = (slugs: SlugLists): [SlugParameter, string[]][] =>
  PARAMETERS.flatMap((parameter): [SlugParameter, string[]][] =>
    slugs[parameter]?.length ? [[parameter, slugs[parameter]]] : [],
  )
