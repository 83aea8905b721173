/** What can go wrong with a fetch, in words for the people who run the wire. Pure. */

export type FailureReason =
  /** Not asked: the address, or that of a redirect, is none that the Worker may call. */
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
  /** A status that is no answer to what was asked: 206, 400, a 304 to a request without validators. */
  | "unexpected"
  /** A content coding that was not asked for. */
  | "coding"
  | "empty"
  | "too_large"

export interface Failed {
  outcome: "failed"
  reason: FailureReason
  /** A sentence with the place and what to do about it. */
  detail: string
  /** Whether the same address may answer later, without anybody changing it here. */
  again: boolean
  /** Milliseconds from `now` that the peer asks to wait (RFC 9110 §10.2.3), a day at most. */
  retryAfter: number | undefined
  status: number | undefined
}

const MAX_WAIT = 24 * 3_600_000
/** Characters of an address in a sentence. */
const SHOWN = 300
/** These stay as they are until somebody changes the address, or the feed. */
const FINAL: readonly FailureReason[] = ["refused", "gone", "too_large"]

export function failed(reason: FailureReason, detail: string, more: Partial<Failed> = {}): Failed {
  const again = !FINAL.includes(reason)
  return { outcome: "failed", reason, detail, again, retryAfter: undefined, status: undefined, ...more }
}

/** What an answer means that brings no feed. */
export function answerFailure({ status, headers }: Response, url: string, now: number): Failed {
  const [reason, remedy] = meaning(status)
  const detail = `${shown(url)} answered ${status}: ${remedy}`
  return failed(reason, detail, { status, retryAfter: waitFor(headers.get("retry-after"), now) })
}

function meaning(status: number): [reason: FailureReason, remedy: string] {
  if ([401, 402, 403, 407, 451].includes(status)) {
    return ["denied", "ask its publisher to let the wire read it, which comes without cookies or passwords"]
  }
  if (status === 404) return ["missing", "correct the address of the feed"]
  if (status === 410) return ["gone", "the feed was given up; register another one"]
  if (status === 429 || status === 503) return ["busy", "it is asked again later"]
  if (status >= 500) return ["broken", "it is asked again later; its publisher may not know of it"]
  return ["unexpected", "the answer to a plain GET must be 200 or, to a conditional one, 304"]
}

/**
 * Retry-After: whole seconds or an HTTP date (RFC 9110 §5.6.7, written in any of its forms that name GMT).
 * @returns milliseconds from now, 0 to a day; undefined for what is neither
 */
export function waitFor(value: string | null, now: number): number | undefined {
  if (value === null) return undefined
  const text = value.trim()
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : / GMT$/.test(text) ? Date.parse(text) - now : Number.NaN
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), MAX_WAIT)
}

/** An address as a sentence can hold it. */
export function shown(url: string): string {
  return url.length > SHOWN ? `${url.slice(0, SHOWN)}…` : url
}
