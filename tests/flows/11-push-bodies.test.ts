/** Tests the push endpoint: which bodies, content types and envelopes it accepts. */
import { env } from "cloudflare:workers"
import { describe, expect, test } from "vitest"
import {
  article,
  bytesOf,
  counts,
  first,
  freeze,
  inFeed,
  JSON_TYPE,
  message,
  NOW,
  one,
  outcomes,
  pointers,
  post,
  preparePublishers,
  rfc3339,
  sha256,
} from "./push-endpoint.ts"
import { ORIGIN, push, pushRaw, send, signedHeaders } from "./world.ts"

preparePublishers()

describe("the push endpoint, the body", () => {
  const LIMIT = 1024 * 1024
  const padded = (size: number) => {
    const text = message(article())
    return text + " ".repeat(size - bytesOf(text).length)
  }

  test("1 MiB is accepted, a byte more is refused", async () => {
    expect((await pushRaw(one, padded(LIMIT))).status).toBe(200)
    const more = await pushRaw(one, padded(LIMIT + 1))
    expect([more.status, more.json.code]).toEqual([413, "body_too_large"])
    expect(more.json.detail).toContain("1048576 bytes")
  })

  /** Sends pieces of 64 KiB, with no length in the headers. */
  const chunked = (bytes: Uint8Array) => {
    const pieces = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, i) =>
      bytes.slice(i * 65_536, (i + 1) * 65_536),
    )
    let pulled = 0
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        const piece = pieces[pulled++]
        if (piece) controller.enqueue(piece)
        else controller.close()
      },
    })
    return { stream, pulled: () => pulled }
  }

  test("the same limit applies to chunks without a length, and with a wrong Content-Length", async () => {
    for (const [size, status] of [
      [LIMIT, 200],
      [LIMIT + 1, 413],
    ] as const) {
      const text = padded(size)
      const headers = { ...JSON_TYPE, ...(await signedHeaders(text, one.secret)) }
      const body = chunked(bytesOf(text)).stream
      expect((await send("/push/one", { method: "POST", headers, body })).status).toBe(status)
    }
    const lying = chunked(new Uint8Array(LIMIT + 1)).stream
    const sent = await send("/push/one", { method: "POST", headers: { "content-length": "10" }, body: lying })
    expect(sent.status).toBe(413)
  })

  test("reading ends at the limit", async () => {
    const endless = chunked(new Uint8Array(16 * LIMIT))
    expect((await send("/push/one", { method: "POST", headers: JSON_TYPE, body: endless.stream })).status).toBe(413)
    expect(endless.pulled()).toBeLessThan(40)
  })

  test("a byte order mark is skipped, but it is part of the signed and stored bytes", async () => {
    const bytes = new Uint8Array([0xef, 0xbb, 0xbf, ...bytesOf(message(article({ id: "marked" })))])
    const sent = await pushRaw(one, bytes)
    expect([sent.status, first(sent).outcome]).toEqual([200, "created"])
    expect(sent.json.delivery.body_sha256).toBe(await sha256(bytes))
  })

  test("CRLF, surrounding spaces and escaped members change nothing", async () => {
    const text = `\r\n\t${message(article({ id: "crlf" }))
      .replaceAll(',"', ',\r\n"')
      .replace('"data"', '"\\u0064ata"')}\r\n`
    const sent = await pushRaw(one, text)
    expect([sent.status, first(sent).guid]).toEqual([200, "crlf"])
  })

  const [head = "", tail = ""] = message({ id: "bytes", title: "@" }).split("@")
  const withBytes = (...bytes: number[]) => new Uint8Array([...bytesOf(head), ...bytes, ...bytesOf(tail)])
  test.each([
    ["not UTF-8", withBytes(0xff)],
    ["overlong UTF-8", withBytes(0xc0, 0x80)],
    ["a surrogate as UTF-8", withBytes(0xed, 0xa0, 0x80)],
    ["half a character", withBytes(0xe2, 0x82)],
    ["UTF-16", new Uint8Array([...message({ id: "x" })].flatMap((character) => [character.charCodeAt(0), 0]))],
    ["a bare NUL in a string", withBytes(0)],
    ["nothing", bytesOf("")],
    ["blanks", bytesOf("  \n")],
    ["half a message", bytesOf(head)],
    ["two messages", bytesOf('{"a":1}{"a":1}')],
    ["a form", bytesOf("type=article.published&data=x")],
    ["JavaScript", bytesOf("{type: 'article.published'}")],
    ["a trailing comma", bytesOf('{"a":[1,]}')],
    ["arrays 100,000 deep", bytesOf("[".repeat(100_000) + "]".repeat(100_000))],
    ["objects 100,000 deep", bytesOf(`${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`)],
    ["arrays left open", bytesOf("[".repeat(1_000_000))],
  ])("%s is answered 400, without internal details, and only its bytes are stored", async (_, bytes) => {
    const before = await counts()
    const sent = await pushRaw(one, bytes)
    expect([sent.status, sent.json.code]).toEqual([400, "invalid_json"])
    expect(sent.headers.get("content-type")).toContain("application/problem+json")
    expect(sent.text.length).toBeLessThan(1000)
    expect(await counts()).toEqual({ ...before, r2: (before.r2 ?? 0) + 1 })
    const { objects } = await env.RECEIVED.list({ prefix: `dead/${await sha256(bytes)}/` })
    expect(objects.map(({ size }) => size)).toEqual([bytes.length])
  })

  test("64 levels are accepted, 65 are refused, and brackets in strings are not counted", async () => {
    // The envelope and the item are two of the levels.
    const deep = (levels: number) =>
      message({ ...article(), title: ']]}}[[{{\\"['.repeat(50), _deep: 0 }).replace(
        '"_deep":0',
        `"_deep":${"[".repeat(levels)}${"]".repeat(levels)}`,
      )
    expect((await pushRaw(one, deep(62))).status).toBe(200)
    expect((await pushRaw(one, deep(63))).json.code).toBe("invalid_json")
  })

  test("__proto__ is refused at every place and in every spelling; constructor is ignored", async () => {
    const text = (envelope: string, item: string, ours: string) =>
      `{"type":"article.published","timestamp":"2026-11-19T00:00:00Z",${envelope}
      "data":{"id":"proto","title":"Proto",${item}"constructor":{"prototype":{"polluted":true}},"_feedwire":{${ours}}}}`
    for (const [body, pointer, line] of [
      [text('"__proto__":{"type":"article.deleted"},', "", ""), "/__proto__", 1],
      [text("", '"__proto__":{"title":"Polluted","url":"https://evil.example/"},', ""), "/data/__proto__", 2],
      [text("", "", '"image":{"\\u005f_proto__":{"width":3}}'), "/data/_feedwire/image/__proto__", 2],
    ] as const) {
      const refused = await pushRaw(one, body)
      expect([refused.status, refused.json.code, pointers(refused)]).toEqual([400, "invalid_json", [pointer]])
      expect(refused.json.detail).toContain(`${pointer} is a name that is not accepted (line ${line}, column `)
    }
    const sent = await pushRaw(one, text("", "", ""))
    expect([sent.status, first(sent).outcome]).toEqual([200, "created"])
    const item = await inFeed("/feed", "proto")
    expect(item.title).toBe("Proto")
    expect(JSON.stringify(item)).not.toMatch(/Polluted|polluted|evil/)
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  test("a member that occurs twice is refused, because it is ambiguous", async () => {
    const text = '{"type":"article.published","timestamp":"2026-11-19T00:00:00Z","data":[{"id":"twice",'
    for (const second of ['"title":"Last"', '"t\\u0069tle":"Last"']) {
      const sent = await pushRaw(one, `${text}"title":"First",${second}}]}`)
      expect([sent.status, sent.json.code, pointers(sent)]).toEqual([400, "invalid_json", ["/data/0/title"]])
      const column = `${text}"title":"First",`.length + 1
      expect(sent.json.detail).toBe(`/data/0/title occurs twice in its object (line 1, column ${column}).`)
    }
    expect(await inFeed("/feed", "twice")).toBeUndefined()
  })

  test("NUL, controls and lone surrogates are removed from text, and every feed stays legal", async () => {
    const bad = "\\u0000A\\u0008\\ud800B\\udc00\\ufffe\\u001fC\\ud83d\\ude00"
    const text = `{"type":"article.published","timestamp":"2026-11-19T00:00:00Z","data":{"id":"\\u0000illegal\\ud800",
      "title":"${bad}","summary":"${bad}","content_html":"<p title=\\"${bad}\\">${bad}</p>","tags":["${bad}"],
      "authors":[{"name":"${bad}"}],"_feedwire":{"sections":["${bad}"],"subtitle":"${bad}","dateline":"${bad}",
      "correction":{"note":"${bad}"},"rights":"${bad}","\\u0000${bad}":1}}}`
    const sent = await pushRaw(one, text)
    expect([sent.status, first(sent).outcome]).toEqual([200, "created"])
    // The ids are compared as JSON, which escapes lone surrogates, because vitest cannot print them.
    expect(JSON.stringify(first(sent).guid)).toBe('"illegal"')
    expect(JSON.stringify((await inFeed("/feed", "illegal"))?.title)).toBe('"ABC😀"')
    for (const format of ["rss", "atom", "json"]) {
      const feed = await send(`/feed.${format}`)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: finding these characters is its purpose
      const illegal = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffd\ufffe\uffff]|\\ud8|\\u0000/i
      expect([format, feed.text.includes("ABC😀"), illegal.test(feed.text)]).toEqual([format, true, false])
    }
    // This is the same article, with the legal spelling of its id.
    const again = await push(one, { id: "illegal", title: "Again" })
    expect([first(again).id, first(again).outcome]).toEqual([first(sent).id, "updated"])
  })
})

