/** Finds the picture that an image shows, and whether people see it, by the attributes of the publisher. Pure. */

export type Attributes = Readonly<Record<string, string>>

/** Makes an http or https address absolute. Returns undefined for any other text. */
export type Resolve = (address: string) => string | undefined

/** Attributes in which pages that load pictures late keep the address. The most usual are first. */
const LATE_SOURCES = (
  "data-src data-lazy-src data-original data-lazy data-echo data-flickity-lazyload data-flickity-lazyload-src data-ll-src " +
  "data-pin-media data-hi-res-src data-hires data-actualsrc data-img-src data-image-src data-image data-large-file " +
  "data-large_image data-full-url data-orig-file data-orig-src data-bg lazy-src lazysrc real_src realsrc zoomfile file"
).split(" ")
const LATE_SETS =
  "data-srcset data-lazy-srcset data-src-set data-original-set data-ll-srcset data-flickity-lazyload-srcset lazy-srcset".split(
    " ",
  )

/** Other attributes count if their value is the file of a picture and their name does not suggest another page. */
const OTHER_SOURCE = /^data-(?!.*(?:link|href|page|share|avatar|thumb|placeholder|lqip|low)).*/
const PICTURE_FILE = /^(?:https?:)?\/[^?#]*\.(?:jpe?g|png|gif|webp|avif|svg|jxl|heic|bmp)(?:[?#]|$)/i
/** Without such a beginning or end, a short text such as `42` is a number and not an address. */
const LIKE_ADDRESS = /^(?:https?:|\/)|\.(?:jpe?g|png|gif|webp|avif|svg|jxl|heic|bmp)(?:[?#]|$)/i
/** Names that are also used for numbers, settings and pages, so their value must look like an address. */
const UNSURE = new Set(["data-image", "data-bg", "data-lazy", "data-hires", "data-pin-media", "file"])

/** Words in the file names of placeholders, and words that may stand beside them. */
const PLACEHOLDER = /^(?:spacer|placeholder|lqip|lazyload|lazyloading|lazyloader)$/
const PLACEHOLDER_WORDS = new Set(
  "blank transparent trans pixel px clear cleardot dot empty lazy loader loading ph".split(" "),
)
const NEUTRAL_WORDS = new Set(
  "ajax bg black default gif gray grey image images img icon load s small white x".split(" "),
)
const PLACEHOLDER_HOST =
  /^https?:\/\/[^/]*\b(?:placeholder\.com|placehold\.(?:it|co|jp)|placeholdit|dummyimage\.com)\b/i
/** No file name of a placeholder is longer. */
const MAX_PLACEHOLDER_NAME = 60

/** Whether an address is of a placeholder, which a page shows until it has loaded the picture. */
export function isPlaceholder(address: string): boolean {
  if (PLACEHOLDER_HOST.test(address)) return true
  const path = address.slice(0, endOf(address, /[?#]/))
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase()
  const stem = name.slice(0, name.lastIndexOf("."))
  if (stem === "" || name.length > MAX_PLACEHOLDER_NAME) return false
  const words = stem.split(/[^a-z]+/).filter((word) => word !== "")
  if (words.some((word) => PLACEHOLDER.test(word))) return true
  const isOnlySize = /^\d{1,2}x\d{1,2}$/.test(stem)
  const areKnown = words.every((word) => PLACEHOLDER_WORDS.has(word) || NEUTRAL_WORDS.has(word))
  return isOnlySize || (areKnown && words.some((word) => PLACEHOLDER_WORDS.has(word)))
}

function endOf(text: string, pattern: RegExp): number {
  const at = text.search(pattern)
  return at === -1 ? text.length : at
}

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

/** Returns the first set that has a picture, from `srcset` or an attribute for late loading. */
export function pictureSet(attributes: Attributes, resolve: Resolve): string | undefined {
  return ["srcset", ...LATE_SETS]
    .map((name) => attributes[name])
    .find((value) => value !== undefined && candidatesOf(value).some((each) => isUsableCandidate(each, resolve)))
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
  if (address === "" || address.startsWith("#")) return undefined
  const url = resolve(address)
  return url === undefined || isPlaceholder(url) ? undefined : url
}

/** Returns the picture of an attribute for late loading, or of its set. A template such as `{width}` is no picture. */
function lateValue(value: string, resolve: Resolve): string | undefined {
  if (value.includes("{")) return undefined
  return /\s\d+(?:\.\d+)?[wx]\s*(?:,|$)/.test(value) ? largestIn(value, resolve) : usable(value, resolve)
}

/** Returns the address that a page would load later. */
export function lateAddress(attributes: Attributes, resolve: Resolve): string | undefined {
  for (const name of LATE_SOURCES) {
    const value = attributes[name]?.trim()
    if (!value || (UNSURE.has(name) && !LIKE_ADDRESS.test(value))) continue
    const address = lateValue(value, resolve)
    if (address !== undefined) return address
  }
  const set = LATE_SETS.map((name) => attributes[name]).find((value) => value && largestIn(value, resolve))
  if (set !== undefined) return largestIn(set, resolve)
  const other = Object.keys(attributes).find(
    (name) =>
      OTHER_SOURCE.test(name) &&
      PICTURE_FILE.test(attributes[name] ?? "") &&
      lateValue(attributes[name] ?? "", resolve),
  )
  return other === undefined ? undefined : lateValue(attributes[other] ?? "", resolve)
}

/** These words show that `src` is only a small or blurred copy of a picture that the page loads later. */
const LAZY_CLASS = /lazy|blur|lqip|placeholder/i
const SMALL_SOURCE = /blur|lqip|[?&/_-]w(?:idth)?[=_-]?\d{1,2}(?!\d)/i

/** Returns the absolute address of the picture that the page shows after all loading. */
export function pictureAddress(attributes: Attributes, resolve: Resolve): string | undefined {
  const source = usable(attributes.src, resolve)
  if (source !== undefined && !LAZY_CLASS.test(attributes.class ?? "") && !SMALL_SOURCE.test(source)) return source
  const set = attributes.srcset
  return lateAddress(attributes, resolve) ?? source ?? (set === undefined ? undefined : largestIn(set, resolve))
}

/** Returns the address of a frame, a film or a sound. Pages may load them late too. */
export function playerAddress(attributes: Attributes, resolve: Resolve): string | undefined {
  const names = Object.keys(attributes).filter((name) => /^data-.*src(?!-?set)/.test(name))
  return ["src", ...LATE_SOURCES.filter((name) => !UNSURE.has(name)), ...names]
    .map((name) => usable(attributes[name], resolve))
    .find((address) => address !== undefined)
}

/** The declarations of a `style`, in lower case and without `!important`. */
function declarationsOf(style: string): Map<string, string> {
  return new Map(
    withoutComments(style)
      .toLowerCase()
      .split(";")
      .map((declaration) => {
        const colon = declaration.indexOf(":")
        return [
          declaration.slice(0, Math.max(colon, 0)).trim(),
          declaration
            .slice(colon + 1)
            .replace("!important", "")
            .trim(),
        ]
      }),
  )
}

function withoutComments(style: string): string {
  const [first = "", ...rest] = style.split("/*")
  return first + rest.map((part) => part.split("*/").slice(1).join("*/")).join("")
}

function isTiny(length: string | undefined): boolean {
  const [, number, unit] = /^\s*(\d{1,5}(?:\.\d{1,5})?|\.\d{1,5})(px|[a-z]{2,4}|%)?\s*$/i.exec(length ?? "") ?? []
  if (number === undefined) return false
  return unit === undefined || unit.toLowerCase() === "px" ? Number(number) <= 1 : Number(number) === 0
}

/** Whether an offset moves an element out of the page, such as `-9999px` or `-100vw`. */
function isOutside(offset: string | undefined): boolean {
  const [, number, unit] = /^(-?\d{1,9}(?:\.\d{1,9})?)([a-z%]{0,4})$/.exec(offset ?? "") ?? []
  const isRelative = unit === "%" || unit === "vw" || unit === "vh"
  return Number(number) <= (isRelative ? -100 : -500) || Number(number) >= (isRelative ? 200 : 5000)
}

/** Returns the lengths of a value of several lengths, such as those of `margin` or of `translate()`. */
const lengthsOf = (value: string | undefined): string[] => value?.split(/[\s,()]+/) ?? []

/** Whether an image only counts readers. A size of 0 with `srcset` is usual in layouts, so it does not count. */
export function isInvisible(attributes: Attributes): boolean {
  const { srcset, style, width, height } = attributes
  if (srcset === undefined && isTiny(width) && isTiny(height)) return true
  if (isHidden(attributes)) return true
  return style !== undefined && style !== "" && isTransparentOrTiny(declarationsOf(style), attributes)
}

function isTransparentOrTiny(style: ReadonlyMap<string, string>, attributes: Attributes): boolean {
  // A page shows a picture that it loads late only afterwards, so the picture may be transparent before.
  const isLate = [...LATE_SOURCES, ...LATE_SETS].some((name) => attributes[name] !== undefined)
  const opacity = style.get("opacity") ?? /opacity\(([^)]{1,9})\)/.exec(style.get("filter") ?? "")?.[1]
  if (!isLate && Number.parseFloat(opacity ?? "1") < 0.02) return true
  if (["width", "max-width"].some((name) => isTiny(style.get(name))) && !style.has("min-width")) return true
  return ["height", "max-height"].some((name) => isTiny(style.get(name))) && !style.has("min-height")
}

/** Whether people see neither an element nor its content. */
export function isHidden({ hidden, style: text }: Attributes): boolean {
  if (hidden !== undefined && hidden.trim().toLowerCase() !== "until-found") return true
  if (text === undefined || text === "") return false
  const style = declarationsOf(text)
  const is = (name: string, value: RegExp) => value.test(style.get(name) ?? "")
  if (is("display", /^none$/) || is("visibility", /^(?:hidden|collapse)$/) || is("content-visibility", /^hidden$/))
    return true
  if (is("transform", /\bscale[xy]?\(\s*0(?:\.0*)?\s*[,)]/) || is("scale", /^0(?:\.0*)?(?:\s|$)/)) return true
  if (is("clip-path", /^(?:inset\(\s*(?:[5-9]\d|100)%|circle\(\s*0)/)) return true
  const isMoved = is("position", /^(?:absolute|fixed)$/)
  const moves = isMoved ? ["left", "right", "top", "bottom", "inset"] : []
  const places = [...moves, "margin", "margin-left", "margin-top", "text-indent", "transform", "translate"]
  if (places.some((name) => lengthsOf(style.get(name)).some(isOutside))) return true
  return isMoved && is("clip", /^rect\(\s*[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?\s*\)$/)
}
