/** Tests that two independent parsers, feedparser (Python) and feedsmith, read the same article from each format. */

import { parseAtomFeed, parseJsonFeed, parseRssFeed } from "feedsmith"
import { afterAll, describe, expect, test } from "vitest"
import type { Entry, Feed } from "../../../src/formats/feed.ts"
import * as fc from "../../fast-check.ts"
import { render } from "../../render.ts"
import { anyEntry } from "./arbitrary.ts"
import { missingFeedparser, type Parsed, type ParsedEntry, startFeedparser } from "./feedparser.ts"
import { pushedEntries } from "./pushed.ts"
import { asHtml, type ReadEntry, readJson } from "./reader.ts"
import { entry, feed, NOON, urls } from "./samples.ts"

/** The parts of an article that are in every format and that every reader shows. */
interface Article {
  id: string
  title: string
  published: number
  updated: number
  authors: string[]
  labels: string[]
  files: string[]
  summary: string
  body: string
}

/** feedparser writes media types in lower case. */
const lowered = (files: string[]): string[] => sorted(files.map((file) => file.toLowerCase()))
const sorted = (list: Iterable<string>): string[] => [...new Set(list)].sort()
/** RFC 822 has no fractions of a second. */
const seconds = (ms: number): number => Math.floor(ms / 1000)

const anyFeed: fc.Arbitrary<Feed> = fc
  .record({
    entries: fc.oneof(pushedEntries, fc.array(anyEntry, { minLength: 1, maxLength: 3 }).map(numbered)),
    language: fc.constantFrom("ar", "en"),
    archive: fc.boolean(),
    withdrawn: fc.boolean(),
  })
  .map(({ entries, language, archive, withdrawn }) =>
    feed(entries, {
      language,
      direction: language === "ar" ? "rtl" : "ltr",
      ...(archive && { urls: urls("world/archive-7"), history: { prevArchive: urls("world/archive-6"), archive } }),
      tombstones: withdrawn ? [{ id: "tag:wire.example,2026:gone", at: NOON, reason: "withdrawn" }] : [],
    }),
  )

/** Entries of one feed need different ids that are not empty. */
function numbered(entries: Entry[]): Entry[] {
  return entries.map((each, position) => ({ ...each, id: `tag:wire.example,2026:${position}/${each.id}` }))
}

const missing = missingFeedparser()
if (missing !== undefined) process.stderr.write(`Not tested: ${missing}\n`)

describe.skipIf(missing !== undefined)("feedparser", () => {
  const feedparser = missing === undefined ? startFeedparser() : undefined
  afterAll(() => feedparser?.stop())

  async function parse(any: Feed, format: "rss" | "atom"): Promise<Parsed> {
    if (feedparser === undefined) throw new Error("feedparser was not started")
    const parsed = await feedparser.parse(render(any, format), format)
    expect(parsed).toMatchObject({ bozo: false, warnings: [], version: format === "rss" ? "rss20" : "atom10" })
    return parsed
  }

  test("reads from RSS and Atom the article that is in JSON Feed", async () => {
    await fc.assert(
      fc.asyncProperty(anyFeed, async (any) => {
        const expected = readJson(render(any, "json")).entries.map((each) => expectedOf(each, repaired))
        const [rss, atom] = [await parse(any, "rss"), await parse(any, "atom")]
        expect(atom.entries.map((each, at) => fromAtom(each, expected[at]))).toEqual(expected)
        expect(rss.entries.map((each, at) => fromRss(each, expected[at]))).toEqual(expected)
      }),
      { numRuns: 30 },
    )
  })

  test("reads the sub-headline, the dateline and the links to the archives", async () => {
    const any = feed([entry({ subtitle: "After a year", dateline: "BEIRUT" })], {
      urls: urls("world/archive-7"),
      history: { prevArchive: urls("world/archive-6"), nextArchive: urls("world/archive-8"), archive: true },
    })
    for (const format of ["rss", "atom"] as const) {
      const { entries, feed: read } = await parse(any, format)
      expect(entries[0]).toMatchObject({
        dcterms_alternative: "After a year",
        dcterms_spatial: "BEIRUT",
        source: { title: "The Paper" },
      })
      const links = read.links.map(({ rel, href }) => [rel, href])
      expect(links).toContainEqual(["prev-archive", urls("world/archive-6")[format]])
      expect(links).toContainEqual(["next-archive", urls("world/archive-8")[format]])
      expect(links).toContainEqual(["current", urls("world")[format]])
      expect(read).toHaveProperty("fh_archive")
    }
  })

  test("reads tombstones in Atom without an error", async () => {
    const any = feed([entry()], { tombstones: [{ id: "tag:gone", at: NOON, reason: "withdrawn" }] })
    const { feed: read, entries } = await parse(any, "atom")
    expect(read["at_deleted-entry"]).toEqual({ ref: "tag:gone", when: "2026-11-23T10:00:00Z" })
    expect(entries).toHaveLength(1)
    expect((await parse(any, "rss")).entries).toHaveLength(1)
  })
})

