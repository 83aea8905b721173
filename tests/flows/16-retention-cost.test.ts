/** Tests how many rows D1 reads and writes to delete old messages. */
import { env } from "cloudflare:workers"
import { beforeEach, expect, test } from "vitest"
import { createDbClient } from "../../src/db/client.ts"
import { deleteExpired } from "../../src/push/attempts/retention.ts"
import { DAY, now, rfc3339, until } from "./clock.ts"
import { addMessages } from "./old-messages.ts"
import { counted, makeWire, pushRaw, rows } from "./world.ts"

until(now)
const { one } = await makeWire({ sections: { world: {} }, publishers: { one: { default_section: "world" } } })
/** Every test begins with an empty log, long after the test before it. */
beforeEach(async () => {
  until(now + 100 * DAY)
  await env.DB.batch(
    ["attempts", "deliveries", "publisher_activity"].map((table) => env.DB.prepare(`delete from ${table}`)),
  )
})

const count = async (table: string) => Number((await rows(`select count(*) n from ${table}`))[0]?.n)
const bad = (no: number) =>
  JSON.stringify({ type: "article.published", timestamp: rfc3339(now), data: { id: `old dead letter ${no}` } })

/** The query reads the oldest row of each table; SQLite also counts rows of its own subqueries. */
const ROWS_READ = 7

test("reads only the oldest rows if nothing has expired, however many rows there are", async () => {
  await addMessages(5000, now - 6 * DAY)
  const { bindings, trips } = counted()
  expect(await deleteExpired(createDbClient(bindings.DB), bindings.RECEIVED, now)).toBe(0)
  expect(trips.map(({ rowsRead, rowsWritten }) => [rowsRead, rowsWritten])).toEqual([[ROWS_READ, 0]])
})

test("reads each old open dead letter once and continues after it", async () => {
  for (let no = 0; no < 5; no++) await pushRaw(one, bad(no), { id: `old-dead-letter-${no}` })
  until(now + 60 * DAY)
  await addMessages(1200, now - 31 * DAY)
  const { bindings, trips } = counted()
  expect(await deleteExpired(createDbClient(bindings.DB), bindings.RECEIVED, now)).toBe(1000)
  expect([await count("attempts"), await count("deliveries")]).toEqual([705, 700])
  await deleteExpired(createDbClient(env.DB), env.RECEIVED, now)
  await deleteExpired(createDbClient(env.DB), env.RECEIVED, now)
  expect([await count("attempts"), await count("deliveries")]).toEqual([5, 0])
  await addMessages(2000, now)
  trips.length = 0
  expect(await deleteExpired(createDbClient(bindings.DB), bindings.RECEIVED, now)).toBe(0)
  expect(trips).toHaveLength(1)
  // The query reads five more rows: the open dead letters are the oldest rows of the index, and it skips them.
  expect(trips[0]?.rowsRead).toBe(5 + ROWS_READ)
  await env.DB.prepare(
    "update attempts set dead_letter = 'dismissed', closed_at = ?, object_key = null where dead_letter = 'open'",
  )
    .bind(now)
    .run()
})
