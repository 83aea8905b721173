/** Tests every output of rights: of a publisher with a licence, of an article with its own, and where publishers mix. */
import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, test } from "vitest"
import { makeWire, requestsWith, wait } from "./feeds.ts"
import { type Answer, admin, article, ORIGIN, publisher, push, section, send } from "./world.ts"

makeWire()
const { feedsOf } = requestsWith(env)

const BY = "https://creativecommons.org/licenses/by/4.0/"
const SHARE = "https://creativecommons.org/licenses/by-sa/4.0/"
const TERMS = "https://open.example/terms?a=1&b=2"
const FILE = `${ORIGIN}/license.xml`
const LINK = `<${FILE}>; rel="license"; type="application/rsl+xml"`

const ids: Record<string, string> = {}
beforeAll(async () => {
  await section("rights")
  const open = await publisher("open")
  const closed = await publisher("closed")
  await publisher("silent")
  await admin("PATCH", "/publishers/open", {
    rights: { license: BY, ai_training: "allowed", attribution: "required", terms: TERMS },
  })
  await admin("PATCH", "/publishers/closed", { rights: { ai_training: "prohibited", ai_use: "prohibited" } })
  for (const [sender, id, extension] of [
    [open, "plain", {}],
    [open, "own", { license: SHARE, rights: "© Ada" }],
    [closed, "shut", {}],
  ] as const) {
    const sent = await push(sender, article({ id, title: id, _feedwire: { sections: ["rights"], ...extension } }))
    ids[id] = sent.json.results[0].id.split("/").at(-1).split(":").at(-1)
  }
  wait(10)
})

describe("a feed of one publisher", () => {
  test("has its rights, and an article's own licence", async () => {
    const { rss, atom, json } = await feedsOf("/publishers/open")
    const usage = { license: BY, ai_training: "allowed", attribution: "required", terms: TERMS }
    expect(json.json._feedwire.rights).toEqual(usage)
    const rightsOf = (title: string) =>
      json.json.items.find((item: { title: string }) => item.title === title)._feedwire.rights
    expect(rightsOf("plain")).toEqual(usage)
    expect(rightsOf("own")).toEqual({ notice: "© Ada", ...usage, license: SHARE })
    expect(atom.text.split("<entry>")[0]).toContain(`<link rel="license" href="${BY}"/>`)
    expect(rss.text.split("<item>")[0]).toContain(`<atom:link rel="license" href="${BY}"/>`)
    for (const { text } of [rss, atom]) expect(text.split(`rel="license" href="${SHARE}"`)).toHaveLength(2)
    for (const { headers } of [rss, atom, json]) {
      expect(headers.get("link")).toContain(LINK)
      expect(headers.get("content-usage")).toBe("train-ai=y")
    }
  })

  test("describes our own pages only, in RSL", async () => {
    const { rss, atom } = await feedsOf("/publishers/open")
    expect(rss.text).toContain('xmlns:rsl="https://rslstandard.org/rsl"')
    expect(atom.text).not.toContain("rslstandard.org")
    const contents = [...rss.text.matchAll(/<rsl:content url="([^"]*)">\n(.*?)<\/rsl:content>/gs)]
    expect(contents).toHaveLength(2)
    for (const [, url = "", terms = ""] of contents) {
      expect(url).toMatch(new RegExp(`^${ORIGIN}/articles/[0-9a-f]{32}`))
      expect((await send(new URL(url).pathname)).status).toBe(200)
      expect(terms).toMatch(
        /^<rsl:license>\n<rsl:payment type="attribution"><rsl:standard>.*<\/rsl:license>\n<rsl:terms>/s,
      )
    }
    expect(rss.text).toContain("<rsl:terms>https://open.example/terms?a=1&amp;b=2</rsl:terms>")
  })
})

