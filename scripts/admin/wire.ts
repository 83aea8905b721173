/** The commands for the settings of the whole wire. */
import { Remedy } from "../terminal.ts"
import { type Command, definedMembers, type Flag, notEmpty, orNull, type Values } from "./command.ts"
import { type Form, table } from "./forms.ts"

interface WireSettings {
  duplicate_policy: "suppress" | "show"
  pending_duplicates: number
  rights_outputs: Record<string, boolean>
  name: string | null
  logo: string | null
  colors: { accent: string | null; link: string | null }
  blocks: string[] | null
  footer: {
    text: string | null
    imprint: string | null
    publishing_principles: string | null
    links: { text: string; url: string }[]
  }
}

const wireForm: Form = (answer) => {
  const { duplicate_policy, pending_duplicates, name, logo, colors, blocks, footer, rights_outputs } =
    answer as WireSettings
  const outputsOff = Object.keys(rights_outputs).filter((output) => !rights_outputs[output])
  const rows: [string, string | null][] = [
    ["duplicate policy", duplicate_policy],
    ["pending duplicates", String(pending_duplicates)],
    ["name", name ?? "WIRE_TITLE"],
    ["logo", logo],
    ["accent colour", colors.accent],
    ["link colour", colors.link],
    ["blocks", blocks === null ? "the top sections" : blocks.join(", ")],
    ["footer", footer.text],
    ["imprint", footer.imprint],
    ["publishing principles", footer.publishing_principles],
    ["outputs of rights that are off", outputsOff.join(", ") || null],
    ...footer.links.map(({ text, url }): [string, string] => ["footer link", `${text}=${url}`]),
  ]
  return table(
    ["SETTING", "VALUE"],
    rows.map(([setting, value]) => [setting, value ?? "-"]),
    "",
  )
}

const wireFlags: Record<string, Flag> = {
  "duplicate-policy": {
    value: "suppress|show",
    help: "whether duplicates of an article by other publishers are suppressed or shown",
  },
  "rights-output": {
    value: "NAME=on|off",
    help: "switch an output of rights, such as content_usage=off; repeat for several",
    multiple: true,
  },
  name: { value: "NAME", help: 'name of the wire ("" for the setting WIRE_TITLE)' },
  logo: { value: "URL", help: 'logo that pages show instead of the name, an https address ("" for none)' },
  accent: { value: "COLOUR", help: 'colour of section names and rules, such as #97191e ("" for the usual one)' },
  link: { value: "COLOUR", help: 'colour of links, such as #0b57a4 ("" for the usual one)' },
  block: {
    value: "SLUG",
    help: 'section with a block on the front page and beside articles; repeat in order ("" for the top sections)',
    multiple: true,
  },
  footer: { value: "TEXT", help: 'text at the end of each page ("" for none)' },
  imprint: { value: "URL", help: 'page that says who publishes the wire ("" for none)' },
  principles: { value: "URL", help: 'page of the publishing principles ("" for none)' },
  "footer-link": {
    value: "TEXT=URL",
    help: 'link at the end of each page; repeat for several ("" for none)',
    multiple: true,
  },
}

export const wireCommands: Command[] = [
  {
    words: ["wire", "show"],
    args: [],
    flags: {},
    summary: "show the settings that can be changed while the wire runs",
    examples: ["wire show"],
    request: () => ({ method: "GET", path: "/wire" }),
    form: wireForm,
  },
  {
    words: ["wire", "change"],
    args: [],
    flags: wireFlags,
    summary: "change the settings given by flags",
    examples: [
      "wire change --duplicate-policy show",
      'wire change --name "Gulf Wire" --logo https://gulf.example/logo.svg --accent "#8a1538"',
      "wire change --block world --block sports",
      'wire change --imprint https://gulf.example/imprint --footer-link "Contact=https://gulf.example/contact"',
    ],
    request: (_, values) => ({ method: "PATCH", path: "/wire", body: notEmpty(wireBody(values)) }),
    form: wireForm,
  },
]

function wireBody(values: Values): Record<string, unknown> {
  const colors = definedMembers({ accent: orNull(values.accent), link: orNull(values.link) })
  const footer = definedMembers({
    text: orNull(values.footer),
    imprint: orNull(values.imprint),
    publishing_principles: orNull(values.principles),
    links: listOf(values["footer-link"])?.map(parseLink),
  })
  const blocks = listOf(values.block)
  return definedMembers({
    duplicate_policy: values["duplicate-policy"],
    rights_outputs:
      listOf(values["rights-output"]) && Object.fromEntries((listOf(values["rights-output"]) ?? []).map(parseOutput)),
    name: orNull(values.name),
    logo: orNull(values.logo),
    colors: Object.keys(colors).length > 0 ? colors : undefined,
    blocks: blocks?.length === 0 ? null : blocks,
    footer: Object.keys(footer).length > 0 ? footer : undefined,
  })
}

/** Returns the values of a flag that may be repeated. The text "" alone is an empty list. */
function listOf(value: Values[string]): string[] | undefined {
  if (!Array.isArray(value)) return undefined
  return value.length === 1 && value[0] === "" ? [] : value.map(String)
}

function parseOutput(text: string): [string, boolean] {
  const [, name, state] = /^(\w+)=(on|off)$/.exec(text) ?? []
  if (name === undefined) throw new Remedy(`--rights-output needs NAME=on or NAME=off, not "${text}".`)
  return [name, state === "on"]
}

function parseLink(text: string): { text: string; url: string } {
  const [, name, url] = /^(.+?)=(https:.+)$/s.exec(text) ?? []
  if (name === undefined || url === undefined)
    throw new Remedy(`--footer-link ${text}: give a text and an https address, such as "Contact=https://…".`)
  return { text: name, url }
}
