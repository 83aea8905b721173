/** Reads query parameters of the lists of feeds. Only known parameters are allowed, each once. */
import { FORMATS } from "../formats/feed.ts"
import { language, oneOf } from "../http/parameter-types.ts"
import { parameterProblem, readParameters } from "../http/parameters.ts"
import { didYouMean } from "../text/near-matches.ts"
import { interfaceLanguage } from "./interface-language.ts"
import type { OpmlOptions } from "./opml.ts"

const OPML_PARAMETERS = { format: oneOf(FORMATS, "rss"), lang: language }

/**
 * @returns the options, or the canonical address for another spelling
 * @throws Problem unknown_parameter, invalid_parameter
 */
export function parseOpmlUrl(url: URL): { options: OpmlOptions } | { redirectTo: string } {
  const { format, lang } = readParameters(url.searchParams, OPML_PARAMETERS)
  const canonical = canonicalUrl(url.pathname, {
    ...(format !== "rss" && { format }),
    ...(lang !== undefined && { lang }),
  })
  return canonical === url.pathname + url.search
    ? { options: { format, ...(lang !== undefined && { language: lang }) } }
    : { redirectTo: canonical }
}

/**
 * Reads the language in which a page shows its own words, if it is not that of its articles.
 * @returns the canonical query too
 * @throws Problem unknown_parameter; invalid_parameter if the interface has no words in this language
 */
export function parseInterfaceLanguage(url: URL): { language: string | undefined; query: string } {
  const { lang } = readParameters(url.searchParams, { lang: interfaceLanguage })
  return { language: lang, query: lang === undefined ? "" : `?lang=${lang}` }
}

/** Redirects to the URL without tracking parameters. @throws Problem unknown_parameter for any other parameter */
export function parsePlainUrl(url: URL): { redirectTo: string } | undefined {
  readParameters(url.searchParams, {})
  return url.search === "" ? undefined : { redirectTo: url.pathname }
}

/** @throws Problem invalid_parameter if no feed of the wire is in this language */
export function checkLanguage(language: string | undefined, languages: string[]): void {
  if (language === undefined || languages.includes(language)) return
  const detail = `must be a language of this wire: there is nothing in ${JSON.stringify(language)} here.${didYouMean(language, languages)}`
  throw parameterProblem([{ parameter: "lang", detail }])
}

function canonicalUrl(path: string, parameters: Record<string, string>): string {
  const query = new URLSearchParams(parameters).toString()
  return query === "" ? path : `${path}?${query}`
}