test("a feed of several publishers has what all of them permit", async () => {
  const { rss, atom, json } = await feedsOf("/sections/rights")
  expect(json.json._feedwire.rights).toEqual({
    ai_training: "prohibited",
    ai_use: "prohibited",
    attribution: "required",
  })
  const link = `rel="license" href="${FILE}" type="application/rsl+xml"`
  expect(atom.text.split("<entry>")[0]).toContain(`<link ${link}/>`)
  expect(rss.text.split("<item>")[0]).toContain(`<atom:link ${link}/>`)
  expect(json.headers.get("content-usage")).toBe("train-ai=n, ai-use=n")
  const rightsOf = (title: string) =>
    json.json.items.find((item: { title: string }) => item.title === title)._feedwire.rights
  expect(rightsOf("plain")).toMatchObject({ license: BY, ai_training: "allowed" })
  expect(rightsOf("own")).toMatchObject({ license: SHARE, ai_training: "allowed", attribution: "required" })
  expect(rightsOf("shut")).toEqual({ ai_training: "prohibited", ai_use: "prohibited" })
  // Each article keeps its own rights beside those of the feed.
  const partOf = (text: string, element: string, title: string) =>
    text.split(`<${element}>`).find((part) => new RegExp(`<title[^>]*>${title}<`).test(part)) ?? ""
  const licenses = (text: string) => [...text.matchAll(/rel="license" href="([^"]*)"/g)].map(([, href]) => href)
  for (const [title, own] of [
    ["plain", [BY]],
    ["own", [SHARE]],
    ["shut", []],
  ] as const) {
    expect([title, licenses(partOf(atom.text, "entry", title))]).toEqual([title, own])
    expect([title, licenses(partOf(rss.text, "item", title))]).toEqual([title, own])
  }
  const rslOf = (title: string) => /<rsl:license>.*<\/rsl:license>/s.exec(partOf(rss.text, "item", title))?.[0]
  expect(rslOf("own")).toContain(`<rsl:standard>${SHARE}</rsl:standard>`)
  expect(rslOf("shut")).toContain('<rsl:prohibits type="usage">ai-train ai-input</rsl:prohibits>')
})

test("HEAD has the headers of GET, and a 304 has neither links nor rights", async () => {
  for (const [path, linked, usage] of [
    ["/publishers/open/feed.rss", true, "train-ai=y"],
    ["/publishers/closed/feed.atom", true, "train-ai=n, ai-use=n"],
    ["/publishers/silent/feed.json", true, null],
    ["/sections/rights/feed.json", true, "train-ai=n, ai-use=n"],
    ["/publishers/open", true, "train-ai=y"],
    ["/", true, "train-ai=n, ai-use=n"],
    [`/articles/${ids.own}/own`, true, "train-ai=y"],
    [`/articles/${ids.shut}.md`, true, "train-ai=n, ai-use=n"],
    [`/v1/articles/${ids.own}`, true, "train-ai=y"],
    ["/v1/articles?publisher=closed&format=ninjs", true, "train-ai=n, ai-use=n"],
    ["/robots.txt", false, null],
    ["/license.xml", false, null],
  ] as const) {
    const [full, head] = [await send(path), await send(path, { method: "HEAD" })]
    for (const { status, headers } of [full, head]) {
      const hasLink = (headers.get("link") ?? "").includes(LINK)
      expect([path, status, hasLink, headers.get("content-usage")]).toEqual([path, 200, linked, usage])
    }
    const lasting = ({ headers }: Answer) =>
      [...headers].filter(([name]) => !/^(content-length|cache-status|x-request-id)$/.test(name))
    expect([head.text, lasting(head)]).toEqual(["", lasting(full)])
    const same = await send(path, { headers: { "if-none-match": full.headers.get("etag") ?? "" } })
    expect([same.status, same.headers.get("link"), same.headers.get("content-usage")]).toEqual([304, null, null])
  }
})

test("a publisher that states nothing has no output of its own", async () => {
  const { json, atom } = await feedsOf("/publishers/silent")
  expect(json.json).not.toHaveProperty("_feedwire.rights")
  expect(json.headers.get("content-usage")).toBeNull()
  expect(atom.text).not.toContain(BY)
})

