/** Tests who gets into the console, and that each page and each form is open only to the roles that may. */
import { env } from "cloudflare:workers"
import { describe, expect, test, vi } from "vitest"
import { consolePages } from "../../src/console/routes.ts"
import { type Browser, CONSOLE, logIn, nobody, open, SAME_ORIGIN, submit } from "./console.ts"
import { done, entries, logged, secrets, tables, testNoSecretIsShown } from "./operators.ts"
import { admin, ORIGIN, rows, send, sweep } from "./world.ts"

const ROLES = ["owner", "editor", "viewer"] as const
type Role = (typeof ROLES)[number]

const create = async (name: string, role: Role): Promise<{ id: string; secret: string }> =>
  (await admin("POST", "/operators", { name, role })).json.token

const tokens = {
  owner: await create("olga", "owner"),
  editor: await create("edith", "editor"),
  viewer: await create("viktor", "viewer"),
}
const browsers: Record<Role, Browser> = {
  owner: await logIn(tokens.owner.secret),
  editor: await logIn(tokens.editor.secret),
  viewer: await logIn(tokens.viewer.secret),
}
for (const { secret } of Object.values(tokens)) secrets.add(secret)
for (const { cookie } of Object.values(browsers)) secrets.add(cookie.split(/[=.]/)[1] ?? "")

/** All forms of the console but the one to log in, with the role that each needs. */
const EDITOR_FORMS = [
  "/articles/:id/takedown",
  "/articles/:id/release",
  "/articles/:id/sections",
  "/deliveries/:id/replay",
  "/dead-letters/replay",
  "/dead-letters/:id/replay",
  "/dead-letters/:id/dismiss",
  "/sections",
  "/sections/:slug/aliases",
]
const OWNER_FORMS = [
  "/publishers",
  "/publishers/:slug/keys",
  "/publishers/:slug/keys/:id/revoke",
  "/publishers/:slug/state",
  "/publishers/:slug/remove",
  "/operators",
  "/operators/:name/role",
  "/operators/:name/remove",
  "/operators/:name/tokens",
  "/operators/:name/tokens/:id/revoke",
]
const VIEWER_FORMS = ["/sessions/:id/end", "/log-out"]
/** The list of tokens says when each operator worked. */
const OWNER_PAGES = ["/operators/:name"]
/** A dry run handles messages. */
const EDITOR_PAGES = ["/dead-letters/replay"]

const ROUTES = consolePages.routes
  .filter(({ method }) => method !== "ALL")
  .map(({ method, path }) => ({ method, path: path.slice("/console".length) }))
const PAGES = [...new Set(ROUTES.filter(({ method }) => method === "GET").map(({ path }) => path))]
const FORMS = [...new Set(ROUTES.filter(({ method }) => method === "POST").map(({ path }) => path))]

const roleOf = (path: string, forms: boolean): Role => {
  const [owners, editors] = forms ? [OWNER_FORMS, EDITOR_FORMS] : [OWNER_PAGES, EDITOR_PAGES]
  return owners.includes(path) ? "owner" : editors.includes(path) ? "editor" : "viewer"
}
const filled = (path: string): string => path.replace(/:\w+/g, "nothing")
/** All rows but those that change without an act. */
const stored = async () => ({ ...(await tables()), operator_tokens: [] })

describe("a page of the console", () => {
  test("is in this test, and so is each form", () => {
    expect(PAGES.length).toBeGreaterThan(12)
    expect(FORMS.toSorted()).toEqual([...EDITOR_FORMS, ...OWNER_FORMS, ...VIEWER_FORMS, "/log-in"].toSorted())
  })

  test.each(PAGES)("%s is open to the roles that may, and is never stored", async (path) => {
    const allowed = ROLES.slice(0, ROLES.indexOf(roleOf(path, false)) + 1)
    for (const role of ROLES) {
      const { status, headers, text } = await open(browsers[role], filled(path))
      expect([role, status === 403, status >= 500, status === 401]).toEqual([
        role,
        !allowed.includes(role),
        false,
        false,
      ])
      expect(headers.get("cache-control")).toBe("private, no-store")
      expect(headers.get("content-security-policy")).toContain("default-src 'none'")
      expect(headers.get("content-security-policy")).not.toContain("unsafe")
      expect(text).not.toMatch(/<script|\son\w+=|javascript:/i)
    }
    const refused = await open(nobody, filled(path))
    expect([refused.status, refused.headers.get("cache-control")]).toEqual([401, "private, no-store"])
    expect(refused.text).toContain('name="token"')
    expect(refused.text).not.toMatch(/<nav|<table|form_token/)
  })

  test.each([...EDITOR_FORMS, ...OWNER_FORMS])("the form %s changes nothing for others", async (path) => {
    const needed = roleOf(path, true)
    const before = await stored()
    for (const role of ROLES.slice(ROLES.indexOf(needed) + 1)) {
      const { status, text } = await submit(browsers[role], filled(path))
      expect([role, status]).toEqual([role, 403])
      expect(text).toContain(`This needs the role ${needed}`)
    }
    expect((await submit(nobody, filled(path))).status).toBe(401)
    const [browser] = [browsers[needed]]
    for (const headers of [
      {},
      { origin: "https://evil.example", "sec-fetch-site": "cross-site" },
      { origin: "null" },
      { ...SAME_ORIGIN, "sec-fetch-site": "same-site" },
      { ...SAME_ORIGIN, origin: ORIGIN.replace("https", "http") },
    ]) {
      expect((await submit(browser, filled(path), {}, headers)).status).toBe(403)
    }
    for (const formToken of ["", browsers.viewer.formToken, `${browser.formToken}a`].filter(
      (t) => t !== browser.formToken,
    ))
      expect((await submit({ ...browser, formToken }, filled(path))).status).toBe(403)
    expect(await stored()).toEqual(before)
    expect([401, 403, 500]).not.toContain((await submit(browser, filled(path))).status)
  })

  test("is a page of the console if there is nothing at its address", async () => {
    const { status, text } = await open(browsers.viewer, "/nothing/here")
    expect([status, text.includes("There is nothing at /console/nothing/here.")]).toEqual([404, true])
    expect((await open(nobody, "/nothing")).status).toBe(401)
  })
})

