/**
 * Parses XML 1.0 with namespaces strictly, because other parsers in JavaScript accept documents that they must refuse.
 * It refuses DTDs, so a document declares and includes nothing.
 */
import { NAMESPACES } from "./vocabulary.ts"

/** One element. Names have the usual prefix of their namespace, whatever prefix the document uses. */
export interface Element {
  name: string
  attributes: Map<string, string>
  children: Element[]
  /** The element's own text, decoded, without the text of its children. */
  text: string
  parent: Element | undefined
}

/** Why a document is not well-formed. `rule` names one of `WELL_FORMED`. */
export class Malformed extends Error {
  readonly rule: string

  constructor(rule: string, detail: string) {
    super(detail)
    this.rule = rule
  }
}

const NAME = "[\\p{L}_][\\p{L}\\p{M}\\p{N}._·-]*"
const QNAME = `${NAME}(?::${NAME})?`
const ATTRIBUTE = `\\s+(${QNAME})\\s*=\\s*("[^"<]*"|'[^'<]*')`
const START = new RegExp(`<(${QNAME})((?:${ATTRIBUTE.replaceAll("(Q", "(?:Q")})*)\\s*(/?)>`, "uy")
const ATTRIBUTES = new RegExp(ATTRIBUTE, "gu")
const START_NAME = new RegExp(`<${QNAME}(?=[\\s/>])`, "uy")
const END = new RegExp(`</(${QNAME})\\s*>`, "uy")
const DECLARATION =
  /^<\?xml\s+version\s*=\s*(?:"1\.0"|'1\.0')(?:\s+encoding\s*=\s*(?:"utf-8"|'utf-8'))?(?:\s+standalone\s*=\s*(?:"(?:yes|no)"|'(?:yes|no)'))?\s*\?>/i

const ILLEGAL = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u
const CHARACTER_REFERENCE = /^#(?:x([\dA-Fa-f]+)|(\d+))$/
const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" }

type Scope = ReadonlyMap<string, string>
const OUTSIDE: Scope = new Map([["xml", "http://www.w3.org/XML/1998/namespace"]])

/**
 * @returns the root element
 * @throws Malformed
 */
export function readXml(document: string): Element {
  // A byte order mark is not part of the text (XML 1.0 §4.3.3), and line ends become LF first (§2.11).
  const text = document.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n")
  const illegal = text.search(ILLEGAL)
  if (illegal !== -1) throw new Malformed("xml-characters", `${hex(text, illegal)} at character ${illegal}`)
  return new Reader(text).read()
}

class Reader {
  private readonly text: string
  private at: number
  private root: Element | undefined
  private current: Element | undefined
  /** The prefixes of each open element, and its name as written, because the end tag repeats it with its prefix. */
  private readonly scopes: Scope[] = []
  private readonly open: string[] = []

  constructor(text: string) {
    this.text = text
    const declaration = DECLARATION.exec(text)?.[0] ?? ""
    if (declaration === "" && text.startsWith("<?xml ")) throw this.malformed("xml-declaration", 0)
    this.at = declaration.length
  }

  read(): Element {
    while (this.at < this.text.length) {
      const next = this.text.indexOf("<", this.at)
      const end = next === -1 ? this.text.length : next
      if (end > this.at) this.characters(this.at, end)
      this.at = end
      if (next !== -1) this.markup()
    }
    if (this.current !== undefined) throw new Malformed("xml-tags", `${this.current.name} is never closed`)
    if (this.root === undefined) throw new Malformed("xml-tags", "there is no element")
    return this.root
  }

  private characters(from: number, to: number): void {
    const raw = this.text.slice(from, to)
    const end = raw.indexOf("]]>")
    if (end !== -1) throw this.malformed("xml-cdata-end", from + end)
    if (this.current !== undefined) this.current.text += this.resolve(raw, from)
    else if (raw.trim() !== "") throw this.malformed("xml-tags", from)
  }

  private markup(): void {
    const { text, at } = this
    if (text.startsWith("<!--", at)) this.at = this.endOf("--", at + 4, "xml-comments", ">") + 1
    else if (text.startsWith("<![CDATA[", at)) this.cdata()
    else if (text.startsWith("<!", at)) throw this.malformed("xml-doctype", at)
    else if (text.startsWith("<?", at)) this.instruction()
    else if (text.startsWith("</", at)) this.endTag()
    else this.startTag()
  }

  private cdata(): void {
    const end = this.endOf("]]>", this.at + 9, "xml-tags")
    if (this.current === undefined) throw this.malformed("xml-tags", this.at)
    this.current.text += this.text.slice(this.at + 9, end - 3)
    this.at = end
  }

  private instruction(): void {
    // A declaration anywhere but at the very beginning is an instruction with a reserved name.
    if (/^<\?xml\s/i.test(this.text.slice(this.at, this.at + 6))) throw this.malformed("xml-declaration", this.at)
    this.at = this.endOf("?>", this.at + 2, "xml-tags")
  }

