/** Compares the front page of a partner with a model without SQL. */
import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, test } from "vitest"
import { type FrontPage, readFront } from "../../src/articles/compose/front-page.ts"
import { EVERYTHING, scopeSelection } from "../../src/articles/read/selection-terms.ts"
import { countViews, hourOf } from "../../src/articles/views/count-views.ts"
import { hashToMark } from "../../src/articles/views/reader-sketch.ts"
import { createDbClient } from "../../src/db/client.ts"
import * as fc from "../fast-check.ts"
import { type Answer, admin, article, ORIGIN, type Publisher, publisher, push, section, send, sweep } from "./world.ts"

const PARENTS: Record<string, string | undefined> = {
  world: undefined,
  europe: "world",
  france: "europe",
  sports: undefined,
  arts: undefined,
  empty: undefined,
}
const SECTIONS = Object.keys(PARENTS)
const TOP = SECTIONS.filter((slug) => PARENTS[slug] === undefined)
const LANGUAGES = ["en", "ar", "ar-EG", "fr", undefined]
const START = Date.UTC(2026, 9, 1)

interface TestArticle {
  guid: string
  publisher: "one" | "two"
  sections: string[]
  language: string | undefined
  /** Minutes. There are few, so that many articles have the same time. */
  published: number
  readers: number
}

interface FrontRequest {
  sections: string[]
  lang: string[]
  limit: number
  unique: boolean
}

/** The articles on the wire, by id. */
const wire = new Map<string, TestArticle>()
const uids: Record<string, string> = {}
let publishers: Record<"one" | "two", Publisher>

const anyArticle = fc.record({
  publisher: fc.constantFrom("one" as const, "two" as const),
  sections: fc.subarray(
    SECTIONS.filter((slug) => slug !== "empty"),
    { maxLength: 3 },
  ),
  language: fc.constantFrom(...LANGUAGES),
  published: fc.integer({ min: 0, max: 30 }),
})

async function publish(all: TestArticle[]): Promise<void> {
  for (const by of ["one", "two"] as const) {
    const items = all.filter((each) => each.publisher === by)
    if (items.length === 0) continue
    const sent = await push(publishers[by], items.map(itemOf))
    for (const { outcome } of sent.json.results) expect(outcome).toBe("created")
  }
  const { results } = await env.DB.prepare("select id, guid from articles").all<{ id: string; guid: string }>()
  const ids = new Map(results.map(({ id, guid }) => [guid, id]))
  for (const each of all) wire.set(ids.get(each.guid) ?? "", each)
}

const itemOf = ({ guid, sections, language, published }: TestArticle): object =>
  article(
    {
      id: guid,
      title: guid,
      date_published: new Date(START + published * 60_000).toISOString(),
      language,
      _feedwire: { sections },
    },
    3,
  )

/** Gives each article this many readers in the current hour, and updates the lists. */
async function read(all: ReadonlyMap<string, number>): Promise<void> {
  const now = Date.now()
  const messages = [...all].flatMap(([id, readers]) =>
    Array.from({ length: readers }, (_, reader) => ({
      hour: hourOf(now),
      // Each reader has a register of its own, so that the sketch counts exactly.
      views: [[id, hashToMark(new Uint8Array([reader >> 4, (reader & 15) << 4, 128, 0, 0, 0]))] as [string, number]],
    })),
  )
  await countViews(createDbClient(env.DB), messages, now)
  await env.DB.prepare("update most_read_update set at = 0").run()
  await sweep()
}

const withAncestors = (slug: string): string[] => {
  const parent = PARENTS[slug]
  return parent === undefined ? [slug] : [slug, ...withAncestors(parent)]
}

