/** Finds the local time and the zone in a written date after fold() in date-words.ts. Pure. */
import { isFiller, isWeekday, monthOf } from "./date-words.ts"
import { DAY_PART_WORDS, hourOfDay } from "./day-parts.ts"
import { withMonthAndMinutes } from "./iso-dates.ts"
import { isIanaZone, isZoneName } from "./zone-names.ts"

/** The order in which a publisher writes numbers such as 03/04/2026. */
export type DateOrder = "day-first" | "month-first"

export interface WrittenTime {
  /** The local time, in milliseconds as if it were UTC. */
  localMs: number
  hasClock: boolean
  /** Minutes ahead of UTC, or the name of a zone. */
  zone: number | string | undefined
}

const MERIDIEM_AFTER = new RegExp(`^ ?(${DAY_PART_WORDS})(?!\\p{L})`, "u")
const MERIDIEM_BEFORE = new RegExp(`(?<!\\p{L})(${DAY_PART_WORDS}) ?$`, "u")
/** After a year, this letter stands for the Christian era. */
const ERA_BEFORE = /\d{4} ?م ?$/
/** The forms of a time of day, in the order of the attempts. A number after + or - is rather the offset of a zone. */
const CLOCKS = [
  /(?<![\d:.+-])(\d{1,2}) ?[:h] ?(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?![\d:])/,
  /(?<=[\d\p{L}.,] )(\d{1,2})\.(\d\d)(?![\d.])/u,
  new RegExp(`(?<![\\d:./+-])(\\d{1,2})(?= ?(?:h|uhr|${DAY_PART_WORDS})(?!\\p{L}))`, "u"),
]

const OFFSET = /^ ?,? ?(?:(?:utc|gmt|ut) ?)?([+-])(\d{1,2})(?::?(\d\d))?(?![\d:])(?: ?z(?!\p{L}))?/u
const WORD = /^[ ,.]{0,3}(\p{L}[\p{L}_]*(?:\/[\p{L}\d_+-]+)*)/u
/** Three digits such as +030 may be three hours or thirty minutes. */
const UNCERTAIN_OFFSET = /[+-]0\d\d(?!\d)/
/** The largest offset of a time zone (Kiribati), in minutes. */
const MAX_OFFSET = 14 * 60
/** The military zones of RFC 822 §5.1, which RFC 2822 §4.3 reads as UTC. */
const MILITARY_ZONE = /^ ?[a-ik-y]$/

const NUMBERS = /(?<!\d)(\d{1,4}) ?([-/.]) ?(\d{1,2}) ?\2 ?(\d{1,4})(?!\d)/

/** @returns undefined if the text is no date, or the reason why it has several meanings */
export function parseDateText(
  folded: string,
  order: DateOrder | undefined,
): WrittenTime | { problem: string } | undefined {
  const comments: string[] = []
  const iso = withMonthAndMinutes(folded)
  if (iso === undefined) return undefined
  const text = withSeparators(withZoneBehind(iso)).replace(/[([]([^()[\]]*)[)\]]/g, (_, comment: string) => {
    comments.push(comment)
    return " "
  })
  const clock = clockIn(text)
  if (clock === undefined) return undefined
  const day = dayIn(clock.rest, order, clock.ms !== undefined)
  if (day === undefined || "problem" in day) return day
  // A comment may name the zone (RFC 822 §3.4.3, RFC 9557 §3.1).
  const zone = clock.zone ?? zoneIn(comments[0]?.replace("!", "") ?? "", true).zone
  return { localMs: day.ms + (clock.ms ?? 0), hasClock: clock.ms !== undefined, zone }
}

/** Moves the name of a zone before a date behind it, as in calendars (RFC 5545 §3.3.5). */
const withZoneBehind = (text: string): string =>
  text.replace(/^(?:tzid=)?"?([a-z]{1,20}(?:\/[a-z_-]{1,30}){1,2})"?[ ,:;]{1,2}(?=\d)(.*)$/, "$2 $1")

