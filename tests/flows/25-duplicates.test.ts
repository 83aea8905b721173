/** Tests that feeds show only one of several articles with the same address: the canonical article. */

import { createExecutionContext, createScheduledController, waitOnExecutionContext } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { beforeEach, describe, expect, test } from "vitest"
import worker from "../../src/index.ts"
import { type Answer, admin, article, makeWire, type Publisher, push, section, send } from "./world.ts"

let serial = 0
/** Every test has its own address. */
let page: string

interface Item {
  id: string
  title: string
  _feedwire: { duplicates?: { id: string; publisher: string; url?: string }[] }
}

const titles = async (path: string): Promise<string[]> =>
  (await send(path)).json.items
    .map(({ title }: Item) => title)
    .filter((title?: string) => title?.includes(`#${serial}`))
const visible = async () => ({
  all: await titles("/feed.json"),
  world: await titles("/sections/world/feed.json"),
  merged: await titles("/feed.json?section=sport,world"),
  paper: await titles("/publishers/paper/feed.json"),
  agency: await titles("/publishers/agency/feed.json"),
  blog: await titles("/publishers/blog/feed.json"),
})
const articleBy = (by: string, more: object = {}) =>
  article({
    id: `${by}-${serial}`,
    url: page,
    title: `${by} #${serial}`,
    _feedwire: { sections: ["world", "sport"] },
    ...more,
  })
const publish = (by: Publisher, more: object = {}) => push(by, articleBy(by.slug, more))
const withdraw = (by: Publisher) => push(by, { id: `${by.slug}-${serial}` }, { type: "article.deleted" })
const item = async (title: string): Promise<Item | undefined> =>
  (await send("/sections/world/feed.json")).json.items.find((each: Item) => each.title === `${title} #${serial}`)

async function sweep(at = Date.now()): Promise<void> {
  const ctx = createExecutionContext()
  await worker.scheduled(createScheduledController({ scheduledTime: new Date(at) }), env, ctx)
  await waitOnExecutionContext(ctx)
}
const { paper, agency, blog } = await makeWire({
  sections: { world: {}, sport: {} },
  publishers: { paper: { name: "The Paper", origins: ["https://www.paper.example"] }, agency: {}, blog: {} },
})

beforeEach(() => {
  serial += 1
  page = `https://elsewhere.example/articles/${serial}`
})

