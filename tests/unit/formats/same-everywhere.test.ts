/** Tests that any pushed article gives three well-formed documents with the same content. */

import { parseAtomFeed, parseJsonFeed, parseRssFeed } from "feedsmith"
import { expect, test } from "vitest"
import { FORMATS } from "../../../src/formats/feed.ts"
import * as fc from "../../fast-check.ts"
import { render } from "../../render.ts"
import { anyFeed, TROUBLE } from "./arbitrary.ts"
import { asRss, child, type Node, readAtom, readJson, readRss, readXml } from "./reader.ts"
import { entry, feed, NOON, urls } from "./samples.ts"

test("every feed is well-formed and has the same content in all three formats", () => {
  fc.assert(
    fc.property(anyFeed, (any) => {
      const rss = readRss(render(any, "rss"))
      const atom = readAtom(render(any, "atom"))
      const json = readJson(render(any, "json"))
      // JSON Feed names the subscription document where the other formats name the document itself.
      const own = { self: "" }
      // A word that is both a section and a tag is one tag in JSON Feed, which has no schemes to distinguish them.
      for (const reading of [rss, atom, json])
        for (const each of reading.entries) each.labels = [...new Set(each.labels)]
      expect({ ...rss, ...own }).toEqual({ ...asRss(json), ...own })
      expect({ ...atom, ...own }).toEqual({ ...json, ...own })
    }),
    { numRuns: 40 },
  )
})

test("no format has an illegal character, and JSON has no null", () => {
  fc.assert(
    fc.property(anyFeed, (any) => {
      const json = render(any, "json")
      expect(json).not.toMatch(/\\u(?:d[89a-f]|00(?:0[0-8bce]|1))|\\[bfr]|:null|\[null/i)
      expect(Buffer.from(json).toString()).toBe(json)
    }),
    { numRuns: 20 },
  )
})

test("feedsmith reads the same number of entries from every format", () => {
  fc.assert(
    fc.property(anyFeed, (any) => {
      const count = any.entries.length
      expect(parseRssFeed(render(any, "rss")).items?.length ?? 0).toBe(count)
      expect(parseAtomFeed(render(any, "atom")).entries?.length ?? 0).toBe(count)
      expect(parseJsonFeed(render(any, "json")).items?.length ?? 0).toBe(count)
    }),
    { numRuns: 10 },
  )
})

test("rendering depends only on the feed", () => {
  const one = feed([entry({ html: "<p>x</p>" })])
  expect(render(one, "rss")).toBe(render(structuredClone(one), "rss"))
})

/** A feed with every member of the types. A new member belongs here. */
const complete = feed(
  [
    entry({
      subtitle: "Sub-headline",
      dateline: "Dateline",
      summary: "Summary",
      html: "<p>Body</p>",
      language: "ar",
      authors: [{ name: "Author", url: "https://x.example/author" }],
      categories: [{ term: "term", label: "Label", scheme: "https://x.example/scheme" }],
      image: {
        url: "https://x.example/image",
        type: "image/png",
        width: 1,
        height: 2,
        alt: "Alternative",
        caption: "Caption",
        credit: "Credit",
      },
      enclosures: [
        { url: "https://x.example/1", type: "audio/mpeg", length: 1, duration: 2, title: "First" },
        { url: "https://x.example/2", type: "video/mp4", length: 3, duration: 4, title: "Second" },
      ],
      attribution: { name: "Site", url: "https://x.example/site" },
      rights: "Rights",
      related: [{ url: "https://x.example/related", title: "Related" }],
      correction: { note: "Correction", at: NOON },
      extension: {
        guid: "guid",
        version: 1,
        sections: ["section"],
        duplicates: [{ id: "tag:also", publisher: "Other", url: "https://x.example/also" }],
      },
    }),
    entry({ attribution: { name: "Site without address" }, correction: { note: "Correction without body" } }),
  ],
  {
    icon: "https://x.example/icon",
    rights: "Feed rights",
    urls: urls("world/archive-7"),
    history: {
      next: urls("world/page-2"),
      prevArchive: urls("world/archive-6"),
      nextArchive: urls("world/archive-8"),
      archive: true,
    },
    tombstones: [{ id: "tag:gone", at: NOON, reason: "withdrawn" }],
  },
)

type Path = (string | number)[]

/** Returns the paths of all texts in a feed, except two constants that no publisher can set. */
function textPaths(value: unknown, path: Path = []): Path[] {
  if (typeof value === "string") return path.some((key) => key === "direction" || key === "reason") ? [] : [path]
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => textPaths(inner, [...path, key]))
}

