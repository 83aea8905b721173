import { describe, expect, it } from "vitest"
import { readJsonFeed } from "../../../../src/dialects/documents/json-feed.ts"
import { readXmlDocument } from "../../../../src/dialects/documents/xml-document.ts"
import { checkDraft } from "../../../../src/dialects/item-schema.ts"
import type { ParseResult } from "../../../../src/dialects/message.ts"
import { versionOf } from "../../../../src/push/ingest/article-version.ts"

const NAMESPACES =
  'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" ' +
  'xmlns:media="http://search.yahoo.com/mrss/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:a="http://www.w3.org/2005/Atom" ' +
  'xmlns:dcterms="http://purl.org/dc/terms/" xmlns:googleplay="http://www.google.com/schemas/play-podcasts/1.0"'

function firstOf(reading: ParseResult): Record<string, unknown> {
  if ("problem" in reading) throw new Error(reading.problem.detail)
  return reading.drafts[0]?.value as Record<string, unknown>
}
const read = (document: string) => firstOf(readXmlDocument(new TextEncoder().encode(document), undefined))
const rss = (item: string, channel = "") =>
  read(
    `<rss version="2.0" ${NAMESPACES}><channel><title>c</title>${channel}<item><guid>1</guid>${item}</item></channel></rss>`,
  )
const atom = (entry: string, feed = "") =>
  read(
    `<feed xmlns="http://www.w3.org/2005/Atom" ${NAMESPACES}><title>c</title>${feed}<entry><id>1</id>${entry}</entry></feed>`,
  )
const textOf = ({ content_html, content_text, summary }: Record<string, unknown>) => ({
  ...(content_html !== undefined && { content_html }),
  ...(content_text !== undefined && { content_text }),
  ...(summary !== undefined && { summary }),
})

const HTML = '<p>One <a href="https://x.example/">two</a>.</p><p>Three.</p>'
const ESCAPED = HTML.replaceAll("<", "&lt;")
const XHTML = `<div xmlns="http://www.w3.org/1999/xhtml">${HTML}</div>`
const LONG = "A text with very many words, of which each is told again. ".repeat(12).trim()

describe("HTML in the summary of an Atom entry is the content, if there is no other", () => {
  it.each([
    [`<summary type="html">${ESCAPED}</summary>`, { content_html: HTML }],
    [`<summary type="xhtml">${XHTML}</summary>`, { content_html: HTML }],
    [`<summary type="text/html">${ESCAPED}</summary>`, { content_html: HTML }],
    [
      `<summary type="html"><![CDATA[<img src="https://x.example/1.jpg">]]></summary>`,
      { content_html: '<img src="https://x.example/1.jpg">' },
    ],
    [`<content/><summary type="html">${ESCAPED}</summary>`, { content_html: HTML }],
    [`<content type="application/xml"><x/></content><summary type="html">${ESCAPED}</summary>`, { content_html: HTML }],
    [
      `<content type="audio/mpeg" src="https://x.example/1.mp3"/><summary type="html">${ESCAPED}</summary>`,
      { content_html: HTML },
    ],
    [
      `<content type="html">&lt;p>Full&lt;/p></content><summary type="html">${ESCAPED}</summary>`,
      { content_html: "<p>Full</p>", summary: "One two. Three." },
    ],
    ['<summary type="html">Fish &amp;amp; chips</summary>', { summary: "Fish & chips" }],
    ["<summary>1 &lt; 2</summary>", { summary: "1 < 2" }],
    [`<summary>${LONG}</summary>`, { summary: LONG }],
  ])("%s", (entry, expected) => {
    expect(textOf(atom(`<title>t</title>${entry}`))).toEqual(expected)
  })
})

