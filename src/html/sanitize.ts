import sanitize from "sanitize-html"
import { absoluteUrl, baseInside, LINK_SCHEMES, MEDIA_SCHEMES } from "./addresses.ts"
import { directionOf, mayHaveDirection, withBalancedDirections, withDirectedBlocks } from "./directions.ts"
import { withEmbeddedMedia } from "./embedded-media.ts"
import { withoutEmptyLinks, withoutEmptyPictures } from "./empty-links.ts"
import { fragmentsIn, idOf, linkedId, withPrefixedIds } from "./footnotes.ts"
import { withFormulas } from "./formulas.ts"
import { isAuthorBox, type LeadPicture, leadPictureOf } from "./lead-picture.ts"
import { OpenRegion } from "./open-region.ts"
import { isPlaceholder } from "./picture-names.ts"
import { candidatesOf, isInvisiblePicture, pictureAddress, pictureSet, playerAddress } from "./pictures.ts"
import { statedBase } from "./relative-addresses.ts"
import { hidesContent, isInvisible } from "./visibility.ts"

/**
 * Cleans the HTML of publishers. One table lists the allowed elements and attributes. A clean body has no scripts,
 * styles, ids or trackers, and no relative addresses, because partners show it on their own pages.
 */

/**
 * Part of the hash of a message's article, so that after a new version the next message cleans an unchanged body again.
 */
export const SANITIZER_VERSION: number = 8

/** The maximum size of an article's HTML in bytes of UTF-8. Callers must check it before they parse. */
export const HTML_LIMIT_BYTES = 256 * 1024

/** The maximum number of `<` in all bodies of a request, because the cost of parsing grows with the tags. */
export const TAG_LIMIT = 20_000

/** Elements that are nested deeper lose their tags but keep their text. */
const NESTING_LIMIT = 200

/** Checks the value of an attribute. Returns the value to write, or undefined to leave the attribute out. */
type AttributeRule = (value: string, base: string | undefined) => string | undefined

const text: AttributeRule = (value) => value
const flag: AttributeRule = () => ""
const link: AttributeRule = (value, base) => absoluteUrl(value, base, LINK_SCHEMES)
const media: AttributeRule = (value, base) => absoluteUrl(value, base, MEDIA_SCHEMES)
/** A whole number of pixels. Browsers ignore a fraction and letters behind it (HTML, "parsing dimension values"). */
const pixels: AttributeRule = (value) => /^\s*\+?(\d{1,5})(?![\d,])(?!(?:\.\d*)?\s*(?:%|v[wh]))/i.exec(value)?.[1]
const count = matching(/^\d{1,4}$/)
const integer = matching(/^-?\d{1,9}$/)
const language = matching(/^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,7}$/)

function matching(pattern: RegExp): AttributeRule {
  return (value) => (pattern.test(value.trim()) ? value.trim() : undefined)
}

function oneOf(...words: string[]): AttributeRule {
  return (value) => words.find((word) => word === value.trim().toLowerCase())
}

const srcset: AttributeRule = (value, base) => {
  const candidates = candidatesOf(value).flatMap(({ address, descriptor }) => {
    const url = media(address, base)
    // A comma at an end, or two commas in a row, would end the candidate in a parser.
    if (url === undefined || /,$|,,/.test(url) || isPlaceholder(url)) return []
    return [descriptor === "" ? url : `${url} ${descriptor}`]
  })
  return candidates.length === 0 ? undefined : candidates.join(", ")
}

/** Keeps the words for search engines, and adds `noopener`, so that no linked page can control a partner's window. */
const rel: AttributeRule = (value) => {
  const words = new Set(value.toLowerCase().split(/\s+/))
  return [...["nofollow", "sponsored", "ugc"].filter((word) => words.has(word)), "noopener"].join(" ")
}

const cell = { colspan: count, rowspan: count }
const size = { width: pixels, height: pixels }
const edit = { cite: link, datetime: text }

/** Elements that may have other attributes than `lang` and `dir`, with a rule for each attribute. */
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
 * Elements that get another name. The headline of a page is its h1, so an h1 in a body becomes h2. A section becomes a
 * div, because it would lose its line breaks without its tags.
 */
const REPLACEMENT_ELEMENTS: Record<string, string> = {
  ...{ h1: "h2", acronym: "abbr", strike: "s", tt: "code", "amp-video": "video", "amp-audio": "audio" },
}
for (const tag of "address article aside center dialog fieldset footer form header legend main nav section".split(
  " ",
)) {
  REPLACEMENT_ELEMENTS[tag] = "div"
}

