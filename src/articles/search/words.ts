/** Splits a text into words for the search. Different spellings of a word become the same word. */
import { composeHamza, foldLetters, withoutDiacritics } from "../../text/fold-letters.ts"
import { nfkc } from "../../text/nfkc.ts"

/** Scripts without spaces. Each character is a word, so a word of several characters becomes a phrase. */
const UNSPACED_SCRIPTS = "\\p{scx=Han}\\p{scx=Hira}\\p{scx=Kana}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}"
const UNSPACED_CHARACTER = `[[\\p{L}\\p{N}]&&[${UNSPACED_SCRIPTS}]]\\p{M}*`
const LETTER = `[[\\p{L}\\p{N}\\p{M}]--[${UNSPACED_SCRIPTS}]]`

/**
 * Characters that are ignored inside a word: tatweel, joiners, soft hyphens, marks of direction, the apostrophes of
 * transliteration, the quotes of a Hebrew abbreviation (צה״ל), separators of thousands. A zero-width non-joiner
 * separates the parts of a Persian word, so it is not ignored.
 */
const JOINERS =
  "[\\u00ad\\u034f\\u061c\\u0640\\u200d-\\u200f\\u202a-\\u202e\\u2060-\\u2069\\ufe00-\\ufe0f\\ufeff\\u02bb-\\u02bf\\u05f3\\u05f4]"
const IGNORED_INSIDE = [
  JOINERS,
  `(?<=\\p{sc=Hebrew})["'](?=\\p{sc=Hebrew})`,
  "(?<=\\p{Nd})[,\\u066c](?=\\p{Nd}{3}(?!\\p{Nd}))",
].join("|")
const IGNORED_PATTERN = new RegExp(IGNORED_INSIDE, "gv")

/** A word as it is written, including the characters that are ignored. */
const WRITTEN_WORD = new RegExp(`${LETTER}+(?:(?:${IGNORED_INSIDE})+${LETTER}*)*|${UNSPACED_CHARACTER}`, "gv")

/** A word after the ignored characters were removed. */
const WORD = new RegExp(`${LETTER}+|${UNSPACED_CHARACTER}`, "gv")

/**
 * The search finds words and names nothing, so it may fold more letters than names do: writers leave out the hamza of a
 * seat, and write the sounds p, v, g and ch of foreign words with or without the letters of Persian and of the Maghreb.
 * Morocco has two more letters for g. They become گ, which stays apart from ك, because Persian needs both.
 */
const SEARCH_LETTERS = new Map(
  "ؤو ئي پب چج ڤف ڥف ڢف ڨق ڧق ݣگ ڭگ".split(" ").map((pair) => [pair.charAt(0), pair.charAt(1)]),
)
const SEARCH_LETTER = new RegExp(`[${[...SEARCH_LETTERS.keys()].join("")}]`, "g")

/**
 * Several spellings of a hamza depend on the letters beside it. Each pattern is followed by its replacement.
 * - مئة is also written مائة, and numbers such as ثلاثمائة end with it.
 * - هيئة is also هيأة, and its plural هيئات is also هيآت.
 * - After a ya that is no vowel, a hamza at the end stands alone, but many write شئ, برئ and سيئ for شيء, بريء and سيء. In
 *   longer words, as in قارئ and شاطئ, the ya belongs to the hamza.
 * - Some write رءساء for رؤساء, and مبدء for مبدأ. Words of three letters such as ملء have no seat at the end.
 */
