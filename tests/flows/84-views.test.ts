/** The most read articles: views are counted in batches without identifying readers, and one address cannot change a list. */
import { createExecutionContext, createMessageBatch, getQueueResult, waitOnExecutionContext } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { sql } from "drizzle-orm"
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest"
import { app } from "../../src/app.ts"
import { countViews, type ViewsMessage } from "../../src/articles/views/count-views.ts"
import { readMostRead, selectMostRead } from "../../src/articles/views/most-read.ts"
import { updateMostRead } from "../../src/articles/views/most-read-update.ts"
import { createDbClient } from "../../src/db/client.ts"
import { rfc3339 } from "../../src/formats/dates.ts"
import worker from "../../src/index.ts"
import { DAY, HOUR, now, until, wait } from "./clock.ts"
import { fill } from "./many-articles.ts"
import { expectConsistent } from "./wire-state.ts"
import { WorkersCache } from "./workers-cache.ts"
import {
  type Answer,
  admin,
  article,
  counted,
  migrate,
  ORIGIN,
  type Publisher,
  publisher,
  push,
  rows,
  section,
  send,
  sweep,
} from "./world.ts"

const MINUTE = 60_000
const BROWSER = "Mozilla/5.0 (X11; Linux x64; rv:140.0) Gecko/20100101 Firefox/140.0"
const GOOGLE = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"

/** The queue: each test delivers its messages when it wants to. */
const sent: ViewsMessage[] = []
const VIEWS = { send: async (message: ViewsMessage) => void sent.push(message) } as unknown as Queue
const queued: Env = { ...env, VIEWS }

let one: Publisher
let two: Publisher

/** The ids of articles that are pushed now. */
async function ids(to: Publisher, ...articles: Record<string, unknown>[]): Promise<string[]> {
  const pushed = await push(to, articles)
  return pushed.json.results.map(({ id }: { id: string }) => id.slice(-32))
}

const from = (address: string, agent = BROWSER): Record<string, string> => ({
  "cf-connecting-ip": address,
  "user-agent": agent,
})
/** A mark is a register and one of 32 ranks. */
const registerOf = (mark: number): number => Math.floor(mark / 32)
const addressOf = (no: number): string => `198.51.${Math.floor(no / 250)}.${(no % 250) + 1}`

function beacon(articles: unknown, headers: Record<string, string> = from("192.0.2.1"), bindings = queued) {
  const body = typeof articles === "string" ? articles : JSON.stringify({ articles })
  return send("/v1/views", { method: "POST", headers: { "content-type": "text/plain", ...headers }, body }, bindings)
}

/** Which reader is in a register of an article's sketch of a day. */
const readerOfRegister = new Map<string, number>()

/** This many readers view an article: each in a register of its own, so that the sketch counts them exactly. */
async function view(id: string, readers: number, first = 0): Promise<void> {
  for (let no = first; no < first + readers; no++) {
    for (let address = no; ; address += 1000) {
      await beacon([id], from(addressOf(address)))
      const register = `${Math.floor(now / DAY)} ${id} ${registerOf(sent.at(-1)?.views[0]?.[1] ?? Number.NaN)}`
      const reader = readerOfRegister.get(register) ?? no
      readerOfRegister.set(register, reader)
      if (reader === no) break
      sent.pop()
    }
  }
}

/** Delivers messages as the queue does. */
async function deliver(bodies: unknown[] = sent.splice(0), bindings: Env = env) {
  const all: Awaited<ReturnType<typeof getQueueResult>>[] = []
  for (let at = 0; at < bodies.length; at += 100) {
    const messages = bodies.slice(at, at + 100).map((body, no) => ({
      id: String(at + no),
      timestamp: new Date(now),
      attempts: 1,
      body,
    }))
    const batch = createMessageBatch("feedwire-views", messages)
    const ctx = createExecutionContext()
    await worker.queue(batch, bindings)
    all.push(await getQueueResult(batch, ctx))
  }
  return all
}

/** Delivers the messages and updates the lists with the next sweep that is due. */
async function updateLists(): Promise<void> {
  await deliver()
  wait(5 * MINUTE)
  await sweep()
}

const mostRead = (query = "", init: RequestInit = {}, bindings: Env = env, cache?: object): Promise<Answer> =>
  send(`/v1/most-read${query}`, init, bindings, cache)
const listOf = async (query = ""): Promise<[id: string, views: number][]> =>
  (await mostRead(query)).json.articles.map(({ id, views }: { id: string; views: number }) => [id.slice(-32), views])
