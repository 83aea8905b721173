/** Tests that D1 reads as many rows for a page of the attempt log with many attempts as with few. */
import { env } from "cloudflare:workers"
import { beforeAll, describe, expect, inject, test } from "vitest"
import { article, counted, makeWire, push, send } from "./world.ts"

const { one } = await makeWire({ publishers: { one: {}, two: {}, rare: {} } })

/** Attempts on a large wire: as many as a busy one has in a month in `npm run test:long`. */
const MANY = inject("effort") > 1 ? 1_000_000 : 100_000
/** One attempt a second, the last at this time. */
const END = Date.UTC(2026, 10, 30)
const SECOND = 1000

/** Pages that are full, whatever is in the log. They cost the same to the row, but for the look-ups of a time. */
const FULL = [
  ...[
    "",
    "publisher=two",
    "status=2xx",
    "outcome=stored",
    "status=4xx",
    "outcome=failed",
    "outcome=refused&publisher=two",
  ],
  ...[`until=${new Date(END - 900 * SECOND).toISOString()}`, `since=${new Date(END - 500 * SECOND).toISOString()}`],
]
/** Pages that look for what hardly occurs. */
const RARE = ["publisher=rare", "publisher=rare&outcome=failed", "outcome=notified", "status=503&publisher=two"]
const SCANNED = 5000
const REST = 200

const { bindings, trips } = counted()

async function costOf(path: string): Promise<{ rows: number; trips: number; found: number; next?: number }> {
  trips.length = 0
  const headers = { authorization: `Bearer ${env.ADMIN_TOKEN}` }
  const { status, text, json } = await send(`/admin/api${path}`, { headers }, bindings)
  expect(status, text).toBe(200)
  const rows = trips.reduce((sum, { rowsRead }) => sum + rowsRead, 0)
  return { rows, trips: trips.length, found: (json.attempts ?? json.dead_letters ?? []).length, next: json.next }
}

/** Copies the first attempt until there are as many. Added attempts are older, so the newest are always the same. */
async function fillLog(total: number): Promise<void> {
  const names = (await env.DB.prepare("select name from pragma_table_info('attempts')").all<{ name: string }>()).results
    .map(({ name }) => name)
    .filter((name) => !["id", "received_at", "publisher_uid", "authentication", "status", "dead_letter"].includes(name))
  const rest = names.join(", ")
  await env.DB.prepare(
    `with recursive n(i) as (
       select (select min(id) from attempts) - 1 union all select i - 1 from n where i > ?1 - ?2)
     insert into attempts (id, received_at, publisher_uid, authentication, status, dead_letter, ${rest})
     select i, ?3 - (?1 - i) * 1000,
       (select uid from publishers where slug = iif(i % 997 = 0, 'rare', iif(i % 3 = 0, 'two', 'one'))),
       iif(i % 5 = 0, 'refused', 'v1'),
       case when i % 5 = 0 then 401 when i % 4 = 0 then 422 else 200 end,
       iif(i % 4 = 0 and i % 5 <> 0, 'open', null), ${rest}
     from n, (select * from attempts where id = ?1)`,
  )
    .bind(TOP, total, END)
    .run()
}
const TOP = 2_000_000

beforeAll(async () => {
  await push(one, article())
  await env.DB.prepare("update attempts set id = ?, received_at = ?").bind(TOP, END).run()
})

const small = new Map<string, number>()

describe.each([2000, MANY])("with %i attempts", (total) => {
  beforeAll(async () => {
    await fillLog(total)
    // Loads what the first request reads.
    await costOf("/attempts")
  }, 240_000)

  test.each(FULL)("the page %j costs as much", async (query) => {
    const { rows, trips, found, next } = await costOf(`/attempts?limit=20&${query}`)
    small.set(query, small.get(query) ?? rows)
    expect([query, found, trips <= 2, rows]).toEqual([query, 20, true, small.get(query)])
    const later = await costOf(`/attempts?limit=20&${query}&before=${next}`)
    expect([query, later.found, later.rows <= rows + 50]).toEqual([query, 20, true])
  })

  test.each(RARE)("the page %j reads a bounded number of rows", async (query) => {
    const { rows, trips } = await costOf(`/attempts?limit=20&${query}`)
    expect([query, trips <= 3, rows <= 3 * SCANNED + REST, rows]).toEqual([query, true, true, rows])
  })

  test("one attempt costs as much, and a page of dead letters too, besides the count of open ones up to 10,000", async () => {
    expect((await costOf(`/attempts/${TOP - 4}`)).rows).toBe(2)
    const [{ open } = { open: 0 }] = (
      await env.DB.prepare("select count(*) open from attempts where dead_letter = 'open'").all<{ open: number }>()
    ).results
    expect((await costOf("/dead-letters?limit=20")).rows).toBe(42 + Math.min(open, 10_000))
  })
})
