/**
 * Direction marks for right-to-left text in members that are only text: titles, sub-headlines, datelines, summaries,
 * captions, credits, rights, the titles of files and related pages, a feed's own title and description.
 *
 * `xml:lang` names the language, not the direction, and no format can say the direction of a title. A reader guesses by
 * the first letter (Unicode UAX #9 rules P2 and P3, HTML's `dir=auto`) or uses the direction of its own menus. In both
 * cases a text in one script keeps the order of its words, so it is not changed. A mixed text such as "BBC تبث من
 * بيروت" does not: a reader that guesses makes an English line of it. Left-to-right menus show the pieces of a mixed
 * headline, or of a headline that begins with a number, in the wrong order. Only these texts get
 *
 * - RLM, the first strong character, so that readers that guess align the line to the right, and
 * - RLI … PDI around the text, so that its pieces are in the right order in any surrounding direction (UAX #9 §2.4.2)
 *   and the text around it is not disturbed.
 *
 * RLI alone is not enough, because the guess skips the content of an isolate. All three characters are invisible and
 * the same in all formats. An article of unknown language has `ltr` too, so `ltr` alone adds no marks;
 * isolateLeftToRight() is for headlines in a stated language.
 */
const RLM = "\u200F"
const LRM = "\u200E"
const LRI = "\u2066"
const RLI = "\u2067"
const PDI = "\u2069"

/**
 * Letters of right-to-left scripts: Hebrew to Arabic Extended, presentation forms, and the lead surrogates of U+10800
 * and U+1E800 on.
 */
const RTL_LETTER = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC\uD802\uD803\uD83A\uD83B]/
/**
 * Letters of left-to-right scripts: Latin with IPA and full width, Greek, Cyrillic, Armenian, the scripts of India and
 * South-East Asia, CJK, and the lead surrogates of all others. Enclosed letters and flags count, because the halves of
 * a flag are letters (class L).
 */
const LTR_LETTER =
  /[A-Za-z\u00AA\u00B5\u00BA\u00C0-\u02B8\u0370-\u058F\u0900-\u1FFF\u2C00-\u2DFF\u3005-\u3007\u3040-\uD801\uD804-\uD835\uD840-\uD883\uFF21-\uFF3A\uFF41-\uFF5A]|\uD83C[\uDD10-\uDE51]/
/** A European number before the first letter is left-to-right in a left-to-right line (UAX #9 W7). */
const LEADING_NUMBER = /^[^\p{L}\p{Nd}]*[0-9]/u
/** If the publisher's text has direction marks, we add none, because one of its marks without a pair would end ours. */
const DIRECTION_MARK = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/

/** Adds marks to a right-to-left text that has left-to-right letters or begins with a number. Others stay unchanged. */
export function isolate(text: string, direction: Direction): string {
  if (direction === "ltr" || !(LTR_LETTER.test(text) || LEADING_NUMBER.test(text))) return text
  if (!RTL_LETTER.test(text) || DIRECTION_MARK.test(text)) return text
  return RLM + RLI + text + PDI
}

const FIRST_LETTER = /\p{L}/u

/** Adds marks to a left-to-right line that begins with a right-to-left word. Other left-to-right lines need none. */
export function isolateLeftToRight(text: string): string {
  const [first = ""] = FIRST_LETTER.exec(text) ?? []
  if (!RTL_LETTER.test(first) || !LTR_LETTER.test(text) || DIRECTION_MARK.test(text)) return text
  return LRM + LRI + text + PDI
}

export type Direction = "ltr" | "rtl"
