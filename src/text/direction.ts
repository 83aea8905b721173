/**
 * Adds direction marks to right-to-left texts without markup, such as titles, summaries and captions.
 *
 * `xml:lang` names the language, not the direction, and no format can state the direction of a title. A reader guesses
 * by the first letter (Unicode UAX #9 rules P2 and P3, HTML's `dir=auto`) or uses the direction of its own menus. A
 * text in one script keeps the order of its words in both cases, so it is not changed. A mixed text such as "BBC تبث من
 * بيروت" does not: a reader that guesses makes it an English line, and left-to-right menus show its pieces in the wrong
 * order. A headline that begins with a number has the same problem. Only these texts get
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
const PDF = "\u202C"

/**
 * Letters of right-to-left scripts: Hebrew to Arabic Extended, presentation forms, and the lead surrogates from U+10800
 * and U+1E800.
 */
const RTL_LETTER = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC\uD802\uD803\uD83A\uD83B]/
/**
 * Letters of left-to-right scripts: Latin with IPA and full width, Greek, Cyrillic, Armenian, the scripts of India and
 * South-East Asia, CJK, and all other lead surrogates. Enclosed letters and flags also belong to class L.
 */
const LTR_LETTER =
  /[A-Za-z\u00AA\u00B5\u00BA\u00C0-\u02B8\u0370-\u058F\u0900-\u1FFF\u2C00-\u2DFF\u3005-\u3007\u3040-\uD801\uD804-\uD835\uD840-\uD883\uFF21-\uFF3A\uFF41-\uFF5A]|\uD83C[\uDD10-\uDE51]/
/** A European number before the first letter has the direction of a left-to-right line (UAX #9 W7). */
const LEADING_NUMBER = /^[^\p{L}\p{Nd}]*[0-9]/u
/** A text with marks of the publisher gets no marks, because a mark of theirs without its pair would end our pair. */
const DIRECTION_MARK = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/

/** Adds marks to a right-to-left text that has left-to-right letters or begins with a number. */
export function isolate(text: string, direction: Direction): string {
  if (direction === "ltr" || !(LTR_LETTER.test(text) || LEADING_NUMBER.test(text))) return text
  if (!RTL_LETTER.test(text) || DIRECTION_MARK.test(text)) return text
  return RLM + RLI + text + PDI
}

const FIRST_LETTER = /\p{L}/u

/** Adds marks to a left-to-right line that begins with a right-to-left word. Other lines do not need marks. */
export function isolateLeftToRight(text: string): string {
  const [first = ""] = FIRST_LETTER.exec(text) ?? []
  if (!RTL_LETTER.test(first) || !LTR_LETTER.test(text) || DIRECTION_MARK.test(text)) return text
  return LRM + LRI + text + PDI
}

/** The character that ends each embedding, override or isolate (UAX #9 §2). */
const CLOSING_SIGNS = new Map([..."\u202A\u202B\u202D\u202E"].map((sign) => [sign, PDF]))
for (const sign of [LRI, RLI, "\u2068"]) CLOSING_SIGNS.set(sign, PDI)
/** Deeper signs have no effect (UAX #9 BD2). */
const MAX_DEPTH = 125

/** Reads the parts of a text, and knows which direction signs are open. */
export class DirectionBalance {
  private readonly open: string[] = []
  /** How many bidi isolates are in `open`. If it is 0, a closing sign needs no search in `open`. */
  private isolates = 0

  /** Removes closing signs without an opening sign. */
  read(text: string): string {
    return text.replace(/[\u202A-\u202E\u2066-\u2069]/g, (sign) => {
      const { open } = this
      const end = CLOSING_SIGNS.get(sign)
      if (end !== undefined) {
        if (open.length === MAX_DEPTH) return ""
        open.push(end)
        if (end === PDI) this.isolates += 1
        return sign
      }
      if (sign === PDI ? this.isolates === 0 : open.at(-1) !== sign) return ""
      if (sign === PDI) this.isolates -= 1
      while (open.pop() !== sign);
      return sign
    })
  }

  /** Returns the closing signs that are missing. */
  close(): string {
    this.isolates = 0
    return this.open.splice(0).reverse().join("")
  }
}

/**
 * Adds the closing direction signs that are missing at the end, so that the text around a title keeps its order, and
 * removes closing signs without an opening sign. A balanced text stays as it is.
 */
export function balanceDirections(text: string): string {
  const balance = new DirectionBalance()
  return balance.read(text) + balance.close()
}

export type Direction = "ltr" | "rtl"
