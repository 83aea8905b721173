/** Finds the base addresses that elements state by `xml:base` (https://www.w3.org/TR/xmlbase/). Pure. */
import { parseUrl } from "../../text/uri.ts"
import { attributeOf, decodeReferences } from "./xml-tokens.ts"

/** Limit in characters of a base, because each address is resolved with it. */
export const MAX_BASE = 2048

export interface Base {
  /** The absolute address against which relative addresses are resolved. */
  url: string | undefined
  /** Whether an element states it. Otherwise it is only a guess from the address or the links of the document. */
  isStated: boolean
  /** A sentence for each `xml:base` that was ignored. */
  problems: string[]
}

/** A base and the bases around it. A relative base is resolved with the base around it. */
export class XmlBase {
  private readonly value: string
  private readonly outer: XmlBase | undefined
  /** Many entries may share a base, so it is resolved only once with each base of the document. */
  private readonly results = new Map<string | undefined, Base>()

  constructor(value: string, outer: XmlBase | undefined) {
    this.value = value
    this.outer = outer
  }

  /** @param documentBase is the base outside of all elements */
  resolve(documentBase: string | undefined): Base {
    const known = this.results.get(documentBase)
    if (known !== undefined) return known
    const result = this.resolveIn(baseIn(this.outer, documentBase))
    this.results.set(documentBase, result)
    return result
  }

  private resolveIn(outer: Base): Base {
    const { value } = this
    const url = value.length > MAX_BASE ? undefined : parseUrl(value.trim(), outer.url)
    const isWeb = url !== undefined && /^https?:$/.test(url.protocol) && url.username === "" && url.password === ""
    if (isWeb && url.href.length <= MAX_BASE) return { url: url.href, isStated: true, problems: outer.problems }
    const problem = `xml:base ${JSON.stringify(value.slice(0, 60))} was ignored: it leads to no http or https address`
    return { ...outer, problems: [...outer.problems, problem] }
  }
}

export const baseIn = (base: XmlBase | undefined, documentBase: string | undefined): Base =>
  base?.resolve(documentBase) ?? { url: documentBase, isStated: false, problems: [] }

export interface EntryBases {
  base?: XmlBase | undefined
  /** The bases of the elements that may contain the body, by their names. */
  bodyBases?: Map<string, XmlBase>
  /** The first bases inside of these elements. The sanitizer applies them, and ignores those with problems. */
  innerBases?: XmlBase[]
}

/** How many bases inside the body of an entry are checked. */
const MAX_INNER_BASES = 10

/** Follows the tags of a document, and keeps the bases of its entries. */
export class XmlBases {
  private readonly open: { name: string; base: XmlBase | undefined }[] = []
  private entry: { depth: number; bases: EntryBases } | undefined

  /** The base of the root element. */
  get root(): XmlBase | undefined {
    return this.open[0]?.base
  }

  /**
   * @param newTag the tag that will be written
   * @param entry is set if the tag begins an entry
   * @returns the tag to write. Where the base is not that of the entry, its addresses are absolute, because feedsmith only
   *   has the bases of entries
   */
  readTag(newTag: string, name: string, depth: number, entry: EntryBases | undefined): string {
    this.open.length = depth
    const parent = this.open.at(-1)
    const value = newTag.includes("xml:base") ? attributeOf(newTag, "xml:base") : undefined
    const base = value === undefined ? parent?.base : new XmlBase(value, parent?.base)
    this.open.push({ name: name.toLowerCase(), base })
    if (entry !== undefined) {
      this.entry = { depth, bases: entry }
      entry.base = base
    } else if (this.entry !== undefined && depth <= this.entry.depth) this.entry = undefined
    if (base === undefined || base === this.entry?.bases.base) return newTag
    if (value !== undefined && this.entry !== undefined) this.add(base, depth, this.entry)
    const { url } = base.resolve(undefined)
    return url === undefined ? newTag : withAddresses(newTag, url)
  }

  private add(base: XmlBase, at: number, { depth, bases }: { depth: number; bases: EntryBases }): void {
    // feedsmith leaves out the element around XHTML (RFC 4287 §3.1.1.3), so its base counts for the body.
    const isAround = at === depth + 2 && this.open[at]?.name === "div"
    if (at === depth + 1 || isAround) {
      bases.bodyBases ??= new Map()
      bases.bodyBases.set(this.open[depth + 1]?.name ?? "", base)
    } else {
      bases.innerBases ??= []
      if (bases.innerBases.length < MAX_INNER_BASES) bases.innerBases.push(base)
    }
  }
}

function withAddresses(tag: string, base: string): string {
  return tag.replace(/\s(href|url|src)\s*=\s*(?:"([^"]*)"|'([^']*)')/g, (written, name, double, single) => {
    const value: string = double ?? single
    const address = value.length > MAX_BASE ? "" : decodeReferences(value).trim()
    const url = address === "" || address.startsWith("#") ? undefined : parseUrl(address, base)
    return url === undefined ? written : ` ${name}="${url.href.replaceAll("&", "&amp;")}"`
  })
}
