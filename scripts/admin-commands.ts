/** The commands of `npm run admin` as data: words, arguments, flags, examples, and the request that each one makes. */
import type { ParseArgsConfig } from "node:util"
import type { Restandings } from "./admin-client.ts"
import { type Form, shown } from "./admin-forms.ts"
import { Remedy } from "./terminal.ts"

type Values = Record<string, string | boolean | (string | boolean)[] | undefined>

export interface Request {
  method: "GET" | "POST" | "PATCH" | "DELETE"
  path: string
  body?: Record<string, unknown>
}

export interface Flag {
  /** What stands for the value in the help: "--lang LANG". */
  value: string
  help: string
  multiple?: boolean
  required?: boolean
}

export interface Command {
  words: [noun: string, verb?: string]
  /** "NAME" or "NAME…", the latter taking one or more. */
  args: string[]
  flags: Record<string, Flag>
  summary: string
  examples: string[]
  request(args: string[], values: Values): Request
  form: Form
  /** Whether the answer will be another one soon: then it is asked for again. */
  goesOn?(answer: unknown): boolean
}

const publisherFlags: Record<string, Flag> = {
  name: { value: "NAME", help: "name as readers see it" },
  "home-page": { value: "URL", help: "home page" },
  lang: { value: "LANG", help: "language of the articles that name none, for example ar" },
  "default-section": { value: "SLUG", help: 'section of articles that name none that is known ("" for none)' },
  redistribution: { value: "full|summary|none", help: "what the wire may show of the articles" },
  origin: { value: "URL", help: "origin that the articles' URLs may have; repeat for several", multiple: true },
}

const changeableSectionFlags: Record<string, Flag> = {
  name: { value: "LANG=NAME", help: "name in a language; repeat for several", multiple: true },
  description: { value: "LANG=TEXT", help: "description in a language; repeat for several", multiple: true },
  icon: { value: "URL", help: 'icon ("" for none)' },
}

const sectionFlags: Record<string, Flag> = {
  ...changeableSectionFlags,
  parent: { value: "SLUG", help: "section above this one" },
}

const ofPublisher: Flag = { value: "SLUG", help: "only in the articles of this publisher" }

const publisherPath = (slug = "") => `/publishers/${encodeURIComponent(slug)}`
const sectionPath = (slug = "") => `/sections/${encodeURIComponent(slug)}`

