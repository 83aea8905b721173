/** Reads the data for authentication in one round trip: publisher, live keys, source, and the bytes received today. */
import { and, eq, inArray, type SQL, sql } from "drizzle-orm"
import type { EncryptionKeys } from "../../crypto/encryption.ts"
import { batch, type Db } from "../../db/client.ts"
import { publisherActivity, publisherKeys, publishers as table } from "../../db/schema.ts"
import { decryptKeys, isLive, KEY_COLUMNS, type Key } from "./keys.ts"
import { dayOf } from "./quota.ts"
import { type PublisherSource, selectSource } from "./sources.ts"

type PublisherRow = typeof table.$inferSelect

export interface Publisher extends Pick<PublisherRow, "uid" | "slug" | "name" | "language" | "timeZone" | "dateOrder"> {
  state: PublisherRow["state"] | "removed"
  /** The registered origins, and the origin of the home page. */
  origins: string[]
}

const selectPublisher = (db: Db, condition: SQL) =>
  db
    .select({
      uid: table.uid,
      slug: table.slug,
      name: table.name,
      language: table.language,
      timeZone: table.timeZone,
      dateOrder: table.dateOrder,
      state: sql<Publisher["state"]>`iif(${table.removedAt} is null, ${table.state}, 'removed')`,
      origins: table.origins,
      homePageUrl: table.homePageUrl,
    })
    .from(table)
    .where(condition)

function publisherOf([row]: Awaited<ReturnType<typeof selectPublisher>>): Publisher | undefined {
  if (!row) return undefined
  const { homePageUrl, ...publisher } = row
  return { ...publisher, origins: [...publisher.origins, new URL(homePageUrl).origin] }
}

export interface PublisherCredentials {
  publisher: Publisher
  /** Live keys that are valid for this sender. */
  keys: Key[]
  /** The source that the request URL names, if the publisher has that source. */
  source: PublisherSource | undefined
  /** Bytes received today (UTC). */
  bytesToday: number
}

/** @param sourceName the keys of this source are valid too; '' is the endpoint /push/{publisher} */
export async function readPublisher(
  db: Db,
  encryptionKeys: EncryptionKeys,
  slug: string,
  sourceName: string,
  now: number,
): Promise<PublisherCredentials | undefined> {
  const uid = db.select({ uid: table.uid }).from(table).where(eq(table.slug, slug))
  const rows = await batch(db, {
    publisher: selectPublisher(db, eq(table.slug, slug)),
    keys: db
      .select(KEY_COLUMNS)
      .from(publisherKeys)
      .where(and(eq(publisherKeys.publisherUid, uid), inArray(publisherKeys.source, ["", sourceName]), isLive(now))),
    source: selectSource(db, sql`${uid}`, sourceName),
    activity: db
      .select({ bytes: publisherActivity.bytes })
      .from(publisherActivity)
      .where(and(eq(publisherActivity.publisherUid, uid), eq(publisherActivity.day, dayOf(now)))),
  })
  const publisher = publisherOf(rows.publisher)
  const {
    source: [source],
    activity: [activity],
  } = rows
  if (!publisher) return undefined
  return {
    publisher,
    keys: await decryptKeys(encryptionKeys, rows.keys),
    source,
    bytesToday: activity?.bytes ?? 0,
  }
}

/** Reads a publisher for a fetched feed or a replay, which need no authentication. */
export async function readPublisherByUid(db: Db, uid: string): Promise<Publisher | undefined> {
  return publisherOf(await selectPublisher(db, eq(table.uid, uid)))
}

/** Reads a publisher for a ping, which needs no authentication. */
export async function readPublisherBySlug(db: Db, slug: string): Promise<Publisher | undefined> {
  return publisherOf(await selectPublisher(db, eq(table.slug, slug)))
}
