/** Tests that the edge shows one change at once, many within 75 s, and any within 6 minutes if every purge fails. */
import { env } from "cloudflare:workers"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import { WorkersCache } from "./workers-cache.ts"
import { admin, article, health, makeWire, push, send } from "./world.ts"

let cache: WorkersCache

const WORLD = "/sections/world/feed.json"
const SPORTS = "/sections/sports/feed.rss"
const { one } = await makeWire({
  sections: { world: {}, sports: {} },
  publishers: { one: { default_section: "world" } },
})
let start = Date.now() + 24 * 3_600_000
beforeEach(() => {
  // Each test begins an hour after the one before it, with an empty edge and a free token.
  start += 3_600_000
  vi.useFakeTimers({ toFake: ["Date"], now: start })
  cache = new WorkersCache()
})
afterEach(() => {
  vi.useRealTimers()
})

const wait = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000)
const publish = (title: string, more: object = {}) => push(one, article({ title, ...more }), { cache })
const unpurgedCommits = async () =>
  (await env.DB.prepare("select (select max(no) from commits) - purged_commit_no n from purge").first<{ n: number }>())
    ?.n

describe("Workers Cache in front", () => {
  test("shows a push at once and keeps unchanged feeds", async () => {
    await cache.sweep()
    await cache.get(WORLD)
    await cache.get(SPORTS)
    expect(await cache.get(WORLD)).toMatchObject({ hit: true })
    wait(60)
    await publish("Shown at once")
    const answer = await cache.get(WORLD)
    expect([answer.hit, answer.body.includes("Shown at once")]).toEqual([false, true])
    expect(await cache.get(SPORTS)).toMatchObject({ hit: true })
    expect(cache.purges.at(-1)).toContain("section:1")
    expect(cache.purges.at(-1)).not.toContain("section:2")
  })

  test("shows the second change of a burst, which has no token, with the next sweep, within 75 s", async () => {
    await publish("Burst 1")
    await cache.get(WORLD)
    wait(3)
    const purges = cache.purges.length
    await publish("Burst 2")
    expect(cache.purges).toHaveLength(purges)
    expect((await cache.get(WORLD)).body).not.toContain("Burst 2")
    wait(57)
    await cache.sweep()
    expect((await cache.get(WORLD)).body).toContain("Burst 2")
    expect(await unpurgedCommits()).toBe(0)
  })

  test("is purged again by the next sweep, because an older page may be stored after the first purge", async () => {
    const before = await cache.render(WORLD)
    await publish("The race")
    before.store()
    expect((await cache.get(WORLD)).body).not.toContain("The race")
    expect(await unpurgedCommits()).toBeGreaterThan(0)
    wait(60)
    await cache.sweep()
    expect((await cache.get(WORLD)).body).toContain("The race")
    expect(await unpurgedCommits()).toBe(0)
  })

  test("keeps scopes of refused purges pending, which /healthz reports, for the next successful purge", async () => {
    await cache.get(WORLD)
    cache.refusing = true
    await publish("Refused")
    for (let minute = 0; minute < 2; minute++) {
      wait(60)
      await cache.sweep()
    }
    expect((await cache.get(WORLD)).body).not.toContain("Refused")
    const report = await health("purges:delay", env, cache)
    expect(report).toEqual({ status: 200, state: "warn", detail: expect.stringContaining("behind by 120 s") })
    cache.refusing = false
    wait(60)
    await cache.sweep()
    expect((await cache.get(WORLD)).body).toContain("Refused")
    expect((await health("purges:delay", env, cache)).state).toBe("pass")
  })

  test("shows a change within 6 minutes even if every purge is refused", async () => {
    cache.refusing = true
    await publish("Slow")
    await cache.get(WORLD)
    await publish("Slower")
    wait(329)
    expect((await cache.get(WORLD)).body).not.toContain("Slower")
    wait(1)
    expect((await cache.get(WORLD)).body).toContain("Slower")
  })

  test("gets at most six purges for sixty changes in a minute", async () => {
    for (let second = 0; second < 60; second++) {
      await publish(`Flood ${second}`)
      wait(1)
    }
    expect(cache.purges.length).toBeLessThanOrEqual(6)
    cache.spendBudget()
    await cache.sweep()
    expect(await unpurgedCommits()).toBeGreaterThan(0)
    wait(60)
    await cache.sweep()
    expect(await unpurgedCommits()).toBe(0)
  })

  test("is purged completely in one call if there are more scopes than a purge may name", async () => {
    await cache.sweep()
    wait(60)
    const many = JSON.stringify(Array.from({ length: 101 }, (_, id) => `section:${id}`))
    await env.DB.prepare("insert into commits (no, at, scopes) select max(no) + 1, ?, ? from commits")
      .bind(Date.now(), many)
      .run()
    const tags = (n: number) => Array.from({ length: 30 }, (_, i) => `tag ${n * 30 + i}`)
    await push(
      one,
      [0, 1, 2, 3, 4].map((n) => article({ tags: tags(n) })),
      { cache },
    )
    expect(cache.purges.at(-1)).toEqual(["wire"])
  })

  test("shows a new name in every feed with the next sweep", async () => {
    await cache.get(SPORTS)
    await admin("PATCH", "/sections/sports", { names: { en: "Sport and games" } })
    wait(60)
    await cache.sweep()
    const answer = await cache.get(SPORTS)
    expect([answer.hit, answer.body.includes("Sport and games")]).toEqual([false, true])
  })

  test("shows an embargoed article in no feed before its end, and in all after the purge", async () => {
    const until = new Date(start + 30 * 60_000).toISOString()
    const sent = await publish("Embargoed", { id: "embargoed", _feedwire: { sections: ["sports"], embargo: until } })
    expect(sent.json.results[0]).toMatchObject({ outcome: "created", feeds: [] })
    await cache.get(SPORTS)
    await cache.sweep()
    expect((await cache.get(SPORTS)).body).not.toContain("Embargoed")
    expect((await send("/feed.atom")).text).not.toContain("Embargoed")
    const memberships =
      "select count(*) n from memberships s join articles a on a.id = s.article_id where a.guid = 'embargoed'"
    expect(await env.DB.prepare(memberships).first()).toEqual({ n: 0 })
    const commits = "select max(no) no from commits"
    const before = await env.DB.prepare(commits).first<{ no: number }>()
    wait(31 * 60)
    await cache.sweep()
    const after = await env.DB.prepare(commits).first<{ no: number }>()
    expect(after?.no).toBe((before?.no ?? 0) + 1)
    expect((await cache.get(SPORTS)).body).toContain("Embargoed")
    const again = await env.DB.prepare("select scopes, commit_no from articles where guid = 'embargoed'").first()
    expect(again).toMatchObject({ commit_no: after?.no })
    await cache.sweep()
    expect(await env.DB.prepare(commits).first()).toEqual(after)
  })
})

