/** Tests what the push endpoint stores of a message, in which order, and up to which limits. */
import { env } from "cloudflare:workers"
import { describe, expect, test } from "vitest"
import { sanitizeHtml } from "../../src/html/sanitize.ts"
import {
  article,
  bearer,
  everything,
  first,
  inFeed,
  JSON_TYPE,
  message,
  one,
  outcomes,
  pointers,
  preparePublishers,
  two,
} from "./push-endpoint.ts"
import { type Answer, admin, type Publisher, push, pushRaw, section, send, signedHeaders } from "./world.ts"

preparePublishers()

describe("bodies", () => {
  test("are cleaned, and relative addresses are resolved against the article's URL", async () => {
    const html = `<p onclick="x()" style="color:red" class="a">One <a href="../more?x=1&amp;y=2">more</a>
      <a href="javascript:alert(1)">bad</a> <a href="//cdn.example/x">cdn</a> <a href="#note">note</a></p>
      <script>alert(1)</script><img src="img/a.jpg" onerror="x()" srcset="img/b.jpg 2x"><img src="data:x">
      <img src="https://tracker.example/p.gif" width="1" height="1">
      <iframe src="https://video.example/1" title="Film"></iframe><svg onload="x()"></svg>`
    const url = "https://one.example/2026/news/story.html"
    const sent = await push(one, article({ id: "dirty", url, content_html: html }))
    expect(first(sent).outcome).toBe("created")
    const item = await inFeed("/feed", "dirty")
    expect(item.content_html).toContain(sanitizeHtml(html, url).slice(0, 40))
    for (const part of [
      'href="https://one.example/2026/more?x=1&amp;y=2"',
      'href="https://cdn.example/x"',
      'href="https://one.example/2026/news/story.html#note"',
      'src="https://one.example/2026/news/img/a.jpg"',
      'srcset="https://one.example/2026/news/img/b.jpg 2x"',
      '<a href="https://video.example/1"',
    ]) {
      expect(item.content_html).toContain(part)
    }
    for (const format of ["rss", "atom", "json"]) {
      const { text } = await send(`/feed.${format}`)
      expect(text).toContain("https://one.example/2026/news/img/a.jpg")
      expect(text).not.toMatch(/<script|&lt;script|onerror|onclick|javascript:|tracker\.example|<svg|<iframe|data:x/)
    }
  })

  test("use external_url if there is no url; without either, relative addresses are removed", async () => {
    const html = '<p><a href="/a">a</a> <img src="b.png"></p>'
    await push(one, { id: "external", external_url: "https://far.example/x/", title: "T", content_html: html })
    expect((await inFeed("/feed", "external")).content_html).toContain('src="https://far.example/x/b.png"')
    await push(one, { id: "placeless", title: "T", content_html: html })
    const { content_html: clean } = await inFeed("/feed", "placeless")
    expect(clean).not.toMatch(/href|src/)
    expect(clean).toContain("a")
  })
})

