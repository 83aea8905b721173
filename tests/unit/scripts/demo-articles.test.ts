import { describe, expect, it } from "vitest"
import {
  bodyToHtml,
  type DemoArticle,
  itemTime,
  newestTime,
  timeMover,
  toPushItem,
} from "../../../scripts/demo-articles.ts"

const article: DemoArticle = {
  id: "nahar-0001",
  publisher: "nahar",
  url: "https://nahar.example/2026/11/first",
  language: "ar",
  sections: ["world", "politics"],
  title: "عنوان",
  subtitle: "عنوان فرعي",
  summary: "ملخص",
  dateline: "القاهرة — وكالة نهار",
  published: "2026-11-20 08:15:00+02:00",
  updated: "2026-11-20T10:00+02:00",
  authors: [{ name: "سلمى" }],
  tags: ["نقل"],
  image: { file: "images/demo/world-1.jpg", width: 1200, height: 675, caption: "تعليق", credit: "مصور", alt: "وصف" },
  correction: "صححنا رقما.",
  related: ["nahar-0002", "nahar-9999"],
  attribution: { name: "وكالة نهار", url: "https://nahar.example/x" },
  body: "فقرة أولى\nتكملتها.\n\nفقرة ثانية.\n",
}
const plain: DemoArticle = {
  id: "nahar-0002",
  publisher: "nahar",
  url: "https://nahar.example/2026/11/second",
  language: "en",
  sections: ["arts"],
  title: "Second",
  published: "2026-10-02T08:00:00Z",
  body: "One paragraph.",
}

describe("toPushItem", () => {
  it("maps every field of an article", () => {
    expect(toPushItem(article, [article, plain], "http://localhost:8787")).toEqual({
      id: "nahar-0001",
      url: "https://nahar.example/2026/11/first",
      title: "عنوان",
      content_html: "<p>فقرة أولى تكملتها.</p>\n<p>فقرة ثانية.</p>",
      summary: "ملخص",
      image: "http://localhost:8787/images/demo/world-1.jpg",
      date_published: "2026-11-20T08:15:00+02:00",
      date_modified: "2026-11-20T10:00:00+02:00",
      authors: [{ name: "سلمى" }],
      tags: ["نقل"],
      language: "ar",
      _feedwire: {
        sections: ["world", "politics"],
        subtitle: "عنوان فرعي",
        dateline: "القاهرة — وكالة نهار",
        image: { caption: "تعليق", credit: "مصور", alt: "وصف", width: 1200, height: 675 },
        correction: { note: "صححنا رقما." },
        related: [{ url: "https://nahar.example/2026/11/second", title: "Second" }],
        attribution: { name: "وكالة نهار", url: "https://nahar.example/x" },
      },
    })
  })

  it("leaves out what an article does not have", () => {
    expect(toPushItem(plain, [plain], "http://localhost:1")).toEqual({
      id: "nahar-0002",
      url: "https://nahar.example/2026/11/second",
      title: "Second",
      content_html: "<p>One paragraph.</p>",
      date_published: "2026-10-02T08:00:00Z",
      language: "en",
      _feedwire: { sections: ["arts"] },
    })
  })

  it("refuses an invalid time", () => {
    expect(() => toPushItem({ ...plain, published: "yesterday" }, [], "")).toThrow('"yesterday" is not a time')
  })
})

describe("bodyToHtml", () => {
  it("keeps lines of HTML, and escapes literal characters", () => {
    expect(bodyToHtml("A & B < 3 &amp; C\n<h2>Head</h2>\nafter it <em>so</em>\n\n<ul><li>x</li></ul>\n\n\n")).toBe(
      "<p>A &amp; B &lt; 3 &amp; C</p>\n<h2>Head</h2>\n<p>after it <em>so</em></p>\n<ul><li>x</li></ul>",
    )
  })
})

describe("the time of an article", () => {
  it("is that of the update, not of the publication, compared across zones", () => {
    expect(itemTime(toPushItem(article, [], ""))).toBe("2026-11-20T10:00:00+02:00")
    expect(itemTime(toPushItem(plain, [], ""))).toBe("2026-10-02T08:00:00Z")
    expect(newestTime(["2026-11-20T10:00:00+02:00", "2026-11-20T09:00:00Z"])).toBe("2026-11-20T09:00:00Z")
  })
})

describe("timeMover", () => {
  const newsroom = { written_at: "2026-11-20T08:00:00Z" }
  const articles = [article, plain]
  const none = new Map<string, string>()
  const first = Date.parse("2027-03-04T05:06:07.890Z")
  const atFirst = timeMover(newsroom, articles, none, first)

  it("makes the newest article five minutes old at the first start", () => {
    const item = toPushItem(article, articles, "http://localhost:8787", atFirst)
    expect([item.date_published, item.date_modified]).toEqual(["2027-03-04T03:16:00.000Z", "2027-03-04T05:01:00.000Z"])
    expect(toPushItem(plain, articles, "http://localhost:8787", atFirst).date_modified).toBeUndefined()
  })

  it.each([
    ["2026-11-20T08:00:00Z", "2027-03-04T05:01:00.000Z"],
    ["2026-11-20 10:00:00+02:00", "2027-03-04T05:01:00.000Z"],
    ["2026-11-20T08:00:01Z", "2026-11-20T08:00:01Z"],
    ["2026-11-21T08:00+02:00", "2026-11-21T08:00:00+02:00"],
    ["2027-03-04T05:05:00Z", "2027-03-04T05:05:00Z"],
    ["2025-11-20T08:00:00Z", "2026-03-04T05:01:00.000Z"],
  ])("moves only what was written with the demo: %s is %s", (time, moved) => expect(atFirst(time)).toBe(moved))

  it("moves backwards if the clock is behind the files", () => {
    const mover = timeMover(newsroom, articles, none, Date.parse("2026-01-01T00:05:30Z"))
    expect(mover("2026-11-20T08:00:00Z")).toBe("2026-01-01T00:00:00.000Z")
  })

  it("is the same at every later start, also if an article was edited, added or removed", () => {
    const published = [article, plain].map(({ id, published }): [string, string] => [id, atFirst(published)])
    const [own = ["", ""], other = ["", ""]] = published
    const edited = { ...article, published: "2026-11-19T08:15:00+02:00" }
    const added = { ...plain, id: "added", published: "2027-06-01T08:00:00Z" }
    const starts: [DemoArticle[], [string, string][]][] = [
      [articles, published],
      [articles, [own]],
      [articles, [other]],
      [[plain], published],
      [
        [edited, plain, { ...plain, id: "third" }],
        [...published, ["third", other[1]]],
      ],
      [
        [added, article],
        [["added", added.published], own],
      ],
      [[added, article], [own]],
    ]
    for (const [files, stored] of starts) {
      const mover = timeMover(newsroom, files, new Map(stored), first + 1e10)
      expect(mover(plain.published)).toBe(atFirst(plain.published))
    }
    const foreign = new Map([["foreign", "2026-11-20T08:15:00Z"]])
    expect(timeMover(newsroom, articles, foreign, first)(plain.published)).toBe(atFirst(plain.published))
  })
})
