/** The Worker: requests go to the app, the clock to the sweeps, the queue to the counting of reads. */
import { app } from "./app.ts"
import { expireTombstones } from "./articles/mirror.ts"
import { rewriteMostRead } from "./articles/reading-lists.ts"
import { countReads, isReadsMessage, type ReadsMessage } from "./articles/reads.ts"
import { releaseEmbargoed } from "./articles/release.ts"
import { removeArticles } from "./articles/remove.ts"
import { restand } from "./articles/restand.ts"
import { indexSearch } from "./articles/search-index.ts"
import { settleStories } from "./articles/stories.ts"
import { client } from "./db/client.ts"
import { logAlarms, readChecks } from "./health.ts"
import { hasWorkersCache } from "./http/edge-cache.ts"
import { describeError, logError, logEvent } from "./http/log.ts"
import { announce, purgeDirty } from "./hub/announce.ts"
import { fetchDue } from "./push/fetched.ts"
import { expire } from "./push/retention.ts"

/** Batches of each part of the sweep, which runs every minute. */
const BATCHES = {
  releases: 20,
  removals: 20,
  stories: 20,
  restandings: 20,
  /** Of up to 100 articles, so that a wire that is older than its index is read into it within the hour. */
  indexings: 50,
  /** Of up to five feeds, each of which may take ten seconds. */
  fetches: 2,
  expiries: 4,
}

export default {
  fetch: app.fetch,

  /** What must follow a change is derived from state here, whatever a push or a crash left undone. */
  async scheduled(controller, env, ctx) {
    const db = client(env.DB)
    const now = controller.scheduledTime
    const wire = { env, ctx, requestId: `sweep-${now}`, now }
    const announced = (batches: number, work: () => Promise<number | boolean>) => async () => {
      for (let batch = 0; batch < batches && Number(await work()) > 0; batch++) await announce(ctx, db, undefined, now)
    }
    const failures: unknown[] = []
    for (const part of [
      announced(BATCHES.releases, () => releaseEmbargoed(db, now)),
      announced(BATCHES.removals, () => removeArticles(db, now)),
      announced(BATCHES.stories, () => settleStories(db, now)),
      announced(BATCHES.restandings, () => restand(db, now)),
      async () => {
        for (let share = 0; share < BATCHES.expiries && (await expire(env, now)) > 0; share++);
      },
      () => expireTombstones(db, now),
      announced(1, () => rewriteMostRead(db, now)),
      async () => {
        for (let batch = 0; batch < BATCHES.indexings && (await indexSearch(db)); batch++);
      },
      () => purgeDirty(ctx, db, now),
      async () => logAlarms(await readChecks(env, () => now, hasWorkersCache(ctx))),
      // The last, because it reads what strangers write: whatever kills the Worker here keeps nothing else from being done.
      announced(BATCHES.fetches, () => fetchDue(wire, Date.now)),
    ]) {
      // What can be done must not wait for what fails.
      await part().catch((error: unknown) => {
        logError("sweep_failed", error)
        failures.push(error)
      })
    }
    // The platform logs what is thrown here with its message.
    if (failures.length > 0) throw new Error(`The sweep failed: ${failures.map(describeError).join("; ")}`)
  },

  /** Reads, which may come twice: counting them again changes nothing. What cannot be read would not be read later either. */
  async queue(batch, env) {
    const reads: ReadsMessage[] = []
    for (const message of batch.messages) {
      if (isReadsMessage(message.body)) {
        reads.push(message.body)
      } else {
        logEvent("error", "reads_unreadable", { message: message.id })
        message.ack()
      }
    }
    try {
      await countReads(client(env.DB), reads, Date.now())
    } catch (error) {
      logError("reads_not_counted", error, { messages: reads.length })
      batch.retryAll()
    }
  },
} satisfies ExportedHandler<Env>
