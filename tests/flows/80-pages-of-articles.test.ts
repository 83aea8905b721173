/** Tests GET /v1/articles: pages, validators, changes since a time, and IPTC ninjs. */
import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, test } from "vitest"
import {
  bindings,
  brief,
  created,
  day,
  done,
  edge,
  full,
  list,
  mute,
  prepareArticles,
  readPages,
  titles,
  trips,
  WHOLE,
} from "./article-lists.ts"
import { now, rfc3339, wait } from "./clock.ts"
import { type Answer, article, ORIGIN, push, send } from "./world.ts"

prepareArticles()
beforeAll(async () => {
  const of = (site: string) => ({ ...WHOLE, id: `whole-${site}`, url: `https://${site}.example/2026/whole` })
  await created(full, WHOLE, article({ id: "bare", _feedwire: { sections: ["sports"] } }))
  await created(brief, of("brief"))
  await created(mute, of("mute"), { ...of("mute"), id: "untitled", title: undefined })
})

describe("a page ends at 2 MiB", () => {
  const KIB = 1024
  const body = (letter: string, kib: number) =>
    `<p>${letter.repeat((kib * KIB) / new TextEncoder().encode(letter).length)}</p>`

  beforeAll(async () => {
    // An article has its body as HTML and as text, so eight Arabic bodies of 120 KiB are nearly 2 MiB.
    for (let n = 0; n < 24; n++) {
      const item = { title: `large ${n}`, tags: ["large"], date_published: day(6, n), content_html: body("ب", 120) }
      await created(full, article(item, 3))
      await created(brief, article({ ...item, title: `shared ${n}`, tags: ["shared"] }, 3))
    }
  })

  test("with complete articles only, and the next page continues", async () => {
    const all: { title: string; content_text: string }[] = []
    const sizes: number[] = []
    for (let path: string | undefined = "/v1/articles?tag=large&limit=100"; path !== undefined; ) {
      const sent: Answer = await send(path, {}, env, edge)
      const bytes = new TextEncoder().encode(sent.text).length
      expect(bytes).toBeLessThanOrEqual(2 * KIB * KIB)
      expect(bytes).toBe(Number(sent.headers.get("content-length") ?? bytes))
      sizes.push(sent.json.articles.length)
      all.push(...sent.json.articles)
      path = sent.json.next?.slice(ORIGIN.length)
    }
    expect(all.map(({ title }) => title)).toEqual(Array.from({ length: 24 }, (_, n) => `large ${23 - n}`))
    expect(all.every(({ content_text: text }) => text.length > 60_000)).toBe(true)
    expect(sizes).toEqual([8, 8, 8])
  })

  test("regardless of bodies that are not shared", async () => {
    const sent = await list("?tag=shared&limit=100")
    expect([sent.json.articles.length, sent.json.next]).toEqual([24, undefined])
  })

  test("regardless of bodies that are not requested", async () => {
    const sent = await list("?tag=large&limit=100&fields=id,title")
    expect([sent.json.articles.length, sent.json.next]).toEqual([24, undefined])
    // Bodies limit the page: with the HTML alone, twice as many articles fit.
    expect((await list("?tag=large&limit=100&fields=content_html")).json.articles).toHaveLength(16)
    expect((await list("?tag=large&limit=100&format=ninjs")).json.articles).toHaveLength(8)
  })
})

describe("a validator", () => {
  test("gives 304 for one row a scope, and no article", async () => {
    for (const [query, rows] of [
      ["", 2],
      ["?section=sports", 2],
      ["?section=world,sports&lang=ar&not=france&publisher=full", 12],
      ["?updated_since=2026-01-01&section=sports", 3],
    ] as const) {
      const etag = (await list(query)).headers.get("etag") ?? ""
      expect(etag).toMatch(/^"[0-9a-f]{10}\.\d+\.v1-\d+\.\w+-\w+"$/)
      trips.length = 0
      const again = await send(`/v1/articles${query}`, { headers: { "if-none-match": `W/${etag}` } }, bindings, edge)
      expect([again.status, again.text]).toEqual([304, ""])
      expect(trips).toHaveLength(1)
      expect([query, trips[0]?.rowsRead]).toEqual([query, rows])
    }
  })

  test("no longer matches after an article of the list changed", async () => {
    const statusOf = async (query: string, etag: string) =>
      (await send(`/v1/articles${query}`, { headers: { "if-none-match": etag } }, env, edge)).status
    const etagOf = async (query: string) => (await list(query)).headers.get("etag") ?? ""
    const [sports, france] = [await etagOf("?section=sports"), await etagOf("?section=france")]
    await created(full, article({ _feedwire: { sections: ["sports"] } }, 3))
    expect([await statusOf("?section=sports", sports), await statusOf("?section=france", france)]).toEqual([200, 304])
    await done("PATCH", "/publishers/full", { name: "Full Daily News" })
    expect(await statusOf("?section=france", france)).toBe(200)
  })

  test("permits edges to store the page until one of its scopes changes", async () => {
    const tagsOf = async (query: string) => (await list(query)).headers.get("cache-tag")
    expect(await tagsOf("")).toBe("all,wire")
    expect(await tagsOf("?section=world,sports&lang=ar")).toBe("section:4,section:1,lang:ar,wire")
    expect(await tagsOf("?tag=asked")).toBe("all,wire")
    expect(await tagsOf("?updated_since=2026-01-01&section=sports")).toBe("section:4,wire")
    const { headers } = await list("")
    expect(headers.get("cache-control")).toBe("public, max-age=60")
    expect(headers.get("access-control-allow-origin")).toBe("*")
  })
})

