/** Generates articles that the push endpoint accepts, as entries of a feed. */

import type { ArticleVersion, StatedDetails } from "../../../src/articles/model/article.ts"
import type { Item } from "../../../src/dialects/item-schema.ts"
import { parseMessage } from "../../../src/dialects/native.ts"
import type { Entry } from "../../../src/formats/feed.ts"
import type { ProblemError } from "../../../src/http/problem.ts"
import * as fc from "../../fast-check.ts"
import { maybe, nasty, TROUBLE, without } from "./arbitrary.ts"
import { entry, NOON } from "./samples.ts"

/** Modules of the push endpoint, imported by URL because their types need those of Workers. */
interface VersionModule {
  versionOf(
    item: Item,
    context: { publisherLanguage: string | null; wireLanguage: string },
  ): Omit<ArticleVersion, "details"> & { details: StatedDetails }
  problemsOfVersion(version: ArticleVersion, scopes: string[], pointer: string): ProblemError[]
}
interface FilingModule {
  classify(
    stated: StatedDetails["statedCategories"],
    taxonomy: { sectionIds: ReadonlyMap<string, number>; defaultSection: null },
  ): { sections: number[]; tags: string[] }
}
const load = (path: string): Promise<unknown> => import(/* @vite-ignore */ new URL(path, import.meta.url).href)
const { versionOf, problemsOfVersion } = (await load("../../../src/push/ingest/article-version.ts")) as VersionModule
const { classify } = (await load("../../../src/articles/taxonomy/classify.ts")) as FilingModule

const filled = nasty.map((text) => `${text}x`)
const url = nasty.map((text) => `https://x.example/a b/?q=${text}&copy;=1#é`)
const time = fc.integer({ min: 0, max: NOON }).map((ms) => new Date(ms).toISOString())
const pixels = fc.integer({ min: 1, max: 9000 })

const markup = fc
  .array(
    fc.oneof(
      fc.constantFrom(...TROUBLE),
      fc.constantFrom("<p>", "</p>", "<b>", "<br>", '<a href="/x?a=1&b=2">', "</a>", "<script>x</script>", "<ul><li>"),
      fc.constantFrom(
        '<img src="i.png" alt="]]>">',
        "<pre>\n a\n</pre>",
        "text",
        " نص ",
        "<x-y>",
        "<h1>",
        "<table><td>",
      ),
    ),
    { maxLength: 10 },
  )
  .map((parts) => parts.join(""))

const file = fc
  .record({
    url,
    mime_type: fc.constantFrom("audio/mpeg", "video/mp4", "application/PDF", "image/svg+xml"),
    title: maybe(nasty),
    size_in_bytes: maybe(fc.nat({ max: 5000 })),
    duration_in_seconds: maybe(fc.double({ min: 0, max: 1e6, noNaN: true })),
  })
  .map(without)

const item = fc
  .record({
    id: filled,
    url: maybe(url),
    external_url: maybe(url),
    title: maybe(nasty),
    content_html: maybe(markup),
    content_text: maybe(nasty),
    summary: maybe(nasty),
    image: maybe(url),
    date_published: time,
    date_modified: maybe(time),
    authors: maybe(fc.array(fc.record({ name: filled, url: maybe(url) }).map(without), { maxLength: 3 })),
    tags: maybe(fc.array(filled, { maxLength: 4 })),
    language: maybe(fc.constantFrom("ar", "en", "fr-CA", "he", "ku-Latn")),
    attachments: maybe(fc.array(file, { maxLength: 3 })),
    _feedwire: maybe(
      fc
        .record({
          sections: maybe(fc.array(filled, { maxLength: 2 })),
          subtitle: maybe(nasty),
          dateline: maybe(nasty),
          image: maybe(
            fc
              .record({
                caption: maybe(nasty),
                credit: maybe(nasty),
                alt: maybe(nasty),
                width: maybe(pixels),
                height: maybe(pixels),
              })
              .map(without),
          ),
          related: maybe(fc.array(fc.record({ url, title: maybe(nasty) }).map(without), { maxLength: 2 })),
          correction: maybe(fc.record({ note: filled, at: maybe(time) }).map(without)),
          attribution: maybe(fc.record({ name: filled, url: maybe(url) }).map(without)),
          rights: maybe(nasty),
        })
        .map(without),
    ),
  })
  .map(without)

/** Any article that push accepts. If an article is refused, another article is drawn. */
const version: fc.Arbitrary<ArticleVersion> = item
  .map((data) => {
    const message = { type: "article.published", timestamp: "2026-11-23T10:00:00Z", data }
    // JSON carries lone surrogates as escapes, as in a message.
    const parsed = parseMessage(JSON.parse(JSON.stringify(message)))
    const accepted = "message" in parsed ? parsed.message.items[0]?.item : undefined
    if (accepted === undefined) return undefined
    const stated = versionOf(accepted, { publisherLanguage: null, wireLanguage: "en" })
    const { sections, tags } = classify(stated.details.statedCategories, {
      sectionIds: new Map(),
      defaultSection: null,
    })
    return { ...stated, details: { ...stated.details, sections, tags } }
  })
  .filter((any): any is ArticleVersion => any !== undefined && problemsOfVersion(any, [], "").length === 0)

/** An entry as src/feeds/assemble.ts makes it, without publishers and sections. */
function entryOf(article: ArticleVersion, position: number): Entry {
  const { guid, url, title, subtitle, summary, dateline, html, language, direction, details } = article
  const { image, enclosures = [], related = [], correction, attribution, rights, authors, tags } = details
  const publishedAt = article.publishedAt ?? NOON
  return without({
    ...entry(),
    ...{ url, title, subtitle, summary, dateline, language, direction, image, correction, attribution, rights },
    html: html || undefined,
    id: `tag:wire.example,2026:${position}`,
    publishedAt,
    updatedAt: Math.max(article.updatedAt ?? publishedAt, publishedAt),
    authors,
    categories: tags.map((tag) => ({ term: tag, label: tag, scheme: "https://wire.example/tags/" })),
    enclosures,
    related,
    extension: { guid, version: position, sections: [] },
  }) as Entry
}

export const pushedEntries: fc.Arbitrary<Entry[]> = fc
  .array(version, { minLength: 1, maxLength: 4 })
  .map((versions) => versions.map(entryOf))
