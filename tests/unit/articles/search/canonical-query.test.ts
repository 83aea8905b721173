/** Tests that all spellings of a search have one canonical text, which means the same search. */
import { describe, expect, test } from "vitest"
import { canonicalQuery } from "../../../../src/articles/search/canonical-query.ts"
import { parseQuery, type SearchQuery } from "../../../../src/articles/search/parse-query.ts"
import * as fc from "../../../fast-check.ts"

function parse(text: string): SearchQuery {
  const query = parseQuery(text)
  if ("hint" in query) throw new Error(`${text} ${query.hint}`)
  return query
}
const canonical = (text: string): string => canonicalQuery(parse(text))

describe("the canonical text", () => {
  test.each([
    ["Rain", "rain"],
    ["rain  beirut RAIN", "beirut rain"],
    ["القَاهِرَة", "قاهره"],
    ["الانتخابات انتخابات", "انتخابات"],
    ["أبوظبي", "ابوظبي"],
    ["أبو-ظبي", "ابوظبي"],
    ["عبدالله", "عبدالله"],
    ["عبد الله", "الله عبد"],
    ["«الى القاهرة»", '"الي قاهره"'],
    ["New-York", '"new york"'],
    ['"Rain"', '"rain"'],
    ["“rain”", '"rain"'],
    ["قاه*", "قاه*"],
    ['"new yor*"', '"new yor*"'],
    ["b -Sport −A c", "b c -a -sport"],
    ["Straße Œuvre", "oeuvre strasse"],
    ["日本語", "日本語"],
    ["٢٠٢٦", "2026"],
    ["l'état d’Égypte", "egypte etat"],
  ])("of %s is %s", (text, expected) => {
    expect(canonical(text)).toBe(expected)
    expect(canonical(expected)).toBe(expected)
  })

  const word = fc.oneof(
    fc.constantFrom(
      "Rain",
      "elections",
      "القاهرة",
      "الأسعار",
      "وزير",
      "ou'est",
      "日本",
      "x2",
      "L’été",
      "شئون",
      "خمسمئة",
    ),
    fc.string({ unit: "grapheme", maxLength: 8 }),
  )
  const term = fc
    .tuple(fc.constantFrom("", "-"), fc.constantFrom("", '"'), word, fc.constantFrom("", "*"))
    .map(([minus, quote, text, star]) => `${minus}${quote}${text}${star}${quote}`)

  test("does not change if it is made again, and does not depend on the order of the words", () => {
    fc.assert(
      fc.property(fc.array(term, { minLength: 1, maxLength: 6 }), (terms) => {
        const query = parseQuery(terms.join(" "))
        const reversed = parseQuery([...terms].reverse().join(" "))
        if ("hint" in query || "hint" in reversed) return
        const text = canonicalQuery(query)
        expect(canonical(text)).toBe(text)
        const isOneByOne = terms.every((each) => (each.match(/["“”„«»]/g) ?? []).length % 2 === 0)
        if (isOneByOne) expect(canonicalQuery(reversed)).toBe(text)
      }),
      { numRuns: 300 },
    )
  })

  test("means the same search", () => {
    fc.assert(
      fc.property(word, (text) => {
        const query = parseQuery(text)
        // A name of which only one word has other forms cannot always be written as one word.
        if ("hint" in query || query.terms.some(({ words, forms }) => words.length > 1 && forms)) return
        const bySpelling = (a: object, b: object) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)
        const again = parse(canonicalQuery(query))
        expect(again.terms.sort(bySpelling)).toEqual(query.terms.sort(bySpelling))
        expect(again.excluded.sort(bySpelling)).toEqual(query.excluded.sort(bySpelling))
      }),
      { numRuns: 300 },
    )
  })
})