describe("the push endpoint, content types", () => {
  test.each(["application/json", "application/json; charset=utf-8", "Application/JSON;x=y", "application/feed+json"])(
    "%s is accepted",
    async (type) => {
      expect((await post(one, message(article()), { "content-type": type })).status).toBe(200)
    },
  )

  test.each([
    ...["text/plain", "text/html", "application/jsonx", "json"].map((type) => [type, JSON.stringify(type)]),
    ["application/x-www-form-urlencoded", "The body is a form (application/x-www-form-urlencoded)"],
    ["multipart/form-data; boundary=x", "The body is a form (multipart/form-data)"],
    ["", "No content type was sent"],
  ])('"%s" is refused', async (type, detail) => {
    const sent = await post(one, message(article()), { "content-type": type })
    expect([sent.status, sent.json.code]).toEqual([415, "unsupported_media_type"])
    const jsonAndFeeds = "application/json, application/feed+json, application/rss+xml, application/atom+xml, "
    expect(sent.headers.get("accept")).toBe(`${jsonAndFeeds}application/rdf+xml, application/xml, text/xml`)
    expect(sent.json.detail).toContain(detail)
  })

  test.each(["application/xml", "text/xml", "application/rss+xml", "application/atom+xml", "application/rdf+xml"])(
    "%s is accepted as a document, and JSON is not",
    async (type) => {
      const sent = await post(one, message(article()), { "content-type": type })
      expect([sent.status, sent.json.code]).toEqual([400, "invalid_document"])
      expect(sent.json.detail).toContain("The body is JSON, but it was sent with Content-Type: ")
    },
  )

  test("a message without a content type is refused, but only after it is authenticated", async () => {
    const text = message(article())
    const headers = await signedHeaders(text, one.secret)
    const body = bytesOf(text)
    expect((await send("/push/one", { method: "POST", headers, body })).status).toBe(415)
    expect((await send("/push/one", { method: "POST", body })).status).toBe(401)
  })

  test("the answer names unknown parameters, with a suggestion", async () => {
    const sent = await push(one, article(), { query: "?dryrun=1" })
    expect([sent.status, sent.json.code]).toEqual([400, "unknown_parameter"])
    expect(sent.json.detail).toContain("Did you mean dry_run?")
    expect(sent.json.errors).toEqual([{ parameter: "dryrun", detail: expect.stringContaining("is not known here") }])
    for (const query of ["?dry_run=0", "?dry_run=true", "?dry_run=", "?dry_run=1&dry_run=1"]) {
      const before = await counts()
      expect((await push(one, article(), { query })).json.code).toBe("invalid_parameter")
      expect(await counts()).toEqual(before)
    }
  })
})

