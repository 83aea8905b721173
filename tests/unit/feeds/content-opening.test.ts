/** Tests which parts of an article open its content in feeds, and that they never appear twice. */
import { describe, expect, test } from "vitest"
import { readJsonFeed } from "../../../src/dialects/documents/json-feed.ts"
import { readXmlDocument } from "../../../src/dialects/documents/xml-document.ts"
import { fitDraft } from "../../../src/dialects/fit-draft.ts"
import { checkDraft } from "../../../src/dialects/item-schema.ts"
import type { Settings } from "../../../src/env.ts"
import { articleContext, feedEntryOf } from "../../../src/feeds/assemble.ts"
import { beginsWithDateline, contentOpening } from "../../../src/feeds/content-opening.ts"
import { contentHtml } from "../../../src/formats/content.ts"
import { type Entry, FORMATS, type Format, type Image } from "../../../src/formats/feed.ts"
import { sanitizeHtml } from "../../../src/html/sanitize.ts"
import { versionOf } from "../../../src/push/ingest/article-version.ts"
import * as fc from "../../fast-check.ts"
import { render } from "../../render.ts"
import { anyEntry } from "../formats/arbitrary.ts"
import { pushedEntries } from "../formats/pushed.ts"
import { feed } from "../formats/samples.ts"
import { articleOf, directoryOf, publisherOf } from "./pages.ts"

const PICTURE = "https://img.example/2026/12/port.jpg"
const opening = (more: Partial<Entry>, body = "<p>Text.</p>") => contentOpening(more, body, false)
const figure = (more: Partial<Image> = {}) => opening({ image: { url: PICTURE, ...more } })

describe("the lead image", () => {
  test.each<[string, Partial<Image>, string]>([
    ["alone", {}, `<figure><img src="${PICTURE}" alt="" /></figure>`],
    [
      "with everything",
      { alt: 'A "white" ferry', width: 1600, height: 900, caption: "The ferry <1>", credit: "L. Mar & Co." },
      `<figure><img src="${PICTURE}" alt="A &quot;white&quot; ferry" width="1600" height="900" />` +
        "<figcaption>The ferry &lt;1&gt; <small>(L. Mar &amp; Co.)</small></figcaption></figure>",
    ],
    [
      "with a credit only",
      { credit: "AFP" },
      `<figure><img src="${PICTURE}" alt="" /><figcaption><small>(AFP)</small></figcaption></figure>`,
    ],
    ["with an impossible width", { width: 1e9 }, `<figure><img src="${PICTURE}" alt="" /></figure>`],
    ["that counts readers", { width: 1, height: 1 }, ""],
    ["that is a blank file", { url: "https://img.example/blank.gif" }, ""],
    ["with another scheme", { url: "javascript:alert(1)" }, ""],
    ["with a name of a user", { url: "https://a:b@img.example/a.jpg" }, ""],
  ])("%s", (_, more, html) => {
    expect(figure(more)).toBe(html)
  })

  const shown = (body: string, image: Image = { url: PICTURE }, publisher = publisherOf()) => {
    const details = { ...articleOf().details, image }
    const article = articleOf({ html: body, subtitle: null, dateline: null, details })
    const context = articleContext(
      { directory: directoryOf({ publishers: [publisher] }) },
      { format: "rss" },
      { feedsUrl: "https://feeds.example", language: "en" } as Settings,
      "en",
    )
    const entry = feedEntryOf(article, context) as Entry
    return [contentHtml(entry).split("<img").length - 1, entry.contentHasImage]
  }

  test.each<[string, string]>([
    ["the same file", `<p><img src="${PICTURE}" /></p>`],
    ["another size in the name", '<img src="https://img.example/2026/12/port-300x200.jpg" />'],
    ["another size in the query", `<img src="${PICTURE}?w=300&amp;quality=60" />`],
    ["a folder of its size", '<img src="https://img.example/2026/12/800x600/port.jpg" />'],
    ["another format", '<img src="https://img.example/2026/12/port.webp" />'],
    ["a program that changes sizes", '<img src="https://i0.wp.com/img.example/2026/12/port.jpg?resize=300" />'],
  ])("is not shown twice if the body has %s", (_, body) => {
    expect(shown(body)).toEqual([1, true])
  })

  test("is not shown if the body has it as the still picture of a film", () => {
    expect(shown(`<video src="https://img.example/a.mp4" poster="${PICTURE}" controls=""></video>`)).toEqual([0, true])
  })

  test.each<[string, unknown[]]>([
    ['<p>Text.</p><img src="https://img.example/2026/12/quay.jpg" />', [2, true]],
    ["<p>Text.</p>", [1, true]],
    [" ", [0, true]],
  ])("is shown with a body that lacks it: %s", (body, expected) => {
    expect(shown(body)).toEqual(expected)
  })

  test("is not shown if it is a picture of the body, or if the publisher does not want it or shares no bodies", () => {
    expect(shown("<p>Text.</p>", { url: PICTURE, derived: true })).toEqual([0, true])
    expect(shown("<p>Text.</p>", { url: PICTURE }, publisherOf({ opening: "none" }))).toEqual([0, undefined])
    expect(shown("<p>Text.</p>", { url: PICTURE }, publisherOf({ redistribution: "summary" }))).toEqual([0, undefined])
    expect(shown("<p>Text.</p>", { url: PICTURE }, publisherOf({ redistribution: "none" }))).toEqual([0, undefined])
  })
})

