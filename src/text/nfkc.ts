/** Unicode's compatibility composition (UAX #15) in a time that grows with the length of the text. Pure. */

/** Marks in a row; no script writes as many (UAX #15 §13, "Stream-Safe Text Format"). The two kana marks become some. */
const TOO_MANY = /([\p{M}\uff9e\uff9f]{30})[\p{M}\uff9e\uff9f]+/gu

/**
 * NFKC. Marks of a letter are put in order, for which normalize() takes a time that grows with the square of their number: of more
 * than 30 in a row the rest is left out.
 */
export function nfkc(text: string): string {
  return (text.length > 30 ? text.replace(TOO_MANY, "$1") : text).normalize("NFKC")
}
