/** Rules of Atom 1.0 (RFC 4287), with tombstones (RFC 6721). */
import { isLaterThanFeed, isPlausible, parseRfc3339 } from "./dates.ts"
import { type Rule, repeated } from "./rule.ts"
import { isIri, isList, isMediaType } from "./syntax.ts"
import { ATOM } from "./vocabulary.ts"
import { vocabularyRules } from "./vocabulary-rules.ts"
import { allOf, type Element, everyElement, firstOf, place } from "./xml.ts"
import { links, named, wrongAttributes, wrongOnes, type XmlDocument } from "./xml-document.ts"
import { XML_RULES } from "./xml-rules.ts"

const W3C = "validator.w3.org/feed"
const CONSTRUCTS = ["atom:title", "atom:subtitle", "atom:summary", "atom:rights", "at:comment"]

export function atomDocument(text: string, url: string, root: Element): XmlDocument {
  const elements = [...everyElement(root)]
  const isHtml = ({ name, attributes }: Element) =>
    [...CONSTRUCTS, "atom:content"].includes(name) && attributes.get("type") === "html"
  const isLine = ({ name, attributes }: Element) =>
    (CONSTRUCTS.includes(name) && (attributes.get("type") ?? "text") === "text") || name === "atom:name"
  return {
    text,
    url,
    root,
    elements,
    feed: root,
    entries: allOf(root, "atom:entry"),
    changed: timeOf(root, "atom:updated"),
    bodies: elements.filter(isHtml).map((element) => ({ where: place(element, ""), html: element.text })),
    lines: [
      ...elements.filter(isLine).map((element) => ({ element, text: element.text })),
      ...elements
        .filter(({ name }) => name === "atom:category")
        .map((element) => ({ element, text: element.attributes.get("label") ?? "" })),
    ],
  }
}

function timeOf(element: Element, name: string): number | undefined {
  return parseRfc3339(firstOf(element, name)?.text ?? "")
}

/** Valid dates of entries and tombstones. The rule of the date syntax reports invalid ones. */
function dated({ feed, entries }: XmlDocument): { element: Element; detail: string; time: number }[] {
  const said = [
    ...entries.flatMap((entry) =>
      allOf(entry, "atom:updated", "atom:published").map((element) => ({ element, detail: element.text })),
    ),
    ...allOf(feed, "at:deleted-entry").map((element) => ({ element, detail: element.attributes.get("when") ?? "" })),
  ]
  return said.flatMap(({ element, detail }) => {
    const time = parseRfc3339(detail)
    return time === undefined ? [] : [{ element, detail, time }]
  })
}