function changed<T>(value: T, path: Path, change: (text: string) => string): T {
  const copy = structuredClone(value)
  let holder = copy as Record<string | number, unknown>
  for (const key of path.slice(0, -1)) holder = holder[key] as Record<string | number, unknown>
  const last = path.at(-1) ?? ""
  holder[last] = change(String(holder[last]))
  return copy
}

/** A word that no renderer writes, with broken text in the middle and at both ends. */
const poisoned = (text: string) => `${TROUBLE.join("")}${text}POISON${TROUBLE.join("")}\uD800`
const LEGAL = /^[\t\n\u0020-\u007E\u00A0-\uD7FF\uE000-\uFDCF\uFDF0-\uFFFD\u{10000}-\u{10FFFF}]*$/u

test.each(textPaths(complete).map((path) => [path.join("."), path] as const))(
  "broken text in %s is written as text, and the rest of the feed is unchanged",
  (_, path) => {
    const plain = readAll(complete)
    const any = changed(complete, path, poisoned)
    const read = readAll(any)
    // The same elements and members must be in the same places: then no text ended an element or added one.
    expect(shape(read.rss)).toEqual(shape(plain.rss))
    expect(shape(read.atom)).toEqual(shape(plain.atom))
    expect(skeleton(read.json)).toEqual(skeleton(plain.json))
    for (const format of FORMATS) expect(render(any, format)).toMatch(LEGAL)
  },
)

test("every text of a feed is in at least one format, so that the test above covers it", () => {
  const unseen = textPaths(complete).filter((path) => {
    const any = changed(complete, path, () => "https://x.example/SEEN")
    return FORMATS.every((format) => !render(any, format).includes("SEEN"))
  })
  // An invalid language is left out, JSON Feed names the subscription only, and an archive's `next_url` in JSON Feed is the previous archive.
  expect(unseen.map((path) => path.join("."))).toEqual([
    ...["language", "urls.json", "entries.0.language", "history.next.json"],
  ])
})

function readAll(any: typeof complete): { rss: Node; atom: Node; json: unknown } {
  return {
    rss: readXml(render(any, "rss")),
    atom: readXml(render(any, "atom")),
    json: JSON.parse(render(any, "json")),
  }
}

/** Names of elements and attributes, except an invalid language, and what depends on a valid media type. */
function shape({ name, attributes, children }: Node): unknown {
  const inner = children.filter(
    (node) => node.name !== "language" && node.name !== "dc:language" && !node.name.startsWith("itunes:"),
  )
  return [name, Object.keys(attributes).filter((key) => key !== "xml:lang" && key !== "medium"), inner.map(shape)]
}

function skeleton(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(skeleton)
  if (typeof value !== "object" || value === null) return typeof value
  const members = Object.entries(value).filter(([key]) => key !== "language")
  return Object.fromEntries(members.map(([key, inner]) => [key, skeleton(inner)]))
}

test("a tombstone of an entry in the feed is left out", () => {
  const any = feed([entry()], { tombstones: [{ id: entry().id, at: NOON, reason: "moved" }] })
  expect(child(readXml(render(any, "atom")), "at:deleted-entry")).toBeUndefined()
})