/** Ids of the articles that a block may show, in order. */
function candidates(slug: string | undefined, lang: string[], by: string[] = ["one", "two"]): string[] {
  const found = [...wire].filter(([, each]) => {
    const tag = each.language?.toLowerCase()
    const spoken = tag === undefined ? [] : [tag, tag.split("-")[0] as string]
    return (
      by.includes(each.publisher) &&
      (slug === undefined || each.sections.flatMap(withAncestors).includes(slug)) &&
      (lang.length === 0 || lang.some((each) => spoken.includes(each)))
    )
  })
  return found.sort(([a, one], [b, other]) => other.published - one.published || (a < b ? 1 : -1)).map(([id]) => id)
}

const mostRead = (lang: string[], by?: string[]): string[] =>
  candidates(undefined, lang, by)
    .filter((id) => (wire.get(id)?.readers ?? 0) > 0)
    .toSorted((a, b) => (wire.get(b)?.readers ?? 0) - (wire.get(a)?.readers ?? 0))

/** A block may be short only if its shortest list has more articles than the block scans. */
const SEEN = 6

/** Each block shows the articles that are not in an earlier block. */
function expectBlocks(blocks: string[][], { sections, lang, limit, unique }: FrontRequest, by?: string[]): void {
  const expectedBlocks = [undefined, ...(sections.length > 0 ? sections : TOP)].map((slug) =>
    candidates(slug, lang, by),
  )
  const shown = new Set<string>()
  expect(blocks).toHaveLength(expectedBlocks.length + 1)
  for (const [at, block] of blocks.entries()) {
    const all = (expectedBlocks[at] ?? mostRead(lang, by)).filter((id) => !(unique && shown.has(id)))
    expect(block, `block ${at}`).toEqual(all.slice(0, block.length))
    const section = at === 0 ? undefined : (sections.length > 0 ? sections : TOP)[at - 1]
    const shortest = Math.min(
      candidates(section, []).length,
      ...(lang.length > 0 ? [lang.reduce((sum, tag) => sum + candidates(undefined, [tag]).length, 0)] : []),
      ...(by ? [candidates(undefined, [], by).length] : []),
    )
    const isNarrowed = lang.length > 0 || by !== undefined
    if (!isNarrowed || at >= expectedBlocks.length || shortest <= SEEN * limit) {
      expect(block, `block ${at} is whole`).toHaveLength(Math.min(limit, all.length))
    }
    for (const id of block) shown.add(id)
  }
}

const idOf = ({ id }: { id: string }): string => id.slice(-32)
const blocksIn = ({ json }: Answer): string[][] => [
  json.latest.map(idOf),
  ...json.sections.map(({ articles }: { articles: { id: string }[] }) => articles.map(idOf)),
  json.most_read.map(idOf),
]
const pathOf = ({ sections, lang, limit, unique }: FrontRequest): string => {
  const query = new URLSearchParams()
  if (sections.length > 0) query.set("sections", sections.join(","))
  for (const tag of lang) query.append("lang", tag)
  query.set("limit", String(limit))
  if (unique) query.set("unique", "1")
  return `/v1/front?${query}`
}

const requests: fc.Arbitrary<FrontRequest> = fc.record({
  sections: fc.shuffledSubarray(SECTIONS),
  lang: fc.oneof({ weight: 2, arbitrary: fc.constant<string[]>([]) }, fc.subarray(["ar", "ar-eg", "en", "fr"])),
  limit: fc.constantFrom(1, 2, 3, 6, 10, 20),
  unique: fc.boolean(),
})

beforeAll(async () => {
  for (const slug of SECTIONS) await section(slug, PARENTS[slug] === undefined ? {} : { parent: PARENTS[slug] })
  publishers = { one: await publisher("one"), two: await publisher("two") }
  const { results } = await env.DB.prepare("select slug, uid from publishers").all<{ slug: string; uid: string }>()
  for (const { slug, uid } of results) uids[slug] = uid
  const sample = fc.sample(anyArticle, { numRuns: 120, seed: 5 })
  await publish(sample.map((each, i) => ({ ...each, guid: `article-${i}`, readers: i % 4 === 0 ? 1 + i / 4 : 0 })))
  await read(new Map([...wire].flatMap(([id, { readers }]) => (readers > 0 ? [[id, readers]] : []))))
})

