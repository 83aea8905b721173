import { parseJsonFeed } from "feedsmith"
import { expect, test } from "vitest"
import type { Feed } from "../../../src/formats/feed.ts"
import { render } from "../../render.ts"
import { parseJson } from "./reader.ts"
import { entry, feed, NOON, urls } from "./samples.ts"

const renderJson = (feed: Feed): string => render(feed, "json")

const itemOf = (fields: Parameters<typeof entry>[0]) => parseJson(renderJson(feed([entry(fields)]))).items[0]

test("a feed has its own members", () => {
  expect(parseJson(renderJson(feed([], { icon: "https://wire.example/icon.png" })))).toEqual({
    version: "https://jsonfeed.org/version/1.1",
    title: "World",
    home_page_url: "https://wire.example/world",
    feed_url: "https://wire.example/world.json",
    description: "News from everywhere",
    icon: "https://wire.example/icon.png",
    language: "en",
    items: [],
  })
})

test("a page has the feed's URL and the next page", () => {
  const history = { next: urls("world/3"), prevArchive: urls("world/archive/7"), archive: false }
  const page = parseJson(renderJson(feed([], { urls: urls("world/2"), history })))
  expect(page).toMatchObject({
    feed_url: "https://wire.example/world.json",
    next_url: "https://wire.example/world/3.json",
    _feedwire: { prev_archive_url: "https://wire.example/world/archive/7.json" },
  })
  expect(page._feedwire).not.toHaveProperty("archive")
})

test("an archive links to the previous archive", () => {
  const history = { prevArchive: urls("world/6"), nextArchive: urls("world/8"), archive: true }
  expect(parseJson(renderJson(feed([], { urls: urls("world/7"), history })))).toMatchObject({
    feed_url: "https://wire.example/world.json",
    next_url: "https://wire.example/world/6.json",
    _feedwire: {
      prev_archive_url: "https://wire.example/world/6.json",
      next_archive_url: "https://wire.example/world/8.json",
      archive: true,
    },
  })
})

test("tombstones and rights are under _feedwire", () => {
  const deleted = [{ id: "tag:wire.example,2026:gone", at: NOON, reason: "withdrawn" as const }]
  expect(parseJson(renderJson(feed([], { tombstones: deleted, rights: "© us" })))._feedwire).toEqual({
    rights: { notice: "© us" },
    deleted: [{ id: "tag:wire.example,2026:gone", date_deleted: "2026-11-23T10:00:00Z", reason: "withdrawn" }],
  })
})

test("the plainest item has no empty and no null member", () => {
  expect(itemOf({})).toEqual({
    id: "tag:wire.example,2026:0f3a",
    url: "https://paper.example/harbour",
    title: "Harbour reopens",
    content_text: "Harbour reopens",
    date_published: "2026-11-23T10:00:00Z",
    authors: [{ name: "Ada Quay" }],
    _feedwire: {
      guid: "paper-1",
      version: 1,
      source: { name: "The Paper", url: "https://paper.example/", feed_url: "https://wire.example/publishers/paper" },
      sections: [],
      direction: "ltr",
    },
  })
})

test("an item always has a body", () => {
  expect(itemOf({ html: "<p>Long</p>", summary: "s" })).toMatchObject({ content_html: "<p>Long</p>", summary: "s" })
  expect(itemOf({ html: "<p>Long</p>" })).not.toHaveProperty("content_text")
  expect(itemOf({ summary: "s" })).toMatchObject({ content_text: "s", summary: "s" })
  expect(itemOf({ title: "" })).toMatchObject({ content_text: "" })
})

test("tags are words for readers, each once", () => {
  const categories = [
    { term: "world", label: "World", scheme: "https://wire.example/sections" },
    { term: "World", label: "World", scheme: "https://wire.example/tags" },
  ]
  expect(itemOf({ categories })?.tags).toEqual(["World"])
})

test("attachments have only known members", () => {
  const enclosures = [
    { url: "https://a.example/1.mp3", type: "audio/mpeg", length: 900, duration: 61.4, title: "Listen" },
    { url: "https://a.example/2.mp3", type: "audio/mpeg" },
  ]
  expect(itemOf({ enclosures })?.attachments).toEqual([
    {
      url: "https://a.example/1.mp3",
      mime_type: "audio/mpeg",
      title: "Listen",
      size_in_bytes: 900,
      duration_in_seconds: 61,
    },
    { url: "https://a.example/2.mp3", mime_type: "audio/mpeg" },
  ])
})

test("members that JSON Feed lacks are under _feedwire", () => {
  const item = itemOf({
    subtitle: "After a year",
    dateline: "BEIRUT",
    image: { url: "https://a.example/i.jpg", width: 9, height: 6, alt: "A", caption: "B", credit: "C" },
    correction: { note: "Wrong year.", at: NOON },
    attribution: { name: "Agency", url: "https://agency.example/1" },
    related: [{ url: "https://paper.example/2" }],
    rights: "© The Paper",
    updatedAt: NOON + 1000,
    extension: {
      guid: "paper-1",
      version: 1,
      sections: ["ports"],
      duplicates: [
        { id: "tag:wire.example,2026:1a2b", publisher: "Agency", url: "https://agency.example/1" },
        { id: "", publisher: "Nobody" },
      ],
    },
  })
  expect(item).toMatchObject({
    external_url: "https://agency.example/1",
    image: "https://a.example/i.jpg",
    banner_image: "https://a.example/i.jpg",
    date_modified: "2026-11-23T10:00:01Z",
    _feedwire: {
      subtitle: "After a year",
      dateline: "BEIRUT",
      image: { caption: "B", credit: "C", alt: "A", width: 9, height: 6 },
      correction: { note: "Wrong year.", at: "2026-11-23T10:00:00Z" },
      attribution: { name: "Agency", url: "https://agency.example/1" },
      related: [{ url: "https://paper.example/2" }],
      rights: { notice: "© The Paper" },
      sections: ["ports"],
      duplicates: [{ id: "tag:wire.example,2026:1a2b", publisher: "Agency", url: "https://agency.example/1" }],
    },
  })
})

test("feedsmith reads a JSON Feed", () => {
  const parsed = parseJsonFeed(renderJson(feed([entry({ html: "<p>Long</p>" })])))
  expect(parsed.items?.[0]).toMatchObject({ id: "tag:wire.example,2026:0f3a", content_html: "<p>Long</p>" })
})