/**
 * The article that feedparser should return. `text` converts text as feedparser does; the rest is the same everywhere.
 */
function expectedOf(read: ReadEntry, text: (value: string) => string): Article {
  return {
    id: text(read.id),
    title: text(read.title),
    published: seconds(read.published),
    updated: seconds(read.updated),
    authors: read.authors.map(text),
    labels: sorted(read.labels.map(text)),
    // The duration is last. A parser gives it apart from the file.
    files: lowered(read.files.map((file) => file.replace(/ [^ ]+$/, ""))),
    summary: text(read.summary),
    body: text(read.content),
  }
}

/**
 * feedparser repairs text that seems to be UTF-8 decoded as Latin-1, in most elements and in no attribute: "Ã©" becomes
 * "é". So the test repairs the expected text, and the text that feedparser did not change.
 */
function repaired(text: string): string {
  if ([...text].some((character) => character > "\u00FF")) return text
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(text, "latin1"))
  } catch {
    return text
  }
}

function timesOf({ published, published_parsed, updated = published }: ParsedEntry) {
  const [year = 0, month = 0, ...rest] = published_parsed.slice(0, 6)
  expect(Date.UTC(year, month - 1, ...rest) / 1000).toBe(seconds(Date.parse(published)))
  return { published: seconds(Date.parse(published)), updated: seconds(Date.parse(updated)) }
}

/** If the value is missing, feedparser uses another: a file's title, the caption, the beginning of the body. */
function unlessEmpty(expected: string | undefined, found: string | undefined): string {
  return expected === "" ? "" : (found ?? "")
}

/** The lead image has the address of the thumbnail, and is after a file with the same address. */
function withoutLead<Content extends { url?: string }>(
  contents: Content[] = [],
  thumbnails: { url?: string }[] = [],
): Content[] {
  const lead = contents.findLastIndex(({ url }) => url === thumbnails[0]?.url)
  return contents.filter((_, at) => at !== lead)
}

function fromRss(entry: ParsedEntry, expected: Article | undefined): Article {
  // feedparser splits a name with an e-mail address, because RSS's own `author` has one (and Dublin Core has none).
  const named = entry.authors.map(({ name }, at) =>
    expected?.authors[at]?.includes("@") ? expected.authors[at] : name,
  )
  const files = (entry.links ?? []).filter(({ rel }) => rel === "enclosure")
  const media = withoutLead(entry.media_content, entry.media_thumbnail)
  // An item without title and summary has its body in `description`.
  const bodyInDescription = expected?.summary === ""
  return {
    id: entry.id ?? "",
    title: asHtml(unlessEmpty(expected?.title, entry.title)),
    ...timesOf(entry),
    authors: named,
    labels: sorted((entry.tags ?? []).map(({ term }) => term)),
    files: lowered([
      ...files.map(({ href, type, length = "?" }) => `${href} ${type} ${length}`),
      ...media.map(({ url, type, filesize = "?" }) => `${url} ${type} ${filesize}`),
    ]),
    summary: asHtml(unlessEmpty(expected?.summary, entry.summary)),
    body: unlessEmpty(expected?.body, bodyInDescription ? entry.summary : entry.content?.[0]?.value),
  }
}

