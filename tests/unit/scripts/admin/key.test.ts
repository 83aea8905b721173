/** Tests the commands for push keys. */
import { describe, expect, it } from "vitest"
import type { Request } from "../../../../scripts/admin/command.ts"
import { find, requestOf, show, writeFile } from "./commands.ts"

const at = "2026-11-23T08:30:00.000Z"

describe("keys", () => {
  it("are created for all messages of a publisher, or for a source", () => {
    expect(requestOf("key create", ["nahar"], { overlap: "0" }).body).toEqual({ overlap_hours: 0 })
    expect(requestOf("key create", ["nahar"], { end: "3f9c" }).body).toEqual({ end_key: "3f9c" })
    expect(requestOf("key create", ["nahar"], { source: "ghost" }).body).toEqual({ source: "ghost" })
    expect(() => requestOf("key create", ["nahar"], { overlap: "soon" })).toThrow("number of hours")
  })

  it("are imported from a file, without the line break at its end, or as a public key", () => {
    const secret = writeFile("secret.txt", " two words \r\n")
    expect(requestOf("key import", ["nahar"], { "secret-file": secret, source: "cms" }).body).toEqual({
      secret: " two words ",
      source: "cms",
    })
    expect(requestOf("key import", ["nahar"], { public: "whpk_x" }).body).toEqual({ public_key: "whpk_x" })
    expect(() => requestOf("key import", ["nahar"])).toThrow("give either")
    expect(() => requestOf("key import", ["nahar"], { public: "whpk_x", "secret-file": secret })).toThrow("give either")
    expect(() => requestOf("key import", ["nahar"], { "secret-file": writeFile("empty.txt", "\n") })).toThrow(
      "is empty",
    )
  })

  it("are listed for one source", () => {
    const keys = [
      { id: "1", source: "" },
      { id: "2", source: "cms" },
    ]
    const { narrow } = find("key list")
    expect(narrow?.({ keys }, { source: "cms" })).toEqual({ keys: [keys[1]] })
    expect(narrow?.({ keys }, {})).toEqual({ keys })
  })

  it("are encrypted again until none is left, or until a round changes nothing", () => {
    const { next, failed } = find("key reencrypt")
    const request: Request = { method: "POST", path: "/keys/reencrypt" }
    expect(next?.({ reencrypted: 100, waiting: 5, unreadable: 0 }, request)).toEqual(request)
    expect(next?.({ reencrypted: 5, waiting: 0, unreadable: 0 }, request)).toBeUndefined()
    expect(() => next?.({ reencrypted: 0, waiting: 5, unreadable: 0 }, request)).toThrow("5 keys are left")
    expect(failed?.({ reencrypted: 0, waiting: 0, unreadable: 1 })).toBe(true)
  })

  it("are listed with their purpose", () => {
    expect(
      show("key list", { keys: [{ id: "k", source: "", kind: "generated", created_at: at, expires_at: null }] }),
    ).toContain("all     generated")
  })

  it("that are encrypted again have an answer with the next step", () => {
    expect(show("key reencrypt", { reencrypted: 100, waiting: 20, unreadable: 0 })).toBe(
      "100 keys encrypted again, 20 left",
    )
    expect(show("key reencrypt", { reencrypted: 20, waiting: 0, unreadable: 0 })).toContain(
      "secret delete MASTER_KEY_PREVIOUS",
    )
    const lost = show("key reencrypt", { reencrypted: 20, waiting: 0, unreadable: 2 })
    expect(lost).toContain("2 keys cannot be decrypted with either master key")
    expect(lost).not.toContain("secret delete")
  })
})
