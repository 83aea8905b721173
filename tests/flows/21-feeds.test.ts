/** Feeds as readers get them: every address, validator and header, and the content of a feed after any push. */
import { createExecutionContext, createScheduledController, waitOnExecutionContext } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { XMLParser, XMLValidator } from "fast-xml-parser"
import { parseAtomFeed, parseJsonFeed, parseRssFeed } from "feedsmith"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest"
import worker from "../../src/index.ts"
import { all, asRss, child, readAtom, readJson, readRss, readXml } from "../unit/formats/reader.ts"
import { WorkersCache } from "./workers-cache.ts"
import {
  type Answer,
  admin,
  article,
  migrate,
  ORIGIN,
  type Publisher,
  publisher,
  push,
  section,
  send,
} from "./world.ts"

const FORMATS = ["rss", "atom", "json"] as const
type Format = (typeof FORMATS)[number]
const TYPES: Record<Format, string> = {
  rss: "application/rss+xml",
  atom: "application/atom+xml",
  json: "application/feed+json",
}
const SELECTIONS = ["", "/sections/world", "/sections/europe", "/sections/arts", "/publishers/one", "/publishers/two"]
const SECURITY = ["x-content-type-options", "referrer-policy", "content-security-policy"]

/** Every test begins an hour after the last one, on a full second, with a stopped clock. */
let clock = Date.UTC(2026, 11, 1)
const wait = (ms: number) => vi.setSystemTime(Date.now() + ms)
const SECOND = 1000
const inSeconds = (time: number) => Math.floor(time / SECOND)

async function wipe(): Promise<void> {
  const names =
    "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name not like '_cf_%'"
  const { results } = await env.DB.prepare(names).all<{ name: string }>()
  // Dropping the search index also drops its own tables.
  for (const { name } of results) await env.DB.exec(`drop table if exists ${name}`)
}

