/** Tests mapped messages: pointers, values, places and members. */
import { describe, expect, it } from "vitest"
import { fitDraft } from "../../../src/dialects/fit-draft.ts"
import { checkDraft, type Draft } from "../../../src/dialects/item-schema.ts"
import type { Mapping } from "../../../src/dialects/mapping-schema.ts"
import { parseJson } from "../../../src/dialects/parse-json.ts"
import { drafts, NOW, none, problem } from "./mapped.ts"

none()

const draft = (body: unknown, mapping: Omit<Mapping, "id">) => {
  const [first] = drafts({ id: "1", ...(body as object) }, { id: "/id", ...mapping })
  if (first === undefined) throw new Error("no draft")
  return { value: first.value as Record<string, unknown>, warnings: first.warnings ?? [] }
}

describe("pointers", () => {
  it("are escaped as in RFC 6901", () => {
    const body = { "a/b": "slash", "m~n": "tilde", "": "empty", "~1": "both", list: [["x"], ["y"]] }
    const title = (pointer: string) => draft(body, { title: pointer }).value.title
    expect(title("/a~1b")).toBe("slash")
    expect(title("/m~0n")).toBe("tilde")
    expect(title("/")).toBe("empty")
    expect(title("/~01")).toBe("both")
    expect(title("/list/1/0")).toBe("y")
    expect(title("/list/*/0")).toBe("x")
    expect(title("/list/-")).toBeUndefined()
    expect(title("/list/01")).toBeUndefined()
    expect(title("/list/2")).toBeUndefined()
    expect(title("/list/length")).toBeUndefined()
  })

  it("are tried in order, and empty values are skipped", () => {
    const body = { a: null, b: "", c: "  ", d: { deep: 1 }, e: "last", f: "later" }
    const read = draft(body, { title: ["/none", "/a", "/b", "/c", "/d", "/e", "/f"] })
    expect(read).toEqual({ value: { id: "1", title: "last" }, warnings: [] })
  })

  it("start at the article, or with # at the body", () => {
    const body = { lang: "ar", é: "x", items: [{ key: 1, lang: "en" }, { key: 2 }] }
    const mapping = { items: "/items", id: "/key", language: ["/lang", "#/lang"], title: "#/%C3%A9" }
    expect(drafts(body, mapping).map(({ value }) => value)).toEqual([
      { id: "1", title: "x", language: "en" },
      { id: "2", title: "x", language: "ar" },
    ])
  })

  it("never read inherited members", () => {
    const body = JSON.parse('{"id":"1","__proto__":{"title":"own"},"list":[]}')
    for (const pointer of ["/constructor", "/constructor/name", "/toString", "/list/constructor/name", "/id/length"]) {
      expect(drafts(body, { id: "/id", title: pointer })[0]).toMatchObject({ value: { id: "1" } })
      expect(drafts(body, { id: "/id", title: pointer })[0]?.warnings).toEqual([
        `No title and no text was found; these pointers were read: ${pointer}`,
      ])
    }
    // JSON may have a real member of this name.
    expect(drafts(body, { id: "/id", title: "/__proto__/title" })[0]?.value).toEqual({ id: "1", title: "own" })
  })
})

