import { parseAtomFeed } from "feedsmith"
import { expect, test } from "vitest"
import type { Feed } from "../../../src/formats/feed.ts"
import { render } from "../../render.ts"
import { all, child, type Node, readXml } from "./reader.ts"
import { entry, feed, NOON, urls } from "./samples.ts"

const renderAtom = (feed: Feed): string => render(feed, "atom")

const entryOf = (fields: Parameters<typeof entry>[0]) =>
  child(readXml(renderAtom(feed([entry(fields)]))), "entry") as Node
const linksOf = (node: Node) => all(node, "link").map(({ attributes }) => attributes)

test("the feed names itself, and its page is its only alternate", () => {
  expect(linksOf(readXml(renderAtom(feed([]))))).toEqual([
    { rel: "self", href: "https://wire.example/world.atom", type: "application/atom+xml" },
    { rel: "alternate", href: "https://wire.example/world", type: "text/html" },
  ])
})

test("the feed is never older than its entries", () => {
  const root = readXml(renderAtom(feed([entry({ updatedAt: NOON + 1000 })], { updatedAt: 0 })))
  expect(child(root, "updated")?.text).toBe("2026-11-23T10:00:01Z")
})

test("xml:lang is on the feed and on entries in another language, and never empty", () => {
  const root = readXml(
    renderAtom(feed([entry({ language: "ar" }), entry({ language: "en" }), entry({ language: "" })])),
  )
  expect(root.attributes["xml:lang"]).toBe("en")
  expect(all(root, "entry").map(({ attributes }) => attributes)).toEqual([{ "xml:lang": "ar" }, {}, {}])
  expect(renderAtom(feed([], { language: "no language!" }))).not.toContain("xml:lang")
})

test("titles are text and are escaped once", () => {
  const title = child(entryOf({ title: "5 < 6 & <em>" }), "title")
  expect([title?.text, title?.attributes]).toEqual(["5 < 6 & <em>", { type: "text" }])
})

test("every entry has an author and a title element", () => {
  const bare = entryOf({ authors: [], title: "" })
  expect(child(child(bare, "author"), "name")?.text).toBe("The Paper")
  expect(child(child(bare, "author"), "uri")?.text).toBe("https://paper.example/")
  expect(child(bare, "title")?.text).toBe("")
})

test("an entry without a page and a body has its other members", () => {
  const content = (fields: Parameters<typeof entry>[0]) => child(entryOf(fields), "content")
  expect(content({ url: "", summary: "Short" })).toMatchObject({ text: "Short", attributes: { type: "text" } })
  expect(content({ summary: "Short" })).toBeUndefined()
  expect(content({ url: "", html: "<p>Long</p>" })).toMatchObject({ text: "<p>Long</p>", attributes: { type: "html" } })
})

test("an entry has links", () => {
  const links = linksOf(
    entryOf({
      attribution: { name: "Agency", url: "https://agency.example/1" },
      related: [{ url: "https://paper.example/2", title: "Before" }],
      enclosures: [
        { url: "https://a.example/1.mp3", type: "audio/mpeg", length: 900, title: "Listen" },
        { url: "https://a.example/2.mp3", type: "audio/mpeg" },
      ],
    }),
  )
  expect(links).toEqual([
    { rel: "alternate", href: "https://paper.example/harbour", type: "text/html" },
    { rel: "via", href: "https://agency.example/1", title: "Agency" },
    { rel: "related", href: "https://paper.example/2", title: "Before" },
    { rel: "enclosure", href: "https://a.example/1.mp3", type: "audio/mpeg", length: "900", title: "Listen" },
    { rel: "enclosure", href: "https://a.example/2.mp3", type: "audio/mpeg" },
  ])
})

test("an entry has a complete source", () => {
  const source = child(entryOf({}), "source") as Node
  expect(["id", "title", "updated"].map((name) => child(source, name)?.text)).toEqual([
    "tag:wire.example,2026:publisher/paper",
    "The Paper",
    "2026-11-23T10:00:00Z",
  ])
  expect(linksOf(source)).toEqual([
    { rel: "self", href: "https://wire.example/publishers/paper", type: "application/atom+xml" },
    { rel: "alternate", href: "https://paper.example/", type: "text/html" },
  ])
})

