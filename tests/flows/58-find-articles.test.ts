/** Tests that operators find articles in every state, and see what is stored of one and where it is shown. */
import { beforeAll, describe, expect, test } from "vitest"
import { type Answer, admin, article, makeWire, ORIGIN, push, send, sweep } from "./world.ts"

const { one, two } = await makeWire({
  sections: { world: {}, europe: { parent: "world" }, sports: {} },
  publishers: { one: { origins: ["https://one.example"] }, two: {} },
})

const IN_AN_HOUR = new Date(Date.now() + 3_600_000).toISOString()
const url = (path: string): string => `https://one.example/${path}`
const idOf = ({ json }: Answer): string => json.results[0].id.slice(-32)

const find = (query: Record<string, string> = {}): Promise<Answer> =>
  admin("GET", `/articles?${new URLSearchParams(query)}`)

/** The guids of the articles that a query finds, in their order. */
const guids = async (query: Record<string, string> = {}): Promise<string[]> => {
  const { status, text, json } = await find(query)
  if (status !== 200) throw new Error(text)
  return json.articles.map(({ guid }: { guid: string }) => guid)
}

let harbour: string

beforeAll(async () => {
  const sent = async (...args: Parameters<typeof push>): Promise<Answer> => {
    const answer = await push(...args)
    if (answer.status !== 200) throw new Error(answer.text)
    return answer
  }
  harbour = idOf(
    await sent(
      one,
      article({
        id: "harbour",
        url: url("harbour"),
        title: "Harbour opens",
        content_html: "<p>A new quay.</p>",
        date_published: "2026-01-04T00:00:00Z",
        authors: [{ name: "Jane Doe" }],
        tags: ["ships"],
        _feedwire: { sections: ["europe"], dateline: "Oslo" },
      }),
    ),
  )
  await sent(
    one,
    article({
      id: "match",
      title: "Match won",
      date_published: "2026-01-03T00:00:00Z",
      _feedwire: { sections: ["sports"] },
    }),
  )
  // The same address: it is suppressed.
  await sent(
    two,
    article({ id: "copy", url: url("harbour"), title: "Harbour copied", date_published: "2026-01-02T00:00:00Z" }),
  )
  await sent(one, article({ id: "waits", title: "Harbour plans", _feedwire: { embargo: IN_AN_HOUR } }))
  await sent(two, article({ id: "gone", title: "Gone" }))
  await sent(two, { id: "gone" }, { type: "article.deleted" })
  const down = idOf(await sent(two, article({ id: "down", title: "Down" })))
  await admin("POST", `/articles/${down}/takedown`, { reason: "Court order 7" })
  await sweep()
})

