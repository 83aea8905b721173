/** Tests that each ping is answered, and that the registered feed is fetched once, from a real site on loopback. */
import { readFileSync } from "node:fs"
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { ADMIN_TOKEN, must, type Site, startSite, startWire, until, type Wire } from "./wire.ts"

let wire: Wire
let site: Site

const rss = (...guids: string[]) =>
  `<?xml version="1.0"?><rss version="2.0"><channel><title>t</title><link>https://x.example/</link><description/>
  ${guids.map((guid) => `<item><guid isPermaLink="false">${guid}</guid><title>${guid}</title><description>d</description></item>`).join("")}
  </channel></rss>`

beforeAll(async () => {
  wire = await startWire()
  site = await startSite((_, response) => response.end())
  await wire.publisher("nahar", { origins: [site.origin] })
  const source = { name: "site", sender: "feed", feed_url: `${site.origin}/feed` }
  must(await wire.admin("POST", "/publishers/nahar/sources", source), 201)
}, 120_000)

beforeEach(async () => {
  site.requests.length = 0
  // Resets the state of fetching, as if the last fetch were long ago.
  await wire.rows(`update sources set fetched_at = null, due_at = null, next_at = null, leased_until = null,
    not_before = null, failure_count = 0, last_failure = null, etag = null, last_modified = null`)
  await wire.rows("update attempts set dead_letter = 'dismissed', closed_at = 0 where dead_letter = 'open'")
})

afterAll(async () => {
  site?.stop()
  await wire?.stop()
})

const titles = async () =>
  (await wire.send("/sections/nahar/feed.json")).json.items.map(({ title }: { title: string }) => title)
const source = async () => (await wire.rows("select * from sources where name = 'site'"))[0] ?? {}
/** Ends the pause before the next fetch. */
const timePasses = () => wire.rows("update sources set next_at = 0, not_before = null")
const fetchNow = async () => {
  await timePasses()
  await ping("{}", "application/json")
  await idle()
}
// biome-ignore lint/suspicious/noExplicitAny: the tests look at any member of dead letters
const deadLetters = async (): Promise<any[]> =>
  (await wire.admin("GET", "/dead-letters?publisher=nahar")).json.dead_letters
const idle = () => until(async () => ((await source()).due_at === null ? true : undefined), "the feed is no longer due")

const ping = (body: string, type: string) =>
  wire.send("/push/nahar/ping", { method: "POST", headers: { "content-type": type }, body })

/** A recorded ping, with the address of this site in place of the recorded address. */
const recorded = (name: string) =>
  readFileSync(`tests/fixtures/pings/${name}`, "utf8").replaceAll("https://nahar.example", site.origin)

const serve = (body: string, headers: Record<string, string> = {}) => {
  site.answer = (_, response) => {
    response.writeHead(200, { "content-type": "application/rss+xml; charset=utf-8", ...headers })
    response.end(body)
  }
}

