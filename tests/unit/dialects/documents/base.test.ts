/** The bases of relative addresses: `xml:base`, the address of the document, and the links of the feed. */
import { describe, expect, it } from "vitest"
import { readJsonFeed } from "../../../../src/dialects/documents/json-feed.ts"
import { readXmlDocument } from "../../../../src/dialects/documents/xml-document.ts"
import { fitDraft } from "../../../../src/dialects/fit-draft.ts"
import { checkDraft } from "../../../../src/dialects/item-schema.ts"
import type { ParseResult } from "../../../../src/dialects/message.ts"
import { versionOf } from "../../../../src/push/ingest/article-version.ts"

const NAMESPACES =
  'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom" ' +
  'xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'

/** Returns the article that the wire would store, and the warnings. */
function stored(result: ParseResult) {
  if ("problem" in result) throw new Error(result.problem.detail)
  const [draft] = result.drafts
  if (draft === undefined) throw new Error("no article")
  const { item, base, warnings, errors } = checkDraft(fitDraft(draft, 0))
  if (item === undefined) throw new Error(JSON.stringify(errors))
  const version = versionOf(item, { base, publisherLanguage: "en", wireLanguage: "en" })
  return { ...version, ...version.details, item, warnings }
}
const xml = (document: string, address?: string) =>
  stored(readXmlDocument(new TextEncoder().encode(document), undefined, { address }))
const atom = (entry: string, { feed = "", attributes = "", on = "", address = undefined as string | undefined } = {}) =>
  xml(
    `<feed xmlns="http://www.w3.org/2005/Atom" ${NAMESPACES} ${attributes}><id>f</id>${feed}<entry ${on}><id>1</id>${entry}</entry></feed>`,
    address,
  )
const rss = (
  item: string,
  { channel = "", root = "", on = "", at = "", address = undefined as string | undefined } = {},
) =>
  xml(
    `<rss version="2.0" ${NAMESPACES} ${root}><channel ${at}><title>t</title>${channel}<item ${on}><guid isPermaLink="false">1</guid>${item}</item></channel></rss>`,
    address,
  )
const json = (item: object, feed: object = {}, address?: string) =>
  stored(
    readJsonFeed({ version: "https://jsonfeed.org/version/1.1", items: [{ id: "1", ...item }], ...feed }, undefined, {
      address,
    }),
  )

const LINK = `&lt;a href="x">a&lt;/a>`
const linkTo = (address: string) => `<a href="${address}" rel="noopener">a</a>`

