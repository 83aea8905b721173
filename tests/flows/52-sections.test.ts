/** Sections are moved, renamed and retired, aliases are added and removed: articles follow, old addresses redirect or say that they are gone. */
import { createExecutionContext, createScheduledController, waitOnExecutionContext } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, test, vi } from "vitest"
import worker from "../../src/index.ts"
import { expectClassifiedByTaxonomy, expectConsistent } from "./wire-state.ts"
import {
  type Answer,
  admin,
  article,
  migrate,
  ORIGIN,
  type Publisher,
  publisher,
  push,
  section,
  send,
} from "./world.ts"

let one: Publisher
let two: Publisher

beforeAll(async () => {
  await migrate()
  for (const slug of ["world", "sports", "arts"]) await section(slug)
  one = await publisher("one")
  two = await publisher("two", { default_section: "world" })
})

/** The sweep of a minute, which comes `later` than now. */
async function sweep(later = 0, bindings: Env = env): Promise<void> {
  const ctx = createExecutionContext()
  const scheduledTime = new Date(Date.now() + later)
  await worker.scheduled(createScheduledController({ scheduledTime, cron: "* * * * *" }), bindings, ctx)
  await waitOnExecutionContext(ctx)
}

/** The JSON of an answer that must not be an error. */
async function done(sent: Promise<Answer>): Promise<Answer["json"]> {
  const { status, text, json } = await sent
  if (status >= 300) throw new Error(text)
  return json
}
const change = (slug: string, body: object) => done(admin("PATCH", `/sections/${slug}`, body))
const retire = (slug: string, body: object = {}) => done(admin("POST", `/sections/${slug}/retire`, body))
const addAlias = (slug: string, names: string[], of?: Publisher) =>
  done(admin("POST", `/sections/${slug}/aliases`, { names, ...(of && { publisher: of.slug }) }))
const removeAlias = (slug: string, name: string, of?: Publisher) =>
  done(admin("DELETE", `/sections/${slug}/aliases/${encodeURIComponent(name)}${of ? `?publisher=${of.slug}` : ""}`))

/** Guids of a feed's items, in order. */
async function guidsOf(feed: string): Promise<string[]> {
  const sent = await send(`${feed}.json`)
  if (sent.status !== 200) throw new Error(`${feed}: ${sent.status}`)
  return sent.json.items.map((item: { _feedwire: { guid: string } }) => item._feedwire.guid)
}
const inSection = (slug: string) => guidsOf(`/sections/${slug}/feed`)
const countOf = async (slug: string) =>
  (
    await env.DB.prepare(
      "select article_count from scopes where key = (select 'section:' || id from sections where slug = ?)",
    )
      .bind(slug)
      .first<{ article_count: number }>()
  )?.article_count ?? 0

let serial = 0
/** An article that states this section; its guid begins with the name. */
function articleIn(name: string, more: Record<string, unknown> = {}, extension: object = {}): Record<string, unknown> {
  return article({ id: `${name}-${++serial}`, ...more, _feedwire: { sections: [name], ...extension } }, 5)
}
async function pushed(items: Record<string, unknown>[], to = one): Promise<string[]> {
  for (let at = 0; at < items.length; at += 100) await done(push(to, items.slice(at, at + 100)))
  return items.map(({ id }) => id as string)
}
const many = (n: number, name: string) => Array.from({ length: n }, () => articleIn(name))

async function expectReclassified(): Promise<void> {
  expect((await admin("GET", "/reclassifications")).json.waiting).toEqual([])
  await expectConsistent()
  await expectClassifiedByTaxonomy()
}

/** Bindings with which something else happens just before the first batch that contains this text. */
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

