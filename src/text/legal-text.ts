/** Removes characters that XML 1.0 (§2.2) or JSON (RFC 8259 §8.2) forbids: one of them breaks a whole feed. Pure. */
import { NOT_ONE_LINE, scan } from "./scan.ts"

/**
 * Controls, CR, surrogates and noncharacters. Most texts have none of them and need only this fast test. Without the
 * flag `u` it also finds correct pairs of surrogates.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is its purpose
const MAYBE_ILLEGAL = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\uD800-\uDFFF\uFDD0-\uFDEF\uFFFE\uFFFF]/

/**
 * Characters to remove; with the flag `u`, only an unpaired surrogate matches. XML discourages DEL, the C1 controls and
 * noncharacters (§2.2), and interoperable JSON has no noncharacters (RFC 7493 §2.1).
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: removing control characters is its purpose
const ILLEGAL = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\uD800-\uDFFF\p{Noncharacter_Code_Point}]+/gu

/** Whether singleLine() must change a text. Nearly every text needs only this test. */
const NOT_SINGLE_LINE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is its purpose
  /[\u0000-\u001F\u007F-\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000\uD800-\uDFFF\uFDD0-\uFDEF\uFEFF-\uFFFF]| {2}|^ | $/

/**
 * Matches nearly every text: its characters are all legal and below U+D800. The repetition of the class is for speed:
 * V8 then needs a third of the time.
 */
const CERTAINLY_LEGAL = new RegExp(`^(?:${"[\\t\\n -~\\u00A0-\\uD7FF]".repeat(8)})*[\\t\\n -~\\u00A0-\\uD7FF]{0,7}$`)

/** Keeps only legal characters. CRLF and CR become LF in JSON too, because XML parsers change them (XML 1.0 §2.11). */
export function legalText(text: string): string {
  if (CERTAINLY_LEGAL.test(text)) return text
  return MAYBE_ILLEGAL.test(text) ? text.replace(/\r\n?/g, "\n").replace(ILLEGAL, "") : text
}

/**
 * The characters of windows-1252 instead of the controls U+0080 to U+009F, as in HTML §13.2.5.80. A program makes these
 * controls if it decodes windows-1252 as ISO-8859-1. Five bytes have no character.
 */
const WINDOWS_1252 = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ"
const C1 = /[\u0080-\u009F]/g

/** Returns the character of a byte from 0x80 to 0x9F in windows-1252. */
export const windows1252 = (byte: number): string => WINDOWS_1252.charAt(byte - 0x80)

/** Keeps only legal characters of a received text, and reads C1 controls as windows-1252. */
export function textFromSender(text: string): string {
  if (CERTAINLY_LEGAL.test(text)) return text
  return legalText(text.replace(C1, (control) => windows1252(control.charCodeAt(0))))
}

/** Makes a text one line. It collapses white space, because not every reader does so (RFC 4287 §3.1.1.1). */
export function singleLine(text: string | undefined): string {
  if (text === undefined) return ""
  if (!(scan(text) & NOT_ONE_LINE)) return text
  return NOT_SINGLE_LINE.test(text)
    ? legalText(text)
        .replace(/[\t\n \u2028\u2029]+/g, " ")
        .trim()
    : text
}
