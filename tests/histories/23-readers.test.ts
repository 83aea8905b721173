/**
 * Tests that a reader that follows links (RFC 5005, RFC 6721) has exactly the published articles, even if they change.
 */
import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, test } from "vitest"
import * as fc from "../fast-check.ts"
import {
  type ArticleData,
  get,
  guidsOf,
  prepare,
  publish,
  publishedIn,
  Reader,
  withdraw,
} from "../flows/history-reader.ts"
import { expectConsistent } from "../flows/wire-state.ts"
import type { Answer } from "../flows/world.ts"

beforeAll(prepare)

/** Everything that can happen to the articles of a test. */
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

/** The last version of every article, and the guids of withdrawn articles. */
const versions = new Map<string, ArticleData>()
const withdrawnGuids = new Set<string>()
let serial = 0
const CYCLE = [["world"], ["europe"], ["sports"], ["europe", "sports"], ["world", "sports"]]

async function applyChange(change: Change): Promise<void> {
  if (change.kind === "new" || change.kind === "backfill") {
    const all = Array.from({ length: change.count }, () => {
      serial += 1
      const published = change.kind === "new" ? 10_000 + serial : -serial
      const tags = serial % 3 === 0 ? ["budget"] : []
      return { guid: `any-${serial}`, published, sections: CYCLE[serial % CYCLE.length] as string[], tags }
    })
    for (const each of all) versions.set(each.guid, each)
    return publish(all)
  }
  const guids = [...versions.keys()]
  const selected = [...new Set(change.which.map((n) => guids[n % guids.length] as string))]
  const isGone = change.kind === "again"
  const concerned = isGone
    ? [...withdrawnGuids].slice(0, change.which.length)
    : selected.filter((guid) => !withdrawnGuids.has(guid))
  if (change.kind === "withdraw") {
    for (const guid of concerned) withdrawnGuids.add(guid)
    return withdraw(concerned)
  }
  const all = concerned.map((guid, i) => {
    const before = versions.get(guid) as ArticleData
    serial += 1
    if (change.kind === "redate")
      return { ...before, published: i % 2 === 0 ? before.published - 5000 : 10_000 + serial }
    if (change.kind === "move") return { ...before, sections: CYCLE[(serial + i) % CYCLE.length] as string[] }
    return before
  })
  for (const each of all) {
    versions.set(each.guid, each)
    withdrawnGuids.delete(each.guid)
  }
  if (all.length > 0) await publish(all)
}

describe("a reader that follows next to the end and then polls the feed", () => {
  const FEEDS: [path: string, scopes: string[]][] = [
    ["/sections/world/feed.json", ["section:1"]],
    ["/feed.json?section=europe,sports", ["section:2", "section:3"]],
    ["/feed.json?tag=budget", ["tag:budget"]],
    ["/feed.json?content=summary", ["all"]],
  ]

  beforeAll(async () => {
    await applyChange({ kind: "new", count: 230 })
  })

  test.each(FEEDS)(
    "%s: the reader has exactly the published articles, whatever changes between its requests",
    async (path, scopes) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(everyday, { maxLength: 3 }), { minLength: 6, maxLength: 8 }),
          async (between) => {
            const reader = new Reader()
            const [betweenPages, afterwards] = [between.slice(0, 4), between.slice(4)]
            let next: string | undefined = path
            for (let step = 0; next !== undefined; step++) {
              next = reader.take(await get(next)).json.next_url
              for (const change of betweenPages[step] ?? []) await applyChange(change)
            }
            reader.take(await get(path))
            for (const all of afterwards) {
              for (const change of all) await applyChange(change)
              reader.take(await get(path))
            }
            const published = await Promise.all(scopes.map(publishedIn))
            expect(reader.titles()).toEqual(Object.assign({}, ...published))
          },
        ),
        { numRuns: 3, endOnFailure: true },
      )
    },
  )
})

describe("a reader that follows prev-archive to the archives that it knows already", () => {
  class ArchiveReader extends Reader {
    archives = new Set<string>()
    path: string

    constructor(path: string) {
      super()
      this.path = path
    }

    /** @param between runs after each document */
    async poll(between: () => Promise<void> = async () => {}): Promise<void> {
      const documents = [await get(this.path)]
      await between()
      const archives: string[] = []
      let url: string | undefined = documents[0]?.json._feedwire?.prev_archive_url
      while (url !== undefined && !this.archives.has(url)) {
        archives.push(url)
        const archive: Answer = await get(url)
        documents.push(archive)
        url = archive.json._feedwire?.prev_archive_url
        await between()
      }
      // The oldest document comes first, because the subscription document always has the latest versions.
      for (const document of documents.reverse()) this.take(document)
      for (const archive of archives) this.archives.add(archive)
    }
  }

  test("the reader never misses an entry, however many were published meanwhile and however old", async () => {
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
          for (const change of all) await applyChange(change)
          for (const reader of readers) await reader.poll(() => applyChange(meanwhile))
        }
        for (const reader of readers) await reader.poll()
        for (const [i, [path, scope]] of paths.entries()) {
          expect([path, readers[i]?.titles()]).toEqual([path, await publishedIn(scope)])
        }
      }),
      { numRuns: 2, endOnFailure: true },
    )
  })

  const uid = async () =>
    (await env.DB.prepare("select uid from publishers where slug = 'one'").first<{ uid: string }>())?.uid ?? ""

  test("every entry is in an archive or in the subscription document", async () => {
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

test("the tables are consistent", expectConsistent)
