/** Joins blocks of Markdown, inside of lists and quotations. */
import { fenceFor } from "./markdown-inline.ts"

/** Deeper lists and quotations are not indented further, because each level makes every line longer. */
const MAX_DEPTH = 12

interface Container {
  name: "blockquote" | "ul" | "ol" | "li"
  /** Before each line. */
  indent: string
  /** Before the first line of an item, until it is written. */
  marker?: string
  /** The number of the next item of an ordered list. */
  next?: number
  isIndented: boolean
}

export class MarkdownBlocks {
  readonly #lines: string[] = []
  readonly #containers: Container[] = []
  /** The lists and quotations around the last block. */
  #last: readonly Container[] = []

  enter(name: Container["name"], number?: number): void {
    const isIndented = this.#containers.filter((container) => container.isIndented).length < MAX_DEPTH
    if (name === "li") {
      const list = this.#containers.findLast((container) => container.name === "ul" || container.name === "ol")
      const marker = `${list?.name === "ol" ? `${this.#numberOf(list, number)}.` : "-"} `
      this.#containers.push({ name, isIndented, marker, indent: " ".repeat(marker.length) })
    } else {
      const next = name === "ol" ? { next: number ?? 1 } : {}
      this.#containers.push({ name, isIndented: name === "blockquote" && isIndented, indent: "> ", ...next })
    }
  }

  /** Markdown has no negative numbers, and at most nine digits. */
  #numberOf(list: Container, number: number | undefined): number {
    const current = Math.min(Math.max(number ?? list.next ?? 1, 0), 999_999_999)
    list.next = current + 1
    return current
  }

  leave(name: Container["name"]): void {
    const at = this.#containers.findLastIndex((container) => container.name === name)
    if (at !== -1) this.#containers.length = at
  }

  add(lines: readonly string[]): void {
    if (lines.length === 0) return
    const containers = this.#containers.filter(({ isIndented }) => isIndented)
    // An item follows another without an empty line.
    const beginsItem = containers.some(({ marker }) => marker !== undefined)
    const isTight = beginsItem && this.#last.some(({ name }) => name === "li")
    if (this.#lines.length > 0 && !isTight) this.#lines.push(emptyLine(containers, this.#last))
    for (const line of lines) {
      const prefix = containers.map(({ indent, marker }) => marker ?? indent).join("")
      for (const container of containers) delete container.marker
      this.#lines.push(line === "" ? prefix.trimEnd() : prefix + line)
    }
    this.#last = containers
  }

  addCode(text: string): void {
    const code = text.replace(/^\n/, "").replace(/\r\n?/g, "\n").trimEnd()
    if (code.trim() === "") return
    const fence = fenceFor(code, 3)
    this.add([fence, ...code.split("\n"), fence])
  }

  toString(): string {
    return this.#lines.join("\n")
  }
}

/** The line between two blocks. It has the signs of what is around both, so that two quotations do not become one. */
function emptyLine(containers: readonly Container[], last: readonly Container[]): string {
  const end = containers.findIndex((container, at) => container !== last[at])
  return containers
    .slice(0, end === -1 ? containers.length : end)
    .map(({ indent }) => indent)
    .join("")
    .trimEnd()
}
