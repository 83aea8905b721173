/** Whether people see an element, by its attributes and its style. Pure. */

import { isLateName, isLateSet } from "./late-attributes.ts"

export type Attributes = Readonly<Record<string, string>>

/** Names of sizes that depend on the direction of writing, which is horizontal in nearly all bodies. */
const withoutDirection = (name: string): string =>
  name.replace(
    /^((?:min-|max-)?)(?:inline-size|block-size)$/,
    (size, limit) => limit + (/inline/.test(size) ? "width" : "height"),
  )

/** The declarations of a `style` in lower case. An important one is stronger than the others (CSS Cascade, "Importance"). */
export function declarationsOf(style: string): Map<string, string> {
  const values = new Map<string, string>()
  const important = new Set<string>()
  for (const declaration of withoutComments(style).toLowerCase().split(";")) {
    const colon = declaration.indexOf(":")
    const name = withoutDirection(declaration.slice(0, Math.max(colon, 0)).trim())
    const value = declaration.slice(colon + 1)
    const mark = value.lastIndexOf("!")
    const isImportant = mark !== -1 && value.slice(mark + 1).trim() === "important"
    if (important.has(name) && !isImportant) continue
    if (isImportant) important.add(name)
    values.set(name, (isImportant ? value.slice(0, mark) : value).trim())
  }
  return values
}

function withoutComments(style: string): string {
  const [first = "", ...rest] = style.split("/*")
  return first + rest.map((part) => part.split("*/").slice(1).join("*/")).join("")
}

const PIXELS_OF_UNIT = new Map(
  Object.entries({
    "": 1,
    px: 1,
    pt: 4 / 3,
    pc: 16,
    in: 96,
    cm: 37.8,
    mm: 3.78,
    q: 0.945,
    em: 16,
    rem: 16,
    ex: 8,
    ch: 8,
  }),
)

/** Returns the number and the unit of a length, which may be the whole of a `calc()`. */
function lengthIn(length: string): [number: number, unit: string] | undefined {
  const text = length.trim().toLowerCase()
  const inside = text.startsWith("calc(") && text.endsWith(")") ? text.slice("calc(".length, -1).trim() : text
  const [, number, unit = ""] = /^\+?(\d{1,5}(?:\.\d{0,9})?|\.\d{1,9})([a-z]{0,5}|%)$/.exec(inside) ?? []
  return number === undefined ? undefined : [Number(number), unit]
}

/** Returns a length in pixels. A length in per cent, or in units of the window, depends on the page, so it is not stated. */
export function pixelsIn(length: string): number | undefined {
  const [number, unit = ""] = lengthIn(length) ?? []
  const pixels = PIXELS_OF_UNIT.get(unit)
  return number === undefined || pixels === undefined ? undefined : number * pixels
}

/** This part of a page, in per cent, is about a pixel. */
const TINY_PART = 0.1

/** Whether a length is at most a pixel. */
function isTiny(length: string | undefined): boolean {
  const [number = 1, unit = "%"] = lengthIn(length ?? "") ?? []
  return number * (PIXELS_OF_UNIT.get(unit) ?? 1 / TINY_PART) <= 1
}

/** Returns an offset in pixels, or in per cent of the page if it depends on the page. */
function offsetIn(offset: string | undefined): { number: number; isRelative: boolean } {
  const [, number, unit = ""] = /^(-?\d{1,9}(?:\.\d{1,9})?)([a-z%]{0,4})$/.exec(offset ?? "") ?? []
  const isRelative = unit === "%" || unit === "vw" || unit === "vh"
  return { number: Number(number) * (PIXELS_OF_UNIT.get(unit) ?? 1), isRelative }
}

/** Whether an offset moves an element out of the page, such as `-9999px` or `-100vw`. */
function isOutside(offset: string | undefined): boolean {
  const { number, isRelative } = offsetIn(offset)
  return number <= (isRelative ? -100 : -500) || number >= (isRelative ? 200 : LEAST_FAR)
}

/** The row of a slider is moved by the widths of its pictures, and a wide picture by a part of the window. */
const LEAST_FAR = 5000

/** Whether an offset moves an element farther than a slider does. */
const isFarOutside = (offset: string | undefined): boolean => Math.abs(offsetIn(offset).number) >= LEAST_FAR

/** Returns the lengths of a value of several lengths, such as those of `margin` or of `translate()`. */
const lengthsOf = (value: string | undefined): string[] => value?.split(/[\s,()]+/) ?? []

/** Whether people do not see an image. */
export function isInvisible(attributes: Attributes): boolean {
  const { style, width, height } = attributes
  if (isTiny(width) && isTiny(height)) return true
  if (isHidden(attributes)) return true
  return style !== undefined && style !== "" && isTransparentOrTiny(declarationsOf(style), attributes)
}

