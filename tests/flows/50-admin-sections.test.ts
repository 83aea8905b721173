/** Tests sections and their names in the admin API. */
import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, test } from "vitest"
import { dump, expectProblem, FORMATS, pointers, publisherOf, wire } from "./administration.ts"
import { type Answer, admin, article, ORIGIN, publisher, push, section, send } from "./world.ts"

beforeAll(() => publisher("bugle"))

const sectionOf = async (slug: string) =>
  (await admin("GET", "/sections")).json.sections.find((each: { slug: string }) => each.slug === slug)

describe("sections", () => {
  test("are created with all possible members", async () => {
    const created = await admin("POST", "/sections", {
      slug: "technology",
      names: { ar: "تكنولوجيا", en: " Technology ", fr: "Technologie" },
      descriptions: { en: "Machines", ar: "" },
      icon: "https://icons.example/t.png",
      parent: "world",
      aliases: ["Tech", "IT & Web"],
    })
    expect(created.status).toBe(201)
    expect(created.json).toEqual({
      id: expect.any(Number),
      slug: "technology",
      parent: "world",
      names: { ar: "تكنولوجيا", en: "Technology", fr: "Technologie" },
      descriptions: { en: "Machines", ar: "" },
      icon: "https://icons.example/t.png",
      aliases: expect.arrayContaining([
        { publisher: null, name: "Tech" },
        { publisher: null, name: "IT & Web" },
      ]),
    })
    const feed = await send("/sections/technology/feed.json")
    expect(feed.json).toMatchObject({
      title: "Technology — feedwire",
      description: "Machines",
      icon: "https://icons.example/t.png",
    })
  })

  test("have unique slugs: a second one is a conflict, also if both come at once", async () => {
    const body = { slug: "twins", names: { en: "Twins" } }
    const sent = await Promise.all(Array.from({ length: 5 }, () => admin("POST", "/sections", body)))
    expect(sent.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409])
    expectProblem(await admin("POST", "/sections", body), 409, "conflict", /There is a section twins already/)
    expectProblem(await admin("PATCH", "/sections/twins", { slug: "world" }), 409, "conflict", /section world/)
    expect((await sectionOf("twins")).names).toEqual({ en: "Twins" })
  })

  test("are changed language by language, and the rest stays", async () => {
    const before = await sectionOf("technology")
    const changed = await admin("PATCH", "/sections/technology", {
      names: { fr: "Techno", de: "Technik" },
      descriptions: { fr: "Des machines" },
      icon: null,
    })
    expect(changed.json).toEqual({
      ...before,
      names: { ...before.names, fr: "Techno", de: "Technik" },
      descriptions: { ...before.descriptions, fr: "Des machines" },
      icon: null,
    })
    expect(await sectionOf("technology")).toEqual(changed.json)
  })

  test("do not change by an empty body", async () => {
    const before = await dump()
    const sent = await admin("PATCH", "/sections/technology", {})
    expect([sent.status, sent.json.slug]).toEqual([200, "technology"])
    expect(await dump()).toBe(before)
  })

  test("keep id and aliases, which cannot be changed as members", async () => {
    const sent = await admin("PATCH", "/sections/technology", { id: 1, parent: "", aliases: [], names: {} })
    expectProblem(sent, 422, "invalid_request")
    expect(pointers(sent).sort()).toEqual(["/aliases", "/id", "/names", "/parent"])
  })

  test("are suggested for an unknown name, at every route", async () => {
    for (const sent of [
      await admin("PATCH", "/sections/tecnology", { names: { en: "x" } }),
      await admin("POST", "/sections/tecnology/aliases", { names: ["x"] }),
      await admin("DELETE", "/sections/tecnology/aliases/x"),
      await admin("POST", "/sections/tecnology/retire", {}),
      await admin("PATCH", "/sections/world", { parent: "tecnology" }),
      await admin("POST", "/sections/world/retire", { into: "tecnology" }),
      await admin("POST", "/sections", { slug: "child", names: { en: "Child" }, parent: "tecnology" }),
    ]) {
      expectProblem(sent, 404, "unknown_section", /no section tecnology here\. Did you mean technology\?/)
    }
    expect(await sectionOf("child")).toBeUndefined()
  })

  test("have aliases, for one publisher or for all, each of which belongs to the last section given it", async () => {
    const added = await admin("POST", "/sections/technology/aliases", { names: ["Gadgets", "gadgets ", "TECH"] })
    expect(added.status).toBe(200)
    const aliasesOfAll = async (slug: string) =>
      (await sectionOf(slug)).aliases
        .filter(({ publisher: of }: { publisher: string | null }) => of === null)
        .map(({ name }: { name: string }) => name)
        .sort()
    expect(await aliasesOfAll("technology")).toEqual(["IT & Web", "TECH", "gadgets"])
    const own = await admin("POST", "/sections/sports/aliases", { names: ["Gadgets"], publisher: "bugle" })
    expect(own.json.aliases).toEqual([{ publisher: "bugle", name: "Gadgets" }])
    expect(await aliasesOfAll("technology")).toContain("gadgets")
    expectProblem(
      await admin("POST", "/sections/sports/aliases", { names: ["Tech"] }),
      409,
      "conflict",
      /"TECH" of technology/,
    )
    await admin("POST", "/sections/sports/aliases", { names: ["TECH"] })
    expect(await aliasesOfAll("technology")).not.toContain("TECH")
    expect(await aliasesOfAll("sports")).toEqual(["TECH"])
  })

  test.each([
    ["none", { names: [] }, "/names"],
    ["101", { names: Array.from({ length: 101 }, (_, i) => `n${i}`) }, "/names"],
    ["a blank one", { names: ["ok", " "] }, "/names/1"],
    ["one without a visible character", { names: ["\u200f", "ok"] }, "/names/0"],
    ["a text", { names: "x" }, "/names"],
    ["another member", { names: ["x"], publishers: "bugle" }, "/publishers"],
  ])("refuse aliases: %s", async (_, body, pointer) => {
    const before = await dump()
    const sent = await admin("POST", "/sections/technology/aliases", body)
    expectProblem(sent, 422, "invalid_request")
    expect(pointers(sent)).toEqual([pointer])
    expect(await dump()).toBe(before)
  })
})

