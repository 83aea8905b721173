/** Tests the commands for attempts and dead letters. */
import { describe, expect, it } from "vitest"
import { find, requestOf, show } from "./commands.ts"

const at = "2026-11-23T08:30:00.000Z"

describe("attempts", () => {
  it("are listed by the flags of the command", () => {
    expect(requestOf("attempt list", [], { publisher: "nahar", status: "4xx", limit: "5" }).path).toBe(
      "/attempts?publisher=nahar&status=4xx&limit=5",
    )
    expect(requestOf("attempt list", [], { since: "2026-11-23T08:00:00+02:00" }).path).toBe(
      "/attempts?since=2026-11-23T08%3A00%3A00%2B02%3A00",
    )
    expect(requestOf("dead-letter list", []).path).toBe("/dead-letters")
    expect(() => requestOf("attempt show", ["msg_1"])).toThrow("shows under ID")
  })

  it("are replayed one by one, or as a range", () => {
    expect(find("attempt replay").request(["7", "8"], {})).toEqual([
      { method: "POST", path: "/attempts/7/replay" },
      { method: "POST", path: "/attempts/8/replay" },
    ])
    expect(requestOf("attempt replay", [], { publisher: "nahar", from: "7", to: "9" })).toEqual({
      method: "POST",
      path: "/attempts/replay",
      body: { publisher: "nahar", from: 7, to: 9, dead_letters: false },
    })
    expect(requestOf("dead-letter replay", [], { publisher: "nahar" }).body).toEqual({
      publisher: "nahar",
      dead_letters: true,
    })
    expect(() => requestOf("dead-letter replay", [])).toThrow("name dead letters")
    expect(() => requestOf("attempt replay", ["7"], { publisher: "nahar" })).toThrow("name attempts")
    expect(() => requestOf("attempt replay", [], { from: "x" })).toThrow("--from x")
  })

  it("are replayed page by page, and only forward", () => {
    const { next, failed } = find("attempt replay")
    const first = requestOf("attempt replay", [], { publisher: "nahar" })
    const second = { ...first, body: { publisher: "nahar", dead_letters: false, from: 27 } }
    expect(next?.({ replays: [], next: 27 }, first)).toEqual(second)
    expect(next?.({ replays: [] }, second)).toBeUndefined()
    expect(() => next?.({ replays: [], next: 27 }, second)).toThrow("does not get past")
    expect(next?.({ id: 7, outcome: "replayed" }, { method: "POST", path: "/attempts/7/replay" })).toBeUndefined()
    expect(failed?.({ id: 7, outcome: "refused" })).toBe(true)
    expect(failed?.({ replays: [{ id: 7, outcome: "replayed" }] })).toBe(false)
  })
})

describe("the attempt log", () => {
  const attempt = {
    ...{
      id: 7,
      publisher: "nahar",
      received_at: at,
      endpoint: "",
      delivery_id: "msg_7",
      authentication: "v1",
      key_id: "k",
      message_at: at,
    },
    ...{ content_type: "application/json", size_in_bytes: 12, status: 422, ms: 5, code: "all_articles_rejected" },
    ...{ detail: "/data/id is missing", dead_letter: "open", closed_at: null, replay_of: null },
  }

  it("is a table with the command for the next page", () => {
    const text = show("attempt list", { attempts: [attempt], next: 7 })
    expect(text.split("\n")).toEqual([
      "ID  RECEIVED                  PUBLISHER  ENDPOINT  AUTHENTICATED BY  BYTES  TOOK  STATUS  OUTCOME  REASON",
      `7   ${at}  nahar      native    v1                12     5 ms  422     open     all_articles_rejected: /data/id is missing`,
      "There are more rows: repeat the command with --before 7",
    ])
    expect(show("attempt list", { attempts: [] })).toBe("No attempt.")
  })

  it("has dead letters, with the reason and their number", () => {
    const part = { ...attempt, code: null, detail: null, errors: [{ pointer: "/3/url", detail: "must be a URL" }] }
    const text = show("dead-letter list", { dead_letters: [attempt, part], open: 9 })
    expect(text).toContain("all_articles_rejected: /data/id is missing")
    expect(text).toContain("/3/url: must be a URL")
    expect(text).toContain("9 are open.")
  })

  it("shows an attempt with its headers and errors, without empty members", () => {
    const errors = [{ pointer: "/data/id", detail: "is missing" }]
    const text = show("attempt show", { ...attempt, headers: { host: "w.example" }, errors, body_sha256: "ab" })
    expect(text).toContain("Errors\n  /data/id: is missing\nHeaders\n  host: w.example")
    expect(text).toContain("body              12 bytes, SHA-256 ab")
    expect(text).not.toContain("replay of")
  })
})