export const commands: Command[] = [
  {
    words: ["publisher", "list"],
    args: [],
    flags: {},
    summary: "list the publishers",
    examples: ["publisher list"],
    request: () => ({ method: "GET", path: "/publishers" }),
    form: shown.publishers,
  },
  {
    words: ["publisher", "create"],
    args: ["SLUG"],
    flags: withRequired(publisherFlags, "name", "home-page"),
    summary: "create a publisher",
    examples: ['publisher create nahar --name "وكالة نهار" --home-page https://nahar.example/ --lang ar'],
    request: ([slug], values) => ({ method: "POST", path: "/publishers", body: { slug, ...publisherBody(values) } }),
    form: shown.publisher("Created"),
  },
  {
    words: ["publisher", "change"],
    args: ["SLUG"],
    flags: publisherFlags,
    summary: "change what the flags name",
    examples: ["publisher change nahar --redistribution summary"],
    request: ([slug], values) => ({
      method: "PATCH",
      path: publisherPath(slug),
      body: notEmpty(publisherBody(values)),
    }),
    form: shown.publisher("Changed"),
  },
  stateCommand("disable", "disabled", "refuse the pushes of a publisher"),
  stateCommand("enable", "active", "accept the pushes of a publisher again"),
  {
    words: ["key", "create"],
    args: ["PUBLISHER"],
    flags: { overlap: { value: "HOURS", help: "how long the older key still works (24)" } },
    summary: "make a push key; its secret is shown this once",
    examples: ["key create nahar", "key create nahar --overlap 0"],
    request: ([slug], { overlap }) => ({
      method: "POST",
      path: `${publisherPath(slug)}/keys`,
      body: overlap === undefined ? {} : { overlap_hours: hours(String(overlap)) },
    }),
    form: shown.newKey,
  },
  {
    words: ["key", "list"],
    args: ["PUBLISHER"],
    flags: {},
    summary: "list the live keys of a publisher",
    examples: ["key list nahar"],
    request: ([slug]) => ({ method: "GET", path: `${publisherPath(slug)}/keys` }),
    form: shown.keys,
  },
  {
    words: ["key", "revoke"],
    args: ["PUBLISHER", "KEYID"],
    flags: {},
    summary: "end a key now",
    examples: ["key revoke nahar 3f9c"],
    request: ([slug, id = ""]) => ({ method: "DELETE", path: `${publisherPath(slug)}/keys/${encodeURIComponent(id)}` }),
    form: shown.done("Revoked"),
  },
  {
    words: ["section", "list"],
    args: [],
    flags: {},
    summary: "list the sections",
    examples: ["section list"],
    request: () => ({ method: "GET", path: "/sections" }),
    form: shown.sections,
  },
  {
    words: ["section", "create"],
    args: ["SLUG"],
    flags: {
      ...withRequired(sectionFlags, "name"),
      alias: { value: "NAME", help: "what publishers call it; repeat for several", multiple: true },
    },
    summary: "create a section",
    examples: ["section create science --name ar=علوم --name en=Science --parent technology --alias Research"],
    request: ([slug], values) => ({
      method: "POST",
      path: "/sections",
      body: { slug, ...sectionBody(values), ...(values.alias ? { aliases: values.alias } : {}) },
    }),
    form: shown.section("Created"),
  },
  {
    words: ["section", "rename"],
    args: ["SLUG", "NEWSLUG"],
    flags: {},
    summary: "give a section another slug; the old one leads to the new one",
    examples: ["section rename celebrity people"],
    request: ([slug, renamed]) => ({ method: "PATCH", path: sectionPath(slug), body: { slug: renamed } }),
    form: shown.section("Renamed to"),
  },
  {
    words: ["section", "change"],
    args: ["SLUG"],
    flags: changeableSectionFlags,
    summary: "change what the flags name",
    examples: ['section change science --description en="Research and discoveries"', 'section change europe --icon ""'],
    request: ([slug], values) => ({ method: "PATCH", path: sectionPath(slug), body: notEmpty(sectionBody(values)) }),
    form: shown.section("Changed"),
  },
  {
    words: ["section", "move"],
    args: ["SLUG"],
    flags: { parent: { value: "SLUG", help: 'section above it from now on ("" for none)', required: true } },
    summary: "put a section, and all below it, below another",
    examples: ["section move science --parent technology", 'section move science --parent ""'],
    request: ([slug], values) => ({
      method: "PATCH",
      path: sectionPath(slug),
      body: { parent: orNull(values.parent) },
    }),
    form: shown.section("Moved"),
  },
  {
    words: ["section", "retire"],
    args: ["SLUG"],
    flags: { into: { value: "SLUG", help: "section that follows it (none: its articles go where else they belong)" } },
    summary: "end a section, for ever",
    examples: ["section retire celebrity --into people", "section retire olympics-2024"],
    request: ([slug], values) => ({
      method: "POST",
      path: `${sectionPath(slug)}/retire`,
      body: given({ into: values.into }),
    }),
    form: shown.retired,
  },
  {
    words: ["alias", "add"],
    args: ["SLUG", "NAME…"],
    flags: { publisher: ofPublisher },
    summary: "add names that publishers use for a section",
    examples: ["alias add world International Ausland", "alias add arts Kultur --publisher rivages"],
    request: ([slug, ...names], { publisher }) => ({
      method: "POST",
      path: `${sectionPath(slug)}/aliases`,
      body: { names, ...(publisher ? { publisher } : {}) },
    }),
    form: shown.section("Named"),
  },
  {
    words: ["alias", "remove"],
    args: ["SLUG", "NAME"],
    flags: { publisher: ofPublisher },
    summary: "remove one of the names",
    examples: ["alias remove world Ausland", "alias remove arts Kultur --publisher rivages"],
    request: ([slug, name = ""], { publisher }) => ({
      method: "DELETE",
      path: `${sectionPath(slug)}/aliases/${encodeURIComponent(name)}${
        publisher ? `?publisher=${encodeURIComponent(String(publisher))}` : ""
      }`,
    }),
    form: shown.section("Took a name from"),
  },
  {
    words: ["wire", "show"],
    args: [],
    flags: {},
    summary: "show the settings that can be changed while the wire runs",
    examples: ["wire show"],
    request: () => ({ method: "GET", path: "/wire" }),
    form: shown.wire,
  },
  {
    words: ["wire", "change"],
    args: [],
    flags: {
      "same-story": { value: "once|each", help: "show a story of several publishers once, or of each", required: true },
    },
    summary: "change what the flags name",
    examples: ["wire change --same-story each"],
    request: (_, values) => ({ method: "PATCH", path: "/wire", body: { same_story: values["same-story"] } }),
    form: shown.wire,
  },
  {
    words: ["restandings"],
    args: [],
    flags: {},
    summary: "how far articles follow the last changes of sections, until they do",
    examples: ["restandings"],
    request: () => ({ method: "GET", path: "/restandings" }),
    form: shown.restandings,
    goesOn: (answer) => (answer as Restandings).waiting.length > 0,
  },
]

