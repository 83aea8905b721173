/** `npm run admin -- …`: publishers, push keys, sections and aliases of a local or deployed wire. A thin client of /admin/api. */
import { setTimeout as wait } from "node:timers/promises"
import { type ParseArgsConfig, parseArgs } from "node:util"
import { didYouMean } from "../src/http/near.ts"
import { type AdminDoor, callAdmin, RefusedError } from "./admin-client.ts"
import { type Command, commands, parseOptions } from "./admin-commands.ts"
import { readDevVars } from "./dev-vars.ts"
import { messageOf, Remedy, runScript } from "./terminal.ts"

const everywhere = {
  url: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const satisfies ParseArgsConfig["options"]

const everywhereHelp = [
  ["--url URL", "the Worker (http://localhost:8787, or the port in PORT)"],
  ["--json", "print the answer as JSON"],
  ["--help", "show this"],
] as const

/** Milliseconds between two looks at what goes on. */
const PATIENCE = 2000

await runScript(async () => {
  const args = process.argv.slice(2)
  const command = findCommand(args)
  if (!command) return 0
  const { values, positionals } = parse(command, args)
  if (values.help) {
    console.log(commandHelp(command))
    return 0
  }
  const given = positionals.slice(command.words.length)
  checkArguments(command, given, values)
  const { method, path, body } = command.request(given, values)
  try {
    const door = doorFor(values.url as string | undefined)
    let answer = await callAdmin(door, method, path, body)
    console.log(values.json ? JSON.stringify(answer ?? null, null, 2) : command.form(answer, given))
    while (!values.json && command.goesOn?.(answer)) {
      await wait(PATIENCE)
      const before = command.form(answer, given)
      answer = await callAdmin(door, method, path, body)
      const after = command.form(answer, given)
      if (after !== before) console.log(`\n${after}`)
    }
    return 0
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    if (values.json) console.log(JSON.stringify(error.problem, null, 2))
    throw new Remedy(`${error.message}${error.problem.status === 401 ? " Is ADMIN_TOKEN that of this Worker?" : ""}`)
  }
})

/** The command that the arguments name; prints the help of all when they name none. */
function findCommand(args: string[]): Command | undefined {
  const { positionals, values } = parseArgs({ args, options: everywhere, strict: false, allowPositionals: true })
  const [noun, verb] = positionals
  const found = commands.find(({ words }) => words[0] === noun && (words.length === 1 || words[1] === verb))
  if (found) return found
  const nouns = [...new Set(commands.map(({ words }) => words[0]))]
  const verbs = commands.filter(({ words }) => words[0] === noun).map(({ words }) => words[1] ?? "")
  if (noun === undefined || values.help || noun === "help") {
    console.log(overview(verbs.length > 0 ? noun : undefined))
    return undefined
  }
  if (verbs.length === 0) {
    throw new Remedy(`there is no command "${noun}".${didYouMean(noun, nouns)} --help lists all commands.`)
  }
  if (verb === undefined) throw new Remedy(`${noun} needs one of: ${verbs.join(", ")}.`)
  throw new Remedy(
    `there is no command "${noun} ${verb}".${didYouMean(verb, verbs)} ${noun} knows: ${verbs.join(", ")}.`,
  )
}

function parse(command: Command, args: string[]) {
  const options = { ...parseOptions(command.flags), ...everywhere }
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    const name = /'(--?[^' ]+)/.exec(messageOf(error))?.[1] ?? ""
    const known = Object.keys(options).map((each) => `--${each}`)
    const why = known.includes(name) ? `${name} needs a value` : `${command.words.join(" ")} knows no ${name}`
    throw new Remedy(`${why}.${known.includes(name) ? "" : didYouMean(name, known)} --help lists the flags.`)
  }
}

function checkArguments(command: Command, given: string[], values: Record<string, unknown>): void {
  const last = command.args.at(-1)
  const enough = given.length >= command.args.length
  if (!enough || (given.length > command.args.length && !last?.endsWith("…"))) {
    throw new Remedy(`write: npm run admin -- ${usage(command)}`)
  }
  for (const [name, flag] of Object.entries(command.flags)) {
    if (flag.required && values[name] === undefined)
      throw new Remedy(`--${name} ${flag.value} is needed: ${flag.help}.`)
  }
}

/** Which Worker, and the token that opens it: that of .dev.vars only ever goes to this machine. */
function doorFor(given: string | undefined): AdminDoor {
  const url = given ?? `http://localhost:${process.env.PORT || 8787}`
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new Remedy(`--url ${url} is not a URL: write for example --url https://news.example.org`)
  }
  const { hostname, href } = new URL(url)
  const local = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname)
  const token = process.env.ADMIN_TOKEN || (local ? readDevVars()?.ADMIN_TOKEN : undefined)
  if (token) return { url: href.replace(/\/+$/, ""), token }
  throw new Remedy(
    local
      ? "there is no ADMIN_TOKEN in .dev.vars: run `npm start` once, which makes one."
      : `set ADMIN_TOKEN in the environment to the token of ${url}.`,
  )
}

function usage(command: Command): string {
  const required = Object.entries(command.flags).filter(([, flag]) => flag.required)
  const flags = Object.keys(command.flags).length > required.length ? ["[flags]"] : []
  return [
    ...command.words,
    ...command.args,
    ...required.map(([name, flag]) => `--${name} ${flag.value}`),
    ...flags,
  ].join(" ")
}

function overview(noun: string | undefined): string {
  const listed = commands.filter(({ words }) => !noun || words[0] === noun)
  return [
    "npm run admin -- COMMAND …: publishers, push keys, sections and aliases of a wire",
    "",
    ...columns(listed.map((command) => [[...command.words, ...command.args].join(" "), command.summary])),
    "",
    "With every command:",
    ...columns(everywhereHelp),
    "",
    "The token is taken from ADMIN_TOKEN, for a local Worker otherwise from .dev.vars.",
    "",
    "Examples:",
    ...listed.flatMap(({ examples }) => examples.slice(0, 1)).map((example) => `  npm run admin -- ${example}`),
    `  ADMIN_TOKEN=… npm run admin -- ${noun ?? "publisher"} list --url https://news.example.org --json`,
  ].join("\n")
}

function commandHelp(command: Command): string {
  const flags = Object.entries(command.flags).map(([name, flag]): [string, string] => [
    `--${name} ${flag.value}`,
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
