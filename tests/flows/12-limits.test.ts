/** Tests that the limits of a message are the same in every dialect (format of messages). */
import { describe, expect, test } from "vitest"
import { bytesOf, cms, GHOST_SECRET, item, jsonFeed, native, one, openDeadLetters, outcomes, rss } from "./receiver.ts"
import { type Answer, hmacHex, post, postDocument, push, pushRaw, send, signedHeaders, signedSource } from "./world.ts"

const MIB = 1024 * 1024

const KIB = 1024

async function ghost(body: string | Uint8Array<ArrayBuffer>): Promise<Answer> {
  const at = Date.now()
  const message = typeof body === "string" ? bytesOf(body) : body
  const signed = await hmacHex(GHOST_SECRET, new Uint8Array([...message, ...bytesOf(String(at))]))
  const headers = { "content-type": "application/json", "x-ghost-signature": `sha256=${signed}, t=${at}` }
  return send("/push/one/ghost/post.published", { method: "POST", headers, body })
}

const ghostPost = (id: string, html: string) =>
  JSON.stringify({
    post: { current: { id, title: id, html, status: "published", visibility: "public" }, previous: {} },
  })

/** Every format of senders, with a body of one article. */
const FORMATS: [name: string, send: (id: string, html: string, pad?: (body: string) => string) => Promise<Answer>][] = [
  ["native messages", (id, html, pad = String) => pushRaw(one, pad(native({ id, content_html: html })))],
  [
    "a JSON Feed",
    (id, html, pad = String) => postDocument(one, "application/feed+json", pad(jsonFeed([{ id, content_html: html }]))),
  ],
  [
    "RSS",
    (id, html, pad = String) =>
      postDocument(
        one,
        "application/rss+xml",
        pad(rss(item(id, html.replaceAll("&", "&amp;").replaceAll("<", "&lt;")))),
      ),
  ],
  ["Ghost", (id, html, pad = String) => ghost(pad(ghostPost(id, html)))],
  ["a mapped source", (id, html, pad = String) => post(cms, pad(JSON.stringify({ id, html })))],
]

describe("1 MiB", () => {
  const padTo = (size: number) => (body: string) => body + " ".repeat(size - bytesOf(body).length)

  test.each(FORMATS)(
    "of %s is accepted; a byte more is refused and leaves no dead letter, because its sender is not authenticated yet",
    async (name, by) => {
      const accepted = await by(`mib ${name}`, "<p>x</p>", padTo(MIB))
      expect([accepted.status, outcomes(accepted)]).toEqual([200, ["created"]])
      const before = (await openDeadLetters()).open
      const refused = await by(`more ${name}`, "<p>x</p>", padTo(MIB + 1))
      expect([refused.status, refused.json.code]).toEqual([413, "body_too_large"])
      expect((await openDeadLetters()).open).toBe(before)
    },
  )

  test("is compared with the bytes that arrive, with any Content-Length or without one", async () => {
    const of = async (size: number, length: string | undefined, pieces: number) => {
      const bytes = bytesOf(padTo(size)(native({ id: `length ${size} ${length}`, title: "T" })))
      const step = Math.ceil(bytes.length / pieces)
      let at = 0
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (at >= bytes.length) controller.close()
          else controller.enqueue(bytes.slice(at, at + step))
          at += step
        },
      })
      const headers = {
        "content-type": "application/json",
        ...(await signedHeaders(bytes, one.secret)),
        ...(length !== undefined && { "content-length": length }),
      }
      return (await send("/push/one", { method: "POST", headers, body })).status
    }
    for (const pieces of [1, 100]) {
      expect(await of(MIB, undefined, pieces)).toBe(200)
      expect(await of(MIB + 1, undefined, pieces)).toBe(413)
      expect(await of(MIB, "10", pieces)).toBe(200)
      expect(await of(MIB + 1, "10", pieces)).toBe(413)
      expect(await of(MIB + 1, "nonsense", pieces)).toBe(413)
      expect(await of(500, String(MIB + 1), pieces)).toBe(413)
    }
  })
})

