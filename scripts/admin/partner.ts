/** The commands for partners, who read the API with keys. In a closed API, a partner may see only some publishers. */

import { Remedy } from "../terminal.ts"
import { withPort } from "../worker-url.ts"
import { type Command, definedMembers, type Flag, notEmpty, orNull, type Values, withRequired } from "./command.ts"
import { type Form, table } from "./forms.ts"

interface Partner {
  slug: string
  name: string
  contact: string | null
  state: "active" | "disabled"
  /** Slugs of publishers; null means all publishers. */
  publishers: string[] | null
  /** The number of valid keys. */
  keys: number
  last_used_at: string | null
  created_at: string
}

const partnerFlags: Record<string, Flag> = {
  name: { value: "NAME", help: "name as operators see it" },
  contact: { value: "TEXT", help: 'contact, for example an email address ("" for none)' },
  publisher: {
    value: "SLUG",
    help: 'publisher that the partner sees if the API is closed; repeat for several ("" for all)',
    multiple: true,
  },
}

export const partnerPath = (slug = "") => `/partners/${encodeURIComponent(slug)}`

export const partnerCommands: Command[] = [
  {
    words: ["partner", "list"],
    args: [],
    flags: {},
    summary: "list the partners, with the number of their live keys and the time of the last use",
    examples: ["partner list"],
    request: () => ({ method: "GET", path: "/partners" }),
    form: (answer) => {
      const { partners } = answer as { partners: Partner[] }
      const rows = partners.map((each) => [
        each.slug,
        each.name,
        each.state,
        visiblePublishers(each),
        String(each.keys),
        each.last_used_at ?? "never",
        each.contact ?? "",
      ])
      return table(["SLUG", "NAME", "STATE", "SEES", "LIVE KEYS", "LAST USED", "CONTACT"], rows, "No partner yet.")
    },
  },
  {
    words: ["partner", "create"],
    args: ["SLUG"],
    flags: withRequired(partnerFlags, "name"),
    summary: "create a partner; create its key with partner-key create",
    examples: [
      'partner create metro --name "Metro Portal" --contact news@metro.example',
      'partner create metro --name "Metro Portal" --publisher nahar --publisher rivages',
    ],
    request: ([slug], values) => ({ method: "POST", path: "/partners", body: { slug, ...partnerBody(values) } }),
    form: partnerForm("Created"),
  },
  {
    words: ["partner", "change"],
    args: ["SLUG"],
    flags: partnerFlags,
    summary: "change the settings given by flags",
    examples: ["partner change metro --publisher nahar", 'partner change metro --publisher ""'],
    request: ([slug], values) => ({ method: "PATCH", path: partnerPath(slug), body: notEmpty(partnerBody(values)) }),
    form: partnerForm("Changed"),
  },
  stateCommand("disable", "disabled", "refuse all keys of a partner"),
  stateCommand("enable", "active", "accept the keys of a partner again"),
]

function stateCommand(verb: string, state: string, summary: string): Command {
  return {
    words: ["partner", verb],
    args: ["SLUG"],
    flags: {},
    summary,
    examples: [`partner ${verb} metro`],
    request: ([slug]) => ({ method: "PATCH", path: partnerPath(slug), body: { state } }),
    form: partnerForm(verb === "enable" ? "Enabled" : "Disabled"),
  }
}

function partnerBody({ name, contact, publisher }: Values): Record<string, unknown> {
  return definedMembers({ name, contact: orNull(contact), publishers: publishersOf(publisher) })
}

/** Null means all publishers. */
function publishersOf(slugs: Values[string]): Values[string] | null {
  if (!Array.isArray(slugs) || !slugs.includes("")) return slugs
  if (slugs.length === 1) return null
  throw new Remedy('--publisher "" stands for all publishers: leave out the others, or this one.')
}

function partnerForm(verb: string): Form {
  return (answer) => {
    const partner = answer as Partner
    if (partner.state === "disabled") return `${verb} partner ${partner.slug}: its keys are refused`
    const hint =
      partner.keys === 0 ? [`Create its key: ${withPort("npm run admin --")} partner-key create ${partner.slug}`] : []
    const line = `${verb} partner ${partner.slug}, which sees ${visiblePublishers(partner)} where the API is closed`
    return [line, ...hint].join("\n")
  }
}

const visiblePublishers = ({ publishers }: Partner): string => (publishers === null ? "all" : publishers.join(", "))
