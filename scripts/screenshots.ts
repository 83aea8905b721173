/**
 * Runs `npm run screenshots`: takes the pictures of the README from the running demo, and prints how fast its pages are
 * in the browser, by the browser's own measures.
 */
import { mkdirSync, statSync } from "node:fs"
import { join } from "node:path"
import type { Browser, BrowserContextOptions, Page } from "playwright-core"
import { startChromium } from "../tests/browser/chromium.ts"
import { Remedy, root, runScript } from "./terminal.ts"
import { portFrom } from "./worker.ts"

const FOLDER = join(root, "docs/images")
const LIMIT_BYTES = 250_000
const DESK: BrowserContextOptions = { viewport: { width: 1280, height: 1000 }, colorScheme: "light" }
const TELEPHONE: BrowserContextOptions = {
  ...{ viewport: { width: 360, height: 780 }, colorScheme: "dark", isMobile: true, deviceScaleFactor: 2 },
}

const PICTURES = [
  { name: "front-ar", path: "/languages/ar", options: DESK },
  { name: "article-ar", path: "", options: DESK },
  { name: "front-en", path: "/languages/en", options: TELEPHONE },
  { name: "feeds", path: "/feeds?section=sports&lang=ar&format=atom", options: DESK },
]

await runScript(async () => {
  const url = `http://localhost:${portFrom(process.env)}`
  const answer = await fetch(`${url}/healthz`).catch(() => undefined)
  if (!answer?.ok) throw new Remedy(`no demo answers at ${url}: start it by \`npm start\` in another terminal.`)
  const browser = await startChromium()
  try {
    const article = await firstArticle(browser, `${url}/languages/ar`)
    mkdirSync(FOLDER, { recursive: true })
    for (const { name, path, options } of PICTURES) {
      const page = await open(browser, url + (path || article), options)
      const file = join(FOLDER, `${name}.jpg`)
      await page.screenshot({ path: file, type: "jpeg", quality: 80 })
      const { size } = statSync(file)
      if (size > LIMIT_BYTES) throw new Error(`${file} has ${size} bytes, more than ${LIMIT_BYTES}`)
      console.log(`docs/images/${name}.jpg: ${size} bytes; ${await figuresOf(page)}`)
      await page.context().close()
    }
  } finally {
    await browser.close()
  }
  return 0
})

async function open(browser: Browser, url: string, options: BrowserContextOptions): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage()
  await page.goto(url)
  // Browsers load most pictures late.
  await page.waitForFunction(() => {
    const visible = [...document.images].filter((image) => {
      const { top, height } = image.getBoundingClientRect()
      return height > 0 && top < innerHeight
    })
    return visible.every(({ complete }) => complete)
  })
  // A loaded picture is drawn only after it is decoded.
  await page.evaluate(async () => {
    const loaded = [...document.images].filter(({ complete, naturalWidth }) => complete && naturalWidth > 0)
    await Promise.all(loaded.map((image) => image.decode()))
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
  })
  return page
}

async function firstArticle(browser: Browser, url: string): Promise<string> {
  const page = await open(browser, url, DESK)
  const path = await page.locator(".lead h3 a").getAttribute("href")
  await page.context().close()
  return path ?? "/"
}

interface Entry extends PerformanceEntry {
  value?: number
}

/** Largest Contentful Paint, Cumulative Layout Shift, and the time of long tasks over 50 ms each. */
async function figuresOf(page: Page): Promise<string> {
  const { paint, shift, blocking } = await page.evaluate(async () => {
    const entriesOf = (type: string) =>
      new Promise<Entry[]>((resolve) => {
        new PerformanceObserver((list) => resolve(list.getEntries())).observe({ type, buffered: true })
        setTimeout(() => resolve([]), 500)
      })
    const [paints, shifts, tasks] = await Promise.all(
      ["largest-contentful-paint", "layout-shift", "longtask"].map(entriesOf),
    )
    return {
      paint: paints?.at(-1)?.startTime ?? Number.NaN,
      shift: (shifts ?? []).reduce((sum, { value = 0 }) => sum + value, 0),
      blocking: (tasks ?? []).reduce((sum, { duration }) => sum + duration - 50, 0),
    }
  })
  return `largest paint after ${Math.round(paint)} ms, layout shift ${shift}, blocked for ${Math.round(blocking)} ms`
}
