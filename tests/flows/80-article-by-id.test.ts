/** Tests GET /v1/articles/:id, embargoed articles, and partners who see only some publishers. */
import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, test } from "vitest"
import { readSelection } from "../../src/articles/read/read-selection.ts"
import { LIST_START } from "../../src/articles/read/scan-selection.ts"
import { EVERYTHING, scopeSelection } from "../../src/articles/read/selection-terms.ts"
import { createDbClient } from "../../src/db/client.ts"
import {
  bindings,
  brief,
  created,
  done,
  edge,
  full,
  idOf,
  list,
  mute,
  prepareArticles,
  titles,
  trips,
} from "./article-lists.ts"
import { HOUR, now, rfc3339, wait } from "./clock.ts"
import { type Answer, article, ORIGIN, publisher, push, send, sweep } from "./world.ts"

prepareArticles()

/** The same wire with a closed API. */
const closed = { ...env, API_ACCESS: "partners" } as unknown as Env

describe("an article by its id", () => {
  const at = (id: string, query = "", from: Env = env, headers: HeadersInit = {}) =>
    send(`/v1/articles/${id}${query}`, { headers }, from, edge)

  test("is found by its digits and by the whole tag: URI, plain or escaped", async () => {
    const made = await created(full, article({ title: "by id", _feedwire: { sections: ["sports"] } }, 3))
    const id = idOf(made)
    const sent = await at(id)
    expect([sent.status, sent.json.title]).toEqual([200, "by id"])
    for (const spelling of [id.toUpperCase(), sent.json.id, encodeURIComponent(sent.json.id)]) {
      expect((await at(spelling)).json).toEqual(sent.json)
    }
    expect(sent.headers.get("cache-tag")).toMatch(/^publisher:[0-9a-f]{16},wire$/)
    expect(sent.json.api_url).toBe(`${ORIGIN}/v1/articles/${id}`)
  })

  test("costs its row and the wire's row for a 304, and no body", async () => {
    const id = idOf(await created(full, article({ title: "unchanged" }, 3)))
    trips.length = 0
    const sent = await at(id, "", bindings)
    expect(trips).toHaveLength(1)
    const whole = trips[0]?.rowsRead ?? 0
    trips.length = 0
    await at(id, "?fields=title", bindings)
    expect(whole - (trips[0]?.rowsRead ?? 0)).toBe(1)
    const etag = sent.headers.get("etag") ?? ""
    trips.length = 0
    expect((await at(id, "", bindings, { "if-none-match": etag })).status).toBe(304)
    expect(trips.map(({ rowsRead }) => rowsRead)).toEqual([2])
    // The validator of an article does not change with other articles, but changes with the name of its publisher.
    await created(full, article({}, 3))
    expect((await at(id, "", env, { "if-none-match": etag })).status).toBe(304)
    await done("PATCH", "/publishers/full", { name: "Full" })
    const renamed = await at(id, "", env, { "if-none-match": etag })
    expect([renamed.status, renamed.json.publisher.name]).toEqual([200, "Full"])
    wait(60_000)
    await created(full, { ...article({ id: sent.json.guid, title: "changed" }, 3), date_modified: rfc3339(now) })
    const changed = await at(id, "", env, { "if-none-match": renamed.headers.get("etag") ?? "" })
    expect([changed.status, changed.json.title]).toEqual([200, "changed"])
  })

  test.each([
    ["nothing", "An id is 32 hexadecimal digits"],
    ["12", "An id is 32 hexadecimal digits"],
    [`${"0".repeat(31)}g`, "An id is 32 hexadecimal digits"],
    [`tag:other.example,2026:${"0".repeat(32)}`, "Ids of this wire begin with tag:feeds.example,2026:"],
    ["0".repeat(32), "There is no article 00000000000000000000000000000000 here."],
  ])("%s is not an id: 404", async (id, detail) => {
    const sent = await at(id)
    expect([sent.status, sent.json.code, sent.json.detail]).toEqual([404, "not_found", expect.stringContaining(detail)])
    expect((await at(id, "?fields=nothing")).status).toBe(400)
  })

  test("is 404, not withdrawn, if nothing of it may be shown", async () => {
    const { title: _, ...untitled } = article({ content_html: "<p>The body alone.</p>" }, 3)
    const id = idOf(await created(mute, untitled))
    const problemOf = ({ status, json }: Answer) => [
      status,
      json.code,
      json.detail.replace(/[0-9a-f]{32}/, ""),
      json.tombstone,
    ]
    expect(problemOf(await at(id))).toEqual(problemOf(await at("f".repeat(32))))
    expect((await at(id)).status).toBe(404)
    expect((await send(`/v1/articles/${id}/related`)).status).toBe(404)
  })

  test("is 410 with the tombstone everywhere if it is withdrawn", async () => {
    const item = article({ title: "to be withdrawn", tags: ["withdrawn"] }, 3)
    const id = idOf(await created(full, item))
    const { etag } = Object.fromEntries((await at(id)).headers)
    wait(60_000)
    await push(full, { id: item.id }, { type: "article.deleted", at: now, timestamp: rfc3339(now) })
    const sent = await at(id, "", env, { "if-none-match": etag ?? "" })
    expect([sent.status, sent.json.code]).toEqual([410, "withdrawn"])
    expect(sent.json.tombstone).toEqual({
      id: `tag:feeds.example,2026:${id}`,
      deleted_at: rfc3339(now).replace(".000Z", "Z"),
      reason: "withdrawn",
    })
    expect(sent.headers.get("cache-control")).toBe("private, no-store")
    expect((await list("?tag=withdrawn")).json.articles).toEqual([])
  })

  test("is withdrawn at once if its publisher is removed, before the sweep", async () => {
    const leaving = await publisher("leaving")
    const id = idOf(await created(leaving, article({ tags: ["leaving"] }, 3)))
    wait(60_000)
    await done("POST", "/publishers/leaving/remove", {}).catch(() => done("DELETE", "/publishers/leaving"))
    const removedAt = rfc3339(now).replace(".000Z", "Z")
    const tombstone = { id: `tag:feeds.example,2026:${id}`, reason: "publisher_removed" }
    const before = await at(id)
    expect([before.status, before.json.tombstone]).toEqual([410, { ...tombstone, deleted_at: removedAt }])
    expect((await list("?tag=leaving")).json.articles).toEqual([])
    wait(60_000)
    await sweep()
    const after = await at(id)
    expect([after.status, after.json.tombstone.reason]).toEqual([410, "publisher_removed"])
  })
})

