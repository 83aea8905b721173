/** Tests how long messages are stored, and when alarms are raised. */
import { env } from "cloudflare:workers"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import { createDbClient } from "../../src/db/client.ts"
import { deleteExpired } from "../../src/push/attempts/retention.ts"
import { DAY, HOUR, now, rfc3339, until } from "./clock.ts"
import { addMessages } from "./old-messages.ts"
import { admin, article, health, makeWire, publisher, push, pushRaw, rows, send, sweep } from "./world.ts"

until(now)
const { one } = await makeWire({ sections: { world: {} }, publishers: { one: { default_section: "world" } } })
/** Every test begins with an empty log, long after the test before it. */
beforeEach(async () => {
  until(now + 100 * DAY)
  await env.DB.batch(
    ["attempts", "deliveries", "publisher_activity"].map((table) => env.DB.prepare(`delete from ${table}`)),
  )
})

afterEach(() => {
  vi.restoreAllMocks()
})

const count = async (table: string) => Number((await rows(`select count(*) n from ${table}`))[0]?.n)
const idsIn = async (table: "attempts" | "deliveries") =>
  (await rows(`select ${table === "attempts" ? "delivery_id" : "id"} id from ${table} order by 1`)).map(({ id }) => id)
const bad = (text = String(now)) =>
  JSON.stringify({ type: "article.published", timestamp: rfc3339(now), data: { id: text } })
const deadLetterOf = async (id: string) => {
  const [row] = await rows(
    "select id, body_sha256 sha, dead_letter, object_key from attempts where delivery_id = ? order by id desc",
    id,
  )
  return row as { id: number; sha: string; dead_letter: string | null; object_key: string | null }
}
/** The number of dead letters with this body whose bytes are in R2. */
const objectsOf = async (sha: string) => (await env.RECEIVED.list({ prefix: `dead/${sha}/` })).objects.length
const hasBytes = async (sha: string) => (await objectsOf(sha)) > 0
const dismiss = (id: number) => admin("POST", `/dead-letters/${id}/dismiss`)

