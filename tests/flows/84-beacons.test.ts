/** Tests which beacons and links count as views, and what is stored about a reader. */
import { env } from "cloudflare:workers"
import { describe, expect, test, vi } from "vitest"
import { rfc3339 } from "../../src/formats/dates.ts"
import { DAY, HOUR, now, until, wait } from "./clock.ts"
import {
  BROWSER,
  beacon,
  deliver,
  from,
  hourOf,
  ids,
  MINUTE,
  one,
  prepareViews,
  queued,
  sent,
  updateLists,
} from "./views.ts"
import { admin, article, counted, ORIGIN, publisher, push, rows, send, sweep } from "./world.ts"

prepareViews()

const GOOGLE = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"

describe("a beacon", () => {
  test("is answered without a body and without a query of the database", async () => {
    const { bindings, trips } = counted(queued)
    const id = "a".repeat(32)
    const answered = await beacon([id, `tag:feeds.example,2026:${"b".repeat(32)}`, id], from("192.0.2.1"), bindings)
    expect([answered.status, answered.text]).toEqual([202, ""])
    expect(answered.headers.get("cache-control")).toBe("private, no-store")
    expect(answered.headers.get("access-control-allow-origin")).toBe("*")
    expect(answered.headers.get("set-cookie")).toBeNull()
    expect(trips).toEqual([])
    expect(sent).toEqual([
      {
        hour: hourOf(now),
        views: [
          [id, expect.any(Number)],
          ["b".repeat(32), expect.any(Number)],
        ],
      },
    ])
  })

  test("may be sent as JSON, as text, or without a type", async () => {
    const body = JSON.stringify({ articles: ["c".repeat(32)] })
    for (const type of ["application/json", "text/plain;charset=UTF-8", "Text/Plain", undefined]) {
      const headers: Record<string, string> = {
        ...from("192.0.2.1"),
        ...(type !== undefined && { "content-type": type }),
      }
      const bytes = new TextEncoder().encode(body)
      expect((await send("/v1/views", { method: "POST", headers, body: bytes }, queued)).status).toBe(202)
    }
    expect(sent).toHaveLength(4)
  })

  test("needs no CORS preflight as text, and passes the preflight as JSON", async () => {
    const origin = { origin: "https://partner.example", "access-control-request-method": "POST" }
    const headers = { ...origin, "access-control-request-headers": "content-type" }
    const preflight = await send("/v1/views", { method: "OPTIONS", headers }, queued)
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get("access-control-allow-methods")).toContain("POST")
    expect(preflight.headers.get("access-control-allow-headers")).toContain("content-type")
  })

  const ID = "d".repeat(32)
  test.each([
    ["a body that is no JSON", "{", 400, "invalid_json", undefined],
    ["a body that is no object", "[]", 400, "invalid_message", [""]],
    ["null", "null", 400, "invalid_message", [""]],
    ["no list", '{"articles":"x"}', 400, "invalid_message", ["/articles"]],
    ["no articles", "{}", 400, "invalid_message", ["/articles"]],
    ["an empty list", '{"articles":[]}', 400, "invalid_message", ["/articles"]],
    ["eleven articles", JSON.stringify({ articles: new Array(11).fill(ID) }), 400, "invalid_message", ["/articles"]],
    [
      "everything at once",
      JSON.stringify({ article: ID, articles: [ID, 5, "x", `${ID}0`, `tag:a/b:${ID}`, null], "a/~": 1 }),
      400,
      "invalid_message",
      ["/article", "/a~1~0", "/articles/1", "/articles/2", "/articles/3", "/articles/4", "/articles/5"],
    ],
    ["more than 4 KiB", JSON.stringify({ articles: [ID] }).padEnd(4097), 413, "body_too_large", undefined],
  ])("of %s is refused with all its errors", async (_, body, status, code, pointers) => {
    const answered = await beacon(body)
    expect([answered.status, answered.json.code]).toEqual([status, code])
    expect(answered.json.errors?.map(({ pointer }: { pointer: string }) => pointer)).toEqual(pointers)
    expect(answered.headers.get("access-control-allow-origin")).toBe("*")
    expect(sent).toEqual([])
  })

  test("of 4 KiB and of ten articles is accepted", async () => {
    const articles = Array.from({ length: 10 }, (_, no) => String(no).padStart(32, "0"))
    expect((await beacon(JSON.stringify({ articles }).padEnd(4096))).status).toBe(202)
    expect(sent[0]?.views).toHaveLength(10)
  })

  test("of another type or with parameters is refused", async () => {
    const form = await beacon([ID], { ...from("192.0.2.1"), "content-type": "application/x-www-form-urlencoded" })
    expect([form.status, form.json.code, form.headers.get("accept")]).toEqual([
      415,
      "unsupported_media_type",
      "application/json, text/plain",
    ])
    const withParameter = await send("/v1/views?articles=x", { method: "POST", body: `{"articles":["${ID}"]}` }, queued)
    expect([withParameter.status, withParameter.json.code]).toEqual([400, "unknown_parameter"])
    expect((await send("/v1/views")).headers.get("allow")).toContain("POST")
  })

  test("is refused and not counted if its address sends too many", async () => {
    const keys: string[] = []
    const READER_RATE = { limit: async ({ key }: { key: string }) => ({ success: keys.push(key) > 2 === false }) }
    const bindings = { ...queued, READER_RATE } as Env
    const statuses = []
    for (let no = 0; no < 3; no++) statuses.push((await beacon([ID], from("192.0.2.9"), bindings)).status)
    expect(statuses).toEqual([202, 202, 429])
    const refused = await beacon([ID], from("192.0.2.9"), bindings)
    expect([refused.json.code, refused.headers.get("retry-after"), refused.headers.get("ratelimit-policy")]).toEqual([
      "too_many_requests",
      "60",
      '"default";q=120;w=60',
    ])
    expect([sent.length, ...new Set(keys)]).toEqual([2, "views:192.0.2.9"])
    // A client with one IPv6 address of a block may use all of them; another block belongs to someone else.
    keys.length = 0
    for (const address of ["2001:db8:1:2::1", "2001:db8:1:2:ffff::7", "2001:db8:1:3::1"])
      await beacon([ID], from(address), bindings)
    expect(keys).toEqual(["views:2001:db8:1:2::/64", "views:2001:db8:1:2::/64", "views:2001:db8:1:3::/64"])
  })

  test("is limited by the same IPv6 block as every other request without a key", async () => {
    const keys: string[] = []
    const limiter = { limit: async ({ key }: { key: string }) => ({ success: keys.push(key) > 0 }) }
    const bindings = { ...env, READER_RATE: limiter, SNAPSHOT_RATE: limiter } as Env
    for (const [path, address] of [
      ["/v1/snapshot", "2001:db8:5:6::1"],
      ["/v1/snapshot", "2001:db8:5:6:7::2"],
      ["/v1/snapshot", "192.0.2.5"],
      ["/v1/tags?prefix=limited", "2001:db8:5:6::3"],
    ] as const) {
      expect((await send(path, { headers: { "cf-connecting-ip": address } }, bindings)).status).toBe(200)
    }
    const link = "2001:db8:5:6::/64"
    expect(keys).toEqual([link, link, "192.0.2.5", link])
  })

  test("with a tag: URI is counted by the hex digits, without a query", async () => {
    expect((await beacon([`tag:other.example,2020:${ID}`])).status).toBe(202)
    expect(sent[0]?.views[0]?.[0]).toBe(ID)
  })

  test("is not acknowledged if it cannot be queued", async () => {
    const broken = {
      send: async () => {
        throw new Error("Queue send failed: internal storage error")
      },
    } as unknown as Queue
    vi.spyOn(console, "error").mockImplementation(() => undefined)
    expect((await beacon([ID], from("192.0.2.1"), { ...env, VIEWS: broken })).status).toBe(503)
  })
})

