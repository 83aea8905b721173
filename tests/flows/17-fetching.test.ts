/** Tests that the wire refuses a large feed before it parses it, and seldom fetches a feed that kills the Worker. */
import { env } from "cloudflare:workers"
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest"
import { createDbClient } from "../../src/db/client.ts"
import { Problem } from "../../src/http/problem.ts"
import type { Incoming } from "../../src/push/auth/incoming.ts"
import type { PublisherSource } from "../../src/push/auth/sources.ts"
import { readMessage } from "../../src/push/ingest/read-message.ts"
import { claimDueFeeds, failFetch, finishFetch, markFeedsDue } from "../../src/push/pull/schedule.ts"
import { admin, sweep } from "./world.ts"

const NOW = Date.UTC(2026, 10, 20, 12)
const MINUTE = 60_000
const db = createDbClient(env.DB)
const unchanged = { outcome: "unchanged", permanentUrl: undefined } as const
const state = { newFeedUrl: undefined, bodySha256: null }

const rows = async () =>
  (await env.DB.prepare("select id, name, failure_count, last_failure from sources order by name").all()).results as {
    id: string
    name: string
    failure_count: number
    last_failure: string | null
  }[]
const idsOf = async () => (await rows()).map(({ id }) => id)
const namesOf = (sources: PublisherSource[]) => sources.map(({ name }) => name).sort()

beforeAll(async () => {
  const publisher = {
    slug: "nahar",
    name: "Nahar",
    home_page_url: "https://nahar.example/",
    origins: ["https://nahar.example"],
  }
  expect((await admin("POST", "/publishers", publisher)).status).toBe(201)
  for (const name of ["a", "b", "c"]) {
    const source = { name, sender: "feed", feed_url: `https://nahar.example/${name}` }
    expect((await admin("POST", "/publishers/nahar/sources", source)).status).toBe(201)
  }
})

beforeEach(async () => {
  await env.DB.prepare(`update sources set due_at = null, pinged_at = null, next_at = null, leased_until = null,
    not_before = null, failure_count = 0, last_failure = null`).run()
})

afterEach(() => {
  vi.restoreAllMocks()
})

describe("a fetch that does not end", () => {
  test("counts as a failure at the feed's next claim, and the pause grows with each, even with pings", async () => {
    const [id = ""] = await idsOf()
    const pauses: number[] = []
    let last = NOW
    for (let at = NOW; pauses.length < 9; at += MINUTE) {
      // The feed is pinged every minute, and no fetch ends.
      await markFeedsDue(db, [id], at)
      const [claimed] = await claimDueFeeds(db, 5, at)
      if (!claimed) continue
      if (at > NOW) pauses.push((at - last) / MINUTE)
      last = at
      expect(claimed.failureCount).toBe(pauses.length)
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
    expect((await rows())[0]).toMatchObject({ failure_count: 9, last_failure: expect.stringContaining("did not end") })
  })

  test("is counted together with failed fetches, until the first that succeeds", async () => {
    const [id = ""] = await idsOf()
    await markFeedsDue(db, [id], NOW)
    await claimDueFeeds(db, 5, NOW)
    const [again] = await claimDueFeeds(db, 5, NOW + MINUTE)
    if (!again) throw new Error("The feed was not claimed again.")
    await failFetch(db, again, { detail: "It answered 503.", isRetryable: true }, NOW + MINUTE)
    expect((await rows())[0]).toMatchObject({ failure_count: 2, last_failure: "It answered 503." })
    expect(await claimDueFeeds(db, 5, NOW + 3 * MINUTE - 1)).toEqual([])
    const [third] = await claimDueFeeds(db, 5, NOW + 3 * MINUTE)
    if (!third) throw new Error("The feed was not claimed a third time.")
    await finishFetch(db, third, unchanged, state, NOW + 3 * MINUTE)
    expect((await rows())[0]).toMatchObject({ failure_count: 0, last_failure: null })
  })

  test("counts against all feeds of its sweep only once: later it is claimed alone, after all others", async () => {
    await markFeedsDue(db, await idsOf(), NOW)
    expect(namesOf(await claimDueFeeds(db, 5, NOW))).toEqual(["a", "b", "c"])
    // One of these feeds ended the Worker, and it is unknown which one.
    const [b] = await claimDueFeeds(db, 1, NOW + MINUTE)
    const [c] = await claimDueFeeds(db, 5, NOW + MINUTE)
    expect(namesOf([b, c].flatMap((each) => each ?? [])).length).toBe(2)
    for (const each of [b, c]) if (each) await finishFetch(db, each, unchanged, state, NOW + MINUTE)
    // Two of the feeds succeeded and are due again; the third feed has not been fetched since.
    const well = [b, c].flatMap((each) => each?.id ?? [])
    await markFeedsDue(db, well, NOW + 2 * MINUTE)
    expect((await claimDueFeeds(db, 5, NOW + 2 * MINUTE)).map(({ id }) => id).sort()).toEqual(well.sort())
    expect(await claimDueFeeds(db, 5, NOW + 2 * MINUTE)).toHaveLength(1)
    expect(await claimDueFeeds(db, 5, NOW + 2 * MINUTE)).toEqual([])
  })
})

test("the sweep fetches last, after all its other work", async () => {
  const queries: string[] = []
  const prepare = (query: string) => {
    queries.push(query)
    return env.DB.prepare(query)
  }
  const batch = (statements: D1PreparedStatement[]) => env.DB.batch(statements)
  const watched: Env = { ...env, DB: { prepare, batch } as unknown as D1Database }
  // The first sweep of a deployment has work that later sweeps do not have, so its queries are not recorded.
  await sweep()
  await sweep(watched)
  const idle = new Set(queries.splice(0))
  await markFeedsDue(db, await idsOf(), Date.now())
  let before: Set<string> | undefined
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => {
    before ??= new Set(queries)
    return new Response(null, { status: 410 })
  })
  await sweep(watched)
  expect(idle.size).toBeGreaterThan(5)
  expect([...idle].filter((query) => !before?.has(query))).toEqual([])
})

