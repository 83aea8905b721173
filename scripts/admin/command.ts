/** The type of a command of `npm run admin`, and functions that read the values of its flags. */
import { readFileSync } from "node:fs"
import type { ParseArgsConfig } from "node:util"
import { messageOf, Remedy } from "../terminal.ts"
import type { Form } from "./forms.ts"

export type Values = Record<string, string | boolean | (string | boolean)[] | undefined>

export interface Request {
  method: "GET" | "POST" | "PATCH" | "DELETE"
  path: string
  body?: Record<string, unknown>
}

export interface Flag {
  /** The placeholder of the value in the help: "--lang LANG". A flag without it takes no value. */
  value?: string
  help: string
  multiple?: boolean
  required?: boolean
}

export interface Command {
  words: [noun: string, verb?: string]
  /** "NAME", "NAME…" for one or more, "[NAME…]" for any number; the last two only at the end. */
  args: string[]
  flags: Record<string, Flag>
  summary: string
  examples: string[]
  /** The requests that are sent, in this order. */
  request(args: string[], values: Values): Request | Request[]
  form: Form
  /** The part of the answer that is shown, if a flag selects one. */
  narrow?(answer: unknown, values: Values): unknown
  /** Says what cannot be undone. A command with a warning runs only with --yes. */
  warning?(args: string[]): string
  /** The request that continues the work, sent at once. */
  next?(answer: unknown, previous: Request): Request | undefined
  /** The request for the progress of work that the wire continues by itself; undefined when it is done. */
  watch?(answer: unknown, args: string[]): Request | undefined
  /** Whether the answer reports a failure. The exit code is then 1. */
  failed?(answer: unknown): boolean
  /** The answer is bytes, for standard output or the file of --out. */
  isRaw?: true
}

/** Flags of a list with pages. */
export const pageFlags: Record<string, Flag> = {
  before: { value: "ID", help: "only rows before this one" },
  limit: { value: "N", help: "how many" },
}

/** The flags of a command in the form of node:util's parseArgs. */
export function parseOptions(flags: Record<string, Flag>): NonNullable<ParseArgsConfig["options"]> {
  return Object.fromEntries(
    Object.entries(flags).map(([name, { value, multiple = false }]) => [
      name,
      { type: value === undefined ? ("boolean" as const) : ("string" as const), multiple },
    ]),
  )
}

/** A copy without the undefined members. */
export function definedMembers(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}

export function notEmpty(body: Record<string, unknown>): Record<string, unknown> {
  if (Object.keys(body).length > 0) return body
  throw new Remedy("nothing to change: give at least one flag (--help lists them).")
}

/** The value "" removes a setting, which is null in the API. */
export function orNull(value: Values[string]): Values[string] | null {
  return value === "" ? null : value
}

export function withRequired(flags: Record<string, Flag>, ...names: string[]): Record<string, Flag> {
  return Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [name, { ...flag, required: names.includes(name) }]),
  )
}

/** @param alternatives other words that are allowed, for the error */
export function parseHours(flag: string, text: string, minimum: number, alternatives = ""): number {
  const value = Number(text)
  if (text.trim() !== "" && Number.isFinite(value) && value >= minimum) return value
  throw new Remedy(`--${flag} ${text}: give a number of hours, ${minimum} or more${alternatives}.`)
}

/** The query string of the flags that have a value, such as "?publisher=nahar&limit=50"; "" if no flag has one. */
export function queryString(values: Values, ...names: string[]): string {
  const pairs = names.flatMap((name): [string, string][] => {
    const value = values[name]
    return value === undefined ? [] : [[name, String(value)]]
  })
  return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs)}`
}

/** @param argumentName the name of the argument or flag in the error */
export function parseId(argumentName: string, text: Values[string]): number {
  if (/^\d{1,15}$/.test(String(text))) return Number(text)
  throw new Remedy(`${argumentName} ${text}: give the number that the list shows under ID.`)
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
export function readJson(flag: string, file: Values[string]): unknown {
  if (file === undefined || file === "") return orNull(file)
  const text = readInput(String(file)).toString("utf8")
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Remedy(`--${flag} ${file} is not JSON (${messageOf(error)}).`)
  }
}
