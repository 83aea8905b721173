/** Tests the push endpoint: which articles it accepts, and which dates they get. */
import { env } from "cloudflare:workers"
import { describe, expect, test } from "vitest"
import {
  article,
  bearer,
  bytesOf,
  first,
  freeze,
  inFeed,
  message,
  NOW,
  one,
  outcomes,
  pointers,
  preparePublishers,
  rfc3339,
  two,
} from "./push-endpoint.ts"
import { push, pushRaw, send } from "./world.ts"

preparePublishers()

describe("the push endpoint, articles", () => {
  test("every problem of every article is listed at once, with its pointer", async () => {
    const sent = await push(one, [
      {},
      null,
      "text",
      { id: 5, title: 3, url: "/relative" },
      { id: "", tags: ["ok", "", 7], authors: [{}, { name: "A", url: "ftp://x.example" }] },
      { id: "a", url: "javascript:alert(1)", image: "https://user:pw@x.example/", title: "t".repeat(1001) },
      { id: "b", language: "not a tag", attachments: [{ url: "x", mime_type: "mp3", size_in_bytes: -1 }] },
      { id: "c", attachments: [{}], _feedwire: { sections: "x", image: { width: 0, height: 1.5 }, related: [{}] } },
      { id: "d", title: "T", _feedwire: { correction: {}, attribution: { name: " " }, embargo: "soon", backfill: 1 } },
      { id: "e", title: "", content_text: "" },
      { id: "f", title: null, content_html: null, date_published: null },
      { id: "x".repeat(1001), title: "T" },
    ])
    expect([sent.status, sent.json.code]).toEqual([422, "all_articles_rejected"])
    expect(pointers(sent)).toEqual([
      "/data/0/id",
      "/data/1",
      "/data/2",
      ...["/data/3/id", "/data/3/url", "/data/3/title"],
      ...["/data/4/id", "/data/4/authors/0/name", "/data/4/authors/1/url", "/data/4/tags/1", "/data/4/tags/2"],
      ...["/data/5/url", "/data/5/title", "/data/5/image"],
      ...["/data/6/language", "/data/6/attachments/0/url", "/data/6/attachments/0/mime_type"],
      "/data/6/attachments/0/size_in_bytes",
      ...["/data/7/attachments/0/url", "/data/7/attachments/0/mime_type", "/data/7/_feedwire/sections"],
      ...["/data/7/_feedwire/image/width", "/data/7/_feedwire/image/height", "/data/7/_feedwire/related/0/url"],
      ...["/data/8/_feedwire/embargo", "/data/8/_feedwire/correction/note", "/data/8/_feedwire/attribution/name"],
      "/data/8/_feedwire/backfill",
      "/data/9",
      ...["/data/10/title", "/data/10/content_html", "/data/10/date_published"],
      "/data/11/id",
    ])
    expect(sent.json.errors.every(({ detail }: { detail: string }) => /^(must|is missing)/.test(detail))).toBe(true)
    const single = await push(one, { title: 5 })
    expect(pointers(single)).toEqual(["/data/id", "/data/title"])
  })

  test("the pointers are JSON Pointers into the pushed document", async () => {
    const data = [{ id: "p", tags: ["fine", 3], _feedwire: { related: [{ url: "https://x.example/" }, { url: 3 }] } }]
    const body = { type: "article.published", timestamp: "2026-11-01T00:00:00Z", data }
    const sent = await pushRaw(one, JSON.stringify(body))
    const values = pointers(sent).map((pointer: string) =>
      pointer
        .split("/")
        .slice(1)
        // biome-ignore lint/suspicious/noExplicitAny: walks through any JSON
        .reduce((value: any, step) => value[step], body),
    )
    expect(values).toEqual([3, 3])
  })

  test("valid articles beside invalid ones are stored, and the answer names the invalid ones", async () => {
    const data = [
      article({ id: "good-1" }),
      { id: "bad-1", title: 7, url: "x" },
      article({ id: "good-2" }),
      { title: "no id" },
    ]
    const sent = await push(one, data)
    expect([sent.status, outcomes(sent)]).toEqual([200, ["created", "rejected", "created", "rejected"]])
    expect(sent.json.results[1]).toEqual({
      pointer: "/data/1",
      guid: "bad-1",
      outcome: "rejected",
      errors: [
        { pointer: "/data/1/url", detail: "must be an absolute http or https URL without credentials" },
        { pointer: "/data/1/title", detail: "must be a string" },
      ],
      feeds: [],
    })
    expect(sent.json.results[3].errors).toEqual([{ pointer: "/data/3/id", detail: "is missing" }])
    expect(await inFeed("/feed", "good-1")).toBeDefined()
    expect(await inFeed("/feed", "good-2")).toBeDefined()
    expect(await inFeed("/feed", "bad-1")).toBeUndefined()
    const read = await send(sent.headers.get("location") ?? "", bearer(one))
    expect(read.text).toBe(sent.text)
  })

  test("for an article full of mistakes, the answer names the first 50 problems and counts the rest", async () => {
    const sent = await push(one, { id: "many", title: "T", tags: Array.from({ length: 500 }, () => 1) })
    expect(sent.json.errors).toHaveLength(51)
    expect(sent.json.errors[50]).toEqual({ pointer: "/data", detail: expect.stringMatching(/^has \d+ more problems$/) })
  })

  test("unknown members are ignored, and a similar name gets a warning", async () => {
    const sent = await push(one, {
      ...article({ id: "misspelt" }),
      date_publised: "2026-11-01T00:00:00Z",
      contnet_html: "x",
      "https://one.example/ext": 1,
      _other: { any: 1 },
      author: { name: "JSON Feed 1.0" },
      _feedwire: { datelin: "Paris", zzz: 1, sections: ["world"] },
    })
    expect(first(sent).warnings).toEqual([
      "date_publised is unknown and was ignored; did you mean date_published?",
      "contnet_html is unknown and was ignored; did you mean content_html?",
      "_feedwire.datelin is unknown and was ignored; did you mean _feedwire.dateline?",
      "_feedwire.zzz is unknown and was ignored",
    ])
    const flood = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`zz${i}`, i]))
    const many = await push(one, { ...article(), _feedwire: flood })
    expect(first(many).warnings).toHaveLength(11)
    expect(first(many).warnings[10]).toBe("490 more unknown members were ignored")
  })

  test("256 KiB of HTML are accepted, a byte more is rejected, and so it is for text", async () => {
    const html = (size: number) => `<p>${"é".repeat((size - 8) / 2)}x</p>`
    expect(bytesOf(html(256 * 1024)).length).toBe(256 * 1024)
    expect((await push(one, article({ content_html: html(256 * 1024) }))).status).toBe(200)
    const more = await push(one, article({ content_html: `${html(256 * 1024)}.` }))
    expect(more.json.errors).toEqual([
      { pointer: "/data/content_html", detail: "has 262145 bytes; at most 262144 are accepted" },
    ])
    const text = await push(one, { id: "long-text", content_text: "x".repeat(256 * 1024 + 1) })
    expect(pointers(text)).toEqual(["/data/content_text"])
    const hidden = await push(one, { id: "long-text", content_html: "", content_text: "x".repeat(256 * 1024 + 1) })
    expect(pointers(hidden)).toEqual(["/data/content_text"])
  })

  test("more than 20,000 tags in a message are too many", async () => {
    const sent = await push(one, article({ content_html: "<b>".repeat(20_001) }))
    expect([sent.status, sent.json.code]).toEqual([413, "body_too_large"])
    expect(sent.json.detail).toContain('20001 "<"')
  })

  test("numbers that no feed can contain are refused", async () => {
    const enclosure = { url: "https://one.example/a.mp3", mime_type: "audio/mpeg" }
    const text = message(article({ attachments: [{ ...enclosure, duration_in_seconds: 12345 }] }))
    const infinite = await pushRaw(one, text.replace("12345", "1e999"))
    expect(pointers(infinite)).toEqual(["/data/attachments/0/duration_in_seconds"])
    const huge = await push(
      one,
      article({
        attachments: [{ ...enclosure, size_in_bytes: 1e21 }],
        _feedwire: { image: { width: 1e300, height: 1e21 } },
      }),
    )
    expect(pointers(huge)).toEqual([
      "/data/attachments/0/size_in_bytes",
      "/data/_feedwire/image/width",
      "/data/_feedwire/image/height",
    ])
  })

  test("if content_html is empty, content_text is used, escaped and in paragraphs", async () => {
    const text = "One < two & <b>three</b>\nsame paragraph\n\n\nNext"
    for (const [id, more] of [
      ["text-only", {}],
      ["text-beside-nothing", { content_html: "" }],
    ] as const) {
      await push(one, { id, title: "T", content_text: text, ...more })
      expect((await inFeed("/feed", id)).content_html).toBe(
        "<p>One &lt; two &amp; &lt;b&gt;three&lt;/b&gt;<br />same paragraph</p>\n<p>Next</p>",
      )
    }
  })

  test("no row of a message comes near D1's limit, however long its names and its rejected articles are", async () => {
    // U+FDFA has 3 bytes in the message and 33 in a normalised tag.
    const grown = (i: number, title: string) => ({
      id: `grown-${i}`,
      title,
      date_published: "2026-01-01T00:00:00Z",
      tags: Array.from({ length: 11 }, (_, tag) => `${"ﷺ".repeat(10)}${tag}`),
      _feedwire: Object.fromEntries(Array.from({ length: 10 }, (_, member) => [`sectio${member}`, 0])),
    })
    const items = (title: string) => Array.from({ length: 99 }, (_, i) => grown(i, title))
    expect(outcomes(await push(two, items("Once")))).not.toContain("rejected")
    const id = crypto.randomUUID()
    const sent = await push(two, [...items("Twice"), { id: "\u00e9".repeat(400_000) }], { id })
    expect(outcomes(sent).slice(98)).toEqual(["updated", "rejected"])
    const row = await env.DB.prepare(
      "select length(cast(entries as blob)) + length(cast(outcomes as blob)) size from deliveries where id = ?",
    )
      .bind(id)
      .first<{ size: number }>()
    expect(row?.size).toBeGreaterThan(700_000)
    expect(row?.size).toBeLessThan(1_500_000)
  })
})

