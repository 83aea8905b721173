/** Tests the appearance of the wire: name, logo, colours, blocks and footer, which an operator changes by a commit. */
import { env } from "cloudflare:workers"
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest"
import { ago, attr, byTag, type Element, readPage, textOf } from "./finding.ts"
import { WorkersCache } from "./workers-cache.ts"
import { type Answer, admin, article, counted, makeWire, ORIGIN, push, section, send } from "./world.ts"

const { one } = await makeWire({
  sections: { arts: { names: { en: "Arts" } }, chess: { names: { en: "Chess" }, parent: "arts" } },
  publishers: { one: { default_section: "arts", language: "en", canonical: "wire" } },
})

beforeAll(() => vi.useFakeTimers({ toFake: ["Date"], now: Date.now() }))
afterAll(() => vi.useRealTimers())

let articlePath = ""
beforeAll(async () => {
  const items = ["arts", "chess", "world"].map((slug, no) =>
    article({ id: slug, title: slug, date_published: ago(no + 1), _feedwire: { sections: [slug] } }),
  )
  const sent = await push(one, items)
  articlePath = `/articles/${sent.json.results[0].id.slice(-32)}/arts`
})

const change = (body: object) => admin("PATCH", "/wire", body)
const page = async (path: string): Promise<Element> => readPage(await send(path))
const linksOf = (root: Element, rel: string) =>
  byTag(root, "link")
    .filter((link) => attr(link, "rel") === rel)
    .map((link) => attr(link, "href") as string)
const structured = (root: Element) =>
  byTag(root, "script")
    .filter((script) => attr(script, "type") === "application/ld+json")
    .map((script) => JSON.parse(textOf(script)))
const themeOf = async () => linksOf(await page("/"), "stylesheet")[1]
const blocksOf = async (path: string) =>
  byTag(await page(path), "section")
    .map((each) => attr(each, "aria-labelledby") ?? "")
    .flatMap((id) => /^(?:block-)?section-(.*)$/.exec(id)?.[1] ?? [])

