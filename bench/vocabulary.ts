/**
 * Generates Arabic words, because real archives have rare words, such as names. A word puts three consonants into an
 * Arabic pattern. By Zipf's law, the word of rank n is n times as rare as the first word.
 */

/** Hamza is left out, because its spelling depends on the word. */
const CONSONANTS = [..."بتثجحخدذرزسشصضطظعغفقكلمنهوي"]

/**
 * In a pattern, 1, 2 and 3 stand for the consonants of the root. Some patterns have vowel signs, which newsrooms write
 * to help readers.
 */
const PATTERNS =
  "12ا3 1ا23 12ي3 م12و3 ت12ي3 12و3 12ا3ة 1ا23ة 12ي3ة م12و3ة ا12ا3 م12ا3 م12ا3ة ت1ا23 ا1ت2ا3 1َ2َّا3 مُ1َ2ِّ3 12ي3ات".split(" ")
const PREFIXES = ["", "ال", "", "ال", "و", "وال", "ب", "لل", "بال", ""]

export const WORDS = 200_000

const words: string[] = []

/** @param rank is from 1 to WORDS */
export function wordOf(rank: number): string {
  const word = words[rank] ?? generate(rank)
  words[rank] = word
  return word
}

function generate(rank: number): string {
  // The factor and WORDS have no common divisor, so each rank has another word, and neighbours in rank are far apart in
  // the alphabet.
  const no = (rank * 7_919) % WORDS
  const pattern = PATTERNS[no % PATTERNS.length] as string
  let rest = Math.floor(no / PATTERNS.length)
  const root = ["", "", ""].map(() => {
    const letter = CONSONANTS[rest % CONSONANTS.length] as string
    rest = Math.floor(rest / CONSONANTS.length)
    return letter
  })
  return pattern.replace(/[123]/g, (place) => root[Number(place) - 1] ?? "")
}

/** Returns a random word, perhaps with an article or another prefix. @param draw returns numbers from 0 to 1 */
export function randomWord(draw: () => number): string {
  const rank = Math.max(1, Math.floor(Math.exp(draw() * Math.log(WORDS))))
  return (PREFIXES[Math.floor(draw() * PREFIXES.length)] ?? "") + wordOf(rank)
}
