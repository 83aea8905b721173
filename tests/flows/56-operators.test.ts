/** What operators do beside names: sources, imported keys, the attempt log, dead letters, the removal of a publisher, and the audit. */
import { env } from "cloudflare:workers"
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest"
import { encryptionKeys } from "../../src/crypto/encryption.ts"
import { encodeBase64 } from "../../src/text/base64.ts"
import {
  type Answer,
  admin,
  article,
  migrate,
  ORIGIN,
  type Publisher,
  publisher,
  push,
  pushRaw,
  section,
  send,
} from "./world.ts"

/** Every secret that there was here. */
const secrets = new Set<string>()
/** Every answer of the admin API, but for those that show a secret once. */
const answers: string[] = []
const logged: string[] = []

let daily: Publisher

beforeAll(async () => {
  for (const method of ["log", "error", "warn"] as const) {
    vi.spyOn(console, method).mockImplementation((...parts) => void logged.push(parts.join(" ")))
  }
  await migrate()
  await section("world", { names: { en: "World" }, aliases: ["Abroad"] })
  daily = await publisher("daily", { origins: ["https://daily.example", "https://cdn.daily.example"] })
  secrets.add(daily.secret)
  await publisher("evening")
})

afterEach(() => {
  vi.unstubAllGlobals()
})

const codes = (sent: Answer) => [sent.status, sent.json?.code]
const pointers = (sent: Answer) => sent.json.errors.map(({ pointer }: { pointer: string }) => pointer)
const base64 = (text: string) => encodeBase64(new TextEncoder().encode(text))

async function ask(method: string, path: string, body?: unknown): Promise<Answer> {
  const sent = await admin(method, path, body)
  answers.push(sent.text)
  return sent
}
async function done(method: string, path: string, body?: unknown): Promise<Answer["json"]> {
  const sent = await ask(method, path, body)
  if (sent.status >= 300) throw new Error(sent.text)
  return sent.json
}
const makeSource = (body: object, of = "daily") => ask("POST", `/publishers/${of}/sources`, body)
const changeSource = (name: string, body: object) => ask("PATCH", `/publishers/daily/sources/${name}`, body)
const sourceOf = async (name: string) =>
  (await done("GET", "/publishers/daily/sources")).sources.find((each: { name: string }) => each.name === name)
const entries = async () => (await done("GET", "/audit?limit=200")).entries as Record<string, unknown>[]
const lastEntry = async () => (await entries())[0]

async function tables(): Promise<Record<string, unknown[]>> {
  const { results } = await env.DB.prepare(
    "select name from sqlite_master where type = 'table' and name not like '\\_cf%' escape '\\' and name not like 'sqlite%' and name <> 'search_words'",
  ).all<{ name: string }>()
  const rows = await env.DB.batch(results.map(({ name }) => env.DB.prepare(`select * from "${name}"`)))
  return Object.fromEntries(results.map(({ name }, i) => [name, rows[i]?.results ?? []]))
}

/** As GitHub signs: https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries */
async function github(to: string, body: string, secret: string, headers: Record<string, string> = {}): Promise<Answer> {
  const bytes = new TextEncoder().encode(body)
  const key = await crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  )
  const digest = new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes))
  const hex = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("")
  return send(to, {
    method: "POST",
    headers: { "content-type": "application/json", "x-hub-signature-256": `sha256=${hex}`, ...headers },
    body,
  })
}