describe("the description of media is the text, if there is no other", () => {
  it.each([
    ["<media:description>Words</media:description>", { summary: "Words" }],
    [`<media:description type="html">${ESCAPED}</media:description>`, { content_html: HTML }],
    [`<media:description>${LONG}</media:description>`, { content_text: LONG }],
    ["<media:group><media:description>Words</media:description></media:group>", { summary: "Words" }],
    [
      '<media:content url="https://x.example/1.mp4"><media:description>Words</media:description></media:content>',
      { summary: "Words" },
    ],
    [
      '<media:group><media:content url="https://x.example/1.mp4"><media:description>Words</media:description></media:content></media:group>',
      { summary: "Words" },
    ],
    ['<media:content url="https://x.example/1.jpg"><media:description>Caption</media:description></media:content>', {}],
    ["<description> </description><media:description>Words</media:description>", { summary: "Words" }],
    ["<description>&lt;p>&lt;/p></description><media:description>Words</media:description>", { summary: "Words" }],
    ["<description>t</description><media:description>Words</media:description>", { summary: "Words" }],
    ["<description>Own</description><media:description>Words</media:description>", { summary: "Own" }],
    [
      "<content:encoded>&lt;p>Own&lt;/p></content:encoded><media:description>Words</media:description>",
      { content_html: "<p>Own</p>" },
    ],
  ])("%s", (item, expected) => {
    expect(textOf(rss(`<title>t</title>${item}`))).toEqual(expected)
    const entry = item.replaceAll("description>", "summary>").replaceAll("media:summary>", "media:description>")
    if (!/content:encoded|&lt;p>&lt;/.test(item)) expect(textOf(atom(`<title>t</title>${entry}`))).toEqual(expected)
  })

  it("and its title is the title", () => {
    expect(rss("<media:title>Film</media:title>").title).toBe("Film")
    expect(rss("<media:group><media:title>Film</media:title></media:group>").title).toBe("Film")
    expect(rss("<title>t</title><media:title>Film</media:title>").title).toBe("t")
    expect(atom("<media:group><media:title>Film</media:title></media:group>").title).toBe("Film")
  })
})

describe("a text without anything to see hides no other text", () => {
  it.each([
    "<p></p>",
    "<p>&nbsp;</p>",
    "<p>\u200b</p>",
    "<!-- wp:paragraph --><p><br/></p><!-- /wp:paragraph -->",
    '<div class="a"><span></span><hr></div>',
    "<style>p { color: red }</style><p>&#8203;</p>",
    '<img src="https://a.example/1.gif" width="1" height="1">',
    '<p><a href="https://a.example/"></a></p>',
    "&#160;",
    "<script>1</script>",
  ])("%s", (blank) => {
    const encoded = blank.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    const full = `<content:encoded>${encoded}</content:encoded>`
    expect(textOf(rss(`${full}<description>${ESCAPED}</description>`))).toEqual({ content_html: HTML })
    expect(textOf(rss(`${full}<a:content type="html">${ESCAPED}</a:content>`))).toEqual({ content_html: HTML })
    expect(textOf(rss(`${full}<media:description>Words</media:description>`))).toEqual({ summary: "Words" })
    const content = `<content type="html">${encoded}</content>`
    expect(textOf(atom(`${content}<summary type="html">${ESCAPED}</summary>`))).toEqual({ content_html: HTML })
    expect(textOf(atom(`${content}<summary>Words</summary>`))).toEqual({ summary: "Words" })
  })

  it.each([
    '<img src="/1.jpg">',
    '<iframe src="https://a.example/1"></iframe>',
    "<p>١</p>",
    "<p>👍</p>",
    '<object data="https://a.example/1.mp4"></object>',
    "<math><mi>x</mi></math>",
    `<p>${" ".repeat(20_000)}</p><p>x</p>`,
  ])("but %s is seen", (html) => {
    const encoded = html.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    const { content_html } = rss(`<content:encoded>${encoded}</content:encoded><description>${ESCAPED}</description>`)
    expect(content_html).toBe(html)
  })
})

