/** Which forms of a word meet in a search, which do not, and what a phrase, a prefix and an exclusion find. */
import { describe, expect, test } from "vitest"
import { formsOf, MAX_FORMS } from "../../../../src/articles/search/word-forms.ts"
import { wordsOf } from "../../../../src/articles/search/words.ts"
import * as fc from "../../../fast-check.ts"
import { finds } from "./search-engine.ts"

/** Each word of a pair finds the other. */
const SAME: [why: string, pairs: [string, string][]][] = [
  [
    "Arabic plurals in ات",
    [
      ["قطار", "قطارات"],
      ["مطار", "المطارات"],
      ["قرار", "قرارات"],
      ["انتخاب", "الانتخابات"],
      ["اجتماع", "اجتماعات"],
      ["إجراء", "إجراءات"],
      ["اتجاه", "اتجاهات"],
      ["مهرجان", "مهرجانات"],
      ["برلمان", "البرلمانات"],
      ["تصريح", "تصريحات"],
      ["هجوم", "هجومات"],
    ],
  ],
  [
    "Arabic plurals in ات of a ta marbuta",
    [
      ["حكومة", "حكومات"],
      ["السيارة", "سيارات"],
      ["شركة", "شركات"],
      ["جامعة", "الجامعات"],
      ["ولاية", "ولايات"],
      ["قوة", "القوات"],
      ["جهة", "جهات"],
      ["لغة", "لغات"],
      ["فئة", "فئات"],
      ["هيئة", "هيئات"],
      ["قناة", "قنوات"],
      ["مباراة", "المباريات"],
      ["فتاة", "فتيات"],
      ["وفاة", "وفيات"],
      ["سنة", "سنوات"],
    ],
  ],
  [
    "Arabic plurals in ون and ين, and the dual",
    [
      ["لاجئ", "اللاجئين"],
      ["مسؤول", "المسؤولون"],
      ["مسئول", "مسؤولين"],
      ["فلسطيني", "الفلسطينيين"],
      ["صحفي", "صحفيون"],
      ["معلم", "معلمين"],
      ["مهندس", "مهندسون"],
      ["وزير", "الوزيران"],
      ["رئيس", "رئيسين"],
      ["مدينة", "مدينتين"],
      ["دولة", "الدولتان"],
    ],
  ],
  [
    "Arabic words with a pronoun, and in the accusative",
    [
      ["رئيس", "رئيسها"],
      ["رئيس", "رئيسهم"],
      ["حكومة", "حكومته"],
      ["حكومة", "حكومتها"],
      ["قرار", "قرارا"],
      ["قرار", "قراراتها"],
      ["شركة", "شركاتهم"],
    ],
  ],
  [
    "English plurals",
    [
      ["train", "trains"],
      ["minister", "Ministers"],
      ["country", "countries"],
      ["party", "parties"],
      ["movie", "movies"],
      ["box", "boxes"],
      ["class", "classes"],
      ["church", "churches"],
      ["virus", "viruses"],
      ["hero", "heroes"],
      ["photo", "photos"],
      ["crisis", "crises"],
      ["woman", "women"],
      ["policeman", "policemen"],
      ["child", "children"],
      ["knife", "knives"],
      ["camera", "cameras"],
      ["run", "runs"],
    ],
  ],
  [
    "French plurals",
    [
      ["élection", "élections"],
      ["journal", "journaux"],
      ["château", "châteaux"],
      ["jeu", "jeux"],
      ["énergie", "énergies"],
      ["recherche", "recherches"],
      ["marché", "marchés"],
      ["taxe", "taxes"],
      ["société", "sociétés"],
      ["régional", "régionaux"],
    ],
  ],
]

