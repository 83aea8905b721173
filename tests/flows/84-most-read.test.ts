/** Tests the list of the most read articles, and its updates. */
import { env } from "cloudflare:workers"
import { sql } from "drizzle-orm"
import { describe, expect, test } from "vitest"
import { readMostRead, selectMostRead } from "../../src/articles/views/most-read.ts"
import { updateMostRead } from "../../src/articles/views/most-read-update.ts"
import { createDbClient } from "../../src/db/client.ts"
import { rfc3339 } from "../../src/formats/dates.ts"
import { DAY, HOUR, now, until, wait } from "./clock.ts"
import {
  addCounts,
  beacon,
  deleteViews,
  deliver,
  from,
  hourOf,
  ids,
  listOf,
  MINUTE,
  mostRead,
  one,
  prepareViews,
  two,
  updateLists,
  view,
} from "./views.ts"
import { expectConsistent } from "./wire-state.ts"
import { WorkersCache } from "./workers-cache.ts"
import { admin, article, counted, ORIGIN, push, rows, section, sweep } from "./world.ts"

prepareViews()

const revision = async (key: string) =>
  (await rows("select revision from scopes where key = ?", key))[0]?.revision as number | undefined

describe("the most-read list", () => {
  test("exists for the whole wire, for each section and those below it, and for each language", async () => {
    const [world, europe, sports, arabic] = (await ids(
      one,
      article({ title: "World", _feedwire: { sections: ["world"] } }),
      article({ title: "Europe", _feedwire: { sections: ["europe"] } }),
      article({ title: "Sports", _feedwire: { sections: ["sports"] } }),
      article({ title: "عربي", content_html: "<p>نص</p>", language: "ar-EG", _feedwire: { sections: ["europe"] } }),
    )) as [string, string, string, string]
    await view(world, 1)
    await view(europe, 4)
    await view(sports, 3)
    await view(arabic, 2)
    expect(await listOf()).toEqual([])
    await updateLists()
    expect(await listOf()).toEqual([
      [europe, 4],
      [sports, 3],
      [arabic, 2],
      [world, 1],
    ])
    expect(await listOf("?section=world")).toEqual([
      [europe, 4],
      [arabic, 2],
      [world, 1],
    ])
    expect(await listOf("?section=europe")).toEqual([
      [europe, 4],
      [arabic, 2],
    ])
    expect(await listOf("?section=sports&limit=1")).toEqual([[sports, 3]])
    expect(await listOf("?lang=ar")).toEqual([[arabic, 2]])
    expect(await listOf("?lang=ar-eg")).toEqual([[arabic, 2]])
    expect(await listOf("?lang=en&section=world")).toEqual([
      [europe, 4],
      [world, 1],
    ])
    expect(await listOf("?lang=ar,en")).toEqual([
      [europe, 4],
      [sports, 3],
      [arabic, 2],
      [world, 1],
    ])
    expect(await listOf("?lang=fr")).toEqual([])
    expect(await listOf("?limit=2&window=1h")).toEqual([
      [europe, 4],
      [sports, 3],
    ])

    const { json, headers } = await mostRead("?section=world&window=7d")
    expect([json.window, json.section]).toEqual([
      "7d",
      { id: "section:1", slug: "world", names: { en: "World", ar: "العالم" } },
    ])
    expect(json.articles[0]).toMatchObject({ title: "Europe", view_url: `${ORIGIN}/r/${europe}`, views: 4 })
    expect(headers.get("cache-tag")).toBe("all,views:7d,wire")
    expect((await mostRead()).json.section).toBeUndefined()
    await expectConsistent()
  })

  test("has the first views of a wire at the next sweep, and later views after five minutes", async () => {
    const [first, second] = (await ids(one, article(), article())) as [string, string]
    await sweep()
    await view(first, 1)
    await deliver()
    wait(MINUTE)
    await sweep()
    expect(await listOf()).toEqual([[first, 1]])
    await view(second, 2)
    await deliver()
    wait(MINUTE)
    await sweep()
    expect(await listOf()).toEqual([[first, 1]])
    await updateLists()
    expect(await listOf()).toEqual([
      [second, 2],
      [first, 1],
    ])
  })

  test("is ordered by readers, then newest first", async () => {
    const day = (date: number) => ({ date_published: rfc3339(now - date * DAY) })
    const [old, young, middle] = (await ids(one, article(day(3)), article(day(1)), article(day(2)))) as [
      string,
      string,
      string,
    ]
    for (const id of [old, young, middle]) await view(id, 2)
    await updateLists()
    expect((await listOf()).map(([id]) => id)).toEqual([young, middle, old])
  })

  test("has at most fifty articles, with rounded counts", async () => {
    const all = await ids(one, ...Array.from({ length: 60 }, () => article({}, 2)))
    await addCounts(all.map((id, no) => [id, hourOf(now), 60 - no]))
    const figures = [99, 100, 104, 105, 994, 995, 1249, 1251, 99_400, 123_456]
    await deleteViews()
    await addCounts(all.map((id, no) => [id, hourOf(now), figures[no] ?? 60 - no]))
    await updateLists()
    const list = await listOf("?limit=50")
    expect(list).toHaveLength(50)
    expect(list.slice(0, 10).map(([, views]) => views)).toEqual([
      120_000, 99_000, 1300, 1200, 1000, 990, 110, 100, 100, 99,
    ])
    expect((await mostRead("?limit=51")).status).toBe(400)
  })

  test("of the last hour, day and week includes the first hour of each and none before", async () => {
    const [a, b, c, d, e, f, g] = (await ids(one, ...Array.from({ length: 7 }, () => article({}, 2)))) as string[]
    const hour = hourOf(now)
    const midnight = Math.floor(hour / 24) * 24
    await addCounts([
      [a, hour, 7],
      [b, hour - 1, 6],
      [c, hour - 2, 5],
      [d, hour - 24, 4],
      [e, hour - 25, 3],
      [f, midnight - 7 * 24, 2],
      [g, midnight - 7 * 24 - 1, 1],
    ] as [string, number, number][])
    // The first update finds every day with its hours; for later updates, days that are over have no hours.
    for (let sweeps = 0; sweeps < 6; sweeps++) {
      await updateLists()
      expect((await listOf("?window=1h")).map(([id]) => id)).toEqual([a, b])
      expect((await listOf()).map(([id]) => id)).toEqual([a, b, c, d])
      expect((await listOf("?window=7d")).map(([id]) => id)).toEqual([a, b, c, d, e, f])
    }
    const left = await rows("select day, count(*) n from views group by day order by day")
    expect(left).toEqual([
      { day: midnight / 24 - 1, n: 2 },
      { day: midnight / 24, n: 3 },
    ])
    expect(await rows("select * from view_days")).toEqual([{ day: midnight / 24 - 7, article_id: f, views: 2 }])
  })

  test("continues at the end of a day, with or without hours", async () => {
    const [id] = (await ids(one, article({}, 2))) as [string]
    const begin = hourOf(now)
    for (let at = 0; at < 12 * 24; at++) {
      until((begin + at) * HOUR)
      await addCounts([[id, hourOf(now), 1]])
      const hour = hourOf(now)
      const midnight = Math.floor(hour / 24) * 24
      // The sweep updates the lists only once in this hour, and no hour of views is lost.
      wait(30 * MINUTE)
      await updateMostRead(createDbClient(env.DB), now)
      if (at % 7 === 0 || at > 11 * 24) {
        const expected = [2, 25, hour - (midnight - 7 * 24) + 1].map((hours) => Math.min(hours, at + 1))
        const listed = await rows(
          "select time_window, articles ->> '$[0].views' views from most_read where scope = 'all' order by time_window = '7d', time_window",
        )
        const exact = await rows(
          "select (select coalesce(sum(views), 0) from views) + (select coalesce(sum(views), 0) from view_days) n",
        )
        expect([at, ...listed.map(({ views }) => Number(views))]).toEqual(
          [at, ...expected.map((n) => (n < 100 ? n : Math.round(n / 10) * 10))].map(Number),
        )
        expect(Number(exact[0]?.n)).toBeLessThanOrEqual(8 * 24 + 26)
      }
    }
    // The current day and the day before it have hours; older days only have totals.
    const stored = await rows("select (select count(*) from views) days, (select count(*) from view_days) over")
    expect(stored).toEqual([{ days: 2, over: 6 }])
  })

  test("loses an article at once that was withdrawn, suppressed, or moved to another section", async () => {
    const europe = { _feedwire: { sections: ["europe"] } }
    const [a, b, c] = (await ids(
      one,
      article({ id: "a", ...europe }),
      article({ id: "b", ...europe }),
      article(europe),
    )) as [string, string, string]
    const url = "https://one.example/sent-by-both"
    const [theirs] = (await ids(two, article({ url, ...europe }))) as [string]
    for (const [no, id] of [c, theirs, b, a].entries()) await view(id, no + 1)
    await updateLists()
    expect((await listOf("?section=europe")).map(([id]) => id)).toEqual([a, b, theirs, c])
    wait(MINUTE)
    await push(one, [{ id: "a" }], { type: "article.deleted", timestamp: rfc3339(now) })
    await push(one, article({ id: "b", _feedwire: { sections: ["sports"] } }))
    // The publisher that owns the address has the canonical article.
    await push(one, article({ url, ...europe }))
    expect(await listOf("?section=europe")).toEqual([[c, 1]])
    expect((await listOf()).map(([id]) => id)).toEqual([b, c])
    await updateLists()
    expect((await listOf("?section=sports")).map(([id]) => id)).toEqual([b])
    for (const id of [a, theirs])
      expect(await rows("select time_window from most_read where instr(articles, ?)", id)).toEqual([])
  })

  test("shows a partner the articles of its publishers, from further down the list", async () => {
    const all = await ids(one, ...Array.from({ length: 20 }, () => article({}, 2)))
    const [theirs] = (await ids(two, article({}, 2))) as [string]
    await addCounts([...all.map((id): [string, number, number] => [id, hourOf(now), 5]), [theirs, hourOf(now), 1]])
    await updateLists()
    const [publisher] = await rows("select uid from publishers where slug = 'two'")
    const options = { window: "24h", section: undefined, languages: [], limit: 10 } as const
    const db = createDbClient(env.DB)
    const page = await readMostRead(db, { ...options, publishers: [publisher?.uid as string] }, [])
    expect(page.content?.map(({ article }) => article.id)).toEqual([theirs])
    expect((await readMostRead(db, { ...options, publishers: [] }, [])).content).toEqual([])
  })

  test("can be part of other statements", async () => {
    const [a, b] = (await ids(one, article({ _feedwire: { sections: ["europe"] } }), article())) as [string, string]
    await view(a, 1)
    await view(b, 2)
    await updateLists()
    const db = createDbClient(env.DB)
    const list = (scope: string) => db.all(sql`select * from (${selectMostRead("24h", scope)}) order by rank`)
    expect(await list("all")).toEqual([
      { article_id: b, rank: 0, views: 2 },
      { article_id: a, rank: 1, views: 1 },
    ])
    expect(await list("section:2")).toEqual([{ article_id: a, rank: 0, views: 1 }])
    expect(await list("section:9")).toEqual([])
  })

  test("follows renamed sections, and rejects invalid requests with every error", async () => {
    await section("old-name")
    const renamed = await admin("PATCH", "/sections/old-name", { slug: "new-name" })
    expect(renamed.status, renamed.text).toBe(200)
    const moved = await mostRead("?section=old-name&limit=3")
    expect([moved.status, moved.headers.get("location")]).toEqual([
      301,
      `${ORIGIN}/v1/most-read?limit=3&section=new-name`,
    ])
    const unknown = await mostRead("?section=wrld")
    expect([unknown.status, unknown.json.detail]).toEqual([400, expect.stringContaining("Did you mean world?")])
    const wrong = await mostRead("?window=2h&limit=0&lang=arabic&tag=x")
    expect([wrong.status, wrong.json.errors.map(({ parameter }: { parameter: string }) => parameter).sort()]).toEqual([
      400,
      ["lang", "limit", "tag", "window"],
    ])
  })
})

