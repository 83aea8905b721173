/** Finding feeds: a page for each, lists of all for readers and programs, and sitemaps for search engines. */
import { env } from "cloudflare:workers"
import { parseOpml } from "feedsmith"
import { type DefaultTreeAdapterMap, parse } from "parse5"
import { beforeAll, describe, expect, test } from "vitest"
import { hash128 } from "../../src/articles/model/article.ts"
import type { StoredArticle } from "../../src/articles/read/read-selection.ts"
import type { Directory, SectionEntry } from "../../src/articles/taxonomy/directory.ts"
import type { Settings } from "../../src/env.ts"
import { renderOpml } from "../../src/formats/opml.ts"
import { renderNewsSitemap, renderSitemap } from "../../src/formats/sitemap.ts"
import { renderFeedPage } from "../../src/site/feed-page.tsx"
import { feedsJson } from "../../src/site/feeds-json.ts"
import { opmlDocument } from "../../src/site/opml.ts"
import { newsArticles, robotsTxt, sitemapPages } from "../../src/site/search-engines.ts"
import { SITE_VERSION } from "../../src/site/version.ts"
import { singleLine } from "../../src/text/legal-text.ts"
import * as fc from "../fast-check.ts"
import { anyFeed } from "../unit/formats/arbitrary.ts"
import { all, child, type Node, readXml } from "../unit/formats/reader.ts"
import { entry, feed, NOON } from "../unit/formats/samples.ts"
import { WorkersCache } from "./workers-cache.ts"
import {
  type Answer,
  admin,
  article,
  counted,
  migrate,
  ORIGIN,
  type Publisher,
  publisher,
  push,
  section,
  send,
} from "./world.ts"

const HOUR = 3_600_000
const ago = (hours: number) => new Date(Date.now() - hours * HOUR).toISOString()

let nahar: Publisher
let paper: Publisher
let headlines: Publisher

beforeAll(async () => {
  await migrate()
  await section("world", {
    names: { en: "World", ar: "العالم" },
    descriptions: { en: "From everywhere", ar: "من كل مكان" },
  })
  await section("europe", { names: { en: "Europe" }, parent: "world" })
  await section("gulf", { names: { en: "Gulf", ar: "الخليج" }, parent: "europe" })
  await section("sport", { names: { en: "Sport & <Games>" } })
  nahar = await publisher("nahar", { name: "وكالة نهار", language: "ar", default_section: "world" })
  paper = await publisher("paper", { name: "The Paper", language: "en-GB", default_section: "world" })
  headlines = await publisher("headlines", { name: "Headlines", redistribution: "none", default_section: "sport" })
  await push(nahar, [
    article({
      id: "n1",
      url: "https://nahar.example/n1",
      title: "BBC تبث من بيروت",
      summary: "خلاصة الخبر",
      language: "ar",
      date_published: ago(3),
      authors: [{ name: "رامي", url: "https://nahar.example/rami" }, { name: "سلمى" }],
      image: "https://images.nahar.example/1.jpg",
      _feedwire: {
        sections: ["gulf", "world"],
        subtitle: "عنوان فرعي",
        dateline: "بيروت",
        image: { caption: "المرفأ", credit: "Nahar", alt: "مرفأ", width: 1200, height: 800 },
        attribution: { name: "Agency", url: "https://agency.example/n1" },
        related: [{ url: "https://nahar.example/n0", title: "قبل ذلك" }],
        correction: { note: "صُحح الاسم" },
      },
    }),
  ])
  const old = Array.from({ length: 40 }, (_, no) => article({ id: `old-${no}`, date_published: ago(100 + no) }))
  await push(paper, [
    article({
      id: "p1",
      url: "https://paper.example/p1",
      title: "5 < 6 & <script>alert(1)</script>",
      summary: '<img src="x"> & "quotes"',
      language: "en-GB",
      date_published: ago(2),
      _feedwire: { sections: ["sport"] },
    }),
    article({ id: "p2", url: "https://paper.example/p1", title: "The same address", date_published: ago(4) }),
    article({ id: "p3", url: undefined, title: "Nowhere else", date_published: ago(5) }),
    article({ id: "p4", url: "https://paper.example/p4", title: undefined, date_published: ago(6) }),
    ...old,
  ])
  await push(headlines, [
    article({
      id: "h1",
      url: "https://headlines.example/h1",
      title: "Headline",
      summary: "Closed",
      date_published: ago(7),
    }),
  ])
})

