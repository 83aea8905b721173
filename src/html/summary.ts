/** Makes a summary of a body from sanitize.ts, for articles without one. Pure. */
import { excerpt, htmlToText } from "./excerpt.ts"
import { isFilmPage } from "./players.ts"
import { decodeEntities } from "./text.ts"

/** How much of a body is read. The characters of tags count too. */
const SOURCE_CHARACTERS = 8192
/** A cell with more text is a part of a page that is laid out with a table. Others are data. */
const MIN_CELL_CHARACTERS = 80

/** A link whose text is an address. */
const ADDRESS_LINK = /<a [^<>]*href="([^"<>]*)"[^<>]*>(https?:\/\/[^<>\s]*)<\/a>/g
/** A line that is nothing but an address, perhaps in a shortcode of WordPress. Editors show a film or a post in its place. */
const ADDRESS_LINE = /^(?:\[\w{1,20}[^\]]{0,200}\])?((?:https?:)?\/\/\S+?|www\.\S+?)(?:\[\/\w{1,20}\])?$/i
/** Browsers show the text in these elements only if they cannot play anything. */
const PLAYER_TAG = /<(\/?)(?:audio|video)[ >]/g
const TABLE_TAG = /<(\/?)table[ >]/g
/** What describes a picture, so it is not the beginning of the text. */
const CAPTION_TAG = /<(\/?)figcaption[ >]/g
const CELL_TAG = /<\/?t[dh](?: [^<>]*)?>/

/**
 * Returns the beginning of the text. Cells of tables, captions of pictures, lines that are addresses, and links that the
 * sanitizer wrote for frames without a title, are not part of it. A body of nothing but pictures is known by its captions.
 * @param frames the texts of these links
 */
export function summaryOf(html: string, maxCharacters: number, frames: ReadonlySet<string> = new Set()): string {
  const text = withoutFrames(without(PLAYER_TAG, html), frames)
  const source = without(TABLE_TAG, text)
  const words = sentencesOf(without(CAPTION_TAG, source)) || sentencesOf(source)
  return excerpt(words || layoutText(text) || addressIn(source, frames), maxCharacters)
}

/**
 * Removes the links that stand for frames. If the text has a link with the same address too, only a link between two tags
 * is one of a frame.
 */
function withoutFrames(html: string, frames: ReadonlySet<string>): string {
  if (frames.size === 0) return html
  const counts = new Map<string, number>()
  for (const [, , address = ""] of html.matchAll(ADDRESS_LINK)) counts.set(address, (counts.get(address) ?? 0) + 1)
  return html.replace(ADDRESS_LINK, (link, href, address, at: number) => {
    const isBetweenTags = (html[at - 1] ?? ">") === ">" && (html[at + link.length] ?? "<") === "<"
    const isFrame = frames.has(address) && href === address && (counts.get(address) === 1 || isBetweenTags)
    return isFrame ? " " : link
  })
}

const isAddress = (line: string): boolean => ADDRESS_LINE.test(line) || (!line.includes(" ") && isFilmPage(line))

/** Returns the text of the beginning without the lines that are addresses. */
const sentencesOf = (html: string): string =>
  htmlToText(beginningOf(html))
    .split("\n")
    .filter((line) => !isAddress(line))
    .join("\n")

/** Returns the only text of a body, if it is an address of no film and no frame. */
function addressIn(html: string, frames: ReadonlySet<string>): string {
  const shown = new Set([...frames].map(decodeEntities))
  const lines = htmlToText(beginningOf(html)).split("\n")
  return lines.filter((line) => !shown.has(line) && !isFilmPage(ADDRESS_LINE.exec(line)?.[1] ?? line)).join("\n")
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
