/**
 * A head start for what follows the commits, after the answer: the sweep does the same from state, so nothing is lost if it is
 * cut off or fails.
 */
import { indexSearch } from "../articles/search-index.ts"
import type { Db } from "../db/client.ts"
import { type EdgeContext, forgetValidators } from "../http/edge-cache.ts"
import { logError } from "../http/log.ts"

/** Batches of one run. A burst of pushes brings as many; what is left is the sweep's. */
const BATCHES = 20
/** Milliseconds after which a run is not waited for any more: the platform ended it with the request that began it. */
const PATIENCE = 30_000

interface Run {
  since: number
  /** Something was committed since its last look. */
  isWanted: boolean
}

/** The one of this isolate. */
let running: Run | undefined

/** Brings the index of words up to the last commit, unless that is being done. A failure is logged. */
export function followSoon(ctx: EdgeContext, db: Db, now: number): void {
  if (running && Math.abs(now - running.since) < PATIENCE) {
    running.isWanted = true
    return
  }
  const run: Run = { since: now, isWanted: false }
  running = run
  ctx.waitUntil(
    follow(db, run)
      .catch((error: unknown) => logError("search_not_indexed", error))
      .finally(() => {
        if (running === run) running = undefined
      }),
  )
}

async function follow(db: Db, run: Run): Promise<void> {
  // Whoever brought the change is answered first.
  await new Promise((resolve) => setTimeout(resolve, 0))
  for (let batch = 0; batch < BATCHES; batch++) {
    run.isWanted = false
    const isBehind = await indexSearch(db)
    // What is found is another.
    forgetValidators()
    if (!isBehind && !run.isWanted) return
  }
}
