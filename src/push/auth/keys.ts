/** Keys with which publishers sign, encrypted at rest: generated here, imported from a publishing system, or a public key. */
import { type SQL, sql } from "drizzle-orm"
import { decryptSecret, type EncryptionKeys, encryptionKeys, encryptSecret } from "../../crypto/encryption.ts"
import { batch, type Db } from "../../db/client.ts"
import { logError } from "../../log/log.ts"

/** Live keys of one publisher for one source. To add a third, the operator must say which key ends. */
export const MAX_LIVE_KEYS = 2
/** Hours for which an old key lives on beside a new one. */
export const DEFAULT_OVERLAP_HOURS = 24
export const MAX_OVERLAP_HOURS = 30 * 24

/** `last_used_at` is written at most once in this time. */
const LAST_USE_PRECISION_MS = 3_600_000

export type KeyKind = "generated" | "imported" | "public"

export interface Key {
  id: string
  kind: KeyKind
  /** The source whose messages it verifies; '' for all sources of its publisher. */
  source: string
  /** whsec_…, whpk_… or what a publishing system calls its secret. */
  text: string
  lastUsedAt: number | null
}

export interface KeyRow {
  id: string
  kind: KeyKind
  source: string
  encrypted: string
  last_used_at: number | null
}

/** The keys that encrypt and decrypt secrets. MASTER_KEY_PREVIOUS is set while secrets are still encrypted with it. */
export function masterKeys(env: Env & { MASTER_KEY_PREVIOUS?: string }): Promise<EncryptionKeys> {
  return encryptionKeys(env.MASTER_KEY, env.MASTER_KEY_PREVIOUS)
}

const identityOf = (keyId: string): string => `publisher_key:${keyId}`

/** Public keys are not secret and are stored as they are. */
const isEncrypted = (kind: KeyKind): boolean => kind !== "public"

/** Decrypts keys. One that cannot be decrypted is logged and left out, so that it does not disable the others. */
export async function decryptKeys(keys: EncryptionKeys, rows: KeyRow[]): Promise<Key[]> {
  const decryptedKeys = await Promise.all(
    rows.map(async ({ id, kind, source, encrypted, last_used_at: lastUsedAt }) => {
      try {
        return {
          id,
          kind,
          source,
          text: isEncrypted(kind) ? await decryptSecret(keys, encrypted, identityOf(id)) : encrypted,
          lastUsedAt,
        }
      } catch (error) {
        logError("key_unreadable", error, { key: id })
        return undefined
      }
    }),
  )
  return decryptedKeys.flatMap((key) => key ?? [])
}

/** What a new key changes for the live keys of the same source. */
export interface KeyRotation {
  /** Hours for which they stay valid; 0 ends all of them. */
  overlapHours: number
  /** Id of a key that ends now, to make room. */
  endKey?: string | undefined
}

/**
 * Adds a key, if this publisher and source then have at most MAX_LIVE_KEYS live keys: a key that may be in use ends only if the
 * operator says so.
 * @param statements further statements of the same batch, which run first; `onlyIf` says whether the key is added
 * @returns its id; undefined if there are too many live keys, or `endKey` is not a live key
 */
export async function addKey(
  db: Db,
  keys: EncryptionKeys,
  key: { publisherUid: string; source: string; kind: KeyKind; text: string },
  { overlapHours, endKey }: KeyRotation,
  now: number,
  statements: (id: string, onlyIf: SQL) => SQL[],
): Promise<string | undefined> {
  const { publisherUid, source, kind, text } = key
  const id = crypto.randomUUID()
  const encrypted = isEncrypted(kind) ? await encryptSecret(keys, text, identityOf(id)) : text
  const overlapEnds = now + overlapHours * 3_600_000
  const liveKeysOfSource = liveKeys(publisherUid, source, now)
  const hasRoom =
    overlapHours === 0
      ? sql`true`
      : sql`(select count(*) from ${liveKeysOfSource} and id is not ${endKey ?? null}) < ${MAX_LIVE_KEYS}`
  const onlyIf =
    endKey === undefined ? hasRoom : sql`exists (select 1 from ${liveKeysOfSource} and id = ${endKey}) and ${hasRoom}`
  const rows = await batch(db, [
    ...statements(id, onlyIf),
    sql`insert into publisher_keys (id, publisher_uid, source, kind, encrypted, created_at)
      select ${id}, ${publisherUid}, ${source}, ${kind}, ${encrypted}, ${now} where ${onlyIf}`,
    sql`update publisher_keys set expires_at =
        min(coalesce(expires_at, ${overlapEnds}), iif(id is ${endKey ?? null}, ${now}, ${overlapEnds}))
      where id in (select id from ${liveKeysOfSource}) and id <> ${id} and exists (select 1 from publisher_keys where id = ${id})`,
    sql<{ id: string }>`select id from publisher_keys where id = ${id}`,
  ])
  return rows.at(-1)?.length === 0 ? undefined : id
}

/** The live keys of a publisher and source: the end of a statement, to which conditions can be added with `and`. */
export const liveKeys = (publisherUid: string, source: string, now: number): SQL =>
  sql`publisher_keys where publisher_uid = ${publisherUid} and source = ${source} and (expires_at is null or expires_at > ${now})`

/** Updates the time of last use, at most once an hour. */
export function recordUse(key: Pick<Key, "id" | "lastUsedAt">, now: number): SQL[] {
  if (key.lastUsedAt !== null && now - key.lastUsedAt < LAST_USE_PRECISION_MS) return []
  return [sql`update publisher_keys set last_used_at = max(coalesce(last_used_at, 0), ${now}) where id = ${key.id}`]
}

/**
 * Encrypts keys again that were encrypted with MASTER_KEY_PREVIOUS, at most `limit` of them.
 * @returns how many were encrypted again, how many remain, and how many neither master key can decrypt.
 */
export async function reencrypt(
  db: Db,
  keys: EncryptionKeys,
  limit: number,
): Promise<{ reencrypted: number; waiting: number; unreadable: number }> {
  const rows = await db.all<KeyRow>(sql`select id, kind, source, encrypted, last_used_at from publisher_keys
    where kind <> 'public' and encrypted not like ${`1.${keys.current}.%`} order by id`)
  const readable = await decryptKeys(keys, rows)
  const chunk = readable.slice(0, limit)
  const statements = await Promise.all(
    chunk.map(async ({ id, text }) => {
      const previous = rows.find((row) => row.id === id)?.encrypted
      return sql`update publisher_keys set encrypted = ${await encryptSecret(keys, text, identityOf(id))}
        where id = ${id} and encrypted = ${previous}`
    }),
  )
  if (statements.length > 0) await batch(db, statements)
  return {
    reencrypted: chunk.length,
    waiting: readable.length - chunk.length,
    unreadable: rows.length - readable.length,
  }
}
