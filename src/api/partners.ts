/** Keys of partners: found by their id, known by the hash of their secret, and remembered for a moment. */
import { sql } from "drizzle-orm"
import { client, type Db } from "../db/client.ts"
import type { AppEnv } from "../env.ts"
import { sha256 } from "../http/digest.ts"
import { changesMade } from "../http/edge-cache.ts"
import { orLogged } from "../http/log.ts"
import { constantTimeEqual } from "../http/signature.ts"
import { readPartnerKey } from "../http/token.ts"
import type { Audience } from "./audience.ts"

/** Milliseconds for which an isolate trusts what D1 said of a key: so long a revoked one may still open. */
const MEMORY = 1000
/** Remembered keys; more would only be remembered in vain. */
const MEMORY_ENTRIES = 1000
/** Milliseconds to which `last_used_at` is exact. */
const USE_IS_NOTED = 3_600_000

/** A key and whose it is, as D1 said it. */
export interface Known {
  id: string
  secretSha256: string
  expiresAt: number | null
  lastUsedAt: number | null
  slug: string
  state: "active" | "disabled"
  audience: Audience
}

interface KnownRow extends Omit<Known, "audience"> {
  publishers: string | null
}

/** By the id of their keys, the one that was asked for longest ago first. */
const memory = new Map<string, { known: Known; at: number; changes: number }>()

/**
 * Whose key it is, expired ones and those of disabled partners too: what that means is the caller's to say.
 * @param text as it was sent
 * @param remembers whether what D1 said within the last second is trusted
 * @returns undefined if nobody has such a key.
 */
export async function findKey(db: Db, text: string, now: number, remembers: boolean): Promise<Known | undefined> {
  const key = readPartnerKey(text)
  if (!key) return undefined
  const known = (remembers ? remembered(key.id, now) : undefined) ?? (await readKnown(db, key.id, now))
  // As much is done for an id that nobody has.
  const equal = await constantTimeEqual(known?.secretSha256 ?? "", await sha256(key.secret))
  return equal ? known : undefined
}

function remembered(id: string, now: number): Known | undefined {
  const found = memory.get(id)
  const isFresh = found && now >= found.at && now - found.at < MEMORY
  // What operators changed here is seen at once.
  return isFresh && found.changes === changesMade() ? found.known : undefined
}

async function readKnown(db: Db, id: string, now: number): Promise<Known | undefined> {
  const changes = changesMade()
  const [row] = await db.all<KnownRow>(sql`select k.id, k.secret_sha256 secretSha256, k.expires_at expiresAt,
      k.last_used_at lastUsedAt, p.slug, p.state, p.publishers
    from partner_keys k join partners p on p.slug = k.partner where k.id = ${id}`)
  memory.delete(id)
  if (!row) return undefined
  const { publishers, ...rest } = row
  const known = { ...rest, audience: await audienceOf(publishers === null ? undefined : JSON.parse(publishers)) }
  memory.set(id, { known, at: now, changes })
  const [oldest] = memory.keys()
  if (memory.size > MEMORY_ENTRIES && oldest !== undefined) memory.delete(oldest)
  return known
}

/** Named by what they may see, so that partners with the same rights have the same answers kept. */
async function audienceOf(publishers: string[] | undefined): Promise<Audience> {
  if (publishers === undefined) return { publishers, key: "all" }
  const uids = [...new Set(publishers)].sort()
  return { publishers: uids, key: (await sha256(uids.join(","))).slice(0, 32) }
}

/** Notes after the answer that a key was used; nothing, if that was noted within the hour. */
export function noteUse({ env, executionCtx, var: { now, requestId } }: Noting, known: Known): void {
  const before = now - USE_IS_NOTED
  if (known.lastUsedAt !== null && known.lastUsedAt > before) return
  known.lastUsedAt = now
  const noted = client(env.DB).run(sql`update partner_keys set last_used_at = ${now}
    where id = ${known.id} and coalesce(last_used_at, 0) <= ${before}`)
  executionCtx.waitUntil(orLogged(noted, "use_not_noted", { id: requestId, key: known.id }))
}

interface Noting {
  env: Env
  executionCtx: { waitUntil(promise: Promise<unknown>): void }
  var: Pick<AppEnv["Variables"], "now" | "requestId">
}
