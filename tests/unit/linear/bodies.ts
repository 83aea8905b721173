/** Makes the worst content of a body: lists and texts that fill it, and texts that all entries of a document share. */

import { fitDraft } from "../../../src/dialects/fit-draft.ts"
import type { Draft } from "../../../src/dialects/item-schema.ts"
import { TAG_LIMIT } from "../../../src/html/sanitize.ts"
import type { Endpoint } from "../../../src/push/auth/endpoints.ts"
import { exportsOf } from "./subject.ts"

const { readMessage } = await exportsOf("push/ingest/read-message.ts")
const { identifyItems } = await exportsOf("push/ingest/identify-items.ts")
const { prepareEvents } = await exportsOf("push/ingest/prepare-events.ts")
const { Problem } = await exportsOf("http/problem.ts")

export const MESSAGE = 1024 * 1024
export const FETCHED = 4 * MESSAGE

const NOW = Date.UTC(2026, 10, 24)
const PUBLISHER = {
  ...{ uid: "nahar", slug: "nahar", name: "Nahar", language: "ar", state: "active", origins: [] },
  ...{ timeZone: "Asia/Riyadh", dateOrder: "day-first" },
}
const PRIOR = {
  directory: { sections: [], publishers: [], redirects: {} },
  taxonomy: { sectionIds: new Map(), defaultSection: null, directory: { sections: [], redirects: {} } },
  states: new Map(),
}

export interface Body {
  name: string
  /** The code that runs: only fitDraft(), or the reading of whole messages. */
  group: "fitting" | "bodies"
  dialect: string
  read: () => Promise<unknown>
}

/** Reads a body as a push does, up to the events for the database. A refusal is a valid result. */
async function readBody(endpoint: Endpoint, contentType: string, text: string, preset?: string): Promise<void> {
  const source = preset === undefined ? undefined : { sender: preset, settings: {} }
  const body = new TextEncoder().encode(text)
  const sender = { publisher: PUBLISHER, messageAt: NOW, source, isSigned: true }
  const incoming = { endpoint, contentType, headers: new Headers(), body, sender }
  try {
    const message = readMessage(incoming, NOW)
    await prepareEvents(await identifyItems(message, PUBLISHER), PUBLISHER, PRIOR, NOW, "en")
  } catch (error) {
    if (!(error instanceof Problem)) throw error
  }
}

/** Repeats a piece up to the size of the body, but with at most the accepted number of `<`; spaces fill the rest. */
const fill = (size: number, around: string, piece: string): string => {
  const [head = "", tail = ""] = around.split("@")
  const most = size === FETCHED ? 3 * TAG_LIMIT : TAG_LIMIT
  const counted = (text: string): number => text.split(/<|&lt;|\\u003c/).length - 1
  const room = size - bytesOf(head + tail)
  const count = Math.min(room / bytesOf(piece), (most - counted(head + tail)) / counted(piece))
  const filling = piece.repeat(Math.floor(count))
  // JSON lists have no comma at their end.
  const text = head + (piece.endsWith(",") ? filling.slice(0, -1) : filling) + tail
  return text + " ".repeat(Math.max(0, size - bytesOf(text)))
}
const bytesOf = (text: string): number => new TextEncoder().encode(text).length

const JSON_TYPE = "application/json"
const ITEM = '"id":"a","date_published":"2026-11-23T08:00:00Z"'
const native = (inside: string) =>
  `{"type":"article.published","timestamp":"2026-11-23T08:30:00Z","data":{${ITEM},${inside}}}`
const jsonFeed = (inside: string) => `{"version":"https://jsonfeed.org/version/1.1","items":[{${ITEM},${inside}}]}`
const ghost = (inside: string) =>
  `{"post":{"current":{"id":"a","status":"published","visibility":"public",${inside}},"previous":{}}}`
const mapped = (inside: string) => `{"article":{"id":"a",${inside}}}`
const rss = (inside: string) => `<rss version="2.0"><channel>${inside}</channel></rss>`
const atom = (inside: string) => `<feed xmlns="http://www.w3.org/2005/Atom">${inside}</feed>`

/** Lists of an item with invalid entries; each list is filled. */
const LISTS = [
  '"authors":[@]',
  '"tags":[@]',
  '"attachments":[@]',
  '"_feedwire":{"sections":[@]}',
  '"_feedwire":{"related":[@]}',
]
const ENTRIES = ["{},"]
/** Texts of an item that become HTML: many tags, many blocks, many escapes. */
const TEXTS = [
  "<a>",
  "<i/>",
  "<p>a",
  "&",
  "&lt;b&gt;",
  "a\\n\\n",
  "\\n",
  "字",
  "a\u0301\u0323",
  "<!--",
  " ",
  "\\u003cb",
]

const members = (html: string, text: string, summary: string): string[] => [
  ...TEXTS.map((piece) => `"${html}":"@"\u0000${piece}`),
  ...TEXTS.map((piece) => `"${text}":"@"\u0000${piece}`),
  ...TEXTS.slice(0, 3).map((piece) => `"${summary}":"@"\u0000${piece}`),
]

