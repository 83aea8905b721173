/** Tests operators, their roles and their tokens: who may do what in the admin API, and whom the audit names. */
import { env } from "cloudflare:workers"
import { describe, expect, test, vi } from "vitest"
import { admin as adminApp } from "../../src/admin/routes.ts"
import { codes, done, entries, lastEntry, logged, tables } from "./operators.ts"
import { type Answer, admin, rows, send } from "./world.ts"

const ROLES = ["owner", "editor", "viewer"] as const
type Role = (typeof ROLES)[number]

/** All routes of the admin API that are not for viewers. The test of all routes finds a new one that is missing here. */
const EDITOR_ROUTES = [
  "POST /articles/:id/sections",
  "POST /articles/:id/takedown",
  "POST /articles/:id/release",
  "POST /attempts/replay",
  "POST /attempts/:id/replay",
  "POST /dead-letters/:id/dismiss",
  "POST /publishers/:slug/preview",
  "POST /sections",
  "PATCH /sections/:slug",
  "POST /sections/:slug/retire",
  "POST /sections/:slug/aliases",
  "DELETE /sections/:slug/aliases/:name",
  "PATCH /tags/:name",
  "PATCH /authors/:name",
]
const OWNER_ROUTES = [
  "POST /publishers",
  "PATCH /publishers/:slug",
  "DELETE /publishers/:slug",
  "POST /publishers/:slug/keys",
  "DELETE /publishers/:slug/keys/:id",
  "POST /publishers/:slug/sources",
  "PATCH /publishers/:slug/sources/:name",
  "DELETE /publishers/:slug/sources/:name",
  "POST /publishers/:slug/sources/:name/fetch",
  "POST /keys/reencrypt",
  "POST /partners",
  "PATCH /partners/:slug",
  "POST /partners/:slug/keys",
  "DELETE /partners/:slug/keys/:id",
  "PATCH /wire",
  "POST /operators",
  "PATCH /operators/:name",
  "DELETE /operators/:name",
  "GET /operators/:name/tokens",
  "POST /operators/:name/tokens",
  "DELETE /operators/:name/tokens/:id",
]
const ROUTES = [
  ...new Set(
    adminApp.routes
      .filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => `${method} ${path.slice("/admin/api".length)}`),
  ),
]

const roleOf = (route: string): Role =>
  EDITOR_ROUTES.includes(route) ? "editor" : OWNER_ROUTES.includes(route) ? "owner" : "viewer"

/** Sends a request to the admin API with a token. */
const as = (token: string | undefined, method: string, path: string, body?: unknown): Promise<Answer> =>
  send(`/admin/api${path}`, {
    method,
    headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
    ...(method !== "GET" && method !== "HEAD" && { body: JSON.stringify(body ?? {}) }),
  })

/** Creates an operator. Resolves with the first token. */
const create = async (name: string, role: Role): Promise<{ id: string; secret: string }> =>
  (await done("POST", "/operators", { name, role })).token

const tokens = {
  owner: (await create("olga", "owner")).secret,
  editor: (await create("edith", "editor")).secret,
  viewer: (await create("viktor", "viewer")).secret,
}

function expectProblem(sent: Answer, status: number, code: string, detail: RegExp): void {
  expect([...codes(sent), sent.headers.get("cache-control")]).toEqual([status, code, "private, no-store"])
  expect(sent.json.detail).toMatch(detail)
}

/** The rows of all tables, without those that record the use of tokens. */
const stored = async () => ({ ...(await tables()), operator_tokens: [] })

describe("each route of the admin API", () => {
  test("has a role in this test, and all but GET need more than a viewer", () => {
    expect(ROUTES.length).toBeGreaterThan(50)
    expect([...EDITOR_ROUTES, ...OWNER_ROUTES].filter((route) => !ROUTES.includes(route))).toEqual([])
    // Everyone may end the own sessions.
    const open = ROUTES.filter((route) => roleOf(route) === "viewer" && !route.startsWith("GET "))
    expect(open).toEqual(["DELETE /sessions/:id"])
  })

  test.each(ROUTES)("%s is open to the roles that may, and changes nothing for others", async (route) => {
    const [method = "", pattern = ""] = route.split(" ")
    const path = pattern.replace(/:\w+/g, "nothing")
    const before = await stored()
    for (const token of [undefined, "fwo_", `fwo_${"a".repeat(43)}`, tokens.owner.slice(4), `${tokens.owner}a`]) {
      const refused = await as(token, method, path)
      expectProblem(refused, 401, "unauthorized", /Send the token of an operator, or the ADMIN_TOKEN/)
    }
    const allowed = ROLES.slice(0, ROLES.indexOf(roleOf(route)) + 1)
    for (const role of ROLES.filter((each) => !allowed.includes(each))) {
      const detail = new RegExp(`This needs the role ${roleOf(route)}, and the role of \\w+ is ${role}`)
      expectProblem(await as(tokens[role], method, path), 403, "forbidden", detail)
    }
    expect(await stored()).toEqual(before)
    for (const role of allowed) {
      const { status, json } = await as(tokens[role], method, path)
      expect([role, status === 401 || status === 403 || status >= 500, json?.code]).toEqual([
        role,
        false,
        status < 400 ? undefined : expect.any(String),
      ])
    }
  })

  test("tells a viewer no more about an unknown address than everyone with a token", async () => {
    for (const token of Object.values(tokens)) {
      expect(codes(await as(token, "GET", "/nothing"))).toEqual([404, "not_found"])
      expect(codes(await as(token, "PUT", "/wire"))).toEqual([405, "method_not_allowed"])
    }
    expect(codes(await as(tokens.viewer, "HEAD", "/operators/olga/tokens"))[0]).toBe(403)
    expect((await as(tokens.viewer, "HEAD", "/sections")).status).toBe(200)
    // A path that is encoded has the role of its route.
    expect(codes(await as(tokens.editor, "PATCH", "/%77ire", {}))).toEqual([403, "forbidden"])
    expect(codes(await as(tokens.editor, "POST", "/sections/../operators", {}))).toEqual([403, "forbidden"])
  })
})

