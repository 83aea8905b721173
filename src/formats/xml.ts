/** Escapes text for XML. All text of publishers passes these functions, so it cannot become markup. */
import { legalText } from "../text/legal-text.ts"
import { MARKUP, NOT_ONE_LINE, scan } from "../text/scan.ts"

// biome-ignore lint/suspicious/noControlCharactersInRegex: finds illegal characters and characters of markup
const MAYBE_NEEDS_ESCAPING = /[\t\n"&<>\u0000-\u0008\u000B-\u001F\u007F-\u009F\uD800-\uDFFF\uFDD0-\uFDEF\uFFFE\uFFFF]/

/** Escapes the content of an element of XML or HTML. `>` is escaped because `]]>` is not well-formed (XML 1.0 §2.4). */
export function escapeText(text: string): string {
  if (!(scan(text) & (MARKUP | NOT_ONE_LINE)) || !MAYBE_NEEDS_ESCAPING.test(text)) return text
  return legalText(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
}

/** Escapes a value in double quotes. Tab and LF become references, else a parser reads spaces (XML 1.0 §3.3.3). */
export function escapeAttribute(text: string): string {
  if (!(scan(text) & (MARKUP | NOT_ONE_LINE)) || !MAYBE_NEEDS_ESCAPING.test(text)) return text
  return escapeText(text).replaceAll('"', "&quot;").replaceAll("\t", "&#9;").replaceAll("\n", "&#10;")
}

/**
 * Writes HTML as CDATA, which is smaller than escaped HTML. Two sections share a `]]>`.
 * @param html must have only legal characters
 */
export function cdata(html: string): string {
  return `<![CDATA[${html.replaceAll("]]>", "]]]]><![CDATA[>")}]]>`
}

/** Writes an element on its own line. Returns "" for an empty text, because our feeds have no empty elements. */
export function element(name: string, text: string, attributes = ""): string {
  return text === "" ? "" : `<${name}${attributes}>${escapeText(text)}</${name}>\n`
}

/** Returns ` name="value"` with a space before it, or "" without a value. */
export function attribute(name: string, value: string | number | undefined): string {
  if (value === undefined || value === "") return ""
  return ` ${name}="${typeof value === "number" ? value : escapeAttribute(value)}"`
}
