/**
 * What cleaned HTML may hold, written down a second time: a slip in the sanitiser's own rules must not loosen the tests with
 * it. The table says for each attribute which kind of value it takes; `leaks` reads HTML as browsers do and names the rest.
 */
import { type DefaultTreeAdapterTypes, defaultTreeAdapter, html as names, parse, parseFragment } from "parse5"

/** Values of an attribute: some that stay as they are, some that go, and what every value that comes out is like. */
export interface Kind {
  kept: readonly string[]
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

const matching = (kept: string, refused: string[], pattern: RegExp): Kind => ({
  kept: [kept],
  refused,
  fits: (value) => pattern.test(value),
})
const word = (...words: [string, ...string[]]): Kind => ({
  kept: words,
  refused: ["x", "constructor", `${words[0]} x`],
  fits: (value) => words.includes(value),
})

const text: Kind = { kept: ["a b"], refused: [], fits: () => true }
const flag: Kind = { kept: [""], refused: ["x"], fits: (value) => value === "" }
const link: Kind = {
  kept: ["mailto:a@b.example", "tel:+9641", "http://ok.example/", "https://ok.example/"],
  refused: [...SCRIPTS, "https://bank.example@x.example/"],
  fits: isAddress(/^(?:https?:\/\/|mailto:|tel:)/),
}
const media: Kind = {
  kept: ["http://ok.example/m?a=1,2", "https://ok.example/"],
  refused: [...SCRIPTS, "mailto:a@b.example", "https://bank.example@x.example/"],
  fits: isMedia,
}
const srcset: Kind = {
  kept: ["https://ok.example/1 1.5x, https://ok.example/2", "http://ok.example/1 640w"],
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

/** Every element that may come out, with the kinds of its attributes. */
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

/** Elements that a page puts around a body by itself. Theirs may be no attributes: `<body onload>` would leave one there. */
const FRAME = new Set(["html", "head", "body"])

type Node = DefaultTreeAdapterTypes.Node

function search(node: Node, found: Set<string>, isPage: boolean): void {
  const { nodeName } = node
  if (nodeName.startsWith("#") && !["#text", "#document", "#document-fragment"].includes(nodeName)) found.add(nodeName)
  if ("tagName" in node) {
    const allowed = isPage && FRAME.has(node.tagName) ? new Map<string, Kind>() : ALLOWED.get(node.tagName)
    if (allowed === undefined || node.namespaceURI !== names.NS.HTML) found.add(`<${node.tagName}>`)
    for (const { name, value } of node.attrs) {
      const kind = allowed?.get(name)
      if (kind === undefined) found.add(`<${node.tagName} ${name}>`)
      else if (!kind.fits(value)) found.add(`<${node.tagName} ${name}="${value.slice(0, 100)}">`)
    }
  }
  // Only in `childNodes` do we look: a template, which alone keeps its content elsewhere, was named above.
  if ("childNodes" in node) for (const child of node.childNodes) search(child, found, isPage)
}

const CONTEXTS = ["div", "td"].map((tag) => defaultTreeAdapter.createElement(tag, names.NS.HTML, []))

/**
 * Reads HTML as browsers do, with and without scripts (which decides how `<noscript>` is read): as a page's body, as a
 * fragment without a place, and as what is put into a block and into a cell of a table.
 *
 * @returns every element, attribute, value, comment or doctype that is not on the list
 */
export function leaks(html: string): string[] {
  const found = new Set<string>()
  for (const scriptingEnabled of [true, false]) {
    search(parseFragment(html, { scriptingEnabled }), found, false)
    for (const context of CONTEXTS) search(parseFragment(context, html, { scriptingEnabled }), found, false)
    // What follows on the page must not become the rest of a tag that was left open.
    const page = parse(`<!DOCTYPE html><body>${html}'">`, { scriptingEnabled })
    for (const node of page.childNodes) if (node.nodeName !== "#documentType") search(node, found, true)
  }
  return [...found]
}