describe("keys", () => {
  test("are imported from a publishing system for one of its sources, and never shown", async () => {
    const secret = "what-the-CMS-made-for-itself"
    secrets.add(secret)
    await makeSource({ name: "drupal", sender: "github" })
    const created = await ask("POST", "/publishers/daily/keys", { source: "drupal", secret, overlap_hours: 0 })
    expect([created.status, created.json]).toEqual([
      201,
      { id: created.json.id, source: "drupal", kind: "imported", created_at: expect.stringMatching(/Z$/) },
    ])
    expect(await lastEntry()).toMatchObject({
      action: "key.import",
      subject: `publishers/daily/keys/${created.json.id}`,
      detail: { source: "drupal", overlap_hours: 0 },
    })
    const { keys } = await done("GET", "/publishers/daily/keys")
    expect(keys.map(({ source, kind }: Record<string, string>) => [source, kind])).toEqual([
      ["", "generated"],
      ["drupal", "imported"],
    ])
    const sent = await github("/push/daily/sources/drupal", JSON.stringify(article({ id: "by-github" })), secret)
    expect([sent.status, sent.json.results?.[0]?.outcome]).toEqual([200, "created"])
    const used = (await done("GET", "/publishers/daily/keys")).keys.find(
      (key: { id: string }) => key.id === created.json.id,
    )
    expect(Date.parse(used.last_used_at)).toBeGreaterThan(Date.now() - 60_000)
    expect((await ask("GET", "/publishers")).json.publishers[0].last_message_at).toMatch(/Z$/)
  })

  test("are imported for Ghost, which needs no source, and for all of a publisher's", async () => {
    for (const source of ["ghost", undefined]) {
      const bytes = crypto.getRandomValues(new Uint8Array(32))
      const secret = source === undefined ? `whsec_${encodeBase64(bytes)}` : crypto.randomUUID()
      secrets.add(secret)
      const created = await ask("POST", "/publishers/evening/keys", { secret, ...(source && { source }) })
      expect([created.status, created.json.source, created.json.kind]).toEqual([201, source ?? "", "imported"])
    }
  })

  test("may be the public half of a pair, for our own messages", async () => {
    const key = `whpk_${encodeBase64(new Uint8Array(32).fill(0x66).fill(0x58, 0, 1))}`
    const created = await ask("POST", "/publishers/evening/keys", { public_key: key, overlap_hours: 0 })
    expect([created.status, created.json.kind, created.json.secret]).toEqual([201, "public", undefined])
    expect(await lastEntry()).toMatchObject({ action: "key.register" })
  })

  test.each([
    ["seven characters", { secret: "1234567" }, "/secret", /at least 8/],
    ["501 characters", { secret: "x".repeat(501) }, "/secret", /at most 500/],
    ["a line break at its end", { secret: "12345678\n" }, "/secret", /line breaks/],
    ["half of a whsec_ secret", { secret: "whsec_c2hvcnQ=" }, "/secret", /24 to 64 bytes/],
    ["a public key", { secret: `whpk_${"A".repeat(43)}=` }, "/secret", /send it as public_key/],
    ["a public key of small order", { public_key: `whpk_${"A".repeat(43)}=` }, "/public_key", /Ed25519/],
    ["a public key that is not one", { public_key: "whpk_x" }, "/public_key", /Ed25519/],
    [
      "both",
      { secret: "12345678", public_key: `whpk_${encodeBase64(new Uint8Array(32).fill(0x66).fill(0x58, 0, 1))}` },
      "/public_key",
      /combined with secret/,
    ],
    [
      "a public key for a source",
      { source: "ghost", public_key: `whpk_${encodeBase64(new Uint8Array(32).fill(0x66).fill(0x58, 0, 1))}` },
      "/source",
      /native endpoint/,
    ],
    ["a member too much", { sorce: "ghost" }, "/sorce", /Did you mean source\?/],
  ])("with %s are refused", async (_, body, pointer, detail) => {
    const before = await tables()
    const sent = await ask("POST", "/publishers/daily/keys", body)
    expect([...codes(sent), pointers(sent)]).toEqual([422, "invalid_request", [pointer]])
    expect(sent.json.detail).toMatch(detail)
    expect(await tables()).toEqual(before)
  })

  test("for an unknown source, or one that does not sign, are refused", async () => {
    const sent = await ask("POST", "/publishers/daily/keys", { source: "drupl" })
    expect(codes(sent)).toEqual([404, "not_found"])
    expect(sent.json.detail).toBe("daily has no source drupl. Did you mean drupal?")
    await makeSource({ name: "blog", sender: "feed", feed_url: "https://daily.example/feed" })
    const feed = await ask("POST", "/publishers/daily/keys", { source: "blog" })
    expect([...codes(feed), feed.json.detail]).toEqual([
      422,
      "invalid_request",
      "/source does not sign: blog is authenticated by its address, and has no key",
    ])
    const scheme = {
      signature: { headers: ["x-sig"] },
      algorithm: "SHA-256",
      key: "base64",
      encoding: "hex",
      template: "{body}",
    }
    await makeSource({ name: "bytes", sender: "custom", scheme })
    const text = await ask("POST", "/publishers/daily/keys", { source: "bytes", secret: "not base64!" })
    expect(pointers(text)).toEqual(["/secret"])
  })

  test("are revoked at once, which the audit records; an unknown one is not found", async () => {
    const created = await admin("POST", "/publishers/evening/keys", { source: "ghost" })
    secrets.add(created.json.secret)
    expect((await ask("DELETE", `/publishers/evening/keys/${created.json.id}`)).status).toBe(204)
    expect(await lastEntry()).toMatchObject({
      action: "key.revoke",
      subject: `publishers/evening/keys/${created.json.id}`,
    })
    const before = await entries()
    expect((await ask("DELETE", `/publishers/evening/keys/${created.json.id}`)).status).toBe(404)
    expect(await entries()).toEqual(before)
  })

  test("are encrypted again after a change of the master key, and still verify", async () => {
    const next = {
      ...env,
      MASTER_KEY: encodeBase64(new Uint8Array(32).fill(7)),
      MASTER_KEY_PREVIOUS: env.MASTER_KEY,
    } as Env
    const reencryptKeys = () =>
      send(
        "/admin/api/keys/reencrypt",
        { method: "POST", headers: { authorization: `Bearer ${env.ADMIN_TOKEN}` } },
        next,
      )
    expect((await done("POST", "/keys/reencrypt")).reencrypted).toBe(0)
    const before = (await entries()).length
    const count = (
      await env.DB.prepare("select count(*) n from publisher_keys where kind <> 'public'").first<{ n: number }>()
    )?.n
    expect((await reencryptKeys()).json).toEqual({ reencrypted: count, waiting: 0, unreadable: 0 })
    expect(await lastEntry()).toMatchObject({ action: "key.reencrypt", detail: { reencrypted: count, waiting: 0 } })
    expect((await reencryptKeys()).json).toEqual({ reencrypted: 0, waiting: 0, unreadable: 0 })
    expect((await entries()).length).toBe(before + 1)
    const { current } = await encryptionKeys(next.MASTER_KEY)
    const { results } = await env.DB.prepare("select encrypted from publisher_keys where kind <> 'public'").all<{
      encrypted: string
    }>()
    expect(results.every((row) => row.encrypted.startsWith(`1.${current}.`))).toBe(true)
    expect((await push(daily, article(), { bindings: { ...next, MASTER_KEY_PREVIOUS: "" } as Env })).status).toBe(200)
    // Back again, for what follows.
    const back = { ...env, MASTER_KEY_PREVIOUS: next.MASTER_KEY } as Env
    const headers = { authorization: `Bearer ${env.ADMIN_TOKEN}` }
    expect((await send("/admin/api/keys/reencrypt", { method: "POST", headers }, back)).json.reencrypted).toBe(count)
  })
})

