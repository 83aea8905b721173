/**
 * After a change: tell the edge and the index of words. Everything here is a head start; what must follow a change is derived from the
 * commits, so the sweep finds what was missed.
 */
import { sql } from "drizzle-orm"
import { MAX_DIRTY, markPurged, parseDirty, takePurgeToken } from "../articles/dirty.ts"
import { WIRE } from "../articles/scope.ts"
import { batch, type Db } from "../db/client.ts"
import { type EdgeContext, forgetValidators, purgeTags } from "../http/edge-cache.ts"
import { orLogged } from "../http/log.ts"
import { followSoon } from "./follow.ts"

/** Milliseconds that a push waits for the edge before it answers. */
const PUSH_PATIENCE = 500
const SWEEP_PATIENCE = 20_000

/** @param dirty the scopes to purge if the change also took the token. */
export async function announce(ctx: EdgeContext, db: Db, dirty: string[] | undefined, now: number): Promise<void> {
  forgetValidators()
  followSoon(ctx, db, now)
  if (dirty && (await purgeTags(ctx, tagsOf(dirty), PUSH_PATIENCE))) {
    ctx.waitUntil(orLogged(markPurged(db, now), "purge_not_noted"))
  }
}

/** The sweep's part: purges what is dirty, if the token is free. */
export async function purgeDirty(ctx: EdgeContext, db: Db, now: number): Promise<void> {
  const waiting = sql`exists (select 1 from commits c where c.no > purge.purged)`
  const [token, scopes] = await batch(db, takePurgeToken(now, waiting))
  const dirty = parseDirty(token, scopes)
  if (dirty && (await purgeTags(ctx, tagsOf(dirty), SWEEP_PATIENCE))) await markPurged(db, now)
}

/** Every feed shows the wire's names: its tag stands for everything. */
function tagsOf(dirty: string[]): string[] {
  return dirty.length > MAX_DIRTY ? [WIRE] : dirty
}
