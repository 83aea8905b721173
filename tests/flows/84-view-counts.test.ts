/** Tests that the consumer of the queue counts each reader once, even if messages come twice, and its rows. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { describe, expect, inject, test, vi } from "vitest"
import { app } from "../../src/app.ts"
import { countViews } from "../../src/articles/views/count-views.ts"
import { updateMostRead } from "../../src/articles/views/most-read-update.ts"
import { createDbClient } from "../../src/db/client.ts"
import { rfc3339 } from "../../src/formats/dates.ts"
import { DAY, HOUR, now, until, wait } from "./clock.ts"
import { fill } from "./many-articles.ts"
import { LARGE } from "./size-of-wire.ts"
import {
  addCounts,
  addressOf,
  BROWSER,
  beacon,
  deliver,
  from,
  hourOf,
  ids,
  listOf,
  MINUTE,
  mostRead,
  one,
  prepareViews,
  queued,
  sent,
  updateLists,
  VIEWS,
  view,
} from "./views.ts"
import { article, counted, ORIGIN, push, rows, send, sweep } from "./world.ts"

prepareViews()

const viewsOf = async (id: string) => (await rows("select views from views where article_id = ?", id))[0]

/** The readers of each hour that has any. The table has the number of readers before each hour. */
async function hoursOf(id: string): Promise<[hour: number, readers: number][]> {
  const days = await rows("select day, views, views_before_hour from views where article_id = ? order by day", id)
  return days.flatMap(({ day, views, views_before_hour }) => {
    const before = JSON.parse(String(views_before_hour)) as number[]
    const came = before.map((n, hour): [number, number] => [
      Number(day) * 24 + hour,
      (before[hour + 1] ?? Number(views)) - n,
    ])
    return came.filter(([, n]) => n > 0)
  })
}

