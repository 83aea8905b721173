/** Refuses XML that is dangerous for parsers, and writes a simpler document for feedsmith. Pure. */
import type { ParseProblem } from "../message.ts"
import { ADDRESS_ELEMENTS, type EntryBases, type XmlBase, XmlBases } from "./xml-base.ts"
import { type ForeignItem, type Scope, warningsOf, whyForeign, XmlNames } from "./xml-names.ts"
import {
  attributeOf,
  checkReferences,
  decodeReferences,
  endOfDoctype,
  escapeText,
  htmlPageFault,
  prefixOf,
  tagAt,
  XmlFault,
  type XmlTag,
} from "./xml-tokens.ts"
import { rewrittenContent } from "./xml-values.ts"

const DEPTH_LIMIT = 64
/** Limit of characters of an item's original address. */
const MAX_ADDRESS_LENGTH = 2048
const ROOTS = ["rss", "rdf", "feed", "entry"] as const
export type Root = (typeof ROOTS)[number]

/** An item or entry. Items are in the order of the document. */
export interface ScannedItem extends EntryBases {
  /** A path such as /rss/channel/item[3]. */
  pointer: string
  /** The article's own address, if FeedBurner replaced it by an address that counts clicks. */
  origLink?: string
  /** Whether it is not in the first channel, which is the only one that feedsmith reads. */
  isInLaterChannel: boolean
  warnings: string[]
}

/** A withdrawn entry: `at:deleted-entry` (RFC 6721). */
export interface Withdrawal {
  pointer: string
  ref: string
  when: string | undefined
}

export interface ScannedXml {
  root: Root
  hasChannel: boolean
  items: ScannedItem[]
  withdrawals: Withdrawal[]
  /** Warnings about entries that are not read. */
  warnings: string[]
  /** The base of the root element. */
  base: XmlBase | undefined
  /**
   * The document with only elements and escaped text, without elements that feedsmith would read wrongly. The scan sets
   * `xml:id` of each item to its index in `items`.
   */
  plainXml: string
}

/** @param limit the maximum number of `<`, because the cost of parsing grows with tags, not with bytes */
export function scanXml(text: string, limit: number): ScannedXml | { problem: ParseProblem } {
  let tags = 0
  for (let at = text.indexOf("<"); at !== -1 && tags <= limit; at = text.indexOf("<", at + 1)) tags += 1
  if (tags > limit) {
    const detail = `The document has more than ${limit} "<", which are not accepted: send fewer entries at once.`
    return { problem: { code: "body_too_large", detail } }
  }
  try {
    return new XmlScanner(text).read()
  } catch (error) {
    if (error instanceof XmlFault) return { problem: { code: "invalid_document", detail: error.describe(text) } }
    throw error
  }
}

interface OpenElement {
  /** The name without prefix. */
  local: string
  name: string
  /** The name in the simpler document, if it differs. */
  newName?: string | undefined
  scope: Scope
  /** Where the content begins in `text` and in `output`. */
  start: number
  outLength: number
  /** Whether its tags are written twice. */
  isTwice?: boolean
}

/** A `div` of XHTML with a direction, which would be lost, because feedsmith removes the first div. */
const DIRECTED_DIV = /^<(?:[\w.-]+:)?div\s(?:.*\s)?(?:dir|style)\s*=/s

class XmlScanner {
  private readonly text: string
  private readonly output: string[] = []
  private readonly items: ScannedItem[] = []
  private readonly withdrawals: Withdrawal[] = []
  private readonly open: OpenElement[] = []
  /** The number of elements with each path. */
  private readonly counts = new Map<string, number>()
  private root: { kind: Root; name: string } | undefined
  private names = new XmlNames("feed")
  private channels = 0
  private readonly bases = new XmlBases()
  /** The elements that have the name of an item, but in another namespace. */
  private readonly foreignItems: ForeignItem[] = []
  /** The depth of the element that is being skipped. */
  private skippedDepth: number | undefined

  constructor(text: string) {
    this.text = text
  }

  /** @throws XmlFault */
  read(): ScannedXml {
    const { text, items, withdrawals } = this
    const nul = text.indexOf("\0")
    if (nul !== -1) throw new XmlFault(nul, "NUL is not a character of XML: check the encoding")
    for (let at = 0; at < text.length; ) {
      const next = text.indexOf("<", at)
      const end = next === -1 ? text.length : next
      this.readText(at, end)
      at = next === -1 ? end : this.readMarkup(next)
    }
    if (this.root === undefined) {
      throw new XmlFault(0, text.trim() === "" ? "the document is empty" : "no element: this is neither RSS nor Atom")
    }
    const root = this.root.kind
    const [foreign] = this.foreignItems
    if (items.length === 0 && withdrawals.length === 0 && foreign !== undefined)
      throw new XmlFault(foreign.at, `no entry was found: ${whyForeign(foreign.name, foreign.scope, root)}`)
    const warnings = warningsOf(this.foreignItems, root)
    const xml = this.output.join("")
    // feedsmith reads only whole feeds, so a single entry is put into a feed.
    const plainXml = root === "entry" ? `<feed xmlns="http://www.w3.org/2005/Atom">${xml}</feed>` : xml
    return { root, hasChannel: this.channels > 0, items, withdrawals, warnings, base: this.bases.root, plainXml }
  }

