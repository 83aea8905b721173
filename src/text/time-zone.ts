/** Finds the moments at which a local time occurs in a time zone of the IANA database. Pure. */

/** How many formatters are kept. Each needs 40 KB, and a quarter of a millisecond to make. */
const MAX_FORMATTERS = 32
const DAY = 86_400_000

const formatters = new Map<string, Intl.DateTimeFormat>()

/** @throws RangeError if there is no such zone */
function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone)
  if (known) return known
  const formatter = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" })
  if (formatters.size >= MAX_FORMATTERS) formatters.clear()
  formatters.set(zone, formatter)
  return formatter
}

/**
 * Whether the text names a time zone, such as Asia/Riyadh. Offsets such as +03:00, which Intl accepts, are no names.
 */
export function isTimeZone(text: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/.test(text)) return false
  try {
    formatterOf(text)
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

/** Returns the minutes by which the zone is ahead of UTC at a moment. */
function offsetAt(zone: string, ms: number): number {
  const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(formatterOf(zone).format(ms)) ?? []
  return (sign === "-" ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0))
}

export interface ZonedMoment {
  ms: number
  /** Minutes by which the zone is ahead of UTC at that moment. */
  minutes: number
}

/**
 * Returns the moments at which clocks in the zone show a local time: two if clocks are set back over this time, and
 * none if they skip it.
 * @param localMs the local time, as if it were UTC
 */
export function momentsOf(zone: string, localMs: number): ZonedMoment[] {
  // Clocks change at most once in two days, so one of these offsets applies.
  const [before, after] = [offsetAt(zone, localMs - DAY), offsetAt(zone, localMs + DAY)]
  const momentAt = (minutes: number): ZonedMoment => ({ ms: localMs - minutes * 60_000, minutes })
  if (before === after) return [momentAt(before)]
  return [momentAt(before), momentAt(after)].filter(({ ms, minutes }) => offsetAt(zone, ms) === minutes)
}

/** Whether clocks in the zone are ahead of its standard time at that moment. */
export function isSummerTime(zone: string, { ms, minutes }: ZonedMoment): boolean {
  const year = new Date(ms).getUTCFullYear()
  return minutes > Math.min(offsetAt(zone, Date.UTC(year, 0, 1)), offsetAt(zone, Date.UTC(year, 6, 1)))
}
