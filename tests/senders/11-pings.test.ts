/** Thin pings: stored, answered, and the registered feed is fetched once, from a real site on loopback. */
import { readFileSync } from "node:fs"
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { must, type Site, startSite, startWire, until, type Wire } from "./wire.ts"

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
  // As if the last fetch were long ago.
  await wire.rows("update sources set fetched_at = null, due_at = null, next_at = null, failures = 0, problem = null")
})

afterAll(async () => {
  site?.stop()
  await wire?.stop()
})

const titles = async () =>
  (await wire.send("/sections/nahar/feed.json")).json.items.map(({ title }: { title: string }) => title)
const source = async () => (await wire.rows("select * from sources where name = 'site'"))[0] ?? {}
const idle = () => until(async () => ((await source()).due_at === null ? true : undefined), "the feed is no longer due")

const ping = (body: string, type: string) =>
  wire.send("/push/nahar/ping", { method: "POST", headers: { "content-type": type }, body })

/** A recorded ping, with the address of our site in place of the recorded one. */
const recorded = (name: string) =>
  readFileSync(`tests/fixtures/pings/${name}`, "utf8").replaceAll("https://nahar.example", site.origin)

const serve = (body: string, headers: Record<string, string> = {}) => {
  site.answer = (_, response) => {
    response.writeHead(200, { "content-type": "application/rss+xml; charset=utf-8", ...headers })
    response.end(body)
  }
}

describe("a ping is answered in its own way, and the feed is fetched", () => {
  test.each([
    ["wordpress-core.extended-ping.xml", "text/xml", 200, /<name>flerror<\/name><value><boolean>0<\/boolean>/],
    ["wordpress-core.ping.xml", "text/xml", 200, /<boolean>0<\/boolean>/],
    ["wordpress-websub-plugin-4.form", "application/x-www-form-urlencoded", 202, /soon/],
  ])("%s", async (name, type, status, answer) => {
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
    const [log] = await wire.rows("select door, status, signature from attempts order by seq desc limit 1")
    expect(log).toMatchObject({ door: "feeds/site", status: 200, signature: "fetch" })
  })

  test("nothing of the ping is believed: a feed that is not registered is not fetched", async () => {
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

  test("the second fetch is conditional, and 304 is enough", async () => {
    serve(rss("conditional"), { etag: '"v1"', "last-modified": "Mon, 23 Nov 2026 08:30:00 GMT" })
    await ping("{}", "application/json")
    await idle()
    site.answer = (_, response) => response.writeHead(304).end()
    await wire.rows("update sources set fetched_at = null, next_at = null")
    await ping("{}", "application/json")
    await idle()
    expect(site.requests.at(-1)?.headers).toMatchObject({
      "if-none-match": '"v1"',
      "if-modified-since": "Mon, 23 Nov 2026 08:30:00 GMT",
    })
    expect(await source()).toMatchObject({ etag: '"v1"', problem: null })
  })

  test("twenty pings are one fetch now and one later", async () => {
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

describe("what fails stays due", () => {
  test("503: the sweep repeats it, not before its time", async () => {
    site.answer = (_, response) => response.writeHead(503, { "retry-after": "120" }).end()
    await ping("{}", "application/json")
    const failed = await until(async () => ((await source()).failures === 1 ? source() : undefined), "a failure")
    expect(failed).toMatchObject({ due_at: expect.any(Number), problem: expect.stringContaining("503") })
    expect(Number(failed.next_at) - Date.now()).toBeGreaterThan(100_000)
    await wire.sweep()
    expect(site.requests).toHaveLength(1)
    serve(rss("recovered"))
    await wire.rows("update sources set next_at = 0")
    await wire.sweep()
    await idle()
    expect(await titles()).toContain("recovered")
    expect(await source()).toMatchObject({ failures: 0, problem: null })
  })

  test("a Worker that died in the middle: the lease ends, and it is done again", async () => {
    serve(rss("lease"))
    const now = Date.now()
    await wire.rows("update sources set due_at = ?, next_at = ?", now - 120_000, now + 60_000)
    await wire.sweep()
    expect(site.requests).toHaveLength(0)
    await wire.rows("update sources set next_at = ?", now - 1)
    await wire.sweep()
    await idle()
    expect(await titles()).toContain("lease")
  })

  test("a document that cannot be understood is a dead letter, and ends with the next one that can", async () => {
    serve("<rss><channel><item></channel></rss>")
    await ping("{}", "application/json")
    await idle()
    const letters = () => wire.admin("GET", "/dead-letters?publisher=nahar")
    const [letter] = (await letters()).json.dead_letters
    expect(letter).toMatchObject({ door: "feeds/site", code: "invalid_document", letter: "open" })
    expect(letter.detail).toMatch(/line 1/)
    const body = await wire.admin("GET", `/deliveries/${letter.id}/body`)
    expect(body.text).toBe("<rss><channel><item></channel></rss>")
    serve(rss("mended"))
    await wire.rows("update sources set fetched_at = null, next_at = null")
    await ping("{}", "application/json")
    await idle()
    expect((await letters()).json.dead_letters).toEqual([])
    expect(await titles()).toContain("mended")
  })

  test("a feed of 250 entries, a few of them without anything, comes in whole", async () => {
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

test("a thin sender that signs, and one that cannot: the feed is fetched, the content is not taken", async () => {
  const feed = { feed_url: `${site.origin}/feed` }
  must(await wire.admin("POST", "/publishers/nahar/sources", { name: "wordpress", sender: "unsigned", ...feed }), 201)
  const made = await wire.admin("PATCH", "/publishers/nahar/sources/wordpress", { renew_token: true })
  serve(rss("fetched instead"))
  const body = JSON.stringify({ id: 1, title: "claimed" })
  const sent = must(await wire.send(new URL(made.json.url).pathname, { method: "POST", body }), 202)
  expect(sent.json.fetched).toBe("soon")
  await until(async () => ((await titles()).includes("fetched instead") ? true : undefined), "the feed was fetched")
  expect(await titles()).not.toContain("claimed")
})