const fetchedMessage = (document: string): Incoming => ({
  endpoint: { kind: "feed", name: "site" },
  body: new TextEncoder().encode(document),
  bodySha256: "",
  contentType: undefined,
  headers: new Headers(),
  receivedAt: NOW,
  sender: {
    publisher: {
      uid: "p1",
      slug: "one",
      name: "One",
      language: null,
      timeZone: null,
      dateOrder: null,
      state: "active",
      origins: [],
    },
    source: undefined,
    authentication: "fetch",
    isSigned: false,
    messageAt: NOW,
    delivery: { id: "site.feed" },
  },
})
const json = (items: string[]) => `{"version":"https://jsonfeed.org/version/1.1","items":[${items.join()}]}`
const rss = (items: string[]) => `<rss version="2.0"><channel><title>t</title>${items.join("")}</channel></rss>`

describe("a fetched feed", () => {
  test.each([
    ["a JSON Feed", json, '{"id":"1"}'],
    ["RSS", rss, "<item/>"],
  ])("has at most 5,000 articles: %s", (_, document, item) => {
    const many = (count: number) => readMessage(fetchedMessage(document(Array(count).fill(item))), NOW).items
    expect(many(5000)).toHaveLength(5000)
    expect(() => many(5001)).toThrow(Problem)
    expect(() => many(5001)).toThrow(
      /5001 articles; at most 5000 are accepted. Ask its publisher for a feed of the newest/,
    )
  })

  test.each([
    ["RSS", rss(["<item><guid>1</guid><link>n/1</link></item>"])],
    ["a JSON Feed", json(['{"id":"1","url":"n/1","title":"a"}'])],
  ])("is at its registered address, with which its relative addresses are resolved: %s", (_, document) => {
    const message = fetchedMessage(document)
    const source = { feedUrl: "https://nahar.example/feeds/all" } as PublisherSource
    const [article] = readMessage({ ...message, sender: { ...message.sender, source } }, NOW).items
    expect(article?.item?.url).toBe("https://nahar.example/feeds/n/1")
  })

  test("with 4 MiB of empty entries is refused before they are read", () => {
    expect(() => readMessage(fetchedMessage(json(Array(2_000_000).fill("1"))), NOW)).toThrow(/2000000 articles/)
  })
})
