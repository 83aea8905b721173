/**
 * Lists the other forms of a word: plural, dual and accusative, and Arabic nouns with a pronoun. The search adds them to
 * a query, so the index keeps the words as they are; docs/decisions/0038-word-forms.md has the reasons. A query has no
 * language, so a word gets the forms of every language of its script. A form that no text has finds nothing. Pure.
 */
import { BASE_WORDS, IRREGULAR, isRefused, NO_PRONOUN, OWN_PLURAL, OWN_PLURAL_IN_AT } from "./word-lists.ts"

/** The most forms that a word has, because each form is one more word to search for. */
export const MAX_FORMS = 40

/**
 * @param word is normalized by words.ts
 * @returns its other forms. The relation is symmetric, but not transitive: leaves belongs to leaf and to leave
 */
export function formsOf(word: string): string[] {
  const forms = ARABIC_WORD.test(word) ? arabicForms(word) : LATIN_WORD.test(word) ? latinForms(word) : []
  return [...new Set([...forms, ...(IRREGULAR.get(word) ?? [])])].filter(
    (form) => form !== word && !isRefused(word, form) && !isRefused(form, word),
  )
}

/** "Father of" in its three cases, as in أبو ظبي, أبي ظبي and أبا ظبي. بابا is the pope. */
const FATHER_OF = /^(?!بابا$)([وفبل]?اب)[ويا]$/

/** The forms of a name that is written as one word, but has several: أبوظبي. */
export function formsOfName([first = "", ...rest]: string[]): string[] {
  return casesOfFather(first).map((form) => [form, ...rest].join(" "))
}

function casesOfFather(word: string): string[] {
  const [, stem] = FATHER_OF.exec(word) ?? []
  return stem === undefined
    ? []
    : ["و", "ي", "ا"].map((ending) => stem + ending).filter((form) => form !== word && FATHER_OF.test(form))
}

const ARABIC_WORD = /^[\u0621-\u064aگ]{3,24}$/
/** Two consonants are an abbreviation that may have a plural (MP, TV). Other words of two letters have none. */
const LATIN_WORD = /^(?:[a-z]{3,24}|[bcdfghjklmnpqrtvw]{2})$/

/**
 * Participles, which are persons or attributes. Their plural in ات is mostly that of another word: مراسل is a
 * correspondent, and مراسلات are messages. The forms are فاعل, مفعل, مفاعل and مستفعل.
 */
const PARTICIPLE = /^(?:[^م]ا..|م.[^ا].|م.ا..|مست...)(?<!ي)$/
/** An adjective in ي: عمليات are operations, but عملي means practical. After a م it may be a noun such as مستشفى. */
const ADJECTIVE = /^[^م].*ي$/
const hasOwnPlural = (stem: string): boolean =>
  !OWN_PLURAL_IN_AT.has(stem) && (PARTICIPLE.test(stem) || ADJECTIVE.test(stem) || OWN_PLURAL.has(stem))

/**
 * Verbal nouns and plurals that begin with ا, and verbal nouns that begin with ت. They have no ta marbuta, so ه can only
 * be a pronoun: اجتماعه, إعلانه, أعماله, تصريحه, تعاونه. Some nouns of other forms have none either.
 */
const HAS_PRONOUN = /^(?:است..ا.|ا(?!ست).ت.ا.|ان..ا.|ا..ا.|ت..ي.|ت.ا..|قرار|بيان|موقف|منصب|فريق|حساب|نظام|مجلس)$/

/** The plural in ات, alone and with pronouns. */
const PLURAL_IN_AT = ["ات", "اته", "اتها", "اتهم"]

/**
 * Endings of Arabic words in the form of words.ts, where a final ta marbuta is ه: plural, dual, accusative, pronouns.
 * Words with a ta marbuta have endings of their own. Only the plural in ات is in both lists, because a word without its
 * ta marbuta is another word: مدرسة is a school, and مدرس a teacher.
 */
