/** Tests articles that an operator takes down: they are gone everywhere, stay down, and come back after a release. */
import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, test } from "vitest"
import { expectConsistent } from "./wire-state.ts"
import { type Answer, admin, article, makeWire, ORIGIN, push, pushRaw, rows, send, sweep } from "./world.ts"

const { one, two } = await makeWire({
  sections: { world: { names: { en: "World" } } },
  publishers: {
    one: { default_section: "world", home_page_url: "https://one.example/", origins: ["https://one.example"] },
    two: { default_section: "world" },
  },
})

const SECRET = /Quokka|zebrafish|Amara|marsupial/i
let seconds = 0
/** A later time for each message. */
const later = (): string => new Date(Date.now() + ++seconds * 1000).toISOString()
const secretItem = (guid: string, more: object = {}) =>
  article({
    id: guid,
    url: `https://one.example/s/${guid}`,
    title: "Quokka escapes",
    content_html: "<p>A zebrafish saw it.</p>",
    authors: [{ name: "Amara" }],
    tags: ["marsupial"],
    ...more,
  })
const idOf = ({ json }: Answer, at = 0): string => json.results[at].id.slice(-32)
const outcomeOf = ({ status, json }: Answer) => [status, json.results?.[0]?.outcome]
const takeDown = (id: string, body: object = {}) =>
  admin("POST", `/articles/${id}/takedown`, { reason: "Court order 7", ...body })

/** All rows of the database in which a text of the article is found, except the audit, which has the reason alone. */
async function tablesWith(text: RegExp): Promise<string[]> {
  const tables = await rows("select name from sqlite_master where type = 'table' and name not like '%search%'")
  const found: string[] = []
  for (const { name } of tables) {
    if (/^(?:d1_|_cf|sqlite_)/.test(String(name))) continue
    if (text.test(JSON.stringify(await rows(`select * from "${name}"`)))) found.push(String(name))
  }
  return found
}

const storedBytes = async (): Promise<string[]> => {
  const { objects } = await env.RECEIVED.list()
  return Promise.all(
    objects.map(async ({ key }) => {
      const object = await env.RECEIVED.get(key)
      return object ? new TextDecoder().decode(await object.arrayBuffer()) : ""
    }),
  )
}

