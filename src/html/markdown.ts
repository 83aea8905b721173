/**
 * Writes a body from sanitizeHtml() as Markdown (CommonMark, with the tables and the struck text of GitHub). No text of
 * the body becomes markup, and the Markdown contains no HTML. Pure.
 */
import { MarkdownBlocks } from "./markdown-blocks.ts"
import { type InlineRun, inlineMarkdown, isSafeLink } from "./markdown-inline.ts"
import { dataTables, tableMarkdown } from "./markdown-tables.ts"
import { readTags } from "./tags.ts"
import { isBlock } from "./text.ts"
import type { Attributes } from "./visibility.ts"

/** Elements that change the style of their text. */
const STYLES: ReadonlyMap<string, "bold" | "italic" | "struck" | "code"> = new Map([
  ...["b", "dt", "strong", "summary"].map((name) => [name, "bold"] as const),
  ...["cite", "dfn", "em", "i", "var"].map((name) => [name, "italic"] as const),
  ...["del", "s"].map((name) => [name, "struck"] as const),
  ...["code", "kbd", "samp"].map((name) => [name, "code"] as const),
])
/** A player shows the text inside it only if it cannot play. */
const PLAYERS: ReadonlySet<string> = new Set(["audio", "video"])
/** White space of HTML. */
const WHITE_SPACE = /[\t\n\f\r ]+/g

export function markdownOf(html: string): string {
  const writer = new MarkdownWriter(dataTables(html))
  readTags(html, writer)
  return writer.end()
}

class MarkdownWriter {
  readonly #isDataTable: readonly boolean[]
  readonly #blocks = new MarkdownBlocks()
  /** The names of the open elements. */
  readonly #open: string[] = []
  readonly #styles = { bold: 0, italic: 0, struck: 0, code: 0 }
  readonly #links: (string | undefined)[] = []
  #runs: InlineRun[] = []
  #tableCount = 0
  /** The rows of the table that is read; undefined outside of a table of data. */
  #table: string[][] | undefined
  #preformatted = 0
  #headingLevel = 0
  /** The number of open players, and whether the address of the outermost is written. */
  #players = 0
  #hasPlayerAddress = false

  constructor(isDataTable: readonly boolean[]) {
    this.#isDataTable = isDataTable
  }

  open(name: string, attributes: Attributes): void {
    this.#open.push(name)
    if (this.#preformatted > 0) {
      if (name === "br") this.#runs.push({ text: "\n" })
      if (name === "pre") this.#preformatted += 1
      return
    }
    if (name === "td" || name === "th") this.#table?.at(-1)?.push("")
    if (isBlock(name)) this.#endBlock()
    const style = STYLES.get(name)
    if (style !== undefined) this.#styles[style] += 1
    if (name === "a") this.#links.push(isSafeLink(attributes.href) ? attributes.href : undefined)
    else if (name === "br") this.#runs.push({ text: "", isBreak: true })
    else if (name === "q") this.#runs.push(this.#styled("“"))
    else if (name === "img") this.#addImage(attributes)
    else if (PLAYERS.has(name)) this.#openPlayer(attributes)
    else if (name === "source" && this.#players > 0) this.#addPlayerAddress(attributes.src)
    else this.#openBlock(name, attributes)
  }

  text(text: string): void {
    if (this.#players > 0) return
    if (this.#preformatted > 0) this.#runs.push({ text })
    else this.#runs.push(this.#styled(text.replace(WHITE_SPACE, " ")))
  }

  close(): void {
    const name = this.#open.pop() ?? ""
    if (this.#preformatted > 0 && name !== "pre") return
    if (name === "pre") {
      this.#preformatted -= 1
      if (this.#preformatted === 0) this.#endCode()
      return
    }
    if (name === "q") this.#runs.push(this.#styled("”"))
    if (PLAYERS.has(name)) this.#players -= 1
    if (isBlock(name)) this.#endBlock()
    const style = STYLES.get(name)
    if (style !== undefined) this.#styles[style] -= 1
    if (name === "a") this.#links.pop()
    if (/^h[2-6]$/.test(name)) this.#headingLevel = 0
    if (name === "blockquote" || name === "ul" || name === "ol" || name === "li") this.#blocks.leave(name)
    if (name === "table") this.#endTable()
  }

  end(): string {
    this.#endBlock()
    return this.#blocks.toString()
  }

  #styled(text: string): InlineRun {
    const { bold, italic, struck, code } = this.#styles
    const link = this.#links.at(-1)
    return {
      text,
      ...(bold > 0 && this.#headingLevel === 0 && { bold: true }),
      ...(italic > 0 && { italic: true }),
      ...(struck > 0 && { struck: true }),
      ...(code > 0 && { code: true }),
      ...(link !== undefined && { link, linkNo: this.#links.length }),
    }
  }

  #openBlock(name: string, attributes: Attributes): void {
    if (/^h[2-6]$/.test(name)) this.#headingLevel = Number(name.charAt(1))
    else if (name === "hr") this.#blocks.add(["***"])
    else if (name === "pre") this.#preformatted += 1
    else if (name === "blockquote" || name === "ul") this.#blocks.enter(name)
    else if (name === "ol") this.#blocks.enter(name, Number(attributes.start ?? 1))
    else if (name === "li")
      this.#blocks.enter(name, attributes.value === undefined ? undefined : Number(attributes.value))
    else if (name === "table") this.#openTable()
    else if (name === "tr") this.#table?.push([])
  }

  #openTable(): void {
    const isData = this.#isDataTable[this.#tableCount] ?? false
    this.#tableCount += 1
    if (isData) this.#table = []
  }

  #endTable(): void {
    const rows = this.#table
    this.#table = undefined
    if (rows) this.#blocks.add(tableMarkdown(rows))
  }

  #addImage({ src, alt }: Attributes): void {
    if (this.#players > 0 || !isSafeLink(src, true)) return
    this.#runs.push({ ...this.#styled(alt ?? ""), image: src })
  }

  #openPlayer({ src }: Attributes): void {
    if (this.#players === 0) this.#hasPlayerAddress = false
    this.#players += 1
    this.#addPlayerAddress(src)
  }

  /** A player becomes a link to its file, with the address as its text. */
  #addPlayerAddress(src: string | undefined): void {
    if (this.#hasPlayerAddress || !isSafeLink(src, true)) return
    this.#hasPlayerAddress = true
    this.#endBlock()
    this.#runs.push({ text: src, link: src, linkNo: -1 })
    this.#endBlock()
  }

  /** Writes the text since the last block. In a table of data it is a part of the cell. */
  #endBlock(): void {
    if (this.#runs.length === 0) return
    const lines = inlineMarkdown(this.#runs)
    this.#runs = []
    if (lines.length === 0) return
    const row = this.#table?.at(-1)
    if (row && row.length > 0) row.push([row.pop(), ...lines].filter((part) => part !== "").join(" "))
    else if (this.#headingLevel > 0) this.#blocks.add([`${"#".repeat(this.#headingLevel)} ${lines.join(" ")}`])
    else this.#blocks.add(lines.map((line, at) => (at < lines.length - 1 ? `${line}\\` : line)))
  }

  #endCode(): void {
    const text = this.#runs.map((run) => run.text).join("")
    this.#runs = []
    this.#blocks.addCode(text)
  }
}
