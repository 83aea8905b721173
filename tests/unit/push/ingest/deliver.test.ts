/** Tests that the bytes of a message are in R2 before its first commit, and are stored once. */
import { sql } from "drizzle-orm"
import { expect, onTestFinished, test, vi } from "vitest"
import type { Settings } from "../../../../src/env.ts"
import type { Incoming } from "../../../../src/push/auth/incoming.ts"
import { deliver } from "../../../../src/push/ingest/deliver.ts"
import type { InMemoryDb } from "../../../sqlite/database.ts"
import { createWire, NOW, row } from "../../articles/events.ts"

const publisher = {
  ...{ uid: "one", slug: "one", name: "One", language: null, timeZone: null, dateOrder: null },
  ...{ state: "active" as const, origins: [] },
}

/** A fetched JSON Feed with this many articles. */
const fetched = (count: number, sender: Partial<Incoming["sender"]> = {}): Incoming => {
  const items = Array.from({ length: count }, (_, no) => ({ id: `article-${no}`, title: `Article ${no}` }))
  return {
    endpoint: { kind: "feed", name: "site" },
    body: new TextEncoder().encode(JSON.stringify({ version: "https://jsonfeed.org/version/1.1", items })),
    bodySha256: "00",
    contentType: "application/feed+json",
    headers: new Headers(),
    receivedAt: NOW,
    sender: {
      ...{ publisher, source: undefined, authentication: "fetch", isSigned: false, messageAt: NOW },
      ...{ delivery: { id: "site.feed", occurrence: "1" }, ...sender },
    },
  }
}

/** Delivers a message with a bucket that has only this put(). */
async function deliverWith(db: InMemoryDb, incoming: Incoming, put: () => Promise<unknown>) {
  const work: Promise<unknown>[] = []
  const waitUntil = (promise: Promise<unknown>) => void work.push(promise)
  const env = { RECEIVED: { put } } as unknown as Env
  const context = { env, ctx: { waitUntil }, db, settings: {} as Settings, clock: () => NOW, requestId: "r" }
  const delivered = await deliver(context, incoming)
  await Promise.all(work)
  return delivered
}

const stored = (db: InMemoryDb) =>
  row(db, sql`select (select count(*) from commits) commits, (select count(*) from articles) articles`)

test("a document of more than 100 articles is stored once, before the first commit", async () => {
  const db = await createWire()
  const put = vi.fn(async () => stored(db))
  await deliverWith(db, fetched(250), put)
  expect(await stored(db)).toEqual({ commits: 3, articles: 250 })
  expect(put.mock.settledResults.map(({ value }) => value)).toEqual([{ commits: 0, articles: 0 }])
})

test("a document without articles is stored, unless it is a replay", async () => {
  const db = await createWire()
  const put = vi.fn(async () => undefined)
  await deliverWith(db, fetched(0), put)
  expect(put).toHaveBeenCalledOnce()
  const { error } = await deliverWith(db, fetched(0, { replayOf: 1 }), put)
  expect(error).toMatchObject({ code: "not_replayable" })
  expect(put).toHaveBeenCalledOnce()
})

test.each([0, 1, 250])(
  "if R2 refuses the bytes of %i articles, only deliver() fails, and nothing is stored",
  async (count) => {
    const unhandled = vi.fn()
    process.on("unhandledRejection", unhandled)
    onTestFinished(() => void process.off("unhandledRejection", unhandled))
    const db = await createWire()
    const put = () => Promise.reject(new Error("put: Unspecified error (0)"))
    await expect(deliverWith(db, fetched(count), put)).rejects.toThrow("put: Unspecified error (0)")
    await new Promise((resolve) => setImmediate(resolve))
    expect(unhandled).not.toHaveBeenCalled()
    expect(await stored(db)).toEqual({ commits: 0, articles: 0 })
  },
)
