/** Every exported function of the dialects that reads text, with the arguments that contain the text. */

import * as words from "../../../src/dialects/date-words.ts"
import * as dates from "../../../src/dialects/dates.ts"
import { hourOfDay } from "../../../src/dialects/day-parts.ts"
import { atomEntry, inheritedMembersOfAtom } from "../../../src/dialects/documents/atom-entries.ts"
import { secondsOf } from "../../../src/dialects/documents/duration.ts"
import { decodeText } from "../../../src/dialects/documents/encoding.ts"
import { entryText, isBlank, mediaTitle } from "../../../src/dialects/documents/entry-text.ts"
import { isJsonFeed, readJsonFeed } from "../../../src/dialects/documents/json-feed.ts"
import {
  baseOfBody,
  isMarkup,
  removeDirectionWrapper,
  statedLanguage,
  toText,
  withoutDirectionMarks,
  withoutDirectionWrapper,
} from "../../../src/dialects/documents/markup.ts"
import { pictureDetails, picturesIn, picturesOf } from "../../../src/dialects/documents/media-pictures.ts"
import { mediaOf, mediaTags } from "../../../src/dialects/documents/media-rss.ts"
import { inheritedMembersOfRss, rssItem } from "../../../src/dialects/documents/rss-items.ts"
import { baseIn, XmlBase } from "../../../src/dialects/documents/xml-base.ts"
import { readXmlDocument } from "../../../src/dialects/documents/xml-document.ts"
import * as members from "../../../src/dialects/documents/xml-members.ts"
import { namespaceOf, warningsOf, whyForeign, XmlNames } from "../../../src/dialects/documents/xml-names.ts"
import { scanXml } from "../../../src/dialects/documents/xml-scan.ts"
import * as tokens from "../../../src/dialects/documents/xml-tokens.ts"
import { rewrittenContent } from "../../../src/dialects/documents/xml-values.ts"
import { fitDraft } from "../../../src/dialects/fit-draft.ts"
import { readGhost } from "../../../src/dialects/ghost.ts"
import { withMonthAndMinutes } from "../../../src/dialects/iso-dates.ts"
import { checkDraft, validateItem } from "../../../src/dialects/item-schema.ts"
import * as values from "../../../src/dialects/json-values.ts"
import { isMessage, parseMessage } from "../../../src/dialects/native.ts"
import { parseDateText } from "../../../src/dialects/parse-date-text.ts"
import { parseJson } from "../../../src/dialects/parse-json.ts"
import { readPing } from "../../../src/dialects/ping.ts"
import { readMapped } from "../../../src/dialects/read-mapped.ts"
import { mappingOf, schemeOf } from "../../../src/dialects/senders.ts"
import { hasTestFlag, hasTestHeader, isArticleOfTest, isTestBody } from "../../../src/dialects/test-events.ts"
import * as rpc from "../../../src/dialects/xml-rpc.ts"
import * as zones from "../../../src/dialects/zone-names.ts"
import { hasRelativeAddress, statedBase } from "../../../src/html/relative-addresses.ts"
import { TAG_LIMIT } from "../../../src/html/sanitize.ts"
import { endpointName, parseEndpoint } from "../../../src/push/auth/endpoints.ts"
import { headersOf } from "./http-functions.ts"
import { asBody, itemOf, postOf } from "./items.ts"
import { exportsOf, over, type Subject } from "./subject.ts"

const { formatOf, mustBeNoForm, mustBeReadable, mustHaveFormat } = await exportsOf("push/ingest/media-types.ts")

const NOW = Date.UTC(2026, 10, 24)
const bytes = (text: string) => new TextEncoder().encode(text)
/** Returns an eighth of the text, for values that contain it more than eight times. */
const eighth = (text: string) => text.slice(-text.length / 8)
const ignore = () => {}
const LIMITS = { depth: 64, tags: TAG_LIMIT }

/** Runs the work. A refusal is a valid result. */
const expectProblem = (work: () => unknown) => {
  try {
    return work()
  } catch (error) {
    return error
  }
}

const draftOf = (text: string) => ({ pointer: "", raw: text, value: itemOf(eighth(text)), deleted: false })

const rss = (inside: string) => bytes(`<rss version="2.0"><channel><item>${inside}</item></channel></rss>`)
const atom = (inside: string) => bytes(`<feed xmlns="http://www.w3.org/2005/Atom"><entry>${inside}</entry></feed>`)
const cdata = (text: string) => `<![CDATA[${text.replaceAll("]]>", "")}]]>`

