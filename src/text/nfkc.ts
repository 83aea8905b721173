/** Unicode's normalization forms (UAX #15) in linear time. Pure. */

/**
 * More marks in a row than any script needs (UAX #15 §13, "Stream-Safe Text Format"). NFKC turns the two kana signs
 * into marks, so they count too.
 */
const TOO_MANY = /([\p{M}\uff9e\uff9f]{30})[\p{M}\uff9e\uff9f]+/gu

/** Keeps only 30 marks in a row, because normalize() sorts the marks of a letter in quadratic time. */
const withFewMarks = (text: string): string => (text.length > 30 ? text.replace(TOO_MANY, "$1") : text)

export const nfkc = (text: string): string => withFewMarks(text).normalize("NFKC")
export const nfc = (text: string): string => withFewMarks(text).normalize("NFC")
