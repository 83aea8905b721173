/** RFC 5005 and RFC 6721: readers that follow a feed's links while everything changes hold what is published. */
import { env } from "cloudflare:workers"
import fc from "fast-check"
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest"
import { decodeCursor } from "../../src/articles/model/cursor.ts"
import { readAtom, readJson, readRss } from "../unit/formats/reader.ts"
import { expectConsistent } from "./wire-state.ts"
import { WorkersCache } from "./workers-cache.ts"
import { article, migrate, ORIGIN, type Publisher, publisher, push, type Sent, section, send } from "./world.ts"

let one: Publisher
const START = Date.UTC(2026, 9, 1)
/** Later than any date of publication: a reader goes by the date of change. */
const CHANGED = START + 30 * 86_400_000
const minute = (n: number) => new Date(START + n * 60_000).toISOString()

/** Each change is a second later than the one before. */
let changes = 0
const timestamp = () => new Date(CHANGED + ++changes * 1000).toISOString()

interface Told {
  guid: string
  /** Minutes after the start. */
  published: number
  sections: string[]
  tags?: string[]
}

function itemOf({ guid, published, sections, tags = [] }: Told, at: string): Record<string, unknown> {
  return article(
    {
      ...{ id: guid, title: `${guid}, change ${changes}`, date_published: minute(published), date_modified: at, tags },
      _feedwire: { sections },
    },
    3,
  )
}

async function tell(all: Told[], options: object = {}): Promise<void> {
  for (let from = 0; from < all.length; from += 100) {
    const at = timestamp()
    const items = all.slice(from, from + 100).map((told) => itemOf(told, at))
    const sent = await push(one, items, { timestamp: at, ...options })
    for (const { outcome } of sent.json.results) expect(["created", "updated"]).toContain(outcome)
  }
}

async function withdraw(guids: string[], options: object = {}): Promise<void> {
  if (guids.length === 0) return
  const items = guids.map((id) => ({ id }))
  const sent = await push(one, items, { type: "article.deleted", timestamp: timestamp(), ...options })
  expect(sent.json.results.map(({ outcome }: { outcome: string }) => outcome)).toEqual(guids.map(() => "deleted"))
}

interface Item {
  id: string
  title: string
  date_published: string
  date_modified?: string
  _feedwire: { guid: string }
}
const itemsOf = ({ json }: Sent): Item[] => json.items
const guidsOf = (sent: Sent): string[] => itemsOf(sent).map(({ _feedwire }) => _feedwire.guid)
const idOf = async (guid: string): Promise<string> => {
  const row = await env.DB.prepare("select id from articles where guid = ?").bind(guid).first<{ id: string }>()
  return `tag:feeds.example,2026:${row?.id}`
}

/** What stands in a scope according to the tables: title by id, which says guid and change. */
async function publishedIn(scope: string): Promise<Record<string, string>> {
  const query = "select a.id, a.title from memberships s join articles a on a.id = s.article_id where s.scope = ?"
  const { results } = await env.DB.prepare(query).bind(scope).all<{ id: string; title: string }>()
  return Object.fromEntries(results.map(({ id, title }) => [`tag:feeds.example,2026:${id}`, title]))
}

async function get(url: string): Promise<Sent> {
  const sent = await send(url)
  expect(sent.status, `${url}: ${sent.text}`).toBe(200)
  return sent
}

/** Keeps of each id the version that was changed last, and forgets what is told to have left. */
class Reader {
  held = new Map<string, Item>()

  take(sent: Sent): Sent {
    for (const { id } of sent.json._feedwire?.deleted ?? []) this.held.delete(id)
    for (const item of itemsOf(sent)) {
      const held = this.held.get(item.id)
      if (held === undefined || updatedOf(item) >= updatedOf(held)) this.held.set(item.id, item)
    }
    return sent
  }