describe("an update of the most-read list", () => {
  test("runs every five minutes, and raises the scopes of its time windows only if a list changed", async () => {
    const [a, b] = (await ids(one, article(), article())) as [string, string]
    await view(a, 2)
    await updateLists()
    const seen = async () => [await revision("views:1h"), await revision("views:24h"), await revision("views:7d")]
    const first = await seen()
    expect(new Set(first).size).toBe(1)
    const commit = (await rows("select no, scopes, backfill from commits order by no desc limit 1"))[0]
    expect(commit).toEqual({ no: first[0], scopes: '["views:1h","views:24h","views:7d"]', backfill: 0 })

    // The update is not due yet.
    await view(b, 1)
    await deliver()
    wait(5 * MINUTE - 1)
    await sweep()
    expect(await seen()).toEqual(first)
    wait(1)
    await sweep()
    const second = await seen()
    expect(second.every((no, at) => Number(no) > Number(first[at]))).toBe(true)

    // No count is new.
    await updateLists()
    await updateLists()
    expect(await seen()).toEqual(second)
    // The article leaves only the list of the last hour.
    wait(2 * HOUR)
    await sweep()
    const third = await seen()
    expect(third).toEqual([expect.any(Number), second[1], second[2]])
    expect(third[0]).toBeGreaterThan(Number(second[0]))
    expect(await listOf("?window=1h")).toEqual([])
    await expectConsistent()
  })

  test("changes the answer for clients with a validator, which get 304 until then", async () => {
    const [a, b] = (await ids(one, article(), article())) as [string, string]
    await view(a, 1)
    await updateLists()
    const { headers } = await mostRead()
    const conditional = { headers: { "if-none-match": headers.get("etag") as string } }
    const { bindings, trips } = counted({ ...env, REMEMBER_VALIDATORS: "false" } as Env)
    expect((await mostRead("", conditional, bindings)).status).toBe(304)
    expect(trips).toMatchObject([{ statements: 1 }])
    await view(b, 2)
    await deliver()
    expect((await mostRead("", conditional, bindings)).status).toBe(304)
    await updateLists()
    const shown = await mostRead("", conditional, bindings)
    expect([shown.status, shown.json.articles.length]).toEqual([200, 2])
    // The list shows a correction of the article.
    const again = { headers: { "if-none-match": shown.headers.get("etag") as string } }
    wait(MINUTE)
    await push(one, article({ id: "other" }))
    expect((await mostRead("", again, bindings)).status).toBe(200)
  })

  test("purges the pages that show its lists, and nothing else", async () => {
    const [a] = (await ids(one, article())) as [string]
    const cache = new WorkersCache()
    wait(MINUTE)
    await cache.sweep()
    wait(MINUTE)
    await cache.sweep()
    await cache.get("/v1/most-read")
    await cache.get("/feed.json")
    await view(a, 3)
    await deliver()
    wait(5 * MINUTE)
    await cache.sweep()
    expect(cache.purges.at(-1)?.sort()).toEqual(["views:1h", "views:24h", "views:7d"])
    const shown = await cache.get("/v1/most-read")
    expect([shown.hit, shown.body.includes(a)]).toEqual([false, true])
    expect((await cache.get("/feed.json")).hit).toBe(true)
    wait(MINUTE)
    await cache.sweep()
    expect(await rows("select (select max(no) from commits) - purged_commit_no n from purge")).toEqual([{ n: 0 }])
  })

  test("writes nothing if it fails, and the next sweep repeats it", async () => {
    const [a] = (await ids(one, article())) as [string]
    await view(a, 1)
    await deliver()
    wait(5 * MINUTE)
    const failing = new Proxy(env.DB, {
      get: (target, name) =>
        name === "batch"
          ? (statements: D1PreparedStatement[]) =>
              target.batch([...statements, target.prepare("select no_such_column from views")])
          : Reflect.get(target, name).bind(target),
    })
    await expect(updateMostRead(createDbClient(failing), now)).rejects.toThrow("no_such_column")
    expect(await listOf()).toEqual([])
    wait(MINUTE)
    await sweep()
    expect(await listOf()).toEqual([[a, 1]])
  })
})

test("one address that comes every hour of a week counts once a day", async () => {
  const [honest, flooded] = (await ids(one, article(), article())) as [string, string]
  until(Math.ceil(now / DAY) * DAY)
  for (let hour = 0; hour < 8 * 24; hour++) {
    await beacon([flooded], from("203.0.113.9"))
    if (hour === 7 * 24) await view(honest, 9)
    await deliver()
    wait(HOUR / 2)
    await updateMostRead(createDbClient(env.DB), now)
    // A day counts the address at its first view, at midnight, so 24 hours include the day before only then.
    const [, views] = (await listOf()).find(([id]) => id === flooded) ?? []
    expect([hour, views]).toEqual([hour, hour % 24 === 0 && hour > 0 ? 2 : 1])
    wait(HOUR / 2)
  }
  // The current day and the seven days before it.
  expect(await listOf("?window=7d")).toEqual([
    [honest, 9],
    [flooded, 8],
  ])
}, 120_000)
