/**
 * Runs the consumers of commits soon after an answer. The sweep does the same from the stored offsets, so nothing is lost if a run
 * is cut off or fails.
 */
import { indexSearch } from "../articles/search/indexer.ts"
import type { Db } from "../db/client.ts"
import { type EdgeContext, forgetValidators } from "../http/edge-cache.ts"
import { logError } from "../log/log.ts"

/** Batches of one run, enough for a burst of pushes. The sweep does the rest. */
const MAX_BATCHES = 20
/** A run that is older was ended by the platform together with its request. */
const RUN_TIMEOUT_MS = 30_000

interface ConsumerRun {
  since: number
  /** Whether there was a commit since it last read the offset. */
  isRequested: boolean
}

/** The run of this isolate. */
let currentRun: ConsumerRun | undefined

/** Updates the search index to the last commit, unless a run does so already. A failure is logged. */
export function startConsumers(ctx: EdgeContext, db: Db, now: number): void {
  if (currentRun && Math.abs(now - currentRun.since) < RUN_TIMEOUT_MS) {
    currentRun.isRequested = true
    return
  }
  const run: ConsumerRun = { since: now, isRequested: false }
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
  // Lets the request that made the change be answered first.
  await new Promise((resolve) => setTimeout(resolve, 0))
  for (let batch = 0; batch < MAX_BATCHES; batch++) {
    run.isRequested = false
    const isBehind = await indexSearch(db)
    // Search results have changed.
    forgetValidators()
    if (!isBehind && !run.isRequested) return
  }
}
