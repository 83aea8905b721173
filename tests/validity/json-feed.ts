/** Rules of JSON Feed 1.1: https://www.jsonfeed.org/version/1.1/ */
import { isPlausible, parseRfc3339 } from "./dates.ts"
import { type HtmlBody, htmlRules } from "./html.ts"
import { type Rule, repeated } from "./rule.ts"
import { isEscapedTwice, isHonestTag, isIri, isLanguage, isList, isMediaType, mojibakeIn } from "./syntax.ts"

type Json = Record<string, unknown>

export interface JsonDocument {
  text: string
  url: string
  /** The URL to subscribe to, which differs from the document's own for a page or an archive. */
  subscription: string
  feed: Json
  items: Json[]
  /** Values of extensions are included. */
  values: PlacedValue[]
}

type Shape = "string" | "boolean" | "number" | "object" | "objects" | "strings"

const AUTHORS = { name: "string", url: "string", avatar: "string" } as const
const FEED: Record<string, Shape> = {
  ...{ version: "string", title: "string", home_page_url: "string", feed_url: "string", description: "string" },
  ...{ user_comment: "string", next_url: "string", icon: "string", favicon: "string", authors: "objects" },
  ...{ language: "string", expired: "boolean", hubs: "objects", items: "objects" },
}
const ITEM: Record<string, Shape> = {
  ...{ id: "string", url: "string", external_url: "string", title: "string", content_html: "string" },
  ...{ content_text: "string", summary: "string", image: "string", banner_image: "string", date_published: "string" },
  ...{ date_modified: "string", authors: "objects", tags: "strings", language: "string", attachments: "objects" },
}
const ATTACHMENT: Record<string, Shape> = {
  ...{ url: "string", mime_type: "string", title: "string", size_in_bytes: "number", duration_in_seconds: "number" },
}
const HUB: Record<string, Shape> = { type: "string", url: "string" }
const REQUIRED = new Map<Record<string, Shape>, string[]>([
  [FEED, ["version", "title", "home_page_url", "feed_url", "items"]],
  [ITEM, ["id"]],
  [ATTACHMENT, ["url", "mime_type"]],
  [HUB, ["type", "url"]],
])
const ADDRESSES = new Set(
  "home_page_url feed_url next_url icon favicon url external_url image banner_image avatar".split(" "),
)

interface Member {
  where: string
  object: Json
  shape: Record<string, Shape>
}

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)
const objects = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : [])
const texts = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).filter((each) => typeof each === "string")

/** @returns undefined if the text is no JSON object */
export function jsonDocument(text: string, url: string, subscription: string): JsonDocument | undefined {
  try {
    const feed: unknown = JSON.parse(text)
    return isObject(feed)
      ? { text, url, subscription, feed, items: objects(feed.items), values: valuesIn(feed) }
      : undefined
  } catch {
    return undefined
  }
}

/** Every object that JSON Feed defines. */
function membersOf({ feed, items }: JsonDocument): Member[] {
  const listed = (where: string, object: Json, key: string, shape: Record<string, Shape>): Member[] =>
    objects(object[key]).map((each, at) => ({ where: `${where}${key}[${at}].`, object: each, shape }))
  return [
    { where: "", object: feed, shape: FEED },
    ...listed("", feed, "hubs", HUB),
    ...listed("", feed, "authors", AUTHORS),
    ...items.flatMap((item, at) => [
      { where: `items[${at}].`, object: item, shape: ITEM },
      ...listed(`items[${at}].`, item, "authors", AUTHORS),
      ...listed(`items[${at}].`, item, "attachments", ATTACHMENT),
    ]),
  ]
}

function fits(value: unknown, shape: Shape | undefined): boolean {
  if (shape === "object") return isObject(value)
  if (shape === "objects") return Array.isArray(value) && value.every(isObject)
  if (shape === "strings") return Array.isArray(value) && value.every((each) => typeof each === "string")
  return typeof value === shape
}

type PlacedValue = [where: string, value: unknown]

