/** The push endpoint: who may push, what is accepted, and what is answered. */
import { env } from "cloudflare:workers"
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest"
import { sign } from "../../scripts/sign.ts"
import { decodeSecret } from "../../src/crypto/standard-webhooks.ts"
import { sanitizeHtml } from "../../src/html/sanitize.ts"
import {
  type Answer,
  admin,
  migrate,
  ORIGIN,
  type Publisher,
  type PushOptions,
  publisher,
  push,
  pushRaw,
  section,
  send,
  signedHeaders,
  article as undatedArticle,
} from "./world.ts"

let one: Publisher
let two: Publisher

beforeAll(async () => {
  await migrate()
  await section("world", { names: { en: "World", ar: "العالم" } })
  await section("europe", { parent: "world", names: { en: "Europe" }, aliases: ["Old Continent"] })
  await section("sports", { names: { en: "Sports" }, aliases: ["Sport & Games"] })
  await section("health", { names: { en: "Health" } })
  one = await publisher("one", { default_section: "world", language: "en" })
  two = await publisher("two")
})

afterEach(() => {
  vi.useRealTimers()
})

/** The app and its senders share this clock, to the millisecond. */
function freeze(at: number): number {
  vi.useFakeTimers({ toFake: ["Date"], now: at })
  return at
}

const NOW = Date.UTC(2026, 10, 20, 12)

let minutes = 0
/** Every article is newer than the one before, so that the last one is on the first page of its feeds. */
const article = (more: Record<string, unknown> = {}, words?: number) =>
  undatedArticle({ date_published: rfc3339(Date.UTC(2026, 10, 5) + ++minutes * 60_000), ...more }, words)
const rfc3339 = (at: number) => new Date(at).toISOString()
const JSON_TYPE = { "content-type": "application/json" }
const bearer = ({ secret }: Publisher) => ({ headers: { authorization: `Bearer ${secret}` } })
const message = (data: unknown, more: object = {}) =>
  JSON.stringify({ type: "article.published", timestamp: rfc3339(Date.now()), data, ...more })
const first = (sent: Answer) => sent.json.results[0]
const outcomes = (sent: Answer) => sent.json.results.map(({ outcome }: { outcome: string }) => outcome)
const pointers = (sent: Answer) => sent.json.errors.map(({ pointer }: { pointer: string }) => pointer)
const bytesOf = (text: string) => new Uint8Array(new TextEncoder().encode(text))

/** A message whose headers are changed by hand after it is signed. */
async function post(to: Publisher, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) {
  const signed = await signedHeaders(body, to.secret)
  return send(`/push/${to.slug}`, { method: "POST", headers: { ...JSON_TYPE, ...signed, ...headers }, body })
}

/** The tables that every attempt writes to, whatever its outcome (14-attempt-log tests them). */
const LOG = ["attempts", "publisher_activity"]

/** Everything that is stored in D1 and R2, except the log and the times when keys were used. */
async function everything(): Promise<Record<string, unknown[]>> {
  const { results } = await env.DB.prepare(
    "select name from sqlite_master where type = 'table' and name not like '\\_cf%' escape '\\' and name not like 'sqlite%' and name <> 'search_words'",
  ).all<{ name: string }>()
  const tables = results.filter(({ name }) => !LOG.includes(name))
  expect(tables).toHaveLength(results.length - LOG.length)
  expect(tables.length).toBeGreaterThan(10)
  const rows = await env.DB.batch(tables.map(({ name }) => env.DB.prepare(`select * from "${name}"`)))
  const objects: string[] = []
  let cursor: string | undefined
  do {
    const list = await env.RECEIVED.list(cursor === undefined ? {} : { cursor })
    objects.push(...list.objects.map(({ key, etag }) => `${key} ${etag}`))
    cursor = list.truncated ? list.cursor : undefined
  } while (cursor !== undefined)
  const stored: Record<string, unknown[]> = Object.fromEntries(
    tables.map(({ name }, i) => [name, rows[i]?.results ?? []]),
  )
  const keys = (stored.publisher_keys ?? []).map((key) => ({ ...(key as object), last_used_at: "left out" }))
  return { ...stored, publisher_keys: keys, r2: objects }
}

const counts = async () =>
  Object.fromEntries(Object.entries(await everything()).map(([name, rows]) => [name, rows.length]))

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("")
}

