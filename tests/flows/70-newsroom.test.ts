/** Loads the whole demo newsroom and checks its feeds. */
import { parseOpml } from "feedsmith"
import { beforeAll, describe, expect, test } from "vitest"
import { parse } from "yaml"
import arabic from "../../demo/articles/ar.yaml?raw"
import english from "../../demo/articles/en.yaml?raw"
import french from "../../demo/articles/fr.yaml?raw"
import newsroomYaml from "../../demo/newsroom.yaml?raw"
import { type DemoArticle, itemTime, type Newsroom, toPushItem } from "../../scripts/demo-articles.ts"
import { FORMATS, type Format } from "../../src/formats/feed.ts"
import { STYLESHEET } from "../../src/site/stylesheet.ts"
import { asRss, type Reading, readAtom, readJson, readRss } from "../unit/formats/reader.ts"
import { expectConsistent } from "./wire-state.ts"
import { admin, ORIGIN, type Publisher, publisher, push, section, send } from "./world.ts"

const STYLES = import.meta.glob<string>("../../public/styles/site.*.css", {
  query: "?raw",
  import: "default",
  eager: true,
})
const newsroom = parse(newsroomYaml) as Newsroom
const articles = [arabic, english, french].flatMap((yaml) => parse(yaml) as DemoArticle[])
const published = articles.filter(({ withdrawn }) => !withdrawn)
const publishers = new Map<string, Publisher>()

const READERS: Record<Format, (text: string) => Reading> = { rss: readRss, atom: readAtom, json: readJson }
const pathOf = (url: string): string => url.slice(ORIGIN.length)

interface CatalogueEntry {
  kind: string
  urls: Record<Format, string>
}

beforeAll(async () => {
  for (const { slug, ...more } of newsroom.sections) await section(slug, more)
  for (const { slug, ...more } of newsroom.publishers) publishers.set(slug, await publisher(slug, more))
  for (const [slug, to] of publishers) {
    const items = articles.filter((each) => each.publisher === slug).map((each) => toPushItem(each, articles, ORIGIN))
    const sent = await push(to, items, { timestamp: items.map(itemTime).sort().at(-1) as string })
    expect(sent.json.results.map(({ outcome }: { outcome: string }) => outcome)).toEqual(items.map(() => "created"))
    const gone = articles.filter((each) => each.publisher === slug && each.withdrawn).map(({ id }) => ({ id }))
    if (gone.length > 0) await push(to, gone, { type: "article.deleted" })
  }
})

/** Every document of a feed, found by the links that readers follow. */
async function pages(url: string, format: Format): Promise<string[]> {
  const documents: string[] = []
  let next: string | undefined = url
  for (let page = 0; page < 20 && next !== undefined; page++) {
    const { status, text } = await send(pathOf(next))
    expect([next, status]).toEqual([next, 200])
    documents.push(text)
    const link: string = READERS[format](text).next
    // The reader removes the extension, which differs between formats.
    next = link === "" ? undefined : link.replace(/\/feed(?=\?|$)/, `/feed.${format}`)
  }
  return documents
}

const feeds = async (): Promise<CatalogueEntry[]> => (await send("/feeds.json")).json.feeds

test("every feed of the newsroom is valid, equal in three formats, and leads to its last article", async () => {
  const catalogue = await feeds()
  expect(catalogue).toHaveLength(1 + newsroom.sections.length + newsroom.publishers.length + 3)
  for (const { urls } of catalogue) {
    const [rss = [], atom = [], json = []] = await Promise.all(
      FORMATS.map(async (format) => (await pages(urls[format], format)).map(READERS[format])),
    )
    expect([rss.length, atom.length]).toEqual([json.length, json.length])
    for (const [at, page] of json.entries()) {
      const same = (reading: Reading | undefined) =>
        reading?.entries.map(({ source, ...entry }) => ({ ...entry, source: source.name }))
      expect(same(rss[at])).toEqual(same(asRss(page)))
      expect(same(atom[at])).toEqual(same(page))
    }
  }
  const everything = (await pages(`${ORIGIN}/feed.json`, "json")).flatMap((text) => JSON.parse(text).items)
  const guids = new Set(everything.map(({ _feedwire }: { _feedwire: { guid: string } }) => _feedwire.guid))
  expect([...guids].sort()).toEqual(published.map(({ id }) => id).sort())
})