/** The flags of a command as node:util's parseArgs wants them. */
export function parseOptions(flags: Record<string, Flag>): NonNullable<ParseArgsConfig["options"]> {
  return Object.fromEntries(
    Object.entries(flags).map(([name, { multiple = false }]) => [name, { type: "string" as const, multiple }]),
  )
}

function stateCommand(word: string, state: string, summary: string): Command {
  return {
    words: ["publisher", word],
    args: ["SLUG"],
    flags: {},
    summary,
    examples: [`publisher ${word} nahar`],
    request: ([slug]) => ({ method: "PATCH", path: publisherPath(slug), body: { state } }),
    form: shown.publisher(word === "enable" ? "Enabled" : "Disabled"),
  }
}

function withRequired(flags: Record<string, Flag>, ...names: string[]): Record<string, Flag> {
  return Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [name, { ...flag, required: names.includes(name) }]),
  )
}

function publisherBody(values: Values): Record<string, unknown> {
  return given({
    name: values.name,
    home_page: values["home-page"],
    lang: values.lang,
    default_section: orNull(values["default-section"]),
    redistribution: values.redistribution,
    origins: values.origin,
  })
}

function sectionBody(values: Values): Record<string, unknown> {
  return given({
    names: byLanguage("name", values.name),
    descriptions: byLanguage("description", values.description),
    parent: orNull(values.parent),
    icon: orNull(values.icon),
  })
}

function byLanguage(flag: string, pairs: Values[string]): Record<string, string> | undefined {
  if (!Array.isArray(pairs)) return undefined
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, language, text] = /^([A-Za-z0-9-]+)=(.+)$/s.exec(String(pair)) ?? []
      if (!language || !text) throw new Remedy(`--${flag} ${pair}: write LANG=TEXT, for example --${flag} en=World.`)
      return [language, text]
    }),
  )
}

function given(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

function notEmpty(body: Record<string, unknown>): Record<string, unknown> {
  if (Object.keys(body).length > 0) return body
  throw new Remedy("nothing to change: give at least one flag (--help lists them).")
}

function orNull(value: Values[string]): Values[string] | null {
  return value === "" ? null : value
}

function hours(text: string): number {
  const value = Number(text)
  if (text.trim() !== "" && Number.isFinite(value) && value >= 0) return value
  throw new Remedy(`--overlap ${text}: give a number of hours, 0 or more.`)
}
