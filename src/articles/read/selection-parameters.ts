/** Reads the parameters by which clients select articles. */
import { languages, readList, slugs } from "../../http/parameter-types.ts"
import { invalidValue, type ParameterReader } from "../../http/parameters.ts"
import { foldName, shownName } from "../../text/fold-name.ts"
import type { Selection } from "./selection-terms.ts"

/**
 * Names may have commas, so each name needs its own parameter. Of several spellings of a name, one is kept. The names
 * are in the order of the folded names, so another spelling of a name does not change the order.
 * @param limit is in characters
 */
const names =
  (limit: number): ParameterReader<string[]> =>
  (values) => {
    const spellings = new Map<string, string>()
    const foldedNames = readList([...values].sort(), (value) => {
      const folded = foldName(value)
      if (folded.length > 0 && folded.length <= limit) {
        if (!spellings.has(folded)) spellings.set(folded, shownName(value))
        return folded
      }
      const [...characters] = value
      const excerpt = characters.length > 20 ? `${characters.slice(0, 20).join("")}…` : value
      const rule = folded === "" ? "has no visible character" : `must have 1 to ${limit} characters`
      throw invalidValue(`${JSON.stringify(excerpt)} ${rule}`)
    })
    return foldedNames.map((folded) => spellings.get(folded) ?? folded)
  }

export const SELECTION_PARAMETERS = {
  section: slugs,
  not: slugs,
  publisher: slugs,
  lang: languages,
  tag: names(100),
  author: names(200),
}

/** Returns the error if `not` excludes a section that the request includes, else undefined. */
export function exclusionDetail({ section = [], not = [] }: Partial<Selection>): string | undefined {
  const slug = section.find((each) => not.includes(each))
  return slug === undefined ? undefined : `excludes ${slug}, which section includes`
}
