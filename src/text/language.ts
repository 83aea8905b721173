/** Checks language tags, and finds the direction of a language. Pure. */
import type { Direction } from "./direction.ts"
import { singleLine } from "./legal-text.ts"

/**
 * A language has two or three letters, and a single letter must be followed by another subtag (RFC 5646 §2.1). A tag in
 * any other form makes `xml:lang` invalid.
 */
export const LANGUAGE_TAG = /^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}|-[A-Za-z0-9]-[A-Za-z0-9]{2,8})*$/

/** Returns the text if it is a language tag, else "". */
export function languageTag(language: string | undefined): string {
  const tag = singleLine(language)
  return LANGUAGE_TAG.test(tag) ? tag : ""
}

/** Scripts written from right to left (Unicode bidirectional classes R and AL). */
const RTL_SCRIPT =
  /\p{Script=Arabic}|\p{Script=Hebrew}|\p{Script=Syriac}|\p{Script=Thaana}|\p{Script=Nko}|\p{Script=Adlam}/u

const RTL_LANGUAGES = /^(ar|arc|azb|ckb|dv|fa|he|ks|ku-arab|nqo|pnb|ps|sd|syr|ug|ur|yi)(-|$)/i

const LETTER = /\p{L}/u

/** Returns the direction of the language, or of the text's first letter if there is no language. */
export function directionOf(language: string | undefined, text: string): Direction {
  if (language) {
    if (/-(latn|cyrl)(-|$)/i.test(language)) return "ltr"
    if (/-(arab|hebr)(-|$)/i.test(language) || RTL_LANGUAGES.test(language)) return "rtl"
    return "ltr"
  }
  const first = LETTER.exec(text)
  return first && RTL_SCRIPT.test(first[0]) ? "rtl" : "ltr"
}

/** Returns the name of a language in another language, or the tag if the language has no name. */
export function languageName(tag: string, language: string): string {
  try {
    return new Intl.DisplayNames([language], { type: "language" }).of(tag) ?? tag
  } catch {
    // LANGUAGE_TAG accepts tags that Intl rejects.
    return tag
  }
}
