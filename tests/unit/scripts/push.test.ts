import { createHmac } from "node:crypto"
import { createServer, type IncomingHttpHeaders, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach, describe, expect, it } from "vitest"
import { outcomeTable, push, pushBody, rejectedResults } from "../../../scripts/push-client.ts"
import { bodiesOf, type PushBody } from "../../../scripts/push-file.ts"

const NOW = Date.UTC(2026, 10, 23, 8, 30)
const MIB = 1024 * 1024
const bytes = (value: unknown) => new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value))
const bodies = (file: unknown, deleted = false) =>
  bodiesOf(file instanceof Uint8Array ? file : bytes(file), { deleted, now: NOW })
const only = (file: unknown, deleted = false): PushBody => {
  const [body, ...more] = bodies(file, deleted)
  return body && more.length === 0 ? body : expect.fail(`${more.length + 1} bodies`)
}
const parsed = (body: PushBody) => JSON.parse(new TextDecoder().decode(body.bytes))
const items = (count: number, text = "") =>
  Array.from({ length: count }, (_, i) => ({ id: `a${i}`, content_html: text }))
const feed = (own: unknown[]) => ({ version: "https://jsonfeed.org/version/1.1", title: "Nahar", items: own })
const message = (data: unknown) => ({ type: "article.updated", timestamp: "2026-11-23T08:00:00Z", data })

describe("a pushed file", () => {
  it("is recognised by its content", () => {
    const spaced = '\ufeff\r\n{ "version":"https://jsonfeed.org/version/1", "items":[ {"id":"a"} ] }\n'
    for (const [file, contentType, articles] of [
      [spaced, "application/feed+json", [{ pointer: "/items/0", guid: "a" }]],
      [JSON.stringify(message({ id: "a" }), null, 2), "application/json", [{ pointer: "/data", guid: "a" }]],
      [
        JSON.stringify(message(items(2))),
        "application/json",
        [
          { pointer: "/data/0", guid: "a0" },
          { pointer: "/data/1", guid: "a1" },
        ],
      ],
      ['<?xml version="1.0"?>\n<!-- <feed> -->\n<rss version="2.0"/>', "application/rss+xml", []],
      ['<rdf:RDF xmlns:rdf="x"/>', "application/rdf+xml", []],
      ["\ufeff<feed xmlns='http://www.w3.org/2005/Atom'/>", "application/atom+xml", []],
      ['<!DOCTYPE entry [<!ENTITY a "b">]><a:entry/>', "application/atom+xml", []],
    ] as const) {
      // The bytes of the file are sent unchanged.
      expect(only(file)).toEqual({ contentType, bytes: bytes(file), articles })
    }
  })

  it("may be XML in any encoding, byte for byte", () => {
    const document = '<?xml version="1.0" encoding="X"?><rss version="2.0"><channel/></rss>'
    const le = Buffer.from(document, "utf16le")
    const be = Buffer.from(le).swap16()
    const arabic = Buffer.concat([
      Buffer.from("<rss><title>"),
      Buffer.from([0xc7, 0xe1, 0xce, 0xc8]),
      Buffer.from("</title></rss>"),
    ])
    for (const file of [
      le,
      be,
      Buffer.from(`\ufeff${document}`, "utf16le"),
      Buffer.from(`\ufeff${document}`, "utf16le").swap16(),
      arabic,
    ]) {
      expect(only(new Uint8Array(file))).toEqual({
        contentType: "application/rss+xml",
        bytes: new Uint8Array(file),
        articles: [],
      })
    }
  })

  it("is put into a message if it is one bare item or several", () => {
    expect(parsed(only({ id: "a", title: "خبر" }))).toEqual({
      type: "article.published",
      timestamp: "2026-11-23T08:30:00.000Z",
      data: { id: "a", title: "خبر" },
    })
    expect(parsed(only(items(2)))).toMatchObject({ type: "article.published", data: items(2) })
    expect(parsed(only([{ id: "a" }], true))).toMatchObject({ type: "article.deleted", data: [{ id: "a" }] })
  })

  it.each([
    ["", false, "line 1, column 1"],
    ['{"id":1,}', false, "line 1, column 9"],
    ['{"id":"a","id":"b"}', false, "/id occurs twice"],
    ['{"title":"x"}', false, "it has no id"],
    ['[{"id":"a"},{"title":"x"}]', false, "/1 has no id"],
    ["[]", false, "it has no article"],
    ["7", false, "it has no id"],
    ["<html></html>", false, "its root element is html"],
    ["<!-- ", false, "its root element is missing"],
    ["<rss/>", true, "--deleted"],
    [JSON.stringify(feed([])), true, "--deleted"],
    [JSON.stringify(message([])), true, "--deleted"],
  ])("is refused with a remedy: %s", (file, deleted, why) => {
    expect(() => bodies(file, deleted)).toThrow(why)
  })
})

