/** Tests that GET /v1/changes lists each change that the client may see once, in the order of commits. */
import { env } from "cloudflare:workers"
import { describe, expect, test } from "vitest"
import type { Change } from "../../src/api/json/schema.ts"
import { decodeCursor, encodeCursor } from "../../src/articles/model/cursor.ts"
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
import { now as clockNow, DAY, rfc3339, wait } from "./clock.ts"
import { expectedContent, Mirror } from "./mirror.ts"
import { expectConsistent } from "./wire-state.ts"
import { WorkersCache } from "./workers-cache.ts"
import { type Answer, admin, counted, rows, section, send, sweep } from "./world.ts"

prepareChanges()

const headNow = async () => (await rows("select max(no) no from commits"))[0]?.no as number

describe("on an empty wire", () => {
  test("there is a cursor, and later changes are listed after it", async () => {
    const first = await send("/v1/changes")
    expect(first.json).toEqual({ changes: [], cursor: expect.anything(), more: false, next: expect.anything() })
    await section("world")
    expect(await since(first.json.cursor)).toEqual(["section world"])
    await section("sports")
    await section("europe", { parent: "world", descriptions: { en: "Of Europe" } })
    await makePublishers()
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

  test("a withdrawal is listed even for clients without the article, which is complete if republished", async () => {
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

  test("an article published and withdrawn while pages are read is listed at the end of the pages", async () => {
    const begun = (await send("/v1/changes?limit=6")).json
    await withdraw(paper, "two")
    wait(2000)
    const { changes } = (await send(begun.next)).json
    expect(changes.at(-1)).toMatchObject({ reason: "withdrawn" })
  })

  test("embargoed articles are not listed before the end of their embargo, and neither is the end", async () => {
    const before = await latest()
    const embargo = rfc3339(clockNow + 60_000)
    await publish(paper, "secret", { _feedwire: { embargo } })
    await publish(paper, "never", { _feedwire: { embargo } })
    await withdraw(paper, "never")
    expect(await since(before)).toEqual([])
    wait(120_000)
    await sweep()
    expect(await since(before)).toEqual(["secret"])
    // The article has an embargo again, so it is withdrawn.
    await publish(paper, "secret", { _feedwire: { embargo: rfc3339(clockNow + 60_000) } })
    expect(await since(before)).toEqual(["withdrawn"])
    wait(120_000)
    await sweep()
    expect(await since(before)).toEqual(["secret"])
  })

  test("suppressed articles are in the mirror, marked as suppressed", async () => {
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

describe("from the current moment", () => {
  test("latest is an empty page with the current cursor", async () => {
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

  test("hidden changes advance the cursor of an idle page", async () => {
    const cursor = await latest()
    await publish(paper, "hidden", { _feedwire: { embargo: rfc3339(clockNow + 10 * 60_000) } })
    wait(2000)
    const { json } = await send(`/v1/changes?cursor=${cursor}`)
    expect([json.changes, json.cursor === cursor]).toEqual([[], false])
    await withdraw(paper, "hidden")
  })
})

describe("changes of names", () => {
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

  test("changes of what a publisher shares reach mirrors article by article", async () => {
    await publish(agency, "untitled", { title: undefined })
    const before = await latest()
    const dated = () => rows("select id, published_at, updated_at, corrected_at, scopes from articles order by id")
    const dates = await dated()
    await patch("/publishers/agency", { redistribution: "none" })
    // Nothing else changes, so feeds show no correction.
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
    // A mirror that begins now never sees an article that may no longer be shown.
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

describe("cursors", () => {
  const gone = (sent: Answer, code: string) => {
    expect([sent.status, sent.json.code, sent.json.start_url]).toEqual([410, code, "https://feeds.example/v1/snapshot"])
    expect(sent.headers.get("link")).toBe('<https://feeds.example/v1/snapshot>; rel="start"')
    expect(sent.headers.get("cache-control")).toBe("private, no-store")
  }

  test("of another epoch, or of a future commit, are refused as foreign", async () => {
    const { epoch, position } = decodeCursor(await latest(), "change") ?? { epoch: "", position: [] }
    const cursor = (of: string, commit: number | string | undefined) =>
      `/v1/changes?cursor=${encodeCursor(of, "change", [commit ?? "", ...position.slice(1)])}`
    gone(await send(cursor("0123456789", position[0])), "foreign_cursor")
    gone(await send(cursor(epoch, (await headNow()) + 1)), "foreign_cursor")
    expect((await send(cursor(epoch, position[0]))).status).toBe(200)
  })

  test.each(["nonsense", encodeCursor("e", "page", [1, "a"]), encodeCursor("e", "change", ["x", "a", 1, ""])])(
    "do not include %s",
    async (cursor) => {
      const { status, json } = await send(`/v1/changes?cursor=${cursor}&limit=101`)
      expect([status, json.code]).toEqual([400, "invalid_parameter"])
      expect(json.errors.map(({ parameter }: { parameter: string }) => parameter)).toContain("limit")
      expect((await send(`/v1/changes?cursor=${cursor}`)).json.errors).toEqual([
        { parameter: "cursor", detail: expect.stringContaining("is not a cursor of this list") },
      ])
    },
  )

  test("are suggested for a misspelt parameter", async () => {
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
    // This mirror has polled, and nothing has changed since.
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
