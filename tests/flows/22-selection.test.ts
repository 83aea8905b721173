/** Tests feeds that are selected by parameters. tests/histories/22-selection.test.ts compares them with a model. */
import { beforeAll, describe, expect, test } from "vitest"
import { readAtom, readRss } from "../unit/formats/reader.ts"
import {
  AUTHORS,
  EVERYTHING,
  expected,
  get,
  idsOf,
  joinPages,
  pagesOf,
  pathOf,
  prepareSelections,
  publish,
  SECTIONS,
  TAGS,
} from "./selection-model.ts"
import { expectConsistent } from "./wire-state.ts"
import { admin, ORIGIN, send } from "./world.ts"

beforeAll(prepareSelections)

test("the newest, a merged and a narrow list are equal to those of the model", async () => {
  const narrow = { ...EVERYTHING, section: ["world"], not: ["asia"], lang: ["ar"], tag: ["c++"], author: ["Jane Doe"] }
  for (const query of [EVERYTHING, { ...EVERYTHING, section: ["france", "sports"] }, narrow]) {
    expect(joinPages(await pagesOf(pathOf(query)))).toEqual(expected(query))
  }
})

describe("an article in several sections", () => {
  test("is once in a merged feed, with one id in every feed and format", async () => {
    await publish([
      {
        guid: "everywhere",
        publisher: "one",
        sections: SECTIONS,
        language: "ar-EG",
        tags: TAGS,
        authors: AUTHORS,
        published: 60,
      },
    ])
    const [id] = expected(EVERYTHING)
    const paths = [
      EVERYTHING,
      { ...EVERYTHING, section: SECTIONS },
      { ...EVERYTHING, section: ["world", "france"], lang: ["ar", "ar-eg"] },
      { ...EVERYTHING, tag: TAGS.slice(1), author: AUTHORS },
      ...SECTIONS.map((slug) => ({ ...EVERYTHING, section: [slug] })),
    ]
    for (const query of paths) {
      const json = idsOf(await get(pathOf(query)))
      const atom = readAtom((await get(pathOf(query, "", "atom"))).text).entries.map((entry) => entry.id)
      const rss = readRss((await get(pathOf(query, "", "rss"))).text).entries.map((entry) => entry.id)
      expect(json.filter((each) => each === id)).toHaveLength(1)
      expect([atom, rss]).toEqual([json, json])
    }
  })
})

describe("form and length of a feed", () => {
  test("content=summary has the same articles without bodies, in every format", async () => {
    for (const path of ["/feed", "/sections/world/feed"]) {
      const full = await get(`${path}.json`)
      const short = await get(`${path}.json?content=summary`)
      expect(idsOf(short)).toEqual(idsOf(full))
      expect(full.json.items.every((item: object) => "content_html" in item)).toBe(true)
      expect(short.json.items.some((item: object) => "content_html" in item)).toBe(false)
      expect((await get(`${path}.rss?content=summary`)).text).not.toContain("content:encoded>")
      expect((await get(`${path}.atom?content=summary`)).text).not.toContain("<content")
      expect(new URL(short.json.next_url).searchParams.get("content")).toBe("summary")
      expect(short.json.feed_url).toBe(`${ORIGIN}${path}.json?content=summary`)
    }
  })

  test("limit applies to the following pages too", async () => {
    // No article with this tag was corrected or removed.
    await publish(
      Array.from({ length: 30 }, (_, i) => ({
        ...{ guid: `counted-${i}`, publisher: "two" as const, sections: ["arts"], language: "en", authors: [] },
        ...{ tags: ["counted"], published: i },
      })),
    )
    for (const limit of [1, 2, 7, 29, 30, 31, 100]) {
      const [first, second] = await pagesOf(`/feed.json?limit=${limit}&tag=counted`)
      expect(first?.json.items).toHaveLength(Math.min(30, limit))
      expect(second?.json.items.length ?? 0).toBe(Math.min(limit, Math.max(0, 30 - limit)))
      expect(first?.json.next_url?.includes(`limit=${limit}`) ?? false).toBe(limit < 30)
    }
  })
})

