import { describe, expect, it } from "vitest"
import { readXmlDocument } from "../../../../src/dialects/documents/xml-document.ts"

const ATOM = "http://www.w3.org/2005/Atom"
const RSS_1 = "http://purl.org/rss/1.0/"
const RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
const DC = "http://purl.org/dc/elements/1.1/"
const MEDIA = "http://search.yahoo.com/mrss/"
const CONTENT = "http://purl.org/rss/1.0/modules/content/"

function read(document: string) {
  const reading = readXmlDocument(new TextEncoder().encode(document), undefined)
  if ("problem" in reading) return reading.problem.detail
  return reading.drafts.map(({ value }) => value as Record<string, unknown>)
}

/** The item that each of these documents has. */
const ITEM = { id: "urn:1", url: "https://a.example/1", title: "One" }
const INSIDE_ATOM = (p: string) =>
  `<${p}id>urn:1</${p}id><${p}link href="https://a.example/1"/><${p}title>One</${p}title>`
const INSIDE_RSS = (p: string) =>
  `<${p}guid>urn:1</${p}guid><${p}link>https://a.example/1</${p}link><${p}title>One</${p}title>`
const INSIDE_RSS_1 = (p: string) => `<${p}link>https://a.example/1</${p}link><${p}title>One</${p}title>`
const rss = (inside: string, root = "") =>
  `<rss version="2.0" ${root}><channel><title>t</title>${inside}</channel></rss>`

