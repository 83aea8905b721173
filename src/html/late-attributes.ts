/** Recognises the attributes in which pages keep the address of a picture besides `src`. Pure. */

/** The last words of the names that programs for late loading use. */
const LATE_END = "src|lazy|lazyload|original|defer|delay|delayed|real|actual|echo"
const LATE_NAME = new RegExp(`(?:${LATE_END})$`)
/** The words of such names. With another word, such as `next`, an attribute may have another picture. */
const LATE_WORDS = new Set(
  (
    "data src lazy lazyload lazyloaded load loaded original orig defer deferred delay delayed real actual final image img picture " +
    "photo bg background cf ez opt nitro litespeed rocket smush perfmatters pagespeed jetpack cookieblock cookieconsent breeze " +
    "wpfc sp br ll ls js jq wp a3 bv ng lay lz unveil blazy lozad echo async swift optimole flying swiper owl flickity"
  ).split(" "),
)
/** Words of the names of attributes with another picture or a page. */
const OTHER_PICTURE =
  /^(?:link|permalink|href|page|share|avatar|author|logo|flag|thumb|placeholder|lqip|low|hover|rollover|credit|error|fallback)(?:s|nails?|url|image|img)?$/

/** Attributes that often have another copy of a picture that the page already shows. */
const COPIES = new Set(
  (
    "data-pin-media data-hi-res-src data-hires data-image data-large-file data-large_image data-full-url data-orig-file " +
    "data-bg zoomfile"
  ).split(" "),
)

const PICTURE_FILE = /^(?:https?:)?\/[^?#]*\.(?:jpe?g|png|gif|webp|avif|svg|jxl|heic|bmp)(?:[?#]|$)/i
/** Other texts, such as `42` or `lazy`, are numbers and settings. */
const LIKE_ADDRESS =
  /^(?:https?:|\/)|^[^\s,;:(){}]{0,200}[/?][^\s/]|\.(?:jpe?g|png|gif|webp|avif|svg|jxl|heic|bmp)(?:[?#]|$)/i

/** Names of agencies, such as `AFP/Getty`. */
const NAMES = /^(?:\p{Lu}[\p{L}&.-]{0,40}\/){1,9}\p{Lu}[\p{L}&-]{0,40}$/u
const isLikeAddress = (text: string): boolean => LIKE_ADDRESS.test(text) && !NAMES.test(text)
const SURE_ADDRESS = /^(?:https?:|\.{0,2}\/)|^[^\s"'?]{1,200}(?:\.\w{3,4}$|\?\w{1,20}=)/i

/** Recognises every such attribute, with its "=", in the text of a body, and rarely another. */
export const LATE_ATTRIBUTE: RegExp = new RegExp(
  `(?<=[\\s"'/])data-[^\\s"'<>/=]*\\s*=|(?<![\\s"'/])src(?:-?set)?\\s*=|(?:${LATE_END.replace("src|", "")}|file)(?:-?set)?\\s*=`,
  "i",
)

/** Returns the words of a name, of which `lazysrc` has two. */
const wordsOf = (name: string): string[] =>
  name
    .replace(/src$/, "-src")
    .split(/[^a-z\d]+/)
    .filter((word) => word !== "")

const namesOtherPicture = (words: string[]): boolean => words.some((word) => OTHER_PICTURE.test(word))

/** Whether only programs for late loading use the name of an attribute. */
export function isLateName(name: string): boolean {
  if (name === "file") return true
  if (name === "src" || !LATE_NAME.test(name)) return false
  const words = wordsOf(name)
  if (namesOtherPicture(words)) return false
  return /lazy/.test(name) || words.every((word) => LATE_WORDS.has(word))
}

/** Whether an attribute has a set that is loaded late. */
export const isLateSet = (name: string): boolean =>
  name === "data-bgset" || (/(?:src|original|lazy|lazyload)-?set$/.test(name) && isLateName(name.replace(/-?set$/, "")))

/** What an attribute has: the source of a program for late loading, another copy, or the file of any picture. */
export interface LateSource {
  kind: "late" | "copy" | "other"
  address: string
}

/** @param widths is the attribute `data-widths` of the element */
export function lateSource(name: string, value: string, widths?: string): LateSource | undefined {
  const hasLateEnd = LATE_NAME.test(name) && name !== "src"
  const isCopy = COPIES.has(name)
  if (!hasLateEnd && !isCopy && name !== "file" && !name.startsWith("data-")) return undefined
  const text = value.trim()
  const unquoted = withoutQuotes(text)
  // A template of Vue or Angular has an expression, which rarely is an address.
  if (/[:[]/.test(name) && unquoted === text && !SURE_ADDRESS.test(text)) return undefined
  const address = addressIn(unquoted, widths)
  const isLate = isLateName(name)
  if (isLate || isCopy) return isLikeAddress(address) ? { kind: isLate ? "late" : "copy", address } : undefined
  return PICTURE_FILE.test(address) && !namesOtherPicture(wordsOf(name)) ? { kind: "other", address } : undefined
}

/** A word such as `lazy` has neither a folder nor an extension. */
const LIKE_PLAYER = /^https?:|\/.|\.\w{2,5}(?:[?#]|$)/i

/** Whether an attribute has the address of a frame, film or sound that is loaded late. */
export const isPlayerSource = (name: string, value: string): boolean =>
  (isLateName(name) || /^data-.*src(?!-?set)/.test(name)) && LIKE_PLAYER.test(value.trim())

/** Returns the address in `url()`, and for a template the one of the largest width. */
function addressIn(value: string, widths = ""): string {
  const isFunction = /^url\(/i.test(value)
  const address = isFunction ? withoutQuotes(value.slice("url(".length).split(")", 1)[0]?.trim() ?? "") : value
  const numbers = address.includes("{width}") ? (widths.match(/\d{1,4}/g) ?? []) : []
  if (numbers.length === 0) return address
  return address.replaceAll("{width}", String(Math.max(...numbers.slice(0, MAX_WIDTHS).map(Number))))
}

const MAX_WIDTHS = 50

const withoutQuotes = (text: string): string => /^(["'`])(.*)\1$/s.exec(text)?.[2]?.trim() ?? text
