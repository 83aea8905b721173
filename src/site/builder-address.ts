/** Reads the choice of a feed from the form of the page that builds feeds, and from its canonical address. */
import { exclusionDetail } from "../articles/read/selection-parameters.ts"
import { DEFAULT_ENTRIES, FEED_PARAMETERS, type FeedAddress, feedChoicePath } from "../feeds/address.ts"
import { FORMATS } from "../formats/feed.ts"
import { oneOf, splitList } from "../http/parameter-types.ts"
import { parameterProblem, readParameters } from "../http/parameters.ts"

const { section, not, publisher, lang, tag, content, q } = FEED_PARAMETERS
const PARAMETERS = { section, not, publisher, lang, tag, content, q, format: oneOf(FORMATS, "rss") }

export type FormField = keyof typeof PARAMETERS

/**
 * @returns the address of the chosen feed, or the canonical address of the page for another spelling
 * @throws Problem unknown_parameter, invalid_parameter
 */
export function parseBuilderUrl(url: URL): { address: FeedAddress } | { redirectTo: string } {
  const { format, content, q: query, ...selection } = readParameters(filledFields(url.searchParams), PARAMETERS)
  const exclusion = exclusionDetail(selection)
  if (exclusion !== undefined) throw parameterProblem([{ parameter: "not", detail: exclusion }])
  const address: FeedAddress = {
    ...{ selection: { ...selection, author: [] }, part: { kind: "subscription" }, format, content },
    ...(query !== undefined && { query }),
    limit: DEFAULT_ENTRIES,
  }
  const canonical = feedChoicePath(url.pathname, address)
  return canonical === url.pathname + url.search ? { address } : { redirectTo: canonical }
}

/** A browser also sends the fields that are empty. The field of tags has several tags. */
function filledFields(fields: URLSearchParams): URLSearchParams {
  const filled = [...fields]
    .flatMap(([name, value]) => (name === "tag" ? splitTags(value).map((each) => [name, each]) : [[name, value]]))
    .filter(([, value = ""]) => value.trim() !== "")
  return new URLSearchParams(filled)
}

/** The comma of Arabic is another character. */
const splitTags = (text: string): string[] => text.split(/[,،]/).map((each) => each.trim())

/** The values of the fields as the reader sent them, to show them again beside the error. */
export function fieldsOf(url: URL): Record<FormField, string[]> {
  const fields = filledFields(url.searchParams)
  const names = Object.keys(PARAMETERS) as FormField[]
  return Object.fromEntries(
    names.map((name) => {
      const values = fields.getAll(name)
      return [name, name === "tag" || name === "q" ? values : splitList(values).map((each) => each.toLowerCase())]
    }),
  ) as Record<FormField, string[]>
}
