/** The commands on deliveries and dead letters. */
import { describe, expect, it } from "vitest"
import { find, requestOf, show } from "./commands.ts"

const at = "2026-11-23T08:30:00.000Z"

describe("deliveries", () => {
  it("are listed by what the flags name", () => {
    expect(requestOf("delivery list", [], { publisher: "nahar", status: "4xx", limit: "5" }).path).toBe(
      "/deliveries?publisher=nahar&status=4xx&limit=5",
    )
    expect(requestOf("delivery list", [], { since: "2026-11-23T08:00:00+02:00" }).path).toBe(
      "/deliveries?since=2026-11-23T08%3A00%3A00%2B02%3A00",
    )
    expect(requestOf("dead-letter list", []).path).toBe("/dead-letters")
    expect(() => requestOf("delivery show", ["msg_1"])).toThrow("shows under ID")
  })

  it("are replayed one by one, or as a range", () => {
    expect(find("delivery replay").request(["7", "8"], {})).toEqual([
      { method: "POST", path: "/deliveries/7/replay" },
      { method: "POST", path: "/deliveries/8/replay" },
    ])
    expect(requestOf("delivery replay", [], { publisher: "nahar", from: "7", to: "9" })).toEqual({
      method: "POST",
      path: "/deliveries/replay",
      body: { publisher: "nahar", from: 7, to: 9, dead_letters: false },
    })
    expect(requestOf("dead-letter replay", [], { publisher: "nahar" }).body).toEqual({
      publisher: "nahar",
      dead_letters: true,
    })
    expect(() => requestOf("dead-letter replay", [])).toThrow("name dead letters")
    expect(() => requestOf("delivery replay", ["7"], { publisher: "nahar" })).toThrow("name deliveries")
    expect(() => requestOf("delivery replay", [], { from: "x" })).toThrow("--from x")
  })

  it("are replayed page by page, and only forward", () => {
    const { next, failed } = find("delivery replay")
    const first = requestOf("delivery replay", [], { publisher: "nahar" })
    const second = { ...first, body: { publisher: "nahar", dead_letters: false, from: 27 } }
    expect(next?.({ replays: [], next: 27 }, first)).toEqual(second)
    expect(next?.({ replays: [] }, second)).toBeUndefined()
    expect(() => next?.({ replays: [], next: 27 }, second)).toThrow("does not get past")
    expect(next?.({ id: 7, outcome: "replayed" }, { method: "POST", path: "/deliveries/7/replay" })).toBeUndefined()
    expect(failed?.({ id: 7, outcome: "refused" })).toBe(true)
    expect(failed?.({ replays: [{ id: 7, outcome: "replayed" }] })).toBe(false)
  })
})

describe("the log", () => {
  const delivery = {
    ...{
      id: 7,
      publisher: "nahar",
      at,
      endpoint: "",
      delivery_id: "msg_7",
      authentication: "v1",
      key_id: "k",
      message_at: at,
    },
    ...{ content_type: "application/json", bytes: 12, status: 422, ms: 5, code: "nothing_accepted" },
    ...{ detail: "/data/id is missing", dead_letter: "open", closed_at: null, replay_of: null },
  }

  it("is a table that says where it goes on", () => {
    const text = show("delivery list", { deliveries: [delivery], next: 7 })
    expect(text.split("\n")).toEqual([
      "ID  AT                        PUBLISHER  ENDPOINT  AUTHENTICATED BY  BYTES  TOOK  STATUS  DEAD LETTER  CODE",
      `7   ${at}  nahar      native    v1                12     5 ms  422     open         nothing_accepted`,
      "There are more: repeat the command with --before 7",
    ])
    expect(show("delivery list", { deliveries: [] })).toBe("No delivery.")
  })

  it("has dead letters, with the reason and how many there are", () => {
    const part = { ...delivery, code: null, detail: null, errors: [{ pointer: "/3/url", detail: "must be a URL" }] }
    const text = show("dead-letter list", { dead_letters: [delivery, part], open: 9 })
    expect(text).toContain("nothing_accepted: /data/id is missing")
    expect(text).toContain("/3/url: must be a URL")
    expect(text).toContain("9 are open.")
  })

  it("shows one with its headers and errors, and nothing that it has not", () => {
    const errors = [{ pointer: "/data/id", detail: "is missing" }]
    const text = show("delivery show", { ...delivery, headers: { host: "w.example" }, errors, body_sha256: "ab" })
    expect(text).toContain("Errors\n  /data/id: is missing\nHeaders\n  host: w.example")
    expect(text).toContain("body              12 bytes, SHA-256 ab")
    expect(text).not.toContain("replay of")
  })
})
