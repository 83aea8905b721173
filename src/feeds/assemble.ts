/** Makes the feed for the renderers from the articles of a page and the directory. */
import { visibleImage } from "../articles/model/article.ts"
import { encodeCursor } from "../articles/model/cursor.ts"
import { articlePagePath } from "../articles/model/page-path.ts"
import { isSuppressedScope } from "../articles/model/scope.ts"
import { tagUri } from "../articles/model/tag-uri.ts"
import type { ArticlePlace, DocumentValidator, SelectionPage, StoredArticle } from "../articles/read/read-selection.ts"
import type { Directory, PublisherEntry, SectionEntry } from "../articles/taxonomy/directory.ts"
import { publisherByUid, sectionById } from "../articles/taxonomy/directory-lookup.ts"
import { hasLicenseFile, isOn, licenseFileUrl, rightsOf, rightsOfPublishers } from "../articles/taxonomy/rights.ts"
import { sectionNameIn } from "../articles/taxonomy/section-names.ts"
import type { Settings } from "../env.ts"
import type {
  Category,
  Entry,
  EntryContext,
  Feed,
  FeedFrame,
  FeedHistory,
  Format,
  Image,
  UrlByFormat,
} from "../formats/feed.ts"
import { RSL_TYPE, rslTerms, statesRights } from "../formats/rights.ts"
import { POLL_SECONDS } from "../http/edge-cache.ts"
import { directionOf } from "../text/language.ts"
import { type FeedAddress, feedPath, feedUrls, hasArchives, homePath, subscriptionTo } from "./address.ts"
import { bodyShows, contentOpening } from "./content-opening.ts"
import { type FeedMetadata, feedMetadataOf } from "./metadata.ts"

/** All data that decide the bytes of an entry, except its article. */
export interface ArticleContext extends EntryContext {
  format: Format
  directory: Directory
  settings: Settings
  /** Parts that entries share: sources by publisher uid, categories by section id and language. */
  sources: Map<string, Omit<Entry["source"], "updatedAt">>
  sectionCategories: Map<string, Category>
}

export const articleContext = (
  { directory }: Pick<SelectionPage, "directory">,
  { format }: Pick<FeedAddress, "format">,
  settings: Settings,
  feedLanguage: string,
): ArticleContext => ({ feedLanguage, format, directory, settings, sources: new Map(), sectionCategories: new Map() })

export function assembleFeed(page: SelectionPage, address: FeedAddress, settings: Settings): Feed {
  const metadata = feedMetadataOf(address.selection, page.directory, settings, address.query)
  const context = articleContext(page, address, settings, metadata.language)
  const entries: Entry[] = []
  for (const article of page.articles ?? []) {
    const entry = entryOf(article, context)
    if (entry) entries.push(entry)
  }
  return { ...frameOf(page, address, settings, metadata), entries }
}

/** A page of which only the places of the articles are needed. */
type FramedPage = SelectionPage<ArticlePlace, DocumentValidator>

/** Returns the data of a feed for the head and the tail of the document. */
export function frameOf(
  page: FramedPage,
  address: FeedAddress,
  settings: Settings,
  metadata: FeedMetadata,
): Omit<FeedFrame, "entries"> {
  const { directory } = page
  const subscription: FeedAddress["part"] = { kind: "subscription" }
  const history = historyOf(page, address, settings)
  return {
    id: tagUri(directory, settings, `feed/${identityOf(page, address)}`),
    title: metadata.title,
    ...(metadata.description !== undefined && { description: metadata.description }),
    language: metadata.language,
    direction: directionOf(metadata.language, metadata.title),
    homeUrl: settings.feedsUrl + homePath(address),
    urls: feedUrls(settings.feedsUrl, address),
    subscription: feedUrls(settings.feedsUrl, { ...address, part: subscription }),
    ...(history && { history }),
    icon: metadata.icon ?? `${settings.feedsUrl}/icon.png`,
    ...frameRights(address, directory, settings),
    updatedAt: page.validator.changedAt,
    ttl: POLL_SECONDS / 60,
    tombstones: page.deletedEntries.map(({ id, at, reason }) => ({ id: tagUri(directory, settings, id), at, reason })),
  }
}