describe("an embargo", () => {
  const everywhere = async (id: string) => {
    const [newest, changed, byId] = [
      await list("?tag=embargoed"),
      await list("?tag=embargoed&updated_since=2026-01-01"),
      await send(`/v1/articles/${id}`, {}, env, edge),
    ]
    return [titles(newest), titles(changed), byId.status]
  }

  test("hides the article everywhere until its end and the next sweep; a new embargo hides it again", async () => {
    const item = article({ title: "embargoed", tags: ["embargoed"], date_published: rfc3339(now) }, 3)
    const until = (at: number) => ({ ...item, _feedwire: { embargo: rfc3339(at) } })
    const id = idOf(await created(full, until(now + HOUR)))
    expect(await everywhere(id)).toEqual([[], [], 404])
    const unknown = await send(`/v1/articles/${"f".repeat(32)}`)
    const secret = await send(`/v1/articles/${id}`)
    const problemOf = ({ json }: Answer) => ({
      ...json,
      detail: json.detail.replace(/[0-9a-f]{32}/, ""),
      request_id: "",
    })
    expect(problemOf(secret)).toEqual(problemOf(unknown))
    wait(30 * 60_000)
    await sweep()
    expect(await everywhere(id)).toEqual([[], [], 404])
    wait(HOUR)
    await sweep()
    expect(await everywhere(id)).toEqual([["embargoed"], ["embargoed"], 200])
    wait(60_000)
    await created(full, until(now + HOUR))
    expect(await everywhere(id)).toEqual([[], [], 410])
    wait(2 * HOUR)
    await sweep()
    expect(await everywhere(id)).toEqual([["embargoed"], ["embargoed"], 200])
  })

  test("leaves no trace of an article that is withdrawn before its end", async () => {
    const item = article({ tags: ["embargoed too"], _feedwire: { embargo: rfc3339(now + HOUR) } }, 3)
    const id = idOf(await created(full, item))
    wait(60_000)
    await push(full, { id: item.id }, { type: "article.deleted", at: now, timestamp: rfc3339(now) })
    expect((await send(`/v1/articles/${id}`)).status).toBe(404)
  })
})