const viewsOf = async (id: string) => (await rows("select views from views where article_id = ?", id))[0]
/** For each hour with readers, how many. The table has how many came before each hour. */
async function hoursOf(id: string): Promise<[hour: number, readers: number][]> {
  const days = await rows("select day, views, views_before_hour from views where article_id = ? order by day", id)
  return days.flatMap(({ day, views, views_before_hour }) => {
    const before = JSON.parse(String(views_before_hour)) as number[]
    const came = before.map((n, hour): [number, number] => [
      Number(day) * 24 + hour,
      (before[hour + 1] ?? Number(views)) - n,
    ])
    return came.filter(([, n]) => n > 0)
  })
}
const deleteViews = () =>
  env.DB.batch(["views", "view_days", "most_read"].map((table) => env.DB.prepare(`delete from ${table}`)))
const revision = async (key: string) =>
  (await rows("select revision from scopes where key = ?", key))[0]?.revision as number | undefined
/** Adds rows as the queue writes them. */
async function addCounts(readers: [id: string, hour: number, readers: number][]): Promise<void> {
  const add = env.DB.prepare(
    `insert into views select ?1, ?2, ?3, ?4, 1, '' on conflict do update set views = views + ?3,
     views_before_hour = (select json_group_array(e.value + n.value) from json_each(views.views_before_hour) e join json_each(?4) n on n.key = e.key)`,
  )
  await env.DB.batch(
    readers.map(([id, hour, n]) => {
      const viewsBeforeHour = Array.from({ length: 24 }, (_, at) => (at > hour % 24 ? n : 0))
      return add.bind(Math.floor(hour / 24), id, n, JSON.stringify(viewsBeforeHour))
    }),
  )
}
const hourOf = (time: number) => Math.floor(time / HOUR)

beforeAll(async () => {
  until(now)
  await migrate()
  await section("world", { names: { en: "World", ar: "العالم" } })
  await section("europe", { parent: "world" })
  await section("sports")
  one = await publisher("one", { default_section: "world" })
  two = await publisher("two", { default_section: "sports" })
})

beforeEach(async () => {
  // Each test begins at a full hour of another day, without views.
  until(Math.ceil(now / DAY) * DAY + DAY + 12 * HOUR)
  sent.length = 0
  await deleteViews()
})

