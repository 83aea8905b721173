/** Writes tables of data as Markdown. Tables that only lay out a page become their blocks. */
import { readTags } from "./tags.ts"

/** What a cell of Markdown cannot contain. */
const BLOCKS: ReadonlySet<string> = new Set(
  "audio blockquote details dl figure h2 h3 h4 h5 h6 hr ol pre table ul video".split(" "),
)
/** A cell with more text is a part of a page that is laid out with a table. */
const MAX_CELL_CHARACTERS = 300
const MAX_COLUMNS = 30

/** Whether each table, in the order of their start tags, has data: several columns of short texts. */
export function dataTables(html: string): boolean[] {
  const isData: boolean[] = []
  if (!html.includes("<table")) return isData
  const open: string[] = []
  const tables: { no: number; cells: number; columns: number; characters: number }[] = []
  readTags(html, {
    open(name) {
      const table = tables.at(-1)
      if (table && BLOCKS.has(name)) isData[table.no] = false
      if (name === "table") {
        // A table inside of a table is part of a layout.
        tables.push({ no: isData.length, cells: 0, columns: 0, characters: 0 })
        isData.push(tables.length === 1)
      }
      if (table && name === "tr") table.cells = 0
      if (table && (name === "td" || name === "th")) {
        table.cells += 1
        table.columns = Math.max(table.columns, table.cells)
        table.characters = 0
      }
      open.push(name)
    },
    text(text) {
      const table = tables.at(-1)
      if (!table) return
      table.characters += text.length
      if (table.characters > MAX_CELL_CHARACTERS) isData[table.no] = false
    },
    close() {
      if (open.pop() !== "table") return
      const table = tables.pop()
      if (table && (table.columns < 2 || table.columns > MAX_COLUMNS)) isData[table.no] = false
    },
  })
  return isData
}

/** @param rows the cells of each row, as Markdown */
export function tableMarkdown(rows: readonly (readonly string[])[]): string[] {
  const filled = rows
    .filter((row) => row.some((cell) => cell !== ""))
    // Only code has such a sign without an escape, which would end the cell.
    .map((row) => row.map((cell) => cell.replace(/(?<!\\)\|/g, "\\|")))
  const columns = filled.reduce((most, row) => Math.max(most, row.length), 0)
  if (columns === 0) return []
  const lines = filled.map((row) => `| ${[...row, ...Array(columns - row.length).fill("")].join(" | ")} |`)
  const [head = "", ...rest] = lines
  return [head, `|${" --- |".repeat(columns)}`, ...rest]
}
