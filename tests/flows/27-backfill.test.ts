/** An archive is brought in: it stands where it belongs, and nobody is told of each article of it. */
import { env } from "cloudflare:workers"
import fc from "fast-check"
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest"
import { readAtom, readJson, readRss } from "../unit/formats/reader.ts"
import { expectConsistent } from "./wire-state.ts"
import { WorkersCache } from "./workers-cache.ts"
import { article, counted, migrate, type Publisher, publisher, push, type Sent, section, send } from "./world.ts"

let one: Publisher
const START = Date.UTC(2026, 9, 1)
/** Later than any date of publication. */
const CHANGED = START + 30 * 86_400_000
const minute = (n: number) => new Date(START + n * 60_000).toISOString()

/** Each change is a second later than the one before. */
let changes = 0

interface Told {
  guid: string
  /** Minutes after the start. */
  published: number
  sections?: string[]
  tags?: string[]
  backfill?: boolean
  title?: string
}

/** @returns the outcomes. */
async function tell(all: Told[], options: object = {}): Promise<string[]> {
  const outcomes: string[] = []
  for (let from = 0; from < all.length; from += 100) {
    const at = new Date(CHANGED + ++changes * 1000).toISOString()
    const items = all.slice(from, from + 100).map(({ guid, published, sections = [home], tags = [], ...told }) =>
      article(
        {
          ...{ id: guid, title: told.title ?? `${guid}, change ${changes}`, tags },
          ...{ date_published: minute(published), date_modified: at },
          _feedwire: { sections, ...(told.backfill !== undefined && { backfill: told.backfill }) },
        },
        3,
      ),
    )
    const sent = await push(one, items, { timestamp: at, ...options })
    expect(sent.status, sent.text).toBe(200)
    outcomes.push(...sent.json.results.map(({ outcome }: { outcome: string }) => outcome))
  }
  return outcomes
}

async function withdraw(...guids: string[]): Promise<void> {
  const timestamp = new Date(CHANGED + ++changes * 1000).toISOString()
  const data = guids.map((id) => ({ id }))
  expect((await push(one, data, { type: "article.deleted", timestamp })).status).toBe(200)
}

interface Item {
  id: string
  title: string
  _feedwire: { guid: string }
}

async function get(url: string): Promise<Sent> {
  const sent = await send(url)
  expect(sent.status, `${url}: ${sent.text}`).toBe(200)
  return sent
}
const guidsOf = ({ json }: Sent): string[] => json.items.map(({ _feedwire }: Item) => _feedwire.guid)
const shown = async (path = `/sections/${home}/feed.json`): Promise<string[]> => guidsOf(await get(path))
const goneFrom = async (path = `/sections/${home}/feed.json`): Promise<string[]> =>
  ((await get(path)).json._feedwire?.deleted ?? []).map(({ id }: Item) => id)
const idOf = async (guid: string): Promise<string> => {
  const row = await env.DB.prepare("select id from articles where guid = ?").bind(guid).first<{ id: string }>()
  return `tag:feeds.example,2026:${row?.id}`
}

const row = (name: string, count: number, more: Partial<Told> = {}, from = 0): Told[] =>
  Array.from({ length: count }, (_, i) => ({ guid: `${name}-${i}`, published: from + i, ...more }))
const old = (name: string, count: number, more: Partial<Told> = {}) =>
  row(name, count, { backfill: true, ...more }, -10_000)

/** Every test has a section of its own. */
let home = ""
let serial = 0

beforeAll(async () => {
  await migrate()
  await section("elsewhere")
  one = await publisher("one")
})
beforeEach(async () => {
  home = `section-${++serial}`
  await section(home)
})

