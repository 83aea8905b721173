/** Shared by the flows of views: readers with addresses, beacons, and the queue, delivered by the test. */
import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { afterEach, beforeEach, vi } from "vitest"
import type { ViewsMessage } from "../../src/articles/views/count-views.ts"
import worker from "../../src/index.ts"
import { DAY, HOUR, now, until, wait } from "./clock.ts"
import { type Answer, makeWire, type Publisher, push, send, sweep } from "./world.ts"

until(now)
export const { one, two } = await makeWire({
  sections: { world: { names: { en: "World", ar: "العالم" } }, europe: { parent: "world" }, sports: {} },
  publishers: { one: { default_section: "world" }, two: { default_section: "sports" } },
})

export const MINUTE = 60_000

export const BROWSER = "Mozilla/5.0 (X11; Linux x64; rv:140.0) Gecko/20100101 Firefox/140.0"

/** The messages of the queue, which each test delivers when it needs to. */
export const sent: ViewsMessage[] = []

export const VIEWS = { send: async (message: ViewsMessage) => void sent.push(message) } as unknown as Queue

export const queued: Env = { ...env, VIEWS }

export async function ids(to: Publisher, ...articles: Record<string, unknown>[]): Promise<string[]> {
  const pushed = await push(to, articles)
  return pushed.json.results.map(({ id }: { id: string }) => id.slice(-32))
}

export const from = (address: string, agent = BROWSER): Record<string, string> => ({
  "cf-connecting-ip": address,
  "user-agent": agent,
})

/** A mark is a register and one of 32 ranks. */
const registerOf = (mark: number): number => Math.floor(mark / 32)

export const addressOf = (no: number): string => `198.51.${Math.floor(no / 250)}.${(no % 250) + 1}`

export function beacon(articles: unknown, headers: Record<string, string> = from("192.0.2.1"), bindings = queued) {
  const body = typeof articles === "string" ? articles : JSON.stringify({ articles })
  return send("/v1/views", { method: "POST", headers: { "content-type": "text/plain", ...headers }, body }, bindings)
}

/** The reader in each register of the sketch of an article and day. */
const readerOfRegister = new Map<string, number>()

/**
 * Makes this number of readers view an article. Each reader has a register of its own in the sketch, so that the count
 * is exact.
 */
export async function view(id: string, readers: number, first = 0): Promise<void> {
  for (let no = first; no < first + readers; no++) {
    for (let address = no; ; address += 1000) {
      await beacon([id], from(addressOf(address)))
      const register = `${Math.floor(now / DAY)} ${id} ${registerOf(sent.at(-1)?.views[0]?.[1] ?? Number.NaN)}`
      const reader = readerOfRegister.get(register) ?? no
      readerOfRegister.set(register, reader)
      if (reader === no) break
      sent.pop()
    }
  }
}

export async function deliver(bodies: unknown[] = sent.splice(0), bindings: Env = env) {
  const all: Awaited<ReturnType<typeof getQueueResult>>[] = []
  for (let at = 0; at < bodies.length; at += 100) {
    const messages = bodies.slice(at, at + 100).map((body, no) => ({
      id: String(at + no),
      timestamp: new Date(now),
      attempts: 1,
      body,
    }))
    const batch = createMessageBatch("feedwire-views", messages)
    const ctx = createExecutionContext()
    await worker.queue(batch, bindings)
    all.push(await getQueueResult(batch, ctx))
  }
  return all
}

/** Delivers the messages, and updates the lists with the next sweep for which they are due. */
export async function updateLists(): Promise<void> {
  await deliver()
  wait(5 * MINUTE)
  await sweep()
}

export const mostRead = (query = "", init: RequestInit = {}, bindings: Env = env, cache?: object): Promise<Answer> =>
  send(`/v1/most-read${query}`, init, bindings, cache)

export const listOf = async (query = ""): Promise<[id: string, views: number][]> =>
  (await mostRead(query)).json.articles.map(({ id, views }: { id: string; views: number }) => [id.slice(-32), views])

export const deleteViews = () =>
  env.DB.batch(["views", "view_days", "most_read"].map((table) => env.DB.prepare(`delete from ${table}`)))

/** Adds rows as the queue's consumer writes them. */
export async function addCounts(readers: [id: string, hour: number, readers: number][]): Promise<void> {
  const add = env.DB.prepare(
    `insert into views select ?1, ?2, ?3, ?4, 1, '' on conflict do update set views = views + ?3,
     views_before_hour = (select json_group_array(e.value + n.value) from json_each(views.views_before_hour) e join json_each(?4) n on n.key = e.key)`,
  )
  await env.DB.batch(
    readers.map(([id, hour, n]) => {
      const viewsBeforeHour = Array.from({ length: 24 }, (_, at) => (at > hour % 24 ? n : 0))
      return add.bind(Math.floor(hour / 24), id, n, JSON.stringify(viewsBeforeHour))
    }),
  )
}

export const hourOf = (time: number) => Math.floor(time / HOUR)

export function prepareViews(): void {
  beforeEach(async () => {
    // Each test begins at a full hour of another day, without views.
    until(Math.ceil(now / DAY) * DAY + DAY + 12 * HOUR)
    sent.length = 0
    await deleteViews()
  })

  afterEach(() => {
    vi.restoreAllMocks()
  })
}
