/** Parses each format into results of the same type for comparisons. It shares no code with the renderers. */
import { XMLParser, XMLValidator } from "fast-xml-parser"
import { type DefaultTreeAdapterMap, parseFragment } from "parse5"

export interface Reading {
  title: string
  home: string
  self: string
  language: string
  icon: string
  rights: string
  /** Other documents, without their extensions, which differ between formats. */
  next: string
  prevArchive: string
  nextArchive: string
  isArchive: boolean
  /** The id, time and reason of each. RSS has none. */
  deleted: string[]
  entries: ReadEntry[]
}

export interface ReadEntry {
  id: string
  url: string
  title: string
  subtitle: string
  dateline: string
  summary: string
  content: string
  published: number
  updated: number
  authors: string[]
  /** "" for an author without an address. RSS has no addresses. */
  authorUrls: string[]
  labels: string[]
  language: string
  source: { name: string; feed: string }
  image: { url: string; width: string; height: string }
  caption: string
  credit: string
  rights: string
  /** The address and name of the site that the entry is attributed to. */
  via: { url: string; name: string }
  /** The address and title of each. */
  related: string[]
  /** URL, type, length and duration of each, sorted, because RSS has its enclosure first. */
  files: string[]
}

/** The parts of a reading that RSS can also express. */
export function asRss(reading: Reading): Reading {
  return { ...reading, deleted: [], entries: reading.entries.map((entry) => ({ ...entry, authorUrls: [] })) }
}

/** One element: its attributes, its own decoded text, and its children. */
export interface Node {
  name: string
  attributes: Record<string, string>
  text: string
  children: Node[]
}

type Raw = Record<string, unknown>

const XML_CHARACTERS = /^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u

/** The tree of a document. @throws Error if it is not well-formed, which the parser alone does not check completely */
export function readXml(xml: string): Node {
  if (!XML_CHARACTERS.test(xml)) throw new Error("a character that XML 1.0 forbids")
  const outside = xml.replace(/<!\[CDATA\[[\s\S]*?\]\]>/g, "")
  if (/&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9A-Fa-f]+);)/.test(outside)) throw new Error("a bare ampersand")
  if (outside.includes("]]>")) throw new Error("a bare ]]>")
  const valid = XMLValidator.validate(outside)
  if (valid !== true) throw new Error(valid.err.msg)
  const parser = new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: "",
    cdataPropName: "#cdata",
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: false,
    processEntities: false,
    ignoreDeclaration: true,
  })
  const root = (parser.parse(xml) as Raw[]).map(toNode).find((node) => node !== undefined)
  if (root === undefined) throw new Error("no root element")
  return root
}

function toNode(raw: Raw): Node | undefined {
  const name = Object.keys(raw).find((key) => key !== ":@")
  if (name === undefined || name.startsWith("#")) return undefined
  const parts = raw[name] as Raw[]
  const attributes = Object.entries((raw[":@"] ?? {}) as Record<string, string>)
  return {
    name,
    attributes: Object.fromEntries(attributes.map(([key, value]) => [key, resolve(value)])),
    text: parts.map(textOf).join(""),
    children: parts.map(toNode).filter((node) => node !== undefined),
  }
}

function textOf(part: Raw): string {
  if ("#text" in part) return resolve(String(part["#text"]))
  return ((part["#cdata"] ?? []) as Raw[]).map((section) => String(section["#text"])).join("")
}

/** Decodes references once and from left to right, as XML requires: `&#x26;lt;` is the text `&lt;`. */
function resolve(text: string): string {
  const names: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" }
  return text.replace(/&(?:#x([0-9A-Fa-f]+)|#(\d+)|(\w+));/g, (_, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return names[name] ?? ""
    return String.fromCodePoint(Number.parseInt(hex ?? decimal ?? "", hex === undefined ? 10 : 16))
  })
}

/** The text that a reader shows if it reads the value as HTML. */
export function asHtml(value: string): string {
  const show = (node: DefaultTreeAdapterMap["node"]): string => {
    if ("value" in node) return node.value
    return "childNodes" in node ? node.childNodes.map(show).join("") : ""
  }
  return show(parseFragment(value))
}

export function child(node: Node | undefined, name: string, where: Record<string, string> = {}): Node | undefined {
  return all(node, name, where)[0]
}

export function all(node: Node | undefined, name: string, where: Record<string, string> = {}): Node[] {
  const fits = ({ attributes }: Node) => Object.entries(where).every(([key, value]) => attributes[key] === value)
  return (node?.children ?? []).filter((each) => each.name === name && fits(each))
}

const text = (node: Node | undefined, name: string) => child(node, name)?.text ?? ""
const href = (node: Node | undefined, name: string, rel: string) => child(node, name, { rel })?.attributes.href ?? ""

/** The lead image is the `media:content` before a thumbnail; the others are files. */
function imageOf(node: Node): Node | undefined {
  return node.children.find((_, at) => node.children[at + 1]?.name === "media:thumbnail")
}

