/** The two forms of times in feeds. Both functions take milliseconds since 1970 and return UTC. */

/** 9999-12-31T23:59:59.999Z: in both forms a year has four digits. */
const LATEST_MS = 253402300799999
/** 0001-01-01T00:00:00Z. */
const EARLIEST_MS = -62135596800000

/** One impossible time in an article must not break the whole feed: `toISOString` would throw. */
function clampDate(ms: number): Date {
  return new Date(Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, EARLIEST_MS), LATEST_MS))
}

/**
 * RSS: `Mon, 23 Nov 2026 20:05:55 GMT`, RFC 822 §5 with the year in four digits (RFC 1123 §5.2.14). ECMAScript defines
 * `toUTCString` to be exactly this, in English whatever the locale.
 */
export function rfc822(ms: number): string {
  return clampDate(ms).toUTCString()
}

/** Atom and JSON Feed: `2026-11-23T20:05:55Z` (RFC 3339 §5.6), with a fraction only if there is one. */
export function rfc3339(ms: number): string {
  const iso = clampDate(ms).toISOString()
  return iso.endsWith(".000Z") ? `${iso.slice(0, -5)}Z` : iso
}
