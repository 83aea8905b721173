/** Spellings of names: which are the same name, which are not, and which spelling readers see. */
import { describe, expect, test } from "vitest"
import { foldName, shownName } from "../../../src/text/fold-name.ts"
import * as fc from "../../fast-check.ts"

/** The spellings of each row are one name. */
const SAME: [kind: string, ...rows: string[][]][] = [
  [
    "case",
    ["Middle East", "middle EAST"],
    ["ΟΔΟΣ", "οδος", "οδοσ"],
    ["ՄՈՍԿՎԱ", "Մոսկվա"],
    ["ᲗᲑᲘᲚᲘᲡᲘ", "თბილისი"],
    ["Straße", "STRASSE"],
  ],
  [
    "the Greek iota subscript",
    ["ᾠδή", "ᾨδή", "ὨΙΔΗ", "ωιδη", "ω\u0345δη"],
    ["ᾳ", "ᾼ", "ΑΙ"],
    ["ῇ", "ηι", "\u03b7\u0342\u0345"],
    ["ᾷ", "αι"],
    ["Ἅιδης", "ᾍδης", "ᾅδης"],
    ["τῷ", "ΤΩΙ"],
  ],
  [
    "rounded letters of old Cyrillic prints",
    ["ᲀода", "вода"],
    ["ᲁом", "дом"],
    ["гᲂд", "год"],
    ["ᲃело", "село"],
    ["ᲄам", "там"],
    ["ᲅот", "ТОТ"],
    ["обᲆект", "объект"],
    ["вᲇк", "вѣк"],
    ["ᲈ", "ꙋ", "Ꙋ"],
  ],
  ["the Turkish i", ["İstanbul", "ISTANBUL", "istanbul", "ıstanbul"], ["Diyarbakır", "DİYARBAKIR"], ["Iğdır", "IGDIR"]],
  [
    "width",
    ["ＡＢＣ", "abc"],
    ["ｶﾞｽ", "ガス"],
    ["２０２６", "2026"],
    ["Ｃ＋＋", "c++"],
    ["ﬁnance", "finance"],
    ["ﺭﻳﺎﺿﺔ", "رياضة"],
    ["㎏", "kg"],
  ],
  [
    "spaces",
    [" a \t b ", "a b"],
    ["\u2800a\u2800\u2800b", "a b"],
    ["a\u00a0b", "a\u202fb", "a\u3000b", "a\u2009b"],
    ["\u2028a", "a"],
    ["a\n b", "a b"],
  ],
  [
    "invisible characters",
    [
      "\u200fرياضة",
      "رياضة\u200e",
      "ريا\u061cضة",
      "\u202bرياضة\u202c",
      "\u2067رياضة\u2069",
      "\ufeffرياضة",
      "ريا\u200dضة",
    ],
    ["کتاب\u200cها", "کتابها"],
    ["poli\u00adtics", "poli\u200btics", "poli\u2060tics", "politics", "poli\u034ftics", "\u3164politics\uffa0"],
    ["❤\ufe0f", "❤", "❤\ufe0e"],
    ["葛\u{e0100}", "葛"],
    ["👨\u200d👩", "👨👩"],
    ["ᠮᠣ\u180bᠩ", "ᠮᠣᠩ"],
  ],
  [
    "tatweel",
    ["ريـاضة", "رياضة"],
    ["الـــمال", "المال"],
    ["مـحـمـد", "محمد"],
    ["ߒߞߏߺ", "ߒߞߏ"],
    ["ـعاجلـ", "عاجل"],
    ["ﹷكتاب", "كتاب"],
  ],
  [
    "diacritics of Arabic and Hebrew",
    ["رِيَاضَةٌ", "رياضة"],
    ["الرحمٰن", "الرحمن"],
    ["ٱلْقُرْآنُ", "القران"],
    ["لَهُۥ", "له"],
    ["مُحَمَّد", "محمد"],
    ["عَلَيْهِۦ", "عليه"],
    ["شَبَٓاب", "شباب"],
    ["שָׁלוֹם", "שלום"],
    ["לִבְנִי", "לבני"],
  ],
  [
    "alef",
    ["إقتصاد", "اقتصاد"],
    ["أسعار", "اسعار"],
    ["آثار", "اثار"],
    ["أحمد علي", "احمد على"],
    ["ٱلعراق", "العراق"],
    ["ٲحمد", "ٳحمد", "احمد"],
    ["ا\u0655قليم", "إقليم"],
  ],
  [
    "ya",
    ["مصطفى", "مصطفي", "مصطفی"],
    ["على", "علي"],
    ["ليبی", "ليبى", "ليبي"],
    ["ايران", "ایران"],
    ["ﯾمن", "يمن"],
    ["كردستانی", "كردستاني"],
  ],
  [
    "a hamza that is written after its letter",
    ["رئيس", "ر\u064a\u0654يس", "ر\u0649\u0654يس", "ر\u06cc\u0654يس", "رئِيس", "ر\u0649\u064e\u0654يس"],
    ["مسؤول", "مسو\u0654ول"],
    ["سأل", "سا\u0654ل", "سال"],
    ["هيئة", "هي\u0649\u0654ه"],
    ["قرآن", "قرا\u0653ن"],
    ["خانه\u0654", "خانۀ", "خانه"],
  ],
  [
    "ta marbuta",
    ["رياضة", "رياضه"],
    ["صحة", "صحه"],
    ["ثقافة", "ثقافہ"],
    ["مدرسۃ", "مدرسة"],
    ["جامعة الدول", "جامعه الدول"],
    ["خانۀ", "خانه"],
  ],
  [
    "Persian, Urdu and Kurdish letters",
    ["کتاب", "كتاب", "ڪتاب"],
    ["پاکستان", "پاكستان"],
    ["شہر", "شهر", "شھر"],
    ["هەولێر", "ههولێر"],
    ["کرکوک", "كركوك"],
    ["تہران", "تهران"],
  ],
  [
    "accents",
    ["Santé", "sante", "SANTE\u0301"],
    ["Łódź", "Lodz"],
    ["Đà Nẵng", "da nang"],
    ["Tromsø", "tromso"],
    ["Þór", "thor"],
    ["Æther", "aether"],
    ["Œuvre", "oeuvre"],
    ["Malmö", "malmo"],
    ["Ħamrun", "hamrun"],
    ["Kaŋo", "kano"],
    ["Ƙasar Hausa", "kasar hausa"],
    ["Αθήνα", "ΑΘΗΝΑ"],
    ["J\u030c", "ǰ", "j"],
    ["ёлка", "елка"],
    ["замо\u0301к", "замок"],
  ],
  [
    "digits",
    ["كأس ٢٠٢٦", "كأس 2026", "كاس ۲۰۲۶"],
    ["१२", "12"],
    ["৭", "7"],
    ["๒๕๖๙", "2569"],
    ["߁߂", "12"],
    ["𞥑", "1"],
    ["x²", "x2"],
    ["𝟚", "2"],
  ],
  [
    "apostrophes, quotation marks and hyphens",
    ["Côte d’Ivoire", "Cote d'Ivoire", "Côte d´Ivoire", "cote d`ivoire", "Côte dʼIvoire"],
    ["п’ять", "п'ять", "пʼять"],
    ["Shiʿa", "Shi'a", "Shi‘a"],
    ["צה״ל", 'צה"ל', "צה”ל"],
    ["ג׳נין", "ג'נין"],
    ["«الإخوان»", '"الاخوان"'],
    ["Covid\u201119", "COVID-19", "covid–19", "covid−19"],
    ["תל־אביב", "תל-אביב"],
  ],
]

