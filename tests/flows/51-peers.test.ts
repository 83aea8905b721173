/** Tests that the wire accepts only public addresses of a publisher, because it will fetch from them. */
import { env } from "cloudflare:workers"
import { describe, expect, test } from "vitest"
import { admin, makeWire, send } from "./world.ts"

await makeWire({ publishers: { known: {} } })
let serial = 0
const create = (more: object, bindings: Env = env) =>
  send(
    "/admin/api/publishers",
    {
      method: "POST",
      headers: { authorization: `Bearer ${env.ADMIN_TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify({ slug: `p-${++serial}`, name: "P", home_page_url: "https://p.example/", ...more }),
    },
    bindings,
  )
const change = (more: object) => admin("PATCH", "/publishers/known", more)

const REFUSED: [homePage: string, why: RegExp][] = [
  ["https://10.0.0.1/", /private/],
  ["http://169.254.169.254/latest/", /link-local/],
  ["https://[::ffff:7f00:1]/", /inside IPv6/],
  ["https://[64:ff9b::7f00:1]/", /NAT64/],
  ["https://[2002:7f00:1::]/", /6to4/],
  ["https://[fd00::1]/", /private/],
  ["http://127.1/", /loopback/],
  ["http://localhost./", /loopback/],
  ["https://metadata.google.internal/", /local network/],
  ["https://intranet/", /single label/],
  ["https://user:secret@p.example/", /user name/],
  ["https://p.example:6379/", /port 6379/],
  ["https://feeds.example/", /back to this wire/],
  ["https://FEEDS.example.:8443/", /back to this wire/],
]

describe("a home page that the Worker must not call is refused with a pointer", () => {
  test.each(REFUSED)("%s", async (homePage, why) => {
    const before = (await admin("GET", "/publishers")).json.publishers
    for (const answer of [await create({ home_page_url: homePage }), await change({ home_page_url: homePage })]) {
      expect(answer.status).toBe(422)
      expect(answer.headers.get("content-type")).toContain("application/problem+json")
      expect(answer.json).toMatchObject({ code: "invalid_request", errors: [{ pointer: "/home_page_url" }] })
      expect(answer.json.errors[0].detail).toMatch(why)
      expect(answer.json.detail).toBe(`/home_page_url ${answer.json.errors[0].detail}`)
    }
    expect((await admin("GET", "/publishers")).json.publishers).toEqual(before)
  })
})

describe("refused addresses", () => {
  test("have a pointer for each origin and for the home page", async () => {
    const body = {
      home_page_url: "http://192.168.1.1/",
      origins: ["https://p.example", "https://10.0.0.1", "https://feeds.example", "http://p.example"],
    }
    for (const answer of [await create(body), await change(body)]) {
      expect(answer.status).toBe(422)
      const pointers = answer.json.errors.map(({ pointer }: { pointer: string }) => pointer)
      expect(pointers).toEqual(["/home_page_url", "/origins/1", "/origins/2"])
    }
  })
})

describe("accepted addresses", () => {
  test("are public hosts over https and http, and names under example", async () => {
    for (const home_page_url of [
      "https://p.example/",
      "http://old.example/news",
      "https://نهار.example/أخبار",
      "https://9.9.9.9/",
      "https://www.feeds.example/",
    ]) {
      const created = await create({ home_page_url, origins: [new URL(home_page_url).origin] })
      const { href } = new URL(home_page_url)
      expect([created.status, created.json.home_page_url]).toEqual([201, href])
      expect((await change({ home_page_url })).json.home_page_url).toBe(href)
    }
  })

  test("are not checked by a change without addresses", async () => {
    expect((await change({ name: "Known" })).status).toBe(200)
  })

  test("include loopback if the setting allows it, but not the wire's own port and private networks", async () => {
    const local = { ...env, FEEDS_URL: "http://localhost:8787" as typeof env.FEEDS_URL, ALLOW_LOOPBACK: "true" } as Env
    const status = async (home_page_url: string) => (await create({ home_page_url }, local)).status
    expect(await status("http://localhost:9000/")).toBe(201)
    expect(await status("http://127.0.0.1:9000/")).toBe(201)
    expect(await status("http://127.0.0.1:8787/")).toBe(422)
    expect(await status("http://10.0.0.1/")).toBe(422)
    expect(await status("http://[::ffff:7f00:1]/")).toBe(422)
  })
})
