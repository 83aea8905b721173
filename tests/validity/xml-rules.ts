/** Rules for both XML formats. */
import { htmlRules } from "./html.ts"
import type { Rule } from "./rule.ts"
import { isEscapedTwice, isHonestTag, isIri, isLanguage, isMediaType, isPositiveInteger, mojibakeIn } from "./syntax.ts"
import { allOf, firstOf, type Malformed, place } from "./xml.ts"
import { links, named, wrongAttributes, wrongOnes, type XmlDocument } from "./xml-document.ts"

const XML = "XML 1.0"

/** A document that breaks one of these rules cannot be read, so no other rule is checked. */
export const WELL_FORMED: readonly Rule<Malformed | undefined>[] = (
  [
    ["xml-characters", "every character is one that XML allows, written out or as a reference", `${XML} §2.2, §4.1`],
    [
      "xml-references",
      "every ampersand begins a reference to a character or to one of the five entities",
      `${XML} §4.1`,
    ],
    ["xml-cdata-end", "`]]>` ends a CDATA section or is escaped", `${XML} §2.4`],
    ["xml-tags", "one root element, and every start tag has its end tag", `${XML} §2.1, §3`],
    ["xml-attributes", "attributes have quoted values without `<` and stand once", `${XML} §3.1`],
    ["xml-comments", "comments hold no `--`", `${XML} §2.5`],
    ["xml-prefixes", "every prefix is declared", "Namespaces in XML 1.0 §5"],
    ["xml-declaration", "the declaration is the first thing, of version 1.0 in UTF-8", `${XML} §2.8, RSS Profile`],
    ["xml-doctype", "no document type: readers load none", "validator.w3.org/feed, ContainsSystemEntity"],
  ] as const
).map(([id, says, cites]) => ({
  id,
  says,
  cites,
  check: (fault) => (fault?.rule === id ? [fault.message] : []),
}))

/** Link relations of the IANA registry that feeds use, with RFC 4287 §4.2.7.2, RFC 5005 and WebSub. */
const RELATIONS =
  "alternate self related via enclosure hub next previous prev first last current prev-archive next-archive edit " +
  "edit-media replies license canonical payment search service monitor"
const ONCE = ["self", "current", "next", "previous", "prev", "first", "last", "prev-archive", "next-archive"]

const LINK_RULES: Rule<XmlDocument>[] = [
  {
    id: "link-href",
    says: "links have an absolute IRI without blanks",
    cites: "RFC 4287 §4.2.7.1, RFC 3987 §2.2",
    check: (document) => wrongAttributes(named(document, "atom:link"), "href", (href) => href === "" || isIri(href)),
  },
  {
    id: "link-rel",
    says: "relations are registered, or IRIs",
    cites: "RFC 4287 §4.2.7.2",
    check: (document) =>
      wrongAttributes(
        named(document, "atom:link"),
        "rel",
        (rel) => RELATIONS.split(" ").includes(rel) || (rel.includes(":") && isIri(rel)),
      ),
  },
  {
    id: "link-type",
    says: "the type of a link is a media type",
    cites: "RFC 4287 §4.2.7.3",
    check: (document) => wrongAttributes(named(document, "atom:link"), "type", isMediaType),
  },
  {
    id: "link-hreflang",
    says: "the language of a link is a language tag",
    cites: "RFC 4287 §4.2.7.4",
    check: (document) => wrongAttributes(named(document, "atom:link"), "hreflang", isLanguage),
  },
  {
    id: "link-length",
    says: "the length of a link is a positive number of bytes",
    cites: "RFC 4287 §4.2.7.6",
    check: (document) => wrongAttributes(named(document, "atom:link"), "length", isPositiveInteger),
  },
  {
    id: "link-title",
    says: "the title of a link says something",
    cites: "RFC 4287 §4.2.7.5",
    check: (document) => wrongAttributes(named(document, "atom:link"), "title", (title) => title.trim() !== ""),
  },
  {
    id: "link-self",
    says: "a self link is there and names the URL at which the document was found",
    cites: "RFC 4287 §4.1.1; RSS Profile, atom:link; validator.w3.org/feed, SelfDoesntMatchLocation",
    check: ({ feed, url }) => {
      const selves = links(feed, "self").map(({ attributes }) => attributes.get("href"))
      if (selves.length === 0) return ["no self link"]
      return selves.filter((href) => href !== url).map((href) => `${href} instead of ${url}`)
    },
  },
  {
    id: "link-alternates",
    says: "no two alternates of one feed or entry have the same type and language",
    cites: "RFC 4287 §4.1.1, §4.1.2; validator.w3.org/feed, DuplicateAtomLink",
    check: ({ elements }) =>
      elements.flatMap((element) => {
        const seen = new Set<string>()
        return links(element, "alternate").flatMap((link) => {
          const key = `${link.attributes.get("type") ?? ""} ${link.attributes.get("hreflang") ?? ""}`.toLowerCase()
          const again = seen.has(key)
          seen.add(key)
          return again ? [place(link, key)] : []
        })
      }),
  },
]

