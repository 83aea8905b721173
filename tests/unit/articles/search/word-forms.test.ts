/** Which forms of a word meet in a search, which do not, and what a phrase, a prefix and an exclusion find. */
import { describe, expect, test } from "vitest"
import { formsOf, MAX_FORMS } from "../../../../src/articles/search/word-forms.ts"
import { wordsOf } from "../../../../src/articles/search/words.ts"
import * as fc from "../../../fast-check.ts"
import { finds } from "./search-engine.ts"

/** Reads pairs such as "train/trains leaf/leaves". Words with a blank have _ for it. */
const pairsOf = (text: string) =>
  text.split(" ").map((pair): [string, string] => {
    const [a = "", b = ""] = pair.replaceAll("_", " ").split("/")
    return [a, b]
  })

/** Each word of a pair finds the other. */
const SAME: [why: string, pairs: [string, string][]][] = [
  ["a French series and an English one", pairsOf("série/séries série/series séries/series")],
  [
    "plurals of places inside the word",
    pairsOf("مبدأ/مبادئ المبدأ/المبادئ ملجأ/ملاجئ مرفأ/المرافئ مخبأ/مخابئ مبدء/مبادئ"),
  ],
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
  [
    "a hamza before the plural ون",
    pairsOf(
      "لاجئ/لاجئون اللاجئين/لاجئون ناشئ/ناشئون طارئ/طارئون متواطئ/متواطئون المستهزئ/مستهزئون مناوئ/المناوئون خاطئ/خاطئون بريء/بريئين جريء/جريئون",
    ),
  ],
  [
    "Arabic words that end with a hamza, with a pronoun or an ending",
    pairsOf(
      "لقاء/لقائه لقاء/لقائهم رؤساء/رؤسائهم وزراء/وزراؤه أعضاء/أعضائها أبناء/أبنائهم علماء/علماؤها مجيء/مجيئها شيء/شيئا",
    ),
  ],
  [
    "Arabic plurals of words with a hamza",
    pairsOf("هيأة/هيئات هيأة/هيآت بيئة/بيئات سيئة/سيئات منشأة/منشآت مكافأة/مكافآت مفاجأة/مفاجآت"),
  ],
  [
    "short Arabic words with a ta marbuta, with a pronoun or in the dual",
    pairsOf("قوات/قواتها قوات/قواته قوات/قواتهم قوة/قواتها لغة/لغته جهة/جهاتهم سنة/سنتين مرة/مرتين صفة/صفتها ثقة/ثقته"),
  ],
  [
    "the pronoun ه, after words that have no ta marbuta",
    pairsOf(
      "قرار/قراره اجتماع/اجتماعه إعلان/إعلانه تصريح/تصريحه تقرير/تقريره تعاون/تعاونه أعمال/أعماله استقبال/استقباله انتخاب/انتخابه",
    ),
  ],
  [
    "Arabic participles and adjectives that are things",
    pairsOf(
      "مخيم/مخيمات واجب/واجبات مؤشر/مؤشرات محرك/محركات مستودع/مستودعات مؤتمر/مؤتمرات منتخب/منتخبات مستشفى/مستشفيات مشروع/مشروعات ملف/ملفات مستوى/مستويات",
    ),
  ],
  [
    "the letters of g in Morocco",
    pairsOf("أگادير/أكادير أݣادير/أكادير أڭادير/أكادير أݣادير/أگادير گلميم/كلميم تاونگا/تاونكا"),
  ],
  [
    "father of, in another case",
    pairsOf(
      "أبي_ظبي/أبو_ظبي أبي_ظبي/أبوظبي أبا_مازن/أبومازن أبي_بكر/أبو_بكر لأبي_ظبي/لأبوظبي أبا_الغيط/أبو_الغيط وأبي_عبيدة/وأبو_عبيدة",
    ),
  ],
  [
    "plurals of words in -i and -u",
    pairsOf(
      "loi/lois parti/partis élu/élus emploi/emplois délai/délais détenu/détenus taxi/taxis menu/menus tournoi/tournois ennemi/ennemis individu/individus tissu/tissus Houthi/Houthis Iraqi/Iraqis",
    ),
  ],
  [
    "plurals in -aux, -oux and -ves",
    pairsOf(
      "travail/travaux bail/baux vitrail/vitraux détail/détails bijou/bijoux genou/genoux clou/clous leaf/leaves shelf/shelves loaf/loaves bookshelf/bookshelves life/lives housewife/housewives belief/beliefs",
    ),
  ],
  ["abbreviations of two letters", pairsOf("MP/MPs PM/PMs TV/TVs PC/PCs ID/IDs DJ/DJs")],
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
  [
    "Arabic participles whose plural in ات is that of another word",
    pairsOf(
      "مستوطن/مستوطنات محافظ/محافظات مخابر/مخابرات صادر/صادرات مباحث/مباحثات مفاوض/مفاوضات مراسل/مراسلات محاضر/محاضرات مظاهر/مظاهراتهم مؤسس/مؤسسات منظم/منظماتها مقدم/مقدمات طائر/طائرات ناقل/ناقلات مستعمر/مستعمرات مطالب/مطالبات",
    ),
  ],
  [
    "Arabic adjectives and other nouns whose plural in ات is that of another word",
    pairsOf("عملي/عمليات رياضي/رياضيات شخصي/شخصيات نقاب/نقابات جراح/جراحات طيار/طياراتهم مجموع/مجموعات"),
  ],
  [
    "Arabic words that only seem to have an ending",
    pairsOf(
      "طالب/طالبان طالبان/طالبات مهرج/مهرجان سادة/السادات صابر/صابرين مجانا/مجانين هواة/هويات دعاة/دعوات حياة/حيات مياه/ميات",
    ),
  ],
  [
    "Arabic words that only seem to have a pronoun",
    pairsOf("تلميذ/تلميذة تشكيل/تشكيلة استقال/استقالة ولاء/ولاية دعاء/دعاية ولاية/ولائهم قراء/قراءة بيان/بينه"),
  ],
  [
    "French words that end with s, and words without it",
    pairsOf(
      "cour/cours pay/pays fil/fils temp/temps tour/tours foi/fois mai/mais moi/mois bra/bras fond/fonds corp/corps discour/discours cas/cases cour/courses Deni/Denis repo/repos abu/abus",
    ),
  ],
  [
    "English words and names that end with s, and words without it",
    pairsOf(
      "our/ours your/yours her/hers economic/economics physic/physics George/Georges Andrew/Andrews Lago/Lagos Mr/Mrs it/its no/nos la/las strife/strives belief/believes",
    ),
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

/** A term finds a text, but the words of the text are not always a term that finds the first one. */
test.each([
  ["government's", "government"],
  ["Germany’s", "Germany"],
  ["(women's", "woman"],
  ["company's,", "companies"],
  ["l’élection", "élections"],
  ["L'élection", "election"],
  ["d'emploi", "emplois"],
  ["qu’élections", "élection"],
  ["«jusqu'ici", "jusqu'ici"],
  ["lorsqu'État", "États"],
  ["c’est", "c'est"],
])("a word that is joined with an apostrophe is found without it: %s finds %s", (typed, text) => {
  expect([finds(typed, text), finds(typed, "other words")]).toEqual([true, false])
})

describe("other forms are not searched", () => {
  test.each([
    ['"train"', "trains", "of a quoted word"],
    ["«قطار»", "قطارات", "of a quoted word"],
    ['"prime minister"', "prime ministers", "in a phrase"],
    ["prime-minister", "prime ministers", "in a word with a hyphen"],
    ["trains*", "train", "of a prefix"],
    ['"l’élection"', "une élection", "without an apostrophe in a phrase"],
    ["government's*", "government", "without an apostrophe in a prefix"],
    ["O'Brien", "Brien", "of a name with an apostrophe"],
    ['train "train"', "trains", "of a word that is also quoted"],
  ])("%s in %s: %s", (typed, text) => {
    expect(finds(typed, text)).toBe(false)
  })

  test("of an excluded word", () => {
    expect([finds("port -train", "port trains"), finds("port -trains", "port trains")]).toEqual([true, false])
    expect(finds("port -train's", "port train")).toBe(true)
  })
})

const arabic = fc.array(fc.constantFrom(..."اتهنويمقطرسلءكگ", "ات", "ين", "ها", "اه"), { maxLength: 8 })
const latin = fc.array(fc.constantFrom(..."aeioustrnxyzlf", "es", "ves", "ail", "ies", "man", "eau", "sis", "al"), {
  maxLength: 8,
})
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
        for (const form of formsOf(word)) expect(form).toMatch(/^(?:[a-z]+|[\u0621-\u064aگ]+)$/)
      }
    }),
  )
})
