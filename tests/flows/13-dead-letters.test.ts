/** A message that authenticates but cannot be understood or stored stays as a dead letter: nothing that was sent is lost. */
import { env } from "cloudflare:workers"
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest"
import { HOUR, now, rfc3339, until, wait } from "./clock.ts"
import {
  admin,
  article,
  hmacHex,
  migrate,
  ORIGIN,
  type Publisher,
  post,
  publisher,
  push,
  pushRaw,
  rows,
  type SignedSource,
  section,
  send,
  signedSource,
} from "./world.ts"

let one: Publisher
let two: Publisher

beforeAll(async () => {
  until(now)
  await migrate()
  await section("world")
  await section("sports")
  one = await publisher("one", { default_section: "world" })
  two = await publisher("two")
})

afterEach(() => {
  vi.restoreAllMocks()
  // Every test begins an hour after the last one.
  wait(HOUR)
})

const message = (data: unknown, more: object = {}) =>
  JSON.stringify({ type: "article.published", timestamp: rfc3339(now), data, ...more })
const bearer = ({ secret }: Publisher) => ({ headers: { authorization: `Bearer ${secret}` } })

// biome-ignore lint/suspicious/noExplicitAny: the tests look at any member of dead letters
const deadLetters = async (slug = "one"): Promise<any> => (await admin("GET", `/dead-letters?publisher=${slug}`)).json
const readAttempt = async (id: number) => (await admin("GET", `/attempts/${id}`)).json
const replayed = (id: number) => admin("POST", `/attempts/${id}/replay`)
/** The dead letter of a delivery, in any state. */
const deadLetterOf = async (deliveryId: string) => {
  const [row] = await rows(
    "select id from attempts where delivery_id = ? and dead_letter is not null order by id desc",
    deliveryId,
  )
  return readAttempt(row?.id as number)
}
const storedArticle = async (guid: string) => {
  const [row] = await rows(
    "select a.title, a.state, a.version_at, a.message_at, a.commit_no, a.details from articles a where a.guid = ?",
    guid,
  )
  return row
}
const lastCommit = async () => (await rows("select max(no) no from commits"))[0]?.no

// biome-ignore lint/suspicious/noExplicitAny: the tests look at any member of items
const inFeed = async (path: string, guid: string): Promise<any> =>
  (await send(`${path}/feed.json`)).json.items.find(
    (item: { _feedwire: { guid: string } }) => item._feedwire.guid === guid,
  )

async function sha256(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)))
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("")
}

test("a dead letter is listed and shown with its bytes, and its sender can ask about it", async () => {
  const body = message({ id: "unusable", title: 5 })
  const sent = await pushRaw(one, body, { id: "asked-about", at: now - 60_000 })
  expect([sent.status, sent.headers.get("location")]).toEqual([422, `${ORIGIN}/push/one/deliveries/asked-about`])

  const { dead_letters: list, open } = await deadLetters()
  expect(open).toBe(1)
  const deadLetter = {
    id: expect.any(Number),
    ...{ publisher: "one", received_at: rfc3339(now), endpoint: "", delivery_id: "asked-about", authentication: "v1" },
    ...{ key_id: expect.any(String), message_at: rfc3339(now - 60_000), content_type: "application/json" },
    ...{ size_in_bytes: body.length, status: 422, ms: 0, code: "all_articles_rejected", detail: sent.json.detail },
    ...{ dead_letter: "open", closed_at: null, replay_of: null, errors: sent.json.errors },
  }
  expect(list).toEqual([deadLetter])
  const [{ id }] = list
  expect(await readAttempt(id)).toEqual({ ...deadLetter, headers: expect.any(Object), body_sha256: await sha256(body) })
  const bytes = await admin("GET", `/attempts/${id}/body`)
  expect([bytes.text, bytes.headers.get("content-type")]).toEqual([body, "application/octet-stream"])
  expect(bytes.headers.get("content-disposition")).toBe(`attachment; filename="attempt-${id}"`)

  const asked = await send(sent.headers.get("location") ?? "", bearer(one))
  expect(asked.json).toEqual({
    delivery: { id: "asked-about", received_at: rfc3339(now), body_sha256: await sha256(body), commit: null },
    dead_letter: {
      ...{ state: "open", status: 422, code: "all_articles_rejected", detail: sent.json.detail },
      errors: sent.json.errors,
    },
    results: [],
  })
  // Another publisher cannot.
  expect((await send("/push/two/deliveries/asked-about", bearer(two))).status).toBe(404)

  expect((await admin("POST", `/dead-letters/${id}/dismiss`)).json).toEqual({ id, dead_letter: "dismissed" })
  expect((await deadLetters()).open).toBe(0)
  expect((await send(sent.headers.get("location") ?? "", bearer(one))).json.dead_letter.state).toBe("dismissed")
  // A second time changes nothing. The only other thing that may be done with it is to replay it.
  expect((await admin("POST", `/dead-letters/${id}/dismiss`)).json).toEqual({ id, dead_letter: "dismissed" })
})

