import { describe, expect, it } from "vitest"
import { isJsonFeed, readJsonFeed } from "../../../../src/dialects/documents/json-feed.ts"
import { fitDraft } from "../../../../src/dialects/fit-draft.ts"
import { checkDraft } from "../../../../src/dialects/item-schema.ts"
import * as fc from "../../../fast-check.ts"

const NOW = Date.parse("2030-01-01T00:00:00Z")
const feed = (items: unknown, more: object = {}) => ({
  version: "https://jsonfeed.org/version/1.1",
  title: "The Paper",
  items,
  ...more,
})

function valuesOf(document: unknown): unknown[] {
  const reading = readJsonFeed(document)
  if ("problem" in reading) throw new Error(reading.problem.detail)
  return reading.drafts.map(({ value }) => value)
}

describe("a JSON Feed", () => {
  it("is recognised by its version", () => {
    expect(isJsonFeed(feed([]))).toBe(true)
    expect(isJsonFeed({ version: "https://jsonfeed.org/version/1" })).toBe(true)
    expect(isJsonFeed({ items: [] })).toBe(true)
    const message = { type: "article.published", timestamp: "", data: {} }
    for (const other of [
      null,
      [],
      "x",
      {},
      { version: 1.1 },
      message,
      { ...message, items: [] },
      { version: { toString: 1 } },
    ])
      expect(isJsonFeed(other)).toBe(false)
  })

  it("of another version is read, with a warning for each item", () => {
    const versions = [
      ...["1", "1.0", "1.1", "2", "JSON Feed 1", "http://jsonfeed.org/version/1", "https://jsonfeed.org/version/2"],
      ...["https://jsonfeed.org/version/1.1/", "https://www.jsonfeed.org/version/1.1", "jsonfeed.org/version/1"],
      ...[
        "https://jsonfeed.org/version/1.2.3",
        "HTTPS://JSONFEED.ORG/VERSION/1",
        "",
        1,
        1.1,
        null,
        [],
        { toString: 1 },
      ],
    ]
    for (const version of versions) {
      const document = feed([{ id: "1" }, { id: "2" }], { version })
      expect(isJsonFeed(document), String(JSON.stringify(version))).toBe(true)
      const warning = `version ${JSON.stringify(version)} is unknown: the feed was read as https://jsonfeed.org/version/1.1`
      expect(readJsonFeed(document)).toMatchObject({
        drafts: [
          { value: { id: "1" }, warnings: [warning] },
          { value: { id: "2" }, warnings: [warning] },
        ],
      })
    }
    expect(readJsonFeed(feed([{ id: "1" }], { version: undefined }))).toMatchObject({
      drafts: [{ warnings: ["version is missing: the feed was read as https://jsonfeed.org/version/1.1"] }],
    })
    expect(readJsonFeed(feed([{ id: "1" }], { version: "https://jsonfeed.org/version/1" }))).toEqual({
      drafts: [
        {
          pointer: "/items/0",
          raw: '{"id":"1"}',
          value: { id: "1" },
          deleted: false,
          writtenTimes: Array(4).fill(undefined),
        },
      ],
    })
  })

  it("passes on its items, each with its place and everything that can change it", () => {
    const item = { id: "1", title: "A", content_html: "<p>a</p>", _feedwire: { sections: ["world"], rights: "x" } }
    const second = { ...item, id: "2" }
    const writtenTimes = Array(4).fill(undefined)
    expect(readJsonFeed(feed([item, second]))).toEqual({
      drafts: [
        { pointer: "/items/0", raw: JSON.stringify(item), value: item, deleted: false, writtenTimes },
        { pointer: "/items/1", raw: JSON.stringify(second), value: second, deleted: false, writtenTimes },
      ],
    })
  })

  const cases: [name: string, more: object, item: unknown, value: unknown][] = [
    ["language of the feed", { language: "ar" }, { id: "1" }, { language: "ar", id: "1" }],
    ["language as Java writes it", { language: "ar" }, { id: "1", language: "en_US" }, { id: "1", language: "en-US" }],
    ["authors of the feed", { authors: [{ name: "A" }] }, { id: "1" }, { authors: [{ name: "A" }], id: "1" }],
    [
      "the author of version 1.0",
      { author: { name: "A", avatar: null } },
      { id: "1" },
      { authors: [{ name: "A" }], id: "1" },
    ],
    [
      "its own author",
      { authors: [{ name: "A" }] },
      { id: "1", author: { name: "B" } },
      { id: "1", author: { name: "B" } },
    ],
    ["a number for an id", {}, { id: 17 }, { id: "17" }],
    ["an object for an id is left to be refused", {}, { id: { a: 1 } }, { id: { a: 1 } }],
    [
      "nothing if nothing is stated",
      {},
      { id: "1", summary: null, url: "", tags: [null, "a"] },
      { id: "1", _feedwire: { sections: ["a"] } },
    ],
    ["text that only repeats the title", {}, { id: "1", title: "T", content_text: "T" }, { id: "1", title: "T" }],
    ["text that only repeats the summary", {}, { id: "1", summary: "S", content_text: "S" }, { id: "1", summary: "S" }],
    ["an invalid item", {}, "x", "x"],
    ["null", {}, null, null],
    ["what is too deep to mean anything", {}, { id: "1", a: [[[[[[[1]]]]]]] }, { id: "1", a: [[[[[]]]]] }],
  ]
  it.each(cases)("%s", (_, more, item, value) => {
    expect(valuesOf(feed([item], more))).toEqual([value])
  })

  it("may have a member called __proto__", () => {
    const [value] = valuesOf(
      JSON.parse('{"version":"https://jsonfeed.org/version/1","items":[{"id":"1","__proto__":{"title":"x"}}]}'),
    )
    expect((value as { title?: string }).title).toBeUndefined()
  })

  it("of the wire withdraws its tombstones", () => {
    const deleted = [
      { id: "1", date_deleted: "2026-11-23T09:00:00Z", reason: "withdrawn" },
      { id: "2", date_deleted: "2026-11-23T09:00:00Z", reason: "moved" },
    ]
    const value = { id: "1", date_modified: "2026-11-23T09:00:00Z" }
    expect(readJsonFeed(feed([], { _feedwire: { deleted } }))).toEqual({
      drafts: [
        {
          ...{ pointer: "/_feedwire/deleted/0", raw: JSON.stringify(value), value, deleted: true },
          writtenTimes: [value.date_modified],
        },
      ],
    })
  })
})