/** A feed of several publishers may be used only as all of them permit. Atom and RSS name one licence at most. */
function frameRights(
  { selection }: Pick<FeedAddress, "selection">,
  directory: Directory,
  { feedsUrl }: Settings,
): Pick<FeedFrame, "license" | "usage"> {
  const rights = rightsOfPublishers(directory, selection.publisher)
  const file = hasLicenseFile(directory) ? { url: licenseFileUrl(feedsUrl), type: RSL_TYPE } : undefined
  return {
    license: isOn(directory, "feed_links")
      ? rights.license === undefined
        ? file
        : { url: rights.license }
      : undefined,
    usage: isOn(directory, "json") && statesRights(rights) ? rights : undefined,
  }
}

/** The id contains ids of sections and not slugs, so that a renamed section keeps the id of its feed. */
function identityOf(
  { scopes, excludedScopes: without }: Pick<SelectionPage, "scopes" | "excludedScopes">,
  { query }: Pick<FeedAddress, "query">,
): string {
  const keysOf = (list: string[]) => list.filter((scope) => !isSuppressedScope(scope)).join(",")
  const lists = [...scopes.map(keysOf), ...(keysOf(without) === "" ? [] : [`-${keysOf(without)}`])]
  const search = query === undefined ? "" : `;q=${encodeURIComponent(query)}`
  return encodeURI(lists.join(";")) + search
}

