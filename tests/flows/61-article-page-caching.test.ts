/** Tests which cached pages of articles a change purges, and that a page of one version never has other bytes. */
import { env } from "cloudflare:workers"
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest"
import { WorkersCache } from "./workers-cache.ts"
import { article, makeWire, type Publisher, push, send } from "./world.ts"

const MINUTE = 60_000
const PERIOD = 5 * MINUTE
let cache: WorkersCache
const ids = new Map<string, string>()
const { one, two, three } = await makeWire({
  sections: { world: {}, sports: {}, arts: {} },
  publishers: {
    ...{ one: { default_section: "world" }, two: { default_section: "world" }, three: { default_section: "world" } },
  },
})
// The clock begins at the start of a period, and each test an hour later, with an empty edge and a free token.
let start = (Math.floor(Date.now() / PERIOD) + 1000) * PERIOD
beforeAll(() => vi.useFakeTimers({ toFake: ["Date"], now: start }))
afterAll(() => vi.useRealTimers())
beforeEach(() => {
  start += 60 * MINUTE
  vi.setSystemTime(start)
  cache = new WorkersCache()
})
const wait = (ms: number) => vi.setSystemTime(Date.now() + ms)

async function publish(to: Publisher, id: string, more: Record<string, unknown> = {}, sections = ["world"]) {
  wait(1000)
  const item = article({ id, title: id, date_modified: new Date().toISOString(), ...more, _feedwire: { sections } }, 5)
  const sent = await push(to, item, { cache })
  ids.set(id, sent.json.results[0].id.slice(-32))
  return sent.json.results[0].outcome as string
}
const pathOf = (id: string) => `/articles/${ids.get(id)}/${id}`
const tagOf = (id: string) => `article:${ids.get(id)}`
const articleTags = () => cache.purges.flat().filter((tag) => tag.startsWith("article"))

describe("a purge", () => {
  test("names the pages of changed and withdrawn articles, and no others", async () => {
    for (const id of ["a", "b", "c"]) await publish(one, id)
    await publish(one, "s", {}, ["sports"])
    await cache.sweep()
    const stored = ["a", "b", "c", "s"].map(pathOf)
    for (const path of stored) await cache.get(path)
    wait(MINUTE)
    await cache.sweep()
    cache.purges.length = 0
    wait(MINUTE)
    // A new article of another section purges no page of an article.
    expect(await publish(one, "d", {}, ["sports"])).toBe("created")
    await cache.sweep()
    expect(articleTags()).toEqual([])
    for (const path of stored) expect(await cache.get(path)).toMatchObject({ hit: true })
    wait(MINUTE)
    expect(await publish(one, "b", { summary: "New" })).toBe("updated")
    expect(articleTags()).toEqual([tagOf("b")])
    expect((await Promise.all(stored.map((path) => cache.get(path)))).map(({ hit }) => hit)).toEqual([
      ...[true, false, true, true],
    ])
    wait(MINUTE)
    await cache.sweep()
    cache.purges.length = 0
    wait(MINUTE)
    await push(one, { id: "c" }, { type: "article.deleted", cache })
    expect(articleTags()).toEqual([tagOf("c")])
    expect((await cache.get(pathOf("c"))).hit).toBe(false)
    expect((await cache.get(pathOf("a"))).hit).toBe(true)
  })

  /** Waits until nothing is dirty. */
  async function settle(): Promise<void> {
    for (let run = 0; run < 2; run++) {
      wait(MINUTE)
      await cache.sweep()
    }
    wait(MINUTE)
    cache.purges.length = 0
  }

  // A push in two sections and one language makes eight scopes dirty, so 92 articles are 100 tags.
  test.each([
    ["of as many changed articles as a purge may name names each of them", [40, 40, 12], "each"],
    ["of one more names all pages of articles, but not the whole wire", [40, 40, 13], "articles"],
    ["of 101 names all pages of articles", [60, 1, 40], "articles"],
    ["of 300 names all pages of articles", [100, 100, 100], "articles"],
  ])("%s", async (name, sizes, expected) => {
    const sections = ["world", "sports"]
    const total = sizes.reduce((sum, size) => sum + size)
    const items = (summary: string) =>
      Array.from({ length: total }, (_, i) =>
        article({ id: `${name} ${i}`, title: `m${i}`, language: "en", summary, _feedwire: { sections } }, 5),
      )
    const pushAll = async (summary: string) => {
      const sent: string[] = []
      for (const [at, size] of sizes.entries()) {
        wait(1000)
        const from = sizes.slice(0, at).reduce((sum, each) => sum + each, 0)
        const { json } = await push(one, items(summary).slice(from, from + size), { cache })
        sent.push(...json.results.map(({ id }: { id: string }) => `article:${id.slice(-32)}`))
      }
      return sent
    }
    await publish(one, "a", { title: name })
    await pushAll("1")
    await settle()
    await cache.get(pathOf("a"))
    cache.refusing = true
    const changed = await pushAll("2")
    cache.refusing = false
    await cache.get(pathOf("a"))
    wait(MINUTE)
    await cache.sweep()
    expect(cache.purges).toHaveLength(1)
    expect(articleTags().toSorted()).toEqual(expected === "each" ? changed.toSorted() : ["articles"])
    expect(cache.purges.flat()).not.toContain("wire")
    expect((await cache.get(pathOf("a"))).hit).toBe(expected === "each")
  })

  test("of a changed cluster of duplicates names the pages of all articles in it", async () => {
    const url = "https://one.example/shared"
    const members: [string, Publisher][] = [
      ["first", one],
      ["second", two],
      ["third", three],
    ]
    for (const [id, to] of members) await publish(to, id, { url })
    const all = members.map(([id]) => tagOf(id)).toSorted()
    const alsoBy = async (id: string, html?: string) =>
      /<li>Also published by .*?<\/li>/s.exec(html ?? (await send(pathOf(id))).text)?.[0]
    /** The tags of articles that a change purges. What stays in the cache names the duplicates as they are now. */
    const purgedBy = async (change: () => Promise<unknown>) => {
      await settle()
      for (const [id] of members) await cache.get(pathOf(id))
      await change()
      // The cluster is resolved by a later commit, which the sweep purges.
      wait(MINUTE)
      await cache.sweep()
      const tags = [...new Set(articleTags())].toSorted()
      for (const [id] of members) {
        const { hit, body } = await cache.get(pathOf(id))
        if (hit) expect(await alsoBy(id, body)).toBe(await alsoBy(id))
      }
      return tags
    }
    expect(await alsoBy("third")).toContain("one")
    expect(await purgedBy(() => publish(one, "first", { url, title: "Changed" }))).toEqual(all)
    // No other page shows the text of a suppressed duplicate.
    expect(await purgedBy(() => publish(two, "second", { url, title: "Changed" }))).toEqual([tagOf("second")])
    expect(await purgedBy(() => publish(two, "second", { url: `${url}?utm_source=two` }))).toEqual(all)
    expect(await purgedBy(() => publish(three, "third", { url: `${url}/own` }))).toEqual(all)
    expect(await purgedBy(() => publish(three, "third", { url }))).toEqual(all)
    expect(await purgedBy(() => push(two, { id: "second" }, { type: "article.deleted", cache }))).toEqual(all)
    expect(await purgedBy(() => push(one, { id: "first" }, { type: "article.deleted", cache }))).toEqual(
      [tagOf("first"), tagOf("third")].toSorted(),
    )
  })
})

