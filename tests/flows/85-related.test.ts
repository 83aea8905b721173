/** Tests that the list of related articles has a defined order, no article twice, and never the article itself. */
import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, test } from "vitest"
import { readRelated } from "../../src/articles/compose/related-articles.ts"
import { createDbClient } from "../../src/db/client.ts"
import * as fc from "../fast-check.ts"
import { type Answer, admin, article, makeWire, ORIGIN, type Publisher, push, send, sweep } from "./world.ts"

const DAY = 86_400_000
const NOON = Date.UTC(2026, 9, 10, 12)
/** Returns the time this many days before the first article; a negative number means after it. */
const at = (days: number): string => new Date(NOON - days * DAY).toISOString()
const ids = new Map<string, string>()

async function publish(to: Publisher, ...items: Record<string, unknown>[]): Promise<void> {
  const sent = await push(to, items)
  for (const { outcome } of sent.json.results) expect(["created", "updated"]).toContain(outcome)
  const { results } = await env.DB.prepare("select id, guid from articles").all<{ id: string; guid: string }>()
  for (const { id, guid } of results) ids.set(guid, id)
}

interface Telling {
  tags?: string[]
  sections?: string[]
  language?: string | undefined
  days?: number
  related?: { url: string; title?: string }[]
  url?: string
}

function item(
  guid: string,
  { tags = [], sections = [], days = 0, related, ...more }: Telling = {},
): Record<string, unknown> {
  return article(
    {
      id: guid,
      title: guid,
      tags,
      date_published: at(days),
      ...more,
      _feedwire: { sections, ...(related && { related }) },
    },
    3,
  )
}

const relatedTo = (guid: string, query = ""): Promise<Answer> => send(`/v1/articles/${ids.get(guid)}/related${query}`)
const titles = ({ json }: Answer): string[] => json.related.map(({ title }: { title: string }) => title)
const { one, two } = await makeWire({
  sections: { world: {}, europe: { parent: "world" }, france: { parent: "europe" }, sports: {} },
  publishers: { one: { redistribution: "full" }, two: {} },
})
describe("related articles", () => {
  beforeAll(async () => {
    await publish(
      one,
      item("flood", { tags: ["dam", "weather"], sections: ["france"] }),
      item("dam built", { tags: ["Dam"], sections: ["sports"], days: 60 }),
      item("dam broke", { tags: ["dam"], days: -1 }),
      item("rain", { tags: ["weather"], days: 1 }),
      item("strike in France", { sections: ["france"], days: 1 }),
      item("vote in Europe", { sections: ["europe"], days: 1 }),
      item("السد", { tags: ["dam"], sections: ["france"], language: "ar" }),
      item("السد ينهار", { tags: ["dam"], language: "ar-EG", days: 2 }),
      // Twelve articles about the weather, long before.
      ...Array.from({ length: 12 }, (_, i) => item(`weather ${i}`, { tags: ["weather"], days: 400 + i })),
    )
  })

  test("are ordered by rare tags, then the section, both weaker with distance in time", async () => {
    // There are 20 articles. A tag of n articles weighs ln(1 + 20/n): dam, 5: 1.61; weather, 14: 0.89. A section weighs
    // half of that: france, 3: 1.02; europe and world, 4: 0.90.
    expect(titles(await relatedTo("flood"))).toEqual([
      "dam broke", // 1.61 / (1 + 1/30) = 1.56, though it is later
      "strike in France", // 1.02 / (1 + 1/30) = 0.98
      "vote in Europe", // 0.90 / (1 + 1/30) = 0.87
      "rain", // 0.89 / (1 + 1/30) = 0.86
      "dam built", // 1.61 / (1 + 60/30) = 0.54
      "weather 0", // 0.89 / (1 + 400/30) = 0.06
    ])
    const { json } = await relatedTo("flood")
    expect(json.related.map(({ reason }: { reason: string }) => reason)).toEqual([
      ...["tags", "section", "section", "tags", "tags", "tags"],
    ])
    expect(json.related[0]).toMatchObject({
      id: `tag:feeds.example,2026:${ids.get("dam broke")}`,
      api_url: `${ORIGIN}/v1/articles/${ids.get("dam broke")}`,
      publisher: { slug: "one" },
    })
  })

  test("are in the language of the article, in any regional variant, or in the requested languages", async () => {
    // The other Arabic article shares dam and is in the Arabic of Egypt; no other article is in Arabic.
    expect(titles(await relatedTo("السد"))).toEqual(["السد ينهار"])
    expect(titles(await relatedTo("السد ينهار"))).toEqual(["السد"])
    // They share dam and france: 1.61 + 1.02, on the same day.
    expect(titles(await relatedTo("flood", "?lang=ar"))).toEqual(["السد", "السد ينهار"])
    expect(titles(await relatedTo("flood", "?lang=ar,en&limit=2"))).toEqual(["السد", "dam broke"])
    expect(titles(await relatedTo("flood", "?lang=fr"))).toEqual([])
  })

  test("of an article without a stated language are in any language", async () => {
    await publish(one, item("no words", { tags: ["dam"], language: undefined }))
    expect(titles(await relatedTo("no words", "?limit=3"))).toContain("السد")
    await push(one, { id: "no words" }, { type: "article.deleted" })
  })

  test("are as many as requested", async () => {
    expect(titles(await relatedTo("flood", "?limit=1"))).toEqual(["dam broke"])
    expect(titles(await relatedTo("flood", "?limit=20"))).toHaveLength(17)
    const refused = await relatedTo("flood", "?limit=21&langs=ar")
    expect([refused.status, refused.json.errors.length]).toEqual([400, 2])
  })

  test("include no embargoed and no withdrawn articles", async () => {
    const soon = new Date(Date.now() + 3_600_000).toISOString()
    const later = item("dam report", { tags: ["dam"] }) as { _feedwire: object }
    await publish(one, { ...later, _feedwire: { ...later._feedwire, embargo: soon } })
    expect(titles(await relatedTo("flood", "?limit=20"))).not.toContain("dam report")
    expect((await relatedTo("dam report")).status).toBe(404)
    await push(one, { id: "dam broke" }, { type: "article.deleted" })
    expect(titles(await relatedTo("flood", "?limit=20"))).not.toContain("dam broke")
    await sweep()
  })
})

