import sanitize from "sanitize-html"
import { escapeForbidden, parseUrl } from "../text/uri.ts"
import { withoutTrailing } from "../text/without-trailing.ts"
import { decodeEntities } from "./text.ts"

/**
 * Cleans the HTML of publishers. One table names the allowed elements and attributes. Partners show bodies on their own
 * pages, too. So a body has no scripts, styles, ids or trackers, and its addresses become absolute.
 */

/** Part of every raw hash. When it grows, all raw hashes change, so the next message cleans an unchanged body again. */
export const SANITIZER_VERSION: number = 2

/** The limit for an article's HTML in bytes of UTF-8. Callers refuse more before they parse. */
export const HTML_LIMIT_BYTES = 256 * 1024

/** The limit for `<` in all bodies of a request: the cost of parsing grows with the tags, not with the bytes. */
export const TAG_LIMIT = 20_000

/** Elements that are nested deeper lose their tags but keep their text. */
const NESTING_LIMIT = 200

/** Checks the value of an attribute. Returns the value to write, or undefined to leave the attribute out. */
type AttributeRule = (value: string, base: string | undefined) => string | undefined

const LINK_SCHEMES = ["http:", "https:", "mailto:", "tel:"]
const MEDIA_SCHEMES = ["http:", "https:"]

/** The limit for the characters of an address, because sanitize-html takes quadratic time for them. */
const MAX_ADDRESS_CHARACTERS = 4096

function absoluteUrl(value: string, base: string | undefined, schemes: string[]): string | undefined {
  const url = value.trim() === "" || value.length > MAX_ADDRESS_CHARACTERS ? undefined : parseUrl(value, base)
  // An address with a user name is refused, because the name would only make it look like another address.
  if (url === undefined || !schemes.includes(url.protocol) || url.username !== "" || url.password !== "")
    return undefined
  const address = escapeForbidden(url.href)
  return address.length > MAX_ADDRESS_CHARACTERS ? undefined : address
}

const text: AttributeRule = (value) => value
const flag: AttributeRule = () => ""
const link: AttributeRule = (value, base) => absoluteUrl(value, base, LINK_SCHEMES)
const media: AttributeRule = (value, base) => absoluteUrl(value, base, MEDIA_SCHEMES)
const pixels: AttributeRule = (value) => /^\s*(\d{1,5})(?:px)?\s*$/i.exec(value)?.[1]
const count = matching(/^\d{1,4}$/)
const integer = matching(/^-?\d{1,9}$/)
const language = matching(/^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,7}$/)

function matching(pattern: RegExp): AttributeRule {
  return (value) => (pattern.test(value.trim()) ? value.trim() : undefined)
}

function oneOf(...words: string[]): AttributeRule {
  return (value) => words.find((word) => word === value.trim().toLowerCase())
}

/**
 * Keeps candidates that resolve and have a width or a density (HTML, "parse a srcset attribute"), because sanitize-html
 * would log every other descriptor.
 */
const srcset: AttributeRule = (value, base) => {
  const candidates: string[] = []
  const next = /[\s,]*(\S+)/y
  for (let match = next.exec(value); match?.[1] !== undefined; match = next.exec(value)) {
    const comma = match[1].endsWith(",") ? next.lastIndex - 1 : value.indexOf(",", next.lastIndex)
    const address = match[1].endsWith(",") ? match[1].slice(0, -1) : match[1]
    const descriptor = value.slice(next.lastIndex, comma === -1 ? undefined : comma).trim()
    next.lastIndex = comma === -1 ? value.length : comma + 1
    const url = media(address, base)
    // A parser would read commas at an end or in a row as the end of the candidate.
    if (url === undefined || /,$|,,/.test(url)) continue
    if (descriptor === "") candidates.push(url)
    else if (/^(?:[1-9]\d{0,4}w|(?!0{1,3}(?:\.0{1,3})?x)\d{1,3}(?:\.\d{1,3})?x)$/.test(descriptor))
      candidates.push(`${url} ${descriptor}`)
  }
  return candidates.length === 0 ? undefined : candidates.join(", ")
}

/** Keeps the words for search engines, and adds `noopener`: no linked page may control a partner's window. */
const rel: AttributeRule = (value) => {
  const words = new Set(value.toLowerCase().split(/\s+/))
  return [...["nofollow", "sponsored", "ugc"].filter((word) => words.has(word)), "noopener"].join(" ")
}

const cell = { colspan: count, rowspan: count }
const size = { width: pixels, height: pixels }
const edit = { cite: link, datetime: text }

