import { describe, expect, it } from "vitest"
import { readXmlDocument } from "../../../../src/dialects/documents/xml-document.ts"
import { fitDraft } from "../../../../src/dialects/fit-draft.ts"
import { checkDraft } from "../../../../src/dialects/item-schema.ts"

const NOW = Date.parse("2030-01-01T00:00:00Z")

function itemsOf(document: string) {
  const reading = readXmlDocument(new TextEncoder().encode(document), undefined)
  if ("problem" in reading) throw new Error(reading.problem.detail)
  return reading.drafts.map((draft) => checkDraft(fitDraft(draft, NOW)))
}
const rss = (inside: string) => itemsOf(`<rss version="2.0"><channel><title>t</title>${inside}</channel></rss>`)
const atom = (inside: string, attributes = "") =>
  itemsOf(`<feed xmlns="http://www.w3.org/2005/Atom" ${attributes}><title>t</title>${inside}</feed>`)

describe("an entry without id, address and title gets an id from its content", () => {
  const warning = "it has neither an id nor an address, so its content is its id: a change makes another article"
  const date = "Mon, 23 Nov 2026 08:30:00 GMT"
  const cases: [name: string, items: ReturnType<typeof itemsOf>, id: string][] = [
    ["description", rss("<item><description>Just words</description></item>"), "Just words"],
    [
      "description with markup",
      rss("<item><description>&lt;p&gt;Just &lt;b&gt;words&lt;/b&gt;</description></item>"),
      "Just words",
    ],
    [
      "description and date",
      rss(`<item><description>Words</description><pubDate>${date}</pubDate></item>`),
      "Words 2026-11-23T08:30:00Z",
    ],
    ["content:encoded", rss("<item><content:encoded><![CDATA[<p>a</p><p>b</p>]]></content:encoded></item>"), "a b"],
    ["dc:description", rss("<item><dc:description>Words</dc:description></item>"), "Words"],
    ["itunes:summary", rss("<item><itunes:summary>Words</itunes:summary></item>"), "Words"],
    ["Atom's summary", atom("<entry><summary>Words</summary></entry>"), "Words"],
    ["Atom's content", atom('<entry><content type="html">&lt;p&gt;Words</content></entry>'), "Words"],
    [
      "a picture",
      rss("<item><description>&lt;img src='https://a.example/b.jpg'></description></item>"),
      "<img src='https://a.example/b.jpg'>",
    ],
    [
      "a title and a description",
      rss("<item><title>Weather</title><description>Sun</description></item>"),
      "Weather Sun",
    ],
    ["a title alone", rss("<item><title>Weather</title></item>"), "Weather"],
    ["an empty guid", rss("<item><guid> </guid><link/><title/><description>Words</description></item>"), "Words"],
  ]
  it.each(cases)("%s", (_, items, id) => {
    expect(items).toMatchObject([{ guid: id, errors: [], warnings: [warning] }])
  })

  it("the title and the date are enough, so that a correction of the text keeps the article", () => {
    const item = `<item><title>Weather</title><pubDate>${date}</pubDate><description>Sun</description></item>`
    expect(rss(item)[0]?.guid).toBe("Weather 2026-11-23T08:30:00Z")
  })

  it("a long text is in the id with its beginning and a digest of the whole", () => {
    const long = "word ".repeat(500)
    const html = (text: string) => `<item><description>${text}</description></item>`
    const texts = [long, `${long}1`, `${long}2`, `${long.slice(1)}`, `${long}é`, "word ".repeat(501), `1${long}`]
    const items = rss(texts.map(html).join(""))
    const ids = items.map(({ item }) => item?.id ?? "")
    expect(new Set(ids).size).toBe(texts.length)
    for (const [at, id] of ids.entries()) {
      expect(id.startsWith(texts[at]?.slice(0, 800).trim() ?? "-")).toBe(true)
      expect(id).toMatch(/ [0-9a-z]{10,28}$/)
    }
    expect(rss(texts.map(html).join("")).map(({ item }) => item?.id)).toEqual(ids)
    const both = rss(`${html(`${long}a`)}<item><title>${long}b</title><pubDate>${date}</pubDate></item>`)
    expect(both.map(({ errors }) => errors)).toEqual([[], []])
    const titles = ["1", "2"].map((end) => `<item><title>${long}${end}</title><pubDate>${date}</pubDate></item>`)
    expect(new Set(rss(titles.join("")).map(({ item }) => item?.id)).size).toBe(2)
  })

  it("two of them are two articles, and an entry without any content is rejected", () => {
    const items = rss("<item><description>a</description></item><item><description>b</description></item><item/>")
    expect(items.map(({ guid }) => guid)).toEqual(["a", "b", undefined])
    expect(items[2]?.errors).toEqual([{ pointer: "/rss/channel/item[3]/id", detail: "is missing" }])
  })
})

