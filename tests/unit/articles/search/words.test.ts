import { describe, expect, test } from "vitest"
import { forEachWord, lastLetterAt, wordsOf, wordsOfWrittenWord } from "../../../../src/articles/search/words.ts"
import * as fc from "../../../fast-check.ts"
import { finds } from "./search-engine.ts"

/** Each spelling of a pair finds the other. */
const SAME: [why: string, pairs: [string, string][]][] = [
  [
    "an alef is an alef, with or without hamza, madda and wasla",
    [
      ["أحمد", "احمد"],
      ["إيران", "ايران"],
      ["آسيا", "اسيا"],
      ["ٱلرحمن", "الرحمن"],
      ["القرآن", "القران"],
      ["أنباء", "إنباء"],
    ],
  ],
  [
    "ya without dots, as Egypt writes it at the end of a word",
    [
      ["على", "علي"],
      ["مصطفى", "مصطفي"],
      ["مستشفى", "مستشفي"],
    ],
  ],
  [
    "ta marbuta without dots",
    [
      ["مدرسة", "مدرسه"],
      ["القاهرة", "القاهره"],
    ],
  ],
  [
    "hamza on waw and ya, which is often left out",
    [
      ["مسؤول", "مسوول"],
      ["شؤون", "شوون"],
      ["رئيس", "رييس"],
      ["قائمة", "قايمة"],
    ],
  ],
  [
    "tatweel, which only makes words longer",
    [
      ["محـــمد", "محمد"],
      ["الـعربية", "العربية"],
    ],
  ],
  [
    "vowels, tanwin and shadda, in any position",
    [
      ["مُحَمَّد", "محمد"],
      ["العَرَبِيَّة", "العربية"],
      ["شكراً", "شكرا"],
      ["شكرًا", "شكرا"],
      ["الرحمٰن", "الرحمن"],
      ["سيُقِرُّ", "سيقر"],
    ],
  ],
  [
    "Quranic signs",
    [
      ["قُلۡ هُوَ ٱللَّهُ أَحَدٌ", "قل هو الله احد"],
      ["ٱلۡحَمۡدُ لِلَّهِ رَبِّ ٱلۡعَٰلَمِينَ", "الحمد لله رب العلمين"],
      ["صِرَٰطَ ٱلَّذِينَ", "صرط الذين"],
    ],
  ],
  [
    "the article, alone and joined with a prefix",
    [
      ["الحكومة", "حكومة"],
      ["والحكومة", "حكومة"],
      ["بالحكومة", "حكومة"],
      ["كالحكومة", "الحكومة"],
      ["فالحكومة", "والحكومة"],
      ["للحكومة", "الحكومة"],
      ["وبالحكومة", "حكومة"],
      ["وللحكومة", "حكومة"],
      ["بالحق", "حق"],
    ],
  ],
  [
    "words that begin like the article, with and without the hamza that would distinguish them",
    [
      ["ألمانيا", "المانيا"],
      ["الألمانية", "المانية"],
      ["الإلكترونية", "إلكترونية"],
      ["الإلكترونية", "الكترونية"],
      ["الالتزام", "التزام"],
    ],
  ],
  [
    "God, and names of his servants in one word or two",
    [
      ["والله", "الله"],
      ["بالله", "الله"],
      ["لله", "الله"],
      ["عبدالله", "عبد الله"],
      ["عبدالرحمن", "عبد الرحمن"],
    ],
  ],
  [
    "presentation forms, as old systems write them",
    [
      ["ﺍﻟﻘﺎﻫﺮﺓ", "القاهرة"],
      ["ﻻجئ", "لاجئ"],
      ["ﷲ", "الله"],
      ["ﷺ", "صلى الله عليه وسلم"],
    ],
  ],
  [
    "Persian keyboards: kaf, ya, he with ya above",
    [
      ["ایران", "إيران"],
      ["کتاب", "كتاب"],
      ["یک", "يك"],
      ["خانۀ", "خانه"],
    ],
  ],
  [
    "the parts of a Persian word, with what joins them or a blank",
    [
      ["می‌روم", "می روم"],
      ["کتاب‌ها", "كتاب ها"],
    ],
  ],
  [
    "Urdu and Kurdish keyboards",
    [
      ["پاکستان", "پاكستان"],
      ["ہندوستان", "هندوستان"],
      ["کھانا", "كهانا"],
      ["کوردستان", "كوردستان"],
      ["کچە", "كچه"],
    ],
  ],
  [
    "digits, and what divides thousands",
    [
      ["٢٠٢٦", "2026"],
      ["۲۰۲۶", "2026"],
      ["２０２６", "2026"],
      ["١٬٠٠٠", "1000"],
      ["1,000,000", "1000000"],
      ["٣٫٥", "3.5"],
    ],
  ],
  [
    "for, before the article of a word that begins with a lam: of three lams two are written",
    [
      ["للجنة", "اللجنة"],
      ["للاجئين", "اللاجئين"],
      ["وللاجئين", "لاجئين"],
      ["للغة", "اللغة"],
      ["للاعبين", "لاعبين"],
      ["لليل", "الليل"],
      ["للبنانيين", "اللبنانيين"],
    ],
  ],
  [
    "what cannot be seen",
    [
      ["\u200fالقاهرة\u200f", "القاهرة"],
      ["\u2067القا\u061cهرة\u2069", "القاهرة"],
      ["Donau\u00addampf\u2060schiff", "Donaudampfschiff"],
    ],
  ],
  [
    "Hebrew vowels, abbreviations with either quote, letters at the end of a word",
    [
      ["שָׁלוֹם", "שלום"],
      ["בְּרֵאשִׁית", "בראשית"],
      ["צה״ל", "צהל"],
      ['צה"ל', "צה״ל"],
      ["ג׳ורג׳", "גורג"],
    ],
  ],
  [
    "diacritics, composed or not, and case",
    [
      ["café", "CAFE"],
      ["cafe\u0301", "café"],
      ["naïve", "NAIVE"],
      ["São Paulo", "sao paulo"],
      ["Nguyễn", "nguyen"],
      ["Škoda", "skoda"],
    ],
  ],
  [
    "letters of which Unicode says no base letter",
    [
      ["Straße", "STRASSE"],
      ["Łódź", "lodz"],
      ["Ærø", "aero"],
      ["œuvre", "oeuvre"],
      ["Đà Nẵng", "da nang"],
      ["Þingvellir", "thingvellir"],
    ],
  ],
  [
    "the two Turkish i, which capitals of others do not tell apart",
    [
      ["İstanbul", "istanbul"],
      ["ISPARTA", "ısparta"],
      ["Iğdır", "IGDIR"],
      ["ırak", "Irak"],
    ],
  ],
  [
    "Greek accents and final sigma",
    [
      ["Αθήνα", "ΑΘΗΝΑ"],
      ["Οδυσσεύς", "ΟΔΥΣΣΕΥΣ"],
    ],
  ],
  [
    "Cyrillic yo, and stress where it is written",
    [
      ["ёлка", "елка"],
      ["за\u0301мок", "замок"],
      ["Москва", "МОСКВА"],
    ],
  ],
  [
    "ligatures, wide letters, the apostrophes of transliteration",
    [
      ["ﬁnance", "finance"],
      ["ＡＢＣ", "abc"],
      ["Qurʾān", "Quran"],
      ["Hawaiʻi", "hawaii"],
    ],
  ],
  [
    "several words are adjacent",
    [
      ["state-of-the-art", "state of the art"],
      ["l’homme", "l'homme"],
      ["news@wire.example", "news wire example"],
    ],
  ],
]

