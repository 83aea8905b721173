/** Tests that a client that merges a delta (RFC 3229, `A-IM: feed`) into its articles has the whole feed. */
import { env } from "cloudflare:workers"
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest"
import { forgetValidators } from "../../src/http/edge-cache.ts"
import { readAtom, readRss } from "../unit/formats/reader.ts"
import { Client, guidsOf, idsOf, prepare, publish, row, START, withdraw } from "./delta-client.ts"
import { expectConsistent } from "./wire-state.ts"
import { type Answer, admin, counted, ORIGIN, send } from "./world.ts"

beforeAll(prepare)

describe("a delta", () => {
  test("contains a new article, a correction and the tombstone of a withdrawn one, and nothing else", async () => {
    await publish(...row("world", 20))
    const client = new Client("/sections/world/feed.json")
    await client.poll()
    await publish({ guid: "fresh", published: 100 })
    await publish({ guid: "world-3", published: 3 })
    await withdraw("world-5")
    const delta = await client.poll()
    expect([delta.status, guidsOf(delta)]).toEqual([226, ["fresh", "world-3"]])
    expect(delta.json._feedwire.deleted).toHaveLength(1)
    await client.expectCurrent()
    expect((await client.poll()).status).toBe(304)
  })

  test("is the same in every format, except that RSS has no tombstones", async () => {
    const formats = ["rss", "atom", "json"]
    const tags = await Promise.all(
      formats.map(async (format) => (await send(`/sections/world/feed.${format}`)).headers.get("etag") ?? ""),
    )
    await publish({ guid: "fresh-2", published: 101 })
    const [rss, atom, json] = (await Promise.all(
      formats.map((format, i) =>
        send(`/sections/world/feed.${format}`, { headers: { "a-im": "feed", "if-none-match": tags[i] as string } }),
      ),
    )) as [Answer, Answer, Answer]
    for (const sent of [rss, atom, json]) {
      expect([sent.status, sent.headers.get("im")]).toEqual([226, "feed"])
      expect(sent.headers.get("content-type")).toMatch(/^application\/(rss\+xml|atom\+xml|feed\+json); charset=utf-8$/)
      expect(sent.headers.get("link")).toContain('rel="self"')
    }
    expect(readRss(rss.text).entries.map(({ id }) => id)).toEqual(idsOf(json))
    expect(readAtom(atom.text).entries.map(({ id }) => id)).toEqual(idsOf(json))
    expect(idsOf(json)).toHaveLength(1)
  })

  test("is answered to HEAD without a body, and content=summary has its own deltas", async () => {
    const path = "/sections/world/feed.json?content=summary"
    const etag = (await send(path)).headers.get("etag") ?? ""
    await publish({ guid: "fresh-3", published: 102 })
    const headers = { "a-im": "feed", "if-none-match": etag }
    const get = await send(path, { headers })
    expect([get.status, guidsOf(get), "content_html" in get.json.items[0]]).toEqual([226, ["fresh-3"], false])
    const head = await send(path, { headers, method: "HEAD" })
    expect([head.status, head.text, head.headers.get("etag")]).toEqual([226, "", get.headers.get("etag")])
  })

  test("contains an article that moves up into the feed, although amended older articles are in it", async () => {
    await publish(...row("rise", 60))
    await publish({ guid: "rise-0", published: 0, sections: ["rise"] })
    const client = new Client("/sections/rise/feed.json")
    await client.poll()
    await withdraw("rise-40")
    await client.poll()
    await client.expectCurrent()
  })

  test("contains an article that moves up because another one got an earlier date", async () => {
    await publish(...row("dated", 60).map((data) => ({ ...data, published: data.published + 100 })))
    const client = new Client("/feed.json?limit=20&section=dated,small")
    await client.poll()
    await publish({ guid: "dated-59", published: 1, sections: ["dated"] })
    await client.poll()
    await client.expectCurrent()
  })

  test("lists an article that left one of two intersected scopes and stayed in the other", async () => {
    await publish(...row("crossed", 20, { language: "fr" }), ...row("apart", 60))
    // The list of French articles is shorter, so the scan reads it, not the list that the article leaves.
    await publish(...row("crossed", 20).map((data) => ({ ...data, guid: `english-${data.guid}` })))
    const client = new Client("/feed.json?lang=fr&section=crossed")
    await client.poll()
    await publish({ guid: "crossed-7", published: 7, sections: ["apart"], language: "fr" })
    await client.poll()
    await client.expectCurrent()
  })

  test("lists an article that moved into an excluded section", async () => {
    const client = new Client("/feed.json?not=sports&section=apart")
    await client.poll()
    await publish({ guid: "apart-50", published: 50, sections: ["apart", "sports"] })
    await client.poll()
    await client.expectCurrent()
  })

  test("is complete with more amendments than the entries of a short feed", async () => {
    await publish(...row("small", 20))
    const client = new Client("/sections/small/feed.json?limit=5")
    await client.poll()
    await withdraw("small-19")
    for (const n of [0, 1, 2, 3, 4]) await publish({ guid: `small-${n}`, published: n, sections: ["small"] })
    await client.poll()
    await client.expectCurrent()
  })

  test("is complete with more amendments than any feed lists", async () => {
    await publish(...row("many", 99), ...row("tombs", 1, { sections: ["many"] }))
    await publish(
      ...row("many", 60).map((data) => ({ ...data, guid: `more-${data.guid}`, published: data.published + 200 })),
    )
    const client = new Client("/sections/many/feed.json")
    await client.poll()
    await withdraw("more-many-59")
    await publish(...row("many", 55))
    await client.poll()
    await client.expectCurrent()
  })
})

