/** Tests how operators manage partners, their keys, and their rate limits. */
import { env } from "cloudflare:workers"
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest"
import { DAY, HOUR, now, rfc3339, until } from "./clock.ts"
import { type Answer, admin, article, counted, type Publisher, publisher, push, section, send } from "./world.ts"

const LIST = "/v1/articles"
/** Every secret that was shown once. */
const secrets: string[] = []
/** The lines of the log, and all answers except those that show a secret once. */
const logged: string[] = []

let one: Publisher

beforeAll(async () => {
  for (const method of ["log", "error", "warn"] as const) {
    vi.spyOn(console, method).mockImplementation((...words) => void logged.push(words.join(" ")))
  }
  until(now)
  await section("world")
  one = await publisher("one", { default_section: "world" })
  await publisher("two")
  await publisher("three")
  await push(one, [article({ title: "First" }), article({ title: "Second" })])
})

afterEach(() => until(now + 2 * HOUR))
afterAll(() => vi.restoreAllMocks())

async function ask(method: string, path: string, body?: unknown): Promise<Answer> {
  const sent = await admin(method, path, body)
  if (sent.json?.secret === undefined) logged.push(sent.text)
  return sent
}
async function done(method: string, path: string, body?: unknown): Promise<Answer["json"]> {
  const sent = await ask(method, path, body)
  if (sent.status >= 300) throw new Error(sent.text)
  return sent.json
}
const partner = (slug: string, more: object = {}) => done("POST", "/partners", { slug, name: slug, ...more })
async function keyOf(slug: string, more: object = {}): Promise<{ id: string; secret: string }> {
  const { id, secret } = await done("POST", `/partners/${slug}/keys`, more)
  secrets.push(secret)
  return { id, secret }
}
const partnerOf = async (slug: string) =>
  (await done("GET", "/partners")).partners.find((each: { slug: string }) => each.slug === slug)
const keysOf = async (slug: string) => (await done("GET", `/partners/${slug}/keys`)).keys
const lastAction = async () => (await done("GET", "/audit?limit=1")).entries[0]
const bearer = (secret: string, more: Record<string, string> = {}) => ({
  headers: { authorization: `Bearer ${secret}`, ...more },
})
const read = (secret: string, bindings: Env = env) => send(LIST, bearer(secret), bindings)
const codes = (sent: Answer) => [sent.status, sent.json?.code]

