/** Checks language tags, and finds the direction of a language. Pure. */
import type { Direction } from "./direction.ts"
import { singleLine } from "./legal-text.ts"
import { countScripts, isRightToLeft, type ScriptCounts, scriptsOf } from "./script.ts"

/**
 * A language has two or three letters, and a single letter must be followed by another subtag (RFC 5646 §2.1). A tag in
 * any other form makes `xml:lang` invalid.
 */
export const LANGUAGE_TAG = /^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}|-[A-Za-z0-9]-[A-Za-z0-9]{2,8})*$/

/**
 * How many Latin letters contradict a language of another script, and the share of letters in its own script that its
 * texts have at least: a headline in Arabic may have nothing but the Latin name of a product. No headline in English has
 * nothing but Arabic words.
 */
const MIN_LATIN_LETTERS = 24
const MIN_RATIO = 1 / 10
/** How many letters of any other script contradict a language. A single one may be a sign, such as Ω. */
const MIN_OTHER_LETTERS = 2

/** Returns the text if it is a language tag, else "". */
export function languageTag(language: string | undefined): string {
  const tag = singleLine(language)
  return LANGUAGE_TAG.test(tag) ? tag : ""
}

const sum = (letters: ScriptCounts, isCounted: (script: string) => boolean): number =>
  [...letters].reduce((count, [script, own]) => (isCounted(script) ? count + own : count), 0)

/** Whether a text with these letters cannot be in a language of these scripts. */
function isContradicted(scripts: readonly string[], letters: ScriptCounts): boolean {
  const own = sum(letters, (script) => scripts.includes(script))
  const latin = scripts.includes("Latn") ? 0 : (letters.get("Latn") ?? 0)
  const others = sum(letters, () => true) - own - latin
  if (others >= MIN_OTHER_LETTERS && others > own) return true
  return latin >= MIN_LATIN_LETTERS && own < (own + latin) * MIN_RATIO
}

/**
 * Returns the language of a text. A tag that contradicts the script of the text is replaced by the next one that fits.
 * @param stated the tags of the item, the feed and the publisher. A script that the first of them names is right
 * @param wireLanguage replaces a contradicted tag, but is no language of a text without any tag
 */
export function languageOfText(
  stated: readonly (string | null | undefined)[],
  wireLanguage: string,
  letters: ScriptCounts,
): string | undefined {
  const [first, ...others] = stated.filter((tag) => typeof tag === "string")
  if (first === undefined) return undefined
  const expected = scriptsOf(first)
  if (expected === undefined || expected.isExplicit || !isContradicted(expected.scripts, letters)) return first
  return [...others, wireLanguage].find((tag) => {
    const scripts = scriptsOf(tag)?.scripts
    return scripts !== undefined && !isContradicted(scripts, letters)
  })
}

/** The direction of a text by the script that its tag names, by most of its letters, or by its language. */
export function directionOfText(language: string | undefined, letters: ScriptCounts): Direction {
  const expected = language === undefined ? undefined : scriptsOf(language)
  const usual = expected?.scripts[0]
  if (expected?.isExplicit && usual !== undefined) return directionOfScript(usual)
  const rtl = sum(letters, isRightToLeft)
  const ltr = sum(letters, () => true) - rtl
  if (rtl !== ltr) return rtl > ltr ? "rtl" : "ltr"
  return usual === undefined ? "ltr" : directionOfScript(usual)
}

const directionOfScript = (script: string): Direction => (isRightToLeft(script) ? "rtl" : "ltr")

/**
 * The direction of a name in a language. Without a language, or if the name contradicts it, most of its letters decide.
 * A Latin name of a few letters is still in its language: an Arabic feed may be called "BBC".
 */
export function directionOf(language: string | undefined, name: string): Direction {
  const expected = language === undefined ? undefined : scriptsOf(language)
  const [usual] = expected?.scripts ?? []
  const letters = countScripts(name)
  if (expected === undefined || usual === undefined) return directionOfText(undefined, letters)
  if (!expected.isExplicit && isContradicted(expected.scripts, letters)) return directionOfText(undefined, letters)
  return directionOfScript(usual)
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
