/** Tests lists of feeds: OPML, JSON, sitemaps and robots.txt. */
import { env } from "cloudflare:workers"
import { parseOpml } from "feedsmith"
import { describe, expect, test } from "vitest"
import { all, child, type Node, readXml } from "../unit/formats/reader.ts"
import { ago, attr, HOUR, PAGES, paper, prepareWire, readPage, UNDATED } from "./finding.ts"
import { WorkersCache } from "./workers-cache.ts"
import { admin, article, counted, ORIGIN, push, send } from "./world.ts"

prepareWire()

const LISTS = ["/feeds.opml", "/feeds.json", "/sitemap.xml", "/news-sitemap.xml", "/robots.txt"]

describe("every document", () => {
  test.each([
    ...PAGES.map((path) => [path, "text/html; charset=utf-8"]),
    ["/feeds.opml", "text/x-opml; charset=utf-8"],
    ["/feeds.json", "application/json; charset=utf-8"],
    ["/sitemap.xml", "application/xml; charset=utf-8"],
    ["/news-sitemap.xml", "application/xml; charset=utf-8"],
    ["/robots.txt", "text/plain; charset=utf-8"],
  ])("%s is public, has validators, and answers HEAD and 304", async (path, type) => {
    const whole = await send(path)
    expect([whole.status, whole.headers.get("content-type")]).toEqual([200, type])
    expect(whole.headers.get("cache-control")).toBe("public, max-age=300")
    expect(whole.headers.get("x-content-type-options")).toBe("nosniff")
    const [etag, modified] = [whole.headers.get("etag") ?? "", whole.headers.get("last-modified") ?? ""]
    expect([etag, Date.parse(modified) > 0]).toEqual([expect.stringMatching(/^"[\w.-]+"$/), true])

    const head = await send(path, { method: "HEAD" })
    expect([head.status, head.text, head.headers.get("etag")]).toEqual([200, "", etag])

    for (const headers of [
      { "if-none-match": etag },
      { "if-none-match": `W/${etag}` },
      // If many changes come at once, the wire's dates are later than the clock, by a second for each change.
      ...(UNDATED.includes(path) ? [] : [{ "if-modified-since": new Date(Date.now() + 60_000).toUTCString() }]),
    ]) {
      const same = await send(path, { headers })
      expect([same.status, same.text, same.headers.get("etag")]).toEqual([304, "", etag])
      expect([same.headers.get("link"), same.headers.get("content-usage")]).toEqual([null, null])
      expect(same.headers.get("content-security-policy")).toBe(whole.headers.get("content-security-policy"))
    }
    const other = await send(path, { headers: { "if-none-match": '"another"' } })
    expect([other.status, other.text]).toEqual([200, whole.text])
  })

  test.each([...PAGES, ...LISTS])("%s cannot be written", async (path) => {
    const answer = await send(path, { method: "POST" })
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD"])
  })

  test.each([...PAGES, ...LISTS])(
    "%s has one URL: tracking parameters are removed, unknown ones are refused",
    async (path) => {
      const tracked = await send(`${path}${path.includes("?") ? "&" : "?"}utm_source=newsletter&fbclid=1`)
      expect([tracked.status, tracked.headers.get("location")]).toEqual([301, ORIGIN + path])
      const unknown = await send(`${path}${path.includes("?") ? "&" : "?"}colour=red`)
      expect([unknown.status, unknown.json.code]).toEqual([400, "unknown_parameter"])
    },
  )

  test.each([...PAGES, ...LISTS])("%s is cached at the edge and purged by tag", async (path) => {
    const { headers } = await send(path, {}, env, new WorkersCache())
    const tags = (headers.get("cache-tag") ?? "").split(",")
    expect(headers.get("cdn-cache-control")).toContain("max-age=300")
    expect(tags).toContain("wire")
    // No push purges documents that show only names.
    if (path.startsWith("/feeds.")) expect(tags).toEqual(["wire"])
  })
})

