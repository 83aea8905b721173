/** Uses the API with the typed client only. Every answer has the type of its route and of openapi.json. */
import { createMessageBatch } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { createClient } from "feedwire/client"
import { parseResponse } from "hono/client"
import { beforeAll, describe, expect, expectTypeOf, test } from "vitest"
import partners from "../../docs/partners.md?raw"
import docs from "../../public/docs.html?raw"
import type { Article, Articles, Change, Headline, ProblemDetails, SnapshotLine } from "../../src/api/json/schema.ts"
import worker from "../../src/index.ts"
import { DAY, rfc3339, until, wait } from "./clock.ts"
import { article, makeWire, ORIGIN, push, send, sweep } from "./world.ts"

/** The queue, whose messages the test delivers as the platform does. */
const queued: unknown[] = []
const VIEWS = { send: async (message: unknown) => void queued.push(message) } as unknown as Queue

const overTheWire: typeof fetch = async (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input)
  const { status, headers, text } = await send(url.pathname + url.search, init as RequestInit, { ...env, VIEWS })
  return new Response(text === "" ? null : text, { status, headers })
}

const wire = createClient(ORIGIN, { fetch: overTheWire }).v1
const NEWS = [
  ["train", "قطار ركاب تجريبي بين معان والعقبة", "<p>وَصَلَ القطارُ إلى محطة العقبة.</p>", ["سكك حديدية", "نقل"]],
  ["harbour", "ليل الميناء في العقبة", "<p>عمال الميناء يعملون ليلا.</p>", ["نقل"]],
  ["rain", "أمطار غزيرة", "<p>توقعات الطقس.</p>", []],
] as const
until(Date.UTC(2026, 10, 20, 12))
const { nahar, meridian } = await makeWire({
  sections: {
    world: { names: { en: "World", ar: "العالم" } },
    "middle-east": { names: { en: "Middle East", ar: "الشرق الأوسط" }, parent: "world" },
    sports: { names: { en: "Sports" } },
  },
  publishers: {
    nahar: { name: "وكالة نهار", language: "ar", default_section: "world" },
    meridian: { name: "Meridian Wire", language: "en", default_section: "sports" },
  },
})

beforeAll(async () => {
  const base = Date.UTC(2026, 10, 20, 8)
  await push(
    nahar,
    NEWS.map(([id, title, content_html, tags], no) =>
      article({
        ...{ id, title, content_html, tags, language: "ar", url: `https://nahar.example/${id}` },
        date_published: rfc3339(base + no * 60_000),
        image: "https://images.nahar.example/1.jpg",
        authors: [{ name: "رامي الحويطي" }],
        _feedwire: {
          sections: ["middle-east"],
          dateline: "العقبة",
          image: { caption: "المحطة", credit: "وكالة نهار", alt: "محطة", width: 1200, height: 675 },
          ...(id === "train" && { related: [{ url: "https://nahar.example/harbour", title: "ليل الميناء" }] }),
        },
      }),
    ),
  )
  await push(meridian, [
    article({ id: "match", title: "A match", language: "en", date_published: rfc3339(base - DAY) }),
  ])
})

const digits = (id: string | undefined): string => (id ?? "").slice(-32)
const idOf = async (title: string): Promise<string> => {
  const { articles } = await list({ q: title })
  return digits(articles[0]?.id)
}

type Query = NonNullable<NonNullable<Parameters<typeof wire.articles.$get>[0]>["query"]>

const list = (query: Query) => parseResponse(wire.articles.$get({ query }))

describe("lists through the client", () => {
  test("all pages together have every article once", async () => {
    const titles: (string | undefined)[] = []
    let cursor: string | undefined
    do {
      const page = await list({ lang: ["ar"], limit: "2", ...(cursor !== undefined && { cursor }) })
      titles.push(...page.articles.map(({ title }) => title))
      cursor = page.cursor
    } while (cursor !== undefined)
    expect(titles).toEqual(NEWS.map(([, title]) => title).reverse())
  })

  test("sections include those below, and several publishers are repeated parameters", async () => {
    expect((await list({ section: "world" })).articles).toHaveLength(3)
    expect((await list({ publisher: ["nahar", "meridian"], not: "sports" })).articles).toHaveLength(3)
  })

  test("Arabic is found with and without diacritics", async () => {
    await sweep()
    for (const q of ["وصل القطار", "وَصَلَ القِطارُ"]) {
      const { articles } = await list({ q, fields: "title" })
      expect([q, articles.map(({ title, snippet }) => [title, snippet?.includes("<mark>")])]).toEqual([
        q,
        [[NEWS[0][1], true]],
      ])
    }
  })
})

