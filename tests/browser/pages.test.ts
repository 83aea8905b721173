/**
 * Opens the pages of `npm start` in Chromium, in both directions, on a telephone and a desk: nothing is wider than the
 * window, axe finds no violation, and the browser reports no error. Without Chromium, these tests are skipped.
 */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import type { Browser, BrowserContextOptions, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { copyProject, killAll, type ProjectCopy } from "../npm.ts"
import { missingChromium, startChromium } from "./chromium.ts"

const missing = missingChromium()
if (missing !== undefined) console.log(missing)

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")
/** A page of each kind, in each direction. */
const LISTS = ["/", "/languages/ar", "/sections/world", "/sections/world?lang=ar", "/publishers/nahar", "/tags/rain"]
const PAGES = [...LISTS, "/publishers/meridian", "/docs", "/problems/not_found"]
const DARK_TELEPHONE = { viewport: { width: 360, height: 740 }, colorScheme: "dark" } as const
const LIGHT_DESK = { viewport: { width: 1280, height: 900 }, colorScheme: "light" } as const

describe.skipIf(missing !== undefined)("pages in a browser", () => {
  let project: ProjectCopy
  let browser: Browser
  let origin: string

  beforeAll(async () => {
    project = await copyProject()
    const { printed } = project.npm("start")
    const [, url = ""] = await printed(/feedwire runs on (\S+)/)
    origin = url
    browser = await startChromium()
  })

  afterAll(async () => {
    await browser?.close()
    killAll()
    project.remove()
  })

  /** Opens a page, and returns what the browser reports while it loads. */
  async function open(path: string, options: BrowserContextOptions): Promise<{ page: Page; reports: string[] }> {
    const context = await browser.newContext(options)
    const page = await context.newPage()
    const reports: string[] = []
    page.on("pageerror", (error) => reports.push(String(error)))
    page.on("console", (message) => {
      // The pictures of the demo are on hosts that do not exist.
      if (message.type() === "error" && !message.text().includes("net::ERR_")) reports.push(message.text())
    })
    await page.goto(origin + path, { waitUntil: "load" })
    return { page, reports }
  }

  async function checkPage(path: string): Promise<void> {
    for (const options of [DARK_TELEPHONE, LIGHT_DESK]) {
      const { page, reports } = await open(path, options)
      const width = await page.evaluate(() => document.documentElement.scrollWidth)
      expect({ path, width, reports }).toEqual({ path, width: options.viewport.width, reports: [] })
      await page.evaluate(AXE)
      const violations = await page.evaluate(async () => {
        const { axe } = window as unknown as { axe: { run: () => Promise<{ violations: AxeViolation[] }> } }
        return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`)
      })
      expect({ path, violations }).toEqual({ path, violations: [] })
      await page.context().close()
    }
  }

  test.each(PAGES)("%s fits a telephone and a desk, is accessible, and has no error", checkPage)

  test.each(["/", "/languages/ar"])("the page of the first article of %s too", async (list) => {
    const { page } = await open(list, LIGHT_DESK)
    const path = await page.locator(".lead h3 a").getAttribute("href")
    expect(path).toMatch(/^\/articles\/[0-9a-f]{32}\//)
    await page.context().close()
    await checkPage(path ?? "")
  })

  test("pages are whole without script", async () => {
    const read = async (javaScriptEnabled: boolean) => {
      const { page } = await open("/", { ...LIGHT_DESK, javaScriptEnabled })
      const texts = page.locator("h1, h2, h3, .summary, .list li, nav li, code").allInnerTexts()
      return [
        await texts,
        await page.locator("time").first().textContent(),
        await page.locator(".copy:visible").count(),
      ]
    }
    const [without, withScript] = await Promise.all([read(false), read(true)])
    expect(without[0]).toEqual(withScript[0])
    expect(without.slice(1)).toEqual([expect.stringMatching(/^\d+ \w+ \d{4} at \d\d:\d\d UTC$/), 0])
    expect(withScript.slice(1)).toEqual([expect.stringMatching(/ ago$|^now$/), 3])
  })
})

interface AxeViolation {
  id: string
  nodes: { html: string }[]
}
