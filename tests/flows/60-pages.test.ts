/** Tests pages for people, with links to feeds. */
import { describe, expect, test } from "vitest"
import { hash128 } from "../../src/articles/model/article.ts"
import type { StoredArticle } from "../../src/articles/read/read-selection.ts"
import { EVERYTHING } from "../../src/articles/read/selection-terms.ts"
import type { Directory } from "../../src/articles/taxonomy/directory.ts"
import type { Settings } from "../../src/env.ts"
import { renderOpml } from "../../src/formats/opml.ts"
import { renderNewsSitemap, renderSitemap } from "../../src/formats/sitemap.ts"
import { renderFeedPage } from "../../src/site/feed-page.tsx"
import { feedsJson } from "../../src/site/feeds-json.ts"
import { renderFrontPage } from "../../src/site/front-page.tsx"
import { opmlDocument } from "../../src/site/opml.ts"
import { SCRIPT } from "../../src/site/script.ts"
import { newsArticles, robotsTxt, sitemapPages } from "../../src/site/search-engines.ts"
import { STYLESHEET } from "../../src/site/stylesheet.ts"
import { SITE_VERSION } from "../../src/site/version.ts"
import { singleLine } from "../../src/text/legal-text.ts"
import * as fc from "../fast-check.ts"
import { anyFeed } from "../unit/formats/arbitrary.ts"
import { all, readXml } from "../unit/formats/reader.ts"
import { entry, feed, NOON } from "../unit/formats/samples.ts"
import {
  ago,
  attr,
  byTag,
  type Element,
  elements,
  PAGES,
  paper,
  prepareWire,
  readPage,
  scriptsOf,
  textOf,
} from "./finding.ts"
import { PAGE_POLICY } from "./page-policies.ts"
import { admin, article, ORIGIN, push, section, send } from "./world.ts"

prepareWire()

