/** Removes e-mail addresses from the names of people, because programs that send spam read feeds. Pure. */
import { withoutTrailing } from "./without-trailing.ts"

/** RFC 5322 §3.4.1 allows a quoted text before the "@". */
const QUOTED_ADDRESS = /"[^"]*"@[^\s<>()[\]{},;"]+/g
const WORD = /[^\s<>()[\]{},;"]+/g
/** Also with the wide forms of "@", and as it is written in a `mailto:` address. A name such as "@paper" is none. */
const AT_SIGN = /[@＠﹫]|%40(?=[^.]+\.)/u
/** An address with blanks around its "@", or with a word for it. Its host has a dot, and its name no capital letter. */
const SPACED_ADDRESS =
  /(?<![\w.+-])[a-z0-9_][\w.+-]{0,63}(?:\s{1,3}?[@＠﹫]\s{1,3}|[@＠﹫]\s{1,3}|\s{0,3}[([{]\s?(?:at|AT|@)\s?[)\]}]\s{0,3})[\w-]{1,63}(?:\.[\w-]{1,63}|\s{0,3}[([{]\s?(?:dot|DOT)\s?[)\]}]\s{0,3}[\w-]{1,63}){1,8}/gu
/** Text in which such an address may be. */
const MAY_HAVE_ADDRESS = /[@＠﹫]|%40|[([{]\s?(?:at|AT)\s?[)\]}]/u
/** A tag with an attribute, or an end tag. Without one, `<mona>` is no tag. */
const SURE_TAG = /<\/[a-z][a-z0-9]*\s*>|<[a-z][a-z0-9]*\s[^<>=]*=[^<>]*>/i
const TAG = /<\/?[a-z][a-z0-9]*(?:\s[^<>]*)?\/?>/gi
/** What remains around an address: nothing, or the word that says what it is. */
const EMPTY_BRACKETS = /[<([{]\s*(?:(?:e-?)?mail(?:to)?\s*:?\s*)?[>)\]}]/giu
const BRACKETS = /[([][^()[\]]*[)\]]/g
const SEPARATORS = ' \t\n,;:|/"“”<>–—-'

/**
 * Returns a name without e-mail addresses: `a@b.example (Name)`, `"Name" <a@b.example>` and `mailto:a@b.example, Name` are
 * Name. An address alone is no name: the result is "".
 */
export function personName(text: string): string {
  if (!MAY_HAVE_ADDRESS.test(text)) return text
  const plain = SURE_TAG.test(text) ? text.replace(TAG, " ") : text
  const words = plain.replace(QUOTED_ADDRESS, "").replace(SPACED_ADDRESS, "")
  const name = words.replace(WORD, (word) => (isAddress(word) ? "" : word))
  if (name === text) return text
  const bare = trimmed(name.replace(EMPTY_BRACKETS, "").replace(EMPTY_BRACKETS, ""))
  const result = trimmed(withoutOuterBrackets(bare)).replace(/\s+/g, " ")
  return /[\p{L}\p{N}]/u.test(result) ? result : ""
}

function isAddress(word: string): boolean {
  const at = word.slice(1).search(AT_SIGN)
  // The page of a person on a social network may have an "@" too.
  return at !== -1 && at + 1 < word.length - 1 && !/^https?:\/\/[^/@]*\/(?:[^@]*\/)?@/i.test(word)
}

/** The name is in brackets if an address was before it: `a@b.example (Name)`. */
function withoutOuterBrackets(name: string): string {
  if (/^[([][^()[\]]*$/.test(name)) return name.slice(1)
  if (trimmed(name.replace(BRACKETS, "")) === "") return name.replace(/[()[\]]/g, "")
  return /^\(.*\)$/s.test(name) && trimmed(name.slice(1, -1).replace(BRACKETS, "")) !== "" ? name.slice(1, -1) : name
}

function trimmed(text: string): string {
  let from = 0
  while (from < text.length && SEPARATORS.includes(text.charAt(from))) from += 1
  return withoutTrailing(text.slice(from), SEPARATORS)
}
