/** Reads query parameters. */
import { LANGUAGE_TAG } from "../text/language.ts"
import { nearMatches } from "../text/near-matches.ts"
import { Problem } from "./problem.ts"

/** @throws Problem invalid_parameter */
export function parseLanguage(value: string): string {
  const tag = value.toLowerCase()
  if (tag.length <= 35 && LANGUAGE_TAG.test(tag)) return tag
  const detail = `${JSON.stringify(value)} must be a BCP 47 language tag such as ar or fr-ca.${suggestLanguage(tag)}`
  throw new Problem("invalid_parameter", `lang ${detail}`, [{ parameter: "lang", detail }])
}

/** Languages that are suggested for a name: ar for "arabic". */
const SUGGESTED_LANGUAGES = ["ar", "de", "en", "es", "fa", "fr", "he", "hi", "it", "pt", "ru", "tr", "ur", "zh"]

function suggestLanguage(language: string): string {
  const english = new Intl.DisplayNames(["en"], { type: "language" })
  const [name] = nearMatches(
    language,
    SUGGESTED_LANGUAGES.map((tag) => english.of(tag) ?? tag),
  )
  const tag = SUGGESTED_LANGUAGES.find((each) => english.of(each) === name)
  return tag === undefined ? "" : ` Did you mean ${tag}?`
}