  titles(): Record<string, string> {
    return Object.fromEntries([...this.held].map(([id, { title }]) => [id, title]))
  }
}
const updatedOf = ({ date_modified, date_published }: Item): string => date_modified ?? date_published

beforeAll(async () => {
  await migrate()
  await section("world")
  await section("europe", { parent: "world" })
  await section("sports")
  for (const slug of ["walked", "kept", "filed", "gone", "edge", "undated", "raced", "dusty"]) await section(slug)
  one = await publisher("one")
})

const row = (slug: string, count: number, more: Partial<Told> = {}): Told[] =>
  Array.from({ length: count }, (_, i) => ({ guid: `${slug}-${i}`, published: i, sections: [slug], ...more }))

/** Everything that can happen to the articles of a story, at once and one after the other. */
type Change =
  | { kind: "new"; count: number }
  | { kind: "backfill"; count: number }
  | { kind: "correct" | "redate" | "move" | "withdraw" | "again"; which: number[] }

const which = fc.uniqueArray(fc.nat(200), { minLength: 1, maxLength: 3 })
const everyday: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant("new" as const), count: fc.integer({ min: 1, max: 8 }) }),
  fc.record({ kind: fc.constantFrom("correct" as const, "redate", "move", "withdraw", "again"), which }),
)
const backfill: fc.Arbitrary<Change> = fc.record({
  kind: fc.constant("backfill" as const),
  count: fc.integer({ min: 1, max: 30 }),
})
const flood: fc.Arbitrary<Change> = fc.record({
  kind: fc.constant("new" as const),
  count: fc.integer({ min: 90, max: 230 }),
})

/** What was told, and what of it was withdrawn. */
const told = new Map<string, Told>()
const withdrawn = new Set<string>()
let serial = 0
const CYCLE = [["world"], ["europe"], ["sports"], ["europe", "sports"], ["world", "sports"]]

async function happen(change: Change): Promise<void> {
  if (change.kind === "new" || change.kind === "backfill") {
    const all = Array.from({ length: change.count }, () => {
      serial += 1
      const published = change.kind === "new" ? 10_000 + serial : -serial
      const tags = serial % 3 === 0 ? ["budget"] : []
      return { guid: `any-${serial}`, published, sections: CYCLE[serial % CYCLE.length] as string[], tags }
    })
    for (const each of all) told.set(each.guid, each)
    return tell(all)
  }
  const guids = [...told.keys()]
  const chosen = [...new Set(change.which.map((n) => guids[n % guids.length] as string))]
  const isGone = change.kind === "again"
  const concerned = isGone
    ? [...withdrawn].slice(0, change.which.length)
    : chosen.filter((guid) => !withdrawn.has(guid))
  if (change.kind === "withdraw") {
    for (const guid of concerned) withdrawn.add(guid)
    return withdraw(concerned)
  }
  const all = concerned.map((guid, i) => {
    const was = told.get(guid) as Told
    serial += 1
    if (change.kind === "redate") return { ...was, published: i % 2 === 0 ? was.published - 5000 : 10_000 + serial }
    if (change.kind === "move") return { ...was, sections: CYCLE[(serial + i) % CYCLE.length] as string[] }
    return was
  })
  for (const each of all) {
    told.set(each.guid, each)
    withdrawn.delete(each.guid)
  }
  if (all.length > 0) await tell(all)
}

