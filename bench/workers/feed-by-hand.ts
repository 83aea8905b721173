/**
 * One feed as somebody would write it who needs only this one: a raw D1 query, string concatenation, nothing cached.
 * Names of wire and section are written into it, nothing but the three characters of markup is escaped, and no input is
 * expected that the bench's articles do not have. Bytes and headers are the same as feedwire's.
 */
import type { Database } from "./platform.ts"

interface Env {
  DB: Database
}

interface Details {
  tags: string[]
  authors: { name: string }[]
  image?: { url: string; width: number; height: number; caption?: string; credit?: string; alt?: string }
  related?: { url: string; title: string }[]
  attribution?: { name: string; url: string }
}

const ORIGIN = "https://feeds.example"
const SECTION = "section:1"
const FEED = `${ORIGIN}/sections/news/feed`

/** The end of the ETag, a function of feedwire's version and settings: told once by `PUT`. */
let tagEnd = ""

const LABEL = `select w.epoch, w.authority_year, max(w.revision, s.revision) revision, max(w.changed_at, s.changed_at) changed_at
  from wire w, scopes s where w.id = 1 and s.key = '${SECTION}'`
const PAGE = `select g.*, a.id, a.published_at, a.updated_at, a.url, a.title, a.summary, a.details, b.html
  from (${LABEL}) g cross join standings t on t.scope = '${SECTION}'
  cross join articles a on a.id = t.article_id cross join bodies b on b.seq = a.seq
  order by t.published_at desc, t.article_id desc limit 50`

const HEAD = `<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" \
xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">
<channel>
<title>أخبار — برق</title>
<link>${ORIGIN}/</link>
<description>أخبار — برق</description>
<language>ar</language>
`
const LINKS = `<ttl>5</ttl>
<atom:link rel="self" href="${FEED}.rss" type="application/rss+xml"/>
<atom:link rel="alternate" href="${FEED}.atom" type="application/atom+xml"/>
<atom:link rel="alternate" href="${FEED}.json" type="application/feed+json"/>
<image>
<url>${ORIGIN}/icon.png</url>
<title>أخبار — برق</title>
<link>${ORIGIN}/</link>
</image>
`

const escaped = (text: string): string =>
  text.replace(/[&<>]/g, (character) => (character === "&" ? "&amp;" : character === "<" ? "&lt;" : "&gt;"))

function item(row: Record<string, unknown>): string {
  const details = JSON.parse(row.details as string) as Details
  const published = row.published_at as number
  let xml = `<item>\n<title>${escaped(row.title as string)}</title>\n<link>${escaped(row.url as string)}</link>\n`
  xml += `<guid isPermaLink="false">tag:feeds.example,${row.authority_year}:${row.id}</guid>\n`
  xml += `<pubDate>${new Date(published).toUTCString()}</pubDate>\n`
  if ((row.updated_at as number) > published) {
    xml += `<atom:updated>${new Date(row.updated_at as number).toISOString().replace(".000Z", "Z")}</atom:updated>\n`
  }
  for (const { name } of details.authors) xml += `<dc:creator>${escaped(name)}</dc:creator>\n`
  xml += `<category domain="${ORIGIN}/sections/">أخبار</category>\n`
  for (const tag of details.tags) xml += `<category domain="${ORIGIN}/tags/">${escaped(tag)}</category>\n`
  xml += `<description>${escaped(row.summary as string)}</description>\n`
  xml += `<content:encoded><![CDATA[<div dir="rtl" lang="ar">${row.html}</div>]]></content:encoded>\n`
  const { image } = details
  if (image) {
    const place = ` url="${escaped(image.url)}" width="${image.width}" height="${image.height}"`
    const caption = image.caption ?? image.alt
    xml += `<media:content${place} type="image/jpeg" medium="image"`
    xml += caption || image.credit ? ">\n" : "/>\n"
    if (caption) xml += `<media:description type="plain">${escaped(caption)}</media:description>\n`
    if (image.credit) xml += `<media:credit>${escaped(image.credit)}</media:credit>\n`
    if (caption || image.credit) xml += "</media:content>\n"
    xml += `<media:thumbnail${place}/>\n`
  }
  xml += `<source url="${ORIGIN}/publishers/reader/feed.rss">وكالة نهار</source>\n`
  const { attribution } = details
  if (attribution) {
    xml += `<atom:link rel="via" href="${escaped(attribution.url)}" title="${escaped(attribution.name)}"/>\n`
  }
  for (const { url, title } of details.related ?? []) {
    xml += `<atom:link rel="related" href="${escaped(url)}" title="${escaped(title)}"/>\n`
  }
  return `${xml}</item>\n`
}

const tagOf = (label: Record<string, unknown>): string => `"${label.epoch}.${label.revision}.${tagEnd}"`

function headersOf(label: Record<string, unknown>): Record<string, string> {
  return {
    "cache-control": "public, max-age=300",
    "cdn-cache-control": "max-age=300, stale-while-revalidate=30, stale-if-error=3600",
    "cache-tag": `${SECTION},wire`,
    etag: tagOf(label),
    "last-modified": new Date(Math.min(Date.now(), label.changed_at as number)).toUTCString(),
    link: `<${FEED}.rss>; rel="self", <${FEED}.atom>; rel="alternate"; type="application/atom+xml", <${FEED}.json>; rel="alternate"; type="application/feed+json"`,
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "ETag, Last-Modified, Link",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy":
      "default-src 'none'; img-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    if (request.method === "PUT") {
      tagEnd = await request.text()
      return new Response(null, { status: 204 })
    }
    const tag = request.headers.get("if-none-match")
    if (tag !== null) {
      const [label] = (await env.DB.prepare(LABEL).all()).results
      if (label && tagOf(label) === tag) {
        const headers = { ...headersOf(label), "cache-status": "feedwire; hit; detail=validator" }
        return new Response(null, { status: 304, headers })
      }
    }
    const { results } = await env.DB.prepare(PAGE).all()
    const [label] = results
    if (!label) return new Response(null, { status: 404 })
    const newest = Math.max(
      label.changed_at as number,
      ...results.map((row) => (row.updated_at ?? row.published_at) as number),
    )
    let xml = `${HEAD}<lastBuildDate>${new Date(newest).toUTCString()}</lastBuildDate>\n${LINKS}`
    for (const row of results) xml += item(row)
    return new Response(`${xml}</channel>\n</rss>\n`, {
      headers: {
        ...headersOf(label),
        "content-type": "application/rss+xml; charset=utf-8",
        "cache-status": "feedwire; fwd=miss",
      },
    })
  },
}
