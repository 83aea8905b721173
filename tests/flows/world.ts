/** Shared by all flows: creates publishers and sections, pushes as a sender, and counts the statements of D1. */
import { createExecutionContext, createScheduledController, waitOnExecutionContext } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { sign } from "../../scripts/sign.ts"
import { app } from "../../src/app.ts"
import { decodeSecret } from "../../src/crypto/standard-webhooks.ts"
import worker from "../../src/index.ts"
import { assertDescribed } from "../validity/api.ts"
import { assertValid } from "../validity/validate.ts"

export const ORIGIN = "https://feeds.example"

export interface Answer {
  status: number
  headers: Headers
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests read members of answers without declaring them
  json: any
}

/** Sends one request through the whole app, and waits for all work that it gives to waitUntil(). */
export async function send(path: string, init: RequestInit = {}, bindings: Env = env, cache?: object): Promise<Answer> {
  const ctx = createExecutionContext()
  if (cache) Object.defineProperty(ctx, "cache", { value: cache })
  const response = await app.fetch(new Request(new URL(path, ORIGIN), { redirect: "manual", ...init }), bindings, ctx)
  const text = await response.text()
  await waitOnExecutionContext(ctx)
  // Checks that every feed of every flow is valid.
  const { pathname, search } = new URL(path, ORIGIN)
  if (text !== "") assertValid(response.headers.get("content-type"), text, bindings.FEEDS_URL + pathname + search)
  // Checks that openapi.json describes every answer of the API.
  const { status, headers } = response
  assertDescribed({ method: init.method ?? "GET", url: new URL(path, ORIGIN), status, headers, text })
  const isJson = /[/+]json/.test(response.headers.get("content-type") ?? "")
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson && text !== "" ? JSON.parse(text) : undefined,
  }
}

