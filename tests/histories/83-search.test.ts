/** Tests the search index and its pages after random changes and failures. */
import { afterEach, beforeAll, expect, test, vi } from "vitest"
import { indexSearch } from "../../src/articles/search/indexer.ts"
import { createDbClient } from "../../src/db/client.ts"
import * as fc from "../fast-check.ts"
import { HOUR, now, rfc3339, wait } from "../flows/clock.ts"
import {
  ask,
  expectIndexed,
  failingIndexer,
  one,
  prepare,
  publish,
  publishBehind,
  remove,
  settle,
  titles,
  walk,
} from "../flows/search-wire.ts"
import { rows, sweep } from "../flows/world.ts"

beforeAll(prepare)
afterEach(settle)

test("a search shows what a sweep has indexed, although the isolate trusts its validators for a second", async () => {
  await publishBehind(one, { title: "Late", content_html: "<p>belated</p>" })
  expect(await titles("belated")).toEqual([])
  await sweep()
  expect(await titles("belated")).toEqual(["Late"])
})

test("the search index follows any history, with a failure anywhere", async () => {
  const step = fc.record({
    what: fc.constantFrom("publish", "publish", "publish", "withdraw", "redate", "index", "sweep"),
    no: fc.integer({ min: 0, max: 5 }),
    cut: fc.constantFrom("", "before1", "after1", "before2", "after2"),
    isBehind: fc.boolean(),
  })
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      run += 1
      /** The word that each article has now. */
      const words = new Map<number, string>()
      for (const [at, { what, no, cut, isBehind }] of steps.entries()) {
        wait(1000)
        const id = `history-${run}-${no}`
        const word = `w${run}x${at}`
        if (what === "index") {
          const broken = failingIndexer((turn) =>
            cut.endsWith(String(turn)) ? (cut.slice(0, -1) as "before") : undefined,
          )
          await indexSearch(createDbClient(broken.DB)).catch(() => false)
        } else if (what === "sweep") {
          await sweep()
        } else if (what === "withdraw") {
          await remove(one, id)
          words.delete(no)
        } else {
          const date = what === "redate" ? now - (at + 1) * 100 * HOUR : now
          const item = { id, title: word, content_html: `<p>history${run}</p>`, date_published: rfc3339(date) }
          await (isBehind ? publishBehind : publish)(one, { ...item, date_modified: rfc3339(now) })
          words.set(no, word)
        }
      }
      await sweep()
      await expectIndexed()
      expect((await titles(`history${run}`)).sort()).toEqual([...words.values()].sort())
      for (const word of words.values()) expect(await titles(word)).toEqual([word])
    }),
    { numRuns: 4 },
  )
  const [reached] = await rows("select commit_no from consumers where name = 'search'")
  expect(reached?.commit_no).toBe((await rows("select max(commit_no) no from articles where was_public"))[0]?.no)
})

test("pages show each article once, even if articles change between them", async () => {
  const action = fc.record({
    what: fc.constantFrom("new", "correct", "correctBehind", "withdraw", "index", "nothing"),
    no: fc.nat(29),
  })
  let run = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }),
      fc.array(action, { maxLength: 25 }),
      async (limits, actions) => {
        const word = `pageword${++run}`
        const idOf = (no: number | string) => `${word}-${no}`
        const item = (no: number | string, more = "") => ({
          id: idOf(no),
          title: `${word} ${more}`,
          content_html: `<p>${`${word} `.repeat(1 + (Number(no) % 3))}${more}</p>`,
          date_published: rfc3339(now - (Number(no) % 7) * 24 * HOUR),
        })
        // A minute after the many pushes, the indexer runs after each push again, so these articles are indexed at
        // once.
        wait(60_000)
        await publish(one, ...Array.from({ length: 30 }, (_, no) => item(no)))
        const changed = new Set<string>()
        let at = 0
        const seen = await walk(
          `/v1/articles?q=${word}`,
          () => limits[at % limits.length] ?? 1,
          async () => {
            const next = actions[at++]
            if (!next) return
            wait(1000)
            const { what, no } = next
            const date = { date_modified: rfc3339(now) }
            // An article that no longer matches is still shown, because it matched when the search began.
            if (what === "new") await publish(one, item(100 + at))
            if (what === "correct") await publish(one, { ...item(no, "corrected"), ...date })
            if (what === "correctBehind") await publishBehind(one, { ...item(no, "corrected again"), ...date })
            if (what === "withdraw") await remove(one, idOf(no))
            if (what === "index") await sweep()
            if (what === "withdraw") changed.add(idOf(no))
            else if (what === "correct" || what === "correctBehind") changed.add(idOf(no))
          },
        )
        expect(new Set(seen).size).toBe(seen.length)
        const unchanged = Array.from({ length: 30 }, (_, no) => idOf(no)).filter((id) => !changed.has(id))
        expect(unchanged.filter((id) => !seen.includes(id))).toEqual([])
        expect(seen.filter((id) => Number(id.split("-")[1]) >= 100)).toEqual([])
      },
    ),
    { numRuns: 5 },
  )
})

test("no query at all is a server error", async () => {
  vi.spyOn(console, "log").mockImplementation(() => {})
  const texts = fc.oneof(
    fc.anyText({ maxLength: 60 }),
    fc.string({
      unit: fc.constantFrom(..."abا ل\"«»*-()^:+{},;'\\%§¶\u0000", "NEAR(", " OR ", "title:", ' "'),
      maxLength: 40,
    }),
  )
  await fc.assert(
    fc.asyncProperty(texts, fc.constantFrom("", "europe"), async (q, slug) => {
      const sent = await ask(q, slug === "" ? {} : { section: slug, not: "sports", tag: 'a"b', lang: "ar" })
      expect([q, sent.status]).toEqual([q, sent.status === 400 ? 400 : 200])
    }),
    { numRuns: 75 },
  )
})
