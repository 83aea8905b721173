/**
 * Rules of RSS 2.0 (https://www.rssboard.org/rss-specification) and of the Best Practices Profile of the same board.
 */
import { isLaterThanFeed, isPlausible, parseRfc822, parseRfc3339, weekdayAgrees } from "./dates.ts"
import { type Rule, repeated } from "./rule.ts"
import { isLanguage, isList, isMediaType, isPositiveInteger, isWebAddress } from "./syntax.ts"
import { RSS } from "./vocabulary.ts"
import { vocabularyRules } from "./vocabulary-rules.ts"
import { allOf, type Element, everyElement, firstOf, place } from "./xml.ts"
import { named, wrongAttributes, wrongOnes, type XmlDocument } from "./xml-document.ts"
import { XML_RULES } from "./xml-rules.ts"

const SPECIFICATION = "RSS 2.0"
const PROFILE = "RSS Profile"
const W3C = "validator.w3.org/feed"

export function rssDocument(text: string, url: string, root: Element): XmlDocument {
  const elements = [...everyElement(root)]
  const feed = firstOf(root, "channel") ?? root
  return {
    text,
    url,
    root,
    elements,
    feed,
    entries: allOf(feed, "item"),
    changed: parseRfc822(firstOf(feed, "lastBuildDate")?.text ?? ""),
    bodies: elements
      .filter(({ name, parent }) => name === "content:encoded" || (name === "description" && parent?.name === "item"))
      .map((element) => ({ where: place(element, ""), html: element.text })),
    lines: elements
      .filter(({ name }) => ["title", "category", "dc:creator", "source", "media:credit"].includes(name))
      .map((element) => ({ element, text: element.name === "title" ? readAsHtml(element.text) : element.text })),
  }
}

