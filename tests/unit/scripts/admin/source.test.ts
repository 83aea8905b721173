/** Tests the commands for sources. */
import { describe, expect, it } from "vitest"
import { requestOf, show, writeFile } from "./commands.ts"

describe("sources", () => {
  it("are registered with the differences from their preset", () => {
    const scheme = writeFile("scheme.json", '{"template":"{body}"}')
    expect(
      requestOf("source create", ["nahar", "cms"], { sender: "custom", scheme, "feed-url": "https://a.example/f" })
        .body,
    ).toEqual({
      name: "cms",
      sender: "custom",
      scheme: { template: "{body}" },
      feed_url: "https://a.example/f",
    })
    expect(requestOf("source change", ["nahar", "c/s"], { mapping: "", "feed-url": "", trusted: "no" })).toEqual({
      method: "PATCH",
      path: "/publishers/nahar/sources/c%2Fs",
      body: { mapping: null, feed_url: null, trusted: false },
    })
    expect(requestOf("source change", ["nahar", "blog"], { "renew-token": true }).body).toEqual({ renew_token: true })
    expect(() => requestOf("source change", ["nahar", "blog"], { trusted: "maybe" })).toThrow("write yes or no")
    expect(() => requestOf("source change", ["nahar", "blog"])).toThrow("nothing to change")
    expect(requestOf("source fetch", ["nahar", "blog"]).path).toBe("/publishers/nahar/sources/blog/fetch")
  })

  it("show the address to paste, and whether it is secret", () => {
    const source = { name: "blog", sender: "unsigned", url: "https://w.example/push/nahar/sources/blog/token" }
    expect(show("source create", source, ["nahar", "blog"])).toMatch(/shown only once[\s\S]*blog\/token$/)
    const hidden = { ...source, url: "https://w.example/push/nahar/sources/blog/…" }
    expect(show("source change", hidden, ["nahar", "blog"])).not.toContain("once")
    expect(show("source create", { ...source, sender: "github" }, ["nahar", "blog"])).toContain(
      "key create nahar --source blog",
    )
  })
})