describe("categories", () => {
  const classified = async (sections: string[], by: Publisher = one) => {
    const sent = await push(by, article({ _feedwire: { sections } }))
    expect(sent.status).toBe(200)
    const feeds: { rss: string }[] = first(sent).feeds
    const paths = feeds.map(({ rss }) => /sections\/([^/]+)/.exec(rss)?.[1]).filter((slug) => slug !== undefined)
    return { slugs: paths.sort(), warnings: first(sent).warnings, guid: first(sent).guid }
  }

  test.each([
    ["a slug", "sports"],
    ["a name", "Sports"],
    ["a name in other case, width and spaces", "  ＳＰＯＲＴＳ "],
    ["an alias for all publishers", "sport  &  GAMES"],
  ])("are found by %s", async (_, name) => {
    expect(await classified([name])).toMatchObject({ slugs: ["sports"], warnings: undefined })
  })

  test("are found by the name in another language", async () => {
    expect((await classified(["العالم"])).slugs).toEqual(["world"])
  })

  test("an article is also in its section's parents; several categories are several sections, each once", async () => {
    expect((await classified(["Old Continent"])).slugs).toEqual(["europe", "world"])
    expect((await classified(["europe", "Europe", "sports"])).slugs).toEqual(["europe", "sports", "world"])
  })

  test("a publisher's own alias wins over the aliases for all, and applies to that publisher only", async () => {
    await admin("POST", "/sections/health/aliases", { names: ["Sports", "Sport & Games", "Fitness"], publisher: "two" })
    for (const name of ["Sports", "Sport & Games", "Fitness"])
      expect((await classified([name], two)).slugs).toEqual(["health"])
    expect((await classified(["Sport & Games"])).slugs).toEqual(["sports"])
    expect((await classified(["Fitness"])).slugs).toEqual(["world"])
  })

  test("the name of a section does not hide the slug of another", async () => {
    await section("science", { names: { en: "Natural science" } })
    await section("science-fiction", { names: { en: "Books", fr: "science" } })
    expect((await classified(["science"])).slugs).toEqual(["science"])
    expect((await classified(["Books"])).slugs).toEqual(["science-fiction"])
  })

  test("the former slug of a section still leads to it", async () => {
    await section("soccer-old", { names: { en: "Association Football" } })
    expect((await classified(["soccer-old"])).slugs).toEqual(["soccer-old"])
    await admin("PATCH", "/sections/soccer-old", { slug: "soccer" })
    expect(await classified(["Soccer-Old"])).toMatchObject({ slugs: ["soccer"], warnings: undefined })
  })

  test("unknown ones become tags, the article is in the default section, and the sender gets a warning", async () => {
    const { slugs, warnings, guid } = await classified(["Gardening & Co"])
    expect(slugs).toEqual(["world"])
    expect(warnings).toEqual(['the section "Gardening & Co" is unknown here: it became a tag'])
    const item = await inFeed("/sections/world/feed", guid)
    expect(item.tags).toContain("Gardening & Co")
    // If another category is a section, the unknown one is only a tag.
    expect(await classified(["Gardening & Co", "sports"])).toMatchObject({ slugs: ["sports"], warnings })
    // Without a default section, the article is only in the publisher's feed and in the feed of all articles.
    expect((await classified(["Gardening & Co"], two)).slugs).toEqual([])
    expect((await classified([], two)).slugs).toEqual([])
    expect(await classified([])).toMatchObject({ slugs: ["world"], warnings: undefined })
  })
})

describe("deletions", () => {
  const DELETE = { type: "article.deleted" }

  test("remove the article from every feed, and its content from D1", async () => {
    const item = article({ id: "goner", title: "Unforgettable headline", _feedwire: { sections: ["europe"] } })
    const made = await push(one, item)
    const deletion = await push(one, { id: "goner" }, DELETE)
    expect(first(deletion)).toMatchObject({ id: first(made).id, outcome: "deleted", feeds: [] })
    for (const feed of ["/feed", "/sections/europe/feed", "/sections/world/feed", "/publishers/one/feed"]) {
      expect((await send(`${feed}.atom`)).text).not.toContain("Unforgettable")
    }
    const { articles, bodies, memberships } = await everything()
    expect(memberships).not.toHaveLength(0)
    expect(JSON.stringify([articles, bodies, memberships])).not.toContain("Unforgettable")
    expect(first(await push(one, { id: "goner" }, DELETE)).outcome).toBe("unchanged")
  })

  test("of an unknown article are stored, so that its late publication is stale", async () => {
    const early = article({ id: "unborn", date_published: "2026-11-01T00:00:00Z" })
    const deletion = await push(one, { id: "unborn" }, { ...DELETE, timestamp: "2026-11-02T00:00:00Z" })
    expect([deletion.status, first(deletion).outcome]).toEqual([200, "deleted"])
    const late = await push(one, early, { timestamp: "2026-11-01T00:00:01Z" })
    expect([first(late).outcome, first(late).feeds]).toEqual(["stale", []])
    expect(await inFeed("/feed", "unborn")).toBeUndefined()
  })

  test("are undone by a later publication, which creates the article again with the same id", async () => {
    const item = article({ id: "lazarus", date_modified: "2026-11-09T00:00:00Z" })
    const made = await push(one, item)
    await push(one, { id: "lazarus", date_modified: "2026-11-10T00:00:00Z" }, DELETE)
    const back = await push(one, { ...item, title: "Back again", date_modified: "2026-11-11T00:00:00Z" })
    expect([first(back).id, first(back).outcome]).toEqual([first(made).id, "created"])
    const entry = await inFeed("/feed", "lazarus")
    expect([entry.title, Date.parse(entry.date_published)]).toEqual([
      "Back again",
      Date.parse(item.date_published as string),
    ])
  })

  test("are undone by a later publication without date_modified, which has the time of its message", async () => {
    const item = article({ id: "there-and-back" })
    await push(one, item, { timestamp: "2026-11-10T00:00:00Z" })
    await push(one, { id: "there-and-back" }, { ...DELETE, timestamp: "2026-11-11T00:00:00Z" })
    const late = await push(one, { ...item, title: "Late" }, { timestamp: "2026-11-10T12:00:00Z" })
    expect([first(late).outcome, first(late).detail]).toEqual(["stale", expect.stringContaining("date_modified")])
    const back = await push(one, item, { timestamp: "2026-11-12T00:00:00Z" })
    expect(first(back).outcome).toBe("created")
    expect((await inFeed("/feed", "there-and-back")).title).toBe(item.title)
  })

  test("need only an id, and apply only to articles of their publisher", async () => {
    await push(one, article({ id: "mine" }))
    await push(two, { id: "mine", title: 7, url: "nonsense" }, DELETE)
    expect(await inFeed("/feed", "mine")).toBeDefined()
    expect(pointers(await push(one, {}, DELETE))).toEqual(["/data/id"])
  })
})

