/** What `npm run admin` says of itself. */
import type { Command, Flag } from "./admin-command.ts"
import { commands } from "./admin-commands.ts"

const everywhereHelp = [
  ["--url URL", "the Worker (http://localhost:8787, or the port in PORT)"],
  ["--json", "print the answer as JSON"],
  ["--help", "show this"],
] as const

/** "--lang LANG" */
export const flagUsage = (name: string, { value }: Flag): string =>
  value === undefined ? `--${name}` : `--${name} ${value}`

/** What to write, in one line. */
export function usage(command: Command): string {
  const required = Object.entries(command.flags).filter(([, flag]) => flag.required)
  const flags = Object.keys(command.flags).length > required.length ? ["[flags]"] : []
  return [...command.words, ...command.args, ...required.map(([name, flag]) => flagUsage(name, flag)), ...flags].join(
    " ",
  )
}

/** The help of all commands, or of those of one noun. */
export function overview(noun: string | undefined): string {
  const matching = commands.filter(({ words }) => !noun || words[0] === noun)
  const nouns = new Map(commands.map((command) => [command.words[0], command] as const).reverse())
  const withExamples = noun ? matching : [...nouns.values()].reverse()
  return [
    "npm run admin -- COMMAND …: everything that operators do with a wire",
    "",
    ...columns(matching.map((command) => [[...command.words, ...command.args].join(" "), command.summary])),
    "",
    "With every command:",
    ...columns(everywhereHelp),
    "",
    "The token is taken from ADMIN_TOKEN, for a local Worker otherwise from .dev.vars.",
    "",
    "Examples:",
    ...withExamples.flatMap(({ examples }) => examples.slice(0, 1)).map((example) => `  npm run admin -- ${example}`),
    `  ADMIN_TOKEN=… npm run admin -- ${noun ?? "publisher"} list --url https://news.example.org --json`,
  ].join("\n")
}

export function commandHelp(command: Command): string {
  const flags = Object.entries(command.flags).map(([name, flag]): [string, string] => [
    flagUsage(name, flag),
    flag.required ? `${flag.help} (needed)` : flag.help,
  ])
  return [
    `npm run admin -- ${usage(command)}`,
    `  ${command.summary}`,
    "",
    ...columns([...flags, ...everywhereHelp]),
    "",
    "Examples:",
    ...command.examples.map((example) => `  npm run admin -- ${example}`),
  ].join("\n")
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}
