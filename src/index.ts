/** Starts the Worker: the app answers requests, a cron trigger starts the sweep, and a queue delivers views. */
import { purgeDirtyTags, runAfterCommit } from "./after-commit/purge.ts"
import { app } from "./app.ts"
import { reclassify } from "./articles/jobs/reclassify.ts"
import { releaseEmbargoed } from "./articles/jobs/release-embargoed.ts"
import { removeArticles } from "./articles/jobs/remove-publisher.ts"
import { resolveDuplicates } from "./articles/jobs/resolve-duplicates.ts"
import { expireTombstones } from "./articles/read/mirror-changes.ts"
import { indexSearch } from "./articles/search/indexer.ts"
import { countViews, isViewsMessage, type ViewsMessage } from "./articles/views/count-views.ts"
import { updateMostRead } from "./articles/views/most-read-update.ts"
import { createDbClient, type Db } from "./db/client.ts"
import { settings } from "./env.ts"
import { logAlarms, readChecks } from "./health/checks.ts"
import { deleteOldHours, sumLog, sumViews } from "./health/hours.ts"
import { forgetValidators, hasWorkersCache } from "./http/edge-cache.ts"
import { describeError, log, logError } from "./log/log.ts"
import { deleteExpiredSessions } from "./operations/sessions.ts"
import { eraseTakenDown } from "./push/attempts/erase-taken-down.ts"
import { deleteExpired } from "./push/attempts/retention.ts"
import { fetchDueFeeds } from "./push/pull/fetch-feeds.ts"

/** How many batches of each part a sweep may run. The sweep runs every minute. */
const BATCHES = {
  releases: 20,
  removals: 20,
  duplicates: 20,
  reclassifications: 20,
  mostRead: 1,
  /** A batch has up to 100 articles, so the sweep indexes a burst within a minute, and an old wire within an hour. */
  searchIndexing: 100,
  /** A batch has up to five feeds, and each feed may take ten seconds. */
  fetches: 2,
  expiries: 4,
  /** A batch searches 500 deliveries or 20 dead letters. */
  erasures: 20,
  /** A batch has up to 1,000 attempts and 1,000 deliveries. */
  hours: 10,
}

export default {
  fetch: app.fetch,

  async scheduled(controller, env, ctx) {
    await sweep(env, ctx, controller.scheduledTime)
  },

  async queue(batch, env) {
    await countQueuedViews(batch, env)
  },
} satisfies ExportedHandler<Env>

/** Does the work that follows from changes and is not done yet. The state of the database shows this work. */
async function sweep(env: Env, ctx: ExecutionContext, now: number): Promise<void> {
  const db = createDbClient(env.DB)
  const requestId = `sweep-${now}`
  // Each part reads the settings itself, so that invalid settings do not stop the other parts.
  const context = () => ({ env, ctx, db, settings: settings(env), clock: Date.now, requestId })
  const commitBatches = (limit: number, commit: () => Promise<number | boolean>) => () =>
    runBatches(limit, async () => {
      const hasCommitted = Number(await commit()) > 0
      if (hasCommitted) await runAfterCommit(ctx, db, undefined, now)
      return hasCommitted
    })
  const parts: [name: string, run: () => Promise<void>][] = [
    ["releases", commitBatches(BATCHES.releases, () => releaseEmbargoed(db, now))],
    ["removals", commitBatches(BATCHES.removals, () => removeArticles(db, now))],
    ["duplicates", commitBatches(BATCHES.duplicates, () => resolveDuplicates(db, now))],
    ["reclassifications", commitBatches(BATCHES.reclassifications, () => reclassify(db, now))],
    ["expiries", () => runBatches(BATCHES.expiries, async () => (await deleteExpired(db, env.RECEIVED, now)) > 0)],
    ["sessions", async () => void (await deleteExpiredSessions(db, now))],
    ["erasures", () => runBatches(BATCHES.erasures, () => eraseTakenDown(db, env.RECEIVED, now))],
    // After the expiries, because they may empty the log.
    ["hours", () => runBatches(BATCHES.hours, () => sumLog(db))],
    ["hourly_views", () => sumViews(db, now)],
    ["old_hours", () => deleteOldHours(db, now)],
    ["tombstones", () => expireTombstones(db, now)],
    ["most_read", commitBatches(BATCHES.mostRead, () => updateMostRead(db, now))],
    ["search_index", () => runBatches(BATCHES.searchIndexing, () => indexForSearch(db))],
    ["purges", () => purgeDirtyTags(ctx, db, now)],
    ["alarms", async () => logAlarms(await readChecks(env, db, () => now, hasWorkersCache(ctx)))],
    // This part is last, because an untrusted document may stop the Worker.
    ["fetches", commitBatches(BATCHES.fetches, () => fetchDueFeeds(context()))],
  ]
  const failures: unknown[] = []
  for (const [name, run] of parts) {
    // A part that fails must not stop the other parts.
    await run().catch((error: unknown) => {
      logError("sweep_failed", error, { part: name })
      failures.push(error)
    })
  }
  // The platform logs this error with its message, so the message contains only descriptions.
  if (failures.length > 0) throw new Error(`The sweep failed: ${failures.map(describeError).join("; ")}`)
}

/**
 * Indexes one batch. The validator of a search contains the progress of the index, so remembered validators become
 * wrong.
 */
async function indexForSearch(db: Db): Promise<boolean> {
  const isBehind = await indexSearch(db)
  if (isBehind !== undefined) forgetValidators()
  return isBehind === true
}

/** Repeats the work at most `limit` times. @param work returns false if it found nothing to do */
async function runBatches(limit: number, work: () => Promise<boolean>): Promise<void> {
  for (let batch = 0; batch < limit && (await work()); batch++);
}

/** Counts views. If the queue delivers a batch twice, its views still count once. Invalid messages are dropped. */
async function countQueuedViews(batch: MessageBatch, env: Env): Promise<void> {
  const views: ViewsMessage[] = []
  for (const message of batch.messages) {
    if (isViewsMessage(message.body)) {
      views.push(message.body)
    } else {
      log("error", "views_unreadable", { message: message.id })
      message.ack()
    }
  }
  try {
    await countViews(createDbClient(env.DB), views, Date.now())
  } catch (error) {
    logError("views_not_counted", error, { messages: views.length })
    batch.retryAll()
  }
}