describe("sources", () => {
  const MAPPING = { id: "/key", title: "/name", html: "/text" }

  test("that sign are created with an address to paste, and listed", async () => {
    const created = await makeSource({ name: "studio", sender: "sanity", mapping: MAPPING })
    expect([created.status, created.json]).toEqual([
      201,
      {
        ...{
          name: "studio",
          sender: "sanity",
          url: `${ORIGIN}/push/daily/sources/studio`,
          feed_url: null,
          trusted: false,
        },
        ...{
          scheme: null,
          mapping: MAPPING,
          notification_only: false,
          due_at: null,
          fetched_at: null,
          failure_count: 0,
          last_failure: null,
        },
        created_at: expect.stringMatching(/Z$/),
      },
    ])
    expect(await sourceOf("studio")).toEqual(created.json)
    expect(await lastEntry()).toMatchObject({
      action: "source.create",
      subject: "publishers/daily/sources/studio",
      detail: { sender: "sanity", mapping: MAPPING },
    })
  })

  test("that cannot sign have an address that cannot be guessed, shown once and stored as a hash", async () => {
    const created = await makeSource({ name: "strapi", sender: "unsigned", trusted: true })
    answers.pop()
    const [, token = ""] =
      /^https:\/\/feeds\.example\/push\/daily\/sources\/strapi\/([\w-]{43})$/.exec(created.json.url) ?? []
    secrets.add(token)
    expect([created.status, token.length, created.json.notification_only]).toEqual([201, 43, false])
    expect((await sourceOf("strapi")).url).toBe(`${ORIGIN}/push/daily/sources/strapi/…`)
    const body = JSON.stringify({ id: "strapi-1", title: "From Strapi", html: "<p>x</p>" })
    const post = (path: string) => send(path, { method: "POST", headers: { "content-type": "application/json" }, body })
    expect((await post(`/push/daily/sources/strapi/${token}`)).json.results[0].outcome).toBe("created")
    expect((await post("/push/daily/sources/strapi")).status).toBe(401)

    const renewed = await changeSource("strapi", { renew_token: true })
    answers.pop()
    const again = new URL(renewed.json.url).pathname
    secrets.add(again.split("/").at(-1) ?? "")
    expect(again).not.toContain(token)
    expect((await post(`/push/daily/sources/strapi/${token}`)).status).toBe(401)
    expect((await post(again)).status).toBe(200)
    expect(await lastEntry()).toMatchObject({ action: "source.change", detail: { renew_token: true } })
  })

  test("that only have a feed are pinged", async () => {
    const created = await sourceOf("blog")
    expect(created).toMatchObject({
      sender: "feed",
      url: `${ORIGIN}/push/daily/ping`,
      feed_url: "https://daily.example/feed",
    })
  })

  test.each([
    ["an unknown sender", { sender: "gihub" }, "/sender", /must be one of github.*Did you mean github\?/],
    ["the other preset, which cannot be chosen", { sender: "other" }, "/sender", /must be one of/],
    ["Ghost's name", { name: "ghost" }, "/name", /Ghost/],
    ["a name that is not one", { name: "A b" }, "/name", /lower-case/],
    ["no scheme for custom", { sender: "custom" }, "/scheme", /is missing/],
    [
      "a scheme for a sender that does not sign",
      {
        sender: "unsigned",
        trusted: true,
        scheme: {
          signature: { headers: ["x"] },
          algorithm: "SHA-256",
          key: "text",
          encoding: "hex",
          template: "{body}",
        },
      },
      "/scheme",
      /senders that sign/,
    ],
    [
      "a misspelt member of its scheme",
      {
        sender: "custom",
        scheme: {
          signature: { headers: ["x"], prefx: "a" },
          algorithm: "SHA-256",
          key: "text",
          encoding: "hex",
          template: "{body}",
        },
      },
      "/scheme/signature/prefx",
      /Did you mean prefix\?/,
    ],
    [
      "a scheme without its time",
      {
        sender: "custom",
        scheme: {
          signature: { headers: ["x"] },
          algorithm: "SHA-256",
          key: "text",
          encoding: "hex",
          template: "{ts}.{body}",
        },
      },
      "/scheme/time",
      /must be given/,
    ],
    ["a scheme that is text", { sender: "custom", scheme: "hmac" }, "/scheme", /must be an object/],
    [
      "a misspelt member of its mapping",
      { mapping: { id: "/id", titel: "/t" } },
      "/mapping/titel",
      /Did you mean title\?/,
    ],
    ["a mapping without an id", { mapping: { title: "/t" } }, "/mapping/id", /is missing/],
    ["a pointer that is not one", { mapping: { id: "id" } }, "/mapping/id", /JSON Pointer/],
    ["trust in what is signed", { trusted: true }, "/trusted", /unsigned/],
    ["no feed for messages that are not trusted", { sender: "unsigned" }, "/feed_url", /is missing.*trusted/],
    ["no feed for messages without an article", { sender: "storyblok" }, "/feed_url", /is missing.*mapping/],
    ["no feed", { sender: "feed" }, "/feed_url", /is missing/],
    [
      "a mapping of a feed",
      { sender: "feed", feed_url: "https://daily.example/f", mapping: { id: "/id" } },
      "/mapping",
      /not for feeds/,
    ],
    [
      "a feed elsewhere",
      { feed_url: "https://elsewhere.example/feed" },
      "/feed_url",
      /origin of daily: https:\/\/daily\.example, https:\/\/cdn\.daily\.example/,
    ],
    ["a feed on another port", { feed_url: "https://daily.example:8443/feed" }, "/feed_url", /origin of daily/],
    ["a feed inside", { feed_url: "http://169.254.169.254/latest" }, "/feed_url", /link-local/],
    ["a feed with a password", { feed_url: "https://a:b@daily.example/feed" }, "/feed_url", /user name or password/],
    ["a feed of the wire itself", { feed_url: `${ORIGIN}/feed.rss` }, "/feed_url", /back to this wire/],
  ])("with %s are refused", async (_, more, pointer, detail) => {
    const before = await tables()
    const sent = await makeSource({ name: "refused", sender: "github", ...more })
    expect([...codes(sent), pointers(sent)]).toEqual([422, "invalid_request", [pointer]])
    expect(sent.json.detail).toMatch(detail)
    expect(await tables()).toEqual(before)
  })

  test("have names of their own, also when several come at once", async () => {
    const sent = await Promise.all([1, 2, 3].map(() => makeSource({ name: "twice", sender: "github" })))
    expect(sent.map(({ status }) => status).sort()).toEqual([201, 409, 409])
    const again = await makeSource({ name: "twice", sender: "webflow" })
    expect([...codes(again), pointers(again)]).toEqual([409, "conflict", ["/name"]])
    expect((await entries()).filter(({ subject }) => subject === "publishers/daily/sources/twice")).toHaveLength(1)
    expect((await makeSource({ name: "twice", sender: "github" }, "evening")).status).toBe(201)
  })

  test("are changed member by member; null removes one", async () => {
    const scheme = {
      signature: { headers: ["x-sig"] },
      algorithm: "SHA-512",
      key: "text",
      encoding: "hex",
      template: "{body}",
    }
    const created = (await makeSource({ name: "changing", sender: "github", mapping: MAPPING })).json
    expect((await changeSource("changing", { scheme })).json).toEqual({ ...created, scheme })
    const other = { id: "/uid" }
    expect((await changeSource("changing", { mapping: other })).json).toEqual({ ...created, scheme, mapping: other })
    expect((await changeSource("changing", { scheme: null, mapping: null })).json).toEqual({
      ...created,
      mapping: null,
    })
    const feed = "https://cdn.daily.example/rss?key=opens-it"
    expect((await changeSource("changing", { feed_url: feed })).json.feed_url).toBe(feed)
    expect(await lastEntry()).toMatchObject({ detail: { feed_url: "https://cdn.daily.example/rss?…" } })
    expect((await changeSource("changing", { feed_url: null })).json).toEqual({ ...created, mapping: null })
  })

  test("do not change by an empty body, or by what their sender has no use for", async () => {
    const before = await tables()
    expect((await changeSource("changing", {})).status).toBe(200)
    for (const [name, body, pointer] of [
      ["changing", { renew_token: true }, "/renew_token"],
      ["changing", { renew_token: false }, "/renew_token"],
      ["changing", { trusted: true }, "/trusted"],
      ["changing", { feed_url: "https://elsewhere.example/" }, "/feed_url"],
      ["changing", { sender: "sanity" }, "/sender"],
      ["blog", { feed_url: null }, "/feed_url"],
      ["strapi", { trusted: false }, "/feed_url"],
      ["bytes", { scheme: null }, "/scheme"],
    ] as const) {
      const sent = await changeSource(name, body)
      expect([...codes(sent), pointers(sent)[0]]).toEqual([422, "invalid_request", pointer])
    }
    expect(codes(await changeSource("chaging", {}))).toEqual([404, "not_found"])
    expect(await tables()).toEqual(before)
  })

  test("are removed with their keys", async () => {
    const created = await admin("POST", "/publishers/daily/keys", { source: "twice" })
    secrets.add(created.json.secret)
    expect((await ask("DELETE", "/publishers/daily/sources/twice")).status).toBe(204)
    expect(await lastEntry()).toMatchObject({ action: "source.remove", subject: "publishers/daily/sources/twice" })
    expect(await sourceOf("twice")).toBeUndefined()
    const { keys } = await done("GET", "/publishers/daily/keys")
    expect(keys.map(({ source }: { source: string }) => source)).not.toContain("twice")
    const gone = await ask("DELETE", "/publishers/daily/sources/twice")
    expect(codes(gone)).toEqual([404, "not_found"])
  })

  test("have their feed fetched by a command", async () => {
    const requested: string[] = []
    const feed = `<rss version="2.0"><channel><title>D</title><link>https://daily.example/</link><description>d</description>
      <item><guid isPermaLink="false">fetched-1</guid><title>Fetched</title><link>https://daily.example/f</link></item></channel></rss>`
    vi.stubGlobal("fetch", async (url: unknown) => {
      requested.push(String(url instanceof Request ? url.url : url))
      return new Response(feed, { headers: { "content-type": "application/rss+xml" } })
    })
    const sent = await ask("POST", "/publishers/daily/sources/blog/fetch")
    expect([sent.status, sent.json]).toEqual([202, { feed_url: "https://daily.example/feed", fetch: "scheduled" }])
    expect(requested).toEqual(["https://daily.example/feed"])
    expect(await sourceOf("blog")).toMatchObject({
      due_at: null,
      failure_count: 0,
      last_failure: null,
      fetched_at: expect.any(String),
    })
    const { items } = (await send("/publishers/daily/feed.json")).json
    expect(items.map(({ title }: { title: string }) => title)).toContain("Fetched")
    expect((await entries()).filter(({ action }) => action === "source.fetch")).toHaveLength(1)
    expect(codes(await ask("POST", "/publishers/daily/sources/drupal/fetch"))).toEqual([422, "invalid_request"])
    expect(codes(await ask("POST", "/publishers/daily/sources/nothing/fetch"))).toEqual([404, "not_found"])
  })
})