describe("a reader that follows next, then only asks again", () => {
  const FEEDS: [path: string, scopes: string[]][] = [
    ["/sections/world/feed.json", ["section:1"]],
    ["/feed.json?section=europe,sports", ["section:2", "section:3"]],
    ["/feed.json?tag=budget", ["tag:budget"]],
    ["/feed.json?content=summary", ["all"]],
  ]

  beforeAll(async () => {
    await happen({ kind: "new", count: 230 })
  })

  test.each(FEEDS)(
    "%s: holds exactly what is published, whatever happens between its requests",
    async (path, scopes) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(everyday, { maxLength: 3 }), { minLength: 6, maxLength: 8 }),
          async (between) => {
            const reader = new Reader()
            const [walk, later] = [between.slice(0, 4), between.slice(4)]
            let next: string | undefined = path
            for (let step = 0; next !== undefined; step++) {
              next = reader.take(await get(next)).json.next_url
              for (const change of walk[step] ?? []) await happen(change)
            }
            reader.take(await get(path))
            for (const all of later) {
              for (const change of all) await happen(change)
              reader.take(await get(path))
            }
            const published = await Promise.all(scopes.map(publishedIn))
            expect(reader.titles()).toEqual(Object.assign({}, ...published))
          },
        ),
        { numRuns: 6, endOnFailure: true },
      )
    },
  )

  test("pages are stable: one that was fetched stays as it is, however many articles come", async () => {
    await tell(row("walked", 120))
    const { next_url: second } = (await get("/sections/walked/feed.json")).json
    const before = await get(second)
    await tell(
      row("walked", 60).map((each) => ({ ...each, guid: `later-${each.guid}`, published: 500 + each.published })),
    )
    expect(guidsOf(await get(second))).toEqual(guidsOf(before))
    expect((await get(second)).json.next_url).toBe(before.json.next_url)
  })

  test("an article that was moved into a feed is shown by it, whatever its date", async () => {
    const reader = new Reader()
    const path = "/feed.json?limit=20&section=kept,walked"
    for (let next: string | undefined = path; next; ) next = reader.take(await get(next)).json.next_url
    await tell(row("gone", 1))
    await tell([{ guid: "gone-0", published: -100, sections: ["kept"] }])
    reader.take(await get(path))
    expect(reader.held.has(await idOf("gone-0"))).toBe(true)
  })

  test("one that was withdrawn and published again is shown again, whatever its date", async () => {
    const reader = new Reader()
    const path = "/feed.json?limit=20&section=walked"
    const url = (await send(path)).headers.get("location") ?? ""
    for (let next: string | undefined = url; next; ) next = reader.take(await get(next)).json.next_url
    await withdraw(["walked-3"])
    reader.take(await get(url))
    expect(reader.held.has(await idOf("walked-3"))).toBe(false)
    await tell([{ guid: "walked-3", published: 3, sections: ["walked"] }])
    reader.take(await get(url))
    expect(reader.held.has(await idOf("walked-3"))).toBe(true)
  })

  test("a correction without a date of change is the version that was changed last", async () => {
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

  test("a short page: what leaves while its end is looked for hides nothing", async () => {
    // What is asked for is so rare that a page ends where the scan ends, and that is found out by a second round trip.
    const dust = Array.from({ length: 500 }, (_, i) => ({
      ...{ guid: `dust-${i}`, published: 1000 + i, sections: ["dusty", "raced"] },
    }))
    const wanted = row("raced", 11).map((each, i) => ({ ...each, published: 1020.5 + 45 * i }))
    await tell([...dust, ...wanted])
    const found: string[] = []
    for (let next: string | undefined = "/feed.json?limit=1&not=dusty&section=raced"; next !== undefined; ) {
      const cursor = decodeCursor(new URL(next, ORIGIN).searchParams.get("after") ?? "", "page")?.position[0]
      const from = cursor === undefined ? 1499 : Math.floor((Number(cursor) - START) / 60_000)
      let trips = 0
      const between = async () => {
        trips += 1
        if (trips !== 2) return
        const held = "select guid from articles where state = 'published' and guid like 'dust-%' and published_at <= ?"
        const order = "order by published_at desc limit 30"
        const at = START + from * 60_000
        const { results } = await env.DB.prepare(`${held} ${order}`).bind(at).all<{ guid: string }>()
        await withdraw(results.map(({ guid }) => guid))
      }
      const sent: Sent = await send(next, {}, { ...env, DB: before(between) })
      expect(sent.status).toBe(200)
      found.push(...guidsOf(sent))
      next = sent.json.next_url
    }
    expect(found).toEqual(wanted.map(({ guid }) => guid).reverse())
  })
})