test("only a dead letter can be dismissed, and not one that is closed for another reason", async () => {
  await pushRaw(one, message(article({ id: "fine" })), { id: "fine" })
  const [stored] = await rows("select id from attempts where delivery_id = 'fine'")
  expect((await admin("POST", `/dead-letters/${stored?.id}/dismiss`)).status).toBe(404)
  await push(one, { id: "x" }, { id: "closed-by-retry" })
  await push(one, article(), { id: "closed-by-retry" })
  const { id, dead_letter: state } = await deadLetterOf("closed-by-retry")
  expect(state).toBe("superseded")
  expect((await admin("POST", `/dead-letters/${id}/dismiss`)).status).toBe(422)
})

describe("a dead letter of a source with a wrong mapping", () => {
  let cms: SignedSource
  beforeAll(async () => {
    cms = await signedSource(one, "cms", { mapping: { id: "/nid", title: "/headline" } })
  })
  const entry = (id: string, title: string) => JSON.stringify({ uuid: id, head: { line: title }, rubric: "sports" })
  const CORRECT_MAPPING = { id: "/uuid", title: "/head/line", sections: "/rubric" }

  test("422, the mapping is corrected, the replay brings it into the feed with its original time", async () => {
    const began = now
    const sent = await post(cms, entry("mapped", "Read at last"))
    expect([sent.status, sent.json.code]).toEqual([422, "all_articles_rejected"])
    const [deadLetter] = (await deadLetters()).dead_letters
    expect(deadLetter).toMatchObject({
      endpoint: "sources/cms",
      authentication: "hmac",
      status: 422,
      message_at: rfc3339(began),
    })

    // With the old mapping it stays open, and the answer says why.
    wait(HOUR)
    const refused = await replayed(deadLetter.id)
    expect([refused.status, refused.json]).toEqual([
      200,
      {
        ...{ id: deadLetter.id, publisher: "one", delivery_id: deadLetter.delivery_id, outcome: "refused" },
        ...{ code: "all_articles_rejected", detail: deadLetter.detail, errors: deadLetter.errors },
      },
    ])
    const [attempt] = await rows("select status, code, detail from attempts where replay_of = ?", deadLetter.id)
    expect(attempt).toEqual({ status: 422, code: "all_articles_rejected", detail: deadLetter.detail })
    expect((await readAttempt(deadLetter.id)).dead_letter).toBe("open")

    wait(HOUR)
    expect((await admin("PATCH", "/publishers/one/sources/cms", { mapping: CORRECT_MAPPING })).status).toBe(200)
    wait(HOUR)
    const done = await replayed(deadLetter.id)
    expect(done.json).toEqual({
      id: deadLetter.id,
      publisher: "one",
      delivery_id: deadLetter.delivery_id,
      outcome: "replayed",
      errors: [],
    })
    const item = await inFeed("/sections/sports", "mapped")
    expect(item).toMatchObject({ title: "Read at last", date_published: rfc3339(began).replace(".000", "") })
    expect(await storedArticle("mapped")).toMatchObject({ version_at: began, message_at: began })
    expect(await readAttempt(deadLetter.id)).toMatchObject({ dead_letter: "replayed", closed_at: rfc3339(now) })
    const [log] = await rows("select * from attempts where replay_of = ? order by id desc", deadLetter.id)
    expect(log).toMatchObject({
      authentication: "replay",
      status: 200,
      dead_letter: null,
      received_at: now,
      message_at: began,
      size_in_bytes: 0,
    })

    // A second replay changes nothing.
    const commit = await lastCommit()
    wait(HOUR)
    expect((await replayed(deadLetter.id)).json.outcome).toBe("replayed")
    expect([await lastCommit(), await storedArticle("mapped")]).toMatchObject([
      commit,
      { version_at: began, commit_no: commit },
    ])
    expect((await readAttempt(deadLetter.id)).closed_at).toBe(rfc3339(now - HOUR))
  })

  test("a version that was pushed since is newer and stays: the replay is stale", async () => {
    await admin("PATCH", "/publishers/one/sources/cms", { mapping: { id: "/nid" } })
    const began = now
    expect((await post(cms, entry("overtaken", "Old"))).status).toBe(422)
    const [deadLetter] = (await deadLetters()).dead_letters
    wait(HOUR)
    await admin("PATCH", "/publishers/one/sources/cms", { mapping: CORRECT_MAPPING })
    expect((await post(cms, entry("overtaken", "New"))).json.results[0].outcome).toBe("created")
    const commit = await lastCommit()
    wait(HOUR)
    expect((await replayed(deadLetter.id)).json).toMatchObject({ outcome: "replayed", errors: [] })
    expect(await storedArticle("overtaken")).toMatchObject({
      title: "New",
      version_at: began + HOUR,
      commit_no: commit,
    })
    const [stored] = await rows(
      "select outcomes, message_at from deliveries where instr(id, ?) = 1",
      `${deadLetter.delivery_id}.replay.`,
    )
    expect([JSON.parse(stored?.outcomes as string)[0].outcome, stored?.message_at]).toEqual(["stale", began])
    expect((await readAttempt(deadLetter.id)).dead_letter).toBe("replayed")
  })

  test("an article that was deleted since stays deleted", async () => {
    const body = (type: string) => ({ type, timestamp: rfc3339(now) })
    await pushRaw(
      one,
      message(
        [
          { id: "gone", title: "T" },
          { id: "half", title: 5 },
        ],
        body("article.published"),
      ),
      { id: "half" },
    )
    const { id } = await deadLetterOf("half")
    wait(HOUR)
    await pushRaw(one, message({ id: "gone" }, body("article.deleted")))
    wait(HOUR)
    expect((await replayed(id)).json.outcome).toBe("refused")
    expect(await storedArticle("gone")).toMatchObject({ state: "deleted" })
    await admin("POST", `/dead-letters/${id}/dismiss`)
  })
})

