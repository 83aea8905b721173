/** Tests that feeds of a removed publisher answer 410 at once, and that its articles are withdrawn in batches. */
import { createExecutionContext, createScheduledController, waitOnExecutionContext } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, test } from "vitest"
import { releaseEmbargoed } from "../../src/articles/jobs/release-embargoed.ts"
import { beginRemoval, type Removal, readRemovals, removeArticles } from "../../src/articles/jobs/remove-publisher.ts"
import { resolveDuplicates } from "../../src/articles/jobs/resolve-duplicates.ts"
import { commitWire } from "../../src/articles/taxonomy/directory.ts"
import { createDbClient } from "../../src/db/client.ts"
import { forgetValidators } from "../../src/http/edge-cache.ts"
import worker from "../../src/index.ts"
import { readAtom, readJson } from "../unit/formats/reader.ts"
import { expectClassifiedByTaxonomy, expectConsistent } from "./wire-state.ts"
import { type Answer, admin, article, counted, makeWire, type Publisher, publisher, push, send } from "./world.ts"

const db = createDbClient(env.DB)
/** Each batch is a minute later than the one before it. */
let now = Date.now()
const next = () => {
  now += 60_000
  return now
}

async function uidOf(slug: string): Promise<string> {
  const row = await env.DB.prepare("select uid from publishers where slug = ?").bind(slug).first<{ uid: string }>()
  return row?.uid ?? ""
}
const remove = async (slug: string) => commitWire(db, beginRemoval(db, await uidOf(slug), now), next())
const progress = async (slug: string): Promise<Removal | undefined> =>
  (await readRemovals(db)).find((removal) => removal.publisher === slug)

const count = async (query: string, ...values: unknown[]): Promise<number> =>
  (
    await env.DB.prepare(`select count(*) n ${query}`)
      .bind(...values)
      .first<{ n: number }>()
  )?.n ?? -1

/** Reads a feed after a change. The isolate first forgets the validators from before the change. */
async function get(path: string): Promise<Answer> {
  forgetValidators()
  const sent = await send(path)
  expect(sent.status, `${path}: ${sent.text}`).toBe(200)
  return sent
}

interface Item {
  id: string
  _feedwire: { guid: string }
}
const guidsOf = ({ json }: Answer): string[] => json.items.map(({ _feedwire }: Item) => _feedwire.guid)

/** The guids of all articles in a feed and its pages. */
async function all(path: string): Promise<string[]> {
  const guids: string[] = []
  for (let url: string | undefined = path; url; ) {
    const sent: Answer = await get(url)
    guids.push(...guidsOf(sent))
    url = sent.json.next_url
  }
  return [...new Set(guids)].sort()
}

async function pushed(to: Publisher, items: Record<string, unknown>[]): Promise<string[]> {
  for (let at = 0; at < items.length; at += 100) {
    const sent = await push(to, items.slice(at, at + 100))
    expect(sent.json.results.map(({ outcome }: { outcome: string }) => outcome)).not.toContain("rejected")
  }
  return items.map(({ id }) => id as string)
}

async function sweep(): Promise<void> {
  const ctx = createExecutionContext()
  await worker.scheduled(createScheduledController({ scheduledTime: new Date(next()) }), env, ctx)
  await waitOnExecutionContext(ctx)
}

/** Returns a database that calls `intercept` for the batches that contain this text. */
function around(text: string, intercept: (run: () => Promise<unknown>) => Promise<unknown>): D1Database {
  const queries = new WeakMap<D1PreparedStatement, string>()
  const tracked = (statement: D1PreparedStatement, query: string): D1PreparedStatement => {
    queries.set(statement, query)
    return new Proxy(statement, {
      get: (target, name) => {
        const member = Reflect.get(target, name)
        if (name === "bind") {
          return (...values: unknown[]) => {
            const bound = target.bind(...values)
            queries.set(bound, query)
            return bound
          }
        }
        return typeof member === "function" ? member.bind(target) : member
      },
    })
  }
  return new Proxy(env.DB, {
    get: (target, name) => {
      if (name === "prepare") return (query: string) => tracked(target.prepare(query), query)
      const member = Reflect.get(target, name)
      if (name !== "batch") return typeof member === "function" ? member.bind(target) : member
      return (statements: D1PreparedStatement[]) => {
        const run = () => target.batch(statements)
        return statements.some((each) => queries.get(each)?.includes(text)) ? intercept(run) : run()
      }
    },
  })
}

