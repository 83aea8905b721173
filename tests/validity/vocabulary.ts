/** The elements and attributes of RSS 2.0, RFC 4287 and the namespaces of the wire, with their allowed places. */

export const NAMESPACES: ReadonlyMap<string, string> = new Map([
  ["http://www.w3.org/2005/Atom", "atom"],
  ["http://purl.org/rss/1.0/modules/content/", "content"],
  ["http://purl.org/dc/elements/1.1/", "dc"],
  ["http://purl.org/dc/terms/", "dcterms"],
  ["http://search.yahoo.com/mrss/", "media"],
  ["https://rslstandard.org/rsl", "rsl"],
  ["http://www.itunes.com/dtds/podcast-1.0.dtd", "itunes"],
  ["http://purl.org/syndication/history/1.0", "fh"],
  ["http://purl.org/atompub/tombstones/1.0", "at"],
  ["http://www.w3.org/1999/xhtml", "xhtml"],
  ["http://www.w3.org/XML/1998/namespace", "xml"],
])

/** How often a child may occur in its parent. */
export type Occurs = "1" | "?" | "*" | "+"

export interface Kind {
  /** Only `elements`, `text` that is not blank, `any` text, or `nothing`. */
  holds: "elements" | "text" | "any" | "nothing"
  children?: Record<string, Occurs>
  /** Names; `?` marks an optional one. `xml:lang` and `xml:base` are allowed everywhere (RFC 4287 §2). */
  attributes?: string
}

export type Vocabulary = Readonly<Record<string, Kind>>

const text = (attributes = ""): Kind => ({ holds: "text", attributes })
const nothing = (attributes = ""): Kind => ({ holds: "nothing", attributes })

function each(prefix: string, names: string): string[] {
  return names.split(" ").map((name) => prefix + name)
}

function allow(names: string[], occurs: Occurs = "*"): Record<string, Occurs> {
  return Object.fromEntries(names.map((name) => [name, occurs]))
}

const DUBLIN_CORE = each(
  "dc:",
  "contributor coverage creator date description format identifier language publisher relation rights source subject title type",
)

/** DCMI Metadata Terms §2, without `source`, which validator.w3.org/feed calls undefined. */
const TERMS = each(
  "dcterms:",
  "abstract accessRights accrualMethod accrualPeriodicity accrualPolicy alternative audience available " +
    "bibliographicCitation conformsTo contributor coverage created creator date dateAccepted dateCopyrighted " +
    "dateSubmitted description educationLevel extent format hasFormat hasPart hasVersion identifier " +
    "instructionalMethod isFormatOf isPartOf isReferencedBy isReplacedBy isRequiredBy issued isVersionOf language " +
    "license mediator medium modified provenance publisher references relation replaces requires rights rightsHolder " +
    "spatial subject tableOfContents temporal title type valid",
)

/** Media RSS 1.5.1: its objects, and its optional elements that contain text. */
const MEDIA_TEXT: Vocabulary = {
  "media:title": text("type?"),
  "media:description": text("type?"),
  "media:keywords": text(),
  "media:rating": text("scheme?"),
  "media:category": text("scheme? label?"),
  "media:credit": text("role? scheme?"),
  "media:copyright": text("url?"),
  "media:text": text("type? lang? start? end?"),
}
const MEDIA_ABOUT: Record<string, Occurs> = {
  ...allow(Object.keys(MEDIA_TEXT)),
  "media:title": "?",
  "media:description": "?",
  "media:thumbnail": "*",
}
const MEDIA_IN_ENTRY: Record<string, Occurs> = {
  ...MEDIA_ABOUT,
  ...{ "media:content": "*", "media:group": "*" },
  ...allow(["itunes:duration", "itunes:episode", "itunes:season", "itunes:image"], "?"),
}

const EXTENSIONS: Vocabulary = {
  ...Object.fromEntries([...DUBLIN_CORE, ...TERMS].map((name) => [name, text()])),
  ...MEDIA_TEXT,
  "media:group": { holds: "elements", children: { ...MEDIA_ABOUT, "media:content": "+" } },
  "media:content": {
    holds: "elements",
    attributes:
      "url fileSize? type? medium? isDefault? expression? bitrate? framerate? samplingrate? channels? duration? " +
      "height? width? lang?",
    children: MEDIA_ABOUT,
  },
  "media:thumbnail": nothing("url width? height? time?"),
  "itunes:duration": text(),
  "itunes:episode": text(),
  "itunes:season": text(),
  "itunes:image": nothing("href"),
  "atom:link": nothing("href rel? type? hreflang? title? length?"),
  "rsl:content": {
    holds: "elements",
    attributes: "url server? encrypted? lastmod?",
    children: { "rsl:license": "+", "rsl:terms": "?" },
  },
  "rsl:license": {
    holds: "elements",
    children: { "rsl:permits": "?", "rsl:prohibits": "?", "rsl:payment": "?" },
  },
  "rsl:permits": text("type"),
  "rsl:prohibits": text("type"),
  "rsl:payment": { holds: "elements", attributes: "type?", children: { "rsl:standard": "?" } },
  "rsl:standard": text(),
  "rsl:terms": text(),
  "fh:archive": nothing(),
  "fh:complete": nothing(),
}

