/** Reads and checks the tokens of an XML document, which are tags and references. Pure. */

/** How many attributes an element may have. */
const ATTRIBUTE_LIMIT = 128
/** Limits of characters of a name, and of an attribute's value. */
const NAME_LIMIT = 200
const VALUE_LIMIT = 65_536
/** Limit of characters between two attribute values: white space, a name and an equals sign. */
const GAP_LIMIT = 1000

/** A parser makes objects from elements, and these names are dangerous as members of objects. */
const RESERVED: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"])

/** The reason why a document cannot be used, and its place. */
export class XmlFault extends Error {
  readonly at: number

  /** @param at is an index into the text */
  constructor(at: number, message: string) {
    super(message)
    this.at = at
  }

  /** Describes the fault. Lines and columns are counted from 1, as in editors. */
  describe(text: string): string {
    const before = text.slice(0, this.at)
    const column = this.at - before.lastIndexOf("\n")
    return `Line ${before.split("\n").length}, column ${column}: ${this.message.replace(/[^?]$/, "$&.")}`
  }
}

export interface XmlTag {
  /** The name as it is written, with its prefix. */
  name: string
  /** The name in lower case, without its prefix. */
  local: string
  empty: boolean
  /** Whether an attribute declares a namespace. */
  declares: boolean
  /** The index after the tag. */
  end: number
}

const NAME = /[^\s/>"'<=]*/y
/** The text before a value: white space, a name, an equals sign. */
const ATTRIBUTE = /[^"'<>]*/y

/** Reads the start tag at `at`, the index of its `<`. @throws XmlFault */
export function tagAt(text: string, at: number): XmlTag {
  const name = matchAt(NAME, text, at + 1)
  if (name === "") throw new XmlFault(at, 'a name must follow "<"; the character itself is written &lt;')
  checkName(name, at + 1)
  let end = at + 1 + name.length
  let declares = false
  for (let attributes = 0; ; attributes++) {
    const before = matchAt(ATTRIBUTE, text, end)
    end += before.length
    const quote = text[end]
    if (quote === undefined || quote === "<") throw new XmlFault(at, `the tag ${name} is not closed`)
    // fast-xml-parser reads a run of spaces again before each equals sign, so long runs are refused.
    if (before.length > GAP_LIMIT) {
      throw new XmlFault(at, `the tag ${name} has more than ${GAP_LIMIT} characters outside of its attributes' values`)
    }
    if (quote === ">") break
    if (attributes >= ATTRIBUTE_LIMIT) {
      throw new XmlFault(end, `the element ${name} has more than ${ATTRIBUTE_LIMIT} attributes`)
    }
    const attribute = nameIn(before)
    checkName(attribute, end)
    declares ||= attribute.startsWith("xmlns")
    end = valueEnd(text, end, quote)
  }
  return { name, local: localName(name), empty: text[end - 1] === "/", declares, end: end + 1 }
}

/** Returns the name of an attribute. `before` is the text between two values. */
function nameIn(before: string): string {
  const trimmedText = before.trim()
  return trimmedText.endsWith("=") ? trimmedText.slice(0, -1).trim() : trimmedText
}

/** @returns the index after the closing quote. */
function valueEnd(text: string, at: number, quote: string): number {
  const close = text.indexOf(quote, at + 1)
  if (close === -1) throw new XmlFault(at, "this attribute is not closed")
  if (close - at > VALUE_LIMIT) throw new XmlFault(at, `this attribute has more than ${VALUE_LIMIT} characters`)
  checkReferences(text.slice(at + 1, close), at + 1)
  return close + 1
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ""
}

function checkName(name: string, at: number): void {
  if (name.length > NAME_LIMIT) throw new XmlFault(at, `a name has more than ${NAME_LIMIT} characters`)
  if (RESERVED.has(localName(name))) throw new XmlFault(at, `${name} is not accepted as a name`)
}

export const localName = (name: string): string => name.slice(name.lastIndexOf(":") + 1).toLowerCase()

/** Returns the prefix of a name with its colon, or "". */
export const prefixOf = (name: string): string => name.slice(0, name.lastIndexOf(":") + 1)

const REFERENCE = /&(?:#(\d{1,7});|#x([0-9A-Fa-f]{1,6});|[A-Za-z][A-Za-z0-9]{1,30};)?/g

/** Checks that each `&` begins a character reference (XML 1.0 §4.1, §2.2) or a name of HTML. @throws XmlFault */
export function checkReferences(text: string, offset: number): void {
  if (!text.includes("&")) return
  for (const { 0: reference, 1: decimal, 2: hex, index } of text.matchAll(REFERENCE)) {
    if (reference === "&")
      throw new XmlFault(offset + index, '"&" begins no reference here: write the character as &amp;')
    if (decimal === undefined && hex === undefined) continue
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    if (code === 0 || (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) {
      throw new XmlFault(offset + index, `${reference} is not a character`)
    }
  }
}

const NAMED_REFERENCES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" }

/** Decodes the references that XML itself defines. The text must have passed checkReferences(). */
export function decodeReferences(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9A-Fa-f]+)|(amp|lt|gt|quot|apos));/g, (_, decimal, hex, name) =>
    name === undefined
      ? String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16))
      : (NAMED_REFERENCES[name] ?? ""),
  )
}

/** Returns the value of an attribute of a tag, as it is written. `name` includes the prefix. */
export function attributeOf(tag: string, name: string): string | undefined {
  const match = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(tag)
  const value = match?.[1] ?? match?.[2]
  return value === undefined ? undefined : decodeReferences(value).trim()
}

export const escapeText = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")

export function htmlPageFault(at: number): XmlFault {
  return new XmlFault(at, "this is an HTML page, not a feed: send the address or the bytes of the feed")
}

/**
 * A DOCTYPE that only names a DTD is harmless. Its declarations can define entities that grow, or read files.
 * @returns the index after it
 */
export function endOfDoctype(text: string, at: number, isBeforeRoot: boolean): number {
  const [, body = "", end = ""] =
    /^<!doctype((?:[^[<>"']|"[^"]*"|'[^']*')*)(.?)/is.exec(text.slice(at, at + 2000)) ?? []
  if (/^\s+html\b/i.test(body)) throw htmlPageFault(at)
  if (end === "[" || end === "<") throw new XmlFault(at, "a DOCTYPE with declarations is not accepted: leave them out")
  if (end !== ">" || !isBeforeRoot) throw new XmlFault(at, "this declaration is not closed, or not allowed here")
  return at + "<!doctype".length + body.length + 1
}