describe("xml:base", () => {
  const html = (attributes = "") => `<content type="html" ${attributes}>${LINK}</content>`
  const xhtml = (inside: string, attributes = "", div = "") =>
    `<content type="xhtml" ${attributes}><div xmlns="http://www.w3.org/1999/xhtml" ${div}>${inside}</div></content>`
  const A = `<a href="x">a</a>`
  const cases: [name: string, article: () => { html: string }, address: string][] = [
    ["of content", () => atom(html('xml:base="https://c.example/d/"')), "https://c.example/d/x"],
    ["of the entry", () => atom(html(), { on: 'xml:base="https://e.example/d/"' }), "https://e.example/d/x"],
    ["of the feed", () => atom(html(), { attributes: 'xml:base="https://f.example/d/"' }), "https://f.example/d/x"],
    [
      "nested, each relative to the outer one",
      () => atom(html(`xml:base="c/"`), { attributes: 'xml:base="https://f.example/"', on: 'xml:base="e/"' }),
      "https://f.example/e/c/x",
    ],
    [
      "nested with ../",
      () => atom(html(`xml:base="../c/"`), { attributes: 'xml:base="https://f.example/a/b/"' }),
      "https://f.example/a/c/x",
    ],
    [
      "nested without a scheme",
      () => atom(html(`xml:base="//c.example/d/"`), { attributes: 'xml:base="http://f.example/"' }),
      "http://c.example/d/x",
    ],
    ["around XHTML", () => atom(xhtml(A, "", 'xml:base="https://d.example/e/"')), "https://d.example/e/x"],
    [
      "around XHTML that is directed",
      () => atom(xhtml(A, 'xml:base="https://c.example/"', 'xml:base="d/" dir="rtl"')),
      "https://c.example/d/x",
    ],
    [
      "of content and around XHTML",
      () => atom(xhtml(A, 'xml:base="https://c.example/"', 'xml:base="d/"')),
      "https://c.example/d/x",
    ],
    [
      "inside XHTML",
      () => atom(xhtml(`<p xml:base="p/"><b xml:base="b/">${A}</b></p>`, 'xml:base="https://c.example/"')),
      "https://c.example/p/b/x",
    ],
    [
      "before the article's own address",
      () => atom(`<link href="https://a.example/n/1"/>${html()}`, { attributes: 'xml:base="https://f.example/"' }),
      "https://f.example/x",
    ],
    [
      "of RSS",
      () => rss(`<description>${LINK}</description>`, { root: 'xml:base="https://r.example/"' }),
      "https://r.example/x",
    ],
    [
      "of a channel",
      () => rss(`<description>${LINK}</description>`, { at: 'xml:base="https://c.example/"' }),
      "https://c.example/x",
    ],
    [
      "of an item",
      () => rss(`<description>${LINK}</description>`, { on: 'xml:base="https://i.example/"' }),
      "https://i.example/x",
    ],
    [
      "of a description",
      () => rss(`<description xml:base="https://d.example/">${LINK}</description>`),
      "https://d.example/x",
    ],
    [
      "of the full text",
      () =>
        rss(
          `<description xml:base="https://d.example/">b</description><content:encoded xml:base="https://e.example/">${LINK}</content:encoded>`,
        ),
      "https://e.example/x",
    ],
    [
      "of another element",
      () =>
        rss(
          `<media:description xml:base="https://d.example/">b</media:description><description>${LINK}</description>`,
          { on: 'xml:base="https://i.example/"' },
        ),
      "https://i.example/x",
    ],
    [
      "that is empty",
      () => atom(html(`xml:base=""`), { attributes: 'xml:base="https://f.example/a/"' }),
      "https://f.example/a/x",
    ],
  ]
  it.each(cases)("%s", (_, article, address) => {
    expect(article().html).toContain(linkTo(address))
  })

  it.each([
    ["another scheme", "ftp://x.example/"],
    ["a script", "javascript:1"],
    ["a name", "urn:a:b"],
    ["a host that is invalid", "https://x y/"],
    ["credentials", "https://u:p@x.example/"],
    ["an address that is too long", `https://x.example/${"a".repeat(3000)}/`],
  ])("with %s is ignored with a warning", (_, base) => {
    const {
      html: body,
      url,
      warnings,
    } = atom(`<link href="n/1"/>${html(`xml:base="${base}"`)}`, {
      attributes: 'xml:base="https://f.example/"',
    })
    expect([body, url]).toEqual([linkTo("https://f.example/x"), "https://f.example/n/1"])
    expect(warnings).toContainEqual(
      expect.stringMatching(/^xml:base ".*" was ignored: it leads to no http or https address$/),
    )
  })

  it("inside XHTML is ignored with a warning too", () => {
    const { html, warnings } = atom(xhtml(`<p xml:base="ftp://p.example/">${A}</p>`, 'xml:base="https://c.example/"'))
    expect(html).toContain(linkTo("https://c.example/x"))
    expect(warnings).toEqual(['xml:base "ftp://p.example/" was ignored: it leads to no http or https address'])
  })

  it("is resolved once for all entries", () => {
    const entries = Array.from({ length: 100 }, (_, at) => `<entry><id>${at}</id><link href="${at}"/></entry>`).join("")
    const long = `https://x.example/${"a".repeat(60_000)}/`
    const document = `<feed xmlns="http://www.w3.org/2005/Atom" xml:base="${long}">${entries}</feed>`
    const result = readXmlDocument(new TextEncoder().encode(document), undefined, { address: "https://a.example/f" })
    if ("problem" in result) throw new Error(result.problem.detail)
    expect(result.drafts.map(({ value }) => (value as { url: string }).url)[99]).toBe("https://a.example/99")
    expect(JSON.stringify(result.drafts).length).toBeLessThan(40_000)
  })
})

