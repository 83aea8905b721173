import { describe, expect, test } from "vitest"
import { headlineSlug } from "../../../src/text/headline-slug.ts"
import * as fc from "../../fast-check.ts"

const characters = (text = ""): number => [...text].length

describe("the slug of a headline", () => {
  test.each([
    ["Rain in Ghent: what we know", "rain-in-ghent-what-we-know"],
    ["  Élysée — l’accord d’Été  ", "elysee-laccord-dete"],
    ["It's 3.5 % up", "its-3-5-up"],
    ["R&D", "r-d"],
    ["Straße, Łódź, Þórr", "strasse-lodz-thorr"],
    ["Ελλάδα: «νέα μέτρα»", "ελλαδα-νεα-μετρα"],
    ["Выборы в Йошкар-Оле", "выборы-в-йошкар-оле"],
    ["هجرةُ الـطّيور فوق البُحيرة", "هجره-الطيور-فوق-البحيره"],
    ["أهـــلاً وَسَهْلاً ٢٠٢٦", "اهلا-وسهلا-2026"],
    ["\u200fخبر\u200e \u202bعاجل\u202c", "خبر-عاجل"],
    ["שָׁלוֹם עולם", "שלומ-עולמ"],
    ["हिन्दी में समाचार", "हिन्दी-में-समाचार"],
    ["東京で大雨", "東京で大雨"],
    ["서울 폭우", "서울-폭우"],
    ["ＦＵＬＬ　ｗｉｄｔｈ", "full-width"],
    ["🎉 Party 🎉", "party"],
    ["𠮷野家", "𠮷野家"],
    ["a/b?c#d%2e..", "a-b-c-d-2e"],
    ["half\ud83d pair", "half-pair"],
  ])("%j is %j", (headline, slug) => {
    expect(headlineSlug(headline)).toBe(slug)
  })

  test.each([[undefined], [""], ["   "], ["🎉🎊"], ["👩‍👩‍👧"], ["— … ! ؟"], ["\u200f\u202b"], ["ًٌٍ"], ["\ud83d"]])(
    "%j has none",
    (headline) => {
      expect(headlineSlug(headline)).toBeUndefined()
    },
  )

  test("ends with a whole word", () => {
    const word = "abcdefghi"
    expect(headlineSlug(Array(20).fill(word).join(" "))).toBe(Array(8).fill(word).join("-"))
    expect(headlineSlug(`${"x".repeat(70)} ${"y".repeat(9)}`)).toBe(`${"x".repeat(70)}-${"y".repeat(9)}`)
    expect(headlineSlug(`${"x".repeat(70)} ${"y".repeat(10)} z`)).toBe("x".repeat(70))
    // The first word is cut between characters, never inside a surrogate pair.
    expect(headlineSlug("東".repeat(200))).toBe("東".repeat(80))
    expect(headlineSlug("𠮷".repeat(81))).toBe("𠮷".repeat(80))
    expect(headlineSlug(`a${"𠮷".repeat(600)}`)).toBe(`a${"𠮷".repeat(79)}`)
    expect(headlineSlug("x".repeat(81))).toBe("x".repeat(80))
  })

  test("of a very long headline is its start", () => {
    expect(headlineSlug("ab ".repeat(350_000))).toBe(Array(27).fill("ab").join("-"))
    expect(headlineSlug("\u0301".repeat(1 << 20))).toBeUndefined()
  })

  test("has at most 80 letters and digits, single hyphens between words, and is its own slug", () => {
    fc.assert(
      fc.property(fc.anyText(), (headline) => {
        const slug = headlineSlug(headline)
        if (slug === undefined) return
        expect(characters(slug)).toBeLessThanOrEqual(80)
        expect(slug).toMatch(/^[\p{L}\p{M}\p{Nd}]+(?:-[\p{L}\p{M}\p{Nd}]+)*$/u)
        expect(headlineSlug(slug)).toBe(slug)
      }),
    )
  })
})
