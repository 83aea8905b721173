import { describe, expect, it } from "vitest"
import { fitDraft } from "../../../src/push/dialects/fit.ts"
import type { Draft } from "../../../src/push/dialects/item.ts"

const NOW = Date.UTC(2026, 10, 23, 12)
const iso = (time: number) => new Date(time).toISOString()
const draftOf = (value: object): Draft => ({
  ...{ pointer: "/items/0", raw: JSON.stringify(value), deleted: false },
  value: { id: "1", title: "T", ...value },
})

describe("a date in the future", () => {
  it.each(["date_published", "date_modified"])("%s is left out, said, and part of raw", (name) => {
    const draft = draftOf({ [name]: iso(NOW + 300_001) })
    const { value, raw, warnings } = fitDraft(draft, NOW)
    expect(value).toEqual({ id: "1", title: "T" })
    expect(warnings).toEqual([`${name} was left out: it is more than 5 minutes in the future`])
    expect(raw).not.toBe(draft.raw)
    // As long as it is in the future it is the same, and when its time has come another.
    expect(fitDraft(draft, NOW + 1).raw).toBe(draft.raw)
    expect(fitDraft(draft, NOW - 86_400_000).raw).toBe(raw)
    expect(fitDraft(draft, NOW + 1).value).toEqual(draft.value)
  })

  it("is told apart by its member", () => {
    const later = iso(NOW + 300_001)
    const raws = [
      draftOf({ date_published: later, date_modified: later }),
      draftOf({ date_published: later }),
      draftOf({ date_modified: later }),
    ].map((draft) => fitDraft({ ...draft, raw: "the same" }, NOW).raw)
    expect(new Set([...raws, "the same"]).size).toBe(4)
  })

  it("that is none, and one of 5 minutes ahead, changes nothing", () => {
    for (const draft of [draftOf({ date_modified: iso(NOW + 300_000) }), draftOf({})]) {
      expect(fitDraft(draft, NOW)).toMatchObject({ raw: draft.raw, value: draft.value, warnings: [] })
    }
    const unreadable = draftOf({ date_modified: "soon" })
    expect(fitDraft(unreadable, NOW).raw).toBe(unreadable.raw)
  })
})

describe("what is left out", () => {
  it("takes nothing of its neighbours along", () => {
    const good = { url: "https://ok.example/a.mp3", mime_type: "audio/mpeg" }
    for (const attachments of [
      [{ url: "nope" }, good],
      [good, { url: "nope" }],
      [{}, good, { mime_type: "?" }],
    ]) {
      expect(fitDraft(draftOf({ attachments }), NOW).value).toEqual({ id: "1", title: "T", attachments: [good] })
    }
  })

  it("is no date that the article's embargo explains", () => {
    const later = iso(NOW + 86_400_000)
    const value = { date_published: later, _feedwire: { embargo: later } }
    expect(fitDraft(draftOf(value), NOW)).toMatchObject({ value, warnings: [] })
    const beyond = { date_published: iso(NOW + 2 * 86_400_000), _feedwire: { embargo: later } }
    expect(fitDraft(draftOf(beyond), NOW).value).not.toHaveProperty("date_published")
  })
})
