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
import type { Enclosure, Entry, Feed, Image } from "./feed.ts"
import { hubOf, tombstonesOf } from "./history.ts"

/** `JSON.stringify` leaves out what is `undefined`, so nothing here is ever null or empty. */
export function renderJson(feed: Feed): string {
  const hub = hubOf(feed, "json")
  const { next, prevArchive, archive = false } = feed.history ?? {}
  return JSON.stringify({
    version: "https://jsonfeed.org/version/1.1",
    title: displayText(feed.title, feed.direction) || singleLine(feed.homeUrl),
    home_page_url: optionalText(feed.homeUrl),
    // Readers subscribe to it and must never find it in `next_url`, so pages and archives name the subscription too.
    feed_url: optionalText(feed.subscription.json),
    next_url: optionalText((archive ? prevArchive : next)?.json),
    description: displayText(feed.description, feed.direction) || undefined,
    icon: optionalText(feed.iconUrl),
    language: languageTag(feed.language) || undefined,
    hubs: hub === "" ? undefined : [{ type: "WebSub", url: hub }],
    items: feed.entries.map((entry) => item(feed, entry)),
    _feedwire: feedExtension(feed),
  })
}

/** What RSS and Atom say of a feed and JSON Feed has no word for. */
function feedExtension(feed: Feed): object | undefined {
  const { prevArchive, nextArchive, archive = false } = feed.history ?? {}
  return optionalObject({
    rights: displayText(feed.rights, feed.direction) || undefined,
    prev_archive_url: optionalText(prevArchive?.json),
    next_archive_url: optionalText(nextArchive?.json),
    archive: archive || undefined,
    deleted: optionalList(tombstonesOf(feed).map(({ id, at, reason }) => ({ id, date_deleted: rfc3339(at), reason }))),
  })
}

function item(feed: Feed, entry: Entry): object {
  const html = contentHtml(entry)
  const changed = changedAt(entry)
  const image = optionalText(entry.image?.url)
  return {
    id: singleLine(entry.id),
    url: optionalText(entry.url),
    external_url: optionalText(entry.attribution?.url ?? entry.externalUrl),
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
    tags: optionalList(categoriesOf(entry).map(({ label }) => label)),
    language: ownLanguage(feed, entry) || undefined,
    attachments: optionalList(filesOf(entry).map(attachment)),
    _feedwire: entryExtension(entry),
  }
}

function attachment({ url, type, title, length, duration }: Enclosure): object {
  return {
    url,
    mime_type: type,
    title: optionalText(title),
    size_in_bytes: positiveInteger(length),
    duration_in_seconds: positiveInteger(duration),
  }
}

/** What JSON Feed has no word for. Keys with an underscore are ours to define ("Extensions"); `direction` governs them all. */
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
    rights: displayText(entry.rights, entry.direction) || undefined,
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

function imageDetails(entry: Entry, image: Image): object | undefined {
  return optionalObject({
    caption: displayText(image.caption, entry.direction) || undefined,
    credit: displayText(image.credit, entry.direction) || undefined,
    alt: displayText(image.alt, entry.direction) || undefined,
    width: positiveInteger(image.width),
    height: positiveInteger(image.height),
  })
}

/** Nothing where nothing is known: no empty objects. */
function optionalObject(members: Record<string, unknown>): object | undefined {
  return Object.values(members).some((value) => value !== undefined) ? members : undefined
}

function optionalText(text: string | undefined): string | undefined {
  return singleLine(text) || undefined
}

function optionalList<T>(list: T[]): T[] | undefined {
  return list.length === 0 ? undefined : list
}
