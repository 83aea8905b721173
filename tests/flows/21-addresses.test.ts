import { env } from "cloudflare:workers"
import { describe, expect, test } from "vitest"
import { FORMATS, inSection, makeWire, one, requestsWith, SECURITY, SELECTIONS, TYPES } from "./feeds.ts"
import { admin, article, ORIGIN, push, section } from "./world.ts"

makeWire()
const bindings: Env = env
const { get, publish, expectProblem, feedsOf } = requestsWith(bindings)

describe("addresses of feeds", () => {
  test("every selection has every format, each with its media type", async () => {
    for (const selection of SELECTIONS) {
      for (const format of FORMATS) {
        const sent = await get(`${selection}/feed.${format}`)
        const type = sent.headers.get("content-type")
        expect([selection, sent.status, type]).toEqual([selection, 200, `${TYPES[format]}; charset=utf-8`])
      }
    }
  })

  test.each([
    ["/FEED.RSS", "/feed.rss"],
    ["/feed.rss/", "/feed.rss"],
    ["/feed.rss//", "/feed.rss"],
    ["//feed.rss", "/feed.rss"],
    ["/Sections/World/Feed.Atom/", "/sections/world/feed.atom"],
    ["///sections//world///feed.json//", "/sections/world/feed.json"],
    ["/sections/%77orld/feed.rss", "/sections/world/feed.rss"],
    ["/%53ections/%57ORLD/feed.rss", "/sections/world/feed.rss"],
    ["/sections%2Fworld%2ffeed.json", "/sections/world/feed.json"],
    ["/feed%2Eatom%2F", "/feed.atom"],
    ["/publishers/ONE/feed.rss", "/publishers/one/feed.rss"],
    ["/feed.rss?utm_source=a", "/feed.rss"],
    ["/feed.rss?UTM_Campaign=a&utm_made_up=b", "/feed.rss"],
    ["/feed.json?fbclid=a", "/feed.json"],
    ["/feed.json?FBCLID", "/feed.json"],
    ["/feed.atom?gclid=a&gclid=b&utm_term=%zz", "/feed.atom"],
    ["/feed.atom?&", "/feed.atom"],
    ["//SECTIONS//%57orld/FEED.rss/?utm_source=a&fbclid=b&gclid=", "/sections/world/feed.rss"],
  ])("%s is another spelling of %s and redirects by one 301", async (spelling, canonical) => {
    for (const host of [ORIGIN, "http://127.0.0.1:8787", "https://other.example"]) {
      for (const method of ["GET", "HEAD"]) {
        const sent = await get(host + spelling, { "if-none-match": "*" }, method)
        expect([sent.status, sent.headers.get("location"), sent.text]).toEqual([301, ORIGIN + canonical, ""])
        expect(sent.headers.get("cache-control")).toBe("private, no-store")
        expect(sent.headers.get("cdn-cache-control")).toBeNull()
        // Readers in browsers follow a redirect only if it permits other origins.
        expect(sent.headers.get("access-control-allow-origin")).toBe("*")
        for (const name of SECURITY) expect([name, sent.headers.has(name)]).toEqual([name, true])
      }
    }
    expect((await get(canonical)).status).toBe(200)
  })

  test.each([
    ["utmsource", "utm_source"],
    ["utm-source", "utm_source"],
    ["fbclidd", "fbclid"],
    ["gcild", "gclid"],
  ])("an unknown parameter %s is a problem that suggests %s", async (name, meant) => {
    for (const query of [`?${name}=1`, `?utm_source=a&${name}`, `?${name}=1&${name}=2`]) {
      for (const path of ["/feed.rss", "/sections/world/feed.atom", "/publishers/one/feed.json"]) {
        const sent = await get(path + query)
        await expectProblem(sent, 400, "unknown_parameter")
        expect(sent.json.detail).toMatch(new RegExp(`Did you mean ${meant}\\b`))
        expect(sent.json.errors).toEqual([{ parameter: name, detail: expect.stringContaining("is not known here") }])
      }
    }
  })

  test("a parameter without similar names gets no suggestion, in any spelling", async () => {
    for (const name of ["x", "", "constructor", "__proto__", '"<script>', "\u0000", "ü", "x".repeat(4000)]) {
      const sent = await get(`/feed.rss?${encodeURIComponent(name)}=1`)
      await expectProblem(sent, 400, "unknown_parameter")
      expect(sent.json.detail).not.toContain("Did you mean")
      expect(sent.json.errors[0].parameter).toBe(name)
    }
  })

  test.each([
    ["/sections/wrold/feed.rss", "unknown_section", "world"],
    ["/sections/sport/feed.atom", "unknown_section", "sports"],
    ["/sections/worldnews/feed.json", "unknown_section", "world"],
    ["/sections/WORLDS/feed.json", "unknown_section", "world"],
    ["/publishers/onee/feed.rss", "unknown_publisher", "one"],
    ["/publishers/tow/feed.json", "unknown_publisher", "two"],
  ])("%s is the problem %s, which suggests %s", async (path, code, meant) => {
    const first = await get(path)
    const sent = first.status === 301 ? await get(first.headers.get("location") ?? "") : first
    await expectProblem(sent, 404, code)
    expect(sent.json.detail).toMatch(new RegExp(`Did you mean .*\\b${meant}\\b`))
    // A condition does not change a 404.
    await expectProblem(await get(sent.json ? path.toLowerCase() : "", { "if-none-match": "*" }), 404, code)
  })

  test("a name without similar ones, a publisher's name under sections, and a name of JavaScript are 404", async () => {
    for (const name of ["zzzzzzzz", "constructor", "tostring", "--", "0", "x".repeat(64)]) {
      const sent = await get(`/sections/${name}/feed.rss`)
      await expectProblem(sent, 404, "unknown_section")
      expect([name, sent.json.detail]).toEqual([name, expect.not.stringContaining("Did you mean")])
    }
    await expectProblem(await get("/sections/two/feed.rss"), 404, "unknown_section")
    await expectProblem(await get("/publishers/world/feed.rss"), 404, "unknown_publisher")
  })

  test("a renamed section answers 301 from all its old names, in one hop, and is found under the new one", async () => {
    await publish({ title: "Kicked", ...inSection("football") })
    const before = (await get("/sections/football/feed.json")).json
    await admin("PATCH", "/sections/football", { slug: "soccer" })
    await admin("PATCH", "/sections/soccer", { slug: "calcio" })
    for (const old of ["football", "soccer"]) {
      for (const format of FORMATS) {
        for (const method of ["GET", "HEAD"]) {
          const sent = await get(`/sections/${old}/feed.${format}`, { "if-none-match": "*" }, method)
          const to = sent.headers.get("location")
          expect([sent.status, to, sent.text]).toEqual([301, `${ORIGIN}/sections/calcio/feed.${format}`, ""])
          expect(sent.headers.get("cache-control")).toBe("private, no-store")
          expect(sent.headers.get("access-control-allow-origin")).toBe("*")
        }
      }
    }
    const after = (await get("/sections/calcio/feed.json")).json
    expect(after.items.map(({ id }: { id: string }) => id)).toEqual(before.items.map(({ id }: { id: string }) => id))
    expect(after.feed_url).toBe(`${ORIGIN}/sections/calcio/feed.json`)
    // If its own section gets a slug back, the slug no longer redirects.
    await admin("PATCH", "/sections/calcio", { slug: "football" })
    expect((await get("/sections/football/feed.rss")).status).toBe(200)
    expect((await get("/sections/calcio/feed.rss")).headers.get("location")).toBe(
      `${ORIGIN}/sections/football/feed.rss`,
    )
    expect((await get("/sections/soccer/feed.rss")).headers.get("location")).toBe(
      `${ORIGIN}/sections/football/feed.rss`,
    )
  })

  test("an old name in another spelling redirects to its spelling without a query, then to the new name", async () => {
    const hops = ["/Sections/Soccer/feed.rss/?utm_source=a"]
    for (let sent = await get(hops[0] as string); sent.status !== 200; sent = await get(hops.at(-1) as string)) {
      expect([hops, sent.status]).toEqual([hops, 301])
      hops.push(sent.headers.get("location") ?? "")
    }
    expect(hops.slice(1)).toEqual([`${ORIGIN}/sections/soccer/feed.rss`, `${ORIGIN}/sections/football/feed.rss`])
  })

  test.each([
    "/feed.rss.gz",
    "/feed.rss/extra",
    "/sections/feed.rss",
    "/sections/world/europe/feed.rss",
    "/sections/world%00/feed.rss",
    "/section/world/feed.rss",
    "/feed.rss%20",
    "/feed.rss%252F",
    "/%zz",
    "/%E0%A4%A/feed.rss",
    "/%F0%9F%97%9E/feed.rss",
    "/..%2f..%2fetc/passwd",
    "/__proto__",
    "/problems",
    "/problems/",
    "/problems/nothing",
    "/problems/constructor",
    "/problems/%zz",
    `/${"a/".repeat(60)}`,
  ])("%s is 404", async (path) => {
    await expectProblem(await get(path), 404, "not_found")
    await expectProblem(await get(`${path}?section=world&utm_source=x`), 404, "not_found")
    const head = await get(path, {}, "HEAD")
    expect([head.status, head.text]).toEqual([404, ""])
  })

  test("a script of any origin may send If-None-Match, because the preflight permits it", async () => {
    const sent = await get(
      "/sections/world/feed.json",
      { "access-control-request-headers": "if-none-match" },
      "OPTIONS",
    )
    expect([sent.status, sent.headers.get("access-control-allow-origin")]).toEqual([204, "*"])
    expect(sent.headers.get("access-control-allow-headers")).toBe("*")
    expect(sent.headers.get("access-control-allow-methods")).toBe("GET, HEAD")
  })

  test.each(["POST", "PUT", "PATCH", "DELETE", "PROPFIND"])(
    "%s is refused, and the answer lists the allowed methods",
    async (method) => {
      for (const path of [
        "/feed.rss",
        "/sections/world/feed.atom",
        "/sections/nowhere/feed.json",
        "/FEED.json/",
        "/",
        "/healthz",
        "/problems/not_found",
      ]) {
        const sent = await get(path, {}, method)
        await expectProblem(sent, 405, "method_not_allowed")
        const isFeed = /feed/i.test(path)
        expect([path, sent.headers.get("allow")]).toEqual([path, isFeed ? "GET, HEAD, OPTIONS" : "GET, HEAD"])
        expect(sent.json.detail).toContain(method)
      }
      await expectProblem(await get("/nothing", {}, method), 404, "not_found")
    },
  )
})