describe("a thousand old articles", () => {
  const before = new Map<string, string[]>()
  const all = old("thousand", 1000)
  let walked = ""
  const paths = () =>
    [`/sections/${walked}/feed`, "/feed", "/publishers/one/feed", "/languages/en/feed"].flatMap((path) =>
      ["rss", "atom", "json"].map((format) => `${path}.${format}`),
    )
  const idsOf = ({ text, headers }: Sent): string[] => {
    const type = headers.get("content-type") ?? ""
    const read = /rss/.test(type) ? readRss(text) : /atom/.test(type) ? readAtom(text) : readJson(text)
    return read.entries.map(({ id }) => id)
  }

  test("are announced by no feed while they come", async () => {
    walked = home
    await tell(row("thousand-news", 60, {}, 5000))
    for (const path of paths()) before.set(path, idsOf(await get(path)))
    for (let from = 0; from < all.length; from += 250) {
      // Not a number of articles by which archives are just complete.
      const outcomes = await tell(all.slice(from, from + 250))
      expect(new Set(outcomes)).toEqual(new Set(["created"]))
      for (const path of paths()) {
        const now = idsOf(await get(path))
        // News may leave the document when its own archive is complete.
        expect([path, now.filter((id) => !before.get(path)?.includes(id))]).toEqual([path, []])
        expect(now.length).toBeGreaterThanOrEqual(50)
      }
    }
  })

  test("stand by their dates in pages, and in the archives that are complete", async () => {
    const pages: string[] = []
    for (let next: string | undefined = `/sections/${walked}/feed.json`; next; ) {
      const sent: Sent = await get(next)
      pages.push(...guidsOf(sent))
      next = sent.json.next_url
    }
    const guids = [...row("thousand-news", 60), ...all].map(({ guid }) => guid)
    expect(new Set(pages)).toEqual(new Set(guids))
    const subscription = await get(`/sections/${walked}/feed.json`)
    const archived: string[] = []
    for (let url = subscription.json._feedwire.prev_archive_url; url !== undefined; ) {
      const archive = await get(url)
      archived.push(...guidsOf(archive))
      url = archive.json._feedwire.prev_archive_url
    }
    expect([archived.length, new Set(archived).size]).toEqual([1000, 1000])
    const untold = guids.filter((guid) => !archived.includes(guid) && !guidsOf(subscription).includes(guid))
    // Those that came last wait for their archive; news does not.
    expect(untold.sort()).toEqual(
      all
        .slice(-60)
        .map(({ guid }) => guid)
        .sort(),
    )
  })

  test("and the next article that completes an archive brings them to those who follow archives", async () => {
    home = walked
    await tell(row("thousand-later", 40, {}, 6000))
    const url = (await get(`/sections/${walked}/feed.json`)).json._feedwire.prev_archive_url
    expect(await shown(url)).toEqual(expect.arrayContaining(all.slice(-60).map(({ guid }) => guid)))
  })

  test("are counted, chosen by tag, and their positions are given once", async () => {
    home = walked
    await tell(old("thousand-tagged", 3, { tags: ["of old"] }))
    expect((await shown("/feed.json?tag=of%20old")).sort()).toEqual(row("thousand-tagged", 3).map(({ guid }) => guid))
    await expectConsistent()
  })
})

describe("one article of an archive", () => {
  test("that is among the newest by date is shown by it", async () => {
    await tell([...row("young", 120), { guid: "young-old", published: 100.5, backfill: true }])
    const guids = await shown()
    expect(guids[guids.indexOf("young-101") + 1]).toBe("young-old")
  })

  test("beside news in one message: each is told of as it says", async () => {
    await tell(row("mixed", 120, {}, 5000))
    const mixed = row("mixture", 30).map((told, i) => ({ ...told, backfill: i % 3 === 0 }))
    await tell(mixed)
    const guids = await shown()
    expect(mixed.filter(({ guid }) => guids.includes(guid))).toEqual(mixed.filter(({ backfill }) => !backfill))
    const commits = await env.DB.prepare("select backfill from commits order by no desc limit 2").all()
    expect(commits.results).toEqual([{ backfill: 0 }, { backfill: 0 }])
  })

  test("with backfill: false is news", async () => {
    await tell(row("false", 120, {}, 5000))
    await tell([{ guid: "false-old", published: 0, backfill: false }])
    expect(await shown()).toContain("false-old")
  })

  test("is the same content whether it is marked or not", async () => {
    const item = article({ id: "marked", _feedwire: { sections: [home], backfill: true } })
    await push(one, item)
    const sent = await push(one, { ...item, _feedwire: { sections: [home] } })
    expect(sent.json.results[0].outcome).toBe("unchanged")
    expect((await push(one, { ...item }, { query: "?dry_run=1" })).json.results[0].outcome).toBe("unchanged")
  })

  test("whose embargo ends is news: that is what an embargo is for", async () => {
    await tell(row("embargoed", 120, {}, 5000))
    const embargo = new Date(Date.now() + 60_000).toISOString()
    const item = article({
      id: "embargoed",
      title: "Embargoed",
      _feedwire: { sections: [home], backfill: true, embargo },
    })
    expect((await push(one, item)).json.results[0].outcome).toBe("created")
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_600_000 })
    await new WorkersCache().sweep()
    vi.useRealTimers()
    expect(await shown()).toContain("embargoed")
  })
})