describe("without xml:base", () => {
  const description = `<description>${LINK}</description>`
  const ADDRESS = "https://a.example/feeds/f.xml"
  it.each<[string, () => { html: string; url?: string | undefined }, string | undefined, string]>([
    [
      "the article's own address",
      () => rss(`<link>https://a.example/n/1</link>${description}`, { address: ADDRESS }),
      "https://a.example/n/1",
      "https://a.example/n/x",
    ],
    [
      "the address of the document",
      () => rss(`<link>n/1</link>${description}`, { address: ADDRESS }),
      "https://a.example/feeds/n/1",
      "https://a.example/feeds/n/x",
    ],
    [
      "the address of the document, before the channel's link",
      () => rss(description, { channel: "<link>https://c.example/</link>", address: ADDRESS }),
      undefined,
      "https://a.example/feeds/x",
    ],
    [
      "the channel's link",
      () => rss(`<link>/n/1</link>${description}`, { channel: "<link>https://c.example/b/</link>" }),
      "https://c.example/n/1",
      "https://c.example/n/x",
    ],
    [
      "the page of an Atom feed",
      () =>
        atom(`<content type="html">${LINK}</content>`, {
          feed: `<link rel="self" href="https://s.example/f"/><link href="https://p.example/d/"/>`,
        }),
      undefined,
      "https://p.example/d/x",
    ],
    [
      "the address of an Atom feed",
      () => atom(`<content type="html">${LINK}</content>`, { feed: `<link rel="self" href="https://s.example/d/f"/>` }),
      undefined,
      "https://s.example/d/x",
    ],
    [
      "the address of a fetched Atom feed",
      () =>
        atom(`<content type="html">${LINK}</content>`, { feed: `<link href="https://p.example/"/>`, address: ADDRESS }),
      undefined,
      "https://a.example/feeds/x",
    ],
    [
      "the home page of a JSON Feed",
      () =>
        json(
          { url: "n/1", content_html: '<a href="x">a</a>' },
          { home_page_url: "https://h.example/d/", feed_url: "https://f.example/" },
        ),
      "https://h.example/d/n/1",
      "https://h.example/d/n/x",
    ],
    [
      "its feed_url",
      () => json({ content_html: '<a href="x">a</a>' }, { feed_url: "https://f.example/d/feed.json" }),
      undefined,
      "https://f.example/d/x",
    ],
    [
      "a home page relative to the feed",
      () =>
        json(
          { content_html: '<a href="x">a</a>' },
          { home_page_url: "../", feed_url: "https://f.example/d/e/feed.json" },
        ),
      undefined,
      "https://f.example/d/x",
    ],
    [
      "a home page that is no address",
      () => json({ content_html: '<a href="x">a</a>' }, { home_page_url: 5, feed_url: "https://f.example/" }),
      undefined,
      "https://f.example/x",
    ],
    [
      "the address of a fetched JSON Feed",
      () => json({ content_html: '<a href="x">a</a>' }, {}, ADDRESS),
      undefined,
      "https://a.example/feeds/x",
    ],
  ])("%s is the base", (_, article, url, address) => {
    expect(article()).toMatchObject({ html: expect.stringContaining(linkTo(address)) })
    expect(article().url).toBe(url)
  })

  it.each([
    ["//b.example/x", "https://b.example/x"],
    ["?p=2", "https://f.example/d/e?p=2"],
    ["../x", "https://f.example/x"],
    ["../../../x", "https://f.example/x"],
    ["/x", "https://f.example/x"],
    ["./x?a=1#b", "https://f.example/d/x?a=1#b"],
    [" x ", "https://f.example/d/x"],
    ["mailto:a@b.example", "mailto:a@b.example"],
    ["#note", "https://a.example/n/1#note"],
  ])("%j leads to %s", (address, expected) => {
    const content = `<content type="html">&lt;a href="${address}">a&lt;/a></content>`
    const { html } = atom(`<link href="https://a.example/n/1"/>${content}`, { on: 'xml:base="https://f.example/d/e"' })
    expect(html).toBe(linkTo(expected))
  })

  it.each(["#note", ""])("%j leads to no other page", (address) => {
    const content = `<content type="html">&lt;a href="${address}">a&lt;/a></content>`
    const { html, warnings } = atom(content, { on: 'xml:base="https://f.example/d/e"' })
    expect([html, warnings.join()]).toEqual(["<a>a</a>", expect.not.stringContaining("relative")])
  })
})

