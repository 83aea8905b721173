/** Asserts how many rows a push and a feed read and write, exactly as D1 reports them. */
import { env } from "cloudflare:workers"
import { beforeAll, beforeEach, describe, expect, test } from "vitest"
import { encodeCursor } from "../../src/articles/model/cursor.ts"
import { until, wait } from "./clock.ts"
import { LARGE } from "./size-of-wire.ts"
import { admin, article, counted, makeWire, push, send, sweep, type Trip } from "./world.ts"

/** 8 KB of HTML, a lead image, two authors and three tags: a typical article of a newsroom. */
function realistic(more: Record<string, unknown> = {}): Record<string, unknown> {
  return article(
    {
      authors: [{ name: "Jane Doe" }, { name: "John Roe" }],
      tags: ["budget", "parliament", "tax"],
      image: "https://one.example/lead.jpg",
      _feedwire: {
        sections: ["europe"],
        dateline: "Paris — One",
        image: { width: 1200, height: 675, caption: "A lead" },
      },
      ...more,
    },
    1000,
  )
}

/** all, publisher, europe, world, lang:en, 3 tags, 2 authors. */
const SCOPES = 10
/** The scopes that have archives, in which the article gets a position. */
const ARCHIVED = 5

const sum = (trips: Trip[], of: "rowsRead" | "rowsWritten") => trips.reduce((total, trip) => total + trip[of], 0)

/**
 * Returns the three round trips before the answer: authentication, the stored articles, the write batch. It checks the
 * later round trips. The fourth records the attempt (its row and its index entry) and the publisher's activity. If
 * articles changed, the next two index them: for each article they write a row of the index and a row of the article,
 * and they write the offset of the index. After a full batch the indexer checks whether there are more articles.
 */
function untilAnswered(trips: Trip[], { changed = 0, known = 0 } = {}): Trip[] {
  const [recording, ...indexing] = trips.slice(3)
  expect(recording?.rowsWritten).toBe(2 + 1)
  expect(indexing.map(({ rowsWritten }) => rowsWritten)).toEqual(
    changed === 0 ? [] : [0, 2 * changed + known + 1, ...(changed === 100 ? [0] : [])],
  )
  // One batch reads the publisher, the keys, the source (none here), and the bytes of the day.
  expect([trips[0]?.statements, trips[0]?.rowsRead, trips[0]?.rowsWritten]).toEqual([4, 6, 0])
  return trips.slice(0, 3)
}
until(Date.now())
const { one } = await makeWire({
  sections: { world: {}, europe: { parent: "world" } },
  publishers: { one: { default_section: "world" } },
})

beforeAll(async () => {
  await push(one, realistic())
})

