/** What the commands of `npm run admin` ask for, and when they go on. */
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { type Command, parseOptions, type Request, type Values } from "../../../scripts/admin-command.ts"
import { commands } from "../../../scripts/admin-commands.ts"

function find(words: string): Command {
  const command = commands.find((each) => each.words.join(" ") === words)
  if (!command) throw new Error(`${words} is missing`)
  return command
}

/** The one request of a command. */
function asked(words: string, args: string[], values: Values = {}): Request {
  const [request, ...others] = [find(words).request(args, values)].flat()
  if (!request || others.length > 0) throw new Error(`${words} makes ${others.length + 1} requests`)
  return request
}

const folder = mkdtempSync(join(tmpdir(), "feedwire-admin-"))
function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

describe("the admin commands", () => {
  it("each begin their examples with their own words, and have no other by the same", () => {
    for (const { words, examples } of commands) {
      expect(examples.length).toBeGreaterThan(0)
      for (const example of examples) expect(example.startsWith(words.join(" "))).toBe(true)
    }
    const names = commands.map(({ words }) => words.join(" "))
    expect(new Set(names).size).toBe(names.length)
  })

  it("have flags with a value, and flags without one", () => {
    expect(parseOptions(find("source change").flags)).toMatchObject({
      "feed-url": { type: "string" },
      "renew-token": { type: "boolean" },
    })
  })

  it("say what cannot be undone", () => {
    expect(commands.filter(({ warning }) => warning).map(({ words }) => words.join(" "))).toEqual([
      "publisher remove",
      "section retire",
    ])
    expect(find("publisher remove").warning?.(["nahar"])).toContain("nahar would be removed for ever")
  })
})

describe("publishers", () => {
  it("are changed by what the flags name", () => {
    expect(asked("publisher change", ["nahar"], { origin: ["https://a.example"], "default-section": "" })).toEqual({
      method: "PATCH",
      path: "/publishers/nahar",
      body: { origins: ["https://a.example"], default_section: null },
    })
    expect(() => asked("publisher change", ["nahar"])).toThrow("nothing to change")
  })

  it.each([
    ["usual", null],
    ["never", 0],
    ["48", 48],
  ])("--silence %s", (silence, hours) => {
    expect(asked("publisher change", ["nahar"], { silence }).body).toEqual({ silence_hours: hours })
  })

  it.each(["0", "often", "", "-1"])("--silence %j is refused", (silence) => {
    expect(() => asked("publisher change", ["nahar"], { silence })).toThrow("1 or more, or usual, or never")
  })

  it("that are removed are watched until their articles are withdrawn", () => {
    const { request, watch } = find("publisher remove")
    expect(request(["nahar"], {})).toEqual({ method: "DELETE", path: "/publishers/nahar" })
    const removal = { publisher: "nahar", total: 9, done: 3, started_at: "2026-11-23T08:00:00Z", finished_at: null }
    expect(watch?.({ removal }, ["nahar"])).toEqual(request(["nahar"], {}))
    expect(watch?.({ removal: { ...removal, finished_at: removal.started_at } }, ["nahar"])).toBeUndefined()
    expect(find("removals").watch?.({ removals: [removal] }, [])).toEqual({ method: "GET", path: "/removals" })
    expect(find("removals").watch?.({ removals: [] }, [])).toBeUndefined()
  })
})

describe("a message that is tried", () => {
  const publisher = "nahar"

  it("is sent as it is, with what it would be read by", () => {
    const message = file("message.json", '{"id":"é"}')
    const mapping = file("mapping.json", '{"id":"/id"}')
    expect(asked("publisher try", [message], { publisher, source: "cms", mapping })).toEqual({
      method: "POST",
      path: "/publishers/nahar/try",
      body: {
        body: Buffer.from('{"id":"é"}').toString("base64"),
        content_type: "application/json",
        source: "cms",
        mapping: { id: "/id" },
      },
    })
    expect(asked("publisher try", [message], { publisher, event: "post.published" }).body).toMatchObject({
      door: "ghost/post.published",
    })
    expect(asked("publisher try", [message], { publisher, "content-type": "text/x" }).body).toMatchObject({
      content_type: "text/x",
    })
  })

  it.each<[string, Uint8Array]>([
    ["plain", Buffer.from("\n <rss/>")],
    ["with a byte order mark", Buffer.from("\ufeff<rss/>")],
    ["in UTF-16", Buffer.from("\ufeff <rss/>", "utf16le")],
  ])("is XML by its first character: %s", (name, bytes) => {
    expect(asked("publisher try", [file(`${name}.xml`, bytes)], { publisher }).body).toMatchObject({
      content_type: "application/xml",
    })
  })

  it("cannot be read, or is read by what makes no sense", () => {
    const message = file("other.json", "{}")
    expect(() => asked("publisher try", [join(folder, "none")], { publisher })).toThrow("none cannot be read")
    expect(() => asked("publisher try", [message], { publisher, mapping: file("broken.json", "{") })).toThrow(
      "broken.json is not JSON",
    )
    expect(() => asked("publisher try", [message], { publisher, event: "post.published", source: "cms" })).toThrow(
      "--event is Ghost's own",
    )
  })
})