describe("a section that moves", () => {
  test("takes its articles and those below it along: out of the feeds above it, into those above it now", async () => {
    await section("europe", { parent: "world" })
    await section("france", { parent: "europe" })
    const [inEurope, inFrance, inWorld] = await pushed([articleIn("europe"), articleIn("france"), articleIn("world")])
    const wire = await guidsOf("/feed")
    expect((await inSection("world")).sort()).toEqual([inEurope, inFrance, inWorld].sort())

    const moved = await change("europe", { parent: "arts" })
    expect(moved).toMatchObject({ slug: "europe", parent: "arts" })
    expect(moved.reclassifications).toEqual([
      {
        reason: "section europe moved below arts",
        scope: "section europe",
        total: 2,
        processed: 2,
        changed: 2,
        started_at: expect.stringMatching(/Z$/),
        finished_at: expect.stringMatching(/Z$/),
      },
    ])
    expect(await inSection("world")).toEqual([inWorld])
    expect((await inSection("arts")).sort()).toEqual([inEurope, inFrance].sort())
    expect((await inSection("europe")).sort()).toEqual([inEurope, inFrance].sort())
    expect(await inSection("france")).toEqual([inFrance])
    expect((await guidsOf("/feed")).slice(0, wire.length)).toEqual(wire)
    await expectReclassified()

    const top = await change("europe", { parent: null })
    expect([top.parent, top.reclassifications[0].reason]).toEqual([null, "section europe moved to the top"])
    expect(await inSection("arts")).toEqual([])
    await expectReclassified()
    await change("europe", { parent: "world" })
    expect(await countOf("world")).toBe(3)
    await expectReclassified()
  })

  test("keeps the positions of its articles where they stay, and takes new ones where they enter", async () => {
    const positions = async () =>
      (
        await env.DB.prepare(
          `select s.scope, s.position from memberships s join articles a on a.id = s.article_id
            where a.guid like 'france-%' and s.position is not null order by 1`,
        ).all<{ scope: string; position: number }>()
      ).results
    const old = await positions()
    await change("france", { parent: "arts" })
    await change("france", { parent: "europe" })
    const today = await positions()
    const stays = ({ scope }: { scope: string }) => /^(all|publisher|lang)/.test(scope)
    expect(today.filter(stays)).toEqual(old.filter(stays))
    // What left and came back has a new position.
    const world = ({ scope }: { scope: string }) => scope === "section:1"
    expect(today.find(world)?.position).toBeGreaterThan(old.find(world)?.position ?? 0)
    await expectReclassified()
  })

  test("cannot come to lie below itself", async () => {
    for (const [slug, parent, detail] of [
      ["world", "france", "is below world"],
      ["world", "world", "is the section itself"],
    ] as const) {
      const sent = await admin("PATCH", `/sections/${slug}`, { parent })
      expect([sent.status, sent.json.code, sent.json.errors]).toEqual([
        422,
        "invalid_request",
        [{ pointer: "/parent", detail }],
      ])
    }
    const lost = await admin("PATCH", "/sections/world", { parent: "frnace" })
    expect([lost.status, lost.json.detail]).toEqual([404, "There is no section frnace here. Did you mean france?"])
  })
})

