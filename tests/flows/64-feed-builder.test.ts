/** Tests the page of all feeds, with the form that builds a feed, and the OPML of the feed. */
import { beforeAll, describe, expect, test } from "vitest"
import { child, type Node, readXml } from "../unit/formats/reader.ts"
import { ago, attr, byTag, type Element, elements, nahar, prepareWire, readPage, textOf } from "./finding.ts"
import { PAGE_POLICY } from "./page-policies.ts"
import { WorkersCache } from "./workers-cache.ts"
import { type Answer, article, counted, ORIGIN, push, send, sweep } from "./world.ts"

prepareWire()

const BROWSER = { headers: { accept: "text/html,application/xhtml+xml,*/*;q=0.8" } }

beforeAll(async () => {
  // A correction of an old article is in the feed, but not among its first entries.
  const items = Array.from({ length: 7 }, (_, no) =>
    article({
      id: `b-${no}`,
      title: `ميناء ${no}`,
      language: "ar",
      content_html: "<p>وصلت السفن إلى الميناء صباح اليوم</p>",
      date_published: ago(10 + no),
      tags: no % 2 ? ["Harbour", "Two, words"] : ["Chess"],
      _feedwire: { sections: [no < 5 ? "world" : "sport"] },
    }),
  )
  await push(nahar, items)
  await sweep()
})

const result = (page: Element) => byTag(page, "section").find((each) => attr(each, "id") === "subscribe") as Element
const addressOf = (page: Element) => textOf(byTag(result(page), "code")[0] as Element)
const previewOf = (page: Element) =>
  byTag(byTag(result(page), "ol")[0] as Element, "li").map((item) =>
    textOf((byTag(item, "a")[0] ?? byTag(item, "span")[0]) as Element),
  )
const robots = (page: Element) => byTag(page, "meta").find((meta) => attr(meta, "name") === "robots")
const chosen = (page: Element) =>
  byTag(page, "input")
    .filter((input) => attr(input, "checked") !== undefined)
    .map((input) => `${attr(input, "name")}=${attr(input, "value")}`)
const choose = async (query: string) => readPage(await send(`/feeds${query}`, BROWSER))

const withoutMarks = (text: string) => text.replaceAll(/[\u2066-\u2069\u200e\u200f]/g, "")

/** The feed of a page in JSON, with the texts that a preview shows. */
async function feedOf(page: Element): Promise<{ feed: Answer; titles: string[] }> {
  const url = addressOf(page).replace(/\/feed\.\w+/, "/feed.json")
  const feed = await send(url)
  const titles = feed.json.items.map(
    (item: { title?: string; summary?: string; url?: string }) =>
      withoutMarks(item.title ?? "") || item.summary || item.url,
  )
  return { feed, titles }
}

describe("the catalogue", () => {
  test("has every feed with its page and its three addresses, and may be indexed", async () => {
    const page = await choose("")
    const links = byTag(page, "a").map((link) => attr(link, "href"))
    const { feeds } = (await send("/feeds.json")).json
    for (const { page_url: url, urls } of feeds)
      for (const address of [url.slice(ORIGIN.length), ...Object.values(urls)]) expect(links).toContain(address)
    expect(robots(page)).toBeUndefined()
    expect(textOf(byTag(page, "title")[0] as Element)).toBe("Feeds — feedwire")
    expect([addressOf(page), chosen(page)]).toEqual([`${ORIGIN}/feed.rss`, ["format=rss", "content=full"]])
    const names = elements(page).flatMap((element) => attr(element, "aria-label") ?? [])
    expect(new Set(names).size).toBe(names.length)
  })

  test("is linked from each page in the reader's language", async () => {
    const footer = async (path: string) =>
      byTag(byTag(readPage(await send(path)), "footer")[0] as Element, "a").map((link) => attr(link, "href"))
    expect(await footer("/")).toContain("/feeds")
    expect(await footer("/sections/world?lang=ar")).toContain("/feeds?lang=ar")
    expect((await send("/Feeds/?lang=ar")).headers.get("location")).toBe(`${ORIGIN}/feeds?lang=ar`)
  })
})