describe("pages", () => {
  test.each(PAGES)("%s runs only its own script and loads only images from elsewhere", async (path) => {
    const sent = await send(path)
    const page = readPage(sent)
    expect(byTag(page, "iframe", "object", "embed", "style", "video", "audio")).toEqual([])
    expect(scriptsOf(page)).toEqual([[SCRIPT, ""]])
    expect(byTag(page, "form").map((form) => attr(form, "action"))).toEqual(["/search"])
    expect(elements(page).flatMap(({ attrs }) => attrs.filter(({ name }) => /^(on|style$)/.test(name)))).toEqual([])
    expect(sent.headers.get("referrer-policy")).toBe("strict-origin-when-cross-origin")
    expect(sent.headers.get("content-security-policy")).toBe(PAGE_POLICY)
    expect(
      byTag(page, "link")
        .filter((link) => attr(link, "rel") === "stylesheet")
        .map((link) => attr(link, "href")),
    ).toEqual([STYLESHEET])
  })

  test.each(PAGES)("%s links to its feed, in head, header and text", async (path) => {
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
    expect(title).not.toBe("")
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
    // The feed links back to the page.
    const atom = readXml((await send(attr(feeds[1], "href") as string)).text)
    expect(all(atom, "link", { type: "text/html" }).map(({ attributes }) => attributes.href)).toEqual([ORIGIN + path])
  })

  test.each(PAGES)(
    "%s is usable with a screen reader: landmarks, headings in order, names for everything",
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
    ["/sections/gulf?lang=ar", "ar", "rtl", "الخليج"],
    ["/sections/europe?lang=fr", "fr", "ltr", "Europe"],
    ["/publishers/paper?lang=ar", "ar", "rtl", "The Paper"],
    ["/tags/Harbour", "en", "ltr", "#Harbour"],
    ["/tags/Harbour?lang=ar", "ar", "rtl", "#Harbour"],
    ["/authors/%D8%B3%D9%84%D9%85%D9%89", "en", "ltr", "سلمى"],
  ])("%s is in %s from %s", async (path, lang, dir, name) => {
    const page = readPage(await send(path))
    expect([attr(page, "lang"), attr(page, "dir"), textOf(byTag(page, "h1")[0] as Element)]).toEqual([lang, dir, name])
  })

  test("the wire's own words are in the page's language, or marked as English", async () => {
    const heading = async (path: string) =>
      byTag(readPage(await send(path)), "h2").find((each) => attr(each, "id") === "subscribe-title") as Element
    expect(textOf(await heading("/languages/ar"))).toBe("اشترك")
    const [marked] = byTag(await heading("/languages/he"), "span")
    expect([attr(marked, "lang"), attr(marked, "dir"), textOf(marked as Element)]).toEqual(["en", "ltr", "Subscribe"])
  })

  const articleOn = async (path: string, title: string): Promise<Element> => {
    const element = byTag(readPage(await send(path)), "article").find((each) => textOf(each).includes(title))
    if (!element) throw new Error(`no article ${title}`)
    return element
  }

  test("an article is shown in its own language, with what a list needs", async () => {
    const element = await articleOn("/sections/gulf", "BBC تبث من بيروت")
    expect([attr(element, "lang"), attr(element, "dir")]).toEqual(["ar", "rtl"])
    const [title] = byTag(element, "h3")
    expect(textOf(title as Element)).toBe("BBC تبث من بيروت")
    const page = expect.stringMatching(/^\/articles\/[0-9a-f]{32}\/bbc-/)
    expect(attr(byTag(title as Element, "a")[0], "href")).toEqual(page)
    const image = byTag(element, "img")[0]
    expect(["src", "alt", "width", "height"].map((name) => attr(image, name))).toEqual([
      "https://images.nahar.example/1.jpg",
      "مرفأ",
      "1200",
      "800",
    ])
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
      [page, "BBC تبث من بيروت"],
      ["https://nahar.example/rami", "رامي"],
      ["/authors/%D8%B3%D9%84%D9%85%D9%89", "سلمى"],
      ["/publishers/nahar", "وكالة نهار"],
      ["https://agency.example/n1", "اقرأ على Agency"],
    ])
  })

  test("markup in plain text is shown as text", async () => {
    const element = await articleOn("/sections/sport", "5 < 6")
    expect(textOf(byTag(element, "h3")[0] as Element)).toBe("5 < 6 & <script>alert(1)</script>")
    expect(textOf(element)).toContain('<img src="x"> & "quotes"')
    expect(byTag(element, "img")).toEqual([])
  })

  test("if redistribution is none, only headline and link are shown, and nothing without a headline", async () => {
    const closed = await articleOn("/publishers/headlines", "Headline")
    expect(textOf(closed)).not.toContain("Closed")
    const untitled = byTag(readPage(await send("/publishers/paper")), "article").filter(
      (each) => byTag(each, "h3").length === 0,
    )
    expect(untitled.flatMap((each) => byTag(each, "a").map((link) => attr(link, "href")))).toContain(
      "https://paper.example/p4",
    )
    expect(untitled.length).toBeGreaterThan(0)
    for (const each of untitled)
      expect(
        byTag(each, "p")
          .filter((p) => attr(p, "class") === "summary")
          .map((p) => byTag(p, "a").length),
      ).toEqual([1])
  })

  test("a page links to all others by name, in the page's language", async () => {
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

  test("a page of a language keeps the language in its links, and search engines leave an empty page out", async () => {
    const page = readPage(await send("/sections/world?lang=ar"))
    const links = byTag(page, "a").map((link) => attr(link, "href"))
    for (const href of ["/languages/ar", "/sections/sport?lang=ar", "/sections/europe?lang=ar", "/sections/world"])
      expect(links).toContain(href)
    const robots = async (path: string) =>
      byTag(readPage(await send(path)), "meta").some((meta) => attr(meta, "content") === "noindex")
    expect([await robots("/sections/world?lang=ar"), await robots("/tags/Win%20a%20prize")]).toEqual([false, true])
  })

  test("older articles are on further pages, each once, also if one was corrected lately", async () => {
    const corrected = { id: "old-39", title: "Corrected", date_published: ago(139), date_modified: ago(0) }
    await push(paper, article(corrected))
    await push(paper, article({ date_published: ago(90) }))
    expect((await send("/publishers/paper/feed.json")).text).toContain("Corrected")
    const texts: string[] = []
    const titles = new Set<string>()
    let path: string | undefined = "/publishers/paper"
    let pages = 0
    while (path !== undefined && pages < 5) {
      const page = readPage(await send(path))
      texts.push(...byTag(page, "article").map(textOf))
      titles.add(textOf(byTag(page, "title")[0] as Element))
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
    expect([pages, titles.size, texts.length, new Set(texts).size]).toEqual([2, 2, 45, 45])
    expect(texts.slice(0, 30).join()).not.toContain("Corrected")
  })

  test.each([
    ["/sections/World", "/sections/world"],
    ["/sections/world/", "/sections/world"],
    ["//sections//world", "/sections/world"],
    ["/languages/AR", "/languages/ar"],
    ["/?section=world", "/sections/world"],
    ["/?publisher=nahar&utm_source=x", "/publishers/nahar"],
    ["/?tag=Harbour", "/tags/Harbour"],
    ["/?section=world&lang=AR", "/sections/world?lang=ar"],
    ["/languages/ar?section=world", "/sections/world?lang=ar"],
    ["/sections/world?lang=ar,ar", "/sections/world?lang=ar"],
    ["/tags/harbour", "/tags/Harbour"],
    ["/Tags//Harbour/", "/tags/Harbour"],
    ["/tags/%48arbour", "/tags/Harbour"],
    ["/authors/سلمى/?utm_source=x", "/authors/%D8%B3%D9%84%D9%85%D9%89"],
    ["/tags/a%2Fb+c/", "/tags/a%2Fb%2Bc"],
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
    ["/sections/wrold?lang=ar", 404, "unknown_section", "Did you mean world"],
    ["/sections/world?lang=ar,en", 400, "unknown_parameter", "/feed.rss?lang=ar,en&section=world"],
    ["/sections/world?tag=a", 400, "unknown_parameter", "/feed.rss?section=world&tag=a"],
    ["/?tag=a&tag=b", 400, "unknown_parameter", "/feed.rss?tag=a&tag=b"],
    ["/?tag=..", 400, "unknown_parameter", "/feed.rss?tag=.."],
    ["/?not=world", 400, "unknown_parameter", "/feed.rss?not=world"],
    ["/tags/%E0%A4%A", 404, "not_found", "nothing at"],
    ["/tags/%E2%80%8B", 400, "invalid_parameter", "no visible character"],
    ["/tags/a/b", 404, "not_found", "nothing at"],
    ["/archives/1", 404, "not_found", "nothing at"],
    ["/nowhere", 404, "not_found", "nothing at"],
  ])("%s is refused with %d %s: %s", async (path, status, code, detail) => {
    const answer = await send(path)
    expect([answer.status, answer.json.code]).toEqual([status, code])
    expect(answer.json.detail).toContain(detail)
  })

  test("a renamed section keeps its page", async () => {
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

describe("rendering of pages", () => {
  const wire: Settings = {
    feedsUrl: "https://wire.example",
    title: "Wire",
    language: "en",
    allowLoopback: false,
    remembersValidators: true,
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
        description: null,
        icon: null,
        language: "en",
        canonical: "origin",
        opening: "added",
        redistribution: "full",
      },
    ],
    redirects: { "sections/golf": "sections/gulf" },
    gone: ["sections/old"],
    blocks: [1],
    appearance: {},
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
    details: { sections: [2], tags: [], authors: [], image: { url: "https://paper.example/1.jpg" } },
    duplicates: [],
  } as unknown as StoredArticle

  test("makes a well-formed page with the original text, whatever was pushed", () => {
    const page = { directory, settings: wire, selection: { ...EVERYTHING, section: ["world"] } }
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
        expect(byTag(root, "style")).toEqual([])
        expect(scriptsOf(root)).toEqual([[SCRIPT, ""]])
      }),
    )
  })

  test("changes its bytes only with the version, because it is part of clients' validators", async () => {
    const page = { directory, settings: wire, selection: { ...EVERYTHING, section: ["world"] } }
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
        before: NOON,
        url: "https://wire.example/sections/world?after=1",
      }),
      renderFeedPage({
        ...page,
        feed: feed([full], { language: "he", direction: "rtl" }),
        url: "https://wire.example/",
      }),
      renderFrontPage({
        front: {
          validator: { epoch: "e", revision: 1, changedAt: NOON },
          directory,
          sections: ["section:1"],
          content: {
            latest: ["a", "b"].map((id) => ({ ...stored, id })),
            sections: [["b", "c", "d"].map((id) => ({ ...stored, id }))],
            mostRead: [stored],
          },
        },
        selection: EVERYTHING,
        url: "https://wire.example/",
        olderUrl: "/?after=1",
        settings: wire,
      }),
      renderOpml(opmlDocument(directory, wire, { format: "rss" }, NOON)),
      renderOpml(opmlDocument(directory, wire, { format: "atom", language: "ar" }, NOON)),
      feedsJson(directory, wire, NOON),
      renderSitemap(sitemapPages(directory, wire, [stored])),
      renderNewsSitemap(newsArticles(directory, wire, [stored], NOON)),
      robotsTxt(wire, directory),
    ].join("\n")
    // If the digest differs on purpose, raise version and date in src/site/version.ts first.
    expect({ ...SITE_VERSION, digest: (await hash128(bytes)).slice(0, 16) }).toEqual({
      version: "s7",
      date: Date.UTC(2026, 11, 1),
      digest: "8be6c557897aaca7",
    })
  })
})
