/** Settings of the wire that can be changed while it runs. */
import { sql } from "drizzle-orm"
import { Hono } from "hono"
import { settleStories, unsettleAll } from "../articles/stories.ts"
import { batch, client, type Db } from "../db/client.ts"
import type { AppEnv } from "../env.ts"
import { announce } from "../hub/announce.ts"
import { audited } from "./audit.ts"
import { readBody } from "./body.ts"
import { ChangeWire } from "./requests.ts"

export const wire = new Hono<AppEnv>()
  .get("/wire", async (c) => c.json(await showWire(client(c.env.DB))))

  .patch("/wire", async (c) => {
    const db = client(c.env.DB)
    const { same_story: sameStory } = await readBody(c.req.raw, ChangeWire)
    if (sameStory !== undefined) {
      const deed = { action: "wire.change", subject: "wire", detail: { same_story: sameStory } }
      await batch(db, [audited(deed, c.var.now), sql`update wire set same_story = ${sameStory}`, unsettleAll])
      await settleStories(db, c.var.now)
      await announce(c.executionCtx, db, undefined, c.var.now)
    }
    return c.json(await showWire(db))
  })

/** The first stories are settled at once, the sweep goes on. */
async function showWire(db: Db) {
  const [row] = await db.all<{ same_story: "once" | "each"; waiting: number }>(
    sql`select same_story, (select count(*) from unsettled) waiting from wire`,
  )
  return { same_story: row?.same_story, unsettled_stories: row?.waiting }
}
