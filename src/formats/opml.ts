/** OPML 2.0, a list of subscriptions: https://opml.org/spec2.opml */

import { languageTag } from "../text/language.ts"
import { singleLine } from "../text/legal-text.ts"
import { rfc822 } from "./dates.ts"
import type { Format } from "./feed.ts"
import { attribute, element } from "./xml.ts"

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
  xml += element("title", singleLine(document.title))
  // Every change creates a new document, so both are the same moment.
  xml += element("dateCreated", rfc822(document.changedAt))
  xml += element("dateModified", rfc822(document.changedAt))
  xml += element("ownerName", singleLine(document.ownerName))
  xml += "<docs>https://opml.org/spec2.opml</docs>\n</head>\n<body>\n"
  for (const outline of document.outlines) xml += renderOutline(outline)
  return `${xml}</body>\n</opml>\n`
}

function renderOutline(outline: Outline): string {
  return "outlines" in outline ? renderFolder(outline) : renderFeed(outline)
}

/** A folder must not have a type: some readers take any that has one for a feed. An empty one is nothing to import. */
function renderFolder({ text, outlines }: OpmlFolder): string {
  const children = outlines.map(renderOutline).join("")
  // `text` is required, and NetNewsWire names folders by `title`.
  return children === ""
    ? ""
    : `<outline${labelAttribute("text", text)}${labelAttribute("title", text)}>\n${children}</outline>\n`
}

/**
 * `type` is `rss` whatever the format: the specification knows no other kind of feed, and readers pass over what has another.
 * `version` has a value for RSS 2.0 only; "there are no known values for Atom feeds", nor for others.
 */
function renderFeed(outline: OpmlFeed): string {
  const { text, title, format, feedUrl, pageUrl, description, language } = outline
  let xml = `<outline type="rss"${labelAttribute("text", text)}${labelAttribute("title", title)}`
  xml += attribute("xmlUrl", singleLine(feedUrl)) + attribute("htmlUrl", singleLine(pageUrl))
  xml += attribute("description", singleLine(description)) + attribute("language", languageTag(language))
  return `${xml}${format === "rss" ? ' version="RSS"' : ""}/>\n`
}

/** Plain text, as it stands: readers sort feeds into folders by these names, and one with invisible marks is another name. */
function labelAttribute(name: "text" | "title", value: string): string {
  return attribute(name, singleLine(value)) || ` ${name}=""`
}
