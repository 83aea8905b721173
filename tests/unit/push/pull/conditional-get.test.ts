/** Tests the fetch of a feed: conditions, sizes, statuses, and broken responses. */
import type { RequestListener } from "node:http"
import { createServer as createSocketServer, type Socket } from "node:net"
import { setTimeout as wait } from "node:timers/promises"
import { brotliCompressSync, constants, deflateSync, gzipSync } from "node:zlib"
import { describe, expect, test } from "vitest"
import { MAX_FEED_BYTES } from "../../../../src/push/pull/conditional-get.ts"
import * as fc from "../../../fast-check.ts"
import { DETAILS, FEED, fetchIn, get, listen, NOW, ok, options, peer, startPeers, worker } from "./peers.ts"

startPeers()

/** A peer that writes raw bytes to every connection. */
const rawPeer = (answer: (socket: Socket) => void): Promise<string> =>
  listen(
    createSocketServer((socket) => {
      socket.on("error", () => {})
      socket.once("data", () => answer(socket))
    }),
  )

describe("a fetched feed", () => {
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

  test("is requested with a user agent and feed types, and no other headers", async () => {
    const { origin, requests } = await peer((_, response) => {
      response.writeHead(302, { location: "/there", "set-cookie": "id=1; Path=/" }).end()
    })
    await get(`${origin}/feed`)
    expect(requests.map(({ url }) => url)).toEqual(["/feed", "/there"])
    for (const { method, headers } of requests) {
      expect(method).toBe("GET")
      expect(headers["user-agent"]).toBe("feedwire/0.1 (+https://wire.example)")
      // No cache between may answer with its copy.
      expect(headers["cache-control"]).toBe("no-cache")
      for (const type of ["application/rss+xml", "application/atom+xml", "application/feed+json", "*/*;q=0.1"]) {
        expect(headers.accept).toContain(type)
      }
      for (const name of ["cookie", "authorization", "referer", "if-none-match", "if-modified-since"]) {
        expect(headers).not.toHaveProperty(name)
      }
    }
  })

  test("has no validators if they are too long to keep, and no type if none was named", async () => {
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

describe("the limit of 4 MiB, after decompression,", () => {
  const exact = Buffer.alloc(MAX_FEED_BYTES, "a")
  const more = Buffer.alloc(MAX_FEED_BYTES + 1, "a")
  const tooLarge = { outcome: "failed", detail: DETAILS.too_large, isRetryable: false }

  test.each([
    ["with its length", (body: Buffer) => ok(body, { "content-length": String(body.byteLength) })],
    ["in chunks", (body: Buffer) => ok(body, { "transfer-encoding": "chunked" })],
    ["as gzip", (body: Buffer) => ok(gzipSync(body), { "content-encoding": "gzip" })],
    ["as br", (body: Buffer) => ok(brotliCompressSync(body), { "content-encoding": "br" })],
  ])("%s: allows exactly that size, and no byte more", async (_, answer) => {
    expect(await get((await peer(answer(exact))).origin)).toMatchObject({ outcome: "changed", length: MAX_FEED_BYTES })
    const result = await get((await peer(answer(more))).origin)
    expect(result).toMatchObject(tooLarge)
    expect(result.detail).toMatch(/is larger than 4096 KiB: ask its publisher/)
  })

  test("ends an endless body at once", async () => {
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
    // Both ends have buffers besides.
    expect(await ended).toBeLessThan(4 * MAX_FEED_BYTES)
  })

  test("does not rely on the Content-Length", async () => {
    const less = await rawPeer((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhello"))
    expect(await get(less)).toMatchObject({ outcome: "changed", text: "hel" })
    const huge = await rawPeer((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\nhello"))
    expect(await get(huge)).toMatchObject({ outcome: "failed", detail: DETAILS.interrupted, isRetryable: true })
  })

  test.each([
    ["gzip", gzipSync(Buffer.alloc(512 * 1024 * 1024))],
    ["br", brotliCompressSync(Buffer.alloc(512 * 1024 * 1024), { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
  ])("ends half a GiB compressed to a few bytes: %s", async (coding, bomb) => {
    const { origin } = await peer(ok(bomb, { "content-encoding": coding }))
    const before = performance.now()
    expect(await get(origin)).toMatchObject(tooLarge)
    expect(performance.now() - before).toBeLessThan(2000)
  })
})

describe("the status of a response", () => {
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
  ] as const)("%i means: %s", async (code, reason, again) => {
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

  test("203 is accepted as a feed", async () => {
    expect(await get((await peer(status(203))).origin)).toMatchObject({ outcome: "changed" })
  })

  test("304 for a request without validators is a failure", async () => {
    expect(await get((await peer(status(304))).origin)).toMatchObject({ detail: DETAILS.unexpected })
  })

  test("200 with an empty body is a failure, and no feed without articles", async () => {
    const { origin } = await peer(ok("", { etag: '"1"' }))
    expect(await get(origin)).toMatchObject({ outcome: "failed", detail: DETAILS.empty, isRetryable: true })
    const gzip = await peer(ok(gzipSync(""), { "content-encoding": "gzip" }))
    expect(await get(gzip.origin)).toMatchObject({ outcome: "failed", detail: DETAILS.empty })
  })

  test.each([429, 503])("%i may have the time to wait", async (code) => {
    const seconds = await peer(status(code, { "retry-after": "120" }))
    expect((await get(seconds.origin)).retryAfter).toBe(120_000)
    const date = await peer(status(code, { "retry-after": new Date(NOW + 90_000).toUTCString() }))
    expect((await get(date.origin)).retryAfter).toBe(90_000)
  })
})

describe("a fetch from a broken peer", () => {
  test.each([
    ["closes at once", ""],
    ["uses another protocol", "220 mail.example ESMTP\r\n"],
    ["sends two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nhello"],
    ["sends a MiB of headers", `HTTP/1.1 200 OK\r\nX: ${"a".repeat(1 << 20)}\r\nContent-Length: 2\r\n\r\nhi`],
  ])("fails for a peer that %s", async (_, bytes) => {
    const result = await get(await rawPeer((socket) => socket.end(bytes)))
    expect(result).toMatchObject({ outcome: "failed", detail: DETAILS.unreachable, isRetryable: true })
    expect(result.detail).toMatch(/could not be reached \(.+\): check the name of the host/)
  })

  test("fails for a port without a listener", async () => {
    const server = createSocketServer()
    const origin = await listen(server)
    await new Promise((resolve) => server.close(resolve))
    expect(await get(origin)).toMatchObject({ outcome: "failed", detail: DETAILS.unreachable })
  })

  test("fails for an unknown name, and for TLS with a peer that does not support it", async () => {
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
    ["with data that is no gzip", ok(FEED, { "content-encoding": "gzip" })],
  ])("fails if the peer ends the connection %s", async (_, answer) => {
    const result = await get((await peer(answer)).origin)
    expect(result).toMatchObject({ outcome: "failed", detail: DETAILS.interrupted, isRetryable: true })
    expect(result.detail).toMatch(/broke off \(.+\)/)
  })

  test("has a result for any answer", async () => {
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