describe("a client gets the whole feed", () => {
  const PATH = "/sections/sports/feed.json"
  let base: string
  let current: string
  const ask = (ifNoneMatch: string | undefined, aIm = "feed", path = PATH) =>
    send(path, { headers: { "a-im": aIm, ...(ifNoneMatch !== undefined && { "if-none-match": ifNoneMatch }) } })

  beforeAll(async () => {
    await publish(
      ...row("sports", 10, { sections: ["sports"] }).map((data) => ({ ...data, published: data.published + 2000 })),
    )
    base = (await send(PATH)).headers.get("etag") ?? ""
    await publish({ guid: "sports-new", published: 2100, sections: ["sports"] })
    current = (await send(PATH)).headers.get("etag") ?? ""
  })

  test.each([
    "feed",
    "FEED",
    " feed ",
    "vcdiff, feed",
    "feed, gzip",
    "feed;q=0.5",
    "feed; q=1.0",
    "vcdiff;q=1,feed;q=0.1",
  ])("unless it sends A-IM: %s", async (accepted) => {
    expect([(await ask(base, accepted)).status, (await ask(`W/${base}`, accepted)).status]).toEqual([226, 226])
  })

  test.each(["", "feed;q=0", "feed; q=0.0", "feeds", "xfeed", "diffe", "feed=1", '"feed"'])(
    "if it sends A-IM: %s",
    async (accepted) => {
      const sent = await ask(base, accepted)
      expect([sent.status, sent.headers.get("im"), sent.headers.get("vary")]).toEqual([200, null, "A-IM"])
      expect(sent.headers.get("cdn-cache-control")).toContain("max-age")
    },
  )

  test("if its ETag is missing, of another deployment or version, forged, one of several, or *", async () => {
    const [epoch = "", revision = "", version = "", fingerprint = ""] = base.slice(1, -1).split(".")
    const whole = JSON.stringify((await send(PATH)).json)
    const unclear = [
      undefined,
      '"unknown"',
      '""',
      `"0123456789.${revision}.${version}.${fingerprint}"`,
      `"${epoch}.${revision}.0.${fingerprint}"`,
      `"${epoch}.${revision}.${version}.other"`,
      `"${epoch}.-1.${version}.${fingerprint}"`,
      `"${epoch}.1e3.${version}.${fingerprint}"`,
      `"${epoch}.99999999.${version}.${fingerprint}"`,
      `"${epoch}..${version}.${fingerprint}"`,
      `${base}, "${epoch}.1.${version}.${fingerprint}"`,
      base.slice(1, -1),
      // The ETag is so old that everything has changed, and the delta would be the whole feed.
      `"${epoch}.0.${version}.${fingerprint}"`,
    ]
    for (const tag of unclear) {
      const sent = await ask(tag)
      expect([tag, sent.status, sent.headers.get("im")]).toEqual([tag, 200, null])
      expect(JSON.stringify(sent.json)).toBe(whole)
      expect(sent.headers.get("etag")).toBe(current)
    }
    for (const tag of [current, `W/${current}`, `${base}, ${current}`, "*"]) expect((await ask(tag)).status).toBe(304)
  })

  test("if it asks for a page or an archive, or by date", async () => {
    const next = (await send(`${PATH}?limit=3`)).json.next_url
    const page: Answer = await send(next)
    await publish({ guid: "sports-2", published: 2002, sections: ["sports"] })
    const sent = await ask(page.headers.get("etag") ?? "", "feed", next)
    expect([sent.status, sent.headers.get("im")]).toEqual([200, null])
    const since = { "a-im": "feed", "if-modified-since": new Date(START).toUTCString() }
    expect((await send(PATH, { headers: since })).status).toBe(200)
  })

  test("if its ETag is from before a change of section names", async () => {
    const client = new Client(PATH)
    await client.poll()
    await publish({ guid: "sports-named", published: 2101, sections: ["sports"] })
    expect((await admin("PATCH", "/sections/sports", { names: { en: "Sport and games" } })).status).toBe(200)
    expect((await client.poll()).status).toBe(200)
    await client.expectCurrent()
    await publish({ guid: "sports-named-2", published: 2102, sections: ["sports"] })
    expect((await client.poll()).status).toBe(226)
    await client.expectCurrent()
  })

  test("if its ETag is from before a restore, because another epoch validates nothing", async () => {
    const client = new Client(PATH)
    await client.poll()
    await publish({ guid: "sports-restored", published: 2103, sections: ["sports"] })
    const { epoch } = (await env.DB.prepare("select epoch from wire").first<{ epoch: string }>()) ?? { epoch: "" }
    await env.DB.prepare("update wire set epoch = 'ffffffffff'").run()
    expect((await client.poll()).status).toBe(200)
    await env.DB.prepare("update wire set epoch = ?").bind(epoch).run()
    // Validators are cached for a second, and the test restores a backup faster than a person could.
    forgetValidators()
    expect((await client.poll()).status).toBe(200)
    await client.expectCurrent()
  })
})

