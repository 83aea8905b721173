/** Tests changes and snapshots: mirrors, caches, pages, and partners who see only some publishers. */
import { createExecutionContext } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { Hono } from "hono"
import { beforeAll, describe, expect, test, vi } from "vitest"
import { PUBLIC_AUDIENCE } from "../../src/api/access/audience.ts"
import type { ApiEnv } from "../../src/api/access/env.ts"
import { answerSnapshot } from "../../src/api/resources/snapshot.ts"
import { createDbClient } from "../../src/db/client.ts"
import { settings } from "../../src/env.ts"
import {
  agency,
  changesFrom,
  latest,
  makePublishers,
  paper,
  patch,
  prepareChanges,
  publish,
  since,
  withdraw,
  wordFor,
} from "./changes.ts"
import { now as clockNow, rfc3339, wait } from "./clock.ts"
import { expectedContent, fetchCut, Mirror } from "./mirror.ts"
import { WorkersCache } from "./workers-cache.ts"
import { admin, article, counted, publisher, push, rows, section, send, sweep } from "./world.ts"

prepareChanges()
beforeAll(async () => {
  await section("world")
  await section("sports")
  await makePublishers()
})

describe("a partner that may see some publishers only", () => {
  const closed = { ...env, API_ACCESS: "partners" } as unknown as Env
  const keyOf = async (slug: string, publishers?: string[]) => {
    const made = await admin("POST", "/partners", { slug, name: slug, ...(publishers && { publishers }) })
    expect([made.status, made.text]).toEqual([201, expect.anything()])
    return { authorization: `Bearer ${(await admin("POST", `/partners/${slug}/keys`, {})).json.secret}` }
  }

  test("gets the changes of these publishers and of every section, and no others", async () => {
    const metro = await publisher("metro")
    const headers = await keyOf("limited", ["metro"])
    const begun = await send("/v1/changes", { headers }, closed)
    expect(begun.headers.get("cache-control")).toBe("private, no-store")
    expect(begun.json.changes.map(wordFor)).toEqual(["section world", "section sports", "publisher metro"])
    const url = "https://paper.example/sent-by-two"
    await publish(paper, "from-paper", { url })
    await publish(metro, "from-metro", { url })
    await publish(paper, "come")
    await withdraw(paper, "come")
    await sweep()
    wait(2000)
    const { json } = await send(`/v1/changes?cursor=${begun.json.cursor}`, { headers }, closed)
    expect(json.changes.map(wordFor)).toEqual(["suppressed from-metro"])
    expect(JSON.stringify(json)).not.toMatch(/from-paper|"paper"|come/)
    const all = { headers: await keyOf("unlimited") }
    const seen = (await send("/v1/changes", all, closed)).json.changes
    expect(
      seen.find(({ article }: { article?: { title: string } }) => article?.title === "from-paper").article.duplicates,
    ).toHaveLength(1)
    const mirror = new Mirror({ bindings: closed, headers })
    await mirror.snapshot()
    const [row] = await rows("select uid from publishers where slug = 'metro'")
    expect(mirror.content()).toEqual(await expectedContent([row?.uid as string]))
  })

  test("must start again when its rights change, because articles would be missing", async () => {
    const headers = await keyOf("changing", ["metro"])
    const { cursor } = (await send("/v1/changes", { headers }, closed)).json
    const unlimited = { headers: await keyOf("changing-all") }
    const foreign = [410, "foreign_cursor"]
    const codeOf = async (...request: Parameters<typeof send>) => {
      const { status, json } = await send(...request)
      return [status, json.code]
    }
    expect(await codeOf(`/v1/changes?cursor=${cursor}`, unlimited, closed)).toEqual(foreign)
    // A partner without limits has the same audience as the public.
    const all = (await send("/v1/changes?limit=1", unlimited, closed)).json.cursor
    expect(await codeOf(`/v1/changes?cursor=${all}`)).toEqual([200, undefined])
    expect(await codeOf(`/v1/changes?cursor=${all}`, { headers }, closed)).toEqual(foreign)
    await patch("/partners/changing", { publishers: ["metro", "paper"] })
    expect(await codeOf(`/v1/changes?cursor=${cursor}`, { headers }, closed)).toEqual(foreign)
  })
})

