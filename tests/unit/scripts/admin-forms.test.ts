/** How answers of the admin API are shown. */
import { describe, expect, it } from "vitest"
import { deliveryForms } from "../../../scripts/admin-delivery-forms.ts"
import { forms } from "../../../scripts/admin-forms.ts"
import { partnerForms } from "../../../scripts/admin-partner-forms.ts"
import { isRefused, previewForm } from "../../../scripts/admin-trial-form.ts"

const at = "2026-11-23T08:30:00.000Z"

describe("a preview", () => {
  const article = {
    title: "A",
    subtitle: null,
    html: "<p>one</p>\n<p>two</p>",
    image: { url: "https://a.example/i.png", alt: "A bridge" },
    sections: ["world", "europe"],
    tags: [],
    authors: [{ name: "Ada" }, { name: "Ben", url: "https://a.example/ben" }],
  }

  it("is a block for each article, without what is empty", () => {
    const results = [
      { pointer: "/0", guid: "a", outcome: "created", article, feeds: [{ rss: "https://w.example/feed.rss" }] },
      { pointer: "/1", outcome: "rejected", errors: [{ pointer: "/1/id", detail: "is missing" }], feeds: [] },
    ]
    expect(previewForm({ results, warnings: ["nahar is disabled"] }, [])).toBe(
      [
        "/0: created",
        "  guid: a",
        "  title: A",
        "  html:",
        "    <p>one</p>",
        "    <p>two</p>",
        "  image: url https://a.example/i.png; alt A bridge",
        "  sections: world, europe",
        "  authors:",
        "    Ada",
        "    name Ben; url https://a.example/ben",
        "  feeds: https://w.example/feed.rss",
        "",
        "/1: rejected",
        "  error: /1/id: is missing",
        "",
        "Warning: nahar is disabled",
        "",
        "Nothing was stored.",
      ].join("\n"),
    )
    expect(isRefused({ results })).toBe(true)
    expect(isRefused({ results: results.slice(0, 1) })).toBe(false)
  })

  it("says why a message cannot be understood", () => {
    const problem = { code: "invalid_json", detail: "line 1: no JSON", errors: [] }
    expect(previewForm({ results: [], problem }, [])).toContain("Not understood: invalid_json: line 1: no JSON")
    expect(isRefused({ results: [], problem })).toBe(true)
  })

  it("shows the beginning of a long text", () => {
    const results = [{ pointer: "", outcome: "created", article: { html: "x".repeat(2500) } }]
    expect(previewForm({ results }, [])).toContain(
      `    ${"x".repeat(2000)}\n    … and 500 characters more (--json shows all)`,
    )
  })
})

describe("the log", () => {
  const delivery = {
    ...{ id: 7, publisher: "nahar", at, endpoint: "", delivery: "msg_7", signature: "v1", key: "k", message_at: at },
    ...{ content_type: "application/json", bytes: 12, status: 422, ms: 5, code: "nothing_accepted" },
    ...{ detail: "/data/id is missing", dead_letter: "open", closed_at: null, replay_of: null },
  }

  it("is a table that says where it goes on", () => {
    const text = deliveryForms.deliveries({ deliveries: [delivery], next: 7 })
    expect(text.split("\n")).toEqual([
      "ID  AT                        PUBLISHER  ENDPOINT  SIGNED  BYTES  TOOK  STATUS  DEAD LETTER  CODE",
      `7   ${at}  nahar      native    v1      12     5 ms  422     open         nothing_accepted`,
      "There are more: the same with --before 7",
    ])
    expect(deliveryForms.deliveries({ deliveries: [] })).toBe("No delivery.")
  })

  it("has dead letters, with the reason and how many there are", () => {
    const part = { ...delivery, code: null, detail: null, errors: [{ pointer: "/3/url", detail: "must be a URL" }] }
    const text = deliveryForms.deadLetters({ dead_letters: [delivery, part], open: 9 })
    expect(text).toContain("nothing_accepted: /data/id is missing")
    expect(text).toContain("/3/url: must be a URL")
    expect(text).toContain("9 are open.")
  })

  it("shows one with its headers and errors, and nothing that it has not", () => {
    const errors = [{ pointer: "/data/id", detail: "is missing" }]
    const text = deliveryForms.delivery({ ...delivery, headers: { host: "w.example" }, errors, body_sha256: "ab" })
    expect(text).toContain("Errors\n  /data/id: is missing\nHeaders\n  host: w.example")
    expect(text).toContain("body          12 bytes, SHA-256 ab")
    expect(text).not.toContain("replay of")
  })
})