describe("caches and deltas", () => {
  test("every answer varies by A-IM, and only a delta is not cacheable because of it", async () => {
    const etag = (await send("/feed.json")).headers.get("etag") ?? ""
    await publish({ guid: "varied", published: 3000 })
    const answers: [number, string, Record<string, string>][] = [
      [200, "/feed.json", {}],
      [226, "/feed.json", { "if-none-match": etag }],
      [304, "/feed.json", { "if-none-match": "*" }],
      [301, "/FEED.json", {}],
      [301, "/feed.json?section=world", {}],
      [400, "/feed.json?limit=0", {}],
      [400, "/feed.json?section=sports,wrld", {}],
      [400, "/feed.json?what=1", {}],
      [404, "/sections/nowhere/feed.json", {}],
      [404, "/archives/999/feed.json", {}],
    ]
    for (const [status, path, headers] of answers) {
      const answer = await send(path, { headers: { ...headers, "a-im": "feed" } })
      expect([path, answer.status, answer.headers.get("vary")]).toEqual([path, status, "A-IM"])
      const plain = await send(path, { headers })
      const caching = ({ headers }: Answer) =>
        ["cache-control", "cdn-cache-control", "cache-tag"].map((n) => headers.get(n))
      expect([path, caching(answer)]).toEqual([
        path,
        status === 226 ? ["private, no-store", null, null] : caching(plain),
      ])
      expect([path, plain.status, plain.headers.get("vary")]).toEqual([path, status === 226 ? 200 : status, "A-IM"])
      expect(plain.headers.get("access-control-expose-headers")).toContain("IM")
    }
  })

  test("a delta is never cached as the whole feed", async () => {
    const etag = (await send("/feed.json")).headers.get("etag") ?? ""
    await publish({ guid: "cached", published: 3001 })
    expect((await send("/feed.json", { headers: { "a-im": "feed", "if-none-match": etag } })).status).toBe(226)
    const whole = await send("/feed.json")
    expect([whole.status, whole.json.items.length > 40, whole.json.feed_url]).toEqual([
      200,
      true,
      `${ORIGIN}/feed.json`,
    ])
  })
})

