/** Tests that every redirect of a feed is checked, and that all its requests share one time limit. */
import type { RequestListener, ServerResponse } from "node:http"
import { createServer as createSocketServer } from "node:net"
import { setTimeout as wait } from "node:timers/promises"
import { Response as Outgoing } from "miniflare"
import { describe, expect, test } from "vitest"
import {
  answerOutside,
  DETAILS,
  enclosed,
  FEED,
  fetchIn,
  get,
  listen,
  ok,
  options,
  peer,
  reached,
  startPeers,
} from "./peers.ts"

startPeers()

describe("redirects", () => {
  /** Five redirects from /5 over /4 … /1 to the feed at /0. */
  const steps = (status: (step: number) => number): RequestListener => {
    return ({ url = "" }, response) => {
      const step = Number(url.slice(1))
      if (step === 0) return response.end(FEED)
      response.writeHead(status(step), { location: `/${step - 1}` }).end("a body that nobody reads")
    }
  }

  test.each([301, 302, 303, 307, 308])("%i: five are followed, six are not", async (status) => {
    const { origin, requests } = await peer(steps(() => status))
    const finalUrl = `${origin}/0`
    const permanent = status === 301 || status === 308
    const result = await get(`${origin}/5`)
    expect(result).toMatchObject({ outcome: "changed", text: FEED })
    expect(result.permanentUrl).toBe(permanent ? finalUrl : undefined)
    requests.length = 0
    const failed = await get(`${origin}/6`)
    expect(failed).toMatchObject({ outcome: "failed", detail: DETAILS.redirects, isRetryable: true })
    expect(failed.detail).toContain("redirected more than 5 times")
    expect(requests).toHaveLength(6)
  })

  test.each([1, 2, 3])("are permanent only if every hop is: temporary at %i", async (temporary) => {
    const { origin } = await peer(steps((step) => (step === temporary ? 302 : 301)))
    const result = await get(`${origin}/3`)
    expect(result).toMatchObject({ outcome: "changed", text: FEED })
    expect(result.permanentUrl).toBeUndefined()
  })

  test("that are permanent are reported with a 304, but not with a failure", async () => {
    const { origin } = await peer(({ url, headers }, response) => {
      if (url === "/old") return response.writeHead(301, { location: "/new" }).end()
      response.writeHead(headers["if-none-match"] === '"1"' ? 304 : 500).end()
    })
    const permanentUrl = `${origin}/new`
    expect(await get(`${origin}/old`, { etag: '"1"' })).toEqual({ outcome: "unchanged", permanentUrl })
    expect(await get(`${origin}/old`)).not.toHaveProperty("permanentUrl")
  })

  test.each([
    ["feed.xml?a=1", "/news/feed.xml?a=1"],
    ["../feed.xml", "/feed.xml"],
    ["/feed.xml#newest", "/feed.xml"],
    ["?page=2", "/news/old?page=2"],
    ["/أخبار", "/%D8%A3%D8%AE%D8%A8%D8%A7%D8%B1"],
    ["//localhost:PORT/feed", "/feed"],
    ["HTTP://127.0.0.1:PORT/feed", "/feed"],
  ])("Location: %s", async (location, path) => {
    const { origin, requests } = await peer(({ url }, response) => {
      if (url !== "/news/old") return response.end(FEED)
      const { port } = new URL(origin)
      response.writeHead(302, { location: Buffer.from(location.replace("PORT", port)).toString("latin1") }).end()
    })
    expect(await get(`${origin}/news/old`)).toMatchObject({ outcome: "changed", text: FEED })
    expect(requests.at(-1)?.url).toBe(path)
  })

  test("in a cycle are detected, also through a fragment", async () => {
    const { origin, requests } = await peer(({ url }, response) => {
      const next: Record<string, string> = { "/self": "#again", "/a": "/b", "/b": "/c", "/c": "/b" }
      response.writeHead(301, { location: next[url ?? ""] ?? "/" }).end()
    })
    for (const [path, count] of [
      ["/self", 1],
      ["/a", 3],
    ] as const) {
      requests.length = 0
      const result = await get(origin + path)
      expect(result).toMatchObject({ outcome: "failed", detail: DETAILS.redirects })
      expect(result.detail).toContain("leads back to")
      expect(requests).toHaveLength(count)
    }
  })

  test.each([undefined, "", "https://", "https://[::1"])(
    "with an invalid Location are refused: %s",
    async (location) => {
      const { origin } = await peer((_, response) => {
        response.writeHead(302, location === undefined ? {} : { location }).end()
      })
      expect(await get(origin)).toMatchObject({ outcome: "failed", detail: DETAILS.redirects })
    },
  )

  test.each([300, 304, 305])("of status %i are not followed", async (status) => {
    const { origin, requests } = await peer((_, response) => response.writeHead(status, { location: "/there" }).end())
    expect(await get(origin)).toMatchObject({ outcome: "failed", detail: DETAILS.unexpected })
    expect(requests).toHaveLength(1)
  })

  test("do not wait for their bodies, and their connections are freed", async () => {
    let freed: Promise<string> | undefined
    const { origin } = await peer(async ({ url }, response) => {
      if (url === "/there") return response.end(await Promise.race([freed, wait(1000, "held")]))
      freed = new Promise((resolve) => response.on("close", () => resolve("freed")))
      response.writeHead(302, { location: "/there" }).write("and then nothing")
    })
    expect(await get(origin)).toMatchObject({ outcome: "changed", text: "freed" })
  })
})

