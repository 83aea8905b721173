/** Reads the choice of a feed from the form of the page that builds feeds, and from its canonical address. */
import { exclusionDetail } from "../articles/read/selection-parameters.ts"
import { DEFAULT_ENTRIES, FEED_PARAMETERS, type FeedAddress, feedChoicePath } from "../feeds/address.ts"
import { FORMATS } from "../formats/feed.ts"
import { oneOf, splitList, withText } from "../http/parameter-types.ts"
import { parameterProblem, readParameters } from "../http/parameters.ts"
import type { ProblemError } from "../http/problem.ts"
import { INTERFACE_PARAMETER, interfaceLanguage, neededInterface } from "./interface-language.ts"

const { section, not, publisher, lang, tag, content, q } = FEED_PARAMETERS
const FIELDS = { section, not, publisher, lang, tag, content, q: withText(q), format: oneOf(FORMATS, "rss") }
const PARAMETERS = { ...FIELDS, [INTERFACE_PARAMETER]: interfaceLanguage }

export type FormField = keyof typeof FIELDS

export interface FeedChoice {
  address: FeedAddress
  /** The words of the search as the reader wrote them. The address of the feed has them in one spelling. */
  words?: string
  /** The language of the page's own words, if it is not the usual one. */
  interfaceTag?: string
}

/**
 * @returns the chosen feed, or the canonical address of the page for another spelling
 * @throws Problem unknown_parameter, invalid_parameter
 */
export function parseBuilderUrl(url: URL, wireLanguage: string): { choice: FeedChoice } | { redirectTo: string } {
  const values = readParameters(filledFields(url.searchParams), PARAMETERS)
  const { format, content, q: words, interface: tag, ...selection } = values
  const exclusion = exclusionDetail(selection)
  if (exclusion !== undefined) throw parameterProblem([{ parameter: "not", detail: exclusion }])
  const address: FeedAddress = {
    ...{ selection: { ...selection, author: [] }, part: { kind: "subscription" }, format, content },
    ...(words && { query: words.value }),
    limit: DEFAULT_ENTRIES,
  }
  const choice = withInterface({ address, ...(words && { words: words.text }) }, tag, wireLanguage)
  const canonical = choicePath(url.pathname, choice)
  return canonical === url.pathname + url.search ? { choice } : { redirectTo: canonical }
}

/** Sets the language of the page's own words. */
export function withInterface(choice: FeedChoice, tag: string | undefined, wireLanguage: string): FeedChoice {
  const { interfaceTag: _replaced, ...others } = choice
  const needed = neededInterface(tag, choice.address.selection.lang, wireLanguage)
  return needed === undefined ? others : { ...others, interfaceTag: needed }
}

/** Path and query of a page about a feed. */
export const choicePath = (path: string, { address, words, interfaceTag }: FeedChoice): string =>
  feedChoicePath(
    path,
    { ...address, ...(words !== undefined && { query: words }) },
    interfaceTag === undefined ? {} : { [INTERFACE_PARAMETER]: interfaceTag },
  )

/** Whether all errors are of fields of the form, which shows them. */
export const areOfFields = (errors: readonly ProblemError[]): boolean =>
  errors.every(({ parameter }) => parameter !== undefined && Object.hasOwn(FIELDS, parameter))

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
  const names = Object.keys(FIELDS) as FormField[]
  return Object.fromEntries(
    names.map((name) => {
      const values = fields.getAll(name)
      return [name, name === "tag" || name === "q" ? values : splitList(values).map((each) => each.toLowerCase())]
    }),
  ) as Record<FormField, string[]>
}