describe("partners", () => {
  test("are created, listed and changed, and the audit has all of it except contacts", async () => {
    const made = await ask("POST", "/partners", {
      slug: "metro",
      name: "Metro  Portal",
      contact: "Jane Roe <jane@metro.example>",
      publishers: ["two", "one", "two"],
    })
    const metro = {
      slug: "metro",
      name: "Metro Portal",
      contact: "Jane Roe <jane@metro.example>",
      state: "active",
      publishers: ["one", "two"],
      keys: 0,
      last_used_at: null,
      created_at: rfc3339(now),
    }
    expect([made.status, made.json]).toEqual([201, metro])
    expect(await lastAction()).toMatchObject({
      action: "partner.create",
      subject: "partners/metro",
      detail: { name: "Metro Portal", contact: "…", publishers: ["two", "one", "two"] },
    })
    await partner("evening")
    expect((await done("GET", "/partners")).partners.map(({ slug }: { slug: string }) => slug)).toEqual([
      "evening",
      "metro",
    ])

    expect(await done("PATCH", "/partners/metro", { name: "Metro", contact: null, publishers: ["three"] })).toEqual({
      ...metro,
      name: "Metro",
      contact: null,
      publishers: ["three"],
    })
    expect(await lastAction()).toMatchObject({
      action: "partner.change",
      detail: { after: { name: "Metro", contact: null } },
    })
    expect(await done("PATCH", "/partners/metro", { publishers: null, state: "disabled" })).toMatchObject({
      name: "Metro",
      publishers: null,
      state: "disabled",
    })
    // A change of nothing is no audit action.
    const { id } = await lastAction()
    expect(await done("PATCH", "/partners/metro", {})).toMatchObject({ state: "disabled" })
    expect((await lastAction()).id).toBe(id)
    const { results } = await env.DB.prepare("select detail from audit").all<{ detail: string }>()
    expect(results.map(({ detail }) => detail).join()).not.toContain("jane@metro")
  })

  test("have unique slugs, and an unknown slug gets a similar suggestion", async () => {
    const before = await lastAction()
    expect(codes(await ask("POST", "/partners", { slug: "metro", name: "Another" }))).toEqual([409, "conflict"])
    for (const [method, path, body] of [
      ["PATCH", "/partners/mtro", { name: "M" }],
      ["GET", "/partners/mtro/keys"],
      ["POST", "/partners/mtro/keys", {}],
      ["DELETE", "/partners/mtro/keys/x"],
    ] as const) {
      const sent = await ask(method, path, body)
      expect(codes(sent)).toEqual([404, "not_found"])
      expect(sent.json.detail).toBe("There is no partner mtro here. Did you mean metro?")
    }
    expect(await lastAction()).toEqual(before)
  })

  test.each([
    ["POST", {}, ["/slug", "/name"]],
    ["POST", { slug: "Big", name: " " }, ["/slug", "/name"]],
    ["POST", { slug: "x", name: "X", publisher: ["one"] }, ["/publisher"]],
    ["POST", { slug: "x", name: "X", publishers: [] }, ["/publishers"]],
    ["POST", { slug: "x", name: "X", publishers: "one" }, ["/publishers"]],
    ["POST", { slug: "x", name: "X", publishers: Array.from({ length: 31 }, (_, i) => `p-${i}`) }, ["/publishers"]],
    ["POST", { slug: "x", name: "X", publishers: ["one", "tow", "nobody"] }, ["/publishers/1", "/publishers/2"]],
    ["POST", { slug: "x", name: "X", state: "active" }, ["/state"]],
    ["POST", { slug: "x", name: "X", contact: "x".repeat(201) }, ["/contact"]],
    ["PATCH", { state: "removed" }, ["/state"]],
    ["PATCH", { slug: "other" }, ["/slug"]],
    ["PATCH", { publishers: [] }, ["/publishers"]],
    ["PATCH", { name: "Kept as it was", publishers: ["nobody"] }, ["/publishers/0"]],
  ])("%s %j is refused with all its errors", async (method, body, pointers) => {
    const [before, action] = [await done("GET", "/partners"), await lastAction()]
    const sent = await ask(method, method === "POST" ? "/partners" : "/partners/evening", body)
    expect(codes(sent)).toEqual([422, "invalid_request"])
    expect(sent.json.errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual(pointers.sort())
    expect([await done("GET", "/partners"), await lastAction()]).toEqual([before, action])
  })

  test("may be limited to existing publishers, and errors suggest similar slugs and name removed ones", async () => {
    await publisher("leaving")
    await partner("loyal", { publishers: ["leaving", "one"] })
    await partner("lonely", { publishers: ["leaving"] })
    const misspelt = await ask("PATCH", "/partners/loyal", { publishers: ["leavin"] })
    expect(misspelt.json.errors).toEqual([
      { pointer: "/publishers/0", detail: "is no publisher of this wire. Did you mean leaving?" },
    ])
    expect((await ask("DELETE", "/publishers/leaving")).status).toBe(202)
    const gone = await ask("PATCH", "/partners/loyal", { publishers: ["leaving"] })
    expect(gone.json.errors).toEqual([{ pointer: "/publishers/0", detail: "leaving was removed" }])
    expect((await partnerOf("loyal")).publishers).toEqual(["leaving", "one"])

    const closed = { ...env, API_ACCESS: "partners" } as unknown as Env
    const titles = async (slug: string) => {
      const sent = await read((await keyOf(slug)).secret, closed)
      expect(sent.status).toBe(200)
      return sent.json.articles.map(({ title }: { title: string }) => title).sort()
    }
    expect(await titles("loyal")).toEqual(["First", "Second"])
    // If none of its publishers is left, the partner sees nothing, rather than everything.
    expect(await titles("lonely")).toEqual([])
  })
})

describe("keys of a partner", () => {
  test("are shown once; D1 has only their hash, and nothing else has their secret", async () => {
    const made = await ask("POST", "/partners/evening/keys", { note: "the app", expires_at: rfc3339(now + DAY) })
    const { id, secret } = made.json
    secrets.push(secret)
    expect(secret).toMatch(new RegExp(`^fwk_${id}_[A-Za-z0-9_-]{43}$`))
    const shown = { id, note: "the app", created_at: rfc3339(now), expires_at: rfc3339(now + DAY) }
    expect([made.status, made.json]).toEqual([201, { ...shown, secret }])
    expect(await lastAction()).toMatchObject({
      action: "partner-key.create",
      subject: `partners/evening/keys/${id}`,
      detail: { note: "the app", expires_at: rfc3339(now + DAY) },
    })
    expect(await keysOf("evening")).toEqual([{ ...shown, last_used_at: null }])
    const row = await env.DB.prepare("select * from partner_keys where id = ?").bind(id).first<Record<string, string>>()
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret.slice(`fwk_${id}_`.length)))
    const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("")
    expect(row?.secret_sha256).toBe(hex)
  })

  test.each([
    [{ expires_at: rfc3339(Date.UTC(2020, 1, 1)) }, "/expires_at", "must be in the future"],
    [{ expires_at: "tomorrow" }, "/expires_at", "must be an RFC 3339 time such as 2026-11-23T08:30:00Z"],
    [{ expires: rfc3339(now) }, "/expires", "is not known here. Did you mean expires_at?"],
    [{ note: "x".repeat(201) }, "/note", "must have at most 200 characters"],
  ])("of %j are refused", async (body, pointer, detail) => {
    const sent = await ask("POST", "/partners/evening/keys", body)
    expect([...codes(sent), sent.json.errors]).toEqual([422, "invalid_request", [{ pointer, detail }]])
  })

  test("are valid side by side, end at their time to the millisecond, and at once when they are revoked", async () => {
    await partner("keeper")
    const began = now
    const first = await keyOf("keeper")
    const second = await keyOf("keeper", { expires_at: rfc3339(began + HOUR) })
    const third = await keyOf("keeper")
    const statuses = async () =>
      Promise.all([first, second, third].map(async ({ secret }) => (await read(secret)).status))
    expect(await statuses()).toEqual([200, 200, 200])
    until(began + HOUR - 1)
    expect([await statuses(), (await partnerOf("keeper")).keys]).toEqual([[200, 200, 200], 3])
    // The isolate cached the key a millisecond ago.
    until(began + HOUR)
    expect([await statuses(), (await partnerOf("keeper")).keys]).toEqual([[200, 401, 200], 2])
    const expired = await read(second.secret)
    expect(expired.json.detail).toContain(`This key expired at ${rfc3339(began + HOUR)}`)
    expect(expired.headers.get("www-authenticate")).toBe('Bearer realm="api", error="invalid_token"')

    expect((await ask("DELETE", `/partners/keeper/keys/${third.id}`)).status).toBe(204)
    expect(await lastAction()).toMatchObject({
      action: "partner-key.revoke",
      subject: `partners/keeper/keys/${third.id}`,
    })
    expect(await statuses()).toEqual([200, 401, 401])
    const action = await lastAction()
    expect(codes(await ask("DELETE", `/partners/keeper/keys/${third.id}`))).toEqual([404, "not_found"])
    // The key cannot be revoked through the address of another partner.
    expect(codes(await ask("DELETE", `/partners/evening/keys/${first.id}`))).toEqual([404, "not_found"])
    expect([await lastAction(), await statuses()]).toEqual([action, [200, 401, 401]])
  })

  test("record the hour of their last use, at the cost of one row an hour", async () => {
    await partner("user")
    const key = await keyOf("user")
    const used = async () => (await keysOf("user"))[0].last_used_at
    await read(key.secret.slice(0, -1))
    expect(await used()).toBeNull()
    const began = now
    const { bindings, trips } = counted()
    const written = () => trips.splice(0).reduce((sum, { rowsWritten }) => sum + rowsWritten, 0)
    await read(key.secret, bindings)
    expect([await used(), written()]).toEqual([rfc3339(began), 1])
    for (const later of [1, 5000, HOUR - 1]) {
      until(began + later)
      await read(key.secret, bindings)
    }
    expect([await used(), written()]).toEqual([rfc3339(began), 0])
    until(began + HOUR)
    // Many requests at once, before any of them has recorded the use.
    await Promise.all(Array.from({ length: 5 }, () => read(key.secret, bindings)))
    expect([await used(), written()]).toEqual([rfc3339(began + HOUR), 1])
    expect((await partnerOf("user")).last_used_at).toBe(rfc3339(began + HOUR))
  })

  test("work even if their use cannot be recorded, which is logged", async () => {
    await partner("unlucky")
    const { id, secret } = await keyOf("unlucky")
    const broken = {
      ...env.DB,
      prepare: (query: string) => {
        if (query.startsWith('update "partner_keys"')) throw new Error("D1_ERROR: Network connection lost.")
        return env.DB.prepare(query)
      },
      batch: (statements: D1PreparedStatement[]) => env.DB.batch(statements),
    }
    expect((await read(secret, { ...env, DB: broken } as unknown as Env)).status).toBe(200)
    const line = logged.find((words) => words.includes("use_not_recorded"))
    expect(JSON.parse(line ?? "{}")).toMatchObject({ level: "error", event: "use_not_recorded", key: id })
    expect((await keysOf("unlucky"))[0].last_used_at).toBeNull()
  })
})

