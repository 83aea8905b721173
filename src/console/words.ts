/** Finds the words of the console in a language. A further language is one file, and one line here. */

import { ARABIC } from "./words-ar.ts"
import { type ConsoleWords, ENGLISH } from "./words-en.ts"

export type { ConsoleWords }

export const WORDS: ReadonlyMap<string, ConsoleWords> = new Map([
  ["ar", ARABIC],
  ["en", ENGLISH],
])

/** Returns the first of the languages that the console has, or English. @param tags are BCP 47 tags */
export function consoleLanguage(tags: readonly (string | undefined)[]): string {
  const primary = tags.map((tag) => tag?.split("-", 1)[0]?.toLowerCase() ?? "")
  return primary.find((tag) => WORDS.has(tag)) ?? "en"
}

export const wordsOf = (language: string): ConsoleWords => WORDS.get(language) ?? ENGLISH
