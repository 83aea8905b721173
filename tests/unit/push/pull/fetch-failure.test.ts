import { describe, expect, test } from "vitest"
import { retryAfterMs, shorten } from "../../../../src/push/pull/fetch-failure.ts"

const NOW = Date.UTC(2026, 10, 23, 20, 0, 0)
const DAY = 86_400_000

describe("Retry-After", () => {
  test.each([
    ["0", 0],
    ["1", 1000],
    [" 120 ", 120_000],
    ["86400", DAY],
    ["86401", DAY],
    ["9".repeat(400), DAY],
    ["Mon, 23 Nov 2026 20:01:00 GMT", 60_000],
    ["Monday, 23-Nov-26 20:01:00 GMT", 60_000],
    ["Mon, 23 Nov 2026 19:00:00 GMT", 0],
    ["Thu, 23 Nov 2056 19:00:00 GMT", DAY],
  ])("may be %s", (value, wait) => {
    expect(retryAfterMs(value, NOW)).toBe(wait)
  })

  test.each([null, "", "-1", "1.5", "1e3", "soon", "2026-11-23T20:01:00Z", "never GMT", "120, 240"])(
    "may not be %s",
    (value) => {
      expect(retryAfterMs(value, NOW)).toBeUndefined()
    },
  )
})

test("a long address is cut in a sentence", () => {
  expect(shorten("x".repeat(300))).toBe("x".repeat(300))
  expect(shorten("x".repeat(301))).toBe(`${"x".repeat(300)}…`)
})