describe("articles of several publishers with one address", () => {
  test("the first is canonical and lists the others, which are only in their own publishers' feeds", async () => {
    await publish(agency, { date_published: "2026-11-01T08:00:00Z" })
    await publish(blog, { date_published: "2026-11-01T09:00:00Z", url: `${page}/?utm_source=x#top` })
    expect(await visible()).toEqual({
      all: [`agency #${serial}`],
      world: [`agency #${serial}`],
      merged: [`agency #${serial}`],
      paper: [],
      agency: [`agency #${serial}`],
      blog: [`blog #${serial}`],
    })
    expect((await item("agency"))?._feedwire.duplicates).toEqual([
      { id: expect.stringMatching(/^tag:/), publisher: "blog", url: `${page}/?utm_source=x#top` },
    ])
  })

  test("a publisher is told that another's article is shown in place of its own", async () => {
    const told = (sent: Answer) => sent.json.results.map(({ detail }: { detail?: string }) => detail)
    const shown = /another publisher's article has the same address and is shown in its place/
    expect(told(await publish(agency))).toEqual([undefined])
    const dry = await push(blog, articleBy("blog"), { query: "?dry_run=1" })
    expect(told(dry)).toEqual([expect.stringMatching(/will show only one of the two/)])
    const sent = await push(blog, articleBy("blog"), { id: `told-${serial}` })
    expect(told(sent)).toEqual([expect.stringMatching(shown)])
    expect(sent.json.results[0].feeds.map(({ json }: { json: string }) => new URL(json).pathname)).toEqual([
      "/publishers/blog/feed.json",
    ])
    const read = () =>
      send(`/push/blog/deliveries/told-${serial}`, { headers: { authorization: `Bearer ${blog.secret}` } })
    expect(told(await read())).toEqual([expect.stringMatching(shown)])
    // The owner of the address is shown instead, so nobody else is told otherwise.
    page = `https://paper.example/told/${serial}`
    await publish(agency)
    expect(told(await push(paper, articleBy("paper"), { id: `owner-${serial}` }))).toEqual([undefined])
    expect(told(await publish(agency, { title: "again" }))).toEqual([expect.stringMatching(shown)])
    await withdraw(agency)
    page = `https://elsewhere.example/articles/${serial}`
    await withdraw(agency)
    expect(told(await read())).toEqual([undefined])
  })

  test("a later one with an earlier date is not canonical; one by the address's owner is, with any date", async () => {
    page = `https://paper.example/articles/${serial}`
    await publish(agency, { date_published: "2026-11-01T08:00:00Z" })
    await publish(blog, { date_published: "2026-11-01T07:00:00Z" })
    expect((await visible()).world).toEqual([`agency #${serial}`])
    await publish(paper, { date_published: "2026-11-01T12:00:00Z" })
    expect(await visible()).toMatchObject({
      all: [`paper #${serial}`],
      world: [`paper #${serial}`],
      agency: [`agency #${serial}`],
      blog: [`blog #${serial}`],
    })
    expect((await item("paper"))?._feedwire.duplicates?.map(({ publisher }) => publisher).sort()).toEqual([
      "agency",
      "blog",
    ])
    const { deleted } = (await send("/sections/world/feed.json")).json._feedwire
    expect(deleted.length).toBeGreaterThanOrEqual(1)
  })

  test("if the canonical one is withdrawn, the next one is canonical until the first comes back", async () => {
    page = `https://paper.example/articles/${serial}`
    await publish(agency, { date_published: "2026-11-01T08:00:00Z" })
    await publish(paper, { date_published: "2026-11-01T12:00:00Z" })
    await publish(blog, { date_published: "2026-11-01T09:00:00Z" })
    expect((await visible()).world).toEqual([`paper #${serial}`])
    await withdraw(paper)
    expect((await visible()).world).toEqual([`agency #${serial}`])
    expect((await item("agency"))?._feedwire.duplicates?.map(({ publisher }) => publisher)).toEqual(["blog"])
    await withdraw(agency)
    expect((await visible()).world).toEqual([`blog #${serial}`])
    expect((await item("blog"))?._feedwire.duplicates).toBeUndefined()
    await publish(paper, { date_published: "2026-11-01T12:00:00Z" })
    expect(await visible()).toMatchObject({ all: [`paper #${serial}`], blog: [`blog #${serial}`], agency: [] })
  })

  test("a correction of any of them changes nothing", async () => {
    await publish(agency, { date_published: "2026-11-01T08:00:00Z" })
    await publish(blog, { date_published: "2026-11-01T09:00:00Z" })
    const before = (await send("/sections/world/feed.json")).json._feedwire.deleted ?? []
    const corrected = { date_modified: new Date().toISOString() }
    await publish(blog, { date_published: "2026-11-01T09:00:00Z", content_html: "<p>new</p>", ...corrected })
    await publish(agency, { date_published: "2026-11-01T08:00:00Z", content_html: "<p>newer</p>", ...corrected })
    expect(await visible()).toMatchObject({ world: [`agency #${serial}`], blog: [`blog #${serial}`] })
    expect((await item("agency"))?._feedwire.duplicates?.map(({ publisher }) => publisher)).toEqual(["blog"])
    expect((await send("/sections/world/feed.json")).json._feedwire.deleted ?? []).toEqual(before)
  })

  test("articles with different addresses are both shown", async () => {
    await publish(agency)
    await publish(blog)
    expect((await visible()).world).toEqual([`agency #${serial}`])
    await publish(blog, { url: `${page}-other`, date_modified: new Date().toISOString() })
    expect((await visible()).world.sort()).toEqual([`agency #${serial}`, `blog #${serial}`])
    expect((await item("agency"))?._feedwire.duplicates ?? []).toEqual([])
  })

  test("two articles of one publisher with one address are both shown", async () => {
    await publish(agency)
    await push(agency, articleBy("agency", { id: `again-${serial}`, title: `again #${serial}` }))
    expect((await visible()).world.sort()).toEqual([`again #${serial}`, `agency #${serial}`])
  })

  test("a publisher's feed shows its suppressed articles with any parameter, unless `not` excludes them", async () => {
    await publish(agency, { tags: ["blue"] })
    await publish(blog, { tags: ["blue"], authors: [{ name: "Ada" }] })
    const own = [`blog #${serial}`]
    for (const path of [
      "/feed.json?publisher=blog&section=world",
      "/feed.json?lang=en&publisher=blog",
      "/feed.json?publisher=blog&tag=blue",
      "/feed.json?author=ada&publisher=blog",
      "/feed.json?lang=en&publisher=blog&section=sport,world&tag=blue",
    ]) {
      expect([path, await titles(path)]).toEqual([path, own])
    }
    expect(await titles("/feed.json?not=world&publisher=blog")).toEqual([])
    expect(await titles("/feed.json?publisher=agency,blog")).toEqual([`agency #${serial}`])
    expect(await titles("/feed.json?publisher=blog,paper")).toEqual([])
    expect(await titles("/feed.json?lang=en&section=world")).toEqual([`agency #${serial}`])
  })

  test("suppressed articles follow their sections, and get a new date_modified as canonical ones", async () => {
    await section(`moved-${serial}`)
    const inMoved = { _feedwire: { sections: [`moved-${serial}`] } }
    await publish(agency, inMoved)
    await publish(blog, inMoved)
    await admin("POST", `/sections/moved-${serial}/retire`, { into: "sport" })
    await sweep()
    const mine = ({ title }: Item) => title === `blog #${serial}`
    const suppressed = (await send("/publishers/blog/feed.json")).json.items.find(mine)
    expect(suppressed._feedwire.sections).toEqual(["sport"])
    const since = new Date().toISOString()
    await withdraw(agency)
    const canonical = (await send("/sections/sport/feed.json")).json.items.find(mine)
    expect(canonical.date_modified >= since).toBe(true)
  })

  test("an article that is not shown is not canonical", async () => {
    page = `https://paper.example/articles/${serial}`
    await admin("PATCH", "/publishers/paper", { redistribution: "none" })
    await publish(blog)
    await publish(paper, { title: undefined })
    expect((await visible()).world).toEqual([`blog #${serial}`])
    await admin("PATCH", "/publishers/paper", { redistribution: "full" })
  })

  test("articles that only link to a page are no duplicates, nor are those with similar addresses", async () => {
    const about = { url: undefined, external_url: page }
    await publish(agency, about)
    await publish(blog, about)
    expect((await visible()).world.sort()).toEqual([`agency #${serial}`, `blog #${serial}`])
    serial += 1
    await publish(agency, { url: `https://elsewhere.example/?b=1%26c=2&n=${serial}` })
    await publish(blog, { url: `https://elsewhere.example/?b=1&c=2&n=${serial}` })
    expect((await visible()).world.sort()).toEqual([`agency #${serial}`, `blog #${serial}`])
  })

  test("hundreds of articles with one address are no duplicates, and do not block other clusters", async () => {
    const ticker = (by: string, n: number) => articleBy(by, { id: `${by}-${serial}-${n}`, url: `${page}#${n}` })
    await publish(agency, { id: `first-${serial}`, url: page })
    await publish(blog, { id: `second-${serial}`, url: page })
    expect((await visible()).world).toEqual([`agency #${serial}`])
    for (let n = 0; n < 200; n += 50) {
      await push(
        paper,
        Array.from({ length: 50 }, (_, i) => ticker("paper", n + i)),
      )
    }
    await push(
      blog,
      Array.from({ length: 50 }, (_, i) => ticker("blog", i)),
    )
    await sweep()
    expect(await env.DB.prepare("select count(*) n from pending_duplicates").first()).toEqual({ n: 0 })
    const suppressed = await env.DB.prepare("select count(*) n from articles where suppressed and title like ?")
    expect(await suppressed.bind(`%#${serial}`).first()).toEqual({ n: 0 })
  })

  test("an embargoed article suppresses no other, and after its embargo only one is shown", async () => {
    const end = Date.now() + 60_000
    await publish(agency, {
      date_published: "2026-11-01T08:00:00Z",
      _feedwire: { sections: ["world"], embargo: new Date(end).toISOString() },
    })
    await publish(blog, { date_published: "2026-11-01T09:00:00Z" })
    expect((await visible()).world).toEqual([`blog #${serial}`])
    await sweep(end + 1000)
    expect(await visible()).toMatchObject({ agency: [`agency #${serial}`], blog: [`blog #${serial}`] })
    expect((await visible()).world).toHaveLength(1)
  })

  test("if three publishers push large messages at the same time, one article of each cluster is shown", async () => {
    const items = Array.from({ length: 30 }, (_, n) =>
      articleBy("agency", { id: `many-${serial}-${n}`, url: `${page}/${n}` }),
    )
    const [a] = await Promise.all([
      push(agency, items),
      push(
        blog,
        items.map((each) => ({ ...each, title: `blog #${serial}` })),
      ),
      push(
        paper,
        items.map((each) => ({ ...each, title: `paper #${serial}` })),
      ),
    ])
    expect(a?.status).toBe(200)
    await sweep()
    await sweep()
    const { json } = await send("/sections/world/feed.json?limit=100")
    const urls = json.items
      .filter(({ title }: Item) => title.includes(`#${serial}`))
      .map(({ url }: { url: string }) => url)
    expect(new Set(urls).size).toBe(30)
    expect(urls).toHaveLength(30)
  })
})

