/** Reads times in all forms that old and new feeds use, and returns them in the form of RFC 3339. Pure. */
import { rfc3339 } from "../formats/dates.ts"

/** A longer text is not read as a date. */
const MAX_CHARACTERS = 100

/**
 * Minutes ahead of UTC for the zones of RFC 822 §5.1, for its military letters, which RFC 2822 §4.3 reads as UTC, and
 * for abbreviations that newsrooms use.
 */
const ZONE_OFFSETS_MINUTES = new Map(
  Object.entries({
    ...{ ut: 0, utc: 0, gmt: 0, z: 0, est: -5, edt: -4, cst: -6, cdt: -5, mst: -7, mdt: -6, pst: -8, pdt: -7 },
    ...{ bst: 1, wet: 0, west: 1, cet: 1, cest: 2, eet: 2, eest: 3, msk: 3 },
  }).map(([name, hours]) => [name, hours * 60]),
)

const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ")

/** Matches RFC 3339 and W3C-DTF, whose times may end after any part: https://www.w3.org/TR/NOTE-datetime */
const ISO =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[Tt ](\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)? ?([Zz]|[+-]\d\d:?\d\d)?)?)?)?$/

/** Matches RFC 822 with a year of two or four digits. The name of the day is ignored, because it may be wrong. */
const RFC822 =
  /^(?:[^\d,]+,?\s+|[^\d,]+,)?(\d{1,2})[\s-]([a-z]{3})[a-z]*\.?[\s-](\d{4}|\d\d)\s+(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)?\s*(.*)$/i

/** @returns a time in RFC 3339; `assumed` if it has no time zone and UTC was assumed; undefined if it is no time */
export function readTime(text: string): { time: string; assumed: boolean } | undefined {
  const trimmedText = text.trim()
  if (trimmedText.length > MAX_CHARACTERS) return undefined
  return parseIso(trimmedText) ?? parseRfc822(trimmedText)
}

function parseIso(text: string): { time: string; assumed: boolean } | undefined {
  const match = ISO.exec(text)
  if (match === null) return undefined
  const [, year, month = "1", day = "1", hour = "0", minute = "0", second = "0", fraction = "0", zone] = match
  const minutes = zone === undefined ? 0 : offsetMinutes(zone)
  const ms = utcMs(Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second))
  if (ms === undefined || minutes === undefined) return undefined
  const milliseconds = Math.trunc(Number(`0.${fraction}`) * 1000)
  return { time: rfc3339(ms + milliseconds - minutes * 60_000), assumed: match[4] !== undefined && zone === undefined }
}

function parseRfc822(text: string): { time: string; assumed: boolean } | undefined {
  const match = RFC822.exec(text)
  if (match === null) return undefined
  const [, day, name = "", digits = "", hour, minute, second = "0", zone = ""] = match
  const month = MONTHS.indexOf(name.toLowerCase()) + 1
  const minutes = zone === "" ? 0 : offsetMinutes(zone)
  const ms = utcMs(fullYear(digits), month, Number(day), Number(hour), Number(minute), Number(second))
  if (ms === undefined || minutes === undefined) return undefined
  return { time: rfc3339(ms - minutes * 60_000), assumed: zone === "" }
}

/** Two-digit years from 00 to 49 are in this century (RFC 2822 §4.3). */
function fullYear(digits: string): number {
  const year = Number(digits)
  if (digits.length > 2) return year
  return year < 50 ? 2000 + year : 1900 + year
}

/** Returns the minutes by which a zone is ahead of UTC. A comment may follow the zone (RFC 822 §3.4.3). */
function offsetMinutes(zone: string): number | undefined {
  const name = zone.split("(", 1)[0]?.trim() ?? ""
  const [, sign, hours, minutes] = /^(?:GMT|UTC)?([+-])(\d\d?):?(\d\d)$/i.exec(name) ?? []
  if (hours !== undefined) return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
  return /^[a-ik-y]$/i.test(name) ? 0 : ZONE_OFFSETS_MINUTES.get(name.toLowerCase())
}

/** Returns ms UTC, or undefined if the day or hour does not exist. A leap second is read as the second before it. */
function utcMs(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number | undefined {
  if (hour > 23 || minute > 59 || second > 60) return undefined
  const ms = Date.UTC(year, month - 1, day, hour, minute, Math.min(second, 59))
  const date = new Date(ms)
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? ms : undefined
}