describe("the queue", () => {
  test("of the platform delivers views from beacons to the table", async () => {
    const [id] = (await ids(one, article())) as [string]
    // A full batch is delivered without waiting.
    for (let no = 0; no < 100; no++) await beacon([id], from(addressOf(no)), env)
    await vi.waitUntil(async () => (await viewsOf(id)) !== undefined, { timeout: 60_000, interval: 100 })
    const { views } = (await viewsOf(id)) as { views: number }
    expect(views).toBeGreaterThan(90)
    expect(views).toBeLessThan(110)
  })

  test("counts a batch in two round trips: a row for each article and day", async () => {
    const [a, b] = (await ids(one, article(), article())) as [string, string]
    for (let no = 0; no < 30; no++) await beacon([a, b], from(addressOf(no)))
    wait(HOUR)
    // Half of these readers are counted already.
    for (let no = 10; no < 50; no++) await beacon([a], from(addressOf(no)))
    until(Math.ceil(now / DAY) * DAY)
    for (let no = 0; no < 30; no++) await beacon([a], from(addressOf(no)))
    const { bindings, trips } = counted()
    await deliver(sent.splice(0), bindings)
    expect(trips).toMatchObject([
      { statements: 1, rowsWritten: 0 },
      { statements: 1, rowsWritten: 3 },
    ])
    // For each article: the message, the article by its id, and no earlier count.
    expect(trips[0]?.rowsRead).toBeLessThanOrEqual(3 * 4)
    const noon = hourOf(now) - 12
    const about = (hours: [number, number][]) => hours.map(([hour, n]) => [hour - noon, Math.round(n / 5) * 5])
    expect(about(await hoursOf(a))).toEqual([
      [0, 30],
      [1, 20],
      [12, 30],
    ])
    expect(about(await hoursOf(b))).toEqual([[0, 30]])
  })

  test("counts a reader in the first hour of its day, in whatever order the hours arrive", async () => {
    const [id] = (await ids(one, article())) as [string]
    const first = hourOf(now)
    await view(id, 3)
    wait(HOUR)
    await view(id, 5)
    const [early, late] = [sent.slice(0, 3), sent.splice(0).slice(3)]
    // The late messages are from readers who are already counted in a later hour.
    await deliver(late)
    expect(await hoursOf(id)).toEqual([[first + 1, 5]])
    await deliver(early)
    expect(await hoursOf(id)).toEqual([[first + 1, 5]])
    until(now - HOUR)
    await view(id, 2, 10)
    until(now + HOUR)
    await deliver()
    expect(await hoursOf(id)).toEqual([
      [first, 2],
      [first + 1, 5],
    ])
    expect(await viewsOf(id)).toEqual({ views: 7 })
    await updateLists()
    expect(await listOf("?window=1h")).toEqual([[id, 7]])
    wait(HOUR)
    await sweep()
    expect([await listOf("?window=1h"), await listOf(), await listOf("?window=7d")]).toEqual([
      [[id, 5]],
      [[id, 7]],
      [[id, 7]],
    ])
  })

  test("may deliver any message again, in any order and any batch, without counting a reader twice", async () => {
    const [id] = (await ids(one, article())) as [string]
    await view(id, 30)
    const all = sent.splice(0)
    await deliver([...all, ...all])
    const before = await rows("select * from views")
    const { bindings, trips } = counted()
    for (const part of [all.slice(10, 20), all.toReversed(), [all[0], all[0]]]) await deliver(part, bindings)
    expect(await rows("select * from views")).toEqual(before)
    // A message that changes nothing writes nothing.
    expect(trips).toMatchObject(Array(3).fill({ rowsWritten: 0 }))
    await view(id, 1, 99)
    await deliver()
    expect(Number((await viewsOf(id))?.views)).toBe(Number(before[0]?.views) + 1)
  })

  test("counts nothing for articles that are not on the wire", async () => {
    const [live, embargoed] = (await ids(
      one,
      article({ id: "live" }),
      article({ _feedwire: { embargo: rfc3339(now + HOUR) } }),
    )) as [string, string]
    for (const id of [embargoed, "0".repeat(32)]) await view(id, 1)
    await deliver()
    expect(await rows("select * from views")).toEqual([])
    await view(live, 1)
    wait(MINUTE)
    await push(one, [{ id: "live" }], { type: "article.deleted", timestamp: rfc3339(now) })
    await deliver()
    expect(await rows("select * from views")).toEqual([])
  })

  test("counts a view in the hour in which it happened, until a day later", async () => {
    const [id] = (await ids(one, article())) as [string]
    await view(id, 3)
    const hour = hourOf(now)
    wait(DAY + HOUR - 1)
    const late = [...sent]
    await deliver()
    expect(await hoursOf(id)).toEqual([[hour, 3]])
    await env.DB.prepare("delete from views").run()
    wait(1)
    await deliver(late)
    expect(await rows("select * from views")).toEqual([])
  })

  test("is acknowledged, also for malformed messages; if the database fails, all others come again", async () => {
    const [id] = (await ids(one, article())) as [string]
    await view(id, 2)
    const lines: string[] = []
    vi.spyOn(console, "error").mockImplementation((line) => void lines.push(String(line)))
    const hour = hourOf(now)
    const bad = [
      ...[
        null,
        "x",
        {},
        { hour, views: "x" },
        { hour: 1.5, views: [] },
        { hour, views: [[id, 0]] },
        { hour, views: [[5, 1]] },
      ],
      { hour, views: [[id, 2 ** 17]] },
      { hour, views: [[`${id}x`, 33]] },
      { hour, views: [null] },
    ]
    const all = [...sent.splice(0), ...bad]
    const failing = {
      ...env,
      DB: {
        prepare: () => {
          throw new Error("D1_ERROR: down")
        },
      } as unknown as D1Database,
    }
    const [failed] = await deliver(all, failing)
    expect(failed?.retryBatch).toMatchObject({ retry: true })
    expect(failed?.explicitAcks).toEqual(bad.map((_, at) => String(at + 2)))
    expect(await rows("select * from views")).toEqual([])
    const [done] = await deliver(all)
    expect([done?.outcome, done?.retryBatch.retry, done?.retryMessages]).toEqual(["ok", false, []])
    expect(await hoursOf(id)).toEqual([[hour, 2]])
    const events = lines.map((line) => JSON.parse(line).event)
    expect(events.filter((event) => event === "views_unreadable")).toHaveLength(2 * bad.length)
    expect(events.filter((event) => event === "views_not_counted")).toHaveLength(1)
  })

  test("loses nothing if another consumer counts at the same time, because the message comes again", async () => {
    const [id] = (await ids(one, article())) as [string]
    await view(id, 20)
    const [mine, theirs] = [sent.slice(0, 10), sent.splice(0).slice(10)]
    const db = createDbClient(env.DB)
    // The other consumer runs after this consumer has read and before it writes.
    const between = new Proxy(env.DB, {
      get(target, name) {
        if (name !== "batch") return Reflect.get(target, name).bind(target)
        return async (statements: D1PreparedStatement[]) => {
          await countViews(db, theirs, now)
          return target.batch(statements)
        }
      },
    })
    await expect(countViews(createDbClient(between), mine, now)).rejects.toThrow("at the same time")
    expect(Number((await viewsOf(id))?.views)).toBe(10)
    await countViews(db, mine, now)
    expect(Number((await viewsOf(id))?.views)).toBe(20)
  })
})