/** The database, with something that happens before every statement that is run on its own, and every batch. */
function before(happens: () => Promise<void>): D1Database {
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get: (target, name) => {
        const member = Reflect.get(target, name)
        if (typeof member !== "function") return member
        if (name === "bind") return (...values: unknown[]) => wrap(target.bind(...values))
        return async (...parameters: unknown[]) => {
          await happens()
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

describe("a reader that follows prev-archive back to what it knows", () => {
  class ArchiveReader extends Reader {
    known = new Set<string>()
    path: string

    constructor(path: string) {
      super()
      this.path = path
    }

    /** @param between happens after each document that was fetched. */
    async poll(between: () => Promise<void> = async () => {}): Promise<void> {
      const documents = [await get(this.path)]
      await between()
      const archives: string[] = []
      let url: string | undefined = documents[0]?.json._feedwire?.prev_archive_url
      while (url !== undefined && !this.known.has(url)) {
        archives.push(url)
        const archive: Sent = await get(url)
        documents.push(archive)
        url = archive.json._feedwire?.prev_archive_url
        await between()
      }
      // The oldest first: what the subscription document says is never older than it says elsewhere.
      for (const document of documents.reverse()) this.take(document)
      for (const archive of archives) this.known.add(archive)
    }
  }

  test("never misses an entry, however many came meanwhile and however old they are", async () => {
    const batch = fc.array(fc.oneof({ weight: 5, arbitrary: everyday }, { weight: 2, arbitrary: backfill }, flood), {
      minLength: 1,
      maxLength: 4,
    })
    const paths: [string, string][] = [
      ["/sections/world/feed.json", "section:1"],
      ["/sections/europe/feed.json", "section:2"],
      ["/publishers/one/feed.json?content=summary", `publisher:${await uid()}`],
    ]
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 3, maxLength: 4 }), everyday, async (polls, meanwhile) => {
        const readers = paths.map(([path]) => new ArchiveReader(path))
        for (const reader of readers) await reader.poll()
        for (const all of polls) {
          for (const change of all) await happen(change)
          for (const reader of readers) await reader.poll(() => happen(meanwhile))
        }
        for (const reader of readers) await reader.poll()
        for (const [i, [path, scope]] of paths.entries()) {
          expect([path, readers[i]?.titles()]).toEqual([path, await publishedIn(scope)])
        }
      }),
      { numRuns: 4, endOnFailure: true },
    )
  })

  const uid = async () =>
    (await env.DB.prepare("select uid from publishers where slug = 'one'").first<{ uid: string }>())?.uid ?? ""

  test("archives and the subscription document share nothing out: every entry is in one of them", async () => {
    const subscription = await get("/sections/world/feed.json")
    const archived: string[] = []
    let no = Number(/archives\/(\d+)/.exec(subscription.json._feedwire.prev_archive_url)?.[1])
    expect(no).toBeGreaterThan(1)
    for (; no > 0; no--) archived.push(...guidsOf(await get(`/sections/world/archives/${no}/feed.json`)))
    expect(new Set(archived).size).toBe(archived.length)
    const published = Object.values(await publishedIn("section:1")).map((title) => title.split(",")[0])
    expect([...new Set([...archived, ...guidsOf(subscription)])].sort()).toEqual(published.sort())
  })
})

