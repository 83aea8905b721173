/**
 * RSS 2.0 (https://www.rssboard.org/rss-specification) with the namespaces content, dc, dcterms, itunes, media and atom. Links
 * between documents follow RFC 5005, appendix B.
 */
import { languageTag } from "../text/language.ts"
import { singleLine } from "../text/legal-text.ts"
import { MARKUP, scan } from "../text/scan.ts"
import {
  authorsOf,
  categoriesOf,
  changedAt,
  contentHtml,
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
import { rfc822, rfc3339 } from "./dates.ts"
import { DUBLIN_CORE_NAMESPACE, newsroomTerms, TERMS_NAMESPACE } from "./dublin-core.ts"
import type { Enclosure, Entry, EntryContext, FeedFrame, Renderer } from "./feed.ts"
import { HISTORY_NAMESPACE, historyLinks } from "./history.ts"
import { ITUNES_NAMESPACE, isRecording, itunesElements, MEDIA_NAMESPACE, mediaFile, mediaImage } from "./media.ts"
import { RSL_NAMESPACE } from "./rights.ts"
import { attribute, cdata, element, escapeText } from "./xml.ts"

const START = `<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" \
xmlns:dc="${DUBLIN_CORE_NAMESPACE}" xmlns:dcterms="${TERMS_NAMESPACE}" xmlns:itunes="${ITUNES_NAMESPACE}" \
xmlns:media="${MEDIA_NAMESPACE}"`

export const RSS: Renderer = { head, entry: itemElement, separator: "", tail: () => "</channel>\n</rss>\n" }

function head(feed: FeedFrame): string {
  const title = displayText(feed.title, feed.direction) || singleLine(feed.homeUrl)
  const isArchive = feed.history?.archive === true
  let xml = START
  // Only archives use this namespace. Any item may use the others, and the head comes before the items are rendered.
  if (isArchive) xml += attribute("xmlns:fh", HISTORY_NAMESPACE)
  if (feed.entries.some(({ rsl }) => rsl !== undefined)) xml += attribute("xmlns:rsl", RSL_NAMESPACE)
  xml += ">\n<channel>\n"
  xml += ambiguousElement("title", title)
  xml += element("link", singleLine(feed.homeUrl))
  xml += ambiguousElement("description", displayText(feed.description, feed.direction) || title)
  xml += element("language", languageTag(feed.language))
  xml += element("copyright", displayText(feed.rights, feed.direction))
  xml += `<lastBuildDate>${rfc822(feedChangedAt(feed))}</lastBuildDate>\n`
  xml += `<ttl>${positiveInteger(feed.ttl) ?? 1}</ttl>\n`
  if (isArchive) xml += "<fh:archive/>\n"
  return xml + linkElements(feed) + imageElement(feed, title)
}

function linkElements(feed: FeedFrame): string {
  let xml = atomLink("self", feed.urls.rss, LINK_TYPES.rss)
  for (const [rel, url] of historyLinks(feed, "rss")) xml += atomLink(rel, url, LINK_TYPES.rss)
  return xml + atomLink("license", feed.license?.url, feed.license?.type)
}

function imageElement(feed: FeedFrame, title: string): string {
  const url = singleLine(feed.icon)
  if (url === "") return ""
  return `<image>\n${element("url", url)}${ambiguousElement("title", title)}${element("link", singleLine(feed.homeUrl))}</image>\n`
}

function itemElement(entry: Entry, context: EntryContext): string {
  const title = headlineOf(entry)
  const modifiedAt = changedAt(entry)
  let xml = "<item>\n"
  xml += ambiguousElement("title", title)
  xml += element("link", singleLine(entry.url))
  xml += element("guid", singleLine(entry.id), ' isPermaLink="false"')
  xml += `<pubDate>${rfc822(entry.publishedAt)}</pubDate>\n`
  if (modifiedAt > entry.publishedAt) xml += `<atom:updated>${rfc3339(modifiedAt)}</atom:updated>\n`
  for (const { name } of authorsOf(entry)) xml += element("dc:creator", name)
  for (const { label, scheme } of categoriesOf(entry)) xml += element("category", label, attribute("domain", scheme))
  xml += bodyElements(entry, title)
  const files = filesOf(entry)
  // Readers read the first picture as the lead image, so further pictures come after it.
  const lead = entry.image && singleLine(entry.image.url)
  const isGallery = ({ type, url }: Enclosure) => lead !== undefined && lead !== url && /^image\//i.test(type)
  xml += fileElements(
    entry,
    files.filter((file) => !isGallery(file)),
  )
  xml += mediaImage(entry)
  for (const file of files) if (isGallery(file)) xml += mediaFile(file)
  xml += element("source", sourceName(entry.source), attribute("url", singleLine(entry.source.feedUrl)))
  xml += element("dc:language", ownLanguage(entry, context))
  xml += element("dc:rights", displayText(entry.rights, entry.direction))
  xml += newsroomTerms(entry)
  // This element is after `link`, because parsers that ignore namespaces read the first element with the name `link`.
  xml += atomLink("via", entry.attribution?.url, "", entry.attribution?.name)
  for (const { url, title } of relatedOf(entry)) xml += atomLink("related", url, "", title)
  xml += atomLink("license", entry.license)
  return `${xml}${rslElement(entry)}</item>\n`
}

/** RSL 1.0 §4.7. Its address is on this site, because nobody may speak for the pages of others. */
function rslElement({ rsl }: Entry): string {
  return rsl === undefined ? "" : `<rsl:content${attribute("url", rsl.url)}>\n${rsl.terms}</rsl:content>\n`
}

/**
 * The summary is first: readers that know only `description` show it, and other readers prefer `content:encoded`.
 * Without a summary, the description is the full text (RSS Best Practices Profile). An item needs a title or a
 * description.
 */
function bodyElements(entry: Entry, title: string): string {
  const summary = summaryOf(entry)
  const html = contentHtml(entry)
  if (summary === "") {
    if (html !== "") return `<description>${cdata(html)}</description>\n`
    return title === "" ? "<description></description>\n" : ""
  }
  return (
    ambiguousElement("description", summary) +
    (html === "" ? "" : `<content:encoded>${cdata(html)}</content:encoded>\n`)
  )
}

/**
 * An item has at most one `enclosure`, which needs a length: the first recording, or else the first file. A file of
 * unknown length is not an `enclosure`, because podcast apps would show a guessed length. Other files are in Media RSS.
 * Each file has its duration, and iTunes' duration is never that of a file beside the `enclosure`.
 */
function fileElements(entry: Entry, all: (Enclosure & { title: string })[]): string {
  const sized = all.filter(({ length }) => positiveInteger(length) !== undefined)
  const main = sized.find(isRecording) ?? sized[0]
  const recording = main !== undefined && isRecording(main) ? main : all.find(isRecording)
  let xml = ""
  if (main !== undefined) {
    const length = attribute("length", positiveInteger(main.length))
    xml += `<enclosure${attribute("url", main.url)}${length}${attribute("type", main.type)}/>\n`
  }
  const [described] = [main, recording].filter((file) => file !== undefined)
  if (described !== undefined)
    xml += itunesElements(entry, { duration: described.duration, type: (recording ?? described).type })
  for (const file of all) if (file !== main) xml += mediaFile(file)
  return xml
}

function atomLink(rel: string, href: string | undefined, type = "", title?: string): string {
  const url = singleLine(href)
  if (url === "") return ""
  return `<atom:link rel="${rel}"${attribute("href", url)}${attribute("type", type)}${attribute("title", singleLine(title))}/>\n`
}

/** Matches a tag or a reference of HTML. The name of a reference has two letters or more, so "Q&A" does not match. */
const LOOKS_LIKE_HTML = /<[A-Za-z/!?]|&(?:#|[A-Za-z]{2})/

/**
 * Writes plain text into an element that some readers show as text and others as HTML. For example, RSS 2.0 does not
 * define whether a title is HTML. Nearly all texts look the same as text and as HTML, even "5 < 6" and "Q&A". Text that
 * HTML would change, such as "<em>" or "&amp;", is written as HTML and so escaped twice. Most readers then show it
 * correctly, and readers that expect plain text lose no word. Most readers know hexadecimal references (RSS Best
 * Practices Profile).
 */
function ambiguousElement(name: string, text: string): string {
  if (!(scan(text) & MARKUP)) return element(name, text)
  const html = LOOKS_LIKE_HTML.test(text) ? escapeText(text) : text
  const escapedText = html.replaceAll("&", "&#x26;").replaceAll("<", "&#x3C;").replaceAll(">", "&#x3E;")
  return `<${name}>${escapedText}</${name}>\n`
}
