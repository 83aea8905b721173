/** Tests the pages of errors for people, and the redirects from addresses that people try. */
import { env } from "cloudflare:workers"
import { describe, expect, test } from "vitest"
import { SCRIPT } from "../../src/site/script.ts"
import { STYLESHEET } from "../../src/site/stylesheet.ts"
import { attr, byTag, type Element, prepareWire, readPage, scriptsOf, textOf } from "./finding.ts"
import { PAGE_POLICY } from "./page-policies.ts"
import { admin, counted, ORIGIN, section, send } from "./world.ts"

prepareWire()

const BROWSER = { accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" }
const open = (path: string, init: RequestInit = {}, bindings: Env = env) =>
  send(path, { headers: BROWSER, ...init }, bindings)

const h1 = (page: Element) => textOf(byTag(page, "h1")[0] as Element)
const hrefs = (page: Element) => byTag(page, "a").map((link) => attr(link, "href"))

describe("an error for people", () => {
  test.each([
    ["/nowhere", 404, "There is no such page", undefined],
    ["/sections/wrold", 404, "There is no such page", "/sections/world"],
    ["/sections/wrold?lang=ar", 404, "لا توجد صفحة بهذا العنوان", "/sections/world?lang=ar"],
    ["/sprot", 404, "There is no such page", "/sections/sport"],
    ["/world/news/gulf", 404, "There is no such page", "/sections/gulf"],
    ["/publishers/papper", 404, "There is no such page", "/publishers/paper"],
    ["/problems/not_fuond", 404, "There is no such page", "/problems/not_found"],
    ["/?aftr=1", 400, "This address is not right", "/"],
    ["/sections/world?limit=10", 400, "This address is not right", "/sections/world"],
    ["/languages/x", 400, "This address is not right", undefined],
    ["/tags/%E0%A4%A", 404, "There is no such page", undefined],
    ["/r/nothing", 404, "There is no such page", undefined],
    ["/nowhere?lang=fr", 404, "Cette page n’existe pas", undefined],
    ["/nowhere?lang=ar", 404, "لا توجد صفحة بهذا العنوان", undefined],
  ])("%s is a page with %d: %s, and leads to %s", async (path, status, title, meant) => {
    const answer = await open(path)
    expect([answer.status, answer.headers.get("content-type")]).toEqual([status, "text/html; charset=utf-8"])
    expect(answer.headers.get("cache-control")).toBe("private, no-store")
    expect(answer.headers.get("content-security-policy")).toBe(PAGE_POLICY)
    expect(answer.headers.get("referrer-policy")).toBe("strict-origin-when-cross-origin")
    const page = readPage(answer)
    expect(h1(page)).toBe(title)
    expect(answer.text).not.toContain("aria-current")
    if (meant !== undefined) expect(hrefs(page)).toContain(meant)
    // What is not in the language of the page is folded.
    const outside = byTag(byTag(page, "main")[0] as Element, "p").filter((each) => attr(each, "lang") !== undefined)
    const [details] = byTag(page, "details") as [Element]
    expect(byTag(details, "p")).toEqual(expect.arrayContaining(outside))
    expect(byTag(page, "style")).toEqual([])
    expect(scriptsOf(page)).toEqual([[SCRIPT, ""]])
    const json = await send(path)
    expect([json.status, json.headers.get("content-type")]).toEqual([status, "application/problem+json; charset=utf-8"])
    expect(textOf(byTag(page, "main")[0] as Element)).toContain(json.json.detail)
    const head = await open(path, { method: "HEAD" })
    expect([head.status, head.text, head.headers.get("content-type")]).toEqual([status, "", "text/html; charset=utf-8"])
  })

  test("a page that was removed is a page with 410, in Arabic if its address says so", async () => {
    await section("old")
    await admin("POST", "/sections/old/retire", {})
    const gone = await open("/sections/old?lang=ar")
    expect([gone.status, h1(readPage(gone))]).toEqual([410, "أزيلت هذه الصفحة"])
    expect(attr(readPage(gone), "dir")).toBe("rtl")
    expect(hrefs(readPage(gone))).toContain("/languages/ar")
  })

  test("markup in an address is text, and an error reads nothing from the database", async () => {
    const { bindings, trips } = counted()
    const page = readPage(await open("/%3Cscript%3Ealert(1)%3C/script%3E", {}, bindings))
    expect(scriptsOf(page)).toEqual([[SCRIPT, ""]])
    expect(trips).toEqual([])
  })

  test("a failure is a page with 500 or 503, whose text has no secrets", async () => {
    const DB = {
      prepare: () => {
        throw new Error("D1_ERROR: secret")
      },
    } as unknown as D1Database
    const answer = await open("/publishers/paper?lang=fr", {}, { ...env, DB })
    expect([answer.status, h1(readPage(answer))]).toEqual([503, "Une erreur s’est produite"])
    expect(answer.headers.get("retry-after")).toBe("30")
    expect(answer.text).not.toContain("secret")
  })
})

describe("programs always get problem+json", () => {
  test.each([
    "/v1/nothing",
    "/v1/articles/1",
    "/push/nobody",
    "/admin/api/sections",
    "/healthz/x",
    "/sections/wrold/feed.rss",
    "/feed.json?aftr=1",
    "/feed%2erss?aftr=1",
    "/feeds.opml?x=1",
    "/feeds.json?x=1",
    "/sitemap.xml?x=1",
    "/robots.txt?x=1",
  ])("at %s", async (path) => {
    const answer = await open(path)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.headers.get("content-type")).toBe("application/problem+json; charset=utf-8")
  })

  test("for a method that pages do not have", async () => {
    const answer = await open("/", { method: "POST" })
    expect([answer.status, answer.json.code]).toEqual([405, "method_not_allowed"])
  })
})