describe("a file that is too large for one message", () => {
  it("is divided at a hundred articles", () => {
    expect(bodies(items(100))).toHaveLength(1)
    for (const [file, list] of [
      [items(201), "data"],
      [message(items(201)), "data"],
      [feed(items(201)), "items"],
    ] as const) {
      const shares = bodies(file)
      expect(shares.map(({ articles }) => articles.length)).toEqual([100, 100, 1])
      expect(shares.flatMap((chunk) => parsed(chunk)[list])).toEqual(items(201))
      expect(shares[2]?.articles).toEqual([{ pointer: `/${list}/0`, guid: "a200" }])
      const { [list]: _, ...frame } = parsed(shares[1] ?? expect.fail())
      expect(frame).toEqual(
        list === "items"
          ? { version: feed([]).version, title: "Nahar" }
          : { type: expect.any(String), timestamp: expect.any(String) },
      )
    }
  })

  it("is divided at 1 MiB and 20,000 tags, and no part exceeds them", () => {
    for (const file of [feed(items(50, "é".repeat(20_000))), message(items(50, "<p></p>".repeat(300)))]) {
      const shares = bodies(file)
      expect(shares.length).toBe(2)
      expect(shares.flatMap(({ articles }) => articles)).toHaveLength(50)
      for (const chunk of shares) {
        expect(chunk.bytes.length).toBeLessThanOrEqual(MIB)
        expect(new TextDecoder().decode(chunk.bytes).split("<").length - 1).toBeLessThanOrEqual(20_000)
      }
    }
  })

  it("fills a message to the last byte", () => {
    const empty = bytes(message([{ id: "a", title: "" }, { id: "b" }])).length
    const file = (length: number) => message([{ id: "a", title: "x".repeat(length - empty) }, { id: "b" }])
    expect(bodies(file(MIB))).toHaveLength(1)
    expect(bodies(file(MIB + 1))).toHaveLength(2)
  })

  it("is refused if it cannot be divided", () => {
    expect(() => bodies(`<rss>${" ".repeat(MIB)}</rss>`)).toThrow("leave out older entries")
    expect(() => bodies([{ id: "a" }, { id: "b", title: "x".repeat(MIB) }])).toThrow("article 2 alone is too large")
    expect(() => bodies({ id: "a", content_html: "<".repeat(20_001) })).toThrow("article 1 alone is too large")
  })
})

describe("the outcomes", () => {
  it("are a table", () => {
    const results = [
      { outcome: "created", guid: "قصة" },
      {
        outcome: "rejected",
        guid: "b",
        errors: [{ pointer: "/data/1/title", detail: "is missing" }, { detail: "more" }],
      },
      { outcome: "stale", guid: "c", detail: "a later version is stored", warnings: [{ detail: "tgas is unknown" }] },
      { outcome: "updated", warnings: [{ detail: "tgas is unknown" }] },
    ]
    expect(outcomeTable(results).split("\n")).toEqual([
      "OUTCOME   GUID  NOTES",
      "created   قصة",
      "rejected  b     /data/1/title is missing (and 1 more)",
      "stale     c     a later version is stored (and 1 more)",
      "updated         tgas is unknown",
    ])
  })

  it("have a reason for each article if none was accepted", () => {
    const errors = [
      { pointer: "/items/1/id", detail: "is missing" },
      { pointer: "/items/10", detail: "is too large" },
    ]
    const problem = { status: 422, code: "all_articles_rejected", detail: "None fits.", errors }
    const own = rejectedResults(only(feed(items(11))), problem)
    expect(own.map(({ outcome, guid }) => `${outcome} ${guid}`)).toEqual(items(11).map(({ id }) => `rejected ${id}`))
    expect([own[1]?.errors, own[10]?.errors, own[0]?.errors]).toEqual([
      [errors[0]],
      [errors[1]],
      [{ detail: "None fits." }],
    ])
    expect(rejectedResults(only("<rss/>"), problem)).toEqual(
      errors.map((error) => ({ outcome: "rejected", errors: [error] })),
    )
  })
})

