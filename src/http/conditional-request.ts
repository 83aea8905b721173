/** Answers conditional requests (RFC 9110 §13): finds out whether the client already has the answer. */

export interface HttpValidators {
  /** The entity tag with its quotes. */
  etag: string
  /** Milliseconds UTC. HTTP dates have whole seconds. */
  lastModified: number
  /** False if several states may have the same date. Then only ETags are compared. */
  isDated: boolean
}

/** Returns the tags of If-None-Match without `W/` and quotes. "*" matches any tag. */
export function ifNoneMatchTags(headers: Headers): string[] {
  const value = headers.get("if-none-match")
  if (value === null) return []
  if (value.trim() === "*") return ["*"]
  return [...value.matchAll(/(?:W\/)?"([\x21\x23-\x7e\x80-\xff]*)"/g)].slice(0, 32).map((match) => match[1] as string)
}

/** Whether a GET or HEAD gets 304. The comparison is weak (RFC 9110 §8.8.3.2), because compression makes tags weak. */
export function isNotModified(headers: Headers, validators: HttpValidators): boolean {
  const tags = ifNoneMatchTags(headers)
  if (tags.includes(validators.etag.slice(1, -1))) return true
  const until = dateOfCopy(headers)
  return (validators.isDated || until === ANY_TIME_MS) && floorToSecond(validators.lastModified) <= until
}

/** `If-None-Match: *` matches any version (RFC 9110 §13.1.2), so the client has all changes. */
const ANY_TIME_MS = Number.MAX_SAFE_INTEGER

/** Returns the time until which the client has all changes, in ms UTC and whole seconds; -1 without such a time. */
export function dateOfCopy(headers: Headers): number {
  if (headers.has("if-none-match")) return ifNoneMatchTags(headers).includes("*") ? ANY_TIME_MS : -1
  const since = headers.get("if-modified-since") ?? ""
  // Date.parse() accepts other texts too, such as "9999". It reads an asctime-date as local time, although it is UTC.
  const time = HTTP_DATE.test(since) ? Date.parse(since.endsWith("GMT") ? since : `${since} GMT`) : Number.NaN
  return Number.isNaN(time) ? -1 : time
}

export const floorToSecond = (time: number): number => Math.floor(time / 1000) * 1000

/** Matches IMF-fixdate, rfc850-date and asctime-date (RFC 9110 §5.6.7). Any other text must be ignored. */
const HTTP_DATE =
  /^(?:\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT|\w{6,9}, \d\d-\w{3}-\d\d [\d:]{8} GMT|\w{3} \w{3} [ \d]\d [\d:]{8} \d{4})$/

/** Last-Modified must not be later than Date (RFC 9110 §8.8.2.1). */
export function httpDate(time: number, now: number): string {
  return new Date(Math.min(time, now)).toUTCString()
}

/** Whether the client accepts deltas of feeds (RFC 3229 §10.5.3): `A-IM` contains `feed`. */
export function acceptsDelta(headers: Headers): boolean {
  const manipulations = (headers.get("a-im") ?? "").split(",").map((each) => each.trim().toLowerCase())
  return manipulations.some((each) => /^feed(?:\s*;\s*q=(?:1(?:\.0*)?|0\.0*[1-9]\d*))?$/.test(each))
}