describe("an embargoed article", () => {
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()
  const now = () => new Date().toISOString()
  const state = (guid: string) =>
    env.DB.prepare("select state, published_at from articles where guid = ?").bind(guid).first()

  test("can be withdrawn and corrected, whatever its date", async () => {
    const item = article({ id: "planned", date_published: day(7), _feedwire: { embargo: day(7) } })
    await push(one, item, { timestamp: now() })
    wait(5)
    const sooner = { ...item, date_published: day(1), _feedwire: { embargo: day(1) } }
    expect((await push(one, sooner, { timestamp: now() })).json.results[0].outcome).toBe("updated")
    wait(5)
    const gone = await push(one, { id: "planned" }, { type: "article.deleted", timestamp: now() })
    expect(gone.json.results[0].outcome).toBe("deleted")
    expect(await state("planned")).toEqual({ state: "deleted", published_at: null })
  })

  test("has its own date after the embargo is lifted, not the end of the embargo", async () => {
    const item = article({ id: "lifted", date_published: undefined })
    const sent = Math.floor(Date.now() / 1000) * 1000
    await push(one, { ...item, _feedwire: { embargo: day(7) } }, { timestamp: new Date(sent).toISOString() })
    expect(await state("lifted")).toEqual({ state: "embargoed", published_at: Date.parse(day(7)) })
    wait(5)
    expect((await push(one, item, { timestamp: now() })).json.results[0].feeds).not.toEqual([])
    expect(await state("lifted")).toEqual({ state: "published", published_at: sent })
  })
})

test("commits are in the order of their times, even if clocks differ", async () => {
  await push(one, article())
  wait(-30)
  await push(one, article())
  const { results } = await env.DB.prepare("select at from commits order by no").all<{ at: number }>()
  const times = results.map(({ at }) => at)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
})

describe("the Cache API", () => {
  const status = async (bindings = env) => (await send(WORLD, {}, bindings)).headers.get("cache-status")

  test("stores bytes under their validator, and a changed feed has another validator", async () => {
    await push(one, article({ title: "Local 1" }))
    expect(await status()).toBe("feedwire; fwd=miss")
    expect(await status()).toContain("hit")
    await push(one, article({ title: "Local 2" }))
    const changed = await send(WORLD)
    expect([changed.headers.get("cache-status"), changed.text.includes("Local 2")]).toEqual([
      "feedwire; fwd=miss",
      true,
    ])
  })

  test("keeps a validator for a second, unless that is disabled", async () => {
    const asksDatabase = async (bindings: Env) => {
      let trips = 0
      const DB = new Proxy(env.DB, {
        get: (db, name) => {
          if (name === "batch" || name === "prepare") trips += 1
          const member = Reflect.get(db, name)
          return typeof member === "function" ? member.bind(db) : member
        },
      })
      await send(WORLD, {}, { ...bindings, DB })
      return trips > 0
    }
    await send(WORLD)
    expect(await asksDatabase(env)).toBe(false)
    expect(await asksDatabase({ ...env, REMEMBER_VALIDATORS: "false" })).toBe(true)
    wait(1)
    expect(await asksDatabase(env)).toBe(true)
    expect(await asksDatabase(env)).toBe(false)
  })

  test("keeps the validator and bytes of a feed in an unchanged scope", async () => {
    const before = await send(SPORTS)
    await push(one, article({ title: "Not sports" }))
    const after = await send(SPORTS)
    expect(after.headers.get("etag")).toBe(before.headers.get("etag"))
    expect(after.headers.get("cache-status")).toContain("hit")
  })
})