describe("the name, the logo and the footer", () => {
  const FOOTER = {
    text: "منذ 2026",
    imprint: "https://gulf.example/imprint",
    publishing_principles: "https://gulf.example/principles",
    links: [{ text: "Contact", url: "https://gulf.example/contact?a=1&b=2" }],
  }
  const LOOK = { name: "Gulf <Wire>", logo: "https://gulf.example/logo.svg", footer: FOOTER }
  let plain: Map<string, Answer>
  const PATHS = [
    ...["/", "/sections/arts", "/languages/en", "/feeds.json", "/feeds.opml"],
    ...["rss", "atom", "json"].map((format) => `/sections/arts/feed.${format}`),
  ]
  const readAll = async () => new Map(await Promise.all(PATHS.map(async (path) => [path, await send(path)] as const)))

  beforeAll(async () => {
    plain = await readAll()
  })

  test("are changed by one commit, which is in the audit and changes every validator", async () => {
    const sent = await change(LOOK)
    expect([sent.status, sent.json]).toEqual([200, expect.objectContaining(LOOK)])
    expect((await admin("GET", "/wire")).json).toEqual(sent.json)
    const [entry] = (await admin("GET", "/audit?limit=1")).json.entries
    expect(entry).toMatchObject({ action: "wire.change", subject: "wire", detail: { after: LOOK } })
    for (const [path, { headers, text }] of await readAll()) {
      expect(headers.get("etag"), path).not.toBe(plain.get(path)?.headers.get("etag"))
      expect(text, path).toMatch(/Gulf &?.{1,10}Wire/)
      expect(text, path).not.toContain(">feedwire<")
    }
  })

  test("are on each page", async () => {
    for (const path of ["/", "/sections/arts", articlePath]) {
      const root = await page(path)
      expect(textOf(byTag(root, "title")[0] as Element)).toContain("Gulf <Wire>")
      const [logo] = byTag(byTag(root, "header")[0] as Element, "img")
      expect([attr(logo, "src"), attr(logo, "alt")]).toEqual([LOOK.logo, LOOK.name])
      const footer = byTag(root, "footer")[0] as Element
      expect(textOf(footer)).toContain(FOOTER.text)
      const links = byTag(footer, "a").map((link) => [textOf(link), attr(link, "href")])
      expect(links.slice(-3)).toEqual([
        ["Imprint", FOOTER.imprint],
        ["Publishing principles", FOOTER.publishing_principles],
        ["Contact", FOOTER.links[0]?.url],
      ])
    }
    expect(textOf(byTag(await page("/languages/ar"), "footer")[0] as Element)).toContain("مبادئ النشر")
  })

  test("in another script do not turn a page round, whose own words keep their language", async () => {
    await change({ name: "وكالة الخليج للأنباء والأخبار" })
    for (const path of ["/", "/sections/arts"]) {
      const root = await page(path)
      expect([attr(root, "lang"), attr(root, "dir")]).toEqual(["en", "ltr"])
    }
    await change({ name: LOOK.name })
  })

  test("are in the description for search engines", async () => {
    const site = {
      "@type": "WebSite",
      name: LOOK.name,
      url: `${ORIGIN}/`,
      publisher: {
        name: LOOK.name,
        logo: { "@type": "ImageObject", url: LOOK.logo },
        publishingPrinciples: FOOTER.publishing_principles,
      },
    }
    expect(structured(await page("/"))).toEqual([expect.objectContaining({ "@context": "https://schema.org" })])
    expect(structured(await page("/"))[0]).toMatchObject(site)
    expect(structured(await page(articlePath))[0]).toMatchObject({ "@type": "NewsArticle", isPartOf: site })
  })

  test("null brings back the default, and leaves the other members", async () => {
    const { json } = await change({ name: null, footer: { text: null, links: null } })
    expect(json).toMatchObject({
      name: null,
      logo: LOOK.logo,
      footer: { text: null, imprint: FOOTER.imprint, links: [] },
    })
    await change({ logo: null, footer: null })
    for (const [path, { text, headers }] of await readAll()) {
      expect(headers.get("etag"), path).not.toBe(plain.get(path)?.headers.get("etag"))
      if (path.startsWith("/sections/arts") && !path.includes("feed.")) expect(text).toBe(plain.get(path)?.text)
    }
  })

  test("purge everything that shows them, and pages of one validator never differ", async () => {
    const cache = new WorkersCache()
    vi.setSystemTime(Date.now() + 60_000)
    await cache.sweep()
    cache.purges.length = 0
    for (const path of [...PATHS, articlePath]) await cache.get(path)
    vi.setSystemTime(Date.now() + 60_000)
    const before = await send(articlePath)
    const headers = { authorization: `Bearer ${env.ADMIN_TOKEN}`, "content-type": "application/json" }
    const body = JSON.stringify({ name: "Second" })
    await send("/admin/api/wire", { method: "PATCH", headers, body }, env, cache)
    await cache.sweep()
    expect(cache.purges).toEqual([["wire"]])
    for (const path of [...PATHS, articlePath]) expect([path, (await cache.get(path)).hit]).toEqual([path, false])
    const known = { headers: { "if-none-match": before.headers.get("etag") ?? "" } }
    const after = await send(articlePath, known)
    expect([after.status, after.text.includes("Second")]).toEqual([200, true])
    await change({ name: null })
  })

  test.each([
    [{ name: "" }, "/name", "must not be empty"],
    [{ name: "\u200b" }, "/name", "has no visible character"],
    [{ logo: "http://gulf.example/logo.svg" }, "/logo", "must be an https URL"],
    [{ logo: "https://user@gulf.example/" }, "/logo", "must not contain a user name"],
    [{ footer: { imprint: "javascript:alert(1)" } }, "/footer/imprint", "must be an https URL"],
    [{ footer: { links: [{ text: "A", url: "/a" }] } }, "/footer/links/0/url", "must be an https URL"],
    [{ footer: { links: [{ url: "https://a.example/" }] } }, "/footer/links/0/text", "is missing"],
    [{ footer: { principles: null } }, "/footer/principles", "is not known here"],
    [{ nmae: "A" }, "/nmae", "Did you mean name"],
    [{ blocks: ["arts", "ches"] }, "/blocks/1", "there is no section ches. Did you mean chess"],
    [{ blocks: Array.from({ length: 11 }, (_, no) => `s${no}`) }, "/blocks", "must have at most 10"],
    [{ colors: { accent: "red" } }, "/colors/accent", "must be a colour in hexadecimal digits"],
  ])("%j is refused", async (body, pointer, detail) => {
    const { status, json } = await change(body)
    expect([status, json.code]).toEqual([422, "invalid_request"])
    expect(json.errors).toEqual([{ pointer, detail: expect.stringContaining(detail) }])
  })
})