describe("a client that sends A-IM with every request", () => {
  const PATH = "/sections/rise/feed.json"
  /** With Workers Cache in front, every request asks D1. */
  const edge = { purge: async () => ({ success: true }) }
  const statusOf = ({ headers }: Answer) => headers.get("cache-status")
  let versions = 0
  /** The previous and the current ETag. */
  const change = async (): Promise<[old: string, current: string]> => {
    const old = (await send(PATH)).headers.get("etag") ?? ""
    await publish({ guid: "hot", published: 5000 + ++versions, sections: ["rise"] })
    return [old, (await send(PATH)).headers.get("etag") ?? ""]
  }

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test("gets 20 feeds for the cost of one: one round trip a second, and no rendering", async () => {
    await change()
    const plain = await send(PATH)
    const { bindings, trips } = counted()
    const answers: Answer[] = []
    for (let i = 0; i < 20; i++) answers.push(await send(PATH, { headers: { "a-im": "feed" } }, bindings))
    expect(answers.map(statusOf)).toEqual(Array(20).fill("feedwire; hit; detail=memory"))
    expect(trips).toHaveLength(0)
    for (const { status, text, headers } of answers) {
      expect([status, text === plain.text, headers.get("etag")]).toEqual([200, true, plain.headers.get("etag")])
      expect(headers.get("cdn-cache-control")).toContain("max-age")
    }
    vi.setSystemTime(Date.now() + 1001)
    for (let i = 0; i < 20; i++)
      expect(statusOf(await send(PATH, { headers: { "a-im": "feed" } }, bindings))).toContain("hit")
    expect(trips).toHaveLength(1)
  })

  test("causes one rendering of a cold feed", async () => {
    await publish({ guid: "hot", published: 5000 + ++versions, sections: ["rise"] })
    const { bindings, trips } = counted()
    const answers: Answer[] = []
    for (let i = 0; i < 20; i++) answers.push(await send(PATH, { headers: { "a-im": "feed" } }, bindings))
    expect(answers.map(statusOf)).toEqual(["feedwire; fwd=miss", ...Array(19).fill("feedwire; hit; detail=memory")])
    expect(trips).toHaveLength(1)
  })

  test("gets the same bytes from the same cache for an ETag of an unknown version", async () => {
    const [, current] = await change()
    const [epoch = "", revision = "", version = "", fingerprint = ""] = current.slice(1, -1).split(".")
    const plain = await send(PATH)
    const tags = [
      '"unknown"',
      '""',
      "",
      "garbled",
      "\u00e9",
      `"0123456789.1.${version}.${fingerprint}"`,
      `"${epoch}.1.0.${fingerprint}"`,
      `"${epoch}.1.${version}.other"`,
      `"${epoch}.-1.${version}.${fingerprint}"`,
      `"${epoch}.1e3.${version}.${fingerprint}"`,
      `"${epoch}.${Number(revision) + 1}.${version}.${fingerprint}"`,
      `"${epoch}..${version}.${fingerprint}"`,
      `"${epoch}.1.${version}.${fingerprint}", "${epoch}.2.${version}.${fingerprint}"`,
      current.slice(1, -1),
    ]
    const { bindings, trips } = counted()
    for (const tag of tags) {
      const sent = await send(PATH, { headers: { "a-im": "feed", "if-none-match": tag } }, bindings)
      expect([tag, sent.status, statusOf(sent)]).toEqual([tag, 200, "feedwire; hit; detail=memory"])
      expect(sent.text).toBe(plain.text)
      expect(Object.fromEntries(sent.headers)).toEqual(Object.fromEntries(plain.headers))
      const behind = await send(PATH, { headers: { "a-im": "feed", "if-none-match": tag } }, env, edge)
      expect([tag, behind.status, behind.text === plain.text]).toEqual([tag, 200, true])
      expect(behind.headers.get("cdn-cache-control")).toBe(plain.headers.get("cdn-cache-control"))
    }
    expect(trips).toHaveLength(0)
  })

  test("gets the usual 304 for the current ETag and an uncacheable delta for an old one, with any edge", async () => {
    const [old, current] = await change()
    for (const cache of [undefined, edge]) {
      const ask = (tag: string, more = {}) => send(PATH, { headers: { "if-none-match": tag, ...more } }, env, cache)
      for (const tag of [current, `W/${current}`, "*", `${old}, ${current}`]) {
        const answer = await ask(tag, { "a-im": "feed" })
        expect([tag, answer.status]).toEqual([tag, 304])
        expect(Object.fromEntries(answer.headers)).toEqual(Object.fromEntries((await ask(tag)).headers))
      }
      const delta = await ask(old, { "a-im": "feed" })
      expect([delta.status, delta.headers.get("im"), guidsOf(delta)]).toEqual([226, "feed", ["hot"]])
      expect(delta.headers.get("cache-control")).toBe("private, no-store")
      expect([delta.headers.get("cdn-cache-control"), delta.headers.get("cache-tag")]).toEqual([null, null])
    }
  })

  test("gets the cached feed if no delta is possible from its version", async () => {
    const [old] = await change()
    await withdraw("hot")
    // RSS has no tombstones.
    const path = "/sections/rise/feed.rss"
    const plain = await send(path)
    const { bindings, trips } = counted()
    const sent = await send(path, { headers: { "a-im": "feed", "if-none-match": old } }, bindings)
    expect([sent.status, statusOf(sent), sent.text === plain.text]).toEqual([200, "feedwire; hit; detail=memory", true])
    expect(trips).toHaveLength(1)
  })

  test("gets archives and pages as usual, with any ETag", async () => {
    const [old] = await change()
    const next = (await send(`${PATH}?limit=3`)).json.next_url
    await send(next)
    const { bindings, trips } = counted()
    const sent = await send(next, { headers: { "a-im": "feed", "if-none-match": old } }, bindings)
    expect([sent.status, statusOf(sent), trips.length]).toEqual([200, "feedwire; hit; detail=memory", 0])
  })
})

test("the tables are consistent", expectConsistent)