describe("the sweep", () => {
  test("deletes outcomes after 7 days and attempts after 30 days, to the millisecond", async () => {
    const began = now
    await push(one, article(), { id: "logged" })
    const stored = async () => [await idsIn("deliveries"), await idsIn("attempts")]
    for (const [later, expected] of [
      [7 * DAY, [["logged"], ["logged"]]],
      [7 * DAY + 1, [[], ["logged"]]],
      [30 * DAY, [[], ["logged"]]],
      [30 * DAY + 1, [[], []]],
    ] as const) {
      until(began + later)
      await sweep()
      expect([later, ...(await stored())]).toEqual([later, ...expected])
    }
    // Only the log is deleted; the article stays.
    expect((await send("/feed.json")).json.items.length).toBeGreaterThan(0)
  })

  test("never deletes open dead letters and their bytes, but other messages of the same time", async () => {
    await pushRaw(one, bad(), { id: "open" })
    await push(one, article(), { id: "beside" })
    const { id, sha } = await deadLetterOf("open")
    until(now + 365 * DAY)
    await sweep()
    expect(await idsIn("attempts")).toEqual(["open"])
    expect(await hasBytes(sha)).toBe(true)
    expect((await admin("GET", `/attempts/${id}/body`)).status).toBe(200)
    const sent = await admin("POST", `/attempts/${id}/replay`)
    expect([sent.json.outcome, sent.json.errors.length]).toEqual(["refused", 1])
    await dismiss(id)
  })

  test("deletes the bytes of a dead letter 7 days after it was closed, then the dead letter itself", async () => {
    await pushRaw(one, bad(), { id: "closed" })
    const { id, sha } = await deadLetterOf("closed")
    until(now + 40 * DAY)
    await dismiss(id)
    const closed = now
    until(closed + 7 * DAY)
    await sweep()
    expect([await hasBytes(sha), await idsIn("attempts")]).toEqual([true, ["closed"]])
    until(closed + 7 * DAY + 1)
    await sweep()
    expect(await hasBytes(sha)).toBe(false)
    await sweep()
    expect(await idsIn("attempts")).toEqual([])
  })

  test.each(["dismissed", "superseded", "replayed"])("deletes closed dead letters that were %s", async (how) => {
    await pushRaw(one, how === "replayed" ? "{" : bad(), { id: how })
    const { id, sha } = await deadLetterOf(how)
    if (how === "dismissed") await dismiss(id)
    if (how === "superseded") await push(one, article(), { id: how })
    // A replay of this message always fails, so the test itself writes the state after a replay.
    if (how === "replayed")
      await rows("update attempts set dead_letter = 'replayed', closed_at = ? where id = ?", now, id)
    const [{ dead_letter: state } = {}] = await rows("select dead_letter from attempts where id = ?", id)
    expect([state, await hasBytes(sha)]).toEqual([how, true])
    until(now + 7 * DAY + 1)
    await sweep()
    expect(await hasBytes(sha)).toBe(false)
  })

  test("deletes only the bytes of that dead letter: another one with the same body keeps its own bytes", async () => {
    const body = bad("the same twice")
    await pushRaw(one, body, { id: "twin-a" })
    await pushRaw(one, body, { id: "twin-b" })
    const [a, b] = [await deadLetterOf("twin-a"), await deadLetterOf("twin-b")]
    expect([a.sha, await objectsOf(a.sha)]).toEqual([b.sha, 2])
    expect(new Set([a.object_key, b.object_key]).size).toBe(2)
    for (const { object_key: key, sha } of [a, b]) expect(key).toMatch(new RegExp(`^dead/${sha}/[0-9a-f-]{36}$`))
    await dismiss(a.id)
    until(now + 8 * DAY)
    await sweep()
    expect([await objectsOf(a.sha), await deadLetterOf("twin-a"), await deadLetterOf("twin-b")]).toMatchObject([
      1,
      { object_key: null },
      { object_key: b.object_key },
    ])
    expect((await admin("GET", `/attempts/${b.id}/body`)).text).toBe(body)
    await dismiss(b.id)
    until(now + 8 * DAY)
    await sweep()
    expect([await objectsOf(a.sha), (await deadLetterOf("twin-b")).object_key]).toEqual([0, null])
  })

  test("keeps the bytes of a later dead letter, although an older one with the same body was closed", async () => {
    const body = bad("closed and sent again")
    await pushRaw(one, body, { id: "once" })
    await dismiss((await deadLetterOf("once")).id)
    until(now + 6 * DAY)
    await pushRaw(one, body, { id: "again" })
    const { id, sha } = await deadLetterOf("again")
    await dismiss(id)
    until(now + 2 * DAY)
    await sweep()
    // The second dead letter was closed 2 days ago, so its bytes are kept for 5 more days.
    expect(await objectsOf(sha)).toBe(1)
    expect((await admin("GET", `/attempts/${id}/body`)).text).toBe(body)
  })

  test("deletes 500 rows of each table at a time, and all of them in the end", async () => {
    await addMessages(1200, now - 31 * DAY)
    await addMessages(10, now)
    for (const left of [710, 210, 10, 10]) {
      await deleteExpired(createDbClient(env.DB), env.RECEIVED, now)
      expect([await count("attempts"), await count("deliveries")]).toEqual([left, left])
    }
  })

  test("deletes up to four such chunks at once, and the rest in the next sweeps", async () => {
    await addMessages(2600, now - 31 * DAY)
    await addMessages(10, now)
    for (const left of [610, 10, 10]) {
      await sweep()
      expect([await count("attempts"), await count("deliveries")]).toEqual([left, left])
    }
  })

  test("deletes the expired rows even if R2 fails; a later sweep deletes the bytes", async () => {
    await pushRaw(one, bad(), { id: "stuck" })
    const { id, sha, object_key: key } = await deadLetterOf("stuck")
    await dismiss(id)
    until(now + 8 * DAY)
    vi.spyOn(console, "error").mockImplementation(() => {})
    const broken = {
      ...env,
      RECEIVED: { delete: () => Promise.reject(new Error("delete: failed (10001)")) },
    }
    await expect(sweep(broken as unknown as Env)).rejects.toThrow("10001")
    expect([await hasBytes(sha), (await deadLetterOf("stuck")).object_key]).toEqual([true, key])
    await sweep()
    expect([await hasBytes(sha), (await deadLetterOf("stuck")).object_key]).toEqual([false, null])
  })
})

/** What an operator does about work that waits. */
const SWEEP = ": see sweep_failed in the log, and that the cron trigger runs every minute"

