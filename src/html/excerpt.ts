/** Extracts the words of a sanitized body, and cuts them to a summary. Pure. */
import { withoutTrailing } from "../text/without-trailing.ts"
import { decodeEntities } from "./text.ts"

const BREAKS: ReadonlySet<string> = new Set(
  (
    "audio blockquote br caption dd details div dl dt figcaption figure h2 h3 h4 h5 h6 hr li ol p pre summary table tbody " +
    "tfoot thead tr ul video"
  ).split(" "),
)

/** Returns the words of a body from sanitizeHtml() with a line for each block, for summaries and search. */
export function htmlToText(html: string): string {
  const lines = [""]
  for (const part of `>${html}`.split("<")) {
    const tag = /^\/?([a-z][a-z0-9]*)/.exec(part)?.[1] ?? ""
    if (BREAKS.has(tag)) lines.push("")
    const gap = tag === "td" || tag === "th" ? " " : ""
    lines.push((lines.pop() ?? "") + gap + part.slice(part.indexOf(">") + 1))
  }
  const words = lines.map((line) => line.replace(/\s+/g, " ").trim())
  return decodeEntities(words.filter((line) => line !== "").join("\n"))
}

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
