import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { toPushItem } from "../../../scripts/demo-articles.ts"
import { readDemoArticles, readNewsroom } from "../../../scripts/demo-files.ts"
import { digestOf } from "../../../scripts/demo-state.ts"
import { root } from "../../../scripts/terminal.ts"

const newsroom = readNewsroom()
const articles = readDemoArticles()
const sectionNames = new Set(newsroom.sections.flatMap(({ slug, names }) => [slug, ...Object.values(names)]))

function repeated(values: string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))]
}

function sentences(body: string): string[] {
  const text = body.replace(/<[^>]*>/g, "\n")
  return text
    .split(/[.!?؟…\n]+/)
    .map((sentence) => sentence.replace(/[^\p{L}\p{N}]+/gu, " ").trim())
    .filter((sentence) => sentence.split(" ").length > 2)
}

describe("the demo newsroom", () => {
  it("has publishers, the eight sections and a child, named in three languages", () => {
    expect(newsroom.publishers.length).toBeGreaterThanOrEqual(2)
    const slugs = newsroom.sections.map(({ slug }) => slug)
    const eight = ["world", "politics", "economy", "sports", "arts", "celebrity", "health", "technology"]
    expect(slugs).toEqual(expect.arrayContaining(eight))
    expect(newsroom.sections.some(({ parent }) => parent !== undefined)).toBe(true)
    for (const { slug, parent, names } of newsroom.sections) {
      expect(Object.keys(names), slug).toEqual(expect.arrayContaining(["ar", "en", "fr"]))
      if (parent) expect(slugs.slice(0, slugs.indexOf(slug)), `parent of ${slug} is before it`).toContain(parent)
    }
  })

  it("has at least 60 articles in three languages, in every section and by every publisher", () => {
    expect(articles.length).toBeGreaterThanOrEqual(60)
    expect(new Set(articles.map(({ language }) => language))).toEqual(new Set(["ar", "en", "fr"]))
    for (const { slug, names } of newsroom.sections) {
      const own = [slug, ...Object.values(names)]
      expect(
        articles.some(({ sections }) => sections.some((name) => own.includes(name))),
        slug,
      ).toBe(true)
    }
    for (const { slug } of newsroom.publishers) expect(articles.some(({ publisher }) => publisher === slug)).toBe(true)
    expect(articles.filter(({ withdrawn }) => withdrawn)).not.toEqual([])
    expect(articles.filter(({ correction }) => correction)).not.toEqual([])
    expect(articles.filter(({ attribution }) => attribution)).not.toEqual([])
  })

  it.each(["ar", "en", "fr"])("has in %s what a partner tries", (lang) => {
    const own = articles.filter((article) => article.language === lang && !article.withdrawn)
    expect(repeated(own.flatMap(({ tags }) => tags ?? [])).length, "tags of several articles").toBeGreaterThan(3)
    expect(own.filter(({ related }) => related).length, "related articles").toBeGreaterThan(3)
    expect(own.filter(({ correction }) => correction)).not.toEqual([])
  })

  it("has Arabic with and without diacritics", () => {
    const words = articles
      .filter(({ language }) => language === "ar")
      .flatMap(({ body }) => body.match(/[\p{L}\p{M}]+/gu) ?? [])
    const bare = new Set(words.filter((word) => !/\p{M}/u.test(word)))
    const marked = words.filter((word) => /\p{M}/u.test(word))
    expect(marked.length).toBeGreaterThan(50)
    expect(marked.filter((word) => bare.has(word.replace(/\p{M}/gu, ""))).length).toBeGreaterThan(5)
  })

  it.each(["ar", "en", "fr"])("shows every picture once in %s, and every picture somewhere", (lang) => {
    const own = articles.filter(({ language }) => language === lang)
    expect(repeated(own.map(({ image }) => image?.file ?? ""))).toEqual([])
    const files = readdirSync(join(root, "public/images/demo")).map((name) => `images/demo/${name}`)
    expect(files.filter((file) => articles.every(({ image }) => image?.file !== file))).toEqual([])
  })

  it("uses every id, URL and sentence once", () => {
    expect(repeated(articles.map(({ id }) => id))).toEqual([])
    expect(repeated(articles.map(({ url }) => url))).toEqual([])
    expect(repeated(articles.flatMap(({ body }) => sentences(body)))).toEqual([])
  })
})

describe.each(articles.map((article) => [article.id, article] as const))("%s", (_, article) => {
  it("is a complete news article", () => {
    const text = article.body.replace(/<[^>]*>/g, " ")
    expect(text.split(/\s+/).filter(Boolean).length).toBeGreaterThanOrEqual(120)
    expect(newsroom.publishers.map(({ slug }) => slug)).toContain(article.publisher)
    for (const section of article.sections) expect(sectionNames).toContain(section)
    for (const field of ["title", "subtitle", "summary", "dateline"] as const)
      expect(article[field], field).toBeTruthy()
    expect(article.authors?.length).toBeGreaterThan(0)
    expect(article.tags?.length).toBeGreaterThan(0)
    expect(existsSync(join(root, "public", article.image?.file ?? "none")), article.image?.file).toBe(true)
    for (const field of ["caption", "credit", "alt"] as const) expect(article.image?.[field], field).toBeTruthy()
    if (article.updated) expect(Date.parse(article.updated)).toBeGreaterThan(Date.parse(article.published))
    const item = toPushItem(article, articles, "http://localhost:8787")
    expect(item._feedwire.related ?? []).toHaveLength(article.related?.length ?? 0)
  })
})

describe("the digest of a pushed item", () => {
  const at = (url: string) => articles.map((article) => digestOf(toPushItem(article, articles, url)))

  it.each(["http://localhost:8802", "http://127.0.0.1:8787", "http://localhost:1", "https://wire.example"])(
    "is the same on another port or host, so that no article is corrected there: %s",
    (url) => expect(at(url)).toEqual(at("http://localhost:8801")),
  )

  it("is another one if the article or its picture changed", () => {
    const [article] = articles.filter(({ image }) => image)
    const item = article && toPushItem(article, articles, "http://localhost:8801")
    if (!item?.image) throw new Error("no article has a picture")
    const others = [
      { ...item, title: `${item.title}!` },
      { ...item, content_html: "" },
      { ...item, image: `${item.image}.png` },
      { ...item, tags: ["other"] },
      { ...item, date_published: "2026-01-01T00:00:00Z" },
      undefined,
    ]
    expect(new Set([item, ...others].map(digestOf)).size).toBe(7)
  })
})