/** The value and every value in it, each with its path. */
function valuesIn(value: unknown, where = "", all: PlacedValue[] = []): PlacedValue[] {
  all.push([where, value])
  if (Array.isArray(value)) for (const [at, each] of value.entries()) valuesIn(each, `${where}[${at}]`, all)
  else if (isObject(value)) {
    for (const key in value) valuesIn(value[key], where === "" ? key : `${where}.${key}`, all)
  }
  return all
}

/** String members with these keys, in objects of JSON Feed, that are not valid. */
function wrongStrings(document: JsonDocument, keys: Iterable<string>, valid: (value: string) => boolean): string[] {
  const wanted = new Set(keys)
  return membersOf(document).flatMap(({ where, object }) =>
    Object.entries(object)
      .filter(([key]) => wanted.has(key))
      .flatMap(([key, value]) =>
        texts(value)
          .filter((text) => text !== "" && !valid(text))
          .map((text) => `${where}${key}: ${text}`),
      ),
  )
}

const bodiesOf = ({ items }: JsonDocument): HtmlBody[] =>
  items.flatMap((item, at) =>
    typeof item.content_html === "string" ? [{ where: `items[${at}].content_html`, html: item.content_html }] : [],
  )

const SPECIFICATION = "JSON Feed 1.1"

/** A document that breaks this rule cannot be read, so no other rule is checked. */
export const JSON_READABLE: Rule<JsonDocument | undefined> = {
  id: "json-object",
  says: "the document is one JSON object",
  cites: `${SPECIFICATION}, The Structure of a Feed; RFC 8259 §2`,
  check: (document) => (document === undefined ? ["no object"] : []),
}

