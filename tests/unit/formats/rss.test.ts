import { parseRssFeed } from "feedsmith"
import { describe, expect, test } from "vitest"
import type { Entry, Feed } from "../../../src/formats/feed.ts"
import { render } from "../../render.ts"
import { all, asHtml, child, type Node, readXml } from "./reader.ts"
import { entry, feed, NOON, urls } from "./samples.ts"

const renderRss = (feed: Feed): string => render(feed, "rss")

const channelOf = (xml: string) => child(readXml(xml), "channel")
const itemOf = (fields: Parameters<typeof entry>[0]) =>
  child(channelOf(renderRss(feed([entry(fields)]))), "item") as Node
const textsOf = (node: Node, name: string) => all(node, name).map(({ text }) => text)
const titleOf = (title: string) => child(itemOf({ title }), "title")?.text

test("a channel has title, link and description, with any input", () => {
  const channel = channelOf(renderRss(feed([], { title: " ", description: "" })))
  expect(["title", "link", "description"].map((name) => child(channel, name)?.text)).toEqual(
    Array(3).fill("https://wire.example/world"),
  )
})

test("the channel names itself, and its page is its only alternate", () => {
  const links = all(channelOf(renderRss(feed([]))), "atom:link").map(({ attributes }) => attributes)
  expect(links).toEqual([{ rel: "self", href: "https://wire.example/world.rss", type: "application/rss+xml" }])
})

test("a page names the next page and the subscription document", () => {
  const history = { next: urls("world/3"), archive: false }
  const channel = channelOf(renderRss(feed([], { urls: urls("world/2"), history })))
  const type = "application/rss+xml"
  const links = all(channel, "atom:link").map(({ attributes }) => attributes)
  expect(links).toEqual([
    { rel: "self", href: "https://wire.example/world/2.rss", type },
    { rel: "current", href: "https://wire.example/world.rss", type },
    { rel: "next", href: "https://wire.example/world/3.rss", type },
  ])
  expect(child(channel, "fh:archive")).toBeUndefined()
})

test("an archive is marked, and its namespace is declared only there", () => {
  const root = readXml(renderRss(feed([], { history: { archive: true } })))
  expect(root.attributes["xmlns:fh"]).toBe("http://purl.org/syndication/history/1.0")
  expect(child(child(root, "channel"), "fh:archive")).toBeDefined()
  expect(readXml(renderRss(feed([]))).attributes).not.toHaveProperty("xmlns:fh")
})

test("RSS has no tombstones, but its date changes with them", () => {
  const deleted = [{ id: "tag:wire.example,2026:gone", at: NOON + 60_000, reason: "withdrawn" as const }]
  const xml = renderRss(feed([], { tombstones: deleted }))
  expect(xml).not.toContain("gone")
  expect(child(channelOf(xml), "lastBuildDate")?.text).toBe("Mon, 23 Nov 2026 10:01:00 GMT")
})

test("lastBuildDate is the time of the newest change, never the time of rendering", () => {
  const channel = channelOf(renderRss(feed([entry({ updatedAt: NOON + 60_000 })])))
  expect(child(channel, "lastBuildDate")?.text).toBe("Mon, 23 Nov 2026 10:01:00 GMT")
})

test.each(["Q&A", "AT&T", "5 < 6 > 4", "Tom & Jerry", "I <3 N.Y."])(
  "a title is read alike as text and as HTML: %s",
  (title) => {
    expect(titleOf(title)).toBe(title)
    expect(asHtml(titleOf(title) ?? "")).toBe(title)
  },
)

test.each(["5 < 6 & <em>", "The &amp; entity", "The <title> element", "a </b> c", "&#8;", "R&copy"])(
  "text that HTML would drop is written as HTML: %s",
  (title) => {
    expect(titleOf(title)).not.toBe(title)
    expect(asHtml(titleOf(title) ?? "")).toBe(title)
  },
)

test("references in titles are hexadecimal", () => {
  expect(renderRss(feed([entry({ title: "A & B <c>" })]))).toContain(
    "<title>A &#x26;amp; B &#x26;lt;c&#x26;gt;</title>",
  )
})

