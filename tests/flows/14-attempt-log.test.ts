/** Tests that the attempt log has a row for every message, and no secret in any row. */
import { env } from "cloudflare:workers"
import { describe, expect, test, vi } from "vitest"
import { cms, failing, lastAttempt, message, one, prepareLog, two, withWrongKey } from "./attempts.ts"
import { now, rfc3339, wait } from "./clock.ts"
import {
  type Answer,
  admin,
  article,
  hmacHex,
  ORIGIN,
  post,
  postDocument,
  publisher,
  push,
  pushRaw,
  rows,
  send,
} from "./world.ts"

prepareLog()

async function sha256(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)))
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("")
}

describe("a row of the attempt log", () => {
  test("says who sent what and when, how it was verified, and how it was answered", async () => {
    const body = message(article())
    const [key] = (await admin("GET", "/publishers/one/keys")).json.keys.filter(
      ({ source }: { source: string }) => source === "",
    )
    const sent = await pushRaw(one, body, { id: "logged", at: now - 100_000 })
    expect(sent.status).toBe(200)
    const [{ uid } = {}] = await rows("select uid from publishers where slug = 'one'")
    expect(await lastAttempt()).toEqual({
      ...{
        id: expect.any(Number),
        publisher_uid: uid,
        received_at: now,
        endpoint: "",
        query: null,
        delivery_id: "logged",
        authentication: "v1",
      },
      ...{ key_id: key.id, message_at: now - 100_000, content_type: "application/json", headers: expect.any(String) },
      ...{ body_sha256: await sha256(body), size_in_bytes: body.length, status: 200, ms: 0, code: null, detail: null },
      ...{ errors: null, dead_letter: null, closed_at: null, replay_of: null, object_key: null },
    })
  })

  test.each<[string, () => Promise<Answer>, object]>([
    [
      "a bearer key",
      () => postDocument(one, "application/feed+json", '{"version":"https://jsonfeed.org/version/1.1","items":[]}'),
      { endpoint: "", authentication: "bearer", status: 200, key_id: expect.any(String) },
    ],
    [
      "a source that signs",
      () => post(cms, '{"id":"x","title":"T"}'),
      { endpoint: "sources/cms", authentication: "hmac", status: 200, key_id: expect.any(String) },
    ],
    [
      "a replay by its sender",
      () => post(cms, '{"id":"x","title":"T"}'),
      { endpoint: "sources/cms", status: 200, dead_letter: null },
    ],
    [
      "a wrong media type",
      () => postDocument(one, "text/plain", "x"),
      {
        authentication: "bearer",
        status: 415,
        dead_letter: "open",
        object_key: expect.stringMatching(/^dead\/[0-9a-f]{64}\/[0-9a-f-]{36}$/),
      },
    ],
    [
      "an unauthenticated message",
      () => push(withWrongKey(one), article()),
      {
        authentication: "refused",
        status: 401,
        code: "unauthorized",
        delivery_id: "",
        key_id: null,
        dead_letter: null,
        object_key: null,
      },
    ],
    [
      "a ping for no registered feed",
      () => send("/push/one/ping", { method: "POST", headers: { "content-type": "application/json" }, body: "{}" }),
      { endpoint: "ping", authentication: "none", status: 400, code: "invalid_message" },
    ],
  ])("describes %s", async (_, by, expected) => {
    await by()
    expect(await lastAttempt()).toMatchObject({ received_at: now, ...expected })
  })

  test("can be listed by publisher, status and time, and read by its id", async () => {
    const began = now
    await push(one, article(), { id: "l-1" })
    await push(one, { id: "x" }, { id: "l-2" })
    wait(1000)
    await push(two, article(), { id: "l-3" })
    const list = async (query: string) =>
      (await admin("GET", `/attempts?since=${rfc3339(began)}&${query}`)).json.attempts.map(
        ({ delivery_id }: { delivery_id: string }) => delivery_id,
      )
    expect(await list("")).toEqual(["l-3", "l-2", "l-1"])
    expect(await list("publisher=one")).toEqual(["l-2", "l-1"])
    expect(await list("publisher=one&status=422")).toEqual(["l-2"])
    expect(await list(`until=${rfc3339(began + 1000)}`)).toEqual(["l-2", "l-1"])
    expect(await list("publisher=one&limit=1")).toEqual(["l-2"])
    const [{ id }] = (await admin("GET", "/attempts?limit=1")).json.attempts
    expect((await admin("GET", `/attempts/${id}`)).json).toMatchObject({ publisher: "two", delivery_id: "l-3" })
    await admin("POST", `/dead-letters/${id - 1}/dismiss`)
  })
})