describe("a program's view", () => {
  const PREFETCHES: Record<string, string>[] = [
    { "sec-purpose": "prefetch" },
    { "sec-purpose": "prefetch;prerender" },
    { purpose: "prefetch" },
    { "x-purpose": "preview" },
    { "x-moz": "prefetch" },
  ]
  const PROGRAMS = [GOOGLE, "curl/8.10.1", "", "facebookexternalhit/1.1", "python-requests/2.32"]

  test("is not counted for a crawler or a prefetch, which gets the same answer", async () => {
    const id = "e".repeat(32)
    for (const headers of [
      ...PROGRAMS.map((agent) => from("192.0.2.1", agent)),
      ...PREFETCHES.map((prefetch) => ({ ...from("192.0.2.1"), ...prefetch })),
    ]) {
      const answered = await beacon([id], headers)
      expect([answered.status, answered.text, headers]).toEqual([202, "", headers])
    }
    expect(sent).toEqual([])
    await beacon([id], { ...from("192.0.2.1"), "sec-purpose": "", purpose: "navigate" })
    expect(sent).toHaveLength(1)
  })

  test("is not counted on links to the publisher's site", async () => {
    const [id] = await ids(one, article())
    for (const headers of [
      ...PROGRAMS.map((agent) => from("192.0.2.1", agent)),
      ...PREFETCHES.map((prefetch) => ({ ...from("192.0.2.1"), ...prefetch })),
    ]) {
      expect((await send(`/r/${id}`, { headers }, queued)).status).toBe(302)
    }
    expect((await send(`/r/${id}`, { method: "HEAD", headers: from("192.0.2.1") }, queued)).status).toBe(302)
    expect(sent).toEqual([])
    await send(`/r/${id}`, { headers: from("192.0.2.1") }, queued)
    expect(sent).toHaveLength(1)
  })
})