describe("values at one pointer", () => {
  const numbers = (count: number) => Array.from({ length: count }, (_, no) => String(no))

  it("are limited to the first 1,000", () => {
    const tags = (pointer: string, body: object) => draft(body, { tags: pointer }).value.tags as string[]
    expect(tags("/t/*", { t: numbers(1000) })).toEqual(numbers(1000))
    for (const found of [
      tags("/t/*", { t: numbers(1001) }),
      tags("/t", { t: numbers(1001) }),
      // The limit applies to all stars together.
      tags("/t/*/*", { t: [numbers(999), numbers(999)] }),
    ]) {
      expect(found.length).toBeLessThanOrEqual(1000)
      expect(found).toEqual(numbers(found.length))
    }
    const title = (at: number) =>
      draft({ t: Array.from({ length: 2000 }, (_, no) => (no === at ? "found" : null)) }, { title: "/t/*" }).value.title
    expect([title(999), title(1000)]).toEqual(["found", undefined])
  })

  it("are also read for 100 articles of a message of 900 KB", () => {
    const t = numbers(130_000)
    const body = { t, articles: numbers(100).map((id) => ({ id })) }
    expect(JSON.stringify(body).length).toBeGreaterThan(900_000)
    const read = drafts(body, { items: "/articles", id: "/id", title: "/id", tags: "#/t/*", authors: "#/t" })
    expect(read).toHaveLength(100)
    for (const { value } of read) {
      const { tags, authors } = value as { tags: string[]; authors: { name: string }[] }
      expect(tags).toEqual(numbers(1000))
      expect(authors.map(({ name }) => name)).toEqual(numbers(1000))
    }
    // A condition also reads no more.
    const only = (equals: string) =>
      drafts(body, { items: "/articles", id: "/id", only: [{ pointer: "#/t/*", equals: [equals] }] }).length
    expect([only("999"), only("1000")]).toEqual([100, 0])
  })
})

describe("the place of the articles", () => {
  const one = { id: "1" }
  const two = { id: "2" }
  it("is the body, a list, or the first place with an id", () => {
    const at = (body: unknown, items?: Mapping["items"]) =>
      drafts(body, { id: "/id", ...(items !== undefined && { items }) }).map(({ pointer }) => pointer)
    expect(at(one)).toEqual([""])
    expect(at([one, two])).toEqual(["/0", "/1"])
    expect(at({ list: [one, two] }, "/list")).toEqual(["/list/0", "/list/1"])
    expect(at({ list: [one, two] }, "/list/*")).toEqual(["/list/0", "/list/1"])
    expect(at({ pages: [{ posts: [one] }, { posts: [two] }] }, "/pages/*/posts")).toEqual([
      "/pages/0/posts/0",
      "/pages/1/posts/0",
    ])
    expect(at({ data: { views: 1 }, id: "3" }, ["/data", ""])).toEqual([""])
    expect(at({ data: one, id: "3" }, ["/data", ""])).toEqual(["/data"])
  })

  it("is reported if it is missing", () => {
    const mapping = { id: "/id", items: ["/list", "/item"] }
    for (const body of [{}, { list: [] }, { list: "text", item: 7 }]) {
      expect(problem(body, mapping)).toEqual({
        code: "invalid_message",
        detail: "No article was found; these pointers were read: /list, /item.",
      })
    }
    for (const body of [null, 1, "text", true]) expect(problem(body, mapping)?.code).toBe("invalid_message")
  })

  it("has at most 100 articles", () => {
    const many = (count: number) => Array.from({ length: count }, (_, no) => ({ id: no }))
    expect(drafts(many(100), { id: "/id" })).toHaveLength(100)
    expect(problem(many(101), { id: "/id" })).toEqual({
      code: "body_too_large",
      detail: "The message holds more than 100 articles. Split it.",
    })
    // Only the first of so many are read.
    expect(problem(many(300_000), { id: "/id" })?.detail).toContain("more than 100 articles")
  })

  it("keeps valid articles beside invalid ones", () => {
    const items = drafts([one, 7, { title: "no id" }, null], { id: ["/id", "/guid"], title: "/title" })
    const parsed = items.map((item) => checkDraft(fitDraft(item, NOW)))
    expect(parsed.map(({ errors }) => errors.map(({ pointer }) => pointer))).toEqual([
      [],
      ["/1/id"],
      ["/2/id"],
      ["/3/id"],
    ])
    expect(parsed[2]?.warnings).toEqual(["No id was found; these pointers were read: /id, /guid"])
  })
})

