/** Tests that a search is a feed: in three formats, newest first, with the validator of the search and older pages. */
import { env } from "cloudflare:workers"
import { describe, expect, test } from "vitest"
import { readAtom, readJson, readRss } from "../unit/formats/reader.ts"
import { HOUR, now, rfc3339, wait } from "./clock.ts"
import { ask, one, publish, publishBehind, remove, two } from "./search-wire.ts"
import { prepareSearch } from "./searches.ts"
import { admin, ORIGIN, send, sweep } from "./world.ts"

prepareSearch()

const titlesIn = async (query: string): Promise<string[]> => {
  const sent = await send(`/feed.json?${query}`)
  expect([query, sent.status, sent.text.slice(0, 300)]).toEqual([query, 200, expect.anything()])
  return sent.json.items.map(({ title }: { title: string }) => title)
}

describe("a search as a feed", () => {
  test("has the newest results first, the same in all formats, and a title that names the words", async () => {
    await publish(one, { title: "Rain in Beirut", date_published: rfc3339(now - 3 * HOUR) })
    await publish(two, { title: "Beirut, Beirut, Beirut", date_published: rfc3339(now - 5 * HOUR) })
    await publish(one, { title: "A port", content_html: "<p>The port of Beirut</p>" })
    const titles = ["A port", "Rain in Beirut", "Beirut, Beirut, Beirut"]
    const [rss, atom, json] = await Promise.all(["rss", "atom", "json"].map((each) => send(`/feed.${each}?q=beirut`)))
    expect(readRss(rss?.text ?? "").entries.map(({ title }) => title)).toEqual(titles)
    expect(readAtom(atom?.text ?? "").entries.map(({ title }) => title)).toEqual(titles)
    expect(readJson(json?.text ?? "").entries.map(({ title }) => title)).toEqual(titles)
    expect(json?.json).toMatchObject({
      title: `“beirut” — ${env.WIRE_TITLE}`,
      home_page_url: `${ORIGIN}/search?q=beirut`,
      feed_url: `${ORIGIN}/feed.json?q=beirut`,
    })
    expect(json?.json.next_url).toBeUndefined()
    expect(json?.headers.get("cache-control")).toBe("public, max-age=60")
    expect(json?.headers.get("cache-tag")).toBe("all,wire")
  })

  test("may be combined with everything that selects articles, and has the full text or the summary", async () => {
    await publish(one, {
      title: "Harbour",
      date_published: rfc3339(now - HOUR),
      tags: ["ports"],
      authors: [{ name: "Jane" }],
      _feedwire: { sections: ["europe"] },
    })
    await publish(two, { title: "Harbours", language: "fr" })
    expect(await titlesIn("q=harbour")).toEqual(["Harbours", "Harbour"])
    expect(await titlesIn("q=%22harbour%22")).toEqual(["Harbour"])
    for (const [query, expected] of [
      ["q=harbour&section=world", ["Harbour"]],
      ["not=europe&q=harbour", ["Harbours"]],
      ["publisher=two&q=harbour", ["Harbours"]],
      ["lang=fr&q=harbour", ["Harbours"]],
      ["q=harbour&tag=ports", ["Harbour"]],
      ["author=Jane&q=harbour", ["Harbour"]],
      ["q=harbour%20-harbours", ["Harbour"]],
      ["lang=ar&q=harbour", []],
    ] as const)
      expect([query, await titlesIn(query)]).toEqual([query, expected])
    const [full, summary] = [await send("/feed.json?q=harbour"), await send("/feed.json?content=summary&q=harbour")]
    expect(full.json.items[0].content_html).toContain("<p>")
    expect(summary.json.items[0].content_html).toBeUndefined()
    expect(summary.json.items).toHaveLength(2)
  })

  test.each([
    ["/feed.rss?q=RAIN", "/feed.rss?q=rain"],
    ["/feed.rss?q=rain%20beirut%20Rain", "/feed.rss?q=beirut%20rain"],
    ["/feed.atom?q=القاهرة", `/feed.atom?q=${encodeURIComponent("قاهره")}`],
    ["/sections/world/feed.json?q=Zürich", "/feed.json?q=zurich&section=world"],
    ["/feed.rss?q=-Sport+a&utm_source=x", "/feed.rss?q=a%20-sport"],
    ["/feed.rss?q=new-york", "/feed.rss?q=%22new%20york%22"],
    ["/feed?q=Rain", "/feed.rss?q=rain"],
  ])("at %s is redirected to %s", async (spelling, canonical) => {
    const sent = await send(spelling)
    expect([sent.status, sent.headers.get("location")]).toEqual([301, ORIGIN + canonical])
  })

  test.each([
    ["/feed.rss?q=", 400, "invalid_parameter", /empty/],
    ["/feed.rss?q=-a", 400, "invalid_parameter", /only excludes/],
    ["/feed.rss?q=a&q=b", 400, "invalid_parameter", /once/],
    [`/feed.rss?q=${"x".repeat(201)}`, 400, "invalid_parameter", /at most 200/],
    [
      `/feed.rss?q=${Array.from({ length: 11 }, (_, no) => `ﷺ${no}`).join("+")}`,
      400,
      "invalid_parameter",
      /fewer words/,
    ],
    ["/feed.rss?q=a&section=wrld", 400, "invalid_parameter", /world/],
    ["/archives/1/feed.rss?q=a", 400, "invalid_parameter", /no archives/],
    ["/feed.rss?after=x&q=a", 400, "invalid_parameter", /after/],
  ])("at %s is a problem, also for a browser", async (path, status, code, detail) => {
    const sent = await send(path, { headers: { accept: "text/html" } })
    expect([sent.status, sent.json?.code, sent.headers.get("content-type")]).toEqual([
      status,
      code,
      "application/problem+json; charset=utf-8",
    ])
    expect(sent.json.detail).toMatch(detail)
  })

  test("gives older results page by page, also if many were published in the same minute", async () => {
    const guids = Array.from({ length: 47 }, (_, no) => `flood-${no}`)
    await publish(
      one,
      ...guids.map((id, no) => ({ id, title: id, tags: ["flood"], date_published: rfc3339(now - (no % 5) * 7000) })),
    )
    const found: string[] = []
    const dates: number[] = []
    let pages = 0
    for (let url: string | undefined = "/feed.json?limit=10&q=flood"; url !== undefined; pages++) {
      const { json } = await send(url)
      found.push(...json.items.map(({ title }: { title: string }) => title))
      const times = json.items.map((item: { date_published: string }) => Date.parse(item.date_published))
      expect(times).toEqual([...times].sort((a, b) => b - a))
      dates.push(...times.map((time: number) => Math.floor(time / 60_000)))
      url = json.next_url
      expect(pages).toBeLessThan(6)
    }
    expect([found.length, new Set(found).size, pages]).toEqual([47, 47, 5])
    expect(dates).toEqual([...dates].sort((a, b) => b - a))
  })

  test("keeps its validator until a result or the index changes, and shows no deleted entry and no delta", async () => {
    await publish(one, { id: "gone", title: "Comet" }, { id: "kept", title: "Comets" })
    const first = await send("/feed.atom?q=comet")
    const tag = first.headers.get("etag") ?? ""
    const again = () => send("/feed.atom?q=comet", { headers: { "if-none-match": tag, "a-im": "feed" } })
    expect((await again()).status).toBe(304)
    wait(HOUR)
    await publishBehind(two, { title: "Comet of the other" })
    const between = await again()
    expect([between.status, between.headers.get("etag") === tag]).toEqual([200, false])
    const pending = between.headers.get("etag") ?? ""
    await sweep()
    const indexed = await send("/feed.atom?q=comet", { headers: { "if-none-match": pending } })
    expect([indexed.status, readAtom(indexed.text).entries.length]).toEqual([200, 3])
    await remove(one, "gone")
    const after = await again()
    expect([after.status, after.headers.get("im")]).toEqual([200, null])
    expect(readAtom(after.text).entries.map(({ title }) => title)).toEqual(["Comet of the other", "Comets"])
    expect(after.text).not.toMatch(/deleted-entry|prev-archive/)
  })

  test("finds no text that a publisher does not share, and no withdrawn article before the index knows it", async () => {
    await publish(two, { id: "secret", title: "Open", summary: "Shared", content_html: "<p>Hiddenword</p>" })
    expect(await titlesIn("q=hiddenword")).toEqual(["Open"])
    await admin("PATCH", "/publishers/two", { redistribution: "summary" })
    expect(await titlesIn("q=hiddenword")).toEqual([])
    await admin("PATCH", "/publishers/two", { redistribution: "full" })
    await sweep()
    await sweep()
    expect(await titlesIn("q=hiddenword")).toEqual(["Open"])
  })
})

