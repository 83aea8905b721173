/**
 * Compares names as people write them. foldName() makes the same text of all spellings of a name, and shownName() makes
 * the spelling that readers see. Names are sections, tags and authors; docs/decisions/0035-names.md has the reasons.
 * Both functions are idempotent. Pure.
 */
import { composeHamza, foldLetters, replaceLetters } from "./fold-letters.ts"
import { nfc, nfkc } from "./nfkc.ts"

/** Most names need no table: in ASCII only case, spaces and the grave accent, a wrong apostrophe, can differ. */
const PLAIN = /^[ -_a-~]*$/
/** Of Arabic and Persian letters without marks, only the forms can differ too. Pushes fold many such names. */
const PLAIN_OR_ARABIC = /^[ -_a-~\u0621-\u063a\u0641-\u064a\u067e\u0686\u0698\u06a9\u06af\u06cc]*$/

/** The same text for all spellings of a name. It is empty if the name has no visible character. */
export function foldName(name: string): string {
  if (PLAIN.test(name)) return name.toLowerCase().replace(/ +/g, " ").trim()
  if (PLAIN_OR_ARABIC.test(name)) return replaceLetters(name.toLowerCase()).replace(/ +/g, " ").trim()
  const text = composeHamza(nfkc(name.replace(INVISIBLE, "$1").replace(ACUTE_ACCENT, "'")))
    .toLowerCase()
    .replace(APOSTROPHE, "'")
    .replace(QUOTATION_MARK, '"')
    .replace(/\p{Pd}|\u2212/gu, "-")
    .replace(SEMITIC_MARK, "")
    .replace(DIGIT, digitOf)
    .replace(STROKED_LETTER, (letter) => STROKED_LETTERS.get(letter) ?? letter)
    .replace(IOTA_SUBSCRIPT, (letter) => letter.normalize("NFD").replace("\u0345", "ι"))
  // Letters that lost their marks may compose with the marks that are left.
  return nfkc(foldLetters(text)).replace(SPACES, " ").trim()
}

/**
 * Characters that no reader sees: marks of direction, joiners, soft hyphens, variation selectors, fillers, tags. Tatweel
 * only makes a word longer. The tags after a black flag stay, because they say whose flag it is.
 */
const INVISIBLE = /(\u{1f3f4}[\u{e0020}-\u{e007f}]+)|[\p{DI}\u0640\u07fa\ufff9-\ufffb]/gu

/** NFKC would make a space and an accent of it. */
const ACUTE_ACCENT = /[\u00b4\u1fef\u1ffd]/g
/** Apostrophes as typographers, keyboards and transliterations write them, and the Hebrew geresh. */
const APOSTROPHE = /[`\u2018-\u201b\u2032\u2035\u02b9\u02bb-\u02bf\u02c8\u05f3\ua78b\ua78c]/g
/** Quotation marks, and the Hebrew gershayim. */
const QUOTATION_MARK = /[\u00ab\u00bb\u201c-\u201f\u02ba\u05f4\u3003\u301d-\u301f]/g
/** Vowel signs and signs of recitation of Arabic and Hebrew. NFKC makes tatweel of those that Unicode has on tatweel. */
// biome-ignore lint/complexity/useRegexLiterals: TypeScript compiles for a target without the flag v
const SEMITIC_MARK = new RegExp("[\\u0640\\u06e5\\u06e6\\u08c9[\\p{M}&&[\\p{scx=Arab}\\p{scx=Hebr}]]]", "gv")

/** Digits of other scripts. The ten digits of a script follow each other, and NFKC has replaced styled ones. */
const DIGIT = /(?![0-9])\p{Nd}/gu

function digitOf(digit: string): string {
  let value = 0
  for (let code = digit.codePointAt(0) ?? 0; /\p{Nd}/u.test(String.fromCodePoint(code - 1)); code--) value += 1
  return String(value % 10)
}

/** The small iota below a Greek vowel is the letter that capitals write beside it (NFKC_Casefold). */
const IOTA_SUBSCRIPT =
  /[\u0345\u1f80-\u1faf\u1fb2-\u1fb4\u1fb7\u1fbc\u1fc2-\u1fc4\u1fc7\u1fcc\u1ff2-\u1ff4\u1ff7\u1ffc]/g

/**
 * Letters with strokes and hooks that many keyboards lack, as in Hausa and Sami, Cyrillic letters with accents, and
 * rounded forms of old Cyrillic prints.
 */
const STROKED_LETTERS = new Map(
  "ƀb ɓb ƈc ȼc ɗd ɖd ɇe ƒf ɠg ǥg ɨi ɉj ƙk ƚl ɫl ɲn ƞn ɵo ƥp ɍr ⱦt ƭt ʈt ʉu ʋv ɏy ƴy ƶz ȷj ѐе ᲀв ᲁд ᲂо ᲃс ᲄт ᲅт ᲆъ ᲇѣ ᲈꙋ"
    .split(" ")
    .map((pair) => [pair.charAt(0), pair.slice(1)]),
)
const STROKED_LETTER = new RegExp(`[${[...STROKED_LETTERS.keys()].join("")}]`, "gv")

/**
 * The spelling that readers see: as it was written, without invisible characters, tatweel and superfluous spaces. Some
 * invisible characters stay because they change what is seen: in "می‌خواهم" a non-joiner ends the form of a letter, in
 * Sinhala and in emoji a joiner makes one sign of several.
 */
export function shownName(name: string): string {
  if (PLAIN.test(name)) return name.replace(/ +/g, " ").trim()
  let shown = ""
  let last = ""
  let isJoinable = false
  let joiner = ""
  for (const character of name.replace(ALWAYS_INVISIBLE, "$1")) {
    if (JOINER.test(character)) {
      if (joiner === "" && isJoinable) joiner = character
    } else if (!SELECTOR.test(character)) {
      shown += (SPACE.test(character) ? "" : joiner) + character
      joiner = ""
      last = character
      if (!MARK.test(character)) isJoinable = JOINABLE.test(character)
    } else if (SELECTABLE.test(last) && joiner === "") {
      shown += character
      last = character
    }
  }
  return nfc(shown).replace(SPACES, " ").trim()
}

/** The empty sign of Braille is no space for Unicode, but looks like one, and names of nothing else are sent. */
const SPACE = /[\s\u2800]/u
const SPACES = /[\s\u2800]+/gu
const MARK = /\p{M}/u
const JOINER = /[\u200c\u200d]/
const SELECTOR = /[\u180b-\u180d\u180f\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/u
const ALWAYS_INVISIBLE = new RegExp(
  `(\\u{1f3f4}[\\u{e0020}-\\u{e007f}]+)|[[\\p{DI}--${JOINER.source}--${SELECTOR.source}]\\u0640\\u07fa\\ufff9-\\ufffb]`,
  "gv",
)
/** Letters of scripts in which a joiner changes the letter before it, and emoji. In other scripts it changes nothing. */
const UNJOINED_SCRIPTS =
  "\\p{sc=Latn}\\p{sc=Grek}\\p{sc=Cyrl}\\p{sc=Hebr}\\p{sc=Armn}\\p{sc=Geor}\\p{sc=Hani}\\p{sc=Hira}\\p{sc=Kana}\\p{sc=Hang}"
const JOINABLE = new RegExp(`[\\p{ExtPict}\\p{EMod}[\\p{L}--[${UNJOINED_SCRIPTS}]]]`, "v")
/** Characters of which a variation selector chooses another form. */
const SELECTABLE = /[\p{Emoji}\p{sc=Hani}\p{sc=Mong}]/u
