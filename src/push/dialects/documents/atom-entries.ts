/** An entry of Atom 0.3 or 1.0, as feedsmith reads it → a JSON Feed item. RFC 4287. Pure. */
import type { AtomFeed } from "feedsmith"
import { toText, unwrapped } from "./markup.ts"
import { mediaOf } from "./media-rss.ts"
import {
  baseOf,
  filedUnder,
  INHERITED_RIGHTS,
  type Inherited,
  idOf,
  inheritable,
  isHttp,
  known,
  languageOf,
  resolve,
  textOf,
  timeOf,
  type Warn,
} from "./members.ts"

type Entry = AtomFeed.Entry<string>
type Link = AtomFeed.Link<string>
type Text = AtomFeed.Content | undefined

/** What entries say only once, at the top. */
export function inheritedOfAtom(feed: AtomFeed.Feed<string>): Inherited & { authors: AtomFeed.Person[] } {
  return {
    base: baseOf(linkOf(feed.links, "self")?.href, alternateOf(feed.links)?.href, feed.xml?.base),
    language: languageOf(feed.xml?.lang, feed.dc?.languages?.[0]),
    rights: wordsOf(feed.rights)?.slice(0, INHERITED_RIGHTS),
    title: wordsOf(feed.title),
    authors: inheritable(feed.authors ?? []),
  }
}

/** @param origLink the address of the article, where a service put one of its own in its place */
export function atomEntry(
  entry: Entry,
  inherited: ReturnType<typeof inheritedOfAtom>,
  origLink: string | undefined,
  warn: Warn,
): Record<string, unknown> {
  const { dc, dcterms, links = [] } = entry
  const base = baseOf(inherited.base, entry.xml?.base)
  const url = resolve(origLink || alternateOf(links)?.href, base)
  const title = wordsOf(entry.title) ?? ""
  const modified = timeOf([entry.updated, ...(dcterms?.modified ?? [])], "date_modified", warn)
  const published = timeOf([entry.published, ...(dcterms?.issued ?? []), ...(dc?.dates ?? [])], "date_published", warn)
  const { sections, tags } = filedUnder([
    ...(entry.categories ?? []).map(({ label, term, scheme }) => ({ name: textOf(label ?? term), scheme })),
    ...(dc?.subjects ?? []).map((name) => ({ name: toText(name), scheme: undefined })),
  ])
  const files = links.filter(({ rel }) => rel === "enclosure").map(fileOf)
  const { image, about, attachments } = mediaOf(entry.media, entry.itunes, [...files, ...outOfLine(entry)], base)
  return {
    ...known({ id: entry.id ?? url ?? idOf(title, published, warn), url, title }),
    ...bodyOf(entry, title, warn),
    ...known({
      image,
      // Entries need not say it (RFC 4287 §4.2.9). Without it, an old archive would be dated by its arrival.
      date_published: published ?? modified,
      date_modified: modified,
      authors: authorsOf(entry, inherited),
      tags,
      language: languageOf(entry.xml?.lang, entry.content?.xml?.lang, dc?.languages?.[0], inherited.language),
      attachments,
      _feedwire: known({
        sections,
        subtitle: textOf(dcterms?.alternatives?.[0]),
        dateline: textOf(dcterms?.spatials?.[0]),
        image: about,
        related: links
          .filter(({ rel, href }) => rel === "related" && isHttp(resolve(href, base)))
          .map(({ href, title }) => known({ url: resolve(href, base), title: textOf(title) })),
        attribution: attributionOf(entry, inherited, base),
        rights: wordsOf(entry.rights) ?? textOf(dc?.rights?.[0]) ?? inherited.rights,
      }),
    }),
  }
}

/** RFC 4287 §3.1.1, and the media types of Atom 0.3. */
const isHtml = (type: string | undefined): boolean =>
  /^(?:x?html|text\/html|application\/xhtml\+xml)$/i.test(type ?? "")
const isPlain = (type: string | undefined): boolean => type === undefined || /^(?:text|text\/plain)$/i.test(type)

function wordsOf(text: Text): string | undefined {
  if (text?.value === undefined) return undefined
  return isHtml(text.type) ? toText(text.value) : textOf(text.value)
}

function bodyOf({ content, summary }: Entry, title: string, warn: Warn): Record<string, unknown> {
  const words = wordsOf(summary)
  const short = words === title ? undefined : words
  if (content?.value === undefined) return { ...known({ summary: short }) }
  if (isHtml(content.type)) return { ...known({ content_html: unwrapped(content.value), summary: short }) }
  if (!isPlain(content.type)) {
    warn(`content of the type ${JSON.stringify(content.type)} was left out: it is neither text nor HTML`)
    return { ...known({ summary: short }) }
  }
  // Where there is nothing else, the wire's own feeds repeat here what stands in the summary.
  const repeated = [words, title].includes(textOf(content.value))
  return { ...known({ content_text: repeated ? undefined : content.value, summary: short }) }
}

/** Content that stands elsewhere (RFC 4287 §4.1.3.2) is a file of the article. */
function outOfLine({ content }: Entry): { url: string; type: string | undefined }[] {
  return content?.src === undefined || isHtml(content.type) ? [] : [{ url: content.src, type: content.type }]
}

/** Those of the entry, else of where it came from, else of the feed (RFC 4287 §4.2.1). */
function authorsOf(entry: Entry, inherited: { authors: AtomFeed.Person[] }): Record<string, unknown>[] {
  const creators = (entry.dc?.creators ?? []).map((name): AtomFeed.Person => ({ name }))
  const named = [entry.authors ?? [], creators, entry.source?.authors ?? [], inherited.authors].map((list) =>
    list.filter(({ name }) => name !== undefined),
  )
  const first = named.find((list) => list.length > 0) ?? []
  return first.map(({ name, uri }) => known({ name: textOf(name), url: isHttp(uri) ? uri : undefined }) ?? {})
}

function attributionOf(
  { links, source, dcterms }: Entry,
  inherited: Inherited,
  base: string | undefined,
): Record<string, unknown> | undefined {
  const via = linkOf(links, "via")
  if (via?.title !== undefined) return known({ name: textOf(via.title), url: resolve(via.href, base) })
  const name = textOf(dcterms?.sources?.[0]) ?? wordsOf(source?.title)
  if (name === undefined || name === inherited.title) return undefined
  const home = dcterms?.sources?.[0] === undefined ? resolve(alternateOf(source?.links)?.href, base) : undefined
  return known({ name, url: isHttp(home) ? home : undefined })
}

const linkOf = (links: Link[] | undefined, wanted: string): Link | undefined =>
  links?.find(({ rel, href }) => href !== undefined && (rel ?? "alternate") === wanted)

/** The page for people, where there are others in other formats. */
function alternateOf(links: Link[] | undefined): Link | undefined {
  const pages = (links ?? []).filter(({ rel, href }) => href !== undefined && (rel ?? "alternate") === "alternate")
  return pages.find(({ type }) => type === undefined || /html/.test(type)) ?? pages[0]
}

const fileOf = ({ href, type, title, length }: Link) => ({ url: href, type, title: textOf(title), length })
