/** Makes a JSON Feed item from an item of RSS 0.9x, 1.0 or 2.0 that the parser feedsmith has read. Pure. */
import type { RdfFeed, RssFeed } from "feedsmith"
import { firstTime, publishedTime, type TimeRules } from "../dates.ts"
import { entryText, mediaTitle } from "./entry-text.ts"
import { toText } from "./markup.ts"
import { episodeOf, mediaOf, mediaTags } from "./media-rss.ts"
import {
  alternateOf,
  baseOf,
  fallbackId,
  firstPeople,
  type InheritedMembers,
  inheritable,
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

export function inheritedMembersOfRss(
  feed: RssFeed.Feed<string> & Pick<RdfFeed.Feed<string>, "rdf">,
  warn: Warn,
): InheritedMembers & { authors: Record<string, unknown>[] } {
  return {
    authors: inheritable(channelAuthors(feed), "authors", warn) ?? [],
    base: baseOf(feed.link, feed.xml?.base),
    language: languageOf(feed.language, feed.dc?.languages?.[0], feed.xml?.lang),
    rights: truncateRights(toText(feed.copyright ?? feed.dc?.rights?.[0] ?? "")),
    title: feed.title === undefined ? undefined : toText(feed.title),
  }
}

/** @param origLink the article's own address, if a service such as FeedBurner replaced it */
export function rssItem(
  item: RssItem,
  inheritedMembers: ReturnType<typeof inheritedMembersOfRss>,
  origLink: string | undefined,
  warn: Warn,
  rules: TimeRules,
): Record<string, unknown> {
  const { atom, dc, dcterms } = item
  const base = baseOf(inheritedMembers.base, item.xml?.base)
  const language = languageOf(item.xml?.lang, dc?.languages?.[0], inheritedMembers.language)
  const url = addressOf(item, language, origLink, base)
  const title = toText(item.title ?? dc?.titles?.[0] ?? item.itunes?.title ?? mediaTitle(item.media) ?? "")
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
    authors: authorsOf(item, inheritedMembers.authors),
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

/** Returns the full text, the summary, or both. If there are both, `content:encoded` is the full text. */
function bodyOf(item: RssItem, title: string): Texts {
  const { atom, dc, dcterms, itunes, media } = item
  const fullText = item.content?.encoded ?? atom?.content?.value
  const [description, ...others] = [
    ...[item.description, atom?.summary?.value, dc?.descriptions?.[0], dcterms?.descriptions?.[0]],
    ...[dcterms?.abstracts?.[0], itunes?.summary, item.googleplay?.description, itunes?.subtitle],
  ].filter((text) => text !== undefined && text.trim() !== "")
  const spoken = [itunes?.summary, item.googleplay?.description].find((text) => text && others.includes(text))
  if (fullText === undefined) return entryText({ title, description, spoken, media })
  const summary = description === fullText ? "" : toText(description ?? "")
  return { content_html: fullText, summary: summary === title ? "" : summary }
}

/** Reads the authors. `dc:creator` is a name. `author` is an e-mail address, sometimes with a name in brackets. */
function authorsOf(item: RssItem, inheritedAuthors: Record<string, unknown>[]): Record<string, unknown>[] {
  const creators = (item.dc?.creators ?? []).map((name) => ({ name }))
  const authors = (item.authors ?? []).map(({ name, link }) => ({ name, uri: link }))
  const podcastAuthors = [{ name: item.itunes?.author }, { name: item.googleplay?.author }]
  const own = firstPeople([creators, item.atom?.authors ?? [], authors, podcastAuthors], toText)
  return own.length > 0 ? own : inheritedAuthors
}

/** Returns the authors of the channel. Without any, these are its editor, or who publishes the podcast. */
function channelAuthors({
  dc,
  atom,
  itunes,
  googleplay,
  managingEditor,
}: RssFeed.Feed<string>): Record<string, unknown>[] {
  const creators = (dc?.creators ?? []).map((name) => ({ name }))
  const editors = managingEditor === undefined ? [] : [{ name: managingEditor.name, uri: managingEditor.link }]
  const podcastAuthors = [{ name: itunes?.author }, { name: googleplay?.author }]
  return firstPeople([creators, atom?.authors ?? [], editors, podcastAuthors, [{ name: itunes?.owner?.name }]], toText)
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
