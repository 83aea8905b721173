import { expect, test } from "vitest"
import { rfc822, rfc3339 } from "../../../src/formats/dates.ts"

test("RSS dates have English names, a four-digit year and GMT", () => {
  expect(rfc822(Date.UTC(2026, 10, 3, 4, 5, 6))).toBe("Tue, 03 Nov 2026 04:05:06 GMT")
  expect(rfc822(0)).toBe("Thu, 01 Jan 1970 00:00:00 GMT")
})

test("RFC 3339 dates have milliseconds only if they are not zero", () => {
  expect(rfc3339(Date.UTC(2026, 10, 23, 20, 5, 55))).toBe("2026-11-23T20:05:55Z")
  expect(rfc3339(Date.UTC(2026, 10, 23, 20, 5, 55, 120))).toBe("2026-11-23T20:05:55.120Z")
})

test("an impossible time becomes a four-digit year instead of an error", () => {
  expect(rfc3339(Number.POSITIVE_INFINITY)).toBe("9999-12-31T23:59:59.999Z")
  expect(rfc822(9e15)).toBe("Fri, 31 Dec 9999 23:59:59 GMT")
  expect(rfc3339(-9e15)).toBe("0001-01-01T00:00:00Z")
  expect(rfc822(-9e15)).toBe("Mon, 01 Jan 0001 00:00:00 GMT")
  expect(rfc3339(Number.NaN)).toBe("1970-01-01T00:00:00Z")
})
