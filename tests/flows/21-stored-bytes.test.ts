/** Tests feeds in the Cache API. */
import { expect, test } from "vitest"
import { ASKING, inSection, makeWire, one, REMEMBERING, requestsWith } from "./feeds.ts"
import { type Answer, article, push, section } from "./world.ts"

makeWire()

/** The Cache API of workerd adds the length. */
const headersOf = ({ headers }: Answer) =>
  [...headers].filter(([name]) => name !== "cache-status" && name !== "content-length")

test.each([
  ["an isolate with validators in memory", REMEMBERING],
  ["an isolate that reads validators from D1", ASKING],
])("bytes that %s no longer has in memory come unchanged from the Cache API", async (_, bindings) => {
  const { get, publish } = requestsWith(bindings)
  const path = "/sections/europe/feed.atom"
  await publish(inSection("europe"))
  const name = `heavy-${bindings.REMEMBER_VALIDATORS}`
  await section(name)
  const heavy = () => article({ content_html: `<p>${"x".repeat(250 * 1024)}</p>`, ...inSection(name) })
  for (let n = 0; n < 3; n++) await push(one, [heavy(), heavy(), heavy()], { bindings })
  const full = await get(path)
  expect(full.headers.get("cache-status")).toBe("feedwire; fwd=miss")
  // Pages of 2 MiB from nine other origins: more than an isolate caches in memory.
  for (let n = 0; n < 9; n++) {
    const from = { ...bindings, FEEDS_URL: `https://heavy-${n}.example` }
    expect((await get(`/sections/${name}/feed.rss`, {}, "GET", from)).text.length).toBeGreaterThan(1_900_000)
  }
  const stored = await get(path)
  expect(stored.headers.get("cache-status")).toBe("feedwire; hit; detail=stored")
  expect([stored.text === full.text, headersOf(stored)]).toEqual([true, headersOf(full)])
  expect((await get(path)).headers.get("cache-status")).toBe("feedwire; hit; detail=memory")
})
