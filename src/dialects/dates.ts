/** Reads times in all forms that feeds and other systems use, and returns them in the form of RFC 3339. Pure. */
import { rfc3339 } from "../formats/dates.ts"
import { parseTime } from "../text/rfc3339.ts"
import { momentsOf } from "../text/time-zone.ts"
import { fold } from "./date-words.ts"
import { type DateOrder, parseDateText, type WrittenTime } from "./parse-date-text.ts"
import { isIanaZone, isZoneName, minutesOfZone } from "./zone-names.ts"

/** How many values of one member are tried. */
const MAX_CANDIDATES = 20

/** A number of seconds, milliseconds or microseconds; ASP.NET writes `/Date(1786788000000+0300)/`. */
const EPOCH = /^(\d{9,13}(?:\.\d+)?|\d{16})$|^\/date\((\d{9,13})(?:[+-]\d{4})?\)\/$/
/** Twelve digits that may be a date with hour and minute. */
const TWELVE_DIGITS = /^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{4}$/

/** The assumptions about a written time, and the limit that a time must not exceed. */
export interface TimeRules {
  /** The publisher's time zone in the IANA database. */
  timeZone?: string | undefined
  /** The order in which the publisher writes numbers such as 03/04/2026. */
  dateOrder?: DateOrder | undefined
  /** The latest time that a date may have (milliseconds UTC): an article cannot be published in the future. */
  latest: number
}

/** The rules without the settings of a publisher and without a limit for the future. */
export const NO_RULES: TimeRules = { latest: Number.POSITIVE_INFINITY }

/** An article may have the end of its embargo as its date. */
export function withLatest(rules: TimeRules, embargo: string | undefined): TimeRules {
  return embargo === undefined ? rules : { ...rules, latest: Math.max(rules.latest, Date.parse(embargo)) }
}

export interface ReadTime {
  /** The form of RFC 3339. */
  time: string
  /** Whether UTC was assumed, or the text has no hour. */
  isGuess: boolean
  /** Says which assumption was made. */
  warning?: string
}

/** The reason why no time was read, such as "it is not a date". */
export interface UnreadTime {
  problem: string
}

const NO_DATE: UnreadTime = { problem: "it is not a date" }

/** Reads a text, or a number of seconds or milliseconds since 1970. A text with several possible meanings is not read. */
export function readTime(value: unknown, rules: TimeRules): ReadTime | UnreadTime {
  if (typeof value === "number") return epochTime(value)
  if (typeof value !== "string") return NO_DATE
  const ms = parseTime(value)
  if (!Number.isNaN(ms)) return readMoment(ms)
  const text = fold(value)
  const count = EPOCH.exec(text)
  if (count === null) return readWritten(text, rules)
  if (TWELVE_DIGITS.test(text)) return { problem: "it may be a number of milliseconds or a date with hour and minute" }
  return epochTime(Number(count[1] ?? count[2]))
}

/** Seconds, milliseconds and microseconds differ in size. A number that would be before 1973 is rather no date. */
function epochTime(count: number): ReadTime | UnreadTime {
  if (!(count >= 1e8 && count < 1e17)) return NO_DATE
  return readMoment(count < 1e11 ? count * 1000 : count < 1e14 ? count : count / 1000)
}

function readMoment(ms: number, isGuess = false, warning?: string): ReadTime | UnreadTime {
  // Systems write the year 1, 1899 or 1970 if a date is missing. A year before 1900 may also be of another calendar.
  if (!(ms > 0)) return { problem: "it is not after the beginning of 1970" }
  return { time: rfc3339(Math.trunc(ms)), isGuess, ...(warning !== undefined && { warning }) }
}

function readWritten(text: string, { timeZone, dateOrder }: TimeRules): ReadTime | UnreadTime {
  const written = parseDateText(text, dateOrder)
  if (written === undefined) return NO_DATE
  if ("problem" in written) return written
  const { localMs, zone, hasClock } = written
  if (zone === undefined && !hasClock) return readMoment(localMs, true)
  if (typeof zone === "number") return readMoment(localMs - zone * 60_000)
  if (zone !== undefined && zone !== timeZone?.toLowerCase() && !isIanaZone(zone))
    return readNamedZone(zone, written, timeZone)
  const place = zone === undefined || zone === timeZone?.toLowerCase() ? timeZone : zone
  if (place === undefined) return readMoment(localMs, true, "names no time zone and was read as UTC")
  const [moment, ...others] = momentsOf(place, localMs)
  if (moment === undefined) return { problem: `there was no such time in ${place}, because the clocks skipped it` }
  if (others.length > 0) return { problem: `this time was twice in ${place}, because the clocks were set back` }
  return readMoment(moment.ms)
}

function readNamedZone(name: string, { localMs }: WrittenTime, timeZone: string | undefined): ReadTime | UnreadTime {
  const minutes = minutesOfZone(name, localMs, timeZone)
  if (minutes !== undefined) return readMoment(localMs - minutes * 60_000)
  const quoted = JSON.stringify(name.toUpperCase())
  if (!isZoneName(name)) return { problem: `its time zone ${quoted} is unknown` }
  return timeZone === undefined
    ? { problem: `its time zone ${quoted} is ambiguous: the operator can set the time zone of the publisher` }
    : { problem: `its time zone ${quoted} is ambiguous, and is not used in ${timeZone} at that time` }
}

export interface FirstTimeOptions {
  /** The name of the member in warnings. */
  name: string
  rules: TimeRules
  warn: (warning: string) => void
  /** Whether a guess is refused, because it could order versions wrongly, or end an embargo too early. */
  isExact?: boolean
}

/**
 * Returns the first readable time that is not in the future. If all times are in the future, it returns the first of
 * them, because fitDraft() checks whether an embargo explains this time.
 */
export function firstTime(values: unknown[], options: FirstTimeOptions): string | undefined {
  const { name, rules, warn, isExact = false } = options
  let futureTime: string | undefined
  for (const value of values.slice(0, MAX_CANDIDATES)) {
    if (isEmpty(value)) continue
    const reading = readTime(value, rules)
    if ("problem" in reading || (isExact && reading.isGuess)) {
      const problem = "problem" in reading ? reading.problem : "it is not a time with its zone"
      warn(`${name} was not taken from ${describe(value)}: ${problem}`)
      continue
    }
    if (Date.parse(reading.time) > rules.latest) {
      futureTime ??= reading.time
      continue
    }
    if (futureTime !== undefined) warn(`${name} was not taken from ${futureTime}: it is in the future`)
    if (reading.warning !== undefined) warn(`${name} ${describe(value)} ${reading.warning}`)
    return reading.time
  }
  return futureTime
}

/**
 * Returns the time of publication. If the stated time cannot be right, it returns the time of the last change, which is
 * closer to the publication than the arrival. Without a stated time it returns undefined.
 */
export function publishedTime(
  stated: unknown[],
  dateModified: string | undefined,
  options: Omit<FirstTimeOptions, "name">,
): string | undefined {
  const isStated = stated.some((value) => !isEmpty(value))
  return firstTime(isStated ? [...stated, dateModified] : [], { name: "date_published", ...options })
}

const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === ""

function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 60))
  return Array.isArray(value) ? "an array" : typeof value === "object" ? "an object" : String(value)
}