/** Elements that a parser reads. */
const RSS_ELEMENTS = "title link description guid pubDate category comments author source enclosure ttl".split(" ")
const RSS_MODULES = [
  ...["content:encoded", "dc:creator", "dc:date", "dc:subject", "itunes:duration", "itunes:author", "itunes:keywords"],
  ...[
    "media:title",
    "media:description",
    "media:credit",
    "media:keywords",
    "media:rating",
    "georss:point",
    "georss:polygon",
  ],
  ...[
    "wfw:commentRss",
    "slash:comments",
    "slash:hit_parade",
    "feedburner:origLink",
    "dcterms:modified",
    "podcast:person",
  ],
]
const ATOM_ELEMENTS = "title id updated published summary content rights name".split(" ")

const rssWith = (names: string[]) => (text: string) =>
  readXmlDocument(rss(names.map((name) => `<${name}>${cdata(eighth(text))}</${name}>`).join("")), "application/rss+xml")

export const PUSH_FUNCTIONS: readonly Subject[] = [
  ...over(dates.readTime, {
    whole: (text) => dates.readTime(text, { latest: NOW }),
    // The longest text that the function reads, many times.
    beginnings: (text) => text.match(/.{1,99}/gs)?.map((each) => dates.readTime(each, { latest: NOW })),
  }),
  ...over(dates.firstTime, (text) => dates.firstTime([text], { name: "date", rules: dates.NO_RULES, warn: ignore })),
  ...over(dates.publishedTime, (text) => dates.publishedTime([text], text, { rules: dates.NO_RULES, warn: ignore })),
  ...over(dates.withLatest, (text) => dates.withLatest(dates.NO_RULES, text)),
  ...over(words.fold, words.fold),
  ...over(words.monthOf, words.monthOf),
  ...over(words.isWeekday, words.isWeekday),
  ...over(words.isFiller, words.isFiller),
  ...over(parseDateText, (text) => parseDateText(text, undefined)),
  ...over(zones.isZoneName, zones.isZoneName),
  ...over(zones.isIanaZone, zones.isIanaZone),
  ...over(hourOfDay, (text) => hourOfDay(9, text)),
  ...over(withMonthAndMinutes, withMonthAndMinutes),
  ...over(zones.minutesOfZone, (text) => zones.minutesOfZone(text, NOW, "Europe/Paris")),
  ...over(decodeText, {
    bytes: (text) => decodeText(bytes(text), undefined),
    declared: (text) => decodeText(bytes(`<?xml ${text} encoding="x"?>`), undefined),
    "content type": (text) => decodeText(bytes("<a/>"), `text/xml;${text}`),
    broken: (text) => decodeText(new Uint8Array([...bytes(text), 0xff]), "text/xml; charset=utf-8"),
    "of two encodings": (text) => decodeText(new Uint8Array([...text].flatMap(() => [0x61, 0x93])), undefined),
  }),
  ...over(atomEntry, (text) =>
    atomEntry(
      {
        ...{ id: text, updated: text, published: text, title: { value: text, type: "html" } },
        ...{ summary: { value: text }, content: { value: text, type: text }, rights: { value: text } },
        links: [
          { href: text, rel: "related", title: text },
          { href: text, rel: "via", title: text },
        ],
        categories: [{ term: text, scheme: text }],
        authors: [{ name: text, uri: text }],
      },
      inheritedMembersOfAtom({ title: { value: "" }, id: "", updated: "" }, undefined, undefined, ignore),
      { base: "https://a.example/", origLink: text, warn: ignore, rules: dates.NO_RULES },
    ),
  ),
  ...over(inheritedMembersOfAtom, (text) =>
    inheritedMembersOfAtom(
      {
        ...{ id: text, updated: text, title: { value: text, type: "html" }, rights: { value: text } },
        links: [{ href: text, rel: "self" }],
        xml: { lang: text, base: text },
      },
      new XmlBase(text, undefined),
      text,
      ignore,
    ),
  ),
  ...over(isJsonFeed, (text) => isJsonFeed({ version: text })),
  ...over(readJsonFeed, (text) =>
    readJsonFeed({
      version: "https://jsonfeed.org/version/1.1",
      items: [itemOf(eighth(text)), text],
      authors: [{ name: text }],
      language: text,
      _feedwire: { deleted: [{ id: text, date_deleted: text }] },
    }),
  ),
  ...over(isMarkup, isMarkup),
  ...over(toText, { plain: toText, marked: (text) => toText(`<b>${text}`) }),
  ...over(withoutDirectionMarks, {
    plain: withoutDirectionMarks,
    marked: (text) => withoutDirectionMarks(`\u200f\u2067${text}`),
  }),
  ...over(statedLanguage, (text) => statedLanguage(undefined, text, { language: text })),
  ...over(removeDirectionWrapper, (text) => removeDirectionWrapper({ content_html: `<div dir="rtl">${text}</div>` })),
  ...over(withoutDirectionWrapper, {
    plain: withoutDirectionWrapper,
    wrapped: (text) => withoutDirectionWrapper(`<div dir="rtl">${text}</div>`),
  }),
  ...over(isBlank, isBlank),
  ...over(entryText, {
    "the rest": (text) =>
      entryText({ title: "", description: `<a href=a>${text}</a>`, spoken: `${text}. ${text}`, media: undefined }),
    description: (text) => entryText({ title: "", description: text, spoken: undefined, media: undefined }),
    "a longer one": (text) => entryText({ title: "", description: "a", spoken: text, media: undefined }),
    both: (text) => entryText({ title: "", description: text, spoken: `${text}${text}`, media: undefined }),
    media: (text) =>
      entryText({
        ...{ title: text, description: "", spoken: undefined },
        media: { groups: [{ description: { value: text } }], contents: [{ description: { value: text } }] },
      }),
  }),
  ...over(mediaTitle, (text) => mediaTitle({ title: { value: text } })),
  ...over(members.firstPeople, (text) =>
    members.firstPeople([[{ name: text, uri: text }]], { read: toText, base: "https://a.example/", warn: ignore }),
  ),
  ...over(mediaOf, (text) =>
    mediaOf(
      {
        contents: [
          { url: `https://a.example/${text}`, type: text, title: { value: text }, description: { value: text } },
        ],
        thumbnails: [{ url: text }],
      },
      { image: text },
      [{ url: `https://a.example/${text}`, type: text, title: text }],
      "https://a.example/",
      text,
      ignore,
    ),
  ),
  ...over(mediaTags, (text) => mediaTags({ keywords: [text], categories: [{ name: text, label: text }] }, undefined)),
  ...over(picturesIn, {
    plain: picturesIn,
    names: (text) => picturesIn(`<img src="${text.replaceAll(" ", "/")}.jpg">`),
  }),
  ...over(picturesOf, (text) =>
    picturesOf([{ content: { width: 1 }, url: `https://a.example/${text}.jpg`, type: "image/jpeg", outer: [] }]),
  ),
  ...over(pictureDetails, (text) =>
    pictureDetails({ content: { title: { value: text } }, url: text, type: text, outer: [] }),
  ),
  ...over(secondsOf, secondsOf),
  ...over(members.webAddress, (text) => members.webAddress(text, "https://a.example/", "a link", ignore)),
  ...over(baseIn, {
    value: (text) => baseIn(new XmlBase(text, undefined), text),
    nested: (text) => baseIn(new XmlBase("a", new XmlBase(text, undefined)), "https://a.example/"),
  }),
  ...over(baseOfBody, (text) => baseOfBody({ content_html: text }, text, true)),
  ...over(rewrittenContent, {
    ...Object.fromEntries(
      ["author", "duration", "itunes:episode"].map((name) => [
        name,
        (text: string) =>
          rewrittenContent(
            { local: name.replace("itunes:", ""), name, isRss: true, length: 1, content: () => text },
            () => {},
          ),
      ]),
    ),
  }),
  ...over(statedBase, {
    plain: (text) => statedBase(asBody(`<base ${text}`), "https://a.example/", new Set(["template"])),
    after: (text) => statedBase(asBody(`<base href=a>${text}`), "https://a.example/", new Set(["template"])),
  }),
  ...over(hasRelativeAddress, {
    plain: hasRelativeAddress,
    attributes: (text) => hasRelativeAddress(`<img srcset="${text}"><a data-${text} href = ${text}`),
    noscript: (text) => hasRelativeAddress(asBody(`<noscript>&lt;a src=b ${text}`)),
    escaped: (text) => hasRelativeAddress(asBody(`<iframe srcdoc="<iframe srcdoc=${text}">`)),
  }),
  ...over(members.baseOf, (text) => members.baseOf("https://a.example/", text, "b")),
  ...over(members.splitCategories, (text) => members.splitCategories([{ name: text, scheme: text }])),
  ...over(members.fallbackId, (text) => members.fallbackId("", { content_html: text }, [text], ignore)),
  ...over(members.alternateOf, (text) =>
    members.alternateOf(Array(1000).fill({ href: "a", type: text, hreflang: text.slice(0, text.length / 1000) }), text),
  ),
  ...over(members.truncateRights, members.truncateRights),
  ...over(members.isHttp, members.isHttp),
  ...over(members.languageOf, (text) => members.languageOf(text)),
  ...over(members.resolveUrl, {
    address: (text) => members.resolveUrl(text, "https://a.example/"),
    base: (text) => members.resolveUrl("a", `https://a.example/${text}`),
    host: (text) => members.resolveUrl(`https://${text}`, undefined),
  }),
  ...over(members.oneLine, members.oneLine),
  ...over(members.inheritable, (text) => members.inheritable([text], "authors", ignore)),
  ...over(members.nonEmpty, (text) => members.nonEmpty({ a: text, [text]: "b" })),
  ...over(inheritedMembersOfRss, (text) =>
    inheritedMembersOfRss(
      { title: text, link: text, description: text, language: text, copyright: text },
      new XmlBase(text, undefined),
      text,
      ignore,
    ),
  ),
  ...over(rssItem, (text) =>
    rssItem(
      {
        ...{
          title: text,
          link: text,
          description: text,
          pubDate: text,
          guid: { value: text },
          source: { title: text },
        },
        categories: [{ name: text, domain: text }],
        authors: [{ name: text, link: text }],
        content: { encoded: text },
        dc: { creators: [text], subjects: [text], rights: [text], dates: [text] },
      },
      { authors: [{ name: text }] },
      { base: "https://a.example/", origLink: text, warn: ignore, rules: dates.NO_RULES },
    ),
  ),
  ...over(readXmlDocument, {
    whole: (text) => readXmlDocument(bytes(text), "application/xml"),
    "in an item": (text) => readXmlDocument(rss(text), "application/xml"),
    "in an entry": (text) => readXmlDocument(atom(text), "application/xml"),
    "in a tag": (text) => readXmlDocument(rss(`<title ${text}></title>`), "application/xml"),
    "in the root": (text) => readXmlDocument(bytes(`<rss ${text}><channel/></rss>`), "application/xml"),
    "in an attribute": (text) => readXmlDocument(atom(`<link href="${escaped(text)}"/>`), "application/xml"),
    "in an end tag": (text) => readXmlDocument(rss(`<title></title${text}>`), "application/xml"),
    "in a declaration": (text) => readXmlDocument(bytes(`<?xml ${text}?><rss/>`), "application/xml"),
    "in a comment": (text) => readXmlDocument(rss(`<!--${text}-->`), "application/xml"),
    "in an instruction": (text) => readXmlDocument(rss(`<?a ${text}?>`), "application/xml"),
    "in a section": (text) => readXmlDocument(rss(`<title>${cdata(text)}</title>`), "application/xml"),
    "in elements of RSS": rssWith(RSS_ELEMENTS),
    "in elements of others": rssWith(RSS_MODULES),
    "in elements of Atom": (text) =>
      readXmlDocument(
        atom(ATOM_ELEMENTS.map((name) => `<${name} type="html">${cdata(eighth(text))}</${name}>`).join("")),
        "application/atom+xml",
      ),
    "in RDF": (text) =>
      readXmlDocument(
        bytes(
          `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel/><item>` +
            `<title>${cdata(text)}</title><author>${cdata(text)}</author></item></rdf:RDF>`,
        ),
        "application/rdf+xml",
      ),
  }),
  ...over(scanXml, {
    whole: (text) => scanXml(text, TAG_LIMIT),
    inside: (text) => scanXml(`<rss><channel><item>${text}`, TAG_LIMIT),
    "in names": (text) => {
      const declaration = `xmlns:${text.replace(/[\s"'<>=&:]/g, "").slice(0, 150)}="urn:${text.replace(/["<&]/g, "").slice(0, 60)}"`
      const outer = Array.from({ length: 60 }, (_, at) => `<a ${declaration} xmlns:p${at}="urn:${at}">`).join("")
      return scanXml(`<rss>${outer}${`<q:b ${declaration} x:y="1"/>`.repeat(text.length / 300)}`, TAG_LIMIT)
    },
    "in a doctype": (text) => scanXml(`<!DOCTYPE ${text}`, TAG_LIMIT),
    "in a tombstone": (text) =>
      scanXml(
        `<feed><at:deleted-entry ref="a"><at:comment>${text.replaceAll("<", "")}</at:comment></at:deleted-entry>`,
        TAG_LIMIT,
      ),
    "in an address": (text) => scanXml(`<rss><item><origLink>${escaped(text)}</origLink>`, TAG_LIMIT),
    "in nested addresses": (text) =>
      scanXml(`<rss><item>${"<origLink>".repeat(50)}${escaped(text)}${"</origLink>".repeat(50)}`, TAG_LIMIT),
    "in nested authors": (text) =>
      scanXml(`<rss><item>${"<author>".repeat(50)}${escaped(text)}${"</author>".repeat(50)}`, TAG_LIMIT),
  }),
  ...over(XmlNames, (text) => {
    const xmlNames = new XmlNames("rdf")
    const start = `<a:b xmlns:${text.replace(/[\s"'<>=&]/g, "")}="urn:b" c="${text.replace(/["<&]/g, "")}" d:e="">`
    const tag = { ...tokens.tagAt("<a:b>", 0), declares: true }
    const scope = xmlNames.scopeOf(tag, start, undefined, false)
    return [xmlNames.nameIn(scope, `${text}:b`), xmlNames.rename(tag, start, "b", scope), namespaceOf(scope, text)]
  }),
  ...over(warningsOf, (text) => {
    const scope = { outer: undefined, namespaces: new Map(), unprefixed: "", renames: false }
    return warningsOf([{ at: 0, pointer: text, name: `${text}:a`, scope }], "rss")
  }),
  ...over(whyForeign, (text) =>
    whyForeign(`${text}:a`, { outer: undefined, namespaces: new Map(), unprefixed: "", renames: false }, "rss"),
  ),
  ...over(namespaceOf, (text) =>
    namespaceOf({ outer: undefined, namespaces: new Map(), unprefixed: "", renames: false }, text),
  ),
  ...over(tokens.attributeOf, {
    plain: (text) => tokens.attributeOf(text, "ref"),
    begun: (text) => tokens.attributeOf(`<a ref="${text}`, "ref"),
    named: (text) => tokens.attributeOf(`<a ref${text}`, "ref"),
  }),
  ...over(tokens.checkReferences, (text) => tokens.checkReferences(text, 0)),
  ...over(tokens.decodeReferences, (text) => tokens.decodeReferences(text)),
  ...over(tokens.localName, tokens.localName),
  ...over(tokens.prefixOf, tokens.prefixOf),
  ...over(tokens.escapeText, tokens.escapeText),
  ...over(tokens.endOfDoctype, (text) => expectProblem(() => tokens.endOfDoctype(`<!DOCTYPE ${text}`, 0, true))),
  ...over(tokens.tagAt, {
    name: (text) => tokens.tagAt(`<${text}>`, 0),
    inside: (text) => tokens.tagAt(`<a ${text}>`, 0),
    "before a value": (text) => tokens.tagAt(`<a ${text.replace(/["'<>]/g, "")}"b">`, 0),
    "in a value": (text) => tokens.tagAt(`<a b="${text.replace(/["&]/g, "")}">`, 0),
  }),
  ...over(tokens.XmlFault, (text: string) => new tokens.XmlFault(text.length, text).describe(text)),
  ...over(fitDraft, (text) => fitDraft(draftOf(text), NOW)),
  ...over(readGhost, {
    post: (text) => readGhost({ post: { current: postOf(text) } }, "post.published"),
    gated: (text) =>
      readGhost(
        {
          post: { current: { ...postOf(""), id: "a", html: `<!--kg-gated-block:begin${text}`, visibility: "public" } },
        },
        "post.published",
      ),
    event: (text) => readGhost({}, text),
  }),
  ...over(checkDraft, (text) => checkDraft(draftOf(text))),
  ...over(validateItem, {
    item: (text) => validateItem(itemOf(eighth(text)), false),
    host: (text) => validateItem({ ...itemOf(""), url: `https://${text}` }, false),
    deletion: (text) => validateItem({ id: text, date_modified: text }, true),
  }),
  ...over(isMessage, (text) => isMessage({ [text]: text })),
  ...over(hasTestHeader, (text) => hasTestHeader(headersOf(["x-github-event"], text))),
  ...over(hasTestFlag, (text) => hasTestFlag({ [text]: true, test: text })),
  ...over(isTestBody, (text) => isTestBody({ event: text, [text]: text })),
  ...over(isArticleOfTest, (text) => isArticleOfTest({ type: "test", [text]: text }, { title: text }, text)),
  ...over(mustBeReadable, {
    type: (text) => mustBeReadable(headersOf(["content-type"], text), { kind: "native" }),
    coding: (text) =>
      expectProblem(() => mustBeReadable(headersOf(["content-encoding"], `x${text}`), { kind: "native" })),
  }),
  ...over(mustBeNoForm, (text) => mustBeNoForm(text, { kind: "native" })),
  ...over(mustHaveFormat, (text) =>
    expectProblem(() =>
      mustHaveFormat("json", { body: new TextEncoder().encode(text), contentType: text, endpoint: { kind: "native" } }),
    ),
  ),
  ...over(formatOf, (text) => expectProblem(() => formatOf(`x${text}`))),
  ...over(parseJson, {
    "in an integer": (text) => parseJson(bytes(`[${"1".repeat(text.length)},${text.replace(/\D/g, "1")}]`), LIMITS),
    "in a fraction": (text) =>
      parseJson(bytes(`[1.${text.replace(/\D/g, "1")}e${text.length},1.${"0".repeat(text.length)}e-9]`), LIMITS),
    bare: (text) => parseJson(bytes(text), LIMITS),
    "in a string": (text) => parseJson(bytes(`["${text}`), LIMITS),
    quoted: (text) => parseJson(bytes(JSON.stringify({ [text]: text })), LIMITS),
    "in a list": (text) => parseJson(bytes(`[${text}]`), LIMITS),
  }),
  ...over(readMapped, (text) =>
    readMapped({ ...postOf(text), excerpt: text, sections: [text], embargo: text }, new Headers(), mappingOf("")),
  ),
  ...over(parseMessage, {
    item: (text) =>
      parseMessage({ type: "article.published", timestamp: "2026-11-23T08:30:00Z", data: itemOf(eighth(text)) }),
    envelope: (text) => parseMessage({ type: text, timestamp: text, data: text }),
  }),
  ...over(readPing, {
    form: (text) => readPing(bytes(`hub.mode=publish&hub.url=${text}`), "application/x-www-form-urlencoded"),
    "content type": (text) => readPing(bytes(""), text),
    "in a call": (text) => readPing(bytes(`<methodCall>${text}`), "text/xml"),
  }),
  ...over(mappingOf, (text) => mappingOf(text)),
  ...over(schemeOf, (text) => schemeOf(text)),
  ...over(values.asText, values.asText),
  ...over(values.ownMember, (text) => [values.ownMember({ [text]: 1 }, text), values.ownMember([1], text)]),
  ...over(values.resolvePointer, (text) => values.resolvePointer({ "": [] }, text)),
  ...over(rpc.isCall, rpc.isCall),
  ...over(rpc.readCall, {
    whole: (text) => rpc.readCall(text),
    inside: (text) => rpc.readCall(`<methodCall><methodName>${text}</methodName></methodCall>`),
    "in a tag": (text) => rpc.readCall(`<methodCall ${text}><methodName>a</methodName></methodCall>`),
    "in an end tag": (text) => rpc.readCall(`<methodCall><methodName>a</methodName></methodCall ${text}>`),
    "in a comment": (text) => rpc.readCall(`<methodCall><!--${text}--><methodName>a</methodName></methodCall>`),
    "in an instruction": (text) => rpc.readCall(`<?xml ${text}?><methodCall><methodName>a</methodName></methodCall>`),
    "in an attribute": (text) =>
      rpc.readCall(`<methodCall a="${escaped(text)}"><methodName>a</methodName></methodCall>`),
  }),
  ...over(rpc.writeAnswer, (text) => rpc.writeAnswer({ flerror: true, message: text })),
  ...over(rpc.writeFault, (text) => rpc.writeFault(1, text)),
  ...over(rpc.invalidCall, (text) => rpc.invalidCall(text)),
  ...over(parseEndpoint, parseEndpoint),
  ...over(endpointName, (text) => endpointName({ kind: "source", name: text })),
]

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;")
}