describe("archives", () => {
  const FILED = "/sections/filed"
  const archive = (no: number, format = "atom") => `${FILED}/archives/${no}/feed.${format}`
  const etagOf = async (path: string) => (await get(path)).headers.get("etag") ?? ""

  beforeAll(async () => {
    await tell(row("filed", 259))
  })

  test("are linked, say that they are archives, and hold a hundred in the order of entering", async () => {
    const [first, second, feed] = [await get(archive(1)), await get(archive(2)), await get(`${FILED}/feed.atom`)]
    for (const [sent, is] of [
      [feed, { isArchive: false, prevArchive: `${ORIGIN}${FILED}/archives/2/feed`, nextArchive: "" }],
      [second, { isArchive: true, prevArchive: `${ORIGIN}${FILED}/archives/1/feed`, nextArchive: "" }],
      [first, { isArchive: true, prevArchive: "", nextArchive: `${ORIGIN}${FILED}/archives/2/feed` }],
    ] as [Sent, object][]) {
      expect(readAtom(sent.text)).toMatchObject(is)
    }
    expect(first.text).toContain("<fh:archive/>")
    expect(first.text).toContain(`<link rel="current" href="${ORIGIN}${FILED}/feed.atom"`)
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
    const unarchived = guidsOf(await get(`${FILED}/feed.json`))
    expect(unarchived).toHaveLength(59)
  })

  test("one that is not complete is not there yet, and nobody keeps that answer", async () => {
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
    expect((await send("/feed.json?limit=20&section=filed,gone")).json._feedwire?.prev_archive_url).toBeUndefined()
    expect((await send("/sections/filed/archives/1/feed.atom?limit=20")).status).toBe(400)
  })

  test("new articles change none; the next complete one changes the one before it, once", async () => {
    const before = [await etagOf(archive(1)), await etagOf(archive(2))]
    await tell(row("filed", 30).map((each) => ({ ...each, guid: `filed-${Number(each.guid.slice(6)) + 259}` })))
    expect([await etagOf(archive(1)), await etagOf(archive(2))]).toEqual(before)
    await tell(row("filed", 20).map((each) => ({ ...each, guid: `filed-${Number(each.guid.slice(6)) + 289}` })))
    const after = [await etagOf(archive(1)), await etagOf(archive(2))]
    expect([after[0], after[1] === before[1]]).toEqual([before[0], false])
    expect(readAtom((await get(archive(2))).text).nextArchive).toBe(`${ORIGIN}${FILED}/archives/3/feed`)
    expect((await get(archive(3))).status).toBe(200)
    for (const no of [1, 2, 3]) {
      const etag = await etagOf(archive(no))
      expect((await send(archive(no), { headers: { "if-none-match": etag } })).status).toBe(304)
    }
  })

  const amend: [string, () => Promise<void>, boolean][] = [
    ["a correction", () => tell([{ guid: "filed-120", published: 120, sections: ["filed"] }]), true],
    ["another date", () => tell([{ guid: "filed-121", published: 9000, sections: ["filed"] }]), true],
    ["a withdrawal", () => withdraw(["filed-122"]), false],
    ["a move to another section", () => tell([{ guid: "filed-123", published: 123, sections: ["gone"] }]), false],
  ]
  test.each(amend)("%s changes its archive, and no other", async (_, happens, stays) => {
    const before = await Promise.all([1, 2, 3].map((no) => etagOf(archive(no))))
    const held = guidsOf(await get(archive(2, "json")))
    await happens()
    const after = await Promise.all([1, 2, 3].map((no) => etagOf(archive(no))))
    expect(after.map((etag, i) => etag === before[i])).toEqual([true, false, true])
    const now = guidsOf(await get(archive(2, "json")))
    expect(held.filter((guid) => !now.includes(guid))).toHaveLength(stays ? 0 : 1)
    expect(now.filter((guid) => !held.includes(guid))).toEqual([])
    const { json } = await get(`${FILED}/feed.json`)
    expect(json.items.length + (json._feedwire.deleted?.length ?? 0)).toBeGreaterThan(50)
  })

  test("what comes back does so as a new entry: no archive gains it", async () => {
    const before = guidsOf(await get(archive(2, "json")))
    await tell([{ guid: "filed-122", published: 122, sections: ["filed"] }])
    expect(guidsOf(await get(archive(2, "json"))).sort()).toEqual(before.sort())
    expect(guidsOf(await get(`${FILED}/feed.json`))).toContain("filed-122")
    expect((await get(`${FILED}/feed.json`)).text).not.toContain(`"id":"${await idOf("filed-122")}","date_deleted"`)
  })

  test("one of withdrawn articles only is an empty feed that is valid", async () => {
    for (const from of [0, 50]) {
      const all = Array.from({ length: 50 }, (_, i) => `filed-${from + i}`)
      await withdraw(all)
    }
    const first = await get(archive(1))
    expect(readAtom(first.text)).toMatchObject({ isArchive: true, entries: [] })
    expect(readAtom((await get(archive(2))).text).prevArchive).toBe(`${ORIGIN}${FILED}/archives/1/feed`)
  })
})