describe("the Worker connects to a hop only if it may call it", () => {
  const inner = [
    "http://[::ffff:127.0.0.1]:PORT/",
    "http://[::ffff:7f00:1]:PORT/",
    "http://[::]:PORT/",
    "http://0.0.0.0:PORT/",
    "http://0:PORT/",
    "http://[64:ff9b::7f00:1]:PORT/",
    "http://user:secret@127.0.0.1:PORT/",
    "http://169.254.169.254/latest/meta-data/",
    "http://10.0.0.1/",
    "http://012.1/",
    "http://intranet/",
    "http://metadata.google.internal/",
    "https://wire.example/feed.rss",
    "file:///etc/passwd",
    "ftp://127.0.0.1:PORT/",
    "data:text/xml,<rss/>",
  ]

  test.each(inner)("not to %s by a redirect, although loopback is allowed", async (spelling) => {
    const target = await peer(ok(FEED), "::")
    const location = spelling.replace("PORT", new URL(target.origin).port)
    const first = await peer((_, response) => response.writeHead(301, { location }).end())
    const result = await get(first.origin)
    expect(result).toMatchObject({ outcome: "failed", detail: DETAILS.refused, isRetryable: true })
    expect(result.detail).toMatch(/^The redirect of http:\/\/127\.0\.0\.1:\d+\/? to .* must /)
    expect([first.requests.length, target.requests.length]).toEqual([1, 0])
  })

  test.each([
    ...inner,
    "http://127.0.0.1:PORT/",
    "http://127.1:PORT/",
    "http://0x7f000001:PORT/",
    "http://2130706433:PORT/",
    "http://１２７.0.0.1:PORT/",
    "http://localhost:PORT/",
    "http://localhost.:PORT/",
    "http://[::1]:PORT/",
  ])("not to %s by a redirect of a public host", async (spelling) => {
    const target = await peer(ok(FEED), "::")
    const location = encodeURI(spelling.replace("PORT", new URL(target.origin).port)).replace(
      /%5[BD]/g,
      decodeURIComponent,
    )
    answerOutside(() => new Outgoing(null, { status: 302, headers: { location } }))
    const request = { url: "http://news.example/feed" }
    const result = await fetchIn(enclosed, { request, options: { ...options, allowLoopback: false } })
    expect(result).toMatchObject({ outcome: "failed", detail: DETAILS.refused, isRetryable: true })
    expect(reached).toEqual(["http://news.example/feed"])
    expect(target.requests).toEqual([])
  })

  test.each(["http://127.0.0.1:PORT/", "http://localhost:PORT/", "http://[::1]:PORT/"])(
    "not to %s itself",
    async (spelling) => {
      const target = await peer(ok(FEED), "::")
      const url = spelling.replace("PORT", new URL(target.origin).port)
      expect(await get(url)).toMatchObject({ outcome: "changed" })
      target.requests.length = 0
      const result = await get(url, { allowLoopback: false })
      expect(result).toMatchObject({ outcome: "failed", detail: DETAILS.refused, isRetryable: false })
      expect(result.detail).toMatch(/^The feed's address http.* must not lead to .*loopback/)
      expect(target.requests).toEqual([])
    },
  )

  test("to one public host after another, over http and https", async () => {
    answerOutside((url) =>
      url.startsWith("http:")
        ? new Outgoing(null, { status: 308, headers: { location: "https://www.news.example/feed" } })
        : new Outgoing(FEED),
    )
    const request = { url: "http://news.example/feed" }
    const result = await fetchIn(enclosed, { request, options: { ...options, allowLoopback: false } })
    expect(result).toMatchObject({ outcome: "changed", permanentUrl: "https://www.news.example/feed" })
    expect(reached).toEqual(["http://news.example/feed", "https://www.news.example/feed"])
  })
})

describe("one time limit applies to all hops and the body together", () => {
  const timeout = { outcome: "failed", detail: DETAILS.timeout, isRetryable: true }
  const drip = (response: ServerResponse) => {
    const timer = setInterval(() => response.write(" "), 50)
    response.on("close", () => clearInterval(timer))
  }

  test.each<[string, RequestListener]>([
    ["no bytes", () => {}],
    ["headers and nothing else", (_, response) => response.flushHeaders()],
    ["the body in single bytes", (_, response) => drip(response)],
    [
      "every hop is slow",
      async ({ url }, response) => {
        await wait(300)
        response.writeHead(302, { location: `${url}x` }).end()
      },
    ],
  ])("%s", async (_, answer) => {
    const { origin } = await peer(answer)
    const before = performance.now()
    const result = await get(origin, { timeoutMs: 700 })
    expect(result).toMatchObject(timeout)
    expect(result.detail).toMatch(
      /^http:\/\/127\.0\.0\.1:\d+\/?x* did not answer completely within 0\.7 s: it is fetched again later$/,
    )
    expect(performance.now() - before).toBeGreaterThan(650)
    expect(performance.now() - before).toBeLessThan(1700)
  })

  test("also to a connection that is accepted and never answered", async () => {
    expect(await get(await listen(createSocketServer(() => {})), { timeoutMs: 700 })).toMatchObject(timeout)
  })

  test("and closes the connection at its end", async () => {
    let closed: Promise<void> | undefined
    const { origin } = await peer((_, response) => {
      closed = new Promise((resolve) => response.on("close", resolve))
      drip(response)
    })
    await get(origin, { timeoutMs: 300 })
    await closed
  })
})
