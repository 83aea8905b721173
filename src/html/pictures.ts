/** Finds the picture that an image shows, and whether people see it, by the attributes of the publisher. Pure. */
import { isLateSet, isPlayerSource, type LateSource, lateSource } from "./late-attributes.ts"
import {
  isCountingHost,
  isNewFormat,
  isPictureFile,
  isPlaceholder,
  isSmallCopy,
  isTemporary,
  isTracker,
  isWorseCopy,
} from "./picture-names.ts"
import { isCopy } from "./same-picture.ts"
import { type Attributes, isInvisible } from "./visibility.ts"

/** Makes an http or https address absolute. Returns undefined for any other text. */
export type Resolve = (address: string) => string | undefined

/** A value with the name of a picture, in its path or in its parameters. */
const PICTURE_NAME = /(?:\.|[?&](?:fm|format|ext)=)(?:jpe?g|png|gif|webp|avif|svg|jxl|heic|bmp)(?![a-z\d])/i
/** The files of films, sounds and pages. */
const OTHER_FILE =
  /^[^?#]*\.(?:mp4|m4v|webm|mov|avi|mpe?g|ogv|og[ga]|m3u8|mpd|mp3|m4a|wav|aac|html?|pdf|zip|js|css|json|xml)(?:[?#]|$)/i
/** What a script writes instead of an address that it does not have, and what a template leaves. */
const NO_ADDRESS = /^(?:#|\[object\b|%%|(?:null|undefined|true|false|nan|none|\.\/?)$)/i
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

const isUsableCandidate = ({ address }: Candidate, resolve: Resolve): boolean =>
  !isTemplate(address) && usable(address, resolve) !== undefined

/** A template such as `{width}` is no address. */
const isTemplate = (value: string): boolean => value.includes("{")

const lateSetsOf = (attributes: Attributes): string[] =>
  Object.entries(attributes).flatMap(([name, value]) => (isLateSet(name) ? [value] : []))

const setsOf = (attributes: Attributes, resolve: Resolve): string[] =>
  [attributes.srcset ?? "", ...lateSetsOf(attributes)].filter((value) =>
    candidatesOf(value).some((each) => isUsableCandidate(each, resolve)),
  )

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

/** Returns the picture of an attribute for late loading, or of its set. */
function lateValue(value: string, resolve: Resolve): string | undefined {
  if (isTemplate(value)) return undefined
  return /\s\d+(?:\.\d+)?[wx]\s*(?:,|$)/.test(value) ? largestIn(value, resolve) : usable(value, resolve)
}

/** Returns the pictures of attributes with one address. */
function addressesIn(
  attributes: Attributes,
  resolve: Resolve,
  isWanted: (kind: LateSource["kind"], name: string) => boolean,
): string[] {
  const source = usable(attributes.src, resolve)
  const isSeen = source !== undefined && isPictureFile(source) && !isFirstOnly(source, attributes)
  return largestFirst(Object.entries(attributes)).flatMap(([name, stated]) => {
    const late = lateSource(name, stated, attributes["data-widths"])
    if (late === undefined || !isWanted(late.kind, name)) return []
    // Beside a picture that people see, only the name of a picture shows that the value is no page.
    if (OTHER_FILE.test(late.address) || (isSeen && !PICTURE_NAME.test(late.address))) return []
    return lateValue(late.address, resolve) ?? []
  })
}

/** Words in the names of attributes with the largest copy, and with a small one. */
const LARGE_NAME = /(?:^|-)(?:x?large|full|big|hd|huge|max|orig|original|zoom|desktop|retina|2x|3x)(?:-|$)/
const SMALL_NAME = /(?:^|-)(?:x?small|tiny|mini|mobile|phone|low|medium|tablet|preview)(?:-|$)/

/** Orders the attributes of a picture whose names say the size of a copy. */
function largestFirst(attributes: [name: string, value: string][]): [name: string, value: string][] {
  const rank = (name: string): number => (LARGE_NAME.test(name) ? 0 : SMALL_NAME.test(name) ? 2 : 1)
  if (!attributes.some(([name]) => SMALL_NAME.test(name))) return attributes
  return attributes.toSorted(([a], [b]) => rank(a) - rank(b))
}

/** Whether the page shows `src` only until it has loaded another picture, or another copy. */
const isFirstOnly = (source: string, attributes: Attributes): boolean =>
  isTemporary(source) || isSmallCopy(source) || LAZY_CLASS.test(attributes.class ?? "")

/** Returns the first address that is neither of a placeholder nor of a small copy. */
function bestOf(addresses: readonly string[]): string | undefined {
  const real = addresses.filter((address) => !isTemporary(address))
  const large = real.filter((address) => !isSmallCopy(address))
  return large.find((address) => !isNewFormat(address)) ?? large[0] ?? real[0] ?? addresses[0]
}

/** Returns the address that a program for late loading would write into `src`. */
const loadedAddress = (attributes: Attributes, resolve: Resolve): string | undefined =>
  bestOf(addressesIn(attributes, resolve, (kind) => kind === "late"))

const lateSet = (attributes: Attributes, resolve: Resolve): string | undefined =>
  lateSetsOf(attributes)
    .map((set) => largestIn(set, resolve))
    .find((address) => address !== undefined)

/** Returns the address that a page would load later, or that of another copy. */
function lateAddress(attributes: Attributes, resolve: Resolve): string | undefined {
  return (
    loadedAddress(attributes, resolve) ??
    bestOf(addressesIn(attributes, resolve, (kind) => kind === "copy")) ??
    lateSet(attributes, resolve) ??
    bestOf(addressesIn(attributes, resolve, (kind) => kind === "other"))
  )
}

const BACKGROUND = /^data-(?:bg|background)(?:-?(?:image|src|url|img))?$/

const background = (attributes: Attributes, resolve: Resolve): string | undefined =>
  bestOf(addressesIn(attributes, resolve, (_, name) => BACKGROUND.test(name)))

/**
 * Returns the picture that an element shows without an image.
 * @param hasText whether the element has a text. Most attributes of a text have pictures that no one sees.
 */
export function containerAddress(attributes: Attributes, resolve: Resolve, hasText: boolean): string | undefined {
  if (!hasText) return lateAddress(attributes, resolve)
  const loaded = loadedAddress(attributes, resolve) ?? lateSet(attributes, resolve)
  return loaded ?? background(attributes, resolve)
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

/**
 * Whether nobody sees a picture, or it only counts readers. A picture that is loaded late may be invisible before, and the
 * layout of a page may give a size to a set that states 0.
 */
export function isInvisiblePicture(attributes: Attributes, resolve: Resolve): boolean {
  const { width, height, ...others } = attributes
  if (!isInvisible(attributes)) return isNone(width) && isNone(height) && isOfCounter(attributes, resolve)
  const late = loadedAddress(attributes, resolve) ?? lateSet(attributes, resolve) ?? background(attributes, resolve)
  const isOfLayout = attributes.srcset !== undefined && isZero(width) && isZero(height) && !isInvisible(others)
  const address = late ?? (isOfLayout ? pictureAddress(attributes, resolve) : undefined)
  return address === undefined || isTracker(address)
}

const isNone = (length: string | undefined): boolean => length === undefined || length.trim() === ""
const isZero = (length: string | undefined): boolean => /^\s{0,9}0(?:px)?\s{0,9}$/i.test(length ?? "")

/** Whether a picture without a size is on a host that only counts readers. Most images have no such address at all. */
function isOfCounter(attributes: Attributes, resolve: Resolve): boolean {
  const mayBe = Object.values(attributes).some((value) => isCountingHost(value.trim().replace(/^\/\//, "https://")))
  return mayBe && isCountingHost(pictureAddress(attributes, resolve) ?? "")
}

/** The files of films and sounds. */
const RECORDING = /^[^?#]*\.(?:mp4|m4v|webm|mov|avi|mpe?g|ogv|og[ga]|m3u8|mpd|mp3|m4a|wav|aac|opus|flac)(?:[?#]|$)/i

/**
 * Returns the address of a frame, a film or a sound. Pages may load them late too. An element that people do not see may
 * be the recording of a player that a script draws; everything else in it counts readers.
 */
export function playerAddress(attributes: Attributes, resolve: Resolve): string | undefined {
  const late = Object.keys(attributes).filter((name) => isPlayerSource(name, attributes[name] ?? ""))
  const addresses = ["src", ...late].map((name) => usable(attributes[name], resolve))
  const isHiddenPlayer = isInvisible(attributes)
  return addresses.find((address) => address !== undefined && (!isHiddenPlayer || RECORDING.test(address)))
}