test.each(FORMATS)(
  "256 KiB of HTML in %s are accepted; a byte more is rejected and leaves one dead letter",
  async (name, by) => {
    const html = (size: number) => `<p>${"é".repeat((size - 8) / 2)}x</p>`
    const accepted = await by(`kib ${name}`, html(256 * KIB))
    expect([accepted.status, outcomes(accepted)]).toEqual([200, ["created"]])
    const refused = await by(`kib and one ${name}`, `${html(256 * KIB)}.`)
    expect([refused.status, refused.json.code]).toEqual([422, "all_articles_rejected"])
    expect(refused.json.errors[0].detail).toBe("has 262145 bytes; at most 262144 are accepted")
    const [deadLetter] = (await openDeadLetters()).dead_letters
    expect(deadLetter).toMatchObject({ status: 422, code: "all_articles_rejected", errors: refused.json.errors })
  },
)

describe('20,000 "<"', () => {
  const tags = (no: number) => "<br>".repeat(no)

  test.each(FORMATS.filter(([name]) => name !== "RSS"))("in %s are accepted, one more is refused", async (name, by) => {
    const accepted = await by(`tags ${name}`, tags(20_000))
    expect([accepted.status, outcomes(accepted)]).toEqual([200, ["created"]])
    const refused = await by(`tags and one ${name}`, tags(20_001))
    expect([refused.status, refused.json.code]).toEqual([413, "body_too_large"])
    expect(refused.json.detail).toContain('20001 "<"; at most 20000')
    const [deadLetter] = (await openDeadLetters()).dead_letters
    expect(deadLetter).toMatchObject({ status: 413, code: "body_too_large", dead_letter: "open" })
  })

  test.each([
    ["written \\u003c", "\\u003cbr>"],
    ["written \\u003C", "\\u003Cbr>"],
  ])("are counted in the same way in %s", async (_, written) => {
    const body = (no: number) => native({ id: "escaped tags", content_html: "@" }).replace("@", written.repeat(no))
    expect((await pushRaw(one, body(20_000))).status).toBe(200)
    expect((await pushRaw(one, body(20_001))).json.code).toBe("body_too_large")
  })

  test("are counted in all articles of a message together, and in names and unknown members too", async () => {
    const data = (no: number) => [
      { id: "together-1", content_html: tags(9_999) },
      { id: "together-2", content_html: tags(9_999), _x: "<".repeat(no), "<": 1 },
    ]
    expect((await push(one, data(1))).status).toBe(200)
    expect((await push(one, data(2))).json.code).toBe("body_too_large")
  })

  test("in an XML document include its own elements, CDATA sections and comments", async () => {
    // Counts the tags of rss, channel, title, link and description, and the declaration.
    const own = rss("").split("<").length - 1
    const comments = (no: number) => rss(`${item("many tags", "x")}${"<!---->".repeat(no - own - 8)}`)
    expect(comments(20_000).split("<").length - 1).toBe(20_000)
    expect((await postDocument(one, "text/xml", comments(20_000))).status).toBe(200)
    const refused = await postDocument(one, "text/xml", comments(20_001))
    expect([refused.status, refused.json.code]).toEqual([413, "body_too_large"])
    const inside = rss(item("many inside", `<![CDATA[${tags(20_000)}]]>`))
    expect((await postDocument(one, "text/xml", inside)).json.code).toBe("body_too_large")
  })

  test("written as references in an XML document are limited too, in all its articles together", async () => {
    const escaped = (no: number) =>
      rss(
        ["&lt;br&gt;", "&#60;br>", "&#x3c;br>"]
          .map((tag, i) => item(`escaped ${no} ${i}`, tag.repeat(i < 2 ? 9_000 : no)))
          .join(""),
      )
    expect(outcomes(await postDocument(one, "text/xml", escaped(2_000)))).toEqual(["created", "created", "created"])
    const more = await postDocument(one, "text/xml", escaped(2_001))
    expect([more.status, more.json.code]).toEqual([413, "body_too_large"])
    expect(more.json.detail).toContain('20001 "<" in their HTML; at most 20000')
  })
})