describe("a message without an article", () => {
  const NEWS = { id: "/id", title: "/title", only: [{ pointer: "/kind", equals: ["news"] }] }
  let pages: SignedSource
  beforeAll(async () => {
    pages = await signedSource(one, "pages", { mapping: NEWS })
  })
  const mapped = (mapping: object) => admin("PATCH", "/publishers/one/sources/pages", { mapping })
  const attemptOf = async (body: string) =>
    (await rows("select * from attempts where body_sha256 = ? and replay_of is null", await sha256(body)))[0] ?? {}

  test("by today's mapping is accepted, stored, and replayed when the mapping is corrected", async () => {
    await mapped(NEWS)
    const began = now
    const body = JSON.stringify({ id: "a-report", title: "A report", kind: "report" })
    const sent = await post(pages, body)
    expect([sent.status, sent.json]).toEqual([200, { delivery: null, results: [] }])
    const attempt = await attemptOf(body)
    expect(attempt).toMatchObject({ status: 200, dead_letter: null, object_key: null })
    const id = attempt.id as number
    const bytes = await admin("GET", `/attempts/${id}/body`)
    expect([bytes.status, bytes.text]).toEqual([200, body])
    expect(await env.RECEIVED.head(`received/${await sha256(body)}`)).not.toBeNull()

    wait(HOUR)
    expect((await replayed(id)).json).toMatchObject({ outcome: "refused", code: "not_replayable" })
    expect(await storedArticle("a-report")).toBeUndefined()
    await mapped({ id: "/id", title: "/title" })
    wait(HOUR)
    expect((await replayed(id)).json).toMatchObject({ outcome: "replayed", errors: [] })
    expect(await storedArticle("a-report")).toMatchObject({ title: "A report", version_at: began, message_at: began })
    expect((await deadLetters()).open).toBe(0)
  })

  test("does not close its dead letter when it is replayed", async () => {
    await mapped({ id: "/nothing", title: "/title" })
    const body = JSON.stringify({ id: "a-page", title: "A page", kind: "page" })
    expect((await post(pages, body)).status).toBe(422)
    const [{ id }] = (await deadLetters()).dead_letters
    await mapped(NEWS)
    wait(HOUR)
    const sent = await replayed(id)
    expect(sent.json).toMatchObject({
      ...{ id, outcome: "refused", code: "not_replayable", errors: [] },
      detail: "Read with the sender's settings of today, it holds no article.",
    })
    expect(await readAttempt(id)).toMatchObject({ dead_letter: "open", closed_at: null })
    await mapped({ id: "/id", title: "/title" })
    wait(HOUR)
    expect((await replayed(id)).json.outcome).toBe("replayed")
    expect(await storedArticle("a-page")).toMatchObject({ title: "A page" })
    expect((await readAttempt(id)).dead_letter).toBe("replayed")
  })
})

