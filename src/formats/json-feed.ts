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
import type { Enclosure, Entry, EntryContext, FeedFrame, Image, Renderer } from "./feed.ts"
import { tombstonesOf } from "./history.ts"
import type { Rights } from "./rights.ts"

/** Absent members are `undefined`, so JSON.stringify() leaves them out. No member is null or empty. */
export const JSON_FEED: Renderer = {
  head,
  entry: (entry, context) => JSON.stringify(itemJson(entry, context)),
  separator: ",",
  tail,
}

/** Writes the members before `items`, and the opening bracket of `items`. */
function head(feed: FeedFrame): string {
  const { next, prevArchive, archive = false } = feed.history ?? {}
  const members = JSON.stringify({
    version: "https://jsonfeed.org/version/1.1",
    title: displayText(feed.title, feed.direction) || singleLine(feed.homeUrl),
    home_page_url: optionalText(feed.homeUrl),
    // `feed_url` identifies the feed (JSON Feed 1.1), so pages and archives have the URL of the subscription here.
    feed_url: optionalText(feed.subscription.json),
    next_url: optionalText((archive ? prevArchive : next)?.json),
    description: displayText(feed.description, feed.direction) || undefined,
    icon: optionalText(feed.icon),
    language: languageTag(feed.language) || undefined,
  })
  return `${members.slice(0, -1)},"items":[`
}

/** Writes the closing bracket of `items`, and the members after it. */
function tail(feed: FeedFrame): string {
  const extension = feedExtension(feed)
  return extension === undefined ? "]}" : `],"_feedwire":${JSON.stringify(extension)}}`
}

/** Members of a feed that exist in RSS and Atom, but not in JSON Feed. */
function feedExtension(feed: FeedFrame): object | undefined {
  const { prevArchive, nextArchive, archive = false } = feed.history ?? {}
  return optionalObject({
    rights: rightsJson(displayText(feed.rights, feed.direction), feed.usage),
    prev_archive_url: optionalText(prevArchive?.json),
    next_archive_url: optionalText(nextArchive?.json),
    archive: archive || undefined,
    deleted: optionalList(tombstonesOf(feed).map(({ id, at, reason }) => ({ id, date_deleted: rfc3339(at), reason }))),
  })
}

function itemJson(entry: Entry, context: EntryContext): object {
  const html = contentHtml(entry)
  const modifiedAt = changedAt(entry)
  const image = optionalText(entry.image?.url)
  return {
    id: singleLine(entry.id),
    url: optionalText(entry.url),
    external_url: optionalText(entry.attribution?.url ?? entry.externalUrl),
    title: headlineOf(entry) || undefined,
    // JSON Feed requires a body or a text. Without a body, the text is the summary.
    content_html: html || undefined,
    content_text: html === "" ? contentText(entry) : undefined,
    summary: summaryOf(entry) || undefined,
    // Readers show `image` in lists, and `banner_image` above the article. JSON Feed 1.1 wants it to be absent from the
    // content.
    image,
    banner_image: entry.contentHasImage ? undefined : image,
    date_published: rfc3339(entry.publishedAt),
    date_modified: modifiedAt > entry.publishedAt ? rfc3339(modifiedAt) : undefined,
    authors: authorsOf(entry).map(({ name, url }) => ({ name, url: url || undefined })),
    tags: optionalList(categoriesOf(entry).map(({ label }) => label)),
    language: ownLanguage(entry, context) || undefined,
    attachments: optionalList(filesOf(entry).map(attachmentJson)),
    _feedwire: entryExtension(entry),
  }
}

function attachmentJson({ url, type, title, length, duration }: Enclosure): object {
  return {
    url,
    mime_type: type,
    title: optionalText(title),
    size_in_bytes: positiveInteger(length),
    duration_in_seconds: positiveInteger(duration),
  }
}

/** Members of an entry that JSON Feed does not have. `direction` applies to all texts of the entry. */
function entryExtension(entry: Entry): object {
  const { source, correction, attribution } = entry
  const note = displayText(correction?.note, entry.direction)
  return {
    guid: singleLine(entry.extension.guid),
    version: entry.extension.version,
    source: { name: sourceName(source), url: optionalText(source.url), feed_url: optionalText(source.feedUrl) },
    sections: entry.extension.sections.map(singleLine),
    subtitle: displayText(entry.subtitle, entry.direction) || undefined,
    dateline: displayText(entry.dateline, entry.direction) || undefined,
    direction: entry.direction,
    image: entry.image && imageDetails(entry, entry.image),
    correction:
      note === "" ? undefined : { note, at: correction?.at === undefined ? undefined : rfc3339(correction.at) },
    attribution: attribution && { name: singleLine(attribution.name), url: optionalText(attribution.url) },
    related: optionalList(relatedOf(entry).map(({ url, title }) => ({ url, title: title || undefined }))),
    rights: rightsJson(displayText(entry.rights, entry.direction), entry.usage),
    episode: optionalObject({
      number: positiveInteger(entry.episode?.number),
      season: positiveInteger(entry.episode?.season),
    }),
    duplicates: optionalList(
      (entry.extension.duplicates ?? [])
        .filter(({ id }) => singleLine(id))
        .map(({ id, publisher, url }) => ({
          id: singleLine(id),
          publisher: singleLine(publisher),
          url: optionalText(url),
        })),
    ),
  }
}

/** The notice as people read it, and the rights as programs read them. */
const rightsJson = (notice: string, usage: Rights = {}): object | undefined =>
  optionalObject({ notice: notice || undefined, ...usage })

function imageDetails(entry: Entry, image: Image): object | undefined {
  return optionalObject({
    caption: displayText(image.caption, entry.direction) || undefined,
    credit: displayText(image.credit, entry.direction) || undefined,
    alt: displayText(image.alt, entry.direction) || undefined,
    width: positiveInteger(image.width),
    height: positiveInteger(image.height),
    derived: image.derived,
  })
}

/** @returns undefined instead of an empty object */
function optionalObject(members: Record<string, unknown>): object | undefined {
  return Object.values(members).some((value) => value !== undefined) ? members : undefined
}

function optionalText(text: string | undefined): string | undefined {
  return singleLine(text) || undefined
}

function optionalList<T>(list: T[]): T[] | undefined {
  return list.length === 0 ? undefined : list
}
