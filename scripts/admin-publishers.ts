/** Publishers: the commands that make, change and end them, and the one that previews a message of theirs. */
import type { Removal } from "./admin-client.ts"
import {
  type Command,
  definedMembers,
  type Flag,
  hours,
  jsonOf,
  notEmpty,
  orNull,
  publisherPath,
  type Request,
  readInput,
  type Values,
  withRequired,
} from "./admin-command.ts"
import { forms, removalsIn } from "./admin-forms.ts"
import { isRefused, previewForm } from "./admin-trial-form.ts"
import { Remedy } from "./terminal.ts"

const publisherFlags: Record<string, Flag> = {
  name: { value: "NAME", help: "name as readers see it" },
  "home-page": { value: "URL", help: "home page" },
  lang: { value: "LANG", help: "language of the articles that name none, for example ar" },
  "default-section": { value: "SLUG", help: 'section of articles that name none that is known ("" for none)' },
  redistribution: { value: "full|summary|none", help: "what the wire may show of the articles" },
  origin: { value: "URL", help: "origin that the articles' URLs may have; repeat for several", multiple: true },
  silence: { value: "HOURS|usual|never", help: "how long it may send nothing before /healthz reports it (usual)" },
}

const removals: Request = { method: "GET", path: "/removals" }

export const publisherCommands: Command[] = [
  {
    words: ["publisher", "list"],
    args: [],
    flags: {},
    summary: "list the publishers",
    examples: ["publisher list"],
    request: () => ({ method: "GET", path: "/publishers" }),
    form: forms.publishers,
  },
  {
    words: ["publisher", "create"],
    args: ["SLUG"],
    flags: withRequired(publisherFlags, "name", "home-page"),
    summary: "create a publisher",
    examples: ['publisher create nahar --name "وكالة نهار" --home-page https://nahar.example/ --lang ar'],
    request: ([slug], values) => ({ method: "POST", path: "/publishers", body: { slug, ...publisherBody(values) } }),
    form: forms.publisher("Created"),
  },
  {
    words: ["publisher", "change"],
    args: ["SLUG"],
    flags: publisherFlags,
    summary: "change what the flags name",
    examples: ["publisher change nahar --redistribution summary", "publisher change nahar --silence 48"],
    request: ([slug], values) => ({
      method: "PATCH",
      path: publisherPath(slug),
      body: notEmpty(publisherBody(values)),
    }),
    form: forms.publisher("Changed"),
  },
  stateCommand("disable", "disabled", "refuse the pushes of a publisher"),
  stateCommand("enable", "active", "accept the pushes of a publisher again"),
  {
    words: ["publisher", "remove"],
    args: ["SLUG"],
    flags: { yes: { help: "do it" } },
    summary: "remove a publisher and withdraw all its articles, permanently",
    examples: ["publisher remove nahar --yes"],
    warning: ([slug]) =>
      `${slug} would be removed permanently: all its articles are withdrawn, its feeds answer 410, its slug stays taken.`,
    request: ([slug]) => ({ method: "DELETE", path: publisherPath(slug) }),
    form: forms.removal,
    // Each further request withdraws more, so that nobody waits for the sweep.
    watch: (answer, [slug]) =>
      removalsIn(answer).some(isGoing) ? { method: "DELETE", path: publisherPath(slug) } : undefined,
  },
  {
    words: ["publisher", "preview"],
    args: ["FILE"],
    flags: {
      publisher: { value: "SLUG", help: "whose message it would be", required: true },
      source: { value: "NAME", help: "as if it came from this source of the publisher" },
      sender: { value: "NAME", help: "as if it came from a source with this sender, which need not be there yet" },
      mapping: { value: "FILE", help: "JSON: read it by this mapping" },
      event: { value: "EVENT", help: "read it as this event of Ghost, for example post.published" },
      "content-type": { value: "TYPE", help: "its media type (XML or JSON, by its first character)" },
      header: { value: "NAME=VALUE", help: "a header that a mapping looks at; repeat for several", multiple: true },
    },
    summary: "preview what would be stored of a message; nothing is stored (- is standard input)",
    examples: [
      "publisher preview message.json --publisher nahar",
      "publisher preview entry.json --publisher nahar --source cms --mapping mapping.json",
      "publisher preview post.json --publisher nahar --event post.published",
    ],
    request: ([file = ""], values) => ({
      method: "POST",
      path: `${publisherPath(String(values.publisher))}/preview`,
      body: previewBody(readInput(file), values),
    }),
    form: previewForm,
    failed: isRefused,
  },
  {
    words: ["removals"],
    args: [],
    flags: {},
    summary: "show how many articles of removed publishers are withdrawn, until all are",
    examples: ["removals"],
    request: () => removals,
    form: forms.removals,
    watch: (answer) => (removalsIn(answer).some(isGoing) ? removals : undefined),
  },
]

const isGoing = ({ finished_at }: Removal): boolean => finished_at === null

function stateCommand(word: string, state: string, summary: string): Command {
  return {
    words: ["publisher", word],
    args: ["SLUG"],
    flags: {},
    summary,
    examples: [`publisher ${word} nahar`],
    request: ([slug]) => ({ method: "PATCH", path: publisherPath(slug), body: { state } }),
    form: forms.publisher(word === "enable" ? "Enabled" : "Disabled"),
  }
}

function publisherBody(values: Values): Record<string, unknown> {
  return definedMembers({
    name: values.name,
    home_page: values["home-page"],
    lang: values.lang,
    default_section: orNull(values["default-section"]),
    redistribution: values.redistribution,
    origins: values.origin,
    silence_hours: silence(values.silence),
  })
}

/** null: as usual for the publisher; 0: never. */
function silence(value: Values[string]): number | null | undefined {
  if (value === undefined) return undefined
  if (value === "usual") return null
  return value === "never" ? 0 : hours("silence", String(value), 1, ", or usual, or never")
}

function previewBody(body: Buffer, values: Values): Record<string, unknown> {
  const { source, sender, event } = values
  if (event !== undefined && (source !== undefined || sender !== undefined)) {
    throw new Remedy("--event is Ghost's own: leave out --source and --sender.")
  }
  return definedMembers({
    body: body.toString("base64"),
    content_type: values["content-type"] ?? contentTypeOf(body),
    endpoint: event === undefined ? undefined : `ghost/${event}`,
    source,
    sender,
    mapping: jsonOf("mapping", values.mapping),
    headers: headersOf(values.header),
  })
}

function headersOf(pairs: Values[string]): Record<string, string> | undefined {
  if (!Array.isArray(pairs)) return undefined
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name, value] = /^([A-Za-z0-9-]+)[=:] ?(.*)$/s.exec(String(pair)) ?? []
      if (name === undefined || value === undefined) throw new Remedy(`--header ${pair}: write NAME=VALUE.`)
      return [name, value]
    }),
  )
}

/** By the first character that is no blank, whatever the encoding: byte order marks and the zeros of UTF-16 are passed over. */
function contentTypeOf(body: Buffer): string {
  const first = body.find((byte) => byte > 0x20 && ![0xef, 0xbb, 0xbf, 0xfe, 0xff].includes(byte))
  return first === 0x3c ? "application/xml" : "application/json"
}
