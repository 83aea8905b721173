/** Makes a JSON Feed item from an entry of Atom 0.3 or 1.0 (RFC 4287) that the parser feedsmith has read. Pure. */
import type { AtomFeed } from "feedsmith"
import { firstTime } from "../dates.ts"
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
  oneLine,
  type ReadEntry,
  resolveUrl,
  splitCategories,
  type Texts,
  truncateRights,
  type Warn,
  webAddress,
} from "./xml-members.ts"

type AtomEntry = AtomFeed.Entry<string>
type AtomLink = AtomFeed.Link<string>
type AtomText = AtomFeed.Content | undefined

/** @param address the address from which the document was fetched */
export function inheritedMembersOfAtom(
  feed: AtomFeed.Feed<string>,
  rootBase: XmlBase | undefined,
  address: string | undefined,
  warn: Warn,
): InheritedMembers & { authors: Record<string, unknown>[] } {
  const language = languageOf(feed.xml?.lang, feed.dc?.languages?.[0])
  const base = baseOf(address, alternateOf(feed.links, language)?.href, linkOf(feed.links, "self")?.href)
  const license = licenseOfAtom(feed, baseIn(rootBase, base).url)
  return {
    base,
    language,
    rights: truncateRights(noticeOf([plainTextOf(feed.rights)], license)),
    license: inheritable(license, "the license", warn),
    title: plainTextOf(feed.title),
    authors: inheritable(authorsOfFeed(feed, baseIn(rootBase, base).url, warn), "authors", warn) ?? [],
  }
}

type LicensedAtom = Pick<AtomEntry, "links" | "cc" | "creativeCommons" | "dc" | "dcterms" | "rights">

function licenseOfAtom(
  { links, cc, creativeCommons, dc, dcterms, rights }: LicensedAtom,
  base: string | undefined,
): string | undefined {
  const texts = [plainTextOf(rights), ...(dc?.rights ?? [])]
  return licenseOf({ links, cc, creativeCommons, dcterms, rights: texts }, base)
}

function authorsOfFeed(
  { authors = [], dc, itunes }: AtomFeed.Feed<string>,
  base: string | undefined,
  warn: Warn,
): Record<string, unknown>[] {
  const creators = (dc?.creators ?? []).map((name) => ({ name }))
  const lists = [authors, creators, [{ name: itunes?.author }], [{ name: itunes?.owner?.name }]]
  return firstPeople(lists, { read: oneLine, base, warn })
}

export function atomEntry(
  entry: AtomEntry,
  inheritedMembers: ReturnType<typeof inheritedMembersOfAtom>,
  { base, origLink, warn, rules }: EntryOptions,
): ReadEntry {
  const { dc, dcterms, links = [] } = entry
  const language = languageOf(entry.xml?.lang, entry.content?.xml?.lang, dc?.languages?.[0], inheritedMembers.language)
  const url = resolveUrl(origLink || alternateOf(links, language)?.href, base)
  const title = plainTextOf(entry.title) ?? toText(mediaTitle(entry.media) ?? "")
  const updated = [entry.updated, ...(dcterms?.modified ?? [])]
  const dateModified = firstTime(updated, { name: "date_modified", rules, warn })
  const published = [entry.published, ...(dcterms?.issued ?? []), ...(dc?.dates ?? [])]
  // `published` is optional (RFC 4287 §4.2.9). With no date at all, an old article would count as new.
  const datePublished = firstTime([...published, dateModified], { name: "date_published", rules, warn })
  const { sections, tags } = splitCategories([
    ...(entry.categories ?? []).map(({ label, term, scheme }) => ({ name: oneLine(label ?? term), scheme })),
    ...(dc?.subjects ?? []).map((name) => ({ name: toText(name), scheme: undefined })),
  ])
  const files = links.filter(({ rel }) => rel === "enclosure").map(fileOf)
  const body = bodyOf(entry, title, warn)
  const { content_html, content_text, summary } = body
  const { image, imageDetails, attachments } = mediaOf(
    entry.media,
    entry.itunes,
    [...files, ...linkedContentOf(entry)],
    base,
    content_html,
    warn,
  )
  const license = licenseOfAtom(entry, base)
  const notice = noticeOf([plainTextOf(entry.rights), oneLine(dc?.rights?.[0])], license)
  const members = nonEmpty({
    id: entry.id ?? url ?? fallbackId(title, body, published, warn),
    url,
    title,
    content_html,
    content_text,
    summary,
    image,
    date_published: datePublished,
    date_modified: dateModified,
    authors: authorsOf(entry, inheritedMembers, base, warn),
    tags: [...new Set([...tags, ...mediaTags(entry.media, entry.itunes)])],
    language,
    attachments,
    _feedwire: nonEmpty({
      sections,
      subtitle: oneLine(dcterms?.alternatives?.[0]),
      dateline: oneLine(dcterms?.spatials?.[0]),
      image: imageDetails,
      episode: episodeOf(entry.itunes),
      related: links
        .filter(({ rel }) => rel === "related")
        .flatMap(({ href, title }) => {
          const related = webAddress(href, base, "a related link", warn)
          return related === undefined ? [] : [nonEmpty({ url: related, title: oneLine(title) })]
        }),
      attribution: attributionOf(entry, inheritedMembers, base, warn),
      rights: notice ?? inheritedMembers.rights,
      license: license ?? inheritedMembers.license,
    }),
  })
  return { item: members ?? {}, bodyElement: body.element, writtenTimes: [...updated, ...published] }
}

