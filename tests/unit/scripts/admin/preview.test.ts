/** Tests the command that previews a message of a publisher. */
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { find, folder, requestOf, show, writeFile } from "./commands.ts"

describe("a message to preview", () => {
  const publisher = "nahar"

  it("is sent unchanged, with the way to read it", () => {
    const message = writeFile("message.json", '{"id":"é"}')
    const mapping = writeFile("mapping.json", '{"id":"/id"}')
    expect(requestOf("publisher preview", [message], { publisher, source: "cms", mapping })).toEqual({
      method: "POST",
      path: "/publishers/nahar/preview",
      body: {
        body: Buffer.from('{"id":"é"}').toString("base64"),
        content_type: "application/json",
        source: "cms",
        mapping: { id: "/id" },
      },
    })
    expect(requestOf("publisher preview", [message], { publisher, event: "post.published" }).body).toMatchObject({
      endpoint: "ghost/post.published",
    })
    expect(requestOf("publisher preview", [message], { publisher, "content-type": "text/x" }).body).toMatchObject({
      content_type: "text/x",
    })
  })

  it.each<[string, Uint8Array]>([
    ["plain", Buffer.from("\n <rss/>")],
    ["with a byte order mark", Buffer.from("\ufeff<rss/>")],
    ["in UTF-16", Buffer.from("\ufeff <rss/>", "utf16le")],
  ])("is recognised as XML by its first character: %s", (name, bytes) => {
    expect(requestOf("publisher preview", [writeFile(`${name}.xml`, bytes)], { publisher }).body).toMatchObject({
      content_type: "application/xml",
    })
  })

  it("is refused if its file cannot be read or its flags contradict each other", () => {
    const message = writeFile("other.json", "{}")
    expect(() => requestOf("publisher preview", [join(folder, "none")], { publisher })).toThrow("none cannot be read")
    expect(() =>
      requestOf("publisher preview", [message], { publisher, mapping: writeFile("broken.json", "{") }),
    ).toThrow("broken.json is not JSON")
    expect(() =>
      requestOf("publisher preview", [message], { publisher, event: "post.published", source: "cms" }),
    ).toThrow("--event is only for Ghost")
  })
})

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

  it("is a block for each article, without empty members", () => {
    const results = [
      { pointer: "/0", guid: "a", outcome: "created", article, feeds: [{ rss: "https://w.example/feed.rss" }] },
      { pointer: "/1", outcome: "rejected", errors: [{ pointer: "/1/id", detail: "is missing" }], feeds: [] },
    ]
    expect(show("publisher preview", { results, warnings: ["nahar is disabled"] })).toBe(
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
    expect(find("publisher preview").failed?.({ results })).toBe(true)
    expect(find("publisher preview").failed?.({ results: results.slice(0, 1) })).toBe(false)
  })

  it("gives the reason why a message cannot be read", () => {
    const problem = { code: "invalid_json", detail: "line 1: no JSON", errors: [] }
    expect(show("publisher preview", { results: [], problem })).toContain(
      "Not understood: invalid_json: line 1: no JSON",
    )
    expect(find("publisher preview").failed?.({ results: [], problem })).toBe(true)
  })

  it("shows the beginning of a long text", () => {
    const results = [{ pointer: "", outcome: "created", article: { html: "x".repeat(2500) } }]
    expect(show("publisher preview", { results })).toContain(
      `    ${"x".repeat(2000)}\n    … and 500 characters more (--json shows all)`,
    )
  })
})
