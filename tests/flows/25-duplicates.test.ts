/** One story once: several publishers tell of one page, one of them stands for it. */

import { createExecutionContext, createScheduledController, waitOnExecutionContext } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { beforeAll, beforeEach, describe, expect, test } from "vitest"
import worker from "../../src/index.ts"
import { admin, article, migrate, type Publisher, publisher, push, section, send } from "./world.ts"

let paper: Publisher
let agency: Publisher
let blog: Publisher
let serial = 0
/** Every story has a page of its own. */
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
const shown = async () => ({
  all: await titles("/feed.json"),
  world: await titles("/sections/world/feed.json"),
  merged: await titles("/feed.json?section=sport,world"),
  paper: await titles("/publishers/paper/feed.json"),
  agency: await titles("/publishers/agency/feed.json"),
  blog: await titles("/publishers/blog/feed.json"),
})
const told = (by: string, more: object = {}) =>
  article({
    id: `${by}-${serial}`,
    url: page,
    title: `${by} #${serial}`,
    _feedwire: { sections: ["world", "sport"] },
    ...more,
  })
const tell = (by: Publisher, more: object = {}) => push(by, told(by.slug, more))
const withdraw = (by: Publisher) => push(by, { id: `${by.slug}-${serial}` }, { type: "article.deleted" })
const item = async (title: string): Promise<Item | undefined> =>
  (await send("/sections/world/feed.json")).json.items.find((each: Item) => each.title === `${title} #${serial}`)

async function sweep(at = Date.now()): Promise<void> {
  const ctx = createExecutionContext()
  await worker.scheduled(createScheduledController({ scheduledTime: new Date(at) }), env, ctx)
  await waitOnExecutionContext(ctx)
}

beforeAll(async () => {
  await migrate()
  await section("world")
  await section("sport")
  paper = await publisher("paper", { name: "The Paper", origins: ["https://www.paper.example"] })
  agency = await publisher("agency")
  blog = await publisher("blog")
})
beforeEach(() => {
  serial += 1
  page = `https://elsewhere.example/stories/${serial}`
})

