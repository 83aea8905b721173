/** Sections and the names that publishers use for them. */
import type { Restandings } from "./admin-client.ts"
import {
  type Command,
  type Flag,
  given,
  notEmpty,
  orNull,
  type Request,
  type Values,
  withRequired,
} from "./admin-command.ts"
import { shown } from "./admin-forms.ts"
import { Remedy } from "./terminal.ts"

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

const sectionPath = (slug = "") => `/sections/${encodeURIComponent(slug)}`
const restandings: Request = { method: "GET", path: "/restandings" }

export const sectionCommands: Command[] = [
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
    flags: {
      into: { value: "SLUG", help: "section that follows it (none: its articles go where else they belong)" },
      yes: { help: "do it" },
    },
    summary: "end a section, for ever",
    examples: ["section retire celebrity --into people --yes", "section retire olympics-2024 --yes"],
    warning: ([slug]) =>
      `The section ${slug} would end for ever: its articles leave it, its feeds answer 410 or lead to the section of --into, its slug stays taken.`,
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
    words: ["restandings"],
    args: [],
    flags: {},
    summary: "how far articles follow the last changes of sections, until they do",
    examples: ["restandings"],
    request: () => restandings,
    form: shown.restandings,
    watch: (answer) => ((answer as Restandings).waiting.length > 0 ? restandings : undefined),
  },
]

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
