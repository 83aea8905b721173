/** Rules for the HTML that readers show, in any format. */
import { type DefaultTreeAdapterMap, parseFragment } from "parse5"
import type { Rule } from "./rule.ts"
import { isIri } from "./syntax.ts"

export interface HtmlBody {
  where: string
  html: string
}

interface Findings {
  elements: string[]
  attributes: string[]
  scripts: string[]
  relative: string[]
  addresses: string[]
  escaped: string[]
}

const FORBIDDEN = new Set(
  "script style link meta base iframe frame frameset object embed applet noscript template".split(" "),
)
const ADDRESSES = new Set("href src cite poster action formaction background longdesc data srcset".split(" "))

/** Matches text that consists of elements. */
const SOURCE_OF_MARKUP = /^\s*<(p|div|h[1-6]|ul|ol|blockquote|figure|table)\b[^<>]*>.*<\/(?:\1|p|div)>\s*$/is

export function htmlRules<Document>(bodiesOf: (document: Document) => HtmlBody[]): Rule<Document>[] {
  const rule = (id: string, says: string, warning: string, found: keyof Findings): Rule<Document> => ({
    id,
    says,
    cites: `RSS Profile, description; RFC 4287 §8.1; validator.w3.org/feed, ${warning}`,
    check: (document) =>
      bodiesOf(document).flatMap(({ where, html }) => inspect(html)[found].map((what) => `${where}: ${what}`)),
  })
  return [
    rule("html-elements", "no elements that run, style, frame or describe a page", "SecurityRisk", "elements"),
    rule("html-attributes", "no event handlers and no style", "SecurityRiskAttr, DangerousStyleAttr", "attributes"),
    rule("html-scripts", "no addresses that run", "SecurityRisk", "scripts"),
    rule("html-relative", "no addresses that need a page to be relative to", "ContainsRelRef", "relative"),
    rule("html-addresses", "addresses are URIs (RFC 3986)", "InvalidURI", "addresses"),
    rule("html-escaped-twice", "the body is markup, not the source of markup", "DoubleEscaped", "escaped"),
  ]
}

type Node = DefaultTreeAdapterMap["node"]

/** The flows read the same bodies in every format and every section, so findings are kept. */
const known = new Map<string, Findings>()
const KNOWN_LIMIT = 1000

function inspect(html: string): Findings {
  const before = known.get(html)
  if (before !== undefined) return before
  const found: Findings = { elements: [], attributes: [], scripts: [], relative: [], addresses: [], escaped: [] }
  if (/[<&]/.test(html)) {
    const fragment = parseFragment(html)
    visit(fragment, found)
    const [first, ...others] = fragment.childNodes
    if (first !== undefined && "value" in first && others.length === 0 && SOURCE_OF_MARKUP.test(first.value))
      found.escaped.push(first.value.slice(0, 80))
  }
  if (known.size >= KNOWN_LIMIT) known.clear()
  known.set(html, found)
  return found
}

function visit(node: Node, found: Findings): void {
  if ("tagName" in node) {
    if (FORBIDDEN.has(node.tagName)) found.elements.push(node.tagName)
    for (const { name, value } of node.attrs) {
      if (name.startsWith("on") || name === "style") found.attributes.push(`${name}="${value}"`)
      else if (ADDRESSES.has(name)) for (const url of addressesIn(name, value)) judge(url, found)
    }
  }
  if ("childNodes" in node) for (const child of node.childNodes) visit(child, found)
}

function addressesIn(name: string, value: string): string[] {
  if (name !== "srcset") return [value]
  return [...value.matchAll(/[\s,]*(\S*[^\s,])(?:\s+[\d.]+[wx])?\s*(?:,|$)/g)].map(([, url = ""]) => url)
}

function judge(address: string, found: Findings): void {
  // Browsers skip leading controls and spaces, and line breaks within (WHATWG URL §4.4).
  // biome-ignore lint/suspicious/noControlCharactersInRegex: leaving out control characters is its purpose
  const url = address.replace(/^[\u0000-\u0020]+|[\t\n\r]/g, "")
  if (/^(?:javascript:|vbscript:|data:(?!image\/))/i.test(url)) found.scripts.push(url.slice(0, 80))
  // A link to a place of the same body needs no page.
  else if (/^#[\w.-]+$/.test(url)) return
  else if (!/^[a-z][a-z0-9+.-]*:/i.test(url)) found.relative.push(url.slice(0, 80))
  else if (!isIri(address)) found.addresses.push(url.slice(0, 80))
}
