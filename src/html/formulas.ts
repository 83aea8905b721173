/**
 * Writes formulas (MathML) and the words of drawings (SVG) as text. sanitize.ts removes these elements, because browsers
 * parse their content by other rules, and cleans what is written here with the rest of the body. Pure.
 */
import { withClosedForeignContent } from "./foreign-content.ts"
import { escapeValue } from "./media-markup.ts"
import { type Place, writePlaces } from "./media-places.ts"
import { readTags } from "./tags.ts"
import { type Attributes, isInvisible } from "./visibility.ts"

/** The start tags of such elements. Most bodies have none, and are not parsed for them. */
const FORMULAS = /<(?:[a-z]{1,9}:)?(?:math|svg)(?![\w-])/gi
/** MathJax keeps formulas in scripts. */
const MAY_HAVE_SCRIPTS = /<script\s[^<>]*math\//i
const FORMULA_SCRIPT = /^\s*math\/(tex|asciimath|mml)/i

/** Deeper elements are written as their text, because each level copies the text of the levels below it. */
const MAX_DEPTH = 40
/** How far from a formula KaTeX writes it once more, in HTML. */
const MAX_GAP = 200

/** Elements of which no text is shown. */
const UNSEEN = new Set(
  "annotation annotation-xml mphantom script style title desc metadata defs symbol template select".split(" "),
)
/** Elements in which a space is a part of the text. */
const TOKENS = new Set("mi mn mo ms mtext text tspan textpath".split(" "))
/** The elements of a drawing that have words. */
const WORDS = new Set(["text", "foreignobject"])
/** Operators that are not printed, such as the product of a number and a letter. */
const INVISIBLE_OPERATORS = /[\u2062-\u2064\0]/g
/** Stands between a function and its argument, and here also around a fraction and a root. */
const FUNCTION_APPLICATION = "\u2061"
/** It becomes a space between two operands: 1½ is "1 1/2", not "11/2". */
const BETWEEN_OPERANDS = /(?<=[\p{L}\p{M}\p{N})%]|<\/su[bp]>)\u2061+(?=[\p{L}\p{N}√]|<su[bp]>)/gu
/** Stands for the element between the indices after and before the base of `mmultiscripts`. */
const PRESCRIPTS = "\0"

type Writer = (parts: string[], attributes: Attributes) => string

const isSingle = (part: string): boolean => /^[\p{L}\p{M}\p{N}.,′%]*$/u.test(part)
const inBrackets = (part: string): string => (isSingle(part) ? part : `(${part})`)
const raised = (part: string): string => (part === "" ? "" : `<sup>${part}</sup>`)
const lowered = (part: string): string => (part === "" ? "" : `<sub>${part}</sub>`)
/** A fraction, a root, a power and a sum have brackets before an index, so that it belongs to the whole of them. */
const asBase = (part: string): string =>
  /^\u2061|<\/sup>$|.[-+=±\u2212×·∙⋅].|[-+\u2212]\w/.test(part) && !IN_BRACKETS.test(part) ? `(${part})` : part
const IN_BRACKETS = /^[([{|‖⟨][^()[\]{}|‖⟨⟩]*[)\]}|‖⟩]$/
const withUpper: Writer = ([base = "", upper = ""]) => asBase(base) + raised(upper)
const withLower: Writer = ([base = "", lower = ""]) => asBase(base) + lowered(lower)
const withBoth: Writer = ([base = "", lower = "", upper = ""]) => asBase(base) + lowered(lower) + raised(upper)
/** Pairs of lower and upper indices, after the base and before it. */
const withIndices: Writer = ([base = "", ...indices]) => {
  const at = indices.indexOf(PRESCRIPTS)
  const written = (parts: string[]) => parts.map((part, no) => (no % 2 === 0 ? lowered(part) : raised(part))).join("")
  return at === -1 ? base + written(indices) : written(indices.slice(at + 1)) + base + written(indices.slice(0, at))
}
/** Each character of `separators` is one, and the last of them is repeated. */
const fenced: Writer = (parts, { open = "(", close = ")", separators = "," }) => {
  const signs = [...separators.replace(/\s/g, "")]
  const written = parts.map((part, no) => {
    const sign = no === 0 ? "" : (signs[no - 1] ?? signs.at(-1) ?? "")
    return escapeValue(sign) + (/[,;]/.test(sign) ? " " : "") + part
  })
  return escapeValue(open) + written.join("") + escapeValue(close)
}
/** A fraction without a line is a binomial coefficient, and is written like the rows of a table. */
const fraction: Writer = ([over = "", under = ""], { linethickness = "" }) =>
  /^\s*0/.test(linethickness) ? `${over}; ${under}` : applied(`${inBrackets(over)}/${inBrackets(under)}`)