describe("articles that an article names", () => {
  const URL = "https://one.example/dossier"

  beforeAll(async () => {
    await publish(
      one,
      item("dossier", { url: `${URL}/1`, tags: ["dossier"] }),
      item("other part", { tags: ["dossier"] }),
    )
    await publish(two, item("elsewhere", { url: "https://two.example/x?id=7&utm_source=feed", language: "ar" }))
    await publish(
      one,
      item("naming", {
        url: `${URL}/naming`,
        tags: ["dossier"],
        related: [
          { url: "https://three.example/not-here", title: "Not here" },
          { url: "http://www.two.example/x/?utm_medium=rss&id=7#top" },
          { url: `${URL}/1`, title: "As it was called" },
          { url: `${URL}/1?fbclid=1` },
          { url: `${URL}/naming#part-2`, title: "Itself" },
          { url: "https://three.example/untitled" },
        ],
      }),
    )
  })

  test("come first in their order, each once, as headlines if they are on the wire, else as links", async () => {
    const { json } = await relatedTo("naming")
    expect(json.related.map(({ title, reason }: { title?: string; reason: string }) => [title, reason])).toEqual([
      ["Not here", "explicit"],
      ["elsewhere", "explicit"],
      ["dossier", "explicit"],
      [undefined, "explicit"],
      // The article shares the tag, like the articles that are named explicitly.
      ["other part", "tags"],
    ])
    expect(json.related[0]).toEqual({
      canonical_url: "https://three.example/not-here",
      title: "Not here",
      reason: "explicit",
    })
    expect(json.related[1]).toMatchObject({ id: `tag:feeds.example,2026:${ids.get("elsewhere")}`, language: "ar" })
    expect(json.related[3]).toEqual({ canonical_url: "https://three.example/untitled", reason: "explicit" })
  })

  test("are at most as many as requested", async () => {
    expect(titles(await relatedTo("naming", "?limit=1"))).toEqual(["Not here"])
    expect(titles(await relatedTo("naming", "?limit=2"))).toEqual(["Not here", "elsewhere"])
  })

  test("become title and address if they are withdrawn, with another validator", async () => {
    const before = await relatedTo("naming")
    const ask = (etag: string | null) =>
      send(`/v1/articles/${ids.get("naming")}/related`, { headers: { "if-none-match": etag ?? "" } })
    expect((await ask(before.headers.get("etag"))).status).toBe(304)
    await push(two, { id: "elsewhere" }, { type: "article.deleted" })
    const after = await ask(before.headers.get("etag"))
    expect(after.status).toBe(200)
    expect(after.json.related[1]).toEqual({
      canonical_url: "http://www.two.example/x/?utm_medium=rss&id=7#top",
      reason: "explicit",
    })
  })
})

