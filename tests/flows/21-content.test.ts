/** Tests the content of a feed in every format, after random pushes. */
import { createExecutionContext } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { XMLParser, XMLValidator } from "fast-xml-parser"
import { parseAtomFeed, parseJsonFeed, parseRssFeed } from "feedsmith"
import { describe, expect, test } from "vitest"
import worker from "../../src/index.ts"
import { all, asRss, child, readXml } from "../unit/formats/reader.ts"
import { inSection, makeWire, one, requestsWith, SECOND, two, wait } from "./feeds.ts"
import { admin, article, ORIGIN, publisher, push, section } from "./world.ts"

const inSeconds = (time: number) => Math.floor(time / SECOND)

makeWire()
const bindings: Env = env
const { get, publish, feedsOf, readings } = requestsWith(bindings)

describe("the content of a feed", () => {
  test("includes everything that was pushed, in the members of every format", async () => {
    await section("whole", { names: { en: "Whole", ar: "كامل" } })
    const body = "<h2>Heading</h2><p>BEIRUT — Text &amp; more, <em>here</em>.</p>"
    const item = article({
      id: "the whole",
      url: "https://one.example/whole?a=1&b=2",
      title: "The whole article",
      subtitle: "And its subtitle",
      dateline: "BEIRUT — One",
      summary: "What it says in short",
      content_html: body,
      image: "https://one.example/lead.jpg",
      date_published: "2026-11-01T08:00:00Z",
      date_modified: "2026-11-02T09:30:00.500Z",
      authors: [{ name: "Ada", url: "https://one.example/ada" }, { name: "Béla & Co" }],
      tags: ["Elections", "elections", "Budget & taxes"],
      attachments: [
        { url: "https://one.example/b.pdf", mime_type: "application/pdf", size_in_bytes: 0, title: "The paper" },
        {
          url: "https://one.example/a.mp3",
          mime_type: "audio/mpeg",
          size_in_bytes: 12345,
          duration_in_seconds: 61.4,
        },
      ],
      _feedwire: {
        sections: ["whole", "Oddities"],
        subtitle: "And its subtitle",
        dateline: "BEIRUT — One",
        image: { caption: "A crowd", credit: "Photo: B", alt: "People", width: 1200, height: 800 },
        related: [{ url: "https://one.example/before", title: "Before" }, { url: "https://one.example/b?x&y" }],
        correction: { note: "The number was <wrong>", at: "2026-11-02T09:30:00Z" },
        attribution: { name: "Agency", url: "https://agency.example/1" },
        rights: "© One",
      },
    })
    const pushed = await push(one, item, { bindings })
    const { rss, atom, json } = await readings("/sections/whole")
    const entry = json.entries[0]
    const opening =
      '<p><strong>And its subtitle</strong></p>\n<figure><img src="https://one.example/lead.jpg" alt="People" ' +
      'width="1200" height="800" /><figcaption>A crowd <small>(Photo: B)</small></figcaption></figure>'
    expect(entry).toEqual({
      id: pushed.json.results[0].id,
      url: "https://one.example/whole?a=1&b=2",
      title: "The whole article",
      subtitle: "And its subtitle",
      dateline: "BEIRUT — One",
      summary: "What it says in short",
      content: `${opening}\n${body}\n<p><em>The number was &lt;wrong&gt;</em></p>`,
      published: Date.UTC(2026, 10, 1, 8),
      updated: Date.UTC(2026, 10, 2, 9, 30, 0, 500),
      authors: ["Ada", "Béla & Co"],
      authorUrls: ["https://one.example/ada", ""],
      labels: ["Whole", "Elections", "Budget & taxes", "Oddities"],
      language: "",
      source: { name: "one", feed: `${ORIGIN}/publishers/one/feed.json` },
      image: { url: "https://one.example/lead.jpg", width: "1200", height: "800" },
      caption: "A crowd",
      credit: "Photo: B",
      rights: "© One",
      via: { url: "https://agency.example/1", name: "Agency" },
      related: ["https://one.example/before Before", "https://one.example/b?x&y "],
      files: ["https://one.example/a.mp3 audio/mpeg 12345 61", "https://one.example/b.pdf application/pdf ? ?"],
    })
    // RSS has no element for the addresses of authors.
    const source = { name: "one", feed: `${ORIGIN}/publishers/one/feed.rss` }
    expect(rss.entries[0]).toEqual({ ...entry, authorUrls: [], source })
    expect(atom.entries[0]).toEqual({ ...entry, source: { name: "one", feed: `${ORIGIN}/publishers/one/feed.atom` } })

    const feeds = await feedsOf("/sections/whole")
    expect(feeds.json.json.items[0]._feedwire).toEqual({
      guid: "the whole",
      version: pushed.json.delivery.commit,
      source: { name: "one", url: "https://one.example/", feed_url: `${ORIGIN}/publishers/one/feed.json` },
      sections: ["whole"],
      subtitle: "And its subtitle",
      dateline: "BEIRUT — One",
      direction: "ltr",
      image: { caption: "A crowd", credit: "Photo: B", alt: "People", width: 1200, height: 800 },
      correction: { note: "The number was <wrong>", at: "2026-11-02T09:30:00Z" },
      attribution: { name: "Agency", url: "https://agency.example/1" },
      related: [{ url: "https://one.example/before", title: "Before" }, { url: "https://one.example/b?x&y" }],
      rights: { notice: "© One" },
    })
    expect(feeds.json.json.items[0].attachments).toEqual([
      { url: "https://one.example/b.pdf", mime_type: "application/pdf", title: "The paper" },
      { url: "https://one.example/a.mp3", mime_type: "audio/mpeg", size_in_bytes: 12345, duration_in_seconds: 61 },
    ])
    for (const xml of [feeds.rss.text, feeds.atom.text]) {
      expect(xml).toContain("<media:credit>Photo: B</media:credit>")
      expect(xml).toContain('<media:thumbnail url="https://one.example/lead.jpg"')
    }
    const channel = child(readXml(feeds.rss.text), "channel")
    expect(all(child(channel, "item"), "enclosure").map(({ attributes }) => attributes)).toEqual([
      { url: "https://one.example/a.mp3", length: "12345", type: "audio/mpeg" },
    ])
    expect(child(child(channel, "item"), "guid")?.attributes).toEqual({ isPermaLink: "false" })
    const names = child(channel, "item")?.children.map(({ name }) => name) ?? []
    expect(names.indexOf("description")).toBeLessThan(names.indexOf("content:encoded"))

    // This is a correction: the same id and publication date, and a later change.
    await push(one, { ...item, title: "Corrected", date_modified: "2026-11-03T00:00:00Z" }, { bindings })
    for (const { entries } of Object.values(await readings("/sections/whole"))) {
      expect(entries.map(({ id, title, published, updated }) => ({ id, title, published, updated }))).toEqual([
        { id: entry?.id, title: "Corrected", published: entry?.published, updated: Date.UTC(2026, 10, 3) },
      ])
    }
    // A withdrawn article leaves every format.
    wait(SECOND)
    await push(one, { id: "the whole" }, { type: "article.deleted", bindings })
    for (const { entries } of Object.values(await readings("/sections/whole"))) expect(entries).toEqual([])
    for (const sent of Object.values(await feedsOf("/feed".slice(5)))) expect(sent.text).not.toContain("Corrected")
  })

  test("has the same ids, titles, dates and bodies in three formats, read by three parsers", async () => {
    const parser = new XMLParser({
      ignoreAttributes: false,
      isArray: (name) => name === "item" || name === "entry",
      parseTagValue: false,
    })
    await section("ties")
    const at = (hour: number) => new Date(Date.UTC(2026, 10, 1, hour)).toISOString()
    const ties = Array.from({ length: 16 }, (_, n) =>
      article({ title: `Tie ${n}`, date_published: at(n % 4), ...inSection("ties") }),
    )
    await push(one, ties)
    await push(two, article({ title: "الأول", summary: "Mixed العربية", language: "ar", url: "https://two.example/1" }))
    await publish({ title: "Updated", date_modified: at(12), authors: [{ name: "A. Author" }] })
    for (const selection of ["", "/sections/world", "/publishers/one", "/publishers/two", "/sections/ties"]) {
      const sent = await feedsOf(selection)
      const { rss, atom, json } = await readings(selection)
      const comparable = (reading: typeof rss) => ({
        ...reading,
        self: "",
        // RFC 822 has whole seconds only.
        entries: reading.entries.map((entry) => ({
          ...entry,
          source: entry.source.name,
          published: inSeconds(entry.published),
          updated: inSeconds(entry.updated),
        })),
      })
      expect(json.entries.length).toBeGreaterThan(0)
      expect(comparable(rss)).toEqual(comparable(asRss(json)))
      expect(comparable(atom)).toEqual(comparable(json))

      const expected = json.entries.map(({ id, published }) => ({ id, published: inSeconds(published) }))
      const [a, r, j] = [parseAtomFeed(sent.atom.text), parseRssFeed(sent.rss.text), parseJsonFeed(sent.json.text)]
      expect(
        (a.entries ?? []).map((entry) => ({
          id: entry.id,
          published: inSeconds(Date.parse(entry.published as string)),
        })),
      ).toEqual(expected)
      expect(
        (r.items ?? []).map((item) => ({
          id: item.guid?.value,
          published: inSeconds(Date.parse(item.pubDate as string)),
        })),
      ).toEqual(expected)
      expect(
        (j.items ?? []).map((item) => ({
          id: item.id,
          published: inSeconds(Date.parse(item.date_published as string)),
        })),
      ).toEqual(expected)
      const ids = expected.map(({ id }) => id)
      expect(
        parser.parse(sent.rss.text).rss.channel.item.map((item: { guid: { "#text": string } }) => item.guid["#text"]),
      ).toEqual(ids)
      expect(parser.parse(sent.atom.text).feed.entry.map((entry: { id: string }) => entry.id)).toEqual(ids)
      expect(new Set(ids).size).toBe(ids.length)
      const updated = Date.parse(child(readXml(sent.atom.text), "updated")?.text ?? "")
      for (const entry of atom.entries) expect(entry.updated).toBeLessThanOrEqual(updated)
    }
  })

  test("obeys redistribution (full, summary, none) at once, in every format", async () => {
    const limited = await publisher("limited", { language: "en", default_section: "arts" })
    const item = article({
      title: "Shown title",
      summary: "Shown summary",
      content_html: "<p>Shown body</p>",
      date_published: "2026-11-20T00:00:00Z",
      attachments: [{ url: "https://one.example/shown.mp3", mime_type: "audio/mpeg", size_in_bytes: 5 }],
      image: "https://one.example/shown.jpg",
    })
    await push(limited, item, { bindings })
    await push(
      limited,
      article({
        id: "untitled",
        title: undefined,
        date_published: "2026-11-20T00:01:00Z",
        content_html: "<p>Shown body, untitled</p>",
      }),
      { bindings },
    )
    await push(
      limited,
      article({
        id: "unsummed",
        title: "Made",
        date_published: "2026-11-20T00:02:00Z",
        content_html: "<p>Shown body, made into a summary</p>",
      }),
      { bindings },
    )
    const visibleParts = async (count = 3) => {
      const texts = Object.values(await feedsOf("/publishers/limited")).map(({ text }) => text)
      const whole = Object.values(await feedsOf("/sections/arts")).map(({ text }) => text)
      const all = Object.values(await feedsOf("")).map(({ text }) => text)
      for (const { entries } of Object.values(await readings("/publishers/limited")))
        expect(entries).toHaveLength(count)
      return ["Shown title", "Shown summary", "<p>Shown body", "shown.mp3", "made into a summary"].map((part) => {
        const answers = new Set([...texts, ...whole, ...all].map((text) => text.includes(part)))
        return answers.size === 1 ? [...answers][0] : "not the same in all"
      })
    }
    expect(await visibleParts()).toEqual([true, true, true, true, true])
    const set = async (redistribution: string) => {
      const before = await get("/publishers/limited/feed.rss")
      wait(10)
      expect((await admin("PATCH", "/publishers/limited", { redistribution })).status).toBe(200)
      const after = await get("/publishers/limited/feed.rss", {
        "if-modified-since": before.headers.get("last-modified") ?? "",
      })
      expect(after.status).toBe(200)
    }
    await set("summary")
    expect(await visibleParts()).toEqual([true, true, false, false, true])
    const { json, atom, rss } = await feedsOf("/publishers/limited")
    expect(json.json.items.at(-1)).toMatchObject({
      title: "Shown title",
      content_text: "Shown summary",
      summary: "Shown summary",
    })
    expect([atom.text.includes("<content"), rss.text.includes("content:encoded>")]).toEqual([false, false])
    await set("none")
    // Only the headline and its link are shared, so an article without a headline is not in the feed.
    expect(await visibleParts(2)).toEqual([true, false, false, false, false])
    const none = await feedsOf("/publishers/limited")
    for (const { content_html, content_text } of none.json.json.items) {
      expect([content_html, typeof content_text]).toEqual([undefined, "string"])
    }
    for (const each of [none.rss, none.atom]) {
      expect(XMLValidator.validate(each.text)).toBe(true)
      expect(each.text).not.toMatch(/Shown body|Shown summary|made into|shown\.jpg/)
    }
    expect(none.json.text).not.toMatch(/Shown body|Shown summary|made into|shown\.jpg/)
    await set("full")
    expect(await visibleParts()).toEqual([true, true, true, true, true])
  })

  test("has an Arabic article that is declared as English in Arabic, if its publisher is Arabic", async () => {
    const title = "خبر عاجل من بيروت"
    const sent = await push(two, article({ title, language: "en-US", content_html: "<p>نص الخبر</p>" }), { bindings })
    const [{ id }] = sent.json.results
    const { json, atom } = await feedsOf("/languages/ar")
    const found = json.json.items.find((item: { id: string }) => item.id === id)
    expect(found).toMatchObject({ title, _feedwire: { direction: "rtl" } })
    expect(found.content_html).toBe('<div dir="rtl" lang="ar"><p>نص الخبر</p></div>')
    expect(atom.text).toContain(title)
    expect((await feedsOf("/languages/en")).json.text).not.toContain(title)
  })

  test("has the languages and directions of Arabic, English and mixed articles", async () => {
    await section("tongues", { names: { ar: "ألسنة", en: "Tongues" } })
    const both = { ...inSection("tongues") }
    const at = (minute: number) => ({ date_published: new Date(Date.UTC(2026, 10, 5, 0, -minute)).toISOString() })
    await publish({ title: "خبر عاجل", content_html: "<p>نص الخبر</p>", ...both, ...at(1) }, two)
    await push(
      two,
      article({ title: "بلا لغة معلنة", language: undefined, content_html: "<p>نص</p>", ...both, ...at(2) }),
      { bindings },
    )
    await publish({ title: "خبر", language: "ar-EG", content_html: "<p>نص الخبر</p>", ...both, ...at(3) })
    await publish({ title: "BBC تبث من بيروت", language: "ar", content_html: "<p>نص</p>", ...both, ...at(4) })
    await publish({ title: "Plain English", content_html: "<p>Text</p>", ...both, ...at(5) })
    await publish({ title: "Nouvelle", language: "fr-CA", content_html: "<p>Texte</p>", ...both, ...at(6) })
    const { json, atom, rss } = await feedsOf("/sections/tongues")
    expect(json.json.language).toBe("en")
    expect(json.json.title).toBe("Tongues — feedwire")
    // The first article is declared as English (see article() in world.ts), but its letters and its publisher are Arabic.
    const stated = json.json.items.map((item: { language?: string; _feedwire: { direction: string } }) => [
      item.language,
      item._feedwire.direction,
    ])
    expect(stated).toEqual([
      ["ar", "rtl"],
      ["ar", "rtl"],
      ["ar-EG", "rtl"],
      ["ar", "rtl"],
      [undefined, "ltr"],
      ["fr-CA", "ltr"],
    ])
    const feed = readXml(atom.text)
    expect(feed.attributes["xml:lang"]).toBe("en")
    expect(all(feed, "entry").map(({ attributes }) => attributes["xml:lang"])).toEqual([
      "ar",
      "ar",
      "ar-EG",
      "ar",
      undefined,
      "fr-CA",
    ])
    const channel = child(readXml(rss.text), "channel")
    expect(child(channel, "language")?.text).toBe("en")
    expect(all(channel, "item").map((item) => child(item, "dc:language")?.text)).toEqual([
      "ar",
      "ar",
      "ar-EG",
      "ar",
      undefined,
      "fr-CA",
    ])
    for (const { entries } of Object.values(await readings("/sections/tongues"))) {
      expect(entries[1]?.content).toBe('<div dir="rtl" lang="ar"><p>نص</p></div>')
      expect(entries[2]?.content).toBe('<div dir="rtl" lang="ar-EG"><p>نص الخبر</p></div>')
      expect(entries[4]?.content).toBe("<p>Text</p>")
      // The title is isolated, because a left-to-right menu of a reader would reorder it.
      expect(entries[3]?.title).toBe("\u200F\u2067BBC تبث من بيروت\u2069")
      expect(entries[2]?.title).toBe("خبر")
      // Section names are in the article's language.
      expect(entries.map(({ labels }) => labels[0])).toEqual([
        "ألسنة",
        "ألسنة",
        "ألسنة",
        "ألسنة",
        "Tongues",
        // If a section has no French name, its English name is used, because English is the wire's language.
        "Tongues",
      ])
    }
    // The section has only an Arabic name, and the publisher writes Arabic.
    const arts = await readings("/sections/arts")
    expect([arts.atom.language, arts.rss.language, arts.json.language]).toEqual(["ar", "ar", "ar"])
    expect(arts.atom.title).toContain("ثقافة — feedwire")
    expect([arts.rss.title, arts.json.title]).toEqual([arts.atom.title, arts.atom.title])
    expect((await readings("/publishers/two")).atom.language).toBe("ar")
  })

  test("is correct in a deployment in Arabic with an awkward title", async () => {
    const from: Env = {
      ...bindings,
      WIRE_LANGUAGE: "ar",
      WIRE_TITLE: 'وكالة "AP" & <co>',
      FEEDS_URL: "https://ar.example",
    }
    const { rss, atom, json } = await readings("/sections/world", from)
    const title = `\u200F\u2067العالم — ${from.WIRE_TITLE}\u2069`
    expect([rss.title, atom.title, json.title]).toEqual([title, title, title])
    expect([rss.language, atom.language, json.language]).toEqual(["ar", "ar", "ar"])
    expect(json.self).toBe("https://ar.example/sections/world/feed.json")
    // The ids stay the same at every origin.
    expect(json.entries.map(({ id }) => id)).toEqual(
      (await readings("/sections/world")).json.entries.map(({ id }) => id),
    )
    const page = await get("/", {}, "GET", from)
    expect(page.text).toContain('<html lang="ar"')
    expect(page.text).toContain('<bdi lang="ar" dir="rtl">العالم</bdi>')
    expect(page.text).toContain("<title>وكالة &quot;AP&quot; &amp; &lt;co&gt;</title>")
  })

  test("is well-formed and the same in every format for awkward strings", async () => {
    await section("awkward", { names: { en: "5 < 6 & <em> ]]>" } })
    const awkward = [
      "5 < 6 & <em>",
      "]]>",
      "<![CDATA[ x ]]> y",
      "&amp; &lt;b&gt; &#8; &nbsp; &bogus;",
      "bell\u0007 back\u0008 null\u0000 escape\u001b delete\u007f next\u0085 nonchar\ufffe\uffff",
      "half \ud83d emoji, other \ude42 half, whole 🙂",
      "quotes \" and ' and `",
      "tabs\tand\nlines\r\nand\rreturns",
      "</title></item></channel></rss>",
      "<!-- comment --> <?php echo 1 ?> <!DOCTYPE x>",
      "\u2028 \u2029 \u00a0 \u200b \ufeff x",
      "مرحبا <b>عالم</b> & 5 < 6",
      "Q&A: AT&T's \\u0008 \\x08 %08",
    ]
    for (const [n, text] of awkward.entries()) {
      const sent = await publish({
        id: `awkward ${text}`,
        title: text,
        summary: text,
        content_html: `<p>${text}</p><a href="https://one.example/?q=${text}">x</a>`,
        authors: [{ name: text.slice(0, 60) }],
        tags: [text.slice(0, 60)],
        date_published: new Date(Date.UTC(2026, 10, 6, 0, -n)).toISOString(),
        url: `https://one.example/${encodeURIComponent("a & b <c> ]]>")}?x=1&y=2&z=%5D%5D%3E`,
        image: "https://one.example/a.jpg?x=1&y=2",
        ...inSection("awkward", {
          subtitle: text,
          dateline: text,
          image: { caption: text, credit: text, alt: text },
          related: [{ url: "https://one.example/?a&b", title: text }],
          correction: { note: text },
          attribution: { name: text.slice(0, 60), url: "https://one.example/?a&b" },
          rights: text,
        }),
      })
      expect([text, sent.status]).toEqual([text, 200])
    }
    const { rss, atom, json } = await readings("/sections/awkward")
    expect(json.entries).toHaveLength(awkward.length)
    const same = (reading: typeof rss) => reading.entries.map((entry) => ({ ...entry, source: "" }))
    expect(same(rss)).toEqual(same(asRss(json)))
    expect(same(atom)).toEqual(same(json))
    expect([rss.title, atom.title, json.title]).toEqual(Array(3).fill("5 < 6 & <em> ]]> — feedwire"))
    const titles = json.entries.map(({ title }) => title)
    expect(titles.slice(0, 8)).toEqual([
      "5 < 6 & <em>",
      "]]>",
      "<![CDATA[ x ]]> y",
      "&amp; &lt;b&gt; &#8; &nbsp; &bogus;",
      "bell back null escape delete next… nonchar",
      "half emoji, other half, whole 🙂",
      "quotes \" and ' and `",
      "tabs and lines and returns",
    ])
    const sent = await feedsOf("/sections/awkward")
    for (const text of [sent.rss.text, sent.atom.text, sent.json.text]) {
      expect(text).toMatch(/^[\t\n\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u)
      expect(text).not.toContain("�")
    }
    expect(sent.json.text).not.toMatch(/(?<!\\)\\u(?:d[89a-f]|00(?:0[0-8bce]|1|7f))|\\[bfr]|:null|\[null/i)
    for (const text of [sent.rss.text, sent.atom.text]) expect(XMLValidator.validate(text)).toBe(true)
    expect(parseRssFeed(sent.rss.text).items).toHaveLength(awkward.length)
    expect(parseAtomFeed(sent.atom.text).entries).toHaveLength(awkward.length)
    expect(parseJsonFeed(sent.json.text).items?.map(({ title }) => title)).toEqual(titles)
    // The document is served as UTF-8.
    const response = await worker.fetch(
      new Request(`${ORIGIN}/sections/awkward/feed.rss`),
      bindings,
      createExecutionContext(),
    )
    expect(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await response.arrayBuffer())).toBe(
      sent.rss.text,
    )
  })

  test("can contain names of JavaScript's own objects", async () => {
    await section("own")
    for (const name of ["constructor", "__proto__", "hasOwnProperty", "jpg"]) {
      await publish({
        title: `.${name}`,
        image: `https://one.example/a.${name}`,
        tags: [name],
        authors: [{ name }],
        ...inSection("own"),
      })
    }
    const { rss, atom, json } = await readings("/sections/own")
    for (const { entries } of [rss, atom, json]) {
      expect(entries.map(({ title }) => title)).toEqual([".jpg", ".hasOwnProperty", ".__proto__", ".constructor"])
      expect(entries.map(({ labels }) => labels[0])).toEqual(Array(4).fill("own"))
    }
    const { text } = await get("/sections/own/feed.rss")
    expect(text.match(/<media:content[^>]*>/g)).toEqual([
      '<media:content url="https://one.example/a.jpg" type="image/jpeg" medium="image"/>',
      ...["hasOwnProperty", "__proto__", "constructor"].map(
        (name) => `<media:content url="https://one.example/a.${name}" medium="image"/>`,
      ),
    ])
  })
})
