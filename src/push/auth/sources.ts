/** Reads sources. A source is one system of a publisher, with its own signature scheme, mapping or feed. */
import { and, eq, type SQL, sql } from "drizzle-orm"
import { sha256 } from "../../crypto/digest.ts"
import type { SignatureScheme } from "../../crypto/signature-scheme.ts"
import type { Db } from "../../db/client.ts"
import { sources as table } from "../../db/schema.ts"
import type { Mapping } from "../../dialects/mapping-schema.ts"
import { GHOST_SCHEME, SENDERS, schemeOf } from "../../dialects/senders.ts"
import { GHOST } from "./endpoints.ts"

/** An operator's settings for a source, which replace the settings of the preset. */
export interface SourceSettings {
  scheme?: SignatureScheme
  mapping?: Mapping
}

export const SOURCE_COLUMNS = {
  id: table.id,
  publisherUid: table.publisherUid,
  name: table.name,
  /** The name of a preset in dialects/senders.ts, or ghost-5, custom, unsigned or feed. */
  sender: table.sender,
  settings: sql`${table.settings}`.mapWith((json: string) => JSON.parse(json) as SourceSettings),
  /** SHA-256 of the secret token in the URL, in hex; null if the source signs its messages. */
  tokenHash: table.tokenHash,
  /** Whether unsigned messages are read as articles. If not, each message counts as a ping. */
  trusted: table.trusted,
  feedUrl: table.feedUrl,
  etag: table.etag,
  lastModified: table.lastModified,
  /** Hash of the document that was stored last. */
  bodySha256: table.bodySha256,
  pingedAt: table.pingedAt,
  failureCount: table.failureCount,
}

export const selectSource = (db: Db, publisherUid: string | SQL, name: string) =>
  db
    .select(SOURCE_COLUMNS)
    .from(table)
    .where(and(eq(table.publisherUid, publisherUid), eq(table.name, name)))

export type PublisherSource = Awaited<ReturnType<typeof selectSource>>[number]

/** Only the hash of a token is stored. Tokens are random, so the hash needs no salt. */
export const hashToken = (token: string): Promise<string> => sha256(token)

export async function readSource(db: Db, publisherUid: string, name: string): Promise<PublisherSource | undefined> {
  const [source] = await selectSource(db, publisherUid, name)
  return source
}

/** Returns the signature scheme of a source; undefined if the source does not sign its messages. */
export function schemeFor(name: string, source: PublisherSource | undefined): SignatureScheme | undefined {
  if (source === undefined) return name === GHOST ? GHOST_SCHEME : undefined
  return schemeOf(source.sender, source.settings.scheme)
}

/** Whether a message counts as a ping, because its sender is not authenticated or it contains no article. */
export function isNotificationOnly(source: PublisherSource | undefined): boolean {
  if (!source) return false
  if (source.tokenHash !== null) return !source.trusted
  return source.settings.mapping === undefined && SENDERS[source.sender]?.notificationOnly === true
}