describe("a renamed section", () => {
  test("redirects from its old address in every format, through several renames, permanently", async () => {
    await section("football")
    const fan = await publisher("fan", { default_section: "football" })
    await push(fan, article({ id: "goal", title: "Goal" }))
    const { id } = await sectionOf("football")

    const renamed = await admin("PATCH", "/sections/football", { slug: "soccer" })
    expect([renamed.status, renamed.json.slug, renamed.json.id]).toEqual([200, "soccer", id])
    await admin("PATCH", "/sections/soccer", { slug: "calcio" })
    for (const old of ["football", "soccer"]) {
      for (const format of FORMATS) {
        for (const method of ["GET", "HEAD"]) {
          const sent = await send(`/sections/${old}/feed.${format}`, { method })
          expect([old, format, sent.status]).toEqual([old, format, 301])
          expect(sent.headers.get("location")).toBe(`${ORIGIN}/sections/calcio/feed.${format}`)
        }
      }
    }
    for (const format of FORMATS) {
      const feed = await send(`/sections/calcio/feed.${format}`)
      expect([feed.status, feed.text.includes("Goal")]).toEqual([200, true])
      expect(feed.text).toContain(`${ORIGIN}/sections/calcio/feed.${format}`)
      expect(feed.text).not.toContain("sections/football")
    }
    expectProblem(await admin("PATCH", "/sections/football", { names: { en: "x" } }), 404, "unknown_section")
    expect(await publisherOf("fan")).toMatchObject({ default_section: "calcio" })
    expect((await send("/")).text).not.toContain("/sections/soccer/")
  })

  test("keeps the ids of feed and articles", async () => {
    const feedId = async (slug: string) =>
      /<id>([^<]+)<\/id>/.exec((await send(`/sections/${slug}/feed.atom`)).text)?.[1]
    const itemIds = async (slug: string) =>
      (await send(`/sections/${slug}/feed.json`)).json.items.map(({ id }: { id: string }) => id)
    const before = [await feedId("calcio"), await itemIds("calcio")]
    await admin("PATCH", "/sections/calcio", { slug: "fussball" })
    expect([await feedId("fussball"), await itemIds("fussball")]).toEqual(before)
    await admin("PATCH", "/sections/fussball", { slug: "calcio" })
  })

  test("does not free its old slugs for others", async () => {
    for (const slug of ["football", "soccer", "fussball"]) {
      const created = await admin("POST", "/sections", { slug, names: { en: "New" } })
      expectProblem(created, 409, "conflict")
      expect(created.json.errors).toEqual([{ pointer: "/slug", detail: "is taken" }])
      expectProblem(await admin("PATCH", "/sections/sports", { slug }), 409, "conflict")
    }
    expect((await send("/sections/football/feed.rss")).status).toBe(301)
    expect(await sectionOf("sports")).toBeDefined()
  })

  test("may get an old slug back; the slug between then redirects to it", async () => {
    expect((await admin("PATCH", "/sections/calcio", { slug: "football" })).status).toBe(200)
    expect((await send("/sections/football/feed.rss")).status).toBe(200)
    for (const slug of ["soccer", "calcio", "fussball"]) {
      const sent = await send(`/sections/${slug}/feed.rss`)
      expect([sent.status, sent.headers.get("location")]).toEqual([301, `${ORIGIN}/sections/football/feed.rss`])
    }
    // A rename to its current slug changes nothing.
    const same = await admin("PATCH", "/sections/football", { slug: "football" })
    expect([same.status, same.json.slug]).toEqual([200, "football"])
    expect((await send("/sections/football/feed.rss")).status).toBe(200)
  })

  test("is suggested by its current slug for an unknown address", async () => {
    expectProblem(await send("/sections/footbal/feed.rss"), 404, "unknown_section", /Did you mean football\?/)
  })
})

