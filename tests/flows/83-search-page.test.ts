/** Tests the page of a search: its form, its results with marked words, its filters and its pages. */
import { env } from "cloudflare:workers"
import { afterEach, beforeAll, describe, expect, test } from "vitest"
import { HOUR, now, rfc3339, until } from "./clock.ts"
import { attr, byTag, type Element, nahar, paper, readPage, textOf } from "./finding.ts"
import { PAGE_POLICY } from "./page-policies.ts"
import { publish, settle } from "./search-wire.ts"
import { type Answer, admin, counted, ORIGIN, send } from "./world.ts"

beforeAll(() => until(Math.max(now, Date.now())))
afterEach(settle)

const open = async (path: string): Promise<{ sent: Answer; page: Element; main: Element }> => {
  const sent = await send(path)
  expect([path, sent.status, sent.headers.get("location")]).toEqual([path, 200, null])
  const page = readPage(sent)
  return { sent, page, main: byTag(page, "main")[0] as Element }
}
const headlines = ({ main }: { main: Element }) => byTag(main, "h3").map(textOf)
const linkWith = (root: Element, text: string) =>
  attr(
    byTag(root, "a").find((link) => textOf(link) === text),
    "href",
  )

describe("a search page", () => {
  test("shows what the API finds, with the found words marked as text", async () => {
    await publish(
      paper,
      { title: "Locusts", content_html: "<p>A swarm of <b>locusts</b> ate &lt;img src=x&gt; and left</p>" },
      { title: "Wheat", content_html: "<p>Locusts, locusts, locusts</p>" },
    )
    const { json } = await send("/v1/articles?q=Locusts%20swarm")
    const found = await open("/search?q=Locusts+swarm")
    expect(headlines(found)).toEqual(json.articles.map(({ title }: { title: string }) => title))
    expect(textOf(byTag(found.main, "h2")[0] as Element)).toBe("Search results 1")
    expect(byTag(found.main, "mark").map(textOf)).toEqual(["Locusts", "swarm", "locusts"])
    expect(textOf(byTag(found.main, "article")[0] as Element)).toContain("<img src=x>")
    expect(byTag(found.main, "img")).toEqual([])
    expect(linkWith(found.main, "Locusts")).toMatch(/^\/articles\/[0-9a-f]{32}\/locusts$/)
    expect(textOf(byTag(found.page, "title")[0] as Element)).toBe(`Search: Locusts swarm — ${env.WIRE_TITLE}`)
    const [words] = byTag(found.main, "input").filter((input) => attr(input, "name") === "q")
    expect(attr(words, "value")).toBe("Locusts swarm")
  })

  test("leads to the three feeds of the search, which lead back, and is not for search engines", async () => {
    const { page, sent } = await open("/search?lang=en&not=sport&q=Locusts&tag=a")
    const feeds = byTag(page, "link").filter((link) => attr(link, "rel") === "alternate")
    const urls = feeds.map((link) => attr(link, "href") as string)
    expect(urls).toEqual(["rss", "atom", "json"].map((f) => `${ORIGIN}/feed.${f}?lang=en&not=sport&q=locusts&tag=a`))
    const json = await send(urls[2] as string)
    expect([json.status, json.json.home_page_url]).toEqual([200, `${ORIGIN}/search?lang=en&not=sport&q=locusts&tag=a`])
    await open(json.json.home_page_url)
    expect(
      attr(
        byTag(page, "meta").find((meta) => attr(meta, "name") === "robots"),
        "content",
      ),
    ).toBe("noindex")
    expect(sent.headers.get("cache-control")).toBe("public, max-age=60")
    expect(sent.headers.get("cache-tag")).toBe("lang:en,wire")
    expect(sent.headers.get("content-security-policy")).toBe(PAGE_POLICY)
    const again = await send("/search?lang=en&not=sport&q=Locusts&tag=a", {
      headers: { "if-none-match": sent.headers.get("etag") ?? "" },
    })
    expect(again.status).toBe(304)
  })

  test("filters by section, publisher, language and time", async () => {
    await publish(paper, { title: "Salt", language: "en", date_published: rfc3339(now - 48 * HOUR) })
    await publish(nahar, { title: "Sel salt", language: "fr", _feedwire: { sections: ["sport"] } })
    const day = (at: number) => rfc3339(at).slice(0, 10)
    for (const [query, expected] of [
      ["q=salt", ["Sel salt", "Salt"]],
      ["q=salt&section=sport", ["Sel salt"]],
      ["publisher=paper&q=salt", ["Salt"]],
      ["lang=fr&q=salt", ["Sel salt"]],
      [`q=salt&since=${day(now)}`, ["Sel salt"]],
      [`q=salt&until=${day(now - 40 * HOUR)}`, ["Salt"]],
    ] as const)
      expect([query, headlines(await open(`/search?${query}`)).sort()]).toEqual([query, [...expected].sort()])
    const { main, page } = await open(`/search?lang=fr&q=salt&section=sport&since=${day(now)}`)
    const chosen = byTag(main, "option").filter((option) => attr(option, "selected") !== undefined)
    expect(chosen.map((option) => attr(option, "value"))).toEqual(["sport", "fr"])
    expect(attr(page, "lang")).toBe("fr")
    const [summary] = byTag(main, "summary")
    expect(textOf(summary as Element)).toBe(`Filtres · Sport & <Games> · français · ${day(now)} – …`)
    expect(
      attr(
        byTag(main, "input").find((input) => attr(input, "name") === "since"),
        "value",
      ),
    ).toBe(day(now))
    const [several] = byTag((await open("/search?q=salt&section=sport%2Cworld")).main, "option").filter(
      (option) => attr(option, "selected") !== undefined,
    )
    expect([attr(several, "value"), textOf(several as Element)]).toEqual(["sport,world", "Sport & <Games> + World"])
  })

  test("gives further results page by page", async () => {
    await publish(paper, ...Array.from({ length: 45 }, (_, no) => ({ title: `Copper ${no}` })))
    const found: string[] = []
    let pages = 0
    for (let url: string | undefined = "/search?q=copper"; url !== undefined; pages++) {
      const result = await open(url)
      found.push(...headlines(result))
      url = linkWith(result.main, "More results")
      expect(linkWith(result.main, "First results")).toBe(pages === 0 ? undefined : "/search?q=copper")
    }
    expect([pages, found.length, new Set(found).size]).toEqual([3, 45, 45])
  })

  test("says what to do before a search and if nothing was found", async () => {
    const empty = await open("/search?lang=ar")
    expect(textOf(empty.main)).toContain("اكتب الكلمات التي تبحث عنها")
    expect([attr(empty.page, "lang"), attr(empty.page, "dir")]).toEqual(["ar", "rtl"])
    expect(headlines(empty)).toEqual([])
    const nothing = await open("/search?q=nothinghere&section=world")
    expect(textOf(nothing.main)).toContain("Nothing was found")
    expect(linkWith(nothing.main, "Search everything")).toBe("/search?q=nothinghere")
    expect(linkWith((await open("/search?q=nothinghere")).main, "Search everything")).toBeUndefined()
  })

  test.each([
    ["/search?q=+Rain++&section=&since=&lang=", "/search?q=Rain"],
    ["/search?section=world&q=a", "/search?q=a&section=world"],
    ["/search?q=a&utm_source=x", "/search?q=a"],
    ["/Search/?q=a", "/search?q=a"],
    ["/search?q=", "/search"],
    ["/?q=Rain+Beirut", "/search?q=Rain+Beirut"],
    ["/sections/world?lang=ar&q=rain", "/search?lang=ar&q=rain&section=world"],
    ["/?q=Caf%C3%A9+Rain", "/search?q=Caf%C3%A9+Rain"],
    ["/search?interface=EN&q=Rain", "/search?q=Rain"],
    ["/search?interface=fr-ca&lang=en&q=Rain", "/search?interface=fr&lang=en&q=Rain"],
  ])("at %s is redirected to %s", async (spelling, canonical) => {
    const sent = await send(spelling)
    expect([sent.status, sent.headers.get("location")]).toEqual([301, ORIGIN + canonical])
  })

  test.each([
    ["/search?q=-a", "only excludes words"],
    ["/search?q=a&section=sprot", "sport"],
    ["/search?q=a&since=yesterday", "must be a time"],
    ["/search?q=a&since=2026-02-02&until=2026-02-01", "later than until"],
    ["/search?q=a&not=world&section=world", "excludes world"],
    ["/search?after=x&q=a", "not a position"],
    ["/search?q=a&colour=red", "not known here"],
  ])("at %s is a problem, and a page in a browser", async (path, detail) => {
    const [json, page] = [await send(path), await send(path, { headers: { accept: "text/html" } })]
    expect([json.status, json.json.detail]).toEqual([400, expect.stringContaining(detail)])
    expect([page.status, page.headers.get("content-type")]).toEqual([400, "text/html; charset=utf-8"])
  })

  test.each([
    ["-a", "only excludes words"],
    ["🚂", ""],
    ["-rain -snow", "only excludes words"],
    ["!!!", ""],
    ["…", ""],
    ['""', ""],
    ["a".repeat(201), "200 characters"],
    ["مطر ".repeat(60), "200 characters"],
  ])("shows words that cannot be searched for again, with the reason: %s", async (words, detail) => {
    const path = `/search?lang=ar&section=world&q=${encodeURIComponent(words)}`
    const sent = await send(path, { headers: { accept: "text/html" } })
    expect([sent.status, sent.headers.get("cache-control")]).toEqual([400, "private, no-store"])
    const page = readPage(sent)
    const [input] = byTag(byTag(page, "main")[0] as Element, "input").filter((each) => attr(each, "name") === "q")
    expect(["value", "aria-invalid", "aria-describedby"].map((name) => attr(input, name))).toEqual([
      ...[words.trim(), "true", "error-q"],
    ])
    const message = byTag(page, "p").find((each) => attr(each, "id") === "error-q") as Element
    expect(textOf(message)).toContain(detail)
    expect(textOf(message)).toContain("لا يمكن البحث عن هذا")
    const chosen = byTag(page, "option").filter((option) => attr(option, "selected") !== undefined)
    expect(chosen.map((option) => attr(option, "value"))).toEqual(["world", "ar"])
    expect((await send(path)).headers.get("content-type")).toBe("application/problem+json; charset=utf-8")
  })

  test("keeps the language of the reader in the masthead of each page, and leads to itself in other languages", async () => {
    const { page } = await open("/languages/ar")
    const [form] = byTag(page, "form")
    expect([attr(form, "action"), attr(form, "method")]).toEqual(["/search", undefined])
    expect(byTag(form as Element, "input").map((input) => [attr(input, "name"), attr(input, "value") ?? ""])).toEqual([
      ["lang", "ar"],
      ["q", ""],
    ])
    await admin("PATCH", "/publishers/headlines", { language: "fr" })
    const search = await open("/search?lang=en&q=salt")
    expect(linkWith(search.page, "français")).toBe("/search?interface=fr&lang=en&q=salt")
    expect(byTag(search.page, "form")).toHaveLength(1)
  })

  test("has its own words in another language than its results", async () => {
    const { page, main } = await open("/search?interface=fr&lang=en&q=salt")
    expect([attr(page, "lang"), byTag(main, "article").map((each) => attr(each, "lang"))]).toEqual(["fr", ["en"]])
    const canonical = byTag(page, "link").find((link) => attr(link, "rel") === "canonical")
    expect(attr(canonical, "href")).toBe(`${ORIGIN}/search?lang=en&q=salt`)
    const hidden = byTag(main, "input").filter((input) => attr(input, "type") === "hidden")
    expect(hidden.map((input) => [attr(input, "name"), attr(input, "value")])).toEqual([["interface", "fr"]])
    expect(linkWith(page, "English")).toBe("/search?lang=en&q=salt")
    const nothing = await open("/search?lang=ar&q=zzzz")
    expect(byTag(nothing.main, "a").map((link) => attr(link, "href"))).toContain("/search?interface=ar&q=zzzz")
    const wrong = await send("/search?interface=ar&q=-a", { headers: { accept: "text/html" } })
    expect(attr(readPage(wrong), "lang")).toBe("ar")
  })

  test("is one round trip, which is charged to the reader like a search of the API", async () => {
    const keys: string[] = []
    const READER_RATE = { limit: async ({ key }: { key: string }) => ({ success: keys.push(key) <= 1 }) }
    const { bindings, trips } = counted({ ...env, READER_RATE } as Env)
    const headers = { "cf-connecting-ip": "192.0.2.9" }
    expect((await send("/search", { headers }, bindings)).status).toBe(200)
    expect(keys).toEqual([])
    trips.length = 0
    expect((await send("/search?q=salt", { headers }, bindings)).status).toBe(200)
    expect([keys, trips.length]).toEqual([["192.0.2.9"], 1])
    const refused = await send("/search?q=copper", { headers: { ...headers, accept: "text/html" } }, bindings)
    expect([refused.status, refused.headers.get("content-type")]).toEqual([429, "text/html; charset=utf-8"])
  })
})
