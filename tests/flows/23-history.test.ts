/**
 * Tests that a reader that follows links (RFC 5005, RFC 6721) has exactly the published articles, even if they change.
 */
import { env } from "cloudflare:workers"
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest"
import { decodeCursor } from "../../src/articles/model/cursor.ts"
import { readAtom, readJson, readRss } from "../unit/formats/reader.ts"
import {
  get,
  guidsOf,
  type Item,
  idOf,
  itemOf,
  minute,
  one,
  prepare,
  publish,
  Reader,
  row,
  START,
  withdraw,
} from "./history-reader.ts"
import { expectConsistent } from "./wire-state.ts"
import { WorkersCache } from "./workers-cache.ts"
import { type Answer, admin, ORIGIN, push, send } from "./world.ts"

beforeAll(prepare)

describe("a reader that follows next to the end and then polls the feed", () => {
  test("gets stable pages, however many articles are published", async () => {
    await publish(row("paged", 120))
    const { next_url: second } = (await get("/sections/paged/feed.json")).json
    const before = await get(second)
    await publish(
      row("paged", 60).map((each) => ({ ...each, guid: `later-${each.guid}`, published: 500 + each.published })),
    )
    expect(guidsOf(await get(second))).toEqual(guidsOf(before))
    expect((await get(second)).json.next_url).toBe(before.json.next_url)
  })

  test("finds an article that moved into a feed in its document, whatever its date", async () => {
    const reader = new Reader()
    const path = "/feed.json?limit=20&section=other,paged"
    for (let next: string | undefined = path; next; ) next = reader.take(await get(next)).json.next_url
    await publish(row("gone", 1))
    await publish([{ guid: "gone-0", published: -100, sections: ["other"] }])
    reader.take(await get(path))
    expect(reader.items.has(await idOf("gone-0"))).toBe(true)
  })

  test("finds an article that was withdrawn and published again in the document, whatever its date", async () => {
    const reader = new Reader()
    const path = "/feed.json?limit=20&section=paged"
    const url = (await send(path)).headers.get("location") ?? ""
    for (let next: string | undefined = url; next; ) next = reader.take(await get(next)).json.next_url
    await withdraw(["paged-3"])
    reader.take(await get(url))
    expect(reader.items.has(await idOf("paged-3"))).toBe(false)
    await publish([{ guid: "paged-3", published: 3, sections: ["paged"] }])
    reader.take(await get(url))
    expect(reader.items.has(await idOf("paged-3"))).toBe(true)
  })

  test("sees a correction without date_modified as the latest version", async () => {
    const base = { ...itemOf({ guid: "undated", published: 0, sections: ["undated"] }, minute(30)), title: "First" }
    await push(one, base, { timestamp: minute(30) })
    const reader = new Reader()
    reader.take(await get("/sections/undated/feed.json"))
    const corrected = { ...base, title: "Corrected", date_modified: undefined }
    const sent = await push(one, corrected, { timestamp: minute(60) })
    expect(sent.json.results[0].outcome).toBe("updated")
    reader.take(await get("/sections/undated/feed.json"))
    expect(Object.values(reader.titles())).toEqual(["Corrected"])
  })

  test("gets a short page if articles leave while its end is searched, and misses no others", async () => {
    // The selected articles are so rare that the scan ends before the page is full; a second round trip continues.
    const dust = Array.from({ length: 500 }, (_, i) => ({
      ...{ guid: `dust-${i}`, published: 1000 + i, sections: ["dusty", "raced"] },
    }))
    const rare = row("raced", 11).map((each, i) => ({ ...each, published: 1020.5 + 45 * i }))
    await publish([...dust, ...rare])
    const guids: string[] = []
    for (let next: string | undefined = "/feed.json?limit=1&not=dusty&section=raced"; next !== undefined; ) {
      const cursor = decodeCursor(new URL(next, ORIGIN).searchParams.get("after") ?? "", "page")?.position[0]
      const from = cursor === undefined ? 1499 : Math.floor((Number(cursor) - START) / 60_000)
      let trips = 0
      const between = async () => {
        trips += 1
        if (trips !== 2) return
        const select =
          "select guid from articles where state = 'published' and guid like 'dust-%' and published_at <= ?"
        const order = "order by published_at desc limit 30"
        const at = START + from * 60_000
        const { results } = await env.DB.prepare(`${select} ${order}`).bind(at).all<{ guid: string }>()
        await withdraw(results.map(({ guid }) => guid))
      }
      const sent: Answer = await send(next, {}, { ...env, DB: before(between) })
      expect(sent.status).toBe(200)
      guids.push(...guidsOf(sent))
      next = sent.json.next_url
    }
    expect(guids).toEqual(rare.map(({ guid }) => guid).reverse())
  })
})

