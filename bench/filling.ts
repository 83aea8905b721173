/** Fills the wire before the measurements: creates sections and publishers, and pushes articles, as in production. */
import type { Miniflare } from "miniflare"
import { callAdmin } from "../scripts/admin/client.ts"
import { replaceKeys } from "../scripts/admin/key.ts"
import type { PushItem } from "../scripts/demo-articles.ts"
import { type PushConnection, push } from "../scripts/push-client.ts"
import { articles, HISTORY_SECTIONS, history, reports } from "./articles.ts"
import { ADMIN_TOKEN, type HOSTS } from "./wire.ts"

export const FEED = "/sections/news/feed.rss"
/** How many entries a page of a feed has; FEED has as many articles. */
export const FEED_ENTRIES = 50
/**
 * How many articles are in other sections. The number of all articles must be a multiple of ARCHIVE_ENTRIES: then every
 * article is in an archive, and a feed shows only its newest articles.
 */
export const HISTORY = 6050
/** How many articles have long bodies. They are in their own section, and older than all other articles. */
export const REPORTS = 100
export const REPORTS_SECTION = "reports"
export const ARCHIVE_ENTRIES = 100
export const FILLED = FEED_ENTRIES + HISTORY + REPORTS

/** The publisher of FEED. A second publisher only pushes, into its own section. */
export const READER = "reader"
export const WRITER = "writer"
export const PUSHED_SECTION = "pushed"

const SECTION_NAMES: Record<string, { ar: string; fr: string }> = {
  news: { ar: "أخبار", fr: "Actualités" },
  [PUSHED_SECTION]: { ar: "وارد", fr: "Arrivages" },
  [REPORTS_SECTION]: { ar: "تحقيقات", fr: "Enquêtes" },
  culture: { ar: "ثقافة", fr: "Culture" },
  economy: { ar: "اقتصاد", fr: "Économie" },
  politics: { ar: "سياسة", fr: "Politique" },
  sport: { ar: "رياضة", fr: "Sport" },
}

/** The time of the newest article of FEED. */
const newest = Date.now() - 60_000
/** The time between two articles of FEED, so that they are spread evenly over the time of the history. */
const FEED_INTERVAL_MS = (HISTORY / FEED_ENTRIES) * 60_000

/** Creates publishers and sections as an operator does, and pushes the articles of FEED as a publisher does. */
export async function fill(url: string): Promise<{ reader: PushConnection; writerSecret: string }> {
  await createSections(url, ["news", PUSHED_SECTION, ...HISTORY_SECTIONS, REPORTS_SECTION])
  const readerSecret = await createPublisher(url, READER)
  const writerSecret = await createPublisher(url, WRITER)
  const reader = { url, publisher: READER, secret: readerSecret }
  await pushAll(reader, feedArticles(), "created")
  return { reader, writerSecret }
}

export async function createSections(url: string, slugs: readonly string[]): Promise<void> {
  for (const slug of slugs) {
    await callAdmin({ url, token: ADMIN_TOKEN }, "POST", "/sections", { slug, names: SECTION_NAMES[slug] })
  }
}

/** @returns the secret of the publisher's key */
export async function createPublisher(url: string, slug: string): Promise<string> {
  const admin = { url, token: ADMIN_TOKEN }
  const publisher = { slug, name: "وكالة نهار", home_page_url: "https://nahar.example/", language: "ar" }
  await callAdmin(admin, "POST", "/publishers", publisher)
  const { secret } = await replaceKeys(admin, slug)
  if (!secret) throw new Error("the answer with the key has no secret")
  return secret
}

const feedArticles = (): PushItem[] => articles(FEED_ENTRIES, "feed", "news", newest, FEED_INTERVAL_MS)

/** Pushes the articles of the other sections in messages of a hundred, or of fewer if the bodies are long. */
export async function fillHistory(reader: PushConnection): Promise<void> {
  const long = reports(REPORTS, REPORTS_SECTION, newest - (HISTORY + 1) * 60_000)
  for (let at = 0; at < REPORTS; at += 50) await pushAll(reader, long.slice(at, at + 50), "created")
  const items = history(HISTORY, newest - 30_000)
  for (let at = 0; at < HISTORY; at += 100) await pushAll(reader, items.slice(at, at + 100), "created")
}

/** Corrects the newest article of FEED. The page of all articles lists it already, so no page gets longer. */
export async function correctOne(reader: PushConnection): Promise<void> {
  const item = feedArticles()[0] as PushItem
  const corrected = { ...item, summary: item.title, date_modified: new Date().toISOString() }
  await pushAll(reader, [corrected], "updated")
}

async function pushAll(reader: PushConnection, data: PushItem[], expected: string): Promise<void> {
  const results = await push(reader, { type: "article.published", timestamp: new Date().toISOString(), data })
  const other = results.find(({ outcome }) => outcome !== expected)
  if (other) throw new Error(JSON.stringify(other))
}

/** Asserts that the hand-written Workers stored as many rows as the wire stored after it was filled. */
export async function assertStored(miniflare: Miniflare, articlesBefore: number): Promise<void> {
  const count = async (worker: keyof typeof HOSTS) => {
    const database = await miniflare.getD1Database("DB", worker)
    const row = await database
      .prepare(
        `select (select count(*) from articles) articles, (select count(*) from bodies) bodies,
          (select count(*) from memberships where scope = 'all') memberships`,
      )
      .first()
    const counts = Object.values((row ?? {}) as Record<string, number>)
    return counts.map((rows) => rows - (worker === "wire" ? articlesBefore : 0))
  }
  const [wire, plain, clean] = await Promise.all([count("wire"), count("pushByHand"), count("pushByHandClean")])
  if (`${wire}` !== `${plain}` || `${wire}` !== `${clean}`) {
    throw new Error(`the Workers stored different numbers of rows: ${wire} / ${plain} / ${clean}`)
  }
}
