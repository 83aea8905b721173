import { describe, expect, test, vi } from "vitest"
import { ASKING, makeWire, REMEMBERING, requestsWith, SECOND, wait } from "./feeds.ts"
import { ORIGIN } from "./world.ts"

makeWire()

describe.each([
  ["the isolate caches validators", REMEMBERING],
  ["every request asks D1", ASKING],
])("%s:", (_, bindings) => {
  const { get, expectProblem } = requestsWith(bindings)

  describe("other answers", () => {
    test("/problems/:code explains every code, and suggests similar ones", async () => {
      const { PROBLEMS } = await import("../../src/http/problem.ts")
      for (const [code, [status, title]] of Object.entries(PROBLEMS)) {
        const sent = await get(`/problems/${code}`)
        expect([sent.status, sent.headers.get("content-type")]).toEqual([200, "text/plain;charset=UTF-8"])
        expect(sent.text).toContain(`${code} (${status})`)
        expect(sent.text).toContain(title)
      }
      expect((await get("/problems/unknown_sections")).json.detail).toContain("Did you mean unknown_section?")
    })

    const failing = (error: Error): Env => {
      const reject = () => Promise.reject(error)
      const statement = { bind: () => statement, all: reject, run: reject, raw: reject, first: reject }
      return { ...bindings, DB: { prepare: () => statement, batch: reject } as unknown as D1Database }
    }

    test("a 500 has the request's id and no internals; the log has both", async () => {
      const logged = vi.spyOn(console, "error").mockImplementation(() => {})
      for (const path of ["/", "/feed.rss", "/sections/world/feed.atom", "/publishers/one/feed.json"]) {
        wait(2 * SECOND)
        logged.mockClear()
        const sent = await get(
          path,
          { "cf-ray": "8f00ba4d12ab34cd-CMN" },
          "GET",
          failing(new TypeError("hidden in table articles")),
        )
        await expectProblem(sent, 500, "internal_error")
        expect(sent.json.request_id).toBe("8f00ba4d12ab34cd-CMN")
        expect(sent.text).not.toMatch(/hidden|TypeError|articles|select|\bat \w+ \(|\.ts/)
        expect(sent.headers.get("etag")).toBeNull()
        const [line] = logged.mock.calls.map(([text]) => JSON.parse(text as string))
        expect(line).toMatchObject({ level: "error", id: "8f00ba4d12ab34cd-CMN", path, error: "TypeError" })
        expect(line.frames[0]).toMatch(/^at /)
        expect(JSON.stringify(line)).not.toContain("hidden")
        const head = await get(path, {}, "HEAD", failing(new TypeError("hidden")))
        expect([head.status, head.text]).toEqual([500, ""])
      }
    })

    test("if D1 cannot be reached, the answer is 503 with Retry-After, warm or cold", async () => {
      vi.spyOn(console, "error").mockImplementation(() => {})
      for (const path of ["/", "/feed.rss", "/sections/world/feed.atom", "/sections/nowhere/feed.json"]) {
        wait(2 * SECOND)
        const sent = await get(
          path,
          { "if-none-match": "*" },
          "GET",
          failing(new Error("D1_ERROR: Network connection lost.")),
        )
        await expectProblem(sent, 503, "storage_unavailable")
        expect(sent.headers.get("retry-after")).toMatch(/^\d+$/)
        expect(sent.text).not.toMatch(/D1|select|Network/)
      }
      // The failure left nothing in the caches.
      expect((await get("/feed.rss")).status).toBe(200)
    })

    test("invalid settings cause an ordinary 500 problem, and the log names them", async () => {
      const logged = vi.spyOn(console, "error").mockImplementation(() => {})
      for (const wrong of [
        { FEEDS_URL: "feeds.example" },
        { FEEDS_URL: "https://feeds.example/path" },
        { FEEDS_URL: "" },
        { API_ACCESS: "partner" },
      ]) {
        logged.mockClear()
        const sent = await get("/feed.rss", {}, "GET", { ...bindings, ...wrong })
        expect([sent.status, sent.json?.code, sent.json?.request_id]).toEqual([
          500,
          "internal_error",
          expect.stringMatching(/^[\w-]{8,}$/),
        ])
        expect(sent.text).not.toContain("set it to")
        expect(logged.mock.calls.flat().join()).toContain(Object.keys(wrong)[0])
      }
    })

    test("each request logs one JSON line", async () => {
      const logged = vi.spyOn(console, "log").mockImplementation(() => {})
      vi.spyOn(console, "error").mockImplementation(() => {})
      const requests: [string, string, number, Env?][] = [
        ["/feed.rss", "GET", 200],
        ["/feed.rss", "HEAD", 200],
        ["/FEED.rss", "GET", 301],
        ["/sections/nowhere/feed.rss", "GET", 404],
        ["/feed.rss?x=1", "GET", 400],
        ["/feed.rss", "DELETE", 405],
        ["/", "GET", 200],
        ["/healthz", "GET", 200],
        ["/no%0Aline\u2028s", "GET", 404],
        ["/publishers/nobody/feed.rss", "GET", 500, failing(new TypeError("hidden"))],
      ]
      for (const [path, method, status, from] of requests) {
        logged.mockClear()
        const sent = await get(path, {}, method, from)
        expect(logged.mock.calls).toHaveLength(1)
        const text = logged.mock.calls[0]?.[0] as string
        expect(text).not.toContain("\n")
        const line = JSON.parse(text)
        expect(line).toMatchObject({
          level: "info",
          event: "request",
          method,
          status,
          path: decodeURIComponent(new URL(path, ORIGIN).pathname),
          ms: expect.any(Number),
        })
        expect([sent.status, line.id]).toEqual([status, expect.stringMatching(/^[\w-]{8,}$/)])
        if (status >= 400 && method !== "HEAD") expect(sent.json.request_id).toBe(line.id)
        if (path === "/feed.rss" && status === 200) expect(line.cache).toBe(sent.headers.get("cache-status"))
      }
    })
  })
})