/** Tests for the HTML types of RFC 4287 §3.1.1, and for the media types of Atom 0.3. */
const isHtml = (type: string | undefined): boolean =>
  /^(?:x?html|text\/html|application\/xhtml\+xml)$/i.test(type ?? "")
const isPlain = (type: string | undefined): boolean => type === undefined || /^(?:text|text\/plain)$/i.test(type)

function plainTextOf(text: AtomText): string | undefined {
  if (text?.value === undefined) return undefined
  return isHtml(text.type) ? toText(text.value) : oneLine(text.value)
}

function bodyOf(entry: AtomEntry, title: string, warn: Warn): Texts {
  const { summary, itunes, media } = entry
  // A blank content would hide the other texts.
  const content = isBlank(entry.content?.value ?? "") ? undefined : entry.content
  const summaryText = plainTextOf(summary)
  const ownSummary = summaryText === title ? undefined : summaryText
  if (content?.value !== undefined && isHtml(content.type)) {
    return { element: "content", content_html: content.value, summary: ownSummary }
  }
  if (content?.value !== undefined && isPlain(content.type)) {
    // Our own feeds repeat the summary here if an article has no body.
    const isRepeated = [summaryText, title].includes(oneLine(content.value))
    if (!isRepeated) return { content_text: content.value, summary: ownSummary }
  } else if (content?.value !== undefined) {
    warn(`content of the type ${JSON.stringify(content.type)} was left out: it is neither text nor HTML`)
  }
  const description = isHtml(summary?.type) ? summary?.value : ownSummary
  const texts = entryText({ title, description, isSummary: !isHtml(summary?.type), spoken: itunes?.summary, media })
  return { element: "summary", ...texts }
}

/** Returns content that is only linked (RFC 4287 §4.1.3.2). It becomes an attachment of the article. */
function linkedContentOf({ content }: AtomEntry): { url: string; type: string | undefined }[] {
  return content?.src === undefined || isHtml(content.type) ? [] : [{ url: content.src, type: content.type }]
}

/** Returns the authors of the entry, else of its source, else of the feed (RFC 4287 §4.2.1). */
function authorsOf(
  entry: AtomEntry,
  inheritedMembers: { authors: Record<string, unknown>[] },
  base: string | undefined,
  warn: Warn,
): Record<string, unknown>[] {
  const creators = (entry.dc?.creators ?? []).map((name) => ({ name }))
  const lists = [entry.authors ?? [], creators, [{ name: entry.itunes?.author }], entry.source?.authors ?? []]
  const own = firstPeople(lists, { read: oneLine, base, warn })
  return own.length > 0 ? own : inheritedMembers.authors
}

function attributionOf(
  { links, source, dc, dcterms }: AtomEntry,
  inheritedMembers: InheritedMembers,
  base: string | undefined,
  warn: Warn,
): Record<string, unknown> | undefined {
  const via = linkOf(links, "via")
  if (via?.title !== undefined)
    return nonEmpty({ name: oneLine(via.title), url: webAddress(via.href, base, "a via link", warn) })
  const stated = oneLine(dc?.sources?.[0] ?? dcterms?.sources?.[0])
  const name = stated ?? plainTextOf(source?.title)
  if (name === undefined || name === inheritedMembers.title) return undefined
  const home =
    stated === undefined ? resolveUrl(alternateOf(source?.links, inheritedMembers.language)?.href, base) : undefined
  return nonEmpty({ name, url: isHttp(home) ? home : undefined })
}

const linkOf = (links: AtomLink[] | undefined, relation: string): AtomLink | undefined =>
  links?.find(({ rel, href }) => href !== undefined && (rel ?? "alternate") === relation)

const fileOf = ({ href, type, title, length }: AtomLink) => ({ url: href, type, title: oneLine(title), length })