describe("a mirror", () => {
  test("shows exactly what the API shows", async () => {
    for (let n = 0; n < 8; n++) await publish(n % 2 === 0 ? paper : agency, `mirrored-${n}`)
    await withdraw(paper, "mirrored-0")
    await patch("/sections/sports", { names: { en: "Games" } })
    const mirror = new Mirror()
    await mirror.catchUp(7)
    const shown = mirror.content()
    expect(Object.keys(shown.articles).length).toBeGreaterThan(5)
    for (const [id, article] of Object.entries(shown.articles)) {
      expect((await send(`/v1/articles/${encodeURIComponent(id)}`)).json).toEqual(article)
    }
    for (const { id } of await rows("select id from articles where was_public")) {
      const { status } = await send(`/v1/articles/${id}`)
      expect([id, status]).toEqual([id, `tag:feeds.example,2026:${id}` in shown.articles ? 200 : 410])
    }
    for (const what of ["sections", "publishers"] as const) {
      const listed = (await send(`/v1/${what}`)).json[what].map(({ id }: { id: string }) => id)
      expect(Object.keys(shown[what])).toEqual(listed.sort())
    }
  })
})

describe("the edge cache", () => {
  test("drops changes even if only a suppressed article changes", async () => {
    const url = "https://paper.example/shared"
    const other = await publisher("other")
    await publish(paper, "shared", { url })
    await publish(other, "shared-too", { url })
    await sweep()
    wait(60_000)
    const edge = new WorkersCache()
    await edge.sweep()
    wait(60_000)
    const path = `/v1/changes?cursor=${await latest()}`
    await edge.get(path)
    expect((await edge.get(path)).hit).toBe(true)
    wait(1000)
    const more = { url, title: "corrected", date_modified: rfc3339(clockNow) }
    await push(other, article({ id: "shared-too", ...more }, 5), { cache: edge })
    expect(edge.purges.at(-1)).toContain("~all")
    expect(edge.purges.at(-1)).not.toContain("all")
    expect((await edge.get(path)).hit).toBe(false)
  })
})

describe("a page", () => {
  test("ends at 2 MiB, and has at least one change", async () => {
    const before = await latest()
    const big = `<p>${"كلمة ".repeat(25_000)}</p>`
    const ids = Array.from({ length: 6 }, (_, i) => `big-${i}`)
    for (const id of ids) await publish(paper, id, { content_html: big })
    const changeTexts: string[] = []
    let url = `/v1/changes?cursor=${before}`
    let pages = 0
    for (let more = true; more; pages++) {
      const { json, text } = await send(url)
      expect(json.changes.length).toBeGreaterThan(0)
      if (json.changes.length > 1) expect(new TextEncoder().encode(text).length).toBeLessThan(2 * 1024 * 1024 + 1000)
      changeTexts.push(...json.changes.map(wordFor))
      ;({ next: url, more } = json)
    }
    expect(changeTexts).toEqual(ids)
    expect(pages).toBeGreaterThan(1)
    // A body in which every character is escaped is larger than estimated.
    const quotes = `<p>${'"\\'.repeat(60_000)}</p>`
    const escaped = await latest()
    for (const id of ids) await publish(paper, id, { content_html: quotes })
    const { json, text } = await send(`/v1/changes?cursor=${escaped}`)
    expect([json.more, json.changes.length < ids.length]).toEqual([true, true])
    expect(new TextEncoder().encode(text).length).toBeLessThan(2 * 1024 * 1024 + 1000)
    expect(await since(json.cursor)).toEqual(ids.slice(json.changes.length))
  })
})

