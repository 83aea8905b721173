/** Tests what operators see of the state of the wire: status, hours and metrics. */
import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, test } from "vitest"
import { hourOf } from "../../src/articles/views/count-views.ts"
import { createDbClient } from "../../src/db/client.ts"
import { deleteOldHours, sumLog, sumViews } from "../../src/health/hours.ts"
import { HOUR, now, until, wait } from "./clock.ts"
import { admin, article, counted, makeWire, type Publisher, push, rows, send, sweep } from "./world.ts"

until(now)
const { one } = await makeWire({ sections: { world: {} }, publishers: { one: { default_section: "world" } } })
const db = createDbClient(env.DB)
const wrong: Publisher = { ...one, secret: `whsec_${btoa("k".repeat(32))}` }

const hours = async (limit = 3) => (await admin("GET", `/hours?limit=${limit}`)).json.hours
const stored = () => rows("select * from hours order by hour")
const metrics = async () => {
  const sent = await send("/metrics", { headers: { authorization: `Bearer ${env.ADMIN_TOKEN}` } })
  return { ...sent, samples: sent.text.split("\n").filter((line) => line !== "" && !line.startsWith("#")) }
}

async function view(id: string, hour: number, readers: number[]): Promise<void> {
  const before = Array.from({ length: 24 }, (_, h) => readers.slice(0, h).reduce((sum, each) => sum + each, 0))
  await env.DB.prepare("insert or replace into views values (?, ?, ?, ?, 1, '')")
    .bind(
      Math.floor(hour / 24),
      id,
      readers.reduce((sum, each) => sum + each, 0),
      JSON.stringify(before),
    )
    .run()
}

describe("hours", () => {
  beforeAll(async () => {
    await push(one, [article(), article()])
    await push(wrong, article())
    await push(one, { id: "x" })
    wait(HOUR)
    const item = article()
    await push(one, item)
    await push(one, item)
    await sweep()
  })

  test("have pushes, refusals and articles, the newest first, also hours in which nothing happened", async () => {
    const at = (ago: number) => new Date((Math.floor(now / HOUR) - ago) * HOUR).toISOString()
    expect(await hours()).toMatchObject([
      { hour: at(0), pushes: 2, refusals: 0, articles: 1, views: 0 },
      { hour: at(1), pushes: 1, refusals: 2, articles: 2, views: 0 },
      { hour: at(2), pushes: 0, refusals: 0, articles: 0, views: 0, requests: 0 },
    ])
    expect((await admin("GET", "/hours?limit=2161")).status).toBe(400)
  })

  test("count every row once, also if sweeps run twice or at the same time", async () => {
    const before = await stored()
    await Promise.all([sumLog(db), sumLog(db), sumLog(db)])
    await sweep()
    expect(await stored()).toEqual(before)
    await push(one, article())
    await Promise.all([sumLog(db), sumLog(db)])
    const [{ pushes }] = await hours(1)
    expect(pushes).toBe(3)
  })

  test("are summed in batches, in one round trip each", async () => {
    await rows(
      `with recursive n (i) as (select 1 union all select i + 1 from n where i < 2500)
       insert into attempts select (select max(id) from attempts) + i, publisher_uid, received_at, endpoint, query, delivery_id,
         authentication, key_id, message_at, content_type, headers, body_sha256, size_in_bytes, status, ms, code, detail,
         errors, null, null, null, null from n, (select * from attempts order by id desc limit 1)`,
    )
    const { bindings, trips } = counted()
    const counting = createDbClient(bindings.DB)
    expect([await sumLog(counting), await sumLog(counting), await sumLog(counting), await sumLog(counting)]).toEqual([
      true,
      true,
      false,
      false,
    ])
    expect([trips.length, (await hours(1))[0].pushes]).toEqual([4, 2503])
  })

  test("begin again with the ids of an empty log", async () => {
    await rows("delete from attempts")
    await sumLog(db)
    await push(one, article())
    await sumLog(db)
    expect((await hours(1))[0].pushes).toBe(2504)
  })

  test("have the readers of all articles, also those that come late, and never fewer", async () => {
    const hour = hourOf(now)
    const inDay = hour % 24
    const readers = (count: number, late = 0) =>
      Array.from({ length: 24 }, (_, h) => (h === inDay ? count : h < inDay ? late : 0))
    await view("a".repeat(32), hour, readers(5))
    await view("b".repeat(32), hour, readers(7))
    wait(5 * 60_000)
    await sumViews(db, now)
    await sumViews(db, now)
    expect((await stored()).reduce((sum, { views }) => sum + Number(views), 0)).toBe(12)
    await view("b".repeat(32), hour, readers(7, 1))
    await sumViews(db, now)
    expect((await stored()).reduce((sum, { views }) => sum + Number(views), 0)).toBe(12)
    wait(5 * 60_000)
    await sumViews(db, now)
    expect((await stored()).reduce((sum, { views }) => sum + Number(views), 0)).toBe(12 + inDay)
    await rows("delete from views where article_id = ?", "a".repeat(32))
    wait(5 * 60_000)
    await sumViews(db, now)
    expect((await stored()).reduce((sum, { views }) => sum + Number(views), 0)).toBe(12 + inDay)
  })

  test("have requests, which are written once a minute", async () => {
    const requests = async () => (await stored()).reduce((sum, each) => sum + Number(each.requests), 0)
    wait(60_000)
    await send("/healthz")
    const before = await requests()
    for (let no = 0; no < 5; no++) await send("/healthz")
    expect(await requests()).toBe(before)
    wait(60_000)
    await send("/healthz")
    expect(await requests()).toBe(before + 6)
  })

  test("are kept for 90 days, and stay in the totals", async () => {
    const total = async () => (await metrics()).samples.find((line) => line.startsWith("feedwire_pushes_total"))
    const before = await total()
    expect((await stored()).length).toBeGreaterThan(1)
    const later = now + 91 * 24 * HOUR
    await deleteOldHours(db, later)
    await deleteOldHours(db, later)
    expect((await stored()).map(({ hour }) => hour)).toEqual([0])
    expect(await total()).toBe(before)
    expect((await hours(1))[0].pushes).toBe(0)
  })
})

