/** Generates any feed that the types allow, with any broken text, for property tests. */

import type { Enclosure, Entry, Feed, FeedHistory, Tombstone } from "../../../src/formats/feed.ts"
import type { Direction } from "../../../src/text/direction.ts"
import * as fc from "../../fast-check.ts"
import { entry, feed, NOON, urls } from "./samples.ts"

/** Texts that break feeds in practice. */
export const TROUBLE = [
  ...["]]>", "<![CDATA[", "&amp;", "&lt;", "&#8;", "&", "<", ">", '"', "'", "<em>", "</p>", "<!--", "-->"],
  ...["\u0000", "\u0008", "\uD83D", "\uDE42", "\uFFFE", "\uFDD0", "\u{1FFFF}", "\r\n", "\r", "\t", "  ", "\u0085"],
  ...["\u2028", "\u2029", "\u00A0", "\u2003", "\uFEFF", "\u200F", "\u2069", "\u202E", "🙂", "🇱🇧", "é", "Ã©"],
  ...["قال", "BBC", "10", " ", "<?xml", "<!DOCTYPE x>", "&eacute;", "&nope;", "</title>", "%", "a@b.example"],
]

/** Any sequence of UTF-16 units, including lone surrogates and controls, mixed with these texts. */
export const nasty = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      fc.constantFrom(...TROUBLE),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""))

export const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 3 })

export function without<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
}

const direction = fc.constantFrom<Direction>("ltr", "rtl")
const time = fc.integer({ min: 0, max: NOON }).map((ms) => ms - (ms % 1000))
const count = fc.option(fc.integer({ min: -1, max: 5000 }), { nil: undefined })
/** Addresses are plausible, because other tests check their rules, but their bytes must be escaped. */
const url = nasty.map((text) => `https://x.example/?q=${text}z`)

export const anyEntry: fc.Arbitrary<Entry> = fc
  .record({
    id: nasty,
    url: maybe(url),
    title: maybe(nasty),
    subtitle: maybe(nasty),
    dateline: maybe(nasty),
    summary: maybe(nasty),
    html: maybe(nasty.map((text) => `<p>${text}</p>`)),
    language: maybe(fc.oneof(nasty, fc.constantFrom("ar", "en", "pt-BR"))),
    direction,
    publishedAt: time,
    updatedAt: time,
    authors: fc.array(
      fc.record({ name: nasty, url: maybe(url) }).map((author) => without(author) as Entry["authors"][number]),
      { maxLength: 3 },
    ),
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
    attribution: maybe(
      fc.record({ name: nasty, url: maybe(url) }).map((site) => without(site) as NonNullable<Entry["attribution"]>),
    ),
    rights: maybe(nasty),
    related: fc.array(fc.record({ url, title: nasty }), { maxLength: 2 }),
    correction: maybe(fc.record({ note: nasty })),
    extension: fc.record({
      guid: nasty,
      version: fc.nat(),
      sections: fc.array(nasty, { maxLength: 2 }),
      duplicates: fc.array(fc.record({ id: nasty, publisher: nasty, url }), { maxLength: 2 }),
    }),
  })
  // Removes members of the sample, because an entry may have no title and no page.
  .map((fields) => without({ ...entry(), ...fields }) as Entry)

const anyTombstone: fc.Arbitrary<Tombstone> = fc.record({
  id: nasty,
  at: time,
  reason: fc.constantFrom("withdrawn" as const, "moved" as const),
})

const prevArchive = maybe(fc.constant(urls("world/archive-6")))
/** Pages link to the next page and to the last archive; archives link to their neighbours. */
const anyHistory: fc.Arbitrary<FeedHistory> = fc
  .oneof(
    fc.record({ next: maybe(fc.constant(urls("world/page-2"))), prevArchive, archive: fc.constant(false) }),
    fc.record({ prevArchive, nextArchive: maybe(fc.constant(urls("world/archive-8"))), archive: fc.constant(true) }),
  )
  .map((history) => without(history) as FeedHistory)

export const anyFeed: fc.Arbitrary<Feed> = fc
  .record({
    title: nasty,
    description: maybe(nasty),
    language: maybe(nasty),
    direction,
    rights: maybe(nasty),
    icon: maybe(url),
    urls: fc.constantFrom(urls("world"), urls("world/page-2"), urls("world/archive-7")),
    history: maybe(anyHistory),
    deleted: fc.array(anyTombstone, { maxLength: 3 }),
    entries: fc.array(anyEntry, { maxLength: 3 }),
  })
  .map(({ entries, ...fields }) => feed(entries, without(fields) as Partial<Feed>))