type Element = DefaultTreeAdapterMap["element"]
type TreeNode = DefaultTreeAdapterMap["node"]

const isElement = (node: TreeNode): node is Element => "tagName" in node
const attr = (node: Element | undefined, name: string) => node?.attrs.find((each) => each.name === name)?.value

function elements(root: TreeNode, test: (element: Element) => boolean = () => true): Element[] {
  if (!("childNodes" in root)) return []
  return root.childNodes.flatMap((node) =>
    isElement(node) ? [...(test(node) ? [node] : []), ...elements(node, test)] : [],
  )
}
const byTag = (root: TreeNode, ...names: string[]) => elements(root, ({ tagName }) => names.includes(tagName))
const textOf = (root: TreeNode): string =>
  "value" in root ? root.value : "childNodes" in root ? root.childNodes.map(textOf).join("") : ""

/** An HTML page, or an error for what a parser had to correct. */
function readPage({ text }: Pick<Answer, "text">): Element {
  const errors: string[] = []
  const document = parse(text, { onParseError: ({ code, startLine }) => errors.push(`${code} in line ${startLine}`) })
  expect(errors).toEqual([])
  const root = document.childNodes.find(isElement)
  if (!root) throw new Error("no page")
  return root
}

const LISTS = ["/feeds.opml", "/feeds.json", "/sitemap.xml", "/news-sitemap.xml", "/robots.txt"]
const PAGES = ["/", "/sections/world", "/sections/gulf", "/publishers/nahar", "/publishers/paper", "/languages/ar"]

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
      // In a burst the wire runs ahead of the clock, by a second for each change.
      { "if-modified-since": new Date(Date.now() + 60_000).toUTCString() },
    ]) {
      const same = await send(path, { headers })
      expect([same.status, same.text, same.headers.get("etag")]).toEqual([304, "", etag])
      expect(same.headers.get("link")).toBe(whole.headers.get("link"))
      expect(same.headers.get("content-security-policy")).toBe(whole.headers.get("content-security-policy"))
    }
    const other = await send(path, { headers: { "if-none-match": '"another"' } })
    expect([other.status, other.text]).toEqual([200, whole.text])
  })

  test.each([...PAGES, ...LISTS])("%s is read only", async (path) => {
    const answer = await send(path, { method: "POST" })
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD"])
  })

  test.each([...PAGES, ...LISTS])(
    "%s has one URL: tracking parameters are removed, unknown ones are refused",
    async (path) => {
      const tracked = await send(`${path}?utm_source=newsletter&fbclid=1`)
      expect([tracked.status, tracked.headers.get("location")]).toEqual([301, ORIGIN + path])
      const unknown = await send(`${path}?colour=red`)
      expect([unknown.status, unknown.json.code]).toEqual([400, "unknown_parameter"])
    },
  )

  test.each([...PAGES, ...LISTS])("%s is cached at the edge and purged by tag", async (path) => {
    const { headers } = await send(path, {}, env, new WorkersCache())
    const tags = (headers.get("cache-tag") ?? "").split(",")
    expect(headers.get("cdn-cache-control")).toContain("max-age=300")
    if (path !== "/robots.txt") expect(tags).toContain("wire")
    // No push needs to purge what shows names only.
    if (path.startsWith("/feeds.")) expect(tags).toEqual(["wire"])
  })
})

