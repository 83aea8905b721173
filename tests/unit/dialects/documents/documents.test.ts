import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, inject, it } from "vitest"
import { readJsonFeed } from "../../../../src/dialects/documents/json-feed.ts"
import { readXmlDocument } from "../../../../src/dialects/documents/xml-document.ts"
import { fitDraft } from "../../../../src/dialects/fit-draft.ts"
import { checkDraft } from "../../../../src/dialects/item-schema.ts"
import type { ParseResult } from "../../../../src/dialects/message.ts"
import type { Feed } from "../../../../src/formats/feed.ts"
import { singleLine } from "../../../../src/text/legal-text.ts"
import * as fc from "../../../fast-check.ts"

const FIXTURES = fileURLToPath(new URL("../../../fixtures/documents/", import.meta.url))
const GOLDEN = fileURLToPath(new URL("../../../golden/", import.meta.url))
const NOW = Date.parse("2030-01-01T00:00:00Z")

const read = (document: string, limits?: { tags?: number; articles?: number }): ParseResult =>
  readXmlDocument(new TextEncoder().encode(document), undefined, limits)
const rss = (inside: string): string => `<rss version="2.0"><channel><title>t</title>${inside}</channel></rss>`

function draftsOf(reading: ParseResult) {
  if ("problem" in reading) throw new Error(reading.problem.detail)
  return reading.drafts
}
const itemsOf = (reading: ParseResult) =>
  draftsOf(reading)
    .filter(({ deleted }) => !deleted)
    .map((draft) => checkDraft(fitDraft(draft, NOW)))
const firstOf = (document: string) => draftsOf(read(document))[0]?.value as Record<string, unknown>

describe("documents of every version, as other programs write them, are read", () => {
  const documents = readdirSync(FIXTURES).filter((name) => /\.(?:xml|rdf)$/.test(name))
  it.each(documents)("%s", (name) => {
    const expected: unknown = JSON.parse(readFileSync(FIXTURES + name.replace(/\.\w+$/, ".json"), "utf8"))
    const drafts = draftsOf(readXmlDocument(readFileSync(FIXTURES + name), undefined))
    expect(drafts.map(({ raw, writtenTimes, ...draft }) => draft)).toEqual(expected)
    expect(drafts.map(({ raw }) => raw)).toEqual(drafts.map(({ value }) => JSON.stringify(value)))
  })
})

describe("the wire's own feeds are read", () => {
  const names = readdirSync(GOLDEN)
    .filter((name) => name.endsWith(".rss.xml"))
    .map((name) => name.replace(".rss.xml", ""))
  const formats = ["rss.xml", "atom.xml", "feed.json"] as const
  it.each(names.flatMap((name) => formats.map((format) => [name, format] as const)))(
    "%s.%s has the same articles",
    (name, format) => {
      const feed = JSON.parse(readFileSync(`${GOLDEN}${name}.json`, "utf8")) as Feed
      const bytes = readFileSync(`${GOLDEN}${name}.${format}`)
      const reading =
        format === "feed.json" ? readJsonFeed(JSON.parse(bytes.toString())) : readXmlDocument(bytes, undefined)
      const items = itemsOf(reading)
      expect(items).toHaveLength(feed.entries.length)
      for (const [at, { item, errors, warnings }] of items.entries()) {
        const entry = feed.entries[at]
        if (item === undefined || entry === undefined) throw new Error(JSON.stringify(errors))
        expect(warnings).toEqual(name === "very-long-title" ? ["title was cut to 1000 characters"] : [])
        expect(item.id).toBe(entry.id)
        expect(item.url).toBe(entry.url)
        if (name !== "very-long-title") expect(item.title ?? "").toBe(singleLine(entry.title))
        expect(item.date_published).toBe(entry.publishedAt)
        expect(item.date_modified ?? item.date_published).toBe(Math.max(entry.updatedAt, entry.publishedAt))
        expect(item.authors?.map((author) => author.name)).toEqual(
          entry.authors.length > 0 ? entry.authors.map((author) => singleLine(author.name)) : [entry.source.name],
        )
        // If there is no other image, an image among the files is the lead image.
        // A picture of the body is found again when the body is cleaned.
        const isDerived = format === "feed.json" && entry.image?.derived === true
        if (entry.image !== undefined) expect(item.image).toBe(isDerived ? undefined : entry.image.url)
        // RSS and Atom have no element for a correction, so it stays in the text.
        const stays = format !== "feed.json" && entry.correction !== undefined
        if (name !== "illegal-characters" && !stays) {
          expect(item.content_html).toBe(entry.opening === undefined ? entry.html : `${entry.opening}\n${entry.html}`)
          expect(item.content_text).toBeUndefined()
          expect(item.summary ?? "").toBe(singleLine(entry.summary))
        }
      }
    },
  )

  it("tombstones are withdrawals, unless the article only moved", () => {
    const withdrawn = (reading: ParseResult) => draftsOf(reading).filter(({ deleted }) => deleted)
    const atom = withdrawn(readXmlDocument(readFileSync(`${GOLDEN}withdrawn.atom.xml`), undefined))
    const json = withdrawn(readJsonFeed(JSON.parse(readFileSync(`${GOLDEN}withdrawn.feed.json`, "utf8"))))
    expect(atom.length).toBeGreaterThan(0)
    expect(atom.map(({ value }) => value)).toEqual(json.map(({ value }) => value))
    expect(withdrawn(readXmlDocument(readFileSync(`${GOLDEN}moved.atom.xml`), undefined))).toEqual([])
  })
})