/** Neither word of a pair finds the other. */
const OTHER: [why: string, pairs: [string, string][]][] = [
  ["for the committee is not paradise", [["للجنة", "جنة"]]],
  [
    "hamza alone is a letter",
    [
      ["ماء", "ما"],
      ["شيء", "شي"],
      ["شئ", "شي"],
      ["جزء", "جز"],
    ],
  ],
  [
    "roots are not matched",
    [
      ["كتاب", "كاتب"],
      ["حكومة", "حكم"],
      ["علم", "عمل"],
      ["سعر", "شعر"],
      ["صحة", "صح"],
    ],
  ],
  [
    "a conjunction or preposition without the article is a letter of its word",
    [
      ["وزير", "زير"],
      ["فلسطين", "لسطين"],
      ["باريس", "اريس"],
      ["كلام", "لام"],
      ["لبنان", "بنان"],
    ],
  ],
  [
    "words that only seem to have an article",
    [
      ["الله", "له"],
      ["اللهم", "لهم"],
      ["الآن", "أن"],
      ["والدين", "دين"],
      ["والدة", "ده"],
      ["وكالات", "ات"],
      ["بالونات", "ونات"],
    ],
  ],
  [
    "letters of other languages than Arabic",
    [
      ["گل", "كل"],
      ["گاز", "غاز"],
      ["کے", "کی"],
    ],
  ],
  [
    "й is no и, ї no і; signs of Devanagari are vowels",
    [
      ["мой", "мои"],
      ["їх", "іх"],
      ["की", "का"],
    ],
  ],
  [
    "German ä is not written ae",
    [
      ["Müller", "Mueller"],
      ["don't", "dont"],
    ],
  ],
  [
    "numbers",
    [
      ["3.5", "35"],
      ["2026", "2025"],
      ["1,00", "100"],
    ],
  ],
]