function readImage(node: Node): Pick<ReadEntry, "image" | "caption" | "credit"> {
  const { url = "", width = "", height = "" } = imageOf(node)?.attributes ?? {}
  const [caption, credit] = ["media:description", "media:credit"].map((name) => text(imageOf(node), name))
  return { image: { url, width, height }, caption: caption ?? "", credit: credit ?? "" }
}

const withoutEnding = (url: string | undefined) => (url ?? "").replace(/\.(rss|atom|json)(?=\?|$)/, "")

/** The links of both XML formats, which differ only in the prefix. */
function readHistory(node: Node | undefined, link: string) {
  return {
    next: withoutEnding(href(node, link, "next")),
    prevArchive: withoutEnding(href(node, link, "prev-archive")),
    nextArchive: withoutEnding(href(node, link, "next-archive")),
    isArchive: child(node, "fh:archive") !== undefined,
  }
}

function readLinks(node: Node, link: string): Pick<ReadEntry, "via" | "related"> {
  const via = child(node, link, { rel: "via" })
  return {
    via: { url: via?.attributes.href ?? "", name: via ? (via.attributes.title ?? "") : text(node, "dc:source") },
    related: all(node, link, { rel: "related" }).map(({ attributes: { href, title = "" } }) => `${href} ${title}`),
  }
}

export function readRss(xml: string): Reading {
  const channel = child(readXml(xml), "channel")
  return {
    title: asHtml(text(channel, "title")),
    home: text(channel, "link"),
    self: href(channel, "atom:link", "self"),
    language: text(channel, "language"),
    icon: text(child(channel, "image"), "url"),
    rights: text(channel, "copyright"),
    ...readHistory(channel, "atom:link"),
    deleted: [],
    entries: all(channel, "item").map((item) => {
      const description = text(item, "description")
      // An item without a summary has its body in `description`. Plain text that begins like this would be escaped
      // twice.
      const bodyInDescription = child(item, "content:encoded") === undefined && /^<[A-Za-z]/.test(description)
      const published = Date.parse(text(item, "pubDate"))
      const source = child(item, "source")
      const picture = readImage(item)
      const media = all(item, "media:content").filter((node) => node !== imageOf(item))
      const enclosures = all(item, "enclosure").map(({ attributes }) => ({
        ...attributes,
        duration: text(item, "itunes:duration"),
      }))
      return {
        id: text(item, "guid"),
        url: text(item, "link"),
        title: asHtml(text(item, "title")),
        subtitle: text(item, "dcterms:alternative"),
        dateline: text(item, "dcterms:spatial"),
        summary: bodyInDescription ? "" : asHtml(description),
        content: bodyInDescription ? description : text(item, "content:encoded"),
        published,
        updated: Date.parse(text(item, "atom:updated")) || published,
        authors: all(item, "dc:creator").map((creator) => creator.text),
        authorUrls: [],
        labels: all(item, "category").map((category) => category.text),
        language: text(item, "dc:language"),
        source: { name: source?.text ?? "", feed: source?.attributes.url ?? "" },
        ...picture,
        rights: text(item, "dc:rights"),
        ...readLinks(item, "atom:link"),
        files: [...enclosures, ...media.map(({ attributes }) => attributes)].map(fileText).sort(),
      }
    }),
  }
}

function fileText({ url, type, length, fileSize, duration = "" }: Record<string, string>): string {
  return `${url} ${type} ${length ?? fileSize ?? "?"} ${duration || "?"}`
}

const RECORDING = /^(?:audio|video)\/|^application\/(?:ogg|mp4|dash\+xml|(?:vnd\.apple\.|x-)mpegurl)$/i

/** iTunes' duration belongs to the first recording, or else to the first file. The durations of others are in Media RSS. */
function readAtomFiles(entry: Node): string[] {
  const media = new Map(all(entry, "media:content").map(({ attributes }) => [attributes.url, attributes.duration]))
  const links = all(entry, "link", { rel: "enclosure" })
  const main = Math.max(
    links.findIndex(({ attributes: { type = "" } }) => RECORDING.test(type)),
    0,
  )
  return links
    .map(({ attributes: { href: url = "", ...attributes } }, at) =>
      fileText({ ...attributes, url, duration: (at === main ? text(entry, "itunes:duration") : media.get(url)) ?? "" }),
    )
    .sort()
}

