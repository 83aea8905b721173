/** The commands for sources: the systems and feeds of a publisher. */
import { Remedy } from "../terminal.ts"
import { withPort } from "../worker-url.ts"
import { type Command, definedMembers, type Flag, notEmpty, orNull, readJson, type Values } from "./command.ts"
import { doneForm, table } from "./forms.ts"
import { publisherPath } from "./publisher.ts"

interface Source {
  name: string
  sender: string
  /** The URL for messages. Only the answer that creates the token has the whole URL; other answers hide the token. */
  url: string
  feed_url: string | null
  trusted: boolean
  /** Whether messages of this source contain no articles, and only report that the feed has changed. */
  notification_only: boolean
  scheme: unknown
  mapping: unknown
  due_at: string | null
  fetched_at: string | null
  failure_count: number
  last_failure: string | null
}

const sourceFlags: Record<string, Flag> = {
  "feed-url": { value: "URL", help: 'feed to fetch when a ping says that it changed ("" for none)' },
  trusted: { value: "yes|no", help: "whether to store the messages of an unsigned sender as articles (no)" },
  scheme: { value: "FILE", help: 'JSON file: the signature scheme, if it differs from that sender\'s ("" for none)' },
  mapping: {
    value: "FILE",
    help: 'JSON file: where in its messages the articles are ("" for the mapping of its sender)',
  },
}

const sourcePath = (slug = "", name = "") => `${publisherPath(slug)}/sources/${encodeURIComponent(name)}`

export const sourceCommands: Command[] = [
  {
    words: ["source", "list"],
    args: ["PUBLISHER"],
    flags: {},
    summary: "list the sources of a publisher",
    examples: ["source list nahar"],
    request: ([slug]) => ({ method: "GET", path: `${publisherPath(slug)}/sources` }),
    form: listForm,
  },
  {
    words: ["source", "create"],
    args: ["PUBLISHER", "NAME"],
    flags: {
      sender: {
        value: "SENDER",
        help: "github, webflow, sanity, storyblok, hookdeck, ghost-5, custom (with --scheme), unsigned, or feed (pings only)",
        required: true,
      },
      ...sourceFlags,
    },
    summary: "register a publishing system; print the address to paste there",
    examples: [
      "source create nahar cms --sender github --mapping mapping.json",
      "source create nahar blog --sender unsigned --feed-url https://nahar.example/feed.xml",
    ],
    request: ([slug, name], values) => ({
      method: "POST",
      path: `${publisherPath(slug)}/sources`,
      body: { name, sender: values.sender, ...sourceBody(values) },
    }),
    form: newSourceForm,
  },
  {
    words: ["source", "change"],
    args: ["PUBLISHER", "NAME"],
    flags: { ...sourceFlags, "renew-token": { help: "give the source a new address; the old one ends now" } },
    summary: "change the settings given by flags",
    examples: ["source change nahar cms --mapping mapping.json", "source change nahar blog --renew-token"],
    request: ([slug, name], values) => ({
      method: "PATCH",
      path: sourcePath(slug, name),
      body: notEmpty({ ...sourceBody(values), ...definedMembers({ renew_token: values["renew-token"] }) }),
    }),
    form: changedSourceForm,
  },
  {
    words: ["source", "remove"],
    args: ["PUBLISHER", "NAME"],
    flags: {},
    summary: "remove a source; its articles stay",
    examples: ["source remove nahar blog"],
    request: ([slug, name]) => ({ method: "DELETE", path: sourcePath(slug, name) }),
    form: doneForm("Removed source"),
  },
  {
    words: ["source", "fetch"],
    args: ["PUBLISHER", "NAME"],
    flags: {},
    summary: "fetch the feed of a source now",
    examples: ["source fetch nahar blog"],
    request: ([slug, name]) => ({ method: "POST", path: `${sourcePath(slug, name)}/fetch` }),
    form: (_, [slug, name]) =>
      `The feed of ${name} will be fetched within a minute. To see the result: ${withPort("npm run admin --")} source list ${slug}`,
  },
]

function sourceBody(values: Values): Record<string, unknown> {
  return definedMembers({
    feed_url: orNull(values["feed-url"]),
    trusted: yesOrNo("trusted", values.trusted),
    scheme: readJson("scheme", values.scheme),
    mapping: readJson("mapping", values.mapping),
  })
}

function yesOrNo(flag: string, value: Values[string]): boolean | undefined {
  if (value === undefined) return undefined
  if (value === "yes" || value === "no") return value === "yes"
  throw new Remedy(`--${flag} ${value}: write yes or no.`)
}

function listForm(answer: unknown): string {
  const { sources } = answer as { sources: Source[] }
  const rows = sources.map((each) => [
    each.name,
    each.sender,
    each.sender === "feed" || each.notification_only ? "a ping" : "content",
    ownSettings(each),
    each.url,
    feedState(each),
  ])
  return table(["NAME", "SENDER", "READ AS", "OWN", "ADDRESS", "FEED"], rows, "No source yet.")
}

function newSourceForm(answer: unknown, [publisher]: string[]): string {
  const source = answer as Source
  const { name, sender } = source
  const hint = ["unsigned", "feed"].includes(sender)
    ? []
    : [`Create its key: ${withPort("npm run admin --")} key create ${publisher} --source ${name} (or key import)`]
  return [`Created source ${name} of ${publisher}.`, ...addressLines(source), ...hint].join("\n")
}

function changedSourceForm(answer: unknown, [publisher]: string[]): string {
  const source = answer as Source
  return [`Changed source ${source.name} of ${publisher}.`, ...addressLines(source)].join("\n")
}

/** Returns the settings that differ from the preset of the sender. */
function ownSettings({ scheme, mapping }: Source): string {
  return [scheme ? "scheme" : "", mapping ? "mapping" : ""].filter(Boolean).join(", ")
}

function feedState({ feed_url, due_at, fetched_at, failure_count, last_failure }: Source): string {
  if (!feed_url) return ""
  const last = fetched_at ? `fetched ${fetched_at}` : "not fetched yet"
  const failure = failure_count > 0 ? `failed ${failure_count}×: ${last_failure}` : (last_failure ?? "")
  return [`${feed_url} (${last}`, due_at ? "due" : "", failure].filter(Boolean).join("; ").concat(")")
}

/** Shows the URL for the settings of the system. A URL that ends with … hides the token. */
function addressLines({ sender, url }: Source): string[] {
  if (sender === "feed") return ["The address for pings:", `  ${url}`]
  const isSecret = sender === "unsigned" && !url.endsWith("…")
  return [isSecret ? "The address to paste, shown only once. Keep it secret:" : "The address to paste:", `  ${url}`]
}
