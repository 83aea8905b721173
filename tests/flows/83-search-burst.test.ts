/** Tests that every push of a burst is answered as usual, and that the sweep updates the search index afterwards. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { beforeEach, expect, test } from "vitest"
import { app } from "../../src/app.ts"
import { HOUR, now, rfc3339, until, wait } from "./clock.ts"
import { article, makeWire, ORIGIN, push, rows, send, signedHeaders, sweep } from "./world.ts"

/** An isolate may index this many batches at once after answers, and one more every two seconds. */
const AT_ONCE = 10
const INTERVAL_MS = 2000
until(now)
const { one } = await makeWire({ sections: { world: {} }, publishers: { one: { default_section: "world" } } })
beforeEach(() => wait(HOUR))

/** D1 that counts the batches that write to the index. */
function countingIndexer(): { bindings: Env; batches: () => number } {
  let batches = 0
  const prepare = (query: string) => {
    if (query.includes("insert into search ")) batches += 1
    return env.DB.prepare(query)
  }
  const batch = (statements: D1PreparedStatement[]) => env.DB.batch(statements)
  return { bindings: { ...env, DB: { prepare, batch } as unknown as D1Database }, batches: () => batches }
}

const item = (word: string, no: number) =>
  article({ title: `${word} ${no}`, content_html: `<p>${word}</p>`, date_published: rfc3339(now) }, 1)
const publish = (word: string, no: number, bindings: Env = env) =>
  push(one, [item(word, no)], { timestamp: rfc3339(now), bindings })

async function found(word: string): Promise<number> {
  const { json } = await send(`/v1/articles?q=${word}&limit=100&fields=title`)
  return json.articles.length
}

test("pushes outside of a burst are each indexed right after their answers", async () => {
  const { bindings, batches } = countingIndexer()
  for (let no = 1; no <= 3 * AT_ONCE; no++) {
    await publish("steady", no, bindings)
    expect([await found("steady"), batches()]).toEqual([no, no])
    wait(INTERVAL_MS)
  }
})

test("a burst is indexed in few batches: ten at once, one every two seconds, and the rest by the sweep", async () => {
  const { bindings, batches } = countingIndexer()
  for (let no = 0; no < 40; no++) await publish("burst", no, bindings)
  expect([batches(), await found("burst")]).toEqual([AT_ONCE, AT_ONCE])

  wait(INTERVAL_MS)
  await publish("burst", 40, bindings)
  expect([batches(), await found("burst")]).toEqual([AT_ONCE + 1, 41])

  for (let no = 41; no < 80; no++) await publish("burst", no, bindings)
  expect([batches(), await found("burst")]).toEqual([AT_ONCE + 1, 41])
  wait(INTERVAL_MS)
  await sweep(bindings)
  expect([batches(), await found("burst")]).toEqual([AT_ONCE + 2, 80])
})

test("pushes at the same time share batches", async () => {
  const { bindings, batches } = countingIndexer()
  await Promise.all(Array.from({ length: 40 }, (_, no) => publish("together", no, bindings)))
  expect(batches()).toBeLessThanOrEqual(AT_ONCE)
  wait(INTERVAL_MS)
  await sweep(bindings)
  expect([await found("together"), batches() <= AT_ONCE + 1]).toEqual([40, true])
})

test("articles of large messages that do not fit into one batch are left to the sweep", async () => {
  const { bindings, batches } = countingIndexer()
  for (let message = 0; message < 2 * AT_ONCE; message++) {
    const items = Array.from({ length: 60 }, (_, no) => item("archived", message * 100 + no))
    await push(one, items, { timestamp: rfc3339(now), bindings })
  }
  expect(batches()).toBeLessThanOrEqual(AT_ONCE)
  await sweep(bindings)
  // A batch of the sweep has a hundred articles.
  expect(batches()).toBeLessThanOrEqual(AT_ONCE + 6)
  const indexed = await rows("select count(*) count from articles where title like 'archived %' and search_rowid > 0")
  expect(indexed[0]?.count).toBe(2 * AT_ONCE * 60)
}, 60_000)

test("an answer does not wait for the index", async () => {
  let resume = () => {}
  const resumed = new Promise<void>((resolve) => {
    resume = resolve
  })
  const held = (statement: D1PreparedStatement) =>
    ({
      bind: (...values: unknown[]) => held(statement.bind(...values)),
      all: () => resumed.then(() => statement.all()),
      raw: () => resumed.then(() => statement.raw()),
    }) as unknown as D1PreparedStatement
  const prepare = (query: string) => {
    const statement = env.DB.prepare(query)
    return query.includes("from consumers consumer") ? held(statement) : statement
  }
  const batch = (statements: D1PreparedStatement[]) => env.DB.batch(statements)
  const bindings = { ...env, DB: { prepare, batch } as unknown as D1Database }
  const body = JSON.stringify({ type: "article.published", timestamp: rfc3339(now), data: [item("held", 1)] })
  const headers = { "content-type": "application/json", ...(await signedHeaders(body, one.secret, { at: now })) }
  const ctx = createExecutionContext()
  const request = new Request(`${ORIGIN}/push/one`, { method: "POST", headers, body })
  const answer = await app.fetch(request, bindings, ctx)
  expect([answer.status, await found("held")]).toEqual([200, 0])
  resume()
  await waitOnExecutionContext(ctx)
  expect(await found("held")).toBe(1)
})