describe("a snapshot", () => {
  const lines = (text: string) =>
    text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))

  test("has everything, one item a line, and a cursor at its end", async () => {
    const { status, headers, text } = await fetchCut("/v1/snapshot")
    expect([status, headers.get("content-type")]).toEqual([200, "application/x-ndjson; charset=utf-8"])
    expect(headers.get("cache-control")).toBe("private, no-store")
    const all = lines(text)
    const end = all.at(-1)
    expect(end).toEqual({ cursor: expect.any(String), complete: true })
    expect(all.filter((line) => !("cursor" in line))).toEqual(await changesFrom("/v1/changes"))
    expect(await since(end.cursor)).toEqual([])
    await publish(paper, "after-the-snapshot")
    expect(await since(end.cursor)).toEqual(["after-the-snapshot"])
  })

  /** The route with small pages, called with a request context as the app makes it. */
  const small = (pages: number, bindings: Env = env, method = "GET") =>
    new Hono<ApiEnv>()
      .use(async (c, next) => {
        c.set("db", createDbClient(c.env.DB))
        c.set("audience", PUBLIC_AUDIENCE)
        c.set("caller", "somebody")
        c.set("settings", settings(env))
        await next()
      })
      .get("/v1/snapshot", (c) => answerSnapshot(c, { changesPerPage: 2, maxPages: pages }))
      .fetch(new Request("https://feeds.example/v1/snapshot", { method }), bindings, createExecutionContext())

  test("has a checkpoint after every page, from which changes continue exactly", async () => {
    const all = lines(await (await small(1000)).text())
    const changeTexts = all.flatMap((line) => ("cursor" in line ? [] : [wordFor(line)]))
    let before = 0
    for (const line of all) {
      if (!("cursor" in line)) before += 1
      else expect(await since(line.cursor)).toEqual(changeTexts.slice(before))
    }
    expect(all.filter((line) => "cursor" in line).length).toBe(Math.ceil(changeTexts.length / 2))
    expect(all.filter((line) => "complete" in line)).toHaveLength(1)
  })

  test("ends before the platform would end it, and says that it is incomplete", async () => {
    const all = lines(await (await small(3)).text())
    expect(all).toHaveLength(9)
    expect(all.at(-1)).toEqual({ cursor: expect.any(String), complete: false })
    const changeTexts = lines(await (await small(1000)).text()).flatMap((line) =>
      "cursor" in line ? [] : [wordFor(line)],
    )
    expect(await since(all.at(-1).cursor)).toEqual(changeTexts.slice(6))
  })

  test("reads no further than its client", async () => {
    const { bindings, trips } = counted()
    const response = await small(1000, bindings)
    expect(trips).toHaveLength(1)
    const reader = response.body?.getReader()
    await reader?.read()
    expect(trips).toHaveLength(1)
    await reader?.read()
    expect(trips).toHaveLength(2)
    await reader?.cancel()
    expect(trips).toHaveLength(2)
  })

  test("is cut off if D1 fails, which is logged; before its first line the answer is a problem", async () => {
    let reads = 0
    const broken = {
      ...env,
      DB: {
        prepare: (query: string) => env.DB.prepare(++reads > 2 ? query.replace("from wire", "from wire_gone") : query),
        batch: (statements: D1PreparedStatement[]) => env.DB.batch(statements),
      },
    } as unknown as Env
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined)
    const reader = (await small(1000, broken)).body?.getReader()
    await reader?.read()
    await reader?.read()
    await expect(reader?.read()).rejects.toThrow(/^The snapshot broke off/)
    expect(logged.mock.calls.flat().join("\n")).toContain("snapshot_cut_off")
    const response = await send("/v1/snapshot", {}, { ...broken, DB: { ...broken.DB } } as Env)
    expect([response.status, response.json.code]).toEqual([503, "storage_unavailable"])
    logged.mockRestore()
  })

  test("reads nothing for HEAD, and has no parameters", async () => {
    const { bindings, trips } = counted()
    const head = await send("/v1/snapshot", { method: "HEAD" }, bindings)
    expect([head.status, head.headers.get("content-type"), trips]).toEqual([
      200,
      "application/x-ndjson; charset=utf-8",
      [],
    ])
    expect((await send("/v1/snapshot?limit=3")).status).toBe(400)
  })

  test("may be requested six times a minute", async () => {
    let left = 6
    const keys = new Set<string>()
    const limit = async ({ key }: { key: string }) => {
      keys.add(key)
      return { success: left-- > 0 }
    }
    const bindings = { ...env, SNAPSHOT_RATE: { limit } } as unknown as Env
    const headers = { "cf-connecting-ip": "192.0.2.7" }
    for (let i = 0; i < 6; i++) expect((await small(1, bindings)).status).toBe(200)
    const refused = await send("/v1/snapshot", { headers }, bindings)
    expect([refused.status, refused.json.code]).toEqual([429, "too_many_requests"])
    expect(refused.headers.get("retry-after")).toBe("60")
    expect(refused.headers.get("ratelimit-policy")).toBe('"default";q=6;w=60')
    expect([...keys]).toEqual(["somebody", "192.0.2.7"])
  })
})

describe("a duplicate of which nothing may be shown", () => {
  const url = "https://paper.example/also-by-mute"
  const duplicatesOf = async () => {
    await sweep()
    const { articles } = (await send("/v1/articles?q=canonicalword")).json
    return articles.map(({ duplicates }: { duplicates?: { publisher: string }[] }) =>
      duplicates?.map(({ publisher }) => publisher),
    )
  }

  test("is not listed with the canonical article, and a mirror stays equal when its publisher is renamed", async () => {
    const mute = await publisher("mute", { default_section: "world" })
    await publish(paper, "by-paper", { url, title: "canonicalword" })
    await publish(mute, "by-mute", { url, title: undefined })
    expect(await duplicatesOf()).toEqual([["mute"]])
    const mirror = new Mirror()
    await mirror.catchUp()
    await patch("/publishers/mute", { redistribution: "none" })
    expect(await duplicatesOf()).toEqual([undefined])
    await patch("/publishers/mute", { name: "Mute Daily" })
    await sweep()
    wait(2000)
    await mirror.catchUp()
    expect(mirror.content()).toEqual(await expectedContent())
    await patch("/publishers/mute", { redistribution: "summary" })
    expect(await duplicatesOf()).toEqual([["Mute Daily"]])
  })
})
