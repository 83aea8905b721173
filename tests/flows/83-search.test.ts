/** Tests that search finds an article by its words, and finds no text that it may not show. */
import { env } from "cloudflare:workers"
import { describe, expect, test } from "vitest"
import { indexSearch } from "../../src/articles/search/indexer.ts"
import { createDbClient } from "../../src/db/client.ts"
import { HOUR, now, rfc3339, wait } from "./clock.ts"
import { ask, expectIndexed, find, one, publish, remove, titles } from "./search-wire.ts"
import { prepareSearch } from "./searches.ts"
import { admin, article, publisher, push, rows, send, sweep } from "./world.ts"

prepareSearch()

describe("an article is found", () => {
  test("at once, with a snippet", async () => {
    await publish(one, {
      title: "زيارة",
      language: "ar",
      content_html: "<p>وصل <b>الوزير</b> أمس إلى القاهرة &lt;قادما&gt; من بيروت.</p>",
    })
    for (const q of ["القاهرة", "قاهره", "القَاهِرَة", "قاهرة الوزير", "«الى القاهرة»", "قاه*", "قا*"]) {
      const [found, ...others] = await find(q)
      expect([q, found?.title, others.length]).toEqual([q, "زيارة", 0])
      expect([q, found?.snippet]).toEqual([q, expect.stringMatching(/<mark>(إلى )?القاهرة<\/mark>/)])
    }
    expect((await find("القاهرة"))[0]?.snippet).toBe("وصل الوزير أمس إلى <mark>القاهرة</mark> &lt;قادما&gt; من بيروت.")
    expect(await titles("القاهرة -بيروت")).toEqual([])
    expect(await titles("القاهرة -دمشق")).toEqual(["زيارة"])
  })

  test("as a whole, or with `fields` only these members and the snippet", async () => {
    const [complete] = await find("القاهرة")
    expect(complete).toMatchObject({ content_text: expect.stringContaining("القاهرة"), publisher: { slug: "one" } })
    const [partial] = await find("القاهرة", { fields: "title,language" })
    expect(Object.keys(partial ?? {})).toEqual(["title", "language", "snippet"])
    const ninjs = await ask("القاهرة", { format: "ninjs" })
    expect(ninjs.json.articles).toHaveLength(1)
    expect(ninjs.json.articles[0]).toMatchObject({ type: "text", pubStatus: "usable" })
  })

  test("by each of its texts that are shown", async () => {
    await publish(one, {
      title: "Titleword",
      summary: "Summaryword",
      content_html: "<p>Bodyword</p>",
      authors: [{ name: "Jane Authorword" }],
      tags: ["tagword"],
      image: "https://one.example/a.jpg",
      _feedwire: {
        subtitle: "Subtitleword",
        dateline: "Datelineword — One",
        image: { width: 3, height: 2, caption: "Captionword", credit: "Creditword" },
      },
    })
    for (const part of ["title", "subtitle", "summary", "body", "author", "tag", "dateline", "caption", "credit"]) {
      const found = await find(`${part}word`)
      expect([part, found.map(({ title }) => title)]).toEqual([part, ["Titleword"]])
      const marked = ["body", "summary", "subtitle"].includes(part)
      expect([part, found[0]?.snippet?.includes("<mark>")]).toEqual([part, marked ? true : undefined])
    }
  })

  test("by prefixes of its words, of rare and of frequent words", async () => {
    const many = Array.from({ length: 70 }, (_, n) => `beginning${n}`)
    await publish(
      one,
      { title: "Many", content_html: `<p>${many.join(" ")}</p>` },
      { title: "Few", content_html: "<p>beginnerly</p>" },
    )
    for (const [q, all] of [
      ["be*", ["Few", "Many"]],
      ["beginn*", ["Few", "Many"]],
      ["beginni*", ["Many"]],
      ["beginning6*", ["Many"]],
      ["beginne*", ["Few"]],
      ["beginner* beginning7*", []],
      ["beginn* -beginne*", ["Many"]],
      ["beginn* -beginning*", ["Few"]],
      ["beginnx*", []],
      ["beginn* -beginnx*", ["Few", "Many"]],
    ] as const) {
      expect([q, (await titles(q)).filter((title) => ["Few", "Many"].includes(title)).sort()]).toEqual([q, all])
    }
    expect((await find("beginne*"))[0]?.snippet).toBe("<mark>beginnerly</mark>")
  })

  test("in its newest version only", async () => {
    const item = { id: "corrected", title: "Corrected", url: "https://one.example/corrected" }
    await publish(one, { ...item, content_html: "<p>erroneous figures</p>" })
    expect(await titles("erroneous")).toEqual(["Corrected"])
    await publish(one, { ...item, content_html: "<p>corrected figures</p>", date_modified: rfc3339(now + 1000) })
    expect([await titles("erroneous"), await titles("corrected")]).toEqual([[], ["Corrected"]])
    await expectIndexed()
  })

  test("no longer after it is withdrawn, and again after it is published again", async () => {
    const item = { id: "withdrawn", title: "Withdrawn", content_html: "<p>vanishing</p>" }
    await publish(one, item)
    expect(await titles("vanishing")).toEqual(["Withdrawn"])
    wait(1000)
    await remove(one, "withdrawn")
    expect(await titles("vanishing")).toEqual([])
    await expectIndexed()
    wait(1000)
    await publish(one, { ...item, date_modified: rfc3339(now) })
    expect(await titles("vanishing")).toEqual(["Withdrawn"])
    await expectIndexed()
  })

  test("not before the end of its embargo", async () => {
    await publish(one, {
      title: "Embargoed",
      content_html: "<p>secretword</p>",
      _feedwire: { embargo: rfc3339(now + HOUR) },
    })
    await sweep()
    expect(await titles("secretword")).toEqual([])
    await expectIndexed()
    wait(HOUR + 1000)
    await sweep()
    expect(await titles("secretword")).toEqual(["Embargoed"])
    await expectIndexed()
  })

  test("once, and by its new date, after its date changes", async () => {
    const item = { id: "dated", title: "Dated", content_html: "<p>redated</p>" }
    await publish(one, { ...item, date_published: "2026-05-01T10:00:00Z" })
    await publish(one, { ...item, date_published: "2026-06-01T10:00:00Z", date_modified: rfc3339(now + 1000) })
    expect(await titles("redated")).toEqual(["Dated"])
    expect(await titles("redated", { until: "2026-05-31" })).toEqual([])
    expect(await titles("redated", { since: "2026-06-01T10:00:00Z", until: "2026-06-01T10:00:00Z" })).toEqual(["Dated"])
    await expectIndexed()
  })
})