describe("unknown parameters", () => {
  test("of a signed message are refused and logged, and leave no dead letter that a replay could publish", async () => {
    const body = message(article({ id: "with-parameter" }))
    const { open } = await deadLetters()
    const sent = await pushRaw(one, body, { id: "parameter", query: "?dryrun=1" })
    expect([sent.status, sent.json.code]).toEqual([400, "unknown_parameter"])
    const [attempt] = await rows("select * from attempts order by id desc limit 1")
    expect(attempt).toMatchObject({ status: 400, code: "unknown_parameter", dead_letter: null, object_key: null })
    expect((await deadLetters()).open).toBe(open)
    expect((await replayed(Number(attempt?.id))).status).toBe(409)
    // Without the parameter it is an ordinary push.
    expect((await pushRaw(one, body, { id: "parameter" })).json.results[0].outcome).toBe("created")
  })

  test("of a dry run leave none, nor does any other fault in it", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => {})
    const source = await signedSource(one, "dry")
    await env.DB.prepare("update sources set settings = ? where name = 'dry'")
      .bind('{"mapping":{"id":{"not":"a pointer"}}}')
      .run()
    const attempts = async () => (await rows("select count(*) n from attempts"))[0]?.n
    const objects = async () => (await env.RECEIVED.list()).objects.length
    const before = [await attempts(), await objects(), (await deadLetters()).open]
    const query = "?dry_run=1"
    const many = Array.from({ length: 101 }, (_, no) => ({ id: String(no), title: "T" }))
    const feed = JSON.stringify({ version: "https://jsonfeed.org/version/1.1", items: many })
    const headers = { ...bearer(one).headers, "content-type": "application/json" }
    const ours = JSON.stringify({ id: "x", title: "X" })
    const signature = { "x-hub-signature-256": `sha256=${await hmacHex(source.secret, ours)}` }
    const statuses = [
      await pushRaw(one, "{", { query }),
      await pushRaw(one, "{}", { query }),
      await push(one, { id: "x" }, { query }),
      await send(`/push/one${query}`, { method: "POST", headers, body: feed }),
      await send(`/push/one${query}`, { method: "POST", headers: { ...headers, "content-type": "text/x" }, body: "x" }),
      await send(`/push/one/sources/dry${query}`, { method: "POST", headers: signature, body: ours }),
    ].map(({ status }) => status)
    expect(statuses).toEqual([400, 400, 422, 413, 415, 500])
    expect(logged.mock.calls.flat().join()).toContain("TypeError")
    expect([await attempts(), await objects(), (await deadLetters()).open]).toEqual(before)
  })
})