describe("a ping is answered in its own format, and the feed is fetched", () => {
  test.each([
    ["wordpress-core.extended-ping.xml", "text/xml", 200, /<name>flerror<\/name><value><boolean>0<\/boolean>/],
    ["wordpress-core.ping.xml", "text/xml", 200, /<boolean>0<\/boolean>/],
    ["wordpress-websub-plugin-4.form", "application/x-www-form-urlencoded", 202, /scheduled/],
  ])("a ping from %s is answered", async (name, type, status, answer) => {
    serve(rss(name))
    const body = name.endsWith(".form")
      ? `hub.mode=publish&hub.url=${encodeURIComponent(`${site.origin}/feed`)}&hub.url=${encodeURIComponent(`${site.origin}/feed/atom`)}`
      : recorded(name)
    const sent = await ping(body, type)
    expect([sent.status, sent.text]).toEqual([status, expect.stringMatching(answer)])
    await idle()
    expect(await titles()).toContain(name)
    expect(site.requests).toHaveLength(1)
    expect(site.requests[0]?.headers["user-agent"]).toMatch(/^feedwire\//)
    const [log] = await wire.rows("select endpoint, status, authentication from attempts order by id desc limit 1")
    expect(log).toMatchObject({ endpoint: "feeds/site", status: 200, authentication: "fetch" })
  })

  test("the content of a ping is not trusted: a feed that is not registered is not fetched", async () => {
    const elsewhere = await startSite((_, response) => response.end(rss("evil")))
    const sent = await ping(
      `hub.mode=publish&hub.url=${encodeURIComponent(`${elsewhere.origin}/feed`)}`,
      "application/x-www-form-urlencoded",
    )
    elsewhere.stop()
    expect([sent.status, sent.json.code]).toEqual([400, "invalid_message"])
    expect(elsewhere.requests).toEqual([])
    expect(site.requests).toEqual([])
  })

  test("the second fetch is conditional, and may be answered 304", async () => {
    serve(rss("conditional"), { etag: '"v1"', "last-modified": "Mon, 23 Nov 2026 08:30:00 GMT" })
    await ping("{}", "application/json")
    await idle()
    site.answer = (_, response) => response.writeHead(304).end()
    await fetchNow()
    expect(site.requests.at(-1)?.headers).toMatchObject({
      "if-none-match": '"v1"',
      "if-modified-since": "Mon, 23 Nov 2026 08:30:00 GMT",
    })
    expect(await source()).toMatchObject({ etag: '"v1"', last_failure: null })
  })

  test("twenty pings cause one fetch now and one later", async () => {
    serve(rss("flood"))
    for (let no = 0; no < 20; no++) await ping("{}", "application/json")
    await until(async () => (site.requests.length > 0 ? true : undefined), "a fetch")
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(site.requests).toHaveLength(1)
    expect((await source()).due_at).not.toBeNull()
    await wire.rows("update sources set next_at = 0")
    await wire.sweep()
    await idle()
    expect(site.requests).toHaveLength(2)
    expect(await titles()).toContain("flood")
  })
})

describe("a feed that cannot be fetched stays due", () => {
  test("after 503 the sweep fetches it again, but not before the time in Retry-After", async () => {
    site.answer = (_, response) => response.writeHead(503, { "retry-after": "120" }).end()
    await ping("{}", "application/json")
    const failed = await until(async () => ((await source()).failure_count === 1 ? source() : undefined), "a failure")
    expect(failed).toMatchObject({ due_at: expect.any(Number), last_failure: expect.stringContaining("503") })
    expect(Number(failed.next_at) - Date.now()).toBeGreaterThan(100_000)
    await wire.sweep()
    expect(site.requests).toHaveLength(1)
    serve(rss("recovered"))
    await wire.rows("update sources set next_at = 0")
    await wire.sweep()
    await idle()
    expect(await titles()).toContain("recovered")
    expect(await source()).toMatchObject({ failure_count: 0, last_failure: null })
  })

  test("after a Worker was killed during the fetch, the lease ends and the feed is fetched again", async () => {
    serve(rss("lease"))
    const now = Date.now()
    const at = now - 120_000
    await wire.rows("update sources set due_at = ?, next_at = ?, leased_until = ?", at, at, now + 60_000)
    await wire.sweep()
    expect(site.requests).toHaveLength(0)
    await wire.rows("update sources set leased_until = ?", now - 1)
    await wire.sweep()
    await idle()
    expect(await titles()).toContain("lease")
  })

  test("a document that cannot be parsed opens a dead letter, which the next valid one supersedes", async () => {
    serve("<rss><channel><item></channel></rss>")
    await ping("{}", "application/json")
    await idle()
    const [deadLetter] = await deadLetters()
    expect(deadLetter).toMatchObject({
      endpoint: "feeds/site",
      code: "invalid_document",
      dead_letter: "open",
      delivery_id: "site.feed",
    })
    expect(deadLetter.detail).toMatch(/line 1/)
    const body = await wire.admin("GET", `/attempts/${deadLetter.id}/body`)
    expect(body.text).toBe("<rss><channel><item></channel></rss>")
    serve(rss("corrected"))
    await fetchNow()
    expect(await deadLetters()).toEqual([])
    expect(await titles()).toContain("corrected")
  })

  test("rejected entries open a dead letter of their own, which no later document closes", async () => {
    const bad = (guid: string) => `<item><guid isPermaLink="false">${guid}</guid></item>`
    const feed = (...entries: string[]) =>
      serve(rss("beside them").replace("</channel>", `${entries.join("")}</channel>`))
    feed(bad("empty-1"))
    await fetchNow()
    const [first, ...others] = await deadLetters()
    expect(others).toEqual([])
    expect(first).toMatchObject({
      status: 200,
      code: null,
      delivery_id: expect.stringMatching(/^site\.feed\.[0-9a-f]{32}$/),
    })
    expect(first.errors).toMatchObject([{ pointer: "/rss/channel/item[2]" }])
    expect(await titles()).toContain("beside them")

    // The entry is no longer in the feed, but its dead letter stays open.
    feed()
    await fetchNow()
    expect(await deadLetters()).toMatchObject([{ id: first.id, dead_letter: "open" }])
    // The same rejected entry has the same dead letter, and another entry has another dead letter.
    feed(bad("empty-1"), '<item><guid isPermaLink="false">new beside</guid><title>new beside</title></item>')
    await fetchNow()
    expect((await deadLetters()).map(({ delivery_id }) => delivery_id)).toEqual([first.delivery_id])
    feed(bad("empty-2"))
    await fetchNow()
    const both = await deadLetters()
    expect([both.length, new Set(both.map(({ delivery_id }) => delivery_id)).size]).toEqual([2, 2])
    const { text } = await wire.admin("GET", `/attempts/${both[1].id}/body`)
    expect(text).toContain("empty-1")
    // If an operator dismissed a dead letter, the same entry in the feed makes no dead letter again.
    for (const { id } of both) must(await wire.admin("POST", `/dead-letters/${id}/dismiss`), 200)
    feed(bad("empty-2"))
    await fetchNow()
    expect(await deadLetters()).toEqual([])
  })

  test("entries of a document of which nothing could be stored also open a dead letter of their own", async () => {
    serve(rss().replace("</channel>", "<item><guid>nothing-1</guid></item></channel>"))
    await fetchNow()
    const [deadLetter] = await deadLetters()
    expect(deadLetter).toMatchObject({
      code: "all_articles_rejected",
      delivery_id: expect.stringMatching(/^site\.feed\.[0-9a-f]{32}$/),
    })
    serve(rss("something again"))
    await fetchNow()
    expect(await deadLetters()).toMatchObject([{ id: deadLetter.id, dead_letter: "open" }])
  })

  test("a valid document supersedes one that cannot be parsed, even if some of its entries are rejected", async () => {
    serve("<rss><channel>")
    await fetchNow()
    expect((await deadLetters()).map(({ delivery_id }) => delivery_id)).toEqual(["site.feed"])
    serve("<rss><channel><item>")
    await fetchNow()
    expect((await deadLetters()).map(({ delivery_id }) => delivery_id)).toEqual(["site.feed"])
    serve(rss("readable").replace("</channel>", "<item><guid>rejected</guid></item></channel>"))
    await fetchNow()
    expect((await deadLetters()).map(({ delivery_id }) => delivery_id)).toEqual([
      expect.stringMatching(/^site\.feed\../),
    ])
  })

  test("a feed of 250 entries, one of them empty, is ingested completely", async () => {
    const guids = Array.from({ length: 250 }, (_, no) => `many-${no}`)
    serve(
      rss(...guids).replace(
        '<item><guid isPermaLink="false">many-3</guid><title>many-3</title><description>d</description></item>',
        "<item></item>",
      ),
    )
    await ping("{}", "application/json")
    await idle()
    const [{ count } = {}] = await wire.rows("select count(*) count from articles where guid like 'many-%'")
    expect(count).toBe(249)
    expect((await wire.admin("GET", "/dead-letters?publisher=nahar")).json.open).toBe(1)
  })
})

describe("a slow fetch", () => {
  /** Answers the first request when release() is called, and every later request at once. */
  const slow = (body: string, headers: Record<string, string> = {}) => {
    let release = () => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    let requests = 0
    site.answer = async (_, response) => {
      if (++requests === 1) await released
      response.writeHead(200, { "content-type": "application/rss+xml", ...headers }).end(body)
    }
    return release
  }
  const requested = (count: number) =>
    until(async () => (site.requests.length >= count ? true : undefined), `${count} requests`)
  const change = async (body: object) => must(await wire.admin("PATCH", "/publishers/nahar/sources/site", body), 200)
  const unleased = () =>
    until(async () => ((await source()).leased_until === null ? true : undefined), "the lease has ended")

  test("is not repeated for pings during it, but once after it", async () => {
    const release = slow(rss("slow"))
    must(await ping("{}", "application/json"), 202)
    await requested(1)
    // The site has not answered yet, so none of these answers waits for the fetch.
    for (let no = 0; no < 11; no++) must(await ping("{}", "application/json"), 202)
    await wire.sweep()
    expect(site.requests).toHaveLength(1)
    release()
    await unleased()
    expect(await titles()).toContain("slow")
    // A ping arrived during the fetch, which may have missed its change, so the feed is due again, but not at once.
    const after = await source()
    expect([site.requests.length, after.due_at === null]).toEqual([1, false])
    expect(Number(after.next_at) - Date.now()).toBeGreaterThan(5000)
    await ping("{}", "application/json")
    await wire.sweep()
    expect(site.requests).toHaveLength(1)
    serve(rss("slow"))
    await timePasses()
    await wire.sweep()
    await idle()
    expect(site.requests).toHaveLength(2)
    await wire.sweep()
    expect(site.requests).toHaveLength(2)
  }, 20_000)

  test("does not change an address that an operator set during it, nor its state", async () => {
    const release = slow(rss("of the old address"), { etag: '"old"' })
    await ping("{}", "application/json")
    await requested(1)
    await change({ feed_url: `${site.origin}/other` })
    release()
    // The articles are stored, and the state of the new address is unchanged.
    await until(
      async () => ((await titles()).includes("of the old address") ? true : undefined),
      "the old one was stored",
    )
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(await source()).toMatchObject({
      feed_url: `${site.origin}/other`,
      etag: null,
      fetched_at: null,
      last_failure: null,
    })
    // The new address is still due.
    await wire.sweep()
    await idle()
    expect(site.requests.map(({ path }) => path)).toEqual(["/feed", "/other"])
    expect(site.requests[1]?.headers["if-none-match"]).toBeUndefined()
    await change({ feed_url: `${site.origin}/feed` })
  })

  test("that fails or is redirected permanently does not change them either", async () => {
    for (const status of [500, 301]) {
      let release = () => {}
      const released = new Promise<void>((resolve) => {
        release = resolve
      })
      site.answer = async ({ url }, response) => {
        if (url !== "/feed") return response.writeHead(200).end(rss("moved"))
        await released
        response.writeHead(status, { location: "/moved" }).end()
      }
      site.requests.length = 0
      await timePasses()
      await ping("{}", "application/json")
      await requested(1)
      await change({ feed_url: `${site.origin}/other` })
      release()
      await new Promise((resolve) => setTimeout(resolve, 500))
      const { feed_url, failure_count, last_failure, fetched_at } = await source()
      expect([feed_url, failure_count, last_failure, fetched_at]).toEqual([`${site.origin}/other`, 0, null, null])
      await change({ feed_url: `${site.origin}/feed` })
    }
    // An address that nobody changed is replaced by the target of a permanent redirect.
    site.answer = ({ url }, response) => {
      if (url === "/feed") response.writeHead(301, { location: "/moved" }).end()
      else response.writeHead(200).end(rss("moved"))
    }
    await fetchNow()
    expect((await source()).feed_url).toBe(`${site.origin}/moved`)
    await change({ feed_url: `${site.origin}/feed` })
  })
})

describe("pings do not shorten", () => {
  const failures = (count: number) =>
    until(async () => ((await source()).failure_count === count ? source() : undefined), `${count} failures`)
  const flood = async () => {
    for (let no = 0; no < 5; no++) await ping("{}", "application/json")
    await new Promise((resolve) => setTimeout(resolve, 200))
  }

  test("the pause that Retry-After requires", async () => {
    site.answer = (_, response) => response.writeHead(503, { "retry-after": "7200" }).end()
    await ping("{}", "application/json")
    const failed = await failures(1)
    // It is longer than the longest pause without Retry-After.
    expect(Number(failed.not_before) - Date.now()).toBeGreaterThan(7_190_000)
    expect(failed.next_at).toBe(failed.not_before)
    await flood()
    await wire.sweep()
    expect(site.requests).toHaveLength(1)
    expect(await source()).toMatchObject({
      next_at: failed.not_before,
      not_before: failed.not_before,
      failure_count: 1,
    })
  })

  test("the pause after a failure, which keeps growing", async () => {
    site.answer = (_, response) => response.writeHead(500).end()
    await ping("{}", "application/json")
    const failed = await failures(1)
    const pause = ({ next_at: next, fetched_at: at }: Record<string, unknown>) => Number(next) - Number(at)
    expect([pause(failed), Number(failed.not_before) - Number(failed.fetched_at)]).toEqual([60_000, 10_000])
    await flood()
    await wire.sweep()
    expect([site.requests.length, (await source()).next_at]).toEqual([1, failed.not_before])
    await timePasses()
    await wire.sweep()
    expect(pause(await failures(2))).toBe(120_000)
  })
})

test("a feed of an origin that was removed is not fetched, and is no longer due", async () => {
  const origins = async (list: string[]) => must(await wire.admin("PATCH", "/publishers/nahar", { origins: list }), 200)
  serve(rss("removed"))
  await origins([])
  await ping("{}", "application/json")
  await idle()
  expect(site.requests).toEqual([])
  expect(await source()).toMatchObject({
    last_failure: `${site.origin}/feed is not on an origin that is registered for its publisher.`,
    feed_url: `${site.origin}/feed`,
  })
  await wire.sweep()
  expect(site.requests).toEqual([])
  await origins([site.origin])
  await fetchNow()
  expect([site.requests.length, (await source()).last_failure]).toEqual([1, null])
  expect(await titles()).toContain("removed")
})

test.each([
  ["application/json", ""],
  ["text/html", ""],
  ["application/rss+xml", " \r\n\t"],
  ["text/plain; charset=utf-8", "\ufeff\n"],
  ["", ""],
])("a JSON Feed served as %j is recognised by its first byte", async (type, before) => {
  const title = `json as “${type}”, ${before.length} before it`
  const items = [{ id: title, title, content_text: "x" }]
  serve(before + JSON.stringify({ version: "https://jsonfeed.org/version/1.1", title: "t", items }), {
    "content-type": type,
  })
  await fetchNow()
  expect(await deadLetters()).toEqual([])
  expect(await titles()).toContain(title)
})

test("a feed with lists of wrong values of 1 MiB is ingested without these values", async () => {
  const list = Array(100_000).fill(1)
  const lists = { authors: list, tags: list, attachments: list, _feedwire: { sections: list, related: list } }
  const items = [{ id: "lists", title: "lists of nothing", content_text: "x", ...lists }]
  serve(JSON.stringify({ version: "https://jsonfeed.org/version/1.1", title: "t", items }))
  await fetchNow()
  expect(await titles()).toContain("lists of nothing")
  expect(await source()).toMatchObject({ failure_count: 0, last_failure: null })
})

test("the backlog's age counts from when a feed became due, despite pings, and includes abandoned feeds", async () => {
  const operator = { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } }
  const backlog = async () => {
    const [{ status, output = status }] = (await wire.send("/healthz", operator)).json.checks["backlog:delay"]
    return output
  }
  site.answer = (_, response) => response.writeHead(500).end()
  await ping("{}", "application/json")
  await until(async () => ((await source()).failure_count === 1 ? true : undefined), "a failure")
  await wire.rows("update sources set due_at = ?", Date.now() - 2 * 3_600_000)
  expect(await backlog()).toMatch(/feeds to fetch for 120 min/)
  await ping("{}", "application/json")
  expect(await backlog()).toMatch(/feeds to fetch for 120 min/)
  await wire.rows("update sources set next_at = 0, not_before = 0, leased_until = null")
  site.answer = (_, response) => response.writeHead(410).end()
  await wire.sweep()
  await until(async () => ((await source()).due_at === null ? true : undefined), "the feed is given up")
  expect(await backlog()).toMatch(/feeds no longer fetched/)
  serve(rss("back again"))
  await wire.rows("update sources set next_at = 0, not_before = 0, leased_until = null")
  await ping("{}", "application/json")
  await idle()
  expect(await backlog()).toBe("pass")
})

