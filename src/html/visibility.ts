/** Whether people see an element, by its attributes and its style. Pure. */

import { isLateName, isLateSet } from "./late-attributes.ts"

export type Attributes = Readonly<Record<string, string>>

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
  if (!isLate && isTransparent(style)) return true
  if (["width", "max-width"].some((name) => isTiny(style.get(name))) && !style.has("min-width")) return true
  return ["height", "max-height"].some((name) => isTiny(style.get(name))) && !style.has("min-height")
}

/** A transformation to a fiftieth of a size, or less. */
const NO_SIZE =
  /\bscale(?:[xyz]|3d)?\((?:[^),]{0,20},)?\s*(?:0|0?\.0[01]?\d{0,20})%?\s*[,)]|\bmatrix\(\s*0\s*,\s*0\s*,\s*0\s*,\s*0\s*,/
const OFFSET = /^(?:left|right|top|bottom|inset(?:-(?:inline|block))?(?:-(?:start|end))?)$/
const MARGINS = "margin margin-left margin-top margin-inline margin-inline-start margin-block margin-block-start".split(
  " ",
)

/** A class or style of an element that a script shows later. */
const SHOWN_LATER = /fade|anim|reveal|lazy|aos|wow|transition/i

/** Whether people do not see the content of an element, because the element is hidden, transparent or has no size. */
export function hidesContent(attributes: Attributes): boolean {
  if (isHidden(attributes)) return true
  const { style: text = "", class: names = "" } = attributes
  if (text === "") return false
  const style = declarationsOf(text)
  if (!SHOWN_LATER.test(`${names} ${text}`) && isTransparent(style)) return true
  // Such a box keeps the place of a picture.
  const isBox = [...style].some(([name, value]) => /^(?:padding|min-)/.test(name) && /[1-9]/.test(value))
  if (isBox || style.has("aspect-ratio")) return false
  const isNone = (name: string) => isTiny(style.get(name))
  const [isNarrow, isLow] = [isNone("width") || isNone("max-width"), isNone("height") || isNone("max-height")]
  const isClipped = ["overflow", "overflow-x", "overflow-y"].some((name) => /hidden|clip/.test(style.get(name) ?? ""))
  return (isNarrow && isLow) || ((isNarrow || isLow) && isClipped) || isNone("max-height") || isNone("max-width")
}

/** Whether people see neither an element nor its content. */
export function isHidden({ hidden, style: text }: Attributes): boolean {
  if (hidden !== undefined && hidden.trim().toLowerCase() !== "until-found") return true
  if (text === undefined || text === "") return false
  const style = declarationsOf(text)
  const is = (name: string, value: RegExp) => value.test(style.get(name) ?? "")
  if (is("display", /^none$/) || is("visibility", /^(?:hidden|collapse)$/) || is("content-visibility", /^hidden$/))
    return true
  if (is("transform", NO_SIZE) || is("scale", /^(?:0|0?\.0[01]?\d*)%?(?:\s|$)/)) return true
  if (is("clip-path", /^(?:inset\(\s*(?:[5-9]\d|100)%|circle\(\s*0)/)) return true
  const isMoved = is("position", /^(?:absolute|fixed)$/)
  const moves = isMoved || is("position", /^relative$/) ? [...style.keys()].filter((name) => OFFSET.test(name)) : []
  const places = [...moves, ...MARGINS, "text-indent", "transform", "translate"]
  if (places.some((name) => lengthsOf(style.get(name)).some(isOutside))) return true
  return isMoved && is("clip", /^rect\(\s*[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?\s*\)$/)
}
