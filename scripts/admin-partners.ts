/** Partners: who reads the API with a key, what they see of a closed one, and their keys. */
import {
  type Command,
  definedMembers,
  type Flag,
  notEmpty,
  orNull,
  type Values,
  withRequired,
} from "./admin-command.ts"
import { forms } from "./admin-forms.ts"
import { partnerForms } from "./admin-partner-forms.ts"
import { Remedy } from "./terminal.ts"

const partnerFlags: Record<string, Flag> = {
  name: { value: "NAME", help: "name as operators see it" },
  contact: { value: "TEXT", help: 'whom to write to, for example an address ("" for none)' },
  publisher: {
    value: "SLUG",
    help: 'whose articles it sees where the API is closed; repeat for several ("" for all)',
    multiple: true,
  },
}

const partnerPath = (slug = "") => `/partners/${encodeURIComponent(slug)}`
const keysPath = (slug = "") => `${partnerPath(slug)}/keys`

export const partnerCommands: Command[] = [
  {
    words: ["partner", "list"],
    args: [],
    flags: {},
    summary: "list the partners, with how many keys live and when one was last used",
    examples: ["partner list"],
    request: () => ({ method: "GET", path: "/partners" }),
    form: partnerForms.partners,
  },
  {
    words: ["partner", "create"],
    args: ["SLUG"],
    flags: withRequired(partnerFlags, "name"),
    summary: "create a partner; its key is made apart",
    examples: [
      'partner create metro --name "Metro Portal" --contact news@metro.example',
      'partner create metro --name "Metro Portal" --publisher nahar --publisher rivages',
    ],
    request: ([slug], values) => ({ method: "POST", path: "/partners", body: { slug, ...partnerBody(values) } }),
    form: partnerForms.partner("Created"),
  },
  {
    words: ["partner", "change"],
    args: ["SLUG"],
    flags: partnerFlags,
    summary: "change what the flags name",
    examples: ["partner change metro --publisher nahar", 'partner change metro --publisher ""'],
    request: ([slug], values) => ({ method: "PATCH", path: partnerPath(slug), body: notEmpty(partnerBody(values)) }),
    form: partnerForms.partner("Changed"),
  },
  stateCommand("disable", "disabled", "refuse all keys of a partner"),
  stateCommand("enable", "active", "accept the keys of a partner again"),
  {
    words: ["partner-key", "create"],
    args: ["PARTNER"],
    flags: {
      note: { value: "TEXT", help: "where it is used, for the list" },
      expires: { value: "TIME", help: "when it ends, for example 2027-01-01T00:00:00Z (never)" },
    },
    summary: "make a key for the API; its secret is shown this once",
    examples: ["partner-key create metro", 'partner-key create metro --note "app" --expires 2027-01-01T00:00:00Z'],
    request: ([slug], { note, expires }) => ({
      method: "POST",
      path: keysPath(slug),
      body: definedMembers({ note, expires_at: expires }),
    }),
    form: forms.newKey,
  },
  {
    words: ["partner-key", "list"],
    args: ["PARTNER"],
    flags: {},
    summary: "list the keys of a partner",
    examples: ["partner-key list metro"],
    request: ([slug]) => ({ method: "GET", path: keysPath(slug) }),
    form: partnerForms.keys,
  },
  {
    words: ["partner-key", "revoke"],
    args: ["PARTNER", "KEYID"],
    flags: {},
    summary: "end a key now",
    examples: ["partner-key revoke metro 3f9c01d2a4b6"],
    request: ([slug, id = ""]) => ({ method: "DELETE", path: `${keysPath(slug)}/${encodeURIComponent(id)}` }),
    form: forms.done("Revoked"),
  },
]

function stateCommand(word: string, state: string, summary: string): Command {
  return {
    words: ["partner", word],
    args: ["SLUG"],
    flags: {},
    summary,
    examples: [`partner ${word} metro`],
    request: ([slug]) => ({ method: "PATCH", path: partnerPath(slug), body: { state } }),
    form: partnerForms.partner(word === "enable" ? "Enabled" : "Disabled"),
  }
}

function partnerBody({ name, contact, publisher }: Values): Record<string, unknown> {
  return definedMembers({ name, contact: orNull(contact), publishers: publishersOf(publisher) })
}

/** Null: all. */
function publishersOf(slugs: Values[string]): Values[string] | null {
  if (!Array.isArray(slugs) || !slugs.includes("")) return slugs
  if (slugs.length === 1) return null
  throw new Remedy('--publisher "" stands for all: leave out the others, or this one.')
}
