/** Tests that a backfill puts old articles in their places by date, and that feeds do not show them as new. */
import { env } from "cloudflare:workers"
import { afterEach, beforeAll, beforeEach, describe, expect, inject, test, vi } from "vitest"
import { readAtom, readJson, readRss } from "../unit/formats/reader.ts"
import {
  Client,
  get,
  goneFrom,
  guidsIn,
  guidsOf,
  home,
  type Item,
  idOf,
  newHome,
  old,
  one,
  prepare,
  publish,
  row,
  setHome,
  withdraw,
} from "./backfill-client.ts"
import { expectConsistent } from "./wire-state.ts"
import { WorkersCache } from "./workers-cache.ts"
import { type Answer, article, push } from "./world.ts"

beforeAll(prepare)
beforeEach(newHome)

/** A few archives of a hundred; `npm run test:long` has ten of them. */
const MANY = inject("effort") > 1 ? 1000 : 400

describe(`${MANY} old articles`, () => {
  const before = new Map<string, string[]>()
  const all = old("many", MANY)
  let walked = ""
  const paths = () =>
    [`/sections/${walked}/feed`, "/feed", "/publishers/one/feed", "/languages/en/feed"].flatMap((path) =>
      ["rss", "atom", "json"].map((format) => `${path}.${format}`),
    )
  const idsOf = ({ text, headers }: Answer): string[] => {
    const type = headers.get("content-type") ?? ""
    const read = /rss/.test(type) ? readRss(text) : /atom/.test(type) ? readAtom(text) : readJson(text)
    return read.entries.map(({ id }) => id)
  }

  test("are not announced by any feed while they are pushed", async () => {
    walked = home
    await publish(row("many-news", 60, {}, 5000))
    for (const path of paths()) before.set(path, idsOf(await get(path)))
    // With the 60 articles before, the last archive is never exactly complete.
    const quarter = MANY / 4
    for (let from = 0; from < all.length; from += quarter) {
      const outcomes = await publish(all.slice(from, from + quarter))
      expect(new Set(outcomes)).toEqual(new Set(["created"]))
      for (const path of paths()) {
        const now = idsOf(await get(path))
        // A new article leaves the document when its own archive is complete.
        expect([path, now.filter((id) => !before.get(path)?.includes(id))]).toEqual([path, []])
        expect(now.length).toBeGreaterThanOrEqual(50)
      }
    }
  })

  test("are in pages by their dates, and in the complete archives", async () => {
    const pages: string[] = []
    for (let next: string | undefined = `/sections/${walked}/feed.json`; next; ) {
      const sent: Answer = await get(next)
      pages.push(...guidsOf(sent))
      next = sent.json.next_url
    }
    const guids = [...row("many-news", 60), ...all].map(({ guid }) => guid)
    expect(new Set(pages)).toEqual(new Set(guids))
    const subscription = await get(`/sections/${walked}/feed.json`)
    const archived: string[] = []
    for (let url = subscription.json._feedwire.prev_archive_url; url !== undefined; ) {
      const archive = await get(url)
      archived.push(...guidsOf(archive))
      url = archive.json._feedwire.prev_archive_url
    }
    expect([archived.length, new Set(archived).size]).toEqual([MANY, MANY])
    const missing = guids.filter((guid) => !archived.includes(guid) && !guidsOf(subscription).includes(guid))
    // The last old articles are missing until their archive is complete; new articles are not missing.
    expect(missing.sort()).toEqual(
      all
        .slice(-60)
        .map(({ guid }) => guid)
        .sort(),
    )
  })

  test("are in an archive as soon as new articles complete it", async () => {
    setHome(walked)
    await publish(row("many-later", 40, {}, 6000))
    const url = (await get(`/sections/${walked}/feed.json`)).json._feedwire.prev_archive_url
    expect(await guidsIn(url)).toEqual(expect.arrayContaining(all.slice(-60).map(({ guid }) => guid)))
  })

  test("are counted, can be selected by tag, and have a position each", async () => {
    setHome(walked)
    await publish(old("many-tagged", 3, { tags: ["of old"] }))
    expect((await guidsIn("/feed.json?tag=of%20old")).sort()).toEqual(row("many-tagged", 3).map(({ guid }) => guid))
    await expectConsistent()
  })
})

describe("one article of a backfill", () => {
  test("is in the feed if it is among the newest by date", async () => {
    await publish([...row("young", 120), { guid: "young-old", published: 100.5, backfill: true }])
    const guids = await guidsIn()
    expect(guids[guids.indexOf("young-101") + 1]).toBe("young-old")
  })

  test("is announced according to its own backfill member, also in a message with new articles", async () => {
    await publish(row("mixed", 120, {}, 5000))
    const mixed = row("mixture", 30).map((data, i) => ({ ...data, backfill: i % 3 === 0 }))
    await publish(mixed)
    const guids = await guidsIn()
    expect(mixed.filter(({ guid }) => guids.includes(guid))).toEqual(mixed.filter(({ backfill }) => !backfill))
    const commits = await env.DB.prepare("select backfill from commits order by no desc limit 2").all()
    expect(commits.results).toEqual([{ backfill: 0 }, { backfill: 0 }])
  })

  test("is announced with backfill: false", async () => {
    await publish(row("false", 120, {}, 5000))
    await publish([{ guid: "false-old", published: 0, backfill: false }])
    expect(await guidsIn()).toContain("false-old")
  })

  test("is unchanged if only the backfill member differs", async () => {
    const item = article({ id: "marked", _feedwire: { sections: [home], backfill: true } })
    await push(one, item)
    const sent = await push(one, { ...item, _feedwire: { sections: [home] } })
    expect(sent.json.results[0].outcome).toBe("unchanged")
    expect((await push(one, { ...item }, { query: "?dry_run=1" })).json.results[0].outcome).toBe("unchanged")
  })

  test("is announced at the end of its embargo, because that is the purpose of an embargo", async () => {
    await publish(row("embargoed", 120, {}, 5000))
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
    expect(await guidsIn()).toContain("embargoed")
  })
})

