/**
 * Lists the other forms of a word: plural, dual and accusative, and Arabic nouns with a pronoun. The search adds them to
 * a query, so the index keeps the words as they are; docs/decisions/0037-word-forms.md has the reasons. A query has no
 * language, so a word gets the forms of every language of its script. A form that no text has finds nothing. Pure.
 */

/** The most forms that a word has, because each form is one more word to search for. */
export const MAX_FORMS = 40

/**
 * @param word is normalized by words.ts
 * @returns its other forms. The relation is symmetric, but not transitive: جامعات belongs to جامعة and to جامع
 */
export function formsOf(word: string): string[] {
  const forms = ARABIC_WORD.test(word) ? arabicForms(word) : LATIN_WORD.test(word) ? latinForms(word) : []
  return [...new Set(forms)].filter((form) => form !== word && !isRefused(word, form) && !isRefused(form, word))
}

const ARABIC_WORD = /^[\u0621-\u064a]{3,24}$/
const LATIN_WORD = /^[a-z]{3,24}$/

/** Words that only look like forms of the first word of their line: numbers, names, words that have no plural. */
const REFUSED = new Map(
  [
    "ثلاث ثلاثين ثلاثون ثلاثا ثلاثات",
    "اربع اربعين اربعون",
    "ثمان ثمانين ثمانون",
    "سليم سليمان",
    "ماكر ماكرون",
    "كتاب كتابات",
    "جامع جامعات",
    "تجار تجارات",
    "صناع صناعات",
    "نبه نبات",
    "ثبه ثبات",
    "new news",
    "good goods",
    "mean means",
    "custom customs",
    "doe does",
    "corp corps",
    "ver vers",
    "dan dans",
    "san sans",
    "ein eins",
    "hama hamas",
    "mar mars",
    "len lens",
    "wale wales",
    "canne cannes",
    "luca lucas",
    "nicola nicolas",
    "juda judas",
    "elia elias",
    "jona jonas",
    "carlo carlos",
    "marco marcos",
    "oman omen",
    "doman domen",
    ...["adam", "daniel", "edward", "evan", "jacob", "john", "michael", "peter", "phillip", "richard", "robert"],
    ...["roger", "simon", "stephen", "william"],
  ].map((line): [string, string[]] => {
    const [word = "", ...others] = line.split(" ")
    return [word, others.length > 0 ? others : [`${word}s`]]
  }),
)

const isRefused = (word: string, form: string): boolean => REFUSED.get(word)?.includes(form) === true

/** Forms that follow no rule. */
const IRREGULAR = new Map(
  ["سنه سنوات سنين", "child children", "wife wives", "knife knives", "wolf wolves", "thief thieves", "half halves"]
    .map((line) => line.split(" "))
    .flatMap((forms) => forms.map((form) => [form, forms] as const)),
)

/**
 * Endings of Arabic words in the form of words.ts, where a final ta marbuta is ه: plural, dual, accusative, pronouns.
 * Words with a ta marbuta have endings of their own. Only the plural in ات is in both lists, because a word without its
 * ta marbuta is another word: مدرسة is a school, and مدرس a teacher.
 */
const ARABIC_ENDINGS: { endings: string[]; letters: number; other?: RegExp }[] = [
  // The minimum is four letters before the ending, because خبر is news, but خبرات are experiences. No ending follows ا,
  // and سوريا is a country, but سوري a person.
  {
    endings: ["", "ات", "ين", "ون", "ان", "ا", "ها", "هم", "اته", "اتها", "اتهم"],
    letters: 4,
    other: /(?:ا|[^ا]ه|ات)$/,
  },
  { endings: ["ه", "ات", "تين", "تان", "ته", "تها", "تهم", "اته", "اتها", "اتهم"], letters: 3 },
  { endings: ["ه", "ات"], letters: 2 },
  // قناة and قنوات, مباراة and مباريات.
  { endings: ["اه", "وات", "يات"], letters: 2 },
]

const arabicForms = (word: string): string[] => [
  ...ARABIC_ENDINGS.flatMap(({ endings, letters, other }) =>
    endings.flatMap((ending) => {
      const stem = word.slice(0, word.length - ending.length)
      const isStem = word.endsWith(ending) && stem.length >= letters && other?.test(stem) !== true
      const others = stem.endsWith("ي") ? endings.filter((each) => each !== "ا") : endings
      return isStem && others.includes(ending) ? others.map((each) => stem + each) : []
    }),
  ),
  ...(IRREGULAR.get(word) ?? []),
]

/** English and French plurals of a word, as both languages may form them. */
function latinPlurals(word: string): string[] {
  // Paris is not the plural of pari, nor virus that of viru.
  const plurals = /[iusxz]$/.test(word) ? [] : [`${word}s`]
  if (/(?:s|x|z|ch|sh|o)$/.test(word)) plurals.push(`${word}es`)
  if (/[^aeiou]y$/.test(word)) plurals.push(`${word.slice(0, -1)}ies`)
  if (/..al$/.test(word)) plurals.push(`${word.slice(0, -1)}ux`)
  if (/(?:au|eu)$/.test(word)) plurals.push(`${word}x`)
  if (/..sis$/.test(word)) plurals.push(`${word.slice(0, -2)}es`)
  if (/man$/.test(word)) plurals.push(`${word.slice(0, -2)}en`)
  return plurals
}

/** Words of which a word may be the plural, if latinPlurals() agrees. */
const latinSingulars = (word: string): string[] =>
  [
    ...[word.replace(/s$/, ""), word.replace(/es$/, ""), word.replace(/ies$/, "y"), word.replace(/ux$/, "l")],
    ...[word.replace(/x$/, ""), word.replace(/es$/, "is"), word.replace(/men$/, "man")],
  ].filter((singular) => singular.length >= 3 && latinPlurals(singular).includes(word))

const latinForms = (word: string): string[] => [
  ...latinPlurals(word),
  ...latinSingulars(word),
  ...(IRREGULAR.get(word) ?? []),
]
