/** Reads the parameters by which clients select articles. */
import { languages, readList, slugs } from "../../http/parameter-types.ts"
import { invalidValue, type ParameterReader } from "../../http/parameters.ts"
import { normalizeName } from "../model/scope.ts"
import type { Selection } from "./selection-terms.ts"

/** Names may have commas, so each name needs its own parameter. @param limit is in characters */
const names =
  (limit: number): ParameterReader<string[]> =>
  (values) =>
    readList(values, (value) => {
      const name = normalizeName(value)
      if (name.length > 0 && name.length <= limit) return name
      const [...characters] = value
      const excerpt = characters.length > 20 ? `${characters.slice(0, 20).join("")}…` : value
      throw invalidValue(`${JSON.stringify(excerpt)} must have 1 to ${limit} characters`)
    })

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
