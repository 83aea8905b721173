/** Tests the commands for operators, their tokens and the audit. */
import { describe, expect, it } from "vitest"
import { requestOf, show } from "./commands.ts"

const at = "2026-11-23T08:30:00.000Z"

describe("operators", () => {
  it("are created, changed and removed by name", () => {
    expect(requestOf("operator create", ["leila"], { role: "owner" })).toEqual({
      ...{ method: "POST", path: "/operators" },
      body: { name: "leila", role: "owner" },
    })
    expect(requestOf("operator change", ["l/x"], { role: "viewer" })).toEqual({
      ...{ method: "PATCH", path: "/operators/l%2Fx" },
      body: { role: "viewer" },
    })
    expect(requestOf("operator remove", ["leila"])).toEqual({ method: "DELETE", path: "/operators/leila" })
    expect(requestOf("operator me", [])).toEqual({ method: "GET", path: "/me" })
  })

  it("have tokens that are created, listed and ended", () => {
    const path = "/operators/leila/tokens"
    expect(requestOf("token create", ["leila"])).toEqual({ method: "POST", path, body: {} })
    expect(requestOf("token create", ["leila"], { note: "laptop" }).body).toEqual({ note: "laptop" })
    expect(requestOf("token list", ["leila"])).toEqual({ method: "GET", path })
    expect(requestOf("token revoke", ["leila", "3f/c"])).toEqual({ method: "DELETE", path: `${path}/3f%2Fc` })
  })
})

describe("answers about operators", () => {
  const token = { id: "3f9c01d2a4b6", note: null, created_at: at, last_used_at: null, secret: "fwo_x" }
  const leila = { name: "leila", role: "owner", created_at: at, tokens: 1, last_used_at: null }

  it("show a new token once, on a line of its own", () => {
    expect(show("operator create", { ...leila, token })).toBe(
      "Created leila (owner).\nCreated token 3f9c01d2a4b6 of leila. It is shown only once:\nfwo_x",
    )
    expect(show("token create", token, ["leila"]).split("\n")[1]).toBe("fwo_x")
  })

  it("are tables of operators and tokens, and say who acted", () => {
    expect(show("operator list", { operators: [leila] }).split("\n")).toEqual([
      "NAME   ROLE   TOKENS  LAST USED  CREATED",
      `leila  owner  1       never      ${at}`,
    ])
    expect(show("operator list", { operators: [] })).toBe("No operator yet.")
    expect(show("token list", { tokens: [{ ...token, note: "laptop" }] }).split("\n")[1]).toBe(
      `3f9c01d2a4b6  laptop  ${at}  never`,
    )
    expect(show("operator me", { name: "shared token", role: "owner" })).toBe("shared token: owner")
    const entry = { id: 7, at, actor: "leila", action: "key.revoke", subject: "publishers/a/keys/b", detail: {} }
    expect(show("audit list", { entries: [entry] }).split("\n")[1]).toMatch(/^7 {3}\S+Z {2}leila {2}key\.revoke /)
  })
})
