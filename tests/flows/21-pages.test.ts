import { env } from "cloudflare:workers"
import { XMLValidator } from "fast-xml-parser"
import { parseAtomFeed, parseJsonFeed, parseRssFeed } from "feedsmith"
import { describe, expect, test } from "vitest"
import { all, child, readXml } from "../unit/formats/reader.ts"
import {
  FORMATS,
  type Format,
  inSection,
  makeWire,
  one,
  requestsWith,
  SECOND,
  SECURITY,
  SELECTIONS,
  TYPES,
  wait,
} from "./feeds.ts"
import { type Answer, article, ORIGIN, push, section } from "./world.ts"

makeWire()
const bindings: Env = env
const { get, publish, feedsOf, readings } = requestsWith(bindings)

describe("pages of a feed", () => {
  test("a feed has the 50 newest articles, ties ordered by id, in the same order everywhere", async () => {
    await section("ties")
    const at = (hour: number) => new Date(Date.UTC(2026, 10, 1, hour)).toISOString()
    const items = Array.from({ length: 64 }, (_, n) =>
      article({ title: `Tie ${n}`, date_published: at(n % 4), ...inSection("ties") }),
    )
    for (let n = 0; n < 64; n += 16) await push(one, items.slice(n, n + 16), { bindings })
    const { rss, atom, json } = await readings("/sections/ties")
    const order = json.entries.map(({ id }) => id)
    const expected = await env.DB.prepare(
      "select a.id from articles a where a.title like 'Tie %' order by a.published_at desc, a.id desc limit 50",
    ).all<{ id: string }>()
    expect(order.map((id) => id.split(":").at(-1))).toEqual(expected.results.map(({ id }) => id))
    expect(new Set(order).size).toBe(50)
    expect([rss, atom].map((reading) => reading.entries.map(({ id }) => id))).toEqual([order, order])
    const dates = json.entries.map(({ published }) => published)
    expect(dates).toEqual([...dates].sort((a, b) => b - a))
    // A correction does not change the order, but the feed then lists the old article again.
    const titles = json.entries.map(({ title }) => title)
    const hidden = items.find(({ title }) => !titles.includes(title as string))
    wait(SECOND)
    await push(one, { ...hidden, title: "Tie corrected" }, { bindings, type: "article.updated" })
    const corrected = (await readings("/sections/ties")).atom.entries
    expect(corrected.slice(0, 50).map(({ id }) => id)).toEqual(order)
    expect(corrected.slice(50).map(({ title }) => title)).toEqual(["Tie corrected"])
    // The feed does not have the oldest article. A newer article is first, and the last article leaves.
    await publish({ title: "Old", date_published: "2020-01-01T00:00:00Z", ...inSection("ties") })
    expect((await get("/sections/ties/feed.rss")).text).not.toContain("<title>Old</title>")
    await publish({ title: "New", date_published: at(9), ...inSection("ties") })
    const next = (await readings("/sections/ties")).rss.entries
    expect([next[0]?.title, next.slice(1, 50).map(({ id }) => id)]).toEqual(["New", order.slice(0, 49)])
    expect(next.slice(50).map(({ title }) => title)).toEqual(["Tie corrected"])
  })

  test("a feed has at most 2 MiB of bodies: the entries after that have summaries", async () => {
    await section("long")
    const big = (n: number) =>
      article({
        title: `Long ${n}`,
        summary: `Short ${n}`,
        content_html: `<p>${"x".repeat(250 * 1024)}</p>`,
        ...inSection("long"),
      })
    for (let n = 0; n < 12; n += 3) await push(one, [big(n), big(n + 1), big(n + 2)], { bindings })
    const { rss, atom, json } = await readings("/sections/long")
    const titles = Array.from({ length: 12 }, (_, n) => `Long ${11 - n}`)
    const whole = [...Array(9).fill(true), false, false, false]
    for (const { entries } of [rss, atom, json]) {
      expect(entries.map(({ title }) => title)).toEqual(titles)
      expect(entries.map(({ content }) => content.includes("xxx"))).toEqual(whole)
    }
    const { text } = await get("/sections/long/feed.json")
    expect(text.length).toBeLessThan(2.3 * 1024 * 1024)
    expect((await get("/sections/long/feed.json")).text).toBe(text)
    // A shorter page has the complete bodies of these articles.
    const next = (await get("/sections/long/feed.json?limit=9")).json.next_url as string
    const rest = (await get(next.slice(ORIGIN.length))).json.items as { content_html?: string }[]
    expect(rest.map(({ content_html }) => content_html?.includes("xxx"))).toEqual([true, true, true])
  })

  test("a feed has at least one body, although no push accepts a body of that size", async () => {
    await section("giant")
    await publish({ title: "Small", date_published: "2026-10-01T00:00:00Z", ...inSection("giant") })
    await publish({ title: "Giant", date_published: "2026-11-01T00:00:00Z", ...inSection("giant") })
    await env.DB.prepare("update articles set size_in_bytes = 3000000 where title = 'Giant'").run()
    const { items } = (await get("/sections/giant/feed.json")).json
    expect(
      items.map(({ title, content_html }: { title: string; content_html?: string }) => [title, !!content_html]),
    ).toEqual([
      ["Giant", true],
      ["Small", false],
    ])
  })

  test("a section without articles is a valid empty feed", async () => {
    const { rss, atom, json } = await feedsOf("/sections/arts")
    expect(json.json).toMatchObject({ version: "https://jsonfeed.org/version/1.1", language: "ar", items: [] })
    expect(Object.values(json.json)).not.toContain(null)
    for (const each of [rss, atom]) expect(XMLValidator.validate(each.text)).toBe(true)
    const channel = child(readXml(rss.text), "channel")
    for (const name of ["title", "link", "description", "lastBuildDate"]) {
      expect([name, child(channel, name)?.text]).toEqual([name, expect.stringMatching(/\S/)])
    }
    const feed = readXml(atom.text)
    for (const name of ["id", "title", "updated"]) {
      expect([name, all(feed, name).length, child(feed, name)?.text]).toEqual([name, 1, expect.stringMatching(/\S/)])
    }
    expect(parseRssFeed(rss.text).items ?? []).toEqual([])
    expect(parseAtomFeed(atom.text).entries ?? []).toEqual([])
    expect(parseJsonFeed(json.text).items ?? []).toEqual([])
  })
})