describe("the API", () => {
  test("has the rights in the JSON of an article, and a link to the file", async () => {
    const { json, headers } = await send(`/v1/articles/${ids.own}`)
    expect(json.rights).toEqual({
      notice: "© Ada",
      ...{ license: SHARE, ai_training: "allowed", attribution: "required", terms: TERMS },
    })
    expect(headers.get("link")).toBe(LINK)
    expect(headers.get("content-usage")).toBe("train-ai=y")
    const list = await send("/v1/articles?section=rights&limit=1")
    expect(list.headers.get("link")).toMatch(/^<[^>]*cursor=[^>]*>; rel="next", /)
    expect(list.headers.get("link")).toContain(LINK)
  })

  test.each([
    ["?publisher=open", "train-ai=y"],
    ["?publisher=open&section=rights", "train-ai=y"],
    ["?publisher=closed", "train-ai=n, ai-use=n"],
    ["?publisher=silent", null],
    ["?publisher=open,silent", null],
    ["?publisher=open,closed", "train-ai=n, ai-use=n"],
    ["?q=plain&publisher=open", "train-ai=y"],
    ["?section=rights", "train-ai=n, ai-use=n"],
    ["", "train-ai=n, ai-use=n"],
  ])("states Content-Usage of the publishers in /v1/articles%s", async (query, usage) => {
    const { status, headers } = await send(`/v1/articles${query}`)
    expect([status, headers.get("content-usage")]).toEqual([200, usage])
  })

  test("writes them in ninjs", async () => {
    const { articles } = (await send("/v1/articles?section=rights&format=ninjs")).json
    const of = (name: string) =>
      articles.find(({ altIds }: { altIds: { value: string }[] }) => altIds[0]?.value === name)
    expect(of("own")).toMatchObject({
      copyrightNotice: "© Ada",
      usageTerms: `Licence: ${SHARE} Training of AI is allowed. Attribution is required. Terms of use: ${TERMS}`,
      rightsInfo: { linkedRights: SHARE },
    })
    expect(of("shut")).toMatchObject({
      usageTerms: "Training of AI is prohibited. Use in answers of AI is prohibited.",
      rightsInfo: { linkedRights: FILE },
    })
  })
})

describe("for crawlers", () => {
  test("robots.txt names the file, and what all publishers permit", async () => {
    const { text } = await send("/robots.txt")
    expect(text.split("\n").slice(0, 6)).toEqual([
      `License: ${FILE}`,
      "",
      "User-agent: *",
      "Content-Usage: train-ai=n, ai-use=n",
      "Content-Signal: ai-train=no, ai-input=no",
      "Disallow: /admin/",
    ])
  })

  test("license.xml has the site, and then the feeds and the page of each publisher", async () => {
    const { status, headers, text } = await send("/license.xml")
    expect([status, headers.get("content-type")]).toEqual([200, "application/rsl+xml"])
    expect(headers.get("access-control-allow-origin")).toBe("*")
    const urls = [...text.matchAll(/<content url="([^"]*)">/g)].map(([, url = ""]) => url.replace(ORIGIN, ""))
    expect(urls.toSorted()).toEqual(
      ["/", ...["closed", "open"].flatMap((slug) => [`/publishers/${slug}$`, `/publishers/${slug}/`])].sort(),
    )
    expect(text).toContain(`<content url="${ORIGIN}/">
<license>
<permits type="usage">search</permits>
<prohibits type="usage">ai-train ai-input</prohibits>
<payment type="attribution"/>
</license>
</content>`)
  })
})

test("pages say it to people, to browsers and to search engines", async () => {
  const { text, headers } = await send(`/articles/${ids.own}/own`)
  expect(text).toContain(`<link rel="license" href="${SHARE}"/>`)
  expect(text).toContain('<link rel="license" type="application/rsl+xml" href="/license.xml"/>')
  expect(text).toMatch(
    /<p class="rights"[^>]*><a rel="license" href="[^"]*">Licence: <bdi>CC BY-SA 4.0<\/bdi><\/a> · Name the/,
  )
  expect(text).toContain(`"license":"${SHARE}","usageInfo":"${TERMS}"`)
  expect(headers.get("link")).toContain(LINK)
  expect(headers.get("content-usage")).toBe("train-ai=y")
  expect((await send("/")).headers.get("content-usage")).toBe("train-ai=n, ai-use=n")
  expect((await send("/publishers/open")).headers.get("link")).toContain(LINK)
})