describe("an article through the client", () => {
  test("has all members: breadcrumb, image with caption, authors, direction, attribution", async () => {
    const one = await parseResponse(wire.articles[":id"].$get({ param: { id: await idOf("قطار") } }))
    expect(one).toMatchObject({
      breadcrumb: [{ names: { ar: "العالم" } }, { slug: "middle-east", names: { ar: "الشرق الأوسط" } }],
      image: { caption: "المحطة", credit: "وكالة نهار", width: 1200 },
      authors: [{ name: "رامي الحويطي" }],
      direction: "rtl",
      dateline: "العقبة",
      attribution: { name: "وكالة نهار", url: "https://nahar.example/train" },
      content_text: "وَصَلَ القطارُ إلى محطة العقبة.",
    })
  })

  test("has related articles, beginning with those that its publisher relates to it", async () => {
    const param = { id: await idOf("قطار") }
    const { related } = await parseResponse(wire.articles[":id"].related.$get({ param, query: { limit: "2" } }))
    expect(related.map(({ reason, title }) => [reason, title])).toEqual([
      ["explicit", NEWS[1][1]],
      ["section", NEWS[2][1]],
    ])
  })

  test("that does not exist is a typed problem", async () => {
    const answer = await wire.articles[":id"].$get({ param: { id: "0".repeat(32) } })
    expect(answer.ok).toBe(false)
    if (answer.ok) return
    const problem = await answer.json()
    expectTypeOf(problem.code).toEqualTypeOf<string>()
    expectTypeOf(problem).toEqualTypeOf<ProblemDetails>()
    expect([answer.status, problem.code]).toEqual([404, "not_found"])
  })

  test("a problem lists every error of a request", async () => {
    const answer = await wire.articles.$get({ query: { limit: "500", lang: "arabic!", since: "yesterday" } })
    if (answer.ok) throw new Error("it was taken")
    const { errors = [] } = await answer.json()
    expect(errors.map(({ parameter }) => parameter).sort()).toEqual(["lang", "limit", "since"])
  })
})

test("a front page is one request", async () => {
  const query = { sections: "world,sports", limit: "2", unique: "1" }
  const front = await parseResponse(wire.front.$get({ query }))
  expect(front.latest.map(({ title }) => title)).toEqual([NEWS[2][1], NEWS[1][1]])
  expect(front.sections.map(({ section, articles }) => [section.slug, articles.map(({ title }) => title)])).toEqual([
    ["world", [NEWS[0][1]]],
    ["sports", ["A match"]],
  ])
})

test("views make the most-read list", async () => {
  const id = await idOf("قطار")
  const taken = await wire.views.$post({ json: { articles: [id] } }, { headers: READER })
  expect(taken.status).toBe(202)
  const led = await createClient(ORIGIN, { fetch: overTheWire }).r[":id"].$get({ param: { id } }, { headers: READER })
  expect([led.status, led.headers.get("location")]).toEqual([302, "https://nahar.example/train"])
  const messages = queued.splice(0).map((body, no) => ({ id: String(no), timestamp: new Date(), attempts: 1, body }))
  await worker.queue(createMessageBatch("feedwire-views", messages), env)
  wait(6 * 60_000)
  await sweep()
  const { articles } = await parseResponse(wire["most-read"].$get({ query: { window: "1h" } }))
  expect(articles.map(({ title, views }) => [title, views])).toEqual([[NEWS[0][1], 1]])
})

const READER = {
  "cf-connecting-ip": "192.0.2.1",
  "user-agent": "Mozilla/5.0 (X11; Linux x64; rv:140.0) Gecko/20100101 Firefox/140.0",
}

describe("a mirror through the client", () => {
  const mirror = new Map<string, Article>()

  async function catchUp(cursor?: string): Promise<string> {
    const query = { limit: "2", ...(cursor !== undefined && { cursor }) }
    const page = await parseResponse(wire.changes.$get({ query }))
    expectTypeOf(page.changes).toEqualTypeOf<Change[]>()
    for (const change of page.changes) {
      if ("article" in change) mirror.set(change.id, change.article)
      else if ("deleted_at" in change) mirror.delete(change.id)
    }
    return page.more ? catchUp(page.cursor) : page.cursor
  }

  const titles = () => [...mirror.values()].map(({ title }) => title).sort()

  test("has everything, and sees a correction and a withdrawal", async () => {
    const begun = await catchUp()
    expect(titles()).toEqual(["A match", ...NEWS.map(([, title]) => title)].sort())

    wait(60_000)
    await push(meridian, [
      article({ id: "match", title: "A corrected match", _feedwire: { correction: { note: "Score." } } }),
    ])
    await push(nahar, [{ id: "rain" }], { type: "article.deleted" })
    const corrected = await catchUp(begun)
    expect(titles()).toEqual(["A corrected match", NEWS[0][1], NEWS[1][1]].sort())
    expect([...mirror.values()].find(({ title }) => title === "A corrected match")?.correction?.note).toBe("Score.")
    expect(await catchUp(corrected)).not.toBe("")
  })

  test("can begin with everything at once", async () => {
    const answer = await wire.snapshot.$get()
    const lines = (await answer.text())
      .trim()
      .split("\n")
      .map((line): SnapshotLine => JSON.parse(line))
    const last = lines.at(-1)
    expect(last).toMatchObject({ complete: true })
    const received = lines.flatMap((line) => ("article" in line ? [line.article.title] : []))
    expect(received.sort()).toEqual(titles())
  })
})

