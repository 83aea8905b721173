/** Tests an API for partners only: who has access, what each partner sees at every endpoint, and what caches store. */
import { env } from "cloudflare:workers"
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest"
import { HOUR, now, rfc3339, until } from "./clock.ts"
import { type Answer, admin, article, counted, makeWire, push, rows, send } from "./world.ts"

const LIST = "/v1/articles"
/** The same wire with a closed API. */
const closed = { ...env, API_ACCESS: "partners" } as unknown as Env
/** With Workers Cache in front of the Worker. */
const edge = { purge: async () => ({ success: true }) }
let all: string
let ones: string
let twos: string
until(now)
const { one, two } = await makeWire({
  sections: { world: {}, europe: { parent: "world" } },
  publishers: {
    one: { name: "Gazette Un", default_section: "world" },
    two: { name: "Herald Deux", default_section: "europe" },
  },
})

beforeAll(async () => {
  all = await keyOf("everything")
  ones = await keyOf("ones", { publishers: ["one"] })
  twos = await keyOf("twos", { publishers: ["two"] })
})

afterEach(() => until(now + HOUR))
afterAll(() => vi.restoreAllMocks())

async function done(method: string, path: string, body?: unknown): Promise<Answer["json"]> {
  const sent = await admin(method, path, body)
  if (sent.status >= 300) throw new Error(sent.text)
  return sent.json
}
/** The key of a new partner. */
async function keyOf(slug: string, more: object = {}): Promise<string> {
  await done("POST", "/partners", { slug, name: slug, ...more })
  return (await done("POST", `/partners/${slug}/keys`, {})).secret
}
interface Asked {
  headers?: Record<string, string>
  method?: string
  bindings?: Env
  cache?: object
}
const ask = (path: string, secret: string, { headers = {}, method = "GET", bindings = closed, cache }: Asked = {}) =>
  send(path, { method, headers: { authorization: `Bearer ${secret}`, ...headers } }, bindings, cache)
const etagOf = (sent: Answer) => sent.headers.get("etag") ?? ""
const titles = (sent: Answer) => sent.json.articles.map(({ title }: { title: string }) => title)

/** Fails if a cache may store the answer. */
function expectClosed(sent: Answer): void {
  expect(sent.headers.get("cache-control")).toBe("private, no-store")
  for (const name of ["cdn-cache-control", "cache-tag", "surrogate-key", "expires"]) {
    expect([name, sent.headers.get(name)]).toEqual([name, null])
  }
}