describe("the front page agrees with the model", () => {
  test("for any sections in any order, languages and lengths, with each article once or in each block", async () => {
    await fc.assert(
      fc.asyncProperty(requests, async (request) => {
        const sent = await send(pathOf(request))
        expect(sent.status, sent.text).toBe(200)
        const slugs = sent.json.sections.map((block: { section: { slug: string } }) => block.section.slug)
        expect(slugs).toEqual(request.sections.length > 0 ? request.sections : TOP)
        expectBlocks(blocksIn(sent), request)
      }),
      { numRuns: 60, endOnFailure: true },
    )
  })

  test("for a partner of some publishers, whose page is the same without the others", async () => {
    await fc.assert(
      fc.asyncProperty(requests, fc.subarray(["one", "two"]), async (request, by) => {
        const only = by.map((slug) => uids[slug] as string)
        const { sections, lang, limit, unique } = request
        const selection = scopeSelection({ ...EVERYTHING, section: ["?"], lang }, only)
        const options = { sections, selection, languages: lang, limit, unique, window: "24h" as const, scopes: ["all"] }
        const { content } = await readFront(createDbClient(env.DB), options, [])
        const of = (list: { id: string }[]) => list.map(({ id }) => id)
        const {
          latest = [],
          sections: blocks = [],
          mostRead = [],
        } = content ?? ({} as Partial<FrontPage["content"] & object>)
        const shown = [of(latest), ...blocks.map(of), of(mostRead)]
        expectBlocks(shown, request, by)
        if (by.length === 0) expect(shown.flat()).toEqual([])
      }),
      { numRuns: 75, endOnFailure: true },
    )
  })
})

describe("a front page", () => {
  test("has headlines with image, time and address, in the blocks of the top sections", async () => {
    const { json, headers } = await send("/v1/front")
    expect(Object.keys(json)).toEqual(["latest", "sections", "most_read"])
    expect(json.sections.map((block: { section: object }) => block.section)).toEqual(
      TOP.map((slug) => ({ id: expect.stringMatching(/^section:\d+$/), slug, names: { en: slug } })),
    )
    expect(json.latest).toHaveLength(6)
    expect(json.sections.at(-1)).toMatchObject({ section: { slug: "empty" }, articles: [] })
    expect(json.latest[0]).toMatchObject({
      api_url: `${ORIGIN}/v1/articles/${idOf(json.latest[0])}`,
      canonical_url: expect.stringContaining("https://one.example/articles/"),
      date_published: expect.stringMatching(/^2026-10-01T/),
      publisher: expect.objectContaining({ slug: expect.stringMatching(/^(one|two)$/) }),
    })
    expect(json.latest[0]).not.toHaveProperty("content_html")
    expect(headers.get("cache-tag")).toBe("all,views:24h,wire")
    expect((await send("/v1/front?window=7d")).headers.get("cache-tag")).toBe("all,views:7d,wire")
  })

  test("changes its validator with another article, another most-read list and another name", async () => {
    let etag = (await send("/v1/front")).headers.get("etag") ?? ""
    const ask = async (): Promise<Answer> => {
      const sent = await send("/v1/front", { headers: { "if-none-match": etag } })
      etag = sent.headers.get("etag") ?? ""
      return sent
    }
    expect((await ask()).status).toBe(304)
    await publish([{ guid: "new", publisher: "one", sections: ["arts"], language: "en", published: 60, readers: 200 }])
    const pushed = await ask()
    expect([pushed.status, pushed.json.latest[0].title]).toEqual([200, "new"])
    expect((await ask()).status).toBe(304)
    await read(new Map([[idOf(pushed.json.latest[0]), 200]]))
    const read_ = await ask()
    expect([read_.status, read_.json.most_read[0].title]).toEqual([200, "new"])
    await admin("PATCH", "/sections/arts", { names: { en: "Arts and letters" } })
    const renamed = await ask()
    expect([renamed.status, renamed.json.sections[2].section.names.en]).toEqual([200, "Arts and letters"])
    expect((await ask()).status).toBe(304)
  })

  test("loses a withdrawn article at once, also from the most-read block", async () => {
    const before = (await send("/v1/front")).json
    expect([before.latest[0].title, before.most_read[0].title]).toEqual(["new", "new"])
    await push(publishers.one, { id: "new" }, { type: "article.deleted" })
    const { text } = await send("/v1/front")
    expect(text).not.toContain('"new"')
    wire.delete(idOf(before.latest[0]))
  })

  test("shows duplicates once", async () => {
    const url = "https://one.example/scoop"
    await push(publishers.one, article({ id: "scoop", title: "scoop", url, date_published: "2026-10-02T00:00:00Z" }, 3))
    await push(publishers.two, article({ id: "copy", title: "copy", url, date_published: "2026-10-02T00:00:01Z" }, 3))
    const { json, text } = await send("/v1/front")
    expect(json.latest[0].title).toBe("scoop")
    expect(text).not.toContain('"copy"')
  })

  test("shows a partner of one publisher the suppressed articles of this publisher", async () => {
    const selection = scopeSelection({ ...EVERYTHING, section: ["?"] }, [uids.two as string])
    const options = {
      sections: [],
      selection,
      languages: [],
      limit: 3,
      unique: false,
      window: "24h" as const,
      scopes: ["all"],
    }
    const { content } = await readFront(createDbClient(env.DB), options, [])
    expect(content?.latest[0]?.title).toBe("copy")
  })
})

