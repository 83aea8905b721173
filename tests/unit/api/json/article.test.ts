/** Tests that the JSON of any article is valid, has only what its publisher shares, and names no hidden publisher. */

import * as v from "valibot"
import { describe, expect, it } from "vitest"
import { ARTICLE_FIELDS, articleJson, BODY_FIELDS, headlineJson } from "../../../../src/api/json/article.ts"
import { ninjsOf } from "../../../../src/api/json/ninjs.ts"
import { Article, Headline, Ninjs } from "../../../../src/api/json/schema.ts"
import { visibleDirectory } from "../../../../src/api/parameters/slugs.ts"
import type { StoredArticle } from "../../../../src/articles/read/read-selection.ts"
import type { Directory } from "../../../../src/articles/taxonomy/directory.ts"
import type { Settings } from "../../../../src/env.ts"
import * as fc from "../../../fast-check.ts"

const settings = { feedsUrl: "https://feeds.example", language: "en" } as Settings

const directory: Directory = {
  epoch: "0a1b2c3d4e",
  revision: 7,
  taxonomyVersion: 0,
  authority: "feeds.example",
  authorityYear: 2026,
  redirects: {},
  gone: ["publishers/ended", "sections/golf"],
  blocks: [1],
  appearance: {},
  sections: [
    { id: 1, slug: "world", parent: null, names: { en: "World", ar: "العالم" }, descriptions: {}, icon: null },
    { id: 2, slug: "asia", parent: 1, names: { ar: "آسيا" }, descriptions: {}, icon: null },
    // The chain is broken, because the parent does not exist.
    { id: 3, slug: "lost", parent: 99, names: {}, descriptions: {}, icon: null },
  ],
  publishers: (["full", "summary", "none"] as const).map((redistribution) => ({
    uid: redistribution,
    slug: redistribution,
    name: `The ${redistribution}`,
    homePageUrl: `https://${redistribution}.example/`,
    description: null,
    icon: null,
    language: null,
    redistribution,
    canonical: "origin" as const,
    opening: "added" as const,
  })),
}

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const nullable = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null })
const url = fc.webUrl()
const at = fc.integer({ min: Date.UTC(1980, 0), max: Date.UTC(2100, 0) })
/** Values as they are read from stored JSON, without undefined members. */
const stored = <T extends object>(value: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  value.map((each) => JSON.parse(JSON.stringify(each)))

const article: fc.Arbitrary<StoredArticle> = fc
  .record({
    id: fc.stringMatching(/^[0-9a-f]{32}$/),
    publisherUid: fc.constantFrom("full", "summary", "none", "removed"),
    guid: fc.string({ unit: "grapheme", minLength: 1 }),
    commitNo: fc.nat(),
    publishedAt: at,
    updatedAt: nullable(at),
    correctedAt: nullable(at),
    url: nullable(url),
    language: nullable(fc.constantFrom("ar", "en", "ar-EG")),
    direction: nullable(fc.constantFrom("ltr" as const, "rtl" as const)),
    title: nullable(fc.string({ unit: "grapheme" })),
    slug: fc.constant(null),
    subtitle: nullable(fc.string()),
    summary: nullable(fc.string()),
    dateline: nullable(fc.string()),
    details: stored(
      fc.record({
        stated: fc.constant({ sections: [], tags: [] }),
        sections: fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }),
        tags: fc.array(fc.string(), { maxLength: 3 }),
        authors: fc.array(stored(fc.record({ name: fc.string(), url: optional(url) })), { maxLength: 3 }),
        image: optional(
          stored(
            fc.record({
              url,
              caption: optional(fc.string()),
              credit: optional(fc.string()),
              alt: optional(fc.string()),
              width: optional(fc.nat()),
            }),
          ),
        ),
        enclosures: optional(
          fc.array(
            stored(
              fc.record({
                url,
                type: fc.constantFrom("audio/mpeg", "video/mp4", "image/png", "application/pdf"),
                length: optional(fc.nat()),
                duration: optional(fc.nat()),
                title: optional(fc.string()),
              }),
            ),
            { maxLength: 2 },
          ),
        ),
        related: optional(fc.array(stored(fc.record({ url, title: optional(fc.string()) })), { maxLength: 2 })),
        correction: optional(stored(fc.record({ note: fc.string(), at: optional(at) }))),
        attribution: optional(stored(fc.record({ name: fc.string(), url: optional(url) }))),
        externalUrl: optional(url),
        rights: optional(fc.string()),
      }),
    ) as unknown as fc.Arbitrary<StoredArticle["details"]>,
    duplicates: fc.array(
      fc.constantFrom("full", "summary", "removed").map((publisherUid) => ({ id: "f".repeat(32), publisherUid })),
      { maxLength: 2 },
    ),
    suppressed: fc.boolean(),
    html: optional(fc.constantFrom("", "<p>secret body</p>", "<p>نص</p>")),
  })
  .map(({ html, ...rest }) => ({ ...rest, ...(html !== undefined && { html }) }))

