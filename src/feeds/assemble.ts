/** Articles → Feed: what the wire knows, in the words that every format shares. Pure. */

import { directionOf } from "../articles/article.ts"
import { encodeCursor } from "../articles/cursor.ts"
import { type Directory, type PublisherEntry, type SectionEntry, tagUri } from "../articles/directory.ts"
import type { Page, StoredArticle } from "../articles/queries.ts"
import { isShadow } from "../articles/scope.ts"
import type { Settings } from "../env.ts"
import type { Category, Entry, Feed, Format, History, Image, Urls } from "../formats/feed.ts"
import { type FeedAddress, feedPath, feedUrls, hasArchives, pagePath, subscriptionTo } from "./address.ts"
import { nameOf, namesOf } from "./names.ts"

/** Minutes after which a reader should ask again: longer where a hub announces changes. */
export function pollMinutes(settings: Settings): number {
  return settings.hubUrl === undefined ? 5 : 15
}

export function assemble(page: Page, address: FeedAddress, settings: Settings): Feed {
  const { directory } = page
  const names = namesOf(address.selection, directory, settings)
  const articles = page.articles ?? []
  const subscription: FeedAddress["part"] = { kind: "subscription" }
  const history = historyOf(page, address, settings)
  return {
    id: tagUri(directory, settings, `feed/${identityOf(page)}`),
    title: names.title,
    ...(names.description !== undefined && { description: names.description }),
    language: names.language,
    direction: directionOf(names.language, names.title),
    homeUrl: settings.feedsUrl + pagePath(address.selection),
    urls: feedUrls(settings.feedsUrl, address),
    subscription: feedUrls(settings.feedsUrl, { ...address, part: subscription }),
    ...(history && { history }),
    ...(settings.hubUrl !== undefined && { hubUrl: settings.hubUrl }),
    iconUrl: names.icon ?? `${settings.feedsUrl}/icon.png`,
    updatedAt: page.label.changedAt,
    ttl: pollMinutes(settings),
    entries: articles.flatMap((article) => entryOf(article, address.format, directory, settings) ?? []),
    deleted: page.departures.map(({ id, at, reason }) => ({ id: tagUri(directory, settings, id), at, reason })),
  }
}

/** By the scopes and not by their names, so that a feed is the same feed after its section was renamed. */
function identityOf({ scopes, without }: Page): string {
  const named = (list: string[]) => list.filter((scope) => !isShadow(scope)).join(",")
  const lists = [...scopes.map(named), ...(named(without) === "" ? [] : [`-${named(without)}`])]
  return encodeURI(lists.join(";"))
}

/** RFC 5005: pages by keyset below what is shown (§3), and complete archives for feeds that are paths (§4). */
function historyOf(page: Page, address: Omit<FeedAddress, "format">, settings: Settings): History | undefined {
  const urlsOf = (part: FeedAddress["part"]): Urls => feedUrls(settings.feedsUrl, { ...address, part })
  const { part } = address
  const before = part.kind === "archive" ? part.no - 1 : hasArchives(address) ? page.archives : 0
  const after = page.next && encodeCursor(page.label.epoch, "page", [page.next.publishedAt, page.next.id])
  if (before === 0 && after === undefined && part.kind === "subscription") return undefined
  return {
    ...(after !== undefined && { next: urlsOf({ kind: "page", after }) }),
    ...(before > 0 && { prevArchive: urlsOf({ kind: "archive", no: before }) }),
    ...(part.kind === "archive" &&
      part.no < page.archives && { nextArchive: urlsOf({ kind: "archive", no: part.no + 1 }) }),
    archive: part.kind === "archive",
  }
}

