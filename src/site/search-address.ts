/** Converts the URL of a page of search results to the search, and back. */
import { decodeCursor, decodeNumbers } from "../articles/model/cursor.ts"
import { exclusionDetail, SELECTION_PARAMETERS } from "../articles/read/selection-parameters.ts"
import type { Selection } from "../articles/read/selection-terms.ts"
import type { SearchQuery } from "../articles/search/parse-query.ts"
import { searchQuery } from "../articles/search/query-parameter.ts"
import { MAX_RESULTS } from "../articles/search/search.ts"
import { searchPath } from "../feeds/address.ts"
import { singleValue, time, timeAtEnd, withText } from "../http/parameter-types.ts"
import { parameterProblem, readParameters } from "../http/parameters.ts"
import { INTERFACE_PARAMETER, interfaceLanguage, neededInterface } from "./interface-language.ts"

export interface PageSearch {
  selection: Selection
  /** The words as the reader wrote them, with their meaning. Absent if the reader has not searched yet. */
  words?: { text: string; query: SearchQuery }
  since?: TimeLimit
  until?: TimeLimit
  /** The language of the page's own words, if it is not the usual one. */
  interfaceTag?: string
  /** The remaining results of an earlier page. */
  after?: { text: string; epoch: string; remaining: number[] }
}

interface TimeLimit {
  text: string
  /** Milliseconds UTC. */
  at: number
}

const SEARCH_PARAMETERS = {
  ...SELECTION_PARAMETERS,
  after: singleValue,
  [INTERFACE_PARAMETER]: interfaceLanguage,
  q: withText(searchQuery),
  since: withText(time),
  until: withText(timeAtEnd),
}

/**
 * @returns a redirect for another spelling of the URL: a form also sends the fields that the reader left empty
 * @throws Problem unknown_parameter, invalid_parameter
 */
export function parseSearchUrl(url: URL, wireLanguage: string): { search: PageSearch } | { redirectTo: string } {
  const search = readSearch([...url.searchParams], wireLanguage)
  const canonical = pathOfSearch(search)
  return canonical === url.pathname + url.search ? { search } : { redirectTo: canonical }
}

/** Reads the filters of a search whose words cannot be read. @throws Problem as parseSearchUrl() */
export const searchWithoutWords = (url: URL, wireLanguage: string): PageSearch =>
  readSearch(
    [...url.searchParams].filter(([name]) => name !== "q"),
    wireLanguage,
  )

function readSearch(fields: [string, string][], wireLanguage: string): PageSearch {
  const filled = new URLSearchParams(fields.filter(([, value]) => value.trim() !== ""))
  const { q, since, until, after, interface: tag, ...selection } = readParameters(filled, SEARCH_PARAMETERS)
  const exclusion = exclusionDetail(selection)
  if (exclusion !== undefined) throw parameterProblem([{ parameter: "not", detail: exclusion }])
  if (since && until && since.value > until.value) {
    throw parameterProblem([{ parameter: "since", detail: "is later than until: nothing is published between them" }])
  }
  return {
    ...withInterface({ selection }, tag, wireLanguage),
    ...(q && { words: { text: q.text, query: q.value } }),
    ...(since && { since: { text: since.text, at: since.value } }),
    ...(until && { until: { text: until.text, at: until.value } }),
    ...(after !== undefined && { after: { text: after, ...positionIn(after) } }),
  }
}

function positionIn(after: string): { epoch: string; remaining: number[] } {
  const cursor = decodeCursor(after, "search")
  const remaining = cursor && decodeNumbers(cursor.position)
  if (cursor && remaining && remaining.length <= MAX_RESULTS) return { epoch: cursor.epoch, remaining }
  throw foreignPosition()
}

/** The problem of a position that this wire did not make, or made before it was restored. */
export const foreignPosition = () =>
  parameterProblem([{ parameter: "after", detail: "is not a position in these results: search again without it" }])

/** Sets the language of the page's own words. */
export function withInterface(search: PageSearch, tag: string | undefined, wireLanguage: string): PageSearch {
  const { interfaceTag: _replaced, ...others } = search
  const needed = neededInterface(tag, search.selection.lang, wireLanguage)
  return needed === undefined ? others : { ...others, interfaceTag: needed }
}

export function pathOfSearch({ selection, words, since, until, interfaceTag, after }: PageSearch): string {
  return searchPath(selection, {
    ...(words && { q: words.text }),
    ...(since && { since: since.text }),
    ...(until && { until: until.text }),
    ...(interfaceTag !== undefined && { [INTERFACE_PARAMETER]: interfaceTag }),
    ...(after && { after: after.text }),
  })
}