describe("an alias", () => {
  beforeAll(async () => {
    await section("gym")
    await section("stage")
  })

  test("that is added makes sections of tags, is moved, and makes tags again when it is removed", async () => {
    const [guid] = await pushed([articleIn("Leibesübungen", { tags: ["Verein"] })])
    const tags = async () =>
      (await send("/publishers/one/feed.json")).json.items.find(
        (item: { _feedwire: { guid: string } }) => item._feedwire.guid === guid,
      ).tags
    expect(await tags()).toEqual(["Verein", "Leibesübungen"])

    const added = await addAlias("gym", ["LEIBESÜBUNGEN "])
    expect(added.aliases).toEqual([{ publisher: null, name: "LEIBESÜBUNGEN" }])
    expect(added.reclassifications).toEqual([
      expect.objectContaining({
        reason: "alias LEIBESÜBUNGEN added to section gym",
        scope: "tag leibesübungen",
        changed: 1,
      }),
    ])
    expect([await inSection("gym"), await tags()]).toEqual([[guid], ["gym", "Verein"]])
    await expectReclassified()

    expect((await addAlias("stage", ["Leibesübungen"])).reclassifications).toMatchObject([{ scope: "section gym" }])
    expect([await inSection("gym"), await inSection("stage")]).toEqual([[], [guid]])
    await expectReclassified()

    expect((await removeAlias("stage", "leibesÜbungen")).aliases).toEqual([])
    expect([await inSection("stage"), await tags()]).toEqual([[], ["Verein", "Leibesübungen"]])
    await expectReclassified()
  })

  test("of one publisher leaves the others alone", async () => {
    const [ofOne] = await pushed([articleIn("Kultur")], one)
    const [ofTwo] = await pushed([articleIn("Kultur")], two)
    await addAlias("stage", ["Kultur"], two)
    expect(await inSection("stage")).toEqual([ofTwo])
    await addAlias("gym", ["Kultur"])
    expect([await inSection("stage"), await inSection("gym")]).toEqual([[ofTwo], [ofOne]])
    await removeAlias("stage", "Kultur", two)
    expect((await inSection("gym")).sort()).toEqual([ofOne, ofTwo].sort())
    await removeAlias("gym", "Kultur")
    expect([await inSection("gym"), (await inSection("world")).includes(ofTwo ?? "")]).toEqual([[], true])
    await expectReclassified()
  })

  test("that is removed takes its articles out of the feed: those who ask what changed are told that they left", async () => {
    await addAlias("gym", ["Turnen"])
    await pushed(many(3, "gym"))
    const [guid] = await pushed([articleIn("Turnen", { title: "Turnen" })])
    const first = await send("/sections/gym/feed.atom")
    expect(first.text).toContain('<title type="text">Turnen</title>')
    await removeAlias("gym", "Turnen")
    const delta = await send("/sections/gym/feed.atom", {
      headers: { "a-im": "feed", "if-none-match": first.headers.get("etag") ?? "" },
    })
    expect([delta.status, delta.text.match(/<at:deleted-entry/g)?.length]).toEqual([226, 1])
    expect([delta.text.includes("Turnen"), (await inSection("gym")).includes(guid ?? "")]).toEqual([false, false])
    await expectReclassified()
  })

  test("that is not there is not found; names may have any characters", async () => {
    for (const [slug, name, of] of [
      ["gym", "nothing", undefined],
      ["stage", "Kultur / Kunst?", undefined],
      ["gym", "Kultur / Kunst?", two],
    ] as const) {
      if (slug === "gym" && of) await addAlias("gym", ["Kultur / Kunst?"])
      const path = `/sections/${slug}/aliases/${encodeURIComponent(name)}${of ? `?publisher=${of.slug}` : ""}`
      const sent = await admin("DELETE", path)
      expect([sent.status, sent.json.code]).toEqual([404, "not_found"])
      expect(sent.json.detail).toContain(`The section ${slug} has no alias ${JSON.stringify(name)}`)
    }
    expect((await removeAlias("gym", "Kultur / Kunst?")).aliases).toEqual([])
    const unknown = await admin("DELETE", "/sections/gym/aliases/x?publishr=two")
    expect([unknown.status, unknown.json.code]).toEqual([400, "unknown_parameter"])
  })

  test("changes nothing of what is sent again: the same bytes are unchanged, and in the sections of today's names", async () => {
    const item = articleIn("Ballspiele")
    await pushed([item])
    await addAlias("gym", ["Ballspiele"])
    const storedVersion = async () =>
      env.DB.prepare("select commit_no, content_hash, raw_hash, version_at from articles where guid = ?")
        .bind(item.id)
        .first()
    const before = await storedVersion()
    for (const bytes of [item, { ...item, title: `${item.title}` }]) {
      expect((await push(one, bytes)).json.results[0].outcome).toBe("unchanged")
    }
    // Another order of members is other bytes, and the same article.
    const { id, ...rest } = item
    expect((await push(one, { ...rest, id })).json.results[0].outcome).toBe("unchanged")
    expect(await storedVersion()).toEqual(before)
    expect((await inSection("gym"))[0]).toEqual(item.id)
    await removeAlias("gym", "Ballspiele")
    await expectReclassified()
  })

  test("begins no reclassification where no article is concerned", async () => {
    const wire = () =>
      env.DB.prepare("select revision, taxonomy_version from wire").first<{
        revision: number
        taxonomy_version: number
      }>()
    const before = await wire()
    expect(await addAlias("gym", ["in no article"])).not.toHaveProperty("reclassifications")
    expect(await wire()).toEqual({ revision: before?.revision, taxonomy_version: (before?.taxonomy_version ?? 0) + 1 })
    // The same name again belongs to the same section.
    await addAlias("gym", ["In  no article"])
    expect((await wire())?.taxonomy_version).toBe((before?.taxonomy_version ?? 0) + 1)
  })
})