describe("the preview of a message", () => {
  const preview = (body: object) => ask("POST", "/publishers/daily/preview", body)

  test("shows the article as it would be stored, and stores nothing", async () => {
    const item = article({
      title: "Preview",
      tags: ["a"],
      authors: [{ name: "N. N." }],
      _feedwire: { sections: ["Abroad", "Nowhere"] },
    })
    item.content_html = '<p onclick="x()">Body<script>alert(1)</script></p>'
    const text = JSON.stringify({ type: "article.published", timestamp: new Date().toISOString(), data: item })
    const before = await tables()
    const { results, warnings } = await done("POST", "/publishers/daily/preview", {
      body: base64(text),
      content_type: "application/json",
    })
    expect(await tables()).toEqual(before)
    expect(warnings).toEqual([])
    expect(results).toHaveLength(1)
    expect(results[0]).toMatchObject({ outcome: "created", pointer: "/data", guid: item.id, feeds: expect.any(Array) })
    expect(results[0].warnings[0]).toMatch(/Nowhere/)
    expect(results[0].article).toMatchObject({
      ...{
        title: "Preview",
        html: "<p>Body</p>",
        url: item.url,
        image: null,
        sections: ["world"],
        tags: ["a", "Nowhere"],
      },
      ...{ authors: [{ name: "N. N." }], date_published: item.date_published, language: "en", direction: "ltr" },
    })
  })

  test("reads it by a mapping that no source has yet, by that of a source, and by a preset", async () => {
    const body = base64(JSON.stringify({ key: 7, name: "Mapped", text: "<p>x</p>" }))
    const mapping = { id: "/key", title: "/name", html: "/text" }
    for (const by of [
      { mapping },
      { source: "studio" },
      { endpoint: "sources/studio" },
      { sender: "github", mapping },
    ]) {
      const { results } = await done("POST", "/publishers/daily/preview", { body, ...by })
      expect(results[0]).toMatchObject({ guid: "7", article: { title: "Mapped", html: "<p>x</p>" } })
    }
    const { results } = await done("POST", "/publishers/daily/preview", {
      body: base64(JSON.stringify({ id: 8, title: "General" })),
      sender: "github",
    })
    expect(results[0].article.title).toBe("General")
  })

  test("reads it at the endpoints of Ghost, and as a document", async () => {
    const post = {
      id: "g1",
      title: "Ghost",
      html: "<p>g</p>",
      status: "published",
      visibility: "public",
      url: "https://daily.example/g/",
    }
    const ghost = await done("POST", "/publishers/daily/preview", {
      body: base64(JSON.stringify({ post: { current: post, previous: {} } })),
      endpoint: "ghost/post.published",
    })
    expect(ghost.results[0].article).toMatchObject({ title: "Ghost", html: "<p>g</p>" })
    const page = await done("POST", "/publishers/daily/preview", {
      body: base64("{}"),
      endpoint: "ghost/page.published",
    })
    expect(page).toEqual({ results: [], warnings: [expect.stringMatching(/holds no article/)] })
    const rss = `<rss version="2.0"><channel><title>t</title><item><guid>r1</guid><title>Rss</title></item></channel></rss>`
    for (const by of [{}, { source: "blog" }]) {
      const sent = await done("POST", "/publishers/daily/preview", {
        body: base64(rss),
        content_type: "text/xml",
        ...by,
      })
      expect(sent.results[0].article.title).toBe("Rss")
    }
  })

  test("says why it cannot be read, and what would be rejected", async () => {
    const unreadable = await done("POST", "/publishers/daily/preview", {
      body: base64("{"),
      content_type: "application/json",
    })
    expect(unreadable).toMatchObject({ results: [], problem: { code: "invalid_json", errors: expect.any(Array) } })
    const typed = await done("POST", "/publishers/daily/preview", { body: base64("x"), content_type: "text/plain" })
    expect(typed.problem.code).toBe("unsupported_media_type")
    const large = await done("POST", "/publishers/daily/preview", { body: base64(" ".repeat(1024 * 1024 + 1)) })
    expect(large.problem.code).toBe("body_too_large")
    const none = await done("POST", "/publishers/daily/preview", { body: base64('{"id":"x"}'), sender: "github" })
    expect(none.results[0]).toMatchObject({ outcome: "rejected", errors: [expect.anything()] })
    expect(none.results[0].article).toBeUndefined()
  })

  test.each([
    [{ body: "%%%" }, "/body"],
    [{ body: "", endpoint: "ping" }, "/endpoint"],
    [{ body: "", endpoint: "feeds/x" }, "/endpoint"],
    [{ body: "", source: "ghost" }, "/source"],
    [{ body: "", endpoint: "", mapping: { id: "/id" } }, "/mapping"],
    [{ body: "", endpoint: "ghost/post.published", sender: "github" }, "/sender"],
    [{ body: "", endpoint: "sources/studio", source: "drupal" }, "/source"],
    [{ body: "", headers: { "a b": "c" } }, "/headers"],
    [{ body: "", mapping: { id: "/id", titel: "/t" } }, "/mapping/titel"],
  ])("is refused as %j", async (body, pointer) => {
    const sent = await preview(body)
    expect([...codes(sent), pointers(sent)]).toEqual([422, "invalid_request", [pointer]])
  })

  test("says that a source is unknown", async () => {
    const sent = await preview({ body: "", source: "studo" })
    expect([...codes(sent), sent.json.detail]).toEqual([
      404,
      "not_found",
      "daily has no source studo. Did you mean studio?",
    ])
  })
})

