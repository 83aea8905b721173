/** The limits on received bodies, at the edge of each limit and in every format of the senders. */
import { env } from "cloudflare:workers"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import {
  type Answer,
  admin,
  hmacHex,
  migrate,
  type Publisher,
  post,
  postDocument,
  publisher,
  push,
  pushRaw,
  type SignedSource,
  section,
  send,
  signedHeaders,
  signedSource,
} from "./world.ts"

const MIB = 1024 * 1024
const KIB = 1024
const GHOST_SECRET = "the secret that Ghost signs with"

let one: Publisher
let cms: SignedSource

beforeAll(async () => {
  await migrate()
  await section("world")
  one = await publisher("one", { default_section: "world" })
  cms = await signedSource(one, "cms")
  await admin("POST", "/publishers/one/keys", { source: "ghost", secret: GHOST_SECRET })
})

const bytesOf = (text: string) => new Uint8Array(new TextEncoder().encode(text))
const outcomes = (sent: Answer) => sent.json.results.map(({ outcome }: { outcome: string }) => outcome)
const openDeadLetters = async () => (await admin("GET", "/dead-letters?limit=100")).json

const item = (id: string, html: string) =>
  `<item><guid isPermaLink="false">${id}</guid><title>${id}</title><description>${html}</description></item>`
const rss = (items: string, before = "") =>
  `<?xml version="1.0"?>${before}<rss version="2.0"><channel><title>t</title><link>https://one.example/</link><description/>${items}</channel></rss>`
const jsonFeed = (items: object[]) =>
  JSON.stringify({ version: "https://jsonfeed.org/version/1.1", title: "One", items })
const native = (data: unknown, more = "") =>
  `{"type":"article.published","timestamp":"2026-11-19T00:00:00Z",${more}"data":${JSON.stringify(data)}}`

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

