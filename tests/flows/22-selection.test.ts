/** Feeds chosen by parameters, compared with a model that knows nothing of SQL: the same articles in the same order. */
import { env } from "cloudflare:workers"
import fc from "fast-check"
import { beforeAll, describe, expect, test } from "vitest"
import { normalizeName } from "../../src/articles/model/scope.ts"
import { readAtom, readRss } from "../unit/formats/reader.ts"
import { expectConsistent } from "./wire-state.ts"
import { admin, article, migrate, ORIGIN, type Publisher, publisher, push, type Sent, section, send } from "./world.ts"

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

interface Told {
  guid: string
  publisher: "one" | "two"
  sections: string[]
  language: string | undefined
  tags: string[]
  authors: string[]
  /** Minutes. Few, so that many articles have the same. */
  published: number
}

interface Asked {
  section: string[]
  not: string[]
  publisher: string[]
  lang: string[]
  tag: string[]
  author: string[]
}

const EVERYTHING: Asked = { section: [], not: [], publisher: [], lang: [], tag: [], author: [] }

/** What stands on the wire, by the id that feeds show. */
const wire = new Map<string, Told>()
let publishers: Record<"one" | "two", Publisher>
const START = Date.UTC(2026, 9, 1)
let told = 0

const told_ = fc.record({
  publisher: fc.constantFrom("one" as const, "two" as const),
  sections: fc.subarray(SECTIONS, { maxLength: 5 }),
  language: fc.constantFrom(...LANGUAGES),
  tags: fc.subarray(TAGS, { maxLength: 4 }),
  authors: fc.subarray(AUTHORS, { maxLength: 2 }),
  published: fc.integer({ min: 0, max: 40 }),
})

