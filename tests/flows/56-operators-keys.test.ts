/** Tests keys and sources of a publisher in the admin API. */
import { env } from "cloudflare:workers"
import { describe, expect, test, vi } from "vitest"
import { encryptionKeys } from "../../src/crypto/encryption.ts"
import { encodeBase64 } from "../../src/text/base64.ts"
import {
  answers,
  ask,
  changeSource,
  codes,
  daily,
  done,
  entries,
  github,
  lastEntry,
  makeSource,
  pointers,
  secrets,
  tables,
  testNoSecretIsShown,
} from "./operators.ts"
import { admin, article, ORIGIN, push, send } from "./world.ts"

const sourceOf = async (name: string) =>
  (await done("GET", "/publishers/daily/sources")).sources.find((each: { name: string }) => each.name === name)

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

  test("are imported for Ghost, which needs no source, and for all sources of a publisher", async () => {
    for (const source of ["ghost", undefined]) {
      const bytes = crypto.getRandomValues(new Uint8Array(32))
      const secret = source === undefined ? `whsec_${encodeBase64(bytes)}` : crypto.randomUUID()
      secrets.add(secret)
      const created = await ask("POST", "/publishers/evening/keys", { secret, ...(source && { source }) })
      expect([created.status, created.json.source, created.json.kind]).toEqual([201, source ?? "", "imported"])
    }
  })

  test("may be public keys for native messages", async () => {
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
    ["an invalid public key", { public_key: "whpk_x" }, "/public_key", /Ed25519/],
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
    ["an unknown member", { sorce: "ghost" }, "/sorce", /Did you mean source\?/],
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
    // Restores the key for the later tests.
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

  test("that cannot sign have an unguessable address, shown once and stored as a hash", async () => {
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
    expect(await lastEntry()).toMatchObject({
      action: "source.change",
      detail: { before: { renew_token: false }, after: { renew_token: true } },
    })
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
    ["the preset that cannot be chosen", { sender: "other" }, "/sender", /must be one of/],
    ["Ghost's name", { name: "ghost" }, "/name", /Ghost/],
    ["an invalid name", { name: "A b" }, "/name", /lower-case/],
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
      /is required if \{ts\} is signed/,
    ],
    ["a scheme that is text", { sender: "custom", scheme: "hmac" }, "/scheme", /must be an object/],
    [
      "a misspelt member of its mapping",
      { mapping: { id: "/id", titel: "/t" } },
      "/mapping/titel",
      /Did you mean title\?/,
    ],
    ["a mapping without an id", { mapping: { title: "/t" } }, "/mapping/id", /is missing/],
    ["an invalid pointer", { mapping: { id: "id" } }, "/mapping/id", /JSON Pointer/],
    ["trust for a sender that signs", { trusted: true }, "/trusted", /unsigned/],
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
      "a feed of another site",
      { feed_url: "https://elsewhere.example/feed" },
      "/feed_url",
      /origin of daily: https:\/\/daily\.example, https:\/\/cdn\.daily\.example/,
    ],
    ["a feed on another port", { feed_url: "https://daily.example:8443/feed" }, "/feed_url", /origin of daily/],
    ["a feed at an internal address", { feed_url: "http://169.254.169.254/latest" }, "/feed_url", /link-local/],
    ["a feed with a password", { feed_url: "https://a:b@daily.example/feed" }, "/feed_url", /user name or password/],
    ["a feed of the wire itself", { feed_url: `${ORIGIN}/feed.rss` }, "/feed_url", /back to this wire/],
  ])("with %s are refused", async (_, more, pointer, detail) => {
    const before = await tables()
    const sent = await makeSource({ name: "refused", sender: "github", ...more })
    expect([...codes(sent), pointers(sent)]).toEqual([422, "invalid_request", [pointer]])
    expect(sent.json.detail).toMatch(detail)
    expect(await tables()).toEqual(before)
  })

  test("have unique names, also if several come at once", async () => {
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
    expect(await lastEntry()).toMatchObject({ detail: { after: { feed_url: "https://cdn.daily.example/rss?…" } } })
    expect((await changeSource("changing", { feed_url: null })).json).toEqual({ ...created, mapping: null })
  })

  test("do not change by an empty body, or by members that their sender does not use", async () => {
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

testNoSecretIsShown()
