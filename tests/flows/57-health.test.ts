/** Tests /healthz: which failures are errors or warnings, what each client sees, and the cost of many requests. */
import { env } from "cloudflare:workers"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import { until, wait } from "./clock.ts"
import { type Answer, counted, makeWire, pushRaw, send, sweep } from "./world.ts"

const NAMES = [
  "d1:responseTime",
  "r2:responseTime",
  "purges:delay",
  "d1:utilization",
  "publishers:silent",
  "dead_letters:open",
  "backlog:delay",
]

const TOKEN = { authorization: `Bearer ${env.ADMIN_TOKEN}` }
const ask = (query = "", headers: Record<string, string> = {}, from: Env = env, method = "GET") =>
  send(`/healthz${query}`, { headers, method }, from)
const states = ({ json }: Answer) =>
  Object.fromEntries(
    Object.entries(json.checks).map(([name, checks]) => [name, (checks as { status: string }[])[0]?.status]),
  )
const all = (status: string, more: object = {}) => ({
  ...Object.fromEntries(NAMES.map((name) => [name, status])),
  ...more,
})

const broken = (() => {
  throw new Error("secret cause")
}) as () => never
/** Each test needs new bindings, because the isolate remembers the results for old bindings. */
const noDb = () => ({ ...env, DB: { prepare: broken, batch: broken } as unknown as D1Database })
const noBucket = () => ({ ...env, RECEIVED: { head: async () => broken() } as unknown as R2Bucket })
const fresh = () => ({ ...env })
const { one } = await makeWire({ publishers: { one: {} } })
beforeEach(() => wait(60_000))
afterEach(async () => {
  vi.restoreAllMocks()
  await env.DB.prepare("delete from attempts").run()
})

