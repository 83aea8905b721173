/**
 * A second table of the allowed HTML, so that a mistake in the sanitizer's table is not repeated in the tests. It has
 * the allowed kind of value for each attribute. `leaks` parses HTML like a browser, and lists all HTML that is not
 * allowed.
 */
import { type DefaultTreeAdapterTypes, defaultTreeAdapter, html as names, parse, parseFragment } from "parse5"

/** Values of an attribute that stay unchanged, values that are removed, and a test for every value in clean HTML. */
export interface Kind {
  allowed: readonly string[]
  refused: readonly string[]
  fits: (value: string) => boolean
}

const SCRIPTS = ["javascript:alert(1)", "data:text/html,x", "ftp://x.example/", "http://"]

const isAddress = (schemes: RegExp) => (value: string) => {
  if (!schemes.test(value) || !URL.canParse(value)) return false
  const { username, password } = new URL(value)
  return username === "" && password === "" && value.length <= 4096 && !/[\s<>"`\\^{|}]/.test(value)
}
const isMedia = isAddress(/^https?:\/\//)

const candidate = /^(\S+)(?: (?:[1-9]\d{0,4}w|\d{1,3}(?:\.\d{1,3})?x))?$/
const isSrcset = (value: string) =>
  value.split(", ").every((part) => {
    const address = candidate.exec(part)?.[1]
    return address !== undefined && isMedia(address) && !/,$|,,/.test(address)
  })

const matching = (allowed: string, refused: string[], pattern: RegExp): Kind => ({
  allowed: [allowed],
  refused,
  fits: (value) => pattern.test(value),
})
const word = (...words: [string, ...string[]]): Kind => ({
  allowed: words,
  refused: ["x", "constructor", `${words[0]} x`],
  fits: (value) => words.includes(value),
})

const text: Kind = { allowed: ["a b"], refused: [], fits: () => true }
const flag: Kind = { allowed: [""], refused: ["x"], fits: (value) => value === "" }
const link: Kind = {
  allowed: ["mailto:a@b.example", "tel:+9641", "http://ok.example/", "https://ok.example/"],
  refused: [...SCRIPTS, "https://bank.example@x.example/"],
  fits: isAddress(/^(?:https?:\/\/|mailto:|tel:)/),
}
const media: Kind = {
  allowed: ["http://ok.example/m?a=1,2", "https://ok.example/"],
  refused: [...SCRIPTS, "mailto:a@b.example", "https://bank.example@x.example/"],
  fits: isMedia,
}
const srcset: Kind = {
  allowed: ["https://ok.example/1 1.5x, https://ok.example/2", "http://ok.example/1 640w"],
  refused: [...SCRIPTS.map((address) => `${address} 2x`), "https://ok.example/3 0w", "https://ok.example/4 5"],
  fits: isSrcset,
}
const pixels = matching("640", ["100%", "-1", "123456", "x"], /^\d{1,5}$/)
const count = matching("2", ["-1", "12345", "x"], /^\d{1,4}$/)
const integer = matching("-5", ["1.5", "1234567890", "x"], /^-?\d{1,9}$/)
const language = matching("ar-IQ", ["x y", "a_b", "abcdefghi"], /^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,7}$/)
const rel = matching("nofollow sponsored ugc noopener", [], /^(?:nofollow )?(?:sponsored )?(?:ugc )?noopener$/)
const numbering = matching("A", ["x", "aa", "disc"], /^[1aAiI]$/)
const preload = word("metadata", "none")
const size = { width: pixels, height: pixels }

const EVERYWHERE: Record<string, Kind> = { lang: language, dir: word("rtl", "ltr", "auto") }

const PLAIN =
  "b bdi bdo br caption cite code dd div dl dt em figcaption figure h2 h3 h4 h5 h6 hr i kbd mark p picture pre rp rt ruby s " +
  "samp small span strong sub summary sup table tbody tfoot thead tr u ul var wbr"

/** Every element that clean HTML may have, with the kinds of its attributes. */
export const ALLOWED: ReadonlyMap<string, ReadonlyMap<string, Kind>> = new Map(
  Object.entries<Record<string, Kind>>({
    ...Object.fromEntries(PLAIN.split(" ").map((tag) => [tag, {}])),
    a: { href: link, hreflang: language, title: text, rel },
    abbr: { title: text },
    audio: { src: media, controls: flag, preload },
    blockquote: { cite: link },
    col: { span: count },
    colgroup: { span: count },
    del: { cite: link, datetime: text },
    details: { open: flag },
    dfn: { title: text },
    img: { src: media, srcset, sizes: text, alt: text, title: text, ...size, loading: word("lazy", "eager") },
    ins: { cite: link, datetime: text },
    li: { value: integer },
    ol: { start: integer, reversed: flag, type: numbering },
    q: { cite: link },
    source: { src: media, srcset, sizes: text, media: text, type: text, ...size },
    td: { colspan: count, rowspan: count },
    th: { colspan: count, rowspan: count, scope: word("col", "row", "colgroup", "rowgroup"), abbr: text },
    time: { datetime: text },
    track: { src: media, kind: word("captions", "chapters", "subtitles"), srclang: language, label: text },
    video: { src: media, poster: media, ...size, controls: flag, preload },
  }).map(([tag, attributes]) => [tag, new Map(Object.entries({ ...attributes, ...EVERYWHERE }))]),
)

/** Elements that a page puts around a body itself. They must have no attributes: `<body onload>` would add one. */
const FRAME = new Set(["html", "head", "body"])

type Node = DefaultTreeAdapterTypes.Node

function search(node: Node, violations: Set<string>, isPage: boolean): void {
  const { nodeName } = node
  if (nodeName.startsWith("#") && !["#text", "#document", "#document-fragment"].includes(nodeName))
    violations.add(nodeName)
  if ("tagName" in node) {
    const allowed = isPage && FRAME.has(node.tagName) ? new Map<string, Kind>() : ALLOWED.get(node.tagName)
    if (allowed === undefined || node.namespaceURI !== names.NS.HTML) violations.add(`<${node.tagName}>`)
    for (const { name, value } of node.attrs) {
      const kind = allowed?.get(name)
      if (kind === undefined) violations.add(`<${node.tagName} ${name}>`)
      else if (!kind.fits(value)) violations.add(`<${node.tagName} ${name}="${value.slice(0, 100)}">`)
    }
  }
  // `childNodes` is complete, because only a template has its content elsewhere, and it was reported above.
  if ("childNodes" in node) for (const child of node.childNodes) search(child, violations, isPage)
}

const CONTEXTS = ["div", "td"].map((tag) => defaultTreeAdapter.createElement(tag, names.NS.HTML, []))

/**
 * Parses HTML as browsers do, with and without scripts, because browsers without scripts parse `<noscript>`
 * differently. It parses the HTML as a page's body, as a fragment without context, and inside a block and a table cell.
 *
 * @returns every element, attribute, value, comment or doctype that is not on the list
 */
export function leaks(html: string): string[] {
  const violations = new Set<string>()
  for (const scriptingEnabled of [true, false]) {
    search(parseFragment(html, { scriptingEnabled }), violations, false)
    for (const context of CONTEXTS) search(parseFragment(context, html, { scriptingEnabled }), violations, false)
    // The rest of the page must not become part of an unclosed tag.
    const page = parse(`<!DOCTYPE html><body>${html}'">`, { scriptingEnabled })
    for (const node of page.childNodes) if (node.nodeName !== "#documentType") search(node, violations, true)
  }
  return [...violations]
}
