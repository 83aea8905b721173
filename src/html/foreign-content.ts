/**
 * Closes formulas and drawings where browsers leave them, because the parser of the sanitizer keeps them open up to their
 * end tag. An article would lose the rest of its text with them. Pure.
 */
import { type Place, writePlaces } from "./media-places.ts"
import { readTags } from "./tags.ts"
import type { Attributes } from "./visibility.ts"

/** Elements that end foreign content (HTML, "the rules for parsing tokens in foreign content"). */
const ENDING = new Set(
  (
    "b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li listing menu meta nobr ol p " +
    "pre ruby s small span strong strike sub sup table tt u ul var"
  ).split(" "),
)
/** Blocks and media end a formula or drawing without an end tag wherever they are. */
const BLOCKS = new Set(
  (
    "address article aside audio blockquote center dd details div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr iframe " +
    "img li main nav ol p picture pre section table ul video"
  ).split(" "),
)
/** Elements that may contain HTML (HTML, "MathML text integration point" and "HTML integration point"). */
const INTEGRATION_POINTS = new Set("mi mo mn ms mtext foreignobject desc title annotation-xml".split(" "))

const localName = (name: string): string => name.replace(/^.*:/, "").toLowerCase()

interface ForeignElement {
  name: string
  /** The formula or drawing that it is in, or that it is; undefined in HTML. */
  root: { isUnclosed: boolean } | undefined
  isForeign: boolean
}

/** A start tag; undefined is an end tag, or an implied one. */
type Tag = { name: string; attributes: Attributes; from: number; isUnclosed: boolean } | undefined

/** Returns the body with an end tag wherever a browser leaves a formula or drawing. */
export function withClosedForeignContent(html: string): string {
  const places: Place[] = []
  const open: ForeignElement[] = []
  for (const tag of tagsOf(html)) {
    if (tag === undefined) {
      open.pop()
      continue
    }
    const { name, attributes, from, isUnclosed } = tag
    const local = localName(name)
    const parent = open.at(-1)
    if (parent?.root !== undefined && endsForeignContent(local, attributes, parent))
      places.push({ kind: "text", from, to: from, html: endTagsOf(open) })
    const around = open.at(-1)?.root
    const isRoot = local === "math" || local === "svg"
    const ownRoot = around ?? (isRoot ? { isUnclosed } : undefined)
    const isInHtml = parent !== undefined && around !== undefined && INTEGRATION_POINTS.has(localName(parent.name))
    open.push({
      name,
      root: ownRoot,
      isForeign: ownRoot !== undefined && (isRoot || (!isInHtml && parent?.isForeign !== false)),
    })
  }
  return writePlaces(html, places)
}

/** Returns the end tags of the open formula or drawing. What the parser still has open is in HTML from here on. */
function endTagsOf(open: ForeignElement[]): string {
  const tags: string[] = []
  for (let at = open.length - 1; open[at]?.root !== undefined; at--) {
    const { name = "" } = open[at] ?? {}
    tags.push(`</${name}>`)
    open[at] = { name, root: undefined, isForeign: false }
  }
  return tags.join("")
}

function endsForeignContent(local: string, attributes: Attributes, parent: ForeignElement): boolean {
  const { isUnclosed = false } = parent.root ?? {}
  if (isUnclosed && BLOCKS.has(local)) return true
  if (!parent.isForeign || INTEGRATION_POINTS.has(localName(parent.name)) || parent.name === "noscript") return false
  const { color, face, size } = attributes
  const isEnding = ENDING.has(local) || (local === "font" && (color ?? face ?? size) !== undefined)
  // Words in a line of a drawing with an end tag belong to the drawing for its author.
  return isEnding && (isUnclosed || BLOCKS.has(local))
}

/** Whether a formula or drawing has no end tag is known only at the end of the body. */
function tagsOf(html: string): Tag[] {
  const tags: Tag[] = []
  const open: Tag[] = []
  readTags(html, {
    open(name, attributes, from) {
      const tag = { name, attributes, from, isUnclosed: false }
      tags.push(tag)
      open.push(tag)
    },
    text() {},
    close(_, isImplied) {
      const tag = open.pop()
      if (tag !== undefined) tag.isUnclosed = isImplied
      tags.push(undefined)
    },
  })
  return tags
}