describe("a push", () => {
  // The pauses prevent a burst, whose articles would be indexed later.
  beforeEach(() => wait(60_000))

  test("of 1 new article costs authentication and 2 round trips, at most 6 rows and 3 for each scope", async () => {
    const { bindings, trips } = counted()
    expect((await push(one, realistic(), { bindings })).json.results[0].outcome).toBe("created")
    const answered = untilAnswered(trips, { changed: 1 })
    // The delivery writes 2 rows (row, id), the commit 1, the article 5 (row and four index entries), the body 1. Each
    // scope writes 2 (membership, scope), and a scope with archives 1 more (position).
    expect(sum(answered, "rowsWritten")).toBe(9 + 2 * SCOPES + ARCHIVED)
    expect(sum(answered, "rowsWritten")).toBeLessThanOrEqual(6 + 3 * SCOPES)
  })

  test("of 100 new articles costs 2 round trips, and raises each scope once", async () => {
    const { bindings, trips } = counted()
    const sent = await push(
      one,
      Array.from({ length: 100 }, () => realistic({})),
      { bindings },
    )
    expect(sent.json.results.every(({ outcome }: { outcome: string }) => outcome === "created")).toBe(true)
    expect(sum(untilAnswered(trips, { changed: 100 }), "rowsWritten")).toBe(3 + 100 * (6 + SCOPES + ARCHIVED) + SCOPES)
    expect(Math.max(...trips.map(({ largest }) => largest))).toBeLessThan(1.5 * 1024 * 1024)
  })

  test("of an unchanged article writes its delivery and nothing else", async () => {
    const item = realistic()
    await push(one, item)
    const { bindings, trips } = counted()
    expect((await push(one, item, { bindings })).json.results[0].outcome).toBe("unchanged")
    // The row, its id, and its entry in the index of deliveries with unchanged articles.
    expect(sum(untilAnswered(trips), "rowsWritten")).toBe(3)
  })

  test("of an updated article keeps its memberships, and writes a row with amendments for each scope", async () => {
    const item = realistic()
    await push(one, item)
    wait(60_000)
    const { bindings, trips } = counted()
    const again = { ...item, title: "Changed", date_modified: new Date().toISOString() }
    expect((await push(one, again, { bindings })).json.results[0].outcome).toBe("updated")
    // The delivery writes 2 rows, the commit 1, the body 1, the article 4 (row; old and new entry in the publisher's
    // index; new place among changes), and each scope 1. The indexer also deletes the row with the old words.
    expect(sum(untilAnswered(trips, { changed: 1, known: 1 }), "rowsWritten")).toBe(8 + SCOPES)
  })

  test("records the use of its key once an hour, with one more row, after the answer", async () => {
    await env.DB.prepare("update publisher_keys set last_used_at = last_used_at - 3600000").run()
    const { bindings, trips } = counted()
    await push(one, realistic(), { bindings })
    expect([trips.length, trips[3]?.rowsWritten]).toEqual([4 + 2, 2 + 1 + 1])
    trips.length = 0
    await push(one, realistic(), { bindings })
    expect([trips.length, trips[3]?.rowsWritten]).toEqual([4 + 2, 2 + 1])
  })

  test("that is refused leaves a dead letter, with 2 rows more than an attempt, all before the answer", async () => {
    const { bindings, trips } = counted()
    expect((await push(one, { id: "without-content" }, { bindings })).status).toBe(422)
    // Entries in the indexes of dead letters and of open ones. Nothing is written for the message itself.
    expect(trips.map(({ rowsWritten }) => rowsWritten)).toEqual([0, 0, 2 + 1 + 2])
  })

  test("that is unauthenticated reads no more than any other, and writes at most 3 rows", async () => {
    const { bindings, trips } = counted()
    const unknown = { ...one, secret: `whsec_${btoa("k".repeat(32))}` }
    expect((await push(unknown, realistic(), { bindings })).status).toBe(401)
    // The attempt, and its entries in the indexes of the publisher's attempts and of unauthenticated attempts.
    expect(trips.map(({ rowsWritten }) => rowsWritten)).toEqual([0, 3])
    expect(trips[0]?.rowsRead).toBe(6)
  })

  test("of the largest articles binds less than 1.5 MB at once, and stores smaller rows", async () => {
    const html = `<p>${"ب".repeat(120_000)}</p>`
    const { bindings, trips } = counted()
    const items = Array.from({ length: 4 }, () => realistic({ content_html: html }))
    const sent = await push(one, items, { bindings })
    expect(sent.text).toContain("created")
    expect(sent.json.results.map(({ outcome }: { outcome: string }) => outcome)).toEqual(Array(4).fill("created"))
    expect(Math.max(...trips.map(({ largest }) => largest))).toBeLessThan(1.5 * 1024 * 1024)
    const longest = await env.DB.prepare("select max(length(cast(html as blob))) bytes from bodies").first<{
      bytes: number
    }>()
    expect(longest?.bytes).toBeLessThan(1.5 * 1024 * 1024)
  })
})