describe("a partner that may see some publishers only", () => {
  let ones: string
  let few: string
  let none: string
  const ask = (path: string, secret: string) =>
    send(path, { headers: { authorization: `Bearer ${secret}` } }, closed, edge)

  beforeAll(async () => {
    const keyOf = async (slug: string, publishers: string[]) => {
      await done("POST", "/partners", { slug, name: slug, publishers })
      return (await done("POST", `/partners/${slug}/keys`, {})).secret
    }
    await publisher("other")
    ones = await keyOf("ones", ["brief"])
    few = await keyOf("few", ["brief", "mute"])
    none = await keyOf("none", ["other"])
    const item = (title: string) => article({ title, tags: ["seen"], _feedwire: { sections: ["sports"] } }, 3)
    const url = "https://full.example/sent-by-both"
    await created(full, item("of full"), { ...item("shared by full"), url })
    await created(brief, item("of brief"), { ...item("shared by brief"), url })
    await created(mute, item("of mute"))
    await sweep()
  })

  test("sees their articles in every list, with any selection", async () => {
    for (const query of [
      "?tag=seen",
      "?tag=seen&section=sports",
      "?tag=seen&lang=en&not=france",
      "?tag=seen&updated_since=2026-01-01",
    ]) {
      const seen = async (secret: string) => titles(await ask(`/v1/articles${query}`, secret)).sort()
      // A list of one publisher includes its suppressed articles; a list of several publishers shows each address once.
      expect([query, await seen(ones)]).toEqual([query, ["of brief", "shared by brief"]])
      expect([query, await seen(few)]).toEqual([query, ["of brief", "of mute"]])
      expect([query, await seen(none)]).toEqual([query, []])
    }
    expect(titles(await ask("/v1/articles?tag=seen&publisher=brief", few))).toEqual(["shared by brief", "of brief"])
  })

  test("may see articles of many publishers: more than the columns of a row or arguments of a function", async () => {
    const { results } = await env.DB.prepare("select uid from publishers where slug in ('brief', 'mute')").all<{
      uid: string
    }>()
    const others = Array.from({ length: 150 }, (_, n) => n.toString(16).padStart(16, "e"))
    const publishers = [...others, ...results.map(({ uid }) => uid)]
    for (const selection of [EVERYTHING, { ...EVERYTHING, section: ["sports"], lang: ["en"], not: ["france"] }]) {
      const options = {
        selection: scopeSelection({ ...selection, tag: ["seen"] }, publishers),
        part: { kind: "page", entries: 10, below: LIST_START },
        bodyBytes: 0,
      } as const
      const { articles = [] } = await readSelection(createDbClient(env.DB), options, { validators: [], until: -1 })
      expect(articles.map(({ title }) => title).sort()).toEqual(["of brief", "of mute"])
    }
  })

  test("learns nothing of other publishers: neither their names nor their articles", async () => {
    const other = await ask("/v1/articles?publisher=full", ones)
    const never = await ask("/v1/articles?publisher=fulk", ones)
    const problemOf = (sent: Answer) => [sent.status, sent.json.code, sent.json.detail.replace(/ful[lk]/g, "x")]
    expect(problemOf(other)).toEqual(problemOf(never))
    expect(problemOf(await ask("/v1/articles?publisher=brief,full&limit=0", ones)).join()).not.toContain("Did you mean")
    expect(problemOf(await ask("/v1/articles?publisher=gone", ones))).toEqual(
      problemOf(await ask("/v1/articles?publisher=gane", ones))
        .map((each) => String(each).replace("gane", "gone"))
        .map((each, i) => (i === 0 ? Number(each) : each)),
    )
    const [full] = (await list("?tag=seen&publisher=full")).json.articles
    const [hidden, unknown] = [
      await ask(`/v1/articles/${full.id}`, ones),
      await ask(`/v1/articles/${"f".repeat(32)}`, ones),
    ]
    expect([hidden.status, unknown.status]).toEqual([404, 404])
    expect(hidden.json.title).toBe(unknown.json.title)
    // A canonical article lists no duplicate of a hidden publisher.
    const canonical = (await list("?tag=seen&publisher=full")).json.articles.find(
      ({ duplicates }: { duplicates?: unknown }) => duplicates,
    )
    expect(canonical.duplicates).toHaveLength(1)
    await done("POST", "/partners", { slug: "fulls", name: "fulls", publishers: ["full"] })
    const { secret } = await done("POST", "/partners/fulls/keys", {})
    const alone = (await ask(`/v1/articles/${canonical.id}`, secret)).json
    expect(alone).toEqual({ ...canonical, duplicates: undefined, version: undefined })
  })
})
