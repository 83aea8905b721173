/** Tests mapped messages: withdrawn or ignored articles, the raw text, and refused mappings. */
import * as v from "valibot"
import { describe, expect, it } from "vitest"
import { type Mapping, MappingSchema } from "../../../src/dialects/mapping-schema.ts"
import { drafts, none } from "./mapped.ts"

none()

describe("an article is withdrawn or ignored", () => {
  const mapping: Mapping = {
    items: "/items",
    id: "/id",
    updated: "/at",
    title: "/title",
    only: [{ pointer: "/kind", equals: ["news", 1] }],
    deletion: [
      { pointer: ["/state", "#/event"], equals: ["gone", false] },
      { header: "X-Operation", equals: ["delete"] },
    ],
  }
  const read = (item: object, more: object = {}, headers: Record<string, string> = {}) =>
    drafts(
      { items: [{ id: "1", title: "A", at: "2026-11-23T08:30:00Z", kind: "news", ...item }], ...more },
      mapping,
      headers,
    )

  it("by a member of the article, of the body, or by a header", () => {
    expect(read({})[0]?.deleted).toBe(false)
    const value = { id: "1", date_modified: "2026-11-23T08:30:00Z" }
    for (const gone of [
      read({ state: "gone" }),
      read({ state: false }),
      read({}, { event: "gone" }),
      read({}, {}, { "x-operation": "delete" }),
    ]) {
      expect(gone).toMatchObject([{ deleted: true, value }])
      expect(gone[0]?.value).not.toHaveProperty("title")
    }
    expect(read({ state: "Gone" })[0]?.deleted).toBe(false)
    expect(read({ state: ["gone"] })[0]?.deleted).toBe(false)
    expect(read({}, {}, { "x-operation": "update" })[0]?.deleted).toBe(false)
  })

  it("by the removal of its date, but not by a date that is absent or null", () => {
    const unset: Mapping = { id: "/id", title: "/title", deletion: [{ pointer: "/publishedAt", equals: [null] }] }
    const deleted = (more: object) => drafts({ id: "1", title: "A", ...more }, unset)[0]?.deleted
    expect(deleted({ publishedAt: null })).toBe(true)
    expect([deleted({}), deleted({ publishedAt: "null" }), deleted({ publishedAt: "2026-11-23" })]).toEqual([
      false,
      false,
      false,
    ])
    const word: Mapping = { ...unset, deletion: [{ pointer: "/publishedAt", equals: ["null"] }] }
    expect(drafts({ id: "1", publishedAt: null }, word)[0]?.deleted).toBe(false)
  })

  it("in no case if the mapping says so", () => {
    expect(read({ kind: "page" })).toEqual([])
    expect(read({ kind: "1" })).toHaveLength(1)
    expect(read({ kind: null })).toEqual([])
  })
})

describe("the raw text", () => {
  it("changes with the members that are read, and with nothing else", () => {
    const raw = (body: object, mapping: Omit<Mapping, "id"> = { title: "/title" }) =>
      drafts({ id: "1", ...body }, { id: "/id", ...mapping })[0]?.raw
    expect(raw({ title: "a", views: 1 })).toBe(raw({ views: 2, title: "a" }))
    expect(raw({ title: "a" })).not.toBe(raw({ title: "b" }))
    // A message read by a corrected mapping is no repetition.
    expect(raw({ title: "a" })).not.toBe(raw({ title: "a" }, { summary: "/title" }))
  })
})

describe("MappingSchema", () => {
  const paths = (mapping: object) =>
    (v.safeParse(MappingSchema, mapping).issues ?? []).map((issue) => v.getDotPath(issue) ?? "")

  it("accepts pointers and lists of pointers, and no misspelt members", () => {
    expect(paths({ id: "/id", title: ["/a", "#/b", ""], authors: "/by/*/name" })).toEqual([])
    expect(paths({})).toEqual(["id"])
    expect(paths({ id: "/id", tilte: "/title" })).toEqual(["tilte"])
    for (const id of [
      "id",
      "$.id",
      "/a~2",
      "/a~",
      "#id",
      "#/%",
      [],
      7,
      null,
      Array(21).fill("/a"),
      `/${"a".repeat(500)}`,
    ]) {
      expect(paths({ id }), JSON.stringify(id)).toEqual(["id"])
    }
  })

  it("accepts bases that do not change the host", () => {
    const ok = (url_base: string) => paths({ id: "/id", url_base }).length === 0
    for (const base of ["https://a.example/{value}", "http://a.example/p?id={value}", "https://a.example/#{value}"]) {
      expect(ok(base), base).toBe(true)
    }
    for (const base of [
      ...[
        "https://a.example/",
        "{value}",
        "https://{value}/",
        "https://a.example{value}",
        "https://a.example:{value}/",
      ],
      ...["https://{value}@a.example/", "https://u:p@a.example/{value}", "ftp://a.example/{value}", "/{value}"],
    ]) {
      expect(ok(base), base).toBe(false)
    }
  })

  it("requires a value for a condition to compare with", () => {
    const only = (condition: unknown) => paths({ id: "/id", only: [condition] }).length === 0
    expect(only({ pointer: "/a", equals: ["x", 1, true] })).toBe(true)
    expect(only({ header: "x-event", equals: ["x"] })).toBe(true)
    // Headers that may be secrets are not stored, so a replay would not have them.
    for (const header of [
      ...["x-event-key", "X-Signature", "authorization", "cookie", "x-session-id", "x-token", "x-jwt", "x-secret"],
      ...["x-password", "x-credential", "sanity-webhook-signature"],
    ]) {
      const { issues } = v.safeParse(MappingSchema, { id: "/id", deletion: [{ header, equals: ["x"] }] })
      expect(JSON.stringify(issues), header).toContain("must not look like the name of a secret")
      expect(only({ header, equals: ["x"] }), header).toBe(false)
    }
    for (const bad of [{ pointer: "/a" }, { pointer: "/a", equals: [] }, { header: "a b", equals: ["x"] }, "x", {}]) {
      expect(only(bad), JSON.stringify(bad)).toBe(false)
    }
  })
})
