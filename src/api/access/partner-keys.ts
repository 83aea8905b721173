/** Finds a partner's key by its id, verifies the hash of its secret, and remembers the key for a second. */
import { and, eq, isNull, lte, or } from "drizzle-orm"
import type { Context } from "hono"
import { constantTimeEqual } from "../../crypto/constant-time.ts"
import { sha256 } from "../../crypto/digest.ts"
import { readPartnerKey } from "../../crypto/token.ts"
import type { Db } from "../../db/client.ts"
import { partnerKeys, partners } from "../../db/partner-schema.ts"
import { changeCount } from "../../http/edge-cache.ts"
import { logRejection } from "../../log/log.ts"
import type { Audience } from "./audience.ts"
import type { ApiEnv } from "./env.ts"

/** How long an isolate trusts a key that it has read. A revoked key may still work for this time. */
const CACHE_MS = 1000
const MAX_CACHE_ENTRIES = 1000
/** The Worker writes `last_used_at` at most once within this time. */
const USE_PRECISION_MS = 3_600_000

/** The columns of a key and its partner in D1. */
export type PartnerKeyRecord = Pick<
  typeof partnerKeys.$inferSelect,
  "id" | "secretSha256" | "expiresAt" | "lastUsedAt"
> &
  Pick<typeof partners.$inferSelect, "slug" | "state"> & { audience: Audience }

/** Keys by their ids. The key that was read longest ago is first. */
const cache = new Map<string, { record: PartnerKeyRecord; at: number; changes: number }>()

/** Finds a key, even an expired key or a key of a disabled partner: the caller refuses these. */
export async function findPartnerKey(
  db: Db,
  text: string,
  now: number,
  remembers: boolean,
): Promise<PartnerKeyRecord | undefined> {
  const key = readPartnerKey(text)
  if (!key) return undefined
  const record = (remembers ? rememberedKey(key.id, now) : undefined) ?? (await readKey(db, key.id, now))
  // An unknown id also needs a comparison, so that the response time does not reveal which ids exist.
  const equal = await constantTimeEqual(record?.secretSha256 ?? "", await sha256(key.secret))
  return equal ? record : undefined
}

function rememberedKey(id: string, now: number): PartnerKeyRecord | undefined {
  const entry = cache.get(id)
  const isFresh = entry && now >= entry.at && now - entry.at < CACHE_MS
  // After an operator's change in this isolate, the isolate reads the keys again.
  return isFresh && entry.changes === changeCount() ? entry.record : undefined
}

async function readKey(db: Db, id: string, now: number): Promise<PartnerKeyRecord | undefined> {
  const changes = changeCount()
  const [row] = await db
    .select({
      id: partnerKeys.id,
      secretSha256: partnerKeys.secretSha256,
      expiresAt: partnerKeys.expiresAt,
      lastUsedAt: partnerKeys.lastUsedAt,
      slug: partners.slug,
      state: partners.state,
      publishers: partners.publishers,
    })
    .from(partnerKeys)
    .innerJoin(partners, eq(partners.slug, partnerKeys.partnerSlug))
    .where(eq(partnerKeys.id, id))
  cache.delete(id)
  if (!row) return undefined
  const { publishers, ...rest } = row
  const record = { ...rest, audience: await audienceOf(publishers ?? undefined) }
  cache.set(id, { record, at: now, changes })
  const [oldest] = cache.keys()
  if (cache.size > MAX_CACHE_ENTRIES && oldest !== undefined) cache.delete(oldest)
  return record
}

/** Makes an audience. Its key depends only on the publishers, so partners with equal rights share cached answers. */
async function audienceOf(publishers: string[] | undefined): Promise<Audience> {
  if (publishers === undefined) return { publishers, key: "all" }
  const uids = [...new Set(publishers)].sort()
  return { publishers: uids, key: (await sha256(uids.join(","))).slice(0, 32) }
}

/** Records after the answer that a key was used, at most once an hour. */
export function recordUse(c: Context<ApiEnv>, record: PartnerKeyRecord): void {
  const { db, now, requestId } = c.var
  const usedBefore = now - USE_PRECISION_MS
  if (record.lastUsedAt !== null && record.lastUsedAt > usedBefore) return
  record.lastUsedAt = now
  const { id, lastUsedAt } = partnerKeys
  const update = db
    .update(partnerKeys)
    .set({ lastUsedAt: now })
    .where(and(eq(id, record.id), or(isNull(lastUsedAt), lte(lastUsedAt, usedBefore))))
  c.executionCtx.waitUntil(logRejection(update, "use_not_recorded", { id: requestId, key: record.id }))
}
