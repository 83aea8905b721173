/** Writes the same articles in every dialect, as each kind of sender writes them. */
import type { PushItem } from "../scripts/demo-articles.ts"
import type { Entry, Feed, Format } from "../src/formats/feed.ts"
import type { Endpoint } from "../src/push/auth/endpoints.ts"
import { render } from "../tests/render.ts"

/** The part of a push that its dialect reads. */
export interface SentMessage {
  endpoint: Endpoint
  contentType: string
  body: Uint8Array
  /** The name of a preset, for sources. */
  sender?: string
}

const encoder = new TextEncoder()
const json = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value))

/** Makes messages that push these articles, by the name of the dialect. Only Ghost needs a message for each article. */
export const messagesByDialect: Record<string, (items: PushItem[]) => SentMessage[]> = {
  native: (items) => [native("application/json", json(messageOf(items)))],
  RSS: (items) => [native("application/rss+xml", document(items, "rss"))],
  Atom: (items) => [native("application/atom+xml", document(items, "atom"))],
  "JSON Feed": (items) => [native("application/feed+json", document(items, "json"))],
  Ghost: (items) =>
    items.map((item) => ({
      endpoint: { kind: "ghost", event: "post.published" },
      contentType: "application/json",
      body: json({ post: { current: postOf(item), previous: { status: "draft" } } }),
    })),
  "mapped (github)": (items) => [
    {
      endpoint: { kind: "source", name: "cms" },
      contentType: "application/json",
      body: json({ event: "articles.published", articles: items.map(recordOf) }),
      sender: "github",
    },
  ],
}

const native = (contentType: string, body: Uint8Array): SentMessage => ({
  endpoint: { kind: "native" },
  contentType,
  body,
})

const ORIGIN = "https://feeds.example"

/** Writes a feed of these articles as the wire itself writes it. */
function document(items: PushItem[], format: Format): Uint8Array {
  const base = `${ORIGIN}/sections/news/feed`
  const urls = { rss: `${base}.rss`, atom: `${base}.atom`, json: `${base}.json` }
  const feed: Feed = {
    ...{ id: "tag:feeds.example,2026:feed/section:1", title: "أخبار — برق", language: "ar", direction: "rtl" },
    ...{ homeUrl: `${ORIGIN}/`, urls, subscription: urls, icon: `${ORIGIN}/icon.png`, ttl: 5, tombstones: [] },
    ...{ updatedAt: Date.UTC(2026, 10, 23), entries: items.map(entryOf) },
  }
  return encoder.encode(render(feed, format))
}

function entryOf(item: PushItem): Entry {
  const { _feedwire: more } = item
  return {
    ...{ id: `tag:feeds.example,2026:${item.id}`, url: item.url, title: item.title, html: item.content_html },
    ...(item.summary !== undefined && { summary: item.summary }),
    ...{ language: item.language, direction: "rtl", authors: item.authors ?? [], enclosures: [] },
    publishedAt: Date.parse(item.date_published),
    updatedAt: Date.parse(item.date_modified ?? item.date_published),
    categories: (item.tags ?? []).map((tag) => ({ term: tag, label: tag, scheme: `${ORIGIN}/tags/` })),
    ...(item.image !== undefined && { image: { type: "image/jpeg", ...more.image, url: item.image } }),
    source: {
      ...{ id: "tag:feeds.example,2026:publisher/nahar", name: "وكالة نهار", url: "https://nahar.example/" },
      ...{ feedUrl: `${ORIGIN}/publishers/nahar/feed.rss`, updatedAt: Date.parse(item.date_published) },
    },
    related: more.related ?? [],
    extension: { guid: item.id, version: 1, sections: ["news"] },
  }
}

const messageOf = (data: PushItem[]) => ({ type: "article.published", timestamp: data[0]?.date_published, data })

/**
 * Makes a post as Ghost sends it (ghost/core/core/server/services/webhooks/serialize.js), with other members of a usual
 * size.
 */
function postOf(item: PushItem): object {
  const tags = [...item._feedwire.sections, ...(item.tags ?? [])].map((name, at) => ({
    ...{ id: `tag-${at}`, name, slug: `tag-${at}`, visibility: "public", url: `https://nahar.example/tag/${at}/` },
  }))
  const authors = (item.authors ?? []).map(({ name, url }, at) => ({ id: `author-${at}`, name, slug: `${at}`, url }))
  return {
    ...{ id: item.id, uuid: `uuid-${item.id}`, title: item.title, slug: item.id, html: item.content_html },
    ...{ status: "published", visibility: "public", url: item.url, custom_excerpt: item.summary },
    ...{ feature_image: item.image, feature_image_alt: item._feedwire.image?.alt },
    feature_image_caption: item._feedwire.image?.caption,
    ...{ published_at: item.date_published, updated_at: item.date_modified ?? item.date_published },
    ...{ tags, primary_tag: tags[0], authors, primary_author: authors[0] },
    // Ghost sends the text a second time without markup.
    plaintext: item.content_html.replace(/<[^>]*>/g, ""),
  }
}

/** Makes an article with the member names of some CMS. */
function recordOf(item: PushItem): object {
  return {
    ...{ id: item.id, title: item.title, html: item.content_html, excerpt: item.summary, permalink: item.url },
    image: { url: item.image, caption: item._feedwire.image?.caption, alt: item._feedwire.image?.alt },
    categories: item._feedwire.sections.map((name) => ({ name })),
    ...{ tags: item.tags, authors: item.authors, language: item.language },
    ...{ published_at: item.date_published, updated_at: item.date_modified },
  }
}
