/** A clock that the test sets, for the app and its senders. Commits are in the order of their times, so it never goes back. */
import { vi } from "vitest"

export const HOUR = 3_600_000
export const DAY = 24 * HOUR

/** Milliseconds UTC. */
export let now = Date.UTC(2026, 10, 20, 12)

export function until(time: number): void {
  now = time
  vi.useFakeTimers({ toFake: ["Date"], now })
}

export const wait = (ms: number): void => until(now + ms)

export const rfc3339 = (at: number): string => new Date(at).toISOString()
