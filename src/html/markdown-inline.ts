/** Writes the text of one block as Markdown: emphasis, links, pictures, and the escapes that keep text from being markup. */

/** A text with one style. */
export interface InlineRun {
  text: string
  bold?: true
  italic?: true
  struck?: true
  code?: true
  link?: string
  /** Tells a link from the link around it. */
  linkNo?: number
  /** The address of a picture, of which `text` describes the content. */
  image?: string
  isBreak?: true
}

/** Whether Markdown may contain the address. The sanitizer has removed all other schemes, except those of telephones. */
export const isSafeLink = (address: string | undefined, isMedia = false): address is string =>
  address !== undefined && (isMedia ? /^https?:\/\/[^\s<>]+$/i : /^(?:https?:\/\/|mailto:)[^\s<>]+$/i).test(address)

/** Characters that begin or end markup anywhere in a line. `!` makes a picture of a link after it. */
const MARKUP = /[\\`*_[\]<|~]|!$|&(?=#?\w{1,40};)/g
/** What begins a block at the start of a line: a heading, a quotation, a list, a rule, or the underline of a heading. */
const BLOCK_START = /^(?:#{1,6}(?=\s|$)|[-+](?=\s|$)|-{2,}|=+|>|\d{1,9}(?=[.)](?:\s|$)))/

/** Escapes text so that it is text in Markdown, anywhere in a line. @param text is one line */
export const escapeMarkdown = (text: string): string => text.replace(MARKUP, "\\$&")

/** Escapes what begins a block. @param line is Markdown */
function escapeStart(line: string): string {
  const start = BLOCK_START.exec(line)?.[0]
  if (start === undefined) return line
  // The sign after a number makes it a list.
  return /^\d/.test(start) ? `${start}\\${line.slice(start.length)}` : `\\${line}`
}

/** Returns the lines of a block, which `<br>` separates; none if there is only white space. */
export function inlineMarkdown(runs: readonly InlineRun[]): string[] {
  const lines: InlineRun[][] = [[]]
  for (const run of runs) {
    if (run.isBreak) lines.push([])
    else lines.at(-1)?.push(run)
  }
  return lines.map((line) => escapeStart(lineMarkdown(line))).filter((line) => line !== "")
}

function lineMarkdown(runs: readonly InlineRun[]): string {
  const parts: string[] = []
  for (let at = 0; at < runs.length; ) {
    const first = runs[at] as InlineRun
    let end = at + 1
    while (end < runs.length && runs[end]?.link === first.link && runs[end]?.linkNo === first.linkNo) end += 1
    const text = styledMarkdown(runs.slice(at, end))
    parts.push(
      first.link === undefined || text.trim() === "" ? text : around(text, "[", `](${destination(first.link)})`),
    )
    at = end
  }
  return parts.join("").replace(/ {2,}/g, " ").trim()
}

const STYLES = ["struck", "bold", "italic"] as const
const SIGNS = { struck: "~~", bold: "**", italic: "*" }

/** Writes runs that are in the same link. Neighbours of the same style are one text. */
function styledMarkdown(runs: readonly InlineRun[]): string {
  const parts: string[] = []
  for (let at = 0; at < runs.length; ) {
    const first = runs[at] as InlineRun
    let end = at + 1
    while (end < runs.length && !isOther(first, runs[end] as InlineRun)) end += 1
    parts.push(oneStyle(first, runs.slice(at, end)))
    at = end
  }
  return parts.join("")
}

const isOther = (a: InlineRun, b: InlineRun): boolean =>
  a.image !== undefined || b.image !== undefined || a.code !== b.code || STYLES.some((style) => a[style] !== b[style])

function oneStyle(style: InlineRun, runs: readonly InlineRun[]): string {
  const text = runs.map((run) => run.text).join("")
  if (style.image !== undefined) return `![${escapeMarkdown(oneLine(text))}](${destination(style.image)})`
  if (text.trim() === "") return text === "" ? "" : " "
  const content = style.code ? around(text, ...codeSigns(text)) : escapeMarkdown(text)
  return STYLES.filter((name) => style[name]).reduceRight(
    (inner, name) => around(inner, SIGNS[name], SIGNS[name]),
    content,
  )
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim()

/** Puts signs around a text, but inside of the white space at its ends, because otherwise they would be no markup. */
function around(text: string, before: string, after: string): string {
  const inner = text.trim()
  const [start, end] = [text.startsWith(" ") ? " " : "", text.endsWith(" ") ? " " : ""]
  return inner === "" ? text : `${start}${before}${inner}${after}${end}`
}

/** A code span begins and ends with more backticks in a row than are in its text. */
function codeSigns(text: string): [string, string] {
  const fence = fenceFor(text, 1)
  return text.includes("`") ? [`${fence} `, ` ${fence}`] : [fence, fence]
}

/** Returns more backticks than there are in a row in the text. */
export function fenceFor(text: string, least: number): string {
  const longest = (text.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0)
  return "`".repeat(Math.max(least, longest + 1))
}

/** An address in parentheses. `&` must begin no entity, and a bracket must not end the address. */
export const destination = (address: string): string =>
  address.replace(/[()\\]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`).replace(/&(?=#?\w{1,40};)/g, "\\&")