describe("a secret", () => {
  const SECRETS: Record<string, string> = {
    authorization: "Bearer secret-1",
    "proxy-authorization": "Basic secret-2",
    cookie: "session=secret-3",
    "x-api-key": "secret-4",
    apikey: "secret-5",
    "x-auth-token": "secret-6",
    "x-wp-webhook-signature": "secret-7",
    "x-hub-signature": "secret-8",
    "webhook-secret": "secret-9",
    "x-password": "secret-10",
    "cf-access-jwt-assertion": "secret-11",
    "x-amz-credential": "secret-12",
    "x-session-id": "secret-13",
  }

  test("is in no header of the log; headers that help to find a mistake are", async () => {
    await post(cms, '{"id":"headers","title":"T"}', {
      headers: { ...SECRETS, "user-agent": "CMS/1.0", "x-event": "publish" },
    })
    const headers = JSON.parse((await lastAttempt()).headers as string)
    for (const name of [...Object.keys(SECRETS), "x-hub-signature-256"]) {
      expect([name, headers[name]]).toEqual([name, "(redacted)"])
    }
    expect(headers).toMatchObject({ "user-agent": "CMS/1.0", "x-event": "publish", "content-type": "application/json" })
    expect(await lastAttempt()).toMatchObject({ status: 200 })
  })

  test("a hundred long headers do not fill the log", async () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`x-long-${i}`, "v".repeat(2000)]))
    await post(cms, '{"id":"many headers","title":"T"}', { headers: many })
    expect(String((await lastAttempt()).headers).length).toBeLessThanOrEqual(32 * 1024)
  })

  test("is nowhere: no key, signature or secret address is in the log, the audit, an answer or console", async () => {
    const lines: string[] = []
    for (const level of ["log", "warn", "error", "info", "debug"] as const) {
      vi.spyOn(console, level).mockImplementation((...parts: unknown[]) => void lines.push(parts.map(String).join(" ")))
    }
    const made = await publisher("secretive")
    const imported = "a secret that a CMS generated and shows once"
    await admin("POST", "/publishers/secretive/keys", { source: "ghost", secret: imported })
    const source = await admin("POST", "/publishers/secretive/sources", {
      name: "open",
      sender: "unsigned",
      trusted: true,
    })
    const renewed = await admin("PATCH", "/publishers/secretive/sources/open", { renew_token: true })
    const tokens = [source, renewed].map(({ json }) => new URL(json.url).pathname.split("/").at(-1) ?? "")
    expect(new Set(tokens.filter((token) => token.length >= 32)).size).toBe(2)
    const signatures: string[] = []
    const ghost = async (secret: string) => {
      const body = '{"post":{"current":{}}}'
      const signature = await hmacHex(secret, `${body}${now}`)
      signatures.push(signature)
      const headers = { "x-ghost-signature": `sha256=${signature}, t=${now}` }
      return send("/push/secretive/ghost/post.published", { method: "POST", headers, body })
    }
    const open = (token = "", more: object = {}, bindings: Env = env) =>
      send(
        `/push/secretive/sources/open/${token}`,
        { method: "POST", body: '{"id":"t","title":"T"}', ...more },
        bindings,
      )
    const answers = [
      await push(made, article()),
      await push(made, { id: "x" }),
      await push(withWrongKey(made), article()),
      await postDocument(made, "text/plain", "x"),
      await postDocument(made, "application/rss+xml", "<rss/>"),
      await ghost(imported),
      await ghost("another one"),
      await open(tokens[0]),
      await open(tokens[1]),
      await open(tokens[1], { body: "{" }),
      await open(`${tokens[1]}x`),
      await open(tokens[1], { method: "PUT" }),
      await open(`${tokens[1]}/more`),
      await open(`${tokens[1]}?dry_run=1`),
      await open(tokens[1], {}, failing(() => "before").bindings),
      await send("/push/secretive/articles", { headers: { authorization: `Bearer ${made.secret}` } }),
      await admin("GET", "/publishers/secretive/sources"),
      await admin("GET", "/publishers/secretive/keys"),
      await admin("GET", "/attempts?publisher=secretive"),
      await admin("GET", "/audit"),
    ]
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 400, 401, 404, 405, 415, 422, 503]))
    const { results: tables } = await env.DB.prepare(
      "select name from sqlite_master where type = 'table' and name not like '\\_cf%' escape '\\' and name not like 'sqlite%' and name <> 'search_words'",
    ).all<{ name: string }>()
    const stored = JSON.stringify(
      await env.DB.batch(tables.map(({ name }) => env.DB.prepare(`select * from "${name}"`))),
    )
    // The answer to a wrong address repeats it, but only to the client that used it.
    const texts = answers
      .filter(({ status }) => status !== 404)
      .map(({ text, headers }) => text + JSON.stringify([...headers]))
    const secrets = [made.secret, made.secret.slice(6), imported, ...tokens, ...signatures, env.ADMIN_TOKEN]
    for (const [place, text] of [
      ["D1", stored],
      ["answers", texts.join()],
      ["console", lines.join("\n")],
    ] as const) {
      for (const [i, secret] of secrets.entries()) expect([place, i, text.includes(secret)]).toEqual([place, i, false])
    }
    expect(lines.some((line) => line.includes("/push/secretive/sources/open/…"))).toBe(true)
  })
})

describe("malformed addresses", () => {
  test.each([
    "/push/one/sources/open%2F@",
    "//push/one/sources/open/@",
    "/push//one/sources/open/@",
    "/push/one/sources/open//@",
    "/push/one/sources/@@@",
    "/push/one/sources//@",
    "/push/one/sources%2Fopen/@",
    "/PUSH/one/SOURCES/open/@",
  ])("%s shows no token in the console or in the attempt log", async (path) => {
    const lines: string[] = []
    for (const level of ["log", "error"] as const) {
      vi.spyOn(console, level).mockImplementation((...parts: unknown[]) => void lines.push(parts.map(String).join(" ")))
    }
    const token = crypto.randomUUID().replaceAll("-", "")
    // The URL is concatenated, because `URL` would read a path that begins with two slashes as a host.
    const url = `${ORIGIN}${path.replaceAll("@", token)}`
    const sent = await send(url, { method: "POST", body: "{}" })
    expect([401, 404]).toContain(sent.status)
    const requests = lines.filter((line) => /sources[^"]*…/i.test(line))
    expect([requests.length, lines.join().includes(token)]).toEqual([1, false])
    const log = JSON.stringify(await rows("select endpoint, detail, headers from attempts"))
    expect(log).not.toContain(token)
  })

  test("are in the attempt log without the name of a source", async () => {
    await send("/push/one/sources/open%2Fa-token", { method: "POST", body: "{}" })
    expect(await lastAttempt()).toMatchObject({ endpoint: "sources/…", authentication: "refused", status: 401 })
  })
})
