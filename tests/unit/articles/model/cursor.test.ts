import { describe, expect, test } from "vitest"
import { decodeCursor, decodeNumbers, encodeCursor, encodeNumbers } from "../../../../src/articles/model/cursor.ts"
import * as fc from "../../../fast-check.ts"

describe("many numbers in a cursor", () => {
  const numbers = fc.array(fc.oneof(fc.nat(300), fc.nat(2 ** 28 - 1), fc.constantFrom(46, 127, 128, 0x2e2e)), {
    maxLength: 500,
  })

  test("are decoded in their order, whatever the numbers", () => {
    fc.assert(
      fc.property(numbers, (list) => {
        expect(decodeNumbers([encodeNumbers(list)])).toEqual(list)
      }),
    )
  })

  test("are decoded from the cursor too, up to the highest number of an article", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2 ** 24 - 1), { minLength: 500, maxLength: 500 }), (list) => {
        const cursor = encodeCursor("0123456789", "search", [encodeNumbers(list)])
        const { epoch, position = [] } = decodeCursor(cursor, "search") ?? {}
        expect([epoch, decodeNumbers(position)]).toEqual(["0123456789", list])
        expect(decodeCursor(cursor, "page")).toBeUndefined()
      }),
      { numRuns: 50 },
    )
  })

  test("have about two thousand bytes for a wire of a hundred thousand articles", () => {
    const list = Array.from({ length: 500 }, (_, no) => 100_000 - no * 7)
    expect(encodeCursor("0123456789", "search", [encodeNumbers(list)]).length).toBeLessThan(2050)
  })

  test("are refused if a byte is missing or a number is too large, and no text throws", () => {
    for (const text of ["\u0080", "a\u0081", "\u00ff\u00ff\u00ff\u00ff\u007f", "\u0081\u0080\u0080\u0080\u0000"]) {
      expect([text, decodeNumbers([text])]).toEqual([text, undefined])
    }
    fc.assert(
      fc.property(fc.array(fc.anyText()), (position) => {
        const decoded = decodeNumbers(position) ?? []
        expect(decoded.every((number) => Number.isSafeInteger(number) && number >= 0 && number < 2 ** 28)).toBe(true)
      }),
    )
  })
})
