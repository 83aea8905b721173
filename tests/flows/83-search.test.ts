/** Search: an article is found by its words, with any query, and nothing else is found. */
import { env } from "cloudflare:workers"
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest"
import { encodeCursor, encodeNumbers } from "../../src/articles/model/cursor.ts"
import { indexSearch } from "../../src/articles/search/indexer.ts"
import { createDbClient } from "../../src/db/client.ts"
import { HOUR, now, rfc3339, wait } from "./clock.ts"
import {
  ask,
  behind,
  expectIndexed,
  type FoundArticle,
  failingIndexer,
  find,
  one,
  prepare,
  publish,
  publishBehind,
  remove,
  settle,
  titles,
  two,
  walk,
} from "./search-wire.ts"
import { WorkersCache } from "./workers-cache.ts"
import { type Answer, admin, article, counted, health, publisher, push, rows, section, send, sweep } from "./world.ts"

beforeAll(prepare)
afterEach(settle)

describe("an article is found", () => {
  test("at once, with a snippet", async () => {
    await publish(one, {
      title: "زيارة",
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

  test("as a whole, or with `fields` only these and the snippet", async () => {
    const [complete] = await find("القاهرة")
    expect(complete).toMatchObject({ content_text: expect.stringContaining("القاهرة"), publisher: { slug: "one" } })
    const [partial] = await find("القاهرة", { fields: "title,language" })
    expect(Object.keys(partial ?? {})).toEqual(["title", "language", "snippet"])
    const ninjs = await ask("القاهرة", { format: "ninjs" })
    expect(ninjs.json.articles).toHaveLength(1)
    expect(ninjs.json.articles[0]).toMatchObject({ type: "text", pubStatus: "usable" })
  })

  test("in every text that is shown of it", async () => {
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

  test("by prefixes of its words, of few words or many", async () => {
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

  test("no longer when it is withdrawn, and again when it is published again", async () => {
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

  test("once, and by its new date, when its date changes", async () => {
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
  ])("of a publisher that shares %s", async (redistribution, body, summary) => {
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

  test("also when the publisher shares less from now on", async () => {
    const to = await publisher("shares-less", { default_section: "sports" })
    await publish(to, item)
    expect(await titles("hidden", { publisher: to.slug })).toEqual(["Headlineword"])
    expect((await admin("PATCH", "/publishers/shares-less", { redistribution: "summary" })).status).toBe(200)
    await sweep()
    expect(await titles("hidden", { publisher: to.slug })).toEqual([])
    expect(await titles("summarized", { publisher: to.slug })).toEqual(["Headlineword"])
    await expectIndexed()
  })

  test("not of a publisher that was removed", async () => {
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

  test("words in a title before those in a summary, a tag or an author, and these before the text", async () => {
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

  test("the newer of two equal matches; and a much better match even if it is older", async () => {
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

describe("the index follows", () => {
  const db = createDbClient(env.DB)

  test("with the next sweep when the indexing after a push fails; /healthz reports it if none comes", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => {})
    const sent = await push(one, article({ title: "Late", content_html: "<p>belated</p>" }), { bindings: behind })
    expect(sent.status).toBe(200)
    expect(logged.mock.calls.map(([line]) => JSON.parse(line as string).event)).toEqual(["search_not_indexed"])
    expect(await titles("belated")).toEqual([])
    wait(16 * 60_000)
    expect((await health("backlog:delay")).detail).toMatch(/^articles to index for search for 16 min$/)
    await sweep()
    expect(await titles("belated")).toEqual(["Late"])
    expect((await health("backlog:delay")).detail).toBe("pass")
    await expectIndexed()
  })

  test.each(["before", "after"] as const)("if it fails anywhere (%s a round trip)", async (when) => {
    for (const turn of [1, 2]) {
      await publishBehind(one, { title: `Cut ${when} ${turn}`, content_html: "<p>cutoff</p>" })
      const failing = createDbClient(failingIndexer((at) => (at === turn ? when : undefined)).DB)
      await expect(indexSearch(failing)).rejects.toThrow()
      await indexSearch(db)
      await expectIndexed()
    }
    expect((await titles("cutoff")).filter((title) => title.startsWith(`Cut ${when}`))).toHaveLength(2)
  })

  test("if it runs several times at once", async () => {
    for (const chunk of [0, 1, 2]) {
      await publishBehind(
        one,
        ...Array.from({ length: 40 }, (_, n) => ({ title: `Twice ${chunk}`, id: `twice-${chunk}-${n}` })),
      )
    }
    await Promise.all(Array.from({ length: 6 }, () => indexSearch(db)))
    while (await indexSearch(db));
    await expectIndexed()
    expect(await indexSearch(db)).toBeUndefined()
  })

  test("an article that changes between its read and its write comes again", async () => {
    const item = { id: "meanwhile", title: "Meanwhile", content_html: "<p>firstform</p>" }
    await publishBehind(one, item)
    let isChanged = false
    const meanwhile = {
      prepare: (query: string) => env.DB.prepare(query),
      batch: async (statements: D1PreparedStatement[]) => {
        if (!isChanged) {
          isChanged = true
          await publishBehind(one, { ...item, content_html: "<p>secondform</p>", date_modified: rfc3339(now + 1000) })
        }
        return env.DB.batch(statements)
      },
    } as unknown as D1Database
    await indexSearch(createDbClient(meanwhile))
    expect(await titles("firstform")).toEqual([])
    await indexSearch(db)
    expect([await titles("firstform"), await titles("secondform")]).toEqual([[], ["Meanwhile"]])
    await expectIndexed()
  })

  test("in batches of at most a hundred articles and a megabyte of bodies, each within the limits of D1", async () => {
    for (let chunk = 0; chunk < 3; chunk++) {
      await publishBehind(
        one,
        ...Array.from({ length: 50 }, (_, n) => ({ id: `many-${chunk}-${n}`, title: "Manifold" })),
      )
    }
    // Each ligature is eighteen letters when it is folded.
    const large = `<p>${"ﷺ ".repeat(60_000)}</p>`
    for (let no = 0; no < 2; no++) await publishBehind(one, { title: `Large ${no}`, content_html: large })
    for (let no = 0; no < 6; no++) {
      await publishBehind(two, { title: `Long ${no}`, content_html: `<p>${"longish ".repeat(30_000)}</p>` })
    }
    const { bindings, trips } = counted()
    let batches = 1
    while (await indexSearch(createDbClient(bindings.DB))) batches += 1
    expect(batches).toBeGreaterThanOrEqual(3)
    expect(trips).toHaveLength(2 * batches)
    expect(Math.max(...trips.map(({ largest }) => largest))).toBeLessThan(1.5 * 1024 * 1024)
    await expectIndexed()
    expect(await titles("longish", { fields: "title" })).toHaveLength(6)
    expect(await titles("manifold", { limit: "100" })).toHaveLength(100)
    expect((await titles("«صلى الله عليه وسلم»", { fields: "title" })).sort()).toEqual(["Large 0", "Large 1"])
  }, 60_000)

  test("from the beginning, if its offset is reset: as after a change of how texts are split into words", async () => {
    const before = await rows("select rowid from search order by rowid")
    await env.DB.prepare("update consumers set commit_no = 0, article_id = '' where name = 'search'").run()
    while (await indexSearch(db));
    expect(await rows("select rowid from search order by rowid")).toEqual(before)
    expect(await titles("belated")).toEqual(["Late"])
    await expectIndexed()
  })
})

describe("an answer has a validator before it is made", () => {
  const uncached = { purge: async () => ({ success: true }) }
  const conditional = (sent: Answer) => ({ headers: { "if-none-match": sent.headers.get("etag") ?? "" } })

  test("a 304 reads what a list reads and the offset of the index; a push changes the answer, and indexing it again", async () => {
    const path = "/v1/articles?q=validator&section=europe"
    const first = await send(path, {}, env, uncached)
    const { bindings, trips } = counted()
    expect((await send(path, conditional(first), bindings, uncached)).status).toBe(304)
    expect(trips).toHaveLength(1)
    // The wire, the scope, how far the index is, the validator of the client; and three rows that SQLite keeps for itself.
    expect(trips[0]?.rowsRead).toBeLessThanOrEqual(4 + 3)

    await publishBehind(one, { title: "New", content_html: "<p>validator</p>", _feedwire: { sections: ["europe"] } })
    const second = await send(path, conditional(first), env, uncached)
    expect([second.status, second.json.articles]).toEqual([200, []])
    await indexSearch(createDbClient(env.DB))
    const third = await send(path, conditional(second), env, uncached)
    expect(third.status).toBe(200)
    expect(third.json.articles.map(({ title }: FoundArticle) => title)).toEqual(["New"])
    expect((await send(path, conditional(third), env, uncached)).status).toBe(304)
    // Other articles change how rare a word is.
    await publish(two, { title: "Elsewhere" })
    expect((await send(path, conditional(third), env, uncached)).status).toBe(200)
  })

  test("an isolate that caches rows of D1 drops them when the index changes", async () => {
    const path = "/v1/articles?q=remembered"
    expect((await send(path)).json.articles).toEqual([])
    await publish(one, { title: "Remembered" })
    expect((await send(path)).json.articles).toHaveLength(1)
    expect((await send(path)).headers.get("cache-status")).toContain("hit")
  })

  test("the edge shows what is indexed after an earlier purge", async () => {
    const cache = new WorkersCache()
    const path = "/v1/articles?q=purgedword"
    await cache.sweep()
    wait(60_000)
    const context = { bindings: behind, cache }
    vi.spyOn(console, "error").mockImplementation(() => {})
    await push(one, article({ title: "Behind", content_html: "<p>purgedword</p>" }), context)
    vi.restoreAllMocks()
    // The edge stores the page before the article is indexed, and the purge for its commit comes before that too.
    expect((await cache.get(path)).body).not.toContain("Behind")
    wait(30_000)
    await env.DB.prepare("update purge set purged_commit_no = (select max(no) from commits), next_at = 0").run()
    expect((await cache.get(path)).hit).toBe(true)
    await cache.sweep()
    expect((await cache.get(path)).body).toContain("Behind")
    expect((await rows("select (select max(no) from commits) - purged_commit_no dirty from purge"))[0]?.dirty).toBe(0)
  })
})

describe("within a selection", () => {
  beforeAll(async () => {
    const all = (n: number, more: object) => ({
      title: `Chosen ${n}`,
      content_html: `<p>chosenword number${n}</p>`,
      ...more,
    })
    await publish(
      one,
      all(1, { _feedwire: { sections: ["europe"] }, tags: ["Budget", "Été, chaud"], language: "fr" }),
      all(2, { _feedwire: { sections: ["world", "sports"] }, language: "ar", date_published: "2026-03-01T10:00:30Z" }),
      all(3, {
        _feedwire: { sections: ["sports"] },
        tags: ["~budget"],
        language: "ar-EG",
        date_published: "2026-03-01T10:00:45Z",
      }),
      all(4, { url: "https://two.example/sent-by-both", _feedwire: { sections: ["europe"] }, tags: ["budget"] }),
    )
    await publish(
      two,
      all(5, { url: "https://two.example/sent-by-both", _feedwire: { sections: ["europe"] }, tags: ["budget"] }),
      all(6, { _feedwire: { sections: ["sports"] }, tags: ["budget"], language: "ar" }),
    )
    // The canonical article of duplicates is resolved after the push.
    await sweep()
  })

  const SELECTIONS = [
    "",
    "section=world",
    "section=europe",
    "section=sports",
    "section=europe,sports",
    "not=europe",
    "not=sports",
    "not=europe,sports",
    "section=sports&not=world",
    "publisher=one",
    "publisher=two",
    "publisher=one,two",
    "publisher=one&section=europe",
    "publisher=one&not=europe",
    "publisher=one&tag=budget",
    "publisher=one,two&tag=budget&section=europe",
    "tag=budget",
    "tag=~budget",
    "tag=%C3%A9t%C3%A9%2C%20chaud",
    "tag=nothing",
    "tag=budget&tag=~budget",
    "lang=ar",
    "lang=ar-eg",
    "lang=ar,fr&section=world",
    "since=2026-03-01T10:00:31Z",
    "until=2026-03-01T10:00:44Z",
    "since=2026-03-01T10:00:30Z&until=2026-03-01T10:00:45Z&section=sports",
    "since=1950-01-01&until=1960-01-01",
  ]

  test.each(SELECTIONS)("%s finds the articles of the list that have the word", async (selection) => {
    const path = (more: string) =>
      `/v1/articles?${[selection, "limit=100", "fields=title", more].filter(Boolean).join("&")}`
    const list: string[] = []
    for (let url: string | undefined = path(""); url !== undefined; ) {
      const page: Answer = await send(url)
      expect(page.status, page.text).toBe(200)
      list.push(...page.json.articles.map(({ title }: FoundArticle) => title))
      url = page.json.next
    }
    const found = await send(path("q=chosenword"))
    expect(found.status, found.text).toBe(200)
    const chosen = found.json.articles.map(({ title }: FoundArticle) => title)
    expect(chosen.toSorted()).toEqual(list.filter((title) => title.startsWith("Chosen")).sort())
    for (const n of [1, 2, 3, 4, 5, 6]) {
      const [title] = (await send(path(`q=number${n}`))).json.articles.map((each: FoundArticle) => each.title)
      expect(title).toBe(chosen.includes(`Chosen ${n}`) ? `Chosen ${n}` : undefined)
    }
  })

  test("an article that left it is not shown, even if the index is behind", async () => {
    const item = { id: "moves", title: "Moves", content_html: "<p>movingword</p>" }
    await publish(one, { ...item, _feedwire: { sections: ["europe"] } })
    expect(await titles("movingword", { section: "europe" })).toEqual(["Moves"])
    await publishBehind(one, { ...item, _feedwire: { sections: ["sports"] }, date_modified: rfc3339(now + 1000) })
    expect(await titles("movingword", { section: "europe" })).toEqual([])
    await indexSearch(createDbClient(env.DB))
    expect(await titles("movingword", { section: "sports" })).toEqual(["Moves"])
  })

  test("when sections move, articles are found where they are then", async () => {
    await section("asia", { parent: "world" })
    await publish(one, {
      title: "Moved section",
      content_html: "<p>relocatedword</p>",
      _feedwire: { sections: ["asia"] },
    })
    expect(await titles("relocatedword", { section: "sports" })).toEqual([])
    expect((await admin("PATCH", "/sections/asia", { parent: "sports" })).status).toBe(200)
    await sweep()
    expect(await titles("relocatedword", { section: "sports" })).toEqual(["Moved section"])
    expect(await titles("relocatedword", { section: "world" })).toEqual([])
    const moved = await admin("PATCH", "/sections/asia", { slug: "orient" })
    expect(moved.status, moved.text).toBe(200)
    const old = await ask("relocatedword", { section: "asia" })
    expect([old.status, old.headers.get("location")]).toEqual([
      301,
      "https://feeds.example/v1/articles?q=relocatedword&section=orient",
    ])
  })

  test("a partner with one publisher finds nothing of others", async () => {
    const closed = { ...env, API_ACCESS: "partners" } as unknown as Env
    const keyOf = async (slug: string, more: object) => {
      const made = await admin("POST", "/partners", { slug, name: slug, ...more })
      expect(made.status, made.text).toBe(201)
      return (await admin("POST", `/partners/${slug}/keys`, {})).json.secret as string
    }
    const seen = async (secret: string, more = "") => {
      const headers = { authorization: `Bearer ${secret}` }
      const sent = await send(`/v1/articles?q=chosenword&limit=100${more}`, { headers }, closed)
      expect(sent.status, sent.text).toBe(200)
      return sent.json.articles.map(({ title }: FoundArticle) => title).sort()
    }
    const everything = await keyOf("everything", {})
    const limited = await keyOf("limited", { publishers: ["one"] })
    expect(await seen(everything)).toEqual(["Chosen 1", "Chosen 2", "Chosen 3", "Chosen 5", "Chosen 6"])
    // Includes the article that is suppressed for everyone else.
    expect(await seen(limited)).toEqual(["Chosen 1", "Chosen 2", "Chosen 3", "Chosen 4"])
    expect(await seen(limited, "&section=europe")).toEqual(["Chosen 1", "Chosen 4"])
    expect((await send("/v1/articles?q=chosenword", {}, closed)).status).toBe(401)
  })
})

describe("pages", () => {
  test("end at two megabytes, and the next page has the rest", async () => {
    for (let no = 0; no < 8; no++) {
      const html = `<p>${`hugeword${no % 2} text `.repeat(10_000)}</p>`
      await publish(one, { id: `huge-${no}`, title: "hugeword", content_html: html.slice(0, 240_000) })
    }
    const first = await ask("hugeword")
    expect(first.text.length).toBeLessThanOrEqual(2 * 1024 * 1024)
    expect(first.json.articles.length).toBeLessThan(8)
    const seen = await walk(
      "/v1/articles?q=hugeword",
      () => 50,
      async () => {},
    )
    expect(seen.toSorted()).toEqual(Array.from({ length: 8 }, (_, no) => `huge-${no}`))
  })

  test("an invalid cursor, or one of another list, is 400; one from before a restore is 410 with the address to start from", async () => {
    const { epoch } = (await rows("select epoch from wire"))[0] as { epoch: string }
    const cursorOf = (text: string) => encodeCursor(epoch, "search", [text])
    for (const cursor of [
      "x",
      "%F0",
      cursorOf("\u0080"),
      cursorOf("\u0080\u0001"),
      cursorOf("\u00ff\u00ff\u00ff\u00ff\u007f"),
      cursorOf(encodeNumbers(Array.from({ length: 501 }, (_, no) => no))),
      encodeCursor(epoch, "page", [1, "0".repeat(32)]),
    ]) {
      const sent = await ask("equalword", { cursor })
      expect([cursor, sent.status, sent.json.code, sent.json.errors[0].parameter]).toEqual([
        cursor,
        400,
        "invalid_parameter",
        "cursor",
      ])
    }
    const cursor = encodeCursor("0000000000", "search", [encodeNumbers([1, 2])])
    const sent = await ask("equalword", { cursor, limit: "2" })
    expect([sent.status, sent.json.code, sent.json.start_url]).toEqual([
      410,
      "foreign_cursor",
      "https://feeds.example/v1/articles?limit=2&q=equalword",
    ])
    // A cursor of a search is valid nowhere else.
    const other = await send(`/v1/articles?cursor=${cursorOf("\u0001")}`)
    expect([other.status, other.json.errors[0].parameter]).toEqual([400, "cursor"])
  })

  test("a cursor shows only public articles: unknown, withdrawn and embargoed ones are left out", async () => {
    const { epoch } = (await rows("select epoch from wire"))[0] as { epoch: string }
    await publish(one, { id: "still-secret", title: "Still secret", _feedwire: { embargo: rfc3339(now + 99 * HOUR) } })
    const seqs = (await rows("select seq, state from articles order by seq desc limit 400")) as {
      seq: number
      state: string
    }[]
    expect(new Set(seqs.map(({ state }) => state))).toEqual(new Set(["published", "deleted", "embargoed"]))
    const lastSeqs = [...seqs.map(({ seq }) => seq), 9_999_999].slice(-100)
    const cursor = encodeCursor(epoch, "search", [
      encodeNumbers([...lastSeqs.slice(-50), ...seqs.slice(0, 50).map(({ seq }) => seq)]),
    ])
    const sent = await send(`/v1/articles?q=word&limit=100&cursor=${cursor}`)
    expect([sent.status, sent.text.includes("Still secret")]).toEqual([200, false])
    for (const { title } of sent.json.articles) expect(title).toBeDefined()
  })
})

describe("any query", () => {
  test("is answered, or refused with all of its errors", async () => {
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
    // As during a reclassification of a hundred thousand articles, which takes an hour.
    await reclassify("null")
    expect(await count()).toBe(0)
    await reclassify("1")
    expect(await count()).toBe(1)
    // And as until the index has read the articles that the reclassification touched.
    await env.DB.prepare("update consumers set commit_no = 0, article_id = '' where name = 'search'").run()
    expect(await count()).toBe(0)
    while (await indexSearch(createDbClient(env.DB)));
    expect(await count()).toBe(1)
  })
})
