/** The end of publishers: their articles are withdrawn, in batches. */

import { sql } from "drizzle-orm"
import { type Context, Hono } from "hono"
import { beginRemoval, type Removal, readRemovals, removeArticles } from "../articles/remove.ts"
import { settleStories } from "../articles/stories.ts"
import { client, type Db } from "../db/client.ts"
import type { AppEnv } from "../env.ts"
import { logError } from "../http/log.ts"
import { announce } from "../hub/announce.ts"
import { closeLetters } from "../push/attempts.ts"
import { change } from "./change.ts"
import { iso, mustFindPublisher } from "./registry.ts"

/** Batches that a request does at once: a small publisher is gone when the answer comes. The sweep does the rest. */
const SHARE = 5

export const removals = new Hono<AppEnv>()
  .get("/removals", async (c) => c.json({ removals: (await readRemovals(client(c.env.DB))).map(removalOf) }))

  .delete("/publishers/:slug", async (c) => {
    const db = client(c.env.DB)
    const slug = c.req.param("slug")
    const { uid, state } = await mustFindPublisher(db, slug)
    const { now } = c.var
    if (state !== "removed") {
      const isThere = sql`exists (select 1 from publishers where uid = ${uid} and removed_at is null)`
      await change(c, (before) => ({
        // What waits of it waits for nothing any more.
        statements: [...beginRemoval(uid, now), closeLetters(sql`publisher_uid = ${uid}`, "dismissed", now)],
        // Its names lead where they led: nothing is filed by them any more.
        after: before,
        reason: `publisher ${slug} removed`,
        isShown: true,
        deed: { action: "publisher.remove", subject: `publishers/${slug}`, detail: {}, onlyIf: isThere },
      }))
    }
    await withdrawFirstShare(c, db)
    const removal = (await readRemovals(db)).find(({ publisher }) => publisher === slug)
    return c.json({ removal: removal && removalOf(removal) }, 202)
  })

/** A failure is logged and not answered: the publisher is removed, and the sweep goes on where the walk stands. */
async function withdrawFirstShare(c: Context<AppEnv>, db: Db): Promise<void> {
  const { requestId, clock } = c.var
  try {
    for (let share = 0; share < SHARE && (await removeArticles(db, clock())); share++) {
      await settleStories(db, clock())
      await announce(c.executionCtx, db, undefined, clock())
    }
  } catch (error) {
    logError("removal_cut_off", error, { id: requestId })
  }
}

/** `total` is what stood there at first. */
function removalOf({ publisher, total, done, createdAt, finishedAt }: Removal) {
  return { publisher, total, done, started_at: iso(createdAt), finished_at: iso(finishedAt) }
}