/** Neither word of a pair finds the other. */
const OTHER: [why: string, pairs: [string, string][]][] = [
  [
    "Arabic words that differ in a ta marbuta",
    [
      ["مدرس", "مدرسة"],
      ["جامع", "جامعة"],
      ["جامع", "جامعات"],
      ["عام", "عامة"],
      ["كتاب", "كتابة"],
      ["كتاب", "كتابات"],
      ["حكم", "حكومة"],
      ["عملي", "عملية"],
      ["جنسي", "جنسية"],
    ],
  ],
  [
    "short Arabic words that seem to have an ending",
    [
      ["خبر", "خبرات"],
      ["شرك", "شركات"],
      ["كان", "كانون"],
      ["قان", "قانون"],
      ["لبن", "لبنان"],
      ["شعب", "شعبان"],
      ["حمد", "حمدان"],
      ["عمر", "عمران"],
      ["تمر", "تمرين"],
      ["مال", "مالها"],
    ],
  ],
  [
    "Arabic names and numbers that seem to have an ending",
    [
      ["سليم", "سليمان"],
      ["ماكر", "ماكرون"],
      ["ثلاث", "ثلاثين"],
      ["أربع", "أربعين"],
      ["سوري", "سوريا"],
      ["روسي", "روسيا"],
      ["رئيس", "رئيسي"],
      ["مصر", "مصري"],
    ],
  ],
  [
    "Arabic letters that are a conjunction or a preposition only in other words",
    [
      ["وزارة", "زار"],
      ["وكالة", "كالة"],
      ["بلاد", "لاد"],
    ],
  ],
  [
    "names that seem to be plurals",
    [
      ["Paris", "pari"],
      ["Hamas", "Hama"],
      ["Carlos", "Carlo"],
      ["Williams", "William"],
      ["Mars", "mar"],
      ["Cannes", "canne"],
      ["Wales", "wale"],
      ["Oman", "omen"],
      ["Julie", "July"],
      ["Marie", "Mary"],
    ],
  ],
  [
    "words that seem to be forms of each other",
    [
      ["news", "new"],
      ["goods", "good"],
      ["its", "it"],
      ["march", "marche"],
      ["virus", "viru"],
      ["business", "busines"],
      ["university", "universe"],
      ["minister", "ministry"],
      ["dans", "Dan"],
      ["train", "training"],
    ],
  ],
]

const casesOf = (table: typeof SAME) => table.flatMap(([why, pairs]) => pairs.map(([a, b]) => ({ why, a, b })))

test("at least sixty pairs meet, and thirty do not", () => {
  expect(casesOf(SAME).length).toBeGreaterThanOrEqual(60)
  expect(casesOf(OTHER).length).toBeGreaterThanOrEqual(30)
})

test.each(casesOf(SAME))("$why: $a finds $b", ({ a, b }) => {
  expect([finds(a, b), finds(b, a)]).toEqual([true, true])
})

test.each(casesOf(OTHER))("$why: $a does not find $b", ({ a, b }) => {
  expect([finds(a, b), finds(b, a)]).toEqual([false, false])
})

describe("other forms are not searched", () => {
  test.each([
    ['"train"', "trains", "of a quoted word"],
    ["«قطار»", "قطارات", "of a quoted word"],
    ['"prime minister"', "prime ministers", "in a phrase"],
    ["prime-minister", "prime ministers", "in a word with a hyphen"],
    ["trains*", "train", "of a prefix"],
    ['train "train"', "trains", "of a word that is also quoted"],
  ])("%s in %s: %s", (typed, text) => {
    expect(finds(typed, text)).toBe(false)
  })

  test("of an excluded word", () => {
    expect([finds("port -train", "port trains"), finds("port -trains", "port trains")]).toEqual([true, false])
  })
})

const arabic = fc.array(fc.constantFrom(..."اتهنويمقطرسل", "ات", "ين", "ها", "اه"), { maxLength: 8 })
const latin = fc.array(fc.constantFrom(..."aeioustrnxyz", "es", "ies", "man", "eau", "sis", "al"), { maxLength: 8 })
const words = fc.oneof(arabic, latin).map((letters) => letters.join(""))

test("a word is a form of each of its forms, and has few", () => {
  fc.assert(
    fc.property(words, (word) => {
      const forms = formsOf(word)
      expect(forms.length).toBeLessThanOrEqual(MAX_FORMS)
      for (const form of forms) expect([form, formsOf(form).includes(word)]).toEqual([form, true])
    }),
    { numRuns: 2000 },
  )
})

test("a form is one word of the index", () => {
  fc.assert(
    fc.property(fc.oneof(words, fc.anyText()), (text) => {
      for (const word of wordsOf(text)) {
        for (const form of formsOf(word)) expect(form).toMatch(/^(?:[a-z]+|[\u0621-\u064a]+)$/)
      }
    }),
  )
})
