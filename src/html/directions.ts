/** Keeps the directions of a cleaned body: those of removed elements, and those that a text states with signs. Pure. */
import { DirectionBalance } from "../text/direction.ts"
import { isBlock } from "./text.ts"
import type { Attributes } from "./visibility.ts"

/** A tag that sanitize.ts wrote. None of its attributes has a "<" or ">". */
export const TAG: RegExp = /<(\/?)([a-z][a-z0-9]*)([^<>]*)>/g
export const VOID_ELEMENTS: ReadonlySet<string> = new Set("br col hr img source track wbr".split(" "))
const DIRECTION_SIGN = /[\u202A-\u202E\u2066-\u2069]/

/** Elements of an unknown name that have no content, so that their direction has no effect. */
const EMPTY_ELEMENTS = new Set(
  "area base basefont bgsound command embed frame image input isindex keygen link meta nextid param".split(" "),
)

/** Whether an element that sanitize.ts removes may keep its direction as an element of another name. */
export const mayHaveDirection = (tag: string): boolean => !EMPTY_ELEMENTS.has(tag)

/** In a browser, the direction of a style is stronger than `dir`, and of two declarations the last, or the important. */
export function directionOf({ dir, style = "" }: Attributes): string | undefined {
  if (style === "") return dir
  const declarations = [...style.matchAll(/(?:^|;|\*\/)\s*direction\s*:\s*(ltr|rtl)(?![\w-])([^;]*)/gi)]
  const decisive = declarations.findLast(([, , end = ""]) => /!\s*important/i.test(end)) ?? declarations.at(-1)
  return decisive?.[1] ?? dir
}

interface OpenTag {
  name: string
  /** The index of its start tag in the parts. */
  part: number
  /** The direction of a `span`. */
  direction: string | undefined
  isRemoved?: boolean
}

/** Rows, cells and items. Nothing may be between them and their table or list. */
const ITEMS = new Set("caption colgroup thead tbody tfoot tr td th li".split(" "))
const ITEM_PARENTS = new Set("table thead tbody tfoot tr ul ol".split(" "))

/** Removes the spans between a table or list and its item. Returns their direction, which the item gets. */
function withoutSpansAround(open: readonly OpenTag[], parts: string[]): string | undefined {
  const spans: OpenTag[] = []
  let at = open.length - 1
  for (let span = open[at]; span?.direction !== undefined; span = open[--at]) spans.push(span)
  if (!ITEM_PARENTS.has(open[at]?.name ?? "")) return undefined
  for (const span of spans) {
    span.isRemoved = true
    parts[span.part] = ""
  }
  return spans[0]?.direction
}

/**
 * Makes each `span` with a direction that contains blocks a `div`. sanitize.ts writes a `span` for a removed element,
 * because it does not know its content yet.
 */
export function withDirectedBlocks(html: string): string {
  if (!/<span [^<>]*dir="/.test(html)) return html
  const open: OpenTag[] = []
  const parts: string[] = []
  let from = 0
  for (const { 0: tag, 1: slash, 2: name = "", 3: attributes = "", index } of html.matchAll(TAG)) {
    parts.push(html.slice(from, index))
    from = index + tag.length
    if (slash !== "") {
      const element = open.pop()
      parts.push(element?.isRemoved ? "" : `</${element?.name ?? name}>`)
      continue
    }
    const around = ITEMS.has(name) ? withoutSpansAround(open, parts) : undefined
    if (isBlock(name)) {
      for (let at = open.length - 1; open[at] !== undefined && !isBlock(open[at]?.name ?? ""); at--) {
        const outer = open[at]
        if (outer?.direction === undefined || outer.isRemoved) continue
        outer.name = "div"
        parts[outer.part] = (parts[outer.part] ?? "").replace("<span", "<div")
      }
    }
    const own = / dir="(\w+)"/.exec(attributes)?.[1]
    const direction = name === "span" ? own : undefined
    if (!VOID_ELEMENTS.has(name)) open.push({ name, part: parts.length, direction })
    parts.push(around === undefined || own !== undefined ? tag : `<${name}${attributes} dir="${around}">`)
  }
  return parts.join("") + html.slice(from)
}

/**
 * Closes each direction sign at the end of its block, because a block is a paragraph (UAX #9 P1) in HTML, but not for
 * readers that show the text of a body as one line. An element with a direction is isolated from the text around it.
 */
export function withBalancedDirections(html: string): string {
  if (!DIRECTION_SIGN.test(html)) return html
  const parts: string[] = []
  const outer: (DirectionBalance | undefined)[] = []
  let balance = new DirectionBalance()
  let from = 0
  for (const { 0: tag, 1: slash, 2: name = "", 3: attributes = "", index } of html.matchAll(TAG)) {
    parts.push(balance.read(html.slice(from, index)))
    from = index + tag.length
    if (isBlock(name)) parts.push(balance.close())
    if (slash !== "") {
      const before = outer.pop()
      if (before !== undefined) {
        parts.push(balance.close())
        balance = before
      }
    } else if (!VOID_ELEMENTS.has(name)) {
      const isIsolated = !isBlock(name) && (name === "bdi" || / dir="/.test(attributes))
      outer.push(isIsolated ? balance : undefined)
      if (isIsolated) balance = new DirectionBalance()
    }
    parts.push(tag)
  }
  return parts.join("") + balance.read(html.slice(from)) + balance.close()
}