const casesOf = (table: typeof SAME) => table.flatMap(([why, pairs]) => pairs.map(([a, b]) => ({ why, a, b })))

describe("two spellings are the same word", () => {
  test("at least sixty pairs are tested", () => {
    expect(casesOf(SAME).length).toBeGreaterThanOrEqual(60)
    expect(casesOf(OTHER).length).toBeGreaterThanOrEqual(20)
  })

  test.each(casesOf(SAME))("$why: $a = $b", ({ a, b }) => {
    expect([finds(a, b), finds(b, a)]).toEqual([true, true])
    expect(wordsOf(a)).toEqual(wordsOf(b))
  })
})

describe("two spellings are different words", () => {
  test.each(casesOf(OTHER))("$why: $a ≠ $b", ({ a, b }) => {
    expect([finds(a, b), finds(b, a)]).toEqual([false, false])
  })
})

test("any part of a text without spaces finds it", () => {
  for (const part of ["東京", "京都", "東京都", "都"])
    expect([part, finds(part, "小池・東京都知事")]).toEqual([part, true])
  expect(finds("東都", "東京都")).toBe(false)
  expect(finds("กรุงเทพ", "ในกรุงเทพมหานคร")).toBe(true)
})

test("signs alone are no words", () => {
  expect(wordsOf("ـَ — … ٪ « » ! 🙂 \u0301")).toEqual([])
})

test("a word has at most 64 characters, and none is cut in the middle", () => {
  expect(wordsOf("x".repeat(100))).toEqual(["x".repeat(64)])
  expect(wordsOf("\u{1e900}".repeat(100))).toEqual(["\u{1e922}".repeat(64)])
})

const texts = fc.oneof(
  fc.anyText(),
  fc.string({ unit: "grapheme" }),
  fc.string({
    unit: fc.constantFrom(..."اأإآٱبةهىيئءؤلالوفكللال ـًَّٰ‌‍،؛«»\"'-*,٬.1٢۳ aéßİıΣς\u0301й東京の\u200f\u2067\u2069ﷺﻻ½"),
    maxLength: 30,
  }),
)

describe("the words of any text", () => {
  test("are letters, digits and signs, without the characters that FTS5 or the index interprets", () => {
    fc.assert(
      fc.property(texts, (text) => {
        for (const word of wordsOf(text)) expect(word).toMatch(/^[\p{L}\p{N}\p{M}]{1,64}$/u)
      }),
      { numRuns: 2000 },
    )
  })

  test("consist of themselves as words", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const words = wordsOf(text)
        expect(wordsOf(words.join(" "))).toEqual(words)
      }),
      { numRuns: 2000 },
    )
  })

  test("are in order at their positions", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const places: { words: readonly string[]; from: number; to: number }[] = []
        forEachWord(text, (from, to) => places.push({ words: wordsOfWrittenWord(text.slice(from, to)), from, to }))
        expect(places.flatMap(({ words }) => words)).toEqual(wordsOf(text))
        expect(places.flatMap(({ from, to }) => wordsOf(text.slice(from, to)))).toEqual(wordsOf(text))
        const ends = places.flatMap(({ from, to }) => [from, to])
        expect(ends).toEqual(ends.toSorted((a, b) => a - b))
        for (const { words, from, to } of places) {
          expect(["", (words.at(-1) ?? "").slice(-1)]).toContain(lastLetterAt(text, from, to))
        }
      }),
      { numRuns: 2000 },
    )
  })

  test("find the text itself", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const words = wordsOf(text)
        fc.pre(words.length > 0 && words.length < 20)
        const withoutSyntax = text.replaceAll(/["“”„*]/g, " ")
        expect(finds(`"${withoutSyntax}"`, withoutSyntax)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})

test("are read in linear time, for a word of any length and for many Arabic articles in a row", () => {
  for (const text of [
    "ال".repeat(130_000),
    "لل".repeat(130_000),
    "عبدال".repeat(50_000),
    `${"وال".repeat(90_000)}مدينة`,
  ]) {
    const words = wordsOf(text)
    expect(words.length).toBeLessThan(64)
    expect(Math.max(...words.map(({ length }) => length))).toBeLessThanOrEqual(64)
  }
})