describe("64 levels", () => {
  // JSON.stringify has its own limit of nesting.
  const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels)
  test.each<[string, (levels: number) => Promise<Answer>]>([
    [
      "native messages",
      (levels) =>
        pushRaw(one, native({ id: "deep", title: "T", _x: 0 }).replace('"_x":0', `"_x":${nested(levels - 2)}`)),
    ],
    [
      "a JSON Feed",
      (levels) =>
        postDocument(
          one,
          "application/json",
          jsonFeed([{ id: "deep", title: "T", _x: 0 }]).replace('"_x":0', `"_x":${nested(levels - 3)}`),
        ),
    ],
    [
      "Ghost",
      (levels) => ghost(ghostPost("deep", "x").replace('"previous":{}', `"previous":{"x":${nested(levels - 3)}}`)),
    ],
    ["a mapped source", (levels) => post(cms, `{"id":"deep","title":"T","x":${nested(levels - 1)}}`)],
  ])("of %s are accepted; 65 are refused and leave a dead letter with the position", async (_, by) => {
    const accepted = await by(64)
    expect([accepted.status, accepted.json.code]).toEqual([200, undefined])
    const refused = await by(65)
    expect([refused.status, refused.json.code]).toEqual([400, "invalid_json"])
    expect(refused.json.detail).toMatch(/is nested deeper than 64 \(line 1, column \d+\)/)
    expect((await openDeadLetters()).dead_letters[0]).toMatchObject({
      code: "invalid_json",
      detail: refused.json.detail,
    })
  })
})

describe("100 articles", () => {
  const small = (no: number, by: string) => Array.from({ length: no }, (_, i) => ({ id: `${by} ${i}`, title: "T" }))
  test.each<[string, (no: number) => Promise<Answer>]>([
    ["native messages", (no) => push(one, small(no, "own"))],
    ["a JSON Feed", (no) => postDocument(one, "application/feed+json", jsonFeed(small(no, "feed")))],
    [
      "RSS",
      (no) =>
        postDocument(
          one,
          "application/rss+xml",
          rss(
            small(no, "rss")
              .map(({ id }) => item(id, "x"))
              .join(""),
          ),
        ),
    ],
    ["a mapped source", (no) => post(cms, JSON.stringify({ articles: small(no, "cms") }))],
  ])(
    "of %s are accepted; 101 are answered 413, none of them is stored, and they leave a dead letter",
    async (_, by) => {
      const refused = await by(101)
      expect(refused.status).toBe(413)
      expect(refused.text).toMatch(/at most 100|holds more than 100 articles/)
      expect((await openDeadLetters()).dead_letters[0]).toMatchObject({ status: 413, dead_letter: "open" })
      expect(outcomes(await by(100))).toEqual(Array.from({ length: 100 }, () => "created"))
    },
  )
})

test("100 articles whose mapping reads a list of 900 KB each are accepted with the beginning of the list", async () => {
  const mapping = { items: "/articles", id: "/id", title: "/title", tags: "#/t/*", authors: "#/t/*" }
  const wide = await signedSource(one, "wide", { mapping })
  const articles = Array.from({ length: 100 }, (_, i) => ({ id: `wide ${i}`, title: "T" }))
  const body = JSON.stringify({ articles, t: Array.from({ length: 120_000 }, (_, i) => String(i)) })
  expect(body.length).toBeGreaterThan(900_000)
  const sent = await post(wide, body)
  expect([sent.status, outcomes(sent)]).toEqual([200, articles.map(() => "created")])
  const warnings = sent.json.results.map((result: { warnings: string[] }) => result.warnings.join())
  for (const warning of warnings) expect(warning).toMatch(/authors was cut to \d+ entries/)
})
