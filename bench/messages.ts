/** The same articles as each kind of sender writes them: what the dialects of the push door read. */
import type { PushItem } from "../scripts/demo-articles.ts"
import type { Endpoint } from "../src/push/auth/endpoints.ts"
import { feedOf, feedsmith } from "./rendering.ts"

/** One request at the push door, as far as its dialect sees it. */
export interface Sent {
  door: Endpoint
  contentType: string
  body: Uint8Array
  /** A preset; without it the door says enough. */
  sender?: string
}

const encoder = new TextEncoder()
const json = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value))

/** By the name of the dialect: the requests that bring these articles. Only Ghost needs one for each of them. */
export const SENT: Record<string, (items: PushItem[]) => Sent[]> = {
  native: (items) => [native("application/json", json(messageOf(items)))],
  RSS: (items) => [native("application/rss+xml", encoder.encode(feedsmith(feedOf(items), "rss")()))],
  Atom: (items) => [native("application/atom+xml", encoder.encode(feedsmith(feedOf(items), "atom")()))],
  "JSON Feed": (items) => [native("application/feed+json", encoder.encode(feedsmith(feedOf(items), "json")()))],
  Ghost: (items) =>
    items.map((item) => ({
      door: { kind: "ghost", event: "post.published" },
      contentType: "application/json",
      body: json({ post: { current: postOf(item), previous: { status: "draft" } } }),
    })),
  "mapped (github)": (items) => [
    {
      door: { kind: "source", name: "cms" },
      contentType: "application/json",
      body: json({ event: "articles.published", articles: items.map(recordOf) }),
      sender: "github",
    },
  ],
}

const native = (contentType: string, body: Uint8Array): Sent => ({ door: { kind: "native" }, contentType, body })

const messageOf = (data: PushItem[]) => ({ type: "article.published", timestamp: data[0]?.date_published, data })

/** The members of ghost/core/core/server/services/webhooks/serialize.js that an article is made of, and others of their size. */
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
    // Ghost sends the text a second time.
    plaintext: item.content_html.replace(/<[^>]*>/g, ""),
  }
}

/** As a CMS that nobody taught anything calls its fields. */
function recordOf(item: PushItem): object {
  return {
    ...{ id: item.id, title: item.title, html: item.content_html, excerpt: item.summary, permalink: item.url },
    image: { url: item.image, caption: item._feedwire.image?.caption, alt: item._feedwire.image?.alt },
    categories: item._feedwire.sections.map((name) => ({ name })),
    ...{ tags: item.tags, authors: item.authors, language: item.language },
    ...{ published_at: item.date_published, updated_at: item.date_modified },
  }
}
