/** How `npm run admin` shows an answer to a person; with --json the answer is printed as it is. Pure. */
import type {
  Publisher,
  PushKey,
  Reclassification,
  Reclassifications,
  ReencryptResult,
  Removal,
  Section,
  Source,
  Wire,
} from "./admin-client.ts"

/** Turns an answer into text; `args` are those of the command. */
export type Form = (answer: unknown, args: string[]) => string

export const forms = {
  publishers: ((answer) => {
    const { publishers } = answer as { publishers: Publisher[] }
    const rows = publishers.map((each) => [
      each.slug,
      each.name,
      each.lang ?? "",
      each.default_section ?? "",
      each.redistribution ?? "",
      each.state ?? "",
      silence(each.silence_hours),
      time(each.last_message_at),
      each.home_page,
    ])
    return table(
      ["SLUG", "NAME", "LANG", "DEFAULT SECTION", "REDISTRIBUTION", "STATE", "SILENCE", "LAST MESSAGE", "HOME PAGE"],
      rows,
      "No publisher yet.",
    )
  }) satisfies Form,

  keys: ((answer) => {
    const { keys } = answer as { keys: PushKey[] }
    const rows = keys.map((key) => [
      key.id,
      key.source || "all",
      key.kind ?? "",
      time(key.created_at),
      key.expires_at ? time(key.expires_at) : "never",
      key.last_used_at ? time(key.last_used_at) : "never",
    ])
    return table(["ID", "SOURCE", "KIND", "CREATED", "EXPIRES", "LAST USED"], rows, "No key yet.")
  }) satisfies Form,

  sources: ((answer) => {
    const { sources } = answer as { sources: Source[] }
    const rows = sources.map((each) => [
      each.name,
      each.sender,
      readAs(each),
      ownSettings(each),
      each.url,
      feedState(each),
    ])
    return table(["NAME", "SENDER", "READ AS", "OWN", "ADDRESS", "FEED"], rows, "No source yet.")
  }) satisfies Form,

  newSource: ((answer, [publisher]) => {
    const source = answer as Source
    const takesKey = !["unsigned", "feed"].includes(source.sender)
    return [
      `Created source ${source.name} of ${publisher}.`,
      ...addressOf(source),
      ...(takesKey
        ? [`Its key: npm run admin -- key create ${publisher} --source ${source.name} (or key import)`]
        : []),
    ].join("\n")
  }) satisfies Form,

  changedSource: ((answer, [publisher]) => {
    const source = answer as Source
    return [`Changed source ${source.name} of ${publisher}.`, ...addressOf(source)].join("\n")
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

  importedKey: ((answer, [publisher]) => {
    const { id, kind, source } = answer as PushKey
    const what = kind === "public" ? "public key" : "key"
    return `Registered ${what} ${id} of ${publisher}, for ${source ? `what comes from ${source}` : "all that it sends"}.`
  }) satisfies Form,

  reencrypted: ((answer) => {
    const { reencrypted, waiting, unreadable } = answer as ReencryptResult
    const line = `${reencrypted} keys encrypted again, ${waiting} wait`
    if (waiting > 0) return line
    const lost =
      unreadable > 0
        ? `${unreadable} keys cannot be decrypted with either master key: the log names them (key_unreadable). Put back the master key that encrypted them, or give their publishers new keys.`
        : "All are encrypted with MASTER_KEY. If MASTER_KEY_PREVIOUS is set, take it away: npx wrangler secret delete MASTER_KEY_PREVIOUS"
    return `${line}\n${lost}`
  }) satisfies Form,

  removal: ((answer) =>
    removalsIn(answer)
      .map((each) => `Removing ${removalProgress(each)}`)
      .join("\n")) satisfies Form,

  removals: ((answer) => {
    const rows = removalsIn(answer).map((each) => [
      each.publisher,
      `${each.done}/${each.total}`,
      time(each.started_at),
      each.finished_at ? time(each.finished_at) : "not yet",
    ])
    return table(["PUBLISHER", "ARTICLES WITHDRAWN", "STARTED", "FINISHED"], rows, "No publisher was removed.")
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
    const { duplicate_policy: same_story, pending_duplicates: unsettled_stories } = answer as Wire
    return table(["DUPLICATE POLICY", "PENDING DUPLICATES"], [[same_story, String(unsettled_stories)]], "")
  }) satisfies Form,

  reclassifications: ((answer) => {
    const { waiting, finished } = answer as Reclassifications
    const rows = [...waiting, ...finished].map((each) => [
      each.reason,
      each.scope,
      `${each.seen}/${each.total}`,
      String(each.changed),
      time(each.started_at),
      each.finished_at ? time(each.finished_at) : "not yet",
    ])
    return table(
      ["CHANGE", "ARTICLES OF", "SEEN", "CHANGED", "STARTED", "FINISHED"],
      rows,
      "Nothing was reclassified yet.",
    )
  }) satisfies Form,

  done:
    (what: string): Form =>
    (_, args) =>
      `${what} ${args.at(-1)}`,
}

/** The progress of the reclassifications after a change. */
function withProgress(line: string, answer: unknown): string {
  const { reclassifications = [] } = (answer ?? {}) as { reclassifications?: Reclassification[] }
  const hint = reclassifications.some((each) => !each.finished_at)
    ? ["See how far it is: npm run admin -- reclassifications"]
    : []
  return [line, ...reclassifications.map(progress), ...hint].join("\n")
}

export function progress({ scope, total, seen, changed, finished_at }: Reclassification): string {
  const state = finished_at ? "done" : "the sweep does the rest"
  return `  articles of ${scope}: ${seen} of ${total} checked, ${changed} changed; ${state}`
}

/** Of one publisher, or of all. */
export function removalsIn(answer: unknown): Removal[] {
  const { removal, removals = [] } = answer as { removal?: Removal; removals?: Removal[] }
  return removal ? [removal] : removals
}

function removalProgress({ publisher, total, done, finished_at }: Removal): string {
  return `${publisher}: ${done} of ${total} articles withdrawn; ${finished_at ? "done" : "the sweep does the rest"}`
}

function silence(hours: number | null | undefined): string {
  if (hours === null || hours === undefined) return "usual"
  return hours === 0 ? "never" : `${hours} h`
}

function readAs({ sender, thin }: Source): string {
  return sender === "feed" || thin ? "a ping" : "content"
}

/** What differs from the preset of its sender. */
function ownSettings({ scheme, mapping }: Source): string {
  return [scheme ? "scheme" : "", mapping ? "mapping" : ""].filter(Boolean).join(", ")
}

function feedState({ feed_url, due_at, fetched_at, failures, problem }: Source): string {
  if (!feed_url) return ""
  const last = fetched_at ? `fetched ${time(fetched_at)}` : "not fetched yet"
  const failed = failures > 0 ? `failed ${failures}×: ${problem}` : (problem ?? "")
  return [`${feed_url} (${last}`, due_at ? "due" : "", failed].filter(Boolean).join("; ").concat(")")
}

/** What to paste. An address that ends in … was shown whole when it was made. */
function addressOf({ sender, url }: Source): string[] {
  if (sender === "feed") return ["The address for pings:", `  ${url}`]
  const isSecret = sender === "unsigned" && !url.endsWith("…")
  return [isSecret ? "The address to paste, shown this once. Keep it secret:" : "The address to paste:", `  ${url}`]
}

export function table(head: string[], rows: string[][], none: string): string {
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
export function time(value: string | number | null | undefined): string {
  return typeof value === "number" ? new Date(value).toISOString() : (value ?? "")
}
