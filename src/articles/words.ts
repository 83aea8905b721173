/**
 * The words of a text as search compares them: where writers and typists differ in how they spell a word, it is made one. The same
 * function makes the index, reads what somebody typed and finds the words of a snippet, so that they cannot differ. What it does
 * is shown by a table of pairs in tests/unit/articles/words.test.ts.
 */
import { nfkc } from "./nfkc.ts"

/** Written without blanks: each character is a word, and words of several are phrases. */
const ALONE = "\\p{scx=Han}\\p{scx=Hira}\\p{scx=Kana}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}"
const ONE_ALONE = `[[\\p{L}\\p{N}]&&[${ALONE}]]\\p{M}*`
const LETTER = `[[\\p{L}\\p{N}\\p{M}]--[${ALONE}]]`

/**
 * What is inside a word and no part of it: tatweel, joiners, soft hyphens, marks of direction, the apostrophes of
 * transliteration, the quotes of a Hebrew abbreviation (צה״ל), what divides thousands. A zero-width non-joiner divides the
 * parts of a Persian word and is none of these.
 */
const JOINING =
  "[\\u00ad\\u034f\\u061c\\u0640\\u200d-\\u200f\\u202a-\\u202e\\u2060-\\u2069\\ufe00-\\ufe0f\\ufeff\\u02bb-\\u02bf\\u05f3\\u05f4]"
const WITHIN = [
  JOINING,
  `(?<=\\p{sc=Hebrew})["'](?=\\p{sc=Hebrew})`,
  "(?<=\\p{Nd})[,\\u066c](?=\\p{Nd}{3}(?!\\p{Nd}))",
].join("|")
const NOT_WITHIN = new RegExp(WITHIN, "gv")

/** A word as it is written, with what is inside it. */
const WRITTEN = new RegExp(`${LETTER}+(?:(?:${WITHIN})+${LETTER}*)*|${ONE_ALONE}`, "gv")

/** The words of one, when nothing is inside it any more. */
const WORD = new RegExp(`${LETTER}+|${ONE_ALONE}`, "gv")

/** Letters that are written instead of others, by hand or by keyboard; digits. */
const INSTEAD = new Map(
  [
    // Hamza is often left out where it stands on a letter, and never where it stands alone.
    "أا إا آا ٱا ٲا ٳا ؤو ئي",
    // Egypt writes the final ya without dots; Persian, Urdu and Kurdish keyboards have letters of their own.
    "ىي یي کك ڪك ةه ۀه ہه ۂه ۃه ھه ەه",
    "٠0 ١1 ٢2 ٣3 ٤4 ٥5 ٦6 ٧7 ٨8 ٩9 ۰0 ۱1 ۲2 ۳3 ۴4 ۵5 ۶6 ۷7 ۸8 ۹9",
    // As they stand at the end of a word.
    "ךכ םמ ןנ ףפ ץצ ςσ",
    // Unicode takes no diacritic off these.
    "ıi øo đd ðd łl ħh ŧt ŋn ßss æae œoe þth ёе ѝи",
  ].flatMap((pairs) => pairs.split(" ").map((pair) => [pair.charAt(0), pair.slice(1)] as const)),
)
const REPLACED = new RegExp(`[${[...INSTEAD.keys()].join("")}]`, "gv")

/** Latin and Greek letters lose their diacritics. In Cyrillic й is no и, so only what stands apart is taken away there. */
const COMPOSED = /[\u00c0-\u024f\u0370-\u03ff\u1e00-\u1fff]/g
/** Of Latin, Greek and Cyrillic, the vowel signs of Hebrew and Arabic. Those of other scripts are what words are made of. */
const SIGNS =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: signs alone are what is looked for
  /[\u0300-\u036f\u0483-\u0487\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u08d3-\u08ff]/g

/** Longer ones are addresses, keys, data. Characters. */
const LONGEST = 64

/** In the order of the text. */
export function wordsOf(text: string): string[] {
  const words: string[] = []
  eachPlace(text, (from, to) => {
    for (const word of wordsIn(text.slice(from, to))) words.push(word)
  })
  return words
}

/**
 * Where words stand in a text: from their first character to behind their last.
 * @param visit answers true to end.
 */
export function eachPlace(text: string, visit: (from: number, to: number) => unknown): void {
  for (let at = 0; at < text.length; ) {
    const first = kindAt(text, at)
    if (first === NO_PART || first === JOINER) {
      at += 1
      continue
    }
    let from = at
    let to = first === PART ? endOfWord(text, at) : undefined
    if (to === undefined) {
      WRITTEN.lastIndex = at
      const found = WRITTEN.exec(text)
      if (!found) return
      from = found.index
      to = WRITTEN.lastIndex
    }
    at = to
    if (visit(from, to) === true) return
  }
}

/** Of most words it can be told by their characters alone: a text is read three times as fast. Undefined where it takes WRITTEN to tell. */
function endOfWord(text: string, from: number): number | undefined {
  for (let at = from + 1; at < text.length; at++) {
    const kind = kindAt(text, at)
    if (kind === NO_PART) return at
    if (kind === UNTOLD) return undefined
  }
  return text.length
}

/** What a character is by itself: no part of a word, a part, inside one if it is not the first, or it depends on those beside it. */
const NO_PART = 1
const PART = 2
const JOINER = 3
const UNTOLD = 4
/** By code unit, as they are met. */
const kinds = new Uint8Array(1 << 16)