describe("the sub-headline", () => {
  const subtitle = "“Ferries” return — after a year’s repairs"
  test.each<[string, boolean]>([
    ["<p>Text.</p>", true],
    ["<h2>“Ferries” return — after a year’s repairs</h2><p>Text.</p>", false],
    ["<p><em>FERRIES return - after a year's repairs.</em></p><p>Text.</p>", false],
    [
      '<figure><img src="x" /><figcaption>c</figcaption></figure><p>"Ferries" return, after a year’s repairs</p>',
      false,
    ],
    ["<p>“Ferries” return — after a year’s repairs, says the harbour master in a long first paragraph.</p>", false],
    [`<p>${"Text. ".repeat(900)}</p><p>${subtitle}</p>`, true],
    ["<p>Ferries return</p>", true],
  ])("before %.60s is added: %s", (body, isAdded) => {
    expect(opening({ subtitle }, body)).toBe(isAdded ? `<p><strong>${subtitle}</strong></p>` : "")
  })

  test.each<[subtitle: string, body: string, isAdded: boolean]>([
    ["War", "<p>Warsaw is a city.</p>", true],
    ["War", "<p>The War is over.</p>", true],
    ["After a year", "<p>After a year of repairs, the ferries return.</p>", true],
    ["After a year", "<p>The ferries return After a year.</p>", true],
    ["بعد عام", "<p>عادت العبارات بعد عام من الإصلاح.</p>", true],
    ["Un an après", "<ul><li>Un an après tout</li></ul>", true],
    ["After a year", "<h2>After a year</h2><p>Text.</p>", false],
    ["After a year", "<p><b> AFTER a year. </b></p>", false],
    ["بعد عام", "<p>بعد عام:</p>", false],
    [subtitle, `<p>He said: ${subtitle}, and so on.</p>`, true],
  ])("%s before %s is added: %s", (short, body, isAdded) => {
    expect(opening({ subtitle: short }, body)).toBe(isAdded ? `<p><strong>${short}</strong></p>` : "")
  })

  test("is not added if it is the headline", () => {
    expect(opening({ title: "Ferries return", subtitle: "Ferries return." })).toBe("")
  })

  test("is before the lead image, and the dateline after it", () => {
    const html = opening({ subtitle: "Sub", dateline: "Tunis — TAP", image: { url: PICTURE, caption: "C" } })
    expect(html.replace(/<img[^>]*>/, "<img>")).toBe(
      "<p><strong>Sub</strong></p>\n<figure><img><figcaption>C</figcaption></figure>\n<p>Tunis — TAP</p>",
    )
  })
})

describe("of an opening that is too long, only what does not fit is left out", () => {
  const [amps, quotes] = ["&".repeat(1000), '"'.repeat(2000)]
  const long = (name: string, length: number) => name.repeat(length).slice(0, length)
  const all = { subtitle: "Sub", dateline: "Tunis", caption: "Caption", credit: "Credit", alt: "Alt" }
  test.each<[string, Partial<typeof all>, (keyof typeof all)[]]>([
    ["a long caption", { caption: amps }, ["caption"]],
    ["a long alternative text", { alt: quotes }, ["alt"]],
    ["a caption and an alternative text", { caption: quotes, alt: quotes }, ["alt"]],
    ["three texts", { subtitle: long("s", 900), caption: long("c", 1900), alt: long("a", 1900) }, ["alt"]],
    ["a long credit", { credit: amps }, ["credit"]],
    ["a long sub-headline", { subtitle: amps }, ["subtitle"]],
    ["a caption and a credit", { caption: long("c", 3000), credit: long("d", 1500), alt: long("a", 500) }, ["credit"]],
    ["a long dateline", { dateline: amps }, ["dateline"]],
    [
      "everything long",
      { subtitle: amps, caption: amps, credit: amps, alt: quotes },
      ["subtitle", "caption", "credit", "alt"],
    ],
  ])("with %s", (_, more, omitted) => {
    const of = ({ subtitle, dateline, ...texts }: Partial<typeof all>) =>
      opening({ image: { url: PICTURE, ...texts }, ...(subtitle && { subtitle }), ...(dateline && { dateline }) })
    const parts = { ...all, ...more }
    const kept = Object.fromEntries(
      Object.entries(parts).filter(([name]) => !omitted.includes(name as keyof typeof all)),
    )
    expect(of(parts)).toBe(of(kept))
    expect(of(parts)).toContain("<figure>")
    expect(of(parts).length).toBeLessThanOrEqual(4096)
  })
})