test("description is before content:encoded", () => {
  const names = itemOf({ summary: "Short", html: "<p>Long</p>" }).children.map(({ name }) => name)
  expect(names.indexOf("description")).toBeGreaterThan(-1)
  expect(names.indexOf("content:encoded")).toBe(names.indexOf("description") + 1)
})

test("an item without title and summary has its body in description, and is valid even without a body", () => {
  expect(textsOf(itemOf({ title: "", html: "<p>Long</p>" }), "description")).toEqual(["<p>Long</p>"])
  expect(textsOf(itemOf({ title: "", html: "<p>Long</p>" }), "content:encoded")).toEqual([])
  expect(textsOf(itemOf({ title: "" }), "description")).toEqual([""])
})

test("an item has one enclosure, of known length, and the other files are media:content", () => {
  const item = itemOf({
    enclosures: [
      { url: "https://a.example/1.mp3", type: "audio/mpeg", length: 0 },
      { url: "https://a.example/2.mp3", type: "audio/mpeg", length: 900, duration: 60 },
      { url: "https://a.example/3.pdf", type: "application/pdf", length: 5, title: "Report" },
    ],
  })
  expect(all(item, "enclosure").map(({ attributes }) => attributes)).toEqual([
    { url: "https://a.example/2.mp3", length: "900", type: "audio/mpeg" },
  ])
  expect(all(item, "media:content").map(({ attributes }) => attributes)).toEqual([
    { url: "https://a.example/1.mp3", type: "audio/mpeg", medium: "audio" },
    { url: "https://a.example/3.pdf", fileSize: "5", type: "application/pdf", medium: "document" },
  ])
})

test("a medium is named if the type implies one", () => {
  const types = ["video/mp4", "Image/PNG", "text/plain", "application/vnd.apple.mpegurl", "audio"]
  const item = itemOf({ enclosures: types.map((type, at) => ({ url: `https://a.example/${at}`, type })) })
  expect(all(item, "media:content").map(({ attributes }) => attributes.medium)).toEqual([
    ...["video", "image", "document", undefined, undefined],
  ])
})

test("a recording has its duration, and audio has its picture for podcast apps", () => {
  const image = { url: "https://a.example/1.jpg" }
  const file = { url: "https://a.example/1", length: 900, duration: 61.4 }
  const itunes = (type: string) =>
    itemOf({
      image,
      enclosures: [
        { ...file, type },
        { ...file, type: "video/mp4" },
      ],
    })
  const audio = itunes("audio/mpeg")
  expect(textsOf(audio, "itunes:duration")).toEqual(["61"])
  expect(child(audio, "itunes:image")?.attributes).toEqual({ href: "https://a.example/1.jpg" })
  expect(child(audio, "media:content", { type: "video/mp4" })?.attributes.duration).toBe("61")
  const names = itunes("video/mp4").children.map(({ name }) => name)
  expect(names.filter((name) => name.startsWith("itunes:"))).toEqual(["itunes:duration"])
})

describe.each([
  "application/pdf",
  "application/zip",
  "text/vtt",
  "application/json",
  "text/html",
  "application/epub+zip",
])("a file of %s before a recording", (type) => {
  const other = { url: "https://a.example/1", type, length: 5 }
  const itemWith = (...enclosures: object[]) =>
    itemOf({
      enclosures: [other, ...enclosures] as Entry["enclosures"],
      image: { url: "https://a.example/3" },
      episode: { number: 4, season: 2 },
    })
  const itunes = (item: Node) =>
    item.children
      .filter(({ name }) => name.startsWith("itunes:"))
      .map(({ name, text, attributes }) => `${name.slice(7)} ${attributes.href ?? text}`)
  const picture = "image https://a.example/3"

  test.each(["audio/mpeg", "Audio/X-M4A", "video/mp4", "application/ogg"])(
    "of %s does not take its elements",
    (recording) => {
      const file = { url: "https://a.example/2", type: recording, duration: 61 }
      const sound = /^audio/i.test(recording) ? [picture] : []
      const whole = itemWith({ ...file, length: 900 })
      expect(child(whole, "enclosure")?.attributes.url).toBe(file.url)
      expect(itunes(whole)).toEqual(["duration 61", "episode 4", "season 2", ...sound])
      // Without a length, the recording is no enclosure, and the duration of another file would be wrong.
      const unsized = itemWith(file)
      expect(child(unsized, "enclosure")?.attributes.url).toBe(other.url)
      expect(itunes(unsized)).toEqual(["episode 4", "season 2", ...sound])
      expect(child(unsized, "media:content", { url: file.url })?.attributes.duration).toBe("61")
    },
  )
})

