/** Runs `npm run admin -- …`: commands of operators, which are requests to /admin/api of a local or deployed wire. */
import { writeFileSync } from "node:fs"
import { setTimeout as wait } from "node:timers/promises"
import { type ParseArgsConfig, parseArgs } from "node:util"
import { didYouMean } from "../src/text/near-matches.ts"
import { type AdminConnection, callAdmin, RefusedError, readAdminBytes } from "./admin/client.ts"
import { type Command, parseOptions, type Request, type Values } from "./admin/command.ts"
import { commandHelp, flagUsage, overview, usage } from "./admin/help.ts"
import { commands } from "./admin/index.ts"
import { readDevVars } from "./dev-vars.ts"
import { messageOf, Remedy, runScript } from "./terminal.ts"
import { parseWorkerUrl, withPort } from "./worker-url.ts"

const commonOptions = {
  url: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const satisfies ParseArgsConfig["options"]

/** Milliseconds between two requests for the progress of work. */
const WATCH_INTERVAL_MS = 2000

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
  const positionals = parsed.positionals.slice(command.words.length)
  checkArguments(command, positionals, values)
  const requests = [command.request(positionals, values)].flat()
  if (command.warning && !values.yes) throw new Remedy(`${command.warning(positionals)} Repeat the command with --yes.`)
  try {
    const connection = connectionFor(values.url as string | undefined)
    let code = 0
    for (const request of requests) {
      if (command.isRaw)
        await writeBytes(await readAdminBytes(connection, request.path), values.out as string | undefined)
      else code = Math.max(code, await runRequests(command, connection, request, positionals, values))
    }
    return code
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error
    if (values.json) console.log(JSON.stringify(error.problem, null, 2))
    throw new Remedy(
      `${error.message}${error.problem.status === 401 ? " Is FEEDWIRE_TOKEN or ADMIN_TOKEN a token of this Worker?" : ""}`,
    )
  }
})

/** Sends a request and its follow-up requests, prints the answers, and waits. Resolves with the exit code. */
async function runRequests(
  command: Command,
  connection: AdminConnection,
  first: Request,
  positionals: string[],
  values: Values,
): Promise<number> {
  let code = 0
  let last: unknown
  for (let request: Request | undefined = first; request; request = command.next?.(last, request)) {
    const answer = await callAdmin(connection, request.method, request.path, request.body)
    last = answer
    const narrowed = command.narrow ? command.narrow(answer, values) : answer
    console.log(values.json ? JSON.stringify(narrowed ?? null, null, 2) : command.form(narrowed, positionals))
    if (command.failed?.(answer)) code = 1
  }
  if (!values.json) await watch(command, connection, last, positionals)
  return code
}

/** Prints each change in the progress of the wire's work until the work is done. */
async function watch(
  command: Command,
  connection: AdminConnection,
  first: unknown,
  positionals: string[],
): Promise<void> {
  let answer = first
  for (let request = command.watch?.(answer, positionals); request; request = command.watch?.(answer, positionals)) {
    await wait(WATCH_INTERVAL_MS)
    const before = command.form(answer, positionals)
    answer = await callAdmin(connection, request.method, request.path, request.body)
    const after = command.form(answer, positionals)
    if (after !== before) console.log(after)
  }
}

/** Writes the bytes unchanged, to the file or to standard output. */
async function writeBytes(bytes: Uint8Array, file: string | undefined): Promise<void> {
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

/** Returns the command in the arguments. Without a command, it prints the overview. */
function findCommand(args: string[]): Command | undefined {
  const { positionals, values } = parseArgs({ args, options: commonOptions, strict: false, allowPositionals: true })
  const [noun, verb] = positionals
  const command = commands.find(({ words }) => words[0] === noun && (words.length === 1 || words[1] === verb))
  if (command) return command
  const nouns = [...new Set(commands.map(({ words }) => words[0]))]
  const verbs = commands.filter(({ words }) => words[0] === noun).map(({ words }) => words[1] ?? "")
  if (noun === undefined || values.help || noun === "help") {
    console.log(overview(verbs.length > 0 ? noun : undefined))
    return undefined
  }
  if (verbs.length === 0) {
    throw new Remedy(`there is no command "${noun}".${didYouMean(noun, nouns)} --help lists all commands.`)
  }
  if (verb === undefined) throw new Remedy(`${noun} needs one of these words: ${verbs.join(", ")}.`)
  throw new Remedy(
    `there is no command "${noun} ${verb}".${didYouMean(verb, verbs)} The commands of ${noun}: ${verbs.join(", ")}.`,
  )
}

function parse(command: Command, args: string[]) {
  const options = { ...parseOptions(command.flags), ...commonOptions }
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    const name = /'(--?[^' ]+)/.exec(messageOf(error))?.[1] ?? ""
    const knownFlags = Object.keys(options).map((each) => `--${each}`)
    const reason = knownFlags.includes(name)
      ? `${name} needs a value`
      : `${command.words.join(" ")} has no flag ${name}`
    throw new Remedy(
      `${reason}.${knownFlags.includes(name) ? "" : didYouMean(name, knownFlags)} --help lists the flags.`,
    )
  }
}

function checkArguments(command: Command, positionals: string[], values: Record<string, unknown>): void {
  const needed = command.args.filter((name) => !name.startsWith("[")).length
  const isOpen = command.args.at(-1)?.includes("…") ?? false
  if (positionals.length < needed || (positionals.length > command.args.length && !isOpen)) {
    throw new Remedy(`missing or unknown arguments. Usage: ${withPort("npm run admin --")} ${usage(command)}`)
  }
  for (const [name, flag] of Object.entries(command.flags)) {
    if (flag.required && values[name] === undefined)
      throw new Remedy(`${flagUsage(name, flag)} is required: ${flag.help}.`)
  }
}

/** Returns the URL of the Worker and the token. It sends the token in .dev.vars only to this machine. */
function connectionFor(option: string | undefined): AdminConnection {
  const { url, isLocal } = parseWorkerUrl(option)
  const token =
    process.env.FEEDWIRE_TOKEN || process.env.ADMIN_TOKEN || (isLocal ? readDevVars()?.ADMIN_TOKEN : undefined)
  if (token) return { url, token }
  throw new Remedy(
    isLocal
      ? `there is no ADMIN_TOKEN in .dev.vars: run \`${withPort("npm start")}\` once, which creates one.`
      : `set FEEDWIRE_TOKEN in the environment to your token of ${url}, or ADMIN_TOKEN to the shared token.`,
  )
}