afterEach(() => {
  vi.restoreAllMocks()
})

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

  test("needs no CORS preflight as text, and passes it as JSON", async () => {
    const origin = { origin: "https://partner.example", "access-control-request-method": "POST" }
    const headers = { ...origin, "access-control-request-headers": "content-type" }
    const preflight = await send("/v1/views", { method: "OPTIONS", headers }, queued)
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get("access-control-allow-methods")).toContain("POST")
    expect(preflight.headers.get("access-control-allow-headers")).toContain("content-type")
  })

  const ID = "d".repeat(32)
  test.each([
    ["what is no JSON", "{", 400, "invalid_json", undefined],
    ["no object", "[]", 400, "invalid_message", [""]],
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
  ])("of %s is refused, with all that is wrong", async (_, body, status, code, pointers) => {
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

  test("of an address that sends too many is refused, and not counted", async () => {
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
    // Who has one IPv6 address of a link has all of them; another link belongs to someone else.
    keys.length = 0
    for (const address of ["2001:db8:1:2::1", "2001:db8:1:2:ffff::7", "2001:db8:1:3::1"])
      await beacon([ID], from(address), bindings)
    expect(keys).toEqual(["views:2001:db8:1:2::/64", "views:2001:db8:1:2::/64", "views:2001:db8:1:3::/64"])
  })

  test("and every other request without a key are limited by the same IPv6 block", async () => {
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

  test("with a tag: URI counts for its hex digits, without a query", async () => {
    expect((await beacon([`tag:other.example,2020:${ID}`])).status).toBe(202)
    expect(sent[0]?.views[0]?.[0]).toBe(ID)
  })

  test("that cannot be queued is not acknowledged", async () => {
    const broken = {
      send: async () => {
        throw new Error("Queue send failed: internal storage error")
      },
    } as unknown as Queue
    vi.spyOn(console, "error").mockImplementation(() => undefined)
    expect((await beacon([ID], from("192.0.2.1"), { ...env, VIEWS: broken })).status).toBe(503)
  })
})

describe("only people are counted:", () => {
  const PREFETCHES: Record<string, string>[] = [
    { "sec-purpose": "prefetch" },
    { "sec-purpose": "prefetch;prerender" },
    { purpose: "prefetch" },
    { "x-purpose": "preview" },
    { "x-moz": "prefetch" },
  ]
  const PROGRAMS = [GOOGLE, "curl/8.10.1", "", "facebookexternalhit/1.1", "python-requests/2.32"]

  test("neither crawlers nor prefetches, which get the same answer", async () => {
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

  test("also on the way to the publisher's site", async () => {
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

  test("is a mark that identifies nobody: a different one for each article and each day", async () => {
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

  test("is the same from any address of its IPv6 block and with any browser", async () => {
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

  test("leads to the address that the publisher stated, in one round trip, and counts a view", async () => {
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

  test("accepts the full id too, and ignores parameters", async () => {
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

  test("is 404 for what is not there, embargoed, or without an address", async () => {
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

  test("accepts no id of another wire, even if its digits are those of an article", async () => {
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

  test("limits requests for unknown articles: after that it does not query the database", async () => {
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
    // Remembered for a while only.
    wait(5000)
    expect((await ask(id, "2001:db8:9:9::1")).status).toBe(302)
    // Requests for articles that exist are not limited.
    for (let no = 0; no < 10; no++) expect((await ask(id, "192.0.2.44")).status).toBe(302)
    expect(seen.get("unknown-article:192.0.2.44")).toBeUndefined()
  })

  test("is 410 with the tombstone for a withdrawn article, and permanently 404 for one that was never public", async () => {
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

  test("is 410 for a removed publisher's at once, before its articles are withdrawn", async () => {
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

  test("redirects even if views are not counted: too many from an address, a queue that fails", async () => {
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

  test("is closed to search engines", async () => {
    expect((await send("/robots.txt")).text).toContain("Disallow: /r/\n")
  })
})

describe("the queue", () => {
  test("delivers: the real one, from beacons to the table", async () => {
    const [id] = (await ids(one, article())) as [string]
    // A full batch does not wait.
    for (let no = 0; no < 100; no++) await beacon([id], from(addressOf(no)), env)
    await vi.waitUntil(async () => (await viewsOf(id)) !== undefined, { timeout: 60_000, interval: 100 })
    const { views } = (await viewsOf(id)) as { views: number }
    expect(views).toBeGreaterThan(90)
    expect(views).toBeLessThan(110)
  })

  test("counts a batch in two round trips: a row for each article and day", async () => {
    const [a, b] = (await ids(one, article(), article())) as [string, string]
    for (let no = 0; no < 30; no++) await beacon([a, b], from(addressOf(no)))
    wait(HOUR)
    // Half of them were there before.
    for (let no = 10; no < 50; no++) await beacon([a], from(addressOf(no)))
    until(Math.ceil(now / DAY) * DAY)
    for (let no = 0; no < 30; no++) await beacon([a], from(addressOf(no)))
    const { bindings, trips } = counted()
    await deliver(sent.splice(0), bindings)
    expect(trips).toMatchObject([
      { statements: 1, rowsWritten: 0 },
      { statements: 1, rowsWritten: 3 },
    ])
    // Of each: what came in, the article by its id, and nothing counted before.
    expect(trips[0]?.rowsRead).toBeLessThanOrEqual(3 * 4)
    const noon = hourOf(now) - 12
    const about = (hours: [number, number][]) => hours.map(([hour, n]) => [hour - noon, Math.round(n / 5) * 5])
    expect(about(await hoursOf(a))).toEqual([
      [0, 30],
      [1, 20],
      [12, 30],
    ])
    expect(about(await hoursOf(b))).toEqual([[0, 30]])
  })

  test("counts a reader in the first hour of its day, in whatever order the hours arrive", async () => {
    const [id] = (await ids(one, article())) as [string]
    const first = hourOf(now)
    await view(id, 3)
    wait(HOUR)
    await view(id, 5)
    const [early, late] = [sent.slice(0, 3), sent.splice(0).slice(3)]
    // The late messages are of readers who are already counted in a later hour.
    await deliver(late)
    expect(await hoursOf(id)).toEqual([[first + 1, 5]])
    await deliver(early)
    expect(await hoursOf(id)).toEqual([[first + 1, 5]])
    until(now - HOUR)
    await view(id, 2, 10)
    until(now + HOUR)
    await deliver()
    expect(await hoursOf(id)).toEqual([
      [first, 2],
      [first + 1, 5],
    ])
    expect(await viewsOf(id)).toEqual({ views: 7 })
    await updateLists()
    expect(await listOf("?window=1h")).toEqual([[id, 7]])
    wait(HOUR)
    await sweep()
    expect([await listOf("?window=1h"), await listOf(), await listOf("?window=7d")]).toEqual([
      [[id, 5]],
      [[id, 7]],
      [[id, 7]],
    ])
  })

  test("may deliver any message again, in any order and any batch: no reader is counted twice", async () => {
    const [id] = (await ids(one, article())) as [string]
    await view(id, 30)
    const all = sent.splice(0)
    await deliver([...all, ...all])
    const before = await rows("select * from views")
    const { bindings, trips } = counted()
    for (const part of [all.slice(10, 20), all.toReversed(), [all[0], all[0]]]) await deliver(part, bindings)
    expect(await rows("select * from views")).toEqual(before)
    // A message that changes nothing writes nothing.
    expect(trips).toMatchObject(Array(3).fill({ rowsWritten: 0 }))
    await view(id, 1, 99)
    await deliver()
    expect(Number((await viewsOf(id))?.views)).toBe(Number(before[0]?.views) + 1)
  })

  test("counts nothing for articles that are not on the wire", async () => {
    const [live, embargoed] = (await ids(
      one,
      article({ id: "live" }),
      article({ _feedwire: { embargo: rfc3339(now + HOUR) } }),
    )) as [string, string]
    for (const id of [embargoed, "0".repeat(32)]) await view(id, 1)
    await deliver()
    expect(await rows("select * from views")).toEqual([])
    await view(live, 1)
    wait(MINUTE)
    await push(one, [{ id: "live" }], { type: "article.deleted", timestamp: rfc3339(now) })
    await deliver()
    expect(await rows("select * from views")).toEqual([])
  })

  test("counts a view in the hour in which it happened, until a day later", async () => {
    const [id] = (await ids(one, article())) as [string]
    await view(id, 3)
    const hour = hourOf(now)
    wait(DAY + HOUR - 1)
    const late = [...sent]
    await deliver()
    expect(await hoursOf(id)).toEqual([[hour, 3]])
    await env.DB.prepare("delete from views").run()
    wait(1)
    await deliver(late)
    expect(await rows("select * from views")).toEqual([])
  })

  test("is acknowledged, malformed messages too; if the database fails, every other message comes again", async () => {
    const [id] = (await ids(one, article())) as [string]
    await view(id, 2)
    const lines: string[] = []
    vi.spyOn(console, "error").mockImplementation((line) => void lines.push(String(line)))
    const hour = hourOf(now)
    const bad = [
      ...[
        null,
        "x",
        {},
        { hour, views: "x" },
        { hour: 1.5, views: [] },
        { hour, views: [[id, 0]] },
        { hour, views: [[5, 1]] },
      ],
      { hour, views: [[id, 2 ** 17]] },
      { hour, views: [[`${id}x`, 33]] },
      { hour, views: [null] },
    ]
    const all = [...sent.splice(0), ...bad]
    const failing = {
      ...env,
      DB: {
        prepare: () => {
          throw new Error("D1_ERROR: down")
        },
      } as unknown as D1Database,
    }
    const [failed] = await deliver(all, failing)
    expect(failed?.retryBatch).toMatchObject({ retry: true })
    expect(failed?.explicitAcks).toEqual(bad.map((_, at) => String(at + 2)))
    expect(await rows("select * from views")).toEqual([])
    const [done] = await deliver(all)
    expect([done?.outcome, done?.retryBatch.retry, done?.retryMessages]).toEqual(["ok", false, []])
    expect(await hoursOf(id)).toEqual([[hour, 2]])
    const events = lines.map((line) => JSON.parse(line).event)
    expect(events.filter((event) => event === "views_unreadable")).toHaveLength(2 * bad.length)
    expect(events.filter((event) => event === "views_not_counted")).toHaveLength(1)
  })

  test("loses nothing if another consumer counts at the same time: it comes again", async () => {
    const [id] = (await ids(one, article())) as [string]
    await view(id, 20)
    const [mine, theirs] = [sent.slice(0, 10), sent.splice(0).slice(10)]
    const db = createDbClient(env.DB)
    // Between reading and writing.
    const between = new Proxy(env.DB, {
      get(target, name) {
        if (name !== "batch") return Reflect.get(target, name).bind(target)
        return async (statements: D1PreparedStatement[]) => {
          await countViews(db, theirs, now)
          return target.batch(statements)
        }
      },
    })
    await expect(countViews(createDbClient(between), mine, now)).rejects.toThrow("at the same time")
    expect(Number((await viewsOf(id))?.views)).toBe(10)
    await countViews(db, mine, now)
    expect(Number((await viewsOf(id))?.views)).toBe(20)
  })
})

describe("the list", () => {
  test("exists for the whole wire, for each section with those below it, and for each language", async () => {
    const [world, europe, sports, arabic] = (await ids(
      one,
      article({ title: "World", _feedwire: { sections: ["world"] } }),
      article({ title: "Europe", _feedwire: { sections: ["europe"] } }),
      article({ title: "Sports", _feedwire: { sections: ["sports"] } }),
      article({ title: "عربي", language: "ar-EG", _feedwire: { sections: ["europe"] } }),
    )) as [string, string, string, string]
    await view(world, 1)
    await view(europe, 4)
    await view(sports, 3)
    await view(arabic, 2)
    expect(await listOf()).toEqual([])
    await updateLists()
    expect(await listOf()).toEqual([
      [europe, 4],
      [sports, 3],
      [arabic, 2],
      [world, 1],
    ])
    expect(await listOf("?section=world")).toEqual([
      [europe, 4],
      [arabic, 2],
      [world, 1],
    ])
    expect(await listOf("?section=europe")).toEqual([
      [europe, 4],
      [arabic, 2],
    ])
    expect(await listOf("?section=sports&limit=1")).toEqual([[sports, 3]])
    expect(await listOf("?lang=ar")).toEqual([[arabic, 2]])
    expect(await listOf("?lang=ar-eg")).toEqual([[arabic, 2]])
    expect(await listOf("?lang=en&section=world")).toEqual([
      [europe, 4],
      [world, 1],
    ])
    expect(await listOf("?lang=ar,en")).toEqual([
      [europe, 4],
      [sports, 3],
      [arabic, 2],
      [world, 1],
    ])
    expect(await listOf("?lang=fr")).toEqual([])
    expect(await listOf("?limit=2&window=1h")).toEqual([
      [europe, 4],
      [sports, 3],
    ])

    const { json, headers } = await mostRead("?section=world&window=7d")
    expect([json.window, json.section]).toEqual([
      "7d",
      { id: "section:1", slug: "world", names: { en: "World", ar: "العالم" } },
    ])
    expect(json.articles[0]).toMatchObject({ title: "Europe", view_url: `${ORIGIN}/r/${europe}`, views: 4 })
    expect(headers.get("cache-tag")).toBe("all,views:7d,wire")
    expect((await mostRead()).json.section).toBeUndefined()
    await expectConsistent()
  })

  test("is ordered by readers, then newest first", async () => {
    const day = (date: number) => ({ date_published: rfc3339(now - date * DAY) })
    const [old, young, middle] = (await ids(one, article(day(3)), article(day(1)), article(day(2)))) as [
      string,
      string,
      string,
    ]
    for (const id of [old, young, middle]) await view(id, 2)
    await updateLists()
    expect((await listOf()).map(([id]) => id)).toEqual([young, middle, old])
  })

  test("has at most fifty articles, with rounded counts", async () => {
    const all = await ids(one, ...Array.from({ length: 60 }, () => article({}, 2)))
    await addCounts(all.map((id, no) => [id, hourOf(now), 60 - no]))
    const figures = [99, 100, 104, 105, 994, 995, 1249, 1251, 99_400, 123_456]
    await deleteViews()
    await addCounts(all.map((id, no) => [id, hourOf(now), figures[no] ?? 60 - no]))
    await updateLists()
    const list = await listOf("?limit=50")
    expect(list).toHaveLength(50)
    expect(list.slice(0, 10).map(([, views]) => views)).toEqual([
      120_000, 99_000, 1300, 1200, 1000, 990, 110, 100, 100, 99,
    ])
    expect((await mostRead("?limit=51")).status).toBe(400)
  })

  test("of the last hour, day and week includes their first hours and none before", async () => {
    const [a, b, c, d, e, f, g] = (await ids(one, ...Array.from({ length: 7 }, () => article({}, 2)))) as string[]
    const hour = hourOf(now)
    const midnight = Math.floor(hour / 24) * 24
    await addCounts([
      [a, hour, 7],
      [b, hour - 1, 6],
      [c, hour - 2, 5],
      [d, hour - 24, 4],
      [e, hour - 25, 3],
      [f, midnight - 7 * 24, 2],
      [g, midnight - 7 * 24 - 1, 1],
    ] as [string, number, number][])
    // The first update finds every day with its hours; for the next ones, days that are over have no hours.
    for (let sweeps = 0; sweeps < 6; sweeps++) {
      await updateLists()
      expect((await listOf("?window=1h")).map(([id]) => id)).toEqual([a, b])
      expect((await listOf()).map(([id]) => id)).toEqual([a, b, c, d])
      expect((await listOf("?window=7d")).map(([id]) => id)).toEqual([a, b, c, d, e, f])
    }
    const left = await rows("select day, count(*) n from views group by day order by day")
    expect(left).toEqual([
      { day: midnight / 24 - 1, n: 2 },
      { day: midnight / 24, n: 3 },
    ])
    expect(await rows("select * from view_days")).toEqual([{ day: midnight / 24 - 7, article_id: f, views: 2 }])
  })

  test("continues when a day ends, with or without hours", async () => {
    const [id] = (await ids(one, article({}, 2))) as [string]
    const begin = hourOf(now)
    for (let at = 0; at < 12 * 24; at++) {
      until((begin + at) * HOUR)
      await addCounts([[id, hourOf(now), 1]])
      const hour = hourOf(now)
      const midnight = Math.floor(hour / 24) * 24
      // The sweep is due once in the hour, and keeps up.
      wait(30 * MINUTE)
      await updateMostRead(createDbClient(env.DB), now)
      if (at % 7 === 0 || at > 11 * 24) {
        const expected = [2, 25, hour - (midnight - 7 * 24) + 1].map((hours) => Math.min(hours, at + 1))
        const listed = await rows(
          "select time_window, articles ->> '$[0].views' views from most_read where scope = 'all' order by time_window = '7d', time_window",
        )
        const exact = await rows(
          "select (select coalesce(sum(views), 0) from views) + (select coalesce(sum(views), 0) from view_days) n",
        )
        expect([at, ...listed.map(({ views }) => Number(views))]).toEqual(
          [at, ...expected.map((n) => (n < 100 ? n : Math.round(n / 10) * 10))].map(Number),
        )
        expect(Number(exact[0]?.n)).toBeLessThanOrEqual(8 * 24 + 26)
      }
    }
    // The current day and the one before it have hours; older days are numbers.
    const stored = await rows("select (select count(*) from views) days, (select count(*) from view_days) over")
    expect(stored).toEqual([{ days: 2, over: 6 }])
  })

  test("loses an article at once that was withdrawn, is suppressed, or is in another section now", async () => {
    const europe = { _feedwire: { sections: ["europe"] } }
    const [a, b, c] = (await ids(
      one,
      article({ id: "a", ...europe }),
      article({ id: "b", ...europe }),
      article(europe),
    )) as [string, string, string]
    const url = "https://one.example/sent-by-both"
    const [theirs] = (await ids(two, article({ url, ...europe }))) as [string]
    for (const [no, id] of [c, theirs, b, a].entries()) await view(id, no + 1)
    await updateLists()
    expect((await listOf("?section=europe")).map(([id]) => id)).toEqual([a, b, theirs, c])
    wait(MINUTE)
    await push(one, [{ id: "a" }], { type: "article.deleted", timestamp: rfc3339(now) })
    await push(one, article({ id: "b", _feedwire: { sections: ["sports"] } }))
    // The publisher whose address it is has the canonical article.
    await push(one, article({ url, ...europe }))
    expect(await listOf("?section=europe")).toEqual([[c, 1]])
    expect((await listOf()).map(([id]) => id)).toEqual([b, c])
    await updateLists()
    expect((await listOf("?section=sports")).map(([id]) => id)).toEqual([b])
    for (const id of [a, theirs])
      expect(await rows("select time_window from most_read where instr(articles, ?)", id)).toEqual([])
  })

  test("shows the articles of some publishers only, further down the list", async () => {
    const all = await ids(one, ...Array.from({ length: 20 }, () => article({}, 2)))
    const [theirs] = (await ids(two, article({}, 2))) as [string]
    await addCounts([...all.map((id): [string, number, number] => [id, hourOf(now), 5]), [theirs, hourOf(now), 1]])
    await updateLists()
    const [publisher] = await rows("select uid from publishers where slug = 'two'")
    const options = { window: "24h", section: undefined, languages: [], limit: 10 } as const
    const db = createDbClient(env.DB)
    const page = await readMostRead(db, { ...options, publishers: [publisher?.uid as string] }, [])
    expect(page.content?.map(({ article }) => article.id)).toEqual([theirs])
    expect((await readMostRead(db, { ...options, publishers: [] }, [])).content).toEqual([])
  })

  test("can be part of other statements", async () => {
    const [a, b] = (await ids(one, article({ _feedwire: { sections: ["europe"] } }), article())) as [string, string]
    await view(a, 1)
    await view(b, 2)
    await updateLists()
    const db = createDbClient(env.DB)
    const list = (scope: string) => db.all(sql`select * from (${selectMostRead("24h", scope)}) order by rank`)
    expect(await list("all")).toEqual([
      { article_id: b, rank: 0, views: 2 },
      { article_id: a, rank: 1, views: 1 },
    ])
    expect(await list("section:2")).toEqual([{ article_id: a, rank: 0, views: 1 }])
    expect(await list("section:9")).toEqual([])
  })

  test("follows sections that are renamed, and rejects invalid requests with every error", async () => {
    await section("old-name")
    const renamed = await admin("PATCH", "/sections/old-name", { slug: "new-name" })
    expect(renamed.status, renamed.text).toBe(200)
    const moved = await mostRead("?section=old-name&limit=3")
    expect([moved.status, moved.headers.get("location")]).toEqual([
      301,
      `${ORIGIN}/v1/most-read?limit=3&section=new-name`,
    ])
    const unknown = await mostRead("?section=wrld")
    expect([unknown.status, unknown.json.detail]).toEqual([400, expect.stringContaining("Did you mean world?")])
    const wrong = await mostRead("?window=2h&limit=0&lang=arabic&tag=x")
    expect([wrong.status, wrong.json.errors.map(({ parameter }: { parameter: string }) => parameter).sort()]).toEqual([
      400,
      ["lang", "limit", "tag", "window"],
    ])
  })
})

describe("an update", () => {
  test("is made every five minutes, and raises the scopes of its time windows only if a list changed", async () => {
    const [a, b] = (await ids(one, article(), article())) as [string, string]
    await view(a, 2)
    await updateLists()
    const seen = async () => [await revision("views:1h"), await revision("views:24h"), await revision("views:7d")]
    const first = await seen()
    expect(new Set(first).size).toBe(1)
    const commit = (await rows("select no, scopes, backfill from commits order by no desc limit 1"))[0]
    expect(commit).toEqual({ no: first[0], scopes: '["views:1h","views:24h","views:7d"]', backfill: 0 })

    // Not yet due.
    await view(b, 1)
    await deliver()
    wait(5 * MINUTE - 1)
    await sweep()
    expect(await seen()).toEqual(first)
    wait(1)
    await sweep()
    const second = await seen()
    expect(second.every((no, at) => Number(no) > Number(first[at]))).toBe(true)

    // Nothing new.
    await updateLists()
    await updateLists()
    expect(await seen()).toEqual(second)
    // It falls out of the last hour only.
    wait(2 * HOUR)
    await sweep()
    const third = await seen()
    expect(third).toEqual([expect.any(Number), second[1], second[2]])
    expect(third[0]).toBeGreaterThan(Number(second[0]))
    expect(await listOf("?window=1h")).toEqual([])
    await expectConsistent()
  })

  test("changes the answer for clients that have a validator, which get 304 until then", async () => {
    const [a, b] = (await ids(one, article(), article())) as [string, string]
    await view(a, 1)
    await updateLists()
    const { headers } = await mostRead()
    const conditional = { headers: { "if-none-match": headers.get("etag") as string } }
    const { bindings, trips } = counted({ ...env, REMEMBER_VALIDATORS: "false" } as Env)
    expect((await mostRead("", conditional, bindings)).status).toBe(304)
    expect(trips).toMatchObject([{ statements: 1 }])
    // The wire, `all` and the time window; the rest are lists in the statement itself, which D1 counts too.
    expect(trips[0]?.rowsRead).toBeLessThanOrEqual(12)
    await view(b, 2)
    await deliver()
    expect((await mostRead("", conditional, bindings)).status).toBe(304)
    await updateLists()
    const shown = await mostRead("", conditional, bindings)
    expect([shown.status, shown.json.articles.length]).toEqual([200, 2])
    // A correction shows too.
    const again = { headers: { "if-none-match": shown.headers.get("etag") as string } }
    wait(MINUTE)
    await push(one, article({ id: "other" }))
    expect((await mostRead("", again, bindings)).status).toBe(200)
  })

  test("purges the pages that show its lists, and nothing else", async () => {
    const [a] = (await ids(one, article())) as [string]
    const cache = new WorkersCache()
    wait(MINUTE)
    await cache.sweep()
    wait(MINUTE)
    await cache.sweep()
    await cache.get("/v1/most-read")
    await cache.get("/feed.json")
    await view(a, 3)
    await deliver()
    wait(5 * MINUTE)
    await cache.sweep()
    expect(cache.purges.at(-1)?.sort()).toEqual(["views:1h", "views:24h", "views:7d"])
    const shown = await cache.get("/v1/most-read")
    expect([shown.hit, shown.body.includes(a)]).toEqual([false, true])
    expect((await cache.get("/feed.json")).hit).toBe(true)
    wait(MINUTE)
    await cache.sweep()
    expect(await rows("select (select max(no) from commits) - purged_commit_no n from purge")).toEqual([{ n: 0 }])
  })

  test("writes nothing if it fails, and the next sweep makes it", async () => {
    const [a] = (await ids(one, article())) as [string]
    await view(a, 1)
    await deliver()
    wait(5 * MINUTE)
    const failing = new Proxy(env.DB, {
      get: (target, name) =>
        name === "batch"
          ? (statements: D1PreparedStatement[]) =>
              target.batch([...statements, target.prepare("select no_such_column from views")])
          : Reflect.get(target, name).bind(target),
    })
    await expect(updateMostRead(createDbClient(failing), now)).rejects.toThrow("no_such_column")
    expect(await listOf()).toEqual([])
    wait(MINUTE)
    await sweep()
    expect(await listOf()).toEqual([[a, 1]])
  })
})

test("10,000 beacons of one address leave the list of fifty readers as it was", async () => {
  vi.spyOn(console, "log").mockImplementation(() => undefined)
  const [first, second, flooded] = (await ids(one, article(), article(), article())) as [string, string, string]
  await view(first, 50)
  await view(second, 25)
  await updateLists()
  const honest = await listOf()
  expect(honest.map(([id]) => id)).toEqual([first, second])
  const ctx = createExecutionContext()
  // Without a rate limit: the sketch alone must withstand it.
  const unlimited = { ...queued, READER_RATE: { limit: async () => ({ success: true }) } } as Env
  const flood = async (no: number): Promise<number> => {
    const headers = { "content-type": "text/plain", ...from("192.0.2.66", `${BROWSER} ${no}`) }
    const body = JSON.stringify({ articles: [flooded, second] })
    const request = new Request(`${ORIGIN}/v1/views`, { method: "POST", headers, body })
    return (await app.fetch(request, unlimited, ctx)).status
  }
  for (let hundred = 0; hundred < 100; hundred++) {
    const statuses = await Promise.all(Array.from({ length: 100 }, (_, no) => flood(hundred * 100 + no)))
    expect(new Set(statuses)).toEqual(new Set([202]))
  }
  await waitOnExecutionContext(ctx)
  expect(sent).toHaveLength(10_000)
  await updateLists()
  const after = await listOf()
  // It is one more reader of each article.
  expect(after.map(([id]) => id)).toEqual([first, second, flooded])
  expect(after[0]).toEqual(honest[0])
  expect(Number(after[1]?.[1]) - Number(honest[1]?.[1])).toBeLessThanOrEqual(1)
  expect(after[2]?.[1]).toBe(1)
}, 300_000)

test("one address that comes every hour of a week counts once a day", async () => {
  const [honest, flooded] = (await ids(one, article(), article())) as [string, string]
  until(Math.ceil(now / DAY) * DAY)
  for (let hour = 0; hour < 8 * 24; hour++) {
    await beacon([flooded], from("203.0.113.9"))
    if (hour === 7 * 24) await view(honest, 9)
    await deliver()
    wait(HOUR / 2)
    await updateMostRead(createDbClient(env.DB), now)
    // A day counts it at its first view, at midnight: only then do 24 hours include the day before.
    const [, views] = (await listOf()).find(([id]) => id === flooded) ?? []
    expect([hour, views]).toEqual([hour, hour % 24 === 0 && hour > 0 ? 2 : 1])
    wait(HOUR / 2)
  }
  // The current day and the seven before it.
  expect(await listOf("?window=7d")).toEqual([
    [honest, 9],
    [flooded, 8],
  ])
}, 120_000)

describe("what it costs", () => {
  const costs: number[][] = []

  test.each([1000, 100_000])(
    "with %i articles on the wire is the same",
    async (total) => {
      if (total === 1000) await ids(one, article({}, 2))
      await fill(total)
      const bindings = { ...env, REMEMBER_VALIDATORS: "false" } as Env
      const { bindings: seen, trips } = counted(bindings)
      // The newest of those that fill() makes are the same at any size; they must name their scopes.
      const many = await rows(
        "select article_id id from memberships where scope = 'all' and article_id glob '0000*' order by published_at desc, article_id desc limit 80",
      )
      await env.DB.prepare(
        `update articles set scopes = (select json_group_array(scope) from memberships p
         where p.published_at = articles.published_at and p.article_id = articles.id and p.scope in ('all', 'section:1', 'section:2', 'lang:en', 'lang:ar'))
       where id in (select value from json_each(?))`,
      )
        .bind(JSON.stringify(many.map(({ id }) => id)))
        .run()
      await addCounts(many.map(({ id }, no): [string, number, number] => [id as string, hourOf(now), 100 - no]))
      wait(5 * MINUTE)
      const figures: number[] = []
      const spend = async (action: () => Promise<unknown>, most: number, least = 1) => {
        trips.length = 0
        await action()
        expect(trips).toHaveLength(least)
        const rowsRead = trips.reduce((sum, trip) => sum + trip.rowsRead, 0)
        expect(rowsRead).toBeLessThanOrEqual(most)
        figures.push(rowsRead, ...trips.map(({ rowsWritten }) => rowsWritten))
      }
      // Not due: it reads when the lists were updated, and no counts.
      await env.DB.prepare(`update most_read_update set at = ${now - 5 * MINUTE}`).run()
      await spend(() => updateMostRead(createDbClient(seen.DB), now - 1), 10)
      // Each row of a day twice and its article twice; the old and new lists of three time windows, and days that are over.
      const lists = 3 * 5
      await spend(() => updateMostRead(createDbClient(seen.DB), now), 4 * many.length + 3 * lists + 50, 2)
      const edge = { purge: async () => ({ success: true }) }
      await mostRead("", {}, bindings, edge)
      for (const query of [
        "",
        "?limit=50",
        "?section=world&limit=50",
        "?lang=ar",
        "?lang=ar,en&limit=50",
        "?section=europe&lang=ar,en&limit=50",
      ]) {
        // It always scans the whole list: each rank, its article, and its memberships.
        const shown = Number(/limit=(\d+)/.exec(query)?.[1] ?? 10)
        const scanned = query.startsWith("?lang=ar,en") ? 2 * 50 : 50
        await spend(() => mostRead(query, {}, seen, edge), scanned * 7 + shown * 3 + 20)
      }
      const { headers } = await mostRead("", {}, bindings, edge)
      await spend(() => mostRead("", { headers: { "if-none-match": headers.get("etag") as string } }, seen, edge), 12)
      await spend(() => send(`/r/${many[0]?.id}`, { headers: from("192.0.2.1") }, { ...seen, VIEWS }, edge), 6)
      costs.push(figures)
      if (costs.length === 2) expect(costs[1]).toEqual(costs[0])
    },
    120_000,
  )
})