/** The form of the builder. The masthead has a form for searches. */
const builderForm = (page: Parameters<typeof byTag>[0]) =>
  byTag(page, "form").find((form) => attr(form, "action")?.startsWith("/feeds"))

describe("a choice", () => {
  test.each([
    ["?section=world&section=sport&tag=&q=&format=rss&content=full", "/feeds?section=sport,world"],
    ["?section=World&publisher=nahar&content=summary", "/feeds?content=summary&publisher=nahar&section=world"],
    ["?tag=chess,%20Harbour", "/feeds?tag=chess&tag=Harbour"],
    ["?tag=Chess%D8%8C%20Harbour&tag=", "/feeds?tag=Chess&tag=Harbour"],
    ["?q=%20ميناء%20&lang=AR", "/feeds?lang=ar&q=%D9%85%D9%8A%D9%86%D8%A7%D8%A1"],
    ["?format=RSS&utm_source=x", "/feeds"],
  ])("%s is the address %s", async (query, canonical) => {
    const { status, headers } = await send(`/feeds${query}`)
    expect([status, headers.get("location")]).toEqual([301, ORIGIN + canonical])
  })

  test.each([
    ["?section=world", "/sections/world/feed.rss"],
    ["?section=sport,world", "/feed.rss?section=sport,world"],
    ["?not=europe&section=world", "/feed.rss?not=europe&section=world"],
    ["?format=atom&publisher=nahar", "/publishers/nahar/feed.atom"],
    ["?content=summary&format=json&lang=ar", "/languages/ar/feed.json?content=summary"],
    ["?lang=ar,en-gb", "/feed.rss?lang=ar,en-gb"],
    ["?tag=Chess&tag=Harbour", "/feed.rss?tag=Chess&tag=Harbour"],
    ["?q=%D9%85%D9%8A%D9%86%D8%A7%D8%A1", "/feed.rss?q=%D9%85%D9%8A%D9%86%D8%A7%D8%A1"],
    [
      "?lang=ar&q=%D9%85%D9%8A%D9%86%D8%A7%D8%A1&section=world",
      "/feed.rss?lang=ar&q=%D9%85%D9%8A%D9%86%D8%A7%D8%A1&section=world",
    ],
  ])("%s has the feed %s, and the first five entries of it", async (query, path) => {
    const page = await choose(query)
    expect(addressOf(page)).toBe(ORIGIN + path)
    expect((await send(path)).status).toBe(200)
    const { titles, feed } = await feedOf(page)
    expect(titles.length).toBeGreaterThan(0)
    expect(previewOf(page)).toEqual(titles.slice(0, 5))
    expect(textOf(byTag(result(page), "p")[0] as Element)).toBe(withoutMarks(feed.json.title))
    expect(attr(robots(page), "content")).toBe("noindex")
    const canonical = byTag(page, "link").find((link) => attr(link, "rel") === "canonical")
    expect(attr(canonical, "href")).toBe(`${ORIGIN}/feeds${query}`)
    const hrefs = byTag(result(page), "a").flatMap((link) => attr(link, "href") ?? [])
    expect(hrefs).toContain(`/feeds/choice.opml${query}`)
    for (const href of hrefs.filter((each) => each.includes("/feed"))) expect((await send(href)).status).toBe(200)
  })

  test("keeps what was chosen, and the language of the page", async () => {
    const page = await choose("?lang=ar&not=europe&q=word*&section=sport,world&tag=Chess&tag=Harbour")
    expect([attr(page, "lang"), attr(page, "dir")]).toEqual(["ar", "rtl"])
    expect(chosen(page)).toEqual([
      ...["section=world", "section=sport", "not=europe", "lang=ar", "format=rss", "content=full"],
    ])
    const texts = byTag(page, "input").filter((input) => attr(input, "type") === "text")
    expect(texts.map((input) => attr(input, "value"))).toEqual(["Chess، Harbour", "word*"])
    expect(byTag(page, "details").map((each) => attr(each, "open"))).toEqual([""])
    const languages = byTag(page, "nav").find((nav) => attr(nav, "class") === "languages") as Element
    expect(byTag(languages, "a").map((link) => attr(link, "href"))).toEqual([
      "/feeds?lang=ar&not=europe&q=word*&section=sport,world&tag=Chess&tag=Harbour",
      "/feeds?interface=en&lang=ar&not=europe&q=word*&section=sport,world&tag=Chess&tag=Harbour",
    ])
    expect(attr(byTag(languages, "a")[0], "aria-current")).toBe("page")
  })

  test.each([
    ["?interface=ar", "ar", "/feeds", ["format=rss", "content=full"], "/feed.rss"],
    [
      "?interface=en&lang=ar",
      "en",
      "/feeds?lang=ar",
      ["lang=ar", "format=rss", "content=full"],
      "/languages/ar/feed.rss",
    ],
    [
      "?interface=fr&lang=ar,en",
      "fr",
      "/feeds?lang=ar,en",
      ["lang=ar", "lang=en", "format=rss", "content=full"],
      "/feed.rss?lang=ar,en",
    ],
  ])(
    "has its own words in another language than the articles: %s",
    async (query, language, canonical, fields, path) => {
      const page = await choose(query)
      expect(attr(page, "lang")).toBe(language)
      expect([chosen(page), addressOf(page)]).toEqual([fields, ORIGIN + path])
      const link = byTag(page, "link").find((each) => attr(each, "rel") === "canonical")
      expect(attr(link, "href")).toBe(ORIGIN + canonical)
      const hidden = byTag(builderForm(page) as Element, "input").filter((input) => attr(input, "type") === "hidden")
      expect(hidden.map((input) => [attr(input, "name"), attr(input, "value")])).toEqual([["interface", language]])
      const hrefs = byTag(result(page), "a").map((each) => attr(each, "href") ?? "")
      expect(hrefs.filter((href) => href.includes("interface"))).toEqual([])
    },
  )

  test.each([
    ["?interface=en", "/feeds"],
    ["?interface=AR-eg&lang=ar", "/feeds?lang=ar"],
    ["?interface=ar-EG", "/feeds?interface=ar"],
    ["?interface=&q=", "/feeds"],
  ])("names the language of its words only if it must: %s leads to %s", async (query, canonical) => {
    expect((await send(`/feeds${query}`)).headers.get("location")).toBe(ORIGIN + canonical)
  })

  test("shows words as the reader wrote them, and its feed has them in one spelling", async () => {
    const words = 'السُّفُن أبوظبي "Café Crème" -Zürich'
    const { headers } = await send(`/feeds?${new URLSearchParams({ q: words, tag: "", interface: "en" })}`)
    const page = readPage(await send(headers.get("location")?.slice(ORIGIN.length) ?? ""))
    const input = byTag(page, "input").find((each) => attr(each, "name") === "q" && attr(each, "type") === "text")
    expect(attr(input, "value")).toBe(words)
    const address = addressOf(page)
    expect(new URL(address).searchParams.get("q")).not.toBe(words)
    expect((await send(address.slice(ORIGIN.length))).status).toBe(200)
    const search = byTag(result(page), "a").find((each) => attr(each, "href")?.startsWith("/search"))
    expect(new URL(attr(search, "href") ?? "", ORIGIN).searchParams.get("q")).toBe(words)
  })

  test("is a plain form that is sent to this site only", async () => {
    const sent = await send("/feeds")
    const form = builderForm(readPage(sent))
    expect([attr(form, "method"), attr(form, "action")]).toEqual(["get", "/feeds#subscribe"])
    expect(sent.headers.get("content-security-policy")).toBe(PAGE_POLICY)
  })

  test("without articles says so", async () => {
    const page = await choose("?lang=fi")
    expect(textOf(result(page))).toContain("There are no articles yet.")
  })

  test("has an OPML list of this feed alone", async () => {
    const { headers, text } = await send("/feeds/choice.opml?format=atom&lang=ar&section=world")
    expect(headers.get("content-disposition")).toBe('attachment; filename="feed.opml"')
    const { children } = child(readXml(text), "body") as Node
    expect(children.map(({ attributes }) => attributes)).toEqual([
      {
        ...{ type: "rss", text: "العالم · العربية — feedwire", title: "العالم · العربية — feedwire", language: "ar" },
        description: "من كل مكان",
        xmlUrl: `${ORIGIN}/feed.atom?lang=ar&section=world`,
        htmlUrl: `${ORIGIN}/sections/world?lang=ar`,
      },
    ])
    expect((await send("/feeds/choice.opml?section=wrold")).json.code).toBe("invalid_parameter")
  })
})

