/** Atom 1.0, RFC 4287, with Media RSS for the lead image. */
import {
  authorsOf,
  categoriesOf,
  changedAt,
  contentHtml,
  contentText,
  feedChangedAt,
  filesOf,
  LINK_TYPES,
  languageTag,
  otherFormats,
  ownLanguage,
  sourceName,
  whole,
  words,
} from "./content.ts"
import { rfc3339 } from "./dates.ts"
import type { Entry, Feed, Source } from "./feed.ts"
import { MEDIA_NAMESPACE, mediaImage } from "./media.ts"
import { attribute, cdata, element, escapeText, line } from "./xml.ts"

export function renderAtom(feed: Feed): string {
  const title = words(feed.title, feed.direction) || line(feed.homeUrl)
  let xml = `<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="${MEDIA_NAMESPACE}"`
  xml += `${attribute("xml:lang", languageTag(feed.language))}>\n`
  xml += element("id", line(feed.id))
  xml += `<title type="text">${escapeText(title)}</title>\n`
  xml += element("subtitle", words(feed.description, feed.direction), ' type="text"')
  xml += `<updated>${rfc3339(feedChangedAt(feed))}</updated>\n`
  xml += link("self", feed.urls.atom, LINK_TYPES.atom)
  xml += link("alternate", feed.homeUrl, "text/html")
  // Allowed beside it because no two alternates share a type (RFC 4287 §4.1.1).
  for (const format of otherFormats("atom")) xml += link("alternate", feed.urls[format], LINK_TYPES[format])
  xml += link("hub", feed.hubUrl)
  xml += element("icon", line(feed.iconUrl))
  xml += element("rights", line(feed.rights))
  for (const item of feed.entries) xml += entry(feed, item)
  return `${xml}</feed>\n`
}

function entry(feed: Feed, entry: Entry): string {
  let xml = `<entry${attribute("xml:lang", ownLanguage(feed, entry))}>\n`
  xml += element("id", line(entry.id))
  // Required (RFC 4287 §4.1.2) and honest: an untitled note has an empty title, not one that we made up.
  xml += `<title type="text">${escapeText(words(entry.title, entry.direction))}</title>\n`
  xml += `<updated>${rfc3339(changedAt(entry))}</updated>\n`
  xml += `<published>${rfc3339(entry.publishedAt)}</published>\n`
  for (const { name, url } of authorsOf(entry)) {
    xml += `<author>\n${element("name", name)}${element("uri", url)}</author>\n`
  }
  for (const { term, label, scheme } of categoriesOf(entry)) {
    xml += `<category${attribute("term", term)}${attribute("scheme", scheme)}${attribute("label", label)}/>\n`
  }
  xml += link("alternate", entry.url, "text/html")
  xml += link("via", entry.attribution?.url, "", entry.attribution?.name)
  for (const related of entry.related) xml += link("related", related.url, "", related.title)
  for (const { url, type, title, length } of filesOf(entry)) xml += link("enclosure", url, type, title, whole(length))
  xml += element("summary", words(entry.summary, entry.direction), ' type="text"')
  xml += content(entry)
  xml += mediaImage(entry)
  xml += element("rights", line(entry.rights))
  xml += origin(entry.source)
  return `${xml}</entry>\n`
}

/** An entry with neither content nor a page to go to is invalid (RFC 4287 §4.1.2), so that one says what it has. */
function content(entry: Entry): string {
  const html = contentHtml(entry)
  if (html !== "") return `<content type="html">${cdata(html)}</content>\n`
  return line(entry.url) === "" ? `<content type="text">${escapeText(contentText(entry))}</content>\n` : ""
}

/** Where the entry came from, as RFC 4287 §4.2.11 asks of whoever copies entries from feed to feed. */
function origin(source: Source): string {
  let xml = "<source>\n"
  xml += element("id", line(source.id))
  xml += `<title type="text">${escapeText(sourceName(source))}</title>\n`
  xml += `<updated>${rfc3339(source.updatedAt)}</updated>\n`
  xml += link("self", source.feedUrl, LINK_TYPES.atom)
  xml += link("alternate", source.url, "text/html")
  return `${xml}</source>\n`
}

function link(rel: string, href: string | undefined, type = "", title?: string, length?: number): string {
  const url = line(href)
  if (url === "") return ""
  const about = attribute("type", type) + attribute("length", length) + attribute("title", line(title))
  return `<link rel="${rel}"${attribute("href", url)}${about}/>\n`
}
