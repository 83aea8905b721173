/** Readers of query parameters: slugs, languages, names, times, numbers, choices and texts. */
import { LANGUAGE_TAG } from "../text/language.ts"
import { singleLine } from "../text/legal-text.ts"
import { didYouMean, nearMatches } from "../text/near-matches.ts"
import { isDate, parseTimeOrDate } from "../text/rfc3339.ts"
import { isSlug } from "../text/slug.ts"
import { errorsOf, InvalidValues, invalidValue, MAX_NAMED, type ParameterReader } from "./parameters.ts"
import type { ProblemError } from "./problem.ts"

/** How many values a list may have. For each value, the database reads one more list of articles. */
const MAX_VALUES = 10

/** Reads the value of a parameter that may not be repeated. */
export function singleValue(values: string[]): string | undefined {
  if (values.length > 1) throw invalidValue(`was given ${values.length} times: give it once`)
  return values[0]
}

/** Reads at most MAX_VALUES different values and sorts them. @throws InvalidValues with all errors */
export function readList<T>(values: string[], read: (value: string) => T): T[] {
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

/** Reads a value together with its text, as the client wrote it. */
export const withText =
  <T>(read: ParameterReader<T | undefined>): ParameterReader<{ text: string; value: T } | undefined> =>
  (values, name) => {
    const value = read(values, name)
    return value === undefined ? undefined : { text: singleLine(values[0]), value }
  }

/** Splits the values of a parameter, which may be repeated or contain commas. */
export const splitList = (values: string[]): string[] =>
  values.flatMap((value) => value.split(",")).map((value) => value.trim())

export const slugs: ParameterReader<string[]> = (values) => readList(splitList(values), slugOf)

function slugOf(value: string): string {
  const slug = value.toLowerCase()
  if (isSlug(slug)) return slug
  throw invalidValue(
    slug === "" ? EMPTY_ENTRY : `${JSON.stringify(slug.slice(0, 100))} must be lower-case letters, digits and hyphens`,
  )
}

const EMPTY_ENTRY = "has an empty entry: leave it out"

export const slug: ParameterReader<string | undefined> = (values) => {
  const value = singleValue(values)
  return value === undefined ? undefined : slugOf(value.trim())
}

export const languages: ParameterReader<string[]> = (values) => readList(splitList(values), languageOf)

export const language: ParameterReader<string | undefined> = (values) => {
  const value = singleValue(values)
  return value === undefined ? undefined : languageOf(value)
}

function languageOf(value: string): string {
  const tag = value.toLowerCase()
  if (tag.length <= 35 && LANGUAGE_TAG.test(tag)) return tag
  if (tag === "") throw invalidValue(EMPTY_ENTRY)
  const suggestion = suggestLanguage(tag)
  throw invalidValue(`${JSON.stringify(value)} must be a BCP 47 language tag such as ar or fr-ca.${suggestion}`)
}

/** Languages that an error suggests for a name, such as ar for "arabic". */
const SUGGESTED_LANGUAGES = ["ar", "de", "en", "es", "fa", "fr", "he", "hi", "it", "pt", "ru", "tr", "ur", "zh"]

function suggestLanguage(language: string): string {
  const english = new Intl.DisplayNames(["en"], { type: "language" })
  const [name] = nearMatches(
    language,
    SUGGESTED_LANGUAGES.map((tag) => english.of(tag) ?? tag),
  )
  const tag = SUGGESTED_LANGUAGES.find((each) => english.of(each) === name)
  return tag === undefined ? "" : ` Did you mean ${tag}?`
}

/** Reads a time of RFC 3339 as milliseconds UTC. A date means the beginning of the day. */
export const time: ParameterReader<number | undefined> = (values) => {
  const value = singleValue(values)
  if (value === undefined) return undefined
  const at = parseTimeOrDate(value)
  if (Number.isFinite(at)) return at
  const plus = / \d\d:\d\d$/.test(value) ? "; write + as %2B" : ""
  throw invalidValue(`${JSON.stringify(value)} must be a time such as 2026-11-25T08:00:00Z or a date${plus}`)
}

/** Reads like time(), but a date means the end of the day, so that equal values of since and until select this day. */
export const timeAtEnd: ParameterReader<number | undefined> = (values, name) => {
  const at = time(values, name)
  return at !== undefined && isDate(values[0] ?? "") ? at + DAY_MS - 1 : at
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
  <const T extends string, F extends T | undefined>(options: readonly T[], fallback: F): ParameterReader<T | F> =>
  (values) => {
    const value = singleValue(values)?.toLowerCase()
    if (value === undefined) return fallback
    const choice = options.find((option) => option === value)
    if (choice !== undefined) return choice
    throw invalidValue(`${JSON.stringify(value)} must be ${options.join(", ")}.${didYouMean(value, options)}`)
  }

/** Reads some of the options, and returns them in the order of the options; undefined means all options. */
export const someOf =
  <const T extends string>(options: readonly T[]): ParameterReader<T[] | undefined> =>
  (values) => {
    if (values.length === 0) return undefined
    const names = splitList(values)
    const unknown = names.filter((name) => !(options as readonly string[]).includes(name))
    if (unknown.length > 0) {
      throw new InvalidValues(
        [
          ...unknown.slice(0, MAX_NAMED).map((name) => ({
            detail: `${JSON.stringify(name)} is not one of its names.${didYouMean(name, options)}`,
          })),
          ...(unknown.length > MAX_NAMED ? [{ detail: `has ${unknown.length - MAX_NAMED} more unknown names` }] : []),
        ],
        [],
      )
    }
    return options.filter((name) => names.includes(name))
  }

/** @param limit is in characters */
export const text =
  (limit: number): ParameterReader<string | undefined> =>
  (values) => {
    const value = singleValue(values)?.trim()
    if (value !== undefined && value.length > limit) throw invalidValue(`must have at most ${limit} characters`)
    return value
  }
