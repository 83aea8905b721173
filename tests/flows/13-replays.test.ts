/** Tests replays of dead letters, and dead letters that their senders close. */
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
import { admin, article, post, publisher, push, pushRaw, rows, type SignedSource, send, signedSource } from "./world.ts"

describe("replays of many messages", () => {
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

  test("of a range run oldest first, 20 in a request, and continue where the last request ended", async () => {
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
    expect([first.json.next, first.json.remaining]).toEqual([ids[21], 3])
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

  test("say first what they would do, and change nothing", async () => {
    await many({ publisher: "one" })
    await spoil(source)
    const began = now
    for (let no = 0; no < 22; no++) {
      wait(1000)
      await post(source, bad(`dry ${no}`))
    }
    const since = rfc3339(began)
    const stored = async () => JSON.stringify([await rows("select * from attempts"), await rows("select * from audit")])
    const dry = (more: object = {}) => many({ publisher: "one", since, dry_run: true, ...more })
    const before = await stored()
    const refused = (await dry()).json
    expect([refused.dry_run, refused.replays.length, refused.remaining]).toEqual([true, 20, 2])
    expect(refused.replays[0]).toMatchObject({
      outcome: "refused",
      code: "all_articles_rejected",
      errors: [
        { pointer: "/id", detail: "is missing" },
        { pointer: "", detail: "No id was found; these pointers were read: /wrong" },
      ],
    })
    expect(await stored()).toBe(before)
    await correct(source)
    const [commit, audited] = [await lastCommit(), await stored()]
    const first = (await dry()).json
    const rest = (await dry({ from: first.next })).json
    expect([...first.replays, ...rest.replays].map(({ outcome }: { outcome: string }) => outcome)).toEqual(
      Array(22).fill("replayable"),
    )
    expect([rest.remaining, rest.next]).toEqual([0, undefined])
    expect([await lastCommit(), await stored()]).toEqual([commit, audited])
    // A request that was interrupted is repeated: what it replayed is done.
    const [{ id }] = first.replays
    await admin("POST", `/attempts/${id}/replay`)
    const real = (await many({ publisher: "one", since })).json
    expect(real.replays.map((each: { id: number }) => each.id)).toEqual(
      [...first.replays, ...rest.replays].slice(1, 21).map((each: { id: number }) => each.id),
    )
    expect([real.remaining, (await many({ publisher: "one", since })).json.replays.length]).toEqual([1, 1])
    expect(await storedArticle("dry 21")).toMatchObject({ state: "published" })
  })

  test("of a publisher include only its messages, and only open dead letters unless all are requested", async () => {
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
    expect((await many({ publisher: "one" })).json).toEqual({ replays: [], remaining: 0 })

    // This replays all messages of the publisher in the last hour. Their articles are stored already, so nothing is
    // written.
    const commit = await lastCommit()
    wait(1000)
    const all = await many({ publisher: "one", dead_letters: false, since: rfc3339(now - 10_000) })
    expect(all.json.replays.map(({ outcome }: { outcome: string }) => outcome)).toEqual(["replayed"])
    expect(await lastCommit()).toBe(commit)
    await many({ publisher: "two" })
    expect(await storedArticle("theirs")).toBeDefined()
  })

  test("of a range of time include its first moment and exclude its last", async () => {
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

  test("take only what another mapping, section or limit can change", async () => {
    await spoil(source)
    const [before] = await rows("select max(id) id from attempts")
    const stored = message(article({ id: "stored" }))
    await pushRaw(one, stored, { id: "stored" })
    await post(source, JSON.stringify({ key: "mapped", title: "x" }))
    await push(one, { id: "no-content" })
    await push(one, [article(), { id: "part" }], { id: "some" })
    await pushRaw(one, message(Array(101).fill({ id: "x" })))
    // A correction of the wire's settings cannot change these.
    await pushRaw(one, message(article()), { id: "stored" })
    await pushRaw(one, "{", {})
    await pushRaw(one, JSON.stringify({ type: "article.created" }))
    const document = { method: "POST", headers: { ...bearer(one).headers, "content-type": "application/rss+xml" } }
    await send("/push/one", { ...document, body: "<rss>" })
    await send("/push/one", { ...document, headers: { ...document.headers, "content-type": "text/x" }, body: "x" })
    await pushRaw(one, message(article()), { query: "?dryrun=1" })
    await vi.waitFor(async () =>
      expect(await rows("select status from attempts where id > ?", before?.id)).toHaveLength(11),
    )
    const from = Number(before?.id) + 1
    const statuses = async (body: object) => {
      const { replays } = (await many({ publisher: "one", from, ...body })).json
      const ids = replays.map(({ id }: { id: number }) => id)
      const found = await rows(`select status from attempts where id in (${ids.join()}) order by id`)
      return found.map(({ status }) => status)
    }
    expect(await statuses({ dead_letters: false })).toEqual([200, 422, 422, 200, 413])
    await correct(source)
    expect(await statuses({})).toEqual([422, 422, 200, 413])
    expect(await storedArticle("mapped")).toMatchObject({ state: "published" })
    for (const { id } of (await deadLetters()).dead_letters) await admin("POST", `/dead-letters/${id}/dismiss`)
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
  test("a retry that fails again supersedes the dead letter, because a delivery has one open dead letter", async () => {
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

  test("a message with a rejected part stays one dead letter, however often it is repeated", async () => {
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
      // The dead letter is the same and unchanged.
      expect(await deadLetters()).toMatchObject({
        open: 1,
        dead_letters: [{ id, received_at: rfc3339(began), dead_letter: "open" }],
      })
    }
    await admin("POST", `/dead-letters/${id}/dismiss`)
    const closed = rfc3339(now)
    // An operator dismissed the dead letter, so a repetition of the message opens no new one.
    expect(await repeated()).toEqual([200, "true"])
    expect((await deadLetters()).open).toBe(0)
    expect(await readAttempt(id)).toMatchObject({ dead_letter: "dismissed", closed_at: closed })
    const [{ n } = {}] = await rows("select count(*) n from attempts where delivery_id = 'part'")
    expect([n, (await env.RECEIVED.list({ prefix: `dead/${await sha256(body)}/` })).objects.length]).toEqual([4, 1])
  })

  test("another body under a used id has a dead letter, which a repetition of the first does not close", async () => {
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
    // The publisher gets the answer for the message that has the id; the other message is not lost.
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
  test("leaves a dead letter: 500 without the cause in the answer, and a replay after it is fixed", async () => {
    const source = await signedSource(one, "broken")
    const logged = vi.spyOn(console, "error").mockImplementation(() => {})
    // No request could have stored this mapping.
    await env.DB.prepare("update sources set settings = ? where name = 'broken'")
      .bind('{"mapping":{"id":{"not":"a pointer"}}}')
      .run()
    const sent = await post(source, JSON.stringify({ id: "ours", title: "Ours" }))
    expect([sent.status, sent.json.code]).toEqual([500, "internal_error"])
    expect(sent.text).not.toMatch(/TypeError|pointer|\bat \w+ \(/)
    expect(logged.mock.calls.flat().join()).toContain("TypeError")
    const [deadLetter] = (await deadLetters()).dead_letters
    expect(deadLetter).toMatchObject({ status: 500, code: "internal_error", endpoint: "sources/broken" })
    // Only the operator sees the cause, not the sender.
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

  test("for a dead letter whose bytes are gone", async () => {
    await push(one, { id: "a" }, { id: "bytes-gone" })
    const { id, body_sha256: sha } = await deadLetterOf("bytes-gone")
    const [{ object_key } = {}] = await rows("select object_key from attempts where id = ?", id)
    await env.RECEIVED.delete([object_key as string, `received/${sha}`])
    await refusedAs(id, /no longer stored/)
    expect((await admin("GET", `/attempts/${id}/body`)).status).toBe(404)
    expect((await readAttempt(id)).dead_letter).toBe("open")
    await admin("POST", `/dead-letters/${id}/dismiss`)
  })

  test("for an unauthenticated message, for a replay, and for an unknown attempt", async () => {
    await push({ ...one, secret: two.secret }, article({ id: "forged" }))
    const [{ id } = {}] = await rows(
      "select id from attempts where authentication = 'refused' order by id desc limit 1",
    )
    await refusedAs(id as number, /was refused before it was read/)
    expect(await storedArticle("forged")).toBeUndefined()
    const [of] = await rows("select id from attempts where replay_of is not null limit 1")
    await refusedAs(of?.id as number, /is a replay/)
    expect((await replayed(999_999)).status).toBe(404)
    expect((await admin("POST", "/attempts/x/replay")).status).toBe(404)
    // The dead letter is not replayed in a range either.
    const all = await admin("POST", "/attempts/replay", { dead_letters: false, from: id, to: id })
    expect(all.json).toEqual({ replays: [], remaining: 0 })
  })

  test("for a disabled publisher", async () => {
    const off = await publisher("off")
    await push(off, { id: "a" }, { id: "of-disabled" })
    const { id } = await deadLetterOf("of-disabled")
    await admin("PATCH", "/publishers/off", { state: "disabled" })
    await refusedAs(id, /not active/)
    await admin("PATCH", "/publishers/off", { state: "active" })
    expect((await replayed(id)).json).toMatchObject({ outcome: "refused", errors: [{ pointer: "/data" }] })
  })

  test("for a source that was deleted or is no longer trusted", async () => {
    const made = await admin("POST", "/publishers/two/sources", { name: "open", sender: "unsigned", trusted: true })
    const path = new URL(made.json.url).pathname
    const headers = { "content-type": "application/json" }
    expect((await send(path, { method: "POST", headers, body: '{"title":"T"}' })).status).toBe(422)
    const [{ id }] = (await deadLetters("two")).dead_letters
    await admin("DELETE", "/publishers/two/sources/open")
    await refusedAs(id, /the source is gone or not trusted/)
  })
})

test("a replay counts for nothing: bytes of the day, activity and rate limit stay the same", async () => {
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
