/** Markup where others write text, and text where they write markup. Pure. */
import { htmlToText, sanitizeHtml } from "../../../articles/sanitize.ts"

/** Characters that are looked at: no title or summary is longer, and cleaning costs by tag. */
const LOOKED_AT = 16_384

/** What an author may mean by a tag in a line of text. "<select>" or "List<String>" in a headline is text. */
const TAG =
  /<\/?(?:a|abbr|b|bdi|bdo|big|blockquote|br|center|cite|code|dd|del|dfn|div|dl|dt|em|figcaption|figure|font|h[1-6]|hr|i|img|ins|kbd|li|mark|ol|p|q|s|samp|small|span|strike|strong|sub|sup|table|tbody|td|th|tr|tt|u|ul|var|wbr)(?:\s[^<>=]*=[^<>]*|\s*)\/?>/i
const REFERENCE = /&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});/
/** Every "<" that begins no such tag. */
const STRAY = new RegExp(`<(?!${TAG.source.slice(1)})(?!!--)`, "gi")

/** Whether this is HTML rather than text with a "<" in it. */
export function isMarkup(text: string): boolean {
  return TAG.test(text) || /<\/[a-z][\w-]*>/i.test(text)
}

/**
 * The words of what may be HTML or text, in one line, as RSS 2.0 never said which of them a title is. The marks that the
 * wire's own feeds put around mixed headlines are taken off again.
 */
export function toText(text: string): string {
  const short = text.length > LOOKED_AT ? text.slice(0, LOOKED_AT) : text
  const words =
    TAG.test(short) || REFERENCE.test(short) ? htmlToText(sanitizeHtml(short.replace(STRAY, "&lt;"), undefined)) : short
  return unmarked(words.replace(/\s+/g, " ").trim())
}

/** Text that says of itself that it is text. */
export function unmarked(text: string): string {
  return /^(?:\u200F\u2067|\u200E\u2066)([^\u2066-\u2069]*)\u2069$/.exec(text)?.[1] ?? text
}

/**
 * A body without the element that the wire's own feeds put around those from right to left. It is put there again; left
 * where it is there would be one more each time.
 */
export function unwrapped(html: string): string {
  const start = /^<div dir="rtl"(?: lang="[\w-]+")?>/.exec(html)?.[0]
  if (start === undefined || !html.endsWith("</div>")) return html
  const inside = html.slice(start.length, -"</div>".length)
  let depth = 0
  for (const [tag] of inside.matchAll(/<\/?div\b/gi)) {
    depth += tag[1] === "/" ? -1 : 1
    // Closed before its end: there are two of them side by side.
    if (depth < 0) return html
  }
  return inside
}
