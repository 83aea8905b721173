import { describe, expect, it } from "vitest"
import { fitDraft } from "../../../src/dialects/fit-draft.ts"
import { checkDraft, type Draft, validateItem } from "../../../src/dialects/item-schema.ts"

const NOW = Date.UTC(2026, 10, 23, 12)
const iso = (time: number) => new Date(time).toISOString()
const draftOf = (value: object): Draft => ({
  ...{ pointer: "/items/0", raw: JSON.stringify(value), deleted: false },
  value: { id: "1", title: "T", ...value },
})

describe("a date in the future", () => {
  it.each(["date_published", "date_modified"])("%s is left out, reported, and part of raw", (name) => {
    const draft = draftOf({ [name]: iso(NOW + 300_001) })
    const { value, raw, warnings } = fitDraft(draft, NOW)
    expect(value).toEqual({ id: "1", title: "T" })
    expect(warnings).toEqual([`${name} was left out: it is more than 5 minutes in the future`])
    expect(raw).not.toBe(draft.raw)
    // `raw` is the same while the date is in the future, and differs afterwards.
    expect(fitDraft(draft, NOW + 1).raw).toBe(draft.raw)
    expect(fitDraft(draft, NOW - 86_400_000).raw).toBe(raw)
    expect(fitDraft(draft, NOW + 1).value).toEqual(draft.value)
  })

  it("is identified by its member", () => {
    const later = iso(NOW + 300_001)
    const raws = [
      draftOf({ date_published: later, date_modified: later }),
      draftOf({ date_published: later }),
      draftOf({ date_modified: later }),
    ].map((draft) => fitDraft({ ...draft, raw: "the same" }, NOW).raw)
    expect(new Set([...raws, "the same"]).size).toBe(4)
  })

  it("changes nothing if it is at most 5 minutes ahead, absent or unreadable", () => {
    for (const draft of [draftOf({ date_modified: iso(NOW + 300_000) }), draftOf({})]) {
      expect(fitDraft(draft, NOW)).toMatchObject({ raw: draft.raw, value: draft.value, warnings: [] })
    }
    const unreadable = draftOf({ date_modified: "soon" })
    expect(fitDraft(unreadable, NOW).raw).toBe(unreadable.raw)
  })
})

describe("leaving out a member", () => {
  it("removes nothing beside it", () => {
    const good = { url: "https://ok.example/a.mp3", mime_type: "audio/mpeg" }
    for (const attachments of [
      [{ url: "nope" }, good],
      [good, { url: "nope" }],
      [{}, good, { mime_type: "?" }],
    ]) {
      expect(fitDraft(draftOf({ attachments }), NOW).value).toEqual({ id: "1", title: "T", attachments: [good] })
    }
  })

  it("does not remove a date that the article's embargo explains", () => {
    const later = iso(NOW + 86_400_000)
    const value = { date_published: later, _feedwire: { embargo: later } }
    expect(fitDraft(draftOf(value), NOW)).toMatchObject({ value, warnings: [] })
    const beyond = { date_published: iso(NOW + 2 * 86_400_000), _feedwire: { embargo: later } }
    expect(fitDraft(draftOf(beyond), NOW).value).not.toHaveProperty("date_published")
  })
})

/** Every list of an article, with its limit. */
const LISTS: [name: string, limit: number, of: (list: unknown[]) => object][] = [
  ["authors", 50, (authors) => ({ authors })],
  ["tags", 32, (tags) => ({ tags })],
  ["attachments", 20, (attachments) => ({ attachments })],
  ["_feedwire.sections", 10, (sections) => ({ _feedwire: { sections } })],
  ["_feedwire.related", 20, (related) => ({ _feedwire: { related } })],
]
const MIB = 1024 * 1024

describe("a list beyond its limit", () => {
  it.each(LISTS)("%s: if it is far longer, its entries are not read", (_, __, of) => {
    let looks = 0
    const entry = {
      get name() {
        looks += 1
        return 1
      },
      get url() {
        looks += 1
        return 1
      },
    }
    const { value } = draftOf(of(Array(1001).fill(entry)))
    looks = 0
    const result = validateItem(value, false)
    const issues = "issues" in result ? result.issues.map(({ type }) => type) : []
    expect([looks, issues]).toEqual([0, ["max_length"]])
  })

  it.each(LISTS)("%s fills 1 MiB: only entries within its limit are corrected", (name, limit, of) => {
    for (const entry of [1, {}, [], "", null, { url: {} }]) {
      const many = Math.floor(MIB / (JSON.stringify(entry).length + 1))
      const { value, warnings = [] } = fitDraft(draftOf(of(Array(many).fill(entry))), NOW)
      const more = Number(/^(\d+) more members/.exec(warnings.at(-1) ?? "")?.[1] ?? 0)
      expect(warnings[0]).toBe(`${name} was cut to ${limit} entries`)
      // An entry has at most two faults: a wrong member, and then a missing member, because the wrong member is
      // removed.
      expect(Math.min(warnings.length, 10) + more).toBeLessThanOrEqual(1 + 2 * limit)
      expect(validateItem(value, false)).toHaveProperty("item")
    }
  })

  it("keeps the valid ones among its first entries", () => {
    const tags = Array.from({ length: 40 }, (_, no) => (no === 3 || no === 35 ? "x".repeat(101) : `tag ${no}`))
    const { value, warnings } = fitDraft(draftOf({ tags }), NOW)
    expect((value as { tags: string[] }).tags.map((tag) => tag.length)).toEqual([
      5,
      5,
      5,
      100,
      ...tags.slice(4, 32).map((tag) => tag.length),
    ])
    expect(warnings).toEqual(["tags was cut to 32 entries", "tags.3 was cut to 100 characters"])
  })

  it("is one error if its sender can correct it", () => {
    const list = Array(MIB / 2).fill(1)
    const { errors } = checkDraft(draftOf({ authors: list, tags: list }))
    expect(errors).toEqual([
      { pointer: "/items/0/authors", detail: "must have at most 50 entries" },
      { pointer: "/items/0/tags", detail: "must have at most 32 entries" },
    ])
  })
})