export function readAtom(xml: string): Reading {
  const root = readXml(xml)
  return {
    title: text(root, "title"),
    home: href(root, "link", "alternate"),
    self: href(root, "link", "self"),
    language: root.attributes["xml:lang"] ?? "",
    icon: text(root, "icon"),
    rights: text(root, "rights"),
    ...readHistory(root, "link"),
    deleted: all(root, "at:deleted-entry").map(
      (node) => `${node.attributes.ref} ${node.attributes.when} ${text(node, "at:comment")}`,
    ),
    entries: all(root, "entry").map((entry) => ({
      id: text(entry, "id"),
      url: href(entry, "link", "alternate"),
      title: text(entry, "title"),
      subtitle: text(entry, "dcterms:alternative"),
      dateline: text(entry, "dcterms:spatial"),
      summary: text(entry, "summary"),
      content: child(entry, "content", { type: "html" })?.text ?? "",
      published: Date.parse(text(entry, "published")),
      updated: Date.parse(text(entry, "updated")),
      authors: all(entry, "author").map((author) => text(author, "name")),
      authorUrls: all(entry, "author").map((author) => text(author, "uri")),
      labels: all(entry, "category").map(({ attributes }) => attributes.label ?? ""),
      language: entry.attributes["xml:lang"] ?? "",
      source: { name: text(child(entry, "source"), "title"), feed: href(child(entry, "source"), "link", "self") },
      ...readImage(entry),
      rights: text(entry, "rights"),
      ...readLinks(entry, "link"),
      files: readAtomFiles(entry),
    })),
  }
}

interface JsonItem {
  [key: string]: unknown
  id: string
  url?: string
  title?: string
  summary?: string
  content_html?: string
  content_text?: string
  image?: string
  external_url?: string
  date_published: string
  date_modified?: string
  authors: { name: string; url?: string }[]
  tags?: string[]
  language?: string
  attachments?: { url: string; mime_type: string; size_in_bytes?: number; duration_in_seconds?: number }[]
  _feedwire: {
    source: { name: string; feed_url: string }
    subtitle?: string
    dateline?: string
    image?: { width?: number; height?: number; caption?: string; alt?: string; credit?: string }
    attribution?: { name: string; url?: string }
    rights?: { notice?: string }
    related?: { url: string; title?: string }[]
    duplicates?: { id: string; publisher: string; url?: string }[]
  }
}

export interface JsonFeed {
  [key: string]: unknown
  version: string
  title: string
  home_page_url: string
  feed_url: string
  icon?: string
  language?: string
  hubs?: { type: string; url: string }[]
  next_url?: string
  items: JsonItem[]
  _feedwire?: {
    rights?: { notice?: string }
    prev_archive_url?: string
    next_archive_url?: string
    archive?: true
    deleted?: { id: string; date_deleted: string; reason: string }[]
  }
}

export function parseJson(json: string): JsonFeed {
  return JSON.parse(json) as JsonFeed
}

export function readJson(json: string): Reading {
  const feed = parseJson(json)
  return {
    title: feed.title,
    home: feed.home_page_url,
    self: feed.feed_url,
    language: feed.language ?? "",
    icon: feed.icon ?? "",
    rights: feed._feedwire?.rights?.notice ?? "",
    // In an archive next_url is the previous archive, so that a reader of JSON Feed without archives finds it.
    next: feed._feedwire?.archive ? "" : withoutEnding(feed.next_url),
    prevArchive: withoutEnding(feed._feedwire?.prev_archive_url),
    nextArchive: withoutEnding(feed._feedwire?.next_archive_url),
    isArchive: feed._feedwire?.archive ?? false,
    deleted: (feed._feedwire?.deleted ?? []).map(({ id, date_deleted, reason }) => `${id} ${date_deleted} ${reason}`),
    entries: feed.items.map((item) => {
      const ours = item._feedwire
      const size = (pixels: number | undefined) => (item.image === undefined ? "" : String(pixels ?? ""))
      return {
        id: item.id,
        url: item.url ?? "",
        title: item.title ?? "",
        subtitle: ours.subtitle ?? "",
        dateline: ours.dateline ?? "",
        summary: item.summary ?? "",
        content: item.content_html ?? "",
        published: Date.parse(item.date_published),
        updated: Date.parse(item.date_modified ?? item.date_published),
        authors: item.authors.map(({ name }) => name),
        authorUrls: item.authors.map(({ url }) => url ?? ""),
        labels: item.tags ?? [],
        language: item.language ?? "",
        source: { name: ours.source.name, feed: ours.source.feed_url },
        image: { url: item.image ?? "", width: size(ours.image?.width), height: size(ours.image?.height) },
        caption: item.image === undefined ? "" : (ours.image?.caption ?? ours.image?.alt ?? ""),
        credit: item.image === undefined ? "" : (ours.image?.credit ?? ""),
        rights: ours.rights?.notice ?? "",
        via: { url: item.external_url ?? "", name: ours.attribution?.name ?? "" },
        related: ours.related?.map(({ url, title = "" }) => `${url} ${title}`) ?? [],
        files: (item.attachments ?? [])
          .map(({ url, mime_type, size_in_bytes = "?", duration_in_seconds = "?" }) =>
            [url, mime_type, size_in_bytes, duration_in_seconds].join(" "),
          )
          .sort(),
      }
    }),
  }
}
