/** The commands for publishers, who send articles to the wire. */
import { type AdminConnection, callAdmin } from "./client.ts"
import {
  type Command,
  definedMembers,
  type Flag,
  notEmpty,
  orNull,
  parseHours,
  type Values,
  withRequired,
} from "./command.ts"
import { type Form, table } from "./forms.ts"
import { isPreviewRefused, previewBody, previewForm } from "./preview.ts"
import { withProgress } from "./reclassification.ts"
import { isUnfinished, removalForm } from "./removal.ts"

interface Publisher {
  slug: string
  name: string
  home_page_url: string
  language?: string
  time_zone?: string | null
  date_order?: string | null
  default_section?: string | null
  redistribution?: string
  canonical?: string
  opening?: string
  rights?: Record<string, string>
  state?: string
  /** Hours without a message before the alarm: null for twice the usual pause between messages, 0 for no alarm. */
  silence_hours?: number | null
  last_message_at?: string | null
}

export const publisherPath = (slug = "") => `/publishers/${encodeURIComponent(slug)}`

const publisherFlags: Record<string, Flag> = {
  name: { value: "NAME", help: "name as readers see it" },
  "home-page": { value: "URL", help: "home page" },
  description: { value: "TEXT", help: 'description for readers ("" for none)' },
  icon: { value: "URL", help: 'logo, an https address ("" for none)' },
  lang: { value: "LANG", help: "language of articles that name no language, for example ar" },
  "time-zone": { value: "ZONE", help: 'zone of times that name none, for example Asia/Riyadh ("" for UTC)' },
  "date-order": { value: "day-first|month-first", help: 'how 03/04/2026 is read ("" for not at all)' },
  "default-section": { value: "SLUG", help: 'section of articles that name no known section ("" for none)' },
  redistribution: { value: "full|summary|none", help: "how much of the articles the wire may show" },
  canonical: { value: "origin|wire", help: "page that search engines list: the publisher's (origin) or the wire's" },
  opening: { value: "added|none", help: "whether feeds add a missing lead image, sub-headline and dateline (added)" },
  license: { value: "URL", help: 'licence of articles that state none ("" for none)' },
  "ai-training": {
    value: "allowed|prohibited",
    help: 'whether AI may be trained on the articles ("" for no statement)',
  },
  "ai-use": { value: "allowed|prohibited", help: 'whether AI may use them in answers ("" for no statement)' },
  attribution: { value: "required", help: 'whether every use must name the publisher ("" for no statement)' },
  terms: { value: "URL", help: 'terms of use ("" for none)' },
  origin: { value: "URL", help: "origin that URLs of articles may have; repeat for several", multiple: true },
  silence: { value: "HOURS|usual|never", help: "hours without a message before /healthz warns (usual)" },
}

export const publisherCommands: Command[] = [
  {
    words: ["publisher", "list"],
    args: [],
    flags: {},
    summary: "list the publishers",
    examples: ["publisher list"],
    request: () => ({ method: "GET", path: "/publishers" }),
    form: listForm,
  },
  {
    words: ["publisher", "create"],
    args: ["SLUG"],
    flags: withRequired(publisherFlags, "name", "home-page"),
    summary: "create a publisher",
    examples: ['publisher create nahar --name "وكالة نهار" --home-page https://nahar.example/ --lang ar'],
    request: ([slug], values) => ({ method: "POST", path: "/publishers", body: { slug, ...publisherBody(values) } }),
    form: changeForm("Created"),
  },
  {
    words: ["publisher", "change"],
    args: ["SLUG"],
    flags: publisherFlags,
    summary: "change the settings given by flags",
    examples: ["publisher change nahar --redistribution summary", "publisher change nahar --ai-training prohibited"],
    request: ([slug], values) => ({
      method: "PATCH",
      path: publisherPath(slug),
      body: notEmpty(publisherBody(values)),
    }),
    form: changeForm("Changed"),
  },
  stateCommand("disable", "disabled", "refuse the pushes of a publisher"),
  stateCommand("enable", "active", "accept the pushes of a publisher again"),
  {
    words: ["publisher", "remove"],
    args: ["SLUG"],
    flags: { yes: { help: "confirm the removal" } },
    summary: "remove a publisher and withdraw all its articles, permanently",
    examples: ["publisher remove nahar --yes"],
    warning: ([slug]) =>
      `${slug} will be removed permanently: all its articles are withdrawn, its feeds answer 410, and its slug cannot be used again.`,
    request: ([slug]) => ({ method: "DELETE", path: publisherPath(slug) }),
    form: removalForm,
    // Each request withdraws more articles, so that the command need not wait for the job of every minute (the sweep).
    watch: (answer, [slug]) => (isUnfinished(answer) ? { method: "DELETE", path: publisherPath(slug) } : undefined),
  },
  {
    words: ["publisher", "preview"],
    args: ["FILE"],
    flags: {
      publisher: { value: "SLUG", help: "publisher of the message", required: true },
      source: { value: "NAME", help: "treat it as sent by this source of the publisher" },
      sender: { value: "NAME", help: "treat it as sent by a source with this sender, which need not exist yet" },
      mapping: { value: "FILE", help: "JSON file: the mapping to use" },
      event: { value: "EVENT", help: "treat it as this event of Ghost, for example post.published" },
      "content-type": { value: "TYPE", help: "media type of the message (XML or JSON, by its first character)" },
      header: { value: "NAME=VALUE", help: "a header that the mapping reads; repeat for several", multiple: true },
    },
    summary: "show what would be stored of a message, without storing anything (- is standard input)",
    examples: [
      "publisher preview message.json --publisher nahar",
      "publisher preview entry.json --publisher nahar --source cms --mapping mapping.json",
      "publisher preview post.json --publisher nahar --event post.published",
    ],
    request: ([file = ""], values) => ({
      method: "POST",
      path: `${publisherPath(String(values.publisher))}/preview`,
      body: previewBody(file, values),
    }),
    form: previewForm,
    failed: isPreviewRefused,
  },
]