const JSON_BODIES: {
  dialect: string
  write: (inside: string) => string
  endpoint: Endpoint
  sender?: string
  inside: string[]
}[] = [
  {
    dialect: "native",
    write: native,
    endpoint: { kind: "native" },
    inside: members("content_html", "content_text", "title"),
  },
  {
    dialect: "JSON Feed",
    write: jsonFeed,
    endpoint: { kind: "native" },
    inside: members("content_html", "content_text", "title"),
  },
  {
    ...{ dialect: "Ghost", write: ghost, endpoint: { kind: "ghost", event: "post.published" } },
    inside: members("html", "custom_excerpt", "feature_image_caption"),
  },
  {
    ...{ dialect: "mapped", write: mapped, endpoint: { kind: "source", name: "cms" }, sender: "github" },
    inside: members("html", "text", "summary"),
  },
]
const lists = (names: string[]): string[] => names.flatMap((list) => ENTRIES.map((entry) => `${list}\u0000${entry}`))

const XML_BODIES: [dialect: string, write: (inside: string) => string, around: string, piece: string][] = [
  ...["<item/>", "<item><title>a</title></item>", "<title>a</title>", "<category>a</category>", "&lt;b&gt;"].map(
    (piece): [string, typeof rss, string, string] => ["RSS", rss, "@", piece],
  ),
  ["RSS", rss, "<item><guid>a</guid>@</item>", "<category>a</category>"],
  ["RSS", rss, "<item><guid>a</guid>@</item>", '<enclosure url="https://a.example/b"/>'],
  ["RSS", rss, "<item><guid>a</guid><title>@</title></item>", "&lt;b&gt;"],
  ["RSS", rss, "<item><guid>a</guid><description>@</description></item>", "&lt;b&gt;"],
  ["RSS", rss, "@", "<item><title>&lt;b&gt;&lt;b&gt;&lt;b&gt;&lt;b&gt;&lt;b&gt;&lt;b&gt;</title></item>"],
  ["RSS", rss, `<copyright>${"&lt;b&gt;".repeat(2000)}</copyright>@`, "<item><guid>a</guid></item>"],
  ["RSS", rss, `<link>https://a.example/${"b".repeat(100_000)}</link>@`, "<item><link>?a</link></item>"],
  ["Atom", atom, "@", "<entry/>"],
  ["Atom", atom, "@", "<entry><id>a</id></entry>"],
  ["Atom", atom, "<entry><id>a</id>@</entry>", "<author><name>a</name></author>"],
  ["Atom", atom, "<entry><id>a</id>@</entry>", '<link rel="related" href="https://a.example/b"/>'],
  ["Atom", atom, `${"<author><name>a</name></author>".repeat(1500)}@`, "<entry/>"],
]

const JSON_FEEDS: [around: string, piece: string][] = [
  ['{"version":"https://jsonfeed.org/version/1.1","items":[@]}', "{},"],
  ['{"version":"https://jsonfeed.org/version/1.1","items":[@]}', '{"id":"a"},'],
  [`{"version":"https://jsonfeed.org/version/1.1","authors":[${"1,".repeat(1000)}1],"items":[@]}`, '{"id":"a"},'],
]

const FEED: Endpoint = { kind: "feed", name: "a" }
const named = (around: string, piece: string): string =>
  `${around.length > 80 ? `${around.slice(0, 40)}…${around.slice(-40)}` : around} × ${JSON.stringify(piece)}`

export const BODIES: readonly Body[] = [
  ...LISTS.flatMap((list) =>
    ENTRIES.map((entry): Body => {
      const text = fill(MESSAGE, `{${ITEM},${list}}`, entry)
      const draft: Draft = { pointer: "", raw: "", value: JSON.parse(text), deleted: false }
      return {
        name: `fitDraft, ${named(list, entry)}`,
        group: "fitting",
        dialect: "fitting",
        read: async () => fitDraft(draft, NOW),
      }
    }),
  ),
  ...JSON_BODIES.flatMap(({ dialect, write, endpoint, sender, inside }) =>
    [
      ...inside,
      ...(dialect === "JSON Feed" ? [] : lists(dialect === "native" ? LISTS : ['"tags":[@]', '"authors":[@]'])),
    ].map((each): Body => {
      const [around = "", piece = ""] = each.split("\u0000")
      return {
        ...{ name: `${dialect}, ${named(around, piece)}`, group: "bodies", dialect: `push of 1 MiB, ${dialect}` },
        read: () => readBody(endpoint, JSON_TYPE, fill(MESSAGE, write(around), piece), sender),
      }
    }),
  ),
  ...XML_BODIES.flatMap(([dialect, write, around, piece]): Body[] => [
    {
      ...{ name: `${dialect}, ${named(around, piece)}`, group: "bodies", dialect: `push of 1 MiB, ${dialect}` },
      read: () => readBody({ kind: "native" }, "application/xml", fill(MESSAGE, write(around), piece)),
    },
    {
      ...{ name: `fetched ${dialect}, ${named(around, piece)}`, group: "bodies", dialect: "feed of 4 MiB, XML" },
      read: () => readBody(FEED, "application/xml", fill(FETCHED, write(around), piece)),
    },
  ]),
  ...JSON_FEEDS.flatMap(([around, piece]): Body[] => [
    {
      ...{ name: `JSON Feed, ${named(around, piece)}`, group: "bodies", dialect: "push of 1 MiB, JSON Feed" },
      read: () => readBody({ kind: "native" }, JSON_TYPE, fill(MESSAGE, around, piece)),
    },
    {
      ...{ name: `fetched JSON Feed, ${named(around, piece)}`, group: "bodies", dialect: "feed of 4 MiB, JSON Feed" },
      read: () => readBody(FEED, JSON_TYPE, fill(FETCHED, around, piece)),
    },
  ]),
]
