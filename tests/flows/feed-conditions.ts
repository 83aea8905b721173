/** Tests that validators of feeds stay equal while the state is equal, and differ after a change. */
import { createExecutionContext, createScheduledController, waitOnExecutionContext } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { expect, test } from "vitest"
import worker from "../../src/index.ts"
import { FORMATS, inSection, one, requestsWith, SECOND, two, wait } from "./feeds.ts"
import { WorkersCache } from "./workers-cache.ts"
import { type Answer, admin, article, push, send } from "./world.ts"

/** @param bindings of an isolate that has validators in memory, or of one that reads them from D1 */
export function testConditions(bindings: Env): void {
  const { get, publish } = requestsWith(bindings)

  /**
   * The headers that must not change while the state is the same: all except the headers of the body and the cache
   * status.
   */
  const lasting = ({ headers }: Answer) =>
    Object.fromEntries([...headers].filter(([name]) => !/^(content-type|content-length|cache-status)$/.test(name)))
  /** The headers of a 304. A cache puts them over those of its copy, so links and rights stay out of it. */
  const lastingOf304 = (full: Answer) => {
    const { link: _, "content-usage": __, ...headers } = lasting(full)
    return headers
  }
  const tagOf = (sent: Answer) => sent.headers.get("etag") as string
  const dateOf = (sent: Answer) => sent.headers.get("last-modified") as string
  const shift = (date: string, ms: number) => new Date(Date.parse(date) + ms).toUTCString()

  test("GET and HEAD have equal headers, and HEAD has no body", async () => {
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

  test("the same state has the same bytes and validators, whenever and however it is requested", async () => {
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

  test("If-None-Match may be strong, weak, a list or *, and an invalid one is ignored", async () => {
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
            expect([sent.text, lasting(sent)]).toEqual(["", lastingOf304(full)])
            expect(sent.headers.get("content-type")).toBeNull()
          }
        }
      }
    }
  })

  test("the ETag of another feed or deployment never matches, nor does a forged one with current parts", async () => {
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

  test("If-Modified-Since is compared exactly, and ignored if it is invalid or beside If-None-Match", async () => {
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
          if (status === 304) expect([sent.text, lasting(sent)]).toEqual(["", lastingOf304(full)])
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

  test("after a burst Last-Modified is never later than now, and it validates again later", async () => {
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

  test("a change in sports does not affect world's validators, bytes and readers", async () => {
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
    // A change of a child section changes its parent.
    const parent = await get("/sections/sports/feed.rss")
    await publish({ title: "Offside", ...inSection("football") })
    expect(tagOf(await get("/sections/sports/feed.rss"))).not.toBe(tagOf(parent))
  })

  test("validators stay the same after a repetition, a dry run, and a refused push or section change", async () => {
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
}
