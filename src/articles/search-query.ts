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

export interface SearchQuery {
  /** What must be there, all of it. */
  terms: Term[]
  /** What must not, none of it. */
  without: Term[]
}

/** What may be looked for at once; words of it, because phrases of languages without blanks have many; and beginnings, each of which stands for many. */
const TERMS = 20
const WORDS = 100
const BEGINNINGS = 5

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
  const read = [...typed.matchAll(TYPED)].flatMap(([, minus = "", straight, angled, bare]) => {
    const words = wordsOf(straight ?? angled ?? bare ?? "")
    const isPrefix = bare?.endsWith("*") === true && lettersOf(words.at(-1)) >= PREFIX
    return words.length === 0 ? [] : [{ term: { words, isPrefix }, isTakenAway: minus !== "" }]
  })
  // Equal terms find the same, and each costs the store as much as the first.
  const all = [...new Map(read.map((each) => [`${each.isTakenAway} ${expressionOf(each.term)}`, each])).values()]
  const beginnings = all.filter(({ term }) => term.isPrefix).length
  if (all.length > TERMS) return { hint: `looks for ${all.length} words and phrases: ${TERMS} at most` }
  if (beginnings > BEGINNINGS) return { hint: `looks for ${beginnings} beginnings of words: ${BEGINNINGS} at most` }
  if (all.flatMap(({ term }) => term.words).length > WORDS) return { hint: `has more than ${WORDS} words` }
  const terms = all.flatMap(({ term, isTakenAway }) => (isTakenAway ? [] : [term]))
  const without = all.flatMap(({ term, isTakenAway }) => (isTakenAway ? [term] : []))
  if (terms.length > 0) return { terms, without }
  return {
    hint: all.length === 0 ? "has no word to look for: write one" : "only takes away: add a word to look for",
  }
}

const lettersOf = (word: string | undefined): number => [...(word ?? "")].length

/** A term as FTS5 reads it. Words have no quotes. */
export const expressionOf = ({ words, isPrefix }: Term): string => `"${words.join(" ")}"${isPrefix ? " *" : ""}`

/** A word of which three letters or more are given: there is no index of such beginnings. */
export const isBegun = ({ words, isPrefix }: Term): boolean =>
  isPrefix && words.length === 1 && lettersOf(words[0]) > PREFIX