describe.each(SAME)("names that differ by %s", (_, ...rows) => {
  test.each(rows.map((row) => [row.join(" = "), row] as const))("%s", (_, spellings) => {
    expect(new Set(spellings.map(foldName)).size).toBe(1)
  })
})

test.each([
  ["the article", "الرياضة", "رياضة"],
  ["the seat of a hamza", "رئيس", "رييس"],
  ["a hamza that stands alone", "ماء", "ما"],
  ["letters of Persian", "پاریس", "باريس"],
  ["gaf and kaf", "گاز", "كاز"],
  ["the Urdu ye at the end", "لڑکے", "لڑکی"],
  ["a plural", "أسعار", "سعر"],
  ["letters of Cyrillic", "йод", "иод"],
  ["the letters that Ukrainian and Belarusian add", "ґрати", "грати"],
  ["letters of Macedonian", "ѓон", "гон"],
  ["vowels of Kurdish", "ژێر", "ژیر"],
  ["Ukrainian letters", "їжа", "іжа"],
  ["signs of Indic vowels", "कि", "की"],
  ["tones of Thai", "มา", "ม้า"],
  ["voiced kana", "か", "が"],
  ["an umlaut written as two letters", "Müller", "Mueller"],
  ["a space", "أبو ظبي", "أبوظبي"],
  ["a hyphen", "covid-19", "covid 19"],
  ["a sign", "C++", "C#"],
  [
    "a flag",
    "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
    "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
  ],
])("names that differ by %s are two names", (_, one, other) => {
  expect(foldName(one)).not.toBe(foldName(other))
})

