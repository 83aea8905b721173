/** Tests the parts of an article and of a page in a feed, before a format renders them. */
import { describe, expect, test } from "vitest"
import type { SelectionPage } from "../../../src/articles/read/read-selection.ts"
import type { Settings } from "../../../src/env.ts"
import { type FeedAddress, parseAddress } from "../../../src/feeds/address.ts"
import { articleContext, assembleFeed, entryOf } from "../../../src/feeds/assemble.ts"
import { articleOf, directoryOf, publisherOf } from "./pages.ts"

const SETTINGS = {
  ...{ feedsUrl: "https://feeds.example", title: "Wire", language: "en", fingerprint: "f" },
} as Settings

function addressOf(path: string): FeedAddress {
  const parsed = parseAddress(new URL(path, SETTINGS.feedsUrl))
  if (!parsed || !("address" in parsed)) throw new Error(path)
  return parsed.address
}
const RSS = addressOf("/sections/world/feed.rss")

const pageOf = (more: Partial<SelectionPage> = {}): SelectionPage => ({
  validator: { epoch: "e", revision: 7, changedAt: 5000, lastSilentRemoval: 0 } as SelectionPage["validator"],
  ...{ scopes: [["section:1"]], excludedScopes: [], directory: directoryOf(), archives: 0 },
  articles: [articleOf()],
  deletedEntries: [],
  names: new Map(),
  ...more,
})
const entry = (article: Parameters<typeof articleOf>[0] = {}, directory = directoryOf()) =>
  entryOf(articleOf(article), articleContext({ directory }, RSS, SETTINGS, "en"))

describe("an entry of an article", () => {
  const shared = (redistribution: "full" | "summary" | "none") =>
    entry({}, directoryOf({ publishers: [publisherOf({ redistribution })] }))

  test("has everything, if its publisher shares everything", () => {
    expect(shared("full")).toMatchObject({
      ...{ title: "Title", subtitle: "Subtitle", summary: "Summary", dateline: "BEIRUT", html: "<p>Body</p>" },
      image: { url: "https://one.example/lead.jpg?w=1", type: "image/jpeg" },
      enclosures: [{ url: "https://one.example/a.mp3" }],
      correction: { note: "It was Tuesday." },
    })
  })

  test("has no body and no file, if its publisher shares summaries", () => {
    const shown = shared("summary")
    expect(shown).toMatchObject({ title: "Title", summary: "Summary", html: undefined, enclosures: [] })
    expect(shown?.image).toBeDefined()
  })

  test("has a picture of the body as its image only if its publisher shares the body", () => {
    const details = { ...articleOf().details, image: { url: "https://one.example/p", derived: true as const } }
    const image = (redistribution: "full" | "summary" | "none") =>
      entry({ details }, directoryOf({ publishers: [publisherOf({ redistribution })] }))?.image
    expect([image("full"), image("summary"), image("none")]).toEqual([details.image, undefined, undefined])
  })

  test("has headline and link, if its publisher shares no more; without a headline there is no entry", () => {
    expect(shared("none")).toMatchObject({
      ...{ title: "Title", url: "https://one.example/a", subtitle: undefined },
      ...{ summary: undefined, html: undefined, image: undefined, correction: undefined, enclosures: [] },
    })
    const directory = directoryOf({ publishers: [publisherOf({ redistribution: "none" })] })
    expect(entry({ title: null }, directory)).toBeUndefined()
  })

  test("does not exist if its publisher is not in the directory", () => {
    expect(entry({ publisherUid: "1b" })).toBeUndefined()
  })
})

test("names sections in the article's language, else in the wire's; a removed section is left out", () => {
  const details = { ...articleOf().details, sections: [1, 9], tags: ["chess"] }
  const termsIn = (language: string | null) => entry({ details, language })?.categories.map(({ label }) => label)
  expect([termsIn("ar"), termsIn("fr"), termsIn(null)]).toEqual([
    ["العالم", "chess"],
    ["World", "chess"],
    ["World", "chess"],
  ])
  expect(entry({ details })?.extension.sections).toEqual(["world"])
})