describe("an article that is taken down", () => {
  let id: string
  let cursor: string

  beforeAll(async () => {
    const sent = await push(one, [secretItem("q1"), article({ id: "other", title: "Other" })], { timestamp: later() })
    id = idOf(sent)
    await push(two, article({ id: "same", url: "https://one.example/s/q1", title: "Same" }), {
      timestamp: later(),
    })
    // A dead letter with the same article.
    await pushRaw(
      one,
      JSON.stringify({ type: "article.published", timestamp: later(), data: { ...secretItem("q1"), title: 5 } }),
    )
    await sweep()
    cursor = (await send("/v1/changes?cursor=latest")).json.cursor
  })

  test("is shown with its deliveries, and a preview says what a takedown erases", async () => {
    const { json } = await admin("GET", `/articles/${id}`)
    expect(json).toMatchObject({ id, publisher: "one", guid: "q1", state: "published", title: "Quokka escapes" })
    expect(json.deliveries).toEqual([expect.objectContaining({ outcome: "created" })])
    const preview = (await admin("GET", `/articles/${id}/takedown`)).json
    expect(preview).toMatchObject({ articles: [{ id, guid: "q1" }], messages: 1, other_articles: 1 })
    const cluster = (await admin("GET", `/articles/${id}/takedown?cluster=1`)).json
    expect(cluster.articles.map(({ publisher }: { publisher: string }) => publisher).sort()).toEqual(["one", "two"])
  })

  test.each([
    ["without a reason", {}, 422],
    ["with an empty reason", { reason: " " }, 422],
    ["with another member", { reason: "x", forever: true }, 422],
  ])("is not taken down %s", async (_, body, status) => {
    expect((await admin("POST", `/articles/${id}/takedown`, body)).status).toBe(status)
  })

  test("is gone from every output, and from the database and the stored messages", async () => {
    expect((await send("/feed.json")).text).toMatch(SECRET)
    const slug = (await admin("GET", `/articles/${id}`)).json.page_url.slice(ORIGIN.length)
    const done = await takeDown(`tag:feeds.example,2026:${id}`)
    expect([done.status, done.json.taken_down]).toEqual([200, [id]])
    await sweep()
    for (const path of [
      "/feed.json",
      "/feed.rss",
      "/feed.atom",
      "/",
      "/sections/world",
      "/publishers/one",
      "/v1/articles",
    ])
      expect([path, SECRET.test((await send(path)).text)]).toEqual([path, false])
    expect((await send("/v1/articles?q=zebrafish")).json.articles).toEqual([])
    expect((await send("/tags/marsupial")).text).not.toMatch(/Quokka/)
    const page = await send(slug, { headers: { accept: "text/html" } })
    expect([page.status, SECRET.test(page.text)]).toEqual([410, false])
    expect((await send(`/v1/articles/${id}`)).status).toBe(410)
    expect((await send(`/r/${id}`)).status).toBe(410)
    expect(await tablesWith(SECRET)).toEqual([])
    expect((await storedBytes()).filter((text) => SECRET.test(text))).toEqual([])
    await expectConsistent()
  })

  test("is named to mirrors, its publisher and operators, with the reason", async () => {
    const { changes } = (await send(`/v1/changes?cursor=${encodeURIComponent(cursor)}`)).json
    const change = changes.find((each: { id: string }) => each.id.endsWith(id))
    expect(change).toMatchObject({ reason: "taken_down", detail: "Court order 7", deleted_at: expect.any(String) })
    const shown = (await admin("GET", `/articles/${id}`)).json
    expect(shown).toMatchObject({ state: "taken_down", reason: "Court order 7", guid: "q1", title: null })
    expect([shown.taken_down_at, shown.erased_at]).toEqual([expect.any(String), expect.any(String)])
    const { entries } = (await admin("GET", "/audit?limit=1")).json
    expect(entries[0]).toMatchObject({
      action: "article.take-down",
      detail: { reason: "Court order 7", articles: [id] },
    })
    expect((await takeDown(id)).status).toBe(409)
  })

  test.each([
    ["the same version", () => push(one, secretItem("q1"), { timestamp: later() })],
    [
      "a later version",
      () => push(one, secretItem("q1", { title: "Quokka 2", date_modified: later() }), { timestamp: later() }),
    ],
    ["a deletion", () => push(one, { id: "q1" }, { type: "article.deleted", timestamp: later() })],
    ["an archive", () => push(one, secretItem("q1", { _feedwire: { backfill: true } }), { timestamp: later() })],
    [
      "another guid at its address",
      () =>
        push(one, secretItem("q-new", { url: "http://www.one.example/s/q1?utm_source=x" }), {
          timestamp: later(),
        }),
    ],
    [
      "that guid again",
      () => push(one, secretItem("q-new", { url: "https://one.example/elsewhere" }), { timestamp: later() }),
    ],
  ])("stays down after %s", async (_, send_) => {
    const sent = await send_()
    expect(outcomeOf(sent)).toEqual([200, "taken_down"])
    expect(sent.json.results[0]).toMatchObject({ detail: expect.stringContaining("Court order 7"), feeds: [] })
    await sweep()
    expect(await tablesWith(SECRET)).toEqual([])
    expect((await storedBytes()).filter((text) => SECRET.test(text))).toEqual([])
    expect((await send("/feed.json")).text).not.toMatch(SECRET)
  })

  test("does not keep down another article of its publisher, or the same address of another publisher", async () => {
    expect(
      outcomeOf(await push(one, article({ id: "next", url: "https://one.example/next" }), { timestamp: later() })),
    ).toEqual([200, "created"])
    expect((await send("/feed.json")).text).toContain("Same")
  })

  test("comes back with the next message after a release, and not by itself", async () => {
    const released = await admin("POST", `/articles/${id}/release`)
    expect([released.status, released.json.state]).toEqual([200, "deleted"])
    await sweep()
    expect((await send("/feed.json")).text).not.toMatch(/Quokka/)
    expect((await admin("POST", `/articles/${id}/release`)).status).toBe(409)
    const sent = await push(one, secretItem("q1"), { timestamp: later() })
    expect(outcomeOf(sent)).toEqual([200, "created"])
    expect(idOf(sent)).toBe(id)
    await sweep()
    expect((await send("/publishers/one/feed.json")).text).toMatch(/Quokka/)
    expect((await send("/v1/articles?q=zebrafish")).json.articles.length).toBe(1)
    await expectConsistent()
  })
})

test("a whole cluster is taken down at once", async () => {
  const first = idOf(
    await push(one, article({ id: "c1", url: "https://one.example/c", title: "Cluster one" }), { timestamp: later() }),
  )
  const second = idOf(
    await push(two, article({ id: "c2", url: "https://one.example/c", title: "Cluster two" }), { timestamp: later() }),
  )
  const done = await takeDown(second, { cluster: true })
  expect(done.json.taken_down.sort()).toEqual([first, second].sort())
  expect((await send("/publishers/two/feed.json")).text).not.toContain("Cluster")
  expect(await tablesWith(/Cluster (?:one|two)/)).toEqual([])
  await expectConsistent()
})

test("a message that comes while dead letters are searched is erased too", async () => {
  const id = idOf(await push(one, secretItem("during"), { timestamp: later() }))
  await takeDown(id)
  await env.DB.prepare(`update takedowns set erased_at = null, position = '{"attempts":0}' where article_id = ?`)
    .bind(id)
    .run()
  expect(outcomeOf(await push(one, secretItem("during", { title: "Quokka 4" }), { timestamp: later() }))).toEqual([
    200,
    "taken_down",
  ])
  await sweep()
  expect((await storedBytes()).filter((text) => text.includes("Quokka 4"))).toEqual([])
})