/** Adds separators to the basic format of ISO 8601, and replaces the East Asian letters after numbers. */
function withSeparators(text: string): string {
  const separated = text
    .replace(/^(\d{4})(\d\d)(\d\d)(?:$|[ t]|(?=\d{6}$))/, "$1-$2-$3 ")
    .replace(/(\d)t(?=\d)/, "$1 ")
    .replace(/^(\d{4}-\d\d-\d\d) {1,2}(\d\d)(\d\d)(\d\d)?(?=$|[ z.,+-])/, (_, date, hour, minute, second = "00") => {
      return `${date} ${hour}:${minute}:${second}`
    })
  if (!/[年년時时시点點]/.test(separated)) return separated
  return separated
    .replace(/(\d{4}) ?[年년] ?(\d{1,2}) ?[月월] ?(\d{1,2}) ?[日일]/, "$1-$2-$3 ")
    .replace(
      /(\d{1,2}) ?[時时시点點] ?(?:(\d{1,2}) ?[分분])? ?(?:(\d{1,2}) ?[秒초])?/,
      (_, hour, minute = "00", second = "00") => `${hour}:${minute.padStart(2, "0")}:${second.padStart(2, "0")} `,
    )
}

interface Clock {
  /** Milliseconds since midnight; undefined if the text has no time of day. */
  ms: number | undefined
  zone: number | string | undefined
  /** The text without time of day and zone. */
  rest: string
}

function clockIn(text: string): Clock | undefined {
  const match = firstMatch(CLOCKS, text)
  if (match === null) return { ms: undefined, zone: undefined, rest: text }
  const before = text.slice(0, match.index)
  const after = text.slice(match.index + match[0].length)
  const meridiemAfter = MERIDIEM_AFTER.exec(after)
  const meridiem = meridiemAfter ?? (ERA_BEFORE.test(before) ? null : MERIDIEM_BEFORE.exec(before))
  const [, hourDigits, minute = "0", second, fraction = ""] = match
  const hour = hourOfDay(Number(hourDigits), meridiem?.[1])
  const isMidnight = hour === 24 && Number(minute) === 0 && Number(second ?? 0) === 0
  if (hour === undefined || (hour > 23 && !isMidnight) || Number(minute) > 59 || Number(second ?? 0) > 60)
    return undefined
  // A leap second is read as the second before it.
  const seconds = (hour * 60 + Number(minute)) * 60 + Math.min(Number(second ?? 0), 59)
  const { zone, rest } = zoneIn(after.slice(meridiemAfter?.[0].length ?? 0), second !== undefined)
  const isBefore = meridiem !== null && meridiemAfter === null
  return {
    ms: seconds * 1000 + Number(fraction.slice(0, 3).padEnd(3, "0")),
    zone,
    rest: `${isBefore ? before.slice(0, meridiem.index) : before} ${rest}`,
  }
}

function firstMatch(patterns: RegExp[], text: string): RegExpExecArray | null {
  for (const pattern of patterns) {
    const match = pattern.exec(text)
    if (match !== null) return match
  }
  return null
}

/** @param text begins after the time of day */
function zoneIn(text: string, hasSeconds: boolean): { zone: number | string | undefined; rest: string } {
  const offset = OFFSET.exec(text)
  if (offset) {
    const [all, sign, hours, minutes = "0"] = offset
    const rest = text.slice(all.length)
    // After an offset, a name repeats the zone and says nothing more.
    const name = WORD.exec(rest)
    const distance = Number(hours) * 60 + Number(minutes)
    const isKnown = distance <= MAX_OFFSET && Number(minutes) < 60 && !UNCERTAIN_OFFSET.test(all)
    return {
      zone: isKnown ? (sign === "-" ? -distance : distance) : all.trim(),
      rest: name?.[1] !== undefined && (isZoneName(name[1]) || isIanaZone(name[1])) ? rest.slice(name[0].length) : rest,
    }
  }
  if (hasSeconds && MILITARY_ZONE.test(text)) return { zone: 0, rest: "" }
  let rest = text
  for (let word = WORD.exec(rest); word?.[1] !== undefined; word = WORD.exec(rest)) {
    const name = word[1]
    const [first = ""] = name.split("/", 1)
    const isZone = isZoneName(name)
    if (!isZone && !isFiller(name) && (monthOf(first) !== undefined || isWeekday(first))) break
    rest = rest.slice(word[0].length)
    if (isZone || !isFiller(name)) return { zone: name, rest }
  }
  return { zone: undefined, rest: text }
}