describe("changes since a time", () => {
  let at: string

  beforeAll(async () => {
    wait(60_000)
    await created(full, article({ id: "changed-1", title: "before", tags: ["turn"], date_published: day(1) }, 3))
    wait(60_000)
    at = rfc3339(now)
    await created(
      full,
      article(
        { id: "changed-2", title: "two", tags: ["turn"], date_published: day(3), _feedwire: { sections: ["sports"] } },
        3,
      ),
      article({ id: "changed-3", title: "three", tags: ["turn"], date_published: day(2) }, 3),
    )
    wait(60_000)
    await created(full, article({ id: "changed-4", title: "four", tags: ["turn"], date_published: day(4) }, 3))
  })

  test("are in the order of change, from exactly that time", async () => {
    const since = async (time: string, more = "") => titles(await list(`?tag=turn&updated_since=${time}${more}`))
    const sorted = (await since(at)).slice(0, 2).sort()
    expect([sorted, (await since(at)).slice(2)]).toEqual([["three", "two"], ["four"]])
    expect(await since(rfc3339(Date.parse(at) + 1))).toEqual(["four"])
    expect((await since("2020-01-01"))[0]).toBe("before")
    expect(await since("2026-12-31")).toEqual([])
    expect(await since(at, "&section=sports")).toEqual(["two"])
    // Lists only the changed articles that were published since then.
    expect((await since(at, `&since=${day(3)}`)).sort()).toEqual(["four", "two"])
    expect((await since(at, `&until=${day(3)}`)).sort()).toEqual(["three", "two"])
    expect((await since(at, `&since=${day(3)}&until=${day(3)}`)).sort()).toEqual(["two"])
    expect((await readPages(`?tag=turn&updated_since=${at}&limit=1`)).titles.sort()).toEqual(["four", "three", "two"])
  })

  test("have the newest version: a corrected article moves to the end, a withdrawn one is not listed", async () => {
    const first = await list(`?tag=turn&updated_since=${at}&limit=1`)
    wait(60_000)
    const old = { date_published: day(1), date_modified: rfc3339(now) }
    await created(full, article({ id: "changed-1", title: "corrected", tags: ["turn"], ...old }, 3))
    await push(full, { id: "changed-4" }, { type: "article.deleted", at: now, timestamp: rfc3339(now) })
    const rest = await readPages(`?tag=turn&updated_since=${at}&limit=1&cursor=${first.json.cursor}`)
    expect([...titles(first), ...rest.titles].sort()).toEqual(["corrected", "three", "two"])
    expect(rest.titles.at(-1)).toBe("corrected")
  })

  test("get another validator after every commit, because articles between two positions may differ", async () => {
    const etag = (await list(`?tag=turn&updated_since=${at}`)).headers.get("etag")
    await created(full, article({ _feedwire: { sections: ["france"] } }, 3))
    expect((await list(`?tag=turn&updated_since=${at}`)).headers.get("etag")).not.toBe(etag)
  })

  test("refuse a cursor from before a restore, because commit numbers start again", async () => {
    const { next } = (await list(`?tag=turn&updated_since=${at}&limit=1`)).json
    const { epoch } = (await env.DB.prepare("select epoch from wire").first<{ epoch: string }>()) ?? {}
    await env.DB.prepare("update wire set epoch = 'restored02'").run()
    const sent = await send(next, {}, env, edge)
    expect([sent.status, sent.json.code]).toEqual([410, "foreign_cursor"])
    expect(sent.json.start_url).toBe(next.replace(/&cursor=[^&]*/, ""))
    expect((await send(sent.json.start_url, {}, env, edge)).status).toBe(200)
    await env.DB.prepare("update wire set epoch = ?").bind(epoch).run()
  })
})