/** Returns a database that runs `action` before every statement outside of a batch. */
function before(action: () => Promise<void>): D1Database {
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get: (target, name) => {
        const member = Reflect.get(target, name)
        if (typeof member !== "function") return member
        if (name === "bind") return (...values: unknown[]) => wrap(target.bind(...values))
        return async (...parameters: unknown[]) => {
          await action()
          return Reflect.apply(member, target, parameters)
        }
      },
    })
  return new Proxy(env.DB, {
    get: (target, name) => {
      if (name === "prepare") return (query: string) => wrap(target.prepare(query))
      const member = Reflect.get(target, name)
      return typeof member === "function" ? member.bind(target) : member
    },
  })
}

describe("archives of a feed", () => {
  const SECTION = "/sections/archived"
  const archive = (no: number, format = "atom") => `${SECTION}/archives/${no}/feed.${format}`
  const etagOf = async (path: string) => (await get(path)).headers.get("etag") ?? ""

  beforeAll(async () => {
    await publish(row("archived", 259))
  })

  test("are linked, declare that they are archives, and have a hundred entries each in the feed's order", async () => {
    const [first, second, feed] = [await get(archive(1)), await get(archive(2)), await get(`${SECTION}/feed.atom`)]
    for (const [sent, is] of [
      [feed, { isArchive: false, prevArchive: `${ORIGIN}${SECTION}/archives/2/feed`, nextArchive: "" }],
      [second, { isArchive: true, prevArchive: `${ORIGIN}${SECTION}/archives/1/feed`, nextArchive: "" }],
      [first, { isArchive: true, prevArchive: "", nextArchive: `${ORIGIN}${SECTION}/archives/2/feed` }],
    ] as [Answer, object][]) {
      expect(readAtom(sent.text)).toMatchObject(is)
    }
    expect(first.text).toContain("<fh:archive/>")
    expect(first.text).toContain(`<link rel="current" href="${ORIGIN}${SECTION}/feed.atom"`)
    for (const [no, from, to] of [
      [1, 0, 99],
      [2, 100, 199],
    ] as const) {
      const guids = guidsOf(await get(archive(no, "json")))
      const numbers = guids.map((guid) => Number(guid.split("-")[1])).sort((a, b) => a - b)
      expect(numbers).toEqual(Array.from({ length: to - from + 1 }, (_, i) => from + i))
      const ids = readJson((await get(archive(no, "json"))).text).entries.map(({ id }) => id)
      expect(readAtom((await get(archive(no))).text).entries.map(({ id }) => id)).toEqual(ids)
      expect(readRss((await get(archive(no, "rss"))).text).entries.map(({ id }) => id)).toEqual(ids)
    }
    const unarchived = guidsOf(await get(`${SECTION}/feed.json`))
    expect(unarchived).toHaveLength(59)
  })

  test("are 404 while they are incomplete, and that answer is not cached", async () => {
    for (const path of [
      archive(3),
      archive(4, "rss"),
      archive(999_999_999, "json"),
      "/languages/de/archives/1/feed.atom",
    ]) {
      const sent = await send(path)
      expect([path, sent.status, sent.json.code]).toEqual([path, 404, "not_found"])
      expect(sent.headers.get("cache-control")).toContain("no-store")
    }
    expect((await send("/feed.json?limit=20&section=archived,gone")).json._feedwire?.prev_archive_url).toBeUndefined()
    expect((await send("/sections/archived/archives/1/feed.atom?limit=20")).status).toBe(400)
  })

  test("are not changed by new articles, except the last one, once, when the next one is complete", async () => {
    const before = [await etagOf(archive(1)), await etagOf(archive(2))]
    await publish(
      row("archived", 30).map((each) => ({
        ...each,
        guid: `archived-${Number(each.guid.slice("archived-".length)) + 259}`,
      })),
    )
    expect([await etagOf(archive(1)), await etagOf(archive(2))]).toEqual(before)
    await publish(
      row("archived", 20).map((each) => ({
        ...each,
        guid: `archived-${Number(each.guid.slice("archived-".length)) + 289}`,
      })),
    )
    const after = [await etagOf(archive(1)), await etagOf(archive(2))]
    expect([after[0], after[1] === before[1]]).toEqual([before[0], false])
    expect(readAtom((await get(archive(2))).text).nextArchive).toBe(`${ORIGIN}${SECTION}/archives/3/feed`)
    expect((await get(archive(3))).status).toBe(200)
    for (const no of [1, 2, 3]) {
      const etag = await etagOf(archive(no))
      expect((await send(archive(no), { headers: { "if-none-match": etag } })).status).toBe(304)
    }
  })

  const amend: [string, () => Promise<void>, boolean][] = [
    ["a correction", () => publish([{ guid: "archived-120", published: 120, sections: ["archived"] }]), true],
    ["another date", () => publish([{ guid: "archived-121", published: 9000, sections: ["archived"] }]), true],
    ["a withdrawal", () => withdraw(["archived-122"]), false],
    ["a move to another section", () => publish([{ guid: "archived-123", published: 123, sections: ["gone"] }]), false],
  ]
  test.each(amend)("%s changes its archive, and no other", async (_, change, stays) => {
    const before = await Promise.all([1, 2, 3].map((no) => etagOf(archive(no))))
    const guids = guidsOf(await get(archive(2, "json")))
    await change()
    const after = await Promise.all([1, 2, 3].map((no) => etagOf(archive(no))))
    expect(after.map((etag, i) => etag === before[i])).toEqual([true, false, true])
    const now = guidsOf(await get(archive(2, "json")))
    expect(guids.filter((guid) => !now.includes(guid))).toHaveLength(stays ? 0 : 1)
    expect(now.filter((guid) => !guids.includes(guid))).toEqual([])
    const { json } = await get(`${SECTION}/feed.json`)
    expect(json.items.length + (json._feedwire.deleted?.length ?? 0)).toBeGreaterThan(50)
  })

  test("do not contain an article that comes back, because it is a new entry of the feed", async () => {
    const before = guidsOf(await get(archive(2, "json")))
    await publish([{ guid: "archived-122", published: 122, sections: ["archived"] }])
    expect(guidsOf(await get(archive(2, "json"))).sort()).toEqual(before.sort())
    expect(guidsOf(await get(`${SECTION}/feed.json`))).toContain("archived-122")
    expect((await get(`${SECTION}/feed.json`)).text).not.toContain(
      `"id":"${await idOf("archived-122")}","date_deleted"`,
    )
  })

  test("of withdrawn articles only are valid empty feeds", async () => {
    for (const from of [0, 50]) {
      const all = Array.from({ length: 50 }, (_, i) => `archived-${from + i}`)
      await withdraw(all)
    }
    const first = await get(archive(1))
    expect(readAtom(first.text)).toMatchObject({ isArchive: true, entries: [] })
    expect(readAtom((await get(archive(2))).text).prevArchive).toBe(`${ORIGIN}${SECTION}/archives/1/feed`)
  })
})