// biome-ignore lint/suspicious/noExplicitAny: the tests look at any member of items
async function inFeed(path: string, guid: string): Promise<any> {
  const feed = await send(`${path}.json`)
  expect(feed.status).toBe(200)
  return feed.json.items.find((item: { _feedwire: { guid: string } }) => item._feedwire.guid === guid)
}

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

  test("whole seconds count: 300.999 s are still 300", async () => {
    freeze(NOW + 999)
    expect((await push(one, article(), { at: NOW - 300_000 })).status).toBe(200)
  })

  test("milliseconds instead of seconds are named", async () => {
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

  test("one byte off in the body, the id, the time or the signature gets one answer, the same as an unknown publisher", async () => {
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
      // A good key of another publisher, and two publishers that do not exist.
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

  test("one good signature among others of other versions and keys is enough", async () => {
    const text = body()
    const good = (await signedHeaders(text, one.secret, { id: "many" }))["webhook-signature"]
    const foreign = (await signedHeaders(text, two.secret, { id: "many" }))["webhook-signature"]
    const list = `v1a,${btoa("x".repeat(64))} ${foreign} v2,abc nonsense ${good}`
    expect((await post(one, text, { "webhook-id": "many", "webhook-signature": list })).status).toBe(200)
    const none = await post(one, text, { "webhook-signature": "v2,abc nonsense" })
    expect([none.status, none.json.detail.includes("no v1 or v1a signature")]).toEqual([401, true])
    const unknown = await post(one, text, { "webhook-signature": `v1a,${btoa("x".repeat(64))}` })
    expect([unknown.status, unknown.json.detail.includes("No live key")]).toEqual([401, true])
  })

  test("an id with a full stop, a blank or more than 256 characters is refused", async () => {
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

describe("keys", () => {
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

  describe("a third", () => {
    const requestKey = (slug: string, options: object = {}) => admin("POST", `/publishers/${slug}/keys`, options)
    /** Two live keys, the first of them until its overlap ends. */
    const two = async (slug: string) => {
      freeze(NOW)
      const a = await publisher(slug)
      const [{ id }] = await keysOf(slug)
      freeze(NOW + 1)
      const b = await another(slug)
      freeze(NOW + 2)
      return [{ ...a, id }, b] as const
    }

    test("is refused, with the ids of the live ones, and ends none", async () => {
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

    test.each([0, 1])("ends the one that is named, and no other before its overlap ends (%d)", async (named) => {
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

    test("ends all others with an overlap of 0, whichever is named", async () => {
      const [a, b] = await two("third-zero")
      const c = await another("third-zero", { overlap_hours: 0, end_key: a.id })
      expect([await status(a), await status(b), await status(c)]).toEqual([401, 401, 200])
    })

    test("is not created if the key that should end is no live key of this publisher and source", async () => {
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

    test("is needed only while two live, and each source counts by itself", async () => {
      const [a, b] = await two("third-later")
      expect((await requestKey("third-later", { source: "ghost" })).status).toBe(201)
      freeze(NOW + 1 + 24 * 3_600_000)
      const c = await another("third-later")
      expect([await status(a), await status(b), await status(c)]).toEqual([401, 200, 200])
    })

    test("is also refused when several are asked for at the same time", async () => {
      freeze(NOW)
      await publisher("third-race")
      freeze(NOW + 1)
      const sent = await Promise.all([1, 2, 3, 4].map(() => requestKey("third-race")))
      expect(sent.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409])
      expect(await keysOf("third-race")).toHaveLength(2)
    })

    test("is also refused if the secret was generated elsewhere", async () => {
      await two("third-import")
      const secret = `whsec_${btoa("i".repeat(32))}`
      expect((await requestKey("third-import", { secret })).status).toBe(409)
    })
  })

  test("a later key never lengthens the life of one that was to end sooner", async () => {
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

  test("an overlap of 0 ends the old one in the same moment", async () => {
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
    // Not through another publisher's address either.
    expect((await admin("DELETE", `/publishers/two/keys/${other.id}`)).status).toBe(404)
    expect(await status(other)).toBe(200)
  })

  test("a publisher without any key is answered like one that does not exist", async () => {
    const made = await admin("POST", "/publishers", { slug: "keyless", name: "K", home_page_url: "https://k.example/" })
    expect(made.status).toBe(201)
    expect(await status({ slug: "keyless", secret: one.secret })).toBe(401)
    expect((await send("/push/keyless/articles", { headers: { authorization: "Bearer x" } })).status).toBe(401)
  })

  test("a disabled publisher gets 403 only after a good signature", async () => {
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
  test("the outcome of a delivery is at its Location, for its publisher only", async () => {
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

describe("what is accepted: the body", () => {
  const LIMIT = 1024 * 1024
  const padded = (size: number) => {
    const text = message(article())
    return text + " ".repeat(size - bytesOf(text).length)
  }

  test("1 MiB is accepted, a byte more is refused", async () => {
    expect((await pushRaw(one, padded(LIMIT))).status).toBe(200)
    const more = await pushRaw(one, padded(LIMIT + 1))
    expect([more.status, more.json.code]).toEqual([413, "body_too_large"])
    expect(more.json.detail).toContain("1048576 bytes")
  })

  /** Sent in pieces of 64 KiB, with no length in the headers. */
  const chunked = (bytes: Uint8Array) => {
    const pieces = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, i) =>
      bytes.slice(i * 65_536, (i + 1) * 65_536),
    )
    let pulled = 0
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        const piece = pieces[pulled++]
        if (piece) controller.enqueue(piece)
        else controller.close()
      },
    })
    return { stream, pulled: () => pulled }
  }

  test("the same in chunks without a length, and with a wrong Content-Length", async () => {
    for (const [size, status] of [
      [LIMIT, 200],
      [LIMIT + 1, 413],
    ] as const) {
      const text = padded(size)
      const headers = { ...JSON_TYPE, ...(await signedHeaders(text, one.secret)) }
      const body = chunked(bytesOf(text)).stream
      expect((await send("/push/one", { method: "POST", headers, body })).status).toBe(status)
    }
    const lying = chunked(new Uint8Array(LIMIT + 1)).stream
    const sent = await send("/push/one", { method: "POST", headers: { "content-length": "10" }, body: lying })
    expect(sent.status).toBe(413)
  })

  test("reading ends where the limit is passed", async () => {
    const endless = chunked(new Uint8Array(16 * LIMIT))
    expect((await send("/push/one", { method: "POST", headers: JSON_TYPE, body: endless.stream })).status).toBe(413)
    expect(endless.pulled()).toBeLessThan(40)
  })

  test("a byte order mark is passed over, but it is part of the bytes that are signed and stored", async () => {
    const bytes = new Uint8Array([0xef, 0xbb, 0xbf, ...bytesOf(message(article({ id: "marked" })))])
    const sent = await pushRaw(one, bytes)
    expect([sent.status, first(sent).outcome]).toEqual([200, "created"])
    expect(sent.json.delivery.body_sha256).toBe(await sha256(bytes))
  })

  test("CRLF, surrounding blanks and escaped members change nothing", async () => {
    const text = `\r\n\t${message(article({ id: "crlf" }))
      .replaceAll(',"', ',\r\n"')
      .replace('"data"', '"\\u0064ata"')}\r\n`
    const sent = await pushRaw(one, text)
    expect([sent.status, first(sent).guid]).toEqual([200, "crlf"])
  })

  const [head = "", tail = ""] = message({ id: "bytes", title: "@" }).split("@")
  const withBytes = (...bytes: number[]) => new Uint8Array([...bytesOf(head), ...bytes, ...bytesOf(tail)])
  test.each([
    ["not UTF-8", withBytes(0xff)],
    ["overlong UTF-8", withBytes(0xc0, 0x80)],
    ["a surrogate as UTF-8", withBytes(0xed, 0xa0, 0x80)],
    ["half a character", withBytes(0xe2, 0x82)],
    ["UTF-16", new Uint8Array([...message({ id: "x" })].flatMap((character) => [character.charCodeAt(0), 0]))],
    ["a bare NUL in a string", withBytes(0)],
    ["nothing", bytesOf("")],
    ["blanks", bytesOf("  \n")],
    ["half a message", bytesOf(head)],
    ["two messages", bytesOf('{"a":1}{"a":1}')],
    ["a form", bytesOf("type=article.published&data=x")],
    ["JavaScript", bytesOf("{type: 'article.published'}")],
    ["a trailing comma", bytesOf('{"a":[1,]}')],
    ["arrays 100,000 deep", bytesOf("[".repeat(100_000) + "]".repeat(100_000))],
    ["objects 100,000 deep", bytesOf(`${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`)],
    ["arrays left open", bytesOf("[".repeat(1_000_000))],
  ])("%s is answered 400, without internal details, and only its bytes are stored", async (_, bytes) => {
    const before = await counts()
    const sent = await pushRaw(one, bytes)
    expect([sent.status, sent.json.code]).toEqual([400, "invalid_json"])
    expect(sent.headers.get("content-type")).toContain("application/problem+json")
    expect(sent.text.length).toBeLessThan(1000)
    expect(await counts()).toEqual({ ...before, r2: (before.r2 ?? 0) + 1 })
    const { objects } = await env.RECEIVED.list({ prefix: `dead/${await sha256(bytes)}/` })
    expect(objects.map(({ size }) => size)).toEqual([bytes.length])
  })

  test("64 levels are accepted, 65 are refused, and brackets in strings do not count", async () => {
    // The envelope and the item are two of them.
    const deep = (levels: number) =>
      message({ ...article(), title: ']]}}[[{{\\"['.repeat(50), _deep: 0 }).replace(
        '"_deep":0',
        `"_deep":${"[".repeat(levels)}${"]".repeat(levels)}`,
      )
    expect((await pushRaw(one, deep(62))).status).toBe(200)
    expect((await pushRaw(one, deep(63))).json.code).toBe("invalid_json")
  })

  test("__proto__ is refused at every place and in every spelling; constructor changes nothing", async () => {
    const text = (envelope: string, item: string, ours: string) =>
      `{"type":"article.published","timestamp":"2026-11-19T00:00:00Z",${envelope}
      "data":{"id":"proto","title":"Proto",${item}"constructor":{"prototype":{"polluted":true}},"_feedwire":{${ours}}}}`
    for (const [body, pointer, line] of [
      [text('"__proto__":{"type":"article.deleted"},', "", ""), "/__proto__", 1],
      [text("", '"__proto__":{"title":"Polluted","url":"https://evil.example/"},', ""), "/data/__proto__", 2],
      [text("", "", '"image":{"\\u005f_proto__":{"width":3}}'), "/data/_feedwire/image/__proto__", 2],
    ] as const) {
      const refused = await pushRaw(one, body)
      expect([refused.status, refused.json.code, pointers(refused)]).toEqual([400, "invalid_json", [pointer]])
      expect(refused.json.detail).toContain(`${pointer} is a name that is not accepted (line ${line}, column `)
    }
    const sent = await pushRaw(one, text("", "", ""))
    expect([sent.status, first(sent).outcome]).toEqual([200, "created"])
    const item = await inFeed("/feed", "proto")
    expect(item.title).toBe("Proto")
    expect(JSON.stringify(item)).not.toMatch(/Polluted|polluted|evil/)
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  test("a member that occurs twice is refused, because it is ambiguous", async () => {
    const text = '{"type":"article.published","timestamp":"2026-11-19T00:00:00Z","data":[{"id":"twice",'
    for (const second of ['"title":"Last"', '"t\\u0069tle":"Last"']) {
      const sent = await pushRaw(one, `${text}"title":"First",${second}}]}`)
      expect([sent.status, sent.json.code, pointers(sent)]).toEqual([400, "invalid_json", ["/data/0/title"]])
      const column = `${text}"title":"First",`.length + 1
      expect(sent.json.detail).toBe(`/data/0/title occurs twice in its object (line 1, column ${column}).`)
    }
    expect(await inFeed("/feed", "twice")).toBeUndefined()
  })

  test("NUL, controls and lone surrogates leave the text, and every feed stays legal", async () => {
    const bad = "\\u0000A\\u0008\\ud800B\\udc00\\ufffe\\u001fC\\ud83d\\ude00"
    const text = `{"type":"article.published","timestamp":"2026-11-19T00:00:00Z","data":{"id":"\\u0000illegal\\ud800",
      "title":"${bad}","summary":"${bad}","content_html":"<p title=\\"${bad}\\">${bad}</p>","tags":["${bad}"],
      "authors":[{"name":"${bad}"}],"_feedwire":{"sections":["${bad}"],"subtitle":"${bad}","dateline":"${bad}",
      "correction":{"note":"${bad}"},"rights":"${bad}","\\u0000${bad}":1}}}`
    const sent = await pushRaw(one, text)
    expect([sent.status, first(sent).outcome]).toEqual([200, "created"])
    // Compared as JSON, which escapes: a failure could not be reported with half a character in it.
    expect(JSON.stringify(first(sent).guid)).toBe('"illegal"')
    expect(JSON.stringify((await inFeed("/feed", "illegal"))?.title)).toBe('"ABC😀"')
    for (const format of ["rss", "atom", "json"]) {
      const feed = await send(`/feed.${format}`)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there
      const illegal = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffd\ufffe\uffff]|\\ud8|\\u0000/i
      expect([format, feed.text.includes("ABC😀"), illegal.test(feed.text)]).toEqual([format, true, false])
    }
    // The same article under the legal spelling of its id.
    const again = await push(one, { id: "illegal", title: "Again" })
    expect([first(again).id, first(again).outcome]).toEqual([first(sent).id, "updated"])
  })
})

describe("what is accepted: content types", () => {
  test.each(["application/json", "application/json; charset=utf-8", "Application/JSON;x=y", "application/feed+json"])(
    "%s is understood",
    async (type) => {
      expect((await post(one, message(article()), { "content-type": type })).status).toBe(200)
    },
  )

  test.each(["text/plain", "text/html", "application/x-www-form-urlencoded", "application/jsonx", "json", ""])(
    "%s is not",
    async (type) => {
      const sent = await post(one, message(article()), { "content-type": type })
      expect([sent.status, sent.json.code]).toEqual([415, "unsupported_media_type"])
      const jsonAndFeeds = "application/json, application/feed+json, application/rss+xml, application/atom+xml, "
      expect(sent.headers.get("accept")).toBe(`${jsonAndFeeds}application/rdf+xml, application/xml, text/xml`)
      expect(sent.json.detail).toContain(JSON.stringify(type))
    },
  )

  test.each(["application/xml", "text/xml", "application/rss+xml", "application/atom+xml", "application/rdf+xml"])(
    "%s is a document, and JSON is none",
    async (type) => {
      const sent = await post(one, message(article()), { "content-type": type })
      expect([sent.status, sent.json.code]).toEqual([400, "invalid_document"])
      expect(sent.json.detail).toContain("Line 1, column 1")
    },
  )

  test("a message without a content type is refused, but only after it is authenticated", async () => {
    const text = message(article())
    const headers = await signedHeaders(text, one.secret)
    const body = bytesOf(text)
    expect((await send("/push/one", { method: "POST", headers, body })).status).toBe(415)
    expect((await send("/push/one", { method: "POST", body })).status).toBe(401)
  })

  test("unknown parameters are named, with a suggestion", async () => {
    const sent = await push(one, article(), { query: "?dryrun=1" })
    expect([sent.status, sent.json.code]).toEqual([400, "unknown_parameter"])
    expect(sent.json.detail).toContain("Did you mean dry_run?")
    expect(sent.json.errors).toEqual([{ parameter: "dryrun", detail: expect.stringContaining("is not known here") }])
    for (const query of ["?dry_run=0", "?dry_run=true", "?dry_run=", "?dry_run=1&dry_run=1"]) {
      const before = await counts()
      expect((await push(one, article(), { query })).json.code).toBe("invalid_parameter")
      expect(await counts()).toEqual(before)
    }
  })
})

describe("what is accepted: the envelope", () => {
  test("all problems are listed at once", async () => {
    const sent = await pushRaw(one, '{"type":"article.publish","timestamp":1795000000,"data":"x"}')
    expect([sent.status, sent.json.code]).toEqual([400, "invalid_message"])
    expect(sent.json.errors).toEqual([
      { pointer: "/type", detail: "must be one of article.published, article.updated, article.deleted" },
      { pointer: "/timestamp", detail: "must be a string: an RFC 3339 time such as 2026-11-23T08:30:00Z" },
      { pointer: "/data", detail: "must be a JSON Feed item or an array of 1 to 100 of them" },
    ])
    expect(sent.json.detail).toContain("(and 2 more)")
    expect(sent.json.type).toBe(`${ORIGIN}/problems/invalid_message`)
    expect((await send(sent.json.type)).status).toBe(200)
  })

  test("a missing member is called missing", async () => {
    const sent = await pushRaw(one, "{}")
    expect(sent.json.errors).toEqual(
      ["/type", "/timestamp", "/data"].map((pointer) => ({ pointer, detail: "is missing" })),
    )
  })

  test.each(["null", "5", '"x"', "true"])("%s is no message", async (text) => {
    const sent = await pushRaw(one, text)
    expect([sent.status, sent.json.errors]).toEqual([400, [{ pointer: "", detail: "must be an object" }]])
  })

  test("0 and 101 articles are refused, 100 are accepted", async () => {
    const items = (n: number) => Array.from({ length: n }, () => article({}, 3))
    for (const n of [0, 101]) {
      const sent = await push(one, items(n))
      expect([n, sent.status, pointers(sent)]).toEqual([n, 400, ["/data"]])
    }
    expect(outcomes(await push(one, items(100)))).toEqual(Array.from({ length: 100 }, () => "created"))
  })

  test("a message of more than 5 minutes ahead is refused, one of long ago is not", async () => {
    freeze(NOW)
    expect((await push(one, article(), { timestamp: rfc3339(NOW + 300_000) })).status).toBe(200)
    const sent = await push(one, article(), { timestamp: rfc3339(NOW + 300_001) })
    expect([sent.status, pointers(sent)]).toEqual([400, ["/timestamp"]])
    expect((await push(one, article(), { timestamp: "1999-12-31T23:59:59Z" })).status).toBe(200)
  })
})

describe("what is accepted: articles", () => {
  test("every problem of every article is listed at once, with its pointer", async () => {
    const sent = await push(one, [
      {},
      null,
      "text",
      { id: 5, title: 3, url: "/relative" },
      { id: "", tags: ["ok", "", 7], authors: [{}, { name: "A", url: "ftp://x.example" }] },
      { id: "a", url: "javascript:alert(1)", image: "https://user:pw@x.example/", title: "t".repeat(1001) },
      { id: "b", language: "not a tag", attachments: [{ url: "x", mime_type: "mp3", size_in_bytes: -1 }] },
      { id: "c", attachments: [{}], _feedwire: { sections: "x", image: { width: 0, height: 1.5 }, related: [{}] } },
      { id: "d", title: "T", _feedwire: { correction: {}, attribution: { name: " " }, embargo: "soon", backfill: 1 } },
      { id: "e", title: "", content_text: "" },
      { id: "f", title: null, content_html: null, date_published: null },
      { id: "x".repeat(1001), title: "T" },
    ])
    expect([sent.status, sent.json.code]).toEqual([422, "all_articles_rejected"])
    expect(pointers(sent)).toEqual([
      "/data/0/id",
      "/data/1",
      "/data/2",
      ...["/data/3/id", "/data/3/url", "/data/3/title"],
      ...["/data/4/id", "/data/4/authors/0/name", "/data/4/authors/1/url", "/data/4/tags/1", "/data/4/tags/2"],
      ...["/data/5/url", "/data/5/title", "/data/5/image"],
      ...["/data/6/language", "/data/6/attachments/0/url", "/data/6/attachments/0/mime_type"],
      "/data/6/attachments/0/size_in_bytes",
      ...["/data/7/attachments/0/url", "/data/7/attachments/0/mime_type", "/data/7/_feedwire/sections"],
      ...["/data/7/_feedwire/image/width", "/data/7/_feedwire/image/height", "/data/7/_feedwire/related/0/url"],
      ...["/data/8/_feedwire/embargo", "/data/8/_feedwire/correction/note", "/data/8/_feedwire/attribution/name"],
      "/data/8/_feedwire/backfill",
      "/data/9",
      ...["/data/10/title", "/data/10/content_html", "/data/10/date_published"],
      "/data/11/id",
    ])
    expect(sent.json.errors.every(({ detail }: { detail: string }) => /^(must|is missing)/.test(detail))).toBe(true)
    const single = await push(one, { title: 5 })
    expect(pointers(single)).toEqual(["/data/id", "/data/title"])
  })

  test("the pointers are JSON Pointers into what was sent", async () => {
    const data = [{ id: "p", tags: ["fine", 3], _feedwire: { related: [{ url: "https://x.example/" }, { url: 3 }] } }]
    const body = { type: "article.published", timestamp: "2026-11-01T00:00:00Z", data }
    const sent = await pushRaw(one, JSON.stringify(body))
    const values = pointers(sent).map((pointer: string) =>
      pointer
        .split("/")
        .slice(1)
        // biome-ignore lint/suspicious/noExplicitAny: walks through any JSON
        .reduce((value: any, step) => value[step], body),
    )
    expect(values).toEqual([3, 3])
  })

  test("valid articles beside invalid ones are stored, and the invalid ones are named", async () => {
    const data = [
      article({ id: "good-1" }),
      { id: "bad-1", title: 7, url: "x" },
      article({ id: "good-2" }),
      { title: "no id" },
    ]
    const sent = await push(one, data)
    expect([sent.status, outcomes(sent)]).toEqual([200, ["created", "rejected", "created", "rejected"]])
    expect(sent.json.results[1]).toEqual({
      pointer: "/data/1",
      guid: "bad-1",
      outcome: "rejected",
      errors: [
        { pointer: "/data/1/url", detail: "must be an absolute http or https URL without credentials" },
        { pointer: "/data/1/title", detail: "must be a string" },
      ],
      feeds: [],
    })
    expect(sent.json.results[3].errors).toEqual([{ pointer: "/data/3/id", detail: "is missing" }])
    expect(await inFeed("/feed", "good-1")).toBeDefined()
    expect(await inFeed("/feed", "good-2")).toBeDefined()
    expect(await inFeed("/feed", "bad-1")).toBeUndefined()
    const read = await send(sent.headers.get("location") ?? "", bearer(one))
    expect(read.text).toBe(sent.text)
  })

  test("an article full of mistakes has the first 50 named and the rest counted", async () => {
    const sent = await push(one, { id: "many", title: "T", tags: Array.from({ length: 500 }, () => 1) })
    expect(sent.json.errors).toHaveLength(51)
    expect(sent.json.errors[50]).toEqual({ pointer: "/data", detail: expect.stringMatching(/^has \d+ more problems$/) })
  })

  test("unknown members are ignored, and a similar name gets a warning", async () => {
    const sent = await push(one, {
      ...article({ id: "misspelt" }),
      date_publised: "2026-11-01T00:00:00Z",
      contnet_html: "x",
      "https://one.example/ext": 1,
      _other: { any: 1 },
      author: { name: "JSON Feed 1.0" },
      _feedwire: { datelin: "Paris", zzz: 1, sections: ["world"] },
    })
    expect(first(sent).warnings).toEqual([
      "date_publised is unknown and was ignored; did you mean date_published?",
      "contnet_html is unknown and was ignored; did you mean content_html?",
      "_feedwire.datelin is unknown and was ignored; did you mean _feedwire.dateline?",
      "_feedwire.zzz is unknown and was ignored",
    ])
    const flood = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`zz${i}`, i]))
    const many = await push(one, { ...article(), _feedwire: flood })
    expect(first(many).warnings).toHaveLength(11)
    expect(first(many).warnings[10]).toBe("490 more unknown members were ignored")
  })

  test("256 KiB of HTML are accepted, a byte more is rejected, also as text", async () => {
    const html = (size: number) => `<p>${"é".repeat((size - 8) / 2)}x</p>`
    expect(bytesOf(html(256 * 1024)).length).toBe(256 * 1024)
    expect((await push(one, article({ content_html: html(256 * 1024) }))).status).toBe(200)
    const more = await push(one, article({ content_html: `${html(256 * 1024)}.` }))
    expect(more.json.errors).toEqual([
      { pointer: "/data/content_html", detail: "has 262145 bytes; at most 262144 are accepted" },
    ])
    const text = await push(one, { id: "long-text", content_text: "x".repeat(256 * 1024 + 1) })
    expect(pointers(text)).toEqual(["/data/content_text"])
    const hidden = await push(one, { id: "long-text", content_html: "", content_text: "x".repeat(256 * 1024 + 1) })
    expect(pointers(hidden)).toEqual(["/data/content_text"])
  })

  test("more than 20,000 tags in a message are too many", async () => {
    const sent = await push(one, article({ content_html: "<b>".repeat(20_001) }))
    expect([sent.status, sent.json.code]).toEqual([413, "body_too_large"])
    expect(sent.json.detail).toContain('20001 "<"')
  })

  test("numbers that no feed could carry are refused", async () => {
    const enclosure = { url: "https://one.example/a.mp3", mime_type: "audio/mpeg" }
    const text = message(article({ attachments: [{ ...enclosure, duration_in_seconds: 12345 }] }))
    const infinite = await pushRaw(one, text.replace("12345", "1e999"))
    expect(pointers(infinite)).toEqual(["/data/attachments/0/duration_in_seconds"])
    const huge = await push(
      one,
      article({
        attachments: [{ ...enclosure, size_in_bytes: 1e21 }],
        _feedwire: { image: { width: 1e300, height: 1e21 } },
      }),
    )
    expect(pointers(huge)).toEqual([
      "/data/attachments/0/size_in_bytes",
      "/data/_feedwire/image/width",
      "/data/_feedwire/image/height",
    ])
  })

  test("content_text serves where content_html is empty, escaped and in paragraphs", async () => {
    const text = "One < two & <b>three</b>\nsame paragraph\n\n\nNext"
    for (const [id, more] of [
      ["text-only", {}],
      ["text-beside-nothing", { content_html: "" }],
    ] as const) {
      await push(one, { id, title: "T", content_text: text, ...more })
      expect((await inFeed("/feed", id)).content_html).toBe(
        "<p>One &lt; two &amp; &lt;b&gt;three&lt;/b&gt;<br />same paragraph</p>\n<p>Next</p>",
      )
    }
  })

  test("no row of a message comes near D1's limit, however long its normalised names and its rejected articles are", async () => {
    // U+FDFA is 3 bytes as sent and 33 in a normalised tag.
    const grown = (i: number, title: string) => ({
      id: `grown-${i}`,
      title,
      date_published: "2026-01-01T00:00:00Z",
      tags: Array.from({ length: 11 }, (_, tag) => `${"ﷺ".repeat(10)}${tag}`),
      _feedwire: Object.fromEntries(Array.from({ length: 10 }, (_, member) => [`sectio${member}`, 0])),
    })
    const items = (title: string) => Array.from({ length: 99 }, (_, i) => grown(i, title))
    expect(outcomes(await push(two, items("Once")))).not.toContain("rejected")
    const id = crypto.randomUUID()
    const sent = await push(two, [...items("Twice"), { id: "\u00e9".repeat(400_000) }], { id })
    expect(outcomes(sent).slice(98)).toEqual(["updated", "rejected"])
    const row = await env.DB.prepare(
      "select length(cast(entries as blob)) + length(cast(outcomes as blob)) size from deliveries where id = ?",
    )
      .bind(id)
      .first<{ size: number }>()
    expect(row?.size).toBeGreaterThan(700_000)
    expect(row?.size).toBeLessThan(1_500_000)
  })
})

describe("dates", () => {
  const dated = (date_published: string) => push(one, article({ date_published }), { query: "?dry_run=1" })

  test.each([
    "2026-02-10T10:00:00Z",
    "2026-02-10t10:00:00z",
    "2026-02-10 10:00:00Z",
    "2026-02-10T10:00:00.5+02:00",
    "2026-02-10T10:00:00.123456789-11:30",
    "2024-02-29T23:59:59-00:00",
    "1970-01-01T00:00:00Z",
  ])("%s is RFC 3339", async (value) => {
    expect((await dated(value)).status).toBe(200)
  })

  test.each([
    "2026-02-10",
    "2026-02-10T10:00:00",
    "2026-02-10T10:00Z",
    "20260210T100000Z",
    "2026-2-10T10:00:00Z",
    "2026-02-30T10:00:00Z",
    "2026-02-29T10:00:00Z",
    "2026-04-31T10:00:00Z",
    "2026-13-01T10:00:00Z",
    "2026-00-01T10:00:00Z",
    "2026-02-00T10:00:00Z",
    "2026-02-10T24:00:00Z",
    "2026-02-10T10:60:00Z",
    "2026-02-10T10:00:00+2:00",
    "2026-02-10T10:00:00+0200",
    "2026-02-10T10:00:00+99:99",
    "2026-02-10T10:00:00 +02:00",
    " 2026-02-10T10:00:00Z",
    "2026-02-10T10:00:00Z\n",
    "+012026-02-10T10:00:00Z",
    "Tue, 10 Feb 2026 10:00:00 GMT",
    "1780000000",
    "5",
    "now",
    "",
    "1969-12-31T23:59:59Z",
  ])("%j is not", async (value) => {
    const sent = await dated(value)
    expect([sent.status, pointers(sent)]).toEqual([422, ["/data/date_published"]])
  })

  test("time zones are one moment", async () => {
    await push(one, article({ id: "zoned", date_published: "2026-11-19T01:30:00+05:30" }))
    expect((await inFeed("/feed", "zoned")).date_published).toBe("2026-11-18T20:00:00Z")
  })

  test("date_modified may be 5 minutes ahead, to the millisecond", async () => {
    freeze(NOW)
    expect((await push(one, article({ date_modified: rfc3339(NOW + 300_000) }))).status).toBe(200)
    const sent = await push(one, article({ date_modified: rfc3339(NOW + 300_001) }))
    expect([sent.status, sent.json.errors]).toEqual([
      422,
      [{ pointer: "/data/date_modified", detail: "is more than 5 minutes in the future" }],
    ])
    const deleted = await push(one, { id: "gone", date_modified: rfc3339(NOW + 300_001) }, { type: "article.deleted" })
    expect(pointers(deleted)).toEqual(["/data/date_modified"])
  })

  test("a date_published further ahead names the embargo, and is accepted with one", async () => {
    freeze(NOW)
    const later = rfc3339(NOW + 3_600_000)
    expect((await push(one, article({ date_published: rfc3339(NOW + 300_000) }))).status).toBe(200)
    const sent = await push(one, article({ date_published: later }))
    expect(sent.status).toBe(422)
    expect(sent.json.errors[0].pointer).toBe("/data/date_published")
    expect(sent.json.errors[0].detail).toContain("_feedwire.embargo")
    const embargoed = await push(one, article({ id: "later", date_published: later, _feedwire: { embargo: later } }))
    expect([embargoed.status, first(embargoed).outcome, first(embargoed).feeds]).toEqual([200, "created", []])
    for (const format of ["rss", "atom", "json"]) {
      for (const feed of ["/feed", "/sections/world/feed", "/publishers/one/feed"]) {
        expect((await send(`${feed}.${format}`)).text).not.toContain(first(embargoed).id)
      }
    }
    const early = await push(one, article({ date_published: rfc3339(NOW + 3_600_001), _feedwire: { embargo: later } }))
    expect(early.status).toBe(422)
  })

  test("an article without any date is dated by its first message, and the sender gets a warning", async () => {
    const { date_published: _, ...undated } = article({ id: "undated" })
    const sent = await push(one, undated, { timestamp: "2026-11-20T08:00:00Z" })
    expect(first(sent).warnings).toEqual([
      "no date_published: the article is dated by the first message of it that arrived",
    ])
    await push(one, { ...undated, title: "Changed" }, { timestamp: "2026-11-20T09:00:00Z" })
    const item = await inFeed("/feed", "undated")
    expect([item.title, item.date_published]).toEqual(["Changed", "2026-11-20T08:00:00Z"])
  })
})

describe("a message of which every article is rejected", () => {
  test("is 422 and does not use up its id: the corrected message may have the same id", async () => {
    const { r2: _, ...before } = await everything()
    const refused = await push(one, { id: "corrected", title: 3 }, { id: "retry-me" })
    expect(refused.status).toBe(422)
    const { r2: __, ...after } = await everything()
    expect(after).toEqual(before)
    const { headers, json } = await send("/push/one/deliveries/retry-me", bearer(one))
    expect(refused.headers.get("location")).toBe(`${ORIGIN}/push/one/deliveries/retry-me`)
    expect([headers.get("cache-control"), json.results, json.delivery.commit]).toEqual(["private, no-store", [], null])
    expect(json.dead_letter).toMatchObject({ state: "open", status: 422, code: "all_articles_rejected" })
    const accepted = await push(one, { id: "corrected", title: "Three" }, { id: "retry-me" })
    expect([accepted.status, first(accepted).outcome, accepted.headers.get("webhook-repeated")]).toEqual([
      200,
      "created",
      null,
    ])
    expect((await send("/push/one/deliveries/retry-me", bearer(one))).text).toBe(accepted.text)
  })

  test("nor does one that is answered 400", async () => {
    expect((await pushRaw(one, "{", { id: "retry-json" })).status).toBe(400)
    expect((await push(one, article(), { id: "retry-json" })).status).toBe(200)
  })
})

describe("a dry run", () => {
  test("answers what a real push would answer, and stores nothing", async () => {
    await push(one, [article({ id: "dry-same" }), article({ id: "dry-late" }), article({ id: "dry-gone" })])
    const same = article({ id: "dry-again" })
    await push(one, same)
    const messages: [unknown, PushOptions][] = [
      [article({ id: "dry-new", _feedwire: { sections: ["europe", "Unheard Of"] } }), {}],
      [
        [
          same,
          article({ id: "dry-same", title: "Changed", date_modified: "2026-11-19T00:00:00Z" }),
          article({ id: "dry-late", title: "Late", date_published: "2020-01-01T00:00:00Z" }),
          { id: "dry-bad", title: 1 },
          article({ id: "dry-twice", title: "A", date_modified: "2026-11-01T00:00:00Z" }),
          article({ id: "dry-twice", title: "B", date_modified: "2026-11-02T00:00:00Z" }),
          article({ id: "dry-embargo", _feedwire: { embargo: "2100-01-01T00:00:00Z" } }),
        ],
        {},
      ],
      [[{ id: "dry-gone" }, { id: "dry-never" }, {}], { type: "article.deleted" }],
      [{ id: "dry-gone" }, { type: "article.deleted" }],
    ]
    const dryOutcomes: string[] = []
    for (const [data, options] of messages) {
      const timestamp = rfc3339(Date.now())
      const before = await everything()
      const dry = await push(one, data, { ...options, timestamp, id: "dry-run", query: "?dry_run=1" })
      expect(dry.status).toBe(200)
      expect(dry.json.dry_run).toBe(true)
      expect(dry.json.delivery).toBeUndefined()
      expect(dry.headers.get("location")).toBeNull()
      expect(await everything()).toEqual(before)
      const real = await push(one, data, { ...options, timestamp })
      expect(dry.json.results).toEqual(real.json.results)
      dryOutcomes.push(...outcomes(dry))
    }
    expect(new Set(dryOutcomes)).toEqual(new Set(["created", "updated", "unchanged", "stale", "deleted", "rejected"]))
    expect((await send("/push/one/deliveries/dry-run", bearer(one))).status).toBe(404)
  })

  test("refuses what a real push refuses, and stores nothing then either", async () => {
    const before = await everything()
    expect((await push(one, {}, { query: "?dry_run=1" })).status).toBe(422)
    expect((await pushRaw(one, "{}", { query: "?dry_run=1" })).status).toBe(400)
    expect((await push({ ...one, secret: two.secret }, article(), { query: "?dry_run=1" })).status).toBe(401)
    expect(await everything()).toEqual(before)
  })
})

describe("a replay", () => {
  test("of the same body is answered byte for byte, whatever was pushed since", async () => {
    const body = message([
      article({ id: "repeated", _feedwire: { sections: ["Nowhere", "sports"] } }),
      { id: "repeated-bad" },
      { id: 3 },
    ])
    const sent = await pushRaw(one, body, { id: "again" })
    expect(sent.headers.get("webhook-repeated")).toBeNull()
    await push(one, { id: "repeated" }, { type: "article.deleted" })
    const before = await everything()
    const again = await pushRaw(one, body, { id: "again" })
    expect([again.status, again.text]).toEqual([200, sent.text])
    expect(again.headers.get("location")).toBe(sent.headers.get("location"))
    expect(again.headers.get("webhook-repeated")).toBe("true")
    expect(await everything()).toEqual(before)
    expect(await inFeed("/feed", "repeated")).toBeUndefined()
  })

  test("of another body under the same id is a conflict, even by a byte", async () => {
    const body = message(article())
    expect((await pushRaw(one, body, { id: "reused" })).status).toBe(200)
    const { r2: _, ...before } = await everything()
    for (const other of [`${body} `, message(article()), message({ id: 3 })]) {
      const sent = await pushRaw(one, other, { id: "reused" })
      expect([sent.status, sent.json.code]).toEqual([409, "delivery_id_reused"])
    }
    const { r2: __, ...after } = await everything()
    expect(after).toEqual(before)
  })

  test("ids are unique within one publisher only", async () => {
    const body = message(article())
    const [mine, theirs] = [await pushRaw(one, body, { id: "shared" }), await pushRaw(two, body, { id: "shared" })]
    expect([first(mine).outcome, first(theirs).outcome]).toEqual(["created", "created"])
    expect(first(mine).id).not.toBe(first(theirs).id)
    expect((await send("/push/two/deliveries/shared", bearer(two))).text).toBe(theirs.text)
  })

  test("the received bytes are stored in R2 once, under their SHA-256", async () => {
    const bytes = bytesOf(`\ufeff ${message(article({ title: "Bytes é\u2028" }))}\r\n`)
    const sent = await pushRaw(one, bytes)
    const hash = await sha256(bytes)
    expect(sent.json.delivery.body_sha256).toBe(hash)
    const object = await env.RECEIVED.get(`received/${hash}`)
    expect(new Uint8Array((await object?.arrayBuffer()) ?? new ArrayBuffer())).toEqual(bytes)
    const before = (await counts()).r2
    await pushRaw(one, bytes)
    expect((await counts()).r2).toBe(before)
  })
})

describe("the inventory of a publisher", () => {
  test("lists 605 articles in pages of 500, each once, in the order of change, with tombstones", async () => {
    const archive = await publisher("archive")
    const guids = Array.from({ length: 605 }, (_, i) => `a-${i}`)
    for (let at = 0; at < guids.length; at += 100) {
      const items = guids.slice(at, at + 100).map((id) => article({ id, url: `https://archive.example/${id}` }, 3))
      expect((await push(archive, items)).status).toBe(200)
    }
    await push(archive, { id: "a-3" }, { type: "article.deleted" })
    await push(two, article())

    const pages: Answer[] = []
    let next: string | undefined = "/push/archive/articles"
    while (next !== undefined) {
      const page: Answer = await send(next, bearer(archive))
      expect(page.status).toBe(200)
      pages.push(page)
      next = page.json.next
    }
    expect(pages.map(({ json }) => json.articles.length)).toEqual([500, 105])
    const all = pages.flatMap(({ json }) => json.articles)
    expect(new Set(all.map(({ guid }) => guid))).toEqual(new Set(guids))
    const versions = all.map(({ version }) => version)
    expect(versions).toEqual(versions.toSorted((a, b) => a - b))
    expect(all.at(-1)).toMatchObject({ guid: "a-3", state: "deleted", date_published: null, embargo: null })
    expect(all.filter(({ state }) => state === "published")).toHaveLength(604)

    // The last cursor is where the next request continues.
    const end = pages.at(-1)?.json.cursor
    const again = await send(`/push/archive/articles?since=${end}`, bearer(archive))
    expect(again.json).toEqual({ articles: [], cursor: end })
    await push(archive, { id: "a-3", title: "Back", date_modified: rfc3339(Date.now()) })
    const news = await send(`/push/archive/articles?since=${end}`, bearer(archive))
    expect(news.json.articles.map(({ guid, state }: Record<string, string>) => [guid, state])).toEqual([
      ["a-3", "published"],
    ])
    expect((await send("/push/archive/articles", bearer(two))).status).toBe(401)
  })

  test("since a time, that moment included", async () => {
    const timed = await publisher("timed")
    // Commits are in the order of their times: the times of this test are later than all others.
    const later = Date.parse("2027-11-20T12:00:00Z")
    for (const [i, id] of ["t-0", "t-1", "t-2"].entries()) {
      freeze(later + i * 1000)
      await push(timed, article({ id }))
    }
    freeze(later + 5000)
    const since = async (time: string) => {
      const sent = await send(`/push/timed/articles?since=${time}`, bearer(timed))
      expect([time, sent.status]).toEqual([time, 200])
      return sent.json.articles.map(({ guid }: { guid: string }) => guid)
    }
    expect(await since("2027-11-20T12:00:01Z")).toEqual(["t-1", "t-2"])
    expect(await since("2027-11-20T12:00:01.001Z")).toEqual(["t-2"])
    expect(await since("2027-11-20T14:00:01%2B02:00")).toEqual(["t-1", "t-2"])
    expect(await since("2027-11-20T14:00:01+02:00")).toEqual(["t-1", "t-2"])
    expect(await since("2000-01-01T00:00:00Z")).toEqual(["t-0", "t-1", "t-2"])
    expect(await since("2027-11-20")).toEqual(["t-0", "t-1", "t-2"])
    expect(await since("2027-11-21")).toEqual([])
    expect(await since("2100-01-01T00:00:00Z")).toEqual([])
  })

  test("a cursor of another deployment is 410, and one of another kind or form is 400", async () => {
    await push(two, article())
    const { json } = await send("/push/two/articles", bearer(two))
    const cursor: string = json.cursor
    const [version, epoch, kind, ...position] = atob(cursor.replaceAll("-", "+").replaceAll("_", "/")).split(".")
    const cursorOf = (...parts: (string | undefined)[]) => btoa(parts.join(".")).replace(/=+$/, "")
    const other = await send(
      `/push/two/articles?since=${cursorOf(version, "0000000000", kind, ...position)}`,
      bearer(two),
    )
    expect([other.status, other.json.code]).toEqual([410, "foreign_cursor"])
    const malformed = [
      cursorOf("2", epoch, kind, ...position),
      cursorOf(version, epoch, "changes", ...position),
      cursorOf(version, epoch, kind),
      cursorOf(version, epoch, kind, "x", "y"),
      cursorOf(version, epoch, kind, "-1", "y"),
      ...["", "0", "yesterday", "2026-11-31", "2026-99-99T00:00:00Z", "%00", `${cursor}!`, "x".repeat(5000)],
    ]
    for (const since of malformed) {
      const sent = await send(`/push/two/articles?since=${since}`, bearer(two))
      expect([since.slice(0, 60), sent.status, sent.json.code]).toEqual([since.slice(0, 60), 400, "invalid_parameter"])
    }
    // A cursor of another publisher is only a position: it shows none of that publisher's articles.
    const theirs = await send(`/push/one/articles?since=${cursorOf(version, epoch, kind, "0", "")}`, bearer(one))
    expect(theirs.json.articles.every(({ guid }: { guid: string }) => !guid.startsWith("grown-"))).toBe(true)
    expect((await send("/push/two/articles?sinec=1", bearer(two))).json.detail).toContain("Did you mean since?")
  })
})

describe("bodies", () => {
  test("are cleaned, with addresses made absolute against the article's URL", async () => {
    const html = `<p onclick="x()" style="color:red" class="a">One <a href="../more?x=1&amp;y=2">more</a>
      <a href="javascript:alert(1)">bad</a> <a href="//cdn.example/x">cdn</a> <a href="#note">note</a></p>
      <script>alert(1)</script><img src="img/a.jpg" onerror="x()" srcset="img/b.jpg 2x"><img src="data:x">
      <img src="https://tracker.example/p.gif" width="1" height="1">
      <iframe src="https://video.example/1" title="Film"></iframe><svg onload="x()"></svg>`
    const url = "https://one.example/2026/news/story.html"
    const sent = await push(one, article({ id: "dirty", url, content_html: html }))
    expect(first(sent).outcome).toBe("created")
    const item = await inFeed("/feed", "dirty")
    expect(item.content_html).toContain(sanitizeHtml(html, url).slice(0, 40))
    for (const part of [
      'href="https://one.example/2026/more?x=1&amp;y=2"',
      'href="https://cdn.example/x"',
      'href="https://one.example/2026/news/story.html#note"',
      'src="https://one.example/2026/news/img/a.jpg"',
      'srcset="https://one.example/2026/news/img/b.jpg 2x"',
      '<a href="https://video.example/1"',
    ]) {
      expect(item.content_html).toContain(part)
    }
    for (const format of ["rss", "atom", "json"]) {
      const { text } = await send(`/feed.${format}`)
      expect(text).toContain("https://one.example/2026/news/img/a.jpg")
      expect(text).not.toMatch(/<script|&lt;script|onerror|onclick|javascript:|tracker\.example|<svg|<iframe|data:x/)
    }
  })

  test("take external_url where there is no url, and without either lose what is relative", async () => {
    const html = '<p><a href="/a">a</a> <img src="b.png"></p>'
    await push(one, { id: "external", external_url: "https://far.example/x/", title: "T", content_html: html })
    expect((await inFeed("/feed", "external")).content_html).toContain('src="https://far.example/x/b.png"')
    await push(one, { id: "placeless", title: "T", content_html: html })
    const { content_html: clean } = await inFeed("/feed", "placeless")
    expect(clean).not.toMatch(/href|src/)
    expect(clean).toContain("a")
  })
})

describe("categories", () => {
  const classified = async (sections: string[], by: Publisher = one) => {
    const sent = await push(by, article({ _feedwire: { sections } }))
    expect(sent.status).toBe(200)
    const feeds: { rss: string }[] = first(sent).feeds
    const paths = feeds.map(({ rss }) => /sections\/([^/]+)/.exec(rss)?.[1]).filter((slug) => slug !== undefined)
    return { slugs: paths.sort(), warnings: first(sent).warnings, guid: first(sent).guid }
  }

  test.each([
    ["a slug", "sports"],
    ["a name", "Sports"],
    ["a name in other case, width and spaces", "  ＳＰＯＲＴＳ "],
    ["an alias for all publishers", "sport  &  GAMES"],
  ])("are found by %s", async (_, name) => {
    expect(await classified([name])).toMatchObject({ slugs: ["sports"], warnings: undefined })
  })

  test("are found by the name in another language", async () => {
    expect((await classified(["العالم"])).slugs).toEqual(["world"])
  })

  test("an article of a child section is in its parents too; several categories are several sections, each once", async () => {
    expect((await classified(["Old Continent"])).slugs).toEqual(["europe", "world"])
    expect((await classified(["europe", "Europe", "sports"])).slugs).toEqual(["europe", "sports", "world"])
  })

  test("a publisher's own alias wins over the aliases for all, and applies to that publisher only", async () => {
    await admin("POST", "/sections/health/aliases", { names: ["Sports", "Sport & Games", "Fitness"], publisher: "two" })
    for (const name of ["Sports", "Sport & Games", "Fitness"])
      expect((await classified([name], two)).slugs).toEqual(["health"])
    expect((await classified(["Sport & Games"])).slugs).toEqual(["sports"])
    expect((await classified(["Fitness"])).slugs).toEqual(["world"])
  })

  test("the name of a section does not hide the slug of another", async () => {
    await section("science", { names: { en: "Science" } })
    await section("science-fiction", { names: { en: "Books", fr: "science" } })
    expect((await classified(["science"])).slugs).toEqual(["science"])
    expect((await classified(["Books"])).slugs).toEqual(["science-fiction"])
  })

  test("the former slug of a section still leads to it", async () => {
    await section("soccer-old", { names: { en: "Association Football" } })
    expect((await classified(["soccer-old"])).slugs).toEqual(["soccer-old"])
    await admin("PATCH", "/sections/soccer-old", { slug: "soccer" })
    expect(await classified(["Soccer-Old"])).toMatchObject({ slugs: ["soccer"], warnings: undefined })
  })

  test("an unknown one becomes a tag, the article goes to the default section, and the sender gets a warning", async () => {
    const { slugs, warnings, guid } = await classified(["Gardening & Co"])
    expect(slugs).toEqual(["world"])
    expect(warnings).toEqual(['the section "Gardening & Co" is unknown here: it became a tag'])
    const item = await inFeed("/sections/world/feed", guid)
    expect(item.tags).toContain("Gardening & Co")
    // If another category is a section, it is a tag only.
    expect(await classified(["Gardening & Co", "sports"])).toMatchObject({ slugs: ["sports"], warnings })
    // Without a default section, it is in the publisher's feed and in the feed of everything only.
    expect((await classified(["Gardening & Co"], two)).slugs).toEqual([])
    expect((await classified([], two)).slugs).toEqual([])
    expect(await classified([])).toMatchObject({ slugs: ["world"], warnings: undefined })
  })
})

describe("deletions", () => {
  const DELETE = { type: "article.deleted" }

  test("take the article out of every feed, and its content out of D1", async () => {
    const item = article({ id: "goner", title: "Unforgettable headline", _feedwire: { sections: ["europe"] } })
    const made = await push(one, item)
    const deletion = await push(one, { id: "goner" }, DELETE)
    expect(first(deletion)).toMatchObject({ id: first(made).id, outcome: "deleted", feeds: [] })
    for (const feed of ["/feed", "/sections/europe/feed", "/sections/world/feed", "/publishers/one/feed"]) {
      expect((await send(`${feed}.atom`)).text).not.toContain("Unforgettable")
    }
    const { articles, bodies, memberships } = await everything()
    expect(memberships).not.toHaveLength(0)
    expect(JSON.stringify([articles, bodies, memberships])).not.toContain("Unforgettable")
    expect(first(await push(one, { id: "goner" }, DELETE)).outcome).toBe("unchanged")
  })

  test("of an unknown article are stored, so that its late publication is stale", async () => {
    const early = article({ id: "unborn", date_published: "2026-11-01T00:00:00Z" })
    const deletion = await push(one, { id: "unborn" }, { ...DELETE, timestamp: "2026-11-02T00:00:00Z" })
    expect([deletion.status, first(deletion).outcome]).toEqual([200, "deleted"])
    const late = await push(one, early, { timestamp: "2026-11-01T00:00:01Z" })
    expect([first(late).outcome, first(late).feeds]).toEqual(["stale", []])
    expect(await inFeed("/feed", "unborn")).toBeUndefined()
  })

  test("are undone by a later publication: the article is created again with the same id", async () => {
    const item = article({ id: "lazarus", date_modified: "2026-11-09T00:00:00Z" })
    const made = await push(one, item)
    await push(one, { id: "lazarus", date_modified: "2026-11-10T00:00:00Z" }, DELETE)
    const back = await push(one, { ...item, title: "Back again", date_modified: "2026-11-11T00:00:00Z" })
    expect([first(back).id, first(back).outcome]).toEqual([first(made).id, "created"])
    const entry = await inFeed("/feed", "lazarus")
    expect([entry.title, Date.parse(entry.date_published)]).toEqual([
      "Back again",
      Date.parse(item.date_published as string),
    ])
  })

  test("are undone by a later publication without date_modified too: the time of the message counts", async () => {
    const item = article({ id: "there-and-back" })
    await push(one, item, { timestamp: "2026-11-10T00:00:00Z" })
    await push(one, { id: "there-and-back" }, { ...DELETE, timestamp: "2026-11-11T00:00:00Z" })
    const late = await push(one, { ...item, title: "Late" }, { timestamp: "2026-11-10T12:00:00Z" })
    expect([first(late).outcome, first(late).detail]).toEqual(["stale", expect.stringContaining("date_modified")])
    const back = await push(one, item, { timestamp: "2026-11-12T00:00:00Z" })
    expect(first(back).outcome).toBe("created")
    expect((await inFeed("/feed", "there-and-back")).title).toBe(item.title)
  })

  test("need an id only, and apply to the articles of their publisher only", async () => {
    await push(one, article({ id: "mine" }))
    await push(two, { id: "mine", title: 7, url: "nonsense" }, DELETE)
    expect(await inFeed("/feed", "mine")).toBeDefined()
    expect(pointers(await push(one, {}, DELETE))).toEqual(["/data/id"])
  })
})

describe("two versions of one article in a message", () => {
  const v = (title: string, day: number) =>
    article({ id: "double", title, url: "https://one.example/d", date_modified: `2026-11-0${day}T00:00:00Z` })

  test("the newest is stored, wherever it is in the message; the others are stale and say where it is", async () => {
    const sent = await push(one, [v("Middle", 2), v("Newest", 3), v("Oldest", 1), article()])
    expect(outcomes(sent)).toEqual(["stale", "created", "stale", "created"])
    expect(sent.json.results[0].warnings).toEqual(["another version of this article is at /data/1"])
    expect((await inFeed("/feed", "double")).title).toBe("Newest")
  })

  test("the same one twice is one and unchanged", async () => {
    const item = article({ id: "echo" })
    expect(outcomes(await push(one, [item, item])).sort()).toEqual(["created", "unchanged"])
    expect(outcomes(await push(one, [item, item]))).toEqual(["unchanged", "unchanged"])
  })

  test("a rejected version does not prevent a good one", async () => {
    const sent = await push(one, [{ id: "half", title: 1 }, article({ id: "half" })])
    expect(outcomes(sent)).toEqual(["rejected", "created"])
  })
})

describe("limits", () => {
  /** A limiter that allows so many requests for each key. */
  function limiter(limit: number) {
    const counts = new Map<string, number>()
    return {
      counts,
      limit: async ({ key }: { key: string }) => {
        counts.set(key, (counts.get(key) ?? 0) + 1)
        return { success: (counts.get(key) ?? 0) <= limit }
      },
    }
  }

  test("a publisher that sends too much gets 429, and nothing of the message is stored", async () => {
    const bindings = { ...env, PUBLISHER_RATE: limiter(2) } as Env
    expect((await push(one, article(), { bindings })).status).toBe(200)
    expect((await send("/push/one/articles", bearer(one), bindings)).status).toBe(200)
    const before = await everything()
    const sent = await push(one, article({ id: "too-many" }), { bindings, id: "waits" })
    expect([sent.status, sent.json.code]).toEqual([429, "too_many_requests"])
    expect(sent.headers.get("retry-after")).toBe("60")
    expect(sent.headers.get("ratelimit-policy")).toBe('"default";q=60;w=60')
    expect(await everything()).toEqual(before)
    expect((await push(two, article(), { bindings })).status).toBe(200)
    expect(first(await push(one, article({ id: "too-many" }), { id: "waits" })).outcome).toBe("created")
  })

  test("a flood of unauthenticated requests at a publisher's address does not use up the publisher's limit", async () => {
    const unauthenticated = limiter(30)
    const publishers = limiter(3)
    const bindings = { ...env, UNAUTHENTICATED_RATE: unauthenticated, PUBLISHER_RATE: publishers } as unknown as Env
    const text = message(article())
    const flood: number[] = []
    for (let i = 0; i < 35; i++) {
      const headers = { ...JSON_TYPE, ...(await signedHeaders(text, two.secret)), "cf-connecting-ip": "192.0.2.1" }
      const sent = await send("/push/one", { method: "POST", headers, body: text }, bindings)
      flood.push(sent.status)
      if (sent.status === 429) expect(sent.headers.get("retry-after")).toBe("60")
    }
    expect(flood).toEqual([...Array(30).fill(401), ...Array(5).fill(429)])
    expect([...unauthenticated.counts]).toEqual([["192.0.2.1", 35]])
    expect(publishers.counts.size).toBe(0)
    // The publisher's own push from the same address is accepted.
    const headers = { ...JSON_TYPE, ...(await signedHeaders(text, one.secret)), "cf-connecting-ip": "192.0.2.1" }
    expect((await send("/push/one", { method: "POST", headers, body: text }, bindings)).status).toBe(200)
  })
})

describe("when a store fails", () => {
  const LOST = new Error("D1_ERROR: Network connection lost.")

  /** D1, of which the batches fail that the test names by their number. */
  function failing(broken: (turn: number) => "before" | "after" | undefined): Env {
    let turn = 0
    const db = {
      prepare: (query: string) => env.DB.prepare(query),
      batch: async (statements: D1PreparedStatement[]) => {
        const when = broken(++turn)
        if (when === "before") throw LOST
        const results = await env.DB.batch(statements)
        if (when === "after") throw LOST
        return results
      },
    }
    return { ...env, DB: db as unknown as D1Database }
  }

  /** D1 that answers nothing at all, not even single statements. */
  function dead(): Env {
    const statement: Record<string, unknown> = { bind: () => statement }
    for (const name of ["all", "run", "raw", "first"]) statement[name] = () => Promise.reject(LOST)
    const db = { prepare: () => statement, batch: () => Promise.reject(LOST) }
    return { ...env, DB: db as unknown as D1Database }
  }

  function expectUnavailable(sent: Answer): void {
    expect([sent.status, sent.json.code]).toEqual([503, "storage_unavailable"])
    expect(Number(sent.headers.get("retry-after"))).toBeGreaterThan(0)
    expect(sent.text).not.toMatch(/D1_|Network|select|insert|put:|10001/i)
    expect(sent.json.request_id).toBeTruthy()
  }

  test.each([
    [1, "that authenticates"],
    [2, "that reads"],
    [3, "that writes"],
  ])("D1 at batch %d, %s: 503, nothing stored, and the retry is as new", async (turn) => {
    const { r2: _, ...before } = await everything()
    const body = message(article({ id: `failing-${turn}` }))
    const id = `failing-${turn}`
    const sent = await pushRaw(one, body, { id, bindings: failing((at) => (at === turn ? "before" : undefined)) })
    expectUnavailable(sent)
    const { r2: __, ...after } = await everything()
    expect(after).toEqual(before)
    const retried = await pushRaw(one, body, { id })
    expect([first(retried).outcome, retried.headers.get("webhook-repeated")]).toEqual(["created", null])
  })

  test("an answer of D1 that is lost on its way: the retry is a replay, and the article is there once", async () => {
    const body = message(article({ id: "lost-answer" }))
    const bindings = failing((turn) => (turn === 3 ? "after" : undefined))
    expectUnavailable(await pushRaw(one, body, { id: "lost", bindings }))
    const retried = await pushRaw(one, body, { id: "lost" })
    expect([first(retried).outcome, retried.headers.get("webhook-repeated")]).toEqual(["created", "true"])
    expect(await inFeed("/feed", "lost-answer")).toBeDefined()
  })

  test("no D1 at all: 503 for publishers and readers, never 401", async () => {
    expectUnavailable(await push(one, article(), { bindings: dead() }))
    expectUnavailable(await send("/push/one/articles", bearer(one), dead()))
    expectUnavailable(await send("/publishers/archive/feed.rss", {}, dead()))
  })

  test.each([
    "put: We encountered an internal error. Please try again. (10001)",
    "put: Unspecified error (0)",
    "internal error; reference = abc",
  ])("R2 with “%s”: 503, nothing in D1", async (failure) => {
    const { r2: _, ...before } = await everything()
    const RECEIVED = { put: () => Promise.reject(new Error(failure)) } as unknown as R2Bucket
    const body = message(article())
    const id = crypto.randomUUID()
    expectUnavailable(await pushRaw(one, body, { id, bindings: { ...env, RECEIVED } }))
    const { r2: __, ...after } = await everything()
    expect(after).toEqual(before)
    expect(first(await pushRaw(one, body, { id })).outcome).toBe("created")
  })
})