describe("duplicates", () => {
  test("are neither related to each other nor listed twice", async () => {
    const duplicate = (guid: string, url: string) => item(guid, { url, tags: ["duplicated"] })
    await admin("PATCH", "/wire", { duplicate_policy: "show" })
    await publish(one, duplicate("ours", "https://one.example/shared"), duplicate("next", "https://one.example/next"))
    await publish(
      two,
      duplicate("theirs", "https://one.example/shared?utm_source=x"),
      duplicate("next too", "http://one.example/next"),
    )
    expect(titles(await relatedTo("ours"))).toHaveLength(1)
    expect(["next", "next too"]).toContain(titles(await relatedTo("ours"))[0])
    await admin("PATCH", "/wire", { duplicate_policy: "suppress" })
    for (let left = 0; left < 3; left++) await sweep()
    // A suppressed article has related articles, which are canonical ones.
    expect(titles(await relatedTo("theirs"))).toEqual(["next"])
    expect(titles(await relatedTo("ours"))).toEqual(["next"])
  })

  test("are shown as they are: a correction of a suppressed article changes its own answer's validator", async () => {
    const before = await relatedTo("theirs")
    await publish(two, {
      ...item("theirs", { url: "https://one.example/shared?utm_source=x", tags: ["dossier"] }),
      date_modified: new Date(Date.now()).toISOString(),
    })
    const after = await send(`/v1/articles/${ids.get("theirs")}/related`, {
      headers: { "if-none-match": before.headers.get("etag") ?? "" },
    })
    expect([after.status, after.json?.related.length > 1]).toEqual([200, true])
    expect(titles(after)).not.toContain("next")
  })
})

describe("the article of a request", () => {
  test("is 404 if it never existed, and 410 with a tombstone if it was withdrawn", async () => {
    expect((await send(`/v1/articles/${"0".repeat(32)}/related`)).status).toBe(404)
    expect((await send("/v1/articles/nothing/related")).status).toBe(404)
    const gone = await relatedTo("dam broke")
    expect(gone).toMatchObject({ status: 410, json: { code: "withdrawn", tombstone: { reason: "withdrawn" } } })
  })

  test("may be named by its whole id", async () => {
    const uri = encodeURIComponent(`tag:feeds.example,2026:${ids.get("flood")}`)
    expect(titles(await send(`/v1/articles/${uri}/related`))).toEqual(titles(await relatedTo("flood")))
  })

  test("reveals no other publisher to a partner of one publisher", async () => {
    const uid = async (slug: string) =>
      (await env.DB.prepare("select uid from publishers where slug = ?").bind(slug).first<{ uid: string }>())?.uid ?? ""
    await publish(one, item("seen", { tags: ["mixed"], related: [{ url: "https://two.example/y", title: "Named" }] }))
    await publish(two, item("unseen", { tags: ["mixed"] }), item("named", { url: "https://two.example/y" }))
    const ask = async (...slugs: string[]) => {
      const publishers = await Promise.all(slugs.map(uid))
      const options = { limit: 6, languages: [], publishers }
      const { result: found } = await readRelated(createDbClient(env.DB), ids.get("seen") ?? "", options, [])
      return found?.related?.map(({ article, link }) => article?.title ?? link?.title)
    }
    expect(await ask("one", "two")).toEqual(["named", "unseen"])
    expect(await ask("one")).toEqual(["Named"])
    // Not even the article itself is visible.
    expect(await ask("two")).toBeUndefined()
  })
})