type Day = { ms: number } | { problem: string } | undefined

function dayIn(text: string, order: DateOrder | undefined, hasClock: boolean): Day {
  const tokens = text.match(/\d+|[\p{L}_]+|\S/gu) ?? []
  /** The order of the numbers (N) and months (M). */
  let shape = ""
  const numbers: string[] = []
  const words: string[] = []
  for (const token of tokens) {
    const month = monthOf(token)
    if (/^\d/.test(token)) {
      shape += "N"
      numbers.push(token)
    } else if (month !== undefined) {
      // Arab newsrooms write two names of one month, such as آب/أغسطس.
      if (shape.endsWith("M") && monthOf(words.at(-1) ?? "") === month) continue
      shape += "M"
      words.push(token)
    } else if (/^\p{L}/u.test(token)) {
      const isZone = !hasClock && /^(?:utc|gmt|z)$/.test(token)
      // Any word may stand before the date, such as a weekday in some language, or "Published".
      if (shape !== "" && !isZone && !isFiller(token) && !isWeekday(token)) return undefined
    } else if (!/^[,.\-/|·:;'’]$/.test(token)) return undefined
  }
  if (/\d ?: ?\d/.test(text)) return undefined
  // Abbreviations such as "mar" name a weekday in one language and a month in another.
  if (words.length === 2) {
    const at = shape.startsWith("M") && isWeekday(words[0] ?? "") ? 0 : 1
    if (!isWeekday(words[at] ?? "")) return undefined
    words.splice(at, 1)
    shape = at === 0 ? shape.slice(1) : shape.replace(/M$/, "")
  }
  const [a = "", b = ""] = numbers
  const month = monthOf(words[0] ?? "") ?? 0
  if (words.length === 1 && month === 0) return { problem: `the month "${words[0]}" differs between languages` }
  if (shape === "NMN") return a.length === 4 ? day(a, month, b) : day(b, month, a)
  if (shape === "MNN") return day(b, month, a)
  if (shape === "NNN") return numericDay(NUMBERS.exec(text), order)
  // Dates of https://www.w3.org/TR/NOTE-datetime may end after the year or the month.
  const yearAndMonth = hasClock ? null : /^(\d{4})(?:-(\d\d))?$/.exec(text.trim())
  return yearAndMonth ? day(yearAndMonth[1] ?? "", Number(yearAndMonth[2] ?? 1), "1") : undefined
}

function numericDay(match: RegExpExecArray | null, order: DateOrder | undefined): Day {
  const [, a = "", , b = "", c = ""] = match ?? []
  if (a.length === 4) return day(a, Number(b), c)
  const [dayFirst, monthFirst] = [day(c, Number(b), a), day(c, Number(a), b)]
  // If all three numbers are short, the first number may be the year.
  const yearFirst = c.length === 2 ? day(a, Number(b), c) : undefined
  const meanings = [dayFirst, monthFirst, yearFirst].filter((each) => each !== undefined)
  if (new Set(meanings.map(({ ms }) => ms)).size < 2) return meanings[0]
  const chosen = order === "day-first" ? dayFirst : order === "month-first" ? monthFirst : undefined
  return (
    chosen ?? { problem: "its day and month cannot be told apart: the operator can set the publisher's date order" }
  )
}

/** Returns the beginning of a day, or undefined if there is no such day. */
function day(year: string, month: number, dayOfMonth: string): { ms: number } | undefined {
  if ((year.length !== 4 && year.length !== 2) || dayOfMonth.length > 2) return undefined
  // Two-digit years below 50 are in this century (RFC 2822 §4.3).
  const century = year.length === 4 ? 0 : Number(year) < 50 ? 2000 : 1900
  const date = new Date(0)
  date.setUTCFullYear(century + Number(year), month - 1, Number(dayOfMonth))
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === Number(dayOfMonth)
    ? { ms: date.getTime() }
    : undefined
}