describe("a section's own names", () => {
  test("match as aliases do: a new section, a new slug and a new name take the articles that had them as tags", async () => {
    await section("leisure")
    const [bySlug, byName, byAlias, bySecond, byRename] = await pushed([
      articleIn("chess"),
      articleIn("Schach"),
      articleIn("Königsspiel"),
      articleIn("Échecs"),
      articleIn("royal-game"),
    ])
    const created = await done(
      admin("POST", "/sections", {
        slug: "chess",
        names: { de: "Schach" },
        aliases: ["Königsspiel"],
        parent: "leisure",
      }),
    )
    expect(created.reclassifications.map(({ scope }: { scope: string }) => scope).sort()).toEqual([
      "tag chess",
      "tag königsspiel",
      "tag schach",
    ])
    expect((await inSection("leisure")).sort()).toEqual([bySlug, byName, byAlias].sort())
    await expectReclassified()

    await change("chess", { names: { fr: "Échecs" } })
    expect(await inSection("chess")).toContain(bySecond)
    await change("chess", { names: { de: "Schachspiel" } })
    expect(await inSection("chess")).not.toContain(byName)
    await expectReclassified()

    expect((await change("chess", { slug: "royal-game" })).reclassifications).toMatchObject([
      { scope: "tag royal-game" },
    ])
    expect((await inSection("royal-game")).sort()).toEqual([bySlug, byAlias, bySecond, byRename].sort())
    await expectReclassified()
  })

  test("that two sections share belong to the later one, whichever was changed last", async () => {
    await section("first-of-two", { names: { en: "Twins" } })
    await section("second-of-two", { names: { en: "Twins" } })
    const [guid] = await pushed([articleIn("Twins")])
    await change("first-of-two", { slug: "elder", names: { de: "Zwillinge" } })
    expect([await inSection("elder"), await inSection("second-of-two")]).toEqual([[], [guid]])
    await change("second-of-two", { names: { en: "Younger" } })
    expect([await inSection("elder"), await inSection("second-of-two")]).toEqual([[guid], []])
    await expectReclassified()
  })

  test("renamed twice, its addresses lead to the last, and its articles stay", async () => {
    const articles = await inSection("royal-game")
    await change("royal-game", { slug: "chess-today" })
    await change("chess-today", { slug: "board-games" })
    for (const old of ["chess", "royal-game", "chess-today"]) {
      const sent = await send(`/sections/${old}/feed.rss`)
      expect([sent.status, sent.headers.get("location")]).toEqual([301, `${ORIGIN}/sections/board-games/feed.rss`])
    }
    expect(await inSection("board-games")).toEqual(articles)
    await expectReclassified()
  })
})