describe.each([
  ["the isolate caches validators", "true"],
  ["every request asks D1", "false"],
])("%s:", (_, REMEMBER_VALIDATORS) => {
  const bindings: Env = { ...env, REMEMBER_VALIDATORS }
  let one: Publisher
  let two: Publisher

  const get = (path: string, headers: Record<string, string> = {}, method = "GET", from: Env = bindings) =>
    send(path, { method, headers }, from)
  const publish = (more: object = {}, to: Publisher = one) => push(to, article({ ...more }), { bindings })
  const inSection = (name: string, more: object = {}) => ({ _feedwire: { sections: [name], ...more } })
  const feedsOf = async (selection: string, from: Env = bindings) => {
    const [rss, atom, json] = await Promise.all(
      FORMATS.map((format) => get(`${selection}/feed.${format}`, {}, "GET", from)),
    )
    return { rss: rss as Answer, atom: atom as Answer, json: json as Answer }
  }
  const readings = async (selection: string, from: Env = bindings) => {
    const { rss, atom, json } = await feedsOf(selection, from)
    return { rss: readRss(rss.text), atom: readAtom(atom.text), json: readJson(json.text) }
  }

  beforeAll(async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: clock })
    await wipe()
    await migrate()
    await section("world", { names: { en: "World", ar: "العالم" }, descriptions: { en: "From everywhere" } })
    await section("europe", { parent: "world" })
    await section("sports")
    await section("arts", { names: { ar: "ثقافة" } })
    await section("football", { parent: "sports" })
    one = await publisher("one", { default_section: "world", language: "en" })
    two = await publisher("two", { default_section: "world", language: "ar", name: "الثانية" })
    await publish({ title: "The first" })
    vi.useRealTimers()
  })
  afterAll(() => vi.useRealTimers())
  beforeEach(() => {
    clock += 3_600_000
    vi.useFakeTimers({ toFake: ["Date"], now: clock })
  })
  afterEach(() => {
    clock = Math.ceil(Date.now() / SECOND) * SECOND
    vi.restoreAllMocks()
    vi.useRealTimers()
  })

  /** A problem says what is wrong, where to read about it, and the id of the request; it is not cacheable. */
  async function expectProblem(sent: Answer, status: number, code: string): Promise<void> {
    expect([sent.status, sent.headers.get("content-type")]).toEqual([status, "application/problem+json; charset=utf-8"])
    expect(sent.json).toMatchObject({ status, code, type: `${ORIGIN}/problems/${code}` })
    expect(sent.json.request_id).toMatch(/^[\w-]{8,}$/)
    expect(sent.json.title.length * sent.json.detail.length).toBeGreaterThan(0)
    expect(sent.headers.get("cache-control")).toBe("private, no-store")
    for (const name of SECURITY) expect([name, sent.headers.has(name)]).toEqual([name, true])
    expect((await get(new URL(sent.json.type).pathname)).text).toContain(code)
  }

  describe("addresses", () => {
    test("every selection has every format, each with its media type", async () => {
      for (const selection of SELECTIONS) {
        for (const format of FORMATS) {
          const sent = await get(`${selection}/feed.${format}`)
          const type = sent.headers.get("content-type")
          expect([selection, sent.status, type]).toEqual([selection, 200, `${TYPES[format]}; charset=utf-8`])
        }
      }
    })

    test.each([
      ["/FEED.RSS", "/feed.rss"],
      ["/feed.rss/", "/feed.rss"],
      ["/feed.rss//", "/feed.rss"],
      ["//feed.rss", "/feed.rss"],
      ["/Sections/World/Feed.Atom/", "/sections/world/feed.atom"],
      ["///sections//world///feed.json//", "/sections/world/feed.json"],
      ["/sections/%77orld/feed.rss", "/sections/world/feed.rss"],
      ["/%53ections/%57ORLD/feed.rss", "/sections/world/feed.rss"],
      ["/sections%2Fworld%2ffeed.json", "/sections/world/feed.json"],
      ["/feed%2Eatom%2F", "/feed.atom"],
      ["/publishers/ONE/feed.rss", "/publishers/one/feed.rss"],
      ["/feed.rss?utm_source=a", "/feed.rss"],
      ["/feed.rss?UTM_Campaign=a&utm_made_up=b", "/feed.rss"],
      ["/feed.json?fbclid=a", "/feed.json"],
      ["/feed.json?FBCLID", "/feed.json"],
      ["/feed.atom?gclid=a&gclid=b&utm_term=%zz", "/feed.atom"],
      ["/feed.atom?&", "/feed.atom"],
      ["//SECTIONS//%57orld/FEED.rss/?utm_source=a&fbclid=b&gclid=", "/sections/world/feed.rss"],
    ])("%s is another spelling of %s: one 301", async (spelling, canonical) => {
      for (const host of [ORIGIN, "http://127.0.0.1:8787", "https://other.example"]) {
        for (const method of ["GET", "HEAD"]) {
          const sent = await get(host + spelling, { "if-none-match": "*" }, method)
          expect([sent.status, sent.headers.get("location"), sent.text]).toEqual([301, ORIGIN + canonical, ""])
          expect(sent.headers.get("cache-control")).toBe("private, no-store")
          expect(sent.headers.get("cdn-cache-control")).toBeNull()
          // Readers in browsers follow only redirects that allow them.
          expect(sent.headers.get("access-control-allow-origin")).toBe("*")
          for (const name of SECURITY) expect([name, sent.headers.has(name)]).toEqual([name, true])
        }
      }
      expect((await get(canonical)).status).toBe(200)
    })

    test.each([
      ["utmsource", "utm_source"],
      ["utm-source", "utm_source"],
      ["fbclidd", "fbclid"],
      ["gcild", "gclid"],
    ])("an unknown parameter %s is a problem that names %s", async (name, meant) => {
      for (const query of [`?${name}=1`, `?utm_source=a&${name}`, `?${name}=1&${name}=2`]) {
        for (const path of ["/feed.rss", "/sections/world/feed.atom", "/publishers/one/feed.json"]) {
          const sent = await get(path + query)
          await expectProblem(sent, 400, "unknown_parameter")
          expect(sent.json.detail).toMatch(new RegExp(`Did you mean ${meant}\\b`))
          expect(sent.json.errors).toEqual([{ parameter: name, detail: expect.stringContaining("is not known here") }])
        }
      }
    })

    test("a parameter that is not similar to any gets no suggestion, in any spelling", async () => {
      for (const name of ["x", "", "constructor", "__proto__", '"<script>', "\u0000", "ü", "x".repeat(4000)]) {
        const sent = await get(`/feed.rss?${encodeURIComponent(name)}=1`)
        await expectProblem(sent, 400, "unknown_parameter")
        expect(sent.json.detail).not.toContain("Did you mean")
        expect(sent.json.errors[0].parameter).toBe(name)
      }
    })

    test.each([
      ["/sections/wrold/feed.rss", "unknown_section", "world"],
      ["/sections/sport/feed.atom", "unknown_section", "sports"],
      ["/sections/worldnews/feed.json", "unknown_section", "world"],
      ["/sections/WORLDS/feed.json", "unknown_section", "world"],
      ["/publishers/onee/feed.rss", "unknown_publisher", "one"],
      ["/publishers/tow/feed.json", "unknown_publisher", "two"],
    ])("%s: %s, did you mean %s?", async (path, code, meant) => {
      const first = await get(path)
      const sent = first.status === 301 ? await get(first.headers.get("location") ?? "") : first
      await expectProblem(sent, 404, code)
      expect(sent.json.detail).toMatch(new RegExp(`Did you mean .*\\b${meant}\\b`))
      // A condition does not change a 404 either.
      await expectProblem(await get(sent.json ? path.toLowerCase() : "", { "if-none-match": "*" }), 404, code)
    })

    test("a name that is not similar to any, the name of a publisher under sections, a name of JavaScript", async () => {
      for (const name of ["zzzzzzzz", "constructor", "tostring", "--", "0", "x".repeat(64)]) {
        const sent = await get(`/sections/${name}/feed.rss`)
        await expectProblem(sent, 404, "unknown_section")
        expect([name, sent.json.detail]).toEqual([name, expect.not.stringContaining("Did you mean")])
      }
      await expectProblem(await get("/sections/two/feed.rss"), 404, "unknown_section")
      await expectProblem(await get("/publishers/world/feed.rss"), 404, "unknown_publisher")
    })

    test("a renamed section answers 301 from all its old names, in one hop, and is found under the new one", async () => {
      await publish({ title: "Kicked", ...inSection("football") })
      const before = (await get("/sections/football/feed.json")).json
      await admin("PATCH", "/sections/football", { slug: "soccer" })
      await admin("PATCH", "/sections/soccer", { slug: "calcio" })
      for (const old of ["football", "soccer"]) {
        for (const format of FORMATS) {
          for (const method of ["GET", "HEAD"]) {
            const sent = await get(`/sections/${old}/feed.${format}`, { "if-none-match": "*" }, method)
            const to = sent.headers.get("location")
            expect([sent.status, to, sent.text]).toEqual([301, `${ORIGIN}/sections/calcio/feed.${format}`, ""])
            expect(sent.headers.get("cache-control")).toBe("private, no-store")
            expect(sent.headers.get("access-control-allow-origin")).toBe("*")
          }
        }
      }
      const after = (await get("/sections/calcio/feed.json")).json
      expect(after.items.map(({ id }: { id: string }) => id)).toEqual(before.items.map(({ id }: { id: string }) => id))
      expect(after.feed_url).toBe(`${ORIGIN}/sections/calcio/feed.json`)
      // A slug that its section takes back no longer redirects.
      await admin("PATCH", "/sections/calcio", { slug: "football" })
      expect((await get("/sections/football/feed.rss")).status).toBe(200)
      expect((await get("/sections/calcio/feed.rss")).headers.get("location")).toBe(
        `${ORIGIN}/sections/football/feed.rss`,
      )
      expect((await get("/sections/soccer/feed.rss")).headers.get("location")).toBe(
        `${ORIGIN}/sections/football/feed.rss`,
      )
    })

    test("an old name in another spelling: first the spelling, which needs no query, then the name", async () => {
      const hops = ["/Sections/Soccer/feed.rss/?utm_source=a"]
      for (let sent = await get(hops[0] as string); sent.status !== 200; sent = await get(hops.at(-1) as string)) {
        expect([hops, sent.status]).toEqual([hops, 301])
        hops.push(sent.headers.get("location") ?? "")
      }
      expect(hops.slice(1)).toEqual([`${ORIGIN}/sections/soccer/feed.rss`, `${ORIGIN}/sections/football/feed.rss`])
    })

    test.each([
      "/feed",
      "/feed.xml",
      "/feed.rss.gz",
      "/feed.rss/extra",
      "/sections",
      "/sections/feed.rss",
      "/sections/world/europe/feed.rss",
      "/sections/world%00/feed.rss",
      "/section/world/feed.rss",
      "/feed.rss%20",
      "/feed.rss%252F",
      "/%zz",
      "/%E0%A4%A/feed.rss",
      "/%F0%9F%97%9E/feed.rss",
      "/..%2f..%2fetc/passwd",
      "/__proto__",
      "/index.html",
      "/problems",
      "/problems/",
      "/problems/nothing",
      "/problems/constructor",
      "/problems/%zz",
      `/${"a/".repeat(60)}`,
    ])("%s is 404", async (path) => {
      await expectProblem(await get(path), 404, "not_found")
      await expectProblem(await get(`${path}?section=world&utm_source=x`), 404, "not_found")
      const head = await get(path, {}, "HEAD")
      expect([head.status, head.text]).toEqual([404, ""])
    })

    test("a script of any page may ask with If-None-Match: the preflight allows it", async () => {
      const sent = await get(
        "/sections/world/feed.json",
        { "access-control-request-headers": "if-none-match" },
        "OPTIONS",
      )
      expect([sent.status, sent.headers.get("access-control-allow-origin")]).toEqual([204, "*"])
      expect(sent.headers.get("access-control-allow-headers")).toBe("*")
      expect(sent.headers.get("access-control-allow-methods")).toBe("GET, HEAD")
    })

    test.each(["POST", "PUT", "PATCH", "DELETE", "PROPFIND"])("%s is refused, with what is allowed", async (method) => {
      for (const path of [
        "/feed.rss",
        "/sections/world/feed.atom",
        "/sections/nowhere/feed.json",
        "/FEED.json/",
        "/",
        "/healthz",
        "/problems/not_found",
      ]) {
        const sent = await get(path, {}, method)
        await expectProblem(sent, 405, "method_not_allowed")
        const isFeed = /feed/i.test(path)
        expect([path, sent.headers.get("allow")]).toEqual([path, isFeed ? "GET, HEAD, OPTIONS" : "GET, HEAD"])
        expect(sent.json.detail).toContain(method)
      }
      await expectProblem(await get("/nothing", {}, method), 404, "not_found")
    })
  })

  describe("conditions", () => {
    /** The headers that must be equal while the state is: all except those of the body and the cache status. */
    const lasting = ({ headers }: Answer) =>
      Object.fromEntries([...headers].filter(([name]) => !/^(content-type|content-length|cache-status)$/.test(name)))
    const tagOf = (sent: Answer) => sent.headers.get("etag") as string
    const dateOf = (sent: Answer) => sent.headers.get("last-modified") as string
    const shift = (date: string, ms: number) => new Date(Date.parse(date) + ms).toUTCString()

    test("GET and HEAD have equal headers, HEAD has no body", async () => {
      for (const path of [
        "/feed.rss",
        "/sections/world/feed.atom",
        "/publishers/one/feed.json",
        "/sections/arts/feed.rss",
        "/",
        "/problems/not_found",
        "/healthz",
      ]) {
        const heads = [await get(path, {}, "HEAD")]
        const full = await get(path)
        heads.push(await get(path, {}, "HEAD"))
        for (const head of heads) {
          expect([path, head.status, head.text, lasting(head)]).toEqual([path, 200, "", lasting(full)])
          expect(head.headers.get("content-type")).toBe(full.headers.get("content-type"))
        }
        expect(full.text.length).toBeGreaterThan(50)
      }
    })

    test("the same state has the same bytes and validators, however often and in whatever way it is requested", async () => {
      for (const format of FORMATS) {
        const path = `/sections/world/feed.${format}`
        await publish({ title: `Before ${format}` })
        const first = await get(path)
        expect(tagOf(first)).toMatch(/^"[\x21\x23-\x7e]+"$/)
        expect(shift(dateOf(first), 0)).toBe(dateOf(first))
        for (const pause of [0, 1, 999, 60_000, 301_000]) {
          wait(pause)
          for (const cache of [undefined, new WorkersCache()]) {
            const again = await send(path, {}, bindings, cache)
            expect([again.text === first.text, lasting(again)]).toEqual([true, lasting(first)])
          }
        }
      }
    })

    test("the Host header changes nothing, nor do headers that feeds do not vary by", async () => {
      for (const format of FORMATS) {
        const path = `/sections/world/feed.${format}`
        const full = await get(path)
        const others = [
          await get(`http://127.0.0.1:8787${path}`),
          await get(`https://evil.example:8443${path}`, { "x-forwarded-host": "evil.example" }),
          await get(path, {
            accept: "text/html",
            "accept-language": "ar",
            origin: "https://reader.example",
            range: "bytes=0-9",
          }),
          await get(`${path}#fragment`),
        ]
        for (const other of others) expect([other.text === full.text, lasting(other)]).toEqual([true, lasting(full)])
        expect(full.text).not.toContain("evil")
      }
    })

    test("bytes that the isolate no longer has in memory come out of the Cache API unchanged", async () => {
      const path = "/sections/world/feed.atom"
      await section("heavy")
      const heavy = () => article({ content_html: `<p>${"x".repeat(250 * 1024)}</p>`, ...inSection("heavy") })
      for (let n = 0; n < 3; n++) await push(one, [heavy(), heavy(), heavy()], { bindings })
      const full = await get(path)
      expect(full.headers.get("cache-status")).toBe("feedwire; fwd=miss")
      // Pages of 2 MiB from nine other origins: more than an isolate caches in memory.
      for (let n = 0; n < 9; n++) {
        const from = { ...bindings, FEEDS_URL: `https://heavy-${n}.example` }
        expect((await get("/sections/heavy/feed.rss", {}, "GET", from)).text.length).toBeGreaterThan(1_900_000)
      }
      const stored = await get(path)
      expect(stored.headers.get("cache-status")).toBe("feedwire; hit; detail=stored")
      expect([stored.text === full.text, lasting(stored)]).toEqual([true, lasting(full)])
      expect(stored.headers.get("content-type")).toBe(full.headers.get("content-type"))
      expect((await get(path)).headers.get("cache-status")).toBe("feedwire; hit; detail=memory")
    })

    test("If-None-Match: strong, weak, lists, *, and what is not one", async () => {
      for (const format of FORMATS) {
        const path = `/sections/world/feed.${format}`
        const full = await get(path)
        const tag = tagOf(full)
        const yes = [
          tag,
          `W/${tag}`,
          ` ${tag} `,
          `"x", ${tag}`,
          `${tag},"x"`,
          `W/"a,b" , W/${tag}`,
          `"",${tag},`,
          "*",
          " * ",
        ]
        const bare = tag.slice(1, -1)
        const no = [
          '"x"',
          'W/"x"',
          '"x", "y"',
          '""',
          "",
          "garbage",
          bare,
          `"${bare}`,
          `"${bare}x"`,
          `"x${bare}"`,
          `'${bare}'`,
        ]
        for (const cache of [undefined, new WorkersCache()]) {
          for (const [value, status] of [...yes.map((v) => [v, 304] as const), ...no.map((v) => [v, 200] as const)]) {
            for (const method of ["GET", "HEAD"]) {
              const sent = await send(path, { method, headers: { "if-none-match": value } }, bindings, cache)
              expect([value, sent.status]).toEqual([value, status])
              if (status === 200) {
                expect(sent.text).toBe(method === "GET" ? full.text : "")
                continue
              }
              expect([sent.text, lasting(sent)]).toEqual(["", lasting(full)])
              expect(sent.headers.get("content-type")).toBeNull()
            }
          }
        }
      }
    })

    test("the ETag of another feed, of another deployment, and forged ones with current parts", async () => {
      await publish({ title: "Only here" }, two)
      const [own, other] = [await get("/publishers/two/feed.rss"), await get("/sections/sports/feed.rss")]
      expect(tagOf(own)).not.toBe(tagOf(other))
      const [epoch, ...rest] = tagOf(own).slice(1, -1).split(".")
      const forged = [
        [...[epoch, ...rest], "x"],
        ["0123456789", ...rest],
        [epoch, rest[0], "0", rest[2]],
        [epoch, rest[0], rest[1], "0"],
        [epoch, rest[0]],
      ]
      for (const parts of forged) {
        wait(2 * SECOND)
        for (const cache of [undefined, new WorkersCache()]) {
          const headers = { "if-none-match": `"${parts.join(".")}"` }
          const sent = await send("/publishers/two/feed.rss", { headers }, bindings, cache)
          expect([parts.join("."), sent.status, sent.text === own.text]).toEqual([parts.join("."), 200, true])
        }
      }
      expect((await get("/sections/sports/feed.rss", { "if-none-match": tagOf(own) })).status).toBe(200)
    })

    test("If-Modified-Since: exact, older, newer, invalid; void beside If-None-Match", async () => {
      wait(500)
      await publish({ title: "Since" })
      const path = "/sections/world/feed.rss"
      const full = await get(path)
      const date = dateOf(full)
      expect(Date.parse(date)).toBe(Date.now() - 500)
      const [day, rest] = [date.slice(0, 3), date.slice(5)]
      const [, d, month, year, time] = /^(\d+) (\w+) (\d+) (\S+) GMT$/.exec(rest) ?? rest.split(" ")
      const names = {
        Sun: "Sunday",
        Mon: "Monday",
        Tue: "Tuesday",
        Wed: "Wednesday",
        Thu: "Thursday",
        Fri: "Friday",
        Sat: "Saturday",
      }
      const rfc850 = `${names[day as keyof typeof names]}, ${d}-${month}-${year?.slice(2)} ${time} GMT`
      const asctime = `${day} ${month} ${String(Number(d)).padStart(2, " ")} ${time} ${year}`
      const yes = [date, shift(date, SECOND), shift(date, 86_400_000), rfc850, asctime]
      const invalid = [
        "garbage",
        "",
        "9999",
        "2099",
        "2099-01-01",
        "2099-01-01T00:00:00Z",
        `${date}x`,
        "-1",
        "4102444800000",
        "Jan 1 2099",
      ]
      const no = [shift(date, -SECOND), shift(date, -86_400_000), new Date(0).toUTCString(), ...invalid]
      for (const cache of [undefined, new WorkersCache()]) {
        for (const [value, status] of [...yes.map((v) => [v, 304] as const), ...no.map((v) => [v, 200] as const)]) {
          for (const method of ["GET", "HEAD"]) {
            const sent = await send(path, { method, headers: { "if-modified-since": value } }, bindings, cache)
            expect([value, sent.status]).toEqual([value, status])
            if (status === 304) expect([sent.text, lasting(sent)]).toEqual(["", lasting(full)])
          }
        }
        const both = async (tag: string, since: string) =>
          (await send(path, { headers: { "if-none-match": tag, "if-modified-since": since } }, bindings, cache)).status
        expect(await both('"x"', date)).toBe(200)
        expect(await both("garbage", shift(date, SECOND))).toBe(200)
        expect(await both("", date)).toBe(200)
        expect(await both(tagOf(full), new Date(0).toUTCString())).toBe(304)
        expect(await both("*", "garbage")).toBe(304)
      }
    })

    test("a second change within the same second is never answered 304", async () => {
      const sweep = async () => {
        const ctx = createExecutionContext()
        await worker.scheduled(createScheduledController({ scheduledTime: new Date(), cron: "* * * * *" }), env, ctx)
        await waitOnExecutionContext(ctx)
      }
      const embargo = new Date(Date.now() + 60_000).toISOString()
      await publish({ title: "Embargoed", ...inSection("sports", { embargo }) })
      wait(3_000_000)
      const changes: [string, () => Promise<unknown>][] = [
        ["an article", () => publish({ id: "same second", title: "1", ...inSection("sports") })],
        ["its correction", () => publish({ id: "same second", title: "2", ...inSection("sports") })],
        ["a section's name", () => admin("PATCH", "/sections/sports", { names: { en: "Games" } })],
        ["another article", () => publish({ title: "3", ...inSection("sports") })],
        ["a publisher's terms", () => admin("PATCH", "/publishers/one", { redistribution: "summary" })],
        ["and back", () => admin("PATCH", "/publishers/one", { redistribution: "full" })],
        ["the end of an embargo", sweep],
        ["an article in a section without any", () => publish({ title: "4", ...inSection("football") })],
        ["a withdrawal", () => push(one, { id: "same second" }, { type: "article.deleted", bindings })],
        ["a name again", () => admin("PATCH", "/sections/sports", { names: { en: "Sports" } })],
      ]
      for (const order of [changes, [...changes].reverse()]) {
        wait(3_000_000)
        const paths = ["/sections/sports/feed.json", "/feed.rss", "/publishers/one/feed.atom"]
        let before = await Promise.all(paths.map((path) => get(path)))
        for (const [change, make] of order) {
          wait(7)
          await make()
          const now = await Promise.all(paths.map((path) => get(path)))
          for (const [at, path] of paths.entries()) {
            const [old, current] = [before[at] as Answer, now[at] as Answer]
            expect(Date.parse(dateOf(current))).toBeLessThanOrEqual(Date.now())
            if (old.text === current.text) continue
            expect([change, path, tagOf(current) === tagOf(old)]).toEqual([change, path, false])
            for (const cache of [undefined, new WorkersCache()]) {
              const since = await send(path, { headers: { "if-modified-since": dateOf(old) } }, bindings, cache)
              expect([change, path, since.status]).toEqual([change, path, 200])
              const none = await send(path, { headers: { "if-none-match": tagOf(old) } }, bindings, cache)
              expect([change, path, none.status]).toEqual([change, path, 200])
            }
          }
          before = now
        }
      }
      await admin("PATCH", "/publishers/one", { redistribution: "full" })
      expect((await get("/sections/sports/feed.json")).text).toContain("Embargoed")
    })

    test("after a burst Last-Modified is never later than now, and later it validates", async () => {
      const path = "/sections/world/feed.rss"
      for (let n = 0; n < 5; n++) await publish({ title: `Burst ${n}` })
      const first = await get(path)
      expect(Date.parse(dateOf(first))).toBeLessThanOrEqual(Date.now())
      wait(SECOND)
      expect(Date.parse(dateOf(await get(path)))).toBeLessThanOrEqual(Date.now())
      wait(60_000)
      const later = await get(path)
      expect([tagOf(later), later.text === first.text]).toEqual([tagOf(first), true])
      expect((await get(path, { "if-modified-since": dateOf(later) })).status).toBe(304)
      expect(dateOf(await get(path, { "if-none-match": "*" }))).toBe(dateOf(later))
    })

    test("a change in sports leaves world's validators, bytes and readers alone", async () => {
      const apart = [
        "/sections/world/feed.rss",
        "/sections/europe/feed.atom",
        "/publishers/two/feed.json",
        "/sections/arts/feed.rss",
      ]
      const touched = ["/sections/sports/feed.rss", "/publishers/one/feed.json", "/feed.atom"]
      const read = (paths: string[]) => Promise.all(paths.map((path) => get(path)))
      const [a, t] = [await read(apart), await read(touched)]
      wait(60_000)
      await publish({ title: "Goal", ...inSection("sports") })
      for (const [at, sent] of (await read(apart)).entries()) {
        const was = a[at] as Answer
        expect([apart[at], lasting(sent), sent.text === was.text]).toEqual([apart[at], lasting(was), true])
        expect((await get(apart[at] as string, { "if-none-match": tagOf(was) })).status).toBe(304)
        expect((await get(apart[at] as string, { "if-modified-since": dateOf(was) })).status).toBe(304)
      }
      for (const [at, sent] of (await read(touched)).entries()) {
        const was = t[at] as Answer
        expect([touched[at], tagOf(sent) === tagOf(was), dateOf(sent) === dateOf(was)]).toEqual([
          touched[at],
          false,
          false,
        ])
        expect(sent.text).toContain("Goal")
      }
      // A change of a child section is a change of its parent.
      const parent = await get("/sections/sports/feed.rss")
      await publish({ title: "Offside", ...inSection("football") })
      expect(tagOf(await get("/sections/sports/feed.rss"))).not.toBe(tagOf(parent))
    })

    test("validators stay the same after a repetition, a dry run, a refused push and a refused change of a section", async () => {
      const item = article({ title: "Once" })
      await push(one, item, { bindings })
      const before = await get("/sections/world/feed.json")
      wait(5 * SECOND)
      await push(one, item, { bindings })
      await push(one, article({ title: "Dry run" }), { bindings, query: "?dry_run=1" })
      await push(one, article({ title: "Refused", url: "nowhere" }), { bindings })
      await admin("PATCH", "/sections/nothing", { names: { en: "Nothing" } })
      expect(lasting(await get("/sections/world/feed.json"))).toEqual(lasting(before))
    })

    test("a page that was read before a push and cached after it is not served", async () => {
      const path = "/sections/world/feed.json"
      await publish({ title: "Before the race" })
      let release = () => {}
      const released = new Promise<void>((resolve) => {
        release = resolve
      })
      let reached = () => {}
      const reading = new Promise<void>((resolve) => {
        reached = resolve
      })
      const late = async <T>(answer: Promise<T>): Promise<T> => {
        const result = await answer
        reached()
        await released
        return result
      }
      const slow = (statement: D1PreparedStatement): D1PreparedStatement =>
        ({
          bind: (...values: unknown[]) => slow(statement.bind(...values)),
          all: () => late(statement.all()),
        }) as D1PreparedStatement
      const DB = {
        prepare: (query: string) => slow(env.DB.prepare(query)),
        batch: () => Promise.reject(new Error("not asked")),
      } as unknown as D1Database
      const old = get(path, {}, "GET", { ...bindings, DB })
      await reading
      await publish({ title: "After the race" })
      release()
      expect((await old).text).not.toContain("After the race")
      expect((await get(path)).text).toContain("After the race")
    })
  })

  describe("pages", () => {
    test("50 newest, ties by id, in the same order everywhere", async () => {
      await section("ties")
      const at = (hour: number) => new Date(Date.UTC(2026, 10, 1, hour)).toISOString()
      const items = Array.from({ length: 64 }, (_, n) =>
        article({ title: `Tie ${n}`, date_published: at(n % 4), ...inSection("ties") }),
      )
      for (let n = 0; n < 64; n += 16) await push(one, items.slice(n, n + 16), { bindings })
      const { rss, atom, json } = await readings("/sections/ties")
      const order = json.entries.map(({ id }) => id)
      const expected = await env.DB.prepare(
        "select a.id from articles a where a.title like 'Tie %' order by a.published_at desc, a.id desc limit 50",
      ).all<{ id: string }>()
      expect(order.map((id) => id.split(":").at(-1))).toEqual(expected.results.map(({ id }) => id))
      expect(new Set(order).size).toBe(50)
      expect([rss, atom].map((reading) => reading.entries.map(({ id }) => id))).toEqual([order, order])
      const dates = json.entries.map(({ published }) => published)
      expect(dates).toEqual([...dates].sort((a, b) => b - a))
      // The order stays the same after a change. A correction moves nothing, but brings an old article back into the feed.
      const titles = json.entries.map(({ title }) => title)
      const hidden = items.find(({ title }) => !titles.includes(title as string))
      wait(SECOND)
      await push(one, { ...hidden, title: "Tie corrected" }, { bindings, type: "article.updated" })
      const corrected = (await readings("/sections/ties")).atom.entries
      expect(corrected.slice(0, 50).map(({ id }) => id)).toEqual(order)
      expect(corrected.slice(50).map(({ title }) => title)).toEqual(["Tie corrected"])
      // An article that is older than all is not in the feed. A newer one is first, and the last one leaves.
      await publish({ title: "Old", date_published: "2020-01-01T00:00:00Z", ...inSection("ties") })
      expect((await get("/sections/ties/feed.rss")).text).not.toContain("<title>Old</title>")
      await publish({ title: "New", date_published: at(9), ...inSection("ties") })
      const next = (await readings("/sections/ties")).rss.entries
      expect([next[0]?.title, next.slice(1, 50).map(({ id }) => id)]).toEqual(["New", order.slice(0, 49)])
      expect(next.slice(50).map(({ title }) => title)).toEqual(["Tie corrected"])
    })

    test("a feed has at most 2 MiB of bodies: the entries after that have summaries", async () => {
      await section("long")
      const big = (n: number) =>
        article({
          title: `Long ${n}`,
          summary: `Short ${n}`,
          content_html: `<p>${"x".repeat(250 * 1024)}</p>`,
          ...inSection("long"),
        })
      for (let n = 0; n < 12; n += 3) await push(one, [big(n), big(n + 1), big(n + 2)], { bindings })
      const { rss, atom, json } = await readings("/sections/long")
      const titles = Array.from({ length: 12 }, (_, n) => `Long ${11 - n}`)
      const whole = [...Array(9).fill(true), false, false, false]
      for (const { entries } of [rss, atom, json]) {
        expect(entries.map(({ title }) => title)).toEqual(titles)
        expect(entries.map(({ content }) => content.includes("xxx"))).toEqual(whole)
      }
      const { text } = await get("/sections/long/feed.json")
      expect(text.length).toBeLessThan(2.3 * 1024 * 1024)
      expect((await get("/sections/long/feed.json")).text).toBe(text)
      // On a shorter page they are whole.
      const next = (await get("/sections/long/feed.json?limit=9")).json.next_url as string
      const rest = (await get(next.slice(ORIGIN.length))).json.items as { content_html?: string }[]
      expect(rest.map(({ content_html }) => content_html?.includes("xxx"))).toEqual([true, true, true])
    })

    test("and at least one body, although no push accepts one of that size", async () => {
      await section("giant")
      await publish({ title: "Small", date_published: "2026-10-01T00:00:00Z", ...inSection("giant") })
      await publish({ title: "Giant", date_published: "2026-11-01T00:00:00Z", ...inSection("giant") })
      await env.DB.prepare("update articles set size_in_bytes = 3000000 where title = 'Giant'").run()
      const { items } = (await get("/sections/giant/feed.json")).json
      expect(
        items.map(({ title, content_html }: { title: string; content_html?: string }) => [title, !!content_html]),
      ).toEqual([
        ["Giant", true],
        ["Small", false],
      ])
    })

    test("a section without articles is a valid empty feed", async () => {
      const { rss, atom, json } = await feedsOf("/sections/arts")
      expect(json.json).toMatchObject({ version: "https://jsonfeed.org/version/1.1", language: "ar", items: [] })
      expect(Object.values(json.json)).not.toContain(null)
      for (const each of [rss, atom]) expect(XMLValidator.validate(each.text)).toBe(true)
      const channel = child(readXml(rss.text), "channel")
      for (const name of ["title", "link", "description", "lastBuildDate"]) {
        expect([name, child(channel, name)?.text]).toEqual([name, expect.stringMatching(/\S/)])
      }
      const feed = readXml(atom.text)
      for (const name of ["id", "title", "updated"]) {
        expect([name, all(feed, name).length, child(feed, name)?.text]).toEqual([name, 1, expect.stringMatching(/\S/)])
      }
      expect(parseRssFeed(rss.text).items ?? []).toEqual([])
      expect(parseAtomFeed(atom.text).entries ?? []).toEqual([])
      expect(parseJsonFeed(json.text).items ?? []).toEqual([])
    })
  })

  describe("headers and discovery", () => {
    const url = (selection: string, format: Format, origin = ORIGIN) => `${origin}${selection}/feed.${format}`
    const linksOf = (sent: Answer) =>
      (sent.headers.get("link") ?? "").split(", ").map((link) => {
        const [, href, rel, type] = /^<([^>]+)>; rel="(\w+)"(?:; type="([^"]+)")?$/.exec(link) ?? []
        return { href, rel, type }
      })

    test("headers for caches, other origins and content sniffing", async () => {
      for (const selection of SELECTIONS) {
        for (const format of FORMATS) {
          const { headers } = await get(`${selection}/feed.${format}`)
          expect(headers.get("cache-control")).toBe("public, max-age=300")
          expect(headers.get("cdn-cache-control")).toBe("max-age=300, stale-while-revalidate=30, stale-if-error=3600")
          expect(headers.get("cache-tag")?.split(",").sort()).toEqual([
            selection === "" ? "all" : expect.stringMatching(/^(section:\d+|publisher:[0-9a-f]{16})$/),
            "wire",
          ])
          expect(headers.get("access-control-allow-origin")).toBe("*")
          expect(headers.get("access-control-expose-headers")).toContain("ETag")
          expect(headers.get("x-content-type-options")).toBe("nosniff")
          expect(headers.get("content-security-policy")).toContain("default-src 'none'")
          expect(headers.get("set-cookie")).toBeNull()
        }
      }
      const tags = await Promise.all(
        SELECTIONS.map(async (path) => (await get(`${path}/feed.rss`)).headers.get("cache-tag")),
      )
      expect(new Set(tags).size).toBe(SELECTIONS.length)
    })

    test("self, alternate and no hub: in Link and in the document", async () => {
      for (const selection of SELECTIONS) {
        const { rss, atom, json } = await feedsOf(selection)
        for (const [format, sent] of Object.entries({ rss, atom, json }) as [Format, Answer][]) {
          const others = FORMATS.filter((other) => other !== format)
          expect(linksOf(sent)).toEqual([
            { href: url(selection, format), rel: "self" },
            ...others.map((other) => ({ href: url(selection, other), rel: "alternate", type: TYPES[other] })),
          ])
        }
        const hrefs = (node: ReturnType<typeof child>, name: string, rel: string) =>
          all(node, name, { rel }).map(({ attributes }) => [attributes.href, attributes.type])
        const channel = child(readXml(rss.text), "channel")
        expect(hrefs(channel, "atom:link", "self")).toEqual([[url(selection, "rss"), TYPES.rss]])
        expect(hrefs(channel, "atom:link", "alternate")).toEqual([
          [url(selection, "atom"), TYPES.atom],
          [url(selection, "json"), TYPES.json],
        ])
        expect(hrefs(channel, "atom:link", "hub")).toEqual([])
        const feed = readXml(atom.text)
        expect(hrefs(feed, "link", "self")).toEqual([[url(selection, "atom"), TYPES.atom]])
        expect(hrefs(feed, "link", "alternate")).toEqual([
          [`${ORIGIN}${selection || "/"}`, "text/html"],
          [url(selection, "rss"), TYPES.rss],
          [url(selection, "json"), TYPES.json],
        ])
        expect(hrefs(feed, "link", "hub")).toEqual([])
        expect(json.json).toMatchObject({
          feed_url: url(selection, "json"),
          home_page_url: `${ORIGIN}${selection || "/"}`,
        })
        expect(json.json.hubs).toBeUndefined()
        expect(child(channel, "ttl")?.text).toBe("5")
      }
    })

    test("with a hub: it is named once everywhere, readers poll less often, and the validators differ", async () => {
      const HUB_URL = "https://hub.example/?a=1&b=2"
      // An origin of its own, so that nothing in the caches of this isolate applies.
      const other = "https://hubbed.example"
      const from: Env = { ...bindings, HUB_URL, FEEDS_URL: other }
      const plainly: Env = { ...bindings, FEEDS_URL: other }
      for (const selection of SELECTIONS) {
        const without = await feedsOf(selection, plainly)
        wait(2 * SECOND)
        const { rss, atom, json } = await feedsOf(selection, from)
        wait(2 * SECOND)
        for (const [format, sent] of Object.entries({ rss, atom, json }) as [Format, Answer][]) {
          expect(linksOf(sent).filter(({ rel }) => rel !== "alternate")).toEqual([
            { href: url(selection, format, other), rel: "self" },
            { href: HUB_URL, rel: "hub" },
          ])
          expect(sent.headers.get("cache-control")).toBe("public, max-age=900")
          expect(sent.headers.get("cdn-cache-control")).toBe(
            "max-age=300, stale-while-revalidate=30, stale-if-error=3600",
          )
          expect(sent.headers.get("etag")).not.toBe(without[format].headers.get("etag"))
          const tag = { "if-none-match": without[format].headers.get("etag") ?? "" }
          expect((await get(`${selection}/feed.${format}`, tag, "GET", from)).status).toBe(200)
        }
        for (const reading of [readRss(rss.text), readAtom(atom.text), readJson(json.text)])
          expect(reading.hub).toBe(HUB_URL)
        expect(json.json.hubs).toEqual([{ type: "WebSub", url: HUB_URL }])
        expect(child(child(readXml(rss.text), "channel"), "ttl")?.text).toBe("15")
      }
    })

    test("nothing else is cacheable", async () => {
      const paths = [
        "/healthz",
        "/problems/not_found",
        "/nothing",
        "/FEED.rss",
        "/feed.rss?x=1",
        "/sections/none/feed.rss",
        "/sections/soccer/feed.rss",
        "/admin/api/sections",
        "/push/one/articles",
      ]
      for (const path of paths) {
        for (const method of ["GET", "HEAD", "POST", "OPTIONS"]) {
          const { headers, status } = await get(path, {}, method)
          expect([path, method, headers.get("cache-control")]).toEqual([path, method, "private, no-store"])
          expect([path, headers.has("cdn-cache-control"), headers.has("cache-tag"), headers.has("etag")]).toEqual([
            path,
            false,
            false,
            false,
          ])
          for (const name of SECURITY) expect([path, status, headers.has(name)]).toEqual([path, status, true])
        }
      }
      const pushed = await publish({ title: "Not cacheable" })
      expect([pushed.status, pushed.headers.get("cache-control")]).toEqual([200, "private, no-store"])
    })
  })

  describe("the content of a feed", () => {
    test("everything that was pushed, in the members of every format", async () => {
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
      expect(entry).toEqual({
        id: pushed.json.results[0].id,
        url: "https://one.example/whole?a=1&b=2",
        title: "The whole article",
        subtitle: "And its subtitle",
        dateline: "BEIRUT — One",
        summary: "What it says in short",
        content: `${body}\n<p><em>The number was &lt;wrong&gt;</em></p>`,
        published: Date.UTC(2026, 10, 1, 8),
        updated: Date.UTC(2026, 10, 2, 9, 30, 0, 500),
        authors: ["Ada", "Béla & Co"],
        authorUrls: ["https://one.example/ada", ""],
        labels: ["Whole", "elections", "Budget & taxes", "Oddities"],
        language: "",
        source: { name: "one", feed: `${ORIGIN}/publishers/one/feed.json` },
        image: { url: "https://one.example/lead.jpg", width: "1200", height: "800" },
        caption: "A crowd",
        credit: "Photo: B",
        rights: "© One",
        via: { url: "https://agency.example/1", name: "Agency" },
        related: ["https://one.example/before Before", "https://one.example/b?x&y "],
        files: ["https://one.example/a.mp3 audio/mpeg 12345", "https://one.example/b.pdf application/pdf ?"],
      })
      // RSS has no member for the addresses of authors.
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
        rights: "© One",
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

      // A correction: the same id and publication, later updated.
      await push(one, { ...item, title: "Corrected", date_modified: "2026-11-03T00:00:00Z" }, { bindings })
      for (const { entries } of Object.values(await readings("/sections/whole"))) {
        expect(entries.map(({ id, title, published, updated }) => ({ id, title, published, updated }))).toEqual([
          { id: entry?.id, title: "Corrected", published: entry?.published, updated: Date.UTC(2026, 10, 3) },
        ])
      }
      // A withdrawn article leaves all of them.
      wait(SECOND)
      await push(one, { id: "the whole" }, { type: "article.deleted", bindings })
      for (const { entries } of Object.values(await readings("/sections/whole"))) expect(entries).toEqual([])
      for (const sent of Object.values(await feedsOf("/feed".slice(5)))) expect(sent.text).not.toContain("Corrected")
    })

    test("the same ids, titles, dates and bodies in three formats, read by three parsers", async () => {
      const parser = new XMLParser({
        ignoreAttributes: false,
        isArray: (name) => name === "item" || name === "entry",
        parseTagValue: false,
      })
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

    test("redistribution: full, summary, none; every format obeys at once", async () => {
      const limited = await publisher("limited", { language: "en", default_section: "arts" })
      const item = article({
        title: "Shown title",
        summary: "Shown summary",
        content_html: "<p>Shown body</p>",
        date_published: "2026-11-20T00:00:00Z",
        attachments: [{ url: "https://one.example/shown.mp3", mime_type: "audio/mpeg", size_in_bytes: 5 }],
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
      // Only the headline and its link: an article without a headline is not in the feed.
      expect(await visibleParts(2)).toEqual([true, false, false, false, false])
      const none = await feedsOf("/publishers/limited")
      for (const { content_html, content_text } of none.json.json.items) {
        expect([content_html, typeof content_text]).toEqual([undefined, "string"])
      }
      for (const each of [none.rss, none.atom]) {
        expect(XMLValidator.validate(each.text)).toBe(true)
        expect(each.text).not.toMatch(/Shown body|Shown summary|made into/)
      }
      expect(none.json.text).not.toMatch(/Shown body|Shown summary|made into/)
      await set("full")
      expect(await visibleParts()).toEqual([true, true, true, true, true])
    })

    test("Arabic, English, mixed: languages and directions", async () => {
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
      // The first is stated to be English (see article() in world.ts): a language that a publisher states is used.
      const stated = json.json.items.map((item: { language?: string; _feedwire: { direction: string } }) => [
        item.language,
        item._feedwire.direction,
      ])
      expect(stated).toEqual([
        [undefined, "ltr"],
        ["ar", "rtl"],
        ["ar-EG", "rtl"],
        ["ar", "rtl"],
        [undefined, "ltr"],
        ["fr-CA", "ltr"],
      ])
      const feed = readXml(atom.text)
      expect(feed.attributes["xml:lang"]).toBe("en")
      expect(all(feed, "entry").map(({ attributes }) => attributes["xml:lang"])).toEqual([
        undefined,
        "ar",
        "ar-EG",
        "ar",
        undefined,
        "fr-CA",
      ])
      const channel = child(readXml(rss.text), "channel")
      expect(child(channel, "language")?.text).toBe("en")
      expect(all(channel, "item").map((item) => child(item, "dc:language")?.text)).toEqual([
        undefined,
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
        // Isolated, because a reader's left-to-right menu would shuffle it.
        expect(entries[3]?.title).toBe("\u200F\u2067BBC تبث من بيروت\u2069")
        expect(entries[2]?.title).toBe("خبر")
        // Sections are named in the article's language.
        expect(entries.map(({ labels }) => labels[0])).toEqual([
          "Tongues",
          "ألسنة",
          "ألسنة",
          "ألسنة",
          "Tongues",
          // The default language is English if a section has no French name.
          "Tongues",
        ])
      }
      // A section that has only an Arabic name, a publisher that writes Arabic.
      const arts = await readings("/sections/arts")
      expect([arts.atom.language, arts.rss.language, arts.json.language]).toEqual(["ar", "ar", "ar"])
      expect(arts.atom.title).toContain("ثقافة — feedwire")
      expect([arts.rss.title, arts.json.title]).toEqual([arts.atom.title, arts.atom.title])
      expect((await readings("/publishers/two")).atom.language).toBe("ar")
    })

    test("a deployment in Arabic, with an awkward title of its own", async () => {
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

    test("awkward strings give well-formed feeds with the same text in every format", async () => {
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
        "bell back null escape delete next nonchar",
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
      // Served as bytes of UTF-8.
      const response = await worker.fetch(
        new Request(`${ORIGIN}/sections/awkward/feed.rss`),
        bindings,
        createExecutionContext(),
      )
      expect(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await response.arrayBuffer())).toBe(
        sent.rss.text,
      )
    })

    test("names of JavaScript's own objects are ordinary names", async () => {
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

  describe("other answers", () => {
    test("/problems/:code explains every code, and near misses", async () => {
      const { PROBLEMS } = await import("../../src/http/problem.ts")
      for (const [code, [status, title]] of Object.entries(PROBLEMS)) {
        const sent = await get(`/problems/${code}`)
        expect([sent.status, sent.headers.get("content-type")]).toEqual([200, "text/plain;charset=UTF-8"])
        expect(sent.text).toContain(`${code} (${status})`)
        expect(sent.text).toContain(title)
      }
      expect((await get("/problems/unknown_sections")).json.detail).toContain("Did you mean unknown_section?")
    })

    const failing = (error: Error): Env => {
      const reject = () => Promise.reject(error)
      const statement = { bind: () => statement, all: reject, run: reject, raw: reject, first: reject }
      return { ...bindings, DB: { prepare: () => statement, batch: reject } as unknown as D1Database }
    }

    test("a 500 carries the request's id and no internals; the log has both", async () => {
      const logged = vi.spyOn(console, "error").mockImplementation(() => {})
      for (const path of ["/", "/feed.rss", "/sections/world/feed.atom", "/publishers/one/feed.json"]) {
        wait(2 * SECOND)
        logged.mockClear()
        const sent = await get(
          path,
          { "cf-ray": "8f00ba4d12ab34cd-CMN" },
          "GET",
          failing(new TypeError("hidden in table articles")),
        )
        await expectProblem(sent, 500, "internal_error")
        expect(sent.json.request_id).toBe("8f00ba4d12ab34cd-CMN")
        expect(sent.text).not.toMatch(/hidden|TypeError|articles|select|\bat \w+ \(|\.ts/)
        expect(sent.headers.get("etag")).toBeNull()
        const [line] = logged.mock.calls.map(([text]) => JSON.parse(text as string))
        expect(line).toMatchObject({ level: "error", id: "8f00ba4d12ab34cd-CMN", path, error: "TypeError" })
        expect(line.frames[0]).toMatch(/^at /)
        expect(JSON.stringify(line)).not.toContain("hidden")
        const head = await get(path, {}, "HEAD", failing(new TypeError("hidden")))
        expect([head.status, head.text]).toEqual([500, ""])
      }
    })

    test("a store that cannot be reached is 503 with Retry-After, warm or cold", async () => {
      vi.spyOn(console, "error").mockImplementation(() => {})
      for (const path of ["/", "/feed.rss", "/sections/world/feed.atom", "/sections/nowhere/feed.json"]) {
        wait(2 * SECOND)
        const sent = await get(
          path,
          { "if-none-match": "*" },
          "GET",
          failing(new Error("D1_ERROR: Network connection lost.")),
        )
        await expectProblem(sent, 503, "storage_unavailable")
        expect(sent.headers.get("retry-after")).toMatch(/^\d+$/)
        expect(sent.text).not.toMatch(/D1|select|Network/)
      }
      // The failure leaves nothing in the caches.
      expect((await get("/feed.rss")).status).toBe(200)
    })

    test("invalid settings are a 500 in the usual form, and the log names them", async () => {
      const logged = vi.spyOn(console, "error").mockImplementation(() => {})
      for (const wrong of [
        { FEEDS_URL: "feeds.example" },
        { FEEDS_URL: "https://feeds.example/path" },
        { FEEDS_URL: "" },
        { HUB_URL: "hub.example" },
      ]) {
        logged.mockClear()
        const sent = await get("/feed.rss", {}, "GET", { ...bindings, ...wrong })
        expect([sent.status, sent.json?.code, sent.json?.request_id]).toEqual([
          500,
          "internal_error",
          expect.stringMatching(/^[\w-]{8,}$/),
        ])
        expect(sent.text).not.toContain("set it to")
        expect(logged.mock.calls.flat().join()).toContain(Object.keys(wrong)[0])
      }
    })

    test("one JSON line a request", async () => {
      const logged = vi.spyOn(console, "log").mockImplementation(() => {})
      vi.spyOn(console, "error").mockImplementation(() => {})
      const requests: [string, string, number, Env?][] = [
        ["/feed.rss", "GET", 200],
        ["/feed.rss", "HEAD", 200],
        ["/FEED.rss", "GET", 301],
        ["/sections/nowhere/feed.rss", "GET", 404],
        ["/feed.rss?x=1", "GET", 400],
        ["/feed.rss", "DELETE", 405],
        ["/", "GET", 200],
        ["/healthz", "GET", 200],
        ["/no%0Aline\u2028s", "GET", 404],
        ["/publishers/nobody/feed.rss", "GET", 500, failing(new TypeError("hidden"))],
      ]
      for (const [path, method, status, from] of requests) {
        logged.mockClear()
        const sent = await get(path, {}, method, from)
        expect(logged.mock.calls).toHaveLength(1)
        const text = logged.mock.calls[0]?.[0] as string
        expect(text).not.toContain("\n")
        const line = JSON.parse(text)
        expect(line).toMatchObject({
          level: "info",
          event: "request",
          method,
          status,
          path: decodeURIComponent(new URL(path, ORIGIN).pathname),
          ms: expect.any(Number),
        })
        expect([sent.status, line.id]).toEqual([status, expect.stringMatching(/^[\w-]{8,}$/)])
        if (status >= 400 && method !== "HEAD") expect(sent.json.request_id).toBe(line.id)
        if (path === "/feed.rss" && status === 200) expect(line.cache).toBe(sent.headers.get("cache-status"))
      }
    })
  })
})
