/** Assembles a feed, as the formats render it, from the articles of a page and the directory. */

import { encodeCursor } from "../articles/model/cursor.ts"
import { isSuppressedScope } from "../articles/model/scope.ts"
import { tagUri } from "../articles/model/tag-uri.ts"
import type { SelectionPage, StoredArticle } from "../articles/read/read-selection.ts"
import type { Directory, PublisherEntry, SectionEntry } from "../articles/taxonomy/directory.ts"
import { publisherByUid, sectionById } from "../articles/taxonomy/directory-lookup.ts"
import { sectionNameIn } from "../articles/taxonomy/section-names.ts"
import type { Settings } from "../env.ts"
import type { Category, Entry, Feed, FeedHistory, Format, Image, UrlByFormat } from "../formats/feed.ts"
import { directionOf } from "../text/language.ts"
import { type FeedAddress, feedPath, feedUrls, hasArchives, pagePath, subscriptionTo } from "./address.ts"
import { feedMetadataOf } from "./metadata.ts"

export function assembleFeed(page: SelectionPage, address: FeedAddress, settings: Settings): Feed {
  const { directory } = page
  const names = feedMetadataOf(address.selection, directory, settings)
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
    icon: names.icon ?? `${settings.feedsUrl}/icon.png`,
    updatedAt: page.validator.changedAt,
    ttl: settings.pollMinutes,
    entries: articles.flatMap((article) => entryOf(article, address.format, directory, settings) ?? []),
    tombstones: page.deletedEntries.map(({ id, at, reason }) => ({ id: tagUri(directory, settings, id), at, reason })),
  }
}

/** Made of scope keys and not of slugs, so that a feed keeps its id when its section is renamed. */
function identityOf({ scopes, excludedScopes: without }: SelectionPage): string {
  const keysOf = (list: string[]) => list.filter((scope) => !isSuppressedScope(scope)).join(",")
  const lists = [...scopes.map(keysOf), ...(keysOf(without) === "" ? [] : [`-${keysOf(without)}`])]
  return encodeURI(lists.join(";"))
}

/** RFC 5005: pages of older entries (§3), and complete archives for feeds that have a path (§4). */
function historyOf(
  page: SelectionPage,
  address: Omit<FeedAddress, "format">,
  settings: Settings,
): FeedHistory | undefined {
  const urlsOf = (part: FeedAddress["part"]): UrlByFormat => feedUrls(settings.feedsUrl, { ...address, part })
  const { part } = address
  const before = part.kind === "archive" ? part.no - 1 : hasArchives(address) ? page.archives : 0
  const after = page.next && encodeCursor(page.validator.epoch, "page", [page.next.publishedAt, page.next.id])
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
  const publisher = publisherByUid(directory, article.publisherUid)
  if (!publisher) return undefined
  // Only headline and link may be shown: without a headline there is nothing to show.
  if (publisher.redistribution === "none" && article.title === null) return undefined
  const { details } = article
  const sections = details.sections.flatMap((id) => sectionById(directory, id) ?? [])
  const redistribution = publisher.redistribution
  return {
    id: tagUri(directory, settings, article.id),
    ...(article.url !== null && { url: article.url }),
    ...(article.title !== null && { title: article.title }),
    ...(article.subtitle !== null && redistribution !== "none" && { subtitle: article.subtitle }),
    ...(article.dateline !== null && { dateline: article.dateline }),
    ...(article.summary !== null && redistribution !== "none" && { summary: article.summary }),
    ...(article.html && redistribution === "full" && { html: article.html }),
    ...(article.language !== null && { language: article.language }),
    direction: article.dir ?? "ltr",
    publishedAt: article.publishedAt,
    updatedAt: changedAt(article),
    authors: details.authors,
    categories: categoriesOf(article, sections, settings),
    ...(details.image && redistribution !== "none" && { image: imageOf(details.image) }),
    enclosures: redistribution === "full" ? (details.enclosures ?? []) : [],
    source: sourceOf(publisher, article, format, directory, settings),
    ...(details.attribution && { attribution: details.attribution }),
    ...(details.externalUrl !== undefined && { externalUrl: details.externalUrl }),
    ...(details.rights !== undefined && { rights: details.rights }),
    related: details.related ?? [],
    ...(details.correction && redistribution !== "none" && { correction: details.correction }),
    extension: {
      guid: article.guid,
      version: article.commitNo,
      sections: sections.map(({ slug }) => slug),
      ...(article.duplicates.length > 0 && {
        duplicates: article.duplicates.flatMap((other) => duplicateOf(other, directory, settings) ?? []),
      }),
    },
  }
}

function duplicateOf(
  { id, publisherUid, url }: StoredArticle["duplicates"][number],
  directory: Directory,
  settings: Settings,
): { id: string; publisher: string; url?: string } | undefined {
  const publisher = publisherByUid(directory, publisherUid)
  if (!publisher) return undefined
  return { id: tagUri(directory, settings, id), publisher: publisher.name, ...(url !== undefined && { url }) }
}

/** Sections by their slug, named in the article's language; then the publisher's own tags. */
function categoriesOf(article: StoredArticle, sections: SectionEntry[], settings: Settings): Category[] {
  const language = article.language ?? settings.language
  return [
    ...sections.map((section) => ({
      term: section.slug,
      label: sectionNameIn(section, [language, settings.language])[1],
      scheme: `${settings.feedsUrl}/sections/`,
    })),
    ...article.details.tags.map((tag) => ({ term: tag, label: tag, scheme: `${settings.feedsUrl}/tags/` })),
  ]
}

/** Never earlier than the publication, and later with every version. */
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
    url: publisher.homePageUrl,
    feedUrl: settings.feedsUrl + feedPath({ ...subscriptionTo({ publisher: [publisher.slug] }), format }),
    updatedAt: changedAt(article),
  }
}