/** Decodes a title as most readers do, which read it as HTML. */
function readAsHtml(text: string): string {
  return text.replace(/&(?:amp|#38|#x26);/gi, "&")
}

const parents = (document: XmlDocument, parent: string, ...names: string[]) =>
  named(document, ...names).filter((element) => element.parent?.name === parent)

/** Valid dates only. The rule of the date syntax reports invalid ones. */
function dated(document: XmlDocument): { element: Element; time: number }[] {
  return document.entries.flatMap((item) =>
    item.children.flatMap((element) => {
      const parse = { pubDate: parseRfc822, "atom:updated": parseRfc3339 }[element.name]
      const time = parse?.(element.text)
      return time === undefined ? [] : [{ element, time }]
    }),
  )
}

export const RSS_RULES: readonly Rule<XmlDocument>[] = [
  {
    id: "rss-root",
    says: "the root is rss, of version 2.0",
    cites: `${SPECIFICATION}, What is RSS?`,
    check: ({ root }) =>
      root.name === "rss" && ["2.0", undefined].includes(root.attributes.get("version")) ? [] : [place(root, "")],
  },
  ...vocabularyRules("rss", RSS, `${SPECIFICATION}, channel and item elements`),
  {
    id: "rss-item-says-something",
    says: "an item has a title or a description",
    cites: `${SPECIFICATION}, Elements of <item>`,
    check: ({ entries }) => wrongOnes(entries, (item) => allOf(item, "title", "description").length === 0),
  },
  {
    id: "rss-item-last",
    says: "items come after everything that is said of the channel",
    cites: `${PROFILE}, item; ${W3C}, MisplacedItem`,
    check: ({ feed }) => {
      const first = feed.children.findIndex(({ name }) => name === "item")
      const late = first === -1 ? [] : feed.children.slice(first).filter(({ name }) => name !== "item")
      return late.map((element) => place(element))
    },
  },
  {
    id: "rss-link",
    says: "links and pictures are absolute web addresses without blanks",
    cites: `${SPECIFICATION}, link, comments, docs, <image>; RFC 3987 §2.2`,
    check: (document) =>
      wrongOnes(
        named(document, "link", "comments", "docs", "url"),
        ({ text }) => text.trim() !== "" && !isWebAddress(text),
      ),
  },
  {
    id: "rss-language",
    says: "the language is a language tag",
    cites: `${SPECIFICATION}, language; RFC 5646 §2.1`,
    check: (document) => wrongOnes(named(document, "language"), ({ text }) => text.trim() !== "" && !isLanguage(text)),
  },
  {
    id: "rss-date",
    says: "dates are of RFC 822 with a four-digit year",
    cites: `${SPECIFICATION}, pubDate; RFC 822 §5; RFC 1123 §5.2.14`,
    check: (document) =>
      wrongOnes(
        named(document, "pubDate", "lastBuildDate"),
        ({ text }) => text.trim() !== "" && parseRfc822(text) === undefined,
      ),
  },
  {
    id: "rss-atom-date",
    says: "atom:updated is of RFC 3339",
    cites: "RFC 4287 §3.3",
    check: (document) =>
      wrongOnes(named(document, "atom:updated"), ({ text }) => text.trim() !== "" && parseRfc3339(text) === undefined),
  },
  {
    id: "rss-weekday",
    says: "the day of the week is that of the date",
    cites: `RFC 822 §5.2; ${W3C}, IncorrectDOW`,
    check: (document) => wrongOnes(named(document, "pubDate", "lastBuildDate"), ({ text }) => !weekdayAgrees(text)),
  },
  {
    id: "rss-date-plausible",
    says: "dates are after 1970 and not a day ahead of the feed",
    cites: `${W3C}, ImplausibleDate`,
    check: (document) => [
      ...dated(document)
        .filter(({ time }) => !isPlausible(time, document.changed))
        .map(({ element }) => place(element)),
      ...(document.changed !== undefined && !isPlausible(document.changed, undefined) ? ["lastBuildDate"] : []),
    ],
  },
  {
    id: "rss-last-build-date",
    says: "lastBuildDate is there and, to the second, not older than what the channel holds",
    cites: `${SPECIFICATION}, lastBuildDate`,
    check: (document) => [
      ...(firstOf(document.feed, "lastBuildDate") === undefined ? ["no lastBuildDate"] : []),
      ...dated(document)
        // RFC 822 has no fractions of a second, RFC 3339 has.
        .filter(({ time }) => isLaterThanFeed(Math.floor(time / 1000) * 1000, document.changed))
        .map(({ element }) => place(element)),
    ],
  },
  {
    id: "rss-updated-later",
    says: "an item is not updated before it is published",
    cites: "RFC 4287 §4.2.15",
    check: ({ entries }) =>
      wrongOnes(entries, (item) => {
        const published = parseRfc822(firstOf(item, "pubDate")?.text ?? "")
        const updated = parseRfc3339(firstOf(item, "atom:updated")?.text ?? "")
        return published !== undefined && updated !== undefined && updated < published
      }),
  },
  {
    id: "rss-guid",
    says: "every item has a guid",
    cites: `${PROFILE}, guid; ${W3C}, MissingGuid`,
    check: ({ entries }) =>
      entries.filter((item) => firstOf(item, "guid") === undefined).map((item) => place(item, "no guid")),
  },
  {
    id: "rss-guid-permalink",
    says: "a guid is a web address unless isPermaLink is false",
    cites: `${SPECIFICATION}, guid; ${W3C}, InvalidHttpGUID`,
    check: (document) =>
      wrongOnes(named(document, "guid"), ({ attributes, text }) => {
        const permanent = attributes.get("isPermaLink") ?? "true"
        return permanent === "true" ? text !== "" && !isWebAddress(text) : permanent !== "false"
      }),
  },
  {
    id: "rss-guid-unique",
    says: "no two items have the same guid",
    cites: `${SPECIFICATION}, guid; ${W3C}, DuplicateValue`,
    check: (document) => repeated(named(document, "guid").map(({ text }) => text)),
  },
  {
    id: "rss-enclosure",
    says: "an enclosure has a web address, a media type and a length in bytes that is not 0",
    cites: `${SPECIFICATION}, <enclosure>`,
    check: (document) => {
      const enclosures = named(document, "enclosure")
      return [
        ...wrongAttributes(enclosures, "url", (url) => url === "" || isWebAddress(url)),
        ...wrongAttributes(enclosures, "type", (type) => type === "" || isMediaType(type)),
        ...wrongAttributes(enclosures, "length", (length) => length === "" || isPositiveInteger(length)),
      ]
    },
  },
  {
    id: "rss-category",
    says: "a category is one, not a list of them",
    cites: `${SPECIFICATION}, <category>; ${PROFILE}, category`,
    check: (document) => wrongOnes(named(document, "category"), ({ text }) => isList(text)),
  },
  {
    id: "rss-source",
    says: "a source has the absolute address of its feed",
    cites: `${SPECIFICATION}, <source>`,
    check: (document) => wrongAttributes(named(document, "source"), "url", (url) => url === "" || isWebAddress(url)),
  },
  {
    id: "rss-ttl",
    says: "ttl is a positive number of minutes",
    cites: `${SPECIFICATION}, <ttl>`,
    check: (document) =>
      wrongOnes(named(document, "ttl"), ({ text }) => text.trim() !== "" && !isPositiveInteger(text)),
  },
  {
    id: "rss-image",
    says: "the image has the title and link of its channel",
    cites: `${SPECIFICATION}, <image>; ${W3C}, ImageTitleDoesntMatch, ImageLinkDoesntMatch`,
    check: (document) =>
      parents(document, "image", "title", "link")
        .filter(({ name, text }) => text.trim() !== "" && text !== firstOf(document.feed, name)?.text)
        .map((element) => place(element)),
  },
  {
    id: "rss-image-kind",
    says: "the image is a GIF, JPEG or PNG, as far as its address says",
    cites: `${SPECIFICATION}, <image>`,
    check: (document) =>
      wrongOnes(parents(document, "image", "url"), ({ text }) => /\.(?:svg|webp|avif|ico|tiff?|bmp)$/i.test(text)),
  },
  {
    id: "rss-email",
    says: "editors and authors are e-mail addresses; names belong into dc:creator",
    cites: `${SPECIFICATION}, <author>, managingEditor, webMaster`,
    check: (document) =>
      wrongOnes(
        named(document, "author", "managingEditor", "webMaster"),
        ({ text }) => text.trim() !== "" && !/^[^\s@()<>]+@[^\s@()<>]+\.[^\s@()<>]+(?: \([^()]+\))?$/.test(text),
      ),
  },
  {
    id: "rss-description-first",
    says: "description stands before content:encoded, because some readers take the last one",
    cites: `${PROFILE}, content:encoded; ${W3C}, NeedDescriptionBeforeContent`,
    check: ({ entries }) =>
      entries
        .filter(({ children }) => {
          const [summary, content] = ["description", "content:encoded"].map((name) =>
            children.findIndex((child) => child.name === name),
          ) as [number, number]
          return content !== -1 && summary > content
        })
        .map((item) => place(item, "")),
  },
  {
    id: "rss-content-alone",
    says: "an item without a summary has its full content in description, not in content:encoded",
    cites: `${PROFILE}, content:encoded; ${W3C}, NeedDescriptionBeforeContent`,
    check: ({ entries }) =>
      entries
        .filter((item) => firstOf(item, "content:encoded") && !firstOf(item, "description"))
        .map((item) => place(item, "")),
  },
  ...XML_RULES,
]