const page = (n: number) => `https://elsewhere.example/articles/${n}`
const inSections = (...sections: string[]) => ({ _feedwire: { sections } })
const owned = (slug: string, items: number, more: (i: number) => object) =>
  Array.from({ length: items }, (_, i) => article({ id: `${slug}-${i}`, language: "en", ...more(i) }, 5))
const { one, two, three } = await makeWire({
  sections: { world: {}, europe: { parent: "world" }, sport: {} },
  publishers: { one: { language: "en" }, two: { language: "ar" }, three: {} },
})
describe("a removed publisher with 250 articles, embargoed ones and duplicates of other publishers", () => {
  let ones: string[]
  let twos: string[]
  let idOfOne: (n: number) => Promise<string>
  const shared = ["/feed.json", "/sections/world/feed.json", "/sections/europe/feed.json", "/sections/sport/feed.json"]

  beforeAll(async () => {
    const sectionsOf = (i: number) =>
      inSections(...(i % 5 === 0 ? ["europe", "sport"] : [i % 2 === 0 ? "europe" : "sport"]))
    ones = await pushed(
      one,
      owned("one", 250, (i) => ({
        ...{ ...sectionsOf(i), ...(i < 20 && { url: page(i) }) },
        // The publisher's clock is ahead.
        ...(i === 30 && { date_modified: new Date(Date.now() + 290_000).toISOString() }),
      })),
    )
    // Pages 0 to 9 were first sent by one, 10 to 19 by all three, 20 to 24 by two.
    twos = await pushed(
      two,
      owned("two", 60, (i) => ({ ...sectionsOf(i), ...(i < 25 && { url: page(i) }), language: "ar" })),
    )
    await pushed(
      three,
      owned("three", 10, (i) => ({ ...sectionsOf(i), url: page(i + 10) })),
    )
    await pushed(
      one,
      owned("late-one", 5, (i) => ({ ...sectionsOf(i), url: page(20 + i) })),
    )
    const embargo = new Date(Date.now() + 30_000).toISOString()
    await pushed(
      one,
      owned("embargoed-one", 7, () => ({ _feedwire: { sections: ["world"], embargo } })),
    )
    const deleted = [{ id: "one-240" }, { id: "one-241" }]
    await push(one, deleted, { type: "article.deleted" })
    idOfOne = async (n) => {
      const row = await env.DB.prepare("select id from articles where guid = ?")
        .bind(`one-${n}`)
        .first<{ id: string }>()
      return `tag:feeds.example,2026:${row?.id}`
    }
    await expectConsistent()
    expect(await all("/publishers/one/feed.json")).toHaveLength(253)
    expect((await all("/feed.json")).filter((guid) => guid.startsWith("two-"))).toHaveLength(60 - 20)
  })

  test("leaves the directory at once, and its addresses answer 410 permanently", async () => {
    await remove("one")
    expect(await progress("one")).toMatchObject({ total: 253 + 7, processed: 0, finishedAt: null })
    const gone = ["rss", "atom", "json"].flatMap((format) => [
      `/publishers/one/feed.${format}`,
      `/publishers/one/archives/1/feed.${format}`,
      `/feed.${format}?lang=en&publisher=one`,
    ])
    forgetValidators()
    for (const path of [...gone, "/publishers/one"]) {
      const sent = await send(path)
      expect([path, sent.status]).toEqual([path, 410])
      expect(sent.text).toContain("publisher one was removed")
      expect(sent.headers.get("cache-control")).toContain("no-store")
    }
    const catalogue = (await get("/feeds.json")).json
    expect(catalogue.feeds.map(({ slug }: { slug?: string }) => slug)).not.toContain("one")
    expect(catalogue.gone).toEqual(["publishers/one"])
    expect((await get("/feeds.opml")).text).not.toContain("publishers/one")
    expect((await get("/sitemap.xml")).text).not.toContain("publishers/one")
    const merged = await send("/feed.json?publisher=one,two")
    expect([merged.status, merged.headers.get("location")]).toEqual([301, `${env.FEEDS_URL}/publishers/two/feed.json`])
    // No other publisher may have its slug.
    const again = { slug: "one", name: "Another", home_page_url: "https://another.example/" }
    expect((await admin("POST", "/publishers", again)).status).toBe(409)
  })

  test("is in no feed with its articles, although they still exist", async () => {
    for (const path of shared)
      expect([path, (await all(path)).filter((guid) => ones.includes(guid))]).toEqual([path, []])
    expect(await count("from memberships where scope = ?", `publisher:${await uidOf("one")}`)).toBe(253)
    expect(await all("/publishers/two/feed.json")).toEqual([...twos].sort())
  })

  test("has its articles withdrawn in batches of a hundred, whatever happens between them", async () => {
    const processed: number[] = []
    for (let batch = 0; batch < 10; batch++) {
      const { bindings, trips } = counted()
      if (!(await removeArticles(createDbClient(bindings.DB), next()))) break
      expect(trips.length).toBeLessThanOrEqual(2)
      processed.push((await progress("one"))?.processed ?? 0)
      await expectConsistent()
      for (const path of [...shared, "/feed.rss", "/sections/world/feed.atom"]) await get(path)
      if (batch === 0) {
        // The embargo of the last articles is over, but none is left to release.
        expect(await releaseEmbargoed(db, next())).toBe(0)
        expect(await count("from articles where guid like 'embargoed-one-%' and state = 'deleted'")).toBe(7)
        const sent = await push(two, article({ id: "two-between", language: "ar", ...inSections("world") }, 5))
        expect(sent.json.results[0].outcome).toBe("created")
        await admin("PATCH", "/sections/sport", { names: { en: "Sports" } })
      }
    }
    expect(processed).toEqual([100, 200, 260])
    expect(await progress("one")).toEqual({
      publisher: "one",
      ...{ total: 260, processed: 260, startedAt: expect.any(Number), finishedAt: now - 60_000 },
    })
  })

  test("then has only tombstones left", async () => {
    const uid = await uidOf("one")
    expect(await count("from articles where publisher_uid = ? and state <> 'deleted'", uid)).toBe(0)
    expect(await count("from articles where publisher_uid = ? and (title is not null or details <> '{}')", uid)).toBe(0)
    expect(await count("from bodies b join articles a on a.seq = b.seq where a.publisher_uid = ?", uid)).toBe(0)
    expect(await count("from articles where publisher_uid = ?", uid)).toBe(262)
    const [atom, json] = [await get("/feed.atom"), await get("/feed.json")]
    expect(readAtom(atom.text).deleted).toEqual(readJson(json.text).deleted)
    const tombstones = readJson((await get("/sections/europe/feed.json")).text).deleted
    expect(tombstones.length).toBeGreaterThanOrEqual(40)
    expect(tombstones.some((each) => each.includes("withdrawn"))).toBe(true)
    // The oldest article was withdrawn last.
    expect(tombstones.join()).toContain(await idOfOne(2))
    await expectConsistent()
  })

  test("leaves the next publisher's article as the canonical one of each cluster", async () => {
    while ((await resolveDuplicates(db, next())) > 0);
    const guids = await all("/feed.json")
    // Two sent the pages 0 to 24 before three did.
    expect(guids.filter((guid) => guid.startsWith("two-"))).toEqual([...twos, "two-between"].sort())
    expect(guids.filter((guid) => guid.startsWith("three-"))).toEqual([])
    expect(await count("from articles where guid like 'three-%' and suppressed and state = 'published'")).toBe(10)
    expect(await all("/publishers/three/feed.json")).toHaveLength(10)
    const canonical = (await get("/feed.json?limit=100")).json.items.find(
      ({ _feedwire }: Item) => _feedwire.guid === "two-10",
    )
    expect(canonical._feedwire.duplicates.map(({ publisher }: { publisher: string }) => publisher)).toEqual(["three"])
    await expectConsistent()
    await expectClassifiedByTaxonomy()
  })

  test("is not changed by a second removal, and nothing is pending", async () => {
    await sweep()
    const before = await progress("one")
    await remove("one")
    expect(await removeArticles(db, next())).toBe(false)
    expect(await progress("one")).toEqual(before)
  })
})

