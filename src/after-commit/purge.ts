/** Purges the edge and updates the search index after a change. The job that runs every minute repeats failed steps. */
import { exists, gt } from "drizzle-orm"
import { acquirePurgeToken, markPurged, parseDirtyTags } from "../articles/write/purge-token.ts"
import { batch, type Db } from "../db/client.ts"
import { commits, purge } from "../db/schema.ts"
import { type EdgeContext, forgetValidators, purgeTags } from "../http/edge-cache.ts"
import { logRejection } from "../log/log.ts"
import { startConsumers } from "./consumers.ts"

/** How long a push waits for the purge before the answer is sent. */
const PUSH_PURGE_TIMEOUT_MS = 500
const SWEEP_PURGE_TIMEOUT_MS = 20_000

/** @param dirtyTags the cache tags of what has changed; undefined if the edge must not be purged now */
export async function runAfterCommit(
  ctx: EdgeContext,
  db: Db,
  dirtyTags: string[] | undefined,
  now: number,
): Promise<void> {
  forgetValidators()
  startConsumers(ctx, db, now)
  if (dirtyTags && (await purgeTags(ctx, dirtyTags, PUSH_PURGE_TIMEOUT_MS))) {
    ctx.waitUntil(logRejection(markPurged(db, now), "purge_not_recorded"))
  }
}

/** Purges all that has changed, unless a request is purging now. Only the job that runs every minute calls this. */
export async function purgeDirtyTags(ctx: EdgeContext, db: Db, now: number): Promise<void> {
  const hasDirtyCommits = exists(
    db.select({ no: commits.no }).from(commits).where(gt(commits.no, purge.purgedCommitNo)),
  )
  const dirtyTags = parseDirtyTags(await batch(db, acquirePurgeToken(db, now, hasDirtyCommits)))
  if (dirtyTags && (await purgeTags(ctx, dirtyTags, SWEEP_PURGE_TIMEOUT_MS))) await markPurged(db, now)
}