describe("an operator", () => {
  test("learns its name and role, and sees all checks of /healthz", async () => {
    for (const [role, name] of [
      ["owner", "olga"],
      ["editor", "edith"],
      ["viewer", "viktor"],
    ] as const) {
      expect((await as(tokens[role], "GET", "/me")).json).toEqual({ name, role })
      const health = await send("/healthz", { headers: { authorization: `Bearer ${tokens[role]}` } })
      expect([health.status, Object.keys(health.json.checks).length > 1]).toEqual([200, true])
    }
    expect((await admin("GET", "/me")).json).toEqual({ name: "shared token", role: "owner" })
  })

  test("is in the audit of each change, by name", async () => {
    expect((await as(tokens.editor, "POST", "/sections", { slug: "arts", names: { en: "Arts" } })).status).toBe(201)
    expect(await lastEntry()).toMatchObject({ actor: "edith", action: "section.create", subject: "sections/arts" })
    await done("PATCH", "/sections/arts", { names: { en: "The Arts" } })
    expect(await lastEntry()).toMatchObject({ actor: "shared token", action: "section.change" })
    const made = (await entries()).filter(({ action }) => action === "operator.create")
    expect(made.map(({ actor, subject, detail }) => [actor, subject, detail])).toEqual([
      ["shared token", "operators/viktor", { role: "viewer" }],
      ["shared token", "operators/edith", { role: "editor" }],
      ["shared token", "operators/olga", { role: "owner" }],
    ])
  })

  test("gets another role at once, and the audit has the role before and after", async () => {
    expect(await done("PATCH", "/operators/viktor", { role: "editor" })).toMatchObject({ role: "editor", tokens: 1 })
    expect(await lastEntry()).toMatchObject({
      ...{ action: "operator.change", subject: "operators/viktor" },
      detail: { before: { role: "viewer" }, after: { role: "editor" } },
    })
    expect((await as(tokens.viewer, "GET", "/me")).json).toEqual({ name: "viktor", role: "editor" })
    await done("PATCH", "/operators/viktor", { role: "viewer" })
    const before = await tables()
    expect(await done("PATCH", "/operators/viktor", { role: "viewer" })).toMatchObject({ role: "viewer" })
    expect(await tables()).toEqual(before)
  })

  test("is refused with a wrong name or role, or a name that is taken", async () => {
    for (const body of [
      {},
      { name: "x" },
      { role: "owner" },
      { name: "shared token", role: "owner" },
      { name: "Leïla", role: "owner" },
      { name: "x", role: "admin" },
      { name: "x", role: "owner", token: "fwo_mine" },
    ]) {
      expect(codes(await admin("POST", "/operators", body))).toEqual([422, "invalid_request"])
    }
    expect(codes(await admin("POST", "/operators", { name: "olga", role: "viewer" }))).toEqual([409, "conflict"])
    for (const [method, path, body] of [
      ["PATCH", "/operators/olgaa", { role: "owner" }],
      ["DELETE", "/operators/olgaa", undefined],
      ["GET", "/operators/olgaa/tokens", undefined],
      ["POST", "/operators/olgaa/tokens", {}],
    ] as const) {
      const sent = await admin(method, path, body)
      expect([method, ...codes(sent)]).toEqual([method, 404, "not_found"])
      expect(sent.json.detail).toBe("There is no operator olgaa here. Did you mean olga?")
    }
  })
})