const HISTORY_RULES: Rule<XmlDocument>[] = [
  {
    id: "history-once",
    says: "each relation between documents of a feed leads to one document",
    cites: "RFC 5005 §3, §4",
    check: ({ feed }) => ONCE.filter((rel) => links(feed, rel).length > 1),
  },
  {
    id: "history-self",
    says: "next and archives are other documents than this one",
    cites: "RFC 5005 §3, §4",
    check: ({ feed, url }) =>
      ["next", "prev-archive", "next-archive"].flatMap((rel) =>
        links(feed, rel)
          .filter(({ attributes }) => attributes.get("href") === url)
          .map((link) => place(link, rel)),
      ),
  },
  {
    id: "history-current",
    says: "an archive leads to the document to subscribe to, which is another one",
    cites: "RFC 5005 §4",
    check: ({ feed, url }) => {
      if (firstOf(feed, "fh:archive") === undefined) return []
      const current = links(feed, "current").map(({ attributes }) => attributes.get("href"))
      return current.length > 0 && current.every((href) => href !== url) ? [] : [`current: ${current.join() || "none"}`]
    },
  },
  {
    id: "history-next-archive",
    says: "only archives have a next archive, because nothing follows the document to subscribe to",
    cites: "RFC 5005 §4",
    check: ({ feed }) =>
      firstOf(feed, "fh:archive") === undefined ? links(feed, "next-archive").map((link) => place(link, "")) : [],
  },
  {
    id: "history-complete",
    says: "a feed that is complete has no pages and archives",
    cites: "RFC 5005 §2; validator.w3.org/feed, LinkPastComplete",
    check: ({ feed }) => {
      if (firstOf(feed, "fh:complete") === undefined) return []
      return [
        ...allOf(feed, "fh:archive"),
        ...["next", "prev-archive", "current"].flatMap((rel) => links(feed, rel)),
      ].map((element) => place(element, ""))
    },
  },
]

const MEDIA = "Media RSS 1.5.1"
const MEDIUMS = ["image", "audio", "video", "document", "executable"]