describe("C1 controls are characters of windows-1252", () => {
  const cases: [written: string, read: string][] = [
    ["a &#150; b", "a – b"],
    ["a &#x96; b", "a – b"],
    ["a \u0096 b", "a – b"],
    ["&amp;#147;a&amp;#148;", "“a”"],
    ["<![CDATA[d\u0092un &#146;]]>", "d’un ’"],
    ["\u0080\u0085\u0099", "€…™"],
    ["a\u0081\u008D\u008F\u0090\u009Db", "ab"],
  ]
  it.each(cases)("%j", (written, read) => {
    const item = `<item><guid>1</guid><title>${written}</title><description>&lt;p&gt;${written}&lt;/p&gt;</description></item>`
    expect(rss(item)[0]?.item).toMatchObject({ title: read })
    expect(rss(`<item><guid>${written}</guid><title>t</title></item>`)[0]?.item?.id).toMatch(/^[^\u0080-\u009F]+$/)
  })
})

describe("the language of an entry chooses its page", () => {
  const link = (hreflang: string, type = "text/html") =>
    `<link rel="alternate" ${type && `type="${type}"`} ${hreflang && `hreflang="${hreflang}"`} href="https://a.example/${hreflang || "none"}${type.includes("html") ? "" : ".x"}"/>`
  const cases: [language: string, links: string[], page: string][] = [
    ["ar", [link("en"), link("ar")], "ar"],
    ["ar-EG", [link("en"), link("ar")], "ar"],
    ["ar", [link("fr"), link("ar-EG"), link("en")], "ar-EG"],
    ["ar-EG", [link("ar"), link("AR-eg")], "AR-eg"],
    ["ar_EG", [link("en"), link("ar_EG")], "ar_EG"],
    ["de", [link("en"), link(""), link("fr")], "none"],
    ["de", [link("en"), link("x-default")], "x-default"],
    ["de", [link("en"), link("fr")], "en"],
    ["ar", [link("ar", "application/pdf"), link("en")], "en"],
    ["ar", [link("en", "application/pdf"), link("ar", "application/json")], "ar.x"],
    ["ar", [link("en", ""), link("ar", "application/xhtml+xml")], "ar"],
    ["", [link("en"), link("ar")], "en"],
    ["he", [link("en"), link("iw")], "iw"],
    ["iw-IL", [link("en"), link("he")], "he"],
    ["id", [link("en"), link("in-ID")], "in-ID"],
    ["yi", [link("de"), link("ji")], "ji"],
    ["no", [link("nn"), link("nb-NO")], "nb-NO"],
    ["nb", [link("nn"), link("no")], "no"],
    ["fil", [link("en"), link("tl")], "tl"],
    ["sr-Latn", [link("sr"), link("sh")], "sh"],
    ["ro", [link("ru"), link("mo")], "mo"],
    ["arb", [link("en"), link("ar")], "ar"],
    ["cmn", [link("yue"), link("zh")], "zh"],
    ["zh-TW", [link("zh-CN"), link("zh-Hant")], "zh-Hant"],
    ["zh-Hans", [link("zh-HK"), link("zh-SG")], "zh-SG"],
    ["sr", [link("sr-Latn"), link("sr-RS")], "sr-RS"],
    ["en-GB", [link("fr"), link("EN")], "EN"],
    ["de", [link("en"), link("not a tag")], "en"],
    ["", [link("en"), link("")], "none"],
  ]
  it.each(cases)("%s: %j", (language, links, page) => {
    const entry = `<entry><id>1</id><title>a</title>${links.join("")}</entry>`
    const lang = language && `xml:lang="${language}"`
    expect(atom(entry, lang)[0]?.item?.url).toBe(`https://a.example/${page}`)
    expect(atom(entry.replace("<entry", `<entry ${lang}`), 'xml:lang="fr"')[0]?.item?.url).toBe(
      language === "" ? `https://a.example/${page}` : `https://a.example/${page}`,
    )
    const inRss = `<item><guid>1</guid><title>a</title>${links.join("").replaceAll("<link", "<atom:link")}</item>`
    expect(rss(`<language>${language || "xx-invalid!"}</language>${inRss}`)[0]?.item?.url).toBe(
      `https://a.example/${page}`,
    )
  })
})
