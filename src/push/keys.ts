/** Keys by which publishers sign, at rest and opened. Ours, imported from a publishing system, or the public half of a pair. */
import { type SQL, sql } from "drizzle-orm"
import { batch, type Db } from "../db/client.ts"
import { open, type SealingKeys, seal, sealingKeys } from "../http/seal.ts"

/** Live keys of one publisher for one source; a third needs the word of the operator, which of them ends. */
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
        console.error(JSON.stringify({ level: "error", event: "key_unreadable", key: id, error: String(error) }))
        return undefined
      }
    }),
  )
  return opened.flatMap((key) => key ?? [])
}

/** What a new key does to those that live already. */
export interface Succession {
  /** Hours for which they live on; 0 ends all of them. */
  overlapHours: number
  /** One that ends now, to make room. */
  ended?: string | undefined
}

/**
 * Adds a key, if at most LIVE_KEYS of this publisher and source live afterwards: no key that may be in use ends unsaid.
 * @param beside statements of the same batch, which stand before the others; `onlyIf` says whether the key is added.
 * @returns its id; undefined where too many live, or the one that should end does not.
 */
export async function addKey(
  db: Db,
  keys: SealingKeys,
  key: { publisherUid: string; source: string; kind: KeyKind; text: string },
  { overlapHours, ended }: Succession,
  now: number,
  beside: (id: string, onlyIf: SQL) => SQL[],
): Promise<string | undefined> {
  const { publisherUid, source, kind, text } = key
  const id = crypto.randomUUID()
  const sealed = isSealed(kind) ? await seal(keys, text, identityOf(id)) : text
  const overlapEnds = now + overlapHours * 3_600_000
  const live = liveKeys(publisherUid, source, now)
  const isRoom =
    overlapHours === 0 ? sql`true` : sql`(select count(*) from ${live} and id is not ${ended ?? null}) < ${LIVE_KEYS}`
  const onlyIf = ended === undefined ? isRoom : sql`exists (select 1 from ${live} and id = ${ended}) and ${isRoom}`
  const statements = [
    ...beside(id, onlyIf),
    sql`insert into publisher_keys (id, publisher_uid, source, kind, sealed, created_at)
      select ${id}, ${publisherUid}, ${source}, ${kind}, ${sealed}, ${now} where ${onlyIf}`,
    sql`update publisher_keys set expires_at = min(coalesce(expires_at, ${overlapEnds}), iif(id is ${ended ?? null}, ${now}, ${overlapEnds}))
      where id in (select id from ${live}) and id <> ${id} and exists (select 1 from publisher_keys where id = ${id})`,
    sql<{ id: string }>`select id from publisher_keys where id = ${id}`,
  ]
  const added = (await batch(db, statements)).at(-1)
  return added?.length === 0 ? undefined : id
}

/** The keys of a publisher and source that verify something, for a statement that may add conditions. */
export const liveKeys = (publisherUid: string, source: string, now: number): SQL =>
  sql`publisher_keys where publisher_uid = ${publisherUid} and source = ${source} and (expires_at is null or expires_at > ${now})`

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
