/** Atom 1.0 (RFC 4287). Media RSS has the lead image, and DCMI terms have the members without an element in Atom. */
import { languageTag } from "../text/language.ts"
import { singleLine } from "../text/legal-text.ts"
import {
  authorsOf,
  categoriesOf,
  changedAt,
  contentHtml,
  contentText,
  displayText,
  feedChangedAt,
  filesOf,
  headlineOf,
  LINK_TYPES,
  ownLanguage,
  positiveInteger,
  relatedOf,
  sourceName,
  summaryOf,
} from "./content.ts"
import { rfc3339 } from "./dates.ts"
import { DUBLIN_CORE_NAMESPACE, newsroomTerms, TERMS_NAMESPACE } from "./dublin-core.ts"
import type { Entry, EntryContext, FeedFrame, Renderer, Source, Tombstone } from "./feed.ts"
import { HISTORY_NAMESPACE, historyLinks, TOMBSTONE_NAMESPACE, tombstonesOf } from "./history.ts"
import { ITUNES_NAMESPACE, isRecording, itunesElements, MEDIA_NAMESPACE, mediaFile, mediaImage } from "./media.ts"
import { attribute, cdata, element, escapeText } from "./xml.ts"

const START = `<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:dc="${DUBLIN_CORE_NAMESPACE}" xmlns:dcterms="${TERMS_NAMESPACE}" \
xmlns:itunes="${ITUNES_NAMESPACE}" xmlns:media="${MEDIA_NAMESPACE}"`

export const ATOM: Renderer = { head, entry: entryElement, separator: "", tail: () => "</feed>\n" }

function head(feed: FeedFrame): string {
  const title = displayText(feed.title, feed.direction) || singleLine(feed.homeUrl)
  const tombstones = tombstonesOf(feed)
  const isArchive = feed.history?.archive === true
  let xml = START
  // The entries are rendered later, so the head declares all namespaces that they may use. It alone uses these two.
  if (isArchive) xml += attribute("xmlns:fh", HISTORY_NAMESPACE)
  if (tombstones.length > 0) xml += attribute("xmlns:at", TOMBSTONE_NAMESPACE)
  xml += `${attribute("xml:lang", languageTag(feed.language))}>\n`
  xml += element("id", singleLine(feed.id))
  xml += `<title type="text">${escapeText(title)}</title>\n`
  xml += element("subtitle", displayText(feed.description, feed.direction), ' type="text"')
  xml += `<updated>${rfc3339(feedChangedAt(feed))}</updated>\n`
  xml += linkElement("self", feed.urls.atom, LINK_TYPES.atom)
  // The page is the only alternate, because some readers take the last. The Link header has the other formats.
  xml += linkElement("alternate", feed.homeUrl, "text/html")
  for (const [rel, url] of historyLinks(feed, "atom")) xml += linkElement(rel, url, LINK_TYPES.atom)
  xml += linkElement("license", feed.license?.url, feed.license?.type)
  xml += element("icon", singleLine(feed.icon))
  xml += element("rights", displayText(feed.rights, feed.direction))
  if (isArchive) xml += "<fh:archive/>\n"
  // Tombstones come first, because the schema of RFC 4287 (appendix B, atomFeed) allows no elements after the entries.
  for (const tombstone of tombstones) xml += deletedEntryElement(tombstone)
  return xml
}

/** The comment is in English in every feed, because this program writes it (RFC 6721 §3). */
function deletedEntryElement({ id, at, reason }: Tombstone): string {
  const start = `<at:deleted-entry${attribute("ref", id)}${attribute("when", rfc3339(at))}>\n`
  return `${start}<at:comment xml:lang="en">${reason}</at:comment>\n</at:deleted-entry>\n`
}

function entryElement(entry: Entry, context: EntryContext): string {
  let xml = `<entry${attribute("xml:lang", ownLanguage(entry, context))}>\n`
  xml += element("id", singleLine(entry.id))
  // RFC 4287 §4.1.2 requires a title. An article without a headline has an empty title.
  xml += `<title type="text">${escapeText(headlineOf(entry))}</title>\n`
  xml += `<updated>${rfc3339(changedAt(entry))}</updated>\n`
  xml += `<published>${rfc3339(entry.publishedAt)}</published>\n`
  for (const { name, url } of authorsOf(entry)) {
    xml += `<author>\n${element("name", name)}${element("uri", url)}</author>\n`
  }
  for (const { term, label, scheme } of categoriesOf(entry)) {
    xml += `<category${attribute("term", term)}${attribute("scheme", scheme)}${attribute("label", label)}/>\n`
  }
  xml += linkElement("alternate", entry.url, "text/html")
  xml += linkElement("via", entry.attribution?.url, "", entry.attribution?.name)
  for (const { url, title } of relatedOf(entry)) xml += linkElement("related", url, "", title)
  xml += linkElement("license", entry.license)
  xml += fileElements(entry)
  xml += element("summary", summaryOf(entry), ' type="text"')
  xml += contentElement(entry)
  xml += mediaImage(entry)
  xml += newsroomTerms(entry)
  xml += element("rights", displayText(entry.rights, entry.direction))
  xml += sourceElement(entry.source)
  return `${xml}</entry>\n`
}

/** A link has no duration. iTunes has the duration of the first recording, and Media RSS those of others. */
function fileElements(entry: Entry): string {
  const files = filesOf(entry)
  let xml = ""
  for (const { url, type, title, length } of files)
    xml += linkElement("enclosure", url, type, title, positiveInteger(length))
  const main = files.find(isRecording) ?? files[0]
  if (main !== undefined) xml += itunesElements(entry, main)
  for (const file of files) if (file !== main && positiveInteger(file.duration) !== undefined) xml += mediaFile(file)
  return xml
}

/** An entry must have content or a link (RFC 4287 §4.1.2). Otherwise its summary or headline is the content. */
function contentElement(entry: Entry): string {
  const html = contentHtml(entry)
  if (html !== "") return `<content type="html">${cdata(html)}</content>\n`
  return singleLine(entry.url) === "" ? `<content type="text">${escapeText(contentText(entry))}</content>\n` : ""
}

/** The origin of the entry, as RFC 4287 §4.2.11 requires of aggregators. */
function sourceElement(source: Source): string {
  let xml = "<source>\n"
  xml += element("id", singleLine(source.id))
  xml += `<title type="text">${escapeText(sourceName(source))}</title>\n`
  xml += `<updated>${rfc3339(source.updatedAt)}</updated>\n`
  xml += linkElement("self", source.feedUrl, LINK_TYPES.atom)
  xml += linkElement("alternate", source.url, "text/html")
  return `${xml}</source>\n`
}

function linkElement(rel: string, href: string | undefined, type = "", title?: string, length?: number): string {
  const url = singleLine(href)
  if (url === "") return ""
  const attributes = attribute("type", type) + attribute("length", length) + attribute("title", singleLine(title))
  return `<link rel="${rel}"${attribute("href", url)}${attributes}/>\n`
}