describe("parameters of a front page", () => {
  beforeAll(async () => {
    await section("football")
    await admin("PATCH", "/sections/football", { slug: "soccer" })
    await section("chess")
    await admin("POST", "/sections/chess/retire", {})
  })

  test("get all errors at once, with similar names", async () => {
    const sent = await send("/v1/front?sections=wrld,sprots&limit=0&windw=1h&unique=2&lang=arabic!")
    expect(sent.status).toBe(400)
    const wrong = sent.json.errors.map(({ parameter }: { parameter: string }) => parameter).sort()
    expect(wrong).toEqual(["lang", "limit", "sections", "sections", "unique", "windw"])
    for (const meant of ["world", "sports", "window"]) expect(sent.text).toContain(`Did you mean ${meant}`)
    const alone = await send("/v1/front?sections=world,wrld,sprots")
    expect([alone.status, alone.json.errors.length]).toEqual([400, 2])
  })

  test("redirect an old slug in its place and leave out a retired one; a retired one alone is 410", async () => {
    const old = await send("/v1/front?sections=world,football,chess,arts&limit=2")
    expect([old.status, old.headers.get("location")]).toEqual([
      301,
      `${ORIGIN}/v1/front?limit=2&sections=world%2Csoccer%2Carts`,
    ])
    const { json } = await send(old.headers.get("location") ?? "")
    expect(json.sections.map((block: { section: { slug: string } }) => block.section.slug)).toEqual([
      "world",
      "soccer",
      "arts",
    ])
    expect(await send("/v1/front?sections=chess")).toMatchObject({ status: 410, json: { code: "section_retired" } })
  })

  test("may have ten different sections at most", async () => {
    const many = Array.from({ length: 11 }, (_, i) => `s${i}`).join(",")
    expect((await send(`/v1/front?sections=${many}`)).status).toBe(400)
    const { json } = await send("/v1/front?sections=arts,world&sections=ARTS")
    expect(json.sections.map((block: { section: { slug: string } }) => block.section.slug)).toEqual(["arts", "world"])
  })
})
