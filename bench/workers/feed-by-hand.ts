/**
 * Answers a few feeds by code that is written only for them, with raw D1 queries and string concatenation and without a
 * cache. The names of the wire and its sections are constants, only three characters of markup are escaped, and only
 * articles like the bench's are handled. Its bytes and headers are equal to feedwire's.
 */
import type { Database } from "./platform.ts"

interface Env {
  DB: Database
}

interface Details {
  sections: number[]
  tags: string[]
  authors: { name: string }[]
  image?: { url: string; width: number; height: number; caption?: string; credit?: string; alt?: string }
  related?: { url: string; title: string }[]
  attribution?: { name: string; url?: string }
}

/** `PUT` sends these values once, because they follow from feedwire's version, settings and epoch. */
interface Configuration {
  /** The end of the ETag. */
  tagEnd: string
  /** The cursors in links. */
  nextOfSelection: string
  page: string
  nextOfPage: string
}

interface FeedDocument {
  title: string
  homePath: string
  /** Returns the path and query of the document in a format. */
  path(format: string, configuration: Configuration): string
  validator: string
  page: string
  cacheTags: string
  /** Returns the links besides `self` and `alternate`. */
  links?(configuration: Configuration): [rel: string, path: string][]
  /** Whether the document is an archive that another archive follows. */
  isArchive?: boolean
}

const ORIGIN = "https://feeds.example"
const TITLE = "برق"
const ARCHIVE = 30
/** The offset of the hundredth `next` page of 50 entries. */
const OFFSET = 100 * 50

const SECTIONS: Record<number, Record<string, string>> = {
  1: { ar: "أخبار", fr: "Actualités" },
  3: { ar: "ثقافة", fr: "Culture" },
  4: { ar: "اقتصاد", fr: "Économie" },
  5: { ar: "سياسة", fr: "Politique" },
  6: { ar: "رياضة", fr: "Sport" },
}
const SELECTED = "'section:3', 'section:4', 'section:5'"

const VALIDATOR = "select w.epoch, w.authority_year, max(w.revision, s.revision) revision"
const validatorOf = (scope: string) => `${VALIDATOR}, max(w.changed_at, s.changed_at) changed_at
  from wire w, scopes s where w.id = 1 and s.key = '${scope}'`
const ARCHIVE_VALIDATOR = `select w.epoch, w.authority_year, max(w.revision, coalesce(s.revision, 0)) revision,
    max(w.changed_at, coalesce(s.changed_at, 0)) changed_at
  from wire w left join scopes s on s.key = 'all/${ARCHIVE}' where w.id = 1`
const SELECTION_VALIDATOR = `select w.epoch, w.authority_year, max(w.revision, l.revision, m.revision) revision,
    max(w.changed_at, l.changed_at, m.changed_at) changed_at
  from wire w, scopes l, (select max(revision) revision, max(changed_at) changed_at from scopes where key in (${SELECTED})) m
  where w.id = 1 and l.key = 'lang:ar'`

const COLUMNS = `a.id, a.published_at, a.updated_at, a.url, a.language, a.title, a.subtitle, a.summary, a.dateline, a.details,
  b.html`
const pageOf = (validator: string, memberships: string) => `select v.*, ${COLUMNS}
  from (${validator}) v cross join ${memberships}
  cross join articles a on a.id = m.article_id cross join bodies b on b.seq = a.seq
  order by m.published_at desc, m.article_id desc`

/** The simplest query for the newest Arabic articles that are in one of the sections and not in sport. */
const JOINED = `select distinct v.*, ${COLUMNS}
  from (${SELECTION_VALIDATOR}) v join memberships m on m.scope in (${SELECTED})
  join articles a on a.id = m.article_id join bodies b on b.seq = a.seq
  where a.language = 'ar' and not exists (select 1 from memberships x
    where x.scope = 'section:6' and x.published_at = m.published_at and x.article_id = m.article_id)
  order by m.published_at desc, m.article_id desc limit 50`

/**
 * This query is written for a good query plan: it scans the Arabic articles from the newest on and checks the other
 * conditions of each article, until it has 50 articles.
 */
const IN_ORDER = `${pageOf(
  SELECTION_VALIDATOR,
  `(select * from memberships l where scope = 'lang:ar'
    and exists (select 1 from memberships x where x.scope in (${SELECTED})
      and x.published_at = l.published_at and x.article_id = l.article_id)
    and not exists (select 1 from memberships x where x.scope = 'section:6'
      and x.published_at = l.published_at and x.article_id = l.article_id)
    order by published_at desc, article_id desc limit 50) m`,
)}`

const SELECTION: Omit<FeedDocument, "page"> = {
  title: `ثقافة + اقتصاد + سياسة · العربية − رياضة — ${TITLE}`,
  homePath: "/",
  path: (format) => `/feed.${format}?lang=ar&not=sport&section=culture,economy,politics`,
  validator: SELECTION_VALIDATOR,
  cacheTags: "section:3,section:4,section:5,lang:ar,wire",
  links: ({ nextOfSelection }) => [
    ["next", `/feed.rss?after=${nextOfSelection}&lang=ar&not=sport&section=culture,economy,politics`],
  ],
}