describe("a public API", () => {
  let secret: string
  beforeAll(async () => {
    await partner("reader", { publishers: ["two"] })
    secret = (await keyOf("reader")).secret
  })

  test("gives clients with a key the same answers as clients without", async () => {
    const [without, withKey] = [await send(LIST), await read(secret)]
    expect([withKey.status, withKey.text]).toEqual([200, without.text])
    expect(withKey.json.articles).toHaveLength(2)
    for (const name of ["etag", "cache-control", "cdn-cache-control", "cache-tag", "vary"]) {
      expect([name, withKey.headers.get(name)]).toEqual([name, without.headers.get(name)])
    }
    expect(without.headers.get("cache-control")).toMatch(/^public/)
    expect(without.headers.get("vary")).toBeNull()
  })

  test("refuses invalid keys, and ignores other schemes", async () => {
    const wrong = ["", "fwk_", `${secret}x`, secret.slice(4), secret.replace(/.$/, "~"), `${secret} ${secret}`]
    const other = secret.endsWith("A") ? "B" : "A"
    const unknown = [secret.slice(0, -1) + other, secret.replace(/^fwk_..../, "fwk_0000")]
    for (const text of [...wrong, ...unknown]) {
      const sent = await read(text)
      expect([text, ...codes(sent)]).toEqual([text, 401, "unauthorized"])
      expect(sent.headers.get("www-authenticate")).toBe('Bearer realm="api", error="invalid_token"')
      expect(sent.headers.get("cache-control")).toBe("private, no-store")
      expect(sent.headers.get("access-control-allow-origin")).toBe("*")
    }
    for (const authorization of [`bearer ${secret}`, `BEARER   ${secret}`, "Basic dXNlcjpwYXNz", "Bearerish x"]) {
      expect([authorization, (await send(LIST, { headers: { authorization } })).status]).toEqual([authorization, 200])
    }
    // Neither a key of the push endpoint nor the admin token is a partner's key.
    for (const text of [one.secret, env.ADMIN_TOKEN]) expect((await read(text)).status).toBe(401)
  })

  test("does the same work for an unknown id as for a wrong secret", async () => {
    const digest = vi.spyOn(crypto.subtle, "digest")
    const digests = async (text: string) => {
      digest.mockClear()
      expect((await read(text)).status).toBe(401)
      return digest.mock.calls.map(([algorithm]) => algorithm)
    }
    until(now + 2000)
    // The key is cached now, so it is not read again.
    await read(secret)
    const wrongSecret = await digests(`${secret.slice(0, -3)}AAA`)
    const unknownId = await digests(`fwk_000000000000_${secret.slice(-43)}`)
    digest.mockRestore()
    // One digest is for the sent secret, and two digests are for the comparison.
    expect([wrongSecret.length, unknownId]).toEqual([3, wrongSecret])
  })

  test("refuses a disabled partner, and accepts it again when it is enabled", async () => {
    await done("PATCH", "/partners/reader", { state: "disabled" })
    const refused = await read(secret)
    expect([...codes(refused), refused.json.title]).toEqual([403, "partner_disabled", "This partner is disabled"])
    // Only a client with the partner's key learns that it is disabled.
    expect(codes(await read(`${secret.slice(0, -3)}AAA`))).toEqual([401, "unauthorized"])
    await done("PATCH", "/partners/reader", { state: "active" })
    expect((await read(secret)).status).toBe(200)
  })
})