describe("IPTC ninjs", () => {
  test("has the same content in the terms of news agencies", async () => {
    const sent = await list("?format=ninjs&publisher=full&section=france&lang=ar-eg")
    const [shown] = sent.json.articles
    const [plain] = (await list("?publisher=full&section=france&lang=ar-eg")).json.articles
    expect(shown).toEqual({
      uri: plain.id,
      standard: { name: "ninjs", version: "3.0", schema: "https://www.iptc.org/std/ninjs/ninjs-schema_3.0.json" },
      type: "text",
      representationType: "full",
      version: String(plain.version),
      firstCreated: "2026-11-18T00:00:00Z",
      versionCreated: "2026-11-19T00:00:00Z",
      pubStatus: "usable",
      copyrightNotice: "© Full 2026",
      language: "ar-EG",
      headlines: [
        { role: "main", contentType: "text/plain", value: WHOLE.title },
        { role: "subheadline", contentType: "text/plain", value: "عنوان فرعي" },
      ],
      descriptions: [
        { role: "summary", contentType: "text/plain", value: "ملخص قصير" },
        { role: "correction", contentType: "text/plain", value: "صُحّح الرقم." },
      ],
      bodies: [
        { role: "main", contentType: "text/html", value: `<div dir="rtl" lang="ar-EG">${plain.content_html}</div>` },
        { role: "main", contentType: "text/plain", value: plain.content_text },
      ],
      by: "منى, Jane",
      located: "القاهرة — رويترز",
      infoSources: [
        {
          name: "Full Daily News",
          uri: plain.publisher.id,
          literal: "full",
          contactInfo: [{ type: "web", value: "https://full.example/" }],
        },
        { name: "Reuters", contactInfo: [{ type: "web", value: "https://reuters.example/" }] },
      ],
      subjects: [
        { name: "فرنسا", literal: "section:3" },
        { name: "sports", literal: "section:4" },
        { name: "اقتصاد" },
        { name: "Budget" },
      ],
      renditions: [{ name: "web", href: WHOLE.url, contentType: "text/html" }],
      associations: [
        {
          name: "main-picture",
          uri: WHOLE.image,
          type: "picture",
          by: "AP",
          descriptions: [
            { role: "caption", contentType: "text/plain", value: "تعليق" },
            { role: "alternative", contentType: "text/plain", value: "صورة" },
          ],
          renditions: [{ name: "main", href: WHOLE.image, width: 1200, height: 800 }],
        },
        {
          name: "attachment-1",
          uri: "https://full.example/a.mp3",
          type: "audio",
          renditions: [
            {
              name: "main",
              href: "https://full.example/a.mp3",
              contentType: "audio/mpeg",
              sizeInBytes: 1234,
              duration: 61,
            },
          ],
        },
        {
          name: "attachment-2",
          uri: "https://full.example/b.pdf",
          type: "component",
          title: "The report",
          renditions: [{ name: "main", href: "https://full.example/b.pdf", contentType: "application/pdf" }],
        },
        {
          name: "related-1",
          uri: "https://full.example/other",
          type: "text",
          representationType: "partial",
          headlines: [{ role: "main", contentType: "text/plain", value: "أخرى" }],
          renditions: [{ name: "web", href: "https://full.example/other", contentType: "text/html" }],
        },
      ],
      altIds: [{ role: "guid", value: "whole" }],
    })
  })

  test("has what its publisher shares, on pages like other formats", async () => {
    const [summary] = (await list("?format=ninjs&publisher=brief&section=france")).json.articles
    expect(summary).toMatchObject({
      representationType: "partial",
      usageTerms: expect.stringContaining("Headline, summary"),
    })
    for (const member of ["bodies"]) expect(summary).not.toHaveProperty(member)
    const [headline] = (await list("?format=ninjs&publisher=mute")).json.articles
    expect(headline).toMatchObject({
      usageTerms: expect.stringContaining("Headline only"),
      headlines: [{ role: "main" }],
    })
    for (const member of ["bodies", "descriptions"]) expect(headline).not.toHaveProperty(member)
    await created(full, ...[1, 2, 3, 4, 5].map((n) => article({ id: `asked-${n}`, tags: ["asked"] })))
    const page = await list("?format=ninjs&tag=asked&limit=2")
    expect(page.json.next).toContain("format=ninjs")
    expect(page.json.articles).toHaveLength(2)
    expect((await list("?format=ninjs&updated_since=2026-01-01&tag=asked")).json.articles).toHaveLength(5)
  })
})