describe("the report", () => {
  test("has names and states without a token, in the form of the Internet-Draft, if everything passes", async () => {
    const sent = await ask("", {}, fresh())
    expect([sent.status, sent.headers.get("content-type")]).toEqual([200, "application/health+json"])
    const checks = Object.fromEntries(NAMES.map((name) => [name, [{ status: "pass" }]]))
    expect(sent.json).toEqual({ status: "pass", checks })
    expect(sent.headers.get("cache-control")).toBe("private, no-store")
  })

  test("has measurements, their times and the wire with the operator's token", async () => {
    const sent = await ask("", TOKEN)
    expect([sent.status, sent.headers.get("content-type")]).toEqual([200, "application/health+json"])
    expect(sent.json).toMatchObject({ status: "pass", serviceId: env.FEEDS_URL, description: env.WIRE_TITLE })
    expect(Object.keys(sent.json.checks)).toEqual(NAMES)
    for (const [check] of Object.values<object[]>(sent.json.checks)) {
      expect(check).toEqual({
        status: "pass",
        componentType: expect.stringMatching(/^(datastore|component|system)$/),
        observedValue: expect.any(Number),
        observedUnit: expect.stringMatching(/./),
        time: new Date().toISOString(),
      })
    }
    expect(sent.json.checks["dead_letters:open"][0].observedValue).toBe(0)
  })

  test.each(["", "?for=push"])("fails only if D1 fails, or for pushes R2 (%s)", async (query) => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => {})
    const unknown = all("warn", { "d1:responseTime": "fail", "r2:responseTime": "pass", "purges:delay": "pass" })
    for (const headers of [{}, TOKEN]) {
      const withoutDb = await ask(query, headers, noDb())
      expect([withoutDb.status, withoutDb.json.status, states(withoutDb)]).toEqual([503, "fail", unknown])

      const withoutBucket = await ask(query, headers, noBucket())
      const expected = query === "" ? [200, "warn"] : [503, "fail"]
      expect([withoutBucket.status, withoutBucket.json.status]).toEqual(expected)
      expect(states(withoutBucket)).toEqual(all("pass", { "r2:responseTime": "fail" }))

      for (const { text, headers } of [withoutDb, withoutBucket]) {
        expect(text).not.toContain("secret cause")
        expect(headers.get("content-type")).toBe("application/health+json")
      }
    }
    const lines = logged.mock.calls.map(([line]) => JSON.parse(line as string))
    expect(new Set(lines.map(({ check }) => check))).toEqual(new Set(NAMES.filter((name) => name !== "purges:delay")))
    for (const line of lines) {
      expect(line).toMatchObject({ level: "error", event: "health_check_failed", error: "Error" })
      expect(line.frames[0]).toMatch(/^at .*broken .*57-health\.test\.ts:\d+:\d+/)
      expect(JSON.stringify(line)).not.toContain("secret cause")
    }
  })

  test("fails if the database has no row of the wire, and says what to do", async () => {
    const empty = {
      ...env,
      DB: new Proxy(env.DB, {
        get: (db, name) =>
          name === "prepare"
            ? (text: string) => db.prepare(text === 'select "epoch" from "wire"' ? `${text} where false` : text)
            : Reflect.get(db, name).bind(db),
      }),
    }
    const sent = await ask("", TOKEN, empty)
    expect([sent.status, sent.json.checks["d1:responseTime"][0]]).toMatchObject([
      503,
      { status: "fail", output: "the wire has no row: apply the migrations" },
    ])
  })

  test("warns of one rejected delivery with 200, without details unless there is a token", async () => {
    await pushRaw(one, JSON.stringify({ type: "article.published", timestamp: "never" }), { id: "rejected" })
    for (const query of ["", "?for=push"]) {
      const sent = await ask(query, {}, fresh())
      expect([sent.status, sent.json.status]).toEqual([200, "warn"])
      expect(sent.json.checks["dead_letters:open"]).toEqual([{ status: "warn" }])
      const detailed = await ask(query, TOKEN)
      expect([detailed.status, detailed.json.status]).toEqual([200, "warn"])
      expect(detailed.json.checks["dead_letters:open"]).toMatchObject([
        { status: "warn", observedValue: 1, output: expect.stringContaining("dead-letter list") },
      ])
    }
  })

  test("is logged by the sweep for checks that warn or fail, and for no check that passes", async () => {
    const warned = vi.spyOn(console, "warn").mockImplementation(() => {})
    vi.spyOn(console, "error").mockImplementation(() => {})
    await sweep(noBucket())
    expect(warned.mock.calls.map(([text]) => JSON.parse(text as string))).toEqual([
      {
        ...{ level: "warn", event: "alarm", check: "r2:responseTime", status: "fail" },
        detail: "the check failed: see the log",
      },
    ])
  })
})

describe("parameters of /healthz", () => {
  test.each([
    ["?for=", "is empty"],
    ["?for=feeds", "must be push"],
    ["?for=push&for=x", "give it once"],
  ])("%s is refused", async (query, detail) => {
    const sent = await ask(query)
    expect([sent.status, sent.json.code]).toEqual([400, "invalid_parameter"])
    expect(sent.json.errors).toEqual([{ parameter: "for", detail: expect.stringContaining(detail) }])
  })

  test.each(["?for=PUSH", "?for=push%20"])("%s is read as lists are everywhere", async (query) => {
    expect((await ask(query, {}, noBucket())).status).toBe(503)
  })

  test("parameters that monitors append against caches change nothing", async () => {
    expect((await ask("?t=1796000000")).status).toBe(200)
  })

  test("HEAD gives the same answer without a body", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {})
    for (const [query, headers, from, status] of [
      ["", {}, fresh(), 200],
      ["", TOKEN, env, 200],
      ["?for=push", {}, noBucket(), 503],
      ["?for=nothing", {}, env, 400],
    ] as const) {
      const head = await ask(query, headers, from, "HEAD")
      expect([head.status, head.text]).toEqual([status, ""])
      expect(head.headers.get("content-type")).toBe((await ask(query, headers, from)).headers.get("content-type"))
    }
  })
})

