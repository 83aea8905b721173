/** Tests messages with valid and invalid articles, and hostile bodies. */
import { env } from "cloudflare:workers"
import { afterAll, describe, expect, test } from "vitest"
import { bytesOf, cms, item, jsonFeed, native, one, openDeadLetters, outcomes, rss } from "./receiver.ts"
import { type Answer, admin, post, postDocument, push, pushRaw, rows, send } from "./world.ts"

describe("valid articles beside invalid ones are stored, and the message leaves one dead letter", () => {
  test.each<[string, () => Promise<Answer>, string[]]>([
    [
      "native messages",
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
    // A delivery without an id gets a new id each time, so the id of its dead letter is made from the rejected entries.
    const hasOwnId = !sent.json.delivery.id.startsWith("document.")
    expect(deadLetters[0].delivery_id === sent.json.delivery.id).toBe(hasOwnId)
    const pointers = deadLetters[0].errors.map(({ pointer }: { pointer: string }) => pointer)
    // For an article without an id or a text, a mapped source also says which pointers were read.
    const members = pointers.filter((pointer: string, at: number) => !pointers[at - 1]?.startsWith(pointer))
    expect(members).toEqual(
      places.map((place) =>
        expect.stringMatching(new RegExp(`^${place.replaceAll("[", "\\[").replaceAll("]", "\\]")}`)),
      ),
    )
  })
})

/** The Worker reads a hostile body only as far as necessary, refuses it with the position, and survives. */
describe("hostile bodies", () => {
  const slowest: { ms: number; name: string }[] = []
  afterAll(() => {
    const [first, ...rest] = slowest.toSorted((a, b) => b.ms - a.ms)
    console.log(`hostile bodies, slowest of ${slowest.length}: ${JSON.stringify([first, ...rest.slice(0, 5)])}`)
  })
  const timed = async (name: string, sending: () => Promise<Answer>): Promise<Answer> => {
    const began = Date.now()
    const sent = await sending()
    // A Worker's clock stops while it computes, and continues with its next I/O.
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
    ["an entity that names a file", withDoctype('<!ENTITY e SYSTEM "file:///etc/passwd">', "&e;"), 400, /DOCTYPE/],
    [
      "an entity with an address",
      withDoctype('<!ENTITY % p SYSTEM "http://127.0.0.1/x.dtd"> %p;', "&e;"),
      400,
      /DOCTYPE/,
    ],
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
    ["an additional end tag", `${rss("")}</rss>`, 400, /^Line 1, column \d+: /],
    ["crossed tags", rss("<item><title>x</item></title>"), 400, /^Line 1, column \d+: /],
    ["two documents", rss("") + rss(""), 400, /^Line 1, column \d+: /],
    ["a page", "<!DOCTYPE html><html><body>Not found</body></html>", 400, /HTML page/],
    ["nothing", "", 400, /empty/],
    ["blanks", " ".repeat(900_000), 400, /empty/],
    ["a million open brackets", "<".repeat(900_000), 413, /"<"/],
    ["a million ampersands", rss(item("x", "&".repeat(900_000))), 400, /^Line 1, column \d+: /],
    [
      "JSON",
      '{"version":"https://jsonfeed.org/version/1.1","items":[]}',
      400,
      /^The body is JSON, but it was sent with Content-Type: application\/rss\+xml: send application\/json/,
    ],
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
    ["300,000 articles", native(Array.from({ length: 300_000 }, () => 0)), 413, /has 300000 articles; at most 100/],
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

  test("XML: an undeclared reference stays in the text as written", async () => {
    const sent = await postDocument(one, "text/xml", rss(item("undeclared", "x &undeclared; &nbsp; y")))
    expect([sent.status, outcomes(sent)]).toEqual([200, ["created"]])
    const items = (await send("/publishers/one/feed.json")).json.items
    const entry = items.find(({ _feedwire }: { _feedwire: { guid: string } }) => _feedwire.guid === "undeclared")
    expect(entry.summary).toBe("x &undeclared; y")
  })

  test("numbers as dates are rejected in native messages, and read in documents with a warning if they can be times", async () => {
    for (const [no, date] of [1795000000, 1795000000000, -1, 1e300, 0].entries()) {
      // A number that JavaScript would round is read as a text.
      const isText = date > 2 ** 53
      const own = await push(one, { id: `number ${no}`, title: "T", date_published: date })
      expect([own.status, own.json.errors]).toEqual([
        422,
        [
          {
            pointer: "/data/date_published",
            detail: expect.stringContaining(isText ? "must be an RFC" : "must be a string: an RFC"),
          },
        ],
      ])
      const feed = await postDocument(
        one,
        "application/json",
        jsonFeed([{ id: `number ${no}`, title: "T", date_published: date }]),
      )
      expect([feed.status, outcomes(feed)]).toEqual([200, ["created"]])
      expect(feed.json.results[0].warnings.join()).toMatch(
        no < 2 ? /date_published is a number; it was read as 2026-11-18T/ : /date_published was not taken/,
      )
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
      push(one, {
        id: name,
        title: "T",
        url: `https://one.example/a/b?case=${encodeURIComponent(name)}`,
        content_html,
      }),
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

describe("dates that only the settings of their publisher explain", () => {
  const at = (guid: string, date: string) =>
    `<item><guid isPermaLink="false">${guid}</guid><title>T</title><pubDate>${date}</pubDate></item>`
  const mapped = (id: string, date: string) => JSON.stringify({ articles: [{ id, title: "T", published_at: date }] })
  const dateOf = async (guid: string) =>
    (await rows("select published_at from articles where guid = ?", guid)).map(({ published_at: time }) =>
      new Date(Number(time)).toISOString(),
    )[0]
  const DATES = ["15 Jun 2026 10:00:00", "15 Jun 2026 10:00:00 IST", "03/04/2026 10:00 GMT"]

  test("are read as UTC or not at all, with a warning, and as the settings say after these are set", async () => {
    const send = (name: string) =>
      postDocument(one, "text/xml", rss(DATES.map((date, no) => at(`${name}${no}`, date)).join("")))
    const unset = await send("unset")
    expect(unset.json.results.map(({ warnings }: { warnings: string[] }) => warnings[0])).toEqual([
      expect.stringMatching(/names no time zone and was read as UTC$/),
      expect.stringMatching(/"IST" is ambiguous: the operator can set the time zone of the publisher$/),
      expect.stringMatching(/the operator can set the publisher's date order$/),
    ])
    expect(await dateOf("unset0")).toBe("2026-06-15T10:00:00.000Z")
    await admin("PATCH", "/publishers/one", { time_zone: "Asia/Kolkata", date_order: "day-first" })
    const set = await send("set")
    expect(set.json.results.flatMap(({ warnings }: { warnings?: string[] }) => warnings ?? [])).toEqual([])
    expect(await Promise.all(["set0", "set1", "set2"].map(dateOf))).toEqual([
      "2026-06-15T04:30:00.000Z",
      "2026-06-15T04:30:00.000Z",
      "2026-04-03T10:00:00.000Z",
    ])
    const json = jsonFeed([{ id: "set3", title: "T", date_published: "2026-06-15 10:00" }])
    await postDocument(one, "application/json", json)
    await post(cms, mapped("set4", "15/06/2026 10:00"))
    expect(await Promise.all(["set3", "set4"].map(dateOf))).toEqual(Array(2).fill("2026-06-15T04:30:00.000Z"))
  })

  test("the next date of an article is taken if the first is impossible", async () => {
    const more = "<dc:date>2026-06-15T10:00:00Z</dc:date>"
    const items = ["1404-03-25T10:00:00+03:30", "0001-01-01T00:00:00Z", "2206-06-15T10:00:00Z"].map((date, no) =>
      at(`next${no}`, date).replace("</item>", `${more}</item>`),
    )
    const document = rss(items.join("")).replace("<rss ", '<rss xmlns:dc="http://purl.org/dc/elements/1.1/" ')
    expect(outcomes(await postDocument(one, "text/xml", document))).toEqual(Array(3).fill("created"))
    expect(await Promise.all(["next0", "next1", "next2"].map(dateOf))).toEqual(
      Array(3).fill("2026-06-15T10:00:00.000Z"),
    )
  })
})