const HAMZA_SPELLINGS: [RegExp, string][] = [
  [/(?<=^(?:[وفبلك]|[وفبك]?ال|لل)?|ثلاث|[أا]ربع|خمس|ست|سبع|ثمان|ثماني|تسع)مائ(?=(?:[ةه]|ت[اي]ن?)$)/, "مئ"],
  [/(?<=.ي)ئ(?:(?=[ةهت])|ا(?=ت))/g, "ا"],
  [/(?<=.)يئ$/, "يء"],
  [/(?<=^(?:[وفبلك]|[وفبك]?ال|لل)?ر)ء(?=سا)/, "ؤ"],
  [/(?<=^(?:[وفبلك]|[وفبك]?ال|لل)?م[^اأإآويىئؤء]{2})ء$/, "أ"],
  [/^((?:[وفبكل]|[وفبك]?ال|لل)?[^اأإآ]{1,2})ئ$/, "$1يء"],
]
const HAMZA_WITH_SPELLINGS = /[ئءؤ]/
/** Egypt writes شئون and رءوس for شؤون and رؤوس. A run of them is one match, so that the time is linear. */
const HAMZA_BEFORE_WAW = /[ئء]+[وؤ]?/g

/** A hamza before the plural ون keeps the seat that it has in لاجئ and لاجئين. But the waw of شؤون is part of the word. */
const HAMZA_BEFORE_PLURAL = /(?<=..)[ئءؤ](?=ون?$)/
const AFFAIRS = /^[وفبلك]{0,3}(?:ال)?ش[ئءؤ]ون$/

function spellHamza(word: string): string {
  if (!HAMZA_WITH_SPELLINGS.test(word)) return word
  const text = (AFFAIRS.test(word) ? word : word.replace(HAMZA_BEFORE_PLURAL, "ي")).replace(HAMZA_BEFORE_WAW, (run) =>
    /[وؤ]$/.test(run) ? "و".repeat(run.length) : run,
  )
  return HAMZA_SPELLINGS.reduce((spelling, [pattern, replacement]) => spelling.replace(pattern, replacement), text)
}

/** The maximum length of a word. Longer words are addresses, keys or data. */
const MAX_WORD_CHARACTERS = 64

export function wordsOf(text: string): string[] {
  const words: string[] = []
  forEachWord(text, (from, to) => {
    for (const word of wordsOfWrittenWord(text.slice(from, to))) words.push(word)
  })
  return words
}

/** Calls `visit` for each written word with its start and its end (exclusive), until it returns true. */
export function forEachWord(text: string, visit: (from: number, to: number) => unknown): void {
  for (let at = 0; at < text.length; ) {
    const first = kindAt(text, at)
    if (first === NOT_IN_WORD || first === JOINER) {
      at += 1
      continue
    }
    let from = at
    let to = first === IN_WORD ? endOfWord(text, at) : undefined
    if (to === undefined) {
      WRITTEN_WORD.lastIndex = at
      const match = WRITTEN_WORD.exec(text)
      if (!match) return
      from = match.index
      to = WRITTEN_WORD.lastIndex
    }
    at = to
    if (visit(from, to) === true) return
  }
}

/**
 * Finds the end of most words character by character. This takes a third of the time of WRITTEN_WORD.
 * @returns undefined if only WRITTEN_WORD can find the end
 */
function endOfWord(text: string, from: number): number | undefined {
  for (let at = from + 1; at < text.length; at++) {
    const kind = kindAt(text, at)
    if (kind === NOT_IN_WORD) return at
    if (kind === CONTEXTUAL) return undefined
  }
  return text.length
}

/** The kinds of characters: not in a word, in a word, in a word except at its start, or dependent on the neighbours. */
const NOT_IN_WORD = 1
const IN_WORD = 2
const JOINER = 3
const CONTEXTUAL = 4
/** Caches kindOf() by code unit. */
const kindsByUnit = new Uint8Array(1 << 16)

function kindAt(text: string, at: number): number {
  const unit = text.charCodeAt(at)
  const cached = kindsByUnit[unit] ?? 0
  if (cached !== 0) return cached
  const kind = kindOf(String.fromCharCode(unit))
  kindsByUnit[unit] = kind
  return kind
}

const LETTER_PATTERN = new RegExp(LETTER, "v")
const JOINER_PATTERN = new RegExp(JOINERS, "v")
const CONTEXTUAL_PATTERN = new RegExp(`[${UNSPACED_SCRIPTS}"',\\u066c\\ud800-\\udfff]`, "v")