export const JSON_FEED_RULES: readonly Rule<JsonDocument>[] = [
  {
    id: "json-key-once",
    says: "no object has a key twice: parsers keep the first, the last or none",
    cites: "RFC 8259 §4, RFC 7493 §2.3",
    check: ({ text, values }) => {
      const written = [...text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)].filter(([, colon]) => colon !== undefined).length
      const kept = values.reduce((sum, [, each]) => sum + (isObject(each) ? Object.keys(each).length : 0), 0)
      return written === kept ? [] : [`${written} keys, ${kept} of them different`]
    },
  },
  {
    id: "json-version",
    says: "the version is exactly https://jsonfeed.org/version/1.1",
    cites: `${SPECIFICATION}, Top-level`,
    check: ({ feed: { version } }) =>
      typeof version !== "string" || version === "https://jsonfeed.org/version/1.1" ? [] : [version],
  },
  {
    id: "json-missing",
    says: "required members are there, with feed_url and home_page_url, which public feeds require",
    cites: `${SPECIFICATION}, Top-level, Items, Attachments`,
    check: (document) =>
      membersOf(document).flatMap(({ where, object, shape }) =>
        (REQUIRED.get(shape) ?? []).filter((key) => !Object.hasOwn(object, key)).map((key) => where + key),
      ),
  },
  {
    id: "json-shape",
    says: "every member is of its type: ids are strings, sizes numbers, tags strings",
    cites: `${SPECIFICATION}, Top-level, Items`,
    check: (document) =>
      membersOf(document).flatMap(({ where, object, shape }) =>
        Object.entries(object)
          .filter(([key, value]) => Object.hasOwn(shape, key) && value !== null && !fits(value, shape[key]))
          .map(([key]) => where + key),
      ),
  },
  {
    id: "json-unknown",
    says: "every key is one of JSON Feed or begins with an underscore",
    cites: `${SPECIFICATION}, Extensions, Key Naming Rules`,
    check: (document) =>
      membersOf(document).flatMap(({ where, object, shape }) =>
        Object.keys(object)
          .filter((key) => !Object.hasOwn(shape, key) && !key.startsWith("_") && key !== "author")
          .map((key) => where + key),
      ),
  },
  {
    id: "json-author",
    says: "authors instead of author",
    cites: `${SPECIFICATION}, Deprecations`,
    check: (document) =>
      membersOf(document)
        .filter(({ object }) => Object.hasOwn(object, "author"))
        .map(({ where }) => `${where}author`),
  },
  {
    id: "json-authors",
    says: "an author has a name, a URL or a picture",
    cites: `${SPECIFICATION}, Top-level`,
    check: (document) =>
      membersOf(document)
        .filter(({ object, shape }) => shape === AUTHORS && !Object.keys(AUTHORS).some((key) => key in object))
        .map(({ where }) => where),
  },
  {
    id: "json-extension",
    says: "an extension is an object whose name begins with an underscore and a letter; no key holds a dot",
    cites: `${SPECIFICATION}, Extensions`,
    check: ({ values }) =>
      values.flatMap(([where, value]) =>
        isObject(value)
          ? Object.entries(value)
              .filter(
                ([key, each]) =>
                  key.includes(".") || (key.startsWith("_") && !(/^_\p{L}/u.test(key) && isObject(each))),
              )
              .map(([key]) => `${where} ${key}`.trim())
          : [],
      ),
  },
  {
    id: "json-extension-names",
    says: "keys within an extension begin without underscore",
    cites: `${SPECIFICATION}, Extensions`,
    check: (document) =>
      membersOf(document).flatMap(({ where, object }) =>
        Object.entries(object)
          .filter(([key, value]) => key.startsWith("_") && isObject(value))
          .flatMap(([name, value]) =>
            valuesIn(value)
              .flatMap(([, each]) => (isObject(each) ? Object.keys(each) : []))
              .filter((key) => key.startsWith("_"))
              .map((key) => `${where}${name}: ${key}`),
          ),
      ),
  },
  {
    id: "json-null",
    says: "nothing is null: what is not known is left out",
    cites: `${SPECIFICATION}, Top-level: null is of none of the types`,
    check: ({ values }) => values.filter(([, value]) => value === null).map(([where]) => where),
  },
  {
    id: "json-empty",
    says: "no empty strings, lists and objects: what is not known is left out",
    cites: `${SPECIFICATION}, Items: optional members`,
    check: ({ values }) =>
      values
        .filter(([where, value]) => {
          if (typeof value === "string") return value.trim() === ""
          // A feed may be empty, and an empty list may be an answer in an extension.
          if (Array.isArray(value)) return value.length === 0 && where !== "items" && !/(?:^|\.)_/.test(where)
          // Another rule reports an author without members.
          return isObject(value) && Object.keys(value).length === 0 && !/\bauthors\[\d+\]$/.test(where)
        })
        .map(([where]) => where),
  },
  {
    id: "json-content",
    says: "an item has content_html or content_text",
    cites: `${SPECIFICATION}, Items`,
    check: ({ items }) =>
      items.flatMap((item, at) => ("content_html" in item || "content_text" in item ? [] : [`items[${at}]`])),
  },
  {
    id: "json-url",
    says: "addresses are absolute and without blanks",
    cites: `${SPECIFICATION}, Top-level, Items; RFC 3987 §2.2`,
    check: (document) => wrongStrings(document, ADDRESSES, isIri),
  },
  {
    id: "json-feed-url",
    says: "feed_url is the URL to subscribe to, which identifies the feed",
    cites: `${SPECIFICATION}, Top-level`,
    check: ({ feed: { feed_url }, subscription }) =>
      typeof feed_url !== "string" || feed_url === "" || feed_url === subscription || !isIri(feed_url)
        ? []
        : [`${feed_url} instead of ${subscription}`],
  },
  {
    id: "json-next-url",
    says: "next_url is neither the feed nor this document",
    cites: `${SPECIFICATION}, Top-level`,
    check: ({ feed: { feed_url, next_url }, url }) =>
      typeof next_url === "string" && next_url !== "" && [feed_url, url].includes(next_url) ? [next_url] : [],
  },
  {
    id: "json-id-unique",
    says: "no two items have the same id",
    cites: `${SPECIFICATION}, Items`,
    check: ({ items }) => repeated(items.flatMap(({ id }) => (typeof id === "string" ? [id] : []))),
  },
  {
    id: "json-tag-uri",
    says: "ids that begin with tag: are tag URIs",
    cites: "RFC 4151 §2.1",
    check: (document) => wrongStrings(document, ["id"], isHonestTag),
  },
  {
    id: "json-date",
    says: "dates are of RFC 3339",
    cites: `${SPECIFICATION}, Items; RFC 3339 §5.6`,
    check: (document) =>
      wrongStrings(document, ["date_published", "date_modified"], (date) => parseRfc3339(date) !== undefined),
  },
  {
    id: "json-date-plausible",
    says: "dates are after 1970",
    cites: "validator.w3.org/feed, ImplausibleDate",
    check: (document) =>
      wrongStrings(document, ["date_published", "date_modified"], (date) =>
        isPlausible(parseRfc3339(date) ?? 0, undefined),
      ),
  },
  {
    id: "json-modified-later",
    says: "an item is not modified before it is published",
    cites: `${SPECIFICATION}, Items`,
    check: ({ items }) =>
      items.flatMap(({ date_published, date_modified }, at) => {
        const [published, modified] = [date_published, date_modified].map((date) => parseRfc3339(String(date)))
        return published !== undefined && modified !== undefined && modified < published ? [`items[${at}]`] : []
      }),
  },
  {
    id: "json-language",
    says: "languages are language tags",
    cites: `${SPECIFICATION}, Top-level; RFC 5646 §2.1`,
    check: (document) => wrongStrings(document, ["language"], isLanguage),
  },
  {
    id: "json-tags",
    says: "a tag is one, not a list of them",
    cites: `${SPECIFICATION}, Items`,
    check: (document) => wrongStrings(document, ["tags"], (tag) => !isList(tag)),
  },
  {
    id: "json-mime-type",
    says: "attachments have a media type",
    cites: `${SPECIFICATION}, Attachments`,
    check: (document) => wrongStrings(document, ["mime_type"], isMediaType),
  },
  {
    id: "json-numbers",
    says: "sizes are whole bytes, durations are more than nothing",
    cites: `${SPECIFICATION}, Attachments`,
    check: (document) =>
      membersOf(document).flatMap(({ where, object: { size_in_bytes, duration_in_seconds } }) => [
        ...(typeof size_in_bytes !== "number" || (Number.isInteger(size_in_bytes) && size_in_bytes > 0)
          ? []
          : [`${where}size_in_bytes: ${size_in_bytes}`]),
        ...(typeof duration_in_seconds !== "number" || duration_in_seconds > 0
          ? []
          : [`${where}duration_in_seconds: ${duration_in_seconds}`]),
      ]),
  },
  {
    id: "json-text-escaped-twice",
    says: "titles, names and tags are plain text, not the source of HTML",
    cites: `${SPECIFICATION}, Items: the only place HTML is allowed in is content_html`,
    check: (document) => wrongStrings(document, ["title", "summary", "name", "tags"], (text) => !isEscapedTwice(text)),
  },
  {
    id: "json-mojibake",
    says: "text was not read in another encoding than it was written in",
    cites: "RFC 8259 §8.1",
    check: ({ text }) => mojibakeIn(text),
  },
  {
    id: "json-characters",
    says: "no half characters, controls and noncharacters, also not as escapes",
    cites: "RFC 7493 §2.1, RFC 8259 §8.2",
    check: ({ values }) =>
      values
        .filter(
          ([, value]) =>
            typeof value === "string" &&
            // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is its purpose
            /[\u0000-\u0008\u000B-\u001F\u007F-\u0084\u0086-\u009F\uD800-\uDFFF]|\p{Noncharacter_Code_Point}/u.test(
              value,
            ),
        )
        .map(([where]) => where),
  },
  {
    id: "json-deleted",
    says: "an item that is here is not among those that the extension calls deleted",
    cites: "RFC 6721 §3, in _feedwire.deleted",
    check: ({ feed, items }) => {
      const deleted = isObject(feed._feedwire) ? objects(feed._feedwire.deleted).map(({ id }) => id) : []
      return items.flatMap(({ id }, at) => (deleted.includes(id) ? [`items[${at}]: ${id}`] : []))
    },
  },
  ...htmlRules<JsonDocument>(bodiesOf),
]
