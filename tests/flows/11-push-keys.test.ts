/** Tests the push endpoint: who may push with which keys, and what a key permits to read. */
import { describe, expect, test } from "vitest"
import { sign } from "../../scripts/sign.ts"
import { decodeSecret } from "../../src/crypto/standard-webhooks.ts"
import {
  article,
  bearer,
  bytesOf,
  freeze,
  JSON_TYPE,
  message,
  NOW,
  one,
  post,
  preparePublishers,
  two,
} from "./push-endpoint.ts"
import { admin, ORIGIN, type Publisher, publisher, push, send, signedHeaders } from "./world.ts"

preparePublishers()

describe("authentication", () => {
  const body = () => message(article())

  test.each(["webhook-id", "webhook-timestamp", "webhook-signature"])(
    "a message without %s is refused",
    async (name) => {
      const text = body()
      const headers = await signedHeaders(text, one.secret)
      delete headers[name]
      const sent = await send("/push/one", { method: "POST", headers: { ...JSON_TYPE, ...headers }, body: text })
      expect(sent.status).toBe(401)
      expect(sent.json).toMatchObject({ code: "unauthorized", status: 401 })
      expect(sent.json.detail).toContain("webhook-id, webhook-timestamp and webhook-signature")
      expect(sent.headers.get("www-authenticate")).toBe('Bearer realm="push"')
      expect(sent.headers.get("cache-control")).toBe("private, no-store")
    },
  )

  test.each([
    [-300_000, 200, ""],
    [-301_000, 401, "more than 300 seconds old"],
    [300_000, 200, ""],
    [301_000, 401, "more than 300 seconds ahead"],
  ])("a message signed %d ms from now is answered %d", async (offset, status, detail) => {
    freeze(NOW)
    const sent = await push(one, article(), { at: NOW + offset })
    expect([sent.status, String(sent.json.detail ?? "").includes(detail)]).toEqual([status, true])
  })

  test("times are compared in whole seconds, so 300.999 s are still 300", async () => {
    freeze(NOW + 999)
    expect((await push(one, article(), { at: NOW - 300_000 })).status).toBe(200)
  })

  test("a time in milliseconds instead of seconds is refused with a hint", async () => {
    const text = body()
    const id = crypto.randomUUID()
    const signature = await sign(bytesOf(text), id, Date.now(), decodeSecret(one.secret) ?? new Uint8Array())
    const sent = await post(one, text, {
      "webhook-id": id,
      "webhook-timestamp": String(Date.now()),
      "webhook-signature": signature,
    })
    expect([sent.status, sent.json.detail]).toEqual([
      401,
      "webhook-timestamp is in milliseconds; it must be in seconds.",
    ])
  })

  test("one wrong byte in the body, id, time or signature gets the same answer as an unknown publisher", async () => {
    freeze(NOW)
    const text = message({ ...article(), title: "Aaaa" })
    const seconds = Math.floor(NOW / 1000)
    const headers = await signedHeaders(text, one.secret, { id: "fixed", at: NOW })
    const attempt = (path: string, more: object, sentBody: string | Uint8Array<ArrayBuffer> = text) =>
      send(path, { method: "POST", headers: { ...JSON_TYPE, ...headers, ...more }, body: sentBody })
    const flipped = headers["webhook-signature"]?.replace(/^v1,(.)/, (_, character) =>
      character === "A" ? "v1,B" : "v1,A",
    )
    const attempts = [
      await attempt("/push/one", {}, text.replace("Aaaa", "Aaab")),
      await attempt("/push/one", {}, `${text} `),
      await attempt("/push/one", { "webhook-id": "fixee" }),
      await attempt("/push/one", { "webhook-timestamp": String(seconds - 1) }),
      await attempt("/push/one", { "webhook-signature": flipped }),
      // These are a valid key of another publisher, and two publishers that do not exist.
      await attempt("/push/two", {}),
      await attempt("/push/nobody", {}),
      await attempt("/push/__proto__", {}),
    ]
    const answers = attempts.map(({ status, json, headers: received }) => {
      const { request_id: _, ...rest } = json
      return JSON.stringify([status, rest, [...received.keys()].sort()])
    })
    expect(new Set(answers).size).toBe(1)
    expect(attempts[0]?.status).toBe(401)
    expect((await attempt("/push/one", {})).status).toBe(200)
  })

  test("one valid signature among others of other versions and keys is enough", async () => {
    const text = body()
    // All signatures are made in the same second.
    freeze(Date.now())
    const good = (await signedHeaders(text, one.secret, { id: "many" }))["webhook-signature"]
    const foreign = (await signedHeaders(text, two.secret, { id: "many" }))["webhook-signature"]
    const list = `v1a,${btoa("x".repeat(64))} ${foreign} v2,abc nonsense ${good}`
    expect((await post(one, text, { "webhook-id": "many", "webhook-signature": list })).status).toBe(200)
    const none = await post(one, text, { "webhook-signature": "v2,abc nonsense" })
    expect([none.status, none.json.detail.includes("no v1 or v1a signature")]).toEqual([401, true])
    const unknown = await post(one, text, { "webhook-signature": `v1a,${btoa("x".repeat(64))}` })
    expect([unknown.status, unknown.json.detail.includes("No live key")]).toEqual([401, true])
  })

  test("an id with a full stop, a space or more than 256 characters is refused", async () => {
    for (const id of ["a.b", "a b", "x".repeat(257), "é"]) {
      const text = body()
      const headers = { ...(await signedHeaders(text, one.secret, { id })), ...JSON_TYPE }
      const sent = await send("/push/one", { method: "POST", headers, body: text })
      expect([id.slice(0, 3), sent.status]).toEqual([id.slice(0, 3), 401])
      expect(sent.json.detail).toContain("webhook-id must")
    }
  })

  test("a key in the Authorization header alone does not authenticate a message", async () => {
    const headers = { ...JSON_TYPE, authorization: `Bearer ${one.secret}` }
    expect((await send("/push/one", { method: "POST", headers, body: body() })).status).toBe(401)
  })
})