/** Every format of the senders, with a body of one article. */
const FORMATS: [name: string, send: (id: string, html: string, pad?: (body: string) => string) => Promise<Answer>][] = [
  ["our own messages", (id, html, pad = String) => pushRaw(one, pad(native({ id, content_html: html })))],
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

  test("counts the bytes that arrive, with any Content-Length or without one", async () => {
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
  ])("%s count as much", async (_, written) => {
    const body = (no: number) => native({ id: "escaped tags", content_html: "@" }).replace("@", written.repeat(no))
    expect((await pushRaw(one, body(20_000))).status).toBe(200)
    expect((await pushRaw(one, body(20_001))).json.code).toBe("body_too_large")
  })

  test("of all articles of a message count together, also those in names and in unknown members", async () => {
    const data = (no: number) => [
      { id: "together-1", content_html: tags(9_999) },
      { id: "together-2", content_html: tags(9_999), _x: "<".repeat(no), "<": 1 },
    ]
    expect((await push(one, data(1))).status).toBe(200)
    expect((await push(one, data(2))).json.code).toBe("body_too_large")
  })

  test("of an XML document include its own elements, CDATA sections and comments", async () => {
    // rss, channel, title, link, their ends, description, and the ends of channel and rss; the declaration is one too.
    const own = rss("").split("<").length - 1
    const comments = (no: number) => rss(`${item("many tags", "x")}${"<!---->".repeat(no - own - 8)}`)
    expect(comments(20_000).split("<").length - 1).toBe(20_000)
    expect((await postDocument(one, "text/xml", comments(20_000))).status).toBe(200)
    const refused = await postDocument(one, "text/xml", comments(20_001))
    expect([refused.status, refused.json.code]).toEqual([413, "body_too_large"])
    const inside = rss(item("many inside", `<![CDATA[${tags(20_000)}]]>`))
    expect((await postDocument(one, "text/xml", inside)).json.code).toBe("body_too_large")
  })

  test("that an XML document writes as references are limited too, in all of its articles together", async () => {
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
  // JSON.stringify has a limit of its own.
  const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels)
  test.each<[string, (levels: number) => Promise<Answer>]>([
    [
      "our own messages",
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
  ])("of %s are accepted; 65 are refused and leave a dead letter that says the position", async (_, by) => {
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
  test.each<[string, number, (no: number) => Promise<Answer>]>([
    ["our own messages", 400, (no) => push(one, small(no, "own"))],
    ["a JSON Feed", 413, (no) => postDocument(one, "application/feed+json", jsonFeed(small(no, "feed")))],
    [
      "RSS",
      413,
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
    ["a mapped source", 413, (no) => post(cms, JSON.stringify({ articles: small(no, "cms") }))],
  ])(
    "of %s are accepted; 101 are answered %d, none of them is stored, and they leave a dead letter",
    async (_, status, by) => {
      const refused = await by(101)
      expect(refused.status).toBe(status)
      expect(refused.text).toMatch(/at most 100|1 to 100|holds more than 100 articles/)
      expect((await openDeadLetters()).dead_letters[0]).toMatchObject({ status, dead_letter: "open" })
      expect(outcomes(await by(100))).toEqual(Array.from({ length: 100 }, () => "created"))
    },
  )
})

test("100 articles whose mapping reads a list of 900 KB each are accepted, with the beginning of the list", async () => {
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

describe("good articles beside bad ones are stored, and the message leaves one dead letter", () => {
  test.each<[string, () => Promise<Answer>, string[]]>([
    [
      "our own messages",
      () => push(one, [{ id: "g1", title: "T" }, { id: "b1" }, { id: "g2", title: "T" }, {}]),
      ["/data/1", "/data/3/id"],
    ],
    [
      "a JSON Feed",
      () =>
        postDocument(
          one,
          "application/json",
          jsonFeed([{ id: "g3", title: "T" }, {}, { id: "g4", title: "T" }, { id: "b" }]),
        ),
      ["/items/1/id", "/items/3"],
    ],
    [
      "RSS",
      () =>
        postDocument(one, "text/xml", rss(`${item("g5", "x")}<item/>${item("g6", "x")}<item><guid>bad</guid></item>`)),
      ["/rss/channel/item[2]", "/rss/channel/item[4]"],
    ],
    [
      "a mapped source",
      () =>
        post(
          cms,
          JSON.stringify({
            articles: [{ id: "g7", title: "T" }, { title: "T" }, { id: "g8", title: "T" }, { id: "b" }],
          }),
        ),
      ["/articles/1", "/articles/3"],
    ],
  ])("%s", async (_, by, places) => {
    const before = (await openDeadLetters()).open
    const sent = await by()
    expect([sent.status, outcomes(sent)]).toEqual([200, ["created", "rejected", "created", "rejected"]])
    const { open, dead_letters: deadLetters } = await openDeadLetters()
    expect(open).toBe(before + 1)
    expect(deadLetters[0]).toMatchObject({ status: 200, dead_letter: "open", delivery_id: expect.any(String) })
    // A document without an id has another id each time: its dead letter is named after the entries that were rejected.
    const hasOwnId = !sent.json.delivery.id.startsWith("document.")
    expect(deadLetters[0].delivery_id === sent.json.delivery.id).toBe(hasOwnId)
    const pointers = deadLetters[0].errors.map(({ pointer }: { pointer: string }) => pointer)
    expect(pointers).toEqual(
      places.map((place) =>
        expect.stringMatching(new RegExp(`^${place.replaceAll("[", "\\[").replaceAll("]", "\\]")}`)),
      ),
    )
  })
})

/** Bodies that are meant to do harm: each is read only as far as necessary and refused with its position, and the Worker survives. */
describe("hostile bodies", () => {
  const slowest: { ms: number; name: string }[] = []
  afterAll(() => {
    const [first, ...rest] = slowest.toSorted((a, b) => b.ms - a.ms)
    console.log(`hostile bodies, slowest of ${slowest.length}: ${JSON.stringify([first, ...rest.slice(0, 5)])}`)
  })
  const timed = async (name: string, sending: () => Promise<Answer>): Promise<Answer> => {
    const began = Date.now()
    const sent = await sending()
    // The clock of a Worker stops while it computes, and goes on with its next I/O.
    await env.DB.prepare("select 1").first()
    slowest.push({ ms: Date.now() - began, name })
    return sent
  }
  const at = (body: string, byte: string, ...bytes: number[]) => {
    const [head = "", tail = ""] = body.split(byte)
    return new Uint8Array([...bytesOf(head), ...bytes, ...bytesOf(tail)])
  }
  const withDoctype = (declarations: string, use: string) => rss(item("dtd", use), `<!DOCTYPE rss [${declarations}]>`)
  const laughs = Array.from({ length: 10 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join("")

  test.each<[string, string | Uint8Array<ArrayBuffer>, number, string | RegExp]>([
    [
      "a DOCTYPE with entities",
      withDoctype('<!ENTITY e "x">', "&e;"),
      400,
      /^Line 1, column 22: a DOCTYPE with declarations/,
    ],
    ["entities that grow a billion times", withDoctype(`<!ENTITY l0 "lol">${laughs}`, "&l10;"), 400, /DOCTYPE/],
    [
      "one entity of 500 KB used 10,000 times",
      withDoctype(`<!ENTITY e "${"x".repeat(500_000)}">`, "&e;".repeat(10_000)),
      400,
      /DOCTYPE/,
    ],
    ["a file of the machine", withDoctype('<!ENTITY e SYSTEM "file:///etc/passwd">', "&e;"), 400, /DOCTYPE/],
    ["a foreign address", withDoctype('<!ENTITY % p SYSTEM "http://127.0.0.1/x.dtd"> %p;', "&e;"), 400, /DOCTYPE/],
    ["default attributes", withDoctype('<!ATTLIST item x CDATA "1">', "x"), 400, /DOCTYPE/],
    [
      "a DOCTYPE that does not end",
      rss("", `<!DOCTYPE rss "${"x".repeat(500_000)}`),
      400,
      /^Line 1, column 22: this declaration/,
    ],
    ["elements 65 deep", rss(`<item>${"<a>".repeat(65)}${"</a>".repeat(65)}</item>`), 400, /nested deeper than/],
    [
      "elements 9,000 deep",
      rss(`<item>${"<a>".repeat(9_000)}${"</a>".repeat(9_000)}</item>`),
      400,
      /nested deeper than/,
    ],
    ["19,000 elements left open", rss("<a>".repeat(19_000)), 400, /nested deeper than/],
    [
      "50,000 attributes",
      rss(`<item ${Array.from({ length: 50_000 }, (_, i) => `a${i}="1"`).join(" ")}/>`),
      400,
      /more than 128 attributes/,
    ],
    ["50,000 attributes without values", rss(`<item ${"a ".repeat(50_000)}/>`), 400, /^Line 1, column \d+: /],
    ["one attribute of 900 KB", rss(`<item a="${"x".repeat(900_000)}"/>`), 400, /more than 65536 characters/],
    ["an attribute that does not end", rss(`<item a="${"x".repeat(900_000)}`), 400, /attribute/],
    ["one name of 900 KB", rss(`<${"x".repeat(900_000)}/>`), 400, /^Line 1, column \d+: /],
    ["an element named __proto__", rss(`<item><__proto__>x</__proto__></item>`), 400, /__proto__/],
    ["an attribute named constructor", rss(`<item constructor="x"/>`), 400, /constructor/],
    [
      "bytes that are not UTF-8",
      at(rss(item("x", "@")), "@", 0xff),
      400,
      /^Byte \d+ of the document, counted from 0,.*utf-8/,
    ],
    ["half a character", at(rss(item("x", "@")), "@", 0xe2, 0x82), 400, /^Byte \d+ of the document/],
    ["a surrogate as UTF-8", at(rss(item("x", "@")), "@", 0xed, 0xa0, 0x80), 400, /^Byte \d+ of the document/],
    ["NUL", at(rss(item("x", "@")), "@", 0), 400, /^Line 1, column \d+: NUL/],
    ["NUL as a reference", rss(item("x", "&#0;")), 400, /^Line 1, column \d+: /],
    ["a lone surrogate as a reference", rss(item("x", "&#xD800;")), 400, /^Line 1, column \d+: /],
    ["a reference beyond Unicode", rss(item("x", "&#x110000;")), 400, /^Line 1, column \d+: /],
    ["a reference of 500,000 digits", rss(item("x", `&#${"9".repeat(500_000)};`)), 400, /^Line 1, column \d+: /],
    ["an unknown encoding", '<?xml version="1.0" encoding="klingon"?><rss/>', 400, /klingon.*is unknown/],
    ["UTF-16 with half a character at its end", new Uint8Array([0xff, 0xfe, 0x3c, 0x00, 0x72]), 400, /utf-16le/],
    ["a comment that does not end", rss(`<!--${"-".repeat(900_000)}`), 400, /comment is not closed/],
    ["CDATA that does not end", rss(`<item><![CDATA[${"]".repeat(900_000)}`), 400, /CDATA section is not closed/],
    ["an instruction that does not end", rss(`<?x ${"?".repeat(900_000)}`), 400, /not closed/],
    ["a closing tag too many", `${rss("")}</rss>`, 400, /^Line 1, column \d+: /],
    ["tags that cross", rss("<item><title>x</item></title>"), 400, /^Line 1, column \d+: /],
    ["two documents", rss("") + rss(""), 400, /^Line 1, column \d+: /],
    ["a page", "<!DOCTYPE html><html><body>Not found</body></html>", 400, /HTML page/],
    ["nothing", "", 400, /empty/],
    ["blanks", " ".repeat(900_000), 400, /empty/],
    ["a million open brackets", "<".repeat(900_000), 413, /"<"/],
    ["a million ampersands", rss(item("x", "&".repeat(900_000))), 400, /^Line 1, column \d+: /],
    ["JSON", '{"version":"https://jsonfeed.org/version/1.1","items":[]}', 400, /^Line 1, column 1: /],
  ])("XML: %s", async (name, body, status, detail) => {
    const sent = await timed(name, () => postDocument(one, "application/rss+xml", body))
    expect([sent.status, sent.json.detail]).toEqual([status, expect.stringMatching(detail)])
    expect(sent.text).not.toMatch(/\bat \w+ \(|TypeError|RangeError|\.ts:/)
    expect(sent.text.length).toBeLessThan(3000)
    expect((await openDeadLetters()).dead_letters[0]).toMatchObject({ status, detail: sent.json.detail })
  })

  test.each<[string, string | Uint8Array<ArrayBuffer>, number, string | RegExp]>([
    [
      "bytes that are not UTF-8",
      at(native({ id: "x", title: "@" }), "@", 0xff),
      400,
      /^The body is not UTF-8: byte 89 \(counted from 0\)/,
    ],
    ["half a character", at(native({ id: "x", title: "@" }), "@", 0xe2, 0x82), 400, /byte 89 /],
    ["a surrogate as UTF-8", at(native({ id: "x", title: "@" }), "@", 0xed, 0xa0, 0x80), 400, /byte 89 /],
    ["overlong UTF-8", at(native({ id: "x", title: "@" }), "@", 0xc0, 0x80), 400, /byte 89 /],
    ["NUL in a string", at(native({ id: "x", title: "@" }), "@", 0), 400, /line 1, column 90 should be an escape/],
    ["NUL for a blank", at('{"type":@"x"}', "@", 0), 400, /line 1, column 9 should be a value/],
    [
      "__proto__",
      native({}, '"__proto__":{},'),
      400,
      /^\/__proto__ is a name that is not accepted \(line 1, column \d+\)/,
    ],
    [
      "a name that occurs twice",
      native({}, '"a":1,"\\u0061":2,'),
      400,
      /^\/a occurs twice in its object \(line 1, column \d+\)/,
    ],
    [
      "arrays 100,000 deep",
      "[".repeat(100_000) + "]".repeat(100_000),
      400,
      /nested deeper than 64 \(line 1, column 65\)/,
    ],
    ["objects 100,000 deep", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`, 400, /nested deeper than 64/],
    ["a million arrays left open", "[".repeat(1_000_000), 400, /nested deeper than 64/],
    [
      "a number of a million digits",
      native(0).replace('"data":0', `"data":${"9".repeat(1_000_000)}`),
      400,
      /\/data must be/,
    ],
    ["a number that is too large", native(0).replace('"data":0', '"data":1e999999999'), 400, /\/data must be/],
    [
      "a fraction of a million digits",
      native(0).replace('"data":0', `"data":0.${"0".repeat(1_000_000)}x`),
      400,
      /should be a comma/,
    ],
    ["a string of a million escapes that does not end", `"${"\\\\".repeat(500_000)}`, 400, /the end of a string/],
    ["a name of 900 KB", `{"${"n".repeat(900_000)}":1,"${"n".repeat(10)}":}`, 400, /should be a value/],
    [
      "70,000 names, the last of them twice",
      `{${Array.from({ length: 70_000 }, (_, i) => `"n${i}":1`).join()},"n69999":2}`,
      400,
      /n69999 occurs twice/,
    ],
    [
      "60,000 names, all indices of arrays",
      `{${Array.from({ length: 60_000 }, (_, i) => `"${i * 65_536}":1`)
        .join()
        .slice(0, 900_000)}`,
      400,
      /invalid|should be|must/,
    ],
    ["300,000 empty objects", `[${"{},".repeat(300_000)}{}]`, 400, /^\/type is missing/],
    ["300,000 articles", native(Array.from({ length: 300_000 }, () => 0)), 400, /\/data must be .* 1 to 100/],
    [
      "a million line feeds, and then a fault",
      `${"\n".repeat(1_000_000)}x`,
      400,
      /line 1000001, column 1 should be a value/,
    ],
  ])("JSON: %s", async (name, body, status, detail) => {
    const sent = await timed(name, () => pushRaw(one, body))
    expect([sent.status, sent.json.detail]).toEqual([status, expect.stringMatching(detail)])
    expect(sent.text).not.toMatch(/SyntaxError|JSON\.parse|\bat \w+ \(|\.ts:/)
    expect(sent.text.length).toBeLessThan(3000)
    expect((await openDeadLetters()).dead_letters[0]).toMatchObject({ status, detail: sent.json.detail })
  })

  test("XML: an undeclared reference stays in the text as it is written", async () => {
    const sent = await postDocument(one, "text/xml", rss(item("undeclared", "x &undeclared; &nbsp; y")))
    expect([sent.status, outcomes(sent)]).toEqual([200, ["created"]])
    const items = (await send("/publishers/one/feed.json")).json.items
    const entry = items.find(({ _feedwire }: { _feedwire: { guid: string } }) => _feedwire.guid === "undeclared")
    expect(entry.summary).toBe("x &undeclared; y")
  })

  test("numbers as dates: rejected in native messages, left out of documents, and never guessed", async () => {
    for (const [no, date] of [1795000000, 1795000000000, -1, 1e300, 0].entries()) {
      const own = await push(one, { id: `number ${no}`, title: "T", date_published: date })
      expect([own.status, own.json.errors]).toEqual([
        422,
        [{ pointer: "/data/date_published", detail: expect.stringContaining("must be a string: an RFC 3339 time") }],
      ])
      const feed = await postDocument(
        one,
        "application/json",
        jsonFeed([{ id: `number ${no}`, title: "T", date_published: date }]),
      )
      expect([feed.status, outcomes(feed)]).toEqual([200, ["created"]])
      expect(feed.json.results[0].warnings.join()).toMatch(/date_published/)
    }
  })

  const html = (depth: number, tag: string) => `${`<${tag}>`.repeat(depth)}x`
  test.each<[string, string]>([
    ["20,000 flat elements", "<b>x</b>".repeat(10_000)],
    ["20,000 nested elements", html(20_000, "b")],
    ["20,000 nested lists", html(20_000, "ul")],
    ["10,000 elements closed in the wrong order", `${"<b><i>".repeat(5_000)}${"</b></i>".repeat(5_000)}`],
    [
      "30,000 attributes of one element",
      `<p ${Array.from({ length: 30_000 }, (_, i) => `a${i}=1`)
        .join(" ")
        .slice(0, 260_000)}>x</p>`,
    ],
    ["7,000 links with relative addresses", '<a href="/x/y/z">x</a>'.repeat(7_000)],
    [
      "9,000 images in srcset",
      `<img src="/a" srcset="${Array.from({ length: 9_000 }, (_, i) => `/a${i} ${i + 1}w`)
        .join(", ")
        .slice(0, 260_000)}">`,
    ],
    ["one attribute of 260,000 ampersands", `<p title="${"&".repeat(260_000)}">x</p>`],
    ["90,000 ampersands", "&".repeat(90_000)],
    ["a comment of 260,000 hyphens", `<!--${"-".repeat(260_000)}x`],
    ["20,000 doctypes", "<!DOCTYPE x>".repeat(20_000)],
  ])("HTML: %s", async (name, content_html) => {
    const sent = await timed(name, () =>
      push(one, { id: name, title: "T", url: "https://one.example/a/b", content_html }),
    )
    expect([sent.status, outcomes(sent)]).toEqual([200, ["created"]])
  })

  test.each<[string, unknown, number]>([
    ["a number", 5, 400],
    ["null", null, 400],
    ["an empty object", {}, 422],
    ["an array in arrays", [[[[]]]], 422],
    [
      "members of every other kind",
      { id: {}, title: [], html: { a: 1 }, tags: 7, authors: "x", sections: {}, date: [] },
      422,
    ],
    ["a title that is an object", { id: 1, title: { rendered: { deeper: {} } } }, 422],
    ["an id of 100,000 characters", { id: "x".repeat(100_000), title: "T" }, 422],
    [
      "60,000 authors",
      { id: "authors", title: "T", authors: Array.from({ length: 60_000 }, () => ({ name: "A" })) },
      200,
    ],
    [
      "100,000 sections",
      { id: "sections", title: "T", sections: Array.from({ length: 100_000 }, (_, i) => `s${i}`) },
      200,
    ],
    ["100,000 tags of tags", { id: "tags", title: "T", tags: Array.from({ length: 100_000 }, () => [["x"]]) }, 200],
    [
      "70,000 members",
      Object.fromEntries([
        ["id", "members"],
        ["title", "T"],
        ...Array.from({ length: 70_000 }, (_, i) => [`m${i}`, i]),
      ]),
      200,
    ],
    ["a date of 100,000 digits", { id: "date", title: "T", date: "1".repeat(100_000) }, 200],
  ])("a mapped source: %s", async (name, value, status) => {
    const sent = await timed(name, () => post(cms, JSON.stringify(value)))
    expect([sent.status, typeof sent.json.detail]).toEqual([status, status === 200 ? "undefined" : "string"])
    if (status === 422) expect(sent.json.errors).not.toHaveLength(0)
    if (status !== 200) expect((await openDeadLetters()).dead_letters[0]).toMatchObject({ status, dead_letter: "open" })
  })
})