describe("authorization", () => {
  test("accepts only keys of partners, and scripts of any origin may read its answers", async () => {
    const sent = await send(LIST, {}, closed)
    expect([sent.status, sent.json.code]).toEqual([401, "unauthorized"])
    expect(sent.json.detail).toBe("This API is open to partners only: send your key as Authorization: Bearer fwk_…")
    expect(sent.headers.get("www-authenticate")).toBe('Bearer realm="api"')
    expect(sent.headers.get("access-control-allow-origin")).toBe("*")
    expect((await send(LIST, { headers: { authorization: "Basic dXNlcjpwYXNz" } }, closed)).status).toBe(401)
    expect((await ask(LIST, `${all}x`)).status).toBe(401)
    expect((await ask(LIST, all)).status).toBe(200)
    expect([
      (await send(LIST, { method: "HEAD" }, closed)).status,
      (await ask(LIST, all, { method: "HEAD" })).status,
    ]).toEqual([401, 200])
  })

  test("precedes everything that reveals something about the resource", async () => {
    for (const path of [
      "/v1",
      "/v1/",
      "/v1/nothing",
      `${LIST}?limit=0`,
      `${LIST}?section=nowhere`,
      `${LIST}/${"0".repeat(32)}`,
    ]) {
      const [without, withKey] = [await send(path, {}, closed), await ask(path, all)]
      expect([path, without.status]).toEqual([path, 401])
      expect(withKey.status).toBeGreaterThanOrEqual(400)
      expect(withKey.status).toBeLessThan(500)
      expect(withKey.headers.get("content-type")).toMatch(/^application\/problem\+json/)
      expectClosed(without)
      expectClosed(withKey)
    }
  })

  test("answers preflights, with or without a key", async () => {
    const headers = {
      origin: "https://portal.example",
      "access-control-request-method": "GET",
      "access-control-request-headers": "authorization,if-none-match",
    }
    for (const bindings of [env, closed]) {
      const sent = await send(LIST, { method: "OPTIONS", headers }, bindings)
      expect(sent.status).toBe(204)
      expect(sent.headers.get("access-control-allow-origin")).toBe("*")
      expect(sent.headers.get("access-control-allow-headers")).toMatch(/authorization/i)
      expect(sent.headers.get("access-control-allow-methods")).toMatch(/GET/)
      // A page may send the key only in a header, never as a cookie.
      expect(sent.headers.get("access-control-allow-credentials")).toBeNull()
      expect(sent.headers.get("cache-control")).toBe("private, no-store")
    }
  })

  test("is not needed for what readers' browsers send, for feeds and for explanations of errors", async () => {
    const body = JSON.stringify({ articles: ["0".repeat(32)] })
    const beacon = await send("/v1/views", { method: "POST", body, headers: { "content-type": "text/plain" } }, closed)
    expect(beacon.status).toBe(202)
    // A link to an article on its publisher's site.
    await push(one, article({ id: "viewed", url: "https://one.example/viewed" }))
    const [{ id }] = (await rows("select id from articles where guid = 'viewed'")) as [{ id: string }]
    expect((await send(`/r/${id}`, {}, closed)).status).toBe(302)
    for (const path of ["/feed.json", "/problems/unauthorized", "/problems/partner_disabled", "/healthz"]) {
      expect([path, (await send(path, {}, closed)).status]).toEqual([path, 200])
    }
  })

  test("counts only refused requests against an address", async () => {
    const seen: string[] = []
    const limiter = (name: string) => ({
      limit: async ({ key }: { key: string }) => {
        seen.push(`${name} ${key}`)
        return { success: seen.length <= 4 }
      },
    })
    const rates = {
      PARTNER_RATE: limiter("partner"),
      READER_RATE: limiter("reader"),
      UNAUTHENTICATED_RATE: limiter("unauthenticated"),
    }
    const bindings = { ...closed, ...rates } as unknown as Env
    const address = { "cf-connecting-ip": "192.0.2.7" }
    expect((await send(LIST, { headers: address }, bindings)).status).toBe(401)
    expect((await ask(LIST, "guess", { headers: address, bindings })).status).toBe(401)
    await done("PATCH", "/partners/twos", { state: "disabled" })
    expect((await ask(LIST, twos, { headers: address, bindings })).status).toBe(403)
    await done("PATCH", "/partners/twos", { state: "active" })
    expect((await ask(LIST, ones, { headers: address, bindings })).status).toBe(200)
    const refused = await send(LIST, { headers: address }, bindings)
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "60"])
    expectClosed(refused)
    const unauthenticated = "unauthenticated 192.0.2.7"
    expect(seen).toEqual([unauthenticated, unauthenticated, unauthenticated, "partner partner:ones", unauthenticated])
  })
})