describe("articles", () => {
  test.each([
    ["in every state", {}, ["copy", "down", "gone", "harbour", "match", "waits"]],
    ["that are published", { state: "published" }, ["copy", "harbour", "match"]],
    ["under embargo", { state: "embargoed" }, ["waits"]],
    ["that their publisher withdrew", { state: "deleted" }, ["gone"]],
    ["that an operator took down", { state: "taken_down" }, ["down"]],
    ["of a publisher", { publisher: "two" }, ["copy", "down", "gone"]],
    ["of a publisher in a state", { publisher: "two", state: "published" }, ["copy"]],
    ["in a section below", { section: "world", state: "published" }, ["harbour"]],
    ["in a section of a publisher", { section: "sports", publisher: "one" }, ["match"]],
    ["in a section of another publisher", { section: "sports", publisher: "two" }, []],
    ["from a time on", { since: "2026-01-03T00:00:00Z", state: "published" }, ["harbour", "match"]],
    ["until a day", { until: "2026-01-03" }, ["copy", "match"]],
    ["with a word of the body", { q: "quay" }, ["harbour"]],
    ["with a word, in every state", { q: "harbour" }, ["copy", "harbour", "waits"]],
    ["with a word, by section", { q: "harbour", section: "europe", state: "published" }, ["harbour"]],
    ["with a beginning of a word", { q: "harb* -copied", state: "published" }, ["harbour"]],
    ["with a word, by publisher and time", { q: "harbour", publisher: "two", since: "2026-01-01" }, ["copy"]],
    ["with words of a title under embargo", { q: "harbour PLANS", state: "embargoed" }, ["waits"]],
    ["with the guid", { q: "gone" }, ["gone"]],
    ["with the guid in another state", { q: "gone", state: "published" }, []],
    ["at an address", { q: "http://www.one.example/harbour?utm_source=x" }, ["copy", "harbour"]],
  ])("%s are found", async (_, query, expected) => {
    expect((await guids(query)).sort()).toEqual(expected)
  })

  test("are found by their ids, as pages and feeds write them", async () => {
    for (const q of [harbour, `tag:feeds.example,2026:${harbour}`, `${ORIGIN}/articles/${harbour}`]) {
      expect([q, await guids({ q })]).toEqual([q, ["harbour"]])
    }
  })

  test("that are not indexed yet are found by their titles", async () => {
    const burst = Array.from({ length: 12 }, (_, i) =>
      push(one, article({ id: `burst${i}`, title: `Burst ${i} of news` })),
    )
    await Promise.all(burst)
    expect((await guids({ q: "of news", publisher: "one" })).sort()).toEqual(
      Array.from({ length: 12 }, (_, i) => `burst${i}`).sort(),
    )
  })

  test.each(["", "harbour", "news"])("come in pages of one, each once, for the words %j", async (q) => {
    const words: Record<string, string> = q === "" ? {} : { q }
    const all = await guids({ ...words, state: "published", limit: "100" })
    const found: string[] = []
    let before: string | undefined
    do {
      const { json } = await find({ ...words, state: "published", limit: "1", ...(before !== undefined && { before }) })
      found.push(...json.articles.map(({ guid }: { guid: string }) => guid))
      before = json.next
    } while (before !== undefined)
    expect(found).toEqual(all)
    expect(new Set(found).size).toBe(found.length)
  })

  test.each([
    ["a state that does not exist", { state: "expired" }, 400],
    ["a search without a word", { q: "-x" }, 400],
    ["a position of another list", { before: "12" }, 400],
    ["a limit that is too large", { limit: "101" }, 400],
    ["a publisher that does not exist", { publisher: "three" }, 404],
    ["a section that does not exist", { section: "arts" }, 404],
    ["another parameter", { tag: "x" }, 400],
  ])("are not searched by %s", async (_, query, status) => {
    expect((await find(query as unknown as Record<string, string>)).status).toBe(status)
  })

  test("are shown with where they are", async () => {
    const { json } = await find({ q: harbour })
    expect(json.articles).toEqual([
      {
        id: harbour,
        publisher: "one",
        guid: "harbour",
        state: "published",
        suppressed: false,
        sections: ["europe"],
        refiled: false,
        title: "Harbour opens",
        url: url("harbour"),
        language: expect.anything(),
        page_url: `${ORIGIN}/articles/${harbour}/harbour-opens`,
        date_published: "2026-01-04T00:00:00.000Z",
        embargo: null,
        last_message_at: expect.any(String),
      },
    ])
    const down = (await find({ state: "taken_down" })).json.articles[0]
    expect(down).toMatchObject({ guid: "down", title: null, reason: "Court order 7", date_published: null })
  })
})

describe("one article", () => {
  test("shows what is stored of it, and the lists and feeds in which it stands", async () => {
    const { json } = await admin("GET", `/articles/${harbour}`)
    expect(json.stored).toMatchObject({
      dateline: "Oslo",
      authors: ["Jane Doe"],
      tags: ["ships"],
      size_in_bytes: expect.any(Number),
      content_hash: json.deliveries[0].content_hash,
    })
    const feeds = json.shown_in.map(({ feed }: { feed: string }) => feed.slice(ORIGIN.length))
    expect(feeds).toEqual(
      expect.arrayContaining([
        "/feed.rss",
        "/publishers/one/feed.rss",
        "/sections/europe/feed.rss",
        "/sections/world/feed.rss",
        "/feed.rss?tag=ships",
        "/feed.rss?author=Jane%20Doe",
      ]),
    )
    for (const { feed } of json.shown_in) {
      const { status, text } = await send(feed.slice(ORIGIN.length))
      expect([feed, status, text.includes("Harbour opens")]).toEqual([feed, 200, true])
    }
  })

  test("that is suppressed stands only in the lists of its publisher", async () => {
    const [{ id, suppressed }] = (await find({ publisher: "two", state: "published" })).json.articles
    const { json } = await admin("GET", `/articles/${id}`)
    expect([suppressed, json.suppressed]).toEqual([true, true])
    expect(json.shown_in.map(({ list }: { list: string }) => list)).toEqual(["publisher"])
  })
})