describe("the push endpoint, the envelope", () => {
  test("all problems are listed at once", async () => {
    const sent = await pushRaw(one, '{"type":"article.publish","timestamp":1795000000,"data":"x"}')
    expect([sent.status, sent.json.code]).toEqual([400, "invalid_message"])
    expect(sent.json.errors).toEqual([
      { pointer: "/type", detail: "must be one of article.published, article.updated, article.deleted" },
      { pointer: "/timestamp", detail: "must be a string: an RFC 3339 time such as 2026-11-23T08:30:00Z" },
      { pointer: "/data", detail: "must be a JSON Feed item or an array of 1 to 100 of them" },
    ])
    expect(sent.json.detail).toContain("(and 2 more)")
    expect(sent.json.type).toBe(`${ORIGIN}/problems/invalid_message`)
    expect((await send(sent.json.type)).status).toBe(200)
  })

  test("a missing member is called missing", async () => {
    const sent = await pushRaw(one, "{}")
    expect(sent.json.errors).toEqual(
      ["/type", "/timestamp", "/data"].map((pointer) => ({ pointer, detail: "is missing" })),
    )
  })

  test.each(["null", "5", '"x"', "true"])("%s is not a message", async (text) => {
    const sent = await pushRaw(one, text)
    expect([sent.status, sent.json.errors]).toEqual([400, [{ pointer: "", detail: "must be an object" }]])
  })

  test("0 and 101 articles are refused, 100 are accepted", async () => {
    const items = (n: number) => Array.from({ length: n }, () => article({}, 3))
    const none = await push(one, [])
    expect([none.status, pointers(none)]).toEqual([400, ["/data"]])
    const tooMany = await push(one, items(101))
    expect([tooMany.status, tooMany.json.code]).toEqual([413, "body_too_large"])
    expect(outcomes(await push(one, items(100)))).toEqual(Array.from({ length: 100 }, () => "created"))
  })

  test("a message dated more than 5 minutes ahead is refused, an old one is not", async () => {
    freeze(NOW)
    expect((await push(one, article(), { timestamp: rfc3339(NOW + 300_000) })).status).toBe(200)
    const sent = await push(one, article(), { timestamp: rfc3339(NOW + 300_001) })
    expect([sent.status, pointers(sent)]).toEqual([400, ["/timestamp"]])
    expect((await push(one, article(), { timestamp: "1999-12-31T23:59:59Z" })).status).toBe(200)
  })
})