describe("the version of a page", () => {
  const ask = async (id: string, etag?: string) => {
    const { status, headers, text } = await send(
      pathOf(id),
      etag === undefined ? {} : { headers: { "if-none-match": etag } },
      env,
      cache,
    )
    return { status, etag: headers.get("etag") ?? "", text, tags: headers.get("cache-tag") }
  }

  test("stays the same for the rest of five minutes while other articles change", async () => {
    await publish(one, "v")
    const first = await ask("v")
    expect(first.tags).toBe(`${tagOf("v")},articles,wire`)
    await publish(one, "w")
    expect(await ask("v", first.etag)).toMatchObject({ status: 304, etag: first.etag })
    // Who has no copy gets the current blocks, under another version.
    const second = await ask("v")
    expect(second.etag).not.toBe(first.etag)
    expect([first, second].map(({ text }) => text.includes(pathOf("w")))).toEqual([false, true])
    wait(PERIOD)
    expect(await ask("v", first.etag)).toMatchObject({ status: 200 })
    // Nothing has changed since the second copy.
    expect(await ask("v", second.etag)).toMatchObject({ status: 304, etag: second.etag })
  })

  test("changes at once with the article, the directory and the epoch, and is not valid for another page", async () => {
    await publish(one, "x")
    await publish(one, "y")
    const { etag } = await ask("x")
    expect((await ask("x", etag)).status).toBe(304)
    expect((await ask("y", etag)).status).toBe(200)
    await publish(one, "x", { summary: "Changed" })
    const changed = await ask("x", etag)
    expect(changed.status).toBe(200)
    await env.DB.prepare(
      "update wire set revision = (select max(no) from commits) + 1, changed_at = changed_at + 1000",
    ).run()
    expect((await ask("x", changed.etag)).status).toBe(200)
    const { etag: latest } = await ask("x")
    await env.DB.prepare("update wire set epoch = 'restored'").run()
    expect((await ask("x", latest)).status).toBe(200)
  })

  test("never has other bytes", async () => {
    const seen = new Map<string, string>()
    const look = async () => {
      for (const id of ["p", "q"]) {
        for (const known of [undefined, ...seen.keys()].slice(-6)) {
          const { status, etag, text } = await ask(id, known)
          if (status !== 200) continue
          expect(seen.get(etag) ?? text).toBe(text)
          seen.set(etag, text)
        }
      }
    }
    const url = "https://one.example/twice"
    await publish(one, "p", { url })
    await publish(two, "q", { tags: ["t"] })
    for (let round = 0; round < 6; round++) {
      await look()
      await publish(one, `r${round}`, { tags: ["t"] }, ["sports"])
      await look()
      await publish(two, "q", { tags: ["t"], summary: `${round}`, ...(round % 2 === 1 && { url }) })
      await look()
      wait(round * MINUTE)
      if (round === 4) await push(one, { id: "r0" }, { type: "article.deleted", cache })
      await cache.sweep()
    }
    expect(seen.size).toBeGreaterThan(12)
  })
})
