import { expect, test } from "vitest"
import { nfkc } from "../../../src/text/nfkc.ts"

test.each(["J̌ﬁ½ﷺ", "ế".normalize("NFD"), `a${"\u0301\u0323".repeat(15)}`, "ｶﾞ", "ค\u0e33"])(
  "%j is normalised as by normalize()",
  (text) => {
    expect(nfkc(text)).toBe(text.normalize("NFKC"))
  },
)

test.each(["\u0301\u0323", "\u0301\uff9e", "\u064b\u0650"])(
  "of more than 30 marks in a row (%j) the rest is left out",
  (marks) => {
    expect(nfkc(`a${marks.repeat(500)}b${marks}c`)).toBe(`a${marks.repeat(15)}b${marks}c`.normalize("NFKC"))
  },
)

test("no other character becomes a mark", () => {
  const become: string[] = []
  for (let code = 0; code <= 0x10ffff; code++) {
    const character = String.fromCodePoint(code)
    // Thai and Lao am begin with a sign that is not reordered.
    if (/[\p{M}\p{Surrogate}\u0e33\u0eb3]/u.test(character)) continue
    if (/^\p{M}/u.test(character.normalize("NFKD"))) become.push(character)
  }
  expect(become).toEqual(["\uff9e", "\uff9f"])
})