  private startTag(): void {
    START.lastIndex = this.at
    const tag = START.exec(this.text)
    if (tag === null) {
      START_NAME.lastIndex = this.at
      throw this.malformed(START_NAME.test(this.text) ? "xml-attributes" : "xml-tags", this.at)
    }
    if (this.current === undefined && this.root !== undefined) throw this.malformed("xml-tags", this.at)
    const attributes = this.attributes(tag[2] ?? "")
    const scope = this.scopeWith(attributes)
    const element: Element = {
      name: this.expand(tag[1] ?? "", scope, scope.get("") ?? ""),
      attributes: new Map(),
      children: [],
      text: "",
      parent: this.current,
    }
    for (const [name, value] of attributes) {
      if (name === "xmlns" || name.startsWith("xmlns:")) continue
      const expanded = this.expand(name, scope, "")
      if (element.attributes.has(expanded)) throw this.malformed("xml-attributes", this.at)
      element.attributes.set(expanded, value)
    }
    this.root ??= element
    this.current?.children.push(element)
    this.at += tag[0].length
    if (tag.at(-1) === "/") return
    this.current = element
    this.scopes.push(scope)
    this.open.push(tag[1] ?? "")
  }

  private endTag(): void {
    END.lastIndex = this.at
    const tag = END.exec(this.text)
    if (tag === null || this.current === undefined || this.open.pop() !== tag[1])
      throw this.malformed("xml-tags", this.at)
    this.scopes.pop()
    this.current = this.current.parent
    this.at += tag[0].length
  }

  private attributes(raw: string): Map<string, string> {
    const found = new Map<string, string>()
    if (raw === "") return found
    for (const [, name = "", quoted = ""] of raw.matchAll(ATTRIBUTES)) {
      if (found.has(name)) throw this.malformed("xml-attributes", this.at)
      // White space becomes a space unless it was written as a reference (XML 1.0 §3.3.3).
      found.set(name, this.resolve(quoted.slice(1, -1).replace(/[\t\n]/g, " "), this.at))
    }
    return found
  }

  private scopeWith(attributes: Map<string, string>): Scope {
    const outer = this.scopes.at(-1) ?? OUTSIDE
    const declared = [...attributes].filter(([name]) => name === "xmlns" || name.startsWith("xmlns:"))
    if (declared.length === 0) return outer
    const scope = new Map(outer)
    for (const [name, uri] of declared) {
      if (name !== "xmlns" && uri === "") throw this.malformed("xml-prefixes", this.at)
      scope.set(name.slice("xmlns:".length), uri)
    }
    return scope
  }

  private expand(written: string, scope: Scope, unprefixed: string): string {
    const colon = written.indexOf(":")
    const uri = colon === -1 ? unprefixed : scope.get(written.slice(0, colon))
    if (uri === undefined) throw this.malformed("xml-prefixes", this.at)
    const local = written.slice(colon + 1)
    if (uri === "") return local
    const prefix = NAMESPACES.get(uri)
    return prefix === undefined ? `{${uri}}${local}` : `${prefix}:${local}`
  }

  /** Decodes references once and from left to right: `&#x26;lt;` is the text `&lt;`. */
  private resolve(raw: string, from: number): string {
    if (!raw.includes("&")) return raw
    return raw.replace(/&([^&;<\s]*)(;?)/g, (_, name: string, end: string, offset: number) => {
      const [, hexadecimal, decimal] = CHARACTER_REFERENCE.exec(name) ?? []
      const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16)
      const character = Number.isNaN(code) ? ENTITIES[name] : code <= 0x10ffff ? String.fromCodePoint(code) : "\0"
      if (end === "" || character === undefined) throw this.malformed("xml-references", from + offset)
      if (ILLEGAL.test(character)) throw this.malformed("xml-characters", from + offset)
      return character
    })
  }

  /** The position after the next `mark`, which `follows` must follow. */
  private endOf(mark: string, from: number, rule: string, follows = ""): number {
    const found = this.text.indexOf(mark, from)
    if (found === -1 || !this.text.startsWith(follows, found + mark.length)) throw this.malformed(rule, this.at)
    return found + mark.length
  }

  private malformed(rule: string, at: number): Malformed {
    return new Malformed(rule, `character ${at}: ${this.text.slice(at, at + 40)}`)
  }
}

function hex(text: string, at: number): string {
  return `U+${(text.codePointAt(at) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`
}

/** The element and all its descendants in document order, except those of XHTML. */
export function* everyElement(root: Element): Generator<Element> {
  yield root
  for (const child of root.children) if (!child.name.startsWith("xhtml:")) yield* everyElement(child)
}

export function allOf(element: Element | undefined, ...names: string[]): Element[] {
  return element?.children.filter(({ name }) => names.includes(name)) ?? []
}

export function firstOf(element: Element | undefined, name: string): Element | undefined {
  return element?.children.find((child) => child.name === name)
}

/** The path of an element, such as `rss/channel/item[2]/guid`, with its text. */
export function place(element: Element, detail = element.text.trim()): string {
  const steps: string[] = []
  for (let at: Element | undefined = element; at !== undefined; at = at.parent) {
    const alike = allOf(at.parent, at.name)
    steps.unshift(alike.length > 1 ? `${at.name}[${alike.indexOf(at) + 1}]` : at.name)
  }
  return detail === "" ? steps.join("/") : `${steps.join("/")}: ${detail.slice(0, 120)}`
}