describe("only text that may be shown is found", () => {
  const item = { title: "Headlineword", summary: "Summarized", content_html: "<p>hidden passage</p>" }

  test.each([
    ["full", true, true],
    ["summary", false, true],
    ["none", false, false],
  ])("for a publisher that shares %s", async (redistribution, body, summary) => {
    const to = await publisher(`shares-${redistribution}`, { redistribution, default_section: "sports" })
    const only = { publisher: to.slug }
    await publish(to, { ...item, content_html: "<p>hidden passage summarized</p>" })
    expect(await titles("headlineword", only)).toEqual(["Headlineword"])
    expect(await titles("hidden", only)).toEqual(body ? ["Headlineword"] : [])
    expect(await titles("summarized", only)).toEqual(summary ? ["Headlineword"] : [])
    const snippet = (await find(summary ? "summarized" : "headlineword", only))[0]?.snippet
    expect(snippet).toBe(
      body ? "hidden passage <mark>summarized</mark>" : summary ? "<mark>Summarized</mark>" : undefined,
    )
  })

  test("also after the publisher restricts what it shares", async () => {
    const to = await publisher("shares-less", { default_section: "sports" })
    await publish(to, item)
    expect(await titles("hidden", { publisher: to.slug })).toEqual(["Headlineword"])
    expect((await admin("PATCH", "/publishers/shares-less", { redistribution: "summary" })).status).toBe(200)
    await sweep()
    expect(await titles("hidden", { publisher: to.slug })).toEqual([])
    expect(await titles("summarized", { publisher: to.slug })).toEqual(["Headlineword"])
    await expectIndexed()
  })

  test("and none of a publisher that was removed", async () => {
    const to = await publisher("removed", { default_section: "sports" })
    await publish(to, { ...item, content_html: "<p>ephemeral</p>" })
    expect(await titles("ephemeral")).toEqual(["Headlineword"])
    expect((await admin("DELETE", "/publishers/removed")).status).toBeLessThan(300)
    expect(await titles("ephemeral")).toEqual([])
    await sweep()
    expect(await titles("ephemeral")).toEqual([])
    await expectIndexed()
  })
})

