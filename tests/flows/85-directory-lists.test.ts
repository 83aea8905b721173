/** Tests the lists for partners of sections, publishers and tags, each with its number of articles. */
import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, test } from "vitest"
import { encodeCursor } from "../../src/articles/model/cursor.ts"
import { readTags } from "../../src/articles/read/tags.ts"
import { createDbClient } from "../../src/db/client.ts"
import { foldName } from "../../src/text/fold-name.ts"
import { byCodePoint } from "./code-points.ts"
import { fill } from "./many-articles.ts"
import { LARGE } from "./size-of-wire.ts"
import { admin, article, counted, ORIGIN, type Publisher, publisher, push, section, send } from "./world.ts"

const AWKWARD = [
  "rock, roll",
  'say "x"',
  "100%",
  "a=b&c",
  "back\\slash",
  "o'hara",
  "c++",
  "a.b",
  "بيروت",
  "日本",
  "🎈",
  "a/b",
]
const { bindings, trips } = counted()
/** With Workers Cache in front, every request asks D1. */
const edge = { purge: async () => ({ success: true }) }
let one: Publisher
let two: Publisher

beforeAll(async () => {
  // This order differs from the order of the tree.
  await section("world", { names: { en: "World", ar: "العالم" }, descriptions: { en: "All of it" } })
  await section("sports")
  await section("europe", { parent: "world", icon: "https://one.example/europe.png" })
  await section("france", { parent: "europe" })
  await section("asia", { parent: "world" })
  await section("notes")
  one = await publisher("one", { language: "ar" })
  two = await publisher("two", { redistribution: "summary" })
  await push(one, [
    article({ tags: ["Budget", ...AWKWARD], _feedwire: { sections: ["france"] } }, 3),
    article({ tags: ["budget", "Gone"], _feedwire: { sections: ["asia", "sports"] } }, 3),
    article({ url: "https://one.example/shared", tags: ["ours"], _feedwire: { sections: ["sports"] } }, 3),
  ])
  await push(two, [
    article({ url: "https://two.example/1", tags: ["theirs", "budget"], _feedwire: { sections: ["sports"] } }, 3),
    // This duplicate of another publisher's article is in no section and no tag.
    article(
      { url: "https://one.example/shared?utm_source=two", tags: ["twice"], _feedwire: { sections: ["sports"] } },
      3,
    ),
  ])
})

describe("/v1/sections", () => {
  test("lists the tree from the top, with names, descriptions, icons and numbers of articles", async () => {
    const { status, json, headers } = await send("/v1/sections")
    expect(status).toBe(200)
    expect(
      json.sections.map((each: { slug: string; parent?: string; article_count: number }) => [
        each.slug,
        each.parent,
        each.article_count,
      ]),
    ).toEqual([
      ["world", undefined, 2],
      ["europe", "section:1", 1],
      ["france", "section:3", 1],
      ["asia", "section:1", 1],
      ["sports", undefined, 3],
      ["notes", undefined, 0],
    ])
    expect(json.sections[0]).toEqual({
      id: "section:1",
      slug: "world",
      names: { en: "World", ar: "العالم" },
      descriptions: { en: "All of it" },
      article_count: 2,
      url: `${ORIGIN}/v1/articles?section=world`,
    })
    expect(json.sections[1].icon).toBe("https://one.example/europe.png")
    expect(headers.get("content-type")).toBe("application/json; charset=utf-8")
  })

  test("has an address for each section that lists as many articles", async () => {
    for (const { url, article_count: count } of (await send("/v1/sections")).json.sections) {
      expect((await send(url)).json.articles, url).toHaveLength(count)
    }
  })

  test("changes its validator with an article and with a name, and is otherwise 304", async () => {
    const ask = (etag: string) => send("/v1/sections", { headers: { "if-none-match": etag } })
    const before = (await send("/v1/sections")).headers.get("etag") ?? ""
    expect((await ask(before)).status).toBe(304)
    await push(one, article({ _feedwire: { sections: ["notes"] } }, 3))
    const after = await ask(before)
    expect([after.status, after.json.sections.at(-1).article_count]).toEqual([200, 1])
    await admin("PATCH", "/sections/notes", { names: { en: "Notes and queries" } })
    const renamed = await ask(after.headers.get("etag") ?? "")
    expect([renamed.status, renamed.json.sections.at(-1).names.en]).toEqual([200, "Notes and queries"])
  })
})

