/** How `npm run admin` shows an answer to a person; with --json the answer is printed as it is. Pure. */
import type { Publisher, PushKey, Section } from "./admin-client.ts"

/** Turns an answer into text; `args` are those of the command. */
export type Form = (answer: unknown, args: string[]) => string

export const shown = {
  publishers: ((answer) => {
    const { publishers } = answer as { publishers: Publisher[] }
    const rows = publishers.map((each) => [
      each.slug,
      each.name,
      each.lang ?? "",
      each.default_section ?? "",
      each.redistribution ?? "",
      each.state ?? "",
      each.home_page,
    ])
    return table(
      ["SLUG", "NAME", "LANG", "DEFAULT SECTION", "REDISTRIBUTION", "STATE", "HOME PAGE"],
      rows,
      "No publisher yet.",
    )
  }) satisfies Form,

  keys: ((answer) => {
    const { keys } = answer as { keys: PushKey[] }
    const rows = keys.map((key) => [key.id, time(key.created_at), key.expires_at ? time(key.expires_at) : "never"])
    return table(["ID", "CREATED", "EXPIRES"], rows, "No key yet.")
  }) satisfies Form,

  sections: ((answer) => {
    const { sections } = answer as { sections: Section[] }
    const rows = sections.map((each) => [
      each.slug,
      each.parent ?? "",
      pairs(each.names),
      (each.aliases ?? []).map(({ publisher, name }) => (publisher ? `${name} (${publisher})` : name)).join(", "),
    ])
    return table(["SLUG", "PARENT", "NAMES", "ALIASES"], rows, "No section yet.")
  }) satisfies Form,

  newKey: ((answer, [publisher]) => {
    const { id, secret } = answer as PushKey
    return `Created key ${id} of ${publisher}. Its secret, shown this once:\n${secret}`
  }) satisfies Form,

  publisher:
    (what: string): Form =>
    (answer, [slug]) =>
      `${what} publisher ${(answer as Partial<Publisher> | undefined)?.slug ?? slug}`,

  section:
    (what: string): Form =>
    (answer, [slug]) =>
      `${what} section ${(answer as Partial<Section> | undefined)?.slug ?? slug}`,

  done:
    (what: string): Form =>
    (_, args) =>
      `${what} ${args.at(-1)}`,
}

function table(head: string[], rows: string[][], none: string): string {
  if (rows.length === 0) return none
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

function pairs(texts: Record<string, string>): string {
  return Object.entries(texts)
    .map(([language, text]) => `${language}=${text}`)
    .join(", ")
}

/** Times come as RFC 3339 or in milliseconds. */
function time(value: string | number | undefined): string {
  return typeof value === "number" ? new Date(value).toISOString() : (value ?? "")
}
