/** The Worker: requests go to the app, the cron trigger to the sweep, the queue to the counting of views. */

import { afterCommit, purgeDirtyScopes } from "./after-commit/purge.ts"
import { app } from "./app.ts"
import { reclassify } from "./articles/jobs/reclassify.ts"
import { releaseEmbargoed } from "./articles/jobs/release-embargoed.ts"
import { removeArticles } from "./articles/jobs/remove-publisher.ts"
import { resolveDuplicates } from "./articles/jobs/resolve-duplicates.ts"
import { expireTombstones } from "./articles/read/mirror-changes.ts"
import { indexSearch } from "./articles/search/indexer.ts"
import { countViews, isViewsMessage, type ViewsMessage } from "./articles/views/count-views.ts"
import { updateMostRead } from "./articles/views/most-read-update.ts"
import { client } from "./db/client.ts"
import { logAlarms, readChecks } from "./health/health.ts"
import { hasWorkersCache } from "./http/edge-cache.ts"
import { describeError, logError, logEvent } from "./log/log.ts"
import { deleteExpired } from "./push/deliveries/retention.ts"
import { fetchDueFeeds } from "./push/pull/fetch-feeds.ts"

/** Batches of each part of the sweep, which runs every minute. */
const BATCHES = {
  releases: 20,
  removals: 20,
  duplicates: 20,
  reclassifications: 20,
  /** Of up to 100 articles, so that an old wire is indexed within the hour. */
  searchIndexing: 50,
  /** Of up to five feeds, each of which may take ten seconds. */
  fetches: 2,
  expiries: 4,
}

export default {
  fetch: app.fetch,

  /** Finishes what a push or a crash left undone: the work is derived from the state. */
  async scheduled(controller, env, ctx) {
    const db = client(env.DB)
    const now = controller.scheduledTime
    const context = { env, ctx, requestId: `sweep-${now}`, now }
    const inBatches = (batches: number, work: () => Promise<number | boolean>) => async () => {
      for (let batch = 0; batch < batches && Number(await work()) > 0; batch++)
        await afterCommit(ctx, db, undefined, now)
    }
    const failures: unknown[] = []
    for (const part of [
      inBatches(BATCHES.releases, () => releaseEmbargoed(db, now)),
      inBatches(BATCHES.removals, () => removeArticles(db, now)),
      inBatches(BATCHES.duplicates, () => resolveDuplicates(db, now)),
      inBatches(BATCHES.reclassifications, () => reclassify(db, now)),
      async () => {
        for (let batch = 0; batch < BATCHES.expiries && (await deleteExpired(env, now)) > 0; batch++);
      },
      () => expireTombstones(db, now),
      inBatches(1, () => updateMostRead(db, now)),
      async () => {
        for (let batch = 0; batch < BATCHES.searchIndexing && (await indexSearch(db)); batch++);
      },
      () => purgeDirtyScopes(ctx, db, now),
      async () => logAlarms(await readChecks(env, () => now, hasWorkersCache(ctx))),
      // The last, because it reads untrusted documents: if one kills the Worker here, everything else is done already.
      inBatches(BATCHES.fetches, () => fetchDueFeeds(context, Date.now)),
    ]) {
      // One part that fails must not stop the others.
      await part().catch((error: unknown) => {
        logError("sweep_failed", error)
        failures.push(error)
      })
    }
    // The platform logs an error that is thrown here with its message.
    if (failures.length > 0) throw new Error(`The sweep failed: ${failures.map(describeError).join("; ")}`)
  },

  /** Views, which may be delivered twice: counting them again changes nothing. A message that is not valid never becomes valid. */
  async queue(batch, env) {
    const views: ViewsMessage[] = []
    for (const message of batch.messages) {
      if (isViewsMessage(message.body)) {
        views.push(message.body)
      } else {
        logEvent("error", "views_unreadable", { message: message.id })
        message.ack()
      }
    }
    try {
      await countViews(client(env.DB), views, Date.now())
    } catch (error) {
      logError("views_not_counted", error, { messages: views.length })
      batch.retryAll()
    }
  },
} satisfies ExportedHandler<Env>
