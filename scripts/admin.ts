/** `npm run admin -- …`: whatever operators do with a local or deployed wire. A thin client of /admin/api. */
import { writeFileSync } from "node:fs"
import { setTimeout as wait } from "node:timers/promises"
import { type ParseArgsConfig, parseArgs } from "node:util"
import { didYouMean } from "../src/http/near.ts"
import { type AdminDoor, callAdmin, RefusedError, readAdmin } from "./admin-client.ts"
import { type Command, parseOptions, type Request, type Values } from "./admin-command.ts"
import { commands } from "./admin-commands.ts"
import { commandHelp, overview, usage, written } from "./admin-help.ts"
import { readDevVars } from "./dev-vars.ts"
import { messageOf, Remedy, runScript } from "./terminal.ts"

const everywhere = {
  url: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const satisfies ParseArgsConfig["options"]

/** Milliseconds between two looks at what goes on. */
const PATIENCE = 2000

await runScript(async () => {
  const args = process.argv.slice(2)
  const command = findCommand(args)
  if (!command) return 0
  const parsed = parse(command, args)
  const values: Values = parsed.values
  if (values.help) {
    console.log(commandHelp(command))
    return 0
  }
  const given = parsed.positionals.slice(command.words.length)
  checkArguments(command, given, values)
  const requests = [command.request(given, values)].flat()
  if (command.warning && !values.yes) throw new Remedy(`${command.warning(given)} Write it again with --yes.`)
  try {
    const door = doorFor(values.url as string | undefined)
    let code = 0
    for (const request of requests) {
      if (command.isRaw) await copy(await readAdmin(door, request.path), values.out as string | undefined)
      else code = Math.max(code, await carryOut(command, door, request, given, values))
    }
    return code
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    if (values.json) console.log(JSON.stringify(error.problem, null, 2))
    throw new Remedy(`${error.message}${error.problem.status === 401 ? " Is ADMIN_TOKEN that of this Worker?" : ""}`)
  }
})

/** Asks, shows the answer, and goes on while there is something to do or to wait for. Resolves with the exit code. */
async function carryOut(
  command: Command,
  door: AdminDoor,
  first: Request,
  given: string[],
  values: Values,
): Promise<number> {
  let code = 0
  let last: unknown
  for (let request: Request | undefined = first; request; request = command.next?.(last, request)) {
    const answer = await callAdmin(door, request.method, request.path, request.body)
    last = answer
    const shown = command.narrow ? command.narrow(answer, values) : answer
    console.log(values.json ? JSON.stringify(shown ?? null, null, 2) : command.form(shown, given))
    if (command.failed?.(answer)) code = 1
  }
  if (!values.json) await watch(command, door, last, given)
  return code
}

/** Shows what has changed, until there is nothing to wait for. */
async function watch(command: Command, door: AdminDoor, first: unknown, given: string[]): Promise<void> {
  let answer = first
  for (let request = command.watch?.(answer, given); request; request = command.watch?.(answer, given)) {
    await wait(PATIENCE)
    const before = command.form(answer, given)
    answer = await callAdmin(door, request.method, request.path, request.body)
    const after = command.form(answer, given)
    if (after !== before) console.log(after)
  }
}

/** Bytes go where they are wanted, as they are. */
async function copy(bytes: Uint8Array, file: string | undefined): Promise<void> {
  if (file === undefined) {
    await new Promise((resolve) => process.stdout.write(bytes, resolve))
    return
  }
  try {
    writeFileSync(file, bytes)
  } catch (error) {
    throw new Remedy(`${file} cannot be written (${messageOf(error)}).`)
  }
  console.log(`Wrote ${bytes.length} bytes to ${file}`)
}

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
  const needed = command.args.filter((name) => !name.startsWith("[")).length
  const isOpen = command.args.at(-1)?.includes("…") ?? false
  if (given.length < needed || (given.length > command.args.length && !isOpen)) {
    throw new Remedy(`write: npm run admin -- ${usage(command)}`)
  }
  for (const [name, flag] of Object.entries(command.flags)) {
    if (flag.required && values[name] === undefined) throw new Remedy(`${written(name, flag)} is needed: ${flag.help}.`)
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
