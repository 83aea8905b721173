/** Extracts the words of a sanitized body, and cuts them to a summary. Pure. */
import { withoutTrailing } from "../text/without-trailing.ts"
import { isFootnoteLink, MAX_RAISED_CHARACTERS, raisedText } from "./raised-text.ts"
import { decodeEntities } from "./text.ts"

const BREAKS: ReadonlySet<string> = new Set(
  (
    "audio blockquote br caption dd details div dl dt figcaption figure h2 h3 h4 h5 h6 hr li ol p pre summary table tbody " +
    "tfoot thead tr ul video"
  ).split(" "),
)

/** A link to a place in a page, such as the one from the mark of a footnote. */
const PLACE_LINK = /^a [^<>]*\bhref="[^"<>]*#/

/** A `sup`, `sub` or link that is open. */
interface OpenRaised {
  tag: string
  line: number
  /** The number of pieces of the line before it. */
  from: number
  /** Whether it has a link, or is the beginning of one. */
  isLink: boolean
  isPlace: boolean
}

/** Returns the words of a body from sanitizeHtml() with a line for each block, for summaries and search. */
export function htmlToText(html: string): string {
  const lines: string[][] = [[]]
  const open: OpenRaised[] = []
  for (const part of `>${html}`.split("<")) {
    const tag = /^\/?([a-z][a-z0-9]*)/.exec(part)?.[1] ?? ""
    if (BREAKS.has(tag)) lines.push([])
    if (tag === "sup" || tag === "sub" || tag === "a") {
      if (part.startsWith("/")) closeRaised(open, lines)
      else {
        const [outer, from] = [open.at(-1), lines.at(-1)?.length ?? 0]
        if (tag === "a" && outer !== undefined) outer.isLink = true
        const isLink = tag === "a" || (outer?.tag === "a" && outer.from === from && outer.line === lines.length)
        open.push({ tag, line: lines.length, from, isLink, isPlace: PLACE_LINK.test(part) })
      }
    }
    const gap = tag === "td" || tag === "th" ? " " : ""
    const text = gap + part.slice(part.indexOf(">") + 1)
    if (text !== "") lines.at(-1)?.push(text)
  }
  const words = lines.map((line) => line.join("").replace(/\s+/g, " ").trim())
  return decodeEntities(words.filter((line) => line !== "").join("\n"))
}

/** Replaces the text of a raised number or a mark, if it is as short as one. */
function closeRaised(open: OpenRaised[], lines: string[][]): void {
  const element = open.pop()
  const line = lines.at(-1)
  if (element === undefined || line === undefined || element.line !== lines.length) return
  const { tag, from, isLink, isPlace } = element
  if (line.length - from > MAX_RAISED_CHARACTERS) return
  const inner = line.slice(from).join("")
  if (inner.trim() === "" || inner.length > MAX_RAISED_CHARACTERS) return
  const before = line[from - 1] ?? ""
  if (tag === "sup" || tag === "sub")
    line.splice(from, line.length - from, ...pieces(raisedText(tag, inner, before, isLink)))
  else if (isPlace && isFootnoteLink(inner)) line.length = from
}

const pieces = (text: string): string[] => (text === "" ? [] : [text])

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" })

/**
 * Cuts a text to one line, with `…` if anything was left out. The length is in grapheme clusters (Unicode TR 29), so
 * that no Arabic mark, flag or family emoji is split.
 */
export function excerpt(text: string, maxCharacters: number): string {
  const line = text.replace(/\s+/g, " ").trim()
  let characters = 0
  let cut = 0
  for (const { index } of graphemes.segment(line)) {
    if (characters === maxCharacters - 1) cut = index
    if (characters === maxCharacters) return `${wholeWords(line, cut)}…`
    characters += 1
  }
  return line
}

function wholeWords(line: string, cut: number): string {
  const head = line.slice(0, cut)
  const space = line[cut] === " " ? cut : head.lastIndexOf(" ")
  // URLs, and writing systems without spaces, are cut at any character.
  return withoutTrailing(space > cut / 2 ? head.slice(0, space) : head, " ,;:،؛.–—-")
}