const applied = (part: string): string => FUNCTION_APPLICATION + part + FUNCTION_APPLICATION
const apart: Writer = (parts) => ` ${parts.join(" ")} `

/** How an element is written, if it is more than the text of its parts. */
const WRITERS = new Map<string, Writer>([
  ["mfrac", fraction],
  ["msqrt", (parts) => applied(`√${inBrackets(parts.join(""))}`)],
  ["mroot", ([base = "", index = ""]) => applied(`${raised(index)}√${inBrackets(base)}`)],
  ...(["msup", "mover"] as const).map((name) => [name, withUpper] as const),
  ...(["msub", "munder"] as const).map((name) => [name, withLower] as const),
  ...(["msubsup", "munderover"] as const).map((name) => [name, withBoth] as const),
  ["mmultiscripts", withIndices],
  ["mprescripts", () => PRESCRIPTS],
  ["mfenced", fenced],
  ...(["mtr", "mlabeledtr", "text", "tspan", "foreignobject"] as const).map((name) => [name, apart] as const),
  ["mtable", (parts) => parts.map((part) => part.trim()).join("; ")],
  ["mspace", () => " "],
  // One of the parts is shown: the first, or the selected one (MathML 3, 3.7.1).
  ["maction", (parts, { selection = "1" }) => parts[Number(selection) - 1] ?? parts[0] ?? ""],
  ["mglyph", (_, { alt = "" }) => escapeValue(alt)],
])

interface ReadElement {
  name: string
  attributes: Attributes
  /** The index of its start tag. */
  from: number
  isInside: boolean
  isHidden: boolean
  /** Whether it is the words of a drawing, or in them. */
  hasWords: boolean
  /** Receives its text: one part for each text or element in it. Undefined if its text is not read. */
  parts: string[] | undefined
}

/** A body with more formulas and drawings loses them, because the parser takes long to read thousands in each other. */
const MAX_FORMULAS = 2000

/** Returns the body with the text of formulas and drawings in their places. */
export function withFormulas(html: string): string {
  const text = MAY_HAVE_SCRIPTS.test(html) ? withFormulaScripts(html) : html
  const count = text.match(FORMULAS)?.length ?? 0
  if (count === 0 || count > MAX_FORMULAS) return text
  const closed = withClosedForeignContent(text)
  return writePlaces(closed, new FormulaSearch(closed).findPlaces())
}

/** Writes the formulas in scripts as code, and those in MathML as elements. */
function withFormulaScripts(html: string): string {
  const places: Place[] = []
  const open: { from: number; kind: string | undefined; text: string }[] = []
  readTags(html, {
    open: (name, { type = "" }, from) =>
      open.push({ from, kind: name === "script" ? FORMULA_SCRIPT.exec(type)?.[1] : undefined, text: "" }),
    text(text) {
      const element = open.at(-1)
      if (element?.kind !== undefined) element.text += text
    },
    close(to) {
      const { from = to, kind, text = "" } = open.pop() ?? {}
      if (kind === undefined || text.trim() === "") return
      const isElement = kind.toLowerCase() === "mml" && !/<(?:script|style|textarea|title|!--)/i.test(text)
      const formula = isElement ? text : `<code>${escapeValue(text.trim())}</code>`
      places.push({ kind: "text", from, to, html: formula })
    },
  })
  return writePlaces(html, places)
}