const HISTORY: Record<string, Occurs> = { "fh:archive": "?", "fh:complete": "?", "atom:link": "*" }
/** Each may occur once, because a reader could not choose between two. */
const DUBLIN_CORE_IN_ENTRY: Record<string, Occurs> = {
  ...allow([...DUBLIN_CORE, ...TERMS]),
  ...allow(["dc:language", "dc:rights", "dc:date", "dcterms:alternative", "dcterms:spatial"], "?"),
}

/** Names without a prefix belong to RSS itself, which has no namespace. */
export const RSS: Vocabulary = {
  ...EXTENSIONS,
  rss: { holds: "elements", attributes: "version", children: { channel: "1" } },
  channel: {
    holds: "elements",
    children: {
      ...allow(["title", "link", "description"], "1"),
      ...allow(
        each("", "language copyright managingEditor webMaster pubDate lastBuildDate generator docs cloud ttl"),
        "?",
      ),
      ...allow(each("", "image rating textInput skipHours skipDays"), "?"),
      category: "*",
      item: "*",
      ...DUBLIN_CORE_IN_ENTRY,
      ...HISTORY,
      "atom:updated": "?",
    },
  },
  item: {
    holds: "elements",
    children: {
      // RSS Best Practices Profile, "enclosure": one enclosure.
      ...allow(each("", "title link description author comments enclosure guid pubDate source"), "?"),
      category: "*",
      "content:encoded": "?",
      ...DUBLIN_CORE_IN_ENTRY,
      ...MEDIA_IN_ENTRY,
      "atom:link": "*",
      "atom:updated": "?",
      "rsl:content": "*",
    },
  },
  image: {
    holds: "elements",
    children: { url: "1", title: "1", link: "1", width: "?", height: "?", description: "?" },
  },
  textInput: { holds: "elements", children: { title: "1", description: "1", name: "1", link: "1" } },
  skipHours: { holds: "elements", children: { hour: "+" } },
  skipDays: { holds: "elements", children: { day: "+" } },
  ...Object.fromEntries(
    each(
      "",
      "title link language copyright managingEditor webMaster pubDate lastBuildDate generator docs ttl rating url width " +
        "height name hour day author comments",
    ).map((name) => [name, text()]),
  ),
  // An item must have a title or a description, so an item without text has an empty description.
  description: { holds: "any" },
  category: text("domain?"),
  cloud: nothing("domain port path registerProcedure protocol"),
  enclosure: nothing("url length type"),
  guid: text("isPermaLink?"),
  source: text("url"),
  "content:encoded": text(),
  "atom:updated": text(),
}

const person: Kind = { holds: "elements", children: { "atom:name": "1", "atom:uri": "?", "atom:email": "?" } }
/** RFC 4287 §3.1. The title of an entry is required, but empty if the entry has none. */
const construct = (holds: Kind["holds"]): Kind => ({ holds, attributes: "type?", children: { "xhtml:div": "?" } })

const ABOUT_FEED: Record<string, Occurs> = {
  ...allow(each("atom:", "id title updated"), "1"),
  ...allow(each("atom:", "subtitle rights icon logo generator"), "?"),
  ...allow(each("atom:", "author contributor category link")),
}

export const ATOM: Vocabulary = {
  ...EXTENSIONS,
  "atom:feed": {
    holds: "elements",
    children: { ...ABOUT_FEED, ...HISTORY, ...DUBLIN_CORE_IN_ENTRY, "at:deleted-entry": "*", "atom:entry": "*" },
  },
  "atom:entry": {
    holds: "elements",
    children: {
      ...allow(each("atom:", "id title updated"), "1"),
      ...allow(each("atom:", "content published rights source summary"), "?"),
      ...allow(each("atom:", "author contributor category link")),
      ...DUBLIN_CORE_IN_ENTRY,
      ...MEDIA_IN_ENTRY,
    },
  },
  // RFC 4287 §4.2.11 only recommends the first three, but without them an entry cannot be traced to its feed.
  "atom:source": { holds: "elements", children: ABOUT_FEED },
  "at:deleted-entry": {
    holds: "elements",
    attributes: "ref when",
    children: { "at:by": "*", "at:comment": "?", "atom:link": "*", "atom:source": "?" },
  },
  "at:by": person,
  "at:comment": construct("text"),
  "atom:author": person,
  "atom:contributor": person,
  ...Object.fromEntries(each("atom:", "id updated published icon logo name uri email").map((name) => [name, text()])),
  "atom:title": construct("any"),
  "atom:subtitle": construct("text"),
  "atom:summary": construct("text"),
  "atom:rights": construct("text"),
  "atom:generator": text("uri? version?"),
  "atom:category": nothing("term scheme? label?"),
  "atom:content": { holds: "any", attributes: "type? src?", children: { "xhtml:div": "?" } },
}