/** Links to pages of older entries (RFC 5005 §3) and, if the feed has a path, to complete archives (RFC 5005 §4). */
function historyOf(
  page: FramedPage,
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

/** @returns undefined if the publisher shares no part of the article */
export function entryOf(article: StoredArticle, context: ArticleContext): Entry | undefined {
  const { directory, settings } = context
  const publisher = publisherByUid(directory, article.publisherUid)
  if (!publisher) return undefined
  const { redistribution } = publisher
  // Of this publisher, feeds may show only headlines and links.
  if (redistribution === "none" && article.title === null) return undefined
  const { details } = article
  const mayShowAll = redistribution === "full"
  const mayShowSummary = redistribution !== "none"
  const sections = sectionsOf(details.sections, directory)
  const changed = changedAt(article)
  return {
    id: tagUri(directory, settings, article.id),
    url: article.url ?? settings.feedsUrl + articlePagePath(article),
    pagePath: articlePagePath(article),
    title: article.title ?? undefined,
    subtitle: mayShowSummary ? (article.subtitle ?? undefined) : undefined,
    dateline: article.dateline ?? undefined,
    summary: mayShowSummary ? (article.summary ?? undefined) : undefined,
    html: mayShowAll ? article.html : undefined,
    opening: undefined,
    language: article.language ?? undefined,
    direction: article.direction ?? "ltr",
    publishedAt: article.publishedAt,
    updatedAt: changed,
    authors: details.authors,
    categories: categoriesOf(article, sections, context),
    image: typedImage(visibleImage(details, redistribution)),
    contentHasImage: undefined,
    enclosures: (mayShowAll && details.enclosures) || [],
    source: sourceOf(publisher, changed, context),
    attribution: details.attribution,
    externalUrl: details.externalUrl,
    rights: details.rights,
    license: undefined,
    usage: undefined,
    rsl: undefined,
    episode: details.episode,
    related: details.related ?? [],
    correction: mayShowSummary ? details.correction : undefined,
    extension: {
      guid: article.guid,
      version: article.commitNo,
      sections: sections.map(({ slug }) => slug),
      duplicates: article.duplicates.flatMap((other) => duplicateOf(other, directory, settings) ?? []),
    },
  }
}

/** Returns the entry of a feed. Its content opens with what the body lacks; pages have places of their own for this. */
export function feedEntryOf(article: StoredArticle, context: ArticleContext): Entry | undefined {
  const entry = entryOf(article, context)
  if (entry === undefined) return undefined
  const { directory } = context
  const rights = rightsOf(article, directory)
  if (isOn(directory, "feed_links")) entry.license = rights.license
  if (isOn(directory, "json") && statesRights(rights)) entry.usage = rights
  const terms = context.format === "rss" && isOn(directory, "rsl_items") ? rslTerms(rights, "rsl:") : ""
  if (terms !== "") entry.rsl = { url: context.settings.feedsUrl + articlePagePath(article), terms }
  if (entry.html === undefined) return entry
  const { image, html } = entry
  const isAdded = publisherByUid(directory, article.publisherUid)?.opening !== "none"
  const bodyHasImage = image !== undefined && bodyShows(image, html)
  if (isAdded) entry.opening = contentOpening(entry, html, bodyHasImage)
  entry.contentHasImage = bodyHasImage || entry.opening?.includes("<figure>")
  return entry
}

function sectionsOf(ids: number[], directory: Directory): SectionEntry[] {
  const sections: SectionEntry[] = []
  for (const id of ids) {
    const section = sectionById(directory, id)
    if (section) sections.push(section)
  }
  return sections
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

/** Returns the sections, named in the article's language, and then the publisher's tags. */
function categoriesOf(article: StoredArticle, sections: SectionEntry[], context: ArticleContext): Category[] {
  const { settings } = context
  const language = article.language ?? settings.language
  const categories = sections.map((section) => sectionCategory(section, language, context))
  const scheme = `${settings.feedsUrl}/tags/`
  for (const tag of article.details.tags) categories.push({ term: tag, label: tag, scheme })
  return categories
}

function sectionCategory(section: SectionEntry, language: string, context: ArticleContext): Category {
  const { settings, sectionCategories } = context
  const key = `${section.id} ${language}`
  const known = sectionCategories.get(key)
  if (known) return known
  const [, label] = sectionNameIn(section, [language, settings.language])
  const category = { term: section.slug, label, scheme: `${settings.feedsUrl}/sections/` }
  sectionCategories.set(key, category)
  return category
}

/** The time of the last change. It is not before the publication, and rises with every version. */
function changedAt({ publishedAt, updatedAt, correctedAt }: StoredArticle): number {
  return Math.max(publishedAt, updatedAt ?? 0, correctedAt ?? 0)
}

// This is a Map and not an object, because every object has a member `constructor`, which may be a file extension.
const IMAGE_TYPES: ReadonlyMap<string, string> = new Map([
  ["avif", "image/avif"],
  ["gif", "image/gif"],
  ["jpeg", "image/jpeg"],
  ["jpg", "image/jpeg"],
  ["png", "image/png"],
  ["svg", "image/svg+xml"],
  ["webp", "image/webp"],
])

const FILE_EXTENSION = /^[^?#]*\/[^/?#]*\.(\w+)(?:[?#]|$)/

function typedImage(image: Omit<Image, "type"> | undefined): Image | undefined {
  if (image === undefined) return undefined
  const type = IMAGE_TYPES.get(FILE_EXTENSION.exec(image.url)?.[1]?.toLowerCase() ?? "")
  return type === undefined ? image : { ...image, type }
}

function sourceOf(publisher: PublisherEntry, updatedAt: number, context: ArticleContext): Entry["source"] {
  const { directory, settings, format, sources } = context
  let source = sources.get(publisher.uid)
  if (!source) {
    source = {
      id: tagUri(directory, settings, `publisher/${publisher.uid}`),
      name: publisher.name,
      url: publisher.homePageUrl,
      feedUrl: settings.feedsUrl + feedPath({ ...subscriptionTo({ publisher: [publisher.slug] }), format }),
    }
    sources.set(publisher.uid, source)
  }
  return { ...source, updatedAt }
}
