import { expect, test } from "vitest"
import { balanceDirections, isolate, isolateLeftToRight } from "../../../src/text/direction.ts"
import * as fc from "../../fast-check.ts"

const isolated = (text: string) => `\u200F\u2067${text}\u2069`

test.each([
  ["one script, nothing to put in order", "إعادة فتح الميناء بعد عام 2026"],
  ["Hebrew alike", "הנמל נפתח מחדש"],
  ["only Latin: no order to lose", "BBC World News"],
  ["no letters", "2026 — 2027"],
  ["the publisher placed its own mark", "\u200FBBC تبث من بيروت"],
  ["nothing", ""],
  ["emoji have no direction", "🛳️ مرفأ بيروت"],
])("text is unchanged: %s", (_, text) => {
  expect(isolate(text, "rtl")).toBe(text)
})

test.each([
  ["begins with Latin", "BBC تبث من بيروت"],
  ["Latin inside", "شركة Apple تطلق هاتفا"],
  ["begins with a number", "10 قتلى في حادث"],
  ["a number behind a quotation mark", "«10 قتلى» في حادث"],
  ["Hebrew with Latin", "NATO מזהירה"],
  ["a flag, whose halves are left-to-right letters", "🇱🇧 مرفأ بيروت"],
  ["a letter beyond the BMP", "𠮷 مطعم ياباني"],
  ["full width and IPA", "ｔｅｓｔ نص ʃ"],
])("text is marked and isolated: %s", (_, text) => {
  expect(isolate(text, "rtl")).toBe(isolated(text))
})

test("left-to-right articles are never changed, because that is also the direction of unknown languages", () => {
  expect(isolate("شركة Apple تطلق هاتفا", "ltr")).toBe("شركة Apple تطلق هاتفا")
})

test("an English headline that begins with an Arabic name is left-to-right", () => {
  const title = "الجزيرة reports on Gaza, 3 dead"
  expect(isolateLeftToRight(title)).toBe(`\u200E\u2066${title}\u2069`)
  for (const alone of ["Al Jazeera الجزيرة reports", "الجزيرة", "3 dead", "", "\u200Eالجزيرة reports"]) {
    expect(isolateLeftToRight(alone)).toBe(alone)
  }
})

test.each([
  ["an override", "\u202eabc", "\u202eabc\u202c"],
  ["an embedding in an isolate", "\u2067a\u202bb", "\u2067a\u202bb\u202c\u2069"],
  ["an isolate that closes an embedding", "\u2067a\u202bb\u2069c", "\u2067a\u202bb\u2069c"],
  ["an isolate of the first strong character", "\u2068نص", "\u2068نص\u2069"],
  ["closing signs alone", "a\u202cb\u2069c", "abc"],
  ["a closing sign of another kind", "\u202aa\u2069b", "\u202aab\u202c"],
  ["marks, which need no end", "\u200fنص\u200e\u061c", "\u200fنص\u200e\u061c"],
  ["a balanced text", "\u200f\u2067BBC تبث\u2069", "\u200f\u2067BBC تبث\u2069"],
])("direction signs are balanced: %s", (_, text, balanced) => {
  expect(balanceDirections(text)).toBe(balanced)
})

test("a balanced text is not changed again, has the same words, and at most 125 more signs", () => {
  const units = fc.constantFrom(..."aب \u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
  const text = fc.oneof(
    fc.array(units, { maxLength: 60 }).map((all) => all.join("")),
    fc.tuple(units, fc.integer({ min: 120, max: 140 })).map(([unit, count]) => unit.repeat(count)),
  )
  const words = (any: string) => any.replace(/[\u202a-\u202e\u2066-\u2069]/g, "")
  fc.assert(
    fc.property(text, (any) => {
      const balanced = balanceDirections(any)
      expect(balanceDirections(balanced)).toBe(balanced)
      expect(words(balanced)).toBe(words(any))
      expect(balanced.length).toBeLessThanOrEqual(any.length + 125)
      // No sign reaches the text around it.
      expect(balanceDirections(`${balanced}|${balanced}`)).toBe(`${balanced}|${balanced}`)
    }),
  )
})
