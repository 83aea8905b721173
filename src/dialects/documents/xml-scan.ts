/** Refuses XML that is dangerous for parsers, and writes a simpler document for feedsmith, in one scan. Pure. */
import type { ParseProblem } from "../message.ts"
import { attributeOf, checkReferences, decodeReferences, prefixOf, tagAt, XmlFault, type XmlTag } from "./xml-tokens.ts"

const DEPTH_LIMIT = 64
/** Limit of characters of an item's original address. */
const MAX_ADDRESS_LENGTH = 2048
/** Limit of characters of an e-mail address with a name: feedsmith 3.0.1 separates the two in quadratic time. */
const PERSON_LIMIT = 256

/** Elements of RSS 2.0 that contain e-mail addresses of people. */
const PERSON_ELEMENTS: ReadonlySet<string> = new Set(["author", "managingeditor", "webmaster"])

const ROOTS = ["rss", "rdf", "feed", "entry"] as const
export type Root = (typeof ROOTS)[number]

/** An item or entry. Items are in the order of the document. */
export interface ScannedItem {
  /** A path such as /rss/channel/item[3]. */
  pointer: string
  /** The original address of an item, if FeedBurner replaced it by an address that counts clicks. */
  origLink?: string
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
  items: ScannedItem[]
  withdrawals: Withdrawal[]
  /**
   * The document with only elements and escaped text. `xml:id` of each item is its index in `items`. Elements that
   * feedsmith would read wrongly are removed.
   */
  plainXml: string
}

/** @param limit is how many `<` the document may have, because the cost of parsing grows with tags, not with bytes */
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

