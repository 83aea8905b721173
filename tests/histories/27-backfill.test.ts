/** Tests that a client's articles and the delta are the whole feed after any backfills, corrections and withdrawals. */
import { beforeAll, beforeEach, test } from "vitest"
import * as fc from "../fast-check.ts"
import { Client, home, newHome, prepare, publish, withdraw } from "../flows/backfill-client.ts"
import { expectConsistent } from "../flows/wire-state.ts"

beforeAll(prepare)
beforeEach(newHome)

test("after any changes, a client's articles and the delta together are the whole feed", async () => {
  const [mine, other] = [home, "elsewhere"]
  const articleData = fc.record({
    guid: fc.integer({ min: 0, max: 60 }).map((n) => `any-${n}`),
    published: fc.integer({ min: 7000, max: 7080 }),
    sections: fc.subarray([mine, other], { minLength: 1 }),
    backfill: fc.boolean(),
  })
  const change = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.uniqueArray(articleData, { selector: ({ guid }) => guid, minLength: 1, maxLength: 5 }),
    },
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
          for (const each of between) await (typeof each === "string" ? withdraw(each) : publish(each))
          for (const client of clients) await client.poll()
        }
        await expectConsistent()
      },
    ),
    // The articles of a run remain in the database, so a shorter run would not reproduce the failure.
    { numRuns: 6, endOnFailure: true },
  )
})