test("a recording of unknown length has its elements without an enclosure", () => {
  const file = { url: "https://a.example/2", type: "audio/mpeg", duration: 61 }
  const item = itemOf({ enclosures: [file], image: { url: "https://a.example/3" }, episode: { number: 4 } })
  expect(child(item, "enclosure")).toBeUndefined()
  expect(item.children.filter(({ name }) => name.startsWith("itunes:")).map(({ name }) => name)).toEqual([
    ...["itunes:duration", "itunes:episode", "itunes:image"],
  ])
})

test("an item has sub-headline, dateline and a site without an address", () => {
  const item = itemOf({ subtitle: "After a year", dateline: "BEIRUT", attribution: { name: "Agency" } })
  expect(textsOf(item, "dcterms:alternative")).toEqual(["After a year"])
  expect(textsOf(item, "dcterms:spatial")).toEqual(["BEIRUT"])
  expect(textsOf(item, "dc:source")).toEqual(["Agency"])
  const linked = itemOf({ attribution: { name: "Agency", url: "https://agency.example/1" } })
  expect(textsOf(linked, "dc:source")).toEqual([])
  expect(child(linked, "atom:link", { rel: "via" })?.attributes.title).toBe("Agency")
})

test("the lead image is written for both kinds of readers, with caption and credit", () => {
  const item = itemOf({ image: { url: "https://a.example/i.jpg", width: 9, height: 6, alt: "A", credit: "C" } })
  const place = { url: "https://a.example/i.jpg", width: "9", height: "6" }
  const content = child(item, "media:content") as Node
  expect(content.attributes).toEqual({ ...place, medium: "image" })
  expect(child(item, "media:thumbnail")?.attributes).toEqual(place)
  expect(textsOf(content, "media:description")).toEqual(["A"])
  expect(textsOf(content, "media:credit")).toEqual(["C"])
})

test("the guid is no permalink, and each author and category has one element", () => {
  const scheme = "https://wire.example/tags"
  const item = itemOf({
    authors: [{ name: "A, B" }, { name: "C" }],
    categories: [
      { term: "x", label: "X, Y", scheme },
      { term: "z", label: "Z", scheme },
    ],
  })
  expect(child(item, "guid")?.attributes).toEqual({ isPermaLink: "false" })
  expect(textsOf(item, "dc:creator")).toEqual(["A, B", "C"])
  expect(all(item, "category").map(({ text, attributes }) => [text, attributes.domain])).toEqual([
    ["X, Y", scheme],
    ["Z", scheme],
  ])
})

test("atom:updated is there only after an update", () => {
  expect(textsOf(itemOf({}), "atom:updated")).toEqual([])
  expect(textsOf(itemOf({ updatedAt: NOON + 1000 }), "atom:updated")).toEqual(["2026-11-23T10:00:01Z"])
})

test("feedsmith reads an RSS feed", () => {
  const parsed = parseRssFeed(renderRss(feed([entry({ summary: "Short & sweet", html: "<p>]]></p>" })])))
  expect(parsed.items?.[0]).toMatchObject({
    title: "Harbour reopens",
    description: "Short & sweet",
    source: { title: "The Paper", url: "https://wire.example/publishers/paper" },
    guid: { value: "tag:wire.example,2026:0f3a", isPermaLink: false },
    pubDate: "Mon, 23 Nov 2026 10:00:00 GMT",
  })
})
