/** Extracts the text of a sanitized body. This is faster than reading a stored text from D1. */
import { withoutTrailing } from "../text/without-trailing.ts"

/** The line breaks between an element's tags and the text after them: one for a line, two for a paragraph. */
const LINE_BREAKS: ReadonlyMap<string, number> = new Map([
  ..."caption dd div dt figcaption hr li summary tr".split(" ").map((tag) => [tag, 1] as const),
  ..."blockquote details dl figure h2 h3 h4 h5 h6 ol p pre table ul".split(" ").map((tag) => [tag, 2] as const),
])

/** Whether an element has lines of its own. */
export const isBlock = (tag: string): boolean => LINE_BREAKS.has(tag) || tag === "td" || tag === "th"

const ENTITIES: Record<string, string> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"' }

/** White space of HTML. Outside of pre, a run of it is one blank. */
const WHITE_SPACE = /[\t\n\f\r ]+/g

/** Separates lines by LF, paragraphs by an empty line, and the cells of a table by a tab. */
export function textOf(html: string): string {
  // One test of the whole text saves most of the work, because white space rarely needs to be collapsed.
  const isCollapsed = !html.includes("\t") && !html.includes("\r") && !html.includes("\f") && !/ {2}/.test(html)
  // join() makes a flat string. V8 needs twice the time to write a concatenated string (a rope) as JSON.
  const text: string[] = []
  /** The number of line breaks before the next words; 0 if they stay on the line. */
  let breaks = 0
  /** White space before the next words, unless a line break separates them. */
  let space = ""
  let preformatted = 0
  let at = 0
  while (at < html.length) {
    const open = html.indexOf("<", at)
    const run = html.slice(at, open === -1 ? html.length : open)
    const words = preformatted > 0 || (isCollapsed && !run.includes("\n")) ? run : run.replace(WHITE_SPACE, " ")
    // White space at the end is written only if more words follow on the line.
    const from = preformatted === 0 && words.charCodeAt(0) === SPACE ? 1 : 0
    const to = preformatted === 0 && words.charCodeAt(words.length - 1) === SPACE ? words.length - 1 : words.length
    if (from > 0 && space === "") space = " "
    if (from < to) {
      if (text.length > 0) text.push(breaks === 0 ? space : breaks === 1 ? "\n" : "\n\n")
      text.push(words.slice(from, to))
      breaks = 0
      space = to < words.length ? " " : ""
    }
    const close = open === -1 ? -1 : html.indexOf(">", open)
    if (close === -1) break
    at = close + 1
    const isClosing = html.charCodeAt(open + 1) === SLASH
    const tag = tagNameAt(html, isClosing ? open + 2 : open + 1, close)
    if (tag === "br") breaks = Math.min(breaks + 1, 2)
    else if (tag === "td" || tag === "th") {
      if (!isClosing && breaks === 0) space = space === " " ? "\t" : `${space}\t`
    } else breaks = Math.max(breaks, LINE_BREAKS.get(tag) ?? 0)
    if (tag === "pre") preformatted += isClosing ? -1 : 1
  }
  const joinedText = text.join("")
  return decodeEntities((html.includes("<pre") ? withoutBlankEnds(joinedText) : joinedText).trim())
}

const withoutBlankEnds = (text: string): string =>
  text
    .split("\n")
    .map((line) => withoutTrailing(line, " \t"))
    .join("\n")

function tagNameAt(html: string, from: number, close: number): string {
  let end = from
  while (end < close && html.charCodeAt(end) > SPACE && html.charCodeAt(end) !== SLASH) end += 1
  return html.slice(from, end)
}

const SLASH = 47
const SPACE = 32

/** Decodes the entities that sanitize.ts writes. */
export const decodeEntities = (text: string): string =>
  text.includes("&") ? text.replace(/&(?:amp|lt|gt|quot);/g, (entity) => ENTITIES[entity] ?? entity) : text
