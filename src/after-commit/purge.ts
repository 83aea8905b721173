/** Purges the edge and updates the search index after a change. The job that runs every minute repeats failed steps. */
import { exists, gt } from "drizzle-orm"
import { WIRE_SCOPE } from "../articles/model/scope.ts"
import { acquirePurgeToken, MAX_DIRTY_SCOPES, markPurged, parseDirtyScopes } from "../articles/write/purge-token.ts"
import { batch, type Db } from "../db/client.ts"
import { commits, purge } from "../db/schema.ts"
import { type EdgeContext, forgetValidators, purgeTags } from "../http/edge-cache.ts"
import { logRejection } from "../log/log.ts"
import { startConsumers } from "./consumers.ts"

/** How long a push waits for the purge before the answer is sent. */
const PUSH_PURGE_TIMEOUT_MS = 500
const SWEEP_PURGE_TIMEOUT_MS = 20_000

/** @param dirtyScopes the changed lists of articles (scopes); undefined if the edge must not be purged now */
export async function runAfterCommit(
  ctx: EdgeContext,
  db: Db,
  dirtyScopes: string[] | undefined,
  now: number,
): Promise<void> {
  forgetValidators()
  startConsumers(ctx, db, now)
  if (dirtyScopes && (await purgeTags(ctx, tagsOf(dirtyScopes), PUSH_PURGE_TIMEOUT_MS))) {
    ctx.waitUntil(logRejection(markPurged(db, now), "purge_not_recorded"))
  }
}

/** Purges all changed scopes, unless a request is purging now. Only the job that runs every minute calls this. */
export async function purgeDirtyScopes(ctx: EdgeContext, db: Db, now: number): Promise<void> {
  const hasDirtyCommits = exists(
    db.select({ no: commits.no }).from(commits).where(gt(commits.no, purge.purgedCommitNo)),
  )
  const dirtyScopes = parseDirtyScopes(await batch(db, acquirePurgeToken(db, now, hasDirtyCommits)))
  if (dirtyScopes && (await purgeTags(ctx, tagsOf(dirtyScopes), SWEEP_PURGE_TIMEOUT_MS))) await markPurged(db, now)
}

/** Returns the tags to purge. If there are too many scopes, it returns the tag of the wire, which every answer has. */
function tagsOf(dirtyScopes: string[]): string[] {
  return dirtyScopes.length > MAX_DIRTY_SCOPES ? [WIRE_SCOPE] : dirtyScopes
}