describe("replays of many", () => {
  const bad = (id: string) => JSON.stringify({ key: id, title: id })
  let source: SignedSource
  let other: SignedSource
  beforeAll(async () => {
    source = await signedSource(one, "many", { mapping: { id: "/wrong", title: "/title" } })
    other = await signedSource(two, "many", { mapping: { id: "/wrong", title: "/title" } })
  })
  const correct = (to: SignedSource) =>
    admin("PATCH", `/publishers/${to.slug}/sources/many`, { mapping: { id: "/key", title: "/title" } })
  const spoil = (to: SignedSource) =>
    admin("PATCH", `/publishers/${to.slug}/sources/many`, { mapping: { id: "/wrong", title: "/title" } })
  const many = (body: object) => admin("POST", "/attempts/replay", body)

  test("of a range go oldest first, 20 in a request, and continue where the last request ended", async () => {
    await spoil(source)
    for (let no = 0; no < 25; no++) {
      wait(1000)
      expect((await post(source, bad(`range ${no}`))).status).toBe(422)
    }
    await correct(source)
    const { dead_letters: open } = await deadLetters()
    const ids: number[] = open.map(({ id }: { id: number }) => id).reverse()
    wait(1000)
    const first = await many({ publisher: "one", from: ids[1], to: ids[23] })
    expect(first.json.replays.map(({ id }: { id: number }) => id)).toEqual(ids.slice(1, 21))
    expect(first.json.next).toBe(ids[21])
    wait(1000)
    const rest = await many({ publisher: "one", from: first.json.next, to: ids[23] })
    expect(rest.json.replays.map(({ id }: { id: number }) => id)).toEqual(ids.slice(21, 24))
    expect(rest.json.next).toBeUndefined()
    expect([...first.json.replays, ...rest.json.replays].every(({ outcome }) => outcome === "replayed")).toBe(true)
    expect((await deadLetters()).dead_letters.map(({ id }: { id: number }) => id)).toEqual([ids[24], ids[0]])
    expect(await storedArticle("range 0")).toBeUndefined()
    expect(await storedArticle("range 1")).toMatchObject({ state: "published" })
    await many({ publisher: "one" })
  })

  test("of a publisher: only its own, and only open dead letters unless all attempts are asked for", async () => {
    await spoil(source)
    await spoil(other)
    await post(source, bad("mine"))
    await post(other, bad("theirs"))
    await correct(source)
    await correct(other)
    wait(1000)
    const mine = await many({ publisher: "one" })
    expect(mine.json.replays.map(({ publisher: slug }: { publisher: string }) => slug)).toEqual(["one"])
    expect([await storedArticle("mine"), await storedArticle("theirs")]).toEqual([expect.anything(), undefined])
    expect((await many({ publisher: "one" })).json).toEqual({ replays: [] })

    // All that this publisher sent in the last hour: nothing is written, because it is stored already.
    const commit = await lastCommit()
    wait(1000)
    const all = await many({ publisher: "one", dead_letters: false, since: rfc3339(now - 10_000) })
    expect(all.json.replays.map(({ outcome }: { outcome: string }) => outcome)).toEqual(["replayed"])
    expect(await lastCommit()).toBe(commit)
    await many({ publisher: "two" })
    expect(await storedArticle("theirs")).toBeDefined()
  })

  test("of a time, with the first moment and without the last", async () => {
    await spoil(source)
    const began = now
    for (let no = 0; no < 3; no++) {
      await post(source, bad(`timed ${no}`))
      wait(1000)
    }
    await correct(source)
    const of = async (range: object) => (await many({ publisher: "one", ...range })).json.replays.length
    expect(await of({ until: rfc3339(began) })).toBe(0)
    expect(await of({ since: rfc3339(began), until: rfc3339(began + 1000) })).toBe(1)
    expect(await of({ since: rfc3339(began + 1001) })).toBe(1)
    expect(await of({})).toBe(1)
  })

  test("are in the audit log before anything is replayed", async () => {
    await spoil(source)
    await post(source, bad("audited"))
    const [{ id }] = (await deadLetters()).dead_letters
    const broken = {
      ...env,
      RECEIVED: { get: () => Promise.reject(new Error("get: failed (10001)")) },
    } as unknown as Env
    const authorization = `Bearer ${env.ADMIN_TOKEN}`
    const sent = await send(`/admin/api/attempts/${id}/replay`, { method: "POST", headers: { authorization } }, broken)
    expect([sent.status, sent.headers.get("retry-after")]).toEqual([503, "30"])
    const [entry] = await rows("select action, subject, at from audit order by id desc limit 1")
    expect(entry).toEqual({ action: "attempt.replay", subject: `attempts/${id}`, at: now })
    expect((await readAttempt(id)).dead_letter).toBe("open")
    await admin("POST", `/dead-letters/${id}/dismiss`)
  })
})