test("the same document is not stored again, although its ETag changed", async () => {
  serve(rss("same bytes"), { etag: '"one"' })
  await ping("{}", "application/json")
  await idle()
  const stored = async () => (await wire.rows("select count(*) n from attempts where endpoint = 'feeds/site'"))[0]?.n
  const before = await stored()
  serve(rss("same bytes"), { etag: '"two"' })
  await wire.rows("update sources set next_at = 0, not_before = 0, leased_until = null")
  await ping("{}", "application/json")
  await idle()
  expect([await stored(), (await source()).etag]).toEqual([before, '"two"'])
})

test("if a sender has no mapping and cannot sign, its feed is fetched and its message is not ingested", async () => {
  const feed = { feed_url: `${site.origin}/feed` }
  must(await wire.admin("POST", "/publishers/nahar/sources", { name: "wordpress", sender: "unsigned", ...feed }), 201)
  const made = await wire.admin("PATCH", "/publishers/nahar/sources/wordpress", { renew_token: true })
  serve(rss("fetched instead"))
  const body = JSON.stringify({ id: 1, title: "claimed" })
  const sent = must(await wire.send(new URL(made.json.url).pathname, { method: "POST", body }), 202)
  expect(sent.json.fetch).toBe("scheduled")
  await until(async () => ((await titles()).includes("fetched instead") ? true : undefined), "the feed was fetched")
  expect(await titles()).not.toContain("claimed")
})
