/** The changes of the wire, for mirrors: none is skipped, repeated or lost. */

import { createExecutionContext } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { Hono } from "hono"
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest"
import { PUBLIC_AUDIENCE } from "../../src/api/access/audience.ts"
import type { ApiEnv } from "../../src/api/access/env.ts"
import type { Change } from "../../src/api/json/schema.ts"
import { answerSnapshot } from "../../src/api/resources/snapshot.ts"
import { decodeCursor, encodeCursor } from "../../src/articles/model/cursor.ts"
import { createDbClient } from "../../src/db/client.ts"
import { settings } from "../../src/env.ts"
import { now as clockNow, DAY, rfc3339, until, wait } from "./clock.ts"
import { expectedContent, fetchCut, Mirror } from "./mirror.ts"
import { expectConsistent } from "./wire-state.ts"
import { WorkersCache } from "./workers-cache.ts"
import {
  type Answer,
  admin,
  article,
  counted,
  migrate,
  type Publisher,
  publisher,
  push,
  rows,
  section,
  send,
  sweep,
} from "./world.ts"

let paper: Publisher
let agency: Publisher

/** Pushes an article as it is now, dated by the clock. */
const publish = (by: Publisher, id: string, more: object = {}): Promise<Answer> => {
  wait(1000)
  const times = { date_published: "2026-11-01T08:00:00Z", date_modified: rfc3339(clockNow) }
  return push(by, { ...article({ id, url: `https://${by.slug}.example/${id}`, ...times }, 5), title: id, ...more })
}
const withdraw = (by: Publisher, id: string): Promise<Answer> => {
  wait(1000)
  return push(by, { id }, { type: "article.deleted" })
}

/** The changes after a cursor, a short text for each. */
async function since(cursor: string): Promise<string[]> {
  wait(2000)
  return (await changesFrom(`/v1/changes?cursor=${cursor}`)).map(wordFor)
}

/** All pages from one on. */
async function changesFrom(url: string): Promise<Change[]> {
  const { json, status, text } = await send(url)
  expect([status, text]).toEqual([200, expect.anything()])
  return json.more ? [...json.changes, ...(await changesFrom(json.next))] : json.changes
}

function wordFor(change: Change): string {
  if ("article" in change) return `${change.article.suppressed ? "suppressed " : ""}${change.article.title}`
  if ("section" in change) return `section ${change.section.slug}`
  if ("publisher" in change) return `publisher ${change.publisher.slug}`
  return change.reason
}

async function latest(): Promise<string> {
  wait(2000)
  return (await send("/v1/changes?cursor=latest")).json.cursor
}

const headNow = async () => (await rows("select max(no) no from commits"))[0]?.no as number

const patch = async (path: string, body: object) => {
  wait(1000)
  const sent = await admin("PATCH", path, body)
  expect([sent.status, sent.text]).toEqual([200, expect.anything()])
}

beforeAll(async () => {
  until(clockNow)
  await migrate()
})
afterAll(() => vi.useRealTimers())

describe("on an empty wire", () => {
  test("there is a cursor too, and the changes after it are listed", async () => {
    const first = await send("/v1/changes")
    expect(first.json).toEqual({ changes: [], cursor: expect.anything(), more: false, next: expect.anything() })
    await section("world")
    expect(await since(first.json.cursor)).toEqual(["section world"])
    await section("sports")
    await section("europe", { parent: "world", descriptions: { en: "Of Europe" } })
    paper = await publisher("paper", { language: "en", default_section: "world" })
    agency = await publisher("agency")
  })
})

