/** Tests that each list of articles keeps its latest corrections and removals, which a subscription document shows. */
import { env } from "cloudflare:workers"
import { beforeEach, describe, expect, test } from "vitest"
import * as fc from "../fast-check.ts"
import { expectConsistent } from "../flows/wire-state.ts"
import { article, makeWire, push, section, send } from "../flows/world.ts"

const START = Date.UTC(2026, 9, 1)
const minute = (n: number) => new Date(START + n * 60_000).toISOString()

/** Each change is a second later than the change before it, and later than any date of publication. */
let changes = 0
const timestamp = () => new Date(START + 30 * 86_400_000 + ++changes * 1000).toISOString()

/** Every test has a section of its own. */
let home = ""
let sections = 0
const newSection = async (): Promise<string> => {
  const slug = `section-${++sections}`
  await section(slug)
  return slug
}

/** Publishes or corrects articles in one commit. Article n was published n minutes after the start. */
async function publish(numbers: number[], more: { sections?: string[]; backfill?: boolean } = {}): Promise<void> {
  const at = timestamp()
  const items = numbers.map((n) => ({
    ...article({ id: `${home}-${n}`, title: `Change ${changes}`, date_published: minute(n), date_modified: at }, 3),
    _feedwire: { sections: [home], ...more },
  }))
  const { json } = await push(one, items, { timestamp: at })
  for (const { outcome } of json.results) expect(["created", "updated"]).toContain(outcome)
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

/** The numbers of a feed's entries, and of its tombstones. */
async function listed(path = `/sections/${home}/feed.json`): Promise<{ entries: number[]; gone: string[] }> {
  const { json } = await send(path)
  const numberOf = ({ _feedwire }: { _feedwire: { guid: string } }) => Number(_feedwire.guid.split("-").at(-1))
  const gone = json._feedwire?.deleted ?? []
  return { entries: json.items.map(numberOf), gone: gone.map(({ id }: { id: string }) => id) }
}
const { one } = await makeWire({ publishers: { one: {} } })

beforeEach(async () => {
  home = await newSection()
})

describe("a subscription document", () => {
  test("it lists the newest articles and those that were corrected last, in whatever commits", async () => {
    const runs = fc.array(fc.uniqueArray(fc.nat(149), { minLength: 1, maxLength: 40 }), { minLength: 6, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(runs, async (commits) => {
        home = await newSection()
        // All articles are in complete archives, and the corrected articles are not among the newest 50.
        await publish(upTo(100))
        await publish(upTo(200).slice(100))
        let latest: number[][] = []
        for (const corrected of commits) {
          await publish(corrected)
          latest = [corrected, ...latest.map((older) => older.filter((n) => !corrected.includes(n)))]
          const amended = (await listed()).entries.filter((n) => n < 150)
          expect(amended).toHaveLength(Math.min(50, latest.flat().length))
          // The document lists as many amended articles as fit. It lists only some articles of the earliest commit.
          let room = 50
          for (const numbers of latest) {
            const shown = numbers.filter((n) => amended.includes(n))
            expect(shown).toHaveLength(Math.min(room, numbers.length))
            room -= shown.length
          }
        }
        await expectConsistent()
      }),
      { numRuns: 3 },
    )
  })

  test("it lists an article once that is corrected repeatedly, and the others too", async () => {
    await publish(upTo(100))
    await publish(upTo(200).slice(100))
    await publish([1, 2])
    for (let i = 0; i < 80; i++) await publish([3])
    expect((await listed()).entries.filter((n) => n < 150)).toEqual([3, 2, 1])
  })
})

describe("a silent return", () => {
  test("it withdraws the tombstone of an article that was corrected elsewhere, and announces nothing", async () => {
    const elsewhere = await newSection()
    await publish(upTo(100))
    await publish([3], { sections: [elsewhere] })
    await publish([3], { sections: [elsewhere] })
    expect((await listed()).gone).toHaveLength(1)
    const etag = (await send(`/sections/${home}/feed.json`)).headers.get("etag") ?? ""
    await publish([3], { sections: [elsewhere, home], backfill: true })
    const { entries, gone } = await listed()
    expect([gone, entries.includes(3)]).toEqual([[], false])
    // A client may have this tombstone, or may have missed another one that was removed to make room for it.
    const ask = { "a-im": "feed", "if-none-match": etag }
    expect((await send(`/sections/${home}/feed.json`, { headers: ask })).status).toBe(200)
    await publish([3], { sections: [elsewhere, home] })
    expect((await listed()).entries).toContain(3)
    await expectConsistent()
  })

  test("it announces nothing in a section that never had an article", async () => {
    const empty = await newSection()
    await publish([1, 2])
    await publish([1, 2], { sections: [home, empty], backfill: true })
    expect(await listed(`/sections/${empty}/feed.json?limit=1`)).toEqual({ entries: [2], gone: [] })
    await publish([1], { sections: [home, empty] })
    expect((await listed(`/sections/${empty}/feed.json?limit=1`)).entries).toEqual([2, 1])
  })
})

test("a scope keeps few of its amendments, however many there were", async () => {
  await publish(upTo(100))
  for (let i = 0; i < 3; i++) await publish(upTo(100))
  for (const n of upTo(60)) await publish([n])
  const { results } = await env.DB.prepare(
    "select max((select count(*) from json_each(amendments))) most, max(length(amendments)) bytes from scopes",
  ).all<{ most: number; bytes: number }>()
  expect(results[0]?.most).toBeGreaterThanOrEqual(50)
  expect(results[0]?.most).toBeLessThanOrEqual(75)
  expect(results[0]?.bytes).toBeLessThan(75 * 20)
})

test("the tables are consistent", expectConsistent)
