/** Arabic words with several usual spellings: of a hamza, a hundred, names of two words, and foreign letters. */
import { expect, test } from "vitest"
import { wordsOf } from "../../../../src/articles/search/words.ts"
import { finds } from "./search-engine.ts"

/** Each spelling of a pair finds the other. */
const SAME: [why: string, pairs: [string, string][]][] = [
  [
    "the seat of a hamza before a waw, as Egypt and others write it",
    [
      ["مسؤول", "مسئول"],
      ["شؤون", "شئون"],
      ["رؤوس", "رءوس"],
      ["مرؤوس", "مرءوس"],
      ["جاؤوا", "جاءوا"],
      ["قارئون", "قارؤون"],
      ["لاجئون", "لاجؤون"],
      ["ناشئون", "ناشؤون"],
      ["مبتدئون", "مبتدءون"],
      ["وللشئون", "وللشؤون"],
      ["المسئولية", "مسؤولية"],
    ],
  ],
  [
    "a hamza after a ya",
    [
      ["هيئة", "هيأة"],
      ["بيئة", "بيأة"],
      ["الهيئة", "هَيْأَة"],
      ["شيء", "شئ"],
      ["بشيء", "بشئ"],
      ["الشيء", "الشئ"],
      ["بريء", "برئ"],
      ["بطيء", "بطئ"],
      ["سيئ", "سيء"],
      ["مليء", "مليئ"],
      ["رئيس", "ر\u0649\u0654يس"],
      ["هيئات", "هيآت"],
      ["سيئات", "سيآت"],
      ["الهيئات", "الهيا\u0653ت"],
    ],
  ],
  [
    "a hundred, with and without its silent alef",
    [
      ["مئة", "مائة"],
      ["المئة", "المائة"],
      ["ثلاثمئة", "ثلاثمائة"],
      ["خمس مئة", "خمسمائة"],
      ["الخمس مائة", "الخمسمئة"],
      ["ست مئة", "ستمائة"],
      ["ثماني مئة", "ثمانمائة"],
      ["ثمانيمئة", "ثمانمئة"],
      ["وتسع مائة", "وتسعمئة"],
      ["أربعمئة", "اربعمائه"],
      ["مئتين", "مائتين"],
      ["مئتان", "مائتان"],
      ["بمئة", "بمائة"],
    ],
  ],
  [
    "names with father of, in one word or two",
    [
      ["أبو ظبي", "أبوظبي"],
      ["أبو مازن", "أبومازن"],
      ["أبو الغيط", "ابوالغيط"],
      ["أبو بكر", "أبوبكر"],
      ["أبو عبيدة", "أبوعبيدة"],
      ["لأبو ظبي", "لأبوظبي"],
      ["ذو القعدة", "ذوالقعدة"],
    ],
  ],
  [
    "letters for p, v, g and ch, which only foreign words have in Arabic",
    [
      ["ڤيتنام", "فيتنام"],
      ["نوڤمبر", "نوفمبر"],
      ["پاريس", "باريس"],
      ["پولندا", "بولندا"],
      ["ڨفصة", "قفصة"],
      ["ڨابس", "قابس"],
      ["چورچ", "جورج"],
      ["ڥيلا", "فيلا"],
      ["أݣادير", "أگادير"],
      ["أڭادير", "أگادير"],
    ],
  ],
]

/** Neither word of a pair finds the other. */
const OTHER: typeof SAME = [
  [
    "doors and fatherhood are not names, and other words than a hundred have a silent alef",
    [
      ["أبوابها", "أبها"],
      ["أبوتنا", "تنا"],
      ["سمائه", "سمئه"],
      ["مائدة", "مئدة"],
    ],
  ],
]

const casesOf = (table: typeof SAME) => table.flatMap(([why, pairs]) => pairs.map(([a, b]) => ({ why, a, b })))

test.each(casesOf(SAME))("$why: $a = $b", ({ a, b }) => {
  expect([finds(a, b), finds(b, a)]).toEqual([true, true])
  expect(wordsOf(a)).toEqual(wordsOf(b))
})

test.each(casesOf(OTHER))("$why: $a ≠ $b", ({ a, b }) => {
  expect([finds(a, b), finds(b, a)]).toEqual([false, false])
})
