/** `.dev.vars`: the secrets of the local Worker, made up once and never overwritten. */
import { randomBytes } from "node:crypto"
import { chmodSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { messageOf, Remedy, root } from "./terminal.ts"

const file = join(root, ".dev.vars")

const secrets: Record<string, () => string> = {
  ADMIN_TOKEN: () => randomBytes(32).toString("hex"),
  MASTER_KEY: () => randomBytes(32).toString("base64"),
}

/** The names and values of a dotenv text. */
export function parseDevVars(text: string): Record<string, string> {
  const values: Record<string, string> = {}
  for (const line of text.split(/\r?\n/)) {
    const [, name, value] = line.match(/^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/) ?? []
    if (name && value !== undefined) values[name] = value.replace(/^(["'`])(.*)\1$/, "$2")
  }
  return values
}

/** The text with every lacking secret added; what stands in it stays as it is. */
export function completeDevVars(text: string): string {
  const values = parseDevVars(text)
  const added = Object.entries(secrets).filter(([name]) => !values[name])
  if (added.length === 0) return text
  const head = text === "" ? "# Secrets of the local Worker, made up by `npm start`. Never commit this file.\n" : text
  return `${head}${head.endsWith("\n") ? "" : "\n"}${added.map(([name, make]) => `${name}=${make()}\n`).join("")}`
}

/** The local Worker's variables; undefined when there is no `.dev.vars`. */
export function readDevVars(): Record<string, string> | undefined {
  const text = readText()
  return text === undefined ? undefined : parseDevVars(text)
}

/** Writes `.dev.vars` if it is missing or lacks a secret, readable by its owner only, and returns its variables. */
export function ensureDevVars(): Record<string, string> {
  const before = readText()
  const after = completeDevVars(before ?? "")
  if (after !== before) {
    try {
      writeFileSync(file, after, { mode: 0o600 })
      chmodSync(file, 0o600)
    } catch (error) {
      throw new Remedy(`.dev.vars cannot be written (${messageOf(error)}): make the folder ${root} writable.`)
    }
    console.log(
      before === undefined ? "Wrote new local secrets to .dev.vars" : "Added the lacking secrets to .dev.vars",
    )
  }
  return parseDevVars(after)
}

function readText(): string | undefined {
  try {
    return readFileSync(file, "utf8")
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined
    throw new Remedy(`.dev.vars cannot be read (${messageOf(error)}): make it readable, or delete it to get a new one.`)
  }
}