/** Elements with more attributes than `lang` and `dir`, and the rule of each attribute. */
const ELEMENT_ATTRIBUTES: Record<string, Record<string, AttributeRule>> = {
  a: { href: link, hreflang: language, title: text, rel },
  abbr: { title: text },
  audio: { src: media, controls: flag, preload: oneOf("none", "metadata") },
  blockquote: { cite: link },
  col: { span: count },
  colgroup: { span: count },
  del: edit,
  details: { open: flag },
  dfn: { title: text },
  // linkToFrame() replaces an `iframe` by a link before the attributes are checked.
  iframe: {},
  img: { src: media, srcset, sizes: text, alt: text, title: text, ...size, loading: oneOf("lazy", "eager") },
  ins: edit,
  li: { value: integer },
  ol: { start: integer, reversed: flag, type: matching(/^[1aAiI]$/) },
  q: { cite: link },
  source: { src: media, srcset, sizes: text, media: text, type: text, ...size },
  td: cell,
  th: { ...cell, scope: oneOf("row", "col", "rowgroup", "colgroup"), abbr: text },
  time: { datetime: text },
  track: { src: media, kind: oneOf("subtitles", "captions", "chapters"), srclang: language, label: text },
  video: { src: media, poster: media, ...size, controls: flag, preload: oneOf("none", "metadata") },
}

const PLAIN_ELEMENTS =
  "b bdi bdo br caption cite code dd div dl dt em figcaption figure h2 h3 h4 h5 h6 hr i kbd mark p picture pre " +
  "rp rt ruby s samp small span strong sub summary sup table tbody tfoot thead tr u ul var wbr"

const GLOBAL_ATTRIBUTES: Record<string, AttributeRule> = { lang: language, dir: oneOf("ltr", "rtl", "auto") }

// This is a Map, because a tag may have the name `constructor`, which every object has.
const RULES: ReadonlyMap<string, [attribute: string, rule: AttributeRule][]> = new Map(
  [...PLAIN_ELEMENTS.split(" "), ...Object.keys(ELEMENT_ATTRIBUTES)].map((tag) => [
    tag,
    [...Object.entries(ELEMENT_ATTRIBUTES[tag] ?? {}), ...Object.entries(GLOBAL_ATTRIBUTES)],
  ]),
)

/**
 * Renamed elements. The h1 of a page is the headline, so it becomes h2. A section without its tags would lose its line
 * breaks, so it becomes a div.
 */
const REPLACEMENT_ELEMENTS: Record<string, string> = { h1: "h2", acronym: "abbr", strike: "s", tt: "code" }
for (const tag of "address article aside center fieldset footer form header main nav section".split(" ")) {
  REPLACEMENT_ELEMENTS[tag] = "div"
}

/** Elements whose content is not text. sanitize-html removes them with their content. */
const NON_TEXT_ELEMENTS =
  "script style object noscript template svg math textarea title xmp noembed noframes plaintext select option"

/** No schemes and styles are named: `checkAttributes` has checked every address, and no element may have a style. */
const OPTIONS: sanitize.IOptions = {
  allowedTags: [...RULES.keys()],
  allowedAttributes: namesOf({ "*": GLOBAL_ATTRIBUTES, ...ELEMENT_ATTRIBUTES }),
  nonTextTags: NON_TEXT_ELEMENTS.split(" "),
  nestingLimit: NESTING_LIMIT,
  selfClosing: ["br", "col", "hr", "img", "source", "track", "wbr"],
}

/** The names of attributes by element, without repetition, because sanitize-html reads this list for each body. */
function namesOf(rules: Record<string, Record<string, AttributeRule>>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(rules).map(([tag, attributes]) => [tag, Object.keys(attributes)]))
}

/** Elements that are useless without their address, and the empty tags that remain without it and are removed. */
const SOURCE_ELEMENTS = ["img", "source", "track"]
const EMPTY_ELEMENTS = ["<img />", "<source />", "<track />", "<a></a>"]

/**
 * Cleans a body within HTML_LIMIT_BYTES and TAG_LIMIT. Cleaning the result again changes nothing.
 * @param baseUrl the article's address, which is the base of relative addresses; without it they are removed
 */
export function sanitizeHtml(html: string, baseUrl: string | undefined): string {
  const base = absoluteUrl(baseUrl ?? "", undefined, MEDIA_SCHEMES)
  let cleanHtml = html
  // After a tag is removed, its parent and its child may be in an order that a parser corrects (`<p><font><p>`), so a
  // body with a removed or changed tag is cleaned again. (Below the nesting limit only text is left, which has no
  // order.) The second pass removes nothing; the third is a safety margin.
  for (let pass = 0; pass < 3; pass++) {
    const { result, changed } = cleanOnce(cleanHtml, base)
    cleanHtml = result
    if (!changed) break
  }
  return cleanHtml
}