describe("lists of feeds", () => {
  interface CatalogueEntry {
    id: string
    kind: string
    slug?: string
    parent?: string
    title: string
    names: Record<string, string>
    language: string
    direction: string
    urls: Record<"rss" | "atom" | "json", string>
    page_url: string
  }
  const catalogue = async (): Promise<CatalogueEntry[]> => (await send("/feeds.json")).json.feeds

  test("the catalogue has every feed once, and no null", async () => {
    const { json, text, headers } = await send("/feeds.json")
    expect(text).not.toContain("null")
    expect(headers.get("access-control-allow-origin")).toBe("*")
    expect(json).toMatchObject({
      title: "feedwire",
      language: "en",
      home_page_url: `${ORIGIN}/`,
      opml_url: `${ORIGIN}/feeds.opml`,
      counts: { feeds: 11, sections: 4, publishers: 3, languages: 3 },
      redirects: {},
      gone: [],
    })
    expect(json.feeds.map((feed: CatalogueEntry) => [feed.kind, feed.slug, feed.parent])).toEqual([
      ["wire", undefined, undefined],
      ["section", "world", undefined],
      ["section", "europe", "world"],
      ["section", "gulf", "europe"],
      ["section", "sport", undefined],
      ["publisher", "nahar", undefined],
      ["publisher", "paper", undefined],
      ["publisher", "headlines", undefined],
      ["language", "ar", undefined],
      ["language", "en", undefined],
      ["language", "en-gb", undefined],
    ])
    expect(json.feeds[1]).toMatchObject({
      title: "World — feedwire",
      names: { en: "World", ar: "العالم" },
      descriptions: { en: "From everywhere", ar: "من كل مكان" },
      language: "en",
      direction: "ltr",
      page_url: `${ORIGIN}/sections/world`,
    })
    expect(json.feeds[5]).toMatchObject({
      names: { ar: "وكالة نهار" },
      language: "ar",
      direction: "rtl",
      home_page_url: "https://nahar.example/",
      redistribution: "full",
    })
    expect(json.feeds[8]).toMatchObject({ names: { ar: "العربية", en: "Arabic" } })
  })

  test("the catalogue and the feed itself agree", async () => {
    for (const item of await catalogue()) {
      const { text } = await send(item.urls.atom)
      const root = readXml(text)
      // Feeds put direction marks into mixed titles; the catalogue has the direction in a member instead.
      const texts = ["id", "title"].map((name) => child(root, name)?.text.replace(/[\u200F\u2067\u2069]/g, ""))
      expect([...texts, root.attributes["xml:lang"]]).toEqual([item.id, item.title, item.language])
    }
  })

  test("every feed and page in the catalogue exists", async () => {
    for (const { urls, page_url } of await catalogue()) {
      for (const url of [...Object.values(urls), page_url]) expect([url, (await send(url)).status]).toEqual([url, 200])
    }
  })

  const opml = async (query = "") => {
    const { text, status } = await send(`/feeds.opml${query}`)
    expect(status).toBe(200)
    return child(readXml(text), "body") as Node
  }
  const feedsIn = (node: Node): string[] =>
    node.children.flatMap((each) => [...(each.attributes.xmlUrl ? [each.attributes.xmlUrl] : []), ...feedsIn(each)])
  /** The text of each outline, indented by its depth. */
  const shape = (node: Node, depth = 0): string[] =>
    node.children.flatMap((each) => [
      `${" ".repeat(depth)}${each.attributes.xmlUrl ? "" : "+"}${each.attributes.text}`,
      ...shape(each, depth + 1),
    ])

  test("OPML has the sections as a tree, in which no feed contains anything", async () => {
    expect(shape(await opml())).toEqual([
      "feedwire",
      "+Sections",
      " +World",
      "  World",
      "  +Europe",
      "   Europe",
      "   Gulf",
      " Sport & <Games>",
      "+Publishers",
      " وكالة نهار",
      " The Paper",
      " Headlines",
      "+Languages",
      " Arabic",
      " English",
      " British English",
    ])
  })

  test.each(["rss", "atom", "json"] as const)(
    "OPML in %s has the feeds of the catalogue, in its order",
    async (format) => {
      const expected = (await catalogue()).map(({ urls }) => urls[format])
      expect(feedsIn(await opml(format === "rss" ? "" : `?format=${format}`))).toEqual(expected)
    },
  )

  test("OPML is saved as a file and may be read from any origin", async () => {
    const { headers } = await send("/feeds.opml")
    expect(headers.get("content-disposition")).toBe('attachment; filename="feeds.opml"')
    expect(headers.get("access-control-allow-origin")).toBe("*")
  })

  test("another parser finds feed, page, description and language", async () => {
    const { body, head } = parseOpml((await send("/feeds.opml")).text)
    expect(head).toMatchObject({ title: "feedwire", ownerName: "feedwire" })
    expect(body?.outlines?.[1]?.outlines?.[0]?.outlines?.[0]).toMatchObject({
      type: "rss",
      text: "World",
      title: "World — feedwire",
      xmlUrl: `${ORIGIN}/sections/world/feed.rss`,
      htmlUrl: `${ORIGIN}/sections/world`,
      description: "From everywhere",
      language: "en",
      version: "RSS",
    })
  })

  test("OPML in a language has its names, and the feeds that concern its readers", async () => {
    const body = await opml("?lang=ar")
    expect(shape(body)).toEqual([
      "+الأقسام",
      " +العالم",
      "  العالم",
      "  الخليج",
      "+الناشرون",
      " وكالة نهار",
      "+اللغات",
      " العربية",
    ])
    const [world] = all(body.children[0]?.children[0], "outline")
    // The list is in Arabic, but the feed itself is in the language of the wire.
    expect(world?.attributes).toMatchObject({ title: "العالم — feedwire", description: "من كل مكان", language: "en" })
  })

  test("a regional variant of a language concerns its readers, another variant does not", async () => {
    expect(feedsIn(await opml("?lang=en-gb"))).toContain(`${ORIGIN}/publishers/paper/feed.rss`)
    expect(feedsIn(await opml("?lang=en"))).toContain(`${ORIGIN}/languages/en-gb/feed.rss`)
    expect(feedsIn(await opml("?lang=en"))).not.toContain(`${ORIGIN}/publishers/nahar/feed.rss`)
  })

  test.each([
    ["?format=rss", "/feeds.opml"],
    ["?format=ATOM", "/feeds.opml?format=atom"],
    ["?lang=AR&format=json", "/feeds.opml?format=json&lang=ar"],
    ["?lang=ar&format=rss&utm_medium=x", "/feeds.opml?lang=ar"],
    ["?", "/feeds.opml"],
  ])("/feeds.opml%s is %s", async (query, canonical) => {
    const { status, headers } = await send(`/feeds.opml${query}`)
    // Fetch removes a lone question mark before the request.
    expect([status, headers.get("location")]).toEqual(query === "?" ? [200, null] : [301, ORIGIN + canonical])
  })

  test.each([
    ["?format=atm", "invalid_parameter", "Did you mean atom"],
    ["?format=", "invalid_parameter", "empty"],
    ["?format=atom&format=rss", "invalid_parameter", "once"],
    ["?fromat=atom", "unknown_parameter", "Did you mean format"],
    ["?lang=x!", "invalid_parameter", "BCP 47"],
    ["?lang=xx", "invalid_parameter", "nothing in"],
    ["?lang=en-gd", "invalid_parameter", "or en-gb"],
  ])("/feeds.opml%s is refused as %s: %s", async (query, code, detail) => {
    const { status, json } = await send(`/feeds.opml${query}`)
    expect([status, json.code]).toEqual([400, code])
    expect(json.detail).toContain(detail)
    expect(json.errors[0].parameter).toBe(query.slice(1).split("=")[0])
  })

  test("the list of a wire in another language is in that language", async () => {
    const bindings = { ...env, WIRE_LANGUAGE: "ar", REMEMBER_VALIDATORS: "false" }
    const { json } = await send("/feeds.json", {}, bindings)
    expect(json).toMatchObject({ language: "ar" })
    expect(json.feeds[1]).toMatchObject({ title: "العالم — feedwire", language: "ar", direction: "rtl" })
    const { text, headers } = await send("/feeds.opml", {}, bindings)
    expect(shape(child(readXml(text), "body") as Node)).toContain("+الأقسام")
    expect(headers.get("cache-control")).toBe("public, max-age=300")
    expect(attr(readPage(await send("/sections/world", {}, bindings)), "dir")).toBe("rtl")
  })

  test.each([...PAGES, ...LISTS])("%s costs at most one round trip", async (path) => {
    const { bindings, trips } = counted()
    await send(path, {}, bindings, new WorkersCache())
    expect(trips).toHaveLength(1)
    // The wire's row, and the end of a scope without articles.
    if (/^\/(?:feeds|robots)\./.test(path)) expect(trips[0]?.rowsRead).toBe(2)
  })

  test("lists of names change with names and not with articles", async () => {
    const tag = async (path: string) => (await send(path)).headers.get("etag")
    const before = await Promise.all(LISTS.map(tag))
    await push(paper, article({ date_published: ago(90) }))
    const after = await Promise.all(LISTS.map(tag))
    expect(LISTS.filter((_, at) => before[at] !== after[at])).toEqual(["/sitemap.xml", "/news-sitemap.xml"])
    await admin("PATCH", "/sections/sport", { names: { en: "Sport & <Games>", de: "Sport" } })
    expect(await tag("/feeds.opml")).not.toBe(before[0])
    expect((await send("/feeds.json")).json.feeds[4].names).toEqual({ en: "Sport & <Games>", de: "Sport" })
  })
})