describe("a dead letter is closed by its sender", () => {
  test("a retry that fails again supersedes the dead letter: one delivery has one open dead letter", async () => {
    await push(one, { id: "a" }, { id: "again" })
    const { id } = await deadLetterOf("again")
    wait(1000)
    await pushRaw(one, "{", { id: "again" })
    expect(await readAttempt(id)).toMatchObject({ dead_letter: "superseded", closed_at: rfc3339(now) })
    const second = await deadLetterOf("again")
    expect([second.dead_letter, second.code]).toEqual(["open", "invalid_json"])
    expect((await send("/push/one/deliveries/again", bearer(one))).json.dead_letter.code).toBe("invalid_json")

    wait(1000)
    const accepted = await push(one, article(), { id: "again" })
    expect(accepted.status).toBe(200)
    expect(await readAttempt(second.id)).toMatchObject({ dead_letter: "superseded", closed_at: rfc3339(now) })
    expect((await send("/push/one/deliveries/again", bearer(one))).text).toBe(accepted.text)
    expect((await deadLetters()).open).toBe(0)
  })

  test("a message of which a part was rejected stays one dead letter, however often it is repeated", async () => {
    const body = message([article({ id: "part" }), { id: "part-bad" }])
    const repeated = async () => {
      wait(1000)
      const sent = await pushRaw(one, body, { id: "part" })
      return [sent.status, sent.headers.get("webhook-repeated")]
    }
    expect(await repeated()).toEqual([200, null])
    const began = now
    const [{ id }] = (await deadLetters()).dead_letters
    for (let no = 0; no < 2; no++) {
      expect(await repeated()).toEqual([200, "true"])
      // It is the same dead letter, unchanged.
      expect(await deadLetters()).toMatchObject({
        open: 1,
        dead_letters: [{ id, received_at: rfc3339(began), dead_letter: "open" }],
      })
    }
    await admin("POST", `/dead-letters/${id}/dismiss`)
    const closed = rfc3339(now)
    // An operator dismissed it: a repetition says nothing new.
    expect(await repeated()).toEqual([200, "true"])
    expect((await deadLetters()).open).toBe(0)
    expect(await readAttempt(id)).toMatchObject({ dead_letter: "dismissed", closed_at: closed })
    const [{ n } = {}] = await rows("select count(*) n from attempts where delivery_id = 'part'")
    expect([n, (await env.RECEIVED.list({ prefix: `dead/${await sha256(body)}/` })).objects.length]).toEqual([4, 1])
  })

  test("an id used for another body: a dead letter of its own, which a repetition of the first does not close", async () => {
    const [first, second] = [message(article({ id: "first-body" })), message(article({ id: "second-body" }))]
    const accepted = await pushRaw(one, first, { id: "reused" })
    wait(1000)
    const refused = await pushRaw(one, second, { id: "reused" })
    expect([refused.status, refused.json.code]).toEqual([409, "delivery_id_reused"])
    const [deadLetter] = (await deadLetters()).dead_letters
    expect(deadLetter).toMatchObject({
      status: 409,
      delivery_id: `reused.${(await sha256(second)).slice(0, 16)}`,
      dead_letter: "open",
    })
    wait(1000)
    expect((await pushRaw(one, first, { id: "reused" })).headers.get("webhook-repeated")).toBe("true")
    expect((await readAttempt(deadLetter.id)).dead_letter).toBe("open")
    // The answer to the publisher is about the message that has the id; the other one is not lost.
    expect((await send("/push/one/deliveries/reused", bearer(one))).text).toBe(accepted.text)
    wait(1000)
    expect((await pushRaw(one, second, { id: "reused" })).status).toBe(409)
    expect((await deadLetters()).open).toBe(1)
    const [latest] = (await deadLetters()).dead_letters
    wait(1000)
    expect((await replayed(latest.id)).json.outcome).toBe("replayed")
    expect(await storedArticle("second-body")).toMatchObject({ state: "published" })
    expect((await deadLetters()).open).toBe(0)
  })

  test("deliveries of one publisher close no dead letter of another", async () => {
    await push(one, { id: "a" }, { id: "same-id" })
    await push(two, article(), { id: "same-id" })
    expect((await deadLetters()).open).toBe(1)
    await push(one, article(), { id: "same-id" })
    expect((await deadLetters()).open).toBe(0)
  })
})

