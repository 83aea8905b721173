/** Reads the parameter q, which is a search query. */
import { parseQuery, type SearchQuery } from "../../articles/search/parse-query.ts"
import { text } from "../../http/parameter-types.ts"
import { invalidValue, type ParameterReader } from "../../http/parameters.ts"

export const searchQuery: ParameterReader<SearchQuery | undefined> = (values, name) => {
  const input = text(200)(values, name)
  if (input === undefined) return undefined
  const query = parseQuery(input)
  if ("hint" in query) throw invalidValue(query.hint)
  return query
}