describe("keys", () => {
  it("are made for all that a publisher sends, or for a source", () => {
    expect(asked("key create", ["nahar"], { overlap: "0" }).body).toEqual({ overlap_hours: 0 })
    expect(asked("key create", ["nahar"], { end: "3f9c" }).body).toEqual({ end_key: "3f9c" })
    expect(asked("key create", ["nahar"], { source: "ghost" }).body).toEqual({ source: "ghost" })
    expect(() => asked("key create", ["nahar"], { overlap: "soon" })).toThrow("number of hours")
  })

  it("are brought along in a file, without the line break at its end, or as a public key", () => {
    const secret = file("secret.txt", " two words \r\n")
    expect(asked("key import", ["nahar"], { "secret-file": secret, source: "cms" }).body).toEqual({
      secret: " two words ",
      source: "cms",
    })
    expect(asked("key import", ["nahar"], { public: "whpk_x" }).body).toEqual({ public_key: "whpk_x" })
    expect(() => asked("key import", ["nahar"])).toThrow("give either")
    expect(() => asked("key import", ["nahar"], { public: "whpk_x", "secret-file": secret })).toThrow("give either")
    expect(() => asked("key import", ["nahar"], { "secret-file": file("empty.txt", "\n") })).toThrow("is empty")
  })

  it("are listed of one source", () => {
    const keys = [
      { id: "1", source: "" },
      { id: "2", source: "cms" },
    ]
    const { narrow } = find("key list")
    expect(narrow?.({ keys }, { source: "cms" })).toEqual({ keys: [keys[1]] })
    expect(narrow?.({ keys }, {})).toEqual({ keys })
  })

  it("are sealed again until none waits, and no longer than that helps", () => {
    const { next, failed } = find("reseal")
    const asked: Request = { method: "POST", path: "/reseal" }
    expect(next?.({ resealed: 100, waiting: 5, unreadable: 0 }, asked)).toEqual(asked)
    expect(next?.({ resealed: 5, waiting: 0, unreadable: 0 }, asked)).toBeUndefined()
    expect(() => next?.({ resealed: 0, waiting: 5, unreadable: 0 }, asked)).toThrow("5 keys wait")
    expect(failed?.({ resealed: 0, waiting: 0, unreadable: 1 })).toBe(true)
  })
})

describe("sources", () => {
  it("are told by what differs from their sender", () => {
    const scheme = file("scheme.json", '{"template":"{body}"}')
    expect(
      asked("source create", ["nahar", "cms"], { sender: "custom", scheme, "feed-url": "https://a.example/f" }).body,
    ).toEqual({
      name: "cms",
      sender: "custom",
      scheme: { template: "{body}" },
      feed_url: "https://a.example/f",
    })
    expect(asked("source change", ["nahar", "c/s"], { mapping: "", "feed-url": "", trusted: "no" })).toEqual({
      method: "PATCH",
      path: "/publishers/nahar/sources/c%2Fs",
      body: { mapping: null, feed_url: null, trusted: false },
    })
    expect(asked("source change", ["nahar", "blog"], { "renew-token": true }).body).toEqual({ renew_token: true })
    expect(() => asked("source change", ["nahar", "blog"], { trusted: "maybe" })).toThrow("write yes or no")
    expect(() => asked("source change", ["nahar", "blog"])).toThrow("nothing to change")
    expect(asked("source fetch", ["nahar", "blog"]).path).toBe("/publishers/nahar/sources/blog/fetch")
  })
})