describe("a wrong choice", () => {
  test.each([
    ["?section=world&not=world", "not", "A section cannot be chosen and left out."],
    ["?section=world&not=world&lang=ar", "not", "لا يمكن اختيار قسم واستبعاده معًا."],
    ["?section=world&not=world&lang=en&interface=ar", "not", "لا يمكن اختيار قسم واستبعاده معًا."],
    ["?q=-word&lang=en&interface=ar", "q", "لا يمكن البحث عن هذا"],
    [`?section=${Array.from({ length: 11 }, (_, no) => `s${no}`)}`, "section", "Choose at most ten."],
    ["?section=wrold", "section", "there is no section wrold"],
    ["?publisher=papr", "publisher", "there is no publisher papr"],
    ["?lang=arabic!", "lang", "Did you mean ar?"],
    ["?tag=%E2%80%8B", "tag", "has no visible character"],
    ["?q=-word", "q", "search for"],
    ["?format=rdf", "format", "must be rss, atom, json"],
  ])("%s has the reason beside the field %s: %s", async (query, field, reason) => {
    const sent = await send(`/feeds${query}`, BROWSER)
    expect([sent.status, sent.headers.get("cache-control")]).toEqual([400, "private, no-store"])
    const page = readPage(sent)
    const error = elements(page, (each) => attr(each, "id") === `error-${field}`)[0] as Element
    expect(textOf(error)).toContain(reason)
    const described = elements(page).filter((each) => (attr(each, "aria-describedby") ?? "").includes(`error-${field}`))
    expect(described).toHaveLength(1)
    expect(elements(page, (each) => (attr(each, "id") ?? "").startsWith("error-"))).toHaveLength(1)
    expect(builderForm(page)).toBeDefined()
  })

  test("is a problem for programs, and an unknown parameter has no field", async () => {
    const { status, json } = await send("/feeds?section=wrold")
    expect([status, json.code, json.errors]).toEqual([
      ...[400, "invalid_parameter", [{ parameter: "section", detail: "there is no section wrold" }]],
    ])
    const language = await send("/feeds?interface=xx", BROWSER)
    expect([language.status, language.text]).toEqual([
      400,
      expect.stringContaining("must be a language of these pages"),
    ])
    const unknown = await send("/feeds?limit=5", BROWSER)
    expect([unknown.status, builderForm(readPage(unknown))]).toEqual([400, undefined])
  })
})

describe("costs", () => {
  test("one round trip, and a 304 reads no article", async () => {
    await send("/feeds?section=world")
    const { bindings, trips } = counted()
    const cache = new WorkersCache()
    const whole = await send("/feeds?section=world", {}, bindings, cache)
    const known = { headers: { "if-none-match": whole.headers.get("etag") ?? "" } }
    const same = await send("/feeds?section=world", known, bindings, cache)
    expect([whole.status, same.status, trips.length]).toEqual([200, 304, 2])
    expect((whole.headers.get("cache-tag") ?? "").split(",").sort()).toEqual(["section:1", "wire"])
  })
})
