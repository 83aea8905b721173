/** The Worker: requests go to the app, the clock to the sweeps. */
import { app } from "./app.ts"
import { releaseEmbargoed } from "./articles/release.ts"
import { restand } from "./articles/restand.ts"
import { settleStories } from "./articles/stories.ts"
import { client } from "./db/client.ts"
import { health, logAlarms } from "./health.ts"
import { hasWorkersCache } from "./http/edge-cache.ts"
import { announce, purgeDirty } from "./hub/announce.ts"
import { fetchDue } from "./push/fetched.ts"
import { expire } from "./push/retention.ts"

/** Batches of released embargoes a minute. */
const RELEASES = 20
/** Batches of articles that are looked at a minute because names lead elsewhere. */
const RESTANDINGS = 20
/** Batches of stories a minute of which it has to be settled who stands for them. */
const STORIES = 20

/** Rounds of feeds that are fetched a minute because a ping made them due, or a fetch failed. */
const FETCHES = 2

export default {
  fetch: app.fetch,

  /** What must follow a change is derived from state here, whatever a push or a crash left undone. */
  async scheduled(controller, env, ctx) {
    const db = client(env.DB)
    const now = controller.scheduledTime
    const sweep = { env, ctx, requestId: `sweep-${now}` }
    try {
      for (let batch = 0; batch < RELEASES; batch++) {
        const released = await releaseEmbargoed(db, now)
        if (released === 0) break
        await announce(ctx, db, undefined, now)
      }
      for (let batch = 0; batch < STORIES && (await settleStories(db, now)) > 0; batch++) {
        await announce(ctx, db, undefined, now)
      }
      for (let batch = 0; batch < RESTANDINGS && (await restand(db, now)); batch++) {
        await announce(ctx, db, undefined, now)
      }
      for (let batch = 0; batch < FETCHES && (await fetchDue({ ...sweep, now }, Date.now)) > 0; batch++);
      await expire(env, now)
    } finally {
      // What was done before a failure must not wait for its end.
      await purgeDirty(ctx, db, now)
      logAlarms(await health(env, now, hasWorkersCache(ctx)))
    }
  },
} satisfies ExportedHandler<Env>
