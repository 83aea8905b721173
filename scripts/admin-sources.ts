/** Sources: how one publishing system of a publisher sends, and which feed it has. */
import {
  type Command,
  definedMembers,
  type Flag,
  jsonOf,
  notEmpty,
  orNull,
  publisherPath,
  type Values,
} from "./admin-command.ts"
import { forms } from "./admin-forms.ts"
import { Remedy } from "./terminal.ts"

const sourceFlags: Record<string, Flag> = {
  "feed-url": { value: "URL", help: 'feed that is fetched when it says that something changed ("" for none)' },
  trusted: { value: "yes|no", help: "whether what an unsigned sender sends is content (no)" },
  scheme: { value: "FILE", help: 'JSON: how it signs, where that differs from its sender ("" for none)' },
  mapping: { value: "FILE", help: 'JSON: where in its messages the articles are ("" for that of its sender)' },
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
    form: forms.sources,
  },
  {
    words: ["source", "create"],
    args: ["PUBLISHER", "NAME"],
    flags: {
      sender: {
        value: "SENDER",
        help: "github, webflow, sanity, storyblok, hookdeck, custom (with --scheme), unsigned, or feed (pings only)",
        required: true,
      },
      ...sourceFlags,
    },
    summary: "tell the wire how a system sends; prints the address to paste there",
    examples: [
      "source create nahar cms --sender github --mapping mapping.json",
      "source create nahar blog --sender unsigned --feed-url https://nahar.example/feed.xml",
    ],
    request: ([slug, name], values) => ({
      method: "POST",
      path: `${publisherPath(slug)}/sources`,
      body: { name, sender: values.sender, ...sourceBody(values) },
    }),
    form: forms.newSource,
  },
  {
    words: ["source", "change"],
    args: ["PUBLISHER", "NAME"],
    flags: { ...sourceFlags, "renew-token": { help: "give it another address; the old one ends now" } },
    summary: "change what the flags name",
    examples: ["source change nahar cms --mapping mapping.json", "source change nahar blog --renew-token"],
    request: ([slug, name], values) => ({
      method: "PATCH",
      path: sourcePath(slug, name),
      body: notEmpty({ ...sourceBody(values), ...definedMembers({ renew_token: values["renew-token"] }) }),
    }),
    form: forms.changedSource,
  },
  {
    words: ["source", "remove"],
    args: ["PUBLISHER", "NAME"],
    flags: {},
    summary: "take a source away; its articles stay",
    examples: ["source remove nahar blog"],
    request: ([slug, name]) => ({ method: "DELETE", path: sourcePath(slug, name) }),
    form: forms.done("Removed source"),
  },
  {
    words: ["source", "fetch"],
    args: ["PUBLISHER", "NAME"],
    flags: {},
    summary: "fetch the feed of a source now",
    examples: ["source fetch nahar blog"],
    request: ([slug, name]) => ({ method: "POST", path: `${sourcePath(slug, name)}/fetch` }),
    form: (_, [slug, name]) =>
      `The feed of ${name} is fetched within the minute; see npm run admin -- source list ${slug}`,
  },
]

function sourceBody(values: Values): Record<string, unknown> {
  return definedMembers({
    feed_url: orNull(values["feed-url"]),
    trusted: yesOrNo("trusted", values.trusted),
    scheme: jsonOf("scheme", values.scheme),
    mapping: jsonOf("mapping", values.mapping),
  })
}

function yesOrNo(flag: string, value: Values[string]): boolean | undefined {
  if (value === undefined) return undefined
  if (value === "yes" || value === "no") return value === "yes"
  throw new Remedy(`--${flag} ${value}: write yes or no.`)
}