describe("outside of the Worker", () => {
  test.each([
    ["with Workers Cache in front", edge],
    ["without", undefined],
  ])("no cache stores an answer (%s), whether 200, 304, redirect or problem", async (_, cache) => {
    await push(one, article())
    const whole = await ask(LIST, all, { ...(cache && { cache }) })
    const conditional = { headers: { "if-none-match": etagOf(whole) }, ...(cache && { cache }) }
    expect(whole.status).toBe(200)
    expect(whole.headers.get("etag")).toMatch(/^"/)
    expect(whole.headers.get("last-modified")).toMatch(/GMT$/)
    for (const sent of [
      whole,
      await ask(LIST, all, conditional),
      await ask(LIST, all, { ...conditional, method: "HEAD" }),
      await ask(LIST, all, { ...(cache && { cache }) }),
      await ask(`${LIST}?section=nowhere`, all, { ...(cache && { cache }) }),
    ]) {
      expectClosed(sent)
    }
    expect((await ask(LIST, all, conditional)).status).toBe(304)
    await done("PATCH", "/sections/europe", { slug: "europa" })
    const moved = await ask(`${LIST}?section=europe`, all, { ...(cache && { cache }) })
    expect(moved.status).toBe(301)
    expectClosed(moved)
    await done("PATCH", "/sections/europa", { slug: "europe" })
  })

  test("every cache may store a public answer, and opening or closing the API invalidates all of them", async () => {
    await push(two, article({ title: "Of two" }))
    const path = `${LIST}?limit=7`
    const open = await send(path, {}, env)
    expect(open.headers.get("cdn-cache-control")).toMatch(/^max-age=/)
    expect(open.headers.get("cache-tag")).toMatch(/all/)
    expect((await send(path, {}, closed)).status).toBe(401)
    expect(titles(await ask(path, ones))).not.toContain("Of two")
    expect(titles(await ask(path, all))).toContain("Of two")
    const again = await send(path, {}, env)
    expect([again.text, again.headers.get("cache-control")]).toEqual([open.text, open.headers.get("cache-control")])
    // A validator of a public API never matches in a closed API, and a validator of one audience never matches for
    // another.
    const statuses = async (earlier: Answer) => {
      const headers = { "if-none-match": etagOf(earlier) }
      return [
        (await send(path, { headers }, env)).status,
        (await ask(path, all, { headers })).status,
        (await ask(path, ones, { headers })).status,
        (await ask(path, twos, { headers })).status,
      ]
    }
    expect(await statuses(open)).toEqual([304, 200, 200, 200])
    expect(await statuses(await ask(path, all))).toEqual([200, 304, 200, 200])
    expect(await statuses(await ask(path, ones))).toEqual([200, 200, 304, 200])
  })
})

describe("inside the Worker", () => {
  const { bindings, trips } = counted(closed)
  const costs = async (by: () => Promise<Answer>): Promise<[number, string | null, number]> => {
    trips.length = 0
    const sent = await by()
    return [sent.status, sent.headers.get("cache-status"), trips.length]
  }
  const MISS = "feedwire; fwd=miss"
  const KEPT = "feedwire; hit; detail=memory"
  const SAME = "feedwire; hit; detail=validator"

  test.each([
    ["with Workers Cache in front", edge],
    ["without", undefined],
  ])("answers are cached, and a hit costs no query: %s", async (_, cache) => {
    const path = `${LIST}?limit=${cache ? 11 : 12}`
    const by =
      (secret: string, headers = {}) =>
      () =>
        ask(path, secret, { headers, bindings, ...(cache && { cache }) })
    // The use of a key is recorded once an hour, in its own round trip.
    for (const secret of [all, ones]) await ask("/v1/nothing", secret)
    until(now + 1000)
    // One round trip for the partner, one for the content.
    expect(await costs(by(all))).toEqual([200, MISS, 2])
    const conditional = { "if-none-match": etagOf(await by(all)()) }
    until(now + 999)
    expect(await costs(by(all))).toEqual([200, KEPT, 0])
    expect(await costs(by(all, conditional))).toEqual([304, SAME, 0])
    // One second after the last query, the Worker queries the partner and the content again.
    until(now + 1)
    expect(await costs(by(all, conditional))).toEqual([304, SAME, 2])
    expect(await costs(by(all))).toEqual([200, KEPT, 0])
  })

  test("partners with the same rights share cached answers, and others never get them", async () => {
    const alike = await keyOf("alike", { publishers: ["one", "two"] })
    const turned = await keyOf("turned", { publishers: ["two", "one"] })
    await push(one, article({ title: "One of one" }))
    await push(two, article({ title: "One of two" }))
    const path = `${LIST}?limit=2`
    for (const secret of [alike, turned, all, ones, twos]) await ask("/v1/nothing", secret)
    until(now + 1000)
    const by = (secret: string) => () => ask(path, secret, { bindings })
    expect(await costs(by(alike))).toEqual([200, MISS, 2])
    expect(await costs(by(turned))).toEqual([200, KEPT, 1])
    for (const secret of [all, ones, twos]) expect((await costs(by(secret))).slice(0, 2)).toEqual([200, MISS])
    expect(titles(await by(alike)())).toEqual(["One of two", "One of one"])
    expect(titles(await by(ones)())).not.toContain("One of two")
    expect(titles(await by(twos)())).not.toContain("One of one")
  })

  test("every request queries D1 if the operator configures it", async () => {
    const asking = { ...bindings, REMEMBER_VALIDATORS: "false" } as Env
    const by = () => ask(LIST, all, { bindings: asking })
    await by()
    expect((await costs(by))[2]).toBe(2)
    expect((await costs(by))[2]).toBe(2)
  })

  test("a change of rights applies at once in its isolate, and old validators no longer match", async () => {
    const secret = await keyOf("growing", { publishers: ["one"] })
    await push(two, article({ title: "Not theirs yet" }))
    const before = await ask(LIST, secret)
    expect(titles(before)).not.toContain("Not theirs yet")
    await done("PATCH", "/partners/growing", { publishers: ["one", "two"] })
    const conditional = { headers: { "if-none-match": etagOf(before) } }
    const grown = await ask(LIST, secret, conditional)
    expect([grown.status, titles(grown).includes("Not theirs yet")]).toEqual([200, true])
    await done("PATCH", "/partners/growing", { publishers: ["one"] })
    const shrunk = await ask(LIST, secret, { headers: { "if-none-match": etagOf(grown) } })
    expect([shrunk.status, titles(shrunk).includes("Not theirs yet")]).toEqual([200, false])
  })
})

describe("a key that ends", () => {
  test("is refused at once by the isolate that ends it, although it was cached", async () => {
    const secret = await keyOf("ending")
    expect((await ask(LIST, secret)).status).toBe(200)
    const [{ id }] = (await done("GET", "/partners/ending/keys")).keys
    expect((await admin("DELETE", `/partners/ending/keys/${id}`)).status).toBe(204)
    expect((await ask(LIST, secret)).status).toBe(401)
  })

  test("is refused elsewhere within a second", async () => {
    // Another isolate has revoked the key, and this isolate does not know it.
    const changes: [string, number, (slug: string) => D1PreparedStatement][] = [
      ["revoked", 401, (slug) => env.DB.prepare("delete from partner_keys where partner_slug = ?").bind(slug)],
      ["disabled", 403, (slug) => env.DB.prepare("update partners set state = 'disabled' where slug = ?").bind(slug)],
    ]
    for (const [slug, status, change] of changes) {
      const secret = await keyOf(slug)
      const began = now
      expect((await ask(LIST, secret)).status).toBe(200)
      await change(slug).run()
      until(began + 999)
      expect([slug, (await ask(LIST, secret)).status]).toEqual([slug, 200])
      until(began + 1000)
      expect([slug, (await ask(LIST, secret)).status]).toEqual([slug, status])
    }
  })

  test("is not cached in its old state during a query", async () => {
    const secret = await keyOf("racing")
    const [{ id }] = (await done("GET", "/partners/racing/keys")).keys
    // This isolate revokes the key after D1 has read the key as active, and before the answer of D1 arrives.
    const db = {
      prepare: (query: string) => {
        const statement = env.DB.prepare(query)
        if (!query.includes('from "partner_keys" inner join "partners"')) return statement
        const bind = (...values: unknown[]) => {
          const bound = statement.bind(...values)
          return {
            raw: async () => {
              const rows = await bound.raw()
              await admin("DELETE", `/partners/racing/keys/${id}`)
              return rows
            },
          }
        }
        return { bind }
      },
      batch: (statements: D1PreparedStatement[]) => env.DB.batch(statements),
    }
    expect((await ask(LIST, secret, { bindings: { ...closed, DB: db } as unknown as Env })).status).toBe(200)
    expect((await ask(LIST, secret)).status).toBe(401)
  })

  test("expires to the millisecond, although it was cached", async () => {
    await done("POST", "/partners", { slug: "brief", name: "Brief" })
    const { secret } = await done("POST", "/partners/brief/keys", { expires_at: rfc3339(now + 500) })
    const began = now
    expect((await ask(LIST, secret)).status).toBe(200)
    until(began + 499)
    expect((await ask(LIST, secret)).status).toBe(200)
    until(began + 500)
    expect((await ask(LIST, secret)).status).toBe(401)
  })
})
