/** Makes a summary of a body from sanitize.ts, for articles without one. Pure. */
import { excerpt, htmlToText } from "./excerpt.ts"

/** How much of a body is read. The characters of tags count too. */
const SOURCE_CHARACTERS = 8192
/** A cell with more text is a part of a page that is laid out with a table. Others are data. */
const MIN_CELL_CHARACTERS = 80

/** A link whose text is an address. */
const ADDRESS_LINK = /<a [^<>]*>(https?:\/\/[^<>\s]*)<\/a>/g
const TABLE_TAG = /<(\/?)table[ >]/g
/** What describes a picture, so it is not the beginning of the text. */
const CAPTION_TAG = /<(\/?)figcaption[ >]/g
const CELL_TAG = /<\/?t[dh](?: [^<>]*)?>/

/**
 * Returns the beginning of the text. Cells of tables, captions of pictures, and links that the sanitizer wrote for frames
 * without a title, are not part of it. A body of nothing but pictures is known by its captions.
 * @param frames the texts of these links
 */
export function summaryOf(html: string, maxCharacters: number, frames: ReadonlySet<string> = new Set()): string {
  const text = html.replace(ADDRESS_LINK, (link, address) => (frames.has(address) ? " " : link))
  const source = without(TABLE_TAG, text)
  const words = htmlToText(beginningOf(without(CAPTION_TAG, source))) || htmlToText(beginningOf(source))
  return excerpt(words || layoutText(text), maxCharacters)
}

/** Returns the beginning of a body, cut between two tags. */
function beginningOf(html: string): string {
  const end = html.length <= SOURCE_CHARACTERS ? html.length : html.lastIndexOf("<", SOURCE_CHARACTERS)
  return html.slice(0, end > 0 ? end : SOURCE_CHARACTERS)
}

/** Removes elements with everything in them. */
function without(tagPattern: RegExp, html: string): string {
  const parts: string[] = []
  let depth = 0
  let from = 0
  for (const { 0: tag, 1: slash, index } of html.matchAll(tagPattern)) {
    if (slash === "" && depth === 0) parts.push(html.slice(from, index))
    depth += slash === "" ? 1 : -1
    if (depth === 0) from = index + tag.length
  }
  return parts.join("\n") + html.slice(from)
}

/** Newsletters put their whole text into tables. Their cells have sentences, not words and numbers. */
function layoutText(html: string): string {
  const cells = beginningOf(html).split(CELL_TAG).map(htmlToText)
  return cells.filter((cell) => cell.length >= MIN_CELL_CHARACTERS).join("\n")
}