describe("the dateline", () => {
  test.each<[dateline: string, body: string, isShown: boolean]>([
    ["BEIRUT — AFP", "<p>BEIRUT — AFP</p><p>Text</p>", true],
    ["BEIRUT — AFP", "<p>BEIRUT (AFP) – Text</p>", true],
    ["Beirut", "<p><strong>BEIRUT</strong>: Text</p>", true],
    ["بيروت — وكالة نهار", "<p>بيروت – عاد المرفأ.</p>", true],
    ["بيروت، لبنان", "<p>بيروت (رويترز)</p>", true],
    ["Aix-en-Provence | AFP", "<figure><figcaption>c</figcaption></figure><p>Aix-en-Provence, lundi</p>", true],
    ["New York", "<p>New York. — Text</p>", true],
    ["Paris", "<p>Paris is burning.</p>", false],
    ["Paris", "<p>Text about Paris — and more.</p>", false],
    ["BEIRUT — AFP", "<p>a</p><p>b</p><p>c</p><p>d</p><p>BEIRUT — AFP</p>", false],
  ])("%s before %s is there: %s", (dateline, body, isShown) => {
    expect(beginsWithDateline(body, dateline)).toBe(isShown)
    expect(opening({ dateline }, body)).toBe(isShown ? "" : `<p>${dateline}</p>`)
  })
})

test("the sanitizer changes nothing in an opening", () => {
  const entries = fc.oneof(
    anyEntry,
    pushedEntries.map(([entry]) => entry as Entry),
  )
  fc.assert(
    fc.property(entries, (entry) => {
      const html = contentOpening(entry, "<p>Text.</p>", false)
      expect(sanitizeHtml(html, undefined)).toBe(html)
    }),
  )
})

/** Returns the article that a wire stores of the first entry of a feed. */
function imported(document: string, format: Format) {
  const result =
    format === "json"
      ? readJsonFeed(JSON.parse(document), undefined, {})
      : readXmlDocument(new TextEncoder().encode(document), undefined, {})
  if ("problem" in result) throw new Error(result.problem.detail)
  const { item } = checkDraft(fitDraft(result.drafts[0] as (typeof result.drafts)[number], 0))
  if (item === undefined) throw new Error("no article")
  return versionOf(item, { publisherLanguage: "en", wireLanguage: "en" })
}

test.each(FORMATS)("a wire that reads our feeds as %s adds nothing to their content", (format) => {
  const image = {
    url: `${PICTURE}?a=1&b=2`,
    caption: "The ferry & its <crew>",
    credit: "Mar",
    alt: "Ferry",
    width: 1600,
  }
  const details = { ...articleOf().details, image, correction: undefined }
  const context = articleContext(
    { directory: directoryOf() },
    { format },
    { feedsUrl: "https://feeds.example", language: "en" } as Settings,
    "en",
  )
  const article = articleOf({
    subtitle: "After a year",
    dateline: "BEIRUT — AFP",
    html: "<p>Text.</p>",
    details,
  } as never)
  let entry = feedEntryOf(article, context) as Entry
  const first = contentHtml(entry)
  expect(first).toMatch(
    /^<p><strong>After a year<\/strong><\/p>\n<figure>.*<\/figure>\n<p>BEIRUT — AFP<\/p>\n<p>Text.<\/p>$/,
  )
  for (let wires = 0; wires < 3; wires++) {
    const {
      html,
      title = null,
      subtitle = null,
      dateline = null,
      ...version
    } = imported(render(feed([entry]), format), format)
    expect([subtitle, dateline, version.details.image?.url]).toEqual(["After a year", "BEIRUT — AFP", image.url])
    const stored = {
      html,
      title,
      subtitle,
      dateline,
      details: { ...details, image: version.details.image },
    }
    entry = feedEntryOf(articleOf(stored as never), context) as Entry
    expect(contentHtml(entry)).toBe(first)
  }
})
