/**
 * Query parameters of the API: what each may say, and all that is wrong with a request at once. The same table gives the typed
 * client the names that it may send.
 */
import type { Context, Input, MiddlewareHandler } from "hono"
import { type CursorKind, decodeCursor } from "../articles/cursor.ts"
import { normalizeName } from "../articles/scope.ts"
import { readQuery, type SearchQuery } from "../articles/search-query.ts"
import { language, MAX_VALUES } from "../feeds/address.ts"
import { didYouMean } from "../http/near.ts"
import { Problem, type ProblemError } from "../http/problem.ts"
import { isTracking } from "../http/tracking.ts"
import type { ApiEnv } from "./access.ts"
import { canonicalPath } from "./answer.ts"
import { wrongly, wrongNames } from "./named.ts"
import { cursorFrom } from "./opaque.ts"

/** Reads the values of one parameter, none if it was not given. @throws Problem, of which the errors or the detail is shown */
export type Reader<T> = (values: string[], name: string) => T

/** Reads a cursor, which may have to be decrypted. @throws Problem, as a Reader does; foreign_cursor for one that leads nowhere */
export type CursorReader<T> = (values: string[], name: string, c: Context<ApiEnv>) => Promise<T>

export type Readers = Record<string, (values: string[], name: string, c: Context<ApiEnv>) => unknown>
export type Read<S extends Readers> = { [K in keyof S]: Awaited<ReturnType<S[K]>> }
type Sent<S> = { [K in keyof S]?: string | string[] }

/**
 * Reads a route's parameters into `c.req.valid("query")`. The handler names its readers, which openapi.json is compared with.
 * @param together what is wrong with parameters beside each other; those that could not be read are not among them.
 */
export function query<const S extends Readers>(
  readers: S,
  together: (read: Partial<Read<S>>) => ProblemError[] = () => [],
): MiddlewareHandler<ApiEnv, string, { in: { query?: Sent<S> }; out: { query: Read<S> } } & Input> {
  const read: MiddlewareHandler<ApiEnv> = async (c, next) => {
    // The validated data of the platform's own validators is typed by target; a table of readers types it by name.
    c.req.addValidatedData("query", (await readAll(c, readers, together)) as never)
    await next()
  }
  return Object.assign(read, { readers })
}

/** @throws Problem unknown_parameter, invalid_parameter with everything that is wrong; else foreign_cursor */
async function readAll<S extends Readers>(
  c: Context<ApiEnv>,
  readers: S,
  together: (read: Partial<Read<S>>) => ProblemError[],
): Promise<Read<S>> {
  const given = c.req.queries()
  const errors: ProblemError[] = []
  const names = Object.keys(readers)
  const unknown = Object.keys(given).filter((name) => !names.includes(name) && !isTracking(name))
  for (const parameter of unknown) {
    errors.push({ parameter, detail: `is not known here.${didYouMean(parameter, names)}` })
  }
  const read: Record<string, unknown> = {}
  /** What could be read of the others, too: names among it may be wrong as well. */
  const partly: Record<string, unknown> = {}
  let foreign: Problem | undefined
  for (const [name, reader] of Object.entries(readers)) {
    const all = given[name] ?? []
    const values = all.filter((value) => value.trim() !== "")
    const isWhole = values.length === all.length
    if (!isWhole) errors.push({ parameter: name, detail: "is empty: give it a value or leave it out" })
    try {
      partly[name] = await reader(values, name, c)
      if (isWhole) read[name] = partly[name]
    } catch (error) {
      if (error instanceof Problem && error.code === "foreign_cursor") {
        foreign = error
        continue
      }
      errors.push(...errorsOf(error).map((each) => ({ ...each, parameter: name })))
      if (error instanceof UnusableValues) partly[name] = error.others
    }
  }
  errors.push(...together(read as Partial<Read<S>>))
  if (errors.length === 0 && foreign) throw foreign
  if (errors.length === 0) return read as Read<S>
  // Names are looked up with the answer; where there will be none, they are looked up to say all at once.
  const [wrong] = await Promise.all([wrongNames(c, partly), c.var.charge()])
  errors.push(...wrong)
  throw wrongly(errors, errors.length === unknown.length ? "unknown_parameter" : "invalid_parameter")
}

