/** Writes times for feeds. Both functions take milliseconds since 1970 and write UTC. */

/** The latest time is 9999-12-31T23:59:59.999Z, because a year has four digits in both forms. */
const LATEST_MS = 253402300799999
/** The earliest time is 0001-01-01T00:00:00Z. */
const EARLIEST_MS = -62135596800000

/** Moves a time into the possible range, because `toISOString` throws for others and would break the feed. */
function clamp(ms: number): number {
  return Number.isNaN(ms) ? 0 : Math.trunc(Math.min(Math.max(ms, EARLIEST_MS), LATEST_MS))
}

const DAY_MS = 86_400_000
const TWO_DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, "0"))

/** The last day in both forms. Writing a date is slow, and the entries of a feed are of few days. */
let lastDay = 0
let lastDates = datesOf(lastDay)

function datesOf(day: number): { rfc822: string; rfc3339: string } {
  const date = new Date(day * DAY_MS)
  return {
    rfc822: date.toUTCString().slice(0, -"00:00:00 GMT".length),
    rfc3339: date.toISOString().slice(0, "2026-11-23T".length),
  }
}

/** @param ms is the result of clamp() */
function dateAndTime(ms: number, form: "rfc822" | "rfc3339"): string {
  const day = Math.floor(ms / DAY_MS)
  if (day !== lastDay) {
    lastDates = datesOf(day)
    lastDay = day
  }
  const seconds = Math.floor((ms - day * DAY_MS) / 1000)
  const hour = TWO_DIGITS[Math.floor(seconds / 3600)]
  return `${lastDates[form]}${hour}:${TWO_DIGITS[Math.floor(seconds / 60) % 60]}:${TWO_DIGITS[seconds % 60]}`
}

/** For RSS: `Mon, 23 Nov 2026 20:05:55 GMT`. This is RFC 822 §5 with a year of four digits, as in `toUTCString`. */
export function rfc822(ms: number): string {
  return `${dateAndTime(clamp(ms), "rfc822")} GMT`
}

/** For Atom and JSON Feed: `2026-11-23T20:05:55Z` (RFC 3339 §5.6), with a fraction only if there is one. */
export function rfc3339(ms: number): string {
  const clamped = clamp(ms)
  return clamped % 1000 === 0 ? `${dateAndTime(clamped, "rfc3339")}Z` : new Date(clamped).toISOString()
}
