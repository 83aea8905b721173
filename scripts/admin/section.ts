/** The commands for sections, which are the subjects of articles. */
import { Remedy } from "../terminal.ts"
import { type AdminConnection, callAdmin } from "./client.ts"
import { type Command, definedMembers, type Flag, notEmpty, orNull, type Values, withRequired } from "./command.ts"
import { type Form, table } from "./forms.ts"
import { withProgress } from "./reclassification.ts"

export interface Section {
  slug: string
  parent?: string | null
  names: Record<string, string>
  aliases?: { publisher: string | null; name: string }[]
  /** The section that replaces a retired section. */
  successor?: string | null
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

export const sectionPath = (slug = "") => `/sections/${encodeURIComponent(slug)}`

export const sectionCommands: Command[] = [
  {
    words: ["section", "list"],
    args: [],
    flags: {},
    summary: "list the sections",
    examples: ["section list"],
    request: () => ({ method: "GET", path: "/sections" }),
    form: listForm,
  },
  {
    words: ["section", "create"],
    args: ["SLUG"],
    flags: {
      ...withRequired(sectionFlags, "name"),
      alias: { value: "NAME", help: "name that publishers use for it; repeat for several", multiple: true },
    },
    summary: "create a section",
    examples: ["section create science --name ar=علوم --name en=Science --parent technology --alias Research"],
    request: ([slug], values) => ({
      method: "POST",
      path: "/sections",
      body: { slug, ...sectionBody(values), ...(values.alias ? { aliases: values.alias } : {}) },
    }),
    form: sectionForm("Created"),
  },
  {
    words: ["section", "rename"],
    args: ["SLUG", "NEWSLUG"],
    flags: {},
    summary: "give a section another slug; addresses with the old one redirect",
    examples: ["section rename celebrity people"],
    request: ([slug, renamed]) => ({ method: "PATCH", path: sectionPath(slug), body: { slug: renamed } }),
    form: sectionForm("Renamed to"),
  },
  {
    words: ["section", "change"],
    args: ["SLUG"],
    flags: changeableSectionFlags,
    summary: "change the settings given by flags",
    examples: ['section change science --description en="Research and discoveries"', 'section change europe --icon ""'],
    request: ([slug], values) => ({ method: "PATCH", path: sectionPath(slug), body: notEmpty(sectionBody(values)) }),
    form: sectionForm("Changed"),
  },
  {
    words: ["section", "move"],
    args: ["SLUG"],
    flags: { parent: { value: "SLUG", help: 'the new section above it ("" for none)', required: true } },
    summary: "move a section, with all sections below it, below another one",
    examples: ["section move science --parent technology", 'section move science --parent ""'],
    request: ([slug], values) => ({
      method: "PATCH",
      path: sectionPath(slug),
      body: { parent: orNull(values.parent) },
    }),
    form: sectionForm("Moved"),
  },
  {
    words: ["section", "retire"],
    args: ["SLUG"],
    flags: {
      into: {
        value: "SLUG",
        help: "section that replaces it: articles move to it and feeds redirect to it (default: no section)",
      },
      yes: { help: "confirm the end of the section" },
    },
    summary: "end a section permanently",
    examples: ["section retire celebrity --into people --yes", "section retire olympics-2024 --yes"],
    warning: ([slug]) =>
      `The section ${slug} will end permanently: its articles leave it, its feeds answer 410 or redirect to the section of --into, and its slug cannot be used again.`,
    request: ([slug], values) => ({
      method: "POST",
      path: `${sectionPath(slug)}/retire`,
      body: definedMembers({ into: values.into }),
    }),
    form: retiredForm,
  },
]

function sectionBody(values: Values): Record<string, unknown> {
  return definedMembers({
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

export async function listSections(connection: AdminConnection): Promise<Section[]> {
  return ((await callAdmin(connection, "GET", "/sections")) as { sections: Section[] }).sections
}

function listForm(answer: unknown): string {
  const { sections } = answer as { sections: Section[] }
  const rows = sections.map((each) => [
    each.slug,
    each.parent ?? "",
    Object.entries(each.names)
      .map(([language, name]) => `${language}=${name}`)
      .join(", "),
    (each.aliases ?? []).map(({ publisher, name }) => (publisher ? `${name} (${publisher})` : name)).join(", "),
  ])
  return table(["SLUG", "PARENT", "NAMES", "ALIASES"], rows, "No section yet.")
}

/** @param done is a word such as "Created" */
export function sectionForm(done: string): Form {
  return (answer, [slug]) =>
    withProgress(`${done} section ${(answer as Partial<Section> | undefined)?.slug ?? slug}`, answer)
}

function retiredForm(answer: unknown, [slug]: string[]): string {
  const { successor } = answer as Section
  const effect = successor ? `its feeds redirect to ${successor}` : "its feeds answer 410 from now on"
  return withProgress(`Retired section ${slug}: ${effect}`, answer)
}
