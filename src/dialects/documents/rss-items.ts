/** Makes a JSON Feed item from an item of RSS 0.9x, 1.0 or 2.0 that the parser feedsmith has read. Pure. */
import type { RdfFeed, RssFeed } from "feedsmith"
import { firstTime, publishedTime, type TimeRules } from "../dates.ts"
import { isMarkup, toText } from "./markup.ts"
import { episodeOf, mediaOf, mediaTags } from "./media-rss.ts"
import {
  alternateOf,
  baseOf,
  fallbackId,
  type InheritedMembers,
  isHttp,
  languageOf,
  nonEmpty,
  resolveUrl,
  splitCategories,
  type Texts,
  truncateRights,
  type Warn,
} from "./xml-members.ts"

/** An item of RSS 2.0 or RSS 1.0. RSS 1.0 has fewer elements, and uses Dublin Core for the other members. */
export type RssItem = RssFeed.Item<string> & Pick<RdfFeed.Item<string>, "rdf">

/** A longer plain-text description is the whole article and not its summary. */
const MAX_SUMMARY_CHARACTERS = 500

export function inheritedMembersOfRss(
  feed: RssFeed.Feed<string> & Pick<RdfFeed.Feed<string>, "rdf">,
): InheritedMembers {
  return {
    base: baseOf(feed.link, feed.xml?.base),
    language: languageOf(feed.language, feed.dc?.languages?.[0], feed.xml?.lang),
    rights: truncateRights(toText(feed.copyright ?? feed.dc?.rights?.[0] ?? "")),
    title: feed.title === undefined ? undefined : toText(feed.title),
  }
}

/** @param origLink the article's own address, if a service such as FeedBurner replaced it */
export function rssItem(
  item: RssItem,
  inheritedMembers: InheritedMembers,
  origLink: string | undefined,
  warn: Warn,
  rules: TimeRules,
): Record<string, unknown> {
  const { atom, dc, dcterms } = item
  const base = baseOf(inheritedMembers.base, item.xml?.base)
  const language = languageOf(item.xml?.lang, dc?.languages?.[0], inheritedMembers.language)
  const url = addressOf(item, language, origLink, base)
  const title = toText(item.title ?? dc?.titles?.[0] ?? item.itunes?.title ?? "")
  const published = [
    ...[item.pubDate, atom?.published, ...(dcterms?.issued ?? [])],
    ...[...(dc?.dates ?? []), ...(dcterms?.created ?? [])],
  ]
  const times = { rules, warn }
  const dateModified = firstTime([atom?.updated, ...(dcterms?.modified ?? [])], { name: "date_modified", ...times })
  const datePublished = publishedTime(published, dateModified, times)
  const { sections, tags } = splitCategories([
    ...(item.categories ?? []).map(({ name, domain }) => ({ name: name && toText(name), scheme: domain })),
    ...(dc?.subjects ?? []).map((name) => ({ name: toText(name), scheme: undefined })),
  ])
  const links = atom?.links ?? []
  const body = bodyOf(item, title)
  const { content_html, content_text, summary } = body
  const { image, imageDetails, attachments } = mediaOf(
    item.media,
    item.itunes,
    [...(item.enclosures ?? []), ...links.filter(({ rel }) => rel === "enclosure").map(fileOf)],
    base,
    content_html,
    warn,
  )
  const id = item.guid?.value ?? item.rdf?.about ?? atom?.id ?? url ?? fallbackId(title, body, published, warn)
  const members = nonEmpty({
    id,
    url,
    title,
    content_html,
    content_text,
    summary,
    image,
    date_published: datePublished,
    date_modified: dateModified,
    authors: authorsOf(item),
    tags: [...new Set([...tags, ...mediaTags(item.media, item.itunes)])],
    language,
    attachments,
    _feedwire: nonEmpty({
      sections,
      subtitle: toText(dcterms?.alternatives?.[0] ?? ""),
      dateline: toText(dcterms?.spatials?.[0] ?? ""),
      image: imageDetails,
      episode: episodeOf(item.itunes),
      related: links
        .filter(({ rel, href }) => rel === "related" && isHttp(resolveUrl(href, base)))
        .map((link) => nonEmpty({ url: resolveUrl(link.href, base), title: link.title && toText(link.title) })),
      attribution: attributionOf(item, inheritedMembers, base),
      rights: rightsOf(item) ?? inheritedMembers.rights,
    }),
  })
  return members ?? {}
}