export async function admin(method: string, path: string, body?: unknown): Promise<Answer> {
  return send(`/admin/api${path}`, {
    method,
    headers: { authorization: `Bearer ${env.ADMIN_TOKEN}`, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}

/**
 * Calls /healthz with the token. Returns the status code, and state and output of a check ("pass" without an output).
 */
export async function health(
  check: string,
  bindings: Env = env,
  cache?: object,
): Promise<{ status: number; state: string; detail: string }> {
  const headers = { authorization: `Bearer ${env.ADMIN_TOKEN}` }
  const { status, json } = await send("/healthz", { headers }, bindings, cache)
  const [{ status: state, output = state }] = json.checks[check]
  return { status, state, detail: output }
}

export async function sweep(bindings: Env = env): Promise<void> {
  const ctx = createExecutionContext()
  await worker.scheduled(createScheduledController({ scheduledTime: new Date(Date.now()) }), bindings, ctx)
  await waitOnExecutionContext(ctx)
}

export interface Publisher {
  slug: string
  secret: string
}

export async function publisher(slug: string, more: object = {}): Promise<Publisher> {
  const created = await admin("POST", "/publishers", {
    slug,
    name: slug,
    home_page_url: `https://${slug}.example/`,
    ...more,
  })
  if (created.status !== 201) throw new Error(created.text)
  const key = await admin("POST", `/publishers/${slug}/keys`, {})
  return { slug, secret: key.json.secret }
}

export async function section(slug: string, more: object = {}): Promise<void> {
  const created = await admin("POST", "/sections", { slug, names: { en: slug }, ...more })
  if (created.status !== 201) throw new Error(created.text)
}

/** Creates the sections and publishers of a flow. Parents are before the sections below them. */
export async function makeWire<Slug extends string>({
  sections = {},
  publishers,
}: {
  sections?: Record<string, object>
  publishers?: Record<Slug, object>
}): Promise<Record<Slug, Publisher>> {
  const made = {} as Record<Slug, Publisher>
  for (const [slug, more] of Object.entries(sections)) await section(slug, more)
  for (const slug in publishers) made[slug] = await publisher(slug, publishers[slug])
  return made
}

export async function signedHeaders(
  body: string | Uint8Array,
  secret: string,
  { id = crypto.randomUUID() as string, at = Date.now() } = {},
): Promise<Record<string, string>> {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body
  const key = decodeSecret(secret)
  if (!key) throw new Error("not a secret")
  const timestamp = Math.floor(at / 1000)
  return {
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": await sign(bytes, id, timestamp, key),
  }
}

export interface PushOptions {
  type?: string
  timestamp?: string
  id?: string
  at?: number
  query?: string
  bindings?: Env
  cache?: object
}

/** Pushes items like a publisher, signed over the raw body. */
export async function push(to: Publisher, data: unknown, options: PushOptions = {}): Promise<Answer> {
  const body = JSON.stringify({
    type: options.type ?? "article.published",
    timestamp: options.timestamp ?? new Date().toISOString(),
    data,
  })
  return pushRaw(to, body, options)
}

export async function pushRaw(
  to: Publisher,
  body: string | Uint8Array<ArrayBuffer>,
  options: PushOptions = {},
): Promise<Answer> {
  const { id, at } = options
  const headers = await signedHeaders(body, to.secret, {
    ...(id !== undefined && { id }),
    ...(at !== undefined && { at }),
  })
  return send(
    `/push/${to.slug}${options.query ?? ""}`,
    { method: "POST", headers: { "content-type": "application/json", ...headers }, body },
    options.bindings,
    options.cache,
  )
}

export interface SignedSource extends Publisher {
  name: string
}

/** Creates a source that signs only the body, like GitHub, and neither a time nor an id. */
export async function signedSource(to: Publisher, name: string, more: object = {}): Promise<SignedSource> {
  const created = await admin("POST", `/publishers/${to.slug}/sources`, { name, sender: "github", ...more })
  if (created.status !== 201) throw new Error(created.text)
  const key = await admin("POST", `/publishers/${to.slug}/keys`, { source: name })
  return { slug: to.slug, name, secret: key.json.secret }
}

export async function hmacHex(secret: string, message: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = (text: string) => new Uint8Array(new TextEncoder().encode(text))
  const key = await crypto.subtle.importKey("raw", bytes(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"])
  const mac = await crypto.subtle.sign("HMAC", key, typeof message === "string" ? bytes(message) : message)
  return [...new Uint8Array(mac)].map((byte) => byte.toString(16).padStart(2, "0")).join("")
}

export async function post(
  to: SignedSource,
  body: string | Uint8Array<ArrayBuffer>,
  { headers = {}, bindings }: { headers?: Record<string, string>; bindings?: Env } = {},
): Promise<Answer> {
  const signature = `sha256=${await hmacHex(to.secret, body)}`
  const all = { "content-type": "application/json", "x-hub-signature-256": signature, ...headers }
  return send(`/push/${to.slug}/sources/${to.name}`, { method: "POST", headers: all, body }, bindings)
}

/** Pushes a document with the key alone, without a signature. */
export async function postDocument(
  to: Publisher,
  type: string,
  body: string | Uint8Array<ArrayBuffer>,
  bindings?: Env,
): Promise<Answer> {
  const headers = { authorization: `Bearer ${to.secret}`, "content-type": type }
  return send(`/push/${to.slug}`, { method: "POST", headers, body }, bindings)
}

let serial = 0

/** A plausible article with a body of about `words` words. */
export function article(more: Record<string, unknown> = {}, words = 150): Record<string, unknown> {
  const n = ++serial
  const text = Array.from({ length: words }, (_, i) => `word${(n * 7919 + i * 31) % 9973}`).join(" ")
  return {
    id: `article-${n}`,
    url: `https://one.example/articles/${n}`,
    title: `Article ${n}`,
    content_html: `<p>${text}</p>`,
    date_published: new Date(Date.UTC(2026, 9, 1) + n * 60_000).toISOString(),
    language: "en",
    ...more,
  }
}

export interface Trip {
  rowsRead: number
  rowsWritten: number
  statements: number
  /** Returns the size of the largest bound value in bytes. */
  largest: number
}

/** The write that a request makes once a minute for the whole isolate. */
const COUNTS_REQUESTS = /^\s*insert into hours \(hour, requests\)/

/**
 * Returns the bindings with a record of every D1 round trip, with rows exactly as D1 reports them. The write of counted
 * requests is left out, because it belongs to no request.
 */
export function counted(bindings: Env = env): { bindings: Env; trips: Trip[] } {
  const trips: Trip[] = []
  const sizes = new WeakMap<D1PreparedStatement, number>()
  const note = (results: D1Result[], statements: number, largest: number) => {
    trips.push({
      rowsRead: results.reduce((sum, { meta }) => sum + meta.rows_read, 0),
      rowsWritten: results.reduce((sum, { meta }) => sum + meta.rows_written, 0),
      statements,
      largest,
    })
  }
  const originals = new WeakMap<D1PreparedStatement, D1PreparedStatement>()
  const wrap = (statement: D1PreparedStatement, isSelect: boolean, size = 0): D1PreparedStatement => {
    const run = async () => {
      const result = await statement.all()
      note([result], 1, size)
      return result
    }
    const wrapped = {
      bind: (...values: unknown[]) =>
        wrap(
          statement.bind(...values),
          isSelect,
          Math.max(
            0,
            ...values.map((value) => (typeof value === "string" ? new TextEncoder().encode(value).length : 8)),
          ),
        ),
      all: run,
      run,
      raw: async () => {
        // Rows as objects lose a column if another has the same name. Only raw() has all columns, but no numbers of rows.
        const { results } = await run()
        return isSelect ? statement.raw() : results.map((row) => Object.values(row as object))
      },
      first: async () => (await run()).results[0] ?? null,
    } as unknown as D1PreparedStatement
    originals.set(wrapped, statement)
    sizes.set(wrapped, size)
    return wrapped
  }
  const db = {
    prepare: (query: string) =>
      COUNTS_REQUESTS.test(query)
        ? bindings.DB.prepare(query)
        : wrap(bindings.DB.prepare(query), /^\s*select\b/i.test(query)),
    batch: async (statements: D1PreparedStatement[]) => {
      const results = await bindings.DB.batch(statements.map((statement) => originals.get(statement) ?? statement))
      note(results, statements.length, Math.max(...statements.map((statement) => sizes.get(statement) ?? 0)))
      return results
    },
  } as unknown as D1Database
  return { bindings: { ...bindings, DB: db }, trips }
}

export async function rows(query: string, ...values: unknown[]): Promise<Record<string, unknown>[]> {
  const { results } = await env.DB.prepare(query)
    .bind(...values)
    .all()
  return results as Record<string, unknown>[]
}
