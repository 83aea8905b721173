/**
 * Measures how long this process renders a feed from rows to bytes, compared with the npm package `feed`. No entry
 * comes from a cache.
 */
import { Feed as FeedPackage } from "feed"
import type { PushItem } from "../scripts/demo-articles.ts"
import { type Feed, FORMATS, type Format } from "../src/formats/feed.ts"
import { articles } from "./articles.ts"
import { FEED_ENTRIES } from "./filling.ts"
import { compared, type Row, type Section } from "./results.ts"
import { alternate, type Effort } from "./rounds.ts"

const ORIGIN = "https://feeds.example"
const NEWEST = Date.UTC(2026, 10, 24)
const AIMS: Record<Format, number> = { rss: 0.3, atom: 0.3, json: 1 }

const SETTINGS = { feedsUrl: ORIGIN, title: "برق", language: "ar" }
const PUBLISHER = {
  uid: "nahar",
  slug: "nahar",
  name: "وكالة نهار",
  homePageUrl: "https://nahar.example/",
  description: null,
  icon: null,
}
const SECTION = {
  id: 1,
  slug: "news",
  parent: null,
  names: { ar: "أخبار", fr: "Actualités" },
  descriptions: {},
  icon: null,
}
const DIRECTORY = {
  ...{ epoch: "epoch", revision: 1, taxonomyVersion: 1, authority: "feeds.example", authorityYear: 2026 },
  ...{ sections: [SECTION], publishers: [{ ...PUBLISHER, language: "ar", redistribution: "full", opening: "added" }] },
  ...{ redirects: {}, gone: [], blocks: [], appearance: {} },
}

interface Worker {
  assembleFeed: (page: object, address: object, settings: object) => Feed
  renderDocument: (page: object, address: object, settings: object, before: undefined) => { bytes: Uint8Array }
}

/** The paths are computed, so that the compiler does not check the Worker with the bench's types, which are Node's. */
const importWorker = async (): Promise<Worker> => ({
  ...(await import(new URL("../src/feeds/assemble.ts", import.meta.url).href)),
  ...(await import(new URL("../src/feeds/render-document.ts", import.meta.url).href)),
})

const encoder = new TextEncoder()

export async function measureRender(effort: Effort): Promise<Section> {
  const { assembleFeed, renderDocument } = await importWorker()
  const page = pageOf(articles(FEED_ENTRIES, "render", "news", NEWEST))
  const rows: Row[] = []
  for (const format of FORMATS) {
    const address = addressIn(format)
    const library = feedPackage(assembleFeed(page, address, SETTINGS))
    const write = { rss: () => library.rss2(), atom: () => library.atom1(), json: () => library.json1() }[format]
    const work = {
      ours: () => renderDocument(page, address, SETTINGS, undefined).bytes,
      theirs: () => encoder.encode(write()),
    }
    assertComplete(format, work.ours().length, work.theirs().length)
    const { ours, theirs } = await alternate(
      { ours: async () => timeOf(work.ours, effort), theirs: async () => timeOf(work.theirs, effort) },
      effort.rounds,
    )
    const what = `${format}, ${FEED_ENTRIES} articles`
    rows.push(compared({ what, unit: "ms", against: "feed", aim: { atMost: AIMS[format] } }, ours, theirs))
  }
  return {
    title: "Cold renders",
    about: [
      `Milliseconds of CPU time in this process; smaller is better, and the ratio is our time to theirs. Ours begins with the rows of a section's feed as D1 gave them and ends with bytes of UTF-8: the feed is assembled, escaped, rendered and encoded. "feed" is the package of that name: its time begins with its own objects, which were made before, and ends with a string and its bytes.`,
      `${FEED_ENTRIES} Arabic articles with about 2 KB of body. The package writes title, link, id, dates, authors, categories, summary, body and image. Ours has all of that and source, language, direction, caption, credit, related pages and rights.`,
    ],
    rows,
  }
}

/** Asserts that the documents are long enough to have all articles. Each body has 2 KB. */
function assertComplete(format: Format, ours: number, theirs: number): void {
  const least = FEED_ENTRIES * 2000
  if (ours < least || theirs < least) throw new Error(`${format} has ${ours} and ${theirs} bytes, which is too few.`)
}

/** Returns the CPU time of all threads of this process, so that other processes on the machine do not count. */
function millisecondsOfComputing(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

function timeOf(work: () => unknown, effort: Effort): number {
  const started = millisecondsOfComputing()
  let times = 0
  let elapsed = 0
  while (elapsed < effort.milliseconds) {
    work()
    times++
    elapsed = millisecondsOfComputing() - started
  }
  return elapsed / times
}

const addressIn = (format: Format): object => ({
  selection: { section: ["news"], not: [], publisher: [], lang: [], tag: [], author: [] },
  ...{ part: { kind: "subscription" }, format, limit: FEED_ENTRIES, content: "full" },
})

function pageOf(items: PushItem[]): object {
  const page = {
    validator: { epoch: "epoch", revision: 100, changedAt: NEWEST, lastSilentRemoval: 0 },
    ...{ scopes: [["section:1"]], excludedScopes: [], directory: DIRECTORY, archives: 2 },
    ...{ articles: items.map(storedArticle), deletedEntries: [] },
  }
  // JSON.parse() makes flat strings, as D1 does. Concatenated strings would be slower to read.
  return JSON.parse(JSON.stringify(page))
}

function storedArticle(item: PushItem, at: number): object {
  const { subtitle = null, dateline = null, image, related, attribution } = item._feedwire
  return {
    ...{ id: at.toString(16).padStart(32, "0"), publisherUid: PUBLISHER.uid, guid: item.id, commitNo: at + 2 },
    publishedAt: Date.parse(item.date_published),
    updatedAt: item.date_modified === undefined ? null : Date.parse(item.date_modified),
    ...{ correctedAt: null, url: item.url, language: item.language, direction: "rtl", title: item.title, subtitle },
    ...{ summary: item.summary ?? null, dateline, duplicates: [], suppressed: false, html: item.content_html },
    details: {
      ...{ sections: [SECTION.id], tags: item.tags ?? [], authors: item.authors ?? [] },
      statedCategories: { sections: item._feedwire.sections, tags: item.tags ?? [] },
      ...(item.image !== undefined && { image: { ...image, url: item.image } }),
      ...(related && { related }),
      ...(attribution && { attribution }),
    },
  }
}

function feedPackage(feed: Feed): FeedPackage {
  const { id, title, homeUrl: link, urls: feedLinks, ttl } = feed
  const updated = new Date(feed.updatedAt)
  const library = new FeedPackage({ id, title, link, description: title, language: "ar", updated, feedLinks, ttl })
  for (const entry of feed.entries) {
    library.addItem({
      ...{ id: entry.id, link: entry.url ?? "", title: entry.title ?? "", description: entry.summary ?? "" },
      content: entry.html ?? "",
      published: new Date(entry.publishedAt),
      date: new Date(entry.updatedAt),
      author: entry.authors.map(({ name, url }) => ({ name, ...(url !== undefined && { link: url }) })),
      category: entry.categories.map(({ label, term, scheme }) => ({ name: label, term, scheme, domain: scheme })),
      ...(entry.image && { image: { url: entry.image.url, type: "image/jpeg", length: 1 } }),
    })
  }
  return library
}
