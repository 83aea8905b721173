/** Reads the parameter q, which is a search query. */
import { text } from "../../http/parameter-types.ts"
import { invalidValue, type ParameterReader } from "../../http/parameters.ts"
import { canonicalQuery } from "./canonical-query.ts"
import { parseQuery, type SearchQuery } from "./parse-query.ts"

const MAX_CHARACTERS = 200

export const searchQuery: ParameterReader<SearchQuery | undefined> = (values, name) => {
  const input = text(MAX_CHARACTERS)(values, name)
  if (input === undefined) return undefined
  const query = parseQuery(input)
  if ("hint" in query) throw invalidValue(query.hint)
  return query
}

/** Reads the canonical text of a search query, which may be longer than the text of the request. */
export const canonicalSearch: ParameterReader<string | undefined> = (values, name) => {
  const query = searchQuery(values, name)
  if (query === undefined) return undefined
  const canonical = canonicalQuery(query)
  if (canonical.length <= MAX_CHARACTERS) return canonical
  throw invalidValue(`has words that are longer than ${MAX_CHARACTERS} characters together: search for fewer words`)
}