describe("the attempt log and its dead letters", () => {
  const FIXED_MAPPING = { id: "/sku", title: "/head" }
  const deadLetters = async (query = "?publisher=daily") => done("GET", `/dead-letters${query}`)
  const sent = (n: number) => JSON.stringify({ sku: `item-${n}`, head: `Item ${n}` })
  let secret: string

  test("list incoming messages, newest first, by publisher, status and time, in pages", async () => {
    await makeSource({ name: "shop", sender: "github", mapping: { id: "/nothing" } })
    secret = (await admin("POST", "/publishers/daily/keys", { source: "shop" })).json.secret
    secrets.add(secret)
    for (let n = 1; n <= 25; n++) {
      expect((await github("/push/daily/sources/shop", sent(n), secret, { "x-github-delivery": `d${n}` })).status).toBe(
        422,
      )
    }
    const all = (await done("GET", "/attempts?limit=200")).attempts
    const ids = all.map(({ id }: { id: number }) => id)
    expect(ids).toEqual([...ids].sort((a, b) => b - a))
    expect(all[0]).toEqual({
      ...{
        id: ids[0],
        publisher: "daily",
        received_at: expect.stringMatching(/Z$/),
        endpoint: "sources/shop",
        authentication: "hmac",
      },
      ...{ delivery_id: expect.any(String), key_id: expect.any(String), message_at: expect.stringMatching(/Z$/) },
      ...{ content_type: "application/json", size_in_bytes: sent(25).length, status: 422, ms: expect.any(Number) },
      ...{
        code: "all_articles_rejected",
        detail: expect.any(String),
        dead_letter: "open",
        closed_at: null,
        replay_of: null,
      },
    })
    const pagedIds: number[] = []
    let next: number | undefined
    do {
      const page = await done("GET", `/attempts?limit=10${next === undefined ? "" : `&before=${next}`}`)
      pagedIds.push(...page.attempts.map(({ id }: { id: number }) => id))
      next = page.next
    } while (next !== undefined)
    expect(pagedIds).toEqual(ids)
    const statuses = async (query: string) => [
      ...new Set(
        (await done("GET", `/attempts?limit=200&${query}`)).attempts.map(({ status }: { status: number }) => status),
      ),
    ]
    expect(await statuses("status=422")).toEqual([422])
    expect(await statuses("status=2xx")).toEqual([200])
    expect(await statuses("publisher=evening")).toEqual([])
    expect(await statuses(`since=${new Date(Date.now() + 60_000).toISOString()}`)).toEqual([])
    expect(await statuses(`until=${new Date(Date.now() + 60_000).toISOString()}&status=200`)).toEqual([200])
  })

  test("refuse parameters that are not valid", async () => {
    for (const [query, parameter] of [
      ["limit=0", "limit"],
      ["limit=201", "limit"],
      ["before=x", "before"],
      ["status=abc", "status"],
      ["status=600", "status"],
      ["since=yesterday", "since"],
      ["until=2026-02-30T00:00:00Z", "until"],
    ] as const) {
      const refused = await ask("GET", `/attempts?${query}`)
      expect([...codes(refused), refused.json.errors[0].parameter]).toEqual([400, "invalid_parameter", parameter])
    }
    expect(codes(await ask("GET", "/attempts?publsher=daily"))).toEqual([400, "unknown_parameter"])
    expect(codes(await ask("GET", "/attempts?publisher=dayli"))).toEqual([404, "unknown_publisher"])
    for (const path of ["", "/body"]) {
      for (const id of ["999999", "x", "1e3", "-1", "9".repeat(16)]) {
        expect(codes(await ask("GET", `/attempts/${id}${path}`))).toEqual([404, "not_found"])
      }
    }
    for (const path of ["/attempts/x/replay", "/attempts/999999/replay", "/dead-letters/999999/dismiss"]) {
      expect(codes(await ask("POST", path))).toEqual([404, "not_found"])
    }
  })

  test("show one with its headers, without secrets, and its bytes as they came", async () => {
    const { dead_letters: open, open: count } = await deadLetters()
    expect(count).toBe(25)
    expect(open[0]).toMatchObject({ dead_letter: "open", errors: expect.any(Array) })
    const { id } = open[0]
    const one = await done("GET", `/attempts/${id}`)
    expect(one).toMatchObject({ id, body_sha256: expect.stringMatching(/^[0-9a-f]{64}$/), errors: expect.any(Array) })
    expect(one.headers).toMatchObject({ "content-type": "application/json", "x-hub-signature-256": "(redacted)" })
    const body = await ask("GET", `/attempts/${id}/body`)
    expect([body.status, body.text]).toEqual([200, sent(25)])
    expect(body.headers.get("content-type")).toBe("application/octet-stream")
    expect(body.headers.get("content-disposition")).toBe(`attachment; filename="attempt-${id}"`)
    expect(body.headers.get("x-content-type-options")).toBe("nosniff")
    const row = await env.DB.prepare("select object_key from attempts where id = ?")
      .bind(id)
      .first<{ object_key: string }>()
    const key = row?.object_key ?? ""
    const bytes = await env.RECEIVED.get(key)
    await env.RECEIVED.delete([key, `received/${one.body_sha256}`])
    expect(codes(await ask("GET", `/attempts/${id}/body`))).toEqual([404, "not_found"])
    const gone = await done("POST", `/attempts/${id}/replay`)
    expect(gone).toMatchObject({ id, outcome: "refused", code: "not_replayable" })
    await env.RECEIVED.put(key, (await bytes?.arrayBuffer()) ?? "")
  })

  test("replay one: in vain before the mapping is fixed, once after it", async () => {
    const [{ id, delivery_id }] = (await deadLetters()).dead_letters
    expect(await done("POST", `/attempts/${id}/replay`)).toMatchObject({
      ...{
        id,
        publisher: "daily",
        delivery_id,
        outcome: "refused",
        errors: [{ pointer: "/id", detail: "is missing" }],
      },
    })
    expect((await deadLetters()).open).toBe(25)
    await changeSource("shop", { mapping: FIXED_MAPPING })
    expect(await done("POST", `/attempts/${id}/replay`)).toEqual({
      ...{ id, publisher: "daily", delivery_id, outcome: "replayed", errors: [] },
    })
    expect(await lastEntry()).toMatchObject({
      action: "attempt.replay",
      subject: `attempts/${id}`,
      detail: { publisher: "daily", delivery_id },
    })
    const after = await deadLetters()
    expect(after.open).toBe(24)
    expect((await done("GET", `/attempts/${id}`)).dead_letter).toBe("replayed")
    const commits = async () => (await env.DB.prepare("select count(*) n from commits").first<{ n: number }>())?.n
    const before = await commits()
    expect((await done("POST", `/attempts/${id}/replay`)).outcome).toBe("replayed")
    expect(await commits()).toBe(before)
    const [replayed] = (await done("GET", "/attempts?limit=1")).attempts
    expect(replayed).toMatchObject({ authentication: "replay", replay_of: id })
    expect(codes(await ask("POST", `/attempts/${replayed.id}/replay`))).toEqual([409, "not_replayable"])
  })

  test("dismiss one, which the audit records once", async () => {
    const [{ id }] = (await deadLetters()).dead_letters
    expect(await done("POST", `/dead-letters/${id}/dismiss`)).toEqual({ id, dead_letter: "dismissed" })
    expect(await lastEntry()).toMatchObject({ action: "dead-letter.dismiss", subject: `dead-letters/${id}` })
    const before = await entries()
    expect(await done("POST", `/dead-letters/${id}/dismiss`)).toEqual({ id, dead_letter: "dismissed" })
    expect(await entries()).toEqual(before)
    expect((await deadLetters()).open).toBe(23)
    const { attempts } = await done("GET", "/attempts?limit=200")
    const replayed = attempts.find(({ dead_letter: state }: { dead_letter: string }) => state === "replayed")
    expect(codes(await ask("POST", `/dead-letters/${replayed.id}/dismiss`))).toEqual([422, "invalid_request"])
    const stored = attempts.find(({ dead_letter: state }: { dead_letter: string | null }) => state === null)
    expect(codes(await ask("POST", `/dead-letters/${stored.id}/dismiss`))).toEqual([404, "not_found"])
  })

  test("replay a range, oldest first, at most 20 a request, to its end", async () => {
    const ids = (await deadLetters("?publisher=daily&limit=200")).dead_letters
      .map(({ id }: { id: number }) => id)
      .reverse()
    const small = await done("POST", "/attempts/replay", { publisher: "daily", from: ids[0], to: ids[1] })
    expect(small.replays.map(({ id }: { id: number }) => id)).toEqual(ids.slice(0, 2))
    expect(small.next).toBeUndefined()
    const first = await done("POST", "/attempts/replay", { publisher: "daily" })
    expect(first.replays.map(({ id }: { id: number }) => id)).toEqual(ids.slice(2, 22))
    expect(first.next).toBe(ids[22])
    expect(await lastEntry()).toMatchObject({
      subject: "attempts",
      detail: { publisher: "daily", ids: ids.slice(2, 22) },
    })
    const rest = await done("POST", "/attempts/replay", { publisher: "daily", from: first.next })
    expect(rest.replays.map(({ outcome }: { outcome: string }) => outcome)).toEqual(["replayed"])
    expect(rest.next).toBeUndefined()
    expect(await deadLetters()).toEqual({ dead_letters: [], open: 0 })
    const before = await entries()
    expect(await done("POST", "/attempts/replay", { publisher: "daily" })).toEqual({ replays: [] })
    expect(await entries()).toEqual(before)
  })

  test("replay stored messages too on demand, which changes nothing", async () => {
    const articles = async () => (await tables()).articles
    const before = await articles()
    const since = new Date(Date.now() - 3_600_000).toISOString()
    const again = await done("POST", "/attempts/replay", { publisher: "daily", dead_letters: false, since })
    expect(again.replays).toHaveLength(20)
    expect(await articles()).toEqual(before)
    const none = await done("POST", "/attempts/replay", { dead_letters: false, until: "2026-01-01T00:00:00Z" })
    expect(none).toEqual({ replays: [] })
  })

  test("never replay an unauthenticated message", async () => {
    // The same bytes as an authenticated message of another publisher.
    const text = JSON.stringify({
      type: "article.published",
      timestamp: new Date().toISOString(),
      data: article({ id: "unauthenticated" }),
    })
    expect((await pushRaw(daily, text)).status).toBe(200)
    expect((await pushRaw({ slug: "evening", secret: daily.secret }, text)).status).toBe(401)
    const [unauthenticated] = (await done("GET", "/attempts?publisher=evening&limit=1")).attempts
    expect(unauthenticated).toMatchObject({ authentication: "refused", status: 401 })
    expect(codes(await ask("POST", `/attempts/${unauthenticated.id}/replay`))).toEqual([409, "not_replayable"])
    expect(await done("POST", "/attempts/replay", { publisher: "evening", dead_letters: false })).toEqual({
      replays: [],
    })
    expect((await send("/publishers/evening/feed.json")).json.items).toEqual([])
  })

  test.each([
    [{ from: -1 }, "/from"],
    [{ to: "x" }, "/to"],
    [{ since: "today" }, "/since"],
    [{ dead_letters: "all" }, "/dead_letters"],
    [{ publisher: "x y" }, "/publisher"],
    [{ untill: "2026-01-01T00:00:00Z" }, "/untill"],
  ])("refuse the range %j", async (body, pointer) => {
    const refused = await ask("POST", "/attempts/replay", body)
    expect([...codes(refused), pointers(refused)]).toEqual([422, "invalid_request", [pointer]])
  })
})