describe("the keys of a publisher", () => {
  const keysOf = async (slug: string) => (await admin("GET", `/publishers/${slug}/keys`)).json.keys
  const another = async (slug: string, options: object = {}): Promise<Publisher & { id: string }> => {
    const { json } = await admin("POST", `/publishers/${slug}/keys`, options)
    return { slug, secret: json.secret, id: json.id }
  }
  const status = async (key: Publisher) => (await push(key, article())).status

  test("two are live until the overlap of 24 h ends, to the millisecond", async () => {
    freeze(NOW)
    const old = await publisher("rotating")
    freeze(NOW + 1000)
    const young = await another("rotating")
    expect([await status(old), await status(young)]).toEqual([200, 200])
    freeze(NOW + 1000 + 24 * 3_600_000 - 1)
    expect([await status(old), await status(young)]).toEqual([200, 200])
    freeze(NOW + 1000 + 24 * 3_600_000)
    expect([await status(old), await status(young)]).toEqual([401, 200])
    expect(await keysOf("rotating")).toHaveLength(1)
  })

  describe("a third key", () => {
    const requestKey = (slug: string, options: object = {}) => admin("POST", `/publishers/${slug}/keys`, options)
    /** Creates two valid keys. The first key ends after 24 hours. */
    const two = async (slug: string) => {
      freeze(NOW)
      const a = await publisher(slug)
      const [{ id }] = await keysOf(slug)
      freeze(NOW + 1)
      const b = await another(slug)
      freeze(NOW + 2)
      return [{ ...a, id }, b] as const
    }

    test("is refused with the ids of the live keys, and ends none of them", async () => {
      const [a, b] = await two("third")
      const before = await keysOf("third")
      for (const options of [{}, { overlap_hours: 1 }, { overlap_hours: 720 }, { overlap_hours: 0.001 }]) {
        const sent = await requestKey("third", options)
        expect([sent.status, sent.json.code]).toEqual([409, "too_many_keys"])
        for (const word of [a.id, b.id, "--end", "--overlap 0"]) expect(sent.json.detail).toContain(word)
      }
      expect(await keysOf("third")).toEqual(before)
      expect([await status(a), await status(b)]).toEqual([200, 200])
      const { entries } = (await admin("GET", "/audit?limit=1")).json
      expect(entries[0].subject).toBe(`publishers/third/keys/${b.id}`)
    })

    test.each([0, 1])("ends the key that is named, and no other before its overlap ends (%d)", async (named) => {
      const slug = `third-named-${named}`
      const keys = await two(slug)
      const ended = keys[named] as (typeof keys)[number]
      const other = keys[1 - named] as (typeof keys)[number]
      const c = await another(slug, { end_key: ended.id, overlap_hours: 1 })
      expect([await status(ended), await status(other), await status(c)]).toEqual([401, 200, 200])
      freeze(NOW + 2 + 3_600_000)
      expect([await status(other), await status(c)]).toEqual([401, 200])
      const { entries } = (await admin("GET", "/audit?limit=1")).json
      expect(entries[0].detail).toEqual({ source: "", overlap_hours: 1, end_key: ended.id })
    })

    test("ends all others if the overlap is 0, whichever key is named", async () => {
      const [a, b] = await two("third-zero")
      const c = await another("third-zero", { overlap_hours: 0, end_key: a.id })
      expect([await status(a), await status(b), await status(c)]).toEqual([401, 401, 200])
    })

    test("is not created if the key to end is not a live key of this publisher and source", async () => {
      const [a, b] = await two("third-wrong")
      const [, foreign] = await two("third-foreign")
      const ofSource = await another("third-wrong", { source: "ghost" })
      await admin("DELETE", `/publishers/third-wrong/keys/${a.id}`)
      for (const id of [a.id, foreign.id, ofSource.id, "nothing", ""]) {
        for (const overlap_hours of [0, 24]) {
          const sent = await requestKey("third-wrong", { end_key: id, overlap_hours })
          expect([id, sent.status, sent.json.errors?.[0]?.pointer]).toEqual([id, 422, "/end_key"])
        }
      }
      expect((await keysOf("third-wrong")).map(({ id }: { id: string }) => id)).toEqual([b.id, ofSource.id])
      expect(await status(b)).toBe(200)
    })

    test("needs a key to end only while two are live, and each source counts separately", async () => {
      const [a, b] = await two("third-later")
      expect((await requestKey("third-later", { source: "ghost" })).status).toBe(201)
      freeze(NOW + 1 + 24 * 3_600_000)
      const c = await another("third-later")
      expect([await status(a), await status(b), await status(c)]).toEqual([401, 200, 200])
    })

    test("is also refused when several are requested at the same time", async () => {
      freeze(NOW)
      await publisher("third-race")
      freeze(NOW + 1)
      const sent = await Promise.all([1, 2, 3, 4].map(() => requestKey("third-race")))
      expect(sent.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409])
      expect(await keysOf("third-race")).toHaveLength(2)
    })

    test("is also refused if its secret was generated elsewhere", async () => {
      await two("third-import")
      const secret = `whsec_${btoa("i".repeat(32))}`
      expect((await requestKey("third-import", { secret })).status).toBe(409)
    })
  })

  test("a new key never extends the life of a key that ends sooner", async () => {
    freeze(NOW)
    const a = await publisher("sooner")
    freeze(NOW + 1)
    const b = await another("sooner", { overlap_hours: 1 })
    await admin("DELETE", `/publishers/sooner/keys/${b.id}`)
    await another("sooner", { overlap_hours: 720 })
    freeze(NOW + 3_600_000)
    expect(await status(a)).toBe(200)
    freeze(NOW + 3_600_001)
    expect(await status(a)).toBe(401)
  })

  test("an overlap of 0 ends the old one at once", async () => {
    freeze(NOW)
    const old = await publisher("abrupt")
    freeze(NOW + 1)
    const young = await another("abrupt", { overlap_hours: 0 })
    expect([await status(old), await status(young)]).toEqual([401, 200])
  })

  test("a revoked key is refused at once, for reading too", async () => {
    const key = await publisher("revoked")
    const other = await another("revoked")
    expect(await status(key)).toBe(200)
    const id = (await keysOf("revoked")).find((one: { id: string }) => one.id !== other.id).id
    expect((await admin("DELETE", `/publishers/revoked/keys/${id}`)).status).toBe(204)
    expect(await status(key)).toBe(401)
    expect((await send("/push/revoked/articles", bearer(key))).status).toBe(401)
    expect(await status(other)).toBe(200)
    expect((await admin("DELETE", `/publishers/revoked/keys/${id}`)).status).toBe(404)
    // The key cannot be revoked through the address of another publisher.
    expect((await admin("DELETE", `/publishers/two/keys/${other.id}`)).status).toBe(404)
    expect(await status(other)).toBe(200)
  })

  test("a publisher without any key gets the same answer as one that does not exist", async () => {
    const made = await admin("POST", "/publishers", { slug: "keyless", name: "K", home_page_url: "https://k.example/" })
    expect(made.status).toBe(201)
    expect(await status({ slug: "keyless", secret: one.secret })).toBe(401)
    expect((await send("/push/keyless/articles", { headers: { authorization: "Bearer x" } })).status).toBe(401)
  })

  test("a disabled publisher gets 403 only after a valid signature", async () => {
    const off = await publisher("off")
    expect(await status(off)).toBe(200)
    await admin("PATCH", "/publishers/off", { state: "disabled" })
    const refused = await push(off, article())
    expect([refused.status, refused.json.code]).toEqual([403, "publisher_disabled"])
    expect(await status({ slug: "off", secret: one.secret })).toBe(401)
    expect((await send("/push/off/articles", bearer(off))).status).toBe(403)
    await admin("PATCH", "/publishers/off", { state: "active" })
    expect(await status(off)).toBe(200)
  })
})

