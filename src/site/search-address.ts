/** Converts the URL of a page of search results to the search, and back. */
import { decodeCursor, decodeNumbers } from "../articles/model/cursor.ts"
import { exclusionDetail, SELECTION_PARAMETERS } from "../articles/read/selection-parameters.ts"
import type { Selection } from "../articles/read/selection-terms.ts"
import type { SearchQuery } from "../articles/search/parse-query.ts"
import { searchQuery } from "../articles/search/query-parameter.ts"
import { MAX_RESULTS } from "../articles/search/search.ts"
import { searchPath } from "../feeds/address.ts"
import { singleValue, time, timeAtEnd } from "../http/parameter-types.ts"
import { type ParameterReader, parameterProblem, readParameters } from "../http/parameters.ts"
import { singleLine } from "../text/legal-text.ts"

export interface PageSearch {
  selection: Selection
  /** The words as the reader wrote them, with their meaning. Absent if the reader has not searched yet. */
  words?: { text: string; query: SearchQuery }
  since?: TimeLimit
  until?: TimeLimit
  /** The remaining results of an earlier page. */
  after?: { text: string; epoch: string; remaining: number[] }
}

interface TimeLimit {
  text: string
  /** Milliseconds UTC. */
  at: number
}

/** Reads a value together with its text. */
const withText =
  <T>(read: ParameterReader<T | undefined>): ParameterReader<{ text: string; value: T } | undefined> =>
  (values, name) => {
    const value = read(values, name)
    return value === undefined ? undefined : { text: singleLine(values[0]), value }
  }

const SEARCH_PARAMETERS = {
  ...SELECTION_PARAMETERS,
  after: singleValue,
  q: withText(searchQuery),
  since: withText(time),
  until: withText(timeAtEnd),
}

/**
 * @returns a redirect for another spelling of the URL: a form also sends the fields that the reader left empty
 * @throws Problem unknown_parameter, invalid_parameter
 */
export function parseSearchUrl(url: URL): { search: PageSearch } | { redirectTo: string } {
  const search = readSearch([...url.searchParams])
  const canonical = pathOfSearch(search)
  return canonical === url.pathname + url.search ? { search } : { redirectTo: canonical }
}

/** Reads the filters of a search whose words cannot be read. @throws Problem as parseSearchUrl() */
export const searchWithoutWords = (url: URL): PageSearch =>
  readSearch([...url.searchParams].filter(([name]) => name !== "q"))

function readSearch(fields: [string, string][]): PageSearch {
  const filled = new URLSearchParams(fields.filter(([, value]) => value.trim() !== ""))
  const { q, since, until, after, ...selection } = readParameters(filled, SEARCH_PARAMETERS)
  const exclusion = exclusionDetail(selection)
  if (exclusion !== undefined) throw parameterProblem([{ parameter: "not", detail: exclusion }])
  if (since && until && since.value > until.value) {
    throw parameterProblem([{ parameter: "since", detail: "is later than until: nothing is published between them" }])
  }
  return {
    selection,
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

export function pathOfSearch({ selection, words, since, until, after }: PageSearch): string {
  return searchPath(selection, {
    ...(words && { q: words.text }),
    ...(since && { since: since.text }),
    ...(until && { until: until.text }),
    ...(after && { after: after.text }),
  })
}