describe("entries are read under every prefix of their namespace", () => {
  const documents: [name: string, document: string][] = [
    [
      "a prefix for the entries only",
      `<feed xmlns="${ATOM}" xmlns:atom="${ATOM}"><atom:entry>${INSIDE_ATOM("atom:")}</atom:entry></feed>`,
    ],
    [
      "a prefix for the feed only",
      `<a:feed xmlns:a="${ATOM}" xmlns="${ATOM}"><entry>${INSIDE_ATOM("")}</entry></a:feed>`,
    ],
    ["two prefixes", `<a:feed xmlns:a="${ATOM}" xmlns:b="${ATOM}"><b:entry>${INSIDE_ATOM("a:")}</b:entry></a:feed>`],
    [
      "a prefix declared at the entry",
      `<feed xmlns="${ATOM}"><x:entry xmlns:x="${ATOM}">${INSIDE_ATOM("x:")}</x:entry></feed>`,
    ],
    [
      "a default declared at the entry",
      `<a:feed xmlns:a="${ATOM}"><entry xmlns="${ATOM}">${INSIDE_ATOM("")}</entry></a:feed>`,
    ],
    [
      "a feed without a namespace",
      `<feed><atom:entry xmlns:atom="${ATOM}">${INSIDE_ATOM("atom:")}</atom:entry></feed>`,
    ],
    [
      "the prefix of another vocabulary",
      `<dc:feed xmlns:dc="${ATOM}"><dc:entry>${INSIDE_ATOM("dc:")}</dc:entry></dc:feed>`,
    ],
    [
      "a prefix that changes its meaning",
      `<a:feed xmlns:a="${ATOM}"><a:entry><m:x xmlns:m="urn:m" xmlns:a="urn:a"><a:title>no</a:title></m:x>${INSIDE_ATOM("a:")}</a:entry></a:feed>`,
    ],
    [
      "a namespace with https and a slash",
      `<f:feed xmlns:f="https://www.w3.org/2005/Atom/"><f:entry>${INSIDE_ATOM("f:")}</f:entry></f:feed>`,
    ],
    [
      "Atom 0.3",
      `<feed xmlns="http://purl.org/atom/ns#" xmlns:o="http://purl.org/atom/ns#"><o:entry>${INSIDE_ATOM("o:")}</o:entry></feed>`,
    ],
    ["an undeclared prefix", `<atom:feed><atom:entry>${INSIDE_ATOM("atom:")}</atom:entry></atom:feed>`],
    ["a single entry", `<a:entry xmlns:a="${ATOM}">${INSIDE_ATOM("a:")}</a:entry>`],
    ["RSS", rss(`<item>${INSIDE_RSS("")}</item>`)],
    ["RSS in a namespace", rss(`<item>${INSIDE_RSS("")}</item>`, 'xmlns="http://backend.userland.com/rss2"')],
    ["RSS in an unknown namespace", rss(`<item>${INSIDE_RSS("")}</item>`, 'xmlns="urn:x"')],
    ["RSS in the namespace of Atom", rss(`<item>${INSIDE_RSS("")}</item>`, `xmlns="${ATOM}"`)],
    [
      "RSS with prefixes",
      `<r:rss version="2.0" xmlns:r="http://backend.userland.com/rss2"><r:channel><r:item>${INSIDE_RSS("r:")}</r:item></r:channel></r:rss>`,
    ],
    [
      "an item with a prefix of the root's namespace",
      rss(`<a:item>${INSIDE_RSS("a:")}</a:item>`, 'xmlns="urn:x" xmlns:a="urn:x"'),
    ],
    ["an item with RSS 1.0's namespace", rss(`<a:item xmlns:a="${RSS_1}">${INSIDE_RSS("a:")}</a:item>`)],
    ["an item with an empty default", rss(`<item xmlns="">${INSIDE_RSS("")}</item>`, 'xmlns="urn:x"')],
    [
      "a channel with a wrong default",
      `<rss><channel xmlns="${ATOM}"><item xmlns="">${INSIDE_RSS("")}</item></channel></rss>`,
    ],
  ]
  it.each(documents)("%s", (_, document) => expect(read(document)).toEqual([ITEM]))

  const rdf: [name: string, document: string][] = [
    [
      "rss:item",
      `<rdf:RDF xmlns:rdf="${RDF}" xmlns:rss="${RSS_1}"><rss:channel/><rss:item rdf:about="urn:1">${INSIDE_RSS_1("rss:")}</rss:item></rdf:RDF>`,
    ],
    [
      "RDF without a prefix",
      `<RDF xmlns="${RDF}" xmlns:s="${RSS_1}"><s:channel/><s:item about="urn:1">${INSIDE_RSS_1("s:")}</s:item></RDF>`,
    ],
    [
      "another prefix for RDF",
      `<r:RDF xmlns:r="${RDF}" xmlns="${RSS_1}"><channel/><item r:about="urn:1">${INSIDE_RSS_1("")}</item></r:RDF>`,
    ],
    [
      "a default at each element",
      `<r:RDF xmlns:r="${RDF}"><channel xmlns="${RSS_1}"/><item xmlns="${RSS_1}" r:about="urn:1">${INSIDE_RSS_1("")}</item></r:RDF>`,
    ],
    [
      "RSS 0.90",
      `<r:RDF xmlns:r="${RDF}" xmlns:n="http://my.netscape.com/rdf/simple/0.9/"><n:channel/><n:item r:about="urn:1">${INSIDE_RSS_1("n:")}</n:item></r:RDF>`,
    ],
    [
      "prefixes that are exchanged",
      `<rss:RDF xmlns:rss="${RDF}" xmlns:rdf="${RSS_1}"><rdf:channel/><rdf:item rss:about='urn:1'>${INSIDE_RSS_1("rdf:")}</rdf:item></rss:RDF>`,
    ],
  ]
  it.each(rdf)("%s in RSS 1.0", (_, document) => expect(read(document)).toEqual([ITEM]))
})