describe("in the order of commits", () => {
  test("sections, publishers and articles are complete, each in its newest version", async () => {
    await publish(paper, "one", { _feedwire: { sections: ["europe"] } })
    await publish(paper, "two")
    await publish(paper, "one", { title: "one again", _feedwire: { sections: ["europe"] } })
    const { json, headers } = await send("/v1/changes")
    expect(json.changes.map(wordFor)).toEqual([
      "section world",
      "section sports",
      "section europe",
      "publisher paper",
      "publisher agency",
      "two",
      "one again",
    ])
    const commits = json.changes.map(({ commit }: Change) => commit)
    expect(commits).toEqual([...commits].sort((a, b) => a - b))
    expect(json.changes[2]).toEqual({
      id: "section:3",
      commit: expect.any(Number),
      section: {
        id: "section:3",
        slug: "europe",
        names: { en: "europe" },
        parent: "section:1",
        descriptions: { en: "Of Europe" },
      },
    })
    expect(json.changes[3]).toEqual({
      id: expect.stringMatching(/^tag:feeds\.example,2026:publisher\//),
      commit: expect.any(Number),
      publisher: {
        id: json.changes[3].id,
        slug: "paper",
        name: "paper",
        home_page_url: "https://paper.example/",
        language: "en",
        redistribution: "full",
      },
    })
    const last = json.changes.at(-1)
    expect(last.article).toMatchObject({ id: last.id, version: last.commit, title: "one again" })
    expect(last.article.content_html).toContain("<p>")
    expect(headers.get("link")).toBe(`<${json.next}>; rel="next"`)
  })

  test("pages of any size list the same, and say whether there is more", async () => {
    const whole = (await send("/v1/changes")).json
    for (const limit of [1, 2, 3, 7]) {
      expect((await send(`/v1/changes?limit=${limit}`)).json.changes).toHaveLength(limit)
      expect(await changesFrom(`/v1/changes?limit=${limit}`)).toEqual(whole.changes)
    }
  })

  test("a withdrawal is listed, also for clients that never saw the article, and a republished one is complete", async () => {
    const before = await latest()
    await publish(paper, "three")
    await withdraw(paper, "three")
    const at = new Date(clockNow)
    wait(2000)
    const { changes } = (await send(`/v1/changes?cursor=${before}`)).json
    expect(changes).toEqual([
      {
        id: expect.stringMatching(/^tag:feeds\.example,2026:[0-9a-f]{32}$/),
        commit: expect.any(Number),
        deleted_at: expect.any(String),
        reason: "withdrawn",
      },
    ])
    expect(Date.parse(changes[0].deleted_at)).toBe(Math.floor(at.getTime() / 1000) * 1000)
    await publish(paper, "three", { title: "three again" })
    expect(await since(before)).toEqual(["three again"])
    await withdraw(paper, "three")
  })

  test("a new mirror gets only the deletions after its start", async () => {
    const begun = (await send("/v1/changes?limit=1")).json
    expect((await send("/v1/changes")).json.changes.map(wordFor)).not.toContain("withdrawn")
    await publish(paper, "two-and-a-half")
    await withdraw(paper, "two-and-a-half")
    const fromThere = await since(begun.cursor)
    expect(fromThere.filter((word) => word === "withdrawn")).toHaveLength(1)
    expect(await since(begun.cursor)).toEqual(fromThere)
  })

  test("an article that is published and withdrawn while the pages are read is listed at its end", async () => {
    const begun = (await send("/v1/changes?limit=6")).json
    await withdraw(paper, "two")
    wait(2000)
    const { changes } = (await send(begun.next)).json
    expect(changes.at(-1)).toMatchObject({ reason: "withdrawn" })
  })

  test("embargoed articles are nowhere before their time, nor is their end", async () => {
    const before = await latest()
    const embargo = rfc3339(clockNow + 60_000)
    await publish(paper, "secret", { _feedwire: { embargo } })
    await publish(paper, "never", { _feedwire: { embargo } })
    await withdraw(paper, "never")
    expect(await since(before)).toEqual([])
    wait(120_000)
    await sweep()
    expect(await since(before)).toEqual(["secret"])
    // Under an embargo again, it is withdrawn.
    await publish(paper, "secret", { _feedwire: { embargo: rfc3339(clockNow + 60_000) } })
    expect(await since(before)).toEqual(["withdrawn"])
    wait(120_000)
    await sweep()
    expect(await since(before)).toEqual(["secret"])
  })

  test("suppressed articles are in the mirror with a mark", async () => {
    const before = await latest()
    const url = "https://paper.example/sent-by-both"
    await publish(agency, "their-article", { url })
    expect(await since(before)).toEqual(["their-article"])
    await publish(paper, "our-article", { url })
    await sweep()
    expect((await since(before)).sort()).toEqual(["our-article", "suppressed their-article"])
    const between = await latest()
    await publish(agency, "their-article", { url, title: "their corrected article" })
    expect(await since(between)).toEqual(["suppressed their corrected article"])
    await withdraw(paper, "our-article")
    await sweep()
    expect(await since(between)).toEqual(["withdrawn", "their corrected article"])
  })
})

describe("from now", () => {
  test("latest is an empty page with the cursor of this moment", async () => {
    const { json } = await send("/v1/changes?cursor=latest")
    expect([json.changes, json.more]).toEqual([[], false])
    await publish(paper, "after-latest")
    expect(await since(json.cursor)).toEqual(["after-latest"])
    expect(json.next).toBe(`https://feeds.example/v1/changes?cursor=${json.cursor}`)
  })

  test("an idle page has a cursor, costs a few rows, and is 304 for clients that have it", async () => {
    const cursor = await latest()
    const { bindings, trips } = counted()
    const edge = new WorkersCache()
    const path = `/v1/changes?cursor=${cursor}`
    const idle = await send(path, {}, bindings, edge)
    expect(idle.json).toEqual({ changes: [], cursor, more: false, next: `https://feeds.example${path}` })
    expect(idle.headers.get("cache-control")).toBe("public, max-age=10")
    expect(idle.headers.get("cache-tag")).toBe("all,~all,wire")
    trips.length = 0
    const etag = idle.headers.get("etag") ?? ""
    const again = await send(path, { headers: { "if-none-match": etag } }, bindings, edge)
    expect(again.status).toBe(304)
    expect(trips).toEqual([expect.objectContaining({ statements: 1, rowsRead: 4 })])
    await publish(paper, "awake")
    expect((await send(path, { headers: { "if-none-match": etag } }, bindings, edge)).status).toBe(200)
  })

  test("changes that are not shown advance an idle cursor", async () => {
    const cursor = await latest()
    await publish(paper, "hidden", { _feedwire: { embargo: rfc3339(clockNow + 10 * 60_000) } })
    wait(2000)
    const { json } = await send(`/v1/changes?cursor=${cursor}`)
    expect([json.changes, json.cursor === cursor]).toEqual([[], false])
    await withdraw(paper, "hidden")
  })
})

describe("names", () => {
  test("renamed, moved and retired sections reach mirrors", async () => {
    const before = await latest()
    await patch("/sections/europe", { slug: "continent" })
    expect(await since(before)).toEqual(["section continent"])
    await patch("/sections/continent", { parent: null })
    const moved = await since(before)
    expect(moved).toContain("section continent")
    // The articles below world are in another section now.
    expect(moved).toContain("one again")
    await admin("POST", "/sections/continent/retire", { into: "world" })
    await sweep()
    expect(await since(before)).toEqual(["section_retired", "one again"])
  })

  test("renamed publishers reach mirrors, with every article that shows the name", async () => {
    const before = await latest()
    await patch("/publishers/agency", { name: "The Agency" })
    await sweep()
    wait(2000)
    const { changes } = (await send(`/v1/changes?cursor=${before}`)).json
    expect(changes.map(wordFor)).toEqual(["publisher agency", "their corrected article"])
    expect(changes[1].article.attribution.name).toBe("The Agency")
    // The same name again changes nothing.
    const after = await latest()
    await patch("/publishers/agency", { name: "The Agency" })
    await sweep()
    expect(await since(after)).toEqual([])
  })

  test("what a publisher lets be shown reaches mirrors article by article", async () => {
    await publish(agency, "untitled", { title: undefined })
    const before = await latest()
    const dated = () => rows("select id, published_at, updated_at, corrected_at, scopes from articles order by id")
    const dates = await dated()
    await patch("/publishers/agency", { redistribution: "none" })
    // Nothing else changes: feeds show no correction.
    expect(await dated()).toEqual(dates)
    await expectConsistent()
    const { waiting, finished } = (await admin("GET", "/reclassifications")).json
    expect(waiting).toEqual([])
    expect(finished[0]).toMatchObject({
      reason: "redistribution of agency changed",
      scope: "publisher agency",
      processed: 2,
      changed: 2,
    })
    wait(2000)
    const { changes } = (await send(`/v1/changes?cursor=${before}`)).json
    expect(changes[0].publisher.redistribution).toBe("none")
    expect(changes.slice(1).map(wordFor).sort()).toEqual(["their corrected article", "withdrawn"])
    expect(changes.flatMap(({ article }: { article?: object }) => article ?? [])[0]).not.toHaveProperty("content_html")
    // One that begins now never saw what may not be shown.
    const begun = new Mirror()
    await begun.catchUp()
    expect(Object.keys(begun.content().articles)).toEqual(Object.keys((await expectedContent()).articles))
    await patch("/publishers/agency", { redistribution: "full" })
    expect((await since(before)).slice(1).sort()).toEqual(["their corrected article", "undefined"])
  })

  test("a removed publisher is deleted at once, then each of its articles", async () => {
    const before = await latest()
    wait(1000)
    expect((await admin("DELETE", "/publishers/agency")).status).toBe(202)
    await sweep()
    wait(2000)
    const { changes } = (await send(`/v1/changes?cursor=${before}`)).json
    expect(changes.map(({ reason }: { reason?: string }) => reason)).toEqual(Array(3).fill("publisher_removed"))
    expect(changes[0].id).toMatch(/:publisher\//)
  })
})

describe("invalid cursors", () => {
  const gone = (sent: Answer, code: string) => {
    expect([sent.status, sent.json.code, sent.json.start_url]).toEqual([410, code, "https://feeds.example/v1/snapshot"])
    expect(sent.headers.get("link")).toBe('<https://feeds.example/v1/snapshot>; rel="start"')
    expect(sent.headers.get("cache-control")).toBe("private, no-store")
  }

  test("of another epoch, or of a future commit, are foreign", async () => {
    const { epoch, position } = decodeCursor(await latest(), "change") ?? { epoch: "", position: [] }
    const cursor = (of: string, commit: number | string | undefined) =>
      `/v1/changes?cursor=${encodeCursor(of, "change", [commit ?? "", ...position.slice(1)])}`
    gone(await send(cursor("0123456789", position[0])), "foreign_cursor")
    gone(await send(cursor(epoch, (await headNow()) + 1)), "foreign_cursor")
    expect((await send(cursor(epoch, position[0]))).status).toBe(200)
  })

  test.each(["nonsense", encodeCursor("e", "page", [1, "a"]), encodeCursor("e", "change", ["x", "a", 1, ""])])(
    "%s is no cursor",
    async (cursor) => {
      const { status, json } = await send(`/v1/changes?cursor=${cursor}&limit=101`)
      expect([status, json.code]).toEqual([400, "invalid_parameter"])
      expect(json.errors.map(({ parameter }: { parameter: string }) => parameter)).toContain("limit")
      expect((await send(`/v1/changes?cursor=${cursor}`)).json.errors).toEqual([
        { parameter: "cursor", detail: expect.stringContaining("is not a cursor of this list") },
      ])
    },
  )

  test("unknown parameters are named", async () => {
    const { status, json } = await send("/v1/changes?curser=x")
    expect([status, json.code]).toEqual([400, "unknown_parameter"])
    expect(json.detail).toContain("Did you mean cursor?")
  })

  test("tombstones are listed for 90 days; a client that polls within them is never too late", async () => {
    await publish(paper, "short-lived")
    const early = await latest()
    const firstCursor = (await send("/v1/changes?limit=1")).json.cursor
    await withdraw(paper, "short-lived")
    let late = await latest()
    wait(89 * DAY)
    await sweep()
    expect(await since(early)).toEqual(["withdrawn"])
    // It has polled, and nothing has changed since.
    late = (await send(`/v1/changes?cursor=${late}`)).json.cursor
    wait(2 * DAY)
    await sweep()
    gone(await send(`/v1/changes?cursor=${early}`), "expired_cursor")
    gone(await send(`/v1/changes?cursor=${firstCursor}`), "expired_cursor")
    expect(await since(late)).toEqual([])
    await publish(paper, "later")
    expect(await since(late)).toEqual(["later"])
    const mirror = new Mirror()
    await mirror.catchUp()
    expect(mirror.content()).toEqual(await expectedContent())
  })

  test("a cursor that is too old is refused, even if its client has a validator", async () => {
    const path = `/v1/changes?cursor=${await latest()}`
    const etag = (await send(path)).headers.get("etag") ?? ""
    await env.DB.prepare("update wire set epoch = 'restored00'").run()
    wait(2000)
    gone(await send(path, { headers: { "if-none-match": etag } }), "foreign_cursor")
  })
})

describe("who sees some publishers only", () => {
  const closed = { ...env, API_ACCESS: "partners" } as unknown as Env
  const keyOf = async (slug: string, publishers?: string[]) => {
    const made = await admin("POST", "/partners", { slug, name: slug, ...(publishers && { publishers }) })
    expect([made.status, made.text]).toEqual([201, expect.anything()])
    return { authorization: `Bearer ${(await admin("POST", `/partners/${slug}/keys`, {})).json.secret}` }
  }

  test("gets the changes of these, of every section, and no others", async () => {
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

  test("must start again when its rights change: articles would be missing", async () => {
    const headers = await keyOf("changing", ["metro"])
    const { cursor } = (await send("/v1/changes", { headers }, closed)).json
    const unlimited = { headers: await keyOf("changing-all") }
    const foreign = [410, "foreign_cursor"]
    const codeOf = async (...request: Parameters<typeof send>) => {
      const { status, json } = await send(...request)
      return [status, json.code]
    }
    expect(await codeOf(`/v1/changes?cursor=${cursor}`, unlimited, closed)).toEqual(foreign)
    // A partner without limits has the same audience.
    const all = (await send("/v1/changes?limit=1", unlimited, closed)).json.cursor
    expect(await codeOf(`/v1/changes?cursor=${all}`)).toEqual([200, undefined])
    expect(await codeOf(`/v1/changes?cursor=${all}`, { headers }, closed)).toEqual(foreign)
    await patch("/partners/changing", { publishers: ["metro", "paper"] })
    expect(await codeOf(`/v1/changes?cursor=${cursor}`, { headers }, closed)).toEqual(foreign)
  })
})

describe("a mirror", () => {
  test("shows of everything what the API shows of it, and nothing else", async () => {
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

describe("the edge", () => {
  test("is purged of the changes even if only a suppressed article changes", async () => {
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
  test("ends at 2 MiB, and has one change at least", async () => {
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
    // What every character of it must be escaped is larger than was expected.
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

  test("is everything, a line each, and a cursor at its end", async () => {
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

  /** The route with small pages: the context of a request as the app makes it. */
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

  test("has a checkpoint after every page, from each of which changes go on exactly", async () => {
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

  test("ends before the platform would end it, and says that it is not complete", async () => {
    const all = lines(await (await small(3)).text())
    expect(all).toHaveLength(9)
    expect(all.at(-1)).toEqual({ cursor: expect.any(String), complete: false })
    const changeTexts = lines(await (await small(1000)).text()).flatMap((line) =>
      "cursor" in line ? [] : [wordFor(line)],
    )
    expect(await since(all.at(-1).cursor)).toEqual(changeTexts.slice(6))
  })

  test("reads no further than the client has read", async () => {
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

  test("is cut off where D1 fails, which is logged; before its first line it is a problem", async () => {
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

  test("HEAD reads nothing, and it has no parameters", async () => {
    const { bindings, trips } = counted()
    const head = await send("/v1/snapshot", { method: "HEAD" }, bindings)
    expect([head.status, head.headers.get("content-type"), trips]).toEqual([
      200,
      "application/x-ndjson; charset=utf-8",
      [],
    ])
    expect((await send("/v1/snapshot?limit=3")).status).toBe(400)
  })

  test("six a minute are allowed", async () => {
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

  test("is not listed with the canonical article, and a mirror ends equal when its publisher is renamed", async () => {
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
