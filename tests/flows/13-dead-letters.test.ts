/** Tests which messages become dead letters, and how operators see them. */
import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, test, vi } from "vitest"
import { HOUR, now, rfc3339, wait } from "./clock.ts"
import {
  bearer,
  deadLetterOf,
  deadLetters,
  lastCommit,
  message,
  one,
  readAttempt,
  replayed,
  sha256,
  storedArticle,
  two,
} from "./dead-letters.ts"
import {
  admin,
  article,
  hmacHex,
  ORIGIN,
  post,
  push,
  pushRaw,
  rows,
  type SignedSource,
  send,
  signedSource,
} from "./world.ts"

// biome-ignore lint/suspicious/noExplicitAny: the tests look at any member of items
const inFeed = async (path: string, guid: string): Promise<any> =>
  (await send(`${path}/feed.json`)).json.items.find(
    (item: { _feedwire: { guid: string } }) => item._feedwire.guid === guid,
  )

test("a dead letter is listed and shown with its bytes, and its sender can read its outcome", async () => {
  const body = message({ id: "unusable", title: 5 })
  const sent = await pushRaw(one, body, { id: "asked-about", at: now - 60_000 })
  expect([sent.status, sent.headers.get("location")]).toEqual([422, `${ORIGIN}/push/one/deliveries/asked-about`])

  const { dead_letters: list, open } = await deadLetters()
  expect(open).toBe(1)
  const deadLetter = {
    id: expect.any(Number),
    ...{ publisher: "one", received_at: rfc3339(now), endpoint: "", query: null },
    ...{ delivery_id: "asked-about", authentication: "v1" },
    ...{ key_id: expect.any(String), message_at: rfc3339(now - 60_000), content_type: "application/json" },
    ...{
      size_in_bytes: body.length,
      outcome: "failed",
      status: 422,
      ms: 0,
      code: "all_articles_rejected",
      detail: sent.json.detail,
    },
    ...{ dead_letter: "open", closed_at: null, replay_of: null, errors: sent.json.errors },
  }
  expect(list).toEqual([deadLetter])
  const [{ id }] = list
  expect(await readAttempt(id)).toEqual({ ...deadLetter, headers: expect.any(Object), body_sha256: await sha256(body) })
  const bytes = await admin("GET", `/attempts/${id}/body`)
  expect([bytes.text, bytes.headers.get("content-type")]).toEqual([body, "text/plain; charset=utf-8"])
  expect(bytes.headers.get("content-disposition")).toBe(`attachment; filename="attempt-${id}.txt"`)

  const asked = await send(sent.headers.get("location") ?? "", bearer(one))
  expect(asked.json).toEqual({
    delivery: { id: "asked-about", received_at: rfc3339(now), body_sha256: await sha256(body), commit: null },
    dead_letter: {
      ...{ state: "open", status: 422, code: "all_articles_rejected", detail: sent.json.detail },
      errors: sent.json.errors,
    },
    results: [],
  })
  // Another publisher cannot read the result.
  expect((await send("/push/two/deliveries/asked-about", bearer(two))).status).toBe(404)

  expect((await admin("POST", `/dead-letters/${id}/dismiss`)).json).toEqual({ id, dead_letter: "dismissed" })
  expect((await deadLetters()).open).toBe(0)
  expect((await send(sent.headers.get("location") ?? "", bearer(one))).json.dead_letter.state).toBe("dismissed")
  // A second dismissal changes nothing. A dismissed dead letter can still be replayed.
  expect((await admin("POST", `/dead-letters/${id}/dismiss`)).json).toEqual({ id, dead_letter: "dismissed" })
})

test("only an open dead letter can be dismissed", async () => {
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

  test("is answered 422; after the mapping is corrected, a replay publishes it with its original time", async () => {
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

    // With the old mapping the dead letter stays open, and the answer gives the reason.
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

  test("is stale in its replay if a newer version was pushed since", async () => {
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

  test("does not publish an article again that was deleted since", async () => {
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

  test("by the current mapping is accepted, stored, and replayed when the mapping is corrected", async () => {
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
      detail: "With the sender's current settings, the message holds no article.",
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
  test("in a signed message are refused and logged, and leave no dead letter that a replay could publish", async () => {
    const body = message(article({ id: "with-parameter" }))
    const { open } = await deadLetters()
    const sent = await pushRaw(one, body, { id: "parameter", query: "?dryrun=1" })
    expect([sent.status, sent.json.code]).toEqual([400, "unknown_parameter"])
    const [attempt] = await rows("select * from attempts order by id desc limit 1")
    expect(attempt).toMatchObject({ status: 400, code: "unknown_parameter", dead_letter: null, object_key: null })
    expect((await readAttempt(Number(attempt?.id))).query).toBe("dryrun=1")
    await pushRaw(one, body, { id: "parameter", query: "?whsec_abc&token=secret&utm_source=x" })
    const [other] = await rows("select query from attempts order by id desc limit 1")
    expect(other?.query).toBe("…=&token=…&utm_source=x")
    for (const query of ["?dry-run=1", "?DRY_RUN=1", "?dry_run=true", "?dry_run=", "?dry_run=1&dry_run=1", "?test=1"])
      expect((await pushRaw(one, body, { id: "parameter", query })).status).toBe(400)
    const replay = { publisher: "one", from: attempt?.id, dead_letters: false }
    expect((await admin("POST", "/attempts/replay", replay)).json.replays).toEqual([])
    expect((await deadLetters()).open).toBe(open)
    expect((await replayed(Number(attempt?.id))).status).toBe(409)
    // Without the parameter, it is an ordinary push.
    expect((await pushRaw(one, body, { id: "parameter" })).json.results[0].outcome).toBe("created")
  })

  test("in a dry run leave no dead letter, nor does any other fault in it", async () => {
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
