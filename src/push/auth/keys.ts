/** Manages publishers' keys, which are generated here, imported from a CMS, or public. Secret keys are encrypted. */
import { and, eq, exists, gt, isNull, lt, ne, not, notLike, or, type SQL, sql } from "drizzle-orm"
import { decryptSecret, type EncryptionKeys, encryptionKeys, encryptSecret } from "../../crypto/encryption.ts"
import { batch, type Db, rowFrom, type Statement } from "../../db/client.ts"
import { publisherKeys as table } from "../../db/schema.ts"
import { logError } from "../../log/log.ts"

/** The maximum of live keys for one source. To add a third key, the operator must choose the key that ends. */
export const MAX_LIVE_KEYS = 2
/** How many hours an old key stays valid beside a new one. */
export const DEFAULT_OVERLAP_HOURS = 24
export const MAX_OVERLAP_HOURS = 30 * 24

/** `last_used_at` is written at most once within this time. */
const LAST_USE_PRECISION_MS = 3_600_000

type KeyRow = typeof table.$inferSelect
export type KeyKind = KeyRow["kind"]

export interface Key extends Pick<KeyRow, "id" | "kind" | "lastUsedAt"> {
  /** A secret key whsec_…, a public key whpk_…, or the secret of a CMS. */
  text: string
}

export const KEY_COLUMNS = { id: table.id, kind: table.kind, encrypted: table.encrypted, lastUsedAt: table.lastUsedAt }

/** The keys that encrypt and decrypt secrets. MASTER_KEY_PREVIOUS is set while secrets are still encrypted with it. */
export function masterKeys(env: { MASTER_KEY: string; MASTER_KEY_PREVIOUS?: string }): Promise<EncryptionKeys> {
  return encryptionKeys(env.MASTER_KEY, env.MASTER_KEY_PREVIOUS)
}

const identityOf = (keyId: string): string => `publisher_key:${keyId}`

/** A public key is not secret, so it is stored unencrypted. */
const isEncrypted = (kind: KeyKind): boolean => kind !== "public"

/** Decrypts keys. A key that cannot be decrypted is logged and left out, so that the other keys still work. */
export async function decryptKeys(
  keys: EncryptionKeys,
  rows: Pick<KeyRow, keyof typeof KEY_COLUMNS>[],
): Promise<Key[]> {
  const decryptedKeys = await Promise.all(
    rows.map(async ({ encrypted, ...key }) => {
      const { id, kind } = key
      try {
        return { ...key, text: isEncrypted(kind) ? await decryptSecret(keys, encrypted, identityOf(id)) : encrypted }
      } catch (error) {
        logError("key_unreadable", error, { key: id })
        return undefined
      }
    }),
  )
  return decryptedKeys.flatMap((key) => key ?? [])
}

/** How a new key changes the other live keys of the same source. */
export interface KeyRotation {
  /** How many hours the other keys stay valid. 0 ends all of them. */
  overlapHours: number
  /** Id of a key that ends now. The operator must choose one if MAX_LIVE_KEYS are live already. */
  endKey?: string | undefined
}

/**
 * Adds a key, unless more than MAX_LIVE_KEYS would be live.
 * @param statements run first in the same batch; the key is added only if `onlyIf` is true
 * @returns the id of the key; undefined if it was not added
 */
export async function addKey(
  db: Db,
  keys: EncryptionKeys,
  key: Pick<KeyRow, "publisherUid" | "source" | "kind"> & { text: string },
  { overlapHours, endKey }: KeyRotation,
  now: number,
  statements: (id: string, onlyIf: SQL) => Statement[],
): Promise<string | undefined> {
  const { publisherUid, source, kind, text } = key
  const id = crypto.randomUUID()
  const encrypted = isEncrypted(kind) ? await encryptSecret(keys, text, identityOf(id)) : text
  const overlapEnds = now + overlapHours * 3_600_000
  const isLiveOfSource = and(isOfSource(publisherUid, source), isLive(now))
  const isEnding = sql`${table.id} is ${endKey ?? null}`
  const othersCount = db.$count(table, and(isLiveOfSource, not(isEnding)))
  const conditions = [
    ...(endKey === undefined ? [] : [exists(db.select().from(table).where(and(isLiveOfSource, isEnding)))]),
    ...(overlapHours === 0 ? [] : [lt(othersCount, MAX_LIVE_KEYS)]),
  ]
  const onlyIf = and(...conditions) ?? sql`true`
  const isAdded = db.select({ id: table.id }).from(table).where(eq(table.id, id))
  const row = { id, publisherUid, source, kind, encrypted, createdAt: now }
  const { added } = await batch(db, {
    first: statements(id, onlyIf),
    key: db.insert(table).select(rowFrom(table, row, sql`where ${onlyIf}`)),
    others: db
      .update(table)
      .set({
        expiresAt: sql`min(coalesce(${table.expiresAt}, ${overlapEnds}), iif(${isEnding}, ${now}, ${overlapEnds}))`,
      })
      .where(and(isLiveOfSource, ne(table.id, id), exists(isAdded))),
    added: isAdded,
  })
  return added.length === 0 ? undefined : id
}

export const isOfSource = (publisherUid: string, source: string) =>
  and(eq(table.publisherUid, publisherUid), eq(table.source, source))

export const isLive = (now: number) => or(isNull(table.expiresAt), gt(table.expiresAt, now))

/** Updates the time of last use, at most once in LAST_USE_PRECISION_MS. */
export function recordUse(db: Db, key: Pick<Key, "id" | "lastUsedAt">, now: number) {
  if (key.lastUsedAt !== null && now - key.lastUsedAt < LAST_USE_PRECISION_MS) return []
  const lastUsedAt = sql`max(coalesce(${table.lastUsedAt}, 0), ${now})`
  return [db.update(table).set({ lastUsedAt }).where(eq(table.id, key.id))]
}

/** Encrypts at most `limit` keys again, with MASTER_KEY instead of MASTER_KEY_PREVIOUS. @returns numbers of keys */
export async function reencrypt(
  db: Db,
  keys: EncryptionKeys,
  limit: number,
): Promise<{ reencrypted: number; waiting: number; unreadable: number }> {
  const rows = await db
    .select(KEY_COLUMNS)
    .from(table)
    .where(and(ne(table.kind, "public"), notLike(table.encrypted, `1.${keys.current}.%`)))
    .orderBy(table.id)
  const readable = await decryptKeys(keys, rows)
  const chunk = readable.slice(0, limit)
  const changes = await Promise.all(
    chunk.map(async ({ id, text }) => ({ id, encrypted: await encryptSecret(keys, text, identityOf(id)) })),
  )
  const previousById = new Map(rows.map((row) => [row.id, row.encrypted ?? ""]))
  const statements = changes.map(({ id, encrypted }) => {
    const previous = previousById.get(id) ?? ""
    return db
      .update(table)
      .set({ encrypted })
      .where(and(eq(table.id, id), eq(table.encrypted, previous)))
  })
  if (statements.length > 0) await batch(db, statements)
  return {
    reencrypted: chunk.length,
    waiting: readable.length - chunk.length,
    unreadable: rows.length - readable.length,
  }
}