class FormulaSearch {
  private readonly html: string
  private readonly places: Place[] = []
  private readonly open: ReadElement[] = []
  /** How many of the open elements are inside a formula or drawing. */
  private depth = 0
  private isAfterText = false
  /** The same formula in TeX, which is written if the formula has no other text. */
  private source: string[] = []

  constructor(html: string) {
    this.html = html
  }

  findPlaces(): Place[] {
    readTags(this.html, {
      open: (name, attributes, from) => this.openElement(name.replace(/^.*:/, "").toLowerCase(), attributes, from),
      text: (text) => this.readText(text),
      close: (end) => this.closeElement(end),
    })
    return this.places
  }

  private openElement(name: string, attributes: Attributes, from: number): void {
    this.isAfterText = false
    const parent = this.open.at(-1)
    const isInside = (parent?.isInside ?? false) || name === "math" || name === "svg"
    const isHidden = (parent?.isHidden ?? false) || isInvisible(attributes)
    if (isInside) this.depth += 1
    if (this.depth === 1) this.source = []
    const hasWords = name === "math" || WORDS.has(name) || (parent?.hasWords ?? false)
    const parts = isInside ? this.partsFor(name, parent) : undefined
    this.open.push({ name, attributes, from, isInside, isHidden, hasWords: isInside && hasWords, parts })
  }

  private partsFor(name: string, parent: ReadElement | undefined): string[] | undefined {
    if (this.depth === 1) return []
    if (name === "annotation") return this.source
    if (UNSEEN.has(name) || parent?.parts === undefined || parent.parts === this.source) return undefined
    return this.depth > MAX_DEPTH ? parent.parts : []
  }

  private readText(text: string): void {
    const { name = "", parts, hasWords = false } = this.open.at(-1) ?? {}
    if (parts === undefined || !hasWords || (text.trim() === "" && !TOKENS.has(name))) return
    const written = escapeValue(text.replace(INVISIBLE_OPERATORS, "").replace(/\s+/g, " "))
    // The parser divides a text at its references.
    if (this.isAfterText) parts.push((parts.pop() ?? "") + written)
    else parts.push(written)
    this.isAfterText = true
  }

  private closeElement(end: number): void {
    this.isAfterText = false
    const element = this.open.pop()
    if (element === undefined) return
    const { attributes, from, isInside, parts } = element
    if (!isInside) {
      if (/\bkatex-html\b/.test(attributes.class ?? "")) this.removeCopy(from, end)
      return
    }
    this.depth -= 1
    if (this.depth === 0) this.write(element, end)
    else {
      const outer = this.open.at(-1)?.parts
      if (parts !== undefined && parts !== outer && parts !== this.source) outer?.push(textOfElement(element))
    }
  }

  private write(element: ReadElement, end: number): void {
    const { name, attributes, from, isHidden } = element
    if (isHidden) return
    const text = textOfElement(element).replace(BETWEEN_OPERANDS, " ")
    const texts = [text, escapeValue(attributes.alttext ?? ""), this.source.join("")]
    const html = texts.map(withVisibleCharacters).find((each) => each !== "") ?? ""
    if (html !== "") this.places.push({ kind: "text", from, to: end, html: name === "svg" ? ` ${html} ` : html })
  }

  /** KaTeX writes each formula twice, and only one of them is for people who see. */
  private removeCopy(from: number, to: number): void {
    const formula = this.places.at(-1)
    if (formula === undefined || formula.to > from || from - formula.to > MAX_GAP) return
    const isBeside = /^(?:<\/[a-z]+>|<span\b[^<>]*>|\s)*$/.test(this.html.slice(formula.to, from))
    if (isBeside) this.places.push({ kind: "text", from, to, html: "" })
  }
}

const withVisibleCharacters = (text: string): string =>
  text.replace(INVISIBLE_OPERATORS, "").replaceAll(FUNCTION_APPLICATION, "").replace(/\s+/g, " ").trim()

function textOfElement({ name, attributes, parts = [] }: ReadElement): string {
  const text = WRITERS.get(name)?.(parts, attributes) ?? parts.join("")
  return name === "mi" || name === "mn" || name === "mo" ? text.trim() : text
}
