/** Tests retired sections, default sections, many articles, and simultaneous changes. */
import { createExecutionContext, createScheduledController, waitOnExecutionContext } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, test, vi } from "vitest"
import worker from "../../src/index.ts"
import {
  addAlias,
  articleIn,
  change,
  countOf,
  done,
  expectReclassified,
  guidsOf,
  inSection,
  many,
  one,
  pushed,
  removeAlias,
} from "./changed-sections.ts"
import { expectConsistent } from "./wire-state.ts"
import { admin, article, ORIGIN, publisher, push, section, send } from "./world.ts"

/** Runs the sweep of the minute that is `later` milliseconds from now. */
async function sweep(later = 0, bindings: Env = env): Promise<void> {
  const ctx = createExecutionContext()
  const scheduledTime = new Date(Date.now() + later)
  await worker.scheduled(createScheduledController({ scheduledTime, cron: "* * * * *" }), bindings, ctx)
  await waitOnExecutionContext(ctx)
}

const retire = (slug: string, body: object = {}) => done(admin("POST", `/sections/${slug}/retire`, body))

/** Bindings that run an action right before the first batch that contains this text. */
function interrupted(text: string, action: () => Promise<unknown>): { bindings: Env; times: () => number } {
  let times = 0
  const queries = new WeakMap<D1PreparedStatement, string>()
  const DB = {
    prepare: (query: string) => {
      const tracked = (statement: D1PreparedStatement): D1PreparedStatement => {
        queries.set(statement, query)
        const bind = statement.bind.bind(statement)
        statement.bind = (...values: unknown[]) => tracked(bind(...values))
        return statement
      }
      return tracked(env.DB.prepare(query))
    },
    batch: async (statements: D1PreparedStatement[]) => {
      if (statements.some((statement) => queries.get(statement)?.includes(text)) && ++times === 1) await action()
      return env.DB.batch(statements)
    },
  } as unknown as D1Database
  return { bindings: { ...env, DB }, times: () => times }
}