function isTransparent(style: ReadonlyMap<string, string>): boolean {
  const opacity = style.get("opacity") ?? /opacity\(([^)]{1,9})\)/.exec(style.get("filter") ?? "")?.[1]
  // Old browsers have a filter with per cent.
  const alpha = /alpha\(\s{0,9}opacity\s{0,9}=\s{0,9}(\d{1,3})/.exec(
    style.get("filter") ?? style.get("-ms-filter") ?? "",
  )
  const part = opacity ?? (alpha === null ? "1" : `${alpha[1]}%`)
  return Number.parseFloat(part) * (part.endsWith("%") ? 0.01 : 1) < 0.02
}

function isTransparentOrTiny(style: ReadonlyMap<string, string>, attributes: Attributes): boolean {
  // A page shows a picture that it loads late only afterwards, so the picture may be transparent before.
  const isLate = Object.keys(attributes).some((name) => isLateName(name) || isLateSet(name))
  if (!isLate && !isShownLater(attributes) && isTransparent(style)) return true
  if (["width", "max-width"].some((name) => isTiny(style.get(name))) && !style.has("min-width")) return true
  return ["height", "max-height"].some((name) => isTiny(style.get(name))) && !style.has("min-height")
}

/** A transformation to a fiftieth of a size, or less. */
const NO_SIZE =
  /\bscale(?:[xyz]|3d)?\((?:[^),]{0,20},)?\s*(?:0|0?\.0[01]?\d{0,20})%?\s*[,)]|\bmatrix\(\s*0\s*,\s*0\s*,\s*0\s*,\s*0\s*,/
const NO_PART = /^(?:0|0?\.0[01]?\d*)%?(?:\s|$)/
const OFFSET = /^(?:left|right|top|bottom|inset(?:-(?:inline|block))?(?:-(?:start|end))?)$/
const MARGINS = "margin margin-left margin-top margin-inline margin-inline-start margin-block margin-block-start".split(
  " ",
)

/** A class or style of an element that a script shows later, such as the other pictures of a slider. */
const SHOWN_LATER =
  /fade|anim|reveal|lazy|aos|wow|transition|(?<![\w-])transform\s?:|will-change|slid(?:e|ing)|slick|swiper|carousel|gallery|splide|flickity|glide|owl-/i

const isShownLater = ({ style = "", class: names = "" }: Attributes): boolean => SHOWN_LATER.test(`${names} ${style}`)

/** Whether people do not see the content of an element, because the element is hidden, transparent or has no size. */
export function hidesContent(attributes: Attributes): boolean {
  if (isHidden(attributes)) return true
  const { style: text = "" } = attributes
  if (text === "") return false
  const style = declarationsOf(text)
  if (!isShownLater(attributes) && isTransparent(style)) return true
  // Such a box keeps the place of a picture.
  const isBox = [...style].some(([name, value]) => /^(?:padding|min-)/.test(name) && /[1-9]/.test(value))
  if (isBox || style.has("aspect-ratio")) return false
  const isNone = (name: string) => isTiny(style.get(name))
  const [isNarrow, isLow] = [isNone("width") || isNone("max-width"), isNone("height") || isNone("max-height")]
  const isClipped = ["overflow", "overflow-x", "overflow-y"].some((name) => /hidden|clip/.test(style.get(name) ?? ""))
  return (isNarrow && isLow) || ((isNarrow || isLow) && isClipped) || isNone("max-height") || isNone("max-width")
}

/** Whether people see neither an element nor its content. */
export function isHidden(attributes: Attributes): boolean {
  const { hidden, style: text } = attributes
  if (hidden !== undefined && hidden.trim().toLowerCase() !== "until-found") return true
  if (text === undefined || text === "") return false
  const style = declarationsOf(text)
  const is = (name: string, value: RegExp) => value.test(style.get(name) ?? "")
  if (is("display", /^none$/) || is("content-visibility", /^hidden$/)) return true
  if (is("visibility", /^(?:hidden|collapse)$/) && !isShownLater(attributes)) return true
  if (is("transform", NO_SIZE) || is("scale", NO_PART) || is("zoom", NO_PART)) return true
  if (is("clip-path", /^(?:inset\(\s*(?:[5-9]\d|100)%|circle\(\s*0)/)) return true
  const isMoved = is("position", /^(?:absolute|fixed)$/)
  const isFar = isMoved && !isShownLater(attributes) ? isOutside : isFarOutside
  const moves = isMoved || is("position", /^relative$/) ? [...style.keys()].filter((name) => OFFSET.test(name)) : []
  if (moves.some((name) => lengthsOf(style.get(name)).some(isFar))) return true
  if (lengthsOf(style.get("text-indent")).some(isOutside)) return true
  const places = [...MARGINS, "transform", "translate"]
  if (places.some((name) => lengthsOf(style.get(name)).some(isFarOutside))) return true
  return isMoved && is("clip", /^rect\(\s*[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?\s*\)$/)
}
