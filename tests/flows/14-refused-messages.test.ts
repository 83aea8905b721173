/** Tests how the attempt log records refused messages, and failures of D1 and R2. */
import { createExecutionContext } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, test, vi } from "vitest"
import { app } from "../../src/app.ts"
import { cms, failing, lastAttempt, message, one, prepareLog, two, withWrongKey } from "./attempts.ts"
import { HOUR, now, wait } from "./clock.ts"
import {
  type Answer,
  admin,
  article,
  ORIGIN,
  type Publisher,
  post,
  publisher,
  push,
  pushRaw,
  rows,
  type SignedSource,
  send,
  signedHeaders,
  signedSource,
} from "./world.ts"

prepareLog()

const activityOf = async (slug: string) =>
  (
    await rows(
      "select a.* from publisher_activity a join publishers p on p.uid = a.publisher_uid where p.slug = ?",
      slug,
    )
  )[0]

describe("a refused message", () => {
  const LIMIT = 1024 * 1024
  const QUOTA = 256 * LIMIT
  const slug = "refused"
  let refused: Publisher
  let source: SignedSource
  beforeAll(async () => {
    refused = await publisher(slug)
    source = await signedSource(refused, "cms")
  })
  const inState = (state: string) => admin("PATCH", `/publishers/${slug}`, { state })
  const spend = (bytes: number) =>
    env.DB.prepare(
      `insert into publisher_activity (publisher_uid, day, bytes, messages, last_message_at, usual_gap)
       select uid, ?, ?, 0, null, 0 from publishers where slug = ?
       on conflict (publisher_uid) do update set day = excluded.day, bytes = excluded.bytes`,
    )
      .bind(Math.floor(now / 86_400_000), bytes, slug)
      .run()

  test.each<[string, number, string, () => Promise<Answer>, why?: unknown]>([
    [
      "with another's key",
      ...([401, "unauthorized", () => push(withWrongKey(refused), article())] as const),
      expect.stringMatching(/^The signature does not fit [-\w]+: /),
    ],
    [
      "while disabled",
      403,
      "publisher_disabled",
      async () => {
        await inState("disabled")
        const sent = await push(refused, article())
        await inState("active")
        return sent
      },
    ],
    ["with more than 1 MiB", 413, "body_too_large", () => pushRaw(refused, " ".repeat(LIMIT + 1))],
    [
      "over its quota",
      429,
      "too_many_requests",
      async () => {
        await spend(QUOTA)
        const sent = await push(refused, article())
        await spend(0)
        return sent
      },
    ],
    [
      "after it was removed",
      410,
      "publisher_removed",
      async () => {
        await rows("update publishers set removed_at = ? where slug = ?", now, slug)
        const sent = await push(refused, article())
        await rows("update publishers set removed_at = null where slug = ?", slug)
        return sent
      },
    ],
  ])("%s is recorded as refused, and leaves no dead letter and no bytes", async (_, status, code, by, why) => {
    const objects = async () => (await env.RECEIVED.list({ prefix: "dead/" })).objects.length
    const before = await objects()
    const sent = await by()
    expect([sent.status, sent.json.code]).toEqual([status, code])
    expect(await lastAttempt()).toMatchObject({
      ...{ received_at: now, endpoint: "", delivery_id: "", authentication: "refused", key_id: null, status, code },
      ...{ detail: why ?? sent.json.detail, dead_letter: null, object_key: null },
    })
    expect([await objects(), (await admin("GET", `/dead-letters?publisher=${slug}`)).json.open]).toEqual([before, 0])
  })

  test("is not recorded if the rate limit refuses it, because there could be a row for each request", async () => {
    const { id } = await lastAttempt()
    const bindings = { ...env, PUBLISHER_RATE: { limit: async () => ({ success: false }) } } as unknown as Env
    expect((await push(refused, article(), { bindings })).status).toBe(429)
    expect((await lastAttempt()).id).toBe(id)
  })

  test("is recorded 60 times an hour, for all reasons together", async () => {
    const { id } = await lastAttempt()
    await spend(QUOTA)
    for (let no = 0; no < 70; no++) {
      wait(1)
      if (no % 3 === 0) await push(withWrongKey(refused), article())
      else if (no % 3 === 1) await push(refused, article())
      else await pushRaw(refused, " ".repeat(LIMIT + 1))
    }
    const [{ n } = {}] = await rows("select count(*) n from attempts where id > ?", id)
    expect(n).toBe(60)
    await spend(0)
    expect((await push(refused, article())).status).toBe(200)
    expect(await lastAttempt()).toMatchObject({ authentication: "v1", status: 200 })
  })

  test("gets an answer that does not name the headers that a source needs; only the log names them", async () => {
    const scheme = {
      ...{ signature: { headers: ["x-sig"] }, time: { header: "x-time", unit: "s" } },
      ...{ algorithm: "SHA-256", key: "text", encoding: "hex", template: "{ts}.{body}" },
    }
    const dated = await signedSource(refused, "dated", { sender: "custom", scheme, mapping: { id: "/id" } })
    const by = (name: string, headers: Record<string, string>) =>
      send(`/push/${slug}/sources/${name}`, { method: "POST", headers, body: "{}" })
    const nowhere = (await by("nothing-there", {})).json.detail
    const sig = "0".repeat(64)
    const seconds = Math.floor(now / 1000)
    for (const [name, headers, why] of [
      [source.name, {}, "The request lacks x-hub-signature-256."],
      [dated.name, {}, "The request lacks x-sig, x-time."],
      [dated.name, { "x-sig": sig }, "The request lacks x-time."],
      [
        dated.name,
        { "x-sig": sig, "x-time": "now" },
        "The time in x-sig and x-time must be a whole number of seconds or milliseconds since 1970.",
      ],
      [dated.name, { "x-sig": sig, "x-time": String(now) }, expect.stringContaining("is in milliseconds")],
      [
        dated.name,
        { "x-sig": sig, "x-time": String(seconds - 301) },
        expect.stringMatching(/^The signed time is 301 seconds old/),
      ],
      [
        dated.name,
        { "x-sig": sig, "x-time": String(seconds + 301) },
        expect.stringMatching(/^The signed time is 301 seconds ahead/),
      ],
      [
        dated.name,
        { "x-sig": sig, "x-time": String(seconds) },
        expect.stringMatching(/^The signature does not fit [-\w]+ and [-\w]+: /),
      ],
    ] as [string, Record<string, string>, unknown][]) {
      const sent = await by(name, headers)
      expect([sent.status, sent.json.code, sent.json.detail]).toEqual([401, "unauthorized", nowhere])
      expect(await lastAttempt()).toMatchObject({ endpoint: `sources/${name}`, authentication: "refused", detail: why })
    }
  })
})

