/** Scans a text once to answer several questions. A pattern for each question would be slower. Pure. */

/** A character that a line may not contain, or an unnecessary blank: see singleLine(). */
export const NOT_ONE_LINE = 1 << 1
/** A letter of a left-to-right script. */
export const LEFT_TO_RIGHT = 1 << 2
/** A letter of a right-to-left script. */
export const RIGHT_TO_LEFT = 1 << 3
/** A European digit. */
export const DIGIT = 1 << 4
/** A character that is escaped in XML or its attributes. */
export const MARKUP = 1 << 5

const BLANK = 1 << 0
const EVERYTHING = NOT_ONE_LINE | LEFT_TO_RIGHT | RIGHT_TO_LEFT | DIGIT | MARKUP

/** The end of General Punctuation. Later characters are rare, and the callers' patterns check them. */
const TABLE_SIZE = 0x2070

const table = new Uint8Array(TABLE_SIZE)
const mark = (flag: number, ...ranges: [first: number, last: number][]): void => {
  for (const [first, last] of ranges)
    for (let unit = first; unit <= last; unit++) table[unit] = (table[unit] ?? 0) | flag
}

mark(BLANK, [0x20, 0x20])
mark(DIGIT, [0x30, 0x39])
mark(MARKUP, [0x22, 0x22], [0x26, 0x26], [0x3c, 0x3c], [0x3e, 0x3e])
mark(NOT_ONE_LINE, [0x0, 0x1f], [0x7f, 0xa0], [0x1680, 0x1680], [0x2000, 0x200a], [0x2028, 0x2029], [0x202f, 0x202f])
mark(NOT_ONE_LINE, [0x205f, 0x205f])
mark(LEFT_TO_RIGHT, [0x41, 0x5a], [0x61, 0x7a], [0xaa, 0xaa], [0xb5, 0xb5], [0xba, 0xba], [0xc0, 0x2b8])
mark(LEFT_TO_RIGHT, [0x370, 0x58f], [0x900, 0x1fff])
mark(RIGHT_TO_LEFT, [0x590, 0x8ff])

/** The last result is kept, because a text is first cleaned and then escaped, and both steps scan it. */
let lastText = ""
let lastFlags = 0

/**
 * Returns flags for the characters of a text. A missing flag is certain: the text has no such character. A flag that is
 * set means that the caller must check the text.
 */
export function scan(text: string): number {
  if (text === lastText) return lastFlags
  lastFlags = flagsOf(text)
  lastText = text
  return lastFlags
}

/** V8 would look up this method again for every character, because it has many kinds of strings. */
const { charCodeAt } = String.prototype

function flagsOf(text: string): number {
  let flags = 0
  // The start and the end count as blanks, so that a blank beside them is unnecessary.
  let previous = BLANK
  const { length } = text
  for (let at = 0; at < length; at++) {
    const unit = charCodeAt.call(text, at)
    if (unit >= TABLE_SIZE) return EVERYTHING
    const own = table[unit] as number
    if ((own & previous & BLANK) !== 0) flags |= NOT_ONE_LINE
    flags |= own
    previous = own
  }
  return (previous & BLANK) !== 0 && length > 0 ? flags | NOT_ONE_LINE : flags
}
