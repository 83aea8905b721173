/** Runs the whole Worker behind real HTTP, and sites of senders on loopback. */
import { mkdtempSync, rmSync } from "node:fs"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Miniflare } from "miniflare"
import { createTables } from "../local-tables.ts"
import { bundle, workerOptions } from "../local-worker.ts"

export const ADMIN_TOKEN = "an-admin-token-for-the-tests-only-long-enough"

/** The types of the platform that the tests use, because the whole package conflicts with Node's types. */
interface Scheduled {
  scheduled(options: { scheduledTime: Date; cron: string }): Promise<{ outcome: string }>
}

export interface Answer {
  status: number
  headers: Headers
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: the tests look at any member of answers
  json: any
}

export interface Wire {
  url: string
  miniflare: Miniflare
  rows(query: string, ...values: unknown[]): Promise<Record<string, unknown>[]>
  admin(method: string, path: string, body?: unknown): Promise<Answer>
  send(path: string, init?: RequestInit): Promise<Answer>
  /** Creates a publisher, and a section of the same name for its articles. */
  publisher(slug: string, more?: object): Promise<{ slug: string; secret: string }>
  sweep(): Promise<void>
  stop(): Promise<void>
}

/**
 * @param bindings are additions to wrangler.toml
 * @param rates are requests a minute by binding; other limits are too high for tests to reach
 */
export async function startWire(
  bindings: Record<string, string> = {},
  rates: Record<string, number> = {},
): Promise<Wire> {
  const folder = mkdtempSync(join(tmpdir(), "feedwire-senders-"))
  const script = join(folder, "worker.js")
  await bundle("src/index.ts", script)
  const options = workerOptions({ bundle: script, bindings: { ADMIN_TOKEN, ALLOW_LOOPBACK: "true", ...bindings } })
  const [{ config } = {}] = (options as { workers: { config?: { env: Record<string, unknown> } }[] }).workers
  for (const [name, limit] of Object.entries(rates)) {
    Object.assign(config?.env[name] ?? {}, { simple: { limit, period: 60 } })
  }
  const miniflare = new Miniflare(options)
  const url = (await miniflare.ready).origin
  const database = await miniflare.getD1Database("DB")
  await createTables(miniflare)
  const send: Wire["send"] = async (path, init = {}) => {
    const response = await fetch(new URL(path, url), { redirect: "manual", ...init })
    const text = await response.text()
    const isJson = /json/.test(response.headers.get("content-type") ?? "")
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson && text !== "" ? JSON.parse(text) : undefined,
    }
  }
  const admin: Wire["admin"] = (method, path, body) =>
    send(`/admin/api${path}`, {
      method,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  return {
    ...{ url, miniflare, send, admin },
    rows: async (query, ...values) =>
      (
        await database
          .prepare(query)
          .bind(...values)
          .all()
      ).results as Record<string, unknown>[],
    publisher: async (slug, more = {}) => {
      must(await admin("POST", "/sections", { slug, names: { en: slug } }), 201)
      const home = { name: slug, home_page_url: `https://${slug}.example/`, default_section: slug }
      must(await admin("POST", "/publishers", { slug, ...home, ...more }), 201)
      const key = must(await admin("POST", `/publishers/${slug}/keys`, {}), 201)
      return { slug, secret: key.json.secret as string }
    },
    sweep: async () => {
      const worker = (await miniflare.getWorker()) as unknown as Scheduled
      await worker.scheduled({ cron: "* * * * *", scheduledTime: new Date() })
    },
    stop: async () => {
      await miniflare.dispose()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** @throws if the answer has another status */
export function must(answer: Answer, status: number): Answer {
  if (answer.status !== status) throw new Error(`${answer.status} instead of ${status}: ${answer.text}`)
  return answer
}

export interface Site {
  origin: string
  requests: { path: string; headers: IncomingMessage["headers"] }[]
  /** Answers every later request. */
  answer: (request: IncomingMessage, response: ServerResponse) => void
  stop(): void
}

/** Starts the site of a publisher on loopback. */
export async function startSite(answer: Site["answer"]): Promise<Site> {
  const site: Site = { origin: "", requests: [], answer, stop: () => server.close() }
  const server: Server = createServer((request, response) => {
    site.requests.push({ path: request.url ?? "", headers: request.headers })
    site.answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  site.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return site
}

/** Polls at most 100 times until there is a value, because an answer does not wait for work in waitUntil. */
export async function until<T>(read: () => Promise<T | undefined>, what: string): Promise<T> {
  for (let tries = 0; tries < 100; tries++) {
    const value = await read()
    if (value !== undefined) return value
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`This did not happen within 100 polls: ${what}.`)
}
