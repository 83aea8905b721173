/** The types of query parameters: slugs, languages, tags, times, numbers, choices and texts. */
import { normalizeName } from "../../articles/model/scope.ts"
import { MAX_VALUES } from "../../articles/read/selection-terms.ts"
import { parseQuery, type SearchQuery } from "../../articles/search/parse-query.ts"
import { parseLanguage } from "../../http/parameters.ts"
import { Problem, type ProblemError } from "../../http/problem.ts"
import { didYouMean } from "../../text/near-matches.ts"
import { parseTimeOrDate } from "../../text/rfc3339.ts"
import { errorsOf, InvalidValues, invalidValue, MAX_NAMED, type ParameterReader } from "./parse-parameters.ts"

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
  const sortedValues = [...list].sort()
  if (errors.length > 0) throw new InvalidValues(errors, isTooLong ? [] : sortedValues)
  return sortedValues
}

/** The values of a parameter that is repeated, or a list with commas. */
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

/** A time of RFC 3339, or a date, which means its beginning. Milliseconds UTC. */
export const time: ParameterReader<number | undefined> = (values) => {
  const value = singleValue(values)
  if (value === undefined) return undefined
  const at = parseTimeOrDate(value)
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

export const number =
  (minimum: number, maximum: number, fallback: number): ParameterReader<number> =>
  (values) => {
    const value = singleValue(values)
    if (value === undefined) return fallback
    const count = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN
    if (count >= minimum && count <= maximum) return count
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
        ...(unknown.length > MAX_NAMED ? [{ detail: `has ${unknown.length - MAX_NAMED} more unknown names` }] : []),
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
