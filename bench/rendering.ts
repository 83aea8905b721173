/** Rendering, in this process, against the libraries that one would otherwise take. */
import { Feed as FeedLibrary } from "feed"
import { generateAtomFeed, generateJsonFeed, generateRssFeed } from "feedsmith"
import type { PushItem } from "../scripts/demo-articles.ts"
import { type Entry, type Feed, FORMATS, type Format } from "../src/formats/feed.ts"
import { render } from "../src/formats/render.ts"
import { articles } from "./articles.ts"
import { FEED_ENTRIES } from "./filling.ts"
import { compared, type Row, type Section } from "./results.ts"
import { alternate, type Effort } from "./rounds.ts"

const ORIGIN = "https://feeds.example"
const ENTRIES = [10, FEED_ENTRIES, 100]
const encoder = new TextEncoder()

/** @param missMilliseconds what a MISS takes, of which rendering is a share. */
export async function measureRendering(missMilliseconds: number, effort: Effort): Promise<Section> {
  const rows: Row[] = []
  for (const [format, entries] of FORMATS.flatMap((format) => ENTRIES.map((entries) => [format, entries] as const))) {
    const feed = feedOf(articles(entries, "rendered", "news", Date.UTC(2026, 10, 23)))
    const drawn = {
      ours: () => render(feed, format),
      library: feedLibrary(feed, format),
      smith: feedsmith(feed, format),
    }
    const [own = 0, ...others] = Object.values(drawn).map((draw) => encoder.encode(draw()).length)
    if (others.some((bytes) => bytes < own / 2)) throw new Error(`${format}: a library left articles out: ${others}`)
    const times = await alternate(
      {
        ours: () => timeOf(drawn.ours, effort),
        library: () => timeOf(drawn.library, effort),
        smith: () => timeOf(drawn.smith, effort),
      },
      effort.rounds,
    )
    const row = { what: `${format}, ${entries} articles`, unit: "ms" }
    const share = { other: missMilliseconds, ratio: times.ours.median / missMilliseconds, aim: { atMost: 0.05 } }
    rows.push(
      compared({ ...row, against: "feed" }, times.ours, times.library),
      compared({ ...row, against: "feedsmith" }, times.ours, times.smith),
      ...(entries === FEED_ENTRIES ? [{ ...row, ours: times.ours, against: "a MISS", ...share }] : []),
    )
  }
  return {
    title: "Rendering",
    about: [
      `Milliseconds in this process from articles to bytes of UTF-8, the smaller the better; the ratio is our time to theirs. The libraries get their own input structures ready-made and write the same articles with title, link, id, dates, authors, categories, summary, body and image. "A MISS" is the one of the section's feed, measured above at 1 connection.`,
    ],
    rows,
  }
}

/** Up to the bytes: a string that was only concatenated is not put together before somebody reads it. */
async function timeOf(draw: () => string, effort: Effort): Promise<number> {
  const started = performance.now()
  let times = 0
  let elapsed = 0
  while (elapsed < effort.milliseconds / 5) {
    encoder.encode(draw())
    times++
    elapsed = performance.now() - started
  }
  return elapsed / times
}

export function feedOf(items: PushItem[]): Feed {
  const base = `${ORIGIN}/sections/news/feed`
  const urls = { rss: `${base}.rss`, atom: `${base}.atom`, json: `${base}.json` }
  return {
    id: "tag:feeds.example,2026:feed/section:1",
    title: "أخبار — برق",
    language: "ar",
    direction: "rtl",
    homeUrl: `${ORIGIN}/`,
    urls,
    subscription: urls,
    iconUrl: `${ORIGIN}/icon.png`,
    updatedAt: Date.UTC(2026, 10, 23),
    ttl: 5,
    entries: items.map(entryOf),
    tombstones: [],
  }
}

