import { expect, test } from "vitest"
import {
  authorsOf,
  categoriesOf,
  changedAt,
  contentHtml,
  contentText,
  feedChangedAt,
  filesOf,
  LINK_TYPES,
  ownLanguage,
  positiveInteger,
  relatedOf,
  summaryOf,
} from "../../../src/formats/content.ts"
import { entry, feed, NOON } from "./samples.ts"

test("a left-to-right body is unchanged", () => {
  expect(contentHtml(entry({ html: "<p>One &amp; two</p>" }))).toBe("<p>One &amp; two</p>")
})

test("a right-to-left body is marked, with its language if it is valid", () => {
  const fields = { html: "<p>نص</p>", direction: "rtl" } as const
  expect(contentHtml(entry({ ...fields, language: "ar" }))).toBe('<div dir="rtl" lang="ar"><p>نص</p></div>')
  expect(contentHtml(entry({ ...fields, language: '"><script>' }))).toBe('<div dir="rtl"><p>نص</p></div>')
})

test("a correction ends the body, escaped and inside its direction", () => {
  const correction = { note: "It was 5 < 6." }
  expect(contentHtml(entry({ html: "<p>x</p>", correction }))).toBe("<p>x</p>\n<p><em>It was 5 &lt; 6.</em></p>")
  expect(contentHtml(entry({ html: "<p>x</p>", correction, direction: "rtl" }))).toMatch(/<\/em><\/p><\/div>$/)
})

test("without a body there is no wrapper and no note", () => {
  expect(contentHtml(entry({ correction: { note: "n" }, direction: "rtl" }))).toBe("")
  expect(contentHtml(entry({ html: " \u0008\n" }))).toBe("")
})

test("without a body the content is the summary, then the title, then nothing", () => {
  expect(contentText(entry({ summary: "s" }))).toBe("s")
  expect(contentText(entry({ summary: " " }))).toBe("Harbour reopens")
  expect(contentText(entry({ title: "" }))).toBe("")
})

test("the publisher is the author of an article without authors", () => {
  expect(authorsOf(entry({ authors: [{ name: " \u0000" }] }))).toEqual([
    { name: "The Paper", url: "https://paper.example/" },
  ])
  expect(authorsOf(entry({ authors: [{ name: "A", url: "https://a.example/" }] }))).toEqual([
    { name: "A", url: "https://a.example/" },
  ])
})

test("categories without a word are left out", () => {
  const scheme = "https://wire.example/tags"
  const categories = [
    { term: "", label: "Ports", scheme },
    { term: "sea", label: "", scheme },
    { term: " ", label: "", scheme },
  ]
  expect(categoriesOf(entry({ categories })).map(({ term, label }) => [term, label])).toEqual([
    ["Ports", "Ports"],
    ["sea", "sea"],
  ])
})

test("an entry is never updated before it was published, and a feed is never older than its entries", () => {
  const late = entry({ updatedAt: NOON + 5 })
  expect(changedAt(entry({ updatedAt: NOON - 5 }))).toBe(NOON)
  expect(feedChangedAt(feed([entry(), late], { updatedAt: NOON - 9 }))).toBe(NOON + 5)
  expect(feedChangedAt(feed([]))).toBe(NOON)
})

test("a feed is never older than its tombstones", () => {
  const gone = { id: "tag:wire.example,2026:gone", at: NOON + 7, reason: "withdrawn" as const }
  expect(feedChangedAt(feed([entry()], { tombstones: [gone] }))).toBe(NOON + 7)
})

test("a correction ends the summary if there is no body", () => {
  const fields = { summary: "Three ships.", correction: { note: "Not four." } }
  expect(summaryOf(entry(fields))).toBe("Three ships. Not four.")
  expect(summaryOf(entry({ ...fields, html: " " }))).toBe("Three ships. Not four.")
  expect(summaryOf(entry({ ...fields, html: "<p>x</p>" }))).toBe("Three ships.")
  expect(summaryOf(entry({ correction: { note: "Not four." } }))).toBe("Not four.")
})

test("titles of files and related pages are isolated by direction, and names are unchanged", () => {
  const mixed = "شركة Apple تطلق هاتفا"
  const arabic = entry({
    direction: "rtl",
    authors: [{ name: mixed }],
    categories: [{ term: mixed, label: mixed, scheme: "" }],
    enclosures: [{ url: "https://a.example/1", type: "audio/mpeg", title: mixed }],
    related: [{ url: "https://a.example/2", title: mixed }, { url: " " }],
  })
  const isolated = `\u200F\u2067${mixed}\u2069`
  expect(filesOf(arabic).map(({ title }) => title)).toEqual([isolated])
  expect(relatedOf(arabic)).toEqual([{ url: "https://a.example/2", title: isolated }])
  expect(authorsOf(arabic).map(({ name }) => name)).toEqual([mixed])
  expect(categoriesOf(arabic).map(({ label }) => label)).toEqual([mixed])
})

test("an entry names its language only if it differs from the feed's", () => {
  const english = { feedLanguage: "en" }
  expect(ownLanguage(entry({ language: "EN" }), english)).toBe("")
  expect(ownLanguage(entry({ language: "ar" }), english)).toBe("ar")
  expect(ownLanguage(entry({ language: "not a tag" }), english)).toBe("")
  expect(ownLanguage(entry(), english)).toBe("")
})

test("a length becomes a positive integer, or is left out", () => {
  expect([0, -1, Number.NaN, Number.POSITIVE_INFINITY, undefined].map(positiveInteger)).toEqual(
    Array(5).fill(undefined),
  )
  expect(positiveInteger(7.6)).toBe(8)
})

test("a file has an address and a type", () => {
  const enclosures = [
    { url: " ", type: "audio/mpeg" },
    { url: "https://a.example/1", type: "" },
  ]
  expect(filesOf(entry({ enclosures }))).toEqual([
    { url: "https://a.example/1", type: "application/octet-stream", title: "" },
  ])
})

test("links have media types without parameters", () => {
  expect(LINK_TYPES.rss).toBe("application/rss+xml")
})
