/** Tests the push endpoint: rejected messages, dry runs, replays, and the inventory of a publisher. */
import { env } from "cloudflare:workers"
import { describe, expect, test } from "vitest"
import {
  article,
  bearer,
  bytesOf,
  counts,
  everything,
  first,
  freeze,
  inFeed,
  message,
  one,
  outcomes,
  preparePublishers,
  rfc3339,
  sha256,
  two,
} from "./push-endpoint.ts"
import { type Answer, ORIGIN, type PushOptions, publisher, push, pushRaw, send } from "./world.ts"

preparePublishers()

describe("a message whose articles are all rejected", () => {
  test("is 422 and does not reserve its id: the corrected message may have the same id", async () => {
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

  test("a message that is answered 400 does not reserve its id either", async () => {
    expect((await pushRaw(one, "{", { id: "retry-json" })).status).toBe(400)
    expect((await push(one, article(), { id: "retry-json" })).status).toBe(200)
  })
})

describe("a dry run", () => {
  test("gets the answer of a real push, and stores nothing", async () => {
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

  test("is refused where a real push is refused, and stores nothing then either", async () => {
    const before = await everything()
    expect((await push(one, {}, { query: "?dry_run=1" })).status).toBe(422)
    expect((await pushRaw(one, "{}", { query: "?dry_run=1" })).status).toBe(400)
    expect((await push({ ...one, secret: two.secret }, article(), { query: "?dry_run=1" })).status).toBe(401)
    expect(await everything()).toEqual(before)
  })
})

describe("a replay", () => {
  test("of the same body gets the same answer byte for byte, whatever was pushed since", async () => {
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

  test("of a body under the same id that differs by a byte is a conflict", async () => {
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

    // The next request continues at the last cursor.
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

  test("begins at a given time, that moment included", async () => {
    const timed = await publisher("timed")
    // Commits are in the order of their times, so the times of this test are later than all others.
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

  test("a cursor of another deployment is answered 410, and one of another kind or form 400", async () => {
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
    // A cursor of another publisher is only a position, so it shows none of that publisher's articles.
    const theirs = await send(`/push/one/articles?since=${cursorOf(version, epoch, kind, "0", "")}`, bearer(one))
    expect(theirs.json.articles.every(({ guid }: { guid: string }) => !guid.startsWith("grown-"))).toBe(true)
    expect((await send("/push/two/articles?sinec=1", bearer(two))).json.detail).toContain("Did you mean since?")
  })
})
