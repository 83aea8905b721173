/** How `npm run admin` shows an answer to a person; with --json the answer is printed as it is. Pure. */
import type { Publisher, PushKey, Restanding, Restandings, Section, Wire } from "./admin-client.ts"

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
      withProgress(`${what} publisher ${(answer as Partial<Publisher> | undefined)?.slug ?? slug}`, answer),

  section:
    (what: string): Form =>
    (answer, [slug]) =>
      withProgress(`${what} section ${(answer as Partial<Section> | undefined)?.slug ?? slug}`, answer),

  retired: ((answer, [slug]) => {
    const { successor } = answer as Section
    const after = successor ? `its feeds lead to ${successor} from now on` : "its feeds answer 410 from now on"
    return withProgress(`Retired section ${slug}: ${after}`, answer)
  }) satisfies Form,

  wire: ((answer) => {
    const { same_story, unsettled_stories } = answer as Wire
    return table(["SAME STORY", "STORIES TO SETTLE"], [[same_story, String(unsettled_stories)]], "")
  }) satisfies Form,

  restandings: ((answer) => {
    const { waiting, finished } = answer as Restandings
    const rows = [...waiting, ...finished].map((each) => [
      each.reason,
      each.scope,
      `${each.seen}/${each.total}`,
      String(each.changed),
      time(each.started_at),
      each.finished_at ? time(each.finished_at) : "not yet",
    ])
    return table(["CHANGE", "ARTICLES OF", "SEEN", "CHANGED", "STARTED", "FINISHED"], rows, "Nothing was restood yet.")
  }) satisfies Form,

  done:
    (what: string): Form =>
    (_, args) =>
      `${what} ${args.at(-1)}`,
}

/** What the change of sections did to articles so far. */
function withProgress(line: string, answer: unknown): string {
  const { restandings = [] } = (answer ?? {}) as { restandings?: Restanding[] }
  const hint = restandings.some((each) => !each.finished_at) ? ["See how far it is: npm run admin -- restandings"] : []
  return [line, ...restandings.map(progress), ...hint].join("\n")
}

export function progress({ scope, total, seen, changed, finished_at }: Restanding): string {
  const state = finished_at ? "done" : "the sweep does the rest"
  return `  articles of ${scope}: ${seen} of ${total} looked at, ${changed} changed; ${state}`
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
