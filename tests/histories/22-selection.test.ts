/** Tests that feeds selected by parameters have the same articles in the same order as a model without SQL. */
import { beforeAll, describe, expect, test } from "vitest"
import * as fc from "../fast-check.ts"
import {
  type ArticleData,
  AUTHORS,
  articleData,
  EVERYTHING,
  expected,
  idsOf,
  joinPages,
  pagesOf,
  pathOf,
  prepareSelections,
  publish,
  type Query,
  SECTIONS,
  TAGS,
  wire,
  withdraw,
} from "../flows/selection-model.ts"
import { expectConsistent } from "../flows/wire-state.ts"

const NONE: fc.Arbitrary<string[]> = fc.constant([])
const some = (values: string[], maxLength: number) => fc.subarray(values, { maxLength })
const queries: fc.Arbitrary<Query> = fc
  .record({
    section: fc.oneof(NONE, some(SECTIONS, 7)),
    not: fc.oneof(NONE, some(SECTIONS, 3)),
    publisher: fc.oneof({ weight: 3, arbitrary: NONE }, some(["one", "two"], 2)),
    lang: fc.oneof({ weight: 2, arbitrary: NONE }, some(["en", "ar", "ar-eg", "fr"], 3)),
    tag: fc.oneof({ weight: 2, arbitrary: NONE }, some([...TAGS, "unused"], 3)),
    author: fc.oneof({ weight: 2, arbitrary: NONE }, some(AUTHORS, 2)),
  })
  // A section that is both selected and excluded is refused: that has a test of its own.
  .map((query) => ({ ...query, not: query.not.filter((slug) => !query.section.includes(slug)) }))
const limits = fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 10, 33, 50, 100)

async function expectSelected(query: Query, shortest: number): Promise<void> {
  const ids = expected(query)
  // Forty pages are enough to check that pages join without gaps.
  const limit = Math.max(shortest, Math.ceil(ids.length / 40))
  const pages = await pagesOf(pathOf(query, limit === 50 ? "" : `limit=${limit}`))
  expect(joinPages(pages)).toEqual(ids)
  for (const page of pages.slice(1)) expect(idsOf(page).length).toBeLessThanOrEqual(limit)
  for (const page of pages) expect(new Set(idsOf(page)).size).toBe(idsOf(page).length)
}

beforeAll(prepareSelections)

describe("the model agrees with", () => {
  test("any selection, in pages of any length", async () => {
    await fc.assert(fc.asyncProperty(queries, limits, expectSelected), { numRuns: 30, endOnFailure: true })
  })

  test("every section together with every other, and without it", async () => {
    for (const one of SECTIONS) {
      for (const other of SECTIONS) {
        await expectSelected({ ...EVERYTHING, section: [one, other] }, 100)
        if (one !== other) await expectSelected({ ...EVERYTHING, section: [one], not: [other] }, 100)
      }
    }
  })

  test("all sections at once: an article in up to seven of them is in the feed once", async () => {
    for (const limit of [1, 7, 20, 50]) await expectSelected({ ...EVERYTHING, section: SECTIONS }, limit)
    for (const limit of [1, 7, 20, 50]) {
      await expectSelected({ ...EVERYTHING, section: SECTIONS, tag: ["c++"], lang: ["ar"] }, limit)
    }
  })

  test("selections after corrections, moves, changed dates and withdrawals", async () => {
    const ids = [...wire.keys()]
    const again = fc.sample(articleData, { numRuns: 40, seed: 8 })
    await publish(
      again.map((each, i) => {
        const { guid, publisher: by } = wire.get(ids[i * 5] as string) as ArticleData
        return { ...each, guid, publisher: by }
      }),
    )
    for (const id of ids.filter((_, i) => i % 7 === 3)) await withdraw(id)
    await fc.assert(fc.asyncProperty(queries, limits, expectSelected), { numRuns: 20, endOnFailure: true })
  })
})

test("the tables are consistent", expectConsistent)
