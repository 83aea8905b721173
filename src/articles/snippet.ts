/** The place in a text at which most is found of what somebody looks for, with what was found marked. Pure. */
import type { Term } from "./search-query.ts"
import { eachPlace, lastLetterAt, wordsIn } from "./words.ts"

/** Characters of the text that are shown, about. */
const LENGTH = 160

/** Places of terms that are looked at: a text that repeats a word a hundred thousand times has as many for each term. */
const MOST_HITS = 10_000

/** A part of the text: from its first character to behind its last. */
interface Span {
  from: number
  to: number
}

type Hit = Span & { term: Term }

/**
 * HTML: the text escaped, what was found in `<mark>`. Words are compared as the index compares them. Of all places the first that
 * has the most different terms; it begins and ends with whole words, and leaves no direction open.
 * @param text without markup.
 * @returns undefined if nothing is found.
 */
export function snippetOf(text: string, terms: Term[]): string | undefined {
  const { best, hits, words } = look(text, terms)
  if (!best) return undefined
  const cut = around(best, words, text)
  let html = cut.isFirst ? "" : "…"
  let at = cut.from
  for (const { from, to } of hits) {
    if (from < at || to > cut.to) continue
    html += `${escaped(text.slice(at, from))}<mark>${escaped(text.slice(from, to))}</mark>`
    at = to
  }
  html += escaped(text.slice(at, cut.to))
  return balanced((cut.isLast ? html : `${html}…`).replace(/\s+/g, " "))
}

/** Reads as much of the text as it takes to know the best place and what stands around it. */
function look(text: string, terms: Term[]): { best: Span | undefined; hits: Span[]; words: Span[] } {
  const places: Span[] = []
  /** Words, and where each begins; empty for those that are none of the wanted. */
  const read: string[] = []
  const begins: number[] = []
  const hits: Hit[] = []
  let best: (Span & { different: number }) | undefined
  /** The first hit that is near enough, and how many of each term there are from there on. */
  let near = 0
  const close = new Map<Term, number>()
  const count = (term: Term, by: 1 | -1) => {
    const after = (close.get(term) ?? 0) + by
    if (after > 0) close.set(term, after)
    else close.delete(term)
  }
  const mayBeWanted = endingOf(terms)
  eachPlace(text, (from, to) => {
    places.push({ from, to })
    const isFull = hits.length > MOST_HITS
    if (best && (isFull || best.different === terms.length) && from > best.to + LENGTH) return true
    for (const word of !isFull && mayBeWanted(text, from, to) ? wordsIn(text.slice(from, to)) : NONE) {
      read.push(word)
      begins.push(from)
      for (const term of terms) {
        if (!ends(term, read)) continue
        hits.push({ from: begins[read.length - term.words.length] ?? from, to, term })
        count(term, 1)
        for (; near < hits.length - 1; near++) {
          const first = hits[near] as (typeof hits)[number]
          if (first.from >= to - LENGTH) break
          count(first.term, -1)
        }
        if (close.size > (best?.different ?? 0)) {
          best = { from: Math.min(...hits.slice(near).map((hit) => hit.from)), to, different: close.size }
        }
      }
    }
    return false
  })
  return { best, hits, words: places }
}

const NONE = [""]

/** Most words end with another letter than those that are wanted: they need not be read. */
function endingOf(terms: Term[]): (text: string, from: number, to: number) => boolean {
  if (terms.some(({ isPrefix }) => isPrefix)) return () => true
  const wanted = new Set(["", ...terms.flatMap(({ words }) => words.map((word) => word.slice(-1)))])
  return (text, from, to) => wanted.has(lastLetterAt(text, from, to))
}

/** Whether a term ends where the text was read to. */
function ends({ words, isPrefix }: Term, read: string[]): boolean {
  const last = read.length - 1
  for (let back = 0; back < words.length; back++) {
    const [wanted, word] = [words[words.length - 1 - back] as string, read[last - back]]
    if (word !== wanted && !(isPrefix && back === 0 && word?.startsWith(wanted))) return false
  }
  return true
}

/** A part of the text with whole words and what stands at them, a third of the rest before the place. */
function around(best: Span, words: Span[], text: string): Span & { isFirst: boolean; isLast: boolean } {
  const rest = Math.max(0, LENGTH - (best.to - best.from))
  const earliest = Math.min(best.from - rest / 3, Math.max(0, text.length - LENGTH))
  const first = words.findIndex(({ from }) => from >= Math.min(earliest, best.from))
  const begin = (words[first] as Span).from
  const last = words.findLastIndex(({ to }) => to <= Math.max(begin + LENGTH, best.to))
  const end = (words[last] as Span).to
  const from = unbrokenFrom(text, words[first - 1]?.to ?? 0, begin)
  const [tail = ""] = /^\S*/.exec(text.slice(end, words[last + 1]?.from)) ?? []
  return { from, to: end + tail.length, isFirst: first === 0, isLast: last === words.length - 1 }
}

/** Where what stands before a place without a blank begins. */
function unbrokenFrom(text: string, earliest: number, place: number): number {
  let at = place
  while (at > earliest && !BLANK.test(text.charAt(at - 1))) at -= 1
  return at
}
const BLANK = /\s/

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" }
const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign)

const PDF = "\u202c"
const PDI = "\u2069"
/** What ends an embedding, an override or an isolate (Unicode UAX #9 §2). */
const ENDS = new Map([..."\u202a\u202b\u202d\u202e"].map((sign) => [sign, PDF]))
for (const sign of "\u2066\u2067\u2068") ENDS.set(sign, PDI)

/** A cut may leave a direction open, or end one that began before it. The end of an isolate ends what is open inside. */
function balanced(text: string): string {
  const open: string[] = []
  /** How many of them are isolates, so that an end without a beginning is not looked for among all that are open. */
  let isolates = 0
  const kept = text.replace(/[\u202a-\u202e\u2066-\u2069]/g, (sign) => {
    const end = ENDS.get(sign)
    if (end !== undefined) {
      open.push(end)
      if (end === PDI) isolates += 1
      return sign
    }
    if (sign === PDI ? isolates === 0 : open.at(-1) !== sign) return ""
    if (sign === PDI) isolates -= 1
    while (open.pop() !== sign);
    return sign
  })
  return kept + open.reverse().join("")
}
