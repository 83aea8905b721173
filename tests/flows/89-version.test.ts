/** Tests that the bytes of answers change only with the version, which is part of every validator. */
import { env } from "cloudflare:workers"
import { beforeAll, expect, test } from "vitest"
import { API_VERSION } from "../../src/api/answer.ts"
import { hash128 } from "../../src/articles/model/article.ts"
import { countViews, hourOf } from "../../src/articles/views/count-views.ts"
import { hashToMark } from "../../src/articles/views/reader-sketch.ts"
import { createDbClient } from "../../src/db/client.ts"
import { now, rfc3339, until, wait } from "./clock.ts"
import { article, makeWire, type Publisher, publisher, push, rows, send, sweep } from "./world.ts"

const NOON = Date.UTC(2026, 10, 20, 12)
until(NOON)
await makeWire({
  sections: {
    world: { names: { en: "World", ar: "العالم" }, descriptions: { en: "From everywhere" } },
    gulf: { names: { ar: "الخليج", en: "Gulf" }, parent: "world" },
    old: { names: { en: "Old" } },
  },
})

beforeAll(async () => {
  const nahar = await publisher("nahar", { name: "وكالة نهار", language: "ar", default_section: "world" })
  const paper = await publisher("paper", { name: "The Paper", language: "en", redistribution: "summary" })
  await publish(nahar, "full", {
    url: "https://nahar.example/full",
    title: "قطار «تجريبي» & <سريع>",
    content_html: '<p>وَصَلَ <a href="https://nahar.example/">القطار</a> إلى <b>العقبة</b>.</p><ul><li>أولا</li></ul>',
    summary: "خلاصة",
    language: "ar",
    date_modified: rfc3339(NOON - 1000),
    tags: ["نقل", "rail"],
    authors: [{ name: "رامي", url: "https://nahar.example/rami" }],
    image: "https://images.nahar.example/1.jpg",
    attachments: [{ url: "https://nahar.example/1.mp3", mime_type: "audio/mpeg", size_in_bytes: 10 }],
    _feedwire: {
      sections: ["gulf"],
      subtitle: "فرعي",
      dateline: "العقبة",
      image: { caption: "المحطة", credit: "نهار", alt: "محطة", width: 1200, height: 675 },
      attribution: { name: "Agency", url: "https://agency.example/full" },
      related: [{ url: "https://nahar.example/more", title: "المزيد" }],
      correction: { note: "صُحح الاسم" },
    },
  })
  await publish(nahar, "more", {
    ...{ url: "https://nahar.example/more", title: "المزيد", language: "ar", tags: ["نقل"] },
    content_html: "<p>المزيد عن القطار</p>",
  })
  await publish(paper, "closed", { title: "Closed", summary: "A summary", language: "en", tags: ["rail"] })
  await publish(paper, "gone", { title: "Gone", language: "en" })
  // Later than the article, because at the same time the greater content hash would decide.
  wait(60_000)
  await push(paper, [{ id: "gone" }], { type: "article.deleted" })
  await send("/admin/api/sections/old/retire", {
    method: "POST",
    headers: { authorization: `Bearer ${env.ADMIN_TOKEN}`, "content-type": "application/json" },
    body: "{}",
  })
  const [full] = await rows("select id from articles where title like 'قطار%'")
  const views: [string, number][] = [[String(full?.id), hashToMark(new Uint8Array(32).fill(7))]]
  await countViews(createDbClient(env.DB), [{ hour: hourOf(now), views }], now)
  wait(6 * 60_000)
  await sweep()
})

/** Pushes one article in each message, so that the order of commits does not depend on ids. */
async function publish(to: Publisher, id: string, more: object): Promise<void> {
  wait(60_000)
  await push(to, [article({ id, date_published: rfc3339(now), ...more }, 5)])
}

const PATHS = [
  "/v1/articles?limit=2",
  "/v1/articles?fields=id,title,tags&limit=100",
  "/v1/articles?format=ninjs",
  "/v1/articles?updated_since=2026-11-20",
  `/v1/articles?q=${encodeURIComponent("وصل")}`,
  `/v1/articles?format=ninjs&q=${encodeURIComponent("وصل")}`,
  "/v1/articles/FULL",
  "/v1/articles/FULL/related",
  "/v1/front?sections=world,gulf&limit=3",
  "/v1/most-read?window=1h&section=world",
  "/v1/changes?limit=3",
  "/v1/changes",
  "/v1/snapshot",
  "/v1/sections",
  "/v1/publishers",
  "/v1/tags?limit=1",
]

test("bytes change only with the version", async () => {
  const [wire] = await rows("select epoch from wire")
  const publishers = await rows("select uid, slug from publishers order by slug")
  const articles = await rows("select id, guid from articles order by guid")
  const full = String(articles.find(({ guid }) => guid === "full")?.id)
  // Names replace the random values of a new wire.
  const replacements = [[wire?.epoch, "epoch"], ...publishers.map(({ uid, slug }) => [uid, slug])]
  const texts: string[] = []
  for (const path of PATHS) {
    const { status, text } = await send(path.replace("FULL", full))
    expect([path, status]).toEqual([path, 200])
    const plain = text.replace(
      /("cursor":"|cursor=)([\w-]+)/g,
      (_, before: string, cursor: string) => before + opened(cursor),
    )
    const pairs = [...replacements, ...articles.map(({ id, guid }) => [id, guid])] as [string, string][]
    texts.push(pairs.reduce((all, [drawn, name]) => all.replaceAll(drawn, name), plain))
  }
  const digest = (await hash128(texts.join("\n"))).slice(0, 16)
  // If the digest changes on purpose, first raise version and date of API_VERSION in src/api/answer.ts.
  expect({ ...API_VERSION, digest }).toEqual({
    version: "v1-3",
    date: Date.UTC(2026, 11, 1, 2),
    digest: "1fe09a301701f7e8",
  })
})

const opened = (cursor: string): string => atob(cursor.replaceAll("-", "+").replaceAll("_", "/"))