function kindOf(character: string): number {
  if (LETTER_PATTERN.test(character)) return IN_WORD
  if (JOINER_PATTERN.test(character)) return JOINER
  return CONTEXTUAL_PATTERN.test(character) ? CONTEXTUAL : NOT_IN_WORD
}

/** Most written words are one word. Diacritics alone are no word; ½, ﷺ and عبدالله are several words. */
export function wordsOfWrittenWord(writtenWord: string): string[] {
  const word = foldByLetter(writtenWord)
  if (word !== undefined && word.length <= MAX_WORD_CHARACTERS && !mayHaveParts(word)) return [word]
  // Words are truncated before the article `ال` is removed, so that a very long word costs no more than others.
  return (word === undefined ? foldWord(writtenWord) : [word]).map(truncateWord).flatMap(withoutArticle)
}

/** The normalized words of a written word. */
function foldWord(writtenWord: string): string[] {
  const text = withoutDiacritics(composeHamza(nfkc(writtenWord)).toLowerCase().replace(IGNORED_PATTERN, ""))
  const words = text.match(WORD) ?? []
  return words.map((word) =>
    foldLetters(spellHamza(word)).replace(SEARCH_LETTER, (letter) => SEARCH_LETTERS.get(letter) ?? letter),
  )
}

/**
 * Does the same as foldWord(), letter by letter.
 * @returns undefined if a letter depends on its neighbours, as diacritics do
 */
function foldByLetter(writtenWord: string): string | undefined {
  let word = ""
  let copiedEnd = 0
  for (let at = 0; at < writtenWord.length; at++) {
    const letter = foldedLetterAt(writtenWord, at)
    if (letter === "") return undefined
    if (letter.length === 1 && letter.charCodeAt(0) === writtenWord.charCodeAt(at)) continue
    word += writtenWord.slice(copiedEnd, at) + letter
    copiedEnd = at + 1
  }
  return copiedEnd === 0 ? writtenWord : word + writtenWord.slice(copiedEnd)
}

/** Returns the last letter of a normalized word; "" if the letter depends on the whole word. */
export const lastLetterAt = (text: string, from: number, to: number): string =>
  to - from > MAX_WORD_CHARACTERS ? "" : foldedLetterAt(text, to - 1).slice(-1)

function foldedLetterAt(text: string, at: number): string {
  const unit = text.charCodeAt(at)
  const cached = foldedLetters[unit]
  if (cached !== undefined) return cached
  const letter = foldLetter(String.fromCharCode(unit))
  foldedLetters[unit] = letter
  return letter
}

/**
 * Caches foldLetter() by code unit. The array has its full length from the start, because V8 would store a growing
 * array as a hash table.
 */
const foldedLetters = new Array<string | undefined>(1 << 16)

/**
 * Returns a normalized letter, or "" if the character depends on its neighbours: it joins the letter before it, as
 * Hangul vowels and final consonants do, or it is a hamza with several spellings.
 */
function foldLetter(character: string): string {
  if (!/[\p{L}\p{N}]/u.test(character) || /[\u1100-\u11ff\ud7b0-\ud7ff]/.test(character)) return ""
  if (HAMZA_WITH_SPELLINGS.test(character.normalize("NFKC"))) return ""
  const [word = "", ...others] =
    JOINER_PATTERN.test(character) || /\p{M}/u.test(character.normalize("NFKC")) ? [] : foldWord(character)
  return others.length === 0 ? word : ""
}

/** Cuts a word to MAX_WORD_CHARACTERS, never in the middle of a surrogate pair. */
const truncateWord = (word: string): string =>
  word.length > MAX_WORD_CHARACTERS ? [...word].slice(0, MAX_WORD_CHARACTERS).join("") : word

/**
 * Matches the Arabic article with the particles joined to it: and, so, by, like, for. Arabic writes only two of three ل
 * in a row, so للجنة may be "for the committee" (اللجنة) or "for paradise" (الجنة). Before these common nouns, which
 * begin with ل, only one ل is removed.
 */