describe("a withdrawn article", () => {
  test("leaves every feed at once and is named where the format can", async () => {
    await tell(row("gone", 130, { tags: ["leaving"] }))
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
      "/feed.json?section=gone,kept",
      "/feed.json?lang=en&section=gone",
    )
    expect((await get(page)).text).toContain(`"id":"${id}"`)
    await withdraw(["gone-77"])
    await tell([{ guid: "gone-78", published: 78, sections: ["sports"] }])
    await tell([{ guid: "gone-79", published: 79, sections: ["gone"] }])
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
    // It moved out of the section and stays on the wire: only where it left is that told.
    expect(readJson((await get("/feed.json")).text).deleted.some((each) => each.includes(moved))).toBe(false)
    expect(readJson((await get("/feed.json")).text).deleted.some((each) => each.includes(id))).toBe(true)
    // Archives and pages are not what is subscribed to.
    expect(readAtom((await get("/sections/gone/archives/1/feed.atom")).text).deleted).toEqual([])
  })

  test("that is published again has no tombstone any more", async () => {
    const id = await idOf("gone-77")
    await tell([{ guid: "gone-77", published: 77, sections: ["gone"] }])
    const reading = readAtom((await get("/sections/gone/feed.atom")).text)
    expect(reading.entries.some((entry) => entry.id === id)).toBe(true)
    expect(reading.deleted.some((each) => each.includes(id))).toBe(false)
  })
})

describe("the edge", () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  test("an archive is purged by its own tag: when one of its entries changes, and then only it", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_600_000 })
    const cache = new WorkersCache()
    const wait = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000)
    await tell(row("edge", 210))
    const [first, second] = ["/sections/edge/archives/1/feed.atom", "/sections/edge/archives/2/feed.atom"]
    const scope = (
      await env.DB.prepare("select 'section:' || id key from sections where slug = 'edge'").first<{ key: string }>()
    )?.key
    await cache.sweep()
    const tags = (await send(first, {}, env, cache)).headers.get("cache-tag")
    expect(tags?.split(",").sort()).toEqual([`${scope}/1`, "wire"])
    for (const path of [first, second]) await cache.get(path)
    wait(60)
    await tell([{ guid: "edge-new", published: 900, sections: ["edge"] }], { cache })
    for (const path of [first, second]) expect(await cache.get(path)).toMatchObject({ hit: true })
    wait(60)
    await withdraw(["edge-7"], { cache })
    expect(cache.purges.at(-1)).toContain(`${scope}/1`)
    const shown = await cache.get(first)
    expect([shown.hit, shown.body.includes(await idOf("edge-7")), (await cache.get(second)).hit]).toEqual([
      false,
      false,
      true,
    ])
    // A purge counts for changes that are ten seconds old: the next one repeats it.
    wait(60)
    await cache.sweep()
    await cache.get(first)
    wait(60)
    await tell([{ guid: "edge-150", published: 150, sections: ["edge"] }], { cache })
    expect(cache.purges.at(-1)).toContain(`${scope}/2`)
    expect([(await cache.get(first)).hit, (await cache.get(second)).hit]).toEqual([true, false])
  })
})

test("every table says the same", expectConsistent)