function cleanOnce(html: string, base: string | undefined): { result: string; changed: boolean } {
  let isChanged = false
  let result = sanitize(html, {
    ...OPTIONS,
    onOpenTag: (name) => {
      if (name === "iframe" || !RULES.has(name)) isChanged = true
    },
    transformTags: {
      ...REPLACEMENT_ELEMENTS,
      iframe: (_, attributes) => linkToFrame(attributes, base),
      "*": (tagName, attributes) => ({ tagName, attribs: checkAttributes(tagName, attributes, base) }),
    },
  })
  for (const element of EMPTY_ELEMENTS) result = result.replaceAll(element, "")
  return { result, changed: isChanged }
}

/** Replaces a frame with a player by a link, so that readers still reach it and no foreign page runs inside ours. */
function linkToFrame(attributes: sanitize.Attributes, base: string | undefined): sanitize.Tag {
  const src = absoluteUrl(attributes.src ?? attributes["data-src"] ?? "", base, ["https:"])
  // The name must be allowed even if nothing remains. If sanitize-html 2.18.1 discards a renamed tag, it does not
  // restore the name for closing, and closes the next element at that depth with this name.
  if (src === undefined) return { tagName: "a", attribs: {}, text: "" }
  return { tagName: "a", attribs: { href: src }, text: attributes.title?.trim() || src }
}

function checkAttributes(tag: string, attributes: sanitize.Attributes, base: string | undefined): sanitize.Attributes {
  if (tag === "img" && isTracker(attributes)) return {}
  const implied = impliedAttributes(tag, attributes, base)
  const result: sanitize.Attributes = {}
  for (const [name, rule] of RULES.get(tag) ?? []) {
    const value = implied[name] ?? attributes[name]
    const cleanValue = value === undefined ? undefined : rule(value, base)
    if (cleanValue !== undefined) result[name] = cleanValue
  }
  if (tag === "a" && result.href === undefined) delete result.rel
  const hasNoSource = SOURCE_ELEMENTS.includes(tag) && result.src === undefined && result.srcset === undefined
  return hasNoSource ? {} : result
}

function impliedAttributes(
  tag: string,
  attributes: sanitize.Attributes,
  base: string | undefined,
): sanitize.Attributes {
  if (tag === "a") return { rel: attributes.rel ?? "" }
  if (tag === "audio" || tag === "video") return { controls: "" }
  // Pages that load images late have the address in these attributes, and nothing or an empty `data:` image in `src`.
  const lazySource = tag === "img" ? attributes["data-src"] || attributes["data-lazy-src"] : undefined
  return lazySource === undefined || media(attributes.src ?? "", base) !== undefined ? {} : { src: lazySource }
}

/** Whether an image only counts readers. A zero size with `srcset` is usual in layouts and is no tracking pixel. */
function isTracker(attributes: sanitize.Attributes): boolean {
  if (/display\s*:\s*none|visibility\s*:\s*hidden/i.test(attributes.style ?? "")) return true
  return attributes.srcset === undefined && isTrackerSize(attributes.width) && isTrackerSize(attributes.height)
}

function isTrackerSize(length: string | undefined): boolean {
  return length !== undefined && /^\s*[01](?:px)?\s*$/i.test(length)
}

const BREAKS: ReadonlySet<string> = new Set(
  (
    "audio blockquote br caption dd details div dl dt figcaption figure h2 h3 h4 h5 h6 hr li ol p pre summary table tbody " +
    "tfoot thead tr ul video"
  ).split(" "),
)

/** The words of a body from sanitizeHtml(), with a line for each block, for summaries and search. */
export function htmlToText(html: string): string {
  const lines = [""]
  for (const part of `>${html}`.split("<")) {
    const tag = /^\/?([a-z][a-z0-9]*)/.exec(part)?.[1] ?? ""
    if (BREAKS.has(tag)) lines.push("")
    const gap = tag === "td" || tag === "th" ? " " : ""
    lines.push((lines.pop() ?? "") + gap + part.slice(part.indexOf(">") + 1))
  }
  const words = lines.map((line) => line.replace(/\s+/g, " ").trim())
  return decodeEntities(words.filter((line) => line !== "").join("\n"))
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" })

/**
 * The beginning of a text in one line, with `…` if anything was left out. The length is counted in grapheme clusters
 * (Unicode TR 29), so that no Arabic mark, flag or family emoji is cut.
 */
export function excerpt(text: string, maxCharacters: number): string {
  const line = text.replace(/\s+/g, " ").trim()
  let characters = 0
  let cut = 0
  for (const { index } of graphemes.segment(line)) {
    if (characters === maxCharacters - 1) cut = index
    if (characters === maxCharacters) return `${wholeWords(line, cut)}…`
    characters += 1
  }
  return line
}

function wholeWords(line: string, cut: number): string {
  const head = line.slice(0, cut)
  const space = line[cut] === " " ? cut : head.lastIndexOf(" ")
  // URLs, and writing systems without spaces, are cut at any character.
  return withoutTrailing(space > cut / 2 ? head.slice(0, space) : head, " ,;:،؛.–—-")
}