describe("reading with the key", () => {
  test("the outcome of a delivery is readable at its Location, by its publisher only", async () => {
    const sent = await push(one, article({ id: "read-me" }), { id: "delivery/1?a#b%20c" })
    const location = sent.headers.get("location") ?? ""
    expect(location).toBe(`${ORIGIN}/push/one/deliveries/delivery%2F1%3Fa%23b%2520c`)
    const read = await send(location, bearer(one))
    expect([read.status, read.text]).toEqual([200, sent.text])
    expect(read.headers.get("cache-control")).toBe("private, no-store")

    const signed = { headers: await signedHeaders("", one.secret) }
    expect((await send(location, signed)).text).toBe(sent.text)
    const head = await send(location, { method: "HEAD", ...bearer(one) })
    expect([head.status, head.text]).toEqual([200, ""])

    expect((await send(location)).status).toBe(401)
    expect((await send(location, bearer(two))).status).toBe(401)
    expect((await send(location.replace("/one/", "/two/"), bearer(two))).status).toBe(404)
    expect((await send(location, { headers: { authorization: `Bearer ${one.secret}x` } })).status).toBe(401)
    expect((await send(location, { headers: { authorization: `Basic ${one.secret}` } })).status).toBe(401)
    expect((await send(`${location}x`, bearer(one))).json.code).toBe("not_found")
    expect((await send(`${location}?verbose=1`, bearer(one))).json.code).toBe("unknown_parameter")
  })

  test("a signature for another body is refused", async () => {
    const headers = await signedHeaders("{}", one.secret)
    expect((await send("/push/one/articles", { headers })).status).toBe(401)
  })
})