describe("a description with media that a longer one repeats is written once", () => {
  const media = `<p>Intro <a href="https://x.example/">site</a></p>`
  it.each([
    [
      media,
      "Intro site and then much more, with many other words.",
      `${media}<p>and then much more, with many other words.</p>`,
    ],
    [
      media,
      "Intro\n site. And then:\n\nmuch more, with many other words.",
      `${media}<p>And then:</p>\n<p>much more, with many other words.</p>`,
    ],
    [
      media,
      "Intro (https://x.example/) site: and much more, with many other words.",
      `${media}<p>and much more, with many other words.</p>`,
    ],
    [
      '<p>Intro</p><img src="https://x.example/1.jpg">',
      "First. Intro and then much more.",
      '<img src="https://x.example/1.jpg"><p>First. Intro and then much more.</p>',
    ],
    [
      '<iframe src="https://x.example/1"></iframe>مقدمة',
      "<p>مقدمة ثم نص طويل</p>",
      '<iframe src="https://x.example/1"></iframe><p>مقدمة ثم نص طويل</p>',
    ],
    [media, `${media}<p>And much more.</p>`, `${media}<p>And much more.</p>`],
    [media, "Another text, with very many other words.", `${media}\n<p>Another text, with very many other words.</p>`],
  ])("%s and %s", (description, spoken, content_html) => {
    const encoded = (html: string) => html.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    const item = `<description>${encoded(description)}</description><itunes:summary>${encoded(spoken)}</itunes:summary>`
    expect(textOf(rss(item))).toEqual({ content_html })
  })
})

describe("what is said in a film is the text, if there is no other", () => {
  const text = (words: string, rest = "") => `<media:text ${rest}>${words}</media:text>`
  it.each([
    [text("Words"), { summary: "Words" }],
    [text("One") + text("Two"), { summary: "One Two" }],
    [text("One", 'lang="en"') + text("Eins", 'lang="de"') + text("Two", 'lang="en"'), { summary: "One Two" }],
    [text(ESCAPED, 'type="html"'), { content_html: HTML }],
    [`<media:group>${text("Words")}</media:group>`, { summary: "Words" }],
    [`<media:content url="https://x.example/1.mp4">${text("Words")}</media:content>`, { summary: "Words" }],
    [`${text("Words")}<media:description>Own</media:description>`, { summary: "Own" }],
    [text(" "), {}],
  ])("%s", (item, expected) => {
    expect(textOf(rss(`<title>t</title>${item}`))).toEqual(expected)
    expect(textOf(atom(`<title>t</title>${item}`))).toEqual(expected)
  })
})

describe("the longer description of a podcast is the text", () => {
  it.each([
    [`<itunes:summary>${LONG}</itunes:summary>`, { content_text: LONG }],
    [
      `<description>Short</description><itunes:summary>${LONG}</itunes:summary>`,
      { content_text: LONG, summary: "Short" },
    ],
    [`<description>A text</description><itunes:summary>${LONG}</itunes:summary>`, { content_text: LONG }],
    [
      "<description>Short</description><itunes:summary>Not so short</itunes:summary>",
      { content_text: "Not so short", summary: "Short" },
    ],
    [`<description>t</description><itunes:summary>${LONG}</itunes:summary>`, { content_text: LONG }],
    [
      `<description>Short</description><itunes:summary>${ESCAPED}</itunes:summary>`,
      { content_html: HTML, summary: "Short" },
    ],
    [
      `<description>${ESCAPED}</description><itunes:summary>One two (https://x.example/). Three.</itunes:summary>`,
      { content_html: HTML },
    ],
    [
      `<description>${ESCAPED}</description><itunes:summary>${LONG}\n\n1 &lt; 2</itunes:summary>`,
      { content_html: `${HTML}\n<p>${LONG}</p>\n<p>1 &lt; 2</p>` },
    ],
    [`<description>${LONG}</description><itunes:summary>Short</itunes:summary>`, { content_text: LONG }],
    [`<description>Short</description><itunes:summary>Short</itunes:summary>`, { summary: "Short" }],
    [
      `<description>Short</description><googleplay:description>${LONG}</googleplay:description>`,
      { content_text: LONG, summary: "Short" },
    ],
    ["<itunes:subtitle>Short</itunes:subtitle>", { summary: "Short" }],
    ["<dcterms:abstract>Short</dcterms:abstract>", { summary: "Short" }],
    [
      `<content:encoded>&lt;p>Own&lt;/p></content:encoded><description>Short</description><itunes:summary>${LONG}</itunes:summary>`,
      { content_html: "<p>Own</p>", summary: "Short" },
    ],
  ])("%s", (item, expected) => {
    expect(textOf(rss(`<title>t</title>${item}`))).toEqual(expected)
  })

  it("in Atom too", () => {
    const longer = `<itunes:summary>${LONG}</itunes:summary>`
    expect(textOf(atom(longer))).toEqual({ content_text: LONG })
    expect(textOf(atom(`<summary>Short</summary>${longer}`))).toEqual({ content_text: LONG, summary: "Short" })
    expect(textOf(atom(`<content>Own</content>${longer}`))).toEqual({ content_text: "Own" })
  })
})