describe("a change of names", () => {
  const FEEDS = ["/feed", "/sections/world/feed", "/sections/sports/feed", "/publishers/fan/feed"].flatMap((feed) =>
    FORMATS.map((format) => `${feed}.${format}`),
  )
  const etags = async () => Promise.all(FEEDS.map(async (path) => (await send(path)).headers.get("etag") ?? ""))

  const CHANGES: [what: string, change: () => Promise<Answer>][] = [
    ["a section's name", () => admin("PATCH", "/sections/sports", { names: { en: "Games" } })],
    ["a section's description", () => admin("PATCH", "/sections/sports", { descriptions: { en: "Play" } })],
    ["a section's slug", () => admin("PATCH", "/sections/technology", { slug: "tech" })],
    ["a new section", () => admin("POST", "/sections", { slug: "arts", names: { en: "Arts" } })],
    ["a publisher's name", () => admin("PATCH", "/publishers/fan", { name: "The Fan" })],
    ["a publisher's terms", () => admin("PATCH", "/publishers/fan", { redistribution: "summary" })],
    [
      "a new publisher",
      () => admin("POST", "/publishers", { slug: "new", name: "New", home_page_url: "https://new.example/" }),
    ],
  ]

  test.each(CHANGES)("%s raises the wire's revision and changes every feed's ETag", async (_, change) => {
    const before = await wire()
    const last = await env.DB.prepare("select max(no) no from commits").first<{ no: number }>()
    const old = await etags()
    expect((await change()).status).toBeLessThan(300)
    const after = await wire()
    expect(after?.revision).toBe((last?.no ?? 0) + 1)
    expect(after?.changed_at).toBeGreaterThanOrEqual((before?.changed_at ?? 0) + 1)
    expect(Math.floor((after?.changed_at ?? 0) / 1000)).toBeGreaterThan(Math.floor((before?.changed_at ?? 0) / 1000))
    expect(after?.epoch).toBe(before?.epoch)

    for (const [i, path] of FEEDS.entries()) {
      const sent = await send(path, { headers: { "if-none-match": old[i] ?? "" } })
      expect([path, sent.status, sent.headers.get("etag") === old[i]]).toEqual([path, 200, false])
      const again = await send(path, { headers: { "if-none-match": sent.headers.get("etag") ?? "" } })
      expect([path, again.status]).toEqual([path, 304])
    }
    const commitQuery = env.DB.prepare("select scopes from commits where no = ?").bind(after?.revision)
    const commit = await commitQuery.first<{ scopes: string }>()
    expect(JSON.parse(commit?.scopes ?? "")).toEqual(["wire"])
  })

  test("is shown by the feeds", async () => {
    expect((await send("/sections/sports/feed.json")).json).toMatchObject({
      title: "Games — feedwire",
      description: "Play",
    })
    const { json } = await send("/publishers/fan/feed.json")
    expect(json.title).toBe("The Fan — feedwire")
    expect(json.items[0].content_html ?? "").not.toContain("word")
  })

  test("is not caused by reads, keys, aliases and refused requests", async () => {
    const before = await wire()
    const old = await etags()
    await admin("GET", "/publishers")
    await admin("GET", "/sections")
    await admin("GET", "/reclassifications")
    await admin("POST", "/publishers/fan/keys", {})
    await admin("POST", "/sections/arts/aliases", { names: ["Culture"] })
    await admin("DELETE", "/sections/arts/aliases/culture")
    await admin("POST", "/sections", { slug: "arts", names: { en: "Arts" } })
    await admin("PATCH", "/sections/arts", { names: { en: 3 } })
    expect(await wire()).toEqual(before)
    expect(await etags()).toEqual(old)
  })
})