describe("a backfilled article", () => {
  test("is announced by a correction without backfill, and not by a correction with backfill", async () => {
    await publish([...old("corrected", 100), ...row("corrected-news", 70, {}, 5000)])
    const news = await guidsIn()
    expect(await publish(old("corrected", 60))).toEqual(Array(60).fill("updated"))
    expect(await guidsIn()).toEqual(news)
    await publish([{ guid: "corrected-7", published: -9993, title: "Announced" }])
    expect((await guidsIn()).filter((guid) => !news.includes(guid))).toEqual(["corrected-7"])
    // An announced correction stays announced, in its latest version.
    await publish([{ guid: "corrected-7", published: -9993, title: "Announced, and not again", backfill: true }])
    const { items } = (await get(`/sections/${home}/feed.json`)).json
    expect(items.filter(({ title }: Item) => title.startsWith("Announced")).map(({ title }: Item) => title)).toEqual([
      "Announced, and not again",
    ])
    await expectConsistent()
  })

  test("always has a tombstone when it leaves", async () => {
    await publish([...old("left", 30), ...row("left-news", 100, {}, 5000)])
    await publish([{ guid: "left-3", published: -9997, sections: ["elsewhere"], backfill: true }])
    expect(await goneFrom()).toEqual([await idOf("left-3")])
    expect(await guidsIn("/sections/elsewhere/feed.json?limit=100")).toContain("left-3")
    await withdraw("left-4")
    expect((await goneFrom()).sort()).toEqual([await idOf("left-3"), await idOf("left-4")].sort())
  })

  test("comes back without an announcement after a deletion, and its tombstone disappears", async () => {
    await publish([...old("back", 60), ...row("back-news", 70, {}, 5000)])
    const news = await guidsIn()
    const guids = row("back", 60).map(({ guid }) => guid)
    await withdraw(...guids)
    expect(await goneFrom()).toHaveLength(50)
    expect(await publish(old("back", 60))).toEqual(Array(60).fill("created"))
    expect([await goneFrom(), await guidsIn()]).toEqual([[], news])
    await expectConsistent()
  })

  test("stays announced if a backfill gives it an earlier date, until its archive is complete", async () => {
    await publish(row("dated-news", 160, {}, 5000))
    const dated = row("dated-news", 10, { backfill: true }, -500).map((data, i) => ({
      ...data,
      guid: `dated-news-${100 + i}`,
    }))
    await publish(dated)
    expect(await guidsIn()).toEqual(expect.arrayContaining(dated.map(({ guid }) => guid)))
  })

  test("stays in the feeds that announced it before, and is not announced in others", async () => {
    await publish(row("again-news", 160, {}, 5000))
    const before = await guidsIn()
    expect(before).toHaveLength(60)
    const again = row("again-news", 70, { backfill: true, sections: [home, "elsewhere"] }, 5090).map((data, i) => ({
      ...data,
      guid: `again-news-${90 + i}`,
    }))
    const elsewhere = await guidsIn("/sections/elsewhere/feed.json")
    await publish(again)
    expect(await guidsIn()).toEqual(before)
    const after = await guidsIn("/sections/elsewhere/feed.json")
    // The feed has only articles that are among the newest by date.
    expect(after.filter((guid) => !elsewhere.includes(guid)).length).toBeLessThanOrEqual(50)
  })
})

describe("deltas of a feed", () => {
  test("are still possible after a backfill", async () => {
    await publish(row("delta", 60, {}, 5000))
    const client = new Client(`/sections/${home}/feed.json`)
    await client.poll()
    await publish(old("delta-old", 30))
    expect(await client.poll()).toBe(226)
    await publish([{ guid: "delta-new", published: 6000 }])
    expect(await client.poll()).toBe(226)
  })

  test("are replaced once by the whole feed after a removal without a tombstone moves another article up", async () => {
    await publish(row("silent", 70, {}, 5000))
    const client = new Client(`/sections/${home}/feed.json`)
    await client.poll()
    await publish([{ guid: "silent-60", published: -9000, backfill: true }])
    expect(await client.poll()).toBe(200)
    await publish([{ guid: "silent-new", published: 6000 }])
    expect(await client.poll()).toBe(226)
    await withdraw("silent-61")
    await publish([{ guid: "silent-61", published: -9000, backfill: true }])
    expect(await client.poll()).toBe(200)
  })
})

describe("the edge cache", () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  test("is purged by the sweep, not by each message of a backfill, but at once for a new article in it", async () => {
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
    await publish(old("purged", 300), { cache })
    expect(cache.purges).toHaveLength(purges)
    const flags = await env.DB.prepare("select backfill from commits order by no desc limit 3").all()
    expect(flags.results).toEqual(Array(3).fill({ backfill: 1 }))
    wait(60)
    await cache.sweep()
    expect(cache.purges).toHaveLength(purges + 1)
    expect((await cache.get(path)).body).toContain("purged-299")
    wait(60)
    await publish([...old("purged-more", 5), { guid: "purged-news", published: 9000 }], { cache })
    expect(cache.purges).toHaveLength(purges + 2)
  })
})

test("the tables are consistent", expectConsistent)
