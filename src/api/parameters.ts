/**
 * Query parameters of the API: what values each accepts. A problem lists all errors of a request at once. The typed client takes
 * its parameter names from the same tables.
 */
import type { Context, Input, MiddlewareHandler } from "hono"
import { type CursorKind, decodeCursor } from "../articles/model/cursor.ts"
import { normalizeName } from "../articles/model/scope.ts"
import { parseQuery, type SearchQuery } from "../articles/search/parse-query.ts"
import { MAX_VALUES, parseLanguage } from "../feeds/address.ts"
import { Problem, type ProblemError } from "../http/problem.ts"
import { didYouMean } from "../text/near-matches.ts"
import { isTrackingParameter } from "../text/tracking-parameters.ts"
import { decryptedCursor } from "./access/encrypted-cursors.ts"
import { canonicalPath } from "./answer.ts"
import type { ApiEnv } from "./env.ts"
import { findSlugErrors, parameterProblem } from "./slugs.ts"

/** Unknown names that are compared with those that there are; the rest is counted. */
const MAX_NAMED = 50

/** Reads the values of one parameter; the list is empty if it was not sent. @throws Problem with errors or a detail to show */
export type ParameterReader<T> = (values: string[], name: string) => T

/** Reads a cursor, which may be encrypted. @throws Problem as a ParameterReader does; foreign_cursor for one that is no longer valid */
export type CursorReader<T> = (values: string[], name: string, c: Context<ApiEnv>) => Promise<T>

export type ParameterReaders = Record<string, (values: string[], name: string, c: Context<ApiEnv>) => unknown>
export type ParameterValues<S extends ParameterReaders> = { [K in keyof S]: Awaited<ReturnType<S[K]>> }
type QueryInput<S> = { [K in keyof S]?: string | string[] }

/**
 * Reads a route's parameters into `c.req.valid("query")`. The handler has its readers as a member:
 * a test compares them with openapi.json.
 * @param crossCheck finds errors of parameters in combination; those that could not be read are left out.
 */
export function query<const S extends ParameterReaders>(
  readers: S,
  crossCheck: (read: Partial<ParameterValues<S>>) => ProblemError[] = () => [],
): MiddlewareHandler<ApiEnv, string, { in: { query?: QueryInput<S> }; out: { query: ParameterValues<S> } } & Input> {
  const read: MiddlewareHandler<ApiEnv> = async (c, next) => {
    // The validated data of the platform's own validators is typed by target; a table of readers types it by name.
    c.req.addValidatedData("query", (await readParameters(c, readers, crossCheck)) as never)
    await next()
  }
  return Object.assign(read, { readers })
}

/** @throws Problem unknown_parameter, invalid_parameter with all errors; else foreign_cursor */
async function readParameters<S extends ParameterReaders>(
  c: Context<ApiEnv>,
  readers: S,
  crossCheck: (read: Partial<ParameterValues<S>>) => ProblemError[],
): Promise<ParameterValues<S>> {
  const input = c.req.queries()
  const errors: ProblemError[] = []
  const names = Object.keys(readers)
  const unknown = Object.keys(input).filter((name) => !names.includes(name) && !isTrackingParameter(name))
  for (const parameter of unknown.slice(0, MAX_NAMED)) {
    errors.push({ parameter, detail: `is not known here.${didYouMean(parameter, names)}` })
  }
  const [next, ...more] = unknown.slice(MAX_NAMED)
  if (next !== undefined) errors.push({ parameter: next, detail: `is not known here, nor are ${more.length} more` })
  const unknowns = errors.length
  const read: Record<string, unknown> = {}
  /** All values that could be read, also of parameters with errors: slugs among them are checked too. */
  const partial: Record<string, unknown> = {}
  let foreign: Problem | undefined
  for (const [name, reader] of Object.entries(readers)) {
    const sent = input[name] ?? []
    const values = sent.filter((value) => value.trim() !== "")
    const isWhole = values.length === sent.length
    if (!isWhole) errors.push({ parameter: name, detail: "is empty: give it a value or leave it out" })
    try {
      partial[name] = await reader(values, name, c)
      if (isWhole) read[name] = partial[name]
    } catch (error) {
      if (error instanceof Problem && error.code === "foreign_cursor") {
        foreign = error
        continue
      }
      errors.push(...errorsOf(error).map((each) => ({ ...each, parameter: name })))
      if (error instanceof InvalidValues) partial[name] = error.validValues
    }
  }
  errors.push(...crossCheck(read as Partial<ParameterValues<S>>))
  if (errors.length === 0 && foreign) throw foreign
  if (errors.length === 0) return read as ParameterValues<S>
  // Slugs are looked up with the answer; without an answer they are looked up here, so that the problem has all errors.
  const [slugErrors] = await Promise.all([findSlugErrors(c, partial), c.var.charge()])
  errors.push(...slugErrors)
  throw parameterProblem(errors, errors.length === unknowns ? "unknown_parameter" : "invalid_parameter")
}

