/** Publishers and their keys, as the push door needs them. */
import { eq, sql } from "drizzle-orm"
import { batch, type Db } from "../db/client.ts"
import { publisherKeys, publishers } from "../db/schema.ts"
import { open, type SealingKeys, seal, sealingKeys } from "../http/seal.ts"
import { newSecret } from "../http/signature.ts"

export interface Publisher {
  uid: string
  slug: string
  name: string
  lang: string | null
  state: "active" | "disabled"
}

/** Live keys of one publisher; older ones expire when a third is made. */
export const LIVE_KEYS = 2
/** Hours for which an old key lives on beside a new one. */
export const DEFAULT_OVERLAP_HOURS = 24
export const MAX_OVERLAP_HOURS = 30 * 24

/** MASTER_KEY_PREVIOUS is set while secrets that were sealed with it are still in use. */
export function masterKeys(env: Env & { MASTER_KEY_PREVIOUS?: string }): Promise<SealingKeys> {
  return sealingKeys(env.MASTER_KEY, env.MASTER_KEY_PREVIOUS)
}

const identityOf = (keyId: string): string => `publisher_key:${keyId}`

/** A publisher with its live secrets in clear, in one round trip; undefined if there is none of this name. */
export async function readPublisher(
  db: Db,
  keys: SealingKeys,
  slug: string,
  now: number,
): Promise<{ publisher: Publisher; secrets: string[] } | undefined> {
  const rows = await db
    .select({
      uid: publishers.uid,
      slug: publishers.slug,
      name: publishers.name,
      lang: publishers.lang,
      state: publishers.state,
      keyId: publisherKeys.id,
      sealed: publisherKeys.sealed,
      expiresAt: publisherKeys.expiresAt,
    })
    .from(publishers)
    .leftJoin(publisherKeys, eq(publisherKeys.publisherUid, publishers.uid))
    .where(eq(publishers.slug, slug))
  const [first] = rows
  if (!first) return undefined
  const { uid, name, lang, state } = first
  const live = rows.flatMap(({ keyId, sealed, expiresAt }) =>
    keyId !== null && sealed !== null && (expiresAt === null || expiresAt > now) ? [openKey(keys, sealed, keyId)] : [],
  )
  return {
    publisher: { uid, slug: first.slug, name, lang, state },
    secrets: (await Promise.all(live)).flatMap((secret) => secret ?? []),
  }
}

/** One key that cannot be opened must not close the others; the log says which and why. */
async function openKey(keys: SealingKeys, sealed: string, keyId: string): Promise<string | undefined> {
  try {
    return await open(keys, sealed, identityOf(keyId))
  } catch (error) {
    console.error(JSON.stringify({ level: "error", event: "key_unreadable", key: keyId, error: String(error) }))
    return undefined
  }
}

/**
 * Makes a key. At most LIVE_KEYS live afterwards: the one before the new one until the overlap ends, all others not.
 * @returns the secret in clear, the only time that it is seen.
 */
export async function createKey(
  db: Db,
  keys: SealingKeys,
  publisherUid: string,
  overlapHours: number,
  now: number,
): Promise<{ id: string; secret: string; createdAt: number }> {
  const id = crypto.randomUUID()
  const secret = newSecret()
  const sealed = await seal(keys, secret, identityOf(id))
  const overlapEnds = now + overlapHours * 3_600_000
  await batch(db, [
    // All but the newest end now, the newest with the overlap.
    sql`update publisher_keys set expires_at = min(coalesce(expires_at, ${overlapEnds}),
        case when id = (select id from publisher_keys where publisher_uid = ${publisherUid}
          and (expires_at is null or expires_at > ${now}) order by created_at desc, id desc limit 1)
        then ${overlapEnds} else ${now} end)
      where publisher_uid = ${publisherUid} and (expires_at is null or expires_at > ${now})`,
    db.insert(publisherKeys).values({ id, publisherUid, sealed, createdAt: now, expiresAt: null }).getSQL(),
  ])
  return { id, secret, createdAt: now }
}
