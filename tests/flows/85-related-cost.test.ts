/** What is related costs those most who may see some publishers only, for theirs have to be looked for. As D1 reports it. */
import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, test } from "vitest"
import { readRelated } from "../../src/articles/compose/related-articles.ts"
import { client } from "../../src/db/client.ts"
import { fill, prepareFilling } from "./many.ts"
import { article, counted, migrate, type Publisher, publisher, push } from "./world.ts"

/** Five tags and three sections, of each twenty candidates on either side; each of these is read, put in order and probed. */
const CANDIDATES = (5 + 3) * 40
const EVERYBODY = CANDIDATES * 6 + 150
/** For some publishers, 200 standings on either side, and the article of each. However many publishers they are. */
const SOME = (5 + 3) * 2 * 200 * 3
/** What is named: each story, and its tellers, of whom fifty are looked at. */
const NAMED = 14
const TELLERS = 50

const LANGUAGES = ["de", "es", "fa", "fr", "it", "pt", "ru", "tr", "ur", "zh"]
const strangers = (count: number): string[] => Array.from({ length: count }, (_, i) => i.toString(16).padStart(16, "0"))

let three: Publisher
let uids: Record<string, string>
const ids = new Map<string, string>()

async function cost(id: string, publishers: string[] | undefined, languages: string[] = []) {
  const { bindings, trips } = counted()
  const { result: found } = await readRelated(client(bindings.DB), id, { limit: 20, languages, publishers }, [])
  return { rows: trips.reduce((sum, { rowsRead }) => sum + rowsRead, 0), trips: trips.length, found }
}

async function tell(id: string, more: Record<string, unknown>): Promise<void> {
  // Five thousand of the articles of fill() are newer.
  const sent = await push(three, article({ id, title: id, date_published: "2023-11-14T21:45:33Z", ...more }, 3))
  ids.set(id, sent.json.results[0].id.slice(-32))
}
const idOf = (guid: string): string => ids.get(guid) ?? ""

beforeAll(async () => {
  await migrate()
  await prepareFilling()
  three = await publisher("three")
  const { results } = await env.DB.prepare("select slug, uid from publishers").all<{ slug: string; uid: string }>()
  uids = Object.fromEntries(results.map(({ slug, uid }) => [slug, uid]))
})

const small = new Map<string, unknown>()
/** Around the article all is the same, however much stands further off. */
function expectSame(what: string, rows: number): void {
  if (small.has(what)) expect([what, rows]).toEqual([what, small.get(what)])
  else small.set(what, rows)
}

describe.each([10_000, 100_000])("with %i articles on the wire", (total) => {
  beforeAll(async () => {
    await fill(total)
    // Three tags more, no article with two of them. Of ten articles one is of another publisher, evenly.
    await env.DB.batch([
      env.DB.prepare(`insert or ignore into memberships (scope, published_at, article_id)
        select 'tag:part ' || (seq % 3), published_at, id from articles where id like '0000%'`),
      env.DB.prepare(`insert into scopes (key, revision, changed_at, article_count)
        select scope, 1, 1600000000000, count(*) from memberships where scope glob 'tag:part *' group by scope
        on conflict do update set article_count = excluded.article_count`),
      env.DB.prepare("update articles set publisher_uid = ? where id like '0000%' and seq % 10 = 0").bind(uids.two),
    ])
    const tags = ["worldly", "half", "part 0", "part 1", "part 2"]
    const sections = ["world", "europe", "asia", "sports"]
    await tell("middle", { tags, language: "en", _feedwire: { sections } })
    const related = Array.from({ length: 20 }, (_, i) => ({ url: `https://three.example/told/${i}` }))
    await tell("naming", { tags, language: "en", _feedwire: { sections, related } })
  }, 180_000)

  test.each([
    ["one publisher that has nothing else there", 0, []],
    ["two, of whom one has every tenth", 0, ["two"]],
    ["thirty that have nothing else there", 29, []],
    ["thirty that have every tenth", 28, ["two"]],
    ["thirty that have all", 27, ["one", "two"]],
    ["a hundred that have every tenth", 98, ["two"]],
  ])("for %s", async (what, unknown, slugs) => {
    const publishers = [...strangers(unknown), "three", ...slugs].map((each) => uids[each] ?? each)
    for (const languages of [[], ["ar"], LANGUAGES]) {
      const { rows, trips, found } = await cost(idOf("middle"), publishers, languages)
      expect([trips, found?.content?.title]).toEqual([1, "middle"])
      expect(rows, what).toBeLessThanOrEqual(EVERYBODY + SOME + CANDIDATES * languages.length)
      // It was looked for to the end of the bound, on both sides of each. One or two uids are compared without a row.
      if (!slugs.includes("one")) expect(rows, what).toBeGreaterThanOrEqual(SOME * 0.6)
      expectSame(`${what} ${languages}`, rows)
    }
  })

  test("for everybody", async () => {
    for (const languages of [[], ["ar"], LANGUAGES]) {
      const { rows } = await cost(idOf("middle"), undefined, languages)
      expect(rows).toBeLessThanOrEqual(EVERYBODY + CANDIDATES * languages.length)
      expectSame(`all ${languages}`, rows)
    }
  })

  test("an article of others costs as one that never was, but for its own row", async () => {
    for (const publishers of [[uids.one ?? ""], [...strangers(29), uids.one ?? ""]]) {
      const [theirs, never] = [await cost(idOf("middle"), publishers), await cost("f".repeat(32), publishers)]
      expect([theirs.found, never.found]).toEqual([undefined, undefined])
      expect(never.trips).toBe(theirs.trips)
      expect(theirs.rows - never.rows).toBeLessThanOrEqual(2)
    }
  })

  test("twenty named addresses of which more are told than are looked at", async () => {
    await env.DB.prepare(
      `update articles set duplicate_key = 'three.example/told/' || (seq % 20)
       where id in (select id from articles where id like '0000%' order by seq limit 2000)`,
    ).run()
    const publishers = [...strangers(29), uids.three ?? ""]
    const { rows, trips, found } = await cost(idOf("naming"), publishers)
    // Fifty were looked at of each.
    expect(rows - (await cost(idOf("middle"), publishers)).rows).toBeGreaterThanOrEqual(20 * TELLERS)
    expect([trips, found?.related?.length]).toEqual([2, 20])
    expect(found?.related?.every(({ article: here }) => here === undefined)).toBe(true)
    expect(rows).toBeLessThanOrEqual(EVERYBODY + SOME + 20 * (NAMED + TELLERS))
  })
})
