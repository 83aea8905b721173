/** Finds the part of a text with the most search terms, and marks the terms. Pure. */
import { balanceDirections } from "../../text/direction.ts"
import type { Term } from "./parse-query.ts"
import { forEachWord, lastLetterAt, wordsOfWrittenWord } from "./words.ts"

/** The approximate length of a snippet. */
const SNIPPET_CHARACTERS = 160

/** The maximum number of examined occurrences, because a text may repeat a word a hundred thousand times. */
const MAX_HITS = 10_000

/** A part of the text: `to` is the index after its last character. */
interface TextRange {
  from: number
  to: number
}

type Hit = TextRange & { term: Term }

/**
 * Returns the snippet as escaped HTML with the terms in `<mark>`, or undefined if no term occurs. Terms match as in the
 * index. The snippet is the first part with the most different terms, has whole words, and leaves no text direction
 * open.
 */
export function snippetOf(text: string, terms: Term[]): string | undefined {
  const { best: bestRange, hits, words } = findBestRange(text, terms, SNIPPET_CHARACTERS)
  if (!bestRange) return undefined
  const excerpt = extendRange(bestRange, words, text)
  return `${excerpt.isFirst ? "" : "…"}${marked(text, excerpt, hits, excerpt.isLast ? "" : "…")}`
}

/** Returns a whole text, such as a headline, as escaped HTML with the terms in `<mark>`. */
export function markTerms(text: string, terms: Term[]): string {
  const { hits } = findBestRange(text, terms, Number.POSITIVE_INFINITY)
  return marked(text, { from: 0, to: text.length }, hits, "")
}

function marked(text: string, range: TextRange, hits: TextRange[], end: string): string {
  let html = ""
  let at = range.from
  for (const { from, to } of hits) {
    if (from < at || to > range.to) continue
    html += `${escapeHtml(text.slice(at, from))}<mark>${escapeHtml(text.slice(from, to))}</mark>`
    at = to
  }
  html += escapeHtml(text.slice(at, range.to))
  return balanceDirections((html + end).replace(/\s+/g, " "))
}

/**
 * Reads the text only until the best range and the words around it are known.
 * @param characters the length of the range in which as many different terms as possible are looked for
 */
function findBestRange(
  text: string,
  terms: Term[],
  characters: number,
): { best: TextRange | undefined; hits: TextRange[]; words: TextRange[] } {
  const words: TextRange[] = []
  /** The normalized words and their starts in the text. A word that cannot match a term is stored as an empty word. */
  const readWords: string[] = []
  const wordStarts: number[] = []
  const hits: Hit[] = []
  let bestRange: (TextRange & { termCount: number }) | undefined
  /** The first hit that fits into one snippet with the last hit, and how often each term occurs between the two. */
  let firstNearby = 0
  const nearbyCounts = new Map<Term, number>()
  const count = (term: Term, step: 1 | -1) => {
    const after = (nearbyCounts.get(term) ?? 0) + step
    if (after > 0) nearbyCounts.set(term, after)
    else nearbyCounts.delete(term)
  }
  const mayEndTerm = lastLetterTest(terms)
  forEachWord(text, (from, to) => {
    words.push({ from, to })
    const isFull = hits.length > MAX_HITS
    if (bestRange && (isFull || bestRange.termCount === terms.length) && from > bestRange.to + characters) return true
    for (const word of !isFull && mayEndTerm(text, from, to) ? wordsOfWrittenWord(text.slice(from, to)) : NO_WORD) {
      readWords.push(word)
      wordStarts.push(from)
      for (const term of terms) {
        if (!endsWithTerm(term, readWords)) continue
        hits.push({ from: wordStarts[readWords.length - term.words.length] ?? from, to, term })
        count(term, 1)
        for (; firstNearby < hits.length - 1; firstNearby++) {
          const first = hits[firstNearby] as (typeof hits)[number]
          if (first.from >= to - characters) break
          count(first.term, -1)
        }
        if (nearbyCounts.size > (bestRange?.termCount ?? 0)) {
          bestRange = {
            from: Math.min(...hits.slice(firstNearby).map((hit) => hit.from)),
            to,
            termCount: nearbyCounts.size,
          }
        }
      }
    }
    return false
  })
  return { best: bestRange, hits, words }
}

const NO_WORD = [""]

/** Returns a quick test, because normalization is slow: a word cannot match if no term ends with its last letter. */
function lastLetterTest(terms: Term[]): (text: string, from: number, to: number) => boolean {
  if (terms.some(({ isPrefix }) => isPrefix)) return () => true
  const words = terms.flatMap((term) => [...term.words, ...(term.forms ?? [])])
  const lastLetters = new Set(["", ...words.map((word) => word.slice(-1))])
  return (text, from, to) => lastLetters.has(lastLetterAt(text, from, to))
}

/** Whether the words that were read end with a term. */
function endsWithTerm({ words, isPrefix, forms }: Term, readWords: string[]): boolean {
  const last = readWords.length - 1
  if (forms?.includes(words.length === 1 ? (readWords[last] as string) : readWords.slice(-words.length).join(" ")))
    return true
  for (let back = 0; back < words.length; back++) {
    const [expected, word] = [words[words.length - 1 - back] as string, readWords[last - back]]
    if (word !== expected && !(isPrefix && back === 0 && word?.startsWith(expected))) return false
  }
  return true
}

/** Extends a range to a snippet with whole words: a third of the added text is before the range, the rest after it. */
function extendRange(
  bestRange: TextRange,
  words: TextRange[],
  text: string,
): TextRange & { isFirst: boolean; isLast: boolean } {
  const spare = Math.max(0, SNIPPET_CHARACTERS - (bestRange.to - bestRange.from))
  const earliest = Math.min(bestRange.from - spare / 3, Math.max(0, text.length - SNIPPET_CHARACTERS))
  const first = words.findIndex(({ from }) => from >= Math.min(earliest, bestRange.from))
  const begin = (words[first] as TextRange).from
  const last = words.findLastIndex(({ to }) => to <= Math.max(begin + SNIPPET_CHARACTERS, bestRange.to))
  const end = (words[last] as TextRange).to
  const from = startOfRun(text, words[first - 1]?.to ?? 0, begin)
  const [tail = ""] = /^\S*/.exec(text.slice(end, words[last + 1]?.from)) ?? []
  return { from, to: end + tail.length, isFirst: first === 0, isLast: last === words.length - 1 }
}

/** Returns the start of the word that contains a place. */
function startOfRun(text: string, earliest: number, place: number): number {
  let at = place
  while (at > earliest && !BLANK.test(text.charAt(at - 1))) at -= 1
  return at
}
const BLANK = /\s/

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" }
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign)