test.each([
  ["/articles", "/"],
  ["/Tags/", "/search"],
  ["/authors", "/search"],
  ["/sections", "/#sections"],
  ["/Publishers/", "/#publishers"],
  ["/languages", "/#languages"],
  ["/feed", "/feed.rss"],
  ["/feed/", "/feed.rss"],
  ["/feed.xml", "/feed.rss"],
  ["/rss", "/feed.rss"],
  ["/RSS.xml", "/feed.rss"],
  ["/atom.xml", "/feed.atom"],
  ["/feed/atom/", "/feed.atom"],
  ["/index.xml", "/feed.rss"],
  ["/index.rdf", "/feed.rss"],
  ["/sections/world/feed", "/sections/world/feed.rss"],
  ["/sections/world/rss.xml?utm_source=x", "/sections/world/feed.rss"],
  ["/languages/ar/atom", "/languages/ar/feed.atom"],
  ["/tags/Harbour/feed", "/feed.rss?tag=Harbour"],
  ["/sections/world/feed?lang=ar", "/feed.rss?lang=ar&section=world"],
  ["/index.html", "/"],
  ["/styles/site.0123456789ab.css", STYLESHEET],
  ["/scripts/site.0123456789ab.js", SCRIPT],
  ["/favicon.ico", "/icon.png"],
  ["/apple-touch-icon.png", "/icon.png"],
])("%s leads to %s", async (path, meant) => {
  const { status, headers } = await send(path)
  expect([status, headers.get("location")]).toEqual([301, ORIGIN + meant])
})

test.each(["/nothing/feed", "/sections/world/more/rss", "/index", "/feed.php5"])("%s leads nowhere", async (path) =>
  expect((await send(path)).status).toBe(404),
)

test("/problems/:code shows the remedy as a page or as text", async () => {
  const explained = await open("/problems/too_many_requests?lang=fr")
  expect(explained.headers.get("content-security-policy")).toBe(PAGE_POLICY)
  expect(explained.text).not.toContain("aria-current")
  const page = readPage(explained)
  expect(h1(page)).toBe("Too many requests")
  expect(textOf(byTag(page, "main")[0] as Element)).toContain("Wait as long as Retry-After says.")
  expect(textOf(byTag(page, "h2")[0] as Element)).toBe("Que faire")
  const { text, headers } = await send("/problems/too_many_requests")
  expect([headers.get("cache-control"), text]).toEqual([
    "private, no-store",
    "too_many_requests (429)\n\nToo many requests. Wait as long as Retry-After says.\n",
  ])
})