describe("deliveries", () => {
  it("are listed by what the flags name", () => {
    expect(asked("delivery list", [], { publisher: "nahar", status: "4xx", limit: "5" }).path).toBe(
      "/deliveries?publisher=nahar&status=4xx&limit=5",
    )
    expect(asked("delivery list", [], { since: "2026-11-23T08:00:00+02:00" }).path).toBe(
      "/deliveries?since=2026-11-23T08%3A00%3A00%2B02%3A00",
    )
    expect(asked("letter list", []).path).toBe("/dead-letters")
    expect(() => asked("delivery show", ["msg_1"])).toThrow("shows under ID")
  })

  it("are replayed one by one, or as a range", () => {
    expect(find("delivery replay").request(["7", "8"], {})).toEqual([
      { method: "POST", path: "/deliveries/7/replay" },
      { method: "POST", path: "/deliveries/8/replay" },
    ])
    expect(asked("delivery replay", [], { publisher: "nahar", from: "7", to: "9" })).toEqual({
      method: "POST",
      path: "/deliveries/replay",
      body: { publisher: "nahar", from: 7, to: 9, letters: false },
    })
    expect(asked("letter replay", [], { publisher: "nahar" }).body).toEqual({ publisher: "nahar", letters: true })
    expect(() => asked("letter replay", [])).toThrow("name dead letters")
    expect(() => asked("delivery replay", ["7"], { publisher: "nahar" })).toThrow("name deliveries")
    expect(() => asked("delivery replay", [], { from: "x" })).toThrow("--from x")
  })

  it("go on being replayed where a page ends, and only forward", () => {
    const { next, failed } = find("delivery replay")
    const first = asked("delivery replay", [], { publisher: "nahar" })
    const second = { ...first, body: { publisher: "nahar", letters: false, from: 27 } }
    expect(next?.({ replays: [], next: 27 }, first)).toEqual(second)
    expect(next?.({ replays: [] }, second)).toBeUndefined()
    expect(() => next?.({ replays: [], next: 27 }, second)).toThrow("does not get past")
    expect(next?.({ id: 7, outcome: "replayed" }, { method: "POST", path: "/deliveries/7/replay" })).toBeUndefined()
    expect(failed?.({ id: 7, outcome: "refused" })).toBe(true)
    expect(failed?.({ replays: [{ id: 7, outcome: "replayed" }] })).toBe(false)
  })
})

describe("sections", () => {
  it("are made, changed and ended", () => {
    expect(asked("section create", ["x"], { name: ["ar=علوم", "en=A=B"], alias: ["R"] }).body).toEqual({
      slug: "x",
      names: { ar: "علوم", en: "A=B" },
      aliases: ["R"],
    })
    expect(() => asked("section change", ["x"])).toThrow("nothing to change")
    expect(asked("alias add", ["x", "a", "b"]).body).toEqual({ names: ["a", "b"] })
    expect(asked("alias remove", ["x", "a/b"], { publisher: "nahar" })).toEqual({
      method: "DELETE",
      path: "/sections/x/aliases/a%2Fb?publisher=nahar",
    })
    expect(asked("section move", ["x"], { parent: "" }).body).toEqual({ parent: null })
    expect(asked("section retire", ["x"]).body).toEqual({})
    expect(asked("section retire", ["x"], { into: "y" }).body).toEqual({ into: "y" })
  })
})

describe("partners", () => {
  it("are made and changed by what the flags name", () => {
    expect(asked("partner create", ["metro"], { name: "Metro", publisher: ["nahar", "lejour"] })).toEqual({
      method: "POST",
      path: "/partners",
      body: { slug: "metro", name: "Metro", publishers: ["nahar", "lejour"] },
    })
    expect(asked("partner change", ["m/x"], { contact: "" })).toEqual({
      method: "PATCH",
      path: "/partners/m%2Fx",
      body: { contact: null },
    })
    expect(asked("partner change", ["metro"], { publisher: [""] }).body).toEqual({ publishers: null })
    expect(() => asked("partner change", ["metro"], { publisher: ["nahar", ""] })).toThrow("stands for all")
    expect(() => asked("partner change", ["metro"])).toThrow("nothing to change")
    expect(asked("partner disable", ["metro"]).body).toEqual({ state: "disabled" })
    expect(asked("partner enable", ["metro"]).body).toEqual({ state: "active" })
  })

  it("have keys that are made, listed and ended", () => {
    expect(asked("partner-key create", ["metro"])).toEqual({ method: "POST", path: "/partners/metro/keys", body: {} })
    const values = { note: "app", expires: "2027-01-01T00:00:00Z" }
    expect(asked("partner-key create", ["metro"], values).body).toEqual({
      note: "app",
      expires_at: "2027-01-01T00:00:00Z",
    })
    expect(asked("partner-key list", ["metro"])).toEqual({ method: "GET", path: "/partners/metro/keys" })
    expect(asked("partner-key revoke", ["metro", "3f/c"])).toEqual({
      method: "DELETE",
      path: "/partners/metro/keys/3f%2Fc",
    })
  })
})