describe("a retired section", () => {
  beforeAll(async () => {
    await section("contest")
    await section("culture")
    await section("chess")
    await change("chess", { slug: "board-games" })
  })

  test("redirects permanently to its successor, which gets its articles, names, aliases and publishers", async () => {
    await section("football", { names: { en: "Football", de: "Fußball" }, parent: "contest", aliases: ["Soccer"] })
    await section("ballgames", { parent: "culture" })
    const three = await publisher("three", { default_section: "football" })
    const guids = [
      ...(await pushed([articleIn("football"), articleIn("Fußball"), articleIn("Soccer")])),
      ...(await pushed([article({ id: "by-default" }, 5)], three)),
    ].sort()
    expect((await inSection("contest")).sort()).toEqual(guids)

    const retired = await retire("football", { into: "ballgames" })
    expect(retired).toMatchObject({
      slug: "football",
      successor: "ballgames",
      retired_at: expect.stringMatching(/Z$/),
      reclassifications: [{ reason: "section football retired into ballgames", scope: "section football", changed: 4 }],
    })
    expect([await inSection("contest"), (await inSection("culture")).sort()]).toEqual([[], guids])
    expect(await countOf("football")).toBe(0)
    for (const format of ["rss", "atom", "json"]) {
      const sent = await send(`/sections/football/feed.${format}`)
      expect([sent.status, sent.headers.get("location")]).toEqual([301, `${ORIGIN}/sections/ballgames/feed.${format}`])
    }
    const { sections } = (await admin("GET", "/sections")).json
    const slugs = sections.map(({ slug }: { slug: string }) => slug)
    expect([slugs.includes("football"), slugs.includes("ballgames")]).toEqual([false, true])
    const successor = sections.find(({ slug }: { slug: string }) => slug === "ballgames")
    expect(successor.aliases.map(({ name }: { name: string }) => name).sort()).toEqual([
      "Football",
      "Fußball",
      "Soccer",
    ])
    const { publishers } = (await admin("GET", "/publishers")).json
    expect(publishers.find(({ slug }: { slug: string }) => slug === "three").default_section).toBe("ballgames")
    expect((await send("/")).text).not.toContain("/sections/football/")
    await expectReclassified()

    // A later article is classified into the successor too.
    const [later] = await pushed([articleIn("football")])
    expect(await inSection("ballgames")).toContain(later)
    await expectReclassified()
  })

  test("redirects to the last successor if that is renamed or retired, and is gone if there is none", async () => {
    const locations = async () =>
      Promise.all(
        ["football", "ballgames"].map(async (slug) => {
          const sent = await send(`/sections/${slug}/feed.rss`)
          return sent.headers.get("location")?.replace(ORIGIN, "") ?? sent.status
        }),
      )
    await change("ballgames", { slug: "balls" })
    expect(await locations()).toEqual(["/sections/balls/feed.rss", "/sections/balls/feed.rss"])
    await section("games")
    await retire("balls", { into: "games" })
    expect(await locations()).toEqual(["/sections/games/feed.rss", "/sections/games/feed.rss"])
    const guids = await inSection("games")
    expect(guids).toHaveLength(5)
    await expectReclassified()

    const three = await publisher("four", { default_section: "games" })
    const [plain] = await pushed([article({ id: "four-default" }, 5)], three)
    const both = articleIn("games", {}, { sections: ["games", "contest"] })
    await pushed([both])
    expect(await retire("games")).toMatchObject({ successor: null })
    for (const slug of ["football", "ballgames", "balls", "games"]) {
      const sent = await send(`/sections/${slug}/feed.rss`)
      expect([slug, sent.status, sent.json?.code]).toEqual([slug, 410, "section_retired"])
    }
    // The article stays in its other section. Without another section, the name becomes a tag.
    expect(await inSection("contest")).toEqual([both.id])
    const { items } = (await send("/publishers/four/feed.json")).json
    expect([items[0]._feedwire.guid, items[0]._feedwire.sections]).toEqual([plain, []])
    const { publishers } = (await admin("GET", "/publishers")).json
    expect(publishers.find(({ slug }: { slug: string }) => slug === "four").default_section).toBeNull()
    const tagged = (await send("/feed.json?tag=games")).json.items
    expect(tagged.map((item: { _feedwire: { guid: string } }) => item._feedwire.guid)).toContain(both.id)
    await expectReclassified()
  })

  test("keeps its slugs: no other section may have them, and the answer gives the reason", async () => {
    for (const [slug, why] of [
      ["games", "The section games was retired: its feeds answer 410 permanently."],
      ["football", "The section football was retired: its feeds answer 410 permanently."],
      ["ballgames", /retired/],
      ["chess", "The feeds of chess lead to board-games permanently."],
    ] as const) {
      for (const sent of [
        await admin("POST", "/sections", { slug, names: { en: "New" } }),
        await admin("PATCH", "/sections/culture", { slug }),
      ]) {
        expect([sent.status, sent.json.code, sent.json.errors]).toEqual([
          409,
          "conflict",
          [{ pointer: "/slug", detail: "is taken" }],
        ])
        expect(sent.json.detail).toEqual(typeof why === "string" ? why : expect.stringMatching(why))
      }
    }
    // A successor cannot get the slug of a retired section either.
    await section("gone")
    await retire("gone", { into: "culture" })
    const sent = await admin("PATCH", "/sections/culture", { slug: "gone" })
    expect([sent.status, sent.json.detail]).toEqual([
      409,
      "The section gone was retired: its feeds lead to culture permanently.",
    ])
  })

  test("must have nothing below it, and its successor must be active", async () => {
    await section("parent")
    await section("son", { parent: "parent" })
    await section("daughter", { parent: "parent" })
    const full = await admin("POST", "/sections/parent/retire", {})
    expect([full.status, full.json.code, full.json.detail]).toEqual([
      422,
      "invalid_request",
      "Below parent there are sections: move or retire son, daughter first.",
    ])
    const itself = await admin("POST", "/sections/son/retire", { into: "son" })
    expect(itself.json.errors).toEqual([{ pointer: "/into", detail: "is the section itself" }])
    const retired = await admin("POST", "/sections/son/retire", { into: "games" })
    expect([retired.status, retired.json.detail]).toEqual([404, "There is no section games here. It was retired."])
    const moved = await admin("POST", "/sections/son/retire", { into: "gone" })
    expect([moved.status, moved.json.detail]).toEqual([404, "There is no section gone here. It is culture now."])
    await retire("son")
    await retire("daughter", { into: "parent" })
    await retire("parent")
    const again = await admin("POST", "/sections/parent/retire", {})
    expect([again.status, again.json.code]).toEqual([404, "unknown_section"])
    expect((await send("/sections/daughter/feed.atom")).status).toBe(410)
    await expectReclassified()
  })
})

