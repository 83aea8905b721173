/** Writes OPML 2.0, a list of subscriptions: https://opml.org/spec2.opml */
import { languageTag } from "../text/language.ts"
import { singleLine } from "../text/legal-text.ts"
import { rfc822 } from "./dates.ts"
import type { Format } from "./feed.ts"
import { attribute, element } from "./xml.ts"

export interface OpmlDocument {
  title: string
  /** The name of the publisher of the list. */
  ownerName: string
  /** The time of the newest change, in milliseconds UTC, and not of rendering. */
  changedAt: number
  outlines: Outline[]
}

export type Outline = OpmlFeed | OpmlFolder

export interface OpmlFeed {
  /** The name in the list. */
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
  // Every change makes a new document.
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

/** A folder has no type, because some readers treat an outline with a type as a feed. An empty folder is left out. */
function renderFolder({ text, outlines }: OpmlFolder): string {
  const children = outlines.map(renderOutline).join("")
  // `text` is required, and NetNewsWire reads `title`.
  return children === ""
    ? ""
    : `<outline${labelAttribute("text", text)}${labelAttribute("title", text)}>\n${children}</outline>\n`
}

/** `type` is always `rss`, because readers ignore outlines of other types. `version` has values for RSS only. */
function renderFeed(outline: OpmlFeed): string {
  const { text, title, format, feedUrl, pageUrl, description, language } = outline
  let xml = `<outline type="rss"${labelAttribute("text", text)}${labelAttribute("title", title)}`
  xml += attribute("xmlUrl", singleLine(feedUrl)) + attribute("htmlUrl", singleLine(pageUrl))
  xml += attribute("description", singleLine(description)) + attribute("language", languageTag(language))
  return `${xml}${format === "rss" ? ' version="RSS"' : ""}/>\n`
}

/** Names have no direction marks: readers group feeds by name, and invisible characters would make another name. */
function labelAttribute(name: "text" | "title", value: string): string {
  return attribute(name, singleLine(value)) || ` ${name}=""`
}
