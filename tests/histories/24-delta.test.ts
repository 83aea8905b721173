/** Tests that a client that merges deltas (RFC 3229, `A-IM: feed`) has the whole feed after any changes. */
import { env } from "cloudflare:workers"
import { beforeAll, test } from "vitest"
import * as fc from "../fast-check.ts"
import { type ArticleData, Client, prepare, publish, withdraw } from "../flows/delta-client.ts"
import { expectConsistent } from "../flows/wire-state.ts"

beforeAll(prepare)

test("after any changes, a client's articles and the delta together are the whole feed", async () => {
  const paths = [
    "/feed.json",
    "/sections/europe/feed.json",
    "/publishers/one/feed.json?limit=7",
    "/feed.json?limit=3&section=europe,sports",
    "/feed.json?lang=ar&limit=10&section=sports,world",
    "/feed.json?limit=10&not=europe&tag=budget",
  ]
  const articleData = fc.record({
    guid: fc.integer({ min: 0, max: 60 }).map((n) => `any-${n}`),
    published: fc.integer({ min: 1000, max: 1060 }),
    sections: fc.subarray(["world", "europe", "sports"], { minLength: 1 }),
    tags: fc.subarray(["budget", "tax"]),
    language: fc.constantFrom("ar", "en"),
  })
  const change = fc.oneof(
    { weight: 3, arbitrary: fc.uniqueArray(articleData, { selector: ({ guid }) => guid, minLength: 1, maxLength: 5 }) },
    fc.uniqueArray(
      fc.integer({ min: 0, max: 60 }).map((n) => `any-${n}`),
      { minLength: 1, maxLength: 3 },
    ),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(change, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 5 }),
      async (polls) => {
        const clients = paths.map((path) => new Client(path))
        for (const client of clients) await client.poll()
        for (const between of polls) {
          for (const each of between) {
            const [first] = each
            if (typeof first === "object") await publish(...(each as ArticleData[]))
            else {
              const select = `select guid from articles where state = 'published' and guid in (select value from json_each(?))`
              const { results } = await env.DB.prepare(select).bind(JSON.stringify(each)).all<{ guid: string }>()
              if (results.length > 0) await withdraw(...results.map(({ guid }) => guid))
            }
          }
          for (const client of clients) {
            await client.poll()
            await client.expectCurrent()
          }
        }
      },
    ),
    // The articles of a run remain in the database, so a shorter run would not reproduce the failure.
    { numRuns: 8, endOnFailure: true },
  )
})

test("the tables are consistent", expectConsistent)