describe("several versions of one article in a message", () => {
  const v = (title: string, day: number) =>
    article({ id: "double", title, url: "https://one.example/d", date_modified: `2026-11-0${day}T00:00:00Z` })

  test("only the newest is stored, wherever it is; the others are stale, and the answer says where it is", async () => {
    const sent = await push(one, [v("Middle", 2), v("Newest", 3), v("Oldest", 1), article()])
    expect(outcomes(sent)).toEqual(["stale", "created", "stale", "created"])
    expect(sent.json.results[0].warnings).toEqual(["another version of this article is at /data/1"])
    expect((await inFeed("/feed", "double")).title).toBe("Newest")
  })

  test("two equal versions are one article and one unchanged result", async () => {
    const item = article({ id: "echo" })
    expect(outcomes(await push(one, [item, item])).sort()).toEqual(["created", "unchanged"])
    expect(outcomes(await push(one, [item, item]))).toEqual(["unchanged", "unchanged"])
  })

  test("a rejected version does not prevent a valid one", async () => {
    const sent = await push(one, [{ id: "half", title: 1 }, article({ id: "half" })])
    expect(outcomes(sent)).toEqual(["rejected", "created"])
  })
})

describe("limits", () => {
  /** A rate limiter that allows this number of requests for each key. */
  function limiter(limit: number) {
    const counts = new Map<string, number>()
    return {
      counts,
      limit: async ({ key }: { key: string }) => {
        counts.set(key, (counts.get(key) ?? 0) + 1)
        return { success: (counts.get(key) ?? 0) <= limit }
      },
    }
  }

  test("a publisher that exceeds its limit gets 429, and nothing of the message is stored", async () => {
    const bindings = { ...env, PUBLISHER_RATE: limiter(2) } as Env
    expect((await push(one, article(), { bindings })).status).toBe(200)
    expect((await send("/push/one/articles", bearer(one), bindings)).status).toBe(200)
    const before = await everything()
    const sent = await push(one, article({ id: "too-many" }), { bindings, id: "waits" })
    expect([sent.status, sent.json.code]).toEqual([429, "too_many_requests"])
    expect(sent.headers.get("retry-after")).toBe("60")
    expect(sent.headers.get("ratelimit-policy")).toBe('"default";q=60;w=60')
    expect(await everything()).toEqual(before)
    expect((await push(two, article(), { bindings })).status).toBe(200)
    expect(first(await push(one, article({ id: "too-many" }), { id: "waits" })).outcome).toBe("created")
  })

  test("a flood of unauthenticated requests for a publisher does not use up the publisher's limit", async () => {
    const unauthenticated = limiter(30)
    const publishers = limiter(3)
    const bindings = { ...env, UNAUTHENTICATED_RATE: unauthenticated, PUBLISHER_RATE: publishers } as unknown as Env
    const text = message(article())
    const flood: number[] = []
    for (let i = 0; i < 35; i++) {
      const headers = { ...JSON_TYPE, ...(await signedHeaders(text, two.secret)), "cf-connecting-ip": "192.0.2.1" }
      const sent = await send("/push/one", { method: "POST", headers, body: text }, bindings)
      flood.push(sent.status)
      if (sent.status === 429) expect(sent.headers.get("retry-after")).toBe("60")
    }
    expect(flood).toEqual([...Array(30).fill(401), ...Array(5).fill(429)])
    expect([...unauthenticated.counts]).toEqual([["192.0.2.1", 35]])
    expect(publishers.counts.size).toBe(0)
    // The publisher's own push is accepted from the same address.
    const headers = { ...JSON_TYPE, ...(await signedHeaders(text, one.secret)), "cf-connecting-ip": "192.0.2.1" }
    expect((await send("/push/one", { method: "POST", headers, body: text }, bindings)).status).toBe(200)
  })
})

