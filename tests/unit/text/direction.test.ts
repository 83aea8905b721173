import { expect, test } from "vitest"
import { isolate, isolateLeftToRight } from "../../../src/text/direction.ts"

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
