/** Keys by which publishers sign, at rest and opened. Ours, imported from a publishing system, or the public half of a pair. */
import { type SQL, sql } from "drizzle-orm"
import { batch, type Db } from "../db/client.ts"
import { logError } from "../http/log.ts"
import { open, type SealingKeys, seal, sealingKeys } from "../http/seal.ts"

/** Live keys of one publisher for one source; older ones expire when a third is made. */
export const LIVE_KEYS = 2
/** Hours for which an old key lives on beside a new one. */
export const DEFAULT_OVERLAP_HOURS = 24
export const MAX_OVERLAP_HOURS = 30 * 24

/** Milliseconds to which `last_used_at` is exact. */
const USE_IS_NOTED = 3_600_000

export type KeyKind = "made" | "imported" | "public"

export interface Key {
  id: string
  kind: KeyKind
  /** The sender whose messages it verifies; '' for all of its publisher's. */
  source: string
  /** whsec_…, whpk_… or what a publishing system calls its secret. */
  text: string
  lastUsedAt: number | null
}

export interface KeyRow {
  id: string
  kind: KeyKind
  source: string
  sealed: string
  last_used_at: number | null
}

/** MASTER_KEY_PREVIOUS is set while secrets that were sealed with it are still in use. */
export function masterKeys(env: Env & { MASTER_KEY_PREVIOUS?: string }): Promise<SealingKeys> {
  return sealingKeys(env.MASTER_KEY, env.MASTER_KEY_PREVIOUS)
}

const identityOf = (keyId: string): string => `publisher_key:${keyId}`

/** Public keys stand in clear: they sign nothing. */
const isSealed = (kind: KeyKind): boolean => kind !== "public"

/** One key that cannot be opened must not close the others; the log says which and why. */
export async function openKeys(keys: SealingKeys, rows: KeyRow[]): Promise<Key[]> {
  const opened = await Promise.all(
    rows.map(async ({ id, kind, source, sealed, last_used_at: lastUsedAt }) => {
      try {
        return {
          id,
          kind,
          source,
          text: isSealed(kind) ? await open(keys, sealed, identityOf(id)) : sealed,
          lastUsedAt,
        }
      } catch (error) {
        logError("key_unreadable", error, { key: id })
        return undefined
      }
    }),
  )
  return opened.flatMap((key) => key ?? [])
}

/**
 * Adds a key. At most LIVE_KEYS of this publisher and source live afterwards: the one before the new one until the overlap
 * ends, all others not.
 * @param beside statements of the same batch
 */
export async function addKey(
  db: Db,
  keys: SealingKeys,
  key: { publisherUid: string; source: string; kind: KeyKind; text: string },
  overlapHours: number,
  now: number,
  beside: (id: string) => SQL[],
): Promise<string> {
  const { publisherUid, source, kind, text } = key
  const id = crypto.randomUUID()
  const sealed = isSealed(kind) ? await seal(keys, text, identityOf(id)) : text
  const overlapEnds = now + overlapHours * 3_600_000
  const live = sql`publisher_uid = ${publisherUid} and source = ${source} and (expires_at is null or expires_at > ${now})`
  await batch(db, [
    // All but the newest end now, the newest with the overlap.
    sql`update publisher_keys set expires_at = min(coalesce(expires_at, ${overlapEnds}),
        case when id = (select id from publisher_keys where ${live} order by created_at desc, id desc limit 1)
        then ${overlapEnds} else ${now} end)
      where ${live}`,
    sql`insert into publisher_keys (id, publisher_uid, source, kind, sealed, created_at)
      values (${id}, ${publisherUid}, ${source}, ${kind}, ${sealed}, ${now})`,
    ...beside(id),
  ])
  return id
}

/** Notes that a key was used; nothing, if that was noted within the hour. */
export function noteUse(key: Pick<Key, "id" | "lastUsedAt">, now: number): SQL[] {
  if (key.lastUsedAt !== null && now - key.lastUsedAt < USE_IS_NOTED) return []
  return [sql`update publisher_keys set last_used_at = max(coalesce(last_used_at, 0), ${now}) where id = ${key.id}`]
}

/**
 * Seals again what was sealed with MASTER_KEY_PREVIOUS, at most `limit` keys.
 * @returns how many were sealed, how many wait, and how many cannot be opened with either master key.
 */
export async function reseal(
  db: Db,
  keys: SealingKeys,
  limit: number,
): Promise<{ resealed: number; waiting: number; unreadable: number }> {
  const rows = await db.all<KeyRow>(sql`select id, kind, source, sealed, last_used_at from publisher_keys
    where kind <> 'public' and sealed not like ${`1.${keys.current}.%`} order by id`)
  const old = await openKeys(keys, rows)
  const share = old.slice(0, limit)
  const statements = await Promise.all(
    share.map(async ({ id, text }) => {
      const held = rows.find((row) => row.id === id)?.sealed
      return sql`update publisher_keys set sealed = ${await seal(keys, text, identityOf(id))}
        where id = ${id} and sealed = ${held}`
    }),
  )
  if (statements.length > 0) await batch(db, statements)
  return { resealed: share.length, waiting: old.length - share.length, unreadable: rows.length - old.length }
}