describe("a publisher's default section", () => {
  test("contains the articles without a section, also after the default section changes", async () => {
    await section("home")
    const five = await publisher("five")
    const [plain, elsewhere] = await pushed([article({ id: "five-plain" }, 5), articleIn("sports")], five)
    const changed = await done(admin("PATCH", "/publishers/five", { default_section: "home" }))
    expect(changed.reclassifications).toMatchObject([{ scope: "publisher five", total: 2, changed: 1 }])
    expect(await inSection("home")).toEqual([plain])
    expect(await inSection("sports")).toContain(elsewhere)
    await expectReclassified()
    const back = await done(admin("PATCH", "/publishers/five", { default_section: null, name: "Five" }))
    // All articles of the section show its name, so all get the commit.
    expect(back).toMatchObject({
      name: "Five",
      reclassifications: [
        { reason: "default section, name of five changed", scope: "publisher five", changed: 2 },
        { scope: "section home", changed: 0 },
      ],
    })
    expect(await inSection("home")).toEqual([])
    await expectReclassified()
  })
})

describe("an embargoed article", () => {
  test("is classified by the names on the day of its release", async () => {
    for (const slug of ["music", "stages", "voices"]) await section(slug)
    await section("opera", { parent: "music" })
    const until = new Date(Date.now() + 3_600_000).toISOString()
    const soon = (name: string) => articleIn(name, {}, { embargo: until })
    const [opera, singing, wild] = await pushed([soon("opera"), soon("Gesang"), soon("Wildnis")])
    await change("opera", { parent: "stages" })
    await addAlias("voices", ["Gesang"])
    expect((await admin("GET", "/reclassifications")).json.waiting).toEqual([])
    await sweep(2 * 3_600_000)
    expect([await inSection("opera"), await inSection("music")]).toEqual([[opera], []])
    expect((await inSection("stages")).includes(opera ?? "")).toBe(true)
    expect(await inSection("voices")).toContain(singing)
    expect(await guidsOf("/publishers/one/feed")).toContain(wild)
    await expectReclassified()
  })
})