const ARABIC_ENDINGS: { endings: string[]; stem: RegExp; without?: (ending: string, stem: string) => boolean }[] = [
  // The minimum is four letters before the ending, because خبر is news, but خبرات are experiences. No ending follows ا,
  // and سوريا is a country, but سوري a person.
  {
    endings: ["", "ين", "ون", "ان", "ا", "ه", "ها", "هم", ...PLURAL_IN_AT],
    stem: /^.{4,}(?<!ا|[^ا]ه|ات)$/,
    without: (ending, stem) =>
      (ending === "ا" && stem.endsWith("ي")) ||
      (ending === "ه" && (!HAS_PRONOUN.test(stem) || NO_PRONOUN.has(stem))) ||
      (PLURAL_IN_AT.includes(ending) && hasOwnPlural(stem)),
  },
  { endings: ["ه", "تين", "تان", "ته", "تها", "تهم", ...PLURAL_IN_AT], stem: /^.{2,}$/ },
  // منشأة and منشآت. Shorter words are refused because of حياة (life) and حيات (snakes), except هيئة and its like.
  { endings: ["اه", ...PLURAL_IN_AT], stem: /^(?:.{3,}|[^حم]ي)$/ },
  // مباراة and مباريات. Shorter words are irregular.
  { endings: ["اه", "يات"], stem: /^م.ا.$/ },
  // وزراء and وزرائهم. With ه instead of هم, the next two lists apply: بداوة is no form of بدائها.
  { endings: ["اء", "اءها", "اءهم", "ايها", "ايهم", "اوها", "اوهم"], stem: /^.{2,}$/ },
  { endings: ["اء", "ايه"], stem: /^.{2,}$/ },
  { endings: ["اء", "اوه"], stem: /^.{2,}$/ },
  // بريء and بريئين, شيء and شيئا, مجيء and مجيئها.
  { endings: ["يء", "ييا", "ييين", "ييون", "ييان", "ياها", "ياهم"], stem: /^.+$/ },
]

function arabicForms(word: string): string[] {
  const forms = ARABIC_ENDINGS.flatMap(({ endings, stem: stemPattern, without }) =>
    endings.flatMap((ending) => {
      const stem = word.slice(0, word.length - ending.length)
      if (!word.endsWith(ending) || !stemPattern.test(stem) || without?.(ending, stem)) return []
      if (ending !== "" && BASE_WORDS.has(word)) return []
      return endings
        .filter((each) => !without?.(each, stem) && !(each !== "" && BASE_WORDS.has(stem + each)))
        .map((each) => stem + each)
    }),
  )
  return [...forms, ...casesOfFather(word), ...otherLetterForG(word)]
}

/** Foreign names with g are also written with ك: أگادير and أكادير. Shorter words are mostly Persian, which has both. */
const otherLetterForG = (word: string): string[] =>
  word.length < 4 || (word.includes("گ") && word.includes("ك"))
    ? []
    : [word.includes("گ") ? word.replaceAll("گ", "ك") : word.replaceAll("ك", "گ")]

/** Words in -f and -fe with a plural in -ves. Others, such as belief and proof, have -s. */
const WITH_VES = /(?:(?:kn|w|l)ife|[aeo]lf|leaf|loaf|sheaf|thief|hoof|scarf|wharf|dwarf)$/
/** French words in -ail and -ou with a plural in -x. All others have -s. */
const AIL_WITH_AUX = /^(?:trav|b|cor|em|soupir|vitr|vant)ail$/
const OU_WITH_X = /^(?:bij|caill|ch|gen|hib|jouj|p)ou$/

/** English and French plurals of a word, as both languages may form them. */
function latinPlurals(word: string): string[] {
  const plurals = /[sxz]$/.test(word) ? [] : [`${word}s`]
  // French words in -s do not change, so only the endings of English words in -s get -es: cases are not those of cas.
  if (/(?:ss|us|ias|[gl]as|vas|lens|x|z|ch|sh|o)$/.test(word)) plurals.push(`${word}es`)
  if (/[^aeiou]y$/.test(word)) plurals.push(`${word.slice(0, -1)}ies`)
  if (/..al$/.test(word)) plurals.push(`${word.slice(0, -1)}ux`)
  if (AIL_WITH_AUX.test(word)) plurals.push(`${word.slice(0, -2)}ux`)
  if (/(?:au|eu)$/.test(word) || OU_WITH_X.test(word)) plurals.push(`${word}x`)
  if (/..sis$/.test(word)) plurals.push(`${word.slice(0, -2)}es`)
  if (/man$/.test(word)) plurals.push(`${word.slice(0, -2)}en`)
  if (WITH_VES.test(word)) plurals.push(word.replace(/fe?$/, "ves"))
  return plurals
}

/** The endings of plurals, each with what stands in its place in the singular. */
const LATIN_PLURAL_ENDINGS: [RegExp, string][] = [
  [/s$/, ""],
  [/es$/, ""],
  [/ies$/, "y"],
  [/ux$/, "l"],
  [/ux$/, "il"],
  [/x$/, ""],
  [/es$/, "is"],
  [/men$/, "man"],
  [/ves$/, "f"],
  [/ves$/, "fe"],
]

/** Words of which a word may be the plural, if latinPlurals() agrees. */
const latinSingulars = (word: string): string[] =>
  LATIN_PLURAL_ENDINGS.map(([ending, replacement]) => word.replace(ending, replacement)).filter(
    (singular) => LATIN_WORD.test(singular) && latinPlurals(singular).includes(word),
  )

const latinForms = (word: string): string[] => [...latinPlurals(word), ...latinSingulars(word)]
