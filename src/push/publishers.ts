/** Who may push, as the push door needs to know it: publisher, live keys, source, and how much came today; one round trip. */
import { sql } from "drizzle-orm"
import { batch, type Db } from "../db/client.ts"
import type { SealingKeys } from "../http/seal.ts"
import { type Key, type KeyRow, openKeys } from "./keys.ts"
import { dayOf } from "./quota.ts"
import { parseSource, type Source, selectSource } from "./sources.ts"

export interface Publisher {
  uid: string
  slug: string
  name: string
  lang: string | null
  state: "active" | "disabled" | "removed"
  /** Registered ones, that of the home page among them. */
  origins: string[]
}

type PublisherRow = Omit<Publisher, "origins"> & { origins: string; homePage: string }

const parsed = ({ origins, homePage, ...row }: PublisherRow): Publisher => ({
  ...row,
  origins: [...(JSON.parse(origins) as string[]), new URL(homePage).origin],
})

export interface Known {
  publisher: Publisher
  /** Live keys that are good for this sender. */
  keys: Key[]
  /** The source that the address names, if the publisher has one of that name. */
  source: Source | undefined
  /** Bytes that were taken today (UTC). */
  bytesToday: number
}

const COLUMNS = sql`uid, slug, name, lang, iif(removed_at is null, state, 'removed') state, origins,
  home_page homePage`

/**
 * @param source name of the sender whose keys are good beside those for all; '' for the native door.
 * @returns undefined if there is no publisher of this name.
 */
export async function readPublisher(
  db: Db,
  sealing: SealingKeys,
  slug: string,
  source: string,
  now: number,
): Promise<Known | undefined> {
  const uid = sql`(select uid from publishers where slug = ${slug})`
  const [publishers, rows, sources, activity] = await batch(db, [
    sql<PublisherRow>`select ${COLUMNS} from publishers where slug = ${slug}`,
    sql<KeyRow>`select id, kind, source, sealed, last_used_at from publisher_keys
      where publisher_uid = ${uid} and source in ('', ${source}) and (expires_at is null or expires_at > ${now})`,
    selectSource(uid, source),
    sql<{ bytes: number }>`select bytes from publisher_activity where publisher_uid = ${uid} and day = ${dayOf(now)}`,
  ])
  const [publisher] = publishers
  if (!publisher) return undefined
  return {
    publisher: parsed(publisher),
    keys: await openKeys(sealing, rows),
    source: parseSource(sources),
    bytesToday: activity[0]?.bytes ?? 0,
  }
}

/** For what nobody has to be authenticated for: fetched feeds and replays. */
export async function readPublisherByUid(db: Db, uid: string): Promise<Publisher | undefined> {
  const [row] = await db.all<PublisherRow>(sql`select ${COLUMNS} from publishers where uid = ${uid}`)
  return row && parsed(row)
}

/** Who has this slug; for pings, of whose senders nothing is asked. */
export async function readPublisherBySlug(db: Db, slug: string): Promise<Publisher | undefined> {
  const [row] = await db.all<PublisherRow>(sql`select ${COLUMNS} from publishers where slug = ${slug}`)
  return row && parsed(row)
}
