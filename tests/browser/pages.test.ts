/**
 * Opens the pages of `npm start` in Chromium, in both directions, on a dark telephone and a light desk: nothing is wider
 * than the window, nothing moves, axe finds no violation, and the browser reports no error. Then it reads as a reader
 * does. Without Chromium, these tests are skipped.
 */
import { gzipSync } from "node:zlib"
import type { Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { TECHNIQUES } from "../unit/html/xss-techniques.ts"
import { missingChromium } from "./chromium.ts"
import { DESK, type Site, shiftOf, startSite, TELEPHONE, textsOf, violationsOn } from "./site.ts"

const missing = missingChromium()
if (missing !== undefined) console.log(missing)

/** A page of each kind, from left to right and from right to left. */
const PAGES = [
  ...["/", "/languages/ar", "/sections/world", "/sections/world?lang=ar", "/publishers/meridian", "/publishers/nahar"],
  ...["/tags/rain", "/feeds", "/feeds?lang=ar", "/search?q=rain", "/search?q=%D8%A7%D9%84%D9%85%D8%B7%D8%B1&lang=ar"],
  ...["/problems/not_found", "/sections/wrold", "/sections/wrold?lang=ar", "/docs"],
]
/** The rules of axe whose result may change with the colour scheme and the width of the window. */
const RULES_OF_LOOKS = ["color-contrast", "scrollable-region-focusable"]
/** Recognised as a person's browser, unlike the name of a headless Chromium. */
const READER = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"

describe.skipIf(missing !== undefined)("pages in a browser", () => {
  let site: Site
  /** The page of the first article of a front page. */
  const articles = new Map<string, string>()
  const texts = new Map<string, string[]>()

  beforeAll(async () => {
    site = await startSite()
    for (const path of ["/", "/languages/ar"]) {
      const { page } = await site.open(path)
      articles.set(path, (await page.locator(".lead h3 a").getAttribute("href")) ?? "")
      await page.context().close()
    }
  })

  afterAll(() => site?.stop())

  async function checkPage(path: string): Promise<void> {
    const { page, reports } = await site.open(path, { viewport: TELEPHONE, colorScheme: "dark" })
    texts.set(path, await textsOf(page))
    for (const colorScheme of ["dark", "light"] as const) {
      const viewport = colorScheme === "dark" ? TELEPHONE : DESK
      await page.setViewportSize(viewport)
      await page.emulateMedia({ colorScheme })
      const width = await page.evaluate(() => document.documentElement.scrollWidth)
      expect({ path, width, reports }).toEqual({ path, width: viewport.width, reports: [] })
      const violations = await violationsOn(page, colorScheme === "dark" ? undefined : RULES_OF_LOOKS)
      expect({ path, colorScheme, violations }).toEqual({ path, colorScheme, violations: [] })
    }
    await page.context().close()
  }

  test.each(PAGES)("%s fits a telephone and a desk, is accessible, and has no error", checkPage)

  test.each(["/", "/languages/ar"])("the page of the first article of %s too", async (list) => {
    expect(articles.get(list)).toMatch(/^\/articles\/[0-9a-f]{32}\//)
    await checkPage(articles.get(list) ?? "")
  })

  test("every page is whole without script", async () => {
    expect(texts.size).toBe(PAGES.length + 2)
    const { page } = await site.open("/", { viewport: TELEPHONE, javaScriptEnabled: false })
    expect(await page.locator("time").first().textContent()).toMatch(/^\d+ \w+ \d{4} at \d\d:\d\d UTC$/)
    expect(await page.locator(".copy:visible").count()).toBe(0)
    for (const [path, withScript] of texts) {
      await page.goto(site.origin + path)
      expect({ path, texts: await textsOf(page) }).toEqual({ path, texts: withScript })
      expect(withScript.length).toBeGreaterThan(5)
    }
    await page.context().close()
  })

  test("nothing moves on the front page and the page of an article, and both are small", async () => {
    const limits = new Map([
      ...[...articles.keys()].map((path) => [path, 70] as const),
      ...[...articles.values()].map((path) => [path, 50] as const),
    ])
    // Each kind of page is opened in one direction on a telephone, and in the other on a desk.
    for (const [at, [path, kilobytes]] of [...limits].entries()) {
      const { page } = await site.open(path, { viewport: at === 0 || at === 3 ? TELEPHONE : DESK })
      expect({ path, shift: await shiftOf(page) }).toEqual({ path, shift: 0 })
      const files = await page
        .locator("link[rel=stylesheet], script[src]")
        .evaluateAll((elements) =>
          elements.map((each) => (each as HTMLLinkElement).href || (each as HTMLScriptElement).src),
        )
      const parts = [site.origin + path, ...files].map(async (url) =>
        gzipSync(await (await fetch(url)).text(), { level: 6 }),
      )
      const bytes = (await Promise.all(parts)).reduce((sum, { length }) => sum + length, 0)
      expect(files.length).toBeGreaterThanOrEqual(2)
      expect(bytes).toBeLessThanOrEqual(kilobytes * 1000)
      await page.context().close()
    }
  })

  test("a reader opens front page, section, article and the publisher's site, and the view counts", async () => {
    const { page, reports } = await site.open("/", { userAgent: READER })
    const { context, path } = { context: page.context(), path: () => new URL(page.url()).pathname }
    const referrers: (string | undefined)[] = []
    await context.route(/^https:\/\/[^/]*\.example\//, async (route) => {
      if (route.request().isNavigationRequest())
        referrers.push((await route.request().headerValue("referer")) ?? undefined)
      await route.fulfill({ contentType: "text/html", body: "<title>The publisher's site</title>" })
    })
    await page.clock.install()
    await page.clock.pauseAt(Date.now() + 60_000)
    await page.locator(".bar a").first().click()
    await page.waitForURL(/\/sections\//)
    await page.locator("article h3 a").last().click()
    await page.waitForURL(/\/articles\//)
    const separators = await page
      .locator(".trail li")
      .evaluateAll((items) => items.map((item) => getComputedStyle(item, "::after").content))
    expect([separators.at(0), separators.at(-1)]).toEqual(['" ›"', "none"])
    const [, id = ""] = /^\/articles\/([0-9a-f]{32})\//.exec(path()) ?? []
    expect((await mostRead()).includes(id)).toBe(false)
    const beacons: (string | null)[] = []
    page.on("request", (request) => {
      if (request.url().endsWith("/v1/views")) beacons.push(request.postData())
    })
    await page.clock.runFor(2900)
    expect(beacons).toEqual([])
    const counted = page.waitForResponse((response) => response.url().endsWith("/v1/views"))
    await page.clock.runFor(200)
    expect((await counted).status()).toBe(202)
    await page.clock.runFor(60_000)
    expect(beacons).toEqual([JSON.stringify({ articles: [id] })])
    // The lists are updated every five minutes, and the queue delivers the view after a second.
    let updates = 0
    while (!(await mostRead()).includes(id)) {
      updates += 1
      await site.sweepLater(updates * 360_000)
    }
    await page.emulateMedia({ media: "print" })
    const view = page.locator("a.view")
    const printed = await view.evaluate((link) => getComputedStyle(link, "::after").content)
    expect([await view.isVisible(), printed]).toEqual([true, expect.stringMatching(/https:\/\/[^/]*\.example\//)])
    await page.emulateMedia({ media: null })
    await view.click()
    await page.waitForURL(/^https:\/\/[^/]*\.example\//)
    expect(await page.title()).toBe("The publisher's site")
    expect(referrers).toEqual([expect.stringContaining(site.origin)])
    expect(reports).toEqual([])
    await context.close()
  })

  const mostRead = async (): Promise<string[]> => {
    const answer = await fetch(`${site.origin}/v1/most-read?window=24h&limit=50`)
    const { articles: read } = (await answer.json()) as { articles: { id: string }[] }
    return read.map(({ id }) => id.slice(-32))
  }

  test("a reader chooses a language, and stays in it", async () => {
    const { page } = await site.open("/sections/world")
    await page.locator(".languages a", { hasText: "العربية" }).click()
    expect(page.url()).toBe(`${site.origin}/sections/world?lang=ar`)
    expect(await page.locator("html").getAttribute("dir")).toBe("rtl")
    await page.locator(".bar a").last().click()
    expect(page.url()).toMatch(/\/sections\/[a-z]+\?lang=ar$/)
    await page.context().close()
  })

  test("a reader searches for an Arabic word", async () => {
    const { page } = await site.open("/languages/ar")
    await page.locator(".masthead input[name=q]").fill("المطر")
    await page.keyboard.press("Enter")
    await page.waitForURL(/\/search\?/)
    expect(await page.locator("html").getAttribute("lang")).toBe("ar")
    expect(await page.locator("main article h3").count()).toBeGreaterThan(0)
    expect(await page.locator("main mark").allTextContents()).toEqual(
      expect.arrayContaining([expect.stringMatching(/مطر/)]),
    )
    await page.context().close()
  })

  test("a reader builds a feed, copies its address, and the feed has the entries of the preview", async () => {
    const { page, reports } = await site.open("/feeds", { permissions: ["clipboard-read", "clipboard-write"] })
    await page.locator("input[name=section][value=sports]").check()
    await page.locator("input[name=lang][value=ar]").check()
    await page.locator("input[name=format][value=json]").check()
    await page.locator("main form button[type=submit]").click()
    await page.locator(".result .copy").click()
    // The filter by language does not change the language of the form.
    await page.locator(".result .copy", { hasText: "Copied" }).waitFor()
    const address = await page.evaluate(() => navigator.clipboard.readText())
    expect(address).toBe(`${site.origin}/feed.json?lang=ar&section=sports`)
    const { items } = (await (await fetch(address)).json()) as { items: { title: string }[] }
    const previewed = await page.locator(".preview li > :first-child").allTextContents()
    expect(previewed).toEqual(items.slice(0, 5).map(({ title }) => expect.stringContaining(title.slice(0, 20))))
    expect(reports).toEqual([])
    await page.context().close()
  })

  test("pages of errors lead on", async () => {
    const { page, status } = await site.open("/sections/wrold")
    expect(status).toBe(404)
    await page.locator("main .choices a").click()
    expect(page.url()).toBe(`${site.origin}/sections/world`)
    await page.context().close()
  })

  describe("articles of hostile or careless senders", () => {
    const LONG = "Donaudampfschifffahrt".repeat(9).slice(0, 180)
    /** Marks the page if a payload runs. */
    const trap = () => {
      const ran: string[] = []
      for (const name of ["alert", "prompt", "confirm", "print"])
        Object.defineProperty(window, name, { value: () => ran.push(name) })
      Object.defineProperty(window, "ran", { value: ran })
    }
    const ranOn = (page: Page) => page.evaluate(() => (window as unknown as { ran: string[] }).ran)
    const payloads = TECHNIQUES.flatMap(({ payloads: each }) => each)
    let ids: string[] = []

    beforeAll(async () => {
      const base = { language: "en", date_published: new Date().toISOString(), _feedwire: { sections: ["world"] } }
      const item = (id: string, more: object) => ({
        ...base,
        id,
        url: `https://meridian.example/${id}`,
        title: id,
        ...more,
      })
      const hostile = Array.from({ length: 4 }, (_, part) => payloads.filter((_each, at) => at % 4 === part))
      ids = await site.publish("meridian", "article.published", [
        item("long", {
          title: LONG,
          summary: LONG,
          tags: [LONG.slice(0, 100)],
          authors: [{ name: LONG }],
          content_html: `<p>${LONG}</p>`,
        }),
        item("gone", {}),
        item("broken", {
          image: "http://127.0.0.1:9/lead.jpg",
          content_html: `<p>Before</p><figure><img src="http://127.0.0.1:9/1.jpg" alt="Lost"><figcaption>Its caption</figcaption></figure>
            <p><a href="https://meridian.example/"><img src="https://127.0.0.1:9/2.jpg" alt=""></a></p><p>After</p>`,
        }),
        ...hostile.map((texts, part) => {
          const [title, summary, name, caption, credit, alt, ...tags] = texts.filter(({ length }) => length <= 100)
          return item(`hostile-${part}`, {
            ...{ title: `Hostile ${title}`, summary, tags: tags.slice(0, 9), authors: [{ name }] },
            image: "https://127.0.0.1:9/lead.jpg",
            content_html: texts.map((text) => `<div>${text}</div>`).join("\n"),
            _feedwire: { sections: ["world"], image: { caption, credit, alt } },
          })
        }),
      ])
      await site.publish("meridian", "article.deleted", [{ id: "gone" }])
    })

    const openArticle = (at: number, options = {}) => site.open(`/articles/${ids[at]}`, options)

    test.each(["/", "/sections/world", "/articles"])(
      "an unbroken name of 180 letters fits a telephone: %s",
      async (path) => {
        const { page } =
          path === "/articles"
            ? await openArticle(0, { viewport: TELEPHONE })
            : await site.open(path, { viewport: TELEPHONE })
        expect(await page.getByText(LONG).count()).toBeGreaterThan(0)
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(TELEPHONE.width)
        await page.context().close()
      },
    )

    test("a withdrawn article is a page that leads on", async () => {
      const { page, status } = await openArticle(1)
      expect(status).toBe(410)
      expect(await violationsOn(page)).toEqual([])
      await page.locator("main a").first().click()
      expect(page.url()).toBe(`${site.origin}/`)
      await page.context().close()
    })

    test("pictures that do not load leave nothing behind", async () => {
      const { page, reports } = await openArticle(2)
      await page.waitForFunction(() => document.querySelectorAll(".whole img").length === 0)
      expect(await page.locator(".whole figure").count()).toBe(0)
      expect(await page.locator(".body > *").allTextContents()).toEqual(["Before", "After"])
      expect(reports).toEqual([])
      await page.context().close()
    })

    test("no attack on a sanitizer runs, also without the policy of the page", async () => {
      expect(ids).toHaveLength(7)
      const { page } = await site.open("/", { bypassCSP: true })
      await page.addInitScript(trap)
      const reports: string[] = []
      page.on("dialog", (dialog) => reports.push(dialog.type()))
      for (const id of ids.slice(3)) {
        await page.goto(`${site.origin}/articles/${id}`)
        expect(await page.locator(".whole h1").textContent()).toContain("Hostile")
        expect(await ranOn(page)).toEqual([])
      }
      // The trap is no good if it does not catch an attack.
      await page.setContent(payloads.slice(0, 40).join("\n"))
      await page.waitForFunction(() => (window as unknown as { ran?: string[] }).ran?.includes("alert"))
      expect(reports).toEqual([])
      await page.context().close()
    })
  })
})