describe("the token of /healthz", () => {
  const wrong = [
    "Bearer",
    "Bearer wrong",
    `Bearer ${env.ADMIN_TOKEN}x`,
    `Basic ${btoa(`admin:${env.ADMIN_TOKEN}`)}`,
    String(env.ADMIN_TOKEN),
    "",
  ]

  test.each(wrong)("is refused if it is wrong, as in the admin API: %j", async (authorization) => {
    const sent = await ask("", { authorization })
    expect([sent.status, sent.json.code]).toEqual([401, "unauthorized"])
    expect(sent.headers.get("www-authenticate")).toBe('Bearer realm="admin"')
  })

  test("is counted if it is wrong, but requests without one are not", async () => {
    let left = 2
    const UNAUTHENTICATED_RATE = { limit: async () => ({ success: left-- > 0 }) }
    const from = { ...env, UNAUTHENTICATED_RATE } as unknown as Env
    const answers: number[] = []
    for (let i = 0; i < 3; i++) answers.push((await ask("", { authorization: "Bearer guess" }, from)).status)
    expect(answers).toEqual([401, 401, 429])
    expect([(await ask("", {}, from)).status, (await ask("", TOKEN, from)).status]).toEqual([200, 200])
  })

  test("is never accepted if it is too short", async () => {
    const sent = await ask("", { authorization: "Bearer short" }, { ...env, ADMIN_TOKEN: "short" })
    expect(sent.status).toBe(401)
  })
})

describe("the cache of the isolate", () => {
  const cacheStatus = ({ headers }: Answer) => headers.get("cache-status")

  test("keeps the checks for ten seconds and for every purpose, and each answer says so", async () => {
    const { bindings, trips } = counted()
    expect(cacheStatus(await ask("", {}, bindings))).toBe("feedwire; fwd=miss")
    const cost = trips.length
    expect(cost).toBeGreaterThan(0)
    for (let i = 0; i < 100; i++) {
      expect(cacheStatus(await ask(i % 2 ? "" : "?for=push", {}, bindings))).toBe(
        "feedwire; hit; ttl=10; detail=memory",
      )
    }
    wait(9_999)
    expect(cacheStatus(await ask("", {}, bindings, "HEAD"))).toBe("feedwire; hit; ttl=1; detail=memory")
    expect(trips).toHaveLength(cost)
    wait(1)
    expect(cacheStatus(await ask("", {}, bindings))).toBe("feedwire; fwd=miss")
    expect(trips).toHaveLength(2 * cost)
  })

  test("never answers one purpose with the report of the other", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {})
    const from = noBucket()
    const answers = []
    for (const query of ["", "?for=push", "", "?for=push"]) {
      const { status, json } = await ask(query, {}, from)
      answers.push([status, json.status])
    }
    expect(answers).toEqual([
      [200, "warn"],
      [503, "fail"],
      [200, "warn"],
      [503, "fail"],
    ])
  })

  test("shows within ten seconds that a check has begun or ceased to fail", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {})
    const from = noBucket()
    expect((await ask("?for=push", {}, from)).status).toBe(503)
    from.RECEIVED = env.RECEIVED
    expect((await ask("?for=push", {}, from)).status).toBe(503)
    wait(10_000)
    expect((await ask("?for=push", {}, from)).status).toBe(200)
  })

  test("is not kept longer if the clock goes back", async () => {
    const { bindings } = counted()
    const before = Date.now()
    await ask("", {}, bindings)
    until(before - 1)
    expect(cacheStatus(await ask("", {}, bindings))).toBe("feedwire; fwd=miss")
    until(before)
  })

  test("is not used for the operator, who always gets a new report", async () => {
    const { bindings, trips } = counted()
    await ask("", TOKEN, bindings)
    const cost = trips.length
    const sent = await ask("", TOKEN, bindings)
    expect([cacheStatus(sent), trips.length]).toEqual([null, 2 * cost])
    // The operator's report is not kept for other clients either.
    expect((await ask("", {}, bindings)).text).not.toContain("observedValue")
  })
})