describe("elements of other vocabularies are read under every prefix", () => {
  const members: [name: string, inside: string, root: string, member: Record<string, unknown>][] = [
    ["Dublin Core", "<d:creator>Ada</d:creator>", `xmlns:d="${DC}"`, { authors: [{ name: "Ada" }] }],
    ["a default namespace", `<creator xmlns="${DC}">Ada</creator>`, "", { authors: [{ name: "Ada" }] }],
    ["content", `<c:encoded xmlns:c="${CONTENT}">&lt;p&gt;x&lt;/p&gt;</c:encoded>`, "", { content_html: "<p>x</p>" }],
    [
      "Media RSS",
      `<content xmlns="${MEDIA}" url="https://a.example/p.jpg" medium="image"/>`,
      "",
      { image: "https://a.example/p.jpg" },
    ],
    [
      "exchanged prefixes",
      '<dc:content url="https://a.example/p.jpg" medium="image"/>',
      `xmlns:dc="${MEDIA}" xmlns:media="${DC}"`,
      { image: "https://a.example/p.jpg" },
    ],
    [
      "a prefix that changes",
      `<x:creator xmlns:x="${DC}">Ada</x:creator><x:creator xmlns:x="urn:x">No</x:creator>`,
      "",
      { authors: [{ name: "Ada" }] },
    ],
    ["an undeclared prefix", "<dc:creator>Ada</dc:creator>", "", { authors: [{ name: "Ada" }] }],
    [
      "a misspelt namespace",
      "<dc:creator>Ada</dc:creator>",
      'xmlns:dc="http://purl.org/dc/"',
      { authors: [{ name: "Ada" }] },
    ],
    ["Atom in RSS", `<b:author xmlns:b="${ATOM}"><b:name>Ada</b:name></b:author>`, "", { authors: [{ name: "Ada" }] }],
    [
      "Atom in RSS in the namespace of Atom",
      "<a:author><a:name>Ada</a:name></a:author>",
      `xmlns="${ATOM}" xmlns:a="${ATOM}"`,
      { authors: [{ name: "Ada" }] },
    ],
  ]
  it.each(members)("%s", (_, inside, root, member) => {
    expect(read(rss(`<item>${INSIDE_RSS("")}${inside}</item>`, root))).toEqual([{ ...ITEM, ...member }])
  })

  it("a value of an attribute that looks like a declaration is none", () => {
    const value = `<enclosure url="https://a.example/a.mp3" type="audio/mpeg" title=' xmlns:guid="urn:x" x:y="' x:z="1"/>`
    expect(read(rss(`<item xmlns:q="${DC}">${INSIDE_RSS("")}${value}</item>`))).toEqual([
      { ...ITEM, attachments: [{ url: "https://a.example/a.mp3", mime_type: "audio/mpeg" }] },
    ])
  })
})

describe("a document without entries that can be read says why", () => {
  const documents: [document: string, detail: string][] = [
    [
      "<r:rss><r:channel/></r:rss>",
      "Line 1, column 1: the root element r:rss has the prefix r, which is not declared: write rss without a prefix.",
    ],
    [
      '<r:rss xmlns:r="urn:x"><r:channel/></r:rss>',
      'Line 1, column 1: the root element r:rss is in the namespace "urn:x": write rss without a prefix.',
    ],
    [
      `<x:feed xmlns:x="${RSS_1}"/>`,
      `Line 1, column 1: the root element x:feed is in the namespace "${RSS_1}": write feed without a prefix.`,
    ],
    [rss('<a:item xmlns:a="urn:x"/>'), 'Line 1, column 46: no entry was found: a:item is in the namespace "urn:x".'],
    [
      rss(`<atom:entry xmlns:atom="${ATOM}"/>`),
      `Line 1, column 46: no entry was found: atom:entry is in the namespace "${ATOM}".`,
    ],
    [
      `<feed xmlns="${ATOM}"><r:entry/></feed>`,
      "Line 1, column 43: no entry was found: r:entry has the prefix r, which is not declared.",
    ],
    [`<feed xmlns="${ATOM}"><item/></feed>`, "Line 1, column 43: no entry was found: item is no element of Atom."],
    [rss("<entry/>"), "Line 1, column 46: no entry was found: entry is no element of RSS."],
    ["<rss version='2.0'></rss>", "The document has no RSS channel."],
    [`<rdf:RDF xmlns:rdf="${RDF}"><x/></rdf:RDF>`, "The document has no RSS channel."],
    ["<rss><channel/><item><title>x</title></item></rss>", "The first RSS channel of the document is empty."],
  ]
  it.each(documents)("%s", (document, detail) => expect(read(document)).toBe(detail))

  it.each([rss(""), `<feed xmlns="${ATOM}"/>`, `<rdf:RDF xmlns:rdf="${RDF}" xmlns="${RSS_1}"><channel/></rdf:RDF>`])(
    "%s is empty",
    (document) => expect(read(document)).toEqual([]),
  )
})

