/** Reads what authentication needs in one round trip: publisher, live keys, source, and the bytes received today. */
import { sql } from "drizzle-orm"
import type { EncryptionKeys } from "../../crypto/encryption.ts"
import { batch, type Db } from "../../db/client.ts"
import { decryptKeys, type Key, type KeyRow } from "./keys.ts"
import { dayOf } from "./quota.ts"
import { type PublisherSource, parseSource, selectSource } from "./sources.ts"

export interface Publisher {
  uid: string
  slug: string
  name: string
  language: string | null
  state: "active" | "disabled" | "removed"
  /** The registered origins and that of the home page. */
  origins: string[]
}

type PublisherRow = Omit<Publisher, "origins"> & { origins: string; homePageUrl: string }

const parsePublisher = ({ origins, homePageUrl, ...row }: PublisherRow): Publisher => ({
  ...row,
  origins: [...(JSON.parse(origins) as string[]), new URL(homePageUrl).origin],
})

export interface PublisherCredentials {
  publisher: Publisher
  /** Live keys that are valid for this sender. */
  keys: Key[]
  /** The source that the address names, if the publisher has one of that name. */
  source: PublisherSource | undefined
  /** Bytes received today (UTC). */
  bytesToday: number
}

const PUBLISHER_COLUMNS = sql`uid, slug, name, language, iif(removed_at is null, state, 'removed') state, origins,
  home_page_url homePageUrl`

/**
 * @param sourceName the source whose keys are valid too; '' for the native endpoint
 * @returns undefined if there is no publisher of this name.
 */
export async function readPublisher(
  db: Db,
  encryptionKeys: EncryptionKeys,
  slug: string,
  sourceName: string,
  now: number,
): Promise<PublisherCredentials | undefined> {
  const uid = sql`(select uid from publishers where slug = ${slug})`
  const [publishers, rows, sources, activity] = await batch(db, [
    sql<PublisherRow>`select ${PUBLISHER_COLUMNS} from publishers where slug = ${slug}`,
    sql<KeyRow>`select id, kind, source, encrypted, last_used_at from publisher_keys
      where publisher_uid = ${uid} and source in ('', ${sourceName}) and (expires_at is null or expires_at > ${now})`,
    selectSource(uid, sourceName),
    sql<{ bytes: number }>`select bytes from publisher_activity where publisher_uid = ${uid} and day = ${dayOf(now)}`,
  ])
  const [publisher] = publishers
  if (!publisher) return undefined
  return {
    publisher: parsePublisher(publisher),
    keys: await decryptKeys(encryptionKeys, rows),
    source: parseSource(sources),
    bytesToday: activity[0]?.bytes ?? 0,
  }
}

/** Reads a publisher for a fetched feed or a replay, which need no authentication. */
export async function readPublisherByUid(db: Db, uid: string): Promise<Publisher | undefined> {
  const [row] = await db.all<PublisherRow>(sql`select ${PUBLISHER_COLUMNS} from publishers where uid = ${uid}`)
  return row && parsePublisher(row)
}

/** Reads a publisher for a ping, which needs no authentication. */
export async function readPublisherBySlug(db: Db, slug: string): Promise<Publisher | undefined> {
  const [row] = await db.all<PublisherRow>(sql`select ${PUBLISHER_COLUMNS} from publishers where slug = ${slug}`)
  return row && parsePublisher(row)
}