describe("many articles", () => {
  const ARTICLES = 730

  test("are reclassified in batches: the request does the newest ones, and the sweep the rest", async () => {
    for (const slug of ["regions", "cities", "fields"]) await section(slug)
    await section("local", { parent: "cities" })
    const guids = await pushed(many(ARTICLES, "local"))
    const newest = guids.toReversed()
    const commits = async () =>
      (await env.DB.prepare("select max(no) no from commits").first<{ no: number }>())?.no ?? 0
    const before = await commits()

    const moved = await change("local", { parent: "regions" })
    expect(moved.reclassifications).toMatchObject([
      { scope: "section local", total: ARTICLES, processed: 500, changed: 500, finished_at: null },
    ])
    // One commit for the names, and one for each batch.
    expect(await commits()).toBe(before + 1 + 5)
    expect((await inSection("regions")).slice(0, 50)).toEqual(newest.slice(0, 50))
    expect([await countOf("regions"), await countOf("local")]).toEqual([500, ARTICLES])
    const { waiting } = (await admin("GET", "/reclassifications")).json
    expect(waiting).toEqual(moved.reclassifications)
    await expectConsistent()

    await sweep()
    const { waiting: remaining, finished } = (await admin("GET", "/reclassifications")).json
    expect(remaining).toEqual([])
    expect(finished[0]).toMatchObject({
      processed: ARTICLES,
      changed: ARTICLES,
      finished_at: expect.stringMatching(/Z$/),
    })
    expect(await commits()).toBe(before + 1 + 8)
    expect([await countOf("regions"), await countOf("local")]).toEqual([ARTICLES, ARTICLES])
    await expectReclassified()

    // Nothing is pending, so nothing is done.
    await sweep()
    expect(await commits()).toBe(before + 1 + 8)
  })

  test("are classified by the last names after several changes at once", async () => {
    await Promise.all([
      change("local", { parent: "cities" }),
      addAlias("fields", ["local"], one),
      change("local", { slug: "nearby" }),
    ])
    await Promise.all([sweep(), sweep()])
    expect([await countOf("nearby"), (await countOf("fields")) >= ARTICLES]).toEqual([0, true])
    await expectReclassified()
    await removeAlias("fields", "local", one)
    await sweep()
    expect(await countOf("nearby")).toBe(ARTICLES)
    await expectReclassified()
  })

  test("stay consistent in every table if a sweep fails in the middle, and the next sweep continues", async () => {
    let times = 0
    const failing = interrupted("update reclassifications", async () => {})
    const DB = {
      prepare: (query: string) => failing.bindings.DB.prepare(query),
      batch: (statements: D1PreparedStatement[]) => {
        const result = failing.bindings.DB.batch(statements)
        if (failing.times() === 2 && ++times === 1)
          return result.then(() => Promise.reject(new Error("D1_ERROR: gone")))
        return result
      },
    } as unknown as D1Database
    await change("nearby", { parent: "regions" })
    const logged = vi.spyOn(console, "error").mockImplementation(() => {})
    await expect(sweep(0, { ...env, DB })).rejects.toThrow("The sweep failed: Error D1_ERROR")
    expect(JSON.parse(logged.mock.calls.flat().join())).toMatchObject({
      event: "sweep_failed",
      error: "Error D1_ERROR",
    })
    logged.mockRestore()
    const { waiting } = (await admin("GET", "/reclassifications")).json
    expect(waiting).toMatchObject([{ processed: 700, changed: 700 }])
    await expectConsistent()
    await sweep()
    expect(await countOf("regions")).toBe(ARTICLES)
    await expectReclassified()
  })
})

