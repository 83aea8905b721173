/** Tests that stored articles move when sections move, and when names and aliases change. */
import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, test } from "vitest"
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
  two,
} from "./changed-sections.ts"
import { admin, ORIGIN, push, section, send } from "./world.ts"

describe("a section that moves", () => {
  test("takes its articles and those below it out of the feeds above it and into those of its new place", async () => {
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

  test("keeps its articles' positions in the feeds where they stay, and gives new ones where they enter", async () => {
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
    // An article that left and came back has a new position.
    const world = ({ scope }: { scope: string }) => scope === "section:1"
    expect(today.find(world)?.position).toBeGreaterThan(old.find(world)?.position ?? 0)
    await expectReclassified()
  })

  test("cannot come to be below itself", async () => {
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

  test("that is added makes sections of tags, can move, and makes tags again when it is removed", async () => {
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
        scope: "tag Leibesübungen",
        changed: 1,
      }),
    ])
    expect([await inSection("gym"), await tags()]).toEqual([[guid], ["gym", "Verein"]])
    await expectReclassified()

    const collision = await admin("POST", "/sections/stage/aliases", { names: ["Turnen", "Leibesubungen"] })
    expect([collision.status, collision.json.errors]).toEqual([
      409,
      [{ pointer: "/names/1", detail: 'is the alias "LEIBESÜBUNGEN" of gym: remove that first' }],
    ])
    expect((await addAlias("stage", ["LEIBESÜBUNGEN"])).reclassifications).toMatchObject([{ scope: "section gym" }])
    expect([await inSection("gym"), await inSection("stage")]).toEqual([[], [guid]])
    await expectReclassified()

    expect((await removeAlias("stage", "leibesÜbungen")).aliases).toEqual([])
    expect([await inSection("stage"), await tags()]).toEqual([[], ["Verein", "Leibesübungen"]])
    await expectReclassified()
  })

  test("of one publisher does not affect others", async () => {
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

  test("that is removed takes its articles out of the feed, and a delta lists them as removed", async () => {
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

  test("may have any characters; an unknown one is not found", async () => {
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

  test("leaves repeated messages unchanged, and their articles in the sections of the current names", async () => {
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
    // The members have another order, so the bytes differ, but the article is the same.
    const { id, ...rest } = item
    expect((await push(one, { ...rest, id })).json.results[0].outcome).toBe("unchanged")
    expect(await storedVersion()).toEqual(before)
    expect((await inSection("gym"))[0]).toEqual(item.id)
    await removeAlias("gym", "Ballspiele")
    await expectReclassified()
  })

  test("starts no reclassification if it concerns no article", async () => {
    const wire = () =>
      env.DB.prepare("select revision, taxonomy_version from wire").first<{
        revision: number
        taxonomy_version: number
      }>()
    const before = await wire()
    expect(await addAlias("gym", ["in no article"])).not.toHaveProperty("reclassifications")
    expect(await wire()).toEqual({ revision: before?.revision, taxonomy_version: (before?.taxonomy_version ?? 0) + 1 })
    // The same name in another spelling belongs to the same section.
    await addAlias("gym", ["In  no article"])
    expect((await wire())?.taxonomy_version).toBe((before?.taxonomy_version ?? 0) + 1)
  })
})

describe("a section's own names", () => {
  test("match as aliases do: articles with a tag that becomes a slug or name move to the section", async () => {
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
      "tag Königsspiel",
      "tag Schach",
      "tag chess",
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

  test("are refused if another section has them, in any spelling and any language", async () => {
    await section("twins", { names: { en: "The Twins", ar: "رياضة الأطفال" }, aliases: ["Pair of Two"] })
    await section("other-twins", { names: { en: "Others" } })
    const [guid] = await pushed([articleIn("The Twins")])
    const nameOf = (name: string) => ({ detail: `is the name ${JSON.stringify(name)} of twins: change that first` })
    const aliasOf = { detail: 'is the alias "Pair of Two" of twins: remove that first' }
    const taken: [method: string, path: string, body: object, error: object][] = [
      [
        "POST",
        "/sections",
        { slug: "x", names: { en: "The Twins" } },
        { pointer: "/names/en", ...nameOf("The Twins") },
      ],
      [
        "POST",
        "/sections",
        { slug: "x", names: { fr: "the  TWINS" } },
        { pointer: "/names/fr", ...nameOf("The Twins") },
      ],
      [
        "POST",
        "/sections",
        { slug: "x", names: { ar: "رياضه الاطفال" } },
        { pointer: "/names/ar", ...nameOf("رياضة الأطفال") },
      ],
      ["POST", "/sections", { slug: "x", names: { en: "pair of two" } }, { pointer: "/names/en", ...aliasOf }],
      [
        "POST",
        "/sections",
        { slug: "x", names: { en: "X" }, aliases: ["y", "The twins"] },
        { pointer: "/aliases/1", ...nameOf("The Twins") },
      ],
      [
        "PATCH",
        "/sections/other-twins",
        { names: { de: "the twins" } },
        { pointer: "/names/de", ...nameOf("The Twins") },
      ],
      ["PATCH", "/sections/other-twins", { names: { en: "Pair of Two" } }, { pointer: "/names/en", ...aliasOf }],
      [
        "POST",
        "/sections/other-twins/aliases",
        { names: ["The\u200b Twins"] },
        { pointer: "/names/0", ...nameOf("The Twins") },
      ],
    ]
    for (const [method, path, body, error] of taken) {
      const refused = await admin(method, path, body)
      expect([refused.status, refused.json.code, refused.json.errors]).toEqual([409, "conflict", [error]])
    }
    // A section may repeat its own names, and a publisher may mean another section by a name.
    expect((await admin("PATCH", "/sections/twins", { names: { de: "The Twins", en: "Pair of Two" } })).status).toBe(
      200,
    )
    const own = await admin("POST", "/sections/other-twins/aliases", { names: ["The Twins"], publisher: "two" })
    expect(own.status).toBe(200)
    expect(await inSection("twins")).toEqual([guid])
    await expectReclassified()
  })

  test("redirect to the last one after two renamings, and its articles stay", async () => {
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