describe("a log-in", () => {
  test("sets a cookie of this host, which no script reads and no other site sends", async () => {
    const sent = await submit(nobody, "/log-in", { token: ` ${tokens.viewer.secret}\n`, to: "/console/sections" })
    expect([sent.status, sent.headers.get("location")]).toEqual([303, "/console/sections"])
    const cookie = sent.headers.get("set-cookie") ?? ""
    expect(cookie).toMatch(/^__Host-session=[\w-]{43}\.[\w-]{43}; /)
    expect(cookie.split("; ").slice(1).toSorted()).toEqual([
      "HttpOnly",
      "Max-Age=43200",
      "Path=/",
      "SameSite=Strict",
      "Secure",
    ])
  })

  test("needs neither prefix nor https on this machine, and only there", async () => {
    const from = (origin: string) =>
      send(`${origin}/console/log-in`, {
        method: "POST",
        headers: {
          "content-type": "application/x-www-form-urlencoded",
          "content-length": "100",
          origin,
        },
        body: new URLSearchParams({ token: tokens.viewer.secret }).toString(),
      })
    expect((await from("http://localhost:8787")).headers.get("set-cookie")).toMatch(/^session=[^;]+; (?!.*Secure)/)
    expect((await from("http://127.0.0.1:8787")).headers.get("set-cookie")).toMatch(/^session=(?!.*Secure)/)
    for (const origin of ["http://feeds.example", "http://localhost.evil.example", "https://localhost"])
      expect((await from(origin)).headers.get("set-cookie")).toMatch(/^__Host-session=.*Secure/)
  })

  test("is refused without a token of this wire, and leads nowhere else", async () => {
    for (const token of ["", "x", `fwo_${"a".repeat(43)}`, tokens.viewer.secret.slice(1), `${env.ADMIN_TOKEN} x`]) {
      const { status, headers, text } = await submit(nobody, "/log-in", { token })
      expect([status, headers.get("set-cookie"), text.includes("This is no token of this wire")]).toEqual([
        401,
        null,
        true,
      ])
    }
    expect((await submit(nobody, "/log-in", { token: tokens.viewer.secret }, {})).status).toBe(403)
    for (const to of [
      "https://evil.example/",
      "//evil.example",
      "/console//evil.example",
      "/consoles",
      "/console/?a=b",
    ]) {
      const sent = await submit(nobody, "/log-in", { token: tokens.viewer.secret, to })
      expect([sent.status, sent.headers.get("location")]).toEqual([303, "/console"])
    }
  })

  test("is throttled", async () => {
    const limit = vi.fn(async (_: { key: string }) => ({ success: false }))
    const bindings = { ...env, UNAUTHENTICATED_RATE: { limit } } as unknown as typeof env
    const sent = await submit(nobody, "/log-in", { token: tokens.owner.secret }, SAME_ORIGIN, bindings)
    expect([sent.status, sent.headers.get("retry-after"), sent.headers.get("set-cookie")]).toEqual([429, "60", null])
    expect(limit).toHaveBeenCalledTimes(1)
  })

  test("with ADMIN_TOKEN is that of an owner, whom the audit calls shared token", async () => {
    const browser = await logIn(env.ADMIN_TOKEN)
    expect((await submit(browser, "/sections", { slug: "sport", en: "Sport" })).status).toBe(303)
    expect((await entries())[0]).toMatchObject({ actor: "shared token", action: "section.create" })
    // With another ADMIN_TOKEN, all sessions end.
    const changed = { ...env, ADMIN_TOKEN: "another-token-that-is-long-enough-for-this" }
    expect((await open(browser, "/sessions", changed)).status).toBe(401)
    expect((await open(browser, "/sessions")).status).toBe(200)
  })
})