function fromAtom(entry: ParsedEntry, expected: Article | undefined): Article {
  const files = (entry.links ?? []).filter(({ rel }) => rel === "enclosure")
  return {
    id: entry.id ?? "",
    title: unlessEmpty(expected?.title, entry.title),
    ...timesOf(entry),
    authors: entry.authors.map(({ name }) => repaired(name)),
    labels: sorted((entry.tags ?? []).map(({ label }) => repaired(label ?? ""))),
    files: lowered(files.map(({ href, type, length = "?" }) => `${href} ${type} ${length}`)),
    summary: unlessEmpty(expected?.summary, entry.summary),
    body: unlessEmpty(expected?.body, entry.content?.[0]?.value),
  }
}

// Only articles from push are tested, because their bodies have no comments: feedsmith drops comments, even inside
// CDATA.
test("feedsmith reads every article that push accepts alike from all three formats", () => {
  fc.assert(
    fc.property(pushedEntries, (entries) => {
      const any = feed(entries)
      const json = render(any, "json")
      const expected = readJson(json).entries.map((each) => expectedOf(each, (text) => text))
      expect(feedsmithJson(json)).toEqual(expected)
      expect(feedsmithAtom(render(any, "atom"))).toEqual(expected)
      expect(feedsmithRss(render(any, "rss"), expected)).toEqual(expected)
    }),
    { numRuns: 30 },
  )
})

const timeOf = (date: unknown): number => seconds(Date.parse(String(date)))

function feedsmithJson(json: string): Article[] {
  return (parseJsonFeed(json).items ?? []).map((item) => ({
    id: item.id ?? "",
    title: item.title ?? "",
    published: timeOf(item.date_published),
    updated: timeOf(item.date_modified ?? item.date_published),
    authors: (item.authors ?? []).map(({ name = "" }) => name),
    labels: sorted(item.tags ?? []),
    files: lowered(
      (item.attachments ?? []).map((file) => `${file.url} ${file.mime_type} ${file.size_in_bytes ?? "?"}`),
    ),
    summary: item.summary ?? "",
    body: item.content_html ?? "",
  }))
}

function feedsmithAtom(xml: string): Article[] {
  return (parseAtomFeed(xml).entries ?? []).map((entry) => ({
    id: entry.id ?? "",
    title: entry.title?.value ?? "",
    published: timeOf(entry.published),
    updated: timeOf(entry.updated),
    authors: (entry.authors ?? []).map(({ name = "" }) => name),
    labels: sorted((entry.categories ?? []).map(({ label = "" }) => label)),
    files: lowered(
      (entry.links ?? [])
        .filter(({ rel }) => rel === "enclosure")
        .map(({ href, type, length }) => `${href} ${type} ${length ?? "?"}`),
    ),
    summary: entry.summary?.value ?? "",
    body: entry.content?.type === "html" ? (entry.content.value ?? "") : "",
  }))
}

function feedsmithRss(xml: string, expected: Article[]): Article[] {
  return (parseRssFeed(xml).items ?? []).map((item, at) => {
    const bodyInDescription = expected[at]?.summary === ""
    const media = withoutLead(item.media?.contents, item.media?.thumbnails)
    return {
      id: item.guid?.value ?? "",
      title: asHtml(item.title ?? ""),
      published: timeOf(item.pubDate),
      updated: timeOf(item.atom?.updated ?? item.pubDate),
      authors: item.dc?.creators ?? [],
      labels: sorted((item.categories ?? []).map(({ name = "" }) => name)),
      files: lowered([
        ...(item.enclosures ?? []).map(({ url, type, length }) => `${url} ${type} ${length ?? "?"}`),
        ...media.map(({ url, type, fileSize }) => `${url} ${type} ${fileSize ?? "?"}`),
      ]),
      summary: bodyInDescription ? "" : asHtml(item.description ?? ""),
      body: (bodyInDescription ? item.description : item.content?.encoded) ?? "",
    }
  })
}