async function tell(all: Told[]): Promise<void> {
  for (const by of ["one", "two"] as const) {
    const items = all.filter((each) => each.publisher === by)
    // Every change is a second later than the last, so that each is a newer version.
    told += 1
    const at = new Date(START + told * 1000).toISOString()
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

function itemOf({ guid, sections, language, tags, authors, published }: Told): object {
  return article(
    {
      id: guid,
      title: `${guid} ${told}`,
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
const oneOf = (asked: string[], has: string[]): boolean =>
  asked.length === 0 || asked.some((each) => has.includes(each))

/** The ids of what is asked for: newest first, those of one moment by id from z to a. */
function expected(asked: Asked): string[] {
  const selected = [...wire].filter(([, each]) => {
    const sections = each.sections.flatMap(withAncestors)
    const tag = each.language?.toLowerCase()
    return (
      oneOf(asked.section, sections) &&
      !asked.not.some((slug) => sections.includes(slug)) &&
      oneOf(asked.publisher, [each.publisher]) &&
      oneOf(asked.lang, tag === undefined ? [] : [tag, tag.split("-")[0] as string]) &&
      oneOf(asked.tag.map(normalizeName), each.tags.map(normalizeName)) &&
      oneOf(asked.author.map(normalizeName), each.authors.map(normalizeName))
    )
  })
  return selected.sort(([a, one], [b, other]) => other.published - one.published || (a < b ? 1 : -1)).map(([id]) => id)
}

function pathOf(asked: Asked, more = "", format = "json"): string {
  const query = Object.entries(asked).flatMap(([name, values]: [string, string[]]) =>
    values.map((value) => `${name}=${encodeURIComponent(value)}`),
  )
  return `/feed.${format}?${[...query, more].filter((part) => part !== "").join("&")}`
}

/** As a client gets it: redirects followed, twice at most. */
async function get(path: string): Promise<Sent> {
  let sent = await send(path)
  for (let hops = 0; sent.status === 301 && hops < 2; hops++) sent = await send(sent.headers.get("location") ?? "")
  return sent
}

const idsOf = (sent: Sent): string[] => sent.json.items.map(({ id }: { id: string }) => id)

/** The first document and every page after it. */
async function pagesOf(path: string): Promise<Sent[]> {
  const pages: Sent[] = []
  const seen = new Set<string>()
  for (let next: string | undefined = path; next !== undefined; next = pages.at(-1)?.json.next_url) {
    expect(seen.has(next), `${next} came twice`).toBe(false)
    seen.add(next)
    const sent = await get(next)
    expect(sent.status, `${next}: ${sent.text}`).toBe(200)
    pages.push(sent)
  }
  return pages
}

/**
 * The pages as one list. The document that is subscribed to also shows what was amended lately, wherever in the list it
 * stands; on its own page it stands once more.
 */
function listed([first, ...older]: Sent[]): string[] {
  const below = older.flatMap(idsOf)
  return [...idsOf(first as Sent).filter((id) => !below.includes(id)), ...below]
}

const NONE: fc.Arbitrary<string[]> = fc.constant([])
const some = (values: string[], maxLength: number) => fc.subarray(values, { maxLength })
const asking: fc.Arbitrary<Asked> = fc
  .record({
    section: fc.oneof(NONE, some(SECTIONS, 7)),
    not: fc.oneof(NONE, some(SECTIONS, 3)),
    publisher: fc.oneof({ weight: 3, arbitrary: NONE }, some(["one", "two"], 2)),
    lang: fc.oneof({ weight: 2, arbitrary: NONE }, some(["en", "ar", "ar-eg", "fr"], 3)),
    tag: fc.oneof({ weight: 2, arbitrary: NONE }, some([...TAGS, "never told"], 3)),
    author: fc.oneof({ weight: 2, arbitrary: NONE }, some(AUTHORS, 2)),
  })
  // Asked for and taken away at once is refused: it has a test of its own.
  .map((asked) => ({ ...asked, not: asked.not.filter((slug) => !asked.section.includes(slug)) }))
const limits = fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 10, 33, 50, 100)

async function expectSelected(asked: Asked, wished: number): Promise<void> {
  const ids = expected(asked)
  // Forty pages are enough to see that they fit together.
  const limit = Math.max(wished, Math.ceil(ids.length / 40))
  const pages = await pagesOf(pathOf(asked, limit === 50 ? "" : `limit=${limit}`))
  expect(listed(pages)).toEqual(ids)
  for (const page of pages.slice(1)) expect(idsOf(page).length).toBeLessThanOrEqual(limit)
  for (const page of pages) expect(new Set(idsOf(page)).size).toBe(idsOf(page).length)
}

beforeAll(async () => {
  await migrate()
  for (const slug of SECTIONS) await section(slug, PARENTS[slug] === undefined ? {} : { parent: PARENTS[slug] })
  publishers = { one: await publisher("one"), two: await publisher("two") }
  const random = fc.sample(told_, { numRuns: 240, seed: 7 })
  await tell(random.map((each, i) => ({ ...each, guid: `told-${i}` })))
})

describe("compared with the model", () => {
  test("any selection, in pages of any length", async () => {
    await fc.assert(fc.asyncProperty(asking, limits, expectSelected), { numRuns: 60, endOnFailure: true })
  })

  test("every section with every other, and without it", async () => {
    for (const one of SECTIONS) {
      for (const other of SECTIONS) {
        await expectSelected({ ...EVERYTHING, section: [one, other] }, 100)
        if (one !== other) await expectSelected({ ...EVERYTHING, section: [one], not: [other] }, 100)
      }
    }
  })

  test("all sections at once: an article stands in up to seven of them and is in the feed once", async () => {
    for (const limit of [1, 7, 20, 50]) await expectSelected({ ...EVERYTHING, section: SECTIONS }, limit)
    for (const limit of [1, 7, 20, 50]) {
      await expectSelected({ ...EVERYTHING, section: SECTIONS, tag: ["c++"], lang: ["ar"] }, limit)
    }
  })

  test("after corrections, moves, changed dates and withdrawals", async () => {
    const ids = [...wire.keys()]
    const again = fc.sample(told_, { numRuns: 40, seed: 8 })
    await tell(
      again.map((each, i) => {
        const { guid, publisher: by } = wire.get(ids[i * 5] as string) as Told
        return { ...each, guid, publisher: by }
      }),
    )
    for (const id of ids.filter((_, i) => i % 7 === 3)) {
      const { guid, publisher: by } = wire.get(id) as Told
      const at = new Date(START + ++told * 1000).toISOString()
      expect((await push(publishers[by], { id: guid }, { type: "article.deleted", timestamp: at })).status).toBe(200)
      wire.delete(id)
    }
    await fc.assert(fc.asyncProperty(asking, limits, expectSelected), { numRuns: 40, endOnFailure: true })
  })
})

describe("an article in several sections", () => {
  test("stands once in a merged feed, with one id in every feed and format", async () => {
    await tell([
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
    for (const asked of paths) {
      const json = idsOf(await get(pathOf(asked)))
      const atom = readAtom((await get(pathOf(asked, "", "atom"))).text).entries.map((entry) => entry.id)
      const rss = readRss((await get(pathOf(asked, "", "rss"))).text).entries.map((entry) => entry.id)
      expect(json.filter((each) => each === id)).toHaveLength(1)
      expect([atom, rss]).toEqual([json, json])
    }
  })
})

describe("form and length", () => {
  test("content=summary has no bodies, whatever the format, and the same articles", async () => {
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

  test("limit is obeyed, and goes with the pages", async () => {
    // Nothing was amended among the articles with this tag.
    await tell(
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

describe("what cannot be chosen", () => {
  test.each([
    ["/feed.json?section=arts,wrold", "section", /There is no section wrold here\. Did you mean world\?/],
    ["/feed.json?section=arts&not=futball", "not", /There is no section futball here\. Did you mean football\?/],
    ["/feed.json?lang=ar&publisher=onee", "publisher", /There is no publisher onee here\. Did you mean one\?/],
    ["/feed.json?limit=101", "limit", /1 to 100/],
    ["/feed.json?lang=arabic", "lang", /BCP 47/],
    ["/feed.json?content=ful", "content", /Did you mean full\?/],
    ["/feed.json?not=arts&section=arts,world", "not", /takes away arts/],
    ["/feed.json?after=nonsense", "after", /no place in this feed/],
    ["/feed.json?after=MS54LnBhZ2UuMS4y", "after", /no place in this feed/],
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

  test("names that would mean something to a path, to JSON or to SQL are names that nobody has", async () => {
    for (const name of ["..", ".", "a/b", '"', "'", "$.addresses", "*", "?", "[a-z]*", "section:1", "all", "%", "\\"]) {
      for (const path of [
        `/feed.json?section=${encodeURIComponent(name)}`,
        `/feed.json?section=arts,${encodeURIComponent(name)}`,
      ]) {
        const sent = await get(path)
        // One that could be a slug has a path, and nothing is there.
        const answer = name === "all" && !path.includes("arts") ? [404, "unknown_section"] : [400, "invalid_parameter"]
        expect([path, sent.status, sent.json.code]).toEqual([path, ...answer])
      }
      const tagged = await get(`/feed.json?tag=${encodeURIComponent(name)}`)
      expect([name, tagged.status, idsOf(tagged)]).toEqual([name, 200, []])
    }
  })
})

test("a section that was renamed leads on from inside a list, by 301, to today's name", async () => {
  const asked = { ...EVERYTHING, section: ["arts", "football"], not: ["france"] }
  const before = expected(asked)
  expect((await admin("PATCH", "/sections/football", { slug: "soccer" })).status).toBe(200)
  expect((await admin("PATCH", "/sections/france", { slug: "la-france" })).status).toBe(200)
  const old = await send("/feed.json?not=france&section=arts,football")
  expect([old.status, old.headers.get("location")]).toEqual([
    301,
    `${ORIGIN}/feed.json?not=la-france&section=arts,soccer`,
  ])
  expect(old.headers.get("vary")).toContain("A-IM")
  expect(listed(await pagesOf("/feed.json?not=france&section=arts,football"))).toEqual(before)
  // Two names of one section are one section, and then a path.
  expect((await get("/feed.json?section=football,soccer")).json.feed_url).toBe(`${ORIGIN}/sections/soccer/feed.json`)
  // What is asked for and taken away under two names is seen through.
  expect((await get("/feed.json?section=arts,football&not=soccer")).status).toBe(400)
  expect((await get("/feed.json?section=football&not=soccer")).status).toBe(400)
})

test("every table says the same", expectConsistent)
