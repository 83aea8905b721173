/** Updates the search index after an answer. The job that runs every minute indexes articles that are left. */
import { indexSearch } from "../articles/search/indexer.ts"
import type { Db } from "../db/client.ts"
import { type EdgeContext, forgetValidators } from "../http/edge-cache.ts"
import { logError } from "../log/log.ts"

/** How many batches an isolate may index without a pause. */
const MAX_BATCHES = 10
/** After each interval the isolate may index one more batch. */
const BATCH_INTERVAL_MS = 2000
/** A run that is older than this no longer exists, because the platform ends a run together with its request. */
const RUN_TIMEOUT_MS = 30_000

interface ConsumerRun {
  since: number
  /** The time of the latest change that the run has not looked at; undefined if there is none. */
  requestedAt: number | undefined
}

let currentRun: ConsumerRun | undefined

/** The time when this isolate may index MAX_BATCHES again, in milliseconds UTC. */
let restoredAt = 0

/** Updates the search index after a change, unless a run already updates it. A failure is logged. */
export function startConsumers(ctx: EdgeContext, db: Db, now: number): void {
  if (currentRun && Math.abs(now - currentRun.since) < RUN_TIMEOUT_MS) {
    currentRun.requestedAt = now
    return
  }
  const run: ConsumerRun = { since: now, requestedAt: now }
  currentRun = run
  ctx.waitUntil(
    runConsumers(db, run)
      .catch((error: unknown) => logError("search_not_indexed", error))
      .finally(() => {
        if (currentRun === run) currentRun = undefined
      }),
  )
}

async function runConsumers(db: Db, run: ConsumerRun): Promise<void> {
  // Waits so that the request that made the change is answered first.
  await new Promise((resolve) => setTimeout(resolve, 0))
  while (run.requestedAt !== undefined && restoredAt <= run.requestedAt + (MAX_BATCHES - 1) * BATCH_INTERVAL_MS) {
    const { requestedAt } = run
    run.requestedAt = undefined
    const isBehind = await indexSearch(db)
    // If no article changed, there was nothing to index.
    if (isBehind === undefined) continue
    restoredAt = Math.max(restoredAt, requestedAt) + BATCH_INTERVAL_MS
    // Search results have changed, so remembered validators are wrong.
    forgetValidators()
    if (isBehind) run.requestedAt ??= requestedAt
  }
}