describe("a token", () => {
  test("is 256 random bits, shown once, and stored only as SHA-256", async () => {
    const { id, secret } = await done("POST", "/operators/viktor/tokens", { note: "laptop" })
    expect(secret).toMatch(/^fwo_[A-Za-z0-9_-]{43}$/)
    const [, second] = (await done("GET", "/operators/viktor/tokens")).tokens
    expect(second).toEqual({ id, note: "laptop", created_at: expect.any(String), last_used_at: null })
    expect(await lastEntry()).toMatchObject({ action: "token.create", subject: `operators/viktor/tokens/${id}` })
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret))
    const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("")
    expect(await rows(`select id from operator_tokens where token_sha256 = '${hex}'`)).toEqual([{ id }])
    const everything = JSON.stringify(await tables()) + logged.join("\n")
    for (const text of [secret, ...Object.values(tokens)]) expect(everything.includes(text.slice(4))).toBe(false)
  })

  test("ends at once when it is revoked, and the others of the operator stay", async () => {
    const { id, secret } = await done("POST", "/operators/viktor/tokens", {})
    expect((await as(secret, "GET", "/me")).status).toBe(200)
    expect(codes(await admin("DELETE", `/operators/olga/tokens/${id}`))).toEqual([404, "not_found"])
    expect((await admin("DELETE", `/operators/viktor/tokens/${id}`)).status).toBe(204)
    expect(codes(await as(secret, "GET", "/me"))).toEqual([401, "unauthorized"])
    expect((await as(tokens.viewer, "GET", "/me")).status).toBe(200)
    expect(await lastEntry()).toMatchObject({ action: "token.revoke", subject: `operators/viktor/tokens/${id}` })
    const before = await tables()
    expect(codes(await admin("DELETE", `/operators/viktor/tokens/${id}`))).toEqual([404, "not_found"])
    expect(await tables()).toEqual(before)
  })

  test("has the time of its last use, which is written at most once an hour", async () => {
    const { id, secret } = await create("hourly", "viewer")
    const lastUse = async () =>
      (await rows(`select last_used_at from operator_tokens where id = '${id}'`))[0]?.last_used_at as number | null
    expect(await lastUse()).toBeNull()
    const start = Date.now()
    const clock = vi.spyOn(Date, "now")
    try {
      for (const [minutes, expected] of [
        [0, 0],
        [59, 0],
        [61, 61],
        [120, 61],
      ] as const) {
        clock.mockReturnValue(start + minutes * 60_000)
        expect((await as(secret, "GET", "/me")).status).toBe(200)
        expect(await lastUse()).toBe(start + expected * 60_000)
      }
    } finally {
      clock.mockRestore()
    }
    const listed = (await done("GET", "/operators")).operators.find(({ name }: { name: string }) => name === "hourly")
    expect(listed).toMatchObject({ role: "viewer", tokens: 1, last_used_at: new Date(start + 3_660_000).toISOString() })
  })

  test("works without an ADMIN_TOKEN, which then is no way in", async () => {
    const without = { ...env, ADMIN_TOKEN: "" } as Env
    const ask = (token: string) =>
      send("/admin/api/me", { headers: { authorization: `Bearer ${token}` } }, without).then(({ status }) => status)
    expect([await ask(tokens.owner), await ask(env.ADMIN_TOKEN)]).toEqual([200, 401])
  })

  test("is compared in the same steps whether it exists or not", async () => {
    const digest = vi.spyOn(crypto.subtle, "digest")
    const digests = async (token: string) => {
      digest.mockClear()
      await as(token, "GET", "/me")
      return digest.mock.calls.length
    }
    const counts = [await digests(tokens.viewer), await digests(`fwo_${"a".repeat(43)}`)]
    digest.mockRestore()
    expect(counts).toEqual([3, 3])
  })
})

describe("the last owner", () => {
  test("cannot be removed or get another role, even by two requests at once", async () => {
    const second = (await create("otto", "owner")).secret
    const both = await Promise.all([
      as(second, "DELETE", "/operators/olga"),
      as(tokens.owner, "PATCH", "/operators/otto", { role: "viewer" }),
    ])
    expect(both.map(({ status }) => status).sort()).toContain(409)
    const owners = () => rows("select name from operators where role = 'owner'")
    const [owner, ...others] = await owners()
    expect(others).toEqual([])
    const before = await tables()
    for (const [method, body] of [
      ["DELETE", undefined],
      ["PATCH", { role: "editor" }],
    ] as const) {
      const refused = await admin(method, `/operators/${owner?.name}`, body)
      expectProblem(refused, 409, "last_owner", /is the last owner: make another operator an owner first/)
    }
    expect(await tables()).toEqual(before)
  })

  test("can be removed after another became an owner, with all tokens", async () => {
    const [owner] = await rows("select name from operators where role = 'owner'")
    await done("PATCH", "/operators/edith", { role: "owner" })
    expect((await as(tokens.editor, "DELETE", `/operators/${owner?.name}`)).status).toBe(204)
    expect(await lastEntry()).toMatchObject({
      ...{ actor: "edith", action: "operator.remove", subject: `operators/${owner?.name}` },
      detail: { before: { role: "owner" } },
    })
    expect(await rows(`select * from operator_tokens where operator_name = '${owner?.name}'`)).toEqual([])
    expect(codes(await admin("DELETE", `/operators/${owner?.name}`))).toEqual([404, "not_found"])
  })
})