describe("titles may be text or HTML", () => {
  const cases: [written: string, read: string][] = [
    ["AT&amp;T", "AT&T"],
    ["5 &lt; 6", "5 < 6"],
    ["a &lt;b&gt;bold&lt;/b&gt; word", "a bold word"],
    ["a <b>bold</b> word", "a bold word"],
    ["<![CDATA[a <i>b</i> &amp; c]]>", "a b & c"],
    ["&amp;quot;twice&amp;quot;", '"twice"'],
    ["The &lt;select&gt; element", "The <select> element"],
    ["if a&lt;b and b&gt;c", "if a<b and b>c"],
    ["List&lt;String&gt;", "List<String>"],
    ["&nbsp;&eacute;t&eacute;\n 2026", "été 2026"],
    ["a<!-- not said -->b", "ab"],
    ["a<!-- not --!> said -->b", "ab"],
    ["&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"],
  ]
  it.each(cases)("%s", (written, expected) => {
    expect(firstOf(rss(`<item><title>${written}</title></item>`)).title).toBe(expected)
  })
})

describe("dates are read", () => {
  const cases: [written: string, read: string | undefined][] = [
    ["Mon, 23 Nov 2026 08:30:00 GMT", "2026-11-23T08:30:00Z"],
    ["Fri, 23 Nov 2026 08:30:00 GMT", "2026-11-23T08:30:00Z"],
    ["Monday, 23 November 2026 08:30 +0200", "2026-11-23T06:30:00Z"],
    ["23 Nov 26 08:30:00 PST", "2026-11-23T16:30:00Z"],
    ["23 Nov 99 08:30:00 Z", "1999-11-23T08:30:00Z"],
    ["23-Nov-2026 08:30:00 +02:00 (EET)", "2026-11-23T06:30:00Z"],
    ["23 Nov 2026 08:30:00 A", "2026-11-23T08:30:00Z"],
    ["2026-11-23T08:30:00.25+05:30", "2026-11-23T03:00:00.250Z"],
    ["2026-11-23 08:30:00Z", "2026-11-23T08:30:00Z"],
    ["2026-11", "2026-11-01T00:00:00Z"],
    ["30 Feb 2026 08:30:00 GMT", undefined],
    ["23 Nov 2026 24:30:00 GMT", undefined],
    ["23 Nov 2026 08:30:00 XYZ", undefined],
    ["2026-13-01", undefined],
    ["1795420800", "2026-11-23T08:00:00Z"],
    ["last week", undefined],
  ]
  it.each(cases)("%s", (written, expected) => {
    const [draft] = draftsOf(read(rss(`<item><guid>1</guid><pubDate>${written}</pubDate></item>`)))
    expect(draft?.value).toEqual({ id: "1", ...(expected !== undefined && { date_published: expected }) })
    expect(draft?.warnings).toHaveLength(expected === undefined ? 1 : 0)
  })
})