describe("dates", () => {
  const dated = (date_published: string) => push(one, article({ date_published }), { query: "?dry_run=1" })

  test.each([
    "2026-02-10T10:00:00Z",
    "2026-02-10t10:00:00z",
    "2026-02-10 10:00:00Z",
    "2026-02-10T10:00:00.5+02:00",
    "2026-02-10T10:00:00.123456789-11:30",
    "2024-02-29T23:59:59-00:00",
    "1970-01-01T00:00:00Z",
  ])("%s is a date of RFC 3339", async (value) => {
    expect((await dated(value)).status).toBe(200)
  })

  test.each([
    "2026-02-10",
    "2026-02-10T10:00:00",
    "2026-02-10T10:00Z",
    "20260210T100000Z",
    "2026-2-10T10:00:00Z",
    "2026-02-30T10:00:00Z",
    "2026-02-29T10:00:00Z",
    "2026-04-31T10:00:00Z",
    "2026-13-01T10:00:00Z",
    "2026-00-01T10:00:00Z",
    "2026-02-00T10:00:00Z",
    "2026-02-10T24:00:00Z",
    "2026-02-10T10:60:00Z",
    "2026-02-10T10:00:00+2:00",
    "2026-02-10T10:00:00+0200",
    "2026-02-10T10:00:00+99:99",
    "2026-02-10T10:00:00 +02:00",
    " 2026-02-10T10:00:00Z",
    "2026-02-10T10:00:00Z\n",
    "+012026-02-10T10:00:00Z",
    "Tue, 10 Feb 2026 10:00:00 GMT",
    "1780000000",
    "5",
    "now",
    "",
    "1969-12-31T23:59:59Z",
  ])("%j is not a date of RFC 3339", async (value) => {
    const sent = await dated(value)
    expect([sent.status, pointers(sent)]).toEqual([422, ["/data/date_published"]])
  })

  test("dates in different time zones can be the same moment", async () => {
    await push(one, article({ id: "zoned", date_published: "2026-11-19T01:30:00+05:30" }))
    expect((await inFeed("/feed", "zoned")).date_published).toBe("2026-11-18T20:00:00Z")
  })

  test("date_modified may be at most 5 minutes ahead, to the millisecond", async () => {
    freeze(NOW)
    expect((await push(one, article({ date_modified: rfc3339(NOW + 300_000) }))).status).toBe(200)
    const sent = await push(one, article({ date_modified: rfc3339(NOW + 300_001) }))
    expect([sent.status, sent.json.errors]).toEqual([
      422,
      [{ pointer: "/data/date_modified", detail: "is more than 5 minutes in the future" }],
    ])
    const deleted = await push(one, { id: "gone", date_modified: rfc3339(NOW + 300_001) }, { type: "article.deleted" })
    expect(pointers(deleted)).toEqual(["/data/date_modified"])
  })

  test("a date_published further ahead is refused with a hint at the embargo, and accepted with one", async () => {
    freeze(NOW)
    const later = rfc3339(NOW + 3_600_000)
    expect((await push(one, article({ date_published: rfc3339(NOW + 300_000) }))).status).toBe(200)
    const sent = await push(one, article({ date_published: later }))
    expect(sent.status).toBe(422)
    expect(sent.json.errors[0].pointer).toBe("/data/date_published")
    expect(sent.json.errors[0].detail).toContain("_feedwire.embargo")
    const embargoed = await push(one, article({ id: "later", date_published: later, _feedwire: { embargo: later } }))
    expect([embargoed.status, first(embargoed).outcome, first(embargoed).feeds]).toEqual([200, "created", []])
    for (const format of ["rss", "atom", "json"]) {
      for (const feed of ["/feed", "/sections/world/feed", "/publishers/one/feed"]) {
        expect((await send(`${feed}.${format}`)).text).not.toContain(first(embargoed).id)
      }
    }
    const early = await push(one, article({ date_published: rfc3339(NOW + 3_600_001), _feedwire: { embargo: later } }))
    expect(early.status).toBe(422)
  })

  test("an article without a date gets the date of its first message, and the sender gets a warning", async () => {
    const { date_published: _, ...undated } = article({ id: "undated" })
    const sent = await push(one, undated, { timestamp: "2026-11-20T08:00:00Z" })
    expect(first(sent).warnings).toEqual(["no date_published: the article gets the time of its first message"])
    await push(one, { ...undated, title: "Changed" }, { timestamp: "2026-11-20T09:00:00Z" })
    const item = await inFeed("/feed", "undated")
    expect([item.title, item.date_published]).toEqual(["Changed", "2026-11-20T08:00:00Z"])
  })
})