function kindAt(text: string, at: number): number {
  const unit = text.charCodeAt(at)
  const known = kinds[unit] ?? 0
  if (known !== 0) return known
  const kind = kindOf(String.fromCharCode(unit))
  kinds[unit] = kind
  return kind
}

const ONE_LETTER = new RegExp(LETTER, "v")
const ONE_JOINER = new RegExp(JOINING, "v")
const DEPENDS = new RegExp(`[${ALONE}"',\\u066c\\ud800-\\udfff]`, "v")

function kindOf(character: string): number {
  if (ONE_LETTER.test(character)) return PART
  if (ONE_JOINER.test(character)) return JOINER
  return DEPENDS.test(character) ? UNTOLD : NO_PART
}

/** What is written at one place. One word mostly: none where it has only signs, several where it stands for them (½, ﷺ, عبدالله). */
export function wordsIn(written: string): string[] {
  const word = foldEach(written)
  if (word !== undefined && word.length <= LONGEST && !mayHaveArticle(word)) return [word]
  // Cut first: what somebody repeats ten thousand times is looked at no longer than a word.
  return (word === undefined ? fold(written) : [word]).map(cut).flatMap(withoutArticle)
}

/** As they are compared. */
function fold(written: string): string[] {
  const plain = nfkc(written)
    .toLowerCase()
    .replace(NOT_WITHIN, "")
    .replace(COMPOSED, (letter) => letter.normalize("NFD"))
    .replace(SIGNS, "")
    .replace(REPLACED, (letter) => INSTEAD.get(letter) ?? letter)
  return plain.match(WORD) ?? []
}

/** The same, character by character; undefined where one changes with those beside it, as signs do. */
function foldEach(written: string): string | undefined {
  let word = ""
  let kept = 0
  for (let at = 0; at < written.length; at++) {
    const letter = foldedAt(written, at)
    if (letter === "") return undefined
    if (letter.length === 1 && letter.charCodeAt(0) === written.charCodeAt(at)) continue
    word += written.slice(kept, at) + letter
    kept = at + 1
  }
  return kept === 0 ? written : word + written.slice(kept)
}

/**
 * The last letter of the last word at a place, as it is compared, without reading the others. Articles stand in front of words.
 * Empty where it takes the whole place to know it.
 */
export const lastLetterAt = (text: string, from: number, to: number): string =>
  to - from > LONGEST ? "" : foldedAt(text, to - 1).slice(-1)

function foldedAt(text: string, at: number): string {
  const unit = text.charCodeAt(at)
  const known = letters[unit]
  if (known !== undefined) return known
  const letter = foldOne(String.fromCharCode(unit))
  letters[unit] = letter
  return letter
}

/** By code unit, as they are met: what foldOne() says. Of its whole length at once, for else it would be looked up as a hash table is. */
const letters = new Array<string | undefined>(1 << 16)

/** A letter as it is compared; empty for what is none by itself. Vowels and ends of Hangul are letters, and join those before. */
function foldOne(character: string): string {
  if (!/[\p{L}\p{N}]/u.test(character) || /[\u1100-\u11ff\ud7b0-\ud7ff]/.test(character)) return ""
  const [word = "", ...others] =
    ONE_JOINER.test(character) || /\p{M}/u.test(character.normalize("NFKC")) ? [] : fold(character)
  return others.length === 0 ? word : ""
}

/** Never in the middle of a character. */
const cut = (word: string): string => (word.length > LONGEST ? [...word].slice(0, LONGEST).join("") : word)

/**
 * The Arabic article, with what is written in one with it: and, so, by, like, for. Of three ل in a row two are written, so للجنة is
 * for the committee (اللجنة), or for paradise (الجنة): of words that newsrooms write with a ل, only one is taken away.
 */
const BEGINS_WITH_LAM =
  "جن(?:ه|ت|ات|ان)|اجي|غ(?:ه|ات|وي)|اعب|يل|يالي|قاء|قاح|حظ|ايح|وايح|حوم|بناني|يبي|اتيني|واء|قب|صوص"
const ARTICLE = new RegExp(
  `^[وف]?ل(?=ل(?:${BEGINS_WITH_LAM}))|^(?:[وفبك]?ال|لل)(?=\\p{L}{2})|^(?:[وف](?:بال|لل))(?=\\p{L}{3})`,
  "u",
)
/** God and oaths by him are one word, whatever stands before. */
const GOD = /^(?:[وفت]|و?ب)?الله$|^[وف]?لله$/u
/** Words that only look as if they had an article, and would be other common words without it. */
const WITHOUT = /^(?:اللهم|الان|والد(?:ا|ان|ه|ها|هم|ي|ين|ت(?:ه|ها|هم|ي))?|بالغ(?:ا|ه|ون|ين)?|بالون(?:ا|ات)?)$/u
/** Servant of the …: names that are written in one word or in two. */
const SERVANT = /^([وفبل]?عبد)(ال\p{L}{2,})$/u

const mayHaveArticle = (word: string): boolean => word.includes("ال") || word.includes("لل")

/** Taken away as often as it is there: who writes المانيا cannot be told from who writes the article. */
function withoutArticle(word: string): string[] {
  if (!mayHaveArticle(word)) return [word]
  const [, servant, of = ""] = SERVANT.exec(word) ?? []
  if (servant !== undefined) return [servant, ...withoutArticle(of)]
  if (GOD.test(word)) return ["الله"]
  if (WITHOUT.test(word)) return [word]
  const rest = word.replace(ARTICLE, "")
  return rest === word ? [word] : withoutArticle(rest)
}
