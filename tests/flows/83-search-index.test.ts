/** Tests that the search index follows the articles, with validators, selections and pages. */
import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, test, vi } from "vitest"
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
  one,
  publish,
  publishBehind,
  titles,
  two,
  walk,
} from "./search-wire.ts"
import { prepareSearch } from "./searches.ts"
import { WorkersCache } from "./workers-cache.ts"
import { type Answer, admin, article, counted, health, push, rows, section, send, sweep } from "./world.ts"

prepareSearch()

describe("the index is updated", () => {
  const db = createDbClient(env.DB)

  test("by the next sweep if the indexing after a push fails, and /healthz reports it if no sweep comes", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => {})
    const sent = await push(one, article({ title: "Late", content_html: "<p>belated</p>" }), { bindings: behind })
    expect(sent.status).toBe(200)
    expect(logged.mock.calls.map(([line]) => JSON.parse(line as string).event)).toEqual(["search_not_indexed"])
    expect(await titles("belated")).toEqual([])
    wait(16 * 60_000)
    expect((await health("backlog:delay")).detail).toMatch(/^articles to index for search for 16 min: see sweep_failed/)
    await sweep()
    expect(await titles("belated")).toEqual(["Late"])
    expect((await health("backlog:delay")).detail).toBe("pass")
    await expectIndexed()
  })

  test.each(["before", "after"] as const)("after a failure anywhere (%s a round trip)", async (when) => {
    for (const turn of [1, 2]) {
      await publishBehind(one, { title: `Cut ${when} ${turn}`, content_html: "<p>cutoff</p>" })
      const failing = createDbClient(failingIndexer((at) => (at === turn ? when : undefined)).DB)
      await expect(indexSearch(failing)).rejects.toThrow()
      await indexSearch(db)
      await expectIndexed()
    }
    expect((await titles("cutoff")).filter((title) => title.startsWith(`Cut ${when}`))).toHaveLength(2)
  })

  test("correctly if several updates run at once", async () => {
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

  test("again for an article that changes between its read and its write", async () => {
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

  test("in batches of at most a hundred articles and a megabyte of bodies, within the limits of D1", async () => {
    for (let chunk = 0; chunk < 3; chunk++) {
      await publishBehind(
        one,
        ...Array.from({ length: 50 }, (_, n) => ({ id: `many-${chunk}-${n}`, title: "Manifold" })),
      )
    }
    // Each ligature has eighteen letters when it is folded.
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

  test("from the beginning if its offset is reset, as after a change of how texts are split into words", async () => {
    const before = await rows("select rowid from search order by rowid")
    await env.DB.prepare("update consumers set commit_no = 0, article_id = '' where name = 'search'").run()
    while (await indexSearch(db));
    expect(await rows("select rowid from search order by rowid")).toEqual(before)
    expect(await titles("belated")).toEqual(["Late"])
    await expectIndexed()
  })
})

describe("an answer's validator is known before the answer is made", () => {
  const uncached = { purge: async () => ({ success: true }) }
  const conditional = (sent: Answer) => ({ headers: { "if-none-match": sent.headers.get("etag") ?? "" } })

  test("a 304 is one round trip; a push and its indexing change the answer", async () => {
    const path = "/v1/articles?q=validator&section=europe"
    const first = await send(path, {}, env, uncached)
    const { bindings, trips } = counted()
    expect((await send(path, conditional(first), bindings, uncached)).status).toBe(304)
    expect(trips).toHaveLength(1)

    await publishBehind(one, { title: "New", content_html: "<p>validator</p>", _feedwire: { sections: ["europe"] } })
    const second = await send(path, conditional(first), env, uncached)
    expect([second.status, second.json.articles]).toEqual([200, []])
    await indexSearch(createDbClient(env.DB))
    const third = await send(path, conditional(second), env, uncached)
    expect(third.status).toBe(200)
    expect(third.json.articles.map(({ title }: FoundArticle) => title)).toEqual(["New"])
    expect((await send(path, conditional(third), env, uncached)).status).toBe(304)
    // Another article changes the frequency of a word, so the ranking and the validator change.
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

  test("the edge shows articles that are indexed after an earlier purge", async () => {
    const cache = new WorkersCache()
    const path = "/v1/articles?q=purgedword"
    await cache.sweep()
    wait(60_000)
    const context = { bindings: behind, cache }
    vi.spyOn(console, "error").mockImplementation(() => {})
    await push(one, article({ title: "Behind", content_html: "<p>purgedword</p>" }), context)
    vi.restoreAllMocks()
    // The edge stores the page after the purge for the commit, but before the article is indexed.
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
    // The sweep resolves the canonical article of duplicates.
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
    "publisher=one&tag=Budget",
    "publisher=one,two&tag=Budget&section=europe",
    "tag=Budget",
    "tag=~budget",
    "tag=%C3%89t%C3%A9%2C%20chaud",
    "tag=nothing",
    "tag=Budget&tag=~budget",
    "lang=ar",
    "lang=ar-eg",
    "lang=ar,fr&section=world",
    "since=2026-03-01T10:00:31Z",
    "until=2026-03-01T10:00:44Z",
    "since=2026-03-01T10:00:30Z&until=2026-03-01T10:00:45Z&section=sports",
    "since=1950-01-01&until=1960-01-01",
  ]

  test.each(SELECTIONS)("%s finds the articles of the list that contain the word", async (selection) => {
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

  test("an article that left the list is not shown, even if the index is behind", async () => {
    const item = { id: "moves", title: "Moves", content_html: "<p>movingword</p>" }
    await publish(one, { ...item, _feedwire: { sections: ["europe"] } })
    expect(await titles("movingword", { section: "europe" })).toEqual(["Moves"])
    await publishBehind(one, { ...item, _feedwire: { sections: ["sports"] }, date_modified: rfc3339(now + 1000) })
    expect(await titles("movingword", { section: "europe" })).toEqual([])
    await indexSearch(createDbClient(env.DB))
    expect(await titles("movingword", { section: "sports" })).toEqual(["Moves"])
  })

  test("articles of moved sections are found in their new place", async () => {
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
    // This includes the article that is suppressed for all other readers.
    expect(await seen(limited)).toEqual(["Chosen 1", "Chosen 2", "Chosen 3", "Chosen 4"])
    expect(await seen(limited, "&section=europe")).toEqual(["Chosen 1", "Chosen 4"])
    expect((await send("/v1/articles?q=chosenword", {}, closed)).status).toBe(401)
  })
})

describe("pages of a search", () => {
  test("end at two megabytes, and the next page continues", async () => {
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

  test("refuse an invalid or foreign cursor with 400, and one of before a restore with 410 and a URL", async () => {
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
    // A cursor of a search is valid for nothing else.
    const other = await send(`/v1/articles?cursor=${cursorOf("\u0001")}`)
    expect([other.status, other.json.errors[0].parameter]).toEqual([400, "cursor"])
  })

  test("show only public articles for a cursor: unknown, withdrawn and embargoed ones are left out", async () => {
    const { epoch } = (await rows("select epoch from wire"))[0] as { epoch: string }
    await publish(one, { id: "withdrawn", title: "Withdrawn word" })
    wait(HOUR)
    await push(one, [{ id: "withdrawn", date_modified: rfc3339(now) }], {
      type: "article.deleted",
      timestamp: rfc3339(now),
    })
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