function entryOf(article: StoredArticle, format: Format, directory: Directory, settings: Settings): Entry | undefined {
  const publisher = directory.publishers.find(({ uid }) => uid === article.publisherUid)
  if (!publisher) return undefined
  // A headline and its link is all that may be shown: without a headline there is nothing.
  if (publisher.redistribution === "none" && article.title === null) return undefined
  const { details } = article
  const sections = details.sections.flatMap((id) => directory.sections.find((section) => section.id === id) ?? [])
  const shows = publisher.redistribution
  return {
    id: tagUri(directory, settings, article.id),
    ...(article.url !== null && { url: article.url }),
    ...(article.title !== null && { title: article.title }),
    ...(article.subtitle !== null && shows !== "none" && { subtitle: article.subtitle }),
    ...(article.dateline !== null && { dateline: article.dateline }),
    ...(article.summary !== null && shows !== "none" && { summary: article.summary }),
    ...(article.html && shows === "full" && { html: article.html }),
    ...(article.lang !== null && { language: article.lang }),
    direction: article.dir ?? "ltr",
    publishedAt: article.publishedAt,
    updatedAt: changedAt(article),
    authors: details.authors,
    categories: categoriesOf(article, sections, settings),
    ...(details.image && shows !== "none" && { image: imageOf(details.image) }),
    enclosures: shows === "full" ? (details.enclosures ?? []) : [],
    source: sourceOf(publisher, article, format, directory, settings),
    ...(details.attribution && { attribution: details.attribution }),
    ...(details.externalUrl !== undefined && { externalUrl: details.externalUrl }),
    ...(details.rights !== undefined && { rights: details.rights }),
    related: details.related ?? [],
    ...(details.correction && shows !== "none" && { correction: details.correction }),
    extension: {
      guid: article.guid,
      version: article.commitNo,
      sections: sections.map(({ slug }) => slug),
      ...(article.also.length > 0 && {
        also: article.also.flatMap((other) => alsoOf(other, directory, settings) ?? []),
      }),
    },
  }
}

function alsoOf(
  { id, publisherUid, url }: StoredArticle["also"][number],
  directory: Directory,
  settings: Settings,
): { id: string; publisher: string; url?: string } | undefined {
  const publisher = directory.publishers.find(({ uid }) => uid === publisherUid)
  if (!publisher) return undefined
  return { id: tagUri(directory, settings, id), publisher: publisher.name, ...(url !== undefined && { url }) }
}

/** Sections by their slug, named in the article's language; then the publisher's own tags. */
function categoriesOf(article: StoredArticle, sections: SectionEntry[], settings: Settings): Category[] {
  const language = article.lang ?? settings.language
  return [
    ...sections.map((section) => ({
      term: section.slug,
      label: nameOf(section, [language, settings.language])[1],
      scheme: `${settings.feedsUrl}/sections/`,
    })),
    ...article.details.tags.map((tag) => ({ term: tag, label: tag, scheme: `${settings.feedsUrl}/tags/` })),
  ]
}

/** Never before its publication, and later with every version. */
function changedAt({ publishedAt, updatedAt, correctedAt }: StoredArticle): number {
  return Math.max(publishedAt, updatedAt ?? 0, correctedAt ?? 0)
}

// A Map, because a file's name may end in `.constructor`.
const IMAGE_TYPES: ReadonlyMap<string, string> = new Map([
  ["avif", "image/avif"],
  ["gif", "image/gif"],
  ["jpeg", "image/jpeg"],
  ["jpg", "image/jpeg"],
  ["png", "image/png"],
  ["svg", "image/svg+xml"],
  ["webp", "image/webp"],
])

function imageOf(image: Omit<Image, "type">): Image {
  const type = IMAGE_TYPES.get(/\.(\w+)$/.exec(new URL(image.url).pathname)?.[1]?.toLowerCase() ?? "")
  return type === undefined ? image : { ...image, type }
}

function sourceOf(
  publisher: PublisherEntry,
  article: StoredArticle,
  format: Format,
  directory: Directory,
  settings: Settings,
): Entry["source"] {
  return {
    id: tagUri(directory, settings, `publisher/${publisher.uid}`),
    name: publisher.name,
    url: publisher.homePage,
    feedUrl: settings.feedsUrl + feedPath({ ...subscriptionTo({ publisher: [publisher.slug] }), format }),
    updatedAt: changedAt(article),
  }
}
