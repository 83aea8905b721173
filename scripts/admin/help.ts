/** Makes the help texts of `npm run admin`. */
import { withPort } from "../worker-url.ts"
import type { Command, Flag } from "./command.ts"
import { commands } from "./index.ts"

const commonFlags = [
  ["--url URL", "address of the Worker (http://localhost:8787, or the port in PORT)"],
  ["--json", "print the answer as JSON"],
  ["--help", "show this help"],
] as const

/** Returns a flag as in "--lang LANG". */
export const flagUsage = (name: string, { value }: Flag): string =>
  value === undefined ? `--${name}` : `--${name} ${value}`

/** Returns the syntax of a command in one line. */
export function usage(command: Command): string {
  const required = Object.entries(command.flags).filter(([, flag]) => flag.required)
  const flags = Object.keys(command.flags).length > required.length ? ["[flags]"] : []
  return [...command.words, ...command.args, ...required.map(([name, flag]) => flagUsage(name, flag)), ...flags].join(
    " ",
  )
}

/** Lists all commands, or all commands that begin with a noun. */
export function overview(noun: string | undefined): string {
  const matching = commands.filter(({ words }) => !noun || words[0] === noun)
  const firstOfNoun = commands.filter(
    ({ words }, index) => commands.findIndex((other) => other.words[0] === words[0]) === index,
  )
  const examples = (noun ? matching : firstOfNoun).flatMap((command) => command.examples.slice(0, 1))
  return [
    "npm run admin -- COMMAND …: everything that operators do with a wire",
    "",
    ...columns(matching.map((command) => [[...command.words, ...command.args].join(" "), command.summary])),
    "",
    "With every command:",
    ...columns(commonFlags),
    "",
    "Your token is read from FEEDWIRE_TOKEN in the environment, or else from ADMIN_TOKEN, which all operators share. Without both, the token of a local Worker is read from .dev.vars.",
    "",
    "Examples:",
    ...examples.map(exampleLine),
    `  FEEDWIRE_TOKEN=… npm run admin -- ${examples[0]} --url https://news.example.org --json`,
  ].join("\n")
}

export function commandHelp(command: Command): string {
  const flags = Object.entries(command.flags).map(([name, flag]): [string, string] => [
    flagUsage(name, flag),
    flag.required ? `${flag.help} (required)` : flag.help,
  ])
  return [
    `npm run admin -- ${usage(command)}`,
    `  ${command.summary}`,
    "",
    ...columns([...flags, ...commonFlags]),
    "",
    "Examples:",
    ...command.examples.map(exampleLine),
  ].join("\n")
}

const exampleLine = (example: string): string => `  ${withPort("npm run admin --")} ${example}`

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}
