/** push/pull/conditional-get.ts in workerd, with its own fetch, against peers on loopback that behave and that do not. */
import { mkdtempSync, rmSync } from "node:fs"
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http"
import { type AddressInfo, createServer as createSocketServer, type Server, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { brotliCompressSync, constants, deflateSync, gzipSync } from "node:zlib"
import { Miniflare, Response as Outgoing } from "miniflare"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type FetchOptions, MAX_FEED_BYTES } from "../../../../src/push/pull/conditional-get.ts"
import * as fc from "../../../fast-check.ts"
import { bundle, workerOptions } from "../../../local-worker.ts"
import type { FetchCall, JsonResult } from "../../../pull/worker.ts"

const NOW = Date.UTC(2026, 10, 23, 20, 0, 0)
const FEED = "<rss version='2.0'><channel><title>Nahar</title></channel></rss>"
const folder = mkdtempSync(join(tmpdir(), "feedwire-fetch-"))
const started: Server[] = []
let worker: Miniflare
/** The same Worker with its outgoing requests intercepted, so that tests can answer for any host. */
let enclosed: Miniflare
let outside: (url: string) => Outgoing = () => new Outgoing("nobody", { status: 599 })
let reached: string[] = []

beforeAll(async () => {
  const script = join(folder, "worker.js")
  await bundle("tests/pull/worker.ts", script)
  // Network failures, which these tests cause, are errors in workerd's log.
  const options = { ...workerOptions({ bundle: script, bindings: {} }), handleStructuredLogs: () => {} }
  worker = new Miniflare(options)
  const [only] = options.workers
  const outboundService = {
    type: "fetcher" as const,
    handler: ({ url }: { url: string }) => {
      reached.push(url)
      return outside(url)
    },
  }
  enclosed = new Miniflare({ ...options, workers: [{ ...only, dev: { ...only?.dev, outboundService } }] as never })
  await Promise.all([worker.ready, enclosed.ready])
}, 60_000)

afterAll(async () => {
  await Promise.all([worker?.dispose(), enclosed?.dispose()])
  for (const server of started) server.close()
  rmSync(folder, { recursive: true, force: true })
})

async function listen<T extends Server>(server: T, host = "127.0.0.1"): Promise<string> {
  started.push(server)
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A peer that speaks HTTP, and the requests that it got. */
async function peer(answer: RequestListener, host?: string): Promise<{ origin: string; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    answer(request, response)
  })
  return { origin: await listen(server, host), requests }
}

/** A peer that writes raw bytes to every connection. */
const rawPeer = (answer: (socket: Socket) => void): Promise<string> =>
  listen(
    createSocketServer((socket) => {
      socket.on("error", () => {})
      socket.once("data", () => answer(socket))
    }),
  )

const ok = (body: string | Buffer, headers: Record<string, string> = {}): RequestListener => {
  return (_, response) => response.writeHead(200, headers).end(body)
}

