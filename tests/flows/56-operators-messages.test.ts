/** Tests previews of messages, the attempt log and dead letters in the admin API. */
import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, test } from "vitest"
import {
  ask,
  base64,
  changeSource,
  codes,
  daily,
  done,
  entries,
  github,
  lastEntry,
  makeSources,
  pointers,
  secrets,
  tables,
  testNoSecretIsShown,
} from "./operators.ts"
import { admin, article, pushRaw, send } from "./world.ts"

beforeAll(makeSources)

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

  test("reads it by a mapping that no source has yet, by a source's mapping, and by a preset", async () => {
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

  test("reads it as the endpoints for Ghost and for documents do", async () => {
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

  test("gives the reason why it cannot be read, and what would be rejected", async () => {
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

  test("reports an unknown source", async () => {
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
    await changeSource("shop", { mapping: { id: "/nothing" } })
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
      ...{
        query: null,
        delivery_id: expect.any(String),
        key_id: expect.any(String),
        message_at: expect.stringMatching(/Z$/),
      },
      ...{
        content_type: "application/json",
        size_in_bytes: sent(25).length,
        outcome: "failed",
        status: 422,
        ms: expect.any(Number),
      },
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

  test("refuse invalid parameters", async () => {
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

  test("show a message with its headers, without secrets, and with its original bytes", async () => {
    const { dead_letters: open, open: count } = await deadLetters()
    expect(count).toBe(25)
    expect(open[0]).toMatchObject({ dead_letter: "open", errors: expect.any(Array) })
    const { id } = open[0]
    const one = await done("GET", `/attempts/${id}`)
    expect(one).toMatchObject({ id, body_sha256: expect.stringMatching(/^[0-9a-f]{64}$/), errors: expect.any(Array) })
    expect(one.headers).toMatchObject({ "content-type": "application/json", "x-hub-signature-256": "(redacted)" })
    const body = await ask("GET", `/attempts/${id}/body`)
    expect([body.status, body.text]).toEqual([200, sent(25)])
    expect(body.headers.get("content-type")).toBe("text/plain; charset=utf-8")
    expect(body.headers.get("content-disposition")).toBe(`attachment; filename="attempt-${id}.txt"`)
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

  test("replay a message: without success before the mapping is fixed, and once after it", async () => {
    const [{ id, delivery_id }] = (await deadLetters()).dead_letters
    expect(await done("POST", `/attempts/${id}/replay`)).toMatchObject({
      ...{
        id,
        publisher: "daily",
        delivery_id,
        outcome: "refused",
        errors: [
          { pointer: "/id", detail: "is missing" },
          { pointer: "", detail: expect.stringMatching(/^No id was found; these pointers were read: \/nothing$/) },
        ],
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

  test("dismiss a message, which the audit records once", async () => {
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

  test("replay a range completely, oldest first, at most 20 a request", async () => {
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
    expect(await done("POST", "/attempts/replay", { publisher: "daily" })).toEqual({ replays: [], remaining: 0 })
    expect(await entries()).toEqual(before)
  })

  test("also replay stored messages on request, which changes nothing", async () => {
    const articles = async () => (await tables()).articles
    const before = await articles()
    const since = new Date(Date.now() - 3_600_000).toISOString()
    const again = await done("POST", "/attempts/replay", { publisher: "daily", dead_letters: false, since })
    expect(again.replays).toHaveLength(20)
    expect(await articles()).toEqual(before)
    const none = await done("POST", "/attempts/replay", { dead_letters: false, until: "2026-01-01T00:00:00Z" })
    expect(none).toEqual({ replays: [], remaining: 0 })
  })

  test("never replay an unauthenticated message", async () => {
    // An authenticated message of another publisher has the same bytes.
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
      remaining: 0,
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

testNoSecretIsShown()
