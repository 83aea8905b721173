/**
 * The one escaping rule. Whatever a publisher pushed, these functions return characters that XML 1.0 (§2.2 Char) and JSON
 * (RFC 8259 §8.2) can both carry, so that a title reads the same in RSS, Atom and JSON Feed. One U+0008 or half an emoji
 * would otherwise make the whole feed unreadable for everyone.
 */

/**
 * Characters that may need work: controls, CR, surrogates, noncharacters. Without the `u` flag a whole pair counts as
 * suspect too, which keeps the usual case (text without emoji) at one plain scan.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is its purpose
const MAYBE_ILLEGAL = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\uD800-\uDFFF\uFDD0-\uFDEF\uFFFE\uFFFF]/

/**
 * Characters to remove. With the `u` flag a surrogate matches only when it stands alone. DEL and the C1 controls are legal
 * in XML but "discouraged" (§2.2), never meant, and reported by the feed validator as broken characters. So are the
 * noncharacters, such as U+FDD0 and U+1FFFE, which interoperable JSON must not hold either (RFC 7493 §2.1).
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: removing control characters is its purpose
const ILLEGAL = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\uD800-\uDFFF\p{Noncharacter_Code_Point}]+/gu

// biome-ignore lint/suspicious/noControlCharactersInRegex: illegal characters and those that markup gives a meaning
const MAYBE_NEEDS_ESCAPING = /[\t\n"&<>\u0000-\u0008\u000B-\u001F\u007F-\u009F\uD800-\uDFFF\uFDD0-\uFDEF\uFFFE\uFFFF]/

/** What `singleLine` must change: characters that may be illegal, and white space that would be collapsed or cut off. One scan for nearly every text. */
const NOT_SINGLE_LINE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is its purpose
  /[\u0000-\u001F\u007F-\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000\uD800-\uDFFF\uFDD0-\uFDEF\uFEFF-\uFFFF]| {2}|^ | $/

/** Legal characters only. An XML parser turns CR and CRLF into LF (XML 1.0 §2.11), so JSON gets LF as well. */
export function legalText(text: string): string {
  return MAYBE_ILLEGAL.test(text) ? text.replace(/\r\n?/g, "\n").replace(ILLEGAL, "") : text
}

/**
 * Text for a slot that shows one line: titles, names, summaries, URLs. Some readers collapse white space and some do not
 * (RFC 4287 §3.1.1.1 leaves it to them), so it is collapsed here. U+2028 and U+2029 end a line as LF does.
 */
export function singleLine(text: string | undefined): string {
  if (text === undefined) return ""
  return NOT_SINGLE_LINE.test(text)
    ? legalText(text)
        .replace(/[\t\n \u2028\u2029]+/g, " ")
        .trim()
    : text
}

/** Element content, and equally text in HTML. `>` is escaped because a bare `]]>` is not well-formed (XML 1.0 §2.4). */
export function escapeText(text: string): string {
  if (!MAYBE_NEEDS_ESCAPING.test(text)) return text
  return legalText(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
}

/** A value between double quotes. Tab and LF as references, or the parser makes blanks of them (XML 1.0 §3.3.3). */
export function escapeAttribute(text: string): string {
  if (!MAYBE_NEEDS_ESCAPING.test(text)) return text
  return escapeText(text).replaceAll('"', "&quot;").replaceAll("\t", "&#9;").replaceAll("\n", "&#10;")
}

/**
 * HTML as it stands: smaller than escaping every tag, and legible. `]]>` is divided between two sections. The HTML has been
 * through `legalText`, as `contentHtml` answers it: bodies are most of a feed's bytes and are not read twice.
 */
export function cdata(html: string): string {
  return `<![CDATA[${html.replaceAll("]]>", "]]]]><![CDATA[>")}]]>`
}

/** One element on its own line, or nothing where there is nothing to say: no empty elements in a feed. */
export function element(name: string, text: string, attributes = ""): string {
  return text === "" ? "" : `<${name}${attributes}>${escapeText(text)}</${name}>\n`
}

/** ` name="value"` with the leading blank, or nothing. */
export function attribute(name: string, value: string | number | undefined): string {
  if (value === undefined || value === "") return ""
  return ` ${name}="${typeof value === "number" ? value : escapeAttribute(value)}"`
}