describe("a withdrawn article", () => {
  test("leaves every feed at once and has a tombstone in the formats that support it", async () => {
    await publish(row("gone", 130, { tags: ["leaving"] }))
    const id = await idOf("gone-77")
    const [moved, corrected] = [await idOf("gone-78"), await idOf("gone-79")]
    const page = (await get("/sections/gone/feed.json")).json.next_url
    const documents = [
      "/sections/gone/feed",
      "/sections/gone/archives/1/feed",
      "/feed",
      "/publishers/one/feed",
      "/languages/en/feed",
    ].flatMap((path) => ["rss", "atom", "json"].map((format) => `${path}.${format}`))
    documents.push(
      page,
      "/feed.json?limit=100&tag=leaving",
      "/feed.json?section=gone,other",
      "/feed.json?lang=en&section=gone",
    )
    expect((await get(page)).text).toContain(`"id":"${id}"`)
    await withdraw(["gone-77"])
    await publish([{ guid: "gone-78", published: 78, sections: ["sports"] }])
    await publish([{ guid: "gone-79", published: 79, sections: ["gone"] }])
    for (const path of documents) {
      const sent = await get(path)
      const entries = path.includes(".rss")
        ? readRss(sent.text)
        : path.includes(".atom")
          ? readAtom(sent.text)
          : readJson(sent.text)
      expect([path, entries.entries.some((entry) => entry.id === id)]).toEqual([path, false])
    }
    const [rss, atom, json] = await Promise.all(
      ["rss", "atom", "json"].map((format) => get(`/sections/gone/feed.${format}`)),
    )
    expect(rss?.text).not.toContain(id)
    const tombstones = readAtom(atom?.text ?? "").deleted
    expect(readJson(json?.text ?? "").deleted).toEqual(tombstones)
    expect(tombstones.find((each) => each.includes(id))).toContain("withdrawn")
    expect(tombstones.find((each) => each.includes(moved))).toContain("moved")
    expect(tombstones.some((each) => each.includes(corrected))).toBe(false)
    expect(json?.json.items.map((item: Item) => item.id)).toContain(corrected)
    // The article moved to another section, so only the feed that it left has a tombstone.
    expect(readJson((await get("/feed.json")).text).deleted.some((each) => each.includes(moved))).toBe(false)
    expect(readJson((await get("/feed.json")).text).deleted.some((each) => each.includes(id))).toBe(true)
    // Archives have no tombstones; only the subscription document has them.
    expect(readAtom((await get("/sections/gone/archives/1/feed.atom")).text).deleted).toEqual([])
  })

  test("has no tombstone any more after it is published again", async () => {
    const id = await idOf("gone-77")
    await publish([{ guid: "gone-77", published: 77, sections: ["gone"] }])
    const reading = readAtom((await get("/sections/gone/feed.atom")).text)
    expect(reading.entries.some((entry) => entry.id === id)).toBe(true)
    expect(reading.deleted.some((each) => each.includes(id))).toBe(false)
  })
})

