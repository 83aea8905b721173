/** Shared by the tests of fetches: a workerd that fetches, and servers whose answers a test sets. */
import { mkdtempSync, rmSync } from "node:fs"
import { createServer, type IncomingMessage, type RequestListener } from "node:http"
import type { AddressInfo, Server } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Miniflare, Response as Outgoing } from "miniflare"
import { afterAll, beforeAll, expect } from "vitest"
import type { FetchOptions } from "../../../../src/push/pull/conditional-get.ts"
import { bundle, workerOptions } from "../../../local-worker.ts"
import type { FetchCall, JsonResult } from "../../../pull/worker.ts"

export const NOW = Date.UTC(2026, 10, 23, 20, 0, 0)

export const FEED = "<rss version='2.0'><channel><title>Nahar</title></channel></rss>"

const folder = mkdtempSync(join(tmpdir(), "feedwire-fetch-"))

const started: Server[] = []

export let worker: Miniflare

/** The same Worker with its outgoing requests intercepted, so that tests can answer for any host. */
export let enclosed: Miniflare

let outside: (url: string) => Outgoing = () => new Outgoing("nobody", { status: 599 })

/** The external addresses that were requested. */
export const reached: string[] = []

/** Answers every later request for an external address. */
export function answerOutside(answer: (url: string) => Outgoing): void {
  reached.length = 0
  outside = answer
}

export async function listen<T extends Server>(server: T, host = "127.0.0.1"): Promise<string> {
  started.push(server)
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** An HTTP peer, and the requests that it got. */
export async function peer(
  answer: RequestListener,
  host?: string,
): Promise<{ origin: string; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    answer(request, response)
  })
  return { origin: await listen(server, host), requests }
}

export const ok = (body: string | Buffer, headers: Record<string, string> = {}): RequestListener => {
  return (_, response) => response.writeHead(200, headers).end(body)
}

/** The sentence for each failure. */
export const DETAILS = {
  refused: expect.stringMatching(/^The (?:feed's address|redirect of) .* must /),
  unreachable: expect.stringContaining("could not be reached"),
  timeout: expect.stringContaining("did not answer completely within"),
  interrupted: expect.stringContaining("broke off"),
  redirects: expect.stringMatching(/without a usable Location|leads back to|is redirected more than 5 times/),
  denied: expect.stringContaining("ask its publisher to let the wire read it"),
  missing: expect.stringContaining("answered 404: correct the address of the feed"),
  gone: expect.stringContaining("answered 410: the feed no longer exists"),
  busy: expect.stringMatching(/answered (?:429|503): it is fetched again later$/),
  broken: expect.stringMatching(/answered \d{3}: it is fetched again later; its publisher may not know of the error$/),
  unexpected: expect.stringContaining("must be 200, or 304 if the GET is conditional"),
  coding: expect.stringContaining("which was not requested"),
  empty: expect.stringContaining("answered 200 with an empty body"),
  too_large: expect.stringContaining("is larger than 4096 KiB"),
}

type AnyResult = JsonResult & { detail: string; text: string; length: number; permanentUrl: string; retryAfter: number }

export async function fetchIn(worker: Miniflare, call: FetchCall): Promise<AnyResult> {
  const response = await worker.dispatchFetch("http://worker/", { method: "POST", body: JSON.stringify(call) })
  expect(response.status, "fetchFeed never throws").toBe(200)
  return (await response.json()) as AnyResult
}

export const options: FetchOptions = {
  allowLoopback: true,
  ownHosts: ["wire.example"],
  userAgent: "feedwire/0.1 (+https://wire.example)",
  now: NOW,
  timeoutMs: 5000,
}

export const get = (url: string, more: Partial<FetchOptions> & { etag?: string; lastModified?: string } = {}) => {
  const { etag, lastModified, ...rest } = more
  return fetchIn(worker, { request: { url, etag, lastModified }, options: { ...options, ...rest } })
}

/** Starts workerd before the tests of a file. */
export function startPeers(): void {
  beforeAll(async () => {
    const script = join(folder, "worker.js")
    await bundle("tests/pull/worker.ts", script)
    // These tests cause network failures, which are errors in workerd's log.
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
}
