import { expect, test } from "vitest"
import { legalText, singleLine } from "../../../src/text/legal-text.ts"
import { DIGIT, LEFT_TO_RIGHT, MARKUP, NOT_ONE_LINE, RIGHT_TO_LEFT, scan } from "../../../src/text/scan.ts"

/**
 * Patterns that need not run if the scan has not set their flag. So the scan must set the flag of a pattern whenever
 * the pattern would match.
 */
const PATTERNS: [name: string, flag: number, pattern: RegExp][] = [
  [
    "characters that a line must not contain",
    NOT_ONE_LINE,
    // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is its purpose
    /[\u0000-\u001F\u007F-\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000\uD800-\uDFFF\uFDD0-\uFDEF\uFEFF-\uFFFF]/,
  ],
  [
    "letters from left to right",
    LEFT_TO_RIGHT,
    /[A-Za-z\u00AA\u00B5\u00BA\u00C0-\u02B8\u0370-\u058F\u0900-\u1FFF\u2C00-\u2DFF\u3005-\u3007\u3040-\uD801\uD804-\uD835\uD840-\uD883]/,
  ],
  ["letters from right to left", RIGHT_TO_LEFT, /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC\uD802\uD803\uD83A\uD83B]/],
  ["digits", DIGIT, /[0-9]/],
  ["markup", MARKUP, /["&<>]/],
]
const FIRST_BEYOND = 0x2070

test.each(PATTERNS)("%s are found, and up to U+206F nothing else is", (_, flag, pattern) => {
  const missing: string[] = []
  const needless: string[] = []
  for (let unit = 0; unit <= 0xffff; unit++) {
    const character = String.fromCharCode(unit)
    const isFound = (scan(`-${character}-`) & flag) !== 0
    if (pattern.test(character) && !isFound) missing.push(unit.toString(16))
    if (!pattern.test(character) && isFound && unit < FIRST_BEYOND) needless.push(unit.toString(16))
  }
  expect({ missing, needless }).toEqual({ missing: [], needless: [] })
})

test("a space is superfluous at an end and beside another", () => {
  for (const text of [" ", " a", "a ", "a  b"]) expect([text, scan(text) & NOT_ONE_LINE]).not.toEqual([text, 0])
  for (const text of ["", "a", "a b", "a b c"]) expect([text, scan(text) & NOT_ONE_LINE]).toEqual([text, 0])
})

test("any order of texts gives the same flags", () => {
  const texts = ["a", "1", "a", "", "&", "a"]
  expect(texts.map(scan)).toEqual([LEFT_TO_RIGHT, DIGIT, LEFT_TO_RIGHT, 0, MARKUP, LEFT_TO_RIGHT])
})

test("characters beyond the table are checked exactly", () => {
  expect(singleLine("مرفأ \u3000 日本 ﻻ 🙂")).toBe("مرفأ \u3000 日本 ﻻ 🙂")
  expect(singleLine("\u3000日本\uFFFE\u3000")).toBe("日本")
})

test("every unit of a long text is checked", () => {
  for (let length = 0; length < 40; length++) {
    for (const illegal of ["\u0000", "\uFFFE", "\uD800", "\u0085"]) {
      for (let at = 0; at <= length; at++) {
        const text = "x".repeat(length)
        expect(legalText(text.slice(0, at) + illegal + text.slice(at))).toBe(text)
      }
    }
  }
})