/** RFC 4287 §4.1.3.1 forbids composite types such as multipart/mixed in an entry. */
const isContentType = (type: string) =>
  ["text", "html", "xhtml"].includes(type) || (isMediaType(type) && !/^(?:multipart|message)\//i.test(type))

/** Types whose content is in the entry as text; all others are Base64 (RFC 4287 §4.1.3.3). */
const isReadable = (type: string) => ["text", "html", "xhtml"].includes(type) || /^text\/|[/+]xml(?:$|;)/i.test(type)

export const ATOM_RULES: readonly Rule<XmlDocument>[] = [
  {
    id: "atom-root",
    says: "the root is atom:feed",
    cites: "RFC 4287 §4.1.1",
    check: ({ root }) => (root.name === "atom:feed" ? [] : [place(root, "")]),
  },
  ...vocabularyRules("atom", ATOM, "RFC 4287 §4, RFC 6721 §3"),
  {
    id: "atom-entry-last",
    says: "entries come after everything that is said of the feed",
    cites: `RFC 4287 appendix B; ${W3C}, MisplacedMetadata`,
    check: ({ feed }) => {
      const first = feed.children.findIndex(({ name }) => name === "atom:entry")
      const late = first === -1 ? [] : feed.children.slice(first).filter(({ name }) => name !== "atom:entry")
      return late.map((element) => place(element))
    },
  },
  {
    id: "atom-author",
    says: "every entry has an author, or its source or its feed has one",
    cites: "RFC 4287 §4.1.2, §4.2.1",
    check: ({ feed, entries }) =>
      entries
        .filter((entry) =>
          [entry, firstOf(entry, "atom:source"), feed].every((place) => firstOf(place, "atom:author") === undefined),
        )
        .map((entry) => place(entry, "no author")),
  },
  {
    id: "atom-person",
    says: "people have absolute IRIs and addresses of RFC 2822",
    cites: "RFC 4287 §3.2",
    check: (document) => [
      ...wrongOnes(named(document, "atom:uri"), ({ text }) => text.trim() !== "" && !isIri(text)),
      ...wrongOnes(named(document, "atom:email"), ({ text }) => text.trim() !== "" && !/^[^\s@]+@[^\s@]+$/.test(text)),
    ],
  },
  {
    id: "atom-iri",
    says: "ids, icons, logos and schemes are absolute IRIs without blanks",
    cites: "RFC 4287 §4.2.2.2, §4.2.5, §4.2.6, §4.2.8",
    check: (document) => [
      ...wrongOnes(
        named(document, "atom:id", "atom:icon", "atom:logo"),
        ({ text }) => text.trim() !== "" && !isIri(text),
      ),
      ...wrongAttributes(named(document, "atom:category"), "scheme", isIri),
      ...wrongAttributes(named(document, "atom:content"), "src", isIri),
    ],
  },
  {
    id: "atom-id-unique",
    says: "no two entries have the same id, and none has that of the feed",
    cites: `RFC 4287 §4.2.6; ${W3C}, DuplicateEntries`,
    check: ({ feed, entries }) =>
      repeated([feed, ...entries].flatMap((each) => allOf(each, "atom:id").map(({ text }) => text))),
  },
  {
    id: "atom-date",
    says: "dates are of RFC 3339, with capital T and Z",
    cites: "RFC 4287 §3.3, RFC 6721 §3",
    check: (document) => [
      ...wrongOnes(
        named(document, "atom:updated", "atom:published"),
        ({ text }) => text.trim() !== "" && parseRfc3339(text) === undefined,
      ),
      ...wrongAttributes(
        named(document, "at:deleted-entry"),
        "when",
        (when) => when === "" || parseRfc3339(when) !== undefined,
      ),
    ],
  },
  {
    id: "atom-date-plausible",
    says: "dates are after 1970 and not a day ahead of the feed",
    cites: `${W3C}, ImplausibleDate`,
    check: (document) => [
      ...dated(document)
        .filter(({ time }) => !isPlausible(time, document.changed))
        .map(({ element, detail }) => place(element, detail)),
      ...(document.changed !== undefined && !isPlausible(document.changed, undefined) ? ["feed/updated"] : []),
    ],
  },
  {
    id: "atom-updated",
    says: "the feed is not older than its entries and tombstones",
    cites: "RFC 4287 §4.2.15",
    check: (document) =>
      dated(document)
        .filter(({ element, time }) => element.name !== "atom:published" && isLaterThanFeed(time, document.changed))
        .map(({ element, detail }) => place(element, detail)),
  },
  {
    id: "atom-updated-later",
    says: "an entry is not updated before it is published",
    cites: "RFC 4287 §4.2.9, §4.2.15",
    check: ({ entries }) =>
      entries
        .filter((entry) => {
          const [published, updated] = [timeOf(entry, "atom:published"), timeOf(entry, "atom:updated")]
          return published !== undefined && updated !== undefined && updated < published
        })
        .map((entry) => place(entry, "")),
  },
  {
    id: "atom-text-type",
    says: "texts are text, html or xhtml, and only xhtml has a child, which is a div",
    cites: "RFC 4287 §3.1.1",
    check: (document) =>
      named(document, ...CONSTRUCTS).flatMap((element) => {
        const type = element.attributes.get("type") ?? "text"
        const children = type === "xhtml" ? 1 : 0
        if (["text", "html", "xhtml"].includes(type) && element.children.length === children) return []
        return [place(element, `${type}, ${element.children.length} children`)]
      }),
  },
  {
    id: "atom-content",
    says: "content is text, html, xhtml with its div, or of a media type; with src it is empty",
    cites: "RFC 4287 §4.1.3.1, §4.1.3.2, §4.1.3.3",
    check: (document) =>
      named(document, "atom:content").flatMap((element) => {
        const type = element.attributes.get("type") ?? "text"
        const children = type === "xhtml" && !element.attributes.has("src") ? 1 : 0
        const isRemote = element.attributes.has("src")
        const isRight =
          isContentType(type) && element.children.length === children && !(isRemote && element.text.trim() !== "")
        return isRight && !(isRemote && !type.includes("/")) ? [] : [place(element, type)]
      }),
  },
  {
    id: "atom-content-blank",
    says: "content that stands in the entry says something",
    cites: `RFC 4287 §4.1.3; ${W3C}, NotBlank`,
    check: (document) =>
      wrongOnes(
        named(document, "atom:content"),
        ({ attributes, children, text }) => !attributes.has("src") && children.length === 0 && text.trim() === "",
      ),
  },
  {
    id: "atom-content-or-alternate",
    says: "an entry has content or a page to go to",
    cites: "RFC 4287 §4.1.2",
    check: ({ entries }) =>
      entries
        .filter((entry) => firstOf(entry, "atom:content") === undefined && links(entry, "alternate").length === 0)
        .map((entry) => place(entry, "")),
  },
  {
    id: "atom-summary",
    says: "an entry whose content is elsewhere or in Base64 has a summary",
    cites: "RFC 4287 §4.1.2",
    check: ({ entries }) =>
      entries
        .filter((entry) => {
          const content = firstOf(entry, "atom:content")
          if (content === undefined || firstOf(entry, "atom:summary") !== undefined) return false
          return content.attributes.has("src") || !isReadable(content.attributes.get("type") ?? "text")
        })
        .map((entry) => place(entry, "no summary")),
  },
  {
    id: "atom-feed-title",
    says: "feeds and sources have a title that says something",
    cites: `RFC 4287 §4.2.14; ${W3C}, NotBlank`,
    check: (document) =>
      wrongOnes(
        named(document, "atom:title"),
        ({ parent, children, text }) => parent?.name !== "atom:entry" && children.length === 0 && text.trim() === "",
      ),
  },
  {
    id: "atom-category",
    says: "a category is one, not a list of them",
    cites: "RFC 4287 §4.2.2",
    check: (document) => [
      ...wrongAttributes(named(document, "atom:category"), "term", (term) => !isList(term)),
      ...wrongAttributes(named(document, "atom:category"), "label", (label) => !isList(label)),
    ],
  },
  {
    id: "atom-category-label",
    says: "the label of a category says something",
    cites: "RFC 4287 §4.2.2.3",
    check: (document) => wrongAttributes(named(document, "atom:category"), "label", (label) => label.trim() !== ""),
  },
  {
    id: "atom-self-type",
    says: "the self link of a feed is of type application/atom+xml",
    cites: "RFC 4287 §7",
    check: ({ feed }) =>
      links(feed, "self")
        .filter(
          ({ attributes }) => !/^application\/atom\+xml(?:;|$)/.test(attributes.get("type") ?? "application/atom+xml"),
        )
        .map((link) => place(link, link.attributes.get("type"))),
  },
  {
    id: "tombstone-ref",
    says: "a tombstone names its entry by an absolute IRI",
    cites: "RFC 6721 §3",
    check: (document) => wrongAttributes(named(document, "at:deleted-entry"), "ref", (ref) => ref === "" || isIri(ref)),
  },
  {
    id: "tombstone-once",
    says: "no two tombstones have the same entry and time",
    cites: "RFC 6721 §3",
    check: (document) =>
      repeated(
        named(document, "at:deleted-entry").map(
          ({ attributes }) => `${attributes.get("ref")} ${attributes.get("when")}`,
        ),
      ),
  },
  {
    id: "tombstone-present",
    says: "an entry that is here was not deleted after its last change",
    cites: "RFC 6721 §3",
    check: ({ feed, entries }) =>
      allOf(feed, "at:deleted-entry").flatMap((tombstone) => {
        const when = parseRfc3339(tombstone.attributes.get("when") ?? "")
        const entry = entries.find((entry) => firstOf(entry, "atom:id")?.text === tombstone.attributes.get("ref"))
        const updated = entry && timeOf(entry, "atom:updated")
        return when !== undefined && updated !== undefined && updated <= when ? [place(tombstone, "")] : []
      }),
  },
  ...XML_RULES,
]
