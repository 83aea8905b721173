/** Shared by the flows of the push endpoint: two publishers, a stopped clock, and the content of the database. */
import { env } from "cloudflare:workers"
import { afterEach, expect, vi } from "vitest"
import { type Answer, makeWire, type Publisher, send, signedHeaders, article as undatedArticle } from "./world.ts"
export const { one, two } = await makeWire({
  sections: {
    world: { names: { en: "World", ar: "العالم" } },
    europe: { parent: "world", names: { en: "Europe" }, aliases: ["Old Continent"] },
    sports: { names: { en: "Sports" }, aliases: ["Sport & Games"] },
    health: { names: { en: "Health" } },
  },
  publishers: { one: { default_section: "world", language: "en" }, two: {} },
})

/** Stops the clock of the app and its senders, to the millisecond. */
export function freeze(at: number): number {
  vi.useFakeTimers({ toFake: ["Date"], now: at })
  return at
}

export const NOW = Date.UTC(2026, 10, 20, 12)

let minutes = 0

/** Every article is newer than the previous article, so that the last article is on the first page of its feeds. */
export const article = (more: Record<string, unknown> = {}, words?: number) =>
  undatedArticle({ date_published: rfc3339(Date.UTC(2026, 10, 5) + ++minutes * 60_000), ...more }, words)

export const rfc3339 = (at: number) => new Date(at).toISOString()

export const JSON_TYPE = { "content-type": "application/json" }

export const bearer = ({ secret }: Publisher) => ({ headers: { authorization: `Bearer ${secret}` } })

export const message = (data: unknown, more: object = {}) =>
  JSON.stringify({ type: "article.published", timestamp: rfc3339(Date.now()), data, ...more })

export const first = (sent: Answer) => sent.json.results[0]

export const outcomes = (sent: Answer) => sent.json.results.map(({ outcome }: { outcome: string }) => outcome)

export const pointers = (sent: Answer) => sent.json.errors.map(({ pointer }: { pointer: string }) => pointer)

export const bytesOf = (text: string) => new Uint8Array(new TextEncoder().encode(text))

/** Sends a message whose headers are changed after it is signed. */
export async function post(
  to: Publisher,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
) {
  const signed = await signedHeaders(body, to.secret)
  return send(`/push/${to.slug}`, { method: "POST", headers: { ...JSON_TYPE, ...signed, ...headers }, body })
}

/** The tables that every attempt writes, whatever its outcome (14-attempt-log tests them). */
const LOG = ["attempts", "publisher_activity"]

/** All of D1 and R2, except the log and the times when keys were used. */
export async function everything(): Promise<Record<string, unknown[]>> {
  const { results } = await env.DB.prepare(
    "select name from sqlite_master where type = 'table' and name not like '\\_cf%' escape '\\' and name not like 'sqlite%' and name <> 'search_words'",
  ).all<{ name: string }>()
  const tables = results.filter(({ name }) => !LOG.includes(name))
  expect(tables).toHaveLength(results.length - LOG.length)
  expect(tables.length).toBeGreaterThan(10)
  const rows = await env.DB.batch(tables.map(({ name }) => env.DB.prepare(`select * from "${name}"`)))
  const objects: string[] = []
  let cursor: string | undefined
  do {
    const list = await env.RECEIVED.list(cursor === undefined ? {} : { cursor })
    objects.push(...list.objects.map(({ key, etag }) => `${key} ${etag}`))
    cursor = list.truncated ? list.cursor : undefined
  } while (cursor !== undefined)
  const stored: Record<string, unknown[]> = Object.fromEntries(
    tables.map(({ name }, i) => [name, rows[i]?.results ?? []]),
  )
  const keys = (stored.publisher_keys ?? []).map((key) => ({ ...(key as object), last_used_at: "left out" }))
  return { ...stored, publisher_keys: keys, r2: objects }
}

export const counts = async () =>
  Object.fromEntries(Object.entries(await everything()).map(([name, rows]) => [name, rows.length]))

export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("")
}

// biome-ignore lint/suspicious/noExplicitAny: the tests look at any member of items
export async function inFeed(path: string, guid: string): Promise<any> {
  const feed = await send(`${path}.json`)
  expect(feed.status).toBe(200)
  return feed.json.items.find((item: { _feedwire: { guid: string } }) => item._feedwire.guid === guid)
}

export function preparePublishers(): void {
  afterEach(() => {
    vi.useRealTimers()
  })
}