describe("a reader", () => {
  const ID = "f".repeat(32)
  const markOf = async (address: string, id = ID): Promise<number> => {
    await beacon([id], from(address))
    return sent.pop()?.views[0]?.[1] as number
  }

  test("is a mark that identifies nobody, and differs for each article and each day", async () => {
    const mark = await markOf("192.0.2.1")
    expect(mark).toBeLessThan(2 ** 17)
    expect(await markOf("192.0.2.1")).toBe(mark)
    wait(11 * HOUR)
    expect(await markOf("192.0.2.1")).toBe(mark)
    const others = [await markOf("192.0.2.2"), await markOf("192.0.2.1", "0".repeat(32))]
    until(Math.ceil(now / DAY) * DAY)
    others.push(await markOf("192.0.2.1"))
    expect(others).not.toContain(mark)
    expect(new Set(others).size).toBe(3)
  })

  test("is the same from any address of an IPv6 block and with any browser", async () => {
    const mark = await markOf("2001:db8:7::1")
    expect(await markOf("2001:db8:7:ffff:1:2:3:4")).toBe(mark)
    expect(await markOf("2001:db8:8::1")).not.toBe(mark)
    await beacon([ID], from("192.0.2.1"))
    await beacon([ID], from("192.0.2.1", BROWSER.replace("140.0", "141.0")))
    expect(sent[0]).toEqual(sent[1])
  })

  test("leaves no address in the queue, the log or the database", async () => {
    const lines: string[] = []
    for (const level of ["log", "error", "warn", "info"] as const) {
      vi.spyOn(console, level).mockImplementation((line) => void lines.push(String(line)))
    }
    const [id] = (await ids(one, article())) as [string]
    await beacon([id], from("203.0.113.77"))
    await send(`/r/${id}`, { headers: from("203.0.113.77") }, queued)
    const mark = String(sent[0]?.views[0]?.[1])
    expect(JSON.stringify(sent)).not.toContain("203.0.113")
    await deliver([...sent, { hour: 1, views: [["203.0.113.77", 1]] }])
    await updateLists()
    const tables = ["views", "view_days", "most_read", "commits", "attempts", "scopes"]
    for (const table of tables) lines.push(JSON.stringify(await rows(`select * from ${table}`)))
    expect(lines.length).toBeGreaterThan(tables.length + 2)
    expect(lines.filter((line) => line.includes("203.0.113"))).toEqual([])
    expect(lines.filter((line) => line.includes('"event"') && line.includes(mark))).toEqual([])
  })
})