describe("with simultaneous changes", () => {
  beforeAll(async () => {
    for (const slug of ["essays", "reports", "memoirs"]) await section(slug)
  })

  const item = (more: Record<string, unknown> = {}) => articleIn("Feuilleton", more)

  test("a push that was prepared before a change is classified by the names after it", async () => {
    const { bindings, times } = interrupted("insert into deliveries", () => addAlias("essays", ["Feuilleton"]))
    const pushedItem = item()
    const sent = await push(one, pushedItem, { bindings })
    expect(sent.json.results[0]).toMatchObject({ outcome: "created" })
    // The name was known in the end, so the answer has no warning.
    expect(sent.json.results[0]).not.toHaveProperty("warnings")
    expect(times()).toBe(2)
    expect(await inSection("essays")).toContain(pushedItem.id)
    await expectReclassified()
  })

  test("a push between the read and the write of a change is reclassified", async () => {
    const late = item()
    const { bindings, times } = interrupted("update wire set taxonomy_version", () => push(one, late))
    const sent = await send(
      "/admin/api/sections/essays/aliases/Feuilleton",
      { method: "DELETE", headers: { authorization: `Bearer ${env.ADMIN_TOKEN}` } },
      bindings,
    )
    expect([sent.status, times() > 0]).toEqual([200, true])
    expect(await inSection("essays")).not.toContain(late.id)
    expect(await guidsOf("/publishers/one/feed")).toContain(late.id)
    await expectReclassified()
  })

  test("a push between the read and the write of a batch is not undone by the batch", async () => {
    const both = [item(), item()]
    await pushed(both)
    const updated = {
      ...both[0],
      title: "Of the third section",
      date_modified: new Date().toISOString(),
      _feedwire: { sections: ["reports"] },
    }
    const { bindings } = interrupted("update reclassifications", () => push(one, updated))
    const sent = await send(
      "/admin/api/sections/essays/aliases",
      {
        method: "POST",
        headers: { authorization: `Bearer ${env.ADMIN_TOKEN}` },
        body: JSON.stringify({ names: ["Feuilleton"] }),
      },
      bindings,
    )
    expect(sent.json.reclassifications).toMatchObject([{ changed: sent.json.reclassifications[0].processed - 1 }])
    expect([(await inSection("essays")).includes(both[0]?.id as string), (await inSection("reports"))[0]]).toEqual([
      false,
      both[0]?.id,
    ])
    await expectReclassified()
  })

  test("a batch obeys a change between its read and its write", async () => {
    const { bindings, times } = interrupted("update reclassifications", () => addAlias("reports", ["Feuilleton"]))
    const sent = await send(
      "/admin/api/sections/essays/aliases/Feuilleton",
      { method: "DELETE", headers: { authorization: `Bearer ${env.ADMIN_TOKEN}` } },
      bindings,
    )
    expect(sent.status).toBe(200)
    // The inner request finished both reclassifications, so the outer request does not write the articles that it has
    // read.
    expect(times()).toBe(1)
    expect((await inSection("reports")).length).toBeGreaterThan(0)
    await expectReclassified()
    await removeAlias("reports", "Feuilleton")
    await expectReclassified()
  })

  test("a batch that was read before a change is read again", async () => {
    await pushed([item()])
    const { bindings, times } = interrupted("update reclassifications", () =>
      env.DB.prepare("update wire set taxonomy_version = taxonomy_version + 1").run(),
    )
    const body = JSON.stringify({ names: ["Feuilleton"] })
    const headers = { authorization: `Bearer ${env.ADMIN_TOKEN}` }
    await done(send("/admin/api/sections/reports/aliases", { method: "POST", headers, body }, bindings))
    expect(times()).toBe(2)
    await expectReclassified()
  })

  test("of two changes at once, each sees the other", async () => {
    const sent = await Promise.all([
      admin("PATCH", "/sections/memoirs", { parent: "essays" }),
      admin("PATCH", "/sections/essays", { parent: "memoirs" }),
      ...Array.from({ length: 4 }, (_, i) => admin("POST", "/sections/reports/aliases", { names: [`at once ${i}`] })),
    ])
    // Both changes together would be a cycle.
    expect(
      sent
        .slice(0, 2)
        .map(({ status }) => status)
        .sort(),
    ).toEqual([200, 422])
    expect(sent.slice(2).map(({ status }) => status)).toEqual([200, 200, 200, 200])
    await sweep()
    await expectReclassified()
  })
})

test("articles that were stored without stated categories follow their sections", async () => {
  await section("posts", { parent: "arts" })
  const [guid] = await pushed([articleIn("posts", { tags: ["Mail"] })])
  await env.DB.prepare("update articles set details = json_remove(details, '$.statedCategories') where guid = ?")
    .bind(guid)
    .run()
  await change("posts", { parent: "sports" })
  expect(await inSection("sports")).toContain(guid)
  await section("post")
  await retire("posts", { into: "post" })
  expect(await inSection("post")).toEqual([guid])
  expect((await send("/sections/post/feed.json")).json.items[0].tags).toEqual(["post", "Mail"])
  await expectReclassified()
})
