/** The Worker: requests go to the app, the clock to the sweeps. */
import { app } from "./app.ts"
import { releaseEmbargoed } from "./articles/release.ts"
import { client } from "./db/client.ts"
import { announce, purgeDirty } from "./hub/announce.ts"

/** Batches of released embargoes a minute. */
const RELEASES = 20

export default {
  fetch: app.fetch,

  /** What must follow a change is derived from state here, whatever a push or a crash left undone. */
  async scheduled(controller, env, ctx) {
    const db = client(env.DB)
    const now = controller.scheduledTime
    for (let batch = 0; batch < RELEASES; batch++) {
      const released = await releaseEmbargoed(db, now)
      if (released === 0) break
      await announce(ctx, db, undefined, now)
    }
    await purgeDirty(ctx, db, now)
  },
} satisfies ExportedHandler<Env>