/** The documents by their paths. A path also names the kind of query. */
const DOCUMENTS: Record<string, FeedDocument> = {
  "/feed": {
    title: `أخبار — ${TITLE}`,
    homePath: "/sections/news",
    path: (format) => `/sections/news/feed.${format}`,
    validator: validatorOf("section:1"),
    page: `${pageOf(validatorOf("section:1"), "memberships m on m.scope = 'section:1'")} limit 50`,
    cacheTags: "section:1,wire",
  },
  "/selection-joined": { ...SELECTION, page: JOINED },
  "/selection-in-order": { ...SELECTION, page: IN_ORDER },
  "/page": {
    title: TITLE,
    homePath: "/",
    path: (format, { page }) => `/feed.${format}?after=${page}`,
    validator: validatorOf("all"),
    page: `${pageOf(validatorOf("all"), "memberships m on m.scope = 'all'")} limit 50 offset ${OFFSET}`,
    cacheTags: "all,wire",
    links: ({ nextOfPage }) => [
      ["current", "/feed.rss"],
      ["next", `/feed.rss?after=${nextOfPage}`],
    ],
  },
  "/archive": {
    title: TITLE,
    homePath: "/",
    path: (format) => `/archives/${ARCHIVE}/feed.${format}`,
    validator: ARCHIVE_VALIDATOR,
    page: pageOf(
      ARCHIVE_VALIDATOR,
      `memberships m on m.scope = 'all' and m.position > ${(ARCHIVE - 1) * 100} and m.position <= ${ARCHIVE * 100}`,
    ),
    cacheTags: `all/${ARCHIVE},wire`,
    links: () => [
      ["current", "/feed.rss"],
      ["prev-archive", `/archives/${ARCHIVE - 1}/feed.rss`],
      ["next-archive", `/archives/${ARCHIVE + 1}/feed.rss`],
    ],
    isArchive: true,
  },
}

let configuration: Configuration

const escapeMarkup = (text: string): string =>
  text.replace(/[&<>]/g, (character) => (character === "&" ? "&amp;" : character === "<" ? "&lt;" : "&gt;"))

function headOf(document: FeedDocument): string {
  const history = document.isArchive ? ' xmlns:fh="http://purl.org/syndication/history/1.0"' : ""
  return `<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" \
xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" \
xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:media="http://search.yahoo.com/mrss/"${history}>
<channel>
<title>${document.title}</title>
<link>${ORIGIN}${document.homePath}</link>
<description>${document.title}</description>
<language>ar</language>
`
}

function linksOf(document: FeedDocument): string {
  const link = (rel: string, path: string, type: string) =>
    `<atom:link rel="${rel}" href="${ORIGIN}${escapeMarkup(path)}" type="application/${type}"/>\n`
  let xml = `<ttl>5</ttl>\n${document.isArchive ? "<fh:archive/>\n" : ""}`
  xml += link("self", document.path("rss", configuration), "rss+xml")
  for (const [rel, path] of document.links?.(configuration) ?? []) xml += link(rel, path, "rss+xml")
  return `${xml}<image>
<url>${ORIGIN}/icon.png</url>
<title>${document.title}</title>
<link>${ORIGIN}${document.homePath}</link>
</image>
`
}

