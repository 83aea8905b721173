/** Finds the words of the interface in a language, and writes times. */
import { primaryLanguageOf } from "./catalogue.ts"
import { ARABIC } from "./words-ar.ts"
import { ENGLISH, type Words } from "./words-en.ts"
import { FRENCH } from "./words-fr.ts"

export type Phrase = keyof Words

/** The words of each language, by its tag. A further language is one file, and one line here. */
export const TRANSLATIONS: ReadonlyMap<string, Words> = new Map([
  ["ar", ARABIC],
  ["en", ENGLISH],
  ["fr", FRENCH],
])

/** A phrase in a language, or in English if there is no translation. */
export function translate(phrase: Phrase, language: string): { text: string; language: string } {
  const primary = primaryLanguageOf(language)
  const phrases = TRANSLATIONS.get(primary)
  return phrases ? { text: phrases[phrase], language: primary } : { text: ENGLISH[phrase], language: "en" }
}

/**
 * Writes a time in the style of a language. It is in UTC, because a page is the same for everyone.
 * @param time is in milliseconds UTC
 */
export function formatTime(time: number, language: string): { text: string; language: string } {
  const primary = primaryLanguageOf(language)
  const timeLanguage = TRANSLATIONS.has(primary) ? primary : "en"
  return { text: `${dateFormat(timeLanguage).format(time)} UTC`, language: timeLanguage }
}

const dateFormats = new Map<string, Intl.DateTimeFormat>()

/** Keeps the formatter of each language, because making it is slow. English is British, with hours from 0 to 23. */
function dateFormat(language: string): Intl.DateTimeFormat {
  const cached = dateFormats.get(language)
  if (cached) return cached
  const locale = language === "en" ? "en-GB" : language
  const format = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short", timeZone: "UTC" })
  dateFormats.set(language, format)
  return format
}