describe("alarms", () => {
  /** The report of /healthz, and the lines that a sweep writes to the log. */
  async function alarm(
    check: string,
    bindings: Env = env,
  ): Promise<{ status: number; state: string; detail: string; logged: string[] }> {
    const { status, state, detail } = await health(check, bindings)
    const warnings = vi.spyOn(console, "warn").mockImplementation(() => {})
    warnings.mockClear()
    await sweep(bindings)
    const lines = warnings.mock.calls.map(([text]) => JSON.parse(text as string))
    return {
      ...{ status, state, detail },
      logged: lines.filter((line) => line.event === "alarm" && line.check === check).map(({ detail }) => detail),
    }
  }
  const well = { status: 200, state: "pass", detail: "pass", logged: [] }
  const wrong = (detail: string) => ({ status: 200, state: "warn", detail, logged: [detail] })
  const setSilence = (silence_hours: number | null, slug = "one") =>
    admin("PATCH", `/publishers/${slug}`, { silence_hours })

  describe("an alarm for a silent publisher", () => {
    const SILENT = (hours: number, slug = "one") =>
      wrong(`silent for longer than usual or configured: ${slug} (${hours} h); see npm run admin -- attempt list`)

    test("is raised after twice its usual pause, from ten messages on, until its next message", async () => {
      await setSilence(null)
      for (let no = 0; no < 9; no++) {
        await push(one, article({}, 3))
        until(now + 3 * HOUR)
      }
      // Nine messages do not make a usual pause yet.
      until(now + 30 * DAY)
      expect(await alarm("publishers:silent")).toEqual(well)

      await rows("delete from publisher_activity")
      for (let no = 0; no < 10; no++) {
        until(now + 3 * HOUR)
        await push(one, article({}, 3))
      }
      const last = now
      until(last + 6 * HOUR)
      expect(await alarm("publishers:silent")).toEqual(well)
      until(last + 6 * HOUR + 1)
      expect(await alarm("publishers:silent")).toEqual(SILENT(6))
      // Neither a refused nor an unauthenticated message ends the silence.
      await pushRaw(one, bad(), { id: "refused" })
      await dismiss((await deadLetterOf("refused")).id)
      await push({ ...one, secret: `whsec_${btoa("k".repeat(32))}` }, article())
      expect(await alarm("publishers:silent")).toEqual(SILENT(6))
      await push(one, article({}, 3))
      expect(await alarm("publishers:silent")).toEqual(well)
    })

    test("is raised after an hour at the earliest, however short its usual pause is", async () => {
      await setSilence(null)
      for (let no = 0; no < 12; no++) {
        until(now + 1000)
        await push(one, article({}, 3))
      }
      const last = now
      until(last + HOUR)
      expect(await alarm("publishers:silent")).toEqual(well)
      until(last + HOUR + 1)
      expect(await alarm("publishers:silent")).toEqual(SILENT(1))
    })

    test("is raised after the configured hours since its creation if it never sent anything", async () => {
      const began = now
      const fresh = await publisher("fresh", { silence_hours: 2 })
      until(began + 2 * HOUR)
      expect(await alarm("publishers:silent")).toEqual(well)
      until(began + 2 * HOUR + 1)
      expect(await alarm("publishers:silent")).toEqual(SILENT(2, "fresh"))
      // A refused message is not counted.
      await pushRaw(fresh, bad(), { id: "refused-fresh" })
      await dismiss((await deadLetterOf("refused-fresh")).id)
      expect(await alarm("publishers:silent")).toEqual(SILENT(2, "fresh"))
      // `null` means the usual pause between messages, which is unknown without a message. 0 hours disable the alarm.
      for (const hours of [null, 0]) {
        await setSilence(hours, "fresh")
        expect(await alarm("publishers:silent")).toEqual(well)
      }
      await setSilence(2, "fresh")
      await push(fresh, article({}, 3))
      expect(await alarm("publishers:silent")).toEqual(well)
      await setSilence(0, "fresh")
    })

    test("is raised after the configured hours since its last message; 0 disables it", async () => {
      await push(one, article({}, 3))
      await setSilence(2)
      const last = now
      until(last + 2 * HOUR)
      expect(await alarm("publishers:silent")).toEqual(well)
      until(last + 2 * HOUR + 1)
      expect(await alarm("publishers:silent")).toEqual(SILENT(2))
      await setSilence(0)
      until(last + 300 * DAY)
      expect(await alarm("publishers:silent")).toEqual(well)
      await setSilence(0.5)
      expect(await alarm("publishers:silent")).toEqual(SILENT(7200))
      await setSilence(null)
      expect(await alarm("publishers:silent")).toEqual(well)
    })

    test("is not raised if it is disabled or was removed", async () => {
      const gone = await publisher("silent", { silence_hours: 1 })
      await push(gone, article({}, 3))
      until(now + DAY)
      expect((await alarm("publishers:silent")).detail).toContain("silent (24 h)")
      await admin("PATCH", "/publishers/silent", { state: "disabled" })
      expect(await alarm("publishers:silent")).toEqual(well)
      await admin("PATCH", "/publishers/silent", { state: "active" })
      expect((await alarm("publishers:silent")).state).toBe("warn")
      await admin("DELETE", "/publishers/silent")
      expect(await alarm("publishers:silent")).toEqual(well)
    })
  })

  test("an alarm for dead letters has their number and age, and ends when they are closed", async () => {
    await setSilence(0)
    const began = now
    await pushRaw(one, bad(), { id: "alarm-1" })
    until(now + HOUR)
    await pushRaw(one, bad(), { id: "alarm-2" })
    expect(await alarm("dead_letters:open")).toEqual(
      wrong(`open dead letters: 2, the oldest since ${rfc3339(began)}; see npm run admin -- dead-letter list`),
    )
    await dismiss((await deadLetterOf("alarm-1")).id)
    expect((await alarm("dead_letters:open")).detail).toContain("open dead letters: 1,")
    await push(one, article(), { id: "alarm-2" })
    expect(await alarm("dead_letters:open")).toEqual(well)
  })

  test("an alarm is raised for work that waits longer than 15 minutes: a due feed, an ended embargo", async () => {
    await admin("PATCH", "/publishers/one", { origins: ["https://one.example"] })
    const made = await admin("POST", "/publishers/one/sources", {
      name: "slow",
      sender: "feed",
      feed_url: "https://one.example/feed",
    })
    expect(made.status).toBe(201)
    const due = (at: number | null) =>
      env.DB.prepare("update sources set due_at = ?, next_at = ? where name = 'slow'")
        .bind(at, at === null ? null : now + DAY)
        .run()
    await due(now - 15 * 60_000)
    expect(await alarm("backlog:delay")).toEqual(well)
    await due(now - 15 * 60_000 - 1)
    expect((await alarm("backlog:delay")).detail).toBe(`feeds to fetch for 15 min${SWEEP}`)
    expect(await alarm("backlog:delay")).toEqual(wrong(`feeds to fetch for 15 min${SWEEP}`))
    // The feeds of a disabled publisher are not fetched, so they raise no alarm.
    await admin("PATCH", "/publishers/one", { state: "disabled" })
    expect(await alarm("backlog:delay")).toEqual(well)
    await admin("PATCH", "/publishers/one", { state: "active" })
    expect((await alarm("backlog:delay")).state).toBe("warn")
    await rows("update publishers set removed_at = ? where slug = 'one'", now)
    expect((await health("backlog:delay")).detail).toBe("pass")
    await rows("update publishers set removed_at = null where slug = 'one'")
    await due(null)
    expect(await alarm("backlog:delay")).toEqual(well)

    const embargo = rfc3339(now + HOUR)
    await push(one, article({ id: "late", date_published: embargo, _feedwire: { embargo } }))
    until(now + HOUR + 15 * 60_000 + 1)
    expect(await health("backlog:delay")).toEqual({
      status: 200,
      state: "warn",
      detail: `embargoes to end for 15 min${SWEEP}`,
    })
    // The sweep ends the embargo before it checks for alarms.
    expect((await alarm("backlog:delay")).logged).toEqual([])
    expect(await alarm("backlog:delay")).toEqual(well)
  })

  test("an alarm is raised for a removal that is not done within a day", async () => {
    const [{ uid } = {}] = await rows("select uid from publishers where slug = 'one'")
    const put = (at: number) =>
      env.DB.prepare(
        "insert into removals values (?, 10, 0, ?, null) on conflict do update set started_at = excluded.started_at",
      )
        .bind(`${uid}x`, at)
        .run()
    await put(now - DAY)
    expect((await health("backlog:delay")).detail).toBe("pass")
    await put(now - DAY - 1)
    expect((await health("backlog:delay")).detail).toBe(`publishers to remove for 1440 min${SWEEP}`)
    await rows("delete from removals where publisher_uid = ?", `${uid}x`)
    expect((await health("backlog:delay")).detail).toBe("pass")
  })

  test("an alarm is raised for a database that has used more than 80 % of its size", async () => {
    const { meta } = await env.DB.prepare("select 1").all()
    const limited = (fraction: number): Env => ({ ...env, DATABASE_LIMIT_GB: String(meta.size_after / 1e9 / fraction) })
    expect(await alarm("d1:utilization", limited(0.79))).toEqual(well)
    const full = await alarm("d1:utilization", limited(0.81))
    expect([full.state, full.detail]).toEqual(["warn", expect.stringMatching(/^the database has 81 % of its /)])
    expect(full.logged).toEqual([full.detail])
  })
})