function rightsOf({ dc, atom }: RssItem): string | undefined {
  const rights = dc?.rights?.[0] ?? atom?.rights?.value
  return rights === undefined ? undefined : toText(rights)
}

function addressOf(
  item: RssItem,
  language: string | undefined,
  origLink: string | undefined,
  base: string | undefined,
): string | undefined {
  const guid = item.guid?.isPermaLink === false ? undefined : item.guid?.value
  const address = resolveUrl(origLink || (item.link ?? alternateOf(item.atom?.links, language)?.href), base)
  if (address !== undefined) return address
  // A guid is an address unless isPermaLink is false (RSS 2.0, "<guid> sub-element of <item>").
  return isHttp(guid) ? guid : undefined
}

/**
 * Returns the full text, the summary, or both. If there are both, `content:encoded` is the full text. A single
 * description is the summary if it is short and has no markup.
 */
function bodyOf(item: RssItem, title: string): Texts {
  const { atom } = item
  const fullText = item.content?.encoded ?? atom?.content?.value
  const description = item.description ?? atom?.summary?.value ?? item.dc?.descriptions?.[0] ?? item.itunes?.summary
  if (fullText !== undefined) {
    const summary = description === fullText ? "" : toText(description ?? "")
    return { content_html: fullText, summary: summary === title ? "" : summary }
  }
  if (description === undefined) return {}
  if (isMarkup(description)) return { content_html: description }
  const text = toText(description)
  return text.length > MAX_SUMMARY_CHARACTERS ? { content_text: description } : { summary: text }
}

/** Reads the authors. `dc:creator` is a name. `author` is an e-mail address, sometimes with a name in brackets. */
function authorsOf(item: RssItem): Record<string, unknown>[] {
  const creators = (item.dc?.creators ?? []).map((name) => ({ name: toText(name) }))
  const authors = (item.authors ?? []).map(({ name, link }) => ({ name: toText(name ?? ""), url: link }))
  const atomAuthors = (item.atom?.authors ?? []).map(({ name, uri }) => ({ name: toText(name ?? ""), url: uri }))
  const podcastAuthors = item.itunes?.author === undefined ? [] : [{ name: toText(item.itunes.author) }]
  const lists = [creators, atomAuthors, authors, podcastAuthors].map((list) => list.filter(({ name }) => name !== ""))
  const firstList: { name: string; url?: string | undefined }[] = lists.find((list) => list.length > 0) ?? []
  return firstList.map(({ name, url }) => nonEmpty({ name, url: isHttp(url) ? url : undefined }) ?? {})
}

function attributionOf(
  item: RssItem,
  inheritedMembers: InheritedMembers,
  base: string | undefined,
): Record<string, unknown> | undefined {
  const via = item.atom?.links?.find(({ rel, href }) => rel === "via" && isHttp(resolveUrl(href, base)))
  const source = toText(item.dc?.sources?.[0] ?? item.dcterms?.sources?.[0] ?? item.source?.title ?? "")
  if (via?.title !== undefined) return nonEmpty({ name: toText(via.title), url: resolveUrl(via.href, base) })
  // The URL of a source leads to a feed, which is not for readers, so it is not shown.
  return source === "" || source === inheritedMembers.title || isHttp(source) ? undefined : { name: source }
}

function fileOf(link: { href?: string; type?: string; title?: string; length?: number }) {
  return { url: link.href, type: link.type, title: link.title && toText(link.title), length: link.length }
}