describe("members of a document", () => {
  it("beyond ten categories are tags", () => {
    const names = Array.from({ length: 12 }, (_, at) => `c${at}`)
    const value = firstOf(
      rss(`<item><guid>1</guid>${names.map((name) => `<category>${name}</category>`).join("")}</item>`),
    )
    expect(value).toMatchObject({ _feedwire: { sections: names.slice(0, 10) }, tags: names.slice(10) })
  })

  it("do not include names that are invalid in an address", () => {
    expect(firstOf(rss("<item><guid>1</guid><author>desk@a.example</author></item>")).authors).toBeUndefined()
    const long = `<item><guid>1</guid><author>a@${".".repeat(300)} x</author><title>t</title></item>`
    expect(draftsOf(read(rss(long)))).toMatchObject([
      { value: { id: "1", title: "t" }, warnings: ["author was left out: it has more than 256 characters"] },
    ])
    expect(firstOf(rss(long))).not.toHaveProperty("authors")
  })

  it("include entries with elements of other vocabularies", () => {
    const other = '<x:item xmlns:x="urn:x"><title>no</title></x:item><item><guid>1</guid></item>'
    expect(draftsOf(read(rss(other))).map(({ pointer, value }) => [pointer, value])).toEqual([
      ["/rss/channel/item[1]", { id: "1" }],
    ])
  })

  it("include all entries up to the limit", () => {
    const document = rss(Array.from({ length: 150 }, (_, at) => `<item><guid>${at}</guid></item>`).join(""))
    const drafts = draftsOf(read(document, { articles: 150 }))
    expect(read(document, { articles: 149 })).toMatchObject({ problem: { code: "body_too_large" } })
    expect(read(document)).toMatchObject({
      problem: { detail: "The body has 150 articles; at most 100 are accepted. Split it." },
    })
    expect(drafts.map(({ pointer, value }) => [pointer, value])).toEqual(
      Array.from({ length: 150 }, (_, at) => [`/rss/channel/item[${at + 1}]`, { id: String(at) }]),
    )
    expect(draftsOf(read(rss("")))).toEqual([])
  })
})

describe("a text that applies to all entries is repeated only within limits", () => {
  const ATOM = "http://www.w3.org/2005/Atom"
  const atom = (inside: string, attributes = ""): string =>
    `<feed xmlns="${ATOM}" ${attributes}><title>t</title>${inside}<entry><id>1</id><link href="b"/></entry></feed>`
  const long = "a".repeat(100_000)
  const tag = `en${"-abcdefgh".repeat(1000)}`
  const many = `<author><name>x</name></author>`.repeat(1000)
  it.each([
    ["a language", rss(`<language>${tag}</language><item><guid>1</guid></item>`)],
    ["a language of Atom", atom("", `xml:lang="${tag}"`)],
    ["an address", rss(`<link>https://x.example/${long}/</link><item><guid>1</guid><link>b</link></item>`)],
    ["a base", atom("", `xml:base="https://x.example/${"a".repeat(60_000)}/"`)],
    ["rights", rss(`<copyright>${long}</copyright><item><guid>1</guid></item>`)],
    ["rights of Atom", atom(`<rights>${long}</rights>`)],
    ["authors", atom(many)],
    ["an author", atom(`<author><name>${long}</name></author>`)],
  ])("%s", (_, document) => {
    const [draft] = draftsOf(read(document))
    expect(draft?.value).toHaveProperty("id", "1")
    expect(draft?.raw.length).toBeLessThan(2100)
  })

  it("it is reported as left out, or as truncated", () => {
    const [draft] = draftsOf(read(atom(many)))
    expect(draft?.warnings).toEqual(["authors of the whole feed was left out: it has more than 2000 characters"])
    const [item] = itemsOf(read(atom(`<rights>${long}</rights>`)))
    expect(item?.item?._feedwire?.rights).toHaveLength(500)
    expect(item?.warnings).toContain("_feedwire.rights was cut to 500 characters")
  })

  it("it is repeated if it is short", () => {
    const few = atom(
      "<author><name>A</name></author><rights>R</rights>",
      'xml:lang="en" xml:base="https://x.example/c/"',
    )
    expect(draftsOf(read(few))[0]?.value).toMatchObject({
      authors: [{ name: "A" }],
      language: "en",
      url: "https://x.example/c/b",
      _feedwire: { rights: "R" },
    })
  })
})

