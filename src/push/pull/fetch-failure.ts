/** The reasons why a fetch can fail, each with a sentence for operators. Pure. */

export type FailureReason =
  /** Not requested: the Worker may not call this address, or the address of a redirect. */
  | "refused"
  /** No host, no connection, no TLS, no HTTP: the runtime does not tell them apart. */
  | "unreachable"
  | "timeout"
  /** The connection or the compressed body ended in the middle. */
  | "interrupted"
  /** Redirects in a circle, too many of them, or one to nowhere. */
  | "redirects"
  /** 401, 402, 403, 407, 451. */
  | "denied"
  /** 404. */
  | "missing"
  /** 410. */
  | "gone"
  /** 429, 503. */
  | "busy"
  /** 5xx. */
  | "broken"
  /** A status that does not fit the request: 206, 400, a 304 to a request without validators. */
  | "unexpected"
  /** A content coding that was not requested. */
  | "coding"
  | "empty"
  | "too_large"

export interface FetchFailure {
  outcome: "failed"
  reason: FailureReason
  /** A sentence with the place and what to do about it. */
  detail: string
  /** Whether the same address may succeed later without any change here. */
  isRetryable: boolean
  /** Milliseconds from now that the peer asks to wait (RFC 9110 §10.2.3), a day at most. */
  retryAfter: number | undefined
  status: number | undefined
}

const MAX_WAIT_MS = 24 * 3_600_000
/** Characters of an address, or of a text from outside, in a sentence. */
const MAX_SHOWN_CHARACTERS = 300
/** With these reasons a retry does not help until the address or the feed is changed. */
const FINAL_REASONS: readonly FailureReason[] = ["refused", "gone", "too_large"]

export function fetchFailure(reason: FailureReason, detail: string, more: Partial<FetchFailure> = {}): FetchFailure {
  const isRetryable = !FINAL_REASONS.includes(reason)
  return { outcome: "failed", reason, detail, isRetryable, retryAfter: undefined, status: undefined, ...more }
}

/** The failure that a response without a feed means. */
export function responseFailure({ status, headers }: Response, url: string, now: number): FetchFailure {
  const [reason, remedy] = reasonAndRemedyOf(status)
  const detail = `${shorten(url)} answered ${status}: ${remedy}`
  return fetchFailure(reason, detail, { status, retryAfter: retryAfterMs(headers.get("retry-after"), now) })
}

function reasonAndRemedyOf(status: number): [reason: FailureReason, remedy: string] {
  if ([401, 402, 403, 407, 451].includes(status)) {
    return ["denied", "ask its publisher to let the wire read it, which comes without cookies or passwords"]
  }
  if (status === 404) return ["missing", "correct the address of the feed"]
  if (status === 410) return ["gone", "the feed no longer exists; register another one"]
  if (status === 429 || status === 503) return ["busy", "it is fetched again later"]
  if (status >= 500) return ["broken", "it is fetched again later; its publisher may not know of it"]
  return ["unexpected", "the answer to a plain GET must be 200 or, to a conditional one, 304"]
}

/** Retry-After: whole seconds or an HTTP date (RFC 9110 §5.6.7). @returns milliseconds from now, 0 to a day; undefined for neither */
export function retryAfterMs(value: string | null, now: number): number | undefined {
  if (value === null) return undefined
  const text = value.trim()
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : / GMT$/.test(text) ? Date.parse(text) - now : Number.NaN
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), MAX_WAIT_MS)
}

/** Shortens a text for a sentence. */
export function shorten(url: string): string {
  return url.length > MAX_SHOWN_CHARACTERS ? `${url.slice(0, MAX_SHOWN_CHARACTERS)}…` : url
}