class XmlScanner {
  private readonly text: string
  private readonly output: string[] = []
  private readonly items: ScannedItem[] = []
  private readonly withdrawals: Withdrawal[] = []
  /** The open elements: their names without prefix, and where their content begins in `text` and in `out`. */
  private readonly open: { local: string; start: number; outLength: number }[] = []
  /** The number of elements with each path. */
  private readonly counts = new Map<string, number>()
  private root: { kind: Root; name: string } | undefined
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
    const plainXml = this.output.join("")
    const root = this.root.kind
    // feedsmith reads only feeds, so a single entry gets a feed around it.
    if (root !== "entry") return { root, items, withdrawals, plainXml }
    return { root, items, withdrawals, plainXml: `<feed xmlns="http://www.w3.org/2005/Atom">${plainXml}</feed>` }
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
    if (text.startsWith("<!", at)) return this.readDoctype(at)
    return text[at + 1] === "/" ? this.readEndTag(at) : this.readStartTag(at)
  }

  private endOf(end: string, from: number, at: number, fault: string): number {
    const index = this.text.indexOf(end, from)
    if (index === -1) throw new XmlFault(at, fault)
    return index + end.length
  }

  /** A DOCTYPE that only names a DTD is harmless. An internal subset can define entities that grow, or read files. */
  private readDoctype(at: number): number {
    const [, body = "", end = ""] =
      /^<!doctype((?:[^[<>"']|"[^"]*"|'[^']*')*)(.?)/is.exec(this.text.slice(at, at + 2000)) ?? []
    if (/^\s+html\b/i.test(body)) throw htmlPageFault(at)
    if (end === "[" || end === "<")
      throw new XmlFault(at, "a DOCTYPE with declarations is not accepted: leave them out")
    if (end !== ">" || this.root !== undefined)
      throw new XmlFault(at, "this declaration is not closed, or not allowed here")
    return at + "<!doctype".length + body.length + 1
  }

  private readStartTag(at: number): number {
    const { text, open } = this
    const tag = tagAt(text, at)
    const depth = open.length
    const root = depth === 0 ? this.readRoot(tag, at) : this.root?.kind
    if (depth >= DEPTH_LIMIT) throw new XmlFault(at, `elements are nested deeper than ${DEPTH_LIMIT}`)
    const tagText = text.slice(at, tag.end)
    if (depth === 1 && root === "feed" && tag.local === "deleted-entry") {
      this.skippedDepth ??= depth
      const pointer = this.countedPath(`/${this.root?.name}/${tag.name}`)
      this.withdrawals.push({ pointer, ref: attributeOf(tagText, "ref") ?? "", when: attributeOf(tagText, "when") })
    }
    // feedsmith would read only the items in the table of contents of RSS 1.0, and search all items for each of them.
    // Therefore the table is removed.
    if (depth === 2 && root === "rdf" && tag.local === "items") this.skippedDepth ??= depth
    this.write(this.isItem(tag) ? this.withItemId(tagText, tag.name) : tagText)
    if (!tag.empty) open.push({ local: tag.local, start: tag.end, outLength: this.output.length })
    else if (this.skippedDepth === depth) this.skippedDepth = undefined
    return tag.end
  }

  private readRoot({ name, local }: XmlTag, at: number): Root {
    if (this.root !== undefined) throw new XmlFault(at, `a second root element, ${name}`)
    if (local === "html") throw htmlPageFault(at)
    const kind = ROOTS.find((root) => root === local)
    if (kind === undefined)
      throw new XmlFault(at, `the root element is ${name}; it must be rss, rdf:RDF, feed or entry`)
    this.root = { kind, name }
    return kind
  }

  /** Whether a tag begins an item. With a prefix, the name may belong to another vocabulary. */
  private isItem({ name, local }: XmlTag): boolean {
    const { open, root } = this
    const depth = open.length
    const prefix = prefixOf(name)
    if (prefix !== "" && prefix !== prefixOf(root?.name ?? "")) return false
    if (root?.kind === "entry") return depth === 0
    if (root?.kind === "feed") return depth === 1 && local === "entry"
    if (local !== "item") return false
    return depth === 1 || (root?.kind === "rss" && depth === 2 && open[1]?.local === "channel")
  }

  private withItemId(tag: string, name: string): string {
    const { open, items, root } = this
    const parents = [root?.name ?? "", ...open.slice(1).map(({ local }) => local)].slice(0, open.length)
    const path = ["", ...parents, name].join("/")
    const id = items.push({ pointer: open.length === 0 ? path : this.countedPath(path), warnings: [] }) - 1
    return `<${name} xml:id="${id}"${tag.slice(1 + name.length).replace(/\sxml:id\s*=\s*(?:"[^"]*"|'[^']*')/g, "")}`
  }

  private countedPath(path: string): string {
    const number = (this.counts.get(path) ?? 0) + 1
    this.counts.set(path, number)
    return `${path}[${number}]`
  }

  private readEndTag(at: number): number {
    const { text, open } = this
    const end = this.endOf(">", at, at, "this tag is not closed")
    const { local, start, outLength: tagText } = open.pop() ?? { local: "", start: at, outLength: this.output.length }
    const item = this.items.at(-1)
    if (this.root?.kind === "rss" && PERSON_ELEMENTS.has(local) && at - start > PERSON_LIMIT) {
      this.output.length = tagText
      item?.warnings.push(`${local} was left out: it has more than ${PERSON_LIMIT} characters`)
    }
    // Elements may be nested, so each end tag decodes the content only if it is short enough for an address.
    if (local === "origlink" && item !== undefined && at - start <= MAX_ADDRESS_LENGTH)
      item.origLink = decodeReferences(text.slice(start, at)).trim()
    if (this.skippedDepth !== open.length) {
      this.write(text.slice(at, end))
      return end
    }
    this.skippedDepth = undefined
    // If an article only moved from one of our feeds, it is still in other feeds and not deleted.
    if (local === "deleted-entry" && /<at:comment[^<>]*>\s*moved\s*</.test(text.slice(start, at)))
      this.withdrawals.pop()
    return end
  }

  private write(text: string): void {
    if (this.skippedDepth === undefined) this.output.push(text)
  }
}

const escapeText = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")

function htmlPageFault(at: number): XmlFault {
  return new XmlFault(at, "this is an HTML page, not a feed: send the address or the bytes of the feed")
}
