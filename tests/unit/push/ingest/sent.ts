/** Delivers messages to a database in memory, and shows what the wire then has. */
import { sql } from "drizzle-orm"
import type { Decision } from "../../../../src/articles/write/outcomes.ts"
import type { Settings } from "../../../../src/env.ts"
import type { Incoming } from "../../../../src/push/auth/incoming.ts"
import type { Publisher } from "../../../../src/push/auth/publishers.ts"
import { deliver } from "../../../../src/push/ingest/deliver.ts"
import type { DeliveryEntry } from "../../../../src/push/ingest/delivery-entry.ts"
import { readMessage } from "../../../../src/push/ingest/read-message.ts"
import { previewMessage } from "../../../../src/push/ingest/store-message.ts"
import type { InMemoryDb } from "../../../sqlite/database.ts"
import { MINUTE, NOW } from "../../articles/events.ts"

const publisher = {
  ...{ uid: "one", slug: "one", name: "One", language: null, state: "active" as const, origins: [] },
  ...{ timeZone: null, dateOrder: null },
}

const LATER = NOW + 100 * MINUTE

export interface SentOptions {
  /** The minute of the message. */
  at?: number
  deleted?: boolean
  publisherUid?: string
  /** Sends a JSON Feed that the wire has fetched. */
  isFeed?: boolean
  /** The XML of a feed that the wire has fetched, instead of the items. */
  xml?: string
  /** Settings of the publisher at the time of the message. */
  settings?: Partial<Publisher>
  wireLanguage?: string
}

/** The answer for each item: its guid, its outcome and its warnings. */
export interface Result {
  guid: string | undefined
  outcome: string | undefined
  id: string | undefined
  warnings: string[]
}

let serial = 0

function incomingOf(items: object[], options: SentOptions) {
  const { at = 0, deleted = false, publisherUid = "one", xml, isFeed = xml !== undefined } = options
  const receivedAt = NOW + at * MINUTE
  const timestamp = new Date(receivedAt).toISOString()
  const type = deleted ? "article.deleted" : "article.published"
  const document = { version: "https://jsonfeed.org/version/1.1", items }
  const incoming: Incoming = {
    endpoint: isFeed ? { kind: "feed", name: "main" } : { kind: "native" },
    body: new TextEncoder().encode(xml ?? JSON.stringify(isFeed ? document : { type, timestamp, data: items })),
    bodySha256: "00",
    contentType: "application/json",
    headers: new Headers(),
    receivedAt,
    sender: {
      publisher: { ...publisher, uid: publisherUid, ...options.settings },
      source: undefined,
      authentication: isFeed ? "fetch" : "v1",
      isSigned: true,
      messageAt: receivedAt,
      delivery: { id: `message-${++serial}`, ...(isFeed && { occurrence: "1" }) },
    },
  }
  return incoming
}

/** Delivers items as one message that arrives at its own time. */
export async function sendItems(db: InMemoryDb, items: object[], options: SentOptions = {}): Promise<Result[]> {
  const work: Promise<unknown>[] = []
  const context = {
    env: { RECEIVED: { put: async () => null, head: async () => null } } as unknown as Env,
    ctx: { waitUntil: (promise: Promise<unknown>) => void work.push(promise) } as unknown as ExecutionContext,
    db,
    settings: { language: options.wireLanguage ?? "en" } as Settings,
    // The clock of the wire is later than every message, because some of them arrive late.
    clock: () => LATER,
    requestId: "r",
  }
  const { stored, error } = await deliver(context, incomingOf(items, options))
  await Promise.all(work)
  if (error !== undefined) throw error
  return stored.flatMap(({ entries, delivery }) => resultsOf(entries, delivery?.outcomes ?? []))
}

/** Returns what sendItems() would return, and stores nothing. */
export async function previewItems(db: InMemoryDb, items: object[], options: SentOptions = {}): Promise<Result[]> {
  const incoming = incomingOf(items, options)
  const message = readMessage(incoming, LATER)
  const { entries, outcomes } = await previewMessage(db, message, incoming.sender.publisher, LATER, "en")
  return resultsOf(entries, outcomes)
}

const resultsOf = (entries: DeliveryEntry[], outcomes: Decision[]): Result[] =>
  entries.map(({ guid, event, outcome, warnings = [] }) => {
    const decision = outcomes[event ?? -1]
    return { guid, outcome: decision?.outcome ?? outcome, id: decision?.id, warnings }
  })

/** The live articles, each as "guid: title", in the order of their guids. */
export async function liveArticles(db: InMemoryDb): Promise<string[]> {
  const rows = await db.all<{ guid: string; title: string }>(sql`
    select a.guid, a.title
    from articles a
    join memberships m on m.article_id = a.id and m.scope = 'all' and m.published_at = a.published_at
    join bodies b on b.seq = a.seq and b.html = '<p>' || a.title || '</p>' and octet_length(b.html) = a.size_in_bytes
    where a.state = 'published'
    order by a.guid`)
  return rows.map(({ guid, title }) => `${guid}: ${title}`)
}
