/** Feeds selected by parameters, compared with a model without SQL: the same articles in the same order. */
import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, test } from "vitest"
import { normalizeName } from "../../src/articles/model/scope.ts"
import * as fc from "../fast-check.ts"
import { readAtom, readRss } from "../unit/formats/reader.ts"
import { expectConsistent } from "./wire-state.ts"
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

const PARENTS: Record<string, string | undefined> = {
  world: undefined,
  europe: "world",
  france: "europe",
  asia: "world",
  sports: undefined,
  football: "sports",
  arts: undefined,
}
const SECTIONS = Object.keys(PARENTS)
const LANGUAGES = ["en", "ar", "ar-EG", "fr", undefined]
const TAGS = [
  "budget",
  "Budget ",
  "بيروت",
  "c++",
  "o'hara",
  "rock, roll",
  'say "x"',
  "back\\slash",
  "100%",
  "a=b&c",
  "J̌",
]
const AUTHORS = ["Jane Doe", "JANE  DOE", "O'Hara", "فيروز", "Doe, John"]

interface ArticleData {
  guid: string
  publisher: "one" | "two"
  sections: string[]
  language: string | undefined
  tags: string[]
  authors: string[]
  /** Minutes. Few, so that many articles have the same. */
  published: number
}

interface Query {
  section: string[]
  not: string[]
  publisher: string[]
  lang: string[]
  tag: string[]
  author: string[]
}

const EVERYTHING: Query = { section: [], not: [], publisher: [], lang: [], tag: [], author: [] }

/** Every published article by the id that feeds show. */
const wire = new Map<string, ArticleData>()
let publishers: Record<"one" | "two", Publisher>
const START = Date.UTC(2026, 9, 1)
let changes = 0

const articleData = fc.record({
  publisher: fc.constantFrom("one" as const, "two" as const),
  sections: fc.subarray(SECTIONS, { maxLength: 5 }),
  language: fc.constantFrom(...LANGUAGES),
  tags: fc.subarray(TAGS, { maxLength: 4 }),
  authors: fc.subarray(AUTHORS, { maxLength: 2 }),
  published: fc.integer({ min: 0, max: 40 }),
})

async function publish(all: ArticleData[]): Promise<void> {
  for (const by of ["one", "two"] as const) {
    const items = all.filter((each) => each.publisher === by)
    // Every change is a second later than the last, so that each is a newer version.
    changes += 1
    const at = new Date(START + changes * 1000).toISOString()
    for (let from = 0; from < items.length; from += 100) {
      const sent = await push(publishers[by], items.slice(from, from + 100).map(itemOf), { timestamp: at })
      expect(sent.json.counts ?? sent.json, sent.text).toBeTruthy()
      for (const { outcome } of sent.json.results) expect(["created", "updated"]).toContain(outcome)
    }
  }
  const { results } = await env.DB.prepare("select id, guid from articles").all<{ id: string; guid: string }>()
  const ids = new Map(results.map(({ id, guid }) => [guid, id]))
  for (const each of all) wire.set(`tag:feeds.example,2026:${ids.get(each.guid)}`, each)
}

function itemOf({ guid, sections, language, tags, authors, published }: ArticleData): object {
  return article(
    {
      id: guid,
      title: `${guid} ${changes}`,
      date_published: new Date(START + published * 60_000).toISOString(),
      language,
      tags,
      authors: authors.map((name) => ({ name })),
      _feedwire: { sections },
    },
    3,
  )
}

const withAncestors = (slug: string): string[] => {
  const parent = PARENTS[slug]
  return parent === undefined ? [slug] : [slug, ...withAncestors(parent)]
}
const matchesAny = (wanted: string[], values: string[]): boolean =>
  wanted.length === 0 || wanted.some((each) => values.includes(each))

