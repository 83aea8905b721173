/** Tests that an isolate that copies rendered entries makes the same bytes as a new isolate, after any changes. */
import { env } from "cloudflare:workers"
import { beforeAll, expect, test } from "vitest"
import { createDbClient } from "../../src/db/client.ts"
import { settings } from "../../src/env.ts"
import { feedPath, parseAddress } from "../../src/feeds/address.ts"
import { loadDocument } from "../../src/feeds/load.ts"
import { renderDocument } from "../../src/feeds/render-document.ts"
import { FEED_VERSION } from "../../src/feeds/validators.ts"
import * as fc from "../fast-check.ts"
import { admin, article, makeWire, ORIGIN, type Publisher, publisher, push, send, sweep } from "../flows/world.ts"

let publishers: Publisher[]
const EDGE = { purge: async () => ({ success: true }) }
await makeWire({ sections: { world: { names: { en: "World", ar: "العالم" } }, sport: {} } })

beforeAll(async () => {
  publishers = [await publisher("one"), await publisher("two", { language: "ar" })]
})

const PATHS = [
  ...[
    "/feed.rss",
    "/feed.atom?limit=4",
    "/feed.json",
    "/feed.json?content=summary",
    "/feed.rss?lang=ar&section=sport,world",
  ],
  ...["/sections/world/feed.json?limit=3", "/publishers/two/feed.atom"],
]

/** The document as a fresh isolate renders it; undefined for a redirect. */
async function coldRender(path: string): Promise<string | undefined> {
  const parsed = parseAddress(new URL(path, ORIGIN))
  if (!parsed || "redirectTo" in parsed) throw new Error(`${path} is not the path of a feed`)
  const { address } = parsed
  const context = { requestId: "cold", db: createDbClient(env.DB), settings: settings(env) }
  const form = { version: FEED_VERSION, path: (document: object) => feedPath({ ...address, ...document }) }
  const state = await loadDocument(context, address, form, { tags: [], modifiedUntil: -1 })
  if (state instanceof Response || !state.content) return undefined
  return new TextDecoder().decode(renderDocument(state.content, address, context.settings, undefined).bytes)
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom("publish" as const, "publish" as const, "publish" as const, "delete" as const),
      by: fc.nat(1),
      /** Articles with the same number have the same address, also if their publishers differ. */
      numbers: fc.uniqueArray(fc.nat(5), { minLength: 1, maxLength: 3 }),
      language: fc.constantFrom("en", "ar", undefined),
      section: fc.constantFrom("world", "sport"),
      title: fc.boolean(),
      size: fc.constantFrom(1, 20, 200),
    }),
  },
  fc.record({
    kind: fc.constant("terms" as const),
    by: fc.nat(1),
    redistribution: fc.constantFrom("full" as const, "summary" as const, "none" as const),
  }),
  fc.record({ kind: fc.constant("rename" as const), name: fc.constantFrom("World", "Globe", "Monde") }),
  fc.record({ kind: fc.constant("sweep" as const) }),
)

let changes = 0
async function take(event: typeof step extends fc.Arbitrary<infer S> ? S : never, run: number): Promise<void> {
  changes++
  const changedAt = new Date(Date.UTC(2026, 9, 20) + changes * 1000).toISOString()
  if (event.kind === "sweep") return sweep()
  if (event.kind === "rename") {
    expect((await admin("PATCH", "/sections/world", { names: { en: event.name, ar: "العالم" } })).status).toBe(200)
    return
  }
  const by = publishers[event.by] as Publisher
  if (event.kind === "terms") {
    const { redistribution } = event
    expect((await admin("PATCH", `/publishers/${by.slug}`, { redistribution })).status).toBe(200)
    return
  }
  const items = event.numbers.map((n) => {
    const id = `${run}-${n}`
    if (event.kind === "delete") return { id, date_modified: changedAt }
    const more = {
      ...{
        id,
        url: `https://one.example/${id}`,
        date_published: new Date(Date.UTC(2026, 9, 1) + (run * 10 + n) * 60_000).toISOString(),
      },
      ...{ title: event.title ? `Change ${changes} — تغيير` : undefined, summary: `Summary ${changes}` },
      ...{ date_modified: changedAt, language: event.language, _feedwire: { sections: [event.section] } },
    }
    return article(more, event.size)
  })
  const type = event.kind === "delete" ? "article.deleted" : "article.published"
  expect((await push(by, items, { type, timestamp: changedAt })).status).toBe(200)
}

test("after any history each feed has the bytes of a cold render", async () => {
  let run = 0
  let rendered = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 10 }), async (events) => {
      run++
      for (const event of events) {
        await take(event, run)
        for (const path of PATHS) {
          const cold = await coldRender(path)
          const warm = await send(path, {}, env, EDGE)
          if (cold === undefined) continue
          expect(warm.text).toBe(cold)
          rendered++
        }
      }
    }),
    { numRuns: 6 },
  )
  expect(rendered).toBeGreaterThan(100)
})
