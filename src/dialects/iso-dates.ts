/** Rewrites the forms of ISO 8601 that have no month, and times without minutes. Pure. */

/** A week with its day, such as 2026-W48-6. A week alone is no day. */
const WEEK_DATE = /^([1-9]\d{3})(-?)w(\d\d)\2([1-7])(?=$|[ t])/
/** A day of the year, such as 2026-332. Without the sign, 2026112 may also be a date of month and day. */
const ORDINAL_DATE = /^([1-9]\d{3})-(\d{3})(?=$|[ t])/
const HOUR_ONLY = /^(\d{4}-\d\d-\d\d|\d{8})t(\d\d)(?=$| ?z$| ?[+-]\d\d(?::?\d\d)?$)/
/** A part of an hour, such as 10.50, looks like minutes. */
const PART_OF_HOUR = /\dt\d\d[.,]\d/
const DAY = 86_400_000

/** Returns a folded text with a month and minutes; undefined if there is no such day, or the hour has a fraction. */
export function withMonthAndMinutes(folded: string): string | undefined {
  if (PART_OF_HOUR.test(folded)) return undefined
  const match = WEEK_DATE.exec(folded) ?? ORDINAL_DATE.exec(folded)
  if (match === null) return folded.replace(HOUR_ONLY, "$1 $2:00")
  const [all, year, , week, weekday] = match
  const ms =
    weekday === undefined
      ? dayOfYear(Number(year), Number(match[2]))
      : dayOfWeek(Number(year), Number(week), Number(weekday))
  if (ms === undefined) return undefined
  const date = new Date(ms).toISOString().slice(0, "2026-01-01".length)
  return (date + folded.slice(all.length)).replace(HOUR_ONLY, "$1 $2:00")
}

function dayOfYear(year: number, day: number): number | undefined {
  const ms = Date.UTC(year, 0, day)
  return day >= 1 && new Date(ms).getUTCFullYear() === year ? ms : undefined
}

/** The first week of a year has its 4 January. A year has 52 or 53 weeks. */
function dayOfWeek(year: number, week: number, weekday: number): number | undefined {
  const [monday, nextMonday] = [firstMonday(year), firstMonday(year + 1)]
  const ms = monday + (week - 1) * 7 * DAY
  return week >= 1 && ms < nextMonday ? ms + (weekday - 1) * DAY : undefined
}

function firstMonday(year: number): number {
  const fourth = Date.UTC(year, 0, 4)
  return fourth - ((new Date(fourth).getUTCDay() + 6) % 7) * DAY
}