const authorsOf = (value: Record<string, unknown>) => {
  const { item, errors } = checkDraft({ pointer: "", raw: "", value: { title: "t", ...value }, deleted: false })
  if (item === undefined) throw new Error(JSON.stringify(errors))
  const { details } = versionOf(item, { publisherLanguage: null, wireLanguage: "en" })
  return details.authors.map(({ name }) => name).join("; ")
}
const native = (members: object) => authorsOf({ id: "1", ...members })
const json = (item: object, feed = {}) =>
  authorsOf(
    firstOf(
      readJsonFeed({ version: "https://jsonfeed.org/version/1.1", ...feed, items: [{ id: "1", title: "t", ...item }] }),
    ),
  )

describe("the authors of an article have names, and no e-mail addresses", () => {
  it.each([
    ["RSS", authorsOf(rss("<author>a@b.example (Mona)</author>")), "Mona"],
    ["RSS, Name <address>", authorsOf(rss("<author>Mona &lt;a@b.example></author>")), "Mona"],
    ["RSS, an address alone", authorsOf(rss("<author>a@b.example</author>")), ""],
    ["RSS, mailto", authorsOf(rss("<author>mailto:a@b.example</author>")), ""],
    ["RSS, two", authorsOf(rss("<author>a@b.example (Mona), c@d.example (Rami)</author>")), "Mona, Rami"],
    ["RSS, three", authorsOf(rss("<author>a@b.c (M); d@e.f (R); g@h.i (Z)</author>")), "M; R; Z"],
    ["RSS, an open bracket", authorsOf(rss("<author>a@b.example (</author>")), ""],
    ["RSS, a link", authorsOf(rss(`<author>&lt;a href="mailto:a@b.example">Mona&lt;/a></author>`)), "Mona"],
    ["RSS, in CDATA", authorsOf(rss("<author><![CDATA[Mona & Co <a@b.example>]]></author>")), "Mona & Co"],
    ["RSS, blanks", authorsOf(rss("<author>a @ b.example (Mona)</author>")), "Mona"],
    ["RSS, an editor", authorsOf(rss("", "<managingEditor>a@b.example (M), c@d.example (R)</managingEditor>")), "M, R"],
    ["the author of a channel", authorsOf(rss("", "<author>a@b.example (Mona)</author>")), "Mona"],
    ["the name of a channel's author", authorsOf(rss("", "<author>Mona Said</author>")), "Mona Said"],
    ["Dublin Core", authorsOf(rss("<dc:creator>Mona (a@b.example)</dc:creator>")), "Mona"],
    [
      "Dublin Core, an address alone",
      authorsOf(rss("<dc:creator>a@b.example</dc:creator><author>c@d.example (Rami)</author>")),
      "Rami",
    ],
    ["iTunes", authorsOf(rss("<itunes:author>Mona, a@b.example</itunes:author>")), "Mona"],
    ["Atom in RSS", authorsOf(rss("<a:author><a:name>Mona a@b.example</a:name></a:author>")), "Mona"],
    ["Atom", authorsOf(atom("<author><name>Mona</name><email>a@b.example</email></author>")), "Mona"],
    ["Atom, a name that is an address", authorsOf(atom("<author><name>a@b.example</name></author>")), ""],
    ["Atom, no name", authorsOf(atom("<author><email>a@b.example</email></author>")), ""],
    ["JSON Feed", json({ authors: [{ name: "Mona <a@b.example>" }, { name: "c@d.example" }] }), "Mona"],
    ["JSON Feed 1.0", json({ author: { name: "a@b.example (Mona)" } }), "Mona"],
    ["our own format", native({ authors: [{ name: "a@b.example" }, { name: "mailto:a@b.example Mona" }] }), "Mona"],
  ])("%s", (_, names, expected) => {
    expect(names).toBe(expected)
  })

  it("and neither has a credit, the name of a source, or a copyright notice", () => {
    const extension = {
      image: { credit: "a@b.example (Mona)", caption: "c" },
      attribution: { name: "Agency <a@b.example>", url: "https://agency.example/" },
      rights: "© 2026 The Paper (desk@paper.example)",
    }
    const { item } = checkDraft({
      ...{ pointer: "", raw: "", deleted: false },
      value: { id: "1", title: "t", image: "https://a.example/1.jpg", _feedwire: extension },
    })
    const { details } = versionOf(item as never, { publisherLanguage: null, wireLanguage: "en" })
    expect(details).toMatchObject({
      image: { credit: "Mona", caption: "c" },
      attribution: { name: "Agency", url: "https://agency.example/" },
      rights: "© 2026 The Paper",
    })
  })
})

