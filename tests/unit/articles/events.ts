/** Makes a database with two publishers, and their messages as events for the write batch. */
import { sql } from "drizzle-orm"
import type { ArticleEvent, ArticleVersion, PublishEvent } from "../../../src/articles/model/article.ts"
import { type ApplyResult, applyEvents, type Delivery } from "../../../src/articles/write/write-batch.ts"
import { createDatabase, type InMemoryDb } from "../../sqlite/database.ts"

export const NOW = Date.UTC(2026, 5, 1)
export const MINUTE = 60_000

export async function createWire(): Promise<InMemoryDb> {
  const db = createDatabase()
  await db.run(sql`
    insert into publishers (uid, slug, name, home_page_url, redistribution, origins, state, created_at)
    values
      ('one', 'one', 'One', 'https://one.example/', 'full', '["https://one.example"]', 'active', 0),
      ('two', 'two', 'Two', 'https://two.example/', 'full', '["https://two.example"]', 'active', 0)`)
  return db
}

/** Members of an event that a test may set; `at` is the minute of its version and its message. */
interface Stated {
  at?: number
  scopes?: string[]
  isBackfill?: boolean
  content?: string
  source?: string
  version?: Partial<ArticleVersion>
}

export const idOf = (guid: string) => `id-of-${guid}`

const header = (guid: string, at: number, content: string, source = "native") => ({
  ...{ id: idOf(guid), guid, rawHash: `raw ${content}`, sentHash: `sent ${content}`, source },
  ...{ versionAt: NOW + at * MINUTE, messageAt: NOW + at * MINUTE },
})

export function publish(guid: string, stated: Stated = {}): PublishEvent {
  const { at = 0, content = `content ${at}`, scopes = ["all", "publisher:one", "section:1"] } = stated
  const details = { sections: [1], tags: [], authors: [], statedCategories: { sections: [], tags: [] } }
  const version: ArticleVersion = { guid, html: `<p>${content}</p>`, direction: "ltr", details, ...stated.version }
  const isBackfill = stated.isBackfill ?? false
  return {
    kind: "publish",
    ...header(guid, at, content, stated.source),
    version,
    contentHash: content,
    scopes,
    isBackfill,
  }
}

export const remove = (guid: string, at: number, source?: string): ArticleEvent => ({
  kind: "delete",
  ...header(guid, at, "deletion", source),
  contentHash: "deleted",
})

export const repeated = (guid: string, at: number, content: string, source?: string): ArticleEvent => ({
  kind: "repeated",
  ...header(guid, at, content, source),
})

/** Applies events as one delivery, in the minute of the last event. */
export function deliver(db: InMemoryDb, events: ArticleEvent[], stated: Partial<Delivery> = {}) {
  const at = Math.max(...events.map(({ messageAt }) => messageAt))
  const delivery: Delivery = {
    publisherUid: "one",
    id: crypto.randomUUID(),
    bodySha256: "",
    receivedAt: at,
    messageAt: at,
    entries: "[]",
    taxonomyVersion: 0,
    ...stated,
  }
  return applyEvents(db, delivery, events, true)
}

export const outcomes = (result: ApplyResult | undefined) => result?.delivery.outcomes.map(({ outcome }) => outcome)

/** One row as an object, with any columns. */
export async function row(db: InMemoryDb, query: ReturnType<typeof sql>): Promise<Record<string, unknown> | undefined> {
  const [first] = await db.all<Record<string, unknown>>(query)
  return first
}