test.each(["", " ", "\u200f", "ـ", "\u064e\u0651", "\u3164", "\ufeff \u2060", "\u{e0041}", "\u2800"])(
  "%j is no name",
  (name) => {
    expect([foldName(name), shownName(name)].map((text) => text.replace(/\p{M}/gu, ""))).toEqual(["", ""])
  },
)

test.each([
  ["\u200fريـاضة\u200e", "رياضة"],
  ["  Middle\u00a0 East ", "Middle East"],
  ["Sante\u0301", "Santé"],
  ["poli\u00adtics", "politics"],
  ["كتّاب", "كتّاب"],
  ["إقتصاد", "إقتصاد"],
  ["کتاب\u200cها", "کتاب\u200cها"],
  ["کتاب\u200c", "کتاب"],
  ["\u200dکتاب\u200c\u200c\u200dها \u200c", "کتاب\u200cها"],
  ["ශ්\u200dරී", "ශ්\u200dරී"],
  ["👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"],
  ["🏳\ufe0f\u200d🌈", "🏳\ufe0f\u200d🌈"],
  ["❤\ufe0f\ufe0f", "❤\ufe0f"],
  ["s\u200cp\ufe0fo\u200drt", "sport"],
  ["葛\u{e0100}", "葛\u{e0100}"],
  ["🏴\u{e0067}\u{e007f}", "🏴\u{e0067}\u{e007f}"],
  ["a\u{e0067}", "a"],
])("%j is shown as %j", (name, shown) => {
  expect(shownName(name)).toBe(shown)
})

const SPECIAL = [
  ..."\u0640\u200c\u200d\u200f\ufe0f\u0301\u0345\u20dd\u3099\u0306\u0653\u0654\u0655\u034f\u1160\u3164",
  ..."اأوىيهةکی\u06e5\u0675ﳲﷺsiI\u0130\u0131Σςßẞ´'’“-–‑ \u00a0\u200b\ufeff٢2か\uff76\uff9eĽŉǅ\u1e9b\u0323\u0344\u1100\u1161\u11a8",
  ..."🏴\u{e0067}👨🌈",
]
const character = fc.oneof(fc.constantFrom(...SPECIAL), fc.string({ unit: "binary", minLength: 1, maxLength: 1 }))
const anyName = fc.array(character, { maxLength: 12 }).map((characters) => characters.join(""))

test("a folded or shown name stays as it is, and the shown name is the same name", () => {
  fc.assert(
    fc.property(anyName, (name) => {
      const [folded, shown] = [foldName(name), shownName(name)]
      expect([foldName(folded), shownName(shown), foldName(shown)]).toEqual([folded, shown, folded])
    }),
    { numRuns: 2000 },
  )
})

test("marks and invisible characters anywhere in an Arabic name do not change it", () => {
  const unseen = fc.constantFrom(
    "\u0640",
    "\u064e",
    "\u0651",
    "\u0670",
    "\u200c",
    "\u200f",
    "\u2067",
    "\u06d6",
    "\ufeff",
  )
  const letters = fc.array(fc.tuple(fc.constantFrom(..."ابتجحدرسشعفقلمنوي "), fc.array(unseen, { maxLength: 3 })))
  fc.assert(
    fc.property(letters, (name) => {
      const written = name.map(([letter, marks]) => letter + marks.join("")).join("")
      expect(foldName(written)).toBe(foldName(name.map(([letter]) => letter).join("")))
    }),
  )
})

test("a name stays as it is after more marks than any script needs", () => {
  const once = foldName(`Á${"\u0344\u0323\u3099".repeat(400)}`)
  expect(foldName(once)).toBe(once)
})

test("names of plain Arabic and Persian letters are folded like names with any other letter", () => {
  const letters = [
    ..." aZ~09",
    ..."\u0621\u0622\u0623\u0624\u0625\u0626\u0627\u0628\u0629\u063a\u0641\u0643\u0645\u0647\u0648\u0649\u064a",
  ]
  const name = fc.array(fc.constantFrom(...letters, ..."\u067e\u0686\u0698\u06a9\u06af\u06cc"), { maxLength: 12 })
  fc.assert(
    fc.property(name, (characters) => {
      const text = characters.join("")
      expect(foldName(`${text}\u00e9`)).toBe(foldName(`${text}e`))
    }),
  )
})