  private readText(from: number, to: number): void {
    const characters = this.text.slice(from, to)
    if (this.open.length === 0) {
      const stray = characters.search(/\S/)
      if (stray === -1) return
      throw new XmlFault(from + stray, "text outside of all elements: is this RSS or Atom?")
    }
    checkReferences(characters, from)
    this.write(characters)
  }

  /** @returns the index after the markup */
  private readMarkup(at: number): number {
    const { text } = this
    if (text.startsWith("<!--", at)) return this.endOf("-->", at + 4, at, "this comment is not closed")
    if (text.startsWith("<?", at)) return this.endOf("?>", at + 2, at, "this processing instruction is not closed")
    if (text.startsWith("<![CDATA[", at)) {
      const end = this.endOf("]]>", at + 9, at, "this CDATA section is not closed")
      if (this.open.length === 0) throw new XmlFault(at, "text outside of all elements: is this RSS or Atom?")
      this.write(escapeText(text.slice(at + 9, end - 3)))
      return end
    }
    if (text.startsWith("<!", at)) return endOfDoctype(text, at, this.root === undefined)
    return text[at + 1] === "/" ? this.readEndTag(at) : this.readStartTag(at)
  }

  private endOf(end: string, from: number, at: number, fault: string): number {
    const index = this.text.indexOf(end, from)
    if (index === -1) throw new XmlFault(at, fault)
    return index + end.length
  }

