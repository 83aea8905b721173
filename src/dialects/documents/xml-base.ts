/** Finds the base addresses that elements state by `xml:base` (https://www.w3.org/TR/xmlbase/). Pure. */
import { parseUrl } from "../../text/uri.ts"
import { attributeOf, decodeReferences, escapeText } from "./xml-tokens.ts"

/** Limit in characters of a base, because each address is resolved with it. */
export const MAX_BASE = 2048

/** Elements of RSS and Atom whose text is an address. feedsmith keeps no bases, so the scan resolves this address. */
export const ADDRESS_ELEMENTS: ReadonlySet<string> = new Set(["link", "uri", "url"])

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
  private relative: { around: XmlBase | undefined; address: string } | undefined

  constructor(value: string, outer: XmlBase | undefined) {
    this.value = value
    this.outer = outer
  }

  /**
   * Returns the base as an address that is relative to a base around it. The base of the document may stand in a later
   * element.
   */
  relativeTo(around: XmlBase | undefined): string {
    if (this === around) return ""
    if (this.relative !== undefined && this.relative.around === around) return this.relative.address
    const outer = this.outer?.relativeTo(around) ?? ""
    const value = this.value.length > MAX_BASE ? "" : this.value.trim()
    const url = absoluteUrl(outer, value)
    const merged = url === undefined ? mergeAddresses(outer, value) : url.href
    const isUsable = merged.length <= MAX_BASE && (url === undefined || isWebUrl(url))
    const address = isUsable ? merged : outer
    this.relative = { around, address }
    return address
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
    if (url !== undefined && isWebUrl(url) && url.href.length <= MAX_BASE)
      return { url: url.href, isStated: true, problems: outer.problems }
    const problem = `xml:base ${JSON.stringify(value.slice(0, 60))} was ignored: it leads to no http or https address`
    return { ...outer, problems: [...outer.problems, problem] }
  }
}

const isWebUrl = ({ protocol, username, password }: URL): boolean =>
  /^https?:$/.test(protocol) && username === "" && password === ""

/** Resolves an address with a relative base (RFC 3986 §5.2.2). Dots stay, because the folders around it are unknown. */
function mergeAddresses(base: string, address: string): string {
  if (base === "" || /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(address)) return address
  const [, host = "", path = "", query = ""] = /^(\/\/[^/?#]*)?([^?#]*)(\?[^#]*)?/.exec(base) ?? []
  if (address === "" || address.startsWith("#")) return host + path + query + address
  if (address.startsWith("/")) return host + address
  if (address.startsWith("?")) return host + path + address
  const folder = /(?:^|\/)\.\.?$/.test(path) ? `${path}/` : path.slice(0, path.lastIndexOf("/") + 1)
  return host + (host !== "" && folder === "" ? "/" : folder) + address
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
    if (base === undefined || base === this.around) return newTag
    if (value !== undefined && this.entry !== undefined) this.add(base, depth, this.entry)
    const address = this.addressOf(base, depth)
    return address === undefined ? newTag : withAddresses(newTag, address)
  }

  /** Returns the text of an element that is an address, resolved with the base of the element, as it is written in XML. */
  readAddress(content: () => string, depth: number): string | undefined {
    const base = this.open[depth]?.base
    if (base === undefined || base === this.around) return undefined
    const written = content()
    if (written.includes("<") || written.length > MAX_BASE) return undefined
    const address = decodeReferences(written).trim()
    const around = this.addressOf(base, depth)
    return address === "" || around === undefined ? undefined : escapeText(resolveIn(around, address))
  }

  /** The base with which the addresses of the document or of the open entry are resolved later. */
  private get around(): XmlBase | undefined {
    return this.entry === undefined ? this.root : this.entry.bases.base
  }

  /** Returns the address of a base; undefined if the sanitizer applies the base, because the element is in a body. */
  private addressOf(base: XmlBase, depth: number): string | undefined {
    const { url } = base.resolve(undefined)
    const isInBody = this.entry !== undefined && depth > this.entry.depth + 1 && this.isBody(this.entry.depth + 1)
    return url ?? (isInBody ? undefined : base.relativeTo(this.around))
  }

  private isBody(depth: number): boolean {
    return /^(?:(?:atom:)?(?:content|summary)|description|content:encoded)$/.test(this.open[depth]?.name ?? "")
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
    if (address === "" || address.startsWith("#")) return written
    return ` ${name}="${escapeText(resolveIn(base, address)).replaceAll('"', "&quot;")}"`
  })
}

const resolveIn = (base: string, address: string): string =>
  absoluteUrl(base, address)?.href ?? mergeAddresses(base, address)

/** @param base may be relative, so that only an absolute address becomes absolute */
const absoluteUrl = (base: string, address: string): URL | undefined =>
  parseUrl(address, URL.canParse(base) ? base : undefined)
