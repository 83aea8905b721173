/**
 * Asserts the rows that related articles read. A partner who sees only some publishers needs the most rows, because the
 * wire must look for articles of these publishers.
 */
import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, test } from "vitest"
import { readRelated } from "../../src/articles/compose/related-articles.ts"
import { createDbClient } from "../../src/db/client.ts"
import { fill, prepareFilling } from "./many-articles.ts"
import { LARGE } from "./size-of-wire.ts"
import { article, counted, type Publisher, publisher, push } from "./world.ts"

/** Five tags and three sections have twenty candidates on either side. Each candidate is read, sorted and tested. */
const CANDIDATES = (5 + 3) * 40
const UNLIMITED = CANDIDATES * 6 + 150
/** For a partner who sees only some publishers, 200 articles on either side are read. */
const LIMITED = (5 + 3) * 2 * 200 * 3
/** For the pages that an article names: each address, and at most fifty articles with this address. */
const NAMED = 14
const DUPLICATES = 50

const LANGUAGES = ["de", "es", "fa", "fr", "it", "pt", "ru", "tr", "ur", "zh"]
const otherUids = (count: number): string[] => Array.from({ length: count }, (_, i) => i.toString(16).padStart(16, "0"))

let three: Publisher
let uids: Record<string, string>
const ids = new Map<string, string>()

async function cost(id: string, publishers: string[] | undefined, languages: string[] = []) {
  const { bindings, trips } = counted()
  const { result: found } = await readRelated(createDbClient(bindings.DB), id, { limit: 20, languages, publishers }, [])
  return { rows: trips.reduce((sum, { rowsRead }) => sum + rowsRead, 0), trips: trips.length, found }
}

async function tell(id: string, more: Record<string, unknown>): Promise<void> {
  // Five thousand articles of fill() are newer, so there are enough on either side.
  const sent = await push(three, article({ id, title: id, date_published: "2023-11-14T21:45:33Z", ...more }, 3))
  ids.set(id, sent.json.results[0].id.slice(-32))
}
const idOf = (guid: string): string => ids.get(guid) ?? ""

beforeAll(async () => {
  await prepareFilling()
  three = await publisher("three")
  const { results } = await env.DB.prepare("select slug, uid from publishers").all<{ slug: string; uid: string }>()
  uids = Object.fromEntries(results.map(({ slug, uid }) => [slug, uid]))
})

const small = new Map<string, unknown>()
/** The articles near it are the same on any wire, whatever is further away. */
function expectSame(what: string, rows: number): void {
  if (small.has(what)) expect([what, rows]).toEqual([what, small.get(what)])
  else small.set(what, rows)
}

describe.each([10_000, Math.max(20_000, LARGE)])("with %i articles on the wire the cost is the same", (total) => {
  beforeAll(async () => {
    await fill(total)
    // Gives each article one of three tags, and every tenth article to another publisher.
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
    const related = Array.from({ length: 20 }, (_, i) => ({ url: `https://three.example/shared/${i}` }))
    await tell("naming", { tags, language: "en", _feedwire: { sections, related } })
  }, 180_000)

  test.each([
    ["one publisher without other articles there", 0, []],
    ["two publishers, one with every tenth article", 0, ["two"]],
    ["thirty publishers without other articles there", 29, []],
    ["thirty publishers with every tenth article", 28, ["two"]],
    ["thirty publishers with all articles", 27, ["one", "two"]],
    ["a hundred publishers with every tenth article", 98, ["two"]],
  ])("for %s", async (what, unknown, slugs) => {
    const publishers = [...otherUids(unknown), "three", ...slugs].map((each) => uids[each] ?? each)
    for (const languages of [[], ["ar"], LANGUAGES]) {
      const { rows, trips, found } = await cost(idOf("middle"), publishers, languages)
      expect([trips, found?.content?.title]).toEqual([1, "middle"])
      expect(rows, what).toBeLessThanOrEqual(UNLIMITED + LIMITED + CANDIDATES * languages.length)
      // The scan goes to the limit on both sides of each list. One or two uids are compared without a row.
      if (!slugs.includes("one")) expect(rows, what).toBeGreaterThanOrEqual(LIMITED * 0.6)
      expectSame(`${what} ${languages}`, rows)
    }
  })

  test("for a partner without limits", async () => {
    for (const languages of [[], ["ar"], LANGUAGES]) {
      const { rows } = await cost(idOf("middle"), undefined, languages)
      expect(rows).toBeLessThanOrEqual(UNLIMITED + CANDIDATES * languages.length)
      expectSame(`all ${languages}`, rows)
    }
  })

  test("for an article of another publisher as for an unknown one, except its own row", async () => {
    for (const publishers of [[uids.one ?? ""], [...otherUids(29), uids.one ?? ""]]) {
      const [theirs, never] = [await cost(idOf("middle"), publishers), await cost("f".repeat(32), publishers)]
      expect([theirs.found, never.found]).toEqual([undefined, undefined])
      expect(never.trips).toBe(theirs.trips)
      expect(theirs.rows - never.rows).toBeLessThanOrEqual(2)
    }
  })

  test("for twenty named addresses with more duplicates than are read", async () => {
    await env.DB.prepare(
      `update articles set duplicate_key = 'three.example/shared/' || (seq % 20)
       where id in (select id from articles where id like '0000%' order by seq limit 2000)`,
    ).run()
    const publishers = [...otherUids(29), uids.three ?? ""]
    const { rows, trips, found } = await cost(idOf("naming"), publishers)
    // Fifty duplicates of each address were read.
    expect(rows - (await cost(idOf("middle"), publishers)).rows).toBeGreaterThanOrEqual(20 * DUPLICATES)
    expect([trips, found?.related?.length]).toEqual([1, 20])
    expect(found?.related?.every(({ article: here }) => here === undefined)).toBe(true)
    expect(rows).toBeLessThanOrEqual(UNLIMITED + LIMITED + 20 * (NAMED + DUPLICATES))
  })
})
