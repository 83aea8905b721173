/** Query parameters of lists: each known, each once, and one spelling of all. */
import { FORMATS, type Format } from "../formats/feed.ts"
import { didYouMean } from "../http/near.ts"
import { Problem } from "../http/problem.ts"
import { isTracking, TRACKING } from "../http/tracking.ts"
import type { Wanted } from "./subscriptions.ts"

/**
 * @returns what the parameters ask for, or the canonical path and query if this is another spelling of it.
 * @throws Problem unknown_parameter, invalid_parameter
 */
export function parseOpmlUrl(url: URL): { wanted: Wanted } | { moved: string } {
  const { format = "rss", lang } = parametersOf(url, ["format", "lang"])
  const wanted: Wanted = {
    format: formatOf(format.toLowerCase()),
    ...(lang !== undefined && { language: languageOf(lang.toLowerCase()) }),
  }
  const canonical = canonicalUrl(url.pathname, {
    ...(wanted.format !== "rss" && { format: wanted.format }),
    ...(wanted.language !== undefined && { lang: wanted.language }),
  })
  return canonical === url.pathname + url.search ? { wanted } : { moved: canonical }
}

/**
 * For what takes no parameters.
 * @returns the path alone, if there were some that others append to links.
 * @throws Problem unknown_parameter
 */
export function parsePlainUrl(url: URL): { moved: string } | undefined {
  parametersOf(url, [])
  return url.search === "" ? undefined : { moved: url.pathname }
}

/** @throws Problem invalid_parameter if nothing is there in this language. */
export function checkLanguage(language: string | undefined, known: string[]): void {
  if (language === undefined || known.includes(language)) return
  throw invalid("lang", `there is nothing in ${JSON.stringify(language)} here.${didYouMean(language, known)}`)
}

function parametersOf<const N extends string>(url: URL, names: readonly N[]): Partial<Record<N, string>> {
  const given: Partial<Record<string, string>> = {}
  for (const [name, value] of url.searchParams) {
    if (isTracking(name)) continue
    if (!(names as readonly string[]).includes(name)) {
      const detail = `The parameter ${JSON.stringify(name)} is not known here.${didYouMean(name, [...names, ...TRACKING])}`
      throw new Problem("unknown_parameter", detail, [{ parameter: name, detail: "unknown parameter" }])
    }
    if (given[name] !== undefined) throw invalid(name, "must be given once")
    if (value === "") throw invalid(name, "is empty: give it a value or leave it out")
    given[name] = value
  }
  return given as Partial<Record<N, string>>
}

function formatOf(value: string): Format {
  const format = FORMATS.find((each) => each === value)
  if (format) return format
  throw invalid("format", `${JSON.stringify(value)} must be rss, atom or json.${didYouMean(value, FORMATS)}`)
}

function languageOf(value: string): string {
  if (/^[a-z]{2,3}(-[a-z0-9]{1,8})*$/.test(value)) return value
  throw invalid("lang", `${JSON.stringify(value)} must be a BCP 47 language tag such as ar or fr-ca`)
}

function invalid(parameter: string, detail: string): Problem {
  return new Problem("invalid_parameter", `${parameter}: ${detail}`, [{ parameter, detail }])
}

function canonicalUrl(path: string, parameters: Record<string, string>): string {
  const query = new URLSearchParams(parameters).toString()
  return query === "" ? path : `${path}?${query}`
}
