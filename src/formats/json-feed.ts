/** JSON Feed 1.1: https://www.jsonfeed.org/version/1.1/ */

import { languageTag } from "../text/language.ts"
import { singleLine } from "../text/legal-text.ts"
import {
  authorsOf,
  categoriesOf,
  changedAt,
  contentHtml,
  contentText,
  displayText,
  filesOf,
  headlineOf,
  ownLanguage,
  positiveInteger,
  relatedOf,
  sourceName,
  summaryOf,
} from "./content.ts"
import { rfc3339 } from "./dates.ts"
import type { Entry, EntryContext, FeedFrame, Renderer, Source, Tombstone } from "./feed.ts"
import { hubOf, tombstonesOf } from "./history.ts"
import { listMember, numberMember, objectMember, quoted, quotedBody, textMember } from "./json.ts"

export const JSON_FEED: Renderer = { head, entry: itemJson, separator: ",", tail }

/** The members before `items`, and its bracket. */
function head(feed: FeedFrame): string {
  const hub = hubOf(feed, "json")
  const { next, prevArchive, archive = false } = feed.history ?? {}
  let json = '{"version":"https://jsonfeed.org/version/1.1"'
  json += `,"title":${quoted(displayText(feed.title, feed.direction) || singleLine(feed.homeUrl))}`
  json += textMember("home_page_url", singleLine(feed.homeUrl))
  // In pages and archives too this is the URL of the subscription: it must never be equal to `next_url`.
  json += textMember("feed_url", singleLine(feed.subscription.json))
  json += textMember("next_url", singleLine((archive ? prevArchive : next)?.json))
  json += textMember("description", displayText(feed.description, feed.direction))
  json += textMember("icon", singleLine(feed.icon))
  json += textMember("language", languageTag(feed.language))
  json += listMember("hubs", hub === "" ? [] : [`{"type":"WebSub","url":${quoted(hub)}}`])
  return `${json},"items":[`
}

/** The bracket of `items`, and the members after it. */
function tail(feed: FeedFrame): string {
  return `]${objectMember("_feedwire", feedExtension(feed))}}`
}

/** Members of a feed that RSS and Atom have and JSON Feed has not. */
function feedExtension(feed: FeedFrame): string[] {
  const { prevArchive, nextArchive, archive = false } = feed.history ?? {}
  return [
    textMember("rights", displayText(feed.rights, feed.direction)),
    textMember("prev_archive_url", singleLine(prevArchive?.json)),
    textMember("next_archive_url", singleLine(nextArchive?.json)),
    archive ? ',"archive":true' : "",
    listMember("deleted", tombstonesOf(feed).map(tombstoneJson)),
  ]
}

function tombstoneJson({ id, at, reason }: Tombstone): string {
  return `{"id":${quoted(id)},"date_deleted":"${rfc3339(at)}","reason":"${reason}"}`
}

function itemJson(entry: Entry, context: EntryContext): string {
  const html = contentHtml(entry)
  const modifiedAt = changedAt(entry)
  const image = singleLine(entry.image?.url)
  let json = `{"id":${quoted(singleLine(entry.id))}`
  json += textMember("url", singleLine(entry.url))
  json += textMember("external_url", singleLine(entry.attribution?.url ?? entry.externalUrl))
  json += textMember("title", headlineOf(entry))
  // One of the two is required: without a body it is the summary.
  json += html === "" ? `,"content_text":${quoted(contentText(entry))}` : `,"content_html":${quotedBody(html)}`
  json += textMember("summary", summaryOf(entry))
  // `banner_image` tells readers with a detail view that the image is not part of the body.
  json += textMember("image", image) + textMember("banner_image", image)
  json += `,"date_published":"${rfc3339(entry.publishedAt)}"`
  if (modifiedAt > entry.publishedAt) json += `,"date_modified":"${rfc3339(modifiedAt)}"`
  json += listMember("authors", authorsOf(entry).map(authorJson))
  json += listMember(
    "tags",
    categoriesOf(entry).map(({ label }) => quoted(label)),
  )
  json += textMember("language", ownLanguage(entry, context))
  json += listMember("attachments", filesOf(entry).map(attachmentJson))
  return `${json},"_feedwire":${entryExtension(entry)}}`
}

function authorJson({ name, url }: { name: string; url: string }): string {
  return `{"name":${quoted(name)}${textMember("url", url)}}`
}

function attachmentJson({ url, type, title, length, duration }: ReturnType<typeof filesOf>[number]): string {
  let json = `{"url":${quoted(url)}`
  json += textMember("mime_type", type)
  json += textMember("title", title)
  json += numberMember("size_in_bytes", positiveInteger(length))
  json += numberMember("duration_in_seconds", positiveInteger(duration))
  return `${json}}`
}

/** Members of an entry that JSON Feed has not ("Extensions"). `direction` applies to all texts of the entry. */
function entryExtension(entry: Entry): string {
  const { attribution, direction, extension } = entry
  let json = `{"guid":${quoted(singleLine(extension.guid))}`
  json += numberMember("version", extension.version)
  json += `,"source":${sourceJson(entry.source)}`
  json += `,"sections":[${extension.sections.map((slug) => quoted(singleLine(slug))).join(",")}]`
  json += textMember("subtitle", displayText(entry.subtitle, direction))
  json += textMember("dateline", displayText(entry.dateline, direction))
  json += textMember("direction", direction)
  json += objectMember("image", imageDetails(entry))
  json += objectMember("correction", correctionDetails(entry))
  if (attribution) json += `,"attribution":${attributionJson(attribution)}`
  json += listMember("related", relatedOf(entry).map(relatedJson))
  json += textMember("rights", displayText(entry.rights, direction))
  return `${json}${listMember("duplicates", duplicatesOf(entry))}}`
}

function sourceJson(source: Source): string {
  let json = `{"name":${quoted(sourceName(source))}`
  json += textMember("url", singleLine(source.url))
  json += textMember("feed_url", singleLine(source.feedUrl))
  return `${json}}`
}

function imageDetails({ image, direction }: Entry): string[] {
  if (image === undefined) return []
  return [
    textMember("caption", displayText(image.caption, direction)),
    textMember("credit", displayText(image.credit, direction)),
    textMember("alt", displayText(image.alt, direction)),
    numberMember("width", positiveInteger(image.width)),
    numberMember("height", positiveInteger(image.height)),
  ]
}

function correctionDetails({ correction, direction }: Entry): string[] {
  const note = displayText(correction?.note, direction)
  if (note === "") return []
  return [textMember("note", note), textMember("at", correction?.at === undefined ? "" : rfc3339(correction.at))]
}

function attributionJson({ name, url }: NonNullable<Entry["attribution"]>): string {
  return `{"name":${quoted(singleLine(name))}${textMember("url", singleLine(url))}}`
}

function relatedJson({ url, title }: { url: string; title: string }): string {
  return `{"url":${quoted(url)}${textMember("title", title)}}`
}

function duplicatesOf({ extension }: Entry): string[] {
  const named = (extension.duplicates ?? []).filter(({ id }) => singleLine(id) !== "")
  return named.map(({ id, publisher, url }) => {
    const json = `{"id":${quoted(singleLine(id))},"publisher":${quoted(singleLine(publisher))}`
    return `${json}${textMember("url", singleLine(url))}}`
  })
}
