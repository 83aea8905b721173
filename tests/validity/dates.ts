/** Parses the two date formats of feeds, and accepts less than `Date.parse`. */

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
/** Hours east of UTC (RFC 822 §5.1), without its military zones, which it defined wrongly (RFC 1123 §5.2.14). */
const ZONES = { GMT: 0, UT: 0, EST: -5, EDT: -4, CST: -6, CDT: -5, MST: -7, MDT: -6, PST: -8, PDT: -7 }

const RFC_822 =
  /^(?:(?<day>\w{3}), )?(?<date>\d{1,2}) (?<month>\w{3}) (?<year>\d{4}) (?<hour>\d\d):(?<minute>\d\d)(?::(?<second>\d\d))? (?:(?<zone>[A-Z]{2,3})|(?<sign>[+-])(?<east>[01]\d)(?<minutes>[0-5]\d))$/
const RFC_3339 =
  /^(?<year>\d{4})-(?<month>\d\d)-(?<date>\d\d)T(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)(?<fraction>\.\d+)?(?:Z|(?<sign>[+-])(?<east>[01]\d|2[0-3]):(?<minutes>[0-5]\d))$/

type Parts = Record<string, string | undefined>

/** @returns milliseconds since 1970, or undefined if the value is no date with a four-digit year (RFC 1123 §5.2.14) */
export function parseRfc822(value: string): number | undefined {
  const parts: Parts | undefined = RFC_822.exec(value)?.groups
  if (parts === undefined) return undefined
  const month = MONTHS.indexOf(parts.month ?? "")
  const zone = parts.zone === undefined ? 0 : ZONES[parts.zone as keyof typeof ZONES]
  if (month === -1 || zone === undefined) return undefined
  if (parts.day !== undefined && !DAYS.includes(parts.day)) return undefined
  const time = timeOf(parts, month)
  return time === undefined ? undefined : time - zone * 3_600_000
}

/** False only if the value names a day of the week and the date is on another day. */
export function weekdayAgrees(value: string): boolean {
  const parts: Parts | undefined = RFC_822.exec(value)?.groups
  if (parts?.day === undefined) return true
  // The weekday is that of the sender's local date, so the zone does not matter.
  const time = timeOf({ ...parts, sign: undefined }, MONTHS.indexOf(parts.month ?? ""))
  return time === undefined || DAYS[new Date(time).getUTCDay()] === parts.day
}

/** @returns milliseconds since 1970, or undefined if the value is no date of RFC 3339 §5.6 with capital T and Z */
export function parseRfc3339(value: string): number | undefined {
  const parts: Parts | undefined = RFC_3339.exec(value)?.groups
  return parts === undefined ? undefined : timeOf(parts, Number(parts.month) - 1)
}

/** Returns undefined for the 30th of February and the 25th hour, which `Date` would read as the next day. */
function timeOf(parts: Parts, month: number): number | undefined {
  const [year, date, hour, minute, second] = ["year", "date", "hour", "minute", "second"].map((name) =>
    Number(parts[name] ?? 0),
  ) as [number, number, number, number, number]
  const midnight = new Date(0).setUTCFullYear(year, month, date)
  const day = new Date(midnight)
  if (day.getUTCMonth() !== month || day.getUTCDate() !== date) return undefined
  // Second 60 is a leap second (RFC 3339 §5.7).
  if (hour > 23 || minute > 59 || second > 60) return undefined
  const east = (Number(parts.east ?? 0) * 60 + Number(parts.minutes ?? 0)) * 60_000
  const offset = parts.sign === undefined ? 0 : parts.sign === "-" ? -east : east
  return midnight + ((hour * 60 + minute) * 60 + second) * 1000 + Number(`0${parts.fraction ?? ""}`) * 1000 - offset
}

const DAY = 86_400_000

/**
 * validator.w3.org/feed, ImplausibleDate. Feeds are checked without a clock, so a date is in the future if it is later
 * than the feed's own last change.
 */
export function isPlausible(time: number, feedChanged: number | undefined): boolean {
  return time >= 0 && (feedChanged === undefined || time <= feedChanged + DAY)
}

/** Whether the date is later than the feed's last change. Another rule reports a date that is more than a day later. */
export function isLaterThanFeed(time: number, feedChanged: number | undefined): boolean {
  return feedChanged !== undefined && time > feedChanged && time <= feedChanged + DAY
}