describe.each([1_000, LARGE])("with %i articles on the wire", (total) => {
  beforeAll(async () => {
    await fill(total)
    // After a change of names the isolate's rendered entries are outdated.
    await admin("PATCH", "/sections/europe", { names: { en: `Europe ${total}` } })
    // Loads the directory into memory, because the first request reads one row more.
    await send("/feed.rss?limit=1")
  }, 120_000)

  test.each(["/feed.rss", "/sections/world/feed.atom", "/sections/europe/feed.json", "/publishers/one/feed.rss"])(
    "an uncached %s costs one round trip and 260 rows, without bodies if they are known; a 304 costs one row a scope",
    async (path) => {
      const { bindings, trips } = counted()
      const uncached = { purge: async () => ({ success: true }) }
      const feed = await send(path, {}, bindings, uncached)
      expect(feed.status).toBe(200)
      expect(trips).toHaveLength(1)
      // Each of the 50 entries reads 5 rows: membership, size, place in the list, article and body. The other rows are
      // the membership and size of the next entry, the wire, the scope, an amendment with its article, and unarchived
      // entries.
      expect(sum(trips, "rowsRead")).toBe(5 * 50 + 2 + 2 + 6)

      trips.length = 0
      expect((await send(path, {}, bindings, uncached)).text).toBe(feed.text)
      expect(trips).toHaveLength(1)
      expect(sum(trips, "rowsRead")).toBe(4 * 50 + 2 + 2 + 6)

      trips.length = 0
      const etag = feed.headers.get("etag") ?? ""
      const again = await send(path, { headers: { "if-none-match": etag } }, bindings, uncached)
      expect(again.status).toBe(304)
      expect(trips).toHaveLength(1)
      expect(sum(trips, "rowsRead")).toBe(2)

      trips.length = 0
      // After many commits within one second, Last-Modified is later than the clock.
      const since = { "if-modified-since": new Date(Date.now() + 3_600_000).toUTCString() }
      expect((await send(path, { headers: since }, bindings, uncached)).status).toBe(304)
      expect(sum(trips, "rowsRead")).toBe(2)
    },
  )
})

/** Each other document is one round trip, however many articles there are. */
test.each([
  // The order of an archive reads each membership once more.
  ["an archive", "/sections/world/archives/1/feed.atom", 100, 6 * 100 + 3],
  ["a page far down the history", "/sections/world/feed.json?after=AFTER", 50, 5 * 50 + 4],
  ["a feed of summaries, which reads no body", "/sections/world/feed.rss?content=summary", 50, 3 * 50 + 9],
])("%s costs one round trip and a known number of rows", async (_, path, entries, rowsRead) => {
  const middle = await env.DB.prepare(
    "select published_at, article_id id from memberships where scope = 'all' order by 1, 2 limit 1 offset ?",
  )
    .bind(LARGE / 2)
    .first<{ published_at: number; id: string }>()
  // The cursor of a page contains the id of a pushed article, because the ids of the copies are longer.
  const after = encodeCursor("0000000000", "page", [middle?.published_at ?? 0, "f".repeat(32)])
  const { bindings, trips } = counted()
  const sent = await send(path.replace("AFTER", after), {}, bindings, { purge: async () => ({ success: true }) })
  expect(sent.status).toBe(200)
  expect(sent.text.split(/<entry|<item>|"id":/).length - 1).toBeGreaterThanOrEqual(entries)
  expect(trips).toHaveLength(1)
  expect(sum(trips, "rowsRead")).toBe(rowsRead)
})

test("a 304 of a selection reads a row of the wire and one of each scope, and no article", async () => {
  const uncached = { purge: async () => ({ success: true }) }
  const path = "/feed.json?lang=en&section=europe,world"
  const conditions = { headers: { "if-none-match": (await send(path, {}, env, uncached)).headers.get("etag") ?? "" } }
  const { bindings, trips } = counted()
  expect((await send(path, conditions, bindings, uncached)).status).toBe(304)
  expect(trips).toHaveLength(1)
  // Three scopes, and three rows for SQLite's own tables.
  expect(sum(trips, "rowsRead")).toBe(1 + 3 + 3)
})

test("after one new article a feed reads one body, and its delta reads as many rows as the whole feed", async () => {
  const uncached = { purge: async () => ({ success: true }) }
  const whole = await send("/sections/world/feed.atom", {}, env, uncached)
  await push(one, realistic())
  const { bindings, trips } = counted()
  const ask = { headers: { "a-im": "feed", "if-none-match": whole.headers.get("etag") ?? "" } }
  const sent = await send("/sections/world/feed.atom", ask, bindings, uncached)
  expect([sent.status, trips.length]).toEqual([226, 1])
  // One more unarchived entry than above, and only its body.
  expect(sum(trips, "rowsRead")).toBe(4 * 50 + 2 + 2 + 7 + 1)

  trips.length = 0
  expect((await send("/sections/world/feed.atom", {}, bindings, uncached)).status).toBe(200)
  expect(sum(trips, "rowsRead")).toBe(4 * 50 + 2 + 2 + 7 + 1)
})