describe("publishers, keys and sources", () => {
  it("say what silence is usual, and what a key is for", () => {
    const publisher = { slug: "nahar", name: "N", home_page: "https://nahar.example/", last_message_at: null }
    const list = (silence_hours: number | null) => forms.publishers({ publishers: [{ ...publisher, silence_hours }] })
    expect(list(null)).toContain("usual")
    expect(list(0)).toContain("never")
    expect(list(48)).toContain("48 h")
    expect(
      forms.keys({ keys: [{ id: "k", source: "", kind: "generated", created_at: at, expires_at: null }] }),
    ).toContain("all     generated")
  })

  it("show an address to paste, and say when it is a secret", () => {
    const source = { name: "blog", sender: "unsigned", url: "https://w.example/push/nahar/sources/blog/token" }
    expect(forms.newSource(source, ["nahar", "blog"])).toMatch(/shown this once[\s\S]*blog\/token$/)
    const hidden = { ...source, url: "https://w.example/push/nahar/sources/blog/…" }
    expect(forms.changedSource(hidden, ["nahar", "blog"])).not.toContain("once")
    expect(forms.newSource({ ...source, sender: "github" }, ["nahar", "blog"])).toContain(
      "key create nahar --source blog",
    )
  })

  it("tell what to do when the keys are sealed again", () => {
    expect(forms.reencrypted({ reencrypted: 100, waiting: 20, unreadable: 0 })).toBe(
      "100 keys encrypted again, 20 wait",
    )
    expect(forms.reencrypted({ reencrypted: 20, waiting: 0, unreadable: 0 })).toContain(
      "secret delete MASTER_KEY_PREVIOUS",
    )
    const lost = forms.reencrypted({ reencrypted: 20, waiting: 0, unreadable: 2 })
    expect(lost).toContain("2 keys cannot be decrypted with either master key")
    expect(lost).not.toContain("secret delete")
  })
})

describe("partners", () => {
  const metro = {
    ...{ slug: "metro", name: "Metro", contact: null, state: "active", publishers: null, keys: 0 },
    ...{ last_used_at: null, created_at: at },
  }

  it("are a table of who sees what, and who still asks", () => {
    const portal = {
      ...metro,
      slug: "portal",
      publishers: ["lejour", "nahar"],
      keys: 2,
      last_used_at: at,
      contact: "J. Roe",
    }
    expect(partnerForms.partners({ partners: [metro, portal] }).split("\n")).toEqual([
      "SLUG    NAME   STATE   SEES           LIVE KEYS  LAST USED                 CONTACT",
      "metro   Metro  active  all            0          never",
      `portal  Metro  active  lejour, nahar  2          ${at}  J. Roe`,
    ])
    expect(partnerForms.partners({ partners: [] })).toBe("No partner yet.")
  })

  it("say what they see, and how a first key is made", () => {
    expect(partnerForms.partner("Created")(metro, [])).toBe(
      [
        "Created partner metro, who sees all where the API is closed",
        "Its key: npm run admin -- partner-key create metro",
      ].join("\n"),
    )
    expect(partnerForms.partner("Changed")({ ...metro, keys: 1, publishers: ["nahar"] }, [])).toBe(
      "Changed partner metro, who sees nahar where the API is closed",
    )
    expect(partnerForms.partner("Disabled")({ ...metro, state: "disabled" }, [])).toBe(
      "Disabled partner metro: its keys open nothing",
    )
  })

  it("have keys, of which the secret is shown once", () => {
    const key = { id: "3f9c01d2a4b6", note: "app", created_at: at, expires_at: at, last_used_at: null }
    expect(partnerForms.keys({ keys: [key, { ...key, note: null, expires_at: null }] }).split("\n")).toEqual([
      "ID            NOTE  CREATED                   EXPIRES                   LAST USED",
      `3f9c01d2a4b6  app   ${at}  ${at}  never`,
      `3f9c01d2a4b6        ${at}  never                     never`,
    ])
    expect(partnerForms.keys({ keys: [] })).toBe("No key yet.")
    expect(forms.newKey({ ...key, secret: "fwk_3f9c01d2a4b6_x" }, ["metro"])).toBe(
      "Created key 3f9c01d2a4b6 of metro. Its secret, shown this once:\nfwk_3f9c01d2a4b6_x",
    )
  })
})
