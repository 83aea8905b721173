/** Finds and removes markup in members that should be plain text. Pure. */
import { htmlToText } from "../../html/excerpt.ts"
import { hasRelativeAddress } from "../../html/relative-addresses.ts"
import { sanitizeHtml } from "../../html/sanitize.ts"
import type { Direction } from "../../text/direction.ts"
import type { StatedLanguage } from "../item-schema.ts"

/** How many characters are read, because the cost grows with the tags and no title or summary may be longer. */
const MAX_CHARACTERS = 16_384

/** The tags of one line of text. Other names are not tags: "<select>" or "List<String>" in a headline is text. */
const TAG =
  /<\/?(?:a|abbr|b|bdi|bdo|big|blockquote|br|center|cite|code|dd|del|dfn|div|dl|dt|em|figcaption|figure|font|h[1-6]|hr|i|img|ins|kbd|li|mark|ol|p|q|s|samp|small|span|strike|strong|sub|sup|table|tbody|td|th|tr|tt|u|ul|var|wbr)(?:\s[^<>=]*=[^<>]*|\s*)\/?>/i
const REFERENCE = /&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});/
/** Matches every "<" that does not begin one of these tags. */
const STRAY_LESS_THAN = new RegExp(`<(?!${TAG.source.slice(1)})(?!!--)`, "gi")

/** Whether a text is HTML. Plain text may contain a "<" as well. */
export function isMarkup(text: string): boolean {
  return TAG.test(text) || /<\/[a-z][\w-]*>/i.test(text)
}

/** Returns the words of a title, which may be HTML in RSS 2.0, without the direction marks of our own feeds. */
export function toText(text: string): string {
  const beginning = text.length > MAX_CHARACTERS ? text.slice(0, MAX_CHARACTERS) : text
  const words =
    TAG.test(beginning) || REFERENCE.test(beginning)
      ? htmlToText(sanitizeHtml(beginning.replace(STRAY_LESS_THAN, "&lt;"), undefined))
      : beginning
  return withoutDirectionMarks(words.replace(/\s+/g, " ").trim())
}

/** Removes the direction marks that our own feeds put around a text. */
export function withoutDirectionMarks(text: string): string {
  return /^(?:\u200F\u2067|\u200E\u2066)([^\u2066-\u2069]*)\u2069$/.exec(text)?.[1] ?? text
}

/** Removes the element that our own feeds put around right-to-left bodies, because our feeds would add one again. */
export function withoutDirectionWrapper(html: string): string {
  const start = /^<div dir="rtl"(?: lang="[\w-]+")?>/.exec(html)?.[0]
  if (start === undefined || !html.endsWith("</div>")) return html
  const inside = html.slice(start.length, -"</div>".length)
  let depth = 0
  for (const [tag] of inside.matchAll(/<\/?div\b/gi)) {
    depth += tag[1] === "/" ? -1 : 1
    // The first element ends before the end of the text, so it does not enclose the whole text.
    if (depth < 0) return html
  }
  return inside
}

/** Removes the element around the body of an item, and returns the direction that it states. */
export function removeDirectionWrapper(item: Record<string, unknown>): Direction | undefined {
  const { content_html: html } = item
  if (typeof html !== "string") return undefined
  item.content_html = withoutDirectionWrapper(html)
  return item.content_html === html ? undefined : "rtl"
}

/** What a document says about the language and direction of an item besides the members of the item. */
export function statedLanguage(
  direction: Direction | undefined,
  feedLanguage: string | undefined,
  item: Record<string, unknown>,
): { stated?: StatedLanguage } {
  const stated = {
    ...(direction !== undefined && { direction }),
    ...(feedLanguage !== undefined && feedLanguage !== item.language && { feedLanguage }),
  }
  return Object.keys(stated).length > 0 ? { stated } : {}
}

/**
 * Returns the base of a body that has relative addresses. An article's own address is the base if the document states
 * no other one, because the body was most probably written for this page.
 * @param isStated whether the document states the base for this body
 */
export function baseOfBody(
  { url, content_html: html }: Record<string, unknown>,
  base: string | undefined,
  isStated: boolean,
): string | undefined {
  const isOwn = !isStated && typeof url === "string" && /^https?:/i.test(url)
  return base === undefined || isOwn || typeof html !== "string" || !hasRelativeAddress(html) ? undefined : base
}