describe("the status", () => {
  test("says that all is well, and what waits", async () => {
    const { json } = await admin("GET", "/status")
    expect(json.checks.map(({ name }: { name: string }) => name)).toContain("d1:utilization")
    expect(json.database).toEqual({ size_in_bytes: expect.any(Number), limit_in_bytes: expect.any(Number) })
    expect(json.work.map(({ what }: { what: string }) => what)).toContain("embargoes to end")
    expect(json.work.every(({ late }: { late: boolean }) => !late)).toBe(true)
  })

  test("warns with the remedy, as /healthz does", async () => {
    await rows("insert into removals values ('x', 1, 0, ?, null)", now - 2 * 24 * HOUR)
    const { json } = await admin("GET", "/status")
    const check = json.checks.find(({ name }: { name: string }) => name === "backlog:delay")
    expect([json.status, check.status]).toEqual(["warn", "warn"])
    expect(check.remedy).toMatch(/^publishers to remove for 2880 min: see sweep_failed in the log/)
    expect(json.work).toContainEqual({
      what: "publishers to remove",
      since: new Date(now - 2 * 24 * HOUR).toISOString(),
      late: true,
    })
    const { samples } = await metrics()
    expect(samples).toContain('feedwire_check_ok{check="backlog:delay"} 0')
    expect(samples).toContain('feedwire_oldest_work_seconds{work="publishers to remove"} 172800')
    await rows("delete from removals")
  })
})

describe("the metrics", () => {
  test("are valid OpenMetrics", async () => {
    const { status, headers, text } = await metrics()
    expect(status).toBe(200)
    expect(headers.get("content-type")).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8")
    expect(headers.get("cache-control")).toBe("private, no-store")
    expect(text.endsWith("\n# EOF\n")).toBe(true)
    const families = new Map<string, { type: string; unit?: string }>()
    let current = ""
    for (const line of text.split("\n").slice(0, -2)) {
      const [, keyword, name = "", rest = ""] = /^# (TYPE|UNIT|HELP) (\S+) (.+)$/.exec(line) ?? []
      if (keyword === "TYPE") {
        // Each family is written once, and its samples follow it.
        expect([name, families.has(name), rest]).toEqual([name, false, expect.stringMatching(/^(?:gauge|counter)$/)])
        families.set(name, { type: rest })
        current = name
      } else if (keyword === "UNIT") {
        expect([line, name.endsWith(`_${rest}`)]).toEqual([line, true])
      } else if (keyword === undefined) {
        const [, sample = ""] = /^([a-z_]+)(?:\{[a-z]+="(?:[^"\\\n]|\\["\\n])*"\})? -?\d+(?:\.\d+)?$/.exec(line) ?? []
        expect([line, sample]).toEqual([line, families.get(current)?.type === "counter" ? `${current}_total` : current])
      }
    }
    expect([...families.keys()]).toEqual(
      expect.arrayContaining(["feedwire_pushes", "feedwire_requests", "feedwire_database_bytes", "feedwire_check_ok"]),
    )
  })

  test("need the token of an operator, of any role", async () => {
    expect((await send("/metrics")).status).toBe(401)
    const { token } = (await admin("POST", "/operators", { name: "monitor", role: "viewer" })).json
    const sent = await send("/metrics", { headers: { authorization: `Bearer ${token.secret}` } })
    expect([sent.status, sent.text.includes("feedwire_pushes_total")]).toEqual([200, true])
  })
})
