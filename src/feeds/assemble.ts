/** Articles → Feed: what the wire knows, in the words that every format shares. Pure. */

import { directionOf } from "../articles/article.ts"
import { type Directory, type PublisherEntry, type SectionEntry, tagUri } from "../articles/directory.ts"
import type { Page, StoredArticle } from "../articles/queries.ts"
import type { Settings } from "../env.ts"
import type { Category, Entry, Feed, Format, Image } from "../formats/feed.ts"
import { FORMAT_DATE } from "../formats/format.ts"
import { type FeedAddress, feedUrls } from "./address.ts"

/** Minutes after which a reader should ask again: longer where a hub announces changes. */
export function pollMinutes(settings: Settings): number {
  return settings.hubUrl === undefined ? 5 : 15
}

/** Last-Modified of a page: also moved by a renderer whose bytes changed. */
export function modifiedAt(page: Page): number {
  return Math.max(page.label.changedAt, FORMAT_DATE)
}

export function assemble(page: Page, address: FeedAddress, settings: Settings): Feed {
  const { directory } = page
  const names = namesOf(address, directory, settings)
  const articles = page.articles ?? []
  return {
    id: tagUri(directory, settings, `feed/${page.scope}`),
    title: names.title,
    ...(names.description !== undefined && { description: names.description }),
    language: names.language,
    direction: directionOf(names.language, names.title),
    homeUrl: `${settings.feedsUrl}/`,
    urls: feedUrls(settings.feedsUrl, address.scope),
    ...(settings.hubUrl !== undefined && { hubUrl: settings.hubUrl }),
    iconUrl: names.icon ?? `${settings.feedsUrl}/icon.png`,
    updatedAt: Math.max(page.label.changedAt, ...articles.map((article) => article.updatedAt ?? article.publishedAt)),
    ttl: pollMinutes(settings),
    entries: articles.flatMap((article) => entryOf(article, address.format, directory, settings) ?? []),
  }
}

function namesOf(
  address: FeedAddress,
  directory: Directory,
  settings: Settings,
): { title: string; description?: string; language: string; icon?: string } {
  const { scope } = address
  if (scope?.kind === "sections") {
    const section = directory.sections.find(({ slug }) => slug === scope.slug)
    if (section) {
      const [language, name] = inLanguage(section.names, settings.language) ?? [settings.language, section.slug]
      const description = Object.hasOwn(section.descriptions, language) ? section.descriptions[language] : undefined
      return {
        title: `${name} — ${settings.title}`,
        language,
        ...(description !== undefined && { description }),
        ...(section.icon !== null && { icon: section.icon }),
      }
    }
  }
  if (scope?.kind === "publishers") {
    const publisher = directory.publishers.find(({ slug }) => slug === scope.slug)
    if (publisher)
      return { title: `${publisher.name} — ${settings.title}`, language: publisher.lang ?? settings.language }
  }
  return { title: settings.title, language: settings.language }
}

/** The text in this language, else in the first that there is. */
function inLanguage(texts: Record<string, string>, language: string): [language: string, text: string] | undefined {
  const exact = Object.hasOwn(texts, language) ? texts[language] : undefined
  return exact === undefined ? Object.entries(texts)[0] : [language, exact]
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
    ...(article.html !== "" && shows === "full" && { html: article.html }),
    ...(article.lang !== null && { language: article.lang }),
    direction: article.dir ?? "ltr",
    publishedAt: article.publishedAt,
    updatedAt: Math.max(article.updatedAt ?? article.publishedAt, article.publishedAt),
    authors: details.authors,
    categories: categoriesOf(article, sections, settings),
    ...(details.image && shows !== "none" && { image: imageOf(details.image) }),
    enclosures: shows === "full" ? (details.enclosures ?? []) : [],
    source: sourceOf(publisher, article, format, directory, settings),
    ...(details.attribution && { attribution: details.attribution }),
    ...(details.rights !== undefined && { rights: details.rights }),
    related: details.related ?? [],
    ...(details.correction && shows !== "none" && { correction: details.correction }),
    extension: { guid: article.guid, version: article.commitNo, sections: sections.map(({ slug }) => slug) },
  }
}

/** Sections by their slug, named in the article's language; then the publisher's own tags. */
function categoriesOf(article: StoredArticle, sections: SectionEntry[], settings: Settings): Category[] {
  const language = article.lang?.split("-", 1)[0] ?? settings.language
  return [
    ...sections.map((section) => ({
      term: section.slug,
      label: inLanguage(section.names, language)?.[1] ?? section.slug,
      scheme: `${settings.feedsUrl}/sections/`,
    })),
    ...article.details.tags.map((tag) => ({ term: tag, label: tag, scheme: `${settings.feedsUrl}/tags/` })),
  ]
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
    feedUrl: feedUrls(settings.feedsUrl, { kind: "publishers", slug: publisher.slug })[format],
    updatedAt: Math.max(article.updatedAt ?? article.publishedAt, article.publishedAt),
  }
}
