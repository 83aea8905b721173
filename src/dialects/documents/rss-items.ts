/** Makes a JSON Feed item from an item of RSS 0.9x, 1.0 or 2.0 that the parser feedsmith has read. Pure. */
import type { RdfFeed, RssFeed } from "feedsmith"
import { firstTime, publishedTime } from "../dates.ts"
import { entryText, isBlank, mediaTitle } from "./entry-text.ts"
import { licenseOf, noticeOf } from "./licenses.ts"
import { toText } from "./markup.ts"
import { episodeOf, mediaOf, mediaTags } from "./media-rss.ts"
import { baseIn, type XmlBase } from "./xml-base.ts"
import {
  alternateOf,
  baseOf,
  type EntryOptions,
  fallbackId,
  firstPeople,
  type InheritedMembers,
  inheritable,
  isHttp,
  languageOf,
  nonEmpty,
  type ReadEntry,
  resolveUrl,
  splitCategories,
  type Texts,
  truncateRights,
  type Warn,
  webAddress,
} from "./xml-members.ts"

/** An item of RSS 2.0 or RSS 1.0. RSS 1.0 has fewer elements, and uses Dublin Core for the other members. */
export type RssItem = RssFeed.Item<string> & Pick<RdfFeed.Item<string>, "rdf">

/** @param address the address from which the document was fetched */
export function inheritedMembersOfRss(
  feed: RssFeed.Feed<string> & Pick<RdfFeed.Feed<string>, "rdf">,
  rootBase: XmlBase | undefined,
  address: string | undefined,
  warn: Warn,
): InheritedMembers & { authors: Record<string, unknown>[] } {
  const { links } = feed.atom ?? {}
  const ownLink = links?.find(({ rel }) => rel === "self")
  const base = baseOf(address, feed.link, alternateOf(links, undefined)?.href, ownLink?.href)
  const license = licenseOfRss(feed, baseIn(rootBase, base).url)
  return {
    base,
    authors: inheritable(authorsOfChannel(feed, baseIn(rootBase, base).url, warn), "authors", warn) ?? [],
    language: languageOf(feed.language, feed.dc?.languages?.[0], feed.xml?.lang),
    license: inheritable(license, "the license", warn),
    rights: truncateRights(toText(noticeOf([feed.copyright, feed.dc?.rights?.[0]], license) ?? "")),
    title: feed.title === undefined ? undefined : toText(feed.title),
  }
}

export function rssItem(
  item: RssItem,
  inheritedMembers: ReturnType<typeof inheritedMembersOfRss>,
  { base, origLink, warn, rules }: EntryOptions,
): ReadEntry {
  const { atom, dc, dcterms } = item
  const language = languageOf(item.xml?.lang, dc?.languages?.[0], inheritedMembers.language)
  const url = addressOf(item, language, origLink, base)
  const title = toText(item.title ?? dc?.titles?.[0] ?? item.itunes?.title ?? mediaTitle(item.media) ?? "")
  const published = [
    ...[item.pubDate, atom?.published, ...(dcterms?.issued ?? [])],
    ...[...(dc?.dates ?? []), ...(dcterms?.created ?? [])],
  ]
  const times = { rules, warn }
  const updated = [atom?.updated, ...(dcterms?.modified ?? [])]
  const dateModified = firstTime(updated, { name: "date_modified", ...times })
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
  const license = licenseOfRss(item, base)
  const notice = noticeOf([dc?.rights?.[0], atom?.rights?.value], license)
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
    authors: authorsOf(item, inheritedMembers.authors, base, warn),
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
        .filter(({ rel }) => rel === "related")
        .flatMap(({ href, title }) => {
          const related = webAddress(href, base, "a related link", warn)
          return related === undefined ? [] : [nonEmpty({ url: related, title: title && toText(title) })]
        }),
      attribution: attributionOf(item, inheritedMembers, base, warn),
      rights: notice === undefined ? inheritedMembers.rights : toText(notice),
      license: license ?? inheritedMembers.license,
    }),
  })
  return { item: members ?? {}, bodyElement: body.element, writtenTimes: [...updated, ...published] }
}

type LicensedRss = Pick<RssItem, "atom" | "cc" | "creativeCommons" | "dc" | "dcterms"> & { copyright?: string }

function licenseOfRss(element: LicensedRss, base: string | undefined): string | undefined {
  const { atom, cc, creativeCommons, dc, dcterms, copyright } = element
  return licenseOf(
    { links: atom?.links, cc, creativeCommons, dcterms, rights: [...(dc?.rights ?? []), copyright] },
    base,
  )
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
  // A guid is an address unless isPermaLink is false (RSS 2.0, "<guid> sub-element of <item>"). Few senders of other
  // ids say so, so only a guid that says that it is an address may be relative.
  if (item.guid?.isPermaLink === true) return resolveUrl(guid, base)
  return isHttp(guid) ? guid : undefined
}