test("the sweep resolves the duplicates that a crash left pending", async () => {
  await publish(blog, { date_published: "2026-11-01T07:00:00Z" })
  await publish(agency, { date_published: "2026-11-01T08:00:00Z" })
  expect((await visible()).world).toEqual([`blog #${serial}`])
  // This is the state after a request that ended right after its batch.
  await env.DB.prepare("update articles set suppressed = 0, duplicates = null").run()
  await withdraw(blog)
  await env.DB.prepare("update articles set suppressed = 1 where guid = ?").bind(`agency-${serial}`).run()
  await env.DB.prepare("insert or replace into pending_duplicates values (?, 1)")
    .bind(`elsewhere.example/articles/${serial}`)
    .run()
  await sweep()
  expect((await visible()).world).toEqual([`agency #${serial}`])
  expect(await env.DB.prepare("select count(*) n from pending_duplicates").first()).toEqual({ n: 0 })
})

test("duplicate_policy disables and enables suppression", async () => {
  await publish(agency, { date_published: "2026-11-01T08:00:00Z" })
  await publish(blog, { date_published: "2026-11-01T09:00:00Z" })
  expect((await admin("GET", "/wire")).json).toMatchObject({ duplicate_policy: "suppress", pending_duplicates: 0 })
  expect((await admin("PATCH", "/wire", { duplicate_policy: "show" })).status).toBe(200)
  for (let n = 0; n < 3; n++) await sweep()
  expect((await visible()).world.sort()).toEqual([`agency #${serial}`, `blog #${serial}`])
  await publish(paper, { date_published: "2026-11-01T06:00:00Z" })
  expect((await visible()).world).toHaveLength(3)
  await admin("PATCH", "/wire", { duplicate_policy: "suppress" })
  for (let n = 0; n < 3; n++) await sweep()
  expect((await visible()).world).toEqual([`agency #${serial}`])
  expect((await admin("PATCH", "/wire", { duplicate_policy: "once" })).json.errors[0].pointer).toBe("/duplicate_policy")
  // The article of the publisher whose origin owns the address becomes canonical.
  await admin("PATCH", "/publishers/blog", { origins: ["https://blog.example", "https://elsewhere.example"] })
  await sweep()
  expect((await visible()).world).toEqual([`blog #${serial}`])
})

test("every scope has the right count, and no position is used twice", async () => {
  const { results } = await env.DB.prepare(
    `select key, article_count, last_position from scopes s where key not like '%/%' and (
       article_count <> (select count(*) from memberships where scope = s.key)
       or last_position < (select coalesce(max(position), 0) from memberships where scope = s.key))`,
  ).all()
  expect(results).toEqual([])
  const twice = await env.DB.prepare(
    "select scope, position from memberships where position is not null group by 1, 2 having count(*) > 1",
  ).all()
  expect(twice.results).toEqual([])
})
