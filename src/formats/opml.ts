/** OPML 2.0, a list of subscriptions: https://opml.org/spec2.opml */
import { languageTag } from "./content.ts"
import { rfc822 } from "./dates.ts"
import type { Format } from "./feed.ts"
import { attribute, element, line } from "./xml.ts"

export interface OpmlDocument {
  title: string
  /** Who speaks for the list. */
  ownerName: string
  /** Milliseconds UTC, of the newest change; never the time of rendering. */
  changedAt: number
  outlines: Outline[]
}

export type Outline = OpmlFeed | OpmlFolder

export interface OpmlFeed {
  /** What the list shows. */
  text: string
  /** The feed's own title. */
  title: string
  format: Format
  feedUrl: string
  /** The page for people. */
  pageUrl: string
  description?: string
  language?: string
}

export interface OpmlFolder {
  text: string
  outlines: Outline[]
}

export function renderOpml(document: OpmlDocument): string {
  let xml = `<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0">\n<head>\n`
  xml += element("title", line(document.title))
  // Made anew with every change: one moment is both.
  xml += element("dateCreated", rfc822(document.changedAt))
  xml += element("dateModified", rfc822(document.changedAt))
  xml += element("ownerName", line(document.ownerName))
  xml += "<docs>https://opml.org/spec2.opml</docs>\n</head>\n<body>\n"
  for (const outline of document.outlines) xml += render(outline)
  return `${xml}</body>\n</opml>\n`
}

function render(outline: Outline): string {
  return "outlines" in outline ? folder(outline) : feed(outline)
}

/** A folder must not have a type: some readers take any that has one for a feed. An empty one is nothing to import. */
function folder({ text, outlines }: OpmlFolder): string {
  const inside = outlines.map(render).join("")
  // `text` is required, and NetNewsWire names folders by `title`.
  return inside === "" ? "" : `<outline${label("text", text)}${label("title", text)}>\n${inside}</outline>\n`
}

/**
 * `type` is `rss` whatever the format: the specification knows no other kind of feed, and readers pass over what has another.
 * `version` has a value for RSS 2.0 only; "there are no known values for Atom feeds", nor for others.
 */
function feed(outline: OpmlFeed): string {
  const { text, title, format, feedUrl, pageUrl, description, language } = outline
  let xml = `<outline type="rss"${label("text", text)}${label("title", title)}`
  xml += attribute("xmlUrl", line(feedUrl)) + attribute("htmlUrl", line(pageUrl))
  xml += attribute("description", line(description)) + attribute("language", languageTag(language))
  return `${xml}${format === "rss" ? ' version="RSS"' : ""}/>\n`
}

/** Plain text, as it stands: readers file by these names, and one with invisible marks is another name. */
function label(name: "text" | "title", value: string): string {
  return attribute(name, line(value)) || ` ${name}=""`
}
