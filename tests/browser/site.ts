/** Starts `npm start` with the demo newsroom and a Chromium, and opens pages of it. */
import { readFileSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import type { Browser, BrowserContextOptions, Page } from "playwright-core"
import { type PushConnection, type PushMessage, type PushResult, push } from "../../scripts/push-client.ts"
import { copyProject, killAll } from "../npm.ts"
import { startChromium } from "./chromium.ts"

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

export const TELEPHONE = { width: 360, height: 740 }
export const DESK = { width: 1280, height: 900 }

export interface Opened {
  page: Page
  /** The status of the answer. */
  status: number | undefined
  /** Errors that the browser reported, and dialogs that the page opened. */
  reports: string[]
}

export interface Site {
  origin: string
  browser: Browser
  /** The token of the shared owner. */
  adminToken: string
  open: (path: string, options?: BrowserContextOptions) => Promise<Opened>
  /** Pushes a message of a publisher of the demo. Resolves with the last 32 characters of the ids. */
  publish: (publisher: string, type: PushMessage["type"], items: Record<string, unknown>[]) => Promise<string[]>
  /** Runs the scheduled handler as if it were some milliseconds later. */
  sweepLater: (ms: number) => Promise<void>
  stop: () => Promise<void>
}

export async function startSite(): Promise<Site> {
  const project = await copyProject()
  // The queue of views would otherwise wait for half a minute.
  const settings = join(project.folder, "wrangler.toml")
  writeFileSync(settings, readFileSync(settings, "utf8").replace("max_batch_timeout = 30", "max_batch_timeout = 1"))
  const [[, origin = ""], browser] = await Promise.all([
    project.npm("start").printed(/feedwire runs on (\S+)/),
    startChromium(),
  ])
  const keys = JSON.parse(readFileSync(join(project.folder, ".feedwire/keys.json"), "utf8"))

  async function open(path: string, options: BrowserContextOptions = {}): Promise<Opened> {
    const context = await browser.newContext({ viewport: DESK, ...options })
    const page = await context.newPage()
    const reports: string[] = []
    page.on("pageerror", (error) => reports.push(String(error)))
    page.on("dialog", (dialog) => {
      reports.push(`${dialog.type()} ${dialog.message()}`)
      dialog.dismiss().catch((error: unknown) => reports.push(String(error)))
    })
    page.on("console", (message) => {
      // Some pictures are on hosts that do not exist, and the page of an error has its status.
      if (message.type() === "error" && !/net::ERR_|responded with a status of 4/.test(message.text()))
        reports.push(message.text())
    })
    const answer = await page.goto(origin + path, { waitUntil: "load" })
    return { page, status: answer?.status(), reports }
  }

  return {
    origin,
    browser,
    adminToken: /^ADMIN_TOKEN=(.*)$/m.exec(readFileSync(join(project.folder, ".dev.vars"), "utf8"))?.[1] ?? "",
    open,
    publish: async (publisher, type, items) => {
      const connection: PushConnection = { url: origin, publisher, secret: keys[publisher].secret }
      const results = await push(connection, { type, timestamp: new Date().toISOString(), data: items })
      return results.map((result) => idOf(result))
    },
    sweepLater: async (ms) => {
      const answer = await fetch(`${origin}/cdn-cgi/handler/scheduled?cron=*+*+*+*+*&time=${Date.now() + ms}`)
      if (!answer.ok) throw new Error(await answer.text())
    },
    stop: async () => {
      await browser.close()
      killAll()
      project.remove()
    },
  }
}

function idOf({ id, outcome, errors }: PushResult): string {
  if (id === undefined) throw new Error(`${outcome}: ${JSON.stringify(errors)}`)
  return id.slice(-32)
}

/**
 * Returns the violations that axe finds on a page, with the beginning of an element of each.
 * @param rules all rules if it is missing
 */
export async function violationsOn(page: Page, rules?: string[]): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE)
  return page.evaluate(async (runOnly) => {
    const { axe } = window as unknown as { axe: { run: (options: object) => Promise<{ violations: AxeViolation[] }> } }
    const { violations } = await axe.run({ resultTypes: ["violations"], preload: false, ...(runOnly && { runOnly }) })
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`)
  }, rules)
}

interface AxeViolation {
  id: string
  nodes: { html: string }[]
}

/** Returns the texts of a page that must be there without script too: the script changes times, and each error has its own id. */
export const textsOf = (page: Page): Promise<string[]> =>
  page.locator("h1, h2, h3, main p:not(:has(time), .meta), main li:not(:has(time)), nav li, code").allTextContents()

/** Scrolls to the end of a page, and returns how much of it moved by itself (Cumulative Layout Shift). */
export async function shiftOf(page: Page): Promise<number> {
  await page.evaluate(async () => {
    for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight) {
      scrollTo(0, y)
      await new Promise(requestAnimationFrame)
    }
  })
  await page.waitForLoadState("networkidle")
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let sum = 0
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) sum += (entry as PerformanceEntry & { value: number }).value
        }).observe({ type: "layout-shift", buffered: true })
        // An observer gets the entries of the past in a task of its own.
        requestAnimationFrame(() => setTimeout(() => resolve(sum)))
      }),
  )
}