describe("the colours", () => {
  test("are in a style sheet whose name has a hash, so that browsers keep it", async () => {
    expect(linksOf(await page("/"), "stylesheet")).toHaveLength(1)
    expect((await change({ colors: { accent: "#8A1538", link: "#06c" } })).json.colors).toEqual({
      accent: "#8a1538",
      link: "#0066cc",
    })
    const theme = await themeOf()
    expect(theme).toMatch(/^\/styles\/theme\.[0-9a-z]{1,7}\.css$/)
    expect(linksOf(await page(articlePath), "stylesheet")[1]).toBe(theme)
    const { counts, sent } = await countedAnswer(theme as string)
    expect(sent.headers.get("content-type")).toBe("text/css; charset=utf-8")
    expect(sent.headers.get("cache-control")).toBe("public, max-age=31536000, immutable")
    expect(sent.text).toMatch(
      /^:root\{--accent:#8a1538;--link:#0066cc\}@media \(prefers-color-scheme:dark\)\{:root\{--accent:#\w{6};--link:#\w{6}\}\}\n$/,
    )
    expect(counts).toBe(0)
  })

  test("have another style sheet after a change, and the former address leads to it", async () => {
    const former = (await themeOf()) as string
    await change({ colors: { link: "#7a1f9c" } })
    const current = (await themeOf()) as string
    expect(current).not.toBe(former)
    expect((await send(current)).text).toContain(":root{--accent:#8a1538;--link:#7a1f9c}")
    const { status, headers } = await send(former)
    expect([status, headers.get("location"), headers.get("cache-control")]).toEqual([
      ...[301, ORIGIN + current, "private, no-store"],
    ])
    await change({ colors: null })
    expect(linksOf(await page("/"), "stylesheet")).toHaveLength(1)
    expect((await send(current)).headers.get("location")).toMatch(/\/styles\/site\.[0-9a-f]{12}\.css$/)
    expect((await send("/styles/theme.css")).status).toBe(404)
    expect((await send("/styles/nothing.css")).status).toBe(404)
  })

  test("with too little contrast are refused with the pair, the lack, and a colour that would do", async () => {
    const { json } = await change({ colors: { accent: "#888888", link: "#ffd500" } })
    expect(json.errors).toEqual([
      {
        pointer: "/colors/accent",
        detail:
          "the contrast of #888888 on #ffffff is 3.54:1, 0.96 too low, on #f3f4f2 is 3.21:1, 1.29 too low: text needs 4.5:1. #6f6f6f would do.",
      },
      { pointer: "/colors/link", detail: expect.stringContaining("#ffd500 on #ffffff is 1.42:1, 3.08 too low") },
    ])
    // A colour may fail on one background only.
    const near = await change({ colors: { accent: "#757575" } })
    expect(near.json.errors[0].detail).toMatch(/^the contrast of #757575 on #f3f4f2 is 4\.\d+:1/)
  })
})

describe("the blocks", () => {
  beforeAll(async () => {
    await section("politics")
  })

  test("are those of the top sections, unless the wire chose others", async () => {
    const defaults = await blocksOf("/")
    expect(defaults).toEqual(["world", "arts"])
    expect((await change({ blocks: ["chess", "arts"] })).json.blocks).toEqual(["chess", "arts"])
    expect(await blocksOf("/")).toEqual(["chess", "arts"])
    expect(await blocksOf(articlePath)).toEqual(["chess", "arts"])
    const { sections } = (await send("/v1/front")).json
    expect(sections.map((each: { section: { slug: string } }) => each.section.slug)).toEqual(["chess", "arts"])
    await change({ blocks: [] })
    expect([await blocksOf("/"), await blocksOf(articlePath)]).toEqual([[], []])
    await change({ blocks: null })
    expect(await blocksOf("/")).toEqual(defaults)
  })

  test("follow a new slug and a successor, and lose a section that is retired", async () => {
    await change({ blocks: ["chess", "sport", "arts"] })
    await admin("PATCH", "/sections/chess", { slug: "games" })
    expect((await admin("GET", "/wire")).json.blocks).toEqual(["games", "sport", "arts"])
    await admin("POST", "/sections/sport/retire", { into: "politics" })
    expect((await admin("GET", "/wire")).json.blocks).toEqual(["games", "politics", "arts"])
    await admin("POST", "/sections/games/retire", {})
    expect((await admin("GET", "/wire")).json.blocks).toEqual(["politics", "arts"])
  })
})

async function countedAnswer(path: string): Promise<{ counts: number; sent: Answer }> {
  const { bindings, trips } = counted()
  const sent = await send(path, {}, bindings)
  return { counts: trips.length, sent }
}