/** Returns the full text, the summary, or both. If there are both, `content:encoded` is the full text. */
function bodyOf(item: RssItem, title: string): Texts {
  const { atom, content, media } = item
  // A blank text would hide the other texts.
  const [fullText] = [content?.encoded, atom?.content?.value].filter((text) => text !== undefined && !isBlank(text))
  const [first, ...others] = descriptionsOf(item)
  if (fullText === undefined) {
    const spoken = others.find(([name]) => SPOKEN_ELEMENTS.has(name))
    const texts = entryText({ title, description: first?.[1], spoken: spoken?.[1], media })
    const source = [first, spoken].find((each) => each !== undefined && texts.content_html?.startsWith(each[1]))
    return { element: source?.[0] ?? "media:description", ...texts }
  }
  const element = fullText === content?.encoded ? "content:encoded" : "atom:content"
  const summary = first === undefined || first[1] === fullText ? "" : toText(first[1])
  return { element, content_html: fullText, summary: summary === title ? "" : summary }
}

/** The elements with descriptions for players of podcasts. */
const SPOKEN_ELEMENTS: ReadonlySet<string> = new Set(["itunes:summary", "googleplay:description"])

/** Returns the descriptions with the names of their elements, the most usual first. */
function descriptionsOf({ description, atom, dc, dcterms, itunes, googleplay }: RssItem): [string, string][] {
  const descriptions: [string, string | undefined][] = [
    ["description", description],
    ["atom:summary", atom?.summary?.value],
    ["dc:description", dc?.descriptions?.[0]],
    ["dcterms:description", dcterms?.descriptions?.[0]],
    ["dcterms:abstract", dcterms?.abstracts?.[0]],
    ["itunes:summary", itunes?.summary],
    ["googleplay:description", googleplay?.description],
    ["itunes:subtitle", itunes?.subtitle],
  ]
  return descriptions.filter((each): each is [string, string] => each[1] !== undefined && each[1].trim() !== "")
}

/** Reads the authors. `dc:creator` is a name. `author` is an e-mail address, sometimes with a name in brackets. */
function authorsOf(
  item: RssItem,
  inheritedAuthors: Record<string, unknown>[],
  base: string | undefined,
  warn: Warn,
): Record<string, unknown>[] {
  const creators = (item.dc?.creators ?? []).map((name) => ({ name }))
  const authors = (item.authors ?? []).map(({ name, link }) => ({ name, uri: link }))
  const podcastAuthors = [{ name: item.itunes?.author }, { name: item.googleplay?.author }]
  const lists = [creators, item.atom?.authors ?? [], authors, podcastAuthors]
  const own = firstPeople(lists, { read: toText, base, warn })
  return own.length > 0 ? own : inheritedAuthors
}

/** Returns the authors of the channel. Without any, these are its editor, or who publishes the podcast. */
function authorsOfChannel(
  { dc, atom, itunes, googleplay, managingEditor }: RssFeed.Feed<string>,
  base: string | undefined,
  warn: Warn,
): Record<string, unknown>[] {
  const creators = (dc?.creators ?? []).map((name) => ({ name }))
  const editors = managingEditor === undefined ? [] : [{ name: managingEditor.name, uri: managingEditor.link }]
  const podcastAuthors = [{ name: itunes?.author }, { name: googleplay?.author }]
  const lists = [creators, atom?.authors ?? [], editors, podcastAuthors, [{ name: itunes?.owner?.name }]]
  return firstPeople(lists, { read: toText, base, warn })
}

function attributionOf(
  item: RssItem,
  inheritedMembers: InheritedMembers,
  base: string | undefined,
  warn: Warn,
): Record<string, unknown> | undefined {
  const via = item.atom?.links?.find(({ rel, href }) => rel === "via" && href !== undefined)
  const source = toText(item.dc?.sources?.[0] ?? item.dcterms?.sources?.[0] ?? item.source?.title ?? "")
  if (via?.title !== undefined)
    return nonEmpty({ name: toText(via.title), url: webAddress(via.href, base, "a via link", warn) })
  // The URL of a source leads to a feed, which is not for readers, so it is not shown.
  return source === "" || source === inheritedMembers.title || isHttp(source) ? undefined : { name: source }
}

function fileOf(link: { href?: string; type?: string; title?: string; length?: number }) {
  return { url: link.href, type: link.type, title: link.title && toText(link.title), length: link.length }
}