describe("of several publishers", () => {
  test("the first stands for the story, the others in their own feeds; they are named", async () => {
    await tell(agency, { date_published: "2026-11-01T08:00:00Z" })
    await tell(blog, { date_published: "2026-11-01T09:00:00Z", url: `${page}/?utm_source=x#top` })
    expect(await shown()).toEqual({
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

  test("whoever comes later with an earlier date does not take over; who owns the address does, whatever the date", async () => {
    page = `https://paper.example/stories/${serial}`
    await tell(agency, { date_published: "2026-11-01T08:00:00Z" })
    await tell(blog, { date_published: "2026-11-01T07:00:00Z" })
    expect((await shown()).world).toEqual([`agency #${serial}`])
    await tell(paper, { date_published: "2026-11-01T12:00:00Z" })
    expect(await shown()).toMatchObject({
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

  test("when it goes, the next stands; when it comes back, it stands again", async () => {
    page = `https://paper.example/stories/${serial}`
    await tell(agency, { date_published: "2026-11-01T08:00:00Z" })
    await tell(paper, { date_published: "2026-11-01T12:00:00Z" })
    await tell(blog, { date_published: "2026-11-01T09:00:00Z" })
    expect((await shown()).world).toEqual([`paper #${serial}`])
    await withdraw(paper)
    expect((await shown()).world).toEqual([`agency #${serial}`])
    expect((await item("agency"))?._feedwire.duplicates?.map(({ publisher }) => publisher)).toEqual(["blog"])
    await withdraw(agency)
    expect((await shown()).world).toEqual([`blog #${serial}`])
    expect((await item("blog"))?._feedwire.duplicates).toBeUndefined()
    await tell(paper, { date_published: "2026-11-01T12:00:00Z" })
    expect(await shown()).toMatchObject({ all: [`paper #${serial}`], blog: [`blog #${serial}`], agency: [] })
  })

  test("a correction of either leaves them where they are", async () => {
    await tell(agency, { date_published: "2026-11-01T08:00:00Z" })
    await tell(blog, { date_published: "2026-11-01T09:00:00Z" })
    const before = (await send("/sections/world/feed.json")).json._feedwire.deleted ?? []
    const corrected = { date_modified: new Date().toISOString() }
    await tell(blog, { date_published: "2026-11-01T09:00:00Z", content_html: "<p>new</p>", ...corrected })
    await tell(agency, { date_published: "2026-11-01T08:00:00Z", content_html: "<p>newer</p>", ...corrected })
    expect(await shown()).toMatchObject({ world: [`agency #${serial}`], blog: [`blog #${serial}`] })
    expect((await item("agency"))?._feedwire.duplicates?.map(({ publisher }) => publisher)).toEqual(["blog"])
    expect((await send("/sections/world/feed.json")).json._feedwire.deleted ?? []).toEqual(before)
  })

  test("another address is another story: both stand", async () => {
    await tell(agency)
    await tell(blog)
    expect((await shown()).world).toEqual([`agency #${serial}`])
    await tell(blog, { url: `${page}-other`, date_modified: new Date().toISOString() })
    expect((await shown()).world.sort()).toEqual([`agency #${serial}`, `blog #${serial}`])
    expect((await item("agency"))?._feedwire.duplicates ?? []).toEqual([])
  })

  test("two articles of one publisher about one page both stand", async () => {
    await tell(agency)
    await push(agency, told("agency", { id: `again-${serial}`, title: `again #${serial}` }))
    expect((await shown()).world.sort()).toEqual([`again #${serial}`, `agency #${serial}`])
  })

  test("a publisher's own feed shows what is withheld, however it is narrowed; `not` takes it away like others", async () => {
    await tell(agency, { tags: ["blue"] })
    await tell(blog, { tags: ["blue"], authors: [{ name: "Ada" }] })
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

  test("withheld articles follow their sections, and are dated anew when they come to stand", async () => {
    await section(`moved-${serial}`)
    const filed = { _feedwire: { sections: [`moved-${serial}`] } }
    await tell(agency, filed)
    await tell(blog, filed)
    await admin("POST", `/sections/moved-${serial}/retire`, { into: "sport" })
    await sweep()
    const mine = ({ title }: Item) => title === `blog #${serial}`
    const withheld = (await send("/publishers/blog/feed.json")).json.items.find(mine)
    expect(withheld._feedwire.sections).toEqual(["sport"])
    const since = new Date().toISOString()
    await withdraw(agency)
    const stands = (await send("/sections/sport/feed.json")).json.items.find(mine)
    expect(stands.date_modified >= since).toBe(true)
  })

  test("who shows nothing of it does not stand for it", async () => {
    page = `https://paper.example/stories/${serial}`
    await admin("PATCH", "/publishers/paper", { redistribution: "none" })
    await tell(blog)
    await tell(paper, { title: undefined })
    expect((await shown()).world).toEqual([`blog #${serial}`])
    await admin("PATCH", "/publishers/paper", { redistribution: "full" })
  })

  test("what only points elsewhere is a story of its own; addresses that read alike are not alike", async () => {
    const about = { url: undefined, external_url: page }
    await tell(agency, about)
    await tell(blog, about)
    expect((await shown()).world.sort()).toEqual([`agency #${serial}`, `blog #${serial}`])
    serial += 1
    await tell(agency, { url: `https://elsewhere.example/?b=1%26c=2&n=${serial}` })
    await tell(blog, { url: `https://elsewhere.example/?b=1&c=2&n=${serial}` })
    expect((await shown()).world.sort()).toEqual([`agency #${serial}`, `blog #${serial}`])
  })

  test("a page of which hundreds of articles tell is not one story, and holds nobody up", async () => {
    const ticker = (by: string, n: number) => told(by, { id: `${by}-${serial}-${n}`, url: `${page}#${n}` })
    await tell(agency, { id: `first-${serial}`, url: page })
    await tell(blog, { id: `second-${serial}`, url: page })
    expect((await shown()).world).toEqual([`agency #${serial}`])
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
    const standing = await env.DB.prepare("select count(*) n from articles where suppressed and title like ?")
    expect(await standing.bind(`%#${serial}`).first()).toEqual({ n: 0 })
  })

  test("an embargo keeps no story back, and its end does not show it twice", async () => {
    const end = Date.now() + 60_000
    await tell(agency, {
      date_published: "2026-11-01T08:00:00Z",
      _feedwire: { sections: ["world"], embargo: new Date(end).toISOString() },
    })
    await tell(blog, { date_published: "2026-11-01T09:00:00Z" })
    expect((await shown()).world).toEqual([`blog #${serial}`])
    await sweep(end + 1000)
    expect(await shown()).toMatchObject({ agency: [`agency #${serial}`], blog: [`blog #${serial}`] })
    expect((await shown()).world).toHaveLength(1)
  })

  test("in one message of a hundred, or at once from three sides: one stands", async () => {
    const items = Array.from({ length: 30 }, (_, n) =>
      told("agency", { id: `many-${serial}-${n}`, url: `${page}/${n}` }),
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

test("what a crash left unsettled, the sweep settles", async () => {
  await tell(blog, { date_published: "2026-11-01T07:00:00Z" })
  await tell(agency, { date_published: "2026-11-01T08:00:00Z" })
  expect((await shown()).world).toEqual([`blog #${serial}`])
  // As if the request had ended with its batch.
  await env.DB.prepare("update articles set suppressed = 0, duplicates = null").run()
  await withdraw(blog)
  await env.DB.prepare("update articles set suppressed = 1 where guid = ?").bind(`agency-${serial}`).run()
  await env.DB.prepare("insert or replace into pending_duplicates values (?, 1)")
    .bind(`elsewhere.example/stories/${serial}`)
    .run()
  await sweep()
  expect((await shown()).world).toEqual([`agency #${serial}`])
  expect(await env.DB.prepare("select count(*) n from pending_duplicates").first()).toEqual({ n: 0 })
})

test("the setting turns it off and on again", async () => {
  await tell(agency, { date_published: "2026-11-01T08:00:00Z" })
  await tell(blog, { date_published: "2026-11-01T09:00:00Z" })
  expect((await admin("GET", "/wire")).json).toEqual({ duplicate_policy: "suppress", pending_duplicates: 0 })
  expect((await admin("PATCH", "/wire", { duplicate_policy: "show" })).status).toBe(200)
  for (let n = 0; n < 3; n++) await sweep()
  expect((await shown()).world.sort()).toEqual([`agency #${serial}`, `blog #${serial}`])
  await tell(paper, { date_published: "2026-11-01T06:00:00Z" })
  expect((await shown()).world).toHaveLength(3)
  await admin("PATCH", "/wire", { duplicate_policy: "suppress" })
  for (let n = 0; n < 3; n++) await sweep()
  expect((await shown()).world).toEqual([`agency #${serial}`])
  expect((await admin("PATCH", "/wire", { duplicate_policy: "once" })).json.errors[0].pointer).toBe("/duplicate_policy")
  // Whoever registers the origin of the address stands for it.
  await admin("PATCH", "/publishers/blog", { origins: ["https://blog.example", "https://elsewhere.example"] })
  await sweep()
  expect((await shown()).world).toEqual([`blog #${serial}`])
})

test("no scope has miscounted, no position is given twice", async () => {
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