test("names are a tree of sections, publishers with what they share, and tags", async () => {
  const { sections } = await parseResponse(wire.sections.$get())
  const { publishers } = await parseResponse(wire.publishers.$get())
  const { tags } = await parseResponse(wire.tags.$get({ query: { prefix: "نق" } }))
  expect(sections.map(({ slug, parent }) => [slug, parent])).toEqual([
    ["world", undefined],
    ["middle-east", "section:1"],
    ["sports", undefined],
  ])
  const shared = publishers.map(({ slug, redistribution }) => [slug, redistribution])
  expect(shared).toEqual(expect.arrayContaining([["nahar", "full"]]))
  expect(tags.map((tag) => [tag.name, tag.article_count])).toEqual([["نقل", 2]])
})

test("the example requests of the page at /docs work", async () => {
  const paths = [...docs.matchAll(/<a href="(\/v1\/[^"]*)"/g)].map(([, path = ""]) => path.replaceAll("&amp;", "&"))
  expect(paths.length).toBeGreaterThan(5)
  for (const path of paths) expect([path, (await send(path)).status]).toEqual([path, 200])
})

test("a key is sent with every request", async () => {
  const sent: (string | null)[] = []
  const client = createClient(ORIGIN, {
    key: "fwk_id_secret",
    fetch: (async (input, init) => {
      sent.push(new Headers(init?.headers).get("authorization"))
      return overTheWire(input, init)
    }) satisfies typeof fetch,
  })
  // No partner has this key.
  expect((await client.v1.sections.$get()).status).toBe(401)
  expect(sent).toEqual(["Bearer fwk_id_secret"])
})

test("the program of docs/partners.md compiles, and distinguishes answers from problems", async () => {
  const read = async (limit: string) => {
    const wire = createClient(ORIGIN, { fetch: overTheWire })
    const answer = await wire.v1.articles.$get({ query: { section: ["world"], limit } })
    if (!answer.ok) throw new Error((await answer.json()).detail)
    const { articles } = await answer.json()
    return articles
  }
  expectTypeOf<Awaited<ReturnType<typeof read>>>().toEqualTypeOf<Articles["articles"]>()
  expect((await read("1")).length).toBe(1)
  await expect(read("0")).rejects.toThrow('limit "0" must be a number from 1 to 100')
  for (const line of read.toString().matchAll(/^ *((?:const answer|if \(!answer|const \{ articles).*?);?$/gm))
    expect(partners).toContain(line[1]?.replace("limit }", 'limit: "3" }'))
})

test("the status determines the type of the answer, also 304 for a request with a validator", async () => {
  const first = await wire.articles.$get({ query: {} })
  const etag = first.headers.get("etag") ?? ""
  const same = await wire.articles.$get({ query: {} }, { headers: { "if-none-match": etag } })
  expect(same.status).toBe(304)
  if (same.status === 304) {
    expectTypeOf(same.ok).toEqualTypeOf<false>()
    expectTypeOf(same.json).returns.toEqualTypeOf<Promise<never>>()
  } else if (same.status === 200) expectTypeOf(await same.json()).toEqualTypeOf<Articles>()
  else expectTypeOf(await same.json()).toEqualTypeOf<ProblemDetails>()
})

test("answers are typed, and invalid requests do not compile", async () => {
  const client = createClient(ORIGIN, { fetch: overTheWire })
  type Ok<T> = T extends { ok: true; json(): Promise<infer A> } ? A : never
  type Listed = Ok<Awaited<ReturnType<typeof wire.articles.$get>>>
  type Fronted = Ok<Awaited<ReturnType<typeof wire.front.$get>>>
  expectTypeOf<Listed["articles"][number]["title"]>().toEqualTypeOf<string | undefined>()
  expectTypeOf<Listed["articles"][number]["direction"]>().toEqualTypeOf<"ltr" | "rtl" | undefined>()
  expectTypeOf<Fronted["latest"]>().toEqualTypeOf<Headline[]>()
  expectTypeOf<Listed>().not.toBeAny()
  // @ts-expect-error no such parameter
  const refused = await client.v1.articles.$get({ query: { secton: "world" } })
  expect(refused.status).toBe(400)
  // @ts-expect-error no such route
  expect((await client.v1.authors.$get()).status).toBe(404)
  // @ts-expect-error an article has an id
  expect((await client.v1.articles[":id"].$get({ query: {} })).status).toBe(404)
})