describe("headers and discovery", () => {
  const url = (selection: string, format: Format, origin = ORIGIN) => `${origin}${selection}/feed.${format}`
  const linksOf = (sent: Answer) =>
    (sent.headers.get("link") ?? "").split(", ").map((link) => {
      const [, href, rel, type] = /^<([^>]+)>; rel="(\w+)"(?:; type="([^"]+)")?$/.exec(link) ?? []
      return { href, rel, type }
    })

  test("feeds have headers for caches, other origins and content sniffing", async () => {
    for (const selection of SELECTIONS) {
      for (const format of FORMATS) {
        const { headers } = await get(`${selection}/feed.${format}`)
        expect(headers.get("cache-control")).toBe("public, max-age=300")
        expect(headers.get("cdn-cache-control")).toBe("max-age=300, stale-while-revalidate=30, stale-if-error=3600")
        expect(headers.get("cache-tag")?.split(",").sort()).toEqual([
          selection === "" ? "all" : expect.stringMatching(/^(section:\d+|publisher:[0-9a-f]{16})$/),
          "wire",
        ])
        expect(headers.get("access-control-allow-origin")).toBe("*")
        expect(headers.get("access-control-expose-headers")).toContain("ETag")
        expect(headers.get("x-content-type-options")).toBe("nosniff")
        expect(headers.get("content-security-policy")).toContain("default-src 'none'")
        expect(headers.get("set-cookie")).toBeNull()
      }
    }
    const tags = await Promise.all(
      SELECTIONS.map(async (path) => (await get(`${path}/feed.rss`)).headers.get("cache-tag")),
    )
    expect(new Set(tags).size).toBe(SELECTIONS.length)
  })

  test("Link names the feed and its other formats, and the document names the feed and its page", async () => {
    for (const selection of SELECTIONS) {
      const { rss, atom, json } = await feedsOf(selection)
      for (const [format, sent] of Object.entries({ rss, atom, json }) as [Format, Answer][]) {
        const others = FORMATS.filter((other) => other !== format)
        expect(linksOf(sent)).toEqual([
          { href: url(selection, format), rel: "self" },
          ...others.map((other) => ({ href: url(selection, other), rel: "alternate", type: TYPES[other] })),
        ])
      }
      const hrefs = (node: ReturnType<typeof child>, name: string, rel: string) =>
        all(node, name, { rel }).map(({ attributes }) => [attributes.href, attributes.type])
      const channel = child(readXml(rss.text), "channel")
      expect(hrefs(channel, "atom:link", "self")).toEqual([[url(selection, "rss"), TYPES.rss]])
      expect(hrefs(channel, "atom:link", "alternate")).toEqual([])
      const feed = readXml(atom.text)
      expect(hrefs(feed, "link", "self")).toEqual([[url(selection, "atom"), TYPES.atom]])
      expect(hrefs(feed, "link", "alternate")).toEqual([[`${ORIGIN}${selection || "/"}`, "text/html"]])
      expect(json.json).toMatchObject({
        feed_url: url(selection, "json"),
        home_page_url: `${ORIGIN}${selection || "/"}`,
      })
      expect(child(channel, "ttl")?.text).toBe("5")
    }
  })

  test("no other answer is cacheable", async () => {
    const paths = [
      "/healthz",
      "/problems/not_found",
      "/nothing",
      "/FEED.rss",
      "/feed.rss?x=1",
      "/sections/none/feed.rss",
      "/sections/soccer/feed.rss",
      "/admin/api/sections",
      "/push/one/articles",
    ]
    for (const path of paths) {
      for (const method of ["GET", "HEAD", "POST", "OPTIONS"]) {
        const { headers, status } = await get(path, {}, method)
        expect([path, method, headers.get("cache-control")]).toEqual([path, method, "private, no-store"])
        expect([path, headers.has("cdn-cache-control"), headers.has("cache-tag"), headers.has("etag")]).toEqual([
          path,
          false,
          false,
          false,
        ])
        for (const name of SECURITY) expect([path, status, headers.has(name)]).toEqual([path, status, true])
      }
    }
    const pushed = await publish({ title: "Not cacheable" })
    expect([pushed.status, pushed.headers.get("cache-control")]).toEqual([200, "private, no-store"])
  })
})
