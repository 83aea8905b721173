/** Writes raised and lowered numbers as plain text, and leaves out the marks of footnotes. Pure. */

/** Longer texts are no numbers and no marks. */
export const MAX_RAISED_CHARACTERS = 20

/** A mark of a footnote: a number, a letter or a sign, or several of them. */
const MARK = /^[[(]?(?:\p{Nd}{1,3}|\p{L}|[*†‡§¶#]{1,3})(?:[\s,;–-]{1,2}(?:\p{Nd}{1,3}|\p{L}|[*†‡§¶#]{1,3}))*[\])]?$/u
/** A mark that is no exponent. Letters and numbers alone may be one. */
const SIGN_MARK = /^(?:[*†‡§¶#]{1,3}|[[(](?:\p{Nd}{1,3}|[a-z*†‡])[\])]|\p{Nd}{1,3}(?:[,;] ?\p{Nd}{1,3})+)$/u
const NUMBER = /^\p{Nd}{1,3}$/u
/** A word or the end of a sentence. Shorter words may be units or variables, such as km and x, and functions have powers. */
const AFTER_WORD =
  /(?<!(?<!\p{L})(?:sin|cos|tan|cot|log|exp|arc(?:sin|cos|tan)))(?:(?<=(?:\p{L}\p{M}*){3})$|[.,;:!?…”’»"؟،؛]$)/u

const RAISED = signs("0⁰ 1¹ 2² 3³ 4⁴ 5⁵ 6⁶ 7⁷ 8⁸ 9⁹ +⁺ -⁻ −⁻ –⁻ =⁼ (⁽ )⁾ nⁿ iⁱ xˣ")
const LOWERED = signs("0₀ 1₁ 2₂ 3₃ 4₄ 5₅ 6₆ 7₇ 8₈ 9₉ +₊ -₋ −₋ –₋ =₌ (₍ )₎")
const DIGIT_AT_END = /\p{Nd}$/u
/** An exponent that has no signs of its own, such as 0.5. An ordinal such as "1st" is raised, but not behind a number. */
const EXPONENT = /^[-−+]?\d[\d.,/^⁰¹²³⁴-⁹]*$/

function signs(pairs: string): ReadonlyMap<string, string> {
  return new Map(pairs.split(" ").map((pair) => [pair.charAt(0), pair.charAt(1)]))
}

/** Returns the text in other signs; undefined if one of its characters has none. */
function written(text: string, alphabet: ReadonlyMap<string, string>): string | undefined {
  const characters = [...text].map((character) => alphabet.get(character))
  return characters.length > 0 && !characters.includes(undefined) ? characters.join("") : undefined
}

/** Whether the text of a link to a place in a page is the mark of a footnote. */
export const isFootnoteLink = (text: string): boolean =>
  /^(?:[[(][^\])]{1,8}[\])]|[*†‡§¶#↩↑^]{1,3}\uFE0E?)$/u.test(text.trim())

/**
 * Returns what a `sup` or `sub` says in plain text.
 * @param before the end of the text in front of it
 * @param isLink whether it has a link, or is the beginning of one
 */
export function raisedText(tag: "sup" | "sub", inner: string, before: string, isLink: boolean): string {
  const text = inner.trim()
  if (isLink && (MARK.test(text) || isFootnoteLink(text))) return ""
  const neighbour = before.trimEnd()
  if (tag === "sub") {
    const lowered = DIGIT_AT_END.test(neighbour) && /^\d/.test(text) ? written(text, LOWERED) : undefined
    return lowered ?? inner
  }
  if (neighbour !== "" && (SIGN_MARK.test(text) || (NUMBER.test(text) && AFTER_WORD.test(neighbour)))) return ""
  const raised = written(text, RAISED)
  if (raised !== undefined) return raised
  return DIGIT_AT_END.test(neighbour) && EXPONENT.test(text) ? `^${text}` : inner
}
