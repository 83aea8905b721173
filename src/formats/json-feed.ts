/** JSON Feed 1.1: https://www.jsonfeed.org/version/1.1/ */
import {
  authorsOf,
  categoriesOf,
  changedAt,
  contentHtml,
  contentText,
  filesOf,
  headlineOf,
  languageTag,
  ownLanguage,
  relatedOf,
  sourceName,
  summaryOf,
  whole,
  words,
} from "./content.ts"
import { rfc3339 } from "./dates.ts"
import type { Enclosure, Entry, Feed, Image } from "./feed.ts"
import { hubOf, tombstonesOf } from "./history.ts"
import { line } from "./xml.ts"

/** `JSON.stringify` leaves out what is `undefined`, so nothing here is ever null or empty. */
export function renderJson(feed: Feed): string {
  const hub = hubOf(feed, "json")
  const { next, prevArchive, archive = false } = feed.history ?? {}
  return JSON.stringify({
    version: "https://jsonfeed.org/version/1.1",
    title: words(feed.title, feed.direction) || line(feed.homeUrl),
    home_page_url: some(feed.homeUrl),
    // Readers subscribe to it and must never find it in `next_url`, so pages and archives name the subscription too.
    feed_url: some(feed.subscription.json),
    next_url: some((archive ? prevArchive : next)?.json),
    description: words(feed.description, feed.direction) || undefined,
    icon: some(feed.iconUrl),
    language: languageTag(feed.language) || undefined,
    hubs: hub === "" ? undefined : [{ type: "WebSub", url: hub }],
    items: feed.entries.map((entry) => item(feed, entry)),
    _feedwire: feedExtension(feed),
  })
}

/** What RSS and Atom say of a feed and JSON Feed has no word for. */
function feedExtension(feed: Feed): object | undefined {
  const { prevArchive, nextArchive, archive = false } = feed.history ?? {}
  return known({
    rights: words(feed.rights, feed.direction) || undefined,
    prev_archive_url: some(prevArchive?.json),
    next_archive_url: some(nextArchive?.json),
    archive: archive || undefined,
    deleted: filled(tombstonesOf(feed).map(({ id, at, reason }) => ({ id, date_deleted: rfc3339(at), reason }))),
  })
}

function item(feed: Feed, entry: Entry): object {
  const html = contentHtml(entry)
  const changed = changedAt(entry)
  const image = some(entry.image?.url)
  return {
    id: line(entry.id),
    url: some(entry.url),
    external_url: some(entry.attribution?.url ?? entry.externalUrl),
    title: headlineOf(entry) || undefined,
    // One of the two is required, so the publisher that shares no body gets its summary there.
    content_html: html || undefined,
    content_text: html === "" ? contentText(entry) : undefined,
    summary: summaryOf(entry) || undefined,
    // The lead image is not part of the body, which is just what `banner_image` tells readers with a detail view.
    image,
    banner_image: image,
    date_published: rfc3339(entry.publishedAt),
    date_modified: changed > entry.publishedAt ? rfc3339(changed) : undefined,
    authors: authorsOf(entry).map(({ name, url }) => ({ name, url: url || undefined })),
    tags: filled(categoriesOf(entry).map(({ label }) => label)),
    language: ownLanguage(feed, entry) || undefined,
    attachments: filled(filesOf(entry).map(attachment)),
    _feedwire: extension(entry),
  }
}

function attachment({ url, type, title, length, duration }: Enclosure): object {
  return {
    url,
    mime_type: type,
    title: some(title),
    size_in_bytes: whole(length),
    duration_in_seconds: whole(duration),
  }
}

/** What JSON Feed has no word for. Keys with an underscore are ours to define ("Extensions"); `direction` governs them all. */
function extension(entry: Entry): object {
  const { source, correction, attribution } = entry
  const note = words(correction?.note, entry.direction)
  return {
    guid: line(entry.extension.guid),
    version: entry.extension.version,
    source: { name: sourceName(source), url: some(source.url), feed_url: some(source.feedUrl) },
    sections: entry.extension.sections.map(line),
    subtitle: words(entry.subtitle, entry.direction) || undefined,
    dateline: words(entry.dateline, entry.direction) || undefined,
    direction: entry.direction,
    image: entry.image && aboutImage(entry, entry.image),
    correction:
      note === "" ? undefined : { note, at: correction?.at === undefined ? undefined : rfc3339(correction.at) },
    attribution: attribution && { name: line(attribution.name), url: some(attribution.url) },
    related: filled(relatedOf(entry).map(({ url, title }) => ({ url, title: title || undefined }))),
    rights: words(entry.rights, entry.direction) || undefined,
    also: filled(
      (entry.extension.also ?? [])
        .filter(({ id }) => line(id))
        .map(({ id, publisher, url }) => ({ id: line(id), publisher: line(publisher), url: some(url) })),
    ),
  }
}

function aboutImage(entry: Entry, image: Image): object | undefined {
  return known({
    caption: words(image.caption, entry.direction) || undefined,
    credit: words(image.credit, entry.direction) || undefined,
    alt: words(image.alt, entry.direction) || undefined,
    width: whole(image.width),
    height: whole(image.height),
  })
}

/** Nothing where nothing is known: no empty objects. */
function known(about: Record<string, unknown>): object | undefined {
  return Object.values(about).some((value) => value !== undefined) ? about : undefined
}

function some(text: string | undefined): string | undefined {
  return line(text) || undefined
}

function filled<T>(list: T[]): T[] | undefined {
  return list.length === 0 ? undefined : list
}
