/** A clock for app and senders, which a test sets. It never goes back, because commits are in the order of time. */
import { vi } from "vitest"

export const HOUR = 3_600_000
export const DAY = 24 * HOUR

/** Milliseconds since 1970. */
export let now = Date.UTC(2026, 10, 20, 12)

export function until(time: number): void {
  now = time
  vi.useFakeTimers({ toFake: ["Date"], now })
}

export const wait = (ms: number): void => until(now + ms)

export const rfc3339 = (at: number): string => new Date(at).toISOString()