describe("settings", () => {
  test.each<[object, RegExp]>([
    [{ license: "ftp://x.example/" }, /^\/rights\/license must be an http or https URL/],
    [{ ai_training: "yes" }, /^\/rights\/ai_training must be allowed, prohibited, or null/],
    [{ attribution: true }, /^\/rights\/attribution must be required, or null/],
    [{ licence: BY }, /^\/rights\/licence/],
  ])("%j is refused", async (rights, detail) => {
    const { status, json } = await admin("PATCH", "/publishers/silent", { rights })
    expect([status, json.code]).toEqual([422, "invalid_request"])
    expect(json.detail).toMatch(detail)
  })

  test("of rights change one by one, and null removes", async () => {
    const change = async (rights: unknown) => (await admin("PATCH", "/publishers/silent", { rights })).json.rights
    expect(await change({ license: BY, ai_use: "allowed" })).toEqual({ license: BY, ai_use: "allowed" })
    expect(await change({ ai_training: "prohibited", license: null })).toEqual({
      ai_training: "prohibited",
      ai_use: "allowed",
    })
    expect(await change(null)).toEqual({})
  })

  const commits = async () =>
    (await env.DB.prepare("select (select max(no) from commits) + (select count(*) from audit) n").first("n")) as number

  test("that do not change make no commit, and neither does a refused change, of which nothing stays", async () => {
    await admin("PATCH", "/wire", { name: "Wire", blocks: ["rights"], footer: { text: "a" }, colors: { link: null } })
    const before = await commits()
    const bodies = [
      ...[{}, { rights_outputs: {} }, { rights_outputs: { robots: true } }, { footer: {} }, { logo: null }],
      ...[{ name: "Wire" }, { blocks: ["rights"] }, { footer: { text: "a", imprint: null } }, { colors: {} }],
    ]
    for (const body of bodies) expect((await admin("PATCH", "/wire", body)).status).toBe(200)
    for (const rights of [{}, { attribution: "required" }, { license: BY, terms: TERMS }])
      expect((await admin("PATCH", "/publishers/open", { rights })).status).toBe(200)
    const refused = await admin("PATCH", "/wire", { rights_outputs: { robots: false }, blocks: ["nope"] })
    expect([refused.status, (await admin("GET", "/wire")).json.rights_outputs.robots]).toEqual([422, true])
    expect(await commits()).toBe(before)
  })

  test("of several kinds change by one commit, with one entry in the audit", async () => {
    const before = await commits()
    await admin("PATCH", "/wire", { rights_outputs: { robots: false }, name: null, footer: null, blocks: null })
    expect(await commits()).toBe(before + 2)
    await admin("PATCH", "/wire", { rights_outputs: { robots: true } })
  })

  test("switch each output off", async () => {
    const off = async (...names: string[]) => {
      wait(10)
      const outputs = Object.fromEntries(names.map((name) => [name, false]))
      const { json } = await admin("PATCH", "/wire", { rights_outputs: outputs })
      expect(names.map((name) => json.rights_outputs[name])).toEqual(names.map(() => false))
    }
    const page = () => send(`/articles/${ids.own}/own`)
    await off("content_usage", "content_signal", "robots", "pages", "json", "ninjs", "feed_links", "rsl_items")
    const { rss, atom, json } = await feedsOf("/publishers/open")
    expect(json.headers.get("content-usage")).toBeNull()
    expect((await send("/robots.txt")).text).toMatch(/^User-agent: \*\nDisallow: \/admin\//)
    expect((await page()).text).not.toContain("license")
    expect(json.text).not.toMatch(/ai_training|creativecommons/)
    expect(json.json.items.map((item: { _feedwire: object }) => item._feedwire)).toContainEqual(
      expect.objectContaining({ rights: { notice: "© Ada" } }),
    )
    for (const { text } of [rss, atom]) expect(text).not.toMatch(/rel="license"|rsl/)
    expect((await send(`/v1/articles/${ids.own}`)).json.rights).toEqual({ notice: "© Ada" })
    expect((await send("/v1/articles?publisher=open&format=ninjs")).text).not.toMatch(/rightsInfo|usageTerms/)
    expect(json.headers.get("link")).toContain(LINK)
    await off("link_headers")
    expect((await send("/feed.json")).headers.get("link")).not.toContain("license")
    expect((await send("/license.xml")).status).toBe(200)
    await off("license_xml")
    expect((await send("/license.xml")).json.code).toBe("not_found")
    expect((await admin("PATCH", "/wire", { rights_outputs: { robot: false } })).json.detail).toMatch(/rights_outputs/)
  })
})
