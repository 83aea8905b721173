/** Removes publishers. Their articles are withdrawn in batches. */
import { and, eq, exists, isNull } from "drizzle-orm"
import { runAfterCommit } from "../after-commit/purge.ts"
import { beginRemoval, type Removal, readRemovals, removeArticles } from "../articles/jobs/remove-publisher.ts"
import { resolveDuplicates } from "../articles/jobs/resolve-duplicates.ts"
import { attempts, publishers } from "../db/schema.ts"
import { logError } from "../log/log.ts"
import { closeDeadLetters } from "../push/attempts/write-attempts.ts"
import { changeOf } from "./audit.ts"
import type { OperationContext } from "./context.ts"
import { mustFindPublisher } from "./find-by-slug.ts"
import { isoTime } from "./iso-time.ts"
import { applyChange } from "./taxonomy-change.ts"

/** How many batches the request runs: enough for a small publisher. The job of every minute (sweep) runs the rest. */
const BATCHES_PER_REQUEST = 5

export async function listRemovals({ db }: OperationContext) {
  return (await readRemovals(db)).map(removalJson)
}

/** Removes a publisher. For a removed publisher, it continues the removal. */
export async function removePublisher(context: OperationContext, slug: string) {
  const { db, now } = context
  const { uid, state } = await mustFindPublisher(db, slug)
  if (state !== "removed") {
    const isThere = and(eq(publishers.uid, uid), isNull(publishers.removedAt))
    const onlyIf = exists(db.select().from(publishers).where(isThere))
    await applyChange(context, (before) => ({
      // Open dead letters of a removed publisher need no attention.
      statements: [
        ...beginRemoval(db, uid, now),
        closeDeadLetters(db, eq(attempts.publisherUid, uid), "dismissed", now),
      ],
      // The publisher's aliases may stay, because they cannot classify any article.
      after: before,
      reason: `publisher ${slug} removed`,
      changesFeeds: true,
      audit: {
        action: "publisher.remove",
        subject: `publishers/${slug}`,
        ...changeOf({ state }, { state: "removed" }),
        onlyIf,
      },
    }))
  }
  await withdrawFirstBatches(context)
  const [removal] = await readRemovals(db, slug)
  return removal && removalJson(removal)
}

/** Withdraws the first batches. After a failure, the sweep continues, so the failure is only logged. */
async function withdrawFirstBatches({ db, ctx, requestId, clock }: OperationContext): Promise<void> {
  try {
    for (let batch = 0; batch < BATCHES_PER_REQUEST && (await removeArticles(db, clock())); batch++) {
      await resolveDuplicates(db, clock())
      await runAfterCommit(ctx, db, undefined, clock())
    }
  } catch (error) {
    logError("removal_interrupted", error, { id: requestId })
  }
}

/** `total` is the number of articles at the start. */
function removalJson({ publisher, total, processed, startedAt, finishedAt }: Removal) {
  return { publisher, total, processed, started_at: isoTime(startedAt), finished_at: isoTime(finishedAt) }
}