describe("a push from the command line", () => {
  const secret = Buffer.alloc(32, 5)
  let server: Server | undefined
  afterEach(() => server?.close())

  /** A Worker that gives these answers in order, and the requests that it received. */
  async function startServer(answers: [status: number, body: unknown, headers?: Record<string, string>][]) {
    const seen: { url: string | undefined; headers: IncomingHttpHeaders; body: Buffer }[] = []
    server = createServer(async (request, response) => {
      const parts: Buffer[] = []
      for await (const part of request) parts.push(part)
      const [status, body, headers = {}] = answers[seen.length] ?? [500, {}]
      seen.push({ url: request.url, headers: request.headers, body: Buffer.concat(parts) })
      response.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body))
    })
    const listening = server
    await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve))
    const url = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`
    return { seen, connection: { url, publisher: "nahar", secret: `whsec_${secret.toString("base64")}` } }
  }

  it("signs the bytes of the file, waits if the answer asks for it, and repeats the message under its id", async () => {
    const results = [{ guid: "a", outcome: "created", warnings: ["tgas is unknown"] }]
    const { seen, connection } = await startServer([
      [503, "busy", { "retry-after": "0" }],
      [429, { code: "too_many_requests" }, { "retry-after": "1" }],
      [200, { results }],
    ])
    const file = new Uint8Array([...bytes("<rss><title>"), 0xc7, 0xe1, ...bytes("</title></rss>")])
    expect(await pushBody(connection, only(file), true)).toEqual([
      { ...results[0], warnings: [{ detail: "tgas is unknown" }] },
    ])
    expect(new Set(seen.map(({ headers }) => headers["webhook-id"])).size).toBe(1)
    for (const { url, headers, body } of seen) {
      expect([url, headers["content-type"]]).toEqual(["/push/nahar?dry_run=1", "application/rss+xml"])
      expect(new Uint8Array(body)).toEqual(file)
      const mac = createHmac("sha256", secret)
        .update(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.`)
        .update(body)
      expect(headers["webhook-signature"]).toBe(`v1,${mac.digest("base64")}`)
    }
    expect(seen).toHaveLength(3)
  })

  it("returns a refusal of all articles, and throws any other refusal", async () => {
    const nothing = { code: "all_articles_rejected", errors: [{ pointer: "/data/id", detail: "is missing" }] }
    const { connection } = await startServer([
      [422, nothing],
      [422, nothing],
      [401, { code: "unauthorized", detail: "No live key" }],
      [200, "<html>"],
      [301, "", { location: "/elsewhere" }],
    ])
    const body = only({ id: "a" })
    expect(await pushBody(connection, body, false)).toEqual([
      { guid: "a", outcome: "rejected", errors: nothing.errors },
    ])
    const whole = { type: "article.published", timestamp: "2026-11-23T08:00:00Z", data: { id: "a" } } as const
    await expect(push(connection, whole)).rejects.toThrow("/data/id: is missing")
    await expect(pushBody(connection, body, false)).rejects.toThrow("No live key")
    await expect(pushBody(connection, body, false)).rejects.toThrow("not with JSON")
    await expect(pushBody(connection, body, false)).rejects.toThrow("301")
    await expect(pushBody({ ...connection, url: "http://127.0.0.1:9" }, body, false)).rejects.toThrow(
      "no Worker answers at",
    )
  })
})
