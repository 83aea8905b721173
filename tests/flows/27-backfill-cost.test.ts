/** Tests how many rows D1 reads and writes for a backfill. */
import { beforeAll, beforeEach, describe, expect, test } from "vitest"
import { type ArticleData, home, newHome, old, prepare, publish, row } from "./backfill-client.ts"
import { counted, send } from "./world.ts"

beforeAll(prepare)
beforeEach(newHome)

describe("the cost of a backfill", () => {
  const written = async (all: ArticleData[]): Promise<number> => {
    const { bindings, trips } = counted()
    await publish(all, { bindings })
    return trips.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0)
  }

  test("is as many rows written for an article as of any other, also for its correction", async () => {
    await publish(row("cost", 1))
    expect(await written(old("cost-old", 1))).toBe(await written(row("cost-new", 1)))
    expect(await written(old("cost-old", 1))).toBe(await written(row("cost-new", 1)))
  })

  test("is a row for each unannounced position in a feed, at most 99, and 5 for each entry", async () => {
    await publish([...row("read", 100, {}, 5000), ...old("read-old", 99)])
    const { bindings, trips } = counted()
    const sent = await send(`/sections/${home}/feed.json`, {}, bindings, { purge: async () => ({ success: true }) })
    expect(sent.json.items).toHaveLength(50)
    expect(trips).toHaveLength(1)
    expect(trips[0]?.rowsRead).toBeLessThanOrEqual(5 * 50 + 99 + 10)
  })
})
