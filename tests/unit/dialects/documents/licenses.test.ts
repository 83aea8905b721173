/** Tests which licences of documents are read, and that entries without one have that of their document. */
import { describe, expect, test } from "vitest"
import { readJsonFeed } from "../../../../src/dialects/documents/json-feed.ts"
import { readXmlDocument } from "../../../../src/dialects/documents/xml-document.ts"
import { fitDraft } from "../../../../src/dialects/fit-draft.ts"
import { checkDraft } from "../../../../src/dialects/item-schema.ts"
import type { ParseResult } from "../../../../src/dialects/message.ts"
import { UNSPECIFIED_LICENSE } from "../../../../src/formats/rights.ts"
import { versionOf } from "../../../../src/push/ingest/article-version.ts"

const NAMESPACES =
  'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dct="http://purl.org/dc/terms/" ' +
  'xmlns:c="http://backend.userland.com/creativeCommonsRssModule" xmlns:old="http://web.resource.org/cc/" ' +
  'xmlns:new="http://creativecommons.org/ns#" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:media="http://search.yahoo.com/mrss/"'
const BY = "https://creativecommons.org/licenses/by/4.0/"

const licenseIn = (result: ParseResult): string | undefined => detailsIn(result).license
function detailsIn(result: ParseResult) {
  if ("problem" in result) throw new Error(result.problem.detail)
  const { item, errors } = checkDraft(fitDraft(result.drafts[0] as (typeof result.drafts)[number], 0))
  if (item === undefined) throw new Error(JSON.stringify(errors))
  return versionOf(item, { publisherLanguage: null, wireLanguage: "en" }).details
}
const xml = <T>(text: string, member: (result: ParseResult) => T) =>
  member(readXmlDocument(new TextEncoder().encode(text), undefined, { address: "https://p.example/feed" }))
const rssWith = <T>(member: (result: ParseResult) => T, item: string, channel = "") =>
  xml(
    `<rss version="2.0" ${NAMESPACES}><channel><title>t</title>${channel}<item><guid>1</guid><title>a</title>${item}</item></channel></rss>`,
    member,
  )
const atomWith = <T>(member: (result: ParseResult) => T, entry: string, feed = "") =>
  xml(
    `<feed xmlns="http://www.w3.org/2005/Atom" ${NAMESPACES}><id>f</id>${feed}<entry><id>1</id><title>a</title>${entry}</entry></feed>`,
    member,
  )
const rss = (item: string, channel?: string) => rssWith(licenseIn, item, channel)
const atom = (entry: string, feed?: string) => atomWith(licenseIn, entry, feed)
const json = (extension: object) =>
  licenseIn(
    readJsonFeed({
      version: "https://jsonfeed.org/version/1.1",
      home_page_url: "https://p.example/",
      items: [{ id: "1", title: "a", content_text: "a", _feedwire: extension }],
    }),
  )

test.each<[string, string, string | undefined]>([
  ["creativeCommons:license", `<c:license>${BY}</c:license>`, BY],
  ["cc:license with rdf:resource", `<old:license rdf:resource="${BY}"/>`, BY],
  ["cc:license as text", `<new:license> ${BY} </new:license>`, BY],
  ["dcterms:license", `<dct:license>${BY}</dct:license>`, BY],
  ["dc:rights that is an address", `<dc:rights>${BY}</dc:rights>`, BY],
  ["dc:rights with words", `<dc:rights>See ${BY}</dc:rights>`, undefined],
  ["the licence of a picture", `<media:license href="${BY}">CC</media:license>`, undefined],
  ["an address of another scheme", "<c:license>javascript:alert(1)</c:license>", undefined],
  ["two, of which the first has no address", `<c:license>CC BY</c:license><dc:rights>${BY}</dc:rights>`, BY],
])("%s", (_, element, license) => {
  expect([rss(element), atom(element)]).toEqual([license, license])
})

describe("a link", () => {
  test("rel=license is a licence, also a relative one", () => {
    expect(rss(`<atom:link rel="license" href="${BY}"/>`)).toBe(BY)
    expect(atom(`<link rel="license" href="/terms"/>`)).toBe("https://p.example/terms")
  })

  test("to the terms of RSL is the licence of the site of the document, and not of the article", () => {
    expect(
      atom('<link rel="license" type="application/rsl+xml" href="https://p.example/license.xml"/>'),
    ).toBeUndefined()
  })
})

test("an entry has the licence of its document, unless it states its own or none", () => {
  const feed = `<link rel="license" href="${BY}"/>`
  expect([atom("", feed), rss("", `<c:license>${BY}</c:license>`)]).toEqual([BY, BY])
  expect(rss("", `<copyright>${BY}</copyright>`)).toBe(BY)
  expect(atom('<link rel="license" href="https://p.example/own"/>', feed)).toBe("https://p.example/own")
  expect(atom(`<link rel="license" href="${UNSPECIFIED_LICENSE}"/>`, feed)).toBe(UNSPECIFIED_LICENSE)
  expect(rss(`<atom:link rel="license" href="${UNSPECIFIED_LICENSE}"/>`, `<c:license>${BY}</c:license>`)).toBe(
    UNSPECIFIED_LICENSE,
  )
  expect(json({ license: UNSPECIFIED_LICENSE })).toBe(UNSPECIFIED_LICENSE)
})

describe("the address of a licence is not also the notice", () => {
  const OWN = "https://p.example/own"
  const rightsIn = (result: ParseResult) => {
    const { license, rights } = detailsIn(result)
    return [license, rights]
  }
  test.each<[item: string, channel: string, license: string | undefined, notice: string | undefined]>([
    [`<c:license>${OWN}</c:license>`, `<copyright>${BY}</copyright>`, OWN, undefined],
    ["", `<copyright> ${BY} </copyright>`, BY, undefined],
    ["", `<copyright>${BY}</copyright><dc:rights>© P</dc:rights>`, BY, "© P"],
    [`<c:license>${OWN}</c:license>`, `<dc:rights>${BY}</dc:rights>`, OWN, undefined],
    [`<dc:rights>${OWN}</dc:rights>`, "<copyright>© P</copyright>", OWN, "© P"],
    [`<dc:rights>© A</dc:rights>`, `<copyright>${BY}</copyright>`, BY, "© A"],
    [`<dc:rights>See ${BY}</dc:rights>`, "", undefined, `See ${BY}`],
  ])("of RSS: %s in %s", (item, channel, ...expected) => {
    expect(rssWith(rightsIn, item, channel)).toEqual(expected)
  })

  test.each<[entry: string, feed: string, license: string | undefined, notice: string | undefined]>([
    [`<link rel="license" href="${OWN}"/>`, `<rights>${BY}</rights>`, OWN, undefined],
    [`<rights>${OWN}</rights>`, "<rights>© P</rights>", OWN, "© P"],
    [`<rights>${OWN}</rights><dc:rights>© A</dc:rights>`, "<rights>© P</rights>", OWN, "© A"],
    ["<rights>© A</rights>", `<rights>${BY}</rights>`, BY, "© A"],
  ])("of Atom: %s in %s", (entry, feed, ...expected) => {
    expect(atomWith(rightsIn, entry, feed)).toEqual(expected)
  })
})

test("a JSON Feed states it as _feedwire.license, or as our own feeds do", () => {
  expect(json({ license: BY })).toBe(BY)
  expect(json({ license: "/terms" })).toBe("https://p.example/terms")
  expect(json({ rights: { notice: "© P", license: BY, ai_training: "prohibited" } })).toBe(BY)
  expect(json({ license: `https://p.example/${"a".repeat(3000)}` })).toBeUndefined()
})