function item(row: Record<string, unknown>): string {
  const details = JSON.parse(row.details as string) as Details
  const published = row.published_at as number
  const language = row.language as string
  let xml = `<item>\n<title>${escapeMarkup(row.title as string)}</title>\n<link>${escapeMarkup(row.url as string)}</link>\n`
  xml += `<guid isPermaLink="false">tag:feeds.example,${row.authority_year}:${row.id}</guid>\n`
  xml += `<pubDate>${new Date(published).toUTCString()}</pubDate>\n`
  if ((row.updated_at as number) > published) {
    xml += `<atom:updated>${new Date(row.updated_at as number).toISOString().replace(".000Z", "Z")}</atom:updated>\n`
  }
  for (const { name } of details.authors) xml += `<dc:creator>${escapeMarkup(name)}</dc:creator>\n`
  for (const id of details.sections) {
    xml += `<category domain="${ORIGIN}/sections/">${SECTIONS[id]?.[language]}</category>\n`
  }
  for (const tag of details.tags) xml += `<category domain="${ORIGIN}/tags/">${escapeMarkup(tag)}</category>\n`
  xml += `<description>${escapeMarkup(row.summary as string)}</description>\n`
  const content = openingOf(row, details.image) + row.html
  const html = language === "ar" ? `<div dir="rtl" lang="ar">${content}</div>` : content
  xml += `<content:encoded><![CDATA[${html}]]></content:encoded>\n`
  const { image } = details
  if (image) {
    const place = ` url="${escapeMarkup(image.url)}" width="${image.width}" height="${image.height}"`
    const caption = image.caption ?? image.alt
    xml += `<media:content${place} type="image/jpeg" medium="image"`
    xml += caption || image.credit ? ">\n" : "/>\n"
    if (caption) xml += `<media:description type="plain">${escapeMarkup(caption)}</media:description>\n`
    if (image.credit) xml += `<media:credit>${escapeMarkup(image.credit)}</media:credit>\n`
    if (caption || image.credit) xml += "</media:content>\n"
    xml += `<media:thumbnail${place}/>\n`
  }
  xml += `<source url="${ORIGIN}/publishers/reader/feed.rss">وكالة نهار</source>\n`
  if (language !== "ar") xml += `<dc:language>${language}</dc:language>\n`
  if (row.subtitle) xml += `<dcterms:alternative>${escapeMarkup(row.subtitle as string)}</dcterms:alternative>\n`
  if (row.dateline) xml += `<dcterms:spatial>${escapeMarkup(row.dateline as string)}</dcterms:spatial>\n`
  const { attribution } = details
  if (attribution?.url) {
    xml += `<atom:link rel="via" href="${escapeMarkup(attribution.url)}" title="${escapeMarkup(attribution.name)}"/>\n`
  }
  for (const { url, title } of details.related ?? []) {
    xml += `<atom:link rel="related" href="${escapeMarkup(url)}" title="${escapeMarkup(title)}"/>\n`
  }
  return `${xml}</item>\n`
}

/** The bodies of the bench have no picture, and begin neither with the sub-headline nor with the dateline. */
function openingOf({ subtitle, dateline }: Record<string, unknown>, image: Details["image"]): string {
  let html = subtitle ? `<p><strong>${escapeMarkup(subtitle as string)}</strong></p>\n` : ""
  if (image) {
    const { url, width, height, alt = "", caption, credit } = image
    const texts = [caption && escapeMarkup(caption), credit && `<small>(${escapeMarkup(credit)})</small>`]
    const text = texts.filter(Boolean).join(" ")
    const size = `width="${width}" height="${height}"`
    html += `<figure><img src="${escapeMarkup(url)}" alt="${escapeMarkup(alt)}" ${size} />`
    html += `${text && `<figcaption>${text}</figcaption>`}</figure>\n`
  }
  return dateline ? `${html}<p>${escapeMarkup(dateline as string)}</p>\n` : html
}

const tagOf = (document: FeedDocument, validator: Record<string, unknown>): string =>
  `"${validator.epoch}.${validator.revision}.${configuration.tagEnd}${document.isArchive ? ".followed" : ""}"`

function headersOf(document: FeedDocument, validator: Record<string, unknown>) {
  const url = (format: string) => `<${ORIGIN}${document.path(format, configuration)}>`
  return {
    "cache-control": "public, max-age=300",
    "cdn-cache-control": "max-age=300, stale-while-revalidate=30, stale-if-error=3600",
    "cache-tag": document.cacheTags,
    etag: tagOf(document, validator),
    "last-modified": new Date(Math.min(Date.now(), validator.changed_at as number)).toUTCString(),
    link: `${url("rss")}; rel="self", ${url("atom")}; rel="alternate"; type="application/atom+xml", ${url("json")}; rel="alternate"; type="application/feed+json"`,
    vary: "A-IM",
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "ETag, IM, Last-Modified, Link",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy":
      "default-src 'none'; img-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    if (request.method === "PUT") {
      configuration = JSON.parse(await request.text())
      return new Response(null, { status: 204 })
    }
    const document = DOCUMENTS[new URL(request.url).pathname]
    if (!document) return new Response(null, { status: 404 })
    const tag = request.headers.get("if-none-match")
    if (tag !== null) {
      const [validator] = (await env.DB.prepare(document.validator).all()).results
      if (validator && tagOf(document, validator) === tag) {
        const { link: _, ...others } = headersOf(document, validator)
        const headers = { ...others, "cache-status": "feedwire; hit; detail=validator" }
        return new Response(null, { status: 304, headers })
      }
    }
    const { results } = await env.DB.prepare(document.page).all()
    const [validator] = results
    if (!validator) return new Response(null, { status: 404 })
    const newest = Math.max(
      validator.changed_at as number,
      ...results.map((row) => (row.updated_at ?? row.published_at) as number),
    )
    let xml = `${headOf(document)}<lastBuildDate>${new Date(newest).toUTCString()}</lastBuildDate>\n${linksOf(document)}`
    for (const row of results) xml += item(row)
    return new Response(`${xml}</channel>\n</rss>\n`, {
      headers: {
        ...headersOf(document, validator),
        "content-type": "application/rss+xml; charset=utf-8",
        "cache-status": "feedwire; fwd=miss",
      },
    })
  },
}