describe("a failure of feedwire itself", () => {
  test("leaves a dead letter too: 500, without the cause in the answer, and replayed when it is fixed", async () => {
    const source = await signedSource(one, "broken")
    const logged = vi.spyOn(console, "error").mockImplementation(() => {})
    // A mapping that no request could have stored.
    await env.DB.prepare("update sources set settings = ? where name = 'broken'")
      .bind('{"mapping":{"id":{"not":"a pointer"}}}')
      .run()
    const sent = await post(source, JSON.stringify({ id: "ours", title: "Ours" }))
    expect([sent.status, sent.json.code]).toEqual([500, "internal_error"])
    expect(sent.text).not.toMatch(/TypeError|pointer|\bat \w+ \(/)
    expect(logged.mock.calls.flat().join()).toContain("TypeError")
    const [deadLetter] = (await deadLetters()).dead_letters
    expect(deadLetter).toMatchObject({ status: 500, code: "internal_error", endpoint: "sources/broken" })
    // The operator sees the cause, the sender does not.
    expect(deadLetter.detail).toContain("TypeError")
    const asked = await send(`/push/one/deliveries/${deadLetter.delivery_id}`, bearer(one))
    expect(asked.json.dead_letter).toMatchObject({ state: "open", status: 500, code: "internal_error" })
    expect(asked.text).not.toContain("TypeError")

    wait(1000)
    await env.DB.prepare("update sources set settings = '{}' where name = 'broken'").run()
    expect((await replayed(deadLetter.id)).json.outcome).toBe("replayed")
    expect(await storedArticle("ours")).toMatchObject({ title: "Ours" })
  })
})

describe("a replay is refused with the reason, and changes nothing", () => {
  const refusedAs = async (id: number, detailPattern: RegExp) => {
    const sent = await replayed(id)
    const { code, detail } = sent.json
    expect([sent.status === 409 || sent.json.outcome === "refused", code, detail]).toEqual([
      true,
      "not_replayable",
      expect.stringMatching(detailPattern),
    ])
  }

  test("of a dead letter whose bytes are gone", async () => {
    await push(one, { id: "a" }, { id: "bytes-gone" })
    const { id, body_sha256: sha } = await deadLetterOf("bytes-gone")
    const [{ object_key } = {}] = await rows("select object_key from attempts where id = ?", id)
    await env.RECEIVED.delete([object_key as string, `received/${sha}`])
    await refusedAs(id, /no longer stored/)
    expect((await admin("GET", `/attempts/${id}/body`)).status).toBe(404)
    expect((await readAttempt(id)).dead_letter).toBe("open")
    await admin("POST", `/dead-letters/${id}/dismiss`)
  })

  test("of an unauthenticated message, of a replay, and of an unknown attempt", async () => {
    await push({ ...one, secret: two.secret }, article({ id: "forged" }))
    const [{ id } = {}] = await rows(
      "select id from attempts where authentication = 'refused' order by id desc limit 1",
    )
    await refusedAs(id as number, /sender of attempt \d+ is unknown/)
    expect(await storedArticle("forged")).toBeUndefined()
    const [of] = await rows("select id from attempts where replay_of is not null limit 1")
    await refusedAs(of?.id as number, /is a replay/)
    expect((await replayed(999_999)).status).toBe(404)
    expect((await admin("POST", "/attempts/x/replay")).status).toBe(404)
    // Not together with others either.
    const all = await admin("POST", "/attempts/replay", { dead_letters: false, from: id, to: id })
    expect(all.json).toEqual({ replays: [] })
  })

  test("of a disabled publisher", async () => {
    const off = await publisher("off")
    await push(off, { id: "a" }, { id: "of-disabled" })
    const { id } = await deadLetterOf("of-disabled")
    await admin("PATCH", "/publishers/off", { state: "disabled" })
    await refusedAs(id, /not active/)
    await admin("PATCH", "/publishers/off", { state: "active" })
    expect((await replayed(id)).json).toMatchObject({ outcome: "refused", errors: [{ pointer: "/data" }] })
  })

  test("of a source that was deleted, or is no longer trusted", async () => {
    const made = await admin("POST", "/publishers/two/sources", { name: "open", sender: "unsigned", trusted: true })
    const path = new URL(made.json.url).pathname
    const headers = { "content-type": "application/json" }
    expect((await send(path, { method: "POST", headers, body: '{"title":"T"}' })).status).toBe(422)
    const [{ id }] = (await deadLetters("two")).dead_letters
    await admin("DELETE", "/publishers/two/sources/open")
    await refusedAs(id, /the source is gone or not trusted/)
  })
})

test("a replay is not charged: neither bytes nor silence nor the limit of requests", async () => {
  await push(one, { id: "a" }, { id: "uncharged" })
  const { id } = await deadLetterOf("uncharged")
  const activity = () => rows("select * from publisher_activity order by publisher_uid")
  const before = await activity()
  wait(HOUR)
  const limiter = { limit: () => Promise.reject(new Error("not asked")) }
  const bindings = { ...env, PUBLISHER_RATE: limiter, UNAUTHENTICATED_RATE: limiter } as unknown as Env
  const authorization = `Bearer ${env.ADMIN_TOKEN}`
  const sent = await send(`/admin/api/attempts/${id}/replay`, { method: "POST", headers: { authorization } }, bindings)
  expect(sent.json.outcome).toBe("refused")
  expect(await activity()).toEqual(before)
})