describe("an article without authors has those of its feed", () => {
  it.each([
    ["an editor", authorsOf(rss("", "<managingEditor>a@b.example (Mona)</managingEditor>")), "Mona"],
    ["an editor without a name", authorsOf(rss("", "<managingEditor>a@b.example</managingEditor>")), ""],
    [
      "a creator",
      authorsOf(rss("", "<dc:creator>Mona</dc:creator><managingEditor>a@b.example (Rami)</managingEditor>")),
      "Mona",
    ],
    ["Atom in RSS", authorsOf(rss("", "<a:author><a:name>Mona</a:name></a:author>")), "Mona"],
    ["a podcast", authorsOf(rss("", "<itunes:author>Mona</itunes:author>")), "Mona"],
    [
      "a podcast's owner",
      authorsOf(
        rss("", "<itunes:owner><itunes:name>Mona</itunes:name><itunes:email>a@b.example</itunes:email></itunes:owner>"),
      ),
      "Mona",
    ],
    [
      "an owner without a name",
      authorsOf(rss("", "<itunes:owner><itunes:email>a@b.example</itunes:email></itunes:owner>")),
      "",
    ],
    ["Google Play", authorsOf(rss("", "<googleplay:author>Mona</googleplay:author>")), "Mona"],
    ["no webmaster", authorsOf(rss("", "<webMaster>a@b.example (Mona)</webMaster>")), ""],
    [
      "not if it has its own",
      authorsOf(rss("<author>c@d.example (Rami)</author>", "<dc:creator>Mona</dc:creator>")),
      "Rami",
    ],
    [
      "if its own is an address",
      authorsOf(rss("<author>c@d.example</author>", "<dc:creator>Mona</dc:creator>")),
      "Mona",
    ],
    ["Atom", authorsOf(atom("", "<author><name>Mona</name></author>")), "Mona"],
    [
      "Atom, if its own is an address",
      authorsOf(atom("<author><name>a@b.example</name></author>", "<author><name>Mona</name></author>")),
      "Mona",
    ],
    ["a podcast in Atom", authorsOf(atom("", "<itunes:author>Mona</itunes:author>")), "Mona"],
    ["JSON Feed", json({}, { authors: [{ name: "Mona" }] }), "Mona"],
    [
      "JSON Feed, if its own is an address",
      json({ authors: [{ name: "a@b.example" }] }, { authors: [{ name: "Mona" }] }),
      "Mona",
    ],
  ])("%s", (_, names, expected) => {
    expect(names).toBe(expected)
  })
})