const MEDIA_RULES: Rule<XmlDocument>[] = [
  {
    id: "media-url",
    says: "pictures and files have absolute URLs",
    cites: `${MEDIA}, media:content, media:thumbnail`,
    check: (document) =>
      wrongAttributes(named(document, "media:content", "media:thumbnail"), "url", (url) => url === "" || isIri(url)),
  },
  {
    id: "media-type",
    says: "the type of a file is a media type",
    cites: `${MEDIA}, media:content`,
    check: (document) => wrongAttributes(named(document, "media:content"), "type", isMediaType),
  },
  {
    id: "media-medium",
    says: "the medium is one of five, and that of the media type",
    cites: `${MEDIA}, media:content`,
    check: (document) =>
      named(document, "media:content").flatMap((element) => {
        const medium = element.attributes.get("medium")
        if (medium === undefined) return []
        const [kind = ""] = (element.attributes.get("type") ?? medium).split("/")
        const agrees = !MEDIUMS.slice(0, 3).includes(kind) || kind === medium
        return MEDIUMS.includes(medium) && agrees ? [] : [place(element, `${medium}, of type ${kind}`)]
      }),
  },
  {
    id: "media-numbers",
    says: "sizes, durations and dimensions are positive numbers",
    cites: `${MEDIA}, media:content, media:thumbnail`,
    check: (document) =>
      ["fileSize", "duration", "width", "height", "bitrate", "channels"].flatMap((name) =>
        wrongAttributes(named(document, "media:content", "media:thumbnail"), name, isPositiveInteger),
      ),
  },
  {
    id: "media-text-type",
    says: "titles and descriptions are plain or html",
    cites: `${MEDIA}, media:title, media:description`,
    check: (document) =>
      wrongAttributes(named(document, "media:title", "media:description", "media:text"), "type", (type) =>
        ["plain", "html"].includes(type),
      ),
  },
]

const TEXT_RULES: Rule<XmlDocument>[] = [
  {
    id: "xml-lang",
    says: "xml:lang is a language tag and never empty",
    cites: "XML 1.0 §2.12, RFC 5646 §2.1",
    check: ({ elements }) => wrongAttributes(elements, "xml:lang", isLanguage),
  },
  {
    id: "xml-namespace",
    says: "namespaces are those that the wire uses: with another spelling they mean nothing to readers",
    cites: "Namespaces in XML 1.0 §2.3; validator.w3.org/feed, UnknownNamespace",
    check: ({ elements }) =>
      wrongOnes(elements, ({ name, attributes }) =>
        [name, ...attributes.keys()].some((expanded) => expanded.startsWith("{")),
      ),
  },
  {
    id: "dc-language",
    says: "dc:language is a language tag",
    cites: "RFC 5646 §2.1; validator.w3.org/feed, InvalidLanguage",
    check: (document) => wrongOnes(named(document, "dc:language"), ({ text }) => text !== "" && !isLanguage(text)),
  },
  {
    id: "tag-uri",
    says: "ids that begin with tag: are tag URIs",
    cites: "RFC 4151 §2.1; validator.w3.org/feed, InvalidTAG",
    check: (document) => wrongOnes(named(document, "guid", "atom:id"), ({ text }) => !isHonestTag(text)),
  },
  {
    id: "text-escaped-twice",
    says: "titles, names and labels are not escaped more often than they are read",
    cites: "RSS Profile, title; RFC 4287 §3.1.1; validator.w3.org/feed, ContainsHTML",
    check: ({ lines }) =>
      lines.filter(({ text }) => isEscapedTwice(text)).map(({ element, text }) => place(element, text)),
  },
  {
    id: "text-mojibake",
    says: "text was not read in another encoding than it was written in",
    cites: "XML 1.0 §4.3.3; validator.w3.org/feed, BadCharacters",
    check: ({ text }) => mojibakeIn(text),
  },
  {
    id: "text-controls",
    says: "no C1 controls and no noncharacters, which XML allows and nobody means",
    cites: "XML 1.0 §2.2, note; validator.w3.org/feed, BadCharacters",
    check: ({ text }) => {
      const at = text.search(/[\u007F-\u0084\u0086-\u009F]|\p{Noncharacter_Code_Point}/u)
      return at === -1 ? [] : [`character ${at}`]
    },
  },
]

export const XML_RULES: readonly Rule<XmlDocument>[] = [
  ...LINK_RULES,
  ...HISTORY_RULES,
  ...MEDIA_RULES,
  ...TEXT_RULES,
  ...htmlRules<XmlDocument>(({ bodies }) => bodies),
]