test("with A-IM in every request, a feed in memory costs one round trip a second, of two rows", async () => {
  const ask = { headers: { "a-im": "feed" } }
  await send("/sections/world/feed.atom", ask)
  wait(1001)
  const { bindings, trips } = counted()
  for (let i = 0; i < 20; i++) expect((await send("/sections/world/feed.atom", ask, bindings)).status).toBe(200)
  expect(trips.map(({ rowsRead }) => rowsRead)).toEqual([2])
})

/**
 * Inserts copies of the first article into its scopes without a push. All copies are in complete archives, because a
 * feed also lists articles that are in no complete archive.
 */
async function fill(total: number): Promise<void> {
  const numbers = "with recursive n(i) as (select 1 union all select i + 1 from n where i < ?)"
  const columns =
    "publisher_uid, guid, state, commit_no, version_at, message_at, content_hash, raw_hash, source, guid_since"
  const rest =
    "updated_at, embargo, scopes, size_in_bytes, url, language, direction, title, subtitle, summary, dateline, details"
  await env.DB.batch([
    env.DB.prepare(
      `${numbers} insert or ignore into articles (id, published_at, ${columns}, ${rest})
       select printf('copy-%032d', i), 1600000000000 + i, ${columns}, ${rest} from n, (select * from articles order by seq limit 1)`,
    ).bind(total),
    env.DB.prepare("insert or ignore into bodies select seq, '<p>copy</p>' from articles where id like 'copy-%'"),
    env.DB.prepare(
      `insert or ignore into memberships (scope, published_at, article_id, position)
       select s.value, a.published_at, a.id, case when s.value not glob 'tag:*'
         and s.value not glob 'author:*' then 1000 + a.seq end
       from articles a, json_each(a.scopes) s where a.id like 'copy-%'`,
    ),
    env.DB.prepare(
      `update scopes set article_count = (select count(*) from memberships where scope = key),
         last_position = (coalesce((select max(position) from memberships where scope = key), 0) + 99) / 100 * 100`,
    ),
  ])
}

test("a push, a purge and a sweep read only the last commits, however many there are", async () => {
  const cache = { purge: async () => ({ success: true }) }
  const rowsOf = async () => {
    const { bindings, trips } = counted()
    await push(one, realistic(), { bindings, cache })
    const pushed = sum(trips, "rowsRead")
    trips.length = 0
    await sweep(bindings)
    return [pushed, sum(trips, "rowsRead")]
  }
  await rowsOf()
  const few = await rowsOf()
  await env.DB.prepare(`with recursive n(i) as (select (select max(no) from commits) + 1 union all select i + 1 from n limit 20000)
    insert into commits (no, at, scopes) select i, (select max(at) from commits), '["all"]' from n`).run()
  await env.DB.prepare("update purge set purged_commit_no = (select max(no) from commits)").run()
  const many = await rowsOf()
  for (const [at, rows] of many.entries()) expect(rows).toBeLessThan((few[at] ?? 0) + 200)
})

test("a push of another guid of an article costs an update and its aliases, and an article more if the guids part", async () => {
  // The pauses prevent a burst, whose articles would be indexed later.
  wait(60_000)
  const item = realistic({ url: "https://one.example/renumbered" })
  await push(one, item)
  wait(60_000)
  const { bindings, trips } = counted()
  const renumbered = { ...item, id: "another-guid" }
  expect((await push(one, renumbered, { bindings })).json.results[0].outcome).toBe("updated")
  // Each of the two guids has a row and an entry in the index by article. The rest is the cost of an update.
  expect(sum(untilAnswered(trips, { changed: 1, known: 1 }), "rowsWritten")).toBe(4 + 8 + SCOPES)
  wait(60_000)
  trips.length = 0
  expect((await push(one, item, { bindings })).json.results[0].outcome).toBe("updated")
  // A new article, which shares its delivery, its commit and the rows of its scopes with the update of the old one (a
  // row, two entries of its old indexes and a body), and the two deleted aliases.
  expect(sum(untilAnswered(trips, { changed: 2, known: 1 }), "rowsWritten")).toBe(9 + 2 * SCOPES + ARCHIVED + 5 + 2)
})