describe("/v1/publishers", () => {
  test("lists publishers with what partners may do with their articles", async () => {
    const { json, headers } = await send("/v1/publishers")
    expect(json.publishers).toEqual([
      {
        id: expect.stringMatching(/^tag:feeds\.example,2026:publisher\//),
        slug: "one",
        name: "one",
        home_page_url: "https://one.example/",
        language: "ar",
        redistribution: "full",
        article_count: 4,
        url: `${ORIGIN}/v1/articles?publisher=one`,
      },
      expect.objectContaining({ slug: "two", redistribution: "summary", article_count: 2 }),
    ])
    expect(json.publishers[1]).not.toHaveProperty("language")
    for (const { url, article_count: count } of json.publishers)
      expect((await send(url)).json.articles, url).toHaveLength(count)
    expect(headers.get("cache-tag")).toBe("all,~all,wire")
  })

  test("counts an article that is suppressed from the start, and its validator changes", async () => {
    const { headers } = await send("/v1/publishers")
    const duplicate = { url: "https://www.one.example/shared/", _feedwire: { sections: ["sports"] } }
    await push(two, article(duplicate, 3))
    const after = await send("/v1/publishers", { headers: { "if-none-match": headers.get("etag") ?? "" } })
    expect([after.status, after.json?.publishers[1].article_count]).toEqual([200, 3])
  })
})

const tagsOf = async (path: string): Promise<string[]> =>
  (await send(path)).json.tags.map(({ name }: { name: string }) => name)

describe("/v1/tags", () => {
  test("lists the tags of the wire by name, each with an address that lists as many articles", async () => {
    const { json } = await send("/v1/tags")
    const listed = ["budget", "gone", "ours", "theirs", ...AWKWARD]
    expect(json.tags.map(({ name }: { name: string }) => foldName(name))).toEqual(byCodePoint(listed))
    expect(json.tags.map(({ name }: { name: string }) => name)).toEqual(expect.arrayContaining(["Budget", "Gone"]))
    expect(json).not.toHaveProperty("next")
    for (const { name, article_count: count, url } of json.tags) {
      expect(count, name).toBe(name === "Budget" ? 3 : 1)
      expect((await send(url)).json.articles, url).toHaveLength(count)
    }
  })

  test("lists no tag without articles, whatever tags are beside it", async () => {
    const sent = article({ tags: ["short-lived"] }, 3)
    await push(one, sent)
    expect(await tagsOf("/v1/tags?prefix=short")).toEqual(["short-lived"])
    await push(one, { id: sent.id }, { type: "article.deleted" })
    expect(await tagsOf("/v1/tags?prefix=short")).toEqual([])
  })

  test("folds prefix as it does tags", async () => {
    expect(await tagsOf("/v1/tags?prefix=BUD")).toEqual(["Budget"])
    expect(await tagsOf("/v1/tags?prefix=budget")).toEqual(["Budget"])
    expect(await tagsOf(`/v1/tags?prefix=${encodeURIComponent("\u200fبِـى")}`)).toEqual(["بيروت"])
    expect(await tagsOf(`/v1/tags?prefix=${encodeURIComponent("بي")}`)).toEqual(["بيروت"])
    expect(await tagsOf("/v1/tags?prefix=a")).toEqual(["a.b", "a/b", "a=b&c"])
    expect(await tagsOf("/v1/tags?prefix=nobody")).toEqual([])
  })

  test("refuses a prefix without a visible character, which would be no prefix", async () => {
    for (const prefix of ["\u0640", "\u200b", "\u200f\u200e", "\u0640\u0640", "\u2060", "\ufe0f", "\u00ad"]) {
      const { status, json } = await send(`/v1/tags?prefix=${encodeURIComponent(prefix)}`)
      expect([status, json.errors]).toEqual([
        400,
        [{ parameter: "prefix", detail: "has no visible character: begin with a letter or a digit" }],
      ])
    }
  })

  test("has pages of any length, with any characters at their ends, that join to the whole list", async () => {
    const all = await tagsOf("/v1/tags?limit=100")
    for (const limit of [1, 2, 3, 7]) {
      const seen: string[] = []
      for (let url: string | undefined = `/v1/tags?limit=${limit}`; url !== undefined; ) {
        const { json, headers } = await send(url)
        expect(headers.get("link")).toBe(json.next ? `<${json.next}>; rel="next"` : null)
        seen.push(...json.tags.map(({ name }: { name: string }) => name))
        url = json.next
      }
      expect(seen).toEqual(all)
    }
    expect((await send("/v1/tags?limit=1&prefix=a")).json.next).toContain("prefix=a")
  })

  test("refuses an invalid cursor, or one of another list, together with all other errors", async () => {
    const { json } = await send("/v1/tags?limit=1&prefix=a")
    const nowhere = ["!", btoa("\xff")].map((at) => encodeCursor("0a1b2c3d4e", "tags", [at]))
    for (const cursor of ["x", "AAAA", (await send("/v1/articles?limit=1")).json.cursor, ...nowhere]) {
      const refused = await send(`/v1/tags?cursor=${cursor}&limit=101&prefixx=a`)
      expect([refused.status, refused.json.errors.length]).toEqual([400, 3])
      expect(refused.text).toContain("Did you mean prefix?")
    }
    const elsewhere = `/v1/tags?prefix=b&cursor=${json.cursor}`
    expect((await send(elsewhere)).json).toMatchObject({ status: 400, errors: [{ parameter: "cursor" }] })
    const { errors } = (await send(`${elsewhere}&limit=0`)).json
    expect(errors.map(({ parameter }: { parameter: string }) => parameter)).toEqual(["limit", "cursor"])
  })

  test("continues after tags without articles: a short page has a next one", async () => {
    await env.DB.prepare(
      `with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000)
       insert into scopes (key, revision, changed_at, article_count, last_position)
       select printf('tag:dead%05d', i), 1, 1, iif(i in (1, 2999), 1, 0), 1 from n`,
    ).run()
    const seen: string[] = []
    let pages = 0
    for (let url: string | undefined = "/v1/tags?limit=5&prefix=dead"; url !== undefined; pages++) {
      trips.length = 0
      const { json }: { json: { tags: { name: string }[]; next?: string } } = await send(url, {}, bindings, edge)
      expect(trips.map(({ rowsRead }) => rowsRead <= 20 * 10 + 10)).toEqual([true])
      seen.push(...json.tags.map(({ name }) => name))
      url = json.next
    }
    expect(seen).toEqual(["dead00001", "dead02999"])
    expect(pages).toBeGreaterThan(10)
    await env.DB.prepare("delete from scopes where key glob 'tag:dead*'").run()
  })
})

describe("for a partner that may see one publisher only", () => {
  test("tags are those of the publisher's newest articles", async () => {
    const db = createDbClient(env.DB)
    const rows = await env.DB.prepare("select slug, uid from publishers").all<{ slug: string; uid: string }>()
    const uids = Object.fromEntries(rows.results.map(({ slug, uid }) => [slug, uid]))
    const of = async (...slugs: string[]) => {
      const publishers = slugs.map((slug) => uids[slug] as string)
      const seen: string[] = []
      let after: string | undefined
      do {
        const { content } = await readTags(db, { prefix: "", after, limit: 3, publishers }, [])
        seen.push(...(content?.tags ?? []).map(({ name }) => name))
        after = content?.next
      } while (after !== undefined)
      return seen
    }
    expect(await of("two")).toEqual(["Budget", "theirs"])
    expect((await of("one")).map(foldName)).toEqual(byCodePoint(["budget", "gone", "ours", ...AWKWARD]))
    expect(await of("one", "two")).toEqual(await tagsOf("/v1/tags"))
  })
})

describe.each([1000, LARGE])("with %i articles on the wire", (total) => {
  beforeAll(() => fill(total), 120_000)

  test("each list is one round trip and a row an entry; a 304 reads the validator", async () => {
    const most: Record<string, number> = { "/v1/sections": 30, "/v1/publishers": 18, "/v1/tags": 420 }
    for (const [path, rows] of Object.entries(most)) {
      const { headers } = await send(path, {}, bindings, edge)
      trips.length = 0
      await send(path, {}, bindings, edge)
      expect(trips, path).toEqual([expect.objectContaining({ statements: 1 })])
      expect(trips[0]?.rowsRead, path).toBeLessThanOrEqual(rows)
      trips.length = 0
      const same = await send(path, { headers: { "if-none-match": headers.get("etag") ?? "" } }, bindings, edge)
      expect([same.status, trips.length]).toEqual([304, 1])
      expect(trips[0]?.rowsRead, path).toBeLessThanOrEqual(10)
    }
  })

  test("for a partner of one publisher, a page of tags reads at most twenty rows an entry", async () => {
    const limited = counted()
    const uid =
      (await env.DB.prepare("select uid from publishers where slug = 'two'").first<{ uid: string }>())?.uid ?? ""
    for (const limit of [1, 10, 100]) {
      limited.trips.length = 0
      await readTags(
        createDbClient(limited.bindings.DB),
        { prefix: "", after: undefined, limit, publishers: [uid] },
        [],
      )
      expect(limited.trips).toHaveLength(1)
      expect(limited.trips[0]?.rowsRead).toBeLessThanOrEqual(20 * Math.max(limit + 1, 10) + 10)
    }
  })
})
