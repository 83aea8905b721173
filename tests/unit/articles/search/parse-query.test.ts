import { describe, expect, test } from "vitest"
import { parseQuery } from "../../../../src/articles/search/parse-query.ts"
import * as fc from "../../../fast-check.ts"
import { finds, SearchEngine } from "./search-engine.ts"

const TEXT = "The prime minister of Lebanon opened the port of Beirut. Nobody came near it or left."

describe("a typed query", () => {
  test.each([
    ["minister", true, "a word"],
    ["minister beirut", true, "all words are searched"],
    ["minister cairo", false, "a missing word"],
    ['"prime minister"', true, "a phrase"],
    ['"minister prime"', false, "a phrase in another order"],
    ['"the port" "prime minister"', true, "two phrases"],
    ['"port of beirut', true, "an unclosed phrase"],
    ["“prime minister”", true, "curly quotes"],
    ["«prime minister» beirut", true, "Arabic and French quotes"],
    ["„minister prime“", false, "German quotes"],
    ["minister -cairo", true, "an excluded word that is absent"],
    ["minister -beirut", false, "an excluded word that is present"],
    ["minister −beirut", false, "a minus sign excludes too"],
    ['minister -"port of beirut"', false, "an excluded phrase"],
    ['minister -"port of cairo"', true, ""],
    ["minister - beirut", true, "a lone dash excludes nothing"],
    ["lebanon-beirut", false, "a hyphen in a word makes a phrase"],
    ["beirut-nobody", true, ""],
    ["mini*", true, "a prefix"],
    ["mi*", true, "a prefix of two letters"],
    ["xi*", false, ""],
    ["be* mi*", true, "several prefixes"],
    ["minister -be*", false, "an excluded prefix"],
    ["minister -xi*", true, ""],
    ["minis**", true, ""],
    ["*inister", false, "a suffix is no prefix"],
    ['"prime mini*"', true, "a prefix at the end of a phrase"],
    ['"mini*"', true, "a prefix in quotes"],
    ['"mini* prime"', false, "a star inside a phrase means nothing"],
    ["of-bei*", true, "a hyphenated prefix"],
    ["came NEAR it OR left", true, "words of FTS5 are words"],
    ["AND", false, ""],
    ["NOT minister", false, ""],
    ["near(port 3)", false, "three words"],
    ["title:minister", false, "two adjacent words"],
    ["{title body}:minister", false, ""],
    ["^the", true, "signs are ignored"],
    ["(minister", true, ""],
    ["minister;'--", true, ""],
    ["port + beirut", true, ""],
  ])("%s: %s %s", (typed, found) => {
    expect(finds(typed, TEXT)).toBe(found)
  })

  test.each([
    ["القاهرة", "قال الوزير في القاهرة", true],
    ["«الوزير في القاهرة»", "قال الوزير في القاهرة", true],
    ["-القاهرة الوزير", "قال الوزير في القاهرة", false],
    ["القا*", "قال الوزير في بالقاهرة", true],
    ["وز*", "قال والوزير", true],
    ['צה"ל', "דובר צה״ל אמר", true],
    ["東京*", "東京都", true],
    ["東京*", "東日京", false],
    ["กล*", "กลาง", true],
    ["می‌رو*", "می‌روم", true],
  ])("%s in %s: %s", (typed, text, found) => {
    expect(finds(typed, text)).toBe(found)
  })
})

describe("a query is refused with the remedy", () => {
  test.each([
    ["…", "add one"],
    ['"" * - !', "add one"],
    ["ـَ", "add one"],
    ["-minister", "add a word"],
    ['-"prime minister" -mi*', "add a word"],
    [Array.from({ length: 21 }, (_, no) => `a${no}`).join(" "), "20 at most"],
    ["東京".repeat(51), "more than 100 words"],
    ["aa* bb* cc* -dd* ee* ff*", "5 at most"],
    ["m*", "has m*, but needs 2 letters before *"],
    ["minister m*", "2 letters before *"],
    ["minister -m*", "2 letters before *"],
    ["of-b*", "has b*"],
    ["و*", "2 letters before *"],
    ["日*", "2 letters before *"],
    ["東 京*", "has 京*"],
    ["é*", "2 letters before *"],
    ["5**", "2 letters before *"],
    ['"a*"', "has a*, but needs 2 letters before *"],
    ["«ب*»", "2 letters before *"],
    ["“prime m*”", "has m*"],
  ])("%s: %s", (typed, hint) => {
    const read = parseQuery(typed)
    expect("hint" in read && read.hint).toContain(hint)
  })

  test("twenty words are allowed", () => {
    expect(parseQuery(Array.from({ length: 20 }, (_, no) => `a${no}`).join(" "))).toHaveProperty("terms")
  })

  test.each([
    ["a a A á", ["a"]],
    ['prime-minister "prime minister" «Prime Minister»', ["prime minister"]],
    ["mi* MI* mi**", ["mi"]],
    ["mi mi*", ["mi", "mi"]],
    ["أحمد احمد إحمد", ["احمد"]],
    [Array(100).fill("a").join(" "), ["a"]],
    [Array(60).fill("aa*").join(" "), ["aa"]],
  ])("equal terms count once: %s", (typed, terms) => {
    const read = parseQuery(typed)
    expect("terms" in read && read.terms.map(({ words }) => words.join(" "))).toEqual(terms)
  })

  test("a term that is excluded twice is excluded once, beside an equal term that is not excluded", () => {
    expect(parseQuery("a -a -A b")).toEqual({
      terms: ["a", "b"].map((word) => ({ words: [word], isPrefix: false })),
      excluded: [{ words: ["a"], isPrefix: false }],
    })
  })
})

describe("any text", () => {
  const engine = new SearchEngine()
  engine.add(TEXT)
  engine.add("قال الوزير في القاهرة إن AND OR NOT NEAR")

  const typed = fc.oneof(
    fc.anyText({ maxLength: 200 }),
    fc.string({
      unit: fc.constantFrom(
        ...'abا ال""“«»**--()^:+{},;\'\\%_~|&<>=?!§¶#@\u0000\u200f\u0301ـ',
        ...["NEAR(", "AND ", "OR ", "NOT ", "title:", " -", '"-', "*)"],
      ),
      maxLength: 60,
    }),
  )

  test("is a query or a hint, and never an error of SQLite", () => {
    fc.assert(
      fc.property(typed, (text) => {
        const found = engine.find(text)
        expect(found === undefined || found.every((row) => row === 1 || row === 2)).toBe(true)
      }),
      { numRuns: 5000 },
    )
  })
})
