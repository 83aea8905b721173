/** Describes in sentences for operators why a fetch failed. Pure. */

export interface FetchFailure {
  outcome: "failed"
  /** A sentence that names the address and says what to do. */
  detail: string
  /** Whether a later fetch of the same address may succeed without a change of the wire's settings. */
  isRetryable: boolean
  /** Milliseconds to wait from now, at most a day. The server asks for this time (RFC 9110 §10.2.3). */
  retryAfter?: number | undefined
}

const MAX_WAIT_MS = 24 * 3_600_000
/** How many characters of an address or of a server's text a sentence may contain. */
const MAX_SHOWN_CHARACTERS = 300

export const fetchFailure = (detail: string, isRetryable = true): FetchFailure => ({
  outcome: "failed",
  detail,
  isRetryable,
})

/** Describes a response that contains no feed. */
export const responseFailure = ({ status, headers }: Response, url: string, now: number): FetchFailure => ({
  outcome: "failed",
  detail: `${shorten(url)} answered ${status}: ${remedyFor(status)}`,
  isRetryable: status !== 410,
  retryAfter: retryAfterMs(headers.get("retry-after"), now),
})

function remedyFor(status: number): string {
  if ([401, 402, 403, 407, 451].includes(status)) {
    return "ask its publisher to let the wire read it without cookies or passwords"
  }
  if (status === 404) return "correct the address of the feed"
  if (status === 410) return "the feed no longer exists; register another one"
  if (status === 429 || status === 503) return "it is fetched again later"
  if (status >= 500) return "it is fetched again later; its publisher may not know of the error"
  return "the answer to a GET must be 200, or 304 if the GET is conditional"
}

/** Reads Retry-After: whole seconds or an HTTP date (RFC 9110 §5.6.7). @returns milliseconds from now, at most a day */
export function retryAfterMs(value: string | null, now: number): number | undefined {
  if (value === null) return undefined
  const text = value.trim()
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : / GMT$/.test(text) ? Date.parse(text) - now : Number.NaN
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), MAX_WAIT_MS)
}

export function shorten(url: string): string {
  return url.length > MAX_SHOWN_CHARACTERS ? `${url.slice(0, MAX_SHOWN_CHARACTERS)}…` : url
}
