/** Reads RFC 3339 strictly. Date.parse alone reads "5" as a year, and February 30 as March 2. Pure. */

/** Matches hours to 23, not 24. Only times in queries may omit the seconds. */
const TIME = /^\d{4}-\d\d-\d\d[Tt ](?:[01]\d|2[0-3]):\d\d(:\d\d(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d\d:\d\d)$/
const DATE = /^\d{4}-\d\d-\d\d$/

/** @returns milliseconds UTC, or NaN if the text is not a time of RFC 3339 */
export const parseTime = (text: string): number => (TIME.exec(text)?.[1] === undefined ? Number.NaN : readTime(text))

/** Reads a time in a query, with or without seconds. @returns milliseconds UTC, or NaN if the text is not a time */
function parseTimeInQuery(text: string): number {
  // A + that is not encoded arrives as a space. A time in a query has no other space.
  const time = text.replace(/ (\d\d:\d\d)$/, "+$1")
  return TIME.test(time) && !time.includes(" ") ? readTime(time) : Number.NaN
}

/** Reads a time in a query, or the beginning of a date. @returns milliseconds UTC, or NaN if the text is neither */
export const parseTimeOrDate = (text: string): number => (isDate(text) ? Date.parse(text) : parseTimeInQuery(text))

/** Whether the text is a date without a time. */
export const isDate = (text: string): boolean => DATE.test(text) && isCalendarDate(text)

function readTime(text: string): number {
  return isCalendarDate(text.slice(0, 10)) ? Date.parse(text.replace(" ", "T")) : Number.NaN
}

function isCalendarDate(date: string): boolean {
  const at = Date.parse(date)
  return Number.isFinite(at) && new Date(at).toISOString().startsWith(date)
}