describe("every kind of address is resolved", () => {
  const BASE = 'xml:base="https://f.example/d/"'
  it("in a body", () => {
    const body = `<img src=a.jpg srcset="b.jpg 2x, https://s.example/c.jpg 3x"><video src=v.mp4 poster=p.jpg></video><q cite=q>a</q><iframe src=f></iframe><img data-src=l.jpg>`
    const { html, image } = rss(`<description><![CDATA[${body}]]></description>`, { on: BASE })
    for (const name of ["a.jpg", "b.jpg 2x", "v.mp4", "p.jpg", "q", "f", "l.jpg"])
      expect(html).toContain(`https://f.example/d/${name}`)
    expect(image).toEqual({ url: "https://f.example/d/a.jpg", derived: true })
  })

  it("in elements of RSS and Atom", () => {
    const media = `<media:content url="a.jpg"/><itunes:image href="c.jpg"/>`
    const links = (prefix: string) =>
      `<${prefix}link rel="related" href="r" title="R"/><${prefix}link rel="via" href="v" title="V"/>` +
      `<${prefix}link rel="enclosure" href="b.mp3" length="5" type="audio/mpeg"/>` +
      `<${prefix}author><${prefix}name>N</${prefix}name><${prefix}uri>../n</${prefix}uri></${prefix}author>`
    for (const article of [rss(media + links("atom:"), { on: BASE }), atom(media + links(""), { on: BASE })]) {
      expect(article).toMatchObject({
        image: { url: "https://f.example/d/a.jpg" },
        enclosures: [{ url: "https://f.example/d/b.mp3" }],
        related: [{ url: "https://f.example/d/r" }],
        attribution: { url: "https://f.example/d/v" },
        authors: [{ name: "N", url: "https://f.example/n" }],
        warnings: [],
      })
    }
    expect(
      rss(`<enclosure url="e.mp3" type="audio/mpeg" length="5"/><media:thumbnail url="t.jpg"/>`, { on: BASE }),
    ).toMatchObject({
      enclosures: [{ url: "https://f.example/d/e.mp3" }],
      image: { url: "https://f.example/d/t.jpg" },
    })
    expect(rss(`<itunes:image href="c.jpg"/><title>a</title>`, { on: BASE }).image).toEqual({
      url: "https://f.example/d/c.jpg",
    })
    const feed = `<author><name>F</name><uri>/f</uri></author>`
    expect(atom("<title>a</title>", { feed, attributes: BASE }).authors).toEqual([
      { name: "F", url: "https://f.example/f" },
    ])
  })

  it("in an element with its own base", () => {
    const LINK_BASE = `xml:base='https://l.example/?a&amp;b'`
    const links = (prefix: string) =>
      `<${prefix}link rel="related" href="r?a=&quot;&amp;b" title="R" ${LINK_BASE}/><${prefix}link ${LINK_BASE} rel="enclosure" href='b.mp3' length="5" type="audio/mpeg"/>`
    for (const article of [rss(`<title>a</title>${links("atom:")}`), atom(`<title>a</title>${links("")}`)]) {
      expect(article).toMatchObject({
        related: [{ url: "https://l.example/r?a=%22&b" }],
        enclosures: [{ url: "https://l.example/b.mp3" }],
      })
    }
    expect(rss(`<title>a</title><enclosure ${LINK_BASE} url="e.mp3" type="audio/mpeg" length="5"/>`)).toMatchObject({
      enclosures: [{ url: "https://l.example/e.mp3" }],
    })
    expect(atom(`<link xml:base="d/" href="n"/><title>a</title>`, { on: BASE }).url).toBe("https://f.example/d/d/n")
    const group = `<media:group ${LINK_BASE}><media:content url="a.jpg"/></media:group>`
    expect(rss(`<title>a</title>${group}`, { on: BASE }).image).toEqual({ url: "https://l.example/a.jpg" })
  })

  describe("in an element with a relative base, and none around it but that of the document", () => {
    const TITLE = "<title>a</title>"
    const group = (base: string, url: string) =>
      `${TITLE}<media:group xml:base="${base}"><media:content url="${url}"/></media:group>`
    it.each([
      ["g/", "a.jpg", "https://f.example/d/g/a.jpg"],
      ["/g/h", "../a.jpg", "https://f.example/a.jpg"],
      ["..", "a.jpg", "https://f.example/a.jpg"],
      ["g/c.jpg?q#f", "?b", "https://f.example/d/g/c.jpg?b"],
      ["//g.example", "a.jpg", "https://g.example/a.jpg"],
      ["g/", "/a.jpg", "https://f.example/a.jpg"],
      ["g/", "//h.example/a&amp;b.jpg", "https://h.example/a&b.jpg"],
      ["ftp://g.example/", "a.jpg", "https://f.example/d/a.jpg"],
    ])("xml:base=%j and url=%j", (base, url, expected) => {
      const address = "https://f.example/d/feed"
      const channel = "<link>https://f.example/d/</link>"
      const self = '<atom:link rel="self" href="https://f.example/d/feed"/>'
      expect(atom(group(base, url), { address }).image).toEqual({ url: expected })
      expect(atom(group(base, url), { feed: self.replace("atom:", "") }).image).toEqual({ url: expected })
      expect(rss(group(base, url), { address }).image).toEqual({ url: expected })
      expect(rss(group(base, url), { channel }).image).toEqual({ url: expected })
      expect(rss(group(base, url), { channel: self }).image).toEqual({ url: expected })
    })

    it("in two of them, and in links", () => {
      const channel = "<link>https://f.example/</link>"
      const links = `<enclosure xml:base="e/" url="a.mp3" type="audio/mpeg"/><atom:link rel="related" xml:base="r/" href="r"/><link xml:base="l/">1?a&amp;b</link>`
      expect(rss(TITLE + links, { channel })).toMatchObject({
        url: "https://f.example/l/1?a&b",
        enclosures: [{ url: "https://f.example/e/a.mp3" }],
        related: [{ url: "https://f.example/r/r" }],
      })
      const nested = `${TITLE}<media:group xml:base="g/"><media:content xml:base="h/"><media:thumbnail url="a.jpg"/></media:content></media:group>`
      expect(rss(nested, { channel, on: 'xml:base="i/"' }).image).toEqual({ url: "https://f.example/i/g/h/a.jpg" })
      const author = `<author xml:base="p/"><name>N</name><uri xml:base="q/">n</uri></author>`
      expect(atom(TITLE + author, { address: "https://f.example/" }).authors).toEqual([
        { name: "N", url: "https://f.example/p/q/n" },
      ])
      const body = `<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p xml:base="p/"><a href="x">a</a></p></div></content>`
      expect(atom(body, { address: "https://f.example/" }).html).toContain(linkTo("https://f.example/p/x"))
    })
  })

  it.each([
    ['<base href="https://b.example/d/">', "https://b.example/d/x"],
    ['<base href="e/"><base href="https://b.example/">', "https://h.example/e/x"],
    ["<base target=_blank><base href=/e/>", "https://h.example/e/x"],
    ['<template><base href="https://b.example/"></template>', "https://h.example/x"],
    ['<base href="javascript:1">', "https://h.example/x"],
    ['<base href="https://u:p@b.example/">', "https://h.example/x"],
    ["<BASE HREF='//b.example'/>", "https://b.example/x"],
  ])("in a body with %s", (element, address) => {
    const article = json({ content_html: `${element}<a href="x">a</a>`, url: "https://h.example/1" })
    expect(article.html).toContain(linkTo(address))
  })

  it("of a permanent guid", () => {
    const item = (attribute: string) =>
      xml(
        `<rss version="2.0"><channel><link>https://c.example/</link><item><guid${attribute}>/n/1</guid><title>a</title></item></channel></rss>`,
      )
    expect([item(' isPermaLink="true"').url, item("").url]).toEqual(["https://c.example/n/1", undefined])
  })

  it("in members of JSON Feed", () => {
    const item = {
      ...{ url: "/u", external_url: "?e", image: "i.jpg", content_html: '<img src="b.jpg">' },
      authors: [{ name: "N", url: "n", avatar: "//c.example/a.jpg" }],
      attachments: [{ url: "../m.mp3", mime_type: "audio/mpeg" }],
      _feedwire: { related: [{ url: "r" }], attribution: { name: "V", url: "v" } },
    }
    const article = json(item, { home_page_url: "https://h.example/d/" })
    expect(article).toMatchObject({
      url: "https://h.example/u",
      externalUrl: "https://h.example/d/?e",
      image: { url: "https://h.example/d/i.jpg" },
      authors: [{ url: "https://h.example/d/n" }],
      enclosures: [{ url: "https://h.example/m.mp3" }],
      related: [{ url: "https://h.example/d/r" }],
      attribution: { url: "https://h.example/d/v" },
      html: '<img src="https://h.example/b.jpg" />',
      item: { id: "1", authors: [{ avatar: "https://c.example/a.jpg" }] },
    })
    expect(
      json({ title: "a" }, { home_page_url: "https://h.example/", authors: [{ name: "F", url: "/f" }] }).authors,
    ).toEqual([{ name: "F", url: "https://h.example/f" }])
  })
})