describe("/r/", () => {
  const visit = (id: string, init: RequestInit = {}, bindings = queued) =>
    send(`/r/${id}`, { headers: from("192.0.2.1"), ...init }, bindings)

  test("redirects to the address that the publisher stated, in one round trip, and counts a view", async () => {
    const url = "https://one.example/أخبار?a=1&b=%20#top"
    const [id] = (await ids(one, article({ url }))) as [string]
    const { bindings, trips } = counted(queued)
    const answered = await visit(id, {}, bindings)
    expect([answered.status, answered.text]).toEqual([302, ""])
    expect(answered.headers.get("location")).toBe(new URL(url).href)
    expect(answered.headers.get("cache-control")).toBe("private, no-store")
    expect(answered.headers.get("referrer-policy")).toBe("no-referrer-when-downgrade")
    expect(answered.headers.get("set-cookie")).toBeNull()
    expect(trips).toMatchObject([{ statements: 1, rowsWritten: 0 }])
    expect(trips[0]?.rowsRead).toBeLessThanOrEqual(6)
    expect(sent).toEqual([{ hour: hourOf(now), views: [[id, expect.any(Number)]] }])
  })

  test("also accepts the full id, and ignores parameters", async () => {
    const [id] = (await ids(one, article({ url: "https://one.example/whole" }))) as [string]
    const shown = (await send(`/v1/articles/${id}`)).json
    expect(shown.view_url).toBe(`${ORIGIN}/r/${id}`)
    for (const path of [
      shown.id,
      encodeURIComponent(shown.id),
      id.toUpperCase(),
      `${id}?utm_source=x&url=https://evil.example/`,
    ]) {
      const answered = await visit(path)
      expect([answered.status, answered.headers.get("location")]).toEqual([302, "https://one.example/whole"])
    }
  })

  test("is 404 for an article that does not exist, is embargoed, or has no address", async () => {
    const embargo = rfc3339(now + HOUR)
    const [embargoed, without] = (await ids(one, article({ _feedwire: { embargo } }), article({ url: undefined }))) as [
      string,
      string,
    ]
    for (const id of ["0".repeat(32), "x", embargoed, without, `${without}/x`]) {
      expect([id, (await visit(id)).status]).toEqual([id, 404])
    }
    expect(sent).toEqual([])
    wait(2 * HOUR)
    await sweep()
    expect((await visit(embargoed)).status).toBe(302)
  })

  test("accepts no id of another wire, even if it has the digits of an article", async () => {
    const [id] = (await ids(one, article())) as [string]
    const whole = String((await send(`/v1/articles/${id}`)).json.id)
    const [, authority = ""] = /^tag:(.*):/.exec(whole) ?? []
    sent.length = 0
    for (const other of [`evil,2026`, `${authority}0`, authority.replace(/,.*/, ",1999")]) {
      const path = `tag:${other}:${id.toUpperCase()}`
      const answered = await visit(path)
      expect([path, answered.status, answered.json.code]).toEqual([path, 404, "not_found"])
    }
    expect(sent).toEqual([])
    expect((await visit(whole.toUpperCase().replace("TAG", "tag"))).status).toBe(302)
  })

  test("limits requests for unknown articles, and beyond the limit does not query the database", async () => {
    const [id] = (await ids(one, article())) as [string]
    const seen = new Map<string, number>()
    const READER_RATE = {
      limit: async ({ key }: { key: string }) => {
        seen.set(key, (seen.get(key) ?? 0) + 1)
        return { success: (seen.get(key) ?? 0) <= 3 }
      },
    }
    const { bindings, trips } = counted({ ...queued, READER_RATE } as Env)
    const ask = (path: string, address: string) => visit(path, { headers: from(address, GOOGLE) }, bindings)
    const statuses: number[] = []
    for (let no = 0; no < 10; no++) {
      statuses.push((await ask(String(no).padStart(32, "0"), `2001:db8:9:9::${no}`)).status)
    }
    expect(statuses).toEqual([404, 404, 404, ...Array(7).fill(429)])
    expect(trips).toHaveLength(4)
    const refused = await ask(id, "2001:db8:9:9::1")
    expect([refused.json.code, refused.headers.get("retry-after"), refused.headers.get("ratelimit-policy")]).toEqual([
      "too_many_requests",
      "60",
      '"default";q=120;w=60',
    ])
    // Text that is no id costs no query, and other addresses are not limited.
    expect((await ask("x", "2001:db8:9:9::1")).status).toBe(404)
    expect((await ask(id, "2001:db8:9:a::1")).status).toBe(302)
    expect([...seen]).toEqual([["unknown-article:2001:db8:9:9::/64", 4]])
    // The answer is kept only for a while.
    wait(5000)
    expect((await ask(id, "2001:db8:9:9::1")).status).toBe(302)
    // Requests for existing articles are not limited.
    for (let no = 0; no < 10; no++) expect((await ask(id, "192.0.2.44")).status).toBe(302)
    expect(seen.get("unknown-article:192.0.2.44")).toBeUndefined()
  })

  test("is 410 with the tombstone for a withdrawn article, and permanently 404 for a never public one", async () => {
    const [seen, unseen] = (await ids(
      one,
      article({ id: "seen" }),
      article({ id: "unseen", _feedwire: { embargo: rfc3339(now + HOUR) } }),
    )) as [string, string]
    wait(MINUTE)
    await push(one, [{ id: "seen" }, { id: "unseen" }], { type: "article.deleted", timestamp: rfc3339(now) })
    const gone = await visit(seen)
    expect([gone.status, gone.json.code]).toEqual([410, "withdrawn"])
    expect(gone.json.tombstone).toEqual({
      id: expect.stringMatching(new RegExp(`^tag:feeds.example,\\d{4}:${seen}$`)),
      deleted_at: rfc3339(now),
      reason: "withdrawn",
    })
    expect((await visit(unseen)).status).toBe(404)
    expect(sent).toEqual([])
  })

  test("is 410 at once for articles of a removed publisher, before they are withdrawn", async () => {
    const three = await publisher("three", { default_section: "world" })
    const [id] = (await ids(three, article())) as [string]
    await admin("DELETE", "/publishers/three")
    const gone = await visit(id)
    expect([gone.status, gone.json.tombstone]).toEqual([
      410,
      { id: expect.stringContaining(id), deleted_at: rfc3339(now), reason: "publisher_removed" },
    ])
    await sweep()
    expect((await visit(id)).json.tombstone.reason).toBe("publisher_removed")
  })

  test("redirects even if views are not counted, for too many from an address or a failing queue", async () => {
    const [id] = (await ids(one, article())) as [string]
    const READER_RATE = { limit: async () => ({ success: false }) }
    expect((await visit(id, {}, { ...queued, READER_RATE } as Env)).status).toBe(302)
    expect(sent).toEqual([])
    const lines: string[] = []
    vi.spyOn(console, "error").mockImplementation((line) => void lines.push(String(line)))
    const broken = { send: () => Promise.reject(new Error("Queue send failed")) } as unknown as Queue
    expect((await visit(id, {}, { ...env, VIEWS: broken })).status).toBe(302)
    expect(lines.map((line) => JSON.parse(line).event)).toEqual(["view_not_counted"])
  })

  test("is excluded from search engines", async () => {
    expect((await send("/robots.txt")).text).toContain("Disallow: /r/\n")
  })
})