describe("a removal that is interrupted, or runs twice at once", () => {
  test("refuses a push in progress, of which nothing is stored", async () => {
    const raced = await publisher("raced")
    await pushed(
      raced,
      owned("raced", 3, () => inSections("world")),
    )
    let times = 0
    const DB = around("insert into deliveries", async (run) => {
      if (++times === 1) await remove("raced")
      return run()
    })
    const late = await push(raced, article({ id: "raced-late", ...inSections("world") }, 5), {
      bindings: { ...env, DB },
    })
    expect(late.status).toBe(503)
    expect(await count("from articles where guid = 'raced-late'")).toBe(0)
    expect(await removeArticles(db, next())).toBe(true)
    expect(await progress("raced")).toMatchObject({ total: 3, processed: 3, finishedAt: now })
    await expectConsistent()
  })

  test("continues where it was interrupted", async () => {
    const cut = await publisher("cut")
    await pushed(
      cut,
      owned("cut", 230, () => inSections("europe")),
    )
    await remove("cut")
    const crash = (before: boolean) =>
      createDbClient(
        around('update "removals"', async (run) => {
          if (!before) await run()
          throw new Error("the isolate is gone")
        }),
      )
    await expect(removeArticles(crash(true), next())).rejects.toThrow("gone")
    const untouched = await progress("cut")
    expect(untouched).toMatchObject({ total: 230, processed: 0 })
    await expect(removeArticles(crash(false), next())).rejects.toThrow("gone")
    expect(await progress("cut")).toMatchObject({ total: 230, processed: 100 })
    await expectConsistent()
    const at = next()
    await Promise.all([removeArticles(db, at), removeArticles(db, at)])
    const { processed = 0 } = (await progress("cut")) ?? {}
    expect([200, 230]).toContain(processed)
    await removeArticles(db, next())
    expect(await progress("cut")).toMatchObject({ total: 230, processed: 230, finishedAt: expect.any(Number) })
    expect(await removeArticles(db, next())).toBe(false)
    await expectConsistent()
  })

  test("starts a batch again if the taxonomy changes between its read and its write", async () => {
    const turned = await publisher("turned")
    await pushed(
      turned,
      owned("turned", 5, () => inSections("sport")),
    )
    await remove("turned")
    let times = 0
    const DB = around('update "removals"', async (run) => {
      if (++times === 1) await env.DB.prepare("update wire set taxonomy_version = taxonomy_version + 1").run()
      return run()
    })
    expect(await removeArticles(createDbClient(DB), next())).toBe(true)
    expect(await progress("turned")).toMatchObject({ processed: 0, finishedAt: null })
    expect(await removeArticles(createDbClient(DB), next())).toBe(true)
    expect(await progress("turned")).toMatchObject({ processed: 5, finishedAt: now })
  })

  test("is finished by the first batch if there are no articles", async () => {
    await publisher("empty")
    await remove("empty")
    expect(await removeArticles(db, next())).toBe(true)
    expect(await progress("empty")).toMatchObject({ total: 0, processed: 0, finishedAt: now })
    expect(await removeArticles(db, next())).toBe(false)
  })
})

test("reads in a batch only what it withdraws, however much was withdrawn before", async () => {
  const long = await publisher("long")
  await pushed(
    long,
    owned("long", 300, () => inSections("world")),
  )
  await remove("long")
  const read: number[] = []
  for (let batch = 0; batch < 3; batch++) {
    const { bindings, trips } = counted()
    await removeArticles(createDbClient(bindings.DB), next())
    read.push(trips[0]?.rowsRead ?? 0)
  }
  // For each article, D1 counts an index entry and the article, and also rows of SQLite itself.
  for (const rows of read) expect(rows).toBeLessThanOrEqual(5 * 100 + 50)
})

test("leaves all tables consistent", expectConsistent)
