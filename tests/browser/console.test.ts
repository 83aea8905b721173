/**
 * Works in the console as an operator without a terminal: logs in, makes a publisher and a key, sends a really signed
 * article, finds out why another message was refused, takes the article down, releases it, and reads who did what.
 */
import type { Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { RefusedError } from "../../scripts/admin/client.ts"
import { push } from "../../scripts/push-client.ts"
import { missingChromium } from "./chromium.ts"
import { DESK, type Site, startSite, TELEPHONE, violationsOn } from "./site.ts"

const missing = missingChromium()

const PAGES = ["articles", "deliveries", "dead-letters", "publishers", "publishers/nahar", "sections", "health"].concat(
  ["operators", "audit", "sessions", "nothing"],
)

const ARTICLE = {
  id: "gate",
  url: "https://gate.example/1",
  title: "The gate is open",
  content_html: "<p>It opened at nine.</p>",
  language: "en",
  _feedwire: { sections: ["world"] },
}

describe.skipIf(missing !== undefined)("the console in a browser", () => {
  let site: Site
  let page: Page

  const open = async (path: string): Promise<void> => {
    await page.goto(`${site.origin}/console${path}`)
  }
  const text = async (): Promise<string> =>
    (await page.locator("main td, main dd, main p").allTextContents()).join("\n")
  const secretOnPage = async (): Promise<string> => ((await page.locator(".secret pre").textContent()) ?? "").trim()
  const press = (name: string | RegExp): Promise<void> => page.getByRole("button", { name }).click()
  /** Sends the article. Resolves with its outcome, or with the code of the refusal. */
  async function send(secret: string): Promise<string | undefined> {
    const message = { type: "article.published" as const, timestamp: new Date().toISOString(), data: [ARTICLE] }
    try {
      return (await push({ url: site.origin, publisher: "gate", secret }, message))[0]?.outcome
    } catch (error) {
      if (error instanceof RefusedError) return error.problem.code
      throw error
    }
  }

  beforeAll(async () => {
    site = await startSite()
    const opened = await site.open("/console/publishers", { locale: "en-GB" })
    page = opened.page
    expect(opened.status).toBe(401)
    expect(await violationsOn(page)).toEqual([])
    await page.getByLabel("Token").fill(site.adminToken)
    await press("Log in")
    expect(new URL(page.url()).pathname).toBe("/console/publishers")
  })

  afterAll(() => site?.stop())

  test("every page fits a telephone and a desk, is accessible, and reads from either side", async () => {
    for (const language of ["ar", "en"]) {
      for (const path of PAGES) {
        await page.setViewportSize(TELEPHONE)
        await page.emulateMedia({ colorScheme: "dark" })
        await open(`/${path}?language=${language}`)
        expect([path, await page.locator("html").getAttribute("lang")]).toEqual([path, language])
        expect([path, language, await violationsOn(page)]).toEqual([path, language, []])
        for (const viewport of [TELEPHONE, DESK]) {
          await page.setViewportSize(viewport)
          const width = await page.evaluate(() => document.documentElement.scrollWidth)
          expect([path, language, width]).toEqual([path, language, viewport.width])
        }
      }
    }
  })

  test("an operator brings a publisher to a visible article, and finds out why a push was refused", async () => {
    await open("/publishers")
    await page.getByRole("textbox", { name: "Short name in addresses" }).fill("gate")
    await page.getByRole("textbox", { name: /^Name$/ }).fill("The Gate")
    await page.getByRole("textbox", { name: "Home page" }).fill("https://gate.example/")
    await press("Create")
    await press("New key")
    const secret = await secretOnPage()
    expect(await page.locator("pre").last().textContent()).toContain(`SECRET=${secret}`)
    expect(await send(secret)).toBe("created")
    await open("/articles?publisher=gate")
    await page.getByRole("link", { name: ARTICLE.title }).click()
    expect(await text()).toMatch(/published[\s\S]*world/)
    const id = /[0-9a-f]{32}/.exec(page.url())?.[0]
    expect((await site.open(`/articles/${id}`)).status).toBe(200)

    await open("/publishers/gate")
    await press("Revoke")
    expect(await send(secret)).toBe("unauthorized")
    await open("/deliveries?publisher=gate&outcome=refused")
    expect(await text()).toMatch(/refused 401\s+unauthorized/)
  })

  test("an article that is taken down leaves the wire, and comes back only after its release", async () => {
    await open("/publishers/gate")
    await press("New key")
    const secret = await secretOnPage()
    await open("/articles?publisher=gate")
    await page.getByRole("link", { name: ARTICLE.title }).click()
    const id = /[0-9a-f]{32}/.exec(page.url())?.[0] ?? ""
    const statusOfPage = async () => (await site.open(`/articles/${id}`)).status
    await press("Take down…")
    expect(await text()).toContain(ARTICLE.title)
    await page.getByRole("textbox", { name: "Reason" }).fill("A court order")
    await press("Take down")
    expect(await text()).toContain("A court order")
    expect(await statusOfPage()).toBe(410)
    expect(await send(secret)).toBe("taken_down")
    expect(await statusOfPage()).toBe(410)
    // The sweep finishes the erasing.
    for (const ms of [60_000, 120_000]) await site.sweepLater(ms)
    await open(`/articles/${id}`)
    await press("Release")
    expect(await statusOfPage()).toBe(410)
    await send(secret)
    expect(await statusOfPage()).toBe(200)
    await open("/audit")
    const audit = await text()
    for (const action of ["article.release", "article.take-down", "key.revoke", "publisher.create"])
      expect(audit).toMatch(new RegExp(`shared token\\s+${action}`))
  })

  test("a session that is ended elsewhere is out at once", async () => {
    const other = await site.open("/console/sessions", { storageState: await page.context().storageState() })
    expect(other.status).toBe(200)
    await press("Log out")
    await other.page.reload()
    expect(await other.page.getByLabel("Token").isVisible()).toBe(true)
  })
})