/** What the sentence of each failure says. */
const DETAILS = {
  refused: expect.stringMatching(/^The (?:feed's address|redirect of) .* must /),
  unreachable: expect.stringContaining("could not be reached"),
  timeout: expect.stringContaining("did not answer completely within"),
  interrupted: expect.stringContaining("broke off"),
  redirects: expect.stringMatching(/without a usable Location|leads back to|is redirected more than 5 times/),
  denied: expect.stringContaining("ask its publisher to let the wire read it"),
  missing: expect.stringContaining("answered 404: correct the address of the feed"),
  gone: expect.stringContaining("answered 410: the feed no longer exists"),
  busy: expect.stringMatching(/answered (?:429|503): it is fetched again later$/),
  broken: expect.stringMatching(/answered \d{3}: it is fetched again later; its publisher may not know of it$/),
  unexpected: expect.stringContaining("must be 200 or, to a conditional one, 304"),
  coding: expect.stringContaining("which was not requested"),
  empty: expect.stringContaining("answered 200 with an empty body"),
  too_large: expect.stringContaining("is larger than 4096 KiB"),
}

type AnyResult = JsonResult & { detail: string; text: string; length: number; permanentUrl: string; retryAfter: number }

async function fetchIn(worker: Miniflare, call: FetchCall): Promise<AnyResult> {
  const response = await worker.dispatchFetch("http://worker/", { method: "POST", body: JSON.stringify(call) })
  expect(response.status, "fetchFeed never throws").toBe(200)
  return (await response.json()) as AnyResult
}

const options: FetchOptions = {
  allowLoopback: true,
  ownHosts: ["wire.example"],
  userAgent: "feedwire/0.1 (+https://wire.example)",
  now: NOW,
  timeoutMs: 5000,
}
const get = (url: string, more: Partial<FetchOptions> & { etag?: string; lastModified?: string } = {}) => {
  const { etag, lastModified, ...rest } = more
  return fetchIn(worker, { request: { url, etag, lastModified }, options: { ...options, ...rest } })
}

describe("a feed", () => {
  test("has the validators for the next request", async () => {
    const etag = 'W/"5f-é,x"'
    const lastModified = "Mon, 23 Nov 2026 19:00:00 GMT"
    const { origin } = await peer((request, response) => {
      const known = request.headers["if-none-match"] === Buffer.from(etag).toString("latin1")
      if (known && request.headers["if-modified-since"] === lastModified) return response.writeHead(304).end()
      response.setHeader("etag", Buffer.from(etag).toString("latin1"))
      response.writeHead(200, { "content-type": "application/rss+xml; charset=utf-8", "last-modified": lastModified })
      response.end(FEED)
    })
    const url = `${origin}/feed`
    expect(await get(url)).toEqual({
      outcome: "changed",
      text: FEED,
      length: FEED.length,
      contentType: "application/rss+xml; charset=utf-8",
      ...{ etag, lastModified },
    })
    expect(await get(url, { etag, lastModified })).toEqual({ outcome: "unchanged" })
    expect(await get(url, { etag: '"other"', lastModified })).toMatchObject({ outcome: "changed" })
  })

  test("is requested with a user agent and feed types, and with nothing else", async () => {
    const { origin, requests } = await peer((_, response) => {
      response.writeHead(302, { location: "/there", "set-cookie": "id=1; Path=/" }).end()
    })
    await get(`${origin}/feed`)
    expect(requests.map(({ url }) => url)).toEqual(["/feed", "/there"])
    for (const { method, headers } of requests) {
      expect(method).toBe("GET")
      expect(headers["user-agent"]).toBe("feedwire/0.1 (+https://wire.example)")
      // No cache on the way may answer with its copy.
      expect(headers["cache-control"]).toBe("no-cache")
      for (const type of ["application/rss+xml", "application/atom+xml", "application/feed+json", "*/*;q=0.1"]) {
        expect(headers.accept).toContain(type)
      }
      for (const name of ["cookie", "authorization", "referer", "if-none-match", "if-modified-since"]) {
        expect(headers).not.toHaveProperty(name)
      }
    }
  })

  test("validators that are too long to keep are left out, and so is a type that was not named", async () => {
    const long = `"${"x".repeat(998)}"`
    const { origin } = await peer((request, response) => {
      response.writeHead(200, { etag: request.url === "/long" ? `${long.slice(0, -1)}x"` : long }).end(FEED)
    })
    expect(await get(`${origin}/kept`)).toMatchObject({ etag: long })
    expect(await get(`${origin}/long`)).not.toHaveProperty("etag")
    expect(await get(`${origin}/long`)).not.toHaveProperty("contentType")
  })

  test.each([
    ["gzip", gzipSync(FEED)],
    ["br", brotliCompressSync(FEED)],
    ["identity", Buffer.from(FEED)],
  ])("is decompressed: %s", async (coding, body) => {
    const { origin } = await peer(ok(body, { "content-encoding": coding }))
    expect(await get(origin)).toMatchObject({ outcome: "changed", text: FEED, length: FEED.length })
  })

  test.each(["deflate", "zstd", "gzip, gzip", "x-gzip", "GZIP"])("is refused as %s", async (coding) => {
    const { origin } = await peer(ok(deflateSync(FEED), { "content-encoding": coding }))
    const result = await get(origin)
    expect(result).toMatchObject({ outcome: "failed", detail: DETAILS.coding, isRetryable: true })
    expect(result.detail).toContain(`encoded as ${coding}, which was not requested`)
  })
})

describe("size: 4 MiB, counted after decompression", () => {
  const exact = Buffer.alloc(MAX_FEED_BYTES, "a")
  const more = Buffer.alloc(MAX_FEED_BYTES + 1, "a")
  const tooLarge = { outcome: "failed", detail: DETAILS.too_large, isRetryable: false }

  test.each([
    ["with its length", (body: Buffer) => ok(body, { "content-length": String(body.byteLength) })],
    ["in chunks", (body: Buffer) => ok(body, { "transfer-encoding": "chunked" })],
    ["as gzip", (body: Buffer) => ok(gzipSync(body), { "content-encoding": "gzip" })],
    ["as br", (body: Buffer) => ok(brotliCompressSync(body), { "content-encoding": "br" })],
  ])("%s: exactly so many pass, one more does not", async (_, answer) => {
    expect(await get((await peer(answer(exact))).origin)).toMatchObject({ outcome: "changed", length: MAX_FEED_BYTES })
    const result = await get((await peer(answer(more))).origin)
    expect(result).toMatchObject(tooLarge)
    expect(result.detail).toMatch(/is larger than 4096 KiB: ask its publisher/)
  })

  test("a body without end is dropped at once", async () => {
    let ended: Promise<number> | undefined
    const { origin } = await peer((_, response) => {
      const block = Buffer.alloc(65_536, "a")
      let sent = 0
      const more = () => {
        while (!response.destroyed && response.write(block)) sent += block.byteLength
      }
      ended = new Promise((resolve) => response.on("close", () => resolve(sent)))
      response.on("drain", more)
      more()
    })
    expect(await get(origin)).toMatchObject(tooLarge)
    // Both ends have buffers in addition.
    expect(await ended).toBeLessThan(4 * MAX_FEED_BYTES)
  })

  test("a length that lies is not believed", async () => {
    const less = await rawPeer((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhello"))
    expect(await get(less)).toMatchObject({ outcome: "changed", text: "hel" })
    const huge = await rawPeer((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\nhello"))
    expect(await get(huge)).toMatchObject({ outcome: "failed", detail: DETAILS.interrupted, isRetryable: true })
  })

  test.each([
    ["gzip", gzipSync(Buffer.alloc(512 * 1024 * 1024))],
    ["br", brotliCompressSync(Buffer.alloc(512 * 1024 * 1024), { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
  ])("half a GiB in a few bytes ends there too: %s", async (coding, bomb) => {
    const { origin } = await peer(ok(bomb, { "content-encoding": coding }))
    const before = performance.now()
    expect(await get(origin)).toMatchObject(tooLarge)
    expect(performance.now() - before).toBeLessThan(2000)
  })
})

describe("redirects", () => {
  /** /5 redirects over /4 … /1 to the feed at /0. */
  const steps = (status: (step: number) => number): RequestListener => {
    return ({ url = "" }, response) => {
      const step = Number(url.slice(1))
      if (step === 0) return response.end(FEED)
      response.writeHead(status(step), { location: `/${step - 1}` }).end("a body that nobody reads")
    }
  }

  test.each([301, 302, 303, 307, 308])("%i: five pass, six do not", async (status) => {
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

  test.each([1, 2, 3])("a move is only for good if every hop was: temporary at %i", async (temporary) => {
    const { origin } = await peer(steps((step) => (step === temporary ? 302 : 301)))
    const result = await get(`${origin}/3`)
    expect(result).toMatchObject({ outcome: "changed", text: FEED })
    expect(result.permanentUrl).toBeUndefined()
  })

  test("a move for good shows in a 304, and not in a failure", async () => {
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

  test("circles are found, also through a fragment", async () => {
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

  test.each([undefined, "", "https://", "https://[::1"])("an invalid Location: %s", async (location) => {
    const { origin } = await peer((_, response) => {
      response.writeHead(302, location === undefined ? {} : { location }).end()
    })
    expect(await get(origin)).toMatchObject({ outcome: "failed", detail: DETAILS.redirects })
  })

  test.each([300, 304, 305])("%i is not followed", async (status) => {
    const { origin, requests } = await peer((_, response) => response.writeHead(status, { location: "/there" }).end())
    expect(await get(origin)).toMatchObject({ outcome: "failed", detail: DETAILS.unexpected })
    expect(requests).toHaveLength(1)
  })

  test("the body of a redirect is not waited for, and its connection is freed", async () => {
    let freed: Promise<string> | undefined
    const { origin } = await peer(async ({ url }, response) => {
      if (url === "/there") return response.end(await Promise.race([freed, wait(1000, "held")]))
      freed = new Promise((resolve) => response.on("close", () => resolve("freed")))
      response.writeHead(302, { location: "/there" }).write("and then nothing")
    })
    expect(await get(origin)).toMatchObject({ outcome: "changed", text: "freed" })
  })
})

describe("every hop is a peer that the Worker may call, or it is not connected to", () => {
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

  test.each(inner)("a redirect to %s, though loopback is open", async (spelling) => {
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
  ])("a redirect of a public host to %s", async (spelling) => {
    const target = await peer(ok(FEED), "::")
    const location = encodeURI(spelling.replace("PORT", new URL(target.origin).port)).replace(
      /%5[BD]/g,
      decodeURIComponent,
    )
    reached = []
    outside = () => new Outgoing(null, { status: 302, headers: { location } })
    const request = { url: "http://news.example/feed" }
    const result = await fetchIn(enclosed, { request, options: { ...options, allowLoopback: false } })
    expect(result).toMatchObject({ outcome: "failed", detail: DETAILS.refused, isRetryable: true })
    expect(reached).toEqual(["http://news.example/feed"])
    expect(target.requests).toEqual([])
  })

  test.each(["http://127.0.0.1:PORT/", "http://localhost:PORT/", "http://[::1]:PORT/"])(
    "%s itself",
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

  test("from one public host to another, over http and https", async () => {
    reached = []
    outside = (url) =>
      url.startsWith("http:")
        ? new Outgoing(null, { status: 308, headers: { location: "https://www.news.example/feed" } })
        : new Outgoing(FEED)
    const request = { url: "http://news.example/feed" }
    const result = await fetchIn(enclosed, { request, options: { ...options, allowLoopback: false } })
    expect(result).toMatchObject({ outcome: "changed", permanentUrl: "https://www.news.example/feed" })
    expect(reached).toEqual(["http://news.example/feed", "https://www.news.example/feed"])
  })
})

describe("patience, for all hops and the body together", () => {
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

  test("a connection that is accepted and never answered", async () => {
    expect(await get(await listen(createSocketServer(() => {})), { timeoutMs: 700 })).toMatchObject(timeout)
  })

  test("the connection is closed when patience ends", async () => {
    let closed: Promise<void> | undefined
    const { origin } = await peer((_, response) => {
      closed = new Promise((resolve) => response.on("close", resolve))
      drip(response)
    })
    await get(origin, { timeoutMs: 300 })
    await closed
  })
})

describe("statuses", () => {
  const status = (code: number, headers: Record<string, string> = {}): RequestListener => {
    return (_, response) => response.writeHead(code, headers).end(code === 204 ? undefined : "<html>not a feed</html>")
  }

  test.each([
    [201, "unexpected", true],
    [202, "unexpected", true],
    [204, "unexpected", true],
    [206, "unexpected", true],
    [226, "unexpected", true],
    [400, "unexpected", true],
    [401, "denied", true],
    [403, "denied", true],
    [404, "missing", true],
    [410, "gone", false],
    [418, "unexpected", true],
    [429, "busy", true],
    [451, "denied", true],
    [500, "broken", true],
    [502, "broken", true],
    [503, "busy", true],
    [520, "broken", true],
    [999, "broken", true],
  ] as const)("%i: %s", async (code, reason, again) => {
    const { origin } = await peer(status(code))
    const result = await get(`${origin}/feed`, { etag: '"1"' })
    expect(result).toMatchObject({ outcome: "failed", detail: DETAILS[reason], isRetryable: again })
    expect(result.detail).toContain(`${origin}/feed answered ${code}: `)
  })

  test("the body of a refusal is not read, and its connection is freed", async () => {
    let isFree = false
    const { origin } = await peer((_, response) => {
      response.on("close", () => {
        isFree = true
      })
      response.writeHead(404).write("and then nothing")
    })
    const result = fetchIn(worker, { request: { url: origin }, options, linger: 1500 })
    await wait(750)
    expect(isFree).toBe(true)
    expect(await result).toMatchObject({ outcome: "failed", detail: DETAILS.missing })
  })

  test("203 is a feed", async () => {
    expect(await get((await peer(status(203))).origin)).toMatchObject({ outcome: "changed" })
  })

  test("a 304 to a request without validators is a failure", async () => {
    expect(await get((await peer(status(304))).origin)).toMatchObject({ detail: DETAILS.unexpected })
  })

  test("an empty 200 is no feed without articles", async () => {
    const { origin } = await peer(ok("", { etag: '"1"' }))
    expect(await get(origin)).toMatchObject({ outcome: "failed", detail: DETAILS.empty, isRetryable: true })
    const gzip = await peer(ok(gzipSync(""), { "content-encoding": "gzip" }))
    expect(await get(gzip.origin)).toMatchObject({ outcome: "failed", detail: DETAILS.empty })
  })

  test.each([429, 503])("%i has the time to wait", async (code) => {
    const seconds = await peer(status(code, { "retry-after": "120" }))
    expect((await get(seconds.origin)).retryAfter).toBe(120_000)
    const date = await peer(status(code, { "retry-after": new Date(NOW + 90_000).toUTCString() }))
    expect((await get(date.origin)).retryAfter).toBe(90_000)
  })
})

describe("what is broken", () => {
  test.each([
    ["closes at once", ""],
    ["speaks something else", "220 mail.example ESMTP\r\n"],
    ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nhello"],
    ["has a MiB of headers", `HTTP/1.1 200 OK\r\nX: ${"a".repeat(1 << 20)}\r\nContent-Length: 2\r\n\r\nhi`],
  ])("a peer that %s", async (_, bytes) => {
    const result = await get(await rawPeer((socket) => socket.end(bytes)))
    expect(result).toMatchObject({ outcome: "failed", detail: DETAILS.unreachable, isRetryable: true })
    expect(result.detail).toMatch(/could not be reached \(.+\): check the name of the host/)
  })

  test("a port without a listener", async () => {
    const server = createSocketServer()
    const origin = await listen(server)
    await new Promise((resolve) => server.close(resolve))
    expect(await get(origin)).toMatchObject({ outcome: "failed", detail: DETAILS.unreachable })
  })

  test("a name that cannot be resolved, and TLS with who does not speak it", async () => {
    // A label of 64 characters (RFC 1035 §2.3.4) is refused before any lookup.
    const result = await get(`http://${"a".repeat(64)}.example/feed`)
    expect(result).toMatchObject({ outcome: "failed", detail: DETAILS.unreachable, isRetryable: true })
    expect(result.detail).toContain("(internal error): check the name of the host, its certificate")
    const { origin } = await peer(ok(FEED))
    expect(await get(origin.replace("http", "https"))).toMatchObject({ outcome: "failed", detail: DETAILS.unreachable })
  })

  test.each<[string, RequestListener]>([
    [
      "in the middle of a body",
      (_, response) => {
        response.write(FEED)
        setTimeout(() => response.destroy(), 50)
      },
    ],
    ["before the end of gzip", ok(gzipSync(FEED).subarray(0, -9), { "content-encoding": "gzip" })],
    ["with what is no gzip", ok(FEED, { "content-encoding": "gzip" })],
  ])("a peer that breaks off %s", async (_, answer) => {
    const result = await get((await peer(answer)).origin)
    expect(result).toMatchObject({ outcome: "failed", detail: DETAILS.interrupted, isRetryable: true })
    expect(result.detail).toMatch(/broke off \(.+\)/)
  })

  test("any answer is a result", async () => {
    const piece = fc.constantFrom(
      "HTTP/1.1 ",
      "200 OK",
      "302 Found",
      "304 ",
      "\r\n",
      "\r\n\r\n",
      "Location: /x",
      "a: b",
      "5",
    )
    const answers = fc.array(fc.oneof(piece, fc.string({ maxLength: 5 })), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(answers, async (parts) => {
        const origin = await rawPeer((socket) => socket.end(parts.join("")))
        const { outcome } = await get(origin, { timeoutMs: 1000 })
        expect(outcome).toMatch(/^(changed|unchanged|failed)$/)
      }),
      { numRuns: 60 },
    )
  })
})
