/** Removes publishers. Their articles are withdrawn in batches. */
import { and, eq, exists, isNull } from "drizzle-orm"
import { type Context, Hono } from "hono"
import { runAfterCommit } from "../after-commit/purge.ts"
import { beginRemoval, type Removal, readRemovals, removeArticles } from "../articles/jobs/remove-publisher.ts"
import { resolveDuplicates } from "../articles/jobs/resolve-duplicates.ts"
import type { Db } from "../db/client.ts"
import { attempts, publishers } from "../db/schema.ts"
import type { AppEnv } from "../env.ts"
import { logError } from "../log/log.ts"
import { closeDeadLetters } from "../push/attempts/write-attempts.ts"
import { mustFindPublisher } from "./find-by-slug.ts"
import { isoTime } from "./iso-time.ts"
import { applyChange } from "./taxonomy-change.ts"

/** How many batches the request runs: enough for a small publisher. The job of every minute (sweep) runs the rest. */
const BATCHES_PER_REQUEST = 5

export const removals = new Hono<AppEnv>()
  .get("/removals", async (c) => c.json({ removals: (await readRemovals(c.var.db)).map(removalJson) }))

  .delete("/publishers/:slug", async (c) => {
    const { db } = c.var
    const slug = c.req.param("slug")
    const { uid, state } = await mustFindPublisher(db, slug)
    const { now } = c.var
    if (state !== "removed") {
      const isThere = and(eq(publishers.uid, uid), isNull(publishers.removedAt))
      const onlyIf = exists(db.select().from(publishers).where(isThere))
      await applyChange(c, (before) => ({
        // Open dead letters of a removed publisher need no attention.
        statements: [
          ...beginRemoval(db, uid, now),
          closeDeadLetters(db, eq(attempts.publisherUid, uid), "dismissed", now),
        ],
        // The publisher's aliases may stay, because they cannot classify any article.
        after: before,
        reason: `publisher ${slug} removed`,
        changesFeeds: true,
        audit: { action: "publisher.remove", subject: `publishers/${slug}`, detail: {}, onlyIf },
      }))
    }
    await withdrawFirstBatches(c, db)
    const [removal] = await readRemovals(db, slug)
    return c.json({ removal: removal && removalJson(removal) }, 202)
  })

/** Withdraws the first batches. After a failure, the sweep continues, so the failure is only logged. */
async function withdrawFirstBatches(c: Context<AppEnv>, db: Db): Promise<void> {
  const { requestId, clock } = c.var
  try {
    for (let batch = 0; batch < BATCHES_PER_REQUEST && (await removeArticles(db, clock())); batch++) {
      await resolveDuplicates(db, clock())
      await runAfterCommit(c.executionCtx, db, undefined, clock())
    }
  } catch (error) {
    logError("removal_interrupted", error, { id: requestId })
  }
}

/** `total` is the number of articles at the start. */
function removalJson({ publisher, total, processed, startedAt, finishedAt }: Removal) {
  return { publisher, total, processed, started_at: isoTime(startedAt), finished_at: isoTime(finishedAt) }
}
