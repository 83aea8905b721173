/** What a command of `npm run admin` is, and how the values of its flags are read. */
import { readFileSync } from "node:fs"
import type { ParseArgsConfig } from "node:util"
import type { Form } from "./admin-forms.ts"
import { messageOf, Remedy } from "./terminal.ts"

export type Values = Record<string, string | boolean | (string | boolean)[] | undefined>

export interface Request {
  method: "GET" | "POST" | "PATCH" | "DELETE"
  path: string
  body?: Record<string, unknown>
}

export interface Flag {
  /** What stands for the value in the help: "--lang LANG". Without it the flag is only there or not. */
  value?: string
  help: string
  multiple?: boolean
  required?: boolean
}

export interface Command {
  words: [noun: string, verb?: string]
  /** "NAME", "NAME…" for one or more, "[NAME…]" for none or more; the latter two stand last. */
  args: string[]
  flags: Record<string, Flag>
  summary: string
  examples: string[]
  /** What is asked for, in this order. */
  request(args: string[], values: Values): Request | Request[]
  form: Form
  /** What of the answer is shown, if a flag narrows it. */
  narrow?(answer: unknown, values: Values): unknown
  /** Warns of what cannot be undone: the command then needs --yes. */
  warning?(args: string[]): string
  /** The request by which the work goes on, at once. */
  next?(answer: unknown, asked: Request): Request | undefined
  /** The request that shows the progress a moment later, while the wire continues by itself. */
  watch?(answer: unknown, args: string[]): Request | undefined
  /** Whether the answer says that something was not done: the exit code is 1. */
  failed?(answer: unknown): boolean
  /** The answer is bytes, for standard output or the file of --out. */
  isRaw?: true
}

/** The flags of a command as node:util's parseArgs wants them. */
export function parseOptions(flags: Record<string, Flag>): NonNullable<ParseArgsConfig["options"]> {
  return Object.fromEntries(
    Object.entries(flags).map(([name, { value, multiple = false }]) => [
      name,
      { type: value === undefined ? ("boolean" as const) : ("string" as const), multiple },
    ]),
  )
}

export const publisherPath = (slug = "") => `/publishers/${encodeURIComponent(slug)}`

/** The members that are defined. */
export function definedMembers(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

export function notEmpty(body: Record<string, unknown>): Record<string, unknown> {
  if (Object.keys(body).length > 0) return body
  throw new Remedy("nothing to change: give at least one flag (--help lists them).")
}

/** "" takes a value away. */
export function orNull(value: Values[string]): Values[string] | null {
  return value === "" ? null : value
}

export function withRequired(flags: Record<string, Flag>, ...names: string[]): Record<string, Flag> {
  return Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [name, { ...flag, required: names.includes(name) }]),
  )
}

/** @param least the smallest number that makes sense; `or` says what else does. */
export function hours(flag: string, text: string, least: number, or = ""): number {
  const value = Number(text)
  if (text.trim() !== "" && Number.isFinite(value) && value >= least) return value
  throw new Remedy(`--${flag} ${text}: give a number of hours, ${least} or more${or}.`)
}

/** "?publisher=nahar&limit=50" of the flags that were given; "" if none was. */
export function query(values: Values, ...names: string[]): string {
  const pairs = names.flatMap((name): [string, string][] => {
    const value = values[name]
    return value === undefined ? [] : [[name, String(value)]]
  })
  return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs)}`
}

/** The number that a command's argument or flag has to be. */
export function parseId(what: string, text: Values[string]): number {
  if (/^\d{1,15}$/.test(String(text))) return Number(text)
  throw new Remedy(`${what} ${text}: give the number that the list shows under ID.`)
}

/** The bytes of a file; "-" is standard input. */
export function readInput(file: string): Buffer {
  try {
    return readFileSync(file === "-" ? 0 : file)
  } catch (error) {
    throw new Remedy(`${file === "-" ? "standard input" : file} cannot be read (${messageOf(error)}).`)
  }
}

/** The JSON of the file that a flag names; undefined without the flag, null for "". */
export function jsonOf(flag: string, file: Values[string]): unknown {
  if (file === undefined || file === "") return orNull(file)
  const text = readInput(String(file)).toString("utf8")
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Remedy(`--${flag} ${file} is not JSON (${messageOf(error)}).`)
  }
}