/** The ids of the selected articles: newest first, those of one moment by id from z to a. */
function expected(query: Query): string[] {
  const selected = [...wire].filter(([, each]) => {
    const sections = each.sections.flatMap(withAncestors)
    const tag = each.language?.toLowerCase()
    return (
      matchesAny(query.section, sections) &&
      !query.not.some((slug) => sections.includes(slug)) &&
      matchesAny(query.publisher, [each.publisher]) &&
      matchesAny(query.lang, tag === undefined ? [] : [tag, tag.split("-")[0] as string]) &&
      matchesAny(query.tag.map(normalizeName), each.tags.map(normalizeName)) &&
      matchesAny(query.author.map(normalizeName), each.authors.map(normalizeName))
    )
  })
  return selected.sort(([a, one], [b, other]) => other.published - one.published || (a < b ? 1 : -1)).map(([id]) => id)
}

function pathOf(query: Query, more = "", format = "json"): string {
  const parts = Object.entries(query).flatMap(([name, values]: [string, string[]]) =>
    values.map((value) => `${name}=${encodeURIComponent(value)}`),
  )
  return `/feed.${format}?${[...parts, more].filter((part) => part !== "").join("&")}`
}

/** Follows redirects as a client does, twice at most. */
async function get(path: string): Promise<Answer> {
  let sent = await send(path)
  for (let hops = 0; sent.status === 301 && hops < 2; hops++) sent = await send(sent.headers.get("location") ?? "")
  return sent
}

const idsOf = (sent: Answer): string[] => sent.json.items.map(({ id }: { id: string }) => id)

/** The first document and every page after it. */
async function pagesOf(path: string): Promise<Answer[]> {
  const pages: Answer[] = []
  const urls = new Set<string>()
  for (let next: string | undefined = path; next !== undefined; next = pages.at(-1)?.json.next_url) {
    expect(urls.has(next), `${next} came twice`).toBe(false)
    urls.add(next)
    const sent = await get(next)
    expect(sent.status, `${next}: ${sent.text}`).toBe(200)
    pages.push(sent)
  }
  return pages
}

/**
 * The pages as one list. The subscription document also has the articles that were amended lately, wherever their place in
 * the list is; they are once more on their own page.
 */
function joinPages([first, ...older]: Answer[]): string[] {
  const below = older.flatMap(idsOf)
  return [...idsOf(first as Answer).filter((id) => !below.includes(id)), ...below]
}

const NONE: fc.Arbitrary<string[]> = fc.constant([])
const some = (values: string[], maxLength: number) => fc.subarray(values, { maxLength })
const queries: fc.Arbitrary<Query> = fc
  .record({
    section: fc.oneof(NONE, some(SECTIONS, 7)),
    not: fc.oneof(NONE, some(SECTIONS, 3)),
    publisher: fc.oneof({ weight: 3, arbitrary: NONE }, some(["one", "two"], 2)),
    lang: fc.oneof({ weight: 2, arbitrary: NONE }, some(["en", "ar", "ar-eg", "fr"], 3)),
    tag: fc.oneof({ weight: 2, arbitrary: NONE }, some([...TAGS, "unused"], 3)),
    author: fc.oneof({ weight: 2, arbitrary: NONE }, some(AUTHORS, 2)),
  })
  // A section that is both selected and excluded is refused: that has a test of its own.
  .map((query) => ({ ...query, not: query.not.filter((slug) => !query.section.includes(slug)) }))
const limits = fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 10, 33, 50, 100)

async function expectSelected(query: Query, shortest: number): Promise<void> {
  const ids = expected(query)
  // Forty pages are enough to see that they fit together.
  const limit = Math.max(shortest, Math.ceil(ids.length / 40))
  const pages = await pagesOf(pathOf(query, limit === 50 ? "" : `limit=${limit}`))
  expect(joinPages(pages)).toEqual(ids)
  for (const page of pages.slice(1)) expect(idsOf(page).length).toBeLessThanOrEqual(limit)
  for (const page of pages) expect(new Set(idsOf(page)).size).toBe(idsOf(page).length)
}

beforeAll(async () => {
  await migrate()
  for (const slug of SECTIONS) await section(slug, PARENTS[slug] === undefined ? {} : { parent: PARENTS[slug] })
  publishers = { one: await publisher("one"), two: await publisher("two") }
  const random = fc.sample(articleData, { numRuns: 240, seed: 7 })
  await publish(random.map((each, i) => ({ ...each, guid: `random-${i}` })))
})