/** The content of these elements is not text, so sanitize-html removes it. withEmbeddedMedia() keeps its media. */
const NON_TEXT_ELEMENTS =
  "script style object noscript template svg math textarea title xmp noembed noframes plaintext select option iframe"
const REMOVED: ReadonlySet<string> = new Set(NON_TEXT_ELEMENTS.split(" "))

/** The options name no schemes and styles. `checkAttributes` checks every address, and no element may have a style. */
const OPTIONS: sanitize.IOptions = {
  allowedTags: [...RULES.keys()],
  allowedAttributes: namesOf({ "*": { ...GLOBAL_ATTRIBUTES, id: text }, ...ELEMENT_ATTRIBUTES }),
  nonTextTags: [...REMOVED],
  nestingLimit: NESTING_LIMIT,
  selfClosing: ["br", "col", "hr", "img", "source", "track", "wbr"],
}

/** Returns the names of the attributes of each element. */
function namesOf(rules: Record<string, Record<string, AttributeRule>>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(rules).map(([tag, attributes]) => [tag, Object.keys(attributes)]))
}

/** Elements that are useless without their address, and their empty tags, which are removed. */
const SOURCE_ELEMENTS = ["img", "source", "track"]
/** Stands for the address of a link inside the body, so that the link gets the attributes of a link. */
const ANY_ADDRESS = "https://feedwire.invalid/"
const EMPTY_ELEMENTS = ["<img />", "<source />", "<track />", "<picture></picture>", "<a></a>"]

export interface CleanBody {
  html: string
  /** The first picture that may represent the article. */
  leadPicture?: LeadPicture | undefined
  /** The texts of links that are addresses of frames. */
  frames: ReadonlySet<string>
}

/** What a body is cleaned with. */
export interface CleaningOptions {
  /** The base of relative addresses, which are removed if it is missing. */
  base: string | undefined
  /** The article's address, to which a link to a place in the body leads. It is the base if it is missing. */
  page?: string | undefined
  /** The beginning of all ids. Without it, the body has no ids and no links to its own parts. */
  idPrefix?: string | undefined
}

export const sanitizeHtml = (html: string, base: string | undefined, idPrefix?: string): string =>
  cleanBody(html, { base, idPrefix }).html

/** Cleans a body within HTML_LIMIT_BYTES and TAG_LIMIT. A second cleaning would change nothing. */
export function cleanBody(html: string, options: CleaningOptions): CleanBody {
  const { idPrefix } = options
  const base = statedBase(html, absoluteUrl(options.base ?? "", undefined, MEDIA_SCHEMES), REMOVED)
  const page = absoluteUrl(options.page ?? options.base ?? "", undefined, MEDIA_SCHEMES)
  const frames = new Set<string>()
  const body: CleanBody = { html, frames }
  let leadPicture: LeadPicture | undefined
  // Removing a tag may put its parent and child in an order that a parser corrects (`<p><font><p>`), so a changed body
  // is cleaned again. The second pass finds nothing more to remove; the third is a safety margin.
  for (let pass = 0; pass < 3; pass++) {
    body.html = withEmbeddedMedia(withFormulas(body.html), base, { removed: REMOVED, frames })
    const isChanged = cleanOnce(body, base, page, idPrefix !== undefined)
    // The cleaned body has no classes and styles that say which pictures are small.
    if (pass === 0) leadPicture = body.leadPicture
    if (!isChanged) break
  }
  body.html = withBalancedDirections(body.html)
  if (idPrefix !== undefined) body.html = withPrefixedIds(body.html, idPrefix, (id) => link(`#${id}`, page))
  return { ...body, html: withoutEmptyPictures(withoutEmptyLinks(body.html)), leadPicture }
}