describe("a reader sees", () => {
  const items = async (path: string) => (await send(path)).json.items

  test("the origin of each item", async () => {
    for (const item of await items("/feed.json")) {
      const article = articles.find(({ id }) => id === item._feedwire.guid)
      const home = newsroom.publishers.find(({ slug }) => slug === article?.publisher)
      expect(item._feedwire.source.name).toBe(home?.name)
      expect(item._feedwire.source.feed_url).toBe(`${ORIGIN}/publishers/${home?.slug}/feed.json`)
    }
    expect((await send("/feed.rss")).text).toMatch(/<source url="[^"]+\/publishers\/\w+\/feed\.rss">/)
    expect((await send("/feed.atom")).text).toMatch(/<source>\n<id>tag:/)
  })

  test("an article once across sections, with one id everywhere", async () => {
    const both = await items("/feed.json?limit=100&section=economy,politics,world")
    const ids = both.map(({ id }: { id: string }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const several = both.filter(({ _feedwire }: { _feedwire: { sections: string[] } }) => _feedwire.sections.length > 1)
    expect(several.length).toBeGreaterThan(0)
    for (const { id, _feedwire } of several) {
      for (const slug of _feedwire.sections) {
        const there = await items(`/sections/${slug}/feed.json?limit=100`)
        expect(there.map((each: { id: string }) => each.id)).toContain(id)
      }
    }
  })

  test("no retracted article in RSS, and its tombstone in Atom and JSON Feed", async () => {
    const [article] = published.filter(({ publisher }) => publisher === "meridian")
    const to = publishers.get("meridian") as Publisher
    const id = (await items("/publishers/meridian/feed.json?limit=100")).find(
      ({ _feedwire }: { _feedwire: { guid: string } }) => _feedwire.guid === article?.id,
    ).id
    await push(to, { id: article?.id }, { type: "article.deleted" })
    const { json } = await send("/publishers/meridian/feed.json")
    expect(json._feedwire.deleted).toContainEqual({ id, date_deleted: expect.any(String), reason: "withdrawn" })
    expect((await send("/publishers/meridian/feed.atom")).text).toContain(`<at:deleted-entry ref="${id}"`)
    for (const format of FORMATS) {
      for (const text of await pages(`${ORIGIN}/feed.${format}`, format)) {
        expect(READERS[format](text).entries.map((entry) => entry.id)).not.toContain(id)
      }
    }
    const again = { ...toPushItem(article as DemoArticle, articles, ORIGIN), date_modified: undefined }
    expect((await push(to, again)).json.results[0].outcome).toBe("created")
    expect((await send("/publishers/meridian/feed.atom")).text).not.toContain(`ref="${id}"`)
  })

  test("only changes", async () => {
    const { headers } = await send("/languages/ar/feed.atom")
    const [article] = published.filter(({ language }) => language === "ar")
    const item = toPushItem(article as DemoArticle, articles, ORIGIN)
    await push(publishers.get("nahar") as Publisher, { ...item, title: "عنوان مصحح", date_modified: undefined })
    const ask = { "a-im": "feed", "if-none-match": headers.get("etag") ?? "" }
    const sent = await send("/languages/ar/feed.atom", { headers: ask })
    expect([sent.status, sent.headers.get("im"), sent.headers.get("cache-control")]).toEqual([
      226,
      "feed",
      "private, no-store",
    ])
    expect(readAtom(sent.text).entries.map(({ title }) => title)).toContain("عنوان مصحح")
    expect(readAtom(sent.text).entries.length).toBeLessThan(5)
  })

  test("several sections, and one excluded", async () => {
    const all = await items("/feed.json?limit=100&section=sports,world")
    const without = await items("/feed.json?limit=100&not=football&section=sports,world")
    const football = (item: { _feedwire: { sections: string[] } }) => item._feedwire.sections.includes("football")
    expect(all.filter(football).length).toBeGreaterThan(0)
    expect(without.map(({ id }: { id: string }) => id)).toEqual(
      all.filter((item: { _feedwire: { sections: string[] } }) => !football(item)).map(({ id }: { id: string }) => id),
    )
  })

  test("a page for people at every feed", async () => {
    for (const { urls } of await feeds()) {
      const home = (await send(pathOf(urls.json))).json.home_page_url
      const page = await send(pathOf(home))
      expect([home, page.status, page.headers.get("content-type")]).toEqual([home, 200, "text/html; charset=utf-8"])
      for (const format of FORMATS) expect(page.text).toContain(`href="${urls[format]}"`)
    }
  })

  test("full content beside the summary, the image of every item, all feeds as OPML, limits", async () => {
    const channel = readRss((await send("/feed.rss?limit=100")).text)
    for (const { summary, content, image } of channel.entries) {
      expect([summary.length > 0, content.length > summary.length, image.url.startsWith(ORIGIN)]).toEqual([
        true,
        true,
        image.url !== "",
      ])
    }
    expect(readRss((await send("/feed.rss?content=summary")).text).entries.every(({ content }) => content === "")).toBe(
      true,
    )
    for (const limit of [1, 7, 100]) {
      const { entries } = readAtom((await send(`/feed.atom?limit=${limit}`)).text)
      expect(entries.length).toBeGreaterThanOrEqual(Math.min(limit, published.length))
    }
    const outlines = JSON.stringify(parseOpml((await send("/feeds.opml")).text))
    for (const { urls } of await feeds()) expect(outlines).toContain(JSON.stringify(urls.rss))
  })
})

test("a renamed section under its old address", async () => {
  const before = (await send("/sections/celebrity/feed.json")).json.items.map(({ id }: { id: string }) => id)
  expect((await admin("PATCH", "/sections/celebrity", { slug: "people" })).status).toBe(200)
  const old = await send("/sections/celebrity/feed.json")
  expect([old.status, old.headers.get("location")]).toEqual([301, `${ORIGIN}/sections/people/feed.json`])
  const after = (await send("/sections/people/feed.json")).json.items.map(({ id }: { id: string }) => id)
  expect(after).toEqual(before)
  await expectConsistent()
})

/** Compresses with level 6, as edges do. */
async function gzipBytes(text: string): Promise<number> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"))
  return (await new Response(stream).arrayBuffer()).byteLength
}

test("the front pages and their style sheet have at most 70 KB", async () => {
  const [css = ""] = Object.values(STYLES)
  expect(Object.keys(STYLES)).toEqual([`../../public${STYLESHEET}`])
  for (const path of ["/", "/languages/ar"]) {
    const { status, text } = await send(path)
    expect([path, status]).toEqual([path, 200])
    expect(text.match(/<article /g)?.length).toBeGreaterThan(10)
    expect((await gzipBytes(text)) + (await gzipBytes(css))).toBeLessThanOrEqual(70_000)
  }
  expect(css.length).toBeLessThanOrEqual(9_000)
})