test("a thousand beacons of one address do not change a list of fifty readers", async () => {
  vi.spyOn(console, "log").mockImplementation(() => undefined)
  const [first, second, flooded] = (await ids(one, article(), article(), article())) as [string, string, string]
  await view(first, 50)
  await view(second, 25)
  await updateLists()
  const honest = await listOf()
  expect(honest.map(([id]) => id)).toEqual([first, second])
  const ctx = createExecutionContext()
  // No rate limit applies, so the sketch alone must withstand the beacons.
  const unlimited = { ...queued, READER_RATE: { limit: async () => ({ success: true }) } } as Env
  const flood = async (no: number): Promise<number> => {
    const headers = { "content-type": "text/plain", ...from("192.0.2.66", `${BROWSER} ${no}`) }
    const body = JSON.stringify({ articles: [flooded, second] })
    const request = new Request(`${ORIGIN}/v1/views`, { method: "POST", headers, body })
    return (await app.fetch(request, unlimited, ctx)).status
  }
  const hundreds = 10 * inject("effort")
  for (let hundred = 0; hundred < hundreds; hundred++) {
    const statuses = await Promise.all(Array.from({ length: 100 }, (_, no) => flood(hundred * 100 + no)))
    expect(new Set(statuses)).toEqual(new Set([202]))
  }
  await waitOnExecutionContext(ctx)
  expect(sent).toHaveLength(100 * hundreds)
  await updateLists()
  const after = await listOf()
  // The address is one more reader of each article.
  expect(after.map(([id]) => id)).toEqual([first, second, flooded])
  expect(after[0]).toEqual(honest[0])
  expect(Number(after[1]?.[1]) - Number(honest[1]?.[1])).toBeLessThanOrEqual(1)
  expect(after[2]?.[1]).toBe(1)
}, 300_000)

describe("the cost of counting", () => {
  const costs: number[][] = []

  test.each([1000, LARGE])(
    "is the same with %i articles on the wire",
    async (total) => {
      if (total === 1000) await ids(one, article({}, 2))
      await fill(total)
      const bindings = { ...env, REMEMBER_VALIDATORS: "false" } as Env
      const { bindings: seen, trips } = counted(bindings)
      // The newest articles of fill() are the same at any size; they must name their scopes.
      const many = await rows(
        "select article_id id from memberships where scope = 'all' and article_id glob '0000*' order by published_at desc, article_id desc limit 80",
      )
      await env.DB.prepare(
        `update articles set scopes = (select json_group_array(scope) from memberships p
         where p.published_at = articles.published_at and p.article_id = articles.id and p.scope in ('all', 'section:1', 'section:2', 'lang:en', 'lang:ar'))
       where id in (select value from json_each(?))`,
      )
        .bind(JSON.stringify(many.map(({ id }) => id)))
        .run()
      await addCounts(many.map(({ id }, no): [string, number, number] => [id as string, hourOf(now), 100 - no]))
      wait(5 * MINUTE)
      const figures: number[] = []
      const spend = async (action: () => Promise<unknown>, most: number, least = 1) => {
        trips.length = 0
        await action()
        expect(trips).toHaveLength(least)
        const rowsRead = trips.reduce((sum, trip) => sum + trip.rowsRead, 0)
        expect(rowsRead).toBeLessThanOrEqual(most)
        figures.push(rowsRead, ...trips.map(({ rowsWritten }) => rowsWritten))
      }
      // The update is not due, so it reads only the time of the last one, and no counts.
      await env.DB.prepare(`update most_read_update set at = ${now - 5 * MINUTE}`).run()
      await spend(() => updateMostRead(createDbClient(seen.DB), now - 1), 10)
      // The update reads each row of a day and its article twice, the old and new lists of three time windows, and past
      // days.
      const lists = 3 * 5
      await spend(() => updateMostRead(createDbClient(seen.DB), now), 4 * many.length + 3 * lists + 50, 2)
      const edge = { purge: async () => ({ success: true }) }
      await mostRead("", {}, bindings, edge)
      for (const query of [
        "",
        "?limit=50",
        "?section=world&limit=50",
        "?lang=ar",
        "?lang=ar,en&limit=50",
        "?section=europe&lang=ar,en&limit=50",
      ]) {
        // The query always scans the whole list: each rank, its article, and the scopes of the article.
        const shown = Number(/limit=(\d+)/.exec(query)?.[1] ?? 10)
        const scanned = query.startsWith("?lang=ar,en") ? 2 * 50 : 50
        await spend(() => mostRead(query, {}, seen, edge), scanned * 7 + shown * 3 + 20)
      }
      const { headers } = await mostRead("", {}, bindings, edge)
      // The query reads the wire, `all` and the time window. D1 also counts the rows of lists in the statement itself.
      await spend(() => mostRead("", { headers: { "if-none-match": headers.get("etag") as string } }, seen, edge), 12)
      await spend(() => send(`/r/${many[0]?.id}`, { headers: from("192.0.2.1") }, { ...seen, VIEWS }, edge), 6)
      costs.push(figures)
      if (costs.length === 2) expect(costs[1]).toEqual(costs[0])
    },
    120_000,
  )
})
