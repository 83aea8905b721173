/** Tests the commands for sections and aliases. */
import { describe, expect, it } from "vitest"
import { requestOf } from "./commands.ts"

describe("sections", () => {
  it("are created, changed and retired", () => {
    expect(requestOf("section create", ["x"], { name: ["ar=علوم", "en=A=B"], alias: ["R"] }).body).toEqual({
      slug: "x",
      names: { ar: "علوم", en: "A=B" },
      aliases: ["R"],
    })
    expect(() => requestOf("section change", ["x"])).toThrow("nothing to change")
    expect(requestOf("alias add", ["x", "a", "b"]).body).toEqual({ names: ["a", "b"] })
    expect(requestOf("alias remove", ["x", "a/b"], { publisher: "nahar" })).toEqual({
      method: "DELETE",
      path: "/sections/x/aliases/a%2Fb?publisher=nahar",
    })
    expect(requestOf("section move", ["x"], { parent: "" }).body).toEqual({ parent: null })
    expect(requestOf("section retire", ["x"]).body).toEqual({})
    expect(requestOf("section retire", ["x"], { into: "y" }).body).toEqual({ into: "y" })
  })
})
