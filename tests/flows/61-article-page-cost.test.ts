/** Tests that D1 reads as many rows for the page of an article on a large wire as on a small one. */
import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, test } from "vitest"
import { fill, prepareFilling } from "./many-articles.ts"
import { LARGE } from "./size-of-wire.ts"
import { article, counted, type Publisher, publisher, push, send } from "./world.ts"

const { bindings, trips } = counted()
/** With Workers Cache in front, every request asks D1. */
const edge = { purge: async () => ({ success: true }) }
const paths = new Map<string, string>()
let three: Publisher

async function publish(id: string, more: Record<string, unknown>): Promise<void> {
  const item = article(
    {
      id,
      title: id,
      url: `https://three.example/${id}`,
      language: "en",
      date_published: "2023-11-14T22:10:00Z",
      ...more,
    },
    3,
  )
  const sent = await push(three, item)
  paths.set(id, `/articles/${sent.json.results[0].id.slice(-32)}/${id}`)
}

async function ask(path: string, etag?: string) {
  trips.length = 0
  const { status, headers, text } = await send(
    path,
    etag === undefined ? {} : { headers: { "if-none-match": etag } },
    bindings,
    edge,
  )
  return {
    status,
    etag: headers.get("etag") ?? "",
    text,
    trips: trips.length,
    rows: trips.reduce((sum, { rowsRead }) => sum + rowsRead, 0),
  }
}

/** The row of the wire, three scopes, and two for the article, which is found by its id. */
const VALIDATOR = 6
/** For each known version, a row of the list of versions, and one to order the versions. */
const KNOWN = 2
/** The candidates of five tags and three sections, as for related articles, and the blocks. */
const MOST = (5 + 3) * 40 * 6 + 1000
const small = new Map<string, number>()

beforeAll(async () => {
  await prepareFilling()
  three = await publisher("three")
})

describe.each([1000, LARGE])("with %i articles on the wire", (total) => {
  beforeAll(async () => {
    await fill(total)
    // Only this section has more articles among its newest ones on a larger wire.
    await env.DB.prepare("delete from memberships where scope = 'section:5'").run()
    await publish("plain", { tags: ["worldly", "half"], _feedwire: { sections: ["france"] } })
    const related = Array.from({ length: 20 }, (_, i) => ({ url: `https://three.example/${i === 3 ? "plain" : i}` }))
    const tags = Array.from({ length: 32 }, (_, i) => (i === 0 ? "worldly" : i === 1 ? "half" : `wide ${i}`))
    await publish("wide", { tags, _feedwire: { sections: ["france", "europe", "asia", "world", "sports"], related } })
    const read = Array.from({ length: 50 }, (_, i) => ({ id: (i + 1).toString(16).padStart(32, "0"), views: 50 - i }))
    await env.DB.prepare(
      "insert or replace into most_read (time_window, scope, articles, commit_no) values (?, ?, ?, 1)",
    )
      .bind("24h", "lang:en", JSON.stringify(read))
      .run()
    // Loads the directory into memory, because the first request reads one row more.
    await send("/feed.json")
  }, 120_000)

  test("an article as Markdown is one round trip, and so are its 304 and its 404", async () => {
    const path = `${(paths.get("wide") ?? "").replace("/wide", "")}.md`
    const text = await ask(path)
    expect([text.status, text.trips, text.rows]).toEqual([200, 1, 6])
    const current = await ask(path, text.etag)
    expect([current.status, current.trips, current.rows]).toEqual([304, 1, 2])
    expect(await ask(`/articles/${"f".repeat(32)}.md`)).toMatchObject({ status: 404, trips: 1 })
  })

  test.each(["plain", "wide"])(
    "the page of the article %s is one round trip, as its 404, its redirect and its 304 are",
    async (id) => {
      const path = paths.get(id) ?? ""
      const page = await ask(path)
      expect([page.status, page.trips]).toEqual([200, 1])
      for (const block of ["related", "latest", "section-world", "section-sports", "mostRead"])
        expect(page.text).toContain(`"beside ${block}"`)
      if (small.has(id)) expect([id, page.rows]).toEqual([id, small.get(id)])
      small.set(id, page.rows)
      expect(page.rows).toBeLessThanOrEqual(MOST)
      const current = await ask(path, page.etag)
      expect([current.status, current.trips, current.rows]).toEqual([304, 1, VALIDATOR + KNOWN])
      const unknown = await ask(`/articles/${"f".repeat(32)}`)
      expect([unknown.status, unknown.trips, unknown.rows <= VALIDATOR]).toEqual([404, 1, true])
      expect(await ask(`${path}-2`)).toMatchObject({ status: 301, trips: 1 })
    },
  )
})
