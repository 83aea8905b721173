/** Tests that the log has the reason and the place of a failure, and no text that people typed or sent. */
import { env } from "cloudflare:workers"
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest"
import { admin, article, makeWire, push, send, sweep } from "./world.ts"

const TYPED = "privateillness"
const { one } = await makeWire({ sections: { world: {} }, publishers: { one: { default_section: "world" } } })
beforeAll(async () => {
  await push(one, [article({ title: "One" })])
  await sweep()
})

const lines: string[] = []
beforeEach(() => {
  lines.length = 0
  for (const level of ["log", "warn", "error"] as const) {
    vi.spyOn(console, level).mockImplementation((line) => void lines.push(String(line)))
  }
})
afterEach(() => void vi.restoreAllMocks())

const errors = () => lines.map((line) => JSON.parse(line)).filter(({ level }) => level === "error")

/** The real database, in which queries of this table fail because there is no such table. */
function failing(table: string): Env {
  const prepare = (statement: string) => env.DB.prepare(statement.replaceAll(`from ${table}`, `from ${table}_gone`))
  return { ...env, DB: { prepare, batch: (all: D1PreparedStatement[]) => env.DB.batch(all) } as unknown as D1Database }
}

test.each([
  ["a search", `/v1/articles?q=${TYPED}`, "search"],
  ["a list", `/v1/articles?tag=${TYPED}`, "wire"],
  ["an article", `/v1/articles/0123456789abcdef0123456789abcdef`, "wire"],
  ["a feed", `/feed.rss?author=${TYPED}`, "wire"],
])("the log of a failed %s has class, code and frames, and no input", async (_, path, table) => {
  const sent = await send(path, {}, failing(table))
  expect([sent.status, sent.json?.code]).toEqual([503, "storage_unavailable"])
  expect(errors()).toEqual([
    {
      level: "error",
      event: "request_failed",
      id: sent.json.request_id,
      path: expect.stringMatching(/^\/[^?]*$/),
      error: "Error D1_ERROR SQLITE_ERROR (no such table)",
      frames: expect.arrayContaining([expect.stringMatching(/^at .*\.ts:\d+:\d+/)]),
    },
  ])
  expect(lines.join()).not.toMatch(new RegExp(`${TYPED}|params|\\bselect\\b`, "i"))
})

test("the log of a failed push has no input, and its dead letter has no more", async () => {
  const put = (key: string, body: Uint8Array) =>
    key.startsWith("received/")
      ? Promise.reject(new TypeError(`cannot store "${TYPED}"\n    at ${TYPED} (${TYPED}:1:1)`))
      : env.RECEIVED.put(key, body)
  const bindings = { ...env, RECEIVED: { put } as unknown as R2Bucket }
  const sent = await push(one, [article({ title: TYPED })], { id: "lost", bindings })
  expect([sent.status, sent.json.code]).toEqual([500, "internal_error"])
  expect(errors()).toMatchObject([{ event: "request_failed", error: "TypeError" }])
  const [deadLetter] = (await admin("GET", "/dead-letters?publisher=one")).json.dead_letters
  expect(deadLetter).toMatchObject({ code: "internal_error", detail: "TypeError" })
  expect(lines.join()).not.toContain(TYPED)
})

test("the log of a failed sweep has no input, nor has the error that it throws, which the platform logs", async () => {
  const broken = () =>
    Promise.reject(Object.assign(new Error(`Failed query: x\nparams: ${TYPED}`), { query: "x", params: [TYPED] }))
  const statement = { bind: () => statement, all: broken, run: broken, raw: broken, first: broken }
  const bindings = { ...env, DB: { prepare: () => statement, batch: broken } as unknown as D1Database }
  const thrown: unknown = await sweep(bindings).catch((error: unknown) => error)
  expect(thrown).toBeInstanceOf(Error)
  const { message, stack, cause } = thrown as Error
  expect([message.startsWith("The sweep failed: Error"), cause]).toEqual([true, undefined])
  expect(`${message}${stack}${lines.join()}`).not.toContain(TYPED)
  expect(new Set(errors().map(({ event }) => event))).toEqual(new Set(["sweep_failed", "health_check_failed"]))
})
