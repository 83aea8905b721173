/** Shared by the flows of article lists: creates three publishers, which share all, summaries or nothing. */
import { env } from "cloudflare:workers"
import * as v from "valibot"
import { afterAll, vi } from "vitest"
import { Articles, NinjsArticles } from "../../src/api/json/schema.ts"
import { HOUR, now, rfc3339, until } from "./clock.ts"
import { type Answer, admin, counted, makeWire, ORIGIN, type Publisher, push, send } from "./world.ts"

until(now)
export const { full, brief, mute } = await makeWire({
  sections: {
    world: { names: { en: "World", ar: "العالم" } },
    europe: { parent: "world", names: { en: "Europe" } },
    france: { parent: "europe", names: { en: "France", ar: "فرنسا" } },
    sports: {},
  },
  publishers: {
    full: { name: "Full Daily" },
    brief: { name: "Brief", redistribution: "summary" },
    mute: { name: "Mute", redistribution: "none" },
  },
})

/** With Workers Cache in front, every request asks D1. */
export const edge = { purge: async () => ({ success: true }) }

export const { bindings, trips } = counted()
const DAY_ONE = Date.UTC(2026, 10, 1)

export const day = (n: number, hour = 0): string => new Date(DAY_ONE + (n - 1) * 86_400_000 + hour * HOUR).toISOString()

/** An article with all possible members. */
export const WHOLE = {
  id: "whole",
  url: "https://full.example/2026/whole",
  title: "عنوان رئيسي",
  summary: "ملخص قصير",
  content_html: '<p>الفقرة الأولى &amp; "اقتباس"</p><ul><li>واحد</li><li>اثنان</li></ul>',
  language: "ar-EG",
  date_published: day(18),
  date_modified: day(19),
  authors: [{ name: "منى", url: "https://full.example/mona" }, { name: "Jane" }],
  tags: ["اقتصاد", "Budget"],
  image: "https://full.example/lead.jpg",
  attachments: [
    { url: "https://full.example/a.mp3", mime_type: "audio/mpeg", size_in_bytes: 1234, duration_in_seconds: 61 },
    { url: "https://full.example/b.pdf", mime_type: "application/pdf", title: "The report" },
  ],
  _feedwire: {
    sections: ["france", "sports"],
    subtitle: "عنوان فرعي",
    dateline: "القاهرة — رويترز",
    image: { caption: "تعليق", credit: "AP", alt: "صورة", width: 1200, height: 800 },
    related: [{ url: "https://full.example/other", title: "أخرى" }],
    correction: { note: "صُحّح الرقم.", at: day(19) },
    attribution: { name: "Reuters", url: "https://reuters.example/" },
    rights: "© Full 2026",
  },
}

export async function created(to: Publisher, ...items: Record<string, unknown>[]): Promise<Answer> {
  const sent = await push(to, items, { at: now, timestamp: rfc3339(now) })
  const outcomes = sent.json.results.map(({ outcome }: { outcome: string }) => outcome)
  if (outcomes.some((outcome: string) => !/created|updated|deleted/.test(outcome))) throw new Error(sent.text)
  return sent
}

export async function done(method: string, path: string, body?: unknown): Promise<Answer["json"]> {
  const sent = await admin(method, path, body)
  if (sent.status >= 300) throw new Error(sent.text)
  return sent.json
}

export async function list(query: string, from: Env = env): Promise<Answer> {
  const sent = await send(`/v1/articles${query}`, {}, from, edge)
  if (sent.status === 200) v.parse(query.includes("ninjs") ? NinjsArticles : Articles, sent.json)
  return sent
}

export const titles = ({ json }: Answer): string[] => json.articles.map(({ title }: { title: string }) => title)

/** The digits of an article's id. */
export const idOf = (sent: Answer, at = 0): string => sent.json.results[at].id.slice(-32)

/** All articles of a list, page after page. */
export async function readPages(query: string): Promise<{ titles: string[]; pages: number }> {
  const all: string[] = []
  let pages = 0
  for (let path: string | undefined = `/v1/articles${query}`; path !== undefined; pages++) {
    const sent = await send(path, {}, env, edge)
    if (sent.status !== 200) throw new Error(sent.text)
    all.push(...titles(sent))
    path = sent.json.next?.slice(ORIGIN.length)
  }
  return { titles: all, pages }
}

export function prepareArticles(): void {
  afterAll(() => vi.restoreAllMocks())
}