describe("lists", () => {
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

  test("the catalogue names every feed once, and nothing in it is null", async () => {
    const { json, text, headers } = await send("/feeds.json")
    expect(text).not.toContain("null")
    expect(headers.get("access-control-allow-origin")).toBe("*")
    expect(json).toMatchObject({
      title: "feedwire",
      language: "en",
      home_page_url: `${ORIGIN}/`,
      opml_url: `${ORIGIN}/feeds.opml`,
      counts: { feeds: 11, sections: 4, publishers: 3, languages: 3 },
      hubs: [],
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

  test("the catalogue and the feed itself say the same of a feed", async () => {
    for (const item of await catalogue()) {
      const { text } = await send(item.urls.atom)
      const root = readXml(text)
      // Feeds put marks for direction into mixed titles; the catalogue says the direction beside them.
      const texts = ["id", "title"].map((name) => child(root, name)?.text.replace(/[\u200F\u2067\u2069]/g, ""))
      expect([...texts, root.attributes["xml:lang"]]).toEqual([item.id, item.title, item.language])
    }
  })

  test("every feed and page of the catalogue is there", async () => {
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
  /** Text of each outline, those inside indented. */
  const shape = (node: Node, depth = 0): string[] =>
    node.children.flatMap((each) => [
      `${" ".repeat(depth)}${each.attributes.xmlUrl ? "" : "+"}${each.attributes.text}`,
      ...shape(each, depth + 1),
    ])

  test("OPML holds the sections as a tree, in which no feed has anything inside", async () => {
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
    "OPML in %s holds the feeds of the catalogue, in its order",
    async (format) => {
      const expected = (await catalogue()).map(({ urls }) => urls[format])
      expect(feedsIn(await opml(format === "rss" ? "" : `?format=${format}`))).toEqual(expected)
    },
  )

  test("OPML is saved as a file and may be read by any page", async () => {
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

  test("OPML in a language: its names, and the feeds that concern its readers", async () => {
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
    // What the list says in Arabic; the feed itself speaks the language of the wire.
    expect(world?.attributes).toMatchObject({ title: "العالم — feedwire", description: "من كل مكان", language: "en" })
  })

  test("a variety of a language concerns its readers, another variety does not", async () => {
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
    // Fetch drops a bare question mark before it is sent.
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

  test("a wire of another language speaks it, and names its hub", async () => {
    const bindings = { ...env, WIRE_LANGUAGE: "ar", HUB_URL: "https://hub.example/", REMEMBER_VALIDATORS: "false" }
    const { json } = await send("/feeds.json", {}, bindings)
    expect(json).toMatchObject({ language: "ar", hubs: [{ type: "WebSub", url: "https://hub.example/" }] })
    expect(json.feeds[1]).toMatchObject({ title: "العالم — feedwire", language: "ar", direction: "rtl" })
    const { text, headers } = await send("/feeds.opml", {}, bindings)
    expect(shape(child(readXml(text), "body") as Node)).toContain("+الأقسام")
    expect(headers.get("cache-control")).toBe("public, max-age=900")
    expect(attr(readPage(await send("/sections/world", {}, bindings)), "dir")).toBe("rtl")
  })

  test.each([...PAGES, ...LISTS])("%s costs one round trip at most", async (path) => {
    const { bindings, trips } = counted()
    await send(path, {}, bindings, new WorkersCache())
    expect(trips).toHaveLength(path === "/robots.txt" ? 0 : 1)
    // The wire's row, and the end of a scope without articles.
    if (path.startsWith("/feeds.")) expect(trips[0]?.rowsRead).toBe(2)
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
  test("the sitemap holds every page, and the time of the newest article on it", async () => {
    const urls = all(readXml((await send("/sitemap.xml")).text), "url")
    const { json } = await send("/feeds.json")
    expect(urls.map((url) => child(url, "loc")?.text)).toEqual(
      json.feeds.map((feed: { page_url: string }) => feed.page_url),
    )
    const changed = Object.fromEntries(urls.map((url) => [child(url, "loc")?.text, child(url, "lastmod")?.text]))
    const time = (path: string) => Date.parse(changed[ORIGIN + path] ?? "")
    expect(time("/")).toBe(time("/sections/sport"))
    expect(time("/sections/gulf")).toBe(time("/sections/europe"))
    expect(time("/publishers/nahar")).toBe(time("/languages/ar"))
    expect(time("/publishers/headlines")).toBeLessThan(time("/publishers/nahar"))
    expect(time("/languages/en-gb")).toBe(time("/"))
  })

  test("the news sitemap holds headline and address of two days, the newest first, each address once", async () => {
    const urls = all(readXml((await send("/news-sitemap.xml")).text), "url")
    const entries = urls.map((url) => {
      const news = child(url, "news:news")
      const publication = child(news, "news:publication")
      return [
        child(url, "loc")?.text,
        child(news, "news:title")?.text,
        child(publication, "news:name")?.text,
        child(publication, "news:language")?.text,
      ]
    })
    expect(entries).toEqual([
      ["https://paper.example/p1", "5 < 6 & <script>alert(1)</script>", "The Paper", "en"],
      ["https://nahar.example/n1", "BBC تبث من بيروت", "وكالة نهار", "ar"],
      ["https://headlines.example/h1", "Headline", "Headlines", "en"],
    ])
  })

  test("the news of another hour is another document", async () => {
    const { headers } = await send("/news-sitemap.xml")
    const hour = Math.floor(Date.now() / HOUR)
    expect(headers.get("etag")).toContain(`-${hour}.`)
    expect(Date.parse(headers.get("last-modified") ?? "")).toBeGreaterThanOrEqual(hour * HOUR)
  })

  test("robots may fetch what is public, and find the sitemaps", async () => {
    expect((await send("/robots.txt")).text.trim().split("\n")).toEqual([
      "User-agent: *",
      "Disallow: /admin/",
      "Disallow: /push/",
      "Disallow: /r/",
      "",
      `Sitemap: ${ORIGIN}/sitemap.xml`,
      `Sitemap: ${ORIGIN}/news-sitemap.xml`,
    ])
  })
})

describe("pages", () => {
  test.each(PAGES)("%s runs no script and loads only images from elsewhere", async (path) => {
    const sent = await send(path)
    const page = readPage(sent)
    expect(byTag(page, "script", "iframe", "object", "embed", "form", "style", "video", "audio")).toEqual([])
    expect(elements(page).flatMap(({ attrs }) => attrs.filter(({ name }) => /^(on|style$)/.test(name)))).toEqual([])
    expect(sent.headers.get("content-security-policy")).toBe(
      "default-src 'none'; img-src 'self' https:; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
    expect(
      byTag(page, "link")
        .filter((link) => attr(link, "rel") === "stylesheet")
        .map((link) => attr(link, "href")),
    ).toEqual(["/styles/pages.css"])
  })

  test.each(PAGES)("%s leads to its feed, in head, header and text", async (path) => {
    const sent = await send(path)
    const page = readPage(sent)
    const links = byTag(page, "link")
    const feeds = links.filter((link) => attr(link, "rel") === "alternate")
    expect(feeds.map((link) => attr(link, "type"))).toEqual([
      "application/rss+xml",
      "application/atom+xml",
      "application/feed+json",
    ])
    const title = textOf(byTag(page, "title")[0] as Element)
    const header = sent.headers.get("link") ?? ""
    const code = byTag(page, "code").map(textOf)
    for (const feed of feeds) {
      const href = attr(feed, "href") as string
      const { status, headers } = await send(href)
      expect([status, headers.get("content-type")]).toEqual([200, `${attr(feed, "type")}; charset=utf-8`])
      expect(attr(feed, "title")).toBe(title)
      expect(header).toContain(`<${href}>; rel="alternate"; type="${attr(feed, "type")}"`)
      expect(code).toContain(href)
      expect(byTag(page, "a").map((link) => attr(link, "href"))).toContain(href)
    }
    const canonical = links.find((link) => attr(link, "rel") === "canonical")
    expect(attr(canonical, "href")).toBe(ORIGIN + path)
    // The feed leads back to the page.
    const atom = readXml((await send(attr(feeds[1], "href") as string)).text)
    expect(all(atom, "link", { type: "text/html" }).map(({ attributes }) => attributes.href)).toEqual([ORIGIN + path])
  })

  test.each(PAGES)(
    "%s can be used with a screen reader: landmarks, headings in order, names for everything",
    async (path) => {
      const page = readPage(await send(path))
      expect(byTag(page, "main")).toHaveLength(1)
      const levels = byTag(page, "h1", "h2", "h3", "h4").map(({ tagName }) => Number(tagName.slice(1)))
      expect(levels.filter((level) => level === 1)).toHaveLength(1)
      expect(levels.filter((level, at) => level > (levels[at - 1] ?? 0) + 1)).toEqual([])
      const ids = elements(page).flatMap((element) => attr(element, "id") ?? [])
      expect(new Set(ids).size).toBe(ids.length)
      for (const label of elements(page).flatMap((element) => attr(element, "aria-labelledby") ?? []))
        expect(ids).toContain(label)
      for (const link of byTag(page, "a")) {
        expect(textOf(link).trim()).not.toBe("")
        const href = attr(link, "href") ?? ""
        if (href.startsWith("#")) expect(ids).toContain(href.slice(1))
      }
      for (const image of byTag(page, "img")) expect(attr(image, "alt")).toBeDefined()
      expect(elements(page).filter((element) => attr(element, "lang") === "" || attr(element, "dir") === "")).toEqual(
        [],
      )
    },
  )

  test.each([
    ["/", "en", "ltr", "feedwire"],
    ["/sections/gulf", "en", "ltr", "Gulf"],
    ["/publishers/nahar", "ar", "rtl", "وكالة نهار"],
    ["/languages/ar", "ar", "rtl", "العربية"],
    ["/languages/he", "he", "rtl", "עברית"],
    ["/languages/en-gb", "en-gb", "ltr", "British English"],
  ])("%s speaks %s from %s", async (path, lang, dir, name) => {
    const page = readPage(await send(path))
    expect([attr(page, "lang"), attr(page, "dir"), textOf(byTag(page, "h1")[0] as Element)]).toEqual([lang, dir, name])
  })

  test("our own words are in the page's language, or marked as English", async () => {
    const heading = async (path: string) => byTag(readPage(await send(path)), "h2")[0] as Element
    expect(textOf(await heading("/languages/ar"))).toBe("اشترك")
    const [marked] = byTag(await heading("/languages/he"), "span")
    expect([attr(marked, "lang"), attr(marked, "dir"), textOf(marked as Element)]).toEqual(["en", "ltr", "Subscribe"])
  })

  const articleOn = async (path: string, title: string): Promise<Element> => {
    const element = byTag(readPage(await send(path)), "article").find((each) => textOf(each).includes(title))
    if (!element) throw new Error(`no article ${title}`)
    return element
  }

  test("an article is shown in its own language, with everything that it has", async () => {
    const element = await articleOn("/", "BBC تبث من بيروت")
    expect([attr(element, "lang"), attr(element, "dir")]).toEqual(["ar", "rtl"])
    const [title] = byTag(element, "h3")
    expect(textOf(title as Element)).toBe("BBC تبث من بيروت")
    expect(attr(byTag(title as Element, "a")[0], "href")).toBe("https://nahar.example/n1")
    const image = byTag(element, "img")[0]
    expect(["src", "alt", "width", "height"].map((name) => attr(image, name))).toEqual([
      "https://images.nahar.example/1.jpg",
      "مرفأ",
      "1200",
      "800",
    ])
    expect(textOf(byTag(element, "figcaption")[0] as Element)).toBe("المرفأ الصورة: Nahar")
    const { json } = await send("/publishers/nahar/feed.json")
    expect(attr(byTag(element, "time")[0], "datetime")).toBe(json.items[0].date_published)
    const text = textOf(element)
    for (const words of ["عنوان فرعي", "بيروت", "خلاصة الخبر", "صُحح الاسم", "بقلم رامي، سلمى"])
      expect(text).toContain(words)
    const links = byTag(element, "a").map((link) => [attr(link, "href"), textOf(link)])
    expect(links).toEqual([
      ["/sections/world", "العالم"],
      ["/sections/europe", "Europe"],
      ["/sections/gulf", "الخليج"],
      ["https://nahar.example/n1", "BBC تبث من بيروت"],
      ["https://nahar.example/rami", "رامي"],
      ["/publishers/nahar", "وكالة نهار"],
      ["https://agency.example/n1", "اقرأ على Agency"],
      ["https://nahar.example/n0", "قبل ذلك"],
    ])
  })

  test("markup in texts is shown as text", async () => {
    const element = await articleOn("/", "5 < 6")
    expect(textOf(byTag(element, "h3")[0] as Element)).toBe("5 < 6 & <script>alert(1)</script>")
    expect(textOf(element)).toContain('<img src="x"> & "quotes"')
    expect(byTag(element, "img")).toEqual([])
  })

  test("where redistribution is none, headline and link are all; an article without a headline has no heading", async () => {
    const closed = await articleOn("/publishers/headlines", "Headline")
    expect(textOf(closed)).not.toContain("Closed")
    const untitled = byTag(readPage(await send("/publishers/paper")), "article").filter(
      (each) => byTag(each, "h3").length === 0,
    )
    expect(untitled.flatMap((each) => byTag(each, "a").map((link) => attr(link, "href")))).toContain(
      "https://paper.example/p4",
    )
  })

  test("a page leads to all others by name, in the page's language", async () => {
    const navs = byTag(readPage(await send("/publishers/nahar")), "nav")
    const links = navs.flatMap((nav) => byTag(nav, "a")).map((link) => [attr(link, "href"), textOf(link)])
    expect(links).toEqual(
      expect.arrayContaining([
        ["/sections/world", "العالم"],
        ["/sections/europe", "Europe"],
        ["/publishers/paper", "The Paper"],
        ["/languages/en", "English"],
      ]),
    )
    const current = navs.flatMap((nav) => elements(nav, (element) => attr(element, "aria-current") === "page"))
    expect(current.map(textOf)).toEqual(["وكالة نهار"])
  })

  test("older articles are on further pages, each once, also one that was corrected lately", async () => {
    const corrected = { id: "old-39", title: "Corrected", date_published: ago(139), date_modified: ago(0) }
    await push(paper, article(corrected))
    expect((await send("/publishers/paper/feed.json")).text).toContain("Corrected")
    const texts: string[] = []
    let path: string | undefined = "/publishers/paper"
    let pages = 0
    while (path !== undefined && pages < 5) {
      const page = readPage(await send(path))
      texts.push(...byTag(page, "article").map(textOf))
      const next = byTag(page, "a").find((link) => attr(link, "rel") === "next")
      expect(
        byTag(page, "link")
          .filter((link) => attr(link, "rel") === "next")
          .map((link) => attr(link, "href")),
      ).toEqual(next ? [attr(next, "href")] : [])
      const canonical = byTag(page, "link").find((link) => attr(link, "rel") === "canonical")
      expect(attr(canonical, "href")).toBe(ORIGIN + path)
      path = next && attr(next, "href")
      pages += 1
    }
    expect([pages, texts.length, new Set(texts).size]).toEqual([2, 45, 45])
    expect(texts.slice(0, 30).join()).not.toContain("Corrected")
  })

  test.each([
    ["/sections/World", "/sections/world"],
    ["/sections/world/", "/sections/world"],
    ["//sections//world", "/sections/world"],
    ["/languages/AR", "/languages/ar"],
    ["/?section=world", "/sections/world"],
    ["/?publisher=nahar&utm_source=x", "/publishers/nahar"],
  ])("%s is %s", async (path, canonical) => {
    const { status, headers } = await send(ORIGIN + path)
    expect([status, headers.get("location")]).toEqual([301, ORIGIN + canonical])
  })

  test.each([
    ["/sections/wrold", 404, "unknown_section", "Did you mean world"],
    ["/publishers/papper", 404, "unknown_publisher", "Did you mean paper"],
    ["/languages/x", 400, "invalid_parameter", "BCP 47"],
    ["/?aftr=1", 400, "unknown_parameter", "Did you mean after"],
    ["/?after=nonsense", 400, "invalid_parameter", "not a position"],
    ["/?section=world,sport", 400, "unknown_parameter", "/feed.rss?section=sport,world"],
    ["/sections/world?limit=10", 400, "unknown_parameter", "/sections/world/feed.rss?limit=10"],
    ["/archives/1", 404, "not_found", "nothing at"],
    ["/sections", 404, "not_found", "nothing at"],
    ["/nowhere", 404, "not_found", "nothing at"],
  ])("%s is refused with %d %s: %s", async (path, status, code, detail) => {
    const answer = await send(path)
    expect([answer.status, answer.json.code]).toEqual([status, code])
    expect(answer.json.detail).toContain(detail)
  })

  test("a section that was renamed keeps its page", async () => {
    await section("soccer")
    await admin("PATCH", "/sections/soccer", { slug: "football" })
    const { status, headers } = await send("/sections/soccer")
    expect([status, headers.get("location")]).toEqual([301, `${ORIGIN}/sections/football`])
    expect((await send("/feeds.json")).json.redirects).toEqual({ "sections/soccer": "sections/football" })
  })

  test("the page of a section without articles says so", async () => {
    const page = readPage(await send("/sections/football"))
    expect(byTag(page, "article")).toEqual([])
    expect(textOf(byTag(page, "main")[0] as Element)).toContain("There are no articles yet.")
  })
})

describe("pages without a wire", () => {
  const wire: Settings = {
    feedsUrl: "https://wire.example",
    title: "Wire",
    language: "en",
    allowLoopback: false,
    remembersValidators: true,
    pollMinutes: 5,
    databaseLimitBytes: 1e10,
    apiAccess: "public",
    fingerprint: "f",
  }
  const directory: Directory = {
    epoch: "e",
    revision: 1,
    taxonomyVersion: 1,
    authority: "wire.example",
    authorityYear: 2026,
    sections: [
      {
        id: 1,
        slug: "world",
        parent: null,
        names: { en: "World", ar: "العالم" },
        descriptions: { en: "All" },
        icon: null,
      },
      {
        id: 2,
        slug: "gulf",
        parent: 1,
        names: { en: "Gulf" },
        descriptions: {},
        icon: "https://wire.example/gulf.png",
      },
    ],
    publishers: [
      {
        uid: "paper",
        slug: "paper",
        name: "The Paper",
        homePageUrl: "https://paper.example/",
        language: "en",
        redistribution: "full",
      },
    ],
    redirects: { "sections/golf": "sections/gulf" },
    gone: ["sections/old"],
  }
  const full = entry({
    subtitle: "Sub-headline",
    dateline: "PORT",
    summary: "Summary",
    language: "ar",
    direction: "rtl",
    updatedAt: NOON + 60_000,
    image: {
      url: "https://paper.example/1.jpg",
      width: 3,
      height: 2,
      alt: "Alt",
      caption: "Caption",
      credit: "Credit",
    },
    attribution: { name: "Agency", url: "https://agency.example/1" },
    related: [{ url: "https://paper.example/0", title: "Before" }],
    correction: { note: "Note" },
    extension: {
      guid: "1",
      version: 1,
      sections: ["world", "gulf"],
      duplicates: [
        { id: "tag:2", publisher: "Other", url: "https://other.example/1" },
        { id: "tag:3", publisher: "Third" },
      ],
    },
  })
  const stored = {
    id: "0f3a",
    publisherUid: "paper",
    publishedAt: NOON,
    updatedAt: null,
    url: "https://paper.example/1",
    language: "en",
    title: "Headline",
    details: { sections: [2] },
  } as StoredArticle

  test("whatever was pushed, a page is well-formed and reads as it was written", () => {
    const [about] = directory.sections
    const page = { directory, settings: wire, about: { kind: "section", section: about as SectionEntry } as const }
    fc.assert(
      fc.property(anyFeed, (any) => {
        const withUrls = { ...any, urls: feed([]).urls, subscription: feed([]).subscription }
        const root = readPage({
          text: renderFeedPage({ ...page, feed: withUrls, url: "https://wire.example/sections/world" }),
        })
        const titles = any.entries.map(({ title }) => singleLine(title)).filter((title) => title !== "")
        expect(byTag(root, "h3").map(textOf)).toEqual(titles)
        expect(byTag(root, "article").map((each) => attr(each, "dir"))).toEqual(
          any.entries.map((each) => each.direction),
        )
        expect(byTag(root, "script", "style")).toEqual([])
      }),
    )
  })

  test("bytes change with the version only, because validators of clients name it", async () => {
    const [world] = directory.sections
    const page = { directory, settings: wire, about: { kind: "section", section: world as SectionEntry } as const }
    const bytes = [
      renderFeedPage({
        ...page,
        feed: feed([full, entry()]),
        url: "https://wire.example/sections/world",
        olderUrl: "/?after=1",
      }),
      renderFeedPage({
        ...page,
        feed: feed([], { language: "fr" }),
        url: "https://wire.example/sections/world?after=1",
      }),
      renderFeedPage({
        ...page,
        feed: feed([full], { language: "he", direction: "rtl" }),
        url: "https://wire.example/",
      }),
      renderOpml(opmlDocument(directory, wire, { format: "rss" }, NOON)),
      renderOpml(opmlDocument(directory, wire, { format: "atom", language: "ar" }, NOON)),
      feedsJson(directory, wire, NOON),
      renderSitemap(sitemapPages(directory, wire, [stored])),
      renderNewsSitemap(newsArticles(directory, wire, [stored], NOON)),
      robotsTxt(wire),
    ].join("\n")
    // If the digest differs on purpose, raise version and date in src/site/version.ts first.
    expect({ ...SITE_VERSION, digest: (await hash128(bytes)).slice(0, 16) }).toEqual({
      version: "s3",
      date: Date.UTC(2026, 10, 30),
      digest: "867be90055aa5ea0",
    })
  })
})

test.each(["/FEEDS.OPML", "/feeds.opml/?format=atom", "/Sitemap.xml", "/robots.txt/"])(
  "%s is another spelling",
  async (path) => {
    const sent = await send(path)
    const to = path.toLowerCase().replace(/\/(?=\?|$)/, "")
    expect([sent.status, sent.headers.get("location")]).toEqual([301, `${ORIGIN}${to}`])
  },
)