/** The answer reveals nothing of publishers, sources and keys; operators see the reason. */
describe("the reason of a refusal", () => {
  let target: Publisher
  let source: SignedSource
  beforeAll(async () => {
    target = await publisher("reasons")
    await admin("POST", "/publishers", { slug: "keyless", name: "Keyless", home_page_url: "https://keyless.example/" })
    source = await signedSource(target, "cms")
    await admin("POST", "/publishers/reasons/sources", { name: "form", sender: "unsigned", trusted: true })
  })
  const bytes = "{}"
  const headersOf = async (more: Record<string, string | undefined>): Promise<Record<string, string>> => {
    const signed = Object.entries({ ...(await signedHeaders(bytes, target.secret, { at: now })), ...more })
    return Object.fromEntries(signed.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
  }
  const at = (offset: number): string => String(Math.floor(now / 1000) + offset)
  const sendTo = (path: string, headers: Record<string, string>, slug = "reasons"): Promise<Answer> =>
    send(`/push/${slug}${path}`, { method: "POST", headers, body: bytes })
  const KEY = /^The signature does not fit [-\w]+: the secret differs, or the signed bytes/

  test.each<[string, () => Promise<Answer>, string | RegExp]>([
    [
      "names all headers that are missing",
      () => sendTo("", {}),
      "The request lacks webhook-id, webhook-timestamp, webhook-signature.",
    ],
    [
      "names the one header that is missing",
      async () => sendTo("", await headersOf({ "webhook-timestamp": undefined })),
      "The request lacks webhook-timestamp.",
    ],
    [
      "uses the older names if the sender does",
      () => sendTo("", { "svix-id": "1", "svix-timestamp": at(0) }),
      "The request lacks svix-signature.",
    ],
    [
      "has the seconds by which a clock is slow",
      async () => sendTo("", await headersOf({ "webhook-timestamp": at(-412) })),
      /^webhook-timestamp is 412 seconds old, more than 300: /,
    ],
    [
      "has the seconds by which a clock is fast",
      async () => sendTo("", await headersOf({ "webhook-timestamp": at(7200) })),
      /^webhook-timestamp is 7200 seconds ahead, more than 300: the sender's clock is fast\.$/,
    ],
    ["names the keys that were tried", () => push(withWrongKey(target), article()), KEY],
    [
      "names the keys that are no bearer token",
      () => sendTo("", { authorization: "Bearer nothing", "content-type": "application/feed+json" }),
      /^The key that was sent is not the secret of [-\w]+\.$/,
    ],
    [
      "says that no key verifies",
      () => sendTo("/ghost/post.published", { "x-ghost-signature": ghost() }, "keyless"),
      /No live key can verify/,
    ],
    ["says that there is no such source", () => sendTo("/sources/other", {}), "The publisher has no source other."],
    [
      "does not name a source that is no name",
      () => sendTo("/sources/A%20B", {}),
      "The publisher has no source of this name.",
    ],
    [
      "says that a source has a secret address",
      () => sendTo("/sources/form/wrong", {}),
      "The source form has a secret address, and this request was sent to another one.",
    ],
    [
      "says that a source has none",
      () => sendTo(`/sources/${source.name}/wrong`, {}),
      "The source cms signs its messages, and has no secret address.",
    ],
  ])("%s", async (_, by, why) => {
    wait(HOUR)
    const sent = await by()
    expect(sent.status, sent.text).toBe(401)
    const { id, detail } = await lastAttempt()
    expect(detail).toEqual(typeof why === "string" ? why : expect.stringMatching(why))
    expect(sent.json.detail).not.toMatch(
      /[0-9a-f]{8}-[0-9a-f]{4}|has no source|secret address, and|\d\d\d\d? seconds (?:old|ahead), more/,
    )
    const { json } = await admin("GET", "/attempts?outcome=refused&limit=1")
    expect(json.attempts[0]).toMatchObject({ id, outcome: "refused", status: 401, detail })
    expect((await admin("GET", `/attempts/${id}/body`)).status).toBe(404)
  })

  const ghost = (): string => `sha256=${"0".repeat(64)}, t=${now}`
})

describe("unauthenticated messages", () => {
  test("are recorded at most 60 times an hour and publisher, and do not change the publisher's activity", async () => {
    await push(one, article())
    const before = await activityOf("one")
    const count = async (slug: string) =>
      (
        await rows(
          "select count(*) n from attempts t join publishers p on p.uid = t.publisher_uid where p.slug = ? and authentication in ('refused', 'none') and received_at > ?",
          slug,
          now - HOUR,
        )
      )[0]?.n
    for (let no = 0; no < 70; no++) {
      wait(1)
      if (no % 2 === 0) await push(withWrongKey(one), article())
      else await send("/push/one/ping", { method: "POST", headers: { "content-type": "application/json" }, body: "{}" })
    }
    expect(await count("one")).toBe(60)
    // Each publisher has its own limit, and messages to unknown publishers are not recorded.
    await push(withWrongKey(two), article())
    expect(await count("two")).toBe(1)
    const all = (await rows("select count(*) n from attempts"))[0]?.n
    await push({ ...withWrongKey(one), slug: "nobody" }, article())
    expect((await rows("select count(*) n from attempts"))[0]?.n).toBe(all)
    expect(await activityOf("one")).toEqual(before)
    // All authenticated attempts of the publisher are recorded.
    await push(one, { id: "x" }, { id: "own-dead-letter" })
    expect(await lastAttempt()).toMatchObject({ delivery_id: "own-dead-letter", dead_letter: "open" })
    await admin("POST", `/dead-letters/${(await lastAttempt()).id}/dismiss`)
    // Recording continues after the hour.
    wait(HOUR)
    await push(withWrongKey(one), article())
    expect(await count("one")).toBe(1)
  })
})

describe("when a store fails", () => {
  function expectUnavailable(sent: Answer): void {
    expect([sent.status, sent.json.code]).toEqual([503, "storage_unavailable"])
    expect(Number(sent.headers.get("retry-after"))).toBeGreaterThan(0)
    expect(sent.text).not.toMatch(/D1_|Network|select|insert|put:|10001/i)
  }

  /** Whether the article is stored. If it is not, the answer must not be 2xx. */
  const stored = async (guid: string) => (await rows("select state from articles where guid = ?", guid)).length > 0
  const openDeadLettersOf = async (id: string) =>
    rows("select dead_letter from attempts where delivery_id = ? and dead_letter = 'open'", id)

  const SENDERS: [string, (guid: string, bindings: Env) => Promise<Answer>][] = [
    ["a native message", (guid, bindings) => pushRaw(one, message({ id: guid, title: "T" }), { id: guid, bindings })],
    [
      "a document",
      (guid, bindings) =>
        send(
          "/push/one",
          {
            method: "POST",
            headers: { authorization: `Bearer ${one.secret}`, "content-type": "application/json", "webhook-id": guid },
            body: JSON.stringify({ version: "https://jsonfeed.org/version/1.1", items: [{ id: guid, title: "T" }] }),
          },
          bindings,
        ),
    ],
    ["a source's message", (guid, bindings) => post(cms, JSON.stringify({ id: guid, title: "T" }), { bindings })],
  ]
  const PHASES = [
    [1, "authenticates"],
    [2, "reads"],
    [3, "writes"],
  ] as const
  const EVERY = SENDERS.flatMap(([name, by]) =>
    PHASES.flatMap(([turn, phase]) =>
      (["before", "after"] as const).map((when) => [name, phase, when, turn, by] as const),
    ),
  )

  test.each(EVERY)(
    "for %s, if the batch that %s fails %s it ran, the answer is 503, and the retry stores it",
    async (name, phase, when, turn, by) => {
      const guid = `${name} ${phase} ${when}`.replaceAll(/[ ']/g, "-")
      expectUnavailable(await by(guid, failing((at) => (at === turn ? when : undefined)).bindings))
      expect(await stored(guid)).toBe(phase === "writes" && when === "after")
      const retried = await by(guid, env)
      expect([retried.status, retried.json.results[0].outcome]).toEqual([200, "created"])
      expect(await rows("select count(*) n from articles where guid = ?", guid)).toEqual([{ n: 1 }])
    },
  )

  test.each(SENDERS)(
    "for %s, if only the record of the attempt is lost, the message is stored and answered, and the log reports it",
    async (name, by) => {
      const logged = vi.spyOn(console, "error").mockImplementation(() => {})
      const guid = `record of ${name}`.replaceAll(/[ ']/g, "-")
      const { bindings, turns } = failing((at) => (at === 4 ? "before" : undefined))
      const sent = await by(guid, bindings)
      expect([sent.status, turns(), await stored(guid)]).toEqual([200, 4, true])
      const [line] = logged.mock.calls.map(([text]) => JSON.parse(text as string))
      expect(line).toMatchObject({
        level: "error",
        event: "attempt_not_recorded",
        error: expect.stringContaining("D1_ERROR"),
      })
    },
  )

  test.each([
    ["a refused message", () => message({ id: "x" }), 3],
    ["a message that cannot be read", () => "{", 2],
    ["a message with a rejected part", () => message([{ id: `part ${now}`, title: "T" }, { id: "x" }]), 4],
  ])(
    "for %s, if the dead letter cannot be written, the answer is 503, and the retry leaves the dead letter",
    async (name, body, turn) => {
      const text = body()
      const id = name.replaceAll(" ", "-")
      const { bindings, turns } = failing((at) => (at === turn ? "before" : undefined))
      expectUnavailable(await pushRaw(one, text, { id, bindings }))
      expect([turns(), await openDeadLettersOf(id)]).toEqual([turn, []])
      const retried = await pushRaw(one, text, { id })
      expect([200, 400, 422]).toContain(retried.status)
      expect(await openDeadLettersOf(id)).toHaveLength(1)
    },
  )

  test("if R2 fails, the answer is 503: no article and no dead letter is in D1 without its bytes", async () => {
    const broken = (prefix: string) => {
      const put = (key: string, body: Uint8Array) =>
        key.startsWith(prefix) ? Promise.reject(new Error("put: Unspecified error (0)")) : env.RECEIVED.put(key, body)
      return { ...env, RECEIVED: { put } as unknown as R2Bucket }
    }
    expectUnavailable(
      await pushRaw(one, message({ id: "r2", title: "T" }), { id: "r2", bindings: broken("received/") }),
    )
    expect([await stored("r2"), (await rows("select 1 from deliveries where id = 'r2'")).length]).toEqual([false, 0])
    expect((await pushRaw(one, message({ id: "r2", title: "T" }), { id: "r2" })).status).toBe(200)

    for (const [id, body] of [
      ["r2-bad", "{"],
      ["r2-part", message([{ id: "r2-part", title: "T" }, { id: "x" }])],
    ] as const) {
      expectUnavailable(await pushRaw(one, body, { id, bindings: broken("dead/") }))
      expect(await openDeadLettersOf(id)).toEqual([])
      await pushRaw(one, body, { id })
      expect(await openDeadLettersOf(id)).toHaveLength(1)
    }
    expect(await stored("r2-part")).toBe(true)
  })

  test("an unauthenticated message still gets 401 if only its record is lost", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => {})
    const { bindings } = failing((at) => (at === 2 ? "before" : undefined))
    expect((await push(withWrongKey(one), article(), { bindings })).status).toBe(401)
    expect(logged.mock.calls.join()).toContain("attempt_not_recorded")
  })

  test("the answer does not wait for the record of the attempt", async () => {
    let release: (() => void) | undefined
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    let batches = 0
    const DB = {
      prepare: (query: string) => env.DB.prepare(query),
      batch: async (all: D1PreparedStatement[]) => {
        if (++batches === 4) await released
        return env.DB.batch(all)
      },
    } as unknown as D1Database
    const body = message({ id: "at once", title: "T" })
    const headers = {
      "content-type": "application/json",
      ...(await signedHeaders(body, one.secret, { id: "at-once" })),
    }
    const ctx = createExecutionContext()
    const response = await app.fetch(
      new Request(`${ORIGIN}/push/one`, { method: "POST", headers, body }),
      { ...env, DB },
      ctx,
    )
    expect([response.status, batches]).toEqual([200, 4])
    await response.text()
    expect(await rows("select 1 from attempts where delivery_id = 'at-once'")).toEqual([])
    release?.()
  })
})
