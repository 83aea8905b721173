/** Sources: the systems from which a publisher sends to other endpoints than the native one, with scheme, mapping and feed. */
import { type SQL, sql } from "drizzle-orm"
import { sha256 } from "../../crypto/digest.ts"
import type { SignatureScheme } from "../../crypto/signature-scheme.ts"
import type { Db } from "../../db/client.ts"
import type { Mapping } from "../../dialects/mapping-schema.ts"
import { GHOST_SCHEME, SENDERS, schemeOf } from "../../dialects/senders.ts"
import { GHOST } from "./endpoints.ts"

/** An operator's own settings in place of the preset's. */
export interface SourceSettings {
  scheme?: SignatureScheme
  mapping?: Mapping
}

export interface PublisherSource {
  id: string
  publisherUid: string
  name: string
  /** A preset of dialects/senders.ts, or custom, unsigned or feed. */
  sender: string
  settings: SourceSettings
  /** SHA-256 of the secret token in the address, in hex; null for sources that sign. */
  tokenHash: string | null
  /** Whether unsigned messages are read as articles; else each is a ping. */
  trusted: boolean
  feedUrl: string | null
  etag: string | null
  lastModified: string | null
  /** Hash of the document that was stored last. */
  bodySha256: string | null
  pingedAt: number | null
  failureCount: number
}

export interface PublisherSourceRow {
  id: string
  publisher_uid: string
  name: string
  sender: string
  settings: string
  token_hash: string | null
  trusted: number
  feed_url: string | null
  etag: string | null
  last_modified: string | null
  body_sha256: string | null
  pinged_at: number | null
  failure_count: number
}

export const SOURCE_COLUMNS = sql`id, publisher_uid, name, sender, settings, token_hash, trusted, feed_url, etag, last_modified,
  body_sha256, pinged_at, failure_count`

/** The statement that reads one source, for a batch; parse its rows with parseSource(). */
export const selectSource = (publisherUid: SQL, name: string) =>
  sql<PublisherSourceRow>`select ${SOURCE_COLUMNS} from sources where publisher_uid = ${publisherUid} and name = ${name}`

export function parseSource(rows: PublisherSourceRow[]): PublisherSource | undefined {
  const [row] = rows
  if (!row) return undefined
  return {
    id: row.id,
    publisherUid: row.publisher_uid,
    name: row.name,
    sender: row.sender,
    settings: JSON.parse(row.settings) as SourceSettings,
    tokenHash: row.token_hash,
    trusted: row.trusted !== 0,
    feedUrl: row.feed_url,
    etag: row.etag,
    lastModified: row.last_modified,
    bodySha256: row.body_sha256,
    pingedAt: row.pinged_at,
    failureCount: row.failure_count,
  }
}

/** Only the hash of a token is stored. Tokens are random, so it needs no salt. */
export const hashToken = (token: string): Promise<string> => sha256(token)

export async function readSource(db: Db, publisherUid: string, name: string): Promise<PublisherSource | undefined> {
  return parseSource(await db.all(selectSource(sql`${publisherUid}`, name)))
}

/** How the messages of a source are signed; undefined if they are not signed. Ghost needs no row in sources. */
export function schemeFor(name: string, source: PublisherSource | undefined): SignatureScheme | undefined {
  return name === GHOST ? GHOST_SCHEME : source && schemeOf(source.sender, source.settings.scheme)
}

/** Whether a message only says that something changed: its sender is not authenticated, or it holds no article. */
export function isNotificationOnly(source: PublisherSource | undefined): boolean {
  if (!source) return false
  if (source.tokenHash !== null) return !source.trusted
  return source.settings.mapping === undefined && SENDERS[source.sender]?.notificationOnly === true
}