describe("an invalid selection", () => {
  test.each([
    ["/feed.json?section=arts,wrold", "section", /There is no section wrold here\. Did you mean world\?/],
    ["/feed.json?section=arts&not=futball", "not", /There is no section futball here\. Did you mean football\?/],
    ["/feed.json?lang=ar&publisher=onee", "publisher", /There is no publisher onee here\. Did you mean one\?/],
    ["/feed.json?limit=101", "limit", /1 to 100/],
    ["/feed.json?lang=arabic", "lang", /BCP 47/],
    ["/feed.json?content=ful", "content", /Did you mean full\?/],
    ["/feed.json?not=arts&section=arts,world", "not", /excludes arts/],
    ["/feed.json?after=nonsense", "after", /not a position in this feed/],
    ["/feed.json?after=MS54LnBhZ2UuMS4y", "after", /not a position in this feed/],
  ])("%s: %s is an invalid value", async (path, parameter, detail) => {
    const sent = await get(path)
    expect([sent.status, sent.json.code, sent.json.errors[0].parameter]).toEqual([400, "invalid_parameter", parameter])
    expect(sent.json.detail).toMatch(detail)
    expect(sent.headers.get("cache-control")).toContain("no-store")
    expect(sent.headers.get("vary")).toContain("A-IM")
  })

  test("for an unknown parameter the answer suggests a similar one", async () => {
    const sent = await get("/feed.json?sections=world")
    expect([sent.status, sent.json.code]).toEqual([400, "unknown_parameter"])
    expect(sent.json.detail).toContain("Did you mean section?")
  })

  test("names that mean something in a path, in JSON or in SQL are unknown names", async () => {
    for (const name of ["..", ".", "a/b", '"', "'", "$.addresses", "*", "?", "[a-z]*", "section:1", "all", "%", "\\"]) {
      for (const path of [
        `/feed.json?section=${encodeURIComponent(name)}`,
        `/feed.json?section=arts,${encodeURIComponent(name)}`,
      ]) {
        const sent = await get(path)
        // A name that could be a slug redirects to its path, which is 404.
        const answer = name === "all" && !path.includes("arts") ? [404, "unknown_section"] : [400, "invalid_parameter"]
        expect([path, sent.status, sent.json.code]).toEqual([path, ...answer])
      }
      const tagged = await get(`/feed.json?tag=${encodeURIComponent(name)}`)
      expect([name, tagged.status, idsOf(tagged)]).toEqual([name, 200, []])
    }
  })
})

test("the old name of a section in a list redirects to the current name by 301", async () => {
  const query = { ...EVERYTHING, section: ["arts", "football"], not: ["france"] }
  const before = expected(query)
  expect((await admin("PATCH", "/sections/football", { slug: "soccer" })).status).toBe(200)
  expect((await admin("PATCH", "/sections/france", { slug: "la-france" })).status).toBe(200)
  const old = await send("/feed.json?not=france&section=arts,football")
  expect([old.status, old.headers.get("location")]).toEqual([
    301,
    `${ORIGIN}/feed.json?not=la-france&section=arts,soccer`,
  ])
  expect(old.headers.get("vary")).toContain("A-IM")
  expect(joinPages(await pagesOf("/feed.json?not=france&section=arts,football"))).toEqual(before)
  // Two names of one section count as one section, so the canonical address is a path.
  expect((await get("/feed.json?section=football,soccer")).json.feed_url).toBe(`${ORIGIN}/sections/soccer/feed.json`)
  // A section that is selected and excluded under two names is refused.
  expect((await get("/feed.json?section=arts,football&not=soccer")).status).toBe(400)
  expect((await get("/feed.json?section=football&not=soccer")).status).toBe(400)
})

test("the tables are consistent", expectConsistent)