describe("without any base there is a warning", () => {
  const BODY = "relative addresses in the body were removed, because the article has no url"
  const left = (name: string, address: string) =>
    `${name} was left out: "${address}" is no absolute http or https address`
  it.each<[string, () => { warnings: string[] }, string]>([
    ["a link in a body", () => rss(`<description>${LINK}</description>`), BODY],
    ["an image in a body", () => json({ content_html: "<img src='/a.jpg'>" }), BODY],
    ["an image without a scheme", () => json({ content_html: "<img src=//a.example/a.jpg>" }), BODY],
    ["a set of images", () => json({ content_html: `<img srcset="https://a.example/a 1x, b 2x">` }), BODY],
    ["an image that loads late", () => json({ content_html: `<img data-lazy-src="a.jpg">` }), BODY],
    ["a query", () => json({ content_html: `<a href="?a=b">a</a>` }), BODY],
    [
      "an enclosure",
      () => rss(`<title>a</title><enclosure url="/a.mp3" type="audio/mpeg" length="1"/>`),
      left("an enclosure", "/a.mp3"),
    ],
    ["a picture", () => rss(`<title>a</title><media:content url="a.jpg"/>`), left("media:content", "a.jpg")],
    ["a thumbnail", () => rss(`<title>a</title><media:thumbnail url="a.jpg"/>`), left("media:thumbnail", "a.jpg")],
    ["a cover", () => rss(`<title>a</title><itunes:image href="a.jpg"/>`), left("itunes:image", "a.jpg")],
    ["a related link", () => atom(`<title>a</title><link rel="related" href="/a"/>`), left("a related link", "/a")],
    [
      "an author",
      () => atom(`<title>a</title><author><name>N</name><uri>/a</uri></author>`),
      left("an author's address", "/a"),
    ],
    [
      "an article",
      () => rss(`<title>a</title><link>/a</link>`),
      "url was left out: it must be an absolute http or https URL without credentials",
    ],
    [
      "a member of JSON Feed",
      () => json({ title: "a", image: "a.jpg" }),
      "image was left out: it must be an absolute http or https URL without credentials",
    ],
  ])("about %s", (_, article, warning) => {
    expect(article().warnings).toContain(warning)
  })

  it.each([
    `<a href="https://a.example/">a</a>`,
    `<a href="mailto:a@b.example">a</a><a href="#b">b</a>`,
    `<img src="data:image/png;base64,AAAA">`,
    `<img srcset="https://a.example/a 1x, https://a.example/b 2x">`,
    `<p>href=x and src = y</p>`,
    `<img data-src="{width}">`,
  ])("but none about %s", (content_html) => {
    expect(json({ content_html, title: "a" }).warnings).not.toContain(BODY)
  })
})
