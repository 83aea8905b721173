import { expect, test } from "vitest"
import { type NewsArticle, renderNewsSitemap, renderSitemap } from "../../../src/formats/sitemap.ts"
import * as fc from "../../fast-check.ts"
import { nasty } from "./arbitrary.ts"
import { all, child, readXml } from "./reader.ts"
import { NOON } from "./samples.ts"

const PAGE = "https://wire.example/"
const article: NewsArticle = {
  url: "https://paper.example/1?a=1&b=2",
  title: "5 < 6 & <em>",
  publishedAt: NOON,
  publication: "The Paper",
  language: "en-GB",
}
const newsOf = (...articles: NewsArticle[]) =>
  all(readXml(renderNewsSitemap(articles)), "url").map((url) => {
    const news = child(url, "news:news")
    const publication = child(news, "news:publication")
    return {
      loc: child(url, "loc")?.text,
      name: child(publication, "news:name")?.text,
      language: child(publication, "news:language")?.text,
      date: child(news, "news:publication_date")?.text,
      title: child(news, "news:title")?.text,
    }
  })

test("pages have their time, unless it is unknown", () => {
  const root = readXml(renderSitemap([{ url: PAGE, changedAt: NOON }, { url: `${PAGE}sections/a?b&c` }]))
  expect([root.name, root.attributes]).toEqual(["urlset", { xmlns: "http://www.sitemaps.org/schemas/sitemap/0.9" }])
  expect(root.children.map(({ name, children }) => [name, ...children.map((node) => [node.name, node.text])])).toEqual([
    ["url", ["loc", PAGE], ["lastmod", "2026-11-23T10:00:00Z"]],
    ["url", ["loc", `${PAGE}sections/a?b&c`]],
  ])
})

test("a sitemap has the first 50,000 addresses", () => {
  const pages = Array.from({ length: 50_001 }, (_, no) => ({ url: PAGE + no }))
  const listed = renderSitemap(pages).match(/<loc>.*<\/loc>/g) ?? []
  expect([listed.length, listed.at(-1)]).toEqual([50_000, `<loc>${PAGE}49999</loc>`])
})

test("a sitemap ends before 50 MiB and is complete", () => {
  const long = `${PAGE}${"a".repeat(2000)}`
  const xml = renderSitemap(Array.from({ length: 40_000 }, (_, no) => ({ url: `${long}${no}` })))
  expect(Buffer.byteLength(xml)).toBeLessThan(52_428_800)
  expect(xml.endsWith("</url>\n</urlset>\n")).toBe(true)
})

test("news has publication, date and title in the namespace for news", () => {
  const root = readXml(renderNewsSitemap([article]))
  expect(root.attributes["xmlns:news"]).toBe("http://www.google.com/schemas/sitemap-news/0.9")
  expect(newsOf(article)).toEqual([
    {
      loc: article.url,
      name: "The Paper",
      language: "en",
      date: "2026-11-23T10:00:00Z",
      title: "5 < 6 & <em>",
    },
  ])
})

test.each([
  ["ar-EG", "ar"],
  ["zh", "zh-cn"],
  ["zh-Hans-SG", "zh-cn"],
  ["zh-TW", "zh-tw"],
  ["zh-Hant-HK", "zh-tw"],
])("the language %s is written as %s", (language, said) => {
  expect(newsOf({ ...article, language })[0]?.language).toBe(said)
})

test("news lists at most 1,000 articles, the first ones", () => {
  const articles = Array.from({ length: 1001 }, (_, no) => ({ ...article, url: PAGE + no }))
  const listed = newsOf(...articles)
  expect([listed.length, listed.at(-1)?.loc]).toEqual([1000, `${PAGE}999`])
})

test("with any titles the list is well-formed", () => {
  fc.assert(
    fc.property(nasty, nasty, (title, publication) => {
      expect(newsOf({ ...article, title, publication })).toHaveLength(1)
    }),
  )
})

test("a list without articles is empty and valid", () => {
  expect(readXml(renderNewsSitemap([])).children).toEqual([])
})
