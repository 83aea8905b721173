/** Finds the picture that an image shows, and whether people see it, by the attributes of the publisher. Pure. */
import {
  isNewFormat,
  isPictureFile,
  isPlaceholder,
  isSmallCopy,
  isTemporary,
  isTracker,
  isWorseCopy,
} from "./picture-names.ts"
import { isCopy } from "./same-picture.ts"
import { type Attributes, isInvisible, LATE_SETS, LATE_SOURCES } from "./visibility.ts"

/** Makes an http or https address absolute. Returns undefined for any other text. */
export type Resolve = (address: string) => string | undefined

/** Attributes that often have another copy of a picture that the page already shows. */
const COPY_SOURCES = (
  "data-pin-media data-hi-res-src data-hires data-image data-large-file data-large_image data-full-url data-orig-file " +
  "data-bg zoomfile"
).split(" ")

/** Other attributes count if their value is the file of a picture and their name does not suggest another page. */
const OTHER_SOURCE =
  /^data-(?!.*(?:link|href|page|share|avatar|author|logo|flag|thumb|placeholder|lqip|low|hover|rollover|credit|error|fallback)).*/
/** The ends of such names that programs for late loading use. */
const LATE_NAME = /(?:src|lazy|lazyload|original|defer|delay|delayed|real|actual)$/
/** The words of such names. With another word, such as `next`, an attribute has another picture. */
const LATE_WORDS = new Set(
  (
    "data src lazy lazyload lazyloaded load loaded original orig defer deferred delay delayed real actual final image img picture " +
    "photo bg background cf ez opt nitro litespeed rocket smush perfmatters pagespeed jetpack cookieblock cookieconsent breeze " +
    "wpfc sp br ll ls js jq wp a3 bv unveil blazy lozad echo async swift optimole flying swiper owl"
  ).split(" "),
)
const PICTURE_FILE = /^(?:https?:)?\/[^?#]*\.(?:jpe?g|png|gif|webp|avif|svg|jxl|heic|bmp)(?:[?#]|$)/i
/** Without such a beginning or end, a short text such as `42` is a number and not an address. */
const LIKE_ADDRESS = /^(?:https?:|\/)|\.(?:jpe?g|png|gif|webp|avif|svg|jxl|heic|bmp)(?:[?#]|$)/i
/** A value with the name of a picture, in its path or in its parameters. */
const PICTURE_NAME = /(?:\.|[?&](?:fm|format|ext)=)(?:jpe?g|png|gif|webp|avif|svg|jxl|heic|bmp)(?![a-z\d])/i
/** The files of films, sounds and pages. */
const OTHER_FILE =
  /^[^?#]*\.(?:mp4|m4v|webm|mov|avi|mpe?g|ogv|og[ga]|m3u8|mpd|mp3|m4a|wav|aac|html?|pdf|zip|js|css|json|xml)(?:[?#]|$)/i
/** What a script writes instead of an address that it does not have, and what a template leaves. */
const NO_ADDRESS = /^(?:#|\[object\b|%%|(?:null|undefined|true|false|nan|none|\.\/?)$)/i
/** Names that are also used for numbers, settings and pages, so their value must look like an address. */
const UNSURE = new Set(["data-image", "data-bg", "data-lazy", "data-hires", "data-pin-media", "file"])

/** Recognises every attribute for late loading, with its "=", in the text of a body. */
export const LATE_ATTRIBUTE: RegExp = new RegExp(
  `[\\s"'/](?:data-[^\\s"'<>/=]*|${[...LATE_SOURCES, ...LATE_SETS, ...COPY_SOURCES].filter((name) => !name.startsWith("data-")).join("|")})\\s*=`,
  "i",
)

export interface Candidate {
  address: string
  descriptor: string
}

const DESCRIPTOR = /^(?:[1-9]\d{0,4}w|(?!0{1,3}(?:\.0{1,3})?x)\d{1,3}(?:\.\d{1,3})?x)?$/

/**
 * Returns the candidates of a `srcset` with a width, a density or neither (HTML, "parse a srcset attribute"), because
 * sanitize-html logs every other descriptor.
 */
export function candidatesOf(value: string): Candidate[] {
  const candidates: Candidate[] = []
  const next = /[\s,]*(\S+)/y
  for (let match = next.exec(value); match?.[1] !== undefined; match = next.exec(value)) {
    const comma = match[1].endsWith(",") ? next.lastIndex - 1 : value.indexOf(",", next.lastIndex)
    const address = match[1].endsWith(",") ? match[1].slice(0, -1) : match[1]
    const descriptor = value.slice(next.lastIndex, comma === -1 ? undefined : comma).trim()
    next.lastIndex = comma === -1 ? value.length : comma + 1
    if (DESCRIPTOR.test(descriptor)) candidates.push({ address, descriptor })
  }
  return candidates
}

const isUsableCandidate = ({ address }: Candidate, resolve: Resolve): boolean => usable(address, resolve) !== undefined

const setsOf = (attributes: Attributes, resolve: Resolve): string[] =>
  ["srcset", ...LATE_SETS].flatMap((name) => {
    const value = attributes[name] ?? ""
    return candidatesOf(value).some((each) => isUsableCandidate(each, resolve)) ? [value] : []
  })

/** Whether a set only has small copies, or placeholders. */
function isPoorSet(set: string, resolve: Resolve): boolean {
  const largest = largestIn(set, resolve)
  return largest === undefined || isTemporary(largest) || isSmallCopy(largest)
}

/** Returns the first set with a picture that is no placeholder. */
const firstSet = (sets: readonly string[], resolve: Resolve): string | undefined =>
  sets.find((set) => !isPoorSet(set, resolve)) ?? sets[0]

/** Returns the set of the picture that the page shows after all loading. */
export function pictureSet(attributes: Attributes, resolve: Resolve): string | undefined {
  const sets = setsOf(attributes, resolve)
  const address = sets.length === 0 ? undefined : pictureAddress(attributes, resolve)
  const isPoor = address === undefined || isTemporary(address) || isSmallCopy(address)
  const isLate = address !== usable(attributes.src, resolve)
  const fitting = sets.filter((set) => {
    if (!isPoor && isPoorSet(set, resolve)) return false
    // A browser would prefer the early set to the picture that is loaded late.
    return (
      !isLate || address === undefined || set !== attributes.srcset || isSizeOf(address, largestIn(set, resolve) ?? "")
    )
  })
  return firstSet(fitting, resolve)
}

/** How many candidates of a set are compared. */
const MAX_CANDIDATES = 50

/** Returns the largest picture of a set. */
function largestIn(set: string, resolve: Resolve): string | undefined {
  const candidates = candidatesOf(set).slice(0, MAX_CANDIDATES)
  const usableCandidates = candidates.filter((each) => isUsableCandidate(each, resolve))
  const [largest] = usableCandidates.toSorted((a, b) => sizeOf(b) - sizeOf(a))
  return largest === undefined ? undefined : usable(largest.address, resolve)
}

const sizeOf = ({ descriptor }: Candidate): number => Number.parseFloat(descriptor) || 0

/** Returns the absolute address if it is of the web, and is neither this page nor a placeholder. */
function usable(value: string | undefined, resolve: Resolve): string | undefined {
  const address = value?.trim() ?? ""
  if (address === "" || NO_ADDRESS.test(address)) return undefined
  const url = resolve(address)
  return url === undefined || isPlaceholder(url) ? undefined : url
}

/** Returns the picture of an attribute for late loading, or of its set. A template such as `{width}` is no picture. */
function lateValue(value: string, resolve: Resolve): string | undefined {
  if (value.includes("{")) return undefined
  return /\s\d+(?:\.\d+)?[wx]\s*(?:,|$)/.test(value) ? largestIn(value, resolve) : usable(value, resolve)
}

/** Returns the pictures of attributes with one address. */
function addressesIn(names: readonly string[], attributes: Attributes, resolve: Resolve): string[] {
  const source = usable(attributes.src, resolve)
  const isSeen = source !== undefined && isPictureFile(source) && !isFirstOnly(source, attributes)
  return names.flatMap((name) => {
    const value = attributes[name]?.trim()
    if (!value || ((source !== undefined || UNSURE.has(name)) && !LIKE_ADDRESS.test(value))) return []
    // Beside a picture that people see, only the name of a picture shows that the value is no page.
    if (OTHER_FILE.test(value) || (isSeen && !PICTURE_NAME.test(value))) return []
    return lateValue(value, resolve) ?? []
  })
}

/** Whether the page shows `src` only until it has loaded another picture, or another copy. */
const isFirstOnly = (source: string, attributes: Attributes): boolean =>
  isTemporary(source) || isSmallCopy(source) || LAZY_CLASS.test(attributes.class ?? "")

const otherNames = (attributes: Attributes): string[] =>
  Object.keys(attributes).filter(
    (name) => OTHER_SOURCE.test(name) && !LATE_SETS.includes(name) && PICTURE_FILE.test(attributes[name]?.trim() ?? ""),
  )

/** Returns the first address that is neither of a placeholder nor of a small copy. */
function bestOf(addresses: readonly string[]): string | undefined {
  const real = addresses.filter((address) => !isTemporary(address))
  const large = real.filter((address) => !isSmallCopy(address))
  return large.find((address) => !isNewFormat(address)) ?? large[0] ?? real[0] ?? addresses[0]
}

/** Whether only programs for late loading use the name of an attribute. */
function isLateName(name: string): boolean {
  if (!LATE_NAME.test(name)) return false
  return /lazy/.test(name) || name.split(/[-_]/).every((word) => LATE_WORDS.has(word.replace(/(?<=.)src$/, "")))
}

/** Returns the address that a program for late loading would write into `src`. */
function loadedAddress(attributes: Attributes, resolve: Resolve): string | undefined {
  const names = otherNames(attributes).filter(isLateName)
  return bestOf(addressesIn([...new Set([...LATE_SOURCES, ...names])], attributes, resolve))
}

function lateSet(attributes: Attributes, resolve: Resolve): string | undefined {
  return LATE_SETS.map((name) => largestIn(attributes[name] ?? "", resolve)).find((address) => address !== undefined)
}

/** Returns the address that a page would load later, or that of another copy. */
function lateAddress(attributes: Attributes, resolve: Resolve): string | undefined {
  return (
    loadedAddress(attributes, resolve) ??
    bestOf(addressesIn(COPY_SOURCES, attributes, resolve)) ??
    lateSet(attributes, resolve) ??
    bestOf(addressesIn(otherNames(attributes), attributes, resolve))
  )
}

const BACKGROUND = /^data-(?:bg|background)(?:-?(?:image|src|url|img))?$/

/**
 * Returns the picture that an element shows without an image.
 * @param hasText whether the element has a text. Most attributes of a text have pictures that no one sees.
 */
export function containerAddress(attributes: Attributes, resolve: Resolve, hasText: boolean): string | undefined {
  if (!hasText) return lateAddress(attributes, resolve)
  const loaded = loadedAddress(attributes, resolve) ?? lateSet(attributes, resolve)
  const backgrounds = otherNames(attributes).filter((name) => BACKGROUND.test(name))
  return loaded ?? bestOf(addressesIn(backgrounds, attributes, resolve))
}

/** These words show that `src` is only a small or blurred copy of a picture that the page loads later. */
const LAZY_CLASS = /lazy|blur|lqip|placeholder/i

/** Returns the absolute address of the picture that the page shows after all loading. */
export function pictureAddress(attributes: Attributes, resolve: Resolve): string | undefined {
  const address = singleAddress(attributes, resolve)
  if (address !== undefined && !isTemporary(address) && !isSmallCopy(address)) return address
  const set = firstSet(setsOf(attributes, resolve), resolve)
  const largest = set === undefined ? undefined : largestIn(set, resolve)
  return largest === undefined || (address !== undefined && (isTemporary(largest) || isSmallCopy(largest)))
    ? address
    : largest
}

function singleAddress(attributes: Attributes, resolve: Resolve): string | undefined {
  const source = usable(attributes.src, resolve)
  if (source === undefined) return lateAddress(attributes, resolve)
  const loaded = loadedAddress(attributes, resolve)
  if (loaded !== undefined && isBetter(loaded, source)) return loaded
  // The other attributes may have another copy of a picture that can be seen from the beginning.
  const copy = isFirstOnly(source, attributes) ? lateAddress(attributes, resolve) : undefined
  if (copy !== undefined && isBetter(copy, source)) return copy
  const set = lateSet(attributes, resolve)
  return set === undefined || isSizeOf(source, set) || !isBetter(set, source) ? source : set
}

/** Whether a set has other sizes of a picture. The names in a set often end with their width. */
const isSizeOf = (source: string, set: string): boolean =>
  isCopy(set, source) || isCopy(set.replace(/[-_]\d{2,4}(?=\.\w{1,5}(?:\?|$))/, ""), source)

/** Whether the picture that a page loads later takes the place of its `src`. */
function isBetter(late: string, source: string): boolean {
  if (isTemporary(late)) return false
  return isTemporary(source) || !isCopy(late, source) || !isWorseCopy(late, source)
}

/** Whether nobody sees a picture. A picture that is loaded late may be invisible before, unless it counts readers. */
export function isInvisiblePicture(attributes: Attributes, resolve: Resolve): boolean {
  if (!isInvisible(attributes)) return false
  const late = loadedAddress(attributes, resolve) ?? lateSet(attributes, resolve)
  return late === undefined || isTracker(late)
}

/** A word such as `lazy` has neither a folder nor an extension. */
const LIKE_PLAYER = /^https?:|\/.|\.\w{2,5}(?:[?#]|$)/i

/** Returns the address of a frame, a film or a sound. Pages may load them late too. */
export function playerAddress(attributes: Attributes, resolve: Resolve): string | undefined {
  const names = Object.keys(attributes).filter((name) => /^data-.*src(?!-?set)/.test(name))
  const late = [...[...LATE_SOURCES, ...COPY_SOURCES].filter((name) => !UNSURE.has(name)), ...names]
  return ["src", ...late.filter((name) => LIKE_PLAYER.test(attributes[name]?.trim() ?? ""))]
    .map((name) => usable(attributes[name], resolve))
    .find((address) => address !== undefined)
}