test("an article under embargo and a withdrawn one are taken down too", async () => {
  const embargo = new Date(Date.now() + 3_600_000).toISOString()
  const embargoed = idOf(await push(one, secretItem("e1", { _feedwire: { embargo } }), { timestamp: later() }))
  expect((await takeDown(embargoed)).status).toBe(200)
  const gone = idOf(await push(one, secretItem("g1"), { timestamp: later() }))
  await push(one, { id: "g1" }, { type: "article.deleted", timestamp: later() })
  expect((await takeDown(gone)).status).toBe(200)
  expect(outcomeOf(await push(one, secretItem("g1", { title: "Quokka 3" }), { timestamp: later() }))).toEqual([
    200,
    "taken_down",
  ])
  await expectConsistent()
})

/** Lets the n-th statement that matches fail, as if the Worker or the database stopped there. */
async function failing(trigger: string, work: () => Promise<unknown>): Promise<void> {
  const name = `stop_${trigger.replace(/ /g, "_")}`
  await env.DB.prepare(`create trigger ${name} ${trigger} begin select raise(abort, 'D1_ stopped'); end`).run()
  try {
    await work()
  } finally {
    await env.DB.prepare(`drop trigger ${name}`).run()
  }
}

describe("a takedown that is interrupted", () => {
  test.each([
    "before insert on commits",
    "before delete on memberships",
    "before insert on takedowns",
    "before update on articles",
    "before update on wire",
  ])("%s changes nothing", async (trigger) => {
    const id = idOf(await push(one, secretItem(`x-${trigger.replace(/ /g, "-")}`), { timestamp: later() }))
    const state = async () => [
      await rows("select * from articles where id = ?", id),
      await rows("select * from takedowns"),
    ]
    const before = await state()
    await failing(trigger, async () => expect((await takeDown(id)).status).toBe(503))
    expect(await state()).toEqual(before)
    expect((await takeDown(id)).status).toBe(200)
    await expectConsistent()
  })

  test.each([
    ["while it erases the log", "before update of outcomes on deliveries"],
    ["before it stores its position", "before update of position on takedowns"],
    ["before its end", "before update of erased_at on takedowns"],
  ])("%s is finished by the sweep", async (_, trigger) => {
    const guid = `y-${trigger.replace(/ /g, "-")}`
    const id = idOf(await push(one, secretItem(guid), { timestamp: later() }))
    await failing(trigger, async () => {
      expect((await takeDown(id)).status).toBe(200)
      await sweep().catch(() => undefined)
    })
    expect((await admin("GET", `/articles/${id}`)).json.erased_at).toBeNull()
    expect((await admin("POST", `/articles/${id}/release`)).status).toBe(409)
    expect((await send("/feed.json")).text).not.toContain(guid)
    await sweep()
    expect((await admin("GET", `/articles/${id}`)).json.erased_at).not.toBeNull()
    expect((await storedBytes()).filter((text) => text.includes(guid))).toEqual([])
  })

  test("because R2 fails is finished by the sweep", async () => {
    const id = idOf(await push(one, secretItem("z-r2"), { timestamp: later() }))
    const broken = {
      ...env,
      RECEIVED: { get: (key: string) => env.RECEIVED.get(key), delete: () => Promise.reject(new Error("R2 failed")) },
    } as unknown as Env
    const sent = await send(
      `/admin/api/articles/${id}/takedown`,
      {
        method: "POST",
        headers: { authorization: `Bearer ${env.ADMIN_TOKEN}`, "content-type": "application/json" },
        body: JSON.stringify({ reason: "Court order 8" }),
      },
      broken,
    )
    expect(sent.status).toBe(200)
    expect((await storedBytes()).some((text) => text.includes("z-r2"))).toBe(true)
    await sweep()
    expect((await storedBytes()).some((text) => text.includes("z-r2"))).toBe(false)
  })
})

test("an article that does not exist is 404", async () => {
  for (const path of ["/articles/0", `/articles/${"0".repeat(32)}`]) {
    expect((await admin("GET", path)).status).toBe(404)
    expect((await admin("POST", `${path}/takedown`, { reason: "x" })).status).toBe(404)
  }
})

test("a cluster may have more articles than D1 binds values", async () => {
  const live = Array.from({ length: 60 }, (_, no) =>
    article({ id: `live-${no}`, url: "https://one.example/live", title: `Live ${no}` }),
  )
  const sent = await push(one, live, { timestamp: later() })
  const id = idOf(sent, 7)
  const preview = await admin("GET", `/articles/${id}/takedown?cluster=1`)
  expect([preview.json.articles.length, preview.json.messages, preview.json.other_articles]).toEqual([60, 1, 0])
  const done = await takeDown(id, { cluster: true })
  expect([done.json.taken_down.length, done.json.taken_down[0]]).toEqual([60, id])
  const [entry] = (await admin("GET", "/audit?limit=1")).json.entries
  expect(entry.subject).toBe(`articles/${id}`)
  await expectConsistent()
})