test("an archive names its neighbours and the subscription document", () => {
  const history = { prevArchive: urls("world/6"), nextArchive: urls("world/8"), archive: true }
  const root = readXml(renderAtom(feed([], { urls: urls("world/7"), history })))
  expect(root.attributes["xmlns:fh"]).toBe("http://purl.org/syndication/history/1.0")
  expect(child(root, "fh:archive")).toBeDefined()
  const type = "application/atom+xml"
  expect(linksOf(root).filter((link) => link.type === type)).toEqual([
    { rel: "self", href: "https://wire.example/world/7.atom", type },
    { rel: "current", href: "https://wire.example/world.atom", type },
    { rel: "prev-archive", href: "https://wire.example/world/6.atom", type },
    { rel: "next-archive", href: "https://wire.example/world/8.atom", type },
  ])
})

test("tombstones are before the entries, as the schema of RFC 4287 requires, and in English", () => {
  const deleted = [{ id: "tag:wire.example,2026:gone", at: NOON + 1000, reason: "moved" as const }]
  const root = readXml(renderAtom(feed([entry()], { language: "ar", tombstones: deleted })))
  expect(root.attributes["xmlns:at"]).toBe("http://purl.org/atompub/tombstones/1.0")
  const names = root.children.map(({ name }) => name)
  expect(names.indexOf("at:deleted-entry")).toBe(names.indexOf("entry") - 1)
  const tombstone = child(root, "at:deleted-entry")
  expect(tombstone?.attributes).toEqual({ ref: "tag:wire.example,2026:gone", when: "2026-11-23T10:00:01Z" })
  expect(child(tombstone, "at:comment")).toMatchObject({ text: "moved", attributes: { "xml:lang": "en" } })
  expect(child(root, "updated")?.text).toBe("2026-11-23T10:00:01Z")
})

test("namespaces of archives and tombstones are declared only if they are used", () => {
  const names = Object.keys(readXml(renderAtom(feed([entry()]))).attributes)
  expect(names).toEqual(["xmlns", "xmlns:dc", "xmlns:dcterms", "xmlns:itunes", "xmlns:media", "xml:lang"])
})

test("the duration of the first file is iTunes', and others are in Media RSS", () => {
  const file = { url: "https://a.example/1", type: "audio/mpeg", duration: 61.4 }
  const node = entryOf({ enclosures: [file, { ...file, url: "https://a.example/2", duration: 90 }] })
  expect(child(node, "itunes:duration")?.text).toBe("61")
  expect(all(node, "media:content").map(({ attributes }) => [attributes.url, attributes.duration])).toEqual([
    ["https://a.example/2", "90"],
  ])
  const silent = entryOf({ enclosures: [{ url: "https://a.example/1", type: "application/pdf" }] })
  expect(child(silent, "itunes:duration")).toBeUndefined()
})

test.each(["application/pdf", "image/jpeg", "text/vtt", "application/json", "text/html", "application/epub+zip"])(
  "a file of %s before a recording does not take its elements",
  (type) => {
    const other = { url: "https://a.example/1", type, length: 5 }
    for (const recording of ["audio/mpeg", "Audio/X-M4A", "audio/ogg"]) {
      const file = { url: "https://a.example/2", type: recording, duration: 61 }
      const node = entryOf({
        enclosures: [other, file],
        image: { url: "https://a.example/3" },
        episode: { number: 4, season: 2 },
      })
      expect(node.children.filter(({ name }) => name.startsWith("itunes:")).map(({ name }) => name)).toEqual([
        ...["itunes:duration", "itunes:episode", "itunes:season", "itunes:image"],
      ])
    }
    expect(child(entryOf({ enclosures: [other, { ...other, duration: 9 }] }), "itunes:duration")).toBeUndefined()
  },
)

test("an entry has sub-headline, dateline and a site without an address", () => {
  const node = entryOf({ subtitle: "After a year", dateline: "BEIRUT", attribution: { name: "Agency" } })
  const terms = node.children.filter(({ name }) => /^dc(?:terms)?:/.test(name)).map(({ name, text }) => [name, text])
  expect(terms).toEqual([
    ["dcterms:alternative", "After a year"],
    ["dcterms:spatial", "BEIRUT"],
    ["dc:source", "Agency"],
  ])
})

test("feedsmith reads an Atom feed", () => {
  const parsed = parseAtomFeed(renderAtom(feed([entry({ summary: "Short & sweet", html: "<p>Long &amp; wide</p>" })])))
  expect(parsed.entries?.[0]).toMatchObject({
    id: "tag:wire.example,2026:0f3a",
    summary: { value: "Short & sweet", type: "text" },
    content: { value: "<p>Long &amp; wide</p>", type: "html" },
    updated: "2026-11-23T10:00:00Z",
    authors: [{ name: "Ada Quay" }],
  })
})