describe("the size of a feed's items", () => {
  it("does not grow with long inherited members, which are left out", () => {
    const many = Array.from({ length: 200 }, (_, no) => ({ name: `author ${no}` }))
    const cases = [{ authors: many }, { author: { name: "a".repeat(3000) } }, { language: "a".repeat(3000) }]
    for (const more of cases) {
      const reading = readJsonFeed(feed([{ id: "1" }, { id: "2" }], more))
      if ("problem" in reading) throw new Error(reading.problem.detail)
      const name = "language" in more ? "language" : "authors"
      expect(reading.drafts.map(({ value, raw, warnings }) => [value, raw, warnings])).toEqual(
        ["1", "2"].map((id) => [
          { id },
          JSON.stringify({ id }),
          [`${name} of the whole feed was left out: it has more than 2000 characters`],
        ]),
      )
    }
  })

  it("is limited by their number, which is checked before any item is read", () => {
    let looks = 0
    const item = {
      get id() {
        looks += 1
        return "1"
      },
    }
    expect(readJsonFeed(feed(Array(101).fill(item)))).toEqual({
      problem: {
        code: "body_too_large",
        detail: "The body has 101 articles; at most 100 are accepted. Split it.",
      },
    })
    expect(looks).toBe(0)
    expect(valuesOf(feed(Array(100).fill(item)))).toHaveLength(100)
    const deleted = Array(51).fill({ id: "1" })
    expect(readJsonFeed(feed(Array(50).fill(item), { _feedwire: { deleted } }))).toHaveProperty("problem")
    // Tombstones of articles that only moved do not count as articles.
    const moved = Array(51).fill({ id: "1", reason: "moved" })
    expect(valuesOf(feed(Array(50).fill(item), { _feedwire: { deleted: moved } }))).toHaveLength(50)
  })
})

describe("a JSON Feed is refused", () => {
  const cases: [name: string, value: unknown, pointer: string, detail: string][] = [
    ["no feed", [], "", "must be a JSON Feed, which is an object with items"],
    ["another object", {}, "/items", "is missing"],
    ["no items", feed(undefined), "/items", "is missing"],
    ["items that are no list", feed({ a: 1 }), "/items", "must be an array"],
  ]
  it.each(cases)("%s", (_, value, pointer, detail) => {
    expect(readJsonFeed(value)).toEqual({
      problem: {
        code: "invalid_document",
        detail: `${pointer || "The body"} ${detail}`,
        errors: [{ pointer, detail }],
      },
    })
  })

  it("any feed is read or refused without throwing", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.jsonValue(), (items, extension) => {
        const reading = readJsonFeed(feed(items, { _feedwire: extension, authors: extension, language: extension }))
        if ("problem" in reading) throw new Error(reading.problem.detail)
        for (const draft of reading.drafts) checkDraft(fitDraft(draft, NOW))
      }),
    )
  })
})