describe("the edge cache", () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  test("has a cache tag for each archive, so a change of an entry purges only its archive", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_600_000 })
    const cache = new WorkersCache()
    const wait = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000)
    await publish(row("edge", 210))
    const [first, second] = ["/sections/edge/archives/1/feed.atom", "/sections/edge/archives/2/feed.atom"]
    const scope = (
      await env.DB.prepare("select 'section:' || id key from sections where slug = 'edge'").first<{ key: string }>()
    )?.key
    await cache.sweep()
    const tags = (await send(first, {}, env, cache)).headers.get("cache-tag")
    expect(tags?.split(",").sort()).toEqual([`${scope}/1`, "wire"])
    for (const path of [first, second]) await cache.get(path)
    wait(60)
    await publish([{ guid: "edge-new", published: 900, sections: ["edge"] }], { cache })
    for (const path of [first, second]) expect(await cache.get(path)).toMatchObject({ hit: true })
    wait(60)
    await withdraw(["edge-7"], { cache })
    expect(cache.purges.at(-1)).toContain(`${scope}/1`)
    const purged = await cache.get(first)
    expect([purged.hit, purged.body.includes(await idOf("edge-7")), (await cache.get(second)).hit]).toEqual([
      false,
      false,
      true,
    ])
    // A purge is repeated until the change is ten seconds old.
    wait(60)
    await cache.sweep()
    await cache.get(first)
    wait(60)
    await publish([{ guid: "edge-150", published: 150, sections: ["edge"] }], { cache })
    expect(cache.purges.at(-1)).toContain(`${scope}/2`)
    expect([(await cache.get(first)).hit, (await cache.get(second)).hit]).toEqual([true, false])
  })
})

test("search engines find all pages of a publisher in its lists, whose size does not grow", async () => {
  await admin("PATCH", `/publishers/${one.slug}`, { canonical: "wire" })
  const locations = async (path: string) =>
    [...(await send(path)).text.matchAll(/<loc>([^<]+)<\/loc>/g)].map(([, url = ""]) => url.slice(ORIGIN.length))
  const lists = await locations(`/publishers/${one.slug}/sitemap.xml`)
  const found = await Promise.all(lists.map(locations))
  expect(Math.max(...found.map(({ length }) => length))).toBeLessThanOrEqual(150)
  // Articles from an archive of the publisher are announced in no document until their own archive is complete.
  const { results } = await env.DB.prepare(
    `select m.article_id id from memberships m join scopes s on s.key = m.scope
     where m.scope like 'publisher:%' and (m.silent = 0 or m.position <= s.last_position / 100 * 100)`,
  ).all<{ id: string }>()
  expect(results.length).toBeGreaterThan(400)
  const ids = found.flat().map((path) => path.split("/")[2])
  expect([...new Set(ids)].sort()).toEqual(results.map(({ id }) => id).sort())
})

test("the tables are consistent", expectConsistent)
