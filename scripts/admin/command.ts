/** Defines the type of a command of `npm run admin`, and reads the values of its flags. */
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
  /** The placeholder in the help, as in "--lang LANG". A flag without a placeholder has no value. */
  value?: string
  help: string
  multiple?: boolean
  required?: boolean
}

export interface Command {
  words: [noun: string, verb?: string]
  /** "NAME" is one name, "NAME…" one or more names, "[NAME…]" any number. Only the last argument may have "…". */
  args: string[]
  flags: Record<string, Flag>
  summary: string
  examples: string[]
  request(args: string[], values: Values): Request | Request[]
  form: Form
  /** Returns the part of the answer that a flag selects. */
  narrow?(answer: unknown, values: Values): unknown
  /** The warning about an effect that cannot be undone. A command with a warning requires --yes. */
  warning?(args: string[]): string
  /** Returns the request that continues the work at once. */
  next?(answer: unknown, previous: Request): Request | undefined
  /** Returns the request that reads the progress, while the wire continues the work in the background. */
  watch?(answer: unknown, args: string[]): Request | undefined
  /** Whether the answer reports a failure. The exit code is then 1. */
  failed?(answer: unknown): boolean
  /** Set if the answer is bytes and not JSON. */
  isRaw?: true
}

/** The flags of a list that has pages. */
export const pageFlags: Record<string, Flag> = {
  before: { value: "ID", help: "only rows before this one" },
  limit: { value: "N", help: "how many" },
}

/** Returns the flags of a command for parseArgs() of node:util. */
export function parseOptions(flags: Record<string, Flag>): NonNullable<ParseArgsConfig["options"]> {
  return Object.fromEntries(
    Object.entries(flags).map(([name, { value, multiple = false }]) => [
      name,
      { type: value === undefined ? ("boolean" as const) : ("string" as const), multiple },
    ]),
  )
}

export function definedMembers(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}

export function notEmpty(body: Record<string, unknown>): Record<string, unknown> {
  if (Object.keys(body).length > 0) return body
  throw new Remedy("nothing to change: give at least one flag (--help lists them).")
}

/** Turns the text "", which removes a setting, into null, which the API expects. */
export function orNull(value: Values[string]): Values[string] | null {
  return value === "" ? null : value
}

export function withRequired(flags: Record<string, Flag>, ...names: string[]): Record<string, Flag> {
  return Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [name, { ...flag, required: names.includes(name) }]),
  )
}

/** @param alternatives are words that the flag accepts instead of a number, for the error */
export function parseHours(flag: string, text: string, minimum: number, alternatives = ""): number {
  const value = Number(text)
  if (text.trim() !== "" && Number.isFinite(value) && value >= minimum) return value
  throw new Remedy(`--${flag} ${text}: give a number of hours, ${minimum} or more${alternatives}.`)
}

/** Returns the flags with values as a query string, such as "?publisher=nahar&limit=50"; "" if no flag has a value. */
export function queryString(values: Values, ...names: string[]): string {
  const pairs = names.flatMap((name): [string, string][] => {
    const value = values[name]
    return value === undefined ? [] : [[name, String(value)]]
  })
  return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs)}`
}

/** @param argumentName is the name of the argument or flag, for the error */
export function parseId(argumentName: string, text: Values[string]): number {
  if (/^\d{1,15}$/.test(String(text))) return Number(text)
  throw new Remedy(`${argumentName} ${text}: give the number that the list shows under ID.`)
}

/** Reads the bytes of a file. "-" stands for standard input. */
export function readInput(file: string): Buffer {
  try {
    return readFileSync(file === "-" ? 0 : file)
  } catch (error) {
    throw new Remedy(`${file === "-" ? "standard input" : file} cannot be read (${messageOf(error)}).`)
  }
}

/** Reads the JSON file of a flag. Returns undefined without the flag, and null for "". */
export function readJson(flag: string, file: Values[string]): unknown {
  if (file === undefined || file === "") return orNull(file)
  const text = readInput(String(file)).toString("utf8")
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Remedy(`--${flag} ${file} is not JSON (${messageOf(error)}).`)
  }
}
