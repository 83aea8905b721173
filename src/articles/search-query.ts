/**
 * What somebody typed, as a query of the index. Whatever is typed is one: words (all of them are looked for), "phrases" in quotes,
 * beginnings* of words, and -what must not be there. Everything else is divided into words like any text. Pure.
 */
import { wordsOf } from "./words.ts"

/** Words that stand beside each other; of the last one perhaps only the beginning is given. */
export interface Term {
  words: string[]
  isPrefix: boolean
}

/** Expressions of FTS5, in quotes throughout. */
export interface SearchQuery {
  /** What must be there: a list between ANDs. */
  found: string
  /** What must not, each by itself. */
  notFound: string[]
  /** What is to be marked in a snippet. */
  terms: Term[]
}

/** What may be looked for at once, and words of it: phrases of languages without blanks have many. */
const TERMS = 20
const WORDS = 100

/** Letters that a beginning has at least. */
const PREFIX = 2

/**
 * A sign that it is taken away, then a phrase (which ends where the text does if nobody closed it) or what stands between blanks.
 * The quote in a Hebrew abbreviation begins none.
 */
const TYPED =
  /([-\u2212]?)(?:["“”„]([^"“”„]*)["“”„]?|«([^»]*)»?|((?:[^\s"“”„«]|(?<=\p{Script=Hebrew})"(?=\p{Script=Hebrew}))+))/gu

/**
 * Reads what somebody typed.
 * @returns the query, or what is to be changed if there is nothing to look for, or too much.
 */
export function readQuery(typed: string): SearchQuery | { hint: string } {
  const terms = [...typed.matchAll(TYPED)].flatMap(([, minus, straight, angled, bare]) => {
    const words = wordsOf(straight ?? angled ?? bare ?? "")
    const isPrefix = bare?.endsWith("*") === true && [...(words.at(-1) ?? "")].length >= PREFIX
    return words.length === 0 ? [] : [{ words, isPrefix, isTakenAway: minus !== "" }]
  })
  const wanted = terms.filter(({ isTakenAway }) => !isTakenAway)
  if (terms.length > TERMS) return { hint: `looks for ${terms.length} words and phrases: ${TERMS} at most` }
  if (terms.flatMap(({ words }) => words).length > WORDS) return { hint: `has more than ${WORDS} words` }
  if (wanted.length === 0) {
    return {
      hint: terms.length === 0 ? "has no word to look for: write one" : "only takes away: add a word to look for",
    }
  }
  return {
    found: wanted.map(expressionOf).join(" AND "),
    notFound: terms.filter(({ isTakenAway }) => isTakenAway).map(expressionOf),
    terms: wanted.map(({ words, isPrefix }) => ({ words, isPrefix })),
  }
}

/** The words of a text have no quotes. */
const expressionOf = ({ words, isPrefix }: Term): string => `"${words.join(" ")}"${isPrefix ? " *" : ""}`