/** Computes the formula of the doc comment over the articles that the test published. */
describe("related articles agree with the model", () => {
  const TAGS = ["alpha", "beta", "gamma", "delta"]
  const publishing = fc.record({
    tags: fc.subarray(TAGS),
    sections: fc.subarray(["france", "europe", "sports"], { maxLength: 2 }),
    language: fc.constantFrom("en", "ar", "ar-EG", undefined),
    days: fc.integer({ min: 0, max: 100 }),
  })
  const published = fc.sample(publishing, { numRuns: 40, seed: 3 }).map((each, i) => ({ ...each, guid: `random ${i}` }))
  const PARENTS: Record<string, string[]> = {
    france: ["france", "europe", "world"],
    europe: ["europe", "world"],
    sports: ["sports"],
  }
  const scopesOf = ({ tags, sections }: (typeof published)[number]) =>
    new Set([...tags.map((tag) => `tag:${tag}`), ...sections.flatMap((slug) => PARENTS[slug] ?? [])])

  beforeAll(async () => {
    for (const each of [...ids.keys()]) {
      for (const by of [one, two]) await push(by, { id: each }, { type: "article.deleted" })
    }
    await publish(one, ...published.map(({ guid, ...each }) => item(guid, each)))
  })

  test("for any article and language: the best of all that share something, in order", async () => {
    const count = (scope: string): number => published.filter((each) => scopesOf(each).has(scope)).length
    const weight = (scope: string): number => Math.log(1 + published.length / count(scope))
    const rarest = (scopes: string[], most: number): string[] =>
      scopes
        .filter((scope) => count(scope) > 1)
        .sort((a, b) => count(a) - count(b))
        .slice(0, most)
    const primary = (language: string | undefined) => language?.split("-")[0]
    const score = (base: (typeof published)[number], other: (typeof published)[number]): number => {
      const both = [...scopesOf(base)].filter((scope) => scopesOf(other).has(scope))
      const own = [...scopesOf(base)]
      const tags = rarest(
        own.filter((scope) => scope.startsWith("tag:")),
        5,
      ).filter((scope) => both.includes(scope))
      const sections = rarest(
        own.filter((scope) => !scope.startsWith("tag:")),
        3,
      ).filter((scope) => both.includes(scope))
      const sum = tags.reduce((all, tag) => all + weight(tag), 0) + Math.max(0, ...sections.map(weight)) / 2
      return sum / (1 + Math.abs(base.days - other.days) / 30)
    }
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...published),
        fc.constantFrom(undefined, "ar", "ar-eg", "en"),
        fc.integer({ min: 1, max: 20 }),
        async (base, asked, limit) => {
          const sent = await relatedTo(base.guid, `?limit=${limit}${asked ? `&lang=${asked}` : ""}`)
          const spoken = (language: string | undefined): boolean => {
            if (asked !== undefined) return [language?.toLowerCase(), primary(language)].includes(asked)
            return base.language === undefined || primary(language) === primary(base.language)
          }
          const others = published.filter((each) => each !== base && spoken(each.language) && score(base, each) > 0)
          const best = others.map((each) => score(base, each)).sort((a, b) => b - a)
          const shown = titles(sent).map(
            (title) => published.find(({ guid }) => guid === title) as (typeof published)[number],
          )
          expect(new Set(shown).size).toBe(shown.length)
          expect(shown).not.toContain(base)
          expect(shown).toHaveLength(Math.min(limit, others.length))
          for (const [place, each] of shown.entries()) {
            expect(spoken(each.language)).toBe(true)
            expect(score(base, each)).toBeCloseTo(best[place] as number, 9)
          }
        },
      ),
      { numRuns: 40, endOnFailure: true },
    )
  })
})

describe("a partner that may see some publishers only", () => {
  const uid = async (slug: string) =>
    (await env.DB.prepare("select uid from publishers where slug = ?").bind(slug).first<{ uid: string }>())?.uid ?? ""
  const seenBy = async (guid: string, ...slugs: string[]) => {
    const options = { limit: 6, languages: [], publishers: await Promise.all(slugs.map(uid)) }
    const { result: found } = await readRelated(createDbClient(env.DB), ids.get(guid) ?? "", options, [])
    return found?.related?.map(({ article: here, link }) => here?.title ?? link?.title)
  }

  /** Articles of the other publisher, an hour apart. */
  const others = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => item(`between ${from + i}`, { tags: ["far"], days: (from + i) / 24 }))

  test("sees articles of its publishers behind 198 others; the scan goes no further", async () => {
    await publish(one, item("near", { tags: ["far"] }), item("far", { tags: ["far"], days: 20 }))
    await publish(two, ...others(1, 60))
    await publish(two, ...others(60, 130))
    await publish(two, ...others(130, 199))
    expect(await seenBy("near", "one")).toEqual(["far"])
    expect(await seenBy("far", "one")).toEqual(["near"])
    await publish(one, item("further", { tags: ["far"], days: 21 }))
    // This is the two hundredth article on that side.
    expect(await seenBy("near", "one")).toEqual(["far", "further"])
    await publish(two, ...others(199, 200))
    expect(await seenBy("near", "one")).toEqual(["far"])
    expect(await seenBy("near", "one", "two")).toHaveLength(6)
  })

  test("finds the public article of an address, even if many of its duplicates are not public", async () => {
    const url = "https://two.example/often"
    const soon = new Date(Date.now() + 3_600_000).toISOString()
    const duplicate = (i: number) => item(`often ${i}`, { url })
    await publish(two, ...Array.from({ length: 11 }, (_, i) => duplicate(i)))
    for (let i = 0; i < 10; i++) await push(two, { id: `often ${i}` }, { type: "article.deleted" })
    const later = item("often later", { url, days: 1 }) as { _feedwire: object }
    await publish(two, { ...later, _feedwire: { ...later._feedwire, embargo: soon } })
    await publish(one, item("often named", { related: [{ url, title: "As it was called" }] }))
    expect(titles(await relatedTo("often named"))).toEqual(["often 10"])
    expect(await seenBy("often named", "one")).toEqual(["As it was called"])
    // The partner's article is found, although it is the last of the duplicates.
    await publish(one, item("often too", { url }))
    await admin("PATCH", "/wire", { duplicate_policy: "show" })
    for (let left = 0; left < 3; left++) await sweep()
    expect(await seenBy("often named", "one")).toEqual(["often too"])
    await admin("PATCH", "/wire", { duplicate_policy: "suppress" })
    for (let left = 0; left < 3; left++) await sweep()
  })
})
