import { describe, expect, it } from "vitest"
import { readXmlDocument } from "../../../../src/dialects/documents/xml-document.ts"
import type { Item } from "../../../../src/dialects/item-schema.ts"
import { validateItem } from "../../../../src/dialects/item-schema.ts"
import { type VersionContext, versionOf } from "../../../../src/push/ingest/article-version.ts"

const ARABIC = "أعلنت بلدية المدينة الساحلية صباح اليوم إعادة فتح الجسر أمام حركة السير"
const ENGLISH = "The harbour bridge opened to traffic this morning, two weeks early"

function version(item: object, context: Partial<VersionContext> = {}) {
  const result = validateItem({ id: "1", ...item }, false)
  if ("issues" in result) throw new Error(JSON.stringify(result.issues))
  return versionOf(result.item as Item, { publisherLanguage: null, wireLanguage: "en", ...context })
}
const languageAndDirection = (...args: Parameters<typeof version>) => {
  const { language, direction } = version(...args)
  return [language, direction]
}

describe("language and direction of an article", () => {
  it.each<[string, object, Partial<VersionContext>, [string | undefined, string]]>([
    ["Arabic under en-US", { title: ARABIC, language: "en-US" }, {}, [undefined, "rtl"]],
    ["of an Arabic publisher", { title: ARABIC, language: "en-US" }, { publisherLanguage: "ar" }, ["ar", "rtl"]],
    ["of an Arabic feed", { title: ARABIC, language: "en" }, { feedLanguage: "ar-EG" }, ["ar-EG", "rtl"]],
    ["of an Arabic wire", { title: ARABIC, language: "en" }, { wireLanguage: "ar" }, ["ar", "rtl"]],
    ["Arabic without a language", { content_text: ARABIC }, { publisherLanguage: "en" }, [undefined, "rtl"]],
    ["English of an Arabic publisher", { content_text: ENGLISH }, { publisherLanguage: "ar" }, ["en", "ltr"]],
    [
      "an Arabic text under a Latin name",
      { title: "BBC", content_text: ARABIC },
      { publisherLanguage: "ar" },
      ["ar", "rtl"],
    ],
    ["a Latin name", { title: "BBC", language: "ar" }, {}, ["ar", "ltr"]],
    ["no letters", { title: "5:3", language: "ar" }, {}, ["ar", "rtl"]],
    [
      "a text with more code than words",
      {
        title: "شرح لغة البرمجة",
        content_html: `<p>مثال</p><pre>${"function f(x) { return x }\n".repeat(30)}</pre>`,
        language: "ar",
      },
      {},
      ["ar", "rtl"],
    ],
    [
      "a text with long addresses",
      { content_text: `رابط https://example.org/${"a-long-path/".repeat(20)} هنا`, language: "ar" },
      {},
      ["ar", "rtl"],
    ],
    [
      "a long beginning in another script",
      { content_html: `<p>${ENGLISH}</p>${"<hr>".repeat(3000)}<p>${ARABIC} ${ARABIC}</p>`, language: "en" },
      { publisherLanguage: "ar" },
      ["ar", "rtl"],
    ],
    ["an Arabic title over English quotes", { title: "قالوا", content_text: ENGLISH }, {}, [undefined, "ltr"]],
    [
      "a poem that is set as code",
      { content_html: `<pre>${ARABIC}\n${ARABIC}</pre>`, language: "en" },
      { publisherLanguage: "ar" },
      ["ar", "rtl"],
    ],
    ["nothing but code", { content_html: `<pre>${ENGLISH}</pre>` }, { publisherLanguage: "ar" }, ["en", "ltr"]],
    [
      "addresses without a scheme",
      { content_text: `${"www.a-long-name.example.org/path someone@a.example.org ".repeat(9)} نص`, language: "ar" },
      {},
      ["ar", "rtl"],
    ],
    [
      "an address that touches the text",
      { content_text: "انظر(https://example.org/a-path/and-more)هنا", language: "en" },
      { wireLanguage: "ar" },
      ["ar", "rtl"],
    ],
    ["a summary in another language", { content_text: ARABIC, summary: ENGLISH.repeat(3) }, {}, [undefined, "rtl"]],
    ["a summary alone", { summary: ARABIC, language: "en" }, { publisherLanguage: "fa" }, ["fa", "rtl"]],
    [
      "a picture with a summary",
      { content_html: "<img src='https://a.example/a.png'>", summary: ARABIC, language: "en" },
      { publisherLanguage: "ar" },
      ["ar", "rtl"],
    ],
    ["emoji", { title: "🎉🇪🇬", language: "he" }, {}, ["he", "rtl"]],
    ["Hebrew", { title: "חדשות", language: "en" }, { publisherLanguage: "iw" }, ["iw", "rtl"]],
    ["Japanese", { title: "東京のニュース", language: "en" }, { publisherLanguage: "ja" }, ["ja", "ltr"]],
    ["Cyrillic", { title: "Новости", language: "ar" }, { publisherLanguage: "en", wireLanguage: "ru" }, ["ru", "ltr"]],
  ])("%s", (_, item, context, expected) => {
    expect(languageAndDirection(item, context)).toEqual(expected)
  })

  it.each([
    ["an element around it", `<div dir="rtl"><p>${ENGLISH}</p></div>`, "rtl"],
    ["all outermost elements", `<p dir="rtl">${ENGLISH}</p>\n<ul dir="rtl"><li>x</li></ul><hr>`, "rtl"],
    ["a style", `<section style="color:red;direction : RTL !important"><p>${ENGLISH}</p></section>`, "rtl"],
    ["an element around Arabic text", `<div dir="ltr">${ARABIC}</div>`, "ltr"],
    ["a quotation only", `<p>${ENGLISH}</p><blockquote dir="rtl">${ARABIC.slice(0, 30)}</blockquote>`, "ltr"],
    ["one of several elements", `<p dir="rtl">${ENGLISH}</p><p>${ENGLISH}</p>`, "ltr"],
    ["contradictory elements", `<p dir="rtl">${ENGLISH}</p><p dir="ltr">x</p>`, "ltr"],
    ["an element with text beside it", `<div dir="rtl">${ENGLISH}</div> and more`, "ltr"],
    ["an element inside others", `<div><div><p dir="rtl">${ENGLISH}</p></div></div>`, "rtl"],
    [
      "an element beside a picture and marks",
      `<img src="https://a.example/a.png">\u200f&amp;<p dir=rtl>${ENGLISH}</p>`,
      "rtl",
    ],
    ["the whole page", `<html dir="rtl"><body><p>${ENGLISH}</p></body></html>`, "rtl"],
    ["an element around a quotation", `<div dir="rtl"><p>${ENGLISH}</p><q dir="ltr">x</q></div>`, "rtl"],
    ["an element around numbers", `<div dir="rtl">5:3</div>`, "rtl"],
    ["auto around an element", `<div dir="auto"><p dir="ltr">${ARABIC}</p></div>`, "ltr"],
    ["auto", `<div dir="auto">${ARABIC}</div>`, "rtl"],
  ])("the body states the direction by %s", (_, content_html, direction) => {
    expect(version({ content_html, language: "en" }).direction).toBe(direction)
  })

  it.each([
    [`<div xmlns="http://www.w3.org/1999/xhtml" dir="rtl"><p>${ENGLISH}</p></div>`, "rtl"],
    [`<x:div xmlns:x="http://www.w3.org/1999/xhtml" style="direction:rtl"><x:p>${ENGLISH}</x:p></x:div>`, "rtl"],
    [`<div xmlns="http://www.w3.org/1999/xhtml" class="a" dir='ltr'><p>${ARABIC}</p></div>`, "ltr"],
    [`<div xmlns="http://www.w3.org/1999/xhtml"><div dir="rtl">${ENGLISH}</div></div>`, "rtl"],
    [`<div xmlns="http://www.w3.org/1999/xhtml"><p dir="rtl">x</p>${ENGLISH}</div>`, "ltr"],
  ])("the first element of XHTML states it: %s", (content, direction) => {
    const feed = `<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><content type="xhtml">${content}</content></entry></feed>`
    const reading = readXmlDocument(new TextEncoder().encode(feed), undefined)
    if ("problem" in reading) throw new Error(reading.problem.detail)
    const [{ value, stated } = { value: {} }] = reading.drafts
    expect(version(value as object, stated).direction).toBe(direction)
  })

  it("an element that the dialect removed states the direction too", () => {
    expect(version({ content_text: ENGLISH }, { direction: "rtl" }).direction).toBe("rtl")
  })
})

it("direction marks are closed in all texts, and in a summary that ends inside an isolate", () => {
  const open = "\u2067نص \u202aabc"
  const closed = `${open}\u202c\u2069`
  const extension = { subtitle: open, dateline: open, rights: open, image: { caption: open }, sections: [open] }
  const article = version({
    ...{ title: open, summary: `${open}\u2069\u2069`, image: "https://a.example/a.png", authors: [{ name: open }] },
    ...{ tags: ["\u202eabc", "a\u202c"], content_html: `<p>${open}</p>`, _feedwire: extension },
  })
  expect(article).toMatchObject({ title: closed, summary: `${open}\u2069`, subtitle: closed, dateline: closed })
  expect(article.html).toBe(`<p>${closed}</p>`)
  expect(article.details).toMatchObject({
    ...{ rights: closed, image: { caption: closed }, authors: [{ name: closed }] },
    statedCategories: { sections: [closed], tags: ["\u202eabc\u202c", "a"] },
  })
  const cut = version({ content_html: `<p>\u2067${"كلمة ".repeat(200)}\u2069</p>` })
  expect(cut.summary).toMatch(/^\u2067.*…\u2069$/)
})