const unusable = (detail: string): Problem => new Problem("invalid_parameter", detail)

/** Of a list some values cannot be used. */
class UnusableValues extends Problem {
  readonly others: unknown[]

  constructor(errors: ProblemError[], others: unknown[]) {
    super("invalid_parameter", "", errors)
    this.others = others
  }
}

/** What a reader said of its values. @throws whatever is no Problem */
function errorsOf(error: unknown): ProblemError[] {
  if (!(error instanceof Problem)) throw error
  return error.errors.length > 0 ? error.errors : [{ detail: error.message }]
}

export function once(values: string[]): string | undefined {
  if (values.length > 1) throw unusable(`was given ${values.length} times: give it once`)
  return values[0]
}

/**
 * Reads a list of a few values, once each and in order.
 * @throws UnusableValues that says of each what is wrong with it, and whether they are too many. It ends with the first that is
 * one too many to be named.
 */
function few<T>(values: string[], read: (value: string) => T): T[] {
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
  const found = [...list].sort()
  if (errors.length > 0) throw new UnusableValues(errors, isTooLong ? [] : found)
  return found
}

/** Repeated, or between commas. */
const listed = (values: string[]): string[] => values.flatMap((value) => value.split(",")).map((value) => value.trim())

/** Slugs of sections and publishers. */
export const slugs: Reader<string[]> = (values) => few(listed(values), slugOf)

function slugOf(value: string): string {
  const slug = value.toLowerCase()
  if (/^[a-z0-9-]{1,64}$/.test(slug)) return slug
  throw unusable(`${JSON.stringify(slug)} must be lower-case letters, digits and hyphens`)
}

export const slug: Reader<string | undefined> = (values) => {
  const value = once(values)
  return value === undefined ? undefined : slugOf(value.trim())
}

export const languages: Reader<string[]> = (values) => few(listed(values), language)

/** Tags may hold commas: each is a parameter of its own. */
export const tags: Reader<string[]> = (values) => few(values, tagOf)

function tagOf(value: string): string {
  const tag = normalizeName(value)
  if (tag.length > 0 && tag.length <= 100) return tag
  const [...characters] = value
  const named = characters.length > 20 ? `${characters.slice(0, 20).join("")}…` : value
  throw unusable(`${JSON.stringify(named)} must have 1 to 100 characters`)
}

/** RFC 3339, or a date alone, which is its beginning; milliseconds UTC. */
export const time: Reader<number | undefined> = (values) => {
  const value = once(values)
  if (value === undefined) return undefined
  const at = RFC3339.test(value) && isDay(value.slice(0, 10)) ? Date.parse(value.replace(" ", "+")) : Number.NaN
  if (Number.isFinite(at)) return at
  const plus = / \d\d:\d\d$/.test(value) ? "; write + as %2B" : ""
  throw unusable(`${JSON.stringify(value)} must be a time such as 2026-11-25T08:00:00Z or a date${plus}`)
}

/** As time(); but a date alone is its end, so that a day until itself is that day. */
export const timeAtEnd: Reader<number | undefined> = (values, name) => {
  const at = time(values, name)
  return at !== undefined && /^\d{4}-\d\d-\d\d$/.test(values[0] ?? "") ? at + DAY - 1 : at
}

const DAY = 86_400_000

/** Of a day that no month has, Date.parse() makes one of the next. */
function isDay(date: string): boolean {
  const at = Date.parse(date)
  return Number.isFinite(at) && new Date(at).toISOString().startsWith(date)
}