describe("what was brought in", () => {
  test("is corrected aloud by a message without the mark, and silently by one with it", async () => {
    await tell([...old("said", 100), ...row("said-news", 70, {}, 5000)])
    const news = await shown()
    expect(await tell(old("said", 60))).toEqual(Array(60).fill("updated"))
    expect(await shown()).toEqual(news)
    await tell([{ guid: "said-7", published: -9993, title: "Aloud" }])
    expect((await shown()).filter((guid) => !news.includes(guid))).toEqual(["said-7"])
    // A correction that was told goes on being told, in its latest version.
    await tell([{ guid: "said-7", published: -9993, title: "Aloud, and silently", backfill: true }])
    const told = (await get(`/sections/${home}/feed.json`)).json.items
    expect(told.filter(({ title }: Item) => title.startsWith("Aloud")).map(({ title }: Item) => title)).toEqual([
      "Aloud, and silently",
    ])
    await expectConsistent()
  })

  test("leaves aloud: what is nowhere any more must be taken back", async () => {
    await tell([...old("left", 30), ...row("left-news", 100, {}, 5000)])
    await tell([{ guid: "left-3", published: -9997, sections: ["elsewhere"], backfill: true }])
    expect(await goneFrom()).toEqual([await idOf("left-3")])
    expect(await shown("/sections/elsewhere/feed.json?limit=100")).toContain("left-3")
    await withdraw("left-4")
    expect((await goneFrom()).sort()).toEqual([await idOf("left-3"), await idOf("left-4")].sort())
  })

  test("comes back silently after a deletion, and its tombstones go", async () => {
    await tell([...old("back", 60), ...row("back-news", 70, {}, 5000)])
    const news = await shown()
    const guids = row("back", 60).map(({ guid }) => guid)
    await withdraw(...guids)
    expect(await goneFrom()).toHaveLength(50)
    expect(await tell(old("back", 60))).toEqual(Array(60).fill("created"))
    expect([await goneFrom(), await shown()]).toEqual([[], news])
    await expectConsistent()
  })

  test("news that is dated anew with an archive goes on being shown until its archive is complete", async () => {
    await tell(row("dated-news", 160, {}, 5000))
    const dated = row("dated-news", 10, { backfill: true }, -500).map((told, i) => ({
      ...told,
      guid: `dated-news-${100 + i}`,
    }))
    await tell(dated)
    expect(await shown()).toEqual(expect.arrayContaining(dated.map(({ guid }) => guid)))
  })

  test("news that is sent again with an archive: where it was unarchived it stays shown, and elsewhere it comes silently", async () => {
    await tell(row("again-news", 160, {}, 5000))
    const before = await shown()
    expect(before).toHaveLength(60)
    const again = row("again-news", 70, { backfill: true, sections: [home, "elsewhere"] }, 5090).map((told, i) => ({
      ...told,
      guid: `again-news-${90 + i}`,
    }))
    const elsewhere = await shown("/sections/elsewhere/feed.json")
    await tell(again)
    expect(await shown()).toEqual(before)
    const told = await shown("/sections/elsewhere/feed.json")
    // Only those among the newest by date.
    expect(told.filter((guid) => !elsewhere.includes(guid)).length).toBeLessThanOrEqual(50)
  })
})