describe("when a store fails", () => {
  const LOST = new Error("D1_ERROR: Network connection lost.")

  /** D1 in which the batches with certain numbers fail. */
  function failing(broken: (turn: number) => "before" | "after" | undefined): Env {
    let turn = 0
    const db = {
      prepare: (query: string) => env.DB.prepare(query),
      batch: async (statements: D1PreparedStatement[]) => {
        const when = broken(++turn)
        if (when === "before") throw LOST
        const results = await env.DB.batch(statements)
        if (when === "after") throw LOST
        return results
      },
    }
    return { ...env, DB: db as unknown as D1Database }
  }

  /** D1 in which every statement fails. */
  function dead(): Env {
    const statement: Record<string, unknown> = { bind: () => statement }
    for (const name of ["all", "run", "raw", "first"]) statement[name] = () => Promise.reject(LOST)
    const db = { prepare: () => statement, batch: () => Promise.reject(LOST) }
    return { ...env, DB: db as unknown as D1Database }
  }

  function expectUnavailable(sent: Answer): void {
    expect([sent.status, sent.json.code]).toEqual([503, "storage_unavailable"])
    expect(Number(sent.headers.get("retry-after"))).toBeGreaterThan(0)
    expect(sent.text).not.toMatch(/D1_|Network|select|insert|put:|10001/i)
    expect(sent.json.request_id).toBeTruthy()
  }

  test.each([
    [1, "that authenticates"],
    [2, "that reads"],
    [3, "that writes"],
  ])("D1 fails at batch %d, %s: 503, nothing is stored, and the retry is treated as new", async (turn) => {
    const { r2: _, ...before } = await everything()
    const body = message(article({ id: `failing-${turn}` }))
    const id = `failing-${turn}`
    const sent = await pushRaw(one, body, { id, bindings: failing((at) => (at === turn ? "before" : undefined)) })
    expectUnavailable(sent)
    const { r2: __, ...after } = await everything()
    expect(after).toEqual(before)
    const retried = await pushRaw(one, body, { id })
    expect([first(retried).outcome, retried.headers.get("webhook-repeated")]).toEqual(["created", null])
  })

  test("if the answer of D1 is lost, the retry is a replay, and the article is there once", async () => {
    const body = message(article({ id: "lost-answer" }))
    const bindings = failing((turn) => (turn === 3 ? "after" : undefined))
    expectUnavailable(await pushRaw(one, body, { id: "lost", bindings }))
    const retried = await pushRaw(one, body, { id: "lost" })
    expect([first(retried).outcome, retried.headers.get("webhook-repeated")]).toEqual(["created", "true"])
    expect(await inFeed("/feed", "lost-answer")).toBeDefined()
  })

  test("without D1 publishers and readers get 503, never 401", async () => {
    expectUnavailable(await push(one, article(), { bindings: dead() }))
    expectUnavailable(await send("/push/one/articles", bearer(one), dead()))
    expectUnavailable(await send("/publishers/archive/feed.rss", {}, dead()))
  })

  test.each([
    "put: We encountered an internal error. Please try again. (10001)",
    "put: Unspecified error (0)",
    "internal error; reference = abc",
  ])("R2 fails with “%s”: 503, nothing in D1", async (failure) => {
    const { r2: _, ...before } = await everything()
    const RECEIVED = { put: () => Promise.reject(new Error(failure)) } as unknown as R2Bucket
    const body = message(article())
    const id = crypto.randomUUID()
    expectUnavailable(await pushRaw(one, body, { id, bindings: { ...env, RECEIVED } }))
    const { r2: __, ...after } = await everything()
    expect(after).toEqual(before)
    expect(first(await pushRaw(one, body, { id })).outcome).toBe("created")
  })
})
