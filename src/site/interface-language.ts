/** Decides in which language a page with filters shows its own words. Pure. */
import { language } from "../http/parameter-types.ts"
import { invalidValue, type ParameterReader } from "../http/parameters.ts"
import { languageTag } from "../text/language.ts"
import { didYouMean } from "../text/near-matches.ts"
import { primaryLanguageOf } from "./catalogue.ts"
import { TRANSLATIONS } from "./translations.ts"

/** Reads a language in which pages have words. All varieties of a language have the same words. */
export const interfaceLanguage: ParameterReader<string | undefined> = (values, name) => {
  const tag = language(values, name)
  if (tag === undefined) return undefined
  const known = [...TRANSLATIONS.keys()]
  const primary = primaryLanguageOf(tag)
  if (TRANSLATIONS.has(primary)) return primary
  throw invalidValue(`must be a language of these pages: ${known.join(", ")}.${didYouMean(primary, known)}`)
}

/** The parameter of pages whose `lang` is a filter. So a reader may look for articles in another language. */
export const INTERFACE_PARAMETER = "interface"

/** Returns the value of the parameter if it is valid, for a page that shows an error. */
export function knownInterface(url: URL): string | undefined {
  const tag = primaryLanguageOf(url.searchParams.get(INTERFACE_PARAMETER) ?? "")
  return TRANSLATIONS.has(tag) ? tag : undefined
}

/** The language that the reader chose: that of the interface, else the only one of the filter. */
export const chosenLanguage = (interfaceTag: string | undefined, filter: string[]): string | undefined =>
  interfaceTag ?? (filter.length === 1 ? languageTag(filter[0]).toLowerCase() || undefined : undefined)

/** Returns a language of the interface, unless the page has its words without the parameter too. */
export function neededInterface(tag: string | undefined, filter: string[], wireLanguage: string): string | undefined {
  if (tag === undefined) return undefined
  const primary = primaryLanguageOf(tag)
  const usual = primaryLanguageOf(chosenLanguage(undefined, filter) ?? wireLanguage)
  return primary === usual || !TRANSLATIONS.has(primary) ? undefined : primary
}