describe("a section that is retired", () => {
  beforeAll(async () => {
    await section("contest")
    await section("culture")
  })

  test("redirects to its successor permanently, with its articles, names, aliases and publishers", async () => {
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

    // A later article is classified there too.
    const [later] = await pushed([articleIn("football")])
    expect(await inSection("ballgames")).toContain(later)
    await expectReclassified()
  })

  test("redirects to the last successor when that is renamed or retired, and is gone when that is retired without one", async () => {
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
    // Its own other section, or none, with the name as a tag.
    expect(await inSection("contest")).toEqual([both.id])
    const { items } = (await send("/publishers/four/feed.json")).json
    expect([items[0]._feedwire.guid, items[0]._feedwire.sections]).toEqual([plain, []])
    const { publishers } = (await admin("GET", "/publishers")).json
    expect(publishers.find(({ slug }: { slug: string }) => slug === "four").default_section).toBeNull()
    const tagged = (await send("/feed.json?tag=games")).json.items
    expect(tagged.map((item: { _feedwire: { guid: string } }) => item._feedwire.guid)).toContain(both.id)
    await expectReclassified()
  })

  test("keeps its slugs: no other section may have them, and the answer says why", async () => {
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
    // A section that followed another does not get its slug either.
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
  test("takes along the articles that state no section when it changes", async () => {
    await section("home")
    const five = await publisher("five")
    const [plain, elsewhere] = await pushed([article({ id: "five-plain" }, 5), articleIn("sports")], five)
    const changed = await done(admin("PATCH", "/publishers/five", { default_section: "home" }))
    expect(changed.reclassifications).toMatchObject([{ scope: "publisher five", total: 2, changed: 1 }])
    expect(await inSection("home")).toEqual([plain])
    expect(await inSection("sports")).toContain(elsewhere)
    await expectReclassified()
    const back = await done(admin("PATCH", "/publishers/five", { default_section: null, name: "Five" }))
    // All of its articles show its name, so all take the commit.
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
  test("is classified by the names of the day of its release", async () => {
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

  test("are reclassified in batches: the request does the first ones, newest first, the sweep the rest", async () => {
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
    // One for the names, one a batch.
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

    // Nothing is pending: nothing is done.
    await sweep()
    expect(await commits()).toBe(before + 1 + 8)
  })

  test("of several changes at once end up classified by the last names", async () => {
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

  test("a sweep that fails in the middle leaves every table consistent, and the next one continues", async () => {
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

describe("what happens at the same moment", () => {
  beforeAll(async () => {
    for (const slug of ["essays", "reports", "memoirs"]) await section(slug)
  })

  const item = (more: Record<string, unknown> = {}) => articleIn("Feuilleton", more)

  test("a push that was prepared before a change is classified by the names after it", async () => {
    const { bindings, times } = interrupted("insert into deliveries", () => addAlias("essays", ["Feuilleton"]))
    const pushedItem = item()
    const sent = await push(one, pushedItem, { bindings })
    expect(sent.json.results[0]).toMatchObject({ outcome: "created" })
    // The answer says what happened: the name was known in the end.
    expect(sent.json.results[0]).not.toHaveProperty("warnings")
    expect(times()).toBe(2)
    expect(await inSection("essays")).toContain(pushedItem.id)
    await expectReclassified()
  })

  test("a push that comes between the reading and the change is reclassified", async () => {
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

  test("a push between reading and placing a batch is not undone by it", async () => {
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

  test("a batch obeys a change that comes between reading and placing it", async () => {
    const { bindings, times } = interrupted("update reclassifications", () => addAlias("reports", ["Feuilleton"]))
    const sent = await send(
      "/admin/api/sections/essays/aliases/Feuilleton",
      { method: "DELETE", headers: { authorization: `Bearer ${env.ADMIN_TOKEN}` } },
      bindings,
    )
    expect(sent.status).toBe(200)
    // The inner request finished both reclassifications: what the outer one had read is not placed.
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
    // Both together would be a circle.
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
