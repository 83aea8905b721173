/** Writes answers as texts for people. With --json, the command prints the answer itself. Pure. */
import type { Fault } from "./client.ts"

/** Turns the answer to a command with the arguments `args` into text. */
export type Form = (answer: unknown, args: string[]) => string

/** The maximum number of characters of a text in a table. The command `show` prints the whole text. */
const MAX_CELL_LENGTH = 100

/** Makes a text about a change of the last argument, such as "Revoked 4711". */
export const doneForm =
  (done: string): Form =>
  (_, args) =>
    `${done} ${args.at(-1)}`

/** Shows the new key of a publisher or partner. */
export const newKeyForm: Form = (answer, [owner]) => {
  const { id, secret } = answer as { id: string; secret: string }
  return `Created key ${id} of ${owner}. Its secret is shown only once:\n${secret}`
}

/** @param empty is the text if there is no row */
export function table(head: string[], rows: string[][], empty: string): string {
  if (rows.length === 0) return empty
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => [...(row[column] ?? "")].length)))
  const pad = (cell: string, width: number) => cell + " ".repeat(Math.max(0, width - [...cell].length))
  return all
    .map((row) =>
      row
        .map((cell, column) => pad(cell, widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n")
}

/** Adds a hint about the next page of a list. */
export function withNextPage(text: string, next: number | string | undefined): string {
  return next === undefined ? text : `${text}\nThere are more rows: repeat the command with --before ${next}`
}

export function faultLine({ pointer, detail }: Fault): string {
  return `  ${pointer || "/"}: ${detail ?? "not accepted"}`
}

/** Shortens a text that is too long for a table. */
export function shorten(text: string): string {
  const characters = [...text]
  return characters.length > MAX_CELL_LENGTH ? `${characters.slice(0, MAX_CELL_LENGTH - 1).join("")}…` : text
}
