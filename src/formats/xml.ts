/** Escaping for XML: the only place where text becomes markup, so that whatever a publisher pushed stays text. */
import { legalText } from "../text/legal-text.ts"

// biome-ignore lint/suspicious/noControlCharactersInRegex: illegal characters and those that markup gives a meaning
const MAYBE_NEEDS_ESCAPING = /[\t\n"&<>\u0000-\u0008\u000B-\u001F\u007F-\u009F\uD800-\uDFFF\uFDD0-\uFDEF\uFFFE\uFFFF]/

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
