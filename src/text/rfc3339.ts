/** Reads times of RFC 3339 strictly: Date.parse alone would read "5" as a year, 24:00 as tomorrow and February 30 as March 2. Pure. */

const TIME = /^(\d{4}-\d\d-\d\d)[Tt ]([01]\d|2[0-3]):\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/

/** Hours end at 23, as in TIME. A space can only be a plus that the client did not encode. */
const TIME_OR_DATE = /^\d{4}-\d\d-\d\d(?:[Tt](?:[01]\d|2[0-3]):\d\d(?::\d\d(?:\.\d{1,9})?)?(?:[Zz]|[-+ ]\d\d:\d\d))?$/

/** @returns milliseconds UTC, or NaN if the text is not a time of RFC 3339 */
export const parseTime = (text: string): number =>
  TIME.test(text) && isCalendarDate(text.slice(0, 10)) ? Date.parse(text.replace(" ", "T")) : Number.NaN

/**
 * Reads a time in an address, with or without seconds, or a date, which means its beginning.
 * @returns milliseconds UTC, or NaN if the text is neither
 */
export const parseTimeOrDate = (text: string): number =>
  TIME_OR_DATE.test(text) && isCalendarDate(text.slice(0, 10)) ? Date.parse(text.replace(" ", "+")) : Number.NaN

function isCalendarDate(date: string): boolean {
  const at = Date.parse(date)
  return Number.isFinite(at) && new Date(at).toISOString().startsWith(date)
}