describe("a session", () => {
  test("ends at once with a log-out, elsewhere too", async () => {
    const [one, other] = [await logIn(tokens.editor.secret), await logIn(tokens.editor.secret)]
    expect((await submit(one, "/log-out")).headers.get("set-cookie")).toMatch(/^__Host-session=; Max-Age=0/)
    expect([(await open(one, "/sessions")).status, (await open(other, "/sessions")).status]).toEqual([401, 200])
    const own = /\/console\/sessions\/([0-9a-f]{12})\/end/.exec((await open(browsers.editor, "/sessions")).text)?.[1]
    expect(own).toMatch(/^[0-9a-f]{12}$/)
    expect((await submit(browsers.editor, `/sessions/${own}/end`)).status).toBe(303)
    expect((await open(other, "/sessions")).status).toBe(401)
    expect((await entries())[0]).toMatchObject({ actor: "edith", action: "session.end", subject: `sessions/${own}` })
  })

  test("of another operator is shown to owners only", async () => {
    const own = await open(browsers.viewer, "/sessions")
    expect([own.text.includes("viktor"), own.text.includes("olga")]).toEqual([true, false])
    const all = (await open(browsers.owner, "/sessions")).text
    expect(["viktor", "edith", "olga"].filter((name) => !all.includes(name))).toEqual([])
    const [{ id }] = (await rows(
      "select s.id from sessions s join operator_tokens t on t.id = s.token_id where t.operator_name = 'olga'",
    )) as [{ id: string }]
    expect((await submit(browsers.viewer, `/sessions/${id}/end`)).status).toBe(404)
    expect((await open(browsers.owner, "/sessions")).status).toBe(200)
  })

  test("ends with its token and its operator, and has the role of now", async () => {
    await admin("POST", "/operators", { name: "nadia", role: "viewer" })
    const first = (await admin("POST", "/operators/nadia/tokens", {})).json
    const second = (await admin("POST", "/operators/nadia/tokens", {})).json
    const [one, two] = [await logIn(first.secret), await logIn(second.secret)]
    await done("PATCH", "/operators/nadia", { role: "editor" })
    expect((await submit(one, "/sections", { slug: "food", en: "Food" })).status).toBe(303)
    await done("DELETE", `/operators/nadia/tokens/${first.id}`)
    expect([(await open(one, "/sections")).status, (await open(two, "/sections")).status]).toEqual([401, 200])
    await done("DELETE", "/operators/nadia")
    expect((await open(two, "/sections")).status).toBe(401)
  })

  test("ends after 12 hours, and the sweep deletes it", async () => {
    const browser = await logIn(tokens.viewer.secret)
    const now = Date.now()
    vi.useFakeTimers({ toFake: ["Date"], now: now + 12 * 3_600_000 - 1000 })
    expect((await open(browser, "/sections")).status).toBe(200)
    vi.setSystemTime(now + 12 * 3_600_000 + 1000)
    expect((await open(browser, "/sections")).status).toBe(401)
    await sweep()
    expect(await rows("select id from sessions")).toEqual([])
    vi.useRealTimers()
  })

  test("has a cookie that this wire signed", async () => {
    const { cookie, formToken } = await logIn(tokens.viewer.secret)
    const [name = "", value = ""] = cookie.split("=")
    const [secret = "", signature = ""] = value.split(".")
    for (const forged of [
      secret,
      `${secret}.`,
      `.${signature}`,
      `${secret}.${formToken}`,
      `${secret}a.${signature}`,
      "",
    ])
      expect((await open({ cookie: `${name}=${forged}`, formToken }, "/sections")).status).toBe(401)
    const hashes = JSON.stringify(await rows("select * from sessions"))
    expect(hashes).not.toContain(secret)
    expect(logged.join("\n")).not.toContain(secret)
  })
})

describe("the language of the console", () => {
  test("is that of the browser until somebody chooses one", async () => {
    const ask = (path: string, headers: Record<string, string>) =>
      send(`${CONSOLE}${path}`, { headers: { cookie: browsers.owner.cookie, ...headers } })
    const { cookie } = await logIn(tokens.owner.secret)
    const arabic = await ask("/sections", { cookie, "accept-language": "ar-IQ,ar;q=0.9,en;q=0.1" })
    expect(arabic.text).toMatch(/^<!doctype html>\n<html lang="ar" dir="rtl">/)
    expect((await ask("/sections", { cookie, "accept-language": "de, en" })).text).toContain(
      '<html lang="en" dir="ltr">',
    )
    const chosen = await ask("/sections?language=ar", { cookie, "accept-language": "en" })
    expect([chosen.status, chosen.headers.get("location")]).toEqual([303, "/console/sections"])
    const kept = chosen.headers.get("set-cookie")?.split(";", 1)[0] ?? ""
    expect((await ask("/sections", { cookie: `${cookie}; ${kept}`, "accept-language": "en" })).text).toContain(
      'lang="ar"',
    )
  })
})

testNoSecretIsShown()
