/** Removes characters that XML 1.0 (§2.2) or JSON (RFC 8259 §8.2) forbids: one makes a whole feed unreadable. Pure. */
import { NOT_ONE_LINE, scan } from "./scan.ts"

/**
 * Controls, CR, surrogates and noncharacters. The pattern has no `u` flag, so it also finds pairs of surrogates that
 * are correct. Most texts have none and need only this fast scan.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is its purpose
const MAYBE_ILLEGAL = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\uD800-\uDFFF\uFDD0-\uFDEF\uFFFE\uFFFF]/

/**
 * Characters to remove. With the `u` flag, only an unpaired surrogate matches. DEL, the C1 controls and noncharacters
 * are legal in XML, but "discouraged" (§2.2) and never meant, and interoperable JSON has no noncharacters (RFC 7493
 * §2.1).
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: removing control characters is its purpose
const ILLEGAL = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\uD800-\uDFFF\p{Noncharacter_Code_Point}]+/gu

/** Whether singleLine() must change a text. Nearly every text needs only this scan. */
const NOT_SINGLE_LINE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is its purpose
  /[\u0000-\u001F\u007F-\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000\uD800-\uDFFF\uFDD0-\uFDEF\uFEFF-\uFFFF]| {2}|^ | $/

/**
 * Matches nearly every text: all its characters are below U+D800 and legal. The class is repeated eight times, because
 * V8 then needs a third of the time.
 */
const CERTAINLY_LEGAL = new RegExp(`^(?:${"[\\t\\n -~\\u00A0-\\uD7FF]".repeat(8)})*[\\t\\n -~\\u00A0-\\uD7FF]{0,7}$`)

/** Keeps only legal characters. CRLF and CR become LF in JSON, too: an XML parser changes them (XML 1.0 §2.11). */
export function legalText(text: string): string {
  if (CERTAINLY_LEGAL.test(text)) return text
  return MAYBE_ILLEGAL.test(text) ? text.replace(/\r\n?/g, "\n").replace(ILLEGAL, "") : text
}

/**
 * The characters of windows-1252 in place of the controls U+0080 to U+009F, as HTML reads numeric references (HTML
 * §13.2.5.80). A program that decodes windows-1252 as ISO-8859-1 makes these controls. Five have no character.
 */
const WINDOWS_1252 = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ"
const C1 = /[\u0080-\u009F]/g

/** Returns the character of a byte from 0x80 to 0x9F in windows-1252. */
export const windows1252 = (byte: number): string => WINDOWS_1252.charAt(byte - 0x80)

/** Keeps only legal characters of a text that was received, and reads C1 controls as windows-1252. */
export function textFromSender(text: string): string {
  if (CERTAINLY_LEGAL.test(text)) return text
  return legalText(text.replace(C1, (control) => windows1252(control.charCodeAt(0))))
}

/** Text for one line. White space is collapsed, because only some readers collapse it (RFC 4287 §3.1.1.1). */
export function singleLine(text: string | undefined): string {
  if (text === undefined) return ""
  if (!(scan(text) & NOT_ONE_LINE)) return text
  return NOT_SINGLE_LINE.test(text)
    ? legalText(text)
        .replace(/[\t\n \u2028\u2029]+/g, " ")
        .trim()
    : text
}