  private readStartTag(at: number): number {
    const { text, open, items } = this
    const tag = tagAt(text, at)
    const depth = open.length
    if (depth >= DEPTH_LIMIT) throw new XmlFault(at, `elements are nested deeper than ${DEPTH_LIMIT}`)
    const tagText = text.slice(at, tag.end)
    const scope = depth === 0 ? this.readRoot(tag, tagText, at) : this.scopeOf(tag, tagText)
    const root = this.root?.kind
    const ownName = this.names.nameIn(scope, tag.name)
    // RSS has no author of a channel, so feedsmith does not read it.
    const name = depth === 2 && root === "rss" && ownName === "author" ? "dc:creator" : ownName
    if (depth === 1 && root === "feed" && tag.local === "deleted-entry") {
      this.skippedDepth ??= depth
      const pointer = this.pointerTo(tag.name)
      this.withdrawals.push({ pointer, ref: attributeOf(tagText, "ref") ?? "", when: attributeOf(tagText, "when") })
    }
    // feedsmith reads only items in the table of contents of RSS 1.0, and searches all items for each of them. Without
    // the table it reads all items at once.
    if (depth === 2 && root === "rdf" && tag.local === "items") this.skippedDepth ??= depth
    if (depth === 1 && name.toLowerCase() === "channel") this.channels += 1
    const isItem = this.isPlaceOfItems() && this.isItem(tag.local, name)
    let newTag = this.names.rename(tag, tagText, name, scope)
    if (isItem) newTag = this.withItemId(newTag, tag.name, name)
    newTag = this.bases.readTag(newTag, name, depth, isItem ? items.at(-1) : undefined)
    this.write(newTag)
    if (!isItem && this.isPlaceOfItems() && /^(?:item|entry)$/.test(tag.local))
      this.foreignItems.push({ at, pointer: this.pointerTo(tag.name), name: tag.name, scope })
    const isTwice = !tag.empty && /^(?:content|summary)$/.test(open.at(-1)?.local ?? "") && DIRECTED_DIV.test(tagText)
    if (isTwice) this.write(newTag.replace(/\sxml:base\s*=\s*(?:"[^"]*"|'[^']*')/g, ""))
    const newName = name === tag.name ? undefined : name
    const [start, outLength] = [tag.end, this.output.length]
    if (!tag.empty) open.push({ local: tag.local, name: tag.name, newName, scope, start, outLength, isTwice })
    else if (this.skippedDepth === depth) this.skippedDepth = undefined
    return tag.end
  }

  /** @throws XmlFault if the document is neither RSS nor Atom */
  private readRoot(tag: XmlTag, tagText: string, at: number): Scope {
    const { name, local } = tag
    if (this.root !== undefined) throw new XmlFault(at, `a second root element, ${name}`)
    if (local === "html") throw htmlPageFault(at)
    const kind = ROOTS.find((root) => root === local)
    if (kind === undefined)
      throw new XmlFault(at, `the root element is ${name}; it must be rss, rdf:RDF, feed or entry`)
    this.root = { kind, name }
    this.names = new XmlNames(kind === "entry" ? "feed" : kind)
    const scope = this.names.scopeOf(tag, tagText, undefined, prefixOf(name) === "")
    const newName = this.names.nameIn(scope, name)
    if (prefixOf(newName) === "" || (kind === "rdf" && newName.startsWith("rdf:"))) return scope
    throw new XmlFault(at, `the root element ${whyForeign(name, scope, kind)}: write ${kind} without a prefix`)
  }

  private scopeOf(tag: XmlTag, tagText: string): Scope {
    const { open, root } = this
    const scope = (open.at(-1) as OpenElement).scope
    if (!tag.declares) return scope
    const isChannel = open.length === 1 && root?.kind !== "feed" && tag.local === "channel"
    const isStructure =
      prefixOf(tag.name) === "" && (isChannel || (this.isPlaceOfItems() && this.isItem(tag.local, tag.local)))
    return this.names.scopeOf(tag, tagText, scope, isStructure)
  }

  /** Whether an element that begins now may be an item. */
  private isPlaceOfItems(): boolean {
    const { open, root } = this
    const depth = open.length
    if (root?.kind === "entry") return depth === 0
    return depth === 1 || (root?.kind === "rss" && depth === 2 && open[1]?.local === "channel")
  }

  /** @param local the local name that feedsmith reads */
  private isItem(local: string, name: string): boolean {
    const kind = this.root?.kind
    return prefixOf(name) === "" && local === (kind === "entry" || kind === "feed" ? "entry" : "item")
  }

  /** @param name the name that feedsmith reads */
  private withItemId(tag: string, writtenName: string, name: string): string {
    const isInLaterChannel = this.channels > 1 && this.open.length === 2
    const id = this.items.push({ pointer: this.pointerTo(writtenName), isInLaterChannel, warnings: [] }) - 1
    return `<${name} xml:id="${id}"${tag.slice(1 + name.length).replace(/\sxml:id\s*=\s*(?:"[^"]*"|'[^']*')/g, "")}`
  }

  /** Returns the path of an element that begins now, with its number among the elements of the same path. */
  private pointerTo(writtenName: string): string {
    const { open, root } = this
    const parents = [root?.name ?? "", ...open.slice(1).map(({ local }) => local)].slice(0, open.length)
    const path = ["", ...parents, writtenName].join("/")
    if (open.length === 0) return path
    const number = (this.counts.get(path) ?? 0) + 1
    this.counts.set(path, number)
    return `${path}[${number}]`
  }

  private readEndTag(at: number): number {
    const { text, open } = this
    const end = this.endOf(">", at, at, "this tag is not closed")
    const begun: Omit<OpenElement, "scope"> = { local: "", name: "", start: at, outLength: this.output.length }
    const { local, name, newName, start, outLength, isTwice } = open.pop() ?? begun
    const item = this.items.at(-1)
    // Elements may be nested, so long content is not decoded at each end tag. No address is so long.
    if (local === "origlink" && item !== undefined && at - start <= MAX_ADDRESS_LENGTH)
      item.origLink = decodeReferences(text.slice(start, at)).trim()
    if (this.skippedDepth === undefined) this.rewriteContent(local, newName ?? name, at - start, outLength)
    if (this.skippedDepth !== open.length) {
      const endTag = newName === undefined ? text.slice(at, end) : `</${newName}>`
      this.write(isTwice ? endTag + endTag : endTag)
      return end
    }
    this.skippedDepth = undefined
    // If an article only moved to other feeds of ours, it is not deleted.
    if (local === "deleted-entry" && /<at:comment[^<>]*>\s*moved\s*</.test(text.slice(start, at)))
      this.withdrawals.pop()
    return end
  }

  /** Writes the content of an element that ends in another way, if feedsmith would read it wrongly. */
  private rewriteContent(local: string, name: string, length: number, outLength: number): void {
    const content = () => this.output.slice(outLength).join("")
    const warn = (warning: string) => this.items.at(-1)?.warnings.push(warning)
    const isAddress = ADDRESS_ELEMENTS.has(local) && length > 0 && length <= MAX_ADDRESS_LENGTH
    const newContent = isAddress
      ? this.bases.readAddress(content, this.open.length)
      : rewrittenContent({ local, name, isRss: this.root?.kind === "rss", length, content }, warn)
    if (newContent !== undefined) this.output.splice(outLength, Number.POSITIVE_INFINITY, newContent)
  }

  private write(text: string): void {
    if (this.skippedDepth === undefined) this.output.push(text)
  }
}