describe("addresses in feeds", () => {
  test("keeps the links of footnotes, and shows no e-mail address of an author", async () => {
    const body =
      '<p>Text<sup><a href="#fn1" id="ref1">1</a></sup></p><ol><li id="fn1">Note <a href="#ref1">↩</a></li></ol>'
    const authors = [{ name: "mona@paper.example (Mona)" }, { name: "rami@paper.example" }]
    const more = { title: "Footnotes", content_html: body, authors, ...inSection("notes") }
    await section("notes", { names: { en: "Notes" } })
    const sent = await push(one, article(more), { bindings })
    const prefix = `a${sent.json.results[0].id.slice(-32, -20)}-`
    const { rss, atom, json } = await feedsOf("/sections/notes")
    const [item] = json.json.items
    expect(item.authors).toEqual([{ name: "Mona" }])
    expect(item.content_html).toBe(
      `<p>Text<sup><a href="#${prefix}fn1" rel="noopener" id="${prefix}ref1">1</a></sup></p>` +
        `<ol><li id="${prefix}fn1">Note <a href="#${prefix}ref1" rel="noopener">↩</a></li></ol>`,
    )
    for (const { text } of [rss, atom, json]) {
      expect(text).toContain(`${prefix}fn1`)
      expect(text).not.toContain("paper.example")
    }
  })
})
