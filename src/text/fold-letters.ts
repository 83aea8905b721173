/**
 * Makes one letter of the letters that writers use for each other: it removes accents and vowel signs, and replaces
 * the forms of a letter. Names (text/fold-name.ts) and the words of the search are folded by it. Pure.
 */

/** Letters that are often written instead of others, and digits. Each is followed by its replacement. */
const REPLACEMENTS = new Map(
  [
    // Writers often leave out the hamza, the madda and the wasla of an alef.
    "أا إا آا ٱا ٲا ٳا",
    // In Egypt the final ya has no dots. Persian, Urdu and Kurdish keyboards have their own forms of some letters.
    "ىي یي کك ڪك ةه ۀه ہه ۂه ۃه ھه ەه",
    "٠0 ١1 ٢2 ٣3 ٤4 ٥5 ٦6 ٧7 ٨8 ٩9 ۰0 ۱1 ۲2 ۳3 ۴4 ۵5 ۶6 ۷7 ۸8 ۹9",
    // These letters have another form at the end of a word.
    "ךכ םמ ןנ ףפ ץצ ςσ",
    // Unicode does not decompose these letters.
    "ıi øo đd ðd łl ħh ŧt ŋn ßss æae œoe þth ёе ѝи",
  ].flatMap((pairs) => pairs.split(" ").map((pair) => [pair.charAt(0), pair.slice(1)] as const)),
)
const REPLACEABLE = new RegExp(`[${[...REPLACEMENTS.keys()].join("")}]`, "gv")

/** Latin and Greek letters lose their diacritics. Cyrillic letters keep them: й and и are different letters. */
const COMPOSED_LETTER = /[\u00c0-\u024f\u0370-\u03ff\u1e00-\u1fff]/g
/** Diacritics of Latin, Greek and Cyrillic, vowel signs of Hebrew and Arabic. Other scripts need their marks. */
const DIACRITICS =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: the pattern must match single combining marks
  /[\u0300-\u036f\u0483-\u0487\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u08d3-\u08ff]/g

/** Unicode composes ئ of ya and a hamza above, but not of a ya without dots or a Persian ya, which look the same with it. */
const HAMZA_ON_YA =
  /[ىی]([\u064b-\u0653\u0655-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed]*)\u0654/g
export const composeHamza = (text: string): string => text.replace(HAMZA_ON_YA, "ئ$1")

/** @param text is in lower case and in NFKC */
export const withoutDiacritics = (text: string): string =>
  text.replace(COMPOSED_LETTER, (letter) => letter.normalize("NFD")).replace(DIACRITICS, "")

/** Replaces the forms of letters. @param text is in lower case and has no diacritics */
export const replaceLetters = (text: string): string =>
  text.replace(REPLACEABLE, (letter) => REPLACEMENTS.get(letter) ?? letter)

/** @param text is in lower case and in NFKC */
export const foldLetters = (text: string): string => replaceLetters(withoutDiacritics(text))