const BEGINS_WITH_LAM =
  "جن(?:ه|ت|ات|ان)|اجي|غ(?:ه|ات|وي)|اعب|يل|يالي|قاء|قاح|حظ|ايح|وايح|حوم|بناني|يبي|اتيني|واء|قب|صوص"
const ARABIC_ARTICLE = new RegExp(
  `^[وف]?ل(?=ل(?:${BEGINS_WITH_LAM}))|^(?:[وفبك]?ال|لل)(?=\\p{L}{2})|^(?:[وف](?:بال|لل))(?=\\p{L}{3})`,
  "u",
)
/** The word for God and oaths by God become one word, also with a particle before them. */
const GOD_FORMS = /^(?:[وفت]|و?ب)?الله$|^[وف]?لله$/u
/** Words that only seem to have an article. If these letters were removed, they would become other common words. */
const WORDS_WITHOUT_ARTICLE =
  /^(?:اللهم|الان|والد(?:ا|ان|ه|ها|هم|ي|ين|ت(?:ه|ها|هم|ي))?|بالغ(?:ا|ه|ون|ين)?|بالون(?:ا|ات)?)$/u
/**
 * Names that are written as one word or as two: عبدالله ("servant of God"), ذوالقعدة (the month), and those with "father
 * of", such as أبوظبي and أبومازن. أبواب (doors), أبوة (fatherhood) and أبوهما (their father) are other words.
 */
const JOINED_NAME =
  /^([وفبل]?(?:عبد|ذو)(?=ال\p{L}{2})|[وفبل]?عبد(?=ربه$)|[وفبلك]?ابو(?!اب|هما$|ت\p{L}{1,3}$|ي\p{L}{1,2}$)(?=\p{L}{3}))(\p{L}+)$/u

/**
 * Names that end with "of the religion", "of Islam" or "God", such as نورالدين and نصرالله. خالدين (eternal) and والدين
 * (parents), with particles and the article before them, are other words.
 */
const JOINED_END =
  /^([وفبل]?(?!ال|لل|بال|كال)(?:عز|يد|\p{L}{2,20}[^او\P{L}]|\p{L}{2,20}(?<=عطا|سنا|بها|ضيا|علا|رضا|ماشا|انشا)))(ال(?:دين|اسلام|له))$/u

/** Numbers of hundreds, which are written as one word or as two: خمسمئة. Eight keeps or loses its ya. */
const HUNDREDS = /^([وفبلك]?(?:ثلاث|اربع|خمس|ست|سبع|ثمان|تسع))ي?(ميه)$/

const mayHaveParts = (word: string): boolean =>
  word.includes("ال") || word.includes("لل") || word.includes("ابو") || word.includes("عبدربه") || word.endsWith("ميه")

/**
 * Removes the article as often as it occurs. Without its hamza, ألماني seems to begin with an article, which is
 * removed. So الألماني becomes the same word only if both articles are removed.
 */
function withoutArticle(word: string): string[] {
  if (!mayHaveParts(word)) return [word]
  const [, first, rest = ""] = JOINED_NAME.exec(word) ?? []
  if (first !== undefined) return [first, ...withoutArticle(rest)]
  const [, name, end = ""] = GOD_FORMS.test(word) ? [] : (JOINED_END.exec(word) ?? [])
  if (name !== undefined) return [...withoutArticle(name), ...withoutArticle(end)]
  const [, digit, hundred = ""] = HUNDREDS.exec(word) ?? []
  if (digit !== undefined) return [digit.endsWith("ثمان") ? `${digit}ي` : digit, hundred]
  if (GOD_FORMS.test(word)) return ["الله"]
  if (WORDS_WITHOUT_ARTICLE.test(word)) return [word]
  const noun = word.replace(ARABIC_ARTICLE, "")
  return noun === word ? [word] : withoutArticle(noun)
}