describe("the removal of a publisher", () => {
  let gone: Publisher

  test("withdraws its articles and shows its progress; a second request has the same answer", async () => {
    gone = await publisher("gone", { silence_hours: 3 })
    secrets.add(gone.secret)
    expect((await push(gone, [article({ id: "g1" }), article({ id: "g2" })])).status).toBe(200)
    const removed = await ask("DELETE", "/publishers/gone")
    const removal = {
      ...{ publisher: "gone", total: 2, processed: 2 },
      ...{ started_at: expect.stringMatching(/Z$/), finished_at: expect.stringMatching(/Z$/) },
    }
    expect([removed.status, removed.json]).toEqual([202, { removal }])
    expect(await lastEntry()).toMatchObject({ action: "publisher.remove", subject: "publishers/gone" })
    const before = (await entries()).length
    const again = await Promise.all([ask("DELETE", "/publishers/gone"), ask("DELETE", "/publishers/gone")])
    for (const answer of again) expect([answer.status, answer.json]).toEqual([202, removed.json])
    expect((await entries()).length).toBe(before)
    expect((await done("GET", "/removals")).removals).toEqual([removal])
    expect((await send("/publishers/gone/feed.json")).status).toBe(410)
    expect(codes(await ask("DELETE", "/publishers/nobody"))).toEqual([404, "unknown_publisher"])
  })

  test("is told to its systems after a valid signature only", async () => {
    expect((await push(gone, article())).status).toBe(410)
    expect((await push({ ...gone, secret: daily.secret }, article())).status).toBe(401)
  })

  test("keeps its slug and its row, and nothing of it can be changed any more", async () => {
    const { publishers } = await done("GET", "/publishers")
    expect(publishers.find(({ slug }: Publisher) => slug === "gone")).toMatchObject({
      state: "removed",
      silence_hours: 3,
    })
    expect((await done("GET", "/publishers/gone/keys")).keys).toHaveLength(1)
    const { keys } = await done("GET", "/publishers/gone/keys")
    const before = await tables()
    const created = await ask("POST", "/publishers", { slug: "gone", name: "G", home_page_url: "https://g.example/" })
    expect([...codes(created), pointers(created)]).toEqual([409, "conflict", ["/slug"]])
    for (const [method, path, body] of [
      ["PATCH", "/publishers/gone", { state: "active" }],
      ["POST", "/publishers/gone/keys", {}],
      ["DELETE", `/publishers/gone/keys/${keys[0].id}`, undefined],
      ["POST", "/publishers/gone/sources", { name: "x", sender: "github" }],
      ["PATCH", "/publishers/gone/sources/x", {}],
      ["DELETE", "/publishers/gone/sources/x", undefined],
      ["POST", "/publishers/gone/sources/x/fetch", undefined],
      ["POST", "/publishers/gone/preview", { body: "" }],
      ["POST", "/attempts/replay", { publisher: "gone" }],
      ["POST", "/sections/world/aliases", { names: ["x"], publisher: "gone" }],
    ] as const) {
      expect([path, ...codes(await ask(method, path, body))]).toEqual([path, 410, "publisher_removed"])
    }
    expect(await tables()).toEqual(before)
  })

  test("of many articles continues in the sweep, and each publisher has its own progress", async () => {
    const many = await publisher("many")
    secrets.add(many.secret)
    for (let batch = 0; batch < 6; batch++) {
      const items = Array.from({ length: 100 }, (_, i) => article({ id: `m${batch}-${i}` }, 3))
      expect((await push(many, items)).status).toBe(200)
    }
    const { removal } = await done("DELETE", "/publishers/many")
    expect(removal).toMatchObject({ publisher: "many", total: 600, processed: 500, finished_at: null })
    const [first] = (await done("GET", "/removals")).removals
    expect(first).toEqual(removal)
    expect((await done("DELETE", "/publishers/many")).removal).toMatchObject({
      processed: 600,
      finished_at: expect.any(String),
    })
  })
})