/** As pushes are read: no hour is the 24th. A plus that was not encoded arrives as a blank: what it was is certain here. */
const RFC3339 = /^\d{4}-\d\d-\d\d(?:[Tt](?:[01]\d|2[0-3]):\d\d(?::\d\d(?:\.\d{1,9})?)?(?:[Zz]|[-+ ]\d\d:\d\d))?$/

export const number =
  (least: number, most: number, otherwise: number): Reader<number> =>
  (values) => {
    const value = once(values)
    if (value === undefined) return otherwise
    const given = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN
    if (given >= least && given <= most) return given
    throw unusable(`${JSON.stringify(value)} must be a number from ${least} to ${most}`)
  }

export const oneOf =
  <const T extends string>(options: readonly T[], otherwise: T): Reader<T> =>
  (values) => {
    const value = once(values)?.toLowerCase()
    const found = value === undefined ? otherwise : options.find((option) => option === value)
    if (found !== undefined) return found
    throw unusable(`${JSON.stringify(value)} must be ${options.join(", ")}.${didYouMean(value ?? "", options)}`)
  }

/** Names of a list, in the order of the list; undefined for all. */
export const someOf =
  <const T extends string>(options: readonly T[]): Reader<T[] | undefined> =>
  (values) => {
    if (values.length === 0) return undefined
    const asked = listed(values)
    const unknown = asked.filter((name) => !(options as readonly string[]).includes(name))
    if (unknown.length > 0) {
      throw new Problem(
        "invalid_parameter",
        "",
        unknown.map((name) => ({
          detail: `${JSON.stringify(name)} is none of its names.${didYouMean(name, options)}`,
        })),
      )
    }
    return options.filter((name) => asked.includes(name))
  }

/** @param limit characters */
export const text =
  (limit: number): Reader<string | undefined> =>
  (values) => {
    const value = once(values)?.trim()
    if (value !== undefined && value.length > limit) throw unusable(`must have at most ${limit} characters`)
    return value
  }

/** What somebody looks for, as they typed it. */
export const searched: Reader<SearchQuery | undefined> = (values, name) => {
  const typed = text(200)(values, name)
  if (typed === undefined) return undefined
  const query = readQuery(typed)
  if ("hint" in query) throw unusable(query.hint)
  return query
}

export interface Place {
  kind: CursorKind
  /** In which the cursor was given. */
  epoch: string
  position: string[]
}

export const cursor =
  (kinds: readonly CursorKind[]): CursorReader<Place | undefined> =>
  async (values, _, c) => {
    const given = once(values)
    if (given === undefined) return undefined
    const text = await cursorFrom(c, given)
    if (text === undefined) throw foreignCursor(c)
    return placeOf(text, kinds)
  }

/** @throws Problem for what is no cursor of these kinds */
export function placeOf(text: string, kinds: readonly CursorKind[]): Place {
  for (const kind of kinds) {
    const found = decodeCursor(text, kind)
    if (found && isPlace(found.position, SHAPES[kind])) return { kind, ...found }
  }
  throw unusable("is no cursor of this list: begin without one, and follow next")
}

const ID = /^[0-9a-f]{32}$/
const COUNT = /^\d{1,15}$/

/** What positions look like, where whoever reads them does not say. */
const SHAPES: Partial<Record<CursorKind, RegExp[]>> = {
  page: [COUNT, ID],
  changed: [COUNT, ID],
}

const isPlace = (position: string[], shape: RegExp[] | undefined): boolean =>
  shape === undefined || (position.length === shape.length && shape.every((part, at) => part.test(position[at] ?? "")))

/** A cursor that leads nowhere any more. */
export function foreignCursor(c: Context<ApiEnv>): Problem {
  const url = new URL(canonicalPath(new URL(c.req.url)), c.var.settings.feedsUrl)
  url.searchParams.delete("cursor")
  const detail =
    "This cursor was given before this wire was restored, at another endpoint, or to those who may see something else: begin again without it."
  return new Problem("foreign_cursor", detail, [], {}, { start_url: url.href })
}
