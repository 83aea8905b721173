/** Conditional requests (RFC 9110 §13): known before anything is rendered. */

export interface Validator {
  /** With its quotes. */
  etag: string
  /** Milliseconds UTC; HTTP counts whole seconds. */
  lastModified: number
}

/** The opaque tags of an If-None-Match, without weakness marks and quotes; "*" for any. */
export function noneMatch(headers: Headers): string[] {
  const value = headers.get("if-none-match")
  if (value === null) return []
  if (value.trim() === "*") return ["*"]
  return [...value.matchAll(/(?:W\/)?"([\x21\x23-\x7e\x80-\xff]*)"/g)].slice(0, 32).map((match) => match[1] as string)
}

/**
 * Whether a GET or HEAD may be answered 304. If-None-Match is compared weakly (§8.8.3.2), because edges weaken the tags
 * of what they compress, and makes If-Modified-Since void (§13.1.3).
 */
export function isNotModified(headers: Headers, validator: Validator): boolean {
  if (headers.has("if-none-match")) {
    const tags = noneMatch(headers)
    return tags.includes("*") || tags.includes(validator.etag.slice(1, -1))
  }
  const since = headers.get("if-modified-since")
  if (since === null) return false
  const time = Date.parse(since)
  return !Number.isNaN(time) && Math.floor(validator.lastModified / 1000) * 1000 <= time
}

/** Last-Modified must not be later than Date (RFC 9110 §8.8.2.1). */
export function httpDate(time: number, now: number): string {
  return new Date(Math.min(time, now)).toUTCString()
}