/** The value as a client reads it. */
const written = <T>(value: T): T => JSON.parse(JSON.stringify(value))

describe("an article as JSON", () => {
  it("matches the schema with any content, also as a headline and as ninjs", () => {
    fc.assert(
      fc.property(article, (each) => {
        const json = articleJson(each, directory, settings)
        const isHidden = each.publisherUid === "removed" || (each.publisherUid === "none" && each.title === null)
        expect(json === undefined).toBe(isHidden)
        const [headline, ninjs] = [headlineJson(each, directory, settings), ninjsOf(each, directory, settings)]
        expect([headline === undefined, ninjs === undefined]).toEqual([isHidden, isHidden])
        if (!json) return
        v.parse(Article, written(json))
        v.parse(Headline, written(headline))
        v.parse(Ninjs, written(ninjs))
        expect(JSON.stringify([json, ninjs])).not.toContain("null,")
        expect(json).toMatchObject(headline as object)
        expect(Object.keys(json)).toEqual(ARTICLE_FIELDS.filter((field) => field in json))
      }),
      { numRuns: 1000 },
    )
  })

  it("shows what its publisher shares", () => {
    fc.assert(
      fc.property(article, (each) => {
        const [json, ninjs] = [articleJson(each, directory, settings), ninjsOf(each, directory, settings)]
        if (!json || !ninjs) return
        const hasBody = each.publisherUid === "full" && Boolean(each.html)
        expect(["content_html" in json, "content_text" in json, "bodies" in ninjs]).toEqual([hasBody, hasBody, hasBody])
        if (each.publisherUid === "full") return
        expect(JSON.stringify([json, ninjs])).not.toContain("secret body")
        expect("attachments" in json).toBe(false)
        if (each.publisherUid === "summary") return
        for (const member of ["summary", "subtitle", "image", "correction"]) expect(json).not.toHaveProperty(member)
        expect(ninjs).not.toHaveProperty("descriptions")
        expect(ninjs.associations?.some(({ type }) => type === "picture") ?? false).toBe(false)
      }),
      { numRuns: 1000 },
    )
  })

  it("names its origin, and links to it or to the article, never to another publisher's home page", () => {
    fc.assert(
      fc.property(article, (each) => {
        const json = articleJson(each, directory, settings)
        if (!json) return
        const { attribution: stated } = each.details
        const expected = stated?.url ?? each.url ?? (stated ? undefined : json.publisher.home_page_url)
        expect(json.attribution).toEqual({
          name: stated?.name ?? json.publisher.name,
          ...(expected !== undefined && { url: expected }),
        })
      }),
    )
  })

  it("with fields has only these members", () => {
    fc.assert(
      fc.property(article, fc.subarray(ARTICLE_FIELDS), (each, fields) => {
        const json = articleJson(each, directory, settings)
        const some = articleJson(each, directory, settings, new Set(fields))
        const kept = json && Object.entries(json).filter(([name]) => fields.some((field) => field === name))
        expect(some && Object.entries(some)).toEqual(kept)
      }),
    )
    expect([...BODY_FIELDS].every((field) => ARTICLE_FIELDS.includes(field))).toBe(true)
    expect(new Set(ARTICLE_FIELDS)).toEqual(new Set(Object.keys(Article.entries)))
  })

  it("names no publisher that its reader may not see", () => {
    const seen = visibleDirectory({ publishers: ["full"], key: "k" }, directory)
    expect(seen.publishers.map(({ uid }) => uid)).toEqual(["full"])
    expect(seen.gone).toEqual(["sections/golf"])
    expect(visibleDirectory({ publishers: undefined, key: undefined }, directory)).toBe(directory)
    fc.assert(
      fc.property(article, (each) => {
        const [json, ninjs] = [articleJson(each, seen, settings), ninjsOf(each, seen, settings)]
        if (each.publisherUid !== "full") expect([json, ninjs]).toEqual([undefined, undefined])
        expect(json?.duplicates?.every(({ publisher }) => publisher === "The full") ?? true).toBe(true)
      }),
    )
  })
})