describe("a disabled publisher", () => {
  test("is listed as disabled, a preview says so, and its feeds are not fetched", async () => {
    const changed = await done("PATCH", "/publishers/daily", { state: "disabled", silence_hours: 0.5 })
    expect(changed).toMatchObject({ state: "disabled", silence_hours: 0.5 })
    expect(await lastEntry()).toMatchObject({
      action: "publisher.change",
      detail: { state: "disabled", silence_hours: 0.5 },
    })
    const { warnings } = await done("POST", "/publishers/daily/preview", { body: base64('{"id":1}'), sender: "github" })
    expect(warnings).toEqual([expect.stringMatching(/daily is disabled/)])
    expect(codes(await ask("POST", "/publishers/daily/sources/blog/fetch"))).toEqual([403, "publisher_disabled"])
    expect(
      (await done("PATCH", "/publishers/daily", { state: "active", silence_hours: null })).silence_hours,
    ).toBeNull()
  })
})

describe("the audit", () => {
  test("has a row for every change of names too, and none for refused requests and reading", async () => {
    const before = (await entries()).length
    await done("POST", "/sections", { slug: "arts", names: { en: "Arts" } })
    await done("PATCH", "/sections/arts", { names: { en: "The Arts" } })
    await done("PATCH", "/sections/arts", {})
    await done("POST", "/sections/arts/aliases", { names: ["Culture"], publisher: "daily" })
    await done("DELETE", "/sections/arts/aliases/Culture?publisher=daily")
    await done("POST", "/sections/arts/retire", { into: "world" })
    await done("PATCH", "/wire", { duplicate_policy: "show" })
    await done("POST", "/publishers", { slug: "weekly", name: "W", home_page_url: "https://w.example/" })
    expect((await ask("POST", "/sections", { slug: "world", names: { en: "W" } })).status).toBe(409)
    expect((await ask("DELETE", "/sections/world/aliases/nothing")).status).toBe(404)
    const added = (await entries()).slice(0, -before).reverse()
    expect(added.map(({ action, subject, detail }) => [action, subject, detail])).toEqual([
      ["section.create", "sections/arts", { names: { en: "Arts" } }],
      ["section.change", "sections/arts", { names: { en: "The Arts" } }],
      ["alias.add", "sections/arts", { names: ["Culture"], publisher: "daily" }],
      ["alias.remove", "sections/arts", { name: "Culture", publisher: "daily" }],
      ["section.retire", "sections/arts", { into: "world" }],
      ["wire.change", "wire", { duplicate_policy: "show" }],
      ["publisher.create", "publishers/weekly", { name: "W", home_page_url: "https://w.example/" }],
    ])
    for (const { id, at } of added) {
      expect(id).toEqual(expect.any(Number))
      expect(Date.parse(String(at))).toBeGreaterThan(Date.now() - 60_000)
    }
  })

  test("is read in pages, newest first", async () => {
    const all = await entries()
    const pagedEntries: unknown[] = []
    let next: number | undefined
    do {
      const page = await done("GET", `/audit?limit=7${next === undefined ? "" : `&before=${next}`}`)
      pagedEntries.push(...page.entries)
      next = page.next
    } while (next !== undefined)
    expect(pagedEntries.slice(0, all.length)).toEqual(all)
    expect(codes(await ask("GET", "/audit?limit=x"))).toEqual([400, "invalid_parameter"])
    expect(codes(await ask("GET", "/audit?publisher=daily"))).toEqual([400, "unknown_parameter"])
  })

  test("cannot be changed by anyone", async () => {
    const before = await entries()
    for (const statement of [
      "update audit set action = 'x'",
      "update audit set detail = '{}' where id = 1",
      "delete from audit",
      "delete from audit where id = 1",
      "insert or replace into audit (id, at, action, subject, detail) values (1, 0, 'x', 'y', '{}')",
    ]) {
      await expect(env.DB.prepare(statement).run()).rejects.toThrow(/append-only/)
    }
    expect(await entries()).toEqual(before)
  })

  test("fails together with its change", async () => {
    await env.DB.prepare(
      "create trigger no_audit before insert on audit begin select raise(abort, 'D1_ full'); end",
    ).run()
    try {
      const without = async () => ({ ...(await tables()), attempts: [], publisher_activity: [] })
      const before = await without()
      for (const [method, path, body] of [
        ["POST", "/publishers", { slug: "unwritten", name: "U", home_page_url: "https://u.example/" }],
        ["PATCH", "/publishers/daily", { name: "Other" }],
        ["DELETE", "/publishers/daily", undefined],
        ["POST", "/publishers/daily/keys", {}],
        ["POST", "/publishers/daily/sources", { name: "unwritten", sender: "github" }],
        ["PATCH", "/publishers/daily/sources/shop", { mapping: null }],
        ["DELETE", "/publishers/daily/sources/shop", undefined],
        ["POST", "/publishers/daily/sources/blog/fetch", undefined],
        ["POST", "/attempts/1/replay", undefined],
        ["POST", "/attempts/replay", { dead_letters: false }],
        ["POST", "/sections", { slug: "unwritten", names: { en: "U" } }],
        ["PATCH", "/wire", { duplicate_policy: "suppress" }],
      ] as const) {
        expect([path, (await ask(method, path, body)).status]).toEqual([path, 503])
      }
      expect(await without()).toEqual(before)
    } finally {
      await env.DB.prepare("drop trigger no_audit").run()
    }
  })
})

test("no secret is in an answer after it was shown, in the audit, in the log, or in D1 in clear", async () => {
  for (const path of [
    "/publishers",
    "/publishers/daily/keys",
    "/publishers/daily/sources",
    "/audit?limit=200",
    "/attempts?limit=200",
  ]) {
    await ask("GET", path)
  }
  expect(secrets.size).toBeGreaterThan(8)
  const places = { answers: answers.join("\n"), log: logged.join("\n"), tables: JSON.stringify(await tables()) }
  expect(places.log.length).toBeGreaterThan(10_000)
  for (const secret of secrets) {
    for (const spelling of [secret, secret.replace(/^whsec_/, ""), base64(secret)]) {
      for (const [place, text] of Object.entries(places)) {
        expect([place, text.includes(spelling)]).toEqual([place, false])
      }
    }
  }
})