test("was never changed before it was published, and its last change is the latest of its dates", () => {
  expect(entry({ publishedAt: 100, updatedAt: 50 })?.updatedAt).toBe(100)
  expect(entry({ publishedAt: 100, updatedAt: 200, correctedAt: 300 })?.updatedAt).toBe(300)
})

test.each([
  ["https://one.example/a.JPEG", "image/jpeg"],
  ["https://one.example/a.webp#b", "image/webp"],
  ["https://one.example/a", undefined],
  ["https://one.example/a.constructor", undefined],
  ["https://one.example", undefined],
])("with an image at %s has the type %s", (url, type) => {
  const details = { ...articleOf().details, image: { url } }
  expect(entry({ details })?.image).toEqual(type === undefined ? { url } : { url, type })
})

test("leaves out duplicates of publishers that are not in the directory", () => {
  const duplicates = [
    { id: "b", publisherUid: "1a", url: "https://one.example/b" },
    { id: "c", publisherUid: "1b", url: "https://two.example/c" },
  ]
  expect(entry({ duplicates })?.extension.duplicates).toMatchObject([
    { publisher: "One", url: "https://one.example/b" },
  ])
})

describe("a feed", () => {
  const feed = (page: Partial<SelectionPage> = {}, address = RSS) => assembleFeed(pageOf(page), address, SETTINGS)

  test("keeps its id when its section is renamed, and has one id for each selection", () => {
    const renamed = directoryOf({ sections: [{ ...directoryOf().sections[0], slug: "globe" } as never] })
    const other = addressOf("/sections/globe/feed.rss")
    expect(feed({ directory: renamed }, other).id).toBe(feed().id)
    expect(feed({ scopes: [["section:2"]] }).id).not.toBe(feed().id)
    expect(feed({ excludedScopes: ["section:2"] }).id).not.toBe(feed().id)
  })

  test("has the same id with and without the scopes of suppressed articles", () => {
    expect(feed({ scopes: [["section:1", "~section:1"]], excludedScopes: ["~section:2"] }).id).toBe(feed().id)
  })

  test("links to no other document if there are no older articles", () => {
    expect(feed().history).toBeUndefined()
  })

  test("links to the next page, and to the last archive", () => {
    const { history } = feed({ next: { publishedAt: 5, id: "a" }, archives: 3 })
    expect(history?.next?.rss).toMatch(/^https:\/\/feeds\.example\/sections\/world\/feed\.rss\?/)
    expect(history?.prevArchive?.rss).toContain("/3")
    expect(history).toMatchObject({ archive: false })
  })

  test("links from an archive to its neighbours, and from the first and the last to one", () => {
    const archive = (no: number): FeedAddress => ({ ...RSS, part: { kind: "archive", no } })
    const neighbours = (no: number) => {
      const { history } = feed({ archives: 3 }, archive(no))
      return [history?.prevArchive !== undefined, history?.nextArchive !== undefined, history?.archive]
    }
    expect([1, 2, 3].map(neighbours)).toEqual([
      [false, true, true],
      [true, true, true],
      [true, false, true],
    ])
  })

  test("lists deleted articles by the ids of their entries", () => {
    const { tombstones, entries } = feed({ deletedEntries: [{ id: "a", commitNo: 7, at: 9, reason: "moved" }] })
    expect(tombstones).toEqual([{ id: entries[0]?.id, at: 9, reason: "moved" }])
  })
})

test("an article without an address of its own has that of its page on this site", () => {
  expect(entry({ url: "https://one.example/a", slug: "a" })?.url).toBe("https://one.example/a")
  expect(entry({ id: "f".repeat(32), url: null, slug: "خبر" })?.url).toBe(
    `https://feeds.example/articles/${"f".repeat(32)}/${encodeURIComponent("خبر")}`,
  )
  expect(entry({ id: "f".repeat(32), url: null, slug: null })?.url).toBe(
    `https://feeds.example/articles/${"f".repeat(32)}`,
  )
})