function stateCommand(verb: string, state: string, summary: string): Command {
  return {
    words: ["publisher", verb],
    args: ["SLUG"],
    flags: {},
    summary,
    examples: [`publisher ${verb} nahar`],
    request: ([slug]) => ({ method: "PATCH", path: publisherPath(slug), body: { state } }),
    form: changeForm(verb === "enable" ? "Enabled" : "Disabled"),
  }
}

function publisherBody(values: Values): Record<string, unknown> {
  return definedMembers({
    name: values.name,
    home_page_url: values["home-page"],
    description: orNull(values.description),
    icon: orNull(values.icon),
    language: values.lang,
    time_zone: orNull(values["time-zone"]),
    date_order: orNull(values["date-order"]),
    default_section: orNull(values["default-section"]),
    redistribution: values.redistribution,
    canonical: values.canonical,
    opening: values.opening,
    rights: rightsBody(values),
    origins: values.origin,
    silence_hours: silenceHours(values.silence),
  })
}

/** Returns only the members that the flags name, because the others stay as they are. */
function rightsBody(values: Values): Record<string, unknown> | undefined {
  const rights = definedMembers({
    license: orNull(values.license),
    ai_training: orNull(values["ai-training"]),
    ai_use: orNull(values["ai-use"]),
    attribution: orNull(values.attribution),
    terms: orNull(values.terms),
  })
  return Object.keys(rights).length > 0 ? rights : undefined
}

/** Returns null for the publisher's usual pause, and 0 for no alarm. */
function silenceHours(value: Values[string]): number | null | undefined {
  if (value === undefined) return undefined
  if (value === "usual") return null
  return value === "never" ? 0 : parseHours("silence", String(value), 1, ", or usual, or never")
}

export async function listPublishers(connection: AdminConnection): Promise<Publisher[]> {
  return ((await callAdmin(connection, "GET", "/publishers")) as { publishers: Publisher[] }).publishers
}

function listForm(answer: unknown): string {
  const { publishers } = answer as { publishers: Publisher[] }
  const rows = publishers.map((each) => [
    each.slug,
    each.name,
    each.language ?? "",
    each.time_zone ?? "",
    each.date_order ?? "",
    each.default_section ?? "",
    each.redistribution ?? "",
    Object.entries(each.rights ?? {})
      .map((statement) => statement.join("="))
      .join(" "),
    each.state ?? "",
    silenceText(each.silence_hours),
    each.last_message_at ?? "",
    each.home_page_url,
  ])
  return table(
    [
      ...[
        "SLUG",
        "NAME",
        "LANG",
        "TIME ZONE",
        "DATE ORDER",
        "DEFAULT SECTION",
        "REDISTRIBUTION",
        "RIGHTS",
        "STATE",
        "SILENCE",
      ],
      ...["LAST MESSAGE", "HOME PAGE"],
    ],
    rows,
    "No publisher yet.",
  )
}

/** @param done is a word such as "Created" */
function changeForm(done: string): Form {
  return (answer, [slug]) =>
    withProgress(`${done} publisher ${(answer as Partial<Publisher> | undefined)?.slug ?? slug}`, answer)
}

function silenceText(hours: number | null | undefined): string {
  if (hours === null || hours === undefined) return "usual"
  return hours === 0 ? "never" : `${hours} h`
}