const invalidValue = (detail: string): Problem => new Problem("invalid_parameter", detail)

/** Some values of a list are invalid. */
class InvalidValues extends Problem {
  readonly validValues: unknown[]

  constructor(errors: ProblemError[], validValues: unknown[]) {
    super("invalid_parameter", "", errors)
    this.validValues = validValues
  }
}

/** The errors that a reader threw. @throws the error itself if it is not a Problem */
function errorsOf(problem: unknown): ProblemError[] {
  if (!(problem instanceof Problem)) throw problem
  return problem.errors.length > 0 ? problem.errors : [{ detail: problem.message }]
}

export function singleValue(values: string[]): string | undefined {
  if (values.length > 1) throw invalidValue(`was given ${values.length} times: give it once`)
  return values[0]
}

/**
 * Reads a list of at most MAX_VALUES values, sorted and without repetition.
 * @throws InvalidValues with an error for each invalid value, and one if they are too many
 */
function readList<T>(values: string[], read: (value: string) => T): T[] {
  const list = new Set<T>()
  const errors: ProblemError[] = []
  for (const value of new Set(values)) {
    if (errors.length > MAX_VALUES) break
    try {
      list.add(read(value))
    } catch (error) {
      errors.push(...errorsOf(error))
    }
  }
  const isTooLong = list.size + errors.length > MAX_VALUES
  if (isTooLong) errors.push({ detail: `has more than ${MAX_VALUES} values` })
  const sorted = [...list].sort()
  if (errors.length > 0) throw new InvalidValues(errors, isTooLong ? [] : sorted)
  return sorted
}

/** Repeated, or between commas. */
const splitList = (values: string[]): string[] =>
  values.flatMap((value) => value.split(",")).map((value) => value.trim())

/** Slugs of sections and publishers. */
export const slugs: ParameterReader<string[]> = (values) => readList(splitList(values), slugOf)

function slugOf(value: string): string {
  const slug = value.toLowerCase()
  if (/^[a-z0-9-]{1,64}$/.test(slug)) return slug
  throw invalidValue(`${JSON.stringify(slug)} must be lower-case letters, digits and hyphens`)
}

export const slug: ParameterReader<string | undefined> = (values) => {
  const value = singleValue(values)
  return value === undefined ? undefined : slugOf(value.trim())
}

export const languages: ParameterReader<string[]> = (values) => readList(splitList(values), parseLanguage)

/** Tags may hold commas: each is a parameter of its own. */
export const tags: ParameterReader<string[]> = (values) => readList(values, tagOf)

function tagOf(value: string): string {
  const tag = normalizeName(value)
  if (tag.length > 0 && tag.length <= 100) return tag
  const [...characters] = value
  const excerpt = characters.length > 20 ? `${characters.slice(0, 20).join("")}…` : value
  throw invalidValue(`${JSON.stringify(excerpt)} must have 1 to 100 characters`)
}

/** RFC 3339, or a date alone, which means its beginning; milliseconds UTC. */
export const time: ParameterReader<number | undefined> = (values) => {
  const value = singleValue(values)
  if (value === undefined) return undefined
  const at =
    RFC3339.test(value) && isCalendarDate(value.slice(0, 10)) ? Date.parse(value.replace(" ", "+")) : Number.NaN
  if (Number.isFinite(at)) return at
  const plus = / \d\d:\d\d$/.test(value) ? "; write + as %2B" : ""
  throw invalidValue(`${JSON.stringify(value)} must be a time such as 2026-11-25T08:00:00Z or a date${plus}`)
}

/** As time(), but a date alone means its end, so that since and until with the same date select that day. */
export const timeAtEnd: ParameterReader<number | undefined> = (values, name) => {
  const at = time(values, name)
  return at !== undefined && /^\d{4}-\d\d-\d\d$/.test(values[0] ?? "") ? at + DAY_MS - 1 : at
}

const DAY_MS = 86_400_000

/** Date.parse() turns 31 February into a day of March. */
function isCalendarDate(date: string): boolean {
  const at = Date.parse(date)
  return Number.isFinite(at) && new Date(at).toISOString().startsWith(date)
}