function entryOf(item: PushItem): Entry {
  const { _feedwire: more } = item
  const publishedAt = Date.parse(item.date_published)
  const updatedAt = Date.parse(item.date_modified ?? item.date_published)
  return {
    id: `tag:feeds.example,2026:${item.id}`,
    url: item.url,
    title: item.title,
    ...(more.subtitle !== undefined && { subtitle: more.subtitle }),
    ...(more.dateline !== undefined && { dateline: more.dateline }),
    ...(item.summary !== undefined && { summary: item.summary }),
    html: item.content_html,
    language: item.language,
    direction: "rtl",
    publishedAt,
    updatedAt,
    authors: item.authors ?? [],
    categories: (item.tags ?? []).map((tag) => ({ term: tag, label: tag, scheme: `${ORIGIN}/tags/` })),
    ...(item.image !== undefined && { image: { type: "image/jpeg", ...more.image, url: item.image } }),
    enclosures: [],
    source: {
      id: "tag:feeds.example,2026:publisher/nahar",
      name: "وكالة نهار",
      url: "https://nahar.example/",
      feedUrl: `${ORIGIN}/publishers/nahar/feed.rss`,
      updatedAt,
    },
    related: more.related ?? [],
    extension: { guid: item.id, version: 1, sections: ["news"] },
  }
}

function feedLibrary(feed: Feed, format: Format): () => string {
  const library = new FeedLibrary({
    id: feed.id,
    title: feed.title,
    link: feed.homeUrl,
    description: feed.title,
    language: "ar",
    updated: new Date(feed.updatedAt),
    feedLinks: feed.urls,
    ttl: feed.ttl,
  })
  for (const entry of feed.entries) {
    library.addItem({
      id: entry.id,
      link: entry.url ?? "",
      title: entry.title ?? "",
      description: entry.summary ?? "",
      content: entry.html ?? "",
      published: new Date(entry.publishedAt),
      date: new Date(entry.updatedAt),
      author: entry.authors.map(({ name, url }) => ({ name, ...(url !== undefined && { link: url }) })),
      category: entry.categories.map(({ label, term, scheme }) => ({ name: label, term, scheme, domain: scheme })),
      ...(entry.image && { image: { url: entry.image.url, type: "image/jpeg", length: 1 } }),
    })
  }
  const draw = { rss: () => library.rss2(), atom: () => library.atom1(), json: () => library.json1() }
  return draw[format]
}

export function feedsmith(feed: Feed, format: Format): () => string {
  const { title, homeUrl, id, urls } = feed
  const draw = {
    rss: () => {
      const channel = { title, link: homeUrl, description: title, language: "ar", ttl: feed.ttl, items }
      return () => generateRssFeed(channel)
    },
    atom: () => {
      const links = [{ href: urls.atom, rel: "self" }]
      const channel = { id, title: { value: title }, updated: new Date(feed.updatedAt), links, entries }
      return () => generateAtomFeed(channel)
    },
    json: () => {
      const channel = { title, home_page_url: homeUrl, feed_url: urls.json, language: "ar", items: jsonItems }
      return () => JSON.stringify(generateJsonFeed(channel))
    },
  }
  const items = feed.entries.map((entry) => ({
    title: entry.title ?? "",
    link: entry.url ?? "",
    description: entry.summary ?? "",
    guid: { value: entry.id, isPermaLink: false },
    pubDate: new Date(entry.publishedAt),
    categories: entry.categories.map(({ label, scheme }) => ({ name: label, domain: scheme })),
    content: { encoded: entry.html ?? "" },
    dc: { creators: entry.authors.map(({ name }) => name) },
    ...(entry.image && { media: { contents: [{ url: entry.image.url, medium: "image", type: "image/jpeg" }] } }),
  }))
  const entries = feed.entries.map((entry) => ({
    id: entry.id,
    title: { value: entry.title ?? "" },
    links: [{ href: entry.url ?? "", rel: "alternate" }],
    published: new Date(entry.publishedAt),
    updated: new Date(entry.updatedAt),
    authors: entry.authors.map(({ name, url }) => ({ name, ...(url !== undefined && { uri: url }) })),
    categories: entry.categories,
    summary: { value: entry.summary ?? "" },
    content: { value: entry.html ?? "", type: "html" },
  }))
  const jsonItems = feed.entries.map((entry) => ({
    id: entry.id,
    url: entry.url ?? "",
    title: entry.title ?? "",
    summary: entry.summary ?? "",
    content_html: entry.html ?? "",
    date_published: new Date(entry.publishedAt),
    date_modified: new Date(entry.updatedAt),
    authors: entry.authors,
    tags: entry.categories.map(({ label }) => label),
    ...(entry.image && { image: entry.image.url }),
  }))
  return draw[format]()
}