describe("deltas", () => {
  /** Keeps what it is not told to forget; its whole document is always what the feed says. */
  class Client {
    etag: string | undefined
    held = new Map<string, Item>()
    readonly path: string
    constructor(path: string) {
      this.path = path
    }
    async poll(): Promise<number> {
      const headers = { "a-im": "feed", ...(this.etag !== undefined && { "if-none-match": this.etag }) }
      const sent = await send(this.path, { headers })
      if (sent.status === 304) return 304
      if (sent.status === 200) this.held.clear()
      for (const item of sent.json.items) this.held.set(item.id, item)
      for (const { id } of sent.json._feedwire?.deleted ?? []) this.held.delete(id)
      this.etag = sent.headers.get("etag") ?? undefined
      const { json } = await get(this.path)
      const missing = json.items.filter(({ id }: Item) => !this.held.has(id))
      const other = json.items.filter((item: Item) => JSON.stringify(this.held.get(item.id)) !== JSON.stringify(item))
      expect([this.path, sent.status, missing, other]).toEqual([this.path, sent.status, [], []])
      return sent.status
    }
  }

  test("an archive that is brought in costs a delta nothing", async () => {
    await tell(row("delta", 60, {}, 5000))
    const client = new Client(`/sections/${home}/feed.json`)
    await client.poll()
    await tell(old("delta-old", 30))
    expect(await client.poll()).toBe(226)
    await tell([{ guid: "delta-new", published: 6000 }])
    expect(await client.poll()).toBe(226)
  })

  test("what went down silently let another come up: then the whole is sent, once", async () => {
    await tell(row("sunk", 70, {}, 5000))
    const client = new Client(`/sections/${home}/feed.json`)
    await client.poll()
    await tell([{ guid: "sunk-60", published: -9000, backfill: true }])
    expect(await client.poll()).toBe(200)
    await tell([{ guid: "sunk-new", published: 6000 }])
    expect(await client.poll()).toBe(226)
    await withdraw("sunk-61")
    await tell([{ guid: "sunk-61", published: -9000, backfill: true }])
    expect(await client.poll()).toBe(200)
  })

  test("whatever happens, what is held and what changed are the whole", async () => {
    const [mine, other] = [home, "elsewhere"]
    const told = fc.record({
      guid: fc.integer({ min: 0, max: 60 }).map((n) => `any-${n}`),
      published: fc.integer({ min: 7000, max: 7080 }),
      sections: fc.subarray([mine, other], { minLength: 1 }),
      backfill: fc.boolean(),
    })
    const change = fc.oneof(
      { weight: 3, arbitrary: fc.uniqueArray(told, { selector: ({ guid }) => guid, minLength: 1, maxLength: 5 }) },
      fc.integer({ min: 0, max: 60 }).map((n) => `any-${n}`),
    )
    const paths = [
      `/sections/${mine}/feed.json`,
      `/sections/${mine}/feed.json?limit=7`,
      "/feed.json",
      `/feed.json?limit=10&section=${[mine, other].sort().join(",")}`,
    ]
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(change, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 5 }),
        async (polls) => {
          const clients = paths.map((path) => new Client(path))
          for (const client of clients) await client.poll()
          for (const between of polls) {
            for (const each of between) await (typeof each === "string" ? withdraw(each) : tell(each))
            for (const client of clients) await client.poll()
          }
          await expectConsistent()
        },
      ),
      // Runs leave their articles behind, so a shorter one would be another story.
      { numRuns: 12, endOnFailure: true },
    )
  })
})

describe("the edge", () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  test("is purged by the sweep, not by each message of an archive; news among it is purged at once", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 86_400_000 })
    const wait = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000)
    const cache = new WorkersCache()
    await cache.sweep()
    wait(60)
    await cache.sweep()
    const path = `/sections/${home}/feed.json?limit=100`
    expect((await cache.get(path)).hit).toBe(false)
    wait(60)
    const purges = cache.purges.length
    await tell(old("purged", 300), { cache })
    expect(cache.purges).toHaveLength(purges)
    const flags = await env.DB.prepare("select backfill from commits order by no desc limit 3").all()
    expect(flags.results).toEqual(Array(3).fill({ backfill: 1 }))
    wait(60)
    await cache.sweep()
    expect(cache.purges).toHaveLength(purges + 1)
    expect((await cache.get(path)).body).toContain("purged-299")
    wait(60)
    await tell([...old("purged-more", 5), { guid: "purged-news", published: 9000 }], { cache })
    expect(cache.purges).toHaveLength(purges + 2)
  })
})

describe("cost", () => {
  const written = async (all: Told[]): Promise<number> => {
    const { bindings, trips } = counted()
    await tell(all, { bindings })
    return trips.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0)
  }

  test("an article of an archive writes what any other does, its silent correction an amendment less in each scope", async () => {
    await tell(row("cost", 1))
    expect(await written(old("cost-old", 1))).toBe(await written(row("cost-new", 1)))
    const silent = await written(old("cost-old", 1))
    // all, the publisher, the section, the language.
    expect(await written(row("cost-new", 1))).toBe(silent + 4)
  })

  test("a feed reads 2 rows for each position that is not told of, at most 99, and 10 an entry", async () => {
    await tell([...row("read", 100, {}, 5000), ...old("read-old", 99)])
    const { bindings, trips } = counted()
    const sent = await send(`/sections/${home}/feed.json`, {}, bindings, { purge: async () => ({ success: true }) })
    expect(sent.json.items).toHaveLength(50)
    expect(trips).toHaveLength(1)
    expect(trips[0]?.rowsRead).toBeLessThanOrEqual(10 * 50 + 2 * 99)
  })
})

test("every table says the same", expectConsistent)