describe("search engines", () => {
  test("find every page in the sitemap, with the time of its newest article", async () => {
    const urls = all(readXml((await send("/sitemap.xml")).text), "url")
    const { json } = await send("/feeds.json")
    const pages = [...json.feeds.map((feed: { page_url: string }) => feed.page_url), `${ORIGIN}/feeds`]
    expect(urls.slice(0, pages.length).map((url) => child(url, "loc")?.text)).toEqual(pages)
    const changed = Object.fromEntries(urls.map((url) => [child(url, "loc")?.text, child(url, "lastmod")?.text]))
    const time = (path: string) => Date.parse(changed[ORIGIN + path] ?? "")
    expect(time("/")).toBe(time("/sections/sport"))
    expect(time("/sections/gulf")).toBe(time("/sections/europe"))
    expect(time("/publishers/nahar")).toBe(time("/languages/ar"))
    expect(time("/publishers/headlines")).toBeLessThan(time("/publishers/nahar"))
    expect(time("/languages/en-gb")).toBe(time("/"))
  })

  test("find the pages of articles that are canonical here in the sitemap", async () => {
    const paths = async () =>
      all(readXml((await send("/sitemap.xml")).text), "url")
        .map((url) => child(url, "loc")?.text.slice(ORIGIN.length) ?? "")
        .filter((path) => path.startsWith("/articles/"))
    // This article has no other address.
    expect(await paths()).toEqual([expect.stringMatching(/\/nowhere-else$/)])
    await admin("PATCH", "/publishers/nahar", { canonical: "wire" })
    await admin("PATCH", "/publishers/headlines", { canonical: "wire" })
    const listed = await paths()
    expect(listed).toEqual([
      expect.stringMatching(/\/bbc-%D8%AA[%\w-]+$/),
      expect.stringMatching(/\/nowhere-else$/),
      expect.stringMatching(/\/headline$/),
    ])
    for (const path of listed) {
      const { status, text } = await send(path)
      expect([status, text.includes(`<link rel="canonical" href="${ORIGIN}${path}"/>`)]).toEqual([200, true])
    }
  })

  test("find all pages of a publisher in lists that do not grow", async () => {
    const path = "/publishers/headlines/sitemap.xml"
    const locations = async (from: string, element: string) =>
      all(readXml((await send(from)).text), element).map((each) => child(each, "loc")?.text ?? "")
    expect(await locations(path, "sitemap")).toEqual([`${ORIGIN}/publishers/headlines/sitemaps/newest.xml`])
    expect(await locations("/publishers/headlines/sitemaps/newest.xml", "url")).toEqual([
      expect.stringMatching(/\/headline$/),
    ])
    const { status, headers } = await send(path)
    expect([status, headers.get("content-type")]).toEqual([200, "application/xml; charset=utf-8"])
    expect((await send(path, { headers: { "if-none-match": headers.get("etag") ?? "" } })).status).toBe(304)
    expect((await send("/robots.txt")).text).toContain(`\nSitemap: ${ORIGIN}${path}\n`)
  })

  test.each([
    ["of a publisher whose own site has the pages", "/publishers/paper/sitemap.xml", 404],
    ["of an unknown publisher", "/publishers/nobody/sitemap.xml", 404],
    ["of an archive that is not complete", "/publishers/headlines/sitemaps/1.xml", 404],
    ["with another name", "/publishers/headlines/sitemaps/oldest.xml", 404],
    ["with a parameter", "/publishers/headlines/sitemap.xml?page=2", 400],
    ["with a tracking parameter", "/publishers/headlines/sitemap.xml?utm_source=x", 301],
  ])("find no list %s", async (_, path, status) => {
    expect((await send(path)).status).toBe(status)
  })

  test("find the same pages of two days in the news sitemap, newest first", async () => {
    const urls = all(readXml((await send("/news-sitemap.xml")).text), "url")
    const entries = urls.map((url) => {
      const news = child(url, "news:news")
      const publication = child(news, "news:publication")
      return [
        child(url, "loc")?.text.split("/").at(-1),
        child(news, "news:title")?.text,
        child(publication, "news:name")?.text,
        child(publication, "news:language")?.text,
      ]
    })
    expect(entries).toEqual([
      [encodeURIComponent("bbc-تبث-من-بيروت"), "BBC تبث من بيروت", "feedwire", "ar"],
      ["nowhere-else", "Nowhere else", "feedwire", "en"],
      ["headline", "Headline", "feedwire", "en"],
    ])
  })

  test("get another news sitemap in another hour", async () => {
    const { headers } = await send("/news-sitemap.xml")
    const hour = Math.floor(Date.now() / HOUR)
    expect(headers.get("etag")).toContain(`-${hour}.`)
    expect(Date.parse(headers.get("last-modified") ?? "")).toBeGreaterThanOrEqual(hour * HOUR)
  })

  test("may fetch everything public, and find the sitemaps", async () => {
    expect((await send("/robots.txt")).text.trim().split("\n")).toEqual([
      "User-agent: *",
      "Disallow: /admin/",
      "Disallow: /push/",
      "Disallow: /r/",
      "",
      `Sitemap: ${ORIGIN}/sitemap.xml`,
      `Sitemap: ${ORIGIN}/news-sitemap.xml`,
      `Sitemap: ${ORIGIN}/publishers/nahar/sitemap.xml`,
      `Sitemap: ${ORIGIN}/publishers/headlines/sitemap.xml`,
    ])
  })
})

test.each(["/FEEDS.OPML", "/feeds.opml/?format=atom", "/Sitemap.xml", "/robots.txt/"])(
  "are redirected from %s, another spelling",
  async (path) => {
    const sent = await send(path)
    const to = path.toLowerCase().replace(/\/(?=\?|$)/, "")
    expect([sent.status, sent.headers.get("location")]).toEqual([301, `${ORIGIN}${to}`])
  },
)
