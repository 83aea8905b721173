/** Whatever was pushed: three well-formed documents that say the same. */
import fc from "fast-check"
import { parseAtomFeed, parseJsonFeed, parseRssFeed } from "feedsmith"
import { expect, test } from "vitest"
import type { Direction, Enclosure, Entry, Feed } from "../../../src/formats/feed.ts"
import { render } from "../../../src/formats/format.ts"
import { readAtom, readJson, readRss } from "./reader.ts"
import { entry, feed, NOON } from "./samples.ts"

/** Any sequence of UTF-16 units, lone surrogates and controls included, mixed with what breaks feeds in practice. */
const nasty = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      fc.constantFrom(
        "]]>",
        "<![CDATA[",
        "&amp;",
        "&lt;",
        "&#8;",
        "&",
        "<",
        ">",
        '"',
        "'",
        "<em>",
        "</p>",
        "<!--",
        "-->",
      ),
      fc.constantFrom("\u0000", "\u0008", "\uD83D", "\uDE42", "\uFFFE", "\r\n", "\r", "\t", "  ", "\u2028", "\u00A0"),
      fc.constantFrom(
        "قال",
        "BBC",
        "10",
        " ",
        "\u200F",
        "\u2069",
        "🙂",
        "<?xml",
        "<!DOCTYPE x>",
        "&eacute;",
        "</title>",
      ),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""))

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 3 })
const direction = fc.constantFrom<Direction>("ltr", "rtl")
const time = fc.integer({ min: 0, max: NOON }).map((ms) => ms - (ms % 1000))
const count = fc.option(fc.integer({ min: -1, max: 5000 }), { nil: undefined })
/** Addresses are made of letters: their own rules are another's business, their bytes must still be escaped. */
const url = nasty.map((text) => `https://x.example/?q=${text}z`)
const named = fc.record({ name: nasty })

function without<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
}

const anyEntry: fc.Arbitrary<Entry> = fc
  .record({
    id: nasty,
    url: maybe(url),
    title: maybe(nasty),
    subtitle: maybe(nasty),
    summary: maybe(nasty),
    html: maybe(nasty.map((text) => `<p>${text}</p>`)),
    language: maybe(fc.oneof(nasty, fc.constantFrom("ar", "en", "pt-BR"))),
    direction,
    publishedAt: time,
    updatedAt: time,
    authors: fc.array(named, { maxLength: 3 }),
    categories: fc.array(fc.record({ term: nasty, label: nasty, scheme: nasty }), { maxLength: 3 }),
    image: maybe(
      fc
        .record({ url, width: count, height: count, caption: maybe(nasty), credit: maybe(nasty), alt: maybe(nasty) })
        .map((image) => without(image) as NonNullable<Entry["image"]>),
    ),
    enclosures: fc.array(
      fc.record({ url, type: nasty, length: count, title: maybe(nasty) }).map((file) => without(file) as Enclosure),
      { maxLength: 3 },
    ),
    source: fc.record({ id: nasty, name: nasty, url, feedUrl: url, updatedAt: time }),
    attribution: maybe(fc.record({ name: nasty, url })),
    rights: maybe(nasty),
    related: fc.array(fc.record({ url, title: nasty }), { maxLength: 2 }),
    correction: maybe(fc.record({ note: nasty })),
  })
  .map((fields) => entry(without(fields) as Partial<Entry>))

const anyFeed: fc.Arbitrary<Feed> = fc
  .record({
    title: nasty,
    description: maybe(nasty),
    language: maybe(nasty),
    direction,
    rights: maybe(nasty),
    iconUrl: maybe(url),
  })
  .chain((fields) =>
    fc.array(anyEntry, { maxLength: 3 }).map((entries) => feed(entries, without(fields) as Partial<Feed>)),
  )

test("every feed is well-formed and reads the same in all three formats", () => {
  fc.assert(
    fc.property(anyFeed, (any) => {
      const rss = readRss(render(any, "rss"))
      const atom = readAtom(render(any, "atom"))
      const json = readJson(render(any, "json"))
      const own = { self: "" }
      for (const reading of [rss, atom, json])
        for (const each of reading.entries) each.labels = [...new Set(each.labels)]
      expect({ ...rss, ...own }).toEqual({ ...json, ...own })
      expect({ ...atom, ...own }).toEqual({ ...json, ...own })
    }),
    { numRuns: 400 },
  )
})

test("nothing illegal is left in any format, and JSON has no null", () => {
  fc.assert(
    fc.property(anyFeed, (any) => {
      const json = render(any, "json")
      expect(json).not.toMatch(/\\u(?:d[89a-f]|00(?:0[0-8bce]|1))|\\[bfr]|:null|\[null/i)
      expect(Buffer.from(json).toString()).toBe(json)
    }),
    { numRuns: 200 },
  )
})

test("feedsmith reads every feed, with the same number of entries", () => {
  fc.assert(
    fc.property(anyFeed, (any) => {
      const count = any.entries.length
      expect(parseRssFeed(render(any, "rss")).items?.length ?? 0).toBe(count)
      expect(parseAtomFeed(render(any, "atom")).entries?.length ?? 0).toBe(count)
      expect(parseJsonFeed(render(any, "json")).items?.length ?? 0).toBe(count)
    }),
    { numRuns: 100 },
  )
})

test("rendering depends on nothing but the feed", () => {
  const one = feed([entry({ html: "<p>x</p>" })])
  expect(render(one, "rss")).toBe(render(structuredClone(one), "rss"))
})
