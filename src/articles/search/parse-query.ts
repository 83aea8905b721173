/** Parses a search: required words, "phrases" in quotes, prefixes* of words, and -excluded terms. Pure. */
import { formsOf, formsOfName } from "./word-forms.ts"
import { forEachWord, wordsOf } from "./words.ts"

/** Words that follow each other. The last word may be a prefix. */
export interface Term {
  words: string[]
  isPrefix: boolean
  /** Other forms, each of as many words as the term, any of which may occur in its place. Absent if there are none. */
  forms?: string[]
}

export interface SearchQuery {
  /** All of these terms must occur. */
  terms: Term[]
  /** None of these terms may occur. */
  excluded: Term[]
}

/** Terms and words have separate limits, because a phrase in a script without spaces has many words. */
const MAX_TERMS = 20
const MAX_WORDS = 100
const MAX_PREFIXES = 5

/** The minimum number of letters of a prefix. The index has prefixes of this length. */
const MIN_PREFIX_LETTERS = 2

/** Matches an optional minus, then a phrase or characters without spaces. A quote inside a word begins no phrase. */
const TERM_PATTERN =
  /([-\u2212]?)(?:["“”„]([^"“”„]*)["“”„]?|«([^»]*)»?|((?:[^\s"“”„«]|(?<=\p{Script=Hebrew})"(?=\p{Script=Hebrew}))+))/gu

/** What English and French join to a word with an apostrophe: the possessive 's, and words such as l', d' and qu'. */
const POSSESSIVE = /(?<=[\p{L}\p{N}])['’]s(?=[^\p{L}\p{N}'’]*$)/iu
const ELIDED_WORD = /^([^\p{L}\p{N}]*)(?:[cdjlmnst]|(?:jus|lors|puis|quoi)?qu)['’](?=\p{L}{2})/iu

/** @returns the query, or a hint for the client if the text has no terms, too many, or too short a prefix */
export function parseQuery(text: string): SearchQuery | { hint: string } {
  const parsedTerms = [...text.matchAll(TERM_PATTERN)].flatMap(
    ([, minus = "", quotedText, angleQuotedText, plainText]) => {
      const termText = quotedText ?? angleQuotedText ?? plainText ?? ""
      const hasStar = termText.endsWith("*")
      const isExcluded = minus !== ""
      // Readers quote a word to find only itself, and expect that an exclusion takes no more than what they wrote.
      const isExact = plainText === undefined || hasStar || isExcluded
      const words = wordsOf(isExact ? termText : termText.replace(POSSESSIVE, "").replace(ELIDED_WORD, "$1"))
      const isTooShort = hasStar && lettersAtEnd(termText) < MIN_PREFIX_LETTERS
      // In a script without spaces each letter is a word, so a phrase already finds what begins with it.
      const isPrefix = hasStar && letterCount(words.at(-1)) >= MIN_PREFIX_LETTERS
      const forms = isExact ? [] : words.length === 1 ? formsOf(words[0] ?? "") : formsOfName(words)
      const term: Term = { words, isPrefix, ...(forms.length > 0 && { forms }) }
      return words.length === 0 ? [] : [{ term, isExcluded, isTooShort }]
    },
  )
  const shortPrefix = parsedTerms.find(({ isTooShort }) => isTooShort)
  if (shortPrefix)
    return { hint: `has ${shortPrefix.term.words.at(-1)}*, but needs ${MIN_PREFIX_LETTERS} letters before *` }
  // Equal terms are searched once, because each repetition costs as much and matches the same articles.
  const distinctTerms = [
    ...new Map(parsedTerms.map((each) => [`${each.isExcluded} ${formsExpression(each.term)}`, each])).values(),
  ]
  const prefixCount = distinctTerms.filter(({ term }) => term.isPrefix).length
  if (distinctTerms.length > MAX_TERMS)
    return { hint: `has ${distinctTerms.length} words and phrases, but may have ${MAX_TERMS} at most` }
  if (prefixCount > MAX_PREFIXES)
    return { hint: `has ${prefixCount} beginnings of words, but may have ${MAX_PREFIXES} at most` }
  if (distinctTerms.flatMap(({ term }) => term.words).length > MAX_WORDS)
    return { hint: `has more than ${MAX_WORDS} words` }
  const terms = distinctTerms.flatMap(({ term, isExcluded }) => (isExcluded ? [] : [term]))
  const excluded = distinctTerms.flatMap(({ term, isExcluded }) => (isExcluded ? [term] : []))
  if (terms.length > 0) return { terms, excluded }
  return {
    hint:
      distinctTerms.length === 0
        ? "has no word to search for: add one"
        : "only excludes words: add a word to search for",
  }
}

/** Counts the letters of the last word. In a script without spaces, these are the letters that stand together. */
function lettersAtEnd(text: string): number {
  let letters = 0
  let end = -1
  forEachWord(text, (from, to) => {
    letters = (from === end ? letters : 0) + letterCount(wordsOf(text.slice(from, to)).join(""))
    end = to
  })
  return letters
}

const letterCount = (word: string | undefined): number => [...(word ?? "")].length

/** A term in the syntax of FTS5. Words contain no quotes. */
export const termExpression = ({ words, isPrefix }: Term): string => `"${words.join(" ")}"${isPrefix ? " *" : ""}`

const anyOf = (words: string[]): string => `(${words.map((word) => `"${word}"`).join(" OR ")})`

/** A term or one of its forms, in the syntax of FTS5. */
export const formsExpression = (term: Term): string =>
  term.forms === undefined ? termExpression(term) : anyOf([term.words.join(" "), ...term.forms])

/**
 * Terms of which at least one occurs only in another form; undefined if none has other forms. The list of the forms comes
 * first because few articles have them, so FTS5 need not read every article that has the words themselves.
 */
export function otherFormsExpression(terms: Term[]): string | undefined {
  const inflected = terms.filter(({ forms }) => forms !== undefined)
  if (inflected.length === 0) return undefined
  const some = anyOf(inflected.flatMap(({ forms = [] }) => forms))
  const all = terms.filter((term) => inflected.length > 1 || term.forms === undefined).map(formsExpression)
  return `(${[some, ...all].join(" AND ")}) NOT (${inflected.map(termExpression).join(" AND ")})`
}

/** Whether a term is a single prefix that is longer than the prefixes in the index. */
export const isLongPrefix = ({ words, isPrefix }: Term): boolean =>
  isPrefix && words.length === 1 && letterCount(words[0]) > MIN_PREFIX_LETTERS
