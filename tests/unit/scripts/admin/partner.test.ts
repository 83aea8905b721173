/** Tests the commands for partners and their keys. */
import { describe, expect, it } from "vitest"
import { requestOf, show } from "./commands.ts"

const at = "2026-11-23T08:30:00.000Z"

describe("partners", () => {
  it("are created and changed by the flags of the command", () => {
    expect(requestOf("partner create", ["metro"], { name: "Metro", publisher: ["nahar", "lejour"] })).toEqual({
      method: "POST",
      path: "/partners",
      body: { slug: "metro", name: "Metro", publishers: ["nahar", "lejour"] },
    })
    expect(requestOf("partner change", ["m/x"], { contact: "" })).toEqual({
      method: "PATCH",
      path: "/partners/m%2Fx",
      body: { contact: null },
    })
    expect(requestOf("partner change", ["metro"], { publisher: [""] }).body).toEqual({ publishers: null })
    expect(() => requestOf("partner change", ["metro"], { publisher: ["nahar", ""] })).toThrow("stands for all")
    expect(() => requestOf("partner change", ["metro"])).toThrow("nothing to change")
    expect(requestOf("partner disable", ["metro"]).body).toEqual({ state: "disabled" })
    expect(requestOf("partner enable", ["metro"]).body).toEqual({ state: "active" })
  })

  it("have keys that are created, listed and ended", () => {
    expect(requestOf("partner-key create", ["metro"])).toEqual({
      method: "POST",
      path: "/partners/metro/keys",
      body: {},
    })
    const values = { note: "app", expires: "2027-01-01T00:00:00Z" }
    expect(requestOf("partner-key create", ["metro"], values).body).toEqual({
      note: "app",
      expires_at: "2027-01-01T00:00:00Z",
    })
    expect(requestOf("partner-key list", ["metro"])).toEqual({ method: "GET", path: "/partners/metro/keys" })
    expect(requestOf("partner-key revoke", ["metro", "3f/c"])).toEqual({
      method: "DELETE",
      path: "/partners/metro/keys/3f%2Fc",
    })
  })
})

describe("answers about partners", () => {
  const metro = {
    ...{ slug: "metro", name: "Metro", contact: null, state: "active", publishers: null, keys: 0 },
    ...{ last_used_at: null, created_at: at },
  }

  it("are a table of what each partner sees, and the last use of its keys", () => {
    const portal = {
      ...metro,
      slug: "portal",
      publishers: ["lejour", "nahar"],
      keys: 2,
      last_used_at: at,
      contact: "J. Roe",
    }
    expect(show("partner list", { partners: [metro, portal] }).split("\n")).toEqual([
      "SLUG    NAME   STATE   SEES           LIVE KEYS  LAST USED                 CONTACT",
      "metro   Metro  active  all            0          never",
      `portal  Metro  active  lejour, nahar  2          ${at}  J. Roe`,
    ])
    expect(show("partner list", { partners: [] })).toBe("No partner yet.")
  })

  it("describe what a partner sees, and how to create its first key", () => {
    expect(show("partner create", metro)).toBe(
      [
        "Created partner metro, which sees all where the API is closed",
        "Create its key: npm run admin -- partner-key create metro",
      ].join("\n"),
    )
    expect(show("partner change", { ...metro, keys: 1, publishers: ["nahar"] })).toBe(
      "Changed partner metro, which sees nahar where the API is closed",
    )
    expect(show("partner disable", { ...metro, state: "disabled" })).toBe(
      "Disabled partner metro: its keys are refused",
    )
  })

  it("show the secret of a key once", () => {
    const key = { id: "3f9c01d2a4b6", note: "app", created_at: at, expires_at: at, last_used_at: null }
    expect(show("partner-key list", { keys: [key, { ...key, note: null, expires_at: null }] }).split("\n")).toEqual([
      "ID            NOTE  CREATED                   EXPIRES                   LAST USED",
      `3f9c01d2a4b6  app   ${at}  ${at}  never`,
      `3f9c01d2a4b6        ${at}  never                     never`,
    ])
    expect(show("partner-key list", { keys: [] })).toBe("No key yet.")
    expect(show("partner-key create", { ...key, secret: "fwk_3f9c01d2a4b6_x" }, ["metro"])).toBe(
      "Created key 3f9c01d2a4b6 of metro. Its secret is shown only once:\nfwk_3f9c01d2a4b6_x",
    )
  })
})
