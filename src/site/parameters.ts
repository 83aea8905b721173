/** Query parameters of the lists of feeds: only known ones, each once, in one canonical spelling. */
import { FORMATS, type Format } from "../formats/feed.ts"
import { Problem } from "../http/problem.ts"
import { didYouMean } from "../text/near-matches.ts"
import { isTrackingParameter, TRACKING_PARAMETERS } from "../text/tracking-parameters.ts"
import type { OpmlOptions } from "./opml.ts"

/**
 * @returns the options, or the canonical path and query if this is another spelling of it.
 * @throws Problem unknown_parameter, invalid_parameter
 */
export function parseOpmlUrl(url: URL): { options: OpmlOptions } | { redirectTo: string } {
  const { format = "rss", lang } = parametersOf(url, ["format", "lang"])
  const options: OpmlOptions = {
    format: formatOf(format.toLowerCase()),
    ...(lang !== undefined && { language: languageOf(lang.toLowerCase()) }),
  }
  const canonical = canonicalUrl(url.pathname, {
    ...(options.format !== "rss" && { format: options.format }),
    ...(options.language !== undefined && { lang: options.language }),
  })
  return canonical === url.pathname + url.search ? { options } : { redirectTo: canonical }
}

/**
 * Parses the URL of a document without parameters.
 * @returns the path alone, if the URL has tracking parameters.
 * @throws Problem unknown_parameter
 */
export function parsePlainUrl(url: URL): { redirectTo: string } | undefined {
  parametersOf(url, [])
  return url.search === "" ? undefined : { redirectTo: url.pathname }
}

/** @throws Problem invalid_parameter if there is nothing in this language. */
export function checkLanguage(language: string | undefined, languages: string[]): void {
  if (language === undefined || languages.includes(language)) return
  throw invalidParameter(
    "lang",
    `there is nothing in ${JSON.stringify(language)} here.${didYouMean(language, languages)}`,
  )
}

function parametersOf<const N extends string>(url: URL, names: readonly N[]): Partial<Record<N, string>> {
  const values: Partial<Record<string, string>> = {}
  for (const [name, value] of url.searchParams) {
    if (isTrackingParameter(name)) continue
    if (!(names as readonly string[]).includes(name)) {
      const detail = `The parameter ${JSON.stringify(name)} is not known here.${didYouMean(name, [...names, ...TRACKING_PARAMETERS])}`
      throw new Problem("unknown_parameter", detail, [{ parameter: name, detail: "unknown parameter" }])
    }
    if (values[name] !== undefined) throw invalidParameter(name, "must be given once")
    if (value === "") throw invalidParameter(name, "is empty: give it a value or leave it out")
    values[name] = value
  }
  return values as Partial<Record<N, string>>
}

function formatOf(value: string): Format {
  const format = FORMATS.find((each) => each === value)
  if (format) return format
  throw invalidParameter("format", `${JSON.stringify(value)} must be rss, atom or json.${didYouMean(value, FORMATS)}`)
}

function languageOf(value: string): string {
  if (/^[a-z]{2,3}(-[a-z0-9]{1,8})*$/.test(value)) return value
  throw invalidParameter("lang", `${JSON.stringify(value)} must be a BCP 47 language tag such as ar or fr-ca`)
}

function invalidParameter(parameter: string, detail: string): Problem {
  return new Problem("invalid_parameter", `${parameter}: ${detail}`, [{ parameter, detail }])
}

function canonicalUrl(path: string, parameters: Record<string, string>): string {
  const query = new URLSearchParams(parameters).toString()
  return query === "" ? path : `${path}?${query}`
}
