/** Tests messages without articles, refused bodies, and an old Ghost. */
import { describe, expect, test, vi } from "vitest"
import { HOUR, now, rfc3339, wait } from "./clock.ts"
import { bearer, deadLetters, one, storedArticle } from "./dead-letters.ts"
import { admin, article, hmacHex, post, pushRaw, send, signedHeaders, signedSource } from "./world.ts"

const lastAttempt = async () => {
  const attempt = (await admin("GET", "/attempts?limit=1")).json.attempts[0]
  return [attempt.status, attempt.authentication, attempt.dead_letter]
}

describe("a test event", () => {
  test("of a signed source, of a trusted one and of Standard Webhooks gets 200 and leaves no dead letter", async () => {
    const source = await signedSource(one, "tried")
    const ping = JSON.stringify({ zen: "Design for failure.", hook_id: 1, hook: { id: 1 } })
    const headers = { "x-github-event": "ping" }
    const sent = await post(source, ping, { headers })
    expect([sent.status, sent.json]).toEqual([200, { delivery: null, results: [] }])
    await vi.waitFor(async () => expect(await lastAttempt()).toEqual([200, "hmac", null]))
    expect((await post({ ...source, secret: "wrong" }, ping, { headers })).status).toBe(401)
    expect((await post(source, ping)).status).toBe(200)

    const native = await pushRaw(one, JSON.stringify({ type: "webhook.test", timestamp: rfc3339(now), data: {} }))
    expect([native.status, native.json]).toEqual([200, { delivery: null, results: [] }])
    for (const query of ["", "?dry_run=1"]) {
      const headers = { ...bearer(one).headers, "content-type": "application/json" }
      const withKey = await send(`/push/one${query}`, { method: "POST", headers, body: '{"event":"ping"}' })
      expect([withKey.status, withKey.json.results]).toEqual([200, []])
    }
    expect(
      (await pushRaw(one, JSON.stringify({ type: "test", title: "An article without its envelope" }))).status,
    ).toBe(400)
    expect((await deadLetters()).open).toBe(1)
  })
})

describe("a body that is not read", () => {
  const form = (type: string) => ({ "content-type": type })
  test.each<[name: string, headers: Record<string, string>, remedy: string]>([
    ["a form", form("application/x-www-form-urlencoded"), "Content-Type: application/json"],
    [
      "a form with a charset",
      form("Application/X-WWW-Form-Urlencoded; charset=utf-8"),
      "Content-Type: application/json",
    ],
    ["a form with parts", form("multipart/form-data; boundary=x"), "Content-Type: application/json"],
    ["gzip", { "content-encoding": "gzip" }, "without compression"],
    ["br", { "content-encoding": "br" }, "without compression"],
    ["zstd", { "content-encoding": "zstd" }, "without compression"],
    ["deflate", { "content-encoding": "Deflate" }, "without compression"],
    ["two codings", { "content-encoding": "identity, gzip" }, "without compression"],
  ])("is refused before its sender is known, and recorded: %s", async (_, headers, remedy) => {
    const before = (await deadLetters()).open
    for (const path of ["/push/one", "/push/one/ghost/post.published", "/push/one/sources/none"]) {
      const sent = await send(path, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: "x",
      })
      expect([path, sent.status, sent.json.code]).toEqual([path, 415, "unsupported_media_type"])
      expect(sent.json.detail).toContain(remedy)
      const [name, value] =
        "content-encoding" in headers ? ["accept-encoding", "identity"] : ["accept", "application/json"]
      expect(sent.headers.get(name)).toContain(value)
    }
    await vi.waitFor(async () => expect(await lastAttempt()).toEqual([415, "refused", null]))
    expect((await deadLetters()).open).toBe(before)
  })

  test("may name a coding that changes nothing", async () => {
    const body = JSON.stringify({ type: "article.published", timestamp: rfc3339(now), data: article() })
    for (const coding of ["identity", "UTF-8", ""]) {
      const headers = await signedHeaders(body, one.secret)
      const all = { ...headers, "content-type": "application/json", "content-encoding": coding }
      expect((await send("/push/one", { method: "POST", headers: all, body })).status, coding).toBe(200)
    }
  })

  test("may be a form if it counts as a ping", async () => {
    const ping = { method: "POST", headers: form("application/x-www-form-urlencoded"), body: "ID=1" }
    const feed_url = "https://one.example/feed.xml"
    const created = await admin("POST", "/publishers/one/sources", { name: "wp", sender: "unsigned", feed_url })
    const path = new URL(created.json.url).pathname
    expect((await send(path, ping)).status).toBe(202)
    expect((await send("/push/one/ping", ping)).status).toBe(202)
    await admin("PATCH", "/publishers/one/sources/wp", { trusted: true })
    const before = (await deadLetters()).open
    for (const type of ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
      expect((await send(path, { ...ping, headers: form(type) })).status).toBe(415)
    await vi.waitFor(async () => expect(await lastAttempt()).toEqual([415, "refused", null]))
    expect((await deadLetters()).open).toBe(before)
    expect((await send(path, { ...ping, headers: { "content-encoding": "gzip" } })).status).toBe(415)
    expect((await send("/push/one/ping", { ...ping, headers: { "content-encoding": "gzip" } })).status).toBe(415)
    expect((await send("/v1/views", { ...ping, headers: { "content-encoding": "gzip" } })).status).toBe(415)
  })
})