describe("the charge for a search", () => {
  const limiter = () => {
    const keys: string[] = []
    return { keys, READER_RATE: { limit: async ({ key }: { key: string }) => ({ success: keys.push(key) <= 2 }) } }
  }
  const reader = { headers: { "cf-connecting-ip": "192.0.2.77" } }

  test("is one request of the reader's limit, and other feeds and answers from memory are free", async () => {
    await publish(one, { title: "Charged" })
    const { keys, READER_RATE } = limiter()
    const bindings = { ...env, READER_RATE, REMEMBER_VALIDATORS: "true" } as Env
    const get = (path: string) => send(path, reader, bindings)
    expect((await get("/feed.json")).status).toBe(200)
    expect(keys).toEqual([])
    expect((await get("/feed.json?q=charged")).status).toBe(200)
    expect((await get("/feed.json?q=charged")).headers.get("cache-status")).toMatch(/hit/)
    expect(keys).toEqual(["192.0.2.77"])
    expect((await get("/feed.rss?q=charged")).status).toBe(200)
    const refused = await get("/feed.atom?q=charged")
    expect([refused.status, refused.json.code]).toEqual([429, "too_many_requests"])
    expect(refused.headers.get("retry-after")).toBe("60")
    expect((await get("/feed.json")).status).toBe(200)
  })

  test("is the same if only partners may read the API, because feeds stay open", async () => {
    const { keys, READER_RATE } = limiter()
    const bindings = { ...env, READER_RATE, API_ACCESS: "partners" } as Env
    expect((await send("/feed.json?q=charged", reader, bindings)).status).toBe(200)
    expect(
      (await ask("charged", {}, { ...bindings, UNAUTHENTICATED_RATE: READER_RATE } as unknown as Env)).status,
    ).toBe(401)
    expect(keys).toEqual(["192.0.2.77", "unknown"])
  })
})