describe("compared with the model", () => {
  test("any selection, in pages of any length", async () => {
    await fc.assert(fc.asyncProperty(queries, limits, expectSelected), { numRuns: 60, endOnFailure: true })
  })

  test("every section with every other, and without it", async () => {
    for (const one of SECTIONS) {
      for (const other of SECTIONS) {
        await expectSelected({ ...EVERYTHING, section: [one, other] }, 100)
        if (one !== other) await expectSelected({ ...EVERYTHING, section: [one], not: [other] }, 100)
      }
    }
  })

  test("all sections at once: an article is in up to seven of them and in the feed once", async () => {
    for (const limit of [1, 7, 20, 50]) await expectSelected({ ...EVERYTHING, section: SECTIONS }, limit)
    for (const limit of [1, 7, 20, 50]) {
      await expectSelected({ ...EVERYTHING, section: SECTIONS, tag: ["c++"], lang: ["ar"] }, limit)
    }
  })

  test("after corrections, moves, changed dates and withdrawals", async () => {
    const ids = [...wire.keys()]
    const again = fc.sample(articleData, { numRuns: 40, seed: 8 })
    await publish(
      again.map((each, i) => {
        const { guid, publisher: by } = wire.get(ids[i * 5] as string) as ArticleData
        return { ...each, guid, publisher: by }
      }),
    )
    for (const id of ids.filter((_, i) => i % 7 === 3)) {
      const { guid, publisher: by } = wire.get(id) as ArticleData
      const at = new Date(START + ++changes * 1000).toISOString()
      expect((await push(publishers[by], { id: guid }, { type: "article.deleted", timestamp: at })).status).toBe(200)
      wire.delete(id)
    }
    await fc.assert(fc.asyncProperty(queries, limits, expectSelected), { numRuns: 40, endOnFailure: true })
  })
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

describe("form and length", () => {
  test("content=summary has no bodies, in every format, and the same articles", async () => {
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

  test("limit is obeyed, on the following pages too", async () => {
    // Nothing was amended among the articles with this tag.
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
  ])("%s: %s is a bad value", async (path, parameter, detail) => {
    const sent = await get(path)
    expect([sent.status, sent.json.code, sent.json.errors[0].parameter]).toEqual([400, "invalid_parameter", parameter])
    expect(sent.json.detail).toMatch(detail)
    expect(sent.headers.get("cache-control")).toContain("no-store")
    expect(sent.headers.get("vary")).toContain("A-IM")
  })

  test("an unknown parameter names the one that is meant", async () => {
    const sent = await get("/feed.json?sections=world")
    expect([sent.status, sent.json.code]).toEqual([400, "unknown_parameter"])
    expect(sent.json.detail).toContain("Did you mean section?")
  })

  test("names that have a meaning in a path, in JSON or in SQL are unknown names", async () => {
    for (const name of ["..", ".", "a/b", '"', "'", "$.addresses", "*", "?", "[a-z]*", "section:1", "all", "%", "\\"]) {
      for (const path of [
        `/feed.json?section=${encodeURIComponent(name)}`,
        `/feed.json?section=arts,${encodeURIComponent(name)}`,
      ]) {
        const sent = await get(path)
        // A name that could be a slug leads to its path, which is 404.
        const answer = name === "all" && !path.includes("arts") ? [404, "unknown_section"] : [400, "invalid_parameter"]
        expect([path, sent.status, sent.json.code]).toEqual([path, ...answer])
      }
      const tagged = await get(`/feed.json?tag=${encodeURIComponent(name)}`)
      expect([name, tagged.status, idsOf(tagged)]).toEqual([name, 200, []])
    }
  })
})

test("the old name of a section inside a list redirects to the current one by 301", async () => {
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
  // Two names of one section are one section, and then a path.
  expect((await get("/feed.json?section=football,soccer")).json.feed_url).toBe(`${ORIGIN}/sections/soccer/feed.json`)
  // A section that is selected and excluded under two names is refused.
  expect((await get("/feed.json?section=arts,football&not=soccer")).status).toBe(400)
  expect((await get("/feed.json?section=football&not=soccer")).status).toBe(400)
})

test("the tables are consistent", expectConsistent)