/** As in pushes: hours end at 23. A plus that was not encoded arrives as a blank, which can only have been a plus here. */
const RFC3339 = /^\d{4}-\d\d-\d\d(?:[Tt](?:[01]\d|2[0-3]):\d\d(?::\d\d(?:\.\d{1,9})?)?(?:[Zz]|[-+ ]\d\d:\d\d))?$/

export const number =
  (minimum: number, maximum: number, fallback: number): ParameterReader<number> =>
  (values) => {
    const value = singleValue(values)
    if (value === undefined) return fallback
    const parsed = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN
    if (parsed >= minimum && parsed <= maximum) return parsed
    throw invalidValue(`${JSON.stringify(value)} must be a number from ${minimum} to ${maximum}`)
  }

export const oneOf =
  <const T extends string>(options: readonly T[], fallback: T): ParameterReader<T> =>
  (values) => {
    const value = singleValue(values)?.toLowerCase()
    const choice = value === undefined ? fallback : options.find((option) => option === value)
    if (choice !== undefined) return choice
    throw invalidValue(`${JSON.stringify(value)} must be ${options.join(", ")}.${didYouMean(value ?? "", options)}`)
  }

/** Some of the options, in the order of the options; undefined for all. */
export const someOf =
  <const T extends string>(options: readonly T[]): ParameterReader<T[] | undefined> =>
  (values) => {
    if (values.length === 0) return undefined
    const names = splitList(values)
    const unknown = names.filter((name) => !(options as readonly string[]).includes(name))
    if (unknown.length > 0) {
      throw new Problem("invalid_parameter", "", [
        ...unknown.slice(0, MAX_NAMED).map((name) => ({
          detail: `${JSON.stringify(name)} is not one of its names.${didYouMean(name, options)}`,
        })),
        ...(unknown.length > MAX_NAMED ? [{ detail: `has ${unknown.length - MAX_NAMED} more that are none` }] : []),
      ])
    }
    return options.filter((name) => names.includes(name))
  }

/** @param limit characters */
export const text =
  (limit: number): ParameterReader<string | undefined> =>
  (values) => {
    const value = singleValue(values)?.trim()
    if (value !== undefined && value.length > limit) throw invalidValue(`must have at most ${limit} characters`)
    return value
  }

/** Search words as they were typed. */
export const searchQuery: ParameterReader<SearchQuery | undefined> = (values, name) => {
  const input = text(200)(values, name)
  if (input === undefined) return undefined
  const query = parseQuery(input)
  if ("hint" in query) throw invalidValue(query.hint)
  return query
}

export interface CursorPosition {
  kind: CursorKind
  /** In which the cursor was issued. */
  epoch: string
  position: string[]
}

export const cursor =
  (kinds: readonly CursorKind[]): CursorReader<CursorPosition | undefined> =>
  async (values, _, c) => {
    const sent = singleValue(values)
    if (sent === undefined) return undefined
    const text = await decryptedCursor(c, sent)
    if (text === undefined) throw foreignCursorProblem(c)
    return cursorPosition(text, kinds)
  }

/** @throws Problem for a text that is not a cursor of these kinds */
export function cursorPosition(text: string, kinds: readonly CursorKind[]): CursorPosition {
  for (const kind of kinds) {
    const decoded = decodeCursor(text, kind)
    if (decoded && matchesPatterns(decoded.position, POSITION_PATTERNS[kind])) return { kind, ...decoded }
  }
  throw invalidValue("is not a cursor of this list: begin without one, and follow next")
}

const ID_PATTERN = /^[0-9a-f]{32}$/
const COUNT_PATTERN = /^\d{1,15}$/

/** The parts of positions; kinds that are missing here are checked where they are read. */
const POSITION_PATTERNS: Partial<Record<CursorKind, RegExp[]>> = {
  page: [COUNT_PATTERN, ID_PATTERN],
  changed: [COUNT_PATTERN, ID_PATTERN],
}

const matchesPatterns = (position: string[], shape: RegExp[] | undefined): boolean =>
  shape === undefined || (position.length === shape.length && shape.every((part, at) => part.test(position[at] ?? "")))

/** For a cursor that is no longer valid. */
export function foreignCursorProblem(c: Context<ApiEnv>): Problem {
  const url = new URL(canonicalPath(new URL(c.req.url)), c.var.settings.feedsUrl)
  url.searchParams.delete("cursor")
  const detail =
    "This cursor was issued before this wire was restored, by another endpoint, or to clients with other rights: begin again without it."
  return new Problem("foreign_cursor", detail, [], {}, { start_url: url.href })
}