describe("a Ghost of before July 2024", () => {
  const secret = "a secret of an old ghost"
  const bodyOf = (id: string) =>
    JSON.stringify({
      post: {
        current: {
          id,
          title: `Post ${id}`,
          html: "<p>x</p>",
          status: "published",
          visibility: "public",
          updated_at: rfc3339(now),
        },
        previous: {},
      },
    })
  async function ghost(slug: string, body: string, { event = "post.published", signed = body, time = now } = {}) {
    const headers = {
      "content-type": "application/json",
      "x-ghost-signature": `sha256=${await hmacHex(secret, signed)}, t=${time}`,
    }
    return send(`/push/${slug}/ghost/${event}`, { method: "POST", headers, body })
  }

  test("is read only if the operator chose it, and its message is remembered for 72 hours", async () => {
    const create = (body: object) => admin("POST", "/publishers/two/sources", body)
    for (const slug of ["one", "two"]) await admin("POST", `/publishers/${slug}/keys`, { source: "ghost", secret })
    const first = bodyOf("first")
    const refused = await ghost("two", first)
    expect(refused.status).toBe(401)
    expect(refused.json.detail).toMatch(/of before July 2024.* create the source ghost with the sender ghost-5/)
    const wrong = await ghost("two", first, { signed: "another body" })
    expect([wrong.status, wrong.json.detail]).toEqual([401, expect.stringMatching(/compare the secret/)])
    expect(wrong.json.detail).not.toMatch(/ghost-5/)
    const unknown = await ghost("nobody", first)
    expect([unknown.status, unknown.json.detail]).toEqual([401, wrong.json.detail])

    expect((await create({ name: "blog", sender: "ghost-5" })).json.errors).toEqual([
      { pointer: "/name", detail: "must be ghost for this sender" },
    ])
    for (const more of [{ mapping: { id: "/id" } }, { scheme: { ...SCHEME } }])
      expect((await create({ name: "ghost", sender: "ghost-5", ...more })).status).toBe(422)
    expect((await create({ name: "ghost", sender: "github" })).status).toBe(422)
    const created = await create({ name: "ghost", sender: "ghost-5" })
    expect(created.json).toMatchObject({
      sender: "ghost-5",
      url: expect.stringMatching(/\/push\/two\/ghost\/post\.published$/),
    })

    const sent = await ghost("two", first)
    expect(sent.json.results).toMatchObject([{ guid: "first", outcome: "created" }])
    const newer = await ghost("two", first, { signed: `${first}${now}` })
    expect([newer.status, newer.json.detail]).toEqual([401, expect.stringMatching(/must remove the source ghost/)])
    expect((await ghost("two", first, { signed: "another body" })).json.detail).toBe(wrong.json.detail)
    // The time is not signed, so neither an old nor a missing one matters.
    for (const [event, time] of [
      ["post.published.edited", now - HOUR],
      ["post.published", 0],
    ] as const) {
      const again = await ghost("two", first, { event, time })
      expect([again.headers.get("webhook-repeated"), again.json]).toEqual(["true", sent.json])
    }
    wait(71 * HOUR)
    expect((await ghost("two", first)).headers.get("webhook-repeated")).toBe("true")
    wait(2 * HOUR)
    const late = await ghost("two", first)
    expect([late.headers.get("webhook-repeated"), late.json.results[0].outcome]).toEqual([null, "unchanged"])

    const second = bodyOf("second")
    expect((await ghost("two", second, { signed: `${second}${now}` })).status).toBe(401)
    expect((await ghost("two", `${second} `, { signed: second })).status).toBe(401)
    expect((await ghost("one", second)).status).toBe(401)
    expect((await ghost("one", second, { signed: `${second}${now}` })).status).toBe(200)
    expect((await ghost("one", second, { signed: `${second}${now - HOUR}`, time: now - HOUR })).json.detail).toContain(
      "300 seconds old",
    )
    expect(await storedArticle("second")).toMatchObject({ state: "published" })
  })

  test("is an ordinary Ghost again without its source", async () => {
    expect((await admin("DELETE", "/publishers/two/sources/ghost")).status).toBe(204)
    expect((await ghost("two", bodyOf("third"))).status).toBe(401)
    await admin("POST", "/publishers/two/keys", { source: "ghost", secret })
    const third = bodyOf("third")
    expect((await ghost("two", third)).status).toBe(401)
    expect((await ghost("two", third, { signed: `${third}${now}` })).status).toBe(200)
  })

  const SCHEME = {
    signature: { headers: ["x-ghost-signature"], parameter: "sha256" },
    ...{ algorithm: "SHA-256", key: "text", encoding: "hex", template: "{body}" },
  }
})