describe("mapped members", () => {
  it("become members of an item", () => {
    const body = {
      title: "Title",
      html: "<p>a</p>",
      text: "a",
      lead: "b",
      path: "/news/1",
      photo: { src: "1.jpg", caption: "c", credit: "d", alt: "e" },
      section: "World",
      topics: [{ name: "x" }, { name: "y" }, { name: "x" }],
      by: ["Ada", "Layla"],
      made: "Mon, 23 Nov 2026 10:30:00 +0200",
      changed: 1_795_422_600,
      lang: "ar",
      sub: "f",
      place: "g",
      until: "2026-11-24T08:00:00+02:00",
    }
    const mapping: Mapping = {
      id: "/id",
      title: "/title",
      html: "/html",
      text: "/text",
      summary: "/lead",
      url: "/path",
      url_base: "https://site.example/{value}",
      image: "/photo/src",
      image_base: "https://img.example/full/{value}?w=1200",
      image_caption: "/photo/caption",
      image_credit: "/photo/credit",
      image_alt: "/photo/alt",
      sections: "/section",
      tags: "/topics/*/name",
      authors: "/by",
      published: "/made",
      updated: "/changed",
      language: "/lang",
      subtitle: "/sub",
      dateline: "/place",
      embargo: "/until",
    }
    const [read] = drafts({ id: 7, ...body }, mapping)
    expect(read?.value).toEqual({
      id: "7",
      title: "Title",
      content_html: "<p>a</p>",
      content_text: "a",
      summary: "b",
      url: "https://site.example/news/1",
      image: "https://img.example/full/1.jpg?w=1200",
      authors: [{ name: "Ada" }, { name: "Layla" }],
      tags: ["x", "y"],
      date_published: "2026-11-23T08:30:00Z",
      date_modified: "2026-11-23T08:30:00Z",
      language: "ar",
      _feedwire: {
        sections: ["World"],
        subtitle: "f",
        dateline: "g",
        image: { caption: "c", credit: "d", alt: "e" },
        embargo: "2026-11-24T06:00:00Z",
      },
    })
    expect(read).not.toHaveProperty("warnings")
    expect(checkDraft(read as Draft)).toMatchObject({ errors: [], warnings: [] })
  })

  it("of another type are left out with a warning", () => {
    const body = { a: [], b: { c: 1 }, d: true, e: [{ name: "x" }, "y"], f: 2 ** 53 }
    const read = draft(body, { title: "/a", html: "/b", summary: "/d", tags: "/e", url: "/f" })
    expect(read.value).toEqual({ id: "1", tags: ["y"] })
    expect(read.warnings.toSorted()).toEqual([
      "html: /b holds an object, not text; it was left out",
      "summary: /d holds true, not text; it was left out",
      "tags: /e holds an object, not text; it was left out",
      "title: /a holds an array, not text; it was left out",
      "url: /f holds a number too large to be exact, not text; it was left out",
    ])
  })

  it("with numbers become text with all their digits", () => {
    const id = (json: string) => {
      const parsed = parseJson(new TextEncoder().encode(`{"id":${json}}`), { depth: 9, tags: 9 })
      return drafts("value" in parsed ? parsed.value : parsed.problem, { id: "/id" })[0]
    }
    expect(id("17")?.value).toEqual({ id: "17" })
    expect(id("0")?.value).toEqual({ id: "0" })
    expect(id("9007199254740991")?.value).toEqual({ id: "9007199254740991" })
    for (const json of ["9007199254740993", "9007199254740992", "-9007199254740993", "1".repeat(30)]) {
      expect(id(json)?.value).toEqual({ id: json })
    }
    for (const [json, digits] of [
      ["9007199254740993e0", "9007199254740993"],
      ["9007199254740993.0", "9007199254740993"],
      ["90071992547409930E-1", "9007199254740993"],
      ["9.007199254740993e15", "9007199254740993"],
      ["-9.007199254740993000e+15", "-9007199254740993"],
      ["1e20", "100000000000000000000"],
      ["1e400", "1e400"],
    ] as const)
      expect(id(json)?.value).toEqual({ id: digits })
  })

  it("with times are read in all usual forms", () => {
    const read = (value: unknown) => draft({ at: value }, { updated: "/at", published: "/at" })
    const at = "2026-11-23T08:30:00Z"
    const ms = Date.parse(at)
    for (const value of [
      at,
      "2026-11-23T10:30:00+02:00",
      "Mon, 23 Nov 2026 03:30:00 EST",
      ms,
      ms / 1000,
      `${ms}`,
      `${ms / 1000}`,
    ]) {
      expect(read(value)).toEqual({ value: { id: "1", date_published: at, date_modified: at }, warnings: [] })
    }
    expect(read(ms + 123).value.date_modified).toBe("2026-11-23T08:30:00.123Z")
    expect(read(ms / 1000 + 0.123).value.date_modified).toBe("2026-11-23T08:30:00.123Z")
    for (const value of [
      "yesterday",
      "2026-02-30T08:00:00Z",
      "31 Feb 2026 08:00 GMT",
      5,
      "5",
      -1,
      1e300,
      true,
      ["x"],
      {},
    ]) {
      const { value: item, warnings } = read(value)
      expect(item, String(value)).toEqual({ id: "1" })
      expect(warnings).toHaveLength(2)
    }
  })

  it("do not order versions by an hour or zone that would be a guess", () => {
    const read = (value: string) => draft({ at: value }, { updated: "/at", published: "/at" }).value
    expect(read("2026-11-23")).toEqual({ id: "1", date_published: "2026-11-23T00:00:00Z" })
    expect(read("2026-11-23 08:30:00")).toEqual({ id: "1", date_published: "2026-11-23T08:30:00Z" })
  })

  it("with an unreadable embargo make the article invalid: it is neither hidden nor shown early", () => {
    const mapping = { id: "/id", embargo: "/until" }
    for (const until of ["tomorrow", "2026-11-24", "2026-11-24T08:00:00", {}]) {
      const [read] = drafts({ id: "1", until }, mapping)
      const parsed = checkDraft(fitDraft(read as Draft, NOW))
      expect(parsed.guid).toBe("1")
      expect(parsed.errors).toEqual([
        {
          pointer: "",
          detail: expect.stringMatching(/^has an embargo that cannot be read: .* is not a time with its zone$/),
        },
      ])
    }
    // These values mean that no embargo is set.
    for (const until of [null, "", undefined, false, 0]) {
      expect(drafts({ id: "1", until }, mapping)[0]?.value).toEqual({ id: "1" })
    }
  })

  it("with a slug cannot lead to another host", () => {
    const url = (slug: string) => draft({ slug }, { url: "/slug", url_base: "https://site.example/{value}" }).value.url
    expect(url("a/b")).toBe("https://site.example/a/b")
    expect(url("//evil.example/x")).toBe("https://site.example/evil.example/x")
    expect(url("$&$1")).toBe("https://site.example/$&$1")
    for (const slug of ["@evil.example", "\\\\evil.example", "../../..", ".evil.example", "javascript:alert(1)"]) {
      expect(new URL(url(slug) as string).host).toBe("site.example")
    }
    expect(url("https://other.example/1")).toBe("https://other.example/1")
  })
})

describe("a member at the top of a message", () => {
  const articles = Array.from({ length: 100 }, (_, no) => ({ id: String(no) }))

  it("is repeated in each article as long as all copies fit together", () => {
    const mapping: Mapping = { items: "/articles", id: "/id", text: "#/text" }
    expect(drafts({ articles, text: "x".repeat(1000) }, mapping)).toHaveLength(100)
    expect(problem({ articles, text: "x".repeat(500_000) }, mapping)).toEqual({
      code: "body_too_large",
      detail:
        "With the members that they have in common, the articles have more than 4194304 characters. Split the message.",
    })
  })

  it("is read up to the first 1,000 entries if it is a list, in any nesting", () => {
    const tags = Array.from({ length: 100 }, (_, row) => Array.from({ length: 100 }, (_, no) => `${row} ${no}`))
    const [first] = drafts({ articles, tags }, { items: "/articles", id: "/id", tags: "#/tags/*" })
    expect(first?.value).toHaveProperty("tags", tags.slice(0, 10).flat())
  })
})