describe("the best matches come first", () => {
  const filler = Array.from({ length: 40 }, (_, n) => `filler${n}`).join(" ")

  test("words in a title before those in a summary, a tag or an author, and these before the body", async () => {
    await publish(
      one,
      { title: "In the text", content_html: `<p>${filler} rankword</p>` },
      { title: "By the tag", content_html: `<p>${filler} more</p>`, tags: ["rankword"] },
      { title: "The rankword title", content_html: `<p>${filler} more</p>` },
      { title: "Neither", content_html: `<p>${filler} more</p>` },
    )
    expect(await titles("rankword")).toEqual(["The rankword title", "By the tag", "In the text"])
  })

  test("several occurrences before one, beside a common word", async () => {
    const text = (n: number) => `<p>${"oftenword ".repeat(n)}${"other ".repeat(20 - n)}</p>`
    await publish(one, { title: "Once", content_html: text(1) }, { title: "Often", content_html: text(5) })
    expect(await titles("oftenword other")).toEqual(["Often", "Once"])
  })

  test("the newer of two equal matches, but a much better match even if it is older", async () => {
    const at = (days: number) => rfc3339(now - days * 24 * HOUR)
    const same = { content_html: `<p>${filler} ${filler} equalword</p>` }
    await publish(
      one,
      { title: "Old", ...same, date_published: at(30) },
      { title: "New", ...same, date_published: at(0) },
      { title: "Middle", ...same, date_published: at(3) },
      { title: "Equalword", ...same, date_published: at(60) },
    )
    expect(await titles("equalword")).toEqual(["Equalword", "New", "Middle", "Old"])
  })
})

describe("any query", () => {
  test("is answered, or refused with all its errors", async () => {
    const sent = await send(
      "/v1/articles?q=-only&updated_since=2026-01-01&limit=0&section=nowhere&secton=world&since=2026-02-01&until=2026-01-01",
    )
    expect([sent.status, sent.json.code]).toEqual([400, "invalid_parameter"])
    expect(sent.json.errors.map(({ parameter }: { parameter: string }) => parameter).sort()).toEqual([
      ...["limit", "q", "section", "secton", "since"],
    ])
    const both = await send("/v1/articles?q=word&updated_since=2026-01-01")
    expect([both.status, both.json.errors]).toEqual([
      400,
      [{ parameter: "updated_since", detail: expect.stringContaining("cannot be combined with q") }],
    ])
    for (const [q, hint] of [
      ["…", "has no word to search for"],
      ["-word", "only excludes words"],
      [Array.from({ length: 21 }, (_, no) => `word${no}`).join(" "), "20 at most"],
      ["w".repeat(201), "at most 200 characters"],
    ]) {
      const refused = await ask(q as string)
      expect([q, refused.status, refused.json.errors[0]]).toEqual([
        q,
        400,
        { parameter: "q", detail: expect.stringContaining(hint as string) },
      ])
    }
    expect((await send("/v1/articles?q=")).status).toBe(400)
  })
})

describe("text that its publisher no longer shares", () => {
  test("is not found while the reclassification or the index is behind", async () => {
    const to = await publisher("narrows", { default_section: "sports" })
    await push(to, [article({ title: "Plain headline", content_html: "<p>quixotic whisper</p>" })])
    const count = async () => {
      wait(HOUR)
      return (await send("/v1/articles?q=quixotic")).json.articles.length
    }
    expect(await count()).toBe(1)
    const scope = `publisher:${(await rows("select uid from publishers where slug = 'narrows'"))[0]?.uid}`
    const reclassify = (finished: string) =>
      env.DB.batch([
        env.DB.prepare("update publishers set redistribution = 'summary' where slug = 'narrows'"),
        env.DB.prepare("update scopes set revision = revision + 1 where key = 'all'"),
        env.DB.prepare("delete from reclassifications where reason = 'narrowed'"),
        env.DB.prepare(
          `insert into reclassifications (taxonomy_version, reason, scope, total, processed, changed, started_at, finished_at, touch)
           values (0, 'narrowed', ?, 1, 0, 0, 0, ${finished}, 1)`,
        ).bind(scope),
      ])
    // The reclassification of a hundred thousand articles takes an hour; this is the state during it.
    await reclassify("null")
    expect(await count()).toBe(0)
    await reclassify("1")
    expect(await count()).toBe(1)
    // Until indexSearch() has read the reclassified articles, the search does not find them.
    await env.DB.prepare("update consumers set commit_no = 0, article_id = '' where name = 'search'").run()
    expect(await count()).toBe(0)
    while (await indexSearch(createDbClient(env.DB)));
    expect(await count()).toBe(1)
  })
})