describe("entries that are not read are named", () => {
  const good = `<item>${INSIDE_RSS("")}</item>`
  const entry = (id: string, prefix = "") =>
    `<${prefix}entry><${prefix}id>${id}</${prefix}id><${prefix}title>t</${prefix}title></${prefix}entry>`
  const feed = (inside: string, attributes = "") => `<feed xmlns="${ATOM}" ${attributes}>${inside}</feed>`
  const cases: [name: string, document: string, warnings: string[]][] = [
    [
      "in another namespace, beside a good item",
      rss(`${good}<a:item xmlns:a="urn:x"/>`),
      ['/rss/channel/a:item[1] was left out: a:item is in the namespace "urn:x"'],
    ],
    [
      "before a good item",
      rss(`<a:item xmlns:a="urn:x"/>${good}`),
      ['/rss/channel/a:item[1] was left out: a:item is in the namespace "urn:x"'],
    ],
    [
      "with a prefix that is not declared",
      rss(`${good}<b:item/>`),
      ["/rss/channel/b:item[1] was left out: b:item has the prefix b, which is not declared"],
    ],
    [
      "an entry of Atom in RSS",
      rss(`${good}<atom:entry xmlns:atom="${ATOM}"><atom:id>1</atom:id></atom:entry>`),
      [`/rss/channel/atom:entry[1] was left out: atom:entry is in the namespace "${ATOM}"`],
    ],
    [
      "in Atom",
      feed(`${entry("1")}${entry("2", "x:")}`, 'xmlns:x="urn:y"'),
      ['/feed/x:entry[1] was left out: x:entry is in the namespace "urn:y"'],
    ],
    [
      "two in Atom, with an item of RSS",
      feed(`${entry("2", "x:")}${entry("1")}${entry("3", "x:")}<item/>`, 'xmlns:x="urn:y"'),
      [
        '/feed/x:entry[1] was left out: x:entry is in the namespace "urn:y"',
        '/feed/x:entry[2] was left out: x:entry is in the namespace "urn:y"',
        "/feed/item[1] was left out: item is no element of Atom",
      ],
    ],
    [
      "many",
      rss(good + '<a:item xmlns:a="urn:x"/>'.repeat(9)),
      [
        ...[1, 2, 3].map((no) => `/rss/channel/a:item[${no}] was left out: a:item is in the namespace "urn:x"`),
        "6 more entries were left out",
      ],
    ],
  ]
  it.each(cases)("%s", (_, document, warnings) => {
    const reading = readXmlDocument(new TextEncoder().encode(document), undefined)
    const drafts = "drafts" in reading ? reading.drafts : []
    expect(drafts.map((draft) => draft.warnings)).toEqual([warnings])
  })

  it.each([
    ["the second has items", rss(good), `<channel><title>2</title>${good}</channel>`, [undefined, true]],
    [
      "both have items, and a third too",
      rss(good),
      `<channel>${good}</channel><channel>${good}</channel>`,
      [undefined, true, true],
    ],
    [
      "the first has only a title",
      "<rss><channel><title>a</title></channel></rss>",
      `<channel>${good}${good}</channel>`,
      [true, true],
    ],
    ["the second is empty", rss(good), "<channel/>", [undefined]],
    ["the first has two items", rss(good + good), `<channel>${good}</channel>`, [undefined, undefined, true]],
  ])("an item of a second channel is refused with the reason: %s", (_, first, second, refused) => {
    const document = first.replace("</rss>", `${second}</rss>`)
    const reading = readXmlDocument(new TextEncoder().encode(document), undefined)
    const refusals = "drafts" in reading ? reading.drafts.map(({ refusal }) => refusal) : reading.problem
    const refusal = "is in a second channel: send each channel as a document of its own"
    expect(refusals).toEqual(refused.map((each) => each && refusal))
  })
})