/** @returns whether the body must be cleaned again */
function cleanOnce(body: CleanBody, bodyBase: string | undefined, page: string | undefined, hasIds: boolean): boolean {
  let isChanged = false
  const linked = hasIds ? fragmentsIn(body.html) : undefined
  const bases = [bodyBase]
  const hidden = new OpenRegion(hidesContent)
  const authorBox = new OpenRegion(isAuthorBox)
  const readTag = (name: string, attributes: sanitize.Attributes): sanitize.Tag => {
    // Most tags have no attributes, and only a player gets one then.
    if (Object.keys(attributes).length === 0 && name !== "audio" && name !== "video")
      return { tagName: name, attribs: {} }
    const isPicture = name === "img" || (name === "source" && attributes.src === undefined)
    const isHidden = hidden.contains(bases.length)
    if (isPicture && isHidden) return { tagName: name, attribs: {} }
    const tag = cleanTag(name, isHidden ? { ...attributes, hidden: "" } : attributes, bases.at(-1), page, linked)
    if (name === "img") body.leadPicture ??= leadPictureOf(attributes, tag.attribs, authorBox.contains(bases.length))
    return tag
  }
  body.html = sanitize(body.html, {
    ...OPTIONS,
    onOpenTag: (name, attributes) => {
      bases.push(baseInside(bases.at(-1), attributes))
      if (name !== "img") for (const region of [hidden, authorBox]) region.open(bases.length, attributes)
      if (!RULES.has(name) || bases.length > NESTING_LIMIT) isChanged = true
    },
    onCloseTag: () => {
      for (const region of [hidden, authorBox]) region.close(bases.length)
      bases.pop()
    },
    transformTags: {
      ...REPLACEMENT_ELEMENTS,
      "*": readTag,
    },
  })
  for (const element of EMPTY_ELEMENTS) body.html = body.html.replaceAll(element, "")
  const html = withDirectedBlocks(body.html)
  isChanged ||= html !== body.html
  body.html = html
  return isChanged
}

/** @param linked the ids that links may name; undefined if neither ids nor links to parts of the page stay */
function cleanTag(
  name: string,
  attributes: sanitize.Attributes,
  base: string | undefined,
  page: string | undefined,
  linked: ReadonlySet<string> | undefined,
): sanitize.Tag {
  const tagName = isNeeded(name, attributes, linked) ? "span" : name
  const href = attributes.href?.trim() ?? ""
  // A link to a place in the body leads to the article's page, because the base may be another page.
  const placeOnPage = href.startsWith("#") ? (absoluteUrl(href, page, MEDIA_SCHEMES) ?? "") : undefined
  const target = linked && tagName === "a" ? linkedId(href, placeOnPage ?? link(href, base), page) : undefined
  const newHref = target === undefined ? placeOnPage : ANY_ADDRESS
  const attribs = checkAttributes(tagName, newHref === undefined ? attributes : { ...attributes, href: newHref }, base)
  if (!linked) return { tagName, attribs }
  if (target !== undefined) attribs.href = `#${target}`
  const id = idOf(tagName, attributes)
  if (id !== undefined && !SOURCE_ELEMENTS.includes(tagName)) attribs.id = id
  return { tagName, attribs }
}

/** Whether an element is removed, but not the direction that it states, and not the place to which a link leads. */
function isNeeded(name: string, attributes: sanitize.Attributes, linked?: ReadonlySet<string>): boolean {
  if (RULES.has(name) || REMOVED.has(name) || !mayHaveDirection(name)) return false
  if (linked?.has(idOf(name, attributes) ?? "")) return true
  return GLOBAL_ATTRIBUTES.dir?.(directionOf(attributes) ?? "", undefined) !== undefined
}

function checkAttributes(tag: string, attributes: sanitize.Attributes, base: string | undefined): sanitize.Attributes {
  if (tag === "img" && isInvisiblePicture(attributes, (address) => media(address, base))) return {}
  const implied: Record<string, string | undefined> = {
    dir: directionOf(attributes),
    ...impliedAttributes(tag, attributes, base),
  }
  const result: sanitize.Attributes = {}
  for (const [name, rule] of RULES.get(tag) ?? []) {
    const value = name in implied ? implied[name] : attributes[name]
    const cleanValue = value === undefined ? undefined : rule(value, base)
    if (cleanValue !== undefined) result[name] = cleanValue
  }
  if (tag === "a" && result.href === undefined) delete result.rel
  const hasNoSource = SOURCE_ELEMENTS.includes(tag) && result.src === undefined && result.srcset === undefined
  return hasNoSource ? {} : result
}

/** Returns attributes that an element gets although the publisher did not write them. */
function impliedAttributes(
  tag: string,
  attributes: sanitize.Attributes,
  base: string | undefined,
): Record<string, string | undefined> {
  const resolve = (address: string) => media(address, base)
  if (tag === "a") return { rel: attributes.rel ?? "" }
  if (tag === "audio" || tag === "video") {
    const src = playerAddress(attributes, resolve)
    return { controls: "", src, poster: isInvisible(attributes) ? undefined : attributes.poster }
  }
  if (tag === "img") {
    // The size of an image that is loaded late may be that of a dot.
    const { width, height } = isInvisible(attributes) ? {} : attributes
    return { src: pictureAddress(attributes, resolve), srcset: pictureSet(attributes, resolve), width, height }
  }
  if (tag === "source") return { src: playerAddress(attributes, resolve), srcset: pictureSet(attributes, resolve) }
  return {}
}