describe("documents are refused, with the position", () => {
  const cases: [name: string, document: string, detail: RegExp][] = [
    ["nothing", " \n", /^Line 1, column 1: the document is empty\.$/],
    ["text", "\nhello", /^Line 2, column 1: text outside of all elements/],
    ["JSON", '{"version":1}', /^Line 1, column 1: text outside of all elements/],
    ["a page", "<!DOCTYPE html><html></html>", /^Line 1, column 1: this is an HTML page/],
    ["a page without a DOCTYPE", "\n<html><body>", /^Line 2, column 1: this is an HTML page/],
    ["another vocabulary", "<opml/>", /the root element is opml; it must be rss, rdf:RDF, feed or entry/],
    ["a feed without a channel", "<rss version='2.0'><item/></rss>", /no RSS channel/],
    ["two roots", `${rss("")}\n<feed/>`, /^Line 2, column 1: a second root element, feed\.$/],
    ["entities", `<!DOCTYPE rss [<!ENTITY a "b">]>${rss("&a;")}`, /^Line 1, column 1: a DOCTYPE with declarations/],
    [
      "an entity that grows",
      `<!DOCTYPE rss [<!ENTITY a "&b;&b;">\n<!ENTITY b "${"x".repeat(9)}">]>`,
      /DOCTYPE with decl/,
    ],
    ["a DOCTYPE too late", rss("<!DOCTYPE rss>"), /column 45: this declaration is not closed, or not allowed here/],
    ["deep nesting", rss("<a>".repeat(70)), /column 231: elements are nested deeper than 64/],
    [
      "many attributes",
      rss(`<item ${Array.from({ length: 50_000 }, (_, at) => `a${at}="" `).join("")}/>`),
      /more than 128 attr/,
    ],
    ["a huge attribute", rss(`<item a="${"x".repeat(100_000)}"/>`), /this attribute has more than 65536 characters/],
    ["a huge name", rss(`<${"x".repeat(100_000)}/>`), /a name has more than 200 characters/],
    [
      "huge white space",
      rss(`<item ${" ".repeat(100_000)}= a="b"/>`),
      /the tag item has more than 1000 characters outside/,
    ],
    [
      "white space at the end",
      rss(`<item a="b"${" ".repeat(100_000)}/>`),
      /column 45: the tag item has more than 1000 charac/,
    ],
    ["NUL", rss("a\0b"), /^Line 1, column 46: NUL is not a character/],
    ["NUL as a reference", rss("&#0;"), /&#0; is not a character/],
    ["half a character", rss("\n&#xD800;"), /^Line 2, column 1: &#xD800; is not a character/],
    ["half a character in an attribute", rss('<item a="&#xDFFF;"/>'), /column 54: &#xDFFF; is not a character/],
    ["a number too large", rss("&#x110000;"), /is not a character/],
    ["a bare ampersand", rss("\n\n<item><title>AT&T</title></item>"), /^Line 3, column 16: "&" begins no reference/],
    ["a bare ampersand in an address", rss('<enclosure url="?a=1&b=2"/>'), /"&" begins no reference/],
    ["__proto__ as an element", rss("<__proto__><a>1</a></__proto__>"), /__proto__ is not accepted as a name/],
    ["constructor with a prefix", rss("<x:Constructor/>"), /x:Constructor is not accepted as a name/],
    ["__proto__ as an attribute", rss('<item __proto__="1"/>'), /__proto__ is not accepted as a name/],
    ["an open CDATA section", rss("<![CDATA[ a"), /column 45: this CDATA section is not closed/],
    ["an open comment", rss("<!-- a"), /this comment is not closed/],
    ["an open comment that HTML would close", rss("<!-- a --!>"), /this comment is not closed/],
    ["an open processing instruction", rss("<?a"), /column 45: this processing instruction is not closed/],
    ["an open processing instruction after the end", `${rss("")}<?`, /this processing instruction is not closed/],
    ["an open tag", rss("<item"), /the tag item is not closed/],
    ["an open attribute", rss('<item a="'), /this attribute is not closed|the tag item is not closed/],
    ["wrong nesting", rss("<item><title></item></title>"), /^Line 1, column 58: Expected closing tag 'title'/],
    ["an end tag without a start tag", `${rss("")}</rss>`, /Closing tag 'rss' has not been opened/],
    ["a missing end tag", "<rss><channel><title>a", /Invalid .*found|Unclosed tag/],
    ["an attribute twice", rss('<item a="1" a="2"/>'), /Attribute 'a' is repeated/],
  ]
  it.each(cases)("%s", (_, document, detail) => {
    expect(read(document)).toEqual({ problem: { code: "invalid_document", detail: expect.stringMatching(detail) } })
  })

  it("more articles than the caller allows are refused, and texts of the document are not stored with each", () => {
    expect(read(rss("<item/>".repeat(3)), { tags: 100, articles: 2 })).toEqual({
      problem: {
        code: "body_too_large",
        detail: expect.stringContaining("The body has 3 articles; at most 2 are accepted."),
      },
    })
    const long = "b".repeat(100_000)
    const heads = [
      rss(
        `<copyright>${long}</copyright><link>https://a.example/${long}</link><language>en${"-abcd".repeat(9999)}</language>@`,
      ),
      `<feed xmlns="http://www.w3.org/2005/Atom"><rights>${long}</rights>${`<author><name>${long}</name></author>`.repeat(5)}@</feed>`,
    ]
    for (const [at, item] of ["<item><link>?a</link></item>", "<entry><id>a</id></entry>"].entries()) {
      const reading = read((heads[at] ?? "").replace("@", item.repeat(2)))
      if (!("drafts" in reading)) throw new Error(reading.problem.detail)
      expect(reading.drafts.map(({ raw }) => raw.length < 1000)).toEqual([true, true])
    }
  })

  it("more tags than the caller allows are refused", () => {
    expect(read(rss("<b/>".repeat(20_000)))).toMatchObject({ problem: { code: "body_too_large" } })
    expect(read(rss("<b/>".repeat(20)), { tags: 20 })).toMatchObject({ problem: { code: "body_too_large" } })
    expect(read(rss("<b/>".repeat(20)), { tags: 26 })).toEqual({ drafts: [] })
  })
})

describe("any document", () => {
  const piece = fc.constantFrom(
    ...[
      "<rss>",
      "<channel>",
      "<item>",
      "</item>",
      "</channel>",
      "</rss>",
      "<feed>",
      "<entry>",
      "<rdf:RDF>",
      "<a:b c='d'>",
    ],
    ...[
      "<![CDATA[",
      "]]>",
      "<!--",
      "-->",
      "<?",
      "?>",
      "<!DOCTYPE",
      "[",
      "&",
      ";",
      "&amp;",
      "&#xD800;",
      "\0",
      '"',
      "'",
      ">",
      "<",
    ],
    ...[
      "<title>",
      "</title>",
      "<guid>x</guid>",
      "<content type='xhtml'><div>",
      "<media:content url='a'/>",
      "é",
      "__proto__",
    ],
    ...[
      "<at:deleted-entry ref='a'/>",
      "<author>",
      "</author>",
      "xml:id='1'",
      "<pubDate>1 Jan",
      "<items>",
      "<origLink>",
    ],
  )
  it("is read or refused without throwing", () => {
    const documents = fc.oneof(
      fc.array(piece, { maxLength: 30 }).map((pieces) => new TextEncoder().encode(pieces.join(""))),
      fc
        .array(piece, { maxLength: 20 })
        .map((pieces) => new TextEncoder().encode(rss(`<item>${pieces.join("")}</item>`))),
      fc.uint8Array({ maxLength: 300 }),
    )
    fc.assert(
      fc.property(documents, (bytes) => {
        const reading = readXmlDocument(bytes, undefined)
        if ("problem" in reading) expect(reading.problem.detail).not.toBe("")
        else for (const draft of reading.drafts) checkDraft(fitDraft(draft, NOW))
      }),
      { numRuns: 200 },
    )
  })

  it("is read or refused with one part that is repeated", () => {
    const length = inject("effort") > 1 ? 2 ** 18 : 2 ** 15
    const parts = [
      "<a/>",
      "&lt;",
      "<author>(</author>",
      "<![CDATA[a]]>",
      "<!--",
      "<item/>",
      '<media:content url="https://a.example"/>',
      "a ",
      "1 Jan ",
    ]
    for (const part of parts) {
      for (const around of ["", "item", "title", "author", "pubDate", "media:keywords", "description"]) {
        const inside = part.repeat(length / part.length)
        const document = rss(around === "" ? inside : `<item><${around}>${inside}</${around}></item>`)
        const reading = read(document, { tags: 100_000, articles: 100_000 })
        expect(Object.keys(reading), `${part} in ${around}`).toHaveLength(1)
      }
    }
  })
})