describe("rate limits", () => {
  /** A limiter that refuses the requests of a key after this number. */
  function limiter(limit: number) {
    const seen = new Map<string, number>()
    return {
      seen,
      limit: async ({ key }: { key: string }) => {
        seen.set(key, (seen.get(key) ?? 0) + 1)
        return { success: (seen.get(key) ?? 0) <= limit }
      },
    }
  }
  function limited(limits: { partner?: number; reader?: number; unauthenticated?: number }) {
    const [partners, readers, unauthenticatedClients] = [
      limits.partner ?? 99,
      limits.reader ?? 99,
      limits.unauthenticated ?? 99,
    ].map(limiter) as [ReturnType<typeof limiter>, ReturnType<typeof limiter>, ReturnType<typeof limiter>]
    const rates = { PARTNER_RATE: partners, READER_RATE: readers, UNAUTHENTICATED_RATE: unauthenticatedClients }
    // Answers from memory are not counted, so the isolate has none here.
    const bindings = { ...env, ...rates, REMEMBER_VALIDATORS: "false" } as unknown as Env
    return { partners, readers, unauthenticatedClients, bindings }
  }
  function expectToWait(sent: Answer, policy: string): void {
    expect(codes(sent)).toEqual([429, "too_many_requests"])
    expect(sent.headers.get("retry-after")).toBe("60")
    expect(sent.headers.get("ratelimit-policy")).toBe(policy)
    expect(sent.headers.get("cache-control")).toBe("private, no-store")
    expect(sent.headers.get("cdn-cache-control")).toBeNull()
    // Scripts may read Retry-After.
    expect(sent.headers.get("access-control-allow-origin")).toBe("*")
    expect(sent.headers.get("access-control-expose-headers")).toMatch(/RateLimit-Policy.*Retry-After/)
  }
  const from = (address: string, more: Record<string, string> = {}) => ({
    headers: { "cf-connecting-ip": address, ...more },
  })
  let keys: { id: string; secret: string }[]
  beforeAll(async () => {
    await partner("quick")
    await partner("other")
    keys = [await keyOf("quick"), await keyOf("quick"), await keyOf("other")]
  })

  test("allow an address without a key 120 a minute, for any resource, with or without 304", async () => {
    const { bindings, readers, partners, unauthenticatedClients } = limited({ reader: 4 })
    const address = from("192.0.2.1")
    const first = await send(LIST, address, bindings)
    expect(first.status).toBe(200)
    const conditional = from("192.0.2.1", { "if-none-match": first.headers.get("etag") ?? "" })
    expect((await send(LIST, conditional, bindings)).status).toBe(304)
    expect((await send(LIST, { method: "HEAD", ...address }, bindings)).status).toBe(200)
    expect((await send(`${LIST}?limit=0&section=none`, address, bindings)).status).toBe(400)
    expectToWait(await send(LIST, conditional, bindings), '"default";q=120;w=60')
    // Over the limit, every endpoint refuses without a query.
    const { bindings: seen, trips } = counted(bindings)
    expectToWait(await send(LIST, conditional, seen), '"default";q=120;w=60')
    expectToWait(await send("/v1/nothing", address, seen), '"default";q=120;w=60')
    expect(trips).toHaveLength(0)
    // Other addresses are not limited, and a key still works from the limited one.
    expect((await send(LIST, from("192.0.2.2"), bindings)).status).toBe(200)
    const key = bearer(keys[0]?.secret ?? "", { "cf-connecting-ip": "192.0.2.1" })
    expect((await send(LIST, key, bindings)).status).toBe(200)
    // A preflight is not counted, and feeds have other limits.
    const preflight = { method: "OPTIONS", ...from("192.0.2.1", { origin: "https://portal.example" }) }
    expect((await send(LIST, preflight, bindings)).status).toBe(204)
    expect((await send("/feed.json", address, bindings)).status).toBe(200)
    expect([...readers.seen]).toEqual([
      ["192.0.2.1", 5],
      ["192.0.2.2", 1],
    ])
    expect([partners.seen.size, unauthenticatedClients.seen.size]).toEqual([1, 0])
  })

  test("allow a partner 600 a minute for all its keys together, from any address", async () => {
    const { bindings, readers } = limited({ partner: 3 })
    const [first, second, others] = keys.map(({ secret }) => secret) as [string, string, string]
    const by = (secret: string, address: string) =>
      send(LIST, bearer(secret, { "cf-connecting-ip": address }), bindings)
    expect((await by(first, "192.0.2.1")).status).toBe(200)
    expect((await by(second, "192.0.2.2")).status).toBe(200)
    expect((await by(first, "192.0.2.3")).status).toBe(200)
    const refused = await by(second, "192.0.2.4")
    expectToWait(refused, '"default";q=600;w=60')
    expect(refused.json.detail).toContain("the partner quick")
    expect((await by(others, "192.0.2.4")).status).toBe(200)
    expect(readers.seen.size).toBe(0)
  })

  test("allow an address 30 refused keys a minute, and do not affect the partner", async () => {
    const { bindings, partners, readers, unauthenticatedClients } = limited({ unauthenticated: 3 })
    const secret = keys[0]?.secret ?? ""
    const by = (text: string) => send(LIST, bearer(text, { "cf-connecting-ip": "192.0.2.1" }), bindings)
    for (const text of ["guess", `${secret.slice(0, -3)}AAA`, "fwk_000000000000_"]) {
      expect(codes(await by(text))).toEqual([401, "unauthorized"])
    }
    expectToWait(await by("guess"), '"default";q=30;w=60')
    expect((await by(secret)).status).toBe(200)
    expect([...unauthenticatedClients.seen, ...partners.seen, ...readers.seen]).toEqual([
      ["192.0.2.1", 4],
      ["partner:quick", 1],
    ])
  })

  test("ignore answers from memory, as they do those of the edge", async () => {
    const { bindings, readers } = limited({ reader: 1 })
    const remembering = { ...bindings, REMEMBER_VALIDATORS: "true" } as Env
    const address = from("192.0.2.9")
    const path = `${LIST}?limit=7`
    const sent = [await send(path, address, remembering), await send(path, address, remembering)]
    expect(sent.map(({ status }) => status)).toEqual([200, 200])
    expect(sent[1]?.headers.get("cache-status")).toBe("feedwire; hit; detail=memory")
    expect([...readers.seen]).toEqual([["192.0.2.9", 1]])
  })
})

test("no secret is in a log, an answer, the audit or elsewhere in D1", async () => {
  expect(secrets.length).toBeGreaterThan(10)
  const { results } = await env.DB.prepare(
    "select name from sqlite_master where type = 'table' and name not like '\\_cf%' escape '\\' and name not like 'sqlite%'",
  ).all<{ name: string }>()
  const tables = await env.DB.batch(results.map(({ name }) => env.DB.prepare(`select * from "${name}"`)))
  const everything = [...logged, JSON.stringify(tables.map((table) => table.results))].join("\n")
  expect(everything).toContain("partner-key.create")
  for (const secret of secrets) {
    const [, id = "", text = ""] = /^fwk_([0-9a-f]{12})_(.*)$/.exec(secret) ?? []
    expect(everything).toContain(id)
    expect(everything.includes(text)).toBe(false)
  }
})
